"""Makes the transitions of a film from the pictures on either side of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.colour import TAGS
from core.media.parts import Room, coding, keep, laid, limit
from core.media.passes import done_with, side
from core.media.segments import Segment
from core.media.transitions import Picture, blend


def join(room: Room, part: Segment, folder: Path, tell: Callable[[float], None]) -> bytes | None:
    """Draws and encodes a transition, both sides of which wait in `folder`; answers its head."""
    tell(0.0)
    sides = [side(folder, part, stretch) for stretch in part.stretches]
    name = folder / f"{part.start}"
    made = name.with_suffix(".mp4")
    size = f"{room.size.width}x{room.size.height}"
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(room.cut.fps), "-i", "pipe:0"]
    graph = ["-filter_threads", "1", "-vf", laid(room, part, TAGS, name)]
    ffmpeg.run(
        [*source, *graph, *coding(part, made)],
        seconds=limit(part.count),
        report=tell,
        total=part.count / room.cut.fps,
        feed=_drawn(room, part, sides),
    )
    for raw in sides:
        done_with(raw)
    return keep(room, part, made)


def _drawn(room: Room, part: Segment, sides: list[Path]) -> Iterator[memoryview]:
    """The planes of every picture of a transition, one after the other."""
    before, after = (_pictures(raw, room.size, part.count) for raw in sides)
    for index, pair in enumerate(zip(before, after, strict=True)):
        for plane in blend(part.transition, *pair, index, part.count, room.dark_hex):
            yield np.ascontiguousarray(plane).data


def _pictures(raw: Path, size: FrameSize, count: int) -> Iterator[Picture]:
    """The first pictures of a file one by one, each in the place of the one before."""
    luma, half = size.width * size.height, (size.height // 2, size.width // 2)
    room = np.empty(luma * 3 // 2, np.uint8)
    y, u, v = np.split(room, [luma, luma + luma // 4])
    with raw.open("rb", buffering=0) as file:
        for _ in range(count):
            file.readinto(room.data)
            yield y.reshape(size.height, size.width), u.reshape(half), v.reshape(half)
