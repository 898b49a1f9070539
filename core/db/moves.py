"""The moves of jobs and steps, inside a transaction: nothing else writes a state."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from core.db.tables import Event, Job, Project, Step
from core.domain.errors import Conflict
from core.domain.work import JOB_MOVES, LIVE_JOBS, JobState, StepState, may_move

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


def move(step: Step, state: StepState) -> None:
    """Brings a step to that state; Conflict when it cannot go there."""
    if not may_move(StepState(step.state), state):
        raise Conflict(f"A step cannot go from {step.state} to {state}.")
    step.state = state


def move_job(job: Job, state: JobState) -> None:
    """Brings a job to that state; Conflict when it cannot go there."""
    if state not in JOB_MOVES[JobState(job.state)]:
        raise Conflict(f"A job cannot go from {job.state} to {state}.")
    job.state = state


def set_stage(s: Session, now: datetime, job: Job) -> None:
    """Lets the project stand where its job has come to."""
    stage = STAGES.get((job.kind, JobState(job.state)))
    if stage:
        s.exec(update(Project).where(col(Project.id) == job.project_id).values(stage=stage, updated=now))


def put_back(s: Session, now: datetime, step: Step) -> None:
    """A running step is as if it had not been taken; one of a cancelled job is cancelled."""
    cancelled = s.get_one(Job, step.job_id).state == JobState.CANCELLED
    move(step, StepState.CANCELLED if cancelled else StepState.READY)
    step.worker_id, step.due = None, now
    step.attempts = max(0, step.attempts - 1)


def give_up(s: Session, now: datetime, job: Job, step: Step) -> None:
    """The step has failed, and its job with it, for the reason that the step tells."""
    move(step, StepState.FAILED)
    if job.state in LIVE_JOBS:
        move_job(job, JobState.FAILED)
        job.finished, job.problem, job.remedy = now, step.problem, step.remedy
        set_stage(s, now, job)
        s.add(Event(job_id=job.id, what="job failed", detail=step.problem, at=now))
