"""Reviews and comments: asked, answered, withdrawn; each public function is one short transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from core.db import outbox
from core.db.revisions import first_content
from core.db.session import Database
from core.db.tables import Project, Revision
from core.db.team import Comment, Review
from core.domain.errors import Conflict, NotFound

OPEN, APPROVED, CHANGES, WITHDRAWN = "waiting", "approved", "changes", "withdrawn"
Told = tuple[str, Mapping[str, Any]]
"""An event and what is said of it to those who want to know."""


def content(db: Database, owner: str, project_id: str, revision: int) -> int:
    """Number of the revision that first had the content of this one."""
    query = select(Revision).join(Project, col(Project.id) == col(Revision.project_id))
    query = query.where(Revision.project_id == project_id, Revision.number == revision, Project.owner == owner)
    with db.read() as s:
        found = s.exec(query).first()
        if found is None:
            raise NotFound("There is no such version.")
        return first_content(s, found)


def ask(db: Database, now: datetime, reviews: Sequence[Review], told: Sequence[Told]) -> None:
    """Records the questions, all or none, in place of those that were open about the same projects.

    Conflict when a plan was changed since.
    """
    with db.write() as s:
        for review in reviews:
            _held(s, review.owner, review.project_id)
            if _newest_content(s, review.project_id) != review.content:
                raise Conflict("The plan was changed meanwhile.", "Look at the newest version and ask for that.")
            earlier = update(Review).where(col(Review.project_id) == review.project_id, col(Review.state) == OPEN)
            s.exec(earlier.values(state=WITHDRAWN, decided=now))
            s.add(review)
            s.flush()
        for number, (event, body) in enumerate(told):
            outbox.put(s, now, event, f"asked {reviews[0].id} {number}", body)


def withdraw(db: Database, now: datetime, owner: str, project_id: str) -> None:
    """Takes back what was asked about a project."""
    with db.write() as s:
        _held(s, owner, project_id)
        mine = update(Review).where(col(Review.project_id) == project_id, col(Review.state) == OPEN)
        s.exec(mine.values(state=WITHDRAWN, decided=now))


def decide(
    db: Database, now: datetime, review_ids: Sequence[str], by: str, state: str, answer: str, told: Sequence[Told]
) -> None:
    """Answers the questions, all or none. Conflict when one was answered already, or its plan was changed since."""
    with db.write() as s:
        for review_id in review_ids:
            review = s.exec(select(Review).where(Review.id == review_id).with_for_update()).first()
            if review is None:
                raise NotFound("There is no such review.")
            _held(s, review.owner, review.project_id)
            if review.state != OPEN:
                raise Conflict("Somebody has answered this already, or it was withdrawn.", "Look at it again.")
            if state == APPROVED and _newest_content(s, review.project_id) != review.content:
                raise Conflict(
                    "The plan was changed after you were asked, so this approval would be of another one.",
                    "Look at the newest version: it can be asked for anew.",
                )
            review.state, review.decided_by, review.answer, review.decided = state, by, answer, now
        for number, (event, body) in enumerate(told):
            outbox.put(s, now, event, f"decided {review_ids[0]} {number}", body)


def newest(db: Database, owner: str, project_id: str) -> Review | None:
    """What was last asked about a project of this owner's."""
    query = select(Review).where(Review.project_id == project_id, Review.owner == owner)
    with db.read() as s:
        return s.exec(query.order_by(col(Review.created).desc(), col(Review.id)).limit(1)).first()


def cleared(db: Database, owner: str, project_id: str, content_number: int) -> int | None:
    """Micro-dollars at which this content was approved, at most; None when it never was, or was doubted since."""
    query = select(Review).where(
        Review.project_id == project_id,
        Review.owner == owner,
        Review.content == content_number,
        col(Review.state).in_((APPROVED, CHANGES)),
    )
    with db.read() as s:
        rows = list(s.exec(query.order_by(col(Review.decided).desc())))
    if not rows or rows[0].state == CHANGES:
        return None
    return max(row.total_micros for row in rows if row.state == APPROVED)


