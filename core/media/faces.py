"""The bundled typefaces as libass sees them: how wide a text is, which letters there are."""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from PIL import ImageFont

from core import facts

FONTS = facts.DATA / "fonts"
MEASURE = 200
"""Pixels an em at which texts are measured; fine enough that rounding does not show."""
JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u2060", "\ufeff"}
SKIN_TONES = range(0x1F3FB, 0x1F400)
"""What makes one emoji of several; the bundled emoji are drawn one by one, in one colour."""


@dataclass(frozen=True)
class Face:
    """A font file; `family` is the name by which libass finds it, `bold` whether it asks for bold."""

    file: str
    family: str
    bold: bool

    def width(self, text: str, em: float) -> float:
        """Pixels that a text takes at `em` pixels an em."""
        return float(_drawn(self.file).getlength(text)) * em / MEASURE

    def has(self, letter: str) -> bool:
        """Whether there is a glyph for that letter."""
        return letter.isspace() or _has(self.file, letter)

    @property
    def above(self) -> float:
        """Height of libass's line above the baseline, in ems."""
        return _line(self.file)[0]

    @property
    def below(self) -> float:
        """Its depth below the baseline, in ems."""
        return _line(self.file)[1]


ARCHIVO = Face("ArchivoBlack-Regular.ttf", "Archivo Black", bold=False)
INTER_HEAVY = Face("Inter-ExtraBold.ttf", "Inter ExtraBold", bold=False)
INTER_BOLD = Face("Inter-Bold.ttf", "Inter", bold=True)
INTER_SEMI = Face("Inter-SemiBold.ttf", "Inter SemiBold", bold=False)
FALLBACKS = (
    INTER_BOLD,
    Face("NotoSans-Bold.ttf", "Noto Sans", bold=True),
    Face("NotoEmoji-Bold.ttf", "Noto Emoji", bold=True),
)


@dataclass(frozen=True)
class Run:
    """A stretch of text in one typeface."""

    face: Face
    text: str


def runs(text: str, face: Face) -> list[Run]:
    """The text in `face`, and in others where that has no glyph; what no font can draw is left out."""
    chosen = [(_face_for(letter, face), letter) for letter in text if not _joins(letter)]
    known = [(f, letter) for f, letter in chosen if f is not None]
    return [Run(f, "".join(c for _, c in group)) for f, group in groupby(known, key=lambda pair: pair[0])]


def drawable(text: str, face: Face) -> str:
    """The text without what no bundled font can draw; an empty box is never shown."""
    return "".join(run.text for run in runs(text, face)).strip()


def width(text: str, face: Face, em: float) -> float:
    """Pixels that a text takes, other typefaces filling in where `face` has no glyph."""
    return sum(run.face.width(run.text, em) for run in runs(text, face))


def _joins(letter: str) -> bool:
    return letter in JOINERS or ord(letter) in SKIN_TONES or unicodedata.category(letter) in ("Cc", "Cs", "Co")


@cache
def _face_for(letter: str, face: Face) -> Face | None:
    return next((f for f in (face, *FALLBACKS) if f.has(letter)), None)


@cache
def _drawn(file: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / file), MEASURE)


@cache
def _has(file: str, letter: str) -> bool:
    """Whether a letter looks other than the box that stands for a missing one."""
    if unicodedata.combining(letter):
        return True
    font = _drawn(file)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


@cache
def _line(file: str) -> tuple[float, float]:
    """Ascent and descent that libass goes by, in ems: those of the font's OS/2 table, as Windows does."""
    font = (FONTS / file).read_bytes()
    tables = {}
    for index in range(struct.unpack_from(">H", font, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        tables[tag] = offset
    em = struct.unpack_from(">H", font, tables[b"head"] + 18)[0]
    above, below = struct.unpack_from(">HH", font, tables[b"OS/2"] + 74)
    return above / em, below / em
