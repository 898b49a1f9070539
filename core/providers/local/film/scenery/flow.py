"""Flow: abstract grounds for statements. Spheres, paper waves, ribbons, rings, arches and drifting colour."""

from __future__ import annotations

import cv2
import numpy as np

from core.providers.local.film.by_rows import by_rows, either
from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Pose, Stack, Stage
from core.providers.local.film.paint import Float, Pixels, blur, distance, fbm, gauss, mix, rim_light
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.drift import LightLeak, Particles
from core.providers.local.film.scenery.light import (
    Spot,
    ball,
    cast_shadow,
    choose,
    flat,
    noise,
    piece,
    short,
    soft_disc,
    thin_rings,
)
from core.providers.local.film.scenery.motion import breathing, swaying
from core.providers.local.film.setting import Setting, hero

LAYOUTS = ("spheres", "waves", "ribbons", "rings", "arches")
LIGHT_MOODS = {"calm", "hope", "playful"}


class Mesh:
    """Pools of colour that wander and melt into each other: the opaque ground of these scenes."""

    def __init__(self, rng: np.random.Generator, ground: Float, colours: list[Float], aspect: float) -> None:
        self.depth = 0.03
        self._ground, self._colours, self._aspect = ground, colours, aspect
        count = len(colours)
        self._at = rng.uniform((0, 0.05), (1, 0.95), (count, 2))
        self._size = rng.uniform(0.24, 0.42, count)
        self._way, self._phase = rng.uniform(0.10, 0.30, (count, 2)), rng.random((count, 2)) * 6.28
        # Bent space makes pools instead of circles; the noise breaks the bands of a smooth gradient.
        self._bend = [fbm(64, 64, rng, base=2, octaves=2, gain=0.3) - 0.5 for _ in range(2)]
        self._tooth = (rng.random((256, 256, 1), np.float32) - 0.5) * 2.2

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Fill the frame, computed at an eighth of the size."""
        height, width = out.shape[:2]
        h, w = max(4, height // 8), max(4, width // 8)
        zoom = camera.zoom * context.view.zoom
        x = (np.linspace(0, 1, w, dtype=np.float32)[None, :] - 0.5) / zoom + 0.5 + camera.x * 0.5
        y = (np.linspace(0, 1, h, dtype=np.float32)[:, None] - 0.5) / zoom + 0.5 + camera.y * 0.5
        bend_x, bend_y = (cv2.resize(b, (w, h), interpolation=cv2.INTER_CUBIC) * 0.34 for b in self._bend)
        picture = np.ones((h, w, 3), np.float32) * self._ground
        for (cx, cy), size, way, phase, colour in zip(
            self._at, self._size, self._way, self._phase, self._colours, strict=True
        ):
            px = np.float32(cx + way[0] * np.sin(0.35 * t + phase[0]))
            py = np.float32(cy + way[1] * np.cos(0.30 * t + phase[1]))
            near = np.exp(
                -((x + bend_x - px) ** 2 + ((y + bend_y - py) * np.float32(1.5)) ** 2) / np.float32(1.1 * size * size)
            )
            picture += (colour - picture) * (near * np.float32(0.8))[..., None]
        half = cv2.resize(picture * 255, (width // 2, height // 2), interpolation=cv2.INTER_CUBIC)
        large = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
        tiles = (-(-height // 256), -(-width // 256), 1)
        large += np.tile(self._tooth, tiles)[:height, :width]
        out[:] = np.clip(large + 0.5, 0, 255).astype(np.uint8)


def flow(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """An abstract ground with one large form where the title is not; light or dark by mood."""
    layout = choose(LAYOUTS, setting)
    dark = setting.mood not in LIGHT_MOODS or rng.random() < 0.25
    stack: Stack = [_mesh(geo, roles, rng, dark=dark)]
    if layout in {"spheres", "rings"} or rng.random() < 0.4:
        stack.append(_contours(geo, roles, rng, dark=dark))
    forms = {"spheres": _spheres, "waves": _waves, "ribbons": _ribbons, "rings": _rings, "arches": _arches}
    stack += forms[layout](geo, roles, rng, setting, dark)
    stack.append(TITLE)
    stack.append(Particles(rng, 14, roles.glow, sizes=(2, 9), depths=(0.8, 1.8), opacity=0.35 if dark else 0.2))
    return [*stack, LightLeak(rng, roles.accent, roles.glow, 0.14 if dark else 0.08)]


def _mesh(geo: Geo, roles: Roles, rng: np.random.Generator, *, dark: bool) -> Mesh:
    r = roles
    if dark:
        colours = [
            r.deep,
            mix(r.deep, r.mid, 0.6),
            mix(r.mid, r.accent, 0.45),
            r.deep,
            mix(r.mid, r.second, 0.4),
            mix(r.ink, r.deep, 0.7),
        ]
        return Mesh(rng, mix(r.ink, r.deep, 0.45), colours, geo.aspect)
    colours = [
        r.glow,
        mix(r.second, r.glow, 0.6),
        mix(r.accent, r.glow, 0.62),
        r.paper,
        mix(r.second, r.paper, 0.55),
        mix(r.accent, r.glow, 0.8),
    ]
    return Mesh(rng, mix(r.glow, r.paper, 0.3), colours, geo.aspect)


def _contours(geo: Geo, roles: Roles, rng: np.random.Generator, *, dark: bool) -> Layer:
    """Fine level lines, as on a map."""
    field = blur(fbm(geo.h, geo.w, rng, base=2, octaves=3, gain=0.4), 6 * geo.S) * np.float32(24)
    away = np.abs(field - np.round(field))
    slope = np.hypot(cv2.Sobel(field, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(field, cv2.CV_32F, 0, 1) / 8)
    lines = np.clip(1.15 - away / np.maximum(slope * 0.75 * max(geo.S, 0.6), 1e-4), 0, 1) * (0.16 if dark else 0.12)
    way = float(rng.choice([-1, 1])) * 5 * geo.S
    colour = roles.glow if dark else roles.deep
    return Layer(
        flat(geo, colour), lines, 0.35, rng, anim=lambda t, d: LayerPose(dx=(t - d / 2) * way), name="contours"
    )


def _spheres(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, dark: bool) -> Stack:  # noqa: FBT001
    """One large grainy ball partly off the picture, two small ones, and hairline orbits."""
    spot = hero(geo, setting)
    side = 1.0 if geo.aspect > 1.2 else float(rng.choice([-1, 1]))
    radius = min(0.46 * short(geo), 1.25 * spot.radius) * setting.scale
    big = Spot(spot.x + side * (0.30 if geo.aspect < 0.8 else 0.08), spot.y + (0.10 if geo.aspect < 1.2 else 0.06))
    shadow = mix(roles.ink, roles.deep, 0.6) if dark else mix(roles.accent, roles.mid, 0.5)
    away = distance(geo.h, geo.w, float(geo.X(big.x)), float(geo.Y(big.y)))
    rings = thin_rings(geo, away, [radius * q for q in (1.22, 1.5, 1.85)]) * np.float32(0.42)
    stack: Stack = [Layer(flat(geo, roles.glow if dark else roles.deep), rings, 0.4, rng, name="orbits")]
    unit_x, unit_y = radius / geo.W, radius / geo.H
    balls = [
        (big, radius, (shadow, roles.accent, roles.glow), 0.5, 3.0),
        (Spot(big.x - side * 1.30 * unit_x, big.y - 0.62 * unit_y), radius * float(rng.uniform(0.18, 0.28)),
         (mix(roles.ink, roles.deep, 0.5), roles.mid, roles.second), 0.85, 9.0),
        (Spot(big.x - side * 1.05 * unit_x, big.y + 0.70 * unit_y), radius * float(rng.uniform(0.08, 0.15)),
         (roles.accent, mix(roles.accent, roles.glow, 0.6), roles.paper), 1.1, 13.0),
    ]  # fmt: skip
    for index, (centre, r, colours, depth, swing) in enumerate(balls):
        picture, mask = ball(geo, centre, r, colours, rng)
        stack.append(
            Layer(
                picture,
                mask,
                depth,
                rng,
                subject=index == 0,
                name="ball",
                anim=swaying(0, swing * geo.S, pace=(0.8, 0.8), phase=index * 2.1),
            )
        )
    return stack


def _ladder(roles: Roles, *, dark: bool) -> list[Float]:
    """Six sheets of paper, from the far one to the near one."""
    r = roles
    if dark:
        return [
            mix(r.glow, r.accent, 0.25),
            r.accent,
            mix(r.accent, r.mid, 0.55),
            r.mid,
            mix(r.mid, r.deep, 0.8),
            mix(r.deep, r.ink, 0.6),
        ]
    return [
        mix(r.paper, r.glow, 0.4),
        mix(r.glow, r.second, 0.25),
        mix(r.glow, r.accent, 0.5),
        r.accent,
        mix(r.accent, r.mid, 0.6),
        r.mid,
    ]


def _waves(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, dark: bool) -> Stack:  # noqa: FBT001
    """Sheets of cut paper, wave behind wave, each with its shadow on the one behind; sometimes a paper sun."""
    first = (0.50 if setting.titled else 0.36) if geo.aspect < 1.2 else 0.46
    tops = np.linspace(first, 0.90, 6)
    colours = _ladder(roles, dark=dark)
    if rng.random() < 0.35:
        colours = colours[::-1]
    texture = noise(geo, rng, base=90, octaves=2, stretch=1)
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    across = (np.arange(geo.w, dtype=np.float32) - geo.mx) / short(geo)
    stack: Stack = []
    if rng.random() < 0.55:
        stack.append(_paper_sun(geo, roles, rng, Spot(float(rng.uniform(0.58, 0.8)), first - 0.01), dark=dark))
    for k, (top, colour) in enumerate(zip(tops, colours, strict=True)):
        phase, swell, chop = rng.random(2) * 6.28, rng.uniform(0.5, 0.9), rng.uniform(1.1, 1.8)
        tilt = -0.06 * (across - across.mean()) * (-1) ** k
        line = geo.Y(
            top
            + 0.046 * np.sin(across * swell * 6.28 + phase[0])
            + 0.016 * np.sin(across * chop * 6.28 + phase[1])
            + tilt
        )
        below = rows - np.asarray(line, np.float32)[None, :]
        foot = float(geo.h) if k == 5 else 0.24 * geo.H
        mask = np.clip(below + 0.5, 0, 1) * np.clip(foot - below, 0, 1)
        fall = np.clip(below / (0.20 * geo.H), 0, 1)[..., None]
        picture = (
            mix(mix(colour, roles.paper, 0.16), mix(colour, roles.ink, 0.16), by_rows(fall))
            * (1 + 0.10 * by_rows(piece(geo, texture, rng)))[..., None]
        )
        # The shadow is part of the sheet, so that both are one warp in every frame.
        shade = np.exp(-np.clip(-below, 0, None) / (14 * geo.S)) * (below < 0) * (0.30 if dark else 0.20)
        cover = np.maximum(mask, shade.astype(np.float32))
        inked = mix(roles.ink, picture, (by_rows(mask) / np.maximum(cover, 1e-3))[..., None])
        picture = either(by_rows(below) < 0, inked, picture)
        swing = 7 * geo.S * (1 + 0.35 * k)
        stack.append(
            Layer(
                picture,
                cover,
                0.22 + 0.75 * k / 6,
                rng,
                name=f"wave {k}",
                anim=swaying(swing, 0.35 * swing, phase=1.3 * k),
            )
        )
    return stack


def _paper_sun(geo: Geo, roles: Roles, rng: np.random.Generator, at: Spot, *, dark: bool) -> Layer:
    away = distance(geo.h, geo.w, float(geo.X(at.x)), float(geo.Y(at.y)))
    mask = soft_disc(away, 0.17 * short(geo))
    edge = rim_light(mask, -0.5, -0.8, 3 * geo.S, geo.S)[..., None] * np.float32(0.3)
    colour = mix(roles.accent, roles.glow, 0.75) if dark else mix(roles.accent, roles.glow, 0.25)
    return Layer(flat(geo, colour) + edge, mask, 0.16, rng, name="paper sun")


def _ribbons(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, dark: bool) -> Stack:  # noqa: FBT001
    """Silky bands that twist across the lower half, light on their folds."""
    spot = hero(geo, setting)
    colours = [roles.accent, mix(roles.accent, roles.mid, 0.5), roles.second, mix(roles.accent, roles.glow, 0.5)]
    unit = short(geo)
    rows = np.arange(geo.h, dtype=np.float32)[:, None]
    x = (np.arange(geo.w, dtype=np.float32) - geo.mx) / unit
    lean = float(rng.choice([-1, 1])) * float(rng.uniform(0.10, 0.26)) * (1.0 if geo.aspect < 1.2 else 0.5)
    stack: Stack = []
    for k, colour in enumerate(colours):
        phase = rng.random(4) * 6.28
        middle = spot.y + (0.18 - 0.10 * k) * (1 if geo.aspect < 1.2 else 1.2)
        centre = geo.Y(middle + lean * (x - x.mean()) + 0.075 * np.sin(x * rng.uniform(2.4, 3.8) + phase[0]))
        half = unit * (0.05 + 0.11 * (0.5 + 0.5 * np.sin(x * rng.uniform(1.6, 2.8) + phase[1])) ** 1.4)
        at = (rows - np.asarray(centre, np.float32)[None, :]) / np.asarray(half, np.float32)[None, :]
        mask = np.clip((1 - np.abs(at)) * np.asarray(half, np.float32)[None, :] + 0.5, 0, 1)
        twist = np.asarray(np.sin(x * rng.uniform(1.5, 2.6) + phase[2]), np.float32)[None, :]
        fold = np.exp(-(((at - 0.7 * twist) / 0.30) ** 2))
        strands = 0.5 + 0.5 * np.sin((at + 0.25 * twist) * 26 + phase[3])
        light = np.clip(0.36 + 0.34 * at * twist + 0.05 * strands, 0, 1)[..., None]
        shadow = mix(roles.ink, colour, 0.35 if dark else 0.6)
        picture = mix(shadow, colour, by_rows(light) * 1.5)
        picture += (by_rows(fold) * 0.42)[..., None] * mix(roles.glow, roles.paper, 0.4)
        under = cast_shadow(mask, 0, 10 * geo.S, 12 * geo.S) * np.float32(0.35 if dark else 0.18)
        cover = np.maximum(mask, under)
        picture = mix(roles.ink, picture, (by_rows(mask) / np.maximum(cover, 1e-3))[..., None])
        swing = geo.S * (10 + 5 * k)
        stack.append(
            Layer(
                picture,
                cover,
                0.3 + 0.2 * k,
                rng,
                subject=k == 0,
                name="ribbon",
                anim=swaying(1.6 * swing, swing, pace=(0.5, 0.7), phase=float(phase[3])),
            )
        )
    return stack


def _rings(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, dark: bool) -> Stack:  # noqa: FBT001
    """Concentric discs like terraces, each in the shadow of the next, that breathe one after another."""
    spot = hero(geo, setting)
    shift = float(rng.uniform(-0.18, 0.18)) if geo.aspect < 0.8 else 0.0
    centre = Spot(spot.x + shift, spot.y + float(rng.uniform(0.0, 0.10)))
    colours = _ladder(roles, dark=dark)[::-1][:5]
    away = distance(geo.h, geo.w, float(geo.X(centre.x)), float(geo.Y(centre.y)))
    middle = (float(geo.X(centre.x)), float(geo.Y(centre.y)))
    angle = np.arctan2(
        np.arange(geo.h, dtype=np.float32)[:, None] - middle[1], np.arange(geo.w, dtype=np.float32)[None, :] - middle[0]
    )
    texture = noise(geo, rng, base=70, octaves=2, stretch=1)
    lobes, depth_of_lobes = int(rng.integers(3, 7)), float(rng.choice([0.0, 0.035, 0.06]))
    stack: Stack = []
    for k, colour in enumerate(colours):
        radius = min(1.28 * spot.radius, 0.5 * geo.H) * (1 - 0.19 * k) * setting.scale
        edge = radius * (1 + depth_of_lobes * np.sin(lobes * angle + 0.7 * k))
        mask = np.clip((edge - away) / 1.4 + 0.5, 0, 1).astype(np.float32)
        fall = np.clip((np.arange(geo.h, dtype=np.float32) - middle[1] + radius) / (2 * radius), 0, 1)[:, None, None]
        picture = (
            mix(mix(colour, roles.paper, 0.20), mix(colour, roles.ink, 0.22), fall)
            * (1 + 0.12 * by_rows(piece(geo, texture, rng)))[..., None]
        )
        rim = by_rows(rim_light(mask, -0.5, -0.8, 2.5 * geo.S, geo.S))[..., None]
        picture = picture + rim * roles.paper * np.float32(0.25)
        under = cast_shadow(mask, 5 * geo.S, 14 * geo.S, 14 * geo.S) * np.float32(0.42 if dark else 0.25)
        cover = np.maximum(mask, under)
        inked = (by_rows(mask) / np.maximum(cover, 1e-3))[..., None]
        picture = mix(np.broadcast_to(roles.ink, picture.shape), picture, inked)
        stack.append(
            Layer(
                picture,
                cover,
                0.25 + 0.14 * k,
                rng,
                subject=k == 0,
                name="ring",
                anim=breathing(
                    middle, 0.022, pace=1.1, phase=-0.7 * k, turn=(8.0 if depth_of_lobes else 0.0) * (-1) ** k
                ),
            )
        )
    return stack


def _arches(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, dark: bool) -> Stack:  # noqa: FBT001
    """Arch within arch to a lit doorway with steps of light."""
    spot = hero(geo, setting)
    middle, foot = (
        float(geo.X(spot.x + (float(rng.uniform(-0.06, 0.06)) if geo.aspect < 1.2 else 0))),
        float(geo.Y(1.10)),
    )
    top_of_all = float(geo.Y(0.44 if setting.titled and geo.aspect < 1.2 else 0.20))
    r = roles
    colours = [mix(r.ink, r.deep, 0.7), r.deep, r.mid, mix(r.mid, r.accent, 0.6), r.accent] if dark else [
        mix(r.glow, r.second, 0.35), mix(r.glow, r.accent, 0.35), mix(r.accent, r.glow, 0.35), r.accent,
        mix(r.accent, r.mid, 0.5),
    ]  # fmt: skip
    colours.append(mix(r.glow, r.paper, 0.5))
    rows, columns = np.arange(geo.h, dtype=np.float32)[:, None], np.arange(geo.w, dtype=np.float32)[None, :]
    texture = noise(geo, rng, base=60, octaves=2, stretch=1)
    widest = 0.50 * min(geo.W, 0.75 * geo.H)
    stack: Stack = []
    for k, colour in enumerate(colours):
        half = widest * (1 - 0.16 * k)
        top = top_of_all + (foot - top_of_all) * 0.105 * k
        away = np.hypot(columns - middle, np.minimum(rows - top - half, 0))
        mask = np.clip((half - away) / 1.3 + 0.5, 0, 1)
        fall = np.clip((rows - top) / (foot - top), 0, 1)[..., None]
        low = mix(colour, r.ink, 0.40) if k < 5 else mix(r.glow, r.accent, 0.5)
        grain = by_rows(piece(geo, texture, rng))
        picture = mix(mix(colour, r.paper, 0.10), low, fall) * (1 + 0.12 * grain)[..., None]
        rim = by_rows(rim_light(mask, -0.6, -0.7, 3 * geo.S, geo.S))[..., None]
        picture = picture + rim * r.glow * np.float32(0.35)
        if k:
            inner = blur(1 - mask, 16 * geo.S) * mask * np.float32(0.5 if k < 5 else 0.0)
            picture = mix(picture, r.ink, inner[..., None])
        stack.append(Layer(picture, mask, 0.80 - 0.10 * k, rng, subject=k == 0, name="arch"))
    light = gauss(geo.h, geo.w, middle, float(geo.Y(0.95)), 0.15 * short(geo), 1.2) * np.float32(0.55)
    stack.append(
        Layer(
            by_rows(light)[..., None] * r.glow,
            light,
            0.4,
            rng,
            blend="add",
            premultiplied=True,
            name="light",
            anim=lambda t, _: LayerPose(opacity=0.75 + 0.25 * float(np.sin(1.3 * t))),
        )
    )
    return stack
