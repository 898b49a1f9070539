"""Which models may make a piece of work, in which order and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.domain.catalogue import Input, Kind, Life, ModelCard
from core.domain.errors import ModerationRefused, NoCredit, RepriseError, Retired, UnknownPrice, VendorResting
from core.domain.estimates import NONE, History, Range, seconds_likely, spread
from core.domain.health import Health
from core.domain.money import price, usd
from core.domain.plan import Platform
from core.domain.tiers import Tier, weights_of
from core.domain.time import FrameSize

AUTO = "auto"
LOCAL = "local"
"""The vendor that is this machine."""

FAIR_PRICE: dict[Kind, Decimal] = {
    "video": Decimal("0.12"),
    "still": Decimal("0.03"),
    "language": Decimal("0.01"),
    "speech": Decimal("0.02"),
    "transcription": Decimal("0.006"),
    "music": Decimal("0.30"),
    "effect": Decimal("0.12"),
}
"""US dollars that stand in the middle of the price scale (a second of a clip, a still, a line …), from the catalogue
of 2026-11-20. A fixed scale and not the dearest at hand: another model must not change the order of two."""
FAIR_WAIT = 60.0
"""Seconds in the middle of the scale of speed."""
TAKES_IMAGES: dict[Kind, frozenset[Input]] = {
    "video": frozenset({"image"}),
    "still": frozenset({"image", "reference"}),
    "language": frozenset({"image"}),
}
"""How an image is given to a model; to a clip, a reference is a likeness and not the picture that it starts from."""
GIVEN: dict[Input, str] = {
    "text": "words",
    "image": "an image",
    "reference": "a character to keep",
    "performance": "a performance to copy",
    "video": "a video",
}
FIRST_FRAME = 0.7
"""What a character is worth that is only shown as the first frame: it may drift once it turns."""

ONE_EACH = frozenset({"still", "script", "film", "effect"})
"""Units of which a piece of work is one, unless it says otherwise."""


def may_fall_back(error: type[RepriseError]) -> bool:
    """Whether the next approved model may try after this: never what was refused or was perhaps bought."""
    if issubclass(error, ModerationRefused):
        return False
    return error.retryable or issubclass(error, (NoCredit, Retired, VendorResting))


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A piece of work that a model is looked for."""

    kind: Kind
    tier: Tier
    platform: Platform = "any"
    seconds: float = 0.0
    """Of the clip, the line or the music."""
    width: int = 720
    height: int = 1280
    has_image: bool = False
    """Whether the picture is made from an image, which then is its first frame."""
    needs_character: bool = False
    """Whether somebody is in it who must look like the person's character image."""
    has_performance: bool = False
    """Whether that character plays a recording in it; `seconds` are those of the recording."""
    units: Mapping[str, Decimal] = field(default_factory=dict)
    """How much it is in other units: characters, million tokens (and `million tokens out`)."""
    quotes: Mapping[str, Decimal] = field(default_factory=dict)
    """US dollars that a vendor says itself, by model: it bills whole lengths. Goes before the price rule."""
    refused_by: frozenset[str] = frozenset()
    """Vendors whose moderation refused it as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A model that can make it."""

    card: ModelCard
    quote: Decimal
    """US dollars that one purchase sets aside."""
    price: Range
    score: float
    """0 to 1."""
    reason: str
    caveats: tuple[str, ...] = ()
    """What a person should know before they approve it."""


class Why(StrEnum):
    """Why a model cannot make it."""

    RETIRED = "retired"
    CLOSED = "closed"
    """Its vendor has no key or address here."""
    REFUSED = "refused"
    RESTING = "resting"
    NO_IMAGE = "no image"
    """It takes no image, and there is one."""
    NO_PERFORMANCE = "no performance"
    """It cannot play a recording, and there is one."""
    NEEDS_INPUT = "needs input"
    """It needs an image, a character, a performance or a video, and there is none."""
    TOO_LONG = "too long"
    """The scene is longer than its longest clip; one that is too short is bought longer, and cut."""
    NO_PRICE = "no price"
    OVER_BUDGET = "over budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A model that cannot make it."""

    card: ModelCard
    why: Why
    reason: str
    instead: ModelCard | None = None
    """Of a retired one: the nearest that can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who may make it, the best first, and who may not."""

    places: tuple[Place, ...]
    excluded: tuple[Exclusion, ...]
    ask: bool = False
    """What the person chose cannot be had: the places are proposals, and nothing is bought before they choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What every model of a round is judged by."""

    want: Want
    usable: frozenset[str]
    health: Mapping[str, Health]
    history: Mapping[str, History]
    today: date
    budget_left: Decimal | None
    chosen: str

    def is_chosen(self, card: ModelCard) -> bool:
        return self.chosen in (card.id, card.vendor)


