"""The parts that a film is encoded in: what each depends on, what is laid over its picture, how it is coded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import av
from av.error import FFmpegError

from core.domain.errors import Broken
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.captions import ASS_OFFSET, CaptionTrack, burn_filter
from core.media.colour import TAGS, luminance
from core.media.grade import grade_filter
from core.media.logo import Logo, drawn, laid_over
from core.media.overlays import logo_area
from core.media.segments import FADE_OUT, Segment, Stretch
from core.media.takes import Footage

RECIPE = 4
"""Counts the changes of how a part is made; another number, and nothing old is used again."""
X264 = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-profile:v", "high", "-pix_fmt", "yuv420p"),
    *ffmpeg.RATE,
    *("-g", "60", "-bf", "2", "-rc-lookahead", "5", "-threads", "1", "-fflags", "+bitexact"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
]
"""The same for every part, or they could not be joined by copying.

A lookahead of 5 pictures and not 10: 35 MB less for an encoder of 1080×1920; files 1 to 8 % smaller, their SSIM
lower by 0.0006 at most (four kinds of footage).
"""
MP4 = ["-video_track_timescale", "15360", "-movie_timescale", "15360"]
"""Ticks a second, a multiple of every frame rate: with milliseconds, frames are a little too early or late."""
LIMIT = 120.0
LIMIT_PER_FRAME = 1.5
"""Seconds a part may take; twenty times what it takes on two slow cores."""


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

    def file(self, part: Segment) -> Path:
        """Where a finished part is kept: its name is the hash of everything that its picture depends on."""
        return self.cache / f"{_key(self, part)}.mp4"


def laid(room: Room, part: Segment, filters: str, name: Path) -> str:
    """`filters`, which make the pictures of a part, with all that is laid over them; files beside `name` help.

    Part of a graph: an input label may stand before, an output label behind.
    """
    words = _burnt(room, part, name.with_suffix(".ass"))
    graph = ",".join(filter(None, [filters, grade_filter(room.cut.grade), words]))
    if room.logo is not None:
        png = name.with_suffix(".png")
        border = drawn(room.logo, png)
        x, y = _logo_corner(room, room.logo)
        graph = laid_over(graph, png, x - border, y - border)
    return ",".join(filter(None, [graph, _fade(part), TAGS]))


def coding(part: Segment, made: Path) -> list[str]:
    """The arguments by which ffmpeg encodes a part to the file `made`."""
    return ["-an", "-frames:v", str(part.count), *X264, *MP4, str(made)]


def keep(room: Room, part: Segment, made: Path) -> bytes:
    """Puts an encoded part into the cache; answers its head. Broken when it has too few pictures or too many."""
    head = head_of(made, part.count)
    if head is None:
        raise Broken("A part of the film came out with the wrong number of pictures.")
    made.replace(room.file(part))
    return head


def limit(frames: int) -> float:
    """Seconds that so many frames may take."""
    return LIMIT + LIMIT_PER_FRAME * frames


def head_of(file: Path, count: int) -> bytes | None:
    """The parameter sets that a decoder of a file starts with; None unless it is there with so many pictures."""
    if not file.is_file():
        return None
    try:
        with av.open(str(file)) as container:
            head = bytes(container.streams.video[0].codec_context.extradata or b"")
            pictures = sum(packet.size > 0 for packet in container.demux(video=0))
    except (FFmpegError, IndexError):
        return None
    return head if pictures == count else None


def _key(room: Room, part: Segment) -> str:
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


def _burnt(room: Room, part: Segment, script: Path) -> str:
    """The filter that sets the words of this part into the picture; '' when there are none."""
    text = room.captions.window(part.start, part.count, ASS_OFFSET)
    if not text:
        return ""
    script.write_text(text, encoding="utf8")
    return burn_filter(script)


def _logo_corner(room: Room, logo: Logo) -> tuple[int, int]:
    """Its upper left corner, in pixels."""
    place = logo_area(room.size, room.cut, logo.width, logo.height)
    return round(place.left), round(place.top)


def _fade(part: Segment) -> str:
    return "" if part.fade_from is None else f"fade=t=out:start_frame={part.fade_from}:nb_frames={FADE_OUT}"
