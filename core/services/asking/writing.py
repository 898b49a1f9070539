"""Asks a language model for a whole plan, reads what it wrote, and asks once more when that has faults."""

from __future__ import annotations

import json
from typing import get_args

from core.domain.catalogue import ModelCard
from core.domain.errors import VendorRejected
from core.domain.given import named
from core.domain.orders import LanguageOrder, Product, Turn
from core.domain.plan import (
    LONGEST,
    MAX_SCENES,
    MAX_TITLE,
    MUSIC_BPM,
    SPEAKING_RATE,
    Angle,
    Camera,
    CaptionStyle,
    Motif,
    Plan,
    Role,
    ShotSize,
    Tone,
    Transition,
    TypeStyle,
)
from core.services.asking import claims, composing, fences, telling
from core.services.asking.composing import Faults
from core.services.asking.material import WritingFacts, told
from core.services.asking.schemas import Schema, many, maybe, number, one_of, text, thing, truth, whole

__all__ = ["Faults", "WritingFacts", "order", "read", "repair", "require"]

TOKENS = 2400
"""Of an answer, for what belongs to the whole film and for what the model thinks."""
TOKENS_A_SCENE = 320
TRANSCRIPT = 3000
"""Characters of the sample's transcript that are told: about four minutes of speech."""
INSTRUCTIONS = f"""\
You write the plan of a short film: scene by scene what is seen, said and read. People edit and approve your plan
before anything is filmed; every scene is then filmed by a video model that knows nothing but its `visual`.

- `visual`: one or two concrete sentences on who, where, what happens and the light. Complete in itself: repeat who the
  people and things are. No camera words, no words to be shown in the picture, no names of real people or artists.
- `narration`: the spoken line, in the language of the brief. A voice says about {SPEAKING_RATE:g} words a second and
  needs half a second around the line, so a scene of 3 s holds six words. Short, spoken English (or the brief's
  language), no lists. "" where the picture speaks for itself.
- `title`: words on the picture, at most five; "" where there are none. `kicker`: a small line above it, or the button
  of the last scene. `sound`: an effect that is heard, in a few words, or "".
- The first scene stops people from scrolling on. The last one asks for one thing to be done, if the brief gives it.
- Use only facts of the brief, of the listing and of the files. Invent no figures, prices, quotes, awards, ratings,
  addresses or offers. Where facts are missing, write around them and ask for them in `notes`.
- The sample is a model for rhythm, structure, framing and light, never for wording, brands, people or addresses.
- `palette`: up to five colours as #rrggbb, or none to keep the sample's.
- `motif` is what the offline renderer draws; `auto` when nothing fits.
- `model`: "auto" unless one of the listed models suits a scene much better; then say why in `model_why`, else "".
- Contradictions in the brief: follow the last word of it and say so in `notes`. At most four notes, each a request.

{fences.RULE}"""


def order(model: str, facts: WritingFacts) -> LanguageOrder:
    """What to ask. BadBrief when the brief says nothing or too much."""
    frame = composing.frame_of(facts)
    parts = [
        _task(facts, frame),
        fences.fenced("brief", facts.brief, 4000) if facts.way != "listing" else "",
        fences.fenced("niche of the story", facts.niche, 100),
        fences.fenced("title that the person gave", facts.title, 200),
        _listing(facts),
        told(facts.images),
        "A character image is given: the same person or thing is to be in every scene that shows anybody. Call it "
        "“the character” and describe it the same way each time."
        if facts.character
        else "",
        _sample(facts),
        _models(facts.models),
        "Write the plan.",
    ]
    images = tuple(one.path for one in facts.images if one.path is not None)
    return LanguageOrder(
        model=model,
        instructions=INSTRUCTIONS,
        turns=(Turn(role="user", text="\n\n".join(p for p in parts if p), images=images),),
        schema=form(facts),
        schema_name="plan",
        most_tokens=TOKENS + TOKENS_A_SCENE * (MAX_SCENES if facts.scenes is None else facts.scenes),
    )


def read(product: Product, facts: WritingFacts) -> Plan | Faults:
    """The plan, or what is wrong with it in sentences that the model can act on."""
    return composing.plan_of(product, facts)


def repair(model: str, facts: WritingFacts, said: Product, faults: Faults) -> LanguageOrder:
    """The same question with the first answer and its faults."""
    first = order(model, facts)
    answer = json.dumps(said.data, ensure_ascii=False) if said.data is not None else said.text
    told_faults = "\n".join(f"- {fault}" for fault in faults)
    turns = (
        *first.turns,
        Turn(role="assistant", text=answer or "{}"),
        Turn(
            role="user",
            text=f"This plan cannot be used as it is:\n{told_faults}\nWrite the whole plan once more, with these "
            "mended and everything else as it was.",
        ),
    )
    return LanguageOrder(
        model=first.model,
        instructions=first.instructions,
        turns=turns,
        schema=first.schema,
        schema_name=first.schema_name,
        most_tokens=first.most_tokens,
    )


