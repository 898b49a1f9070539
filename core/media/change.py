"""What the finders of shots share: what a boundary is, and how much each picture differs from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.media.picture import block_distance, pooled

CAP = 24.0
"""Most that one block may add to a distance: a sticker popping up cannot look like a new picture."""

Kind = Literal["cut", "fade", "dissolve"]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Change:
    """A boundary between two shots; frames. `at` is the new shot's first, `first` to `last` the transition."""

    at: int
    kind: Kind
    first: int
    last: int


@dataclass(frozen=True)
class Signals:
    """Per-frame measures of small pictures, (n,) each unless said."""

    step: Floats
    """Change from the frame before, 0-255 scale, each block capped, dark and flat pictures amplified."""
    spread: Floats
    """Share of blocks that changed."""
    grid: Floats
    """Coarse picture as a row of numbers, (n, features); amplified where the whole sample is dark or flat."""
    contrast: Floats
    """Standard deviation of the luma, 0-255 scale."""


def measure_signals(small: Bytes) -> Signals:
    """The measures that all detectors share; `small` (n, 3, h, w) YUV."""
    count = len(small)
    step, spread = np.zeros(count, np.float32), np.zeros(count, np.float32)
    luma = small[:, 0]
    contrast = np.array([cv2.meanStdDev(frame)[1][0, 0] for frame in luma], np.float32)
    gain = np.clip(32.0 / np.maximum(np.minimum(contrast[1:], contrast[:-1]), 1.0), 1.0, 3.0)
    for begin in range(1, count, 256):
        end = min(begin + 256, count)
        blocks = block_distance(small[begin - 1 : end - 1], small[begin:end]) * gain[begin - 1 : end - 1, None]
        step[begin:end] = np.minimum(blocks, CAP).mean(1)
        spread[begin:end] = (blocks > 7).mean(1)
    overall = float(np.clip(32.0 / max(float(np.median(contrast)), 1.0), 1.0, 3.0))
    return Signals(step, spread, _coarse(small) * np.float32(overall), contrast)


def _coarse(small: Bytes) -> Floats:
    """Block means of about 4 x 4 pixels, chroma weighing more; (n, features)."""
    means = pooled(small, 4, 4)
    means[:, 1:] *= 1.5
    return means.reshape(len(means), -1)
