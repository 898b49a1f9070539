"""How one picture becomes the next: designed transitions on the planes of yuv420p pictures.

They are drawn here and not by xfade, whose moves run at one speed and whose edges are hard: a
move that eases, with the blur of its own speed, is what tells a cut from a slide show.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.plan import Transition
from core.media.colour import rgb

Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Picture = tuple[Plane, Plane, Plane]
"""Luma, and the two planes of colour at half its width and height; limited range, BT.709."""

BLACK = 16
"""Luma of black in limited range; colour planes rest at 128."""
GREY = 128
DARKEST = 0.10
"""A dip goes at least as dark as this (0-1), in the hue of the palette's darkest colour."""
SHUTTER = 0.5
"""Share of a frame's time in which the shutter is open: how far a moving picture smears."""
ZOOM_DOUBLINGS, ZOOM_APART = 4, 6.0
"""How often a picture is laid over itself, larger, for the smear of a zoom, and pixels at the edge from one to the
next."""
ONE = 256
"""What shares of pictures are counted in, so that sums of them stay within 16 bits."""
BAND = 64
"""Rows that are laid over one another at once."""
FINE = 8
"""Steps to a pixel along a row in which a leaning edge is laid out."""
LEAN = 0.45
"""Of the frame's width by which the edge of a wipe leans over its height."""


@dataclass(frozen=True)
class Moment:
    """A frame of a transition: how far it is (0-1, its ends excluded) and how long a frame is."""

    at: float
    step: float

    def moved(self, power: float) -> tuple[float, float]:
        """How far an eased move has come, and how much of it passes while the shutter is open."""
        half = self.step * SHUTTER / 2
        return ease(self.at, power), ease(self.at + half, power) - ease(self.at - half, power)


def blend(kind: Transition, before: Picture, after: Picture, index: int, count: int, dark: str | None) -> Picture:
    """Frame `index` of a transition of `count` frames, from `before` to `after`."""
    moment = Moment((index + 1) / (count + 1), 1 / (count + 1))
    if kind == "dip":
        return _dip(before, after, moment, dark_yuv(dark))
    drawn: dict[Transition, Callable[[Picture, Picture, Moment], Picture]] = {
        "dissolve": _dissolve,
        "wipe": _wipe,
        "slide": _slide,
        "whip": _whip,
        "zoom": _zoom,
    }
    return drawn[kind](before, after, moment)


def ease(at: float, power: float) -> float:
    """From 0 to 1, slow at both ends; the higher the power, the quicker the middle."""
    at = min(1.0, max(0.0, at))
    return float(at**power / (at**power + (1 - at) ** power))


