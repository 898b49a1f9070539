"""Inking: the colours of a title, chosen by what lies behind it so that it can always be read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from core.providers.local.film.paint import Float, Pixels, lightness, mix, to_lab, with_lightness
from core.providers.local.film.palette import Roles
from core.providers.local.film.sprites import paste
from core.providers.local.film.titles import Inks, Title

DARK_ENOUGH, LIGHT_ENOUGH = 46.0, 70.0
"""Lightness of a ground on which paper, and on which ink, reads well: a contrast of about 4.5 to 1."""
MOST_SHADE = 0.66
LEGIBLE = 4.5
"""Contrast of WCAG between the stressed word and what is behind it."""
TOO_LIKE = 28.0
"""Distance in CIE Lab under which a button melts into what is behind it."""
HIDDEN_WORD, HIDDEN_TITLE = 0.15, 0.10
"""Share of a word and of a title that a subject may pass before."""


def inks_for(title: Title, frames: Sequence[Pixels], roles: Roles) -> Inks:
    """Paper on dark, ink on light, whichever needs the lighter shade; measured over all these frames."""
    ground = np.concatenate([_ground(title, frame) for frame in frames])
    low, middle, high = (float(v) for v in np.percentile(ground, [8, 50, 92]))
    to_dark = float(np.clip((high - DARK_ENOUGH) / max(high - 6, 1), 0, MOST_SHADE))
    to_light = float(np.clip((LIGHT_ENOUGH - low) / max(96 - low, 1), 0, MOST_SHADE))
    if to_light + 0.12 < to_dark:
        return _dark_on_light(roles, to_light, middle)
    seen = (middle + high) / 2 * (1 - to_dark)
    accent = roles.accent
    if lightness(accent) < lightest_on(seen):
        accent = with_lightness(accent, float(np.clip(lightest_on(seen), 66, 88)), 1.0)
    return Inks(
        text=roles.paper,
        accent=accent,
        kicker=roles.glow,
        on_accent=_against(accent, roles),
        tint=roles.ink,
        shadow=0.48,
        scrim=to_dark,
    )


def button_colours(inks: Inks, area: tuple[int, int, int, int], frames: Sequence[Pixels]) -> tuple[Float, Float]:
    """Fill and letters of a button: the accent, or the title's own ink where the picture is much like the accent."""
    x0, y0, x1, y1 = area
    parts = [frame[y0:y1, x0:x1].reshape(-1, 3) for frame in frames]
    ground = np.concatenate(parts).astype(np.float32) / np.float32(255)
    near = min(
        float(np.linalg.norm(to_lab(inks.accent) - to_lab(tone))) for tone in np.percentile(ground, [20, 80], axis=0)
    )
    return (inks.accent, inks.on_accent) if near > TOO_LIKE else (inks.text, inks.tint)


def _dark_on_light(roles: Roles, shade: float, middle: float) -> Inks:
    seen = middle + (96 - middle) * shade
    accent = with_lightness(roles.accent, min(44.0, darkest_on(seen)), 1.1)
    return Inks(
        text=roles.ink,
        accent=accent,
        kicker=with_lightness(roles.accent, 34),
        on_accent=_against(accent, roles),
        tint=mix(roles.paper, roles.glow, 0.3),
        shadow=0.0,
        scrim=shade,
    )


def lightest_on(ground: float) -> float:
    """The lightness from which a colour has a contrast of LEGIBLE to a darker ground; both 0..100."""
    return _lightness_of(LEGIBLE * (_luminance_of(ground) + 0.05) - 0.05)


def darkest_on(ground: float) -> float:
    """The lightness up to which a colour has a contrast of LEGIBLE to a lighter ground; both 0..100."""
    return _lightness_of(max(0.01, (_luminance_of(ground) + 0.05) / LEGIBLE - 0.05))


def _luminance_of(light: float) -> float:
    return float(((light + 16) / 116) ** 3)


def _lightness_of(luminance: float) -> float:
    return float(116 * np.cbrt(luminance) - 16)


def _against(colour: Float, roles: Roles) -> Float:
    return roles.ink if lightness(colour) > 56 else roles.paper


def _ground(title: Title, frame: Pixels) -> Float:
    """Lightness of the pixels around and under the letters, 0..100."""
    place = title.region
    whole = (round(place.x), round(place.y), round(place.x + place.width), round(place.y + place.height))
    x0, y0, x1, y1 = title.box if title.words else whole
    h, w = frame.shape[:2]
    part = frame[max(0, y0) : min(h, y1), max(0, x0) : min(w, x1)]
    small = cv2.resize(part, (96, 96), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 0].ravel(), np.float32)


def hides_too_much(title: Title, cover: Pixels) -> bool:
    """Whether a subject (its cover 0..255 over the frame) would leave the title, or one word of it, unreadable."""
    h, w = cover.shape
    hidden = total = 0.0
    for mask, x, y in title.coverage():
        word = np.zeros((h, w), np.float32)
        paste(word, mask, x, y)
        area = float(word.sum())
        lost = float((word * cover).sum()) / 255
        if lost > HIDDEN_WORD * area:
            return True
        hidden, total = hidden + lost, total + area
    return hidden > HIDDEN_TITLE * total
