"""Takes from any source, as the cut needs them: one size, one frame rate, one kind of pixel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from core.domain.errors import BadMedia, Broken
from core.domain.time import FrameSize
from core.media.colour import TAGS
from core.media.fit import colours_to_film, taken_for_hd
from core.media.odd_pictures import has_alpha, pictures, plain, reading

HASH_CHUNK = 1 << 20
SQUARE = Fraction(1)
FULL_RANGE = 2
UNNAMED = 2
FILM_MATRIX, FILM_PRIMARIES, FILM_CURVES = 1, (1, 2, 5, 6), (1, 2, 6)
"""Code points of ITU-T H.273 under which a picture is one of the film: BT.709 or as good as that, or nothing said."""
LOOK = 48
"""Bytes at the head of a packet that are all zero where a download never arrived."""
SEEK_EARLY = 0.25
"""Frames by which a seek aims before its frame, so that rounding never loses that one."""


@dataclass(frozen=True)
class Footage:
    """A file with a picture in it, and what has to be done to use it."""

    path: str
    digest: str
    """SHA-256 of the file."""
    conforms: bool
    """It is already what the film is; seeking in it is exact and nothing has to be converted."""
    frames: int
    """In the film's frame rate; 0 when the file does not say."""
    to_film: str
    """Filters that bring its colours to those of the film."""
    plain: str = ""
    """Filters that make frames of one size of its pictures, a comma behind them."""
    reading: tuple[str, ...] = ()
    """Input arguments by which it is read."""
    colour: str = ""
    """Filters by which its colours are changed; '' leaves them as they were filmed."""
    coloured_by: str = ""
    """What those do, without the names of files; it goes into the address of every part of the film."""


def footage(path: str, size: FrameSize, fps: int) -> Footage:
    """Looks into a take. Raises `BadMedia` when there is no picture in it, `Broken` when it is gone."""
    if not Path(path).is_file():
        raise Broken("A clip of the film is missing.", "Film the scene again.")
    try:
        with av.open(path) as container:
            if not container.streams.video:
                raise BadMedia("A clip of the film has no picture.", "Film the scene again.")
            stream = container.streams.video[0]
            first = next((frame for frame in pictures(container, stream) if frame), None)
            if first is None:
                raise BadMedia("A clip of the film has no picture that can be read.", "Film the scene again.")
            clear = has_alpha(first, stream)
            conforms = not clear and _conforms(first, stream, size, fps) and _is_whole(container, stream)
            to_film, reader = colours_to_film(first, clear=clear), tuple(reading(first, stream))
            return Footage(path, digest(path), conforms, _frames(stream, fps), to_film, plain(first), reader)
    except FFmpegError as error:
        raise BadMedia("A clip of the film cannot be read.", "Film the scene again.") from error


def digest(path: str) -> str:
    """SHA-256 of a file, in hex."""
    sha = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(HASH_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def _frames(stream: VideoStream, fps: int) -> int:
    if stream.duration is not None and stream.time_base is not None:
        return round(float(stream.duration * stream.time_base) * fps)
    return 0


def _conforms(frame: av.VideoFrame, stream: VideoStream, size: FrameSize, fps: int) -> bool:
    """Whether frame n of the file is frame n of the film, pixel for pixel; `frame` is its first."""
    return (
        frame.pts == 0
        and (stream.width, stream.height) == tuple(size)
        and stream.average_rate == stream.base_rate == fps
        and stream.frames == _frames(stream, fps)
        and stream.pix_fmt == "yuv420p"
        and (stream.sample_aspect_ratio or SQUARE) == SQUARE
        and frame.rotation == 0
        and not frame.interlaced_frame
        and frame.color_range != FULL_RANGE
        and (frame.colorspace == FILM_MATRIX or (frame.colorspace == UNNAMED and taken_for_hd(frame)))
        and frame.color_primaries in FILM_PRIMARIES
        and frame.color_trc in FILM_CURVES
    )


def _is_whole(container: InputContainer, stream: VideoStream) -> bool:
    """Whether every picture that it says it has is there, from its start; a clip with holes is read through."""
    container.seek(0)
    count = 0
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt or (packet.size and not any(memoryview(packet)[:LOOK])):
                return False
            count += packet.size > 0
    except FFmpegError:
        return False
    return count >= stream.frames and not container.start_time


def inputs(take: Footage, first: int, fps: int) -> list[str]:
    """The input arguments to read a take from its frame `first` on, or from its start."""
    seek = ["-ss", f"{(first - SEEK_EARLY) / fps:.6f}"] if _seeks(take, first) else []
    return [*seek, *take.reading, "-threads", "1", "-max_error_rate", "1", "-i", take.path]


def chain(take: Footage, first: int, count: int, size: FrameSize, fps: int) -> str:
    """The filters that make exactly `count` frames of the film from a take, from its frame `first`.

    A take that ends too early holds its last picture. Whatever its shape, it fills the frame.
    """
    begin = 0 if _seeks(take, first) else first
    parts = [
        f"{take.plain}setpts=PTS-STARTPTS",
        f"fps={fps}:start_time=0",
        f"tpad=stop_mode=clone:stop={begin + count}",
        f"trim=start_frame={begin}:end_frame={begin + count}",
        "setpts=PTS-STARTPTS",
    ]
    if not take.conforms:
        parts += [
            "scale='max(2,trunc(iw*sar/2)*2)':ih",
            f"scale={size.width}:{size.height}:force_original_aspect_ratio=increase:flags=lanczos",
            f"crop={size.width}:{size.height}",
            take.to_film,
        ]
    return ",".join([*parts, TAGS, *([take.colour] if take.colour else [])])


def _seeks(take: Footage, first: int) -> bool:
    return take.conforms and 0 < first < take.frames
