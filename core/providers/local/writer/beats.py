"""The words of one scene, and the parts that the scenes of a tale play."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.domain.plan import Role

TURN = 0.6
"""Where in a tale it turns."""


class Beat(NamedTuple):
    """One scene's words; `about` is the point it makes, for its picture."""

    role: Role
    narration: str = ""
    title: str = ""
    kicker: str = ""
    about: str = ""


def as_tale(beats: Sequence[Beat]) -> list[Beat]:
    """The beats of a tale with the parts that they play: it begins, goes wrong, turns, and ends."""
    parts: dict[int, Role] = {1: "problem", round((len(beats) - 1) * TURN): "reveal", 0: "hook", len(beats) - 1: "cta"}
    return [beat._replace(role=parts.get(place, "mood")) for place, beat in enumerate(beats)]
