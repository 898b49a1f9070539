"""Two plans beside each other, scene by scene, and what two people changed at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.domain import edits as e
from core.domain.apply import apply_all
from core.domain.describe import CHOICES, TEXTS, describe
from core.domain.edits import PlanEdit
from core.domain.errors import ImpossibleEdit
from core.domain.plan import Plan, Scene

Path = tuple[str, ...]
"""Where in a plan a value stands: `("scene", "aaaa", "narration")`, `("voice", "rate")`, `("order",)`."""
PICTURES = {
    "drawn": "drawn", "image": "your image", "key_frame": "a frame of the sample", "performance": "your recording",
}  # fmt: skip
GONE = "—"
"""Stands for a value that is not there."""
SEPARABLE = (
    e.RewriteScene, e.Recolour, e.Restyle, e.ChangeVoice, e.ChangeMusic, e.ChangeCaptions, e.ChangeFormat,
    e.ChangeBrand,
)  # fmt: skip
"""Edits of several fields at once that could as well be made one field at a time."""
NOT_A_CHANGE = frozenset({"kind", "scene", "absolute"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value, before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneDifference:
    """What became of one scene."""

    scene_id: str
    label: str
    """`Scene 2`, `Scene 2 → 4`"""
    about: str
    """Its title, or what is seen."""
    kind: Literal["added", "removed", "changed"]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two plans."""

    scenes: tuple[SceneDifference, ...]
    film: tuple[str, ...]
    """What belongs to the whole film, in sentences."""

    @property
    def is_empty(self) -> bool:
        """Whether the two plans are the same."""
        return not self.scenes and not self.film


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """An edit that touches what somebody else has changed meanwhile."""

    edit: PlanEdit
    what: str
    """In words: what it touches, what the other made of it and what it would be now."""
    fits: bool
    """Whether it could be carried out all the same, in place of the other's change."""


def compare(before: Plan, after: Plan) -> Difference:
    """The scenes that differ, in the order of `after` with those that are gone at the end, and the film."""
    was, now = _places(before), _places(after)
    found: list[SceneDifference] = []
    moved = _moved(before, after)
    for scene in after.scenes:
        number = now[scene.id]
        if scene.id not in was:
            changes = tuple(Change(name=n, before="", after=v) for n, v in _shown(scene) if v)
            found.append(_of(scene, f"Scene {number}", "added", changes))
            continue
        old = before.scene(scene.id)
        is_last = number == len(after.scenes)
        changes = _changes(old, scene, is_last=is_last)
        if scene.id in moved:
            place = Change(name="place", before=str(was[scene.id]), after=str(number))
            changes = (place, *changes)
        if changes:
            label = f"Scene {was[scene.id]}" + (f" → {number}" if was[scene.id] != number else "")
            found.append(_of(scene, label, "changed", changes))
    gone = [scene for scene in before.scenes if scene.id not in now]
    found += [_of(scene, f"Scene {was[scene.id]}", "removed", ()) for scene in gone]
    return Difference(scenes=tuple(found), film=_film(before, after))


def _of(
    scene: Scene, label: str, kind: Literal["added", "removed", "changed"], changes: tuple[Change, ...]
) -> SceneDifference:
    return SceneDifference(
        scene_id=scene.id, label=label, about=scene.title or scene.visual, kind=kind, changes=changes
    )


def _places(plan: Plan) -> dict[str, int]:
    return {scene.id: place for place, scene in enumerate(plan.scenes, 1)}


def _moved(before: Plan, after: Plan) -> set[str]:
    """The fewest scenes by whose moving one order becomes the other; of two that change places, both."""
    common = _places(before).keys() & _places(after).keys()
    old, new = ([scene.id for scene in plan.scenes if scene.id in common] for plan in (before, after))
    elsewhere = {key for was, now in zip(old, new, strict=True) if was != now for key in (was, now)}
    if len(elsewhere) <= 2:
        return elsewhere
    runs: list[list[str]] = []
    for key in new:  # the longest run that stayed in order, found by growing each that could go on
        best = max((run for run in runs if old.index(run[-1]) < old.index(key)), key=len, default=[])
        runs.append([*best, key])
    longest: list[str] = max(runs, key=len)
    return set(new) - set(longest)


def _shown(scene: Scene) -> list[tuple[str, str]]:
    """The values of a scene that a person knows it by, with their names."""
    values = [("length", f"{scene.seconds:.2f}".rstrip("0").rstrip(".") + " s")]
    values += [(name, getattr(scene, field)) for field, name in TEXTS.items()]
    values += [(name, _plain(getattr(scene, field))) for field, name in CHOICES.items()]
    picture = PICTURES[scene.source.kind]
    at = f" at {scene.source.time:.1f} s" if scene.source.time is not None else ""
    return [*values, ("made from", picture + at), ("take", str(scene.take + 1)), ("claims", _claims(scene))]


def _claims(scene: Scene) -> str:
    return "; ".join(f"{claim.text} ({claim.source or 'no source'})" for claim in scene.claims)


