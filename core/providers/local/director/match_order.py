"""Clauses about which scenes there are and how they stand."""

from __future__ import annotations

import re
from dataclasses import replace

from core.domain.edits import (
    AddScene,
    DuplicateScene,
    MergeScenes,
    PlanEdit,
    Redo,
    RemoveScene,
    Reorder,
    SplitScene,
)
from core.domain.errors import ImpossibleEdit
from core.domain.plan import MAX_SCENE_SECONDS, Scene, seconds_to_say
from core.domain.reshape import scene_id
from core.providers.local.director.naming import NUMBER, ORDINAL, named_scenes, numbers_in, ordinals_in
from core.providers.local.director.understood import Ask
from core.providers.local.writer import english
from core.providers.local.writer.pictures import motif_of

PARTS = re.compile(
    r"\b(?:captions?|subtitles?|music|voice\w*|text|titles?|headline|kicker|narration|lines?|sound|"
    r"transitions?|cuts|(?:\d+|an?|one|two|half a) seconds?|secs|words?|photo|image|by half|in half)\b|\d\s*s\b"
)
NEW_SCENE = re.compile(
    r"^(?:add|insert|create|include|put(?=\s+an(?:other)?\b|\s+a\b)|(?:i want|we need|have|get|give me|"
    r"there (?:should|could|must|needs to|has to) be)(?=\s+an?\b(?! look)|"
    r"\s+(?:a new|another|one more))|make(?=\s+(?:a new|another)))\b\s*(?:in\s+|"
    r"me\s+)?(?:an?other|one more|an?|new|the|two|three|some|more)?\s*(?P<kind>(?:(?!seconds?\b|secs\b|to\b|"
    r"of\b|in\b|on\b|for\b)\w+\s+){0,2})"
    r"(?:one(?=\s+(?:about|showing|with|where)\b)|scenes?|shot|clip|"
    r"something(?=\s+about))\b(?P<rest>.*)$"
)
ABOUT = re.compile(
    r"\b(?:about|showing|shows|with|where|of|on|explaining|that shows|featuring|saying|says)\s+(.+)$", re.IGNORECASE
)
PLACE = re.compile(
    r"[\s,]*\b(?:(?:right\s+)?(?P<side>after|before|behind|following)\s+(?P<which>.+?)(?=\s+(?:about|showing|"
    r"with|where|that)\b|\s*:|$)|between\s+(?P<two>.+)|(?:at|to|in|as)\s+the\s+(?P<edge>very start|very end|start|"
    r"beginning|front|end|opening|first|last)\b(?:\s+of (?:it|the (?:film|video)))?|"
    r"as\s+(?:scene\s+)?(?:number\s+)?(?P<at>\d+))",
    re.IGNORECASE,
)
PLACE_FIRST = re.compile(
    r"(?P<place>(?:right\s+)?(?:after|before|behind|between)\s+[^,]{2,40}?),?\s+(?P<rest>(?:add|insert|put|create|include)\b.+)$",
    re.IGNORECASE,
)
"""`after scene 4 add a scene about …`."""
OTHER_THINGS = re.compile(r"\b(?:pictures?|images?|photos?|logo|music|voice|words?|frame|line|title)\b")
KEPT = re.compile(r"\b(?:only keep|keep only|just keep|keep just|nothing but|leave only)\b")
NEW_SECONDS = 3.0


