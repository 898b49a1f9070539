"""Every table. What belongs to somebody carries its owner, and every query takes it."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Text,
    TextClause,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlmodel import Field, SQLModel


def new_id() -> str:
    """An unguessable id: 96 bits, safe in a URL."""
    return secrets.token_hex(12)


class Account(SQLModel, table=True):
    """Somebody who owns things. Without sign-in there is one, this machine's."""

    id: str = Field(primary_key=True, default_factory=new_id)
    name: str
    role: str = Field(default="creator", sa_column_kwargs={"server_default": "creator"})
    """creator | reviewer | admin"""
    passcode: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Salt and scrypt of it; empty: anybody at this machine may work under the name."""
    reviewed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether somebody else looks at every plan of theirs before money is spent."""
    active: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    created: datetime


class Project(SQLModel, table=True):
    """One film to be."""

    __table_args__ = (Index("ix_project_owner_updated", "owner", "updated"),)

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    title: str
    brief: str = Field(sa_column=Column(Text, nullable=False))
    category: str
    platform: str
    aspect: str
    resolution: str
    seconds: float | None = None
    may_use_frames: bool = False
    seed: int = 0
    stage: str = "empty"
    sample_id: str | None = None
    thumbnail_id: str | None = None
    way: str = Field(default="remake", sa_column_kwargs={"server_default": "remake"})
    """remake | story | listing"""
    scenes: int | None = None
    """How many there are to be, where the person says so."""
    listing: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )
    """Fields of an offer: title, description, price, category."""
    crew: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )
    """Models that the person chose for its plan, by kind of work."""
    character_id: str | None = None
    """Image of who or what is to look the same in every scene."""
    from_project: str | None = None
    """What it was branched from, which may be gone by now."""
    from_revision: int | None = None
    created: datetime
    updated: datetime


class Asset(SQLModel, table=True):
    """A stored file of a project."""

    __table_args__ = (
        Index("ix_asset_project_kind", "project_id", "kind", "created"),
        Index("ix_asset_owner_kind", "owner", "kind", "created"),
        Index("ix_asset_blob", "blob"),
    )

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    project_id: str = Field(foreign_key="project.id")
    kind: str
    name: str
    mime: str
    size: int = Field(sa_type=BigInteger)
    blob: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created: datetime


