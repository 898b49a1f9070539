"""Jobs as people see them: how far, how long yet, what they wait for, what went wrong; and cancel, retry, go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.db import jobs, work
from core.db import projects as rows
from core.db.tables import Job, Step
from core.domain.views import EventView, JobView, StepView
from core.domain.work import HERE, LIVE_JOBS, JobState, StepState
from core.services.gates import gate
from core.services.studio import Studio
from core.services.time_left import seconds_left
from core.services.vendors import caps, vendor_name

HIDDEN = frozenset({"learn"})
"""Steps that take no time worth showing."""
MOST_QUEUED = 100
"""Jobs of the queue that are shown."""
MOST_STOPPED = 20
LOOK_BACK = timedelta(days=14)
"""How long work that stopped stays in sight."""
KINDS = ("analyse", "storyboard", "film")
"""Kinds of jobs that a person starts again; an answer of the director is simply asked for once more."""
PERSON = "you"
AT_PERSON = (StepState.GATE, StepState.IN_DOUBT)
AT_VENDOR = (StepState.WAITING, StepState.RUNNING)


def job(studio: Studio, owner: str, project_id: str, kind: str | None = None) -> JobView | None:
    """The newest job of a project, or of one kind (analyse, storyboard, film, reply)."""
    found = jobs.newest_job(studio.db, owner, project_id, kind)
    return _alone(studio, owner, *found) if found else None


def job_by_id(studio: Studio, owner: str, job_id: str) -> JobView:
    """That job; NotFound when it is not this owner's."""
    return _alone(studio, owner, *jobs.job_with_steps(studio.db, owner, job_id))


def live(studio: Studio, owner: str, project_id: str) -> bool:
    """Whether anything is being done for the project."""
    return jobs.has_live_jobs(studio.db, owner, project_id)


def any_live(studio: Studio, owner: str) -> bool:
    """Whether anything is being done at all."""
    return jobs.any_live(studio.db, owner)


def queue(studio: Studio, owner: str) -> tuple[JobView, ...]:
    """Live jobs of every film in the order in which they are done."""
    seen: list[JobView] = []
    ahead = 0.0
    for row, title, steps in jobs.queue(studio.db, owner, MOST_QUEUED):
        first = row.state == JobState.QUEUED
        seen.append(_view(studio, row, title, steps, ahead=ahead if first else 0.0))
        ahead += sum(s.weight * (1 - s.fraction) for s in steps if s.pool == HERE)
    return tuple(seen)


def stopped(studio: Studio, owner: str) -> tuple[JobView, ...]:
    """Work that failed or was cancelled lately and that nothing has replaced, the newest first."""
    found = jobs.stopped(studio.db, owner, KINDS, studio.now() - LOOK_BACK, MOST_STOPPED)
    return tuple(_view(studio, row, title, steps) for row, title, steps in found)


def events(studio: Studio, owner: str, job_id: str, *, after: int = 0, limit: int = 100) -> tuple[EventView, ...]:
    """What happened to a job after the event of that number, in order; NotFound when it is not this owner's."""
    return tuple(
        EventView(id=e.id or 0, at=e.at, what=e.what, detail=e.detail, step_id=e.step_id)
        for e in jobs.events(studio.db, owner, job_id, after, limit)
    )


def cancel(studio: Studio, owner: str, job_id: str) -> None:
    """Stops a job; finished parts are kept."""
    work.cancel(studio.db, studio.now(), owner, job_id)
    studio.wake.set()


def retry(studio: Studio, owner: str, job_id: str) -> None:
    """Goes on from what failed or was cancelled."""
    work.retry(studio.db, studio.now(), owner, job_id)
    studio.wake.set()


def go_on(studio: Studio, owner: str, job_id: str) -> None:
    """A person's yes: what waits at a gate goes on, for no more money than was approved."""
    work.open_gates(studio.db, studio.now(), owner, job_id)
    studio.wake.set()


def _alone(studio: Studio, owner: str, row: Job, steps: list[Step]) -> JobView:
    """A job that is looked at by itself."""
    ahead = jobs.seconds_ahead(studio.db, row.rank) if row.state == JobState.QUEUED else 0.0
    return _view(studio, row, rows.get_project(studio.db, owner, row.project_id).title, steps, ahead=ahead)


def _view(studio: Studio, row: Job, title: str, steps: Sequence[Step], *, ahead: float = 0.0) -> JobView:
    is_live = row.state in LIVE_JOBS
    return JobView(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        state=JobState(row.state),
        fraction=row.fraction,
        seconds_left=_seconds_left(studio, row, steps, ahead) if is_live else None,
        created=row.created,
        finished=row.finished,
        steps=tuple(_step_view(s) for s in steps if s.kind not in HIDDEN),
        problem=row.problem,
        remedy=row.remedy,
        title=title,
        priority=round((row.created.timestamp() - row.rank) / work.AGEING),
        waiting_for=_waits_for(steps) if is_live else "",
        gate=gate(studio, row, steps) if is_live else None,
    )


def _seconds_left(studio: Studio, row: Job, steps: Sequence[Step], ahead: float) -> float | None:
    limits = caps(studio)

    def places(vendor: str) -> int:
        return min(limits.overall, limits.vendors.get(vendor, limits.other))

    return seconds_left(row, steps, studio.now(), hands=studio.settings.workers, places=places, ahead=ahead)


def _waits_for(steps: Sequence[Step]) -> str:
    """What the whole job waits for; empty while a hand is at it."""
    if any(s.state == StepState.RUNNING and s.pool == HERE for s in steps):
        return ""
    moving = [_step_waits_for(s) for s in steps if s.state in (*AT_VENDOR, StepState.READY)]
    asked = [PERSON] if any(s.state in AT_PERSON for s in steps) else []
    return " and ".join(dict.fromkeys(moving or asked))


def _step_waits_for(step: Step) -> str:
    """What a step waits for; a talk with a vendor is so short that it is no news."""
    if step.state in AT_PERSON:
        return PERSON
    if step.state == StepState.READY and step.problem:
        return "another try"
    if step.state == StepState.READY:
        return "its turn" if step.pool == HERE else f"a free place at {vendor_name(step.pool)}"
    if step.state in AT_VENDOR and step.pool != HERE:
        return vendor_name(step.pool) if step.started else f"its turn at {vendor_name(step.pool)}"
    return ""


def _seen_state(step: Step) -> StepState:
    """A step as a person sees it: what is only held until its turn comes is not at the vendor yet."""
    held = step.state in AT_VENDOR and step.pool != HERE and not step.started
    return StepState.READY if held else StepState(step.state)


def _step_view(step: Step) -> StepView:
    return StepView(
        id=step.id,
        kind=step.kind,
        label=step.label,
        state=_seen_state(step),
        fraction=step.fraction,
        scene_id=step.scene_id,
        problem=step.problem,
        remedy=step.remedy,
        reused=step.reused,
        due=step.due if step.state in (StepState.READY, StepState.WAITING) else None,
        waiting_for=_step_waits_for(step),
    )
