"""The five designs of captions: where each word stands, and how it comes and goes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.analysis import Colour
from core.domain.plan import CaptionPlace, Captions, CaptionStyle
from core.domain.shoot import Word
from core.domain.time import FrameSize
from core.media import ass
from core.media.colour import accent, contrast, lifted, luminance, shaded
from core.media.faces import ARCHIVO, INTER_BOLD, INTER_HEAVY, INTER_SEMI, Face, width
from core.media.phrases import Measure, Page

WHITE = "#ffffff"
LEAST_ON_PICTURE = 0.32
"""Luminance of a coloured word on the picture, inside its dark edge."""
LEAST_ON_BOX = 0.30
DARK_PILL, BRIGHT_PILL = (0.10, 0.16), 0.38
"""Luminance of a pill under white letters (at least, at most) and, at least, under dark ones: in between neither
kind of letter reaches a contrast of 4.5."""
CAP_HEIGHT = 0.727
"""Of Inter, in ems; the others are near enough."""
SIZE = {"s": 0.8, "m": 1.0, "l": 1.24}


@dataclass(frozen=True)
class Design:
    """What a style is made of; lengths in ems."""

    face: Face
    scale: float
    """Of its letters against those of the other styles."""
    lines: int
    fewest: int
    most: int
    """Words on a page."""
    gap: float
    """Between words."""
    leading: float
    pad: float
    """Room around the letters for pill, box or edge."""
    swell: float = 1.0
    """How much a word grows at most as it comes."""
    capitals: bool = False
    left: bool = False


DESIGNS: dict[CaptionStyle, Design] = {
    "karaoke": Design(INTER_HEAVY, 1.0, lines=2, fewest=2, most=5, gap=0.34, leading=1.34, pad=0.2, swell=1.04),
    "pop": Design(
        ARCHIVO, 1.38, lines=2, fewest=2, most=3, gap=0.28, leading=1.06, pad=0.16, swell=1.08, capitals=True
    ),
    "box": Design(INTER_BOLD, 0.88, lines=2, fewest=3, most=7, gap=0.26, leading=1.42, pad=0.42),
    "lower": Design(INTER_SEMI, 0.74, lines=2, fewest=3, most=9, gap=0.26, leading=1.32, pad=0.44, left=True),
    "clean": Design(INTER_BOLD, 0.92, lines=2, fewest=3, most=8, gap=0.26, leading=1.26, pad=0.14),
}


@dataclass(frozen=True)
class Area:
    """Where captions may stand, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Event:
    """A line of an ASS file, from frame `start` to before frame `end`."""

    layer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Look:
    """A design in one film: its letters, colours and place."""

    style: CaptionStyle
    design: Design
    em: float
    """Pixels."""
    area: Area
    place: CaptionPlace
    tint: str
    """The accent as the person or the palette has it, not yet made legible."""
    ink: str
    """The dark of edges and boxes."""
    fps: int

    @property
    def face(self) -> Face:
        """Its typeface."""
        return self.design.face

    @property
    def capitals(self) -> bool:
        """Whether it is set in capitals."""
        return self.design.capitals

    @property
    def measure(self) -> Measure:
        """How the words are to be broken."""
        design = self.design
        return Measure(
            lambda text: self.line_width(text.split(" ")), self.room, design.lines, design.fewest, design.most
        )

    @property
    def room(self) -> float:
        """Pixels that a line of letters may take."""
        return (self.area.right - self.area.left) / self.design.swell - 2 * self.design.pad * self.em

    def line_width(self, texts: Sequence[str]) -> float:
        """Pixels that these words take beside each other."""
        letters = sum(width(text, self.face, self.em) for text in texts)
        return letters + self.design.gap * self.em * (len(texts) - 1)

    def frame(self, seconds: float) -> int:
        """The frame at that time."""
        return round(seconds * self.fps)


@dataclass(frozen=True)
class Spot:
    """A word in its place: the middle of its letters, from capital height to baseline."""

    word: Word
    x: float
    y: float
    width: float
    start: int
    end: int
    """Frames in which it is the word being said."""


@dataclass(frozen=True)
class Block:
    """A page in its place; `em` is smaller than the look's where a long word had to shrink."""

    spots: tuple[Spot, ...]
    lines: tuple[tuple[float, float, float], ...]
    """Left edge, middle and width of each line."""
    em: float
    start: int
    end: int


