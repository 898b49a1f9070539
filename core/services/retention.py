"""Sweeping: what nobody needs is removed, and only that."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.db import projects as rows
from core.domain.errors import NotFound
from core.services.studio import Studio

OLD = 24 * 3600.0
"""Seconds after which a temporary file belongs to nobody."""
KEPT = 14 * 24 * 3600.0
"""Seconds after which an unused part of a cut is made anew, and a film begun on the command line is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was removed, or would be."""

    files: int
    megabytes: float


def sweep(studio: Studio, *, dry_run: bool, here_only: bool = False) -> Swept:
    """Removes blobs that no file and no output needs, and old temporary files; `here_only`, just these."""
    now = time.time()
    files, size = (0, 0) if here_only else _sweep_blobs(studio, now, dry_run=dry_run)
    doomed = [p for name in ("uploads", "work") for p in _files_older(studio.storage.scratch(name), now - OLD)]
    kept = ("segments", "making", "previews")
    doomed += [p for name in kept for p in _files_older(studio.storage.scratch(name), now - KEPT)]
    size += sum(_size(p) for p in doomed)
    if not dry_run:
        for path in doomed:
            path.unlink(missing_ok=True)
        for name in ("uploads", "work"):
            _remove_empty(studio.storage.scratch(name), now - OLD)
    return Swept(files=files + len(doomed), megabytes=size / 1e6)


def _sweep_blobs(studio: Studio, now: float, *, dry_run: bool) -> tuple[int, int]:
    """Removes what no file and no output needs; answers how many, and their bytes."""
    used = rows.blobs_in_use(studio.db)
    files = size = 0
    for blob in studio.storage.names():
        if blob in used:
            continue
        try:
            if now - studio.storage.modified(blob) <= OLD:  # a blob just handed over is recorded a moment later
                continue
            files, size = files + 1, size + studio.storage.size(blob)
        except NotFound:
            continue  # somebody was faster
        if not dry_run:
            studio.storage.remove(blob)
    return files, size


def _files_older(folder: Path, than: float) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and _touched(p) < than]


def _remove_empty(folder: Path, than: float) -> None:
    """Removes empty folders that were not touched since, the innermost first."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and _touched(path) < than:
            with suppress(OSError):  # it is not empty
                path.rmdir()


def _touched(path: Path) -> float:
    """When it was last changed; now, when it has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
