"""What is known of a sample: measured figures, and which of them could not be had.

Times are seconds to the millisecond from the first frame, fractions run from 0 to 1, colours are
sRGB hex with the share of the picture they cover, loudness is in LUFS (EBU R 128).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

How = Literal["measured", "described", "not available"]
CameraMotion = Literal["static", "pan_left", "pan_right", "tilt_up", "tilt_down", "push_in", "pull_out", "handheld"]
Boundary = Literal["start", "cut", "fade", "dissolve"]
SeenSize = Literal["extreme_wide", "wide", "medium", "close_up", "extreme_close_up"]


class Figure(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Colour(Figure):
    """A colour and the share of the picture it covers."""

    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    share: float = Field(ge=0, le=1)


class Span(Figure):
    """From `start` to `end`, in seconds."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Curve(Figure):
    """Values at a fixed step of seconds, the first at 0."""

    step: float = Field(gt=0)
    values: tuple[float, ...]


class CameraCurve(Figure):
    """How the camera moves at a fixed step of seconds, in shares of the picture's width, height and size a second."""

    step: float = Field(gt=0)
    pan: tuple[float, ...]
    """Positive to the right."""
    tilt: tuple[float, ...]
    """Positive upwards."""
    zoom: tuple[float, ...]
    """Positive closer."""


class Area(Figure):
    """A part of the picture, in shares of its width and height; `left` and `top` from its upper left corner."""

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    width: float = Field(ge=0, le=1)
    height: float = Field(ge=0, le=1)


class Writing(Figure):
    """A line of text that stands in the picture."""

    text: str
    area: Area
    confidence: float = Field(ge=0, le=1)


class Shot(Figure):
    """A stretch between two boundaries of the sample."""

    start: float = Field(ge=0)
    end: float = Field(gt=0)
    opens_with: Boundary = "cut"
    key_time: float = Field(ge=0)
    """Where its most telling frame stands."""
    palette: tuple[Colour, ...] = ()
    brightness: float = Field(ge=0, le=1)
    contrast: float = Field(ge=0, le=1)
    saturation: float = Field(ge=0, le=1)
    motion: float = Field(ge=0, le=1)
    """Mean change between frames; 0 is a still."""
    camera: CameraMotion = "static"
    sharpness: float = Field(ge=0, default=0)
    faces: tuple[Area, ...] = ()
    """Those in its key frame, the largest first."""
    size: SeenSize | None = None
    """Told from the largest face; None where none was found."""
    writing: tuple[Writing, ...] = ()
    """Text in its key frame, from top to bottom."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


class SampleAnalysis(Figure):
    """Everything that was measured of one sample."""

    duration: float = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    """As displayed, after rotation."""
    fps: float = Field(gt=0)
    variable_fps: bool = False
    rotation: int = 0
    video_codec: str
    has_audio: bool
    audio_codec: str | None = None
    shots: tuple[Shot, ...] = Field(min_length=1)
    palette: tuple[Colour, ...]
    brightness: Curve
    contrast: Curve | None = None
    saturation: Curve | None = None
    motion: Curve
    camera: CameraCurve | None = None
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    loudness_lufs: float | None = None
    """Integrated; None without sound or in silence."""
    true_peak_db: float | None = None
    loudness: Curve | None = None
    """Momentary, 400 ms windows."""
    tempo_bpm: float | None = None
    tempo_confidence: float = Field(ge=0, le=1, default=0)
    beats: tuple[float, ...] = ()
    """Seconds at which the beats fall; none without a tempo."""
    speech: tuple[Span, ...] | None = None
    music: tuple[Span, ...] | None = None
    """Alone or under speech; None without sound."""
    silence: tuple[Span, ...] = ()
    got: dict[str, How] = Field(default_factory=dict)
    """For each group of figures, how it was got."""

    @property
    def mean_shot_seconds(self) -> float:
        """Average shot length."""
        return self.duration / len(self.shots)

    @property
    def speech_share(self) -> float | None:
        """Share of the time in which somebody speaks."""
        if self.speech is None:
            return None
        return min(1.0, sum(s.end - s.start for s in self.speech) / self.duration)
