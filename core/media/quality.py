"""Looks at a finished clip or film once, from its first picture to its last, and measures what can be wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from core.domain.analysis import Span
from core.domain.errors import BadMedia
from core.domain.quality import Covered, Inspection
from core.media.probe import container_name, displayed_size, first_sound, moving_picture, open_media, short_name
from core.media.quality_overlay import Sample, overlays
from core.media.quality_stills import Watch, blank

RATE = 48_000
SMALL = 96
"""Pixels of the shorter side at which black and still are seen."""
LARGE = 360
"""Pixels of the shorter side at which letters are looked for."""
FAST = "FAST_BILINEAR"
SAMPLES = 20
"""Pictures of a clip in which letters are looked for."""
LATE = 0.3
"""Seconds that the sound may end before the picture."""
BROKEN = "Make it again."

Floats = NDArray[np.float32]
Report = Callable[[float], None]


@dataclass
class _Seen:
    """What the pass gathers."""

    first: av.VideoFrame | None = None
    start: float = math.inf
    end: float = 0.0
    frames: int = 0
    damaged: int = 0
    watch: Watch = field(default_factory=Watch)
    samples: list[Sample] = field(default_factory=list)
    sound: list[Floats] = field(default_factory=list)
    sound_start: float | None = None


def inspect(
    *, path: str, overlays_too: bool, report: Report, covered: Sequence[dict[str, Any]] = (), keys_only: bool = False
) -> dict[str, Any]:
    """An Inspection as JSON. With `overlays_too` it also looks for letters and marks that were burnt in.

    With `keys_only` every picture is counted, and the key frames are decoded: a quick look, at one picture a second.
    What is `covered` (each a Covered) is not asked whether it is black or still: our own letters move over any take.
    Raises BadMedia when nothing of the picture can be decoded.
    """
    file, called = Path(path), short_name(Path(path).name)
    try:
        with open_media(file) as container:
            video = moving_picture(container)
            if video is None:
                raise BadMedia(f"{called} has no picture that can be read.", BROKEN)
            seen = _Seen(watch=Watch(tuple(Covered.model_validate(c) for c in covered)))
            if keys_only:
                _glance(seen, container, video)
            else:
                _pass(seen, container, video, overlays_too, report)
            if seen.first is None:
                raise BadMedia(f"Not one picture of {called} can be decoded.", BROKEN)
            found = _described(container, video, seen, file)
    except (av.FFmpegError, ValueError) as error:
        raise BadMedia(f"{called} is not a video that can be read.", BROKEN) from error
    found |= _heard(seen)
    black, frozen = seen.watch.spans(seen.end - seen.start)
    marks = overlays(seen.samples) if overlays_too else ()
    report(1.0)
    found |= {"black": black, "frozen": frozen, "overlays": marks, "bars": seen.watch.bars()}
    return Inspection(**found).model_dump(mode="json")


def _pass(seen: _Seen, container: InputContainer, video: VideoStream, overlays_too: bool, report: Report) -> None:  # noqa: FBT001
    """Decodes all of it once."""
    sound = first_sound(container)
    video.thread_type = "AUTO"
    # softer edges of blocks are nothing that is measured; but where other pictures build on them, a still one drifts
    # until the next key frame puts it right, and that would look like something moved
    video.codec_context.options = {"skip_loop_filter": "noref"}
    stated = float(video.duration * video.time_base) if video.duration and video.time_base else 0.0
    every = max(1, round(stated * float(video.average_rate or 30) / SAMPLES)) if overlays_too else 0
    shrink, look = VideoReformatter(), VideoReformatter()
    resample = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    for packet in _packets(container, [video, sound] if sound else [video]):
        try:
            frames: Sequence[av.frame.Frame] = packet.decode()
        except av.FFmpegError:
            seen.damaged += packet.stream is video
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                _see(seen, frame, shrink, look, every)
                if seen.frames % 30 == 0 and stated:
                    report(0.9 * min(1.0, (seen.end - seen.start) / stated))
            elif isinstance(frame, av.AudioFrame):
                seen.sound_start = frame.time if seen.sound_start is None else seen.sound_start
                seen.sound += _samples(resample, frame)
    if seen.sound:
        seen.sound += _samples(resample, None)


def _glance(seen: _Seen, container: InputContainer, video: VideoStream) -> None:
    """Decodes the key frames, and counts the others."""
    video.codec_context.skip_frame = "NONKEY"
    shrink, count, end = VideoReformatter(), 0, 0.0
    for packet in _packets(container, [video]):
        try:
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    _see(seen, frame, shrink, shrink, 0)
        except av.FFmpegError:
            seen.damaged += 1
        if packet.size and packet.pts is not None and packet.time_base:
            count, end = count + 1, max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    seen.frames, seen.end = count, end


def _samples(resample: av.AudioResampler, frame: av.AudioFrame | None) -> list[Floats]:
    """Stereo samples of a frame, (2, n); the last ones for None."""
    return [part.to_ndarray().astype(np.float32, copy=False) for part in resample.resample(frame)]


def _packets(container: InputContainer, streams: list[Any]) -> Iterator[av.Packet[Any]]:
    """Packets until the file ends or breaks off."""
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        yield packet


def _see(seen: _Seen, frame: av.VideoFrame, shrink: VideoReformatter, look: VideoReformatter, every: int) -> None:
    """Takes note of one picture."""
    time = frame.time if frame.time is not None else seen.end
    if seen.first is None:
        seen.first, seen.start = frame, time
    length = float((frame.duration or 0) * (frame.time_base or 0)) or 1 / 30
    seen.start = min(seen.start, time)
    seen.end = max(seen.end, time + length)
    small = _luma(frame, shrink, SMALL)
    seen.watch.look(small, time - seen.start, frame.color_range)
    if every and seen.frames % every == every // 2 and not blank(small):
        seen.samples.append(Sample(time - seen.start, _luma(frame, look, LARGE)))
    seen.frames += 1


def _luma(frame: av.VideoFrame, reformatter: VideoReformatter, side: int) -> NDArray[np.uint8]:
    """The brightness of a picture, that small, as it is stored (not turned)."""
    scale = min(1.0, side / min(frame.width, frame.height))
    width, height = max(16, round(frame.width * scale / 16) * 16), max(16, round(frame.height * scale / 2) * 2)
    plane = reformatter.reformat(frame, width, height, "yuv420p", interpolation=FAST).planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[:height, :width].copy()


def _described(container: InputContainer, video: VideoStream, seen: _Seen, file: Path) -> dict[str, Any]:
    """What the file is."""
    assert seen.first is not None
    width, height, turn = displayed_size(seen.first, video)
    readable = seen.end - seen.start
    sound = first_sound(container)
    kind = container_name(container, file)
    stated = float(video.duration * video.time_base) if video.duration and video.time_base else 0.0
    return {
        "container": kind,
        "seconds": round(max(stated or (container.duration or 0) / av.time_base, readable if not stated else 0.0), 3),
        "readable": round(readable, 3),
        "frames": seen.frames,
        "damaged": seen.damaged,
        "width": width,
        "height": height,
        "rotation": turn,
        "fps": round(seen.frames / readable, 3) if readable else 0.0,
        "video": video.codec_context.name,
        "profile": video.codec_context.profile,
        "pixels": video.pix_fmt or "",
        "audio": sound.codec_context.name if sound else None,
        "sample_rate": sound.sample_rate if sound else None,
        "channels": sound.channels if sound else None,
        "is_faststart": is_faststart(str(file)) if kind in ("mp4", "mov") else None,
        "bytes": file.stat().st_size,
    }


def _heard(seen: _Seen) -> dict[str, Any]:
    """Loudness, true peak and silent stretches of the sound, as long as the picture."""
    if not seen.sound:
        return {"lufs": None, "true_peak_db": None}
    # scipy takes longer to load than a clip to be looked at, and clips are silent here
    from core.media import hearing, loudness  # noqa: PLC0415

    samples = np.concatenate(seen.sound, axis=1)
    level, peak = loudness.integrated(samples, RATE), loudness.true_peak_db(samples)
    late = max(0.0, (seen.sound_start or 0.0) - seen.start)
    whole = seen.end - seen.start
    quiet = [(s.start + late, min(s.end + late, whole)) for s in hearing.silence(samples.mean(axis=0), RATE)]
    ends = late + samples.shape[1] / RATE
    if late > LATE:
        quiet.insert(0, (0.0, late))
    if ends < whole - LATE:
        quiet.append((ends, whole))
    return {
        "lufs": round(level, 2) if math.isfinite(level) else None,
        "true_peak_db": round(peak, 2) if math.isfinite(peak) else None,
        "silent": tuple(Span(start=round(a, 3), end=round(b, 3)) for a, b in _joined(quiet) if b > a),
    }


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch, as one."""
    out: list[tuple[float, float]] = []
    for start, end in spans:
        if out and start <= out[-1][1] + 0.1:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def is_faststart(path: str) -> bool:
    """Whether the index of an mp4 stands before its pictures, so that playing begins at once."""
    with Path(path).open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            file.seek(size - 8, 1)
    return False
