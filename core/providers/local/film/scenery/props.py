"""The things of a still life and how they are set up: phone, coins, cup, food, bottle, box, cubes, sculpture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.providers.local.film.paint import Float, mix
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.textures import brushed, coin_face, fluted, label, leaf_veins, peel
from core.providers.local.film.scenery.trace import (
    Array,
    Lathe,
    Material,
    RoundedBox,
    Solid,
    Sphere,
    Torus,
    drum,
    rounded_profile,
    turn_x,
    turn_y,
    turn_z,
    vector,
)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Solids on the floor y = 0 about x = z = 0, and what moves among them."""

    solids: list[Solid]
    width: float
    height: float
    """Extents of what must be seen, world units."""
    eye: float
    """Height of the camera that shows it best."""
    steam: Array | None = None
    """Where steam rises."""
    screen: RoundedBox | None = None
    """The solid whose front is a lit screen."""
    glints: tuple[Array, ...] = ()
    """Points that may flash."""


@dataclass(frozen=True, eq=False)
class Table:
    """What the setting up works with: colours, chance, and the side (+1 or -1) the accents stand on."""

    roles: Roles
    rng: np.random.Generator
    side: float

    def at(self, x: float, y: float, z: float) -> Array:
        """A place, mirrored when the accents stand on the left."""
        return vector(x * self.side, y, z)

    def some(self, low: float, high: float) -> float:
        """A chance number between two."""
        return float(self.rng.uniform(low, high))


def matte(colour: Float) -> Material:
    """Plaster or paper."""
    return Material(colour, 0.14, 18, 0.04)


def glossy(colour: Float) -> Material:
    """Glaze or lacquer."""
    return Material(colour, 0.55, 80, 0.16)


def metal(colour: Float) -> Material:
    """Polished metal."""
    return Material(colour, 0.9, 70, 0.42)


def ball(where: Array, radius: float, material: Material) -> Sphere:
    """A ball lying on `where`."""
    return Sphere(where + vector(0, radius, 0), radius, material)


def cube(where: Array, size: float, turn: float, material: Material) -> RoundedBox:
    """A cube standing on `where`, turned about the upright axis."""
    half = size / 2
    return RoundedBox(
        where + vector(0, half, 0), vector(half, half, half), material, turn_y(turn), 0.07 * size, 0.05 * size
    )


def plinth(t: Table, radius: float, height: float) -> list[Solid]:
    """What the hero stands on: a drum, two steps, a fluted drum, or a square block; `height` high in all."""
    r = t.roles
    colour = [
        mix(r.mid, r.paper, 0.25),
        mix(r.deep, r.mid, 0.55),
        mix(r.second, r.paper, 0.30),
        mix(r.accent, r.paper, 0.45),
    ]
    skin = matte(colour[int(t.rng.integers(len(colour)))])
    kind = int(t.rng.integers(4))
    floor = vector(0, 0, 0)
    if kind == 0:
        return [drum(floor, radius, height, skin, 0.035)]
    if kind == 1:
        low = matte(mix(skin.colour, r.deep, 0.30))
        return [
            drum(floor, radius * 1.18, height * 0.45, low),
            drum(vector(0, height * 0.45, 0), radius, height * 0.55, skin),
        ]
    if kind == 2:
        ribbed = Material(skin.colour, 0.14, 18, 0.04, texture=fluted)
        return [drum(floor, radius, height, ribbed, 0.03)]
    half = vector(radius * 0.94, height / 2, radius * 0.94)
    return [RoundedBox(vector(0, height / 2, 0), half, skin, turn_y(t.some(-0.5, 0.5)), 0.03, 0.03)]


def screen_behind(t: Table, height: float) -> list[Solid]:
    """Something tall behind the hero, not higher than `height`: an arch, a disc, columns, or nothing."""
    r = t.roles
    skin = matte(mix(r.mid, r.accent, 0.35) if t.rng.random() < 0.5 else mix(r.second, r.paper, 0.25))
    kind = int(t.rng.integers(4))
    x, z = t.some(-0.25, 0.25), -1.15
    if kind == 0:
        half = vector(0.86, height, 0.09)
        return [RoundedBox(t.at(x, 0, z), half, skin, turn_y(t.some(-0.15, 0.15)), 0.86, 0.03)]
    if kind == 1:
        radius = height * 0.47
        return [RoundedBox(t.at(x, radius, z), vector(radius, radius, 0.07), skin, corner=radius, edge=0.03)]
    if kind == 2:
        tall = [t.some(0.55, 0.92) * height for _ in range(2)]
        second = matte(mix(skin.colour, r.deep, 0.3))
        return [drum(t.at(-0.95, 0, z), 0.30, tall[0], skin), drum(t.at(0.9, 0, z - 0.25), 0.38, tall[1], second)]
    return []


