"""Palette: the colours of a film sorted into the parts they play, with a sure ladder of lightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.analysis import Colour
from core.providers.local.film.paint import Float, chroma, from_lab, hex_to_rgb, lightness, mix, to_lab, with_lightness

GREY = 14.0
"""Chroma under which a sample counts as nearly monochrome."""
COLOURED = 10.0
"""Chroma from which a dark colour has a hue of its own, worth giving to shadows."""
FALLBACK = (Colour(hex="#101a2b", share=0.5), Colour(hex="#f2a65a", share=0.3), Colour(hex="#f6efe4", share=0.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What each colour does; RGB 0..1, from ink (L 9) over deep 25, mid 47, accent 56-72, glow 86 to paper 95."""

    ink: Float
    deep: Float
    mid: Float
    accent: Float
    glow: Float
    paper: Float
    second: Float
    """A second hue, far from the accent, at L 60."""


def roles_of(colours: Sequence[Colour]) -> Roles:
    """The parts these colours play; a ladder of lightness even from pale, dark or grey samples."""
    named = [(hex_to_rgb(c.hex), c.share) for c in (colours or FALLBACK)]
    dark = min((c for c, _ in named), key=lightness)
    light = max((c for c, _ in named), key=lightness)
    accent = max(named, key=lambda pair: _accent_score(*pair))[0]
    second = max(named, key=lambda pair: _contrast_to(accent, pair[0]) * (0.3 + min(pair[1], 0.4)))[0]
    if chroma(accent) < GREY:
        # A grey sample stays grey, but one restrained warm accent keeps titles and light alive.
        accent = from_lab([66, 26, 44])
    if chroma(second) < 8:
        lab = to_lab(accent)
        second = from_lab([45, -0.14 * lab[1], -0.18 * lab[2]])
    accent = _in_range(accent, float(np.clip(lightness(accent), 56, 72)), least=1.0, most=1.35, target=46)
    glow = mix(light, accent, 0.35)
    return Roles(
        ink=_in_range(mix(dark, second, 0.35), 9, least=0.0, most=1.0, target=16),
        deep=_in_range(dark if chroma(dark) > COLOURED else second, 25, least=0.6, most=1.4, target=22),
        mid=with_lightness(mix(second, accent, 0.18), 47),
        accent=accent,
        glow=_in_range(glow, 86, least=0.7, most=1.5, target=24),
        paper=with_lightness(mix(light, glow, 0.4), 95, 0.5),
        second=with_lightness(second, 60, 1.2),
    )


def _accent_score(colour: Float, share: float) -> float:
    light = lightness(colour)
    # An accent must shine before dark and still stand out from paper.
    useful = 1.0 if 45 < light < 85 else 0.55 if 25 < light < 92 else 0.3
    return chroma(colour) * (0.35 + min(share, 0.3)) * useful


def _contrast_to(accent: Float, colour: Float) -> float:
    a, b = to_lab(accent), to_lab(colour)
    turn = float(np.arctan2(b[2], b[1]) - np.arctan2(a[2], a[1]))
    apart = abs((turn + np.pi) % (2 * np.pi) - np.pi)
    return apart * min(chroma(colour), 40.0) / 40


def _in_range(colour: Float, light: float, *, least: float, most: float, target: float) -> Float:
    """The colour at that lightness, its chroma drawn towards `target` by a factor between `least` and `most`."""
    factor = float(np.clip(target / max(chroma(colour), 1.0), least, most))
    return with_lightness(colour, light, factor)
