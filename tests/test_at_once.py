"""What is answered at once: bought once, kept before it is looked at, billed by what the vendor counts."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.db.money import Purchase
from core.db.tables import Event, Output
from core.db.work import NewStep
from core.domain import bills
from core.domain.catalogue import ModelCard
from core.domain.errors import UnknownPrice
from core.domain.orders import LanguageOrder, SoundOrder, SpeechOrder, StillOrder, TranscriptOrder, Turn, Usage
from core.domain.work import JobState, PurchaseState, StepState
from core.services import checkup, doubts, recipes, retention
from core.services.at_once import AtOnce
from core.services.bench import Bought, Made, Recipe
from core.services.pacing import Paces
from core.services.repertoire import RECIPES
from tests import fake_elevenlabs, fake_openai
from tests.clip_shop import Shop, opened_shop
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_openai import FakeOpenAI

VOICE_MODEL = "elevenlabs/eleven_multilingual_v2"
LINE = "Still working at night?"
COST = round(len(LINE) * 80)
"""Micro-dollars: 0.00008 dollars a character."""


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


def voice_step(text: str = LINE) -> NewStep:
    inputs = {"text": text, "voice": "mara", "rate": 1.0, "seconds": 4.0, "models": [VOICE_MODEL]}
    return NewStep(
        name="voice", kind="voice", label=text, key=recipes.key_of("voice", inputs), inputs=inputs, weight=1,
        pool="elevenlabs",
    )  # fmt: skip


@pytest.fixture
def elevenlabs() -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs(any_voice=True) as vendor:
        yield vendor


@pytest.fixture
def shop(tmp_path: Path, elevenlabs: FakeElevenLabs) -> Iterator[Shop]:
    settings = {"elevenlabs_api_key": fake_elevenlabs.KEY, "elevenlabs_base_url": elevenlabs.base_url}
    with opened_shop(tmp_path, "search", settings) as opened:
        opened.recipes = RECIPES
        yield opened


def ordered(shop: Shop, cap: int = COST) -> str:
    return shop.order_steps([voice_step()], cap=cap)


def test_a_line_is_spoken_in_one_slice_paid_by_the_character_and_has_its_words(shop, elevenlabs):
    job = ordered(shop)
    assert shop.slice()
    assert shop.job(job).state == JobState.DONE
    assert shop.purchases() == [(PurchaseState.SUCCEEDED, COST)]
    result = shop.all(Output)[0].result
    assert [w["text"] for w in result["words"]] == LINE.split()
    assert shop.studio.storage.has(result["blob"])
    assert len(elevenlabs.made) == 1
    assert checkup.findings(shop.studio) == []


def test_what_is_dearer_than_approved_is_not_asked_for(shop, elevenlabs):
    job = ordered(shop, cap=COST - 1)
    shop.run()
    assert shop.steps(job) == [StepState.GATE]
    assert elevenlabs.made == []


def test_an_answer_that_was_kept_is_collected_after_a_crash_and_not_bought_again(shop, elevenlabs, monkeypatch):
    job = ordered(shop)
    follow = AtOnce.poll

    def dies(*_: Any) -> Any:
        raise Killed

    monkeypatch.setattr(AtOnce, "poll", dies)
    with pytest.raises(Killed):
        shop.slice()
    monkeypatch.setattr(AtOnce, "poll", follow)
    shop.recover()
    shop.run()
    assert shop.job(job).state == JobState.DONE
    assert shop.purchases() == [(PurchaseState.SUCCEEDED, COST)]
    assert len(elevenlabs.made) == 1


def test_a_sweep_leaves_an_answer_that_is_paid_for_and_not_collected_yet(shop, elevenlabs, monkeypatch):
    ordered(shop)

    def dies(*_: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(AtOnce, "poll", dies)
        with pytest.raises(Killed):
            shop.slice()
    shop.ahead += timedelta(days=2)
    kept = set(shop.studio.storage.names())
    for blob in kept:
        aged = time.time() - 2 * retention.OLD
        os.utime(shop.studio.storage.path(blob), (aged, aged))
    assert len(kept) == 2, "the answer and its sound"
    retention.sweep(shop.studio, dry_run=False)
    assert set(shop.studio.storage.names()) == kept
    shop.recover()
    shop.run()
    assert len(elevenlabs.made) == 1
    assert len(shop.all(Output)) == 1


def test_a_crash_before_the_answer_was_kept_is_in_doubt_and_a_person_decides(shop, elevenlabs, monkeypatch):
    job = ordered(shop)

    def dies(*_: Any) -> Any:
        raise Killed

    monkeypatch.setattr(AtOnce, "_put", dies)
    with pytest.raises(Killed):
        shop.slice()
    monkeypatch.undo()
    shop.recover()
    shop.run()
    assert shop.steps(job) == [StepState.IN_DOUBT]
    assert len(elevenlabs.made) == 1, "nothing is bought again silently"
    (open_,) = doubts.doubts(shop.studio, shop.owner)
    assert not open_.can_ask
    assert not open_.can_adopt, "there is no number to look for"
    doubts.write_off(shop.studio, shop.owner, open_.purchase_id, paid=True)
    purchases_ = shop.purchases()
    assert (PurchaseState.WRITTEN_OFF, COST) in purchases_


@pytest.mark.parametrize("fault", ["reset_after", "malformed", "half"])
def test_an_answer_that_is_lost_on_the_way_is_in_doubt(shop, elevenlabs, fault):
    elevenlabs.coming.append(f"speech:{fault}")
    job = ordered(shop)
    shop.run()
    assert shop.steps(job) == [StepState.IN_DOUBT]
    assert len(elevenlabs.made) == 1


@pytest.mark.parametrize(("fault", "says"), [("moderated", "refused the content"), ("unauthorised", "key")])
def test_a_refusal_costs_nothing_and_says_what_to_do(shop, elevenlabs, fault, says):
    elevenlabs.coming.append(f"speech:{fault}")
    job = ordered(shop)
    shop.run()
    row = shop.job(job)
    assert row.state == JobState.FAILED
    assert says in f"{row.problem} {row.remedy}"
    assert shop.purchases() == [(PurchaseState.REJECTED, 0)]
    assert fake_elevenlabs.KEY not in f"{row.problem} {row.remedy} {shop.all(Event)}"


def test_a_vendor_that_asks_to_wait_is_left_alone_by_everybody(shop, elevenlabs):
    elevenlabs.coming.append("speech:rate_limit")
    first, second = ordered(shop), shop.order_steps([voice_step("Try it tonight.")], cap=10_000)
    assert shop.slice()
    assert shop.slice()
    assert elevenlabs.requests["speech"] == 1, "the second does not even ask"
    shop.run()
    assert [shop.job(j).state for j in (first, second)] == [JobState.DONE, JobState.DONE]


def test_a_disk_that_is_full_when_the_answer_comes_leaves_it_in_doubt(shop, elevenlabs, monkeypatch):
    job = ordered(shop)

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(shop.studio.storage), "put", full)
    shop.slice()
    monkeypatch.undo()
    shop.run()
    assert shop.steps(job) == [StepState.IN_DOUBT]
    assert len(elevenlabs.made) == 1


# Language models, whose refusals are billed


def question(bench: Any, card: ModelCard) -> LanguageOrder:
    return LanguageOrder(model=card.name, instructions="Be short.", turns=(Turn(role="user", text="What is seen?"),))


ASKING = {
    "ask": Recipe(
        do=lambda _: Made(result={}),
        buys=Bought(
            component="script", kind="language", order=question,
            receive=lambda _, product, model: Made(result={"text": product.text, "by": model}),
        ),
    )
}  # fmt: skip


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[tuple[Shop, FakeOpenAI]]:
    with FakeOpenAI() as vendor:
        settings = {"openai_api_key": f"{'sk-old-key-without-credit-0001'},{fake_openai.KEY}",
                    "openai_base_url": vendor.address}  # fmt: skip
        with opened_shop(tmp_path, "search", settings) as opened:
            opened.recipes = ASKING
            yield opened, vendor


def ask_step() -> NewStep:
    inputs = {"models": ["openai/gpt-6-luna"]}
    return NewStep(
        name="ask", kind="ask", label="Ask", key=recipes.key_of("ask", 1), inputs=inputs, weight=1, pool="openai"
    )


def test_a_key_that_is_refused_rests_and_the_next_one_is_asked(asker, caplog):
    shop, vendor = asker
    with caplog.at_level(logging.DEBUG):
        job = shop.order_steps([ask_step()], cap=1_000_000)
        shop.run()
    assert shop.job(job).state == JobState.DONE
    assert len(vendor.made) == 1
    (resting,) = [s for s in shop.studio.rings["openai"].states() if "rests" in s]
    assert "…0001 is not accepted" in resting
    assert fake_openai.KEY not in caplog.text
    assert "sk-old-key" not in caplog.text


def test_tokens_are_paid_by_what_the_vendor_counts_and_reserved_by_the_most(asker):
    shop, _ = asker
    shop.order_steps([ask_step()], cap=1_000_000)
    shop.run()
    (row,) = shop.all(Purchase)
    tokens_in, tokens_out = fake_openai.TOKENS
    assert row.actual_micros == pytest.approx(tokens_in * 0.10 + tokens_out * 0.50, abs=1)
    assert row.reserved_micros > row.actual_micros


def test_an_answer_that_the_model_itself_refuses_is_paid_all_the_same(asker):
    shop, vendor = asker
    vendor.coming += ["responses:refused"] * 2  # the old key is asked first
    job = shop.order_steps([ask_step()], cap=1_000_000)
    shop.run()
    assert shop.job(job).state == JobState.FAILED
    assert "refused the content" in shop.job(job).problem
    ((state, actual),) = shop.purchases()
    assert state == PurchaseState.FAILED
    assert actual > 0


# What it costs


CARD = ModelCard(
    id="v/m", vendor="v", kind="language", label="M", unit="million tokens", price=Decimal(1), price_out=Decimal(5),
    source="here", checked=date(2026, 11, 20),
)  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "usage", "amount"),
    [
        ("million tokens", Usage(tokens_in=1_000_000, tokens_out=100_000), "1.5"),
        ("character", Usage(characters=12), "12"),
        ("minute", Usage(seconds=90.0), "1.5"),
        ("hour", Usage(seconds=36.0), "0.01"),
        ("second", Usage(seconds=2.5), "2.5"),
        ("still", Usage(images=1), "1"),
        ("effect", Usage(), "1"),
    ],
)
def test_a_bill_is_what_was_counted_times_the_price(unit, usage, amount):
    assert bills.bill(replace(CARD, unit=unit), usage) == Decimal(amount)


@pytest.mark.parametrize("unit", ["million tokens", "character", "minute"])
def test_what_was_not_counted_has_no_bill(unit):
    assert bills.bill(replace(CARD, unit=unit), Usage()) is None


def test_an_unknown_price_is_refused_and_never_zero():
    with pytest.raises(UnknownPrice):
        bills.most(replace(CARD, price_out=None), question(None, CARD))
    with pytest.raises(UnknownPrice):
        bills.most(replace(CARD, price=None), question(None, CARD))


@pytest.mark.parametrize(
    ("unit", "order"),
    [
        ("character", SpeechOrder(model="m", text="Hello there", voice="v")),
        ("minute", SoundOrder(model="m", what="music", prompt="", seconds=30)),
        ("hour", TranscriptOrder(model="m", path=Path("x"), seconds=30)),
        ("still", StillOrder(model="m", prompt="A lamp", width=720, height=1280, seed=1)),
        ("million tokens", StillOrder(model="m", prompt="A lamp", width=720, height=1280, seed=1)),
        ("million tokens", question(None, CARD)),
    ],
)
def test_the_most_that_an_order_costs_is_known_before(unit, order):
    assert bills.most(replace(CARD, unit=unit), order) > 0


def test_a_vendor_gets_no_more_orders_a_minute_than_it_allows():
    paces = Paces()
    waits = [paces.wait("v", 2, now) for now in (0.0, 10.0, 20.0, 61.0)]
    assert waits == [0.0, 0.0, 40.0, 0.0]
    paces.limited("v", 7.0, 100.0)
    assert paces.wait("v", None, 101.0) == 6.0
    assert paces.wait("other", None, 101.0) == 0.0
