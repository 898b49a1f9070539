"""Portrait: a profile before a disc, an arch, a sunburst or plain light; sometimes another scenery inside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.domain.plan import Tone
from core.providers.local.film.by_rows import by_rows
from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Stack
from core.providers.local.film.paint import (
    Float,
    blur,
    distance,
    gauss,
    mix,
    polygon_mask,
    rim_light,
    smoothstep,
    vertical_gradient,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.atmosphere import flatten
from core.providers.local.film.scenery.city import city
from core.providers.local.film.scenery.drift import LightLeak, Particles
from core.providers.local.film.scenery.figures import Profile, profile
from core.providers.local.film.scenery.flow import flow
from core.providers.local.film.scenery.grid import grid
from core.providers.local.film.scenery.light import Spot, choose, flat, noise, piece, short, soft_disc, thin_rings
from core.providers.local.film.scenery.orbit import orbit
from core.providers.local.film.scenery.ridge import ridge
from core.providers.local.film.setting import Setting, hero

LAYOUTS = ("disc", "arch", "burst", "plain")
INSIDE = {"ridge": ridge, "city": city, "grid": grid, "orbit": orbit, "flow": flow}
BEST_INSIDE = {"ridge": "range", "city": "skyline", "grid": "sun", "orbit": "system", "flow": "waves"}
"""The composition of each that reads best in the shape of a head."""
LIGHT_MOODS = {"calm", "hope", "playful"}

HEAD_LIGHT = 0.56
"""Brightness to which the light parts of a scenery inside the head are brought at most."""


@dataclass(frozen=True, slots=True)
class Sitter:
    """Where the person is and which way they look."""

    at: Spot
    head: float
    """Height of the head in layer pixels."""
    way: int
    """1 looks right, -1 left."""
    halo: Spot
    """Middle of the form behind the head."""
    radius: float
    """Of that form, in layer pixels."""
    dark: bool
    """Whether the ground is dark."""


def portrait(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A person in profile; `setting.inside` names a scenery that is seen inside the silhouette."""
    layout = choose(LAYOUTS, setting)
    sitter = _sitter(geo, rng, setting)
    stack: Stack = [_ground(geo, roles, rng, dark=sitter.dark)]
    forms = {"disc": _disc, "arch": _arch, "burst": _burst, "plain": _plain}
    stack += forms[layout](geo, roles, rng, sitter)
    bokeh = mix(roles.glow, roles.accent, 0.3)
    stack += [Particles(rng, 9, bokeh, sizes=(9, 26), depths=(0.2, 0.5), drift=(0.004, -0.004), opacity=0.16), TITLE]
    stack.append(_bust(geo, roles, rng, setting, sitter))
    if rng.random() < 0.65:
        stack.append(_leaves(geo, roles, rng, sitter))
    stack.append(Particles(rng, 22, roles.glow, sizes=(1.2, 3.4), depths=(0.6, 1.8), opacity=0.5))
    return [*stack, LightLeak(rng, roles.accent, roles.glow, 0.22 if sitter.dark else 0.10, float(sitter.way))]


def _sitter(geo: Geo, rng: np.random.Generator, setting: Setting) -> Sitter:
    spot = hero(geo, setting)
    way = int(rng.choice([-1, 1]))
    if geo.aspect > 1.2 and setting.titled:
        way = -1 if rng.random() < 0.7 else 1
    head = min(1.18 * spot.radius * setting.scale, 0.40 * geo.H)
    x = spot.x - way * (0.09 if geo.aspect < 0.8 else 0.04)
    y = spot.y - (0.02 if geo.aspect < 0.8 else 0.07 if geo.aspect > 1.2 else 0.05)
    at = Spot(x, y)
    halo = Spot(x + way * 0.30 * head / geo.W, y - 0.10 * head / geo.H)
    return Sitter(
        at=at,
        head=head,
        way=way,
        halo=halo,
        radius=head * float(rng.uniform(0.72, 0.86)),
        dark=setting.mood not in LIGHT_MOODS,
    )


def _ground(geo: Geo, roles: Roles, rng: np.random.Generator, *, dark: bool) -> Layer:
    r = roles
    if dark:
        stops = [
            (0, mix(r.ink, r.deep, 0.55)),
            (0.45, mix(r.deep, r.mid, 0.70)),
            (0.8, mix(r.mid, r.accent, 0.32)),
            (1, r.deep),
        ]
    else:
        stops = [(0, mix(r.second, r.glow, 0.45)), (0.6, mix(r.glow, r.paper, 0.25)), (1, mix(r.glow, r.accent, 0.35))]
    picture = (
        by_rows(vertical_gradient(geo.h, geo.w, stops))
        * (1 + (0.30 if dark else 0.14) * by_rows(piece(geo, noise(geo, rng, base=4), rng)))[..., None]
    )
    return Layer(picture, None, 0.04, rng, name="ground")


