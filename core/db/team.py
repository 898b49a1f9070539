"""The tables of a team's work: reviews and comments, templates and batches, and events that are sent on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.db.tables import new_id

ASKED = text("state = 'waiting'")
"""What the indexes of reviews and of messages are limited to: those that somebody, or the clock, still looks for."""


class Review(SQLModel, table=True):
    """Somebody asked a colleague to look at a plan before money is spent on it; one at a time for each project."""

    __table_args__ = (
        Index("uq_review_waiting", "project_id", unique=True, sqlite_where=ASKED, postgresql_where=ASKED),
        Index("ix_review_state", "state", "created"),
        Index("ix_review_project", "project_id", "created"),
    )

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    project_id: str = Field(foreign_key="project.id")
    revision: int
    content: int
    """Number of the revision that first had this content: the same content is not looked at twice."""
    total_micros: int = Field(sa_type=BigInteger)
    """What the film was quoted at: a dearer one is another question."""
    asked_by: str = Field(foreign_key="account.id")
    question: str = Field(default="", sa_column=Column(Text, nullable=False))
    state: str = "waiting"
    """waiting | approved | changes | withdrawn"""
    decided_by: str | None = Field(default=None, foreign_key="account.id")
    answer: str = Field(default="", sa_column=Column(Text, nullable=False))
    batch_id: str | None = None
    created: datetime
    decided: datetime | None = None


class Comment(SQLModel, table=True):
    """What somebody says of a scene, or of the whole plan."""

    __table_args__ = (Index("ix_comment_project", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    revision: int
    scene_id: str | None = None
    """None: the whole plan."""
    by: str = Field(foreign_key="account.id")
    body: str = Field(sa_column=Column(Text, nullable=False))
    created: datetime
    settled: datetime | None = None
    settled_by: str | None = Field(default=None, foreign_key="account.id")


class Template(SQLModel, table=True):
    """A plan with blanks. Its files are shared with the project it came from, and outlive that."""

    __table_args__ = (Index("ix_template_owner", "owner", "created"),)

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    by: str = Field(foreign_key="account.id")
    title: str
    plan: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    examples: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    """What stood where each blank is now, by its name."""
    assets: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """The files that the plan uses, as rows of `asset` without owner and project."""
    blobs: list[str] = Field(sa_column=Column(JSON, nullable=False))
    from_project: str | None = None
    from_revision: int | None = None
    created: datetime


class Batch(SQLModel, table=True):
    """Films that were made together, from a template and a table or as variants of one plan."""

    __table_args__ = (Index("ix_batch_owner", "owner", "created"),)

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    by: str = Field(foreign_key="account.id")
    title: str
    kind: str
    """table | variants"""
    state: str = "made"
    """made | approved"""
    total_micros: int | None = Field(default=None, sa_type=BigInteger)
    """What it was approved at."""
    created: datetime
    approved: datetime | None = None


class BatchItem(SQLModel, table=True):
    """One film of a batch."""

    __table_args__ = (Index("ix_batchitem_project", "project_id"),)

    batch_id: str = Field(primary_key=True, foreign_key="batch.id")
    number: int = Field(primary_key=True)
    """As in the table it came from, counted from 1."""
    project_id: str
    """May have been deleted since."""
    title: str
    values: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    problem: str = ""
    """Why it was not approved with the others."""


class Destination(SQLModel, table=True):
    """Where events are sent on to."""

    id: str = Field(primary_key=True, default_factory=new_id)
    kind: str
    """mail | slack | webhook"""
    address: str = Field(sa_column=Column(Text, nullable=False))
    """Of a Slack webhook it is a secret itself."""
    secret: str = ""
    """Signs what is sent; never shown again and never logged."""
    wants: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Names of events."""
    active: bool = True
    by: str = Field(foreign_key="account.id")
    created: datetime


class Outgoing(SQLModel, table=True):
    """An event on its way to one destination."""

    __table_args__ = (
        UniqueConstraint("destination_id", "key"),
        Index("ix_outgoing_due", "due", sqlite_where=ASKED, postgresql_where=ASKED),
        Index("ix_outgoing_created", "created"),
    )

    id: str = Field(primary_key=True, default_factory=new_id)
    destination_id: str = Field(foreign_key="destination.id")
    event: str
    key: str
    """What happened, so that it is sent once to each destination."""
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str = "waiting"
    """waiting | sent | given_up"""
    attempts: int = 0
    due: datetime
    problem: str = ""
    created: datetime
    sent: datetime | None = None


class Bookmark(SQLModel, table=True):
    """How far something was read that only ever grows."""

    name: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
