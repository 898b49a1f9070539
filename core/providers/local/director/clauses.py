"""A message cut into clauses; quoted words are kept whole, small typing errors can be mended."""

from __future__ import annotations

import difflib
import re

from core.providers.local.writer.english import listed

QUOTED = re.compile(r"[\"“«„]([^\"”»“]+)[\"”»“]|(?<![\w])['‘]((?:[^'’]|['’](?=\w))+)['’](?!\w)")
VERBS = (
    "make|remove|delete|drop|cut|swap|move|add|insert|change|set|use|turn|switch|shorten|lengthen|extend|"
    "trim|warm|cool|brighten|darken|no|faster|slower|mute|unmute|replace|rewrite|put|duplicate|copy|split|"
    "merge|combine|undo|redo|regenerate|render|approve|keep|give|speed|slow|increase|decrease|lower|raise|"
    "reorder|hide|show|rename|call|try|get|take|reverse|bring|say|what|how|which|who|when|is|are|does|lose|ditch|scrap|"
    "dump|erase|reduce|bump|boost|dial|crank|crossfade|cross-fade|dissolve|fade|flip|mark|speak|zoom|pan|tilt|"
    "join|repeat|clone|let|dim|tone down|slow|(?:start|begin|open|end|finish|close)(?: it)? (?:with|on)"
)
THINGS = (
    "everything|music|voice|narrator|captions?|subtitles?|titles?|colou?rs|transitions?|scenes?\\s+\\w+|hook|intro|"
    "ending|outro|cta|last|first|second|third|tone|format"
)
QUALITIES = (
    "shorter|longer|warmer|cooler|colder|brighter|darker|louder|quieter|softer|faster|slower|bigger|smaller|"
    "more|less|punchier|calmer"
)
SPLIT = re.compile(
    rf"\s*(?:;|\n|[.!?](?=\s|$)|\b(?:and\s+)?then\b|\balso\b|\bafter that\b)\s*|\s*,?\s+(?:and|but|"
    rf"plus)\s+(?=(?:please\s+|also\s+)?(?:{VERBS})\b)|,\s*(?=(?:please\s+|also\s+)?(?:{VERBS})\b)|"
    rf"\s*,?\s+(?:and|but|while)\s+(?=(?:the\s+)?(?:{THINGS})\s+(?:is|are|should|to|a\b|much|says?|reads?|in|{QUALITIES}|off|on)\b)|"
    rf",\s+(?=(?:the\s+)?(?:{THINGS})\s+(?:is|are|should|to|much|{QUALITIES}|off|on)\b)|"
    r",\s*(?:and\s+)?(?=\d+(?:\.\d+)?\s*-?(?:s|secs?|seconds)\b)|"
    rf"\s+and\s+(?=(?:the\s+)?(?:scene\s+\w+|\w+\s+scene)\s+(?:to\s+)?\d+(?:\.\d+)?\s*s)|"
    r"(?<=scene\s\d)\s+and\s+(?=(?:pan|tilt|zoom|push|pull|orbit|film|close|wide|a\s)\b)|"
    rf"\s*,?\s+and\s+(?=(?:a\s+(?:bit|little)\s+|much\s+|slightly\s+)?(?:{QUALITIES})\b)",
    re.IGNORECASE,
)
POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|and|but|also|then|now|just|please|pls|maybe|perhaps|director|great|"
    r"thanks|thank you|nice|cool|yes|hmm|actually|can you|could you|would you|will you|can we|could we|shall "
    r"we|let's|lets|let us|i want you to|i want to|i'd like you to|i'd like to|i would like to|i would like "
    r"you to|i'd|i would|i'd rather|we'd|i think|i guess|i mean|"
    r"we could|why don't (?:we|you)|we should|you should|i think we should|it would be "
    r"(?:nice|great|good) (?:to|if you could)|do "
    r"you mind|go ahead and|kindly)\b[\s,!.:]*)+",
    re.IGNORECASE,
)
WHERE = re.compile(
    r"(?:in|for|on|at|during|after|before)\s+(?:the\s+)?(?:scenes?\s+\w+|\w+\s+(?:scene|shot)|hook|intro|opening|ending|outro)$",
    re.IGNORECASE,
)
VOCABULARY = tuple(
    sorted(
        listed(
            "scene scenes shot make shorter longer remove delete captions subtitles music voice narration "
            "narrator title warmer cooler brighter darker colours colors faster slower louder quieter swap move "
            "after before transition transitions dissolve seconds second change duplicate split merge rewrite "
            "replace regenerate undo redo square vertical landscape close wide camera style tone palette "
            "contrast saturated middle bottom bigger smaller yellow ending opening intro outro hook whole video "
            "film transition between static handheld zoom"
        )
    )
)
FINE = listed(
    "scent score scare shore short shots shout shot's voices titles tiles made makes later former place "
    "space spot cream dream stone style styles movie moves motion warm cool dark bright loud quiet fast "
    "slow long high this that with from there their where what when which ones ends into onto over only "
    "some more less than then them last first third fourth fifth sixth same show shows water letter "
    "better matter winter summer lower higher power tower paper offer order other mother father never "
    "ever every about again along people person woman man town house home light night right might sight "
    "great really would could should going just like look looks feel feels"
)
"""Plain words that look like commands and are none."""


