"""Makes room and keeps the ceiling: music that steps back under a voice, and a true-peak limiter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import oaconvolve

from core.media import loudness

RATE = 48_000
Floats = NDArray[np.float64]

DUCK_DB = -9.0
"""Of the music under a voice: every word stays clear, and the music is still there."""
PAUSE = 0.6
"""Seconds; in a shorter pause the music stays down, or it would pump with every comma."""
DOWN = (0.24, 0.04)
"""Seconds before the voice at which the music begins to go down, and is down."""
UP = (0.08, 0.46)
"""Seconds after the voice at which it begins to come back, and is back."""
SPOKEN_DB = -38.0
"""Below the loudest moment of the voice; softer counts as a pause."""
OVER_NOISE_DB = 9.0
"""Above the noise of a recording; what is softer counts as a pause too."""
NOISIEST_DB = -20.0
"""Below the loudest moment of the voice; what is louder is never taken for noise."""
LOOK = 0.02
"""Seconds that the limiter looks ahead and back."""


def spoken(voice: Floats) -> list[tuple[float, float]]:
    """Where somebody speaks, in seconds; pauses that are too short to use are left inside."""
    power = uniform_filter1d(voice**2, RATE // 25)
    if not len(power) or power.max() <= 0:
        return []
    # the pauses of a noisy recording are not silent; but a voice without pauses is no noise
    noise = min(float(np.percentile(power, 5)) * 10 ** (OVER_NOISE_DB / 10), power.max() * 10 ** (NOISIEST_DB / 10))
    loud = power > max(power.max() * 10 ** (SPOKEN_DB / 10), noise)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    stretches = [(float(a) / RATE, float(b) / RATE) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    joined = stretches[:1]
    for start, end in stretches[1:]:
        if start - joined[-1][1] <= PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def ducking(stretches: list[tuple[float, float]], length: int) -> Floats:
    """Gain of the music in dB, `(length,)`: 0 in the open, `DUCK_DB` under the voice, smooth between."""
    t = np.arange(length) / RATE
    depth = np.zeros(length)
    for start, end in stretches:
        corners = [start - DOWN[0], start - DOWN[1], end + UP[0], end + UP[1]]
        first, last = (int(np.clip(c * RATE, 0, length)) for c in (corners[0], corners[3]))
        slope = np.interp(t[first:last], corners, [0.0, 1.0, 1.0, 0.0])
        np.maximum(depth[first:last], slope * slope * (3 - 2 * slope), out=depth[first:last])
    return DUCK_DB * depth


def mean_duck(curve: Floats, stretches: list[tuple[float, float]]) -> float:
    """Mean of the curve in dB while somebody speaks; 0 when nobody does."""
    parts = [curve[round(a * RATE) : round(b * RATE)] for a, b in stretches]
    return float(np.concatenate(parts).mean()) if parts else 0.0


def limited(mix: Floats, ceiling_db: float) -> Floats:
    """`(channels, n)` with true peaks under the ceiling, turned down softly around them."""
    return mix * eased(loudness.peaks(mix), ceiling_db)


def eased(heights: Floats, ceiling_db: float) -> Floats:
    """The gain that brings true peaks of these `heights` `(n,)` under a ceiling, soft around them; 1 elsewhere."""
    ceiling = 10 ** (ceiling_db / 20)
    if not len(heights) or heights.max() <= ceiling:
        return np.ones(len(heights))
    needed = np.minimum(1.0, ceiling / np.maximum(heights, 1e-9))
    reach = round(LOOK * RATE)
    window = np.hanning(2 * reach + 3)[1:-1]
    held = np.pad(minimum_filter1d(needed, 2 * reach + 1), reach, mode="edge")
    # each value averages minima that all contain its own sample: the gain never exceeds what is needed
    gain = oaconvolve(held, window / window.sum(), "valid")
    return np.asarray(np.minimum(gain, needed))


def faded(sound: Floats, rise: float, fall: float) -> Floats:
    """The same with its first and last seconds faded."""
    return sound * _edges(sound.shape[-1], rise, fall) ** 2


def crossed(sound: Floats, rise: float, fall: float) -> Floats:
    """The same with its first and last seconds faded so that another crosses with it at the same power."""
    return sound * _edges(sound.shape[-1], rise, fall)


def _edges(length: int, rise: float, fall: float) -> Floats:
    """A quarter of a wave up and one down, 1 between them; `(length,)`."""
    up, down = (min(length // 2, round(s * RATE)) for s in (rise, fall))
    shape = np.ones(length)
    shape[:up] = np.sin(np.linspace(0, np.pi / 2, up))
    shape[length - down :] = np.cos(np.linspace(0, np.pi / 2, down))
    return shape
