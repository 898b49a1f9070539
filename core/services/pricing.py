"""What a piece of work costs at most with a model, by the same order that is made later: so a quote is never short."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.db.tables import Step
from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import UnknownPrice, VendorError
from core.domain.money import usd
from core.domain.orders import (
    LanguageOrder,
    PerformanceOrder,
    SoundOrder,
    SpeechOrder,
    StillOrder,
    TranscriptOrder,
    Turn,
)
from core.domain.plan import Plan, Source
from core.domain.shoot import ShotOrder, clip_seconds
from core.domain.tasks import ClipOrder
from core.services.studio import Studio
from core.services.vendors import LOCAL, model_for

COMPONENTS: dict[str, tuple[str, Kind]] = {
    "clip": ("clips", "video"),
    "still": ("stills", "still"),
    "voice": ("voice", "speech"),
    "music": ("music", "music"),
    "effect": ("effects", "effect"),
    "transcribe": ("words", "transcription"),
    "hear": ("words", "transcription"),
    "describe": ("analysis", "language"),
    "draft": ("script", "language"),
    "mend": ("script", "language"),
    "reply": ("chat", "language"),
    "reply_again": ("chat", "language"),
}
"""Of each kind of step that buys: its line in the books, and the kind of model."""
KINDS: dict[str, Kind] = dict(COMPONENTS.values())
"""The kind of model behind each line of the books."""

SCRIPT = 24_000
"""Characters that a model reads before it writes a plan, with its schema: what the longest of our own orders have."""
SCRIPT_TOKENS = 6_000
"""That the longest plan has."""
STILL_PROMPT = 1_000


def of_order(studio: Studio, card: ModelCard, order: Any) -> Decimal:
    """US dollars that the vendor of the card takes for the order at the most.

    UnknownPrice when nobody knows; VendorRejected when the model cannot make that.
    """
    price = card.known_price
    vendor = studio.maker(card.kind, card.vendor)
    if vendor is None:
        return usd(price)  # this machine: by the piece, and free
    return usd(vendor.quote(order, price))


def scene_order(card: ModelCard, plan: Plan, index: int) -> ClipOrder | PerformanceOrder:
    """The clip of a scene as far as its price goes by it."""
    source, size = plan.scenes[index].source, plan.size
    if source.kind == "performance" and source.seconds:
        return performance_order(card, source.seconds)
    order = clip_order(card, clip_seconds(plan, index), size.width, size.height)
    return replace(order, image=Path()) if _begins_with_a_picture(plan, source) else order


def _begins_with_a_picture(plan: Plan, source: Source) -> bool:
    """Whether a vendor is shown a first frame: some models take none, others film from nothing else."""
    drawn_at_vendor = not plan.crew.still.startswith(("auto", LOCAL))
    return source.kind in ("image", "key_frame") or plan.character is not None or drawn_at_vendor


def clip_order(card: ModelCard, seconds: float, width: int, height: int) -> ClipOrder:
    """The same of a clip of so many seconds."""
    return ClipOrder(model=card.name, prompt="", seconds=seconds, width=width, height=height, seed=0)


def performance_order(card: ModelCard, seconds: float) -> PerformanceOrder:
    """The same of a recording of so many seconds that a character plays."""
    return PerformanceOrder(
        model=card.name, character=Path(), performance=Path(), seconds=seconds, width=0, height=0, seed=0
    )


def still(studio: Studio, card: ModelCard, plan: Plan) -> Decimal:
    """One still of the plan."""
    size = plan.size
    words = "x" * STILL_PROMPT
    return of_order(
        studio, card, StillOrder(model=card.name, prompt=words, width=size.width, height=size.height, seed=0)
    )


def line(studio: Studio, card: ModelCard, text: str, rate: float) -> Decimal:
    """A line that is spoken."""
    return of_order(studio, card, SpeechOrder(model=card.name, text=text, voice="", rate=rate))


def music(studio: Studio, card: ModelCard, seconds: float) -> Decimal:
    """The bed of a film of so many seconds."""
    return of_order(
        studio, card, SoundOrder(model=card.name, what="music", prompt="", seconds=_at_least(card, seconds))
    )


def effect(studio: Studio, card: ModelCard, seconds: float) -> Decimal:
    """The effect of a scene of so many seconds."""
    order = SoundOrder(model=card.name, what="effect", prompt="", seconds=_at_least(card, seconds))
    return of_order(studio, card, order)


def transcript(studio: Studio, card: ModelCard, seconds: float) -> Decimal:
    """So many seconds of speech, written down."""
    return of_order(studio, card, TranscriptOrder(model=card.name, path=Path(), seconds=seconds))


def script(studio: Studio, card: ModelCard) -> Decimal:
    """A plan, written once."""
    turns = (Turn(role="user", text="x" * SCRIPT),)
    order = LanguageOrder(model=card.name, instructions="", turns=turns, most_tokens=SCRIPT_TOKENS)
    return of_order(studio, card, order)


def _at_least(card: ModelCard, seconds: float) -> float:
    """As long as the model makes it at the least."""
    return max(seconds, card.seconds[0]) if card.seconds else seconds


def of_step(studio: Studio, step: Step) -> Decimal:
    """What a recorded step would be bought for; what cannot be quoted stops at the step itself, and is 0 here."""
    component = COMPONENTS.get(step.kind)
    if component is None or studio.maker(component[1], step.pool) is None:
        return usd(0)
    try:
        card = model_for(studio, component[1], step.inputs["models"][step.choice])
        return _of_inputs(studio, card, step.kind, step.inputs)
    except (UnknownPrice, VendorError):
        return usd(0)


def _of_inputs(studio: Studio, card: ModelCard, kind: str, inputs: dict[str, Any]) -> Decimal:
    match kind:
        case "clip":
            if "performance" in inputs:
                return of_order(studio, card, performance_order(card, inputs["performance"]["seconds"]))
            shot = ShotOrder.model_validate(inputs["order"])
            order = clip_order(card, shot.frames / shot.fps, shot.width, shot.height)
            return of_order(studio, card, replace(order, image=Path()) if inputs.get("image_blob") else order)
        case "voice":
            return line(studio, card, inputs["text"], inputs["rate"])
        case "music":
            return music(studio, card, inputs["seconds"])
        case "effect":
            return effect(studio, card, inputs["seconds"])
        case "transcribe" | "hear":
            return transcript(studio, card, inputs["seconds"])
        case _:
            return usd(0)
