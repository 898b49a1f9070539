"""Loudness by ITU-R BS.1770-4 and EBU R 128: integrated, momentary, and true peak.

With numpy alone: loading SciPy's filters takes longer than measuring a minute of sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.floating[Any]]
"""`(channels, n)`; full scale is 1."""
BLOCK = 0.4
"""Seconds of a gating block, and of the momentary loudness."""
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0
OVERSAMPLING = 4
CHUNK = 1 << 18
"""Samples that are oversampled at a time, so that a long film does not fill the memory."""
MARGIN = 64
"""Samples around a chunk that the oversampling filter reaches into."""
REACH = 10
"""Samples on either side from which a value between two samples is told."""
SPAN = 1 << 16
"""Samples that are weighted at a time."""
RINGS = 0.3
"""Seconds after which nothing is left of a click in the weighting filters (-600 dB)."""


def measured(samples: Samples, rate: int, step: float) -> tuple[float, NDArray[np.float64]]:
    """`integrated` and `momentary` of one sound, weighted only once."""
    power = _summed(samples, rate)
    return _integrated(power, rate), _momentary(power, rate, step)


def integrated(samples: Samples, rate: int) -> float:
    """LUFS of the whole, gated; minus infinity where there is nothing above the gate."""
    return _integrated(_summed(samples, rate), rate)


def _integrated(summed: NDArray[np.float64], rate: int) -> float:
    power = _block_powers(summed, rate, BLOCK / 4)
    loud = power[_lufs(power) > ABSOLUTE_GATE]
    if not len(loud):
        return -math.inf
    gate = _lufs(loud.mean()) + RELATIVE_GATE
    return float(_lufs(loud[_lufs(loud) > gate].mean()))


def momentary(samples: Samples, rate: int, step: float) -> NDArray[np.float64]:
    """LUFS of the 0.4 s around each `step` of seconds, ungated; minus infinity in silence.

    Value `i` belongs to the time from `i * step` to `(i + 1) * step`, whose middle is the window's.
    """
    return _momentary(_summed(samples, rate), rate, step)


def _momentary(power: NDArray[np.float64], rate: int, step: float) -> NDArray[np.float64]:
    count = math.ceil((len(power) - 1) / (step * rate) - 1e-9)
    middles = (np.arange(count) + 0.5) * step * rate
    half = BLOCK * rate / 2
    first = np.clip(np.round(middles - half), 0, len(power) - 1).astype(int)
    last = np.clip(np.round(middles + half), 0, len(power) - 1).astype(int)
    return np.asarray(_lufs(np.maximum(power[last] - power[first], 0) / (BLOCK * rate)))


def true_peak_db(samples: Samples) -> float:
    """dBTP: the highest peak between the samples too, by four times oversampling."""
    peak = max((float(part.max()) for part in _peaks(samples) if len(part)), default=0.0)
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def peaks(samples: Samples) -> NDArray[np.float64]:
    """The true peak around each sample, of all channels together; `(n,)`, linear."""
    return np.concatenate([np.zeros(0), *_peaks(samples)])


def _peaks(samples: Samples) -> Iterator[NDArray[np.float64]]:
    length = samples.shape[1]
    for start in range(0, length, CHUNK):
        end = min(length, start + CHUNK)
        before, after = min(MARGIN, start), min(MARGIN, length - end)
        heights = _highest(samples[:, start - before : end + after])
        yield heights[before : before + end - start].astype(np.float64)


def _highest(samples: Samples) -> Samples:
    """The highest of each sample and the three values between it and the next, of all channels; (n,)."""
    phases = _between().astype(samples.dtype)
    heights = np.abs(samples).max(axis=0)
    for channel in samples:
        padded = np.pad(channel, (REACH - 1, REACH))
        for phase in phases:
            np.maximum(heights, np.abs(np.correlate(padded, phase, "valid")), out=heights)
    return np.asarray(heights)


@cache
def _between() -> NDArray[np.float64]:
    """Weights of the samples around for a quarter, half and three quarters of the way to the next, (3, 2 * REACH)."""
    places = np.arange(-REACH * OVERSAMPLING, REACH * OVERSAMPLING + 1)
    taps = np.sinc(places / OVERSAMPLING) * np.kaiser(len(places), 5.0)
    taps *= OVERSAMPLING / taps.sum()
    around = np.arange(-REACH + 1, REACH + 1)
    return np.stack([taps[REACH * OVERSAMPLING + part - OVERSAMPLING * around] for part in range(1, OVERSAMPLING)])


def _lufs(power: Any) -> Any:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(power)


def _block_powers(power: NDArray[np.float64], rate: int, hop: float) -> NDArray[np.float64]:
    """Mean weighted power of each gating block; one block, filled up with silence, of a short sound."""
    size = round(BLOCK * rate)
    starts = np.arange(0, max(1, len(power) - size), round(hop * rate))
    ends = np.minimum(starts + size, len(power) - 1)
    return np.asarray(np.maximum(power[ends] - power[starts], 0) / size)


def _summed(samples: Samples, rate: int) -> NDArray[np.float64]:
    """The weighted power added up from the start; (n + 1,)."""
    return np.concatenate([[0.0], np.cumsum(_weighted_power(samples, rate))])


def _weighted_power(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Squares of the K-weighted channels, added up; `(n,)`. Mono and stereo channels weigh 1."""
    before = math.ceil(RINGS * rate)
    response = _response(rate).astype(np.result_type(samples.dtype, np.complex64))
    padded = np.pad(samples, ((0, 0), (before, SPAN)))
    power = np.zeros(samples.shape[1])
    for start in range(0, len(power), SPAN - before):
        # what the filters ring on from the sound before the first `before` samples is left out with them
        part = np.fft.irfft(np.fft.rfft(padded[:, start : start + SPAN], axis=1) * response, SPAN, axis=1)[:, before:]
        end = min(start + part.shape[1], len(power))
        power[start:end] = (part[:, : end - start] ** 2).sum(axis=0)
    return power


@cache
def _response(rate: int) -> NDArray[np.complex128]:
    """What the K-weighting does to each frequency of `SPAN` samples; (SPAN / 2 + 1,)."""
    delay = np.exp(-2j * np.pi * np.arange(SPAN // 2 + 1) / SPAN)
    powers = np.stack([np.ones_like(delay), delay, delay**2])
    whole = np.ones_like(delay)
    for stage in _k_weighting(rate):
        whole *= (stage[:3] @ powers) / (stage[3:] @ powers)
    return np.asarray(whole)


def _k_weighting(rate: int) -> NDArray[np.float64]:
    """The two filters of BS.1770 at any sample rate.

    The standard gives coefficients for 48 kHz only; these are the analogue filters behind them, as
    libebur128 derived them.
    """
    shelf = math.tan(math.pi * 1681.974450955533 / rate)
    quality, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    scale = 1 + shelf / quality + shelf**2
    first = [
        (high + band * shelf / quality + shelf**2) / scale,
        2 * (shelf**2 - high) / scale,
        (high - band * shelf / quality + shelf**2) / scale,
        1.0,
        2 * (shelf**2 - 1) / scale,
        (1 - shelf / quality + shelf**2) / scale,
    ]
    cut = math.tan(math.pi * 38.13547087602444 / rate)
    quality = 0.5003270373238773
    scale = 1 + cut / quality + cut**2
    second = [1.0, -2.0, 1.0, 1.0, 2 * (cut**2 - 1) / scale, (1 - cut / quality + cut**2) / scale]
    return np.array([first, second])
