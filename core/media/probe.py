"""Looks at a file before anything else does: what it is, and whether it can serve as a sample.

The name of a file is never believed: FFmpeg's own probing decides, among plain containers only, so that
a playlist or a concat script cannot make the app read other files or addresses.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream
from PIL import Image, UnidentifiedImageError

from core.domain.errors import BadMedia
from core.media.unreadable import unreadable

CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,gif,ogg,mp3,wav,flac,aac"
"""Demuxers that read one file and nothing else; `mov` is also MP4, M4A and 3GP, `matroska` also WebM."""
IMAGES = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF")
TOLERANCE = 0.5
"""Seconds above the limit that still pass: a trim to 60 s often leaves a last frame or a tail of sound."""
SHORTEST = 1.0
"""Seconds; below this there is nothing to analyse."""
LOST = (0.3, 0.03)
"""A file is cut off when it lacks more than these seconds and more than this share of its length."""
FIRST_FRAMES = 60
"""Packets decoded in full while looking for the first picture of a file that starts between key frames."""


@dataclass(frozen=True)
class Probe:
    """What a file is; seconds, pixels as displayed, frames per second, bytes."""

    kind: Literal["video", "image", "audio"]
    container: str
    duration: float
    width: int
    height: int
    fps: float
    """Average."""
    variable_fps: bool
    rotation: int
    """Degrees clockwise that its pictures are turned by for display."""
    video_codec: str
    audio_codec: str | None
    has_audio: bool
    frames: int
    size: int
    readable: float
    """Seconds that are really there; less than `duration` when the file is cut off."""


@dataclass
class _Walk:
    """What a pass over the packets gathers: times of pictures, ends of streams, the first picture."""

    times: list[float] = field(default_factory=list)
    start: float = float("inf")
    end: float = float("-inf")
    picture: av.VideoFrame | None = None
    bad_packets: list[float] = field(default_factory=list)
    encrypted: bool = False


def short_name(name: str, longest: int = 48) -> str:
    """A file's name that is safe to print: no folder, no control characters, its ending kept."""
    plain = re.split(r"[\\/]", name)[-1]
    plain = "".join(c for c in plain if c.isprintable()).strip() or "The file"
    if len(plain) <= longest:
        return plain
    head, dot, ending = plain.rpartition(".")
    tail = dot + ending if head and len(ending) <= 5 else ""
    return plain[: longest - len(tail) - 1] + "…" + tail


