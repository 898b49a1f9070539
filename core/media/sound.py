"""The mix of a film: voice over music and effects, at the loudness the platforms play, as an AAC file."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.isolation import turn
from core.media import ffmpeg, loudness, samples
from core.media.dynamics import RATE, Floats, crossed, ducking, eased, faded, limited, mean_duck, spoken

TARGET = -14.0
"""LUFS; what TikTok, YouTube and Instagram level films to."""
NEAR = 0.1
"""LU; close enough before encoding."""
CEILING = -1.5
"""dBTP before encoding; AAC overshoots by a few tenths."""
MORE_ROOM = 0.4
"""dB by which it goes down, at the most, after AAC went higher than that."""
FINAL_CEILING = -1.2
"""dBTP of the file."""
FINAL_NEAR = 0.3
"""LU of the file."""
VOICE = -18.0
"""LUFS of every line while mixing."""
MUSIC = -25.5
"""LUFS of the music while mixing with a voice: 7.5 LU below it in the open, 16.5 under it."""
HIT = -21.0
"""LUFS of the loudest 0.4 s of a short effect: heard through the music, and the voice stays in front."""
AMBIENCE = -28.0
"""LUFS of what lies under a whole scene."""
AMBIENCE_EDGES, HIT_FALL = (0.25, 0.5), 0.12
"""Seconds in which ambience comes and goes by itself, and in which a hit goes that is ended early."""
STEADY_DB, STEADY_SECONDS = 9.0, 2.0
"""An effect that stays this near to its loudest moment for so long is ambience."""
HIT_SHARE = 0.4
"""Of the music's stepping back, what a short effect under the voice does too."""
TRIES = 5
LIFT_DB = 60.0
"""By which a whisper is raised to be measured: the gates of loudness take what is softer than -70 LUFS for nothing."""
BEYOND = 5.0
"""Seconds after the film in which a recording is listened to, to tell that it goes on."""
GOES_ON_DB = -30.0
"""Against its loudest moment; what is softer then is the room and no voice."""
PRESSED = 2.0
"""LU by which more is asked of the limiter than the film is to have; what is too spiky for that stays softer."""
LIMIT = 300.0
"""Seconds that ffmpeg may take for one sound."""


