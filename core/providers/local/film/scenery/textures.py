"""Surfaces that are more than one colour: fruit peel, minted coins, labels, ribs, grain."""

from __future__ import annotations

import numpy as np

from core.providers.local.film.paint import Float, mix, smoothstep
from core.providers.local.film.scenery.trace import Array, Lathe, RoundedBox, Solid, Texture


def peel(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
    """Fine pores and large soft patches."""
    q = normals * 9
    pores = np.sin(q[:, 0] * 9.1 + 3 * np.sin(q[:, 1] * 7.3)) * np.sin(q[:, 1] * 8.7 + 2 * np.sin(q[:, 2] * 9.9))
    patches = np.sin(3.1 * points[:, 0] / solid.reach + 2.0) * np.sin(2.3 * normals[:, 1] + 1.3 * normals[:, 2])
    return np.asarray(colours * (1 + 0.07 * pores * np.sin(q[:, 2] * 8.1) + 0.07 * patches)[:, None], np.float32)


def coin_face(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
    """A reeded edge, a raised rim and a star of rays on the face: no currency."""
    if not isinstance(solid, Lathe):
        return colours
    p = points - solid.foot
    radius = np.hypot(p[:, 0], p[:, 2]) / solid.profile[:, 0].max()
    around = np.arctan2(p[:, 2], p[:, 0])
    top = np.abs(normals[:, 1]) > 0.7
    reeds = 0.70 + 0.26 * (0.5 + 0.5 * np.sin(around * 64))
    ring = 0.30 * np.exp(-(((radius - 0.80) / 0.035) ** 2))
    star = 0.16 * smoothstep(0.42, 0.34, radius * (1 + 0.24 * np.cos(around * 5 + 0.6)))
    return np.asarray(colours * np.where(top, 1.0 - ring + star, reeds)[:, None], np.float32)


def fluted(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
    """Upright grooves around a drum."""
    p = points - solid.centre
    waves = 0.5 + 0.5 * np.cos(np.arctan2(p[:, 2], p[:, 0]) * 44)
    depth = 0.30 * (np.abs(normals[:, 1]) < 0.4)
    return np.asarray(colours * (1 - depth * waves**2)[:, None], np.float32)


def brushed(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
    """Rings about the centre, as of turned metal or wood."""
    radius = np.linalg.norm(points - solid.centre, axis=1) / solid.reach
    wobble = 0.4 * np.sin(
        3 * np.arctan2(points[:, 2] - solid.centre[2], points[:, 0] - solid.centre[0]) + 5 * normals[:, 0]
    )
    rings = np.sin(radius * 46 + wobble) * 0.5 + np.sin(radius * 17 + 2 * wobble) * 0.5
    return np.asarray(colours * (1 + 0.06 * rings)[:, None], np.float32)


def leaf_veins(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
    """A midrib and side veins along the longer axis."""
    if not isinstance(solid, RoundedBox):
        return colours
    p = solid.inside(points)
    rib = np.exp(-((p[:, 0] / 0.014) ** 2))
    veins = 0.5 + 0.5 * np.sin((p[:, 1] - np.abs(p[:, 0]) * 0.9) * 52)
    return np.asarray(colours * (0.92 + 0.30 * rib + 0.10 * veins + 0.02 * normals[:, 1])[:, None], np.float32)


def label(paper: Float, ink: Float, mark: Float) -> Texture:
    """A paper label around a bottle, with a mark and lines where words would be: no brand, no words."""

    def printed(solid: Solid, points: Array, normals: Array, colours: Array) -> Array:
        if not isinstance(solid, Lathe):
            return colours
        p = points - solid.foot
        height, side = p[:, 1], np.arctan2(p[:, 0], p[:, 2])
        on = smoothstep(0.255, 0.262, height) * smoothstep(0.965, 0.958, height) * (np.abs(normals[:, 1]) < 0.6)
        out = mix(colours, np.asarray(paper, np.float32), on[:, None])
        disc = smoothstep(0.092, 0.086, np.hypot(side * 0.44, height - 0.74)) * on
        out = mix(out, np.asarray(mark, np.float32), disc[:, None])
        for low, high, half in ((0.520, 0.560, 0.52), (0.450, 0.468, 0.40), (0.400, 0.418, 0.46), (0.325, 0.337, 0.20)):
            line = (height > low) & (height < high) & (np.abs(side) < half)
            out = mix(out, np.asarray(ink, np.float32), (0.85 * line * on)[:, None])
        return np.asarray(out, np.float32)

    return printed
