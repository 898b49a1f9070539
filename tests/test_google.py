"""Gemini Omni and Veo through Google's real SDK, against a strict Google on loopback."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import av
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials

from core.domain.errors import (
    BadMedia,
    Cancelled,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    RepriseError,
    Retired,
    TaskGone,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.tasks import ClipOrder, Recovery, TaskState
from core.providers import ClipVendor
from core.providers.google import GoogleOmni
from core.providers.google_veo import GoogleVeo
from tests.conftest import ffmpeg
from tests.fake_google import ACCESS, KEY, LOCATION, PROJECT, FakeGoogle, film
from tests.loopback import Answer, Call, Loopback

ORDER = ClipOrder(
    model="gemini-omni-1.2-flash", prompt="A lamp comes on.", seconds=4.2, width=1080, height=1920, seed=11
)  # fmt: skip
MODELS = {"omni": "gemini-omni-1.2-flash", "veo": "veo-3.1-lite-generate-001"}


class Impatient(GoogleOmni):
    order_seconds = 0.3


class Store(Loopback):
    """Another host that keeps clips."""

    def kind(self, call: Call) -> str:  # noqa: ARG002
        return "clip"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:  # noqa: ARG002
        return Answer(film(), kind="video/mp4")


class Stale(Credentials):
    """Credentials that cannot be renewed."""

    def before_request(self, *_: object) -> None:
        raise RefreshError("stale")

    def refresh(self, request: object) -> None:  # noqa: ARG002
        raise RefreshError("stale")


@pytest.fixture
def vendor() -> Iterator[FakeGoogle]:
    with FakeGoogle(slow=1.0) as running:
        yield running


@pytest.fixture
def omni(vendor) -> GoogleOmni:
    return GoogleOmni(key=KEY, base_url=vendor.base_url)


@pytest.fixture
def veo(vendor) -> GoogleVeo:
    return GoogleVeo(
        project=PROJECT, location=LOCATION, credentials=Credentials(token=ACCESS), base_url=vendor.base_url
    )  # fmt: skip


@pytest.fixture(params=["omni", "veo"])
def film_vendor(request, omni, veo) -> tuple[ClipVendor, ClipOrder]:
    return {"omni": omni, "veo": veo}[request.param], replace(ORDER, model=MODELS[request.param])


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("picture") / "first"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", "-f", "image2", "-c:v", "png", str(out))
    return out


def submit(vendor: ClipVendor, order: ClipOrder = ORDER) -> str:
    return vendor.submit(order, "k", lambda: None)


def only(vendor: FakeGoogle):
    (task,) = vendor.tasks.values()
    return task


def test_they_are_clip_vendors_without_recovery(film_vendor):
    vendor, order = film_vendor
    assert vendor.recovery is Recovery.NONE
    assert vendor.find(order, "k", datetime.now(UTC)) is None


def test_omni_is_told_what_to_film(omni, vendor):
    assert submit(omni) == only(vendor).id
    assert only(vendor).body == {
        "model": "gemini-omni-1.2-flash", "background": True, "store": True, "response_modalities": ["video"],
        "input": [{"type": "user_input", "content": [{"type": "text", "text": "A lamp comes on."}]}],
        "response_format": [
            {"type": "video", "aspect_ratio": "9:16", "duration": "5s", "resolution": "720p", "delivery": "uri"}
        ],
        "generation_config": {"video_config": {"task": "text_to_video"}},
    }  # fmt: skip


def test_veo_is_told_what_to_film(veo, vendor):
    assert submit(veo, replace(ORDER, model=MODELS["veo"], seed=2**32 + 1)) == only(vendor).id
    assert only(vendor).body == {
        "instances": [{"prompt": "A lamp comes on."}],
        "parameters": {
            "sampleCount": 1, "durationSeconds": 6, "seed": 1, "aspectRatio": "9:16", "resolution": "720p",
            "generateAudio": False,
        },
    }  # fmt: skip


def test_both_film_from_a_picture(film_vendor, vendor, picture):
    filming, order = film_vendor
    submit(filming, replace(order, image=picture))
    assert "image/png" in str(only(vendor).body)
    with pytest.raises(BadMedia):
        submit(filming, replace(order, image=picture.with_name("none")))
    assert vendor.submits == 1


@pytest.mark.parametrize(("size", "ratio"), [((1920, 1080), "16:9"), ((1080, 1080), "16:9"), ((864, 1080), "9:16")])
def test_the_nearest_shape_is_ordered(omni, vendor, size, ratio):
    submit(omni, replace(ORDER, width=size[0], height=size[1]))
    assert only(vendor).body["response_format"][0]["aspect_ratio"] == ratio


def test_a_finer_resolution_is_ordered_where_its_price_is_meant(vendor):
    omni = GoogleOmni(key=KEY, base_url=vendor.base_url, resolutions=("720p", "1080p"))
    submit(omni)
    assert only(vendor).body["response_format"][0]["resolution"] == "1080p"


@pytest.mark.parametrize(
    ("model", "seconds", "length"),
    [("gemini-omni-1.2-flash", 1, 3), ("gemini-omni-1.2-flash", 14.2, 15), ("gemini-omni-1.1-flash", 10, 10),
     ("veo-3.1-lite-generate-001", 2, 4), ("veo-3.1-fast-generate-001", 6.01, 8)],
)  # fmt: skip
def test_the_next_longer_length_is_quoted(omni, veo, model, seconds, length):
    filming = veo if model.startswith("veo") else omni
    assert filming.quote(replace(ORDER, model=model, seconds=seconds), Decimal("0.05")) == Decimal("0.05") * length


@pytest.mark.parametrize(
    ("model", "seconds"),
    [("gemini-omni-1.2-flash", 15.5), ("gemini-omni-1.1-flash", 10.5), ("gemini-omni-flash-preview", 5),
     ("veo-3.1-lite-generate-001", 8.5), ("veo-2.0", 5)],
)  # fmt: skip
def test_what_a_model_cannot_do_is_not_asked_of_it(omni, veo, vendor, model, seconds):
    with pytest.raises(VendorRejected):
        submit(veo if model.startswith("veo") else omni, replace(ORDER, model=model, seconds=seconds))
    assert not vendor.requests


def test_a_clip_is_followed_to_its_end(omni, vendor):
    vendor.making = 60
    task = submit(omni)
    status = omni.poll(task)
    assert (status.state, status.begun, status.poll_after) == (TaskState.RUNNING, False, 10)
    only(vendor).forced = "in_progress"
    assert omni.poll(task).begun
    only(vendor).forced = "completed"
    assert omni.poll(task).state is TaskState.SUCCEEDED


def test_an_operation_is_followed_to_its_end(veo, vendor):
    vendor.making = 60
    task = submit(veo, replace(ORDER, model=MODELS["veo"]))
    assert veo.poll(task).state is TaskState.RUNNING
    assert not veo.cancel(task)
    vendor.making = 0
    assert veo.poll(task).state is TaskState.SUCCEEDED


def test_a_finished_clip_is_fetched(film_vendor, vendor, tmp_path):
    filming, order = film_vendor
    task = submit(filming, order)
    clip = filming.fetch(task, tmp_path)
    with av.open(str(clip)) as opened:
        assert opened.streams.video[0].frames == 24
    assert [clip] == list(tmp_path.iterdir())


def test_a_clip_may_stand_in_the_answer(omni, vendor, tmp_path):
    task = submit(omni)
    only(vendor).inline = True
    assert omni.fetch(task, tmp_path).read_bytes() == film()


def test_the_key_does_not_follow_a_redirection(omni, vendor, tmp_path):
    with Store() as store:
        vendor.elsewhere = f"{store.base_url}/clip.mp4"
        assert omni.fetch(submit(omni), tmp_path).read_bytes() == film()
        assert "x-goog-api-key" not in store.seen[0].headers
        vendor.elsewhere = f"{vendor.base_url}/v1beta/files/0:download?alt=media"
        with pytest.raises(VendorUnavailable, match="nowhere"):
            omni.fetch(next(iter(vendor.tasks)), tmp_path)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("expired", TaskGone), ("page", VendorUnavailable), ("nothing", VendorUnavailable), ("half", VendorUnavailable),
     ("reset_after", VendorUnavailable), ("error_before", VendorUnavailable)],
)  # fmt: skip
def test_a_download_that_fails_leaves_nothing(omni, vendor, tmp_path, fault, error):
    task = submit(omni)
    vendor.coming = [f"file:{fault}"]
    with pytest.raises(error):
        omni.fetch(task, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_not_finished_is_not_there_yet(film_vendor, vendor, tmp_path):
    filming, order = film_vendor
    vendor.making = 60
    with pytest.raises(VendorUnavailable):
        filming.fetch(submit(filming, order), tmp_path)


@pytest.mark.parametrize("word", ["failed", "incomplete", "budget_exceeded", "requires_action"])
def test_other_endings_are_failures(omni, vendor, tmp_path, word):
    task = submit(omni)
    only(vendor).forced = word
    status = omni.poll(task)
    assert (status.state, status.refused) == (TaskState.FAILED, False)
    assert word in status.problem
    with pytest.raises(TaskGone):
        omni.fetch(task, tmp_path)


@pytest.mark.parametrize(
    ("problem", "refused"),
    [
        (("500", "Internal"), False),
        (("SAFETY", "The output was blocked."), True),
        (("13", "violates usage guidelines"), True),
    ],
)
def test_a_failure_says_why(omni, vendor, problem, refused):
    task = submit(omni)
    only(vendor).problem = (problem[0], f"{problem[1]} {KEY}")
    status = omni.poll(task)
    assert (status.state, status.refused) == (TaskState.FAILED, refused)
    assert problem[1] in status.problem
    assert KEY not in status.problem


def test_talk_instead_of_a_clip_is_a_failure(omni, vendor):
    task = submit(omni)
    only(vendor).talk = "I cannot film this: it is against our content policy."
    status = omni.poll(task)
    assert (status.state, status.refused) == (TaskState.FAILED, True)


def test_what_veo_filters_out_was_refused(veo, vendor, tmp_path):
    task = submit(veo, replace(ORDER, model=MODELS["veo"]))
    only(vendor).filtered = "Support code 58061214"
    status = veo.poll(task)
    assert (status.state, status.refused) == (TaskState.FAILED, True)
    assert "58061214" in status.problem
    with pytest.raises(TaskGone):
        veo.fetch(task, tmp_path)
    only(vendor).problem = ("13", "Internal error.")
    assert not veo.poll(task).refused


def test_only_what_runs_is_cancelled(omni, vendor):
    done = submit(omni)
    assert not omni.cancel(done)
    vendor.making = 60
    running = submit(omni)
    assert omni.cancel(running)
    assert omni.poll(running).state is TaskState.CANCELLED
    assert vendor.requests["cancel"] == 1


@pytest.mark.parametrize("task", ["unknown", "../models", "a?b", "", f"projects/{PROJECT}/locations/x/operations/1"])
def test_a_task_that_is_not_known_is_gone(omni, veo, task):
    for filming in (omni, veo):
        with pytest.raises(TaskGone):
            filming.poll(task)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorised", VendorRejected), ("unauthenticated", VendorRejected), ("forbidden", VendorRejected),
        ("invalid", VendorRejected), ("no_model", Retired), ("moved", VendorRejected),
        ("no_credit", NoCredit), ("no_billing", NoCredit), ("moderated", ModerationRefused),
        ("rate_limit", RateLimited), ("late", VendorUnavailable),
        ("conflict", MaybeBought), ("error_before", MaybeBought), ("deadline", MaybeBought),
        ("reset_before", MaybeBought), ("reset_after_reading", MaybeBought), ("reset_after", MaybeBought),
        ("error_after", MaybeBought), ("half", MaybeBought), ("malformed", MaybeBought),
        ("no_id", MaybeBought), ("bad_id", MaybeBought),
    ],
)  # fmt: skip
def test_every_refusal_of_an_order_is_told_apart_and_it_is_sent_once(film_vendor, vendor, fault, error):
    filming, order = film_vendor
    vendor.coming = [f"create:{fault}"]
    with pytest.raises(RepriseError) as refusal:
        submit(filming, order)
    assert type(refusal.value) is error
    assert KEY not in refusal.value.sentence
    assert vendor.requests["create"] == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [("unauthorised", VendorRejected), ("rate_limit", RateLimited), ("error_before", VendorUnavailable),
     ("reset_after", VendorUnavailable), ("half", VendorUnavailable), ("malformed", VendorUnavailable)],
)  # fmt: skip
def test_a_poll_may_be_repeated(film_vendor, vendor, fault, error):
    filming, order = film_vendor
    task = submit(filming, order)
    vendor.coming = [f"task:{fault}"]
    began = time.monotonic()
    with pytest.raises(error):
        filming.poll(task)
    assert time.monotonic() - began < 2
    assert filming.poll(task).state is TaskState.SUCCEEDED
    assert vendor.requests["task"] == 2


def test_a_state_that_nobody_knows_is_asked_for_again(omni, vendor):
    task = submit(omni)
    vendor.coming = ["task:strange"]
    with pytest.raises(VendorUnavailable, match="dreaming"):
        omni.poll(task)


def test_a_rate_limit_tells_how_long(film_vendor, vendor):
    filming, order = film_vendor
    vendor.coming = ["create:rate_limit"]
    with pytest.raises(RateLimited) as refusal:
        submit(filming, order)
    assert refusal.value.delay == 30.5


def test_a_slow_answer_to_an_order_is_in_doubt(vendor):
    vendor.coming = ["create:slow"]
    with pytest.raises(MaybeBought, match="in time"):
        submit(Impatient(key=KEY, base_url=vendor.base_url))


def test_an_order_may_be_stopped_before_a_byte_leaves(film_vendor, vendor):
    filming, order = film_vendor

    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        filming.submit(order, "k", stop)
    assert not vendor.submits


def test_the_warning_comes_once_and_before_the_request(film_vendor, vendor):
    filming, order = film_vendor
    made: list[int] = []
    filming.submit(order, "k", lambda: made.append(vendor.requests.total()))
    assert made == [0]


def test_a_server_that_is_down_has_sold_nothing():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    warned: list[int] = []
    with pytest.raises(VendorUnavailable):
        GoogleOmni(key=KEY, base_url=f"http://127.0.0.1:{port}").submit(ORDER, "k", lambda: warned.append(1))
    assert not warned


def test_stale_credentials_buy_nothing(vendor):
    veo = GoogleVeo(project=PROJECT, location=LOCATION, credentials=Stale(token=None), base_url=vendor.base_url)
    with pytest.raises(VendorRejected, match="credentials"):
        submit(veo, replace(ORDER, model=MODELS["veo"]))
    assert not vendor.requests


@pytest.mark.parametrize("key", ["", "a b", "ключ"])
def test_what_is_no_key_is_not_sent(vendor, key):
    with pytest.raises(VendorRejected):
        submit(GoogleOmni(key=key, base_url=vendor.base_url))
    assert not vendor.requests


def test_the_surroundings_do_not_turn_omni_into_vertex(omni, vendor, monkeypatch):
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "AIzaAnother")
    submit(omni)
    assert vendor.submits == 1


def test_the_key_goes_nowhere_else(omni, vendor, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    omni.fetch(submit(omni), tmp_path)
    assert KEY not in caplog.text
    assert KEY not in repr(omni)
