"""What is checked of a clip or a film, what was found, and what each platform takes: frozen values."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from core.domain.analysis import Span
from core.domain.plan import Part
from core.domain.time import Aspect


class Level(StrEnum):
    """How bad a finding is."""

    BLOCKS = "blocks"
    """A platform refuses it, or it is plainly broken."""
    WARNS = "warns"
    """It plays, and a person would want to know."""
    NOTES = "notes"


Check = Literal[
    "decodes", "duration", "aspect", "size", "format", "audio", "loudness", "peak",
    "black", "frozen", "silence", "captions", "overlay", "speech", "detail",
]  # fmt: skip
Fix = Literal["trim", "refit", "reencode", "normalise"]
"""What a machine can do about it: cut off an end, fill another shape, encode anew, level the sound."""

FIXES: dict[Fix, str] = {
    "trim": "Trim it",
    "refit": "Fit it to the frame",
    "reencode": "Encode it again",
    "normalise": "Level the sound",
}
"""The word on the button, in the order in which fixes are made."""


class Finding(Part):
    """One thing that was found, for a person."""

    check: Check
    level: Level
    what: str
    start: float | None = None
    """Where it begins, in seconds; None when it is about the whole."""
    end: float | None = None
    fix: Fix | None = None
    platform: str = ""
    """The one platform whose rule it is about; empty: it holds everywhere."""
    scene: str = ""
    """Id of the scene whose picture it is about, which another picture would put right."""


class Box(Part):
    """A part of the picture; edges as fractions of the frame, from the left and from the top."""

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    right: float = Field(ge=0, le=1)
    bottom: float = Field(ge=0, le=1)

    def holds(self, other: Box, slack: float = 0.0) -> bool:
        """Whether the other lies within it."""
        return (
            other.left >= self.left - slack
            and other.top >= self.top - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )


class Covered(Part):
    """A part of the picture that letters or a mark of ours lie over: what it does says nothing of the take under it."""

    box: Box
    start: float
    end: float
    """Seconds of the film."""

    def within(self, picture: Box, begins: float) -> Covered:
        """The same in a film that begins later, its picture only a part of the frame."""
        wide, high = picture.right - picture.left, picture.bottom - picture.top
        box = Box(
            left=picture.left + self.box.left * wide,
            top=picture.top + self.box.top * high,
            right=picture.left + self.box.right * wide,
            bottom=picture.top + self.box.bottom * high,
        )
        return Covered(box=box, start=self.start - begins, end=self.end - begins)


class Overlay(Part):
    """Something that seems to lie over the picture: it stands still while what is around it moves."""

    kind: Literal["text", "mark"]
    box: Box
    start: float
    end: float
    certain: bool
    """Whether the picture around it moved; over a still picture a sign in the scene looks the same."""


class Inspection(Part):
    """What was measured of a video in one pass; times in seconds from its first picture."""

    container: str
    """`mp4`, `mov`, `webm`, or the name of its format."""
    seconds: float
    """As the file states it."""
    readable: float
    """To the end of the last picture that decodes."""
    frames: int
    damaged: int
    """Packets of the picture that do not decode."""
    width: int
    height: int
    """As displayed, after rotation."""
    rotation: int
    fps: float
    video: str
    profile: str | None
    pixels: str
    """The pixel format."""
    audio: str | None
    sample_rate: int | None
    channels: int | None
    is_faststart: bool | None
    """Whether the index stands before the pictures; None for a container that has none."""
    bytes: int
    lufs: float | None
    """None without sound or in silence."""
    true_peak_db: float | None
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    silent: tuple[Span, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    bars: float = 0.0
    """Share of the picture that black bars at opposite edges hold from its beginning to its end."""

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    def share(self, spans: tuple[Span, ...], least: float = 0.0) -> float:
        """How much of the whole these spans cover, 0 to 1, as far as each lasts `least` seconds."""
        lasts = [s.end - s.start for s in spans]
        return sum(s for s in lasts if s >= least) / self.readable if self.readable else 0.0


class Voiced(Part):
    """A spoken line as it is heard in the finished film; seconds."""

    start: float
    end: float
    late: float
    """How much later than planned it is heard; negative: earlier."""
    over_db: float
    """How far it stands above everything else that is heard at the same time."""


class Today(Part):
    """What a platform allows by its own page."""

    words: str
    source: str
    checked: date


class Area(Box):
    """A part of the picture, and who says so."""

    source: str
    checked: date


class Disclosure(Part):
    """What a platform asks of films that AI has made."""

    label: str
    words: str
    how: str
    """What a person presses."""
    source: str
    checked: date


class PlatformRules(Part):
    """What a film for a platform is held to."""

    id: str
    name: str
    seconds: tuple[float, float]
    megabytes: float
    aspects: tuple[Aspect, ...]
    today: Today
    safe: Area
    advised: Area | None = None
    disclosure: Disclosure


class Law(Part):
    """What the law asks, whatever the platform."""

    name: str
    words: str
    how: str
    source: str
    amended: str
    checked: date


class PlatformFit(Part):
    """Whether a film may go to a platform as it is."""

    rules: PlatformRules
    why_not: tuple[str, ...] = ()


class FilmQuality(Part):
    """All that is known of the quality of a finished film, in one read."""

    film: str
    """Its id."""
    findings: tuple[Finding, ...]
    fits: tuple[PlatformFit, ...]
    fixes: tuple[Fix, ...]
    """What can be mended, in the order of the work."""
    mended: tuple[Fix, ...]
    """What was mended already, in this version of it."""
    is_checked: bool
    """False of a film that is older than the checks."""

    @property
    def worst(self) -> Level | None:
        """The worst that was found; None when nothing was."""
        order = (Level.BLOCKS, Level.WARNS, Level.NOTES)
        return next((level for level in order if any(f.level == level for f in self.findings)), None)
