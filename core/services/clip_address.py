"""The address of a vendor's clip: what the vendor is asked for, and how long the clip is that it sells for that.

A vendor sells clips of certain lengths, and the cut takes as much of a clip as its scene needs. So a scene that is
made shorter, or longer within what was sold, keeps its clip, and nothing is bought again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from core.db import jobs
from core.db.tables import Output
from core.domain.catalogue import ModelCard
from core.domain.errors import VendorError
from core.domain.money import usd
from core.services import pricing
from core.services.addresses import key_of
from core.services.studio import Studio


class Address(NamedTuple):
    """Where the clip lies, or will lie once it is bought."""

    key: str
    frames: int
    """Of the clip that is sold: as many as the scene needs, or more."""


def of_clip(studio: Studio, project_id: str, card: ModelCard, inputs: dict[str, Any]) -> Address:
    """The clip of a scene at a vendor's model; `inputs` are those of its step, without the words over it.

    A clip that is there and long enough is taken, the shortest of them. One of that length that somebody else
    filmed, and that has become too short, is left lying: the model itself gives more.
    """
    needed, sold = int(inputs["order"]["frames"]), _sold(studio, card, inputs)
    family = key_of("clip", timeless(inputs), card.id)
    own = f"{family}:{sold}"
    kept = jobs.outputs_below(studio.db, project_id, f"{family}:")
    enough = [o for o in kept if _frames(o) >= needed and all(studio.storage.has(b) for b in o.blobs)]
    if enough:
        return Address(min(enough, key=lambda o: (_frames(o), o.key)).key, sold)
    of_another = any(o.key == own and o.result.get("model") != card.id for o in kept)
    return Address(f"{own}:{needed}" if of_another else own, sold)


def _frames(made: Output) -> int:
    return int(made.result.get("frames", 0))


def timeless(inputs: dict[str, Any]) -> dict[str, Any]:
    """What a vendor is asked to show, whatever the length; whether the scene is cut inside is part of the prompt."""
    order = {name: value for name, value in inputs["order"].items() if name not in ("frames", "scene_frames")}
    scene = {name: value for name, value in order["scene"].items() if name != "seconds"}
    return {**inputs, "order": {**order, "scene": {**scene, "cuts": bool(scene["cuts"])}}}


def _sold(studio: Studio, card: ModelCard, inputs: dict[str, Any]) -> int:
    """Frames of the shortest clip that the vendor sells and that is long enough."""
    order, image = inputs["order"], inputs["image_blob"]
    needed, fps = int(order["frames"]), int(order["fps"])
    asked = pricing.clip_order(card, needed / fps, order["width"], order["height"])
    vendor = studio.maker("video", card.vendor)
    if vendor is None:
        return needed
    try:  # at a dollar a second
        seconds = vendor.quote(replace(asked, image=Path(image)) if image else asked, usd(1))
    except VendorError:
        return needed  # it is refused with its reason when the film is approved
    return max(needed, round(float(seconds) * fps))
