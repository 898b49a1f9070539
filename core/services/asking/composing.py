"""Makes a plan of what a language model wrote: its words, our arithmetic. What cannot honestly be mended is a fault.

Mended are lengths that do not add up, cuts, names in the wrong case and colours that are none. Not mended are
lines that have no time, texts that have no room, scenes too many, and addresses or files that nobody gave.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from pydantic import ValidationError

from core.domain.given import named
from core.domain.orders import Product
from core.domain.plan import (
    BREATH,
    LONGEST,
    MAX_SCENE_SECONDS,
    MAX_SCENES,
    MAX_TITLE,
    MIN_SCENE_SECONDS,
    MUSIC_BPM,
    SPEAKING_RATE,
    Captions,
    Grade,
    Music,
    Plan,
    Scene,
    Source,
    Voice,
    seconds_to_say,
)
from core.domain.reshape import fitted_lengths, next_take, scene_id, tidy_cuts
from core.domain.ways import NO_MUSIC
from core.providers.local.writer.brief import read_brief
from core.providers.local.writer.categories import choose_category
from core.providers.local.writer.pictures import motif_of
from core.providers.local.writer.structure import Stretch, film_seconds, pace
from core.providers.local.writer.tongues import voice_for
from core.providers.local.writer.writer import TEMPOS
from core.services.asking import claims, fences
from core.services.asking.material import WritingFacts

MOST_NOTES = 4
HEX = re.compile(r"#[0-9a-f]{6}")
CALLED = {"visual": "picture", "title": "title", "kicker": "small line", "narration": "line", "sound": "sound"}
OFF_RHYTHM = 0.9
"""Seconds, and the share, by which a line may lengthen its scene beyond its place in the sample's rhythm."""
OFF_SHARE = 0.4

Faults = tuple[str, ...]
Written = Mapping[str, Any]


class Frame(NamedTuple):
    """What a plan has to fit."""

    total: float
    """Seconds of the film."""
    stretches: tuple[Stretch, ...]
    category: str


def frame_of(facts: WritingFacts) -> Frame:
    """Length, rhythm and category. BadBrief when the brief says nothing or too much."""
    reading = read_brief(facts.brief)
    total = film_seconds(facts.seconds, reading.seconds, facts.analysis)
    category = choose_category(facts.category, reading.matter or facts.brief).id
    return Frame(total, tuple(pace(total, facts.analysis, facts.scenes)), category)


def plan_of(product: Product, facts: WritingFacts) -> Plan | Faults:
    """The plan, or every fault in a sentence."""
    said = product.data
    if said is None:
        return ("The answer is no plan.",)
    frame = frame_of(facts)
    rows: Sequence[Written] = said["scenes"]
    faults = [*_of_count(rows, facts), *_of_texts(rows, facts), *_of_files(rows, facts)]
    if not faults:
        faults = _of_time(rows, frame, facts)
    if faults:
        return tuple(dict.fromkeys(faults))
    try:
        return _plan(said, rows, frame, facts)
    except ValidationError as problem:
        return tuple(_in_words(error) for error in problem.errors()[:5])


def _in_words(error: Mapping[str, Any]) -> str:
    """What pydantic found, as a sentence."""
    where = " ".join(str(part) for part in error["loc"]) or "the plan"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}."


def _of_count(rows: Sequence[Written], facts: WritingFacts) -> list[str]:
    if not rows:
        return ["The plan has no scene."]
    if len(rows) > MAX_SCENES:
        return [f"The plan has {len(rows)} scenes; {MAX_SCENES} is the most."]
    if facts.scenes is not None and len(rows) != facts.scenes:
        return [f"The plan has {len(rows)} scenes; {facts.scenes} were asked for."]
    return []


def _of_texts(rows: Sequence[Written], facts: WritingFacts) -> list[str]:
    """Texts that are missing, too long, or hold what nobody gave."""
    known, faults = facts.known_addresses, []
    for place, row in enumerate(rows, start=1):
        if not fences.visible(row["visual"]):
            faults.append(f"Scene {place} shows nothing: its visual is empty.")
        for field, most in LONGEST.items():
            said = fences.visible(row[field])
            if len(said) > most:
                faults.append(f"The {CALLED[field]} of scene {place} has {len(said)} characters; {most} is the most.")
            faults += [
                f"The {CALLED[field]} of scene {place} names the address {address}, which the person did not give."
                for address in fences.strange_addresses(said, known)
            ]
            if fences.has_secret(said):
                faults.append(f"The {CALLED[field]} of scene {place} holds something that looks like a key.")
    return faults