def stand_clear(solids: list[Solid], radius: float) -> list[Solid]:
    """The same solids, balls and cubes on the floor moved out until they do not cut into a plinth of that radius."""
    for solid in solids:
        if isinstance(solid, Sphere):
            size, lies = solid.reach, solid.centre[1] <= solid.reach + 0.01
        elif isinstance(solid, RoundedBox):
            size, lies = float(solid.half[0]) * 1.35, solid.half[2] > 0.1 and solid.centre[1] <= solid.half[1] + 0.01
        else:
            continue
        away = float(np.hypot(solid.centre[0], solid.centre[2]))
        if lies and 0.3 < away < radius + size:
            solid.centre[[0, 2]] *= np.float32((radius + size + 0.02) / away)
    return solids


def phone(t: Table) -> Arrangement:
    """A phone leaning back on a plinth."""
    r = t.roles
    lift = t.some(0.16, 0.34)
    lean = turn_x(-0.17) @ turn_y(t.side * t.some(0.20, 0.38))
    if t.rng.random() < 0.3:
        lean = turn_z(t.side * 0.10) @ lean
    case = Material(mix(r.ink, r.deep, 0.4), 0.7, 110, 0.22)
    body = RoundedBox(vector(0, lift + 1.10, 0), vector(0.55, 1.10, 0.055), case, lean, 0.15, 0.04)
    solids: list[Solid] = [*plinth(t, 1.0, lift), body]
    solids += [ball(t.at(0.98, 0, 0.62), 0.25, glossy(r.accent)), ball(t.at(-0.80, 0, 0.80), 0.15, glossy(r.glow))]
    solids += [cube(t.at(-1.16, 0, 0.05), 0.46, t.some(0.2, 0.9), matte(mix(r.glow, r.accent, 0.25)))]
    solids += [drum(t.at(1.16, 0, -0.55), 0.36, t.some(0.6, 1.0), matte(mix(r.mid, r.deep, 0.3)))]
    return Arrangement(stand_clear(solids, 1.18), 2.6, lift + 2.22, 1.9, screen=body)


def coins(t: Table) -> Arrangement:
    """Stacks that rise to one side, a few coins lying about."""
    r = t.roles
    solids: list[Solid] = []
    glints: list[Array] = []
    counts = [int(t.rng.integers(3, 6)), int(t.rng.integers(7, 10)), int(t.rng.integers(12, 16))]
    places = [(-1.02, 0.35, 0.43), (0.0, 0.02, 0.47), (1.02, -0.25, 0.45)]
    for count, (x, z, radius) in zip(counts, places, strict=True):
        for k in range(count):
            tint = metal(mix(mix(r.accent, r.glow, 0.34), r.paper, 0.10 * (k % 2)))
            minted = Material(tint.colour, tint.shine, tint.gloss, tint.mirror, texture=coin_face)
            jitter = t.rng.normal(0, 0.014, 2)
            solids.append(_coin(t.at(x + jitter[0], k * 0.112, z + jitter[1]), radius, minted))
        glints.append(t.at(x - radius * 0.75, count * 0.112, z + radius * 0.6))
    loose = Material(mix(r.accent, r.glow, 0.4), 0.9, 70, 0.42, texture=coin_face)
    solids.append(_coin(t.at(-0.66, 0, 1.14), 0.40, loose))
    if t.rng.random() < 0.6:
        solids.append(_leaning_coin(t, loose))
    solids.append(ball(t.at(0.68, 0, 0.90), 0.17, glossy(r.second)))
    return Arrangement(solids, 3.25, counts[-1] * 0.112 + 0.1, 2.5, glints=tuple(glints))


def _coin(foot: Array, radius: float, material: Material) -> Lathe:
    corners = [(0.0, 0.0), (radius, 0.0), (radius, 0.104), (radius * 0.86, 0.104), (radius * 0.84, 0.092), (0.0, 0.092)]
    return Lathe(foot, rounded_profile(corners, 0.016, 2), material)


def _leaning_coin(t: Table, material: Material) -> RoundedBox:
    axes = turn_x(-0.35) @ turn_y(-0.5 * t.side)
    plain = Material(material.colour * np.float32(0.85), 0.3, 40, 0.16, texture=brushed)
    return RoundedBox(t.at(0.02, 0.37, 0.74), vector(0.38, 0.38, 0.05), plain, axes, 0.38, 0.02)


