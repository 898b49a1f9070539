"""What a database may say when it fails, and what that means for a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from core.domain.errors import Broken, DiskFull, RepriseError


class Unusable(Broken):
    """The database as it is cannot be read or written."""

    retryable = False


class Fault(NamedTuple):
    """What a person is told."""

    kind: type[RepriseError]
    message: str
    remedy: str | None


BUSY = Fault(Broken, "The database was busy for too long.", "Press Retry.")
FULL = Fault(DiskFull, "The disk is full: nothing more can be recorded.", None)
SILENT = Fault(Broken, "The database does not answer.", "See that it runs and can be reached, then press Retry.")
CROWDED = Fault(
    Broken, "The database has no connection left.", "Press Retry; if it stays so, raise its max_connections."
)
ODD = Fault(Broken, "The database did not answer as it should.", "Press Retry; the log says more.")
REFUSED = Fault(
    Unusable,
    "The database refuses the address that it is reached by.",
    "Correct user, password and name of the database in REPRISE_DATABASE_URL.",
)

SQLITE_SAYS: tuple[tuple[tuple[str, ...], Fault], ...] = (
    (("disk is full",), FULL),
    (("locked", "busy"), BUSY),
    (
        ("not a database", "malformed"),
        Fault(
            Unusable,
            "The database is damaged.",
            "Put back a copy of it, or set REPRISE_DATA_DIR to another folder.",
        ),
    ),
    (
        ("unable to open", "readonly", "read-only"),
        Fault(
            Unusable,
            "The database cannot be written.",
            "Give this program the right to write there, or set REPRISE_DATA_DIR to another folder.",
        ),
    ),
)
"""What SQLite may say, and what that means for a person."""

POSTGRES_CODES = {
    "08": SILENT,
    "25006": Fault(
        Unusable, "The database can only be read.", "Set REPRISE_DATABASE_URL to a server that may be written."
    ),
    "25P": BUSY,  # we held a transaction open for too long
    "28": REFUSED,
    "3D": REFUSED,
    "40": BUSY,  # a deadlock, or a change by another that came first
    "42501": Fault(
        Unusable,
        "The database does not let its user do that.",
        "GRANT the user CREATE and USAGE on the schema, or correct REPRISE_DATABASE_URL.",
    ),
    "53100": FULL,
    "53300": CROWDED,
    "55P03": BUSY,
    "57014": BUSY,
    "57P": SILENT,
    "XX001": Fault(Unusable, "The database is damaged.", "Put back a copy of it."),
    "XX002": Fault(Unusable, "An index of the database is damaged.", "REINDEX it."),
}
"""SQLSTATE, or how it begins, and what that means for a person.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

POSTGRES_SAYS_AT_THE_DOOR: tuple[tuple[tuple[str, ...], Fault], ...] = (
    (("too many clients", "too many connections", "connection slots"), CROWDED),
    (("authentication failed", "does not exist", "no password supplied", "pg_hba.conf", "not permitted"), REFUSED),
)
"""A refused connection has no SQLSTATE, only words. In another language than English it counts as silent."""


@contextmanager
def in_words() -> Iterator[None]:
    """Turns what the machinery of the database says into an error of ours; faults of the program stay as they are."""
    try:
        yield
    except NoConnectionFree as error:
        raise _told(BUSY) from error
    except DBAPIError as error:
        fault = _fault(error)
        if fault is None:
            raise
        raise _told(fault) from error


def _told(fault: Fault) -> RepriseError:
    return fault.kind(fault.message, fault.remedy)


def _fault(error: DBAPIError) -> Fault | None:
    """What to tell a person; None when the program is at fault."""
    if isinstance(error, IntegrityError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _fault_of_sqlite(error)
    return _fault_of_postgres(error)


def _fault_of_sqlite(error: DBAPIError) -> Fault | None:
    if isinstance(error, ProgrammingError | InterfaceError):
        return None
    return _said(SQLITE_SAYS, error) or ODD


def _fault_of_postgres(error: DBAPIError) -> Fault | None:
    code = getattr(error.orig, "sqlstate", None)
    if code:
        known = (POSTGRES_CODES.get(code[:length]) for length in (5, 3, 2))
        return next(filter(None, known), None if isinstance(error, ProgrammingError) else ODD)
    if error.statement is None and not error.connection_invalidated:  # it did not come to a connection
        said = _said(POSTGRES_SAYS_AT_THE_DOOR, error)
        return said or (REFUSED if isinstance(error, ProgrammingError) else SILENT)
    return None if isinstance(error, ProgrammingError) else SILENT


def _said(meanings: tuple[tuple[tuple[str, ...], Fault], ...], error: DBAPIError) -> Fault | None:
    said = str(error.orig).lower()
    return next((fault for words, fault in meanings if any(word in said for word in words)), None)
