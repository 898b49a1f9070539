"""The bundled typefaces as libass sees them: which has which letters, and how wide a text is when it is shaped."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, Literal

import uharfbuzz

from core import facts

FONTS = facts.DATA / "fonts"

Han = Literal["sc", "tc", "jp", "kr"]
"""Whose form of the Chinese characters is drawn: mainland China's, Taiwan's, Japan's or Korea's."""

DROPPED = {"\ufe0e", "\ufe0f", "\u2060", "\ufeff", "\u200b"}
"""Draw nothing and join nothing."""
JOINERS = {"\u200c", "\u200d"}
"""Tell neighbouring letters to join or not to; without neighbours in one typeface they mean nothing."""
SKIN_TONES = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True)
class Face:
    """A font file; `family` is the name by which libass finds it, `bold` whether it asks for bold."""

    file: str
    family: str
    bold: bool
    optical: float = 1.0
    """Its size against a Latin face of the same em, so that both look equally large."""
    leading: float = 1.0
    """How much further apart its lines stand, for the marks above and below its letters."""
    han: Han = "sc"
    """Which of the Chinese typefaces helps out first."""

    def width(self, text: str, em: float) -> float:
        """Pixels that a text takes at `em` pixels an em, its letters shaped and joined as libass does it."""
        return _advance(self.file, text) * self.optical * em

    def has(self, letter: str) -> bool:
        """Whether there is a glyph for that letter."""
        return letter.isspace() or _has(self.file, letter)

    @property
    def above(self) -> float:
        """Height of libass's line above the baseline, in ems."""
        return _line(self.file)[0] * self.optical

    @property
    def below(self) -> float:
        """Its depth below the baseline, in ems."""
        return _line(self.file)[1] * self.optical


ANTON = Face("Anton-Regular.ttf", "Anton", bold=False)
ARCHIVO = Face("ArchivoBlack-Regular.ttf", "Archivo Black", bold=False)
GROTESK = Face("SpaceGrotesk-Bold.ttf", "Space Grotesk", bold=True)
SERIF = Face("DMSerifDisplay-Regular.ttf", "DM Serif Display", bold=False)
INTER_HEAVY = Face("Inter-ExtraBold.ttf", "Inter ExtraBold", bold=False)
INTER_BOLD = Face("Inter-Bold.ttf", "Inter", bold=True)
INTER_SEMI = Face("Inter-SemiBold.ttf", "Inter SemiBold", bold=False)


def _noto(script: str, optical: float = 1.0, leading: float = 1.0) -> Face:
    return Face(f"NotoSans{script.replace(' ', '')}-Bold.ttf", f"Noto Sans {script}".strip(), True, optical, leading)


HAN: dict[Han, Face] = {
    "sc": _noto("SC", 0.92, 1.04),
    "tc": _noto("TC", 0.92, 1.04),
    "jp": _noto("JP", 0.92, 1.04),
    "kr": _noto("KR", 0.92, 1.04),
}
LATIN = (INTER_BOLD, _noto(""), Face("InterSymbols-Bold.ttf", "Inter Symbols", bold=True))
"""Letters, and signs such as ≥, → and ★."""
SCRIPTS = (
    _noto("Arabic", 1.06, 1.22),
    _noto("Hebrew", 1.06),
    _noto("Thai", 1.08, 1.2),
    *(_noto(script, 1.0, 1.16) for script in ("Devanagari", "Bengali", "Gujarati", "Gurmukhi")),
    *(_noto(script, 0.94, 1.16) for script in ("Tamil", "Telugu", "Kannada", "Malayalam")),
)
EMOJI = Face("NotoEmoji-Bold.ttf", "Noto Emoji", bold=True)
"""In one colour, for the few that core.media.emoji has no picture of."""


LETTERED = (ANTON, ARCHIVO, GROTESK, SERIF, INTER_HEAVY, INTER_BOLD, INTER_SEMI, *LATIN, *SCRIPTS, *HAN.values(), EMOJI)
"""Every face that a script of ours may name."""


@dataclass(frozen=True)
class Run:
    """A stretch of text in one typeface."""

    face: Face
    text: str


def runs(text: str, face: Face) -> list[Run]:
    """The text in `face`, and in others where that has no glyph; what no font can draw is left out."""
    chosen = [(_face_for(cluster, face), cluster) for cluster in _clusters(text)]
    known = [(f, cluster) for f, cluster in chosen if f is not None]
    return [Run(f, "".join(c for _, c in group)) for f, group in groupby(known, key=lambda pair: pair[0])]


