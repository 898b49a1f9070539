"""Buying a clip, slice by slice, from a vendor that counts: each single fault, each recovery, each moment to die."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.db import jobs, purchases, workers
from core.db.money import Purchase
from core.db.tables import Job, Output
from core.domain.errors import Conflict
from core.domain.work import LIVE_JOBS, JobState, PurchaseState, StepState
from core.services import approval, checkup, workshop
from core.services.repertoire import RECIPES
from tests.clip_shop import MICROS, REEL, WAN, Shop, opened_shop

RECOVERIES = ("key", "search", "none")


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A vendor that honours keys."""
    with opened_shop(tmp_path, "key") as opened:
        yield opened


@pytest.fixture(params=RECOVERIES)
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(tmp_path, request.param) as opened:
        yield opened


def test_a_clip_is_ordered_asked_about_and_collected_in_slices_and_paid_once(any_shop):
    any_shop.recipes = RECIPES
    job = any_shop.order("a boat")
    assert any_shop.slice()
    assert any_shop.purchases() == [(PurchaseState.SUBMITTED, None)]
    assert any_shop.steps(job) == [StepState.WAITING]
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.purchases() == [(PurchaseState.SUCCEEDED, MICROS[WAN])]
    assert any_shop.creates == 1
    output = any_shop.all(Output)[0]
    assert all(any_shop.studio.storage.has(blob) for blob in output.blobs)
    any_shop.check()


UNTAKEN = ("drop_before_body", "drop_before_accept", "error_before_accept")
TAKEN = ("drop_after_accept", "error_after_accept", "malformed")


@pytest.mark.parametrize("recovery", RECOVERIES)
@pytest.mark.parametrize("fault", UNTAKEN + TAKEN)
def test_a_lost_answer_is_found_out_about_and_the_clip_is_bought_once(tmp_path, fault, recovery):
    with opened_shop(tmp_path, recovery) as shop:
        job = shop.order("a boat")
        shop.vendor.next(fault)
        shop.slice()
        assert shop.purchases() == [(PurchaseState.IN_DOUBT, None)]
        shop.run()
        if recovery == "none":
            assert shop.steps(job) == [StepState.IN_DOUBT], "a person is asked"
            assert "perhaps bought ($0.20)" in jobs.job_with_steps(shop.db, shop.owner, job)[1][0].problem
            assert shop.creates == 1, "nothing is bought again silently"
            shop.decide()
            shop.run()
        assert shop.job(job).state == JobState.DONE
        again = recovery == "key" or fault in UNTAKEN
        assert shop.creates == 1 + again
        assert len(shop.vendor.tasks) == 1
        assert [p for p in shop.purchases() if p[0] == PurchaseState.SUCCEEDED] == [("succeeded", MICROS[WAN])]
        shop.check()


@pytest.mark.parametrize("fault", ["rate_limit", "slow", "truncated"])
def test_what_passes_is_waited_for_and_nothing_is_bought_twice(any_shop, fault):
    job = any_shop.order("a boat")
    any_shop.vendor.next(fault)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.creates == 1 + (fault == "rate_limit")
    assert len(any_shop.vendor.tasks) == 1
    any_shop.check()


def test_a_task_that_fails_at_the_vendor_costs_what_it_bills_and_is_ordered_again(any_shop):
    job = any_shop.order("a boat")
    any_shop.vendor.next("task_fails")
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.purchases() == [(PurchaseState.FAILED, 0), (PurchaseState.SUCCEEDED, MICROS[WAN])]
    assert len(any_shop.vendor.tasks) == 2
    any_shop.check()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("moderation", "refused the content"),
        ("invalid", "Change the scene"),
        ("unauthorised", "key"),
    ],
)
def test_a_plain_refusal_buys_nothing_and_says_what_to_do(any_shop, fault, says):
    empty = fault in ("no_credit", "insufficient_quota")  # with these another model would be asked
    job = any_shop.order("a boat", models=(WAN,) if empty else (WAN, REEL))
    any_shop.vendor.next(fault)
    any_shop.run()
    row = any_shop.job(job)
    assert row.state == JobState.FAILED
    assert says in f"{row.problem} {row.remedy}"
    assert any_shop.purchases() == [(PurchaseState.REJECTED, 0)]
    assert any_shop.creates == 1
    assert any_shop.vendor.tasks == []
    any_shop.check()
    any_shop.retry(job)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    any_shop.check()


def test_an_account_without_credit_lets_the_next_approved_model_have_its_turn_at_once(any_shop):
    job = any_shop.order("a boat", models=(WAN, REEL))
    any_shop.vendor.next("no_credit")
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.creates == 2
    any_shop.check()


