"""Clauses about what is laid over a film and under it: effects, fit, logo, end card, label, matched colours."""

from __future__ import annotations

import re

from core.domain.edits import ChangeBrand, ChangeFit, ChangeSound, PlanEdit, Recolour
from core.domain.errors import ImpossibleEdit
from core.domain.plan import Corner, Fit
from core.providers.local.director.match_files import OFF, file_in
from core.providers.local.director.match_looks import degree
from core.providers.local.director.understood import Ask

EFFECTS = r"(?:sound effects?|sfx|foley|effects?|sounds|noises?)"
NOISES = (
    r"whoosh\w*|clicks?|bangs?|beeps?|dings?|pops?|splash\w*|thunder|applause|crackl\w+|shutter|chimes?|bells?|gong|"
    r"sizzl\w+|hiss\w*|rumbl\w+|thuds?|creaks?|knock\w*|footsteps?|sirens?|laughter|cheer\w*|birdsong|heartbeat|"
    r"riser|swoosh\w*|explosion|typing|ticking|snaps?|clinks?"
)
SOUNDS = (
    r"slams?|rings?|barks?|honks?|beeps?|clicks?|rumbles?|roars?|chirps?|meows?|ticks?|pops?|sizzles?|creaks?|crash(?:es)?|"
    r"bangs?|buzz(?:es)?|hums?|splashes|howls?|laughs?|applauds?"
)
HEARD: tuple[str, ...] = (
    rf"\b{EFFECTS}[^:]*:\s*(.+)$",
    r"\b(?:the\s+|a\s+)?(?:sound|noise)s?\s+of\s+(.+)$",
    (
        r"\b(?:have|has|with)\s+(?:an?\s+|the\s+|some\s+)((?:[\w'-]+\s+){1,2}(?:ring|bark|slamm|honk|tick|beep|chirp|howl|crackl|buzz|humm)"
        r"ing)\b"
    ),
    r"\bgive\s+(?:scene\s+\w+|it|the \w+(?: scene)?)\s+(?:some\s+|an?\s+)?([\w' -]+?)\s+(?:sounds?|noises?)\b",
    r"\bhear\s+(?:the\s+|an?\s+)?(.+)$",
    (
        r"\b(?:add|put|insert|with|needs?|wants?|play|give it|use|have)\s+(?:an?\s+|the\s+|some\s+)?"
        r"([\w' -]+?)\s+(?:sound|noise|sfx)(?:\s+effects?)?\b"
    ),
    rf"\b(?:add|put|insert|needs?|gets?|wants?|play)\s+(?:an?\s+|the\s+|some\s+)?((?:[\w'-]+\s+){{0,3}}(?:{NOISES})\b.*)$",
    rf"^((?:an?|the|some)\s+(?:[\w'-]+\s+){{1,3}}(?:{SOUNDS}))\b",
    rf"\b(?:sound|{EFFECTS})\s+(?:should be|is|to)\s+(.+)$",
)
"""How an effect is asked for; the group is the effect."""
SHOULD_SOUND = re.compile(rf"^((?:[\w'-]+\s+){{1,3}})(?:should|must)\s+((?:{SOUNDS}))\b")
"""`birds should chirp`."""
SCENES_OFF = re.compile(
    r"\s*\b(?:in|into|to|for|on|at|over|under|with|during|from)\s+(?:the\s+)?(?:(?:scenes?|shots?)\b.*|(?:\w+\s+)?(?:scene|shot|"
    r"clip|one)\b.*|(?:hook|intro|opening|ending|outro|cta|call to action)\b.*|it\b.*)$"
)
FITS: tuple[tuple[str, Fit], ...] = (
    (r"blur\w*", "blur"),
    (r"letter-?box\w*|pillar-?box\w*|pad(?:s|ded|ding)?|(?:black )?bars|borders", "pad"),
    (r"crop\w*|fill the (?:frame|screen|picture)|zoom to fill|cut to (?:fit|shape)", "crop"),
)
NOT_CROP = re.compile(
    r"\b(?:instead of|rather than|don't|do not|no|not|without|stop)\s+(?:\w+\s+){0,2}?(?:crop\w*|letter-?box\w*|bars|"
    r"padding|blur\w*)"
)
ABOUT_FIT = re.compile(
    r"\bletter-?box|\bpillar-?box|\bcrop|\bpad(?:s|ded|ding)?\b|\bbars\b|\bfill the (?:frame|screen|picture)|"
    r"\bblur\w*\s+(?:the\s+)?(?:edges?|sides?|borders?|bars|around|fill)|\bfit\b.*\bblur|\bfill\w*\b.*\bblur|\bblurred\s+(?:edges?|sides?|bars)"
)
CORNERS: tuple[tuple[str, Corner], ...] = (
    (r"(?:top|upper)[ -]left|left (?:at the )?top", "top_left"),
    (r"(?:top|upper)[ -]right|right (?:at the )?top", "top_right"),
    (r"(?:bottom|lower)[ -]left|left (?:at the )?bottom", "bottom_left"),
    (r"(?:bottom|lower)[ -]right|right (?:at the )?bottom", "bottom_right"),
)
ACROSS: dict[Corner, Corner] = {
    "top_left": "top_right",
    "top_right": "top_left",
    "bottom_left": "bottom_right",
    "bottom_right": "bottom_left",
}
CARD = re.compile(
    r"\b(?:end|closing|final|last)[ -]?(?:card|slate|screen|plate)\b|\bend (?:it |the film )?with an? card\b"
)
CARD_READS = re.compile(r"\b(?:saying|says?|reads?|reading)\s*:?\s+(.{1,200})$", re.IGNORECASE)
CARD_SAYS = re.compile(
    r"(?:\b(?:saying|says?|reads?|reading|with(?: the (?:words|text))?|that says|to|text)\b|:)\s*:?\s*(.{1,200})$",
    re.IGNORECASE,
)
AI_LABEL = re.compile(
    r"\b(?:ai|a\.i\.|artificial intelligence)\b[\w -]*\b(?:label\w*|badge|mark|disclos\w+|note|notice|tag|sign)\b|"
    r"\b(?:label|mark|tag|disclose|flag|say|show|write|declare|hide|remove)\w*\b.*\b(?:made|created|generated|produced)\s+"
    r"(?:with|by|using)\s+(?:an?\s+)?(?:ai|a\.i\.)|\b(?:label|mark|tag|flag)\w*\b.*\bai\b|"
    r"\b(?:clear|say|tell|state|show)\b.*\bai[ -](?:generated|made)\b"
)
MATCHES = re.compile(
    r"\b(?:match\w*|grad(?:e|ed|ing)|pull|push|bring|bend)\b.*\b(?:towards?|to|with|closer to|"
    r"like)\b.*\b(?:palette|colou?rs|"
    r"sample|look)\b|\bmatch\w*\b.*\b(?:colou?rs?|grade|palette|look|takes)\b|\bcolou?r[ -]match\w*"
)
SAMPLE_COLOURS = re.compile(
    r"\b(?:back to|use|take|reset to|restore|return to)\s+(?:the\s+)?(?:sample'?s?|original'?s?|source)\s+"
    r"(?:own\s+)?(?:colou?rs|palette)|\b(?:colou?rs|palette) (?:of|from) the (?:sample|original)"
)


