"""Templates and batches: kept, listed, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from core.db import outbox
from core.db.money import Budget
from core.db.reviews import Told
from core.db.session import Database
from core.db.tables import Approval, Job, Project
from core.db.team import Batch, BatchItem, Bookmark, Template
from core.domain.errors import NotFound
from core.domain.work import LIVE_JOBS

TURN = "admission"
"""The bookmark that says until when somebody admits a batch."""


def add(db: Database, template: Template) -> Template:
    """Records a template."""
    with db.write() as s:
        s.add(template)
        return template


def get(db: Database, owner: str, template_id: str) -> Template:
    """That template; NotFound when it is not this owner's."""
    with db.read() as s:
        found = s.exec(select(Template).where(Template.id == template_id, Template.owner == owner)).first()
        if found is None:
            raise NotFound("There is no such template.")
        return found


def listed(db: Database, owner: str) -> list[Template]:
    """Every template, the newest first."""
    with db.read() as s:
        return list(s.exec(select(Template).where(Template.owner == owner).order_by(col(Template.created).desc())))


def forget(db: Database, owner: str, template_id: str) -> None:
    """Removes a template; what was made from it stays."""
    with db.write() as s:
        s.exec(delete(Template).where(col(Template.id) == template_id, col(Template.owner) == owner))


def batch(db: Database, owner: str, batch_id: str) -> tuple[Batch, list[tuple[BatchItem, Project | None]]]:
    """A batch with its films in order, None for those that were deleted. NotFound when it is not this owner's."""
    query = select(BatchItem, Project).join(Project, col(Project.id) == col(BatchItem.project_id), isouter=True)
    with db.read() as s:
        found = s.exec(select(Batch).where(Batch.id == batch_id, Batch.owner == owner)).first()
        if found is None:
            raise NotFound("There is no such batch.")
        rows = s.exec(query.where(BatchItem.batch_id == batch_id).order_by(col(BatchItem.number))).all()
        return found, [(item, project) for item, project in rows]


def batches(db: Database, owner: str, limit: int) -> list[tuple[Batch, int]]:
    """The newest batches, each with how many films it has."""
    count = select(func.count()).where(BatchItem.batch_id == Batch.id).scalar_subquery()
    query = select(Batch, count).where(Batch.owner == owner).order_by(col(Batch.created).desc()).limit(limit)
    with db.read() as s:
        return list(s.exec(query).all())


def approve_batch(
    db: Database, now: datetime, batch_id: str, total_micros: int, problems: Mapping[int, str], told: Told
) -> None:
    """Records that a batch was approved, and which of its films were not."""
    with db.write() as s:
        values = {"state": "approved", "approved": now, "total_micros": total_micros}
        s.exec(update(Batch).where(col(Batch.id) == batch_id).values(**values))
        for item in s.exec(select(BatchItem).where(BatchItem.batch_id == batch_id)):
            item.problem = problems.get(item.number, "")
        outbox.put(s, now, told[0], f"batch {batch_id} {now.isoformat()}", told[1])


def take_turn(db: Database, now: datetime, lasts: timedelta) -> int | None:
    """The right to admit a batch, for so long at most: answers what ends it, None while somebody else has it."""
    insert = (postgresql if db.is_postgres else sqlite).insert(Bookmark).values(name=TURN, at=0)
    until = _stamp(now + lasts)
    with db.write() as s:
        s.connection().execute(insert.on_conflict_do_nothing(index_elements=["name"]))
        free = update(Bookmark).where(col(Bookmark.name) == TURN, col(Bookmark.at) <= _stamp(now))
        return until if s.connection().execute(free.values(at=until)).rowcount == 1 else None


def end_turn(db: Database, until: int) -> None:
    """Gives it back, unless it was taken for lost since."""
    with db.write() as s:
        s.exec(update(Bookmark).where(col(Bookmark.name) == TURN, col(Bookmark.at) == until).values(at=0))


def _stamp(moment: datetime) -> int:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)


def approved_revisions(db: Database, owner: str, batch_id: str) -> dict[str, int]:
    """By project of a batch: the revision that was last agreed to."""
    query = select(Approval.project_id, func.max(Approval.id)).join(
        BatchItem, col(BatchItem.project_id) == col(Approval.project_id)
    )
    query = query.where(BatchItem.batch_id == batch_id, Approval.owner == owner).group_by(col(Approval.project_id))
    with db.read() as s:
        newest = dict(s.exec(query).all())
        rows = s.exec(select(Approval).where(col(Approval.id).in_(list(newest.values()))))
        return {row.project_id: row.revision for row in rows}


def approved_beside(db: Database, owner: str, project_id: str) -> int:
    """Micro-dollars for which the other films of this one's batch were approved; 0 where it is of none."""
    batch = select(BatchItem.batch_id).where(BatchItem.project_id == project_id)
    others = select(BatchItem.project_id).where(
        col(BatchItem.batch_id).in_(batch), col(BatchItem.project_id) != project_id
    )
    query = select(func.coalesce(func.sum(Approval.total_micros), 0)).where(
        Approval.owner == owner, col(Approval.project_id).in_(others)
    )
    with db.read() as s:
        return int(s.exec(query).one() or 0)


def promised(db: Database, owner: str | None) -> int:
    """Micro-dollars that films under way may still order: approved, and neither set aside nor spent yet."""
    left = col(Budget.cap) - col(Budget.reserved) - col(Budget.spent)
    query = select(func.coalesce(func.sum(left), 0)).join(Job, col(Job.budget_id) == col(Budget.id))
    query = query.where(Job.kind == "film", col(Job.state).in_(LIVE_JOBS), left > 0)
    if owner is not None:
        query = query.where(Job.owner == owner)
    with db.read() as s:
        return int(s.exec(query).one() or 0)
