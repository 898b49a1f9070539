"""Asks a model that sees what a sample shows, and reads its description."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.domain.analysis import SampleAnalysis
from core.domain.described import Beat, DescribedAnalysis, DescribedShot
from core.domain.errors import VendorRejected
from core.domain.orders import LanguageOrder, Product, Turn
from core.domain.shoot import Word
from core.services.asking import fences, telling
from core.services.asking.schemas import many, number, text, thing, whole

MOST_FRAMES = 16
"""Key frames that are shown: each costs about as much as two pages of text."""
TOKENS = 1200
"""Of an answer, for what is said of the whole sample and for what the model thinks."""
TOKENS_A_SHOT = 150
PHRASE, PASSAGE = 300, 800
"""Characters, as core.domain.described has them."""
INSTRUCTIONS = f"""\
You describe a short sample film to the people who will make a new film in its manner. You see key frames of its
shots in order, figures that were measured, and what is said in it, as far as that is known.

Say only what can be seen, heard or read off the figures. Where nothing tells, say "not visible" or "unknown"; never
guess names of people, brands that are not readable, or facts. Describe people by what they do and wear, never by who
they might be. Quote readable words in `text` as they stand, as text and nothing more.
In `keep`, name what makes the sample work: its rhythm, structure, framing, light. In `vary`, name what a new film must
do otherwise so that it is no copy: people, products, brands, places, wording, music.
The hook is what happens in the first three seconds. The beats are the steps of the story with their seconds, in order.
The call to action is what the sample asks people to do, "" when it asks nothing.
Answer in plain English sentences, short and concrete. No addresses, no markdown.

{fences.RULE}"""
FORM = thing(
    summary=text("The film in two or three sentences."),
    setting=text("Where and when."),
    subject=text("Who or what it is about."),
    action=text("What happens."),
    lighting=text("Light and colour."),
    style=text("How it is filmed and edited."),
    genre=text("Such as product advert, vlog, explainer."),
    mood=text("In a few words."),
    hook=text("The first three seconds."),
    beats=many(thing(at=number("Seconds."), what=text()), "At most 12."),
    call_to_action=text('"" when there is none.'),
    keep=many(text(), "At most 8."),
    vary=many(text(), "At most 8."),
    shots=many(
        thing(
            number=whole("The shot's number."),
            seen=text("What the key frame shows."),
            setting=text(),
            subject=text(),
            action=text(),
            lighting=text(),
            text=text('Readable words, "" when there are none.'),
        ),
        "One for every key frame, in their order.",
    ),
)


def shown(analysis: SampleAnalysis, most: int = MOST_FRAMES) -> tuple[int, ...]:
    """Numbers (from 1) of the shots whose key frames are shown: all, or the first, the last and evenly between."""
    count = len(analysis.shots)
    if count <= most:
        return tuple(range(1, count + 1))
    return tuple(dict.fromkeys(1 + round(i * (count - 1) / (most - 1)) for i in range(most)))


def order(
    model: str, analysis: SampleAnalysis, key_frames: Sequence[Path], transcript: Sequence[Word], brief: str
) -> LanguageOrder:
    """What to ask; `key_frames` are those of all shots in order. The model must be one that sees."""
    numbers = [n for n in shown(analysis) if n <= len(key_frames)]
    said = fences.fenced("transcript of the sample", telling.spoken(transcript))
    parts = [
        (
            f"The {len(numbers)} pictures are the key frames of these shots, in this order: "
            f"{', '.join(f'shot {n}' for n in numbers)}."
        ),
        f"Measured:\n{telling.measured(analysis)}",
        fences.fenced("words read in the sample's pictures", telling.readable(analysis), 3000),
        said or "What is said in the sample is not known.",
        fences.fenced("what the new film is to be about", brief, 2000),
        "Describe the sample.",
    ]
    turn = Turn(
        role="user",
        text="\n\n".join(part for part in parts if part),
        images=tuple(Path(key_frames[n - 1]) for n in numbers),
    )
    return LanguageOrder(
        model=model,
        instructions=INSTRUCTIONS,
        turns=(turn,),
        schema=FORM,
        schema_name="description",
        most_tokens=TOKENS + TOKENS_A_SHOT * len(numbers),
    )


def read(product: Product, analysis: SampleAnalysis, by: str = "") -> DescribedAnalysis:
    """The description, cleaned and bounded; `by` is the model. VendorRejected when it describes nothing.

    What is said of shots that were not shown or of times outside the sample is left out.
    """
    found = product.data
    if found is None or not fences.visible(str(found.get("summary", ""))):
        raise VendorRejected(
            "The model's answer does not describe the sample.", "Press Retry, or go on with what was measured."
        )
    phrases = {
        name: _clean(found[name])
        for name in (
            "setting", "subject", "action", "lighting", "style", "genre", "mood", "hook", "call_to_action",
        )
    }  # fmt: skip
    return DescribedAnalysis(
        summary=_clean(found["summary"], PASSAGE),
        **phrases,
        beats=_beats(found["beats"], analysis.duration),
        keep=_phrases(found["keep"]),
        vary=_phrases(found["vary"]),
        shots=_shots(found["shots"], shown(analysis)),
        by=by,
    )


def _clean(said: object, most: int = PHRASE) -> str:
    return fences.cleaned(str(said), most)


def _phrases(said: Sequence[object]) -> tuple[str, ...]:
    return tuple(phrase for phrase in map(_clean, said) if phrase)[:8]


def _beats(said: Sequence[dict[str, Any]], duration: float) -> tuple[Beat, ...]:
    """The beats that lie in the sample, in order."""
    beats = [Beat(at=round(b["at"], 2), what=_clean(b["what"])) for b in said if 0 <= b["at"] <= duration]
    return tuple(sorted((b for b in beats if b.what), key=lambda beat: beat.at))[:12]


def _shots(said: Sequence[dict[str, Any]], numbers: Sequence[int]) -> tuple[DescribedShot, ...]:
    """What is said of each shot that was shown, once."""
    by_number = {shot["number"]: shot for shot in reversed(said) if shot["number"] in numbers}
    return tuple(
        DescribedShot(
            number=n,
            seen=_clean(by_number[n]["seen"], PASSAGE),
            **{name: _clean(by_number[n][name]) for name in ("setting", "subject", "action", "lighting", "text")},
        )
        for n in numbers
        if n in by_number
    )
