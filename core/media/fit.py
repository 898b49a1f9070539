"""Fits a vendor's clip to the film: its shape, frame rate, colours and exact number of frames, without sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from core.domain.errors import BadMedia, Broken
from core.domain.plan import Fit
from core.domain.time import FrameSize
from core.media import crop, ffmpeg
from core.media.colour import TO_FILM
from core.media.odd_pictures import ON_BLACK, has_alpha, pictures, plain, reading
from core.media.probe import LOST, displayed_size, moving_picture, open_media, short_name

SLOWEST = 1.15
"""How far a clip that is too short is slowed: more, and people seem to wade."""
DAMAGE = 0.1
"""Share of a clip's pictures that may be unreadable; a decoder covers up less."""
SPOILT = 0.1
"""Seconds before a break in which pictures may be smeared."""
HD_FROM = (1280, 577)
"""Width and height from which video that does not name its colours is taken for BT.709, as players do."""
WHITE = 203
"""Nits of white paper in HDR (ITU-R BT.2408): what becomes the white of the film."""
LOOKING = 0.2
"""Share of the work in looking at the clip."""
SAME_SHAPE = 0.02
"""How far two shapes may differ and still be the same: a clip of 1088 lines is one of 1080."""
BEHIND = 8
"""How much smaller the picture behind the picture is drawn before it is blurred: nobody sees more of it."""
BLUR = 4
"""Pixels of that small picture that run into one another, three times over."""
DIMMED = 0.62
"""Light of the picture behind the picture, so that the eye stays in front."""
LIMIT = 120.0
LIMIT_PER_FRAME = 1.5
"""Seconds that the fitting may take, as in the cut."""
AGAIN = "Press Retry to fetch it again; if it stays like this, film the scene again with another model."

UNNAMED = 2
FULL_RANGE = 2
WIDE_PRIMARIES = {9: "bt2020", 11: "smpte431", 12: "smpte432"}
HDR = {16: "smpte2084", 18: "arib-std-b67"}
WIDE_MATRICES = {9: "bt2020nc", 10: "bt2020c"}
"""The code points of ITU-T H.273 that files carry, as ffmpeg calls them."""
Report = Callable[[float], None]


@dataclass(frozen=True)
class Clip:
    """What a look at every picture of a clip found."""

    path: Path
    stream: int
    seconds: float
    """From its first picture to the end of its last."""
    unspoilt: float
    """The same, without what may be smeared before a break."""
    size: FrameSize
    """As displayed."""
    reading: list[str]
    """Input arguments by which it is read."""
    plain: str
    """Filters that make frames of one size of its pictures, a comma behind them."""
    clear: bool
    """Whether places of it may be transparent."""
    colours: str
    """Filters that bring its colours to those of the film."""
    looks: list[crop.Look]
    """Small upright pictures of it."""


