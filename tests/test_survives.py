"""The work survives: a killed process, a full disk, a changed scene."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.db.tables import Event, Purchase, Step
from core.domain.edits import ChangeCaptions, RewriteScene, SetDuration
from core.domain.plan import Plan
from core.domain.work import JobState, StepState
from core.isolation import ROOT
from core.services import approval, delivery, intake, planning, production, projects
from core.services import studio as studios
from core.services.studio import Studio
from core.settings import Settings
from jobs.clock import Clock
from tests.conftest import wait_for

SMALL = {"aspect": "1:1"}


def approved(studio: Studio, plan: Plan) -> str:
    """A project with that plan, approved; answers its id."""
    owner = studio.local_owner
    project = projects.create(studio, owner, title="", brief=plan.brief, category=plan.category)
    revision = planning.save(studio, owner, project.id, plan, author="a test", reason="", base=None)
    approval.approve(studio, owner, project.id, revision=revision.number, total=revision.quote.total)
    return project.id


@pytest.fixture
def clock(studio: Studio) -> Iterator[Clock]:
    running = Clock(studio)
    running.start()
    yield running
    running.stop()


def worker(home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "REPRISE_DATA_DIR": str(home), "REPRISE_MIN_FREE_MB": "0"}
    return subprocess.Popen([sys.executable, "-m", "jobs", "worker"], cwd=ROOT, env=environment, start_new_session=True)


def steps_of(studio: Studio, kind: str) -> list[Step]:
    with studio.db.read() as s:
        return list(s.exec(select(Step).where(Step.kind == kind)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_film_arrives_although_the_worker_is_killed_again_and_again(studio, small_plan, seed):
    chance = random.Random(seed)
    project_id = approved(studio, small_plan.but(**SMALL))
    job = production.job(studio, studio.local_owner, project_id, "film")
    kills = 0
    running = worker(studio.settings.home)
    try:
        end = time.monotonic() + 240
        while production.job_by_id(studio, studio.local_owner, job.id).state != JobState.DONE:
            assert time.monotonic() < end, production.job_by_id(studio, studio.local_owner, job.id)
            time.sleep(chance.uniform(2.0, 5.0))
            if kills < 3 and production.job_by_id(studio, studio.local_owner, job.id).state != JobState.DONE:
                os.kill(running.pid, signal.SIGKILL)
                running.wait()
                kills += 1
                running = worker(studio.settings.home)
    finally:
        running.terminate()
        running.wait(30)
    film = delivery.film(studio, studio.local_owner, project_id)
    assert film is not None
    assert film.film.seconds == pytest.approx(small_plan.seconds, abs=0.2)
    assert kills == 3
    with studio.db.read() as s:
        done = [e.step_id for e in s.exec(select(Event).where(Event.what == "done"))]
        bought = s.exec(select(Purchase).where(Purchase.state == "succeeded")).all()
    assert len(done) == len(set(done)), "no step was finished twice"
    assert len(bought) == len({p.step_id for p in bought}), "nothing was bought twice"


@pytest.mark.slow
def test_a_change_redoes_what_depends_on_it_and_nothing_else(studio, clock, small_plan):
    owner = studio.local_owner
    project_id = approved(studio, small_plan.but(**SMALL))
    assert wait_for(studio, project_id, "film").state == JobState.DONE

    def remade(*edits) -> set[str]:
        base = planning.current(studio, owner, project_id)
        revision, _ = planning.edit(studio, owner, project_id, edits, base=base.number, author="a test")
        approval.approve(studio, owner, project_id, revision=revision.number, total=revision.quote.total)
        job = wait_for(studio, project_id, "film")
        assert job.state == JobState.DONE, job
        return {f"{s.kind} {s.scene_id or ''}".strip() for s in job.steps if not s.reused}

    assert remade(ChangeCaptions(enabled=False)) == {"cut", "deliver"}
    assert remade(RewriteScene(scene="bbbb", title="Tonight")) == {"clip bbbb", "cut", "deliver"}
    assert remade(SetDuration(scene="bbbb", seconds=3.0)) == {"clip bbbb", "voice", "music", "mix", "cut", "deliver"}


@pytest.mark.slow
def test_a_cancelled_film_stops_soon_and_goes_on_when_asked(studio, clock, small_plan):
    project_id = approved(studio, small_plan.but(**SMALL))
    owner = studio.local_owner
    job = production.job(studio, owner, project_id, "film")
    while not any(s.state == StepState.RUNNING for s in production.job_by_id(studio, owner, job.id).steps):
        time.sleep(0.1)
    production.cancel(studio, owner, job.id)
    began = time.monotonic()
    while any(s.state == StepState.RUNNING for s in production.job_by_id(studio, owner, job.id).steps):
        assert time.monotonic() - began < 15
        time.sleep(0.1)
    assert production.job_by_id(studio, owner, job.id).state == JobState.CANCELLED
    production.retry(studio, owner, job.id)
    assert wait_for(studio, project_id, "film").state == JobState.DONE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB; only root may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root on Linux)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


@pytest.mark.slow
def test_a_disk_that_fills_up_while_rendering_is_said_and_nothing_finished_is_lost(small_disk, small_plan):
    opened = studios.open_studio(Settings(data_dir=small_disk / "data", min_free_mb=0, _env_file=None))
    studios.use(opened)
    clock = Clock(opened)
    try:
        project_id = approved(opened, small_plan)
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * int(opened.storage.free_mb() * 1e6 - 1_500_000))
        clock.start()
        job = wait_for(opened, project_id, "film")
        assert job.state == JobState.FAILED
        assert "disk" in job.problem.lower(), job.problem
        assert job.remedy
        kept = {s.id for s in job.steps if s.state == StepState.DONE}
        ballast.unlink()
        production.retry(opened, opened.local_owner, job.id)
        after = wait_for(opened, project_id, "film", 180)
        assert after.state == JobState.DONE, after
        assert kept <= {s.id for s in after.steps if s.state == StepState.DONE}
        assert delivery.film(opened, opened.local_owner, project_id)
    finally:
        clock.stop()
        studios.use(None)
        opened.db.close()


def test_an_upload_onto_a_full_disk_is_refused_in_a_sentence(studio, short_sample, upload):
    from core.domain.errors import DiskFull

    project = projects.create(studio, studio.local_owner, title="", brief="A film about night trains")
    object.__setattr__(studio.settings, "min_free_mb", 10**9)
    with pytest.raises(DiskFull) as caught:
        intake.receive_sample(studio, studio.local_owner, project.id, upload(short_sample), "a.mp4")
    assert caught.value.remedy
    assert projects.get(studio, studio.local_owner, project.id).sample is None
