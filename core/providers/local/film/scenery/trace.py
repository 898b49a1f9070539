"""The solids of a still life: where rays meet them, which way their surfaces face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
Texture = Callable[["Solid", Array, Array, Array], Array]
"""(solid, points, normals, colours) -> colours; all (n, 3)."""

FAR = np.float32(1e9)
"""Distance of a miss: finite, so that arithmetic on it raises no warnings."""
NEAREST = 1e-3
"""Meetings nearer than this are the surface the ray starts from."""
SEAM = 1e-3
"""By which the parts of a profile overlap, so that no ray slips between them."""


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface answers light; colour is linear-ish RGB 0..1, the rest are fractions."""

    colour: Array
    shine: float = 0.35
    gloss: float = 40.0
    mirror: float = 0.12
    glow: float = 0.0
    texture: Texture | None = None


class Solid(Protocol):
    """Anything with a surface; `centre` and `reach` are its bounding sphere."""

    material: Material
    centre: Array
    reach: float

    def hit(self, start: Array, ray: Array) -> Array:
        """Distances (n,) along unit rays to the nearest meeting, FAR when there is none."""
        ...

    def normals(self, points: Array) -> Array:
        """Unit normals (n, 3) of points on the surface."""
        ...


def unit(v: Array) -> Array:
    """Vectors of length one along the last axis."""
    length = np.sqrt(np.einsum("...i,...i->...", v, v))[..., None]
    return np.asarray(v / np.maximum(length, 1e-6), np.float32)


def vector(x: float, y: float, z: float) -> Array:
    """A float32 vector."""
    return np.array([x, y, z], np.float32)


def turn_y(angle: float) -> Array:
    """Rotation about the upright axis, radians; rows are the turned axes."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]], np.float32)


def turn_x(angle: float) -> Array:
    """Rotation about the axis to the right: leaning back and forth."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]], np.float32)