@pytest.mark.parametrize("fault", ["no_credit", "insufficient_quota"])
def test_an_empty_account_gives_its_turn_to_the_next_model_and_else_asks_to_be_topped_up(any_shop, fault):
    any_shop.vendor.next(fault)
    chained = any_shop.order("a boat", models=(WAN, REEL))
    any_shop.run()
    assert any_shop.job(chained).state == JobState.DONE
    any_shop.vendor.next(fault)
    alone = any_shop.order("a lake")
    any_shop.run()
    assert (any_shop.job(alone).state, any_shop.job(alone).remedy[:6]) == (JobState.FAILED, "Top up")
    assert [t["model"] for t in any_shop.vendor.tasks] == ["reel"]
    any_shop.check()


def test_what_moderation_refuses_after_taking_it_is_not_tried_at_another_model(any_shop):
    job = any_shop.order("a boat", models=(WAN, REEL))
    any_shop.vendor.next("task_refused")
    any_shop.run()
    assert any_shop.job(job).state == JobState.FAILED
    assert any_shop.job(job).remedy == "Rewrite the scene."
    assert any_shop.creates == 1
    any_shop.check()


@pytest.mark.parametrize("fault", ["rate_limit", "task_fails"])
def test_after_three_retries_the_next_model_of_the_chain_has_its_turn(any_shop, fault):
    job = any_shop.order("a boat", models=(WAN, REEL))
    any_shop.vendor.next(fault, 4)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    bought = [p for p in any_shop.all(Purchase) if p.state == PurchaseState.SUCCEEDED]
    assert [(p.model, p.actual_micros) for p in bought] == [(REEL, MICROS[REEL])]
    assert any_shop.told("next model") == ["a boat"]
    any_shop.check()


def test_after_the_last_model_the_film_fails_in_words_and_a_retry_goes_on(shop):
    job = shop.order("a boat", models=(WAN, REEL))
    shop.vendor.next("task_fails", 8)
    shop.run()
    row = shop.job(job)
    assert (row.state, row.problem) == (JobState.FAILED, "videos could not make the clip: Video generation failed.")
    assert row.remedy
    shop.retry(job)
    shop.run()
    assert shop.job(job).state == JobState.DONE
    shop.check()


def test_a_cancel_before_the_order_sends_nothing(any_shop):
    job = any_shop.order("a boat")
    claim = any_shop.take()
    any_shop.cancel(job)
    workshop.do(any_shop.studio, any_shop.worker, claim, any_shop.stopping)
    assert any_shop.creates == 0
    assert any_shop.steps(job) == [StepState.CANCELLED]
    assert any_shop.purchases() == []
    any_shop.check()


def test_a_cancel_between_the_intent_and_the_order_wins(any_shop):
    job = any_shop.order("a boat")

    def cancel(place: str) -> None:
        if place == "after write" and any_shop.job(job).state in LIVE_JOBS and any_shop.all(Purchase):
            any_shop.db.pause = None
            any_shop.cancel(job)

    any_shop.db.pause = cancel
    any_shop.run()
    assert any_shop.job(job).state == JobState.CANCELLED
    assert any_shop.creates == 0
    assert any_shop.purchases() == [(PurchaseState.REJECTED, 0)]
    any_shop.check()


def test_what_a_vendor_cannot_stop_is_collected_and_kept_and_a_retry_uses_it(any_shop):
    any_shop.recipes = RECIPES
    job = any_shop.order("a boat")
    any_shop.slice()
    any_shop.cancel(job)
    any_shop.run()
    assert any_shop.job(job).state == JobState.CANCELLED
    assert any_shop.purchases() == [(PurchaseState.SUCCEEDED, MICROS[WAN])]
    assert len(any_shop.all(Output)) == 1, "it was paid for, so it is kept"
    any_shop.check()
    any_shop.retry(job)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.creates == 1
    any_shop.check()


@pytest.mark.parametrize("fault", TAKEN + UNTAKEN)
def test_a_cancel_while_nobody_knows_is_found_out_about_and_settled(any_shop, fault):
    job = any_shop.order("a boat")
    any_shop.vendor.next(fault)
    any_shop.slice()
    any_shop.cancel(job)
    any_shop.run()
    any_shop.decide()
    any_shop.run()
    assert any_shop.job(job).state == JobState.CANCELLED
    assert len(any_shop.vendor.tasks) == (fault in TAKEN), "nothing is ordered for what nobody wants"
    any_shop.check()
    any_shop.retry(job)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert len(any_shop.vendor.tasks) == 1
    any_shop.check()


