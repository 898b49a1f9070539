"""Post: what makes drawn layers look filmed: bloom, vignette, a film curve with split tones, grain."""

from __future__ import annotations

import cv2
import numpy as np

from core.providers.local.film.paint import Float, Pixels, mix, smoothstep
from core.providers.local.film.palette import Roles

TILES = 6
"""Grain pictures in turn; fewer would be seen to repeat."""
GRAIN = 4.0
"""Standard deviation of the grain, in steps of 255: visible as texture, never as noise."""
VIGNETTE = 0.40
BLOOM_FROM = 168
"""Brightness, of 255, from which light spills over."""
BLOOM_SHRINK = 8


class Post:
    """The finish of one clip; everything that can be is made ready once."""

    def __init__(self, width: int, height: int, roles: Roles, seed: int, bloom: float = 0.5) -> None:
        rng = np.random.default_rng(seed)
        self.bloom = bloom
        self.size = (width, height)
        self.small = (max(4, width // BLOOM_SHRINK), max(4, height // BLOOM_SHRINK))
        self.grain = [_grain(width, height, rng) for _ in range(TILES)]
        self.vignette = _vignette(width, height, roles)
        self.curve = _film_curve(roles)

    def apply(self, frame: Pixels, index: int) -> Pixels:
        """The finished frame, in place; `index` chooses the grain."""
        small = cv2.resize(frame, self.small, interpolation=cv2.INTER_AREA)
        light = cv2.GaussianBlur(cv2.subtract(small, np.full_like(small, BLOOM_FROM)), (0, 0), 5.5 * self.small[0] / 90)
        spill = cv2.convertScaleAbs(light, alpha=self.bloom)
        if spill.any():
            cv2.add(frame, cv2.resize(spill, self.size, interpolation=cv2.INTER_LINEAR), dst=frame)
        cv2.multiply(frame, self.vignette, dst=frame, scale=1 / 255)
        cv2.LUT(frame, self.curve, dst=frame)
        for side, lay in zip(self.grain[index * 5 % TILES], (cv2.add, cv2.subtract), strict=True):
            lay(frame, cv2.merge([side] * 3), dst=frame)
        return frame


def _grain(width: int, height: int, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    """What to add to each colour and what to take away: bytes know no sign."""
    small = rng.standard_normal((int(height / 1.25) + 2, int(width / 1.25) + 2), np.float32)
    noise = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)) * np.float32(GRAIN)
    return np.clip(noise, 0, 40).astype(np.uint8), np.clip(-noise, 0, 40).astype(np.uint8)


def _vignette(width: int, height: int, roles: Roles) -> Pixels:
    """A multiplier in bytes: darker corners, tinted by the ink."""
    dx = (np.arange(width, dtype=np.float32) / width - 0.5) / 0.78
    dy = (np.arange(height, dtype=np.float32) / height - 0.48) / 0.72
    away = np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2)
    keep = (1 - VIGNETTE * smoothstep(0.45, 1.15, away))[..., None]
    tint: Float = mix(np.ones(3), roles.ink / max(float(roles.ink.max()), 0.05), 0.35)
    return np.asarray(np.clip(255 * (keep + (1 - keep) * tint * 0.25), 0, 255), np.uint8)


def _film_curve(roles: Roles) -> Pixels:
    """A soft S curve; shadows lean towards the deep colour, lights towards the glow."""
    x = np.linspace(0, 1, 256)
    curve = np.clip(0.012 + 0.985 * (x * 0.62 + 0.38 * x * x * (3 - 2 * x)), 0, 1)
    table = np.zeros((1, 256, 3))
    for k in range(3):
        shadow = float(roles.deep[k] - roles.deep.mean()) * 0.10
        light = float(roles.glow[k] - roles.glow.mean()) * 0.10
        table[0, :, k] = np.clip(curve + shadow * (1 - x) ** 2 * x * 4 + light * x**2 * (1 - x) * 4, 0, 1)
    return np.round(table * 255).astype(np.uint8)
