"""Air and sky: gradients by the hour, sun and moon, clouds, stars, fog banks, rays of light."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from core.domain.plan import Tone
from core.providers.local.film.by_rows import bands, by_rows, on_sheet
from core.providers.local.film.layers import Geo, Layer, LayerPose
from core.providers.local.film.paint import (
    Float,
    blur,
    distance,
    fbm,
    gauss,
    mix,
    polygon_mask,
    smoothstep,
    vertical_gradient,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.light import Spot, flat, short, soft_disc

Hour = Literal["day", "dusk", "night"]
HOURS: dict[Tone, tuple[Hour, ...]] = {
    "warm": ("dusk", "dusk", "dusk", "day"),
    "calm": ("day", "day", "dusk"),
    "hope": ("day", "day", "dusk"),
    "playful": ("day", "dusk"),
    "tense": ("night", "dusk"),
    "tech": ("night",),
    "night": ("night",),
}


def hour_of(mood: Tone, rng: np.random.Generator) -> Hour:
    """The time of day that suits a mood."""
    hours = HOURS[mood]
    return hours[int(rng.integers(len(hours)))]


def haze(roles: Roles, hour: Hour) -> Float:
    """The colour that far things fade into."""
    if hour == "day":
        return mix(roles.second, roles.glow, 0.6)
    if hour == "dusk":
        return mix(roles.accent, roles.glow, 0.50)
    return mix(mix(roles.deep, roles.mid, 0.75), roles.accent, 0.22)


def _stops(roles: Roles, hour: Hour, horizon: float) -> list[tuple[float, Float]]:
    """Colours down the sky to the horizon, heights as shares of the way there."""
    r = roles
    if hour == "day":
        ladder = [
            (0.0, mix(r.mid, r.second, 0.45)),
            (0.45, mix(r.second, r.glow, 0.28)),
            (0.85, mix(r.second, r.glow, 0.75)),
            (1.0, r.glow),
        ]
    elif hour == "dusk":
        ladder = [
            (0.0, mix(r.deep, r.ink, 0.35)),
            (0.38, mix(r.deep, r.mid, 0.75)),
            (0.66, mix(r.mid, r.accent, 0.55)),
            (0.86, mix(r.accent, r.glow, 0.22)),
            (1.0, mix(r.accent, r.glow, 0.70)),
        ]
    else:
        ladder = [
            (0.0, mix(r.ink, r.deep, 0.18)),
            (0.50, mix(r.ink, r.deep, 0.95)),
            (0.80, mix(r.deep, r.mid, 0.60)),
            (1.0, mix(mix(r.deep, r.mid, 0.9), r.accent, 0.32)),
        ]
    return [(at * horizon, colour) for at, colour in ladder] + [(1.0, ladder[-1][1])]


def sky(geo: Geo, roles: Roles, rng: np.random.Generator, hour: Hour, sun: Spot, horizon: float = 0.6) -> Layer:
    """The opaque ground of an outdoor scene, brightest at the horizon (frame units) and around the sun."""
    low = float(geo.Y(horizon)) / geo.h
    picture = vertical_gradient(geo.h, geo.w, _stops(roles, hour, low))
    x, y, size = float(geo.X(sun.x)), float(geo.Y(sun.y)), short(geo)
    strength = {"day": 0.42, "dusk": 0.50, "night": 0.16}[hour]
    glow = gauss(geo.h, geo.w, x, y, 0.20 * size) * 0.6 + gauss(geo.h, geo.w, x, y, 0.50 * size, 1.7) * 0.35
    picture += (roles.glow - by_rows(picture) * np.float32(0.4)) * (glow * np.float32(strength))[..., None]
    return Layer(picture, None, 0.03, rng, name="sky")


def sun_disc(geo: Geo, roles: Roles, rng: np.random.Generator, hour: Hour, sun: Spot, radius: float) -> Layer:
    """The sun, or by night the moon with its seas; radius in layer pixels."""
    away = distance(geo.h, geo.w, float(geo.X(sun.x)), float(geo.Y(sun.y)))
    mask = soft_disc(away, radius)
    rows = (np.arange(geo.h, dtype=np.float32) - float(geo.Y(sun.y))) / radius
    fall = np.clip(rows * 0.5 + 0.5, 0, 1)[:, None, None]
    if hour == "night":
        face = mix(roles.paper, roles.glow, 0.45 * fall) * np.ones((1, geo.w, 1), np.float32)
        seas = smoothstep(0.50, 0.66, fbm(geo.h, geo.w, rng, base=1.1 * geo.h / radius, octaves=4))
        face *= (1 - 0.11 * seas)[..., None]
    else:
        white = mix(roles.paper, np.ones(3, np.float32), 0.75)
        face = mix(white, mix(white, roles.glow, 0.55 if hour == "dusk" else 0.2), fall) * np.ones(
            (1, geo.w, 1), np.float32
        )
    return Layer(face, mask, 0.05, rng, name="sun")


def clouds(geo: Geo, roles: Roles, rng: np.random.Generator, hour: Hour, sun: Spot, cover: float = 0.5) -> Layer:
    """Drifting clouds above the horizon, brighter on the side of the sun; cover 0..1."""
    h, w = max(2, geo.h // 3), max(2, geo.w // 3)
    density = 0.7 * fbm(h, w, rng, base=3.4, octaves=6, stretch=2.6) + 0.3 * fbm(
        h, w, rng, base=7, octaves=5, stretch=4
    )
    rows = (np.linspace(0, geo.h, h, dtype=np.float32) - geo.my) / geo.H
    band = (smoothstep(-0.12, 0.14, rows) * (1 - smoothstep(0.44, 0.60, rows)))[:, None]
    body = smoothstep(0.62 - 0.22 * cover, 0.80 - 0.16 * cover, density) * band
    slope = blur(density, 2.0) - blur(
        np.roll(density, (-max(1, h // 60), max(1, round((0.5 - sun.x) * w / 24))), (0, 1)), 2.0
    )
    near = gauss(h, w, float(geo.X(sun.x)) / 3, float(geo.Y(sun.y)) / 3, 0.40 * short(geo) / 3, 1.6)
    lit = np.clip(0.38 + 5.0 * slope + 0.55 * near, 0, 1)[..., None]
    shadow = {
        "day": mix(roles.second, roles.glow, 0.35),
        "dusk": mix(roles.mid, roles.accent, 0.25),
        "night": mix(roles.ink, roles.deep, 0.9),
    }[hour]
    bright = {
        "day": roles.paper,
        "dusk": mix(roles.glow, roles.accent, 0.15),
        "night": mix(roles.deep, roles.mid, 0.65),
    }[hour]
    picture = cv2.resize(mix(shadow, bright, lit), (geo.w, geo.h), interpolation=cv2.INTER_LINEAR)
    # The sun burns through them, or its disc would look grey.
    burnt = gauss(h, w, float(geo.X(sun.x)) / 3, float(geo.Y(sun.y)) / 3, 0.13 * short(geo) / 3)
    alpha = cv2.resize(
        (body * (1 - 0.85 * burnt) * 0.72).astype(np.float32), (geo.w, geo.h), interpolation=cv2.INTER_LINEAR
    )
    speed = float(rng.choice([-1, 1])) * 7 * geo.S
    return Layer(picture, alpha, 0.06, rng, anim=lambda t, d: LayerPose(dx=(t - d / 2) * speed), name="clouds")


def stars(geo: Geo, roles: Roles, rng: np.random.Generator, count: int = 260, lowest: float = 0.55) -> Layer:
    """Stars down to `lowest` (frame units), a few of them large."""
    field = np.zeros((geo.h, geo.w), np.float32)
    x = rng.integers(2, geo.w - 2, count)
    y = np.clip(rng.random(count) ** 1.2 * float(geo.Y(lowest)), 2, geo.h - 3).astype(int)
    field[y, x] = rng.random(count) ** 2.5
    for k in np.flatnonzero(rng.random(count) < 0.08):
        field[y[k] - 1 : y[k] + 2, x[k]] += 0.25
        field[y[k], x[k] - 1 : x[k] + 2] += 0.25
    field = blur(field, 0.75 * max(geo.S, 0.45)) * np.float32(2.6)
    phase = float(rng.random() * 6.28)
    return Layer(
        by_rows(field)[..., None] * roles.paper,
        field,
        0.04,
        rng,
        blend="add",
        premultiplied=True,
        name="stars",
        anim=lambda t, _: LayerPose(opacity=0.82 + 0.18 * float(np.sin(1.4 * t + phase))),
    )


def fog(
    geo: Geo,
    rng: np.random.Generator,
    colour: Float,
    *,
    y: float,
    thick: float,
    strength: float,
    depth: float,
    speed: float = 16,
) -> Layer:
    """A bank of fog around the height y, `thick` high (frame units), drifting `speed` pixels a second at 720."""
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    h, w = max(2, geo.h // 4), max(2, geo.w // 4)
    wisps = cv2.resize(fbm(h, w, rng, base=4, octaves=4, stretch=4), (geo.w, geo.h), interpolation=cv2.INTER_LINEAR)
    bank = np.exp(-(((rows - float(geo.Y(y))) / (thick * geo.H)) ** 2)) * smoothstep(0.25, 0.75, wisps) * strength
    way = float(rng.choice([-1, 1])) * speed * geo.S
    return Layer(flat(geo, colour), bank, depth, rng, anim=lambda t, d: LayerPose(dx=(t - d / 2) * way), name="fog")


def rays(
    geo: Geo, roles: Roles, rng: np.random.Generator, source: Spot, strength: float = 0.25, depth: float = 0.6
) -> Layer:
    """Shafts of light that fan down from a point and breathe."""
    h, w = max(2, geo.h // 3), max(2, geo.w // 3)
    x, y, reach = float(geo.X(source.x)) / 3, float(geo.Y(source.y)) / 3, 1.6 * geo.H / 3
    beams = np.zeros((h, w), np.float32)
    for _ in range(9):
        angle, half = np.pi / 2 + rng.normal(0, 0.6), 0.02 + 0.05 * rng.random()
        fan = [[x, y]] + [[x + np.cos(angle + s * half) * reach, y + np.sin(angle + s * half) * reach] for s in (-1, 1)]
        beams += polygon_mask(h, w, [fan], supersample=1) * np.float32(0.3 + 0.7 * rng.random())
    away = distance(h, w, x, y) / (geo.H / 3)
    beams = blur(beams, 5 * geo.S) * np.exp(-away * 1.7) * smoothstep(0.02, 0.30, away) * np.float32(strength)
    light = cv2.resize(beams, (geo.w, geo.h), interpolation=cv2.INTER_LINEAR)
    phase = float(rng.random() * 6)
    return Layer(
        by_rows(light)[..., None] * roles.glow,
        light,
        depth,
        rng,
        blend="add",
        premultiplied=True,
        name="rays",
        anim=lambda t, _: LayerPose(opacity=0.75 + 0.25 * float(np.sin(0.9 * t + phase))),
    )


def reflection(geo: Geo, above: Float, waterline: float, tint: Float, rng: np.random.Generator) -> Float:
    """What stands above the waterline (frame units) mirrored below it: blurred, rippled, darkened towards us."""
    row = round(float(geo.Y(waterline)))
    depth = geo.h - row
    mirrored = np.ascontiguousarray(above[max(0, row - depth) : row][::-1], np.float32)
    if mirrored.shape[0] < depth:
        mirrored = np.asarray(cv2.resize(mirrored, (geo.w, depth), interpolation=cv2.INTER_LINEAR), np.float32)
    down = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    ripple = fbm(depth, geo.w, rng, base=26, octaves=3, stretch=7) - 0.5
    x = np.arange(geo.w, dtype=np.float32)[None, :] + ripple * (14 + 70 * down) * np.float32(geo.S)
    y = np.arange(depth, dtype=np.float32)[:, None] + ripple * (10 + 80 * down) * np.float32(geo.S)
    moved = cv2.remap(mirrored, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    soft = by_rows(cv2.blur(moved, (1, max(1, round(5 * geo.S)))))
    water = mix(soft, tint, (0.22 + 0.55 * down)[..., None]) * (1 + 0.22 * by_rows(ripple))[..., None]
    return on_sheet((geo.h, geo.w), (0, row, geo.w, geo.h), water)


def flatten(geo: Geo, layers: list[Layer]) -> Float:
    """The layers laid over each other without a camera, h x w x 3 of 0..1: what water mirrors and windows show."""
    plate = np.zeros((geo.h, geo.w, 3), np.float32)
    for layer in layers:
        if layer.hidden:
            continue
        x, y = layer.origin
        h, w = layer.rgb.shape[:2]
        for rows in bands(h, w):
            region = plate[y + rows.start : y + rows.stop, x : x + w]
            light = layer.rgb[rows].astype(np.float32) / np.float32(255)
            if layer.alpha is not None:
                light += region * (1 - layer.alpha[rows].astype(np.float32) / np.float32(255))[..., None]
            elif layer.blend == "add":
                light += region
            np.clip(light, 0, 1, out=region)
    return plate
