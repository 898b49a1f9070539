"""How far colours and palettes are from each other, as an eye sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from core.domain.analysis import Colour

Lab = tuple[float, float, float]


@cache
def lab(code: str) -> Lab:
    """`#rrggbb` as CIE L*a*b* (D65): a distance of 2 is just seen, black and white are 100 apart."""
    red, green, blue = (_linear(int(code[i : i + 2], 16) / 255) for i in (1, 3, 5))
    x = _root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _root(value: float) -> float:
    """The curve of CIE L*a*b*: a cube root, and a straight line near black."""
    return math.cbrt(value) if value > 0.008856 else 7.787 * value + 16 / 116


def apart(one: Sequence[Colour], other: Sequence[Colour]) -> float:
    """How far the paint of one palette has to be carried to make the other: 0 for the same, about 35 for strangers.

    The nearest colours are paired first, which is at most a little more than the least possible.
    """
    have, want = _shares(one), _shares(other)
    if not have or not want:
        return 0.0
    pairs = sorted((math.dist(lab(a), lab(b)), a, b) for a in have for b in want)
    total = 0.0
    for distance, a, b in pairs:
        carried = min(have[a], want[b])
        have[a] -= carried
        want[b] -= carried
        total += carried * distance
    return total


def mean(palette: Sequence[Colour]) -> Lab:
    """The colour that a palette mixes to."""
    shares = _shares(palette)
    return (
        sum(lab(code)[0] * share for code, share in shares.items()),
        sum(lab(code)[1] * share for code, share in shares.items()),
        sum(lab(code)[2] * share for code, share in shares.items()),
    )


def colourfulness(palette: Sequence[Colour]) -> float:
    """Mean distance from grey; 0 to about 100."""
    return sum(math.hypot(*lab(code)[1:]) * share for code, share in _shares(palette).items())


def _shares(palette: Sequence[Colour]) -> dict[str, float]:
    """Share of each colour; they add up to 1."""
    total = sum(colour.share for colour in palette)
    shares: dict[str, float] = {}
    for colour in palette if total > 0 else ():
        shares[colour.hex] = shares.get(colour.hex, 0.0) + colour.share / total
    return shares
