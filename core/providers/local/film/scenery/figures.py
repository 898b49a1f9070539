"""People as silhouettes: a profile with hair and coat, and a person standing with their back to us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.providers.local.film.by_rows import by_rows
from core.providers.local.film.layers import Geo, Layer
from core.providers.local.film.paint import Float, mix, polygon_mask, rim_light, spline
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.light import Spot, flat

Outline = list[tuple[float, float]]

# Profiles look right; units are head heights from the crown, x from the middle of the head.
_FACE: Outline = [
    (0.27, 0.19), (0.318, 0.30), (0.322, 0.365), (0.300, 0.415), (0.318, 0.455), (0.362, 0.515), (0.408, 0.578),
    (0.400, 0.607), (0.352, 0.622), (0.338, 0.640), (0.352, 0.662), (0.372, 0.684), (0.358, 0.706), (0.345, 0.716),
    (0.362, 0.733), (0.364, 0.757), (0.328, 0.786), (0.322, 0.812), (0.338, 0.852), (0.330, 0.893), (0.285, 0.925),
    (0.205, 0.928), (0.125, 0.918), (0.075, 0.945), (0.052, 1.02), (0.062, 1.12), (0.105, 1.22), (0.20, 1.31),
    (0.36, 1.41), (0.50, 1.56), (0.585, 1.80), (0.63, 2.15), (0.66, 3.6),
]  # fmt: skip
_BACK: Outline = [
    (-1.12, 3.6), (-1.08, 2.15), (-1.0, 1.80), (-0.88, 1.58), (-0.68, 1.42), (-0.50, 1.32), (-0.385, 1.22),
    (-0.345, 1.08), (-0.345, 0.95),
]  # fmt: skip
_SKULL: Outline = [
    (-0.405, 0.78), (-0.455, 0.62), (-0.470, 0.44), (-0.445, 0.26), (-0.36, 0.11), (-0.22, 0.015), (-0.04, -0.02),
    (0.12, 0.012), (0.22, 0.085),
]  # fmt: skip
_COAT: Outline = [
    (0.09, 1.20), (0.24, 1.30), (0.40, 1.42), (0.54, 1.58), (0.62, 1.82), (0.67, 2.2), (0.72, 3.6), (-1.2, 3.6),
    (-1.14, 2.15), (-1.05, 1.82), (-0.92, 1.58), (-0.70, 1.40), (-0.50, 1.28), (-0.40, 1.16), (-0.30, 1.14),
    (-0.18, 1.24), (-0.02, 1.28),
]  # fmt: skip
_POLO: Outline = [
    (0.085, 1.03), (0.10, 1.14), (0.16, 1.24), (0.36, 1.38), (0.52, 1.54), (0.60, 1.80), (0.65, 2.2), (0.70, 3.6),
    (-1.16, 3.6), (-1.10, 2.15), (-1.02, 1.80), (-0.90, 1.56), (-0.70, 1.40), (-0.50, 1.29), (-0.40, 1.18),
    (-0.37, 1.02), (-0.14, 1.06),
]  # fmt: skip
_BUN: Outline = [
    (0.27, 0.19), (0.20, 0.30), (0.10, 0.36), (0.03, 0.50), (0.00, 0.60), (-0.10, 0.66), (-0.22, 0.74), (-0.36, 0.84),
    (-0.46, 0.80), (-0.50, 0.62), (-0.51, 0.44), (-0.48, 0.24), (-0.38, 0.07), (-0.22, -0.04), (-0.02, -0.075),
    (0.16, -0.035), (0.255, 0.07), (0.30, 0.15),
]  # fmt: skip
_CROP: Outline = [
    (0.255, 0.20), (0.20, 0.235), (0.13, 0.25), (0.10, 0.33), (0.06, 0.44), (0.02, 0.52), (-0.03, 0.55), (-0.06, 0.66),
    (-0.18, 0.78), (-0.33, 0.88), (-0.42, 0.80), (-0.475, 0.62), (-0.49, 0.44), (-0.465, 0.25), (-0.37, 0.08),
    (-0.22, -0.03), (-0.02, -0.075), (0.15, -0.055), (0.27, 0.0), (0.325, 0.09), (0.30, 0.16),
]  # fmt: skip
_LONG: Outline = [
    (0.27, 0.18), (0.21, 0.30), (0.12, 0.40), (0.07, 0.56), (0.05, 0.74), (0.01, 0.92), (-0.02, 1.12), (-0.02, 1.34),
    (-0.08, 1.62), (-0.22, 1.78), (-0.46, 1.86), (-0.66, 1.74), (-0.72, 1.5), (-0.68, 1.2), (-0.63, 0.9),
    (-0.60, 0.62), (-0.56, 0.36), (-0.47, 0.12), (-0.30, -0.04), (-0.06, -0.09), (0.14, -0.05), (0.25, 0.05),
    (0.295, 0.13),
]  # fmt: skip
_BOB: Outline = [
    (0.28, 0.16), (0.25, 0.26), (0.14, 0.34), (0.10, 0.50), (0.11, 0.70), (0.12, 0.90), (0.04, 0.97), (-0.16, 1.00),
    (-0.38, 0.99), (-0.52, 0.93), (-0.57, 0.76), (-0.57, 0.50), (-0.52, 0.24), (-0.40, 0.05), (-0.22, -0.06),
    (-0.02, -0.09), (0.15, -0.05), (0.26, 0.04),
]  # fmt: skip
_PONYTAIL: Outline = [
    (-0.38, 0.16), (-0.52, 0.10), (-0.68, 0.18), (-0.80, 0.40), (-0.82, 0.70), (-0.74, 1.00), (-0.64, 1.20),
    (-0.68, 0.92), (-0.66, 0.64), (-0.58, 0.44), (-0.46, 0.34),
]  # fmt: skip
_CURLS: Outline = [
    (-0.02, 0.02), (-0.18, -0.02), (-0.33, 0.06), (-0.44, 0.19), (-0.50, 0.35), (-0.52, 0.52), (-0.47, 0.68),
    (-0.38, 0.79), (0.13, 0.02), (0.22, 0.10), (-0.26, 0.70), (-0.12, 0.56), (-0.30, 0.4), (-0.1, 0.25), (0.08, 0.2),
    (-0.25, 0.2), (-0.36, 0.55), (-0.2, 0.5),
]  # fmt: skip
HAIRCUTS = ("bun", "crop", "long", "curls", "bob", "ponytail")
_PIVOT = (-0.12, 1.05)
"""Where a head nods."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Polygons in layer pixels: the whole body, the hair, the clothes."""

    body: list[Float]
    hair: list[Float]
    coat: list[Float]


