"""Reading a brief: name, subject, audience, points, call to action. Nothing is added to what it says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import get_args

from core.domain.errors import BadBrief
from core.domain.plan import MAX_BRIEF, Tone
from core.providers.local.writer import english
from core.providers.local.writer.calls import URL, call_in
from core.providers.local.writer.directions import CALLS, HOOKS, SLOGANS, Directed, directed
from core.providers.local.writer.names import acts, acts_first, name_in, presents, tells
from core.providers.local.writer.people import are_people
from core.providers.local.writer.points import Point, points_of
from core.providers.local.writer.sentences import in_sentences, items

LEAST_LETTERS = 3
LEAST_TALE = 3
"""Sentences that make a prompt a tale."""
UNSPOKEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})
"""Unicode categories of control signs and emoji."""
LEAD = re.compile(
    r"^\s*(?:please\s+|can you\s+|could you\s+)?"
    r"(?:(?:make|create|generate|produce|write|do|film|i(?:'d)? (?:want|need|would like)|we (?:want|need)|give me)\s+)?"
    r"(?:me\s+|us\s+)?(?:an?\s+|the\s+)?"
    r"(?:(?:\d+\s*(?:-|–|to)?\s*\d*\s*-?(?:s|secs?|seconds?)\b|short|long|quick|vertical|portrait|horizontal|landscape|"
    r"square|9:16|16:9|1:1|launch|promo(?:tional)?|product|explainer|social|cinematic|brand|funny|emotional|fun|cool|"
    r"nice|new|warm|animated|teaser|absurd|silly|sad|calm|dark|happy|moving|inspiring|epic|simple|modern|quiet|gentle|"
    r"beautiful|dramatic|tiktok|instagram|youtube|fitness|tech|luxury|music|food|travel|beauty|education(?:al)?|gaming|finance|cartoon)[\s,-]+)*"
    r"(?:video|ad|advert|advertisement|commercial|clip|reel|short|tiktok|promo|teaser|trailer|film|spot|movie|story)s?\b"
    r"\s*(?:about|for|on|of|that shows|showing|introducing|:|-|–|to launch|to promote|promoting)?\s*",
    re.IGNORECASE,
)
TONES: dict[Tone, str] = {
    "warm": "warm cosy cozy human friendly honest gentle golden nostalgic homely",
    "calm": "calm quiet peaceful minimal clean soft relaxing relaxed elegant slow serene",
    "tense": "urgent dramatic dark serious bold intense thriller powerful tense",
    "tech": "modern tech futuristic sleek smart professional confident",
    "night": "night neon late midnight nocturnal cyber",
    "hope": "hopeful uplifting bright inspiring fresh optimistic happy emotional moving",
    "playful": "fun playful funny quirky energetic silly humorous cheerful upbeat absurd",
}
FILM_WORDS = english.listed(
    "cinematic vertical portrait landscape square video film ad clip short fast paced pace music voice captions "
    "subtitles tone style mood it keep make it's and but with very please the a an in for use no should be second "
    "seconds sec s upbeat under about around long length duration most max tiktok reels shorts instagram youtube feel "
    "look quality like documentary epic viral"
)
SECONDS = re.compile(r"\b(\d{1,2})\s*-?\s*(?:s|secs?|seconds?)\b", re.IGNORECASE)
"""Any length of time that a film may have."""
OF_FILM = re.compile(
    r"[\s,-]+(?:[\w:-]+[\s,]+){0,3}?(?:video|ad|advert|commercial|clip|reel|short|promo|teaser|trailer|film|spot)s?\b",
    re.IGNORECASE,
)
"""After a length: it is that of a film."""
FOREIGN_LEAD = re.compile(
    r"^(?:(?:haz|crea|quiero|fais|crée|mach|erstelle|ich möchte|fai|crea|faz|crie)\s+)?"
    r"(?:una?|une?|eine?n?|um|uma|een|bir)\s+(?:[\w-]+\s+){0,3}?"
    r"(?:anuncio|v[ií]deo|spot|clip|pel[ií]cula|werbespot|werbevideo|film|werbefilm|vidéo|publicité|annonce|"
    r"promo|pubblicità|anúncio|filme|filmpje|reclame)\s+(?:[\w-]+\s+)??"
    r"(?:de \d+ segundos\s+)?(?:para|sobre|de|für|über|pour|sur|per|su|voor|over|do|da)\s+(?=\w)",
    re.IGNORECASE,
)
"""The instruction before the subject: `un anuncio para`, `ein Werbespot für`."""
FOREIGN_TAIL = re.compile(
    r"\s+(?:için|hakkında)\s+(?:\w+\s+){0,4}(?:film|video|reklam|tanıtım)\w*[.!]?$", re.IGNORECASE
)
"""The same where it comes after: `... için kısa bir tanıtım filmi`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a brief says; '' where it says nothing."""

    text: str
    is_english: bool
    name: str = ""
    what: str = ""
    """The subject as the brief calls it: `a focus timer app`."""
    where: str = ""
    """Place and day as the brief adds them to the subject: `in Leeds`, `on Friday`."""
    audience: str = ""
    pain: str = ""
    question: str = ""
    call: str = ""
    slogan: str = ""
    """A line for the end, where the brief has a call to action besides."""
    hook: str = ""
    """The first words, where the brief gives them."""
    url: str = ""
    seconds: float | None = None
    tone: Tone | None = None
    points: tuple[Point, ...] = ()
    matter: str = ""
    """The brief without what it says about the film itself."""
    is_tale: bool = False
    """It tells a story: its sentences are said in their order, and nothing between them."""
    is_offer: bool = False
    """It is a listing: where its words do not last, the product is looked at in quiet."""

    @property
    def pain_is_clause(self) -> bool:
        """Whether the pain is a sentence of its own: `empty chairs cost money`."""
        return english.is_clause(self.pain) or any(word in english.VERBS for word in self.pain.lower().split()[1:])

    @property
    def topic(self) -> str:
        """The subject where a sentence can take it as it is; '' when the brief has none like that."""
        words = self.what.split()
        is_phrase = len(words) == 1 or (words and (words[0].lower() in english.ARTICLES or words[-1].endswith("s")))
        if is_phrase and len(words) <= 10:
            return self.what
        return self.name

    @property
    def subject(self) -> str:
        """The subject for the pictures, never empty."""
        first = self.points[0].lines[0].rstrip(".!?") if self.points else self.text
        if self.is_english and not (self.what or self.name) and (doer := english.doer(first)):
            return doer
        return english.with_article(self.what) or self.name or f"“{english.title_of(first) or first[:60]}”"


def read_brief(brief: str) -> Reading:
    """The brief, read; BadBrief when it says nothing or far too much."""
    text = plain_text(brief)
    # A letter of a script without spaces is about a word.
    letters = sum(2 if ord(ch) > 0x2E80 else 1 for ch in text if ch.isalpha())
    if letters < LEAST_LETTERS:
        raise BadBrief("The brief says nothing yet.", "Say in a sentence or two what the film is about.")
    if len(brief) > MAX_BRIEF:
        raise BadBrief(f"The brief has {len(brief)} characters.", f"Keep it under {MAX_BRIEF}.")
    sentences = sentences_in(text)
    if not english.is_english(text):
        sentences = [FOREIGN_TAIL.sub("", FOREIGN_LEAD.sub("", said, count=1)) for said in sentences]
        url = URL.search(text)
        return Reading(
            text=text, matter=text, is_english=False, url=url.group(0) if url else "", seconds=_seconds(text),
            points=points_of(sentences, name="", is_english=False),
        )  # fmt: skip
    return _read_english(text, sentences)


def read_tale(brief: str) -> Reading:
    """The prompt of a story: as a tale where it tells one in a few sentences, else as any brief."""
    reading = read_brief(brief)
    told = [
        LEAD.sub("", said, count=1) if place == 0 else said for place, said in enumerate(sentences_in(reading.text))
    ]
    is_brief = reading.question or reading.call or reading.url or reading.slogan or reading.audience or reading.pain
    if not reading.is_english or is_brief or len(told) < LEAST_TALE or directed(told).labels:
        return reading
    told = [said for said in told if not _is_about_the_film(said)]
    points = points_of(told, name="", is_english=True)
    return Reading(
        text=reading.text, matter=reading.text, is_english=True, points=points, is_tale=True,
        seconds=reading.seconds, tone=reading.tone,
    )  # fmt: skip


def plain_text(brief: str) -> str:
    """The brief without control signs and emoji; lines stay lines."""
    text = unicodedata.normalize("NFC", brief).replace("\r", "\n")
    text = "".join(ch if ch == "\n" or unicodedata.category(ch) not in UNSPOKEN else " " for ch in text)
    text = re.sub(r"[ \t\ufe0f\u200d]+", " ", text)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def sentences_in(text: str) -> list[str]:
    """Sentences and list items, marks kept."""
    lines = [re.sub(r"^\s*(?:[-*•–>#]+|\d+[.)])\s+", "", line) for line in text.split("\n")]
    return [sentence for line in lines for sentence in in_sentences(line)]


def _read_english(text: str, sentences: list[str]) -> Reading:
    """An English brief: labels, instructions, call and questions first; the rest are its points."""
    told = directed(sentences)
    labels = told.labels
    is_list = bool(re.match(r"[-*•>]\s", text))
    content: list[str] = []
    for said in told.content:
        core = LEAD.sub("", said, count=1)
        if core != said:
            core = re.sub(r"\bin (?:about )?\d+\s*(?:s|secs?|seconds)\b", "", core).strip()
        addressed = re.match(r"([a-z][\w ]{2,40}):\s+(?=[A-Z])", core)
        if addressed and re.search(r"\bfor\s+$", said.removesuffix(core)) and acts_first(core[addressed.end() :]):
            labels.setdefault("audience", addressed.group(1))
            core = core[addressed.end() :]
        if core and (is_list or not _is_about_the_film(core)):
            content.append(core)
    matter = " ".join(content)
    call, slogan, content = _ending(told, content)
    question, content = _question(content)
    name, what, rest = (
        ("", "", content)
        if is_list or (question and not (content and presents(content[0])))
        else _name_and_subject(content, text)
    )
    name = labels.get("name") or labels.get("brand") or name
    if re.search(r"\b[Ww]e\b", text):
        what = re.sub(r"^my\b", "our", what)
    where, rest = _where(rest) if what and rest is not content else ("", rest)
    audience, rest = audience_in(labels, rest, name)
    pain, rest = _pain(labels, rest)
    listed = next((v for k, v in labels.items() if k.startswith(("feature", "benefit", "key", "point", "fact"))), "")
    rest += [item.strip() for part in items(listed) for item in re.split(r";|\band\b", part) if item.strip()]
    url = URL.search(text)
    return Reading(
        text=text, matter=matter, is_english=True, name=name, what=what or _asked_about(question), where=where,
        audience=audience, pain=pain, question=question, call=call, slogan=slogan, hook=told.of(*HOOKS),
        url=url.group(0).rstrip(".") if url else "", seconds=_seconds(text), tone=tone_in(text, name),
        points=points_of(rest, name=name, is_english=True),
    )  # fmt: skip


def _is_about_the_film(said: str) -> bool:
    """`Warm and honest.`, `Keep it short`: how the film should be, not what it says."""
    toned = {w for words in TONES.values() for w in words.split()}
    words = re.findall(r"[a-z']+", said.lower())
    is_price = not words and re.search(r"[$€£¥₹]", said)
    return not is_price and all(w in toned or w in FILM_WORDS for w in words)


def _ending(told: Directed, content: list[str]) -> tuple[str, str, list[str]]:
    """The call to action, a slogan besides, and the sentences without them."""
    given, slogan = told.of(*CALLS), told.of(*SLOGANS)
    if given:
        return given, slogan, content
    call, left = call_in(content)
    if not slogan or not call:
        return slogan or call, "", left
    return call, slogan, left


def _question(content: list[str]) -> tuple[str, list[str]]:
    """The question the film answers, and the sentences without it."""
    for place, said in enumerate(content):
        asked = re.match(
            r"(?:explain|show|tell (?:me|us|people)|describe)?\s*((?:why|how|what|when|who|where)\b[^.?!]+)([.?!]|$)",
            said, re.IGNORECASE,
        )  # fmt: skip
        is_asking = asked and (said.endswith("?") or place == 0 or re.match(r"explain|show|tell", said, re.IGNORECASE))
        if asked and is_asking:
            return asked.group(1).strip(), content[:place] + content[place + 1 :]
        if place == 0 and said.endswith("?") and len(said.split()) <= 14:
            return said.rstrip("?").strip(), content[1:]
    return "", content


def _asked_about(question: str) -> str:
    """`why the sky is red` -> `the sky`."""
    found = re.match(
        r"(?:why|how)\s+(?:(?:is|are|do|does|did|can)\s+)?((?:(?:an?|the|our|my)\s)?[\w'-]+?(?:\s[\w'-]+?)?)\s+"
        r"(?:is|are|was|were|works?|happens?|do|does|can|turns?|gets?|came|comes?|find|make|get|have|has)\b",
        question, re.IGNORECASE,
    )  # fmt: skip
    return found.group(1).strip() if found else ""


def _name_and_subject(content: list[str], matter: str) -> tuple[str, str, list[str]]:
    """Name and subject from the first sentence, and what is left to be said."""
    if not content:
        return "", "", []
    first, rest = content[0], content[1:]
    name, quoted = name_in(first, matter)
    text = first.replace(quoted, name) if quoted else first
    if name:
        text = re.sub(rf"^(?:meet|introducing)\s+(?={re.escape(name)})", "", text, flags=re.IGNORECASE)
    what, tail = "", text
    if name:
        called = re.match(rf"(.{{3,60}}?)\s+(?:called|named)\s+{re.escape(name)}\b[,.]?\s*(.*)$", text, re.DOTALL)
        apart = re.match(rf"{re.escape(name)}\s*(?:,|is|–|-|—|:)\s*((?:an?|the|our|my)\s.+)$", text, re.DOTALL)
        before = re.match(rf"(.{{3,40}}?)[\s,:]+{re.escape(name)}\b[,.]?\s*(.*)$", text, re.DOTALL)
        if called:
            what, tail = called.group(1), called.group(2)
        elif apart:
            what, tail = _cut_subject(apart.group(1))
        elif acts(name, text):
            tail = text
        elif before and not english.is_clause(text) and before.group(1).split()[-1].lower() in english.BINDING:
            what, tail = text[: before.end(1)] + " " + name, before.group(2)
        elif before and not english.is_clause(text):
            what, tail = re.sub(r"^(?:for|about|introducing|meet)\b\s*", "", before.group(1)).strip(), before.group(2)
        elif text.strip(". ") == name:
            tail = ""
        elif not english.is_clause(text):
            tail = re.sub(rf"^{re.escape(name)}\s*[,.:–-]?\s*", "", text)
    elif not (english.is_clause(text) or tells(text) or english.is_verb(text.split()[0])):
        what, tail = _cut_subject(text)
    left = tail.strip(" .,;:–-")
    what = what.strip(" .,;:!")
    if (what[1:2].islower() or what[:2] == "A ") and what.split()[0] not in name:
        what = what[0].lower() + what[1:]
    return name, what, ([left, *rest] if re.search(r"\w{2}", left) else rest)


def _where(rest: list[str]) -> tuple[str, list[str]]:
    """Place and day with which the rest of the first sentence begins, and the sentences without them."""
    found = (
        re.match(r"((?:in|at|on|near|from)\s+[^,.;:!?]{2,50})[,.;:!?]?\s*(.*)$", rest[0], re.DOTALL) if rest else None
    )
    if not found or len(found.group(1).split()) > 7:
        return "", rest
    left = found.group(2).strip()
    return found.group(1).strip(), ([left, *rest[1:]] if left else rest[1:])


def _cut_subject(text: str) -> tuple[str, str]:
    """The noun phrase at the start of the text, and the rest of it."""
    for found in re.finditer(r"\s*[.,;:!?]|\s+(?:that|which|so that|because)\b|\s+for\s+(?!(?:my|our)\b)", text):
        is_for = found.group(0).strip() == "for"
        if found.start() and not (is_for and not are_people(re.split(r"[.,;:!?]", text[found.end() :])[0])):
            return text[: found.start()], text[found.start() :]
    return text, ""


def audience_in(labels: dict[str, str], rest: list[str], name: str) -> tuple[str, list[str]]:
    """Whom it is for, and the sentences without it."""
    given = labels.get("audience") or labels.get("target audience") or labels.get("target")
    if given:
        return given[:1].lower() + given[1:], [said for said in rest if not re.match(r"for\s", said, re.IGNORECASE)]
    for place, said in enumerate(rest):
        found = re.match(r"for\s+(?!\$|£|€|\d)([^.,;:!?]{3,60})(.*)$", said, re.DOTALL | re.IGNORECASE)
        if found and found.group(1) != name and len(found.group(1).split()) <= 7 and are_people(found.group(1)):
            left = found.group(2).strip(" .,;:")
            return found.group(1).strip(), [*rest[:place], *([left] if left else []), *rest[place + 1 :]]
    return "", rest


def _pain(labels: dict[str, str], rest: list[str]) -> tuple[str, list[str]]:
    """What people are tired of, in the brief's words, and the sentences without it."""
    given = labels.get("problem") or labels.get("pain")
    if given:
        return given, rest
    for place, said in enumerate(rest):
        found = re.match(
            r"(?:are you |you are |you're )?(?:tired|sick|fed up)\s+(?:of|with)\s+([^.,;!?]{4,60})", said, re.IGNORECASE
        )
        if found:
            return found.group(1).strip(), rest[:place] + rest[place + 1 :]
    return "", rest


def _seconds(text: str) -> float | None:
    """A length of the film that the brief asks for: not the 40 seconds in which its kettle boils."""
    for said in sentences_in(text[:400]):
        found = SECONDS.search(said)
        is_asked = found and (LEAD.match(said) or OF_FILM.match(said, found.end()) or _is_about_the_film(said))
        if found and is_asked and 5 <= int(found.group(1)) <= 60:
            return float(found.group(1))
    return None


def tone_in(text: str, name: str) -> Tone | None:
    """The tone whose words the brief has most of."""
    said = re.findall(r"[a-z]+", text.replace(name, "").lower() if name else text.lower())
    hits = {tone: sum(said.count(w) for w in TONES[tone].split()) for tone in get_args(Tone)}
    best: Tone = max(hits, key=lambda tone: hits[tone])
    return best if hits[best] else None