def effect(ask: Ask) -> list[PlanEdit] | None:
    """`add the sound of rain to scene 1`, `scene 4 needs a whoosh`, `no sound effects`."""
    low = ask.low
    other = r"\b(?:music|voice|narrat\w+|titles?|captions?|transitions?|camera|song)\b"
    if re.search(other, low) and not re.search(r"\b(?:sound effects?|sfx)\b", low):
        return None
    if re.search(rf"{OFF.pattern}|\boff\b", low) and re.search(rf"\b{EFFECTS}\b|\bsound\b", low):
        heard = [s.id for s in ask.plan.scenes if s.sound]
        return [ChangeSound(scene=i, sound="") for i in (ask.scenes or heard or [s.id for s in ask.plan.scenes])]
    if re.search(r"\b(?:show\w*|pictures?|images?|see)\b", low):
        return None
    sound = _sound(ask)
    if not sound:
        return None
    if not ask.scenes:
        raise ImpossibleEdit(
            "An effect is heard with a scene.", "Say with which one, such as: add the sound of rain to scene 1."
        )
    return [ChangeSound(scene=i, sound=sound) for i in ask.scenes]


def _sound(ask: Ask) -> str:
    """The effect in words; '' when the clause asks for none."""
    if ask.quote and re.search(rf"\b{EFFECTS}\b|\bsound\b", ask.low):
        return ask.quote
    if should := SHOULD_SOUND.match(ask.low):
        return re.sub(r"^(?:an?|the|some)\s+", "", f"{should.group(1)}{should.group(2)}")
    for pattern in HEARD:
        found = re.search(pattern, ask.low)
        if found:
            bare = SCENES_OFF.sub("", found.group(1)).strip(" .,:")
            return re.sub(r"^(?:an?|the|some)\s+", "", bare)
    return ""


