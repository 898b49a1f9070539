"""Stretches of a sound: where it is silent, and where music plays.

Music is told by notes: tones that stay on one pitch for a quarter of a second, which neither speech, whose pitch
glides, nor noise has. Drums alone are therefore not called music; the tempo tells of them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Span
from core.media.spectrum import levels

QUIET = -55.0
"""dBFS of 50 ms below which it is silent."""
SHORTEST_SILENCE = 0.3
WINDOW, HOP = 1024, 512
"""Samples at 16 kHz: 64 ms, whose bins (16 Hz) tell the low notes apart, every 32 ms."""
LOW, HIGH = 7, 200
"""Bins looked at: 110 Hz to 3.1 kHz, where the notes are."""
CLEAR = 1.2
"""How far a tone stands out of its neighbours, in natural logarithms of the level."""
HELD = (5, 8)
"""Hops after which a tone must still be there."""
SHARE = 0.10
"""Share of the tones, over two seconds, that must be held: speech stays below 0.06, music under speech above 0.1."""
AUDIBLE = 0.25
"""Share of the time, over two seconds, in which tones are heard at all."""
LEAST = 2.0
"""Seconds of the shortest stretch of music."""
PAUSE = 1.2
"""Seconds; a shorter pause belongs to the music."""

Floats = NDArray[np.float32]


def where(holds: NDArray[np.bool_], step: float, least: float, pause: float = 0.0) -> tuple[Span, ...]:
    """Stretches of at least `least` seconds in which `holds` is true; gaps shorter than `pause` are closed."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    joined: list[tuple[float, float]] = []
    for first, last in zip(edges[::2] * step, edges[1::2] * step, strict=True):
        if joined and first - joined[-1][1] < pause:
            joined[-1] = joined[-1][0], float(last)
        else:
            joined.append((float(first), float(last)))
    return tuple(Span(start=round(a, 3), end=round(b, 3)) for a, b in joined if b - a >= least - 1e-9)


def silence(mono: Floats, rate: int) -> tuple[Span, ...]:
    """Stretches without audible sound."""
    hop = rate // 20
    blocks = mono[: len(mono) // hop * hop].reshape(-1, hop)
    quiet = (blocks**2).mean(1) < 10 ** (QUIET / 10)
    return where(quiet, 0.05, SHORTEST_SILENCE)


def music(mono: Floats, rate: int) -> tuple[Span, ...]:
    """Stretches in which music plays, alone or under something else; `rate` is 16 kHz."""
    if len(mono) < 2 * WINDOW:
        return ()
    held, loud = _held(mono)
    reach = round(2 * rate / HOP)
    return where((_mean(held, reach) > SHARE) & (_mean(loud, reach) > AUDIBLE), HOP / rate, LEAST, PAUSE)


def _mean(values: Floats, reach: int) -> Floats:
    """Mean of the `reach` values around each; (n,)."""
    return np.asarray(cv2.blur(values[None], (reach, 1), borderType=cv2.BORDER_REPLICATE)[0], np.float32)


def _held(mono: Floats) -> tuple[Floats, Floats]:
    """For each hop, the share of its tones that go on at their pitch, and whether it is loud enough for any; (n,)."""
    level = np.log(levels(mono, WINDOW, HOP)[LOW - 4 : HIGH + 4] + np.float32(1e-6))
    middle = level[4:-4]
    around = np.asarray(cv2.blur(level, (1, 9)), np.float32)[4:-4]
    tone = (middle > around + CLEAR) & (middle >= level[3:-5]) & (middle >= level[5:-3]) & (middle > np.log(1e-4))
    count = tone.sum(0)
    share = np.ones(tone.shape[1], np.float32)
    for hops in HELD:
        later = np.zeros_like(tone)
        later[:, :-hops] = tone[:, hops:]
        share = np.minimum(share, (tone & later).sum(0) / np.maximum(count, 1))
    return share.astype(np.float32), (count >= 3).astype(np.float32)
