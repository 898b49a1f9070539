"""The work survives: a killed process, a full disk, a changed scene."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import event
from sqlmodel import select

from core.db import projects as rows
from core.db import slices, workers
from core.db.money import Purchase
from core.db.tables import Event, Message, Step
from core.domain.edits import ChangeCaptions, RewriteScene, SetDuration
from core.domain.errors import Broken, DiskFull
from core.domain.plan import Plan
from core.domain.views import JobView
from core.domain.work import JobState, StepState
from core.isolation import ROOT
from core.services import (
    approval,
    chat,
    delivery,
    intake,
    planning,
    processes,
    production,
    projects,
    retention,
    workshop,
)
from core.services import studio as studios
from core.services.bench import Made, Recipe
from core.services.studio import Studio
from core.settings import Settings
from jobs import clock as clocks
from jobs.clock import Clock
from jobs.engine import Engine
from tests.conftest import wait_for

SMALL = {"aspect": "1:1"}


def approved(studio: Studio, plan: Plan) -> str:
    """A project with that plan, approved; answers its id."""
    owner = studio.local_owner
    project = projects.create(studio, owner, title="", brief=plan.brief, category=plan.category)
    revision = planning.save(studio, owner, project.id, plan, author="a test", reason="", base=None)
    approval.approve(studio, owner, project.id, revision=revision.number, total=revision.quote.total)
    return project.id


@contextmanager
def working(studio: Studio) -> Iterator[None]:
    """Work is done meanwhile."""
    running = Clock(studio)
    running.start()
    try:
        yield
    finally:
        running.stop()


def worker(home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "REPRISE_DATA_DIR": str(home), "REPRISE_MIN_FREE_MB": "0"}
    return subprocess.Popen([sys.executable, "-m", "jobs", "worker"], cwd=ROOT, env=environment, start_new_session=True)


def steps_of(studio: Studio, kind: str) -> list[Step]:
    with studio.db.read() as s:
        return list(s.exec(select(Step).where(Step.kind == kind)))


@pytest.mark.slow
def test_a_film_arrives_although_the_worker_is_killed_again_and_again(studio, small_plan):
    chance = random.Random(1)
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
def test_a_cancelled_film_goes_on_when_asked_and_a_change_redoes_what_depends_on_it(studio, small_plan):
    """One film for both: it is stopped while it is made, goes on, and is then changed three times."""
    project_id = approved(studio, small_plan.but(**SMALL))
    owner = studio.local_owner
    with working(studio):
        stopped_and_gone_on(studio, project_id)

    def remade(*edits, by: JobState) -> set[str]:
        """What an approved change has done anew; those that the next one replaces are only recorded."""
        base = planning.current(studio, owner, project_id)
        revision, _ = planning.edit(studio, owner, project_id, edits, base=base.number, author="a test")
        approval.approve(studio, owner, project_id, revision=revision.number, total=revision.quote.total)
        job = wait_for(studio, project_id, "film", 300) if by == JobState.DONE else changed(studio, project_id)
        assert job.state == by, job
        return {f"{s.kind} {s.scene_id or ''}".strip() for s in job.steps if not s.reused}

    assert remade(ChangeCaptions(enabled=False), by=JobState.QUEUED) == {"cut", "deliver"}
    titled = remade(RewriteScene(scene="bbbb", title="Tonight"), by=JobState.QUEUED)
    assert titled == {"clip bbbb", "cut", "deliver"}
    with working(studio):
        longer = remade(SetDuration(scene="bbbb", seconds=3.0), by=JobState.DONE)
    assert longer == {"clip bbbb", "voice", "music", "mix", "cut", "deliver"}
    assert delivery.film(studio, owner, project_id).film.seconds == pytest.approx(5.5, abs=0.05)


def changed(studio: Studio, project_id: str) -> JobView:
    """The film's newest job, as it was recorded."""
    job = production.job(studio, studio.local_owner, project_id, "film")
    assert job is not None
    return job


def stopped_and_gone_on(studio: Studio, project_id: str) -> None:
    """It stops soon, and is made when it is asked for again."""
    owner = studio.local_owner
    job = changed(studio, project_id)
    while not any(s.state == StepState.RUNNING for s in production.job_by_id(studio, owner, job.id).steps):
        time.sleep(0.1)
    production.cancel(studio, owner, job.id)
    began = time.monotonic()
    while any(s.state == StepState.RUNNING for s in production.job_by_id(studio, owner, job.id).steps):
        assert time.monotonic() - began < 15
        time.sleep(0.1)
    assert production.job_by_id(studio, owner, job.id).state == JobState.CANCELLED
    production.retry(studio, owner, job.id)
    assert wait_for(studio, project_id, "film", 300).state == JobState.DONE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB, room for a small film with all its parts; only root may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, check=False
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


@contextmanager
def full_database(studio: Studio) -> Iterator[None]:
    """The database may not grow by a page: whatever needs one is told that the disk is full."""

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes the size that it has

    event.listen(studio.db.engine, "connect", limit)
    studio.db.engine.dispose()
    yield
    event.remove(studio.db.engine, "connect", limit)
    studio.db.engine.dispose()


