"""Carrying out edits on a plan: pure, and saying where an edit had to give way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from core.domain import apply_lengths as lengths
from core.domain import apply_scenes as scenes
from core.domain import apply_sources as sources
from core.domain import apply_whole as whole
from core.domain import edits as e
from core.domain.errors import ImpossibleEdit
from core.domain.plan import Plan

NOTHING = "Nothing changed: it is already like that."


class Applied(NamedTuple):
    """A plan after its edits, and where they gave way."""

    plan: Plan
    notes: tuple[str, ...]


def apply(plan: Plan, edit: e.PlanEdit) -> Plan:
    """The plan with that edit, given way where it had to; ImpossibleEdit when nothing of it can be done."""
    return _carried_out(plan, edit).plan


def apply_all(plan: Plan, edits: Sequence[e.PlanEdit]) -> Applied:
    """The plan after all edits, in order.

    What is impossible is left out and noted; when nothing at all was possible the first
    ImpossibleEdit is raised.
    """
    notes: list[str] = []
    refused: list[ImpossibleEdit] = []
    for edit in edits:
        try:
            after = _carried_out(plan, edit)
        except ImpossibleEdit as problem:
            refused.append(problem)
            notes.append(problem.sentence)
            continue
        notes.extend(after.notes or ([NOTHING] if after.plan == plan else []))
        plan = after.plan
    if refused and len(refused) == len(edits):
        raise refused[0]
    return Applied(plan, tuple(dict.fromkeys(notes)))


def _carried_out(plan: Plan, edit: e.PlanEdit) -> Applied:
    """One edit; a plan that would break a rule is refused as impossible, in a sentence."""
    try:
        return Applied(*_dispatch(plan, edit))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = " ".join(str(part) for part in first["loc"] if not isinstance(part, int))
        said = f"{where}: {first['msg']}".strip(" :").replace("Value error, ", "")
        raise ImpossibleEdit(f"The plan cannot take that: {said}.", "Try a smaller change.") from problem


def _dispatch(plan: Plan, edit: e.PlanEdit) -> tuple[Plan, tuple[str, ...]]:
    """The function for each kind of edit."""
    match edit:
        case e.SetDuration():
            return lengths.set_duration(plan, edit)
        case e.ScaleDuration():
            return lengths.scale_duration(plan, edit)
        case e.SetTotal():
            return lengths.set_total(plan, edit)
        case e.RewriteScene():
            return scenes.rewrite(plan, edit)
        case e.Reorder():
            return scenes.reorder(plan, edit)
        case e.AddScene():
            return scenes.add(plan, edit)
        case e.RemoveScene():
            return scenes.remove(plan, edit)
        case e.DuplicateScene():
            return scenes.duplicate(plan, edit)
        case e.SplitScene():
            return scenes.split(plan, edit)
        case e.MergeScenes():
            return scenes.merge(plan, edit)
        case e.SetTransition():
            return whole.set_transition(plan, edit)
        case e.Recolour():
            return whole.recolour(plan, edit)
        case e.Restyle():
            return whole.restyle(plan, edit)
        case e.ChangeVoice():
            return whole.change_voice(plan, edit)
        case e.ChangeMusic():
            return whole.change_music(plan, edit)
        case e.ChangeCaptions():
            return whole.change_captions(plan, edit)
        case e.ChangeModel():
            return whole.change_model(plan, edit)
        case e.ChangeFormat():
            return whole.change_format(plan, edit)
        case e.ChangeSource():
            return sources.change_source(plan, edit)
        case e.ChangeCrew():
            return whole.change_crew(plan, edit)
        case e.SetCharacter():
            return whole.set_character(plan, edit)
        case e.ChangeSound():
            return scenes.change_sound(plan, edit)
        case e.ChangeFit():
            return whole.change_fit(plan, edit)
        case e.ChangeBrand():
            return whole.change_brand(plan, edit)
        case e.Redo():
            return scenes.redo(plan, edit)
        case e.Rename():
            return whole.rename(plan, edit)
