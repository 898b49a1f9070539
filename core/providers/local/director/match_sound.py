"""Clauses about voice, music and captions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.domain.edits import ChangeCaptions, ChangeMusic, ChangeVoice, PlanEdit, RewriteScene
from core.providers.local.director.match_looks import COLOUR, COLOURS, TONES, degree, tone_in
from core.providers.local.director.understood import Ask, VoiceRow

OFF = re.compile(
    r"\b(?:no|off|without|remove|hide|disable|drop|delete|mute|kill|stop|lose|get rid of|don't want|turn off|erase|"
    r"(?:for|with) (?:nothing|silence))\b"
)
ON = re.compile(r"\b(?:on|add|put|play|show|enable|back|with|unmute|bring back|want)\b")
LOUDER = re.compile(
    r"\b(?:louder|more (?:of the )?music|turn(?: \w+){0,3} up|raise|increase|too (?:quiet|soft|low)|more "
    r"volume|stronger|higher|(?:can't|cannot|can not|hardly|barely|don't) (?:\w+ )?hear|inaudible|too faint)\b|\bup\b"
)
QUIETER = re.compile(
    r"\b(?:quieter|less (?:of the )?music|softer|lower|turn(?: \w+){0,3} down|too loud|less loud|decrease|"
    r"reduce|less volume|drown\w*|overpower\w*|too (?:present|dominant|intrusive)|duck)\b|\bdown\b"
)
ACCENTS = {
    "british": "en-gb",
    "english": "en",
    "scottish": "en-gb-scotland",
    "american": "en-us",
    "us": "en-us",
    "uk": "en-gb",
    "spanish": "es",
    "german": "de",
    "french": "fr",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
}
BURN = re.compile(
    r"\b(?:burn\w*|hard-?\s?cod\w+|in(?:to)? the picture|soft subtitles|(?:only|just) (?:as )?(?:an? )?(?:file|srt)\w*|"
    r"(?:separate|extra) file|beside the film|sidecar)\b"
)
BESIDE = re.compile(r"\b(?:file|files|srt|soft|separate|beside|sidecar|not|don't)\b")
"""Captions that stand in the picture, and those that come beside the film."""
SIZES = ("s", "m", "l")
THAN = re.compile(r"\b(?:than|over|above) (?:the )?(?:music|voice|narrator|soundtrack)\b")
"""`the voice louder than the music` is about the voice."""


def voice(ask: Ask) -> list[PlanEdit] | None:
    """Who speaks, how fast and how loud."""
    low = THAN.sub(" ", ask.low)
    person = _named(low, ask.voices)
    if not re.search(
        r"\b(?:voice|voices|narrator|narration|speaker|speaks?|speaking|speech|talks?|talking|voice-?over)\b|"
        r"\b(?:woman|man|female|male)\b.*\b(?:reads?|narrates?|says?)\b",
        low,
    ) and not (person and re.search(r"\b(?:use|switch|try|with|let|take)\b", low)):
        return None
    if ask.quote or (re.search(r"\b(?:music|script)\b.*\bvoice", low) and "duck" in low):
        return None
    if OFF.search(low):
        silent: list[PlanEdit] = [RewriteScene(scene=i, narration="") for i in ask.scenes]
        return silent or [ChangeVoice(enabled=False)]
    now = ask.plan.voice
    changes: dict[str, object] = {}
    if re.search(r"\b(?:slow\w*|calmer|too fast|too quick)\b", low):
        changes["rate"] = round(now.rate - 0.1 * degree(low), 2)
    elif re.search(r"\b(?:fast\w*|quick\w*|too slow|speed\w*)\b", low):
        changes["rate"] = round(now.rate + 0.1 * degree(low), 2)
    elif gain := _gain(low, now.gain_db):
        changes["gain_db"] = gain
    chosen = person or _described(low, ask.voices, now.name)
    is_switched = re.search(r"\b(?:switch|turn|put)\b.*\b(?:on|back)$", low)
    if (
        chosen is None
        and not is_switched
        and re.search(r"\b(?:change|different|another|other|new|next|switch|don't like|hate|swap|try)\b", low)
    ):
        chosen = _next(ask.voices, now.name)
    if chosen is not None:
        changes["name"] = chosen["id"]
    if not changes and re.search(r"\b(?:on|back|enable|add|unmute)\b", low):
        changes["enabled"] = True
    return [ChangeVoice.model_validate(changes)] if changes else None


def _gain(low: str, now: float) -> float | None:
    """The new gain in dB when louder or quieter is asked for; a number of dB is taken as the step."""
    step = re.search(r"(\d{1,2})\s*db\b", low)
    size = float(step.group(1)) if step else 3.0 * degree(low)
    if QUIETER.search(low):
        return round(now - size, 1)
    return round(now + size, 1) if LOUDER.search(low) else None


def _named(low: str, voices: Sequence[VoiceRow]) -> VoiceRow | None:
    """The voice that is called by its name."""
    return next(
        (
            r
            for r in voices
            if re.search(
                rf"\b(?:{re.escape(str(r['id']).lower())}|{re.escape(str(r.get('name', r['id'])).lower())})\b", low
            )
        ),
        None,
    )


def _described(low: str, voices: Sequence[VoiceRow], now: str) -> VoiceRow | None:
    """The first other voice of the gender and accent that are asked for."""
    gender = ""
    if re.search(r"\b(?:female|woman|woman's|women|girl|feminine|lady)\b", low):
        gender = "female"
    elif re.search(r"\b(?:male|man|man's|men|guy|masculine|deep|deeper)\b", low):
        gender = "male"
    accent = next((code for word, code in ACCENTS.items() if re.search(rf"\b{word}\b", low)), "")
    if not gender and not accent:
        return None
    fits = [
        r
        for r in voices
        if (not gender or r.get("gender") == gender) and str(r.get("language", "")).lower().startswith(accent)
    ]
    return next((r for r in fits if r["id"] != now), None)


def _next(voices: Sequence[VoiceRow], now: str) -> VoiceRow | None:
    """The voice behind the present one that speaks the same language, round to the first."""
    language = next((str(r.get("language", ""))[:2] for r in voices if r["id"] == now), "en")
    same = [r for r in voices if str(r.get("language", "")).startswith(language)]
    ids = [r["id"] for r in same]
    if len(same) < 2 and now in ids:
        return None
    return same[(ids.index(now) + 1) % len(same)] if now in ids else same[0] if same else None


def music(ask: Ask) -> list[PlanEdit] | None:
    """The bed: on, off, mood, tempo, loudness."""
    low = THAN.sub(" ", ask.low)
    if not re.search(r"\b(?:music|soundtrack|background track|score|beat|bpm|tempo|song|tune|backing track)\b", low):
        return None
    if ask.scenes and re.search(r"\bshow(?:s|ing)?\b", low):
        return None
    now = ask.plan.music
    changes: dict[str, object] = {}
    if tempo := re.search(r"(\d{2,3})\s*(?:bpm|beats)|(?:bpm|tempo)\D{0,8}(\d{2,3})", low):
        changes["bpm"] = float(tempo.group(1) or tempo.group(2))
    mood = tone_in(low.replace("quieter", ""))
    calmer = "bpm" not in changes and re.search(r"\b(?:slow(?:er)?|calmer|more relaxed|too fast|less energetic)\b", low)
    if mood and not calmer:
        changes["mood"] = mood
    if calmer:
        changes["bpm"] = round(now.bpm * (1 - 0.12 * degree(low)), 1)
    elif (
        re.search(r"\b(?:faster|more energ\w+|upbeat|livelier|quicker|too slow|more drive|energetic)\b", low)
        and "bpm" not in changes
    ):
        changes["bpm"] = round(now.bpm * (1 + 0.12 * degree(low)), 1)
    elif "bpm" not in changes and (gain := _gain(low, now.gain_db)):
        changes["gain_db"] = gain
    if not changes and OFF.search(low):
        changes["enabled"] = False
    elif not changes and ON.search(low):
        changes["enabled"] = True
    elif not changes and re.search(r"\b(?:change|different|another|other|new)\b", low):
        moods = sorted(set(TONES.values()))
        changes["mood"] = moods[(moods.index(now.mood) + 1) % len(moods)]
    return [ChangeMusic.model_validate(changes)] if changes else None


def captions(ask: Ask) -> list[PlanEdit] | None:
    """On, off, size, place, style, colour."""
    low = ask.low
    if ask.scenes and re.search(r"\bwords on (?:the )?screen\b", low):
        return None  # of one scene: that is its title
    if not re.search(r"\b(?:captions?|subtitles?|subs|karaoke|words on (?:the )?screen)\b", low):
        return None
    changes: dict[str, object] = {}
    size = SIZES.index(ask.plan.captions.size)
    if re.search(r"\b(?:bigger|larger|big|large|too small|huge)\b", low):
        changes["size"] = SIZES[min(2, size + 1)] if not re.search(r"\b(?:large|huge)\b", low) else "l"
    elif re.search(
        r"\b(?:smaller|small|too (?:big|large)|tiny|less (?:intrusive|prominent)|subtler|more subtle|discreet)\b", low
    ):
        changes["size"] = SIZES[max(0, size - 1)]
    elif re.search(r"\bmedium\b", low):
        changes["size"] = "m"
    for pattern, place in (
        (r"top|upper|higher|above", "top"),
        (r"middle|cent(?:er|re)", "middle"),
        (r"bottom|lower|below", "bottom"),
    ):
        if re.search(rf"\b(?:{pattern})\b", low) and not re.search(r"lower[ -]third", low):
            changes["place"] = place
            break
    styles = (
        (r"karaoke|word by word|one word", "karaoke"),
        (r"pop|bouncy|animated", "pop"),
        (r"box(?:ed)?|(?<!no )(?<!without )(?<!without a )background", "box"),
        (r"lower[ -]third|lower style", "lower"),
        (r"clean|plain|simple|minimal", "clean"),
    )
    for pattern, value in styles:
        if re.search(rf"\b(?:{pattern})\b", low):
            changes["style"] = value
            break
    if BURN.search(low):
        return [ChangeCaptions(burn=not (BESIDE.search(low) or OFF.search(low)))]
    if found := COLOUR.search(low):
        changes["colour"] = COLOURS[found.group(1)] if found.group(1) else found.group(2)
    elif re.search(r"\b(?:accent|automatic|default) colou?r\b", low):
        changes["colour"] = "auto"
    if not changes and OFF.search(low):
        changes["enabled"] = False
    elif not changes and ON.search(low):
        changes["enabled"] = True
    return [ChangeCaptions.model_validate(changes)] if changes else None
