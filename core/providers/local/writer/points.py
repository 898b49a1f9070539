"""The points of a brief: each in its own words, from the whole sentence down to the shortest that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.providers.local.writer import english
from core.providers.local.writer.names import acts
from core.providers.local.writer.sentences import CLAUSE_MARK, COMMA, items
from core.providers.local.writer.titles import foreign_title, title_for
from core.providers.local.writer.tongues import stands

LONGEST_FRAGMENT = 6
"""Words; a comma between longer parts is part of a sentence, between shorter ones of a list."""

SUBJECTLESS = re.compile(
    r"(?:costs|weighs|comes|includes|lasts|uses|has|holds|fits|contains|needs)\s+\S", re.IGNORECASE
)
"""`Weighs 14 kg`: short for a sentence about the subject."""
ACTING = re.compile(
    r"(?:that|which)\s+[a-z]+[^s\W]s\s+(?:in|at|on|for|to|with|like|up|down|out|off|itself|an?|the|your|\d)\b",
    re.IGNORECASE,
)
"""A verb that nobody lists, as what follows shows: `that boils in 40 seconds`."""
FOREIGN_LENGTH = 70
"""Characters; longer sentences of other languages are taken clause by clause."""
DENSE_LENGTH = 24
"""The same for scripts without spaces."""


JOINED = english.listed("so but because since while when if as to with without even then yet which who that")
"""Words with which a part goes on where the one before it left off: it does not stand alone."""


class Point(NamedTuple):
    """Something the brief says: lines from long to short, a title, and whether it holds a number."""

    lines: tuple[str, ...]
    title: str
    has_number: bool


def points_of(sentences: Sequence[str], *, name: str, is_english: bool) -> tuple[Point, ...]:
    """The sentences as points, no line twice."""
    points: list[Point] = []
    seen: set[str] = set()
    for said in sentences:
        parts = _split_english(said, name) if is_english else _split_foreign(said)
        for part in parts:
            point = _point(part, name, is_english=is_english)
            if point.lines and point.lines[0].lower() not in seen:
                seen.update(line.lower() for line in point.lines)
                points.append(point)
    return tuple(points)


def _point(part: str, name: str, *, is_english: bool) -> Point:
    lines = tuple(dict.fromkeys(line for line in map(english.sentence, shorter_lines(part)) if len(line) <= 380))
    # What the name does makes a title without the name, which stands on the picture anyway.
    told = f"It{part.partition(name)[2]}" if name and acts(name, part) else part
    title = title_for(told) if is_english else foreign_title(part)
    return Point(lines, title, bool(re.search(r"\d", part)))


def shorter_lines(part: str) -> list[str]:
    """The part, then the part without its last clauses, one by one."""
    out = [part]
    joints = [
        m.start() for m in re.finditer(rf"{CLAUSE_MARK}\s*|\s+[–—-]\s+|\s+(?:because|so that|while|although)\s", part)
    ]
    for joint in reversed(joints):
        head = part[:joint].strip()
        if head and stands(head, part) and (len(head.split()) >= 3 or len(head) >= 8):
            out.append(head)
    return out


def _split_foreign(said: str) -> list[str]:
    """A sentence of another language, whole where it is short, else by its clauses."""
    if len(said) <= (DENSE_LENGTH if ord(max(said)) > 0x2E80 else FOREIGN_LENGTH):
        return [said]
    return [p.strip() for p in re.split(rf"{CLAUSE_MARK}\s*|\s+[–—]\s+", said) if re.search(r"\w", p)]


def _split_english(said: str, name: str) -> list[str]:
    """One sentence as parts that each stand alone."""
    said = said.strip()
    if SUBJECTLESS.match(said):
        said = f"It {said[0].lower()}{said[1:]}"
    relative = re.match(r"(?:that|which)\s+(\w+)\s", said)
    acts_alone = ACTING.match(said) is not None
    if relative and (english.is_verb(relative.group(1)) or acts_alone):
        word = relative.group(1)
        is_one = acts_alone or english.base_verb(word) != word.lower() or word in {"is", "has"}
        said = ("It " if is_one else "They ") + said.split(" ", 1)[1]
    parts = items(said.rstrip(".!? "))
    is_told = said.split()[0].lower() in english.SUBJECTS
    if (
        len(parts) > 1
        and not is_told
        and not any(p.split()[0].lower() in JOINED for p in parts[1:])
        and all(len(p.split()) <= LONGEST_FRAGMENT and not english.is_clause(p) for p in parts)
    ):
        return [p for p in parts if p]
    return [p for half in re.split(r";\s+|:\s+(?=\w)", said) for p in _predicates(half, name)]


def _predicates(said: str, name: str) -> list[str]:
    """`It blocks calls and shows one task` -> `It blocks calls`, `It shows one task`."""
    subject = re.match(
        rf"({re.escape(name) + '|' if name else ''}it|we|they|you|the app)\s+(?=\w)", said, re.IGNORECASE
    )
    if not subject:
        return [said]
    rest = said[subject.end() :]
    if base := english.base_verb(rest.split()[0]) if rest.split() else "":
        has_s = base != rest.split()[0].lower()
        pieces: list[str] = []
        for piece in re.split(rf"{COMMA}(?:and\s+)?|\s+and\s+", rest):
            word = piece.split()[0] if piece.split() else ""
            is_own = english.base_verb(word) in english.VERBS and (english.base_verb(word) != word.lower()) == has_s
            if not pieces or is_own:
                pieces.append(piece)
            else:
                joint = ", " if f", {piece}" in rest else " and "
                pieces[-1] = f"{pieces[-1]}{joint}{piece}"
        who = subject.group(1)
        return [f"{who} {piece}" for piece in pieces]
    return [said]
