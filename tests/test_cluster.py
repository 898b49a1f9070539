"""Many machines: real workers, a real Redis and a real PostgreSQL, and everything that may go wrong between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core.db import jobs, projects, queue, slices, work, workers
from core.db.tables import Event, Output, Project, Step
from core.db.work import NewStep
from core.domain.errors import BadInput
from core.domain.work import JobState, StepState
from core.isolation import ROOT
from core.services import approval, chat, delivery, planning, production
from core.services import projects as films
from core.services import studio as studios
from core.services.studio import Studio
from core.settings import Settings
from jobs.clock import POLL, Clock
from jobs.cluster import DEEP, Post, celery_app
from tests import servers
from tests.conftest import running, wait_for
from tests.fake_vendor import FakeVendor
from tests.proxy import Proxy

SOON = 60.0
"""Seconds that anything here may take on a machine that does much else."""
HANGING = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE state LIKE 'idle in transaction%' AND state_change < now() - interval '1 second'"""
"""Ends transactions whose client was cut off in the middle of them."""
pytestmark = pytest.mark.xdist_group("cluster")


@dataclass(kw_only=True)
class Cluster:
    """A front process (this one), a folder that all share, and workers."""

    home: Path
    database: str
    broker: str
    log: Path
    studio: Studio
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    recorded: int = 0

    def hire(self, *names: str, light: bool = True, database: dict[str, str] | None = None, **more: str) -> list[str]:
        """Workers, each a process on a machine of that name; answers their ids once they have joined."""
        known = {w.id for w in workers.known(self.studio.db)}
        for name in names:
            address = (database or {}).get(name, self.database)
            wishes = {
                "REPRISE_DATA_DIR": str(self.home), "REPRISE_DATABASE_URL": address, "REPRISE_BROKER_URL": self.broker,
                "REPRISE_MIN_FREE_MB": "0", "REPRISE_WORKERS": "1", **more,
            }  # fmt: skip
            command = ["tests.light_worker", name, str(self.log)] if light else ["jobs", "worker"]
            with (self.home / f"worker {len(self.workers)}").open("wb") as said:
                started = subprocess.Popen(
                    [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **wishes}, stderr=said
                )
            self.workers.append(started)
        joined: list[str] = []

        def all_joined() -> bool:
            joined[:] = [w.id for w in workers.known(self.studio.db) if w.id not in known]
            return len(joined) >= len(names)

        until(all_joined, "the workers have joined")
        return joined

    def said(self, number: int = 0) -> str:
        """What a worker has logged."""
        return (self.home / f"worker {number}").read_text()

    def record(self, *seconds: float, chain: bool = False, kind: str = "light") -> str:
        """A job of light steps, side by side or one after the other; answers its id."""
        studio, now = self.studio, self.studio.now()
        row = Project(
            owner=studio.local_owner, title="T", brief="B", category="general", platform="any", aspect="9:16",
            resolution="720p", created=now, updated=now,
        )  # fmt: skip
        project = projects.add_project(studio.db, row)
        self.recorded += 1
        names = [f"{self.recorded}-{i}" for i in range(len(seconds))]
        steps = [
            NewStep(
                name=name, kind=kind, label=name, key=name, inputs={"seconds": s}, weight=1,
                needs=tuple(names[i - 1 : i]) if chain and i else (),
            )
            for i, (name, s) in enumerate(zip(names, seconds, strict=True))
        ]  # fmt: skip
        job = work.record_job(
            studio.db, studio.now(), owner=studio.local_owner, project_id=project.id, kind="film", priority=5,
            steps=steps, known=set(), replaces=False,
        )  # fmt: skip
        studio.wake.set()
        return job

    def steps(self, job: str) -> list[Step]:
        """The steps of a job."""
        return jobs.job_with_steps(self.studio.db, self.studio.local_owner, job)[1]

    def done(self, *ids: str) -> None:
        """Returns when these jobs are done."""

        def all_done() -> bool:
            return all(
                production.job_by_id(self.studio, self.studio.local_owner, i).state == JobState.DONE for i in ids
            )

        until(all_done, "the jobs are done")

    def notes(self, job: str) -> list[tuple[str, str, str]]:
        """What was noted of a job, in order: begin or end, which step, and on which machine."""
        mine = {step.label for step in self.steps(job)}
        lines = [line.split() for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [(what, label, name) for what, label, name, _ in lines if label in mine]

    def times(self, what: str, *ids: str) -> Counter[str]:
        """How often each step of these jobs has begun, or ended."""
        return Counter(label for job in ids for w, label, _ in self.notes(job) if w == what)


def until(true: Callable[[], object], what: str, seconds: float = SOON) -> None:
    """Returns once it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@contextmanager
def front(home: Path, database: str, broker: str, **settings: object) -> Iterator[Cluster]:
    """This process as the one that serves the pages."""
    home.mkdir()
    wishes = Settings(
        data_dir=home, database_url=database, broker_url=broker, min_free_mb=0, _env_file=None, **settings
    )
    studio = studios.open_studio(wishes)
    studios.use(studio)
    clock = Clock(studio, front=True)
    clock.start()
    cluster = Cluster(home=home, database=database, broker=broker, log=home / "light.log", studio=studio)
    try:
        yield cluster
    finally:
        for worker in cluster.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
        for worker in cluster.workers:
            try:
                worker.wait(SOON)
            except subprocess.TimeoutExpired:
                worker.kill()
        clock.stop()
        studios.use(None)
        studio.db.close()


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Cluster]:
    """A front, and nobody yet who works."""
    with front(tmp_path / "shared", postgres_url, redis_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, postgres: servers.Postgres, postgres_template: str
) -> Iterator[tuple[Cluster, servers.Redis]]:
    """A front and two workers with one hand each, and the Redis between them."""
    home = tmp_path_factory.mktemp("pair") / "shared"
    address = postgres.create("pair", postgres_template)
    with running(servers.redis_server()) as redis, front(home, address, redis.url) as opened:
        opened.hire("one", "two")
        yield opened, redis
    postgres.drop("pair")


def test_messages_that_are_doubled_late_or_lost_change_nothing(pair):
    cluster, redis = pair
    ids = [cluster.record(*[0.02] * 5, chain=i % 2 == 0) for i in range(6)]
    post = Post(cluster.broker)
    every = [s.id for i in ids for s in cluster.steps(i)]
    post.send("here", every)
    post.send("reply", every)
    redis.clear()
    post.send("here", every * 2)
    cluster.done(*ids)
    post.send("vendor", every)
    post.send("here", ["there is no such step", *every])
    ids.append(cluster.record(0.02))
    cluster.done(*ids)
    until(lambda: not post.depth("here") and not post.depth("vendor"), "every message was heard")
    post.close()
    assert set(cluster.times("begin", *ids).values()) == {1}
    assert cluster.times("begin", *ids) == cluster.times("end", *ids)
    assert "Traceback" not in cluster.said(0) + cluster.said(1)


def test_a_step_runs_at_once_when_somebody_is_free_however_busy_the_others_are(pair):
    cluster, _ = pair
    long = cluster.record(60.0)
    until(lambda: cluster.notes(long), "one of the two is busy")
    median, worst = delays(cluster, 15)
    print(f"ready to running, through the queue: median {median * 1000:.0f} ms, worst {worst * 1000:.0f} ms")
    assert median < 0.4
    assert [s.state for s in cluster.steps(long)] == [StepState.RUNNING]
    production.cancel(cluster.studio, cluster.studio.local_owner, long)


def test_work_goes_on_without_a_broker_and_the_queue_is_used_again_when_it_is_back(pair):
    cluster, redis = pair
    redis.stop()
    median, worst = delays(cluster, 6)
    print(f"ready to running, without a broker: median {median * 1000:.0f} ms, worst {worst * 1000:.0f} ms")
    assert worst < POLL
    redis.start()
    until(lambda: delays(cluster, 3)[0] < 0.3, "the queue is heard again", 60)
    for number in range(2):
        assert cluster.said(number).count("The queue does not answer") <= 1


def delays(cluster: Cluster, jobs_: int) -> tuple[float, float]:
    """Seconds that steps lay ready before they ran, one job at a time: the median and the worst."""
    ids = []
    for _ in range(jobs_):
        ids.append(cluster.record(0.0))
        cluster.done(ids[-1])
    found = sorted((s.started - s.due).total_seconds() for i in ids for s in cluster.steps(i))
    return found[len(found) // 2], found[-1]


def test_what_a_killed_worker_held_is_begun_again_elsewhere_and_one_that_is_told_to_end_puts_it_back(cluster):
    cluster.hire("same", REPRISE_WORKERS="2")
    ids = [cluster.record(1.0, 1.0, kind="deaf"), cluster.record(*[0.02] * 6)]
    until(lambda: len(cluster.notes(ids[0])) == 2, "both hands are busy")
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    cluster.workers[0].wait()
    (second,) = cluster.hire("same")
    cluster.done(*ids)
    assert set(cluster.times("begin", ids[0]).values()) == {2}
    assert set(cluster.times("begin", ids[1]).values()) == {1}
    assert set(cluster.times("end", *ids).values()) == {1}

    last = cluster.record(60.0)
    until(lambda: cluster.notes(last), "the second one is at work")
    cluster.workers[1].terminate()
    assert cluster.workers[1].wait(SOON) == 0
    assert second not in {w.id for w in workers.known(cluster.studio.db)}
    assert [s.state for s in cluster.steps(last)] == [StepState.READY]
    assert "Traceback" not in cluster.said(1)


def test_a_worker_that_is_cut_off_loses_its_step_and_what_it_says_later_is_void(cluster, postgres):
    with Proxy(postgres.port) as proxy:
        far = cluster.database.replace(f":{postgres.port}/", f":{proxy.port}/")
        cluster.hire("far", "near", database={"far": far})
        job = cluster.record(*[2.5] * 3, kind="deaf")
        until(lambda: any(name == "far" for _, _, name in cluster.notes(job)), "the far one is at work")
        lost = next(label for _, label, name in cluster.notes(job) if name == "far")
        proxy.cut()

        def taken_over() -> bool:
            postgres.run(HANGING)  # the server itself waits 20 s before it ends them
            return ("begin", lost, "near") in cluster.notes(job)

        until(taken_over, "the near one has taken it over")
        until(lambda: ("end", lost, "far") in cluster.notes(job), "the far one has ended, and cannot say so")
        proxy.heal()
        cluster.done(job)
        time.sleep(1)
        step = next(s for s in cluster.steps(job) if s.label == lost)
        with cluster.studio.db.read() as s:
            assert s.get_one(Output, (project_of(cluster, job), step.key)).result == {"by": "near"}
            assert len(s.exec(select(Event).where(Event.what == "done", Event.step_id == step.id)).all()) == 1
        after = cluster.record(*[0.5] * 12)
        until(lambda: any(name == "far" for _, _, name in cluster.notes(after)), "the far one works again")


def project_of(cluster: Cluster, job: str) -> str:
    return jobs.job_with_steps(cluster.studio.db, cluster.studio.local_owner, job)[0].project_id


@pytest.mark.slow
def test_a_film_is_made_by_two_workers_and_the_front_only_answers(tmp_path, postgres_url, redis_url, small_plan):
    with FakeVendor(recovery="search", making=1.0) as vendor:
        wishes = {"videos_base_url": vendor.base_url, "videos_models": "sora-2=0.05"}
        with front(tmp_path / "shared", postgres_url, redis_url, **wishes) as cluster:
            studio, owner = cluster.studio, cluster.studio.local_owner
            environment = {f"REPRISE_{name.upper()}": value for name, value in wishes.items()}
            project = films.create(studio, owner, title="", brief=small_plan.brief, category=small_plan.category)
            scenes = tuple(s.but(model="videos/sora-2") for s in small_plan.scenes)
            plan = small_plan.but(aspect="1:1", scenes=scenes)
            revision = planning.save(studio, owner, project.id, plan, author="a test", reason="", base=None)
            chat.send(studio, owner, project.id, "what can you do?")
            until(lambda: chat.messages(studio, owner, project.id)[-1].done, "the front has answered")
            approval.approve(studio, owner, project.id, revision=revision.number, total=revision.quote.total)
            time.sleep(1)
            film = production.job(studio, owner, project.id, "film")
            assert not any(s.state in (StepState.RUNNING, StepState.DONE) for s in film.steps), "that is for workers"
            cluster.hire("one", "two", light=False, **environment)
            assert wait_for(studio, project.id, "film").state == JobState.DONE
            assert delivery.film(studio, owner, project.id) is not None
            assert len(vendor.tasks) == len(scenes) == vendor.asked("create")
            with studio.db.read() as s:
                finished = Counter(e.step_id for e in s.exec(select(Event).where(Event.what == "done")))
            assert set(finished.values()) == {1}


def test_a_step_is_told_of_once_until_it_has_moved_or_a_minute_has_passed(any_studio):
    studio, now = any_studio, any_studio.now()
    Cluster(home=Path(), database="", broker="", log=Path(), studio=studio).record(1, 1)
    steps = queue.untold(studio.db, studio.now())["here"]
    assert len(steps) == 2
    assert queue.announce(studio.db, now, steps) == steps
    assert queue.announce(studio.db, now, steps) == []
    assert queue.untold(studio.db, studio.now())["here"] == []
    assert queue.untold(studio.db, now + timedelta(seconds=61))["here"] == steps
    queue.retract(studio.db, now, steps[:1])
    assert queue.untold(studio.db, studio.now())["here"] == steps[:1]
    claim = slices.claim(studio.db, studio.now(), "w")
    slices.wait(studio.db, studio.now(), claim, 5.0)
    later = studio.now() + timedelta(seconds=6)
    assert queue.untold(studio.db, studio.now())["vendor"] == []
    assert queue.untold(studio.db, later)["vendor"] == [claim.step_id]


def test_of_several_dispatchers_one_tells_of_a_step(any_studio):
    studio, now = any_studio, any_studio.now()
    Cluster(home=Path(), database="", broker="", log=Path(), studio=studio).record(*[1.0] * 20)
    steps = queue.untold(studio.db, studio.now())["here"]
    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.extend(queue.announce(studio.db, now, steps))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted(steps)


def test_a_queue_that_nobody_hears_does_not_grow(cluster):
    cluster.record(*[1.0] * (DEEP * 2))
    post = Post(cluster.broker)
    until(lambda: post.depth("here") > 60, "it was told")
    with cluster.studio.db.read() as s:
        first = {step.id for step in s.exec(select(Step).where(Step.announced.is_not(None)))}
    assert len(first) == queue.FRONT, "those behind the front are not told of yet"
    post.send("here", ["x"] * DEEP)
    with cluster.studio.db.write() as s:
        for step in s.exec(select(Step)):
            step.announced = None
    depth = post.depth("here")
    time.sleep(1.2)
    assert post.depth("here") == depth
    post.close()


def test_an_address_that_is_no_broker_is_refused_in_words():
    with pytest.raises(BadInput, match="address of the queue"):
        celery_app("http://example.org")
