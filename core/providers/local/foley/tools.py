"""What effects are made of: sculpted noise, struck things, grains, space. Stereo `(2, n)` at 48 kHz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, istft, sosfilt, stft

RATE = 48_000
Floats = NDArray[np.float64]
Rng = np.random.Generator

FRAME, HOP = 2048, 512
"""Samples of a look at the spectrum, and between two."""


def times(seconds: float) -> Floats:
    """The time of every sample."""
    return np.arange(round(seconds * RATE)) / RATE


def sculpted(rng: Rng, seconds: float, gain: Callable[[Floats, Floats], Floats], *, width: float = 0.7) -> Floats:
    """Noise whose spectrum moves: `gain(t, hertz)` is the level at each time `(1, m)` and pitch `(k, 1)`.

    `width`: how different left and right are, 0 to 1.
    """
    length = round(seconds * RATE)
    middle, side = rng.normal(0, 1, (2, length + FRAME))
    shared, own = np.sqrt(1 - width / 2) * middle, np.sqrt(width / 2) * side  # never opposed: mono keeps it
    sides = np.stack([shared + own, shared - own])
    hertz, t, bins = stft(sides, RATE, nperseg=FRAME, noverlap=FRAME - HOP)
    _, out = istft(bins * gain(t[None, :], hertz[:, None]), RATE, nperseg=FRAME, noverlap=FRAME - HOP)
    return np.asarray(out[:, :length])


def bump(hertz: Floats, centre: Floats | float, octaves: Floats | float) -> Floats:
    """A soft band around a pitch, 1 in its middle."""
    return np.asarray(np.exp(-0.5 * (np.log2(np.maximum(hertz, 20) / centre) / octaves) ** 2))


def slope(hertz: Floats, decibels: float) -> Floats:
    """A spectrum that falls by so many decibels an octave above 100 Hz."""
    return np.asarray((np.maximum(hertz, 100) / 100) ** (-decibels / 6.02))


def wandering(rng: Rng, t: Floats, *, every: float, low: float, high: float) -> Floats:
    """A level that moves between two values, about once in `every` seconds, smoothly; like `t`."""
    flat = t.ravel()
    last = float(flat[-1]) if len(flat) else 0.0
    knots = np.arange(-every, last + 2 * every, every)
    values = rng.uniform(0, 1, len(knots))
    place = (flat - knots[0]) / every
    index = np.clip(place.astype(int), 0, len(knots) - 2)
    part = place - index
    turn = part * part * (3 - 2 * part)
    return np.asarray(low + (high - low) * (values[index] * (1 - turn) + values[index + 1] * turn)).reshape(t.shape)


def struck(partials: list[tuple[float, float, float]], seconds: float, *, attack: float = 0.001) -> Floats:
    """A thing that was hit, mono: each partial is hertz, level, and seconds until it has fallen by 60 dB."""
    t = times(seconds)
    out = np.zeros(len(t))
    for hertz, level, fall in partials:
        out += level * np.sin(2 * np.pi * hertz * t) * 10 ** (-3 * t / fall)
    return np.asarray(out * np.minimum(1, t / attack))


def swept(t: Floats, hertz: Floats) -> Floats:
    """A tone whose pitch moves, mono."""
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hertz) / RATE)) if len(t) else t


def band(sound: Floats, low: float | None, high: float | None, order: int = 2) -> Floats:
    """Only what lies between two pitches."""
    if low and high:
        filters = butter(order, [low, min(high, 23_000)], "band", fs=RATE, output="sos")
    else:
        filters = butter(order, low or high, "high" if low else "low", fs=RATE, output="sos")
    return np.asarray(sosfilt(filters, sound, axis=-1))


def panned(mono: Floats, place: float) -> Floats:
    """On two sides, from -1 (left) to 1."""
    angle = (place + 1) * np.pi / 4
    return np.stack([mono * np.cos(angle), mono * np.sin(angle)])


def scattered(rng: Rng, length: int, grains: list[Floats], moments: Floats, levels: Floats) -> Floats:
    """Grains at their moments in seconds, each of its own kind, level and place."""
    out = np.zeros((2, length))
    for moment, level in zip(moments, levels, strict=True):
        grain = grains[int(rng.integers(len(grains)))]
        first = round(moment * RATE)
        part = grain[: max(0, length - first)]
        angle = rng.uniform(0.15, 1.42)
        out[0, first : first + len(part)] += level * np.cos(angle) * part
        out[1, first : first + len(part)] += level * np.sin(angle) * part
    return out


def at_random(rng: Rng, seconds: float, each_second: float) -> Floats:
    """Moments without a rhythm."""
    return np.sort(rng.uniform(0, seconds, rng.poisson(each_second * seconds)))


def in_room(rng: Rng, sound: Floats, *, seconds: float, share: float, dark: float = 6000.0) -> Floats:
    """With the room around it: `seconds` until its tail has fallen by 60 dB, which is kept at the end."""
    t = times(seconds)
    tail = rng.normal(0, 1, (2, len(t))) * 10 ** (-3 * t / seconds) * np.minimum(1, t / 0.008)
    tail = band(tail, 150, dark, 1)
    tail /= np.sqrt((tail**2).sum(axis=1, keepdims=True))
    padded = np.pad(sound, ((0, 0), (0, len(t))))
    wet = np.stack([fftconvolve(padded[i], tail[i])[: padded.shape[1]] for i in range(2)])
    return np.asarray((1 - share) * padded + share * wet)


def shape(t: Floats, points: list[tuple[float, float]]) -> Floats:
    """A level that goes through points of seconds and height, smoothly."""
    x, y = zip(*points, strict=True)
    index = np.clip(np.searchsorted(x, t, "right") - 1, 0, len(x) - 2)
    left, right = np.asarray(x)[index], np.asarray(x)[index + 1]
    part = np.clip((t - left) / np.maximum(right - left, 1e-9), 0, 1)
    turn = part * part * (3 - 2 * part)
    heights = np.asarray(y)
    return np.asarray(heights[index] * (1 - turn) + heights[index + 1] * turn)
