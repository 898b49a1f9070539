"""Uploads: the raw body streams to disk, whatever its size, and is then checked and kept."""

from __future__ import annotations

import errno
import secrets
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.requests import ClientDisconnect

from core.domain.errors import BadInput, BadMedia, Conflict, DiskFull, NotFound, RepriseError
from core.services import intake
from core.services import studio as studios
from core.services.studio import Studio

router = APIRouter()

STATUS: tuple[tuple[type[RepriseError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (DiskFull, 507),
    (BadInput, 422),
)


RECEIVERS = {
    "sample": intake.receive_sample,
    "image": intake.receive_image,
    "performance": intake.receive_performance,
}


def status_of(error: RepriseError) -> int:
    """The HTTP status that says what kind of error it is."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


@router.put("/uploads/{project_id}/{kind}")
async def upload(
    project_id: str,
    kind: str,
    request: Request,
    name: Annotated[str, Query(max_length=1000)],
    x_reprise: Annotated[str, Header()] = "",
) -> dict[str, str]:
    """Takes a sample, image, sound or performance.

    The header cannot be sent from another site, so a foreign page cannot upload.
    """
    if x_reprise != "1":
        raise HTTPException(403, "This upload did not come from Reprise.")
    if kind not in ("sample", "image", "performance", *intake.SOUNDS):
        raise NotFound("There is no such upload.")
    studio = studios.current()
    await anyio.to_thread.run_sync(intake.may_receive, studio, studio.local_owner, project_id, kind)
    limits = intake.limits(studio)
    most = limits["max_image_bytes"] if kind == "image" else limits["max_bytes"]
    path = await _to_disk(studio, request, name, most)
    receive = RECEIVERS.get(kind) or partial(intake.receive_sound, kind=kind)
    asset = await anyio.to_thread.run_sync(receive, studio, studio.local_owner, project_id, path, name)
    return {"asset": asset.id, "message": f"{asset.name} was uploaded."}


async def _to_disk(studio: Studio, request: Request, name: str, most: int) -> Path:
    path = studio.storage.scratch("uploads") / f"{secrets.token_hex(8)}.part"
    with ExitStack() as undo:
        undo.callback(path.unlink, missing_ok=True)  # whatever stops the upload, a person as well
        try:
            await _receive(request, path, name, most)
        except ClientDisconnect as error:
            raise HTTPException(400, "The upload was broken off.") from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("The disk is full, so the upload was not kept.") from error
            raise
        undo.pop_all()
    return path


async def _receive(request: Request, path: Path, name: str, most: int) -> None:
    size = 0
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise BadMedia(f"{intake.clean_name(name)} is larger than {most / 1e6:.0f} MB.", "Export it smaller.")
            await file.write(chunk)
