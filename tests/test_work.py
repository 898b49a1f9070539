"""Jobs and steps in the database: order, fences, recovery, cancel and retry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.db import jobs, projects, slices, work, workers
from core.db.slices import Claim
from core.db.tables import Project
from core.db.work import NewStep
from core.domain.errors import Conflict, NotFound
from core.domain.work import MAX_LOST_WORKERS, RETRY_DELAYS, JobState, StepState
from core.services.studio import Studio

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def step(name: str, *needs: str, key: str | None = None) -> NewStep:
    return NewStep(name=name, kind="still", label=name, key=key or f"key-{name}", inputs={}, weight=1, needs=needs)


@pytest.fixture
def project(studio: Studio) -> Project:
    row = Project(
        owner=studio.local_owner,
        title="T",
        brief="B",
        category="general",
        platform="any",
        aspect="9:16",
        resolution="720p",
        created=NOW,
        updated=NOW,
    )
    return projects.add_project(studio.db, row)


@pytest.fixture
def record(studio: Studio, project: Project) -> Callable[..., str]:
    def record(
        *steps: NewStep, priority: int = 5, known: set[str] | None = None, at: datetime = NOW, kind: str = "film"
    ) -> str:
        return work.record_job(
            studio.db, at, owner=project.owner, project_id=project.id, kind=kind,
            priority=priority, steps=steps, known=known or set(), replaces=False,
        )  # fmt: skip

    return record


def take(studio: Studio, worker: str = "w", at: datetime = NOW) -> Claim:
    found = slices.claim(studio.db, at, worker)
    assert found is not None
    return found


def job_of(studio: Studio, job_id: str) -> tuple[str, list[str]]:
    job, steps = jobs.job_with_steps(studio.db, studio.local_owner, job_id)
    return job.state, [s.state for s in steps]


def test_a_step_waits_until_what_it_needs_is_done(studio, record):
    job = record(step("a"), step("b"), step("c", "a", "b"))
    first, second = take(studio), take(studio)
    assert (first.label, second.label) == ("a", "b")
    assert slices.claim(studio.db, NOW, "w") is None
    slices.finish(studio.db, NOW, first, {}, [])
    assert slices.claim(studio.db, NOW, "w") is None
    slices.finish(studio.db, NOW, second, {}, [])
    third = take(studio)
    assert third.needs == {"a": "key-a", "b": "key-b"}
    slices.finish(studio.db, NOW, third, {}, [])
    assert job_of(studio, job) == (JobState.DONE, [StepState.DONE] * 3)


def test_what_was_made_before_is_not_made_again(studio, record):
    job = record(step("a"), step("b", "a"), known={"key-a"})
    assert take(studio).label == "b"
    assert job_of(studio, job)[1] == [StepState.DONE, StepState.RUNNING]


def test_an_urgent_job_goes_first_until_the_other_has_waited_long_enough(studio, record):
    record(step("low"), priority=1, at=NOW)
    record(step("high"), priority=10, at=NOW + timedelta(minutes=89))
    assert take(studio, at=NOW + timedelta(hours=3)).label == "high"
    record(step("late"), priority=10, at=NOW + timedelta(minutes=91))
    assert take(studio, at=NOW + timedelta(hours=3)).label == "low"


def test_a_worker_that_was_thought_dead_changes_nothing(studio, record):
    record(step("a"))
    worker = workers.join(studio.db, NOW, "host", 1, 1.0)
    old = take(studio, worker)
    assert workers.recover(studio.db, NOW, lambda w: w.id == worker) == 1
    new = take(studio, "other")
    assert not slices.finish(studio.db, NOW, old, {"from": "the dead"}, [])
    assert not slices.progress(studio.db, NOW, old, 0.5)
    slices.fail(studio.db, NOW, old, message="late", remedy="", retryable=False)
    assert slices.finish(studio.db, NOW, new, {"from": "the living"}, [])
    found = jobs.outputs(studio.db, new.project_id, ["key-a"])
    assert found["key-a"].result == {"from": "the living"}


def test_a_step_that_keeps_killing_its_worker_is_set_aside(studio, record):
    job = record(step("a"))
    for _ in range(MAX_LOST_WORKERS):
        worker = workers.join(studio.db, NOW, "host", 1, 1.0)
        take(studio, worker)
        workers.recover(studio.db, NOW, lambda w: w.id == worker)  # noqa: B023
    state, steps = job_of(studio, job)
    assert (state, steps) == (JobState.FAILED, [StepState.FAILED])
    found, _ = jobs.job_with_steps(studio.db, studio.local_owner, job)
    assert "set aside" in found.problem
    assert found.remedy


def test_a_worker_that_was_thought_dead_is_known_again_at_its_next_heartbeat(studio, record):
    record(step("a"))
    worker = workers.join(studio.db, NOW, "host", 1, 1.0)
    workers.recover(studio.db, NOW, lambda w: w.id == worker)
    assert {w.id for w in workers.known(studio.db)} == set()
    workers.heartbeat(studio.db, NOW, worker, "host", 1, 1.0)
    assert {w.id for w in workers.known(studio.db)} == {worker}
    take(studio, worker)
    assert workers.recover(studio.db, NOW, lambda _: False) == 0


def test_what_a_worker_leaves_behind_is_ready_again_without_counting_as_lost(studio, record):
    job = record(step("a"), step("b"))
    worker = workers.join(studio.db, NOW, "host", 1, 1.0)
    take(studio, worker)
    workers.leave(studio.db, NOW, worker)
    take(studio, "nobody knows this one")
    assert workers.recover(studio.db, NOW, lambda _: False) == 1
    _, steps = jobs.job_with_steps(studio.db, studio.local_owner, job)
    assert [(s.state, s.attempts, s.lost_workers) for s in steps] == [(StepState.READY, 0, 0)] * 2


def test_a_step_that_fails_after_a_retry_for_what_went_before_does_not_fail_the_job_again(studio, record):
    job = record(step("a"), step("b"))
    first, second = take(studio), take(studio)
    slices.fail(studio.db, NOW, first, message="full", remedy="", retryable=False)
    work.retry(studio.db, NOW, studio.local_owner, job)
    slices.fail(studio.db, NOW, second, message="full", remedy="", retryable=False)
    assert job_of(studio, job) == (JobState.QUEUED, [StepState.READY] * 2)


def test_what_is_wanted_again_before_its_worker_saw_the_cancel_goes_on(studio, record):
    job = record(step("a"))
    running = take(studio)
    work.cancel(studio.db, NOW, studio.local_owner, job)
    work.retry(studio.db, NOW, studio.local_owner, job)
    slices.release(studio.db, NOW, running)
    assert job_of(studio, job) == (JobState.QUEUED, [StepState.READY])


def test_a_temporary_failure_is_tried_again_later_and_later_then_fails_in_words(studio, record):
    job, at = record(step("a")), NOW
    for delay in RETRY_DELAYS:
        slices.fail(studio.db, at, take(studio, at=at), message="busy", remedy="wait", retryable=True)
        assert slices.claim(studio.db, at + timedelta(seconds=delay * 0.85), "w") is None
        at += timedelta(seconds=delay * 1.15)
    slices.fail(studio.db, at, take(studio, at=at), message="busy", remedy="wait", retryable=True)
    found, _ = jobs.job_with_steps(studio.db, studio.local_owner, job)
    assert (found.state, found.problem, found.remedy) == (JobState.FAILED, "busy", "wait")


def test_cancel_stops_what_waits_and_what_runs_and_retry_goes_on_from_there(studio, record):
    job = record(step("a"), step("b"), step("c", "a", "b"))
    slices.finish(studio.db, NOW, take(studio), {}, [])
    running = take(studio)
    work.cancel(studio.db, NOW, studio.local_owner, job)
    assert not slices.progress(studio.db, NOW, running, 0.5), "the worker is told to stop"
    slices.fail(studio.db, NOW, running, message="cancelled", remedy="", retryable=False)
    assert job_of(studio, job) == (JobState.CANCELLED, [StepState.DONE, StepState.CANCELLED, StepState.CANCELLED])
    assert slices.claim(studio.db, NOW, "w") is None
    work.retry(studio.db, NOW, studio.local_owner, job)
    assert job_of(studio, job)[1] == [StepState.DONE, StepState.READY, StepState.BLOCKED]
    assert take(studio).label == "b"


def test_a_finished_job_cannot_be_retried_and_a_strangers_cannot_be_seen(studio, record):
    job = record(step("a"))
    slices.finish(studio.db, NOW, take(studio), {}, [])
    with pytest.raises(Conflict):
        work.retry(studio.db, NOW, studio.local_owner, job)
    with pytest.raises(NotFound):
        work.cancel(studio.db, NOW, "somebody else", job)


def test_percent_never_runs_backwards(studio, record):
    job = record(step("a"), step("b"))
    claim = take(studio)
    slices.progress(studio.db, NOW, claim, 0.8)
    before = jobs.job_with_steps(studio.db, studio.local_owner, job)[0].fraction
    slices.fail(studio.db, NOW, claim, message="busy", remedy="", retryable=True)
    again = take(studio, at=NOW + timedelta(minutes=1))
    slices.progress(studio.db, NOW, again, 0.1)
    assert jobs.job_with_steps(studio.db, studio.local_owner, job)[0].fraction >= before == pytest.approx(0.4)


def test_two_workers_never_take_the_same_step(studio, record):
    from concurrent.futures import ThreadPoolExecutor

    record(*(step(f"s{i}") for i in range(40)))
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda i: slices.claim(studio.db, NOW, f"w{i}"), range(48)))
    taken = [c.step_id for c in claims if c]
    assert len(taken) == len(set(taken)) == 40


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("state = 'ready' AND pool = 'here' AND due <= '2026' ORDER BY rank, position LIMIT 8", "ix_step_ready"),
        ("state = 'waiting' AND due <= '2026' ORDER BY due LIMIT 8", "ix_step_waiting"),
        ("worker_id = 'w' AND state = 'running'", "ix_step_worker"),
    ],
)
def test_the_queries_that_run_all_the_time_use_an_index(studio, query, index):
    with studio.db.read() as s:
        plan = s.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM step WHERE {query}")
        words = " ".join(str(row) for row in plan)
    assert f"USING INDEX {index}" in words
    assert "TEMP B-TREE" not in words


def test_the_models_and_the_migrations_agree(studio):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    with studio.db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
