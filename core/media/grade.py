"""Colour of the whole film as one ffmpeg filter, so that a still and the film match."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.domain.plan import Grade
from core.media import ffmpeg, palette_table
from core.media.colour import EXACT, TAGS, TO_FILM, TO_JPEG

__all__ = ["EXACT", "TAGS", "TO_FILM", "TO_JPEG", "grade_filter", "grade_still"]

NEUTRAL_KELVIN = 6500
WARMEST_KELVIN = 4300
COOLEST_KELVIN = 10500
"""Evening light and open shade; beyond them skin looks ill."""
GAMMA = 0.75
"""Stops of mid-grey at full brightness. Black and white stay where they are."""
CONTRAST_UP = 0.85
CONTRAST_DOWN = 0.45
"""Share of the S curve at +1, of flattening at -1."""
SATURATION_UP = 0.7
STILL_WIDTH = 64
"""Pixels at which the colours of a still are looked at."""


def grade_filter(grade: Grade) -> str:
    """An ffmpeg filter chain for yuv420p in limited range; '' when the grade changes nothing."""
    parts = []
    if grade.warmth:
        far = WARMEST_KELVIN if grade.warmth > 0 else COOLEST_KELVIN
        kelvin = NEUTRAL_KELVIN + abs(grade.warmth) * (far - NEUTRAL_KELVIN)
        parts.append(f"colortemperature=temperature={kelvin:.0f}:pl=0.7,{TO_FILM}")
    if grade.saturation or grade.brightness or grade.contrast:
        parts.append(f"lutyuv=y='{_luma(grade)}':u='{_chroma(grade)}':v='{_chroma(grade)}'")
    return ",".join(parts)


def _luma(grade: Grade) -> str:
    """Brightness as a gamma, contrast as a mix with an S curve (or with mid-grey)."""
    lifted = f"st(0,pow(clip((val-16)/219,0,1),{2 ** (-GAMMA * grade.brightness):.5f}))"
    if grade.contrast >= 0:
        share = CONTRAST_UP * grade.contrast
        curve = "ld(0)*ld(0)*(3-2*ld(0))"
    else:
        share = -CONTRAST_DOWN * grade.contrast
        curve = "0.5"
    return f"{lifted};16+219*(ld(0)*{1 - share:.5f}+{curve}*{share:.5f})"


def _chroma(grade: Grade) -> str:
    gain = 1 + grade.saturation * (SATURATION_UP if grade.saturation > 0 else 1)
    return f"clip(128+(val-128)*{gain:.5f},16,240)"


def grade_still(*, path: str, out: str, grade: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the picture at `path` to the JPEG `out`, graded as the film would be; returns {}."""
    wanted = Grade.model_validate(grade)
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as scratch:
        towards = _towards_palette(path, wanted, Path(scratch))
        chain = ",".join(part for part in (TO_FILM, towards, grade_filter(wanted), TO_JPEG) if part)
        ffmpeg.run(["-i", path, "-vf", chain, "-frames:v", "1", "-q:v", "2", "-update", "1", out], seconds=60)
    report(1.0)
    return {}


def _towards_palette(path: str, grade: Grade, scratch: Path) -> str:
    """The filter that brings a picture nearer to the palette; '' when it is not wanted."""
    if not (grade.match and grade.palette):
        return ""
    raw, table = scratch / "small.yuv", scratch / "table.cube"
    small = f"{TO_FILM},scale={STILL_WIDTH}:{STILL_WIDTH}:flags=area,format=yuv444p"
    ffmpeg.run(["-i", path, "-vf", small, "-frames:v", "1", "-f", "rawvideo", str(raw)], seconds=60)
    planes = np.fromfile(raw, np.uint8).reshape(3, -1).T.astype(np.float32)
    palette_table.write(palette_table.table(planes, palette_table.weighed(grade.palette), grade.match), table)
    return palette_table.filters(ffmpeg.quoted(table))
