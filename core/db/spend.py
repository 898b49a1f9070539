"""What was spent, summed for the costs page: only reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from core.db.session import Database
from core.db.tables import Asset, Project, Purchase
from core.domain.work import PurchaseState


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
