"""The stock of framing lines, with what the brief can put into their slots."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from core.providers.local.writer import english
from core.providers.local.writer.brief import Reading
from core.providers.local.writer.categories import FALLBACK, stock_lines


class Line(NamedTuple):
    """A line that could be said, its title, and whether it takes up words of the brief."""

    say: str
    title: str
    is_own: bool = False


class Stock:
    """Framing lines for one brief, in an order that the seed decides."""

    def __init__(self, reading: Reading, category: str, dice: random.Random) -> None:
        self.category = category
        self.dice = dice
        self.slots = slots_of(reading)

    def lines(self, part: str) -> list[Line]:
        """The lines for that part of the film whose slots can be filled: the brief's first, then the category's own."""
        out: list[Line] = []
        for category in dict.fromkeys((self.category, FALLBACK)):
            found = [
                self._filled(line.say, line.title) for line in stock_lines(category, part) if self._can(line.say, part)
            ]
            self.dice.shuffle(found)
            out += found
        return sorted(out, key=lambda line: not line.is_own)

    def _can(self, text: str, part: str) -> bool:
        # The reveal names a subject without a name, so the hook must not.
        if "{topic}" in text and ((part == "hook" and not self.slots["name"]) or " " not in self.slots["topic"]):
            return False
        return all(self.slots[slot.lower()] for slot in re.findall(r"\{(\w+)\}", text))

    def _filled(self, say: str, title: str) -> Line:
        """The line with its slots filled; every sentence of it begins with a capital."""
        said, read = (re.sub(r"\{(\w+)\}", self._slot, text) for text in (say, title))
        said = re.sub(r"(?:^|(?<=[.?!]\s))[a-z]", lambda found: found.group(0).upper(), said)
        return Line(said, english.capital(read), is_own="{" in say)

    def _slot(self, found: re.Match[str]) -> str:
        return self.slots[found.group(1).lower()]


def slots_of(reading: Reading) -> dict[str, str]:
    """What the brief can put into a line: name, topic, audience, crowd (a plural audience), do (what they do), pain."""
    audience = reading.audience
    clause = re.search(r"\b(?:who|that)\s+(\w+)(.*)$", audience)
    does = ""
    if clause and english.base_verb(clause.group(1)) in english.VERBS:
        does = english.base_verb(clause.group(1)) + clause.group(2)
        does = re.sub(r"\btheir\b", "your", does)
    return {
        "name": reading.name,
        "topic": reading.topic,
        "audience": audience,
        "crowd": audience if english.is_plural(audience) else "",
        "do": does,
        "pain": "" if reading.pain_is_clause else reading.pain,
    }
