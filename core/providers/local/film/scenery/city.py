"""City: a skyline over water, a wet street between towers, a roof above it all, a window onto the night."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from core.providers.local.film.by_rows import by_rows, picked
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
    reflection,
    sky,
    stars,
    sun_disc,
)
from core.providers.local.film.scenery.buildings import Block, box, facade, row
from core.providers.local.film.scenery.drift import Glitter, LightLeak, Lights, Particles, Rain
from core.providers.local.film.scenery.figures import figure
from core.providers.local.film.scenery.furniture import panes, plant, roof_things
from core.providers.local.film.scenery.light import Coat, Spot, choose, flat, noise, piece, shade, short
from core.providers.local.film.setting import Setting

LAYOUTS = ("skyline", "street", "rooftop", "window")
SUN = 0.50
"""Height of the sun or moon, in frame units: below the title, also from near."""


@dataclass(frozen=True, slots=True)
class Town:
    """What all parts of one city share."""

    geo: Geo
    roles: Roles
    rng: np.random.Generator
    setting: Setting
    hour: Hour
    sun: Spot
    far: Float
    near: Float
    texture: Float

    @property
    def lit(self) -> float:
        """Share of the windows that are lit."""
        return {"day": 0.05, "dusk": 0.26, "night": 0.36}[self.hour]

    def colour(self, f: float) -> Float:
        """Of a wall at nearness f: 0 in the haze, 1 before us."""
        body = mix(self.far, mix(self.roles.mid, self.roles.deep, 0.30 + 0.4 * f), 0.55 + 0.3 * f)
        return mix(body, self.near, smoothstep(0.1, 1, f) * (0.95 if self.hour != "day" else 0.75))


def city(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A city; the hour follows the mood, the point of view the seed."""
    layout = choose(LAYOUTS, setting)
    hour = hour_of(setting.mood, rng)
    if hour == "day" and layout == "window":
        hour = "dusk"
    wide_title = geo.aspect > 1.2 and setting.titled
    x = float(rng.uniform(0.76, 0.88)) if wide_title else float(rng.uniform(0.3, 0.7))
    town = Town(
        geo=geo,
        roles=roles,
        rng=rng,
        setting=setting,
        hour=hour,
        sun=Spot(x, SUN),
        far=haze(roles, hour),
        near=mix(roles.ink, roles.deep, 0.12),
        texture=noise(geo, rng),
    )
    scenes = {"skyline": _skyline, "street": _street, "rooftop": _rooftop, "window": _window}
    stack = scenes[layout](town)
    if not setting.figure:
        stack.append(view_point(geo, x, 0.54 if layout == "street" else SUN - 0.03, 0.72, rng))
    if setting.mood == "tense" and layout != "window":
        stack.append(Rain(rng, mix(town.far, roles.paper, 0.5)))
    elif layout != "window":
        bokeh = mix(roles.glow, roles.accent, 0.4)
        stack.append(Particles(rng, 14, bokeh, sizes=(4, 20), depths=(1.1, 1.9), drift=(0.006, -0.004), opacity=0.22))
    return [*stack, LightLeak(rng, roles.accent, roles.glow, 0.18 if hour != "day" else 0.1)]


def _backdrop(town: Town, horizon: float, *, disc: float = 0.0) -> Stack:
    geo, roles, rng = town.geo, town.roles, town.rng
    stack: Stack = [sky(geo, roles, rng, town.hour, town.sun, horizon)]
    if town.hour == "night":
        stack.append(stars(geo, roles, rng, 130, 0.42))
    if disc:
        high = Spot(town.sun.x, town.sun.y - 0.015)
        stack.append(sun_disc(geo, roles, rng, town.hour, high, disc * short(geo)))
    return [*stack, clouds(geo, roles, rng, town.hour, town.sun, float(rng.uniform(0.2, 0.7)))]


