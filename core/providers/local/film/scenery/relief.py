"""Pictures with depth that move before the camera, and what floats in them: steam, glints, motes."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from core.providers.local.film.layers import Geo, Pose, Stage, blit
from core.providers.local.film.paint import Float, Pixels, blur, dither_u8, fbm, smoothstep

GRID = 8
"""Output pixels between two points of the map that bends a picture; depth is smooth, so this is fine."""


class Show(Protocol):
    """Something that changes inside a picture."""

    def paint(self, canvas: Pixels, plain: Pixels, t: float) -> None:
        """Draw the moment t (seconds) into `canvas`, starting from `plain`; both h x w x 3 in layer pixels."""


class Relief:
    """A picture (geo.h x geo.w x 3) with nearness 0..1 of each pixel: near parts move more than far ones."""

    depth = 0.5

    def __init__(self, geo: Geo, rgb: Float, near: Float, rng: np.random.Generator) -> None:
        self.plain = dither_u8(rgb, rng)
        self.canvas = self.plain.copy()
        self.near = blur(np.asarray(near, np.float32), 14 * geo.S)
        self.shows: list[Show] = []

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:
        """See Dynamic; covers the whole frame."""
        del u, camera
        for show in self.shows:
            show.paint(self.canvas, self.plain, t)
        height, width = out.shape[:2]
        columns = _centres(width)
        rows = _centres(height)
        far_x, far_y = _sources(context, 0.0, columns, rows)
        near_x, near_y = _sources(context, 1.0, columns, rows)
        nearness = np.full((1, 1), 0.5, np.float32)
        for _ in range(2):
            x = np.asarray(far_x + (near_x - far_x) * nearness, np.float32)
            y = np.asarray(far_y + (near_y - far_y) * nearness, np.float32)
            bent = cv2.remap(self.near, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            nearness = np.asarray(bent, np.float32)
        x, y = far_x + (near_x - far_x) * nearness, far_y + (near_y - far_y) * nearness
        size = (len(columns) * GRID, len(rows) * GRID)
        full_x = cv2.resize(x, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
        full_y = cv2.resize(y, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
        out[:] = cv2.remap(self.canvas, full_x, full_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _centres(length: int) -> Float:
    """Where the cells of GRID pixels that cover a length have their middles."""
    return np.asarray((np.arange((length + GRID - 1) // GRID) + 0.5) * GRID - 0.5, np.float32)


def _sources(context: Stage, depth: float, columns: Float, rows: Float) -> tuple[Float, Float]:
    """Layer pixels seen at output columns and rows if all of the picture lay at one depth."""
    back = np.asarray(cv2.invertAffineTransform(context.matrix(depth)), np.float32)
    x = back[0, 0] * columns[None, :] + back[0, 1] * rows[:, None] + back[0, 2]
    y = back[1, 0] * columns[None, :] + back[1, 1] * rows[:, None] + back[1, 2]
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


class Steam:
    """Steam rising from a point (frame units); `reach` is how high, in frame heights."""

    depth = 0.6
    HEIGHT, WIDTH = 288, 160

    def __init__(self, at: tuple[float, float], reach: float, colour: Float, rng: np.random.Generator) -> None:
        self.at, self.reach, self.colour = at, reach, np.asarray(colour, np.float32)
        h, w = self.HEIGHT, self.WIDTH
        cloud = fbm(h, w, rng, base=5, octaves=4, stretch=0.30)
        # Rolled by half and cross-faded with itself, so that it can rise for ever without a seam.
        fade = np.abs(np.linspace(-1, 1, h, dtype=np.float32))[:, None]
        cloud = cloud * (1 - fade) + np.roll(cloud, h // 2, axis=0) * fade
        self.cloud = smoothstep(0.40, 0.74, cloud).astype(np.float32)
        up = np.linspace(1, 0, h, dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, w, dtype=np.float32)[None, :]
        spread = 0.16 + 0.34 * up
        self.shape = np.exp(-((across / spread) ** 2)) * smoothstep(0, 0.12, up) * (1 - smoothstep(0.35, 1.0, up))
        self.up = up[:, 0]

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:
        """See Dynamic."""
        del u, camera
        h, w = self.HEIGHT, self.WIDTH
        rows, columns = np.mgrid[0:h, 0:w].astype(np.float32)
        sway = 16 * self.up[:, None] * np.sin(1.5 * t + 4 * self.up[:, None])
        moved = cv2.remap(self.cloud, columns + sway, (rows + 58 * t) % h, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        veil = cv2.remap(np.asarray(self.shape, np.float32), columns + sway, rows, cv2.INTER_LINEAR)
        x, bottom = context.project(*self.at, self.depth)
        top = context.project(self.at[0], self.at[1] - 2.2 * self.reach, self.depth)[1]
        tall = max(4, round(bottom - top))
        wide = max(4, round(tall * 0.62))
        mist = cv2.resize(np.asarray(moved * veil, np.float32), (wide, tall), interpolation=cv2.INTER_LINEAR)
        light = np.asarray(mist[..., None] * self.colour * (255 * 0.42), np.uint8)
        blit(out, light, None, x - wide / 2, bottom - tall)


class Glints:
    """Little stars that flash in turn at points (frame units)."""

    depth = 0.58
    SIZE = 97

    def __init__(self, points: tuple[tuple[float, float], ...], colour: Float, rng: np.random.Generator) -> None:
        self.points, self.colour = points, np.asarray(colour, np.float32)
        self.phases = rng.uniform(0, 1, len(points)) + np.arange(len(points)) * 0.45
        span = np.abs(np.linspace(-1, 1, self.SIZE, dtype=np.float32))
        x, y = span[None, :], span[:, None]
        rays = np.exp(-x * 9 - y * 90) + np.exp(-y * 9 - x * 90)
        self.star = np.clip(rays + 1.1 * np.exp(-(x**2 + y**2) * 90), 0, 1) * np.clip(1 - np.hypot(x, y), 0, 1)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:
        """See Dynamic."""
        del u, camera
        for point, phase in zip(self.points, self.phases, strict=True):
            power = float(np.clip(np.cos((t / 2.3 - phase) * 2 * np.pi), 0, 1) ** 6)
            size = round(150 * context.S * (0.5 + 0.5 * power))
            if power < 0.02 or size < 3:
                continue
            x, y = context.project(*point, self.depth)
            star = cv2.resize(self.star, (size, size), interpolation=cv2.INTER_AREA)
            light = np.asarray(star[..., None] * self.colour * (255 * power), np.uint8)
            blit(out, light, None, x - size / 2, y - size / 2)
