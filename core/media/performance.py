"""Makes a recording ready for a character to play: checked, upright, and of a kind and size that models take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from av.error import FFmpegError

from core.domain.errors import BadMedia, Broken, DiskFull
from core.media import ffmpeg, samples
from core.media.fit import colours_to_film
from core.media.probe import Probe, displayed_size, moving_picture, open_media, probe, short_name
from core.media.unreadable import unreadable

LONGEST_SIDE = 1280
"""Pixels; models film in 720p, so more of them only travel."""
MOST_FPS = 30.0
SLACK = 0.5
"""Seconds above the longest that are cut off rather than refused: a trim often leaves a tail."""
SPARE = 0.1
"""Seconds by which a long one is kept shorter, as its sound ends in whole blocks."""
LIMIT = 100.0
"""Seconds that the encoding may take; half a minute of 4K takes about twenty."""
CODING = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-maxrate", "3M", "-bufsize", "6M"),
    *("-profile:v", "high", "-pix_fmt", "yuv420p", "-threads", "2"),
    *("-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"),
    *("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4"),
]
"""Half a minute stays below 12 MB, which fits into a request."""


def make_ready(
    *,
    path: str,
    out: str,
    name: str,
    shortest: float,
    longest: float,
    max_bytes: int,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the recording at `path` to `out` as an MP4 (H.264, AAC); lengths in seconds.

    Returns {"width", "height", "duration", "has_sound"} of it. Raises BadMedia, with the reason and a remedy, for what
    cannot be played; `name` is the file's for people. DiskFull when nothing more fits.
    """
    called = short_name(name)
    found = _checked(Path(path), called, shortest, longest, max_bytes)
    report(0.2)
    seconds = min(found.readable, longest - SPARE)
    source = ["-i", f"file:{Path(path).resolve()}", *_mapped(Path(path), called, found)]
    try:
        ffmpeg.run(
            [*source, "-t", f"{seconds:.3f}", *CODING, out],
            seconds=LIMIT,
            report=lambda f: report(0.2 + f * 0.7),
            total=seconds,
        )
    except DiskFull:
        raise
    except Broken as error:
        raise BadMedia(f"{called} cannot be read to its end.", "Export it again as MP4 (H.264).") from error
    made = probe(Path(out))
    lasts = made.frames / made.fps if made.fps else made.duration
    if lasts < shortest - 1e-3:
        raise _too_short(called, lasts, shortest)
    has_sound = made.has_audio and samples.loudest_db(samples.read(out, out)) > samples.SILENT_DB
    report(1.0)
    return {"width": made.width, "height": made.height, "duration": round(lasts, 3), "has_sound": bool(has_sound)}


def _checked(path: Path, called: str, shortest: float, longest: float, max_bytes: int) -> Probe:
    """The probe of a recording that can be played."""
    size = path.stat().st_size
    if size > max_bytes:
        raise BadMedia(
            f"{called} is {size / 1e6:.1f} MB; the most that can be uploaded is {max_bytes / 1e6:.0f} MB.",
            "Trim it, or export it in 1080p.",
        )
    found = probe(path)
    if found.kind != "video":
        what = "a still image" if found.kind == "image" else "sound without a picture"
        raise BadMedia(f"{called} is {what}.", "Record somebody who plays the scene, as a video.")
    if found.readable < shortest - 1e-3:
        raise _too_short(called, found.readable, shortest)
    if found.duration > longest + SLACK:
        raise BadMedia(
            f"{called} lasts {found.duration:.1f} s; a recording that is played may last {longest:.0f} s.",
            f"Trim it to the best {longest:.0f} s and upload that.",
        )
    return found


def _too_short(called: str, seconds: float, shortest: float) -> BadMedia:
    return BadMedia(
        f"{called} lasts {seconds:.1f} s; a recording that is played needs {shortest:.0f} s at least.",
        "Record a longer piece.",
    )


def _mapped(path: Path, called: str, found: Probe) -> list[str]:
    """Its picture and its sound, the picture upright, no larger and no faster than it is wanted, in plain colours."""
    try:
        with open_media(path) as container:
            stream = moving_picture(container)
            frame = next(container.decode(stream), None) if stream is not None else None
            if stream is None or frame is None:
                raise BadMedia(f"{called} has no picture that can be read.", "Export it again as MP4 (H.264).")
            width, height, _ = displayed_size(frame, stream)
            index, colours = stream.index, colours_to_film(frame)
    except (FFmpegError, ValueError) as error:
        raise unreadable(path, called) from error
    ratio = min(1.0, LONGEST_SIDE / max(width, height))
    wide, high = (max(2, round(side * ratio / 2) * 2) for side in (width, height))
    fps = MOST_FPS if found.variable_fps or not 0 < found.fps <= MOST_FPS else found.fps
    filters = f"fps={fps:.3f}:start_time=0,scale={wide}:{high}:flags=lanczos,setsar=1,{colours}"
    return ["-map", f"0:{index}", "-map", "0:a:0?", "-vf", filters]
