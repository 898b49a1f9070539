"""The edits a plan can take: a closed union of frozen values, the same from chat, form, drag and API.

`core.domain.apply` carries them out and `core.domain.describe` says what has changed.
Scenes are named by id. A field left at None stays as it is.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.domain.plan import (
    Angle,
    Camera,
    CaptionPlace,
    CaptionStyle,
    Corner,
    Fit,
    Hex,
    Motif,
    Part,
    Scene,
    ShotSize,
    Source,
    Tone,
    Transition,
    TypeStyle,
    Work,
)
from core.domain.time import Aspect, Resolution

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Words = Annotated[str, Field(max_length=4000)]


class SetDuration(Part):
    """That scene lasts so many seconds."""

    kind: Literal["set_duration"] = "set_duration"
    scene: str
    seconds: Seconds


class ScaleDuration(Part):
    """These scenes, or the whole film, become `factor` times as long."""

    kind: Literal["scale_duration"] = "scale_duration"
    scenes: tuple[str, ...] | None = None
    factor: Seconds


class SetTotal(Part):
    """The film lasts so many seconds."""

    kind: Literal["set_total"] = "set_total"
    seconds: Seconds


class RewriteScene(Part):
    """What is seen, said or read in a scene."""

    kind: Literal["rewrite_scene"] = "rewrite_scene"
    scene: str
    visual: Words | None = None
    title: Words | None = None
    kicker: Words | None = None
    narration: Words | None = None
    shot_size: ShotSize | None = None
    camera: Camera | None = None
    angle: Angle | None = None
    motif: Motif | None = None


class Reorder(Part):
    """The scenes stand in this order; every scene is named once."""

    kind: Literal["reorder"] = "reorder"
    order: tuple[str, ...]


class AddScene(Part):
    """A new scene behind `after`; None puts it first. Without `scene` a plain one is made from `about`."""

    kind: Literal["add_scene"] = "add_scene"
    after: str | None = None
    about: Words = ""
    scene: Scene | None = None


class RemoveScene(Part):
    """That scene goes."""

    kind: Literal["remove_scene"] = "remove_scene"
    scene: str


class DuplicateScene(Part):
    """The scene stands there twice."""

    kind: Literal["duplicate_scene"] = "duplicate_scene"
    scene: str


class SplitScene(Part):
    """One scene becomes two, its line divided between them."""

    kind: Literal["split_scene"] = "split_scene"
    scene: str


class MergeScenes(Part):
    """Two neighbours become one scene."""

    kind: Literal["merge_scenes"] = "merge_scenes"
    first: str
    second: str


class SetTransition(Part):
    """How a scene passes into the next; None means all of them."""

    kind: Literal["set_transition"] = "set_transition"
    scene: str | None = None
    transition: Transition


class Recolour(Part):
    """Steps on the scale of the grade (-1 to 1), or its values when `absolute`."""

    kind: Literal["recolour"] = "recolour"
    warmth: Number | None = None
    saturation: Number | None = None
    brightness: Number | None = None
    contrast: Number | None = None
    match: Number | None = None
    absolute: bool = False
    palette: tuple[Hex, ...] | None = Field(default=None, max_length=8)


class Restyle(Part):
    """Type and tone of the whole film."""

    kind: Literal["restyle"] = "restyle"
    style: TypeStyle | None = None
    tone: Tone | None = None


class ChangeVoice(Part):
    """Who speaks, how fast and how loud."""

    kind: Literal["change_voice"] = "change_voice"
    name: str | None = None
    enabled: bool | None = None
    rate: Number | None = None
    gain_db: Number | None = None
    own: str | None = None
    """A recording of the person's; "" takes it out again."""


class ChangeMusic(Part):
    """The bed under the voice."""

    kind: Literal["change_music"] = "change_music"
    enabled: bool | None = None
    mood: Tone | None = None
    bpm: Number | None = None
    gain_db: Number | None = None
    own: str | None = None
    """A piece of the person's; "" takes it out again."""


class ChangeCaptions(Part):
    """The words on the picture; the colour `auto` is the accent of the palette."""

    kind: Literal["change_captions"] = "change_captions"
    enabled: bool | None = None
    burn: bool | None = None
    """False: only in the files beside the film."""
    style: CaptionStyle | None = None
    size: Literal["s", "m", "l"] | None = None
    place: CaptionPlace | None = None
    colour: Hex | Literal["auto"] | None = None


class ChangeModel(Part):
    """Which model makes a scene; None means all of them."""

    kind: Literal["change_model"] = "change_model"
    scene: str | None = None
    model: str = Field(min_length=1, max_length=80)


class ChangeFormat(Part):
    """Shape and size of the film."""

    kind: Literal["change_format"] = "change_format"
    aspect: Aspect | None = None
    resolution: Resolution | None = None


class ChangeSource(Part):
    """Where the picture of a scene comes from: words, an image, a frame, or a recording that the character plays."""

    kind: Literal["change_source"] = "change_source"
    scene: str
    source: Source


class ChangeCrew(Part):
    """Which model makes what is not a clip."""

    kind: Literal["change_crew"] = "change_crew"
    work: Work
    model: str = Field(min_length=1, max_length=80)


class SetCharacter(Part):
    """Who or what looks the same in every scene: an image; None: nobody."""

    kind: Literal["set_character"] = "set_character"
    asset: str | None


class ChangeSound(Part):
    """The effect that is heard with a scene; empty: none."""

    kind: Literal["change_sound"] = "change_sound"
    scene: str
    sound: Words


class ChangeFit(Part):
    """How takes of another shape fill the frame; None means all scenes."""

    kind: Literal["change_fit"] = "change_fit"
    scene: str | None = None
    fit: Fit


class ChangeBrand(Part):
    """Logo ("" takes it out), its corner, the card at the end, and the label."""

    kind: Literal["change_brand"] = "change_brand"
    logo: str | None = None
    corner: Corner | None = None
    end_card: Words | None = None
    label: bool | None = None


class Redo(Part):
    """The same scenes once more, with another seed."""

    kind: Literal["redo"] = "redo"
    scenes: tuple[str, ...] = Field(min_length=1)


class Rename(Part):
    """The film is called so."""

    kind: Literal["rename"] = "rename"
    title: Words


PlanEdit = Annotated[
    SetDuration
    | ScaleDuration
    | SetTotal
    | RewriteScene
    | Reorder
    | AddScene
    | RemoveScene
    | DuplicateScene
    | SplitScene
    | MergeScenes
    | SetTransition
    | Recolour
    | Restyle
    | ChangeVoice
    | ChangeMusic
    | ChangeCaptions
    | ChangeModel
    | ChangeFormat
    | ChangeSource
    | ChangeCrew
    | SetCharacter
    | ChangeSound
    | ChangeFit
    | ChangeBrand
    | Redo
    | Rename,
    Field(discriminator="kind"),
]
