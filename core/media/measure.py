"""Measures a sample: one pass over the file feeds pictures and sound, then each shot's key frame is fetched.

The decoder's own threads do the work; frames are scaled to thumbnails at once and never kept large, so a
minute of 4K at 60 frames a second stays within a few hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from core.domain.analysis import Boundary, How, SampleAnalysis, Shot
from core.domain.errors import BadMedia
from core.media import hearing, picture, shots
from core.media.probe import Probe, displayed_size, first_sound, moving_picture, open_media, probe
from core.media.shots import Change

SHORT_SIDE = 96
"""Pixels of the thumbnails; half of it (48) still tells every shot apart."""
LONG_SIDE = 512
"""Most pixels of their other side: a picture of 4000 x 16 must not become thumbnails of 24,000."""
FAST = "FAST_BILINEAR"
"""Exact area scaling of 1080p costs four times as much and finds the same shots."""
RATE = 48_000
"""Samples per second that sound is measured at."""
KEY_SIDE = 1280
"""Longest side of a key frame, in pixels."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass
class _Taken:
    """What the pass gathers: thumbnails with their times, and sound."""

    times: list[float] = field(default_factory=list)
    luma: list[Bytes] = field(default_factory=list)
    chroma: list[tuple[Bytes, Bytes]] = field(default_factory=list)
    sound: list[Floats] = field(default_factory=list)
    sound_start: float | None = None
    seekable: list[float] = field(default_factory=list)
    """Times at which decoding can begin."""
    colourspace: int = 2


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
    found = probe(Path(path))
    if found.kind != "video":
        raise BadMedia("The sample has no moving picture.", "Upload a video.")
    taken = _one_pass(Path(path), found.duration, report)
    analysis = _analyse(taken, found)
    report(0.9)
    key_frames = _fetch_key_frames(Path(path), Path(key_frames_dir), analysis.shots, taken)
    report(1.0)
    return {"analysis": analysis.model_dump(mode="json"), "key_frames": [str(frame) for frame in key_frames]}


def _one_pass(path: Path, duration: float, report: Callable[[float], None]) -> _Taken:
    """Decodes every frame and all sound once."""
    taken = _Taken()
    with open_media(path) as container:
        video = moving_picture(container)
        assert video is not None
        sound = first_sound(container)
        video.thread_type = "AUTO"
        video.codec_context.options = {"skip_loop_filter": "all"}
        width, height = _thumbnail_size(video)
        shrink, finer = VideoReformatter(), 2 if min(video.width, video.height) > 400 else 1
        resample = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        streams = [video, sound] if sound else [video]
        for packet in container.demux(streams):
            for frame in _decoded(packet):
                if isinstance(frame, av.VideoFrame):
                    small = shrink.reformat(frame, width * finer, height * finer, "yuv420p", interpolation=FAST)
                    _keep_picture(taken, small, frame, finer)
                    if len(taken.times) % 30 == 0:
                        report(0.8 * min(1.0, (taken.times[-1] - taken.times[0]) / max(duration, 0.1)))
                elif isinstance(frame, av.AudioFrame):
                    _keep_sound(taken, frame, resample)
            if packet.stream is video and packet.is_keyframe and packet.pts is not None and packet.time_base:
                taken.seekable.append(float(packet.pts * packet.time_base))
    if not taken.times:
        raise BadMedia("Not one picture of the sample can be decoded.", "Export it again as MP4 (H.264).")
    return taken


def _thumbnail_size(video: VideoStream) -> tuple[int, int]:
    """Width and height of thumbnails, as stored (not yet turned), even."""
    scale = min(SHORT_SIDE / min(video.width, video.height), LONG_SIDE / max(video.width, video.height))
    return max(32, round(video.width * scale / 4) * 4), max(32, round(video.height * scale / 4) * 4)


def _decoded(packet: av.Packet[Any]) -> Iterator[av.frame.Frame]:
    """The frames of a packet; none where it is damaged, as at the start of a stream cut between key frames."""
    try:
        yield from packet.decode()
    except av.FFmpegError:
        return


def _keep_picture(taken: _Taken, small: av.VideoFrame, frame: av.VideoFrame, finer: int) -> None:
    """Keeps a thumbnail, made `finer` times smaller; a frame that does not come after the last one is left out."""
    time = frame.time if frame.time is not None else (taken.times[-1] + 0.04 if taken.times else 0.0)
    if taken.times and time <= taken.times[-1]:
        return
    taken.times.append(time)
    taken.luma.append(_plane(small, 0, finer))
    taken.chroma.append((_plane(small, 1, finer), _plane(small, 2, finer)))
    taken.colourspace = int(frame.colorspace)


