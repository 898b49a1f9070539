"""Clauses about length and pace."""

from __future__ import annotations

import re

from core.domain.edits import PlanEdit, ScaleDuration, SetDuration, SetTotal
from core.providers.local.director.naming import NUMBERS
from core.providers.local.director.understood import Ask

TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60}
COUNT = r"(\d+(?:[.,]\d+)?|an?|half an?|" + "|".join([*NUMBERS, *sorted(TENS, reverse=True)]) + ")"
SECONDS = re.compile(
    rf"\b{COUNT}(?:(?<=\d)\s*-?\s*s\b|\s*-?\s*(?:more\s+|extra\s+|full\s+|whole\s+)?(?:secs?|seconds?)\b)|"
    rf"\b(another) second\b"
)
MINUTE = re.compile(r"\b(?:a|one|1)\s*-?\s*(?:minute|min)\b")
EQUAL = re.compile(r"\b(?:equally long|equal(?:ly)? in length|equal lengths?|(?:of )?the same length|evenly timed)\b")
DECADE = re.compile(
    r"\b(?:the\s+|an?\s+)?[5-9]0s\s+(?!long|version|film|video|cut|clip|total|in|and|or|for|please)(?=\w)"
)
"""`a 90s tape` is no length."""
MINUTES = re.compile(rf"\b(\d{{1,3}}|{'|'.join(NUMBERS)})\s*-?\s*(?:minutes?|mins?)\b")
HALF_MINUTE = re.compile(r"\bhalf a minute\b")
PERCENT = re.compile(r"\b(\d{1,3})\s*(?:%|percent|per cent)")
LONGER = r"longer|lengthen|extend|stretch|hold|slower|slow\b|more time|prolong|increase|add"
SHORTER = r"shorter|shorten|trim|tighten|tighter|cut|faster|quicker|snappier|reduce|less|decrease|off|brief|speed|away"
GROWS, SHRINKS = re.compile(rf"\b(?:{LONGER})"), re.compile(rf"\b(?:{SHORTER})")
OTHER = re.compile(
    r"\b(?:voice|narrat\w+|speaker|speech|music|captions?|subtitles?|lines?|text|titles?|bpm|transitions?|camera|tempo|mood|tone|style|vibe|feel)\b"
)
PACE = re.compile(r"\b(?:cuts|pac(?:e|ing)|cutting|editing|edit|rhythm)\b")


def seconds_in(low: str) -> float | None:
    """The seconds that a clause names."""
    if HALF_MINUTE.search(low):
        return 30.0
    if MINUTE.search(low):
        return 90.0 if re.search(r"\bminute and a half\b", low) else 60.0
    if minutes := MINUTES.search(low):
        return 60.0 * float(NUMBERS.get(minutes.group(1), 0) or minutes.group(1))
    found = SECONDS.search(DECADE.sub(" ", low))
    if not found:
        return None
    word = (found.group(1) or "one").replace(",", ".")
    if word.startswith("half"):
        return 0.5
    return 1.0 if word in {"a", "an"} else float(NUMBERS.get(word, 0) or TENS.get(word, 0) or word)


def length(ask: Ask) -> list[PlanEdit] | None:
    """`scene 2: 3 seconds`, `make it 30 s`, `two seconds longer`, `shorter`, `faster cuts`."""
    if OTHER.search(ask.low):
        return None
    if EQUAL.search(ask.low):
        return _equal(ask)
    seconds = seconds_in(ask.low)
    if seconds is not None:
        return _timed(ask, seconds)
    factor = _factor(ask.low)
    if factor is None:
        return None
    if ask.scenes and not ask.is_all and not PACE.search(ask.low):
        return [ScaleDuration(scenes=ask.scenes, factor=factor)]
    return [ScaleDuration(factor=factor)]


def _equal(ask: Ask) -> list[PlanEdit]:
    """The scenes share their time evenly."""
    wanted = [s for s in ask.plan.scenes if s.id in ask.scenes_or_all]
    mean = round(sum(s.seconds for s in wanted) / max(1, len(wanted)), 2)
    return [SetDuration(scene=s.id, seconds=mean) for s in wanted]


