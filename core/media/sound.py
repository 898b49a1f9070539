"""The mix of a film: voice over music, at the loudness the platforms play, as an AAC file."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.media import ffmpeg, loudness
from core.media.dynamics import RATE, Floats, ducking, faded, limited, mean_duck, spoken

TARGET = -14.0
"""LUFS; what TikTok, YouTube and Instagram level films to."""
NEAR = 0.1
"""LU; close enough before encoding."""
CEILING = -1.5
"""dBTP before encoding; AAC overshoots by a few tenths."""
FINAL_CEILING = -1.2
"""dBTP of the file."""
FINAL_NEAR = 0.3
"""LU of the file."""
VOICE = -18.0
"""LUFS of every line while mixing."""
MUSIC = -25.5
"""LUFS of the music while mixing with a voice: 7.5 LU below it in the open, 16.5 under it."""
TRIES = 5
LIMIT = 300.0
"""Seconds that ffmpeg may take for one sound."""


def mix(
    *,
    lines: list[dict[str, Any]],
    music: str | None,
    music_gain_db: float,
    seconds: float,
    out: str,
    report: Callable[[float], None],
) -> dict[str, float | None]:
    """Writes the sound of a film to `out`: AAC in MP4, 48 kHz, stereo, 192 kbit/s, `seconds` long.

    Each of the `lines` has a `path` to any sound, its `start` in seconds of the film and a `gain_db`.
    The music steps back while somebody speaks. Returns what was measured of the finished file:
    `lufs` and `true_peak_db` (None when it is silent) and `duck_db`, the mean gain of the music under
    the voice. Raises `Broken` for a sound that cannot be read, `DiskFull` when nothing more fits.
    """
    length = round(seconds * RATE)
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        voice = _voice_track(lines, length, folder)
        report(0.25)
        bed = _music_track(music, music_gain_db, length, folder)
        report(0.35)
        stretches = spoken(voice)
        curve = ducking(stretches, length)
        track = faded(bed * 10 ** (curve / 20) + voice, 0.005, 0.02)
        duck = mean_duck(curve, stretches) if bed.any() else 0.0
        measured = _encoded(track, out, folder, report)
    return {**measured, "duck_db": round(duck, 2)}


def _voice_track(lines: list[dict[str, Any]], length: int, folder: str) -> Floats:
    """All lines at their times, equally loud before their own gains; mono `(length,)`."""
    track = np.zeros(length)
    for line in lines:
        sound = _decoded(line["path"], folder).mean(axis=0)
        level = loudness.integrated(np.stack([sound, sound]), RATE)
        if not math.isfinite(level):
            continue
        sound = sound * 10 ** ((VOICE - level + line["gain_db"]) / 20)
        start = max(0, round(line["start"] * RATE))
        part = sound[: max(0, length - start)]
        if len(part) < len(sound):
            part = faded(part, 0, 0.03)
        track[start : start + len(part)] += part
    return track


def _music_track(path: str | None, gain_db: float, length: int, folder: str) -> Floats:
    """The music, levelled and as long as the film; `(2, length)`, silent when there is none."""
    track = np.zeros((2, length))
    if path is None:
        return track
    sound = _decoded(path, folder)
    level = loudness.integrated(sound, RATE)
    if not math.isfinite(level):
        return track
    part = faded(sound[:, :length], 0.03, 1.0 if sound.shape[1] > length + RATE // 10 else 0.05)
    track[:, : part.shape[1]] = part * 10 ** ((MUSIC - level + gain_db) / 20)
    return track


def _encoded(track: Floats, out: str, folder: str, report: Callable[[float], None]) -> dict[str, float | None]:
    """Levels and encodes, measures the file as it will be heard, and corrects what AAC changed."""
    level = loudness.integrated(track, RATE)
    if not math.isfinite(level):
        _encode(track, out, folder)
        report(1.0)
        return {"lufs": None, "true_peak_db": None}
    target, ceiling = TARGET, CEILING
    for attempt in range(TRIES):
        _encode(_levelled(track, target, ceiling), out, folder)
        heard = _decoded(out, folder)
        lufs, peak = loudness.integrated(heard, RATE), loudness.true_peak_db(heard)
        report(0.5 + 0.5 * (attempt + 1) / TRIES)
        if abs(lufs - TARGET) <= FINAL_NEAR and peak <= FINAL_CEILING:
            break
        target += TARGET - lufs
        if peak > FINAL_CEILING:
            ceiling -= peak - FINAL_CEILING + 0.1
    report(1.0)
    return {"lufs": round(lufs, 2), "true_peak_db": round(peak, 2)}


def _levelled(track: Floats, target: float, ceiling: float) -> Floats:
    """At the loudness and under the ceiling; limiting costs loudness, so the gain is found in steps."""
    gain = target - loudness.integrated(track, RATE)
    for _ in range(TRIES):
        result = limited(track * 10 ** (gain / 20), ceiling)
        missing = target - loudness.integrated(result, RATE)
        if abs(missing) <= NEAR:
            break
        gain += missing
    return result


def _encode(track: Floats, out: str, folder: str) -> None:
    raw = Path(folder) / "mix.f32"
    raw.write_bytes(np.clip(track, -1, 1).T.astype("<f4").tobytes())
    source = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", str(raw)]
    codec = ["-c:a", "aac", "-b:a", "192k", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1"]
    ffmpeg.run([*source, *codec, "-f", "mp4", "-movflags", "+faststart", out], seconds=LIMIT)


def _decoded(path: str, folder: str) -> Floats:
    """Any sound as `(2, n)` at 48 kHz."""
    raw = Path(folder) / "heard.f32"
    ffmpeg.run(["-i", path, "-vn", "-f", "f32le", "-ac", "2", "-ar", str(RATE), str(raw)], seconds=LIMIT)
    samples = np.frombuffer(raw.read_bytes(), "<f4").reshape(-1, 2).T.astype(np.float64)
    raw.unlink()
    return samples
