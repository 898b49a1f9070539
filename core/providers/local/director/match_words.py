"""Clauses about what is seen, said and read in a scene."""

from __future__ import annotations

import re

from core.domain.edits import PlanEdit, Rename, RewriteScene
from core.domain.plan import Angle, Camera, ShotSize
from core.providers.local.director.clauses import QUOTED
from core.providers.local.director.understood import Ask
from core.providers.local.writer import english
from core.providers.local.writer.pictures import motif_of
from core.providers.local.writer.points import shorter_lines

LINE = re.compile(
    r"\b(?:without (?:any )?words|wordless|silent|mute|voice(?=\s*:)|narration|voice-?\s?over|script|lines?|says?|said|"
    r"spoken|speaks?|talks?|speaking(?: text|"
    r" words)?|vo|speech|copy)\b"
)
TITLE = re.compile(
    r"\b(?:titles?|headline|on-?screen (?:text|words)|(?:text|words) on (?:the )?(?:screen|picture)|heading|"
    r"caption text|text)\b"
)
KICKER = re.compile(r"\b(?:kicker|small (?:line|letters|print|text)|above the title|button(?: text)?|subtitle line)\b")
GONE = re.compile(
    r"\b(?:no|remove|hide|without|delete|drop|clear|empty|lose|take out|take .* off|get rid of|mute|silence|"
    r"erase|gone|disappear|don't (?:show|want|need)|"
    r"silent|nobody|no one|nothing (?:is|should be) (?:said|spoken))\b"
)
CAMERAS: tuple[tuple[str, Camera], ...] = (
    (
        (
            r"camera (?:goes|moves|comes) (?:in|closer)|get closer|push(?:es|ing)?[ -]?in|zoom(?:s|ing)?[ -]?in|"
            r"dolly[ -]?in|move closer|closer in|track in|push towards?"
        ),
        "push_in",
    ),
    (r"pull(?:s|ing)?[ -]?(?:out|back)|zoom(?:s|ing)?[ -]?out|dolly[ -]?(?:out|back)|track out", "pull_out"),
    (r"pan(?:s|ning)?(?: \w+){0,3} left|left pan|pan to the left", "pan_left"),
    (r"pan(?:s|ning)?(?: \w+){0,3} right|right pan|pan to the right|\bpan\b", "pan_right"),
    (r"tilt(?:s|ing)?(?: \w+){0,2} down|camera (?:goes|moves|looks) down", "tilt_down"),
    (r"tilt(?:s|ing)?(?: \w+){0,2} up|camera (?:goes|moves|looks) up|\btilt\b", "tilt_up"),
    (
        (
            r"orbit(?:s|ing)?|(?:rotate|circle|move|go|fly|spin)s?(?: the camera)? around|circle around|circling|"
            r"rotate around|go round"
        ),
        "orbit",
    ),
    (r"hand-?held|shaky|wobbly camera", "handheld"),
    (
        (
            r"static|locked(?:[ -]off)?|(?:lock|fix) (?:the )?camera|still camera|no camera move\w*|"
            r"don't move the camera|hold the camera|tripod|(?:keep|leave|hold) (?:the )?camera (?:still|steady|fixed)|"
            r"camera (?:stays|is|remains|should stay|should be) (?:still|steady|fixed)|steady camera"
        ),
        "static",
    ),
)
SIZES: tuple[tuple[str, ShotSize], ...] = (
    (r"extreme close[ -]?ups?|macro|super close", "extreme_close_up"),
    (r"close[ -]?ups?|(?:closer|tighter) (?:framing|shot|view)|\bclose shot|\btight shot", "close_up"),
    (r"extreme(?:ly)? wide|establishing|very wide|super wide", "extreme_wide"),
    (r"\bwide(?:r)?\b(?! ?screen)|long shot|\btotal\b", "wide"),
    (r"medium(?: shot)?|mid[ -]?shot|waist shot", "medium"),
)
ANGLES: tuple[tuple[str, Angle], ...] = (
    (r"low[ -]angle|from below|worm'?s[ -]eye", "low"),
    (r"top[ -]?down|from (?:the )?top|overhead|bird'?s[ -]eye|from directly above|flat lay", "top_down"),
    (r"high[ -]angle|from above", "high"),
    (r"eye[ -]level|straight on", "eye_level"),
)
SAYS = re.compile(
    r"(?:\bto(?: say| read)?|\bsay(?:s|ing)?|\breads?|\bas|:|=)\s*:?\s+(.{2,400})$|:\s*(.{2,400})$", re.IGNORECASE
)
SPOKEN = re.compile(r"\b(?:say(?:s|ing)?|reads?)\s*:?\s+(.{2,400})$", re.IGNORECASE)
SHOWS = re.compile(
    r"\b(?:should show|to show|opens? on|begins? on|starts? on|shows?|showing|of|into|with|become|becomes|"
    r"should be|be|to|a picture of|set in|"
    r"takes? place in|is about)\s+(?!be\b)(.{3,600})$",
    re.IGNORECASE,
)
FILM_NAME = re.compile(
    r"title\s*:|title (?:it|the (?:film|video))\b|(?:re)?name|call\b|(?:change|set) the (?:name|"
    r"title) of the (?:film|video|"
    r"project)|the (?:film|"
    r"video)(?:'s)? (?:title|name)|the (?:title|name) of the (?:film|video|project)|(?:a )?new (?:title|"
    r"name) for the (?:film|"
    r"video|project)|the (?:film|video|movie) (?:is|should be|shall be) (?:called|named)"
)
SWAPPED = re.compile(
    r"(?:replace|swap|exchange|change|turn)\s+(?:the|an?)?\s*(?P<old>[\w' -]+?)\s+(?:(?:in|of|"
    r"from)\s+(?:the\s+)?[\w ]+?"
    r"\s+)?(?:with|for|by|into|to)\s+(?P<new>.{2,300})$",
    re.IGNORECASE,
)
SCENE_AT_END = re.compile(
    r"\s+(?:in|for|on|at)\s+(?:the\s+)?(?:scenes?\s+[\w ,]+|\w+\s+scene|hook|intro|ending|outro)$", re.IGNORECASE
)
SET_IN = re.compile(
    r"(?:set|place|film)\s+(?:the\s+)?[\w ]*?scene(?:\s+\w+)?\s+(in\s+an?\s.{3,400}|on\s+an?\s.{3,400})$", re.IGNORECASE
)
LABELLED = re.compile(
    r"(?:(?:picture|image|visual)s? (?:for|of|in) )?(?:the )?(?:scene|shot)\s+\w+(?:'s)?(?: (?:picture|image|"
    r"visual))?\s*:\s*(.{8,400})$",
    re.IGNORECASE,
)
"""`scene 2: an empty office at night`: what nobody else has understood is the picture."""
QUALITY = re.compile(
    r"(?:equally|equal|the same|as|more|less|too|so|very|much|a (?:bit|little)|slightly|better|nicer|different|"
    r"gone|fine)\b",
    re.IGNORECASE,
)
"""What no picture begins with: `scene 2 should be better`."""
SHOW_IN = re.compile(
    r"(?:show|put|have|film|see)\s+(.{3,400}?)\s+(?:in|for|on|at)\s+(?:the\s+)?(?:scene|shot|hook|intro|ending|"
    r"outro|first|last|cta|\w+ scene)\b",
    re.IGNORECASE,
)


