"""How near a film has come to its sample: a score from 0 to 100 for each aspect and each scene, with its reason.

Both are measured by the same analyser; places correspond by the share of the length that has passed, so that
films of other lengths can be laid beside each other. An aspect that neither of them has (nobody speaks, nothing
is written) is left out, and its weight is shared by the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pydantic import Field

from core.domain.analysis import Colour, Curve, Figure, SampleAnalysis, Shot, Span

Aspect = Literal["rhythm", "framing", "palette", "brightness", "motion", "loudness", "words", "captions"]

WEIGHTS: dict[Aspect, float] = {
    "rhythm": 0.22,
    "palette": 0.16,
    "motion": 0.14,
    "framing": 0.10,
    "brightness": 0.10,
    "loudness": 0.10,
    "words": 0.09,
    "captions": 0.09,
}
"""Of each aspect in the whole score; they add up to 1. What a viewer notices first weighs most: the pace of the cut,
the colours, the movement. Framing, words and captions are estimated, so they weigh less."""
NAMES: dict[Aspect, str] = {
    "rhythm": "Cut rhythm",
    "framing": "Shot sizes",
    "palette": "Palette",
    "brightness": "Brightness",
    "motion": "Motion",
    "loudness": "Loudness",
    "words": "Words a minute",
    "captions": "Caption density",
}
SYLLABLES = 1.5
"""Of an English word, on average; both films are counted by the same rule."""
EDGE = 0.05
"""Seconds: a cut this near to the edge of a stretch is its edge."""


class Reading(Figure):
    """What a comparison needs of a film beside its analysis; estimated, the same way for every film."""

    closeness: tuple[float, ...]
    """Of each shot: 0 is a panorama, 1 a detail that fills the picture."""
    text: Curve
    """Share of the picture's area that is covered by lines of text."""
    syllables: tuple[float, ...] = ()
    """When they are said, in seconds."""


class AspectScore(Figure):
    """One aspect of the whole film."""

    aspect: Aspect
    score: int | None = Field(ge=0, le=100)
    """None: neither of them has it."""
    weight: float
    """Share of the whole score, others being left out."""
    sample: str
    film: str
    """Both as figures with their units."""
    reason: str


class SceneScore(Figure):
    """One scene, beside the stretch of the sample that corresponds to it."""

    id: str
    number: int
    name: str
    film: Span
    sample: Span
    score: int = Field(ge=0, le=100)
    parts: dict[Aspect, int]
    reason: str


class Match(Figure):
    """The whole comparison."""

    score: int = Field(ge=0, le=100)
    aspects: tuple[AspectScore, ...]
    scenes: tuple[SceneScore, ...]

    def aspect(self, name: Aspect) -> AspectScore:
        """That aspect."""
        return next(a for a in self.aspects if a.aspect == name)


