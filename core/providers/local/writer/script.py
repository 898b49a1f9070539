"""What is said and read in each scene: the brief's own words first, framing lines where it has none."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.domain.plan import Role, seconds_to_say
from core.providers.local.writer import english
from core.providers.local.writer.brief import Reading
from core.providers.local.writer.categories import FALLBACK, stock_lines
from core.providers.local.writer.points import Point

LENT = 1.35
"""How far a line may pass the room of its scene; the lengths are evened out afterwards."""
LENT_TO_OWN = 1.6
"""The same for the film's own question, which is worth more than even lengths."""
MOST_STOCK = 3
"""Framing lines in the middle of a film; more of them and it talks without saying anything."""
LETTERS_A_SECOND = 4.5
"""Of scripts without spaces, as they are spoken."""
BUTTON = 26
"""Characters on the button of a call to action."""


class Beat(NamedTuple):
    """One scene's words; `about` is the point it makes, for its picture."""

    role: Role
    narration: str = ""
    title: str = ""
    kicker: str = ""
    about: str = ""


class Line(NamedTuple):
    """A line that could be said, and its title."""

    say: str
    title: str


def seconds_needed(line: str) -> float:
    """Seconds to say a line, in any script."""
    dense = sum(ord(ch) > 0x2E80 for ch in line)
    return max(seconds_to_say(line), dense / LETTERS_A_SECOND + 0.55 if dense else 0.0)


