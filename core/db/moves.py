"""The moves of jobs and steps, inside a transaction: nothing else writes a state.

A transaction that moves anything of a project holds the project's row first (`lock`), so that on
PostgreSQL too they come one after the other; on SQLite every writing transaction does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from core.db.money import Purchase
from core.db.tables import Event, Job, Output, Project, Step
from core.domain.errors import Conflict
from core.domain.work import (
    JOB_MOVES,
    LIVE_JOBS,
    LONGEST_DELAY,
    OPEN_PURCHASES,
    PURCHASE_MOVES,
    JobState,
    PurchaseState,
    StepState,
    may_move,
)

STAGES: dict[tuple[str, JobState], str] = {
    ("analyse", JobState.QUEUED): "analysing",
    ("analyse", JobState.DONE): "storyboard",
    ("analyse", JobState.FAILED): "failed",
    ("analyse", JobState.CANCELLED): "cancelled",
    ("film", JobState.QUEUED): "producing",
    ("film", JobState.DONE): "done",
    ("film", JobState.FAILED): "failed",
    ("film", JobState.CANCELLED): "cancelled",
}
"""Where a project stands once a job of this kind is in this state."""

IDLE = (StepState.BLOCKED, StepState.READY, StepState.GATE)
"""States of a step that nothing is lost by leaving: a job that stops cancels them."""


def lock(s: Session, project_id: str, *, wait: bool = True) -> bool:
    """Holds the project until the end of the transaction.

    False when there is no such project, or, without `wait`, when another transaction holds it.
    """
    query = select(Project.id).where(Project.id == project_id).with_for_update(skip_locked=not wait)
    return s.exec(query).first() is not None


def note(s: Session, now: datetime, job_id: str, what: str, detail: str = "", step_id: str | None = None) -> None:
    """Records an event; the log says the same once it is committed."""
    s.add(Event(job_id=job_id, step_id=step_id, what=what, detail=detail, at=now))
    where = f" step {step_id[:8]}" if step_id else ""
    s.info.setdefault("said", []).append(f"job {job_id[:8]}{where} {what}{': ' if detail else ''}{detail}")


def move(step: Step, state: StepState) -> None:
    """Brings a step to that state; Conflict when it cannot go there."""
    if not may_move(StepState(step.state), state):
        raise Conflict(f"A step cannot go from {step.state} to {state}.")
    step.state = state
    step.announced = None
    if state != StepState.RUNNING:
        step.worker_id = None


def move_job(job: Job, state: JobState) -> None:
    """Brings a job to that state; Conflict when it cannot go there."""
    if state not in JOB_MOVES[JobState(job.state)]:
        raise Conflict(f"A job cannot go from {job.state} to {state}.")
    job.state = state


def move_purchase(purchase: Purchase, state: PurchaseState) -> bool:
    """Brings a purchase to that state; False when it cannot go there, as it is closed."""
    if state not in PURCHASE_MOVES[PurchaseState(purchase.state)]:
        return False
    purchase.state = state
    return True


def set_stage(s: Session, now: datetime, job: Job) -> None:
    """Lets the project stand where its job has come to."""
    stage = STAGES.get((job.kind, JobState(job.state)))
    if stage:
        s.exec(update(Project).where(col(Project.id) == job.project_id).values(stage=stage, updated=now))


def owed(s: Session, project_id: str, key: str) -> PurchaseState | None:
    """What was bought, or perhaps bought, for that output and is not collected: open, or paid and still to be had."""
    states = (*OPEN_PURCHASES, PurchaseState.SUCCEEDED)
    query = select(Purchase).where(Purchase.project_id == project_id, Purchase.key == key)
    query = query.where(col(Purchase.state).in_(states), col(Purchase.lost).is_(False))
    found = list(s.exec(query))
    for purchase in found:
        if purchase.state in OPEN_PURCHASES:
            return PurchaseState(purchase.state)
    if any(p.external_id for p in found) and s.get(Output, (project_id, key)) is None:
        return PurchaseState.SUCCEEDED
    return None


def put_back(s: Session, now: datetime, step: Step) -> None:
    """A running step is as if it had not been taken.

    What was bought is followed up whatever became of the job; otherwise nothing starts in a job that stands still.
    """
    job = s.get_one(Job, step.job_id)
    step.due = now
    if owed(s, job.project_id, step.key):
        move(step, StepState.WAITING)
        return
    move(step, StepState.READY if job.state in LIVE_JOBS else StepState.CANCELLED)
    step.attempts = max(0, step.attempts - 1)


def wait_until(now: datetime, seconds: float) -> datetime:
    """That many seconds from now, within reason."""
    return now + timedelta(seconds=min(max(seconds, 0.0), LONGEST_DELAY))


def stop_idle(s: Session, job: Job) -> None:
    """Cancels what has not begun."""
    for step in s.exec(select(Step).where(Step.job_id == job.id, col(Step.state).in_(IDLE))):
        move(step, StepState.CANCELLED)


def give_up(s: Session, now: datetime, job: Job, step: Step) -> None:
    """The step has failed, and its job with it, for the reason that the step tells."""
    move(step, StepState.FAILED)
    if job.state in LIVE_JOBS:
        move_job(job, JobState.FAILED)
        job.finished, job.problem, job.remedy = now, step.problem, step.remedy
        stop_idle(s, job)
        set_stage(s, now, job)
        note(s, now, job.id, "job failed", step.problem)


def stop_job(s: Session, now: datetime, job: Job, why: str) -> None:
    """Cancels a live job. What waits for a vendor is looked at now: it is stopped there, or collected."""
    if job.state not in LIVE_JOBS:
        return
    move_job(job, JobState.CANCELLED)
    job.finished, job.problem, job.remedy = now, f"The work was {why}.", "Press Retry to go on where it stopped."
    stop_idle(s, job)
    for step in s.exec(select(Step).where(Step.job_id == job.id, Step.state == StepState.WAITING)):
        step.due, step.announced = now, None
    set_stage(s, now, job)
    note(s, now, job.id, "cancelled", why)
