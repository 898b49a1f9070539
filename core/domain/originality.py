"""Whether a film shows or plays what its sample does: the stretches that are too near, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from core.domain.analysis import Figure, Span
from core.domain.time import timecode

Level = Literal["clear", "note", "warning"]


class Overlap(Figure):
    """A stretch of the film that is found in the sample."""

    kind: Literal["picture", "sound"]
    sample: Span
    film: Span
    likeness: float = Field(ge=0, le=1)
    """How sure it is: of pictures the mean correlation of their edges, of sound the share of landmarks found."""
    mirrored: bool = False

    @property
    def sentence(self) -> str:
        """In words, with both places."""
        what = "The sound" if self.kind == "sound" else "The mirrored picture" if self.mirrored else "The picture"
        film, sample = (f"{timecode(s.start)} to {timecode(s.end)}" for s in (self.film, self.sample))
        return f"{what} at {film} of the film is that of the sample at {sample}."


class Originality(Figure):
    """What was found, and how serious that is."""

    overlaps: tuple[Overlap, ...]
    own: bool
    """Whether the person has said that the sample is theirs."""
    seconds: float = Field(gt=0)
    """Of the film."""

    @property
    def level(self) -> Level:
        """A note where the sample is the person's own, else a warning; clear when nothing was found."""
        if not self.overlaps:
            return "clear"
        return "note" if self.own else "warning"

    def share(self, kind: Literal["picture", "sound"]) -> float:
        """Share of the film's time that is found in the sample, 0 to 1."""
        return min(1.0, covered([o.film for o in self.overlaps if o.kind == kind]) / self.seconds)

    @property
    def sentence(self) -> str:
        """What was found and what to make of it."""
        if not self.overlaps:
            return "No stretch of the film shows a picture or plays a sound of the sample."
        found = []
        for kind, verb in (("picture", "shows pictures"), ("sound", "plays sound")):
            share = self.share(kind)  # type: ignore[arg-type]
            if share:
                found.append(f"{verb} of the sample for {max(share, 0.01):.0%} of its length")
        told = f"The film {' and '.join(found)}."
        if self.own:
            return f"{told} You said that the sample is your own, so this is only for you to know."
        return f"{told} Publish it only if you hold the rights to the sample; otherwise change these stretches."


def covered(spans: Sequence[Span]) -> float:
    """Seconds that these cover together, overlaps counted once."""
    total, reached = 0.0, 0.0
    for span in sorted(spans, key=lambda s: s.start):
        begin = max(span.start, reached)
        if span.end > begin:
            total += span.end - begin
            reached = span.end
    return total
