"""The language of a text by its small words and letters, and the voice here that speaks it."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from core import facts

ENGLISH = "en"
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
ADDRESS = re.compile(r"\S*\w[./@]\w\S*")
MARKS = ",;:–—-"
LEAST = 0.5
"""Of evidence for another language than English."""
BY_LETTER, IN_A_NAME, BY_FORM = 1.5, 0.4, 0.35
"""What a letter of its own counts for a language, in a name and elsewhere, and the form of a longer word."""


def tongue_of(text: str) -> str:
    """The code of the language (`de`), `en` for English, '' where nothing tells."""
    scores: defaultdict[str, float] = defaultdict(float)
    speaking: defaultdict[str, int] = defaultdict(int)
    for place, word in enumerate(WORD.findall(ADDRESS.sub(" ", text.replace("İ", "i")))):
        for code, share in _evidence(word.lower(), is_name=word[:1].isupper() and place > 0):
            scores[code] += share
            speaking[code] += 1
    english = scores.pop(ENGLISH, 0.0)
    best = max(scores, key=lambda code: scores[code], default="")
    if english and (english >= scores[best] or speaking[best] == 1):
        return ENGLISH  # one foreign word is a name, or borrowed
    return best if scores[best] >= LEAST else ""


def voice_for(text: str) -> str | None:
    """The first voice of this machine that speaks the text's language; None where the usual one is as good.

    Other scripts than the Latin one are read in their language by every voice.
    """
    code = tongue_of(text)
    if code in ("", ENGLISH):
        return None
    return next((str(row["id"]) for row in facts.voices() if str(row["language"]).partition("-")[0] == code), None)


def joints(text: str) -> frozenset[str]:
    """Words of its language with which no line ends: articles, prepositions, conjunctions; of all where none tells."""
    return _joints(tongue_of(text))


def stands(head: str, text: str) -> bool:
    """Whether the beginning of a text can stand alone: it does not end with a word that waits for another."""
    return bool(head.split()) and head.rsplit(maxsplit=1)[-1].lower().strip(MARKS) not in joints(text)


def whole(head: str, text: str) -> str:
    """The beginning of a text without the small words that wait for what was cut off: `a lamp with the` -> `a lamp`."""
    words = head.split()
    while words and not stands(words[-1], text):
        words = words[:-1]
    return " ".join(words)


@cache
def _joints(code: str) -> frozenset[str]:
    return frozenset(w for row in facts.tongues() if not code or row["id"] == code for w in row["joints"].split())


@cache
def _evidence(word: str, *, is_name: bool) -> tuple[tuple[str, float], ...]:
    """What a word says for each language: a small word for those that have it, the fewer they are the more."""
    known = _speakers().get(word, ())
    found = defaultdict(float, {code: 1 / len(known) for code in known})
    letters = [row["id"] for row in facts.tongues() if any(letter in word for letter in row.get("letters", ""))]
    for code in letters:
        found[code] += (IN_A_NAME if is_name else BY_LETTER) / len(letters)
    if not known and not is_name and len(word) > 3:
        found.update({row["id"]: BY_FORM for row in facts.tongues() if "form" in row and re.search(row["form"], word)})
    return tuple(found.items())


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    """The languages of each small word."""
    found: dict[str, list[str]] = {}
    for row in facts.tongues():
        for word in row["words"].split():
            found.setdefault(word, []).append(row["id"])
    return {word: tuple(codes) for word, codes in found.items()}
