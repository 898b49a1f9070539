"""Edits of the whole film: transitions, colour, type, voice, music, captions, models, format."""

from __future__ import annotations

from core.domain.apply_lengths import Outcome, number
from core.domain.edits import (
    ChangeBrand,
    ChangeCaptions,
    ChangeCrew,
    ChangeFit,
    ChangeFormat,
    ChangeModel,
    ChangeMusic,
    ChangeVoice,
    Recolour,
    Rename,
    Restyle,
    SetCharacter,
    SetTransition,
)
from core.domain.errors import ImpossibleEdit
from core.domain.plan import MAX_TITLE, MUSIC_BPM, MUSIC_GAIN, VOICE_GAIN, VOICE_RATE, Part, Plan

GRADES = ("warmth", "saturation", "brightness", "contrast")


def set_transition(plan: Plan, edit: SetTransition) -> Outcome:
    """The way into the next scene, of one scene or of all."""
    if edit.scene is not None and number(plan, edit.scene) == len(plan.scenes):
        raise ImpossibleEdit(
            "Nothing follows the last scene, so it has no transition.",
            f"Set the one between scenes {len(plan.scenes) - 1} and {len(plan.scenes)}."
            if len(plan.scenes) > 1
            else "Add a scene first.",
        )
    chosen = {edit.scene} if edit.scene else {s.id for s in plan.scenes[:-1]}
    return plan.but(scenes=tuple(s.but(transition=edit.transition) if s.id in chosen else s for s in plan.scenes)), ()


def recolour(plan: Plan, edit: Recolour) -> Outcome:
    """The grade, moved by steps or set; it ends at -1 and 1."""
    changes: dict[str, object] = {}
    notes: list[str] = []
    for field in GRADES:
        step = getattr(edit, field)
        if step is None:
            continue
        wish = step if edit.absolute else getattr(plan.grade, field) + step
        changes[field] = round(min(1.0, max(-1.0, wish)), 3)
        if abs(wish) > 1:
            notes.append(f"The {field} is at its {'most' if wish > 0 else 'least'} now.")
    if edit.match is not None:
        wish = edit.match if edit.absolute else plan.grade.match + edit.match
        changes["match"] = round(min(1.0, max(0.0, wish)), 3)
    if edit.palette is not None:
        changes["palette"] = edit.palette
    return plan.but(grade=plan.grade.but(**changes)), tuple(notes)


def restyle(plan: Plan, edit: Restyle) -> Outcome:
    """Type and tone."""
    return plan.but(**_given(edit)), ()


def change_voice(plan: Plan, edit: ChangeVoice) -> Outcome:
    """The voice; whoever gets a new name or rate is heard, so that turns it on."""
    changes, notes = _within(_emptied(_given(edit), "own"), {"rate": VOICE_RATE, "gain_db": VOICE_GAIN})
    if changes and edit.enabled is None and not plan.voice.enabled:
        changes["enabled"] = True
        notes.append("The voice is on again.")
    return plan.but(voice=plan.voice.but(**changes)), tuple(notes)


def change_music(plan: Plan, edit: ChangeMusic) -> Outcome:
    """The music; a change of it turns it on."""
    changes, notes = _within(_emptied(_given(edit), "own"), {"bpm": MUSIC_BPM, "gain_db": MUSIC_GAIN})
    if changes and edit.enabled is None and not plan.music.enabled:
        changes["enabled"] = True
        notes.append("The music is on again.")
    return plan.but(music=plan.music.but(**changes)), tuple(notes)


def change_captions(plan: Plan, edit: ChangeCaptions) -> Outcome:
    """The captions; a change of them turns them on."""
    changes = _given(edit)
    notes: list[str] = []
    if changes.get("colour") == "auto":
        changes["colour"] = None
    if changes and edit.enabled is None and not plan.captions.enabled:
        changes["enabled"] = True
        notes.append("The captions are on again.")
    return plan.but(captions=plan.captions.but(**changes)), tuple(notes)


def change_model(plan: Plan, edit: ChangeModel) -> Outcome:
    """The model of one scene or of all; whether it exists is the catalogue's business.

    All are those that are filmed from words or a picture: another model than its own cannot play a recording.
    """
    if edit.scene is not None:
        number(plan, edit.scene)
        chosen = {edit.scene}
    else:
        chosen = {s.id for s in plan.scenes if edit.model == "auto" or not s.plays}
    stays = [str(place) for place, s in enumerate(plan.scenes, 1) if edit.scene is None and s.id not in chosen]
    notes = [f"Scene {place} plays a recording, so who films it stays." for place in stays]
    scenes = tuple(s.but(model=edit.model) if s.id in chosen else s for s in plan.scenes)
    return plan.but(scenes=scenes), tuple(notes)


def change_crew(plan: Plan, edit: ChangeCrew) -> Outcome:
    """The model of one kind of work; whether it exists is the catalogue's business."""
    return plan.but(crew=plan.crew.but(**{edit.work: edit.model})), ()


def set_character(plan: Plan, edit: SetCharacter) -> Outcome:
    """Who looks the same in every scene."""
    return plan.but(character=edit.asset), ()


def change_fit(plan: Plan, edit: ChangeFit) -> Outcome:
    """How takes of another shape fill the frame, of one scene or of all."""
    if edit.scene is not None:
        number(plan, edit.scene)
    return plan.but(scenes=tuple(s.but(fit=edit.fit) if edit.scene in {None, s.id} else s for s in plan.scenes)), ()


def change_brand(plan: Plan, edit: ChangeBrand) -> Outcome:
    """Logo, end card and label."""
    return plan.but(brand=plan.brand.but(**_emptied(_given(edit), "logo"))), ()


def change_format(plan: Plan, edit: ChangeFormat) -> Outcome:
    """Shape and size."""
    return plan.but(**_given(edit)), ()


def rename(plan: Plan, edit: Rename) -> Outcome:
    """The film's name."""
    title = " ".join(edit.title.split())
    if not title or len(title) > MAX_TITLE:
        raise ImpossibleEdit(
            "The film needs a name." if not title else f"That name has {len(title)} characters.",
            f"Use 1 to {MAX_TITLE} characters.",
        )
    return plan.but(title=title), ()


def _given(edit: Part) -> dict[str, object]:
    """The fields an edit sets, without its kind."""
    return {k: v for k, v in edit.model_dump(exclude={"kind"}).items() if v is not None}


def _emptied(changes: dict[str, object], field: str) -> dict[str, object]:
    """The changes, with None for an empty `field`."""
    return {**changes, field: None} if changes.get(field) == "" else changes


def _within(changes: dict[str, object], bounds: dict[str, tuple[float, float]]) -> tuple[dict[str, object], list[str]]:
    """The changes with numbers brought between their bounds, and a note for each that was."""
    notes: list[str] = []
    for field, (low, high) in bounds.items():
        wish = changes.get(field)
        if isinstance(wish, float) and not low <= wish <= high:
            changes[field] = low if wish < low else high
            name = {"gain_db": "loudness", "bpm": "tempo", "rate": "speed"}[field]
            notes.append(f"The {name} goes from {low:g} to {high:g}, so it is {changes[field]:g} now.")
    return changes, notes
