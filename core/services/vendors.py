"""Who can make what: the model for a piece of work, and all of them as the settings page and `doctor` show them."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import UnknownPrice, VendorRejected
from core.domain.tasks import Recovery
from core.domain.work import HERE
from core.services.studio import Studio

LOCAL = "local"
"""The vendor that is this machine."""
NEEDS = {"videos": "REPRISE_VIDEOS_BASE_URL and REPRISE_VIDEOS_MODELS", "runway": "RUNWAYML_API_SECRET"}
"""What opens a vendor."""
RECOVERY = {
    Recovery.KEY: "After a lost answer it is asked again with the same key: nothing is bought twice.",
    Recovery.SEARCH: "After a lost answer its list is searched: nothing is bought twice.",
    Recovery.NONE: "After a lost answer you are asked to look at its site: nothing is bought twice.",
}


NAMES = {LOCAL: "this machine", "videos": "the video server", "runway": "Runway"}
"""Vendors as people call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """A vendor and its models."""

    name: str
    state: str
    """ready | needs key"""
    note: str
    models: tuple[ModelCard, ...]


def model_for(studio: Studio, kind: Kind, asked: str = "auto") -> ModelCard:
    """The model that does this kind of work. UnknownPrice when no model of that name is known."""
    cards = [c for c in studio.cards if c.kind == kind]
    if asked == "auto":
        return cards[0]
    for card in cards:
        if asked in (card.id, card.vendor):
            return card
    raise UnknownPrice(f"No price is known for the model “{asked[:60]}”.")


def pool_of(card: ModelCard) -> str:
    """Whose capacity a model takes: this machine's, or its vendor's."""
    return HERE if card.vendor == LOCAL else card.vendor


def require_open(studio: Studio, card: ModelCard) -> ModelCard:
    """The same card. VendorRejected when its vendor cannot be asked from here."""
    if card.vendor != LOCAL and card.vendor not in studio.vendors:
        raise VendorRejected(
            f"{card.label} cannot be used: no key or address for {card.vendor} is set.",
            f"Set {NEEDS.get(card.vendor, 'its key')} and start Reprise again, or choose another model.",
        )
    return card


def described(studio: Studio, model: str) -> tuple[str, str]:
    """Model and vendor that filmed a clip, also when that model is no longer in the catalogue."""
    if model == "auto":
        model = model_for(studio, "video").id
    return model, next((c.vendor for c in studio.cards if c.id == model), model.partition("/")[0])


def usable(studio: Studio, kind: Kind) -> tuple[ModelCard, ...]:
    """Models of a kind that can be chosen now."""
    return tuple(c for c in studio.cards if c.kind == kind and (c.vendor == LOCAL or c.vendor in studio.vendors))


def status(studio: Studio) -> tuple[VendorRow, ...]:
    """Every vendor that Reprise can work with."""
    names = dict.fromkeys([*(card.vendor for card in studio.cards), *NEEDS])
    return tuple(
        VendorRow(
            name=name,
            state="ready" if name == LOCAL or name in studio.vendors else "needs key",
            note=_note(studio, name),
            models=tuple(c for c in studio.cards if c.vendor == name),
        )
        for name in names
    )


def _note(studio: Studio, name: str) -> str:
    if name == LOCAL:
        return "Runs on this machine: no key, no cost, nothing leaves it."
    if name not in studio.vendors:
        return f"Set {NEEDS.get(name, 'its key')} to use it."
    return RECOVERY[studio.vendors[name].recovery]


def vendor_name(vendor: str) -> str:
    """A vendor as people call it, inside a sentence."""
    return NAMES.get(vendor, vendor)


def model_name(studio: Studio, model: str) -> str:
    """A model as people call it."""
    return next((card.label for card in studio.cards if card.id == model), model)
