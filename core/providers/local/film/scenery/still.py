"""`still`: a traced still life, seen in depth, with something in it that moves by itself."""

from __future__ import annotations

import numpy as np

from core.providers.local.film.by_rows import by_rows
from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Stack, landmark
from core.providers.local.film.paint import Float, blur, mix
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.drift import LightLeak, dust
from core.providers.local.film.scenery.props import ARRANGEMENTS, Arrangement, Table
from core.providers.local.film.scenery.relief import Glints, Relief, Steam
from core.providers.local.film.scenery.screen import ScreenShow
from core.providers.local.film.scenery.studio import Lens, Picture, Studio, photograph
from core.providers.local.film.scenery.trace import Array, vector
from core.providers.local.film.setting import Setting, hero

DARK_TONES = {"night", "tense", "tech"}
EYE_LIFT = {"eye_level": 0.0, "low": -1.1, "high": 1.3, "top_down": 3.2}
"""How much higher the camera stands, world units."""
HERO_HEIGHT, HERO_WIDTH = 1.85, 2.75
"""What the arrangement may take of the hero's radius, upwards and sideways."""
DISTANCE = 7.2
"""Of the camera, world units: a portrait lens, upright edges stay upright."""


def still(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """A studio picture of the thing that `setting.detail` names; unknown names become a sculpture."""
    table = Table(roles, rng, 1.0 if rng.random() < 0.5 else -1.0)
    arrangement = ARRANGEMENTS.get(setting.detail, ARRANGEMENTS["abstract"])(table)
    studio = _studio(roles, rng, setting, arrangement)
    lens = _lens(geo, setting, arrangement)
    picture = photograph(arrangement.solids, studio, lens, (geo.h, geo.w), rng)
    relief = Relief(geo, picture.rgb, picture.near, rng)
    solids = (picture.solid >= 0).astype(np.float32)
    stack: Stack = [relief, TITLE, landmark(geo, solids, rng, 0.55), _sheen(picture, rng)]
    if arrangement.screen is not None:
        relief.shows.append(ScreenShow(geo, roles, rng, arrangement.screen, arrangement.solids, lens, picture.solid))
    if arrangement.steam is not None:
        at = arrangement.steam
        stack.append(
            Steam(_frame_units(geo, lens, at), 0.62 * lens.unit / geo.H, mix(roles.paper, roles.glow, 0.3), rng)
        )
    if arrangement.glints:
        stack.append(Glints(tuple(_frame_units(geo, lens, p) for p in arrangement.glints), roles.paper, rng))
    stack += [dust(geo, rng, roles.glow, 20), LightLeak(rng, roles.accent, roles.glow, 0.16)]
    return stack


def _frame_units(geo: Geo, lens: Lens, point: Array) -> tuple[float, float]:
    x, y = lens.pixel(point)
    return (x - geo.mx) / geo.W, (y - geo.my) / geo.H


def _lens(geo: Geo, setting: Setting, arrangement: Arrangement) -> Lens:
    """The camera that puts the arrangement where the title leaves room."""
    place = hero(geo, setting)
    eye = max(0.5, arrangement.eye + EYE_LIFT[setting.angle])
    look = vector(0, arrangement.height / 2, 0)
    steep = eye / float(np.hypot(eye, DISTANCE))
    seen_height = arrangement.height * float(np.sqrt(1 - steep**2)) + 2.0 * steep
    tall = HERO_HEIGHT * (1.12 if geo.aspect < 0.8 else 1.0)
    unit = min(tall * place.radius / seen_height, HERO_WIDTH * place.radius / arrangement.width)
    unit *= setting.scale
    return Lens(vector(0, eye, DISTANCE), look, float(geo.X(place.x)), float(geo.Y(place.y)), unit)


def _studio(roles: Roles, rng: np.random.Generator, setting: Setting, arrangement: Arrangement) -> Studio:
    """Light from a chance side; a dark or a bright backdrop by the tone."""
    side = 1.0 if rng.random() < 0.4 else -1.0
    dark = setting.mood in DARK_TONES
    height = float(rng.uniform(3.6, 5.4))
    light = mix(roles.paper, roles.glow, 0.45)
    if dark:
        floor, low, high = (
            mix(roles.deep, roles.mid, 0.22),
            mix(roles.ink, roles.deep, 0.50),
            mix(roles.deep, roles.mid, 0.95),
        )
    else:
        floor, low, high = _bright_backdrop(roles, rng)
    slats = float(rng.choice([0.0, 0.0, 0.0, 0.30]))
    return Studio(
        key=vector(side * float(rng.uniform(2.6, 4.0)), height, float(rng.uniform(2.2, 3.6))),
        softness=0.55 if slats else 0.85,
        light=light,
        fill=mix(roles.second, roles.paper, 0.35),
        floor=floor,
        wall_low=low,
        wall_high=high,
        halo=vector(-0.5 * side, arrangement.height * 0.75, 0),
        slats=slats,
        bar=float(rng.uniform(1.0, 1.4)),
    )


def _bright_backdrop(roles: Roles, rng: np.random.Generator) -> tuple[Float, Float, Float]:
    """Floor, foot of the wall and its lit middle: the accent's own hue, the second hue, or warm dusk."""
    kind = int(rng.integers(3))
    if kind == 0:
        return (
            mix(roles.glow, roles.accent, 0.55),
            mix(roles.accent, roles.mid, 0.55),
            mix(roles.glow, roles.accent, 0.45),
        )
    if kind == 1:
        return mix(roles.second, roles.mid, 0.45), mix(roles.mid, roles.deep, 0.35), mix(roles.second, roles.glow, 0.30)
    return mix(roles.mid, roles.glow, 0.35), mix(roles.mid, roles.deep, 0.30), mix(roles.mid, roles.glow, 0.62)


def _sheen(picture: Picture, rng: np.random.Generator) -> Layer:
    """Soft light over the solids that breathes slowly."""
    height = picture.rgb.shape[0]
    body = (picture.solid >= 0).astype(np.float32)
    bright = np.clip(picture.rgb.max(axis=2) - 0.72, 0, 1) * body
    glow = blur(bright.astype(np.float32), height / 90) * 0.7 + 0.006
    phase = float(rng.uniform(0, 6))

    def breathe(t: float, seconds: float) -> LayerPose:
        del seconds
        return LayerPose(opacity=0.55 + 0.40 * float(np.sin(1.1 * t + phase)))

    light = by_rows(picture.rgb) * (glow * body)[..., None]
    return Layer(light, body, 0.55, rng, blend="add", anim=breathe, premultiplied=True, name="still")
