"""Clauses about colour, style, transitions, format and models."""

from __future__ import annotations

import re

from core.domain.edits import ChangeFormat, PlanEdit, Recolour, Restyle, SetTransition
from core.domain.plan import Tone, Transition, TypeStyle
from core.domain.time import Aspect
from core.providers.local.director.naming import numbers_in
from core.providers.local.director.understood import Ask

COLOURS = {
    "white": "#ffffff",
    "black": "#101010",
    "yellow": "#ffd60a",
    "gold": "#d9a441",
    "golden": "#d9a441",
    "red": "#e5383b",
    "blue": "#2f6fed",
    "navy": "#14213d",
    "green": "#2fa84f",
    "orange": "#f3722c",
    "pink": "#ff5fa2",
    "purple": "#7b2cbf",
    "violet": "#7b2cbf",
    "teal": "#1b9aaa",
    "turquoise": "#2ec4b6",
    "brown": "#7a4a2b",
    "grey": "#8d99ae",
    "gray": "#8d99ae",
    "beige": "#e8d8c3",
    "cream": "#f8f1e1",
    "mint": "#a8e6cf",
}
COLOUR = re.compile(rf"\b({'|'.join(COLOURS)})\b|(#[0-9a-f]{{6}})\b")
STEPS: tuple[tuple[str, str, float], ...] = (
    (
        r"(?<!less )warm(?:er|th|ly)?|too cold|too cool|too blue|golden hour|sunnier|less (?:blue|cold|cool)",
        "warmth",
        0.25,
    ),
    (
        r"cool(?:er)?|cold(?:er)?|bluer|icier|too warm|too (?:yellow|orange)|less (?:yellow|orange|warm|red)",
        "warmth",
        -0.25,
    ),
    (
        (
            r"more (?:vivid|saturat\w+|colou?rful|vibrant|colou?r)|vivid|vibrant|saturate|colou?rs? pop|it pop|"
            r"colou?rful|"
            r"punchier colou?rs?|richer|too (?:dull|grey|gray|pale|flat|lifeless|washed out|bland)|"
            r"stronger colou?rs?|livelier colou?rs?"
        ),
        "saturation",
        0.25,
    ),
    (
        (
            r"less (?:vivid|saturat\w+|colou?rful|vibrant|colou?r)|muted|desaturat\w+|pastel|too (?:colou?rful|"
            r"saturated|vivid|garish)|softer colou?rs?|tone down the colou?rs?"
        ),
        "saturation",
        -0.3,
    ),
    (r"bright(?:er|en)|lighter|lighten|too dark|more light", "brightness", 0.15),
    (r"dark(?:er|en)|moodier|dimmer|too bright|less light", "brightness", -0.15),
    (
        (r"(?:more|higher|stronger|increase(?: the)?|raise(?: the)?) contrast|contrastier|punchier|crisper"),
        "contrast",
        0.2,
    ),
    (r"(?:less|lower|softer|reduce(?: the)?|decrease(?: the)?) contrast|flatter|too contrasty|harsh", "contrast", -0.2),
)
TONES: dict[str, Tone] = {
    "warm": "warm",
    "cosy": "warm",
    "cozy": "warm",
    "friendly": "warm",
    "calm": "calm",
    "peaceful": "calm",
    "relaxed": "calm",
    "relaxing": "calm",
    "quiet": "calm",
    "elegant": "calm",
    "chill": "calm",
    "ambient": "calm",
    "tense": "tense",
    "dramatic": "tense",
    "epic": "tense",
    "urgent": "tense",
    "dark": "night",
    "serious": "tense",
    "intense": "tense",
    "energetic": "tense",
    "tech": "tech",
    "techy": "tech",
    "modern": "tech",
    "futuristic": "tech",
    "electronic": "tech",
    "sleek": "tech",
    "night": "night",
    "neon": "night",
    "nocturnal": "night",
    "moody": "night",
    "synthwave": "night",
    "hope": "hope",
    "hopeful": "hope",
    "uplifting": "hope",
    "inspiring": "hope",
    "optimistic": "hope",
    "emotional": "hope",
    "happy": "playful",
    "playful": "playful",
    "fun": "playful",
    "funny": "playful",
    "upbeat": "playful",
    "quirky": "playful",
    "cheerful": "playful",
    "silly": "playful",
}
TYPES: dict[str, TypeStyle] = {
    "impact": "impact",
    "bold": "impact",
    "condensed": "impact",
    "grotesk": "grotesk",
    "grotesque": "grotesk",
    "sans": "grotesk",
    "sans-serif": "grotesk",
    "clean": "grotesk",
    "modern": "grotesk",
    "serif": "serif",
    "elegant": "serif",
    "classic": "serif",
    "heavy": "heavy",
    "heavier": "heavy",
    "bolder": "impact",
    "chunky": "heavy",
    "rounded": "heavy",
    "fat": "heavy",
}
WAYS: tuple[tuple[str, Transition], ...] = (
    (
        (
            r"cross-?\s?fades?|cross-?\s?dissolves?|dissolves?|soft (?:transitions?|cuts?)|blend|fades?(?! (?:to|"
            r"through) (?:black|white))"
        ),
        "dissolve",
    ),
    (r"dips?|fades? (?:to|through) (?:black|white)", "dip"),
    (r"wipes?|bars", "wipe"),
    (r"slides?|push transitions?", "slide"),
    (r"whips?(?:[ -]pans?)?", "whip"),
    (r"zooms?(?= transitions?)|(?<=transition )(?:to )?zooms?|zooms? between|zooms?$", "zoom"),
    (r"(?:hard|straight|plain|simple|jump) cuts?|\bcuts?\b|no transitions?|without transitions?", "cut"),
)
SHAPES: tuple[tuple[str, Aspect], ...] = (
    (
        (
            r"9\s*[:x/]\s*16|vertical|portrait (?:format|mode|video|orientation)|upright|\bportrait\b|tiktok|reels?\b|"
            r"shorts\b|stories"
        ),
        "9:16",
    ),
    (
        r"16\s*[:x/]\s*9|landscape (?:format|mode|video|orientation)|\blandscape\b|horizontal|wide-?screen|youtube",
        "16:9",
    ),
    (r"1\s*[:x/]\s*1|square", "1:1"),
)


