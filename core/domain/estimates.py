"""What something will cost: least, likely and most, from its price and from what was paid here before."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from statistics import median

from core.domain.errors import BadInput, UnknownPrice
from core.domain.money import price as priced
from core.domain.money import usd
from core.domain.views import PriceLine

SPARE_TAKES = 1
"""Paid takes more than the first that the high figure allows for until there is a history: the redoing of a
scene that a person does not like is the usual reason to pay twice."""
PRIOR = 3
"""A history of so many takes counts as much as what is expected without one: one bad day is not a rule."""
BAD_DAY, GOOD_DAY = 0.9, 0.1
"""Of ten takes the second worst is the bad day that the high figure is for, and the best one the good day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What one model did here, oldest first."""

    attempts: tuple[int, ...] = ()
    """Of each take that was kept: how many were paid until then, itself included."""
    ratios: tuple[Decimal, ...] = ()
    """Of each purchase that had a price: what was paid over what was quoted."""
    seconds: tuple[float, ...] = ()
    """That each purchase took, from the order to the file."""

    def __post_init__(self) -> None:
        """BadInput: no take is had for fewer than one attempt, for less than nothing or before it is ordered."""
        below = any(x < 0 for x in self.ratios) or any(x < 0 for x in self.seconds)
        if below or any(n < 1 for n in self.attempts):
            raise BadInput("A history holds attempts from 1 up, and ratios and seconds from 0 up.")


NONE = History()
"""Of a model that nothing was bought from yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """US dollars: 0 ≤ low ≤ likely ≤ high."""

    low: Decimal
    likely: Decimal
    high: Decimal
    basis: str = ""
    """Where the three come from, in a sentence."""

    def __post_init__(self) -> None:
        """BadInput when the three are not in order."""
        if not 0 <= self.low <= self.likely <= self.high:
            raise BadInput(f"{self.low}, {self.likely} and {self.high} are not a least, a likely and a highest price.")

    def times(self, factor: Decimal, basis: str = "") -> Range:
        """So many times as much, exact to the micro-dollar."""
        low, likely, high = (usd(x * factor) for x in (self.low, self.likely, self.high))
        return Range(low=low, likely=likely, high=high, basis=basis or self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateLine:
    """A line of a quote, and what it will come to."""

    line: PriceLine
    price: Range | None
    """None: no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a plan will cost, itemised."""

    lines: tuple[EstimateLine, ...]
    total: Range
    """Of the lines whose price is known. Its high is for a film on which everything goes badly."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Models that no price is known for: they are not in the total."""
        return tuple(dict.fromkeys(each.line.model for each in self.lines if each.price is None))


def estimate(quantity: Decimal, price: Decimal | None, history: History = NONE) -> Range:
    """What so many units at that price will come to. UnknownPrice when there is none; BadInput below zero."""
    if price is None:
        raise UnknownPrice("No price is known.")
    return spread(usd(quantity * price), history)


def spread(quote: Decimal, history: History = NONE) -> Range:
    """What will be paid for something that is quoted at so much.

    Low: one take at what it costs on a good day. Likely: as many takes, and as much over or under the quote, as it
    was on average. High: both on a bad day. Without a history low and likely are the quote, and high is the quote
    and `SPARE_TAKES` more.
    """
    if quote < 0:
        raise BadInput(f"{quote} is not a price.")
    takes, ratios = [Decimal(n) for n in history.attempts], list(history.ratios)
    takes_likely, ratio_likely = _learnt(_mean(takes), 1, takes), _learnt(_mean(ratios), 1, ratios)
    takes_high = max(takes_likely, _learnt(_quantile(takes, BAD_DAY), 1 + SPARE_TAKES, takes))
    ratio_high = max(ratio_likely, _learnt(_quantile(ratios, BAD_DAY), 1, ratios))
    ratio_low = min(ratio_likely, _learnt(_quantile(ratios, GOOD_DAY), 1, ratios))
    return Range(
        low=usd(quote * ratio_low),
        likely=usd(quote * takes_likely * ratio_likely),
        high=usd(quote * takes_high * ratio_high),
        basis=_basis(quote, history, takes_likely, ratio_likely),
    )


def _basis(quote: Decimal, history: History, takes: Decimal, ratio: Decimal) -> str:
    if not quote:
        return "Free."
    if not history.attempts and not history.ratios:
        return f"As quoted, {priced(quote)}; the high figure pays for {SPARE_TAKES} more take at the same price."
    known = max(len(history.attempts), len(history.ratios))
    return f"From {known} made here: {takes:.1f} paid for each that is kept, at {ratio:.0%} of the quote."


def _learnt(found: Decimal, expected: int, samples: Sequence[Decimal]) -> Decimal:
    """Between what is expected and what was found, nearer to the second the more of it there is."""
    return (Decimal(expected * PRIOR) + found * len(samples)) / (PRIOR + len(samples))


def _mean(samples: Sequence[Decimal]) -> Decimal:
    """0 of none, where it weighs nothing."""
    return sum(samples, Decimal(0)) / len(samples) if samples else Decimal(0)


def _quantile(samples: Sequence[Decimal], share: float) -> Decimal:
    """The smallest sample that so many others are not above; 0 of none."""
    return sorted(samples)[ceil(share * len(samples)) - 1] if samples else Decimal(0)


def seconds_likely(usual: float, history: History = NONE) -> float:
    """How long a purchase will take: `usual` by the catalogue, the median of what it took here as that grows."""
    count = len(history.seconds)
    return (usual * PRIOR + median(history.seconds) * count) / (PRIOR + count) if count else usual


def added(prices: Iterable[Range], basis: str = "") -> Range:
    """All of them together: the lows, the likelies and the highs."""
    all_ = list(prices)
    return Range(
        low=sum((x.low for x in all_), usd(0)),
        likely=sum((x.likely for x in all_), usd(0)),
        high=sum((x.high for x in all_), usd(0)),
        basis=basis,
    )


def itemise(lines: Sequence[PriceLine], history: Mapping[str, History]) -> Estimate:
    """The lines of a quote with what each will come to; `history` is by model."""
    found = tuple(
        EstimateLine(line=x, price=spread(x.amount, history.get(x.model, NONE)) if x.known else None) for x in lines
    )
    return Estimate(lines=found, total=added((x.price for x in found if x.price), "All lines together."))


def month(videos_a_day: Decimal, mix: Mapping[str, Decimal], film: Mapping[str, Range], on: date) -> Range:
    """What the month of that day costs at so many films a day.

    `mix` is the share of each kind of film (tier or model, as the caller names them; together 1), `film` the price
    of one of each. BadInput for shares that are not shares; UnknownPrice for a kind in the mix without a price.
    """
    if videos_a_day < 0:
        raise BadInput(f"{videos_a_day} films a day cannot be made.", "Say 0 or more.")
    if any(share < 0 for share in mix.values()) or abs(sum(mix.values(), Decimal(0)) - 1) > Decimal("0.001"):
        raise BadInput("The shares of the mix do not add up to 1.", "Let them add up to 100 %.")
    without = [name for name, share in mix.items() if share and name not in film]
    if without:
        raise UnknownPrice(f"No price of a film is known for {', '.join(without)}.")
    days = calendar.monthrange(on.year, on.month)[1]
    films = videos_a_day * days
    basis = f"{videos_a_day.normalize():f} a day for {days} days: {films.normalize():f} films."
    return added((film[name].times(films * share) for name, share in mix.items() if share), basis)
