"""Turns the tools that a model called into edits, and refuses what a schema cannot forbid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.domain.edits import AddScene, ChangeSource, PlanEdit
from core.domain.errors import ImpossibleEdit
from core.domain.given import named
from core.domain.orders import ToolCall
from core.domain.plan import MAX_SCENE_SECONDS, MAX_SCENES, MIN_SCENE_SECONDS, Plan, Scene, Source, seconds_to_say
from core.domain.reshape import scene_id
from core.facts import catalogue
from core.providers.local.writer.pictures import motif_of
from core.services.asking import fences
from core.services.asking.material import Offered

EDIT: TypeAdapter[PlanEdit] = TypeAdapter(PlanEdit)
TEXTS = ("visual", "narration", "title", "kicker", "sound", "end_card")
CALLED = {"visual": "picture", "narration": "line", "end_card": "end card"}
Arguments = Mapping[str, Any]


def edit_of(
    call: ToolCall, plan: Plan, offered: Offered, known: frozenset[str], sample_seconds: float = 0.0
) -> PlanEdit:
    """The edit that the call stands for. ImpossibleEdit, with what would be possible, when there is none.

    `known` are the hosts of addresses that people gave: words of the film may name no other.
    """
    told = {name: value for name, value in call.arguments.items() if value is not None}
    for field in TEXTS:
        if field in told:
            told[field] = _said(field, str(told[field]), known)
    if "seconds" in told and call.name == "change_source":
        told["seconds"] = min(max(0.0, told["seconds"]), sample_seconds)
    arrange = ARRANGED.get(call.name, _numbered)
    try:
        return arrange({"kind": call.name, **told}, plan, offered)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = " ".join(str(part) for part in first["loc"] if isinstance(part, str))
        raise ImpossibleEdit(f"{call.name} cannot be done like that: {where}: {first['msg']}.") from problem


def _said(field: str, words: str, known: frozenset[str]) -> str:
    """Words that people will see or hear."""
    shown, called = fences.visible(words), CALLED.get(field, field)
    if fences.has_secret(shown):
        raise ImpossibleEdit(f"The {called} would hold something that looks like a key.", "Leave it out.")
    for address in fences.strange_addresses(shown, known):
        raise ImpossibleEdit(
            f"The {called} would name {fences.clipped(address, 60)}, which nobody gave.",
            "Only addresses that the person or the brief names can be used.",
        )
    return shown


def _id(number: object, plan: Plan) -> str:
    """The id of the scene with that number."""
    count = len(plan.scenes)
    if isinstance(number, (int, float)) and 1 <= number <= count:  # to JSON, 2 and 2.0 are the same
        return plan.scenes[int(number) - 1].id
    raise ImpossibleEdit(f"The film has no scene {number}; it has {count}.", f"Name a scene from 1 to {count}.")


def _numbered(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:  # noqa: ARG001
    """An edit that only names scenes by number."""
    out = dict(told)
    for field in ("scene", "first", "second"):
        if field in out:
            out[field] = _id(out[field], plan)
    for field in ("scenes", "order"):
        if field in out:
            out[field] = tuple(_id(number, plan) for number in out[field][: 2 * MAX_SCENES])
    return EDIT.validate_python(out)


def _added(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:  # noqa: ARG001
    """A new scene, long enough for its line."""
    least = max(MIN_SCENE_SECONDS, seconds_to_say(told["narration"]))
    if least > MAX_SCENE_SECONDS:
        raise ImpossibleEdit(f"That line needs {least:g} s; a scene lasts at most {MAX_SCENE_SECONDS:g} s.")
    scene = Scene(
        id=scene_id(plan.seed, f"new:{told['visual']}", [s.id for s in plan.scenes]),
        motif=motif_of(told["visual"]) or "auto",
        seconds=round(min(MAX_SCENE_SECONDS, max(least, float(told["seconds"]))), 3),
        **{name: told[name] for name in told.keys() - {"kind", "after", "seconds"}},
    )
    after = None if told["after"] == 0 else _id(told["after"], plan)
    return AddScene(after=after, about=told["visual"], scene=scene)


def _sourced(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:
    """A picture drawn, from a file of the person's, or from the sample; or a recording that the character plays."""
    scene, kind = _id(told["scene"], plan), told["source"]
    if kind == "image":
        return ChangeSource(scene=scene, source=Source(kind="image", asset=_file(told.get("image"), "image", offered)))
    if kind == "key_frame":
        if offered.sample is None:
            raise ImpossibleEdit(
                "The frames of this sample are not used in the film.", "Use an image of the person's, or none."
            )
        frame = Source(kind="key_frame", asset=offered.sample, time=told.get("seconds", 0.0))
        return ChangeSource(scene=scene, source=frame)
    if kind == "performance":
        return ChangeSource(scene=scene, source=_recording(told.get("performance"), offered))
    return ChangeSource(scene=scene, source=Source())


def _recording(name: object, offered: Offered) -> Source:
    """The recording of that name, for the character to play."""
    asset = _file(name, "performance", offered)
    return next(one.source for one in offered.given if one.asset == asset and one.source)


def _file(name: object, kind: str, offered: Offered) -> str:
    """The id of the file of that name."""
    files = {called: one for called, one in named(offered.given).items() if one.kind == kind}
    if name in files:
        return files[str(name)].asset
    there = ", ".join(files) or "none"
    raise ImpossibleEdit(f"There is no {kind} called {name!r}.", f"There is: {there}. More can be uploaded.")


def _cast(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:  # noqa: ARG001
    """Who is kept in every scene."""
    image = told.get("image")
    return EDIT.validate_python(
        {"kind": told["kind"], "asset": None if image is None else _file(image, "image", offered)}
    )


def _with_file(field: str, kind: str) -> Callable[[Arguments, Plan, Offered], PlanEdit]:
    """An edit one of whose fields is a file, or "" for none."""

    def arranged(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:
        out = dict(told)
        if out.get(field):
            out[field] = _file(out[field], kind, offered)
        if field == "own" and "name" in out:
            out["name"] = _voice(str(out["name"]), offered)
        return _numbered(out, plan, offered)

    return arranged


def _voice(name: str, offered: Offered) -> str:
    ids = [str(row["id"]) for row in offered.voices]
    if name.lower() in ids:
        return name.lower()
    raise ImpossibleEdit(f"There is no voice called {name!r}.", f"There is: {', '.join(ids) or 'none'}.")


def _modelled(told: Arguments, plan: Plan, offered: Offered) -> PlanEdit:
    """Who makes something: only models that can be bought now, for the work that they do."""
    work = told.get("work", "video")
    ids = ["auto", *(card.id for card in offered.models if card.kind == work)]
    if told["model"] not in ids:
        ended = next((card for card in catalogue() if card.id == told["model"]), None)
        why = "cannot be had here now" if ended is not None and ended.kind == work else f"makes no {work}"
        raise ImpossibleEdit(f"{fences.clipped(told['model'], 80)} {why}.", f"There is: {', '.join(ids)}.")
    return _numbered(told, plan, offered)


ARRANGED: Mapping[str, Callable[[Arguments, Plan, Offered], PlanEdit]] = {
    "add_scene": _added,
    "change_source": _sourced,
    "set_character": _cast,
    "change_voice": _with_file("own", "sound"),
    "change_music": _with_file("own", "sound"),
    "change_brand": _with_file("logo", "image"),
    "change_model": _modelled,
    "change_crew": _modelled,
}
"""Calls whose arguments are more than numbers of scenes."""


def as_told(calls: Sequence[ToolCall]) -> str:
    """The calls as the model made them, for its next turn."""
    return "\n".join(f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})" for call in calls)
