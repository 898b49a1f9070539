"""What vendors tell us by themselves: that something is finished. It wakes; nothing is believed that is not asked."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from core.services import studio as studios
from core.services import webhooks

router = APIRouter(prefix="/webhooks")

MOST_BYTES = 1_000_000
"""Of a message; Replicate's say what was asked for and what was made, a few kilobytes."""


@router.post("/replicate")
async def replicate(request: Request) -> Response:
    """Replicate says that a task is finished. 401 when it is not signed by Replicate, 413 when it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return JSONResponse({"message": "That message is too large."}, 413)
    headers = dict(request.headers)
    known = await anyio.to_thread.run_sync(webhooks.replicate, studios.current(), headers, bytes(body))
    if not known:
        return JSONResponse({"message": "That message is not signed by Replicate."}, 401)
    return JSONResponse({"status": "ok"})
