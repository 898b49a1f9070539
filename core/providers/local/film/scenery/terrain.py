"""Terrain: crest lines, the masks below them, conifers and bare trunks."""

from __future__ import annotations

import numpy as np

from core.providers.local.film.layers import Geo
from core.providers.local.film.paint import Float
from core.providers.local.film.scenery.light import short


def crest(
    w: int, rng: np.random.Generator, base: float, height: float, rough: float = 0.55, peaks: float = 2.2
) -> Float:
    """The line of a mountain range, one y in pixels per column: between `base` and `height` pixels above it."""
    x, y, frequency, weight = np.linspace(0, 1, w), np.zeros(w), peaks, 1.0
    for octave in range(8):
        knots = rng.random(int(np.ceil(frequency)) + 3)
        at = x * frequency + rng.random()
        cell = at.astype(int) % (len(knots) - 1)
        part = at - at.astype(int)
        part = part * part * (3 - 2 * part)
        value = knots[cell] * (1 - part) + knots[cell + 1] * part
        y += weight * (1 - np.abs(2 * value - 1) ** 0.9 if octave < 3 else value - 0.5)
        weight, frequency = weight * rough, frequency * 2.05
    y = (y - y.min()) / (np.ptp(y) + 1e-6)
    return np.asarray(base - height * y, np.float32)


def below(geo: Geo, line: Float, foot: float) -> Float:
    """The mask between a line of y per column and a level `foot` (pixels)."""
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    shape = np.clip(rows - line[None, :] + 0.5, 0, 1) * np.clip(foot - rows + 0.5, 0, 1)
    return np.asarray(shape, np.float32)


def pine(x: float, y: float, height: float, rng: np.random.Generator) -> list[Float]:
    """The polygons of a conifer standing at (x, y)."""
    tiers = int(5 + height / 22)
    foot = height * 0.30 * (0.85 + 0.3 * rng.random())
    polygons = []
    for k in range(tiers):
        top = y - height * (1 - k / tiers * 0.80) - height * 0.04
        low = top + height * 0.86 / tiers * 1.9
        wide = foot * (0.12 + 0.88 * (k + 1) / tiers)
        a, b = rng.normal(0, 0.06, 2) * wide
        up, dip = 0.35 * height / tiers, 0.12 * height / tiers
        polygons.append(np.array([
            [x, top], [x + wide * 0.32 + a, low - up], [x + wide * 0.5 + a, low], [x + wide * 0.15, low - dip],
            [x - wide * 0.15, low - dip], [x - wide * 0.5 + b, low], [x - wide * 0.32 + b, low - up],
        ], np.float32))  # fmt: skip
    trunk = [
        [x - height * 0.018, y - height * 0.12],
        [x + height * 0.018, y - height * 0.12],
        [x + height * 0.02, y + 4],
        [x - height * 0.02, y + 4],
    ]
    polygons.append(np.array(trunk, np.float32))
    return polygons


def trunk(geo: Geo, x: float, rng: np.random.Generator) -> list[Float]:
    """A bare trunk through the whole height, with a few broken branches."""
    half, lean = 0.045 * short(geo) * (0.8 + 0.4 * rng.random()), float(rng.normal(0, 0.03)) * short(geo)
    heights = np.linspace(-10, geo.h + 10, 16)
    sway = np.cumsum(rng.normal(0, 0.004, 16)) * short(geo) + np.linspace(lean, 0, 16)
    width = half * np.linspace(0.75, 1.25, 16)
    polygons = [
        np.concatenate([np.stack([x + sway - width, heights], 1), np.stack([x + sway + width, heights], 1)[::-1]])
    ]
    for _ in range(4):
        y, way = float(rng.uniform(0.05, 0.6)) * geo.h, float(rng.choice([-1, 1]))
        reach = half * float(rng.uniform(2, 4.5))
        polygons.append(np.array([[x, y], [x + way * reach, y - reach * 0.55], [x, y + half * 0.5]]))
    return [p.astype(np.float32) for p in polygons]


def trees(
    geo: Geo, rng: np.random.Generator, line: Float, size: float, spacing: float, *, clear: float = 0.0
) -> list[Float]:
    """Conifers along a line; `size` in pixels at 720, `clear` keeps that share of the middle free."""
    polygons: list[Float] = []
    x = -20.0 * geo.S
    while x < geo.w + 20 * geo.S:
        height = size * geo.S * (0.55 + 0.9 * rng.random())
        if abs(x - geo.w / 2) > clear * geo.W / 2:
            ground = float(line[int(np.clip(x, 0, geo.w - 1))])
            polygons += pine(x, ground + height * 0.08, height, rng)
        x += height * spacing * (0.5 + 1.2 * rng.random())
    return polygons
