"""The parts a film is encoded in: the inside of each scene once, each transition apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.plan import Transition
from core.domain.shoot import Take, transition_frames

FADE_OUT = 12
"""Frames at the end of the film in which it goes to black: 0.4 s."""


@dataclass(frozen=True)
class Stretch:
    """`count` frames of a take, from its frame `first`."""

    take: int
    first: int
    count: int


@dataclass(frozen=True)
class Segment:
    """A part of the film: one stretch as it is, or two blended into one another."""

    start: int
    """Frame of the film at which it begins."""
    count: int
    stretches: tuple[Stretch, ...]
    transition: Transition = "cut"
    fade_from: int | None = None
    """Frame of the segment at which the film begins to go to black."""

    @property
    def is_join(self) -> bool:
        """Whether it is a transition."""
        return len(self.stretches) > 1


def segments(takes: Sequence[Take]) -> list[Segment]:
    """The film, part after part; their frames add up to those of the scenes."""
    out: list[Segment] = []
    position = lead = 0
    for index, take in enumerate(takes):
        out.append(Segment(position, take.frames - lead, (Stretch(index, lead, take.frames - lead),)))
        position += take.frames - lead
        if index + 1 == len(takes):
            break
        lead = transition_frames(take.transition, takes[index + 1].frames)
        if lead:
            both = Stretch(index, take.frames, lead), Stretch(index + 1, 0, lead)
            out.append(Segment(position, lead, both, take.transition))
            position += lead
    return [*out[:-1], _faded(out[-1])]


def _faded(last: Segment) -> Segment:
    """The last part is the inside of a scene, so it holds the fade wherever a scene is half a second long."""
    return Segment(last.start, last.count, last.stretches, last.transition, max(0, last.count - 1 - FADE_OUT))
