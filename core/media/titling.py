"""Titles set over a picture: a style's type fitted into a region, coming in word by word from below its line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from core.domain.plan import TypeStyle
from core.domain.shoot import Word
from core.media import ass, emoji
from core.media.caption_layout import Event, in_order, runs_left, set_word
from core.media.caption_look import Area, set_width
from core.media.colour import contrast, lifted
from core.media.faces import ANTON, ARCHIVO, GROTESK, INTER_HEAVY, SERIF, Face, drawable, for_texts, leading, runs
from core.media.pieces import Piece, line_text, pieces

WHITE = "#ffffff"
MOST_LINES = 4
RISE, STEP, LEAVE = 11, 2, 170
"""Frames in which a word rises into its line, frames between two words, and milliseconds in which all go."""
HANGING = "gjpqyQ,;()çşţțğקךןףץ"
"""Letters that a stroke beneath would cross; so it would most of Arabic, and marks below letters."""
DEEPER = 0.22
"""Ems that the block behind a word goes lower for letters that hang deep."""
MOST_SPLITS = 10_000
"""Ways of breaking a title into lines that are weighed; more words are broken into fewer lines."""


@dataclass(frozen=True)
class Lettering:
    """How a style sets its titles; the same as in the pictures that the local renderer draws."""

    face: Face
    tracking: float
    """Ems between letters."""
    capitals: bool
    leading: float
    largest: float
    """Pixels an em in a frame whose shorter side has 720."""
    accent: Literal["colour", "underline", "block"]


LETTERINGS: dict[TypeStyle, Lettering] = {
    "impact": Lettering(ANTON, 0.005, capitals=True, leading=1.15, largest=150, accent="colour"),
    "grotesk": Lettering(GROTESK, -0.03, capitals=False, leading=1.06, largest=112, accent="underline"),
    "heavy": Lettering(ARCHIVO, -0.025, capitals=False, leading=1.12, largest=96, accent="block"),
    "serif": Lettering(SERIF, -0.01, capitals=False, leading=1.06, largest=118, accent="colour"),
}


@dataclass(frozen=True)
class Inks:
    """Colours of a title."""

    ink: str
    accent: str

    @property
    def vivid(self) -> str:
        """The accent, bright enough for letters on a picture."""
        return lifted(self.accent, 0.36)

    @property
    def on_accent(self) -> str:
        """Letters on a block of it."""
        return max((WHITE, self.ink), key=lambda c: contrast(c, self.vivid))


@dataclass(frozen=True)
class Placed:
    """A word of a title: the middle of its letters, and where its line begins and ends."""

    text: str
    x: float
    y: float
    width: float
    line: int
    accent: bool
    mark: str


@dataclass(frozen=True)
class Title:
    """A title laid out in its region."""

    words: tuple[Placed, ...]
    face: Face
    em: float
    step: float
    """Pixels from line to line."""
    spacing: float
    """Pixels between letters."""
    style: Lettering
    box: Area

    @property
    def lines(self) -> int:
        """How many there are."""
        return max((w.line for w in self.words), default=-1) + 1


def laid_out(
    text: str, style: TypeStyle, region: Area, scale: float, *, centred: bool = False, from_below: bool = False
) -> Title | None:
    """The title as large as fits; None when there is nothing in it that can be drawn.

    `scale` is 1 in a frame whose shorter side has 720 pixels. It hangs from the top of the region, or with
    `from_below` stands at its foot; scripts that run to the left begin at the right.
    """
    design = LETTERINGS[style]
    told = " ".join((text.upper() if design.capitals else text).split())
    face = for_texts(design.face, [told])
    kept = [shown for word in told.split() if (shown := emoji.drawable(word, face))]
    if not kept:
        return None
    tracking = design.tracking if _is_plain(" ".join(kept), face) else 0.0
    room = region.width * (0.95 if design.accent == "block" else 0.99)
    wide = _Setter(face, tracking)
    units = pieces([Word(text=w, start=i, end=i + 1) for i, w in enumerate(kept)], wide, room / scale / 24)
    spread = design.leading * leading([p.text for p in units], face)
    em, lines = _fitted(units, wide, room, (region.bottom - region.top) / spread, design.largest * scale)
    return _placed(
        lines, _Setter(face, tracking), em, em * spread, design, region, centred=centred, from_below=from_below
    )


class _Setter:
    """Widths of texts in ems, in one face and tracking."""

    def __init__(self, face: Face, tracking: float) -> None:
        self.face, self.tracking = face, tracking
        self.space = set_width(" ", face, 1.0) + max(tracking, 0.03)

    def __call__(self, text: str) -> float:
        return set_width(text, self.face, 1.0) + self.tracking * len(text)


def _is_plain(text: str, face: Face) -> bool:
    """Whether the style's own face draws all of it, so that its letters may be tracked."""
    return all(emoji.is_emoji(p) or all(r.face == face for r in runs(p, face)) for p in emoji.split(text))