def look(captions: Captions, palette: Sequence[Colour], size: FrameSize, fps: int) -> Look:
    """The design of these captions in a frame of that size."""
    design = DESIGNS[captions.style]
    em = _em(size) * SIZE[captions.size] * design.scale
    area = _area(size, left=design.left)
    colours = [c.hex for c in palette]
    darkest = min(colours, key=luminance, default="#101014")
    return Look(
        style=captions.style,
        design=design,
        em=em,
        area=area,
        place=captions.place,
        tint=captions.colour or accent(colours),
        ink=shaded(darkest, 0.012),
        fps=fps,
    )


def _em(size: FrameSize) -> float:
    """Pixels an em at size m: as large in the hand whatever the shape of the film."""
    share = 0.047 if size.aspect < 0.9 else 0.062 if size.aspect < 1.2 else 0.060
    return share * size.height


def _area(size: FrameSize, *, left: bool) -> Area:
    """Clear of the platforms' buttons: below 80 % and right of 88 % in a tall film."""
    wide, high = size
    if size.aspect < 0.9:
        return Area(wide * (0.08 if left else 0.12), high * 0.10, wide * 0.88, high * 0.80)
    return Area(wide * 0.07, high * 0.07, wide * 0.93, high * 0.92)


def page_events(page: Page, look: Look) -> list[Event]:
    """The events that show one page."""
    block = _placed(page, look)
    draw: dict[CaptionStyle, Callable[[Block, Look], list[Event]]] = {
        "karaoke": _karaoke,
        "pop": _pop,
        "box": _box,
        "lower": _lower,
        "clean": _clean,
    }
    return draw[look.style](block, look)


def _placed(page: Page, look: Look) -> Block:
    """Every word in its place; letters shrink until the widest line fits."""
    texts = [[w.text for w in line] for line in page.lines]
    widest = max(look.line_width(line) for line in texts)
    shrink = min(1.0, look.room / widest)
    em, design = look.em * shrink, look.design
    start, end = look.frame(page.start), look.frame(page.end)
    nexts = [*(look.frame(w.start) for w in page.words[1:]), end]
    half = len(texts) * design.leading * em / 2
    middle = _middle(look, half + 0.1 * em)
    spots: list[Spot] = []
    lines = []
    for number, line in enumerate(page.lines):
        wide = look.line_width(texts[number]) * shrink
        space = look.area.right - look.area.left
        x = look.area.left + (design.pad * em if design.left else (space - wide) / 2)
        y = middle - half + (number + 0.5) * design.leading * em
        lines.append((x, y, wide))
        for word in line if not _is_rtl(line) else reversed(line):
            own = width(word.text, look.face, em)
            index = page.words.index(word)
            begin = max(start, look.frame(word.start))
            spots.append(Spot(word, x + own / 2, y, own, begin, nexts[index]))
            x += own + design.gap * em
    return Block(tuple(spots), tuple(lines), em, start, end)


def _middle(look: Look, half: float) -> float:
    """Where the middle of a text stands that reaches `half` upwards and downwards.

    At the bottom every page ends on one level, out of the way of what the scene is about.
    """
    area = look.area
    return {"top": area.top + half, "middle": (area.top + area.bottom) / 2, "bottom": area.bottom - half}[look.place]


def _is_rtl(line: Sequence[Word]) -> bool:
    kinds = [unicodedata.bidirectional(letter) for word in line for letter in word.text]
    return sum(k in ("R", "AL") for k in kinds) > sum(k == "L" for k in kinds)


def _text(spot: Spot, block: Block, look: Look, style: str) -> str:
    """A word's text, its letters centred on its spot."""
    baseline = spot.y + CAP_HEIGHT * block.em / 2
    middle = baseline + (look.face.below - look.face.above) * block.em / 2
    return ass.words(spot.word.text, look.face, block.em, f"\\an5\\pos({spot.x:.1f},{middle:.1f}){style}")


def _halo(block: Block, look: Look, spread: float, strength: float) -> list[Event]:
    """A soft dark cloud behind the letters: legible on white without looking outlined."""
    em = block.em
    style = f"{ass.fill(look.ink)}{ass.edge(look.ink, spread * em)}{ass.see_through(1 - strength)}"
    style += f"\\blur{spread * 0.9 * em:.1f}\\fad(80,60)"
    return [Event(0, block.start, block.end, _text(s, block, look, style)) for s in block.spots]


