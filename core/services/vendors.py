"""Who can make what, as the settings page and `doctor` show it."""

from __future__ import annotations

from dataclasses import dataclass

from core import facts
from core.domain.catalogue import ModelCard


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """A vendor and its models."""

    name: str
    state: str
    """ready | needs key"""
    note: str
    models: tuple[ModelCard, ...]


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
