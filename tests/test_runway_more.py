"""Stills and performances at Runway through its real SDK, against a strict Runway on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.errors import (
    BadMedia,
    Cancelled,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    RepriseError,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.orders import StillOrder
from core.domain.tasks import TaskState
from core.providers import TaskVendor
from core.providers.runway_more import PerformanceOrder, RunwayPerformances, RunwayStills
from tests.fake_replicate import film
from tests.fake_runway_more import KEY, FakeRunwayMore

STILL = StillOrder(model="gen4_image", prompt="A lamp.", width=1080, height=1920, seed=11)


@pytest.fixture
def vendor() -> Iterator[FakeRunwayMore]:
    with FakeRunwayMore() as running:
        yield running


@pytest.fixture
def stills(vendor) -> TaskVendor[StillOrder]:
    return RunwayStills(key=KEY, base_url=vendor.base_url)


@pytest.fixture
def performances(vendor) -> TaskVendor[PerformanceOrder]:
    return RunwayPerformances(key=KEY, base_url=vendor.base_url)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "picture"
    path.write_bytes(film("png"))
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "recording"
    path.write_bytes(film("mp4"))
    return path


@pytest.fixture
def order(picture, recording) -> PerformanceOrder:
    return PerformanceOrder(
        model="act_two", character=picture, performance=recording, seconds=4.5, width=720, height=1280, seed=3
    )


def submit(vendor, order) -> str:
    return vendor.submit(order, "k", lambda: None)


def only(vendor: FakeRunwayMore):
    (body,) = vendor.orders.values()
    return body


def test_a_still_is_drawn_and_fetched(stills, vendor, tmp_path):
    task = submit(stills, STILL)
    assert only(vendor) == {"model": "gen4_image", "promptText": "A lamp.", "ratio": "720:1280", "seed": 11}
    status = stills.poll(task)
    assert (status.state, status.cost) == (TaskState.SUCCEEDED, Decimal("0.05"))
    still = stills.fetch(task, tmp_path)
    assert still.name == f"{task}.png"
    assert list(tmp_path.iterdir()) == [still]
    assert stills.quote(STILL, Decimal("0.05")) == Decimal("0.05")
    assert stills.find(STILL, "k", datetime.now(UTC)) is None


def test_a_character_is_kept_by_reference(stills, vendor, picture):
    submit(stills, replace(STILL, model="gen4_image_turbo", references=(picture, picture)))
    assert only(vendor)["ratio"] == "1080:1920"
    assert [one["uri"][:22] for one in only(vendor)["referenceImages"]] == ["data:image/png;base64,"] * 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": "gen4_image_turbo"}, "reference image only"),
        ({"model": "dall-e"}, "not known"),
        ({"count": 4}, "has 4"),
    ],
)
def test_what_a_still_cannot_be_is_not_asked_for(stills, vendor, picture, changed, words):
    references = (picture,) * changed.pop("count", 0)
    with pytest.raises(VendorRejected, match=words):
        submit(stills, replace(STILL, references=references, **changed))
    with pytest.raises(BadMedia):
        submit(stills, replace(STILL, references=(picture.with_name("none"),)))
    assert not vendor.orders


def test_a_performance_is_given_to_a_picture(performances, vendor, order, tmp_path):
    task = submit(performances, order)
    body = only(vendor)
    assert body.pop("character")["uri"].startswith("data:image/png;base64,")
    assert body.pop("reference")["uri"].startswith("data:video/mp4;base64,")
    assert body == {
        "model": "act_two", "ratio": "720:1280", "expressionIntensity": 3, "bodyControl": True, "seed": 3,
    }  # fmt: skip
    assert performances.fetch(task, tmp_path).name == f"{task}.mp4"
    assert performances.quote(order, Decimal("0.05")) == Decimal("0.225")


def test_a_performance_may_be_given_to_a_video(performances, vendor, order):
    submit(performances, replace(order, character=order.performance))
    assert only(vendor)["character"]["type"] == "video"


def test_a_large_recording_is_uploaded_first(performances, vendor, order, tmp_path):
    large = tmp_path / "large.mp4"
    large.write_bytes(film("mp4") + bytes(13_000_000))
    asked: list[int] = []
    performances.submit(replace(order, performance=large), "k", lambda: asked.append(len(vendor.uploads)))
    assert asked == [1]
    assert only(vendor)["reference"]["uri"] == "runway://up0-0123"
    assert vendor.uploads["up0"] == large.read_bytes()


@pytest.mark.parametrize("changed", [{"seconds": 2.0}, {"seconds": 31.0}, {"model": "act_one"}])
def test_a_performance_that_cannot_be_is_not_asked_for(performances, vendor, order, changed):
    for call in (submit, lambda v, o: v.quote(o, Decimal(1))):
        with pytest.raises(VendorRejected):
            call(performances, replace(order, **changed))
    assert not vendor.requests


def test_only_films_are_performances(performances, vendor, order, tmp_path):
    with pytest.raises(VendorRejected, match="MP4"):
        submit(performances, replace(order, performance=order.character))
    with pytest.raises(BadMedia):
        submit(performances, replace(order, performance=tmp_path / "none"))
    assert not vendor.orders


@pytest.mark.parametrize(
    ("fault", "error"),
    [("unauthorised", VendorRejected), ("no_credit", NoCredit), ("moderated", ModerationRefused),
     ("rate_limit", RateLimited), ("error_before", MaybeBought), ("reset_after", MaybeBought),
     ("reset_after_reading", MaybeBought), ("malformed", MaybeBought)],
)  # fmt: skip
def test_every_refusal_is_told_apart(stills, performances, vendor, order, fault, error):
    for selling, wanted in ((stills, STILL), (performances, order)):
        vendor.coming = [f"create:{fault}"]
        with pytest.raises(RepriseError) as refusal:
            submit(selling, wanted)
        assert type(refusal.value) is error
        assert KEY not in refusal.value.sentence
    assert vendor.requests["create"] == 2


def test_an_upload_that_fails_buys_nothing(performances, vendor, order, tmp_path):
    large = tmp_path / "large.mp4"
    large.write_bytes(film("mp4") + bytes(13_000_000))
    for fault in ("upload:error_before", "store:reset_after", "store:error_before"):
        vendor.coming = [fault]
        with pytest.raises(VendorUnavailable):
            submit(performances, replace(order, performance=large))
    assert not vendor.orders


def test_an_order_may_be_stopped_before_a_byte_leaves(stills, vendor):
    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        stills.submit(STILL, "k", stop)
    assert not vendor.orders


def test_a_failure_says_what_was_not_made(stills, vendor):
    task = submit(stills, STILL)
    vendor.state, vendor.failure = "FAILED", ("Blocked", "SAFETY.OUTPUT.IMAGE")
    status = stills.poll(task)
    assert status.refused
    assert re.match("Runway could not make the still: Blocked", status.problem)


def test_what_runs_can_be_cancelled(stills, vendor):
    task = submit(stills, STILL)
    assert not stills.cancel(task)
    vendor.state = "RUNNING"
    assert stills.cancel(task)
    assert stills.poll(task).state is TaskState.CANCELLED
