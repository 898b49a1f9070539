"""Grades a take towards a palette: a colour table (3-D LUT) of its own, from what it shows to what it should.

The colours of each brightness are moved towards those that the palette has there; light stays as it is, black and
white stay neutral, and skin gives way only a little.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.media.colour import EXACT, TO_FILM, rgb

Floats = NDArray[np.float32]

SIZE = 17
"""Points of the table along each side; finer cannot be told apart."""
REACH = 18.0
"""How far a colour of the palette works up and down in lightness (L of CIE Lab)."""
FARTHEST = 22.0
"""The farthest that a colour is moved (a and b of CIE Lab) at full strength."""
RICHER = (0.8, 1.25)
"""Least and most by which colours are made paler or richer."""
ENDS = (4.0, 22.0)
"""From black and from white, in L: no colour up to the first, all of it from the second on."""
SKIN_HUE, SKIN_WIDE = 50.0, 26.0
"""Degrees of hue in Lab around which skin lies, and how far."""
SKIN_KEPT = 0.65
"""How much of the change skin is spared."""


def table(seen: Floats, palette: Sequence[tuple[str, float]], strength: float) -> Floats:
    """The table for a take of which `seen` are samples, (…, 3) in Y, Cb, Cr; a palette is hex codes and shares.

    (17, 17, 17, 3): red, green and blue, 0-1, at each step of blue, green and red.
    """
    steps = np.linspace(0, 1, SIZE, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    lab = _lab(np.stack([red, green, blue], -1).reshape(-1, 3))
    own = _lab(_rgb_of(seen.reshape(-1, 3)[::7]))
    wanted = _lab(np.array([rgb(code) for code, _ in palette], np.float32))
    shares = np.array([share for _, share in palette], np.float32)
    was, will = _by_light(lab[:, 0], own, np.ones(len(own), np.float32)), _by_light(lab[:, 0], wanted, shares)
    richer = np.clip(_richness(wanted, shares) / max(1.0, _richness(own)), *RICHER) ** strength
    way = will - was
    far = np.hypot(way[:, 0], way[:, 1])[:, None]
    way *= np.minimum(1, FARTHEST / np.maximum(far, 1e-3))
    change = strength * way + (richer - 1) * (lab[:, 1:] - was)
    lab[:, 1:] += change * (_away_from_ends(lab[:, 0]) * (1 - SKIN_KEPT * _skin(lab)))[:, None]
    moved = cv2.cvtColor(lab[None], cv2.COLOR_Lab2RGB)[0]
    return np.clip(np.asarray(moved, np.float32), 0, 1).reshape(SIZE, SIZE, SIZE, 3)


def weighed(codes: Sequence[str]) -> list[tuple[str, float]]:
    """The colours of a plan's palette with their shares, the first weighing most."""
    return [(code, 1 / (place + 1.5)) for place, code in enumerate(codes)]


def write(colours: Floats, path: Path) -> None:
    """The table as a .cube file, whole or not at all."""
    beside = path.with_name(f".{os.getpid()}.{path.name}")
    rows = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in colours.reshape(-1, 3))
    beside.write_text(f"LUT_3D_SIZE {SIZE}\n{rows}\n", "ascii")
    beside.replace(path)


def filters(quoted: str) -> str:
    """The filters that put a picture of the film through the table at that path, quoted for ffmpeg."""
    to_rgb = f"scale=flags={EXACT}:in_color_matrix=bt709:in_range=tv,format=gbrp"
    return f"{to_rgb},lut3d=file={quoted}:interp=tetrahedral,{TO_FILM}"


def _lab(colours: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colours[None], np.float32), cv2.COLOR_RGB2Lab)[0], np.float32)


def _rgb_of(yuv: Floats) -> Floats:
    """RGB, 0-1, of Y, Cb, Cr in the limited range of BT.709."""
    y = (yuv[:, 0] - 16) / 219
    u, v = (yuv[:, 1] - 128) / 224, (yuv[:, 2] - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.clip(np.stack([red, green, blue], -1), 0, 1).astype(np.float32)


def _by_light(lightness: Floats, colours: Floats, weights: Floats) -> Floats:
    """Mean a and b of `colours` around each lightness, (n, 2); where there is nothing near, the nearest count."""
    grid = np.linspace(0, 100, 26, dtype=np.float32)
    near = np.exp(-(((grid[:, None] - colours[None, :, 0]) / REACH) ** 2)) * weights + 1e-6 * weights
    means = near @ colours[:, 1:] / near.sum(1, keepdims=True)
    return np.stack([np.interp(lightness, grid, means[:, i]) for i in (0, 1)], -1).astype(np.float32)


def _richness(lab: Floats, weights: Floats | None = None) -> float:
    return float(np.average(np.hypot(lab[:, 1], lab[:, 2]), weights=weights))


def _away_from_ends(lightness: Floats) -> Floats:
    share = np.clip((np.minimum(lightness, 100 - lightness) - ENDS[0]) / (ENDS[1] - ENDS[0]), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _skin(lab: Floats) -> Floats:
    """How much each colour may be that of skin, 0-1."""
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    return np.asarray(np.exp(-(((hue - SKIN_HUE) / SKIN_WIDE) ** 2)) * np.clip((chroma - 8) / 10, 0, 1), np.float32)