def open_media(path: Path) -> InputContainer:
    """The container at `path`, as a plain local file; raises av.FFmpegError for anything else."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    return av.open(f"file:{Path(path).resolve()}", mode="r", options=options, metadata_errors="replace")


def moving_picture(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures that is not a cover or thumbnail."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            return stream
    return None


def first_sound(container: InputContainer) -> AudioStream | None:
    """The first sound that can be decoded."""
    return next((stream for stream in container.streams.audio if stream.codec_context is not None), None)


def displayed_size(frame: av.VideoFrame, stream: VideoStream) -> tuple[int, int, int]:
    """Width and height of the picture as displayed, and the clockwise turn that brings it there."""
    turn = round(-frame.rotation / 90) * 90 % 360
    pixel = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or Fraction(1)
    width, height = frame.width, frame.height
    if pixel > 0 and abs(pixel - 1) > 0.02:  # less is a rounding left by a scaler
        width = max(1, round(width * pixel))
    return (height, width, turn) if turn in (90, 270) else (width, height, turn)


def probe(path: Path) -> Probe:
    """What the file is, whatever its name says; raises BadMedia when it is nothing we can open."""
    return _probe(Path(path), short_name(Path(path).name))


def check_sample(path: Path, *, name: str, max_seconds: float = 60.0, max_side: int = 4096, max_bytes: int) -> Probe:
    """The probe of a video that can serve as a sample; raises BadMedia with the reason and a remedy."""
    called = short_name(name)
    _check_bytes(path, called, max_bytes)
    found = _probe(Path(path), called, max_seconds=max_seconds)
    if found.kind == "image":
        raise BadMedia(f"{called} is a still image, not a video.", "Upload a video of 1 to 60 seconds instead.")
    if found.kind == "audio":
        raise BadMedia(f"{called} has sound but no picture.", "Upload the video it belongs to.")
    _check_length(found, called, max_seconds)
    if max(found.width, found.height) > max_side:
        raise BadMedia(
            f"{called} is {found.width} x {found.height} pixels; the longest side may be {max_side}.",
            "Export it in 4K (3840 x 2160) or 1080p and upload it again.",
        )
    return found


def check_image(path: Path, *, name: str, max_bytes: int) -> Probe:
    """The probe of a still image; raises BadMedia with the reason and a remedy."""
    called = short_name(name)
    _check_bytes(path, called, max_bytes)
    found = _image(Path(path), called)
    if found is None:
        raise BadMedia(f"{called} is not an image that can be read.", "Save it as JPG, PNG or WebP and upload that.")
    return found


def check_image_file(*, path: str, name: str, max_bytes: int) -> dict[str, Any]:
    """`check_image` for a child process: the probe as JSON."""
    return asdict(check_image(Path(path), name=name, max_bytes=max_bytes))


def check_sample_file(
    *, path: str, name: str, max_seconds: float, max_bytes: int, report: Callable[[float], None]
) -> dict[str, Any]:
    """`check_sample` for a child process: the Probe as JSON."""
    found = check_sample(Path(path), name=name, max_seconds=max_seconds, max_bytes=max_bytes)
    report(1.0)
    return asdict(found)


def _check_bytes(path: Path, called: str, max_bytes: int) -> None:
    size = Path(path).stat().st_size
    if size == 0:
        raise BadMedia(f"{called} is empty (0 bytes).", "Export it again and upload the new file.")
    if size > max_bytes:
        raise BadMedia(
            f"{called} is {_megabytes(size)}; the most that can be uploaded is {_megabytes(max_bytes)}.",
            "Trim it, or export it in 1080p with a lower bitrate.",
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size} bytes"


def _check_length(found: Probe, called: str, max_seconds: float) -> None:
    """Too long, cut off or too short, in that order: the first that holds is what a person must mend."""
    if found.duration > max_seconds + TOLERANCE:
        raise _too_long(called, found.duration, max_seconds)
    missing = found.duration - found.readable
    if missing > max(LOST[0], LOST[1] * found.duration):
        raise BadMedia(
            f"{called} is cut off or damaged: only the first {found.readable:.1f} of its {found.duration:.1f} seconds "
            "can be read.",
            "Export or download it again and upload the new file.",
        )
    if found.duration < SHORTEST:
        raise BadMedia(
            f"{called} lasts only {found.duration:.2f} seconds; a sample needs at least {SHORTEST:.0f} second.",
            "Upload a longer piece of it.",
        )


def _too_long(called: str, seconds: float, limit: float) -> BadMedia:
    return BadMedia(
        f"{called} lasts {_length(seconds)}; a sample may last {limit:.0f} seconds.",
        f"Trim it to the best {limit:.0f} seconds and upload that.",
    )


def _length(seconds: float) -> str:
    """`61.0 seconds` up to two minutes, `10 min 5 s` above."""
    if seconds < 120:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} minutes"


def _probe(path: Path, called: str, max_seconds: float = 3600.0) -> Probe:
    if path.stat().st_size == 0:
        raise BadMedia(f"{called} is empty (0 bytes).", "Export it again and upload the new file.")
    still = _image(path, called)
    if still:
        return still
    try:
        with open_media(path) as container:
            stream = moving_picture(container)
            if stream is None:
                return _sound_only(container, path, called)
            return _video(container, stream, path, called, max_seconds)
    except (av.FFmpegError, ValueError) as error:
        raise unreadable(path, called) from error


def _image(path: Path, called: str) -> Probe | None:
    """The probe of a still; None when the file is none, or an animation."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=IMAGES) as image:
                if getattr(image, "n_frames", 1) > 1:
                    return None
                turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                kind, (width, height) = image.format or "", image.size
                image.load()
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadMedia(f"{called} has far too many pixels.", "Save it with a long side below 8000 pixels.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadMedia(f"{called} is a damaged image.", "Save it again and upload the new file.") from error
    if turned:
        width, height = height, width
    size = path.stat().st_size
    return Probe("image", kind.lower(), 0.0, width, height, 0.0, False, 0, kind.lower(), None, False, 1, size, 0.0)


def _sound_only(container: InputContainer, path: Path, called: str) -> Probe:
    if not container.streams.audio:
        raise unreadable(path, called)
    codec = container.streams.audio[0].codec_context.name
    seconds = (container.duration or 0) / av.time_base
    size = path.stat().st_size
    kind = container_name(container, path)
    return Probe("audio", kind, seconds, 0, 0, 0.0, False, 0, "", codec, True, 0, size, seconds)


def _video(container: InputContainer, stream: VideoStream, path: Path, called: str, max_seconds: float) -> Probe:
    stated = (container.duration or 0) / av.time_base
    if stated > max_seconds + TOLERANCE and container.format.name not in ("mpeg", "mpegts"):
        raise _too_long(called, stated, max_seconds)
    if stream.codec_context is None:
        raise BadMedia(f"{called} uses a video codec that cannot be read.", "Export it as MP4 (H.264).")
    codec, sound = stream.codec_context.name, first_sound(container)
    walk = _walk(container, stream, called, max_seconds)
    if walk.picture is None:
        raise _no_picture(walk, called, codec)
    times = np.sort(np.array(walk.times))
    readable = max(walk.end - walk.start, 0.0)
    if walk.bad_packets and min(walk.bad_packets) > times[0]:
        readable = min(walk.bad_packets) - walk.start
    guessed = container.format.name in ("mpeg", "mpegts", "gif") or stated <= 0
    duration = max(readable, walk.end - walk.start) if guessed else stated
    width, height, turn = displayed_size(walk.picture, stream)
    gaps = np.diff(times)
    gaps = gaps[gaps > 0]
    fps = float(1 / gaps.mean()) if len(gaps) else float(stream.average_rate or 25)
    size, called_container = path.stat().st_size, container_name(container, path)
    duration, readable, fps = round(duration, 3), round(min(readable, duration), 3), round(fps, 3)
    return Probe(
        "video",
        called_container,
        duration,
        width,
        height,
        fps,
        is_variable(gaps),
        turn,
        codec,
        sound.codec_context.name if sound else None,
        sound is not None,
        len(times),
        size,
        readable,
    )


def is_variable(gaps: np.ndarray) -> bool:
    """Whether more than one gap in twenty between frames is a quarter off the usual one."""
    if len(gaps) < 4:
        return False
    usual = np.median(gaps)
    return bool((np.abs(gaps - usual) > 0.25 * usual).mean() > 0.05)


def _walk(container: InputContainer, stream: VideoStream, called: str, max_seconds: float) -> _Walk:
    """Reads every packet and decodes key frames only: cheap, yet it finds what is cut off or blank.

    Raises BadMedia as soon as the length passes the limit, for files that do not state their length.
    """
    walk = _Walk()
    stream.codec_context.skip_frame = "NONKEY"
    for packet in _packets(container):
        if packet.pts is None or packet.time_base is None:
            if packet.stream is stream:
                _try_key(walk, packet, walk.end)  # the end: some decoders (AV1) hold their pictures back until then
            continue
        begins = float(packet.pts * packet.time_base)
        walk.start = min(walk.start, begins)
        walk.end = max(walk.end, begins + float((packet.duration or 0) * packet.time_base))
        if walk.end - walk.start > max_seconds + 5:
            raise _too_long(called, (container.duration or 0) / av.time_base or walk.end - walk.start, max_seconds)
        if packet.stream is stream:
            walk.times.append(begins)
            if stream.codec_context.name != "rawvideo" and not any(memoryview(packet)[:48]):
                walk.bad_packets.append(begins)  # zeros where a download never arrived
            _try_key(walk, packet, begins)
    if walk.picture is None and walk.times and not walk.encrypted:
        walk.picture = _first_picture(container, stream)
    _close_last_gap(walk)
    return walk


def _packets(container: InputContainer) -> Iterator[av.Packet[Any]]:
    """Packets until the file ends or breaks off."""
    try:
        yield from container.demux()
    except av.FFmpegError:
        return


def _try_key(walk: _Walk, packet: av.Packet[Any], begins: float) -> None:
    if packet.has_sidedata("encryption_info"):
        walk.encrypted = True  # now and then a decoder makes a picture of it all the same
        return
    try:
        frames = packet.decode()
    except av.FFmpegError:
        if packet.is_keyframe:
            walk.bad_packets.append(begins)
        return
    if frames:
        walk.picture = walk.picture or frames[0]


def _first_picture(container: InputContainer, stream: VideoStream) -> av.VideoFrame | None:
    """The first picture of a stream without key frames that decode on their own."""
    container.seek(0)
    stream.codec_context.skip_frame = "DEFAULT"
    for count, packet in enumerate(container.demux(stream)):
        try:
            for frame in packet.decode():
                return frame
        except av.FFmpegError:
            pass
        if count > FIRST_FRAMES:
            break
    return None


def _close_last_gap(walk: _Walk) -> None:
    """Adds the last picture's own time where the container states no duration of packets."""
    times = sorted(walk.times)
    if len(times) > 1:
        walk.end = max(walk.end, times[-1] + (times[-1] - times[0]) / (len(times) - 1))


def _no_picture(walk: _Walk, called: str, codec: str) -> BadMedia:
    if walk.encrypted:
        return BadMedia(f"{called} is encrypted (copy-protected).", "Use a video without copy protection.")
    return BadMedia(f"Not one picture of {called} can be decoded ({codec}).", "Export it again as MP4 (H.264).")


def container_name(container: InputContainer, path: Path) -> str:
    """`mp4`, `mov`, `webm`, `matroska`, or FFmpeg's own name."""
    first = container.format.name.split(",")[0]
    if first == "mov":
        return "mov" if container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
    if first == "matroska":
        with path.open("rb") as file:
            return "webm" if b"webm" in file.read(64) else "matroska"
    return first