def _rank(
    town: Town, f: float, foot: float, heights: tuple[float, float], *, valley: float = 0.0, depth: float | None = None
) -> Stack:
    """One rank of houses at nearness f on the level `foot`, with its lit windows; and the lamps that switch on them.

    `valley` 0..1 makes the middle of the rank lower than its ends.
    """
    geo, roles, rng = town.geo, town.roles, town.rng
    block = Block(foot=foot, low=heights[0], high=heights[1], width=0.055 + 0.085 * f, lit=town.lit, valley=valley)
    houses = row(geo, rng, block)
    top = town.colour(f)
    coat = Coat(
        top=top,
        foot=mix(top, town.far, 0.55 * (1 - f) + 0.06),
        rim=roles.glow,
        edge=1.4 + f,
        shine=0.42 * (1 - 0.4 * f),
        lit=0.30 * (1 - f),
        grain=0.05,
    )
    span = (float(geo.Y(foot - heights[1])), float(geo.Y(foot)))
    picture = shade(geo, houses.mask, coat, town.sun, piece(geo, town.texture, rng), span)
    colours = mix(mix(roles.glow, roles.paper, 0.15), roles.accent, picked(houses.hue, 0.74, 0.85, 0.1))
    shine = (by_rows(houses.windows) * (0.28 + 0.62 * f))[..., None]
    picture = mix(picture, colours, shine)
    picture += by_rows(blur(np.asarray(shine * colours, np.float32), 5 * geo.S)) * np.float32(0.2 + 0.4 * f)
    where = 0.12 + 0.62 * f if depth is None else depth
    rank: Stack = [Layer(picture, houses.mask, where, rng, name=f"houses {f:.1f}")]
    if town.hour != "day":
        rank.append(
            Lights(rng, houses.lamps, mix(roles.glow, roles.accent, 0.2), depth=where, size=1.0 + 1.2 * f, halo=3.5)
        )
    if houses.masts:
        rank.append(
            Lights(rng, houses.masts, mix(roles.accent, roles.glow, 0.1), depth=where, size=1.5, way="blink", halo=6)
        )
    return rank


def _mist(town: Town, y: float, strength: float, depth: float, thick: float = 0.09) -> Layer:
    return fog(town.geo, town.rng, town.far, y=y, thick=thick, strength=strength, depth=depth, speed=9)


def _person(town: Town, feet: Spot, height: float, depth: float) -> Stack:
    if not town.setting.figure:
        return []
    side = 1.0 if town.sun.x > feet.x else -1.0
    return list(
        figure(town.geo, town.roles, town.rng, feet, height * town.geo.H * town.setting.scale, depth=depth, light=side)
    )


def _skyline(town: Town) -> Stack:
    """Ranks of towers across a river that mirrors them."""
    geo, roles, rng = town.geo, town.roles, town.rng
    shore = 0.70 if geo.aspect < 1.2 else 0.72
    tall = float(rng.uniform(0.24, 0.32)) * (1.0 if geo.aspect < 0.8 else 1.2)
    stack = _backdrop(town, shore, disc=0.11 if town.hour == "dusk" else 0.06)
    stack += _rank(town, 0.05, shore, (0.10, tall))
    stack += [TITLE, _mist(town, shore - 0.05, 0.4, 0.2)]
    stack += _rank(town, 0.35, shore, (0.06, tall * 0.8), valley=0.4)
    stack += _rank(town, 0.62, shore + 0.004, (0.02, tall * 0.42), valley=0.7)
    seen = [item for item in stack if isinstance(item, Layer)]
    mirror = reflection(geo, flatten(geo, seen), shore, mix(roles.deep, roles.ink, 0.45), rng)
    level = float(geo.Y(shore + 0.002))
    surface = np.broadcast_to(np.clip(np.arange(geo.h, dtype=np.float32) - level, 0, 1)[:, None], (geo.h, geo.w))
    stack.append(
        Layer(
            mirror,
            surface,
            0.50,
            rng,
            name="river",
            anim=lambda t, _: LayerPose(dy=float(1.5 * geo.S * np.sin(1.2 * t))),
        )
    )
    stack.append(
        Glitter(
            rng,
            mix(roles.glow, roles.accent, 0.25),
            x=town.sun.x,
            top=shore + 0.01,
            bottom=0.98,
            depth=0.5,
            spread=0.22,
        )
    )
    stack += _quay(town)
    x = 0.30 if town.sun.x > 0.5 else 0.70
    return stack + _person(town, Spot(x if geo.aspect < 1.2 else 0.62, 0.965), 0.21 if geo.aspect < 1.2 else 0.3, 1.0)


