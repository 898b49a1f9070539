"""Batches: many films of one plan, made in one moment and admitted as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.errors import BadInput, Conflict, OverBudget
from core.services import approval, batches, people, planning, production, projects, reviews, spend, templates
from core.services.reviews import ReviewNeeded

OWNER = "local"
TABLE = b"product,title\nAster,Aster in autumn\nBrio,\nCedo,Cedo\n"


@pytest.fixture
def studio(studio):
    """A studio in which a second of film costs half a dollar."""
    return priced(studio)


def priced(studio):
    cards = tuple(
        replace(card, price=Decimal("0.5")) if card.kind == "video" and card.vendor == "local" else card
        for card in studio.cards
    )
    return replace(studio, cards=cards)


@pytest.fixture
def project(studio, small_plan):
    made = projects.create(studio, OWNER, title="", brief=small_plan.brief)
    planning.save(studio, OWNER, made.id, small_plan, author="a test", reason="first", base=None)
    return made.id


@pytest.fixture
def template(studio, project):
    marks = {"product": "The city"}
    return templates.save(studio, OWNER, project, revision=1, title="Cities", marks=marks, by="local").id


@pytest.fixture
def batch(studio, template):
    return batches.make(studio, OWNER, template, TABLE, title="Autumn", by="local")


def get(studio, batch_id, by="local"):
    return batches.get(studio, OWNER, batch_id, by=by)


def test_each_row_becomes_a_film_of_its_own(studio, batch):
    found = get(studio, batch)
    assert [item.title for item in found.items] == ["Aster in autumn", "Night", "Cedo"]
    plan = planning.current(studio, OWNER, found.items[0].project_id).plan
    assert plan.scenes[0].narration == "Aster is awake."
    assert found.total == Decimal("7.50") and not found.short
    assert all(production.job(studio, OWNER, item.project_id, "film") is None for item in found.items)


def test_nothing_is_made_of_a_table_with_a_bad_row_unless_it_may_be_skipped(studio, template):
    before = projects.listing(studio, OWNER).total
    bad = b'product\nAster\n""\nBrio\n' + b"w " * 250 + b"\n"
    with pytest.raises(BadInput, match="Row 3, product: has"):
        batches.make(studio, OWNER, template, bad, title="", by="local")
    assert projects.listing(studio, OWNER).total == before
    made = batches.make(studio, OWNER, template, bad, title="", by="local", skip_bad=True)
    assert [item.number for item in get(studio, made).items] == [1, 2]
    with pytest.raises(BadInput):
        batches.make(studio, OWNER, template, b'product\n"  ",\n', title="", by="local", skip_bad=True)


def test_a_batch_is_admitted_as_a_whole_or_not_at_all(studio, batch):
    spend.set_cap(studio, OWNER, "user:local", Decimal("7.49"))
    assert "Your own cap" in get(studio, batch).short[0]
    with pytest.raises(OverBudget, match=r"needs \$7\.50"):
        batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")
    assert all(production.job(studio, OWNER, item.project_id, "film") is None for item in get(studio, batch).items)
    spend.set_cap(studio, OWNER, "user:local", Decimal("7.50"))
    done = batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")
    assert done.state == "approved" and done.total == 0
    assert all(production.job(studio, OWNER, item.project_id, "film") for item in done.items)


def test_what_other_films_were_approved_for_counts_as_gone(studio, batch, project):
    spend.set_cap(studio, OWNER, "user:local", Decimal("9.99"))
    approval.approve(studio, OWNER, project, revision=1, total=Decimal("2.50"))
    assert "promised" in get(studio, batch).short[0]
    with pytest.raises(OverBudget):
        batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")


def test_another_price_than_was_seen_is_a_conflict(studio, batch):
    with pytest.raises(Conflict):
        batches.approve(studio, OWNER, batch, total=Decimal("7.00"), by="local")
    batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")
    with pytest.raises(Conflict):
        batches.approve(studio, OWNER, batch, total=Decimal(0), by="local")


def test_films_that_were_deleted_or_approved_alone_are_left_out(studio, batch):
    first, second, _ = get(studio, batch).items
    projects.delete(studio, OWNER, first.project_id)
    approval.approve(studio, OWNER, second.project_id, revision=1, total=Decimal("2.50"))
    found = get(studio, batch)
    assert found.items[0].stage == "gone" and found.total == Decimal("2.50")
    batches.approve(studio, OWNER, batch, total=Decimal("2.50"), by="local")


def test_a_dear_order_is_not_made_of_cheap_films_to_pass_the_limit_of_reviews(studio, batch):
    limit = studio.settings.model_copy(update={"review_above_usd": Decimal(5)})
    studio = replace(studio, settings=limit)
    jon = people.add(studio, "Jon", "reviewer", "", by="local").id
    assert get(studio, batch).reasons
    with pytest.raises(ReviewNeeded):
        batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")
    assert batches.ask_review(studio, OWNER, batch, by="local") == 3
    with pytest.raises(BadInput):
        reviews.decide_batch(studio, batch, by="local", approve=True)
    assert reviews.decide_batch(studio, batch, by=jon, approve=True) == 3
    assert not get(studio, batch).reasons
    batches.approve(studio, OWNER, batch, total=Decimal("7.50"), by="local")


def test_films_of_a_batch_that_are_approved_one_by_one_count_together_for_the_limit_of_reviews(studio, batch):
    studio = replace(studio, settings=studio.settings.model_copy(update={"review_above_usd": Decimal(5)}))
    jon = people.add(studio, "Jon", "reviewer", "", by="local").id
    first, second, third = (item.project_id for item in get(studio, batch).items)
    for project_id in (first, second):
        approval.approve(studio, OWNER, project_id, revision=1, total=Decimal("2.50"), by="local")
    assert reviews.standing(studio, OWNER, third, by="local").reasons
    with pytest.raises(ReviewNeeded):
        approval.approve(studio, OWNER, third, revision=1, total=Decimal("2.50"), by="local")
    with pytest.raises(ReviewNeeded):
        batches.approve(studio, OWNER, batch, total=Decimal("2.50"), by="local")
    review = reviews.ask(studio, OWNER, third, revision=1, by="local")
    reviews.decide(studio, review.id, by=jon, approve=True)
    approval.approve(studio, OWNER, third, revision=1, total=Decimal("2.50"), by="local")


def test_a_batch_is_approved_some_films_at_a_time_and_says_how_far_it_is(studio, template):
    rows = b"product\n" + b"\n".join(b"Thing %d" % n for n in range(23))
    batch = batches.make(studio, OWNER, template, rows, title="", by="local")
    gone = get(studio, batch).items[4].project_id
    told = []
    total = get(studio, batch).total
    projects.delete(studio, OWNER, gone)
    done = batches.approve(
        studio, OWNER, batch, total=total - Decimal("2.50"), by="local", tell=lambda *now: told.append(now)
    )
    assert told == [(0, 22), (10, 22), (20, 22), (22, 22)]
    assert sum(production.job(studio, OWNER, item.project_id, "film") is not None for item in done.items) == 22
    assert not any(item.problem for item in done.items)


def test_variants_are_every_combination_of_what_varies(studio, project, small_plan):
    found = batches.combinations(
        small_plan, hooks=["Night falls.", "Night  falls.", "Lights on."], voices=["mara", "otto"][:1],
        palettes={"Warm": ["#803020", "#f2c14e"], "Cold": ["#1c2541", "#5bc0be"]},
    )  # fmt: skip
    assert len(found) == 4
    batch = batches.make_variants(studio, OWNER, project, found, revision=1, title="", by="local")
    items = get(studio, batch).items
    plans = [planning.current(studio, OWNER, item.project_id).plan for item in items]
    assert {(plan.scenes[0].narration, plan.grade.palette[0]) for plan in plans} == {
        (hook, colour) for hook in ("Night falls.", "Lights on.") for colour in ("#803020", "#1c2541")
    }
    assert plans[0].scenes[1] == small_plan.scenes[1]
    assert len({item.title for item in items}) == 4


def test_too_many_or_no_variants_are_refused(small_plan):
    with pytest.raises(BadInput):
        batches.combinations(small_plan)
    with pytest.raises(BadInput, match="25 variants"):
        batches.combinations(small_plan, hooks=[f"Hook {n}." for n in range(25)])
    with pytest.raises(BadInput, match="voice"):
        batches.combinations(small_plan, voices=["nobody"])


def test_one_variant_that_cannot_be_made_makes_none(studio, project, small_plan):
    before = projects.listing(studio, OWNER).total
    found = batches.combinations(small_plan, hooks=["Short.", "word " * 78])
    with pytest.raises(BadInput, match="Variant 2"):
        batches.make_variants(studio, OWNER, project, found, revision=1, title="", by="local")
    assert projects.listing(studio, OWNER).total == before


def test_of_two_batches_that_fit_only_alone_one_is_admitted(any_studio, small_plan):
    studio = priced(any_studio)
    made = projects.create(studio, OWNER, title="", brief=small_plan.brief)
    planning.save(studio, OWNER, made.id, small_plan, author="a test", reason="first", base=None)
    kept = templates.save(studio, OWNER, made.id, revision=1, title="", marks={"product": "The city"}, by="local")
    found = [batches.make(studio, OWNER, kept.id, TABLE, title="", by="local") for _ in range(2)]
    spend.set_cap(studio, OWNER, "user:local", Decimal(10))

    def approve(batch_id):
        try:
            return batches.approve(studio, OWNER, batch_id, total=Decimal("7.50"), by="local").state
        except (OverBudget, Conflict) as error:
            return type(error)

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(approve, found))
    assert said.count("approved") == 1, said
    late = found[1 - said.index("approved")]
    assert approve(late) is OverBudget
    films = [item.project_id for batch_id in found for item in get(studio, batch_id).items]
    assert sum(production.job(studio, OWNER, film, "film") is not None for film in films) == 3