def test_a_step_whose_end_cannot_be_recorded_is_neither_lost_nor_done_again_and_again(studio, small_plan):
    project_id = approved(studio, small_plan.but(**SMALL))
    worker_id = workshop.join(studio)
    claim = workshop.take(studio, worker_id, project_id)
    stopping = threading.Event()
    tries: list[str] = []

    def failed() -> None:
        tries.append("once")
        slices.fail(studio.db, studio.now(), claim, message="m" * 20_000, remedy="r", retryable=False)

    recording = threading.Thread(target=workshop._recorded, args=(stopping, failed))
    with full_database(studio):
        recording.start()
        time.sleep(1)
        assert tries == ["once"], "it does not spin"
        with pytest.raises(DiskFull):
            failed()
    recording.join(10)
    assert not recording.is_alive()
    assert production.job_by_id(studio, studio.local_owner, claim.job_id).state == JobState.FAILED


def test_an_engine_whose_database_fails_says_so_once_and_goes_on(studio, caplog):
    engine = Engine(studio)
    hidden = studio.settings.home / "hidden.db"
    studio.db.engine.dispose()
    (studio.settings.home / "reprise.db").rename(hidden)
    (studio.settings.home / "reprise.db").mkdir()
    with caplog.at_level(logging.WARNING, "reprise.engine"):
        for _ in range(3):
            engine.tick()
        engine.look_after()
    said = [r.getMessage() for r in caplog.records if r.name == "reprise.engine"]
    assert said == ["The database cannot be written. " + said[0].split("written. ")[1]]
    (studio.settings.home / "reprise.db").rmdir()
    hidden.rename(studio.settings.home / "reprise.db")
    engine.tick()
    engine.stop()


def test_a_file_that_a_repeated_step_gives_the_project_is_there_once(studio, small_plan):
    project_id = approved(studio, small_plan.but(**SMALL))
    worker_id = workshop.join(studio)
    claim = next(c for c in iter(lambda: workshop.take(studio, worker_id, project_id), None) if c.kind == "still")
    for _ in range(2):
        workshop._made(studio, worker_id, claim, threading.Event())
    assert len(rows.assets(studio.db, studio.local_owner, project_id, "still")) == 1
    assert list(studio.storage.scratch(f"work/{worker_id}").iterdir()) == []


def test_a_step_that_is_wanted_again_before_its_first_hand_lets_go_keeps_its_files(studio, small_plan):
    project_id = approved(studio, small_plan)
    worker_id = workshop.join(studio)
    there, gone = [], []
    hands = [threading.Event(), threading.Event()]

    def work(bench):
        kept = bench.scratch / "clip.mp4"
        kept.write_bytes(b"a clip")
        mine = len(there)
        there.append(bench.claim.step_id)
        hands[mine].wait(20)
        gone.append(not kept.exists())
        return Made(result={})

    def do():
        claim = workshop.take(studio, worker_id, project_id)
        workshop.do(studio, worker_id, claim, threading.Event(), {claim.kind: Recipe(do=work)})

    def begun(count):
        end = time.monotonic() + 20
        while len(there) < count:
            assert time.monotonic() < end
            time.sleep(0.01)

    running = [threading.Thread(target=do) for _ in hands]
    job = production.job(studio, studio.local_owner, project_id, "storyboard").id
    for count, thread in enumerate(running, 1):
        thread.start()
        begun(count)
        production.cancel(studio, studio.local_owner, job)
        production.retry(studio, studio.local_owner, job)
    for hand, thread in zip(hands, running, strict=True):
        hand.set()
        thread.join(20)
    assert there == there[:1] * 2
    assert gone == [False, False]


def test_an_undo_by_chat_is_made_once_however_often_its_step_is_done(studio, small_plan):
    owner = studio.local_owner
    project_id = approved(studio, small_plan)
    for title in ("One", "Two", "Three"):
        base = planning.current(studio, owner, project_id).number
        planning.edit(studio, owner, project_id, [RewriteScene(scene="aaaa", title=title)], base=base, author="you")
    chat.send(studio, owner, project_id, "undo")
    message = rows.messages(studio.db, owner, project_id)[-1].id
    for _ in range(3):
        chat.answer(studio, owner, project_id, {"message": message, "text": "undo"}, "the step")
    assert planning.current(studio, owner, project_id).plan.scenes[0].title == "Two"
    assert len(planning.history(studio, owner, project_id)) == 5
    assert rows.messages(studio.db, owner, project_id)[-1].done


def test_a_message_that_nobody_will_answer_says_so(studio, small_plan):
    owner = studio.local_owner
    project_id = approved(studio, small_plan)
    before = studio.now() - timedelta(minutes=1)
    lost = Message(project_id=project_id, role="assistant", body="", done=False, created=before)
    rows.add_message(studio.db, lost)
    assert not chat.messages(studio, owner, project_id)[-1].done, "something is still being done"
    for kind in ("storyboard", "film"):
        production.cancel(studio, owner, production.job(studio, owner, project_id, kind).id)
    said = chat.messages(studio, owner, project_id)[-1]
    assert said.done
    assert "Send it again" in said.text


