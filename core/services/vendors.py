"""Who can make what: the model for a piece of work, and all of them as the settings page and `doctor` show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from core import facts
from core.db.slices import Caps
from core.domain.catalogue import Kind, Life, ModelCard, VendorCard, difference, nearest
from core.domain.errors import Retired, UnknownPrice, VendorRejected
from core.domain.health import Health, as_of
from core.domain.plan import Plan, Scene, Work
from core.domain.tasks import Recovery
from core.domain.work import HERE
from core.services.at_once import AtOnce
from core.services.studio import Studio

WORKS: tuple[Work, ...] = get_args(Work)
LOCAL = "local"
"""The vendor that is this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """A vendor and its models."""

    name: str
    state: str
    """ready | needs key"""
    note: str
    models: tuple[ModelCard, ...]
    """Those that can be had."""
    ended: tuple[ModelCard, ...] = ()
    """Those that no longer can."""
    trouble: str = ""
    """Since when it is not well; empty: it is, as far as this process knows."""


def model_for(studio: Studio, kind: Kind, asked: str = "auto") -> ModelCard:
    """The model that does this kind of work; `asked`: a model, a vendor, or "auto" for the first that can be had.

    UnknownPrice when no model of that name is known, Retired when it has ended.
    """
    return require_live(studio, card_of(studio, kind, asked))


def card_of(studio: Studio, kind: Kind, asked: str) -> ModelCard:
    """The same, also of a model that has ended: what was bought of it is still to be collected."""
    cards = [c for c in studio.cards if c.kind == kind]
    exact = next((c for c in cards if c.id == asked), None)
    if exact:
        return exact
    if asked == "auto":
        return _first(studio, cards)
    found = [c for c in cards if c.vendor == asked and (c.films_scenes or kind != "video")]
    found = found or [c for c in cards if c.name == asked]
    if not found:
        raise UnknownPrice(f"No price is known for the model “{asked[:60]}”.")
    return _first(studio, found)


def film_card(studio: Studio, plan: Plan, scene: Scene, asked: str) -> ModelCard:
    """The model that films a scene of a plan, by what was asked for.

    UnknownPrice and Retired as model_for; VendorRejected, with the nearest that can be done, when it cannot be filmed.
    """
    card, number = fitting_card(studio, plan, scene, asked), _number(plan, scene)
    if scene.plays and not is_open(studio, card.vendor, "video"):
        raise VendorRejected(
            f"Nobody here can play the recording of scene {number}: no key for {vendor_name(card.vendor)} is set.",
            f"Set {_opens(card.vendor)} and start Reprise again, or film the scene from its words or a picture.",
        )
    if scene.plays and plan.character is None:
        raise VendorRejected(
            f"Nobody is chosen to play the recording of scene {number}.",
            "Choose who looks the same in every scene, under Look and sound, or take the recording out.",
        )
    return card


def fitting_card(studio: Studio, plan: Plan, scene: Scene, asked: str) -> ModelCard:
    """The same, whether or not it can be used from here, and whoever plays.

    What plays recordings does nothing else, so "auto" and a vendor's name mean a model that can film this scene.
    """
    number = _number(plan, scene)
    if not scene.plays:
        card = model_for(studio, "video", asked)
        if card.films_scenes or not card.plays:
            return card
        raise VendorRejected(
            f"{card.label} films nothing but recordings that a character plays, and scene {number} has none.",
            "Give the scene a recording, or choose another model.",
        )
    players = _players(studio)
    found = [c for c in players if asked in ("auto", c.vendor)]
    card = _first(studio, found) if found else card_of(studio, "video", asked)
    if not card.plays:
        others = ", ".join(f"{c.label} ({c.id})" for c in players)
        raise VendorRejected(
            f"{card.label} cannot play a recording, and scene {number} is one.",
            f"Film it with {others}, or take the recording out.",
        )
    return require_live(studio, card)


def player(studio: Studio) -> ModelCard:
    """The model that plays recordings."""
    return _first(studio, _players(studio))


def _players(studio: Studio) -> list[ModelCard]:
    return [c for c in studio.cards if c.kind == "video" and c.plays]


def _number(plan: Plan, scene: Scene) -> int:
    return [s.id for s in plan.scenes].index(scene.id) + 1


def stand_ins(studio: Studio, scene: Scene, fallback: Sequence[str]) -> list[str]:
    """Those of the models that may stand in which could film this scene: recordings are played by others."""
    cards = [(name, model_for(studio, "video", name)) for name in fallback]
    return [name for name, card in cards if card.plays == scene.plays]


