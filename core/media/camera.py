"""How the camera moves: pan, tilt and zoom over time, from the movement that most of the picture shares."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import CameraCurve, CameraMotion
from core.media.picture import Pictures

STEP = 0.2
"""Seconds between two values."""
APART = 0.1
"""Seconds between the two pictures that a value is measured from."""
GRID = 8
"""Pixels between the places whose movement is looked at."""
PAN, TILT, ZOOM = 0.04, 0.05, 0.035
"""Shares of the width, height and size a second from which a shot is said to move."""
SHAKE = 0.03
"""Shares of the picture a second, about the mean movement, from which it is said to be filmed from the hand."""

Floats = NDArray[np.float32]


def moves(pictures: Pictures, edits: list[int]) -> Floats:
    """Rows of (pan, tilt, zoom) at every STEP, in shares of width, height and size a second.

    Positive is to the right, up and closer, as the camera goes. `edits` are first frames of shots: no movement is
    measured across them; where a shot is too short for any, the row is nan.
    """
    times, count = pictures.times, len(pictures.times)
    starts = np.searchsorted(times, np.arange(0, float(times[-1]) + 1e-6, STEP) - 1e-6)
    bounds = np.array([0, *edits, count])
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    still = np.zeros((*pictures.luma.shape[1:], 2), np.float32)
    rows = np.full((len(starts), 3), np.nan, np.float32)
    stride = max(1, round(pictures.fps * APART))
    for row, start in enumerate(starts.tolist()):
        shot = int(np.searchsorted(bounds, start, side="right"))
        after = min(start + stride, int(bounds[min(shot, len(bounds) - 1)]) - 1)
        before = max(after - stride, int(bounds[shot - 1]))
        if after <= before:
            continue
        first, second = pictures.luma[before], pictures.luma[after]
        field = np.asarray(flow.calc(first, second, still), np.float32)
        right, down, growth = _similarity(field, first)
        rows[row] = np.array([-right, down, growth]) / float(times[after] - times[before])
    return rows


def _similarity(field: Floats, luma: NDArray[np.uint8]) -> tuple[float, float, float]:
    """(right, down, growth) that fits most of a flow field; what moves by itself, and what is flat, is let go of."""
    high, wide = luma.shape
    edges = cv2.absdiff(luma, np.asarray(cv2.blur(luma, (5, 5))))
    detail = np.asarray(edges, np.float32)[GRID // 2 :: GRID, GRID // 2 :: GRID].ravel()
    y, x = np.mgrid[GRID // 2 : high : GRID, GRID // 2 : wide : GRID].astype(np.float32)
    x, y = (x - wide / 2).ravel(), (y - high / 2).ravel()
    u, v = (field[GRID // 2 :: GRID, GRID // 2 :: GRID, axis].ravel() for axis in (0, 1))
    textured = np.minimum(1.0, 0.1 + detail / 6)
    weight = textured
    radius = x**2 + y**2
    right = down = growth = 0.0
    for _ in range(4):
        total = float(weight.sum()) + 1e-6
        right = float((weight * (u - growth * x)).sum()) / total
        down = float((weight * (v - growth * y)).sum()) / total
        outward = (u - right) * x + (v - down) * y
        growth = float((weight * outward).sum()) / (float((weight * radius).sum()) + 1e-6)
        off = np.hypot(u - right - growth * x, v - down - growth * y)
        weight = textured / (1 + (off / max(0.5, float(np.median(off)))) ** 2)
    return right / wide, down / high, growth


def name(rows: Floats) -> CameraMotion:
    """What a stretch of moves is called."""
    rows = rows[~np.isnan(rows[:, 0])]
    if len(rows) < 2:
        return "static"
    pan, tilt, zoom = (float(value) for value in np.median(rows, axis=0))
    choices: list[tuple[float, CameraMotion]] = [
        (abs(pan) / PAN, "pan_right" if pan > 0 else "pan_left"),
        (abs(tilt) / TILT, "tilt_up" if tilt > 0 else "tilt_down"),
        (abs(zoom) / ZOOM, "push_in" if zoom > 0 else "pull_out"),
    ]
    strength, kind = max(choices)
    if strength >= 1:
        return kind
    jitter = float(np.hypot(rows[:, 0] - pan, rows[:, 1] - tilt).mean())
    return "handheld" if jitter > SHAKE else "static"


def curve(rows: Floats) -> CameraCurve:
    """The moves as figures to keep; 0 where none could be measured."""
    pan, tilt, zoom = (tuple(round(float(v), 3) + 0.0 for v in column) for column in np.nan_to_num(rows).T)
    return CameraCurve(step=STEP, pan=pan, tilt=tilt, zoom=zoom)