class Script:
    """The writing of one film: remembers what has been said, so that nothing is said twice."""

    def __init__(self, reading: Reading, category: str, rooms: Sequence[float], seed: int) -> None:
        self.reading = reading
        self.category = category
        self.rooms = rooms
        self.dice = random.Random(f"{seed}:{reading.text}")
        self.said: set[str] = set()
        self.titles: set[str] = set()
        self.points = list(reading.points)
        self.stock_used = 0
        self.slots = 0

    def beats(self) -> list[Beat]:
        """One beat per room, in order."""
        return self._english() if self.reading.is_english else self._foreign()

    def _english(self) -> list[Beat]:
        roles = self._roles()
        # The call is chosen first, so that no other scene uses its words.
        last = self._call(self.rooms[-1])
        beats = [self._beat(role, room) for role, room in zip(roles[:-1], self.rooms[:-1], strict=True)]
        return [*beats, last]

    def _foreign(self) -> list[Beat]:
        """The brief's own sentences in their order, the last one last; silence where there are no more."""
        beats: list[Beat] = []
        count = len(self.rooms)
        last = self.points.pop() if len(self.points) > 1 else None
        step = max(1.0, (count - 1) / max(1, len(self.points)))
        due = 0.0
        for place, room in enumerate(self.rooms[:-1]):
            role: Role = "hook" if place == 0 else "mood"
            if self.points and place >= round(due) - 1e-6:
                point = self.points.pop(0)
                due += step
                role = "hook" if place == 0 else "feature"
                beats.append(self._pointed(role, point, room))
            else:
                beats.append(Beat(role))
        closing = self._pointed("cta", last, self.rooms[-1]) if last else Beat("cta")
        return [*beats, closing._replace(kicker=self.reading.url[:BUTTON])]

    def _roles(self) -> list[Role]:
        """The scenes' roles: points where the brief has them, moods where it has none."""
        middle = len(self.rooms) - 3
        roles: list[Role] = []
        said_later = len(self.points) - self._reveals_a_point()
        if middle >= 2 and (self.reading.pain or said_later < middle):
            roles.append("problem")
        if len(self.rooms) > 2:
            roles.append("reveal")
        room = len(self.rooms) - 2 - len(roles)
        points = min(room, said_later)
        spots: list[Role] = ["feature"] * points
        self.slots = points
        if points >= 2 and any(p.has_number for p in self.points):
            spots[-1] = "proof"
        moods = room - points
        for i in range(moods):
            at = round((i + 1) * (len(spots) + 1) / (moods + 1)) if spots else 0
            spots.insert(min(at, len(spots)), "feature" if not points and i % 2 == 0 else "mood")
        return ["hook", *roles, *spots, "cta"]

    def _reveals_a_point(self) -> bool:
        """Whether the reveal has nothing to name, so that it says the first point."""
        return bool(self.points) and not self.reading.name and (bool(self.reading.question) or not self.reading.what)

    def _beat(self, role: Role, room: float) -> Beat:
        """The words for one scene."""
        if role == "hook":
            return self._of(role, self._hooks(), room)
        if role == "reveal":
            return self._reveal(room)
        if role in {"feature", "proof", "mood"} and self.points:
            point = self._with_neighbour(self._take_point(room, wants_number=role == "proof"), room)
            return self._pointed("feature" if role == "mood" else role, point, room)
        if role in {"feature", "mood", "proof"}:
            if self.stock_used >= MOST_STOCK:
                return Beat("mood")
            self.stock_used += 1
        return self._of(role, self._stock(role), room)

    def _hooks(self) -> list[Line]:
        """Ways to begin: the question, the pain, else one of the stock, now and then for whom it is."""
        reading = self.reading
        own = asked(reading.question) if reading.question else f"Tired of {reading.pain}?" if reading.pain else ""
        if own and seconds_needed(own) <= self.rooms[0] * LENT_TO_OWN:
            return [Line(own, english.title_of(own, 7))]
        return self._stock("hook")

    def _reveal(self, room: float) -> Beat:
        """The subject steps in."""
        name, what = self.reading.name, self.reading.what
        lines: list[Line] = []
        if name and what and name.lower() not in what.lower():
            joint = "," if what.split()[0].lower() in english.ARTICLES else ":"
            lines.append(Line(f"Meet {name}{joint} {what}.", name))
        if name:
            lines.append(Line(f"Meet {name}.", name))
        elif self._reveals_a_point():
            return self._pointed("reveal", self._take_point(room, wants_number=False), room)
        elif self.reading.question:
            lines += self._stock("mood")
        elif what:
            called = english.title_of(english.without_article(what))
            lines += [Line(f"Here it is: {what}.", called), Line(english.sentence(what), called)]
        beat = self._of("reveal", [*lines, *self._stock("reveal")], room)
        return beat._replace(kicker=what[:40] if name and len(what) <= 32 and what not in beat.narration else "")

    def _call(self, room: float) -> Beat:
        """The call to action, with its button."""
        call, url, name = self.reading.call, self.reading.url, self.reading.name
        lines: list[Line] = []
        if call:
            plain = re.sub(rf"\s+(?:at|on)\s+{re.escape(url)}", "", call) if url else call
            title = english.title_of(call) or english.title_of(plain)
            lines = [
                Line(english.sentence(text), title)
                for text in (call, re.split(r"[,;]|\s(?:and|now)\s", call)[0], plain)
            ]
        elif url:
            lines = [Line(f"Find {name or 'it'} at {url}.", f"Find {name or 'it'}")]
        elif name:
            lines = [Line(f"{name}. Take a look.", "Take a look")]
        beat = self._of("cta", [*lines, *([] if call or url else self._stock("cta"))], room)
        button = url or name or (beat.title if call else "")
        return beat._replace(kicker=button if len(button) <= BUTTON else "")

    def _take_point(self, room: float, *, wants_number: bool) -> Point:
        """The next point that can be said in that room; one with a number where that is wanted."""
        keeps_number = not wants_number and len(self.points) > 1
        order = (
            sorted(self.points, key=lambda p: p.has_number != wants_number) if wants_number or keeps_number else None
        )
        pool = order if order and wants_number else self.points
        fitting = [p for p in pool if any(seconds_needed(line) <= room for line in p.lines)]
        point = (fitting or pool)[0]
        self.points.remove(point)
        return point

    def _with_neighbour(self, point: Point, room: float) -> Point:
        """The point, joined by the next one when there are more points than scenes and both fit."""
        self.slots -= 1
        if len(self.points) <= self.slots or not self.points:
            return point
        both = f"{point.lines[0]} {self.points[0].lines[0]}"
        if seconds_needed(both) > room or self.points[0].has_number:
            return point
        other = self.points.pop(0)
        return Point((both, *point.lines), point.title, point.has_number)._replace(title=point.title or other.title)

    def _pointed(self, role: Role, point: Point, room: float) -> Beat:
        """A point of the brief, said if it fits, else only read."""
        fits = [line for line in point.lines if seconds_needed(line) <= room * LENT and line.lower() not in self.said]
        about = point.lines[-1].rstrip(".!?。！？")
        title = self._fresh_title(point.title)
        if not fits:
            return Beat(role, "", title, "", about)
        self.said.add(fits[0].lower())
        return Beat(role, fits[0], title, "In numbers" if role == "proof" else "", about)

    def _stock(self, role: Role) -> list[Line]:
        """Framing lines for that role whose slots the brief can fill, the category's own first, shuffled by seed."""
        slots = {"name": self.reading.name, "audience": self.reading.audience, "topic": self.reading.topic}
        out: list[Line] = []
        for category in dict.fromkeys((self.category, FALLBACK)):
            lines = [
                Line(english.capital(line.say.format(**slots)), english.capital(line.title.format(**slots)))
                for line in stock_lines(category, role)
                if all(slots[slot] for slot in re.findall(r"\{(\w+)\}", line.say + line.title))
            ]
            self.dice.shuffle(lines)
            out += lines
        return out

    def _of(self, role: Role, lines: Iterable[Line], room: float) -> Beat:
        """The first new line that fits; the shortest when none does."""
        new = [line for line in lines if line.say and line.say.lower() not in self.said]
        if not new:
            return Beat(role)
        fitting = [line for line in new if seconds_needed(line.say) <= room]
        line = fitting[0] if fitting else min(new, key=lambda x: seconds_needed(x.say))
        self.said.add(line.say.lower())
        return Beat(role, line.say, self._fresh_title(line.title))

    def _fresh_title(self, title: str) -> str:
        """The title, unless the film has shown it already or it would be cut off."""
        if title.lower() in self.titles or len(title.split()) > 7 or len(title) > 60:
            return ""
        self.titles.add(title.lower())
        return title


def asked(question: str) -> str:
    """`why the sky is red` -> `Why is the sky red?`; other questions as they are."""
    found = re.match(
        r"(why|how)\s+((?:the|an?|our|my)\s+\S+|\S+s)\s+(is|are|was|were|can)\s+(.*)$", question, re.IGNORECASE
    )
    if found:
        wh, subject, verb, rest = found.groups()
        question = f"{wh} {verb} {subject} {rest}"
    return english.capital(question.strip(" ?")) + "?"