def order(ask: Ask) -> list[PlanEdit] | None:
    """Swapping, moving and reversing."""
    low = ask.low
    ids = list(ask.order) or [s.id for s in ask.plan.scenes]
    if (
        re.search(r"\breverse\b.*\border\b|\breverse (?:all|the) scenes\b|\bbackwards\b", low)
        and len(ask.scenes or numbers_in(low)) < 2
    ):
        return [Reorder(order=tuple(reversed(ids)))]
    listed = re.search(r"\border\b[^\d]*((?:\d{1,2}[\s,]*(?:and\s+)?){3,})", low)
    if listed:
        return [Reorder(order=_ids(ask, [int(n) for n in re.findall(r"\d+", listed.group(1))]))]
    if re.search(r"\b(?:swap|exchange|switch|trade|flip|reverse|interchange)\b", low) and (
        len(ask.scenes) == 2 or not OTHER_THINGS.search(low)
    ):
        pair = ask.scenes if len(ask.scenes) == 2 else _ids(ask, numbers_in(low) or ordinals_in(low))
        return [Reorder(order=_swapped(ids, *pair))] if len(pair) == 2 else None
    if re.search(r"\bchange places\b|\btrade places\b", low) and len(ask.scenes) == 2:
        return [Reorder(order=_swapped(ids, *ask.scenes))]
    if re.search(
        r"^(?:show|play|see)\b.*\b(?:first|last)$|"
        r"^(?:move|put|place|bring|shift|push|drag|(?:start|begin|open|end|finish|close)(?: (?:it|off|"
        r"the (?:film|video|movie)))? with)\b|\bmoves?\b.*\b(?:to|before|after|behind)\b|\brather\b.*\b(?:before|"
        r"after|behind)\b|"
        r"\b(?:come|comes|go|goes|be|stand|play|plays|belongs?)\s+(?:right\s+|directly\s+|just\s+|straight\s+)?"
        r"(?:before|after|behind|ahead of|in front of|first$|last$|at the (?:start|beginning|end|front))",
        low,
    ):
        return _moved(ask, ids)
    return None


def _ids(ask: Ask, numbers: list[int]) -> tuple[str, ...]:
    scenes = ask.plan.scenes
    return tuple(scenes[n - 1].id if 1 <= n <= len(scenes) else str(n) for n in numbers)


def _swapped(ids: list[str], one: str, other: str) -> tuple[str, ...]:
    """The order with two scenes exchanged; an unknown one stays in it, for the edit to refuse."""
    if one not in ids or other not in ids:
        return (one, other) if one not in ids else (other, one)
    return tuple(other if i == one else one if i == other else i for i in ids)


def _moved(ask: Ask, ids: list[str]) -> list[PlanEdit] | None:
    """One scene taken to another place."""
    low = ask.low
    if not ask.groups:
        return None
    moved = tuple(i for i in ids if i in ask.groups[0]) or ask.groups[0]
    moving = moved[0]
    rest = [i for i in ids if i not in moved]
    target = ask.groups[1][0] if len(ask.groups) > 1 else None
    position = re.search(
        rf"\bto\s+(?:position|place|number|slot|be)?\s*(?:number\s+)?({NUMBER})(?:st|nd|rd|th)?\b", low
    )
    ordinal = re.search(rf"\bto\s+(?:the\s+)?({ORDINAL})\s+(?:place|position|spot|slot)\b", low)
    if ordinal:
        at = max(0, min(len(rest), ordinals_in(ordinal.group(1))[0] - 1))
    elif re.search(
        r"^(?:start|begin|open)(?: \w+){0,2} with|\b(?:to|at|in) the (?:very )?(?:start|beginning|front|top|"
        r"opening)\b|\bfirst\s*$",
        low,
    ):
        at = 0
    elif re.search(
        r"^(?:end|finish|close)(?: \w+){0,2} with|\b(?:to|at) the (?:very )?(?:end|back|bottom)\b|\blast\s*$", low
    ):
        at = len(rest)
    elif target and target in rest:
        before = re.search(r"\b(?:before|in front of|ahead of)\b", low)
        after = re.search(r"\b(?:after|behind|following)\b", low)
        at = rest.index(target) + (1 if after or (not before and ids.index(target) > _index(ids, moving)) else 0)
    elif target:
        return [Reorder(order=(target,))]
    elif re.search(r"\b(?:earlier|forward|up|left)\b", low):
        at = max(0, _index(ids, moving) - 1)
    elif re.search(r"\b(?:later|back|down|right)\b", low):
        at = min(len(rest), _index(ids, moving) + 1)
    elif position:
        at = max(0, min(len(rest), numbers_in(position.group(1))[0] - 1))
    else:
        return None
    return [Reorder(order=(*rest[:at], *moved, *rest[at:]))]


