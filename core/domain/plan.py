"""The plan of a film: frozen values that a person reads, edits and approves."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.domain.syllables import spoken_words
from core.domain.time import Aspect, FrameSize, Resolution, frame_size

MAX_SCENES = 12
MIN_SECONDS = 5.0
MAX_SECONDS = 60.0
MIN_SCENE_SECONDS = 1.0
MAX_SCENE_SECONDS = 20.0
MAX_BRIEF = 4000
"""Characters; about two pages, more than any brief we have seen work."""
MAX_TITLE = 80
LONGEST = {"visual": 800, "title": MAX_TITLE, "kicker": 40, "narration": 400, "sound": 200}
"""Characters of the texts of a scene."""
PERFORMANCE_SECONDS = (3.0, 30.0)
"""Of a recording that a character plays: what models take."""
VOICE_RATE = (0.7, 1.3)
VOICE_GAIN = (-12.0, 12.0)
MUSIC_BPM = (60.0, 180.0)
MUSIC_GAIN = (-18.0, 12.0)
"""Least and most; gains in dB."""

SPEAKING_RATE = 2.6
"""Words a second that the voices reach at their natural rate (measured)."""
FASTEST = 1.15
"""How far a voice may be hurried before it sounds hurried."""
BREATH = 0.55
"""Seconds of a scene around its line: before the first word and after the last."""

Role = Literal["hook", "problem", "reveal", "feature", "proof", "mood", "cta"]
ShotSize = Literal["extreme_wide", "wide", "medium", "close_up", "extreme_close_up"]
Camera = Literal["static", "push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "orbit", "handheld"]
Angle = Literal["eye_level", "low", "high", "top_down"]
Transition = Literal["cut", "dissolve", "dip", "wipe", "slide", "whip", "zoom"]
Motif = Literal[
    "auto", "city", "ridge", "grid", "orbit", "flow", "portrait", "glyph", "chart",
    "still:phone", "still:coins", "still:cup", "still:food", "still:bottle", "still:box",
    "still:cubes", "still:abstract",
]  # fmt: skip
"""What the local renderer draws; vendors go by the words of the scene."""
TypeStyle = Literal["impact", "grotesk", "serif", "heavy"]
Tone = Literal["warm", "calm", "tense", "tech", "night", "hope", "playful"]
CaptionStyle = Literal["karaoke", "pop", "box", "lower", "clean"]
CaptionPlace = Literal["top", "middle", "bottom"]
Platform = Literal["tiktok", "shorts", "reels", "any"]
Fit = Literal["crop", "pad", "blur"]
"""How a take of another shape fills the frame: cut to it, bars around it, or its own picture blurred around it."""
Corner = Literal["top_left", "top_right", "bottom_left", "bottom_right"]
Work = Literal["language", "still", "speech", "transcription", "music", "effect"]
"""What is made for a film beside its clips, each by a model of its own."""

Hex = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Part(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def but(self, **changes: object) -> Self:
        """The same value with these fields changed, checked again."""
        return type(self).model_validate({**self.model_dump(), **changes})


class Source(Part):
    """Where the picture of a scene comes from."""

    kind: Literal["drawn", "image", "key_frame", "performance"] = "drawn"
    asset: str | None = None
    """The image, the sample the key frame is taken from, or the recording that the plan's character plays."""
    time: float | None = Field(default=None, ge=0)
    """Of the key frame, in seconds of the sample."""
    # left out where there is none, so that pictures made before plans knew recordings keep their addresses
    seconds: float | None = Field(default=None, gt=0, exclude_if=lambda length: length is None)
    """Of a recording: its length, which is what is billed."""
    sound: bool = Field(default=False, exclude_if=lambda has_sound: not has_sound)
    """Of a recording: whether something is heard in it, which then is heard in the film."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind != "drawn" and not self.asset:
            raise ValueError("an image, key frame or performance names its asset")
        if self.kind == "key_frame" and self.time is None:
            raise ValueError("a key frame names its time")
        if self.kind == "performance" and self.seconds is None:
            raise ValueError("a performance names the length of its recording")
        return self

    @property
    def is_shown(self) -> bool:
        """Whether its still is a picture of the person's as it is, so that nobody draws one."""
        return self.kind in ("image", "performance")


