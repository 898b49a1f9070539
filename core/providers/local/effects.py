"""The offline effects: the sounds that a scene's words ask for, synthesised; what it has not got it says."""

from __future__ import annotations

import inspect
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np

from core.providers.local.foley import ambience, bells, hits
from core.providers.local.foley.tools import RATE, Floats, band, in_room, times
from core.providers.local.foley.vocabulary import AMBIENCE, HITS, Cue, asked

FIRST = 0.06
"""Seconds from the start of a scene to its first short effect."""
APART = 0.9
"""Seconds between two short effects of one scene."""
LATE = 0.9
"""Seconds before the end of a scene at which that is heard which belongs to its end."""
LEADING = ("riser", "swell")
"""Kinds that lead into what comes next."""
PEAK = 0.7
EDGE = 0.02


def make(
    *, text: str, seconds: float, tail: float, seed: int, folder: str, report: Callable[[float], None]
) -> dict[str, Any]:
    """Writes the effects of a scene of `seconds` into `folder`, one stereo WAV at 48 kHz for each.

    Returns `sounds`: for each its `path`, `kind`, `start` in seconds of the scene, `seconds` and
    `gain_db` (a short one rings on into the next scene, what lasts runs on for `tail` seconds, for a
    crossfade); and `missing`: the clauses of `text` that this machine has no sound for. Nothing is put
    in their place. The same arguments give the same bytes.
    """
    words = asked(text)
    starts = _starts(words.cues, seconds)
    sounds: list[dict[str, Any]] = []
    for number, (cue, start) in enumerate(zip(words.cues, starts, strict=True)):
        rng = np.random.default_rng([seed, crc32(cue.kind.encode())])
        sound = _played(cue, seconds + (tail if cue.ambience else 0), rng)
        path = Path(folder) / f"{number}-{cue.kind}.wav"
        _write(path, sound)
        timing = {"start": round(start, 3), "seconds": round(sound.shape[1] / RATE, 3)}
        sounds.append({"path": str(path), "kind": cue.kind, **timing, "gain_db": cue.gain_db})
        report((number + 1) / len(words.cues))
    return {"sounds": sounds, "missing": list(words.missing)}


def missing(text: str) -> tuple[str, ...]:
    """The clauses of a scene's sound that this machine has no effect for."""
    return asked(text).missing


def kinds() -> tuple[str, ...]:
    """Names of all effects, for a person."""
    return (*HITS, *AMBIENCE)


def _played(cue: Cue, seconds: float, rng: np.random.Generator) -> Floats:
    if cue.ambience:
        sound: Floats = getattr(ambience, cue.kind)(rng, seconds)
    else:
        play = _player(cue.kind)
        # those that can last are never longer than their scene
        sound = play(rng, min(_own_length(play), seconds)) if _own_length(play) else play(rng)
    if cue.distant:
        sound = in_room(rng, band(sound, None, 1400), seconds=1.6, share=0.55, dark=1800)
    return _finished(sound[:, : round(seconds * RATE)] if cue.ambience else sound)


def _player(kind: str) -> Callable[..., Floats]:
    """What makes a short effect."""
    return cast("Callable[..., Floats]", getattr(bells if hasattr(bells, kind) else hits, kind))


def _own_length(play: Callable[..., Floats]) -> float:
    """Seconds that an effect lasts when it is free to; 0 for one that cannot be cut shorter."""
    asked_for = inspect.signature(play).parameters.get("seconds")
    return float(asked_for.default) if asked_for else 0.0


def _starts(cues: tuple[Cue, ...], seconds: float) -> list[float]:
    """When each begins: what leads to something ends with the scene, or at the blow that it leads to."""
    late = max(0.0, seconds - LATE)
    goal = late if any(c.late and c.kind not in LEADING for c in cues) else seconds
    starts, clock = [], FIRST
    for cue in cues:
        if cue.ambience:
            starts.append(0.0)
        elif cue.kind in LEADING:
            starts.append(max(0.0, goal - min(_own_length(_player(cue.kind)), seconds)))
        elif cue.late:
            starts.append(late)
        else:
            starts.append(min(clock, late))
            clock += APART
    return starts


def _finished(sound: Floats) -> Floats:
    """Without offset, at its usual peak, its edges closed."""
    sound = band(sound, 25, None)
    sound = sound * PEAK / max(float(np.abs(sound).max()), 1e-9)
    t = times(sound.shape[1] / RATE)
    left = (sound.shape[1] - 1) / RATE - t
    return np.asarray(sound * np.minimum(1, t / 0.001) * np.minimum(1, left / EDGE))


def _write(path: Path, sound: Floats) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound.T * 32767).astype("<i2").tobytes())
