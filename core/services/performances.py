"""Scenes in which the plan's character plays a recording of the person's: their files, addresses and orders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.db import projects as rows
from core.db.tables import Asset, Project
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput
from core.domain.orders import PerformanceOrder
from core.domain.plan import Plan, Scene
from core.domain.time import frames
from core.services.addresses import key_of
from core.services.bench import Bench
from core.services.studio import Studio


def step_inputs(
    studio: Studio, project: Project, plan: Plan, scene: Scene, shot: dict[str, Any], card: ModelCard
) -> tuple[str, dict[str, Any]]:
    """Address and inputs of the clip; `shot` are the inputs of any clip of the scene.

    The whole recording is bought and kept, so a scene that shows another length of it keeps its clip; nor do words,
    colours and camera change what is played. BadInput when the recording or the picture of the character is gone.
    """
    recording = _own(studio, project, scene.source.asset, "The recording that a scene plays")
    character = _own(studio, project, plan.character, "The picture of the character")
    lasts = recording.seconds or scene.most_seconds
    order, sold = shot["order"], frames(lasts, shot["order"]["fps"])
    inputs = {
        **shot,
        "order": {**order, "frames": min(order["frames"], sold)},  # held in the cut, rather than played slower
        "image_blob": None,
        "performance": {"blob": recording.blob, "seconds": lasts},
        "character_blob": character.blob,
        "sold": sold,
    }
    of_picture = {name: order[name] for name in ("seed", "width", "height", "fps")}
    return key_of("clip", "performance", of_picture, recording.blob, character.blob, card.id), inputs


def _own(studio: Studio, project: Project, asset: str | None, called: str) -> Asset:
    found = rows.assets_by_id(studio.db, project.owner, [asset] if asset else [])
    if asset is None or asset not in found:
        raise BadInput(f"{called} is no longer there.", "Upload it again, or take the recording out of the scene.")
    return found[asset]


def ordered(bench: Bench, card: ModelCard) -> PerformanceOrder:
    """The recording and the character as a vendor is asked for them."""
    inputs, order = bench.claim.inputs, bench.claim.inputs["order"]
    return PerformanceOrder(
        model=card.name,
        character=Path(bench.local(inputs["character_blob"])),
        performance=Path(bench.local(inputs["performance"]["blob"])),
        seconds=inputs["performance"]["seconds"],
        width=order["width"],
        height=order["height"],
        seed=order["seed"],
    )