def _backlight(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter, strength: float) -> Layer:
    light = gauss(
        geo.h, geo.w, float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)), 1.25 * sitter.radius
    ) * np.float32(strength if sitter.dark else 0.35 * strength)
    phase = float(rng.random() * 6)
    return Layer(
        by_rows(light)[..., None] * mix(roles.accent, roles.glow, 0.3),
        light,
        0.10,
        rng,
        blend="add",
        premultiplied=True,
        name="backlight",
        anim=lambda t, _: LayerPose(opacity=0.82 + 0.18 * float(np.sin(1.1 * t + phase))),
    )


def _form(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter, mask: Float) -> Layer:
    """A shape behind the head, painted from glow to accent, on light grounds paler."""
    top = float(geo.Y(sitter.halo.y)) - sitter.radius
    fall = np.clip((np.arange(geo.h, dtype=np.float32) - top) / (2 * sitter.radius) * 1.05, 0, 1)[:, None, None] ** 1.2
    texture = by_rows(piece(geo, noise(geo, rng, base=24, octaves=4), rng))[..., None]
    top_colour, low_colour = mix(roles.glow, roles.accent, 0.12), mix(roles.accent, roles.mid, 0.25)
    if not sitter.dark:
        top_colour, low_colour = mix(roles.paper, roles.glow, 0.3), mix(roles.glow, roles.accent, 0.75)
    picture = mix(top_colour, low_colour, fall) * (1 + 0.10 * texture)
    return Layer(picture, mask, 0.14, rng, name="form")


def _disc(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter) -> Stack:
    """A large disc with hairline circles around it that breathe."""
    away = distance(geo.h, geo.w, float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)))
    centre = (float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)))
    rings = thin_rings(geo, away, [sitter.radius * q for q in (1.15, 1.34, 1.60)]) * np.float32(0.5)
    circles = Layer(
        flat(geo, roles.glow),
        rings,
        0.18,
        rng,
        name="circles",
        anim=lambda t, _: LayerPose(scale=1 + 0.02 * float(np.sin(0.9 * t)), centre=centre),
    )
    return [
        _backlight(geo, roles, rng, sitter, 0.4),
        _form(geo, roles, rng, sitter, soft_disc(away, sitter.radius)),
        circles,
    ]


def _arch(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter) -> Stack:
    """An arched window of light down to the lower edge, with a thin second line."""
    x, top = float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)) - sitter.radius * 1.05
    rows, columns = np.arange(geo.h, dtype=np.float32)[:, None], np.arange(geo.w, dtype=np.float32)[None, :]
    half = sitter.radius * 0.92
    away = np.hypot(columns - x, np.minimum(rows - top - half, 0))
    mask = np.clip((half - away) / 1.4 + 0.5, 0, 1)
    line = np.clip(1.3 * geo.S - np.abs(away - half * 1.13), 0, 1) * np.float32(0.6)
    outline = Layer(flat(geo, roles.glow), line, 0.17, rng, name="outline")
    return [_backlight(geo, roles, rng, sitter, 0.3), _form(geo, roles, rng, sitter, mask), outline]


def _burst(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter) -> Stack:
    """Beams that turn slowly behind a small disc."""
    centre = (float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)))
    dx = np.arange(geo.w, dtype=np.float32)[None, :] - centre[0]
    dy = np.arange(geo.h, dtype=np.float32)[:, None] - centre[1]
    away, angle, beams = np.hypot(dx, dy), np.arctan2(dy, dx), int(rng.integers(11, 18))
    wedge = np.clip(np.sin(angle * beams) * away * 0.06 / geo.S + 0.5, 0, 1)
    light = (
        wedge
        * np.exp(-(((away - sitter.radius) / (1.5 * sitter.radius)) ** 2))
        * (away > 0.8 * sitter.radius)
        * np.float32(0.17)
    )
    rays = Layer(
        by_rows(light)[..., None] * mix(roles.accent, roles.glow, 0.5),
        light,
        0.10,
        rng,
        blend="add",
        premultiplied=True,
        name="beams",
        anim=lambda t, _: LayerPose(turn=3.0 * t, centre=centre),
    )
    return [
        rays,
        _backlight(geo, roles, rng, sitter, 0.3),
        _form(geo, roles, rng, sitter, soft_disc(away, sitter.radius * 0.9)),
    ]


