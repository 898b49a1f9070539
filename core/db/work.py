"""Jobs: recorded, stopped, gone on with. Each public function is one short transaction; core.db.moves writes states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from core.db import budgets
from core.db.jobs import owned
from core.db.moves import lock, move, move_job, note, owed, put_back, set_stage, stop_job
from core.db.session import Database
from core.db.slices import end_when_done, fraction_of
from core.db.tables import Approval, Job, Need, Step
from core.domain.errors import Conflict, NotFound
from core.domain.work import HERE, LIVE_JOBS, JobState, StepState

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
    pool: str = HERE
    gated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be recorded."""

    owner: str
    project_id: str
    kind: str
    priority: int
    steps: Iterable[NewStep]
    known: set[str]
    """Keys of steps that count as done."""
    revision: int | None = None
    replaces: bool = True
    """Whether a live job of the same kind on the project is cancelled first."""
    approval: Approval | None = None
    """Recorded in the same moment; it opens a budget of `cap` micro-dollars for the job."""
    cap: int | None = None


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
    approval: Approval | None = None,
    cap: int | None = None,
    paces: Mapping[str, float] | None = None,
) -> str:
    """Records a job with its steps, as `record_jobs` does several, and answers its id."""
    new = NewJob(
        owner=owner, project_id=project_id, kind=kind, priority=priority, steps=steps, known=known, revision=revision,
        replaces=replaces, approval=approval, cap=cap,
    )  # fmt: skip
    return record_jobs(db, now, [new], paces)[0]


def record_jobs(
    db: Database, now: datetime, jobs: Iterable[NewJob], paces: Mapping[str, float] | None = None
) -> list[str]:
    """Records jobs with their steps, all or none, and answers their ids.

    Where there is an approval, a live job of the same revision is answered instead, so that a yes given twice is one
    yes. `paces` are seconds that kinds of step take for each second of their weight.
    """
    with db.write() as s:
        return [_record(s, now, new, paces or {}) for new in jobs]


def _record(s: Session, now: datetime, new: NewJob, paces: Mapping[str, float]) -> str:
    if not lock(s, new.project_id):
        raise NotFound("There is no such project.")
    live = select(Job).where(Job.project_id == new.project_id, Job.kind == new.kind, col(Job.state).in_(LIVE_JOBS))
    for old in s.exec(live) if new.replaces else ():
        if new.approval is not None and old.revision == new.revision:
            return old.id
        stop_job(s, now, old, "replaced by a newer one")
    rank = now.timestamp() - new.priority * AGEING
    job = Job(
        owner=new.owner, project_id=new.project_id, kind=new.kind, state=JobState.QUEUED, rank=rank, created=now
    )  # fmt: skip
    job.revision = new.revision
    if new.approval is not None:
        job.budget_id = _approved(s, now, new.approval, new.cap or 0)
    s.add(job)
    s.flush()
    rows = _add_steps(s, now, job, new.steps, new.known, paces)
    set_stage(s, now, job)
    note(s, now, job.id, "recorded", new.kind)
    job.fraction = fraction_of(rows)
    end_when_done(s, now, job)
    return job.id


def _approved(s: Session, now: datetime, approval: Approval, cap: int) -> str:
    """Records the approval and opens the budget that it allows."""
    s.add(approval)
    s.flush()
    scope = budgets.Scope(id=f"film:{approval.id}", label="", cap=cap, owner=approval.owner)
    budgets.open_budget(s, now, scope, chosen=True)
    return scope.id


def _add_steps(
    s: Session, now: datetime, job: Job, steps: Iterable[NewStep], known: set[str], paces: Mapping[str, float]
) -> list[Step]:
    rows: dict[str, Step] = {}
    needs: list[Need] = []
    for position, new in enumerate(steps):
        row = _new_step(job, position, new, rows, known, now)
        row.weight = new.weight * paces.get(new.kind if new.pool == HERE else f"{new.kind} {new.pool}", 1.0)
        rows[new.name] = row
        needs += [Need(step_id=row.id, needs_id=rows[name].id) for name in new.needs]
    s.add_all(rows.values())
    s.flush()  # the steps at once, before what points to them
    s.add_all(needs)
    return list(rows.values())


