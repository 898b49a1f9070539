"""Orbit: space. A planet with or without rings, a moon that rises over a limb, a globe of linked places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.providers.local.film.by_rows import by_rows, on_sheet
from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Pose, Stack, Stage
from core.providers.local.film.paint import Float, Pixels, blur, ease_in_out, fbm, mix, smoothstep, vertical_gradient
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.atmosphere import stars
from core.providers.local.film.scenery.drift import LightLeak, Lights, Particles
from core.providers.local.film.scenery.light import Spot, choose, flat, short, thin_rings
from core.providers.local.film.setting import Setting, hero

LAYOUTS = ("ringed", "moonrise", "network", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A planet to be painted: where, how large (layer pixels), and what it looks like."""

    at: Spot
    radius: float
    sea: Float
    land: Float
    air: Float
    banded: bool = False
    """A gas giant's bands instead of continents."""
    lamps: bool = False
    """Cities that glow on the night side."""
    light: tuple[float, float, float] = (-0.62, -0.55, 0.56)


class Links:
    """Arcs from the first place on a globe to the others: they grow one after another, a pulse runs along each."""

    def __init__(
        self, places: list[tuple[float, float]], centre: Spot, colour: Float, bright: Float, depth: float
    ) -> None:
        self.depth, self._places, self._centre = depth, places, centre
        self._colour, self._bright = np.asarray(colour, np.float32) * 255, np.asarray(bright, np.float32) * 255

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the arcs, the places and the pulses, with a glow."""
        height, width = out.shape[:2]
        veil = np.zeros_like(out)
        points = [np.array(context.project(x, y, self.depth)) for x, y in self._places]
        middle = np.array(context.project(self._centre.x, self._centre.y, self.depth))
        thick = max(1, round(1.4 * context.S))
        for index, (a, b) in enumerate((points[0], other) for other in points[1:]):
            grown = float(ease_in_out(np.clip(t * 0.9 - index * 0.22, 0, 1)))
            if grown <= 0:
                continue
            lift = 0.42 * float(np.hypot(*(b - a)))
            bow = (a + b) / 2 + 0.25 * ((a + b) / 2 - middle) - (0, lift)
            s = np.linspace(0, grown, 28)[:, None]
            arc = (1 - s) ** 2 * a + 2 * s * (1 - s) * bow + s * s * b
            cv2.polylines(
                veil, [np.round(arc * 16).astype(np.int32)], False, _triple(self._colour), thick, cv2.LINE_AA, 4
            )
            runner = arc[int((t * 0.55 + index * 0.37) % 1 * (len(arc) - 1))]
            for place, size in ((a, 3.4), (arc[-1], 3.4), (runner, 2.6)):
                at = (round(float(place[0]) * 16), round(float(place[1]) * 16))
                cv2.circle(veil, at, round(size * context.S * 16), _triple(self._bright), -1, cv2.LINE_AA, 4)
        small = cv2.resize(veil, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
        glow = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.8, 2.5 * context.S)), (width, height))
        cv2.add(out, veil, dst=out)
        cv2.add(out, cv2.convertScaleAbs(glow, alpha=1.5), dst=out)


def _triple(colour: Float) -> tuple[float, float, float]:
    return float(colour[0]), float(colour[1]), float(colour[2])


def orbit(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A view of space; which one the seed decides."""
    layout = choose(LAYOUTS, setting)
    stack: Stack = [_deep_space(geo, roles, rng), stars(geo, roles, rng, 560, 1.1)]
    views = {"ringed": _ringed, "moonrise": _moonrise, "network": _network, "system": _system}
    stack += views[layout](geo, roles, rng, setting)
    stack.append(Particles(rng, 22, roles.glow, sizes=(1, 3), depths=(0.6, 1.9), drift=(0.006, -0.004), opacity=0.6))
    return [*stack, LightLeak(rng, roles.accent, roles.glow, 0.16)]


