"""Pacing: the cut times of the sample, scaled to the film and gathered into scenes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from core.domain.analysis import SampleAnalysis, Shot
from core.domain.plan import MAX_SECONDS, MIN_SECONDS
from core.domain.reshape import CUT_GAP, tidy_cuts
from core.domain.time import FPS

USUAL_SECONDS = 20.0
"""Length of a film that nobody has timed."""
USUAL_SHOT = 3.3
"""Seconds of a shot without a sample to go by."""
SHORTEST_MEAN = 2.2
"""Seconds; in shorter scenes nothing can be said."""
CALM_SHOT = 4.0
"""Seconds of a scene when the sample is one single shot."""
LONGEST_HELD = 10.0
"""Seconds; a longer shot of the sample is divided, for no model films more at once."""
SHORTEST_SCENE = 1.4
"""Seconds; no scene of a plan is shorter, however fast the sample."""
ROOM_TO_SPEAK = 1.8
"""Seconds; scenes under this have hardly room for a line."""


class Stretch(NamedTuple):
    """The time of one scene in the film, its cuts from its own start, and where it lies in the sample (0-1)."""

    seconds: float
    cuts: tuple[float, ...]
    place: float


def film_seconds(wish: float | None, asked: float | None, analysis: SampleAnalysis | None) -> float:
    """Length of the film: as wished, as the brief asks, as the sample has it, else 20 s; 5 to 60."""
    seconds = wish or asked or (analysis.duration if analysis else USUAL_SECONDS)
    return round(round(min(MAX_SECONDS, max(MIN_SECONDS, seconds)) * FPS) / FPS, 3)


def scene_count(total: float, analysis: SampleAnalysis | None) -> int:
    """How many scenes: after the sample's shots; three under 8 s, else four to ten."""
    if total < 8:
        return 3
    mean = USUAL_SHOT
    if analysis is not None:
        mean = CALM_SHOT if len(analysis.shots) == 1 else analysis.mean_shot_seconds
    return max(4, min(10, round(total / max(mean, SHORTEST_MEAN))))


def pace(total: float, analysis: SampleAnalysis | None) -> list[Stretch]:
    """The scenes of a film of that length, in the rhythm of the sample; they add up to it."""
    count = scene_count(total, analysis)
    edges = _film_edges(total, count, analysis)
    bounds = _bounds(edges, total, count)
    while min(b - a for a, b in pairwise(bounds)) < SHORTEST_SCENE:
        # Too few cuts in one place: the longest shot is halved until every scene has its room.
        edges = _halved(edges, total)
        bounds = _bounds(edges, total, count)
    out = []
    for begin, end in pairwise(bounds):
        inside = [e - begin for e in edges if begin < e < end]
        seconds = round(end - begin, 3)
        out.append(Stretch(seconds, tidy_cuts(inside, seconds), (begin + end) / 2 / total))
    return out


def shot_at(analysis: SampleAnalysis, place: float) -> Shot:
    """The sample's shot at that fraction of its length."""
    at = place * analysis.duration
    return next((shot for shot in analysis.shots if shot.end > at), analysis.shots[-1])


def _film_edges(total: float, count: int, analysis: SampleAnalysis | None) -> list[float]:
    """Where shots begin in the film, from 0; at least `count` of them, on whole frames."""
    if analysis is None:
        edges = _even_edges(total, count)
    else:
        edges = [0.0]
        for shot in analysis.shots[1:]:
            at = shot.start / analysis.duration * total
            if at - edges[-1] >= CUT_GAP and total - at >= CUT_GAP:
                edges.append(at)
    while len(edges) < count or _longest(edges, total)[0] > LONGEST_HELD:
        edges = _halved(edges, total)
    return [round(round(e * FPS) / FPS, 3) for e in edges]


def _even_edges(total: float, count: int) -> list[float]:
    """Without a sample: a quick start, a held end."""
    weights = [0.85, *[1.0 + 0.08 * (i % 2) for i in range(count - 2)], 1.15]
    unit = total / sum(weights)
    return [sum(weights[:i]) * unit for i in range(count)]


def _halved(edges: Sequence[float], total: float) -> list[float]:
    """The edges with one more, in the middle of the longest shot, on a whole frame."""
    length, begin = _longest(edges, total)
    return sorted([*edges, round(round((begin + length / 2) * FPS) / FPS, 3)])


def _bounds(edges: Sequence[float], total: float, count: int) -> list[float]:
    """Where the scenes begin, and the film's end."""
    return [*(edges[i] for i in _grouped(edges, total, count)), total]


def _longest(edges: Sequence[float], total: float) -> tuple[float, float]:
    """Length and beginning of the longest shot."""
    return max((end - begin, begin) for begin, end in pairwise([*edges, total]))


def _grouped(edges: Sequence[float], total: float, count: int) -> list[int]:
    """Which edges begin a scene, so that the scenes have about equal room: the least sum of squares."""
    ends = [*edges, total]
    wish = total / count
    last = len(edges)

    def cost(i: int, j: int) -> float:
        length = ends[j] - ends[i]
        cramped = 100.0 if length < SHORTEST_SCENE else 9.0 if length < min(ROOM_TO_SPEAK, 0.85 * wish) else 0.0
        return (length - wish) ** 2 + cramped

    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(count):
        layer: dict[int, tuple[float, int]] = {}
        for i, (so_far, _before) in best[-1].items():
            for j in range(i + 1, last + 1):
                here = so_far + cost(i, j)
                if j not in layer or here < layer[j][0]:
                    layer[j] = (here, i)
        best.append(layer)
    at, starts = last, []
    for layer in reversed(best[1:]):
        at = layer[at][1]
        starts.append(at)
    return starts[::-1]
