"""The tables of what is bought: purchases, the budgets they count against, and the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

OPEN = text("state IN ('intent', 'submitted', 'in_doubt')")
"""Purchases whose end is not known yet."""


class Purchase(SQLModel, table=True):
    """A call that costs, recorded before it is made. Money is whole micro-dollars."""

    __table_args__ = (
        Index("uq_purchase_task", "vendor", "external_id", unique=True),
        Index("uq_purchase_open", "project_id", "key", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_purchase_owner_created", "owner", "created"),
        Index("ix_purchase_key", "project_id", "key"),
        Index("ix_purchase_state", "state"),
        CheckConstraint(
            "reserved_micros >= 0 AND (actual_micros IS NULL OR actual_micros >= 0)", "ck_purchase_amounts"
        ),
    )

    id: str = Field(primary_key=True)
    """step:ordinal, and the idempotency key towards the vendor."""
    owner: str = Field(foreign_key="account.id")
    project_id: str = Field(foreign_key="project.id")
    step_id: str = Field(foreign_key="step.id", index=True)
    """The step that bought it; another one with the same key may collect it."""
    key: str
    """Address of the output that it buys: one open purchase for each."""
    component: str
    vendor: str
    model: str
    quantity: float
    unit: str
    reserved_micros: int = Field(sa_type=BigInteger)
    actual_micros: int | None = Field(default=None, sa_type=BigInteger)
    state: str
    external_id: str | None = None
    """The vendor's task."""
    lost: bool = False
    """Paid, and the vendor no longer has it or what it gave is broken."""
    note: str = ""
    """What is known, for the person who has to decide; then what was decided."""
    created: datetime
    submitted: datetime | None = None
    closed: datetime | None = None


class Budget(SQLModel, table=True):
    """A cap and what counts against it. The database refuses to pass it.

    `reserved` and `spent` are sums of the ledger, kept here so that one statement can compare them.
    """

    __table_args__ = (
        CheckConstraint("reserved >= 0 AND spent >= 0 AND overage >= 0", "ck_budget_amounts"),
        CheckConstraint("cap IS NULL OR reserved + spent <= cap + overage", "ck_budget_never_overspent"),
    )

    id: str = Field(primary_key=True)
    """film:approval, project:id, user:id, month:2026-11, workspace"""
    owner: str | None = None
    cap: int | None = Field(default=None, sa_type=BigInteger)
    """None: no limit of its own."""
    chosen: bool = False
    """The cap is a person's; otherwise it follows the settings."""
    reserved: int = Field(default=0, sa_type=BigInteger)
    spent: int = Field(default=0, sa_type=BigInteger)
    overage: int = Field(default=0, sa_type=BigInteger)
    """What vendors have billed beyond the cap: recorded, never hidden, and no room for anything new."""
    created: datetime


class Entry(SQLModel, table=True):
    """A line of the ledger. Lines are only ever added; the database refuses to change or remove one."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("purchase_id", "budget_id", "phase"),
        Index("ix_ledger_budget", "budget_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    budget_id: str = Field(foreign_key="budget.id")
    purchase_id: str = Field(foreign_key="purchase.id")
    phase: int
    """0 reserved, 1 closed, 2 corrected: each once."""
    kind: str
    """reserve | settle | release | late"""
    reserved: int = Field(sa_type=BigInteger)
    spent: int = Field(sa_type=BigInteger)
    at: datetime