def route(
    want: Want,
    cards: Sequence[ModelCard],
    *,
    usable: frozenset[str],
    health: Mapping[str, Health],
    history: Mapping[str, History],
    today: date,
    budget_left: Decimal | None,
    chosen: str = AUTO,
) -> Route:
    """Every model of the kind, in order or with the reason why not; the same for the same, whatever their order.

    `usable` are the vendors that can be asked, this machine's name among them; `health` is by vendor and of now
    (`as_of`), `history` by model; `budget_left` None means no limit. What the person chose, a model or a vendor,
    comes first. UnknownPrice when no model of the kind has the chosen name.
    """
    judged = _Round(
        want=want, usable=usable, health=health, history=history, today=today, budget_left=budget_left, chosen=chosen
    )
    fitting = sorted((card for card in cards if card.kind == want.kind), key=lambda card: card.id)
    if chosen != AUTO and not any(judged.is_chosen(card) for card in fitting):
        raise UnknownPrice(f"No price is known for the model “{chosen[:60]}”.")
    excluded = [found for card in fitting if (found := _excluded(judged, card))]
    out = {each.card.id for each in excluded}
    places = sorted((_place(judged, card) for card in fitting if card.id not in out), key=lambda p: _rank(judged, p))
    return Route(
        places=tuple(places),
        excluded=tuple(_with_nearest(want, each, places) for each in excluded),
        ask=chosen != AUTO and not (places and judged.is_chosen(places[0].card)),
    )


def _rank(judged: _Round, place: Place) -> tuple[bool, bool, float, Decimal, str]:
    """The person's choice, then who keeps the character, then the score; of equals the cheaper, then by name."""
    loses = judged.want.needs_character and not _character(judged.want, place.card)
    return not judged.is_chosen(place.card), loses, -place.score, place.price.likely, place.card.id


def _excluded(judged: _Round, card: ModelCard) -> Exclusion | None:
    """Why this model cannot make it; None when it can. What a person can change least comes first."""
    found = _not_to_be_had(judged, card) or _not_able(judged.want, card) or _not_payable(judged, card)
    return Exclusion(card=card, why=found[0], reason=found[1]) if found else None


def _not_to_be_had(judged: _Round, card: ModelCard) -> tuple[Why, str] | None:
    """Of the model and its vendor, whatever is asked for."""
    if card.life(judged.today) == Life.RETIRED:
        return Why.RETIRED, f"It was retired on {card.ends}."
    if card.vendor not in judged.usable:
        return Why.CLOSED, f"No key or address for {card.vendor} is set."
    if card.vendor in judged.want.refused_by:
        return Why.REFUSED, f"{card.vendor} refused this scene: rewrite it."
    if judged.want.refused_by and not judged.is_chosen(card):
        others = ", ".join(sorted(judged.want.refused_by))
        return Why.REFUSED, f"{others} refused this scene: rewrite it, or choose this model yourself."
    health = judged.health.get(card.vendor, Health())
    if health.resting:
        since = f"{health.since or health.opened:%Y-%m-%d %H:%M}"
        return Why.RESTING, f"{card.vendor} is not well since {since} ({health.failures} failures in a row) and rests."
    return None


def _not_able(want: Want, card: ModelCard) -> tuple[Why, str] | None:
    """Of what goes in and how long it is."""
    if want.has_performance and not card.plays:
        return Why.NO_PERFORMANCE, "It cannot play a recording, and this scene is one."
    if want.has_performance and not want.needs_character:
        return Why.NEEDS_INPUT, "It needs a picture of who plays the recording, and this film has no character."
    shown = TAKES_IMAGES.get(want.kind)
    if want.has_image and shown and shown.isdisjoint(card.inputs):
        return Why.NO_IMAGE, "It takes no image, and this scene is made from one."
    missing = _missing(want, card) if want.kind in ("video", "still") else None
    if missing:
        return Why.NEEDS_INPUT, f"It works only from {GIVEN[missing]}, which this scene does not have."
    if card.seconds and want.seconds > card.seconds[1]:
        return Why.TOO_LONG, f"It makes {card.seconds[1]:g} s at most, and this needs {want.seconds:g} s."
    return None


def _missing(want: Want, card: ModelCard) -> Input | None:
    """What a model that does not work from words alone would need and is not given."""
    if want.has_performance and card.plays:
        return None
    anything = want.has_image or want.needs_character
    given = {"image": anything, "reference": want.needs_character or (want.has_image and want.kind == "still")}
    moving = tuple(x for x in card.inputs if x in ("performance", "video"))
    if "text" in card.inputs or (not moving and any(given.get(x) for x in card.inputs)):
        return None
    return (moving or card.inputs)[0]


def _not_payable(judged: _Round, card: ModelCard) -> tuple[Why, str] | None:
    quote, left = _quote(judged.want, card), judged.budget_left
    if quote is None:
        return Why.NO_PRICE, "No price is known for it, and unknown is not free."
    if left is not None and quote > left and quote:
        return Why.OVER_BUDGET, f"It costs {price(quote)}, and {price(usd(max(left, Decimal(0))))} is left."
    return None


