"""What moves by itself in a scene, drawn anew in every frame: dust, snow, rain, birds, lights, light leaks."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from core.providers.local.film.layers import Geo, Pose, Stage, blit
from core.providers.local.film.paint import Float, Pixels, smoothstep

PLANES = 4
"""Depths that particles lie at; more costs matrices and shows nothing."""


class Particles:
    """Specks of light that float: dust, embers, bokeh, snow. Sizes are pixels at a short side of 720."""

    def __init__(
        self,
        rng: np.random.Generator,
        count: int,
        colour: Float,
        *,
        sizes: tuple[float, float] = (1.0, 3.2),
        depths: tuple[float, float] = (0.5, 1.6),
        drift: tuple[float, float] = (0.008, -0.01),
        opacity: float = 0.6,
        sway: float = 0.012,
    ) -> None:
        self.depth = depths[1]
        self._colour, self._opacity, self._drift, self._sway = np.asarray(colour, np.float32), opacity, drift, sway
        self._start = rng.random((count, 2))
        self._radius = sizes[0] + (sizes[1] - sizes[0]) * rng.random(count) ** 2.2
        self._plane = rng.integers(0, PLANES, count)
        self._phase, self._speed = rng.random(count) * 6.28, 0.5 + rng.random(count)
        self._depths = np.linspace(*depths, PLANES)
        self._sprites: dict[float, Pixels] = {}

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the specks to the frame."""
        x = (
            self._start[:, 0]
            + self._drift[0] * self._speed * t
            + self._sway * np.sin(0.9 * self._speed * t + self._phase)
        )
        y = self._start[:, 1] + self._drift[1] * self._speed * t
        points = np.stack([context.geo.X(x % 1.2 - 0.1), context.geo.Y(y % 1.2 - 0.1), np.ones_like(x)])
        pulse = self._opacity * (0.45 + 0.55 * np.sin(1.3 * self._speed * t + self._phase) ** 2)
        for plane, depth in enumerate(self._depths):
            placed = context.matrix(float(depth)) @ points
            for index in np.flatnonzero(self._plane == plane):
                radius = float(self._radius[index])
                sprite = self._sprite(radius * context.S)
                half = sprite.shape[0] / 2
                dim = float(pulse[index]) / (1 + 0.05 * radius)
                blit(out, sprite, None, placed[0, index] - half, placed[1, index] - half, dim)

    def _sprite(self, radius: float) -> Pixels:
        key = round(max(radius, 0.5) * 2) / 2
        if key not in self._sprites:
            side = int(key * 2 + 6)
            axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
            away = np.hypot(axis[None, :], axis[:, None])
            disc = np.clip((key - away) / max(1.6, key * 0.12) + 0.3, 0, 1)
            if key > 9:
                disc *= 0.65 + 0.35 * smoothstep(0.5, 1, away / key)
            self._sprites[key] = (disc[..., None] * self._colour * 255).astype(np.uint8)
        return self._sprites[key]


class LightLeak:
    """A warm glow that wanders in from one side, as of a lens not quite closed."""

    def __init__(
        self, rng: np.random.Generator, outer: Float, inner: Float, strength: float = 0.22, side: float = 0
    ) -> None:
        self.depth = 2.0
        self._outer, self._inner, self._strength = outer, inner, strength
        self._side = side or float(rng.choice([-1, 1]))
        self._phase = float(rng.random() * 6.28)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the glow, computed at 1/16 of the size."""
        height, width = out.shape[:2]
        h, w = max(4, height // 16), max(4, width // 16)
        x, y = np.arange(w, dtype=np.float32)[None, :], np.arange(h, dtype=np.float32)[:, None]
        cx, cy = w * (0.5 + self._side * (0.66 - 0.12 * u)), h * (0.45 + 0.3 * np.sin(self._phase + 1.2 * u))
        wide = np.exp(-(((x - cx) / (w * 0.30)) ** 2) - ((y - cy) / (h * 0.42)) ** 2)
        core = np.exp(-(((x - cx - self._side * w * 0.1) / (w * 0.18)) ** 2) - ((y - cy - h * 0.15) / (h * 0.25)) ** 2)
        glow = wide[..., None] * self._outer * 0.75 + core[..., None] * self._inner * 0.6
        glow = glow * (self._strength * (0.75 + 0.25 * np.sin(2.2 * t + self._phase)) * 255)
        large = cv2.resize(np.clip(glow, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.add(out, large, dst=out)


class Birds:
    """A small flock that crosses the sky."""

    def __init__(
        self, rng: np.random.Generator, colour: Float, *, y: float = 0.3, count: int = 7, depth: float = 0.25
    ) -> None:
        self.depth = depth
        self._colour = tuple(float(v * 255) for v in colour)
        self._x = 0.15 + 0.5 * rng.random() + 0.035 * np.arange(count) + 0.02 * rng.normal(size=count)
        self._y = y + 0.015 * rng.normal(size=count) + 0.008 * np.abs(np.arange(count) - count // 2)
        self._size = 4 + 4 * rng.random(count)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Draw each as a stroke whose wings beat."""
        for k, (bx, by, size) in enumerate(zip(self._x, self._y, self._size, strict=True)):
            x, y = context.project(float(bx) + 0.022 * t, float(by) - 0.004 * t, self.depth)
            s = float(size) * context.S
            tip = s * (0.25 + 0.35 * np.sin(8 * t + 1.7 * k))
            wing = [
                [x - s, y - tip],
                [x - s * 0.45, y - s * 0.28],
                [x, y],
                [x + s * 0.45, y - s * 0.28],
                [x + s, y - tip],
            ]
            points = np.round(np.array(wing) * 16).astype(np.int32)
            cv2.polylines(out, [points], False, self._colour, max(1, round(1.4 * context.S)), cv2.LINE_AA, 4)


