"""Projects, their files, analyses, revisions, messages and approvals. Every read takes the owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, func, update
from sqlmodel import Session, col, select

from core.db.money import Purchase
from core.db.session import Database
from core.db.tables import (
    Account,
    Analysis,
    Approval,
    Asset,
    Event,
    Job,
    Message,
    Need,
    Output,
    Project,
    Revision,
    Step,
)
from core.db.team import Comment, Review, Template
from core.domain.errors import Conflict, NotFound


def ensure_account(db: Database, now: datetime, account_id: str, name: str, role: str = "creator") -> None:
    """The account, made when it is missing."""
    with db.read() as s:
        if s.get(Account, account_id):
            return
    with db.write() as s:
        if s.get(Account, account_id) is None:
            s.add(Account(id=account_id, name=name, role=role, created=now))


def add_project(db: Database, project: Project) -> Project:
    """Records a project."""
    with db.write() as s:
        s.add(project)
        return project


def get_project(db: Database, owner: str, project_id: str) -> Project:
    """That project; NotFound when it is not this owner's."""
    with db.read() as s:
        return _project(s, owner, project_id)


def list_projects(db: Database, owner: str, *, page: int, per_page: int, search: str) -> tuple[list[Project], int]:
    """One page of projects, the last touched first, and how many there are."""
    where = [col(Project.owner) == owner]
    if search:
        where.append(col(Project.title).icontains(search, autoescape=True))
    with db.read() as s:
        total = s.exec(select(func.count()).select_from(Project).where(*where)).one()
        query = select(Project).where(*where).order_by(col(Project.updated).desc())
        return list(s.exec(query.offset((page - 1) * per_page).limit(per_page))), total


def change_project(db: Database, owner: str, project_id: str, **values: Any) -> None:
    """Sets columns of a project."""
    with db.write() as s:
        project = _project(s, owner, project_id)
        for name, value in values.items():
            setattr(project, name, value)


def delete_project(db: Database, owner: str, project_id: str) -> list[str]:
    """Forgets a project with all that hangs on it, except what was paid; answers blobs nobody needs now."""
    with db.write() as s:
        project = _project(s, owner, project_id)
        blobs = set(s.exec(select(Asset.blob).where(Asset.project_id == project_id)))
        for output in s.exec(select(Output).where(Output.project_id == project_id)):
            blobs.update(output.blobs)
        steps = select(Step.id).join(Job, col(Step.job_id) == col(Job.id)).where(Job.project_id == project_id)
        if s.exec(select(Purchase.id).where(Purchase.project_id == project_id, Purchase.reserved_micros > 0)).first():
            raise Conflict("Money was spent on this project, so its record must stay.", "Rename it instead.")
        s.exec(delete(Purchase).where(col(Purchase.project_id) == project_id))
        s.exec(delete(Need).where(col(Need.step_id).in_(steps)))
        s.exec(delete(Event).where(col(Event.job_id).in_(select(Job.id).where(Job.project_id == project_id))))
        s.exec(delete(Step).where(col(Step.id).in_(steps)))
        for table in (Job, Output, Analysis, Revision, Message, Approval, Asset, Review, Comment):
            s.exec(delete(table).where(table.project_id == project_id))  # type: ignore[arg-type]
        s.delete(project)
        s.flush()
        return [b for b in blobs if not _blob_used(s, b)]


def _blob_used(s: Session, blob: str) -> bool:
    """Whether a file, or what a step of another project made, has this content."""
    if s.exec(select(Asset.id).where(Asset.blob == blob).limit(1)).first() is not None:
        return True
    made = select(Output.key).where(cast(col(Output.blobs), String).contains(blob, autoescape=True))
    kept = select(Template.id).where(cast(col(Template.blobs), String).contains(blob, autoescape=True))
    return any(s.exec(query.limit(1)).first() is not None for query in (made, kept))


def blobs_in_use(db: Database) -> set[str]:
    """Every blob that an asset, an output or a template needs, and those of paid answers that nobody collected yet.

    The task of a vendor that answers at once is the blobs of its answer: see `core.services.at_once`.
    """
    with db.read() as s:
        used = set(s.exec(select(Asset.blob)))
        for blobs in s.exec(select(Output.blobs)):
            used.update(blobs)
        for blobs in s.exec(select(Template.blobs)):
            used.update(blobs)
        collected = select(Output.key).where(Output.project_id == Purchase.project_id, Output.key == Purchase.key)
        waiting = select(Purchase.external_id).where(col(Purchase.external_id).contains(":"), ~collected.exists())
        for answer in s.exec(waiting):
            used.update((answer or "").split(":"))
        return used


def add_asset(db: Database, asset: Asset, most: int | None = None) -> Asset:
    """Records a file; one of the same id is replaced. Conflict when the project has `most` of its kind already."""
    with db.write() as s:
        if most is not None:
            same = select(func.count()).where(Asset.project_id == asset.project_id, Asset.kind == asset.kind)
            if s.exec(same).one() >= most:
                raise Conflict(f"A project takes {most} of these.", "Use the ones it has, or start another project.")
        return s.merge(asset)


