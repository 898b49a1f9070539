"""Doubts, caps, gates and orders as people see them, on both databases, against a vendor that counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.db import purchases
from core.domain.errors import BadInput, Conflict, NotFound
from core.domain.plan import Plan
from core.domain.work import PurchaseState, StepState
from core.services import approval, doubts, installation, production, spend
from core.services.studio import Studio
from tests import shop
from tests.fake_vendor import FakeVendor

PRICE = Decimal("0.2")


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor(recovery="none", making=60) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, vendor: FakeVendor) -> Iterator[tuple[Studio, shop.Time]]:
    address = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with shop.opened(tmp_path / "data", vendor, address, cap_month_usd=Decimal(25)) as both:
        yield both


@pytest.fixture
def studio(opened: tuple[Studio, shop.Time]) -> Studio:
    return opened[0]


@pytest.fixture
def time(opened: tuple[Studio, shop.Time]) -> shop.Time:
    return opened[1]


@pytest.fixture
def film(studio: Studio, small_plan: Plan) -> tuple[str, str]:
    """A film of two clips at the vendor, approved for $0.40: project and job."""
    return shop.ordered(studio, shop.at_vendor(small_plan, shop.MODEL, shop.OTHER))


def caps(studio: Studio) -> dict[str, tuple[Decimal, Decimal, Decimal | None]]:
    """Set aside, spent and left of each kind of budget."""
    view = spend.budgets(studio, studio.local_owner)
    every = (view.month, view.user, view.workspace, *view.projects, *view.films)
    return {each.kind: (each.reserved, each.spent, each.left) for each in every}


def test_a_doubt_says_what_is_known_and_where_to_look(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    (doubt,) = doubts.doubts(studio, studio.local_owner)
    assert (doubt.purchase_id, doubt.project_id, doubt.title) == (bought, film[0], "Night")
    assert doubt.scene.startswith("Scene 1")
    assert (doubt.vendor, doubt.model, doubt.amount, doubt.task) == ("the video server", "sora-2", PRICE, None)
    assert "perhaps" not in doubt.prompt
    assert "city at night" in doubt.prompt.lower()
    assert "127.0.0.1" in doubt.where
    assert doubt.known
    assert doubt.is_wanted
    assert not doubt.can_ask, "this vendor tells nothing about lost orders"
    assert doubts.doubts(studio, studio.local_owner, "another") == ()
    assert doubts.doubts(studio, "somebody else") == ()


@pytest.mark.parametrize("number", ["", "   ", "x" * 201, "video\x00_1", "video\n_1"])
def test_what_cannot_be_a_number_is_refused(studio, vendor, film, number):
    bought = shop.in_doubt(studio, vendor)
    with pytest.raises(BadInput):
        doubts.adopt(studio, studio.local_owner, bought, number)
    assert shop.purchase(studio, bought).state == PurchaseState.IN_DOUBT


def test_a_number_that_the_vendor_does_not_know_changes_nothing(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    with pytest.raises(BadInput, match="No task of that number"):
        doubts.adopt(studio, studio.local_owner, bought, "video_of_somebody")
    assert shop.purchase(studio, bought).external_id is None
    assert len(doubts.doubts(studio, studio.local_owner)) == 1


def test_a_task_that_was_found_is_followed_and_nothing_is_bought(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    asked = vendor.asked("create")
    (task,) = vendor.tasks
    doubts.adopt(studio, studio.local_owner, bought, f"  {task['id']} ")
    assert doubts.doubts(studio, studio.local_owner) == ()
    shop.talk(studio)
    found = shop.purchase(studio, bought)
    assert (found.state, found.external_id) == (PurchaseState.SUBMITTED, task["id"])
    assert vendor.asked("create") == asked
    with pytest.raises(Conflict):
        doubts.adopt(studio, studio.local_owner, bought, task["id"])


def test_a_task_of_another_scene_is_not_taken_twice(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    shop.talk(studio)
    other = vendor.tasks[-1]["id"]
    with pytest.raises(Conflict, match="another scene"):
        doubts.adopt(studio, studio.local_owner, bought, other)


def test_what_was_never_bought_is_free_again_and_ordered_anew(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    assert caps(studio)["film"] == (PRICE, 0, PRICE)
    doubts.write_off(studio, studio.local_owner, bought, paid=False)
    assert caps(studio)["film"] == (0, 0, 2 * PRICE)
    shop.talk(studio, 2)
    assert caps(studio)["film"] == (2 * PRICE, 0, 0)
    with pytest.raises(Conflict):
        doubts.write_off(studio, studio.local_owner, bought, paid=False)


def test_what_is_lost_is_booked_and_the_film_waits_for_more_money(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    doubts.write_off(studio, studio.local_owner, bought, paid=True)
    assert caps(studio)["month"] == (0, PRICE, Decimal("24.8"))
    shop.talk(studio, 2)
    view = production.job_by_id(studio, studio.local_owner, film[1])
    assert view.gate is not None
    assert (view.gate.needed, view.gate.missing, view.gate.full) == (PRICE, PRICE, ())
    approval.approve_more(studio, studio.local_owner, film[1], view.gate.missing)
    shop.talk(studio, 2)
    view = production.job_by_id(studio, studio.local_owner, film[1])
    assert view.gate is None
    assert caps(studio)["film"] == (2 * PRICE, PRICE, 0)


def test_nobody_else_decides(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    for decide in (
        lambda: doubts.adopt(studio, "somebody else", bought, "video_1"),
        lambda: doubts.look_again(studio, "somebody else", bought),
        lambda: doubts.write_off(studio, "somebody else", bought, paid=False),
    ):
        with pytest.raises(NotFound):
            decide()
    assert shop.purchase(studio, bought).state == PurchaseState.IN_DOUBT


def test_a_cap_of_ones_own_goes_before_that_of_the_settings(studio, film):
    owner = studio.local_owner
    month = spend.budgets(studio, owner).month
    assert (month.cap, month.chosen, month.by_settings) == (25, False, 25)
    spend.set_cap(studio, owner, month.id, Decimal("0.5"))
    shop.talk(studio)
    month = spend.budgets(studio, owner).month
    assert (month.cap, month.chosen, month.left, month.used) == (Decimal("0.5"), True, Decimal("0.3"), 0.4)
    spend.set_cap(studio, owner, month.id, None)
    assert spend.budgets(studio, owner).month.left is None
    spend.follow_settings(studio, owner, month.id)
    assert spend.budgets(studio, owner).month.left == Decimal("24.8")


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "10000001"])
def test_what_cannot_be_a_cap_is_refused(studio, amount):
    with pytest.raises(BadInput):
        spend.set_cap(studio, studio.local_owner, "workspace", Decimal(amount))


def test_only_ones_own_caps_can_be_set(studio, film):
    owner, one = studio.local_owner, Decimal(1)
    with pytest.raises(BadInput, match="approved"):
        spend.set_cap(studio, owner, spend.budgets(studio, owner).films[0].id, one)
    for budget in ("user:somebody", "project:none", "month:1999-01", "nonsense", ""):
        with pytest.raises(NotFound):
            spend.set_cap(studio, owner, budget, one)
    with pytest.raises(NotFound):
        spend.set_cap(studio, "somebody else", f"project:{film[0]}", one)
    spend.set_cap(studio, owner, f"project:{film[0]}", one)
    assert spend.budgets(studio, owner).projects[0].cap == one


def test_a_film_that_meets_another_cap_says_which(studio, film):
    owner = studio.local_owner
    spend.set_cap(studio, owner, "workspace", Decimal("0.3"))
    shop.talk(studio, 2)
    gate = production.job_by_id(studio, owner, film[1]).gate
    assert gate is not None
    assert gate.missing == 0, "more was approved than is used"
    assert gate.full == ("The cap of this workspace has $0.10 left of $0.30",)
    spend.set_cap(studio, owner, "workspace", Decimal(1))
    production.go_on(studio, owner, film[1])
    shop.talk(studio)
    assert production.job_by_id(studio, owner, film[1]).gate is None


def test_the_lines_of_the_ledger_add_up_to_the_balance(studio, vendor, film):
    bought = shop.in_doubt(studio, vendor)
    doubts.write_off(studio, studio.local_owner, bought, paid=True)
    owner, view = studio.local_owner, spend.budgets(studio, studio.local_owner)
    for budget in (view.month, view.user, view.workspace, view.films[0], view.projects[0]):
        lines = spend.ledger(studio, owner, budget.id)
        assert [line.kind for line in lines] == ["settle", "reserve"]
        assert sum(line.reserved for line in lines) == budget.reserved
        assert sum(line.spent for line in lines) == budget.spent == PRICE
    assert spend.ledger(studio, "somebody else", "workspace") == ()


def test_what_was_dearer_than_quoted_is_alarming(studio, time, film):
    owner = studio.local_owner
    while spend.orders(studio, owner).total < 2:
        shop.talk(studio)
    first, second = (each.id for each in spend.orders(studio, owner).items)
    purchases.close(studio.db, studio.now(), first, PurchaseState.SUCCEEDED, 260_000)
    purchases.close(studio.db, studio.now(), second, PurchaseState.FAILED, 0)
    every = spend.orders(studio, owner)
    assert (every.total, every.alarming, every.quoted, every.actual) == (2, 1, PRICE, Decimal("0.26"))
    (dearer,) = spend.orders(studio, owner, which="dearer").items
    assert dearer.is_alarming
    assert dearer.variance == pytest.approx(0.3)
    assert [each.id for each in spend.orders(studio, owner, which="unmade").items] == [second]
    assert spend.orders(studio, owner, which="open").items == ()
    assert spend.to_collect(studio, owner) == (), "it is on its way"
    time.passes(600)
    assert [each.id for each in spend.to_collect(studio, owner)] == [first]
    assert spend.orders(studio, "somebody else").total == 0
    time.passes(8 * 86_400)
    assert spend.orders(studio, owner, days=7).total == 0


def test_the_queue_holds_every_film_the_urgent_first(studio, small_plan):
    owner = studio.local_owner
    _, slow = shop.ordered(studio, shop.at_vendor(small_plan), "Noodles", "absurd")
    project, urgent = shop.ordered(studio, shop.at_vendor(small_plan), "Results", "finance")
    films = [view for view in production.queue(studio, owner) if view.kind == "film"]
    assert [(view.id, view.title, view.priority) for view in films] == [(urgent, "Results", 10), (slow, "Noodles", 1)]
    assert films[0].waiting_for == "a free place at the video server and its turn"
    assert films[1].seconds_left > films[0].seconds_left
    assert production.queue(studio, "somebody else") == ()

    production.cancel(studio, owner, urgent)
    assert [view.id for view in production.stopped(studio, owner)] == [urgent]
    production.retry(studio, owner, urgent)
    assert production.stopped(studio, owner) == ()
    assert production.live(studio, owner, project)


def test_a_step_at_the_vendor_says_so(studio, film):
    shop.talk(studio, 2)
    clips = [s for s in production.job_by_id(studio, studio.local_owner, film[1]).steps if s.kind == "clip"]
    assert [(s.state, s.waiting_for) for s in clips] == [(StepState.WAITING, "the video server")] * 2
    assert all(s.due for s in clips)


def test_events_come_in_order_and_from_where_one_was(studio, film):
    owner = studio.local_owner
    shop.talk(studio)
    seen = production.events(studio, owner, film[1])
    assert seen[0].what == "recorded"
    assert [e.id for e in seen] == sorted(e.id for e in seen)
    assert production.events(studio, owner, film[1], after=seen[1].id) == seen[2:]
    assert len(production.events(studio, owner, film[1], limit=2)) == 2
    with pytest.raises(NotFound):
        production.events(studio, "somebody else", film[1])


def test_where_everything_lies_is_told_without_secrets(studio):
    parts = installation.parts(studio)
    assert parts["database"].startswith("PostgreSQL" if studio.db.is_postgres else "SQLite")
    assert "only-for-tests" not in " ".join(parts.values())
    assert installation.caps(studio)["A month"] == "At most $25.00"