def cup(t: Table) -> Arrangement:
    """A full cup on its saucer."""
    r = t.roles
    lift = t.some(0.12, 0.30)
    glaze = glossy([r.paper, mix(r.paper, r.accent, 0.16), mix(r.deep, r.ink, 0.2), r.accent][int(t.rng.integers(4))])
    wide = t.some(0.56, 0.66)
    body = [
        (0.0, 0.06),
        (wide * 0.62, 0.06),
        (wide * 0.90, 0.30),
        (wide, 0.95),
        (wide * 0.93, 0.95),
        (wide * 0.86, 0.45),
    ]
    saucer = [(0.0, 0.0), (0.55, 0.0), (0.98, 0.13), (0.96, 0.16), (0.50, 0.06), (0.0, 0.06)]
    foot = vector(0, lift, 0)
    drink = Material(mix(mix(r.ink, r.accent, 0.28), r.deep, 0.2), 0.7, 140, 0.20)
    handle = Torus(vector(t.side * wide * 1.10, lift + 0.56, 0.10), 0.24, 0.068, glaze, turn_y(-0.30 * t.side), 1.12)
    solids: list[Solid] = [*plinth(t, 1.2, lift)]
    solids += [Lathe(foot, rounded_profile(saucer, 0.04), mix_material(glaze, r.paper, 0.15))]
    solids += [handle, Lathe(foot, rounded_profile(body, 0.07, 5), glaze)]
    solids += [drum(vector(0, lift + 0.78, 0), wide * 0.93, 0.045, drink, 0.01)]
    bean = Material(mix(r.ink, r.accent, 0.32), 0.5, 50, 0.10)
    for k in range(int(t.rng.integers(3, 6))):
        solids.append(ball(t.at(-1.15 + 0.22 * k, 0, 1.02 + 0.18 * ((k * 7) % 3)), t.some(0.07, 0.10), bean))
    solids.append(ball(t.at(-1.20, 0, 0.30), 0.26, Material(r.accent, 0.5, 60, 0.10, texture=peel)))
    if t.rng.random() < 0.5:
        solids.append(cube(t.at(1.28, 0, 0.50), 0.24, 0.5, matte(r.paper)))
    solids += screen_behind(t, 1.55)
    return Arrangement(stand_clear(solids, 1.42), 2.8, lift + 1.05, 2.3, steam=vector(0, lift + 0.95, 0))


def mix_material(material: Material, colour: Float, share: float) -> Material:
    """The same surface, tinted."""
    return Material(mix(material.colour, colour, share), material.shine, material.gloss, material.mirror)


def food(t: Table) -> Arrangement:
    """A bowl heaped with round things, leaves between them."""
    r = t.roles
    clay = Material(mix(r.paper, r.glow, 0.25), 0.4, 60, 0.10)
    if t.rng.random() < 0.5:
        clay = glossy(mix(r.deep, r.mid, 0.3))
    bowl = [(0.0, 0.0), (0.45, 0.0), (0.48, 0.08), (0.88, 0.32), (1.12, 0.76), (1.05, 0.77), (0.80, 0.40), (0.0, 0.30)]
    board = Material(mix(r.accent, r.deep, 0.55), 0.2, 25, 0.05, texture=brushed)
    solids: list[Solid] = [
        drum(vector(0, 0, 0), 1.36, 0.09, board),
        Lathe(vector(0, 0.09, 0), rounded_profile(bowl, 0.07), clay),
    ]
    skins = [r.accent, mix(r.accent, r.glow, 0.5), mix(r.accent, r.second, 0.4), r.glow, mix(r.accent, r.deep, 0.3)]
    for k in range(8):
        angle, out = k * 0.898 + t.some(-0.1, 0.1), 0.0 if k == 0 else 0.62
        texture = peel if k % 2 else None
        skin = Material(skins[k % 5], 0.55, 60, 0.10, texture=texture)
        radius = t.some(0.29, 0.36)
        solids.append(
            Sphere(vector(out * np.cos(angle), 0.84 + (0.24 if k == 0 else 0), out * np.sin(angle)), radius, skin)
        )
    green = Material(mix(r.second, r.glow, 0.15), 0.3, 30, 0.06, texture=leaf_veins)
    for angle in (0.45, 2.5, 1.5):
        axes = turn_x(-1.05) @ turn_y(angle) @ turn_z(0.3)
        middle = vector(0.78 * np.cos(angle), 1.10, 0.55 * np.sin(angle))
        solids.append(RoundedBox(middle, vector(0.15, 0.34, 0.018), green, axes.astype(np.float32), 0.15, 0.012))
    solids.append(ball(t.at(-1.38, 0, 0.72), 0.27, Material(r.accent, 0.5, 60, 0.10, texture=peel)))
    solids.append(ball(t.at(1.36, 0, 0.62), 0.19, glossy(r.glow)))
    solids.append(ball(t.at(1.60, 0, 0.25), 0.14, glossy(mix(r.second, r.accent, 0.3))))
    warm = vector(0, 1.30, 0) if t.rng.random() < 0.5 else None
    return Arrangement(solids, 3.1, 1.45, 2.8, steam=warm)