def smooth(at: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, and a soft rise between."""
    share = min(1.0, max(0.0, (at - low) / (high - low)))
    return share * share * (3 - 2 * share)


def dark_yuv(colour: str | None) -> tuple[int, int, int]:
    """A dark colour of that hue, as the planes hold it; black for none."""
    if colour is None:
        return BLACK, GREY, GREY
    red, green, blue = rgb(colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    scale = min(1.0, DARKEST / luma) if luma else 1.0
    u, v = (blue - luma) / 1.8556 * scale, (red - luma) / 1.5748 * scale
    return round(BLACK + 219 * luma * scale), round(GREY + 224 * u), round(GREY + 224 * v)


def _dissolve(before: Picture, after: Picture, moment: Moment) -> Picture:
    return _mix(before, after, ease(moment.at, 1.4))


def _dip(before: Picture, after: Picture, moment: Moment, dark: tuple[int, int, int]) -> Picture:
    """The first picture sinks, the second rises; both rest in the dark for a moment."""
    picture, light = (
        (before, 1 - smooth(moment.at, 0, 0.48)) if moment.at < 0.5 else (after, smooth(moment.at, 0.52, 1))
    )
    y, u, v = (cv2.addWeighted(p, light, p, 0, rest * (1 - light)) for p, rest in zip(picture, dark, strict=True))
    return _planes(y, u, v)


def _wipe(before: Picture, after: Picture, moment: Moment) -> Picture:
    """A soft diagonal edge sweeps over, its shadow ahead of it; the new picture settles as it comes."""
    soft, shadow = 0.22, 0.30
    edge = ease(moment.at, 2.0) * (1 + soft + shadow)
    settling = 1.06 - 0.06 * ease(moment.at, 1.6)

    def shares(across: Floats) -> tuple[Floats, Floats]:
        new = _smooth((edge - shadow - across) / soft)
        shade = 0.55 * _smooth((edge - across) / (soft + shadow))
        return (1 - new) * (1 - shade), new

    height, width = before[0].shape
    down = max(1, round(FINE * LEAN * width / height))
    row = shares(np.arange(FINE * width + down * height, dtype=np.float32) / (FINE * width + down * height))

    def leaning(plane: Plane, values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
        """The row laid out over a plane, each line of it a little further along."""
        every = width // plane.shape[1]
        first = (FINE + down) * (every - 1) // 2
        strides = every * down * values.itemsize, every * FINE * values.itemsize
        return np.lib.stride_tricks.as_strided(values[first:], plane.shape, strides, writeable=False)

    return _over(before, _scaled(after, settling), row, leaning)


def _slide(before: Picture, after: Picture, moment: Moment) -> Picture:
    """The new picture pushes in from the right; the old one gives way more slowly and darkens."""
    width = before[0].shape[1]
    gone, smear = moment.moved(2.6)
    give = 0.35
    edge = width * (1 - gone)
    columns = np.arange(width, dtype=np.float32) - edge
    new = np.clip(columns / max(2.0, width * smear) + 0.5, 0, 1)
    cast = np.clip(1 + columns / (0.22 * width), 0, 1) ** 2 * 0.45 * smooth(gone, 0, 0.1) + 0.25 * gone
    old = _smeared(_moved(before, -give * gone * width), give * smear * width)
    coming = _smeared(_moved(after, edge), smear * width)
    return _over(old, coming, ((1 - new) * (1 - cast), new), lambda plane, row: row[:: width // plane.shape[1]])


def _whip(before: Picture, after: Picture, moment: Moment) -> Picture:
    """The camera is thrown to the right; in the middle nothing can be told but speed."""
    width = before[0].shape[1]
    gone, smear = moment.moved(3.2)
    blur = 1.6 * smear * width
    share = smooth(moment.at, 0.34, 0.66)
    old = _smeared(_moved(before, -1.3 * gone * width), blur) if share < 1 else after
    new = _smeared(_moved(after, 1.3 * (1 - gone) * width), blur) if share > 0 else before
    return _mix(old, new, share)


def _zoom(before: Picture, after: Picture, moment: Moment) -> Picture:
    """A push through the first picture into the second, in one accelerating and settling move."""
    half = moment.step * SHUTTER
    share = smooth(moment.at, 0.36, 0.64)

    def through(picture: Picture, scale: Callable[[float], float]) -> Picture:
        first, last = scale(moment.at - half), scale(moment.at + half)
        moved = abs(last / first - 1) * max(picture[0].shape) / 2
        doublings = min(ZOOM_DOUBLINGS, max(1, math.ceil(math.log2(max(1.0, moved) / ZOOM_APART))))
        apart = (last / first) ** (1 / (2**doublings - 1))
        picture = _scaled(picture, first)
        for number in range(doublings):  # of 2, 4, 8 … pictures in a row, each laid over what is there
            picture = _mix(picture, _closer(picture, apart ** (2**number)), 0.5)
        return picture

    old = through(before, lambda t: 1 + 1.9 * ease(t, 2.6)) if share < 1 else after
    new = through(after, lambda t: 0.42 + 0.58 * ease(t, 2.6)) if share > 0 else before
    return _mix(old, new, share)


def _mix(before: Picture, after: Picture, share: float) -> Picture:
    if share <= 0 or share >= 1:
        return before if share <= 0 else after
    y, u, v = (cv2.addWeighted(p, 1 - share, q, share, 0) for p, q in zip(before, after, strict=True))
    return _planes(y, u, v)


def _over(
    below: Picture,
    above: Picture,
    shares: tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]],
    laid: Callable[[Plane, npt.NDArray[np.uint16]], npt.NDArray[np.uint16]],
) -> Picture:
    """Two pictures by the share (0-1) of each along a row, the rest black; `laid` spreads a row over a plane."""
    old, new = (np.round(share * ONE).astype(np.uint16) for share in shares)
    old = np.minimum(old, ONE - new)
    drawn = [np.empty_like(plane) for plane in below]
    for p, q, out, rest in zip(below, above, drawn, (BLACK, GREY, GREY), strict=True):
        black = ((ONE - old - new) * rest + ONE // 2).astype(np.uint16)
        spread = [np.broadcast_to(laid(p, row), p.shape) for row in (old, new, black)]
        for top in range(0, len(p), BAND):  # so few rows that they stay at hand
            o, n, b = (each[top : top + BAND] for each in spread)
            total = np.multiply(p[top : top + BAND], o, dtype=np.uint16)
            total += np.multiply(q[top : top + BAND], n, dtype=np.uint16)
            total += b
            total >>= 8
            out[top : top + BAND] = total
    return drawn[0], drawn[1], drawn[2]


def _moved(picture: Picture, right: float) -> Picture:
    """The picture moved to the right by so many pixels; its edges are mirrored."""
    y, u, v = (_shift(p, right * p.shape[1] / picture[0].shape[1]) for p in picture)
    return _planes(y, u, v)


def _shift(plane: Plane, right: float) -> Plane:
    width, whole = plane.shape[1], math.floor(right)
    left, far = max(0, whole + 1), max(0, -whole)
    wide = cv2.copyMakeBorder(plane, 0, 0, left, far, cv2.BORDER_REFLECT)
    first = left - whole
    near, next_ = wide[:, first : first + width], wide[:, first - 1 : first - 1 + width]
    return np.asarray(cv2.addWeighted(near, 1 - (right - whole), next_, right - whole, 0), np.uint8)


def _scaled(picture: Picture, scale: float) -> Picture:
    """The picture scaled about its middle; its edges are mirrored."""
    y, u, v = (_scale(p, scale) for p in picture)
    return y, u, v


def _scale(plane: Plane, scale: float) -> Plane:
    height, width = plane.shape
    back = np.array(
        [[1 / scale, 0, (width / 2) * (1 - 1 / scale)], [0, 1 / scale, (height / 2) * (1 - 1 / scale)]], np.float32
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(plane, back, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def _closer(picture: Picture, scale: float) -> Picture:
    """The picture a little larger, to the whole pixel at its edges: for a smear that is enough, and quick."""
    y, u, v = (_enlarge(p, scale) for p in picture)
    return _planes(y, u, v)


def _enlarge(plane: Plane, scale: float) -> Plane:
    height, width = plane.shape
    down, right = (round(side / 2 * (1 - 1 / scale)) for side in plane.shape)
    return np.asarray(cv2.resize(plane[down : height - down, right : width - right], (width, height)), np.uint8)


def _smeared(picture: Picture, pixels: float) -> Picture:
    """Blurred sideways over so many pixels of the luma plane, softly at both ends."""
    y, u, v = (_smear(p, pixels * p.shape[1] / picture[0].shape[1]) for p in picture)
    return y, u, v


def _smear(plane: Plane, pixels: float) -> Plane:
    kernel = round(pixels / 2) * 2 + 1
    if kernel < 3:
        return plane
    once = cv2.blur(plane, (kernel, 1), borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.blur(once, (kernel // 4 * 2 + 1, 1), borderType=cv2.BORDER_REFLECT), np.uint8)


def _smooth(values: Floats) -> Floats:
    """0 up to 0, 1 from 1 on, and a soft rise between."""
    share = np.clip(values, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _planes(y: object, u: object, v: object) -> Picture:
    return np.asarray(y, np.uint8), np.asarray(u, np.uint8), np.asarray(v, np.uint8)
