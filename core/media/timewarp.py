"""Lays one reading of a text over another: when is that said here which was said then there?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from core.media.dynamics import RATE, Floats

HOP = RATE // 100
"""Samples between two looks: 10 ms."""
FRAME = 1200
"""Samples of a look: 25 ms."""
BANDS, SHAPES = 28, 13
"""Bands from 80 Hz to 8 kHz, and numbers that their shape is told by."""
MOST = 3000
"""Looks at either sound at the most; the table of both against each other grows with their product."""
STRAY = 1.0
"""Cost of going on in one reading while the other stands still, beside what the sounds differ by."""


def places(there: Floats, here: Floats, moments: list[float]) -> list[float]:
    """The moments of the sound `there`, in seconds, as moments of `here`; both mono at 48 kHz.

    Both are the same words in the same order, whoever says them and however fast.
    """
    thin = max(1, math.ceil(max(len(there), len(here)) / HOP / MOST))
    first, second = _shapes(there)[::thin], _shapes(here)[::thin]
    if not len(first) or not len(second):
        return [0.0 for _ in moments]
    path = _path(_apart(first, second))
    seconds = path * thin * HOP / RATE
    return [float(x) for x in np.interp(np.asarray(moments), seconds[:, 0], seconds[:, 1])]


def _shapes(sound: Floats) -> NDArray[np.float64]:
    """What is heard each 10 ms, whoever says it: the shape of the spectrum and how it changes; `(n, 27)`."""
    padded = np.pad(sound, (FRAME // 2, FRAME // 2))
    count = len(sound) // HOP
    if count < 3:
        return np.zeros((0, 2 * SHAPES))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][:count]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 2048, axis=1)) ** 2
    level = np.log(power @ _bank() + 1e-8 * power.sum(axis=1).max() + 1e-12)
    shape = dct(level, norm="ortho", axis=1)[:, :SHAPES]
    shape = (shape - shape.mean(axis=0)) / (shape.std(axis=0) + 1e-6)
    shape[:, 0] *= 1.5  # loud and soft tell pauses from words
    change = np.gradient(shape, axis=0)
    return np.hstack([shape, 1.5 * change])


def _bank() -> NDArray[np.float64]:
    """Triangles on the mel scale, `(bins, BANDS)`."""
    hertz = np.fft.rfftfreq(2048, 1 / RATE)

    low, high, at = (2595 * np.log10(1 + np.asarray(f) / 700) for f in (80.0, 8000.0, hertz))
    edges = np.linspace(low, high, BANDS + 2)
    at = at[:, None]
    rising, falling = (at - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - at) / np.diff(edges)[1:]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


def _apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """How unlike each look at one is to each look at the other."""
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None, :] - 2 * first @ second.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _path(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cheapest way from both beginnings to both ends, `(steps, 2)`; found diagonal by diagonal."""
    rows, columns = apart.shape
    best = np.full((rows + 1, columns + 1), np.inf)
    best[0, 0] = 0
    for total in range(2, rows + columns + 1):
        i = np.arange(max(1, total - columns), min(rows, total - 1) + 1)
        j = total - i
        cost = apart[i - 1, j - 1]
        best[i, j] = np.minimum(
            best[i - 1, j - 1] + 2 * cost, np.minimum(best[i - 1, j], best[i, j - 1]) + cost + STRAY
        )
    i, j = rows, columns
    out = [(i - 1, j - 1)]
    while (i, j) != (1, 1):
        steps = {(i - 1, j - 1): best[i - 1, j - 1] + 2 * apart[i - 1, j - 1]}
        steps |= {(a, b): best[a, b] + apart[i - 1, j - 1] + STRAY for a, b in ((i - 1, j), (i, j - 1))}
        i, j = min(steps, key=lambda step: steps[step])
        out.append((i - 1, j - 1))
    way = np.array(out[::-1], dtype=float)
    _, kept = np.unique(way[:, 0], return_index=True)  # of a moment that stands still, its first
    return way[kept]
