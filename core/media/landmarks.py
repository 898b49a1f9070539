"""Finds the sound of one film in another, by landmarks: pairs of peaks in the spectrum and the time between them.

Sound is found re-encoded, filtered, at another level and under a voice; not at another speed or pitch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.signal import stft

from core.media.glimpses import RATE

WINDOW = 1024
HOP = 320
"""Samples; 50 columns a second."""
COLUMNS = RATE // HOP
HIGHEST = 400
"""Band of 16 Hz up to which is listened, 6.2 kHz: what small speakers and low bit rates keep."""
LOWEST = 10
AROUND = (21, 11)
"""Bands and columns in which a peak has no rival."""
PEAKS = 30
"""Kept in each second, the strongest: noise has peaks without end."""
PARTNERS = 8
FARTHEST = 64
"""Columns, and bands, between the two peaks of a landmark."""

LEAST_ALIGNED = 12
LEAST_SECONDS = 1.5
LEAST_SHARE = 0.06
REST = 2.0
"""Seconds without a landmark that a stretch may have inside."""
MOST_STRETCHES = 40

Ints = NDArray[np.int64]


class Heard(NamedTuple):
    """A stretch of the film whose sound is found in the sample, in seconds."""

    sample: tuple[float, float]
    film: tuple[float, float]
    share: float
    """Of the landmarks of the film's stretch that are found."""


class Landmarks(NamedTuple):
    """Codes of pairs of peaks, sorted by code, with the column of the first peak."""

    codes: Ints
    columns: Ints


def landmarks(mono: NDArray[np.float32]) -> Landmarks:
    """The landmarks of a sound at RATE; none of silence."""
    bands, columns = _peaks(mono)
    codes, at = [], []
    for ahead in range(1, PARTNERS + 1):
        apart = columns[ahead:] - columns[:-ahead]
        step = bands[ahead:] - bands[:-ahead]
        fit = (apart > 1) & (apart < FARTHEST) & (np.abs(step) < FARTHEST)
        codes.append((bands[:-ahead] * 1024 + bands[ahead:])[fit] * FARTHEST + apart[fit])
        at.append(columns[:-ahead][fit])
    every, when = np.concatenate(codes), np.concatenate(at)
    order = np.argsort(every, kind="stable")
    return Landmarks(every[order], when[order])


def _peaks(mono: NDArray[np.float32]) -> tuple[Ints, Ints]:
    """Band and column of the strongest peaks, in order of time."""
    if len(mono) < 2 * WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, _, found = stft(mono, RATE, nperseg=WINDOW, noverlap=WINDOW - HOP, boundary=None, padded=False)
    level = 20 * np.log10(np.abs(found[LOWEST:HIGHEST]) + 1e-6)
    tops = (level == maximum_filter(level, AROUND)) & (level > -90)
    bands, columns = np.nonzero(tops)
    strength = level[bands, columns]
    order = np.lexsort((-strength, columns // COLUMNS))
    second = (columns // COLUMNS)[order]
    place = np.arange(len(order)) - np.searchsorted(second, second)
    kept = np.sort(order[place < PEAKS])
    kept = kept[np.lexsort((bands[kept], columns[kept]))]
    return bands[kept] + LOWEST, columns[kept]


def stretches(sample: Landmarks, film: Landmarks) -> list[Heard]:
    """Where the film's sound is that of the sample, in order of the film."""
    first = np.searchsorted(sample.codes, film.codes, "left")
    count = np.searchsorted(sample.codes, film.codes, "right") - first
    which = np.repeat(np.arange(len(film.codes)), count)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    at = film.columns[which]
    shift = sample.columns[first[which] + inside] - at
    found: list[Heard] = []
    while len(shift) and len(found) < MOST_STRETCHES:
        values, counts = np.unique(shift, return_counts=True)
        if counts.max() < LEAST_ALIGNED // 2:
            break
        best = values[counts.argmax()]
        near = np.abs(shift - best) <= 1
        spans = _spans(np.unique(at[near]), at[near], int(best), film)
        found += spans
        gone = near
        for span in spans:
            gone |= (at >= span.film[0] * COLUMNS) & (at <= span.film[1] * COLUMNS)
        at, shift = at[~gone], shift[~gone]
    return sorted(found, key=lambda heard: heard.film)


def _spans(columns: Ints, every: Ints, shift: int, film: Landmarks) -> list[Heard]:
    """The stretches that landmarks at these columns of the film make."""
    breaks = np.flatnonzero(np.diff(columns) > REST * COLUMNS) + 1
    spans = []
    for group in np.split(columns, breaks):
        begin, end = int(group[0]), int(group[-1])
        aligned = int(((every >= begin) & (every <= end)).sum())
        there = int(((film.columns >= begin) & (film.columns <= end)).sum())
        seconds = (end - begin) / COLUMNS
        if aligned >= LEAST_ALIGNED and seconds >= LEAST_SECONDS and aligned >= LEAST_SHARE * there:
            in_sample = max(0, begin + shift) / COLUMNS, max(0, end + shift) / COLUMNS
            spans.append(Heard(in_sample, (begin / COLUMNS, end / COLUMNS), round(min(1.0, aligned / there), 3)))
    return spans
