"""`chart`: growth, share and progress as shapes that build up; there are no numbers that nobody gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from core.providers.local.film.by_rows import by_rows
from core.providers.local.film.layers import TITLE, Geo, Layer, Stack, landmark
from core.providers.local.film.paint import (
    Float,
    blur,
    gauss,
    mix,
    polygon_mask,
    rim_light,
    smoothstep,
    spline,
    vertical_gradient,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.drift import LightLeak, dust
from core.providers.local.film.scenery.growth import Head, Reveal, Rising
from core.providers.local.film.setting import Setting, hero
from core.providers.local.film.typography import text_mask

DARK_TONES = {"night", "tense", "tech", "warm"}
FALLING = (
    "lose",
    "loss",
    "losing",
    "less",
    "drop",
    "fall",
    "decline",
    "waste",
    "shrink",
    "fewer",
    "cut",
    "cuts",
    "down",
)
"""Words that turn the curve downwards."""


class Plot(NamedTuple):
    """Where a chart stands, in layer pixels, and what it is drawn with."""

    geo: Geo
    roles: Roles
    rng: np.random.Generator
    left: float
    top: float
    right: float
    bottom: float
    rising: bool
    dark: bool
    tile: str

    @property
    def middle(self) -> tuple[float, float]:
        """Centre in layer pixels."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def flat(self, colour: Float) -> Float:
        """One colour over the layer."""
        return np.broadcast_to(np.asarray(colour, np.float32), (self.geo.h, self.geo.w, 3))


