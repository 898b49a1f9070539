"""Edits of length, and the room a film has left."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.edits import ScaleDuration, SetDuration, SetTotal
from core.domain.errors import ImpossibleEdit
from core.domain.plan import MAX_SCENE_SECONDS, MAX_SECONDS, MIN_SCENE_SECONDS, MIN_SECONDS, Plan, Scene
from core.domain.reshape import fitted, least_seconds, resized

SAME = 0.02
"""Seconds; less than a frame is no difference."""
ROUNDING = 0.004
"""Seconds that twelve lengths at three decimals may add."""

Outcome = tuple[Plan, tuple[str, ...]]


def spoken(seconds: float) -> str:
    """`2.4 s`, `30 s`, `2.25 s`."""
    text = f"{seconds:.2f}".rstrip("0").rstrip(".")
    return f"{text} s"


def number(plan: Plan, scene_id: str) -> int:
    """The scene's place in the film, from 1; ImpossibleEdit when the plan has no such scene."""
    for place, scene in enumerate(plan.scenes, start=1):
        if scene.id == scene_id:
            return place
    count = len(plan.scenes)
    named = f"scene {scene_id}" if scene_id.isdigit() else "that scene"
    raise ImpossibleEdit(
        f"The film has no {named}; it has {count} {'scene' if count == 1 else 'scenes'}.",
        f"Name a scene from 1 to {count}." if count > 1 else "Its only scene is scene 1.",
    )


def replaced(plan: Plan, scene: Scene) -> Plan:
    """The plan with that scene in the place of the one with its id."""
    return plan.but(scenes=tuple(scene if s.id == scene.id else s for s in plan.scenes))


def with_scenes(plan: Plan, scenes: Sequence[Scene], why: str) -> Outcome:
    """The plan with these scenes, squeezed or stretched into a film's bounds when they leave them."""
    total = sum(s.seconds for s in scenes)
    if MIN_SECONDS - ROUNDING <= total <= MAX_SECONDS + ROUNDING:
        return plan.but(scenes=tuple(scenes)), ()
    bound = MIN_SECONDS if total < MIN_SECONDS else MAX_SECONDS
    needed = sum(least_seconds(s) for s in scenes)
    if needed > MAX_SECONDS:
        raise ImpossibleEdit(
            f"{why} would make the film {spoken(needed)} at least; {spoken(MAX_SECONDS)} is the most.",
            "Shorten or remove something else first.",
        )
    verb = "lengthened" if bound == MIN_SECONDS else "shortened"
    note = f"A film lasts {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s, so the scenes were {verb} to fit {spoken(bound)}."
    return plan.but(scenes=fitted(scenes, bound)), (note,)


def set_duration(plan: Plan, edit: SetDuration) -> Outcome:
    """One scene's length, as near to the wish as its line and the film allow."""
    place = number(plan, edit.scene)
    scene = plan.scene(edit.scene)
    others = plan.seconds - scene.seconds
    reason, seconds = _allowed(scene, edit.seconds, others, place)
    if not reason:
        return replaced(plan, resized(scene, seconds)), ()
    moved = seconds - scene.seconds
    if abs(moved) < SAME or moved * (edit.seconds - scene.seconds) < 0:
        raise ImpossibleEdit(
            f"Scene {place} cannot last {spoken(edit.seconds)}: {reason}.",
            f"It can last {spoken(seconds)}" + (", or less with a shorter line." if "line" in reason else "."),
        )
    verb = "shortened" if moved < 0 else "lengthened"
    note = f"{reason[:1].upper()}{reason[1:]}, so it was {verb} to {spoken(seconds)}, not {spoken(edit.seconds)}."
    return replaced(plan, resized(scene, seconds)), (note,)


def _allowed(scene: Scene, wish: float, others: float, place: int) -> tuple[str, float]:
    """Why the wish cannot be met ('' when it can), and the nearest length that can."""
    least, most = least_seconds(scene), scene.most_seconds
    bounds = [
        (f"scene {place}'s line needs {spoken(least)}", least > MIN_SCENE_SECONDS and wish < least, least),
        (f"a scene lasts at least {spoken(MIN_SCENE_SECONDS)}", wish < MIN_SCENE_SECONDS, MIN_SCENE_SECONDS),
        (f"a film lasts at least {spoken(MIN_SECONDS)}", wish + others < MIN_SECONDS, MIN_SECONDS - others),
        (f"a scene lasts at most {spoken(MAX_SCENE_SECONDS)}", wish > MAX_SCENE_SECONDS, MAX_SCENE_SECONDS),
        (f"the recording of scene {place} lasts {spoken(most)}", most < MAX_SCENE_SECONDS and wish > most, most),
        (f"a film lasts at most {spoken(MAX_SECONDS)}", wish + others > MAX_SECONDS, MAX_SECONDS - others),
    ]
    broken = [(reason, round(bound, 3)) for reason, is_broken, bound in bounds if is_broken]
    if not broken:
        return "", wish
    return min(broken, key=lambda b: b[1]) if wish > scene.seconds else max(broken, key=lambda b: b[1])


def scale_duration(plan: Plan, edit: ScaleDuration) -> Outcome:
    """Some scenes, each by itself, or the whole film."""
    if edit.scenes is None:
        return set_total(plan, SetTotal(seconds=min(MAX_SECONDS, max(MIN_SECONDS, plan.seconds * edit.factor))))
    notes: list[str] = []
    refused: list[ImpossibleEdit] = []
    for scene_id in edit.scenes:
        number(plan, scene_id)
        seconds = round(plan.scene(scene_id).seconds * edit.factor, 2)
        try:
            plan, said = set_duration(plan, SetDuration(scene=scene_id, seconds=seconds))
        except ImpossibleEdit as problem:
            refused.append(problem)
            said = (problem.sentence,)
        notes.extend(said)
    if refused and len(refused) == len(edit.scenes):
        raise refused[0]
    return plan, tuple(notes)


def _or_its_recording(plan: Plan) -> str:
    return ", and no longer than the recording that it plays" if any(s.plays for s in plan.scenes) else ""


def set_total(plan: Plan, edit: SetTotal) -> Outcome:
    """The film's length, all scenes in proportion, no line cut off."""
    if not MIN_SECONDS <= edit.seconds <= MAX_SECONDS:
        nearest = MIN_SECONDS if edit.seconds < MIN_SECONDS else MAX_SECONDS
        raise ImpossibleEdit(
            f"A film lasts {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s, not {spoken(edit.seconds)}.",
            f"The nearest is {spoken(nearest)}.",
        )
    after = plan.but(scenes=fitted(plan.scenes, edit.seconds))
    if abs(after.seconds - edit.seconds) < SAME:
        return after, ()
    is_short = after.seconds > edit.seconds
    reason = (
        f"The lines need {spoken(after.seconds)} in all"
        if is_short
        else f"A scene lasts at most {spoken(MAX_SCENE_SECONDS)}{_or_its_recording(plan)}"
    )
    if abs(after.seconds - plan.seconds) < SAME:
        remedy = "Remove a scene or shorten a line first." if is_short else "Add a scene first."
        raise ImpossibleEdit(f"{reason}, so the film cannot last {spoken(edit.seconds)}.", remedy)
    return after, (f"{reason}, so the film lasts {spoken(after.seconds)}, not {spoken(edit.seconds)}.",)
