"""Who can make what: the model for a piece of work, and all of them as the settings page and `doctor` show them."""

from __future__ import annotations

from dataclasses import dataclass

from core import facts
from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import UnknownPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """A vendor and its models."""

    name: str
    state: str
    """ready | needs key"""
    note: str
    models: tuple[ModelCard, ...]


def model_for(kind: Kind, asked: str = "auto") -> ModelCard:
    """The model that does this kind of work. UnknownPrice when no model of that name is known."""
    cards = [c for c in facts.catalogue() if c.kind == kind]
    if asked == "auto":
        return cards[0]
    for card in cards:
        if asked in (card.id, card.vendor):
            return card
    raise UnknownPrice(f"No price is known for the model “{asked[:60]}”.")


def status() -> tuple[VendorRow, ...]:
    """Every vendor that Reprise can work with."""
    names = dict.fromkeys(card.vendor for card in facts.catalogue())
    return tuple(
        VendorRow(
            name=name,
            state="ready",
            note="Runs on this machine: no key, no cost, nothing leaves it.",
            models=tuple(c for c in facts.catalogue() if c.vendor == name),
        )
        for name in names
    )