def chart(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """Columns, a curve, rings or a field of dots; `setting.variant` goes through them."""
    place = hero(geo, setting)
    radius = place.radius * min(1.1, setting.scale)
    half_w, half_h = radius * (1.20 if geo.aspect < 1.2 else 1.06), radius * (0.98 if geo.aspect < 0.8 else 0.9)
    cx, cy = float(geo.X(place.x)), float(geo.Y(place.y))
    words = setting.text.lower().split()
    plot = Plot(
        geo, roles, rng, cx - half_w, cy - half_h, cx + half_w, cy + half_h,
        not any(w.strip(".,!?") in FALLING for w in words), setting.mood in DARK_TONES, setting.tile,
    )  # fmt: skip
    variants: tuple[Callable[[Plot], Stack], ...] = (_columns, _curve, _rings, _dots)
    body = variants[setting.variant % len(variants)](plot)
    extras: Stack = [dust(geo, rng, roles.glow, 20), LightLeak(rng, roles.accent, roles.glow, 0.18)]
    return [*_wall(plot), TITLE, *body, *extras]


def _wall(p: Plot) -> list[Layer]:
    """The ground, and a faint sheet of squared paper that fades out."""
    g, r = p.geo, p.roles
    if p.dark:
        stops = [(0, mix(r.ink, r.deep, 0.55)), (0.7, mix(r.ink, r.deep, 0.90)), (1, mix(r.ink, r.deep, 0.25))]
        light, lines = mix(r.deep, r.mid, 0.7) * np.float32(0.45), r.second
    else:
        stops = [(0, mix(r.deep, r.mid, 0.35)), (0.7, mix(r.deep, r.mid, 0.75)), (1, mix(r.ink, r.deep, 0.8))]
        light, lines = r.mid * np.float32(0.40), r.paper
    cx, cy = p.middle
    sheet = vertical_gradient(g.h, g.w, stops)
    sheet += gauss(g.h, g.w, cx + 0.3 * (p.right - cx), p.top, 0.42 * (p.right - p.left))[..., None] * light
    step = (p.right - p.left) / 10
    grid = np.zeros((g.h, g.w), np.uint8)
    for k in range(-30, 31):
        x, y = round((cx + (k + 0.5) * step) * 16), round((cy + (k + 0.5) * step) * 16)
        cv2.line(grid, (x, 0), (x, g.h * 16), (255,), 1, cv2.LINE_AA, 4)
        cv2.line(grid, (0, y), (g.w * 16, y), (255,), 1, cv2.LINE_AA, 4)
    fade = gauss(g.h, g.w, cx, cy, 0.55 * (p.right - p.left)) * np.float32(0.16 / 255)
    return [Layer(sheet, None, 0.03, p.rng), Layer(p.flat(lines), grid * fade, 0.10, p.rng)]


def _heights(p: Plot, count: int) -> Float:
    """Shares 0..1 that rise (or fall) with life in them."""
    steps = np.cumsum(np.abs(p.rng.normal(0.5, 0.45, count)) + 0.15)
    rise = (steps - steps[0]) / (steps[-1] - steps[0])
    wave = rise**1.2 + p.rng.normal(0, 0.02, count)
    shares = 0.20 + 0.80 * np.clip(wave, 0, 1)
    return np.asarray(shares if p.rising else shares[::-1], np.float32)


def _columns(p: Plot) -> Stack:
    """Columns with depth that rise one after another, a curve above them."""
    g, r = p.geo, p.roles
    count = int(p.rng.integers(5, 8))
    heights = _heights(p, count)
    floor = p.bottom - 0.06 * (p.bottom - p.top)
    pitch = (p.right - p.left) / count
    width, tall = pitch * 0.56, (floor - p.top) * 0.80
    lean = np.array([pitch * 0.20, -pitch * 0.13])
    y = np.arange(g.h, dtype=np.float32)[:, None]
    ground = (
        np.clip((y - floor) / 1.5, 0, 1)
        * np.clip(1 - (y - floor) / (0.55 * tall), 0, 1)
        * np.ones((1, g.w), np.float32)
    )
    stack: Stack = [Layer(p.flat(mix(r.ink, r.deep, 0.5)), ground * 0.55, 0.45, p.rng)]
    tops = []
    best = int(np.argmax(heights))
    for k in range(count):
        left, top = p.left + pitch * (k + 0.16), floor - tall * float(heights[k])
        tone = mix(r.mid, r.accent, 0.25 + 0.5 * k / count) if k != best else mix(r.accent, r.glow, 0.35)
        picture, mask = _block(p, (left, top, left + width, floor), lean, tone)
        start = 0.12 + 0.10 * k
        stack.append(
            Rising(Layer(_mirrored(picture, floor), _mirrored(mask, floor) * ground * 0.34, 0.45, p.rng), start, 0.5)
        )
        stack.append(Rising(Layer(picture, mask, 0.45, p.rng, name="column"), start, 0.6))
        tops.append((left + width / 2 + lean[0] / 2, top + lean[1] / 2 - 0.11 * tall))
    ends = np.array(
        [[tops[0][0] - pitch * 0.9, tops[0][1] + 8 * g.S], *tops, [tops[-1][0] + pitch * 0.5, tops[-1][1] - 14 * g.S]]
    )
    return [*stack, *_line(p, spline(ends, 20, closed=False), 0.5, 1.4, 0.47), _mark(p, 0.2)]


def _mark(p: Plot, headroom: float = 0.0) -> Layer:
    """An unseen layer over the plot, but for its uppermost share: what framings go to."""
    mask = np.zeros((p.geo.h, p.geo.w), np.float32)
    x0, y0 = max(0, round(p.left)), max(0, round(p.top + headroom * (p.bottom - p.top)))
    mask[y0 : round(p.bottom), x0 : round(p.right)] = 1
    return landmark(p.geo, mask, p.rng, 0.45)


def _mirrored(picture: Float, floor: float) -> Float:
    """The picture upside down about the floor."""
    h, w = picture.shape[:2]
    flip = np.array([[1, 0, 0], [0, -1, 2 * floor]], np.float32)
    return np.asarray(cv2.warpAffine(picture, flip, (w, h)), np.float32)


def _block(p: Plot, box: tuple[float, float, float, float], lean: Float, tone: Float) -> tuple[Float, Float]:
    """A column seen slightly from above: front, side and lid."""
    g, r = p.geo, p.roles
    x0, y0, x1, y1 = box
    front = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    lid = np.array([front[0], front[1], front[1] + lean, front[0] + lean])
    side = np.array([front[1], front[1] + lean, [x1 + lean[0], y1], front[2]])
    down = np.clip((np.arange(g.h, dtype=np.float32) - y0) / max(y1 - y0, 1), 0, 1)[:, None, None]
    picture, mask = np.zeros((g.h, g.w, 3), np.float32), np.zeros((g.h, g.w), np.float32)
    low = mix(tone, r.ink, 0.62)
    for shape, high, deep in (
        (side, mix(tone, r.ink, 0.42), mix(tone, r.ink, 0.8)),
        (front, tone, low),
        (lid, mix(tone, r.paper, 0.45), mix(tone, r.paper, 0.3)),
    ):
        part = polygon_mask(g.h, g.w, [shape])
        picture = mix(picture, mix(high, deep, down**0.8), part[..., None])
        mask = np.maximum(mask, part)
    edge = rim_light(polygon_mask(g.h, g.w, [front]), -1, -0.6, 2 * g.S, 0.6 * g.S)
    return picture + edge[..., None] * r.glow * 0.5, mask


def _line(p: Plot, curve: Float, start: float, seconds: float, depth: float) -> Stack:
    """A glowing line drawn from left to right, with its head."""
    g, r = p.geo, p.roles
    sheet = np.zeros((g.h, g.w), np.uint8)
    cv2.polylines(sheet, [np.round(curve * 16).astype(np.int32)], False, (255,), max(2, round(5 * g.S)), cv2.LINE_AA, 4)
    core = np.asarray(sheet, np.float32) / np.float32(255)
    glow = blur(core, 5 * g.S)[..., None] * r.accent * 1.0 + blur(core, 18 * g.S)[..., None] * r.accent * 1.6
    light = core[..., None] * mix(r.glow, r.paper, 0.4) + glow
    span = float(curve[-1, 0] - curve[0, 0])
    order = np.clip((np.arange(g.w, dtype=np.float32) - curve[0, 0]) / span, 0, 1)[None, :] * np.ones(
        (g.h, 1), np.float32
    )
    body = Layer(np.clip(light, 0, 1), np.clip(light.max(axis=2), 0, 1), depth, p.rng, premultiplied=True)
    return [Reveal(body, order, start, seconds), Head(curve, depth, start, seconds, r)]


def _curve(p: Plot) -> Stack:
    """A curve over a lit area, an older one faint behind it."""
    g, r = p.geo, p.roles
    stack: Stack = []
    for faint in (True, False):
        heights = _heights(p, 9) * (0.60 if faint else 1.0)
        heights[1:-1] += p.rng.normal(0, 0.055, 7).astype(np.float32)
        x = np.linspace(p.left - 0.35 * (p.right - p.left), p.right - 0.03 * (p.right - p.left), 9)
        tall = (p.bottom - p.top) * 0.80
        curve = spline(np.stack([x, p.bottom - 0.08 * tall - tall * heights], -1), 24, closed=False)
        edge = np.interp(np.arange(g.w), curve[:, 0], curve[:, 1]).astype(np.float32)
        y = np.arange(g.h, dtype=np.float32)[:, None]
        end = smoothstep(
            float(curve[-1, 0]), float(curve[-1, 0]) - 0.16 * (p.right - p.left), np.arange(g.w, dtype=np.float32)
        )
        under = np.clip(y - edge[None, :], 0, 1) * end[None, :]
        fall = np.clip(1 - (y - edge[None, :]) / (p.bottom - p.top + 0.16 * g.H), 0, 1)
        tone = mix(r.second, r.mid, 0.4) if faint else mix(r.accent, r.glow, 0.15)
        bars = (
            0.75
            + 0.25 * smoothstep(0.42, 0.5, np.abs((np.arange(g.w) / (0.033 * (p.right - p.left))) % 1 - 0.5))[None, :]
        )
        area = Layer(p.flat(tone), under * fall**1.5 * bars * (0.34 if faint else 0.72), 0.30 if faint else 0.44, p.rng)
        order = np.clip((np.arange(g.w) - curve[0, 0]) / (curve[-1, 0] - curve[0, 0]), 0, 1)[None, :] * np.ones(
            (g.h, 1)
        )
        stack.append(Reveal(area, np.asarray(order, np.float32), 0.0 if faint else 0.1, 1.5, 0.06))
        if not faint:
            stack += _line(p, curve, 0.1, 1.5, 0.46)
    return [*stack, _mark(p, 0.2)]


def _rings(p: Plot) -> Stack:
    """Two or three rings that close; a given word or number stands in the middle."""
    g, r = p.geo, p.roles
    cx, cy = p.middle
    dx, dy = (
        np.arange(g.w, dtype=np.float32)[None, :] - np.float32(cx),
        np.arange(g.h, dtype=np.float32)[:, None] - np.float32(cy),
    )
    away = np.hypot(dx, dy)
    around = np.asarray((np.arctan2(dx, -dy) / (2 * np.pi)) % 1, np.float32)
    size = min(p.right - p.left, p.bottom - p.top) / 2
    stack: Stack = []
    tones = [mix(r.accent, r.glow, 0.25), mix(r.second, r.paper, 0.15), mix(r.glow, r.paper, 0.2)]
    count = 2 if p.tile else 3
    for k in range(count):
        radius, thick = size * (0.92 - 0.25 * k), size * 0.095
        band = np.clip(thick - np.abs(away - radius) + 0.5, 0, 1)
        track = mix(r.ink, r.deep, 0.6) if p.dark else mix(r.deep, r.mid, 0.35)
        stack.append(Layer(p.flat(track), band * 0.75, 0.34, p.rng))
        share = float(p.rng.uniform(0.62, 0.90)) * (0.86**k if p.rising else 0.6)
        picture, mask = _arc(p, (cx, cy), radius, thick, share, tones[k], band, around)
        shadow = blur(mask, 12 * g.S) * np.float32(0.5)
        stack.append(Reveal(Layer(p.flat(r.ink), shadow, 0.40, p.rng), around / share, 0.25 + 0.16 * k, 1.4))
        body = Layer(picture, mask, 0.44 + 0.03 * k, p.rng, subject=k == 0, name="ring")
        stack.append(Reveal(body, np.clip(around / share, 0, 1), 0.25 + 0.16 * k, 1.4))
    return [*stack, *_word(p, size * 0.80), _mark(p)]


def _arc(
    p: Plot,
    centre: tuple[float, float],
    radius: float,
    thick: float,
    share: float,
    tone: Float,
    band: Float,
    around: Float,
) -> tuple[Float, Float]:
    """The filled part of a ring, with round ends and light along its inner edge."""
    g, r = p.geo, p.roles
    mask = band * np.clip((share - around) * 2 * np.pi * radius, 0, 1)
    caps = np.zeros((g.h, g.w), np.uint8)
    angle = share * 2 * np.pi
    end = (centre[0] + np.sin(angle) * radius, centre[1] - np.cos(angle) * radius)
    cv2.circle(caps, (round(end[0] * 16), round(end[1] * 16)), round(thick * 16), (255,), -1, cv2.LINE_AA, 4)
    mask = np.asarray(np.maximum(mask, caps.astype(np.float32) / 255), np.float32)
    along = np.clip(around / share, 0, 1)[..., None]
    picture = mix(mix(tone, r.deep, 0.45), tone, by_rows(along))
    picture += by_rows(rim_light(mask, -0.5, -0.9, 5 * g.S, 2.5 * g.S))[..., None] * r.paper * 0.35
    return picture, mask


def _word(p: Plot, width: float) -> Stack:
    """The given word or number, in the middle of the rings."""
    if not p.tile:
        return []
    g = p.geo
    glyphs = text_mask(p.tile[:8], "Inter-Bold", 100)
    size = min(100 * width / max(glyphs.width, 1), 0.42 * width)
    glyphs = text_mask(p.tile[:8], "Inter-Bold", max(8, int(size)))
    h, w = glyphs.mask.shape
    cx, cy = p.middle
    move = np.array([[1, 0, cx - w / 2], [0, 1, cy - h / 2]], np.float32)
    mask = np.asarray(cv2.warpAffine(np.asarray(glyphs.mask, np.float32), move, (g.w, g.h)), np.float32)
    return [Layer(p.flat(p.roles.paper), mask, 0.5, p.rng, name="word")]


def _dots(p: Plot) -> Stack:
    """A field of dots that light up one by one: many of many."""
    g, r = p.geo, p.roles
    columns = 10
    pitch = (p.right - p.left) / columns
    rows = max(4, min(10, int((p.bottom - p.top) / pitch)))
    lit = int(columns * rows * (p.rng.uniform(0.62, 0.86) if p.rising else p.rng.uniform(0.25, 0.4)))
    left, top = p.left + pitch / 2, p.middle[1] - (rows - 1) * pitch / 2
    empty, full = np.zeros((g.h, g.w), np.uint8), np.zeros((g.h, g.w), np.uint8)
    order = np.ones((g.h, g.w), np.float32)
    for k in range(columns * rows):
        row, column = divmod(k, columns)
        x, y = left + column * pitch, top + (rows - 1 - row) * pitch
        spot = (round(x * 16), round(y * 16))
        cv2.circle(empty, spot, round(pitch * 0.30 * 16), (255,), -1, cv2.LINE_AA, 4)
        if k < lit:
            cv2.circle(full, spot, round(pitch * 0.36 * 16), (255,), -1, cv2.LINE_AA, 4)
            y0, x0 = max(0, int(y - pitch / 2)), max(0, int(x - pitch / 2))
            order[y0 : int(y + pitch / 2) + 1, x0 : int(x + pitch / 2) + 1] = k / lit
    down = np.clip((np.arange(g.h, dtype=np.float32) - p.top) / (p.bottom - p.top), 0, 1)[:, None, None]
    mask = np.asarray(full, np.float32) / np.float32(255)
    paint = mix(mix(r.glow, r.accent, 0.25), r.accent, down) * np.ones((1, g.w, 1), np.float32)
    paint += rim_light(mask, -0.6, -0.8, pitch * 0.10, pitch * 0.04)[..., None] * r.paper * 0.6
    paint *= 1 - 0.35 * rim_light(mask, 0.6, 0.8, pitch * 0.16, pitch * 0.07)[..., None]
    base = mix(r.ink, r.deep, 0.55) if p.dark else mix(r.deep, r.mid, 0.4)
    halo = blur(mask, pitch * 0.5)[..., None] * r.accent * np.float32(0.35)
    # The glow comes row by row, not dot by dot: it reaches over the cells, whose edges would be seen in it.
    row_of = (top + (rows - 0.5) * pitch - np.arange(g.h, dtype=np.float32)) / pitch * columns / lit
    by_row = np.ascontiguousarray(np.broadcast_to(np.clip(row_of, 0, 1)[:, None], (g.h, g.w)), np.float32)
    return [
        Layer(p.flat(base), empty.astype(np.float32) / 255 * 0.8, 0.36, p.rng),
        Reveal(Layer(halo, halo.max(axis=2), 0.40, p.rng, blend="add", premultiplied=True), by_row, 0.3, 2.0, 0.12),
        Reveal(Layer(paint, mask, 0.46, p.rng, name="dots"), order, 0.3, 2.0, 0.03),
        _mark(p),
    ]