def _fitted(
    units: Sequence[Piece], wide: _Setter, room: float, height: float, largest: float
) -> tuple[float, list[list[Piece]]]:
    """The em in pixels and the lines that fill the room best; a line more must earn its place."""
    best: tuple[float, list[list[Piece]]] = (0.0, [])
    for count in range(1, min(MOST_LINES, len(units)) + 1):
        lines = _balanced(units, count, wide)
        widest = max(wide(line_text(line)) for line in lines)
        em = min(largest, room / max(widest, 0.01), height / count)
        if em > best[0] * (1.06 if best[1] else 1):
            best = em, lines
    return best


def _balanced(units: Sequence[Piece], count: int, wide: _Setter) -> list[list[Piece]]:
    """Exactly `count` lines, the longest as short as can be."""
    best: list[list[Piece]] = [list(units)]
    shortest = float("inf")
    for number, breaks in enumerate(combinations(range(1, len(units)), count - 1)):
        if number > MOST_SPLITS:
            break
        edges = (0, *breaks, len(units))
        lines = [list(units[a:b]) for a, b in pairwise(edges)]
        widest = max(wide(line_text(line)) for line in lines)
        if widest < shortest:
            best, shortest = lines, widest
    return best


def _placed(
    lines: list[list[Piece]], wide: _Setter, em: float, step: float, design: Lettering, region: Area,
    *, centred: bool, from_below: bool,
) -> Title:  # fmt: skip
    units = [word for line in lines for word in line]
    leftward, stressed = runs_left([w.text for w in units]), _stressed([w.text for w in units])
    top = region.bottom - step * len(lines) if from_below else region.top
    out: list[Placed] = []
    for number, line in enumerate(lines):
        total = wide(line_text(line)) * em
        x = region.left + (region.width - total) / 2 if centred else region.right - total if leftward else region.left
        shown = in_order(line, leftward=leftward)
        for index, word in enumerate(shown):
            later = max(shown[index - 1], word, key=lambda w: w.start) if index else None
            x += wide.space * em if later is not None and not later.glued else 0.0
            own = wide(word.text) * em
            mark = ass.RIGHT_TO_LEFT if leftward and not runs_left([word.text]) else ""
            accent = stressed is not None and word is units[stressed]
            out.append(Placed(word.text, x + own / 2, top + (number + 0.5) * step, own, number, accent, mark))
            x += own
    left, right = min(w.x - w.width / 2 for w in out), max(w.x + w.width / 2 for w in out)
    box = Area(left, top, right, top + step * len(lines))
    return Title(tuple(out), wide.face, em, step, wide.tracking * em, design, box)


def _stressed(words: Sequence[str]) -> int | None:
    """Which word to stress: the first with a digit, else the last that is more than a particle."""
    if len(words) < 2:
        return None
    numbers = [k for k, word in enumerate(words) if any(c.isdigit() for c in word)]
    telling = [k for k, word in enumerate(words) if sum(c.isalpha() for c in word) > 3]
    return numbers[0] if numbers else telling[-1] if telling else len(words) - 1


def title_events(title: Title, inks: Inks, layer: int, start: int, end: int, *, halo: bool = True) -> list[Event]:
    """The title from frame `start` to before `end`: each word rises out of its line, all fade together."""
    out: list[Event] = []
    for index, word in enumerate(title.words):
        begin = start + STEP * index
        settled = begin + RISE
        if settled + 3 >= end:
            begin = settled = start
        if halo and not emoji.is_emoji(word.text):
            out += _shadow(title, word, inks, layer, (begin, end))
        out += _marked(title, word, inks, layer + 1, (begin, settled, end))
        colour = inks.vivid if word.accent and title.style.accent == "colour" else WHITE
        if word.accent and title.style.accent == "block":
            colour = inks.on_accent
        out += _rising(title, word, colour, layer + 2, (begin, settled, end))
    return out


def _rising(title: Title, word: Placed, colour: str, layer: int, times: tuple[int, int, int]) -> list[Event]:
    begin, settled, end = times
    style = f"{ass.fill(colour)}\\fsp{title.spacing:.2f}"
    top, bottom = word.y - 0.62 * title.step, word.y + 0.66 * title.step
    out: list[Event] = []
    for frame in range(begin, settled):
        below = title.step * 1.15 * _left_to_go((frame - begin + 1) / RISE)
        clip = f"\\clip(0,{top:.1f},{100000},{bottom:.1f})"
        middle = word.x, word.y + below
        out += set_word(layer, (frame, frame + 1), word.text, title.face, title.em, middle, style, clip, word.mark)
    motion = f"\\fad(0,{LEAVE})"
    return out + set_word(
        layer, (settled, end), word.text, title.face, title.em, (word.x, word.y), style, motion, word.mark
    )