def _index(ids: list[str], scene: str) -> int:
    return ids.index(scene) if scene in ids else 0


def combine(ask: Ask) -> list[PlanEdit] | None:
    """Merging, splitting and doubling."""
    low, scenes = ask.low, ask.scenes
    if re.search(r"\b(?:merge|combine|join|one scene (?:out )?of|fuse|unite|glue|stitch)\b", low):
        pair = scenes if len(scenes) == 2 else _ids(ask, numbers_in(low))
        if len(pair) >= 2:
            return [MergeScenes(first=pair[0], second=other) for other in pair[1:]]
    if (
        re.search(
            r"\b(?:split|divide|(?:chop|cut|slice) .* into two|break up|break .* (?:into|in) two|"
            r"two (?:scenes )?(?:out )?of(?= scene)|"
            r"cut .* (?:in two|in half|into two))\b",
            low,
        )
        and scenes
    ):
        return [SplitScene(scene=i) for i in scenes]
    if (
        re.search(
            r"\b(?:duplicate|copy|clone|repeat|double)\b(?! the length)|\b(?:give|show|play|have|"
            r"want)\b.*\btwice\b(?! as)",
            low,
        )
        and scenes
        and not PARTS.search(low)
    ):
        is_placed = re.search(r"\b(?:to|at) the (?:very )?(?:beginning|start|front|end)\b", low)
        return [DuplicateScene(scene=i) for i in (ask.groups[0] if is_placed else scenes)]
    return None


def remove(ask: Ask) -> list[PlanEdit] | None:
    """`remove scene 3`, `drop the outro`, `I don't need the second one`, `cut everything after scene 4`."""
    ids = [s.id for s in ask.plan.scenes]
    if ask.scenes and KEPT.search(ask.low) and not PARTS.search(ask.low):
        return [RemoveScene(scene=i) for i in ids if i not in ask.scenes] or None
    verb = (
        r"\b(?:remove|delete|drop|cut|cut out|get rid of|lose|kill|kick out|dump|chuck out|bin|take out|leave out|"
        r"scrap|ditch|skip|without|"
        r"don't (?:need|want)|do not (?:need|want)|throw out|erase|take .* out|can go|has to go|must go|"
        r"should go|(?:is|are) (?:unnecessary|superfluous|redundant|not needed))\b"
        r"(?! (?:to|before|after|behind|first|last|at)\b)"
    )
    if ask.is_all and not ask.scenes and re.search(rf"{verb}.*\b(?:scenes|shots)\b", ask.low):
        raise ImpossibleEdit("A film keeps at least one scene.", "Say which ones stay: keep only scene 1.")
    if not ask.scenes or not re.search(verb, ask.low) or PARTS.search(ask.low):
        return None
    if re.search(r"\bcut\b.*\b(?:to|between|on|away)\b", ask.low):
        return None
    side = re.search(r"\b(?:everything|all|what comes|whatever comes|the rest)\b.*\b(after|before|behind)\b", ask.low)
    if side and ask.scenes[0] in ids:
        at = ids.index(ask.scenes[0])
        gone = ids[:at] if side.group(1) == "before" else ids[at + 1 :]
        return [RemoveScene(scene=i) for i in gone] or None
    return [RemoveScene(scene=i) for i in ask.scenes]


def redo(ask: Ask) -> list[PlanEdit] | None:
    """`redo scene 3`, `another take of the hook`, `I don't like it`."""
    again = (
        r"\b(?:redo|re-do|regenerate|re-?generate|re-?render|re-?shoot|reroll|do (?:it|that|scene.*) (?:again|"
        r"over)|don't like|do not like|hate|another (?:take|version|try|look|one|picture|photo|image)|try again|"
        r"again|new (?:take|"
        r"version|look|image|picture)|different (?:take|version|picture|image|look)|looks? different|(?:one more|"
        r"a fresh|fresh|a new) (?:take|try|version|go)|"
        r"(?:doesn't|does not) work|(?:isn't|is not|not) (?:good|right|great|nice|working|happy|convinced|sure)|"
        r"(?:looks?|is|feels?) (?:so |really |a bit |very )?(?:odd|weird|strange|wrong|bad|ugly|fake|awful|"
        r"terrible|off))|something (?:else|different)\b"
    )
    if not re.search(again, ask.low) or re.search(r"\b(?:voice|music|line|title|captions?)\b", ask.low):
        return None
    scenes = ask.scenes or (tuple(s.id for s in ask.plan.scenes) if ask.is_all else ())
    return [Redo(scenes=scenes)] if scenes else None


