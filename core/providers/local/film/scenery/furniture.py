"""Furniture of the city: what stands on a roof, the panes of a window, a plant on its sill."""

from __future__ import annotations

import numpy as np

from core.providers.local.film.layers import Geo
from core.providers.local.film.paint import Float, polygon_mask
from core.providers.local.film.scenery.buildings import box
from core.providers.local.film.scenery.light import short


def roof_things(geo: Geo, rng: np.random.Generator, foot: float) -> list[Float]:
    """A water tower, vents and an aerial, at the sides."""
    unit = 0.13 * short(geo)
    left = rng.random() < 0.5
    x = float(geo.X(0.10 if left else 0.90))
    other = float(geo.X(0.88 if left else 0.12))
    tank = [box(x - 0.5 * unit, foot - 1.75 * unit, x + 0.5 * unit, foot - 0.75 * unit)]
    tank.append(
        np.array(
            [[x - 0.58 * unit, foot - 1.72 * unit], [x, foot - 2.2 * unit], [x + 0.58 * unit, foot - 1.72 * unit]],
            np.float32,
        )
    )
    tank += [
        box(x + s * 0.42 * unit - 0.04 * unit, foot - 0.8 * unit, x + s * 0.42 * unit + 0.04 * unit, foot)
        for s in (-1, 1)
    ]
    tank.append(
        np.array(
            [
                [x - 0.44 * unit, foot - 0.05 * unit],
                [x - 0.38 * unit, foot],
                [x + 0.44 * unit, foot - 0.7 * unit],
                [x + 0.38 * unit, foot - 0.75 * unit],
            ],
            np.float32,
        )
    )
    vents = [
        box(other - 0.6 * unit, foot - 0.55 * unit, other + 0.5 * unit, foot),
        box(other - 0.5 * unit, foot - 0.66 * unit, other + 0.1 * unit, foot - 0.5 * unit),
    ]
    mast = other + 0.3 * unit
    aerial = [box(mast - 0.025 * unit, foot - 2.1 * unit, mast + 0.025 * unit, foot)]
    aerial += [
        box(mast - s * unit, foot - y * unit, mast + s * unit, foot - (y - 0.04) * unit)
        for s, y in ((0.32, 1.95), (0.22, 1.75), (0.14, 1.55))
    ]
    return tank + vents + aerial


def panes(geo: Geo, rng: np.random.Generator) -> Float:
    """The frame of a tall window with its bars and sill."""
    bar, edge = 0.012 * short(geo), 0.07 * short(geo)
    left, right, foot = float(geo.X(0)) + edge * 0.7, float(geo.X(1)) - edge * 0.7, float(geo.Y(0.90))
    boxes = [box(0, 0, left, geo.h), box(right, 0, geo.w, geo.h), box(0, foot, geo.w, geo.h)]
    boxes.append(box(left - 0.3 * edge, foot, right + 0.3 * edge, foot + 0.3 * edge))
    # The title stands before one large pane: above the crossbar, in wide frames to the left of the upright.
    wide = geo.aspect > 1.2
    cross = float(geo.Y(0.52 if wide else 0.42))
    share = 0.71 if wide else float(rng.choice([0.34, 0.5, 0.66]))
    upright = left + (right - left) * share
    boxes.append(box(upright - bar, 0 if wide else cross, upright + bar, foot))
    boxes.append(box(upright if wide else left, cross - 0.7 * bar, right, cross + 0.7 * bar))
    return polygon_mask(geo.h, geo.w, boxes)


def plant(geo: Geo, rng: np.random.Generator) -> list[Float]:
    """A pot with long leaves on the sill."""
    unit, foot = 0.11 * short(geo), float(geo.Y(0.905))
    x = float(geo.X(rng.choice([0.2, 0.8])))
    polygons = [
        np.array(
            [
                [x - 0.5 * unit, foot - 0.9 * unit],
                [x + 0.5 * unit, foot - 0.9 * unit],
                [x + 0.36 * unit, foot],
                [x - 0.36 * unit, foot],
            ],
            np.float32,
        )
    ]
    for _ in range(11):
        angle, length = float(rng.normal(0, 0.55)), unit * float(rng.uniform(1.2, 2.4))
        along = np.linspace(0, 1, 14)
        cx = x + np.sin(angle) * length * along**1.4
        cy = foot - 0.85 * unit - np.cos(angle) * length * along + 0.35 * length * along**2.4 * abs(np.sin(angle))
        half = 0.10 * unit * np.sin(np.pi * np.clip(along * 0.94 + 0.06, 0, 1)) ** 0.8
        nx, ny = np.cos(angle), np.sin(angle)
        leaf = np.concatenate(
            [np.stack([cx + nx * half, cy + ny * half], 1), np.stack([cx - nx * half, cy - ny * half], 1)[::-1]]
        )
        polygons.append(leaf.astype(np.float32))
    return polygons
