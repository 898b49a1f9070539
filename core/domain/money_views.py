"""What a page shows of money: plain frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.domain.work import PurchaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """One group of purchases."""

    day: str
    project_id: str
    project: str
    component: str
    vendor: str
    model: str
    purchases: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendView:
    """The costs page, in one read."""

    total: Decimal
    films: int
    purchases: int
    rows: tuple[SpendRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtView:
    """A purchase of which only a person can find out whether it was made, or where it is."""

    purchase_id: str
    project_id: str
    title: str
    """Of the film."""
    scene: str
    """`Scene 2: Paper waves`"""
    vendor: str
    """Its name, for a person."""
    model: str
    amount: Decimal
    """US dollars that are set aside for it."""
    ordered: datetime
    known: str
    """What is known, in a sentence or two."""
    task: str | None
    """The vendor's number of it, where that is known."""
    prompt: str
    """What was asked for, shortened."""
    where: str
    """Where a person looks."""
    can_adopt: bool
    """Whether it has a number at its vendor that a person may find."""
    can_ask: bool
    """Whether asking the vendor once more can bring an answer."""
    is_wanted: bool
    """Whether its film is being made: when it is given up, it is ordered anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """A cap and what counts against it, in US dollars."""

    id: str
    kind: str
    """film | project | user | month | workspace"""
    label: str
    """`November 2026`; of a film its title"""
    cap: Decimal | None
    """None: no limit."""
    chosen: bool
    """A person's own cap; otherwise that of the settings."""
    by_settings: Decimal | None
    reserved: Decimal
    """Set aside for what is being made."""
    spent: Decimal
    left: Decimal | None
    """None: no limit."""
    overage: Decimal
    """What vendors have billed beyond the cap."""
    project_id: str | None = None

    @property
    def used(self) -> float:
        """How much of the cap is taken, 0 to 1."""
        if not self.cap:
            return 1.0 if self.cap is not None else 0.0
        return min(1.0, float((self.reserved + self.spent) / self.cap))


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetsView:
    """Every cap that a person works with; of projects and films the newest."""

    month: BudgetView
    user: BudgetView
    workspace: BudgetView
    projects: tuple[BudgetView, ...]
    films: tuple[BudgetView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of a budget's ledger, in US dollars; what is set aside and what is spent may go up or down."""

    at: datetime
    kind: str
    """reserve | settle | release | late"""
    title: str
    scene: str
    model: str
    reserved: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseView:
    """Something that was ordered from a vendor: quoted, and billed."""

    id: str
    project_id: str
    title: str
    scene: str
    vendor: str
    model: str
    state: PurchaseState
    ordered: datetime
    quoted: Decimal
    actual: Decimal | None
    """None as long as it is not known."""
    task: str | None
    note: str
    lost: bool
    """Paid, and the vendor no longer has it."""
    variance: float | None
    """Actual over quoted, less one: 0.25 is 25 % dearer. None when there is nothing to compare."""
    is_alarming: bool
    """Whether it was dearer than quoted by more than a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasesView:
    """What was ordered from vendors, the newest first."""

    items: tuple[PurchaseView, ...]
    total: int
    """All of them, also those that are not among the items."""
    quoted: Decimal
    """Of everything that has succeeded."""
    actual: Decimal
    """The same, as it was billed."""
    alarming: int
    """How many were dearer than quoted by more than a fifth."""
