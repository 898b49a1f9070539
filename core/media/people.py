"""Faces in a picture, and the shot size that the largest of them tells.

The detector is dlib's, of gradients: `data/faces.svm`, for the copy compiled into the package `dlib-bin` takes longer
to unpack than to use. It knows faces turned to the camera, and not those in profile; what it does not find is not said
to be absent.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Area, SeenSize

DETECTOR = Path(__file__).parents[2] / "data" / "faces.svm"
"""Not by way of core.facts, which would load half the product with it."""
LONG_SIDE = 512
"""Pixels at which faces are looked for, twice enlarged: a seventh of a wide picture's height is the smallest."""
SURE = 0.0
"""The detector's own measure; at 0 it invents almost none."""
SIZES: tuple[tuple[float, SeenSize], ...] = (
    (0.52, "extreme_close_up"), (0.26, "close_up"), (0.11, "medium"), (0.05, "wide"), (0.0, "extreme_wide"),
)  # fmt: skip
"""Share of the picture's height that a face, brow to chin, takes at least."""


@cache
def _detector() -> Any:
    """The detector, or None where the package is not installed."""
    if importlib.util.find_spec("dlib") is None:
        return None
    return importlib.import_module("dlib").fhog_object_detector(str(DETECTOR))


def available() -> bool:
    """Whether faces can be found here."""
    return _detector() is not None


def faces(image: NDArray[np.uint8]) -> tuple[Area, ...]:
    """The faces in a picture (h, w, 3), BGR; the largest first."""
    detector = _detector()
    if detector is None:
        return ()
    scale = min(1.0, LONG_SIDE / max(image.shape[:2]))
    grey = cv2.cvtColor(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    high, wide = grey.shape[:2]
    found, _, _ = detector.run(grey, 1, SURE)
    areas = [_area(box.left() / wide, box.top() / high, box.right() / wide, box.bottom() / high) for box in found]
    return tuple(sorted(areas, key=lambda area: -area.width * area.height))


def _area(left: float, top: float, right: float, bottom: float) -> Area:
    left, top, right, bottom = (float(np.clip(side, 0, 1)) for side in (left, top, right, bottom))
    return Area(left=round(left, 4), top=round(top, 4), width=round(right - left, 4), height=round(bottom - top, 4))


def shot_size(found: tuple[Area, ...]) -> SeenSize | None:
    """How near the camera is to the largest face; None without any."""
    if not found:
        return None
    return next(size for least, size in SIZES if found[0].height >= least)