def profile(
    centre: tuple[float, float], head: float, rng: np.random.Generator, *, flip: bool = False, nod: float = 0.0
) -> Profile:
    """Head and shoulders from the side, looking right (left when flipped); sizes in pixels, `nod` in degrees."""
    cut = HAIRCUTS[int(rng.integers(len(HAIRCUTS)))]
    clothes = _COAT if rng.random() < 0.6 else _POLO

    def placed(points: Float) -> Float:
        x, y = points[:, 0] + 0.05, points[:, 1] - 0.48
        return np.stack([centre[0] + (-1 if flip else 1) * x * head, centre[1] + y * head], 1).astype(np.float32)

    body = _nodded(spline(_FACE + _BACK + _SKULL, 10), nod)
    return Profile(
        body=[placed(body)],
        hair=[placed(_nodded(lock, nod)) for lock in _haircut(cut)],
        coat=[placed(spline(clothes, 10))],
    )


def _nodded(points: Float, degrees: float) -> Float:
    """Turned about the neck; what lies below it stays, with a soft passage."""
    angle = -np.radians(degrees) * np.clip((1.25 - points[:, 1]) / 0.35, 0, 1)
    x, y = points[:, 0] - _PIVOT[0], points[:, 1] - _PIVOT[1]
    turned = [_PIVOT[0] + x * np.cos(angle) - y * np.sin(angle), _PIVOT[1] + x * np.sin(angle) + y * np.cos(angle)]
    return np.stack(turned, 1).astype(np.float32)


def _haircut(cut: str) -> list[Float]:
    turn = np.linspace(0, 2 * np.pi, 40)
    if cut == "bun":
        knot = np.stack([-0.52 + 0.17 * np.cos(turn), 0.70 + 0.155 * np.sin(turn)], 1)
        return [spline(_BUN, 10), knot.astype(np.float32)]
    if cut == "ponytail":
        return [spline(_BUN, 10), spline(_PONYTAIL, 10)]
    if cut == "curls":
        return [
            np.stack([
                x + 0.15 * np.cos(turn) * (1 + 0.06 * np.sin(5 * turn + 9 * x)),
                y + 0.15 * np.sin(turn) * (1 + 0.06 * np.cos(4 * turn + 9 * y)),
            ], 1).astype(np.float32)
            for x, y in _CURLS
        ]  # fmt: skip
    return [spline({"crop": _CROP, "long": _LONG, "bob": _BOB}[cut], 10)]


