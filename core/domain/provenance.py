"""Where a film comes from, as its Content Credentials tell it: who filmed each scene, what was done, which sample."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.domain.plan import Part

OURS = "local"
"""The vendor's name of what this machine draws and plays by rules that were trained on nothing."""
SourceKind = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "composite"]
"""The IPTC's words for how a picture or a sound came to be."""
Act = Literal[
    "c2pa.edited", "c2pa.dubbed", "c2pa.adjustedColor", "c2pa.addedText", "c2pa.trimmed", "c2pa.cropped",
    "c2pa.transcoded",
]  # fmt: skip
"""C2PA's words for what was done."""
From = Literal["drawn", "own image", "sample frame", "own recording"]
"""What the picture of a scene was made from."""


class Maker(Part):
    """Who made something."""

    vendor: str
    model: str

    @property
    def kind(self) -> SourceKind:
        """How what it makes comes to be."""
        return "algorithmicMedia" if self.vendor == OURS else "trainedAlgorithmicMedia"


class Filmed(Part):
    """One scene."""

    by: Maker
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    """Seconds of the film."""
    source: From = "drawn"


class Edited(Part):
    """Something that was done to the film."""

    act: Act
    says: str
    by: Maker | None = None
    """None for what is no work of a model: a cut, or a recording of the person's."""


class Story(Part):
    """Everything that is claimed of a film."""

    title: str
    revision: int = Field(ge=0, default=0)
    """Of the plan that it was made from."""
    scenes: tuple[Filmed, ...] = Field(min_length=1)
    edits: tuple[Edited, ...] = ()
    sample_sha256: str | None = None

    @property
    def shows_sample(self) -> bool:
        """Whether pictures of the sample are in the film."""
        return any(scene.source == "sample frame" for scene in self.scenes)

    @property
    def kind(self) -> SourceKind:
        """The film as a whole: its pictures decide, and a trained voice or music over drawn pictures is told too."""
        trained = [scene.by.kind == "trainedAlgorithmicMedia" for scene in self.scenes]
        if all(trained):
            return "trainedAlgorithmicMedia"
        if any(trained) or any(edit.by and edit.by.kind == "trainedAlgorithmicMedia" for edit in self.edits):
            return "compositeWithTrainedAlgorithmicMedia"
        return "algorithmicMedia" if all(scene.source == "drawn" for scene in self.scenes) else "composite"