def bottle(t: Table) -> Arrangement:
    """A bottle, a jar or a dropper with a blank label on a plinth."""
    r = t.roles
    lift = t.some(0.30, 0.50)
    shapes = [
        [(0.0, 0.0), (0.44, 0.0), (0.44, 1.10), (0.36, 1.32), (0.16, 1.46), (0.16, 1.62), (0.0, 1.62)],
        [(0.0, 0.0), (0.52, 0.0), (0.56, 0.30), (0.50, 0.86), (0.20, 1.20), (0.15, 1.62), (0.0, 1.62)],
        [(0.0, 0.0), (0.47, 0.0), (0.47, 1.22), (0.42, 1.34), (0.20, 1.38), (0.20, 1.62), (0.0, 1.62)],
    ]
    pick = int(t.rng.integers(3))
    skin = [r.accent, mix(r.deep, r.mid, 0.25), mix(r.accent, r.deep, 0.35)][int(t.rng.integers(3))]
    glass = Material(skin, 0.8, 120, 0.26, texture=label(mix(r.paper, r.glow, 0.15), mix(r.ink, r.deep, 0.4), r.accent))
    foot = vector(0, lift, 0)
    cap = [(0.0, 0.0), (0.22, 0.0), (0.22, 0.34), (0.0, 0.34)]
    solids: list[Solid] = [*plinth(t, 0.92, lift), Lathe(foot, rounded_profile(shapes[pick], 0.09, 5), glass)]
    lid = metal(mix(r.glow, r.accent, 0.35)) if t.rng.random() < 0.5 else glossy(mix(r.ink, r.deep, 0.5))
    solids.append(Lathe(foot + vector(0, 1.56, 0), rounded_profile(cap, 0.04), lid))
    solids += [
        ball(t.at(0.88, 0, 0.72), 0.25, glossy(r.glow)),
        ball(t.at(-1.08, 0, 0.42), 0.33, Material(r.second, 0.5, 60, 0.1, texture=peel)),
    ]
    solids += [drum(t.at(1.12, 0, -0.45), 0.40, t.some(0.7, 1.1), matte(mix(r.deep, r.mid, 0.55)))]
    solids += screen_behind(t, 2.05)
    flash = foot + vector(-0.36 * t.side, 1.2, 0.22)
    return Arrangement(stand_clear(solids, 1.10), 2.5, lift + 1.92, 1.75, glints=(flash,))


def box(t: Table) -> Arrangement:
    """A parcel with a ribbon or a band."""
    r = t.roles
    lift, turn = t.some(0.14, 0.30), t.side * t.some(0.40, 0.75)
    axes = turn_y(turn)
    paper, lid = matte(r.accent), matte(mix(r.accent, r.paper, 0.30))
    band = Material(mix(r.glow, r.paper, 0.3), 0.5, 50, 0.12)
    solids: list[Solid] = [*plinth(t, 1.12, lift)]
    solids.append(RoundedBox(vector(0, lift + 0.60, 0), vector(0.72, 0.60, 0.62), paper, axes, 0.03, 0.025))
    solids.append(RoundedBox(vector(0, lift + 1.22, 0), vector(0.76, 0.14, 0.66), lid, axes, 0.03, 0.025))
    solids.append(RoundedBox(vector(0, lift + 0.685, 0), vector(0.13, 0.685, 0.672), band, axes, 0.02, 0.015))
    if t.rng.random() < 0.65:
        solids.append(RoundedBox(vector(0, lift + 0.685, 0), vector(0.772, 0.685, 0.13), band, axes, 0.02, 0.015))
        for way in (-1, 1):
            loop = turn_z(way * 0.95) @ turn_y(turn + 0.25)
            middle = vector(way * 0.22 * np.cos(turn), lift + 1.49, way * 0.22 * np.sin(-turn))
            solids.append(Torus(middle, 0.115, 0.05, band, loop, 1.9))
        solids.append(Sphere(vector(0, lift + 1.42, 0), 0.09, band))
    solids += [ball(t.at(1.12, 0, 0.60), 0.22, glossy(r.glow)), ball(t.at(-1.16, 0, 0.45), 0.30, glossy(r.second))]
    solids.append(cube(t.at(1.30, 0, -0.35), 0.52, t.some(0, 0.8), matte(mix(r.mid, r.deep, 0.3))))
    return Arrangement(stand_clear(solids, 1.33), 3.0, lift + 1.62, 2.2)


