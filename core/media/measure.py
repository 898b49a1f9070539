"""Measures a sample: one pass over its pictures and one over its sound, side by side; then each shot's key frame.

What the pass leaves is small (see core.media.gather); everything else is figured out from that.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Boundary, How, SampleAnalysis, Shot
from core.media import camera, gather, hearing, key_frames, people, picture, shots, text_spots, threads
from core.media.change import Change, measure_signals
from core.media.gather import RATE, VOICE_RATE, Sound, Taken
from core.media.looks import Looks

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Frames:
    """Measures of every frame, (n,) each; `settled` is outside all transitions, `wait` the seconds to decode before."""

    brightness: Floats
    contrast: Floats
    saturation: Floats
    motion: Floats
    dark: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    wait: Floats


@dataclass(frozen=True)
class _Stretch:
    """A shot: its first frame, the one after its last, how it opens, its most telling frame and how sharp that is."""

    first: int
    last: int
    kind: Boundary
    key: int
    sharpness: float


def measure(*, path: str, key_frames_dir: str, report: Callable[[float], None]) -> dict[str, Any]:
    """`{"analysis": SampleAnalysis as JSON, "key_frames": [JPEG paths, one per shot]}` of a checked sample.

    Raises BadMedia when nothing of it can be decoded.
    """
    file, begun = Path(path), Future[float]()
    with threads.one_each(), ThreadPoolExecutor(1) as aside, ThreadPoolExecutor(1) as beside:
        heard = aside.submit(_hear, file, begun)
        try:
            taken = gather.pictures(file, begun.set_result, lambda done: report(0.8 * done))
        finally:
            if not begun.done():
                begun.cancel()
        pictures = picture.without_bars(gather.upright(taken))
        stretches, frames = _seen(pictures, taken)
        moves = beside.submit(camera.moves, pictures, [stretch.first for stretch in stretches[1:]])
        looks = Looks(aside, beside, [stretch.last - stretch.first for stretch in stretches])
        times = [float(pictures.times[stretch.key]) + taken.times[0] for stretch in stretches]
        saved = looks.fetch(file, Path(key_frames_dir), times, taken.seekable)
        report(0.95)
        rows = moves.result()
        pieces = tuple(_shot(pictures, s, frames, rows, looks.seen(i)) for i, s in enumerate(stretches))
        analysis = _told(taken, pictures, pieces, rows, frames, heard.result())
    report(1.0)
    return {"analysis": analysis.model_dump(mode="json"), "key_frames": [str(frame) for frame in saved]}


def _hear(path: Path, begun: Future[float]) -> hearing.Heard | None:
    """What is heard from the first picture to the last; None without sound, or without a picture."""
    sound = gather.sound(path)
    if sound is None:
        return None
    try:
        first = begun.result()
    except CancelledError:
        return None
    full, voice = (
        _cut_out(part, rate, sound, first) for part, rate in ((sound.full, RATE), (sound.mono[None], VOICE_RATE))
    )
    return hearing.hear(full, RATE, voice[0]) if full.shape[1] > RATE // 2 else None


def _cut_out(samples: Floats, rate: int, sound: Sound, first: float) -> Floats:
    """The sound while there is a picture, (channels, n)."""
    late = round((sound.start - first) * rate)
    samples = np.pad(samples, ((0, 0), (late, 0))) if late > 0 else samples[:, -late:]
    return np.ascontiguousarray(np.nan_to_num(samples[:, : max(0, round((sound.picture_end - first) * rate))]))


def _seen(pictures: picture.Pictures, taken: Taken) -> tuple[list[_Stretch], _Frames]:
    """The shots, and what was measured of every frame."""
    signals = measure_signals(pictures.small)
    changes = shots.find_changes(pictures.luma, pictures.small, pictures.fps, signals)
    light, moves = picture.light(pictures), picture.movement(pictures)
    dark = (light[0] < 0.07) & (light[1] < 0.08)
    frames = _Frames(*light, moves, dark, _settled(len(dark), changes), _wait(taken))
    return _stretches(pictures, changes, frames), frames


def _told(
    taken: Taken,
    pictures: picture.Pictures,
    pieces: tuple[Shot, ...],
    rows: Floats,
    frames: _Frames,
    heard: hearing.Heard | None,
) -> SampleAnalysis:
    duration, times = pictures.duration, pictures.times
    still = np.append(frames.motion[1:], frames.motion[-1]) < 0.0015
    moves = frames.motion.copy()
    starts = np.searchsorted(times, [shot.start - 1e-3 for shot in pieces[1:]])
    for edit in [*starts, *(np.flatnonzero(np.diff(frames.dark)) + 1)]:
        moves[edit] = moves[edit - 1]  # an edit is not movement
    return SampleAnalysis(
        duration=round(duration, 3),
        width=taken.width,
        height=taken.height,
        fps=round(pictures.fps, 3),
        variable_fps=pictures.variable,
        rotation=taken.rotation,
        video_codec=taken.codec,
        has_audio=taken.sound_codec is not None,
        audio_codec=taken.sound_codec,
        shots=pieces,
        palette=picture.palette(pictures, key_frames.spread(0, len(times), 24, ~frames.dark), 8),
        brightness=picture.on_grid(times, frames.brightness, duration),
        contrast=picture.on_grid(times, frames.contrast, duration),
        saturation=picture.on_grid(times, frames.saturation, duration),
        motion=picture.on_grid(times, moves, duration),
        camera=camera.curve(rows),
        black=picture.spans(times, frames.dark, duration, 0.1),
        frozen=picture.spans(times, still & ~frames.dark, duration, 0.5),
        got=_how(has_sound=heard is not None),
        **(vars(heard) if heard else {}),
    )


def _wait(taken: Taken) -> Floats:
    """Seconds from the nearest earlier place where decoding can begin to each frame."""
    places = np.array(sorted([taken.times[0], *taken.seekable]))
    times = np.array(taken.times)
    before = places[np.maximum(np.searchsorted(places, times + 1e-4) - 1, 0)]
    return np.asarray(times - before, np.float32)


def _how(*, has_sound: bool) -> dict[str, How]:
    sound: How = "measured" if has_sound else "not available"
    return {
        "format": "measured",
        "shots": "measured",
        "picture": "measured",
        "camera": "measured",
        "sound": sound,
        "tempo": sound,
        "speech": sound,
        "music": sound,
        "faces": "measured" if people.available() else "not available",
        "text": "measured" if text_spots.available() else "not available",
    }


def _stretches(pictures: picture.Pictures, changes: list[Change], frames: _Frames) -> list[_Stretch]:
    """The shots between the boundaries, each with its most telling frame."""
    starts = [0, *(change.at for change in changes)]
    kinds: list[Boundary] = ["start", *(change.kind for change in changes)]
    ends = [*starts[1:], len(pictures.times)]
    found = []
    for first, last, kind in zip(starts, ends, kinds, strict=True):
        margin = (last - first) // 8
        begin = first + min(margin, round(key_frames.SETTLED * pictures.fps))
        good = frames.settled & ~frames.dark
        tried = key_frames.spread(begin, max(last - margin, begin + 1), key_frames.TRIED, good)
        levels = (frames.brightness[tried], frames.contrast[tried])
        strange = np.asarray(sum(np.abs(values - np.median(values)) for values in levels), np.float32)
        key, sharpness = key_frames.choose(pictures, tried, strange, frames.wait[tried])
        found.append(_Stretch(first, last, kind, key, sharpness))
    return found


def _shot(pictures: picture.Pictures, stretch: _Stretch, frames: _Frames, rows: Floats, seen: dict[str, Any]) -> Shot:
    """A shot with its own measures; `seen` are those of its key frame."""
    first, last = stretch.first, stretch.last
    inside = frames.settled[first:last] if frames.settled[first:last].any() else np.ones(last - first, np.bool_)
    inside = inside.copy()
    inside[0] = last - first == 1  # its first frame's movement is the edit's
    brightness, contrast, saturation, motion = (
        round(float(values[first:last][inside if inside.any() else slice(None)].mean()), 4)
        for values in (frames.brightness, frames.contrast, frames.saturation, frames.motion)
    )
    end = float(pictures.times[last]) if last < len(pictures.times) else pictures.duration
    begin = float(pictures.times[first])
    moves = rows[int(np.ceil(begin / camera.STEP - 1e-6)) : int(np.ceil(end / camera.STEP - 1e-6))]
    good = frames.settled & ~frames.dark
    return Shot(
        start=round(begin, 3),
        end=round(end, 3),
        opens_with=stretch.kind,
        key_time=round(float(pictures.times[stretch.key]), 3),
        palette=picture.palette(pictures, key_frames.spread(first, last, 6, good), 5),
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        motion=motion,
        camera=camera.name(moves),
        sharpness=round(stretch.sharpness, 2),
        **seen,
    )


def _settled(count: int, changes: list[Change]) -> NDArray[np.bool_]:
    """Frames outside all transitions."""
    settled = np.ones(count, np.bool_)
    for change in changes:
        if change.kind != "cut":
            settled[change.first : change.last + 1] = False
    return settled
