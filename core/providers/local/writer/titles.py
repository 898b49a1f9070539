"""Words on the picture: the number, the promise or the name, two to five words from the brief."""

from __future__ import annotations

import re

from core.providers.local.writer import english
from core.providers.local.writer.tongues import joints, whole

MOST_WORDS = 5
SHORT = 30
"""Characters that a picture holds, however many words they are."""
COUNTS = r"\d|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|half|twice"
NUMBER_FIRST = re.compile(r"[£$€]?\d")
FIGURE = re.compile(r"(?:\b(No\.|at|from|by|until|since|under|only)\s+)?"
    r"(?<![A-Za-z])([£$€]?\d[^\s,;]*(?:,\d+)*[^\s,;]*)((?:\s+[\w'’.%£$€-]+){0,3})",
                    re.IGNORECASE)  # fmt: skip
"""A figure with the word before it and the words after it."""
LAST_THING = re.compile(
    r"\b(?:the|our|your|a|an)\s+("
    r"(?:[\w'’-]+\s){1,2}[\w'’-]+|[\w'’-]+(?:\s[\w'’-]+)?\s(?:in|on|of|at|by|from|for)\s(?:(?:the|a|an)\s)?[\w'’-]+)$"
)
"""A thing with its article at the end of a sentence, of two or three words or with where or whose it is."""
PARTICLES = english.listed("aside apart away off on up down in out back over through along ahead forward")
"""Words that belong to the verb before them: `sets aside tax`, `turns the light on`."""
ADVERBS = english.listed("also never always only even just often still then together again daily")
NOT_A_TITLE = english.listed(
    "you us me them him her it every each as to up out off all in on at with within by from for over into until till "
    "before after about around again away back down here there that how why what when where aside apart through along "
    "ahead forward"
)
"""Words with which what a verb governs cannot stand alone."""
COUNT_ENDS = english.BREAKS | english.BINDING - english.listed("more most very no not")
"""Words in front of which a count ends."""
DROPPED = english.listed("we he she it they the a an our my your only just and so i you this these")
"""First words that a shorter title does without."""


def title_for(part: str) -> str:
    """The title of a point: what it promises where that stands alone, else its head; '' when neither is short.

    >>> title_for("It shows one task at a time")
    'One task at a time'
    """
    part = part.strip(" .!?…")
    if re.search(r"\d", part) and not NUMBER_FIRST.match(part):
        return _figure(part)
    if NUMBER_FIRST.match(part) and len(part.split()) <= MOST_WORDS and len(part) <= SHORT:
        return part
    told = re.match(r"(it|they|we|she|he|the app)\s+([\w'’-]+)\s+(.+)$", part, re.IGNORECASE)
    if told and told.group(2).lower() in ADVERBS and " " in told.group(3):
        verb, rest = told.group(3).split(" ", 1)
        told = re.match(r"(\w+)\|([\w'’-]+)\|(.+)$", f"{told.group(1)}|{verb}|{rest}")
    if told and english.base_verb(told.group(2)) in english.VERBS:
        who, verb, rest = told.groups()
        if phrase := _phrasal(verb, rest):
            return phrase
        object_title = english.title_of(rest, MOST_WORDS)
        is_thing_alone = rest.lower().startswith("the ") and len(object_title.split()) == 2
        if is_thing_alone and who.lower() in {"it", "the app"}:
            return english.title_of(f"{verb} {rest}", MOST_WORDS)
        if len(object_title.split()) > 1 and rest.split()[0].lower() not in NOT_A_TITLE | ADVERBS:
            return object_title
        if who.lower() in {"it", "the app"}:
            return english.title_of(f"{verb} {rest}", MOST_WORDS) or _counted(part)
    head = english.title_of(part, MOST_WORDS)
    if re.search(r"\b(?:is|are|was|were)\b", head) and len(head) < len(part):
        # `The seat is carved` says less than `One piece of oak`.
        rest = part[len(head) :].split()[1:]
        return english.capital(" ".join(rest)) if 2 <= len(rest) <= MOST_WORDS else head
    if english.is_clause(part):
        words = head.split()
        if len(words) == 2:  # `The gym` says less than `A new pool in May`
            return _last_thing(part) or head
        if words and english.is_verb(words[-1]):
            head = ""
        doer = english.title_of(english.capital(english.doer(part)), MOST_WORDS)
        return head or _counted(part) or _last_thing(part) or doer
    return head or _counted(part) or _last_thing(part)


