"""Subtitle files beside the film: spoken words as SubRip and as WebVTT."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.shoot import Word
from core.media.phrases import Measure, pages

LINE = 34
"""Letters in a line; what broadcasters allow on a narrow screen."""


def srt(words: Sequence[Word]) -> str:
    """The words as a SubRip file."""
    blocks = [
        f"{number}\n{_clock(page.start, ',')} --> {_clock(page.end, ',')}\n{_plain(page.lines)}\n"
        for number, page in enumerate(pages(words, _subtitles()), 1)
    ]
    return "\n".join(blocks)


def vtt(words: Sequence[Word]) -> str:
    """The words as a WebVTT file."""
    blocks = ["WEBVTT\n"]
    for page in pages(words, _subtitles()):
        text = _plain(page.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(page.start, '.')} --> {_clock(page.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _subtitles() -> Measure:
    return Measure(width=len, room=LINE, lines=2, fewest=3, most=12)


def _plain(lines: tuple[tuple[Word, ...], ...]) -> str:
    return "\n".join(" ".join(w.text for w in line) for line in lines)


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"
