"""The offline composer: a music bed in a mood, at a tempo, shaped to the film."""

from __future__ import annotations

import wave
from collections.abc import Callable
from typing import Any

import numpy as np

from core.domain.plan import Tone
from core.isolation import turn
from core.providers.local.score.arrangement import arranged
from core.providers.local.score.instruments import RATE
from core.providers.local.score.mixdown import mixed


@turn()
def compose(
    *,
    seconds: float,
    bpm: float,
    mood: Tone,
    seed: int,
    cuts: list[float],
    accents: list[float],
    sections: list[list[float]],
    out: str,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the bed to `out`: stereo, 48 kHz, 16 bit, exactly `seconds`; it resolves and decays at its end.

    `cuts` (a breath of air) and `accents` (a rise and a hit) are in seconds; `sections` are pairs of a
    start in seconds and a level: 1 sparse, 2 with bass and soft drums, 3 full. The first beat is at 0.
    Returns `seconds` and `bpm`. The same arguments give the same bytes.
    """
    levels = sorted((float(t), min(3, max(1, round(level)))) for t, level in sections)
    piece = arranged(seconds=seconds, bpm=bpm, tone=mood, seed=seed, sections=levels)
    report(0.1)
    bed = mixed(piece, seconds=seconds, cuts=cuts, accents=accents)
    report(0.9)
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(bed.T * 32767).astype("<i2").tobytes())
    report(1.0)
    return {"seconds": bed.shape[1] / RATE, "bpm": bpm}
