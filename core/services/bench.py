"""What a step is done with, what it answers, and what it may buy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.db import jobs
from core.db.slices import Claim
from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import Broken
from core.domain.orders import Product
from core.isolation import run_apart
from core.services.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a step answers: JSON, and the blobs that it refers to."""

    result: dict[str, Any]
    blobs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a handler works with."""

    studio: Studio
    claim: Claim
    scratch: Path
    report: Callable[[float], None]
    cancelled: Callable[[], bool]

    def apart(self, target: str, arguments: dict[str, Any], *, seconds: float, share: float = 1.0) -> Any:
        """Runs a function in its own process, its progress being `share` of the step's."""
        return run_apart(
            target, arguments, seconds=seconds, report=lambda f: self.report(f * share), cancelled=self.cancelled
        )

    def place(self, name: str | int) -> str:
        """The name of a file that this step gives the project: the same when the step is done again."""
        return f"{self.claim.step_id} {name}"

    def put(self, path: Path) -> str:
        """Hands a file over; answers its blob."""
        return self.studio.storage.put(path)

    def local(self, blob: str) -> str:
        """Where a blob lies on this machine."""
        return str(self.studio.storage.path(blob))

    def needed(self) -> dict[str, dict[str, Any]]:
        """Results of the steps this one needs, by name."""
        found = jobs.outputs(self.studio.db, self.claim.project_id, self.claim.needs.values())
        missing = [name for name, key in self.claim.needs.items() if key not in found]
        if missing:
            raise Broken(f"What this step builds on is gone ({missing[0]}).", "Press Retry.")
        return {name: found[key].result for name, key in self.claim.needs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a step buys: the kind of model, and how many units of it."""

    component: str
    kind: Kind
    units: Callable[[dict[str, Any]], Decimal] = lambda _: Decimal(1)
    order: Callable[[Bench, ModelCard], Any] | None = None
    """What a vendor is asked for (an order of core.domain), where vendors can do it."""
    receive: Callable[[Bench, Product, str], Made] | None = None
    """Makes an output of what the vendor's model delivered. BadMedia when that cannot be used."""
    wanted: Callable[[Bench], bool] = lambda _: True
    """Whether anything is to be bought at all, now that what it builds on is there; else `do` answers."""
    tell: Callable[[Bench], Callable[[str], None]] | None = None
    """Takes the text of an answer as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A kind of step: what does it, and what it buys."""

    do: Callable[[Bench], Made]
    buys: Bought | None = None
