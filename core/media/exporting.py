"""Makes a finished film into another file: another container, another size, its sound and its length kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from core.domain.errors import BadMedia, Broken
from core.domain.exports import Container
from core.domain.time import FrameSize
from core.media import ffmpeg, loudness, samples
from core.media.colour import TAGS

H264 = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", "60"),
    *ffmpeg.RATE,
]
VP9 = [
    *("-c:v", "libvpx-vp9", "-crf", "30", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1"),
    *("-tile-columns", "1", "-g", "240", "-pix_fmt", "yuv420p"),
]
BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
THREADS = ["-threads", "2"]
SAME_EVERY_TIME = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1"]
OPUS = ["-c:a", "libopus", "-b:a", "128k"]
CEILING, SPARE = -1.05, 0.1
"""dBTP of the sound in Opus, whose peaks are others than those of AAC; and dB that are left when it is turned down."""
TRIES = 4
LIMIT, LIMIT_PER_FRAME = 300.0, 2.0
"""Seconds that an export may take, and more for each frame of 720×1280."""


def export(
    *, film: str, out: str, container: Container, width: int, height: int, report: Callable[[float], None]
) -> dict[str, Any]:
    """Writes the film at `film`, of any size, to `out`; what can be copied is not encoded again.

    Returns {"seconds", "width", "height", "copied"}. Raises BadMedia when the film cannot be read, DiskFull or
    Broken when `out` cannot be written.
    """
    size, wanted = _size(film), FrameSize(width, height)
    copied = container != "webm" and size == wanted
    count, seconds = _length(film)
    args = ["-i", film, "-map", "0:v:0", "-map", "0:a:0?", *_coding(container, size, wanted, copied=copied)]
    if container == "webm":
        args += _softer(film, out)
    args += [*SAME_EVERY_TIME, "-f", container, out]
    limit = LIMIT + LIMIT_PER_FRAME * count * wanted.times_720p
    ffmpeg.run(args, seconds=limit, report=report, total=seconds)
    made = _length(out)[0]
    if made != count:
        raise Broken(f"The export came out with {made} pictures instead of {count}.", "Press Retry.")
    return {"seconds": seconds, "width": width, "height": height, "copied": copied}


def _coding(container: Container, size: FrameSize, wanted: FrameSize, *, copied: bool) -> list[str]:
    faststart = ["-movflags", "+faststart", "-video_track_timescale", "15360"] if container != "webm" else []
    if copied:
        return ["-c", "copy", *faststart]
    scale = f"scale={wanted.width}:{wanted.height}:flags=lanczos+accurate_rnd+full_chroma_int,{TAGS}"
    filters = ["-vf", scale if size != wanted else TAGS]
    if container == "webm":
        return [*filters, *VP9, *BT709, *THREADS, *OPUS]
    return [*filters, *H264, *BT709, *THREADS, "-c:a", "copy", *faststart]


def _softer(film: str, out: str) -> list[str]:
    """Arguments that turn the sound down by as little as keeps its peaks in Opus under the ceiling; none at best."""
    if not _has_sound(film):
        return []
    turned = 0.0
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        coded = str(Path(folder) / "sound.webm")
        for _ in range(TRIES):
            volume = ["-af", f"volume={turned:.2f}dB"] if turned else []
            ffmpeg.run(["-i", film, "-map", "0:a:0", *volume, *OPUS, *SAME_EVERY_TIME, coded], seconds=LIMIT)
            over = loudness.true_peak_db(samples.read(coded, coded)) - CEILING
            if over <= 0:
                break
            turned -= over + SPARE
    return volume


def _has_sound(film: str) -> bool:
    with av.open(film) as container:
        return bool(container.streams.audio)


def _size(film: str) -> FrameSize:
    try:
        with av.open(film) as container:
            return FrameSize(container.streams.video[0].width, container.streams.video[0].height)
    except (FFmpegError, IndexError) as error:
        raise BadMedia("The film cannot be read.", "Make it again.") from error


def _length(path: str) -> tuple[int, float]:
    """Encoded pictures, and seconds."""
    if not Path(path).is_file():
        raise Broken("The film is no longer there.", "Make it again.")
    try:
        with av.open(path) as container:
            pictures = sum(packet.size > 0 for packet in container.demux(video=0))
            return pictures, round((container.duration or 0) / av.time_base, 3)
    except (FFmpegError, IndexError) as error:
        raise BadMedia("The film cannot be read.", "Make it again.") from error