def _of_files(rows: Sequence[Written], facts: WritingFacts) -> list[str]:
    """Files, shots and models that there are not."""
    files, shots = named(facts.images), len(facts.analysis.shots) if facts.analysis else 0
    models = {"auto", *(card.id for card in facts.models)}
    faults = []
    for place, row in enumerate(rows, start=1):
        if row.get("image") is not None and row["image"] not in files:
            faults.append(f"Scene {place} is made from {row['image']!r}, which there is not.")
        if row.get("sample_shot") is not None and not 1 <= row["sample_shot"] <= shots:
            faults.append(f"Scene {place} takes the place of shot {row['sample_shot']}; the sample has {shots} shots.")
        if row["model"] not in models:
            faults.append(f"Scene {place} is given to {row['model']!r}, which is none of the listed models.")
        if row.get("use_frame") and row.get("sample_shot") is None:
            faults.append(f"Scene {place} uses the frame of a shot without naming the shot.")
    return faults


def _of_time(rows: Sequence[Written], frame: Frame, facts: WritingFacts) -> list[str]:
    """Lines that have no time."""
    needs = [seconds_to_say(row["narration"]) for row in rows]
    faults = [
        f"The line of scene {place} needs {need:.1f} s; a scene lasts at most {MAX_SCENE_SECONDS:g} s."
        for place, need in enumerate(needs, start=1)
        if need > MAX_SCENE_SECONDS
    ]
    if len(rows) * MAX_SCENE_SECONDS < frame.total:
        faults.append(f"{len(rows)} scenes cannot fill {frame.total:g} s: at most {MAX_SCENE_SECONDS:g} s each.")
    if len(rows) * MIN_SCENE_SECONDS > frame.total:
        faults.append(f"{len(rows)} scenes do not fit into {frame.total:g} s: at least {MIN_SCENE_SECONDS:g} s each.")
    if sum(_least(needs)) > frame.total:
        longest = sorted(range(len(needs)), key=lambda i: -needs[i])[:3]
        faults.append(
            f"The lines need {sum(_least(needs)):.1f} s and the film lasts {frame.total:g} s: shorten above all those "
            f"of scenes {', '.join(str(i + 1) for i in sorted(longest))}."
        )
    elif not faults and _follows(rows, frame, facts):
        faults = [
            f"The line of scene {place} needs {need:.1f} s and its place in the rhythm lasts {stretch.seconds:.1f} s: "
            f"say it in {_most_words(stretch.seconds)} words."
            for place, (need, stretch) in enumerate(zip(needs, frame.stretches, strict=True), start=1)
            if need > stretch.seconds + max(OFF_RHYTHM, OFF_SHARE * stretch.seconds)
        ]
    return faults


def _most_words(seconds: float) -> int:
    """Words that can be said in that time at an easy rate."""
    return max(1, int((seconds - BREATH) * SPEAKING_RATE))


def _follows(rows: Sequence[Written], frame: Frame, facts: WritingFacts) -> bool:
    """Whether the scenes take the places that the sample's rhythm has for them."""
    return facts.analysis is not None and len(rows) == len(frame.stretches)


def _least(needs: Sequence[float]) -> list[float]:
    return [max(MIN_SCENE_SECONDS, need) for need in needs]


def _lengths(rows: Sequence[Written], frame: Frame, facts: WritingFacts) -> tuple[float, ...]:
    """Seconds of the scenes: the rhythm's where they follow it, else as written in proportion; lines easy to say."""
    wishes = [min(MAX_SCENE_SECONDS, max(MIN_SCENE_SECONDS, float(row["seconds"]))) for row in rows]
    if _follows(rows, frame, facts):
        wishes = [stretch.seconds for stretch in frame.stretches]
    easy = _least([seconds_to_say(row["narration"], SPEAKING_RATE) for row in rows])
    if sum(easy) > frame.total - 0.5 or max(easy) > MAX_SCENE_SECONDS:
        easy = _least([seconds_to_say(row["narration"]) for row in rows])
    return fitted_lengths(wishes, easy, frame.total)


def _cuts(lengths: Sequence[float], frame: Frame, facts: WritingFacts) -> list[tuple[float, ...]]:
    """Where each scene cuts inside: at the sample's cuts that fall into it, scaled to the film."""
    if facts.analysis is None:
        return [() for _ in lengths]
    scale = frame.total / facts.analysis.duration
    edges = [shot.start * scale for shot in facts.analysis.shots[1:]]
    starts = [0.0, *accumulate(lengths)]
    return [
        tidy_cuts([edge - start for edge in edges if start < edge < start + length], length)
        for start, length in zip(starts, lengths, strict=False)
    ]


