"""Breaks spoken words into what is read at once: pages of one or two lines, by sense and by breath."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.domain.shoot import Word
from core.media.pieces import Piece, line_text, pieces

PAUSE = 0.45
"""Seconds of silence after which a new page begins."""
HOLD = 0.3
"""Seconds for which a page stays after its last word, when nothing follows at once."""
SHORTEST = 0.2
"""Seconds a word is shown at least, when its times are missing or wrong."""
GLUE = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on at for and or but with by from as is are was your our my his her its their this that no "
        "not i you we he she it they than so if der die das ein eine und oder mit von zu im am le la les un une de du "
        "des et ou el los las y",
    )
)
"""Words that belong to the one after them."""

ENDS = re.compile(r"[.!?…:;。！？؟۔।]['\")\]»”’」』）]*$")
COMMA = re.compile(r"[,–—،、，；؛]['\")\]»”’」』）]*$")


@dataclass(frozen=True)
class Page:
    """What stands on the screen at once, as lines of words, from `start` to `end` seconds."""

    lines: tuple[tuple[Piece, ...], ...]
    start: float
    end: float

    @property
    def words(self) -> tuple[Piece, ...]:
        """All pieces in their order."""
        return tuple(word for line in self.lines for word in line)


@dataclass(frozen=True)
class Measure:
    """How much fits: `width` of a text in any unit, `room` for a line, lines and words for a page."""

    width: Callable[[str], float]
    room: float
    lines: int
    fewest: int
    most: int


def pages(words: Sequence[Word], measure: Measure) -> list[Page]:
    """The words as pages; none overlaps the next."""
    out: list[tuple[tuple[Piece, ...], ...]] = []
    for phrase in _phrases(pieces(_in_order(words), measure.width, measure.room)):
        out += [_lines(page, measure) for page in _balanced(phrase, measure)]
    starts = [lines[0][0].start for lines in out] + [float("inf")]
    ends = [min(lines[-1][-1].end + HOLD, starts[i + 1]) for i, lines in enumerate(out)]
    return [Page(lines, starts[i], ends[i]) for i, lines in enumerate(out)]


def _in_order(words: Sequence[Word]) -> list[Word]:
    """By time, one after another, each with some time of its own; line breaks and blanks taken out."""
    told = [(re.sub(r"\s+", " ", w.text).strip(), w) for w in sorted(words, key=lambda w: w.start)]
    out: list[Word] = []
    for text, word in told:
        if not text:
            continue
        start = max(word.start, out[-1].start + 0.05) if out else word.start
        out.append(Word(text=text, start=start, end=max(word.end, start + SHORTEST)))
    cut = [w if w.end <= n.start else w.but(end=n.start) for w, n in pairwise(out)]
    return [*cut, *out[-1:]]


def _phrases(words: list[Piece]) -> list[list[Piece]]:
    """Split where a sentence ends or the voice rests."""
    out: list[list[Piece]] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else None
        ended = before and ENDS.search(before.text) and (not word.glued or before.text[-1] in "。！？")
        if before is None or ended or word.start - before.end > PAUSE:
            out.append([])
        out[-1].append(word)
    return out


def _balanced(phrase: list[Piece], measure: Measure) -> list[list[Piece]]:
    """The phrase in pages of much the same fullness, broken where it reads best."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(phrase) + 1):
        options = []
        for start in range(end - 1, max(-1, end - 1 - measure.most), -1):
            page = phrase[start:end]
            if len(page) > 1 and not _fits(page, measure):
                break
            options.append((best[start][0] + _badness(page, measure, last=end == len(phrase)), start))
        best.append(min(options))
    out: list[list[Piece]] = []
    end = len(phrase)
    while end:
        start = best[end][1]
        out.insert(0, phrase[start:end])
        end = start
    return out


def _badness(page: list[Piece], measure: Measure, *, last: bool) -> float:
    """How much one would mind this page: too few words, a break after `the`, no break at a comma."""
    bad = 1.0
    if len(page) < measure.fewest:
        bad += 1.5 * (measure.fewest - len(page))
    bad += 0.04 * (measure.most - len(page)) ** 2 / measure.most
    if not last:
        if COMMA.search(page[-1].text):
            bad -= 0.7
        if page[-1].text.lower() in GLUE:
            bad += 0.9
    return bad + 0.35 * sum(1 for w in page[:-1] if COMMA.search(w.text))


def _fits(page: list[Piece], measure: Measure) -> bool:
    return all(_text_width(line, measure) <= measure.room for line in _lines(page, measure))


def _lines(page: list[Piece], measure: Measure) -> tuple[tuple[Piece, ...], ...]:
    """One line when it fits; else two of much the same width, not broken after a word like `the`."""
    whole = tuple(page)
    if len(page) == 1 or measure.lines == 1 or _text_width(whole, measure) <= measure.room:
        return (whole,)

    def unevenness(cut: int) -> float:
        one, two = _text_width(whole[:cut], measure), _text_width(whole[cut:], measure)
        glued = 0.25 * measure.room if whole[cut - 1].text.lower() in GLUE else 0.0
        too_wide = 10 * max(0.0, max(one, two) - measure.room)
        return abs(one - two) + glued + too_wide - (0.3 * measure.room if COMMA.search(whole[cut - 1].text) else 0.0)

    cut = min(range(1, len(whole)), key=unevenness)
    return whole[:cut], whole[cut:]


def _text_width(line: Sequence[Word], measure: Measure) -> float:
    return measure.width(line_text(line))