def _phrasal(verb: str, rest: str) -> str:
    """A verb with its particle and what it governs: `sets`, `aside tax from ...` -> `Sets aside tax`; '' for others."""
    words = rest.split()
    for place, word in enumerate(words[: MOST_WORDS - 1]):
        after = words[place + 1].lower() if place + 1 < len(words) else ""
        if word.lower() not in PARTICLES:
            continue
        if place == 0 and after:
            made = english.title_of(f"{verb} {rest}", MOST_WORDS)
            return made if len(made.split()) > 1 else ""
        # `turns the light on at night`; the `on` of `puts it on the table` governs what follows.
        if place and (not after or after in english.BREAKS | {"and", "before", "after", "until", "again"}):
            return english.capital(" ".join([verb, *words[: place + 1]]))
    return ""


def _last_thing(part: str) -> str:
    """What the part ends with, where that is a thing: `the children's hospital`, `a letter in a bottle`."""
    found = LAST_THING.search(part)
    is_thing = found and not any(english.is_verb(word) for word in found.group(1).split() if word.islower())
    return english.capital(found.group(0)) if found and is_thing else ""


def _counted(part: str) -> str:
    """The first count in the part with what is counted: `the first 50 guests` -> `50 guests`."""
    found = re.search(rf"\b(?:{COUNTS})\S*(?:\s+[\w'’%£$€-]+){{1,3}}", part, re.IGNORECASE)
    return english.title_of(_to_break(found.group(0)), MOST_WORDS) if found else ""


def _figure(part: str) -> str:
    """The first figure in the part and what it counts: `It files VAT in 27 countries` -> `27 countries`."""
    found = FIGURE.search(part)
    if not found:
        return english.title_of(part, MOST_WORDS)
    if share := re.search(r"\d+ (?:of|out of|in) \d+|[\w-]+ of \d+$|[\w-]+ of \d+(?= for\b)", part):
        return english.capital(share.group(0))
    before, figure, after = (
        found.group(1) or "",
        found.group(2).rstrip(".:"),
        _to_break(f"0 {found.group(3).strip()}")[2:],
    )
    named = re.search(r"([\w-]+)$", part[: found.start()].strip())
    is_bare = not after and not re.search(r"[£$€%x/]", figure)
    if before and (is_bare or before.lower() in {"no.", "from"}):
        made = f"{before} {figure} {after}"
    elif is_bare and named and named.group(1).lower() not in english.BINDING:
        made = f"{named.group(1)} {figure}"
    else:
        made = f"{figure} {after}"
    made = english.capital(" ".join(made.split())).rstrip(",;:")
    return made if len(made) > 1 else english.title_of(part, MOST_WORDS)


def condensed(title: str, narration: str) -> str:
    """The title where it is not what is said, word for word; else a shorter one, '' when there is none.

    >>> condensed("Only 300 pieces", "Only 300 pieces.")
    '300 pieces'
    """
    if not title or _bare(title) != _bare(narration):
        return title
    words = title.split()
    if title.endswith("?"):
        return ""
    if words[0].lower() in DROPPED and len(words) > 2:
        words = words[2 if words[1].lower() in {"is", "are", "was", "were"} and len(words) > 3 else 1 :]
    elif re.search(r"\d", title):
        words = _short_figure(title).split()
    else:
        kept = _to_break(title).split()
        # What is cut off must be a phrase of its own, and what is left too.
        rest = [word for word in words[len(kept) + 1 :] if word.lower() not in english.ARTICLES]
        if 2 <= len(kept) < len(words):
            words = kept
        else:
            words = rest if 2 <= len(rest) <= MOST_WORDS else _last_thing(title.rstrip(".!?")).split()
    made = english.capital(" ".join(words).strip(" ,.;:"))
    return made if made and _bare(made) != _bare(narration) else ""


def _short_figure(title: str) -> str:
    """`120 km range` -> `120 km`, `72-hour power reserve` -> `72 hours`, `From €1,899` -> `€1,899`."""
    if unit := re.match(r"(\d+)-([a-z]+)\b", title):
        return f"{unit.group(1)} {unit.group(2)}{'' if unit.group(1) == '1' else 's'}"
    if price := re.search(r"[£$€]\d\S*|\d\S*[€%]", title):
        return price.group(0).rstrip(".,")
    unit = re.match(r"\d\S*\s+(?:[a-z]{1,3}(?=\s)|[a-z]+(?=\s(?:in|of|by|at|for|from|on|with|per|a)\b))", title)
    if unit:
        return unit.group(0)
    # `40 dogs need a home` -> `40 dogs`
    counted = _to_break(title)
    return counted if " " in counted and counted != title and NUMBER_FIRST.match(title) else ""


