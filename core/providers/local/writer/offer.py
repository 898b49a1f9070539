"""Reading a listing: its own sentences and lines become the points of a film, and nothing is added to them.

The grammar is hook, problem where the listing names one, what it is, what it does, its figures, its price, the call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.domain.plan import Source
from core.providers.local.writer import english
from core.providers.local.writer.beats import Beat
from core.providers.local.writer.brief import Reading, audience_in, plain_text, sentences_in, tone_in
from core.providers.local.writer.calls import URL, call_in
from core.providers.local.writer.points import Point, points_of
from core.providers.local.writer.script import BUTTON
from core.providers.local.writer.titles import MOST_WORDS, SHORT, cut_short

PARTED = re.compile(r"\s+[–—|-]\s+|\s*[|,;(]\s*|:\s+")
"""Where the title of an offer goes on with what it is: `Lumen – a desk lamp`, `Lumen (brass)`."""
FACT = re.compile(r"^([^\W\d_][\w /&'’()-]{1,28}):\s+(\S.{0,80})$")
"""A line of facts: `Material: solid oak`."""
INSTRUCTS = re.compile(r"\b(?:for|audience|cta|call to action|tone|hook)$", re.IGNORECASE)
NAME_WORDS = 3
LONGEST_HOOK = 14
"""Words of a question that opens a film: `Tired of harsh light at night?`."""


def read_offer(listing: Mapping[str, str]) -> Reading:
    """What a listing says, in its own words: `title` and `description`, `price` where there is one."""
    title, price = (" ".join(plain_text(listing.get(field, "")).split()) for field in ("title", "price"))
    description = plain_text(listing.get("description", ""))
    text = f"{title}\n{description}"
    lines = [line.strip() for line in description.split("\n") if re.search(r"\w", line)]
    facts = [line for line in map(_bulletless, lines) if _is_fact(line)]
    told = [line for line in lines if _bulletless(line) not in facts]
    sentences = sentences_in("\n".join(told))
    if not english.is_english(text):
        said = (*points_of([title, *sentences], name="", is_english=False), *map(_fact, facts))
        return Reading(
            text=text,
            matter=text,
            is_english=False,
            is_offer=True,
            url=_url(text),
            points=(*said, *_price(price, "{}")),
        )
    name, what = _named(title)
    call, left = call_in(["", *sentences])
    left = [said for said in left if said]
    audience, left = audience_in({}, left, name)
    asked = next((said for said in left if said.endswith("?") and len(said.split()) <= LONGEST_HOOK), "")
    left = [said for said in left if said != asked]
    points = [*points_of(left, name=name, is_english=True), *map(_fact, facts)]
    points.sort(key=lambda point: point.has_number)  # what it does first, then its figures
    return Reading(
        text=text, matter=text, is_english=True, name=name, what=what, audience=audience, hook=asked, call=call,
        url=_url(text), tone=tone_in(text, name), is_offer=True, points=(*points, *_price(price, "Yours for {}")),
    )  # fmt: skip


def finished(beats: Sequence[Beat], listing: Mapping[str, str]) -> list[Beat]:
    """The beats with the price under the scene that says it and on the button of the last one."""
    price, out = " ".join(listing.get("price", "").split()), list(beats)
    if price:
        out = [b._replace(kicker="") if b.title == price else b for b in out]
    last = out[-1]
    is_said = any(price in f"{b.narration} {b.title}" for b in out)
    is_free = not URL.search(last.kicker) or last.kicker in last.title or not is_said
    if price and len(price) <= BUTTON and price not in last.title and is_free:
        out[-1] = last._replace(kicker=price)
    return out


def photos(count: int, images: Sequence[str]) -> list[Source]:
    """The person's photos, one for each scene in their order, and again from the first."""
    return [Source(kind="image", asset=images[place % len(images)]) for place in range(count)]


def shown(subject: str, framing: str, about: str) -> str:
    """What a scene made from a photo shows, in words: the thing as it is there, and only the camera moves."""
    said = f"{framing} of {subject}, exactly as in the person's own photo: same shape, colours, material and writing"
    moment = f". In this moment: {about[:200].rstrip()}" if about else ""
    return f"{said}. Only camera and light move{moment}."[:800]


def _named(title: str) -> tuple[str, str]:
    """Name and thing: `Lumen – desk lamp` -> `Lumen`, `a desk lamp`; `Oak desk lamp` -> ``, `the Oak desk lamp`."""
    head, *rest = [part.strip(" )") for part in PARTED.split(title, maxsplit=1)]
    what = rest[0] if rest else ""
    words = head.split()
    is_name = len(words) <= NAME_WORDS and words[0][:1].isupper() and (len(words) == 1 or bool(what))
    if not is_name:
        return "", f"the {head}" if words[0].lower() not in english.ARTICLES else head
    if not what:
        return head, ""
    lower = what[:1].lower() + what[1:] if what[1:2].islower() else what
    return head, english.with_article(lower)


def _bulletless(line: str) -> str:
    return re.sub(r"^\s*(?:[-*•–>#]+|\d+[.)])\s+", "", line).strip()


def _is_fact(line: str) -> bool:
    found = FACT.match(line)
    return bool(found) and not INSTRUCTS.search(found.group(1) if found else "") and not URL.search(line)


def _fact(line: str) -> Point:
    """A line of facts stays whole: what is measured means nothing without its figure."""
    name, said = FACT.match(line).groups()  # type: ignore[union-attr]
    title = line if len(line) <= SHORT and len(line.split()) <= MOST_WORDS else cut_short(said, SHORT)
    return Point((english.sentence(line),), title.strip(" .,"), bool(re.search(r"\d", name + said)))


def _price(price: str, words: str) -> tuple[Point, ...]:
    """The price as its own point."""
    if not price:
        return ()
    said = words.format(price) if re.match(r"[£$€¥]?\s?\d", price) else price
    return (Point((english.sentence(said),), price, has_number=True),)


def _url(text: str) -> str:
    found = URL.search(text)
    return found.group(0).rstrip(".") if found else ""