def test_a_retry_after_a_failure_buys_nothing_that_is_finished(any_shop):
    job = any_shop.order("a boat", "a lake", "a storm")
    any_shop.slice()
    any_shop.vendor.next("moderation")
    any_shop.run()
    assert any_shop.job(job).state == JobState.FAILED
    assert sorted(any_shop.steps(job)) == [StepState.CANCELLED, StepState.DONE, StepState.FAILED]
    assert any_shop.creates == 2
    any_shop.retry(job)
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.creates == 4
    assert len(any_shop.vendor.tasks) == 3
    any_shop.check()


@pytest.mark.parametrize("fault", ["", *TAKEN])
def test_the_clip_of_a_replaced_job_is_taken_over_by_the_new_one(any_shop, fault):
    project = any_shop.project()
    old = any_shop.order("a boat", project=project)
    if fault:
        any_shop.vendor.next(fault)
    any_shop.slice()
    new = any_shop.order("a boat", "a lake", project=project)
    any_shop.run()
    any_shop.decide()
    any_shop.run()
    assert any_shop.job(old).state == JobState.CANCELLED
    assert any_shop.job(new).state == JobState.DONE
    assert len(any_shop.vendor.tasks) == 2
    any_shop.check()


def test_a_lost_order_at_the_second_model_is_found_by_a_job_that_begins_with_the_first(any_shop):
    project = any_shop.project()
    any_shop.order("a boat", models=(WAN, REEL), project=project)
    any_shop.vendor.next("rate_limit", 4)
    while not any_shop.told("next model"):
        any_shop.slice() or any_shop.wait()
    any_shop.vendor.next("drop_after_accept")
    while not any_shop.vendor.tasks:  # the vendor has asked to wait, whichever of its models is meant
        any_shop.slice() or any_shop.wait()
    assert [t["model"] for t in any_shop.vendor.tasks] == ["reel"]
    new = any_shop.order("a boat", models=(WAN, REEL), project=project)
    any_shop.run()
    any_shop.decide()
    any_shop.run()
    assert any_shop.job(new).state == JobState.DONE
    assert [t["model"] for t in any_shop.vendor.tasks] == ["reel"]
    any_shop.check()


@pytest.mark.parametrize("minutes", [-300, -20, 20])
def test_a_clock_that_is_wrong_does_not_buy_twice(any_shop, minutes):
    any_shop.ahead = timedelta(minutes=minutes)
    job = any_shop.order("a boat")
    any_shop.vendor.next("drop_after_accept")
    any_shop.run()
    any_shop.decide()
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert len(any_shop.vendor.tasks) == 1
    any_shop.check()


def test_a_full_disk_keeps_the_paid_clip_collectable(any_shop):
    job = any_shop.order("a boat")
    any_shop.slice()
    usual, full = any_shop.studio, any_shop.studio.settings.model_copy(update={"min_free_mb": 10**9})
    any_shop.studio = replace(usual, settings=full)
    for _ in range(15):
        any_shop.slice() or any_shop.wait()
    assert any_shop.steps(job) == [StepState.WAITING], "for as long as it takes"
    assert "disk" in jobs.job_with_steps(any_shop.db, any_shop.owner, job)[1][0].problem
    any_shop.studio = usual
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.creates == 1
    any_shop.check()


def test_a_clip_that_is_gone_after_it_was_paid_is_said_and_a_retry_asks_for_its_price(any_shop):
    job = any_shop.order("a boat")
    any_shop.vendor.next("expired")
    any_shop.run()
    row = any_shop.job(job)
    assert row.state == JobState.FAILED
    assert "$0.20 had been paid for it" in row.problem
    assert row.remedy == "Press Retry to buy it once more."
    assert any_shop.creates == 1
    any_shop.check()
    any_shop.retry(job)
    any_shop.run()
    assert any_shop.steps(job) == [StepState.GATE]
    assert (
        "would pass what was approved for this film"
        in jobs.job_with_steps(any_shop.db, any_shop.owner, job)[1][0].problem
    )
    approval.approve_more(any_shop.studio, any_shop.owner, job, Decimal("0.20"))
    any_shop.run()
    assert any_shop.job(job).state == JobState.DONE
    assert any_shop.purchases() == [(PurchaseState.SUCCEEDED, MICROS[WAN])] * 2
    any_shop.check()


