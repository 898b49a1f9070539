"""Deliberately broken engines: each has lost one of its guards, and some seed must notice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from core.db import budgets, moves, purchases, slices
from core.db.money import Purchase
from core.db.slices import Claim
from core.db.tables import Step
from core.domain.work import StepState
from core.services import buying, workshop
from core.services.buying import Buyer, Outcome

Mutant = Callable[[], AbstractContextManager[None]]


@contextmanager
def swapped(owner: Any, name: str, broken: Any) -> Iterator[None]:
    sound = getattr(owner, name)
    setattr(owner, name, broken)
    try:
        yield
    finally:
        setattr(owner, name, sound)


def no_fence() -> AbstractContextManager[None]:
    """A worker that was thought dead still writes."""

    def ours(s: Session, claim: Claim) -> Step | None:
        step = s.get(Step, claim.step_id)
        return step if step is not None and step.state == StepState.RUNNING else None

    return swapped(slices, "ours", ours)


def naive_resubmit() -> AbstractContextManager[None]:
    """What was perhaps bought is simply ordered again."""

    class Naive(Buyer):
        def _find_out(self, vendor: Any, purchase: Purchase) -> Outcome:
            return self._send(vendor, purchase)

    return swapped(workshop, "Buyer", Naive)


def open_purchase_forgotten() -> AbstractContextManager[None]:
    """Recovery does not ask whether something was bought."""
    return swapped(moves, "owed", lambda *_: None)


def hasty_search() -> AbstractContextManager[None]:
    """What the vendor's list does not show at once counts as never arrived."""

    class Hasty(Buyer):
        def _search(self, vendor: Any, purchase: Purchase) -> Outcome:
            self.studio.missed[purchase.id] = -math.inf
            return super()._search(vendor, purchase)

    return swapped(workshop, "Buyer", Hasty)


def no_send_window() -> AbstractContextManager[None]:
    """However long ago it looked, it orders."""

    class Late(Buyer):
        def _send(self, vendor: Any, purchase: Purchase, *, order: Any = None) -> Outcome:
            sound, looked = self.studio, self.studio.passed()
            self.studio = replace(sound, passed=lambda: looked)
            try:
                return super()._send(vendor, purchase, order=order)
            finally:
                self.studio = sound

    return swapped(workshop, "Buyer", Late)


def money_kept() -> AbstractContextManager[None]:
    """What was not bought stays reserved."""
    sound = budgets.settle

    def settle(s: Session, now: Any, purchase: Purchase, actual: int) -> None:
        if actual:
            sound(s, now, purchase, actual)

    return swapped(budgets, "settle", settle)


def blind_to_cancel() -> AbstractContextManager[None]:
    """The last look before the request leaves is left out."""
    return swapped(purchases, "may_send", lambda *_: True)


def purchase_of_the_step() -> AbstractContextManager[None]:
    """Each step buys for itself, whatever another one of the same output has bought."""

    class Selfish(Buyer):
        def __init__(self, studio: Any, claim: Claim, *others: Any) -> None:
            super().__init__(studio, replace(claim, key=claim.step_id), *others)

    return swapped(workshop, "Buyer", Selfish)


def trusting_the_clock() -> AbstractContextManager[None]:
    """The vendor's list is searched from the hour at which our clock says that it was ordered."""
    return swapped(buying, "SEARCHED_BACK", timedelta(0))


MUTANTS: dict[str, Mutant] = {
    mutant.__name__: mutant
    for mutant in (
        no_fence,
        naive_resubmit,
        open_purchase_forgotten,
        hasty_search,
        no_send_window,
        money_kept,
        blind_to_cancel,
        purchase_of_the_step,
        trusting_the_clock,
    )
}

NOTICED_BY: dict[str, list[int]] = {
    "naive_resubmit": [3],
    "hasty_search": [8],
    "open_purchase_forgotten": [13],
    "blind_to_cancel": [6],
    "trusting_the_clock": [38],
}
"""Seeds that noticed them when this was written: asked first, to be quick. All others are noticed within four."""
