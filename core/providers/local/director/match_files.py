"""Clauses about the person's own files: who is kept in every scene, what a scene is made from, own voice and music."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from core.domain.edits import ChangeMusic, ChangeSource, ChangeVoice, PlanEdit, SetCharacter
from core.domain.errors import ImpossibleEdit
from core.domain.given import Given, named
from core.domain.plan import Source
from core.providers.local.director.match_length import seconds_in
from core.providers.local.director.naming import NUMBER, ORDINAL, named_scenes, numbers_in, ordinals_in
from core.providers.local.director.understood import Ask
from core.providers.local.writer.english import listed
from core.providers.local.writer.structure import shot_at

PICTURE = r"(?:image|photo(?:graph)?|picture|pic|portrait|snapshot)"
RECORDING = r"(?:video|clip|recording|footage|performance)"
MINE = r"(?:this|that|the|my|our|attached|uploaded|new)"
PERSON = (
    r"(?:person|woman|man|girl|boy|guy|lady|face|actor|actress|model|product|dog|cat|animal|character|hero|mascot|"
    r"figure|one)"
)
WHO = r"(?:main\s+)?(?:character|protagonist|hero|heroine|mascot|main person)"
OFF = re.compile(
    r"\b(?:no|not|don't|do not|remove|drop|skip|without|forget|delete|stop|lose|get rid of|mute|silence|kill|"
    r"take (?:[\w-]+ ){0,4}(?:out|away|off))\b"
)
AS_CHARACTER = re.compile(
    rf"\bas\s+(?:the|a|our|my)?\s*{WHO}\b|\b{WHO}\s*(?::|=|is\b|should (?:be|look like))|\bthe\s+{WHO}\s*$|"
    rf"\b{WHO}\s+to\b"
)
EVERYWHERE = re.compile(
    r"\b(?:every|all|each)(?:\s+of)?(?:\s+the)?\s+(?:scenes?|shots?)\b|\bthroughout\b|\beverywhere\b"
)
KEPT = re.compile(
    rf"\bsame\s+{PERSON}\b|\b{MINE}\s+{PERSON}\b|\bkeep\b|\b{MINE}\s+(?:\w+\s+)?{PICTURE}\b|\bconsistent\b"
)
OWN_VOICE = re.compile(
    r"\b(?:my|our|own|uploaded|attached)\s+(?:own\s+)?(?:voice(?:-?\s?over)?|recording|vo|audio)\b|"
    r"\brecorded\b.*\b(?:voice|narrat)|\brecording\b.*\b(?:voice|narrat\w+)\b|\b(?:voice|narrat\w+)\b.*\brecording\b"
)
OWN_MUSIC = re.compile(
    r"\b(?:my|our|own|uploaded|attached)\s+(?:own\s+)?(?:song|music|track|tune|soundtrack|piece|beat|jingle)\b"
)
VOICE = re.compile(r"\b(?:voice(?:-?\s?over)?|narrat\w+|speech|speaker)\b")
MUSIC = re.compile(r"\b(?:music|song|soundtrack|track|tune|score)\b")
MADE = re.compile(
    r"\b(?:generated|synthetic|computer|artificial|machine|automatic)\b(?!.*\binstead of\b)|\bback to the (?:ai|usual|"
    r"normal|old) (?:voice|music)\b"
)
INSTEAD = re.compile(r"\s+(?:instead of|rather than|not)\s+.*$")
FILLERS = listed(
    "use put take place insert add here s is this that it these those one goes belongs for in into to on at the a an "
    "as please my our new and with from make be should picture image photo file recording attached video clip footage "
    "performance"
)
"""Words of a message that only says where the file goes that came with it."""
FRAME = re.compile(
    r"\b(?:sample'?s?|original'?s?|key|source)\s+(?:video'?s?\s+)?(?:key\s?)?(?:frame|picture|shot|image)\b|"
    r"\b(?:key\s?)?frame\s+(?:of|from)\s+(?:the\s+)?(?:sample|original|source)"
)
SHOT = re.compile(
    rf"\b({ORDINAL})\s+(?:shot|frame|picture) (?:of|from|in) the (?:sample|original)|"
    rf"\bshot (?:number )?({NUMBER}) (?:of|from|in) the (?:sample|original)"
)
PLAYED = re.compile(rf"\b{MINE}\s+(?:\w+\s+)?{RECORDING}\b|\b{RECORDING}\s*#?\d+\b")
PLAYS = re.compile(r"\b(?:plays?|played|performs?|performed|acts?|acted|acting)\b")
PUT_IN = re.compile(rf"\b(?:use|put|take|insert)\b.*\b{RECORDING}\b.*\b(?:for|in|into|as)\b")
NOT_PLAYED = re.compile(
    r"\b(?:sample|original|voice|narrat\w+|music|title|captions?|longer|shorter|seconds?|again|brighter|darker|model)\b"
)
"""Of clauses that speak of a video and want something else."""
DRAWN = re.compile(
    rf"\bdraw(?:n)?\b|\b(?:remove|without|no|drop|don't use|do not use|stop using|not)\s+(?:the\s+|my\s+)?"
    rf"(?:{PICTURE}|frame|key frame)\b"
)


def file_in(ask: Ask, kind: Literal["image", "sound", "performance"], *, called: str = "") -> str:
    """The id of the file that a clause means: by its name, its number, or as the one that came with the message.

    ImpossibleEdit when there is none, or several that it could be. `called` is looked for in file names at last.
    """
    files = [one for one in ask.given if one.kind == kind]
    if not files:
        thing = {"image": "picture", "sound": "recording", "performance": "video for a character to play"}[kind]
        raise ImpossibleEdit(f"There is no {thing} of yours here yet.", "Attach one to your message and say it again.")
    found = _by_name(ask, files) or [one for one in files if one.is_new]
    if len(found) != 1 and called:
        found = [one for one in files if called in one.what.lower()] or found
    found = found or files
    if len(found) > 1:
        names = ", ".join(one.what for one in found[:6])
        raise ImpossibleEdit(f"There are {len(found)} that it could be: {names}.", "Say which one.")
    return found[0].asset


def _by_name(ask: Ask, files: list[Given]) -> list[Given]:
    """The files whose name or number a clause has."""
    text = ask.text.lower()
    numbered = re.search(rf"\b(?:{PICTURE}|sound|{RECORDING}|song)\s*(?:#|no\.?\s*|number\s+)?(\d+)\b", text)
    if numbered:
        kind = files[0].kind
        one = named(ask.given).get(f"{kind} {numbered.group(1)}")
        return [one] if one else []
    return [one for one in files if names_file(text, one)]


def names_file(text: str, one: Given) -> bool:
    """Whether a text in lower case has the file's name, with or without its ending."""
    name = one.what.lower()
    stem = PurePath(name).stem
    return bool(name) and (name in text or (len(stem) > 3 and re.search(rf"\b{re.escape(stem)}\b", text) is not None))