class Part(Figure):
    """A scene of the film, as it is to be scored; seconds of the film."""

    id: str
    name: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A film from one second to another."""

    analysis: SampleAnalysis
    reading: Reading
    start: float
    end: float

    @classmethod
    def whole(cls, analysis: SampleAnalysis, reading: Reading) -> Stretch:
        """All of it."""
        return cls(analysis=analysis, reading=reading, start=0, end=analysis.duration)

    def share(self, first: float, last: float) -> Stretch:
        """From one share of its length to another."""
        start, seconds = self.start, self.seconds
        return Stretch(
            analysis=self.analysis,
            reading=self.reading,
            start=start + first * seconds,
            end=start + last * seconds,
        )

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the film is left out."""
        return self.start <= 0 and self.end >= self.analysis.duration - EDGE

    @property
    def seconds(self) -> float:
        """Its length."""
        return max(self.end - self.start, 1e-3)

    @property
    def shots(self) -> list[tuple[Shot, float, float]]:
        """The shots in it, each with how close it is and its seconds inside."""
        inside = []
        for shot, close in zip(self.analysis.shots, self.reading.closeness, strict=False):
            seconds = min(self.end, shot.end) - max(self.start, shot.start)
            if seconds > 1e-6:
                inside.append((shot, close, seconds))
        return inside

    @property
    def joins(self) -> list[Shot]:
        """The shots that begin inside it."""
        return [s for s in self.analysis.shots[1:] if self.start + EDGE < s.start < self.end - EDGE]

    @property
    def lengths(self) -> list[float]:
        """Seconds between its cuts, in order."""
        edges = [self.start, *(shot.start for shot in self.joins), self.end]
        return [b - a for a, b in pairwise(edges)]

    @property
    def palette(self) -> tuple[Colour, ...]:
        """The colours of its shots, each weighing as long as it is seen."""
        weights: dict[str, float] = {}
        for shot, _, seconds in self.shots:
            whole = sum(colour.share for colour in shot.palette) or 1.0
            for colour in shot.palette:
                weights[colour.hex] = weights.get(colour.hex, 0.0) + seconds * colour.share / whole
        total = sum(weights.values()) or 1.0
        return tuple(Colour(hex=code, share=min(1.0, weight / total)) for code, weight in weights.items())

    def levels(self, curve: Curve, count: int) -> list[float]:
        """Means of a curve over `count` equal pieces of the stretch."""
        return [self._mean(curve, n / count, (n + 1) / count) for n in range(count)]

    def _mean(self, curve: Curve, first: float, last: float) -> float:
        begin, end = (self.start + share * self.seconds for share in (first, last))
        low = round(begin / curve.step)
        values = curve.values[low : max(low + 1, round(end / curve.step))] or curve.values[-1:]
        return sum(values) / len(values) if values else 0.0

    def closeness(self, count: int) -> list[float]:
        """How close the camera is in each of `count` equal pieces."""
        found = []
        for n in range(count):
            shots = self.share(n / count, (n + 1) / count).shots
            total = sum(seconds for _, _, seconds in shots)
            found.append(sum(close * seconds for _, close, seconds in shots) / total if total else 0.5)
        return found

    @property
    def words_a_minute(self) -> float:
        """Words said in a minute of it, estimated from syllables."""
        said = sum(self.start <= t < self.end for t in self.reading.syllables)
        return said / SYLLABLES / self.seconds * 60

    @property
    def written(self) -> tuple[float, float]:
        """Share of its time in which something is written on the picture, and how much of the picture that takes."""
        step = self.reading.text.step
        values = [v for i, v in enumerate(self.reading.text.values) if self.start <= i * step < self.end]
        shown = [v for v in values if v > 0]
        return (len(shown) / len(values), sum(shown) / len(shown)) if shown else (0.0, 0.0)


def averaged(scores: dict[Aspect, float]) -> float:
    """By weight, over the aspects that there are."""
    total = sum(WEIGHTS[name] for name in scores)
    return sum(WEIGHTS[name] * score for name, score in scores.items()) / total if total else 0.0


def corresponding(part: Part, film: Stretch, sample: Stretch) -> tuple[Stretch, Stretch]:
    """The scene, and the stretch of the sample at the same share of its length."""
    first, last = (min(1.0, max(0.0, t / film.seconds)) for t in (part.start, part.end))
    return film.share(first, last), sample.share(first, last)


def shots_as_parts(analysis: SampleAnalysis, most: int = 12) -> Sequence[Part]:
    """For a film without a plan: its shots, neighbours joined until there are at most `most`."""
    edges = [shot.start for shot in analysis.shots]
    while len(edges) > most:
        ends = [*edges[1:], analysis.duration]
        shortest = min(range(1, len(edges)), key=lambda i: ends[i] - edges[i - 1])
        del edges[shortest]
    ends = [*edges[1:], analysis.duration]
    return [
        Part(id=f"shot{n}", name=f"{a:.1f} to {b:.1f} s", start=a, end=b)
        for n, (a, b) in enumerate(zip(edges, ends, strict=True), 1)
    ]