class Analysis(SQLModel, table=True):
    """What was measured of a project's sample; a new sample replaces it."""

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    asset_id: str = Field(foreign_key="asset.id")
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    key_frames: list[str] = Field(sa_column=Column(JSON, nullable=False))
    described: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What a model that sees said of it (core.domain.described)."""
    transcript: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    """What is said in it: text, words with times, language, and by which model."""
    created: datetime


class Revision(SQLModel, table=True):
    """One state of a plan. Rows are only ever added; an undo adds the earlier content again."""

    __table_args__ = (UniqueConstraint("project_id", "number"), UniqueConstraint("origin"))

    id: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    number: int
    plan: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    author: str
    reason: str
    move: str
    """edit | undo | redo | restore"""
    content: int
    """Number of the revision that first had this content; a restored one counts as new, so that it can be undone."""
    parent: int | None = None
    """Content that this content was made from, or that was restored over."""
    undone: int | None = None
    """On an undo: the content that was left. On a restore: the revision that first had the plan."""
    origin: str | None = None
    """The step that made it, so that a repeated step makes it once."""
    created: datetime


class Message(SQLModel, table=True):
    """A line of the director's chat."""

    __table_args__ = (Index("ix_message_project", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    role: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    done: bool = True
    revision: int | None = None
    touched: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """On a reply: the scenes it spoke of, which the next message may call "it". On a message: the files with it."""
    created: datetime


class Approval(SQLModel, table=True):
    """A person agreed to a revision at a price. It is never changed."""

    __table_args__ = (Index("ix_approval_project", "project_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    owner: str = Field(foreign_key="account.id")
    project_id: str = Field(foreign_key="project.id")
    revision: int
    total_micros: int = Field(sa_type=BigInteger)
    quote: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    priced_on: str
    fallback: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Models that may film a scene when its own cannot, in this order."""
    created: datetime


class Chore(SQLModel, table=True):
    """Something that is done now and then, once for everybody."""

    name: str = Field(primary_key=True)
    done: datetime


class Worker(SQLModel, table=True):
    """A process that does steps."""

    id: str = Field(primary_key=True, default_factory=new_id)
    host: str
    """Name, boot and process space of the machine: only there does the pid mean anything."""
    pid: int
    born: float
    """When the process started, as the system tells it: a pid alone is used again."""
    heartbeat: datetime = Field(index=True)


class Job(SQLModel, table=True):
    """Something that takes a while."""

    __table_args__ = (
        Index("ix_job_project", "project_id", "created"),
        Index("ix_job_state", "state", "project_id"),
    )

    id: str = Field(primary_key=True, default_factory=new_id)
    owner: str = Field(foreign_key="account.id")
    project_id: str = Field(foreign_key="project.id")
    kind: str
    state: str
    rank: float
    """Smaller goes first: seconds since 1970, less ten minutes for each point of priority."""
    revision: int | None = None
    budget_id: str | None = None
    """What was approved for it."""
    fraction: float = 0
    problem: str = ""
    remedy: str = ""
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None


READY, WAITING = text("state = 'ready'"), text("state = 'waiting'")
REPLY = text("state = 'ready' AND kind = 'reply'")
UNDER_WAY = text("state IN ('running', 'waiting')")
"""What the indexes of steps are limited to: a query is served by them only when it says the same (`step_where`)."""


def step_where(limit: TextClause) -> TextClause:
    """The limit of an index as a condition of a query that may see other tables too."""
    return text(" AND ".join(f"step.{part}" for part in limit.text.split(" AND ")))


class Step(SQLModel, table=True):
    """One piece of a job, addressed by the content of its inputs."""

    __table_args__ = (
        Index("ix_step_ready", "pool", "rank", "position", sqlite_where=READY, postgresql_where=READY),
        Index("ix_step_reply", "rank", "position", sqlite_where=REPLY, postgresql_where=REPLY),
        Index("ix_step_waiting", "due", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_step_finished", "finished"),
        Index("ix_step_job", "job_id", "position"),
        Index("ix_step_under_way", "pool", sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY),
        Index("ix_step_worker", "worker_id", "state"),
    )

    id: str = Field(primary_key=True, default_factory=new_id)
    job_id: str = Field(foreign_key="job.id")
    position: int
    kind: str
    label: str
    scene_id: str | None = None
    state: str
    pool: str = "here"
    """Whose capacity it takes: this machine's, or a vendor's."""
    rank: float = 0
    """That of its job."""
    gated: bool = False
    """A person is asked before it starts."""
    choice: int = 0
    """Which model of the approved chain is at it."""
    key: str = Field(index=True)
    """SHA-256 of everything that its output depends on."""
    inputs: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    waits_for: int = 0
    """Steps that must be done first and are not."""
    weight: float = 1
    """Seconds it is expected to take, by the history of its kind."""
    base: float = 1
    """Seconds it is expected to take, without any history."""
    fraction: float = 0
    fence: int = 0
    """Goes up with every claim; a write with an older one is void."""
    worker_id: str | None = None
    attempts: int = 0
    troubles: int = 0
    """Times in a row that a paid task could not be asked about or collected."""
    lost_workers: int = 0
    due: datetime
    announced: datetime | None = None
    """When the queue was last told of it."""
    problem: str = ""
    remedy: str = ""
    reused: bool = False
    started: datetime | None = None
    finished: datetime | None = None


class Need(SQLModel, table=True):
    """`step_id` needs `needs_id` to be done."""

    __table_args__ = (Index("ix_need_needs", "needs_id"),)

    step_id: str = Field(primary_key=True, foreign_key="step.id")
    needs_id: str = Field(primary_key=True, foreign_key="step.id")


class Output(SQLModel, table=True):
    """What a step of that key gave; found again, it is not made again."""

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    key: str = Field(primary_key=True)
    result: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    blobs: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created: datetime


class Event(SQLModel, table=True):
    """Something that happened to a job; rows are only ever added."""

    __table_args__ = (Index("ix_event_job", "job_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    job_id: str = Field(foreign_key="job.id")
    step_id: str | None = None
    what: str
    detail: str = ""
    at: datetime