def _new_step(job: Job, position: int, new: NewStep, rows: dict[str, Step], known: set[str], now: datetime) -> Step:
    done = new.key in known
    waits = sum(rows[name].state != StepState.DONE for name in new.needs)
    free = StepState.GATE if new.gated else StepState.READY
    return Step(
        job_id=job.id,
        position=position,
        kind=new.kind,
        label=new.label,
        scene_id=new.scene_id,
        state=StepState.DONE if done else StepState.BLOCKED if waits else free,
        pool=new.pool,
        rank=job.rank,
        gated=new.gated,
        key=new.key,
        inputs={**new.inputs, "needs": {name: rows[name].key for name in new.needs}},
        waits_for=0 if done else waits,
        base=new.weight,
        fraction=1.0 if done else 0.0,
        due=now,
        reused=done,
        finished=now if done else None,
    )


def cancel(db: Database, now: datetime, owner: str, job_id: str) -> None:
    """Stops a job at any moment; running steps end when their worker next looks."""
    with db.write() as s:
        stop_job(s, now, _held(s, owner, job_id), "cancelled by a person")


def retry(db: Database, now: datetime, owner: str, job_id: str) -> None:
    """Goes on from what failed or was cancelled; nothing finished is redone, nothing bought is bought again."""
    with db.write() as s:
        job = _held(s, owner, job_id)
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict("This work is not stopped.", "There is nothing to retry.")
        newer = select(Job.id).where(Job.project_id == job.project_id, Job.kind == job.kind, Job.id != job.id)
        if s.exec(newer.where(col(Job.state).in_(LIVE_JOBS)).limit(1)).first():
            raise Conflict("A newer piece of this work is under way.", "Wait for it, or cancel it first.")
        move_job(job, JobState.QUEUED)
        job.problem = job.remedy = ""
        job.finished = None
        for step in s.exec(select(Step).where(Step.job_id == job_id).order_by(col(Step.position))):
            _go_on(s, now, job, step)
        set_stage(s, now, job)
        note(s, now, job_id, "retried")
        end_when_done(s, now, job)  # a cancel may have come when the last step was as good as done


def _go_on(s: Session, now: datetime, job: Job, step: Step) -> None:
    """Brings a step of a stopped job to where it would be in a live one."""
    if step.state == StepState.RUNNING and step.pool == HERE:
        put_back(s, now, step)  # what its worker still has to say is about what went before
    elif step.state == StepState.IN_DOUBT:
        move(step, StepState.WAITING)  # the vendor is asked once more
        step.due, step.troubles = now, 0
    elif step.state in (StepState.FAILED, StepState.CANCELLED):
        step.attempts = step.lost_workers = step.troubles = 0
        step.problem = step.remedy = ""
        step.due = now
        if step.waits_for:
            move(step, StepState.BLOCKED)
        elif owed(s, job.project_id, step.key):
            move(step, StepState.WAITING)
        else:
            move(step, StepState.READY)


def approve_more(db: Database, now: datetime, approval: Approval, job_id: str, more: int) -> None:
    """Raises what a job may cost, by micro-dollars, and lets its steps at a gate go on."""
    with db.write() as s:
        job = _held(s, approval.owner, job_id)
        if job.state not in LIVE_JOBS or job.budget_id is None:
            raise Conflict("This work is not waiting for anything.", "Look at its newest state.")
        s.add(approval)
        budgets.raise_cap(s, job.budget_id, more)
        note(s, now, job.id, "approved more", f"{more} micro-dollars")
        _open_gates(s, now, job)


def open_gates(db: Database, now: datetime, owner: str, job_id: str) -> None:
    """A person's yes: what waits at a gate goes on."""
    with db.write() as s:
        _open_gates(s, now, _held(s, owner, job_id))


def _open_gates(s: Session, now: datetime, job: Job) -> None:
    for step in s.exec(select(Step).where(Step.job_id == job.id, Step.state == StepState.GATE)):
        move(step, StepState.READY)
        step.due, step.problem, step.remedy = now, "", ""
        note(s, now, job.id, "gate opened", step.label, step.id)


def _held(s: Session, owner: str, job_id: str) -> Job:
    """That job, with its project held; NotFound when it is not this owner's."""
    lock(s, owned(s, owner, job_id).project_id)
    job = owned(s, owner, job_id)
    s.refresh(job)
    return job
