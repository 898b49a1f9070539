"""The one pass over a sample: every picture small, with its time; beside it the sound, in a thread of its own.

The decoder's threads do the work. A picture is made small at once, by sampling its planes where they lie, so that
nothing of full size is ever copied or kept: a minute of 4K at 60 frames a second stays within a few hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from core.domain.errors import BadMedia
from core.media import picture
from core.media.probe import displayed_size, first_sound, moving_picture, open_media, short_name
from core.media.unreadable import unreadable

SHORT_SIDE = 96
"""Pixels of the thumbnails; half of it (48) still tells every shot apart."""
LONG_SIDE = 512
"""Most pixels of their other side: a picture of 4000 x 16 must not become thumbnails of 24,000."""
SAMPLES = 2
"""Points looked at for each pixel of a thumbnail, across and down, each the mean of four pixels; looking at all of
them would cost as much as half the decoder. Of colours, which are soft, one point is enough."""
PLAIN = "yuv420p"
"""The layout whose planes are read where they lie; anything else goes through the scaler."""
RATE = 48_000
"""Samples per second that sound is measured at."""
VOICE_RATE = 16_000
"""The same for speech, tempo and music."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass
class Taken:
    """What the pass over the picture gathers."""

    width: int = 0
    height: int = 0
    """As displayed."""
    rotation: int = 0
    codec: str = ""
    sound_codec: str | None = None
    times: list[float] = field(default_factory=list)
    luma: list[Bytes] = field(default_factory=list)
    small: list[Bytes] = field(default_factory=list)
    """(3, h/2, w/2) each: Y, U, V."""
    seekable: list[float] = field(default_factory=list)
    """Times at which decoding can begin."""
    colourspace: int = 2


@dataclass(frozen=True)
class Sound:
    """The sound of a file as decoded, and when it and the picture begin, in seconds."""

    full: Floats
    """(2, n) at RATE."""
    mono: Floats
    """(n,) at VOICE_RATE."""
    start: float
    picture_end: float
    """Where the last packet of the picture ends."""


def pictures(path: Path, begun: Callable[[float], None], report: Callable[[float], None]) -> Taken:
    """Decodes every frame once; tells `begun` the time of the first. BadMedia when there is none."""
    taken = Taken()
    try:
        with open_media(path) as container:
            video = moving_picture(container)
            if video is None or video.codec_context is None:
                raise BadMedia("The sample has no moving picture.", "Upload a video.")
            sound = first_sound(container)
            taken.codec, taken.sound_codec = video.codec_context.name, sound.codec_context.name if sound else None
            video.thread_type = "AUTO"
            video.codec_context.options = {"skip_loop_filter": "all"}
            seconds = (container.duration or 0) / av.time_base
            _take_all(container.demux(video), video, taken, lambda t: report(t / max(seconds, 0.1)), begun)
    except (av.FFmpegError, ValueError) as error:
        raise unreadable(path, short_name(path.name)) from error
    if not taken.times:
        raise BadMedia("Not one picture of the sample can be decoded.", "Export it again as MP4 (H.264).")
    return taken


def _take_all(
    packets: Iterator[av.Packet[Any]],
    video: VideoStream,
    taken: Taken,
    report: Callable[[float], None],
    begun: Callable[[float], None],
) -> None:
    shrink = _Shrink(*_thumbnail_size(video.width, video.height))
    for packet in packets:
        if packet.is_keyframe and packet.pts is not None and packet.time_base:
            taken.seekable.append(float(packet.pts * packet.time_base))
        for frame in decoded(packet):
            if not isinstance(frame, av.VideoFrame):
                continue
            time = frame.time if frame.time is not None else (taken.times[-1] + 0.04 if taken.times else 0.0)
            if taken.times and time <= taken.times[-1]:
                continue
            if not taken.times:
                taken.width, taken.height, taken.rotation = displayed_size(frame, video)
                taken.colourspace = int(frame.colorspace)
                begun(time)
            luma, small = shrink(frame)
            taken.times.append(time)
            taken.luma.append(luma)
            taken.small.append(small)
            if len(taken.times) % 30 == 0:
                report(min(1.0, time - taken.times[0]))


