"""Mends a finished film: cuts off an end, fits it to another shape, encodes it anew, levels its sound.

What is not touched is copied: a film whose sound is levelled keeps its pictures bit by bit.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.domain.errors import BadInput, Broken
from core.domain.quality import Inspection
from core.media import ffmpeg, loudness, samples
from core.media.dynamics import RATE, faded
from core.media.quality import inspect
from core.media.sound import TARGET, encoded

SIZE_TRIES = 3
ROOM = 0.94
"""Share of the permitted bytes that picture and sound may take: the rest is for the index and the credentials."""
SOUND_BITS = 192_000
RATES = (44_100, 48_000)
"""Samples a second that the platforms take."""
LIMIT, LIMIT_PER_SECOND = 180.0, 30.0
"""Seconds that the whole may take."""
Report = Callable[[float], None]


@dataclass(frozen=True)
class _Work:
    """What is to be done to a film."""

    path: str
    seen: Inspection
    fixes: frozenset[str]
    start: float
    end: float
    size: tuple[int, int]
    most_bytes: int

    @property
    def pictures(self) -> bool:
        """Whether the pictures are encoded anew."""
        return bool(self.fixes & {"trim", "refit", "reencode"})

    @property
    def keeps_sound(self) -> bool:
        """Whether the sound is taken over as it is: encoded once more it would be louder here and there."""
        if self.fixes & {"trim", "normalise"}:
            return False
        fits = (self.seen.audio, (self.seen.channels or 0) <= 2) == ("aac", True) and self.seen.sample_rate in RATES
        return "reencode" not in self.fixes or fits

    @property
    def seconds(self) -> float:
        """How long it becomes."""
        return self.end - self.start


def mend(
    *,
    path: str,
    out: str,
    fixes: list[str],
    keep: list[float] | None,
    size: list[int],
    most_bytes: int,
    report: Report,
) -> dict[str, Any]:
    """Writes the film at `path`, mended, to the MP4 `out`.

    `fixes` are of trim (to the seconds `keep`: from, to), refit (the whole picture within `size`, before its own
    blur), reencode (H.264, AAC, its index in front, fewer than `most_bytes`) and normalise (−14 LUFS, peaks under
    −1 dBTP). Returns {"seconds", "width", "height"}. Raises BadMedia for a film that cannot be read, BadInput
    when nothing would be left.
    """
    seen = Inspection.model_validate(inspect(path=path, overlays_too=False, report=lambda f: report(0.2 * f)))
    start, end = keep if keep and "trim" in fixes else (0.0, seen.readable)
    end = min(end, seen.readable)
    if end - start < 1.0:
        raise BadInput("Less than a second of the film would be left.", "Make it again instead.")
    kept_size = (seen.width // 2 * 2, seen.height // 2 * 2)
    work = _Work(
        path=path,
        seen=seen,
        fixes=frozenset(fixes),
        start=start,
        end=end,
        size=(size[0], size[1]) if "refit" in fixes else kept_size,
        most_bytes=most_bytes,
    )
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        sound = _sound(work, folder)
        report(0.4)
        _written(work, sound, out, lambda f: report(0.4 + 0.6 * f))
    report(1.0)
    return {"seconds": round(work.seconds, 3), "width": work.size[0], "height": work.size[1]}


def _sound(work: _Work, folder: str) -> list[str] | None:
    """Arguments that bring in the sound: the film's own, an encoded one; None when it has none."""
    if work.seen.audio is None:
        return None
    if work.keeps_sound:
        return ["-i", work.path]
    track = samples.read(work.path, str(Path(folder) / "sound"))
    first, last = round(work.start * RATE), round(work.end * RATE)
    part = np.pad(track, ((0, 0), (0, max(0, last - track.shape[1]))))[:, first:last]
    if "trim" in work.fixes:
        part = faded(part, 0.005 if work.start else 0.0, 0.15)
    target = Path(folder) / "sound.m4a"
    level = loudness.integrated(part, RATE)
    if "normalise" in work.fixes:
        if not math.isfinite(level):
            raise BadInput(
                "The film is silent: there is nothing to level.", "Give it a voice or music, and make it again."
            )
        level = TARGET
    encoded(part, str(target), folder, lambda _: None, level)  # its peaks stay under the ceiling in any case
    return ["-i", str(target)]


def _written(work: _Work, sound: list[str] | None, out: str, report: Report) -> None:
    """The pictures and the sound in one file that is not too large."""
    bits = _bits(work)
    for attempt in range(SIZE_TRIES):
        coding = _coding(work, bits) if work.pictures else ["-c:v", "copy"]
        args = ["-i", work.path, *(sound or []), "-map", "0:v:0", *(["-map", "1:a:0", "-c:a", "copy"] if sound else [])]
        ffmpeg.run(
            [*args, *coding, *_mp4(), out],
            seconds=LIMIT + LIMIT_PER_SECOND * work.seconds,
            report=lambda f, done=attempt: report((done + f) / SIZE_TRIES),  # type: ignore[misc]
            total=work.seconds,
        )
        size = Path(out).stat().st_size
        if not work.pictures or size <= work.most_bytes * ROOM:
            return
        bits = int(bits * 0.9 * work.most_bytes * ROOM / size)
    if "reencode" in work.fixes:
        raise Broken("The film cannot be made that small.", "Make it shorter, or in 720p.")


def _bits(work: _Work) -> int:
    """Bits a second that the picture may take."""
    return max(200_000, int(work.most_bytes * ROOM * 8 / work.seconds) - SOUND_BITS)


def _coding(work: _Work, bits: int) -> list[str]:
    """As films are coded, a little finer because it is the second time; never beyond the permitted bits."""
    filters = ["setpts=PTS-STARTPTS"]
    if "trim" in work.fixes:
        filters = [f"trim=start={work.start:.6f}:end={work.end:.6f}", *filters]
    if not 23 <= work.seen.fps <= 60.5:
        filters.append("fps=30")
    chain = ",".join(filters) + (_refit(work.size) if "refit" in work.fixes else "") + ",setsar=1,format=yuv420p"
    even = ",crop=trunc(iw/2)*2:trunc(ih/2)*2"
    return [
        *("-vf", chain + even, "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-profile:v", "high"),
        *("-maxrate", str(bits), "-bufsize", str(2 * bits), "-bf", "2", "-g", "60", "-threads", "2"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
    ]


def _refit(size: tuple[int, int]) -> str:
    """The whole picture in the middle of the frame, its own blur behind it."""
    wide, high = size
    small = f"{max(2, wide // 8 // 2 * 2)}:{max(2, high // 8 // 2 * 2)}"
    behind = (
        f"scale={wide}:{high}:force_original_aspect_ratio=increase,crop={wide}:{high},"
        f"scale={small},gblur=sigma=6,scale={wide}:{high},eq=brightness=-0.08:saturation=0.9"
    )
    front = f"scale={wide}:{high}:force_original_aspect_ratio=decrease:flags=lanczos"
    return f",split[a][b];[a]{behind}[c];[b]{front}[d];[c][d]overlay=(W-w)/2:(H-h)/2"


def _mp4() -> list[str]:
    return [
        *("-fflags", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-video_track_timescale", "15360", "-movie_timescale", "15360", "-movflags", "+faststart", "-f", "mp4"),
    ]
