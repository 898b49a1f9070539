"""The first clip of a model is bought alone: what is wrong with it is seen before the next of them is paid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import purchases
from core.db.budgets import Scope
from core.db.money import Purchase
from core.db.purchases import Line
from core.db.tables import Output
from core.domain.work import JobState, PurchaseState, StepState
from tests.clip_shop import REEL, WAN, Shop, opened_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(tmp_path, "key") as opened:
        yield opened


def test_the_others_wait_until_the_first_has_come_and_are_then_bought_at_once(shop):
    shop.vendor.next("slow")  # not ready at the first look
    job = shop.order("a boat", "a lake", "a storm")
    for _ in range(3):
        assert shop.slice()
    assert shop.creates == 1
    assert shop.steps(job) == [StepState.WAITING] * 3
    shop.run()
    assert shop.job(job).state == JobState.DONE
    assert shop.creates == 3
    first, *others = sorted(shop.all(Purchase), key=lambda p: p.created)
    came = next(o.created for o in shop.all(Output) if o.key == first.key)
    assert all(other.created >= came for other in others)
    shop.check()


def test_a_model_that_has_delivered_in_the_project_is_not_waited_for_again(shop):
    project = shop.project()
    shop.order("a boat", project=project)
    shop.run()
    shop.order("a lake", "a storm", project=project)
    for _ in range(2):
        assert shop.slice()
    assert shop.creates == 3
    shop.run()
    shop.check()


def test_another_project_and_another_model_are_not_held_up(shop):
    shop.order("a boat")
    shop.order("a boat", models=(REEL,))
    shop.order("a lake")
    for _ in range(3):
        assert shop.slice()
    assert shop.creates == 3
    shop.run()
    shop.check()


def test_when_the_first_fails_the_next_has_its_turn_alone(shop):
    shop.vendor.next("moderation")
    job = shop.order("a boat", "a lake", "a storm")
    shop.run()
    assert shop.job(job).state == JobState.FAILED
    states = [state for state, _ in shop.purchases()]
    assert states == [PurchaseState.REJECTED], "the film has failed: nothing more is bought"
    shop.retry(job)
    shop.run()
    assert shop.job(job).state == JobState.DONE
    assert len(shop.vendor.tasks) == 3
    shop.check()


def test_a_first_that_nobody_knows_of_does_not_hold_the_others_for_ever(tmp_path):
    with opened_shop(tmp_path, "none") as shop:
        shop.vendor.next("drop_after_accept")
        job = shop.order("a boat", "a lake")
        shop.run()
        assert sorted(shop.steps(job)) == [StepState.DONE, StepState.IN_DOUBT]
        shop.decide()
        shop.run()
        assert shop.job(job).state == JobState.DONE
        shop.check()


def test_a_first_whose_worker_died_is_followed_and_the_others_after_it(shop):
    shop.vendor.next("slow")
    job = shop.order("a boat", "a lake")
    assert shop.slice()
    assert shop.slice()
    shop.recover()
    shop.run()
    assert shop.job(job).state == JobState.DONE
    assert len(shop.vendor.tasks) == 2
    shop.check()


def test_of_two_that_ask_in_the_same_moment_one_is_recorded(shop):
    shop.order("a boat", "a lake")
    line = Line(component="clips", vendor="videos", model=WAN, quantity=4, unit="second", micros=200_000)
    where = [Scope(id="workspace", label="here", cap=None)]
    claims = [shop.take(), shop.take()]
    recorded = [
        purchases.intent(shop.db, shop.studio.now(), claim, line, where, after_first=True) for claim in claims if claim
    ]
    assert [purchase is not None for purchase in recorded] == [True, False]