def _quote(want: Want, card: ModelCard) -> Decimal | None:
    """US dollars of one purchase; None when its price, or how much is needed, is not known."""
    if card.id in want.quotes:
        return usd(want.quotes[card.id])
    units, out = _units(want, card), want.units.get(f"{card.unit} out")
    if card.price is None or units is None or (card.price_out and out is None):
        return None
    return usd(card.price * units + (card.price_out or Decimal(0)) * (out or Decimal(0)))


def _units(want: Want, card: ModelCard) -> Decimal | None:
    """How many units of its price are needed: what is shorter than its shortest is billed as that."""
    if card.unit in want.units:
        return want.units[card.unit]
    seconds = Decimal(str(max(want.seconds, card.seconds[0] if card.seconds else 0.0)))
    known = {"second": seconds, "minute": seconds / 60, "hour": seconds / 3600}
    return known.get(card.unit, Decimal(1) if card.unit in ONE_EACH or card.price == 0 else None)


def _place(judged: _Round, card: ModelCard) -> Place:
    """Its price, score and reason. It can make it, so its price is known."""
    want, past = judged.want, judged.history.get(card.id, NONE)
    quote = _quote(want, card) or usd(0)
    cost, wait = spread(quote, past), _wait(want, card, past)
    weights = weights_of(want.tier, want.platform)
    score = (
        weights.quality * (card.quality - 1) / 4
        + weights.price * _falling(cost.likely, _fair_price(want))
        + weights.speed * _falling(wait, FAIR_WAIT)
        + weights.capability * _capability(want, card)
    )
    paid = f"at about {price(cost.likely)}" if cost.likely else "for nothing"
    own = "Your own choice: " if judged.is_chosen(card) else ""
    reason = f"quality {card.quality} of 5 {paid} in about {wait:.0f} s; in {want.tier} films {weights.most}."
    return Place(
        card=card,
        quote=quote,
        price=cost,
        score=round(score, 6),
        reason=own + reason if own else reason.capitalize(),
        caveats=_caveats(judged, card),
    )


def _fair_price(want: Want) -> float:
    """US dollars; by the second for clips, so that long scenes do not go to cheaper models than short ones."""
    return float(FAIR_PRICE[want.kind]) * (max(1.0, want.seconds) if want.kind == "video" else 1.0)


def _falling(amount: Decimal | float, middle: float) -> float:
    """1 for nothing, a half in the middle, towards 0 for ever more."""
    return 1 / (1 + float(amount) / middle)


def _wait(want: Want, card: ModelCard, past: History) -> float:
    """Seconds; what this machine draws takes longer the more pixels it has."""
    drawn = card.vendor == LOCAL and want.kind in ("video", "still")
    pixels = FrameSize(want.width, want.height).times_720p if drawn else 1.0
    return seconds_likely(card.takes * pixels, past)


def _capability(want: Want, card: ModelCard) -> float:
    """0 to 1: how well it does what is special about this piece of work."""
    if want.kind in ("speech", "transcription"):
        return 1.0 if card.tells_words else 0.5  # captions are then timed by guessing
    return _character(want, card) if want.needs_character else 1.0


def _character(want: Want, card: ModelCard) -> float:
    """How well it keeps a character that it is shown; 0: it cannot be shown one."""
    if "reference" in card.inputs or (want.has_performance and card.plays):
        return 1.0
    return FIRST_FRAME if "image" in card.inputs and not want.has_image else 0.0


def _caveats(judged: _Round, card: ModelCard) -> tuple[str, ...]:
    want, found = judged.want, []
    if want.needs_character and not _character(want, card):
        found.append("It cannot be shown your character here, so somebody else will be seen.")
    if card.life(judged.today) == Life.RETIRING:
        found.append(f"It ends on {card.ends}.")
    if judged.health.get(card.vendor, Health()).trial:
        found.append(f"{card.vendor} was not well and is being tried again.")
    return tuple(found)


def _with_nearest(want: Want, excluded: Exclusion, places: Sequence[Place]) -> Exclusion:
    """Of a retired model also what to take instead, and the difference in price."""
    card, was = excluded.card, _quote(want, excluded.card)
    if excluded.why != Why.RETIRED or not places:
        return excluded

    def distance(place: Place) -> tuple[bool, int, Decimal, str]:
        apart = abs(place.quote - was) if was is not None else place.quote
        return place.card.id != card.successor, abs(place.card.quality - card.quality), apart, place.card.id

    nearest = min(places, key=distance)
    costs = "" if was is None else f", {_difference(nearest.quote - was)}"
    reason = f"{excluded.reason} The nearest that can be had is {nearest.card.label}{costs}."
    return replace(excluded, instead=nearest.card, reason=reason)


def _difference(amount: Decimal) -> str:
    if not amount:
        return "at the same price"
    return f"for {price(abs(amount))} {'more' if amount > 0 else 'less'}"
