"""Pictures and sound on their way to vendors and from them: a still at the film's size, the sound of a sample alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.media import ffmpeg
from core.media.grade import TO_FILM, TO_JPEG

VOICE_BITS = "64k"
"""Of mp3, mono at 16 kHz: what models of transcription make of any sound anyway; a minute is half a megabyte."""


def fit_still(*, path: str, out: str, width: int, height: int, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the picture at `path` to the JPEG `out` of exactly that size, filled and cut at the sides; returns {}."""
    cover = f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos,crop={width}:{height}"
    chain = f"{cover},{TO_FILM},{TO_JPEG}"
    ffmpeg.run(["-i", path, "-vf", chain, "-frames:v", "1", "-q:v", "2", "-update", "1", out], seconds=60)
    report(1.0)
    return {}


def extract_sound(
    *, path: str, out: str, report: Callable[[float], None], seconds: float | None = None
) -> dict[str, Any]:
    """Writes the sound of a video, or its first `seconds`, to the mp3 `out`, small enough to be sent; returns {}.

    BadMedia without sound.
    """
    until = [] if seconds is None else ["-t", f"{seconds}"]
    ffmpeg.run(["-i", path, *until, "-vn", "-ac", "1", "-ar", "16000", "-b:a", VOICE_BITS, out], seconds=120)
    report(1.0)
    return {}