def _has_file(ask: Ask, kind: str) -> bool:
    """Whether the clause names a file of that kind."""
    return any(one.kind == kind and names_file(ask.text.lower(), one) for one in ask.given)


def character(ask: Ask) -> list[PlanEdit] | None:
    """`use the photo as the character`, `the same woman in every scene`, `no character`."""
    low = ask.low
    if re.search(r"\b(?:nobody|no one|no longer|not)\b.*\blooks?\b.*\bsame\b", low):
        return [SetCharacter(asset=None)]
    if re.search(rf"\b{WHO}\b", low) and OFF.search(low) and not ask.scenes:
        return [SetCharacter(asset=None)]
    is_kept = EVERYWHERE.search(low) and (KEPT.search(low) or _has_file(ask, "image"))
    if not AS_CHARACTER.search(low) and not is_kept:
        return None
    if re.search(r"\b(?:logo|title|text|caption|transition)\w*\b|\b(?:longer|shorter|brighter|darker)\b", low):
        return None
    return [SetCharacter(asset=file_in(ask, "image"))]


def own_sound(ask: Ask) -> list[PlanEdit] | None:
    """`use my recording as the voice`, `back to the generated music`."""
    low = INSTEAD.sub("", ask.low)
    if ask.quote or ask.scenes:
        return None
    is_voice = bool(OWN_VOICE.search(low) or (VOICE.search(low) and _has_file(ask, "sound")))
    is_music = bool(OWN_MUSIC.search(low) or (MUSIC.search(low) and _has_file(ask, "sound")))
    if MADE.search(low) and (VOICE.search(low) or MUSIC.search(low)):
        return [ChangeMusic(own="")] if MUSIC.search(low) else [ChangeVoice(own="")]
    if not is_voice and not is_music:
        return None
    if OFF.search(low):
        return [ChangeMusic(own="")] if is_music else [ChangeVoice(own="")]
    if not re.search(
        r"\b(?:use|take|put|play|with|as|let|want|uploaded|attached|recorded|here|replace|add|this|is|for)\b", low
    ):
        return None
    asset = file_in(ask, "sound", called="song" if is_music else "voice")
    return [ChangeMusic(own=asset)] if is_music else [ChangeVoice(own=asset)]


