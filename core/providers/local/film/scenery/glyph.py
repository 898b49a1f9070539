"""`glyph`: icons as things one could touch, chosen by the words of the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from core.providers.local.film.layers import TITLE, Anim, Geo, Layer, LayerPose, Stack
from core.providers.local.film.paint import (
    Float,
    blur,
    ease_back,
    ease_out,
    fbm,
    gauss,
    mix,
    rim_light,
    vertical_gradient,
    with_lightness,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.drift import LightLeak, dust
from core.providers.local.film.scenery.icons import drawn, find
from core.providers.local.film.setting import Setting, hero

DARK_TONES = {"night", "tense", "tech", "warm"}
SPARE = ("sparkles", "star", "circle-check-big", "heart")
"""Icons for scenes whose words name nothing, and to make up the number."""


class Desk(NamedTuple):
    """What one composition is made with: place and size in layer pixels."""

    geo: Geo
    roles: Roles
    rng: np.random.Generator
    names: list[str]
    dark: bool
    x: float
    y: float
    radius: float


def glyph(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A tile with companions, a medal in rings, or a fan of cards; at least one icon fits the words."""
    place = hero(geo, setting)
    found = list(dict.fromkeys([*find(setting.said, 2), *find(setting.text, 4)]))[:4]
    names = found + [n for n in SPARE if n not in found][: 4 - len(found)]
    dark = setting.mood in DARK_TONES
    radius = place.radius * min(1.12, setting.scale)
    desk = Desk(geo, roles, rng, names, dark, float(geo.X(place.x)), float(geo.Y(place.y)), radius)
    compositions: tuple[Callable[[Desk], Stack], ...] = (_tile, _medal, _fan)
    pick = compositions[setting.variant % len(compositions)]
    stack: Stack = [_ground(desk), *pick(desk)]
    if TITLE not in stack:
        stack.insert(1, TITLE)
    return [*stack, dust(geo, rng, roles.glow, 22), LightLeak(rng, roles.accent, roles.glow, 0.2)]


def _ground(d: Desk) -> Layer:
    g, r = d.geo, d.roles
    if d.dark:
        stops = [(0, mix(r.ink, r.deep, 0.55)), (0.5, r.deep), (1, mix(r.ink, r.deep, 0.35))]
        light = mix(r.mid, r.accent, 0.45) * np.float32(0.55)
    else:
        calm = with_lightness(r.second, 62, 0.6)
        stops = [(0, mix(calm, r.mid, 0.35)), (0.55, mix(calm, r.glow, 0.30)), (1, mix(calm, r.mid, 0.25))]
        light = r.paper * np.float32(0.20)
    sheet = vertical_gradient(g.h, g.w, stops)
    side = float(d.rng.choice([-1, 1]))
    sheet += gauss(g.h, g.w, d.x + side * 0.4 * d.radius, d.y - 0.3 * d.radius, 0.95 * d.radius)[..., None] * light
    sheet *= (0.93 + 0.14 * fbm(g.h, g.w, d.rng, base=3, octaves=4))[..., None]
    return Layer(sheet, None, 0.03, d.rng)


def _pop(x: float, y: float, start: float, *, float_by: float = 0.0, turn: float = 0.0, phase: float = 0.0) -> Anim:
    """Springs up at `start` seconds, then hovers by so many pixels."""

    def anim(t: float, seconds: float) -> LayerPose:
        del seconds
        grown = float(ease_back((t - start) / 0.55))
        hover = float_by * float(np.sin(1.3 * t + phase))
        swing = turn * float(np.sin(0.9 * t + phase))
        shown = float(np.clip((t - start) / 0.16, 0, 1))
        return LayerPose(dy=hover, scale=0.7 + 0.3 * grown, centre=(x, y), opacity=shown, turn=swing)

    return anim


def _squircle(size: int, half: float, round_: float) -> Float:
    """Mask of a rounded square (a circle when round_ is half) in the middle of size x size."""
    axis = np.abs(np.arange(size, dtype=np.float32) - (size - 1) / 2) - (half - round_)
    out = np.hypot(np.maximum(axis[None, :], 0), np.maximum(axis[:, None], 0))
    inside = np.minimum(np.maximum(axis[None, :], axis[:, None]), 0)
    return np.asarray(np.clip(round_ - out - inside + 0.5, 0, 1), np.float32)


class Face(NamedTuple):
    """Colours of a tile: its lit corner, its shaded corner, and the icon."""

    high: Float
    low: Float
    icon: Float


