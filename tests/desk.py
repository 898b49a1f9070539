"""A studio whose work one pair of hands does, step by step, on a clock that is put forward to what is due next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlmodel import col, select

from core.db.tables import Step
from core.domain.work import StepState
from core.services import workshop
from core.services.bench import Recipe
from core.services.repertoire import RECIPES
from core.services.studio import Studio, utc_now

MOST_SLICES = 2000


@dataclass(kw_only=True)
class Desk:
    """Waits of seconds or hours take no time here; all else is as an engine does it."""

    studio: Studio
    ahead: timedelta = timedelta()
    recipes: Mapping[str, Recipe] = field(default_factory=lambda: RECIPES)
    meddle: Callable[[], None] | None = None
    """Done after each slice: what happens elsewhere meanwhile."""

    def __post_init__(self) -> None:
        real = self.studio.passed
        self.studio = replace(
            self.studio,
            clock=lambda: utc_now() + self.ahead,
            passed=lambda: real() + self.ahead.total_seconds(),
        )
        self.worker, self.stopping = workshop.join(self.studio), threading.Event()

    def run(self) -> None:
        """Slice after slice, until nothing is due or a person is asked."""
        for _ in range(MOST_SLICES):
            claim = workshop.take(self.studio, self.worker, hand="vendor")
            claim = claim or workshop.take(self.studio, self.worker, hand="here")
            if claim is not None:
                workshop.do(self.studio, self.worker, claim, self.stopping, self.recipes)
            elif not self._wait():
                return
            if self.meddle:
                self.meddle()
        raise AssertionError("it goes on and on")

    def _wait(self) -> bool:
        """Puts the clock forward to what is due next; False when nothing is."""
        with self.studio.db.read() as s:
            idle = (StepState.READY, StepState.WAITING)
            due = s.exec(select(Step.due).where(col(Step.state).in_(idle)).order_by(col(Step.due))).first()
        if due is not None:
            self.ahead += max(timedelta(), due - self.studio.now()) + timedelta(milliseconds=1)
        return due is not None
