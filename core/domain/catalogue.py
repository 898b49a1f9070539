"""What a model is, what it can, what it costs, since when we know, and when it ends; and what a vendor is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from core.domain.errors import UnknownPrice

Kind = Literal["video", "still", "language", "speech", "transcription", "music", "effect"]
Input = Literal["text", "image", "reference", "performance", "video"]
"""What a model makes things from; reference: it keeps a character that it is shown."""

SOON = timedelta(days=30)
"""Before its last day a model is warned of for so long."""


class Life(StrEnum):
    """Whether a model can be had."""

    LIVE = "live"
    RETIRING = "retiring"
    """For less than `SOON` still."""
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model of one vendor."""

    id: str
    """vendor/name, the name being the vendor's own."""
    vendor: str
    kind: Kind
    label: str
    unit: str
    """What the price is for: second, still, script, character, minute, hour, million tokens, film, effect."""
    price: Decimal | None
    """US dollars a unit (of what goes in, for tokens); None: not known, so nothing is bought."""
    price_out: Decimal | None = None
    """US dollars for a million tokens that come out."""
    source: str
    """Where the price and the dates stand, after how sure that is (the letters of data/catalogue.toml)."""
    checked: date
    ends: date | None = None
    """First day on which it can no longer be had."""
    successor: str | None = None
    """What its vendor says to use instead, or else what comes nearest."""
    inputs: tuple[Input, ...] = ("text",)
    seconds: tuple[float, float] | None = None
    """Shortest and longest clip or sound."""
    quality: int = 3
    """1 to 5, by our own eyes and the public arenas: what the router weighs."""
    takes: float = 60.0
    """Seconds that it usually takes, until there is a history."""
    tells_words: bool = False
    """Of a voice or a transcription: whether it says when each word is spoken."""

    @property
    def name(self) -> str:
        """As the vendor calls it."""
        return self.id.removeprefix(f"{self.vendor}/")

    @property
    def rule(self) -> str:
        """The price rule in words, with its date."""
        return f"{self.amount}, checked {self.checked.isoformat()}"

    @property
    def amount(self) -> str:
        """What it costs, in words."""
        if self.price is None:
            return "price not known"
        if not self.price and not self.price_out:
            return "free"
        out = f" in, ${self.price_out} out" if self.price_out is not None else ""
        return f"${self.price} {_a(self.unit)}{out}"

    @property
    def known_price(self) -> Decimal:
        """US dollars a unit. UnknownPrice when nobody knows: unknown is not zero."""
        if self.price is None:
            raise UnknownPrice(f"No price is known for {self.label}.")
        return self.price

    @property
    def films_scenes(self) -> bool:
        """Of a model that makes clips: whether words or a picture are enough for it."""
        return "text" in self.inputs or "image" in self.inputs

    @property
    def plays(self) -> bool:
        """Of a model that makes clips: whether it lets a character play what a recording shows."""
        return "performance" in self.inputs

    @property
    def does(self) -> str:
        """What it makes clips from, where words or a picture are not enough for it; else empty."""
        if not self.plays:
            return ""
        span = f" of {self.seconds[0]:g} to {self.seconds[1]:g} s" if self.seconds else ""
        return f"lets your character play a recording{span}"

    def life(self, today: date) -> Life:
        """Whether it can be had on that day."""
        if self.ends is None or today < self.ends - SOON:
            return Life.LIVE
        return Life.RETIRING if today < self.ends else Life.RETIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What is left on an account, as its vendor counts it."""

    left: Decimal
    unit: str
    """credits | characters"""
    usd: Decimal | None = None
    """The same in US dollars, where one is worth the same everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCard:
    """A vendor that there is an adapter for: what opens it, and what a person has to know of it."""

    name: str
    """As in the catalogue and the books."""
    label: str
    """As people call it, inside a sentence."""
    kinds: tuple[Kind, ...] = ()
    """What its adapters make."""
    key: str = ""
    """The variable of its key, or of several with commas between them."""
    address: str = ""
    """The variable of its address."""
    needs: tuple[str, ...] = ()
    """The variables that open it, where it is not its key alone."""
    at_once: int | None = None
    """Tasks that it lets be under way, where its entry tier is known."""
    requests_per_minute: int | None = None
    dashboard: str = ""
    """Where a person looks for a task, as a sentence."""
    keeps: float | None = None
    """Hours for which what it made can be collected; None: as long as it likes, or it is handed over at once."""
    lists_models: tuple[Kind, ...] = ()
    """The kinds of models that its API names."""

    @property
    def opens(self) -> str:
        """What has to be set so that it can be asked, in words."""
        return " and ".join(self.needs or (self.key,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model that a vendor's API names."""

    name: str
    ends: date | None = None
    """First day on which it can no longer be had, where the vendor tells."""


def nearest(card: ModelCard, others: Iterable[ModelCard], today: date) -> ModelCard | None:
    """What to take instead of a model, of those that can be had: its successor, else what is like it.

    Like it is what can do as much, then what is not about to end itself, then what is as good, then what costs as
    much. A successor that can do less than another one is not taken.
    """
    found = [o for o in others if o.kind == card.kind and o.id != card.id and o.life(today) != Life.RETIRED]

    def distance(other: ModelCard) -> tuple[int, bool, bool, int, Decimal]:
        return (
            len(set(card.inputs) - set(other.inputs)) + (card.tells_words and not other.tells_words),
            other.id != card.successor,
            other.life(today) == Life.RETIRING,
            abs(other.quality - card.quality),
            abs((other.price or Decimal(0)) - (card.price or Decimal(0))),
        )

    return min(found, key=distance, default=None)


def difference(old: ModelCard, new: ModelCard) -> str:
    """What `new` costs beside `old`, a unit, as a sentence."""
    if new.price is None or old.price is None or new.unit != old.unit:
        return f"It costs {new.amount}." if new.price else f"Its price: {new.amount}."
    parts = [_more(new.price - old.price)]
    if new.price_out is not None and old.price_out is not None:
        parts = [f"{parts[0]} in", f"{_more(new.price_out - old.price_out)} out"]
    if all(part.startswith("nothing") for part in parts):
        return f"It costs the same: {new.amount}."
    return f"It costs {' and '.join(parts)} {_a(new.unit)}: {new.amount}."


def _more(difference_: Decimal) -> str:
    if not difference_:
        return "nothing more"
    amount = abs(difference_)
    cents = amount.quantize(Decimal("0.01"))
    amount = cents if cents == amount else amount.normalize()
    return f"${amount:f} {'more' if difference_ > 0 else 'less'}"


def _a(unit: str) -> str:
    return f"{'an' if unit[0] in 'aeiou' or unit == 'hour' else 'a'} {unit}"