def _bare(text: str) -> str:
    """The text's words alone, to be compared."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _to_break(text: str) -> str:
    """The text up to a word in front of which a phrase may be ended."""
    kept: list[str] = []
    for word in text.split():
        if kept and (word.lower() in COUNT_ENDS or _is_done(word)):
            break
        kept.append(word)
    return " ".join(kept)


def _is_done(word: str) -> bool:
    """Whether the word is a verb after what was counted: `use`, `love`."""
    return word.lower() in {
        "use",
        "love",
        "trust",
        "need",
        "want",
        "read",
        "play",
        "listen",
        "live",
        "work",
        "come",
        "join",
    }


def question_title(question: str) -> str:
    """The question where it is short, else its head, with its mark; '' when it has no short head."""
    words = question.rstrip(" ?").split()
    ends = [i for i in range(4, min(len(words), MOST_WORDS + 2)) if words[i].lower() in english.BREAKS]
    if ends:
        return f"{' '.join(words[: ends[-1]])}?"
    return f"{' '.join(words)}?" if len(words) <= MOST_WORDS + 2 else ""


def hook_title(hook: str) -> str:
    """The title over the brief's own first words."""
    return question_title(hook) if hook.endswith("?") else english.title_of(hook, MOST_WORDS)


def call_title(call: str, url: str) -> str:
    """What to do, without the address, which the button shows: `Open an account at hart.example` -> `Open an account`.

    >>> call_title("Drop in at 12 Mill Lane", "")
    'Drop in'
    """
    plain = re.sub(rf"\s+(?:at|on)\s+{re.escape(url)}", "", call) if url else call
    if 1 < len(plain.split()) <= MOST_WORDS and len(plain) <= SHORT:
        return english.capital(plain.rstrip(".!"))
    head = re.split(r"\s(?:at|for|by|before|until|from|with|on)\s", plain, maxsplit=1)[0]
    found = english.title_of(plain if " " in plain else call, MOST_WORDS)
    return found if " " in found or " " not in head or len(head.split()) > MOST_WORDS else english.capital(head)


def presented(what: str) -> str:
    """`a cat` -> `Meet a cat`, `my letters` -> `These are my letters`, `coffee` -> `This is about coffee`."""
    first = what.split(maxsplit=1)[0].lower()
    if first in {"a", "an", "the"}:
        return f"Meet {what}"
    if first == "new":
        return f"Meet the {what}"
    if first in english.ARTICLES:
        return f"{'These are' if english.is_plural(what) else 'This is'} {what}"
    return f"This is all about {what}"


def spare_titles(what: str, name: str, audience: str) -> list[str]:
    """Titles from the brief for scenes whose lines have none: what it is, for whom, its name."""
    called = english.title_of(english.without_article(what), MOST_WORDS) if what and not name else ""
    found = (called, english.title_of(f"For {audience}", MOST_WORDS) if audience else "", name)
    return [title for title in found if len(title.split()) > 1]


def cut_short(text: str, most: int = 40) -> str:
    """The first line of a text, up to `most` characters and the end of a word that can be the last."""
    line = text.split("\n", maxsplit=1)[0].strip()
    return line if len(line) <= most else whole(line[: most + 1].rsplit(" ", 1)[0], text)[:most]


def foreign_title(part: str) -> str:
    """A title in another language: the whole part or its first clause where that is short, else up to a small word."""
    clause = re.split(r"[,;:](?![\d/])\s*|[!?।؟۔،؛、，。！？]\s*|[.](?:\s|$)", part.strip("¡¿ "), maxsplit=1)[0].strip()
    words = clause.split()
    if len(words) > MOST_WORDS:
        waiting = joints(part)
        ends = [i for i in range(2, MOST_WORDS + 1) if words[i].lower() in waiting]
        words = words[: ends[-1]] if ends else []
    made = english.capital(whole(" ".join(words), part))
    return made if len(made) <= 40 else ""
