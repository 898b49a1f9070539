"""How long a job still takes: what this machine has to do and what vendors do at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from core.db.tables import Job, Step
from core.domain.work import HERE, StepState

MOVING = (StepState.READY, StepState.RUNNING, StepState.WAITING)
"""Steps that go on by themselves."""
LATE = 1.15
"""A vendor that takes longer than it usually does takes this much longer than it has."""
USUAL = 20.0
"""Seconds of work after which the pace of the job at hand counts as much as what was expected."""


def seconds_left(
    job: Job, steps: Sequence[Step], now: datetime, *, hands: int, places: Callable[[str], int], ahead: float = 0.0
) -> float | None:
    """Expected seconds until the last step is done; None when every step that is not done waits for a person.

    `hands` do work on this machine, a vendor has `places` for so many tasks at once, and `ahead` are seconds
    of work here that go first. Local and vendors' work go on side by side, so the longest of them counts.
    """
    if not any(step.state in MOVING for step in steps):
        return None
    left = {step.id: _left(step, now) for step in steps}
    chains = _chains(steps, left)
    local = sum(left[step.id] for step in steps if step.pool == HERE)
    longest = max(chains.values(), default=0.0)
    queues = _queues(steps, left, chains, places)
    return ahead / hands + max(local / _pace(job, steps, now, hands), longest, *queues, 0.0)


def _left(step: Step, now: datetime) -> float:
    """Of one step, at the pace that was expected of it."""
    if step.state == StepState.DONE:
        return 0.0
    rest = step.weight * (1 - step.fraction)
    if step.pool != HERE and step.started and step.state in (StepState.RUNNING, StepState.WAITING):
        rest = _left_at_vendor(step, max(0.0, (now - step.started).total_seconds()))
    if step.state in (StepState.READY, StepState.WAITING):
        rest = max(rest, (step.due - now).total_seconds())
    return rest


def _left_at_vendor(step: Step, passed: float) -> float:
    """By the clock, and as much by what the vendor tells, which moves in jumps or not at all."""
    expected = max(step.weight, passed * LATE)
    by_clock = expected - passed
    return (by_clock + expected * (1 - step.fraction)) / 2 if step.fraction else by_clock


def _chains(steps: Sequence[Step], left: dict[str, float]) -> dict[str, float]:
    """For each step, the seconds of the longest way from it to the end. A step stands after what it needs."""
    children: dict[str, list[str]] = defaultdict(list)
    by_key = {step.key: step.id for step in steps}
    for step in steps:
        for key in step.inputs.get("needs", {}).values():
            children[by_key.get(key, "")].append(step.id)
    chains: dict[str, float] = {}
    for step in reversed(steps):
        chains[step.id] = left[step.id] + max((chains.get(child, 0.0) for child in children[step.id]), default=0.0)
    return chains


def _queues(
    steps: Sequence[Step], left: dict[str, float], chains: dict[str, float], places: Callable[[str], int]
) -> list[float]:
    """For each vendor, the seconds until it has done everything, few at a time, and what comes after that."""
    pools: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.pool != HERE and left[step.id]:
            pools[step.pool].append(step)
    return [
        sum(left[s.id] for s in queue) / max(1, min(places(pool), len(queue)))
        + min(chains[s.id] - left[s.id] for s in queue)
        for pool, queue in pools.items()
    ]


def _pace(job: Job, steps: Sequence[Step], now: datetime, hands: int) -> float:
    """Expected seconds of this machine's work that are done in a second."""
    local = [step for step in steps if step.pool == HERE and not step.reused]
    worked = sum(step.weight * step.fraction for step in local)
    trust = min(1.0, worked / USUAL)
    if len(local) < sum(not step.reused for step in steps):
        # while a vendor films, hands are idle: the time that the finished steps took tells more
        done = [step for step in local if step.state == StepState.DONE and step.started and step.finished]
        took = sum((step.finished - step.started).total_seconds() for step in done if step.finished and step.started)
        expected = sum(step.weight for step in done)
        return max(0.05, hands * (expected + USUAL) / (took + USUAL))
    if job.started and worked > 2:
        passed = max(1.0, (now - job.started).total_seconds())
        return max(0.05, trust * worked / passed + (1 - trust) * hands)
    return float(hands)
