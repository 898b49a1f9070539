"""Which effects a person's words ask for, and which of them this machine cannot make."""

from __future__ import annotations

import re
from dataclasses import dataclass

AMBIENCE: dict[str, str] = {
    "rain": r"rain\w*|drizzl\w*|downpour|shower of rain",
    "wind": r"wind(?!\w)|windy|gusts?|breeze|storm|blizzard|howling",
    "sea": r"sea|seaside|ocean|waves?|surf|beach|shore|tide",
    "fire": r"fire(?!\s?work)|fireplace|bonfire|flames?|campfire|crackling|burning|hearth|embers",
    "stream": r"streams?|brook|rivers?|creek|running water|flowing|fountain|waterfall|pouring|tap water|faucet",
    "sizzle": r"sizzl\w*|fry\w*|frying pan|grill\w*|searing|steam(?:ing)?|hiss(?:ing)?",
    "city": r"city|traffic|street|cars?|urban|downtown|road|highway|rush hour",
    "birds": r"birds?|birdsong|chirping|forest|woods?|woodland|morning garden|garden|park|meadow|nature|jungle",
    "crickets": r"crickets?|cicadas?|summer night|night outdoors|night air",
    "crowd": r"crowds?|caf[eé]|coffee ?shop|restaurant|\w* ?chatter|murmur\w*|people talking|bar|babble|market",
    "engine": r"engines?|motors?|car idling|truck|lorry|motorbike|motorcycle|machinery running",
    "train": r"trains?|railway|subway|metro|rails|tram",
    "room": r"room ?tone|quiet room|empty room|air conditioning",
    "vinyl": r"vinyl|record player|record crackle|gramophone|old record|needle",
    "hum": r"hum(?:ming)?|server(?: room)?|servers|fans?|transformer|factory|machines?|fridge|electric(?:ity)?|drone",
}
HITS: dict[str, str] = {
    "whoosh": r"(?:w?h?oo+sh|swoosh|swish|swipe|swoop|whip|fly ?by|passes by|zoom)(?:es|ing|s)?|whooshes",
    "riser": r"risers?|rising tension|build(?:s|ing)?[- ]?up|tension (?:builds|rises)|rise of tension|uplifter",
    "impact": r"impacts?|hits?|slam\w*|crash\w*|bang\w*|blow|smash\w*|stomp|braam|drum hit|explosion|explod\w*",
    "boom": r"booms?|sub ?drop|bass drop|thud\w*|thump\w*|rumble",
    "click": r"clicks?|clicking|switch(?:es)?|mouse|button|tap(?!\s?water)(?:s|ping)?|snap(?:s|ping)?",
    "pop": r"pops?|popping|bubbles?|plop|cork",
    "chime": r"chim(?:e|es|ing)|wind ?chimes?|jingle|glockenspiel|music box",
    "bell": r"bells?|gong|toll\w*|church",
    "ding": r"dings?|notification\w*|ping(?:s|ing)?|alert|message (?:tone|sound)|doorbell|ringtone|beep\w*",
    "sparkle": r"sparkl\w*|glitter\w*|shimmer\w*|twinkl\w*|magic\w*|fairy|stardust|gleam",
    "shutter": r"shutter|camera|photo(?:graph)?s?|snapshot",
    "typing": r"typing|keyboard|keys|types|typewriter",
    "footsteps": r"footsteps?|steps|walk(?:s|ing)|heels",
    "knock": r"knock(?:s|ing)?",
    "heartbeat": r"heart ?beats?|pulse|heart",
    "tick": r"tick(?:s|ing)?|clock|tick[- ]tock|timer|countdown|metronome",
    "coins": r"coins?|cash|money|cash register|ka-?ching|till",
    "glass": r"glass(?:es)?|clink\w*|cheers|toast|cutlery",
    "drip": r"drip(?:s|ping)?|drops?|droplets?|water drops?",
    "splash": r"splash\w*|dive|plunge",
    "glitch": r"glitch\w*|static|digital noise|distort\w*|data|interference",
    "vibrate": r"vibrat\w*|phone buzz\w*|buzz(?:es|ing)? phone|phone",
    "swell": r"swells?|cymbals?|reverse cymbal|reverse",
    "success": r"success|done|level up|complete[ds]?|win|correct|achievement",
    "failure": r"fail\w*|error|wrong|denied|buzzer|refused",
    "thunder": r"thunder\w*|lightning|storm",
    "applause": r"applau\w*|clap(?:s|ping)?|cheering|audience",
    "page": r"page|paper|turning pages|rustl\w*|book|newspaper",
}
SPLIT = re.compile(r"[,;.:+&/]|\b(?:and|with|then|while|as|over|under|followed by|before|after|plus)\b")
NOTHING = re.compile(r"^\s*(?:no|without|not|never)\b|^\s*(?:silence|silent|quiet|nothing|none)\s*$")
MANNER = re.compile(
    r"\b(?:distant|far(?: away| off)?|muffled|soft(?:ly)?|gentle|gently|quiet(?:ly)?|faint(?:ly)?|subtle|low|"
    r"loud(?:ly)?|heavy|big|huge|deep|short|long|light|slow(?:ly)?|fast|quick(?:ly)?|sharp|warm|the|a|an|of|in|on|at|"
    r"to|into|from|sounds?|effects?|sfx|ambien(?:ce|t)|background|noise|some|one|two|three|end|start|beginning|scene|"
    r"it|its|is|are|cut|logo|title|lands?|appears?|ends?|begins?|closes?|opens?)\b"
)
"""Words that name no sound of their own."""
DISTANT = re.compile(r"\b(?:distant|far|muffled|next room|behind a wall)\b")
SOFT = re.compile(r"\b(?:soft|softly|gentle|gently|quiet|quietly|faint|faintly|subtle|light)\b")
LOUD = re.compile(r"\b(?:loud|loudly|heavy|big|huge|strong|massive|roaring)\b")
LATE = re.compile(r"\b(?:end|ends|ending|last|final|finally|close)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One effect that is asked for."""

    kind: str
    ambience: bool
    """It lies under the whole scene; else it is heard once."""
    distant: bool = False
    gain_db: float = 0.0
    late: bool = False
    """At the end of the scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What words ask for: the effects this machine has, and the words that it has none for."""

    cues: tuple[Cue, ...]
    missing: tuple[str, ...]


def asked(text: str) -> Asked:
    """Reads the words of a scene's sound, clause by clause."""
    cues: list[Cue] = []
    missing: list[str] = []
    for clause in SPLIT.split(text.lower()):
        if NOTHING.match(clause):
            continue
        found = _cues(clause)
        cues += [cue for cue in found if cue.kind not in {c.kind for c in cues}]
        if not found and re.search(r"\w", MANNER.sub("", clause)):
            missing.append(clause.strip())
    return Asked(cues=tuple(cues), missing=tuple(missing))


def _cues(clause: str) -> list[Cue]:
    """The effects of one clause, as they are named in it. The longest name wins where two share words."""
    found: list[tuple[int, int, str, bool]] = []
    for names, lasting in ((AMBIENCE, True), (HITS, False)):
        for kind, pattern in names.items():
            found += [(m.start(), m.end(), kind, lasting) for m in re.finditer(rf"\b(?:{pattern})(?!\w)", clause)]
    kept: list[tuple[int, int, str, bool]] = []
    for hit in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        same_words = [k for k in kept if hit[0] < k[1] and k[0] < hit[1]]
        if all((k[0], k[1]) == (hit[0], hit[1]) for k in same_words) and hit[2] not in {k[2] for k in kept}:
            kept.append(hit)
    gain = 3.0 * bool(LOUD.search(clause)) - 4.0 * bool(SOFT.search(clause)) - 5.0 * bool(DISTANT.search(clause))
    return [
        Cue(
            kind=kind,
            ambience=lasting,
            distant=bool(DISTANT.search(clause)),
            gain_db=gain,
            late=bool(LATE.search(clause)),
        )
        for _, _, kind, lasting in sorted(kept)
    ]
