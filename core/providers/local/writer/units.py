"""What a brief has to say, unit by unit: made shorter, left out or taken apart until it fits the film."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.domain.plan import Role
from core.providers.local.writer import english
from core.providers.local.writer.speech import MOST, seconds_needed, spoken_words
from core.providers.local.writer.titles import foreign_title

LENT = 1.35
"""How far a line may pass the room of its scene; the lengths are evened out afterwards."""
CLAUSE_END = r"(?<=[,;:、，；])\s*|\s(?=(?:con|mit|avec|met|com)\s+\w+\s+\w)"
"""Where a sentence of another language may be taken apart."""
LEAST_CLAUSE = 6
"""Characters; a shorter clause does not stand alone."""


class Unit(NamedTuple):
    """Something to be said in one breath: lines from long to short."""

    role: Role
    lines: tuple[str, ...]
    title: str
    has_number: bool = False


def said_in(units: Sequence[Unit], seconds: float) -> list[str]:
    """The units' lines, the longest that can be said in the scene; those that cannot are left out."""
    chosen = [0] * len(units)

    def needed() -> float:
        return seconds_needed(" ".join(u.lines[i] for u, i in zip(units, chosen, strict=True)))

    while needed() > seconds * LENT:
        shorter = [i for i, u in enumerate(units) if chosen[i] < len(u.lines) - 1]
        if not shorter:
            break
        chosen[max(shorter, key=lambda i: len(units[i].lines[chosen[i]]))] += 1
    texts: list[str] = []
    for unit, i in zip(units, chosen, strict=True):
        if seconds_needed(" ".join([*texts, unit.lines[i]])) <= seconds * LENT:
            texts.append(unit.lines[i])
    return texts


def trimmed(units: list[Unit], room: float) -> list[Unit]:
    """The units for which there is room, in words: long lines shortened first, then the last ones left out."""
    most = room * MOST
    units = list(units)

    def load() -> float:
        return sum(spoken_words(u.lines[0]) for u in units)

    while load() > most:
        long = [i for i, u in enumerate(units) if len(u.lines) > 1]
        if not long:
            break
        place = max(long, key=lambda i: len(units[i].lines[0]))
        units[place] = units[place]._replace(lines=units[place].lines[1:])
    while len(units) > 1 and load() > most:
        plain = [i for i, u in enumerate(units) if u.role != "reveal" and not u.has_number]
        units.pop(plain[-1] if plain else -1)
    return units


def in_clauses(units: list[Unit], wanted: int) -> list[Unit]:
    """The units, long ones taken apart at their commas while there are scenes without words."""
    units = list(units)
    while len(units) < wanted:
        parts = [re.split(CLAUSE_END, u.lines[0], maxsplit=1) for u in units]
        able = [i for i, p in enumerate(parts) if len(p) == 2 and min(map(len, p)) >= LEAST_CLAUSE]
        if not able:
            break
        place = max(able, key=lambda i: len(units[i].lines[0]))
        head, tail = (english.sentence(part) for part in parts[place])
        units[place : place + 1] = [Unit("feature", (text,), foreign_title(text)) for text in (head, tail)]
    return units