def requoted(ask: Ask) -> list[PlanEdit] | None:
    """`replace 'old words' with 'new words'`: wherever the old ones are said, read or seen."""
    quotes = [(one.group(1) or one.group(2)).strip() for one in QUOTED.finditer(ask.text)]
    if len(quotes) != 2 or not re.search(r"\b(?:replace|change|swap|instead of)\b", ask.low):
        return None
    old, new = reversed(quotes) if re.search(r"\S.*\binstead of\b", ask.low) else quotes
    out: list[PlanEdit] = []
    for scene in ask.plan.scenes:
        texts = {field: getattr(scene, field) for field in ("narration", "title", "kicker", "visual")}
        there = re.compile(re.escape(old), re.IGNORECASE)
        changed = {f: there.sub(lambda _: new, said) for f, said in texts.items() if there.search(said)}
        if changed and scene.id in ask.scenes_or_all:
            out.append(RewriteScene.model_validate({"scene": scene.id, **changed}))
    return out or None


def film_name(ask: Ask) -> list[PlanEdit] | None:
    """`call the film "Night Shift"`, `rename it to Night Shift`."""
    if not FILM_NAME.match(ask.low):
        return None
    if ask.scenes and not ask.is_all:
        return None
    found = re.search(
        r"\b(?:(?:is|be) (?:called|named)|(?:name|title) (?:it|this|the (?:film|video))|should be|shall be|to|"
        r"call (?:it|this|the (?:film|"
        r"video|project|movie))|as|is|:)\s+(.{1,80})$",
        ask.text,
        re.IGNORECASE,
    )
    title = ask.quote or (found.group(1).strip(" .") if found else "")
    return [Rename(title=title)] if title else None


def line(ask: Ask) -> list[PlanEdit] | None:
    """A new spoken line, none, or a shorter one."""
    low = ask.low
    is_label = ask.quote is not None and re.fullmatch(r"[\w ]{3,30}:", low.strip(" ."))
    says = LINE.search(low) or re.match(r"say\b", low) or is_label
    if not says or re.search(r"\b(?:on[- ]?screen|titles?|headline|button|kicker)\b|(?<!spoken )\btext\b", low):
        return None
    if (ask.scenes or edge_scene(ask)) and ask.quote:
        return [RewriteScene(scene=i, narration=ask.quote) for i in (ask.scenes or edge_scene(ask))[:1]]
    if ask.scenes and GONE.search(low):
        return [RewriteScene(scene=i, narration="") for i in ask.scenes]
    if re.search(r"\b(?:shorter|shorten|trim|tighten|tighter|simpler|punchier|condense|brief)\b", low):
        return _shortened(ask)
    said = _words_after(ask)
    if ask.scenes and said and not re.search(r"\b(?:longer|faster|slower|male|female|louder|quieter|funnier)\b", low):
        return [RewriteScene(scene=ask.scenes[0], narration=english.sentence(said))]
    return None


