"""What a vendor is asked to make, and how its task stands: the words that adapters and services share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path


class Recovery(StrEnum):
    """How a vendor lets one find out, after a crash or a lost answer, whether it took an order."""

    KEY = "key"
    """It honours an idempotency key: the same order with the same key again is the same task."""
    SEARCH = "search"
    """It lists its tasks, so that ours can be looked for."""
    NONE = "none"
    """Neither: a person has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOrder:
    """A clip to be filmed by a vendor."""

    model: str
    """As the vendor calls it."""
    prompt: str
    seconds: float
    """At least this long; the vendor's next longer length is bought."""
    width: int
    height: int
    """Pixels of the film; the vendor's nearest size is asked for, and the clip is fitted afterwards."""
    seed: int
    image: Path | None = None
    """First frame, where the model takes one."""


class TaskState(StrEnum):
    """Of a task at a vendor."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """How a task stands."""

    state: TaskState
    fraction: float | None = None
    """0 to 1, where the vendor tells."""
    begun: bool = True
    """Of a running task: whether it costs something when it is stopped now."""
    poll_after: float = 5.0
    """Seconds until it may be asked again."""
    cost: Decimal | None = None
    """US dollars that it did cost, where the vendor tells; None: what was quoted."""
    problem: str = ""
    """Of a failed task: why, in a sentence."""
    refused: bool = False
    """Of a failed task: the content was refused, so the same order is not worth another try."""