@turn()
def mix(
    *,
    lines: list[dict[str, Any]],
    music: str | None,
    music_gain_db: float,
    seconds: float,
    out: str,
    report: Callable[[float], None],
    effects: list[dict[str, Any]] | None = None,
    voice_over: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes the sound of a film to `out`: AAC in MP4, 48 kHz, stereo, 192 kbit/s, `seconds` long.

    Each of the `lines` has a `path` to any sound, its `start` in seconds of the film and a `gain_db`;
    so has each of the `effects`, and `seconds` after which it has faded out (None: when it ends); what
    lasts crosses from the scene before within its `into` seconds, and into the next within its last
    `out` seconds (0: there is none). A `voice_over` (`path`, `gain_db`) is heard from the beginning,
    instead of the lines. Music and ambience step back while somebody speaks. Returns what was measured
    of the finished file: `lufs` and `true_peak_db` (None when it is silent) and `duck_db`, the mean gain
    of the music under the voice; as `silent` the paths that have no sound in them, and as `cut_off` those that are
    still heard when the film ends. Raises `Broken` for a sound that cannot be
    read, `DiskFull` when nothing more fits.
    """
    length = round(seconds * RATE)
    if voice_over is not None:
        lines = [{**voice_over, "start": 0.0}]
    desk = _Desk(length=length, out=out, silent=[], cut_off=[])
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        voice = _voice_track(desk, lines)
        report(0.25)
        stretches = spoken(voice.mean(axis=0))
        curve = ducking(stretches, length)
        track, has_music = _behind(desk, music, music_gain_db, effects or [], curve)
        duck = mean_duck(curve, stretches) if has_music else 0.0
        track += voice
        del voice, curve  # a minute of sound is 23 MB in each channel, and levelling needs several
        report(0.4)
        measured = encoded(faded(track, 0.005, 0.02), out, folder, report)
    return {**measured, "duck_db": round(duck, 2), "silent": desk.silent, "cut_off": desk.cut_off}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all tracks share: their `length` in samples, the file they become, and which had no sound or too much."""

    length: int
    out: str
    silent: list[str]
    cut_off: list[str]


def _voice_track(desk: _Desk, lines: list[dict[str, Any]]) -> Floats:
    """All lines at their times, equally loud before their own gains; `(2, length)`."""
    track = np.zeros((2, desk.length))
    for line in lines:
        room = max(0, desk.length - round(line["start"] * RATE))
        sound = samples.sides(samples.read(line["path"], desk.out, longest=desk.length / RATE + BEYOND))
        level = _lufs(sound[:, : room or None])
        if samples.loudest_db(sound[:, room:]) > max(samples.SILENT_DB, samples.loudest_db(sound) + GOES_ON_DB):
            desk.cut_off.append(line["path"])
        if not math.isfinite(level):
            desk.silent.append(line["path"])
            continue
        _lay(track, sound * 10 ** ((VOICE - level + line["gain_db"]) / 20), line["start"], 0.03)
    return track


def _lufs(sound: Floats) -> float:
    """Loudness of a whisper too; minus infinity where nobody would hear anything."""
    level = loudness.integrated(sound, RATE)
    if math.isfinite(level) or samples.loudest_db(sound) < samples.SILENT_DB:
        return level
    return loudness.integrated(sound * 10 ** (LIFT_DB / 20), RATE) - LIFT_DB


def _behind(
    desk: _Desk, music: str | None, gain_db: float, effects: list[dict[str, Any]], curve: Floats
) -> tuple[Floats, bool]:
    """All that is heard behind the voice, stepping back by the `curve` in dB; and whether there is music."""
    track = _music_track(desk, music, gain_db)
    has_music = bool(track.any())
    if effects:
        ambience, hits = _effect_tracks(desk, effects)
        track += ambience
        track += hits * 10 ** ((HIT_SHARE - 1) * curve / 20)  # it steps back less, so it is raised beforehand
    track *= 10 ** (curve / 20)
    return track, has_music


def _music_track(desk: _Desk, path: str | None, gain_db: float) -> Floats:
    """The music, levelled and as long as the film; `(2, length)`, silent when there is none."""
    track = np.zeros((2, desk.length))
    if path is None:
        return track
    sound = samples.read(path, desk.out, longest=desk.length / RATE + 1)
    level = _lufs(sound)
    if not math.isfinite(level):
        desk.silent.append(path)
        return track
    part = faded(sound[:, : desk.length], 0.03, 1.0 if sound.shape[1] > desk.length + RATE // 10 else 0.05)
    track[:, : part.shape[1]] = part * 10 ** ((MUSIC - level + gain_db) / 20)
    return track


def _effect_tracks(desk: _Desk, effects: list[dict[str, Any]]) -> tuple[Floats, Floats]:
    """Ambience, which lies under a scene, and hits, which are heard once; each `(2, length)`.

    They are levelled by their loudest 0.4 s: a short sound has no loudness of the whole to speak of.
    """
    ambience, hits = np.zeros((2, desk.length)), np.zeros((2, desk.length))
    for effect in effects:
        sound = samples.read(effect["path"], desk.out)
        curve = loudness.momentary(sound, RATE, 0.1)
        top = float(curve.max()) if len(curve) else -math.inf
        if not math.isfinite(top) or top < loudness.ABSOLUTE_GATE:
            desk.silent.append(effect["path"])
            continue
        lasts = 0.1 * int((curve > top - STEADY_DB).sum()) >= STEADY_SECONDS
        sound = sound * 10 ** (((AMBIENCE if lasts else HIT) - top + effect["gain_db"]) / 20)
        if lasts:
            _lay(ambience, _within_scene(sound, effect), effect["start"], AMBIENCE_EDGES[1])
        else:
            _lay(hits, faded(_ended(sound, effect, HIT_FALL), 0.0, 0.02), effect["start"], HIT_FALL)
    return ambience, hits


def _ended(sound: Floats, effect: dict[str, Any], fall: float) -> Floats:
    """No longer than it is to last, faded within `fall` seconds where it is ended early."""
    lasts = effect["seconds"]
    if lasts is None or sound.shape[1] <= lasts * RATE:
        return sound
    return faded(sound[:, : round(lasts * RATE)], 0.0, fall)


def _within_scene(sound: Floats, effect: dict[str, Any]) -> Floats:
    """Ambience with its edges: crossing with its neighbours at the same power, or soft by itself."""
    into, out = effect["into"], effect["out"]
    if out and effect["seconds"] is not None:
        sound = crossed(sound[:, : round(effect["seconds"] * RATE)], 0.0, out)
    else:
        sound = _ended(sound, effect, AMBIENCE_EDGES[1])
    return crossed(sound, into, 0.0) if into else faded(sound, AMBIENCE_EDGES[0], 0.02)


def _lay(track: Floats, sound: Floats, start: float, fall: float) -> None:
    """Adds a sound to a track at `start` seconds; what passes the end is faded within `fall` seconds."""
    first = max(0, round(start * RATE))
    part = sound[..., : max(0, track.shape[-1] - first)]
    if part.shape[-1] < sound.shape[-1]:
        part = faded(part, 0, fall)
    track[..., first : first + part.shape[-1]] += part


def encoded(
    track: Floats, out: str, folder: str, report: Callable[[float], None], wanted: float = TARGET
) -> dict[str, float | None]:
    """Levels a `(2, n)` track to so many LUFS and encodes it to `out`, and corrects what AAC changed of that.

    Returns its `lufs` and `true_peak_db`, None when it is silent.
    """
    level = loudness.integrated(track, RATE)
    if not math.isfinite(level):
        _encode(track, out, folder)
        report(1.0)
        return {"lufs": None, "true_peak_db": None}
    target, ceiling, relief = wanted, CEILING, np.ones(track.shape[1])
    for attempt in range(TRIES):
        sound = _levelled(track, target, ceiling) * relief
        lufs, peak, heights = _heard(sound, out, folder)
        report(0.5 + 0.5 * (attempt + 1) / TRIES)
        if abs(lufs - wanted) <= FINAL_NEAR and peak <= FINAL_CEILING:
            break
        target = min(target + wanted - lufs, wanted + PRESSED)
        if peak > FINAL_CEILING:
            # what AAC made higher is turned down where it is: all of it for one bang, and the film would be soft
            relief *= eased(heights, FINAL_CEILING - 0.1)[: len(relief)]
            ceiling -= min(MORE_ROOM, peak - FINAL_CEILING)
    while peak > FINAL_CEILING:  # a click alone cannot be as loud as a film: its peak is what counts then
        sound = sound * 10 ** ((FINAL_CEILING - peak - 0.1) / 20)
        lufs, peak, heights = _heard(sound, out, folder)
    report(1.0)
    return {"lufs": round(lufs, 2), "true_peak_db": round(peak, 2)}


def _heard(sound: Floats, out: str, folder: str) -> tuple[float, float, Floats]:
    """Encodes, and measures the file: LUFS, dBTP, and how high the peaks are around each sample and at its end."""
    _encode(sound, out, folder)
    heard = samples.read(out, out)
    heights = loudness.peaks(heard)
    peak = 20 * math.log10(max(float(heights.max()), 1e-9))
    return loudness.integrated(heard, RATE), peak, np.pad(heights, (0, max(0, sound.shape[1] - len(heights))))


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
    # without the codec's own noise: each decoder draws another, so peaks would not be what was measured
    codec = ["-c:a", "aac", "-b:a", "192k", "-aac_pns", "0", "-flags:a", "+bitexact", "-fflags", "+bitexact"]
    ffmpeg.run([*source, *codec, "-map_metadata", "-1", "-f", "mp4", "-movflags", "+faststart", out], seconds=LIMIT)
