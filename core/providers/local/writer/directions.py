"""What a brief says about the film itself: its first and last words, its tone and music. None of it is narrated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.providers.local.writer import english

LABEL = re.compile(
    r"^\s*(tone(?: of voice)?|style|visual style|visuals?|look(?: and feel)?|feel|vibe|mood|music|sound(?:track)?|voice"
    r"(?:-?over)?|narrator|format|aspect(?: ratio)?|length|duration|platform|pac(?:e|ing)|camera|lighting|setting|"
    r"language|genre|captions?|subtitles?|font|palette|colou?rs?(?: palette)?|directions?|notes?|"
    r"audience|target(?: audience)?|cta|call[- ]to[- ]action|tag ?line|slogan|claim|motto|end ?line|closing(?: line)?|"
    r"ending|last line|hook|opening(?: line)?|first line|"
    r"features?|benefits?|key messages?|points?|facts?|problem|pain|product|name|brand|brief|offer|price)"
    r"\s*(?:[:=]|\s[–—-]\s)\s*(.*)$",
    re.IGNORECASE,
)
SPOKEN_LABELS = frozenset({"product", "brief", "offer", "price"})
"""Labels whose words are part of what the film says."""
CALLS = ("cta", "call to action")
SLOGANS = ("tagline", "slogan", "claim", "motto", "endline", "closing", "closing line", "ending", "last line")
HOOKS = ("hook", "opening", "opening line", "first line")
FILM = r"(?:\s+(?:it|(?:the|this|our|my)\s+(?:film|video|ad|clip|spot|reel|story)))?"
CALLED = (
    r"(?:\s+(?:the|a|our|this)\s+"
    r"(?:line|words?|slogan|tag ?line|message|claim|question|call(?:[- ]to[- ]action)?(?!\sto\b)|cta))?"
)
ENDING = re.compile(
    rf"(?:and\s+|then\s+|please\s+)*(?:end|finish|close|conclude|wrap up|sign off){FILM}\s+"
    rf"(?:with|on|by saying|by asking|in){CALLED}(\s*[:=]|\s+[–—-]\s|(?=\s))\s*(.*)$",
    re.IGNORECASE,
)
BEGINNING = re.compile(
    rf"(?:and\s+|please\s+)*(?:start|open|begin|kick off|lead){FILM}\s+"
    rf"(?:with|on|by saying|by asking){CALLED}(\s*[:=]|\s+[–—-]\s|(?=\s))\s*(.*)$",
    re.IGNORECASE,
)
SHOWN = re.compile(
    r"(?:an?|the|our|my|some|your)\s+(?:[\w-]+\s+){0,3}?(?:shots?|pictures?|images?|close-?ups?|views?|logos?|scenes?|"
    r"frames?|smiles?|fades?|pans?|zooms?|packshots?|product|drone|name|questions?|hook|jokes?|montage|face|music|beat|bang)\b",
    re.IGNORECASE,
)
"""What is to be seen or heard, not said: `End on a shot of the sea`."""
BEFORE_LABEL = re.compile(
    r"[,;.]?\s+(?=(?:tone|style|mood|music|voice|cta|call to action|tag ?line|slogan|hook)\s*:\s)", re.IGNORECASE
)


@dataclass(slots=True)
class Directed:
    """A brief's sentences apart: by label, and those that are to be told."""

    labels: dict[str, str] = field(default_factory=dict)
    content: list[str] = field(default_factory=list)

    def of(self, *names: str) -> str:
        """The value of the first of these labels that the brief has; ''."""
        return next((self.labels[name] for name in names if self.labels.get(name)), "")


def directed(sentences: Sequence[str]) -> Directed:
    """The sentences with labels and instructions taken out; a label on its own line takes the next sentence."""
    out = Directed()
    waiting = ""
    for said in (part for sentence in sentences for part in BEFORE_LABEL.split(sentence)):
        if waiting:
            out.labels.setdefault(waiting, _quoted(said))
            waiting = ""
            continue
        found = _labelled(said)
        if found is None:
            out.content.append(said)
            continue
        label, value = found
        if label in SPOKEN_LABELS:
            out.content.append(value)
        elif value:
            out.labels.setdefault(label, value)
        else:
            waiting = label
    return out


def _labelled(said: str) -> tuple[str, str] | None:
    """Label and value of the sentence, None when it is to be told."""
    label = LABEL.match(said)
    if label:
        return re.sub(r"[\s-]+", " ", label.group(1).lower()).replace("tag line", "tagline"), _quoted(label.group(2))
    for pattern, name in ((ENDING, "last line"), (BEGINNING, "hook")):
        found = pattern.match(said)
        if not found:
            continue
        words, is_marked = found.group(2).strip(), bool(found.group(1).strip())
        words = re.sub(r"^(?:an?\s+)?(?:call|invitation|invite) to\s+(?=[a-z])", "", words)
        is_given = is_marked or not words[:1].islower() or re.match(rf"(?:{english.CALLS})\b", words)
        if is_given and not (SHOWN.match(words) and not is_marked):
            return name, _quoted(words)
        if name == "last line" or SHOWN.match(words):
            return "directions", words
    return None


def _quoted(value: str) -> str:
    """The value without quotation marks and full stops at its ends; its question mark stays."""
    bare = value.strip().strip('"“”«»‘').strip()
    if bare.startswith("'"):
        bare = bare[1:].rstrip("'")
    return bare.rstrip(" .’")