def _first(studio: Studio, cards: Sequence[ModelCard]) -> ModelCard:
    """Of several that are meant, the first that can be had; when none can, the first."""
    return next((c for c in cards if _can_be_had(studio, c)), cards[0])


def _can_be_had(studio: Studio, card: ModelCard) -> bool:
    return is_open(studio, card.vendor, card.kind) and not has_ended(studio, card) and card.price is not None


def crew_card(studio: Studio, plan: Plan, work: Work) -> ModelCard | None:
    """The model that does this work for a plan; `auto` is this machine's, None where it has none.

    UnknownPrice when no model of that name is known, Retired when it has ended.
    """
    return card_for_work(studio, work, getattr(plan.crew, work))


def card_for_work(studio: Studio, work: Work, asked: str) -> ModelCard | None:
    """The same by what was asked for."""
    if asked == "auto":
        return next((c for c in studio.cards if c.kind == work and c.vendor == LOCAL), None)
    return model_for(studio, work, asked)


def is_open(studio: Studio, vendor: str, kind: Kind | None = None) -> bool:
    """Whether a vendor can be asked from here; with a kind, for that work."""
    if vendor == LOCAL:
        return True
    if kind is not None:
        return studio.maker(kind, vendor) is not None
    return vendor in studio.vendors or any(name == vendor for _, name in studio.makers)


def has_ended(studio: Studio, card: ModelCard) -> bool:
    """Whether a model can no longer be had today."""
    return card.life(studio.now().date()) == Life.RETIRED


def pool_of(card: ModelCard) -> str:
    """Whose capacity a model takes: this machine's, or its vendor's."""
    return _pool(card.vendor)


def pool_named(studio: Studio, kind: Kind, model: str) -> str:
    """The same by the model's name, also of one that is no longer known."""
    return _pool(described(studio, model, kind)[1])


def _pool(vendor: str) -> str:
    return HERE if vendor == LOCAL else vendor


def require_open(studio: Studio, card: ModelCard) -> ModelCard:
    """The same card. VendorRejected when its vendor cannot be asked from here, Retired when the model has ended."""
    require_live(studio, card)
    if not is_open(studio, card.vendor, card.kind):
        raise VendorRejected(
            f"{card.label} cannot be used: no key or address for {vendor_name(card.vendor)} is set.",
            f"Set {_opens(card.vendor)} and start Reprise again, or choose another model.",
        )
    return card


def require_live(studio: Studio, card: ModelCard) -> ModelCard:
    """The same card. Retired when the model has ended; the remedy names what comes nearest, and its price beside."""
    if has_ended(studio, card):
        raise Retired(f"{card.label} has ended on {card.ends}.", _instead(studio, card) or None)
    return card


def _instead(studio: Studio, card: ModelCard) -> str:
    """What comes nearest to a model of all that can be had here, and what it costs beside it; empty: nothing does."""
    other = nearest(card, usable(studio, card.kind), studio.now().date())
    return f"Use {other.label} ({other.id}) instead. {difference(card, other)}" if other else ""


def described(studio: Studio, model: str, kind: Kind = "video") -> tuple[str, str]:
    """Model and vendor that made something, also when that model is no longer in the catalogue."""
    try:
        card = card_of(studio, kind, model)
    except UnknownPrice:
        return model, model.partition("/")[0]
    return card.id, card.vendor


def usable(studio: Studio, kind: Kind) -> tuple[ModelCard, ...]:
    """Models of a kind that can be chosen now: open, with a price, and not ended; of clips, those that film scenes."""
    return tuple(
        c for c in studio.cards if c.kind == kind and _can_be_had(studio, c) and (c.films_scenes or kind != "video")
    )


def loses_character(studio: Studio, plan: Plan) -> tuple[str, ...]:
    """A sentence for the scenes in which the plan's character cannot be kept, and why; () when there is none.

    A model keeps it that takes references, or that films on from a first picture when the still was drawn with it.
    """
    if plan.character is None:
        return ()
    drawn = crew_card(studio, plan, "still")
    in_stills = drawn is not None and drawn.vendor != LOCAL and "reference" in drawn.inputs
    lost: dict[str, list[str]] = {}
    for number, scene in enumerate(plan.scenes, 1):
        try:
            card = card_of(studio, "video", scene.model)
        except UnknownPrice:
            continue
        keeps = card.vendor != LOCAL and ("reference" in card.inputs or "image" in card.inputs)
        if not scene.plays and (not keeps or (not in_stills and scene.source.kind != "drawn")):
            lost.setdefault(card.label, []).append(str(number))
    return tuple(
        f"{label} cannot keep the character (scene{'s' * (len(which) > 1)} {', '.join(which)})."
        for label, which in lost.items()
    )