def _changes(old: Scene, new: Scene, *, is_last: bool) -> tuple[Change, ...]:
    pairs = zip(_shown(old), _shown(new), strict=True)
    found = [Change(name=name, before=was or GONE, after=now or GONE) for (name, was), (_, now) in pairs if was != now]
    if not found and old.source != new.source:
        found.append(Change(name="made from", before="another picture", after="this picture"))
    return tuple(change for change in found if not (is_last and change.name == "transition"))


def _film(before: Plan, after: Plan) -> tuple[str, ...]:
    lines = describe(before.but(scenes=after.scenes), after)
    if round(before.seconds, 2) != round(after.seconds, 2):
        return (f"Length: {before.seconds:.1f} s → {after.seconds:.1f} s", *lines)
    return lines


def _plain(value: object) -> str:
    return str(value).replace("_", " ").replace("still:", "")


def separate(edits: Iterable[PlanEdit]) -> tuple[PlanEdit, ...]:
    """The same edits, those of several fields taken apart into one for each."""
    out: list[PlanEdit] = []
    for edit in edits:
        said = edit.model_dump(exclude_none=True)
        fields = [name for name in said if name not in NOT_A_CHANGE]
        if not isinstance(edit, SEPARABLE) or len(fields) < 2:
            out.append(edit)
            continue
        shared = {name: said[name] for name in said if name in NOT_A_CHANGE}
        out += [type(edit).model_validate({**shared, name: said[name]}) for name in fields]
    return tuple(out)


def clashes(base: Plan, theirs: Plan, edits: Sequence[PlanEdit]) -> tuple[Clash, ...]:
    """Those of the edits, made on `base`, that touch what is otherwise in `theirs`."""
    changed = touched(base, theirs)
    found: list[Clash] = []
    for edit in edits:
        alone, on_top = _alone(base, edit), _alone(theirs, edit)
        mine = touched(base, alone) if alone is not None else set()
        both = {path for path in mine if _meets(path, changed)}
        agreed = on_top is not None and alone is not None and all(_at(theirs, p) == _at(alone, p) for p in both)
        if on_top is None or (both and not agreed):
            what = _in_words(base, theirs, alone, both) if both else "It no longer fits the plan."
            found.append(Clash(edit=edit, what=what, fits=on_top is not None))
    return tuple(found)


def _alone(plan: Plan, edit: PlanEdit) -> Plan | None:
    try:
        return apply_all(plan, [edit]).plan
    except ImpossibleEdit:
        return None


def touched(before: Plan, after: Plan) -> set[Path]:
    """Where the two plans differ."""
    old, new = _values(before), _values(after)
    differing = {path for path in old.keys() & new.keys() if old[path] != new[path]}
    differing |= {("scene", key) for key in _places(before).keys() ^ _places(after).keys()}
    common = _places(before).keys() & _places(after).keys()
    orders = ([scene.id for scene in plan.scenes if scene.id in common] for plan in (before, after))
    return differing | ({("order",)} if next(orders) != next(orders) else set())


def _values(plan: Plan) -> dict[Path, Any]:
    """Every value of a plan by its place."""
    said = plan.model_dump(exclude={"scenes", "writer", "notes"})
    out: dict[Path, Any] = {}
    for name, value in said.items():
        out |= {(name, key): each for key, each in value.items()} if isinstance(value, dict) else {(name,): value}
    for scene in plan.scenes:
        out |= {("scene", scene.id, name): value for name, value in scene.model_dump(exclude={"id", "cuts"}).items()}
    return out


def _meets(path: Path, changed: set[Path]) -> bool:
    """Whether the place, its scene, or something inside it is among the changed ones."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in changed)


def _at(plan: Plan, path: Path) -> Any:
    if path == ("order",):
        return [scene.id for scene in plan.scenes]
    if path[0] == "scene" and len(path) == 2:
        return path[1] in _places(plan)
    return _values(plan).get(path)


def _in_words(base: Plan, theirs: Plan, mine: Plan | None, both: set[Path]) -> str:
    """What both have changed, and into what."""
    numbers = _places(base)
    said = []
    for path in sorted(both):
        if path == ("order",):
            said.append("Both changed the order of the scenes.")
        elif path[0] == "scene" and path[1] not in _places(theirs):
            said.append(f"Scene {numbers.get(path[1], '?')} was removed meanwhile.")
        elif path[0] == "scene" and len(path) == 2:
            said.append(f"Scene {numbers.get(path[1], '?')} was changed meanwhile, and this removes it.")
        else:
            where = f"scene {numbers.get(path[1], '?')}: {_named(path[2])}" if path[0] == "scene" else " ".join(path)
            other, own = _at(theirs, path), _at(mine, path) if mine else None
            said.append(f"Both changed {where}: theirs is {_quoted(other)}, yours {_quoted(own)}.")
    return " ".join(dict.fromkeys(said))


def _named(field: str) -> str:
    return {**TEXTS, **CHOICES, "seconds": "length"}.get(field, field.replace("_", " "))


def _quoted(value: object) -> str:
    return f"“{value}”" if isinstance(value, str) and value else _plain(value) if value not in ("", None) else "none"
