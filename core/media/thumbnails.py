"""The cover of a film: its best pictures, to choose from, and the best of them with the title on it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.error import FFmpegError

from core.domain.errors import BadInput, BadMedia
from core.domain.plan import TypeStyle
from core.domain.time import FPS, FrameSize
from core.media import crop, ffmpeg, people
from core.media.caption_look import Area, ink_of
from core.media.captions import ASS_OFFSET, CaptionTrack, burn_filter
from core.media.colour import TO_JPEG, accent
from core.media.titling import Inks, Title, laid_out, title_events

Luma = npt.NDArray[np.uint8]

CHOICES = 3
"""Pictures to choose from, beside the one with the title."""
LOOK_WIDTH = 360
"""Pixels at which candidates are compared; finer than that is grain."""
AROUND = 0.1
"""Seconds before and after a candidate that tell whether it stands in a transition."""
RESTLESS = 18.0
"""Mean change of luma around a candidate, in levels of 255, at which its score has halved."""
DIM = 40.0
"""Mean luma under which a picture is too dark to be a cover."""
SPOKEN_OVER = 0.85
"""What a picture is worth with a caption on it, against the same without."""
LINGERS = 0.4
"""Seconds that a caption may stay after its last word."""
SAFE = (0.1, 0.78)
"""From where to where, from the top, nothing of an app lies over a cover."""
FACED, FACE, FACE_SIDE = 1.5, 0.09, 512
"""What a picture with a face is worth against the same without; its least height against the picture's, and the
longer side in pixels at which it is looked for."""
ALIKE = 14.0
"""Mean difference in luma, in levels of 255, under which two pictures are no choice."""
SIDE = 0.07
"""Share of the width that stays free on either side of the title."""
TALL, TALLER = 0.26, 0.4
"""Shares of the height that the title may take: on a picture, and where the picture is only a ground for it."""
SETTLED = 90
"""The frame of a title's coming at which all of it stands still."""
GROUND = 70.0
"""Mean luma of a picture that is only a ground; a dark one is not made darker than it is."""


@dataclass(frozen=True)
class Candidate:
    """A moment of the film as a cover."""

    time: float
    score: float
    luma: Luma
    """Small, to tell candidates apart."""
    draws: tuple[float, float]
    """How much of what draws the eye is in the upper and in the lower third."""
    has_letters: bool
    """Words of the scene's own, or a caption."""


