"""Stored files: played with ranges, or downloaded under their own name."""

from __future__ import annotations

from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from api.uploads import status_of
from core.domain.errors import RepriseError
from core.services import intake
from core.services import studio as studios


async def give(request: Request) -> Response:
    """The file of an asset; `?download=1` saves it instead of showing it."""
    studio = studios.current()
    try:
        path, asset = await anyio.to_thread.run_sync(
            intake.stored_file, studio, studio.local_owner, request.path_params["asset_id"]
        )
    except RepriseError as error:
        return JSONResponse({"message": error.message, "remedy": error.remedy}, status_of(error))
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    if request.query_params.get("download"):
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(asset.name)}"
    return FileResponse(path, media_type=asset.mime, headers=headers)
