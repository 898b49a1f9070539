"""Measures a sample: one pass over its pictures and one over its sound, side by side; then each shot's key frame.

What the pass leaves is small (see core.media.gather); everything else is figured out from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Boundary, How, SampleAnalysis, Shot
from core.media import camera, gather, hearing, key_frames, people, picture, shots, text_spots
from core.media.change import Change, measure_signals
from core.media.gather import RATE, VOICE_RATE, Sound, Taken

LOOKED_AT = 16
"""Shots in whose key frames faces and text are looked for; each costs about as much as decoding half a second."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Frames:
    """Measures of every frame, (n,) each; fractions, and seconds that must be decoded to reach it."""

    brightness: Floats
    contrast: Floats
    saturation: Floats
    motion: Floats
    dark: NDArray[np.bool_]
    wait: Floats


def measure(*, path: str, key_frames_dir: str, report: Callable[[float], None]) -> dict[str, Any]:
    """`{"analysis": SampleAnalysis as JSON, "key_frames": [JPEG paths, one per shot]}` of a checked sample.

    Raises BadMedia when nothing of it can be decoded.
    """
    file, begun = Path(path), Future[float]()
    with _one_thread_each(), ThreadPoolExecutor(1) as aside:
        heard = aside.submit(_hear, file, begun)
        try:
            taken = gather.pictures(file, begun.set_result, lambda done: report(0.8 * done))
        finally:
            if not begun.done():
                begun.cancel()
        pictures = picture.without_bars(gather.upright(taken))
        pieces, rows, frames = _seen(pictures, taken)
        pieces, saved = _looked_at(file, Path(key_frames_dir), pieces, taken, aside)
        report(0.95)
        analysis = _told(taken, pictures, pieces, rows, frames, heard.result())
    report(1.0)
    return {"analysis": analysis.model_dump(mode="json"), "key_frames": [str(frame) for frame in saved]}


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """OpenCV's own threads would only wait for one another on pictures this small."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


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


def _seen(pictures: picture.Pictures, taken: Taken) -> tuple[tuple[Shot, ...], Floats, _Frames]:
    """The shots, the moves of the camera, and what was measured of every frame."""
    signals = measure_signals(pictures.small)
    changes = shots.find_changes(pictures.luma, pictures.small, pictures.fps, signals)
    light, moves = picture.light(pictures), picture.movement(pictures)
    dark = (light[0] < 0.07) & (light[1] < 0.08)
    frames = _Frames(*light, moves, dark, _wait(taken))
    edits = [change.at for change in changes]
    rows = camera.moves(pictures, edits)
    return _shots(pictures, changes, frames, rows), rows, frames


def _looked_at(
    path: Path, folder: Path, pieces: tuple[Shot, ...], taken: Taken, aside: ThreadPoolExecutor
) -> tuple[tuple[Shot, ...], list[Path]]:
    """The shots with the faces and the text in their key frames, and the files of those.

    One thread fetches, the other looks. Of many shots only the longest are looked at.
    """
    longest = set(sorted(range(len(pieces)), key=lambda i: -pieces[i].seconds)[:LOOKED_AT])
    saved: list[Path] = []
    looks: dict[int, Future[dict[str, Any]]] = {}
    times = [shot.key_time + taken.times[0] for shot in pieces]
    for number, (target, image) in enumerate(key_frames.fetch(path, folder, times, taken.seekable)):
        saved.append(target)
        if number in longest:
            looks[number] = aside.submit(_look, image)
    found = [shot.model_copy(update=looks[i].result()) if i in looks else shot for i, shot in enumerate(pieces)]
    return tuple(found), saved


def _look(image: NDArray[np.uint8]) -> dict[str, Any]:
    """The fields of a shot that its key frame tells."""
    found = people.faces(image)
    return {"faces": found, "size": people.shot_size(found), "writing": text_spots.read(image)}


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


def _shots(pictures: picture.Pictures, changes: list[Change], frames: _Frames, rows: Floats) -> tuple[Shot, ...]:
    """The shots between the boundaries, each with its own measures."""
    count = len(pictures.times)
    starts = [0, *(change.at for change in changes)]
    kinds: list[Boundary] = ["start", *(change.kind for change in changes)]
    ends = [*starts[1:], count]
    settled = _settled(count, changes)
    return tuple(
        _shot(pictures, first, last, kind, settled, frames, rows)
        for first, last, kind in zip(starts, ends, kinds, strict=True)
    )


def _shot(
    pictures: picture.Pictures,
    first: int,
    last: int,
    kind: Boundary,
    settled: NDArray[np.bool_],
    frames: _Frames,
    rows: Floats,
) -> Shot:
    good = settled & ~frames.dark
    margin = (last - first) // 8
    tried = key_frames.spread(first + margin, max(last - margin, first + margin + 1), key_frames.TRIED, good)
    strange = sum(np.abs(values[tried] - np.median(values[tried])) for values in (frames.brightness, frames.contrast))
    key, sharpness = key_frames.choose(pictures, tried, np.asarray(strange, np.float32), frames.wait[tried])
    inside = settled[first:last] if settled[first:last].any() else np.ones(last - first, np.bool_)
    inside = inside.copy()
    inside[0] = last - first == 1  # its first frame's movement is the edit's
    brightness, contrast, saturation, motion = (
        round(float(values[first:last][inside if inside.any() else slice(None)].mean()), 4)
        for values in (frames.brightness, frames.contrast, frames.saturation, frames.motion)
    )
    end = float(pictures.times[last]) if last < len(pictures.times) else pictures.duration
    begin = float(pictures.times[first])
    moves = rows[int(np.ceil(begin / camera.STEP - 1e-6)) : int(np.ceil(end / camera.STEP - 1e-6))]
    return Shot(
        start=round(begin, 3),
        end=round(end, 3),
        opens_with=kind,
        key_time=round(float(pictures.times[key]), 3),
        palette=picture.palette(pictures, key_frames.spread(first, last, 6, good), 5),
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        motion=motion,
        camera=camera.name(moves),
        sharpness=round(sharpness, 2),
    )


def _settled(count: int, changes: list[Change]) -> NDArray[np.bool_]:
    """Frames outside all transitions."""
    settled = np.ones(count, np.bool_)
    for change in changes:
        if change.kind != "cut":
            settled[change.first : change.last + 1] = False
    return settled
