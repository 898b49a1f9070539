"""A photographer's studio: camera, key light and backdrop; turns solids into a picture with depth.

The picture is traced at about half size, where soft light is averaged over neighbours of the same
solid, and enlarged; outlines and finely textured solids are traced again at full size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.providers.local.film.by_rows import by_rows
from core.providers.local.film.paint import Float, blur, mix, smoothstep
from core.providers.local.film.scenery.trace import FAR, Array, Solid, blocked, first_hit, unit, vector

WALL = -4.6
"""Where the backdrop stands upright; the floor runs into it without a seam."""
BACKDROP = -1
"""Index of what no solid covers."""
DRAFT_PIXELS = 300_000
"""Of the small tracing: beyond this a finer one is not seen once enlarged."""
LIGHT_RAYS, DARK_RAYS = 4, 4
"""Per point; the pattern of directions repeats every 4 x 4 points, which the averaging evens out."""
EDGE_SAMPLES = ((-0.25, -0.4), (0.4, -0.15), (0.15, 0.4), (-0.4, 0.2))

Ids = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera at `eye` that sees `look` at pixel (x, y), one unit there being `unit` pixels."""

    eye: Array
    look: Array
    x: float
    y: float
    unit: float

    def axes(self) -> tuple[Array, Array, Array]:
        """Forward, right and up."""
        forward = unit(self.look - self.eye)
        right = unit(np.cross(forward, vector(0, 1, 0)).astype(np.float32))
        return forward, right, np.cross(right, forward).astype(np.float32)

    def focal(self) -> float:
        """Focal length in pixels."""
        return self.unit * float(np.linalg.norm(self.look - self.eye))

    def rays(self, px: Array, py: Array) -> Array:
        """Unit rays (n, 3) through pixels."""
        forward, right, up = self.axes()
        f = np.float32(self.focal())
        across, down = (px - np.float32(self.x)) / f, (py - np.float32(self.y)) / f
        return unit(forward + across[:, None] * right - down[:, None] * up)

    def pixel(self, point: Array) -> tuple[float, float]:
        """Where a point of the world is seen."""
        forward, right, up = self.axes()
        to = point - self.eye
        far = max(float(to @ forward), 1e-3)
        return self.x + self.focal() * float(to @ right) / far, self.y - self.focal() * float(to @ up) / far

    def shrunk(self, factor: float) -> Lens:
        """The same view in a picture `factor` times as large."""
        return Lens(self.eye, self.look, self.x * factor, self.y * factor, self.unit * factor)


@dataclass(frozen=True, eq=False)
class Studio:
    """Light and backdrop; colours are RGB 0..1."""

    key: Array
    """Where the key light hangs."""
    softness: float
    light: Array
    """Its colour."""
    fill: Array
    floor: Array
    wall_low: Array
    wall_high: Array
    halo: Array
    """Centre of the light on the wall, (x, y) in world units."""
    slats: float = 0.0
    """How strongly a window throws bars of shade; 0 is none."""
    bar: float = 0.9
    """Width of the window's panes."""

    def window(self, points: Array) -> Array:
        """Share (n,) of the key light that the window lets through to points."""
        if self.slats <= 0:
            return np.ones(len(points), np.float32)
        toward = unit(self.key)
        right = unit(np.cross(vector(0, 1, 0), toward).astype(np.float32))
        up = np.cross(toward, right).astype(np.float32)
        across, height = points @ right, points @ up + 0.35 * (points @ right)
        pane = np.abs((height / self.bar) % 1 - 0.5) * 2
        post = np.abs((across / (2.6 * self.bar)) % 1 - 0.5) * 2
        clear = smoothstep(0.06, 0.46, pane) * smoothstep(0.0, 0.20, post)
        return np.asarray(1 - self.slats * (1 - clear), np.float32)

    def surroundings(self, rays: Array) -> Array:
        """What a mirror sees in a direction: floor, wall, and two soft boxes."""
        y = rays[:, 1:2]
        ground = mix(self.floor * 0.55, mix(self.wall_high, self.light, 0.3), smoothstep(-0.5, 0.7, y))
        big = smoothstep(0.84, 0.93, rays @ unit(self.key))[:, None]
        side = unit(vector(-float(self.key[0]), 1.4, 1.2))
        small = smoothstep(0.90, 0.96, rays @ side)[:, None]
        return np.asarray(ground + big * 1.9 * self.light + small * 0.8 * self.fill, np.float32)


