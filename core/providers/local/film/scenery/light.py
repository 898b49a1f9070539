"""Light on painted shapes: haze towards the foot, light from the sun, bright edges, the tooth of paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import cv2
import numpy as np

from core.providers.local.film.by_rows import Rows, by_rows
from core.providers.local.film.layers import Geo
from core.providers.local.film.paint import Float, blur, fbm, mix, rim_light
from core.providers.local.film.setting import Setting


class Spot(NamedTuple):
    """A point in frame units: 0..1 across and down."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """How a shape is painted: colours as RGB 0..1, strengths 0..1."""

    top: Float
    foot: Float
    rim: Float
    edge: float = 2.0
    """Width of the bright edge in pixels at a short side of 720."""
    shine: float = 0.4
    """Strength of the bright edge."""
    lit: float = 0.3
    """Strength of the broad light on the side of the sun."""
    grain: float = 0.1


def choose(options: Sequence[str], setting: Setting) -> str:
    """The composition that `detail` names; otherwise `variant` counts through them."""
    return setting.detail if setting.detail in options else options[setting.variant % len(options)]


def short(geo: Geo) -> float:
    """The shorter side of the frame, in layer pixels."""
    return float(min(geo.W, geo.H))


def flat(geo: Geo, colour: Float) -> Float:
    """One colour over the whole layer."""
    return np.broadcast_to(np.asarray(colour, np.float32), (geo.h, geo.w, 3))


SPARE = 1.3
"""Texture is painted this much larger than a layer, so that every shape can take its own piece of it."""


def noise(geo: Geo, rng: np.random.Generator, base: float = 13, octaves: int = 5, stretch: float = 1.6) -> Float:
    """Cloudy texture -0.5..0.5, larger than a layer by SPARE, computed at half size; `piece` cuts from it."""
    h, w = round(geo.h * SPARE), round(geo.w * SPARE)
    half = fbm(max(2, h // 2), max(2, w // 2), rng, base=base, octaves=octaves, stretch=stretch)
    return np.asarray(cv2.resize(half, (w, h), interpolation=cv2.INTER_LINEAR), np.float32) - np.float32(0.5)


def piece(geo: Geo, texture: Float, rng: np.random.Generator) -> Float:
    """A piece of the texture as large as a layer, so that two shapes do not share their grain."""
    y = int(rng.integers(texture.shape[0] - geo.h + 1))
    x = int(rng.integers(texture.shape[1] - geo.w + 1))
    cut = texture[y : y + geo.h, x : x + geo.w]
    return cut[:, ::-1] if rng.random() < 0.5 else cut


def shade(geo: Geo, mask: Float, coat: Coat, sun: Spot, texture: Float, span: tuple[float, float]) -> Float:
    """The mask painted: `coat.top` to `coat.foot` over the rows of `span`, lit from the sun; h x w x 3 by rows.

    It is 0 above and below the mask.
    """
    inside = np.flatnonzero(mask.max(axis=1) > 0.004)
    shape = (*mask.shape, 3)
    if not len(inside):
        return by_rows(np.broadcast_to(np.float32(0), shape))
    first, last = int(inside[0]), int(inside[-1]) + 1
    part = np.ascontiguousarray(mask[first:last])
    fall = np.clip((np.arange(first, last, dtype=np.float32) - span[0]) / max(span[1] - span[0], 1), 0, 1)[:, None]
    near_sun = np.exp(-(((np.arange(geo.w, dtype=np.float32) - float(geo.X(sun.x))) / (0.42 * geo.W)) ** 2))[None, :]
    body = mix(coat.top, coat.foot, (fall**1.15)[..., None])
    side = float(geo.X(sun.x)) / geo.w * 1.2 - 0.6
    sharp = rim_light(part, side, -1.0, coat.edge * geo.S, geo.S)
    broad = rim_light(part, side, -1.0, 7 * coat.edge * geo.S, 5 * geo.S)
    down = 0.55 * coat.lit * near_sun, (1 - fall) ** 2.2

    def some(rows: slice) -> Float:
        picture = np.zeros((rows.stop - rows.start, *shape[1:]), np.float32)
        start, stop = max(rows.start, first), min(rows.stop, last)
        if start >= stop:
            return picture
        here, own = slice(start - rows.start, stop - rows.start), slice(start - first, stop - first)
        picture[here] = body[own] * (1 + 1.8 * coat.grain * texture[start:stop])[..., None]
        edges = sharp[own] * coat.shine + broad[own] * 0.10
        light = edges * (0.15 + 0.85 * near_sun) + down[0] * down[1][own]
        picture[here] += light[..., None].astype(np.float32) * np.asarray(coat.rim, np.float32)
        return picture

    return cast("Float", Rows(shape, some))


def soft_disc(away: Float, radius: float) -> Float:
    """A disc's mask from the distances to its centre, one soft pixel at the edge."""
    return np.asarray(np.clip((radius - away) / 1.5 + 0.5, 0, 1), np.float32)


def thin_rings(geo: Geo, away: Float, radii: Sequence[float]) -> Float:
    """Hairline circles, each fainter than the one before."""
    rings = np.zeros(away.shape, np.float32)
    for index, radius in enumerate(radii):
        rings += np.clip(1.1 * geo.S - np.abs(away - radius), 0, 1) * max(0.2, 1 - 0.2 * index)
    return rings


def ball(
    geo: Geo, centre: Spot, radius: float, colours: tuple[Float, Float, Float], rng: np.random.Generator
) -> tuple[Float, Float]:
    """A grainy shaded sphere (dark, body, light): its picture h x w x 3 and its mask."""
    dx = ((np.arange(geo.w, dtype=np.float32) - float(geo.X(centre.x))) / radius)[None, :]
    dy = ((np.arange(geo.h, dtype=np.float32) - float(geo.Y(centre.y))) / radius)[:, None]
    away = np.hypot(dx, dy)
    mask = soft_disc(away * radius, radius)
    light = np.clip(1 - np.hypot(dx + 0.42, dy + 0.48) / 1.75, 0, 1)
    light = light + rng.normal(0, 0.06, light.shape).astype(np.float32)
    dark, body, bright = colours
    stops = [dark, mix(dark, body, 0.6), body, bright, bright]

    def some(rows: slice) -> Float:
        part = [np.interp(light[rows], [0, 0.28, 0.55, 0.84, 1], [c[k] for c in stops]) for k in range(3)]
        return np.stack(part, -1)

    picture = Rows((*light.shape, 3), some)
    bounce = (np.clip((by_rows(away) - 0.8) / 0.2, 0, 1) * np.clip(0.3 + dx * 0.5 + dy * 0.6, 0, 1) * 0.45)[..., None]
    return mix(picture, mix(body, bright, 0.35), bounce), mask


def cast_shadow(mask: Float, dx: float, dy: float, softness: float) -> Float:
    """The mask moved and blurred, as a shadow falls on what lies behind; all in pixels."""
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(mask, move, mask.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return blur(np.asarray(moved, np.float32), softness)
