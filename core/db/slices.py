"""A step in the hands of a worker: taken, reported on, put down. Each public function is one short transaction.

Every write is conditional on the fence of the claim, so that a worker that was thought dead and comes
back changes nothing. What was bought is a fact, whoever learnt it: that alone is written without a fence.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, or_, text
from sqlmodel import Session, col, select

from core.db import purchases
from core.db.moves import give_up, lock, move, move_job, note, owed, put_back, set_stage, wait_until
from core.db.session import Database
from core.db.tables import READY, REPLY, UNDER_WAY, WAITING, Job, Need, Output, Step, step_where
from core.domain.work import (
    HERE,
    LIVE_JOBS,
    LONGEST_DELAY,
    OPEN_PURCHASES,
    RETRY_DELAYS,
    JobState,
    PurchaseState,
    StepState,
)

LOOK = 8
"""Candidates that are looked at when other transactions hold the first ones."""
CAPS_LOCK = 0x52455052
"""Key of the advisory lock under which PostgreSQL counts what is under way at vendors."""
MAX_TROUBLES = 10
"""Times in a row that a paid task may end in a fault of ours before a person is asked."""

Hand = Literal["here", "reply", "vendor"]
"""What a worker has a free hand for: work on this machine, an answer somebody waits for, talk with vendors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may be under way at vendors at once, in all and at each."""

    overall: int = 8
    vendors: Mapping[str, int] = field(default_factory=dict)
    other: int = 4
    """At a vendor that is not named."""


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
    budget_id: str | None
    inputs: dict[str, Any]
    attempt: int
    choice: int = 0
    troubles: int = 0
    needs: dict[str, str] = field(default_factory=dict)
    """Keys of the outputs it builds on, by the name of their step."""


def claim(
    db: Database,
    now: datetime,
    worker_id: str,
    *,
    hand: Hand = "here",
    project_id: str | None = None,
    caps: Caps | None = None,
) -> Claim | None:
    """Takes the first step that is due for such a hand, or None. With `project_id`, only of that project."""
    with db.read() as s:  # most looks find nothing, and need no write lock
        if not _candidates(s, now, hand, project_id, caps or Caps(), most=1):
            return None
    with db.write() as s:
        most = LOOK if db.is_postgres else 1  # on SQLite nobody else can hold the first one
        for step_id in _candidates(s, now, hand, project_id, caps or Caps(), most=most, alone=db.is_postgres):
            step = _held(s, now, step_id)
            if step is not None:
                return _take(s, now, worker_id, step, s.get_one(Job, step.job_id))
    return None


def _candidates(
    s: Session, now: datetime, hand: Hand, project_id: str | None, caps: Caps, *, most: int, alone: bool = False
) -> list[str]:
    """Steps that may be taken, the first first; `alone`, nobody else counts what is under way until the end."""
    query = select(Step.id).where(_due(now)).limit(most)
    if project_id:
        query = query.join(Job, col(Step.job_id) == col(Job.id)).where(Job.project_id == project_id)
    ready = query.where(step_where(READY)).order_by(col(Step.rank), col(Step.position))
    if hand == "here":
        return list(s.exec(ready.where(Step.pool == HERE)))
    if hand == "reply":
        return list(s.exec(query.where(step_where(REPLY)).order_by(col(Step.rank), col(Step.position))))
    waiting = query.where(step_where(WAITING)).order_by(col(Step.due))
    found = list(s.exec(waiting))
    if found:
        return found  # these have their place at the vendor already: nothing is counted, and nobody waits
    if alone:
        s.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CAPS_LOCK})
    return list(s.exec(ready.where(col(Step.pool).in_(_pools_with_room(s, caps)))))


def _pools_with_room(s: Session, caps: Caps) -> list[str]:
    """Vendors that may be given more."""
    pools = [pool for pool in ready_pools(s) if pool != HERE]
    if not pools:
        return []
    under_way = select(Step.pool, func.count()).where(step_where(UNDER_WAY), Step.pool != HERE)
    used = dict(s.exec(under_way.group_by(Step.pool)).all())
    if sum(used.values()) >= caps.overall:
        return []
    return [pool for pool in pools if used.get(pool, 0) < caps.vendors.get(pool, caps.other)]


def ready_pools(s: Session) -> list[str]:
    """Pools with ready steps. Each is one look into an index: DISTINCT would read the whole backlog."""
    pools: list[str] = []
    while True:
        after = pools[-1] if pools else ""
        following: str | None = s.exec(select(func.min(Step.pool)).where(step_where(READY), Step.pool > after)).one()
        if following is None:
            return pools
        pools.append(following)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(col(Step.due) <= now, col(Step.due) > now + timedelta(seconds=LONGEST_DELAY))


def _held(s: Session, now: datetime, step_id: str) -> Step | None:
    """The step with its project held; None when another transaction has the project, or took the step."""
    query = select(Job.project_id).join(Step, col(Step.job_id) == col(Job.id)).where(Step.id == step_id)
    if not lock(s, s.exec(query).one(), wait=False):
        return None
    due = select(Step).where(Step.id == step_id, _due(now))
    return s.exec(due.where(col(Step.state).in_((StepState.READY, StepState.WAITING)))).first()


def _take(s: Session, now: datetime, worker_id: str, step: Step, job: Job) -> Claim:
    if step.state == StepState.READY:
        step.attempts += 1
        step.started = now
        step.problem = step.remedy = ""
        note(s, now, job.id, "started", step.label, step.id)
    move(step, StepState.RUNNING)
    step.fence += 1
    step.worker_id = worker_id
    if job.state == JobState.QUEUED:
        move_job(job, JobState.RUNNING)
        job.started = job.started or now
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
        budget_id=job.budget_id,
        attempt=step.attempts,
        choice=step.choice,
        troubles=step.troubles,
        needs=inputs.pop("needs"),
        inputs=inputs,
    )


def ours(s: Session, claim_: Claim) -> Step | None:
    """The claimed step with its project held; None when it was taken away."""
    lock(s, claim_.project_id)
    step = s.get(Step, claim_.step_id)
    mine = step is not None and step.fence == claim_.fence and step.state == StepState.RUNNING
    return step if mine else None


def progress(db: Database, now: datetime, claim_: Claim, fraction: float) -> bool:
    """Records how far the step is; False when it is no longer ours to do (cancelled, or taken away)."""
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            return False
        step.fraction = max(step.fraction, min(fraction, 0.99))
        job = s.get_one(Job, step.job_id)
        raise_fraction(s, now, job)
        return job.state != JobState.CANCELLED


def finish(
    db: Database,
    now: datetime,
    claim_: Claim,
    result: dict[str, Any],
    blobs: list[str],
    *,
    free: purchases.Line | None = None,
) -> bool:
    """Records the output and frees what waited for it; False when the step was taken away meanwhile.

    `free` is a line for the books of something that cost nothing. The output of a purchase is recorded
    even then: it was paid for.
    """
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            _keep(s, now, claim_, result, blobs)
            return False
        job = s.get_one(Job, step.job_id)
        s.merge(Output(project_id=job.project_id, key=step.key, result=result, blobs=blobs, created=now))
        if free is not None:
            purchases.record_free(s, now, claim_, free)
        move(step, StepState.DONE)
        step.fraction, step.finished, step.problem, step.remedy = 1.0, now, "", ""
        note(s, now, job.id, "done", step.label, step.id)
        _release_children(s, now, step)
        raise_fraction(s, now, job)
        end_when_done(s, now, job)
        return True


def _keep(s: Session, now: datetime, claim_: Claim, result: dict[str, Any], blobs: list[str]) -> None:
    """What was paid for is kept, though whoever brings it was taken for dead: the step finds it when it next runs."""
    if purchases.bought(s, claim_.project_id, claim_.key) and s.get(Output, (claim_.project_id, claim_.key)) is None:
        s.add(Output(project_id=claim_.project_id, key=claim_.key, result=result, blobs=blobs, created=now))


def _release_children(s: Session, now: datetime, step: Step) -> None:
    waiting = select(Step).join(Need, col(Need.step_id) == col(Step.id)).where(Need.needs_id == step.id)
    for child in s.exec(waiting.where(Step.waits_for > 0)):  # one that was made before waits for nothing
        child.waits_for -= 1
        if child.waits_for == 0 and child.state == StepState.BLOCKED:
            move(child, StepState.GATE if child.gated else StepState.READY)
            child.due = now
    s.flush()


def wait(
    db: Database,
    now: datetime,
    claim_: Claim,
    seconds: float,
    *,
    fraction: float = 0.0,
    trouble: str = "",
    begun: bool = True,
) -> bool:
    """Puts the step down until it is due; `trouble` stands in the way; what has not `begun` waits for its turn."""
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            return False
        job = s.get_one(Job, step.job_id)
        move(step, StepState.WAITING)
        step.due = wait_until(now, seconds)
        step.started = (step.started or now) if begun else None
        step.problem, step.troubles = trouble, step.troubles + 1 if trouble else 0
        if not trouble:
            step.lost_workers = 0  # it has come through: whoever was lost before was not lost by it
        step.fraction = max(step.fraction, min(fraction, 0.99))
        raise_fraction(s, now, job)
        return True


def doubt(db: Database, now: datetime, claim_: Claim, message: str, remedy: str) -> None:
    """A person has to find out whether something was bought, unless somebody has found it out meanwhile."""
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            return
        if owed(s, claim_.project_id, step.key) in OPEN_PURCHASES:
            into_doubt(s, now, step, message, remedy)
        else:
            put_back(s, now, step)


def into_doubt(s: Session, now: datetime, step: Step, message: str, remedy: str) -> None:
    """The step and its open purchase are in doubt."""
    move(step, StepState.IN_DOUBT)
    step.problem, step.remedy = message, remedy
    project_id = s.get_one(Job, step.job_id).project_id
    purchases.doubt_open(s, project_id, step.key, message)
    note(s, now, step.job_id, "in doubt", message, step.id)


def gate(db: Database, now: datetime, claim_: Claim, message: str, remedy: str) -> None:
    """A person is asked before the step goes on; in a job that stands still it is cancelled."""
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            return
        job = s.get_one(Job, step.job_id)
        step.problem, step.remedy = message, remedy
        step.attempts = max(0, step.attempts - 1)
        move(step, StepState.GATE if job.state in LIVE_JOBS else StepState.CANCELLED)
        note(s, now, job.id, "waits for a person", message, step.id)


def fail(
    db: Database,
    now: datetime,
    claim_: Claim,
    *,
    message: str,
    remedy: str,
    retryable: bool,
    delay: float | None = None,
    patient: bool = False,
    moves_on: bool = False,
    pools: Iterable[str] = (),
) -> None:
    """Puts the step back for another try, later each time; after the last, the next model of the approved chain
    (`pools` are their vendors) has its turn, at once where another try is no use (`moves_on`); after the last of
    these, the step and its job fail.

    What was bought is never given up here: it is asked about again (`patient`: for as long as it takes), and in
    the end a person is.
    """
    with db.write() as s:
        step = ours(s, claim_)
        if step is None:
            return
        job = s.get_one(Job, step.job_id)
        step.problem, step.remedy = message, remedy
        note(s, now, job.id, "failed", message, step.id)
        paid, chain = owed(s, job.project_id, step.key), list(pools)
        if paid and (patient or (retryable and step.troubles < MAX_TROUBLES)):
            step.troubles += 1
            move(step, StepState.WAITING)
            step.due = wait_until(now, delay if delay is not None else min(300.0, 5.0 * 2 ** min(step.troubles, 9)))
        elif paid and paid != PurchaseState.SUCCEEDED:
            into_doubt(s, now, step, message, remedy)
        elif job.state not in LIVE_JOBS:
            move(step, StepState.FAILED if paid else StepState.CANCELLED)
        elif retryable and step.attempts <= len(RETRY_DELAYS):
            usual = RETRY_DELAYS[step.attempts - 1] * random.uniform(0.9, 1.1)
            move(step, StepState.READY)
            step.due = wait_until(now, delay if delay is not None else usual)
        elif (retryable or moves_on) and step.choice + 1 < len(chain):
            step.choice, step.attempts = step.choice + 1, 0
            step.pool, step.due = chain[step.choice], now
            move(step, StepState.READY)
            note(s, now, job.id, "next model", step.label, step.id)
        else:
            give_up(s, now, job, step)


def release(db: Database, now: datetime, claim_: Claim) -> None:
    """Puts a step back as if it had not been taken; one of a job that stands still is cancelled."""
    with db.write() as s:
        step = ours(s, claim_)
        if step is not None:
            put_back(s, now, step)


def end_when_done(s: Session, now: datetime, job: Job) -> None:
    """A live job whose steps are all done is done."""
    s.flush()
    left = s.exec(select(func.count()).where(Step.job_id == job.id, Step.state != StepState.DONE)).one()
    if not left and job.state in LIVE_JOBS:
        move_job(job, JobState.DONE)
        job.finished, job.fraction = now, 1.0
        set_stage(s, now, job)
        note(s, now, job.id, "job done")


def fraction_of(steps: Iterable[Step]) -> float:
    """How much of the expected seconds is done, 0 to 1."""
    rows = list(steps)
    total = sum(r.weight for r in rows) or 1.0
    return sum(r.weight * r.fraction for r in rows) / total


def raise_fraction(s: Session, now: datetime, job: Job) -> None:
    """Brings a job's percent up to date; it never runs backwards, and each whole percent is an event."""
    s.flush()
    before = job.fraction
    sums = select(func.sum(col(Step.weight) * col(Step.fraction)), func.sum(Step.weight))
    done, total = s.exec(sums.where(Step.job_id == job.id)).one()  # their rows may be many, and are large
    job.fraction = max(before, done / (total or 1.0))
    if int(job.fraction * 100) > int(before * 100):
        note(s, now, job.id, "progress", f"{int(job.fraction * 100)} %")