def _deep_space(geo: Geo, roles: Roles, rng: np.random.Generator) -> Layer:
    """Darkness with a band of nebula across it."""
    h, w = max(2, geo.h // 2), max(2, geo.w // 2)
    picture = vertical_gradient(
        h,
        w,
        [(0, roles.ink * np.float32(0.75)), (0.5, mix(roles.ink, roles.deep, 0.55)), (1, roles.ink * np.float32(0.8))],
    )
    thick, thin = fbm(h, w, rng, base=2, octaves=6), fbm(h, w, rng, base=3, octaves=7)
    angle = float(rng.uniform(-0.9, 0.9))
    across = np.arange(w, dtype=np.float32)[None, :] / h - 0.5 * w / h
    down = np.arange(h, dtype=np.float32)[:, None] / h - 0.5
    band = np.exp(-(((down * np.cos(angle) + across * np.sin(angle) + 0.3 * (thick - 0.5)) / 0.30) ** 2))
    picture += (
        (smoothstep(0.36, 0.85, thick) ** 1.4 * (0.35 + 0.65 * band))[..., None]
        * mix(roles.deep, roles.mid, 0.8)
        * np.float32(0.85)
    )
    picture += (
        (smoothstep(0.50, 0.88, thin) ** 2 * band)[..., None] * mix(roles.accent, roles.second, 0.3) * np.float32(0.45)
    )
    dust = smoothstep(0.52, 0.75, fbm(h, w, rng, base=5, octaves=6)) * band
    picture *= (1 - 0.55 * dust)[..., None]
    large = cv2.resize(picture, (geo.w, geo.h), interpolation=cv2.INTER_LINEAR)
    return Layer(large, None, 0.02, rng, name="space")


Box = tuple[int, int, int, int]
"""Left, top, right and lower edge in layer pixels."""


def _around(geo: Geo, world: World) -> Box:
    """The part of the layer that a planet and its air reach."""
    x, y, reach = float(geo.X(world.at.x)), float(geo.Y(world.at.y)), 1.55 * world.radius + 4
    left, top = int(np.clip(x - reach, 0, geo.w - 2)), int(np.clip(y - reach, 0, geo.h - 2))
    return left, top, int(np.clip(x + reach, left + 2, geo.w)), int(np.clip(y + reach, top + 2, geo.h))


def _placed(geo: Geo, box: Box, picture: Float, mask: Any) -> tuple[Float, Float]:
    """A picture and its mask of a box, on sheets as large as the layer."""
    left, top, right, bottom = box
    cover = np.zeros((geo.h, geo.w), np.float32)
    cover[top:bottom, left:right] = mask
    return on_sheet((geo.h, geo.w), box, picture), cover


def _globe(geo: Geo, world: World, box: Box) -> tuple[Float, Float, Float, Float]:
    """Coordinates x, y of the pixels of a box in radii from the centre, the distance squared, the ball's height."""
    x = ((np.arange(box[0], box[2], dtype=np.float32) - float(geo.X(world.at.x))) / world.radius)[None, :]
    y = ((np.arange(box[1], box[3], dtype=np.float32) - float(geo.Y(world.at.y))) / world.radius)[:, None]
    squared = np.asarray(x * x + y * y, np.float32)
    return (
        np.broadcast_to(x, squared.shape),
        np.broadcast_to(y, squared.shape),
        squared,
        np.sqrt(np.clip(1 - squared, 0, 1)),
    )


def _planet(geo: Geo, rng: np.random.Generator, roles: Roles, world: World, depth: float) -> list[Layer]:
    """The glow of its air, and the lit ball."""
    box = _around(geo, world)
    x, y, squared, z = (by_rows(each) for each in _globe(geo, world, box))
    lx, ly, lz = np.array(world.light) / np.linalg.norm(world.light)
    facing = x * lx + y * ly + z * lz
    rim = (x * lx + y * ly) / np.sqrt(squared + 1e-4)
    air = np.exp(-np.clip(np.sqrt(squared) - 1, 0, 9) * 10) * (squared > 0.9) * smoothstep(-0.35, 0.8, rim)
    light, cover = _placed(geo, box, (air * 0.7)[..., None] * world.air, air)
    halo = Layer(light, cover, depth - 0.03, rng, blend="add", premultiplied=True, name="air")
    ground, is_land = _surface(rng, world, x, y, z)
    day = smoothstep(-0.12, 0.75, facing)[..., None]
    edge = (np.clip(1 - z, 0, 1) ** 3 * smoothstep(-0.2, 0.5, facing))[..., None]
    gleam = (np.clip(2 * facing * z - lz, 0, 1) ** 18 * 0.22 * (1 - is_land))[..., None]
    picture = ground * (0.03 + 1.15 * day) + roles.glow * edge * 0.85 + roles.paper * gleam
    if world.lamps:
        sparks = (rng.random(is_land.shape, np.float32) > 0.995) * smoothstep(0.08, -0.25, facing) * is_land
        lamps = by_rows(blur(np.asarray(sparks, np.float32), max(0.5, 0.7 * geo.S)))
        picture = picture + lamps[..., None] * roles.glow * 2.0
    mask = np.clip((1 - np.sqrt(squared)) * world.radius / 1.3 + 0.5, 0, 1)
    return [
        halo,
        Layer(
            *_placed(geo, box, picture, mask),
            depth,
            rng,
            subject=True,
            name="planet",
        ),
    ]


def _surface(rng: np.random.Generator, world: World, x: Float, y: Float, z: Float) -> tuple[Float, Float]:
    """Colour of the ground h x w x 3 and where it is land, 0..1, wrapped around the ball."""
    size_h, size_w = 384, 768
    lumps = fbm(size_h, size_w, rng, base=4, octaves=7, stretch=1.4)
    bands = fbm(size_h, size_w, rng, base=5, octaves=7, stretch=7)
    longitude, latitude = np.arctan2(x, z + 1e-4), np.arcsin(np.clip(y, -1, 1))
    tilt = float(rng.uniform(-0.35, 0.35))
    at_x = np.asarray((longitude / np.pi * 0.5 + 0.5) * (size_w - 1), np.float32)
    at_y = np.clip((latitude / np.pi + 0.5 + tilt * longitude / np.pi * 0.3) * (size_h - 1), 0, size_h - 1)
    share = 0.15 if world.banded else 0.65
    texture = cv2.remap(lumps * share + bands * (1 - share), at_x, np.asarray(at_y, np.float32), cv2.INTER_LINEAR)
    texture = (texture - float(texture.mean())) * (1.5 if world.banded else 1.2) + 0.5
    is_land = smoothstep(0.40, 0.62, texture) if world.banded else smoothstep(0.49, 0.56, texture)
    is_land = np.asarray(is_land, np.float32)
    colour = mix(world.sea, world.land, by_rows(is_land)[..., None]) * (0.72 + 0.55 * texture[..., None])
    return colour, is_land


def _place(geo: Geo, rng: np.random.Generator, setting: Setting) -> tuple[Spot, float]:
    """Where a planet belongs and its radius in layer pixels."""
    spot = hero(geo, setting)
    shift = float(rng.uniform(-0.14, 0.14)) if geo.aspect < 1.2 else float(rng.uniform(-0.02, 0.04))
    drop = 0.06 if geo.aspect < 0.8 else 0.0
    return Spot(spot.x + shift, spot.y + drop), spot.radius * 1.15 * setting.scale


def _ringed(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A giant with rings, seen a little from above."""
    at, radius = _place(geo, rng, setting)
    radius *= 0.86
    world = World(
        at=at,
        radius=radius,
        banded=True,
        sea=mix(roles.mid, roles.accent, 0.45),
        land=mix(roles.accent, roles.glow, 0.55),
        air=mix(roles.accent, roles.glow, 0.5),
        light=(float(rng.choice([-1, 1])) * 0.62, -0.55, 0.56),
    )
    x, y, _, _ = (by_rows(each) for each in _globe(geo, world, (0, 0, geo.w, geo.h)))
    slope, flat_share = float(rng.choice([-1, 1])) * float(rng.uniform(0.12, 0.34)), float(rng.uniform(0.20, 0.34))
    turned = y * np.cos(slope) + x * np.sin(slope)
    along = x * np.cos(slope) - y * np.sin(slope)
    away = np.sqrt(along**2 + (turned / flat_share) ** 2)
    grooves = np.interp(away, np.linspace(1.25, 2.2, 90), blur(rng.random((1, 90)).astype(np.float32), 0.8)[0])
    band = smoothstep(1.30, 1.36, away) * (1 - smoothstep(2.0, 2.1, away)) * (0.22 + 0.85 * grooves)
    band = np.asarray(band * (1 - 0.9 * np.exp(-(((away - 1.78) / 0.022) ** 2))))
    lx, ly = world.light[0], world.light[1]
    behind = smoothstep(0.0, 0.45, -(x * lx + y * ly)) * (np.abs(x * ly - y * lx) < 0.85)
    colour = mix(roles.second, roles.glow, 0.65) * (1 - 0.82 * behind * (turned < 0))[..., None]
    back = Layer(colour, band * (turned < 0) * 0.8, 0.34, rng, name="rings behind")
    front = Layer(colour, band * (turned >= 0) * 0.85, 0.39, rng, name="rings before")
    halo, ball = _planet(geo, rng, roles, world, 0.36)
    moon = World(
        at=Spot(at.x - 0.34 * (1 if lx < 0 else -1), at.y - 0.22 if geo.aspect < 1.2 else at.y - 0.3),
        radius=0.10 * radius,
        light=world.light,
        sea=roles.mid,
        land=mix(roles.second, roles.glow, 0.4),
        air=roles.second * np.float32(0.4),
    )
    small = _planet(geo, rng, roles, moon, 0.6)
    return [halo, back, TITLE, ball, front, *small]


def _moonrise(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A moon over the bright limb of the world below."""
    spot, unit = hero(geo, setting), short(geo)
    limb = World(
        at=Spot(spot.x, 0.86 + 1.35 * unit / geo.H),
        radius=1.40 * unit,
        lamps=True,
        sea=mix(roles.deep, roles.mid, 0.55),
        land=mix(roles.mid, roles.accent, 0.35),
        air=mix(roles.accent, roles.glow, 0.5),
        light=(0.2, -0.85, -0.22),
    )
    shift = float(rng.uniform(-0.18, 0.18)) if geo.aspect < 1.2 else 0.05
    moon_at = Spot(spot.x + shift, spot.y - 0.03 if geo.aspect < 1.2 else 0.40)
    radius = 0.62 * spot.radius * setting.scale
    moon = World(
        at=moon_at,
        radius=radius,
        sea=mix(roles.mid, roles.second, 0.5),
        land=mix(roles.second, roles.glow, 0.65),
        air=mix(roles.second, roles.glow, 0.4) * np.float32(0.5),
        light=(float(rng.choice([-1, 1])) * 0.7, 0.25, 0.5),
    )
    disc = _planet(geo, rng, roles, moon, 0.2)
    rise = 0.03 * geo.H
    disc[0].anim = disc[1].anim = lambda t, d: LayerPose(dy=float(rise * (0.5 - t / max(d, 0.1))))
    halo, ground = _planet(geo, rng, roles, limb, 0.6)
    ground.subject = False
    return [*disc, TITLE, halo, ground]


def _network(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A globe of dots with arcs of light from place to place."""
    at, radius = _place(geo, rng, setting)
    radius *= 1.02
    world = World(
        at=at,
        radius=radius,
        lamps=True,
        sea=mix(roles.ink, roles.deep, 0.85),
        land=mix(roles.deep, roles.mid, 0.8),
        air=mix(roles.accent, roles.glow, 0.3),
        light=(-0.5, -0.6, 0.75),
    )
    halo, ball = _planet(geo, rng, roles, world, 0.36)
    turn, places = np.pi * (3 - np.sqrt(5)), []
    dots = np.zeros((geo.h, geo.w), np.float32)
    for k in range(900):
        py = 1 - 2 * (k + 0.5) / 900
        px, pz = np.sqrt(1 - py * py) * np.cos(turn * k), np.sqrt(1 - py * py) * np.sin(turn * k)
        if pz < 0.08:
            continue
        where = (float(geo.X(at.x)) + px * radius, float(geo.Y(at.y)) + py * radius)
        cv2.circle(
            dots,
            (round(where[0] * 16), round(where[1] * 16)),
            max(10, round(1.5 * geo.S * 16)),
            0.25 + 0.6 * float(pz),
            -1,
            cv2.LINE_AA,
            4,
        )
        if pz > 0.30:
            places.append((at.x + px * radius / geo.W, at.y + py * radius / geo.H))
    dot_layer = Layer(flat(geo, mix(roles.second, roles.glow, 0.5)), dots, 0.36, rng, name="dots")
    hub = min(places, key=lambda p: abs(p[0] - at.x + 0.25 * radius / geo.W) + abs(p[1] - at.y))
    chosen = [hub] + [places[int(k)] for k in rng.choice(len(places), 8, replace=False)]
    links = Links(chosen, at, mix(roles.accent, roles.glow, 0.45), roles.paper, 0.36)
    return [halo, TITLE, ball, dot_layer, links]


def _system(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A star with worlds on their tracks around it."""
    spot, unit = hero(geo, setting), short(geo)
    centre = (float(geo.X(spot.x)), float(geo.Y(spot.y)))
    flatness = float(rng.uniform(0.42, 0.62))
    dx = np.arange(geo.w, dtype=np.float32)[None, :] - centre[0]
    dy = np.arange(geo.h, dtype=np.float32)[:, None] - centre[1]
    squashed = np.hypot(dx, dy / flatness)
    radii = [spot.radius * q for q in (0.52, 0.82, 1.16, 1.56)]
    tracks = np.clip(1.5 * thin_rings(geo, squashed, radii), 0, 0.8)
    away = np.hypot(dx, dy)
    core = 0.15 * unit * setting.scale
    glow = np.exp(-((away / (core * 1.5)) ** 2)) * 0.55 + np.exp(-((away / (core * 3.4)) ** 2)) * 0.28
    star = np.clip((core - away) / (0.12 * core) + 0.5, 0, 1)
    boil = fbm(geo.h, geo.w, rng, base=26, octaves=4)[..., None]
    face = mix(
        mix(roles.paper, np.ones(3, np.float32), 0.5),
        mix(roles.accent, roles.glow, 0.35),
        np.clip(by_rows(away) / core, 0, 1)[..., None] ** 2 * 0.9 + 0.35 * (boil - 0.5),
    )
    pulse = Layer(
        by_rows(glow)[..., None] * mix(roles.accent, roles.glow, 0.4),
        glow,
        0.3,
        rng,
        blend="add",
        premultiplied=True,
        name="corona",
        anim=lambda t, _: LayerPose(
            scale=1 + 0.05 * float(np.sin(1.2 * t)), centre=centre, opacity=0.88 + 0.12 * float(np.sin(2.1 * t))
        ),
    )
    stack: Stack = [Layer(flat(geo, mix(roles.second, roles.glow, 0.5)), tracks, 0.3, rng, name="tracks"), pulse, TITLE]
    stack.append(Layer(face, star, 0.32, rng, subject=True, name="star"))
    hues = [roles.second, roles.mid, mix(roles.accent, roles.glow, 0.3), mix(roles.deep, roles.mid, 0.6)]
    for k, (radius, hue) in enumerate(zip(radii, hues, strict=True)):
        stack += _wanderer(geo, roles, rng, centre, radius, flatness, hue, k)
    sparks = [(spot.x + float(a), spot.y + float(b)) for a, b in rng.uniform(-0.4, 0.4, (14, 2))]
    return [*stack, Lights(rng, sparks, roles.paper, depth=0.15, size=0.9, halo=5)]


def _wanderer(
    geo: Geo,
    roles: Roles,
    rng: np.random.Generator,
    centre: tuple[float, float],
    track: float,
    flatness: float,
    hue: Float,
    index: int,
) -> list[Layer]:
    """A small world that moves along its track."""
    angle, size = (
        float(rng.uniform(0.15, 2.9)) + np.pi * (index % 2),
        short(geo) * float(rng.uniform(0.022, 0.050)) * (1 + 0.25 * index),
    )
    x, y = centre[0] + track * np.cos(angle), centre[1] + flatness * track * np.sin(angle)
    light = (centre[0] - x, centre[1] - y, 0.5 * track)
    world = World(
        at=Spot((x - geo.mx) / geo.W, (y - geo.my) / geo.H),
        radius=size,
        banded=index % 2 == 0,
        sea=mix(hue, roles.ink, 0.25),
        land=mix(hue, roles.glow, 0.45),
        air=hue * np.float32(0.6),
        light=light,
    )
    pace = 0.10 / (1 + 0.5 * index)

    def travel(t: float, _: float) -> LayerPose:
        now = angle + pace * t
        return LayerPose(
            dx=centre[0] + track * float(np.cos(now)) - x, dy=centre[1] + flatness * track * float(np.sin(now)) - y
        )

    layers = _planet(geo, rng, roles, world, 0.36 + 0.08 * index)
    for layer in layers:
        layer.anim, layer.subject = travel, False
    return layers
