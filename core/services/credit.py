"""What is left on the accounts of vendors, where they tell: asked each night, in `doctor`, and when a person asks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.domain.catalogue import Credit
from core.domain.errors import VendorError
from core.providers import TellsCredit
from core.services.studio import Studio
from core.services.vendors import everybody

log = logging.getLogger("reprise.credit")


class Left(BaseModel):
    """What was left when it was last asked on this machine: a sentence for each vendor that tells."""

    model_config = ConfigDict(frozen=True)

    at: datetime | None = None
    """UTC; None: nobody has asked yet."""
    vendors: dict[str, str] = {}


def ask(studio: Studio) -> Left:
    """Asks every open vendor that tells, under each of its keys, and keeps what they say."""
    told = {name: _all(keys) for name, keys in _telling(studio)}
    left = Left(at=studio.now(), vendors=told)
    _path(studio).write_text(left.model_dump_json(), "utf8")
    return left


def newest(studio: Studio) -> Left:
    """What the vendors said when they were last asked."""
    try:
        return Left.model_validate_json(_path(studio).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Left()


def tells(studio: Studio, vendor: str) -> bool:
    """Whether an open vendor can say what is left."""
    return any(name == vendor for name, _ in _telling(studio))


def _telling(studio: Studio) -> Iterator[tuple[str, list[TellsCredit]]]:
    """Each open vendor that tells, once, under each of its keys."""
    seen: set[str] = set()
    for name, maker in everybody(studio):
        keys = [one for one in getattr(maker, "vendors", ()) if isinstance(one, TellsCredit)]
        if keys and name not in seen:
            seen.add(name)
            yield name, keys


def _all(keys: list[TellsCredit]) -> str:
    """What is left under all keys together, in a sentence."""
    found: list[Credit] = []
    trouble = ""
    for key in keys:
        try:
            found.append(key.credit())
        except VendorError as error:
            log.warning("what is left could not be asked for: %s", error.sentence)
            trouble = error.message
    if not found:
        return f"What is left is not known: {trouble}"
    worth = [credit.usd for credit in found if credit.usd is not None]
    dollars = f" (${sum(worth, Decimal(0)):,.2f})" if worth else ""
    missing = f" Not every key answers: {trouble}" if trouble else ""
    return f"{sum(credit.left for credit in found):,.0f} {found[0].unit}{dollars} left.{missing}"


def _path(studio: Studio) -> Path:
    return studio.settings.home / "credit.json"
