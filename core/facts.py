"""The facts that ship as data: categories, voices, the model catalogue."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.catalogue import ModelCard

DATA = Path(__file__).parents[1] / "data"
DEMO_SAMPLE = DATA / "demo" / "bunny.mp4"


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
def catalogue() -> tuple[ModelCard, ...]:
    """Every model that Reprise knows."""
    return tuple(
        ModelCard(
            id=row["id"],
            vendor=row["vendor"],
            kind=row["kind"],
            label=row["label"],
            unit=row["unit"],
            price=Decimal(row["price"]),
            source=row["source"],
            checked=row["checked"] if isinstance(row["checked"], date) else date.fromisoformat(row["checked"]),
        )
        for row in table("catalogue")["model"]
    )
