"""When each word of a script is said in a person's own recording of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from core.media import align, samples, timewarp
from core.media.dynamics import RATE, Floats, faded
from core.media.line import bounds

REST = 0.2
"""Seconds of silence that are a rest between words."""
BEYOND = 30.0
"""Seconds after the film in which the end of a recording is looked for."""
SLOWEST = 2.0
"""How much longer than the guide somebody takes at most, rests included; what lasts longer says more than the text."""
TOUCH = 0.05
"""Seconds by which a word may reach into what comes after a rest, and still end before it."""


FADE = 0.05
"""Seconds in which what is heard of a recording ends, where its scene does."""


def find_words(
    *, path: str, text: str, guide: dict[str, Any] | None, beside: str, seconds: float, report: Callable[[float], None]
) -> list[dict[str, Any]]:
    """`text`, `start` and `end` in seconds of every word of the text that begins in the first `seconds` of a recording.

    The text is taken to be all that it says, or where it lasts too long for that, all that it says in those seconds.
    The words are found by a `guide`: the same text as somebody else reads it, as `path` and `words`; without one they
    are estimated from pauses and syllables. `beside` is a file in whose folder there is room. Raises `BadMedia` for
    what is no usable sound.
    """
    sound = samples.mono(samples.usable(path, "Your recording", beside, longest=seconds + BEYOND))
    first, last = bounds(sound)
    if guide is None or last - first > SLOWEST * float(guide["words"][-1]["end"]) * RATE:
        sound = sound[: round(seconds * RATE)]
        first, last = bounds(sound)
    report(0.3)
    said, begin = sound[first:last], first / RATE
    times = _off_the_rests(_guided(said, guide, beside), said) if guide else _estimated(said, text)
    report(1.0)
    return [
        {"text": word, "start": round(begin + start, 3), "end": round(begin + max(start, end), 3)}
        for word, start, end in times
        if begin + start < seconds
    ]


def begin(*, path: str, out: str, seconds: float, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the first `seconds` of the sound at `path` to the WAV `out`, without a click at its end.

    Returns its `seconds`. Raises `BadMedia` for what is no usable sound.
    """
    sound = faded(samples.usable(path, "Your recording", out, longest=seconds), 0.0, FADE)
    samples.write(out, sound)
    report(1.0)
    return {"seconds": round(sound.shape[1] / RATE, 3)}


def _guided(said: Floats, guide: dict[str, Any], beside: str) -> list[tuple[str, float, float]]:
    other = samples.mono(samples.read(guide["path"], beside))
    edges = [float(word[edge]) for word in guide["words"] for edge in ("start", "end")]
    found = np.maximum.accumulate(timewarp.places(other, said, edges))
    return [(w["text"], float(a), float(b)) for w, a, b in zip(guide["words"], found[::2], found[1::2], strict=True)]


def _off_the_rests(times: list[tuple[str, float, float]], said: Floats) -> list[tuple[str, float, float]]:
    """Words that reach into a rest of the voice, which the guide makes shorter, end and begin where the sound does."""
    sounds = align.heard(align.envelope(said))
    rests = [(a.end, b.start) for a, b in pairwise(sounds) if b.start - a.end >= REST]
    out = []
    for word, start, end in times:
        begin = next((wakes for falls, wakes in rests if falls <= start < wakes - TOUCH), start)
        until = next((falls for falls, wakes in rests if begin < falls < end <= wakes + TOUCH), max(begin, end))
        out.append((word, begin, until))
    return out


def _estimated(said: Floats, text: str) -> list[tuple[str, float, float]]:
    return [(word, a, b) for word, (a, b) in zip(text.split(), align.word_times(said, text), strict=False)]
