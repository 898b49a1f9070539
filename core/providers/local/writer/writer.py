"""The offline writer: a brief and a measured sample become a plan, by rules and templates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from core.domain.analysis import SampleAnalysis
from core.domain.plan import (
    MAX_SCENE_SECONDS,
    MAX_SCENES,
    Captions,
    CaptionStyle,
    Grade,
    Music,
    Plan,
    Platform,
    Scene,
    Tone,
    TypeStyle,
    Voice,
)
from core.domain.reshape import fitted_lengths, least_seconds, next_take, resized, scene_id
from core.domain.time import Aspect, Resolution
from core.domain.ways import NO_MUSIC
from core.providers.local.writer import english, pictures
from core.providers.local.writer.beats import Beat
from core.providers.local.writer.brief import Reading, read_brief, read_tale
from core.providers.local.writer.categories import Category, choose_category
from core.providers.local.writer.offer import finished, photos, read_offer, shown
from core.providers.local.writer.script import Script
from core.providers.local.writer.structure import SHORTEST_MEAN, Stretch, film_seconds, pace, scene_count
from core.providers.local.writer.titles import cut_short
from core.providers.local.writer.tongues import voice_for

WRITER = "Offline writer (templates, no AI model)"
STYLES: dict[Tone, TypeStyle] = {
    "warm": "serif",
    "calm": "serif",
    "tense": "impact",
    "tech": "grotesk",
    "night": "impact",
    "hope": "grotesk",
    "playful": "heavy",
}
TEMPOS: dict[Tone, float] = {
    "warm": 92, "calm": 76, "tense": 124, "tech": 108, "night": 112, "hope": 100, "playful": 120,
}  # fmt: skip
"""Beats a minute that suit a tone when the sample has none to follow."""
FRAME_SCENES = 3
"""Scenes of a listing's film beside its points: it begins, the product steps in, and the call."""
LONGEST_LOOK = 7.5
"""Seconds that a product is looked at in one scene, before another one begins."""
SURE_TEMPO = 0.4
"""Confidence from which the sample's tempo is followed."""
CAPTIONS: dict[Tone, CaptionStyle] = {"playful": "pop", "calm": "clean"}


def write_plan(
    *,
    brief: str,
    category: str,
    platform: Platform,
    aspect: Aspect,
    resolution: Resolution,
    seconds: float | None,
    seed: int,
    analysis: SampleAnalysis | None,
    images: Sequence[str],
    sample_asset: str | None,
    may_use_frames: bool,
    title: str | None,
    scenes: int | None = None,
    offer: Mapping[str, str] | None = None,
    music: str = "",
    is_story: bool = False,
) -> Plan:
    """A whole plan from a brief, in the sample's pacing; the same arguments give the same plan.

    A category that is not known is chosen from the brief. `images` and `sample_asset` are asset ids. `scenes` is how
    many there are to be; `offer` the fields of a listing, whose words are then said instead of the brief's, before
    the person's own photos. Of a story the brief is the prompt. `music` is a tone, or core.domain.ways.NO_MUSIC.
    Raises BadBrief when the brief says nothing or too much.
    """
    reading = read_offer(offer) if offer else read_tale(brief) if is_story else read_brief(brief)
    kind = choose_category(category, reading.matter or brief)
    total = film_seconds(seconds, reading.seconds, analysis)
    if offer and scenes is None:
        scenes = _of_offer(total, len(images), len(reading.points))
    stretches = pace(total, analysis, scenes)
    beats = Script(reading, kind.id, [s.seconds for s in stretches], seed).beats()
    beats = finished(beats, offer) if offer else beats
    frames = sample_asset if may_use_frames else None
    made = _scenes(beats, stretches, kind, reading, analysis, images, frames, seed, is_offer=bool(offer))
    tone: Tone = reading.tone or kind.tone
    mood: Tone = music if music in TEMPOS else tone
    return Plan(
        title=_title(title, reading),
        brief=brief,
        category=kind.id,
        platform=platform,
        aspect=aspect,
        resolution=resolution,
        tone=tone,
        style=STYLES[tone],
        seed=seed,
        scenes=_fitting(made, total),
        grade=Grade(palette=_palette(kind, analysis)),
        voice=Voice(name=voice_for(reading.text) or Voice().name),
        music=Music(enabled=music != NO_MUSIC, mood=mood, bpm=_tempo(mood, analysis)),
        captions=Captions(style=CAPTIONS.get(tone, "karaoke")),
        writer=WRITER,
        notes=_notes(reading, beats, has_sample=analysis is not None, is_own=bool(offer) or is_story),
    )