def drawable(text: str, face: Face) -> str:
    """The text without what no bundled font can draw, and ㎡ as m2; an empty box is never shown."""
    spelled = "".join(c if _face_for(c, face) else unicodedata.normalize("NFKC", c) for c in text)
    return "".join(run.text for run in runs(spelled, face)).strip()


def width(text: str, face: Face, em: float) -> float:
    """Pixels that a text takes, other typefaces filling in where `face` has no glyph."""
    return sum(run.face.width(run.text, em) for run in runs(text, face))


def drift(text: str, face: Face, *, leftward: bool, marked: bool) -> float:
    """Ems by which the middle of libass's box around a text stands to the right of the middle of its letters.

    `leftward`: the text runs from right to left; `marked`: a sign of direction stands at either end.
    """
    used = runs(text, face)
    pen, edges = 0.0, [0.0] if marked else []
    for run in used[::-1] if leftward else used:
        wide, left, right = (n * run.face.optical for n in _shaped(run.face.file, run.text))
        edges += [pen + left, pen + right]
        pen += wide
    if marked:
        edges.append(pen)
    return (min(edges) + max(edges) - pen) / 2 if edges else 0.0


def extent(text: str, face: Face) -> tuple[float, float]:
    """How far libass's line of that text reaches above and below the baseline, in ems."""
    used = [run.face for run in runs(text, face)] or [face]
    return max(f.above for f in used), max(f.below for f in used)


def leading(texts: Iterable[str], face: Face) -> float:
    """How much further apart the lines of these texts stand than Latin ones."""
    return max((run.face.leading for text in texts for run in runs(text, face)), default=1.0)


def for_texts(face: Face, texts: Iterable[str]) -> Face:
    """The face with the form of Chinese characters that these texts are written in."""
    return replace(face, han=han_of("".join(texts)))


def han_of(text: str) -> Han:
    """Kana means Japanese, Hangul Korean; else it is the form whose usual characters are all there."""
    if any("\u3041" <= c <= "\u30ff" for c in text):
        return "jp"
    if any("\uac00" <= c <= "\ud7a3" for c in text):
        return "kr"
    if any("\u3105" <= c <= "\u312f" for c in text):
        return "tc"
    rare = sum(not HAN["sc"].has(c) and HAN["tc"].has(c) for c in text if "\u4e00" <= c <= "\u9fff")
    return "tc" if rare else "sc"


def _clusters(text: str) -> list[str]:
    """Letters with the marks and joiners that belong to them."""
    out: list[str] = []
    for letter in text:
        if letter in DROPPED or ord(letter) in SKIN_TONES or unicodedata.category(letter) in ("Cc", "Cs", "Co"):
            continue
        if out and (letter in JOINERS or unicodedata.category(letter).startswith("M")):
            out[-1] += letter
        elif letter not in JOINERS:
            out.append(letter)
    return out


@cache
def _face_for(cluster: str, face: Face) -> Face | None:
    """The first face that has all of a cluster, or failing that its letter."""
    han = [HAN[face.han], *(f for kind, f in HAN.items() if kind != face.han)]
    if unicodedata.east_asian_width(cluster[0]) in ("W", "F"):
        order = [*han, face, *LATIN, EMOJI]
    else:
        order = [face, *LATIN, *SCRIPTS, *han, EMOJI]
    shown = [c for c in cluster if c not in JOINERS]
    whole = (f for f in order if all(f.has(c) for c in shown))
    return next(whole, None) or next((f for f in order if f.has(cluster[0])), None)


@cache
def _font(file: str) -> Any:
    """HarfBuzz's view of a font file."""
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FONTS / file))))


@cache
def _advance(file: str, text: str) -> float:
    """Ems that a shaped text takes."""
    return _shaped(file, text)[0]


@cache
def _shaped(file: str, text: str) -> tuple[float, float, float]:
    """Ems that a shaped text takes, and the edges of the box that libass sees around it.

    libass goes by the first glyph of each letter, in the order of sight: of an Arabic letter that may be its dot.
    """
    font, buffer = _font(file), uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer, {})
    pen, edges = 0, []
    for _, letter in groupby(
        zip(buffer.glyph_infos, buffer.glyph_positions, strict=True), key=lambda glyph: glyph[0].cluster
    ):
        glyphs = [position for _, position in letter]
        wide = sum(glyph.x_advance for glyph in glyphs)
        edges.append((pen + glyphs[0].x_offset, pen + glyphs[0].x_offset + wide))
        pen += wide
    em = float(font.face.upem)
    left, right = min((a for a, _ in edges), default=0), max((b for _, b in edges), default=0)
    return pen / em, left / em, right / em


@cache
def _has(file: str, letter: str) -> bool:
    return bool(_font(file).get_nominal_glyph(ord(letter)))


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
