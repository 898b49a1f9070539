"""The categories of films and the writer's stock of lines, as data/*.toml has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from core import facts
from core.domain.plan import Motif, Part, Role, Tone

FALLBACK = "general"


class Picture(NamedTuple):
    """What the local renderer draws, and the same in words with `{subject}` open."""

    motif: str
    visual: str


class StockLine(NamedTuple):
    """A framing line and its title ('' for lines that go with another one), slots open."""

    say: str
    title: str = ""


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
    rows = facts.table("categories")["category"]
    found = [
        Category.model_validate(
            {**row, "pictures": {role: [p.split(" | ", 1) for p in ps] for role, ps in row["pictures"].items()}}
        )
        for row in rows
    ]
    return {category.id: category for category in found}


@cache
def stock_lines(category: str, part: str) -> tuple[StockLine, ...]:
    """The category's own lines for that part of a film; those for all are the category `general`."""
    texts: list[str] = facts.table("lines").get(category, {}).get(part, [])
    return tuple(StockLine(*text.split(" | ", 1)) for text in texts)


def choose_category(wish: str, brief: str) -> Category:
    """The category that was wished for, else the one whose keywords the brief has most of."""
    known = categories()
    if wish in known:
        return known[wish]
    said = re.findall(r"[^\W\d_]+", brief.lower())
    hits = {key: sum(word in category.keywords for word in said) for key, category in known.items()}
    if re.match(r"\s*(?:explain|why|how|what|when|who)\b", brief, re.IGNORECASE):
        hits["education"] += 2
    best = max(hits, key=lambda key: hits[key])
    return known[best if hits[best] else FALLBACK]
