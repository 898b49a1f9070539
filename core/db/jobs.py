"""Jobs, steps and outputs as they stand: only reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import Job, Output, Step
from core.domain.errors import NotFound
from core.domain.work import HERE, LIVE_JOBS


def outputs(db: Database, project_id: str, keys: Iterable[str]) -> dict[str, Output]:
    """The outputs of a project that are recorded under these keys."""
    with db.read() as s:
        rows = s.exec(select(Output).where(Output.project_id == project_id, col(Output.key).in_(list(keys)))).all()
        return {row.key: row for row in rows}


def newest_job(db: Database, owner: str, project_id: str, kind: str | None) -> tuple[Job, list[Step]] | None:
    """The newest job of a project with its steps in order."""
    query = select(Job).where(Job.owner == owner, Job.project_id == project_id).order_by(col(Job.created).desc())
    if kind:
        query = query.where(Job.kind == kind)
    with db.read() as s:
        job = s.exec(query.limit(1)).first()
        if job is None:
            return None
        return job, list(s.exec(select(Step).where(Step.job_id == job.id).order_by(col(Step.position))))


def job_with_steps(db: Database, owner: str, job_id: str) -> tuple[Job, list[Step]]:
    """That job; NotFound when it is not this owner's."""
    with db.read() as s:
        job = owned(s, owner, job_id)
        return job, list(s.exec(select(Step).where(Step.job_id == job.id).order_by(col(Step.position))))


def has_live_jobs(db: Database, owner: str, project_id: str) -> bool:
    """Whether anything is queued or running for the project."""
    query = select(Job.id).where(Job.project_id == project_id, col(Job.state).in_(LIVE_JOBS), Job.owner == owner)
    with db.read() as s:
        return s.exec(query.limit(1)).first() is not None


LOOKED_BACK = 300
"""Finished steps that expected times are learnt from."""


def paces(db: Database) -> dict[str, float]:
    """Seconds that each kind of step has taken lately for a second of its weight; `kind pool` where it is a vendor's.

    A kind that was seen little is drawn towards 1.
    """
    query = select(  # type: ignore[call-overload]
        Step.kind, Step.pool, Step.started, Step.finished, Step.base
    ).order_by(col(Step.finished).desc())
    query = query.where(col(Step.finished).is_not(None), col(Step.started).is_not(None), col(Step.reused).is_(False))
    taken: dict[str, float] = defaultdict(float)
    expected: dict[str, float] = defaultdict(float)
    steps: Counter[str] = Counter()
    with db.read() as s:
        for kind, pool, started, finished, base in s.exec(query.limit(LOOKED_BACK)):
            name = kind if pool == HERE else f"{kind} {pool}"
            taken[name] += max(0.0, (finished - started).total_seconds())
            expected[name] += base
            steps[name] += 1
    return {n: (taken[n] + 2 * mean) / (expected[n] + 2 * mean) for n in steps if (mean := expected[n] / steps[n]) > 0}


def owned(s: Session, owner: str, job_id: str) -> Job:
    """That job; NotFound when it is not this owner's."""
    job = s.exec(select(Job).where(Job.id == job_id, Job.owner == owner)).first()
    if job is None:
        raise NotFound("There is no such work.")
    return job