def _plain(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter) -> Stack:
    """Light falling through blinds onto the wall."""
    rows, columns = np.arange(geo.h, dtype=np.float32)[:, None], np.arange(geo.w, dtype=np.float32)[None, :]
    slanted = rows - 0.28 * sitter.way * columns
    period = 0.085 * short(geo) * 1.3
    stripes = smoothstep(0.30, 0.42, slanted / period % 1) * (1 - smoothstep(0.86, 0.98, slanted / period % 1))
    pool = gauss(geo.h, geo.w, float(geo.X(sitter.halo.x)), float(geo.Y(sitter.halo.y)), 0.95 * sitter.radius, 0.9)
    light = blur(np.asarray(stripes, np.float32), 2.0 * geo.S) * pool * np.float32(0.42)
    drift = 5 * geo.S
    blinds = Layer(
        by_rows(light)[..., None] * mix(roles.accent, roles.glow, 0.45),
        light,
        0.12,
        rng,
        blend="add",
        premultiplied=True,
        name="blinds",
        anim=lambda t, d: LayerPose(dy=(t - d / 2) * drift),
    )
    return [_backlight(geo, roles, rng, sitter, 0.34), blinds]


def _masks(geo: Geo, shape: Profile) -> tuple[Float, Float, Float]:
    """Body, hair and clothes, each h x w."""
    body, coat = polygon_mask(geo.h, geo.w, shape.body), polygon_mask(geo.h, geo.w, shape.coat)
    return body, polygon_mask(geo.h, geo.w, shape.hair), coat


def _bust(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, sitter: Sitter) -> Layer:
    """Head and shoulders with light on the edges that face the form behind."""
    x, y = float(geo.X(sitter.at.x)), float(geo.Y(sitter.at.y))
    shape = profile((x, y), sitter.head, rng, flip=sitter.way < 0, nod=float(rng.uniform(-5, 7)))
    body, hair, coat = _masks(geo, shape)
    whole = np.maximum(np.maximum(body, hair), coat)
    coat = coat * (1 - hair)
    face = np.clip(body - hair - coat, 0, 1)
    columns, rows = np.arange(geo.w, dtype=np.float32)[None, :], np.arange(geo.h, dtype=np.float32)[:, None]
    lit = np.clip(((columns - x) * sitter.way / sitter.head + 0.35) / 0.85, 0, 1)[..., None]
    picture = _clothed(geo, roles, rng, (body, hair, coat), lit)
    neck = np.exp(-(((rows - y - 0.52 * sitter.head) / (0.13 * sitter.head)) ** 2)) * face
    picture = picture * by_rows(1 - 0.5 * neck)[..., None]
    if setting.inside in INSIDE:
        picture = _filled(geo, roles, setting, sitter, picture, face * lit[..., 0])
    edges = (
        (whole, 0.014, 0.95, roles.glow),
        (whole, 0.075, 0.34, roles.accent),
        (hair, 0.02, 0.30, roles.glow),
        (coat, 0.022, 0.40, roles.glow),
    )
    for mask, width, strength, colour in edges:
        wide = width * sitter.head
        edge = by_rows(rim_light(mask, sitter.way, -0.42, wide, wide * 0.3))[..., None]
        picture = picture + edge * colour * np.float32(strength if sitter.dark else 0.35 * strength)
    back = by_rows(rim_light(whole, -sitter.way, -0.35, 0.012 * sitter.head, 0.4 * geo.S))[..., None]
    picture = picture + back * mix(roles.second, roles.glow, 0.2) * np.float32(0.55)
    breath, foot = 0.006, (x, float(geo.h))
    return Layer(
        picture,
        whole,
        0.55,
        rng,
        subject=True,
        name="bust",
        anim=lambda t, _: LayerPose(scale=1 + breath * float(np.sin(1.5 * t)), centre=foot),
    )


