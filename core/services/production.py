"""Jobs as people see them: how far, how long yet, what went wrong; cancel and retry."""

from __future__ import annotations

from core.db import jobs, work
from core.db.tables import Job, Step
from core.domain.views import JobView, StepView
from core.domain.work import LIVE_JOBS, JobState, StepState
from core.services.studio import Studio

HIDDEN = frozenset({"learn"})
"""Steps that take no time worth showing."""


def job(studio: Studio, owner: str, project_id: str, kind: str | None = None) -> JobView | None:
    """The newest job of a project, or of one kind (analyse, storyboard, film, reply)."""
    found = jobs.newest_job(studio.db, owner, project_id, kind)
    return _view(studio, *found) if found else None


def job_by_id(studio: Studio, owner: str, job_id: str) -> JobView:
    """That job; NotFound when it is not this owner's."""
    return _view(studio, *jobs.job_with_steps(studio.db, owner, job_id))


def live(studio: Studio, owner: str, project_id: str) -> bool:
    """Whether anything is being done for the project."""
    return jobs.has_live_jobs(studio.db, owner, project_id)


def cancel(studio: Studio, owner: str, job_id: str) -> None:
    """Stops a job; finished parts are kept."""
    work.cancel(studio.db, studio.now(), owner, job_id)
    studio.wake.set()


def retry(studio: Studio, owner: str, job_id: str) -> None:
    """Goes on from what failed or was cancelled."""
    work.retry(studio.db, studio.now(), owner, job_id)
    studio.wake.set()


def _view(studio: Studio, row: Job, steps: list[Step]) -> JobView:
    return JobView(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        state=JobState(row.state),
        fraction=row.fraction,
        seconds_left=_seconds_left(studio, row, steps),
        created=row.created,
        finished=row.finished,
        steps=tuple(_step_view(s) for s in steps if s.kind not in HIDDEN),
        problem=row.problem,
        remedy=row.remedy,
    )


def _seconds_left(studio: Studio, row: Job, steps: list[Step]) -> float | None:
    """Expected seconds of work left, at the pace of this job so far; None when nothing is under way."""
    if row.state not in LIVE_JOBS:
        return None
    left = sum(s.weight * (1 - s.fraction) for s in steps)
    worked = sum(s.weight * s.fraction for s in steps if not s.reused)
    pace = float(studio.settings.workers)
    if row.started and worked > 2:
        passed = max(1.0, (studio.now() - row.started).total_seconds())
        trust = min(1.0, worked / 20)
        pace = trust * worked / passed + (1 - trust) * pace
    return left / max(pace, 0.05)


def _step_view(step: Step) -> StepView:
    return StepView(
        id=step.id,
        kind=step.kind,
        label=step.label,
        state=StepState(step.state),
        fraction=step.fraction,
        scene_id=step.scene_id,
        problem=step.problem,
        remedy=step.remedy,
        reused=step.reused,
    )
