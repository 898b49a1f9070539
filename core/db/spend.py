"""Money as the costs page shows it: what was ordered and billed, budgets and their ledgers. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, and_, case, func, or_
from sqlalchemy import cast as sql_cast
from sqlmodel import col, select

from core.db.money import Budget, Entry, Purchase
from core.db.session import Database
from core.db.tables import Approval, Asset, Output, Project, Step
from core.domain.work import OPEN_PURCHASES, PurchaseState

Which = Literal["all", "dearer", "unmade", "open", "to_collect"]
"""Purchases: all of them; billed above their quote; that brought nothing; under way; paid and not here yet."""
UNMADE = (PurchaseState.FAILED, PurchaseState.REJECTED, PurchaseState.CANCELLED, PurchaseState.WRITTEN_OFF)


def spent_micros(db: Database, owner: str, project_ids: list[str]) -> dict[str, int]:
    """What each project has cost."""
    query = (
        select(Purchase.project_id, func.sum(Purchase.actual_micros))
        .where(Purchase.owner == owner, col(Purchase.project_id).in_(project_ids))
        .group_by(Purchase.project_id)
    )
    with db.read() as s:
        return {project: int(total or 0) for project, total in s.exec(query)}


Row = tuple[str, str, str, str, str, str, int, int]


def grouped(db: Database, owner: str, since: datetime | None) -> list[Row]:
    """(day, project id, project, component, vendor, model, purchases, micro-dollars), the newest first."""
    day = func.date(Purchase.created)
    query = (
        select(  # type: ignore[call-overload]
            day,
            Purchase.project_id,
            Project.title,
            Purchase.component,
            Purchase.vendor,
            Purchase.model,
            func.count(),
            func.coalesce(func.sum(Purchase.actual_micros), 0),
        )
        .join(Project, col(Project.id) == col(Purchase.project_id))
        .where(Purchase.owner == owner, col(Purchase.actual_micros).is_not(None))
        .where((col(Purchase.state) == PurchaseState.SUCCEEDED) | (col(Purchase.actual_micros) > 0))
        .group_by(day, Purchase.project_id, Project.title, Purchase.component, Purchase.vendor, Purchase.model)
        .order_by(day.desc(), Project.title)
    )
    if since:
        query = query.where(Purchase.created >= since)
    with db.read() as s:
        return [(str(r[0]), *r[1:]) for r in s.exec(query)]


def total(db: Database, owner: str, since: datetime | None) -> int:
    """Micro-dollars in all."""
    query = select(func.coalesce(func.sum(Purchase.actual_micros), 0)).where(Purchase.owner == owner)
    if since:
        query = query.where(Purchase.created >= since)
    with db.read() as s:
        return int(s.exec(query).one() or 0)


def films(db: Database, owner: str, since: datetime | None) -> int:
    """Films finished."""
    query = select(func.count()).select_from(Asset).where(Asset.owner == owner, Asset.kind == "film")
    if since:
        query = query.where(Asset.created >= since)
    with db.read() as s:
        return s.exec(query).one()


def ordered(
    db: Database, owner: str, since: datetime | None, which: Which, limit: int
) -> tuple[list[tuple[Purchase, str, str]], int]:
    """What was ordered from vendors, with the film's title and the step's label, the newest first; and how many."""
    where = [*_from_vendors(owner, since), *_which(which)]
    query = select(Purchase, Project.title, Step.label).join(Project, col(Project.id) == col(Purchase.project_id))
    query = query.join(Step, col(Step.id) == col(Purchase.step_id)).where(*where)
    with db.read() as s:
        total = s.exec(select(func.count()).select_from(Purchase).where(*where)).one()
        return list(s.exec(query.order_by(col(Purchase.created).desc(), col(Purchase.id)).limit(limit))), total


def ordered_for(db: Database, owner: str, project_id: str, keys: Sequence[str]) -> list[tuple[Purchase, str, str]]:
    """The same of these outputs of a project, the oldest first."""
    where = [*_from_vendors(owner, None), col(Purchase.project_id) == project_id, col(Purchase.key).in_(keys)]
    query = select(Purchase, Project.title, Step.label).join(Project, col(Project.id) == col(Purchase.project_id))
    query = query.join(Step, col(Step.id) == col(Purchase.step_id)).where(*where)
    with db.read() as s:
        return list(s.exec(query.order_by(col(Purchase.created), col(Purchase.id))))


def quoted_and_billed(db: Database, owner: str, since: datetime | None) -> tuple[int, int, int]:
    """Micro-dollars of everything that has succeeded: as quoted, as billed; and how many were much dearer."""
    done = col(Purchase.state) == PurchaseState.SUCCEEDED
    query = select(
        func.coalesce(func.sum(case((done, Purchase.reserved_micros), else_=0)), 0),
        func.coalesce(func.sum(case((done, Purchase.actual_micros), else_=0)), 0),
        func.coalesce(func.sum(case((_alarming(), 1), else_=0)), 0),
    ).where(*_from_vendors(owner, since))
    with db.read() as s:
        quoted, billed, alarming = s.exec(query).one()
        return int(quoted), int(billed), int(alarming)


def _from_vendors(owner: str, since: datetime | None) -> list[ColumnElement[bool]]:
    """What this machine made for nothing is left out."""
    where = [col(Purchase.owner) == owner, or_(col(Purchase.reserved_micros) > 0, col(Purchase.actual_micros) > 0)]
    return [*where, col(Purchase.created) >= since] if since else where


def _which(which: Which) -> list[ColumnElement[bool]]:
    here = select(Output.key).where(Output.project_id == Purchase.project_id, Output.key == Purchase.key)
    paid = and_(col(Purchase.state) == PurchaseState.SUCCEEDED, col(Purchase.external_id).is_not(None))
    found: dict[Which, list[ColumnElement[bool]]] = {
        "all": [],
        "dearer": [col(Purchase.actual_micros) > col(Purchase.reserved_micros)],
        "unmade": [or_(col(Purchase.state).in_(UNMADE), col(Purchase.lost))],
        "open": [col(Purchase.state).in_(OPEN_PURCHASES)],
        "to_collect": [paid, col(Purchase.lost).is_(False), ~here.exists()],
    }
    return found[which]


def _alarming() -> ColumnElement[bool]:
    """Dearer than quoted by more than a fifth: the same as ALERT in core.db.purchases."""
    return col(Purchase.actual_micros) * 5 > col(Purchase.reserved_micros) * 6


def owed_keys(db: Database, project_id: str, keys: Sequence[str]) -> set[str]:
    """Those of the outputs that are bought, or perhaps bought."""
    query = select(Purchase.key).where(Purchase.project_id == project_id, col(Purchase.key).in_(keys))
    states = (*OPEN_PURCHASES, PurchaseState.SUCCEEDED)
    query = query.where(col(Purchase.state).in_(states), col(Purchase.lost).is_(False))
    with db.read() as s:
        return set(s.exec(query))


def project_budgets(db: Database, owner: str, limit: int) -> list[tuple[Budget, Project]]:
    """The newest budgets of projects."""
    named = "project:" + col(Project.id)
    query = select(Budget, Project).join(Project, col(Budget.id) == named).where(Project.owner == owner)
    with db.read() as s:
        return list(s.exec(query.order_by(col(Budget.created).desc()).limit(limit)))


def film_budgets(db: Database, owner: str, limit: int) -> list[tuple[Budget, Approval, Project]]:
    """The newest budgets of films that something may cost, with what was approved."""
    named = "film:" + sql_cast(col(Approval.id), String)
    query = select(Budget, Approval, Project).join(Approval, col(Budget.id) == named)
    query = query.join(Project, col(Project.id) == col(Approval.project_id))
    query = query.where(Approval.owner == owner, or_(col(Budget.cap) > 0, col(Budget.spent) > 0))
    with db.read() as s:
        return list(s.exec(query.order_by(col(Budget.created).desc()).limit(limit)))


def ledger(db: Database, owner: str, budget_id: str, limit: int) -> list[tuple[Entry, Purchase, str, str]]:
    """The newest lines of a budget that are this owner's, with the film's title and the step's label."""
    query: Any = select(Entry, Purchase, Project.title, Step.label)
    query = query.join(Purchase, col(Purchase.id) == col(Entry.purchase_id))
    query = query.join(Project, col(Project.id) == col(Purchase.project_id))
    query = query.join(Step, col(Step.id) == col(Purchase.step_id))
    query = query.where(Entry.budget_id == budget_id, Purchase.owner == owner)
    with db.read() as s:
        return list(s.exec(query.order_by(col(Entry.id).desc()).limit(limit)))
