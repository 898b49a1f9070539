"""Jobs for programs: how they stand, what happened to them, cancel and retry. The pages show the same."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from core.domain.views import EventView, JobView
from core.services import production
from core.services import studio as studios

router = APIRouter(prefix="/jobs")

MOST = 500
"""Events that one answer holds."""
LAST = 2**63 - 1
"""The highest number that an event can have."""


@router.get("/{job_id}")
def job(job_id: str) -> JobView:
    """How the job stands, with its steps; amounts are strings of US dollars."""
    studio = studios.current()
    return production.job_by_id(studio, studio.local_owner, job_id)


@router.get("/{job_id}/events")
def events(
    job_id: str, after: Annotated[int, Query(ge=0, le=LAST)] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = 100
) -> list[EventView]:
    """What happened to the job, in order; ask again `after` the last id for what has come since."""
    studio = studios.current()
    return list(production.events(studio, studio.local_owner, job_id, after=after, limit=limit))


@router.post("/{job_id}/cancel")
def cancel(job_id: str) -> JobView:
    """Stops the job and answers how it stands then; what has ended already stays as it is."""
    studio = studios.current()
    production.cancel(studio, studio.local_owner, job_id)
    return production.job_by_id(studio, studio.local_owner, job_id)


@router.post("/{job_id}/retry")
def retry(job_id: str) -> JobView:
    """Goes on from what failed or was cancelled and answers how the job stands then."""
    studio = studios.current()
    production.retry(studio, studio.local_owner, job_id)
    return production.job_by_id(studio, studio.local_owner, job_id)