def get_asset(db: Database, owner: str, asset_id: str) -> Asset:
    """That file; NotFound when it is not this owner's."""
    with db.read() as s:
        asset = s.exec(select(Asset).where(Asset.id == asset_id, Asset.owner == owner)).first()
        if asset is None:
            raise NotFound("There is no such file.")
        return asset


def assets(db: Database, owner: str, project_id: str, kind: str) -> list[Asset]:
    """Files of one kind, the oldest first."""
    with db.read() as s:
        query = select(Asset).where(Asset.project_id == project_id, Asset.kind == kind, Asset.owner == owner)
        return list(s.exec(query.order_by(col(Asset.created))))


def assets_by_id(db: Database, owner: str, ids: Sequence[str]) -> dict[str, Asset]:
    """Those of the files that are this owner's."""
    with db.read() as s:
        rows = s.exec(select(Asset).where(Asset.owner == owner, col(Asset.id).in_(ids)))
        return {row.id: row for row in rows}


def newest_assets(
    db: Database, owner: str, kind: str, *, page: int, per_page: int
) -> tuple[list[tuple[Asset, Project]], int]:
    """One page of files of one kind over all projects, the newest first, and how many there are."""
    where = (Asset.owner == owner, Asset.kind == kind)
    with db.read() as s:
        total = s.exec(select(func.count()).select_from(Asset).where(*where)).one()
        query = (
            select(Asset, Project)
            .join(Project, col(Asset.project_id) == col(Project.id))
            .where(*where)
            .order_by(col(Asset.created).desc())
        )
        return list(s.exec(query.offset((page - 1) * per_page).limit(per_page))), total


def save_analysis(db: Database, analysis: Analysis) -> None:
    """Records an analysis in place of the project's earlier one."""
    with db.write() as s:
        s.merge(analysis)


def get_analysis(db: Database, owner: str, project_id: str) -> Analysis | None:
    """The project's analysis."""
    with db.read() as s:
        _project(s, owner, project_id)
        return s.get(Analysis, project_id)


def save_description(
    db: Database,
    project_id: str,
    *,
    described: dict[str, Any] | None = None,
    transcript: dict[str, Any] | None = None,
) -> None:
    """Adds what models said of the sample to the project's analysis; what is None stays as it is."""
    values = {name: value for name, value in (("described", described), ("transcript", transcript)) if value}
    if values:
        with db.write() as s:
            s.exec(update(Analysis).where(col(Analysis.project_id) == project_id).values(**values))


def say(db: Database, message_id: int, body: str) -> None:
    """Shows as much of a pending reply as there is."""
    with db.write() as s:
        query = update(Message).where(col(Message.id) == message_id, col(Message.done).is_(False))
        s.exec(query.values(body=body))


def add_message(db: Database, message: Message) -> int:
    """Records a line of chat and answers its id."""
    with db.write() as s:
        s.add(message)
        s.flush()
        assert message.id is not None
        return message.id


def answer(db: Database, message_id: int, body: str, *, revision: int | None, touched: list[str]) -> None:
    """Fills a pending reply, once."""
    with db.write() as s:
        query = update(Message).where(col(Message.id) == message_id, col(Message.done).is_(False))
        s.exec(query.values(body=body, done=True, revision=revision, touched=touched))


def messages(db: Database, owner: str, project_id: str) -> list[Message]:
    """The chat of a project, in order."""
    with db.read() as s:
        _project(s, owner, project_id)
        return list(s.exec(select(Message).where(Message.project_id == project_id).order_by(col(Message.id))))


def newest_approval(db: Database, owner: str, project_id: str) -> Approval | None:
    """The film that was last agreed to."""
    query = select(Approval).where(Approval.project_id == project_id, Approval.owner == owner)
    query = query.where(Approval.revision > 0)
    with db.read() as s:
        return s.exec(query.order_by(col(Approval.id).desc()).limit(1)).first()


def approved_micros(db: Database, owner: str, project_id: str, revision: int) -> int:
    """Micro-dollars that were agreed to for a revision, in all: the dearest first yes, and what was added."""
    query = select(Approval).where(Approval.project_id == project_id, Approval.owner == owner)
    with db.read() as s:
        found = list(s.exec(query.where(Approval.revision == revision)))
    more = [row for row in found if row.quote and row.quote[0].get("component") == "more"]
    first = max((row.total_micros for row in found if row not in more), default=0)
    return first + sum(row.total_micros for row in more)


def _project(s: Session, owner: str, project_id: str) -> Project:
    project = s.exec(select(Project).where(Project.id == project_id, Project.owner == owner)).first()
    if project is None:
        raise NotFound("There is no such project.")
    return project