SHORT_FOR_SCENE = re.compile(
    r"\b(?:sc?(?=\d)|(?:sc|scen|sceen|scence|scne|secne|sene|szene)\.?\s*(?=\d))", re.IGNORECASE
)
"""`s3`, `scen 2`."""
NUMBERED = re.compile(r"(?:^|(?<=[\s.,;]))(?:\d{1,2}\)|[-*•](?=\s)|(?m:^)\d{1,2}\.(?=\s))\s*")
"""`1) …`, `- …`: the numbers of a list of wishes."""
SPEECH = re.compile(
    r"(\b(?:says?|saying|reads?|said|line|narration|narrator|voice)\b[^:\n\x02]{0,30}:\s*)([A-Z][^\n\x02]*)"
)
"""What stands behind `say:` is said, and may have several sentences."""
COMMAND = re.compile(
    rf"(?:please |also |then |and |now )*(?:{VERBS}|the {THINGS}|{THINGS}|i |we |can |could )\b", re.IGNORECASE
)


def clauses(message: str) -> list[str]:
    """The clauses of a message, politeness taken off, quotes intact."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match.group(0))
        return f"\x02{len(held) - 1}\x03"

    text = SHORT_FOR_SCENE.sub("scene ", QUOTED.sub(hold, message.replace("’", "'")))
    text = NUMBERED.sub("\n", SPEECH.sub(lambda found: found.group(1) + _held(found.group(2), held), text))
    parts = [p for p in SPLIT.split(text) if p and p.strip(" ,.!")]
    parts = _placed(parts)
    restored = [re.sub(r"\x02(\d+)\x03", lambda m: held[int(m.group(1))], p) for p in parts]
    return [p for p in (_plain(part.strip(" ,")) for part in restored) if re.search(r"\w", p)]


def _held(said: str, held: list[str]) -> str:
    """Words that are to be said, of several sentences, kept whole up to the first that is a command."""
    sentences = re.split(r"(?<=[.!?…])\s+", said)
    own = 1
    while own < len(sentences) and not COMMAND.match(sentences[own]):
        own += 1
    if own == 1:
        return said
    held.append(f'"{" ".join(sentences[:own])}"')
    return " ".join([f"\x02{len(held) - 1}\x03.", *sentences[own:]])


def _placed(parts: list[str]) -> list[str]:
    """`in the hook, say …`: a place alone belongs to the clause behind it."""
    out: list[str] = []
    place = ""
    for part in parts:
        if WHERE.match(part.strip(" ,")):
            place = part.strip(" ,")
            continue
        out.append(f"{part} {place}" if place else part)
        place = ""
    return [*out, place] if place else out


def _plain(clause: str) -> str:
    """The clause without its politeness; `could we have …?` is a wish, not a question."""
    polite = POLITE.match(clause)
    if not polite:
        return clause
    rest = clause[polite.end() :].strip(" ,")
    is_wish = re.search(r"\b(?:can|could|would|will|shall)\b", polite.group(0), re.IGNORECASE)
    return rest.rstrip("? ") if is_wish else rest


def quote_in(clause: str) -> tuple[str | None, str]:
    """The first quoted words, and the clause in lower case without any."""
    found = QUOTED.search(clause)
    words = (found.group(1) or found.group(2)).strip() if found else None
    return words, re.sub(r"\s+", " ", QUOTED.sub(" ", clause)).lower().strip()


def mended(clause: str) -> str:
    """The clause with misspelt commands corrected, quotes untouched; the same clause when nothing is close."""

    def mend(match: re.Match[str]) -> str:
        word = match.group(0).lower()
        if len(word) < 4 or word in VOCABULARY or word in FINE:
            return match.group(0)
        near = difflib.get_close_matches(word, VOCABULARY, n=1, cutoff=0.78)
        return near[0] if near else match.group(0)

    parts = re.split(r"(\"[^\"]*\"|“[^”]*”|'[^']*')", clause)
    return "".join(p if i % 2 else re.sub(r"[A-Za-z]+", mend, p) for i, p in enumerate(parts))
