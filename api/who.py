"""The cookie that remembers in a browser who works there."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from core.services import studio as studios
from core.services import visits

router = APIRouter(prefix="/who")


@router.get("/{ticket}", status_code=204)
def remember(ticket: str, request: Request) -> Response:
    """Sets the cookie for a ticket that a page has just given out."""
    cookie = visits.begin(studios.current(), ticket)
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    is_safe = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    answer.set_cookie(
        visits.COOKIE,
        cookie,
        max_age=int(visits.VISIT.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_safe,
    )
    return answer
