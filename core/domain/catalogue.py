"""What a model is, what it can, what it costs, since when we know, and when it ends."""

from __future__ import annotations

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
    """What the price is for: second, still, script, character, minute, million tokens, film, effect."""
    price: Decimal | None
    """US dollars a unit (of what goes in, for tokens); None: not known, so nothing is bought."""
    price_out: Decimal | None = None
    """US dollars for a million tokens that come out."""
    source: str
    checked: date
    ends: date | None = None
    """First day on which it can no longer be had."""
    successor: str | None = None
    """What its vendor says to use instead."""
    inputs: tuple[Input, ...] = ("text",)
    seconds: tuple[float, float] | None = None
    """Shortest and longest clip."""
    quality: int = 3
    """1 to 5, by our own eyes and the public arenas: what the router weighs."""
    takes: float = 60.0
    """Seconds that it usually takes, until there is a history."""
    tells_words: bool = False
    """Of a voice or a transcription: whether it says when each word is spoken."""

    @property
    def rule(self) -> str:
        """The price rule in words, with its date."""
        return f"{self._amount}, checked {self.checked.isoformat()}"

    @property
    def _amount(self) -> str:
        if self.price is None:
            return "price not known"
        if not self.price and not self.price_out:
            return "free"
        out = f" in, ${self.price_out} out" if self.price_out is not None else ""
        return f"${self.price} a {self.unit}{out}"

    @property
    def known_price(self) -> Decimal:
        """US dollars a unit. UnknownPrice when nobody knows: unknown is not zero."""
        if self.price is None:
            raise UnknownPrice(f"No price is known for {self.label}.")
        return self.price

    def life(self, today: date) -> Life:
        """Whether it can be had on that day."""
        if self.ends is None or today < self.ends - SOON:
            return Life.LIVE
        return Life.RETIRING if today < self.ends else Life.RETIRED
