"""The step that finds out when each word of a person's own recording is said: captions and checks go by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.db.work import NewStep
from core.domain.catalogue import ModelCard
from core.domain.orders import Product, TranscriptOrder
from core.domain.plan import Plan
from core.domain.script_check import as_written
from core.domain.shoot import Word
from core.domain.work import HERE
from core.services import sounding
from core.services.addresses import key_of
from core.services.bench import Bench, Made
from core.services.studio import Studio
from core.services.vendors import LOCAL, crew_card, pool_of, require_open

STEP = "hear"
LIMIT = 180.0
"""Seconds that it may take."""
WEIGHT = 6.0


def script(plan: Plan) -> str:
    """All that is to be said in the film."""
    return " ".join(s.narration.strip() for s in plan.scenes if s.narration.strip())


def step(studio: Studio, plan: Plan, recording: str | None) -> NewStep | None:
    """What finds the words of a recording; None where there is none, or nothing to find its words by.

    The plan's model writes them down; without one, the script is laid over the recording. VendorRejected when that
    model cannot be used from here.
    """
    card, text = crew_card(studio, plan, "transcription"), script(plan)
    if recording is None or (card is None and not text):
        return None
    inputs: dict[str, Any] = {"blob": recording, "text": text, "voice": plan.voice.name, "seconds": plan.seconds}
    pool, weight = HERE, WEIGHT
    if card is not None and card.vendor != LOCAL:
        require_open(studio, card)
        inputs, pool, weight = {**inputs, "models": [card.id]}, pool_of(card), card.takes
    label = "Finding the words of your recording"
    key = key_of(STEP, inputs)
    return NewStep(name=STEP, kind=STEP, label=label, key=key, inputs=inputs, weight=weight, scene_id=None, pool=pool)


def laid_over(bench: Bench) -> Made:
    """The script laid over the recording: its words are taken to be said."""
    words = _found(bench, bench.claim.inputs["text"])
    return Made(result={"words": words, "by": ""})


def ordered(bench: Bench, card: ModelCard) -> TranscriptOrder:
    """As much of the recording as is heard in the film."""
    inputs, out = bench.claim.inputs, bench.scratch / "recording.mp3"
    if not out.exists():
        arguments = {"path": bench.local(inputs["blob"]), "out": str(out), "seconds": inputs["seconds"]}
        bench.apart("core.media.stills:extract_sound", arguments, seconds=120)
    return TranscriptOrder(model=card.name, path=out, seconds=inputs["seconds"])


def received(bench: Bench, product: Product, model: str) -> Made:
    """The words that were heard, spelled as in the script where they are the same; timed here where nobody did."""
    heard = [w.model_dump() for w in product.words] or (_found(bench, product.text) if product.text.strip() else [])
    words = as_written([Word.model_validate(w) for w in heard], bench.claim.inputs["text"])
    return Made(result={"words": [w.model_dump() for w in words], "by": model})


def played(bench: Bench) -> Made:
    """What is heard of a recording that a character plays, with the times of the words that it is to say."""
    inputs, out = bench.claim.inputs, bench.scratch / "line.wav"
    words = _found(bench, inputs["text"]) if inputs["text"].strip() else []
    arguments = {"path": bench.local(inputs["blob"]), "out": str(out), "seconds": inputs["seconds"]}
    made = bench.apart("core.media.recording:begin", arguments, seconds=LIMIT)
    blob = bench.put(out)
    return Made(result={"words": words, "blob": blob, **made}, blobs=[blob])


def _found(bench: Bench, text: str) -> list[dict[str, Any]]:
    inputs = bench.claim.inputs
    arguments = {
        "path": bench.local(inputs["blob"]),
        "text": text,
        "guide": sounding.guide(bench, text, inputs["voice"]),
        "beside": str(Path(bench.scratch) / "beside"),
        "seconds": inputs["seconds"],
    }
    found: list[dict[str, Any]] = bench.apart("core.media.recording:find_words", arguments, seconds=LIMIT)
    return found
