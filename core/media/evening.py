"""Evens the light between neighbouring takes of vendors' clips: exposure and white balance, gently and within bounds.

Each take comes nearer to its neighbours by half of what parts them. What parts them much is meant, a night after
a day or a warm room after snow, and is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from core.domain.errors import BadMedia
from core.media.odd_pictures import pictures

Floats = NDArray[np.float32]

PICTURES = 6
"""Pictures of a take that are looked at."""
WIDTH = 64
"""Their width in pixels."""
GAMMA = 2.2
MID = 0.45
"""Mid-grey as it is encoded: exposure is moved there, black and white stay."""
MOST_STOPS, MEANT_STOPS = 0.35, (0.7, 1.4)
"""The farthest that exposure is moved, and from where to where a difference counts as meant."""
MOST_CAST, MEANT_CAST = 4.0, (9.0, 18.0)
"""The same for white balance, in levels of the colour planes."""
GREYS = 22.0
"""Chroma up to which a place may be grey under coloured light."""
ENOUGH = 0.05
"""Share of such places without which nothing is known of the white balance."""
HALF = 0.5


@dataclass(frozen=True)
class Light:
    """What a take looks like."""

    stops: float
    """Mean light, on a scale of powers of 2."""
    cast: tuple[float, float] | None
    """Mean of Cb and Cr less 128 on what may be grey; None when there is too little of it."""


@dataclass(frozen=True)
class Correction:
    """What is done to a take: stops of mid-grey, and levels of Cb and Cr."""

    stops: float = 0.0
    cast: tuple[float, float] = (0.0, 0.0)

    @property
    def filters(self) -> str:
        """As an ffmpeg filter for yuv420p in limited range; '' when it changes nothing."""
        if not self.stops and not any(self.cast):
            return ""
        power = 1 + self.stops / GAMMA * math.log(2) / math.log(MID)
        u, v = (f"clip(val+{levels:.2f},16,240)" for levels in self.cast)
        return f"lutyuv=y='16+219*pow(clip((val-16)/219,0,1),{power:.5f})':u='{u}':v='{v}'"


def samples(path: str, shown: float) -> Floats:
    """Small pictures of the first `shown` seconds of a take, spread over them: (n, h, w, 3) as limited Y, Cb, Cr."""
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"  # key frames are enough, and quick
            found = [frame for frame in pictures(container, stream) if frame]
            frames = [f for f in found if f.time is None or f.time < shown] or found[:1]
            chosen = frames[:: max(1, math.ceil(len(frames) / PICTURES))]
            height = max(2, round(WIDTH * stream.height / stream.width / 2) * 2)
            planes = [
                f.reformat(WIDTH, height, "yuv444p", dst_color_range=ColorRange.MPEG).to_ndarray() for f in chosen
            ]
    except (FFmpegError, IndexError) as error:
        raise BadMedia("A clip of the film cannot be read.", "Film the scene again.") from error
    if not planes:
        raise BadMedia("A clip of the film has no picture.", "Film the scene again.")
    return np.moveaxis(np.stack(planes).astype(np.float32), 1, -1)


def light(seen: Floats) -> Light:
    """What the `samples` of a take look like."""
    luma = np.clip((seen[..., 0] - 16) / 219, 0, 1)
    stops = math.log2(float((luma**GAMMA).mean()) + 1e-4)
    chroma = seen[..., 1:] - 128
    grey = (np.hypot(chroma[..., 0], chroma[..., 1]) < GREYS) & (luma > 0.15) & (luma < 0.92)
    if grey.mean() < ENOUGH:
        return Light(stops, None)
    u, v = chroma[grey].mean(0)
    return Light(stops, (float(u), float(v)))


def evened(lights: Sequence[Light | None]) -> list[Correction]:
    """What is done to each take; None stands for one that is not touched and that nobody is brought nearer to."""
    return [_between(own, [lights[j] for j in (i - 1, i + 1) if 0 <= j < len(lights)]) for i, own in enumerate(lights)]


def _between(own: Light | None, beside: Sequence[Light | None]) -> Correction:
    others = [other for other in beside if other is not None]
    if own is None or not others:
        return Correction()
    stops = _gently([other.stops - own.stops for other in others], MOST_STOPS, MEANT_STOPS)
    casts = [other.cast for other in others if other.cast is not None]
    if own.cast is None or not casts:
        return Correction(stops=stops)
    u, v = (_gently([cast[i] - own.cast[i] for cast in casts], MOST_CAST, MEANT_CAST) for i in (0, 1))
    return Correction(stops=stops, cast=(u, v))


def _gently(differences: list[float], most: float, meant: tuple[float, float]) -> float:
    """Half the way to the neighbours, each counting less the more likely its difference is meant."""
    low, high = meant
    weighed = [d * min(1.0, max(0.0, (high - abs(d)) / (high - low))) for d in differences]
    moved = HALF * sum(weighed) / len(weighed)
    return round(min(most, max(-most, moved)), 3)
