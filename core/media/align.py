"""When each word of a known text is said, found from the sound alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from core.media.dynamics import RATE, Floats

HOP = RATE // 100
"""Samples between two values of the envelope: 10 ms."""
AUDIBLE_DB = -36.0
"""Below the loudest moment; softer is a pause."""
SHORTEST_PAUSE = 0.11
"""Seconds; shorter gaps are the closures of consonants."""
SHORTEST_WORD = 0.04
VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœ]+")
ENDS = re.compile(r"[.!?…:;。！？]['\")\]»”’]*$")
COMMA = re.compile(r"[,–—،、]['\")\]»”’]*$")
NAMED = {"$": 2, "€": 2, "£": 1, "%": 2, "&": 1, "+": 1, "@": 1, "=": 2}
"""Syllables of symbols that are read aloud."""
DIGIT = 1.6
"""Syllables of a digit, on average over numbers read as people read them."""
SNAP = 0.09
"""Seconds around an expected boundary in which the softest moment is taken for it."""

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Stretch:
    """Seconds in which there is sound."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.start


def word_times(sound: Floats, text: str) -> Spans:
    """Start and end of every token of `text` in the mono `sound` at 48 kHz, in order, never overlapping.

    An estimate: pauses are matched with punctuation, words share the sound between two pauses by their
    syllables, and each boundary moves to the softest moment near it.
    """
    tokens = text.split()
    level = envelope(sound)
    stretches = heard(level)
    if not tokens or not stretches:
        return []
    weights = np.array([syllables(t) for t in tokens])
    groups = _shared_out(tokens, weights, stretches)
    out: Spans = []
    for stretch, (first, last) in zip(stretches, groups, strict=True):
        out += _inside(stretch, weights[first:last], level)
    return out


def envelope(sound: Floats) -> NDArray[np.float64]:
    """Level of the voice's band in dB below its loudest moment, each 10 ms."""
    band = sosfiltfilt(butter(2, [120, 6000], "band", fs=RATE, output="sos"), sound) if len(sound) > 64 else sound
    power = uniform_filter1d(band**2, 2 * HOP)[HOP // 2 :: HOP]
    top = float(power.max()) if len(power) else 0.0
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12) / max(top, 1e-12)))


def heard(level: NDArray[np.float64]) -> list[Stretch]:
    """Where there is sound; gaps too short to be pauses are left inside."""
    loud = level > max(AUDIBLE_DB, float(np.percentile(level, 5)) + 6 if len(level) else AUDIBLE_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    out: list[Stretch] = []
    for a, b in zip(edges[::2] / 100, edges[1::2] / 100, strict=True):
        if out and a - out[-1].end < SHORTEST_PAUSE:
            out[-1] = Stretch(out[-1].start, float(b))
        else:
            out.append(Stretch(float(a), float(b)))
    return [s for s in out if s.seconds >= 0.03]


def syllables(token: str) -> float:
    """About how many syllables a written token is spoken with, at least a half."""
    plain = unicodedata.normalize("NFC", token.lower())
    count = sum(NAMED.get(c, 0) for c in plain) + DIGIT * sum(c.isdigit() for c in plain)
    for word in re.findall(r"[^\W\d_]+", plain):
        if all(ord(c) >= 0x2E80 for c in word):  # a sign of Chinese, Japanese or Korean is a syllable
            count += len(word)
            continue
        groups = len(VOWELS.findall(word))
        if groups > 1 and re.search(r"[^aeiouylà-ü]e[sd]?$", word) and not re.search(r"(ted|ded|[sxz]es)$", word):
            groups -= 1
        # consonants take time too; capitals alone are spelled
        count += max(1, groups) + 0.09 * len(word)
    return max(0.5, float(count))


def _shared_out(tokens: list[str], weights: NDArray[np.float64], stretches: list[Stretch]) -> list[tuple[int, int]]:
    """For each stretch of sound its first token and the one after its last: the likeliest sharing."""
    count, parts = len(tokens), len(stretches)
    pace = sum(s.seconds for s in stretches) / float(weights.sum())
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    breaks = np.array([_break_cost(t) for t in tokens])
    stops = np.concatenate(
        [[0.0], np.cumsum([1.2 * bool(ENDS.search(t)) + 0.3 * bool(COMMA.search(t)) for t in tokens])]
    )
    best = np.full((parts + 1, count + 1), np.inf)
    came = np.zeros((parts + 1, count + 1), dtype=int)
    best[0, 0] = 0
    for part, stretch in enumerate(stretches, 1):
        gap = stretches[part].start - stretch.end if part < parts else 0.0
        for end in range(count + 1):
            for start in range(end + 1):
                if not np.isfinite(best[part - 1, start]):
                    continue
                said = (sums[end] - sums[start]) * pace
                cost = ((said - stretch.seconds) / (0.12 + 0.18 * stretch.seconds**0.5)) ** 2
                if end > start:  # stops that are passed over without a pause
                    cost += stops[end - 1] - stops[start]
                if part < parts and end > start:
                    cost += breaks[end - 1] * min(2.0, gap / 0.25)
                cost += best[part - 1, start]
                if cost < best[part, end]:
                    best[part, end], came[part, end] = cost, start
    groups, end = [], count
    for part in range(parts, 0, -1):
        start = int(came[part, end])
        groups.append((start, end))
        end = start
    return groups[::-1]


def _break_cost(token: str) -> float:
    """How strange a pause after this token is."""
    if ENDS.search(token):
        return 0.0
    return 0.15 if COMMA.search(token) else 1.5


def _inside(stretch: Stretch, weights: NDArray[np.float64], level: NDArray[np.float64]) -> Spans:
    """The words of one stretch: by weight, each boundary at the softest moment near where it should be."""
    if not len(weights):
        return []
    shares = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    edges = list(stretch.start + shares * stretch.seconds)
    for i in range(1, len(edges) - 1):
        reach = min(SNAP, 0.4 * (edges[i] - edges[i - 1]), 0.4 * (edges[i + 1] - edges[i]))
        first, last = round((edges[i] - reach) * 100), round((edges[i] + reach) * 100) + 1
        near = level[first:last]
        if len(near):
            away = np.abs(np.arange(first, first + len(near)) / 100 - edges[i]) / max(reach, 0.01)
            edges[i] = (first + int(np.argmin(near + 6 * away))) / 100
        edges[i] = max(edges[i], edges[i - 1] + SHORTEST_WORD / 2)
    return [(round(float(a), 3), round(float(max(b, a)), 3)) for a, b in pairwise(edges)]
