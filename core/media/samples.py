"""Sound files as samples and back: whatever a person or a vendor brings, at 48 kHz, without offset."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfilt

from core.domain.errors import BadMedia, Broken, DiskFull
from core.media import ffmpeg
from core.media.dynamics import RATE, Floats

LIMIT = 120.0
"""Seconds that ffmpeg may take for one sound."""
LONGEST = 600.0
"""Seconds of a sound that are read at most; a film lasts one minute."""
SILENT_DB = -72.0
"""dBFS of the loudest 50 ms below which a file counts as silent: a whisper into a far microphone has more."""
OFFSET = 1e-3
"""A mean that is further from zero is a fault of the recording."""
OPPOSED = 0.1
"""Of the energy of its channels that a sound keeps in mono, at least; less, and they cancel each other out."""
LOPSIDED = 0.25
"""Of the energy of the louder channel that the other has at least, or it is no second side but hiss and leaks."""


def read(path: str, beside: str, *, longest: float = LONGEST) -> Floats:
    """Any sound as `(2, n)` at 48 kHz: mono on both sides, more channels folded down, an offset taken out.

    `beside`: a file in whose folder there is room for the raw samples. Raises `Broken` for what cannot
    be read, `DiskFull` when nothing more fits.
    """
    with tempfile.TemporaryDirectory(dir=Path(beside).parent) as folder:
        raw = Path(folder) / "heard.f32"
        form = ["-vn", "-sn", "-dn", "-t", f"{longest}", "-f", "f32le", "-ac", "2", "-ar", str(RATE)]
        ffmpeg.run(["-i", path, *form, str(raw)], seconds=LIMIT)
        sound = np.frombuffer(raw.read_bytes(), "<f4").reshape(-1, 2).T.astype(np.float64)
    return _centred(np.nan_to_num(sound, posinf=1.0, neginf=-1.0))


def usable(path: str, called: str, beside: str, *, longest: float = LONGEST) -> Floats:
    """The same; `BadMedia` says why when there is nothing to be heard. `called` is its name for people."""
    try:
        sound = read(path, beside, longest=longest)
    except DiskFull:
        raise
    except Broken as error:
        raise BadMedia(f"{called} cannot be read as sound.", "Export it as WAV or MP3 and use that.") from error
    if not sound.shape[1]:
        raise BadMedia(f"{called} has no sound in it.", "Use a file that can be heard.")
    if loudest_db(sound) < SILENT_DB:
        raise BadMedia(f"{called} is silent from beginning to end.", "Use a file that can be heard.")
    return sound


def loudest_db(sound: Floats) -> float:
    """The loudest 50 ms of any channel in dBFS; minus infinity for nothing."""
    size = RATE // 20
    padded = np.pad(sound, ((0, 0), (0, -sound.shape[1] % size)))
    power = (padded.reshape(len(sound), -1, size) ** 2).mean(axis=2)
    top = float(power.max()) if power.size else 0.0
    return 10 * float(np.log10(top)) if top > 0 else -np.inf


def mono(sound: Floats) -> Floats:
    """One channel `(n,)`. Channels that would cancel each other out are not mixed: the louder one is taken."""
    if not _is_opposed(sound):
        return np.asarray(sound.mean(axis=0))
    return np.asarray(sound[int((sound**2).mean(axis=1).argmax())])


def sides(sound: Floats) -> Floats:
    """`(2, n)` to be played: as it is where both channels are sides of one sound, else one channel on both."""
    powers = (sound**2).mean(axis=1)
    if _is_opposed(sound) or float(powers.min()) < LOPSIDED * float(powers.max()):
        return np.stack([mono(sound)] * 2)
    return sound


def _is_opposed(sound: Floats) -> bool:
    """Whether its channels would cancel each other out."""
    return float((sound.mean(axis=0) ** 2).mean()) < OPPOSED * float((sound**2).mean())


def write(path: str, sound: Floats) -> None:
    """16-bit WAV of `(n,)` or `(channels, n)`; turned down as a whole where it would clip."""
    channels = np.atleast_2d(sound)
    peak = float(np.abs(channels).max()) if channels.size else 0.0
    whole = np.round(channels / max(1.0, peak) * 32767).astype("<i2")
    with wave.open(path, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.T.tobytes())


def _centred(sound: Floats) -> Floats:
    """Without the offset of a bad converter, which would eat the headroom and click at every edge."""
    if not sound.shape[1] or float(np.abs(sound.mean(axis=1)).max()) < OFFSET:
        return sound
    return np.asarray(sosfilt(butter(2, 15, "high", fs=RATE, output="sos"), sound - sound.mean(axis=1, keepdims=True)))
