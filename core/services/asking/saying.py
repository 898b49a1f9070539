"""What a sentence says: its telling words and figures, and whether it says anything of a product at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from core.facts import categories
from core.providers.local.writer.categories import stock_lines
from core.providers.local.writer.english import listed

FIGURE = re.compile(r"(?<![^\W\d_])\d+(?:[.,]\d+)*\s*%?")
BOAST = re.compile(
    r"\b(?:best|cheapest|fastest|number one|no\.? ?1|award[- ]winning|certified|guaranteed?|clinically|proven|"
    r"world'?s|bestselling|best-selling|five[- ]star|free shipping|lifetime)\b",
    re.IGNORECASE,
)
"""What a seller is held to."""
DENIAL = re.compile(
    r"\b(?:no|not|never|without|non|isn't|doesn't|don't|can't|won't|nicht|kein\w*|ohne|pas|sans|sin)\b", re.IGNORECASE
)
PLAIN = listed(
    "the and for you your yours our with this that these those it its they them their are is was be been has have had "
    "can could will would may does did from into onto over under than then very just only also even more most some any "
    "all each every here there now today tonight meet get got let see look take find try order buy shop visit come "
    "discover start learn online one two who what when where why how which about made make makes cost costs price "
    "num number figure like home again still really what's it's there's that's not no but out off up own way ways "
    "thing things yourself itself myself say says know knows need needs want wants time first next last "
    "der die das und ein eine einen mit für von den dem des aus bei ist sind nur auch les des une avec pour dans est "
    "del los las una con para por por il lo gli con per di"
)
"""Words that say nothing of a product by themselves."""
CALLS = re.compile(
    r"^(?:please |so |then |now |just |and )?(?:get|order|buy|shop|visit|try|see|look|take|find|discover|meet|come|"
    r"save|grab|tap|click|swipe|follow|learn|start|ask|call|book|go|imagine|picture|think|have)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\b(?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
BEGINNING = 5
"""Letters by which words are compared."""


def telling(said: str) -> frozenset[str]:
    """The words of a text that say something, by their beginnings: `dims` and `dimming` are alike.

    Of scripts without spaces, every two letters that stand together.
    """
    found: set[str] = set()
    for word in re.findall(r"[^\W_]+", said.casefold().replace("’", "'").replace("'", "")):
        if any(ord(letter) > 0x2E80 for letter in word):
            found |= {word[i : i + 2] for i in range(max(1, len(word) - 1))}
        elif any(letter.isdigit() for letter in word):
            found.add(word)  # IPX7 is not IPX8
        elif len(word) > 2 and word not in PLAIN:
            found.add(_stem(word)[:BEGINNING])
    return frozenset(found)


def figures_of(said: str) -> tuple[str, ...]:
    """The figures and boasts in a text."""
    return tuple(found.group(0).strip() for pattern in (FIGURE, BOAST) for found in pattern.finditer(said))


def is_denied(said: str) -> bool:
    """Whether the text says that something is not so."""
    return DENIAL.search(said) is not None


def says_nothing(said: str, known: Iterable[str]) -> bool:
    """Whether the text claims nothing of the product: a question, a bare call, a line of the writer's stock.

    `known` is what the listing says; with its words alone, and no figure, a call is no claim.
    """
    bare = ADDRESS.sub(" ", said).strip()
    if figures_of(bare):
        return False
    new = telling(bare) - frozenset().union(*map(telling, known))
    if not telling(bare) or _is_stock(bare, new):
        return True
    if bare.endswith(("?", "？")):
        return True
    return CALLS.match(bare) is not None and not new


def _is_stock(said: str, new: frozenset[str]) -> bool:
    """Whether the text is a framing line, its blanks filled with words that are known."""
    return any(
        found and not any(new & telling(filled) for filled in found.groups())
        for found in (pattern.fullmatch(said.strip(" .!").casefold()) for pattern in _stock())
    )


@cache
def _stock() -> tuple[re.Pattern[str], ...]:
    """The framing lines and their titles, with room for what goes into their blanks."""
    texts: set[str] = {"in numbers"}
    for category in categories():
        for part in ("hook", "problem", "mood", "echo", "lead", "cta"):
            texts |= {text for line in stock_lines(category, part) for text in line if text}
    sentences = {said.strip(" .!") for text in texts for said in re.split(r"(?<=[.!?])\s+", text)} | texts
    return tuple(
        re.compile("(.+)".join(re.escape(piece) for piece in re.split(r"\{\w+\}", said.strip(" .!").casefold())))
        for said in sorted(sentences)
        if "{" not in said or len(re.findall(r"\w+", re.sub(r"\{\w+\}", " ", said))) > 1
    )


def _stem(word: str) -> str:
    """The word without its ending, and a doubled letter at its end once."""
    bare = re.sub(r"(?:ing|ed|es|s|ly)$", "", word) if len(word) > 4 or word.endswith("s") else word
    bare = bare if len(bare) > 2 else word
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare
