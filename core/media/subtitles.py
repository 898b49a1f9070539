"""Subtitle files beside the film: spoken words as SubRip and as WebVTT."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from core.domain.shoot import Word
from core.media.ass import RIGHT_TO_LEFT, WORD_JOINER
from core.media.caption_layout import runs_left
from core.media.phrases import Measure, Page, pages
from core.media.pieces import line_text

LINE = 34
"""Letters in a line; what broadcasters allow on a narrow screen."""
COMMANDS = re.compile(r"(?<=<)(?=[A-Za-z/!])|(?<=\{)(?=\\)|(?<=--)(?=>)")
"""Where text would be read as markup or as a line of times by players of SubRip, which knows no other way to write it.
"""


def srt(words: Sequence[Word], seconds: float = math.inf) -> str:
    """The words of a film of so many seconds as a SubRip file."""
    blocks = [
        f"{number}\n{_clock(page.start, ',')} --> {_clock(page.end, ',')}\n{_bare(page.lines)}\n"
        for number, page in enumerate(_pages(words, seconds), 1)
    ]
    return "\n".join(blocks)


def vtt(words: Sequence[Word], seconds: float = math.inf) -> str:
    """The words of a film of so many seconds as a WebVTT file."""
    blocks = ["WEBVTT\n"]
    for page in _pages(words, seconds):
        text = _plain(page.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(page.start, '.')} --> {_clock(page.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def _pages(words: Sequence[Word], seconds: float) -> list[Page]:
    """What is said before the film ends, none of it shown any longer."""
    said = [word for word in words if word.start < seconds]
    measure = Measure(width=_columns, room=LINE, lines=2, fewest=3, most=12)
    return [replace(page, end=min(page.end, seconds)) for page in pages(said, measure)]


def _columns(text: str) -> float:
    """Letters, those of Chinese, Japanese and Korean counting double as they are drawn; marks count nothing."""
    wide = sum(unicodedata.east_asian_width(c) in ("W", "F") for c in text)
    return wide + sum(not unicodedata.category(c).startswith("M") for c in text)


def _plain(lines: tuple[tuple[Word, ...], ...]) -> str:
    leftward = runs_left([word.text for line in lines for word in line])
    return "\n".join(_directed(line_text(line), leftward=leftward) for line in lines)


def _bare(lines: tuple[tuple[Word, ...], ...]) -> str:
    return COMMANDS.sub(WORD_JOINER, _plain(lines))


def _directed(text: str, *, leftward: bool) -> str:
    """A line that players would set from left to right by its first word, told to run as the others do."""
    first = next((kind for c in text if (kind := unicodedata.bidirectional(c)) in ("L", "R", "AL")), "L")
    return RIGHT_TO_LEFT + text if leftward and first == "L" else text


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"
