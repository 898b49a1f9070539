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
from core.domain.time import FrameSize
from core.media import ass, crop, faces, ffmpeg, people
from core.media.caption_layout import runs_left
from core.media.colour import TO_JPEG

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
TITLE_WIDTH, TITLE_LARGEST = 0.86, 0.17
"""Of the title: the share of the frame's width that it takes, and its largest em against that width."""
TITLE_LINES = 4
LEADING = 1.12
"""From line to line of the title, in heights of its letters' line."""
HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, Alignment, MarginL, MarginR, Encoding
Style: Title,{family},40,&H00FFFFFF,&H00000000,&H00000000,0,5,0,0,-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"""
FACES: dict[TypeStyle, faces.Face] = {
    "impact": faces.ANTON, "grotesk": faces.GROTESK, "serif": faces.SERIF, "heavy": faces.ARCHIVO,
}  # fmt: skip


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
    folder: str,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the best pictures of a film into `folder` as JPEG, the best first.

    `times` are moments to choose from, in seconds, those of each scene together; a scene gives one. Sharp,
    rich in contrast, calm, with a face, with its subject where no app lies over it, and without a caption (`spoken`:
    [start, end] of words) wins. The last has the title on it, when there is one: a picture without letters, else
    the best one out of focus (`lettered`: scenes with words of their own). Returns {"pictures": [{"path", "time",
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
        _titled(film, bare, title, FACES[style], size, out)
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


def _titled(film: str, one: Candidate, title: str, face: faces.Face, size: FrameSize, out: Path) -> None:
    """The picture with the title set into the quieter of its upper and lower third, on a shade of its own."""
    middle = 0.42 if one.has_letters else 0.2 if one.draws[0] <= one.draws[1] or size.aspect > 1 else 0.66
    lines, em = _set(title, face, size, tall=size.height * (0.4 if one.has_letters else 0.26))
    line = em * (face.above + face.below) * LEADING
    edge = f"{ass.fill('#ffffff')}{ass.edge('#000000', em * 0.035)}"
    events = []
    for number, words in enumerate(lines):
        y = size.height * middle + (number - (len(lines) - 1) / 2) * line
        x = size.width / 2 + faces.drift(words, face, leftward=runs_left([words]), marked=False) * em
        text = ass.words(words, face, em, f"\\an5\\pos({x:.1f},{y:.1f})\\q2{edge}")
        events.append(f"Dialogue: 0,0:00:00.00,9:00:00.00,Title,,0,0,0,,{text}")
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        script = Path(folder) / "title.ass"
        script.write_text(_script(size, face, events), "utf8")
        burn = f"ass=filename={ffmpeg.quoted(script)}:fontsdir={ffmpeg.quoted(faces.FONTS)}"
        behind = _out_of_focus(size) if one.has_letters else _shade(middle)
        _picture(film, one.time, f"{behind},{burn},{TO_JPEG}", out)


def _out_of_focus(size: FrameSize) -> str:
    """So soft and dark that nobody reads the words in it, and its colours are left."""
    radius = max(2, min(size) // 22)
    return f"boxblur=lr={radius}:lp=3:cr={radius // 2}:cp=3,lutyuv=y='16+(val-16)*0.6'"


def _shade(middle: float) -> str:
    """Darkens a band of the picture, softly, so that the title can be read on whatever is there."""
    share = f"(1-0.62*exp(-pow((Y/H-{middle:.3f})/0.2,4)))"
    return f"geq=lum='16+(lum(X,Y)-16)*{share}':cb='128+(cb(X,Y)-128)*{share}':cr='128+(cr(X,Y)-128)*{share}'"


def _set(title: str, face: faces.Face, size: FrameSize, tall: float) -> tuple[list[str], float]:
    """The title in lines, and its em in pixels: as large as it fits into `tall` pixels."""
    words = title.split()
    best: tuple[float, list[str]] = (0.0, [title])
    for count in range(1, min(TITLE_LINES, len(words)) + 1):
        lines = _broken(words, count, face)
        widest = max(faces.width(line, face, 1000.0) for line in lines) / 1000
        em = min(size.width * TITLE_WIDTH / max(widest, 0.1), min(size) * TITLE_LARGEST)
        em = min(em, tall / (count * (face.above + face.below) * LEADING))
        best = max(best, (em, lines))
    return best[1], best[0]


def _broken(words: Sequence[str], count: int, face: faces.Face) -> list[str]:
    """The words in at most so many lines, as even as they can be."""
    widths = [faces.width(word, face, 1000.0) for word in words]
    target = sum(widths) / count
    lines, filled = [[words[0]]], widths[0]
    for word, width in zip(words[1:], widths[1:], strict=True):
        if filled + width / 2 > target and len(lines) < count:
            lines.append([])
            filled = 0.0
        lines[-1].append(word)
        filled += width
    return [" ".join(line) for line in lines]


def _script(size: FrameSize, face: faces.Face, events: Sequence[str]) -> str:
    head = HEAD.format(width=size.width, height=size.height, family=face.family)
    return "\n".join([head, *events, ""])
