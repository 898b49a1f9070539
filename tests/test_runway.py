"""Runway through its real SDK, against a strict Runway on loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import av
import pytest

from core.domain.errors import (
    Cancelled,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    RepriseError,
    TaskGone,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.tasks import ClipOrder, Recovery, TaskState
from core.providers import ClipVendor
from core.providers.runway import MODELS, Runway
from tests.conftest import ffmpeg
from tests.fake_runway import KEY, FakeRunway

ORDER = ClipOrder(model="gen4.5", prompt="A lamp comes on.", seconds=3.2, width=720, height=1280, seed=11)


class Impatient(Runway):
    order_seconds = 0.3


@pytest.fixture
def vendor() -> Iterator[FakeRunway]:
    with FakeRunway() as running:
        yield running


@pytest.fixture
def runway(vendor) -> Runway:
    return Runway(key=KEY, base_url=vendor.base_url)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("picture") / "first"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", "-f", "image2", "-c:v", "png", str(out))
    return out


def submit(runway: Runway, order: ClipOrder = ORDER) -> str:
    return runway.submit(order, "job:step:1", lambda: None)


def only(vendor: FakeRunway):
    (order,) = vendor.orders.values()
    return order


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_is_a_clip_vendor_without_recovery(runway):
    offered: ClipVendor = runway
    assert (offered.name, offered.recovery) == ("runway", Recovery.NONE)
    assert offered.find(ORDER, "k", datetime.now(UTC)) is None


def test_an_order_in_words_becomes_one_task(runway, vendor):
    task = submit(runway)
    assert only(vendor).id == task
    assert only(vendor).endpoint == "text_to_video"
    assert only(vendor).body == {
        "model": "gen4.5", "promptText": "A lamp comes on.", "ratio": "720:1280", "duration": 4, "seed": 11,
    }  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_every_model_films_from_a_picture(runway, vendor, picture, model):
    submit(runway, replace(ORDER, model=model, image=picture))
    assert only(vendor).endpoint == "image_to_video"
    assert only(vendor).body["promptImage"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("model", ["gen4.5", "veo3.1", "veo3.1_fast"])
@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (1080, 1920), (1080, 1080)])
def test_every_film_has_a_size_that_the_vendor_takes(runway, vendor, model, size):
    submit(runway, replace(ORDER, model=model, width=size[0], height=size[1]))
    assert vendor.submits == 1


@pytest.mark.parametrize(
    ("model", "size", "ratio"),
    [
        ("gen4.5", (1080, 1920), "720:1280"),
        ("gen4.5", (1080, 1080), "960:960"),
        ("gen4_turbo", (1280, 720), "1280:720"),
        ("veo3.1", (720, 1280), "720:1280"),
        ("veo3.1", (1080, 1920), "1080:1920"),
        ("veo3.1_fast", (1920, 1080), "1920:1080"),
    ],
)
def test_the_nearest_size_is_ordered(runway, vendor, picture, model, size, ratio):
    submit(runway, replace(ORDER, model=model, width=size[0], height=size[1], image=picture))
    assert only(vendor).body["ratio"] == ratio


@pytest.mark.parametrize(
    ("model", "seconds", "length"),
    [("gen4.5", 1.0, 2), ("gen4.5", 4.0, 4), ("gen4.5", 4.01, 5), ("gen4.5", 10, 10), ("veo3.1", 3.0, 4),
     ("veo3.1", 4.5, 6), ("veo3.1_fast", 7.2, 8)],
)  # fmt: skip
def test_the_next_longer_length_is_bought_and_quoted(runway, vendor, model, seconds, length):
    order = replace(ORDER, model=model, seconds=seconds)
    assert runway.quote(order, Decimal("0.12")) == Decimal("0.12") * length
    submit(runway, order)
    assert only(vendor).body["duration"] == length


def test_no_sound_is_paid_for(runway, vendor):
    submit(runway, replace(ORDER, model="veo3.1"))
    assert only(vendor).body["audio"] is False
    assert vendor.billed_credits == 4 * 20


def test_no_picture_no_gen4_turbo(runway, vendor):
    for call in (submit, lambda r, o: r.quote(o, Decimal(1))):
        with pytest.raises(VendorRejected, match="from a picture only") as refusal:
            call(runway, replace(ORDER, model="gen4_turbo"))
        assert "gen4.5" in refusal.value.remedy
    assert not vendor.requests


@pytest.mark.parametrize("change", [{"model": "gen3a_turbo"}, {"seconds": 10.2}, {"model": "veo3.1", "seconds": 9}])
def test_what_it_cannot_film_is_refused_before_any_call(runway, vendor, change):
    with pytest.raises(VendorRejected) as refusal:
        submit(runway, replace(ORDER, **change))
    assert refusal.value.remedy
    assert not vendor.requests


def test_pictures_that_do_not_fit_are_refused_before_any_call(runway, vendor, picture, tmp_path):
    large, strange = tmp_path / "large.png", tmp_path / "strange.png"
    large.write_bytes(picture.read_bytes() + os.urandom(4_000_000))
    strange.write_bytes(b"GIF89a...")
    for image, words in ((large, "3.9 MB"), (strange, "PNG, JPEG and WebP"), (tmp_path / "gone.png", "cannot be read")):
        with pytest.raises(VendorRejected, match=words) as refusal:
            submit(runway, replace(ORDER, image=image))
        assert refusal.value.remedy
    assert not vendor.requests


def test_a_picture_just_below_the_limit_is_taken(runway, vendor, picture, tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(picture.read_bytes() + bytes(3_900_000))
    submit(runway, replace(ORDER, image=large))
    assert vendor.submits == 1


def test_the_moment_before_sending_comes_before_the_order_and_once(runway, vendor):
    seen: list[int] = []
    runway.submit(ORDER, "k", lambda: seen.append(sum(vendor.requests.values())))
    assert seen == [0]


def test_what_the_moment_before_sending_raises_ends_the_call_with_nothing_bought(runway, vendor):
    def stop() -> None:
        raise Cancelled("A person stopped it.")

    with pytest.raises(Cancelled, match="A person"):
        runway.submit(ORDER, "k", stop)
    assert not vendor.requests


def test_each_order_leaves_on_a_connection_of_its_own(runway, vendor):
    runway.poll(submit(runway))
    submit(runway)
    assert vendor.submits == 2
    assert all("idempotency-key" not in headers for headers in vendor.seen)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("no_credit", NoCredit),
        ("payment", NoCredit),
        ("moderated", ModerationRefused),
        ("unauthorised", VendorRejected),
        ("forbidden", VendorRejected),
        ("moved", VendorRejected),
        ("rate_limit", RateLimited),
        ("late", VendorUnavailable),
    ],
)
def test_a_refused_order_is_certainly_not_bought(runway, vendor, fault, kind):
    vendor.coming.append(f"create:{fault}")
    with pytest.raises(RepriseError) as refusal:
        submit(runway)
    assert type(refusal.value) is kind
    assert (vendor.submits, vendor.requests["create"]) == (0, 1)
    assert KEY not in refusal.value.sentence


@pytest.mark.parametrize(("fault", "taken"), [
    ("error_before", 0), ("error_after", 1), ("conflict", 0), ("reset_before", 0), ("reset_after_reading", 0),
    ("reset_after", 1), ("malformed", 1), ("half", 1), ("no_id", 1), ("bad_id", 1), ("slow", 1),
])  # fmt: skip
def test_an_order_without_a_usable_answer_is_in_doubt_and_not_sent_again(vendor, fault, taken):
    vendor.coming.append(f"create:{fault}")
    vendor.slow = 0.6
    with pytest.raises(MaybeBought) as doubt:
        submit(Impatient(key=KEY, base_url=vendor.base_url))
    assert (vendor.submits, vendor.requests["create"]) == (taken, 1)
    assert doubt.value.remedy


def test_a_server_that_is_not_there_took_nothing():
    asked: list[str] = []
    with pytest.raises(VendorUnavailable):
        Runway(key=KEY, base_url=f"http://127.0.0.1:{free_port()}").submit(ORDER, "k", lambda: asked.append("sent"))
    assert not asked


def test_a_field_that_the_vendor_minds_is_told(runway, vendor):
    with pytest.raises(VendorRejected, match="promptText") as refusal:
        submit(runway, replace(ORDER, prompt="credits and moderation " * 60))
    assert "400" in refusal.value.message
    assert vendor.submits == 0


@pytest.mark.parametrize("key", ["", "key with spaces", "key_ü", "key_a\nb"])
def test_a_key_that_can_be_none_is_refused_before_any_call(vendor, key):
    with pytest.raises(VendorRejected) as refusal:
        submit(Runway(key=key, base_url=vendor.base_url))
    assert "settings" in refusal.value.remedy
    assert not vendor.requests


def test_a_wrong_key_is_told_and_never_shown(vendor):
    stranger = Runway(key="key_of_somebody_else", base_url=vendor.base_url)
    with pytest.raises(VendorRejected) as refusal:
        submit(stranger)
    assert "somebody" not in refusal.value.sentence
    assert "settings" in refusal.value.remedy


@pytest.mark.parametrize(("fault", "delay"), [("rate_limit", 7), ("rate_limit_unnamed", 30), ("daily_limit", 3600)])
def test_a_limit_says_how_long_to_wait(runway, vendor, fault, delay):
    vendor.coming.append(f"create:{fault}")
    with pytest.raises(RateLimited) as refusal:
        submit(runway)
    assert refusal.value.delay == delay


@pytest.mark.parametrize(
    ("status", "fraction", "wait"), [("PENDING", None, 6), ("THROTTLED", None, 15), ("RUNNING", 0.4, 6)]
)
def test_a_task_that_is_not_done_is_running(runway, vendor, status, fraction, wait):
    task = submit(runway)
    vendor.orders[task].forced = status
    told = runway.poll(task)
    assert (told.state, told.fraction, told.poll_after, told.cost) == (TaskState.RUNNING, fraction, wait, None)


def test_a_finished_task_tells_its_cost_in_dollars(runway):
    told = runway.poll(submit(runway))
    assert (told.state, told.cost) == (TaskState.SUCCEEDED, Decimal("0.480000"))


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("SAFETY.INPUT.TEXT", True),
        ("SAFETY.OUTPUT.VIDEO", True),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", True),
        ("INTERNAL.BAD_OUTPUT.CODE01", False),
        ("INTERNAL", False),
    ],
)
def test_a_failed_task_says_why_and_what_it_cost(runway, vendor, code, refused):
    task = submit(runway)
    vendor.orders[task].failure, vendor.orders[task].credits = (f"It went wrong with {KEY}.", code), 5
    told = runway.poll(task)
    assert (told.state, told.refused, told.cost) == (TaskState.FAILED, refused, Decimal("0.050000"))
    assert told.problem == "Runway could not make the clip: It went wrong with …."


def test_a_cancelled_task_tells_what_it_cost(runway, vendor):
    task = submit(runway)
    vendor.orders[task].forced, vendor.orders[task].credits = "CANCELLED", 0
    told = runway.poll(task)
    assert (told.state, told.cost) == (TaskState.CANCELLED, Decimal(0))


@pytest.mark.parametrize("task", ["7f9ad8c0-1d55-4c1e-9f6b-0d3c5f6f7a11", "../organization", "", "a b", "x" * 200])
def test_a_task_that_the_vendor_does_not_know_is_gone(runway, vendor, task, tmp_path):
    for call in (runway.poll, runway.cancel, lambda t: runway.fetch(t, tmp_path)):
        with pytest.raises(TaskGone):
            call(task)
    assert vendor.requests["delete"] == vendor.requests["clip"] == 0


@pytest.mark.parametrize(("fault", "kind"), [
    *((fault, VendorUnavailable) for fault in ("error_before", "reset", "malformed", "half", "strange", "late")),
    ("rate_limit", RateLimited), ("unauthorised", VendorRejected),
])  # fmt: skip
def test_asking_may_fail_and_be_repeated(runway, vendor, fault, kind):
    task = submit(runway)
    vendor.coming.append(f"task:{fault}")
    with pytest.raises(RepriseError) as refusal:
        runway.poll(task)
    assert type(refusal.value) is kind
    assert runway.poll(task).state is TaskState.SUCCEEDED
    assert vendor.submits == 1


def test_a_finished_clip_is_downloaded_whole_and_without_the_key(runway, vendor, tmp_path):
    task = submit(runway)
    clip = runway.fetch(task, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [clip.name] == [f"{task}.mp4"]
    with av.open(str(clip)) as container:
        assert container.duration == pytest.approx(4e6, abs=1e5)
    assert "authorization" not in vendor.seen[-1]


def test_an_address_that_has_ended_is_asked_for_again(runway, vendor, tmp_path):
    task = submit(runway)
    vendor.coming.append("clip:expired")
    assert runway.fetch(task, tmp_path).stat().st_size > 1000
    assert (vendor.requests["task"], vendor.requests["clip"]) == (2, 2)


@pytest.mark.parametrize("faults", [
    ["cut_off"], ["page"], ["nothing"], ["error_before"], ["rate_limit"], ["expired"] * 2, ["expired", "cut_off"],
])  # fmt: skip
def test_a_download_that_fails_leaves_nothing_and_may_be_repeated(runway, vendor, tmp_path, faults):
    task = submit(runway)
    vendor.coming.extend(f"clip:{fault}" for fault in faults)
    with pytest.raises(VendorUnavailable):
        runway.fetch(task, tmp_path)
    assert not list(tmp_path.iterdir())
    assert runway.fetch(task, tmp_path).exists()


def test_what_is_not_finished_cannot_be_fetched_yet_and_what_failed_never(runway, vendor, tmp_path):
    task = submit(runway)
    vendor.orders[task].forced = "RUNNING"
    with pytest.raises(VendorUnavailable):
        runway.fetch(task, tmp_path)
    vendor.orders[task].forced = "FAILED"
    with pytest.raises(TaskGone):
        runway.fetch(task, tmp_path)


@pytest.mark.parametrize(("status", "bill"), [("PENDING", 0), ("THROTTLED", 0), ("RUNNING", 48)])
def test_cancelling_reaches_the_vendor(runway, vendor, status, bill):
    task = submit(runway)
    vendor.orders[task].forced = status
    assert runway.cancel(task) is True
    assert (vendor.requests["delete"], vendor.orders[task].deleted, vendor.billed_credits) == (1, True, bill)
    with pytest.raises(TaskGone):
        runway.poll(task)


def test_cancelling_too_late_does_not_delete_a_clip_that_was_paid_for(runway, vendor, tmp_path):
    task = submit(runway)
    assert runway.cancel(task) is False
    assert vendor.requests["delete"] == 0
    assert runway.fetch(task, tmp_path).exists()


def test_cancelling_may_fail_and_be_repeated(runway, vendor):
    task = submit(runway)
    vendor.orders[task].forced = "RUNNING"
    vendor.coming.append("delete:error_before")
    with pytest.raises(VendorUnavailable):
        runway.cancel(task)
    assert runway.cancel(task) is True


def test_the_environment_of_the_sdk_is_not_read(vendor, monkeypatch):
    monkeypatch.setenv("RUNWAYML_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_of_the_environment")
    submit(Runway(key=KEY, base_url=vendor.base_url))
    assert vendor.seen[-1]["authorization"] == f"Bearer {KEY}"
