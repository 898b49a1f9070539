"""Framing: from where each stretch of a scene is seen, and how the camera moves in it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from core.domain.plan import Angle, Camera, ShotSize
from core.providers.local.film.layers import View
from core.providers.local.film.paint import Pixels

REACH = 0.055
"""How far beyond the frame a framing may look, as a share of it; the rest of the overscan is the camera's."""
CLEAR_CUT = 19.0
"""Mean difference of hue, saturation and value between two framings, of 255. Within a shot it is below 3; more than
this is only reached by framings that push the subject out of the picture."""
NEARER: dict[ShotSize, float] = {
    "extreme_wide": 1.0,
    "wide": 1.0,
    "medium": 1.0,
    "close_up": 1.16,
    "extreme_close_up": 1.42,
}
TURN: dict[Angle, tuple[float, float]] = {
    "eye_level": (0.0, 0.0),
    "low": (0.045, 1.4),
    "high": (-0.045, 0.0),
    "top_down": (-0.05, -2.2),
}
"""Of an angle: how far the horizon sinks, as a share of the height, and the roll in degrees."""
ONE_SIDED = {"still", "glyph", "chart", "photo", "portrait"}
"""Motifs with letters, arrows or faces, which must not be mirrored."""
NEXT_MOVE: dict[Camera, Camera] = {
    "push_in": "pull_out",
    "pull_out": "push_in",
    "pan_left": "pan_right",
    "pan_right": "pan_left",
    "tilt_up": "tilt_down",
    "tilt_down": "tilt_up",
    "orbit": "pan_left",
    "static": "push_in",
    "handheld": "handheld",
}


class Segment(NamedTuple):
    """Frames `start` to `end` (not included) of a scene, seen from one place."""

    start: int
    end: int
    move: Camera
    amount: float
    view: View
    front: bool = False
    """Whether the title stands before everything, because subjects would hide too much of it."""


def base_view(shot_size: ShotSize, angle: Angle, subject: tuple[float, float]) -> View:
    """The first framing: the subject stays where the builder put it, nearer for close-ups."""
    sink, roll = TURN[angle]
    zoom = NEARER[shot_size] * (1.05 if roll else 1.0)
    x, y = subject
    return contained(View(zoom, x, y, x, y + sink, roll))


def other_views(first: View, subject: tuple[float, float], motif: str, count: int, seed: int) -> list[View]:
    """Framings that a cut may go to, the preferred first; the `count`-th cut of the scene."""
    x, y = subject
    side = 1 if (seed + count) % 2 else -1
    close = first.zoom > 1.3
    near, far = (1.0, 1.9) if close else (1.7, 1.32)
    zoom, place = (near, 0.5) if count % 2 else (far, 0.5 + 0.12 * side)
    views = [
        View(zoom, x, y, place, 0.53, 1.2 * side),
        View(zoom * 1.1, x, y, 0.5 - 0.12 * side, 0.55, -1.8 * side),
        View(1.9, x, y, 0.5 + 0.14 * side, 0.57, 2.5 * side),
        View(1.55, x, y, 0.5 - 0.2 * side, 0.62, -3.0 * side),
    ]
    if motif not in ONE_SIDED:
        mirrored = [v._replace(mirror=True, x=1 - v.x) for v in views[:2]]
        views = [*mirrored, *views] if count % 2 else [*views[:2], *mirrored, *views[2:]]
    return [contained(v) for v in views]


def contained(view: View) -> View:
    """The nearest framing that looks no further beyond the frame than there is picture."""
    half = 1 / view.zoom
    left = float(np.clip(view.x - view.to_x * half, -REACH, 1 + REACH - half))
    top = float(np.clip(view.y - view.to_y * half, -REACH, 1 + REACH - half))
    return view._replace(to_x=(view.x - left) / half, to_y=(view.y - top) / half)


def difference(a: Pixels, b: Pixels) -> float:
    """How different two frames are to a detector of cuts: 0 the same, 20 plainly another picture."""
    small = [cv2.cvtColor(cv2.resize(p, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2HSV) for p in (a, b)]
    return float(np.abs(np.asarray(small[0], np.int16) - np.asarray(small[1], np.int16)).mean(axis=(0, 1)).mean())


def amount_for(frames: int, fps: int) -> float:
    """How far the camera goes in so many frames: short stretches do not whip, long ones do not crawl."""
    return float(np.clip(frames / fps / 3.2, 0.5, 1.25))
