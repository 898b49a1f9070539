"""Captions: spoken words as events on the picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.analysis import Colour
from core.domain.plan import Captions, Platform
from core.domain.shoot import Word
from core.domain.time import FPS, FrameSize
from core.media import emoji, ffmpeg
from core.media.caption_layout import Event
from core.media.caption_look import Area, Look, look
from core.media.caption_styles import page_events
from core.media.faces import FONTS, INTER_BOLD, LETTERED
from core.media.phrases import pages

__all__ = ["FONTS", "CaptionTrack", "burn_filter", "caption_script", "caption_track"]

ASS_OFFSET = 60
"""Seconds by which captions are shifted, so that a line begun in an earlier part has a time above 0."""

FAMILY = re.compile(r"\\fn([^\\}]+)")
"""Where a script names a font."""

HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Inter,40,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,5,0,0,0,-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class CaptionTrack:
    """All captions of a film as events, in frames."""

    events: tuple[Event, ...]
    size: FrameSize
    fps: int

    def window(self, first: int, count: int, offset: float = 0) -> str:
        """The ASS file of the events that overlap these frames; frame `first` stands at `offset` seconds.

        '' when there are none. Moved together with its captions, a part of the film has the same text.
        """
        chosen = [_within(e, first, count) for e in self.events if e.start < first + count and e.end > first]
        if not chosen:
            return ""
        lines = [
            f"Dialogue: {e.layer},{self._time(e.start - first, offset)},{self._time(e.end - first, offset)},"
            f"Default,,0,0,0,,{e.text}"
            for e in chosen
        ]
        return HEADER.format(width=self.size.width, height=self.size.height) + "\n".join(lines) + "\n"

    def _time(self, frame: int, offset: float) -> str:
        """Half a frame early, so that rounding never moves an event to the frame beside."""
        hundredths = max(0, round(((frame - 0.5) / self.fps + offset) * 100))
        return (
            f"{hundredths // 360000}:{hundredths // 6000 % 60:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
        )


def caption_track(
    words: Sequence[Word],
    captions: Captions,
    palette: Sequence[Colour],
    size: FrameSize,
    *,
    fps: int = FPS,
    platform: Platform = "any",
    taken: Sequence[Area] = (),
) -> CaptionTrack:
    """The captions of a film; none when they are off or not for the picture. `words` carry film times.

    They keep off what is `taken` along the upper and lower edge, such as by a logo.
    """
    if not captions.enabled or not captions.burn:
        return CaptionTrack((), size, fps)
    appearance = look(captions, palette, size, fps, platform, [w.text for w in words], taken)
    told = [w.but(text=text) for w in words if (text := _written(w.text, appearance))]
    events: list[Event] = []
    for page in pages(told, appearance.measure):
        events += page_events(page, appearance)
    return CaptionTrack(tuple(e for e in events if e.end > e.start), size, fps)


def burn_filter(script: Path) -> str:
    """The filter that draws an ASS file whose frame 0 stands at `ASS_OFFSET`; what it needs is put beside that."""
    burn = f"ass=filename={ffmpeg.quoted(script)}:fontsdir={ffmpeg.quoted(_fonts(script))}"
    return f"setpts=PTS+{ASS_OFFSET}/TB,{burn},setpts=PTS-{ASS_OFFSET}/TB"


def _fonts(script: Path) -> Path:
    """A folder beside an ASS file with the fonts that it names: libass reads all that it finds, and that takes long."""
    folder = script.with_suffix(".fonts")
    folder.mkdir(exist_ok=True)
    named = set(FAMILY.findall(script.read_text("utf8"))) | {INTER_BOLD.family}
    for file in {face.file for face in LETTERED if face.family in named}:
        if not (folder / file).exists():
            (folder / file).symlink_to(FONTS / file)
    return folder


def caption_script(
    words: Sequence[Word], captions: Captions, palette: Sequence[Colour], size: FrameSize, seconds: float
) -> str:
    """The ASS file of a whole film of so many seconds; '' when there are no captions."""
    return caption_track(words, captions, palette, size).window(0, round(seconds * FPS))


def _within(event: Event, first: int, count: int) -> Event:
    """A steady event only as far as it is seen, so that it reads the same in every part of the film."""
    if not event.steady:
        return event
    return replace(event, start=max(event.start, first), end=min(event.end, first + count))


def _written(text: str, appearance: Look) -> str:
    """A word as it is set: in capitals where the style wants them, without what no font can draw."""
    told = text.upper() if appearance.capitals else text
    return emoji.drawable(told, appearance.face)
