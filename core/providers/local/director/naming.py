"""Which scenes a clause speaks of: by number, place, role, range, or as `it`."""

from __future__ import annotations

import re
from typing import NamedTuple

from core.domain.plan import Plan, Role

NUMBERS = {
    w: i
    for i, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
}
ORDINALS = {
    w: i
    for i, w in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        start=1,
    )
}
ROLES: dict[str, Role] = {
    "hook": "hook", "intro": "hook", "introduction": "hook", "opening": "hook", "opener": "hook", "beginning": "hook",
    "ending": "cta", "outro": "cta", "cta": "cta", "call to action": "cta", "closing": "cta",
    "end card": "cta", "end scene": "cta", "finale": "cta", "problem": "problem", "reveal": "reveal", "proof": "proof",
}  # fmt: skip
NUMBER = rf"(?:\d{{1,2}}|{'|'.join(NUMBERS)})"
ORDINAL = rf"(?:{'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th))"
NOT_SECONDS = r"(?!\.?\d)(?!\s*(?:s|sec|secs|seconds?|%|percent|times|x|bpm|dB)\b)"
MANY = r"(?:scenes?|shots?|clips?)"
JOINT = r"(?:,\s*and|,|and|&|-|–|to|through|till|with|or)"
LIST = rf"{NUMBER}\b{NOT_SECONDS}(?:\s*{JOINT}\s*(?:scenes?\s*)?{NUMBER}\b{NOT_SECONDS})*"
SPARED = rf"(?P<except>{LIST}|first|last|hook|intro|ending|outro|cta)"
LATE = "last|final|next to last|second to last|penultimate|middle"
MENTION = re.compile(
    rf"(?P<ordinals>{ORDINAL}(?:\s*(?:,\s*and|,|and|&)\s*(?:the\s+)?{ORDINAL})+)\s+{MANY}\b|"
    rf"(?P<but>(?:all|every|everything)(?:\s+(?:of\s+)?(?:the\s+)?{MANY})?\s+(?:except|but|apart "
    rf"from)\s+(?:for\s+)?(?:the\s+)?(?:scenes?\s+)?{SPARED})\b|(?P<some>(?:the\s+)?(?P<end>first|last|"
    rf"final)\s+(?P<count>{NUMBER}|couple(?: of)?)\s+(?:scenes|shots|clips))|(?:the\s+)?\b{MANY}\s*(?:#|"
    rf"number\s+|no\.?\s*)?(?P<list>{LIST})"
    r"|#(?P<hash>\d{1,2})\b(?![0-9a-f])"
    rf"|(?:the\s+)?(?P<ordinal>{ORDINAL}|{LATE})\s+(?:scene|shot|clip|one|picture|image|line|title|headline)\b|(?:the\s+|"
    rf"our\s+)?\b(?P<role>{'|'.join(ROLES)})\b(?:\s+(?:scene|shot))?|(?P<every>\b(?:all|every|"
    rf"each)\s+(?:of\s+)?(?:the\s+)?{MANY}|\beverything\b|\beverywhere\b"
    r"|(?:the\s+)?\b(?:whole|entire|full)\s+(?:thing|video|film|movie|clip)|\boverall\b|\bthe (?:video|film|"
    r"movie)\b)|(?P<it>\b(?:it|them|they|both|those|these)\b|\b(?:that|this)\s+(?:one|scene|shot)|\bthat\b$)"
)


class Named(NamedTuple):
    """Groups of scene ids in the order they are named; numbers that the film lacks stand as they are."""

    groups: tuple[tuple[str, ...], ...]
    is_all: bool
    rest: str
    """The clause without the mentions."""
    pointed: str = ""
    """The word that points to the scenes, where none is named: `it`, `them`."""


def named_scenes(low: str, plan: Plan, last: tuple[str, ...]) -> Named:
    """The scenes that a clause in lower case names."""
    groups: list[tuple[str, ...]] = []
    pointed: list[str] = []
    is_all = False
    for found in MENTION.finditer(low):
        if found.group("every"):
            is_all = True
        elif found.group("it"):
            pointed.append(found.group("it"))
        else:
            group = _group(found, plan)
            if group:
                groups.append(group)
    word = pointed[0] if pointed and last and not groups and not is_all else ""
    if word:
        groups = [last]
    return Named(tuple(groups), is_all, re.sub(r"\s+", " ", MENTION.sub(" ", low)).strip(), word)


def _group(found: re.Match[str], plan: Plan) -> tuple[str, ...]:
    """The ids of one mention."""
    ids = [s.id for s in plan.scenes]
    if found.group("but"):
        word = found.group("except")
        numbers = numbers_in(word)
        spared = tuple(_id(n, plan) for n in numbers) if numbers else _one(word, plan)
        return tuple(i for i in ids if i not in spared)
    if found.group("ordinals"):
        return tuple(_id(n, plan) for n in ordinals_in(found.group("ordinals")))
    if found.group("some"):
        count = NUMBERS.get(found.group("count"), 0) or (int(c) if (c := found.group("count")).isdigit() else 2)
        return tuple(ids[:count] if found.group("end") == "first" else ids[-count:])
    if found.group("list"):
        return tuple(_id(n, plan) for n in numbers_in(found.group("list")))
    return _one(found.group("hash") or found.group("ordinal") or found.group("role"), plan)


def _one(word: str, plan: Plan) -> tuple[str, ...]:
    """The scenes of one word: a number, an ordinal, a place or a role."""
    count = len(plan.scenes)
    places = {
        "last": count, "final": count, "next to last": count - 1, "second to last": count - 1, "penultimate": count - 1,
        "middle": (count + 1) // 2,
    }  # fmt: skip
    if word in places:
        return (_id(places[word], plan),)
    if word in ORDINALS:
        return (_id(ORDINALS[word], plan),)
    if digits := re.match(r"\d+", word):
        return (_id(int(digits.group(0)), plan),)
    if word in NUMBERS:
        return (_id(NUMBERS[word], plan),)
    role = ROLES[word]
    found = tuple(s.id for s in plan.scenes if s.role == role)
    ends = {"hook": plan.scenes[:1], "cta": plan.scenes[-1:]}
    return found or tuple(s.id for s in ends.get(role, ()))


def _id(place: int, plan: Plan) -> str:
    """The id of the scene at that place from 1; the number itself when there is none, for the edit to refuse."""
    return plan.scenes[place - 1].id if 1 <= place <= len(plan.scenes) else str(place)


def numbers_in(text: str) -> list[int]:
    """`2-4` -> 2, 3, 4; `two and 5` -> 2, 5."""
    span = re.fullmatch(rf"({NUMBER})\s*(?:-|–|to|through|till)\s*(?:scene\s*)?({NUMBER})", text.strip())
    if span:
        low, high = (_number(g) for g in span.groups())
        return list(range(min(low, high), min(max(low, high), 24) + 1))
    return [_number(n) for n in re.findall(rf"\b{NUMBER}\b", text)]


def ordinals_in(text: str) -> list[int]:
    """`the second and the third` -> 2, 3."""
    found = re.findall(rf"\b{ORDINAL}\b", text)
    return [ORDINALS[w] if w in ORDINALS else int(re.sub(r"\D", "", w)) for w in found]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]
