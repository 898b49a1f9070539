"""Words on the picture: the number, the promise or the name, two to five words from the brief."""

from __future__ import annotations

import re

from core.providers.local.writer import english

MOST_WORDS = 5
SHORT = 30
"""Characters that a picture holds, however many words they are."""
COUNTS = r"\d|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|half|twice"
ADVERBS = english.listed("also never always only even just often still then together again daily")
NOT_A_TITLE = english.listed(
    "you us me them him her it every each as to up out off all in on at with within by from for over into until till "
    "before after about around again away back down here there that how why what when where"
)
"""Words with which what a verb governs cannot stand alone."""


def title_for(part: str) -> str:
    """The title of a point: what it promises where that stands alone, else its head; '' when neither is short.

    >>> title_for("It shows one task at a time")
    'One task at a time'
    """
    part = part.strip(" .!?…")
    if len(part.split()) <= MOST_WORDS + 1 and len(part) <= SHORT and re.match(r"\d", part):
        return part
    told = re.match(r"(it|they|we|she|he|the app)\s+([\w'’-]+)\s+(.+)$", part, re.IGNORECASE)
    if told and told.group(2).lower() in ADVERBS and " " in told.group(3):
        verb, rest = told.group(3).split(" ", 1)
        told = re.match(r"(\w+)\|([\w'’-]+)\|(.+)$", f"{told.group(1)}|{verb}|{rest}")
    if told and english.base_verb(told.group(2)) in english.VERBS:
        who, verb, rest = told.groups()
        object_title = english.title_of(rest, MOST_WORDS)
        if len(object_title.split()) > 1 and rest.split()[0].lower() not in NOT_A_TITLE | ADVERBS:
            return object_title
        if who.lower() in {"it", "the app"}:
            return english.title_of(f"{verb} {rest}", MOST_WORDS) or _counted(part)
    return english.title_of(part, MOST_WORDS) or _counted(part) or _last_thing(part)


def _last_thing(part: str) -> str:
    """What the part ends with, where that is a thing: `the children's hospital`."""
    found = re.search(r"\b(?:the|our|your|a|an)\s+((?:[\w'’-]+\s?){1,3})$", part)
    is_thing = found and not any(english.is_verb(word) for word in found.group(1).split())
    return english.capital(found.group(0)) if found and is_thing else ""


def _counted(part: str) -> str:
    """The first count in the part with what is counted: `the first 50 guests` -> `50 guests`."""
    found = re.search(rf"\b(?:{COUNTS})\S*(?:\s+[\w'’%£$€-]+){{1,3}}", part, re.IGNORECASE)
    return english.title_of(_to_break(found.group(0)), MOST_WORDS) if found else ""


def _to_break(text: str) -> str:
    """The text up to a word in front of which a phrase may be ended."""
    kept: list[str] = []
    for word in text.split():
        if kept and word.lower() in english.BREAKS:
            break
        kept.append(word)
    return " ".join(kept)


def question_title(question: str) -> str:
    """The question where it is short, else its head, with its mark; '' when it has no short head."""
    words = question.rstrip(" ?").split()
    if len(words) <= MOST_WORDS + 2:
        return f"{' '.join(words)}?"
    ends = [i for i in range(3, MOST_WORDS + 2) if words[i].lower() in english.BREAKS]
    return f"{' '.join(words[: ends[-1]])}?" if ends else ""


def foreign_title(part: str) -> str:
    """A title in another language: the whole part or its first clause where that is short, else up to a small word."""
    clause = re.split(r"[,;:!?、，。！？]\s*|[.](?:\s|$)", part.strip("¡¿ "), maxsplit=1)[0].strip()
    words = clause.split()
    if len(words) > MOST_WORDS:
        ends = [i for i in range(2, MOST_WORDS + 1) if words[i].lower() in english.NO_TITLE_END]
        words = words[: ends[-1]] if ends else []
        while words and words[-1].lower() in english.NO_TITLE_END:
            words = words[:-1]
    made = english.capital(" ".join(words))
    return made if len(made) <= 40 else ""
