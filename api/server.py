"""The launcher: one process with pages, API, files and the clock that does the work."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from api import files, jobs, uploads, webhooks, who
from api.gate import Gate
from core import facts
from core.domain.errors import RepriseError
from core.services import studio as studios
from core.settings import Settings
from jobs.clock import Clock
from jobs.logs import set_up_logging

log = logging.getLogger("reprise.server")
ASSETS = {p.name: p for folder in ("assets", "fonts") for p in (facts.DATA / folder).glob("*")}
"""What the pages load by name: fonts, logo, icons. Nothing else can be asked for."""


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Opens the studio, starts the clock, and stops both in good order."""
    try:
        settings = Settings.read()
        set_up_logging(settings.log_level)
        studio = await anyio.to_thread.run_sync(studios.open_studio, settings)
        studios.use(studio)
        clock = Clock(studio, front=True)
    except RepriseError as error:
        # nothing has begun, and raised from here the sentence would drown in the server's traces
        sys.stderr.write(f"{error.sentence}\n")
        sys.stderr.flush()
        os._exit(2)
    clock.start()
    gc.collect()
    gc.freeze()  # what was imported is never garbage: full collections stay short
    log.info("Reprise is ready")
    try:
        yield {"clock": clock}
    finally:
        await anyio.to_thread.run_sync(clock.stop)
        studios.use(None)
        studio.db.close()


def api() -> FastAPI:
    """The programs' door."""
    app = FastAPI(title="Reprise", docs_url=None, redoc_url=None)
    app.include_router(uploads.router)
    app.include_router(jobs.router)
    app.include_router(webhooks.router)
    app.include_router(who.router)

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the database answers."""
        studios.current().db.ping()
        return {"status": "ok"}

    for kind in (RepriseError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, refused)
    return app


async def refused(_: Request, error: Exception) -> Response:
    """What happened and what to do, never a trace or a path of this machine."""
    if isinstance(error, RepriseError):
        return _problem(error.message, error.remedy, uploads.status_of(error))
    if isinstance(error, RequestValidationError):
        fields = ", ".join(str(fault["loc"][-1]) for fault in error.errors())
        return _problem(f"The request is not as it should be: {fields}.", "Correct it and send it again.", 422)
    if isinstance(error, HTTPException):
        remedy = "Check the address and the method." if error.status_code in (404, 405) else "Send it again."
        return _problem(str(error.detail), remedy, error.status_code, error.headers)
    return _problem("Something went wrong here.", "Try again; the log of the program says more.", 500)


def _problem(message: str, remedy: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"message": message, "remedy": remedy}, status, headers)


async def asset(request: Request) -> Response:
    """A font, the logo or an icon."""
    path = ASSETS.get(request.path_params["name"])
    if path is None:
        return JSONResponse({"message": "There is no such file."}, 404)
    return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})


def routes() -> list[Any]:
    """What this process answers beside the pages."""
    return [
        Mount("/api", app=api()),
        Route("/files/{asset_id}", files.give, methods=["GET", "HEAD"]),
        Route("/assets/{name}", asset, methods=["GET", "HEAD"]),
    ]


def middleware() -> list[Middleware]:
    """What every request passes through."""
    return [Middleware(Gate)]
