"""Estimates what an analysis does not measure: how close the camera is, how much is written, how much is said.

None of these knows what it sees or hears. Both films of a comparison are read by the same rules, so that what
is told of them can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from core.domain.analysis import Curve, SeenSize, Shot, Span
from core.domain.match import Reading
from core.media import text_spots
from core.media.glimpses import PER_SECOND, RATE, Glimpses

LOOKED_AT = 60
"""Pictures of a film that are searched for text, at most."""
LETTER = (0.02, 0.12)
"""Heights of letters, least and most, as shares of the picture's height."""
INK = 60
"""By how much the strokes of letters are lighter or darker than what is around them."""
FEWEST = 4
"""Letters of a line."""
SIGMAS = (0.7, 1.4, 2.8, 5.6, 11.2, 22.4)
"""Pixels, at 144 of the short side: five octaves of detail."""
FINEST = 2.0
"""Mean octave of a wide view of a city or a crowded room; a face that fills the picture has 2.8 to 3."""

SHOT_SIZES: tuple[SeenSize, ...] = ("extreme_wide", "wide", "medium", "close_up", "extreme_close_up")

Bytes = NDArray[np.uint8]


def read(seen: Glimpses, shots: Sequence[Shot], speech: Sequence[Span]) -> Reading:
    """The readings of a film; `shots` and `speech` come from its analysis."""
    written = [round(share, 4) for share in _written(seen)]
    return Reading(
        closeness=tuple(round(_closeness(seen, shot), 3) for shot in shots),
        text=Curve(step=1 / PER_SECOND, values=tuple(_steady(written))),
        syllables=tuple(round(t, 2) for t in syllables(seen.mono, speech)),
    )


def _written(seen: Glimpses) -> list[float]:
    """Share of each picture's area under lines of text: those that could be read, else what looks like letters."""
    if not text_spots.available():
        return [written_share(picture) for picture in seen.luma]
    every = -(-len(seen.luma) // LOOKED_AT)
    shares = [text_spots.covered(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)) for picture in seen.luma[::every]]
    return [shares[number // every] for number in range(len(seen.luma))]


def _closeness(seen: Glimpses, shot: Shot) -> float:
    """How close the camera is in a shot: told from a face where one was found, else from the size of its detail."""
    if shot.size:
        return (SHOT_SIZES.index(shot.size) + 0.5) / len(SHOT_SIZES)
    inside = np.flatnonzero((seen.times >= shot.start + 0.1) & (seen.times < shot.end - 0.1))
    if not len(inside):
        inside = np.array([int(np.abs(seen.times - (shot.start + shot.end) / 2).argmin())])
    chosen = inside[np.linspace(0, len(inside) - 1, min(3, len(inside))).astype(int)]
    return float(np.median([closeness(seen.luma[i]) for i in chosen]))


def closeness(picture: Bytes) -> float:
    """At which size a picture has its detail, from fine (0) to coarse (1).

    The nearer something is, the larger its parts and the softer what lies behind it; an empty sky looks near.
    """
    scale = 144 / min(picture.shape)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = [cv2.GaussianBlur(small, (0, 0), sigma) for sigma in SIGMAS]
    detail = np.array([float(np.abs(a - b).mean()) for a, b in pairwise(soft)])
    octave = float((np.arange(len(detail)) * detail).sum() / (detail.sum() + 1e-6))
    return float(np.clip(octave - FINEST, 0, 1)) if detail.sum() > 1 else 0.5


def written_share(picture: Bytes) -> float:
    """Share of a picture's area under lines of text."""
    height, width = picture.shape
    tall = max(3, round(height * 0.05)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (tall, tall))
    area: float = 0
    for mode in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strokes = (cv2.morphologyEx(picture, mode, kernel) > INK).astype(np.uint8)
        area += sum(wide * high for wide, high in _lines(_letters(strokes)))
    return float(min(1.0, area / (height * width)))


def _letters(strokes: Bytes) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of what has the size and the thickness of letters, from left to right."""
    height = strokes.shape[0]
    count, _, boxes, _ = cv2.connectedComponentsWithStats(strokes, connectivity=4)
    letters = []
    for left, top, wide, high, ink in boxes[1:count].tolist():
        sized = LETTER[0] * height <= high <= LETTER[1] * height and 0.12 * high <= wide <= 3 * high
        if sized and 0.25 <= ink / (wide * high) <= 0.92:
            letters.append((left, top, wide, high))
    return sorted(letters)


def _lines(letters: list[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """Width and height of rows of letters: of one height, on one line, close together."""
    rows: list[list[tuple[int, int, int, int]]] = []
    for letter in letters:
        for row in rows:
            if _follows(row[-1], letter):
                row.append(letter)
                break
        else:
            rows.append([letter])
    found = []
    for row in rows:
        wide = row[-1][0] + row[-1][2] - row[0][0]
        high = max(letter[3] for letter in row)
        if len(row) >= FEWEST and wide >= 2.5 * high:
            found.append((wide, high))
    return found


def _follows(last: tuple[int, int, int, int], letter: tuple[int, int, int, int]) -> bool:
    """Whether a letter stands right of another on the same line."""
    high = max(last[3], letter[3])
    gap = letter[0] - last[0] - last[2]
    same_foot = abs(last[1] + last[3] - letter[1] - letter[3]) <= 0.18 * high
    return -0.3 * high <= gap <= 0.8 * high and same_foot and min(last[3], letter[3]) >= 0.62 * high


def _steady(written: list[float]) -> list[float]:
    """What is seen in one picture only, and in neither neighbour, was no text."""
    kept = []
    for i, value in enumerate(written):
        around = written[max(0, i - 1) : i] + written[i + 1 : i + 2]
        kept.append(value if any(around) else 0.0)
    return kept


def syllables(mono: NDArray[np.float32], speech: Sequence[Span]) -> list[float]:
    """When syllables are said, in seconds: swells of the band of vowels while somebody speaks.

    On five films of this house with known words they come to 87 to 103 % of the words, at 1.5 syllables a word.
    """
    if len(mono) < RATE // 2 or not speech:
        return []
    band = sosfiltfilt(butter(2, (300, 2500), "bandpass", fs=RATE, output="sos"), mono)
    step = RATE // 100
    power = (band[: len(band) // step * step].reshape(-1, step) ** 2).mean(1)
    level = gaussian_filter1d(10 * np.log10(power + 1e-9), 2.5)
    tops, _ = find_peaks(level, prominence=2.5, distance=9)
    times = tops / 100
    return [float(t) for t in times if any(s.start <= t < s.end for s in speech)]
