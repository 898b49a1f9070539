"""Finds blasts of light: white at once, slowly gone, and the same place behind it; no boundary of a shot.

A flash that is over within a quarter of a second is told by the picture that comes back; an explosion is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.media.change import Bytes, Signals
from core.media.picture import likeness

SUDDEN = 20.0
"""Rise of the mean within one picture from which light is a blast, 0-255 scale."""
WASHED = 0.4
"""Share of its contrast that a picture keeps in the blast at most."""
LONGEST = 1.8
"""Seconds until it is gone."""
GONE = 0.3
"""Share of the light that is left when it is."""
ABRUPT = 0.45
"""Share of the light that goes within one picture at most: a cut to a bright place and back goes at once."""
SAME_PLACE = 0.52
"""Likeness, somewhere in the fading light, from which it is the place of before."""


def blasts(luma: Bytes, signals: Signals, fps: float) -> list[tuple[int, int]]:
    """First and last frame of each."""
    lumas = signals.grid.shape[1] // 3
    means = signals.grid[:, :lumas].mean(1)
    rises = np.flatnonzero(np.diff(means) >= SUDDEN) + 1
    found: list[tuple[int, int]] = []
    for first in rises.tolist():
        if found and first <= found[-1][1]:
            continue
        if signals.contrast[first] > WASHED * signals.contrast[first - 1]:
            continue
        last = _gone(means, first, round(LONGEST * fps))
        if last is not None and _is_same_place(luma, first, last):
            found.append((first, last))
    return found


def _gone(means: NDArray[np.float32], first: int, most: int) -> int | None:
    """The frame by which the light is gone; None when it stays, or goes at once."""
    before, peak = float(means[first - 1]), int(first + means[first : first + 4].argmax())
    light = float(means[peak]) - before
    later = means[peak : first + most]
    dark = np.flatnonzero(later <= before + GONE * light)
    if not len(dark) or dark[0] < 4 or -np.diff(later[: dark[0] + 1]).min() > ABRUPT * light:
        return None
    return peak + int(dark[0])


def _is_same_place(luma: Bytes, first: int, last: int) -> bool:
    """Whether the drawing of before shows through the light, or behind it."""
    shown = sorted({first + 3, (first + last) // 2, last} & set(range(first, last + 1)))
    return max(likeness(luma[first - 1], luma[at]) for at in shown) > SAME_PLACE
