"""Grid: the neon plane. A floor of light that runs towards us, under a striped sun, towers, peaks or a portal."""

from __future__ import annotations

import cv2
import numpy as np

from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Pose, Stack, Stage
from core.providers.local.film.paint import (
    Float,
    Pixels,
    blur,
    distance,
    gauss,
    mix,
    polygon_mask,
    smoothstep,
    vertical_gradient,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.atmosphere import stars
from core.providers.local.film.scenery.drift import LightLeak, Lights, Particles
from core.providers.local.film.scenery.figures import figure
from core.providers.local.film.scenery.light import Coat, Spot, choose, noise, piece, shade, short, soft_disc
from core.providers.local.film.scenery.motion import pulsing
from core.providers.local.film.scenery.terrain import crest
from core.providers.local.film.setting import Setting

LAYOUTS = ("sun", "towers", "portal", "peaks")
ROWS = 24
COLUMNS = 20
"""Lines of the floor: rows towards the horizon, columns to each side of the middle."""


class NeonFloor:
    """The lines of the floor, running towards us; horizon and vanishing point in frame units."""

    def __init__(self, colour: Float, vanish: Spot, speed: float = 2.0) -> None:
        self.depth, self._vanish, self._speed = 0.3, vanish, speed
        self._colour = np.asarray(colour, np.float32) * 255

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the lines and their glow, drawn at half the size."""
        height, width = out.shape[:2]
        veil = np.zeros((height // 2, width // 2, 3), np.uint8)
        far, near = context.matrix(0.25), context.matrix(0.85)
        for k in range(ROWS):
            away = k + 1 - (t * self._speed) % 1
            ends = [self._point(context, far, near, x, away) for x in (-3.0, 3.0)]
            fade = float(np.clip(1.2 - away / 11, 0, 1))
            self._stroke(veil, ends[0], ends[1], fade, 2 if away < 3 else 1)
        for k in range(-COLUMNS, COLUMNS + 1):
            ends = [self._point(context, far, near, k * 0.26, away) for away in (0.35, 60.0)]
            self._stroke(veil, ends[0], ends[1], 0.8, 1)
        horizon = self._point(context, far, near, 0, 1e4)[1]
        fade_in = np.clip((np.arange(height // 2) - horizon) / max(height * 0.10, 1), 0, 1) ** 1.3
        veil = (veil * fade_in[:, None, None]).astype(np.uint8)
        glow = cv2.GaussianBlur(
            cv2.resize(veil, (max(2, width // 4), max(2, height // 4))), (0, 0), max(0.8, 4 * context.S)
        )
        glow = cv2.resize(cv2.convertScaleAbs(glow, alpha=1.1), (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.add(out, cv2.resize(veil, (width, height), interpolation=cv2.INTER_LINEAR), dst=out)
        cv2.add(out, glow, dst=out)

    def _point(
        self, context: Stage, far: np.ndarray, near: np.ndarray, across: float, away: float
    ) -> tuple[float, float]:
        """A point of the floor `away` rows from us as pixels of the half-size veil."""
        geo = context.geo
        close = min(1.0, 1 / away)
        m = far + (near - far) * close
        x = float(geo.X(self._vanish.x)) + across * 0.9 * max(geo.W, 0.7 * geo.H) / away
        y = float(geo.Y(self._vanish.y)) + 0.55 * geo.H / away
        return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / 2, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / 2

    def _stroke(
        self, veil: Pixels, a: tuple[float, float], b: tuple[float, float], strength: float, thick: int
    ) -> None:
        colour = tuple(float(v * strength) for v in self._colour)
        points = np.clip(np.round(np.array([a, b]) * 16), -250_000, 250_000).astype(np.int32)
        cv2.polylines(veil, [points], False, colour, thick, cv2.LINE_AA, 4)


def grid(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A neon plane; what rises behind it is chosen by the seed."""
    layout = choose(LAYOUTS, setting)
    horizon = (
        0.60 + float(rng.uniform(-0.02, 0.02)) + {"low": 0.05, "high": -0.06, "top_down": -0.10}.get(setting.angle, 0.0)
    )
    x = 0.66 if geo.aspect > 1.2 and setting.titled else 0.5
    vanish = Spot(x, horizon)
    stack: Stack = [_sky(geo, roles, rng, horizon), stars(geo, roles, rng, 260, horizon - 0.04)]
    scenery = {"sun": _sun, "towers": _towers, "portal": _portal, "peaks": _peaks}[layout]
    stack += scenery(geo, roles, rng, vanish)
    stack.append(_floor(geo, roles, rng, horizon))
    if layout == "towers":
        stack.append(
            Lights(
                rng,
                [(x + float(d), horizon + 0.004) for d in rng.uniform(-0.5, 0.5, 10)],
                roles.glow,
                depth=0.27,
                size=1.6,
            )
        )
    stack.append(NeonFloor(mix(roles.accent, roles.glow, 0.2), vanish, speed=float(rng.uniform(1.4, 2.4))))
    if setting.figure:
        height = (0.20 if geo.aspect < 1.2 else 0.32) * geo.H * setting.scale
        stack += figure(
            geo, roles, rng, Spot(x, horizon + (0.19 if geo.aspect < 1.2 else 0.24)), height, depth=0.45, light=1.0
        )
    embers = Particles(
        rng,
        36,
        mix(roles.glow, roles.accent, 0.2),
        sizes=(0.9, 2.8),
        depths=(0.4, 1.7),
        drift=(0.004, -0.035),
        opacity=0.8,
    )
    return [*stack, embers, LightLeak(rng, roles.accent, roles.second, 0.18)]


def _sky(geo: Geo, roles: Roles, rng: np.random.Generator, horizon: float) -> Layer:
    low = float(geo.Y(horizon)) / geo.h
    ink = roles.ink
    stops = [
        (0.0, ink * np.float32(0.75)),
        (low * 0.45, mix(ink, roles.deep, 0.75)),
        (low * 0.80, mix(roles.deep, mix(roles.mid, roles.accent, 0.5), 0.45)),
        (low, mix(roles.accent, roles.glow, 0.22)),
        (min(low + 0.01, 1.0), ink),
        (1.0, ink * np.float32(0.7)),
    ]
    return Layer(vertical_gradient(geo.h, geo.w, stops), None, 0.03, rng, name="sky")


def _floor(geo: Geo, roles: Roles, rng: np.random.Generator, horizon: float) -> Layer:
    rows = np.arange(geo.h, dtype=np.float32) - float(geo.Y(horizon))
    mask = np.broadcast_to(np.clip(rows / 1.5, 0, 1)[:, None], (geo.h, geo.w))
    fall = np.clip(rows / (0.5 * geo.H) * 2.2, 0, 1)[:, None, None]
    picture = mix(mix(roles.accent, roles.ink, 0.55), roles.ink * np.float32(0.6), fall) * np.ones(
        (1, geo.w, 1), np.float32
    )
    return Layer(picture, mask, 0.25, rng, name="floor")


def _glow(
    geo: Geo, rng: np.random.Generator, at: Spot, radius: float, colour: Float, strength: float, depth: float
) -> Layer:
    light = gauss(geo.h, geo.w, float(geo.X(at.x)), float(geo.Y(at.y)), radius) * np.float32(strength)
    phase = float(rng.random() * 6)
    return Layer(
        light[..., None] * colour,
        light,
        depth,
        rng,
        blend="add",
        premultiplied=True,
        name="glow",
        anim=lambda t, _: LayerPose(opacity=0.86 + 0.14 * float(np.sin(1.7 * t + phase))),
    )


def _striped_sun(geo: Geo, roles: Roles, rng: np.random.Generator, at: Spot, radius: float) -> Layer:
    away = distance(geo.h, geo.w, float(geo.X(at.x)), float(geo.Y(at.y)))
    down = np.clip((np.arange(geo.h, dtype=np.float32) - float(geo.Y(at.y)) + radius) / (2 * radius), 0, 1)
    gap = 0.44 * np.clip((down - 0.40) / 0.60, 0, 1)
    stripes = np.clip(((down * 11) % 1 - gap) * 11 + 0.5, 0, 1)[:, None]
    face = mix(
        mix(roles.glow, roles.paper, 0.2), mix(roles.accent, roles.mid, 0.15), np.clip(down * 1.15, 0, 1)[:, None, None]
    )
    return Layer(
        face * np.ones((1, geo.w, 1), np.float32),
        soft_disc(away, radius) * stripes,
        0.06,
        rng,
        subject=True,
        name="sun",
    )


def _hills(
    geo: Geo,
    roles: Roles,
    rng: np.random.Generator,
    horizon: float,
    height: float,
    *,
    depth: float,
    dark: float,
    valley: Spot,
) -> Layer:
    """Faceted hills that leave the middle open."""
    level = float(geo.Y(horizon))
    line = crest(geo.w, rng, level + 0.004 * geo.H, height * geo.H, 0.5, (2.6 + 2 * dark) * max(1.0, geo.aspect))
    aside = np.abs(np.arange(geo.w) - float(geo.X(valley.x))) / (0.5 * short(geo))
    line = np.asarray(level - (level - line) * (0.22 + 0.9 * smoothstep(0.15, 1.1, aside)), np.float32)
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    mask = np.clip(rows - line[None, :] + 0.5, 0, 1) * np.clip(level + 2 - rows, 0, 1)
    base = mix(roles.deep, roles.ink, 0.25 + dark * 0.6)
    coat = Coat(
        top=base,
        foot=mix(base, roles.accent, 0.3),
        rim=mix(roles.accent, roles.glow, 0.3),
        edge=1.6,
        shine=0.9,
        lit=0.2,
        grain=0.05,
    )
    picture = shade(geo, mask, coat, valley, piece(geo, noise(geo, rng), rng), (float(line.min()), level))
    wires = np.zeros((geo.h, geo.w), np.uint8)
    for x in range(0, geo.w, max(4, int(24 * geo.S))):
        to = int(np.clip(x + rng.normal(0, 30) * geo.S, 0, geo.w - 1))
        cv2.line(wires, (x, int(line[x])), (to, int(level)), (150,), 1, cv2.LINE_AA)
    picture += (wires.astype(np.float32) / 255 * mask)[..., None] * roles.accent * np.float32(0.55)
    return Layer(picture, mask, depth, rng, name="hills")


def _room(geo: Geo) -> float:
    """The shorter side in pixels; less in square frames, where the title stands right above."""
    return short(geo) * (0.72 if 0.8 < geo.aspect < 1.2 else 1.0)


def _sun(geo: Geo, roles: Roles, rng: np.random.Generator, vanish: Spot) -> Stack:
    """The striped sun between low hills."""
    radius = _room(geo) * float(rng.uniform(0.23, 0.30))
    at = Spot(vanish.x, vanish.y - 0.72 * radius / geo.H)
    warm = mix(roles.accent, roles.glow, 0.25)
    stack: Stack = [
        _glow(geo, rng, at, radius * 1.3, warm, 0.30, 0.05),
        _striped_sun(geo, roles, rng, at, radius),
        TITLE,
    ]
    for k in range(2):
        stack.append(
            _hills(geo, roles, rng, vanish.y, 0.12 - 0.05 * k, depth=0.14 + 0.1 * k, dark=float(k), valley=vanish)
        )
    return stack


def _peaks(geo: Geo, roles: Roles, rng: np.random.Generator, vanish: Spot) -> Stack:
    """A wire-frame massif with a small sun or moon over its shoulder."""
    side = float(rng.choice([-1, 1])) if geo.aspect < 1.2 else 1.0
    radius = short(geo) * 0.10
    at = Spot(vanish.x + side * 0.16, vanish.y - 0.21)
    level, top, half = float(geo.Y(vanish.y)), float(geo.Y(vanish.y - 0.24)), 0.62 * short(geo)
    count, tiers = 15, 6
    stack: Stack = [
        _glow(geo, rng, at, radius * 1.8, roles.second, 0.35, 0.05),
        _striped_sun(geo, roles, rng, at, radius),
        TITLE,
    ]
    columns = np.linspace(-1, 1, count)
    bump = (1 - np.abs(columns)) ** 0.9 * (0.62 + 0.38 * rng.random(count))
    bump[count // 2] = 1.0
    nodes = np.zeros((tiers, count, 2))
    for tier in range(tiers):
        share = 1 - tier / (tiers - 1)
        nodes[tier, :, 0] = (
            float(geo.X(vanish.x)) + columns * half * (1.25 - 0.25 * share) + rng.normal(0, 0.012, count) * half
        )
        nodes[tier, :, 1] = level - (level - top) * bump * share ** (1.0 + 0.5 * rng.random(count))
    mask = polygon_mask(geo.h, geo.w, [np.concatenate([nodes[0], nodes[-1][::-1]])])
    picture = np.zeros((geo.h, geo.w, 3), np.float32)
    for a in range(tiers - 1):
        for b in range(count - 1):
            quad = (nodes[a, b], nodes[a, b + 1], nodes[a + 1, b + 1], nodes[a + 1, b])
            for triangle in ((quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])):
                lit = 0.5 + 0.5 * float(np.tanh((triangle[0][1] - triangle[1][1]) / (0.04 * geo.H))) * side
                tone = mix(
                    mix(roles.ink, roles.deep, 0.5),
                    mix(roles.mid, roles.accent, 0.4),
                    0.15 + 0.6 * lit * (1 - a / tiers),
                )
                points = np.round(np.array(triangle) * 16).astype(np.int32)
                cv2.fillPoly(picture, [points], tuple(float(v) for v in tone), cv2.LINE_AA, 4)
                edge = tuple(float(v) for v in mix(roles.accent, roles.glow, 0.25))
                cv2.polylines(picture, [points], True, edge, 1, cv2.LINE_AA, 4)
    stack.append(Layer(picture, mask, 0.16, rng, subject=True, name="massif"))
    return [*stack, _hills(geo, roles, rng, vanish.y, 0.05, depth=0.24, dark=1.0, valley=vanish)]


def _towers(geo: Geo, roles: Roles, rng: np.random.Generator, vanish: Spot) -> Stack:
    """A skyline of dark slabs with glowing edges and signs."""
    stack: Stack = [_glow(geo, rng, vanish, 0.30 * short(geo), mix(roles.accent, roles.glow, 0.3), 0.5, 0.05), TITLE]
    for k in range(2):
        stack.append(_slabs(geo, roles, rng, vanish, k))
    return stack


def _slabs(geo: Geo, roles: Roles, rng: np.random.Generator, vanish: Spot, rank: int) -> Layer:
    level, unit = float(geo.Y(vanish.y)), short(geo)
    boxes, x = [], 0.0
    while x < geo.w:
        width = unit * float(rng.uniform(0.05, 0.11)) * (1 + 0.4 * rank)
        aside = abs((x + width / 2 - float(geo.X(vanish.x))) / (0.5 * unit))
        height = (
            geo.H
            * float(rng.uniform(0.07, 0.27))
            * (1.0 - 0.35 * min(aside, 1.3) if rank == 0 else 0.15 + 0.9 * float(smoothstep(0.35, 1.1, aside)))
        )
        boxes.append((x, level - height, x + width * 0.94, level + 1))
        x += width * (1.0 if rank == 0 else float(rng.uniform(1.05, 1.6)))
    outlines = [np.array([[a, b], [c, b], [c, d], [a, d]], np.float32) for a, b, c, d in boxes]
    mask = polygon_mask(geo.h, geo.w, outlines)
    rows = np.clip((np.arange(geo.h, dtype=np.float32) - level + 0.24 * geo.H) / (0.24 * geo.H), 0, 1)[:, None, None]
    dark = mix(roles.ink, roles.deep, 0.55 - 0.35 * rank)
    picture = mix(dark, mix(dark, roles.accent, 0.38 - 0.2 * rank), rows**2) * np.ones((1, geo.w, 1), np.float32)
    lines = np.zeros((geo.h, geo.w, 3), np.float32)
    thick = max(1, round(1.5 * geo.S))
    for a, b, c, d in boxes:
        neon = (roles.accent, roles.second, mix(roles.accent, roles.glow, 0.5))[int(rng.integers(3))]
        colour = tuple(float(v) for v in neon * (0.55 + 0.45 * rank))
        cv2.polylines(lines, [np.array([[a, d], [a, b], [c, b], [c, d]], np.int32)], False, colour, thick, cv2.LINE_AA)
        for _ in range(int(rng.integers(1, 5))):
            y = int(rng.uniform(b + 0.1 * (d - b), d))
            inset = (c - a) * 0.18
            cv2.line(
                lines, (int(a + inset), y), (int(c - inset * float(rng.uniform(1, 3))), y), colour, thick, cv2.LINE_AA
            )
    picture += lines + blur(lines, 6 * geo.S) * np.float32(0.9)
    return Layer(picture, mask, 0.12 + 0.1 * rank, rng, subject=rank == 0, name="towers")


def _portal(geo: Geo, roles: Roles, rng: np.random.Generator, vanish: Spot) -> Stack:
    """A gate of light: nested frames that pulse outwards."""
    radius = 0.30 * _room(geo)
    at = Spot(vanish.x, vanish.y - 0.62 * radius / geo.H)
    sides = int(rng.choice([3, 4, 6, 64]))
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False) + {3: -np.pi / 2, 4: np.pi / 4, 6: np.pi / 6}.get(
        sides, 0.0
    )
    stack: Stack = [_glow(geo, rng, at, radius * 1.1, mix(roles.accent, roles.glow, 0.3), 0.42, 0.05), TITLE]
    centre = (float(geo.X(at.x)), float(geo.Y(at.y)))
    level = np.clip(float(geo.Y(vanish.y)) + 1 - np.arange(geo.h, dtype=np.float32), 0, 1)[:, None]
    inner = np.stack([centre[0] + 0.72 * radius * np.cos(turn), centre[1] + 0.72 * radius * np.sin(turn)], 1)
    core = polygon_mask(geo.h, geo.w, [inner])
    rows = np.clip((np.arange(geo.h, dtype=np.float32) - centre[1] + radius) / (2 * radius), 0, 1)[:, None, None]
    picture = mix(mix(roles.ink, roles.deep, 0.6), mix(roles.accent, roles.glow, 0.55), rows**1.3) * np.ones(
        (1, geo.w, 1), np.float32
    )
    stack.append(Layer(picture, core * level, 0.08, rng, subject=True, name="portal"))
    for k, share in enumerate((0.76, 1.0, 1.22)):
        ring = _frame(geo, centre, radius * share, turn, (4.5 - k) * geo.S) * level
        light = np.clip(ring + 0.55 * blur(ring, 7 * geo.S), 0, 1)
        colour = mix(mix(roles.accent, roles.glow, 0.5), roles.second, k / 2.5)
        stack.append(
            Layer(
                light[..., None] * colour,
                light,
                0.09 + 0.03 * k,
                rng,
                blend="add",
                premultiplied=True,
                name="frame",
                anim=pulsing(0.62, pace=2.4, phase=-1.2 * k),
            )
        )
    return [*stack, _hills(geo, roles, rng, vanish.y, 0.08, depth=0.22, dark=1.0, valley=vanish)]


def _frame(geo: Geo, centre: tuple[float, float], radius: float, turn: np.ndarray, thick: float) -> Float:
    rings = [
        np.stack([centre[0] + r * np.cos(turn), centre[1] + r * np.sin(turn)], 1)
        for r in (radius + thick / 2, radius - thick / 2)
    ]
    outer, inner = (polygon_mask(geo.h, geo.w, [ring]) for ring in rings)
    return np.asarray(np.clip(outer - inner, 0, 1), np.float32)
