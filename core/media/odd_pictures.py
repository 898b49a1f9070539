"""Pictures that are no plain frames: two fields woven into one, transparent places, a size that changes on the way."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from core.media.colour import EXACT

WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that see what is transparent in WebM; ffmpeg's own do not."""
UNWOVEN = "bwdif=mode=send_field:deint=interlaced,"
"""Each field becomes a picture of its own time, so that what moves has no combs and keeps its pace."""
ON_BLACK = "format=gbrap,premultiply=inplace=1,format=gbrp,"
"""What is transparent shows black, as when nothing lies under a clip."""


def pictures(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame | None]:
    """Every picture, None for each packet that cannot be decoded, until the file ends or breaks off."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except FFmpegError:
            yield None


def has_alpha(frame: av.VideoFrame, stream: VideoStream) -> bool:
    """Whether places of it may be transparent; in WebM the file says so and `frame` does not."""
    return any(c.is_alpha for c in frame.format.components) or bool(_seer(stream))


def reading(frame: av.VideoFrame, stream: VideoStream) -> list[str]:
    """The input arguments by which ffmpeg reads all of a stream; `frame` is its first.

    A stream that changes on the way must not begin its filters anew, or those would count frames from nought again.
    """
    return [*(() if frame.rotation else ("-reinit_filter", "0")), *_seer(stream)]


def plain(frame: av.VideoFrame) -> str:
    """The filters that make plain frames of all pictures of a stream, a comma behind them; `frame` is its first."""
    same_size = "" if frame.rotation else f"scale={frame.width}:{frame.height}:flags={EXACT},"
    return same_size + (UNWOVEN if frame.interlaced_frame else "")


def _seer(stream: VideoStream) -> list[str]:
    """The decoder that sees what is transparent, for WebM that says it has such places."""
    if stream.metadata.get("alpha_mode") != "1":
        return []
    name = WITH_ALPHA.get(stream.codec_context.name)
    return ["-c:v", name] if name else []