def _plan(said: Written, rows: Sequence[Written], frame: Frame, facts: WritingFacts) -> Plan:
    """The plan, put together; ValidationError where a rule of plans is broken."""
    known = facts.known_addresses
    reasons = [
        f"Scene {place} is given to {row['model']}: {fences.cleaned(row['model_why'], 200, known)}"
        for place, row in enumerate(rows, start=1)
        if row["model"] != "auto" and fences.visible(row["model_why"])
    ]
    notes = [fences.cleaned(note, 300, known) for note in said["notes"][:MOST_NOTES]]
    name = fences.clipped(fences.visible(facts.title), MAX_TITLE) or fences.cleaned(said["title"], MAX_TITLE, known)
    return Plan(
        title=name or "Untitled film",
        brief=facts.brief,
        category=frame.category,
        platform=facts.platform,
        aspect=facts.aspect,
        resolution=facts.resolution,
        tone=said["tone"],
        style=said["style"],
        seed=facts.seed,
        scenes=_scenes(rows, frame, facts),
        grade=Grade(palette=_palette(said["palette"], facts)),
        voice=Voice(name=voice_for("\n".join(row["narration"] for row in rows)) or Voice().name),
        music=_music(said, facts),
        captions=Captions(style=said["captions"]),
        character=facts.character,
        writer=facts.writer,
        notes=tuple(note for note in [*notes, *reasons] if note),
    )


def _music(said: Written, facts: WritingFacts) -> Music:
    """As the person wants it, else as it was written."""
    mood = facts.music if facts.music in TEMPOS else said["music_mood"]
    bpm = TEMPOS[facts.music] if facts.music in TEMPOS else min(MUSIC_BPM[1], max(MUSIC_BPM[0], said["music_bpm"]))
    return Music(enabled=facts.music != NO_MUSIC, mood=mood, bpm=round(bpm, 1))


def _scenes(rows: Sequence[Written], frame: Frame, facts: WritingFacts) -> tuple[Scene, ...]:
    """The scenes with their times, sources and claims."""
    lengths = _lengths(rows, frame, facts)
    cuts, sources = _cuts(lengths, frame, facts), _sources(rows, facts)
    scenes: list[Scene] = []
    for row, seconds, inside, source in zip(rows, lengths, cuts, sources, strict=True):
        texts = {field: fences.visible(row[field]) for field in LONGEST}
        motif = row["motif"] if row["motif"] != "auto" else motif_of(texts["visual"]) or "auto"
        spoken = f"{texts['narration']} {texts['title']} {texts['kicker']}"
        scenes.append(
            Scene(
                id=scene_id(facts.seed, f"{len(scenes)}:{row['role']}:{texts['narration']}", [s.id for s in scenes]),
                role=row["role"],
                motif=motif,
                source=source,
                shot_size=row["shot_size"],
                camera=row["camera"],
                angle=row["angle"],
                seconds=seconds,
                cuts=inside,
                transition=row["transition"],
                claims=claims.traced(row["claims"], spoken, facts.listing) if facts.listing else (),
                model=row["model"],
                take=next_take(scenes, motif),
                **texts,
            )
        )
    return tuple(scenes)


def _sources(rows: Sequence[Written], facts: WritingFacts) -> list[Source]:
    """Where each picture comes from; a listing's film is made of the person's photos, the least used first."""
    files = named(facts.images)
    used = dict.fromkeys(files, 0)
    for row in rows:
        if row.get("image") is not None:
            used[row["image"]] += 1
    out = []
    for row in rows:
        chosen = row.get("image")
        if chosen is None and facts.way == "listing" and used:
            chosen = min(used, key=lambda name: used[name])
            used[chosen] += 1
        if chosen is not None:
            out.append(Source(kind="image", asset=files[chosen].asset))
        elif row.get("use_frame") and facts.analysis is not None:
            shot = facts.analysis.shots[int(row["sample_shot"]) - 1]
            out.append(Source(kind="key_frame", asset=facts.sample_asset, time=shot.key_time))
        else:
            out.append(Source())
    return out


def _palette(said: Sequence[object], facts: WritingFacts) -> tuple[str, ...]:
    """The colours that are some, else the sample's, else the category's by default."""
    found = [colour for colour in (str(one).strip().lower() for one in said) if HEX.fullmatch(colour)]
    if not found and facts.analysis is not None:
        found = [colour.hex for colour in sorted(facts.analysis.palette, key=lambda colour: -colour.share)]
    return tuple(dict.fromkeys(found))[:6]
