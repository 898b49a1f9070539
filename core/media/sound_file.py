"""Checks a sound that a person uploads: it can be read, it can be heard, and it is not endless."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.domain.errors import BadMedia, Broken, DiskFull
from core.media import ffmpeg
from core.media.samples import LIMIT, LONGEST, SILENT_DB

SHORTEST = 0.5
"""Seconds; less is a click and no recording."""
RATE = 8000
"""What it is decoded to for the check: enough to tell how long it is and whether there is anything in it."""


def check_sound_file(*, path: str, name: str, max_bytes: int, report: Callable[[float], None]) -> dict[str, Any]:
    """What is known of a sound: its `duration` in seconds.

    BadMedia says what is wrong with it; `name` is the file's for people.
    """
    called = f"“{name}”"
    size = Path(path).stat().st_size
    if not size:
        raise BadMedia(f"{called} is empty (0 bytes).", "Export it again and upload the new file.")
    if size > max_bytes:
        raise BadMedia(f"{called} is larger than {max_bytes / 1e6:.0f} MB.", "Export it as MP3 or M4A.")
    seconds, loudest = _heard(path, called)
    report(1.0)
    if seconds < SHORTEST:
        raise BadMedia(f"{called} lasts {seconds:.1f} s, which is too short.", "Upload a longer recording.")
    if seconds > LONGEST:
        raise BadMedia(f"{called} is longer than {LONGEST / 60:.0f} minutes.", "Trim it to what the film needs.")
    if loudest < SILENT_DB:
        raise BadMedia(f"{called} is silent from beginning to end.", "Use a file that can be heard.")
    return {"duration": round(seconds, 3)}


def _heard(path: str, called: str) -> tuple[float, float]:
    """Seconds of a sound, and its loudest 50 ms in dBFS, without keeping it; a little more than the longest is read."""
    look = f"aformat=sample_rates={RATE}:channel_layouts=stereo,astats=length=0.05:measure_perchannel=none"
    form = ["-vn", "-sn", "-dn", "-t", f"{LONGEST + 1}", "-af", look]
    try:
        said = ffmpeg.run(["-i", path, *form, "-f", "null", "-"], seconds=LIMIT)
    except DiskFull:
        raise
    except Broken as error:
        raise BadMedia(f"{called} cannot be read as sound.", "Export it as WAV or MP3 and use that.") from error
    count = re.findall(r"Number of samples: (\d+)", said)
    loudest = re.findall(r"RMS peak dB: (\S+)", said)
    return (int(count[-1]) / RATE if count else 0.0), (float(loudest[-1]) if loudest else -math.inf)
