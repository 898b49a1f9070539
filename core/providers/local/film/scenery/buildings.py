"""Buildings: ranks of houses as masks with lit windows, and the windows of a single front."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.providers.local.film.layers import Geo
from core.providers.local.film.paint import Float, polygon_mask, smoothstep


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rank of houses to be built; heights and widths in frame units."""

    foot: float
    """Level they stand on."""
    low: float
    high: float
    width: float
    """Of a house, as a share of the shorter side."""
    lit: float
    """Share of lit windows."""
    valley: float = 0.0
    """How much lower the middle of the rank is than its ends, 0..1."""


@dataclass(slots=True)
class Rank:
    """A rank of houses: masks as large as a layer, places in frame units."""

    mask: Float
    windows: Float
    """Light of each pixel of a window, 0..1."""
    hue: Float
    """0..1, the same all over a window: picks its colour."""
    lamps: list[tuple[float, float]] = field(default_factory=list)
    """Windows that somebody switches on and off."""
    masts: list[tuple[float, float]] = field(default_factory=list)
    """Tips of masts, where aircraft warning lights are."""


def row(geo: Geo, rng: np.random.Generator, block: Block) -> Rank:
    """Houses side by side across the whole layer."""
    rank = Rank(
        mask=np.zeros((0, 0), np.float32),
        windows=np.zeros((geo.h, geo.w), np.float32),
        hue=np.zeros((geo.h, geo.w), np.float32),
    )
    polygons: list[Float] = []
    unit = block.width * min(geo.W, geo.H)
    x = -10.0
    while x < geo.w + 10:
        width = unit * (0.6 + 0.9 * float(rng.random()))
        across = abs((x + width / 2) / geo.w - 0.5)
        height = (block.low + (block.high - block.low) * float(rng.random()) ** 1.6) * geo.H
        height *= 1 - block.valley * (1 - float(smoothstep(0.06, 0.40, across)))
        top = float(geo.Y(block.foot)) - height
        polygons += _house(geo, rng, rank, x, top, width, height)
        _light(geo, rng, rank, block, (x, top, width, float(geo.Y(block.foot))))
        x += width * (1.0 if rng.random() < 0.8 else 1.15)
    polygons.append(box(0, float(geo.Y(block.foot)) - 0.012 * geo.H, geo.w, geo.Y(block.foot) + 0.12 * geo.H))
    rank.mask = polygon_mask(geo.h, geo.w, polygons)
    rank.windows *= rank.mask
    return rank


def box(x0: float, y0: float, x1: float, y1: float) -> Float:
    """An upright rectangle, in pixels."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _house(
    geo: Geo, rng: np.random.Generator, rank: Rank, x: float, top: float, width: float, height: float
) -> list[Float]:
    """The outline of one house, with one of several roofs."""
    body = [box(x, top, x + width, float(geo.h))]
    style = int(rng.integers(8))
    rise = min(height * 0.10, width * 0.7)
    if style == 0:
        body += [
            box(x + width * 0.18, top - rise, x + width * 0.82, top + 2),
            box(x + width * 0.34, top - 1.9 * rise, x + width * 0.66, top),
        ]
    elif style == 1:
        body.append(np.array([[x, top + 1], [x + width, top + 1], [x + width, top - width * 0.38]], np.float32))
    elif style == 2:
        turn = np.linspace(np.pi, 2 * np.pi, 20)
        body.append(
            np.stack([x + width / 2 + width * 0.42 * np.cos(turn), top + 1 + rise * np.sin(turn)], 1).astype(np.float32)
        )
    elif style == 3:
        body.append(
            np.array(
                [[x + width * 0.1, top + 1], [x + width * 0.9, top + 1], [x + width * 0.5, top - 1.6 * rise]],
                np.float32,
            )
        )
    elif style == 4:
        body += [
            box(x + width * 0.12, top - 0.4 * rise, x + width * 0.42, top + 1),
            box(x + width * 0.6, top - 0.6 * rise, x + width * 0.74, top + 1),
        ]
    if style in {0, 3, 5} and rng.random() < 0.7:
        crown = {0: 1.9, 3: 1.5, 5: 0.0}[style] * rise
        tip = top - crown - height * float(rng.uniform(0.08, 0.22))
        half = max(0.6 * geo.S, width * 0.012)
        middle = x + width * 0.5
        body.append(
            np.array(
                [
                    [middle - half * 2, top],
                    [middle - half * 0.5, tip],
                    [middle + half * 0.5, tip],
                    [middle + half * 2, top],
                ],
                np.float32,
            )
        )
        rank.masts.append(((middle - geo.mx) / geo.W, (tip - geo.my) / geo.H))
    return body


def _light(
    geo: Geo, rng: np.random.Generator, rank: Rank, block: Block, house: tuple[float, float, float, float]
) -> None:
    """Paint the windows of one house (x, top, width, foot in pixels) into the rank."""
    x, top, width, foot = house
    cell_w = max(3.2 * geo.S, width / (6 + int(rng.integers(0, 5))), 3.0)
    cell_h = max(cell_w * (1.25 + 0.5 * float(rng.random())), 3.5)
    columns, floors = int((width - 0.8 * cell_w) / cell_w), int((foot - top - cell_h) / cell_h)
    if columns < 1 or floors < 1:
        return
    chance = block.lit * (0.5 + float(rng.random()))
    lit = (rng.random((floors, columns)) < chance) | (rng.random((floors, 1)) < 0.06 * (block.lit > 0.1))
    light = np.where(lit, 0.35 + 0.65 * rng.random((floors, columns)) ** 1.5, 0.0)
    hue = rng.random((floors, columns))
    share_w, share_h = ((0.55, 0.5), (0.8, 0.5), (0.6, 0.66))[int(rng.integers(3))]
    x0, y0 = x + (width - columns * cell_w) / 2, top + 0.8 * cell_h
    for floor, column in zip(*np.nonzero(lit), strict=True):
        left, high = x0 + (column + 0.5 - share_w / 2) * cell_w, y0 + floor * cell_h
        a, b = max(0, round(left)), max(0, round(left + share_w * cell_w))
        c, d = max(0, round(high)), max(0, round(high + share_h * cell_h))
        rank.windows[c : max(d, c + 1), a : max(b, a + 1)] = light[floor, column]
        rank.hue[c : max(d, c + 1), a : max(b, a + 1)] = hue[floor, column]
        if hue[floor, column] < 0.012:
            rank.lamps.append(
                ((left + share_w * cell_w / 2 - geo.mx) / geo.W, (high + share_h * cell_h / 2 - geo.my) / geo.H)
            )


def facade(
    size: tuple[int, int], rng: np.random.Generator, *, lit: float, columns: int, floors: int
) -> tuple[Float, Float]:
    """Windows of one front, flat, of size (width, height) pixels: their light and their hue, 0..1."""
    width, height = size
    windows, hue = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    cell_w, cell_h = width / columns, height / floors
    for floor in range(floors):
        ground = floor == floors - 1
        for column in range(columns):
            if rng.random() > (0.75 if ground and lit > 0.1 else lit):
                continue
            a, b = round((column + 0.16) * cell_w), round((column + 0.84) * cell_w)
            c, d = round((floor + 0.18) * cell_h), round((floor + (0.85 if ground else 0.72)) * cell_h)
            windows[c:d, a:b] = 0.35 + 0.65 * float(rng.random()) ** 1.4
            hue[c:d, a:b] = float(rng.random())
    return windows, hue
