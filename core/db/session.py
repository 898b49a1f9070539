"""The database: one engine, short transactions that read or write, on SQLite and on PostgreSQL.

On SQLite a writing transaction takes the write lock at its first word (`BEGIN IMMEDIATE`), so that
what it has read stays true until it commits; readers never wait (WAL). On PostgreSQL a writing
transaction is READ COMMITTED and locks the rows that it decides by (`FOR UPDATE`). On both, a
reading one sees one moment.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

from core.db.faults import Unusable, in_words
from core.domain.errors import BadInput

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
"""How long a transaction waits for another one's lock."""
RETRY = 0.01
"""Seconds between two tries to switch SQLite's journal."""
DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
"""What an address may begin with, and the driver that serves it."""
MIGRATING = int.from_bytes(b"reprise")
"""Number of the advisory lock that whoever migrates holds."""
WITHOUT_KEYS = "without keys"
"""Marks a connection to SQLite on which foreign keys are not looked at, for the time of a migration."""

POOL = {"pool_size": 12, "max_overflow": 24}
LIVELINESS = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": BUSY_MS,
}
"""Of a connection to PostgreSQL: a server that was cut off is noticed within 30 s, not after hours."""
SESSION = {
    "timezone": "'UTC'",
    "default_transaction_isolation": "'read committed'",
    "lock_timeout": BUSY_MS,
    "statement_timeout": 2 * BUSY_MS,
    # shorter than the wait for a lock, so that who waits outlives a holder that has vanished
    "idle_in_transaction_session_timeout": BUSY_MS * 2 // 3,
    "tcp_keepalives_idle": 15,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
"""Of a session on PostgreSQL, whatever the server's own defaults are."""

events = logging.getLogger("reprise.events")


class Database:
    """Sessions on one database.

    `pause`, when set, is called around every transaction, never inside one, with "before read",
    "after read", "before write" or "after write": a simulation lets others go first there.
    """

    def __init__(self, url: str) -> None:
        """BadInput when the address cannot be one; whether the database answers shows with the first session."""
        self.url = url
        self.engine = _engine(url)
        self.pause: Callable[[str], None] | None = None
        self._reader = self.engine
        if self.is_postgres:
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = self.engine.execution_options(writes=True)
        self._durable = self.engine.execution_options(writes=True, durable=True)
        # SQLite lets who waits for its lock sleep and try again: within a process it goes by turns, which is fairer
        self._turn: AbstractContextManager[object] = nullcontext() if self.is_postgres else threading.Lock()

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL: several writers at once, and locks on rows."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and writes nothing."""
        self._reached("before read")
        with in_words(), Session(self._reader, expire_on_commit=False) as session:
            yield session
        self._reached("after read")

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back when anything is raised.

        What is committed outlives the program; with `durable` a power cut too (on PostgreSQL it always does).
        Sentences put into the list `session.info["said"]` are logged once they have become true.
        """
        self._reached("before write")
        with self._turn, in_words(), self._session(durable=durable) as session, session.begin():
            yield session
        for sentence in session.info.get("said", ()):
            events.info("%s", sentence)
        self._reached("after write")

    def _session(self, *, durable: bool) -> Session:
        return Session(self._durable if durable else self._writer, expire_on_commit=False)

    def migrate(self) -> None:
        """Brings the tables to their newest form; quick when they are. BadInput when this database cannot serve.

        Of several processes that start at once one does it; the others wait and find it done.
        """
        from alembic import command  # noqa: PLC0415  half a second that only a start pays
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self._writer.execution_options(migrates=True)
        try:
            with in_words():
                command.upgrade(config, "head")
        except CommandError as error:
            raise BadInput(
                f"The database was made by a newer Reprise ({self._address}).",
                f"Bring this program up to date, or set {self._setting}.",
            ) from error
        except Unusable as error:
            raise BadInput(f"{error.message} ({self._address})", error.remedy) from error

    def ping(self) -> None:
        """Asks the database a question; raises when it does not answer."""
        with self.read() as session:
            session.connection().exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """Ends every connection."""
        self.engine.dispose()

    @property
    def _address(self) -> str:
        """Where it is, without what is secret: passwords may stand in the query as well."""
        return self.engine.url.set(query={}).render_as_string(hide_password=True)

    @property
    def _setting(self) -> str:
        return "REPRISE_DATABASE_URL to another database" if self.is_postgres else "REPRISE_DATA_DIR to another folder"

    def _reached(self, place: str) -> None:
        if self.pause is not None:
            self.pause(place)


def _engine(address: str) -> Engine:
    """The engine of that address. BadInput when it cannot be one."""
    url = _url(address)
    options: dict[str, Any]
    if url.get_backend_name() == "postgresql":
        options = {**POOL, "pool_pre_ping": True, "connect_args": LIVELINESS}
        prepare, begin = _prepare_postgres, _begin_postgres
    elif url.database in (None, "", ":memory:"):  # it lives in its one connection
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        prepare, begin = _prepare_sqlite, _begin_sqlite
    else:
        options = POOL
        prepare, begin = _prepare_sqlite, _begin_sqlite
    engine = create_engine(url, **options)
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", _put_back)
    return engine


def _url(address: str) -> URL:
    """The address, with the driver that serves it. BadInput says what is wrong and repeats nothing: it has a password.

    For the same reason the cause is left out.
    """
    correct = "Correct REPRISE_DATABASE_URL: sqlite:///… or postgresql://user:password@host/database."
    try:
        url = make_url(address)
        driver = DRIVERS[url.drivername]
    except (ArgumentError, KeyError, ValueError):
        raise BadInput("The address of the database cannot be used.", correct) from None
    if "@" in (url.host or ""):
        raise BadInput(
            "The address of the database has two @.", "In REPRISE_DATABASE_URL write @ in a password as %40."
        )
    return url.set(drivername=driver)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    _keep_a_journal_ahead(connection)
    connection.execute("PRAGMA foreign_keys=ON")


def _keep_a_journal_ahead(connection: sqlite3.Connection) -> None:
    """Switches to WAL, which only the first opening of a file does.

    SQLite does not wait there for others that do the same, whatever its busy_timeout is: two of them would wait for
    each other (https://www.sqlite.org/c3ref/busy_handler.html). So it is tried again for as long.
    """
    end = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(RETRY)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("migrates"):
        # a changed table is built anew and the old one dropped, which rows that point to it would forbid
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.info[WITHOUT_KEYS] = True
    if options.get("writes"):
        # in WAL mode NORMAL does not wait for the disk at each commit, and a power cut loses the last ones
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def _put_back(connection: Any, record: ConnectionPoolEntry) -> None:
    """What a migration switched off is on again for whoever takes this connection next."""
    if record.info.pop(WITHOUT_KEYS, False) and connection is not None:
        connection.execute("PRAGMA foreign_keys=ON")


def _prepare_postgres(connection: Any, _: Any) -> None:
    connection.execute("; ".join(f"SET {name} = {value}" for name, value in SESSION.items()))
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    if not connection.get_execution_options().get("migrates"):
        return
    for statement in (
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL lock_timeout = 0",  # a large table takes another process its time
        f"SELECT pg_advisory_xact_lock({MIGRATING})",
        f"SET LOCAL lock_timeout = {BUSY_MS}",
    ):
        connection.exec_driver_sql(statement)
