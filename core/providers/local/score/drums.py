"""The drum kit and the small effects at cuts and accents; samples at 48 kHz."""

from __future__ import annotations

import numpy as np

from core.providers.local.score.instruments import RATE, Sound, above, band, below, samples


def kick() -> Sound:
    """A soft, round bass drum."""
    t = np.arange(samples(0.4)) / RATE
    pitch = 47 + 90 * np.exp(-t * 36)
    body = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.exp(-t * 9)
    click = above(2500, np.random.default_rng(0).normal(0, 1, len(t))) * np.exp(-t * 220)
    return _closed(body + 0.06 * click)


def clap(variant: int) -> Sound:
    """A snare and a clap in one, dry."""
    t = np.arange(samples(0.26)) / RATE
    noise = band(900, 6500, np.random.default_rng(100 + variant).normal(0, 1, len(t)))
    hands = sum((t >= late) * np.exp(-np.maximum(t - late, 0) * 95) for late in (0, 0.011, 0.023))
    drum = np.sin(2 * np.pi * 188 * t) * np.exp(-t * 28)
    return _closed(0.4 * noise * (0.5 * np.asarray(hands) + 0.5 * np.exp(-t * 22)) + 0.2 * drum)


def rim(variant: int) -> Sound:
    """A stick on the rim: the quiet back-beat."""
    t = np.arange(samples(0.09)) / RATE
    tone = np.sin(2 * np.pi * 1680 * t) * 0.4 + np.sin(2 * np.pi * 820 * t) * 0.6
    noise = band(2000, 7000, np.random.default_rng(200 + variant).normal(0, 1, len(t)))
    return _closed((tone + 0.25 * noise) * np.exp(-t * 70) * 0.5)


def hat(variant: int, *, is_open: bool = False) -> Sound:
    """A closed or open hi-hat."""
    t = np.arange(samples(0.24 if is_open else 0.07)) / RATE
    noise = above(7500, np.random.default_rng(300 + variant).normal(0, 1, len(t)), 3)
    return _closed(noise * np.exp(-t * (15 if is_open else 70)) * 0.28)


def shaker(variant: int) -> Sound:
    """One stroke of a shaker."""
    t = np.arange(samples(0.11)) / RATE
    noise = band(4200, 9500, np.random.default_rng(400 + variant).normal(0, 1, len(t)))
    return np.asarray(noise * np.sin(np.pi * t / t[-1]) ** 2 * 0.3)


def whoosh(variant: int) -> tuple[Sound, float]:
    """Air that rises into a cut, stereo; and the second at which it is loudest."""
    length, peak = samples(0.7), 0.44
    t = np.arange(length) / RATE
    rise = np.clip(t / peak, 0, 1) ** 2.6
    shape = np.where(t < peak, rise, np.clip((0.7 - t) / (0.7 - peak), 0, 1) ** 1.8)
    noise = np.random.default_rng(500 + variant).normal(0, 1, (2, length))
    low, high = band(300, 1100, noise[0]), band(1200, 5200, noise[0])
    swept = low * (1 - shape) + high * shape * 0.8
    wide = band(900, 4200, noise[1]) * shape * 0.3
    across = t / 0.7
    return np.stack([swept * (1 - 0.5 * across) + wide, swept * (0.5 + 0.5 * across) - wide]) * shape, peak


def impact() -> Sound:
    """A low, soft hit."""
    t = np.arange(samples(1.7)) / RATE
    pitch = 38 + 48 * np.exp(-t * 15)
    boom = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * np.exp(-t * 3.2)
    air = below(1100, np.random.default_rng(600).normal(0, 1, len(t))) * np.exp(-t * 10)
    return _closed(boom + 0.5 * air)


def riser(seconds: float) -> Sound:
    """Noise that climbs for `seconds` and stops dead: what an accent answers."""
    t = np.linspace(0, 1, samples(seconds))
    noise = np.random.default_rng(700).normal(0, 1, len(t))
    climbing = band(600, 2200, noise) * (1 - t) + band(2500, 8500, noise) * t
    return _closed(climbing * t**2.8)


def _closed(sound: Sound) -> Sound:
    """The same with a last moment that fades, so that nothing clicks."""
    end = min(len(sound), samples(0.006))
    sound[-end:] *= np.linspace(1, 0, end)
    return sound
