"""Cuts the takes into the film, part by part: what is unchanged is not encoded again."""

from __future__ import annotations

import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from core.domain.errors import Broken, Cancelled
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg, threads
from core.media.joins import join
from core.media.logo import measured
from core.media.overlays import film_track
from core.media.part_cache import tidy, workroom
from core.media.parts import LIMIT, MP4, Room, head_of
from core.media.passes import Pass, Piece, passes, read
from core.media.prepared import NOT_YET, prepared
from core.media.segments import Segment, segments

WORKERS = 2
WAITING = 4
"""Transitions that may wait for their turn, on disk: small work for the end, when one worker would have none."""
PREPARING, ENCODING = 0.06, 0.9
"""Shares of the work in making takes ready and in the parts; the rest is joining."""


def compose(*, cut_list: dict[str, Any], out: str, cache: str, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the film of a `CutList` to the mp4 `out`; finished parts are kept in the folder `cache`.

    Returns {"frames", "seconds", "segments", "reused"}. Raises `BadMedia` for a take without a
    picture, `DiskFull` or `Broken` when it cannot be made; `out` is then left as it was.
    """
    cut = CutList.model_validate(cut_list)
    if not Path(cut.sound).is_file():
        raise Broken("The sound of the film is missing.", "Make the sound again.")
    room = _room(cut, Path(cache), lambda f: report(f * PREPARING))
    if NOT_YET in room.takes:
        raise Broken("A clip of the film is missing.", "Film the scene again.")
    parts = segments(cut.takes)
    total = sum(p.count for p in parts)

    def encoding(fraction: float) -> None:
        report(PREPARING + fraction * ENCODING)

    with workroom(Path(out).parent, room.cache) as scratch:
        files, reused = _encode_all(room, parts, scratch, encoding)
        joined = scratch / "film.mp4"
        _join(files, [p.count for p in parts], cut, joined)
        if head_of(joined, total) is None:
            raise Broken("The film came out with the wrong number of pictures.")
        _move(joined, Path(out))
    tidy(room.cache)
    report(1.0)
    return {"frames": total, "seconds": round(total / cut.fps, 3), "segments": len(parts), "reused": reused}


def encode_ahead(
    *, cut_list: dict[str, Any], scene: int, scratch: str, cache: str, report: Callable[[float], None]
) -> dict[str, Any]:
    """Makes the inside of a scene and the transition into it, before all takes of the film are there.

    A take without a path is not there yet: none that these parts show, and none beside those (their light may be
    evened with it). The parts wait in the folder `cache` for the cut of the same film. Returns {"parts", "reused"}.
    """
    cut = CutList.model_validate(cut_list)
    room = _room(cut, Path(cache), lambda f: report(f * PREPARING))
    parts = [part for part in segments(cut.takes) if part.stretches[-1].take == scene]
    with workroom(Path(scratch), room.cache) as folder:
        files, reused = _encode_all(room, parts, folder, lambda f: report(PREPARING + f * (1 - PREPARING)))
    return {"parts": len(files), "reused": reused}


def _room(cut: CutList, cache: Path, report: Callable[[float], None]) -> Room:
    cache.mkdir(parents=True, exist_ok=True)
    size = FrameSize(cut.width, cut.height)
    takes = prepared(cut, cache, report)
    logo = measured(Path(cut.brand.logo), size) if cut.brand.logo else None
    return Room(cut, takes, film_track(cut, logo), logo, cache)


def _encode_all(
    room: Room, parts: list[Segment], scratch: Path, report: Callable[[float], None]
) -> tuple[list[Path], int]:
    """The encoded parts in the order of the film, and how many were there already."""
    files = [room.file(part) for part in parts]
    heads = {file: head_of(file, part.count) for file, part in zip(files, parts, strict=True)}
    todo = {file: part for file, part in zip(files, parts, strict=True) if heads[file] is None}
    kept = [file for file in files if file not in todo]
    for file in kept:
        file.touch()  # a sweep goes by when a part was last used
    with threads.one_each():
        made = _Floor(room, list(todo.values()), scratch, report).work()
    if len({head for head in (*heads.values(), *made) if head is not None}) > 1:
        raise Broken("The parts of the film do not fit together.")
    return files, len(kept)


class _Floor:
    """Two workers: takes are read in the order of the film, transitions drawn when both sides are there."""

    def __init__(self, room: Room, todo: Sequence[Segment], scratch: Path, report: Callable[[float], None]) -> None:
        self._room = room
        self._scratch = scratch
        self._tally = _Tally(sum(part.count for part in todo), report)
        self._passes = deque(passes(todo))
        self._lacking = {part.start: len(part.stretches) for part in todo if part.is_join}
        self._ready: deque[Segment] = deque()

    def work(self) -> list[bytes | None]:
        """Makes all and answers the heads of what was encoded; the first failure stops the others and is raised."""
        running: dict[Future[bytes | None], Pass | None] = {}
        heads: list[bytes | None] = []
        with ThreadPoolExecutor(WORKERS) as pool, ExitStack() as on_failure:
            on_failure.callback(self._tally.stop.set)
            while self._passes or self._ready or running:
                while len(running) < WORKERS and (self._passes or self._ready):
                    self._start_next(pool, running)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    one = running.pop(future)
                    heads.append(future.result())
                    self._read(one.pieces if one else ())
            on_failure.pop_all()
        return heads

    def _start_next(self, pool: ThreadPoolExecutor, running: dict[Future[bytes | None], Pass | None]) -> None:
        if self._ready and (len(self._ready) >= WAITING or not self._passes):
            part = self._ready.popleft()
            running[pool.submit(join, self._room, part, self._scratch, self._tally.of(part))] = None
        else:
            one = self._passes.popleft()
            running[pool.submit(read, self._room, one, self._scratch, self._tally.of(one.inside))] = one

    def _read(self, pieces: Sequence[Piece]) -> None:
        """Transitions of which that was the last side that lacked are ready to be drawn."""
        for _, part in pieces:
            if part.is_join:
                self._lacking[part.start] -= 1
                if not self._lacking[part.start]:
                    self._ready.append(part)


class _Tally:
    """Adds up the progress of parts that are made at the same time."""

    def __init__(self, frames: int, report: Callable[[float], None]) -> None:
        self.stop = threading.Event()
        self._frames = frames
        self._report = report
        self._done: dict[int, float] = {}
        self._lock = threading.Lock()

    def of(self, part: Segment | None) -> Callable[[float], None]:
        """The callable that hears the fraction done of one part, or of none; it ends the work when all is to stop."""

        def tell(fraction: float) -> None:
            if self.stop.is_set():
                raise Cancelled("Another part of the film failed.")
            if part is None:
                return
            with self._lock:
                self._done[part.start] = fraction * part.count
                self._report(sum(self._done.values()) / self._frames)

        return tell


def _join(files: list[Path], counts: list[int], cut: CutList, out: Path) -> None:
    """Puts the parts together by copying and lays the sound under them."""
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


def _move(made: Path, out: Path) -> None:
    """Onto `out` in one step, also when the cache is on another disk."""
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    shutil.copyfile(made, beside)
    beside.replace(out)
