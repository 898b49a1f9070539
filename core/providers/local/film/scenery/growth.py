"""Shapes that build up: layers let in bit by bit, columns that rise, the bright head of a curve."""

from __future__ import annotations

import copy

import cv2
import numpy as np

from core.providers.local.film.layers import Layer, Pose, Stage, blit, composite
from core.providers.local.film.paint import Float, Pixels, ease_in_out, ease_out, mix, smoothstep
from core.providers.local.film.palette import Roles


class Reveal:
    """A layer that appears in an order: its alpha is let in where `order` (0..1, layer size) has been passed."""

    def __init__(self, layer: Layer, order: Float, start: float, seconds: float, soft: float = 0.02) -> None:
        self.layer, self.depth, self.start, self.seconds, self.soft = layer, layer.depth, start, seconds, soft
        x, y = layer.origin
        h, w = layer.rgb.shape[:2]
        self.order = np.ascontiguousarray(order[y : y + h, x : x + w], np.float32)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """See Dynamic."""
        grown = float(ease_in_out((t - self.start) / self.seconds)) * (1 + self.soft)
        if grown <= 0:
            return
        shown = self.layer
        if grown < 1 + self.soft:
            part = np.clip((grown - self.order) * (255 / self.soft), 0, 255).astype(np.uint8)
            shown = copy.copy(self.layer)
            shown.rgb = np.asarray(cv2.multiply(self.layer.rgb, cv2.merge([part, part, part]), scale=1 / 255), np.uint8)
            if self.layer.alpha is not None:
                shown.alpha = np.asarray(cv2.multiply(self.layer.alpha, part, scale=1 / 255), np.uint8)
        composite(out, shown, context.matrix(self.depth))


class Rising:
    """A column that comes up out of the floor."""

    def __init__(self, layer: Layer, start: float, seconds: float) -> None:
        self.layer, self.depth, self.start, self.seconds = layer, layer.depth, start, seconds

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """See Dynamic."""
        rows = int(self.layer.rgb.shape[0] * float(ease_out((t - self.start) / self.seconds)))
        if rows < 2 or self.layer.alpha is None:
            return
        part = copy.copy(self.layer)
        part.rgb, part.alpha = self.layer.rgb[:rows], self.layer.alpha[:rows]
        part.origin = (self.layer.origin[0], self.layer.origin[1] + self.layer.rgb.shape[0] - rows)
        composite(out, part, context.matrix(self.depth))


class Head:
    """The bright point that runs ahead of a curve (rows of x, y in layer pixels) and then pulses at its end."""

    SIZE = 96

    def __init__(self, curve: Float, depth: float, start: float, seconds: float, roles: Roles) -> None:
        self.curve, self.depth, self.start, self.seconds = curve, depth, start, seconds
        axis = np.linspace(-1, 1, self.SIZE, dtype=np.float32)
        away = np.hypot(axis[None, :], axis[:, None])
        core = smoothstep(0.15, 0.11, away)[..., None] * roles.paper
        halo = (np.exp(-((away / 0.34) ** 2)) * 0.6 * smoothstep(1, 0.6, away))[..., None] * mix(
            roles.accent, roles.glow, 0.4
        )
        self.sprite = np.asarray(np.clip(core + halo, 0, 1) * 255, np.uint8)

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:  # noqa: ARG002
        """See Dynamic."""
        grown = float(ease_in_out((t - self.start) / self.seconds))
        if grown <= 0:
            return
        x, y = self.curve[min(len(self.curve) - 1, int(grown * len(self.curve)))]
        m = context.matrix(self.depth)
        px, py = m[:, :2] @ (x, y) + m[:, 2]
        size = max(8, round(92 * context.S * (1 + 0.10 * float(np.sin(3.4 * t)) * (grown >= 1))))
        sprite = np.asarray(cv2.resize(self.sprite, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
        blit(out, sprite, None, px - size / 2, py - size / 2)