COMPLAINT = re.compile(
    r"\b(feels?|looks?|seems?|is|are)\s+(?:so |really |very |a bit |a little |rather |quite |pretty )?"
    r"(cold|cool|blue|dark|bright|dull|flat|lifeless|pale|grey|gray|warm|yellow|orange|saturated|garish|bland)\b"
)
"""`the colours feel cold`: they are not wanted like that."""
WISHES = re.compile(r"\b(?:make|should|want|like it to|give|more|less|let)\b")
PROPERTIES = {
    "warmth": "warmth", "saturation": "saturation", "brightness": "brightness", "exposure": "brightness",
    "contrast": "contrast", "vibrance": "saturation", "colour strength": "saturation", "color strength": "saturation",
}  # fmt: skip
MORE = re.compile(
    r"\b(?:more|increase|raise|boost|up|higher|crank up|pump up|add|bump(?: up)?|turn up|push|stronger|lift)\b"
)
LESS = re.compile(r"\b(?:less|decrease|reduce|lower|down|cut|drop|take down|weaker|tone down|dial back)\b")
STEP = 0.2


def degree(low: str) -> float:
    """How strongly something is asked for, as a factor."""
    if re.search(r"\b(?:much|a lot|way|far|very|really|significantly)\b", low):
        return 1.6
    return (
        0.6
        if re.search(r"\b(?:slightly|a bit|a little|little|bit|touch|tad|somewhat|notch|hair|smidge|tick)\b", low)
        else 1.0
    )


def colour(ask: Ask) -> list[PlanEdit] | None:
    """Grade and palette, always of the whole film."""
    low = ask.low if WISHES.search(ask.low) else COMPLAINT.sub(r"\1 too \2", ask.low)
    if re.search(r"\b(?:music|voice|captions?|subtitles?|narrator|tone of voice|transitions?)\b", low):
        return None
    if re.search(r"\b(?:black and white|black & white|b&w|b/w|monochrome|gr[ae]yscale)\b", low):
        return [Recolour(saturation=-1, absolute=True)]
    if re.search(r"\b(?:reset|normal|neutral|original|natural)\b.*\b(?:colou?rs?|grade|look|grading)\b", low):
        return [Recolour(warmth=0, saturation=0, brightness=0, contrast=0, absolute=True)]
    named = tuple(dict.fromkeys(COLOURS[m.group(1)] if m.group(1) else m.group(2) for m in COLOUR.finditer(low)))
    if named and (re.search(r"\b(?:palette|colou?rs?|colou?r scheme)\b", low) or (len(named) > 1 and not ask.scenes)):
        kept = ask.plan.grade.palette if re.search(r"\b(?:more|add|also|some)\b", low) else ()
        return [Recolour(palette=tuple(dict.fromkeys((*named, *kept)))[:8])]
    changes: dict[str, float] = {}
    for pattern, field, step in STEPS:
        if field not in changes and re.search(rf"\b(?:{pattern})\b", low):
            changes[field] = round(step * degree(low), 3)
    for word, field in PROPERTIES.items():
        if exact := re.search(rf"\b{word} (?:to|at|of) (-?\d{{1,3}})\s*(?:%|percent)", low):
            return [Recolour.model_validate({field: max(-1.0, min(1.0, int(exact.group(1)) / 100)), "absolute": True})]
        if field not in changes and re.search(rf"\b{word}\b", low) and (MORE.search(low) or LESS.search(low)):
            changes[field] = round(STEP * degree(low) * (-1 if LESS.search(low) else 1), 3)
    if not changes or re.search(r"\b(?:tone|style|mood)\b(?! down)", low):
        return None
    if _is_content(ask, changes):
        return None
    return [Recolour.model_validate(changes)]


