"""Jobs and steps: each public function is one short transaction; core.db.moves writes the states.

Every write of a running step is conditional on its fence, so that a worker that was thought dead and
comes back changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from core.db.jobs import owned
from core.db.moves import give_up, move, move_job, put_back, set_stage
from core.db.session import Database
from core.db.tables import Event, Job, Need, Output, Step
from core.domain.errors import Conflict
from core.domain.work import LIVE_JOBS, RETRY_DELAYS, JobState, StepState

AGEING = 600.0
"""Seconds that one point of priority is worth: a low job overtakes a high one that came this much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step to be recorded. `name` is its name inside the job, `needs` are names of others."""

    name: str
    kind: str
    label: str
    key: str
    inputs: dict[str, Any]
    weight: float
    scene_id: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A step in the hands of a worker."""

    step_id: str
    fence: int
    job_id: str
    owner: str
    project_id: str
    kind: str
    label: str
    key: str
    revision: int | None
    inputs: dict[str, Any]
    attempt: int
    needs: dict[str, str] = field(default_factory=dict)
    """Keys of the outputs it builds on, by the name of their step."""


def record_job(
    db: Database,
    now: datetime,
    *,
    owner: str,
    project_id: str,
    kind: str,
    priority: int,
    steps: Iterable[NewStep],
    known: set[str],
    revision: int | None = None,
    replaces: bool = True,
) -> str:
    """Records a job with its steps and answers its id; steps with a `known` key count as done.

    With `replaces`, a live job of the same kind on the project is cancelled first.
    """
    with db.write() as s:
        if replaces:
            live = select(Job).where(Job.project_id == project_id, Job.kind == kind, col(Job.state).in_(LIVE_JOBS))
            for old in s.exec(live):
                _cancel(s, now, old, "replaced by a newer one")
        rank = now.timestamp() - priority * AGEING
        job = Job(owner=owner, project_id=project_id, kind=kind, state=JobState.QUEUED, rank=rank, created=now)
        job.revision = revision
        s.add(job)
        s.flush()
        rows: dict[str, Step] = {}
        for position, new in enumerate(steps):
            row = _new_step(job, position, new, rows, known, now)
            rows[new.name] = row
            s.add(row)
            s.flush()
            for name in new.needs:
                s.add(Need(step_id=row.id, needs_id=rows[name].id))
        set_stage(s, now, job)
        s.add(Event(job_id=job.id, what="recorded", detail=kind, at=now))
        job.fraction = _fraction(rows.values())
        return job.id


def _new_step(job: Job, position: int, new: NewStep, rows: dict[str, Step], known: set[str], now: datetime) -> Step:
    done = new.key in known
    waits = sum(rows[name].state != StepState.DONE for name in new.needs)
    state = StepState.DONE if done else StepState.BLOCKED if waits else StepState.READY
    return Step(
        job_id=job.id,
        position=position,
        kind=new.kind,
        label=new.label,
        scene_id=new.scene_id,
        state=state,
        key=new.key,
        inputs={**new.inputs, "needs": {name: rows[name].key for name in new.needs}},
        waits_for=0 if done else waits,
        weight=new.weight,
        fraction=1.0 if done else 0.0,
        due=now,
        reused=done,
        finished=now if done else None,
    )


def claim(
    db: Database, now: datetime, worker_id: str, project_id: str | None = None, kind: str | None = None
) -> Claim | None:
    """Takes the first ready step, or None. With `project_id`, only of that project; with `kind`, only such a step."""
    query = (
        select(Step, Job)
        .join(Job, col(Step.job_id) == col(Job.id))
        .where(Step.state == StepState.READY, Step.due <= now, col(Job.state).in_(LIVE_JOBS))
        .order_by(col(Job.rank), col(Step.position))
        .limit(1)
    )
    if project_id:
        query = query.where(Job.project_id == project_id)
    if kind:
        query = query.where(Step.kind == kind)
    with db.read() as s:  # most looks find nothing, and need no write lock
        if s.exec(query).first() is None:
            return None
    with db.write() as s:
        found = s.exec(query).first()
        if found is None:
            return None
        step, job = found
        move(step, StepState.RUNNING)
        step.fence += 1
        step.worker_id = worker_id
        step.attempts += 1
        step.started = now
        step.problem = step.remedy = ""
        if job.state == JobState.QUEUED:
            move_job(job, JobState.RUNNING)
            job.started = job.started or now
        s.add(Event(job_id=job.id, step_id=step.id, what="started", detail=step.label, at=now))
        inputs = dict(step.inputs)
        return Claim(
            step_id=step.id,
            fence=step.fence,
            job_id=job.id,
            owner=job.owner,
            project_id=job.project_id,
            kind=step.kind,
            label=step.label,
            key=step.key,
            revision=job.revision,
            attempt=step.attempts,
            needs=inputs.pop("needs"),
            inputs=inputs,
        )


def progress(db: Database, claim_: Claim, fraction: float) -> bool:
    """Records how far the step is; False when it is no longer ours to do (cancelled, or taken away)."""
    with db.write() as s:
        step = _ours(s, claim_)
        if step is None:
            return False
        step.fraction = max(step.fraction, min(fraction, 0.99))
        job = s.get_one(Job, step.job_id)
        _raise_fraction(s, job)
        return job.state != JobState.CANCELLED


