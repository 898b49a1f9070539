"""What the director gets from a message, and the frame in which one clause of it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.domain.analysis import SampleAnalysis
from core.domain.edits import PlanEdit
from core.domain.given import Given
from core.domain.plan import Plan

PRICE = "[[price]]"
"""Stands in an answer where the service puts the price."""


VoiceRow = Mapping[str, Any]
"""A row of data/voices.toml: id, name, gender, language and description are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A message, understood: edits to carry out, a command, answers, and what was not understood."""

    edits: tuple[PlanEdit, ...] = ()
    command: Literal["undo", "redo", "approve"] | None = None
    """`approve` means that it was asked for; only the button approves, and the answer says so."""
    times: int = 1
    """How many steps to undo or redo."""
    answer: str = ""
    """Answers to questions; may hold the marker PRICE."""
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One clause of a message and what it may speak of."""

    text: str
    """As written."""
    low: str
    """Lower case, quoted words taken out."""
    quote: str | None
    """The first quoted words."""
    groups: tuple[tuple[str, ...], ...]
    """The scenes that it names, one group of ids per mention, in order."""
    is_all: bool
    """It names all scenes, or the whole film."""
    plan: Plan
    order: tuple[str, ...] = ()
    """Ids of the scenes as earlier clauses have put them; () when they did not."""
    voices: Sequence[VoiceRow] = ()
    models: Sequence[str] = ()
    """Of clips."""
    crew: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Models of every other kind of work."""
    given: Sequence[Given] = ()
    sample: str | None = None
    """The sample, when its frames may be used."""
    analysis: SampleAnalysis | None = None

    @property
    def scenes(self) -> tuple[str, ...]:
        """Every scene that it names."""
        return tuple(dict.fromkeys(i for group in self.groups for i in group))

    @property
    def scenes_or_all(self) -> tuple[str, ...]:
        """The scenes it names; all when it names none."""
        return self.scenes or tuple(s.id for s in self.plan.scenes)


Matcher = Callable[[Ask], list[PlanEdit] | None]


@dataclass(slots=True)
class Reading:
    """What has been gathered from the clauses so far."""

    edits: list[PlanEdit] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    command: Literal["undo", "redo", "approve"] | None = None
    times: int = 1


def scenes_of(edits: Sequence[PlanEdit]) -> tuple[str, ...]:
    """The scenes that the last of these edits spoke of: what `it` means in the next message."""
    for edit in reversed(edits):
        one = getattr(edit, "scene", None)
        if isinstance(one, str):
            same = [e.scene for e in edits if e.kind == edit.kind and isinstance(getattr(e, "scene", None), str)]  # type: ignore[union-attr]
            return tuple(dict.fromkeys(str(s) for s in same))
        many = getattr(edit, "scenes", None)
        if many:
            return tuple(many)
    return ()
