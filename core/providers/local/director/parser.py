"""The offline director: a message in plain English becomes edits of the plan, by rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from core.domain.edits import PlanEdit, Recolour
from core.domain.plan import Plan
from core.providers.local.director import match_length, match_looks, match_order, match_sound, match_words
from core.providers.local.director.clauses import QUALITIES, clauses, mended, quote_in
from core.providers.local.director.naming import NUMBERS, named_scenes
from core.providers.local.director.questions import APPROVE, question
from core.providers.local.director.understood import Ask, Matcher, Reading, Understood, VoiceRow, scenes_of

MATCHERS: tuple[Matcher, ...] = (
    match_order.add,
    match_order.combine,
    match_sound.captions,
    match_sound.music,
    match_words.film_name,
    match_words.line,
    match_words.title,
    match_sound.voice,
    match_looks.transition,
    match_order.order,
    match_order.source,
    match_order.remove,
    match_looks.model,
    match_order.redo,
    match_looks.colour,
    match_length.length,
    match_words.camera,
    match_looks.shape,
    match_looks.style,
    match_words.picture,
)
"""In the order in which they are asked; the first that understands a clause has it."""
UNDO = re.compile(
    r"^(?:undo|revert|go back|step back|roll back|take (?:it|that) back|never ?mind|cancel (?:that|it|the last))\b(.*)$"
)
REDO = re.compile(r"^redo(?:\s+(?:it|that|this|the (?:last )?change|(\w+) (?:steps?|times|changes)))?[\s.!]*$")
APPROVES = re.compile(
    r"^(?:i )?(?:approve|approved|accept|sign off|buy|pay|spend|render|produce|export|publish|finish)\b|\bapprove\b"
)
BARE = re.compile(rf"(?:a\s+(?:bit|little)\s+|much\s+|slightly\s+)?(?:{QUALITIES})\b")
WHOLE_FILM = "Colour belongs to the whole film, so it changes everywhere."
ONE_AT_A_TIME = "I only stepped through the history this time; say the other changes once more."
NEEDS_SUBJECT = "What should the new scene be about? For example: add a scene about the price after scene 2."
PLEASED = re.compile(
    r"^(?:(?:do not|don't) change anything|looks? (?:good|great)|perfect|great|love it|i love it|i like it|"
    r"nice|good|thanks|thank you|ok|okay|yes|no)[\s!.]*$"
)


def understand(
    message: str,
    plan: Plan,
    last: tuple[str, ...] = (),
    *,
    voices: Sequence[VoiceRow] = (),
    models: Sequence[str] = (),
) -> Understood:
    """What a message asks for; pure, and it never fails.

    `last` are the scenes of the change before, which `it` points to; `models` are ids that can be chosen.
    What the message quotes is taken as words, never as a command.
    """
    reading = Reading()
    spoken_of: tuple[tuple[str, ...], ...] = ()
    for clause in clauses(message):
        ask = _ask(clause, plan, last, voices, models)
        if BARE.match(ask.low) and not ask.groups and not ask.is_all:
            # `make scene 4 brighter and longer`: the second quality is of the same scene.
            ask = replace(ask, groups=spoken_of)
        spoken_of = ask.groups
        if _command(ask, reading) or _read(ask, reading):
            last = scenes_of(reading.edits) or last
            continue
        better = mended(clause)
        ask = _ask(better, plan, last, voices, models)
        if better != clause and (_command(ask, reading) or _read(ask, reading)):
            last = scenes_of(reading.edits) or last
        elif not PLEASED.match(ask.low):
            reading.missed.append(clause)
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


def _ask(clause: str, plan: Plan, last: tuple[str, ...], voices: Sequence[VoiceRow], models: Sequence[str]) -> Ask:
    quote, low = quote_in(clause)
    named = named_scenes(low, plan, last)
    return Ask(
        text=clause,
        low=low,
        quote=quote,
        groups=named.groups,
        is_all=named.is_all,
        plan=plan,
        voices=voices,
        models=models,
    )


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
    if APPROVES.search(low) and not ask.scenes and ask.quote is None and not re.search(r"\?$", ask.low):
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
    edits = _first(ask)
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
