"""What is said and read in each scene: all that the brief says first, framing lines where it has no more."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from core.domain.plan import BREATH, Role, seconds_to_say
from core.domain.syllables import spoken_words
from core.providers.local.writer import english
from core.providers.local.writer.beats import Beat, as_tale, with_unsaid, within
from core.providers.local.writer.brief import Reading
from core.providers.local.writer.names import acts
from core.providers.local.writer.questions import asked, other_ways
from core.providers.local.writer.sentences import CLAUSE_MARK, FULL_STOPS
from core.providers.local.writer.share import shared
from core.providers.local.writer.speech import THIN, fill, misfit, room_of
from core.providers.local.writer.stock import Line, Stock
from core.providers.local.writer.titles import (
    MOST_WORDS,
    call_title,
    condensed,
    cut_short,
    hook_title,
    presented,
    question_title,
    spare_titles,
)
from core.providers.local.writer.units import LENT, Unit, in_clauses, said_in, trimmed

EMPTY, EMPTY_FIRST, SILENT = 0.9, 0.6, 2.0
"""Cost of a scene without words of the brief: with a framing line, the same before the reveal, and with silence."""
LENT_TO_REVEAL = 1.15
"""How far the sentence that presents the subject may pass the usual room of a scene."""
ROOM_FOR_TWO = 8.5
"""Words; a first scene with room for more than a hook takes over points, when the brief has many."""
SHORT_HOOK = 2.2
"""Seconds of the hook in such a scene."""
SHORT_CALL = "See for yourself."
"""As long as the call will be where the brief has none."""
SOME_SPEECH, MOST_SPEECH = 0.45, 1.2
"""Share of its room that a hook fills at least and at most."""
FEW = 5
"""Ways to begin without words of the brief, of which one is taken."""
LEAST_SPARE = 2.0
"""Words for which the scene of the call has room besides the call, so that it takes over a point."""
MOST_BUILD_UP = 1
"""Scenes before the subject steps in, in a film of less than `LONG_FILM` scenes; one more in longer ones."""
LONG_FILM = 9
MOST_ECHOES = 1
"""Short framing lines after points of the brief in one film; more of them are a mannerism."""
MOST_UNITS = 48
"""Points of one film; no film has time for more."""
BUTTON = 26
"""Characters on the button of a call to action."""
KICKER = 40
"""Characters of the small line."""


class Script:
    """The writing of one film: remembers what has been said, so that nothing is said twice."""

    def __init__(self, reading: Reading, category: str, rooms: Sequence[float], seed: int) -> None:
        self.reading = reading
        self.rooms = rooms
        self.stock = Stock(reading, category, random.Random(f"{seed}:{reading.text}"))
        self.said: set[str] = set()
        self.titles: set[str] = set()
        self.echoes = 0
        self.is_counted = False
        self.is_short_of_time = False
        self.is_quiet = False
        self.is_revealed = False
        self.spare_titles = spare_titles(reading.what, reading.name, reading.audience)

    def beats(self) -> list[Beat]:
        """One beat per room, in order."""
        reading, total = self.reading, sum(self.rooms)
        if reading.is_tale or not reading.is_english:
            beats = self._in_order()
        elif reading.question and not (reading.points or reading.name):
            beats = self._only_asked()
        else:
            beats = self._english()
        beats = with_unsaid(within(beats, total), reading.points, total)
        return self._titled(as_tale(beats) if reading.is_tale else beats)

    def _titled(self, beats: list[Beat]) -> list[Beat]:
        """The beats with titles that say it shorter than the voice; the first one always has one."""
        out = [b if b.role == "cta" else b._replace(title=condensed(b.title, b.narration)) for b in beats]
        if not out[0].title:
            reading = self.reading
            what = english.title_of(english.without_article(reading.what), MOST_WORDS)
            points = [] if reading.is_tale else [p.title for p in reading.points]  # no scene tells what comes later
            last = (beats[0].title, english.title_of(reading.text, MOST_WORDS + 1), cut_short(reading.text))
            own = (beats[0].title,) if reading.question else ()
            wishes = (*own, *self.spare_titles, reading.name, what, *points, *last)
            shown = {b.title.lower() for b in out}
            fresh = [title for title in wishes if title and title.lower() not in shown]
            title = fresh[0] if fresh else ""
            kicker = "" if title == out[0].kicker else out[0].kicker
            out[0] = out[0]._replace(title=title[:80], kicker=kicker)
        return out

    def _only_asked(self) -> list[Beat]:
        """A question without any answer in the brief: asked in two or three ways, quiet between them."""
        first = self._hook(self.rooms[0])
        has_call = self.reading.call or self.reading.url
        last = self._call(self.rooms[-1], []) if has_call else Beat("cta", "What do you think?", "Your answer?")
        middle = len(self.rooms) - 2
        ways = other_ways(self.reading.question)[: max(1, middle)]
        places = [round((i + 1) * (middle + 1) / (len(ways) + 1)) - 1 for i in range(len(ways))]
        beats = [Beat("mood") for _ in range(middle)]
        for place, (say, title) in zip(places, ways, strict=True):
            if seconds_to_say(say) <= self.rooms[place + 1] * LENT:
                beats[place] = Beat("problem", say, self._fresh_title(title))
        return [first, *beats, last]

    def _english(self) -> list[Beat]:
        """Hook, the brief's points shared out in the middle, call; the call's scene takes what is too much."""
        middle = self.rooms[1:-1]
        rooms = [room_of(s) for s in middle]
        load = sum(spoken_words(u.lines[0]) for u in self._units("", 99.0))
        is_dense = load > sum(rooms)
        opens = is_dense and room_of(self.rooms[0]) >= ROOM_FOR_TWO
        self.is_quiet = self.reading.is_offer and len(self._units("", 99.0)) < len(middle)
        is_told = (is_dense or self.is_quiet) and not self._has_hook()
        first = self._hook(SHORT_HOOK if opens else self.rooms[0]) if not is_told else Beat("hook")
        units = self._units(first.narration, sum(rooms) / max(1, len(rooms)))
        before = [room_of(self.rooms[0]) - spoken_words(first.narration)] if opens or is_told else []
        spare = room_of(self.rooms[-1]) - spoken_words(self.reading.call or self.reading.url or SHORT_CALL)
        after = [spare] if is_dense and spare > LEAST_SPARE else []
        rooms = [*before, *rooms, *after]
        wanted, units = len(units), trimmed(units, sum(rooms))
        self.is_short_of_time = len(units) < wanted
        is_split = len(units) > 1 and units[1].role == "reveal"
        loads = [spoken_words(u.lines[0]) for u in units]
        shares = (
            shared(
                loads,
                rooms,
                empty=EMPTY,
                empty_first=SILENT if self.is_quiet else EMPTY_FIRST,
                bound=1 if is_split else -1,
            )
            if rooms
            else []
        )
        groups = [[units[i] for i in group] for group in shares]
        if before and (opening := groups.pop(0)):
            first = self._opened(first, opening, self.rooms[0])
        elif is_told:
            first = self._hook(self.rooms[0])
        left = groups.pop() if after else []
        beats: list[Beat] = []
        is_revealed = bool(before)
        for own, seconds in zip(groups, middle, strict=True):
            is_revealed = is_revealed or bool(own) or len(beats) >= MOST_BUILD_UP + (len(self.rooms) >= LONG_FILM)
            beats.append(
                self._told(own, seconds) if own else self._framing("mood" if is_revealed else "problem", seconds)
            )
        return [first, *beats, self._call(self.rooms[-1], left)]

    def _opened(self, hook: Beat, units: Sequence[Unit], seconds: float) -> Beat:
        """The hook, and in the same long scene the first that the brief says."""
        texts = said_in(units, seconds - (seconds_to_say(hook.narration) - BREATH if hook.narration else 0.0))
        self.is_revealed = True
        self.said.update(text.lower() for text in texts)
        title = self._fresh_title(units[0].title) or hook.title
        kicker = hook.kicker if hook.kicker != title else self._kicker("reveal", "")
        return hook._replace(narration=" ".join([hook.narration, *texts]).strip(), title=title, kicker=kicker)

    def _units(self, hook: str, room: float) -> list[Unit]:
        """What the middle of the film has to say, in order; what the hook has said is left out.

        `room` is the usual room of a scene in words: a longer presentation of the subject becomes two units.
        """
        points = [p for p in self.reading.points if p.lines[-1].lower().rstrip(".!?") not in hook.lower()]
        units = [Unit("feature", p.lines, p.title, p.has_number) for p in points if p.lines][:MOST_UNITS]
        audience = self.reading.audience
        told = self._reveal_units(audience if audience and not self._is_used(audience, hook) else "", room)
        if units and not told and not self.reading.question:
            units[0] = units[0]._replace(role="reveal")
        return [*told, *units]

    def _is_used(self, audience: str, hook: str) -> bool:
        """Whether the hook or the call has named the audience or what it does."""
        spoken = f"{hook} {' '.join(self.said)}".lower()
        return audience.lower() in spoken or bool(self.stock.slots["do"] and self.stock.slots["do"].lower() in spoken)

    def _reveal_units(self, audience: str, room: float) -> list[Unit]:
        """The subject steps in, with whom it is for and where it is; nothing when the brief names no subject."""
        reading = self.reading
        name, what, where = reading.name, reading.what, reading.where
        is_told_first = name and not what and reading.points and acts(name, reading.points[0].lines[0])
        is_asked_about = reading.question and not name and what in reading.question
        if is_asked_about or is_told_first or not (name or what):
            return []
        place = f" {where}" if where else ""
        target = f" for {audience}" if audience else ""
        if name and what and name.lower() not in what.lower():
            called = english.with_article(what)
            whole = english.sentence(f"{called}{place}{target}")
            if spoken_words(f"Meet {name}, {whole}") > room * LENT_TO_REVEAL:
                shorter = tuple(english.sentence(f"{called}{more}") for more in (place, ""))
                title = english.title_of(reading.where, MOST_WORDS) or english.title_of(called, MOST_WORDS)
                lines = tuple(dict.fromkeys((whole, *shorter)))
                return [Unit("reveal", (f"Meet {name}.",), name), Unit("reveal", lines, title)]
            heads = [f"Meet {name}, {called}{place}{target}", f"Meet {name}, {called}{place}", f"Meet {name}, {called}",
                     f"Meet {name}"]  # fmt: skip
        elif name and what:
            heads = [f"{english.capital(what)}{place}{target}", f"{english.capital(what)}{place}"]
        elif name:
            heads = [f"Meet {name}{place}{target}", f"Meet {name}"]
        else:
            heads = [f"{presented(what)}{place}{target}", f"{presented(what)}{place}"]
        lines = tuple(dict.fromkeys(english.sentence(head) for head in heads))
        return [Unit("reveal", lines, name or english.title_of(english.without_article(what), MOST_WORDS + 1))]

    def _hook(self, seconds: float) -> Beat:
        """The question or the pain of the brief, else a way to begin that takes up its words."""
        reading = self.reading
        lines: list[Line] = []
        if reading.hook:
            lines = [Line(english.sentence(reading.hook), hook_title(reading.hook), is_own=True)]
        elif reading.question:
            own = asked(reading.question)
            lines = [Line(own, question_title(own), is_own=True)]
        elif reading.pain and reading.pain_is_clause:
            lines = [Line(english.sentence(reading.pain), english.title_of(reading.pain, MOST_WORDS), is_own=True)]
        stock = self.stock.lines("hook")
        pained = [line for line in stock if reading.pain and reading.pain in line.say]
        # Any of those that fit, the brief's words before others, so that another seed begins in another way.
        fitting = [line for line in pained or stock if SOME_SPEECH <= fill(line.say, seconds) <= MOST_SPEECH]
        fitting = [line for line in fitting if line.is_own] or fitting[:FEW]
        begun = [self.stock.dice.choice(fitting)] if fitting else pained or stock
        if self.is_quiet and not lines:
            begun = [line for line in begun if line.is_own]
        beat = self._composed("hook", lines or begun, [] if lines else self.stock.lines("problem"), seconds)
        audience = f"For {reading.audience}" if reading.audience else ""
        named = [words for words in (reading.audience, self.stock.slots["do"]) if words]
        is_said = any(words.lower() in beat.title.lower() for words in named)
        kicker = audience if audience and not is_said and len(audience) <= KICKER else ""
        self.titles.add(kicker.lower())
        return beat._replace(kicker=kicker or (reading.name[:KICKER] if reading.name not in beat.title else ""))

    def _has_hook(self) -> bool:
        """Whether the brief itself says how to begin."""
        reading = self.reading
        return bool(reading.hook or reading.question or reading.pain or reading.audience)

    def _call(self, seconds: float, left: Sequence[Unit]) -> Beat:
        """The call to action, with its button, after what is left to say or, where there is time, a run-up."""
        reading = self.reading
        call, url, name = reading.call, reading.url, reading.name
        lines: list[Line] = []
        if call:
            plain = re.sub(rf"\s+(?:at|on)\s+{re.escape(url)}", "", call) if url else call
            is_short = len(call.split()) <= MOST_WORDS and len(call) <= BUTTON
            title = english.capital(call.rstrip(".!")) if is_short else call_title(call, url)
            whole = f"{english.sentence(reading.slogan)} {english.capital(call)}" if reading.slogan else call
            texts = dict.fromkeys((whole, call, plain, re.split(rf"{CLAUSE_MARK}|\s(?:and|now)\s", call)[0]))
            lines = [Line(english.sentence(said), title or english.title_of(said, MOST_WORDS), True) for said in texts]
            fitting = [line for line in lines if seconds_to_say(line.say) <= seconds * LENT]
            lines = fitting[:1] or lines[-1:]
        elif url:
            lines = [Line(f"Find {name or 'it'} at {url}.", f"Find {name or 'it'} online", is_own=True)]
        if not lines and left:
            shortest = sorted(self.stock.lines("cta"), key=lambda line: spoken_words(line.say))
            lines = shortest[:3]
        is_full = left or self.is_short_of_time or self.is_quiet or self.reading.question
        lead = [] if is_full else self.stock.lines("lead")
        beat = self._composed("cta", lines or self.stock.lines("cta"), lead, seconds, is_before=True)
        if left:
            said = said_in(left, seconds - seconds_to_say(beat.narration) + BREATH)
            beat = beat._replace(narration=" ".join([*said, beat.narration]))
        button = url or name or (beat.title if call else "")
        if button == beat.title:
            button = english.title_of(english.without_article(self.reading.what), MOST_WORDS) or button
        return beat._replace(kicker=button if len(button) <= BUTTON and button != beat.title else "")

    def _told(self, units: Sequence[Unit], seconds: float) -> Beat:
        """A scene that says points of the brief, each as long as there is time for."""
        texts = said_in(units, seconds)
        narration, echo = " ".join(texts), ""
        self.said.update(text.lower() for text in texts)
        # A long presentation goes on in the next scene, which then is one of the points.
        is_reveal = units[0].role == "reveal" and not self.is_revealed
        self.is_revealed = self.is_revealed or is_reveal
        counted = [u for u in units if u.has_number]
        role: Role = "reveal" if is_reveal else "proof" if counted else "feature"
        if (
            narration
            and fill(narration, seconds) < THIN - 0.1
            and self.echoes < MOST_ECHOES
            and not (self.is_short_of_time or self.is_quiet or counted)
        ):
            echo = self._echo(narration, seconds, ("mood",) if is_reveal else ("echo", "mood"))
        title = next(filter(None, (self._fresh_title(u.title) for u in [*counted, *units])), "") or self._spare_title()
        about = units[-1].lines[-1].rstrip(FULL_STOPS)
        kicker = self._kicker(role, narration)
        said = f"{narration} {echo}".strip()
        return Beat(role, said, title, kicker if kicker != title else "", about, (echo,) if echo else ())

    def _echo(self, narration: str, seconds: float, parts: Sequence[str]) -> str:
        """The framing line that fills the scene best after its narration; '' where none fits."""
        lines = [line.say for part in parts for line in self.stock.lines(part) if line.say.lower() not in self.said]
        fitting = [line for line in lines if fill(f"{narration} {line}", seconds) <= 1]
        if not fitting:
            return ""
        best = min(fitting, key=lambda line: misfit(fill(f"{narration} {line}", seconds)) + 0.02 * lines.index(line))
        self.said.add(best.lower())
        self.echoes += 1
        return best

    def _kicker(self, role: Role, narration: str) -> str:
        """The small line: what it is, where it is, or whose point this is."""
        reading = self.reading
        if role == "reveal":
            what = english.capital(english.without_article(reading.what)) if reading.name else ""
            place = english.capital(reading.where)
            fresh = [text for text in (what, place) if text and len(text) <= KICKER and reading.name not in text]
            self.titles.update(text.lower() for text in fresh[:1])
            return fresh[0] if fresh else ""
        if role == "proof" and re.search(r"\d", narration) and not self.is_counted:
            self.is_counted = True
            return "In numbers"
        return reading.name[:KICKER]

    def _framing(self, role: Role, seconds: float) -> Beat:
        """A scene about which the brief says nothing; of a listing that says little it is a quiet look."""
        if self.is_quiet:
            return Beat("mood", title=self._spare_title())
        lines = self.stock.lines(role)
        beat = self._composed(role, lines, lines, seconds)
        own = self._spare_title() if role == "mood" else ""
        return beat._replace(title=own) if own else beat

    def _composed(
        self, role: Role, lines: Iterable[Line], extra: Iterable[Line], seconds: float, *, is_before: bool = False
    ) -> Beat:
        """One of the new lines, with one of the extra ones after (or before) it where that fills the scene better."""
        new = [line for line in lines if line.say and line.say.lower() not in self.said]
        more = [line for line in extra if line.say.lower() not in self.said]
        best: tuple[float, Line, Line | None] | None = None
        for place, line in enumerate(new):
            dearness = 0.03 * place + (0.0 if line.is_own else 0.2)
            for turn, other in enumerate([None, *more]):
                if other is not None and (other.say == line.say or (line.say[-1] == other.say[-1] == "?")):
                    continue
                both = line.say if other is None else f"{line.say} {other.say}"
                worth = misfit(fill(both, seconds)) + dearness + (0.08 + 0.005 * turn if other else 0.0)
                if best is None or worth < best[0] - 1e-9:
                    best = (worth, line, other)
        if best is None:
            return Beat(role)
        _, line, other = best
        used = [line] if other is None else [other, line] if is_before else [line, other]
        self.said.update(u.say.lower() for u in used)
        title = self._fresh_title(line.title) or self._spare_title()
        framing = tuple(u.say for u in used if not u.is_own)
        return Beat(role, " ".join(u.say for u in used), title, framing=framing)

    def _fresh_title(self, title: str) -> str:
        """The title, unless the film has shown it already or it would be cut off."""
        if title.lower() in self.titles or len(title.split()) > MOST_WORDS + 2 or len(title) > 48:
            return ""
        self.titles.add(title.lower())
        return title

    def _spare_title(self) -> str:
        """Something of the brief that no picture has shown yet."""
        return next(filter(None, map(self._fresh_title, self.spare_titles)), "")

    def _in_order(self) -> list[Beat]:
        """The brief's own sentences in their order, the last one last; silence where there are no more."""
        points = list(self.reading.points)
        last = points.pop() if len(points) > 1 else None
        wanted = len(self.rooms) - (1 if last else 0)
        rooms = [room_of(s) for s in self.rooms[:wanted]]
        units = [Unit("feature", p.lines, p.title, p.has_number) for p in points][:MOST_UNITS]
        units = trimmed(in_clauses(units, wanted + 1), sum(rooms))
        groups = shared([spoken_words(u.lines[0]) for u in units], rooms, empty=SILENT, empty_first=4 * SILENT)
        beats: list[Beat] = []
        for place, (group, seconds) in enumerate(zip(groups, self.rooms, strict=False)):
            beat = self._told_in_order([units[i] for i in group], seconds)
            beats.append(beat._replace(role="hook") if place == 0 else beat)
        if last:
            beats.append(self._told_in_order([Unit("cta", last.lines, last.title)], self.rooms[-1]))
        return [*beats[:-1], beats[-1]._replace(role="cta", kicker=self.reading.url[:BUTTON])]

    def _told_in_order(self, units: Sequence[Unit], seconds: float) -> Beat:
        """A scene in the brief's own language; nothing of ours is added."""
        if not units:
            return Beat("mood")
        texts = [text for text in said_in(units, seconds) if text.lower() not in self.said]
        self.said.update(text.lower() for text in texts)
        title = next(filter(None, (self._fresh_title(u.title) for u in units)), "")
        return Beat("feature", " ".join(texts), title, "", units[0].lines[-1].rstrip(FULL_STOPS))
