"""Ridge: landscapes in depth. Ranges in haze, a lake that mirrors them, dunes, a forest's edge, a sea coast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Stack, view_point
from core.providers.local.film.paint import Float, blur, mix, polygon_mask, smoothstep
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.atmosphere import (
    Hour,
    clouds,
    flatten,
    fog,
    haze,
    hour_of,
    rays,
    reflection,
    sky,
    stars,
    sun_disc,
)
from core.providers.local.film.scenery.drift import Birds, Glitter, LightLeak, Particles, Rain, dust
from core.providers.local.film.scenery.figures import figure
from core.providers.local.film.scenery.light import Coat, Spot, choose, noise, piece, shade, short
from core.providers.local.film.scenery.terrain import below, crest, trees, trunk
from core.providers.local.film.setting import Setting

LAYOUTS = ("range", "lake", "dunes", "forest", "coast")


@dataclass(frozen=True, slots=True)
class Land:
    """What all parts of one landscape share."""

    geo: Geo
    roles: Roles
    rng: np.random.Generator
    setting: Setting
    hour: Hour
    sun: Spot
    horizon: float
    """Height of the horizon in frame units."""
    far: Float
    near: Float
    texture: Float

    def colour(self, f: float) -> Float:
        """Of a thing at nearness f: 0 in the haze, 1 before us."""
        body = mix(self.roles.mid, self.roles.deep, 0.25 + 0.4 * f)
        return mix(mix(self.far, body, 0.30 + 0.65 * f), self.near, smoothstep(0.30, 1.0, f))


def ridge(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A landscape; the hour follows the mood, composition and weather the seed."""
    layout = choose(LAYOUTS, setting)
    land = _land(geo, roles, rng, setting)
    stack = _backdrop(land, low_sun=layout in {"lake", "coast"})
    parts = {"range": _range, "lake": _lake, "dunes": _dunes, "forest": _forest, "coast": _coast}
    stack += parts[layout](land, stack)
    if not setting.figure:
        sun = land.sun.y - (0.08 if land.hour == "night" else 0) - 0.09 * short(geo) / geo.H
        stack.append(view_point(geo, land.sun.x, sun, land.horizon + 0.03, rng))
    return stack + _weather(land, layout)


