"""The categories of films and the writer's stock of lines, as data/*.toml has them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from core.domain.plan import Motif, Part, Role, Tone

DATA = Path(__file__).resolve().parents[4] / "data"
FALLBACK = "general"


class Picture(NamedTuple):
    """What the local renderer draws, and the same in words with `{subject}` open."""

    motif: str
    visual: str


class StockLine(NamedTuple):
    """A framing line and its title, slots open."""

    say: str
    title: str


class Category(Part):
    """One kind of film; `priority` runs from 1 to 10."""

    id: str
    label: str
    tier: str
    priority: int
    tone: Tone
    palette: tuple[str, ...]
    keywords: frozenset[str]
    pictures: Mapping[Role, tuple[tuple[Motif, str], ...]]

    def pictures_of(self, role: Role) -> list[Picture]:
        """Its pictures for that role, best first."""
        return [Picture(motif, visual) for motif, visual in self.pictures[role]]


@cache
def categories() -> Mapping[str, Category]:
    """Every category by id, in the order of the file."""
    with (DATA / "categories.toml").open("rb") as file:
        rows = tomllib.load(file)["category"]
    found = [
        Category.model_validate(
            {**row, "pictures": {role: [p.split(" | ", 1) for p in ps] for role, ps in row["pictures"].items()}}
        )
        for row in rows
    ]
    return {category.id: category for category in found}


@cache
def stock_lines(category: str, role: Role) -> tuple[StockLine, ...]:
    """The category's own lines for that role, then those for all categories."""
    with (DATA / "lines.toml").open("rb") as file:
        rows = tomllib.load(file)
    texts = [*rows.get(category, {}).get(role, []), *rows[FALLBACK].get(role, [])]
    return tuple(StockLine(*text.split(" | ", 1)) for text in dict.fromkeys(texts))


def choose_category(wish: str, brief: str) -> Category:
    """The category that was wished for, else the one whose keywords the brief has most of."""
    known = categories()
    if wish in known:
        return known[wish]
    said = re.findall(r"[^\W\d_]+", brief.lower())
    hits = {key: sum(word in category.keywords for word in said) for key, category in known.items()}
    best = max(hits, key=lambda key: hits[key])
    return known[best if hits[best] else FALLBACK]