class Claim(Part):
    """Something that a film says of a product, and where that was read."""

    text: str = Field(min_length=1, max_length=400)
    source: str = Field(default="", max_length=40)
    """The field it came from, or the line of the description (`line 3`); empty: nobody said so, it is flagged."""
    quote: str = Field(default="", max_length=400)
    """What stands there."""


class Scene(Part):
    """One scene: what is seen, heard and read, and for how long."""

    id: str = Field(pattern=r"^[a-z0-9]{4,16}$")
    """Stays the same when scenes are moved."""
    role: Role
    visual: str = Field(min_length=1, max_length=LONGEST["visual"])
    """What is seen, in words, as a vendor's model is told it."""
    motif: Motif = "auto"
    source: Source = Source()
    shot_size: ShotSize = "medium"
    camera: Camera = "push_in"
    angle: Angle = "eye_level"
    seconds: float = Field(ge=MIN_SCENE_SECONDS, le=MAX_SCENE_SECONDS)
    cuts: tuple[float, ...] = ()
    """Where the picture cuts to another framing inside the scene, in seconds from its start."""
    narration: str = Field(default="", max_length=LONGEST["narration"])
    title: str = Field(default="", max_length=LONGEST["title"])
    """On-screen text."""
    kicker: str = Field(default="", max_length=LONGEST["kicker"])
    """The small line above the title; on a call to action, the button."""
    transition: Transition = "cut"
    """Into the next scene; the last one's is ignored."""
    sound: str = Field(default="", max_length=LONGEST["sound"])
    """An effect that is heard with it, in words."""
    fit: Fit = "crop"
    claims: tuple[Claim, ...] = ()
    model: str = "auto"
    take: int = Field(default=0, ge=0)
    """Which picture of its motif: two scenes of one motif start with different takes, a redoing is the next."""

    @model_validator(mode="after")
    def _cuts_inside(self) -> Self:
        if any(not 0.3 <= c <= self.seconds - 0.3 for c in self.cuts) or list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("cuts lie inside the scene, in order, 0.3 s from its ends")
        return self

    @model_validator(mode="after")
    def _within_its_recording(self) -> Self:
        if self.seconds > self.most_seconds + 0.02:
            raise ValueError("a scene is no longer than the recording that it plays")
        return self

    @property
    def plays(self) -> bool:
        """Whether the plan's character plays a recording in it."""
        return self.source.kind == "performance"

    @property
    def is_heard(self) -> bool:
        """Whether its recording is heard, instead of a voice that speaks its line."""
        return self.plays and self.source.sound

    @property
    def most_seconds(self) -> float:
        """The longest it can be: of a recording its first seconds are seen."""
        return min(MAX_SCENE_SECONDS, (self.plays and self.source.seconds) or MAX_SCENE_SECONDS)

    @property
    def needs_seconds(self) -> float:
        """The least time in which its line can be said, at the fastest speaking rate."""
        return seconds_to_say(self.narration)


class Grade(Part):
    """Colour of the whole film; the numbers run from -1 to 1, 0 changes nothing."""

    palette: tuple[Hex, ...] = Field(default=(), max_length=8)
    """The main colours; empty means those of the sample, or of the category."""
    warmth: float = Field(default=0, ge=-1, le=1)
    saturation: float = Field(default=0, ge=-1, le=1)
    brightness: float = Field(default=0, ge=-1, le=1)
    contrast: float = Field(default=0, ge=-1, le=1)
    match: float = Field(default=0, ge=0, le=1)
    """How far takes are graded towards the palette; 0 leaves them as they were filmed."""


