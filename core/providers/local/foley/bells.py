"""Effects of struck metal and glass: bells, chimes, coins."""

from __future__ import annotations

import numpy as np

from core.providers.local.foley.tools import RATE, Floats, Rng, in_room, panned, scattered, struck

BRONZE = (
    (0.5, 0.5, 5.0),
    (1.0, 0.9, 4.0),
    (1.183, 0.5, 3.2),
    (1.506, 0.35, 2.4),
    (2.0, 0.7, 2.6),
    (2.514, 0.3, 1.6),
    (3.011, 0.25, 1.2),
    (4.166, 0.16, 0.8),
    (5.433, 0.1, 0.5),
)
"""Overtones of a cast bell: times its note, level, and seconds until each has fallen by 60 dB."""


def chime(rng: Rng) -> Floats:
    """A run of small bells, each with the overtones of a metal bar."""
    notes = (1046.5, 1318.5, 1568.0, 2093.0, 2637.0)
    out = np.zeros((2, round(2.6 * RATE)))
    for number, note in enumerate(notes):
        partials = [(note, 1.0, 2.4), (note * 2.756, 0.35, 1.1), (note * 5.404, 0.16, 0.45), (note * 1.003, 0.4, 2.0)]
        bell = struck(partials, 2.6 - 0.11 * number) * (0.9**number)
        first = round(0.11 * number * RATE)
        out[:, first : first + len(bell)] += panned(bell, -0.5 + 0.25 * number)[:, : out.shape[1] - first]
    return in_room(rng, out * 0.3, seconds=1.8, share=0.3, dark=9000)


def bell(rng: Rng) -> Floats:
    """One stroke of a bell, with the hum an octave below and the minor third of cast bronze."""
    note = 523.25
    left = struck([(note * ratio, level, fall) for ratio, level, fall in BRONZE], 3.6, attack=0.002)
    right = struck([(note * ratio * 1.0012, level, fall) for ratio, level, fall in BRONZE], 3.6, attack=0.002)
    return in_room(rng, np.stack([left, right]) * 0.3, seconds=2.4, share=0.22, dark=7000)


def ding(rng: Rng) -> Floats:
    """A notification: two clear notes, the second a fourth above."""
    out = np.zeros(round(1.3 * RATE))
    for moment, note in ((0.0, 1174.7), (0.13, 1568.0)):
        tone = struck([(note, 1.0, 0.9), (note * 2, 0.25, 0.5), (note * 3.01, 0.12, 0.25)], 1.1, attack=0.003)
        first = round(moment * RATE)
        out[first : first + len(tone)] += tone
    return in_room(rng, panned(out, 0.0), seconds=0.9, share=0.2)


def sparkle(rng: Rng) -> Floats:
    """Glitter: many tiny high bells, thinning out."""
    moments = np.sort(np.concatenate([rng.triangular(0, 0.15, 1.5, 46)]))
    notes = 2093.0 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16, 19]) / 12)
    grains = [struck([(n, 0.6, 0.5), (n * 2.76, 0.25, 0.22), (n * 1.006, 0.3, 0.4)], 0.6) for n in notes]
    out = scattered(rng, round(2.2 * RATE), grains, moments, rng.uniform(0.15, 0.6, len(moments)) * np.exp(-moments))
    return in_room(rng, out, seconds=1.6, share=0.38, dark=11_000)


def coins(rng: Rng) -> Floats:
    """Coins drop on a table: bright metal, each bouncing faster and faster."""
    moments, levels = [], []
    for start in (0.0, 0.14, 0.33):
        gap, moment, level = rng.uniform(0.11, 0.16), start, 1.0
        while gap > 0.012:
            moments.append(moment)
            levels.append(level)
            moment, gap, level = moment + gap, gap * 0.74, level * 0.8
    grains = []
    for base in (4100, 4720, 5230, 5890):
        partials = [(base, 0.5, 0.35), (base * 1.47, 0.45, 0.28), (base * 1.93, 0.35, 0.2), (base * 2.61, 0.25, 0.12)]
        grains.append(struck(partials, 0.4, attack=2e-4))
    order = np.argsort(moments)
    out = scattered(rng, round(1.4 * RATE), grains, np.array(moments)[order], 0.5 * np.array(levels)[order])
    return in_room(rng, out, seconds=0.4, share=0.12, dark=10_000)


def glass(rng: Rng) -> Floats:
    """Glasses touch: two clear strokes."""
    out = np.zeros(round(1.6 * RATE))
    for moment, note, level in ((0.0, 2480.0, 1.0), (0.018, 3110.0, 0.8)):
        partials = [(note, 0.8, 1.1), (note * 2.32, 0.4, 0.6), (note * 4.25, 0.2, 0.3), (note * 1.002, 0.4, 1.0)]
        stroke = struck(partials, 1.5, attack=3e-4)
        first = round(moment * RATE)
        out[first : first + len(stroke)] += level * stroke
    return in_room(rng, panned(out, 0.1), seconds=0.8, share=0.16, dark=9000)


def success(rng: Rng) -> Floats:
    """Done: three notes of a major chord going up, soft and round."""
    out = np.zeros(round(1.5 * RATE))
    for moment, note in ((0.0, 523.25), (0.1, 659.25), (0.2, 1046.5)):
        tone = struck([(note, 1.0, 1.1), (note * 2, 0.35, 0.6), (note * 4, 0.1, 0.25)], 1.2, attack=0.004)
        first = round(moment * RATE)
        out[first : first + len(tone)] += tone
    return in_room(rng, panned(out, 0.0), seconds=1.0, share=0.22)