def _land(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Land:
    hour = hour_of(setting.mood, rng)
    tilt = {"low": 0.05, "high": -0.05, "top_down": -0.08}.get(setting.angle, 0.0)
    horizon = (0.60 if geo.aspect < 1.2 else 0.62) + tilt + float(rng.uniform(-0.02, 0.02))
    if geo.aspect > 1.2 and setting.titled:
        x = float(rng.uniform(0.60, 0.82))
    else:
        x = float(rng.choice([rng.uniform(0.22, 0.40), rng.uniform(0.60, 0.78)]))
    return Land(
        geo=geo,
        roles=roles,
        rng=rng,
        setting=setting,
        hour=hour,
        sun=Spot(x, horizon - float(rng.uniform(0.07, 0.13))),
        horizon=horizon,
        far=haze(roles, hour),
        near=mix(roles.ink, roles.deep, 0.14),
        texture=noise(geo, rng),
    )


def _backdrop(land: Land, *, low_sun: bool) -> Stack:
    """Sky, stars, sun or moon, and clouds."""
    geo, roles, rng = land.geo, land.roles, land.rng
    sun = land.sun if land.hour != "night" else Spot(land.sun.x, land.sun.y - 0.08)
    stack: Stack = [sky(geo, roles, rng, land.hour, sun, land.horizon)]
    if land.hour == "night":
        stack.append(stars(geo, roles, rng, lowest=land.horizon - 0.05))
    if low_sun or rng.random() < 0.8:
        size = {"day": 0.055, "dusk": 0.10, "night": 0.06}[land.hour] * float(rng.uniform(0.8, 1.25))
        stack.append(sun_disc(geo, roles, rng, land.hour, sun, size * short(geo)))
    stack.append(clouds(geo, roles, rng, land.hour, sun, cover=float(rng.uniform(0.15, 0.75))))
    if land.hour != "night" and rng.random() < 0.6:
        dark = mix(roles.ink, roles.deep, 0.5)
        stack.append(Birds(rng, dark, y=land.horizon - 0.27, count=int(rng.integers(4, 9))))
    return stack


def _mass(
    land: Land,
    line: Float,
    f: float,
    *,
    trees: list[Float] | None = None,
    foot: float | None = None,
    depth: float | None = None,
) -> Layer:
    """One mass of land at nearness f, painted."""
    geo, roles = land.geo, land.roles
    bottom = float(line.max()) + 0.24 * geo.H if f < 0.95 else float(geo.h + 2)
    mask = below(geo, line, foot if foot is not None else bottom)
    if trees:
        mask = np.maximum(mask, polygon_mask(geo.h, geo.w, trees))
    top = land.colour(f)
    low = mix(top, land.far, 0.62 * (1 - f)) if f < 0.95 else land.near * np.float32(0.75)
    coat = Coat(
        top=top,
        foot=low,
        rim=roles.glow,
        edge=1.5 + 1.5 * f,
        shine=0.20 * (1 - 0.4 * f),
        lit=0.36 * (1 - 0.85 * f),
        grain=0.07 + 0.09 * f,
    )
    sun = land.sun
    picture = shade(
        geo, mask, coat, sun, piece(geo, land.texture, land.rng), (float(line.min()), float(line.min()) + 0.34 * geo.H)
    )
    if f >= 0.95:
        picture, mask = blur(picture, 1.5 * geo.S), blur(mask, 1.5 * geo.S)
    return Layer(picture, mask, 0.10 + 0.95 * f**1.25 if depth is None else depth, land.rng, name=f"land {f:.1f}")


def _line(land: Land, base: float, height: float, rough: float, peaks: float) -> Float:
    """A crest with its sizes in frame units; peaks count across a frame as wide as it is short."""
    geo = land.geo
    return crest(geo.w, land.rng, float(geo.Y(base)), height * geo.H, rough, peaks * max(1.0, geo.aspect * 0.75))


def _person(land: Land, line: Float, depth: float) -> list[Layer]:
    """Someone on the crest, across from the sun."""
    geo = land.geo
    if not land.setting.figure:
        return []
    x = 0.36 if land.sun.x > 0.5 else 0.64
    if geo.aspect > 1.2:
        x = 0.62
    foot = (float(line[int(geo.X(x))]) + 5 * geo.S - geo.my) / geo.H
    height = 0.115 * geo.H * land.setting.scale * (1.5 if geo.aspect > 1.2 else 1.0)
    return figure(geo, land.roles, land.rng, Spot(x, foot), height, depth=depth, light=land.sun.x - x, grounded=False)


def _mist(land: Land, y: float, strength: float, depth: float) -> Layer:
    colour = mix(land.far, land.roles.paper, 0.25 if land.hour != "night" else 0.05)
    return fog(land.geo, land.rng, colour, y=y, thick=0.05, strength=strength, depth=depth)


def _range(land: Land, _: Stack) -> Stack:
    """Mountain behind mountain, woods on the near ones."""
    rng, count, peak = land.rng, int(land.rng.integers(4, 6)), float(land.rng.uniform(0.10, 0.17))
    stack: Stack = []
    for k in range(count):
        f = k / (count - 1)
        base = land.horizon - 0.015 + (0.99 - land.horizon) * f**1.1
        line = _line(land, base, (peak - 0.05 * f) * (1 if f < 0.5 else 0.75), 0.52 if f < 0.6 else 0.6, 1.6 + 1.1 * f)
        wood = (
            trees(land.geo, land.rng, line, {0: 22, 1: 52, 2: 130}[round(f * 4) - 2], 0.3, clear=0.5 if f == 1 else 0)
            if f >= 0.5
            else None
        )
        stack.append(_mass(land, line, f, trees=wood))
        if k in {1, 2}:
            stack.append(_mist(land, base + 0.02, 0.55 - 0.15 * k, 0.15 + 0.8 * f**1.2))
        if k == 1:
            stack.append(TITLE)
        if k == count - 2:
            stack += _person(land, line, 0.10 + 0.95 * f**1.25)
    if land.hour != "night" and rng.random() < 0.5:
        stack.insert(1, rays(land.geo, land.roles, rng, Spot(land.sun.x, land.sun.y - 0.05), strength=0.20, depth=0.1))
    return stack


def _lake(land: Land, backdrop: Stack) -> Stack:
    """Two ranges and a wooded shore over still water."""
    geo, roles, rng = land.geo, land.roles, land.rng
    water = land.horizon + 0.055
    level = float(geo.Y(water))
    far = _mass(land, _line(land, water - 0.01, 0.19, 0.54, 2.4), 0.12, foot=level)
    middle = _mass(land, _line(land, water, 0.10, 0.54, 3.1), 0.34, foot=level)
    shore = _line(land, water + 0.002, 0.028, 0.5, 2)
    wood = _mass(land, shore, 0.55, trees=trees(land.geo, land.rng, shore, 30, 0.26), foot=level + 1.5)
    seen = [item for item in backdrop if isinstance(item, Layer)] + [far, middle, wood]
    mirror = reflection(geo, flatten(geo, seen), water, mix(roles.deep, land.far, 0.18), rng)
    surface = np.broadcast_to(np.clip(np.arange(geo.h, dtype=np.float32) - level + 0.5, 0, 1)[:, None], (geo.h, geo.w))
    lake = Layer(
        mirror, surface, 0.42, rng, name="lake", anim=lambda t, _: LayerPose(dy=float(1.6 * geo.S * np.sin(1.1 * t)))
    )
    stack: Stack = [
        far,
        TITLE,
        middle,
        _mist(land, water - 0.02, 0.5, 0.3),
        wood,
        lake,
        _mist(land, water + 0.01, 0.35, 0.42),
    ]
    bright = roles.glow if land.hour != "night" else mix(roles.glow, roles.second, 0.3)
    stack.append(Glitter(rng, bright, x=land.sun.x, top=water + 0.015, bottom=0.97, depth=0.42))
    bank = _line(land, 0.97, 0.06, 0.6, 1.6)
    stack += _person(land, bank, 0.9)
    return [*stack, _mass(land, bank, 1.0, trees=trees(land.geo, land.rng, bank, 170, 0.5, clear=0.75))]


def _dunes(land: Land, _: Stack) -> Stack:
    """Soft sand under a large sky, the lee sides in shadow."""
    geo, roles, rng = land.geo, land.roles, land.rng
    stack: Stack = []
    count = 5
    x = np.linspace(0, 1, geo.w, dtype=np.float32)
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    for k in range(count):
        f = k / (count - 1)
        base = land.horizon + 0.01 + (0.90 - land.horizon) * f**1.15
        turn, phase = (0.55 + 0.45 * rng.random()) * (1.7 - 0.9 * f) * max(1.0, geo.aspect * 0.8), rng.random(3) * 6.28
        bent = x + 0.10 * np.sin(x * 4.1 + phase[2]) + 0.04 * np.sin(x * 9.7 + phase[1])
        wave = np.sin(bent * turn * 3.14 + phase[0])
        # |sin| folded softly gives dunes their sharp crests and hollow flanks.
        dune = (1 - np.sqrt(wave**2 + 0.0008)) * (0.65 + 0.35 * np.sin(x * 2.7 + phase[1])) + 0.35 * np.sin(
            x * turn * 2.3 + phase[2]
        )
        line = np.asarray(geo.Y(base) - (0.065 + 0.05 * f) * geo.H * dune, np.float32)
        foot = float(geo.h + 2) if k == count - 1 else float(line.max()) + 0.24 * geo.H
        mask = below(geo, line, foot)
        sand = (
            mix(land.far, mix(roles.accent, roles.mid, 0.25 + 0.5 * f), 0.35 + 0.6 * f)
            if land.hour != "night"
            else land.colour(f * 0.8)
        )
        coat = Coat(
            top=mix(sand, roles.glow, 0.22 if land.hour != "night" else 0.06),
            foot=mix(sand, roles.deep, 0.42 + 0.42 * f),
            rim=roles.glow,
            edge=2,
            shine=0.4,
            lit=0.3,
            grain=0.05,
        )
        picture = shade(
            geo,
            mask,
            coat,
            land.sun,
            piece(geo, land.texture, rng),
            (float(line.min()), float(line.min()) + 0.22 * geo.H),
        )
        slope = np.gradient(line) * (1 if land.sun.x > 0.5 else -1)
        lee = smoothstep(0.0, 0.45, slope)[None, :] * (1 - smoothstep(0.02 * geo.H, 0.13 * geo.H, rows - line[None, :]))
        picture = mix(
            picture,
            mix(roles.deep, sand, 0.25),
            (blur(lee.astype(np.float32), 3 * geo.S) * (0.25 + 0.45 * f))[..., None],
        )
        stack.append(Layer(picture, mask, 0.10 + 0.85 * f**1.25, rng, name=f"dune {k}"))
        if k == 1:
            stack.append(TITLE)
        if k == count - 3:
            stack += _person(land, line, 0.10 + 0.85 * f**1.25)
    stack.append(
        Particles(rng, 46, mix(roles.glow, roles.accent, 0.2), sizes=(0.8, 2.2), drift=(0.11, 0.006), opacity=0.5)
    )
    return stack


def _forest(land: Land, _: Stack) -> Stack:
    """Woods in mist, row before row, and two dark trunks that frame the clearing."""
    geo, roles, rng = land.geo, land.roles, land.rng
    stack: Stack = [_mass(land, _line(land, land.horizon - 0.01, 0.17, 0.5, 1.5), 0.1), TITLE]
    for f, base, size in ((0.3, 0.66, 44), (0.55, 0.74, 84), (0.78, 0.85, 150)):
        line = _line(land, base, 0.045, 0.55, 2)
        stack.append(
            _mass(land, line, f, trees=trees(land.geo, land.rng, line, size, 0.24, clear=0.35 if f > 0.7 else 0))
        )
        stack.append(_mist(land, base + 0.01, 0.62 - 0.3 * f, f))
        if f > 0.7:
            stack += _person(land, line + np.float32(0.02 * geo.H), 0.85)
    stack.append(
        rays(
            geo,
            roles,
            rng,
            Spot(land.sun.x, land.sun.y - 0.1),
            strength=0.30 if land.hour != "night" else 0.12,
            depth=0.7,
        )
    )
    trunks = [trunk(geo, float(geo.X(x)), rng) for x in (0.01 + 0.04 * rng.random(), 0.95 + 0.04 * rng.random())]
    mask = blur(polygon_mask(geo.h, geo.w, [p for polygons in trunks for p in polygons], supersample=1), 2.2 * geo.S)
    coat = Coat(top=land.near, foot=land.near * np.float32(0.7), rim=roles.glow, edge=3, shine=0.35, lit=0.1, grain=0.2)
    return [
        *stack,
        Layer(
            shade(geo, mask, coat, land.sun, piece(geo, land.texture, rng), (0, geo.h)), mask, 1.35, rng, name="trunks"
        ),
    ]


def _coast(land: Land, backdrop: Stack) -> Stack:
    """The sea to the horizon, a headland with its cliff, and surf before us."""
    geo, roles, rng = land.geo, land.roles, land.rng
    level = float(geo.Y(land.horizon))
    seen = [item for item in backdrop if isinstance(item, Layer)]
    mirror = reflection(
        geo, flatten(geo, seen), land.horizon, mix(roles.deep, mix(roles.mid, roles.second, 0.4), 0.25), rng
    )
    surface = np.broadcast_to(np.clip(np.arange(geo.h, dtype=np.float32) - level + 0.5, 0, 1)[:, None], (geo.h, geo.w))
    stack: Stack = [Layer(mirror, surface, 0.14, rng, name="sea"), TITLE]
    stack.append(_mist(land, land.horizon, 0.4, 0.14))
    side = 1 if land.sun.x < 0.5 or geo.aspect > 1.2 else -1
    across = (np.arange(geo.w, dtype=np.float32) - geo.mx) / geo.W
    across = across if side > 0 else 1 - across
    for f, edge, top in ((0.25, 0.46, 0.10), (0.5, 0.68, 0.17)):
        relief = _line(land, 0, 0.05, 0.6, 2.4) - float(geo.Y(0))
        rise = smoothstep(edge - 0.05, edge + 0.09, across) ** 0.7 * (0.75 + 0.5 * np.clip(across - edge, 0, 1))
        line = np.asarray(
            level
            + 0.03 * f * geo.H
            - rise * (top * geo.H - relief * 0.8)
            + (1 - smoothstep(edge - 0.05, edge, across)) * geo.h,
            np.float32,
        )
        stack.append(
            _mass(
                land, np.minimum(line, level + 0.04 * geo.H), f, foot=level + 0.045 * f * geo.H, depth=0.15 + 0.35 * f
            )
        )
    stack.append(Glitter(rng, roles.glow, x=land.sun.x, top=land.horizon + 0.01, bottom=0.90, depth=0.4))
    for k, base in enumerate((0.83, 0.93)):
        stack.append(_surf(land, base, k))
    shore = _line(land, 0.97, 0.05, 0.6, 2.0)
    stack += _person(land, shore, 1.0)
    return [*stack, _mass(land, shore, 1.0)]


def _surf(land: Land, base: float, index: int) -> Layer:
    """A wave that comes in: a dark back, a lit crest with foam."""
    geo, roles, rng = land.geo, land.roles, land.rng
    x = np.linspace(0, 1, geo.w, dtype=np.float32)
    phase = rng.random(3) * 6.28
    line = geo.Y(base) + geo.H * (0.010 * np.sin(7 * x + phase[0]) + 0.005 * np.sin(17 * x + phase[1]))
    rows = np.arange(geo.h, dtype=np.float32)[:, None] - np.asarray(line, np.float32)[None, :]
    mask = np.clip(rows + 0.5, 0, 1) * (1 - smoothstep(0.05 * geo.H, 0.11 * geo.H, rows))
    back = mix(mix(roles.deep, roles.mid, 0.45), land.far, 0.15 * (1 - index))
    grain = piece(geo, land.texture, rng)
    foam = np.exp(-(((rows - 4 * geo.S) / (5 * geo.S)) ** 2)) * smoothstep(-0.12, 0.2, grain) + 0.5 * smoothstep(
        0.12, 0.3, grain
    ) * np.exp(-rows / (0.02 * geo.H))
    picture = mix(
        back * np.float32(0.8), mix(roles.paper, land.far, 0.3), np.clip(foam, 0, 0.85)[..., None].astype(np.float32)
    )
    swing = geo.S * (6 + 4 * index)
    return Layer(
        picture,
        mask,
        0.6 + 0.2 * index,
        rng,
        name="surf",
        anim=lambda t, _: LayerPose(
            dx=float(swing * 1.5 * np.sin(0.5 * t + phase[2])), dy=float(swing * np.sin(0.9 * t + phase[2]))
        ),
    )


def _weather(land: Land, layout: str) -> Stack:
    """What falls or floats before us."""
    roles, rng = land.roles, land.rng
    stack: Stack = []
    if land.setting.mood == "tense" and rng.random() < 0.6:
        stack.append(Rain(rng, mix(land.far, roles.paper, 0.5)))
    elif layout != "dunes" and land.hour != "dusk" and rng.random() < 0.3:
        stack.append(Particles(rng, 60, roles.paper, sizes=(1.2, 4), drift=(0.012, 0.06), opacity=0.75))
    else:
        stack.append(dust(land.geo, rng, roles.glow))
    side = 1.0 if land.sun.x > 0.5 else -1.0
    stack.append(LightLeak(rng, roles.accent, roles.glow, 0.20 if land.hour != "day" else 0.12, side))
    return stack
