"""The studio: what every service works with, opened once in a process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.db import projects as rows
from core.db.session import Database
from core.domain.errors import BadInput
from core.settings import Settings
from core.storage import Storage
from core.storage.local import LocalStorage

LOCAL_OWNER = "local"
"""Who owns everything as long as nobody signs in."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Settings, database, storage and clock, together."""

    settings: Settings
    db: Database
    storage: Storage
    clock: Callable[[], datetime] = utc_now
    wake: threading.Event = field(default_factory=threading.Event)
    """Set when work was recorded, so that this process's workers look at once."""
    local_owner: str = LOCAL_OWNER

    @property
    def certificates(self) -> Path:
        """Where the certificates that sign films lie."""
        return self.settings.home / "certificates"

    def now(self) -> datetime:
        """The time by this studio's clock."""
        return self.clock()


def open_studio(settings: Settings) -> Studio:
    """Makes the folders, migrates the database and opens both. BadInput when one of them cannot be used."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        storage = LocalStorage(settings.home)
    except OSError as error:
        raise BadInput(
            f"The data directory {settings.home} cannot be used: {error.strerror}.",
            "Set REPRISE_DATA_DIR to a folder that this program may write.",
        ) from error
    db = Database(settings.database)
    db.migrate()
    studio = Studio(settings=settings, db=db, storage=storage)
    rows.ensure_account(db, studio.now(), LOCAL_OWNER, "This machine")
    return studio


_lock = threading.Lock()
_current: list[Studio] = []


def current() -> Studio:
    """This process's studio, opened at the first call."""
    with _lock:
        if not _current:
            _current.append(open_studio(Settings.read()))
        return _current[0]


def use(studio: Studio | None) -> None:
    """Makes `studio` this process's own; None forgets it. The launcher and tests call it."""
    with _lock:
        _current.clear()
        if studio is not None:
            _current.append(studio)
