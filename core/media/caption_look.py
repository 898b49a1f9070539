"""What captions look like in one film: the design of their style, its letters, colours and place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core import facts
from core.domain.analysis import Colour
from core.domain.plan import CaptionPlace, Captions, CaptionStyle, Platform
from core.domain.time import FrameSize
from core.media import emoji
from core.media.colour import accent, luminance, shaded
from core.media.faces import ARCHIVO, INTER_BOLD, INTER_HEAVY, INTER_SEMI, Face, for_texts, leading, width
from core.media.phrases import Measure

SIZE = {"s": 0.8, "m": 1.0, "l": 1.24}
EMOJI = 1.12
"""Ems that an emoji takes."""
AIR = 0.01
"""Share of the frame between captions and what a platform covers."""


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
    """Whether it begins at the edge rather than stands in the middle."""


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

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left


@dataclass(frozen=True)
class Look:
    """A design in one film: its letters, colours and place."""

    style: CaptionStyle
    design: Design
    face: Face
    em: float
    """Pixels."""
    leading: float
    """Ems between lines: the design's, more for scripts with high marks."""
    area: Area
    place: CaptionPlace
    tint: str
    """The accent as the person or the palette has it, not yet made legible."""
    ink: str
    """The dark of edges and boxes."""
    fps: int

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
        return self.area.width / self.design.swell - 2 * self.design.pad * self.em

    def line_width(self, texts: Sequence[str]) -> float:
        """Pixels that these words take beside each other."""
        letters = sum(set_width(text, self.face, self.em) for text in texts)
        return letters + self.design.gap * self.em * (len(texts) - 1)

    def frame(self, seconds: float) -> int:
        """The frame at that time."""
        return round(seconds * self.fps)


def look(
    captions: Captions,
    palette: Sequence[Colour],
    size: FrameSize,
    fps: int,
    platform: Platform = "any",
    texts: Iterable[str] = (),
    taken: Sequence[Area] = (),
) -> Look:
    """The design of these captions, saying these texts, in a frame of that size, clear of what is taken."""
    design, told = DESIGNS[captions.style], list(texts)
    face = for_texts(design.face, told)
    colours = [c.hex for c in palette]
    return Look(
        style=captions.style,
        design=design,
        face=face,
        em=em_of(size) * SIZE[captions.size] * design.scale,
        leading=design.leading * leading(told, face),
        area=clear_of(area_of(size, platform, left=design.left), taken, size),
        place=captions.place,
        tint=captions.colour or accent(colours),
        ink=ink_of(colours),
        fps=fps,
    )


def ink_of(colours: Sequence[str]) -> str:
    """The near-black of a palette."""
    return shaded(min(colours, key=luminance, default="#101014"), 0.012)


def set_width(text: str, face: Face, em: float) -> float:
    """Pixels that a word takes, emoji drawn in colour."""
    return sum(EMOJI * em if emoji.is_emoji(part) else width(part, face, em) for part in emoji.split(text))


def em_of(size: FrameSize) -> float:
    """Pixels an em at size m: as large in the hand whatever the shape of the film."""
    share = 0.047 if size.aspect < 0.9 else 0.062 if size.aspect < 1.2 else 0.060
    return share * size.height


def safe_of(platform: Platform) -> Area:
    """What a platform's buttons and words leave free of a tall film, as fractions of the frame (data/platforms.toml).

    `any` is what all of them leave free.
    """
    rows = facts.table("platforms")["platform"]
    safe = [row["safe"] for row in rows if platform in ("any", row["id"])]
    return Area(
        max(row["left"] for row in safe),
        max(row["top"] for row in safe),
        min(row["right"] for row in safe),
        min(row["bottom"] for row in safe),
    )


def clear_of(area: Area, taken: Sequence[Area], size: FrameSize) -> Area:
    """The area without the strips along its upper and lower edge in which something stands already."""
    upper = [t.bottom for t in taken if t.bottom < size.height / 2]
    lower = [t.top for t in taken if t.top > size.height / 2]
    air = AIR * size.height
    return replace(
        area, top=max([area.top, *(y + air for y in upper)]), bottom=min([area.bottom, *(y - air for y in lower)])
    )


def area_of(size: FrameSize, platform: Platform, *, left: bool) -> Area:
    """Where captions stand: centred ones keep off the left edge as far as the buttons keep them off the right."""
    wide, high = size
    if size.aspect >= 0.9:
        return Area(wide * 0.07, high * 0.07, wide * 0.93, high * 0.92)
    safe = safe_of(platform)
    edge = safe.left + 0.02 if left else 1 - safe.right
    return Area(wide * edge, high * (safe.top + AIR), wide * safe.right, high * (safe.bottom - AIR))
