"""What a brief has to say, unit by unit: made shorter, left out or taken apart until it fits the film."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.domain.plan import Role, seconds_to_say
from core.domain.syllables import spoken_words
from core.providers.local.writer import english
from core.providers.local.writer.speech import MOST
from core.providers.local.writer.titles import foreign_title
from core.providers.local.writer.tongues import stands

LENT = 1.35
"""How far a line may pass the room of its scene; the lengths are evened out afterwards."""
CLAUSE_END = r"(?<=[,;:、，；])(?![\d/])\s*|\s(?=(?:con|mit|avec|met|com)\s+\w+\s+\w)"
"""Where a sentence of another language may be taken apart."""
PRAISE = re.compile(
    r"\b(?:best|great|amazing|awesome|nice|beautiful|perfect|unique|love|loves|feel|feels|dream|magic|special|quality|"
    r"innovative|passion|wonderful|fantastic|really|very)\b",
    re.IGNORECASE,
)
"""Words that praise and say nothing one could check."""
COUNTED = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|hundred|"
                     r"thousand|million|half|twice|every|free|no|zero|without)\b", re.IGNORECASE)  # fmt: skip
LEAST_CLAUSE, LEAST_WORDS = 6, 3
"""Characters, and words where a script parts them; a shorter clause does not stand alone."""
DENSE = 0x2E80
"""From here on letters are syllables and words."""


class Unit(NamedTuple):
    """Something to be said in one breath: lines from long to short."""

    role: Role
    lines: tuple[str, ...]
    title: str
    has_number: bool = False

    @property
    def weight(self) -> float:
        """How concrete it is: figures most, then names, then plain statements; praise least."""
        said = self.lines[0]
        figures = 3.0 if self.has_number else 1.5 if COUNTED.search(said) else 0.0
        names = 1.0 if re.search(r"(?<=[a-z,] )[A-Z]\w", said) else 0.0
        return figures + names + min(len(said.split()), 8) / 8 - (1.5 if PRAISE.search(said) else 0.0)


def said_in(units: Sequence[Unit], seconds: float) -> list[str]:
    """The units' lines, the longest that can be said in the scene; those that cannot are left out."""
    chosen = [0] * len(units)

    def needed() -> float:
        return seconds_to_say(" ".join(u.lines[i] for u, i in zip(units, chosen, strict=True)))

    while needed() > seconds * LENT:
        shorter = [i for i, u in enumerate(units) if chosen[i] < len(u.lines) - 1]
        if not shorter:
            break
        chosen[max(shorter, key=lambda i: len(units[i].lines[chosen[i]]))] += 1
    kept = list(range(len(units)))
    while len(kept) > 1 and seconds_to_say(" ".join(units[i].lines[chosen[i]] for i in kept)) > seconds * LENT:
        kept.remove(min(reversed(kept), key=lambda i: units[i].weight))
    return [units[i].lines[chosen[i]] for i in kept]


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
        facts = [i for i, u in enumerate(units) if u.role != "reveal"]
        # Of the equally concrete ones the last.
        units.pop(min(reversed(facts), key=lambda i: units[i].weight) if facts else -1)
    return units


def in_clauses(units: list[Unit], wanted: int) -> list[Unit]:
    """The units, long ones taken apart at their commas while there are scenes without words."""
    units = list(units)
    while len(units) < wanted:
        parts = [re.split(CLAUSE_END, u.lines[0], maxsplit=1) for u in units]
        able = [
            i for i, p in enumerate(parts)
            if len(p) == 2 and all(map(_is_clause, p)) and stands(p[0], units[i].lines[0])
        ]  # fmt: skip
        if not able:
            break
        place = max(able, key=lambda i: len(units[i].lines[0]))
        head, tail = (english.sentence(part) for part in parts[place])
        units[place : place + 1] = [Unit("feature", (text,), foreign_title(text)) for text in (head, tail)]
    return units


def _is_clause(part: str) -> bool:
    """Whether a part of a sentence is long enough to be said by itself."""
    return len(part) >= LEAST_CLAUSE and (ord(max(part)) > DENSE or len(part.split()) >= LEAST_WORDS)