def _thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of thumbnails, as stored (not yet turned), multiples of four."""
    scale = min(SHORT_SIDE / min(width, height), LONG_SIDE / max(width, height))
    return max(32, round(width * scale / 4) * 4), max(32, round(height * scale / 4) * 4)


class _Shrink:
    """Makes thumbnails of frames: (h, w) luma and (3, h/2, w/2) YUV, limited range."""

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self.half = width // 2, height // 2
        self.scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> tuple[Bytes, Bytes]:
        if frame.format.name != PLAIN or int(frame.color_range) == 2:
            width, height = (side * SAMPLES for side in self.size)
            frame = self.scaler.reformat(frame, width, height, PLAIN, interpolation="FAST_BILINEAR")
        luma = _sampled(_plane(frame, 0), self.size, SAMPLES)
        small = np.empty((3, *self.half[::-1]), np.uint8)
        cv2.resize(luma, self.half, dst=small[0], interpolation=cv2.INTER_AREA)
        for index in (1, 2):
            small[index] = _sampled(_plane(frame, index), self.half, 1)
        return luma, small


def _plane(frame: av.VideoFrame, index: int) -> Bytes:
    """One plane where it lies, without the padding of its lines."""
    plane = frame.planes[index]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _sampled(plane: Bytes, size: tuple[int, int], samples: int) -> Bytes:
    """A plane made smaller: means of `samples` x `samples` points of each block."""
    finer = size[0] * samples, size[1] * samples
    rows = plane.shape[0] // finer[1]
    if rows > 2:
        plane = plane[rows // 2 :: rows]  # lines that are not looked at are not even touched
    if plane.shape[1] > finer[0] and plane.shape[0] > finer[1]:
        plane = np.asarray(cv2.resize(plane, finer, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def decoded(packet: av.Packet[Any]) -> Iterator[av.frame.Frame]:
    """The frames of a packet; none where it is damaged, as at the start of a stream cut between key frames."""
    try:
        yield from packet.decode()
    except av.FFmpegError:
        return


def upright(taken: Taken) -> picture.Pictures:
    """The thumbnails in one piece, upright; empties what was gathered."""
    turns = -taken.rotation // 90 % 4
    luma, small = np.stack(taken.luma), np.stack(taken.small)
    taken.luma, taken.small = [], []
    if turns:
        luma = np.ascontiguousarray(np.rot90(luma, turns, axes=(1, 2)))
        small = np.ascontiguousarray(np.rot90(small, turns, axes=(2, 3)))
    return picture.Pictures(np.array(taken.times) - taken.times[0], luma, small, taken.colourspace)


def sound(path: Path) -> Sound | None:
    """All sound of a file, decoded; None without any."""
    resampled = _Resampled("stereo", RATE)
    start, end = None, 0.0
    try:
        with open_media(path) as container:
            video, stream = moving_picture(container), first_sound(container)
            if stream is None:
                return None
            for packet in container.demux([stream, video] if video else [stream]):
                if packet.stream is not stream:
                    end = max(end, _end(packet))
                    continue
                for frame in decoded(packet):
                    if isinstance(frame, av.AudioFrame):
                        start = (frame.time or 0.0) if start is None else start
                        frame.pts = None
                        resampled.add(frame)
    except (av.FFmpegError, ValueError):
        return None  # a file that breaks off: the pass over the picture says so
    if start is None:
        return None
    full = resampled.whole()
    return Sound(full, _at_voice_rate(full), start, end)


def _at_voice_rate(full: Floats) -> Floats:
    """Both channels, added up at the same power, at VOICE_RATE; (n,)."""
    mono, voice = full.sum(axis=0, keepdims=True) * np.float32(np.sqrt(0.5)), _Resampled("mono", VOICE_RATE)
    for start in range(0, mono.shape[1], RATE):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(mono[:, start : start + RATE]), "fltp", "mono")
        frame.sample_rate = RATE
        voice.add(frame)
    mixed: Floats = voice.whole()[0]
    return mixed


def _end(packet: av.Packet[Any]) -> float:
    if packet.pts is None or packet.time_base is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))


class _Resampled:
    """Sound at one rate and layout, put together piece by piece."""

    def __init__(self, layout: str, rate: int) -> None:
        self.resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        self.parts: list[Floats] = []

    def add(self, frame: av.AudioFrame) -> None:
        """Takes a frame; the resampler keeps what does not fill a piece yet."""
        self.parts += [np.asarray(part.to_ndarray(), np.float32) for part in self.resampler.resample(frame)]

    def whole(self) -> Floats:
        """(channels, n)."""
        self.parts += [np.asarray(part.to_ndarray(), np.float32) for part in self.resampler.resample(None)]
        return np.concatenate(self.parts, axis=1) if self.parts else np.zeros((1, 0), np.float32)
