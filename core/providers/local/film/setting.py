"""Setting: what a scene builder is told, and where it should put its subject so that the title has room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.domain.plan import Angle, ShotSize, Tone
from core.providers.local.film.layers import Geo

SUBJECT_SCALE: dict[ShotSize, float] = {
    "extreme_wide": 0.66,
    "wide": 0.82,
    "medium": 1.0,
    "close_up": 1.14,
    "extreme_close_up": 1.26,
}
"""How large the subject is drawn; for close-ups the camera comes nearer as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One scene as the builders see it."""

    motif: str
    detail: str = ""
    """What follows the colon: `phone` of `still:phone`."""
    shot_size: ShotSize = "medium"
    angle: Angle = "eye_level"
    mood: Tone = "warm"
    tone: Tone = "warm"
    seed: int = 0
    text: str = ""
    """Visual, narration and title in one: what icons and figures are chosen by."""
    said: str = ""
    """Title and narration alone: nearer to the point than the visual where that only describes a mood."""
    titled: bool = True
    """Whether a title stands over the scene."""
    called: bool = False
    """Whether a button stands under the title."""
    figure: bool = False
    """Whether a person is in it."""
    variant: int = 0
    """Any whole number: builders with several compositions choose by it."""
    tile: str = ""
    """A short word or number to print on an object; may be empty."""
    image: npt.NDArray[np.uint8] | None = None
    """The person's picture, RGB, for `photo`."""
    inside: str = ""
    """A second scenery seen inside the portrait; empty for none."""

    @property
    def scale(self) -> float:
        """How large to draw the subject, 1 for a medium shot."""
        return SUBJECT_SCALE[self.shot_size]


class Hero(NamedTuple):
    """Where the subject belongs: centre in frame units 0..1, and the radius free around it in layer pixels."""

    x: float
    y: float
    radius: float


def hero(geo: Geo, setting: Setting) -> Hero:
    """The place between title and captions: below the title in tall and square frames, to its right in wide ones."""
    if geo.aspect > 1.2:
        return Hero(0.72, 0.45, 0.34 * geo.H) if setting.titled else Hero(0.5, 0.45, 0.36 * geo.H)
    if geo.aspect > 0.8:
        if setting.titled and setting.called:
            return Hero(0.5, 0.60, 0.20 * geo.H)
        return Hero(0.5, 0.55, 0.235 * geo.H) if setting.titled else Hero(0.5, 0.44, 0.34 * geo.H)
    if setting.titled and setting.called:
        return Hero(0.5, 0.575, 0.32 * geo.W)
    return Hero(0.5, 0.535, 0.345 * geo.W) if setting.titled else Hero(0.5, 0.46, 0.42 * geo.W)
