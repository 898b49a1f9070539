"""The call to action of a brief: the sentence that asks people to do something, or the one with the address."""

from __future__ import annotations

import re

from core.providers.local.writer import english

URL = re.compile(
    r"\b(?:https?://)?(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\."
    r"(?:com|io|co\.uk|co|coffee|app|org|net|shop|ai|dev|studio|de|fr|es|it|eu|uk|us|store|tv|me|example|edu|gov|info|"
    r"biz|nl|ch|ie|ca|au|se|dk|pl|pt|fm|gg|club|online|site|bank|cafe|art|film|travel|xyz|world|garden|care|school|"
    r"events|tech|cloud|bike|fit|health|games)\b(?:/[^\s,;)]*)?",
    re.IGNORECASE,
)
BEFORE_CALL = r"(?:please\s+|and\s+|so\s+|then\s+|now\s+|just\s+)?"
CALL = re.compile(rf"{BEFORE_CALL}(?:{english.CALLS})\b", re.IGNORECASE)
LAST_CALL = re.compile(
    rf"{BEFORE_CALL}(?:{english.CALLS}|open\s+(?:an?|your|the|it|up|one)|claim|switch|save|ask|read|watch|listen|play|"
    r"meet|sign|give|write|plan|rent|hear|taste|check|request|grab|pick|text|e-?mail|bring|drop|stop by|pledge|adopt|"
    r"foster|volunteer|ring|phone|dial|enrol|enroll|enter|compare|see|look|add|choose|build|make|take|tell|send|share|"
    r"find out|let|support|help|stay|protect|treat|spread|hire|upgrade|explore|experience)\b(?!-)",
    re.IGNORECASE,
)
"""Imperatives that are a call only where the brief ends, or with an address: earlier they may say what it does."""
MOST_WORDS = 14
"""Words; a longer sentence is no call."""


def call_in(content: list[str]) -> tuple[str, list[str]]:
    """The sentence that calls to act ('' when there is none), and the sentences without it and without a bare address.

    >>> call_in(["Hart is a bank.", "Open an account at hart.example"])
    ('Open an account at hart.example', ['Hart is a bank.'])
    """
    kept = [said for place, said in enumerate(content) if place == 0 or not URL.fullmatch(said.rstrip(". "))]
    last = len(kept) - 1
    able = [place for place in range(last, 0, -1) if len(kept[place].split()) <= MOST_WORDS]
    urging = (p for p in able if (LAST_CALL if p == last or URL.search(kept[p]) else CALL).match(kept[p]))
    addressed = (p for p in able if URL.search(kept[p]) and not english.is_clause(URL.sub("", kept[p])))
    place = next(urging, None) or next(addressed, None)
    if place is None:
        return "", kept
    return kept[place].rstrip(".! "), kept[:place] + kept[place + 1 :]
