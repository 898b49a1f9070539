"""The facts that ship as data: categories, voices, the model catalogue, the vendors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.catalogue import ModelCard, VendorCard
from core.domain.quality import Law, PlatformRules
from core.domain.tasks import Recovery

DATA = Path(__file__).parents[1] / "data"
DEMO_SAMPLE = DATA / "demo" / "bunny.mp4"
SPECIAL = frozenset({"price", "price_out", "inputs", "seconds"})
"""What a row of the catalogue writes otherwise than a ModelCard has it."""


@cache
def table(name: str) -> dict[str, Any]:
    """A file of `data/` as it stands."""
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf8"))


@cache
def categories() -> dict[str, dict[str, Any]]:
    """Category rows by id, in the order of the file."""
    return {row["id"]: row for row in table("categories")["category"]}


@cache
def voices() -> tuple[dict[str, Any], ...]:
    """Voice rows."""
    return tuple(table("voices")["voice"])


@cache
def tongues() -> tuple[dict[str, str], ...]:
    """The languages that the offline writer tells apart."""
    return tuple(table("tongues")["tongue"])


@cache
def music() -> tuple[dict[str, Any], ...]:
    """The pieces of music that come along, in the order of the file."""
    return tuple(table("music")["piece"])


def music_file(piece: str) -> Path:
    """Where a piece lies."""
    return DATA / "music" / f"{piece}.m4a"


@cache
def vendor_voices(vendor: str) -> tuple[dict[str, str], ...]:
    """The voices of a vendor that we know by name, the first being its usual one."""
    return next((tuple(row["voices"]) for row in table("vendor_voices")["vendor"] if row["name"] == vendor), ())


def voice_at(vendor: str, name: str) -> str:
    """The vendor's own word for a voice: one of its own stays, one of this machine gets the nearest of its kind."""
    theirs = vendor_voices(vendor)
    ours = next((row for row in voices() if row["id"] == name), None)
    if ours is None or not theirs:
        return name
    return next((v["id"] for v in theirs if v["gender"] == ours["gender"]), theirs[0]["id"])


@cache
def catalogue() -> tuple[ModelCard, ...]:
    """Every model that Reprise knows, also those that have ended."""
    return tuple(
        ModelCard(
            **{name: row[name] for name in row.keys() - SPECIAL},
            vendor=row["id"].partition("/")[0],
            price=_dollars(row.get("price")),
            price_out=_dollars(row.get("price_out")),
            inputs=tuple(row.get("inputs", ("text",))),
            seconds=tuple(row["seconds"]) if "seconds" in row else None,
        )
        for row in table("catalogue")["model"]
    )


@cache
def platforms() -> tuple[PlatformRules, ...]:
    """What each platform takes, and what it asks of films that AI has made."""
    return tuple(PlatformRules.model_validate(row) for row in table("platforms")["platform"])


@cache
def law() -> Law:
    """What the law asks of such films."""
    return Law.model_validate(table("platforms")["law"])


@cache
def vendors() -> Mapping[str, VendorCard]:
    """Every vendor that there is an adapter for, by name."""
    rows: list[dict[str, Any]] = table("vendors")["vendor"]
    return {row["name"]: VendorCard(**_with_tuples(row)) for row in rows}


@cache
def recovery_words() -> Mapping[Recovery, str]:
    """What happens after a lost answer, by what the vendor lets one find out."""
    return {Recovery(name): words for name, words in table("vendors")["recovery"].items()}


def _dollars(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