def source(ask: Ask) -> list[PlanEdit] | None:
    """`use this photo for scene 2`, `scene 1 from the sample's frame`, `draw scene 2 instead of the photo`."""
    low = ask.low
    if not ask.scenes or re.search(r"\b(?:logo|character|title|caption|says?|narration)\b", low):
        return None
    if shot := SHOT.search(low):
        number = (numbers_in(shot.group(1) or shot.group(2)) or ordinals_in(shot.group(1) or shot.group(2)))[0]
        return [ChangeSource(scene=i, source=_of_shot(ask, number)) for i in ask.scenes[-1:]]
    if re.search(r"\b(?:don't like|do not like|hate|ugly|wrong|weird|odd|another|different)\b", low):
        return None
    if DRAWN.search(low):
        return [ChangeSource(scene=i, source=Source()) for i in ask.scenes]
    if FRAME.search(low):
        return [ChangeSource(scene=i, source=_frame(ask, i)) for i in ask.scenes]
    is_file = re.search(rf"\b{MINE}\s+(?:\w+\s+)?{PICTURE}\b(?!\s+of\b)|\b{PICTURE}\s*#?\d+\b", low)
    becomes = re.search(r"\b(?:to|into|with|by|of)\s+(?:an?|some|two|three|people|\w+ing)\b", low)
    if not _has_file(ask, "image") and (not is_file or becomes):
        return None
    if not re.search(r"\b(?:use|put|make|take|start|show|from|with|for|in|into|set|be|as|replace|insert|add)\b", low):
        return None
    asset = file_in(ask, "image")
    return [ChangeSource(scene=i, source=Source(kind="image", asset=asset)) for i in ask.scenes]


def performance(ask: Ask) -> list[PlanEdit] | None:
    """`let the character play this video in scene 2`, `scene 2 without the recording`."""
    low = ask.low
    if not ask.scenes or FRAME.search(low) or SHOT.search(low) or NOT_PLAYED.search(low):
        return None
    played = [s.id for s in ask.plan.scenes if s.plays and s.id in ask.scenes]
    if played and OFF.search(low) and re.search(rf"\b{RECORDING}\b", low):
        return [ChangeSource(scene=i, source=Source()) for i in played]
    is_put_in = PUT_IN.search(low) and any(one.kind == "performance" for one in ask.given)
    if not (PLAYED.search(low) or _has_file(ask, "performance")) or not (PLAYS.search(low) or is_put_in):
        return None
    return _played(ask, file_in(ask, "performance"))


def _played(ask: Ask, asset: str) -> list[PlanEdit]:
    source = next(one.source for one in ask.given if one.asset == asset and one.source)
    return [ChangeSource(scene=i, source=source) for i in ask.scenes]


def attached(ask: Ask) -> list[PlanEdit] | None:
    """What came with a message that says no more than where it goes: `for scene 2`, `this is the voice`."""
    new = {one.kind: one.asset for one in ask.given if one.is_new}
    if not new or ask.quote:
        return None
    rest = VOICE.sub(" ", MUSIC.sub(" ", named_scenes(ask.low, ask.plan, ()).rest))
    if set(re.findall(r"[a-z]+", rest)) - FILLERS:
        return None
    if ask.scenes and "performance" in new:
        return _played(ask, new["performance"])
    if ask.scenes and "image" in new:
        return [ChangeSource(scene=i, source=Source(kind="image", asset=new["image"])) for i in ask.scenes]
    if "sound" in new and VOICE.search(ask.low):
        return [ChangeVoice(own=new["sound"])]
    return [ChangeMusic(own=new["sound"])] if "sound" in new and MUSIC.search(ask.low) else None


def _of_shot(ask: Ask, number: int) -> Source:
    """The key frame of a shot of the sample. ImpossibleEdit when there is none, or it may not be used."""
    if ask.sample is None or ask.analysis is None:
        return _frame(ask, "")
    shots = ask.analysis.shots
    if not 1 <= number <= len(shots):
        raise ImpossibleEdit(f"The sample has no shot {number}; it has {len(shots)}.", "Name one of those.")
    return Source(kind="key_frame", asset=ask.sample, time=shots[number - 1].key_time)


def _frame(ask: Ask, scene_id: str) -> Source:
    """The sample's frame at the time that is named, else of the shot in the scene's place."""
    if ask.sample is None or ask.analysis is None:
        raise ImpossibleEdit(
            "The frames of this sample are not used in the film.",
            "Say when you start a film that the sample is your own, or upload a picture.",
        )
    time = seconds_in(ask.low)
    if time is None:
        ids = [s.id for s in ask.plan.scenes]
        place = ids.index(scene_id) if scene_id in ids else 0
        middle = ask.plan.starts[place] + ask.plan.scenes[place].seconds / 2
        time = shot_at(ask.analysis, middle / ask.plan.seconds).key_time
    return Source(kind="key_frame", asset=ask.sample, time=min(time, ask.analysis.duration))
