"""The engine in every order that chance finds: one process, a virtual clock, seeded.

First the whole of it, with money, vendors, machines and people (tests.simulation); each of its guards, taken
away, must be missed by some seed. Then the queue alone: workers claim, report, finish, fail, die, come back
from the dead and write late; people cancel and retry; the clock jumps. Whatever happens, calm afterwards
brings every job to its end, with every step done once. A failing seed is named, and fails again.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.db import jobs, projects, slices, work, workers
from core.db.slices import Claim
from core.db.tables import Event, Job, Need, Output, Project, Step, Worker
from core.db.work import NewStep
from core.domain.errors import Conflict
from core.domain.work import LIVE_JOBS, JobState, StepState
from tests.simulation.__main__ import run, run_many
from tests.simulation.mutants import MUTANTS, NOTICED_BY

BLOCK = 10
HISTORIES = range(0, 60, BLOCK)
"""First seeds of the blocks that are run here; `python -m tests.simulation --seeds 3000` runs more."""
NOTICED_WITHIN = 250
"""Seeds, at most, in one of which a broken engine is noticed."""
QUEUES = range(16)
ACTIONS = 90


class World:
    """Two jobs, three workers and the chance that moves them."""

    def __init__(self, studio, seed: int) -> None:
        self.db, self.owner, self.chance = studio.db, studio.local_owner, random.Random(seed)
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.held: list[tuple[str, Claim]] = []
        self.ghosts: list[Claim] = []
        self.best: dict[str, float] = {}
        self.jobs = [self.record(i) for i in range(2)]
        self.workers = [self.hire() for _ in range(3)]

    def record(self, number: int) -> str:
        row = Project(
            owner=self.owner, title="T", brief="B", category="general", platform="any", aspect="9:16",
            resolution="720p", created=self.now, updated=self.now,
        )  # fmt: skip
        project = projects.add_project(self.db, row)
        steps: list[NewStep] = []
        for i in range(4):
            needs = tuple(s.name for s in steps if self.chance.random() < 0.4)
            key, weight = f"{number}-{i}", self.chance.uniform(0.5, 9)
            steps.append(NewStep(name=f"s{i}", kind="clip", label=key, key=key, inputs={}, weight=weight, needs=needs))
        return work.record_job(
            self.db, self.now, owner=self.owner, project_id=project.id, kind="film", priority=number * 5, steps=steps,
            known={f"{number}-0"} if self.chance.random() < 0.3 else set(),
        )  # fmt: skip

    def hire(self) -> str:
        return workers.join(self.db, self.now, "host", self.chance.randrange(10**6), 1.0)

    def act(self) -> None:
        self.now += timedelta(seconds=self.chance.choice((0, 0, 1, 6, 25, -3)))
        actions = (
            *(self.claim, self.claim, self.claim, self.report, self.finish, self.finish, self.finish, self.fail),
            *(self.release, self.die, self.haunt, self.recover, self.cancel, self.retry, self.look),
        )
        self.chance.choice(actions)()

    def claim(self) -> None:
        worker = self.chance.choice(self.workers)
        found = slices.claim(self.db, self.now, worker)
        if found:
            self.held.append((worker, found))

    def taken(self) -> Claim | None:
        if not self.held:
            return None
        return self.held.pop(self.chance.randrange(len(self.held)))[1]

    def report(self) -> None:
        if self.held:
            slices.progress(self.db, self.now, self.chance.choice(self.held)[1], self.chance.random())

    def finish(self) -> None:
        if (claim := self.taken()) is not None:
            slices.finish(self.db, self.now, claim, {"by": claim.fence}, [])

    def fail(self) -> None:
        if (claim := self.taken()) is not None:
            retryable = self.chance.random() < 0.8
            slices.fail(self.db, self.now, claim, message="busy", remedy="wait", retryable=retryable)

    def release(self) -> None:
        if (claim := self.taken()) is not None:
            slices.release(self.db, self.now, claim)

    def die(self) -> None:
        """A worker is gone; what it held may still be written late."""
        dead = self.workers.pop(self.chance.randrange(len(self.workers)))
        self.ghosts += [c for w, c in self.held if w == dead]
        self.held = [(w, c) for w, c in self.held if w != dead]
        self.workers.append(self.hire())

    def haunt(self) -> None:
        if not self.ghosts:
            return
        ghost, how = self.chance.choice(self.ghosts), self.chance.randrange(4)
        if how == 0:
            slices.finish(self.db, self.now, ghost, {"by": ghost.fence}, [])
        elif how == 1:
            slices.fail(self.db, self.now, ghost, message="late", remedy="", retryable=False)
        elif how == 2:
            slices.release(self.db, self.now, ghost)
        else:
            slices.progress(self.db, self.now, ghost, 0.9)

    def recover(self) -> None:
        workers.recover(self.db, self.now, lambda w: w.id not in self.workers)

    def cancel(self) -> None:
        if self.chance.random() < 0.3:
            work.cancel(self.db, self.now, self.owner, self.chance.choice(self.jobs))

    def retry(self) -> None:
        try:
            work.retry(self.db, self.now, self.owner, self.chance.choice(self.jobs))
        except Conflict:
            return

    def look(self) -> None:
        """What must hold at every moment."""
        with self.db.read() as s:
            for job in s.exec(select(Job)):
                assert job.fraction >= self.best.get(job.id, 0.0), "percent ran backwards"
                self.best[job.id] = job.fraction
            steps = {step.id: step for step in s.exec(select(Step))}
            for need in s.exec(select(Need)):
                if steps[need.step_id].state in (StepState.READY, StepState.RUNNING, StepState.DONE):
                    assert steps[need.needs_id].state == StepState.DONE, "a step went before what it needs"
            for step in steps.values():
                missing = sum(
                    steps[n.needs_id].state != StepState.DONE
                    for n in s.exec(select(Need).where(Need.step_id == step.id))
                )
                assert step.waits_for == (0 if step.reused else missing), "a step has lost count of what it waits for"

    def calm_down(self) -> None:
        """Everything healthy from here on: every job must come to its end."""
        self.held.clear()
        self.workers = [self.hire()]
        for _ in range(200):
            self.now += timedelta(seconds=30)
            self.recover()
            claim = slices.claim(self.db, self.now, self.workers[0])
            if claim:
                slices.finish(self.db, self.now, claim, {"by": claim.fence}, [])
                continue
            stopped = [
                j
                for j in self.jobs
                if jobs.job_with_steps(self.db, self.owner, j)[0].state not in (*LIVE_JOBS, JobState.DONE)
            ]
            if not stopped:
                return
            for job in stopped:
                work.retry(self.db, self.now, self.owner, job)
        raise AssertionError("the jobs did not come to their end")


@pytest.mark.parametrize("first", HISTORIES)
def test_whatever_happens_nothing_is_lost_or_bought_twice_and_the_books_are_right(first):
    found = run_many(range(first, first + BLOCK))
    assert not found["failing"]
    assert found["purchases"]


def test_a_seed_is_always_the_same_history():
    once, again, other = (run(seed)[0] for seed in (5, 5, 6))
    assert (once.digest, once.events) == (again.digest, again.events)
    assert once.digest != other.digest


@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_without_one_of_its_guards_is_noticed(name):
    with MUTANTS[name]():
        seeds = dict.fromkeys([*NOTICED_BY.get(name, ()), *range(NOTICED_WITHIN)])
        assert any(run(seed)[1] for seed in seeds)


@pytest.mark.parametrize("seed", QUEUES)
def test_whatever_happens_every_job_ends_with_every_step_done_once(studio, seed):
    world = World(studio, seed)
    for _ in range(ACTIONS):
        world.act()
    world.calm_down()
    world.look()
    with studio.db.read() as s:
        assert [j.state for j in s.exec(select(Job))] == [JobState.DONE] * 2
        steps = s.exec(select(Step)).all()
        assert {step.state for step in steps} == {StepState.DONE}
        outputs = {o.key: o.result["by"] for o in s.exec(select(Output))}
        assert outputs == {step.key: step.fence for step in steps if not step.reused}, "an old fence wrote"
        done = Counter(e.step_id for e in s.exec(select(Event).where(Event.what == "done")))
        assert all(done[step.id] == (0 if step.reused else 1) for step in steps)
        assert len(s.exec(select(Worker)).all()) == 1, "the dead are forgotten"