def _shortened(ask: Ask) -> list[PlanEdit] | None:
    """The lines without their last clauses, where they have any."""
    wanted = ask.scenes_or_all
    out: list[PlanEdit] = []
    for scene in ask.plan.scenes:
        shorter = _shorter(scene.narration)
        if scene.id in wanted and shorter:
            out.append(RewriteScene(scene=scene.id, narration=shorter))
    return out or None


def _shorter(said: str) -> str:
    """The line without its last sentence, or without its last clause; '' when it has only one."""
    sentences = re.split(r"(?<=[.!?…])\s+", said.strip())
    if len(sentences) > 1:
        return " ".join(sentences[:-1])
    heads = shorter_lines(said)[1:]
    return english.sentence(heads[0]) if heads else ""


def title(ask: Ask) -> list[PlanEdit] | None:
    """New words on the picture, or none."""
    low = ask.low
    is_button = KICKER.search(low)
    is_written = ask.quote is not None and re.match(r"(?:write|put|print|place)\b", low)
    if not (is_button or is_written or TITLE.search(low)) or re.search(r"\bcaptions\b|\bsubtitles\b", low):
        return None
    if re.search(r"\b(?:bigger|smaller|larger|font|serif|bolder)\b", low):
        return None
    field = "kicker" if is_button else "title"
    words = ask.quote if ask.quote is not None else (None if GONE.search(low) else _words_after(ask))
    if words is None and not GONE.search(low):
        return None
    scenes = ask.scenes or (ask.scenes_or_all if words is None else ())
    if not scenes and is_button:
        scenes = (ask.plan.scenes[-1].id,)
    return [RewriteScene(scene=i, **{field: words or ""}) for i in scenes] or None


def _words_after(ask: Ask) -> str | None:
    """The words that follow `to`, `says` or a colon, as written."""
    found = SPOKEN.search(ask.text) or SAYS.search(ask.text)
    words = next(filter(None, found.groups()), None) if found else None
    return words.strip(" \"'") if words else None


def edge_scene(ask: Ask) -> tuple[str, ...]:
    """The first or the last scene where a clause without a scene says `at the end`; () where it does not."""
    found = re.search(r"\b(?:at|in|to) the (?:very )?(end|start|beginning)\b", ask.low)
    if ask.scenes or found is None:
        return ()
    return (ask.scenes_or_all[-1 if found.group(1) == "end" else 0],)


def camera(ask: Ask) -> list[PlanEdit] | None:
    """Move, framing and angle; several may be named at once."""
    if re.search(r"\b(?:transitions?|title|text|captions?|show(?:s|ing)?|fade|voice|music|tone|type)\b", ask.low):
        return None
    changes: dict[str, str] = {}
    for name, table in (("camera", CAMERAS), ("shot_size", SIZES), ("angle", ANGLES)):
        for pattern, value in table:
            if re.search(rf"(?<![\w-])(?:{pattern})(?!\w)", ask.low):
                changes[name] = value
                break
    if not changes:
        return None
    return [RewriteScene.model_validate({"scene": i, **changes}) for i in edge_scene(ask) or ask.scenes_or_all]


def picture(ask: Ask) -> list[PlanEdit] | None:
    """What is seen: `make scene 2 show a red car at night`, `show the team in scene 3`."""
    if not ask.scenes or len(ask.scenes) > 3 or LINE.search(ask.low) or TITLE.search(ask.low):
        return None
    if swapped := _swapped(ask):
        return swapped
    start = SHOW_IN.match(ask.text)
    verb = re.search(
        r"\b(?:make|change|replace|turn|set|show|shows|showing|should|have|rewrite|picture|let|becomes?|use|put|see)\b",
        ask.low,
    )
    found = start or SET_IN.match(ask.text) or (SHOWS.search(ask.text) if verb else None)
    if found is None and (labelled := LABELLED.match(ask.text)):
        found = verb = labelled
    words = ask.quote or (found.group(1).strip(" .") if found else "")
    if len(words) < 3 or not verb or QUALITY.match(words):
        return None
    return [RewriteScene(scene=i, visual=english.sentence(words), motif=motif_of(words) or "auto") for i in ask.scenes]


def _swapped(ask: Ask) -> list[PlanEdit]:
    """The pictures with one thing in the place of another: `swap the desk for a sofa in scene 2`."""
    found = SWAPPED.match(ask.text)
    if not found or ask.quote:
        return []
    old, new = found.group("old"), SCENE_AT_END.sub("", found.group("new")).strip(" .")
    out: list[PlanEdit] = []
    for scene in ask.plan.scenes:
        there = re.compile(rf"\b(?:an?|the)?\s*{re.escape(old)}\b", re.IGNORECASE)
        if scene.id in ask.scenes and there.search(scene.visual):
            visual = english.capital(" ".join(there.sub(lambda _: f" {new}", scene.visual).split()))
            out.append(RewriteScene(scene=scene.id, visual=visual, motif=motif_of(visual) or "auto"))
    return out
