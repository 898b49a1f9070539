"""What is done now and then, once for everybody, however many processes look after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from core.db.session import Database
from core.db.tables import Chore


def my_turn(db: Database, now: datetime, name: str, every: timedelta) -> bool:
    """Whether the caller is to do it now: of all that ask within `every` exactly one is told so."""
    long_ago = now - every
    insert = (postgresql if db.is_postgres else sqlite).insert(Chore).values(name=name, done=long_ago)
    due = update(Chore).where(col(Chore.name) == name, (col(Chore.done) <= long_ago) | (col(Chore.done) > now))
    with db.write() as s:
        s.connection().execute(insert.on_conflict_do_nothing(index_elements=["name"]))
        return s.connection().execute(due.values(done=now)).rowcount == 1
