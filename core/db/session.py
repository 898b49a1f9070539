"""The database: one engine, short transactions that read or write.

On SQLite a writing transaction takes the write lock at its first word (`BEGIN IMMEDIATE`), so that
what it has read stays true until it commits; readers never wait (WAL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, create_engine

from core.domain.errors import DiskFull

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
"""How long a transaction waits for another one's write lock."""


class Database:
    """Sessions on one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url, pool_size=12, max_overflow=24)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and writes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back when anything is raised."""
        with Session(self._writer, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except OperationalError as error:
                if "disk is full" in str(error.orig):
                    raise DiskFull("The disk is full: nothing more can be recorded.") from error
                raise

    def migrate(self) -> None:
        """Brings the tables to their newest form; quick when they are."""
        from alembic import command  # noqa: PLC0415  half a second that only a start pays
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self._writer
        command.upgrade(config, "head")

    def ping(self) -> None:
        """Asks the database a question; raises when it does not answer."""
        with self.read() as session:
            session.connection().exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """Ends every connection."""
        self.engine.dispose()


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