class Lights:
    """Small lamps at fixed places of a layer that switch, blink or glimmer; positions in frame units."""

    def __init__(
        self,
        rng: np.random.Generator,
        places: list[tuple[float, float]],
        colour: Float,
        *,
        depth: float,
        size: float = 2.0,
        way: Literal["glimmer", "blink"] = "glimmer",
        halo: float = 4.0,
    ) -> None:
        self.depth, self._places, self._colour, self._way = depth, places, np.asarray(colour, np.float32), way
        self._size, self._halo = size, halo
        self._phase, self._speed = rng.random(len(places)) * 6.28, 0.6 + 0.9 * rng.random(len(places))
        self._sprites: dict[int, Pixels] = {}

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add every lamp as bright as it is now."""
        sprite = self._sprite(context.S)
        half = sprite.shape[0] / 2
        for (x, y), phase, speed in zip(self._places, self._phase, self._speed, strict=True):
            wave = float(np.sin(speed * t * (3.2 if self._way == "blink" else 1.6) + phase))
            shine = max(0.0, wave) ** 0.6 if self._way == "blink" else 0.35 + 0.65 * (0.5 + 0.5 * wave) ** 1.5
            px, py = context.project(x, y, self.depth)
            blit(out, sprite, None, px - half, py - half, shine)

    def _sprite(self, scale: float) -> Pixels:
        key = round(scale * 20)
        if key not in self._sprites:
            core = max(0.7, self._size * scale)
            reach = core * self._halo
            side = int(reach * 2 + 5)
            axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
            away = np.hypot(axis[None, :], axis[:, None])
            bright = np.exp(-((away / core) ** 2)) + 0.28 * np.clip(1 - away / reach, 0, 1) ** 2
            self._sprites[key] = (np.clip(bright[..., None] * self._colour, 0, 1) * 255).astype(np.uint8)
        return self._sprites[key]


class Rain:
    """Slanting streaks of light."""

    def __init__(self, rng: np.random.Generator, colour: Float, count: int = 130, strength: float = 0.20) -> None:
        self.depth = 1.5
        self._colour, self._strength = np.asarray(colour, np.float32) * 255, strength
        self._x, self._y, self._near = rng.random(count), rng.random(count), 0.3 + 0.7 * rng.random(count)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the streaks; near drops fall faster and are longer."""
        height, width = out.shape[:2]
        veil = np.zeros((height // 2, width // 2, 3), np.uint8)
        y = ((self._y + t * (0.9 + 1.1 * self._near)) % 1.2 - 0.1) * height / 2
        x = ((self._x - camera.x * self._near) % 1.1 - 0.05) * width / 2 - 0.12 * y
        length = (16 + 40 * self._near) * context.S / 2
        for px, py, run, near in zip(x, y, length, self._near, strict=True):
            shade = tuple(float(v) for v in self._colour * self._strength * near)
            ends = np.round(np.array([[px, py], [px - 0.12 * run, py + run]]) * 16).astype(int)
            cv2.line(veil, tuple(map(int, ends[0])), tuple(map(int, ends[1])), shade, 1, cv2.LINE_AA, 4)
        cv2.add(out, cv2.resize(veil, (width, height), interpolation=cv2.INTER_LINEAR), dst=out)


class Glitter:
    """Sun or moon on water: short bright dashes that come and go below `top` (frame units), around `x`."""

    def __init__(
        self,
        rng: np.random.Generator,
        colour: Float,
        *,
        x: float,
        top: float,
        bottom: float,
        depth: float = 0.5,
        spread: float = 0.10,
    ) -> None:
        self.depth = depth
        self._colour = np.asarray(colour, np.float32) * 255
        count = 150
        self._down = rng.random(count) ** 1.3
        self._x = x + rng.normal(size=count) * spread * (0.35 + self._down)
        self._y = top + (bottom - top) * self._down
        self._phase, self._speed = rng.random(count) * 6.28, 1 + 1.6 * rng.random(count)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """Add the dashes."""
        m = context.matrix(self.depth)
        points = m @ np.stack([context.geo.X(self._x), context.geo.Y(self._y), np.ones_like(self._x)])
        shine = np.maximum(0, np.sin(self._speed * t * 1.7 + self._phase)) ** 1.5
        veil = np.zeros_like(out)
        for x, y, down, bright in zip(points[0], points[1], self._down, shine, strict=True):
            half = (3 + 15 * down) * context.S
            colour = tuple(float(v) for v in self._colour * 0.55 * bright)
            a, b = (round((x - half) * 16), round(y * 16)), (round((x + half) * 16), round(y * 16))
            cv2.line(veil, a, b, colour, max(1, round((0.8 + 1.0 * down) * context.S)), cv2.LINE_AA, 4)
        cv2.add(out, cv2.blur(veil, (max(1, round(5 * context.S)), 1)), dst=out)


def dust(geo: Geo, rng: np.random.Generator, colour: Float, count: int = 24) -> Particles:
    """The dust that hangs in the light of every scene; fewer specks in small frames."""
    return Particles(rng, count if min(geo.frame_w, geo.frame_h) > 300 else count // 2, colour, opacity=0.5)
