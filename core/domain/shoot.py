"""What a renderer or a vendor is asked to make for one scene, and what the cut is made of."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from pydantic import Field

from core.domain.analysis import Colour
from core.domain.plan import (
    Brand,
    Captions,
    Fit,
    Grade,
    Part,
    Plan,
    Platform,
    Scene,
    Tone,
    Transition,
    TypeStyle,
)
from core.domain.time import FPS, frames

TAIL = 0.5
"""Seconds that every clip runs on after its scene: what a transition into the next scene is made of."""


JOINS: dict[Transition, int] = {"cut": 0, "dissolve": 12, "dip": 15, "wipe": 14, "slide": 14, "whip": 10, "zoom": 12}
"""Frames of each transition; none is longer than the tail of a take."""

CARD_SECONDS, CARD_SHARE = 2.2, 0.6
"""How long a card at the end stands, and how much of the last scene it takes at most."""


def card_seconds(last: float) -> float:
    """How long the card stands in a last scene of so many seconds."""
    return min(CARD_SECONDS, CARD_SHARE * last)


class ShotOrder(Part):
    """One scene to be filmed, complete: the same order gives the same picture."""

    scene: Scene
    palette: tuple[Colour, ...]
    tone: Tone
    style: TypeStyle
    category: str
    seed: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frames: int = Field(gt=0)
    """Scene and tail."""
    scene_frames: int = Field(gt=0)
    """Of the scene alone; titles and camera moves end here."""
    fps: int = FPS
    image: str | None = None
    """Path of the person's image or of the sample's key frame, when the scene is made from one."""


class Word(Part):
    """A spoken word, as it is written, with its time in seconds."""

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Take(Part):
    """A clip in the cut: `frames` of it are the scene, the rest is tail."""

    path: str
    frames: int = Field(gt=0)
    transition: Transition
    """Into the next take."""
    raw: str | None = None
    """A vendor's clip as it came, when its shape is another than the film's."""
    fit: Fit = "crop"
    """How that fills the frame; `path` is cropped."""
    even: bool = False
    """Whether its light may be brought nearer to that of its neighbours: a vendor filmed it."""
    title: str = ""
    """To be set over it; our own renderer has drawn its titles into the picture already."""
    kicker: str = ""
    called: bool = False
    """Whether the kicker is a button under the title: the scene calls to action."""


class CutList(Part):
    """A whole film, ready to be composed."""

    takes: tuple[Take, ...]
    width: int
    height: int
    fps: int = FPS
    grade: Grade
    palette: tuple[Colour, ...]
    captions: Captions
    words: tuple[Word, ...]
    """Times are film times."""
    sound: str
    """Path of the finished mix, as long as the film."""
    style: TypeStyle = "grotesk"
    """Of titles and end card."""
    platform: Platform = "any"
    """Whose buttons the words keep clear of."""
    brand: Brand = Brand()
    """Its logo is a path."""


def transition_frames(kind: Transition, into_frames: int) -> int:
    """Length of a transition into a scene of so many frames; at most half of it."""
    return min(JOINS[kind], into_frames // 2)


def scene_frames(plan: Plan) -> tuple[int, ...]:
    """Whole frames of each scene; they add up to the film without drift."""
    edges = [frames(t) for t in (*plan.starts, plan.seconds)]
    return tuple(b - a for a, b in pairwise(edges))


def clip_seconds(plan: Plan, index: int) -> float:
    """How long the clip of a scene is: the scene, and the tail that a transition needs unless it is the last."""
    last = index == len(plan.scenes) - 1
    return (scene_frames(plan)[index] + (0 if last else frames(TAIL))) / FPS


LAYOUTS = 240
"""Compositions that a renderer counts through by `seed % LAYOUTS`: neighbours differ (240 = 2·3·4·5·2)."""


def scene_seed(plan: Plan, scene: Scene) -> int:
    """Of a scene's picture: it moves with the scene, and the next take has the next composition."""
    digest = hashlib.sha256(f"{plan.seed}:{scene.id}".encode()).digest()
    base = int.from_bytes(digest[:4], "big") % (2**31 - LAYOUTS) // LAYOUTS * LAYOUTS
    return base + (plan.seed + scene.take) % LAYOUTS
