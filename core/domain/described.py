"""What a model that looked at a sample says of it: described, not measured, and named as such."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.domain.analysis import Figure, How

Phrase = Annotated[str, Field(max_length=300)]
Passage = Annotated[str, Field(max_length=800)]


class DescribedShot(Figure):
    """One shot of the sample, as it looks."""

    number: int = Field(ge=1)
    """Its place in the sample, from 1."""
    seen: Passage
    setting: Phrase = ""
    subject: Phrase = ""
    action: Phrase = ""
    lighting: Phrase = ""
    text: Phrase = ""
    """What can be read in the picture."""


class Beat(Figure):
    """A step of the sample's story."""

    at: float = Field(ge=0)
    """Seconds from the sample's first frame."""
    what: Phrase


class DescribedAnalysis(Figure):
    """A sample in words. It was read off key frames, figures and a transcript: it may be wrong, and is only told."""

    summary: Passage
    setting: Phrase
    subject: Phrase
    action: Phrase
    lighting: Phrase
    style: Phrase
    genre: Phrase
    mood: Phrase
    hook: Phrase
    """What is meant to stop people from scrolling on."""
    beats: tuple[Beat, ...] = Field(default=(), max_length=12)
    call_to_action: Phrase = ""
    """Empty: there is none."""
    keep: tuple[Phrase, ...] = Field(default=(), max_length=8)
    """What a remake should keep."""
    vary: tuple[Phrase, ...] = Field(default=(), max_length=8)
    """What a remake should change, so that it is a film of its own."""
    shots: tuple[DescribedShot, ...] = Field(default=(), max_length=200)
    """Of the shots whose key frame was shown."""
    how: How = "described"
    by: str = ""
    """The model that looked."""

    def shot(self, number: int) -> DescribedShot | None:
        """What is said of that shot; None when it was not shown."""
        return next((shot for shot in self.shots if shot.number == number), None)
