"""Where each word of a caption stands, in scripts of either direction, and the events that show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.media import ass, emoji
from core.media.caption_look import Look, set_width
from core.media.faces import Face, drift, extent
from core.media.phrases import Page
from core.media.pieces import Piece

CAP_HEIGHT = 0.727
"""Of Inter, in ems; the others are near enough."""


@dataclass(frozen=True)
class Event:
    """A line of an ASS file, from frame `start` to before frame `end`."""

    layer: int
    start: int
    end: int
    text: str
    steady: bool = False
    """Nothing in it moves or fades: any part of its time looks the same."""


@dataclass(frozen=True)
class Spot:
    """A word in its place: the middle of its letters, from capital height to baseline."""

    word: Piece
    x: float
    y: float
    width: float
    start: int
    end: int
    """Frames in which it is the word being said."""
    mark: str = ""
    """The direction of its line, where the word's own is another."""
    tight: tuple[bool, bool] = (False, False)
    """Whether its neighbours on the left and right touch it."""


@dataclass(frozen=True)
class Block:
    """A page in its place; `em` is smaller than the look's where a long word had to shrink."""

    spots: tuple[Spot, ...]
    lines: tuple[tuple[float, float, float], ...]
    """Left edge, middle and width of each line."""
    em: float
    start: int
    end: int
    leftward: bool
    """Whether it is read from right to left."""


def placed(page: Page, look: Look) -> Block:
    """Every word in its place; letters shrink until the widest line fits."""
    leftward = runs_left([w.text for w in page.words])
    lines = [in_order(line, leftward=leftward) for line in page.lines]
    widest = max(_line_width(line, look, look.em) for line in lines)
    em = look.em * min(1.0, look.room / widest)
    start, end = look.frame(page.start), look.frame(page.end)
    nexts = dict(zip(page.words, [*(look.frame(w.start) for w in page.words[1:]), end], strict=True))
    step = look.leading * em
    half = len(lines) * step / 2
    top = _middle(look, half + 0.1 * em) - half
    spots: list[Spot] = []
    edges = []
    for number, line in enumerate(lines):
        wide = _line_width(line, look, em)
        x, y = _left_edge(look, em, wide, leftward=leftward), top + (number + 0.5) * step
        edges.append((x, y, wide))
        for before, word, after in zip([None, *line], line, [*line[1:], None], strict=False):
            own = set_width(word.text, look.face, em)
            x += (before is not None and _gap(before, word)) * look.design.gap * em
            begin, mark = max(start, look.frame(word.start)), _mark(word.text, leftward=leftward)
            tight = before is not None and not _gap(before, word), after is not None and not _gap(word, after)
            spots.append(Spot(word, x + own / 2, y, own, begin, nexts[word], mark, tight))
            x += own
    return Block(tuple(spots), tuple(edges), em, start, end, leftward)


def _line_width(line: Sequence[Piece], look: Look, em: float) -> float:
    letters = sum(set_width(word.text, look.face, em) for word in line)
    return letters + sum(_gap(a, b) for a, b in pairwise(line)) * look.design.gap * em


def _gap(before: Piece, word: Piece) -> int:
    """How many blanks stand between two words that are seen beside each other, in either order of reading."""
    later = max(before, word, key=lambda w: w.start)
    return 0 if later.glued else 1


def _left_edge(look: Look, em: float, wide: float, *, leftward: bool) -> float:
    area, pad = look.area, look.design.pad * em
    if not look.design.left:
        return area.left + (area.width - wide) / 2
    return area.right - pad - wide if leftward else area.left + pad


def _middle(look: Look, half: float) -> float:
    """Where the middle of a text stands that reaches `half` upwards and downwards.

    At the bottom every page ends on one level, out of the way of what the scene is about.
    """
    area = look.area
    return {"top": area.top + half, "middle": (area.top + area.bottom) / 2, "bottom": area.bottom - half}[look.place]


def runs_left(texts: Sequence[str]) -> bool:
    """Whether most letters are of a script that runs from right to left."""
    kinds = [unicodedata.bidirectional(letter) for text in texts for letter in text]
    return sum(k in ("R", "AL") for k in kinds) > sum(k == "L" for k in kinds)


def in_order(line: Sequence[Piece], *, leftward: bool) -> list[Piece]:
    """The words as they stand from left to right: stretches of the other direction keep their own order."""
    strong = ["R" if runs_left([w.text]) else "L" if _has_letters(w.text) else "" for w in line]
    own = "R" if leftward else "L"
    for index, kind in enumerate(strong):  # what has no direction goes with the word before, else with the line
        strong[index] = kind or (strong[index - 1] if index else own)
    seen: list[list[Piece]] = []
    for index, word in enumerate(line):
        if index == 0 or strong[index] != strong[index - 1]:
            seen.append([])
        seen[-1].append(word)
    kinds = [k for index, k in enumerate(strong) if index == 0 or k != strong[index - 1]]
    turned = [group[::-1] if kind == "R" else group for kind, group in zip(kinds, seen, strict=True)]
    return [word for group in (turned[::-1] if leftward else turned) for word in group]


def _has_letters(text: str) -> bool:
    return any(unicodedata.bidirectional(c) == "L" for c in text)


def _mark(text: str, *, leftward: bool) -> str:
    """Keeps the signs around a word on the side that its line wants."""
    if leftward:
        return ass.RIGHT_TO_LEFT if _has_letters(text) else ""
    return ass.LEFT_TO_RIGHT if runs_left([text]) else ""


def word_events(
    layer: int, start: int, end: int, spot: Spot, block: Block, look: Look, colours: str, motion: str = ""
) -> list[Event]:
    """A word on the screen: letters in these colours or an emoji in its own, both with the same motion."""
    if end <= start:
        return []
    middle = spot.x, spot.y
    return set_word(layer, (start, end), spot.word.text, look.face, block.em, middle, colours, motion, spot.mark)


def set_word(
    layer: int,
    time: tuple[int, int],
    text: str,
    face: Face,
    em: float,
    middle: tuple[float, float],
    colours: str,
    motion: str = "",
    mark: str = "",
) -> list[Event]:
    """A text about a middle point: half-way between baseline and capital height."""
    x, y = middle
    if emoji.is_emoji(text):
        return [Event(layer, *time, ass.picture(shape, x, y, EMOJI_SIZE * em, motion)) for shape in emoji.shapes(text)]
    above, below = extent(text, face)
    centre = y + (CAP_HEIGHT + below - above) * em / 2
    x += drift(text, face, leftward=runs_left([text]), marked=bool(mark)) * em
    return [Event(layer, *time, ass.words(text, face, em, f"\\an5\\pos({x:.1f},{centre:.1f}){colours}{motion}", mark))]


EMOJI_SIZE = 1.2
"""Ems of the square that an emoji is drawn in; its picture fills nine tenths of it."""