def test_a_sweep_removes_what_nobody_needs_and_keeps_the_rest(studio):
    scratch, day = studio.storage.scratch, 24 * 3600
    days_old = {
        scratch("uploads") / "a.part": 2,
        scratch("work/gone") / "b.mp4": 2,
        scratch("segments") / "unused.mp4": 15,
        scratch("making") / "given up.json": 15,
        scratch("segments") / "used.mp4": 2,
        scratch("making") / "begun.json": 2,
        scratch("uploads") / "fresh.part": 0,
    }
    for path, days in days_old.items():
        path.write_bytes(b"x")
        os.utime(path, (time.time() - days * day,) * 2)
    doomed, kept = list(days_old)[:4], list(days_old)[4:]
    assert retention.sweep(studio, dry_run=True).files == 4
    assert all(p.exists() for p in days_old)
    assert retention.sweep(studio, dry_run=False).files == 4
    assert not any(p.exists() for p in doomed)
    assert all(p.exists() for p in kept)


def test_scratch_of_workers_that_are_gone_is_removed_and_that_of_others_kept(studio):
    mine, other = workshop.join(studio), workers.join(studio.db, studio.now(), "another machine", 1, 1.0)
    for worker_id in (mine, other, "0123456789abcdef"):
        (studio.storage.scratch(f"work/{worker_id}") / "half.mp4").write_bytes(b"x")
    workshop.Watchman(studio, mine).look()
    assert {p.name for p in studio.storage.scratch("work").iterdir()} == {mine, other}


def test_a_worker_whose_process_ended_but_was_not_collected_is_dead(studio):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = psutil.Process(child.pid).create_time()
    lost = workers.join(studio.db, studio.now(), processes.machine(), child.pid, born)
    mine = workshop.join(studio)
    watchman = workshop.Watchman(studio, mine)
    watchman.look()
    assert lost in {w.id for w in workers.known(studio.db)}
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, and stays a zombie
    watchman.look()
    assert {w.id for w in workers.known(studio.db)} == {mine}
    child.wait()


def test_a_file_that_two_projects_share_outlives_one_of_them(studio, small_plan):
    first, second = (approved(studio, small_plan) for _ in range(2))
    path = studio.storage.scratch("uploads") / "clip.mp4"
    path.write_bytes(b"the same picture")
    blob = studio.storage.put(path)
    worker_id = workshop.join(studio)
    for project_id in (first, second):
        claim = workshop.take(studio, worker_id, project_id)
        slices.finish(studio.db, studio.now(), claim, {"blob": blob}, [blob])
    projects.delete(studio, studio.local_owner, first)
    assert studio.storage.has(blob)
    projects.delete(studio, studio.local_owner, second)
    assert not studio.storage.has(blob)


def test_an_upload_onto_a_full_disk_is_refused_in_a_sentence(studio, short_sample, upload):
    project = projects.create(studio, studio.local_owner, title="", brief="A film about night trains")
    object.__setattr__(studio.settings, "min_free_mb", 10**9)
    with pytest.raises(DiskFull) as caught:
        intake.receive_sample(studio, studio.local_owner, project.id, upload(short_sample), "a.mp4")
    assert caught.value.remedy
    assert projects.get(studio, studio.local_owner, project.id).sample is None


def test_a_wall_clock_that_is_set_back_does_not_stop_the_work(studio, monkeypatch):
    monkeypatch.setattr(clocks, "STALLED", 0.4)
    clock = Clock(studio)
    clock.start()
    try:
        for job in clock.scheduler.get_jobs():  # as APScheduler sees it after the clock went back by a day
            job.modify(next_run_time=studio.now() + timedelta(days=1))
        then, end = clock._looked, time.monotonic() + 20
        while clock._looked == then and time.monotonic() < end:
            time.sleep(0.05)
        assert clock._looked > then
    finally:
        clock.stop()


def test_a_step_whose_end_the_database_refuses_for_a_while_is_not_done_again(studio, small_plan, monkeypatch):
    approved(studio, small_plan)
    worker_id = workshop.join(studio)
    refused = iter([True, True, False])
    finish, made = slices.finish, []

    def unwilling(*args, **kwargs):
        if next(refused):
            raise Broken("The database does not answer.")
        made.append(args[2].step_id)
        return finish(*args, **kwargs)

    monkeypatch.setattr(slices, "finish", unwilling)
    monkeypatch.setattr(workshop, "AGAIN", 0.05)
    claim = workshop.take(studio, worker_id)
    recipe = Recipe(do=lambda _: Made(result={"once": True}))
    workshop.do(studio, worker_id, claim, threading.Event(), {claim.kind: recipe})
    assert made == [claim.step_id]
    with studio.db.read() as s:
        assert s.get_one(Step, claim.step_id).state == StepState.DONE