def _is_content(ask: Ask, changes: dict[str, float]) -> bool:
    """`scene 2 should show a warm kitchen` speaks of the picture, not of the grade."""
    asks = re.search(r"\b(?:show|shows|showing|with a|a picture of|replace|becomes?)\b", ask.low)
    return bool(asks and ask.scenes and changes and len(ask.low.split()) > 5)


def tone_in(low: str) -> Tone | None:
    """The tone that a clause names: `calm`, `calmer`, `happier`."""
    for word in re.findall(r"[a-z]+", low):
        for form in (word, word.removesuffix("er"), re.sub(r"ier$", "y", word)):
            if form in TONES:
                return TONES[form]
    return None


def style(ask: Ask) -> list[PlanEdit] | None:
    """Type and tone: `make it more playful`, `serif titles`, `a calmer mood`."""
    low = ask.low
    if re.search(r"\b(?:music|voice|captions?|subtitles?|soundtrack)\b", low):
        return None
    if re.search(r"\b(?:font|type|typeface|typography|titles?|lettering|serif|sans|grotesk|heavy|chunky)\b", low):
        for name, value in TYPES.items():
            if re.search(rf"(?<![\w-]){name}\b", low):
                return [Restyle(style=value)]
    tone = tone_in(low)
    asks = re.search(r"\b(?:tone|mood|style|feel|feeling|vibe|atmosphere|more|make|less|overall|look)\b", low)
    if tone and asks and not ask.scenes:
        return [Restyle(tone=tone)]
    return None


def transition(ask: Ask) -> list[PlanEdit] | None:
    """`dissolve between 2 and 3`, `hard cuts only`, `no transitions`."""
    low = ask.low
    between = re.search(r"\b(?:between|from)\s+(?:scenes?\s+)?(\w+)\s+(?:and|to)\s+(?:scene\s+)?(\w+)", low)
    is_named = re.search(
        r"\btransitions?\b|\bbetween\b|\bcross-?\s?(?:fade|dissolve)|\bdissolves?\b|\bwhip|\bwipes?\b|\bhard "
        r"cuts?\b|\bcut straight\b|\bstraight cuts?\b|\bfade\b|\bdip\b|\bslide\b|\bjump cuts?\b|\b(?:only|just|"
        r"use|simple|plain) "
        r"cuts?\b|\bcuts only\b",
        low,
    )
    if not is_named or re.search(r"\b(?:music|voice|soundtrack|song)\b", low):
        return None
    bare = re.sub(r"\btransitions?\b(?! zoom| to zoom)", "transition", low)
    way = next((value for pattern, value in WAYS if re.search(rf"\b(?:{pattern})\b", bare)), None)
    if way is None and re.search(r"\bzoom\b", low):
        way = "zoom"
    if way is None and re.search(r"\b(?:no|without|remove|soft\w*|smooth\w*)\b", low):
        way = "dissolve" if re.search(r"\b(?:soft|smooth)\w*\b", low) else "cut"
    if way is None:
        return None
    numbers = numbers_in(f"{between.group(1)} {between.group(2)}") if between else []
    if len(numbers) == 2:
        scenes = ask.plan.scenes
        first = min(numbers)
        if re.search(r"\b(?:except|but not|apart from)\b", low):
            return [SetTransition(scene=s.id, transition=way) for n, s in enumerate(scenes[:-1], 1) if n != first]
        return [SetTransition(scene=scenes[first - 1].id if 1 <= first <= len(scenes) else str(first), transition=way)]
    if ask.scenes:
        return [SetTransition(scene=i, transition=way) for i in _from(ask)]
    return [SetTransition(transition=way)]


def _from(ask: Ask) -> tuple[str, ...]:
    """The scenes whose way out is meant; `into scene 3` means the way out of scene 2."""
    ids = [s.id for s in ask.plan.scenes]
    if re.search(r"\b(?:into|before|in front of)\b", ask.low):
        return tuple(ids[ids.index(i) - 1] if i in ids and ids.index(i) else i for i in ask.scenes)
    if len(ask.scenes) == 2 and re.search(r"\bbetween\b", ask.low):
        return ask.scenes[:1]
    return ask.scenes


def shape(ask: Ask) -> list[PlanEdit] | None:
    """Aspect and resolution."""
    changes: dict[str, str] = {}
    for pattern, aspect in SHAPES:
        if re.search(rf"(?<!\w)(?:{pattern})", ask.low):
            changes["aspect"] = aspect
            break
    if re.search(
        r"\b(?:1080p?|full ?hd|fhd|(?:in|it) hd|hd(?= please|$)|high(?:er)? resolution|hd quality|sharper)\b", ask.low
    ):
        changes["resolution"] = "1080p"
    elif re.search(r"\b(?:720p?|low(?:er)? resolution|smaller file)\b", ask.low):
        changes["resolution"] = "720p"
    if not changes or (ask.scenes and "resolution" not in changes):
        return None
    return [ChangeFormat.model_validate(changes)]
