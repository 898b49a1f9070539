"""What costs, on the pages: doubts, caps, gates, the queue, and the price on the button."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.db import jobs, purchases
from core.domain.plan import Plan
from core.domain.work import JobState, PurchaseState, StepState
from core.services import doubts, planning, production, projects, routing, spend
from core.services.studio import Studio
from pages.ui.text import plain, price
from tests import shop
from tests.fake_vendor import FakeVendor
from tests.test_pages import errors, visit, words


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor(recovery="none", making=60) as running:
        yield running


@pytest.fixture
def studio(tmp_path: Path, vendor: FakeVendor) -> Iterator[Studio]:
    settings = {"cap_month_usd": Decimal(25), "RUNWAYML_API_SECRET": "key_very_secret", "videos_api_key": "hush_hush"}
    with shop.opened(tmp_path / "data", vendor, **settings) as (opened, _):
        yield opened


@pytest.fixture
def film(studio: Studio, small_plan: Plan) -> tuple[str, str]:
    """A film of two clips at the vendor, approved for $0.40: project and job."""
    return shop.ordered(studio, shop.at_vendor(small_plan))


@pytest.fixture
def bought(studio: Studio, vendor: FakeVendor, film: tuple[str, str]) -> str:
    """A purchase in doubt."""
    return shop.in_doubt(studio, vendor)


def key(purchase_id: str) -> str:
    return purchase_id.replace(":", "_")


def job_of(studio: Studio, job_id: str):
    return production.job_by_id(studio, studio.local_owner, job_id)


@pytest.mark.parametrize("page", ["costs", "production"])
def test_a_doubt_stands_on_top_with_its_price_and_what_each_way_costs(bought, film, page):
    app = visit(page, project=film[0]) if page == "production" else visit(page)
    seen = words(app)
    assert not errors(app)
    assert "Was it bought? Scene 1" in seen
    assert seen.count("\\$0\\.20") >= 4
    assert "ordered anew" in seen
    labels = [button.label for button in app.button]
    assert "Never bought · order anew for \\$0\\.20" in labels
    assert "Book \\$0\\.20 as lost · order anew for \\$0\\.20" in labels


def test_a_task_that_was_found_is_taken_over(studio, vendor, bought):
    app = visit("costs")
    app.text_input(key=f"task_{bought}").set_value(vendor.tasks[0]["id"])
    app.button(key=f"adopt_{key(bought)}").click().run()
    assert not errors(app)
    assert shop.purchase(studio, bought).state == PurchaseState.SUBMITTED
    assert "Needs you" not in words(app)


def test_a_wrong_number_is_refused_in_words(studio, bought):
    app = visit("costs")
    app.text_input(key=f"task_{bought}").set_value("nonsense")
    app.button(key=f"adopt_{key(bought)}").click().run()
    assert not errors(app)
    assert "No task of that number" in words(app)
    assert shop.purchase(studio, bought).state == PurchaseState.IN_DOUBT


def test_a_doubt_of_a_stopped_film_orders_nothing_anew(studio, bought, film):
    production.cancel(studio, studio.local_owner, film[1])
    app = visit("costs")
    assert "its film stopped" in words(app)
    app.button(key=f"unpaid_{key(bought)}").click().run()
    assert not errors(app)
    assert doubts.doubts(studio, studio.local_owner) == ()
    assert spend.budgets(studio, studio.local_owner).month.reserved == 0


def test_what_the_vendor_can_tell_is_asked_again(studio, vendor, bought):
    purchases.adopt(studio.db, studio.now(), studio.local_owner, bought, vendor.tasks[0]["id"])
    vendor.books.task(vendor.tasks[0]["id"]).deleted = True
    shop.talk(studio, 2)
    (doubt,) = doubts.doubts(studio, studio.local_owner)
    assert doubt.task == vendor.tasks[0]["id"]
    app = visit("costs")
    assert f"task_{bought}" not in {each.key for each in app.text_input}
    vendor.books.tasks[doubt.task].deleted = False
    app.button(key=f"ask_{key(bought)}").click().run()
    shop.talk(studio)
    assert not errors(app)
    assert doubts.doubts(studio, studio.local_owner) == ()


def test_a_cap_is_changed_and_given_back(studio, film):
    shop.talk(studio)
    app = visit("costs")
    month = spend.budgets(studio, studio.local_owner).month
    assert "\\$24\\.80 left of \\$25\\.00" in words(app)
    app.number_input(key=f"cap_{month.id}").set_value(3.5)
    app.button(key="save_month").click().run()
    assert not errors(app)
    assert spend.budgets(studio, studio.local_owner).month.cap == Decimal("3.5")
    assert "\\$3\\.30 left of \\$3\\.50" in words(app)
    app.button(key="follow_month").click().run()
    assert spend.budgets(studio, studio.local_owner).month.cap == 25


def test_the_ledger_opens(studio, film):
    shop.talk(studio)
    app = visit("costs")
    app.session_state["ledger"] = True
    app.run()
    assert not errors(app)
    assert app.selectbox(key="ledger_of")


def test_what_was_much_dearer_than_quoted_is_said(studio, film):
    shop.talk(studio)
    (order,) = spend.orders(studio, studio.local_owner).items
    purchases.close(studio.db, studio.now(), order.id, PurchaseState.SUCCEEDED, 300_000)
    app = visit("costs")
    assert not errors(app)
    assert any("1 order cost over 20 %" in str(each.proto.title) for each in app.warning)
    assert "50.0% more than quoted" in words(app)


def test_a_film_at_its_limit_asks_for_what_is_missing_and_goes_on(studio, vendor, bought, film):
    vendor.rules.making = 0.0  # it goes by a clock of its own
    doubts.write_off(studio, studio.local_owner, bought, paid=True)
    while not job_of(studio, film[1]).needs_person:  # the second clip is asked for when the first has come
        studio.clock.passes(5)
        shop.talk(studio)
    app = visit("production", project=film[0])
    assert "would pass what was approved" in words(app)
    button = app.button(key=f"approve_more_{film[1]}")
    assert button.label == "Approve \\$0\\.20 more and go on"
    assert app.button(key=f"cancel_{film[1]}")
    button.click().run()
    assert not errors(app)
    shop.talk(studio, 2)
    assert spend.budgets(studio, studio.local_owner).films[0].cap == Decimal("0.6")
    assert not job_of(studio, film[1]).needs_person


def test_a_film_at_another_cap_says_which_and_goes_on_when_there_is_room(studio, film):
    spend.set_cap(studio, studio.local_owner, "workspace", Decimal("0.1"))
    shop.talk(studio, 2)
    app = visit("costs")
    assert "The cap of this workspace has \\$0\\.10 left of \\$0\\.10" in words(app)
    spend.set_cap(studio, studio.local_owner, "workspace", None)
    app.run()
    app.button(key=f"go_on_{film[1]}").click().run()
    assert not errors(app)
    assert job_of(studio, film[1]).gate is None


def test_a_scene_at_the_vendor_says_so_and_why_it_waits_longer(studio, vendor, film):
    assert "scene at the video server" not in progress(film)
    shop.talk(studio, 2)
    assert "1 scene at the video server" in progress(film)
    assert "Next" in words(visit("production", project=film[0])), "the second is bought when the first was seen"
    vendor.next("error_before_accept")
    studio.clock.passes(2)
    shop.talk(studio, 2)
    app = visit("production", project=film[0])
    assert "Asked again in" in words(app)


def test_each_try_at_a_vendor_stands_on_its_scene(studio, vendor, film):
    vendor.next("moderation")
    shop.talk(studio)
    production.retry(studio, studio.local_owner, film[1])
    shop.talk(studio)
    app = visit("production", project=film[0])
    assert not errors(app)
    said = words(app)
    assert plain("1. sora-2: refused, not bought · videos refused the content") in said
    assert plain("2. sora-2: being made") in said


def progress(film: tuple[str, str]) -> str:
    app = visit("production", project=film[0])
    assert not errors(app)
    return " ".join(str(bar.proto.text) for bar in app.get("progress"))


def test_the_queue_shows_every_film_and_stops_and_goes_on(studio, small_plan, film):
    shop.ordered(studio, small_plan, "Noodles", "absurd")
    app = visit("production")
    seen = words(app)
    assert not errors(app)
    assert "Noodles" in seen
    assert "Priority 1 ·" in seen
    app.button(key=f"stop_{film[1]}").click().run()
    assert job_of(studio, film[1]).state == JobState.CANCELLED
    app.run()
    app.button(key=f"retry_{film[1]}").click().run()
    assert not errors(app)
    assert job_of(studio, film[1]).state == JobState.QUEUED


def planned(studio: Studio, plan: Plan) -> str:
    owner = studio.local_owner
    project = projects.create(studio, owner, title="Night", brief=plan.brief, category="general")
    planning.save(studio, owner, project.id, plan, author="a test", reason="", base=None)
    return project.id


def test_what_has_no_price_cannot_be_approved(studio, small_plan):
    app = visit("studio", project=planned(studio, shop.at_vendor(small_plan, "videos/unheard-of")))
    assert not errors(app)
    assert any("No price is known" in str(each.proto.title) for each in app.error)
    assert not [button for button in app.button if button.key == "approve"]


def test_a_model_that_stands_in_is_chosen_priced_and_approved(studio, small_plan):
    project = planned(studio, shop.at_vendor(small_plan))
    app = visit("studio", project=project)
    assert "0\\.40" in app.button(key="approve").label
    assert app.multiselect[0].value == []
    app.multiselect[0].set_value(["runway/gen4.5"]).run()
    label = app.button(key="approve").label
    assert "0\\.40" not in label
    app.button(key="approve").click().run()
    assert not errors(app)
    job = production.job(studio, studio.local_owner, project, "film")
    assert job is not None
    assert spend.budgets(studio, studio.local_owner).films[0].cap > Decimal("0.4")


def test_what_this_machine_films_needs_nobody_to_stand_in(studio, small_plan):
    app = visit("studio", project=planned(studio, small_plan))
    assert not app.multiselect


def test_the_caps_that_count_stand_beside_the_price(studio, small_plan):
    project = planned(studio, shop.at_vendor(small_plan))
    assert "this month \\$25\\.00 of \\$25\\.00" in words(visit("studio", project=project))
    spend.set_cap(studio, studio.local_owner, "workspace", Decimal("0.1"))
    assert "less than this film costs" in words(visit("studio", project=project))


def test_settings_say_where_everything_lies_and_no_secret(studio):
    seen = words(visit("settings"))
    assert "SQLite" in seen
    assert "At most \\$25\\.00" in seen
    assert "very_secret" not in seen.replace("\\", "")
    assert "hush" not in seen


def test_a_step_that_waits_for_a_yes_alone_goes_on_with_it(studio, film):
    with studio.db.write() as s:
        for step in job_steps(studio, film[1]):
            step.state = StepState.GATE
            s.add(step)
    app = visit("production", project=film[0])
    assert app.button(key=f"go_on_{film[1]}").label == "Go on · \\$0\\.40"
    app.button(key=f"go_on_{film[1]}").click().run()
    assert not job_of(studio, film[1]).needs_person


def job_steps(studio: Studio, job_id: str):
    _, steps = jobs.job_with_steps(studio.db, studio.local_owner, job_id)
    return [step for step in steps if step.kind == "clip"]


def test_a_month_of_films_is_told_from_films_a_day_and_who_films_them(studio):
    app = visit("costs")
    app.number_input(key="month_films").set_value(10)
    app.number_input(key="month_seconds").set_value(20)
    app.slider(key="month_local/film").set_value(0)
    app.slider(key="month_videos/sora-2").set_value(100).run()
    days = calendar.monthrange(studio.now().year, studio.now().month)[1]
    assert not errors(app)
    assert f"Likely {plain(price(Decimal(10 * days * 20) / 20))}" in words(app)  # $0.05 a second


def test_a_scene_can_be_given_to_any_model_that_can_film_it(studio, film):
    found = routing.proposals(
        studio, studio.local_owner, film[0], planning.require(studio, studio.local_owner, film[0]).plan, 0
    )
    assert [place.card.id for place in found.places][:1] == ["videos/sora-2"], "a person's choice comes first"
    assert {"local/film", "videos/sora-2"} <= {place.card.id for place in found.places}
    assert all(each.reason for each in (*found.places, *found.excluded))
