"""States of jobs and steps, and the only table of their legal moves."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Of a whole job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Of one step."""

    BLOCKED = "blocked"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STEP_MOVES: dict[StepState, frozenset[StepState]] = {
    StepState.BLOCKED: frozenset({StepState.READY, StepState.CANCELLED}),
    StepState.READY: frozenset({StepState.RUNNING, StepState.CANCELLED}),
    StepState.RUNNING: frozenset({StepState.READY, StepState.DONE, StepState.FAILED, StepState.CANCELLED}),
    StepState.DONE: frozenset(),
    StepState.FAILED: frozenset({StepState.READY, StepState.BLOCKED, StepState.CANCELLED}),
    StepState.CANCELLED: frozenset({StepState.READY, StepState.BLOCKED}),
}
"""From each state, where a step may go. READY again from RUNNING is a retry or a recovery."""

JOB_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}

LIVE_JOBS = (JobState.QUEUED, JobState.RUNNING)

RETRY_DELAYS = (5.0, 10.0, 20.0)
"""Seconds before the second, third and fourth try."""
MAX_LOST_WORKERS = 8
"""A step that has taken this many workers down with it is set aside."""


def may_move(old: StepState, new: StepState) -> bool:
    """Whether a step may go from one state to the other."""
    return new in STEP_MOVES[old]
