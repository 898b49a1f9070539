"""Where a text may be taken apart: never inside a number, a time, an address or an abbreviation."""

from __future__ import annotations

import re

ABBREVIATED = re.compile(
    r"(?:^|[\s(“\"'])(?:(?:e\.g|i\.e|approx|vs|incl|est|ca|Dr|Mr|Mrs|Ms|Prof|St|Mt|Gen|Sen|Sgt|Capt|Fig|Vol|Ch)\.|"
    r"(?:[A-Z]\.)+|[Nn](?:o|r)\.(?=\s*\d))$"
)
"""What ends in a full stop that ends no sentence: `Dr.`, `e.g.`, initials, and `No.` before a number."""
FULL_STOPS = ".!?…।؟۔。！？"
"""Marks that end a sentence; Devanagari and Urdu have their own, as Chinese and Japanese."""
SENTENCE_GAP = re.compile(
    r"(?:(?<=[.!?…।؟۔])|(?<=[.!?…।؟۔][\"'”’»)]))\s+|(?<=[。！？])\s*|(?<=[\u0e01-\u0ecd])\s+(?=[\u0e01-\u0ecd])"
)
"""Between two sentences; Thai and Lao have a space there, and no other spaces."""
CLAUSE_MARK = r"(?:[,;:](?![\d/])|[、，；،؛])"
"""A mark between clauses; not the one inside `40,000`, `8:30` or `https://`."""
COMMA = r",(?!\d)\s*"
"""A comma that separates."""
STOP = "\N{ONE DOT LEADER}"
"""Stands for the full stop of an abbreviation while a text is searched for its sentences."""


def in_sentences(line: str) -> list[str]:
    """The sentences of one line, marks kept.

    >>> in_sentences("Over 1.5 m use it, e.g. Dr. Who. No. 1 since 8:30!")
    ['Over 1.5 m use it, e.g. Dr. Who.', 'No. 1 since 8:30!']
    """
    out: list[str] = []
    begun = 0
    for gap in SENTENCE_GAP.finditer(line):
        if not _goes_on(line[begun : gap.start()], line[gap.end() :]):
            out.append(line[begun : gap.start()])
            begun = gap.end()
    return [part.strip() for part in [*out, line[begun:]] if re.search(r"\w", part)]


def _goes_on(before: str, after: str) -> bool:
    """Whether the full stop before the gap belongs to an abbreviation."""
    if re.search(r"(?:^|\s)[Nn][or]\.$", before):
        return after[:1].isdigit()
    if re.search(r"\b[a-zA-Z]\.[a-zA-Z]\.$", before) and after[:1].islower():
        return True
    return bool(ABBREVIATED.search(before)) and bool(re.match(r"[\w\"'“(]", after))


def first_sentence(text: str) -> str:
    """The text up to its first mark that ends a thought, without the mark: `No. 1 in town: us` -> `No. 1 in town`."""
    hidden = re.sub(
        r"(?i)\b(?:e\.g|i\.e|a\.m|p\.m|dr|mr|mrs|ms|prof|st|vs|no(?=\.\s*\d))\.",
        lambda found: found.group(0).replace(".", STOP),
        text.strip(),
    )
    return re.split(r"[.:](?:\s|$)|[;!?…।؟۔。！？—–]", hidden, maxsplit=1)[0].replace(STOP, ".")


def items(text: str) -> list[str]:
    """What stands between commas; an example stays with what it is one of."""
    out: list[str] = []
    for part in re.split(rf"{COMMA}(?:and\s+)?", text):
        if out and re.match(r"(?:e\.g\.|i\.e\.|such as|including|like|for example|especially)\s", part):
            out[-1] = f"{out[-1]}, {part.strip()}"
        elif part.strip():
            out.append(part.strip())
    return out