def _karaoke(block: Block, look: Look) -> list[Event]:
    """All words in white, the one being said on a pill of the accent colour."""
    em = block.em
    pill = _pill(look.tint)
    letters = max((WHITE, look.ink), key=lambda c: contrast(c, pill))
    rest = f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.045 * em)}\\fad(60,0)"
    events = _halo(block, look, 0.13, 0.7)
    events += [Event(1, block.start, block.end, _text(s, block, look, rest)) for s in block.spots]
    for spot in block.spots:
        wide, high = spot.width + 0.4 * em, 1.24 * em
        shape = ass.rounded(spot.x, spot.y + 0.02 * em, wide, high, 0.28 * em, f"{ass.fill(pill)}{ass.pop(86, 103)}")
        said = f"{ass.fill(letters)}{ass.edge(letters, 0)}{ass.pop(92, 104)}"
        events += [
            Event(2, spot.start, spot.end, shape),
            Event(3, spot.start, spot.end, _text(spot, block, look, said)),
        ]
    return events


def _pill(tint: str) -> str:
    """The tint, dark enough for white letters or bright enough for dark ones."""
    low, high = DARK_PILL
    return lifted(tint, low if luminance(tint) <= high else BRIGHT_PILL)


def _pop(block: Block, look: Look) -> list[Event]:
    """One to three heavy words that jump in; the one being said in the accent colour."""
    em = block.em
    edge = ass.edge(look.ink, 0.075 * em)
    vivid = lifted(look.tint, LEAST_ON_PICTURE)
    events = _halo(block, look, 0.13, 0.6)
    for spot in block.spots:
        before = f"{ass.fill(WHITE)}{edge}{ass.pop(72, 106)}"
        said = f"{ass.fill(vivid)}{edge}{ass.pop(72 if spot.start == block.start else 100, 108)}"
        after = f"{ass.fill(WHITE)}{edge}"
        events += _in_turn(spot, block, look, (before, said, after))
    return events


def _box(block: Block, look: Look) -> list[Event]:
    """White words on a solid box that hugs each line; the one being said in the accent colour."""
    em = block.em
    style = f"{ass.fill(look.ink)}\\fad(70,50)"
    events = [Event(0, block.start, block.end, ass.rounded(*box, 0.34 * em, style)) for box in _boxes(block)]
    rest = f"{ass.fill(WHITE)}{ass.edge(WHITE, 0)}"
    said = f"{ass.fill(lifted(look.tint, LEAST_ON_BOX))}{ass.edge(WHITE, 0)}"
    for spot in block.spots:
        events += _in_turn(spot, block, look, (rest, said, rest))
    return events


def _boxes(block: Block) -> list[tuple[float, float, float, float]]:
    """Middle point, width and height of the boxes of a page's lines, grown together where they meet."""
    em, high = block.em, 1.44 * block.em
    boxes = [(left + wide / 2, middle, wide + 0.84 * em, high) for left, middle, wide in block.lines]
    if len(boxes) == 1:
        return boxes
    (x, upper, one, _), (_, lower, two, _) = boxes
    if abs(one - two) < 1.2 * em:
        return [(x, (upper + lower) / 2, max(one, two), lower - upper + high)]
    into = 0.4 * em
    if one < two:
        return [(x, upper + into / 2, one, high + into), boxes[1]]
    return [boxes[0], (x, lower - into / 2, two, high + into)]


def _lower(block: Block, look: Look) -> list[Event]:
    """A quiet lower third: small, from the left, beside a bar of the accent colour."""
    em = block.em
    top, bottom = block.lines[0][1] - 0.56 * em, block.lines[-1][1] + 0.56 * em
    bar = f"{ass.fill(lifted(look.tint, LEAST_ON_BOX))}\\fad(90,60)"
    x = look.area.left + 0.06 * em
    events = _halo(block, look, 0.12, 0.7)
    events.append(
        Event(1, block.start, block.end, ass.rounded(x, (top + bottom) / 2, 0.11 * em, bottom - top, 0.05 * em, bar))
    )
    style = f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.02 * em)}\\fad(90,60)"
    return events + [Event(1, block.start, block.end, _text(s, block, look, style)) for s in block.spots]


def _clean(block: Block, look: Look) -> list[Event]:
    """White letters and a soft shadow, nothing else."""
    style = f"{ass.fill(WHITE)}{ass.edge(look.ink, 0.012 * block.em)}\\fad(90,70)"
    events = _halo(block, look, 0.14, 0.75)
    return events + [Event(1, block.start, block.end, _text(s, block, look, style)) for s in block.spots]


def _in_turn(spot: Spot, block: Block, look: Look, styles: tuple[str, str, str]) -> list[Event]:
    """A word before, while and after it is said."""
    times = (block.start, spot.start), (spot.start, spot.end), (spot.end, block.end)
    return [
        Event(2, a, b, _text(spot, block, look, style)) for (a, b), style in zip(times, styles, strict=True) if b > a
    ]
