"""The studio: what every service works with, opened once in a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from core import facts
from core.db import projects as rows
from core.db.session import Database
from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import BadInput
from core.domain.health import Health
from core.providers import ClipVendor, TaskVendor
from core.providers.keys import Ring
from core.providers.registry import Maker, makers
from core.providers.rotation import RotatingInstant
from core.services.at_once import AtOnce
from core.services.pacing import Paces
from core.settings import Settings
from core.storage import Storage
from core.storage.local import LocalStorage

UNITS = {
    "video": "second",
    "still": "still",
    "language": "million tokens",
    "speech": "character",
    "transcription": "minute",
    "music": "minute",
    "effect": "effect",
}
"""By what a model of a kind is priced in REPRISE_PRICES."""
BY_THE_PIECE = {("replicate", "music"): "film"}
"""Where a vendor sells by the piece what others sell by its length."""
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
    makers: Mapping[tuple[Kind, str], TaskVendor[Any]] = field(default_factory=dict)
    """Those that are open and make anything else, by kind of work and name."""
    rings: Mapping[str, Ring] = field(default_factory=dict)
    """The keys of each open vendor."""
    cards: tuple[ModelCard, ...] = field(default_factory=facts.catalogue)
    """Every model that is known, with its price."""
    clock: Callable[[], datetime] = utc_now
    passed: Callable[[], float] = passed
    """Seconds by a clock that nobody sets: what decides how old a look at the database is."""
    health: dict[str, Health] = field(default_factory=dict)
    """How vendors do, as this process has met them."""
    missed: dict[str, float] = field(default_factory=dict)
    """Purchases that a vendor's list did not show, and since when (`passed`) this process has been looking."""
    followed: dict[str, float] = field(default_factory=dict)
    """Purchases that a vendor has not come to an end with, and since when (`passed`) this process follows them."""
    paces: Paces = field(default_factory=Paces)
    """How fast vendors may be asked."""
    wake: threading.Event = field(default_factory=threading.Event)
    """Set when work was recorded, so that this process's workers look at once."""
    local_owner: str = LOCAL_OWNER

    def maker(self, kind: str, vendor: str) -> TaskVendor[Any] | None:
        """Who does that kind of work for that vendor; None when it is not open."""
        if kind == "video":
            return self.vendors.get(vendor)
        return self.makers.get((cast("Kind", kind), vendor))

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
    cards = catalogue(settings)
    found, rings = makers(settings)
    known = {kind: _asked_for(maker, storage, cards) for kind, maker in found.items()}
    studio = Studio(
        settings=settings,
        db=db,
        storage=storage,
        vendors={vendor: maker for (kind, vendor), maker in known.items() if kind == "video"},
        makers={place: maker for place, maker in known.items() if place[0] != "video"},
        rings=rings,
        cards=cards,
    )
    rows.ensure_account(db, studio.now(), LOCAL_OWNER, "This machine", "admin")
    return studio


def _asked_for(maker: Maker, storage: Storage, cards: tuple[ModelCard, ...]) -> TaskVendor[Any]:
    """The vendor as the buyer knows vendors."""
    if isinstance(maker, RotatingInstant):
        return AtOnce(name=maker.name, vendor=maker, storage=storage, cards=cards)
    return cast("TaskVendor[Any]", maker)


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


def catalogue(settings: Settings) -> tuple[ModelCard, ...]:
    """Every model that is known, with the prices and models that only whoever runs Reprise can know."""
    prices = settings.own_prices
    shipped = tuple(_with_price(card, prices) for card in facts.catalogue())
    return (*shipped, *_cards_of_settings(settings))


def _with_price(card: ModelCard, prices: Mapping[str, tuple[Decimal, Decimal | None]]) -> ModelCard:
    if card.id not in prices:
        return card
    price, out = prices[card.id]
    return replace(card, price=price, price_out=out, source="REPRISE_PRICES", checked=utc_now().date())


def _cards_of_settings(settings: Settings) -> tuple[ModelCard, ...]:
    """Models that no catalogue can have: those of a /v1/videos server and of a language server."""
    today = utc_now().date()
    films = tuple(
        ModelCard(
            id=f"videos/{name}",
            vendor="videos",
            kind="video",
            label=name,
            unit="second",
            price=amount,
            source="REPRISE_VIDEOS_MODELS",
            checked=today,
        )
        for name, amount in settings.videos_prices.items()
    )
    words = tuple(
        ModelCard(
            id=f"language/{name}",
            vendor="language",
            kind="language",
            label=name,
            unit="million tokens",
            price=price,
            price_out=out if out is not None else price,
            source="REPRISE_LANGUAGE_MODELS",
            checked=today,
        )
        for name, (price, out) in settings.language_prices.items()
    )
    return (*films, *words, *_own_models(settings))


def _own_models(settings: Settings) -> Iterator[ModelCard]:
    """Models that are named with a price and a kind of work, as `still:replicate/owner/name=0.05`."""
    known = {card.id for card in facts.catalogue()}
    for said, (price, out) in settings.own_prices.items():
        kind, colon, name = said.partition(":")
        if colon and kind in UNITS and name not in known:
            vendor = name.partition("/")[0]
            yield ModelCard(
                id=name,
                vendor=vendor,
                kind=cast("Kind", kind),
                label=name.partition("/")[2] or name,
                unit=BY_THE_PIECE.get((vendor, kind), UNITS[kind]),
                price=price,
                price_out=out,
                inputs=("text", "image") if kind == "video" else ("text",),
                source="REPRISE_PRICES",
                checked=utc_now().date(),
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
