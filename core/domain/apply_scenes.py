"""Edits of what the scenes are and how they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.domain.apply_lengths import Outcome, number, replaced, spoken, with_scenes
from core.domain.edits import (
    AddScene,
    ChangeSound,
    DuplicateScene,
    MergeScenes,
    Redo,
    RemoveScene,
    Reorder,
    RewriteScene,
    SplitScene,
)
from core.domain.errors import ImpossibleEdit
from core.domain.plan import (
    LONGEST,
    MAX_SCENE_SECONDS,
    MAX_SCENES,
    MIN_SCENE_SECONDS,
    MIN_SECONDS,
    Plan,
    Scene,
    ShotSize,
    seconds_to_say,
)
from core.domain.reshape import fitted, least_seconds, next_take, resized, scene_id, tidy_cuts

PLAIN_SECONDS = 3.0
"""Length of a new scene that nobody has timed."""
TIGHTER: dict[ShotSize, ShotSize] = {
    "extreme_wide": "wide",
    "wide": "medium",
    "medium": "close_up",
    "close_up": "medium",
    "extreme_close_up": "medium",
}
"""The framing of the second half of a split scene, so that the split is seen."""


def rewrite(plan: Plan, edit: RewriteScene) -> Outcome:
    """The scene with its new words; it is lengthened when the new line does not fit."""
    place = number(plan, edit.scene)
    changes = {k: v for k, v in edit.model_dump(exclude={"kind", "scene"}).items() if v is not None}
    for field, limit in LONGEST.items():
        text = changes.get(field)
        if isinstance(text, str):
            changes[field] = " ".join(text.split())
            if len(text) > limit:
                raise ImpossibleEdit(
                    f"The {_called(field)} of scene {place} would have {len(text)} characters.",
                    f"At most {limit} fit.",
                )
    if changes.get("visual") == "":
        raise ImpossibleEdit(f"Scene {place} must show something.", "Say what is seen, or remove the scene.")
    needed = seconds_to_say(changes.get("narration") or "")
    if needed > MAX_SCENE_SECONDS:
        raise ImpossibleEdit(
            f"That line needs {spoken(needed)}; a scene lasts at most {spoken(MAX_SCENE_SECONDS)}.",
            "Use a shorter line, or split it over two scenes.",
        )
    scene = plan.scene(edit.scene).but(**changes)
    if edit.narration is not None and needed > scene.most_seconds:
        raise ImpossibleEdit(
            f"That line needs {spoken(needed)}, and the recording that scene {place} plays lasts "
            f"{spoken(scene.most_seconds)}.",
            "Use a shorter line, or a longer recording.",
        )
    if edit.narration is None or needed <= scene.seconds:
        return replaced(plan, scene), ()
    longer = resized(scene, needed)
    scenes = [longer if s.id == scene.id else s for s in plan.scenes]
    after, notes = with_scenes(plan, scenes, f"The line of scene {place}")
    return after, (f"Scene {place} was lengthened to {spoken(needed)} so that its line fits.", *notes)


def _called(field: str) -> str:
    return {"visual": "picture", "narration": "line"}.get(field, field)


def reorder(plan: Plan, edit: Reorder) -> Outcome:
    """The scenes in that order, which names each of them once."""
    for scene in edit.order:
        number(plan, scene)
    if sorted(edit.order) != sorted(s.id for s in plan.scenes):
        raise ImpossibleEdit("The order leaves a scene out or names one twice.", "Name every scene once.")
    return plan.but(scenes=tuple(plan.scene(i) for i in edit.order)), ()


def _room_for_one_more(plan: Plan) -> None:
    if len(plan.scenes) >= MAX_SCENES:
        raise ImpossibleEdit(
            f"The film has {MAX_SCENES} scenes already, the most there can be.", "Remove or merge a scene first."
        )


def _ids(plan: Plan) -> list[str]:
    return [s.id for s in plan.scenes]


def _inserted(plan: Plan, place: int, scene: Scene, why: str) -> Outcome:
    """The scene put at that index, the film kept within its bounds."""
    scenes = [*plan.scenes[:place], scene, *plan.scenes[place:]]
    return with_scenes(plan, scenes, why)


def add(plan: Plan, edit: AddScene) -> Outcome:
    """One more scene, the one given or a plain one; its id is kept when it is new."""
    place = 0 if edit.after is None else number(plan, edit.after)
    _room_for_one_more(plan)
    scene = edit.scene or _plain(plan, edit.about)
    if scene.id in _ids(plan):
        scene = scene.but(id=scene_id(plan.seed, scene.model_dump_json(exclude={"id"}), _ids(plan)))
    scene = scene.but(take=next_take(plan.scenes, scene.motif))
    if scene.seconds < least_seconds(scene):
        scene = resized(scene, least_seconds(scene))
    return _inserted(plan, place, scene, "One more scene")


def _plain(plan: Plan, about: str) -> Scene:
    """A scene that shows what it is about and says nothing."""
    about = " ".join(about.split())[: LONGEST["visual"]]
    if not about:
        raise ImpossibleEdit("A new scene must be about something.", "Say what it shows.")
    made = scene_id(plan.seed, f"about:{about}", _ids(plan))
    return Scene(id=made, role="feature", visual=about, seconds=PLAIN_SECONDS)


def remove(plan: Plan, edit: RemoveScene) -> Outcome:
    """The film without that scene; the rest is lengthened when too little is left."""
    place = number(plan, edit.scene)
    if len(plan.scenes) == 1:
        raise ImpossibleEdit("The film has only this scene.", "Rewrite it, or add another one first.")
    rest = [s for s in plan.scenes if s.id != edit.scene]
    if sum(s.seconds for s in rest) < MIN_SECONDS:
        longer = fitted(rest, MIN_SECONDS)
        note = f"A film lasts at least {spoken(MIN_SECONDS)}, so the scenes that are left were lengthened."
        return plan.but(scenes=longer), (note,)
    return with_scenes(plan, rest, f"The film without scene {place}")


def duplicate(plan: Plan, edit: DuplicateScene) -> Outcome:
    """The scene twice, one behind the other."""
    place = number(plan, edit.scene)
    _room_for_one_more(plan)
    scene = plan.scene(edit.scene)
    take = next_take(plan.scenes, scene.motif)
    copy = scene.but(id=scene_id(plan.seed, f"copy:{scene.id}", _ids(plan)), take=take)
    return _inserted(plan, place, copy, "One more scene")


def split(plan: Plan, edit: SplitScene) -> Outcome:
    """Two scenes at the cut nearest the middle, the line divided at its best pause."""
    place = number(plan, edit.scene)
    _room_for_one_more(plan)
    scene = plan.scene(edit.scene)
    if scene.plays:
        raise ImpossibleEdit(
            f"Scene {place} plays one recording from its beginning, so it cannot be split.",
            "Make it shorter, or take the recording out first.",
        )
    if scene.seconds < 2 * MIN_SCENE_SECONDS:
        raise ImpossibleEdit(
            f"Scene {place} lasts {spoken(scene.seconds)}, too little for two scenes.",
            f"Make it at least {spoken(2 * MIN_SCENE_SECONDS)} long first.",
        )
    at = _split_time(scene)
    said_first, said_then = divided(scene.narration)
    first = scene.but(
        seconds=at, cuts=tidy_cuts([c for c in scene.cuts if c < at], at), narration=said_first, transition="cut"
    )
    rest = round(scene.seconds - at, 3)
    second = scene.but(
        id=scene_id(plan.seed, f"split:{scene.id}", _ids(plan)),
        seconds=rest,
        cuts=tidy_cuts([c - at for c in scene.cuts if c > at], rest),
        narration=said_then,
        shot_size=TIGHTER[scene.shot_size],
        title="",
    )
    halves = [resized(h, max(h.seconds, least_seconds(h))) for h in (first, second)]
    scenes = [*plan.scenes[: place - 1], *halves, *plan.scenes[place:]]
    after, notes = with_scenes(plan, scenes, "The split")
    grown = sum(h.seconds for h in halves)
    if grown > scene.seconds + 0.01:
        notes = (f"The two halves last {spoken(grown)} together so that their lines fit.", *notes)
    return after, notes


def _split_time(scene: Scene) -> float:
    """The cut nearest the middle that leaves two whole scenes, else the middle."""
    middle = scene.seconds / 2
    fit = [c for c in scene.cuts if MIN_SCENE_SECONDS <= c <= scene.seconds - MIN_SCENE_SECONDS]
    return min(fit, key=lambda c: abs(c - middle)) if fit else round(middle, 3)


def divided(line: str) -> tuple[str, str]:
    """A line in two: between sentences, else behind a comma; a line without a pause stays whole."""
    for pause in (r"(?<=[.!?…])\s+", r"(?<=[,;:])\s+"):
        breaks = [m.span() for m in re.finditer(pause, line)]
        if breaks:
            start, end = min(breaks, key=lambda b: abs(b[0] - len(line) / 2))
            return line[:start], line[end : end + 1].upper() + line[end + 1 :]
    return line, ""


def merge(plan: Plan, edit: MergeScenes) -> Outcome:
    """Two neighbours as one scene, with a cut where they met."""
    places = number(plan, edit.first), number(plan, edit.second)
    if abs(places[0] - places[1]) != 1:
        raise ImpossibleEdit(
            f"Scenes {places[0]} and {places[1]} are not next to each other.", "Move one beside the other first."
        )
    first, second = plan.scenes[min(places) - 1], plan.scenes[max(places) - 1]
    if first.plays or second.plays:
        raise ImpossibleEdit(
            "A scene that plays a recording cannot become one with another.", "Take the recording out first."
        )
    narration = f"{first.narration} {second.narration}".strip()
    seconds = min(MAX_SCENE_SECONDS, round(first.seconds + second.seconds, 3))
    needed = seconds_to_say(narration)
    if len(narration) > LONGEST["narration"] or needed > MAX_SCENE_SECONDS:
        raise ImpossibleEdit(
            f"The lines of scenes {min(places)} and {max(places)} are too long for one scene.", "Shorten one first."
        )
    merged = first.but(
        role="cta" if second.role == "cta" else first.role,
        visual=_both(first.visual, second.visual),
        seconds=seconds,
        cuts=tidy_cuts([*first.cuts, first.seconds, *(first.seconds + c for c in second.cuts)], seconds),
        narration=narration,
        title=first.title or second.title,
        kicker=second.kicker if second.role == "cta" else first.kicker,
        transition=second.transition,
    )
    scenes = [merged if s.id == first.id else s for s in plan.scenes if s.id != second.id]
    after, notes = with_scenes(plan, scenes, "The merged film")
    if first.seconds + second.seconds > MAX_SCENE_SECONDS:
        notes = (f"A scene lasts at most {spoken(MAX_SCENE_SECONDS)}, so the merged one was shortened.", *notes)
    return after, notes


def _both(first: str, second: str) -> str:
    """Both pictures in words, as far as they fit."""
    if first == second:
        return first
    return f"{first.rstrip('.')}. Then: {second}"[: LONGEST["visual"]]


def change_sound(plan: Plan, edit: ChangeSound) -> Outcome:
    """The scene with another effect, or none."""
    number(plan, edit.scene)
    sound = " ".join(edit.sound.split())
    if len(sound) > LONGEST["sound"]:
        raise ImpossibleEdit(
            f"That sound is described in {len(sound)} characters.", f"Use {LONGEST['sound']} at the most."
        )
    return replaced(plan, plan.scene(edit.scene).but(sound=sound)), ()


def redo(plan: Plan, edit: Redo) -> Outcome:
    """One more take of each of these scenes."""
    scenes: Sequence[Scene] = plan.scenes
    for scene in dict.fromkeys(edit.scenes):
        number(plan, scene)
        take = next_take(scenes, plan.scene(scene).motif)
        scenes = [s.but(take=take) if s.id == scene else s for s in scenes]
    return plan.but(scenes=tuple(scenes)), ()
