"""What is seen in each scene: motif, words, framing, camera and the way into the next one."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

from core.domain.analysis import SampleAnalysis
from core.domain.plan import Angle, Camera, Motif, Role, ShotSize, Source, Transition
from core.providers.local.writer.beats import Beat
from core.providers.local.writer.brief import Reading
from core.providers.local.writer.categories import Category, Picture
from core.providers.local.writer.structure import Stretch, shot_at

PHONE = r"phones?|smartphones?|apps?|mobile|notifications?|swipes?|software|texting|messenger"
"""Words for which a phone is drawn, and no others."""
MOTIF_WORDS: tuple[tuple[str, Motif], ...] = (
    (PHONE, "still:phone"),
    (r"prices?|costs?|pay|pays|fees?|cheap|money|coins?|savings|[$€£]\d\S*", "still:coins"),
    (r"per ?cent|%|percent|growth|grows?|numbers|twice|double|faster", "chart"),
    (r"coffee|tea|chai|matcha|cups?|espresso|roast\w*|brew\w*", "still:cup"),
    (r"bread|sourdough|bakes?|food|meals?|dish\w*|cook\w*|pizza|slice", "still:food"),
    (r"bottles?|serum|wine|oil|perfume", "still:bottle"),
    (r"deliver\w*|ships?|shipping|box\w*|packag\w*|parcel\w*|gifts?|orders?", "still:box"),
    (r"mountains?|walks?|hik\w*|trails?|outdoors?|hills?|valley", "ridge"),
    (r"city|cities|street\w*|night|downtown|town", "city"),
    (r"world|planet\w*|stars?|space|members|community", "orbit"),
    (r"people|team|guests?|beginners|friends|customers|students|family", "portrait"),
)
"""Words of a point, and what the local renderer draws for them."""
SETTINGS: tuple[tuple[str, str], ...] = (
    (r"nights?|midnight|nocturnal", "Late at night, lamps and screens the only light"),
    (r"sunset|evenings?|dusk|tonight", "Low evening sun, long warm shadows"),
    (r"mornings?|dawn|sunrise|breakfast|[4-9] ?am", "Early morning, soft light from one side"),
    (r"winter|snow|christmas", "Winter, pale light and breath in the air"),
    (r"summer|beach|holidays?", "Bright summer day, strong colours"),
    (r"rain|rainy|autumn", "Wet autumn day, reflections on the ground"),
)
"""Words of a brief, and the hour or weather of its film."""
THINGS = (
    r"lamps?|lanterns?|books?|novels?|notebooks?|chairs?|armchairs?|sofas?|shoes?|sneakers?|"
    r"boots?|trainers?|cars?|bikes?|e-?bikes?|bicycles?|scooters?|watch(?:es)?|clocks?|headphones?|guitars?|pianos?|"
    r"drums?|cameras?|backpacks?|bags?|glasses|umbrellas?|tents?|shirts?|laptops?|keyboards?|printers?|tvs?|toys?|"
    r"dumbbells?|candles?|pens?|pencils?|scissors|hammers?|keys?|doors?|trains?|planes?|boats?"
)
"""Things that no studio picture shows, but a line drawing does."""
SIGN = Picture("glyph", "One clear line drawing of {subject} takes shape, alone in the light")
HOURS = r"night|dusk|dawn|morning|evening|sun\b|first light|midday|dark"
"""Words of a picture that has an hour of its own."""
DETAILS = (
    "Shallow focus, the background melts into soft discs of light",
    "Fine dust drifts through the beam of light",
    "A hand enters at the edge of the picture and stops",
    "Soft reflections slide over a pane of glass in front",
    "Dark foreground, one bright spot in the middle distance",
    "A thin haze makes every ray of light visible",
    "Strong side light, every texture can be felt",
    "Something out of focus passes close to the lens",
    "Plenty of empty space above, calm and uncluttered",
    "A single warm accent in an otherwise cool picture",
    "Slight flicker of light, as if a cloud passed",
    "Clean outlines against a plain, darker ground",
)
"""What makes a picture a particular one."""
FRAMINGS: dict[ShotSize, str] = {
    "extreme_wide": "Extreme wide shot",
    "wide": "Wide shot",
    "medium": "Medium shot",
    "close_up": "Close-up",
    "extreme_close_up": "Extreme close-up",
}
SHOT_SIZES: dict[Role, tuple[ShotSize, ...]] = {
    "hook": ("medium", "close_up", "wide"),
    "problem": ("medium", "wide"),
    "reveal": ("medium", "close_up"),
    "feature": ("close_up", "medium", "extreme_close_up"),
    "proof": ("medium", "close_up"),
    "mood": ("wide", "extreme_wide", "medium"),
    "cta": ("medium",),
}
CAMERAS: dict[Role, tuple[Camera, ...]] = {
    "hook": ("push_in", "tilt_up"),
    "problem": ("handheld", "pan_left"),
    "reveal": ("orbit", "pull_out"),
    "feature": ("push_in", "pan_right", "tilt_down", "pan_left"),
    "proof": ("push_in", "tilt_up"),
    "mood": ("pull_out", "pan_right", "tilt_up"),
    "cta": ("static", "push_in"),
}
"""Without a sample, or where it shows a still."""
STILL = 0.004
"""Motion under which a shot of the sample is a still picture."""
FAST, CALM = 2.6, 4.6
"""Mean seconds of a shot: under the first the film is fast, over the second calm."""
IMAGE_ROLES: tuple[Role, ...] = ("reveal", "feature", "hook", "proof", "mood", "problem")
"""Which scenes the person's images go to first."""


