"""Seconds, frames and frame sizes."""

from __future__ import annotations

from typing import Literal, NamedTuple

FPS = 30
"""Frame rate of every film; what the short-video platforms play."""

Aspect = Literal["9:16", "16:9", "1:1"]
Resolution = Literal["720p", "1080p"]


class FrameSize(NamedTuple):
    """Pixels, as displayed."""

    width: int
    height: int

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def times_720p(self) -> float:
        """Its pixels against those of 720×1280, at which durations of work were measured."""
        return self.width * self.height / (720 * 1280)


SIZES: dict[tuple[Aspect, Resolution], FrameSize] = {
    ("9:16", "720p"): FrameSize(720, 1280),
    ("9:16", "1080p"): FrameSize(1080, 1920),
    ("16:9", "720p"): FrameSize(1280, 720),
    ("16:9", "1080p"): FrameSize(1920, 1080),
    ("1:1", "720p"): FrameSize(720, 720),
    ("1:1", "1080p"): FrameSize(1080, 1080),
}


def frame_size(aspect: Aspect, resolution: Resolution) -> FrameSize:
    """Pixels of a film; the shorter side is what the resolution names."""
    return SIZES[aspect, resolution]


def frames(seconds: float, fps: int = FPS) -> int:
    """The nearest whole number of frames."""
    return round(seconds * fps)


def timecode(seconds: float) -> str:
    """`0:07.2`: minutes, seconds and tenths."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