def _quay(town: Town) -> Stack:
    """The near bank: a dark kerb with a railing."""
    geo, roles = town.geo, town.roles
    top, rail, step = float(geo.Y(0.955)), float(geo.Y(0.905)), 0.10 * short(geo)
    thick = 2.2 * geo.S
    bars: list[Float] = [box(0, top, geo.w, geo.h), box(0, rail, geo.w, rail + 1.6 * thick)]
    bars += [box(0, rail + k * 0.017 * geo.H, geo.w, rail + k * 0.017 * geo.H + 0.5 * thick) for k in (1, 2)]
    bars += [box(x - thick, rail, x + thick, top) for x in np.arange(0.3 * step, geo.w, step)]
    mask = polygon_mask(geo.h, geo.w, bars)
    coat = Coat(
        top=mix(town.near, roles.deep, 0.3),
        foot=town.near * np.float32(0.7),
        rim=roles.glow,
        edge=1.2,
        shine=0.6,
        lit=0.05,
        grain=0.05,
    )
    picture = shade(geo, mask, coat, town.sun, piece(geo, town.texture, town.rng), (rail, float(geo.Y(1.05))))
    return [Layer(picture, mask, 1.0, town.rng, name="quay")]


def _street(town: Town) -> Stack:
    """Between two rows of fronts that run to a vanishing point, the wet road mirroring them."""
    geo, roles, rng = town.geo, town.roles, town.rng
    eye = 0.66 if geo.aspect < 1.2 else 0.64
    vanish = Spot(town.sun.x * 0.4 + 0.3 if geo.aspect < 1.2 else 0.66, eye)
    stack = _backdrop(town, eye)
    stack += _rank(town, 0.0, eye + 0.01, (0.05, 0.20))
    stack.append(TITLE)
    cuts = [0.60**k for k in range(6)][::-1]
    fronts: Stack = []
    for index, (far_end, near_end) in enumerate(pairwise(cuts)):
        f = (index + 0.6) / 5
        fronts.append(_fronts(town, vanish, far_end * 0.93, near_end * (1.5 if index == 4 else 1.0), f))
        if index in {1, 3}:
            fronts.append(_mist(town, eye, 0.5 - 0.1 * index, f, thick=0.07))
    seen = [item for item in stack + fronts if isinstance(item, Layer)]
    stack += [_road(town, seen, eye), *fronts]
    stack.append(Lights(rng, _headlamps(vanish, eye, rng), roles.paper, depth=0.5, size=2.6, halo=7))
    stack.append(
        Glitter(
            rng, mix(roles.glow, roles.accent, 0.4), x=vanish.x, top=eye + 0.02, bottom=0.98, depth=0.62, spread=0.14
        )
    )
    return stack + _person(town, Spot(vanish.x, 0.90), 0.26 if geo.aspect < 1.2 else 0.40, 0.95)


def _road(town: Town, seen: list[Layer], eye: float) -> Layer:
    """The wet road: it mirrors what is seen, and fills everything below the eye."""
    geo, roles = town.geo, town.roles
    mirror = reflection(geo, flatten(geo, seen), eye, mix(roles.ink, roles.deep, 0.3), town.rng)
    rows = np.clip(np.arange(geo.h, dtype=np.float32) - float(geo.Y(eye)), 0, 1)
    surface = np.broadcast_to(rows[:, None], (geo.h, geo.w))
    return Layer(by_rows(mirror) * np.float32(1.2), surface, 0.62, town.rng, name="road")


