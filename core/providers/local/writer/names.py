"""The proper name in a brief: quoted, backed by its address, before a verb, or where a name stands."""

from __future__ import annotations

import itertools
import re

from core.providers.local.writer import english
from core.providers.local.writer.calls import URL

NAME = r"[A-Z0-9][\w&'’.-]*[\w](?:\s+(?:of|&|the)?\s?[A-Z0-9][\w&'’-]*){0,3}"
QUOTED = re.compile(r"[\"“«‘]([^\"”»’]{2,40})[\"”»’]|(?<![A-Za-z])'([A-Z][^']{1,38})'")
STANDS = (
    rf"\b(?:called|named|[Ii]ntroducing|[Mm]eet|[Ll]aunch(?:ing)?|for|about|of)\s+({NAME})",
    rf"^({NAME})(?=\s*(?:,\s|:\s|–|—|-\s|\s(?:is|are)\s+(?:an?|the|our)\b|\.?$))",
    rf"(?<=[a-z]\s)({NAME})(?=\s*(?:[.,:;!]|$|\s(?:in|is|by|for|that|which|on|at)\b))",
    rf"^(?:(?!\b(?:in|at|near|from|on)\s+[A-Z])[^,])+[a-z],\s({NAME})(?=\s*(?:[.,:;!]|$))",
)
"""Places of a sentence where a name stands, the surest first."""
ACTING = re.compile(r"([A-Z][\w&'’-]+(?:\s[A-Z0-9][\w&'’-]*){0,3})\s+([a-z]+)\b(?:\s+([\w£$€’'-]+))?")
"""`Acme Labs makes soil`: capitalised words, the word after them, and the next one."""
CALENDAR = english.listed(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays january february march april may june july august september october november december spring summer "
    "autumn winter christmas easter today tonight tomorrow"
)
LANGUAGES = english.listed(
    "english french german spanish italian portuguese dutch polish turkish russian chinese japanese korean arabic "
    "hindi greek latin swedish danish norwegian finnish welsh irish american british european african asian"
)
ORDINARY = english.listed(
    "try our every meet each some many most no new now then here what why how when where who all any only just one two "
    "three first last next other another free fresh good great more something nothing everything someone somebody "
    "time life love hope home work money sleep exercise breakfast lunch dinner water rain nature history science "
    "school delivery entry admission rent tax help rest voting recycling today tonight reading learning everyone"
)
"""Words with which ordinary sentences begin."""
PREPOSITIONS = english.BREAKS | english.listed("to of over under near through up off out and or")
AFTER_NOUN = PREPOSITIONS - english.listed("off up aside away back down out")
"""Words before which a verb might be a noun (`boat rides on Friday`); not the particles of verbs (`turns off`)."""
PLACING = re.compile(r"\b(?:in|at|near|from|on|to)\s+$")
"""After these a name is that of a place."""
WRAPPING = re.compile(r"^(?:get|try|use|join|the|go|my|we|hello)|(?:app|hq|online|official|uk|usa|shop|store)$")
"""What an address adds to a name: `getfinch`, `finchapp`."""


def name_in(first: str, matter: str) -> tuple[str, str]:
    """The name, and the form it has in the first sentence where that differs ('' where not); ('', '') for none."""
    if quoted := QUOTED.search(first):
        return (quoted.group(1) or quoted.group(2)).strip(), quoted.group(0)
    if backed := _backed(matter):
        return english.capital(backed), backed if backed[0].islower() else ""
    if acting := _acting(first, matter):
        return acting, ""
    for place, pattern in enumerate(STANDS):
        for found in re.finditer(pattern, first):
            is_place = PLACING.search(first[: found.start(1)])
            name = found.group(1).rstrip(".'’ ")
            if not is_place and _may_be_name(name) and not (place == 1 and _is_plain_word(name)):
                return name, ""
    return "", ""


def presents(said: str) -> bool:
    """Whether the sentence presents something by its name: `Knot is a cable clip`."""
    return bool(re.match(rf"(?:Meet|Introducing|{NAME}\s*(?:,|is|are|–|—)\s*(?:an?|the|our|my)\s)", said))


def acts(name: str, text: str) -> bool:
    """Whether the name is what does something in the text: `In May, Paws United opens a shelter`."""
    found = re.search(rf"(?<!\w){re.escape(name)}\s+(\w+)\b", text)
    return bool(found) and _is_third_person(found.group(1) if found else "")