def _of_offer(total: float, photos: int, points: int) -> int | None:
    """How many scenes a listing's film has: every photo is seen, and few words make long looks; None: as usual."""
    usual, said = scene_count(total, None), points + FRAME_SCENES
    most = min(MAX_SCENES, int(total // SHORTEST_MEAN))
    if photos > usual:
        return min(photos, most)
    return max(photos, said, math.ceil(total / LONGEST_LOOK)) if said < usual else None


def _scenes(
    beats: Sequence[Beat],
    stretches: Sequence[Stretch],
    kind: Category,
    reading: Reading,
    analysis: SampleAnalysis | None,
    images: Sequence[str],
    sample_asset: str | None,
    seed: int,
    *,
    is_offer: bool,
) -> list[Scene]:
    """Words, pictures and times put together."""
    total = sum(s.seconds for s in stretches)
    seen = pictures.see(beats, stretches, kind, reading, analysis, seed)
    ways = pictures.transitions(beats, stretches, analysis, total)
    sources = pictures.sources(beats, stretches, images, sample_asset, analysis)
    if is_offer and images:
        sources = photos(len(beats), images)
        seen = [
            p._replace(visual=shown(reading.subject, pictures.FRAMINGS[p.shot_size], b.about))
            for p, b in zip(seen, beats, strict=True)
        ]
    scenes: list[Scene] = []
    for beat, stretch, picture, way, source in zip(beats, stretches, seen, ways, sources, strict=True):
        taken = [s.id for s in scenes]
        scenes.append(
            Scene(
                id=scene_id(seed, f"{len(scenes)}:{beat.role}:{beat.narration}", taken),
                role=beat.role,
                source=source,
                seconds=stretch.seconds,
                cuts=stretch.cuts,
                narration=beat.narration,
                title=beat.title,
                kicker=beat.kicker[:40],
                transition=way,
                take=next_take(scenes, picture.motif),
                **picture._asdict(),
            )
        )
    return scenes


def _fitting(scenes: Sequence[Scene], total: float) -> tuple[Scene, ...]:
    """The scenes with every line fitting; lengths move only where one does not."""
    least = [min(MAX_SCENE_SECONDS, least_seconds(s)) for s in scenes]
    fits = all(s.seconds >= need for s, need in zip(scenes, least, strict=True))
    if fits and abs(sum(s.seconds for s in scenes) - total) < 0.01:
        return tuple(scenes)
    lengths = fitted_lengths([s.seconds for s in scenes], least, total)
    return tuple(resized(s, length) for s, length in zip(scenes, lengths, strict=True))


def _title(title: str | None, reading: Reading) -> str:
    """The film's name: as given, else the brief's name or subject."""
    if title and title.strip():
        return " ".join(title.split())[:80]
    if not reading.is_english and reading.points and reading.points[0].title:
        return reading.points[0].title[:80]
    said = english.capital(english.without_article(reading.what)) if reading.what else ""
    first = english.title_of(reading.text, 9) or cut_short(reading.text)
    return (reading.name or english.title_of(said, 8) or first)[:80] or "Untitled film"


def _palette(kind: Category, analysis: SampleAnalysis | None) -> tuple[str, ...]:
    """The sample's main colours, else the category's."""
    if analysis is None or not analysis.palette:
        return kind.palette
    ranked = sorted(analysis.palette, key=lambda colour: -colour.share)
    return tuple(dict.fromkeys(colour.hex for colour in ranked))[:6]


def _tempo(tone: Tone, analysis: SampleAnalysis | None) -> float:
    """Beats a minute: the sample's where it is sure and usable."""
    tempo = analysis.tempo_bpm if analysis and analysis.tempo_confidence >= SURE_TEMPO else None
    return round(tempo, 1) if tempo and 70 <= tempo <= 150 else TEMPOS[tone]


def _unsaid(reading: Reading, beats: Sequence[Beat]) -> list[str]:
    """What the brief says and no line of the film does."""
    heard = _words(" ".join(f"{b.narration} {b.title}" for b in beats))
    out = []
    for point in reading.points:
        if not point.lines or _words(point.lines[0]) in heard:
            continue
        said = next((line.rstrip(".!?") for line in point.lines if _words(line) in heard), "")
        rest = english.sentence(point.lines[0].removeprefix(said))
        out += [rest] if re.search(r"\w", rest) else []
    return out


def _words(text: str) -> str:
    """The text's words alone, with a space before and after each."""
    bare = " ".join(re.findall(r"\w+", text.lower()))
    return f" {bare} "


def _notes(reading: Reading, beats: Sequence[Beat], *, has_sample: bool, is_own: bool) -> tuple[str, ...]:
    """What would make the film better, as requests to the person."""
    notes = []
    if not reading.is_english:
        notes.append(
            "The brief is not in English, so the lines are its own sentences; the offline writer adds none of its own."
        )
    elif not reading.is_tale:
        if not reading.name and not reading.question and not is_own:
            notes.append("Name the product, person or place, and it will be said and shown.")
        if reading.question and not reading.points:
            notes.append(
                "The offline writer has no knowledge of its own, so the film only asks the question. Add the answer in "
                "two or three sentences, and they will be told scene by scene."
            )
        elif len(reading.points) < 2:
            notes.append("Two or three concrete points would replace the general lines.")
        if not reading.call and not reading.url:
            notes.append("Say what people should do at the end: a call to action or an address.")
    unsaid = _unsaid(reading, beats)
    if unsaid:
        notes.append(f"There was no time for: {' '.join(unsaid)} A longer film would say it.")
    spare = sum(1 for b in beats if not b.narration)
    if spare and reading.is_offer:
        notes.append(
            f"The listing says little for a film of this length, so {spare} of {len(beats)} scenes are quiet, longer "
            "looks with music and no line that says nothing of the product. A longer description, or a shorter film, "
            "would be told throughout."
        )
    elif spare:
        notes.append(f"{spare} of {len(beats)} scenes have no spoken line; tell me what to say there.")
    if not has_sample and not is_own:
        notes.append("With a sample video the film would follow its pacing, colours and camera moves.")
    return tuple(notes)
