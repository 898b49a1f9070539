"""States of jobs, steps and purchases, and the only tables of their legal moves."""

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
    """Something that it builds on is not done."""
    READY = "ready"
    RUNNING = "running"
    """In the hands of a worker."""
    WAITING = "waiting"
    """For a vendor, until a due time; no worker is held."""
    GATE = "gate"
    """For a person's yes; may last days."""
    IN_DOUBT = "in_doubt"
    """Something was perhaps bought, and only a person can find out."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PurchaseState(StrEnum):
    """Of one call that costs."""

    INTENT = "intent"
    """Recorded and reserved; the call may have been made."""
    SUBMITTED = "submitted"
    """The vendor's task id is known."""
    IN_DOUBT = "in_doubt"
    """Whether the vendor has it is not known."""
    SUCCEEDED = "succeeded"
    """Paid; its product is collectable until the vendor deletes it."""
    FAILED = "failed"
    """The vendor took it and did not make it; what that cost is recorded."""
    REJECTED = "rejected"
    """Certainly not bought."""
    CANCELLED = "cancelled"
    """Stopped at the vendor; what that cost is recorded."""
    WRITTEN_OFF = "written_off"
    """A person gave it up, as paid or as never bought."""


STEP_MOVES: dict[StepState, frozenset[StepState]] = {
    StepState.BLOCKED: frozenset({StepState.READY, StepState.GATE, StepState.CANCELLED}),
    StepState.READY: frozenset({StepState.RUNNING, StepState.CANCELLED}),
    StepState.RUNNING: frozenset(set(StepState) - {StepState.BLOCKED, StepState.RUNNING}),
    StepState.WAITING: frozenset({StepState.RUNNING, StepState.CANCELLED}),
    StepState.GATE: frozenset({StepState.READY, StepState.CANCELLED}),
    StepState.IN_DOUBT: frozenset({StepState.WAITING, StepState.READY, StepState.CANCELLED}),
    StepState.DONE: frozenset(),
    StepState.FAILED: frozenset({StepState.READY, StepState.BLOCKED, StepState.WAITING, StepState.CANCELLED}),
    StepState.CANCELLED: frozenset({StepState.READY, StepState.BLOCKED, StepState.WAITING}),
}
"""From each state, where a step may go. READY again from RUNNING is a retry or a recovery."""

JOB_MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}

CLOSED = frozenset(
    {
        PurchaseState.SUCCEEDED,
        PurchaseState.FAILED,
        PurchaseState.REJECTED,
        PurchaseState.CANCELLED,
        PurchaseState.WRITTEN_OFF,
    }
)
PURCHASE_MOVES: dict[PurchaseState, frozenset[PurchaseState]] = {
    PurchaseState.INTENT: CLOSED | {PurchaseState.SUBMITTED, PurchaseState.IN_DOUBT},
    PurchaseState.IN_DOUBT: CLOSED | {PurchaseState.SUBMITTED},
    PurchaseState.SUBMITTED: CLOSED - {PurchaseState.REJECTED},
    **{state: frozenset() for state in CLOSED},
}
"""A closed purchase stays as it is: its money was settled once."""

LIVE_JOBS = (JobState.QUEUED, JobState.RUNNING)
OPEN_PURCHASES = (PurchaseState.INTENT, PurchaseState.SUBMITTED, PurchaseState.IN_DOUBT)

HERE = "here"
"""The pool of steps that are done on this machine; those of vendors bear the vendor's name."""

RETRY_DELAYS = (5.0, 10.0, 20.0)
"""Seconds before the second, third and fourth try."""
LONGEST_DELAY = 3600.0
"""Seconds that anything waits at most; what seems due later than that is due now: the clock was set back."""
MAX_LOST_WORKERS = 8
"""A step that has taken this many workers down with it is set aside."""


def may_move(old: StepState, new: StepState) -> bool:
    """Whether a step may go from one state to the other."""
    return new in STEP_MOVES[old]
