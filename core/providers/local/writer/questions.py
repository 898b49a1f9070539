"""Questions of a brief: asked properly, and in other words. Answers are not known here."""

from __future__ import annotations

import re

from core.providers.local.writer import english

ASKED = re.compile(r"(why|how)\s+(is|are|was|were|can|could|do|does|did)\s+(.+)$", re.IGNORECASE)
"""A question in the order of a question."""
TOLD = re.compile(
    r"(why|how)\s+((?:the|an?|our|my|your)\s+[\w'’-]+|[\w'’-]+s)\s+(is|are|was|were|can)\s+(.*)$", re.IGNORECASE
)
"""The same in the order of a statement, with a verb that goes to the front."""
PLAIN = re.compile(r"(why|how)\s+((?:(?:the|an?|our|my|your)\s+)?[\w'’-]+)\s+([\w'’-]+)(.*)$", re.IGNORECASE)
"""The same with any verb: `how vaccines work`."""


def asked(question: str) -> str:
    """`why the sky is red` -> `Why is the sky red?`; `how planes fly` -> `How do planes fly?`; others as they are."""
    question = question.strip(" ?")
    if told := TOLD.match(question):
        wh, subject, verb, rest = told.groups()
        question = f"{wh} {verb} {subject} {rest}"
    elif not ASKED.match(question) and (plain := PLAIN.match(question)):
        wh, subject, verb, rest = plain.groups()
        if english.base_verb(verb) in english.VERBS and subject.lower() not in english.FINITE | {"to", "many", "much"}:
            helper = "do" if verb.lower() in english.VERBS else "does"
            question = f"{wh} {helper} {subject} {english.base_verb(verb)}{rest}"
    return english.capital(question) + "?"


def other_ways(question: str) -> list[tuple[str, str]]:
    """The question in other words, with titles; nothing in them is answered.

    >>> other_ways("Why is the sky red at sunset?")[0]
    ('The sky is red at sunset. But why?', 'But why?')
    """
    found = ASKED.match(asked(question).rstrip("?"))
    told = _statement(found.group(2).lower(), found.group(3)) if found else ""
    if not found or not told:
        return [("What would you answer?", "Your answer?"), ("Do you know?", "Do you know it?")]
    wh = found.group(1).lower()
    return [
        (f"{english.capital(told)}. But {wh}?", f"But {wh}?"),
        (f"Do you know {wh} {told}?", "Do you know?"),
    ]


def _statement(verb: str, rest: str) -> str:
    """`is`, `the sky red` -> `the sky is red`; '' where the subject cannot be told."""
    words = rest.split()
    if words[0].lower() in {"you", "i", "we", "it", "they", "he", "she", "there"} or "did" in verb:
        return ""
    size = 2 if words[0].lower() in english.ARTICLES else 1
    if len(words) <= size:
        return ""
    if verb == "do":
        return " ".join(words)
    if verb == "does":
        place = next((i for i, word in enumerate(words[1:5], 1) if word.lower() in english.VERBS), size)
        return " ".join([*words[:place], _third(words[place]), *words[place + 1 :]])
    return " ".join([*words[:size], verb, *words[size:]])


def _third(verb: str) -> str:
    """`fly` -> `flies`, `work` -> `works`."""
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "ch", "sh", "o")) else f"{verb}s"
