"""The offline director: a message in plain English becomes edits of the plan, by rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from core.domain.analysis import SampleAnalysis
from core.domain.edits import PlanEdit, Recolour, Reorder, SetTotal
from core.domain.errors import ImpossibleEdit
from core.domain.given import Given
from core.domain.plan import Plan
from core.providers.local.director import (
    match_crew,
    match_files,
    match_finish,
    match_length,
    match_looks,
    match_order,
    match_sound,
    match_words,
)
from core.providers.local.director.beyond import beyond
from core.providers.local.director.clauses import QUALITIES, clauses, mended, quote_in
from core.providers.local.director.match_length import seconds_in
from core.providers.local.director.naming import NUMBERS, named_scenes
from core.providers.local.director.questions import APPROVE, question
from core.providers.local.director.understood import Ask, Matcher, Reading, Understood, VoiceRow, scenes_of

MATCHERS: tuple[Matcher, ...] = (
    match_finish.brand,
    match_crew.crew,
    match_finish.effect,
    match_files.own_sound,
    match_files.performance,
    match_order.add,
    match_order.combine,
    match_sound.captions,
    match_sound.music,
    match_words.requoted,
    match_files.character,
    match_words.film_name,
    match_words.line,
    match_words.title,
    match_sound.voice,
    match_looks.transition,
    match_order.order,
    match_files.source,
    match_order.remove,
    match_crew.model,
    match_order.redo,
    match_finish.fit,
    match_finish.matching,
    match_looks.colour,
    match_length.length,
    match_words.camera,
    match_looks.shape,
    match_looks.style,
    match_words.picture,
    match_files.attached,
)
"""In the order in which they are asked; the first that understands a clause has it."""
UNDO = re.compile(
    r"^(?:undo|revert|go back|step back|roll back|(?:take|bring|put) (?:it|that|them) back|never ?mind|"
    r"cancel (?:that|it|the last))\b"
    r"(?!\s+to (?:the |my |a )?(?:generated|offline|local|sample|original (?:colou|voice|music)|drawn|model|music|"
    r"voice|ai))(.*)$"
)
REDO = re.compile(r"^redo(?:\s+(?:it|that|this|the (?:last )?change|(\w+) (?:steps?|times|changes)))?[\s.!]*$")
APPROVES = re.compile(
    r"^(?:i )?(?:approve|approved|accept|sign off|buy|pay|spend|render|produce|export|publish|finish)\b|\bapprove\b"
)
FORMAT = r"\b(?:1080p?|720p?|full hd|square|vertical|landscape|portrait|16:9|9:16|1:1)\b"
"""`export in 1:1` asks for a shape, not for the film."""
ALONE = re.compile(rf"(?:a\s+(?:bit|little)\s+|much\s+|slightly\s+)?(?:{QUALITIES})[\s.!]*$")
TOPIC = re.compile(r"\b(voice|narrator|music|captions|subtitles)\b")
THEM = re.compile(r"\b(?:it|them|they)\b")
TOLD = re.compile(r"(?:the )?(?:narrator|voice|line|title|headline|text|button)\b")
BARE = re.compile(
    rf"\d+(?:\.\d+)?\s*-?(?:s|secs?|seconds)\b|(?:try )?something (?:else|different)\b|"
    rf"(?:a\s+(?:bit|little)\s+|much\s+|slightly\s+)?(?:{QUALITIES})\b|"
    r"(?:give me |try |make |do )?(?:another|a new|a different) (?:take|version|try)\b|(?:try|do it) again\b"
)
SINGULAR = frozenset({"it", "that"})
STEP = re.compile(r"\b(?:by|off|add|shave|more|less|another|extra|longer|shorter|each)\b")
WHOLE_FILM = "Colour belongs to the whole film, so it changes everywhere."
ONE_AT_A_TIME = "I only stepped through the history this time; say the other changes once more."
NEEDS_SUBJECT = "What should the new scene be about? For example: add a scene about the price after scene 2."
USE_IT = re.compile(
    r"^(?:please )?(?:use|take|do|play|make) (?:it|that|this|them|so|a new one)(?: as (?:the |my |our )?\w+)?[\s!.]*$"
)
PLEASED = re.compile(
    r"^(?:(?:do not|don't) change anything|looks? (?:good|great)|perfect|great|love it|i love it|i like it|"
    r"nice|good|thanks|thank you|ok|okay|yes|no|(?:i )?(?:love|like) (?:it|this|that)(?: so far| already)?|"
    r"(?:the )?(?:rest|others?|remaining \w+)(?: of \w+)? (?:stays?|is|are|can stay|should stay|remains?)(?: \w+){0,4}|"
    r"(?:keep|leave) (?:the )?(?:rest|others|everything(?: else)?)(?: \w+){0,4}|"
    r"(?:keep|leave) (?:the |my |our )?(?:voice|narrator|music|captions|titles|colours|colors|order|length|camera|"
    r"words|lines|text|style|tone)(?: (?:as|the|like|it|they|is|are|same|that))*|"
    r"everything else (?:stays|is)(?: \w+){0,3}|"
    r"i (?:changed|have changed) my mind|i mean|no wait|wait|sorry|(?:it|this) looks? (?:good|great|"
    r"nice)(?: \w+){0,3}|great (?:start|work|job))[\s!.]*$"
)


def understand(
    message: str,
    plan: Plan,
    last: tuple[str, ...] = (),
    *,
    voices: Sequence[VoiceRow] = (),
    models: Sequence[str] = (),
    crew: Mapping[str, Sequence[str]] | None = None,
    given: Sequence[Given] = (),
    sample: str | None = None,
    analysis: SampleAnalysis | None = None,
) -> Understood:
    """What a message asks for; pure, and it never fails.

    `last` are the scenes of the change before, which `it` points to; `models` are ids that can be chosen for clips,
    `crew` those for other work. `given` are the person's files, `sample` the sample when its frames may be used.
    What the message quotes is taken as words, never as a command.
    """
    known = Ask(
        text="", low="", quote=None, groups=(), is_all=False, plan=plan, voices=voices, models=models, crew=crew or {},
        given=given, sample=sample, analysis=analysis,
    )  # fmt: skip
    reading = _Talk(known, last).read(clauses(message))
    is_step = reading.command in {"undo", "redo"}
    if is_step and reading.edits:
        reading.answers.append(ONE_AT_A_TIME)
    return Understood(
        edits=() if is_step else tuple(reading.edits),
        command=reading.command,
        times=reading.times,
        answer=" ".join(dict.fromkeys(reading.answers)),
        not_understood=tuple(reading.missed),
    )


class _Talk:
    """One message, clause by clause: each may go on where the one before it left off."""

    def __init__(self, known: Ask, last: tuple[str, ...]) -> None:
        self.known = known
        self.last = last
        self.spoken_of: tuple[tuple[str, ...], ...] = ()
        self.topic = ""
        self.points = False
        """Whether the clause names no scene, but points to some."""
        self.one_for_many = ""
        """The word that points to several scenes as if they were one."""
        self.reading = Reading()

    def read(self, said: Sequence[str]) -> Reading:
        """What all of them come to."""
        for clause in said:
            self._clause(clause)
            moved = next((edit for edit in reversed(self.reading.edits) if isinstance(edit, Reorder)), None)
            if moved is not None:
                self.known = replace(self.known, order=moved.order)
        return self.reading

    def _clause(self, clause: str) -> None:
        ask = self._ask(clause)
        if BARE.match(ask.low) and not ask.groups and not ask.is_all:
            # `make scene 4 brighter and longer`: the second quality is of the same scene.
            ask = replace(ask, groups=self.spoken_of)
            about = replace(ask, text=f"{self.topic} {ask.text}", low=f"{self.topic} {ask.low}")
            if self.topic and ALONE.match(ask.low) and _read(about, self.reading):
                return
        elif TOLD.match(ask.low) and ask.quote and not ask.scenes and not ask.is_all:
            ask = replace(ask, groups=self.spoken_of)  # `... and the narrator says "…"`
        if self.topic and THEM.search(ask.low) and not ask.scenes and not TOPIC.search(ask.low):
            about = replace(ask, text=THEM.sub(self.topic, ask.text), low=THEM.sub(self.topic, ask.low))
            if _read(about, self.reading):
                return
        self.spoken_of = ask.groups
        named = TOPIC.search(ask.low)
        self.topic = named.group(1) if named else ""
        film = replace(ask, groups=())  # `make it square` is said of no scene
        if not self._is_understood(ask) and not (self.points and self._is_understood(film)):
            self._mend(clause)

    def _mend(self, clause: str) -> None:
        """The clause with its typing errors corrected; else why it cannot be done, or that nobody understood it."""
        better = mended(clause)
        ask = self._ask(better)
        if better != clause and self._is_understood(ask):
            return
        reading = self.reading
        is_used = USE_IT.match(ask.low) and (reading.edits or reading.answers)
        if why := beyond(ask.low):
            reading.answers.append(why)
        elif not PLEASED.match(ask.low) and not PLEASED.match(clause.lower()) and not is_used:
            reading.missed.append(clause)

    def _ask(self, clause: str) -> Ask:
        quote, low = quote_in(clause)
        found = named_scenes(low, self.known.plan, self.last)
        self.points = bool(found.pointed)
        is_loose = len(self.last) > 1 and found.pointed in SINGULAR
        self.one_for_many = found.pointed if is_loose else ""
        if is_loose and seconds_in(low) and not STEP.search(low):
            found = found._replace(groups=())  # `make it 15 seconds` is said of a film
        return replace(self.known, text=clause, low=low, quote=quote, groups=found.groups, is_all=found.is_all)

    def _is_understood(self, ask: Ask) -> bool:
        before = len(self.reading.edits)
        if not (_command(ask, self.reading) or _read(ask, self.reading)):
            return False
        done = self.reading.edits[before:]
        if self.one_for_many and done:
            self._tell_whom(ask, scenes_of(done))
        named = () if ask.is_all else tuple(i for i in ask.scenes if i in {s.id for s in self.known.plan.scenes})
        self.last = scenes_of(done) or named or self.last
        return True

    def _tell_whom(self, ask: Ask, changed: tuple[str, ...]) -> None:
        """Says what `it` was taken for, where it could be several scenes or the film."""
        places = [n for n, scene in enumerate(self.known.plan.scenes, 1) if scene.id in changed]
        if places and set(changed) == set(ask.scenes):
            called = f"scenes {', '.join(map(str, places[:-1]))} and {places[-1]}"
            self.reading.answers.append(
                f"By “{self.one_for_many}” I understood {called}; name one of them, or say “the film”, for another."
            )
        elif not places and isinstance(self.reading.edits[-1], SetTotal):
            self.reading.answers.append(f"By “{self.one_for_many}” I understood the whole film; name scenes for those.")


def _command(ask: Ask, reading: Reading) -> bool:
    """Undo, redo and approve; whether the clause was one of them."""
    low = ask.low.strip(" .!?")
    if found := UNDO.match(low):
        reading.command = "undo"
        reading.times = _times(found.group(1))
        return True
    if (found := REDO.match(low)) and not (ask.scenes and found.group(0) in {"redo it", "redo that", "redo this"}):
        reading.command = "redo"
        reading.times = _times(found.group(1) or "")
        return True
    if (
        APPROVES.search(low)
        and not ask.scenes
        and ask.quote is None
        and not re.search(rf"\?$|{FORMAT}", ask.low)
        and not match_crew.crew(ask)
    ):
        reading.command = reading.command or "approve"
        reading.answers.append(APPROVE)
        return True
    return False


def _times(text: str) -> int:
    """`two steps` -> 2; 1 when it says nothing."""
    found = re.search(r"\d+", text)
    if found:
        return max(1, min(50, int(found.group(0))))
    return next((NUMBERS[w] for w in re.findall(r"[a-z]+", text) if NUMBERS.get(w, 0) > 0), 2 if "twice" in text else 1)


def _read(ask: Ask, reading: Reading) -> bool:
    """Answers the clause or adds its edits; whether it was understood."""
    answer = question(ask)
    if answer is not None:
        reading.answers.append(answer)
        return True
    try:
        edits = _first(ask)
    except ImpossibleEdit as problem:
        reading.answers.append(problem.sentence)
        return True
    if edits:
        reading.edits.extend(edits)
        if ask.scenes and isinstance(edits[0], Recolour) and len(ask.scenes) < len(ask.plan.scenes):
            reading.answers.append(WHOLE_FILM)
    elif match_order.NEW_SCENE.match(ask.low):
        reading.answers.append(NEEDS_SUBJECT)
        return True
    return bool(edits)


def _first(ask: Ask) -> list[PlanEdit] | None:
    """The edits of the first matcher that understands the clause."""
    for matcher in MATCHERS:
        try:
            edits = matcher(ask)
        except ValidationError:
            # A number or text that no edit takes: somebody else may read the clause differently.
            continue
        if edits:
            return edits
    return None
