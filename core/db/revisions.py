"""The history of a plan: rows are only ever added, and the newest is what stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.db.session import Database
from core.db.tables import Project, Revision
from core.domain.errors import Conflict, ImpossibleEdit, NotFound


def history(db: Database, owner: str, project_id: str, limit: int | None = None) -> list[Revision]:
    """Revisions of a project, the newest first."""
    query = _owned(owner, project_id).order_by(col(Revision.number).desc())
    with db.read() as s:
        return list(s.exec(query.limit(limit) if limit else query))


def newest_number(db: Database, owner: str, project_id: str) -> tuple[int, str]:
    """Number and author of the newest revision; 0 when there is none. Quick: it is asked again and again."""
    query = select(Revision.number, Revision.author).join(Project, col(Revision.project_id) == col(Project.id))
    query = query.where(Revision.project_id == project_id, Project.owner == owner)
    with db.read() as s:
        return s.exec(query.order_by(col(Revision.number).desc()).limit(1)).first() or (0, "")


def authors_since(db: Database, owner: str, project_id: str, base: int) -> tuple[str, ...]:
    """Who has made revisions after that one, each once."""
    query = _owned(owner, project_id).where(Revision.number > base).order_by(col(Revision.number))
    with db.read() as s:
        return tuple(dict.fromkeys(row.author for row in s.exec(query)))


def by_number(db: Database, owner: str, project_id: str, number: int) -> Revision:
    """That revision; NotFound when the project, or it, is not there."""
    with db.read() as s:
        row = s.exec(_owned(owner, project_id).where(Revision.number == number)).first()
        if row is None:
            raise NotFound("There is no such version.")
        return row


def by_origin(db: Database, origin: str) -> Revision | None:
    """The revision that a step made."""
    with db.read() as s:
        return s.exec(select(Revision).where(Revision.origin == origin)).first()


def add(
    db: Database,
    now: datetime,
    *,
    owner: str,
    project_id: str,
    plan: dict[str, Any],
    author: str,
    reason: str,
    base: int | None,
    origin: str | None = None,
) -> Revision:
    """Adds an edited plan. Conflict when `base` is no longer the newest: somebody was faster."""
    with db.write() as s:
        newest = _newest(s, owner, project_id)
        _still(newest, base)
        number = newest.number + 1 if newest else 1
        row = Revision(
            project_id=project_id,
            number=number,
            plan=plan,
            author=author,
            reason=reason,
            move="edit",
            content=number,
            parent=newest.content if newest else None,
            origin=origin,
            created=now,
        )
        return _add(s, now, row)


def step_back(
    db: Database,
    now: datetime,
    *,
    owner: str,
    project_id: str,
    author: str,
    base: int | None = None,
    origin: str | None = None,
) -> Revision:
    """Undo: the content that the newest was made from becomes the newest. Conflict when `base` is not the newest."""
    with db.write() as s:
        newest = _newest(s, owner, project_id)
        _still(newest, base)
        parent = _by_number(s, project_id, newest.content).parent if newest else None
        if newest is None or parent is None:
            raise ImpossibleEdit("There is nothing to undo.", "This is the first version of the plan.")
        return _add(s, now, _again(s, newest, parent, author, f"Undo: {newest.reason}", "undo", origin))


def step_forward(
    db: Database,
    now: datetime,
    *,
    owner: str,
    project_id: str,
    author: str,
    base: int | None = None,
    origin: str | None = None,
) -> Revision:
    """Redo: the content that was last undone from here becomes the newest. Conflict when `base` is not the newest."""
    with db.write() as s:
        newest = _newest(s, owner, project_id)
        _still(newest, base)
        target = redo_target(_all(s, project_id)) if newest else None
        if newest is None or target is None:
            raise ImpossibleEdit("There is nothing to redo.", "Redo works just after an undo.")
        reason = _by_number(s, project_id, target).reason
        return _add(s, now, _again(s, newest, target, author, f"Redo: {reason}", "redo", origin))


def restore(
    db: Database, now: datetime, *, owner: str, project_id: str, number: int, author: str, base: int | None = None
) -> Revision:
    """An earlier revision becomes the newest; an undo takes that back. Conflict when `base` is not the newest."""
    with db.write() as s:
        newest = _newest(s, owner, project_id)
        if newest is None:
            raise NotFound("There is no plan yet.")
        _still(newest, base)
        old = _by_number(s, project_id, number)
        row = _again(s, newest, old.content, author, f"Back to version {number}", "restore")
        row.content, row.parent, row.undone = row.number, newest.content, first_content(s, old)
        return _add(s, now, row)


def first_content(s: Session, row: Revision) -> int:
    """Number of the revision that first had the plan of this one, also where it was restored since."""
    made = row if row.content == row.number else _by_number(s, row.project_id, row.content)
    return made.number if made.undone is None else made.undone


def redo_target(rows: list[Revision]) -> int | None:
    """Content that a redo would bring back; `rows` are the newest first."""
    if not rows:
        return None
    for row in rows:
        if row.move in ("edit", "restore"):
            return None
        if row.move == "undo" and row.content == rows[0].content:
            return row.undone
    return None


def _owned(owner: str, project_id: str) -> SelectOfScalar[Revision]:
    """Revisions of a project of this owner's."""
    return (
        select(Revision)
        .join(Project, col(Revision.project_id) == col(Project.id))
        .where(Revision.project_id == project_id, Project.owner == owner)
    )


def _again(
    s: Session, newest: Revision, content: int, author: str, reason: str, move: str, origin: str | None = None
) -> Revision:
    original = _by_number(s, newest.project_id, content)
    return Revision(
        project_id=newest.project_id,
        number=newest.number + 1,
        plan=original.plan,
        author=author,
        reason=reason,
        move=move,
        content=content,
        parent=original.parent,
        undone=newest.content if move == "undo" else None,
        origin=origin,
        created=newest.created,
    )


def _add(s: Session, now: datetime, row: Revision) -> Revision:
    row.created = now
    s.add(row)
    s.exec(update(Project).where(col(Project.id) == row.project_id).values(stage="storyboard", updated=now))
    s.flush()
    return row


def _all(s: Session, project_id: str) -> list[Revision]:
    return list(s.exec(select(Revision).where(Revision.project_id == project_id).order_by(col(Revision.number).desc())))


def _still(newest: Revision | None, base: int | None) -> None:
    """Conflict when what was looked at is no longer the newest: somebody was faster."""
    if base is not None and (newest.number if newest else 0) != base:
        raise Conflict("The plan was changed meanwhile, so this change was not made.")


def _newest(s: Session, owner: str, project_id: str) -> Revision | None:
    """The newest revision; the project's row is held, so that two who write come one after the other."""
    mine = select(Project.id).where(Project.id == project_id, Project.owner == owner).with_for_update()
    if s.exec(mine).first() is None:
        raise NotFound("There is no such project.")
    query = select(Revision).where(Revision.project_id == project_id)
    return s.exec(query.order_by(col(Revision.number).desc()).limit(1)).first()


def _by_number(s: Session, project_id: str, number: int) -> Revision:
    row = s.exec(select(Revision).where(Revision.project_id == project_id, Revision.number == number)).first()
    if row is None:
        raise NotFound("There is no such version.")
    return row
