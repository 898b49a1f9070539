"""Jobs, steps and outputs as they stand: only reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import READY, Event, Job, Output, Project, Step, step_where
from core.domain.errors import NotFound
from core.domain.work import HERE, LIVE_JOBS, JobState


def outputs(db: Database, project_id: str, keys: Iterable[str]) -> dict[str, Output]:
    """The outputs of a project that are recorded under these keys."""
    with db.read() as s:
        rows = s.exec(select(Output).where(Output.project_id == project_id, col(Output.key).in_(list(keys)))).all()
        return {row.key: row for row in rows}


def outputs_below(db: Database, project_id: str, beginning: str) -> list[Output]:
    """The outputs of a project whose keys begin like that."""
    query = select(Output).where(Output.project_id == project_id)
    with db.read() as s:
        return list(s.exec(query.where(col(Output.key).startswith(beginning, autoescape=True))))


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


def queue(db: Database, owner: str, limit: int) -> list[tuple[Job, str, list[Step]]]:
    """Live jobs with their film's title and their steps, in the order in which they are done."""
    query = select(Job, Project.title).join(Project, col(Project.id) == col(Job.project_id))
    query = query.where(Job.owner == owner, col(Job.state).in_(LIVE_JOBS)).order_by(col(Job.rank), col(Job.id))
    with db.read() as s:
        return _with_steps(s, list(s.exec(query.limit(limit))))


def stopped(
    db: Database, owner: str, kinds: Sequence[str], since: datetime, limit: int
) -> list[tuple[Job, str, list[Step]]]:
    """Failed and cancelled jobs that no newer one of their kind has replaced, the newest first."""
    newer = aliased(Job)
    later = select(newer.id).where(
        newer.project_id == Job.project_id, newer.kind == Job.kind, col(newer.created) > col(Job.created)
    )
    query = select(Job, Project.title).join(Project, col(Project.id) == col(Job.project_id))
    query = query.where(Job.owner == owner, col(Job.state).in_((JobState.FAILED, JobState.CANCELLED)), ~later.exists())
    query = query.where(col(Job.kind).in_(kinds), col(Job.finished) >= since).order_by(col(Job.finished).desc())
    with db.read() as s:
        return _with_steps(s, list(s.exec(query.limit(limit))))


def _with_steps(s: Session, found: list[tuple[Job, str]]) -> list[tuple[Job, str, list[Step]]]:
    steps: dict[str, list[Step]] = defaultdict(list)
    query = select(Step).where(col(Step.job_id).in_([job.id for job, _ in found]))
    for step in s.exec(query.order_by(col(Step.position))):
        steps[step.job_id].append(step)
    return [(job, title, steps[job.id]) for job, title in found]


def any_live(db: Database, owner: str) -> bool:
    """Whether anything is queued or running."""
    query = select(Job.id).where(Job.owner == owner, col(Job.state).in_(LIVE_JOBS))
    with db.read() as s:
        return s.exec(query.limit(1)).first() is not None


def seconds_ahead(db: Database, rank: float) -> float:
    """Expected seconds of this machine's work that is ready and goes before a job of that rank, whoever's it is."""
    query = select(func.coalesce(func.sum(Step.weight * (1 - col(Step.fraction))), 0.0))
    query = query.where(step_where(READY), Step.pool == HERE, Step.rank < rank)
    with db.read() as s:
        return float(s.exec(query).one())


def events(db: Database, owner: str, job_id: str, after: int, limit: int) -> list[Event]:
    """What happened to a job after the event of that number, in order. NotFound when it is not this owner's."""
    with db.read() as s:
        owned(s, owner, job_id)
        query = select(Event).where(Event.job_id == job_id, col(Event.id) > after)
        return list(s.exec(query.order_by(col(Event.id)).limit(limit)))


def live_keys(db: Database, owner: str, keys: Iterable[str]) -> set[tuple[str, str]]:
    """Project and key of those outputs that a live job is making."""
    query = select(Job.project_id, Step.key).join(Step, col(Step.job_id) == col(Job.id))
    query = query.where(Job.owner == owner, col(Step.key).in_(list(keys)), col(Job.state).in_(LIVE_JOBS))
    with db.read() as s:
        return set(s.exec(query))


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