def _headlamps(vanish: Spot, eye: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Pairs of lamps down the road."""
    lamps = []
    for distance in (0.10, 0.17, 0.28):
        x, y = vanish.x + float(rng.choice([-1, 1])) * 0.35 * distance, eye + 0.012 + 0.16 * distance
        lamps += [(x - 0.09 * distance, y), (x + 0.09 * distance, y)]
    return lamps


def _fronts(town: Town, vanish: Spot, far_end: float, near_end: float, f: float) -> Layer:
    """A house on each side of the street, from `far_end` to `near_end` (1 is the edge of the frame)."""
    geo, roles, rng = town.geo, town.roles, town.rng
    left, right = (_front(town, vanish, side, far_end, near_end, f) for side in (-1, 1))
    mask, windows, hue = (np.maximum(a, b, out=a) for a, b in zip(left, right, strict=True))
    del left, right
    # Upper floors stay dark: the title stands before them.
    calm = smoothstep(0.16, 0.50, (np.arange(geo.h, dtype=np.float32) - geo.my) / geo.H)[:, None]
    top = town.colour(f)
    foot = mix(top, town.far, 0.45 * (1 - f) + 0.12)
    coat = Coat(top=top, foot=foot, rim=roles.glow, edge=2, shine=0.35, lit=0.25, grain=0.05)
    span = (float(geo.Y(vanish.y - 0.7 * near_end)), float(geo.Y(vanish.y)))
    picture = shade(geo, mask, coat, vanish, piece(geo, town.texture, rng), span)
    colour = mix(mix(roles.glow, roles.paper, 0.1), roles.accent, picked(hue, 0.7, 0.85, 0.12))
    shine = by_rows((windows * calm * (0.35 + 0.5 * f)).astype(np.float32))[..., None]
    halo = by_rows(blur(np.asarray(shine * colour), max(7.1, 6 * geo.S)))
    picture = mix(picture, colour, shine) + halo * np.float32(0.45)
    return Layer(picture, mask, 0.15 + 0.75 * f, rng, name="fronts")


def _front(
    town: Town, vanish: Spot, side: int, far_end: float, near_end: float, f: float
) -> tuple[Float, Float, Float]:
    """The mask of one house along the street, the light of its windows and their hue."""
    geo, rng = town.geo, town.rng
    x0, y0 = float(geo.X(vanish.x)), float(geo.Y(vanish.y))
    reach = geo.W * (1.02 - vanish.x if side > 0 else vanish.x + 0.02)
    rise, drop = geo.H * float(rng.uniform(0.50, 0.85)), geo.H * 0.26

    def edge(distance: float) -> tuple[tuple[float, float], tuple[float, float]]:
        x = x0 + side * reach * distance
        return (x, y0 - rise * distance), (x, y0 + drop * distance)

    (far_top, far_foot), (near_top, near_foot) = edge(far_end), edge(near_end)
    out = float(geo.w) if side > 0 else 0.0
    gable = np.array([near_top, (out, near_top[1]), (out, near_foot[1]), near_foot], np.float32)
    quad = np.array([far_top, near_top, near_foot, far_foot], np.float32)
    columns, floors = int(rng.integers(5, 9)), int(rng.integers(14, 22))
    lit = town.lit * (1.1 - 0.35 * f)
    corners = np.array([[0, 0], [320, 0], [320, 520], [0, 520]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, quad)
    windows, hue = (
        np.asarray(cv2.warpPerspective(flat_one, warp, (geo.w, geo.h)), np.float32)
        for flat_one in facade((320, 520), rng, lit=lit, columns=columns, floors=floors)
    )
    return polygon_mask(geo.h, geo.w, [quad, gable]), windows, hue


def _rooftop(town: Town) -> Stack:
    """Over the roofs from a terrace, lamps on a string above it."""
    geo, roles, rng = town.geo, town.roles, town.rng
    level = 0.84
    tall = 0.26 if geo.aspect < 0.8 else 0.36
    stack = _backdrop(town, 0.70, disc=0.12 if town.hour == "dusk" else 0.065)
    stack += _rank(town, 0.0, 0.84, (0.12, tall))
    stack += [TITLE, _mist(town, 0.74, 0.5, 0.15)]
    stack += _rank(town, 0.3, 0.90, (0.06, tall * 0.85), valley=0.45)
    stack.append(_mist(town, 0.82, 0.35, 0.35))
    stack += _rank(town, 0.62, 0.99, (0.04, tall * 0.75), valley=0.75)
    terrace = [
        box(0, float(geo.Y(level + 0.06)), geo.w, geo.h),
        box(0, float(geo.Y(level + 0.045)), geo.w, float(geo.Y(level + 0.062))),
    ]
    terrace += roof_things(geo, rng, float(geo.Y(level + 0.05)))
    mask = polygon_mask(geo.h, geo.w, terrace)
    coat = Coat(
        top=mix(town.near, roles.deep, 0.35),
        foot=town.near * np.float32(0.7),
        rim=roles.glow,
        edge=2,
        shine=0.7,
        lit=0.1,
        grain=0.14,
    )
    picture = shade(
        geo, mask, coat, town.sun, piece(geo, town.texture, rng), (float(geo.Y(level - 0.1)), float(geo.Y(1.05)))
    )
    stack.append(Layer(picture, mask, 0.95, rng, name="terrace"))
    stack += _person(
        town, Spot(0.5 if geo.aspect < 1.2 else 0.64, level + 0.055), 0.20 if geo.aspect < 1.2 else 0.3, 0.95
    )
    return stack + _string_lights(town)


def _string_lights(town: Town) -> Stack:
    """Bulbs on a slack cord between the two sides of a terrace."""
    geo, roles, rng = town.geo, town.roles, town.rng
    x = np.linspace(-0.15, 1.15, 60)
    y = 0.66 + 0.05 * (1 - ((x - 0.5) / 0.65) ** 2) + 0.012 * np.sin(6 * x)
    cord = np.stack([geo.X(x), geo.Y(y)], 1)
    width = max(0.7, 0.8 * geo.S)
    mask = polygon_mask(geo.h, geo.w, [np.concatenate([cord, (cord + np.array([0, width]))[::-1]])])
    bulbs = [(float(a), float(b) + 0.006) for a, b in zip(x[3::5], y[3::5], strict=True)]
    layer = Layer(flat(geo, town.near), mask, 1.05, rng, name="cord")
    return [layer, Lights(rng, bulbs, mix(roles.glow, roles.accent, 0.15), depth=1.05, size=5.0, halo=6)]


def _window(town: Town) -> Stack:
    """From a dark room: panes, a sill with plants, the city out of focus behind them."""
    geo, roles, rng = town.geo, town.roles, town.rng
    stack = _backdrop(town, 0.72, disc=0.08)
    houses: Stack = _rank(town, 0.1, 0.86, (0.12, 0.36)) + _rank(town, 0.5, 0.95, (0.06, 0.28), valley=0.5)
    sharp = [item for item in stack + houses if isinstance(item, Layer)]
    ground = Layer(blur(flatten(geo, sharp), 3.0 * geo.S), None, 0.05, rng, name="outside")
    bokeh = [(float(rng.uniform(-0.1, 1.1)), float(rng.uniform(0.58, 0.86))) for _ in range(26)]
    inside: Stack = [ground, TITLE]
    for k, colour in enumerate((mix(roles.glow, roles.accent, 0.15), mix(roles.accent, roles.glow, 0.15))):
        inside.append(
            Lights(rng, bokeh[k::2], colour * np.float32(0.55), depth=0.25 + 0.2 * k, size=8.0 + 5 * k, halo=1.8)
        )
    if town.setting.mood == "tense" or (town.hour == "night" and rng.random() < 0.5):
        inside.append(Rain(rng, mix(town.far, roles.paper, 0.5), count=70))
    mask = panes(geo, rng)
    coat = Coat(
        top=town.near * np.float32(0.85),
        foot=town.near * np.float32(0.6),
        rim=mix(roles.glow, roles.accent, 0.3),
        edge=2.5,
        shine=0.5,
        lit=0.05,
        grain=0.08,
    )
    picture = shade(geo, mask, coat, Spot(town.sun.x, 0.6), piece(geo, town.texture, rng), (0, geo.h))
    inside.append(Layer(picture, mask, 0.9, rng, name="panes"))
    plants = blur(polygon_mask(geo.h, geo.w, plant(geo, rng)), 0.8 * geo.S)
    inside.append(
        Layer(
            shade(geo, plants, coat, Spot(town.sun.x, 0.5), piece(geo, town.texture, rng), (0, geo.h)),
            plants,
            1.05,
            rng,
            name="plant",
        )
    )
    inside += _person(town, Spot(0.64, 1.14), 0.58, 1.1)
    warm = Particles(rng, 18, roles.glow, sizes=(1, 2.6), drift=(0.005, -0.006), opacity=0.4)
    return [*inside, warm]
