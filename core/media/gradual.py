"""Finds the boundaries that take their time: dissolves, and designed transitions (whip, zoom, slide, wipe).

A dissolve is a stretch whose middle is a blend of its ends, which no movement within a shot explains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.media.blended import unexplained
from core.media.change import Bytes, Change, Floats, Signals
from core.media.picture import evenly_lit, left_by_movement, likeness

WINDOWS = (0.25, 0.4, 0.65, 1.0, 1.5, 2.2)
"""Seconds of the dissolves looked for."""
BURSTS = (0.2, 0.3, 0.45)
"""Seconds of the whips, zooms, slides and wipes looked for."""
FOLLOWED, EXPLAINED = 0.8, 0.36
"""Of a camera that swings fast: least likeness from picture to picture, and most of the change that movement leaves."""
DOUBT = 1.25
"""How surely a stretch must be a blend, in natural logarithms of the odds: movement is more common than dissolves."""


def dissolves(
    luma: Bytes, signals: Signals, fps: float, cuts: list[int], closed: list[tuple[int, int]]
) -> list[Change]:
    """Stretches whose middle is a blend of their ends, strongest first, never over one another."""
    candidates: list[tuple[float, int, int]] = []
    for seconds in WINDOWS:
        candidates += _blends(signals, max(4, round(seconds * fps)), fps)
    candidates.sort(reverse=True)
    found: list[Change] = []
    refused: list[tuple[int, int]] = []
    for _, first, last in candidates:
        if any(first < cut <= last for cut in cuts) or any(first <= b and a <= last for a, b in closed):
            continue
        blend = _centred(signals.grid, first, last)
        if any(blend.first <= other.last and other.first <= blend.last for other in found):
            continue
        if any(abs(first - a) + abs(last - b) <= 4 for a, b in refused):
            continue
        if _jumps(signals.grid, first, last) or not _is_blend(luma, signals, first, last):
            refused.append((first, last))
            continue
        found.append(blend)
    return found


def _blends(signals: Signals, length: int, fps: float) -> list[tuple[float, int, int]]:
    """Windows of `length` frames that look like a dissolve: (score, first, last).

    What is left after fitting a blend of both ends is small, and it grows steadily.
    """
    grid, contrast = signals.grid, signals.contrast
    starts = np.arange(0, len(grid) - length, max(1, length // 12))
    across = grid[starts + length] - grid[starts]
    size = np.abs(across)
    starts = starts[(size.mean(1) > 5.0) & ((size > 6.0).mean(1) > 0.25)]
    if not len(starts):
        return []
    begin, ends = grid[starts], starts + length
    across = grid[ends] - begin
    energy = (across**2).sum(1)
    parts, rests = [], []
    for quarter in (1, 2, 3):
        middle = grid[starts + length * quarter // 4] - begin
        parts.append((middle * across).sum(1) / energy)
        rests.append(np.sqrt(((middle - parts[-1][:, None] * across) ** 2).sum(1) / energy))
    low, half, high = parts
    rest = np.max(rests, axis=0)
    held = max(2, round(fps * 0.12))
    before, after = np.maximum(starts - held, 0), np.minimum(ends + held, len(grid) - 1)
    drift = np.sqrt(np.maximum(((begin - grid[before]) ** 2).sum(1), ((grid[after] - grid[ends]) ** 2).sum(1)) / energy)
    fits = (low < half - 0.05) & (half < high - 0.05) & (half > 0.2) & (half < 0.8)
    dip = contrast[starts + length // 2] * 2 / (contrast[starts] + contrast[ends] + 1e-6)
    fits &= (rest < 0.72) & (rest + dip < 1.5) & (dip < 1.02) & (rest + 0.3 * drift < 1.0) & ~_alike(grid, starts, ends)
    score = np.sqrt(energy) * (1.5 - rest - 0.5 * dip) * (1 - 0.5 * drift)
    return [(float(score[i]), int(starts[i]), int(ends[i])) for i in np.flatnonzero(fits)]


def _is_blend(luma: Bytes, signals: Signals, first: int, last: int) -> bool:
    """Whether a stretch that fits a blend is one, and no movement.

    Two unrelated pictures on top of one another have less contrast than either (0.7 at the middle), one gives way to
    the other, what changes has not merely moved, the pictures between are made of both, and the last shows nothing of
    the first. Weights by logistic regression on spliced real footage.
    """
    alike = likeness(luma[first], luma[last])
    if alike > 0.65:
        return False
    contrast = signals.contrast
    dip = contrast[(first + last) // 2] * 2 / (contrast[first] + contrast[last] + 1e-6)
    sure = 15.0 - 16.3 * alike - 8.4 * dip + 7.7 * left_by_movement(luma, first, last)
    return bool(sure > DOUBT and sure - 4.3 * unexplained(luma, first, last) > DOUBT)


def sweeps(luma: Bytes, signals: Signals, fps: float, cuts: list[int], closed: list[tuple[int, int]]) -> list[Change]:
    """Designed transitions (whip, zoom, slide, wipe): short bursts of change between two calmer, unlike pictures."""
    even = evenly_lit(signals.grid)
    moved = np.abs(np.diff(even, axis=0, prepend=even[:1])).mean(1)
    total = np.concatenate([[0.0], np.cumsum(moved, dtype=np.float64)])
    candidates: list[tuple[float, int, int]] = []
    for seconds in BURSTS:
        candidates += _bursts(even, total, max(4, round(seconds * fps)), max(4, round(0.2 * fps)))
    candidates.sort(reverse=True)
    found: list[Change] = []
    for _, first, last in candidates:
        if any(first < cut <= last for cut in cuts) or any(first <= b and a <= last for a, b in closed):
            continue
        if any(first <= other.last and other.first <= last for other in found):
            continue
        if likeness(luma[first], luma[last]) < 0.6 and not _is_swing(luma, first, last):
            found.append(_turned(even, first, last))
    return found


def _is_swing(luma: Bytes, first: int, last: int) -> bool:
    """Whether the camera only swings: each picture is found in the one before, and movement explains the change.

    On spliced footage swings leave 0.07 to 0.34 of it and designed transitions 0.39 to 0.83.
    """
    followed = min(likeness(luma[at], luma[at + 1]) for at in range(first, last))
    return followed > FOLLOWED and left_by_movement(luma, first, last) < EXPLAINED


def _bursts(grid: Floats, total: NDArray[np.float64], length: int, around: int) -> list[tuple[float, int, int]]:
    """Windows of `length` frames with much more change than `around` frames on either side: (score, first, last)."""
    first = np.arange(around, len(grid) - length - around)
    last = first + length
    if not len(first):
        return []
    inside = (total[last + 1] - total[first + 1]) / length
    before, after = total[first + 1] - total[first + 1 - around], total[last + around + 1] - total[last + 1]
    outside, calmer = np.maximum(before, after) / around, np.minimum(before, after) / around
    busy = (inside > 4.0) & (inside > 2.0 * outside) & (inside > 3.0 * calmer)
    first, last, inside, outside = first[busy], last[busy], inside[busy], outside[busy]
    across = np.abs(grid[last] - grid[first]).mean(1)
    score = (inside - 2 * outside) * np.sqrt(length)
    return [(float(score[i]), int(first[i]), int(last[i])) for i in np.flatnonzero(across > 10.0)]


def _turned(grid: Floats, first: int, last: int) -> Change:
    """The transition in a window, its boundary where the picture comes to be nearer to its end."""
    frames = grid[first : last + 1]
    nearer = np.abs(frames - grid[last]).mean(1) < np.abs(frames - grid[first]).mean(1)
    return Change(first + max(1, int(np.argmax(nearer))), "dissolve", first, last)


def _jumps(grid: Floats, first: int, last: int) -> bool:
    """Whether most of the way from one end to the other is made within one frame."""
    return bool(np.diff(_progress(grid, first, last)).max() > 0.35)


def _progress(grid: Floats, first: int, last: int) -> Floats:
    """How far each picture has come from the first to the last, 0-1."""
    across = grid[last] - grid[first]
    return np.asarray((grid[first : last + 1] - grid[first]) @ across / (across @ across), np.float32)


def _alike(grid: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether two pictures have the same drawing, only lighter or darker."""
    luma = grid.shape[1] // 3
    a, b = grid[first, :luma], grid[last, :luma]
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    match = (a * b).sum(1) / (np.sqrt((a**2).sum(1) * (b**2).sum(1)) + 1e-6)
    return np.asarray(match > 0.8)


def _centred(grid: Floats, first: int, last: int) -> Change:
    """The dissolve in a window, its boundary where both pictures weigh the same."""
    parts = _progress(grid, first, last)
    middle = int(np.argmax(parts >= 0.5))
    begins = int(np.flatnonzero(parts[: middle + 1] <= 0.05).max(initial=0))
    ends = middle + int(np.argmax(parts[middle:] >= 0.95))
    return Change(first + max(1, middle), "dissolve", first + begins, first + max(ends, middle))
