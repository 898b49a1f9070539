"""Sharing what a brief says among the scenes: in order, each scene about as full as it can be spoken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from core.providers.local.writer.speech import FULL, misfit

IN_A_ROW = 0.3
"""Added for the second empty scene in a row."""
APART = 1.0
"""Added for an empty scene between two units that belong together."""
LATE = 0.5
"""Added for an empty scene after the first, while nothing of the brief has been said."""
CROWD = 0.06
"""Cost of every point after the first in a scene: one thought a scene is best."""


def shared(
    loads: Sequence[float], rooms: Sequence[float], *, empty: float, empty_first: float, bound: int = -1
) -> list[range]:
    """Which units (by place) each room gets, in order and all of them, empty ranges for none.

    `loads` are the units' lengths and `rooms` the scenes' room, both in spoken words; `empty` is the cost of a
    scene that gets none, `empty_first` of the first one. The unit at `bound` carries on
    from the one before it, so that no empty scene should come between.
    """
    sums = [0.0]
    for load in loads:
        sums.append(sums[-1] + load)
    last = len(loads)

    @cache
    def best(room: int, begun: int, empties: int) -> tuple[float, tuple[int, ...]]:
        """Least cost of the rooms from this one on, and where each ends."""
        if room == len(rooms):
            return (0.0, ()) if begun == last else (1e9, ())
        ends = range(begun, last + 1) if room < len(rooms) - 1 else (last,)
        found = (1e12, ())  # type: tuple[float, tuple[int, ...]]
        for end in ends:
            here = cost(room, begun, end, empties)
            if here >= found[0]:
                continue
            rest, later = best(room + 1, end, int(end == begun))
            if here + rest < found[0]:
                found = (here + rest, (end, *later))
        return found

    def cost(room: int, begun: int, end: int, empties: int) -> float:
        if begun == end:
            late = LATE if begun == 0 and last else 0.0
            late += APART if begun == bound else 0.0
            return (empty + late if room else empty_first) + IN_A_ROW * empties
        share = (sums[end] - sums[begun]) / rooms[room]
        return misfit(share) + 0.1 * abs(share - FULL) + CROWD * (end - begun - 1)

    ends = best(0, 0, 0)[1]
    return [range(begun, end) for begun, end in zip((0, *ends[:-1]), ends, strict=True)]
