"""Where letters stand in a film: captions as they are drawn, alone, by the renderer that burns them; titles as laid."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.domain.quality import Box
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.captions import FONTS
from core.media.logo import Logo, measured
from core.media.overlays import covered, film_captions

SIDE = 360
"""Pixels of the shorter side at which they are drawn: a third of the film's is exact to a pixel of its."""
LOOKS = 4
"""Pictures a second that are looked at: every page of words lasts longer than that."""
INK = 40
"""Levels from the ground at which it is a letter or its edge, not the end of a soft shadow."""


def place(*, cut_list: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """What lies over a film: as `captions` the smallest Box that holds all of them (None when there are none), as
    `covered` what else says nothing of the takes under it. Both as JSON. Takes and sound of the list need not exist.
    """
    cut = CutList.model_validate(cut_list)
    logo = measured(Path(cut.brand.logo), FrameSize(cut.width, cut.height)) if cut.brand.logo else None
    found = covered(cut, logo)
    return {"captions": _drawn(cut, logo, report), "covered": [one.model_dump() for one in found]}


def _drawn(cut: CutList, logo: Logo | None, report: Callable[[float], None]) -> dict[str, float] | None:
    """Where any caption of the film has ink."""
    whole, count = FrameSize(cut.width, cut.height), sum(take.frames for take in cut.takes)
    script, seconds = film_captions(cut, logo).window(0, count), count / cut.fps
    if not script:
        return None
    scale = SIDE / min(whole)
    wide, high = (max(2, round(side * scale / 2) * 2) for side in whole)
    ink = np.zeros((high, wide), bool)
    with tempfile.TemporaryDirectory() as folder:
        ass, raw = Path(folder) / "captions.ass", Path(folder) / "drawn.gray"
        ass.write_text(script, "utf8")
        # on black and on white: dark edges show on the one, bright letters on the other
        for ground, level in (("black", 0), ("white", 255)):
            source = f"color={ground}:s={wide}x{high}:r={LOOKS}:d={seconds:.3f},format=gbrp"
            burn = f"ass=filename={ffmpeg.quoted(ass)}:fontsdir={ffmpeg.quoted(FONTS)},format=gray"
            ffmpeg.run(["-f", "lavfi", "-i", source, "-vf", burn, "-f", "rawvideo", str(raw)], seconds=120)
            drawn = np.fromfile(raw, np.uint8)
            pictures = drawn[: len(drawn) // (wide * high) * wide * high].reshape(-1, high, wide)
            ink |= (np.abs(pictures.astype(np.int16) - level) > INK).any(axis=0)
            report(0.5 if level == 0 else 1.0)
    return _box(ink)


def _box(ink: np.ndarray) -> dict[str, float] | None:
    """The edges of what is set, as fractions."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    high, wide = ink.shape
    return Box(
        left=columns[0] / wide, top=rows[0] / high, right=(columns[-1] + 1) / wide, bottom=(rows[-1] + 1) / high
    ).model_dump()
