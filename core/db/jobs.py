"""Jobs, steps and outputs as they stand: only reads."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import Job, Output, Step
from core.domain.errors import NotFound
from core.domain.work import LIVE_JOBS


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


def owned(s: Session, owner: str, job_id: str) -> Job:
    """That job; NotFound when it is not this owner's."""
    job = s.exec(select(Job).where(Job.id == job_id, Job.owner == owner)).first()
    if job is None:
        raise NotFound("There is no such work.")
    return job
