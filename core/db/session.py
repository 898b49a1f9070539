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
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, ProgrammingError
from sqlmodel import Session, create_engine

from core.domain.errors import BadInput, Broken, DiskFull, RepriseError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
"""How long a transaction waits for another one's write lock."""


class Database:
    """Sessions on one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self.engine = create_engine(url, pool_size=12, max_overflow=24)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise BadInput("The address of the database cannot be used.", "Correct REPRISE_DATABASE_URL.") from error
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and writes nothing."""
        with _in_words(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back when anything is raised."""
        with _in_words(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Brings the tables to their newest form; quick when they are. BadInput when this database cannot serve."""
        from alembic import command  # noqa: PLC0415  half a second that only a start pays
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self._writer
        try:
            with _in_words():
                command.upgrade(config, "head")
        except CommandError as error:
            raise BadInput(
                f"The database was made by a newer Reprise ({self.engine.url.render_as_string()}).",
                "Update this one, or set REPRISE_DATA_DIR to another folder.",
            ) from error
        except Unusable as error:
            raise BadInput(f"{error.message} ({self.engine.url.render_as_string()})", error.remedy) from error

    def ping(self) -> None:
        """Asks the database a question; raises when it does not answer."""
        with self.read() as session:
            session.connection().exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """Ends every connection."""
        self.engine.dispose()


class Unusable(Broken):
    """The database as it is cannot be read or written."""

    retryable = False


FAULTS: tuple[tuple[tuple[str, ...], type[RepriseError], str, str | None], ...] = (
    (("disk is full",), DiskFull, "The disk is full: nothing more can be recorded.", None),
    (("locked", "busy"), Broken, "The database was busy for too long.", "Press Retry."),
    (
        ("not a database", "malformed"),
        Unusable,
        "The database is damaged.",
        "Put back a copy of it, or set REPRISE_DATA_DIR to another folder.",
    ),
    (
        ("unable to open", "readonly", "read-only"),
        Unusable,
        "The database cannot be written.",
        "Give this program the right to write there, or set REPRISE_DATA_DIR to another folder.",
    ),
)
"""What a database may say, and what that means for a person."""


@contextmanager
def _in_words() -> Iterator[None]:
    """Turns what the machinery of the database says into an error of ours; faults of the program stay as they are."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except DatabaseError as error:
        said = str(error.orig).lower()
        for words, kind, message, remedy in FAULTS:
            if any(word in said for word in words):
                raise kind(message, remedy) from error
        raise Broken("The database did not answer as it should.", "Press Retry; the log says more.") from error


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
