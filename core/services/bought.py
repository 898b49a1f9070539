"""Stills, voices, music and transcripts from vendors: what each is asked for, and what becomes of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import facts
from core.db import projects as rows
from core.domain.catalogue import ModelCard
from core.domain.errors import BadMedia
from core.domain.orders import Product, SoundOrder, SpeechOrder, StillOrder, TranscriptOrder
from core.domain.prompt import still_prompt
from core.domain.shoot import ShotOrder
from core.services import sounding
from core.services.bench import Bench, Made
from core.services.intake import add_asset


def ordered_still(bench: Bench, card: ModelCard) -> StillOrder:
    """The scene as an image model is asked for it; a character and the person's picture are shown to it."""
    order = ShotOrder.model_validate(bench.claim.inputs["order"])
    shown = [bench.claim.inputs.get("character_blob"), bench.claim.inputs["image_blob"]]
    keeps = "reference" in card.inputs or "image" in card.inputs
    references = tuple(Path(bench.local(blob)) for blob in dict.fromkeys(shown) if blob) if keeps else ()
    return StillOrder(
        model=card.name,
        prompt=still_prompt(order, has_reference=bool(references)),
        width=order.width,
        height=order.height,
        seed=order.seed,
        references=references,
    )


def received_still(bench: Bench, product: Product, _: str) -> Made:
    """A vendor's still at the film's size, graded like the film."""
    order, out = bench.claim.inputs["order"], bench.scratch / "still.jpg"
    fitted = bench.scratch / "fitted.jpg"
    size = {"width": order["width"], "height": order["height"]}
    bench.apart("core.media.stills:fit_still", {"path": str(_file(product)), "out": str(fitted), **size}, seconds=60)
    arguments = {"path": str(fitted), "out": str(out), "grade": bench.claim.inputs["grade"]}
    bench.apart("core.media.grade:grade_still", arguments, seconds=60)
    clean = bench.put(fitted)
    made = kept_still(bench, out)
    # the clip is filmed from the picture as it came: the grade is applied once, in the cut
    return Made(result={**made.result, "clean": clean}, blobs=[*made.blobs, clean])


def kept_still(bench: Bench, graded: Path) -> Made:
    """Gives the project the still."""
    blob, order = bench.put(graded), bench.claim.inputs["order"]
    asset = add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "still",
        made_by=bench.place("still"),
        blob=blob,
        name=f"{bench.claim.label}.jpg",
        width=order["width"],
        height=order["height"],
    )
    return Made(result={"asset": asset.id, "blob": blob}, blobs=[blob])


def ordered_line(bench: Bench, card: ModelCard) -> SpeechOrder:
    """The line as a voice is asked for it."""
    inputs = bench.claim.inputs
    return SpeechOrder(
        model=card.name, text=inputs["text"], voice=facts.voice_at(card.vendor, inputs["voice"]), rate=inputs["rate"]
    )


def received_line(bench: Bench, product: Product, _: str) -> Made:
    """A vendor's line, fitted into its scene, with the time of each word."""
    inputs, out = bench.claim.inputs, bench.scratch / "line.wav"
    arguments = {
        "path": str(_file(product)),
        "out": str(out),
        "seconds": inputs["seconds"],
        "text": inputs["text"],
        "words": [word.model_dump() for word in product.words] or None,
        "guide": None if product.words else sounding.guide(bench, inputs["text"], inputs["voice"]),
    }
    said = bench.apart("core.media.line:fit_line", arguments, seconds=120)
    blob = bench.put(out)
    return Made(result={**said, "voice": inputs["voice"], "blob": blob}, blobs=[blob])


MOODS = {
    "warm": "warm, intimate, acoustic",
    "calm": "calm, airy, ambient",
    "tense": "tense, driving, cinematic",
    "tech": "clean, modern, electronic",
    "night": "dark, late-night, synthwave",
    "hope": "uplifting, hopeful, building",
    "playful": "playful, light, bouncy",
}
"""Words for the tones of a plan, as people search for music."""


def ordered_music(bench: Bench, card: ModelCard) -> SoundOrder:
    """The bed in words: mood, tempo, where it lifts; no singing, since somebody speaks over it."""
    inputs = bench.claim.inputs
    lifts = ", ".join(f"{t:.0f} s" for t in inputs["accents"])
    prompt = (
        f"Instrumental background music for a short film of {inputs['seconds']:.0f} seconds: {MOODS[inputs['mood']]}, "
        f"{inputs['bpm']:.0f} bpm, leaves room for a speaking voice, no vocals."
    )
    prompt += f" It lifts at {lifts}." if lifts else ""
    return SoundOrder(model=card.name, what="music", prompt=prompt, seconds=max(inputs["seconds"], _shortest(card)))


def received_music(bench: Bench, product: Product, _: str) -> Made:
    """A vendor's music, as long as the film."""
    out = bench.scratch / "music.wav"
    arguments = {"path": str(_file(product)), "out": str(out), "seconds": bench.claim.inputs["seconds"]}
    made = bench.apart("core.media.bed:fit_bed", arguments, seconds=300)
    blob = bench.put(out)
    return Made(result={**made, "blob": blob}, blobs=[blob])


def ordered_transcript(bench: Bench, card: ModelCard) -> TranscriptOrder:
    """The sample's sound, taken out of it: small, and nothing else is shown."""
    inputs, out = bench.claim.inputs, bench.scratch / "sample.mp3"
    if not out.exists():
        bench.apart(
            "core.media.stills:extract_sound", {"path": bench.local(inputs["blob"]), "out": str(out)}, seconds=120
        )
    return TranscriptOrder(model=card.name, path=out, seconds=inputs["seconds"])


def received_transcript(bench: Bench, product: Product, model: str) -> Made:
    """The words of the sample, with their times where the model tells them, kept beside its figures."""
    words = [word.model_dump() for word in product.words]
    said = {"text": product.text, "words": words, "language": product.language, "by": model}
    rows.save_description(bench.studio.db, bench.claim.project_id, transcript=said)
    return Made(result=said)


def _shortest(card: ModelCard) -> float:
    return card.seconds[0] if card.seconds else 0.0


def _file(product: Product) -> Path:
    """The file that was made. BadMedia when there is none."""
    if product.path is None:
        raise BadMedia("The vendor answered without a file.")
    return product.path


def no_transcript(_: Bench) -> Made:
    """Nobody writes the sample's words down here."""
    empty: dict[str, Any] = {"text": "", "words": [], "language": None, "by": ""}
    return Made(result=empty)