class Picture(NamedTuple):
    """A traced picture: colours 0..1 (h, w, 3), nearness 0..1 (h, w), index of the solid (h, w)."""

    rgb: Float
    near: Float
    solid: Ids


class _Seen(NamedTuple):
    """What a batch of rays met."""

    ray: Array
    point: Array
    normal: Array
    solid: Ids
    far: Array


class _Soft(NamedTuple):
    """Light that is worked out small: key light (n,), openness (n,), mirror image (n, 3) and its strength (n,)."""

    lit: Array
    open: Array
    mirror: Array
    strength: Array


class _Tracer:
    """The tracing of one picture."""

    def __init__(self, solids: list[Solid], studio: Studio, lens: Lens, rng: np.random.Generator) -> None:
        self.solids, self.studio, self.lens = solids, studio, lens
        self.turns = rng.normal(0, 1, (16, LIGHT_RAYS, 3)).astype(np.float32)
        self.domes = _dome(rng)

    def look(self, rays: Array) -> _Seen:
        """Follow rays from the eye to the first solid, or to the backdrop."""
        start = np.broadcast_to(self.lens.eye, rays.shape)
        far, which = first_hit(self.solids, start, rays)
        down = np.minimum(rays[:, 1], -1e-5)
        floor = np.where(rays[:, 1] < -1e-5, -self.lens.eye[1] / down, FAR)
        away = np.minimum(rays[:, 2], -1e-5)
        wall = np.where(rays[:, 2] < -1e-5, (WALL - self.lens.eye[2]) / away, FAR)
        ground = np.minimum(np.minimum(floor, wall), 60.0)
        behind = ground < far
        which[behind] = BACKDROP
        far = np.where(behind, ground, far).astype(np.float32)
        point = (self.lens.eye + far[:, None] * rays).astype(np.float32)
        normal = np.zeros_like(point)
        normal[:, 1] = 1
        for i, solid in enumerate(self.solids):
            mine = which == i
            if mine.any():
                normal[mine] = solid.normals(point[mine])
        return _Seen(rays, point, normal, which, far)

    def soften(self, seen: _Seen, pattern: Ids) -> _Soft:
        """Shadow, openness and reflections of points; `pattern` (n,) chooses among 16 sets of directions."""
        start = seen.point + seen.normal * np.float32(4e-3)
        lit = np.zeros(len(start), np.float32)
        for k in range(LIGHT_RAYS):
            lamp = self.studio.key + self.turns[pattern, k] * np.float32(self.studio.softness)
            lit += ~blocked(self.solids, start, unit(lamp - start), 12.0)
        open_ = np.zeros(len(start), np.float32)
        near = self._near_solids(start)
        for k in range(DARK_RAYS):
            way = unit(seen.normal * 1.02 + self.domes[pattern, k])
            free = np.ones(len(start), bool)
            free[near] = ~blocked(self.solids, start[near], way[near], 0.9)
            open_ += free & (start[:, 1] + 0.9 * way[:, 1] > 0)
        mirror, strength = self._reflect(seen, start)
        return _Soft(
            np.asarray(lit / LIGHT_RAYS, np.float32), np.asarray(open_ / DARK_RAYS, np.float32), mirror, strength
        )

    def _near_solids(self, points: Array) -> NDArray[np.intp]:
        close = np.zeros(len(points), bool)
        for solid in self.solids:
            gap = points - solid.centre
            close |= np.einsum("ij,ij->i", gap, gap) < (solid.reach + 0.9) ** 2
        return np.flatnonzero(close)

    def _reflect(self, seen: _Seen, start: Array) -> tuple[Array, Array]:
        """What each point mirrors of the other solids, plainly lit."""
        toward = -2 * np.einsum("ij,ij->i", seen.ray, seen.normal)[:, None]
        way = unit(seen.ray + toward * seen.normal)
        far, which = first_hit(self.solids, start, way)
        mirror = np.zeros_like(start)
        for i, solid in enumerate(self.solids):
            mine = which == i
            if not mine.any():
                continue
            point = start[mine] + far[mine, None] * way[mine]
            normal = solid.normals(point)
            facing = np.einsum("ij,ij->i", normal, unit(self.studio.key - point))
            mirror[mine] = solid.material.colour * (0.3 + 0.7 * np.clip(facing, 0, 1))[:, None]
        return mirror, np.where(which >= 0, np.exp(-far * 0.9), 0).astype(np.float32)

    def shade(self, seen: _Seen, soft: _Soft) -> Array:
        """Colours (n, 3)."""
        out = np.zeros_like(seen.point)
        window = self.studio.window(seen.point)
        for i in (BACKDROP, *range(len(self.solids))):
            mine = seen.solid == i
            if not mine.any():
                continue
            part = _Seen(*(a[mine] for a in seen))
            light = _Soft(*(a[mine] for a in soft))
            light = light._replace(lit=light.lit * window[mine])
            out[mine] = self._backdrop(part, light) if i == BACKDROP else self._solid(self.solids[i], part, light)
        return out

    def _backdrop(self, seen: _Seen, soft: _Soft) -> Array:
        s, p = self.studio, seen.point
        back = smoothstep(0.3, WALL, p[:, 2])[:, None]
        dx, dy = (p[:, 0] - s.halo[0]) / 2.6, (p[:, 1] - s.halo[1]) / 2.2
        glow = np.exp(-(dx * dx + dy * dy))[:, None] * smoothstep(-1.0, WALL, p[:, 2])[:, None]
        base = mix(mix(s.floor, s.wall_low, back), s.wall_high, glow)
        reach = np.exp(-(((p[:, 0] - s.key[0] * 0.22) / 4.4) ** 2) - ((p[:, 2] - 0.2) / 5.5) ** 2)
        shade = soft.lit * mix(reach, 0.9, back[:, 0])
        tint = mix(np.ones(3, np.float32), s.light, 0.7)
        colour = base * (0.30 + 0.78 * shade[:, None] * tint) * (0.35 + 0.65 * soft.open[:, None])
        colour *= 1 - 0.35 * smoothstep(0.8, 3.6, p[:, 2])[:, None]
        wet = (soft.strength * 0.34 * (1 - back[:, 0]))[:, None]
        return np.asarray(mix(colour, soft.mirror, wet), np.float32)

    def _solid(self, solid: Solid, seen: _Seen, soft: _Soft) -> Array:
        s, m, n = self.studio, solid.material, seen.normal
        colour = np.broadcast_to(m.colour, n.shape)
        if m.texture is not None:
            colour = m.texture(solid, seen.point, n, colour)
        toward, view = unit(s.key - seen.point), -seen.ray
        facing = np.einsum("ij,ij->i", n, toward)
        sight = np.clip(np.einsum("ij,ij->i", n, view), 0, 1)
        wrap = np.clip(facing * 0.78 + 0.22, 0, 1) * (0.12 + 0.88 * soft.lit)
        ambient = mix(s.floor * 0.62, mix(s.wall_high, s.light, 0.35), n[:, 1:2] * 0.5 + 0.5)
        fill = np.clip(n @ unit(vector(-float(s.key[0]), 1.2, 2.0)), 0, 1)[:, None] * s.fill * 0.16
        openness = (0.25 + 0.75 * soft.open)[:, None]
        out = colour * ((ambient * 0.44 + fill) * openness + wrap[:, None] * s.light * 1.02)
        half = unit(toward + view)
        spark = np.clip(np.einsum("ij,ij->i", n, half), 0, 1) ** m.gloss * m.shine * soft.lit
        fresnel = m.mirror + (1 - m.mirror) * 0.5 * (1 - sight) ** 4
        bounce = unit(seen.ray + 2 * sight[:, None] * n)
        sky = mix(s.surroundings(bounce), soft.mirror, np.clip(soft.strength * 1.3, 0, 1)[:, None])
        out += spark[:, None] * s.light + sky * (fresnel * 0.62)[:, None] * openness
        rim = (1 - sight) ** 3 * np.clip(n[:, 1] * 0.6 + 0.4, 0, 1) * 0.22
        out += rim[:, None] * s.fill * openness
        return np.asarray(mix(out, colour * 1.3, m.glow), np.float32)