def turn_z(angle: float) -> Array:
    """Rotation about the axis towards the camera: tilting sideways."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32)


def meet(solid: Solid, start: Array, ray: Array) -> Array:
    """Distances (n,) to a solid; only rays that pass its bounding sphere are worked out."""
    out = np.full(len(ray), FAR, np.float32)
    to = solid.centre - start
    along = np.einsum("ij,ij->i", to, ray)
    apart = np.einsum("ij,ij->i", to, to) - along * along
    reach = solid.reach * solid.reach
    near = np.flatnonzero((apart < reach) & (along > -solid.reach))
    if near.size == 0:
        return out
    # Starting at the bounding sphere keeps float32 exact enough for thin parts.
    skip = np.maximum(along[near] - np.sqrt(reach - apart[near]) - 0.05, 0)
    rays = ray[near]
    t = solid.hit(start[near] + skip[:, None] * rays, rays)
    out[near] = np.where((t < FAR) & (t + skip > NEAREST), t + skip, FAR)
    return out


def _toward(solids: list[Solid], start: Array, ray: Array) -> NDArray[np.intp]:
    """Indices of the rays that pass the box around all solids: one test that spares most rays all others."""
    low = np.min([solid.centre - np.float32(solid.reach) for solid in solids], axis=0)
    high = np.max([solid.centre + np.float32(solid.reach) for solid in solids], axis=0)
    inverse = 1 / np.where(np.abs(ray) < 1e-6, np.float32(1e-6), ray)
    a, b = (low - start) * inverse, (high - start) * inverse
    enter, leave = np.minimum(a, b).max(axis=1), np.maximum(a, b).min(axis=1)
    return np.flatnonzero(leave > np.maximum(enter, 0))


def first_hit(solids: list[Solid], start: Array, ray: Array) -> tuple[Array, NDArray[np.int32]]:
    """Distance (n,) and index (n,) of the nearest solid; index -1 where there is none."""
    nearest = np.full(len(ray), FAR, np.float32)
    which = np.full(len(ray), -1, np.int32)
    live = _toward(solids, start, ray)
    start, ray = start[live], ray[live]
    best, index = nearest[live], which[live]
    for i, solid in enumerate(solids):
        t = meet(solid, start, ray)
        closer = t < best
        best[closer] = t[closer]
        index[closer] = i
    nearest[live], which[live] = best, index
    return nearest, which


def blocked(solids: list[Solid], start: Array, ray: Array, limit: float) -> Mask:
    """Whether something stands within `limit` of the start of each ray (n,)."""
    out = np.zeros(len(ray), bool)
    live = _toward(solids, start, ray)
    start, ray = start[live], ray[live]
    for k, solid in enumerate(solids):
        found = meet(solid, start, ray) < limit
        out[live[found]] = True
        if k % 6 == 5:
            # What is blocked already need not be asked again; sorting it out each time would cost more.
            open_ = ~out[live]
            live, start, ray = live[open_], start[open_], ray[open_]
    return out


@dataclass(eq=False)
class Sphere:
    """A ball."""

    centre: Array
    reach: float
    material: Material

    def hit(self, start: Array, ray: Array) -> Array:
        """See Solid."""
        to = start - self.centre
        b = np.einsum("ij,ij->i", to, ray)
        root = b * b - np.einsum("ij,ij->i", to, to) + self.reach * self.reach
        half = np.sqrt(np.maximum(root, 0))
        t = np.where(-b - half > NEAREST, -b - half, -b + half)
        return np.where((root > 0) & (t > NEAREST), t, FAR).astype(np.float32)

    def normals(self, points: Array) -> Array:
        """See Solid."""
        return unit(points - self.centre)


@dataclass(eq=False)
class Lathe:
    """A solid of revolution about an upright axis: bottles, bowls, cups, coins, plinths.

    `profile` is a polyline of (radius, height above `foot`), outside first, from the bottom up;
    corners sharper than `CREASE` stay sharp, all others are shaded round.
    """

    foot: Array
    profile: Array
    material: Material
    centre: Array = field(init=False)
    reach: float = field(init=False)
    ends: Array = field(init=False)

    CREASE = 0.80
    """Cosine between neighbours' normals under which an edge is kept."""

    def __post_init__(self) -> None:
        low, high = float(self.profile[:, 1].min()), float(self.profile[:, 1].max())
        middle = (low + high) / 2
        self.centre = self.foot + vector(0, middle, 0)
        self.reach = float(np.hypot(self.profile[:, 0], self.profile[:, 1] - middle).max()) + 1e-3
        self.ends = self._end_normals()

    def _end_normals(self) -> Array:
        """Normals (segments, 2 ends, 2) in the plane of the profile."""
        steps = np.diff(self.profile, axis=0)
        flat = np.stack([steps[:, 1], -steps[:, 0]], -1)
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
        ends = np.stack([flat, flat], 1)
        smooth = np.flatnonzero((flat[1:] * flat[:-1]).sum(1) > self.CREASE)
        between = flat[smooth] + flat[smooth + 1]
        ends[smooth, 1] = between
        ends[smooth + 1, 0] = between
        return np.asarray(ends / np.maximum(np.linalg.norm(ends, axis=2, keepdims=True), 1e-6), np.float32)

    def hit(self, start: Array, ray: Array) -> Array:
        """See Solid."""
        o = start - self.foot
        best = np.full(len(ray), FAR, np.float32)
        flat = ray[:, 0] ** 2 + ray[:, 2] ** 2
        cross = o[:, 0] * ray[:, 0] + o[:, 2] * ray[:, 2]
        off = o[:, 0] ** 2 + o[:, 2] ** 2
        dy = np.where(np.abs(ray[:, 1]) < 1e-6, np.float32(1e-6), ray[:, 1])
        for (r0, y0), (r1, y1) in zip(self.profile[:-1], self.profile[1:], strict=True):
            if abs(y1 - y0) < 2e-3:
                t = ((y0 + y1) / 2 - o[:, 1]) / dy
                r2 = off + t * (2 * cross + t * flat)
                inside = (r2 >= max(min(r0, r1) - SEAM, 0) ** 2) & (r2 <= (max(r0, r1) + SEAM) ** 2) & (t > NEAREST)
                best = np.where(inside & (t < best), t, best)
                continue
            k = (r1 - r0) / (y1 - y0)
            base = r0 + k * (o[:, 1] - y0)
            a = flat - (k * ray[:, 1]) ** 2
            a = np.where(np.abs(a) < 1e-6, np.float32(1e-6), a)
            b = cross - base * k * ray[:, 1]
            root = b * b - a * (off - base * base)
            # The far root divided out, not subtracted: exact where a ray runs along the surface.
            q = -(b + np.copysign(np.sqrt(np.maximum(root, 0)), b))
            q = np.where(np.abs(q) < 1e-9, np.float32(1e-9), q)
            for t in (q / a, (off - base * base) / q):
                y = o[:, 1] + t * ray[:, 1]
                inside = (root > 0) & (y >= min(y0, y1) - SEAM) & (y <= max(y0, y1) + SEAM) & (t > NEAREST)
                best = np.where(inside & (t < best), t, best)
        return best.astype(np.float32)

    def normals(self, points: Array) -> Array:
        """See Solid."""
        p = points - self.foot
        radius = np.hypot(p[:, 0], p[:, 2])
        place = np.stack([radius, p[:, 1]], -1)
        nearest = np.full(len(p), FAR, np.float32)
        slope = np.zeros((len(p), 2), np.float32)
        for (a, b), (n0, n1) in zip(zip(self.profile[:-1], self.profile[1:], strict=True), self.ends, strict=True):
            step = b - a
            f = np.clip(((place - a) @ step) / max(float(step @ step), 1e-9), 0, 1)[:, None]
            gap = ((place - a - f * step) ** 2).sum(1)
            closer = gap < nearest
            nearest = np.where(closer, gap, nearest)
            slope = np.where(closer[:, None], n0 * (1 - f) + n1 * f, slope)
        out = slope[:, :1] / np.maximum(radius, 1e-6)[:, None] * p
        out[:, 1] = slope[:, 1]
        return unit(out)


