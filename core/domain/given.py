"""Files that a person gave a film: what a plan and a director may use beside words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.domain.plan import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An image, a sound or a recording for a character to play, of the person's."""

    asset: str
    """Its id."""
    what: str
    """What it is, in words: its file name, or what the person said of it."""
    kind: Literal["image", "sound", "performance"] = "image"
    path: Path | None = None
    """Where it lies, when a model is to look at it (it must be one that sees)."""
    is_new: bool = False
    """It came with the message that is answered."""
    source: Source | None = None
    """Of a recording to be played: the same as the source of a scene."""


def named(given: Sequence[Given]) -> dict[str, Given]:
    """The files by the names that directors know them by: `image 1`, `sound 1`, `performance 1`."""
    out: dict[str, Given] = {}
    for kind in ("image", "sound", "performance"):
        of_kind = [one for one in given if one.kind == kind]
        out |= {f"{kind} {number}": one for number, one in enumerate(of_kind, start=1)}
    return out