def listed(db: Database, states: Sequence[str], limit: int) -> list[tuple[Review, Project]]:
    """Reviews of everybody's projects in these states, the newest first: only for those who may see them."""
    query = select(Review, Project).join(Project, col(Project.id) == col(Review.project_id))
    query = query.where(col(Review.state).in_(list(states))).order_by(col(Review.created).desc()).limit(limit)
    with db.read() as s:
        return list(s.exec(query))


def one(db: Database, review_id: str) -> tuple[Review, Project]:
    """That review, whoever's project it is of: only for those who may see it. NotFound when there is none."""
    query = select(Review, Project).join(Project, col(Project.id) == col(Review.project_id))
    with db.read() as s:
        found = s.exec(query.where(Review.id == review_id)).first()
        if found is None:
            raise NotFound("There is no such review.")
        return found


def of_batch(db: Database, batch_id: str) -> list[tuple[Review, Project]]:
    """What still waits of a batch."""
    query = select(Review, Project).join(Project, col(Project.id) == col(Review.project_id))
    query = query.where(Review.batch_id == batch_id, Review.state == OPEN).order_by(col(Review.id))
    with db.read() as s:
        return list(s.exec(query))


def open_in_batch(db: Database, owner: str, batch_id: str) -> int:
    """How many of this owner's films still wait in a batch."""
    query = select(func.count()).where(Review.batch_id == batch_id, Review.state == OPEN, Review.owner == owner)
    with db.read() as s:
        return s.exec(query).one()


def answered_before(db: Database, review: Review) -> Review | None:
    """The review of the same project that was answered last before this one was asked."""
    query = select(Review).where(
        Review.project_id == review.project_id,
        Review.id != review.id,
        Review.created <= review.created,
        col(Review.state).in_((APPROVED, CHANGES)),
    )
    with db.read() as s:
        return s.exec(query.order_by(col(Review.created).desc()).limit(1)).first()


def add_comment(db: Database, now: datetime, owner: str, comment: Comment, told: Told) -> None:
    """Records what somebody says."""
    with db.write() as s:
        _held(s, owner, comment.project_id)
        s.add(comment)
        s.flush()
        outbox.put(s, now, told[0], f"comment {comment.id}", told[1])


def settle_comment(db: Database, now: datetime, owner: str, comment_id: int, by: str | None) -> None:
    """Marks it as settled by somebody, or as open again with None. NotFound when it is not on this owner's plan."""
    query = select(Comment).join(Project, col(Project.id) == col(Comment.project_id))
    with db.write() as s:
        found = s.exec(query.where(Comment.id == comment_id, Project.owner == owner)).first()
        if found is None:
            raise NotFound("There is no such comment.")
        found.settled, found.settled_by = (now, by) if by else (None, None)


def comments(db: Database, owner: str, project_id: str) -> list[Comment]:
    """Everything that was said of a project, the oldest first."""
    query = select(Comment).join(Project, col(Project.id) == col(Comment.project_id))
    query = query.where(Comment.project_id == project_id, Project.owner == owner).order_by(col(Comment.id))
    with db.read() as s:
        return list(s.exec(query))


def _held(s: Session, owner: str, project_id: str) -> None:
    """Holds the project's row, so that nobody changes its plan meanwhile."""
    mine = select(Project.id).where(Project.id == project_id, Project.owner == owner).with_for_update()
    if s.exec(mine).first() is None:
        raise NotFound("There is no such project.")


def _newest_content(s: Session, project_id: str) -> int | None:
    query = select(Revision).where(Revision.project_id == project_id)
    newest = s.exec(query.order_by(col(Revision.number).desc()).limit(1)).first()
    return first_content(s, newest) if newest else None