def _shadow(title: Title, word: Placed, inks: Inks, layer: int, time: tuple[int, int]) -> list[Event]:
    style = f"{ass.fill(inks.ink)}{ass.edge(inks.ink, 0.06 * title.em)}{ass.see_through(0.42)}\\fsp{title.spacing:.2f}"
    motion = f"\\blur{0.09 * title.em:.1f}\\fad(260,{LEAVE})"
    return set_word(layer, time, word.text, title.face, title.em, (word.x, word.y), style, motion, word.mark)


def _marked(title: Title, word: Placed, inks: Inks, layer: int, times: tuple[int, int, int]) -> list[Event]:
    """The block behind, or the stroke beneath, the stressed word: it grows from where reading begins."""
    if not word.accent or title.style.accent == "colour":
        return []
    if title.style.accent == "underline" and any(_hangs(letter) for letter in word.text):
        return []
    begin, settled, end = times
    em = title.em
    if title.style.accent == "block":
        deep = DEEPER * em if any(_hangs(letter) and not letter.isascii() for letter in word.text) else 0.0
        high, y, wide, first = 0.98 * em + deep, word.y + 0.01 * em + deep / 2, word.width + 0.2 * em, begin
    else:
        high, y, wide, first = 0.075 * em, word.y + 0.5 * em, word.width, min(settled, end - 1)
    out = []
    left = word.x - wide / 2
    for frame in range(first, min(first + RISE, end)):
        grown = wide * (1 - _left_to_go((frame - first + 1) / RISE))
        shape = ass.rounded(left + grown / 2, y, grown, high, 0.04 * em, ass.fill(inks.vivid))
        out.append(Event(layer, frame, frame + 1, shape))
    whole = ass.rounded(word.x, y, wide, high, 0.04 * em, f"{ass.fill(inks.vivid)}\\fad(0,{LEAVE})")
    return [*out, Event(layer, first + RISE, end, whole)] if first + RISE < end else out


def _hangs(letter: str) -> bool:
    """Whether it reaches below the line, as far as one sees."""
    return letter in HANGING or unicodedata.bidirectional(letter) == "AL" or unicodedata.category(letter) == "Mn"


def _drawn(text: str) -> str:
    """What of a small line can be drawn; it has no emoji."""
    return " ".join(shown for word in text.split() if (shown := drawable(word, INTER_HEAVY)))


def _left_to_go(moment: float) -> float:
    """Eased: fast at first, then settling; from 1 at 0 to 0 at 1."""
    return float((1 - min(1.0, moment)) ** 3)


KICKER = 30.0
"""Pixels an em of the small line, in a frame whose shorter side has 720."""


def kicker_events(
    text: str, inks: Inks, region: Area, scale: float, layer: int, time: tuple[int, int], *, leftward: bool
) -> tuple[list[Event], float]:
    """The small line above a title under a short bar, and how many pixels it takes from the top of the region."""
    told = _drawn(text.upper())
    if not told:
        return [], 0.0
    face = for_texts(GROTESK, [told])
    tracking = 0.16 if _is_plain(told, face) else 0.0
    wide = _Setter(face, tracking)(told)
    em = min(KICKER * scale, region.width / wide)
    bar = 58 * scale
    x_bar, x = region.left + bar / 2, region.left + wide * em / 2
    if leftward:
        x_bar, x = region.right - bar / 2, region.right - wide * em / 2
    motion = f"\\fad(180,{LEAVE})"
    shape = ass.rounded(x_bar, region.top + 3 * scale, bar, 5 * scale, 1, f"{ass.fill(inks.vivid)}{motion}")
    y = region.top + 34 * scale
    soft = f"{ass.fill(inks.ink)}{ass.edge(inks.ink, 0.1 * em)}{ass.see_through(0.4)}\\fsp{tracking * em:.2f}"
    events = [Event(layer + 1, *time, shape)]
    events += set_word(layer, time, told, face, em, (x, y), soft, f"\\blur{0.14 * em:.1f}{motion}")
    events += set_word(layer + 2, time, told, face, em, (x, y), f"{ass.fill(WHITE)}\\fsp{tracking * em:.2f}", motion)
    return events, 58 * scale


def button_events(
    text: str, inks: Inks, place: Area, scale: float, layer: int, time: tuple[int, int], *, leftward: bool
) -> list[Event]:
    """A round button under a title: it springs in after the title has come."""
    told = _drawn(text)
    if not told:
        return []
    face = for_texts(INTER_HEAVY, [told])
    em = min(34 * scale, (place.width - 96 * scale) / set_width(told, face, 1.0))
    wide, high = set_width(told, face, em) + 96 * scale, 84 * scale
    x = place.right - wide / 2 if leftward else place.left + wide / 2
    y = place.top + high / 2
    motion = f"{ass.pop(70, 104)}\\fad(60,{LEAVE})"
    shape = ass.rounded(x, y, wide, high, high / 2, f"{ass.fill(inks.vivid)}{motion}")
    letters = f"{ass.fill(inks.on_accent)}"
    return [Event(layer + 1, *time, shape), *set_word(layer + 2, time, told, face, em, (x, y), letters, motion)]
