"""Reads the takes for the cut, each once: out come the inside of its scene and what transitions are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import Broken
from core.media import ffmpeg
from core.media.parts import Room, coding, keep, laid, limit
from core.media.segments import Segment, Stretch
from core.media.takes import chain, inputs

SPARE = ".spare"
"""What the file of a side is called when it has been read."""
Piece = tuple[Stretch, Segment]
"""Frames of a take, and the part of the film that they are for."""


@dataclass(frozen=True)
class Pass:
    """One look at a take: pieces of it that follow one another without a gap."""

    pieces: tuple[Piece, ...]

    @property
    def inside(self) -> Segment | None:
        """The part that is encoded as it goes by; None when only transitions need the take."""
        return next((part for _, part in self.pieces if not part.is_join), None)


def passes(todo: Sequence[Segment]) -> list[Pass]:
    """What has to be read for the parts that are to be made, in the order of the film."""
    pieces = [(stretch, part) for part in todo for stretch in part.stretches]
    pieces.sort(key=lambda piece: (piece[0].take, piece[0].first))
    runs: list[list[Piece]] = []
    for stretch, part in pieces:
        before = runs[-1][-1][0] if runs else None
        if before and before.take == stretch.take and before.first + before.count == stretch.first:
            runs[-1].append((stretch, part))
        else:
            runs.append([(stretch, part)])
    return [Pass(tuple(run)) for run in runs]


def side(folder: Path, part: Segment, stretch: Stretch) -> Path:
    """Where the pictures of one side of a transition wait for it, as planes one after the other."""
    return folder / f"{part.start}.{part.stretches.index(stretch)}.yuv"


def read(room: Room, one: Pass, folder: Path, tell: Callable[[float], None]) -> bytes | None:
    """Makes everything that a pass is for: sides of transitions into `folder`, the inside into the cache.

    Answers the head of the inside, None without one.
    Broken when the take cannot be read to its end.
    """
    begin = one.pieces[0][0]
    take, count = room.takes[begin.take], sum(stretch.count for stretch, _ in one.pieces)
    graph = [f"[0:v:0]{chain(take, begin.first, count, room.size, room.cut.fps)}"]
    graph[0] += f",split={len(one.pieces)}" + "".join(f"[{n}]" for n in range(len(one.pieces)))
    outputs: list[str] = []
    for number, (stretch, part) in enumerate(one.pieces):
        offset = stretch.first - begin.first
        filters = f"[{number}]trim=start_frame={offset}:end_frame={offset + stretch.count},setpts=PTS-STARTPTS"
        if part.is_join:
            end = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-frames:v", str(stretch.count), "-truncate", "0"]
            end.append(str(_spare(folder, side(folder, part, stretch))))
        else:
            filters, end = laid(room, part, filters, _name(folder, part)), coding(part, _made(folder, part))
        graph.append(f"{filters}[out{number}]")
        outputs += ["-map", f"[out{number}]", *end]
    args = [*inputs(take, begin.first, room.cut.fps), "-filter_complex_threads", "1", "-abort_on", "empty_output"]
    inside = one.inside
    ffmpeg.run(
        [*args, "-filter_complex", ";".join(graph), *outputs],
        seconds=limit(count),
        report=tell,
        total=inside.count / room.cut.fps if inside else None,
    )
    _check(room, one, folder)
    return keep(room, inside, _made(folder, inside)) if inside else None


def done_with(raw: Path) -> None:
    """Leaves the file of a side to be written over by the next pass: new pages cost more than the writing."""
    raw.rename(raw.with_suffix(SPARE))


def _spare(folder: Path, wanted: Path) -> Path:
    """`wanted`, where a file that nobody needs any more has been put if there is one."""
    for file in folder.glob(f"*{SPARE}"):
        with suppress(FileNotFoundError):  # another pass was faster
            file.rename(wanted)
            break
    return wanted


def _check(room: Room, one: Pass, folder: Path) -> None:
    for stretch, part in one.pieces:
        whole = room.size.width * room.size.height * 3 // 2 * stretch.count
        if part.is_join and side(folder, part, stretch).stat().st_size < whole:
            raise Broken("A clip of the film could not be read to its end.", "Film the scene again.")


def _name(folder: Path, part: Segment) -> Path:
    """What files that belong to a part are called, without their suffix."""
    return folder / f"{part.start}"


def _made(folder: Path, part: Segment) -> Path:
    return _name(folder, part).with_suffix(".mp4")
