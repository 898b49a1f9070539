"""Fits a spoken line into its scene: silence around it off, hurried a little where it must, words on time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d

from core.domain.errors import Broken, DiskFull
from core.media import align, ffmpeg, samples, timewarp
from core.media.dynamics import RATE, Floats, faded

FASTEST = 1.15
"""How far a voice is hurried: beyond it one hears it."""
SLACK = 0.01
"""Seconds that a line may be too long without anybody noticing."""
LEAD, RELEASE = 0.02, 0.09
"""Seconds kept before the first sound and after the last one."""
AUDIBLE_DB = -42.0
"""Below the loudest moment of the line; quieter is silence."""
OVER_NOISE_DB = 8.0
"""Above the floor of the recording; quieter is silence too."""


def fit_line(
    *,
    path: str,
    out: str,
    seconds: float,
    text: str,
    words: list[dict[str, Any]] | None,
    report: Callable[[float], None],
    guide: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes what somebody spoke (any sound file) to `out`: mono WAV, 48 kHz, from first sound to last.

    A line that is longer than `seconds` is hurried to fit, its pitch kept, by at most 15 %; a shorter
    one is left as it was spoken. `words` (`text`, `start`, `end` in seconds of the file) move with it;
    where the vendor told none, they are found by a `guide`: the same text, spoken by anybody, as `path`
    and `words`; without one they are estimated from the sound and `text`. Returns `words`, the
    `seconds` of the result, the `rate` it was hurried by, and whether it `fits`: when it does not, it
    is longer than `seconds`, and nothing is cut off. Raises `BadMedia` for what is no usable sound.
    """
    sound = samples.mono(samples.usable(path, "The spoken line", out))
    report(0.3)
    first, last = bounds(sound)
    sound = faded(sound[first:last], 0.004, 0.03)
    length = len(sound) / RATE
    rate = min(FASTEST, max(1.0, length / max(seconds, 0.1)))
    if length <= seconds + SLACK:
        rate = 1.0
    if words:
        times = _told(words, first / RATE, length)
    elif guide:
        times = _guided(sound, guide, out)
    else:
        times = _estimated(sound, text)
    report(0.6)
    if rate > 1:
        sound = hurried(sound, rate, out)
    samples.write(out, sound)
    report(1.0)
    length = len(sound) / RATE
    return {
        "words": [
            {"text": w["text"], "start": round(w["start"] / rate, 3), "end": round(min(w["end"] / rate, length), 3)}
            for w in times
        ],
        "seconds": round(length, 3),
        "rate": round(rate, 3),
        "fits": length <= seconds + SLACK,
    }


def bounds(sound: Floats) -> tuple[int, int]:
    """First sample of the speech and the one after its last, a breath of room around them."""
    power = 10 * np.log10(np.maximum(uniform_filter1d(sound**2, RATE // 100), 1e-12))
    floor = float(np.percentile(power, 3)) + OVER_NOISE_DB
    top = float(power.max())
    heard = np.flatnonzero(power > min(max(top + AUDIBLE_DB, floor), top - 12))
    return max(0, int(heard[0]) - round(LEAD * RATE)), min(len(sound), int(heard[-1]) + 1 + round(RELEASE * RATE))


def hurried(sound: Floats, rate: float, beside: str) -> Floats:
    """The same, `rate` times as fast, at its own pitch."""
    with tempfile.TemporaryDirectory(dir=Path(beside).parent) as folder:
        before, after = Path(folder) / "before.wav", Path(folder) / "after.wav"
        samples.write(str(before), sound)
        for stretch in (f"rubberband=tempo={rate:.6f}:formant=preserved:pitchq=quality", f"atempo={rate:.6f}"):
            try:
                ffmpeg.run(["-i", str(before), "-af", stretch, "-c:a", "pcm_s16le", str(after)], seconds=samples.LIMIT)
                break
            except DiskFull:
                raise
            except Broken:  # not every ffmpeg has the first, which sounds better; if it is not that, the next fails too
                continue
        return np.asarray(samples.read(str(after), beside)[0])


def _told(words: list[dict[str, Any]], cut: float, length: float) -> list[dict[str, Any]]:
    """The vendor's times, moved with the start that was cut off, in order and inside the line."""
    out: list[dict[str, Any]] = []
    clock = 0.0
    for word in words:
        start = min(max(clock, float(word["start"]) - cut), length)
        end = min(max(start, float(word["end"]) - cut), length)
        out.append({"text": word["text"], "start": start, "end": end})
        clock = end
    return out


def _guided(sound: Floats, guide: dict[str, Any], beside: str) -> list[dict[str, Any]]:
    """The words of another reading, at the times at which they are said in this one."""
    other = samples.mono(samples.read(guide["path"], beside))
    edges = [float(word[edge]) for word in guide["words"] for edge in ("start", "end")]
    found = timewarp.places(other, sound, edges)
    pairs = zip(guide["words"], found[::2], found[1::2], strict=True)
    return _told([{"text": w["text"], "start": a, "end": b} for w, a, b in pairs], 0.0, len(sound) / RATE)


def _estimated(sound: Floats, text: str) -> list[dict[str, Any]]:
    spans = align.word_times(sound, text)
    return [{"text": t, "start": a, "end": b} for t, (a, b) in zip(text.split(), spans, strict=False)]