def _dome(rng: np.random.Generator) -> Array:
    """Evenly scattered unit directions, (16, DARK_RAYS, 3)."""
    return unit(rng.normal(0, 1, (16, DARK_RAYS, 3)).astype(np.float32))


def _dulled(mirror: Float, ids: Ids) -> Float:
    """Reflections (h, w, 3 colours and strength) with those in the floor blurred: it is satin, not glass."""
    share = mirror[..., 3:] * (ids == BACKDROP)[..., None]
    thick = cv2.GaussianBlur(np.dstack([mirror[..., :3] * share, share]), (0, 0), 2.2)
    colour = thick[..., :3] / np.maximum(thick[..., 3:], 1e-3)
    return np.where((ids == BACKDROP)[..., None], np.dstack([colour, thick[..., 3]]), mirror).astype(np.float32)


def _shifts(reach: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return ((dy, dx) for dy in reach for dx in reach)


def _even_out(values: Float, ids: Ids, normal: Float) -> Float:
    """Average over 4 x 4 neighbours on the same solid that face alike; values (h, w, c)."""
    total, weight = np.zeros_like(values), np.zeros((*ids.shape, 1), np.float32)
    for dy, dx in _shifts((-2, -1, 0, 1)):
        moved = np.roll(values, (dy, dx), (0, 1))
        alike = np.roll(ids, (dy, dx), (0, 1)) == ids
        alike &= np.einsum("hwc,hwc->hw", np.roll(normal, (dy, dx), (0, 1)), normal) > 0.8
        total += moved * alike[..., None]
        weight += alike[..., None]
    return np.asarray(total / np.maximum(weight, 1), np.float32)


def _same_solid(values: Float, ids: Ids, at: tuple[NDArray[np.intp], NDArray[np.intp]], wanted: Ids) -> Float:
    """Values (n, c) near pixels of the small picture, taken only from the wanted solid where it can be had."""
    h, w = ids.shape
    total = np.zeros((len(wanted), values.shape[2]), np.float32)
    weight = np.zeros((len(wanted), 1), np.float32)
    for dy, dx in _shifts((-1, 0, 1)):
        y, x = np.clip(at[0] + dy, 0, h - 1), np.clip(at[1] + dx, 0, w - 1)
        k = ((ids[y, x] == wanted) * (4.0 if dy == dx == 0 else 1.0) + 1e-4)[:, None].astype(np.float32)
        total += values[y, x] * k
        weight += k
    return np.asarray(total / weight, np.float32)


def photograph(
    solids: list[Solid], studio: Studio, lens: Lens, size: tuple[int, int], rng: np.random.Generator
) -> Picture:
    """The solids seen through the lens, size (h, w) pixels; at 1 Mpx about 2 s of one core."""
    h, w = size
    shrink = min(1.0, float(np.sqrt(DRAFT_PIXELS / (h * w))))
    sh, sw = max(8, round(h * shrink)), max(8, round(w * shrink))
    small = _Tracer(solids, studio, lens.shrunk(sh / h), rng)
    rows, columns = (a.ravel() for a in np.mgrid[0:sh, 0:sw])
    seen = small.look(small.lens.rays((columns + 0.5).astype(np.float32), (rows + 0.5).astype(np.float32)))
    soft = small.soften(seen, ((rows % 4) * 4 + columns % 4).astype(np.int32))
    ids, normal = seen.solid.reshape(sh, sw), seen.normal.reshape(sh, sw, 3)
    light = np.dstack([soft.lit, soft.open]).reshape(sh, sw, 2)
    mirror = np.dstack([soft.mirror.reshape(sh, sw, 3), soft.strength.reshape(sh, sw)])
    light = np.dstack([_even_out(light, ids, normal), _dulled(mirror, ids)])
    even = light.reshape(-1, 6)
    draft = small.shade(seen, _Soft(even[:, 0], even[:, 1], even[:, 2:5], even[:, 5])).reshape(sh, sw, 3)
    rgb = np.asarray(cv2.resize(draft, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)
    near = blur(_nearness(seen.far.reshape(sh, sw), lens), 1.0)
    full_ids = np.asarray(cv2.resize(ids, (w, h), interpolation=cv2.INTER_NEAREST), np.int32)
    _refine(rgb, full_ids, small, lens, light, ids)
    depth = np.asarray(cv2.resize(near, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    return Picture(_expose(rgb), depth, full_ids)


def _refine(rgb: Float, full_ids: Ids, small: _Tracer, lens: Lens, light: Float, ids: Ids) -> None:
    """Trace outlines, edges and fine textures again at full size, in place."""
    h, _w = full_ids.shape
    sh, _sw = ids.shape
    size = int(np.ceil(h / sh))
    reach = np.ones((2 * size + 1, 2 * size + 1), np.uint8)
    plane = full_ids.astype(np.float32)
    wanted = cv2.dilate(plane, reach) != cv2.erode(plane, reach)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    slope = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    wanted |= (slope > 0.14) & (full_ids >= 0)
    textured = [i for i, solid in enumerate(small.solids) if solid.material.texture is not None]
    fine = _Tracer(small.solids, small.studio, lens, np.random.default_rng(0))
    _retrace(rgb, full_ids, fine, light, ids, np.isin(full_ids, textured) & ~wanted, ((0.0, 0.0),))
    _retrace(rgb, full_ids, fine, light, ids, np.asarray(wanted, bool), EDGE_SAMPLES)


def _retrace(
    rgb: Float,
    full_ids: Ids,
    fine: _Tracer,
    light: Float,
    ids: Ids,
    where: NDArray[np.bool_],
    samples: tuple[tuple[float, float], ...],
) -> None:
    """Trace the marked pixels at full size with these samples each, in place."""
    h, w = full_ids.shape
    sh, sw = ids.shape
    y, x = np.nonzero(where)
    total = np.zeros((len(y), 3), np.float32)
    for dx, dy in samples:
        px, py = (x + 0.5 + dx).astype(np.float32), (y + 0.5 + dy).astype(np.float32)
        seen = fine.look(fine.lens.rays(px, py))
        at = ((py * sh / h).astype(np.intp), (px * sw / w).astype(np.intp))
        s = _same_solid(light, ids, at, seen.solid)
        total += np.clip(fine.shade(seen, _Soft(s[:, 0], s[:, 1], s[:, 2:5], s[:, 5])), 0, 1.6)
        full_ids[y, x] = seen.solid
    rgb[y, x] = total / len(samples)


def _nearness(far: Float, lens: Lens) -> Float:
    middle = float(np.linalg.norm(lens.look - lens.eye))
    return np.asarray(np.clip(0.55 - (far - middle) * 0.14, 0, 1), np.float32)


def _expose(rgb: Float) -> Float:
    """Bring highlights under 1 the way film does: slowly."""
    x = np.maximum(by_rows(rgb), 0)
    return np.asarray(np.clip(x * (1 + x / 6) / (1 + x * 0.40), 0, 1), np.float32)
