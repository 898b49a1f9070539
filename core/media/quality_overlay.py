"""Looks for letters and marks that lie over a picture: watermarks, and text that was burnt in.

A watermark stands still while the picture under it moves, so the median of some pictures over time keeps its
strokes and washes out the rest; what was burnt in for a while shows in the median of a part of them. Strokes
that hang together are letters, letters of one height side by side are a line of text. What cannot be told apart
here is a sign that is filmed by a camera on a stand, so over a still picture a find is called uncertain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.quality import Box, Overlay

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

STROKE = 11
"""Pixels of the widest stroke of a letter that is looked for, of a picture whose shorter side has 360."""
CONTRAST = 14.0
"""Levels of 255 that strokes stand out from what is around, in the median."""
OF_STRONGEST = 0.5
"""Share of the strongest stroke nearby that the others must reach: the edges drawn around letters do not."""
PRESENT = 0.7
"""Share of the pictures in which a stroke must be seen at its place."""
MOVES = 5.0
"""Levels by which what is around varies over time where the picture moves."""
CUT, CUT_AGAINST = 15.0, 3.0
"""Levels by which a picture differs from the one before over a cut, at least; and against what is usual."""
STANDS = 0.75
"""How much less the strokes themselves vary; half-transparent white lets half of what is under it through."""
RESTS = 0.17
"""Share of the strokes elsewhere that may stand still too: of more, the camera stands, and all that it films."""
RING = 31
"""Pixels of the surroundings that are asked whether they move."""
WINDOW = 6
"""Pictures in a part of a clip that burnt-in text may last for."""
LETTERS = 5
"""Letters that make a line; fewer are found in every lattice."""
HEIGHTS = (0.018, 0.16)
"""Of a letter, as shares of the shorter side."""
UNEVEN = 0.14
"""How far the feet of letters stand from their line, in heights: the half of them that stands nearer."""
ONE_INK = 16.0
"""Levels by which letters of a line differ in brightness; what differs by twice as much from most is no letter."""
CORNER = 0.3
"""Share of each side that counts as a corner, where marks without letters stand."""


@dataclass(frozen=True)
class Sample:
    """A picture and when it is shown."""

    time: float
    luma: Bytes


@dataclass(frozen=True)
class _Piece:
    """Strokes that hang together: a letter, or something like it; pixels."""

    left: int
    top: int
    width: int
    height: int
    area: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True)
class _Scene:
    """Some pictures, one after the other."""

    median: Bytes
    lively: tuple[Floats, Floats]
    """How much each place varies over time, and between cuts."""
    start: float
    end: float


def overlays(samples: Sequence[Sample]) -> tuple[Overlay, ...]:
    """What seems to lie over the picture, the longest first."""
    if len(samples) < 4:
        return ()
    found = _in(samples)
    if len(samples) > WINDOW:
        for first in range(0, len(samples) - WINDOW + 1, WINDOW // 2):
            found += [o for o in _in(samples[first : first + WINDOW]) if o.certain and o.kind == "text"]
    return _merged(found)


def _in(samples: Sequence[Sample]) -> list[Overlay]:
    """What lies over these pictures from the first to the last."""
    stack = np.stack([s.luma for s in samples])
    scene = _Scene(np.median(stack, axis=0).astype(np.uint8), _lively(stack), samples[0].time, samples[-1].time)
    out: list[Overlay] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):  # bright letters, dark ones
        strokes, usual = _lasting(stack, scene.median, operation)
        pieces = _pieces(strokes, min(strokes.shape))
        lines = [line for line in _lines(pieces) if _is_written(line, strokes, scene.median)]
        out += [_overlay("text", line, strokes, usual, scene) for line in lines]
        taken = {piece for line in lines for piece in line}
        marks = _corner_groups([p for p in pieces if p not in taken], strokes.shape)
        out += [m for group in marks if (m := _overlay("mark", group, strokes, usual, scene)).certain]
    return out


def _lasting(stack: Bytes, median: Bytes, operation: int) -> tuple[Mask, Floats]:
    """Strokes of the median that are there in most of the pictures, and how often there is a stroke at each place."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE, STROKE))
    height = cv2.morphologyEx(median, operation, kernel)
    nearby = cv2.dilate(height, np.ones((RING // 2, RING // 2), np.uint8))
    strong = height >= np.maximum(CONTRAST, nearby * OF_STRONGEST)
    seen, usual = np.zeros(median.shape, np.float32), np.zeros(median.shape, np.float32)
    for luma in stack:
        height = cv2.morphologyEx(luma, operation, kernel)
        seen += height >= CONTRAST * 0.6
        usual += height >= CONTRAST
    return np.asarray(strong & (seen >= PRESENT * len(stack))), np.asarray(usual / len(stack), np.float32)


def _lively(stack: Bytes) -> tuple[Floats, Floats]:
    """How much each place of the picture varies, grain apart: over all the time, and from one cut to the next.

    A cut changes every place: over two shots that stand still it would look as if all around a mark moved.
    """
    soft = np.stack([cv2.blur(luma, (3, 3)) for luma in stack]).astype(np.float32)
    changes = np.abs(np.diff(soft, axis=0)).mean(axis=(1, 2))
    cuts = np.flatnonzero(changes > max(CUT, CUT_AGAINST * float(np.median(changes)))) + 1
    varies = sum(len(shot) * shot.var(axis=0) for shot in np.split(soft, cuts))
    return np.asarray(soft.std(axis=0), np.float32), np.asarray(np.sqrt(varies / len(soft)), np.float32)


def _pieces(strokes: Mask, side: int) -> list[_Piece]:
    """Connected strokes as large as letters, and as thin."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    least, most = HEIGHTS[0] * side, HEIGHTS[1] * side
    out = []
    for left, top, width, height, area in stats[1:count].tolist():
        if least <= height <= most and width <= 2.5 * height and 0.12 <= area / (width * height) <= 0.95:
            out.append(_Piece(left, top, width, height, area))
    return sorted(out, key=lambda p: p.left)


def _lines(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Rows of letters: of one height, on one baseline, with narrow gaps."""
    lines: list[list[_Piece]] = []
    for piece in pieces:
        for line in lines:
            if _follows(line[-1], piece):
                line.append(piece)
                break
        else:
            lines.append([piece])
    return [line for line in lines if len(line) >= LETTERS]


def _follows(last: _Piece, piece: _Piece) -> bool:
    """Whether a piece may be the next letter of a line."""
    tall = max(last.height, piece.height)
    return (
        min(last.height, piece.height) >= 0.55 * tall
        and -0.2 * tall <= piece.left - last.right <= 0.9 * tall
        and abs(piece.bottom - last.bottom) <= 0.35 * tall
    )


def _is_written(line: Sequence[_Piece], strokes: Mask, median: Bytes) -> bool:
    """Whether these may be letters: on one line, of one ink and one pen, and not all alike as a fence is."""
    inks = _inks(line, strokes, median)
    written = np.abs(inks - np.median(inks)) <= 2 * ONE_INK  # not what shows between the dark edges of two words
    letters = [p for p, is_letter in zip(line, written, strict=True) if is_letter]
    if len(letters) < LETTERS or np.std(inks[written]) > ONE_INK:
        return False
    tall = float(np.median([p.height for p in letters]))
    feet = np.array([p.bottom for p in letters])
    pens = []
    for p in letters:
        inked = np.pad(strokes[p.top : p.bottom, p.left : p.right].astype(np.uint8), 1)  # an i fills its box
        pens.append(float(cv2.distanceTransform(inked, cv2.DIST_L2, 3).max()))
    filled = [p.area / (p.width * p.height) for p in letters]
    widths = [p.width / p.height for p in letters]
    return bool(
        np.median(np.abs(feet - np.median(feet))) <= max(1.0, UNEVEN * tall)
        and np.std(pens) <= 0.4 * np.mean(pens)
        and np.std(filled) > 0.03
        and np.std(widths) > 0.06
    )


def _inks(line: Sequence[_Piece], strokes: Mask, median: Bytes) -> Floats:
    """How bright each piece is."""
    places = [np.s_[p.top : p.bottom, p.left : p.right] for p in line]
    return np.array([np.median(median[place][strokes[place]]) for place in places], np.float32)


def _corner_groups(pieces: Sequence[_Piece], shape: tuple[int, ...]) -> list[list[_Piece]]:
    """What stands in each corner, where it is compact."""
    high, wide = shape[0], shape[1]
    groups = []
    for x in (0, 1):
        for y in (0, 1):
            group = [
                p
                for p in pieces
                if (p.right <= CORNER * wide if x == 0 else p.left >= (1 - CORNER) * wide)
                and (p.bottom <= CORNER / 2 * high if y == 0 else p.top >= (1 - CORNER / 2) * high)
            ]
            if group and sum(p.area for p in group) >= 0.0004 * high * wide:
                groups.append(group)
    return groups


def _overlay(kind: str, group: Sequence[_Piece], strokes: Mask, usual: Floats, scene: _Scene) -> Overlay:
    """A find, and whether the picture around it moved while it stood."""
    high, wide = strokes.shape
    left, top = min(p.left for p in group), min(p.top for p in group)
    right, bottom = max(p.right for p in group), max(p.bottom for p in group)
    margin = RING // 2
    window = np.s_[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    around = ~cv2.dilate(strokes[window].astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    inside = strokes[window]
    stands = bool(around.any()) and all(_stands(lively[window], around, inside) for lively in scene.lively)
    elsewhere = np.ones(strokes.shape, bool)
    elsewhere[window] = False
    still = float(strokes[elsewhere].sum()) / max(1.0, float(usual[elsewhere].sum()))
    return Overlay(
        kind="text" if kind == "text" else "mark",
        box=Box(left=left / wide, top=top / high, right=min(1.0, right / wide), bottom=min(1.0, bottom / high)),
        start=round(scene.start, 3),
        end=round(scene.end, 3),
        certain=stands and still <= RESTS,
    )


def _stands(lively: Floats, around: Mask, inside: Mask) -> bool:
    """Whether the strokes there stand while what is around them moves."""
    moves = float(np.median(lively[around]))
    return moves >= MOVES and float(np.median(lively[inside])) <= STANDS * moves


def _merged(found: Sequence[Overlay]) -> tuple[Overlay, ...]:
    """One for each place and time; what was found throughout stands for its parts."""
    out: list[Overlay] = []
    for one in sorted(found, key=lambda o: (o.start - o.end, not o.certain)):
        if not any(_same(one, other) for other in out):
            out.append(one)
    return tuple(out)


def _same(one: Overlay, other: Overlay) -> bool:
    """Whether they overlap in place and time."""
    a, b = one.box, other.box
    apart = a.right < b.left or b.right < a.left or a.bottom < b.top or b.bottom < a.top
    return not apart and one.start <= other.end and other.start <= one.end
