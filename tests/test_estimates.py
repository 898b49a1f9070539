"""What something will cost: with and without a history, itemised and for a month."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from core.domain.errors import BadInput, UnknownPrice
from core.domain.estimates import NONE, History, Range, added, estimate, itemise, month, seconds_likely, spread
from core.domain.views import PriceLine

D = Decimal
TEN = Range(low=D(8), likely=D(10), high=D(20))
TWO = Range(low=D(2), likely=D(2), high=D(4))


def amounts(found: Range) -> tuple[Decimal, Decimal, Decimal]:
    return found.low, found.likely, found.high


def some_history(dice: random.Random) -> History:
    return History(
        attempts=tuple(dice.randint(1, 6) for _ in range(dice.randint(0, 12))),
        ratios=tuple(D(dice.randint(0, 300)) / 100 for _ in range(dice.randint(0, 12))),
        seconds=tuple(dice.uniform(0, 900) for _ in range(dice.randint(0, 12))),
    )


def line(model: str, amount: str, *, known: bool = True) -> PriceLine:
    return PriceLine(
        component="clips",
        label="Clip",
        quantity="5 s",
        vendor="v",
        model=model,
        rule="r",
        amount=D(amount),
        known=known,
    )


def test_without_a_history_it_is_the_quote_and_at_most_one_more_take():
    found = estimate(D(5), D("0.12"))
    assert amounts(found) == (D("0.6"), D("0.6"), D("1.2"))
    assert found.basis == "As quoted, $0.60; the high figure pays for 1 more take at the same price."


def test_what_is_free_stays_free():
    assert amounts(spread(D(0), History(attempts=(3, 3), ratios=(D(2),)))) == (0, 0, 0)
    assert spread(D(0)).basis == "Free."


def test_an_unknown_price_is_not_zero():
    with pytest.raises(UnknownPrice):
        estimate(D(5), None)


def test_less_than_nothing_cannot_be_bought():
    with pytest.raises(BadInput):
        estimate(D(-1), D("0.12"))


@pytest.mark.parametrize(
    "wrong",
    [{"attempts": (0,)}, {"ratios": (D(1), D("-0.1"))}, {"seconds": (-1.0,)}],
    ids=["attempts", "ratio", "time"],
)
def test_a_history_that_cannot_have_been_is_refused(wrong):
    with pytest.raises(BadInput):
        History(**wrong)


@pytest.mark.parametrize("wrong", [(2, 1, 3), (1, 3, 2), (-1, 0, 0)])
def test_a_range_is_in_order(wrong):
    with pytest.raises(BadInput):
        Range(low=D(wrong[0]), likely=D(wrong[1]), high=D(wrong[2]))


def test_many_takes_of_one_kind_are_believed():
    found = spread(D(1), History(attempts=(2,) * 997, ratios=(D("1.5"),) * 997))
    assert found.likely == pytest.approx(D(3), abs=D("0.01"))
    assert found.high == pytest.approx(D(3), abs=D("0.01"))
    assert found.basis == "From 997 made here: 2.0 paid for each that is kept, at 150% of the quote."


def test_one_bad_take_moves_the_price_a_little():
    found = spread(D(1), History(attempts=(5,)))
    assert D(1) < found.likely <= D(2)
    assert found.likely == D(2)  # three of 1 and one of 5
    assert found.high == D("2.75")  # three of 2 and one of 5


def test_what_is_always_kept_at_once_needs_no_spare_take():
    assert spread(D(1), History(attempts=(1,) * 60)).high < D("1.1")


def test_a_vendor_that_bills_less_than_it_quotes_has_a_lower_low():
    found = spread(D(1), History(ratios=(D("0.5"),) * 9))
    assert found.low == D("0.625")
    assert found.low == found.likely < found.high


def test_a_price_is_never_below_nothing_and_always_in_order():
    dice = random.Random(4)
    for _ in range(2000):
        found = spread(D(dice.randint(0, 5_000_000)) / 1_000_000, some_history(dice))
        assert 0 <= found.low <= found.likely <= found.high


def test_more_attempts_never_make_it_cheaper():
    dice = random.Random(5)
    for _ in range(500):
        past = some_history(dice)
        worse = History(attempts=tuple(n + 1 for n in past.attempts), ratios=past.ratios)
        before, then = spread(D(1), past), spread(D(1), worse)
        assert (then.likely, then.high) >= (before.likely, before.high)
        assert then.low == before.low


def test_a_dearer_quote_never_comes_to_less():
    dice = random.Random(6)
    for _ in range(500):
        past, quote = some_history(dice), D(dice.randint(0, 900)) / 100
        assert all(a <= b for a, b in zip(amounts(spread(quote, past)), amounts(spread(quote + 1, past)), strict=True))


def test_the_time_it_takes_is_learnt():
    assert seconds_likely(60, NONE) == 60
    assert seconds_likely(60, History(seconds=(120.0,) * 3)) == 90
    assert seconds_likely(60, History(seconds=(120.0,) * 3 + (9000.0,))) < 100  # one night of waiting


def test_a_quote_is_itemised_and_adds_up():
    past = {"v/b": History(attempts=(1, 3))}
    found = itemise([line("v/a", "0.6"), line("v/b", "0.5"), line("v/c", "0", known=False)], past)
    assert amounts(found.lines[0].price) == (D("0.6"), D("0.6"), D("1.2"))
    assert found.lines[1].price == spread(D("0.5"), past["v/b"])
    assert found.lines[2].price is None
    assert found.unknown == ("v/c",)
    assert found.total.likely == found.lines[0].price.likely + found.lines[1].price.likely


def test_nothing_costs_nothing():
    assert amounts(added([])) == (0, 0, 0)


def test_a_month_has_its_own_days():
    one = {"premium": D(1)}
    assert month(D(2), one, {"premium": TEN}, date(2026, 11, 3)).likely == 600
    assert month(D(2), one, {"premium": TEN}, date(2026, 2, 3)).likely == 560
    assert month(D(2), one, {"premium": TEN}, date(2028, 2, 3)).likely == 580


def test_a_month_of_a_mix_is_the_shares_of_each():
    mix = {"premium": D("0.25"), "economy": D("0.75")}
    found = month(D(4), mix, {"premium": TEN, "economy": TWO}, date(2026, 11, 1))
    assert amounts(found) == (30 * 8 + 90 * 2, 30 * 10 + 90 * 2, 30 * 20 + 90 * 4)
    assert found.basis == "4 a day for 30 days: 120 films."


def test_a_month_without_films_is_free():
    assert amounts(month(D(0), {"x": D(1)}, {"x": TEN}, date(2026, 11, 1))) == (0, 0, 0)


@pytest.mark.parametrize(
    ("videos", "mix"),
    [(D(-1), {"x": D(1)}), (D(1), {"x": D("0.5")}), (D(1), {"x": D("1.5"), "y": D("-0.5")}), (D(1), {})],
    ids=["fewer than none", "half missing", "below zero", "no mix"],
)
def test_a_month_that_cannot_be_is_refused(videos, mix):
    with pytest.raises(BadInput):
        month(videos, mix, {"x": TEN, "y": TWO}, date(2026, 11, 1))


def test_a_month_with_an_unpriced_film_is_refused():
    with pytest.raises(UnknownPrice, match="y"):
        month(D(1), {"x": D("0.5"), "y": D("0.5")}, {"x": TEN}, date(2026, 11, 1))
