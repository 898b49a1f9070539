"""Takes the edge off a synthetic voice: tone, evenness, sibilants, a little life and a small room."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates, minimum_filter1d, uniform_filter1d
from scipy.signal import butter, fftconvolve, firwin2, resample_poly, sosfilt, sosfiltfilt

from core.providers.local.speech.utterance import Samples

RATE = 48_000
LEVEL_DB = -20.0
"""RMS of the speech, pauses left out."""
CEILING_DB = -3.0
"""Highest peak."""
GRID = 480
"""Samples between two points of the wandering pitch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How one voice is polished; chosen by measuring it against natural speech."""

    eq: tuple[tuple[float, float], ...] = ()
    """Points of a smooth curve: hertz and decibels."""
    air: float = 0.0
    """Of new treble above what the engine makes, 0-1."""
    breath: float = 0.0
    """Of breath that follows the voice; it breaks up the buzz of a pulse train."""
    drift: float = 0.0
    """Slow, small wandering of the pitch, as a fraction; people never hold a note still."""
    room: float = 0.05
    """Of the room against the voice."""


def polished(samples: Samples, rate: int, tone: Tone) -> Samples:
    """The line at 48 kHz; the same length in seconds, no offset, peaks below -3 dBFS."""
    common = gcd(RATE, rate)
    voice = resample_poly(samples, RATE // common, rate // common)
    voice = sosfiltfilt(butter(2, 75, "high", fs=RATE, output="sos"), voice)
    voice = _drifting(voice, tone.drift)
    voice = _equalised(voice, tone.eq)
    voice = voice + tone.air * _new_treble(voice, rate) + tone.breath * _breath(voice)
    voice = _even(voice)
    voice = _deessed(voice)
    voice = voice + tone.room * _room(voice)
    return _levelled(_edges_faded(voice))


def _equalised(voice: Samples, curve: tuple[tuple[float, float], ...]) -> Samples:
    """Linear phase, so that words stay where they are."""
    if not curve:
        return voice
    at = np.log2([max(20.0, hertz) for hertz, _ in curve])
    grid = np.linspace(0, RATE / 2, 513)
    gains = np.interp(np.log2(np.maximum(grid, 20)), at, [decibels for _, decibels in curve])
    kernel = firwin2(1025, grid, 10 ** (gains / 20), fs=RATE)
    return np.asarray(fftconvolve(voice, kernel, "same"))


def _new_treble(voice: Samples, rate: int) -> Samples:
    """Soft distortion of the upper band makes the treble that a 16 or 22 kHz engine cannot."""
    top = min(0.42 * rate, 9500)
    upper = sosfilt(butter(2, [top * 0.45, top], "band", fs=RATE, output="sos"), voice)
    level = np.sqrt(np.mean(upper**2)) + 1e-9
    driven = np.abs(upper) * np.tanh(upper / (3 * level))
    return np.asarray(sosfilt(butter(4, [top * 0.9, 16000], "band", fs=RATE, output="sos"), driven))


def _breath(voice: Samples) -> Samples:
    """Noise that opens and closes with every swing of the vocal cords."""
    noise = np.random.default_rng(3).normal(0, 1, len(voice))
    noise = sosfilt(butter(2, [2200, 9000], "band", fs=RATE, output="sos"), noise)
    cords = sosfiltfilt(butter(2, 900, "low", fs=RATE, output="sos"), np.abs(voice))
    return np.asarray(noise * np.maximum(cords, 0))


def _drifting(voice: Samples, depth: float) -> Samples:
    """Played a little faster and slower, a few times a second; no word moves by 5 ms."""
    if not depth:
        return voice
    rng = np.random.default_rng(5)
    steps = max(4, len(voice) // GRID)
    slow, fast = gaussian_filter1d(rng.normal(0, 5.6, steps), 9), gaussian_filter1d(rng.normal(0, 0.9, steps), 2.5)
    moved = np.cumsum(slow + fast) * depth * GRID
    moved -= gaussian_filter1d(moved, 25, mode="nearest")
    shift = np.interp(np.arange(len(voice)), np.linspace(0, len(voice), steps), moved)
    position = np.arange(len(voice)) + shift
    return np.asarray(map_coordinates(voice, [position], order=3, mode="nearest"))


def _loudness(voice: Samples, seconds: float) -> Samples:
    """Smoothed level, linear."""
    width = max(1, round(2.5 * seconds * RATE))
    smooth = uniform_filter1d(uniform_filter1d(voice**2, width), width)
    return np.asarray(np.sqrt(np.maximum(smooth, 1e-12)))


def _even(voice: Samples) -> Samples:
    """Gentle compression, 2.2 to 1 above the usual level, looking ahead."""
    level = 20 * np.log10(_loudness(voice, 0.02))
    spoken = level[level > level.max() - 35]
    threshold = np.percentile(spoken, 45)
    over = np.maximum(0.0, level - threshold)
    return np.asarray(voice * 10 ** (-over * (1 - 1 / 2.2) / 20))


def _deessed(voice: Samples) -> Samples:
    """Hisses are held to a fixed distance below the voice."""
    sibilant = sosfiltfilt(butter(2, [4800, 11000], "band", fs=RATE, output="sos"), voice)
    hiss = 20 * np.log10(_loudness(sibilant, 0.006))
    usual = 20 * np.log10(np.sqrt(np.mean(voice**2)) + 1e-9)
    over = np.clip(hiss - (usual - 9), 0, 12)
    return np.asarray(voice - sibilant * (1 - 10 ** (-0.7 * over / 20)))


def _room(voice: Samples) -> Samples:
    """A small treated room: eight early reflections and a tenth of a second of soft tail."""
    rng = np.random.default_rng(7)
    length = int(0.16 * RATE)
    t = np.arange(length) / RATE
    response = rng.normal(0, 1, length) * np.exp(-t / 0.028) * np.minimum(1, t / 0.012) * 0.06
    for delay, gain in zip(rng.uniform(0.004, 0.03, 8), np.linspace(0.8, 0.25, 8), strict=True):
        response[int(delay * RATE)] += gain * rng.choice((-1, 1))
    response = sosfilt(butter(1, [250, 5000], "band", fs=RATE, output="sos"), response)
    return np.asarray(fftconvolve(voice, response)[: len(voice)])


def _edges_faded(voice: Samples) -> Samples:
    voice = voice.copy()
    rise, fall = int(0.004 * RATE), min(len(voice) // 2, int(0.05 * RATE))
    voice[:rise] *= np.linspace(0, 1, rise)[: len(voice)]
    voice[len(voice) - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    return voice


def _levelled(voice: Samples) -> Samples:
    """At the usual level; what passes the ceiling is turned down around the peak, never cut off."""
    level = _loudness(voice, 0.05)
    spoken = voice[level > level.max() * 10 ** (-30 / 20)]
    voice = voice * 10 ** (LEVEL_DB / 20) / (np.sqrt(np.mean(spoken**2)) + 1e-9)
    return _limited(voice, 10 ** (CEILING_DB / 20))


def _limited(voice: Samples, ceiling: float) -> Samples:
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(voice), 1e-9))
    width = int(0.004 * RATE)
    return np.asarray(voice * uniform_filter1d(minimum_filter1d(needed, 2 * width + 1), width))
