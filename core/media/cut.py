"""Cuts the takes into the film, part by part: what is unchanged is not encoded again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from core.domain.errors import Broken, Cancelled
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.captions import ASS_OFFSET, CaptionTrack, burn_filter
from core.media.colour import luminance
from core.media.grade import TAGS, grade_filter
from core.media.logo import Logo, drawn, laid_over, measured
from core.media.overlays import film_track, logo_area
from core.media.part_cache import tidy
from core.media.prepared import prepared
from core.media.segments import FADE_OUT, Segment, Stretch, segments
from core.media.takes import Footage, chain, inputs
from core.media.transitions import Picture, blend

RECIPE = 2
"""Counts the changes of how a part is made; another number, and nothing old is used again."""
WORKERS = 2
X264 = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-profile:v", "high", "-pix_fmt", "yuv420p"),
    *("-g", "60", "-bf", "2", "-threads", "1", "-fflags", "+bitexact"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
]
"""The same for every part, or they could not be joined by copying."""
MP4 = ["-video_track_timescale", "15360", "-movie_timescale", "15360"]
"""Ticks a second, a multiple of every frame rate: with milliseconds, frames are a little too early or late."""
LIMIT = 120.0
LIMIT_PER_FRAME = 1.5
"""Seconds a part may take; twenty times what it takes on two slow cores."""
PREPARING, ENCODING = 0.06, 0.9
"""Shares of the work in making takes ready and in the parts; the rest is joining."""


@dataclass(frozen=True)
class Room:
    """What every part of one film shares."""

    cut: CutList
    takes: tuple[Footage, ...]
    captions: CaptionTrack
    """And whatever else is set in letters."""
    logo: Logo | None
    cache: Path

    @property
    def size(self) -> FrameSize:
        """Pixels of the film."""
        return FrameSize(self.cut.width, self.cut.height)

    @property
    def dark_hex(self) -> str | None:
        """The palette's darkest colour; None without a palette."""
        return min((c.hex for c in self.cut.palette), key=luminance, default=None)