def add(ask: Ask) -> list[PlanEdit] | None:
    """`add a scene about the price after scene 2`: a scene with its own words, put where it is asked for."""
    if turned := PLACE_FIRST.match(ask.text):
        text = f"{turned.group('rest').strip()} {turned.group('place').strip(' ,')}"
        ask = replace(ask, text=text, low=text.lower())
    found = NEW_SCENE.match(ask.low)
    if not found:
        return None
    rest = found.group("rest")
    text = ask.text[-len(rest) :] if rest and not ask.quote else ask.low if ask.quote else rest
    opens = re.search(r"\b(?:opening|intro|first|opener)\b", found.group("kind"))
    after = None if opens and not PLACE.search(text.lower()) else _after(ask, text.lower())
    bare = PLACE.sub("", text).strip(" ,.:")
    about = ABOUT.search(bare)
    said = (about.group(1) if about else re.sub(r"^\s*(?:in which|to|in)\b\s*:?\s*", "", bare)).strip(" .,:")
    if ask.quote:
        said = said or ask.quote
    if not said:
        return None
    return [AddScene(after=after, about=said, scene=_written(ask, said))]


def _after(ask: Ask, text: str) -> str | None:
    """Behind which scene: as said, else before the call to action, else at the end; None is the start."""
    ids = [s.id for s in ask.plan.scenes]
    place = PLACE.search(text)
    if place and place.group("edge"):
        return None if re.search(r"start|beginning|front|opening|first", place.group("edge")) else ids[-1]
    if place and place.group("at"):
        at = int(place.group("at"))
        return None if at <= 1 else ids[min(at, len(ids) + 1) - 2]
    if place and place.group("two"):
        return _ids(ask, numbers_in(place.group("two"))[:1])[0] if numbers_in(place.group("two")) else ids[-1]
    if place:
        which = place.group("which")
        groups = named_scenes(which, ask.plan, ()).groups
        numbers = numbers_in(which)
        target = groups[0][0] if groups else _ids(ask, numbers[:1])[0] if numbers else ids[-1]
        if place.group("side") != "before" or target not in ids:
            return target
        return ids[ids.index(target) - 1] if ids.index(target) else None
    if ask.plan.scenes[-1].role == "cta":
        return ids[-2] if len(ids) > 1 else None
    return ids[-1]


def _written(ask: Ask, about: str) -> Scene:
    """A whole scene about that, with a line that claims nothing the message does not say."""
    says = english.sentence(ask.quote) if ask.quote else _line(about)
    taken = [s.id for s in ask.plan.scenes]
    title = english.title_of(english.without_article(about)) if not ask.quote else english.title_of(ask.quote)
    return Scene(
        id=scene_id(ask.plan.seed, f"new:{about}", taken),
        role="feature",
        visual=(
            f"Close-up. {english.capital(about)[:600]}, clear and simple, in the same light as the rest of the film."
        ),
        motif=motif_of(about) or "auto",
        shot_size="close_up",
        camera="push_in",
        seconds=min(MAX_SCENE_SECONDS, max(NEW_SECONDS, seconds_to_say(says))),
        narration=says[:400],
        title=title[:80],
    )


def _line(about: str) -> str:
    """A line for a new scene: the words themselves if they are a sentence, else a plain framing of them."""
    if english.is_clause(about):
        return english.sentence(about)
    first = about.split(maxsplit=1)[0].lower()
    if len(about.split()) > 8:
        return english.sentence(about)
    if first in english.ARTICLES or about.rsplit(maxsplit=1)[-1].lower().endswith("s"):
        return f"Now, {about}." if first == "the" else f"And here: {about}."
    return english.sentence(about)
