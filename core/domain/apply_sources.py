"""Edits of what the picture of a scene is made from."""

from __future__ import annotations

from core.domain.apply_lengths import Outcome, number, spoken, with_scenes
from core.domain.edits import ChangeSource
from core.domain.errors import ImpossibleEdit
from core.domain.plan import Plan, Scene, Source
from core.domain.reshape import least_seconds, resized

AUTO = "auto"


def change_source(plan: Plan, edit: ChangeSource) -> Outcome:
    """The scene with another source of its picture; one that plays a recording is no longer than that."""
    place = number(plan, edit.scene)
    scene, source = plan.scene(edit.scene), edit.source
    notes: list[str] = []
    if (source.kind == "performance") != scene.plays and scene.model != AUTO:
        # who plays recordings does nothing else, and nobody else plays them
        scene = scene.but(model=AUTO)
        notes.append(f"Who films scene {place} is chosen anew: see its price.")
    scene, shortened = _within(scene, source, place)
    after, fitted = with_scenes(plan, [scene if s.id == scene.id else s for s in plan.scenes], "The film")
    return after, (*notes, *shortened, *fitted)


def _within(scene: Scene, source: Source, place: int) -> tuple[Scene, tuple[str, ...]]:
    """The scene made from that source, shortened to the recording where there is one; ImpossibleEdit for its line."""
    lasts = source.seconds if source.kind == "performance" else None
    if lasts is None or scene.seconds <= lasts:
        return scene.but(source=source), ()
    least = least_seconds(scene.but(source=Source()))
    if least > lasts:
        raise ImpossibleEdit(
            f"The line of scene {place} needs {spoken(least)}, and the recording lasts {spoken(lasts)}.",
            "Shorten the line, or use a longer recording.",
        )
    shorter = resized(scene.but(source=Source()), lasts).but(source=source)
    return shorter, (f"Scene {place} was shortened to {spoken(lasts)}, the length of the recording.",)
