"""Keeps the folder of finished parts small, and it and the folders of cuts free of what a killed process left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST = 4_000_000_000
"""Bytes: some sixty films of a minute at 1080×1920, or one that was changed as often."""
LEFT = 3600.0
"""Seconds after which a file that is not whole belongs to nobody; a part takes a minute or two."""
GRACE = 600.0
"""Seconds for which a part that was just used stays whatever the room it takes: another film may be cut now."""

CUTTING = "cutting-"
"""How the folder of a cut that is going on begins."""


@contextmanager
def workroom(wanted: Path, cache: Path) -> Iterator[Path]:
    """A folder for what one cut needs while it goes on; before that, those of cuts that were killed are removed.

    It lies in `wanted`, or in the cache where only that is on the disk that finished parts are moved to.
    """
    wanted.mkdir(parents=True, exist_ok=True)
    place = wanted if wanted.stat().st_dev == cache.stat().st_dev else cache
    with _locked(place):
        for left in place.glob(f"{CUTTING}*"):
            with suppress(OSError), _locked(left, wait=False):  # one that is held is being worked in
                shutil.rmtree(left)
        room = Path(tempfile.mkdtemp(prefix=CUTTING, dir=place))
        held = _hold(room)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(held)


@contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    held = _hold(folder, wait=wait)
    try:
        yield
    finally:
        os.close(held)


def _hold(folder: Path, *, wait: bool = True) -> int:
    """A lock on a folder, which ends with the process that has it. BlockingIOError where somebody else has it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held


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