def cubes(t: Table) -> Arrangement:
    """Building blocks, balanced."""
    r = t.roles
    plan = [(-0.56, 0.0, 0.86, 0.0), (0.44, 0.1, 0.98, 0.0), (-0.06, 0.02, 0.66, 0.98), (1.10, 0.72, 0.40, 0.0)]
    plan += [(-1.18, 0.60, 0.46, 0.0), (1.12, -0.62, 0.62, 0.0)]
    skins = [r.mid, r.accent, r.glow, r.second, mix(r.accent, r.glow, 0.4), mix(r.deep, r.mid, 0.4)]
    first = int(t.rng.integers(3))
    skins = skins[first:] + skins[:first]
    solids: list[Solid] = []
    for (x, z, size, up), skin in zip(plan, skins, strict=True):
        solids.append(
            cube(t.at(x, up, z), size, t.some(-0.45, 0.65), matte(skin) if t.rng.random() < 0.6 else glossy(skin))
        )
    top = t.at(-0.06, 1.64, 0.02)
    solids.append(ball(top, 0.25, glossy(r.paper)) if t.rng.random() < 0.6 else cube(top, 0.38, 0.6, glossy(r.paper)))
    return Arrangement(solids, 3.0, 2.10, 1.9)


def abstract(t: Table) -> Arrangement:
    """A sculpture of simple solids: a stack, a ring with a ball, or stepped columns."""
    r = t.roles
    kind = int(t.rng.integers(3))
    big = [r.accent, mix(r.accent, r.glow, 0.4), r.second][int(t.rng.integers(3))]
    gold = metal(mix(r.glow, r.accent, 0.45))
    if kind == 0:
        solids: list[Solid] = [*plinth(t, 0.86, 0.45), ball(vector(0, 0.45, 0), 0.62, Material(big, 0.6, 90, 0.24))]
        solids += [
            ball(t.at(0.10, 1.66, 0.05), 0.27, glossy(r.glow)),
            drum(t.at(-1.05, 0, -0.35), 0.36, 1.25, matte(mix(r.deep, r.mid, 0.6))),
        ]
        solids += [ball(t.at(-1.05, 1.25, -0.35), 0.25, glossy(r.second))]
    elif kind == 1:
        solids = [*plinth(t, 0.95, 0.30), Torus(vector(0, 1.28, 0), 0.84, 0.14, gold, turn_y(0.45 * t.side))]
        solids += [
            ball(vector(0.0, 0.58, 0.0), 0.40, Material(big, 0.6, 90, 0.22)),
            drum(t.at(-1.10, 0, 0.10), 0.28, 0.7, matte(mix(r.mid, r.paper, 0.3))),
        ]
        solids += [ball(t.at(-1.10, 0.7, 0.10), 0.17, glossy(r.paper))]
    else:
        solids = []
        for k, (x, tall) in enumerate([(-0.92, 0.62), (-0.14, 1.12), (0.66, 1.66)]):
            shade = matte(mix(mix(r.mid, r.deep, 0.3), r.accent, 0.22 + 0.28 * k))
            solids.append(drum(t.at(x, 0, -0.12 * k), 0.44, tall, shade, 0.04))
        solids += [
            ball(t.at(0.66, 1.66, -0.24), 0.28, Material(big, 0.6, 90, 0.24)),
            ball(t.at(-0.92, 0.62, 0), 0.20, gold),
        ]
    solids += [
        cube(t.at(1.08, 0, 0.42), 0.46, t.some(0.2, 0.8), matte(mix(r.mid, r.deep, 0.2))),
        ball(t.at(0.52, 0, 0.98), 0.16, glossy(r.paper)),
    ]
    return Arrangement(solids, 2.9, 2.20, 1.7)


ARRANGEMENTS: dict[str, Callable[[Table], Arrangement]] = {
    "phone": phone,
    "coins": coins,
    "cup": cup,
    "food": food,
    "bottle": bottle,
    "box": box,
    "cubes": cubes,
    "abstract": abstract,
}
