"""A film at a few pictures a second, small and grey, with its sound: what fingerprints and readings are taken from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from core.domain.errors import BadMedia
from core.media import picture
from core.media.probe import displayed_size, first_sound, moving_picture, open_media

PER_SECOND = 4
"""Pictures a second: a stretch of one second is seen four times."""
SHORT_SIDE = 288
"""Pixels; captions of a film are still read by eye at this size, and a minute of it is 40 MB."""
LONG_SIDE = 768
RATE = 16_000
"""Samples of sound a second."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Glimpses:
    """What was seen and heard."""

    times: NDArray[np.float64]
    """Seconds from the first picture, (n,)."""
    luma: Bytes
    """(n, h, w), as displayed, without bars."""
    mono: Floats
    """Sound from the first picture on, at RATE; empty without any."""

    @property
    def shape(self) -> float:
        """Width over height."""
        return float(self.luma.shape[2] / self.luma.shape[1])


def glimpses(path: str, report: Callable[[float], None], *, per_second: float = PER_SECOND) -> Glimpses:
    """A checked video, looked at and heard. BadMedia when nothing of it can be decoded."""
    times: list[float] = []
    seen: list[Bytes] = []
    heard: list[Floats] = []
    begins = 0.0
    with open_media(Path(path)) as container:
        video = moving_picture(container)
        if video is None:
            raise BadMedia("There is no moving picture in it.", "Use a video.")
        sound = first_sound(container)
        video.thread_type = "AUTO"
        length = float(container.duration or 0) / av.time_base
        shrink, resample = VideoReformatter(), av.AudioResampler(format="flt", layout="mono", rate=RATE)
        first: float | None = None
        for packet in container.demux([video, sound] if sound else [video]):
            try:
                frames = packet.decode()
            except av.FFmpegError:  # a damaged packet; what can be decoded is enough
                continue
            for frame in frames:
                if isinstance(frame, av.AudioFrame):
                    if not heard:
                        begins = frame.time or 0.0
                    frame.pts = None
                    heard += [np.asarray(part.to_ndarray(), np.float32)[0] for part in resample.resample(frame)]
                elif isinstance(frame, av.VideoFrame) and frame.time is not None:
                    first = frame.time if first is None else first
                    at = frame.time - first
                    if at >= len(times) / per_second - 1e-3:
                        times.append(at)
                        seen.append(_upright(shrink, frame, video))
                        report(min(1.0, at / max(length, 0.1)))
    if not seen:
        raise BadMedia("Not one picture of it can be decoded.", "Export it again as MP4 (H.264).")
    luma = without_bars(np.array(times), np.array([s for s in seen if s.shape == seen[0].shape]))
    kept = np.array([t for t, s in zip(times, seen, strict=True) if s.shape == seen[0].shape])
    return Glimpses(kept, luma, _from_first_picture(heard, begins - (first or 0.0)))


def _upright(shrink: VideoReformatter, frame: av.VideoFrame, video: av.VideoStream) -> Bytes:
    """The picture as displayed, small, 0 to 255."""
    width, height, turn = displayed_size(frame, video)
    width, height = (height, width) if turn in (90, 270) else (width, height)
    scale = min(SHORT_SIDE / min(width, height), LONG_SIDE / max(width, height))
    size = max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)
    small = shrink.reformat(frame, *size, "gray", interpolation="AREA").to_ndarray()
    return np.ascontiguousarray(np.rot90(small, -turn // 90 % 4))


def without_bars(times: NDArray[np.float64], luma: Bytes) -> Bytes:
    """The pictures without bars that stay for the whole film."""
    half = np.array([cv2.resize(y, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for y in luma])
    planes = np.broadcast_to(half[:, None], (len(half), 3, *half.shape[1:]))
    return picture.without_bars(picture.Pictures(times, luma, planes, 1)).luma


def _from_first_picture(heard: list[Floats], late: float) -> Floats:
    """The sound in one piece, `late` seconds of silence before it, or so much of it left out."""
    if not heard:
        return np.zeros(0, np.float32)
    mono = np.nan_to_num(np.concatenate(heard))
    shift = round(late * RATE)
    return np.pad(mono, (shift, 0)) if shift > 0 else mono[-shift:]
