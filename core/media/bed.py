"""Makes a music bed of a film's length from any piece: looped where it fits itself, or trimmed, and faded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from core.domain.errors import BadMedia
from core.media import hearing, samples
from core.media.dynamics import RATE, Floats, faded

SHORTEST = 1.0
"""Seconds of music that can be looped without being a nuisance."""
SPARE = 30.0
"""Seconds read beyond the film's: silence before a piece is left out, and a minute of sound takes 50 MB."""
FADE_IN = 0.03
FADE_OUT = 1.5
"""Seconds at the end of a piece that goes on behind the film."""
SEAM = 0.06
"""Seconds over which a loop that fits crosses into its beginning."""
SOFT_SEAM = 1.2
"""The same where no place fits."""
SAME = 0.8
"""Likeness of two places above which one can be mistaken for the other."""
AUDIBLE_DB = -50.0
"""Below the loudest moment; silence at both ends of a file is not played."""
PER_SECOND = 50
"""Looks a second at the sound when a place for the loop is sought."""
AROUND = PER_SECOND // 2
"""Looks before and after a place that it is compared by."""
SHORTEST_LOOP = 4.0
"""Seconds of a piece; a shorter one goes round whole."""
LONG = 0.5
"""Of likeness that a loop of the whole piece is forgiven: what comes back every few seconds is a nuisance."""
WHOLE_BARS = 0.15
"""Of likeness that whole bars are worth."""
OFF_BEAT = 0.012
"""Seconds that a loop may be off a whole number of beats before it is put right by the sample."""


def fit_bed(*, path: str, out: str, seconds: float, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes a piece of music (any sound file) to `out` as a stereo WAV at 48 kHz, exactly `seconds` long.

    A longer piece is trimmed and faded out; a shorter one is looped where it is like its own beginning.
    Silence at its ends is left out. Returns `seconds`, `looped` (how often it begins again) and `bpm`,
    None where there is no steady beat. Raises `BadMedia` for what is no usable sound.
    """
    sound = _audible(samples.usable(path, "The music", out, longest=seconds + SPARE))
    if sound.shape[1] < SHORTEST * RATE:
        raise BadMedia("The music is shorter than a second.", "Use a longer piece.")
    report(0.4)
    length = round(seconds * RATE)
    bpm, _ = hearing.tempo(sound.mean(axis=0).astype(np.float32), RATE)
    bed, times = _looped(sound, length, bpm) if sound.shape[1] < length else (sound[:, :length], 0)
    report(0.8)
    samples.write(out, faded(bed, FADE_IN, min(FADE_OUT, seconds / 4)))
    report(1.0)
    return {"seconds": length / RATE, "looped": times, "bpm": bpm}


def _audible(sound: Floats) -> Floats:
    """Without the silence before its first sound and after its last."""
    size = RATE // 100
    power = np.add.reduceat((sound**2).sum(axis=0), np.arange(0, sound.shape[1], size))
    loud = np.flatnonzero(power > power.max() * 10 ** (AUDIBLE_DB / 10))
    return sound[:, int(loud[0]) * size : (int(loud[-1]) + 1) * size]


def _looped(sound: Floats, length: int, bpm: float | None) -> tuple[Floats, int]:
    """The piece again and again to `length`, and how often it began again."""
    back, end, like = loop_of(sound, bpm)
    seam = round((SEAM if like >= SAME else SOFT_SEAM) * RATE)
    seam = min(seam, (end - back) // 3, back or (end - back) // 3)
    body = sound[:, :end]
    parts, times = body, 0
    while parts.shape[1] < length:
        parts = _joined(parts, sound[:, max(0, back - seam) : end], seam)
        times += 1
    return parts[:, :length], times


def _joined(before: Floats, after: Floats, seam: int) -> Floats:
    """One sound crossing into another over `seam` samples, at the same power throughout."""
    if seam <= 0:
        return np.hstack([before, after])
    turn = np.linspace(0, np.pi / 2, seam)
    crossing = before[:, -seam:] * np.cos(turn) + after[:, :seam] * np.sin(turn)
    return np.hstack([before[:, :-seam], crossing, after[:, seam:]])


def loop_of(sound: Floats, bpm: float | None) -> tuple[int, int, float]:
    """From which sample to which the piece can go round, and how like the two places are (to 1).

    Places are compared by what is heard around them; where there is a beat, they are whole beats apart,
    and rather whole bars. Long loops are liked better than short ones.
    """
    looks = _looks(sound)
    count = len(looks)
    best, best_score = (0, sound.shape[1], 0.0), 0.0
    if count < SHORTEST_LOOP * PER_SECOND:
        return best
    for apart in range(count // 3, count - AROUND):
        beats = apart / PER_SECOND * bpm / 60 if bpm else 0.0
        if bpm and abs(beats - round(beats)) * 60 / bpm > OFF_BEAT:
            continue
        likeness = _likeness(looks, apart)
        start = int(np.argmax(likeness))
        score = likeness[start] + LONG * apart / count + (WHOLE_BARS if bpm and round(beats) % 4 == 0 else 0.0)
        if score > best_score:
            places = [(look + AROUND) * RATE // PER_SECOND for look in (start, start + apart)]
            best_score, best = score, (places[0], places[1], float(likeness[start]))
    back, end, like = best
    return (back, _to_the_sample(sound, back, end), like) if like else best


def _likeness(looks: NDArray[np.float64], apart: int) -> NDArray[np.float64]:
    """How like each place is to the one so many looks later, by half a second before and after both."""
    one, two = looks[:-apart], looks[apart:]
    window = np.ones(2 * AROUND)
    if len(one) < len(window):
        return np.zeros(1)
    dots, first, second = (
        np.convolve((a * b).sum(axis=1), window, "valid") for a, b in ((one, two), (one, one), (two, two))
    )
    return np.asarray(dots / (np.sqrt(first * second) + 1e-9))


def _looks(sound: Floats) -> NDArray[np.float64]:
    """What is heard each 20 ms: levels of 36 bands from 50 Hz to 10 kHz, each less its mean."""
    size, hop = 4096, RATE // PER_SECOND
    mono = np.pad(sound.mean(axis=0), size // 2)
    count = sound.shape[1] // hop
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop][:count]
    bins = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))
    edges = np.unique(np.geomspace(50, 10_000, 37) * size / RATE).astype(int)
    bands = np.log1p(np.add.reduceat(bins, np.unique(edges), axis=1)[:, :-1])
    return np.asarray(bands - bands.mean(axis=0))


def _to_the_sample(sound: Floats, back: int, end: int) -> int:
    """The end moved by up to 15 ms, so that the waves before both places lie on each other."""
    reach, size = round(0.015 * RATE), RATE
    mono = sound.mean(axis=0)
    template = mono[max(0, back - size) : back]
    first = end - len(template) - reach
    if first < 0 or not len(template):
        return end
    field = mono[first : min(len(mono), end + reach)]
    if len(field) <= len(template):
        return end
    at = int(np.argmax(correlate(field, template, "valid", "fft")))
    return first + at + len(template)


def fit_effect(*, path: str, out: str, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes a vendor's effect to `out` as a stereo WAV at 48 kHz, from its first sound to its last.

    Returns its `seconds`. Raises `BadMedia` for what is no usable sound.
    """
    sound = _audible(samples.usable(path, "The effect", out, longest=60.0))
    samples.write(out, faded(sound, 0.002, 0.03))
    report(1.0)
    return {"seconds": round(sound.shape[1] / RATE, 3)}
