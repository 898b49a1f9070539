"""Clauses about who makes what: models for scenes, and for everything beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.domain.edits import ChangeCrew, ChangeModel, PlanEdit
from core.domain.plan import Work
from core.providers.local.director.understood import Ask
from core.providers.local.writer.english import listed

WORKS: tuple[tuple[str, Work], ...] = (
    (r"sound effects?|effects?|foley|sfx", "effect"),
    (r"transcri\w+|word times", "transcription"),
    (r"music|soundtrack|score", "music"),
    (r"voice(?:-?over)?|narrat\w+|speech|speak\w*|lines", "speech"),
    (r"stills?|storyboard|images?|pictures|previews?", "still"),
    (r"script|writ\w+|plan(?:s|ning)?|director|chat", "language"),
)
"""The first that a clause names is meant."""
HERE = re.compile(r"\b(?:offline|local(?:ly)?|free|this (?:machine|computer)|built-?in|automatic(?:ally)?|auto)\b")
ASKS = re.compile(
    r"\b(?:use|with|let|by|for|via|from|back to|switch|try|make|should|have|want|generate|do|does|take|render|"
    r"film|shoot)\b"
)
ALIASES = {
    "gemini": "google",
    "veo": "google",
    "gpt": "openai",
    "eleven": "elevenlabs",
    "labs": "elevenlabs",
    "11labs": "elevenlabs",
}
"""What people say for a vendor, where its name is not a part of it."""
AUTO = re.compile(
    r"\bmodels? (?:to )?auto\b|\bautomatic(?:ally)? (?:models?|choose)|\bauto models?\b|\b(?:choose|pick|select|"
    r"decide)\w* "
    r"(?:on )?(?:the|a|which|best)?\s*(?:best )?models?\b|\bbest models?\b"
)
LOCAL_FILM = "local/film"


def crew(ask: Ask) -> list[PlanEdit] | None:
    """`use flux for the stills`, `elevenlabs should do the voice`, `the offline voice`."""
    low = ask.low
    if ask.quote or (ask.scenes and not re.search(r"\b(?:voice|stills?|music|effects?)\b", low)):
        return None
    if not ASKS.search(low):
        return None
    work = next((value for pattern, value in WORKS if re.search(rf"\b(?:{pattern})\b", low)), None)
    if work is None:
        return None
    model = model_named(low, ask.crew.get(work, ()))
    if model is None and HERE.search(low) and not re.search(r"\b(?:shipping|delivery|trial)\b", low):
        model = "auto"
    return [ChangeCrew(work=work, model=model)] if model else None


def model_named(low: str, ids: Sequence[str]) -> str | None:
    """The model that a clause names, by its id, its name, its vendor, or a telling part of either."""
    for model in ids:
        name = model.lower().partition("/")[2]
        if any(_has(low, part) for part in (model.lower(), name, name.rpartition("/")[2])):
            return model
    said = set(re.findall(r"[a-z0-9]+", low))
    said |= {ALIASES[word] for word in said & ALIASES.keys()}
    versions = {word for word in said if len(word) > 3 and re.fullmatch(r"[a-z]+\d+", word)}
    for model in ids:
        parts = {part for part in re.split(r"[/_\s:.-]", model.lower()) if len(part) > 2 and not part.isdigit()}
        squeezed = re.sub(r"[^a-z0-9]", "", model.lower().rpartition("/")[2])
        if (parts - COMMON) & said or any(squeezed.startswith(word) for word in versions):
            return model
    return None


COMMON = listed(
    "image images music text sound video film voice mini turbo large fast lite pro flash multilingual realtime auto "
    "writer still stills effect effects local the for and schnell dev standard generation speech act two black forest "
    "labs meta scout english instant instruct latest preview generate transcribe versatile vertex flare terra sol luna "
    "nano gen eleven sunburst max plus"
)
"""Parts of models' names that are plain words: they name no model."""


def _has(low: str, part: str) -> bool:
    return bool(part) and part not in COMMON and re.search(rf"(?<![\w-]){re.escape(part)}(?![\w-])", low) is not None


def model(ask: Ask) -> list[PlanEdit] | None:
    """`use runway for scene 3`, `film everything with kling`, `let the router choose the models`."""
    low = ask.low
    if not ASKS.search(low) and not re.search(r"\bmodels?\b", low):
        return None
    if ask.quote or re.search(r"\b(?:voice|music|narrat\w*|captions?|titles?|sound)\b", low):
        return None
    wanted = model_named(low, [m for m in ask.models if m != LOCAL_FILM])
    if (
        wanted is None
        and re.search(r"\b(?:local(?:ly)?|free|offline)\b", low)
        and not re.search(r"\b(?:show|about)\b", low)
    ):
        wanted = LOCAL_FILM
    if wanted is None and AUTO.search(low):
        wanted = "auto"
    if wanted is None:
        return None
    if ask.scenes:
        return [ChangeModel(scene=i, model=wanted) for i in ask.scenes]
    return [ChangeModel(model=wanted)]
