"""What making a plan will do again and what it keeps, beside what was made before, in words for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.domain.plan import Plan
from core.domain.shoot import scene_frames

WORDS = {"clip": "filmed", "voice": "spoken", "effect": "given a sound"}
"""Kinds of steps that belong to a scene."""
WHOLE = {
    "hear": "the words of your recording", "music": "the music", "own_music": "your music",
    "mix": "the mix of the sound", "cut": "the cut",
}  # fmt: skip
"""Kinds that belong to the whole film."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A step of making a film."""

    kind: str
    key: str
    scene: str | None
    kept: bool
    """Its output is there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remake:
    """What will be done, and what need not be."""

    again: tuple[str, ...]
    """`filmed: scenes 2 and 5`, `the music`"""
    kept: tuple[str, ...]
    parts: int
    """Parts that the cut is encoded in."""
    parts_kept: int
    """Those that are the same as in the film that is there."""

    @property
    def first(self) -> bool:
        """Whether nothing is there yet."""
        return not self.kept

    @property
    def nothing(self) -> bool:
        """Whether everything is there."""
        return not self.again


def remake(plan: Plan, pieces: Sequence[Piece], before: Collection[object], after: Sequence[object]) -> Remake:
    """What making `plan` of those `pieces` does; `before` and `after` are the `parts` of the two cuts."""
    numbers = {scene.id: number for number, scene in enumerate(plan.scenes, 1)}
    again = _told(numbers, [piece for piece in pieces if not piece.kept])
    kept = _told(numbers, [piece for piece in pieces if piece.kept])
    same = sum((Counter(before) & Counter(after)).values())
    return Remake(again=again, kept=kept, parts=len(after), parts_kept=same)


def _told(numbers: Mapping[str, int], pieces: Sequence[Piece]) -> tuple[str, ...]:
    out = []
    for kind, word in WORDS.items():
        scenes = sorted({numbers[p.scene] for p in pieces if p.kind == kind and p.scene is not None})
        if scenes:
            out.append(f"{word}: {_scenes(scenes, len(numbers))}")
    return (*out, *(name for kind, name in WHOLE.items() if any(piece.kind == kind for piece in pieces)))


def _scenes(numbers: Sequence[int], of: int) -> str:
    """`scene 2`, `scenes 1, 2 and 5`, `all scenes`."""
    if len(numbers) == of:
        return "all scenes"
    *first, last = (str(number) for number in numbers)
    return f"scenes {', '.join(first)} and {last}" if first else f"scene {last}"


def parts(plan: Plan, pieces: Sequence[Piece]) -> tuple[object, ...]:
    """What each part of the cut depends on: the inside of each scene, and each transition by itself.

    Parts that are equal need not be encoded again. The captions of a part depend on the lines that are said in it.
    """
    keys = {(piece.kind, piece.scene): piece.key for piece in pieces}
    look = (plan.size, plan.grade, plan.brand, plan.captions, plan.grade.palette if plan.captions.enabled else ())
    out: list[object] = []
    into, before = "cut", None
    lengths = scene_frames(plan)
    for index, (scene, frames) in enumerate(zip(plan.scenes, lengths, strict=True)):
        last = index + 1 == len(plan.scenes)
        said = (keys.get(("voice", scene.id)), keys.get(("hear", None))) if plan.captions.enabled else None
        # a vendor's clip does not depend on the words that are set over it
        clip = keys.get(("clip", scene.id)), said, scene.fit, scene.title, scene.kicker, scene.role == "cta"
        if before is not None and into != "cut":
            out.append(("join", before, clip, into, look))
        out.append(("inside", clip, frames, into, last, look))
        into, before = scene.transition, (clip, frames)
    return tuple(out)
