"""Spoken words as what is set and lit up one by one: scripts without blanks, emoji and endless words taken apart."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

import budoux

from core.domain.shoot import Word
from core.media import emoji
from core.media.faces import han_of

HAN_KANA = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")
HAN, KANA = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"), re.compile(r"[\u3041-\u30ff]")
KANJI, SIGN = 1.9, 0.5
"""How long a Chinese character is read in Japanese, and a sign of its own short rest, against a kana."""
THAI = re.compile(r"[\u0e01-\u0e7f]")
CLOSING = ("Pe", "Pf", "Po")
"""Categories of the signs that no line begins with."""
OPENING = ("Ps", "Pi")
"""And of those that no line ends with."""
SHORT = 2
"""Letters of Chinese that are too few to stand alone."""
TOO_WIDE = 1.6
"""Lines that a word may be wide before it is divided; up to there it is set smaller."""
SEAMS = re.compile(r"(?<=[/\-._@&=?#+])(?=\w)|(?<=[a-z])(?=[A-Z])")
"""Where a long word is divided without a hyphen."""


class Piece(Word):
    """A word, or a part of one."""

    glued: bool = False
    """Whether it belongs to the one before, without a blank."""


def pieces(words: Sequence[Word], width: Callable[[str], float], room: float) -> list[Piece]:
    """The words taken apart; the time of each is shared out by letters. None is wider than 1.6 times `room`."""
    out: list[Piece] = []
    for word in words:
        parts = [p for stretch in emoji.split(word.text) for p in _parts(stretch, width, room)]
        in_japanese = any(KANA.search(part) for part in parts)
        weights = [max(SIGN, sum(_weight(c, in_japanese=in_japanese) for c in part)) for part in parts]
        total, done = sum(weights), 0.0
        for index, (part, weight) in enumerate(zip(parts, weights, strict=True)):
            start, end = (word.start + (word.end - word.start) * n / total for n in (done, done + weight))
            out.append(Piece(text=part, start=start, end=end, glued=index > 0))
            done += weight
    return out


def _weight(letter: str, *, in_japanese: bool) -> float:
    """How long a letter takes to be said, against a usual one."""
    kind = unicodedata.category(letter)[0]
    if in_japanese and HAN.match(letter):
        return KANJI
    return {"M": 0.0, "P": SIGN}.get(kind, 1.0)


def line_text(line: Sequence[Word]) -> str:
    """Pieces as they are written beside each other."""
    return "".join(
        ("" if index == 0 or (isinstance(word, Piece) and word.glued) else " ") + word.text
        for index, word in enumerate(line)
    )


def _parts(text: str, width: Callable[[str], float], room: float) -> list[str]:
    if emoji.is_emoji(text):
        return [text]
    if HAN_KANA.search(text):
        return _bound(_east_asian(text), least=SHORT)
    if THAI.search(text):
        return _bound(_parser("th").parse(text), least=1)
    return _divided(text, width, room)


def _east_asian(text: str) -> list[str]:
    return _parser({"jp": "ja", "tc": "zh-hant"}.get(han_of(text), "zh-hans")).parse(text)


@cache
def _parser(language: str) -> budoux.Parser:
    return {
        "ja": budoux.load_default_japanese_parser,
        "th": budoux.load_default_thai_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
    }[language]()


def _bound(parts: Sequence[str], least: int) -> list[str]:
    """Parts joined where one is too short, begins with a closing sign or follows an opening one."""
    out: list[str] = []
    for part in parts:
        opens = bool(out) and unicodedata.category(out[-1][-1]) in OPENING
        closes = unicodedata.category(part[0]) in CLOSING
        short = bool(out) and _letters(out[-1]) < least and _is_word(out[-1][-1])
        if out and (opens or closes or short):
            out[-1] += part
        else:
            out.append(part)
    return out


def _letters(text: str) -> int:
    return sum(_is_word(c) for c in text)


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM"


def _divided(text: str, width: Callable[[str], float], room: float) -> list[str]:
    """A word too wide for its line in parts of much the same length: at its seams, else with hyphens."""
    many = math.ceil(width(text) / room) if room > 0 and width(text) > TOO_WIDE * room else 1
    if many == 1:
        return [text]
    each = len(text) / many
    seams = [m.start() for m in SEAMS.finditer(text)]
    out, start = [], 0
    for number in range(1, many):
        wish = round(number * each)
        near = [s for s in seams if abs(s - wish) <= each / 3 and s > start]
        cut = min(near, key=lambda s: abs(s - wish)) if near else _whole(text, wish)
        if cut <= start:
            continue
        hyphen = "" if near or not (text[cut - 1].isalpha() and text[cut].isalpha()) else "-"
        out.append(text[start:cut] + hyphen)
        start = cut
    return [*out, text[start:]]


def _whole(text: str, cut: int) -> int:
    """The nearest place at or after `cut` that divides no letter from its marks."""
    while cut < len(text) - 1 and unicodedata.category(text[cut])[0] in "MC":
        cut += 1
    return cut
