"""Keeps the folder of finished parts small, and free of what a killed process left in it."""

from __future__ import annotations

import time
from pathlib import Path

MOST = 4_000_000_000
"""Bytes: some sixty films of a minute at 1080×1920, or one that was changed as often."""
LEFT = 3600.0
"""Seconds after which a file that is not whole belongs to nobody; a part takes a minute or two."""
GRACE = 600.0
"""Seconds for which a part that was just used stays whatever the room it takes: another film may be cut now."""


def tidy(cache: Path, most: int = MOST) -> None:
    """Removes unfinished files that were left lying, then the parts used longest ago, down to `most` bytes."""
    now = time.time()
    found = []
    for path in cache.iterdir():
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue  # somebody was faster
        age = now - seen.st_mtime
        if path.name.startswith(".") or ".part" in path.suffixes:
            if age > LEFT:
                path.unlink(missing_ok=True)
        elif path.is_file():
            found.append((age, seen.st_size, path))
    room = most - sum(size for _, size, _ in found)
    for age, size, path in sorted(found, reverse=True):
        if room >= 0 or age < GRACE:
            return
        path.unlink(missing_ok=True)
        room += size