class Seen(NamedTuple):
    """The picture of one scene."""

    motif: Motif
    visual: str
    shot_size: ShotSize
    camera: Camera
    angle: Angle


def see(
    beats: Sequence[Beat],
    stretches: Sequence[Stretch],
    category: Category,
    reading: Reading,
    analysis: SampleAnalysis | None,
    seed: int,
) -> list[Seen]:
    """A picture for each beat: no motif twice in a row, no picture twice while there is another."""
    dice = random.Random(seed)
    details = _details(len(beats), random.Random(f"{seed}:{reading.text}"))
    setting = _setting(reading.text)
    cast = Cast(category, reading)
    seen: list[Seen] = []
    used: dict[str, int] = {}
    counts: dict[Role, int] = {}
    for beat, stretch in zip(beats, stretches, strict=True):
        turn = counts.get(beat.role, 0)
        counts[beat.role] = turn + 1
        before = seen[-1].motif if seen else ""
        picture = _picture(beat, cast, before, used, dice)
        used[picture.visual] = used.get(picture.visual, 0) + 1
        size = SHOT_SIZES[beat.role][turn % len(SHOT_SIZES[beat.role])]
        angle: Angle = {"reveal": "low", "problem": "high"}.get(beat.role, "eye_level")  # type: ignore[assignment]
        seen.append(
            Seen(
                motif=picture.motif,  # type: ignore[arg-type]
                visual=_in_words(picture, size, reading, beat.about, (setting, details[len(seen)])),
                shot_size=size,
                camera=_camera(beat.role, turn, stretch, analysis),
                angle=angle,
            )
        )
    return seen


def _setting(text: str) -> str:
    """The hour or the weather of the film, where the brief names one."""
    return next((says for words, says in SETTINGS if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)), "")


def _details(count: int, dice: random.Random) -> list[str]:
    """A detail for each scene, each of them once before any comes again."""
    shuffled = dice.sample(DETAILS, len(DETAILS))
    return [shuffled[i % len(shuffled)] for i in range(count)]


class Cast:
    """The pictures of a category that suit the subject: no phone for a lamp, a drawn sign for a thing with one."""

    def __init__(self, category: Category, reading: Reading) -> None:
        said = f"{reading.name} {reading.what} {reading.matter or reading.text}"
        self.category = category
        self.has_phone = bool(re.search(rf"\b(?:{PHONE})\b", said, re.IGNORECASE))
        self.is_thing = not self.has_phone and bool(re.search(rf"\b(?:{THINGS})\b", reading.what, re.IGNORECASE))

    def of(self, role: Role) -> list[Picture]:
        """The pictures for that role, at least one."""
        if role == "reveal" and self.is_thing:
            return [SIGN]
        found = [p for p in self.category.pictures_of(role) if self.has_phone or p.motif != "still:phone"]
        return found or [SIGN]

    def with_motif(self, motif: str) -> list[Picture]:
        """All pictures of the category with that motif."""
        return [p for role in self.category.pictures for p in self.of(role) if p.motif == motif]


