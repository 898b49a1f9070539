"""Pacing: the cut times of the sample, scaled to the film and gathered into scenes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from core.domain.analysis import SampleAnalysis, Shot
from core.domain.plan import MAX_SCENE_SECONDS, MAX_SECONDS, MIN_SCENE_SECONDS, MIN_SECONDS
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
LONGEST_HELD = 5.0
"""Seconds of film; a longer shot of the sample is divided, for nothing new to see or hear for longer is dull."""
SLOW_SAMPLE = 8.0
"""Mean seconds of a shot from which the sample means its slowness."""
LONGEST_SLOW = 6.5
"""Seconds that a shot may be held after a slow sample."""
MOST_SCENES = 12
MORE_SCENES = 2
"""Scenes that a film may have more or fewer than its sample asks for."""
SHORT_FILM = 8.0
"""Seconds under which a film has three scenes."""
BEARABLE = 1.06
"""How far a scene with a cut of the sample inside may pass the longest that a shot is held."""
CRAMPED = 10.0
"""How bad a scene is that would have to be lengthened by another cut."""
EASY_SCENE = 3.2
"""Seconds in which a whole sentence is said."""
LEAST_CALL = 2.4
"""Seconds in which a call to action can be heard and its button read."""
SHORTEST_SCENE = 1.4
"""Seconds; no scene of a plan is shorter, however fast the sample."""
ROOM_TO_SPEAK = 2.2
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
    """How many scenes: after the sample's shots; three under 8 s, else four to twelve."""
    if total < SHORT_FILM:
        return 3
    mean = USUAL_SHOT
    if analysis is not None:
        mean = CALM_SHOT if len(analysis.shots) == 1 else analysis.mean_shot_seconds
    enough = math.ceil(total / longest_held(analysis) - 1e-6)
    return max(4, min(MOST_SCENES, max(enough, round(total / max(mean, SHORTEST_MEAN)))))


def longest_held(analysis: SampleAnalysis | None) -> float:
    """Seconds of film that a shot may be held: longer after a slow sample of several shots."""
    is_slow = analysis is not None and len(analysis.shots) > 1 and analysis.mean_shot_seconds > SLOW_SAMPLE
    return LONGEST_SLOW if is_slow else LONGEST_HELD


def pace(total: float, analysis: SampleAnalysis | None, scenes: int | None = None) -> list[Stretch]:
    """The scenes of a film of that length, in the rhythm of the sample; they add up to it.

    `scenes` is how many a person wants; None leaves it to the rhythm.
    """
    edges, bounds = _free(total, analysis) if scenes is None else _counted(total, analysis, scenes)
    out = []
    for begin, end in pairwise(bounds):
        inside = [e - begin for e in edges if begin < e < end]
        seconds = round(end - begin, 3)
        out.append(Stretch(seconds, tidy_cuts(inside, seconds), (begin + end) / 2 / total))
    return out


def _free(total: float, analysis: SampleAnalysis | None) -> tuple[list[float], list[float]]:
    """Where shots begin, and the bounds of as many scenes as the rhythm has."""
    edges, count = _best_edges(total, analysis)
    bounds = _bounds(edges, total, count)
    while min(b - a for a, b in pairwise(bounds)) < SHORTEST_SCENE:
        # Too few cuts in one place: the longest shot is halved until every scene has its room.
        edges = _halved(edges, total)
        bounds = _bounds(edges, total, count)
    return edges, bounds


def _counted(total: float, analysis: SampleAnalysis | None, count: int) -> tuple[list[float], list[float]]:
    """The same for a number of scenes; about equal ones where the rhythm has no room for so many or so few."""
    edges = _film_edges(total, count, analysis)
    bounds = _bounds(edges, total, count)
    lengths = [b - a for a, b in pairwise(bounds)]
    if min(lengths) < MIN_SCENE_SECONDS or max(lengths) > MAX_SCENE_SECONDS:
        bounds = [round(round(total * i / count * FPS) / FPS, 3) for i in range(count)] + [total]
    return edges, bounds


def shot_at(analysis: SampleAnalysis, place: float) -> Shot:
    """The sample's shot at that fraction of its length."""
    at = place * analysis.duration
    return next((shot for shot in analysis.shots if shot.end > at), analysis.shots[-1])


def _best_edges(total: float, analysis: SampleAnalysis | None) -> tuple[list[float], int]:
    """Where shots begin, and how many scenes they make: a few more of both where that spares a scene of bad length."""
    least = scene_count(total, analysis)
    counts: Sequence[int] = (least,)
    if total >= SHORT_FILM:
        counts = range(max(4, least - MORE_SCENES), min(MOST_SCENES, least + MORE_SCENES) + 1)
    tries = [(_film_edges(total, count + more, analysis), count) for count in counts for more in (0, 1, 2)]

    def badness(one: tuple[list[float], int]) -> float:
        edges, count = one
        bounds = _bounds(edges, total, count)
        lengths = [end - begin for begin, end in pairwise(bounds)]
        bad = sum(
            3 * max(0.0, s - BEARABLE * longest_held(analysis)) + 3 * max(0.0, ROOM_TO_SPEAK - s) for s in lengths
        )
        bad += sum(max(0.0, EASY_SCENE - s) + (CRAMPED if s < SHORTEST_SCENE else 0.0) for s in lengths)
        # Nobody stays for a call of a second.
        return (
            bad
            + 2 * max(0.0, LEAST_CALL - lengths[-1])
            + 0.2 * max(0, count - least)
            + 0.8 * max(0, least - count)
            + 0.2 * len(edges)
        )

    return min(tries, key=badness)


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
    return [round(round(e * FPS) / FPS, 3) for e in _divided(edges, total, count, longest_held(analysis))]


def _divided(edges: Sequence[float], total: float, count: int, longest: float) -> list[float]:
    """The edges with more of them inside the longest shots, in equal parts, until they suffice."""
    shots = [(begin, end - begin) for begin, end in pairwise([*edges, total])]
    parts = [1] * len(shots)

    def part(i: int) -> float:
        return shots[i][1] / parts[i]

    def dullness(i: int) -> tuple[bool, float]:
        # The sample's shorter shots stay whole while a long one can be divided.
        return shots[i][1] > longest and part(i) > 2 * ROOM_TO_SPEAK - 0.5, part(i)

    while sum(parts) < count or max(map(part, range(len(shots)))) > longest + 1e-6:
        parts[max(range(len(shots)), key=dullness)] += 1
    return [begin + length / n * i for (begin, length), n in zip(shots, parts, strict=True) for i in range(n)]


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