def compose(*, cut_list: dict[str, Any], out: str, cache: str, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the film of a `CutList` to the mp4 `out`; finished parts are kept in the folder `cache`.

    Returns {"frames", "seconds", "segments", "reused"}. Raises `BadMedia` for a take without a
    picture, `DiskFull` or `Broken` when it cannot be made; `out` is then left as it was.
    """
    cut = CutList.model_validate(cut_list)
    room = _room(cut, Path(cache), lambda f: report(f * PREPARING))
    parts = segments(cut.takes)
    total = sum(p.count for p in parts)

    def encoding(fraction: float) -> None:
        report(PREPARING + fraction * ENCODING)

    with tempfile.TemporaryDirectory(prefix="cutting-", dir=Path(out).parent) as scratch:
        files, reused = _encode_all(room, parts, Path(scratch), encoding)
        joined = Path(scratch) / "film.mp4"
        _join(files, [p.count for p in parts], cut, joined)
        if _count_frames(joined) != total:
            raise Broken("The film came out with the wrong number of pictures.")
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        _move(joined, Path(out))
    tidy(room.cache)
    report(1.0)
    return {"frames": total, "seconds": round(total / cut.fps, 3), "segments": len(parts), "reused": reused}


def _room(cut: CutList, cache: Path, report: Callable[[float], None]) -> Room:
    cache.mkdir(parents=True, exist_ok=True)
    size = FrameSize(cut.width, cut.height)
    takes = prepared(cut, cache, report)
    if not Path(cut.sound).is_file():
        raise Broken("The sound of the film is missing.", "Make the sound again.")
    logo = measured(Path(cut.brand.logo), size) if cut.brand.logo else None
    return Room(cut, takes, film_track(cut, logo), logo, cache)


def _encode_all(
    room: Room, parts: list[Segment], scratch: Path, report: Callable[[float], None]
) -> tuple[list[Path], int]:
    """The encoded parts in the order of the film, and how many were there already."""
    files = [room.cache / f"{_key(room, part)}.mp4" for part in parts]
    todo = {file: part for file, part in zip(files, parts, strict=True) if not _is_whole(file, part.count)}
    kept = [file for file in files if file not in todo]
    for file in kept:
        file.touch()  # a sweep goes by when a part was last used
    tally = _Tally(sum(part.count for part in todo.values()), report)
    longest_first = sorted(todo.items(), key=lambda item: -item[1].count)
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(_encode, room, part, file, scratch, tally) for file, part in longest_first]
        _gather(futures, tally)
    return files, len(kept)


def _gather(futures: list[Future[None]], tally: _Tally) -> None:
    """Waits for all; the first failure stops the others and is raised."""
    with ExitStack() as on_failure:
        for future in futures:
            on_failure.callback(future.cancel)
        on_failure.callback(tally.stop.set)
        for future in as_completed(futures):
            future.result()
        on_failure.pop_all()


class _Tally:
    """Adds up the progress of parts that are made at the same time."""

    def __init__(self, frames: int, report: Callable[[float], None]) -> None:
        self.stop = threading.Event()
        self._frames = frames
        self._report = report
        self._done: dict[int, float] = {}
        self._lock = threading.Lock()

    def of(self, part: Segment) -> Callable[[float], None]:
        """The callable that hears the fraction done of one part; it ends the part when all is to stop."""

        def tell(fraction: float) -> None:
            if self.stop.is_set():
                raise Cancelled("Another part of the film failed.")
            with self._lock:
                self._done[part.start] = fraction * part.count
                self._report(sum(self._done.values()) / self._frames)

        return tell


def _key(room: Room, part: Segment) -> str:
    """Address of a part: the hash of everything that its picture depends on."""
    sources = [_source(room.takes[s.take], s) for s in part.stretches]
    recipe = {
        "recipe": (RECIPE, Path(ffmpeg.exe()).name, X264),
        "size": (room.size, room.cut.fps),
        "sources": sources,
        "transition": (part.transition, room.dark_hex if part.transition == "dip" else None),
        "fade": part.fade_from,
        "grade": room.cut.grade.model_dump(exclude={"palette"}),
        "captions": room.captions.window(part.start, part.count, ASS_OFFSET),
        "logo": room.logo and (room.logo.digest, *_logo_corner(room, room.logo)),
    }
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]


def _source(take: Footage, stretch: Stretch) -> list[str | int]:
    colour = [take.coloured_by] if take.coloured_by else []
    return [take.digest, stretch.first, stretch.count, *colour]


def _encode(room: Room, part: Segment, file: Path, scratch: Path, tally: _Tally) -> None:
    """Makes one part and puts it into the cache, whole or not at all."""
    tell = tally.of(part)
    tell(0.0)
    name = scratch / file.stem
    made = name.with_suffix(".mp4")
    source, first_filters = _inside(room, part) if len(part.stretches) == 1 else _blended(room, part, name)
    filters = [first_filters, grade_filter(room.cut.grade), _burnt(room, part, name.with_suffix(".ass"))]
    graph = ",".join([*filter(None, [_branded(room, filters, name.with_suffix(".png")), _fade(part)]), TAGS])
    args = [*source, "-filter_threads", "1", "-vf", graph, "-an", "-frames:v", str(part.count), *X264, *MP4, str(made)]
    ffmpeg.run(args, seconds=_limit(part), report=tell, total=part.count / room.cut.fps)
    if not _is_whole(made, part.count):
        raise Broken("A part of the film came out with the wrong number of pictures.")
    made.replace(file)


def _inside(room: Room, part: Segment) -> tuple[list[str], str]:
    """Input and filters of the inside of a scene."""
    stretch = part.stretches[0]
    take = room.takes[stretch.take]
    filters = chain(take, stretch.first, stretch.count, room.size, room.cut.fps)
    return inputs(take, stretch.first, room.cut.fps), filters


def _blended(room: Room, part: Segment, name: Path) -> tuple[list[str], str]:
    """Input of a transition: its pictures, drawn into a file beside the part."""
    sides = []
    for side, stretch in enumerate(part.stretches):
        raw = name.with_suffix(f".{side}.yuv")
        take = room.takes[stretch.take]
        filters = chain(take, stretch.first, stretch.count, room.size, room.cut.fps)
        count = ["-frames:v", str(stretch.count), "-f", "rawvideo", "-pix_fmt", "yuv420p"]
        source = inputs(take, stretch.first, room.cut.fps)
        ffmpeg.run([*source, "-filter_threads", "1", "-vf", filters, *count, str(raw)], seconds=_limit(part))
        sides.append(raw)
    drawn = name.with_suffix(".yuv")
    _draw(room, part, sides, drawn)
    for raw in sides:
        raw.unlink()
    size = f"{room.size.width}x{room.size.height}"
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(room.cut.fps), "-i", str(drawn)], TAGS


def _draw(room: Room, part: Segment, sides: list[Path], drawn: Path) -> None:
    before, after = (_pictures(raw, room.size, part.count) for raw in sides)
    with drawn.open("wb") as file:
        for index in range(part.count):
            pair = _planes(before[index], room.size), _planes(after[index], room.size)
            for plane in blend(part.transition, *pair, index, part.count, room.dark_hex):
                file.write(np.ascontiguousarray(plane).data)


def _pictures(raw: Path, size: FrameSize, count: int) -> npt.NDArray[np.uint8]:
    """The raw pictures of a file, read as they are needed: (count, bytes of one)."""
    one = size.width * size.height * 3 // 2
    if raw.stat().st_size != one * count:
        raise Broken("A clip of the film could not be read to its end.", "Film the scene again.")
    return np.memmap(raw, np.uint8, "r", shape=(count, one))


def _planes(raw: npt.NDArray[np.uint8], size: FrameSize) -> Picture:
    luma = size.width * size.height
    half = size.height // 2, size.width // 2
    y, u, v = np.split(np.asarray(raw), [luma, luma + luma // 4])
    return y.reshape(size.height, size.width), u.reshape(half), v.reshape(half)


def _burnt(room: Room, part: Segment, script: Path) -> str:
    """The filter that sets the words of this part into the picture; '' when there are none."""
    text = room.captions.window(part.start, part.count, ASS_OFFSET)
    if not text:
        return ""
    script.write_text(text, encoding="utf8")
    return burn_filter(script)


def _branded(room: Room, filters: list[str], png: Path) -> str:
    """The filters, with the logo laid over what they make."""
    graph = ",".join(filter(None, filters))
    if room.logo is None:
        return graph
    border = drawn(room.logo, png)
    x, y = _logo_corner(room, room.logo)
    return laid_over(graph, png, x - border, y - border)


def _logo_corner(room: Room, logo: Logo) -> tuple[int, int]:
    """Its upper left corner, in pixels."""
    place = logo_area(room.size, room.cut, logo.width, logo.height)
    return round(place.left), round(place.top)


def _fade(part: Segment) -> str:
    return "" if part.fade_from is None else f"fade=t=out:start_frame={part.fade_from}:nb_frames={FADE_OUT}"


def _limit(part: Segment) -> float:
    return LIMIT + LIMIT_PER_FRAME * part.count


def _join(files: list[Path], counts: list[int], cut: CutList, out: Path) -> None:
    """Puts the parts together by copying and lays the sound under them."""
    if len({_head(file) for file in files}) > 1:
        raise Broken("The parts of the film do not fit together.")
    order = out.with_suffix(".txt")
    entries = [f"file {_listed(file)}\nduration {n / cut.fps:.6f}\n" for file, n in zip(files, counts, strict=True)]
    order.write_text("".join(entries), encoding="utf8")
    sound = ["-c:a", "copy"] if _is_aac(cut.sound) else ["-c:a", "aac", "-b:a", "192k"]
    args = ["-f", "concat", "-safe", "0", "-i", str(order), "-i", cut.sound, "-map", "0:v:0", "-map", "1:a:0"]
    args += ["-c:v", "copy", *sound, "-t", f"{sum(counts) / cut.fps:.6f}", "-map_metadata", "-1"]
    ffmpeg.run([*args, *MP4, "-movflags", "+faststart", str(out)], seconds=LIMIT)


def _listed(file: Path) -> str:
    return "'" + str(file.resolve()).replace("'", "'\\''") + "'"


def _is_aac(path: str) -> bool:
    try:
        with av.open(path) as container:
            return bool(container.streams.audio) and container.streams.audio[0].codec_context.name == "aac"
    except FFmpegError as error:
        raise Broken("The sound of the film cannot be read.", "Make the sound again.") from error


def _is_whole(file: Path, count: int) -> bool:
    return file.is_file() and _count_frames(file) == count


def _head(file: Path) -> bytes:
    """The parameter sets that a decoder starts with."""
    with av.open(str(file)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def _count_frames(file: Path) -> int:
    """Encoded pictures in a file, counted without decoding; 0 when it is damaged."""
    try:
        with av.open(str(file)) as container:
            return sum(packet.size > 0 for packet in container.demux(video=0))
    except (FFmpegError, IndexError):
        return 0


def _move(made: Path, out: Path) -> None:
    """Onto `out` in one step, also when the cache is on another disk."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    shutil.copyfile(made, beside)
    beside.replace(out)