def warnings(studio: Studio) -> tuple[str, ...]:
    """A sentence for each model of an open vendor that ends within thirty days, the first to go first."""
    return _endings(studio, (c for c in studio.cards if is_open(studio, c.vendor)))


def plan_warnings(studio: Studio, plan: Plan, fallback: Sequence[str] = ()) -> tuple[str, ...]:
    """The same for the models that a plan is made with, or falls back on."""
    films = [_filming(studio, plan, s) for s in plan.scenes]
    wanted: list[tuple[Kind, str]] = [("video", name) for name in (*films, *fallback)]
    crew = {work: getattr(plan.crew, work) for work in WORKS}
    wanted += [(work, model) for work, model in crew.items() if model != "auto"]
    return (*_endings(studio, _known(studio, wanted)), *loses_character(studio, plan))


def _filming(studio: Studio, plan: Plan, scene: Scene) -> str:
    """The model of a scene, or what was asked for where it cannot be filmed by that."""
    try:
        return film_card(studio, plan, scene, scene.model).id
    except (UnknownPrice, VendorRejected):
        return scene.model


def _known(studio: Studio, wanted: Iterable[tuple[Kind, str]]) -> list[ModelCard]:
    """The cards of what is wanted; what no card is known for is refused elsewhere."""
    found: list[ModelCard] = []
    for kind, name in dict.fromkeys(wanted):
        try:
            found.append(card_of(studio, kind, name))
        except UnknownPrice:
            continue
    return found


def _endings(studio: Studio, cards: Iterable[ModelCard]) -> tuple[str, ...]:
    today = studio.now().date()
    ending = {c.id: c for c in cards if c.life(today) == Life.RETIRING}
    return tuple(
        f"{c.label} ends on {c.ends}, in {_days((c.ends - today).days)}. {_instead(studio, c)}".strip()
        for c in sorted(ending.values(), key=lambda c: (c.ends or today, c.id))
        if c.ends
    )


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def status(studio: Studio) -> tuple[VendorRow, ...]:
    """Every vendor that Reprise can work with."""
    names = dict.fromkeys([*facts.vendors(), *(card.vendor for card in studio.cards)])
    return tuple(
        VendorRow(
            name=name,
            state="ready" if is_open(studio, name) else "needs key",
            note=_note(studio, name),
            models=tuple(c for c in studio.cards if c.vendor == name and not has_ended(studio, c)),
            ended=tuple(c for c in studio.cards if c.vendor == name and has_ended(studio, c)),
            trouble=_trouble(studio, name),
        )
        for name in names
    )


def _trouble(studio: Studio, name: str) -> str:
    """How a vendor that is not well does, in a sentence."""
    health = as_of(studio.health.get(name, Health()), studio.now())
    if not health.failures or health.since is None:
        return ""
    since = f"It has failed {health.failures} times in a row since {health.since:%H:%M} UTC"
    return f"{since} and is left alone for a while." if health.resting else f"{since}; it is asked again."


def _note(studio: Studio, name: str) -> str:
    if name == LOCAL:
        return "Runs on this machine: no key, no cost, nothing leaves it."
    films = studio.vendors.get(name)
    if not is_open(studio, name):
        return f"Set {_opens(name)} to use it."
    keys = " ".join(studio.rings[name].states()) if name in studio.rings else ""
    words = facts.recovery_words()[films.recovery if films else Recovery.NONE]
    return f"{words} {keys}".strip()


def caps(studio: Studio) -> Caps:
    """How much may be under way at vendors at once: by the settings, else as much as the vendor bears."""
    known = {name: vendor.at_once for name, vendor in facts.vendors().items() if vendor.at_once is not None}
    return Caps(overall=studio.settings.at_vendors, vendors={**known, **studio.settings.vendor_caps})


def everybody(studio: Studio) -> Iterator[tuple[str, Any]]:
    """Each open vendor with what reaches it, for each kind of work: as the registry opened it."""
    for name, maker in (*studio.vendors.items(), *((name, maker) for (_, name), maker in studio.makers.items())):
        yield name, maker.vendor if isinstance(maker, AtOnce) else maker


def vendor_card(vendor: str) -> VendorCard:
    """What is known of a vendor; of one that nothing is known of, its name."""
    return facts.vendors().get(vendor) or VendorCard(name=vendor, label=vendor)


def vendor_name(vendor: str) -> str:
    """A vendor as people call it, inside a sentence."""
    return vendor_card(vendor).label


def _opens(vendor: str) -> str:
    return vendor_card(vendor).opens or "its key"


def model_name(studio: Studio, model: str) -> str:
    """A model as people call it."""
    return next((card.label for card in studio.cards if card.id == model), model)