class Carved:
    """A solid known by its distance function, found by marching inside its bounding sphere."""

    STEPS = 40

    material: Material
    centre: Array
    reach: float
    axes: Array

    def inside(self, points: Array) -> Array:
        """Points in the solid's own axes."""
        return np.asarray((points - self.centre) @ self.axes.T, np.float32)

    def distance(self, local: Array) -> Array:
        """Signed distance (n,) of points in the solid's own axes."""
        raise NotImplementedError

    def hit(self, start: Array, ray: Array) -> Array:
        """See Solid."""
        o, d = self.inside(start), ray @ self.axes.T
        t = np.zeros(len(ray), np.float32)
        out = np.full(len(ray), FAR, np.float32)
        live = np.arange(len(ray))
        for _ in range(self.STEPS):
            gap = self.distance(o[live] + t[live, None] * d[live])
            done = gap < 1.5e-3
            out[live[done]] = t[live[done]]
            t[live] += np.maximum(gap, 1e-3)
            live = live[~done & (t[live] < 2 * self.reach + 0.1)]
            if live.size == 0:
                break
        return np.where(out > NEAREST, out, FAR)

    def normals(self, points: Array) -> Array:
        """See Solid."""
        p = self.inside(points)
        step = np.float32(2e-3)
        slopes = [
            self.distance(p + step * axis) - self.distance(p - step * axis) for axis in np.eye(3, dtype=np.float32)
        ]
        return unit(np.stack(slopes, -1) @ self.axes)


@dataclass(eq=False)
class RoundedBox(Carved):
    """A box with half sizes `half`; `corner` rounds its face, `edge` bevels all edges."""

    centre: Array
    half: Array
    material: Material
    axes: Array = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    corner: float = 0.05
    edge: float = 0.03
    reach: float = field(init=False)

    def __post_init__(self) -> None:
        self.reach = float(np.linalg.norm(self.half)) + 1e-3

    def distance(self, local: Array) -> Array:
        """See Carved."""
        q = np.abs(local)
        round_ = max(self.corner, self.edge)
        x, y = q[:, 0] - (self.half[0] - round_), q[:, 1] - (self.half[1] - round_)
        face = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - round_ + self.edge
        deep = q[:, 2] - self.half[2] + self.edge
        out = np.hypot(np.maximum(face, 0), np.maximum(deep, 0)) + np.minimum(np.maximum(face, deep), 0)
        return np.asarray(out - self.edge, np.float32)


@dataclass(eq=False)
class Torus(Carved):
    """A ring of radius `ring` and thickness `tube`, flat in its own xy plane; `tall` stretches it upwards."""

    centre: Array
    ring: float
    tube: float
    material: Material
    axes: Array = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    tall: float = 1.0
    reach: float = field(init=False)

    def __post_init__(self) -> None:
        self.reach = (self.ring + self.tube) * max(self.tall, 1.0) + 1e-3

    def distance(self, local: Array) -> Array:
        """See Carved."""
        around = np.hypot(local[:, 0], local[:, 1] / self.tall) - self.ring
        return np.asarray((np.hypot(around, local[:, 2]) - self.tube) * min(1.0, 1 / self.tall), np.float32)


def rounded_profile(corners: list[tuple[float, float]], radius: float, steps: int = 4) -> Array:
    """A lathe profile through (radius, height) corners, each rounded by up to `radius`."""
    points = np.array(corners, np.float32)
    out = [points[0]]
    for a, b, c in zip(points[:-2], points[1:-1], points[2:], strict=True):
        back, on = a - b, c - b
        far_back, far_on = float(np.linalg.norm(back)), float(np.linalg.norm(on))
        cut = min(radius, far_back * 0.45, far_on * 0.45)
        p, q = b + back / max(far_back, 1e-6) * cut, b + on / max(far_on, 1e-6) * cut
        f = np.linspace(0, 1, steps + 1, dtype=np.float32)[:, None]
        out.extend((1 - f) ** 2 * p + 2 * f * (1 - f) * b + f**2 * q)
    out.append(points[-1])
    return np.array(out, np.float32)


def drum(foot: Array, radius: float, height: float, material: Material, bevel: float = 0.03) -> Lathe:
    """An upright cylinder standing on `foot`."""
    corners = [(0.0, 0.0), (radius, 0.0), (radius, height), (0.0, height)]
    return Lathe(foot, rounded_profile(corners, bevel, 3), material)
