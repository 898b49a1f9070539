"""Traces what a film says of a product to the line or field of the listing where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.plan import Claim, Plan, Scene
from core.services.asking import fences
from core.services.asking.saying import figures_of, is_denied, says_nothing, telling
from core.services.asking.schemas import text, thing

FORM = thing(
    text=text("What the scene says or shows."),
    source=text('"title", "price", "line 3" …; "" when it stands nowhere.'),
    quote=text('The words that stand there; "" when it stands nowhere.'),
)
SENTENCE = re.compile(r"(?<=[.!?…])\s+")
CLAUSE = re.compile(r"\s*[,;:–—]\s+|\s+(?:and|with|for|plus|und|et|y|e)\s+", re.IGNORECASE)
OWN_WORDS = 4
"""Of so many telling words of a sentence one may be its own; what has fewer must stand there whole."""
NAME_WORDS = 3
MOST = 8
"""Claims of a scene that are kept."""


def sources(listing: Mapping[str, str]) -> dict[str, str]:
    """What a claim may point to: every field by its name, the description line by line as `line 1` and so on."""
    out: dict[str, str] = {}
    for name, said in listing.items():
        if name == "description":
            lines = [line for line in (fences.visible(row) for row in said.splitlines()) if line]
            out |= {f"line {number}": line for number, line in enumerate(lines, start=1)}
        elif fences.visible(said):
            out[name[:40]] = fences.visible(said)
    return out


def traced(said: Sequence[Mapping[str, Any]], spoken: str, listing: Mapping[str, str]) -> tuple[Claim, ...]:
    """The claims of a scene. One whose quote does not stand at its source, or nowhere at all, is flagged.

    `spoken` is everything the scene says and shows; what no claim mentions is traced sentence by sentence.
    """
    known = sources(listing)
    claims = [_checked(one, known) for one in said[:MOST] if fences.visible(str(one["text"]))]
    told = frozenset().union(*(telling(claim.text) for claim in claims))
    left = [s for s in SENTENCE.split(fences.visible(spoken)) if not _is_told(s, told)]
    return (*claims, *_of_texts(left, known))[:MOST]


def attached(plan: Plan, listing: Mapping[str, str], before: Plan | None = None) -> Plan:
    """The plan with the claims of every scene whose words are new since `before`; without a listing as it is.

    A sentence is a claim unless it says nothing of the product (core.services.asking.saying). One that no line or field
    bears out is flagged.
    """
    known = sources(listing)
    if not known:
        return plan
    earlier = {scene.id: _words_of(scene) for scene in before.scenes} if before else {}
    last = plan.scenes[-1]
    scenes = []
    for scene in plan.scenes:
        is_kept = earlier.get(scene.id) == _words_of(scene) if before else bool(scene.claims)
        card = plan.brand.end_card if scene is last else ""
        is_kept = is_kept and not (before and card != before.brand.end_card)
        texts = [*SENTENCE.split(scene.narration), scene.title, scene.kicker, card]
        scenes.append(scene if is_kept else scene.but(claims=_of_texts(texts, known)))
    return plan.but(scenes=tuple(scenes))


def _words_of(scene: Scene) -> tuple[str, ...]:
    """What a scene says and shows."""
    return (scene.narration, scene.title, scene.kicker)


def _is_told(sentence: str, told: frozenset[str]) -> bool:
    """Whether claims have said it already, its figures too."""
    words_ = telling(sentence)
    return len(words_ - told) <= len(words_) // OWN_WORDS and all(telling(f) <= told for f in figures_of(sentence))


def _of_texts(texts: Sequence[str], known: Mapping[str, str]) -> tuple[Claim, ...]:
    """The claims of sentences and titles, none twice; what a title says of a claim is not said again."""
    found: list[Claim] = []
    for text_ in dict.fromkeys(t.strip() for t in texts if t.strip()):
        for claim in _found(text_, known):
            shorter = _bare(claim.text)
            if not any(shorter in _bare(other.text) and claim.source == other.source for other in found):
                found.append(claim)
    return tuple(found)[:MOST]


def _found(sentence: str, known: Mapping[str, str]) -> list[Claim]:
    """The sentence with the source that bears it out; else its clauses one by one; else flagged."""
    if says_nothing(sentence, known.values()) or _is_name(sentence, known.get("title", "")):
        return []
    whole = _borne_out(sentence, known)
    if whole is not None:
        return [whole]
    clauses = [part.strip() for part in CLAUSE.split(sentence) if telling(part)]
    parts = [_borne_out(clause, known) for clause in clauses]
    if len(clauses) < 2 or not any(parts):
        return [Claim(text=sentence[:400])]
    return [part or Claim(text=clause[:400]) for clause, part in zip(clauses, parts, strict=True)]


def _is_name(said: str, title: str) -> bool:
    """Whether the text is no more than what the thing is called."""
    name = _bare(said)
    return 0 < len(name.split()) <= NAME_WORDS and f"{_bare(title)} ".startswith(f"{name} ")


def _borne_out(said: str, known: Mapping[str, str]) -> Claim | None:
    """The claim with the source that has its words and figures, the title's beside them; what is denied is denied."""
    words_, figures, named = telling(said), figures_of(said), telling(known.get("title", ""))
    best: tuple[int, str, str] | None = None
    for name, source in known.items():
        for line in SENTENCE.split(source):
            told = telling(line)
            lacking = len(words_ - told - named)
            is_other = is_denied(said) != is_denied(line) or not all(_stands(_plain(f), _plain(line)) for f in figures)
            if is_other or lacking > len(words_) // OWN_WORDS or not (words_ & told or figures):
                continue
            shared = len(words_ & told)
            if best is None or shared > best[0]:
                best = (shared, name, line)
    if best is None:
        return None
    return Claim(text=said[:400], source=best[1], quote=fences.clipped(best[2].strip(), 400))


def _checked(one: Mapping[str, Any], known: Mapping[str, str]) -> Claim:
    """The claim with its source, or flagged."""
    claim, quote = fences.cleaned(str(one["text"]), 400), fences.visible(str(one["quote"]))
    named = str(one["source"]).strip()
    if named in known and quote and _plain(quote) in _plain(known[named]):
        return Claim(text=claim, source=named, quote=fences.clipped(quote, 400))
    return Claim(text=claim)


def _stands(figure: str, given: str) -> bool:
    """Whether a figure stands in a text by itself: 20 does not stand in 200."""
    return re.search(rf"(?<![\w.,]){re.escape(figure)}(?![\w%]|[.,]\d)", given) is not None


def _plain(text_: str) -> str:
    """For comparing: lower case, one kind of quotation mark, single spaces."""
    return " ".join(text_.lower().translate(str.maketrans("’‘“”–—", "''\"\"--")).split())


def _bare(text_: str) -> str:
    """The words alone."""
    return " ".join(re.findall(r"\w+", text_.lower()))
