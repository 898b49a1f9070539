"""What a model is, what it costs and since when we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["video", "still", "language", "speech", "music"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model of one vendor."""

    id: str
    vendor: str
    kind: Kind
    label: str
    unit: str
    """What the price is for: second, still, script, 1000 characters, film."""
    price: Decimal
    """US dollars a unit."""
    source: str
    checked: date

    @property
    def rule(self) -> str:
        """The price rule in words, with its date."""
        amount = "free" if not self.price else f"${self.price} a {self.unit}"
        return f"{amount}, checked {self.checked.isoformat()}"
