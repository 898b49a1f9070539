"""Casting: what a scene is drawn with, chosen from its words when the plan leaves it open."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from core.domain.errors import BadMedia
from core.domain.plan import Motif, Tone
from core.domain.shoot import ShotOrder
from core.providers.local.film.paint import Pixels
from core.providers.local.film.setting import Setting
from core.providers.local.film.typography import tidy

WORDS = Path(__file__).parents[4] / "data" / "motifs.toml"
VARIANTS = 240
"""A whole number of rounds through 1 to 6, 8 or 10 compositions: seeds that count on by one differ in composition."""
LARGEST_IMAGE = 3000
"""Longer side in pixels to which a person's picture is reduced: more than any framing shows."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def setting_of(order: ShotOrder) -> Setting:
    """What the builders are told about this order; BadMedia when its image cannot be read."""
    scene = order.scene
    text = f"{scene.visual} {scene.narration} {scene.title}"
    image = read_image(order.image) if scene.source.kind != "drawn" and order.image else None
    motif = "photo" if image is not None else motif_of(order)
    name, _, detail = motif.partition(":")
    return Setting(
        motif=name,
        detail=detail,
        shot_size=scene.shot_size,
        angle=scene.angle,
        mood=_mood(scene.visual, order.tone),
        tone=order.tone,
        seed=order.seed,
        text=text,
        said=f"{scene.title} {scene.narration}",
        titled=bool(scene.title.strip()),
        called=scene.role == "cta" and bool(scene.kicker.strip()),
        figure=any(_hits(word, scene.visual) for word in _table()["figure"]["words"]),
        variant=order.seed % VARIANTS,
        tile=_tile(scene.title),
        image=image,
        inside=_inside(scene.visual, order.seed) if name == "portrait" else "",
    )


def motif_of(order: ShotOrder) -> Motif:
    """The motif of the plan; for `auto`, the one most of the scene's words speak for."""
    scene = order.scene
    if scene.motif != "auto":
        return scene.motif
    # What is to be seen weighs more than what is said about it.
    scores = {
        motif: sum(3 * _hits(w, scene.visual) + 2 * _hits(w, scene.title) + _hits(w, scene.narration) for w in words)
        for motif, words in _table()["motifs"].items()
    }
    best = max(scores, key=lambda motif: scores[motif])
    if scores[best] == 0:
        usual = _table()["roles"][scene.role]
        best = usual[order.seed % len(usual)]
    return cast("Motif", best)


def read_image(path: str) -> Pixels:
    """A picture as RGB; upright, and not larger than is useful. BadMedia when it is none."""
    try:
        raw = np.fromfile(path, np.uint8)
    except OSError as error:
        raise BadMedia("The picture of this scene is missing.", "Choose it again in the storyboard.") from error
    picture = cv2.imdecode(raw, cv2.IMREAD_COLOR) if len(raw) else None
    if picture is None:
        raise BadMedia("The picture of this scene cannot be read.", "Use a JPEG, PNG or WebP image.")
    shrink = LARGEST_IMAGE / max(picture.shape[:2])
    if shrink < 1:
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _hits(word: str, text: str) -> float:
    """How strongly a text speaks of a word: its length when found at a word's beginning, short words whole."""
    end = r"(?:s|'s)?\b" if len(word) <= 4 else ""
    start = r"\b" if word[0].isalnum() else ""
    found = re.search(start + re.escape(word) + end, text, re.IGNORECASE)
    return (1 + len(word) / 20) if found else 0.0


def _mood(visual: str, tone: Tone) -> Tone:
    for mood, words in _table()["moods"].items():
        if any(_hits(word, visual) for word in words):
            return cast("Tone", mood)
    return tone


def _tile(title: str) -> str:
    """The first number of the title, short enough to be printed on an object."""
    numbers = [w.strip(".,!?:;") for w in tidy(title).split() if any(c.isdigit() for c in w)]
    return next((n for n in numbers if len(n) <= 6), "")


def _inside(visual: str, seed: int) -> str:
    """A second scenery within a portrait: the one the words name, else one time in three."""
    words = _table()["motifs"]
    for motif in ("city", "ridge", "orbit"):
        if any(_hits(word, visual) for word in words[motif]):
            return motif
    return ("city", "ridge", "orbit")[seed // 3 % 3] if seed % 3 == 0 else ""