def acts_first(text: str) -> bool:
    """Whether the text begins with a name that does something: `Nightlight tells a story`."""
    return bool(_acting(text, text))


def tells(text: str) -> bool:
    """Whether the text begins with somebody, named or not, who does something: `tidepool helps museums`."""
    found = re.match(r"[\w'’-]+(?:\s[\w'’-]+)?\s+([a-z]+s)\s+([\w'’-]+)", text)
    is_told = found and _is_third_person(found.group(1)) and found.group(2).lower() not in AFTER_NOUN
    return bool(is_told) and text.split(maxsplit=1)[0].lower() not in english.ARTICLES


def _acting(text: str, matter: str) -> str:
    """A name at the start of a sentence that says what it does: `Ledgerly makes invoices`; '' for other words."""
    found = ACTING.match(text)
    if not found or not _is_third_person(found.group(2)):
        return ""
    name, verb, after = found.group(1), found.group(2), (found.group(3) or "").lower()
    if " " in name:
        return name if _may_be_name(name) and not _is_plain_word(name) else ""
    # `Bike repairs in an hour`: a noun, where two capitals would show a name.
    is_again = re.search(rf"[a-z,] {re.escape(name)}\b", matter)
    is_noun = verb not in english.FINITE and not is_again and (not after or after in AFTER_NOUN)
    is_plain = name.lower() in english.MASS | english.SUBJECTS or name.endswith(("ing", "ion", "ness", "ment"))
    is_verb_itself = verb in english.FINITE and english.is_verb(name)
    is_word = name.lower() in english.BINDING | english.ARTICLES
    return "" if is_noun or is_plain or is_verb_itself or is_word or not _may_be_name(name) else name


def _is_third_person(word: str) -> bool:
    """Whether the word is a verb as it stands after one name: `helps`, `is`, `can`."""
    if word in english.FINITE:
        return word not in {"are", "were", "am", "be", "have", "do", "need", "want", "let"}
    return english.base_verb(word) != word.lower()


def _may_be_name(text: str) -> bool:
    """Whether the words may name something: not a day, a month, a language or an ordinary first word."""
    words = text.lower().split()
    is_dated = all(word in CALENDAR | LANGUAGES or word.isdigit() for word in words)
    return not is_dated and words[0] not in ORDINARY


def _is_plain_word(text: str) -> bool:
    """Whether a word at the start of a sentence is only there an upper-case word."""
    words = text.lower().split()
    return (
        words[0] in english.BINDING or words[0] in english.ARTICLES or (len(words) == 1 and english.is_verb(words[0]))
    )


def _backed(matter: str) -> str:
    """The words of the brief that its address is made of, with the capitalised ones after them; '' for none."""
    url = URL.search(matter)
    if not url:
        return ""
    host = re.sub(r"^https?://|/.*$", "", url.group(0).lower())
    labels = [label.replace("-", "") for label in host.split(".")[:-1] if label not in {"www", "co"}]
    wanted = {form for label in labels for form in (label, WRAPPING.sub("", label)) if len(form) > 1}
    text = URL.sub(" ", matter)
    found = re.finditer(r"[A-Z0-9][\w&'’-]*(?:[ ][A-Z0-9&][\w&'’-]*)*", text)
    runs = [(run.group(0), bool(PLACING.search(text[: run.start()]))) for run in found]
    if not re.search(r"[A-Z]", text) and (tells(text) or "," in text or " is " in text):
        runs = [(" ".join(text.split()[:size]), False) for size in (3, 2, 1)]
    for run, is_place in runs:
        words = run.split()
        while words and words[-1].lower() in CALENDAR:
            words.pop()
        for begin, end in itertools.combinations(range(len(words) + 1), 2):
            part = words[begin:end]
            if begin and is_place:  # the whole is a place's name: `on Lake Como`
                continue
            if _letters(part) & wanted and _may_be_name(" ".join(part)):
                return re.sub(r"['’]s?$", "", " ".join(words[begin:] if part[0][0].isupper() else part))
    return ""


def _letters(words: list[str]) -> set[str]:
    """The words' letters as an address would join them, with and without a possessive at their end."""
    whole = " ".join(words).lower()
    return {re.sub(r"[^a-z0-9]", "", text) for text in (whole, re.sub(r"['’]s$", "", whole))}
