"""The words of one scene, what of them there is time for, and the parts that the scenes of a tale play."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.domain.plan import MIN_SCENE_SECONDS, Role, seconds_to_say
from core.domain.time import FPS
from core.providers.local.writer.points import Point
from core.providers.local.writer.sentences import FULL_STOPS

TURN = 0.6
"""Where in a tale it turns."""


class Beat(NamedTuple):
    """One scene's words: `about` is the point it makes, for its picture; `framing` are the lines from the stock."""

    role: Role
    narration: str = ""
    title: str = ""
    kicker: str = ""
    about: str = ""
    framing: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How short its scene may become."""
        return max(MIN_SCENE_SECONDS, seconds_to_say(self.narration))

    @property
    def bare(self) -> Beat:
        """Without framing lines, and without the title of one; the title of the call stays to be read."""
        said = self.narration
        for line in self.framing:
            said = said.replace(line, "", 1)
        said = " ".join(said.split())
        is_read = said or self.role == "cta" or not self.framing
        return self._replace(narration=said, title=self.title if is_read else "", framing=())


def within(beats: Sequence[Beat], total: float) -> list[Beat]:
    """The beats with lines that can be said in so many seconds.

    Framing lines go first, then points of the brief, which are still read: of those that free enough time the
    shortest, the one that presents the subject only after others, the call last of all.
    """
    out = list(beats)
    while (over := _over(out, total)) > 0:
        bare = [b.bare for b in out]
        freed = [b.seconds - rest.seconds for b, rest in zip(out, bare, strict=True)]
        if max(freed) > 0:
            place = freed.index(max(freed))
            out[place] = bare[place]
            continue
        said = [i for i, b in enumerate(out) if b.narration]
        order = [i for i in said if out[i].role not in ("cta", "reveal")]
        order = order or [i for i in said if out[i].role != "cta"] or said
        if not order:
            break
        enough = [i for i in order if out[i].seconds - MIN_SCENE_SECONDS >= over]
        place = min(enough, key=lambda i: out[i].seconds) if enough else max(order, key=lambda i: out[i].seconds)
        out[place] = out[place]._replace(narration="", framing=())
    return out


def with_unsaid(beats: Sequence[Beat], points: Sequence[Point], total: float) -> list[Beat]:
    """The beats with points that nobody says, in their order, in place of framing lines and silence.

    As many of them as `total` seconds have room for.
    """
    out = list(beats)
    for number, point in enumerate(points):
        if any(line in b.narration for b in out for line in point.lines):
            continue
        numbers = [_number(b, points) for b in out]
        quiet = [i for i, b in enumerate(out) if b.role != "cta" and not b.bare.narration]
        free = [i for i in quiet if not out[i].bare.title or numbers[i] == number]
        if not free:
            continue
        place = max((i for i, n in enumerate(numbers[:-1]) if n < number), default=-1) + 1  # the call stays the last
        taken = min(free, key=lambda i: abs(i - place))
        for line in point.lines:
            beat = Beat("feature", line, point.title, "", line.rstrip(FULL_STOPS))
            there = [*out[:place], beat, *out[place:]]
            del there[taken + (taken >= place)]
            if _over(there, total) <= 0:
                out = [there[0]._replace(role="hook"), *there[1:]]
                break
    return out


def _over(beats: Sequence[Beat], total: float) -> float:
    """Seconds that the lines need beyond the film's; its scenes last whole frames."""
    return sum(b.seconds for b in beats) + len(beats) / FPS - total


def _number(beat: Beat, points: Sequence[Point]) -> int:
    """The place of the point that the beat makes, of the last one where it makes several.

    Where it makes none: a hook or what presents the subject comes before all of them, any other after them.
    """
    said = [i for i, p in enumerate(points) for line in p.lines if line.rstrip(FULL_STOPS) in (beat.about, beat.title)]
    said += [i for i, p in enumerate(points) if any(line in beat.narration for line in p.lines)]
    return max(said, default=-1 if beat.role in ("hook", "reveal") else len(points))


def as_tale(beats: Sequence[Beat]) -> list[Beat]:
    """The beats of a tale with the parts that they play: it begins, goes wrong, turns, and ends."""
    parts: dict[int, Role] = {1: "problem", round((len(beats) - 1) * TURN): "reveal", 0: "hook", len(beats) - 1: "cta"}
    return [beat._replace(role=parts.get(place, "mood")) for place, beat in enumerate(beats)]