def require(product: Product, facts: WritingFacts) -> Plan:
    """The plan of the second answer; VendorRejected, with what is wrong, when that has faults too."""
    found = read(product, facts)
    if isinstance(found, Plan):
        return found
    raise VendorRejected(
        f"{facts.writer} did not write a plan that can be used: {fences.clipped(' '.join(found), 400)}",
        "Write the plan again, choose another model, or let the offline writer do it.",
    )


def form(facts: WritingFacts) -> Schema:
    """The strict schema of a plan that is written from these facts."""
    scene: dict[str, Schema] = {
        "role": one_of(get_args(Role)),
        "seconds": number("How long it lasts."),
        "visual": text(f"At most {LONGEST['visual']} characters."),
        "motif": one_of(get_args(Motif)),
        "shot_size": one_of(get_args(ShotSize)),
        "camera": one_of(get_args(Camera)),
        "angle": one_of(get_args(Angle)),
        "narration": text(f"At most {LONGEST['narration']} characters."),
        "title": text(f"At most {LONGEST['title']} characters."),
        "kicker": text(f"At most {LONGEST['kicker']} characters."),
        "sound": text(f"At most {LONGEST['sound']} characters."),
        "transition": one_of(get_args(Transition), "Into the next scene."),
        "model": text('"auto" or the id of a listed model.'),
        "model_why": text('"" with "auto".'),
    }
    if facts.images:
        scene["image"] = maybe(one_of(list(named(facts.images)), "The file that the picture is made from."))
    if facts.analysis is not None:
        scene["sample_shot"] = maybe(whole("The shot of the sample whose place this scene takes."))
    if _has_frames(facts):
        scene["use_frame"] = truth("Whether the picture starts from that shot's own frame.")
    if facts.listing:
        scene["claims"] = many(claims.FORM, "Everything that this scene says or shows of the product.")
    return thing(
        title=text(f"Name of the film, at most {MAX_TITLE} characters."),
        tone=one_of(get_args(Tone)),
        style=one_of(get_args(TypeStyle), "Type of the words on the picture."),
        palette=many(text("#rrggbb")),
        music_mood=one_of(get_args(Tone)),
        music_bpm=number(f"{MUSIC_BPM[0]:g} to {MUSIC_BPM[1]:g}."),
        captions=one_of(get_args(CaptionStyle)),
        notes=many(text(), "At most four; none when nothing is missing."),
        scenes=many(thing(**scene)),
    )


def _has_frames(facts: WritingFacts) -> bool:
    return facts.analysis is not None and facts.may_use_frames and facts.sample_asset is not None


def _task(facts: WritingFacts, frame: composing.Frame) -> str:
    """What film it is to be, in figures."""
    ways = {
        "remake": "A remake: the sample's rhythm and structure, the brief's subject.",
        "story": "A story told from the brief alone.",
        "listing": "A film that sells what the listing offers, made from the person's own photos.",
    }
    lengths = ", ".join(f"{stretch.seconds:.1f}" for stretch in frame.stretches)
    count = len(frame.stretches)
    rhythm = "the sample's rhythm" if facts.analysis else "a rhythm that suits the length"
    scenes = f"Exactly {facts.scenes} scenes" if facts.scenes else f"About {count} scenes, {MAX_SCENES} at the most"
    return (
        f"{ways[facts.way]}\n{frame.total:g} s in all, {facts.aspect}, for {facts.platform}, category "
        f"{frame.category}. {scenes}; {rhythm} would have {count} scenes of {lengths} s. With that "
        f"number of scenes these lengths are used, else yours in proportion to the whole."
    )


def _listing(facts: WritingFacts) -> str:
    """The offer, its description line by line as claims point to it."""
    if not facts.listing:
        return ""
    lines = "\n".join(f"{source}: {said}" for source, said in claims.sources(facts.listing).items())
    return (
        f"{fences.fenced('listing', lines, 8000)}\n\nFor everything that a scene says or shows of the product, give a "
        "claim with the name of the line or field that it came from and the words that stand there. What stands "
        'nowhere has source "" and quote "": better leave it out.'
    )


def _sample(facts: WritingFacts) -> str:
    """The sample in figures and, where somebody looked, in words."""
    if facts.analysis is None:
        return ""
    parts = [
        f"The sample, measured:\n{telling.measured(facts.analysis)}",
        fences.fenced("words read in the sample's pictures", telling.readable(facts.analysis), 3000),
    ]
    if facts.described is not None:
        parts.append(fences.fenced("what another model said of the sample", telling.described(facts.described)))
    parts.append(fences.fenced("transcript of the sample", telling.spoken(facts.transcript), TRANSCRIPT))
    return "\n\n".join(part for part in parts if part)


def _models(cards: tuple[ModelCard, ...]) -> str:
    """Who may film, what it costs and what it takes."""
    if not cards:
        return ""
    lines = [
        f"{card.id}: {card.label}, {card.amount}, from {' or '.join(card.inputs)}"
        + (f", {card.seconds[0]:g} to {card.seconds[1]:g} s" if card.seconds else "")
        for card in cards
    ]
    return "Models that may film a scene:\n" + "\n".join(lines)
