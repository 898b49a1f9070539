"""Emoji in colour, as flat shapes that libass can draw and move like letters."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass, replace
from functools import cache

from core.media import faces
from core.media.faces import FONTS, Face

UNITS = 1024
"""Of the square that an emoji is drawn in."""
SELECTOR = "\ufe0f"
"""Asks for the coloured form of a sign that is also a letter, such as ™."""
ALWAYS = 0x2600
"""From here on a sign with a picture is an emoji, asked for or not."""
LONGEST = 12
"""Code points of the longest emoji, families and flags."""
JOINER = "\u200d"
"""Makes one emoji of several."""
TOGETHER = 4
"""People of a family that are shown at most; there is no picture of a whole one, so it is made of theirs."""


@dataclass(frozen=True)
class Shape:
    """One flat layer of an emoji."""

    colour: str
    """#rrggbb."""
    see_through: float
    path: str
    """In the drawing language of ASS, in units of the square."""


def split(text: str) -> list[str]:
    """The text as stretches of letters and single emoji, in their order; nothing is lost."""
    out: list[str] = []
    plain = ""
    position = 0
    while position < len(text):
        found = _emoji_at(text, position)
        if found:
            out += [plain, found] if plain else [found]
            plain, position = "", position + len(found)
        else:
            plain, position = plain + text[position], position + 1
    return [*out, plain] if plain else out


def is_emoji(text: str) -> bool:
    """Whether the whole text is one emoji that there is a picture of."""
    return bool(text) and _emoji_at(text, 0) == text


def drawable(text: str, face: Face) -> str:
    """The text without what can be drawn neither as a letter nor as an emoji."""
    return "".join(part if is_emoji(part) else faces.drawable(part, face) for part in split(text))


def shapes(text: str) -> tuple[Shape, ...]:
    """The layers of an emoji, the lowest first. KeyError when there is no picture of it."""
    if _key(text) in _pictures():
        return _layers(text)
    members = text.split(JOINER)
    half, down = UNITS // 2, UNITS // 4 if len(members) == 2 else 0
    return tuple(
        replace(layer, path=_at_half_size(layer.path, number % 2 * half, number // 2 * half + down))
        for number, member in enumerate(members)
        for layer in _layers(member)
    )


def _layers(text: str) -> tuple[Shape, ...]:
    return tuple(
        Shape(colour=f"#{code[:6]}", see_through=int(code[6:] or "0", 16) / 255, path=path)
        for code, path in _pictures()[_key(text)]
    )


def _at_half_size(path: str, right: int, down: int) -> str:
    """A path half as large, moved; numbers in it stand for right and down in turn."""
    moved, out = (right, down), []
    numbers = 0
    for part in path.split():
        if part.isalpha():
            out.append(part)
        else:
            out.append(str(round(int(part) / 2) + moved[numbers % 2]))
            numbers += 1
    return " ".join(out)


def _emoji_at(text: str, position: int) -> str:
    """The longest emoji that begins there; '' when none does."""
    first = ord(text[position])
    if first < 0x80 and not text[position + 1 : position + 3].startswith((SELECTOR, "\u20e3")):
        return ""
    if first < 0x2000 and first >= 0x80 and text[position + 1 : position + 2] != SELECTOR:
        return ""
    for length in range(min(LONGEST, len(text) - position), 0, -1):
        candidate = text[position : position + length]
        if (_key(candidate) in _pictures() or _is_group(candidate)) and (first >= ALWAYS or len(candidate) > 1):
            return candidate
    return ""


def _is_group(text: str) -> bool:
    """Whether it is several emoji made one, such as a family, each of which there is a picture of."""
    members = text.split(JOINER)
    return 1 < len(members) <= TOGETHER and all(_key(member) in _pictures() for member in members)


def _key(text: str) -> str:
    return "-".join(f"{ord(c):x}" for c in text if c != SELECTOR)


@cache
def _pictures() -> dict[str, list[list[str]]]:
    """Of each emoji, by its code points: colours and paths."""
    found: dict[str, list[list[str]]] = {}
    for file in ("emoji.json.xz", "flags.json.xz"):
        found |= json.loads(lzma.decompress((FONTS / file).read_bytes()))
    return found
