"""What differs between two plans, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.apply_lengths import SAME, spoken
from core.domain.plan import Part, Plan, Scene

TEXTS = {"visual": "picture", "narration": "line", "title": "title", "kicker": "small line", "sound": "sound"}
CHOICES = {
    "shot_size": "framing",
    "camera": "camera",
    "angle": "angle",
    "motif": "motif",
    "model": "model",
    "transition": "transition",
    "fit": "fit",
}
SOURCES = {
    "drawn": "drawn",
    "image": "made from your image",
    "key_frame": "made from the sample's frame",
    "performance": "the character plays your recording",
}
WORKS = {
    "language": "Words",
    "still": "Stills",
    "speech": "Speech",
    "transcription": "Transcription",
    "music": "Music",
    "effect": "Effects",
}


def describe(before: Plan, after: Plan) -> tuple[str, ...]:
    """The differences, scenes first; scenes are numbered as in `before`, new ones as in `after`."""
    return (*_comings_and_goings(before, after), *_order(before, after), *_scenes(before, after), *_film(before, after))


def by_scene(before: Plan, after: Plan) -> dict[str, tuple[str, ...]]:
    """What has changed inside each scene that is in both, by its id; scenes without a change are left out."""
    last = after.scenes[-1].id
    both = [(before.scene(scene.id), scene) for scene in after.scenes if scene.id in _numbers(before)]
    changed = {new.id: tuple(_scene(old, new, is_last=new.id == last)) for old, new in both}
    return {key: lines for key, lines in changed.items() if lines}


def beside_scenes(before: Plan, after: Plan) -> tuple[str, ...]:
    """What has changed beside the insides of scenes: their order, and everything of the whole film."""
    return (*_order(before, after), *_film(before, after))


def _numbers(plan: Plan) -> dict[str, int]:
    return {s.id: place for place, s in enumerate(plan.scenes, start=1)}


def _listed(numbers: Sequence[int]) -> str:
    """`2`, `1 and 4`, `1, 2 and 5`."""
    said = [str(n) for n in numbers]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _comings_and_goings(before: Plan, after: Plan) -> list[str]:
    """Scenes that were removed or added."""
    was, now = _numbers(before), _numbers(after)
    gone = [f"Scene {place} removed" for key, place in was.items() if key not in now]
    come = []
    for key, place in now.items():
        if key not in was:
            scene = after.scene(key)
            about = scene.title or scene.visual
            come.append(f"New scene {place}: “{_short(about)}”, {spoken(scene.seconds)}")
    return gone + come


def _order(before: Plan, after: Plan) -> list[str]:
    """How the scenes that are in both have moved against each other."""
    was = _numbers(before)
    old = [s.id for s in before.scenes if s.id in _numbers(after)]
    new = [s.id for s in after.scenes if s.id in was]
    if old == new:
        return []
    moved = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    if len(moved) == 2:
        return [f"Scenes {_listed(sorted(was[old[i]] for i in moved))} change places"]
    for key in old:
        if [k for k in old if k != key] == [k for k in new if k != key]:
            place = new.index(key)
            where = "to the start" if place == 0 else f"behind scene {was[new[place - 1]]}"
            return [f"Scene {was[key]} moves {where}"]
    return [f"New order of the scenes: {', '.join(str(was[k]) for k in new)}"]


def _scenes(before: Plan, after: Plan) -> list[str]:
    """What has changed inside the scenes that are in both; the same change of several is said once."""
    was, now = _numbers(before), _numbers(after)
    said: dict[str, list[int]] = {}
    for key, place in was.items():
        if key in now:
            is_last = now[key] == len(now)
            for line in _scene(before.scene(key), after.scene(key), is_last=is_last):
                said.setdefault(line, []).append(place)
    out = []
    for line, places in said.items():
        who = "All scenes" if len(places) == len(was) > 1 else f"Scene{'s' * (len(places) > 1)} {_listed(places)}"
        out.append(f"{who}: {line}")
    return out


def _scene(old: Scene, new: Scene, *, is_last: bool) -> list[str]:
    """The changes of one scene."""
    out = []
    if abs(old.seconds - new.seconds) >= SAME:
        out.append(f"{_tenths(old.seconds, new.seconds)}")
    for field, name in TEXTS.items():
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            out.append(f"{name} is now “{_short(now)}”" if now else f"no {name}")
    for field, name in CHOICES.items():
        was, now = getattr(old, field), getattr(new, field)
        if was != now and not (field == "transition" and is_last):
            out.append(f"{name} {_plain(was)} → {_plain(now)}")
    if old.source != new.source:
        out.append(SOURCES[new.source.kind])
    if old.take != new.take:
        out.append("a new take")
    return out


def _film(before: Plan, after: Plan) -> list[str]:
    """Everything that belongs to the whole film."""
    out = []
    if abs(before.seconds - after.seconds) >= SAME:
        out.append(f"The film: {_tenths(before.seconds, after.seconds)}")
    for field, name in {
        "title": "Name",
        "aspect": "Shape",
        "resolution": "Size",
        "tone": "Tone",
        "style": "Type",
    }.items():
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            out.append(f"{name}: {_plain(was)} → {_plain(now)}")
    out += _grade(before, after)
    out += _crew(before, after)
    if before.character != after.character:
        out.append("A character is kept in every scene" if after.character else "No character is kept")
    out += _brand(before, after)
    for field, name in {"voice": "Voice", "music": "Music", "captions": "Captions"}.items():
        out += _part(name, getattr(before, field), getattr(after, field))
    return out


def _crew(before: Plan, after: Plan) -> list[str]:
    """Who makes what beside the clips."""
    return [
        f"{name} by: {_plain(getattr(before.crew, field))} → {_plain(getattr(after.crew, field))}"
        for field, name in WORKS.items()
        if getattr(before.crew, field) != getattr(after.crew, field)
    ]


def _brand(before: Plan, after: Plan) -> list[str]:
    """Logo, end card and label."""
    was, now, out = before.brand, after.brand, []
    if was.logo != now.logo:
        out.append("A logo" if was.logo is None else "Another logo" if now.logo else "No logo")
    if was.corner != now.corner:
        out.append(f"Logo: {_plain(was.corner)} → {_plain(now.corner)}")
    if was.end_card != now.end_card:
        out.append(f"End card: “{_short(now.end_card)}”" if now.end_card else "No end card")
    if was.label != now.label:
        out.append(f"AI label {'on' if now.label else 'off'}")
    return out


def _grade(before: Plan, after: Plan) -> list[str]:
    """Colour, each value as a signed percentage."""
    out = [
        f"{name}: {getattr(before.grade, field):+.0%} → {getattr(after.grade, field):+.0%}"
        for field, name in {
            "warmth": "Warmth",
            "saturation": "Colour strength",
            "brightness": "Brightness",
            "contrast": "Contrast",
            "match": "Match with the palette",
        }.items()
        if getattr(before.grade, field) != getattr(after.grade, field)
    ]
    if before.grade.palette != after.grade.palette:
        out.append(f"Palette: {', '.join(after.grade.palette) or 'of the sample'}")
    return out


def _part(name: str, old: Part, new: Part) -> list[str]:
    """The changes of voice, music or captions."""
    out = []
    for field, now in new.model_dump().items():
        was = getattr(old, field)
        if was == now:
            continue
        if field == "own":
            out.append(f"{name}: {'your own recording' if now else 'made by the model'}")
        elif field == "enabled":
            out.append(f"{name} {'on' if now else 'off'}")
        elif field == "burn":
            out.append(f"{name} {'in the picture' if now else 'only in files beside the film'}")
        elif field == "gain_db":
            out.append(f"{name} loudness: {was:+g} dB → {now:+g} dB")
        elif field == "name":
            out.append(f"{name}: {str(was).capitalize()} → {str(now).capitalize()}")
        else:
            label = {"bpm": "tempo", "rate": "speed"}.get(field, field)
            out.append(f"{name} {label}: {_plain(was)} → {_plain(now)}")
    return out


def _tenths(old: float, new: float) -> str:
    """`4.0 s → 3.0 s`; hundredths where tenths would look the same."""
    digits = 1 if f"{old:.1f}" != f"{new:.1f}" else 2
    return f"{old:.{digits}f} s → {new:.{digits}f} s"


def _plain(value: object) -> str:
    """A value as a person says it."""
    sizes = {"s": "small", "m": "medium", "l": "large"}
    if value is None:
        return "auto"
    if isinstance(value, float):
        return f"{value:g}"
    return sizes.get(str(value), str(value).replace("_", " ").replace("still:", ""))


def _short(text: str) -> str:
    """At most about 80 characters, ended at a word."""
    if len(text) <= 80:
        return text
    return text[:80].rsplit(" ", 1)[0].rstrip(" ,.;:") + " …"
