"""Whether the catalogue still says what the vendors say: each night their lists of models are held against it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.domain.catalogue import ListedModel, ModelCard
from core.domain.errors import VendorError
from core.providers import ListsModels
from core.services.studio import Studio
from core.services.vendors import everybody, has_ended, vendor_card, vendor_name

ALIKE = 0.75
"""How like a name must be to one that is gone so that it may be the same model under a new name, 0 to 1."""
MOST_NEW = 5
"""New models that are named in one sentence."""

log = logging.getLogger("reprise.drift")


class Night(BaseModel):
    """What the newest comparison found, and what each vendor listed, so that the next one knows what is new."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[str, ...] = ()
    listed: dict[str, tuple[str, ...]] = {}


def check(studio: Studio) -> tuple[str, ...]:
    """Asks every open vendor that lists its models, and keeps and logs what does not agree with the catalogue."""
    before = _last(studio)
    listed, findings = dict(before.listed), list[str]()
    for name, vendor in _listing(studio):
        cards = _cards(studio, name)
        try:
            found = vendor.list_models([card.name for card in cards])
        except VendorError as error:
            log.warning("the models of %s could not be asked for: %s", name, error.sentence)
            continue
        findings += compare(studio, name, found, before=before.listed.get(name))
        listed[name] = tuple(model.name for model in found)
    for finding in findings:
        log.warning("%s", finding)
    _path(studio).write_text(Night(findings=tuple(findings), listed=listed).model_dump_json(), "utf8")
    return tuple(findings)


def _listing(studio: Studio) -> Iterator[tuple[str, ListsModels]]:
    """Each open vendor whose API tells which models it has, once."""
    seen: set[str] = set()
    for name, lists in everybody(studio):
        if isinstance(lists, ListsModels) and name not in seen:
            seen.add(name)
            yield name, lists


def newest(studio: Studio) -> tuple[str, ...]:
    """What the newest comparison on this machine found."""
    return _last(studio).findings


def compare(
    studio: Studio, vendor: str, found: Sequence[ListedModel], *, before: Sequence[str] | None
) -> tuple[str, ...]:
    """What a vendor's list says otherwise than the catalogue, in sentences.

    `before`: what it listed the last time; a vendor has many models that are of no use here, so only what has come
    since then is new.
    """
    cards, name = _cards(studio, vendor), vendor_name(vendor)
    names = {model.name: model for model in found}
    fresh = [n for n in names if before is not None and n not in before and n not in {c.name for c in cards}]
    sentences: list[str] = []
    for card in cards:
        model = names.get(card.name)
        if model is None and not has_ended(studio, card):
            alike = get_close_matches(card.name, fresh or _unknown(names, cards), n=1, cutoff=ALIKE)
            perhaps = f" Perhaps it is called “{alike[0][:80]}” now." if alike else ""
            sentences.append(f"{card.label} ({card.id}) is not among the models of {name} any more.{perhaps}")
        elif model is not None and has_ended(studio, card) and (model.ends is None or model.ends != card.ends):
            sentences.append(f"{card.label} ({card.id}) has ended by the catalogue, and {name} still lists it.")
        elif model is not None and model.ends and model.ends != card.ends:
            known = f"on {card.ends}" if card.ends else "nothing of it"
            sentences.append(f"{card.label} ({card.id}) ends on {model.ends} by {name}; the catalogue says {known}.")
    if fresh:
        more = f" and {len(fresh) - MOST_NEW} more" if len(fresh) > MOST_NEW else ""
        sentences.append(f"New models of {name}: {', '.join(n[:80] for n in fresh[:MOST_NEW])}{more}.")
    return tuple(sentences)


def _unknown(names: dict[str, ListedModel], cards: Sequence[ModelCard]) -> list[str]:
    known = {card.name for card in cards}
    return [name for name in names if name not in known]


def _cards(studio: Studio, vendor: str) -> list[ModelCard]:
    """The vendor's models of the kinds that its API names."""
    kinds = vendor_card(vendor).lists_models
    return [card for card in studio.cards if card.vendor == vendor and card.kind in kinds]


def _last(studio: Studio) -> Night:
    try:
        return Night.model_validate_json(_path(studio).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Night()


def _path(studio: Studio) -> Path:
    return studio.settings.home / "models-last-night.json"