class Voice(Part):
    """Who speaks."""

    enabled: bool = True
    name: str = "mara"
    """An id of data/voices.toml."""
    rate: float = Field(default=1, ge=VOICE_RATE[0], le=VOICE_RATE[1])
    gain_db: float = Field(default=0, ge=VOICE_GAIN[0], le=VOICE_GAIN[1])
    own: str | None = None
    """A recording of the person's that is heard instead, from the first scene on."""


class Music(Part):
    """The bed under the voice."""

    enabled: bool = True
    mood: Tone = "warm"
    bpm: float = Field(default=100, ge=MUSIC_BPM[0], le=MUSIC_BPM[1])
    gain_db: float = Field(default=0, ge=MUSIC_GAIN[0], le=MUSIC_GAIN[1])
    own: str | None = None
    """A piece of the person's that is heard instead."""


class Captions(Part):
    """Words on the picture, timed to the voice."""

    enabled: bool = True
    burn: bool = True
    """Whether they stand in the picture, too; else only in the files beside the film."""
    style: CaptionStyle = "karaoke"
    size: Literal["s", "m", "l"] = "m"
    place: CaptionPlace = "bottom"
    colour: Hex | None = None
    """Of the word being said; None takes the accent of the palette."""


class Crew(Part):
    """Which models make what is not a clip: ids of the catalogue; `auto` is this machine."""

    language: str = "auto"
    still: str = "auto"
    speech: str = "auto"
    transcription: str = "auto"
    music: str = "auto"
    effect: str = "auto"


class Brand(Part):
    """What stands over the whole film."""

    logo: str | None = None
    """An image of the person's."""
    corner: Corner = "top_right"
    end_card: str = Field(default="", max_length=MAX_TITLE)
    """What stands on a card behind the last scene; empty: there is none."""
    label: bool = False
    """Whether the picture says that it was made with AI."""


class Plan(Part):
    """A whole film, ready to be priced, approved and made."""

    title: str = Field(min_length=1, max_length=MAX_TITLE)
    brief: str = Field(max_length=MAX_BRIEF)
    category: str
    platform: Platform = "any"
    aspect: Aspect = "9:16"
    resolution: Resolution = "720p"
    tone: Tone = "warm"
    style: TypeStyle = "grotesk"
    seed: int = Field(ge=0, lt=2**31)
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=MAX_SCENES)
    grade: Grade = Grade()
    voice: Voice = Voice()
    music: Music = Music()
    captions: Captions = Captions()
    crew: Crew = Crew()
    character: str | None = None
    """An image of who or what is to look the same in every scene."""
    brand: Brand = Brand()
    writer: str
    """Who wrote it, named honestly."""
    notes: tuple[str, ...] = ()
    """What would make it better: facts that the brief does not give."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len({s.id for s in self.scenes}) != len(self.scenes):
            raise ValueError("every scene has its own id")
        if not MIN_SECONDS - 0.005 <= self.seconds <= MAX_SECONDS + 0.005:
            raise ValueError(f"a film lasts {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s, not {self.seconds:.1f} s")
        return self

    @property
    def seconds(self) -> float:
        """Length of the film. Transitions lie inside the scenes and take nothing from it."""
        return round(sum(s.seconds for s in self.scenes), 3)

    @property
    def size(self) -> FrameSize:
        """Pixels of the film."""
        return frame_size(self.aspect, self.resolution)

    @property
    def starts(self) -> tuple[float, ...]:
        """When each scene begins, in seconds."""
        out, t = [], 0.0
        for scene in self.scenes:
            out.append(round(t, 3))
            t += scene.seconds
        return tuple(out)

    def scene(self, scene_id: str) -> Scene:
        """That scene; KeyError when the plan has none of that id."""
        for scene in self.scenes:
            if scene.id == scene_id:
                return scene
        raise KeyError(scene_id)


def words(text: str) -> list[str]:
    """The written words of a line."""
    return re.findall(r"\S+", text)


def seconds_to_say(text: str, rate: float = SPEAKING_RATE * FASTEST) -> float:
    """Seconds a line needs at `rate` words a second, breath included; 0 for no line."""
    spoken = spoken_words(text)
    return round(spoken / rate + BREATH, 2) if spoken else 0.0