def thumbnails(
    *,
    film: str,
    times: list[list[float]],
    spoken: list[list[float]],
    lettered: list[bool],
    title: str,
    style: TypeStyle,
    palette: list[str],
    folder: str,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the best pictures of a film into `folder` as JPEG, the best first.

    `times` are moments to choose from, in seconds, those of each scene together; a scene gives one. Sharp,
    rich in contrast, calm, with a face, with its subject where no app lies over it, and without a caption (`spoken`:
    [start, end] of words) wins. The last has the title on it, when there is one: a picture without letters, else
    the best one out of focus (`lettered`: scenes with words of their own), in the type of the film's `style` and the
    colours of its `palette` (hex). Returns {"pictures": [{"path", "time",
    "titled"}], "width", "height"}. Raises `BadMedia` when nothing can be read.
    """
    if not any(times):
        raise BadInput("There is no moment to choose a picture from.")
    scenes = list(zip(times, lettered, strict=True))
    found, size = _candidates(film, scenes, spoken, lambda f: report(0.7 * f))
    chosen = _chosen(found)
    pictures = []
    for number, one in enumerate(chosen):
        out = Path(folder) / f"thumbnail{number}.jpg"
        _picture(film, one.time, TO_JPEG, out)
        pictures.append({"path": str(out), "time": one.time, "titled": False})
    if title.strip():
        out = Path(folder) / "titled.jpg"
        bare = next((one for one in chosen if not one.has_letters), chosen[0])
        if _titled(film, bare, title, (style, Inks(ink_of(palette), accent(palette))), size, out):
            pictures.append({"path": str(out), "time": bare.time, "titled": True})
    report(1.0)
    return {"pictures": pictures, "width": size.width, "height": size.height}


def _candidates(
    film: str, scenes: list[tuple[list[float], bool]], spoken: list[list[float]], report: Callable[[float], None]
) -> tuple[list[Candidate], FrameSize]:
    """The best moment of each scene."""
    found = []
    try:
        with av.open(film) as container:
            size = FrameSize(container.streams.video[0].width, container.streams.video[0].height)
            for index, (times, has_words) in enumerate(scenes):
                around = [(time, list(_around(container, time))) for time in times]
                seen = [_candidate(time, frames, spoken, has_words=has_words) for time, frames in around if frames]
                found += sorted(seen, key=_rank)[:1]
                report((index + 1) / len(scenes))
    except (FFmpegError, IndexError) as error:
        raise BadMedia("The film cannot be read.", "Make it again.") from error
    if not found:
        raise BadMedia("The film has no picture where one was looked for.", "Make it again.")
    return found, size


def _around(container: InputContainer, time: float) -> Iterator[av.VideoFrame]:
    """The frames just before, at and just after a moment."""
    stream = container.streams.video[0]
    assert stream.time_base is not None
    container.seek(max(0, int((time - AROUND) / stream.time_base)), stream=stream)
    for frame in container.decode(stream):
        if frame.time is None or frame.time < time - AROUND:
            continue
        if frame.time > time + AROUND:
            return
        yield frame


def _candidate(time: float, frames: list[av.VideoFrame], spoken: list[list[float]], *, has_words: bool) -> Candidate:
    first, middle, last = (_luma(frame) for frame in (frames[0], frames[len(frames) // 2], frames[-1]))
    # both level off: grass is sharper and richer than any face, and no better a cover
    sharpness = 1 - float(np.exp(-np.log1p(cv2.Laplacian(middle, cv2.CV_32F).var()) / 2.5))
    spread = 0.5 + min(0.75, float(middle.std()) / 64)
    light = min(1.0, float(middle.mean()) / DIM)
    unrest = max(float(cv2.absdiff(one, other).mean()) for one, other in combinations((first, middle, last), 2))
    composed, draws = _composition(frames[len(frames) // 2])
    score = sharpness * spread * light * composed / (1 + (unrest / RESTLESS) ** 2)
    has_caption = any(start <= time <= end + LINGERS for start, end in spoken)
    worth = (SPOKEN_OVER if has_caption else 1.0) * (FACED if _has_face(frames[len(frames) // 2]) else 1.0)
    return Candidate(time, score * worth, middle, draws, has_words or has_caption)


def _has_face(frame: av.VideoFrame) -> bool:
    """Whether somebody looks out of the picture, near enough, where no app lies over it."""
    scale = min(1.0, FACE_SIDE / max(frame.width, frame.height))
    small = frame.reformat(round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2, "bgr24")
    found = people.faces(small.to_ndarray().astype(np.uint8, copy=False))
    return any(f.height >= FACE and SAFE[0] <= f.top + f.height / 2 <= SAFE[1] for f in found)


def _rank(one: Candidate) -> tuple[float, float]:
    return -one.score, one.time


def _luma(frame: av.VideoFrame) -> Luma:
    height = max(2, round(frame.height * LOOK_WIDTH / frame.width / 2) * 2)
    return frame.reformat(LOOK_WIDTH, height, "gray").to_ndarray().astype(np.uint8, copy=False)


def _composition(frame: av.VideoFrame) -> tuple[float, tuple[float, float]]:
    """How well a picture is composed (about 0.7-1.4), and what draws the eye in its upper and lower third.

    Good is one place that draws the eye, where it is seen; skin counts among what does (core.media.crop).
    """
    drawn = crop.saliency(crop.look(frame, 0.0).planes)
    height = len(drawn)
    total = float(drawn.sum()) + 1e-6
    safe = float(drawn[round(SAFE[0] * height) : round(SAFE[1] * height)].sum()) / total
    best = np.sort(drawn.ravel())[::-1]
    gathered = float(best[: len(best) // 10].sum()) / total  # 0.1 when everything draws alike, 0.2 in a meadow
    third = height // 3
    draws = float(drawn[:third].sum()) / total, float(drawn[-third:].sum()) / total
    return 0.5 + 0.4 * safe + 4 * min(0.12, max(0.0, gathered - 0.2)), draws


def _chosen(found: Sequence[Candidate]) -> list[Candidate]:
    """The best, and the next best that look different; then whatever is left."""
    ranked = sorted(found, key=_rank)
    chosen: list[Candidate] = []
    for one in ranked:
        if len(chosen) < CHOICES and all(cv2.absdiff(one.luma, other.luma).mean() > ALIKE for other in chosen):
            chosen.append(one)
    rest = [one for one in ranked if one not in chosen]
    return (chosen + rest)[:CHOICES]


def _picture(film: str, time: float, filters: str, out: Path) -> None:
    args = ["-ss", f"{time:.3f}", "-i", film, "-frames:v", "1", "-vf", filters, "-q:v", "2", "-update", "1", str(out)]
    ffmpeg.run(args, seconds=60)


def _titled(film: str, one: Candidate, title: str, look: tuple[TypeStyle, Inks], size: FrameSize, out: Path) -> bool:
    """The picture with the title set into the quieter of its upper and lower third, on a shade of its own.

    It is set in the film's own type; False where nothing of it can be drawn.
    """
    style, inks = look
    middle = 0.42 if one.has_letters else 0.2 if one.draws[0] <= one.draws[1] or size.aspect > 1 else 0.66
    laid = _laid_around(title, style, size, middle, TALLER if one.has_letters else TALL)
    if laid is None:
        return False
    track = CaptionTrack(tuple(title_events(laid, inks, 0, 0, 2 * SETTLED)), size, FPS)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        script = Path(folder) / "title.ass"
        script.write_text(track.window(SETTLED, 1, ASS_OFFSET), "utf8")
        behind = _out_of_focus(size, float(one.luma.mean())) if one.has_letters else _shade(middle)
        _picture(film, one.time, f"{behind},{burn_filter(script)},{TO_JPEG}", out)
    return True


def _laid_around(title: str, style: TypeStyle, size: FrameSize, middle: float, tall: float) -> Title | None:
    """The title as large as it fits into that share of the height, its middle at that share from the top."""
    left, right, room = SIDE * size.width, (1 - SIDE) * size.width, tall * size.height
    top = (middle - tall / 2) * size.height
    for _ in range(2):  # how tall it is, and then where it hangs
        laid = laid_out(title, style, Area(left, top, right, top + room), min(size) / 720, centred=True)
        if laid is None:
            return None
        top = middle * size.height - (laid.box.bottom - laid.box.top) / 2
    return laid


def _out_of_focus(size: FrameSize, luma: float) -> str:
    """So soft that nobody reads the words in it, and darker where it is bright; its colours are left."""
    radius, share = max(2, min(size) // 22), min(1.0, GROUND / max(luma, 1.0))
    return f"boxblur=lr={radius}:lp=3:cr={radius // 2}:cp=3,lutyuv=y='16+(val-16)*{share:.3f}'"


def _shade(middle: float) -> str:
    """Darkens a band of the picture, softly, so that the title can be read on whatever is there."""
    share = f"(1-0.62*exp(-pow((Y/H-{middle:.3f})/0.2,4)))"
    return f"geq=lum='16+(lum(X,Y)-16)*{share}':cb='128+(cb(X,Y)-128)*{share}':cr='128+(cr(X,Y)-128)*{share}'"
