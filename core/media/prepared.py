"""Takes made ready for the cut: of the film's shape, evened with their neighbours, graded towards the palette."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from core.domain.shoot import TAIL, CutList, Take
from core.domain.time import FrameSize, frames
from core.media import evening, ffmpeg, palette_table
from core.media.fit import fit
from core.media.takes import Footage, digest, footage

FITTING = 2
"""Counts the changes of how a clip is fitted; another number, and nothing old is used again."""
LOOKED_AT = 2
"""Takes at a time."""
NOT_YET = Footage("", "", conforms=False, frames=0, to_film="")
"""Stands for a take that is still to be filmed."""
Report = Callable[[float], None]


def prepared(cut: CutList, cache: Path, report: Report) -> tuple[Footage, ...]:
    """The takes of a film in its order, NOT_YET for those without a path; what is made of them is kept in `cache`.

    BadMedia for one without a picture, Broken for one that is gone.
    """
    size = FrameSize(cut.width, cut.height)

    def shaped(index: int) -> Footage:
        if not cut.takes[index].path:
            return NOT_YET
        return _shaped(cut.takes[index], size, cut.fps, _shown(cut, index), cache)

    found: list[Footage] = []
    with ThreadPoolExecutor(LOOKED_AT) as pool:
        for take in pool.map(shaped, range(len(cut.takes))):
            found.append(take)
            report(len(found) / len(cut.takes))
    return tuple(_coloured(cut, found, cache))


def _shaped(take: Take, size: FrameSize, fps: int, count: int, cache: Path) -> Footage:
    """The take as it is, or made anew from what the vendor gave: not cropped, or longer than it was needed then."""
    as_it_is = footage(take.path, size, fps)
    enough = take.fit == "crop" and as_it_is.frames >= count
    if take.raw is None or enough or not Path(take.raw).is_file():
        return as_it_is
    # the name of a clip's file is not its content, so what is in it is asked
    out = cache / f"{_hashed('fit', FITTING, digest(take.raw), take.fit, size, fps, count)}.fitted.mp4"
    if out.is_file():
        out.touch()  # a sweep goes by when it was last used
    else:
        fit(path=take.raw, out=str(out), width=size.width, height=size.height, fps=fps, frames=count,
            report=lambda _: None, how=take.fit)  # fmt: skip
    return footage(str(out), size, fps)


def _coloured(cut: CutList, takes: Sequence[Footage], cache: Path) -> list[Footage]:
    """The same takes with what is done to the colours of each."""
    graded = bool(cut.grade.match and cut.palette)
    even = [take.even for take in cut.takes]
    beside = [e and any(even[max(0, i - 1) : i] + even[i + 1 : i + 2]) for i, e in enumerate(even)]
    seen = [
        evening.samples(take.path, _shown(cut, index) / cut.fps)
        if take is not NOT_YET and (graded or beside[index])
        else None
        for index, take in enumerate(takes)
    ]
    lights = [evening.light(s) if s is not None and b else None for s, b in zip(seen, beside, strict=True)]
    corrections = evening.evened(lights)
    steps = [[(c.filters, c.filters)] if c.filters else [] for c in corrections]
    for index, (step, take, samples) in enumerate(zip(steps, takes, seen, strict=True)):
        if graded and samples is not None:
            step.append(_towards_palette(cut, take, min(take.frames, _shown(cut, index)), samples, cache))
    return [
        replace(take, colour=",".join(f for f, _ in step), coloured_by=" ".join(r for _, r in step))
        for take, step in zip(takes, steps, strict=True)
    ]


def _shown(cut: CutList, index: int) -> int:
    """Frames of a take that the film may show: its scene, and unless it is the last the tail for a transition."""
    return cut.takes[index].frames + (frames(TAIL) if index + 1 < len(cut.takes) else 0)


def _towards_palette(cut: CutList, take: Footage, shown: int, samples: evening.Floats, cache: Path) -> tuple[str, str]:
    """The filters that grade a take towards the palette, and what they depend on beside the take."""
    palette = [(colour.hex, colour.share) for colour in cut.palette]
    part = f" in its first {shown} frames" if shown < take.frames else ""
    recipe = f"{cut.grade.match} of {palette}{part}"
    path = cache / f"{_hashed('table', take.digest, recipe)}.cube"
    if not path.is_file():
        palette_table.write(palette_table.table(samples, palette, cut.grade.match), path)
    path.touch()  # a sweep goes by when it was last used
    return palette_table.filters(ffmpeg.quoted(path)), recipe


def _hashed(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
