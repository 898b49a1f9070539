"""Whether a picture is two others on top of one another: what tells a dissolve from a camera that moves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

PLACES = (0.35, 0.5, 0.65)
"""Where between both ends it is looked at, as shares of the way."""
FARTHEST = (30, 20)
"""Pixels across and down that the hand may have moved the camera by."""
EDGE = 8
"""Share of the picture (one over it) that is left out on each side: what comes into view is in neither end."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def unexplained(luma: Bytes, first: int, last: int) -> float:
    """What both ends together leave of the pictures between them, against what the better one alone leaves; 0-1.

    The ends are first put where the camera has moved meanwhile: a dissolve filmed from the hand is a blend all the
    same (0.1 to 0.8), and what merely moves is made of one end as much as of both (0.7 to 1).
    """
    window = cv2.createHanningWindow((luma.shape[2], luma.shape[1]), cv2.CV_32F)
    ends = [_soft(luma[first]), _soft(luma[last])]
    left = []
    for place in PLACES:
        between = _soft(luma[round(first + (last - first) * place)])
        before, after = (_inner(_moved(end, between, np.asarray(window, np.float32))) for end in ends)
        left.append(_left(before, after, _inner(between)))
    return float(np.mean(left))


def _left(before: Floats, after: Floats, between: Floats) -> float:
    """The share of what one end alone cannot explain that both cannot either; pictures as rows, mean 0."""
    alike, whole = float(before @ after), float(between @ between) + 1e-3
    squares = np.array([[before @ before + 1e-3, alike], [alike, after @ after + 1e-3]])
    shared = np.array([before @ between, after @ between])
    both = 1 - float(np.linalg.solve(squares, shared) @ shared) / whole
    one = 1 - float((shared**2 / np.diag(squares)).max()) / whole
    return both / max(one, 1e-6)


def _moved(end: Floats, between: Floats, window: Floats) -> Floats:
    """A picture put where another shows the same."""
    (right, down), _ = cv2.phaseCorrelate(end, between, window)
    if abs(right) > FARTHEST[0] or abs(down) > FARTHEST[1]:
        return end
    move = np.array([[1, 0, right], [0, 1, down]], np.float32)
    size = end.shape[1], end.shape[0]
    return np.asarray(cv2.warpAffine(end, move, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _soft(luma: Bytes) -> Floats:
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.5), np.float32)


def _inner(picture: Floats) -> Floats:
    """Without its edges, as a row, mean 0."""
    down, across = picture.shape[0] // EDGE, picture.shape[1] // EDGE
    row = picture[down : picture.shape[0] - down, across : picture.shape[1] - across].ravel()
    return np.asarray(row - row.mean(), np.float32)
