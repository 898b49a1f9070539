"""The most telling picture of each shot: which one it is, and fetching it at full quality."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from core.media.gather import decoded
from core.media.picture import Pictures, detail
from core.media.probe import displayed_size, moving_picture, open_media

LONGEST = 1280
"""Pixels of a key frame's longest side."""
TRIED = 24
"""Pictures of a shot that are compared."""
WAIT = 0.5
"""What a second of decoding before a picture can be shown weighs, where the sharpest picture weighs 1."""
SETTLED = 0.25
"""Seconds after its first picture from which any of a shot may be chosen; an eighth of it where that is less."""
NEAR = 0.002
"""Seconds within which two times are the same picture's."""

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]


def spread(first: int, last: int, most: int, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """At most `most` frames, evenly spread, of the wanted ones; of all when none is wanted."""
    frames = first + np.flatnonzero(wanted[first:last])
    frames = frames if len(frames) else np.arange(first, last)
    return frames[np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)]


def choose(pictures: Pictures, frames: NDArray[np.int64], strange: Floats, wait: Floats) -> tuple[int, float]:
    """A sharp frame that is like most of its shot, near its middle and soon decoded; and its sharpness.

    `frames` are those to choose from, `strange` how unlike the rest of the shot each is, `wait` the seconds that must
    be decoded before it; (n,) each.
    """
    sharp = np.array([detail(pictures.luma[frame]) for frame in frames])
    middle = np.abs(frames - frames.mean()) / max(1, len(frames) and int(frames[-1] - frames[0]))
    score = sharp / (sharp.max() + 1e-6) - 3 * strange - 0.15 * middle - WAIT * wait
    best = int(np.argmax(score))
    return int(frames[best]), float(sharp[best])


def fetch(path: Path, folder: Path, times: list[float], seekable: list[float]) -> Iterator[tuple[Path, Image]]:
    """A JPEG for each time of the stream (rising), upright, and its picture, (h, w, 3), BGR.

    `seekable` are the times where decoding can begin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image: Image = np.zeros((2, 2, 3), np.uint8)
    with open_media(path) as container:
        video = moving_picture(container)
        assert video is not None
        video.thread_type = "AUTO"
        reader = _Reader(container, video, sorted(seekable))
        for number, time in enumerate(times, start=1):
            target = folder / f"shot-{number:03d}.jpg"
            frame = reader.at(time, last=number == len(times) or reader.start_of(times[number]) > time)
            image = _upright(frame, video) if frame is not None else image
            cv2.imwrite(str(target), image, [cv2.IMWRITE_JPEG_QUALITY, 88])
            yield target, image


class _Reader:
    """Reads pictures in rising order, skipping what nothing else is made from."""

    def __init__(self, container: InputContainer, video: VideoStream, seekable: list[float]) -> None:
        self.container, self.video, self.seekable = container, video, seekable
        self.packets: Iterator[av.Packet[Any]] = iter(())
        self.reached = -float("inf")
        self.waiting: list[av.VideoFrame] = []

    def start_of(self, time: float) -> float:
        """Where decoding begins for a picture; minus infinity where that is not known."""
        return max((start for start in self.seekable if start <= time + NEAR), default=-float("inf"))

    def at(self, time: float, *, last: bool) -> av.VideoFrame | None:
        """The picture shown at `time`; the last one before it where the file ends early.

        `last` where no later one is read on from here: the decoder need not be fed further to give it away.
        """
        if self.reached == -float("inf") or self.start_of(time) > self.reached:
            self._seek(time)
        latest = None
        for frame in self._frames(time, last=last):
            latest = frame
            if frame.time is not None and frame.time >= time - NEAR:
                break
        return latest

    def _seek(self, time: float) -> None:
        assert self.video.time_base is not None
        with suppress(av.FFmpegError):  # where it cannot be sought, as with negative times, it is read from the start
            self.container.seek(round((time + NEAR) / self.video.time_base), stream=self.video, backward=True)
        self.video.codec_context.flush_buffers()
        self.packets = self.container.demux(self.video)
        self.waiting = []

    def _frames(self, time: float, *, last: bool) -> Iterator[av.VideoFrame]:
        """The pictures from here on; those before `time` only where others are made from them."""
        while True:
            while self.waiting:
                frame = self.waiting.pop(0)
                self.reached = frame.time if frame.time is not None else self.reached
                yield frame
            packet = next(self.packets, None)
            if packet is None:
                return
            shown = float(packet.pts * packet.time_base) if packet.pts is not None and packet.time_base else time + 1
            self.video.codec_context.skip_frame = "NONREF" if shown < time - NEAR else "DEFAULT"
            found = list(decoded(packet))
            if last and abs(shown - time) <= NEAR:
                found += decoded(self._end())
            self.waiting = [frame for frame in found if isinstance(frame, av.VideoFrame)]

    def _end(self) -> av.Packet[Any]:
        """What makes the decoder give away all that it holds."""
        packet: av.Packet[Any] = av.Packet()
        assert self.video.time_base is not None
        packet.stream, packet.time_base = self.video, self.video.time_base
        return packet


def _upright(frame: av.VideoFrame, video: VideoStream) -> Image:
    """A frame as it is displayed, at most LONGEST."""
    width, height, turn = displayed_size(frame, video)
    width, height = (height, width) if turn in (90, 270) else (width, height)
    scale = min(1.0, LONGEST / max(width, height))
    width, height = max(2, round(width * scale)), max(2, round(height * scale))
    small = frame.reformat(width, height, "bgr24", interpolation="AREA").to_ndarray()
    return np.ascontiguousarray(np.rot90(np.asarray(small, np.uint8), round(frame.rotation / 90) % 4))
