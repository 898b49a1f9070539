"""The studio: what every service works with, opened once in a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core import facts
from core.db import projects as rows
from core.db.session import Database
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput
from core.domain.health import Health
from core.providers import ClipVendor
from core.providers.registry import clip_vendors
from core.settings import Settings
from core.storage import Storage
from core.storage.local import LocalStorage

LOCAL_OWNER = "local"
"""Who owns everything as long as nobody signs in."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def passed() -> float:
    """Seconds that run on whatever is done to the wall clock, and also while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Settings, database, storage, vendors and clock, together."""

    settings: Settings
    db: Database
    storage: Storage
    vendors: Mapping[str, ClipVendor] = field(default_factory=dict)
    """Those that film clips and are open, by name."""
    cards: tuple[ModelCard, ...] = field(default_factory=facts.catalogue)
    """Every model that is known, with its price."""
    clock: Callable[[], datetime] = utc_now
    passed: Callable[[], float] = passed
    """Seconds by a clock that nobody sets: what decides how old a look at the database is."""
    health: dict[str, Health] = field(default_factory=dict)
    """How vendors do, as this process has met them."""
    missed: dict[str, float] = field(default_factory=dict)
    """Purchases that a vendor's list did not show, and since when (`passed`) this process has been looking."""
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
        storage = _storage(settings)
    except OSError as error:
        raise BadInput(
            f"The data directory {settings.home} cannot be used: {error.strerror}.",
            "Set REPRISE_DATA_DIR to a folder that this program may write.",
        ) from error
    db = Database(settings.database)
    db.migrate()
    vendors = clip_vendors(settings)
    cards = (*facts.catalogue(), *_cards_of_settings(settings))
    studio = Studio(settings=settings, db=db, storage=storage, vendors=vendors, cards=cards)
    rows.ensure_account(db, studio.now(), LOCAL_OWNER, "This machine")
    return studio


def _storage(settings: Settings) -> Storage:
    """Where media lies by the settings."""
    if not settings.storage:
        return LocalStorage(settings.home)
    from core.storage.s3 import S3Storage  # noqa: PLC0415  its SDK is only loaded where it is used

    bucket, _, prefix = settings.storage.removeprefix("s3://").partition("/")
    return S3Storage(
        bucket=bucket,
        prefix=prefix,
        root=settings.home,
        endpoint_url=settings.s3_endpoint_url or None,
        region=settings.s3_region or None,
        cache_mb=settings.cache_mb,
    )


def _cards_of_settings(settings: Settings) -> tuple[ModelCard, ...]:
    """Models that only whoever runs Reprise can know: those of a /v1/videos server."""
    return tuple(
        ModelCard(
            id=f"videos/{name}",
            vendor="videos",
            kind="video",
            label=name,
            unit="second",
            price=amount,
            source="REPRISE_VIDEOS_MODELS",
            checked=utc_now().date(),
        )
        for name, amount in settings.videos_prices.items()
    )


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