def _embossed(d: Desk, name: str, half: float, round_: float, face: Face) -> tuple[Float, Float]:
    """A tile with a raised icon: picture (n, n, 3) and mask (n, n)."""
    s = max(0.35, half / 190)
    size = int(2 * half) + 8
    mask = _squircle(size, half, round_)
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    shade = np.clip(0.75 * ramp[:, None] + 0.25 * ramp[None, :], 0, 1)[..., None]
    tile = mix(face.high, face.low, shade) + d.rng.normal(0, 0.008, (size, size, 1)).astype(np.float32)
    lamp = np.exp(-(((ramp[None, :] - 0.28) / 0.45) ** 2) - ((ramp[:, None] - 0.12) / 0.26) ** 2)[..., None]
    tile = tile + lamp * d.roles.paper * 0.13
    edge, wide = rim_light(mask, -0.6, -0.8, 3 * s, 0.8 * s), rim_light(mask, -0.6, -0.8, 20 * s, 8 * s)
    tile = tile + edge[..., None] * d.roles.paper * 0.7 + wide[..., None] * d.roles.glow * 0.2
    tile = tile * (1 - 0.34 * rim_light(mask, 0.6, 0.8, 14 * s, 6 * s)[..., None])
    icon = np.zeros((size, size), np.float32)
    inner = int(half * 1.16)
    at = (size - inner) // 2
    icon[at : at + inner, at : at + inner] = drawn(name, inner, 1.9)
    fallen = cv2.warpAffine(icon, np.array([[1, 0, 5 * s], [0, 1, 9 * s]], np.float32), (size, size))
    tile = tile * (1 - 0.42 * blur(np.asarray(fallen, np.float32), 7 * s)[..., None])
    height = blur(icon, 2.6 * s)
    slope = (cv2.Sobel(height, cv2.CV_32F, 1, 0) * -0.6 + cv2.Sobel(height, cv2.CV_32F, 0, 1) * -0.8) * (3.2 * s)
    body = face.icon * (1 - 0.30 * np.clip(-slope, 0, 1)[..., None]) + np.clip(slope, 0, 1)[..., None] * 0.18
    return mix(tile, body, icon[..., None]), mask


def _spread(geo: Geo, patch: Float, x: float, y: float) -> Float:
    """A patch laid with its centre at (x, y) of an empty layer; what hangs over is cut off."""
    h, w = patch.shape[:2]
    move = np.array([[1, 0, x - w / 2], [0, 1, y - h / 2]], np.float32)
    return np.asarray(cv2.warpAffine(patch, move, (geo.w, geo.h), flags=cv2.INTER_LINEAR), np.float32)


class Spot(NamedTuple):
    """Where a tile hangs, and how it comes in."""

    x: float
    y: float
    depth: float
    anim: Anim
    tilt: float = 0.0


