"""Typography: which face has which letters, text as masks, and words broken into balanced lines."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core import facts
from core.providers.local.film.paint import Float

FONTS = facts.DATA / "fonts"
EMOJI = "NotoEmoji-Bold"
FALLBACKS = ("Inter-ExtraBold", "NotoSans-Bold")
"""For a text whose letters the display face lacks: Inter looks best, Noto knows most."""
JOINERS = {0x200D, 0xFE0E, 0xFE0F, 0x200B, 0x2060, 0xFEFF}
"""Signs that steer emoji and line breaks and have no shape of their own."""


class Glyphs(NamedTuple):
    """A text as a mask of 0..1; its advance width, and the clear border around it, in pixels."""

    mask: Float
    width: float
    pad: int
    baseline: int
    """Rows from the top of the mask."""


@lru_cache(maxsize=256)
def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """A face of data/fonts, such as `Inter-Bold`, at a size in pixels."""
    return ImageFont.truetype(FONTS / f"{face}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=32)
def letters(face: str) -> frozenset[int]:
    """The code points a face can draw, read from its cmap table."""
    raw = (FONTS / f"{face}.ttf").read_bytes()
    tables = {raw[i : i + 4]: struct.unpack(">I", raw[i + 8 : i + 12])[0] for i in _table_records(raw)}
    start = tables[b"cmap"]
    count = struct.unpack(">H", raw[start + 2 : start + 4])[0]
    found: set[int] = set()
    for k in range(count):
        offset = struct.unpack(">I", raw[start + 8 + 8 * k : start + 12 + 8 * k])[0]
        found |= _code_points(raw, start + offset)
    return frozenset(found)


def _table_records(raw: bytes) -> range:
    return range(12, 12 + 16 * struct.unpack(">H", raw[4:6])[0], 16)


def _code_points(raw: bytes, at: int) -> set[int]:
    """Of one subtable; formats 4 (two bytes) and 12 (four bytes) are those in use."""
    kind = struct.unpack(">H", raw[at : at + 2])[0]
    if kind == 12:
        groups = struct.unpack(">I", raw[at + 12 : at + 16])[0]
        spans = [struct.unpack(">II", raw[at + 16 + 12 * g : at + 24 + 12 * g]) for g in range(groups)]
    elif kind == 4:
        n = struct.unpack(">H", raw[at + 6 : at + 8])[0] // 2
        ends = struct.unpack(f">{n}H", raw[at + 14 : at + 14 + 2 * n])
        starts = struct.unpack(f">{n}H", raw[at + 16 + 2 * n : at + 16 + 4 * n])
        spans = [(a, b) for a, b in zip(starts, ends, strict=True) if a != 0xFFFF]
    else:
        return set()
    return {code for a, b in spans for code in range(a, b + 1)}


def tidy(text: str) -> str:
    """The text without signs that have no shape, its spaces single."""
    return " ".join("".join(c for c in text if ord(c) not in JOINERS).split())


def face_for(text: str, wanted: str) -> str | None:
    """The face that can draw the whole text, emoji aside; None when no face of ours can."""
    plain = {ord(c) for c in text if not c.isspace()} - letters(EMOJI)
    plain |= {ord(c) for c in text if c.isascii() and not c.isspace()}
    return next((face for face in (wanted, *FALLBACKS) if plain <= letters(face)), None)


def can_set(*texts: str) -> bool:
    """Whether all of these are set here: not what needs letters that join, stack or run to the left, or none of ours.

    What is not set here is set over the picture when the film is cut.
    """
    plain = [tidy(text) for text in texts]
    leftward = any(unicodedata.bidirectional(c) in ("R", "AL") for text in plain for c in text)
    stacked = any(unicodedata.category(c) in ("Mn", "Mc") for text in plain for c in text)
    return not (leftward or stacked) and all(face_for(t, FALLBACKS[0]) for t in plain if t)


def text_width(text: str, face: str, size: float, tracking: float = 0.0) -> float:
    """Advance width in pixels; tracking is in em."""
    return _positions(text, face, int(size), tracking * size)[-1]


def text_mask(text: str, face: str = "Inter-Bold", size: float = 40, tracking: float = 0.0) -> Glyphs:
    """One line of text at a size in pixels; tracking in em. Letters the face lacks are drawn as emoji."""
    whole = max(4, int(size))
    xs = _positions(text, face, whole, tracking * whole)
    ascent, descent = font(face, whole).getmetrics()
    pad = int(whole * 0.25) + 1
    canvas = Image.new("L", (int(xs[-1]) + 2 * pad + 1, ascent + descent + 2 * pad))
    pen = ImageDraw.Draw(canvas)
    for letter, x in zip(text, xs, strict=False):
        used = _face_of(letter, face)
        pen.text((pad + x, pad + ascent), letter, fill=255, font=font(used, whole), anchor="ls")
    return Glyphs(np.asarray(canvas, np.float32) / np.float32(255), xs[-1], pad, pad + ascent)


def _face_of(letter: str, face: str) -> str:
    return face if letter.isspace() or ord(letter) in letters(face) else EMOJI


@lru_cache(maxsize=4096)
def _positions(text: str, face: str, size: int, tracking: float) -> tuple[float, ...]:
    """Where each letter begins, and where the text ends; pairs of one face are kerned."""
    xs, x = [], 0.0
    for here, after in pairwise([*text, ""]):
        xs.append(x)
        used = _face_of(here, face)
        f = font(used, size)
        together = after and _face_of(after, face) == used
        x += (f.getlength(here + after) - f.getlength(after)) if together else f.getlength(here)
        x += tracking
    return (*xs, max(0.0, x - tracking))


def cap_height(face: str, size: float) -> float:
    """Height of a capital letter in pixels."""
    _, top, _, bottom = font(face, max(4, int(size))).getbbox("H", anchor="ls")
    return float(bottom - top)


def balanced_lines(words: Sequence[str], face: str, lines: int, tracking: float = 0.0) -> list[str]:
    """The words in exactly `lines` lines (fewer words, fewer lines), the longest line as short as can be."""
    lines = min(lines, len(words))
    best: list[str] = []
    shortest = float("inf")
    for breaks in combinations(range(1, len(words)), lines - 1):
        edges = (0, *breaks, len(words))
        rows = [" ".join(words[a:b]) for a, b in pairwise(edges)]
        widest = max(text_width(row, face, 100, tracking) for row in rows)
        if widest < shortest:
            shortest, best = widest, rows
    return best


def fit(
    words: Sequence[str], face: str, width: float, height: float, largest: float, leading: float, tracking: float
) -> tuple[float, list[str]]:
    """The size in pixels and the lines with which the words fill width x height best, never beyond `largest`.

    A word too long for the width at any wish makes the size smaller; nothing is ever cut off.
    """
    best: tuple[float, list[str]] = (0.0, [])
    for count in range(1, min(5, len(words)) + 1):
        rows = balanced_lines(words, face, count, tracking)
        widest = max(text_width(row, face, 100, tracking) for row in rows) / 100
        size = min(largest, width / max(widest, 0.01), height / (leading * count))
        # A larger size wins; a line more must earn its place.
        if size > best[0] * (1.04 if best[1] else 1):
            best = (size, rows)
    return best