def _clothed(geo: Geo, roles: Roles, rng: np.random.Generator, parts: tuple[Float, Float, Float], lit: Float) -> Float:
    """Skin, hair and clothes in the colours of the film, darker away from the light."""
    body, hair, coat = parts
    r = roles
    picture = by_rows(flat(geo, mix(r.ink, r.deep, 0.35)))
    lit = by_rows(lit)
    skin = mix(mix(r.ink, r.deep, 0.6), mix(r.accent, r.mid, 0.45), lit**1.6 * 0.85)
    picture = mix(picture, skin, body[..., None] * 0.9)
    picture = mix(picture, mix(mix(r.ink, r.deep, 0.15), mix(r.deep, r.mid, 0.35), lit * 0.5), hair[..., None])
    cloth = mix(r.accent, r.mid, 0.6) if rng.random() < 0.3 else mix(r.mid, r.deep, 0.35)
    picture = mix(picture, mix(mix(r.deep, r.ink, 0.45), cloth, lit), coat[..., None])
    return picture * (1 + 0.22 * piece(geo, noise(geo, rng, base=18), rng))[..., None]


def _filled(geo: Geo, roles: Roles, setting: Setting, sitter: Sitter, picture: Float, bright_face: Float) -> Float:
    """Another scenery inside the silhouette, fading towards the chest and the lit side of the face."""
    mood: Tone = "night" if setting.inside in {"city", "grid", "orbit"} else "warm"
    rng = np.random.default_rng(setting.seed + 31)
    # Drawn at half size: it is seen small, and a second whole scene would double the time.
    small = Geo(max(64, geo.W // 2), max(64, geo.H // 2))
    inner = replace(
        setting,
        motif=setting.inside,
        mood=mood,
        inside="",
        detail=BEST_INSIDE[setting.inside],
        figure=False,
        titled=False,
        shot_size="wide",
    )
    parts = INSIDE[setting.inside](small, roles, rng, inner)
    # A sun or moon would be a bright hole in the head.
    scene = flatten(small, [item for item in parts if isinstance(item, Layer) and item.name != "sun"])
    scale = 2 * 0.92 * max(1.0, 1.9 * sitter.head / geo.W) if geo.aspect < 1 else 2 * 0.75
    x, y = float(geo.X(sitter.at.x)), float(geo.Y(sitter.at.y))
    matrix = np.array([
        [scale, 0, x - 0.5 * small.w * scale - 0.1 * sitter.way * sitter.head],
        [0, scale, y + 0.25 * sitter.head - float(small.Y(0.66)) * scale],
    ], np.float32)  # fmt: skip
    view = cv2.warpAffine(scene, matrix, (geo.w, geo.h), borderMode=cv2.BORDER_REFLECT)
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    fade = 0.95 * (1 - smoothstep(y + 0.45 * sitter.head, y + 1.15 * sitter.head, rows))
    # Bright skies are held back: the head must stay darker than what is behind it.
    seen = view[max(0, int(y - sitter.head)) : int(y + sitter.head)].max(axis=2)
    held = by_rows(view) * np.float32(min(1.0, HEAD_LIGHT / max(float(np.percentile(seen, 85)), 1e-3)))
    return mix(picture, np.clip((held - 0.30) * 1.35 + 0.26, 0, 1), by_rows(fade * (1 - 0.75 * bright_face))[..., None])


def _leaves(geo: Geo, roles: Roles, rng: np.random.Generator, sitter: Sitter) -> Layer:
    """Blurred leaves before the lens, in the lower corners."""
    polygons = []
    unit = short(geo)
    for _ in range(7):
        x = float(geo.X(rng.choice([rng.uniform(-0.14, 0.06), rng.uniform(0.94, 1.14)])))
        y, angle, length = (
            float(geo.Y(rng.uniform(0.93, 1.08))),
            float(rng.uniform(-2.3, -0.8)),
            unit * float(rng.uniform(0.16, 0.30)),
        )
        along = np.linspace(0, 1, 14)
        bend = float(rng.choice([-1, 1])) * length * 0.12
        spine = np.stack([x + np.cos(angle) * length * along + bend * along**2, y + np.sin(angle) * length * along], 1)
        half = (np.sin(np.pi * along**0.8) * length * 0.2)[:, None] * np.array([-np.sin(angle), np.cos(angle)])
        polygons.append(np.concatenate([spine + half, (spine - half)[::-1]]))
    mask = blur(polygon_mask(geo.h, geo.w, polygons, supersample=1), 6 * geo.S)
    picture = flat(geo, mix(roles.ink, roles.deep, 0.3)) + rim_light(mask, sitter.way, -0.6, 10 * geo.S, 4 * geo.S)[
        ..., None
    ] * roles.accent * np.float32(0.5)
    swing = 5 * geo.S
    return Layer(
        picture,
        mask * np.float32(0.94),
        1.5,
        rng,
        name="leaves",
        anim=lambda t, _: LayerPose(dx=swing * float(np.sin(0.9 * t))),
    )
