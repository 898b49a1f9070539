"""What the queue of many machines is told of: steps that somebody could take, each once a minute at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db import queue
from core.services.studio import Studio
from core.services.workshop import Hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Steps that this process alone tells the queue of, and since when."""

    steps: tuple[str, ...]
    at: datetime


def untold(studio: Studio) -> dict[Hand, list[str]]:
    """Steps that are due and that the queue was not told of lately, by the hand they need, the first first."""
    return queue.untold(studio.db, studio.now())


def announce(studio: Studio, steps: Sequence[str]) -> Told:
    """Stamps those that nobody else has told the queue of meanwhile."""
    now = studio.now()
    return Told(steps=tuple(queue.announce(studio.db, now, steps)), at=now)


def retract(studio: Studio, told: Told) -> None:
    """The queue could not be told."""
    queue.retract(studio.db, told.at, told.steps)