def _plane(frame: av.VideoFrame, index: int, finer: int) -> Bytes:
    """A copy of one plane, `finer` times smaller, without the padding of its lines."""
    plane = frame.planes[index]
    values = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    if finer == 1:
        return values.copy()
    size = (plane.width // finer, plane.height // finer)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.uint8)


def _keep_sound(taken: _Taken, frame: av.AudioFrame, resample: av.AudioResampler) -> None:
    if taken.sound_start is None:
        taken.sound_start = frame.time or 0.0
    frame.pts = None
    taken.sound += [np.asarray(part.to_ndarray(), np.float32) for part in resample.resample(frame)]


def _pictures(taken: _Taken, rotation: int) -> picture.Pictures:
    """The thumbnails in one piece, upright; empties what was gathered."""
    turns = -rotation // 90 % 4
    luma = np.rot90(np.array(taken.luma), turns, axes=(1, 2))
    half = np.array([cv2.resize(y, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for y in taken.luma])
    u, v = np.array([c[0] for c in taken.chroma]), np.array([c[1] for c in taken.chroma])
    small = np.rot90(np.stack([half, u, v], 1), turns, axes=(2, 3))
    taken.luma, taken.chroma = [], []
    times = np.array(taken.times) - taken.times[0]
    return picture.Pictures(times, np.ascontiguousarray(luma), np.ascontiguousarray(small), taken.colourspace)


def _sound(taken: _Taken, duration: float) -> Floats | None:
    """The sound from the first picture on, (2, n); None without any."""
    if not taken.sound:
        return None
    samples = np.concatenate(taken.sound, axis=1)
    taken.sound = []
    late = round(((taken.sound_start or 0.0) - taken.times[0]) * RATE)
    samples = np.pad(samples, ((0, 0), (late, 0))) if late > 0 else samples[:, -late:]
    samples = np.nan_to_num(samples[:, : round(duration * RATE)])
    return np.ascontiguousarray(samples) if samples.shape[1] > RATE // 2 else None


def _analyse(taken: _Taken, found: Probe) -> SampleAnalysis:
    pictures = picture.without_bars(_pictures(taken, found.rotation))
    duration = float(pictures.times[-1]) + 1 / pictures.fps
    signals = shots.measure_signals(pictures.small)
    changes = shots.find_changes(pictures.luma, pictures.small, pictures.fps, signals)
    light, moves = picture.light(pictures), picture.movement(pictures)
    dark = (light[0] < 0.07) & (light[1] < 0.08)
    still = np.append(moves[1:], moves[-1]) < 0.0015
    for edit in [*(change.at for change in changes), *(np.flatnonzero(np.diff(dark)) + 1)]:
        moves[edit] = moves[edit - 1]  # an edit is not movement
    pieces = _shots(pictures, changes, _Frames(*light, moves, dark, _wait(taken)), duration)
    samples = _sound(taken, duration)
    heard = hearing.hear(samples, RATE) if samples is not None else None
    return SampleAnalysis(
        duration=round(duration, 3),
        width=found.width,
        height=found.height,
        fps=round(pictures.fps, 3),
        variable_fps=found.variable_fps,
        rotation=found.rotation,
        video_codec=found.video_codec,
        has_audio=found.has_audio,
        audio_codec=found.audio_codec,
        shots=pieces,
        palette=picture.palette(pictures, _spread(0, len(pictures.times), 24, ~dark), 8),
        brightness=picture.on_grid(pictures.times, light[0], duration),
        motion=picture.on_grid(pictures.times, moves, duration),
        black=picture.spans(pictures.times, dark, duration, 0.1),
        frozen=picture.spans(pictures.times, still & ~dark, duration, 0.5),
        got=_how(has_sound=heard is not None),
        **_heard_fields(heard),
    )


def _wait(taken: _Taken) -> Floats:
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
    }


def _heard_fields(heard: hearing.Heard | None) -> dict[str, Any]:
    return vars(heard) if heard else {}


def _spread(first: int, last: int, most: int, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """At most `most` frames, evenly spread, of the wanted ones; of all when none is wanted."""
    frames = first + np.flatnonzero(wanted[first:last])
    frames = frames if len(frames) else np.arange(first, last)
    return frames[np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)]


def _shots(
    pictures: picture.Pictures,
    changes: list[Change],
    frames: _Frames,
    duration: float,
) -> tuple[Shot, ...]:
    """The shots between the boundaries, each with its own measures."""
    count = len(pictures.times)
    starts = [0, *(change.at for change in changes)]
    kinds: list[Boundary] = ["start", *(change.kind for change in changes)]
    ends = [*starts[1:], count]
    seconds = [*(float(pictures.times[at]) for at in starts), duration]
    settled = _settled(count, changes)
    good = settled & ~frames.dark
    found = []
    for i, (first, last) in enumerate(zip(starts, ends, strict=True)):
        key, sharpness = _telling(pictures, first, last, good, frames)
        inside = settled[first:last] if settled[first:last].any() else np.ones(last - first, np.bool_)
        brightness, contrast, saturation, motion = (
            float(values[first:last][inside].mean())
            for values in (frames.brightness, frames.contrast, frames.saturation, frames.motion)
        )
        found.append(
            Shot(
                start=round(seconds[i], 3),
                end=round(seconds[i + 1], 3),
                opens_with=kinds[i],
                key_time=round(float(pictures.times[key]), 3),
                palette=picture.palette(pictures, _spread(first, last, 6, good), 5),
                brightness=round(brightness, 4),
                contrast=round(contrast, 4),
                saturation=round(saturation, 4),
                motion=round(motion, 4),
                camera=picture.camera(pictures, first, last),
                sharpness=round(sharpness, 2),
            )
        )
    return tuple(found)


def _settled(count: int, changes: list[Change]) -> NDArray[np.bool_]:
    """Frames outside all transitions."""
    settled = np.ones(count, np.bool_)
    for change in changes:
        if change.kind != "cut":
            settled[change.first : change.last + 1] = False
    return settled


def _telling(
    pictures: picture.Pictures, first: int, last: int, good: NDArray[np.bool_], frames: _Frames
) -> tuple[int, float]:
    """A sharp frame that is like most of its shot, away from its edges and soon decoded; and its sharpness."""
    margin = (last - first) // 8
    tried = _spread(first + margin, max(last - margin, first + margin + 1), 24, good)
    sharp = np.array([picture.detail(pictures.luma[frame]) for frame in tried])
    strange = sum(np.abs(values[tried] - np.median(values[tried])) for values in (frames.brightness, frames.contrast))
    middle = np.abs(tried - (first + last) / 2) / max(1, last - first)
    score = sharp / (sharp.max() + 1e-6) - 3 * strange - 0.15 * middle - 0.1 * frames.wait[tried]
    best = int(np.argmax(score))
    return int(tried[best]), float(sharp[best])


def _fetch_key_frames(path: Path, folder: Path, pieces: tuple[Shot, ...], taken: _Taken) -> list[Path]:
    """One JPEG per shot, upright, long side at most KEY_SIDE."""
    folder.mkdir(parents=True, exist_ok=True)
    saved: list[Path] = []
    for number, shot in enumerate(pieces, start=1):
        target = folder / f"shot-{number:03d}.jpg"
        with open_media(path) as container:
            video = moving_picture(container)
            assert video is not None
            video.thread_type = "AUTO"
            frame = _frame_at(container, video, shot.key_time + taken.times[0])
            if frame is not None:
                _save(frame, video, target)
            elif saved:
                target.write_bytes(saved[-1].read_bytes())
        saved.append(target)
    return saved


def _frame_at(container: InputContainer, video: VideoStream, time: float) -> av.VideoFrame | None:
    """The frame shown at `time` of a stream just opened; the last one before it where the file ends early."""
    assert video.time_base is not None
    with suppress(av.FFmpegError):  # where it cannot be sought, as with negative times, it is read from the start
        container.seek(round(time / video.time_base), stream=video, backward=True)
    latest = None
    for packet in container.demux(video):
        for frame in _decoded(packet):
            if isinstance(frame, av.VideoFrame):
                latest = frame
                if frame.time is not None and frame.time >= time - 0.002:
                    return frame
    return latest


def _save(frame: av.VideoFrame, video: VideoStream, target: Path) -> None:
    """Writes a frame as it is displayed."""
    width, height, turn = displayed_size(frame, video)
    width, height = (height, width) if turn in (90, 270) else (width, height)
    scale = min(1.0, KEY_SIDE / max(width, height))
    width, height = max(2, round(width * scale)), max(2, round(height * scale))
    small = frame.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray()
    upright = np.ascontiguousarray(np.rot90(np.asarray(small, np.uint8), round(frame.rotation / 90) % 4))
    cv2.imwrite(str(target), upright, [cv2.IMWRITE_JPEG_QUALITY, 88])