def finish(db: Database, now: datetime, claim_: Claim, result: dict[str, Any], blobs: list[str]) -> bool:
    """Records the output and frees what waited for it; False when the step was taken away meanwhile."""
    with db.write() as s:
        step = _ours(s, claim_)
        if step is None:
            return False
        job = s.get_one(Job, step.job_id)
        s.merge(Output(project_id=job.project_id, key=step.key, result=result, blobs=blobs, created=now))
        move(step, StepState.DONE)
        step.fraction, step.finished, step.worker_id = 1.0, now, None
        s.add(Event(job_id=job.id, step_id=step.id, what="done", detail=step.label, at=now))
        for child in s.exec(select(Step).join(Need, col(Need.step_id) == col(Step.id)).where(Need.needs_id == step.id)):
            child.waits_for -= 1
            if child.waits_for == 0 and child.state == StepState.BLOCKED:
                move(child, StepState.READY)
                child.due = now
        s.flush()
        _raise_fraction(s, job)
        _end_when_done(s, now, job)
        return True


def fail(
    db: Database,
    now: datetime,
    claim_: Claim,
    *,
    message: str,
    remedy: str,
    retryable: bool,
    delay: float | None = None,
) -> None:
    """Puts the step back for another try, later each time; after the last, it and its job fail."""
    with db.write() as s:
        step = _ours(s, claim_)
        if step is None:
            return
        job = s.get_one(Job, step.job_id)
        step.problem, step.remedy, step.worker_id = message, remedy, None
        s.add(Event(job_id=job.id, step_id=step.id, what="failed", detail=message, at=now))
        if job.state == JobState.CANCELLED:
            move(step, StepState.CANCELLED)
        elif retryable and step.attempts <= len(RETRY_DELAYS):
            wait = delay if delay is not None else RETRY_DELAYS[step.attempts - 1] * random.uniform(0.9, 1.1)
            move(step, StepState.READY)
            step.due = now + timedelta(seconds=wait)
        else:
            give_up(s, now, job, step)


def release(db: Database, now: datetime, claim_: Claim) -> None:
    """Puts a step back as if it had not been taken; one of a cancelled job is cancelled."""
    with db.write() as s:
        step = _ours(s, claim_)
        if step is not None:
            put_back(s, now, step)


def cancel(db: Database, now: datetime, owner: str, job_id: str) -> None:
    """Stops a job at any moment; running steps end when their worker next looks."""
    with db.write() as s:
        _cancel(s, now, owned(s, owner, job_id), "cancelled by a person")


def retry(db: Database, now: datetime, owner: str, job_id: str) -> None:
    """Goes on from what failed or was cancelled; nothing finished is redone."""
    with db.write() as s:
        job = owned(s, owner, job_id)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict("This work is not stopped.", "There is nothing to retry.")
        move_job(job, JobState.QUEUED)
        job.problem = job.remedy = ""
        job.finished = None
        for step in s.exec(select(Step).where(Step.job_id == job_id, Step.state == StepState.RUNNING)):
            put_back(s, now, step)  # what its worker still has to say is about what went before
        stopped = (StepState.FAILED, StepState.CANCELLED)
        for step in s.exec(select(Step).where(Step.job_id == job_id, col(Step.state).in_(stopped))):
            move(step, StepState.BLOCKED if step.waits_for else StepState.READY)
            step.attempts = step.lost_workers = 0
            step.problem = step.remedy = ""
            step.due = now
        set_stage(s, now, job)
        s.add(Event(job_id=job_id, what="retried", at=now))
        _end_when_done(s, now, job)  # a cancel may have come when the last step was as good as done


def _ours(s: Session, claim_: Claim) -> Step | None:
    step = s.get(Step, claim_.step_id)
    mine = step is not None and step.fence == claim_.fence and step.state == StepState.RUNNING
    return step if mine else None


def _cancel(s: Session, now: datetime, job: Job, why: str) -> None:
    if job.state not in LIVE_JOBS:
        return
    move_job(job, JobState.CANCELLED)
    job.finished, job.problem, job.remedy = now, f"The work was {why}.", "Press Retry to go on where it stopped."
    idle = (StepState.BLOCKED, StepState.READY)
    for step in s.exec(select(Step).where(Step.job_id == job.id, col(Step.state).in_(idle))):
        move(step, StepState.CANCELLED)
    set_stage(s, now, job)
    s.add(Event(job_id=job.id, what="cancelled", detail=why, at=now))


def _end_when_done(s: Session, now: datetime, job: Job) -> None:
    s.flush()
    left = s.exec(select(func.count()).where(Step.job_id == job.id, Step.state != StepState.DONE)).one()
    if not left and job.state in LIVE_JOBS:
        move_job(job, JobState.DONE)
        job.finished, job.fraction = now, 1.0
        set_stage(s, now, job)
        s.add(Event(job_id=job.id, what="job done", at=now))


def _fraction(steps: Iterable[Step]) -> float:
    rows = list(steps)
    total = sum(r.weight for r in rows) or 1.0
    return sum(r.weight * r.fraction for r in rows) / total


def _raise_fraction(s: Session, job: Job) -> None:
    s.flush()
    job.fraction = max(job.fraction, _fraction(s.exec(select(Step).where(Step.job_id == job.id))))
