"""Lengths of scenes: the least they may have, cuts that move with them, a film fitted to a total."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence

from core.domain.plan import MAX_SCENE_SECONDS, MIN_SCENE_SECONDS, Motif, Scene
from core.domain.time import FPS, frames

CUT_GAP = 0.5
"""Seconds; cuts closer to each other or to an end of the scene read as a flicker, not as editing."""


def least_seconds(scene: Scene) -> float:
    """How short a scene may become with the line it has."""
    return min(scene.most_seconds, max(MIN_SCENE_SECONDS, scene.needs_seconds))


def tidy_cuts(cuts: Sequence[float], seconds: float) -> tuple[float, ...]:
    """The cuts that can stay in a scene of that length, in order, to the millisecond."""
    kept: list[float] = []
    for cut in sorted(round(c, 3) for c in cuts):
        opens = kept[-1] if kept else 0.0
        if cut - opens >= CUT_GAP - 1e-6 and seconds - cut >= CUT_GAP - 1e-6:
            kept.append(cut)
    return tuple(kept)


def resized(scene: Scene, seconds: float) -> Scene:
    """The scene with another length; its cuts keep their places in proportion."""
    seconds = round(seconds, 3)
    scale = seconds / scene.seconds
    return scene.but(seconds=seconds, cuts=tidy_cuts([c * scale for c in scene.cuts], seconds))


def fitted_lengths(
    wishes: Sequence[float], least: Sequence[float], total: float, most: Sequence[float] | None = None
) -> tuple[float, ...]:
    """Lengths in the proportions of `wishes` that add up to `total`, none under its least or over its most.

    All in seconds; whole frames at three decimals. `most` None: as long as a scene may be. `total` gives way to both.
    """
    lows = [math.ceil(s * FPS - 1e-6) for s in least]
    longest = [MAX_SCENE_SECONDS] * len(lows) if most is None else most
    highs = [max(low, math.floor(s * FPS + 1e-6)) for low, s in zip(lows, longest, strict=True)]
    goal = max(sum(lows), min(frames(total), sum(highs)))
    exact = _stretched([w * FPS for w in wishes], lows, highs, goal)
    whole = [max(low, math.floor(e + 1e-6)) for low, e in zip(lows, exact, strict=True)]
    while (gap := goal - sum(whole)) != 0:
        step = 1 if gap > 0 else -1
        free = [i for i, w in enumerate(whole) if lows[i] <= w + step <= highs[i]]
        neediest = max(free, key=lambda i: (step * (exact[i] - whole[i]), -i))
        whole[neediest] += step
    return tuple(round(w / FPS, 3) for w in whole)


def _stretched(wishes: Sequence[float], lows: Sequence[int], highs: Sequence[int], goal: int) -> list[float]:
    """`wishes` times one factor, kept between the bounds, so that they add up to `goal`."""

    def at(scale: float) -> list[float]:
        return [min(high, max(low, w * scale)) for w, low, high in zip(wishes, lows, highs, strict=True)]

    low_scale, high_scale = 0.0, max(high / w for w, high in zip(wishes, highs, strict=True))
    for _ in range(50):
        middle = (low_scale + high_scale) / 2
        if sum(at(middle)) < goal:
            low_scale = middle
        else:
            high_scale = middle
    return at(high_scale)


def fitted(scenes: Sequence[Scene], total: float) -> tuple[Scene, ...]:
    """The scenes stretched or squeezed in proportion to `total` seconds, lines still fitting."""
    least, most = [least_seconds(s) for s in scenes], [s.most_seconds for s in scenes]
    lengths = fitted_lengths([s.seconds for s in scenes], least, total, most)
    return tuple(resized(s, length) for s, length in zip(scenes, lengths, strict=True))


def next_take(scenes: Iterable[Scene], motif: Motif) -> int:
    """The first take that no scene of that motif has."""
    return max((s.take + 1 for s in scenes if s.motif == motif), default=0)


def scene_id(seed: int, contents: str, taken: Sequence[str] = ()) -> str:
    """An id made from the plan's seed and the contents, different from those taken."""
    counter = 0
    while True:
        made = hashlib.sha256(f"{seed}:{contents}:{counter}".encode()).hexdigest()[:8]
        if made not in taken:
            return made
        counter += 1