def _timed(ask: Ask, seconds: float) -> list[PlanEdit] | None:
    """A length in seconds, or a step of so many."""
    low = ask.low
    is_step = re.search(
        r"\b(?:by|off|from|add|shave|more|less|another|extra)\b|seconds?\s+(?:longer|shorter)", low
    ) or (re.search(r"(?:s|secs?)\s+(?:longer|shorter|more|less)\b", low))
    is_film = ask.is_all or not ask.scenes
    each = re.search(r"\b(?:each|every|all)\b", low) and re.search(r"\b(?:scenes?|shots?|clips?|each)\b", low)
    if is_step and not re.search(r"\bto\s+(?:\d|about|around)", low):
        sign = -1 if SHRINKS.search(low) or "shave" in low else 1
        if each:
            return [_stepped(ask, i, sign * seconds) for i in ask.scenes_or_all]
        if is_film:
            return [SetTotal(seconds=max(0.1, round(ask.plan.seconds + sign * seconds, 2)))]
        return [_stepped(ask, i, sign * seconds) for i in ask.scenes]
    if is_film and not each:
        return [SetTotal(seconds=max(0.1, seconds))]
    return [SetDuration(scene=i, seconds=max(0.1, seconds)) for i in ask.scenes_or_all]


def _stepped(ask: Ask, scene: str, step: float) -> PlanEdit:
    now = next((s.seconds for s in ask.plan.scenes if s.id == scene), 1.0)
    return SetDuration(scene=scene, seconds=max(0.1, round(now + step, 2)))


def _factor(low: str) -> float | None:
    """How many times as long; None when the clause says nothing of the kind."""
    if re.search(r"\b(?:half|halve)\b", low) and re.search(r"\b(?:half|halve)\b.*|length|long|time|duration", low):
        return 0.5
    if re.search(r"\b(?:twice|double)\b", low) and not re.search(r"\b(?:give|play|have|want)\b.*\btwice$", low):
        return 0.5 if re.search(r"\bfast", low) else 2.0
    too = re.search(
        r"\btoo\s+(?:\w+\s+)?"
        r"(long|short|slow|slowly|fast|quick|quickly|rushed|hectic|drawn out|boring)\b",
        low,
    )
    if too:
        return _by_degree(low, grows=too.group(1) in {"short", "fast", "quick", "quickly", "rushed", "hectic"})
    felt = re.search(
        r"\b(?:feels?|seems?|is|looks?)\s+(?:\w+\s+)?(long|short|slow|fast|quick|rushed|hectic|boring|hurried|endless|"
        r"lengthy|sluggish|forever)\b",
        low,
    )
    if felt:
        return _by_degree(low, grows=felt.group(1) in {"short", "fast", "quick", "rushed", "hectic", "hurried"})
    shrinks = re.search(
        r"\b(?:shorter|shorten|drags?|dragging|trim|tighten|tighter|snappier|quicker|faster|speed(?:\s+\w+){0,4}\s+up|"
        r"pick up the "
        r"pace|cut down|more pace|brisker|punchier cuts|more cuts|reduce)\b",
        low,
    )
    grows = re.search(
        (
            r"\b(?:longer|lengthen|extend|stretch|prolong|slower|slow(?:\s+\w+){0,4}\s+down|linger\w*|calmer|"
            r"fewer cuts|hold|"
            r"breathe|more "
            r"time)\b"
        ),
        low,
    )
    if percent := PERCENT.search(low):
        part = int(percent.group(1)) / 100
        if shrinks or grows:
            return max(0.05, 1 + part if grows else 1 - part)
        return None
    if not shrinks and not grows:
        return None
    return _by_degree(low, grows=bool(grows))


def _by_degree(low: str, *, grows: bool) -> float:
    """A little, usually, or much."""
    if re.search(r"\b(?:much|a lot|way|far|significantly|really)\b", low):
        return 1.6 if grows else 0.6
    if re.search(r"\b(?:slightly|a bit|a little|bit|touch|tad|somewhat)\b", low):
        return 1.15 if grows else 0.87
    return 1.33 if grows else 0.75