# Back view, hands in pockets; units of an eighth of the height, upwards from the feet.
_RIGHT_SIDE: Outline = [
    (0.16, 6.70), (0.34, 6.58), (0.82, 6.40), (1.12, 6.12), (1.27, 5.55), (1.42, 4.95), (1.47, 4.55), (1.30, 4.10),
    (1.10, 3.78), (1.08, 3.40), (1.02, 3.18), (0.96, 2.30), (0.86, 1.30), (0.76, 0.40), (0.90, 0.06), (0.86, -0.02),
    (0.34, -0.02), (0.32, 0.32), (0.30, 1.35), (0.20, 2.5), (0.06, 3.02),
]  # fmt: skip
_COATED_SIDE: Outline = [
    (0.16, 6.70), (0.34, 6.58), (0.80, 6.42), (1.08, 6.10), (1.20, 5.50), (1.32, 4.95), (1.38, 4.40), (1.26, 4.05),
    (1.14, 3.90), (1.22, 3.20), (1.30, 2.40), (1.22, 2.20), (0.82, 2.14), (0.78, 1.30), (0.70, 0.40), (0.84, 0.06),
    (0.80, -0.02), (0.30, -0.02), (0.28, 0.32), (0.26, 1.35), (0.16, 2.10), (0.05, 2.16),
]  # fmt: skip
_HAIR_SHORT: Outline = [
    (-0.46, 7.30), (-0.50, 7.62), (-0.30, 7.95), (0.05, 8.03), (0.38, 7.92), (0.52, 7.58), (0.47, 7.22), (0.36, 7.02),
    (-0.34, 7.02),
]  # fmt: skip
_HAIR_LONG: Outline = [
    (-0.48, 7.30), (-0.52, 7.64), (-0.32, 7.97), (0.03, 8.05), (0.38, 7.94), (0.54, 7.58), (0.52, 7.10), (0.60, 6.50),
    (0.48, 6.02), (0.05, 5.88), (-0.42, 6.02), (-0.56, 6.50), (-0.50, 7.00),
]  # fmt: skip


def standing(geo: Geo, feet: Spot, height: float, rng: np.random.Generator) -> Float:
    """The mask of a person seen from behind, feet at a point, `height` layer pixels tall."""
    unit = height / 8.05
    coated, long_hair = rng.random() < 0.45, rng.random() < 0.5
    right = _COATED_SIDE if coated else _RIGHT_SIDE
    left = [(-x * (1.0 if y > 3.2 else 1.06) - (0.10 if y < 3.1 else 0), y) for x, y in right][::-1]
    turn = np.linspace(0, 2 * np.pi, 40)
    head = np.stack([0.43 * np.cos(turn) + 0.02, 7.36 + 0.53 * np.sin(turn)], 1)
    neck = np.array([(-0.2, 7.0), (0.2, 7.0), (0.26, 6.5), (-0.26, 6.5)])
    solid: list[npt.NDArray[Any]] = [
        spline(right + left, 8),
        head,
        neck,
        spline(_HAIR_LONG if long_hair else _HAIR_SHORT, 8),
    ]
    gaps = [spline([(s * 1.03, 5.0), (s * 1.19, 4.62), (s * 1.10, 4.28), (s * 0.99, 4.42)], 8) for s in (-1, 1)]
    fx, fy = float(geo.X(feet.x)), float(geo.Y(feet.y))

    def placed(points: npt.NDArray[Any]) -> Float:
        return np.stack([fx + points[:, 0] * unit, fy - points[:, 1] * unit], 1).astype(np.float32)

    body = polygon_mask(geo.h, geo.w, [placed(p) for p in solid])
    arms = polygon_mask(geo.h, geo.w, [placed(p) for p in gaps])
    return np.asarray(np.clip(body - arms, 0, 1), np.float32)


def figure(
    geo: Geo,
    roles: Roles,
    rng: np.random.Generator,
    feet: Spot,
    height: float,
    *,
    depth: float,
    light: float,
    grounded: bool = True,
) -> list[Layer]:
    """A person standing, lit from the left (light < 0) or right; with a soft shadow at the feet when grounded."""
    mask = standing(geo, feet, height, rng)
    unit = height / 8
    picture = flat(geo, mix(roles.ink, roles.deep, 0.12) * 0.8)
    strong = by_rows(rim_light(mask, light, -0.45, min(0.13 * unit, 5 * geo.S), min(0.03 * unit, 1.2 * geo.S)))
    weak = by_rows(rim_light(mask, -light, -0.3, min(0.07 * unit, 3 * geo.S), min(0.02 * unit, geo.S)))
    strong, weak = strong[..., None] * roles.glow, weak[..., None] * roles.accent
    layers = [Layer(picture + strong + 0.55 * weak, mask, depth, rng, subject=True, name="figure")]
    if grounded:
        rows = (np.arange(geo.h, dtype=np.float32) - float(geo.Y(feet.y))) / (0.22 * unit)
        columns = (np.arange(geo.w, dtype=np.float32) - float(geo.X(feet.x))) / (1.5 * unit)
        shadow = 0.75 * np.exp(-(rows**2))[:, None] * np.exp(-(columns**2))[None, :]
        layers.insert(0, Layer(flat(geo, roles.ink * 0.5), shadow, depth, rng, name="shadow"))
    return layers
