"""Motion: how painted layers move by themselves, as functions of the seconds since the scene began."""

from __future__ import annotations

import math

from core.providers.local.film.layers import Anim, LayerPose


def swaying(x: float, y: float, *, pace: tuple[float, float] = (0.55, 0.4), phase: float = 0.0) -> Anim:
    """To and fro by x and y layer pixels; `pace` in radians a second."""

    def pose(t: float, _: float) -> LayerPose:
        return LayerPose(dx=x * math.sin(pace[0] * t + phase), dy=y * math.cos(pace[1] * t + phase))

    return pose


def pulsing(low: float, *, pace: float, phase: float = 0.0) -> Anim:
    """Opacity between `low` and 1."""

    def pose(t: float, _: float) -> LayerPose:
        return LayerPose(opacity=low + (1 - low) * math.sin(pace * t + phase) ** 2)

    return pose


def breathing(
    centre: tuple[float, float], amount: float, *, pace: float, phase: float = 0.0, turn: float = 0.0
) -> Anim:
    """Larger and smaller by `amount` about the centre (layer pixels), turning by as many degrees each way."""

    def pose(t: float, _: float) -> LayerPose:
        scale = 1 + amount * math.sin(pace * t + phase)
        return LayerPose(scale=scale, centre=centre, turn=turn * math.sin(0.3 * t))

    return pose
