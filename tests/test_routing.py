"""The router: who may make a scene, in which order and why, and after what the next may try."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core import facts
from core.domain import errors
from core.domain.catalogue import ModelCard
from core.domain.estimates import History
from core.domain.health import FIRST_REST, Health, as_of
from core.domain.routing import Route, Want, Why, may_fall_back, route
from core.domain.tiers import FEEDS, WEIGHTS, Tier, weights_of

D = Decimal
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)
OPEN = frozenset({"local", "fine", "quick"})
OUT = Health(failures=5, since=NOW, opened=NOW)


def card(name: str, price: str | None = "0.10", **more) -> ModelCard:
    given = {
        "id": name,
        "vendor": name.partition("/")[0],
        "kind": "video",
        "label": name.title(),
        "unit": "second",
        "price": None if price is None else D(price),
        "source": "a test",
        "checked": TODAY,
        "inputs": ("text", "image"),
    }
    return ModelCard(**{**given, **more})


DRAWN = card("local/film", "0", quality=1, takes=20)
MIDDLE = card("quick/middle", "0.06", quality=3, takes=45, seconds=(2, 10))
BEST = card("fine/best", "0.40", quality=5, takes=120, seconds=(4, 8))
CARDS = (DRAWN, MIDDLE, BEST)


def wanted(tier: Tier = Tier.STANDARD, **more) -> Want:
    return Want(**{"kind": "video", "tier": tier, "seconds": 5.0, **more})


def routed(want: Want | None = None, cards: Sequence[ModelCard] = CARDS, **more) -> Route:
    given = {"usable": OPEN, "health": {}, "history": {}, "today": TODAY, "budget_left": None}
    return route(want or wanted(), cards, **{**given, **more})


def names(found: Route) -> list[str]:
    return [place.card.id for place in found.places]


def reasons(found: Route) -> dict[str, Why]:
    return {each.card.id: each.why for each in found.excluded}


# --- tiers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "order"),
    [
        (Tier.PREMIUM, ["fine/best", "quick/middle", "local/film"]),
        (Tier.STANDARD, ["quick/middle", "fine/best", "local/film"]),
        (Tier.ECONOMY, ["local/film", "quick/middle", "fine/best"]),
    ],
)
def test_each_tier_has_its_own_order(tier, order):
    assert names(routed(wanted(tier))) == order


def test_a_route_says_price_score_and_reason():
    best = routed(wanted(Tier.PREMIUM)).places[0]
    assert (best.quote, best.price.low, best.price.likely, best.price.high) == (2, 2, 2, 4)
    assert 0 < best.score < 1
    assert best.reason == "Quality 5 of 5 at about $2.00 in about 120 s; in premium films quality counts most."
    drawn = routed().places[-1]
    assert drawn.reason == "Quality 1 of 5 for nothing in about 20 s; in standard films quality and price count most."


def test_the_weights_of_each_tier_are_shares():
    for weights in (weights_of(tier, platform) for tier in WEIGHTS for platform in ("any", *FEEDS)):
        assert min(weights.quality, weights.price, weights.speed, weights.capability) > 0
        assert weights.quality + weights.price + weights.speed + weights.capability == pytest.approx(1)


def test_every_category_has_its_tier():
    tiers = {name: Tier(row["tier"]) for name, row in facts.categories().items()}
    for tier, categories in {
        Tier.PREMIUM: ("finance", "tech", "luxury"),
        Tier.STANDARD: ("emotional", "music", "fitness"),
        Tier.ECONOMY: ("gaming", "absurd", "cartoon"),
    }.items():
        assert {tiers[name] for name in categories} == {tier}


def test_in_a_feed_speed_counts_for_more():
    slow, swift = card("fine/a", quality=4, takes=300), card("quick/b", quality=4, takes=20)

    def lead(platform: str) -> float:
        first, second = routed(wanted(platform=platform), [slow, swift]).places
        assert first.card is swift
        return first.score - second.score

    assert lead("tiktok") > lead("any")


@pytest.mark.parametrize("tier", list(Tier))
def test_a_longer_scene_does_not_go_to_another_model(tier):
    cards = [replace(each, seconds=None) for each in CARDS]
    assert names(routed(wanted(tier, seconds=2.0), cards)) == names(routed(wanted(tier, seconds=15.0), cards))


def test_only_models_of_the_kind_are_looked_at():
    found = routed(cards=[*CARDS, card("fine/voice", kind="speech", unit="character")])
    assert not found.excluded
    assert len(found.places) == 3


def test_a_voice_that_tells_its_words_is_preferred():
    want = Want(kind="speech", tier=Tier.STANDARD, units={"character": D(300)})
    mute, telling = (
        card(f"fine/{name}", "0.00008", kind="speech", unit="character", inputs=("text",), tells_words=name == "b")
        for name in "ab"
    )
    found = routed(want, [mute, telling])
    assert names(found) == ["fine/b", "fine/a"]
    assert found.places[0].quote == D("0.024")


# --- what a route must never do ------------------------------------------------------------------------------


def some_card(dice: random.Random, number: int) -> ModelCard:
    return card(
        f"{dice.choice(['local', 'fine', 'quick', 'shut'])}/m{number}",
        dice.choice([None, "0", "0.05", "0.12", "0.40"]),
        quality=dice.randint(1, 5),
        takes=dice.uniform(5, 400),
        ends=dice.choice([None, None, date(2026, 11, 1), date(2026, 12, 1)]),
        inputs=dice.choice(
            [("text",), ("image",), ("text", "image"), ("text", "image", "reference"), ("performance",)]
        ),
        seconds=dice.choice([None, (2.0, 10.0), (4.0, 8.0), (3.0, 4.0)]),
    )


def some_want(dice: random.Random) -> Want:
    return wanted(
        dice.choice(list(Tier)),
        seconds=dice.uniform(1, 12),
        has_image=dice.random() < 0.3,
        needs_character=dice.random() < 0.3,
        platform=dice.choice(["any", "tiktok"]),
    )


def test_the_order_of_the_catalogue_does_not_matter():
    dice = random.Random(1)
    for _ in range(200):
        cards, want = [some_card(dice, n) for n in range(8)], some_want(dice)
        shuffled = dice.sample(cards, len(cards))
        given = {"budget_left": D("1.5"), "health": {"quick": OUT}}
        assert routed(want, cards, **given) == routed(want, shuffled, **given)


def test_every_model_is_placed_or_excluded_and_never_both():
    dice = random.Random(2)
    for _ in range(200):
        cards = [some_card(dice, n) for n in range(8)]
        found = routed(some_want(dice), cards, budget_left=D(1))
        assert sorted(names(found) + list(reasons(found))) == sorted(c.id for c in cards)
        assert all(place.quote <= 1 for place in found.places)
        assert all(each.reason.endswith(".") for each in found.excluded)
        assert all(place.reason.endswith(".") and 0 <= place.score <= 1 for place in found.places)


def test_the_cheaper_of_equals_never_stands_lower():
    dice = random.Random(3)
    for _ in range(200):
        dear = replace(some_card(dice, 0), id="fine/a", vendor="fine", price=D(dice.randint(1, 500)) / 1000)
        cheap = replace(dear, id="fine/z", price=dear.price - D("0.001"))
        for tier in Tier:
            assert names(routed(replace(some_want(dice), tier=tier), [dear, cheap])) in (["fine/z", "fine/a"], [])


def test_the_better_of_equals_never_stands_lower():
    dice = random.Random(4)
    for _ in range(200):
        plain = replace(some_card(dice, 0), id="fine/a", vendor="fine", quality=dice.randint(1, 4))
        better = replace(plain, id="fine/z", quality=plain.quality + 1)
        for tier in Tier:
            assert names(routed(replace(some_want(dice), tier=tier), [plain, better])) in (["fine/z", "fine/a"], [])


def test_another_model_does_not_change_the_order_of_two():
    dice = random.Random(5)
    for _ in range(200):
        cards, want = [some_card(dice, n) for n in range(6)], some_want(dice)
        fewer = names(routed(want, cards[:-1]))
        assert [name for name in names(routed(want, cards)) if name != cards[-1].id] == fewer


def test_equals_stand_by_name():
    assert names(routed(cards=[card("quick/b"), card("fine/c"), card("fine/a")])) == ["fine/a", "fine/c", "quick/b"]


# --- exclusions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "want", "given", "why", "words"),
    [
        ({"ends": date(2026, 11, 20)}, {}, {}, Why.RETIRED, "It was retired on 2026-11-20."),
        ({}, {}, {"usable": frozenset({"local"})}, Why.CLOSED, "No key or address for fine is set."),
        ({}, {"refused_by": frozenset({"fine"})}, {}, Why.REFUSED, "fine refused this scene: rewrite it."),
        ({}, {"refused_by": frozenset({"quick"})}, {}, Why.REFUSED, "or choose this model yourself"),
        ({}, {}, {"health": {"fine": OUT}}, Why.RESTING, "since 2026-11-21 02:10 (5 failures in a row)"),
        ({"inputs": ("text",)}, {"has_image": True}, {}, Why.NO_IMAGE, "It takes no image"),
        ({"inputs": ("image",)}, {}, {}, Why.NEEDS_INPUT, "only from an image"),
        ({"inputs": ("reference",)}, {}, {}, Why.NEEDS_INPUT, "only from a character to keep"),
        (
            {"inputs": ("image", "performance")},
            {"has_image": True},
            {},
            Why.NEEDS_INPUT,
            "only from a performance to copy",
        ),
        ({"seconds": (2, 4.5)}, {}, {}, Why.TOO_LONG, "It makes 4.5 s at most, and this needs 5 s."),
        ({"price": None}, {}, {}, Why.NO_PRICE, "unknown is not free"),
        ({"unit": "million tokens"}, {}, {}, Why.NO_PRICE, "unknown is not free"),
        ({}, {}, {"budget_left": D("0.49")}, Why.OVER_BUDGET, "It costs $0.50, and $0.49 is left."),
    ],
    ids=lambda value: value.value if isinstance(value, Why) else "",
)
def test_who_cannot_make_it_is_told_why(changes, want, given, why, words):
    found = routed(wanted(**want), [replace(card("fine/a"), **changes)], **given)
    assert reasons(found) == {"fine/a": why}
    assert words in found.excluded[0].reason
    assert not found.places
    assert not found.ask


def test_a_model_that_only_knows_images_makes_a_scene_of_a_character():
    assert names(routed(wanted(needs_character=True), [card("fine/a", inputs=("image",))])) == ["fine/a"]


def test_an_image_goes_into_a_still_as_reference_too():
    blind, shown = (
        card(f"fine/{n}", kind="still", unit="still", inputs=i) for n, i in [("a", ("text",)), ("b", ("reference",))]
    )
    found = routed(wanted(kind="still", has_image=True), [blind, shown])
    assert names(found) == ["fine/b"]
    assert reasons(found) == {"fine/a": Why.NO_IMAGE}


def test_only_a_model_that_sees_can_look_at_an_image():
    given = {"kind": "language", "unit": "million tokens", "price_out": D(4)}
    units = {"million tokens": D("0.01"), "million tokens out": D("0.002")}
    found = routed(
        wanted(kind="language", has_image=True, units=units),
        [card("fine/a", "1", **given), card("fine/b", "1", inputs=("text",), **given)],
    )
    assert reasons(found) == {"fine/b": Why.NO_IMAGE}
    assert found.places[0].quote == D("0.018")


@pytest.mark.parametrize(("unit", "cost"), [("second", "90"), ("minute", "1.5"), ("hour", "0.025")])
def test_time_is_counted_in_the_unit_of_the_price(unit, cost):
    want = wanted(kind="transcription", seconds=90.0)
    assert routed(want, [card("fine/a", "1", kind="transcription", unit=unit)]).places[0].quote == D(cost)


def test_a_scene_that_is_too_short_is_bought_longer():
    assert routed(wanted(seconds=1.0), [BEST]).places[0].quote == D("1.6")


def test_what_a_vendor_says_itself_goes_before_the_rule():
    want = wanted(quotes={"fine/best": D("3.2")})
    assert routed(want, [BEST]).places[0].quote == D("3.2")
    assert reasons(routed(want, [BEST], budget_left=D(3))) == {"fine/best": Why.OVER_BUDGET}


def test_exactly_what_is_left_may_be_spent():
    assert names(routed(cards=[card("fine/a")], budget_left=D("0.5"))) == ["fine/a"]


def test_what_is_free_can_be_had_with_nothing_left():
    assert names(routed(budget_left=D(-1))) == ["local/film"]


def test_of_a_retired_model_the_nearest_is_named_with_the_difference():
    gone = card("fine/old", "0.30", quality=4, ends=TODAY)
    heir = replace(gone, id="quick/heir", label="The heir", vendor="quick", price=D("0.25"), ends=None)
    found = routed(cards=[*CARDS, gone, heir]).excluded[0]
    assert found.instead is heir
    assert found.reason.endswith("The nearest that can be had is The heir, for $0.25 less.")
    assert routed(cards=[*CARDS, replace(gone, successor="fine/best"), heir]).excluded[0].instead is BEST
    assert routed(cards=[gone]).excluded[0].instead is None


def test_one_that_ends_soon_is_placed_and_warned_of():
    found = routed(cards=[card("fine/a", ends=TODAY + timedelta(days=29)), card("fine/b", ends=date(2027, 5, 1))])
    assert [place.caveats for place in found.places] == [("It ends on 2026-12-20.",), ()]


# --- characters ----------------------------------------------------------------------------------------------


def test_who_keeps_the_character_stands_before_who_does_not():
    fine, mean = (
        card("fine/a", quality=5, inputs=("text",)),
        card("quick/b", "0.9", quality=1, inputs=("text", "image")),
    )
    found = routed(wanted(needs_character=True), [fine, mean])
    assert names(found) == ["quick/b", "fine/a"]
    assert found.places[1].caveats == ("It cannot be shown your character here, so somebody else will be seen.",)
    assert names(routed(wanted(), [fine, mean])) == ["fine/a", "quick/b"]


def test_a_reference_keeps_a_character_better_than_a_first_frame():
    frame, shown = card("fine/a"), card("fine/b", inputs=("text", "image", "reference"))
    assert names(routed(wanted(needs_character=True), [frame, shown])) == ["fine/b", "fine/a"]


def test_the_first_frame_is_either_the_image_or_the_character():
    found = routed(wanted(needs_character=True, has_image=True), [card("fine/a")])
    assert found.places[0].caveats


# --- the person's choice, and what happened here -------------------------------------------------------------


@pytest.mark.parametrize("chosen", ["local/film", "local"])
def test_the_persons_choice_comes_first_whatever_its_score(chosen):
    found = routed(wanted(Tier.PREMIUM), chosen=chosen)
    assert names(found) == ["local/film", "fine/best", "quick/middle"]
    assert found.places[0].reason.startswith("Your own choice: quality 1 of 5")
    assert not found.ask


def test_a_choice_stands_even_when_it_loses_the_character():
    mute = card("fine/a", inputs=("text",))
    assert names(routed(wanted(needs_character=True), [mute, MIDDLE], chosen="fine/a"))[0] == "fine/a"


def test_a_choice_that_cannot_be_had_makes_the_rest_proposals():
    found = routed(chosen="fine/best", budget_left=D(1))
    assert reasons(found) == {"fine/best": Why.OVER_BUDGET}
    assert names(found) == ["quick/middle", "local/film"]
    assert found.ask


def test_an_unknown_choice_has_no_price():
    with pytest.raises(errors.UnknownPrice, match="fine/nothing"):
        routed(chosen="fine/nothing")


def test_after_a_refusal_only_the_persons_own_choice_of_another_goes_on():
    refused = wanted(refused_by=frozenset({"quick"}))
    assert names(routed(refused)) == []
    assert names(routed(refused, chosen="fine/best")) == ["fine/best"]
    assert routed(refused, chosen="quick/middle").ask


def test_takes_that_were_thrown_away_make_a_model_dearer():
    two = [card("fine/a", quality=4), card("quick/b", quality=4)]
    found = routed(cards=two, history={"fine/a": History(attempts=(4,) * 20)})
    assert names(found) == ["quick/b", "fine/a"]
    assert found.places[1].price.likely > found.places[1].quote == D("0.5")


def test_a_model_that_kept_people_waiting_stands_lower():
    two = [card("fine/a"), card("quick/b")]
    assert names(routed(cards=two, history={"fine/a": History(seconds=(900.0,) * 9)})) == ["quick/b", "fine/a"]


def test_this_machine_takes_longer_over_more_pixels():
    small, large = (routed(wanted(width=w, height=h), [DRAWN]).places[0] for w, h in [(720, 1280), (1080, 1920)])
    assert "about 20 s" in small.reason
    assert "about 45 s" in large.reason


def test_a_vendor_on_trial_is_placed_and_says_so():
    found = routed(cards=[BEST], health={"fine": as_of(OUT, NOW + FIRST_REST)})
    assert found.places[0].caveats == ("fine was not well and is being tried again.",)


@pytest.mark.parametrize(
    ("error", "may"),
    [
        (errors.VendorUnavailable, True),
        (errors.RateLimited, True),
        (errors.NoCredit, True),
        (errors.Retired, True),
        (errors.StepCrashed, True),
        (errors.ModerationRefused, False),
        (errors.VendorRejected, False),
        (errors.MaybeBought, False),
        (errors.TaskGone, False),
        (errors.OverBudget, False),
        (errors.UnknownPrice, False),
        (errors.Cancelled, False),
        (errors.DiskFull, False),
    ],
)
def test_only_what_bought_nothing_and_refused_nothing_goes_to_the_next_model(error, may):
    assert may_fall_back(error) is may
