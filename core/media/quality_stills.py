"""Finds where a picture is black, and where it stands still."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Span
from core.domain.quality import Covered

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

FULL_RANGE = 2
DARK = {False: 32, True: 18}
"""Luma below which a pixel is black, of limited range (16 is black) and of full range."""
BLACK_SHARE = 0.985
"""Share of black pixels from which a picture is black; a small logo on black is a picture."""
BLOCK = 16
"""Pixels of the blocks whose brightness is compared: what is smaller is grain."""
STILL = 2.0
"""Levels of 255 that a block may change by and still stand: grain and coding move it by less."""
SHORTEST = 0.2
"""Seconds of a stretch that is kept."""
BAR, UNEVEN = 0.05, 0.04
"""Share of a side that a black bar takes at least, and by how much more the one may take than the other."""
LIT = (0.02, 0.6)
"""Shares of a line that are ever lit: above the first it is no bar, and a picture begins with more than the second."""
LATE = 0.1
"""Seconds by which the last picture of a stretch may miss the end of the film."""


@dataclass
class Watch:
    """Looks at small pictures one after the other; what is `covered` is left out."""

    covered: Sequence[Covered] = ()
    times: list[float] = field(default_factory=list)
    dark: list[bool] = field(default_factory=list)
    runs: list[tuple[float, float]] = field(default_factory=list)
    _lit: NDArray[np.bool_] | None = None
    _anchor: Floats | None = None
    _since: float = 0.0

    def look(self, luma: Bytes, time: float, colour_range: int) -> None:
        """Takes note of the next picture.

        It is compared with the first of its stretch, not with the one before: a slow push moves every
        picture by less than anybody sees, and is no still.
        """
        is_lit = luma >= DARK[colour_range == FULL_RANGE]
        self._lit = is_lit if self._lit is None else self._lit | is_lit
        dark, blocks = _blocks(~is_lit), _blocks(luma)
        free = self._free(time, luma.shape)
        is_dark = bool(dark[free].mean() >= BLACK_SHARE)
        moved = self._anchor is None or bool(np.abs(blocks - self._anchor)[free].max() > STILL)
        if moved or is_dark:
            self._close(time)
            self._anchor, self._since = blocks, time
        self.times.append(time)
        self.dark.append(is_dark)

    def spans(self, whole: float) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The black and the still stretches of something that lasts so long; black is not counted as still."""
        self._close(whole)
        still = [(a, b) for a, b in self.runs if b - a >= SHORTEST]
        return _spans(self._black(whole), whole), _spans(still, whole)

    def bars(self) -> float:
        """The share of the picture that bars at opposite edges hold, black from the first picture to the last."""
        if self._lit is None:
            return 0.0
        return round(sum(_bars(self._lit.mean(axis=axis)) for axis in (0, 1)), 3)

    def _free(self, time: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """The blocks of such a picture that nothing of ours lies over at that time; all, where else there were none."""
        high, wide = (side / BLOCK for side in shape)
        free = np.ones((int(high), int(wide)), bool)
        for one in self.covered:
            if one.start <= time < one.end:
                top, bottom = int(one.box.top * high), math.ceil(one.box.bottom * high)
                free[top:bottom, int(one.box.left * wide) : math.ceil(one.box.right * wide)] = False
        return free if free.any() else ~free

    def _close(self, time: float) -> None:
        if self._anchor is not None and self.times and not self.dark[-1]:
            self.runs.append((self._since, time))

    def _black(self, whole: float) -> list[tuple[float, float]]:
        out: list[tuple[float, float]] = []
        for i, is_dark in enumerate(self.dark):
            until = self.times[i + 1] if i + 1 < len(self.times) else whole
            if not is_dark:
                continue
            if out and out[-1][1] >= self.times[i] - 1e-6:
                out[-1] = (out[-1][0], until)
            else:
                out.append((self.times[i], until))
        return [(a, b) for a, b in out if b - a >= SHORTEST]


def _bars(lit: Floats) -> float:
    """The share of a side that its two bars take; 0 for none. `lit`: how much of each line is ever lit.

    A thing before a black ground leaves its edges black too, but its first line is short.
    """
    seen = np.flatnonzero(lit > LIT[0])
    if not len(seen):
        return 0.0
    before, after = seen[0] / len(lit), 1 - (seen[-1] + 1) / len(lit)
    begins = min(lit[seen[0] : seen[0] + 3].max(), lit[max(0, seen[-1] - 2) : seen[-1] + 1].max()) >= LIT[1]
    is_pair = min(before, after) >= BAR and abs(before - after) <= UNEVEN
    return float(before + after) if begins and is_pair else 0.0


def blank(luma: Bytes) -> bool:
    """Whether there is nothing to be seen in a picture."""
    return bool(luma.std() < 2.0)


def _blocks(luma: Bytes | NDArray[np.bool_]) -> Floats:
    """The mean of each block."""
    height, width = (side // BLOCK * BLOCK for side in luma.shape)
    parts = luma[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return np.asarray(parts.mean(axis=(1, 3), dtype=np.float32))


def _spans(found: list[tuple[float, float]], whole: float) -> tuple[Span, ...]:
    ends = [(a, whole if b > whole - LATE else b) for a, b in found]
    return tuple(Span(start=round(max(0.0, a), 3), end=round(b, 3)) for a, b in ends)