def fit(
    *, path: str, out: str, width: int, height: int, fps: int, frames: int, report: Report, how: Fit = "crop",
    most: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Writes `frames` frames of the clip at `path` to the silent mp4 `out`, as the cut takes them.

    `how` a picture of another shape fills the frame: cut to its subject, between bars, or before itself,
    blurred. A clip that is longer gives as many frames as it has, up to `most`. One that is too short is slowed by
    at most 15 %, then its last picture is held. Returns
    {"frames", "source_seconds", "source_size": [w, h], "held_frames", "same_shape"}.
    Raises BadMedia for a clip that is empty, broken off before its scene is, or unreadable, DiskFull or
    Broken when `out` cannot be written; then `out` is left as it was.
    """
    clip = _look(Path(path), frames / fps, lambda f: report(f * LOOKING))
    slowed = min(SLOWEST, max(1.0, frames / fps / clip.seconds))
    frames = max(frames, min(most, math.ceil(clip.unspoilt * fps - 0.5)))
    moving = min(frames, max(1, math.ceil(clip.seconds * slowed * fps - 0.5)))
    filters = [
        f"{clip.plain}setpts=(PTS-STARTPTS)*{slowed:.9f}",
        f"fps={fps}:start_time=0",
        f"tpad=stop_mode=clone:stop={frames}",
        f"trim=end_frame={frames}",
        *_shape(clip, FrameSize(width, height), how, slowed),
    ]
    with _finished_whole(Path(out)) as part:
        source = ["-max_error_rate", "1", *clip.reading, "-i", f"file:{clip.path}", "-map", f"0:{clip.stream}"]
        ffmpeg.run(
            [*source, "-vf", ",".join(filters), "-frames:v", str(frames), *_coding(fps), str(part)],
            seconds=LIMIT + LIMIT_PER_FRAME * frames,
            report=lambda f: report(LOOKING + f * (1 - LOOKING)),
            total=frames / fps,
        )
        if _pictures(part) != frames:
            raise Broken("A clip came out with the wrong number of pictures.", AGAIN)
    return {
        "frames": frames,
        "source_seconds": round(clip.seconds, 3),
        "source_size": list(clip.size),
        "held_frames": frames - moving,
        "same_shape": same_shape(clip.size, FrameSize(width, height)),
    }


def same_shape(source: FrameSize, film: FrameSize) -> bool:
    """Whether a picture fills the frame as it is."""
    return abs(source.aspect / film.aspect - 1) <= SAME_SHAPE


def _shape(clip: Clip, film: FrameSize, how: Fit, slowed: float) -> list[str]:
    """Filters that fill the film's frame with the picture, in the film's colours, whatever its pixels are."""
    if how == "crop" or same_shape(clip.size, film):
        return [*_cropped(clip, film, slowed), clip.colours]
    inside = _scaled(_inside(clip.size, film))
    around = f"pad={film.width}:{film.height}:(ow-iw)/2:(oh-ih)/2"
    if how == "pad":
        return [inside, "setsar=1", clip.colours, f"{around}:black"]
    small = FrameSize(*(max(16, round(side / BEHIND / 2) * 2) for side in film))
    cover = _cover(clip.size, small)
    behind = (
        f"scale={cover.width}:{cover.height}:flags=area,crop={small.width}:{small.height},"
        f"boxblur=lr={BLUR}:lp=3:cr={BLUR // 2}:cp=3,lutyuv=y='16+(val-16)*{DIMMED}',"
        f"scale={film.width}:{film.height}:flags=bicubic,setsar=1"
    )
    both = f"split[front][back];[back]{behind}[behind];[front]{inside},setsar=1[before]"
    return [f"{clip.colours},{both};[behind][before]overlay=(W-w)/2:(H-h)/2:shortest=1:format=yuv420"]


def _cropped(clip: Clip, film: FrameSize, slowed: float) -> list[str]:
    """Filters that cut the picture to the frame, around its subject."""
    at = crop.focus(clip.looks, clip.size, film)
    scale = [_scaled(_cover(clip.size, film)), "setsar=1"]
    if at.stands:
        share = at.knots[0][1]
        return [*scale, f"crop={film.width}:{film.height}:(iw-ow)*{share:.4f}:(ih-oh)*{share:.4f}"]
    x, y = (at.expression(room, slowed) for room in ("iw-ow", "ih-oh"))
    # whole pixels of luma and colour alike, or a slow glide would go in steps of two
    deep = "format=yuva444p10le" if clip.clear else "format=yuv444p10le"
    return [deep, *scale, f"crop={film.width}:{film.height}:x='{x}':y='{y}':exact=1"]


def _cover(source: FrameSize, film: FrameSize) -> FrameSize:
    ratio = max(film.width / source.width, film.height / source.height)
    width, height = (max(least, round(side * ratio)) for side, least in zip(source, film, strict=True))
    return FrameSize(width, height)


def _inside(source: FrameSize, film: FrameSize) -> FrameSize:
    ratio = min(film.width / source.width, film.height / source.height)
    width, height = (min(most, max(2, round(side * ratio / 2) * 2)) for side, most in zip(source, film, strict=True))
    return FrameSize(width, height)


def _scaled(size: FrameSize) -> str:
    return f"scale={size.width}:{size.height}:flags=lanczos+accurate_rnd+full_chroma_int"


def _coding(fps: int) -> list[str]:
    """As the local renderer codes its clips: nearly lossless, because the cut encodes once more."""
    return [
        *("-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-threads", "1", "-g", str(fps)),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-video_track_timescale", str(fps * 512), "-movflags", "+faststart", "-f", "mp4"),
    ]


@contextmanager
def _finished_whole(out: Path) -> Iterator[Path]:
    """A place beside `out` to write to; it takes the name only when all went well, and leaves nothing otherwise."""
    part = out.with_name(f"{out.stem}.part{out.suffix}")
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _pictures(file: Path) -> int:
    try:
        with av.open(str(file)) as container:
            return sum(packet.size > 0 for packet in container.demux(video=0))
    except (FFmpegError, IndexError):
        return 0


def _look(path: Path, needed: float, report: Report) -> Clip:
    """Decodes the whole clip: only then is it certain that what was paid for is there; `needed` are seconds."""
    if not path.is_file():
        raise Broken("A clip that was filmed is missing.", AGAIN)
    called = short_name(path.name)
    if path.stat().st_size == 0:
        raise BadMedia(f"The vendor's clip {called} is empty (0 bytes).", AGAIN)
    try:
        with open_media(path) as container:
            stream = moving_picture(container)
            if stream is None or stream.codec_context is None:
                raise BadMedia(f"The vendor's clip {called} has no picture that can be read.", AGAIN)
            stream.codec_context.thread_type = "AUTO"
            seen = _see(container, stream, called, needed, report)
            _check_whole(stream, seen, called, needed)
            width, height, turn = displayed_size(seen.first, stream)
            looks = [crop.turned(look, -turn // 90) for look in seen.looks] if turn else seen.looks
            unspoilt = seen.seconds - (SPOILT if _is_cut_off(stream, seen) else 0.0)
            clear = has_alpha(seen.first, stream)
            return Clip(
                path.resolve(),
                stream.index,
                seen.seconds,
                unspoilt,
                FrameSize(width, height),
                reading(seen.first, stream),
                plain(seen.first),
                clear,
                colours_to_film(seen.first, clear=clear),
                looks,
            )
    except (FFmpegError, ValueError) as error:
        raise BadMedia(f"The vendor's clip {called} is not a video that can be read.", AGAIN) from error


@dataclass
class _Seen:
    """The pictures of a clip: the first, when each begins, how long the last is shown, which share is damaged."""

    first: av.VideoFrame
    times: list[float]
    last: float
    damaged: float
    """Of those that are needed."""
    looks: list[crop.Look] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the first picture to the end of the last, which lasts as long as it says, or as usual."""
        gaps = [b - a for a, b in pairwise(self.times) if b > a]
        return self.times[-1] - self.times[0] + (self.last or (median(gaps) if gaps else 1 / 24))


def _see(container: InputContainer, stream: VideoStream, called: str, needed: float, report: Report) -> _Seen:
    first: av.VideoFrame | None = None
    times: list[float] = []
    looks: list[crop.Look] = []
    last, damaged, wanted = 0.0, 0, 0
    stated = _stated(stream)
    for frame in pictures(container, stream):
        is_needed = not times or times[-1] - times[0] < needed
        wanted += is_needed
        if frame is None:
            damaged += is_needed
            continue
        first = first or frame
        if frame.time is not None:
            times.append(frame.time)
            last = float((frame.duration or 0) * (frame.time_base or 0))
            if not looks or frame.time >= looks[-1].time + crop.STEP:
                looks.append(crop.look(frame, frame.time))
            report(min(1.0, frame.time / stated) if stated else 0.0)
    if first is None or not times:
        raise BadMedia(f"Not one picture of the vendor's clip {called} can be decoded.", AGAIN)
    return _Seen(first, sorted(times), last, damaged / wanted, looks)


def _check_whole(stream: VideoStream, seen: _Seen, called: str, needed: float) -> None:
    """Refuses a clip that was cut off on its way before what is needed of it, or of which too much is damaged."""
    if _is_cut_off(stream, seen) and seen.seconds < needed + SPOILT:
        stated = _stated(stream)
        raise BadMedia(
            f"The vendor's clip {called} is cut off: {seen.seconds:.1f} of its {stated:.1f} seconds can be read.", AGAIN
        )
    if seen.damaged > DAMAGE:
        raise BadMedia(f"The vendor's clip {called} is damaged.", AGAIN)


def _is_cut_off(stream: VideoStream, seen: _Seen) -> bool:
    """Whether more of it was meant to come than did."""
    stated = _stated(stream)
    return stated - seen.seconds > max(LOST[0], LOST[1] * stated)


def _stated(stream: VideoStream) -> float:
    """Seconds that it says it lasts."""
    return float((stream.duration or 0) * (stream.time_base or 0))


def colours_to_film(frame: av.VideoFrame, *, clear: bool = False) -> str:
    """Filters from the colours of this picture to those of the film; HDR is toned down to its white.

    `clear` when places of it may be transparent: those become black.
    """
    wide, hdr = WIDE_PRIMARIES.get(frame.color_primaries), HDR.get(frame.color_trc)
    if not (wide or hdr):
        guessed = "" if frame.format.is_rgb or frame.colorspace != UNNAMED else _guess(frame)
        return guessed + (ON_BLACK if clear else "") + TO_FILM
    came = f"setparams=color_primaries={wide or 'bt2020'}:color_trc={hdr or 'bt709'}"
    if not frame.format.is_rgb:
        full = frame.color_range == FULL_RANGE
        came += f":colorspace={WIDE_MATRICES.get(frame.colorspace, 'bt709')}:range={'full' if full else 'limited'}"
    linear = f"{came},zscale=t=linear:npl={WHITE},format=gbrpf32le,zscale=p=bt709"
    toned = ",tonemap=tonemap=mobius:desat=0" if hdr else ""
    return f"{linear}{toned},zscale=t=bt709:m=bt709:r=limited,format=yuv420p,{TO_FILM}"


def taken_for_hd(frame: av.VideoFrame) -> bool:
    """Whether a picture that does not name its matrix is read as BT.709."""
    long, short = max(frame.width, frame.height), min(frame.width, frame.height)
    return long >= HD_FROM[0] or short >= HD_FROM[1]


def _guess(frame: av.VideoFrame) -> str:
    """The filter that names the matrix of a picture that does not."""
    return f"setparams=colorspace={'bt709' if taken_for_hd(frame) else 'smpte170m'},"
