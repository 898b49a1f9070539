"""The beat of a sound: its tempo, and when each beat falls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.media.spectrum import levels

SLOWEST, FASTEST = 60.0, 200.0
"""Beats a minute."""
SURE = 0.25
"""Confidence below which no tempo is told."""
STEADY = 100.0
"""How dearly a beat that comes early or late is paid for, against a strong beginning of a sound."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def tempo(mono: Floats, rate: int) -> tuple[float | None, float]:
    """Beats a minute and how sure that is (0-1); None when there is no steady beat."""
    return _tempo(*onsets(mono, rate))


def rhythm(mono: Floats, rate: int) -> tuple[float | None, float, tuple[float, ...]]:
    """As `tempo`, and the seconds at which its beats fall; none without a tempo."""
    strength, per_second = onsets(mono, rate)
    bpm, confidence = _tempo(strength, per_second)
    return bpm, confidence, _beats(strength, per_second, bpm) if bpm else ()


def _tempo(strength: Doubles, per_second: float) -> tuple[float | None, float]:
    if len(strength) < 4 * per_second:
        return None, 0.0
    power = np.abs(np.fft.rfft(strength, 2 * len(strength))) ** 2
    match = np.fft.irfft(power)[: len(strength)]
    match = match / (match[0] + 1e-9) * len(strength) / np.arange(len(strength), 0, -1)
    lags = np.arange(60 / FASTEST * per_second, 60 / SLOWEST * per_second, 0.1)
    score = _comb(match, lags)
    liking = np.exp(-0.5 * (np.log2(60 * per_second / lags / 118) / 0.9) ** 2)
    best = int(np.argmax(score * liking))
    confidence = float(np.clip(score[best], 0, 1))
    bpm = round(60 * per_second / float(lags[best]), 1)
    return (bpm if confidence >= SURE else None), round(confidence, 3)


def _comb(match: Doubles, lags: Doubles) -> Doubles:
    """How well a sound matches itself one, two, three and four beats later, on average."""
    places = np.arange(len(match))
    counts = [n for n in (1, 2, 3, 4) if lags[-1] * n < len(match) * 0.8]
    found = [np.interp(lags * n, places, match) for n in counts]
    return np.asarray(np.mean(found, axis=0)) if found else np.zeros_like(lags)


def onsets(mono: Floats, rate: int) -> tuple[Doubles, float]:
    """Strength of beginnings of sounds over time, mean 0, and how many values a second."""
    part, speed = _at_most_32k(mono, rate)
    hop = round(speed / 100)
    if len(part) < 4 * hop:
        return np.zeros(0), speed / hop
    level = np.log1p(1000 * levels(part, hop * 3, hop))
    edges = np.unique(np.geomspace(1, len(level) - 1, 24).astype(int))
    bands = np.add.reduceat(level, edges, axis=0) / np.diff(np.append(edges, len(level)))[:, None]
    rise = np.maximum(0, bands[:, 2:] - bands[:, :-2]).sum(0)
    local = np.convolve(rise, np.ones(80) / 80, "same")[: len(rise)]  # it is longer where the sound is under 0.8 s
    return np.maximum(0, rise - local) - np.maximum(0, rise - local).mean(), speed / hop


def _at_most_32k(mono: Floats, rate: int) -> tuple[Floats, float]:
    """The sound at a rate that is enough for beats, and that rate."""
    if rate < 32_000:
        return mono, rate
    from scipy.signal import resample_poly  # noqa: PLC0415 - it takes longer to load than a sample to be heard

    return np.asarray(resample_poly(mono, 1, rate // 16_000), np.float32), rate / (rate // 16_000)


def _beats(strength: Doubles, per_second: float, bpm: float) -> tuple[float, ...]:
    """The run of beats, about evenly spaced, that meets the strongest beginnings of sounds (Ellis 2007)."""
    period = 60 / bpm * per_second
    felt = strength / (strength.std() + 1e-9)
    away = np.arange(-round(2 * period), -max(1, round(period / 2)) + 1)
    cost = -STEADY * np.log(-away / period) ** 2
    total, before = felt.copy(), np.full(len(felt), -1)
    for at in range(-int(away[0]), len(felt)):
        chances = total[at + away] + cost
        best = int(chances.argmax())
        total[at] += chances[best]
        before[at] = at + int(away[best])
    at = len(felt) - round(period) + int(total[-round(period) :].argmax())
    found = []
    while at >= 0:
        found.append(at)
        at = int(before[at])
    centre = 2.5  # frames from where a value is written to the middle of the rise that it tells of
    times = (np.array(found[::-1]) + centre) / per_second
    return tuple(round(float(time), 3) for time in times)