def _picture(beat: Beat, cast: Cast, before: str, used: dict[str, int], dice: random.Random) -> Picture:
    """The picture that suits the words, is fresh, and differs from the one before."""
    pictures = cast.of(beat.role)
    wish = motif_of(beat.about) if beat.about else None
    if wish and wish != before and all(p.motif != wish for p in pictures):
        pictures = cast.with_motif(wish) or pictures
    shuffled = dice.sample(pictures, len(pictures))

    def worth(picture: Picture) -> tuple[bool, int, bool]:
        return picture.motif == before, used.get(picture.visual, 0), picture.motif != wish

    best = min(shuffled, key=worth)
    if best.motif == before or used.get(best.visual, 0):
        spare = [p for p in cast.of("mood") if p.motif != before and not used.get(p.visual)]
        best = dice.choice(spare) if spare and beat.role != "cta" else best
    return best


def motif_of(words: str) -> Motif | None:
    """What the words call for, if anything."""
    for pattern, motif in MOTIF_WORDS:
        if re.search(rf"(?<!\w)(?:{pattern})(?!\w)", words, re.IGNORECASE):
            return motif
    return None


def _in_words(picture: Picture, size: ShotSize, reading: Reading, about: str, more: tuple[str, str]) -> str:
    """A sentence or two that a video model could film."""
    subject, name = reading.subject, reading.name or reading.subject.strip("“”")
    upper = subject[:1].upper() + subject[1:]
    text = picture.visual.replace("the name of {subject}", f"the words “{name}”")
    text = text.replace("{subject}", subject).replace("{Subject}", upper).rstrip(".")
    setting, detail = more
    if re.search(HOURS, text, re.IGNORECASE):
        setting = ""
    made = ". ".join(part for part in (FRAMINGS[size], text, setting, detail) if part)
    if about:
        made += f". In this moment: {about[:200].rstrip()}"
    return f"{made[:790]}."


def _camera(role: Role, turn: int, stretch: Stretch, analysis: SampleAnalysis | None) -> Camera:
    """The move of the sample's shot at that place; a usual one where it has none."""
    if analysis is not None:
        shot = shot_at(analysis, stretch.place)
        if shot.camera != "static" or shot.motion > STILL:
            return shot.camera
    return CAMERAS[role][turn % len(CAMERAS[role])]


def transitions(
    beats: Sequence[Beat], stretches: Sequence[Stretch], analysis: SampleAnalysis | None, total: float
) -> list[Transition]:
    """Into each next scene: as the sample does it, else by role and pace."""
    mean = total / (len(analysis.shots) if analysis else len(beats))
    out: list[Transition] = []
    for place, (beat, stretch) in enumerate(zip(beats[1:], stretches[1:], strict=True)):
        begins = stretch.place - stretch.seconds / total / 2
        opening = shot_at(analysis, begins + 0.002).opens_with if analysis else "cut"
        if opening in {"dissolve", "fade"}:
            out.append("dissolve" if opening == "dissolve" else "dip")
        else:
            out.append(_usual_way(beat.role, place, mean))
    return [*out, "cut"]


def _usual_way(role: Role, place: int, mean: float) -> Transition:
    """Into a scene of that role, in a film whose shots last `mean` seconds."""
    special: dict[Role, Transition]
    if mean < FAST:
        special = {"reveal": "zoom", "cta": "whip"}
        return special.get(role, "whip" if place % 3 == 2 else "cut")
    if mean > CALM:
        return "dip" if role == "cta" else "dissolve"
    special = {"reveal": "zoom", "cta": "dissolve", "problem": "wipe"}
    return special.get(role, "slide" if place % 4 == 3 else "cut")


def sources(
    beats: Sequence[Beat],
    stretches: Sequence[Stretch],
    images: Sequence[str],
    sample_asset: str | None,
    analysis: SampleAnalysis | None,
) -> list[Source]:
    """Where each picture comes from: the person's images first, then frames of the sample if given, else drawn.

    `sample_asset` is None when the sample's frames may not be used.
    """
    out = [Source() for _ in beats]
    order = [i for role in IMAGE_ROLES for i, beat in enumerate(beats) if beat.role == role]
    taken = order[: len(images)]
    for place, image in zip(taken, images, strict=False):
        out[place] = Source(kind="image", asset=image)
    if sample_asset and analysis:
        left = [i for i in order if i not in taken and beats[i].role in {"hook", "mood", "problem", "feature"}]
        shots = {i: shot_at(analysis, stretches[i].place) for i in left}
        used: set[float] = set()
        for place in sorted(left, key=lambda i: -shots[i].sharpness)[: max(1, len(beats) // 3)]:
            if shots[place].key_time not in used:
                used.add(shots[place].key_time)
                out[place] = Source(kind="key_frame", asset=sample_asset, time=shots[place].key_time)
    return out
