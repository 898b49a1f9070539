"""Replicate's messages at the door: what is signed wakes the wait, and nothing else does anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.server import api
from core.db import purchases
from core.db.money import Purchase
from core.db.tables import Step
from core.domain.work import StepState
from core.services import studio as studios
from tests import fake_replicate
from tests.clip_shop import Shop, clip, opened_shop
from tests.fake_replicate import FakeReplicate
from tests.test_replicate_webhooks import signed

WAN = "replicate/wan/t2v"


@pytest.fixture
def replicate() -> Iterator[FakeReplicate]:
    with FakeReplicate(making=3600.0) as vendor:
        yield vendor


@pytest.fixture
def shop(tmp_path: Path, replicate: FakeReplicate) -> Iterator[Shop]:
    settings = {
        "replicate_api_token": fake_replicate.TOKEN, "replicate_base_url": replicate.base_url,
        "public_url": "https://films.example", "prices": f"video:{WAN}=0.05",
    }  # fmt: skip
    with opened_shop(tmp_path, "search", settings) as opened:
        studios.use(opened.studio)
        yield opened
        studios.use(None)


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    with TestClient(api()) as opened:
        yield opened


def waiting(shop: Shop) -> tuple[str, Step]:
    """The number of a clip that is being filmed, and the step that waits for it."""
    shop.order_steps([clip("a boat", (WAN,))], cap=10_000_000)
    while not shop.all(Step)[0].due or shop.all(Step)[0].due < shop.studio.now() + timedelta(seconds=4):
        shop.slice() or shop.wait()  # it is asked about less and less often
    (step,) = shop.all(Step)
    assert step.state == StepState.WAITING
    return shop.all(Purchase)[0].external_id, step


def test_the_order_says_where_the_message_is_to_be_sent(shop, replicate):
    waiting(shop)
    (order,) = (json.loads(call.body) for call in replicate.seen if call.path.endswith("/predictions") and call.body)
    assert order["webhook"] == "https://films.example/api/webhooks/replicate"
    assert order["webhook_events_filter"] == ["completed"]


def test_a_signed_message_ends_the_wait_at_once_and_may_come_twice(shop, client):
    task, step = waiting(shop)
    body = json.dumps({"id": task, "status": "succeeded", "output": "https://elsewhere.example/bad.mp4"}).encode()
    for _ in range(2):
        assert client.post("/webhooks/replicate", content=body, headers=signed(body)).status_code == 200
    (woken,) = shop.all(Step)
    assert woken.due < step.due
    assert woken.state == StepState.WAITING, "what the message says is not believed: the task is asked about"


@pytest.mark.parametrize("what", ["unsigned", "other body", "other secret"])
def test_a_message_that_replicate_did_not_sign_is_refused_and_wakes_nobody(shop, client, what):
    task, step = waiting(shop)
    body = json.dumps({"id": task}).encode()
    headers = {
        "unsigned": {},
        "other body": signed(b"{}"),
        "other secret": signed(body, secret="whsec_AAAA"),
    }[what]
    assert client.post("/webhooks/replicate", content=body, headers=headers).status_code == 401
    (same,) = shop.all(Step)
    assert same.due == step.due


def test_a_task_that_nobody_here_ordered_wakes_nobody(shop, client):
    waiting(shop)
    body = json.dumps({"id": "somebody-elses"}).encode()
    assert client.post("/webhooks/replicate", content=body, headers=signed(body)).status_code == 200
    assert not purchases.nudge(shop.db, shop.studio.now(), "replicate", "somebody-elses")


def test_a_message_that_is_too_large_is_not_read(client):
    assert client.post("/webhooks/replicate", content=b"x" * 1_000_001).status_code == 413


def test_without_replicate_no_message_is_believed(studio):
    with TestClient(api()) as client:
        assert client.post("/webhooks/replicate", content=b"{}", headers=signed(b"{}")).status_code == 401
