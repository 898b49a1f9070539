"""Shows captions, titles and brand before a film is cut, drawn by the same filters as the cut draws them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.domain.plan import CaptionStyle
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.captions import ASS_OFFSET, burn_filter
from core.media.colour import TAGS, TO_FILM
from core.media.logo import drawn, laid_over, measured
from core.media.overlays import film_track, logo_area

SECONDS = 30.0
"""That a preview may take; it takes less than one."""
MOVING = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]


def preview(
    *,
    cut_list: dict[str, Any],
    picture: str | None,
    outs: list[dict[str, Any]],
    report: Callable[[float], None],
) -> dict[str, int]:
    """Draws the first scene of a `CutList` over one still picture, or over the palette's first colour.

    Each of `outs` has a `path` and may have a caption `style` other than the list's. A .png is the frame at its
    `at` seconds, an .mp4 the whole scene without sound. Takes and sound of the list need not exist.
    """
    cut = CutList.model_validate(cut_list)
    for number, wanted in enumerate(outs):
        style: CaptionStyle | None = wanted.get("style")
        shown = cut.but(captions=cut.captions.but(style=style)) if style else cut
        draw(shown, Path(picture) if picture else None, Path(wanted["path"]), wanted.get("at"))
        report((number + 1) / len(outs))
    return {"drawn": len(outs)}


def draw(cut: CutList, picture: Path | None, out: Path, at: float | None) -> None:
    """One preview; whole or not at all."""
    size, count = FrameSize(cut.width, cut.height), cut.takes[0].frames
    with tempfile.TemporaryDirectory(prefix="preview-", dir=out.parent) as folder:
        made = Path(folder) / out.name
        graph = _lettered(cut, size, Path(folder))
        if at is None:
            end = ["-frames:v", str(count), "-an", *MOVING]
        else:
            frame = min(count - 1, round(at * cut.fps))
            graph, end = f"{graph},select='eq(n,{frame})'", ["-frames:v", "1", "-update", "1"]
        source = ["-loop", "1", "-framerate", str(cut.fps), "-i", str(picture)] if picture else _plain(cut, size)
        ffmpeg.run([*source, "-filter_threads", "1", "-vf", graph, *end, str(made)], seconds=SECONDS)
        made.replace(out)


def _ground(size: FrameSize) -> str:
    fill = f"scale={size.width}:{size.height}:force_original_aspect_ratio=increase,crop={size.width}:{size.height}"
    return f"{fill},{TO_FILM}"


def _plain(cut: CutList, size: FrameSize) -> list[str]:
    colour = cut.palette[0].hex if cut.palette else "#303038"
    return ["-f", "lavfi", "-i", f"color=c=0x{colour[1:]}:s={size.width}x{size.height}:r={cut.fps},format=rgb24"]


def _lettered(cut: CutList, size: FrameSize, folder: Path) -> str:
    """The picture in the film's size, and everything that the cut lays over it."""
    logo = measured(Path(cut.brand.logo), size) if cut.brand.logo else None
    script = folder / "words.ass"
    script.write_text(film_track(cut, logo).window(0, cut.takes[0].frames, ASS_OFFSET), "utf8")
    words = f"{_ground(size)},{burn_filter(script) if script.stat().st_size else 'null'}"
    if logo is None:
        return f"{words},{TAGS}"
    png, place = folder / "logo.png", logo_area(size, cut, logo.width, logo.height)
    border = drawn(logo, png)
    return laid_over(words, png, round(place.left) - border, round(place.top) - border)