def test_what_was_dearer_than_reserved_stops_the_next_at_the_gate_until_more_is_approved(shop):
    job = shop.order("a boat", "a lake")
    shop.slice()
    bought = shop.all(Purchase)[0]
    purchases.close(shop.db, shop.studio.now(), bought.id, PurchaseState.SUCCEEDED, 250_000)
    assert shop.told("variance") == ["250000 micro-dollars instead of 200000"]
    shop.run()
    assert sorted(shop.steps(job)) == [StepState.DONE, StepState.GATE]
    assert shop.creates == 1
    approval.approve_more(shop.studio, shop.owner, job, Decimal("0.049999"))
    shop.run()
    assert sorted(shop.steps(job)) == [StepState.DONE, StepState.GATE], "a micro-dollar is missing"
    approval.approve_more(shop.studio, shop.owner, job, Decimal("0.000001"))
    shop.run()
    assert shop.job(job).state == JobState.DONE
    assert shop.creates == 2
    assert checkup.findings(shop.studio) == []


def test_a_cap_of_the_settings_stops_at_the_gate_and_a_higher_one_lets_it_go_on(shop):
    usual = shop.studio
    shop.studio = replace(usual, settings=usual.settings.model_copy(update={"cap_workspace_usd": Decimal("0.39")}))
    job = shop.order("a boat", "a lake")
    shop.run()
    assert sorted(shop.steps(job)) == [StepState.DONE, StepState.GATE]
    shop.studio = replace(usual, settings=usual.settings.model_copy(update={"cap_workspace_usd": Decimal("0.40")}))
    approval.approve_more(shop.studio, shop.owner, job, Decimal("0.01"))
    shop.run()
    assert shop.job(job).state == JobState.DONE
    shop.check()


def test_a_task_of_another_scene_is_not_adopted(tmp_path):
    with opened_shop(tmp_path, "none") as shop:
        shop.order("a boat")
        shop.run()
        job = shop.order("a lake")
        shop.vendor.next("drop_before_accept")
        shop.run()
        assert shop.steps(job) == [StepState.IN_DOUBT]
        doubtful = purchases.in_doubt(shop.db, shop.owner)[0][0]
        taken = shop.vendor.tasks[0]["id"]
        with pytest.raises(Conflict, match="belongs to another scene"):
            purchases.adopt(shop.db, shop.studio.now(), shop.owner, doubtful.id, taken)
        shop.decide()
        shop.run()
        assert shop.job(job).state == JobState.DONE
        shop.check()


def test_what_was_found_meanwhile_cannot_be_written_off_by_an_old_page(tmp_path):
    with opened_shop(tmp_path, "none") as shop:
        job = shop.order("a boat")
        shop.vendor.next("drop_after_accept")
        shop.run()
        doubtful = purchases.in_doubt(shop.db, shop.owner)[0][0]
        shop.decide()
        for paid in (True, False):
            with pytest.raises(Conflict):
                purchases.write_off(shop.db, shop.studio.now(), shop.owner, doubtful.id, paid=paid)
        shop.run()
        assert shop.job(job).state == JobState.DONE
        assert shop.creates == 1
        shop.check()


def test_two_scenes_of_the_same_words_get_a_clip_each(any_shop):
    """Their orders cannot be told apart at the vendor, and one of them is lost."""
    any_shop.order("a boat")
    any_shop.order("a boat")
    any_shop.vendor.next("drop_after_accept")
    any_shop.run()
    any_shop.decide()
    any_shop.run()
    assert {j.state for j in any_shop.all(Job)} == {JobState.DONE}
    assert len(any_shop.vendor.tasks) == 2
    any_shop.check()


def dies_at(shop: Shop, moment: int) -> bool:
    """Runs until that transaction of a slice, and dies there; False when there are fewer."""
    count = 0

    def pause(place: str) -> None:
        nonlocal count
        if place in ("before write", "after write"):
            count += 1
            if count == moment:
                raise Killed

    shop.db.pause = pause
    try:
        shop.run()
        return False
    except Killed:
        return True
    finally:
        shop.db.pause = None


@pytest.mark.parametrize("fault", ["", "drop_after_accept", "task_fails"])
def test_dying_before_or_after_any_transaction_loses_nothing_and_buys_nothing_twice(any_shop, fault):
    moment, dies = 0, True
    while dies:
        moment += 1
        job = any_shop.order(f"boat number {moment}")
        if fault:
            any_shop.vendor.next(fault)
        dies = dies_at(any_shop, moment)
        dead, any_shop.worker = any_shop.worker, workshop.join(any_shop.studio)
        workers.recover(any_shop.db, any_shop.studio.now(), lambda w: w.id == dead)  # noqa: B023
        any_shop.run()
        for _ in range(2):
            any_shop.decide()
            any_shop.run()
        assert any_shop.job(job).state == JobState.DONE, moment
        prompts = [t["prompt"] for t in any_shop.vendor.tasks if t["cost_micros"]]
        assert len(prompts) == moment == len(set(prompts)), moment
        any_shop.check()
        any_shop.vendor.books.coming.clear()
    assert moment > 8
