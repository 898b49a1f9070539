"""Sweeping: what nobody needs is removed, and only that."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from core.db import projects as rows
from core.services.studio import Studio

OLD = 24 * 3600.0
"""Seconds after which a temporary file belongs to nobody."""
SEGMENT_DAYS = 14
"""Days after which an unused part of a cut is made anew rather than kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was removed, or would be."""

    files: int
    megabytes: float


def sweep(studio: Studio, *, dry_run: bool) -> Swept:
    """Removes blobs that no file and no output needs, and old temporary files."""
    now = time.time()
    used = rows.blobs_in_use(studio.db)
    doomed: list[Path] = []
    for blob in studio.storage.names():
        path = studio.storage.path(blob)
        # a blob just handed over is recorded a moment later
        if blob not in used and now - path.stat().st_mtime > OLD:
            doomed.append(path)
    doomed += [p for name in ("uploads", "work") for p in _files_older(studio.storage.scratch(name), now - OLD)]
    doomed += _files_older(studio.storage.scratch("segments"), now - SEGMENT_DAYS * 24 * 3600)
    size = sum(p.stat().st_size for p in doomed)
    if not dry_run:
        for path in doomed:
            path.unlink(missing_ok=True)
    return Swept(files=len(doomed), megabytes=size / 1e6)


def _files_older(folder: Path, than: float) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and p.stat().st_mtime < than]