def _hang(d: Desk, patch: tuple[Float, Float], spot: Spot, *, subject: bool = False, name: str = "tile") -> list[Layer]:
    """A tile with the shadow it throws, as layers."""
    picture, mask = patch
    if spot.tilt:
        pad = mask.shape[0] // 4
        picture = np.pad(picture, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
        mask = np.pad(mask, pad)
        n = mask.shape[0]
        turn = cv2.getRotationMatrix2D((n / 2, n / 2), spot.tilt, 1)
        picture = np.asarray(cv2.warpAffine(picture, turn, (n, n), borderMode=cv2.BORDER_REPLICATE), np.float32)
        mask = np.asarray(cv2.warpAffine(mask, turn, (n, n)), np.float32)
    size = mask.shape[0]
    cover = _spread(d.geo, mask, spot.x, spot.y)
    shade = blur(_spread(d.geo, mask, spot.x, spot.y + size * 0.10), size * 0.085) * (0.62 if d.dark else 0.42)
    ink = np.broadcast_to(mix(d.roles.ink, d.roles.deep, 0.2), (d.geo.h, d.geo.w, 3))
    return [
        Layer(ink, shade, spot.depth - 0.08, d.rng, anim=spot.anim),
        Layer(
            _spread(d.geo, picture, spot.x, spot.y),
            cover,
            spot.depth,
            d.rng,
            anim=spot.anim,
            subject=subject,
            name=name,
        ),
    ]


def _faces(d: Desk) -> list[Face]:
    r = d.roles
    light = mix(r.paper, r.glow, 0.25)
    choices = [
        Face(mix(r.accent, r.glow, 0.40), mix(r.accent, r.deep, 0.40), light),
        Face(mix(r.mid, r.second, 0.6), mix(r.deep, r.mid, 0.3), light),
        Face(mix(r.paper, r.glow, 0.15), mix(r.glow, r.accent, 0.35), mix(r.deep, r.ink, 0.25)),
        Face(mix(r.deep, r.mid, 0.45), mix(r.ink, r.deep, 0.35), mix(r.glow, r.accent, 0.2)),
    ]
    first = int(d.rng.integers(3))
    return choices[first:] + choices[:first]


def _companions(d: Desk, faces: list[Face], count: int) -> Stack:
    """Small round icons around the middle, nearer than it, never above the hero's place."""
    angles = d.rng.permutation(np.array([-0.42, np.pi + 0.30, 0.62, np.pi - 0.66]))[:count]
    out: Stack = []
    for k, angle in enumerate(angles):
        reach = d.radius * (0.93 + 0.05 * k)
        x, y = d.x + np.cos(angle) * reach, d.y + np.sin(angle) * reach
        half = d.radius * (0.185, 0.15, 0.165, 0.14)[k]
        hover = _pop(x, y, 0.35 + 0.13 * k, float_by=8 * d.geo.S, phase=2.1 * k)
        patch = _embossed(d, d.names[1 + k % 3], half, half, faces[1 + k % 3])
        out += _hang(d, patch, Spot(x, y, (0.85, 0.72, 1.0, 0.78)[k], hover), name="companion")
    return out


def _rings(d: Desk, count: int) -> list[Layer]:
    """Hairline circles and a dial of ticks that open up behind the middle."""
    g = d.geo
    sheet = np.zeros((g.h, g.w), np.uint8)
    centre = (round(d.x * 16), round(d.y * 16))
    width = max(1, round(1.6 * g.S))
    for k in range(count):
        cv2.circle(sheet, centre, round(d.radius * (0.98 + 0.30 * k) * 16), (110 - 18 * k,), width, cv2.LINE_AA, 4)
    ticks = np.zeros_like(sheet)
    for k, angle in enumerate(np.linspace(0, 2 * np.pi, 72, endpoint=False)):
        way = np.array([np.cos(angle), np.sin(angle)])
        near, far = d.radius * 1.10, d.radius * 1.10 + (14 if k % 6 == 0 else 7) * g.S
        a, b = (np.round((np.array([d.x, d.y]) + way * q) * 16).astype(int).tolist() for q in (near, far))
        cv2.line(ticks, a, b, (150,), width, cv2.LINE_AA, 4)
    colour = np.broadcast_to(d.roles.glow if d.dark else d.roles.deep, (g.h, g.w, 3))

    def opening(t: float, seconds: float) -> LayerPose:
        del seconds
        return LayerPose(scale=0.90 + 0.10 * float(ease_out(t / 1.2)), centre=(d.x, d.y))

    def turning(t: float, seconds: float) -> LayerPose:
        del seconds
        return LayerPose(centre=(d.x, d.y), turn=5 * t)

    rings = Layer(colour, sheet.astype(np.float32) / 255 * 0.7, 0.16, d.rng, anim=opening)
    return [rings, Layer(colour, ticks.astype(np.float32) / 255 * 0.7, 0.20, d.rng, anim=turning)]


def _tile(d: Desk) -> Stack:
    """One large tile and three companions."""
    faces = _faces(d)
    half = 0.62 * d.radius
    spot = Spot(d.x, d.y, 0.48, _pop(d.x, d.y, 0.05))
    patch = _embossed(d, d.names[0], half, half * 0.46, faces[0])
    return [*_rings(d, 4), TITLE, *_hang(d, patch, spot, subject=True), *_companions(d, faces, 3)]


def _medal(d: Desk) -> Stack:
    """A round medal on a larger plate, companions on its orbit."""
    faces = _faces(d)
    big, half = 0.78 * d.radius, 0.55 * d.radius
    plate = _squircle(int(2 * big) + 8, big, big)
    ramp = np.linspace(0, 1, plate.shape[0], dtype=np.float32)[:, None, None]
    low = mix(faces[1].low, d.roles.ink, 0.2)
    tone = mix(faces[1].high, low, ramp) * np.ones((1, plate.shape[0], 1), np.float32)
    tone = tone + rim_light(plate, -0.6, -0.8, 3 * d.geo.S, d.geo.S)[..., None] * d.roles.glow * 0.5
    back = _hang(d, (tone, plate), Spot(d.x, d.y, 0.36, _pop(d.x, d.y, 0.0)), name="plate")
    front = Spot(d.x, d.y, 0.52, _pop(d.x, d.y, 0.12, turn=2.0))
    medal = _embossed(d, d.names[0], half, half, faces[0])
    return [*_rings(d, 3), TITLE, *back, *_hang(d, medal, front, subject=True), *_companions(d, faces, 4)]


def _fan(d: Desk) -> Stack:
    """Three tiles, fanned out, the best fitting one in front."""
    faces = _faces(d)
    half = 0.50 * d.radius
    out: Stack = [TITLE]
    for k, side in ((1, -1.0), (2, 1.0)):
        x, y = d.x + side * 0.74 * d.radius, d.y - 0.12 * d.radius
        spot = Spot(x, y, 0.34, _pop(x, y, 0.25 + 0.1 * k, float_by=6 * d.geo.S, phase=2.0 * k), -side * 13)
        out += _hang(d, _embossed(d, d.names[k], half * 0.82, half * 0.36, faces[k]), spot, name="card")
    y = d.y + 0.14 * d.radius
    spot = Spot(d.x, y, 0.58, _pop(d.x, y, 0.05, float_by=4 * d.geo.S))
    return [*out, *_hang(d, _embossed(d, d.names[0], half * 1.06, half * 0.48, faces[0]), spot, subject=True)]
