"""Listens for each spoken line in the finished sound of a film: whether it is there, when, and how clearly."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, correlate, sosfilt

from core.domain.quality import Voiced
from core.media import samples
from core.media.dynamics import RATE, Floats

REACH = 0.4
"""Seconds before and after its time in which a line is looked for."""
THIN = 4
"""Every so many samples are kept: speech is told by what is below 4 kHz."""
BAND = (150.0, 4000.0)
"""Hertz of what makes words understood."""
LOUDNESS_SAMPLES = RATE // THIN // 20
"""50 ms."""
SPEAKS = 0.02
"""Share of the voice's greatest power from which on it is speech and no pause."""
TOO_SHORT = 0.2
"""Seconds of a line below which nothing is said of it."""


def listen(
    *, film: str, lines: list[dict[str, Any]], beside: str, report: Callable[[float], None]
) -> list[dict[str, Any] | None]:
    """Of each of the `lines` (`path`, `start` in seconds of the film) a Voiced as JSON; None when it is too short.

    The line as it was spoken is laid against the film: where both agree best, the share of the film's sound that it
    explains is the voice, and the rest is what else is heard there. `beside` is a file in whose folder there is room.
    """
    track, found = _thinned(samples.mono(samples.read(film, beside))), []
    for number, line in enumerate(lines, 1):
        voice = _thinned(samples.mono(samples.read(line["path"], beside)))
        found.append(_found(track, voice, float(line["start"])))
        report(number / len(lines))
    return [one.model_dump(mode="json") if one else None for one in found]


def _found(track: Floats, voice: Floats, start: float) -> Voiced | None:
    """The line in the sound of the film."""
    rate = RATE / THIN
    if len(voice) < TOO_SHORT * rate or not voice.any():
        return None
    reach, begin = round(REACH * rate), round(start * rate)
    voice = voice[: max(1, len(track) - begin)]  # the end of the film cuts it off
    window = np.pad(track, (reach, reach + len(voice)))[begin : begin + len(voice) + 2 * reach]
    agreement = correlate(window, voice, mode="valid", method="fft")
    at = int(np.abs(agreement).argmax())
    over = _over_db(window[at : at + len(voice)], voice)
    return Voiced(
        start=start, end=start + len(voice) / rate, late=round((at - reach) / rate, 3), over_db=round(over, 1)
    )


def _over_db(there: Floats, voice: Floats) -> float:
    """How far the voice in that sound stands above the rest of it, while somebody speaks."""
    level = uniform_filter1d(voice**2, LOUDNESS_SAMPLES)
    speaks = level > level.max() * SPEAKS
    power = float((voice[speaks] ** 2).sum())
    own = voice[speaks] * (float((there[speaks] * voice[speaks]).sum()) / power)
    rest = float(((there[speaks] - own) ** 2).sum())
    return 10 * math.log10(max(float((own**2).sum()), 1e-12) / max(rest, 1e-12))


def _thinned(sound: Floats) -> Floats:
    """What carries words, at a quarter of the rate."""
    low, high = BAND
    return np.asarray(sosfilt(butter(4, [low, high], "band", fs=RATE, output="sos"), sound))[::THIN]
