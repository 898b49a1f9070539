"""Budgets and their ledger: money is reserved before a call, settled or released after it, never lost from sight.

A reservation is one conditional statement for each budget, so the database itself refuses what would
pass a cap, whoever asks at the same time; a CHECK stands behind it. Balances are sums of the ledger.
Budgets are always taken in the same order, so that two transactions cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, CursorResult, case, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from core.db.money import Budget, Entry, Purchase
from core.db.session import Database
from core.domain.errors import NotFound, OverBudget
from core.domain.money import from_micros, price

RESERVE, CLOSE, CORRECT = 0, 1, 2
"""Phases of a purchase in the ledger; each budget sees each of them once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A budget that a purchase counts against, and its cap by the settings (None: no limit)."""

    id: str
    label: str
    """For a person: what this film was approved for"""
    cap: int | None
    owner: str | None = None


def open_budget(s: Session, now: datetime, scope: Scope, *, chosen: bool = False) -> None:
    """Makes the budget when it is missing."""
    insert = postgresql.insert if s.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"id": scope.id, "owner": scope.owner, "cap": scope.cap, "chosen": chosen, "created": now}
    row = insert(Budget).values(**values, reserved=0, spent=0, overage=0)
    s.connection().execute(row.on_conflict_do_nothing(index_elements=["id"]))


def reserve(s: Session, now: datetime, purchase: Purchase, scopes: Sequence[Scope]) -> None:
    """Sets the purchase's money aside in each budget. OverBudget names the first that has not enough."""
    amount = purchase.reserved_micros
    if not amount:
        return
    for scope in scopes:
        if s.get(Budget, scope.id) is None:
            open_budget(s, now, scope)
        cap = case((col(Budget.chosen), col(Budget.cap)), else_=literal(scope.cap, BigInteger))
        fits = (cap.is_(None)) | (col(Budget.reserved) + col(Budget.spent) + amount <= cap)
        taken = update(Budget).where(col(Budget.id) == scope.id, fits)
        changed = _run(s, taken.values(reserved=col(Budget.reserved) + amount, cap=cap))
        if not changed:
            raise _over(s, scope, amount)
        s.add(_entry(now, scope.id, purchase, RESERVE, "reserve", amount, 0))


def _over(s: Session, scope: Scope, amount: int) -> OverBudget:
    budget = s.get_one(Budget, scope.id)
    s.refresh(budget)
    cap = (budget.cap if budget.chosen else scope.cap) or 0
    left = max(0, cap - budget.reserved - budget.spent)
    return OverBudget(
        f"{price(from_micros(amount))} more would pass {scope.label}: {price(from_micros(left))} of "
        f"{price(from_micros(cap))} is left."
    )


def settle(s: Session, now: datetime, purchase: Purchase, actual: int) -> None:
    """Turns what was reserved into what it did cost, in every budget that had it."""
    for line in _reserved(s, purchase.id):
        kind = "settle" if actual else "release"
        s.add(_entry(now, line.budget_id, purchase, CLOSE, kind, -line.reserved, actual))
        s.flush()
        _count(s, line.budget_id, -line.reserved, actual)


def correct(s: Session, now: datetime, purchase: Purchase, more: int) -> None:
    """Adds what turned out to be owed after the purchase was closed."""
    for line in _reserved(s, purchase.id):
        s.add(_entry(now, line.budget_id, purchase, CORRECT, "late", 0, more))
        s.flush()
        _count(s, line.budget_id, 0, more)


def _reserved(s: Session, purchase_id: str) -> list[Entry]:
    """The reservations of a purchase, in the order in which budgets are always taken."""
    query = select(Entry).where(Entry.purchase_id == purchase_id, Entry.phase == RESERVE)
    return list(s.exec(query.order_by(col(Entry.id))))


def _count(s: Session, budget_id: str, reserved: int, spent: int) -> None:
    """Adds to a balance; what passes the cap is overage."""
    total = col(Budget.reserved) + col(Budget.spent) + (reserved + spent)
    beyond = case((col(Budget.cap).is_(None), 0), else_=total - col(Budget.cap))
    overage = case((beyond > col(Budget.overage), beyond), else_=col(Budget.overage))
    values = {"reserved": col(Budget.reserved) + reserved, "spent": col(Budget.spent) + spent, "overage": overage}
    _run(s, update(Budget).where(col(Budget.id) == budget_id).values(**values))


def _entry(
    now: datetime, budget_id: str, purchase: Purchase, phase: int, kind: str, reserved: int, spent: int
) -> Entry:
    return Entry(
        budget_id=budget_id,
        purchase_id=purchase.id,
        phase=phase,
        kind=kind,
        reserved=reserved,
        spent=spent,
        at=now,
    )


def _run(s: Session, statement: Any) -> int:
    """Rows that an UPDATE has changed; rows in the session are read anew when they are next asked for."""
    done = cast("CursorResult[Any]", s.connection().execute(statement))
    for row in list(s.identity_map.values()):
        if isinstance(row, Budget):
            s.expire(row)
    return done.rowcount


def set_cap(db: Database, now: datetime, scope: Scope, cap: int | None) -> None:
    """A person's own cap, in micro-dollars, in place of the settings'; None takes every limit away.

    A cap below what is spent already stops everything new and changes nothing that was.
    """
    with db.write() as s:
        open_budget(s, now, scope)
        beyond = case((col(Budget.reserved) + col(Budget.spent) > (cap or 0), _beyond(cap or 0)), else_=0)
        values = {"cap": cap, "chosen": True, "overage": 0 if cap is None else beyond}
        _run(s, update(Budget).where(col(Budget.id) == scope.id).values(**values))


def _beyond(cap: int) -> Any:
    return col(Budget.reserved) + col(Budget.spent) - cap


def follow_settings(db: Database, scope: Scope) -> None:
    """Takes a person's cap back."""
    with db.write() as s:
        changed = _run(s, update(Budget).where(col(Budget.id) == scope.id).values(chosen=False, cap=None, overage=0))
        if not changed:
            raise NotFound("There is no such budget.")


def raise_cap(s: Session, budget_id: str, by: int) -> None:
    """Approves so much more, in micro-dollars, inside a transaction."""
    values = {"cap": col(Budget.cap) + by, "overage": _less_overage(by)}
    if not _run(s, update(Budget).where(col(Budget.id) == budget_id).values(**values)):
        raise NotFound("There is no such budget.")


def _less_overage(by: int) -> Any:
    return case((col(Budget.overage) > by, col(Budget.overage) - by), else_=0)


def budgets(db: Database, ids: Sequence[str]) -> dict[str, Budget]:
    """Those of the budgets that there are."""
    with db.read() as s:
        return {b.id: b for b in s.exec(select(Budget).where(col(Budget.id).in_(list(ids))))}


def ledger(db: Database, budget_id: str, limit: int = 200) -> list[tuple[Entry, Purchase]]:
    """The newest lines of a budget."""
    query = select(Entry, Purchase).join(Purchase, col(Purchase.id) == col(Entry.purchase_id))
    query = query.where(Entry.budget_id == budget_id).order_by(col(Entry.id).desc()).limit(limit)
    with db.read() as s:
        return list(s.exec(query))
