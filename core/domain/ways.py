"""The three ways to begin a film, and what each needs: a remake, a story, a listing. One plan comes out of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from core.domain.errors import BadBrief, BadInput
from core.domain.plan import MAX_BRIEF, MAX_SCENES, MAX_SECONDS, MIN_SECONDS, Tone

Way = Literal["remake", "story", "listing"]
WAYS: tuple[Way, ...] = get_args(Way)
OFFER = ("title", "description", "price", "category")
"""Fields of a listing that a film may say."""
LONGEST = {"title": 150, "description": 3500, "price": 40, "category": 60, "music": 20, "niche": 60}
"""Characters of the fields of a listing, and of a story's niche."""
NO_MUSIC = "none"
MUSIC: tuple[str, ...] = ("", *get_args(Tone), NO_MUSIC)
"""What a listing may ask for; empty: what suits its category."""
OWN_SECONDS = (15.0, MAX_SECONDS)
"""Of a story and a listing."""
USUAL_SECONDS: Mapping[Way, float | None] = {"remake": None, "story": 30.0, "listing": 20.0}
FEWEST_SCENES = 3
BRIEFEST_SCENE, LONGEST_SCENE = 1.5, 15.0
"""Seconds that scenes last on average where their number is given."""
LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person wants of a film, checked."""

    way: Way = "remake"
    brief: str
    seconds: float | None = None
    scenes: int | None = None
    listing: Mapping[str, str] = field(default_factory=dict)
    """Fields of a listing, or the niche of a story; those that say nothing are not there."""

    @property
    def offer(self) -> dict[str, str]:
        """What a film may say of a product; empty unless it is a listing."""
        return offer_of(self.way, self.listing)


def offer_of(way: str, listing: Mapping[str, str]) -> dict[str, str]:
    """The fields that claims may point to."""
    return {name: listing[name] for name in OFFER if listing.get(name)} if way == "listing" else {}


def checked(
    way: str,
    *,
    brief: str = "",
    seconds: float | None = None,
    scenes: int | None = None,
    listing: Mapping[str, str] | None = None,
) -> Wishes:
    """The wishes, complete. BadBrief and BadInput say what is missing or does not go together."""
    if way not in WAYS:
        raise BadInput(f"There is no way “{way[:40]}” to begin a film.", f"Choose one of: {', '.join(WAYS)}.")
    fields = _fields(listing or {})
    if way == "listing":
        brief = _offered(fields)
    brief = check_brief(brief, story=way == "story")
    least, most = (MIN_SECONDS, MAX_SECONDS) if way == "remake" else OWN_SECONDS
    seconds = USUAL_SECONDS[way] if seconds is None else seconds
    if seconds is not None and not least <= seconds <= most:
        raise BadInput(f"A film of {seconds:g} s cannot be made.", f"Choose between {least:.0f} and {most:.0f} s.")
    if scenes is not None:
        _check_count(scenes, seconds)
    return Wishes(way=way, brief=brief, seconds=seconds, scenes=scenes, listing=fields)


def check_brief(brief: str, *, story: bool = False) -> str:
    """The brief without stray space; BadBrief when there is too little or too much of it."""
    brief = brief.replace("\x00", "").strip()
    if sum(2 if ord(c) > 0x2E80 else 1 for c in brief if c.isalnum()) < LEAST_LETTERS:
        said = "The story has no prompt yet." if story else "The brief is empty."
        raise BadBrief(said, "Say in a sentence or two what the film is about and who it is for.")
    if len(brief) > MAX_BRIEF:
        raise BadBrief(
            f"The brief has {len(brief):,} characters; {MAX_BRIEF:,} is the most.",
            "Keep what the film must say and leave out the rest.",
        )
    return brief


def _fields(listing: Mapping[str, str]) -> dict[str, str]:
    """Those that say something, in the order of LONGEST. BadInput for one that is too long or unknown."""
    unknown = [name for name in listing if name not in LONGEST]
    if unknown:
        raise BadInput(f"A listing has no field “{unknown[0][:40]}”.", f"It has: {', '.join(LONGEST)}.")
    found = {name: listing.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip() for name in LONGEST}
    for name, said in found.items():
        if len(said) > LONGEST[name]:
            raise BadInput(
                f"The {name} has {len(said):,} characters; {LONGEST[name]:,} is the most.", "Say it shorter."
            )
    if found["music"] not in MUSIC:
        raise BadInput(f"There is no music “{found['music']}”.", f"Choose one of: {', '.join(MUSIC[1:])}.")
    return {name: said for name, said in found.items() if said}


def _offered(fields: Mapping[str, str]) -> str:
    """The listing as a brief. BadBrief when it lacks what a script is written from."""
    lacking = [name for name in ("title", "description") if sum(c.isalnum() for c in fields.get(name, "")) < 2]
    if lacking:
        raise BadBrief(
            f"The listing has no {' and no '.join(lacking)} yet.",
            "The script says only what stands there: give the title as it is sold under, and a few lines about it.",
        )
    price = f"Price: {fields['price']}" if fields.get("price") else ""
    return "\n".join(part for part in (fields["title"], fields["description"], price) if part)


def _check_count(scenes: int, seconds: float | None) -> None:
    """BadInput when so many scenes do not make a film of that length."""
    if not FEWEST_SCENES <= scenes <= MAX_SCENES:
        raise BadInput(
            f"A film of {scenes} scenes cannot be planned.", f"Choose {FEWEST_SCENES} to {MAX_SCENES} scenes."
        )
    if seconds is None:
        return
    if scenes * BRIEFEST_SCENE > seconds:
        raise BadInput(
            f"{scenes} scenes do not fit into {seconds:g} s.",
            f"Choose at most {int(seconds // BRIEFEST_SCENE)} scenes, or at least {scenes * BRIEFEST_SCENE:g} s.",
        )
    if scenes * LONGEST_SCENE < seconds:
        raise BadInput(
            f"{scenes} scenes cannot carry {seconds:g} s.",
            f"Choose at least {-int(-seconds // LONGEST_SCENE)} scenes, or at most {scenes * LONGEST_SCENE:g} s.",
        )
