"""Where the subject of a clip is, so that a crop to another shape keeps it: by contrast, skin and movement.

No model is asked. What stands out from its surroundings, in light or colour, what has the colour of skin
and what moves by itself is looked for on small pictures; where nothing stands out, the middle is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LOOK = 96
"""Pixels of the long side of the pictures that are looked at."""
STEP = 0.4
"""Seconds between two of them."""
FINE, COARSE = 1.2, 10.0
"""Sizes of a detail and of its surroundings, in those pixels."""
SKIN_CB, SKIN_CR = (102.0, 14.0), (153.0, 11.0)
"""Middle and spread of the colour planes on skin, light and dark (BT.601 and 709 are near enough)."""
PLACES = 33
"""Positions of the crop that are compared."""
STIFF = 30.0
"""How much better another place must be for the crop to move there, against how far it is."""
WORTH = 1.12
"""How much more a crop beside the middle must hold to be taken."""
STILL = 0.18
"""Share of its room in which the crop may wander before it follows; less than that it stands still."""


@dataclass(frozen=True)
class Focus:
    """Where a crop stands: knots of (seconds, share of its room from the left or top, 0-1); one: it stands still."""

    knots: tuple[tuple[float, float], ...] = ((0.0, 0.5),)

    @property
    def stands(self) -> bool:
        """Whether it does not move."""
        return len(self.knots) == 1

    def expression(self, room: str, slowed: float = 1.0) -> str:
        """Its pixels from the edge as ffmpeg's `crop` evaluates them for every picture at time `t`.

        `room` are the pixels that the crop does not show, as an expression; `slowed` stretches its times.
        """
        last = f"{self.knots[-1][1]:.4f}"
        for (t0, a), (t1, b) in reversed(list(zip(self.knots, self.knots[1:], strict=False))):
            begin, length = t0 * slowed, max(1e-3, (t1 - t0) * slowed)
            share = f"clip((t-{begin:.3f})/{length:.3f},0,1)"
            last = f"if(lt(t,{(t1 * slowed):.3f}),{a:.4f}+{b - a:.4f}*{share}*{share}*(3-2*{share}),{last})"
        return f"({room})*({last})"


MIDDLE = Focus()


@dataclass(frozen=True)
class Look:
    """A small picture of a clip: its time, and light and colours as (h, w, 3) Y, Cb, Cr."""

    time: float
    planes: Floats


def look(frame: av.VideoFrame, time: float) -> Look:
    """That frame, small, as it is stored; a clip that is turned by its metadata is turned by the caller."""
    scale = LOOK / max(frame.width, frame.height)
    width, height = (max(16, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    planes = frame.reformat(width, height, "yuv444p").to_ndarray().astype(np.float32)
    return Look(time, np.ascontiguousarray(np.moveaxis(planes, 0, -1)))


def turned(seen: Look, quarters: int) -> Look:
    """The same picture turned anticlockwise by so many quarters."""
    return Look(seen.time, np.ascontiguousarray(np.rot90(seen.planes, quarters)))


def saliency(planes: Floats, before: Floats | None = None) -> Floats:
    """How much each place of a small picture draws the eye, (h, w), 0 where nothing does.

    `before` is the picture before it: what has changed by itself, and not with the whole picture, counts too.
    """
    stands_out = np.abs(_blurred(planes, FINE) - _blurred(planes, COARSE))
    drawn = stands_out @ np.array([1.0, 1.6, 1.6], np.float32)
    skin = np.exp(
        -(((planes[..., 1] - SKIN_CB[0]) / SKIN_CB[1]) ** 2) - ((planes[..., 2] - SKIN_CR[0]) / SKIN_CR[1]) ** 2
    )
    # a wall or a beach of that colour is no face: what counts is more skin than around it
    islands = np.maximum(0, _blurred(skin, 2 * FINE) - _blurred(skin, 2 * COARSE))
    found = _even(drawn) + 0.9 * _even(islands, least=0.08)
    if before is not None and before.shape == planes.shape:
        change = _blurred(np.abs(planes[..., 0] - before[..., 0]), FINE)
        found = found + 0.7 * _even(np.maximum(0, change - 1.5 * np.median(change)), least=4.0)
    return np.asarray(found, np.float32)


def _blurred(values: NDArray[np.floating], size: float) -> Floats:
    flat = np.ascontiguousarray(values, np.float32)
    return np.asarray(cv2.GaussianBlur(flat, (0, 0), size, borderType=cv2.BORDER_REFLECT), np.float32)


def _even(values: NDArray[np.floating], least: float = 1.0) -> Floats:
    """Brought to 0-1 by its brightest places; what is nowhere above `least` stays near 0."""
    return np.asarray(np.clip(values / max(least, float(np.percentile(values, 99))), 0, 1), np.float32)


def focus(seen: list[Look], source: tuple[int, int], film: tuple[int, int]) -> Focus:
    """Where a crop of a clip of `source` pixels to the shape of `film` stands, by the pictures of the clip."""
    ratio = (source[0] / source[1]) / (film[0] / film[1])
    if not seen or 0.98 < ratio < 1.02:
        return MIDDLE
    axis, share = (1, 1 / ratio) if ratio > 1 else (0, ratio)
    befores = [None, *(s.planes for s in seen)]
    held = np.stack([_held(saliency(s.planes, b).sum(1 - axis), share) for s, b in zip(seen, befores, strict=False)])
    places = _path(held)
    room = np.linspace(0, 1, PLACES)
    if np.ptp(room[places]) > STILL:
        return Focus(_knots([s.time for s in seen], room[places]))
    held = held.mean(0)
    best, middle = int(held.argmax()), PLACES // 2
    return Focus(((0.0, float(room[best])),)) if held[best] > WORTH * held[middle] else MIDDLE


def _held(profile: Floats, share: float) -> Floats:
    """What a crop that shows `share` of the length holds at each of its places, against the whole."""
    total = np.concatenate([[0.0], np.cumsum(profile, dtype=np.float64)])
    window = share * len(profile)
    starts = np.linspace(0, len(profile) - window, PLACES)
    at = np.arange(len(total))
    inside = np.interp(starts + window, at, total) - np.interp(starts, at, total)
    return np.asarray(inside / max(1e-6, total[-1]), np.float32)


def _path(held: Floats) -> NDArray[np.int64]:
    """The places that hold most over the clip, moving no more than that is worth (dynamic programming)."""
    room = np.linspace(0, 1, PLACES)
    moves = STIFF * (room[:, None] - room[None, :]) ** 2
    best, came = -held[0].astype(np.float64), []
    for row in held[1:]:
        cost = best[None, :] + moves
        came.append(cost.argmin(1))
        best = cost.min(1) - row
    places = [int(best.argmin())]
    for step in reversed(came):
        places.append(int(step[places[-1]]))
    return np.array(places[::-1])


def _knots(times: list[float], places: NDArray[np.floating]) -> tuple[tuple[float, float], ...]:
    """The path with at most one knot in two steps, evened, so that the crop glides and does not twitch."""
    even = np.convolve(np.pad(places, 2, mode="edge"), np.ones(5) / 5, "valid")
    kept = sorted({*range(0, len(times), 2), len(times) - 1})
    return tuple((round(times[i] - times[0], 3), round(float(even[i]), 4)) for i in kept)
