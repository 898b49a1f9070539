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
    return min(MAX_SCENE_SECONDS, max(MIN_SCENE_SECONDS, scene.needs_seconds))


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


def fitted_lengths(wishes: Sequence[float], least: Sequence[float], total: float) -> tuple[float, ...]:
    """Lengths in the proportions of `wishes` that add up to `total`, none under its least.

    All in seconds; whole frames at three decimals. `total` must lie between the sum of `least` and
    the longest a film of so many scenes can be.
    """
    lows = [math.ceil(s * FPS - 1e-6) for s in least]
    high = frames(MAX_SCENE_SECONDS)
    goal = max(sum(lows), min(frames(total), high * len(lows)))
    exact = _stretched([w * FPS for w in wishes], lows, high, goal)
    whole = [max(low, math.floor(e + 1e-6)) for low, e in zip(lows, exact, strict=True)]
    while (gap := goal - sum(whole)) != 0:
        step = 1 if gap > 0 else -1
        free = [i for i, w in enumerate(whole) if lows[i] <= w + step <= high]
        neediest = max(free, key=lambda i: (step * (exact[i] - whole[i]), -i))
        whole[neediest] += step
    return tuple(round(w / FPS, 3) for w in whole)


def _stretched(wishes: Sequence[float], lows: Sequence[int], high: int, goal: int) -> list[float]:
    """`wishes` times one factor, kept between the bounds, so that they add up to `goal`."""

    def at(scale: float) -> list[float]:
        return [min(high, max(low, w * scale)) for w, low in zip(wishes, lows, strict=True)]

    low_scale, high_scale = 0.0, max(high / w for w in wishes)
    for _ in range(50):
        middle = (low_scale + high_scale) / 2
        if sum(at(middle)) < goal:
            low_scale = middle
        else:
            high_scale = middle
    return at(high_scale)


def fitted(scenes: Sequence[Scene], total: float) -> tuple[Scene, ...]:
    """The scenes stretched or squeezed in proportion to `total` seconds, lines still fitting."""
    lengths = fitted_lengths([s.seconds for s in scenes], [least_seconds(s) for s in scenes], total)
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