def fit(ask: Ask) -> list[PlanEdit] | None:
    """`blur the edges instead of cropping`, `letterbox scene 2`."""
    other = r"\b(?:transition|wipe|captions?|title)\w*\b|\bset in\b"
    is_seen = ask.scenes and re.search(r"\bshow", ask.low)
    if not ABOUT_FIT.search(ask.low) or re.search(other, ask.low) or is_seen:
        return None
    wished = NOT_CROP.sub(" ", ask.low)
    way = next((value for pattern, value in FITS if re.search(rf"\b(?:{pattern})\b", wished)), None)
    if way is None:
        way = "blur" if re.search(r"\bcrop", ask.low) else "crop"
    if ask.scenes:
        return [ChangeFit(scene=i, fit=way) for i in ask.scenes]
    return [ChangeFit(fit=way)]


def brand(ask: Ask) -> list[PlanEdit] | None:
    """Logo, end card and the label that says that it was made with AI."""
    low = ask.low
    if AI_LABEL.search(low) and not low.endswith("?") and not ask.scenes:
        return [ChangeBrand(label=not re.search(rf"{OFF.pattern}|\b(?:off|hide)\b", low))]
    if re.search(r"\blogo\b", low):
        return _logo(ask)
    return _card(ask) if CARD.search(low) else None


def _logo(ask: Ask) -> list[PlanEdit] | None:
    """The logo and its corner."""
    low = ask.low
    corner = next((value for pattern, value in CORNERS if re.search(rf"\b(?:{pattern})\b", low)), None)
    if corner is None and re.search(r"\bother (?:corner|side)\b", low):
        corner = ACROSS[ask.plan.brand.corner]
    if corner is None and OFF.search(low):
        return [ChangeBrand(logo="")]
    if ask.scenes and corner is None:
        return None
    is_new = re.search(r"\b(?:use|add|put|insert|place|show|with|as|new|another|here|want|change|swap|replace)\b", low)
    if ask.plan.brand.logo and corner and not re.search(r"\b(?:as|new|another|here)\b", low):
        return [ChangeBrand(corner=corner)]
    if is_new:
        return [ChangeBrand(logo=file_in(ask, "image", called="logo"), corner=corner)]
    return [ChangeBrand(corner=corner)] if corner else None


def _card(ask: Ask) -> list[PlanEdit] | None:
    """The words on the card at the end."""
    low = ask.low
    if re.search(
        r"\b(?:longer|shorter|seconds?|move|swap|camera|darker|brighter|(?:should|must|to) show|redo|duplicate)\b|"
        r"\d\s*s\b",
        low,
    ):
        return None
    if ask.quote is None and (OFF.search(low) or re.search(r"\boff\b", low)):
        return [ChangeBrand(end_card="")]
    found = CARD_READS.search(ask.text) or CARD_SAYS.search(ask.text)
    said = ask.quote or (found.group(1).strip(" .\"'") if found else "")
    if said:
        return [ChangeBrand(end_card=said)]
    if re.search(r"\b(?:add|put|need|want|make|insert|with)\b", low):
        raise ImpossibleEdit(
            "What should stand on the end card?", "For example: end card saying 'Thanks for watching'."
        )
    return None


def matching(ask: Ask) -> list[PlanEdit] | None:
    """How far takes are graded towards the palette, and the sample's colours again."""
    low = ask.low
    if SAMPLE_COLOURS.search(low) and not re.search(r"\bmatch|\bgrade", low):
        return [Recolour(palette=())]
    if not MATCHES.search(low):
        return None
    share = re.search(r"(\d{1,3})\s*(?:%|percent)", low)
    if share:
        return [Recolour(match=min(1.0, int(share.group(1)) / 100), absolute=True)]
    if OFF.search(low):
        return [Recolour(match=0, absolute=True)]
    if re.search(r"\b(?:less|weaker|softer|not so)\b", low):
        return [Recolour(match=round(-0.25 * degree(low), 3))]
    if re.search(r"\b(?:more|stronger|strongly|further|closer|harder)\b", low):
        return [Recolour(match=round(0.25 * degree(low), 3))]
    return [Recolour(match=1.0 if re.search(r"\b(?:fully|completely|exactly|entirely)\b", low) else 0.6, absolute=True)]
