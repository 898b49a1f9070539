"""Replicate through its real SDK, against a strict Replicate on loopback."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import av
import pytest

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
from core.domain.orders import SoundOrder, StillOrder
from core.domain.tasks import ClipOrder, Recovery, TaskState
from core.providers import ClipVendor, TaskVendor
from core.providers.replicate import ReplicateClips, ReplicateSounds, ReplicateStills
from core.providers.replicate_api import MAX_PAGES
from tests.conftest import ffmpeg
from tests.fake_replicate import SECRET, TOKEN, FakeReplicate, film, version

CLIP = ClipOrder(model="wan/t2v", prompt="A lamp comes on.", seconds=5.0, width=720, height=1280, seed=5)
TURBO = replace(CLIP, model="studio/turbo")
STILL = StillOrder(
    model="black-forest-labs/flux-schnell", prompt="A lamp.", width=1080, height=1920, seed=2**31 + 4
)  # fmt: skip
SOUND = SoundOrder(model="zsxkib/mmaudio", what="effect", prompt="A door.", seconds=4.0)


class Impatient(ReplicateClips):
    order_seconds = 0.3


@pytest.fixture
def vendor() -> Iterator[FakeReplicate]:
    with FakeReplicate(slow=1.0) as running:
        yield running


@pytest.fixture
def clips(vendor) -> ReplicateClips:
    return ReplicateClips(key=TOKEN, base_url=vendor.base_url)


@pytest.fixture
def stills(vendor) -> ReplicateStills:
    return ReplicateStills(key=TOKEN, base_url=vendor.base_url)


@pytest.fixture
def sounds(vendor) -> ReplicateSounds:
    return ReplicateSounds(key=TOKEN, base_url=vendor.base_url)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small one, without a suffix, and one that is too large to stand in a request."""
    folder = tmp_path_factory.mktemp("pictures")
    small, large = folder / "small", folder / "large.png"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", "-f", "image2", "-c:v", "png", str(small))
    noise = "nullsrc=s=512x512,geq=random(1)*255:128:128"
    ffmpeg("-f", "lavfi", "-i", noise, "-frames:v", "1", "-c:v", "png", str(large))
    assert small.stat().st_size < 256_000 < large.stat().st_size
    return small, large


def submit(vendor, order) -> str:
    return vendor.submit(order, "k", lambda: None)


def only(vendor: FakeReplicate):
    (prediction,) = vendor.predictions.values()
    return prediction


def test_they_are_task_vendors_that_can_search(clips, stills, sounds):
    filming: ClipVendor = clips
    drawing: TaskVendor[StillOrder] = stills
    sounding: TaskVendor[SoundOrder] = sounds
    assert {one.name for one in (filming, drawing, sounding)} == {"replicate"}
    assert filming.recovery is Recovery.SEARCH


def test_frames_are_counted_by_the_models_own_rate(clips, vendor):
    task = submit(clips, CLIP)
    made = only(vendor)
    assert (made.id, made.version) == (task, version("wan/t2v"))
    assert made.input == {"prompt": CLIP.prompt, "num_frames": 81, "size": "720*1280", "seed": 5}
    assert clips.quote(CLIP, Decimal("0.10")) == Decimal("0.506250")  # 81 frames at 16 a second
    submit(clips, replace(CLIP, seconds=6.5))
    assert list(vendor.predictions.values())[1].input["num_frames"] == 105


def test_choices_are_taken_as_the_model_writes_them(clips, vendor, pictures):
    submit(clips, replace(TURBO, seconds=5.2, seed=2003, width=1080, height=1920, image=pictures[0]))
    given = only(vendor).input
    assert given.pop("start_image").startswith("data:image/png;base64,")
    assert given == {
        "prompt": TURBO.prompt, "duration": 10, "resolution": "1080p", "aspect_ratio": "9:16", "seed": 3,
        "generate_audio": False,
    }  # fmt: skip


def test_width_and_height_keep_their_shape_within_bounds(clips, vendor):
    submit(clips, replace(CLIP, model="lab/free", seconds=2.4))
    assert only(vendor).input == {"prompt": CLIP.prompt, "seconds": 3, "width": 544, "height": 960}


def test_a_large_picture_is_uploaded_and_the_upload_is_not_the_order(clips, vendor, pictures):
    asked: list[int] = []
    clips.submit(replace(TURBO, image=pictures[1]), "k", lambda: asked.append(vendor.requests["upload"]))
    assert asked == [1]
    assert vendor.files["file0"] == pictures[1].read_bytes()
    assert only(vendor).input["start_image"] == f"{vendor.base_url}/v1/files/file0"


def test_a_version_may_be_pinned(clips, vendor):
    submit(clips, replace(CLIP, model=f"wan/t2v:{version('wan/t2v', 'older')}"))
    assert only(vendor).version == version("wan/t2v", "older")


def test_the_schema_is_read_once(clips, vendor):
    for _ in range(3):
        clips.quote(CLIP, Decimal(1))
    assert vendor.requests["model"] == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": "nobody/nothing"}, "no model"),
        ({"model": "../account"}, "no model"),
        ({"model": "wan/t2v:123"}, "no model"),
        ({"model": f"wan/t2v:{'0' * 64}"}, "no model"),
        ({"model": "studio/turbo"}, "start_image"),
        ({"model": "studio/turbo", "prompt": "x" * 201}, "200 characters"),
        ({"model": "lab/fixed"}, "length"),
        ({"model": "lab/odd"}, "lora"),
        ({"model": "lab/silent"}, "does not tell"),
        ({"seconds": 8.0}, "at most 7.6 s"),
        ({"model": "lab/free", "seconds": 9.0}, "at most 8.0 s"),
    ],
)
def test_what_a_model_cannot_do_is_not_asked_of_it(clips, vendor, changed, words):
    order = replace(CLIP, **changed)
    with pytest.raises(VendorRejected, match=words):
        submit(clips, order)
    assert not vendor.submits


def test_a_picture_is_never_left_out_silently(clips, stills, vendor, pictures):
    with pytest.raises(VendorRejected, match="words only"):
        submit(clips, replace(CLIP, image=pictures[0]))
    with pytest.raises(VendorRejected, match="no reference"):
        submit(stills, replace(STILL, references=(pictures[0],)))
    with pytest.raises(BadMedia):
        submit(clips, replace(TURBO, image=pictures[0].with_name("none")))
    assert not vendor.submits


def test_a_still_comes_from_the_official_model(stills, vendor, tmp_path):
    task = submit(stills, STILL)
    assert only(vendor).version == "hidden"
    assert only(vendor).input == {
        "prompt": "A lamp.", "aspect_ratio": "9:16", "seed": 4, "num_outputs": 1, "output_format": "png",
    }  # fmt: skip
    vendor.shape = "list"
    still = stills.fetch(task, tmp_path)
    assert still.name == f"{task}.png"
    assert still.read_bytes() == film("png")
    assert stills.quote(STILL, Decimal("0.003")) == Decimal("0.003")


def test_models_that_we_know_are_ordered_without_a_schema(stills, sounds, vendor):
    vendor.untold = True
    submit(stills, STILL)
    submit(sounds, SOUND)
    assert [prediction.input.get("aspect_ratio") for prediction in vendor.predictions.values()] == ["9:16", None]


def test_a_quote_needs_no_files(clips, pictures):
    order = replace(TURBO, image=pictures[0].with_name("not made yet"))
    assert clips.quote(order, Decimal("0.1")) == Decimal("0.5")


def test_a_sound_is_made_for_its_clip(sounds, vendor, pictures, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(film("mp4"))
    submit(sounds, replace(SOUND, clip=clip))
    given = only(vendor).input
    assert given.pop("video").startswith("data:video/mp4;base64,")
    assert given == {"prompt": "A door.", "duration": 4.0, "negative_prompt": "music"}


def test_a_clip_is_fetched_in_every_shape_that_models_answer_in(clips, vendor, tmp_path):
    task = submit(clips, CLIP)
    for shape in ("text", "list", "object", "data"):
        vendor.shape = shape
        clip = clips.fetch(task, tmp_path)
        assert clip.name == f"{task}.mp4"
        with av.open(str(clip)) as film:
            assert film.streams.video[0].frames == 24
        clip.unlink()


def test_a_prediction_is_followed_to_its_end(clips, vendor):
    vendor.making = 60
    task = submit(clips, CLIP)
    status = clips.poll(task)
    assert (status.state, status.begun, status.cost) == (TaskState.RUNNING, False, None)
    only(vendor).forced = "processing"
    only(vendor).logs = "Loading\n 10%|#   | 1/10\r 40%|####  | 4/10 [00:01]"
    status = clips.poll(task)
    assert (status.state, status.begun, status.fraction) == (TaskState.RUNNING, True, 0.4)
    only(vendor).forced = "succeeded"
    assert clips.poll(task).state is TaskState.SUCCEEDED


def test_the_machines_time_is_the_cost_where_its_price_is_known(vendor):
    sounds = ReplicateSounds(
        key=TOKEN, base_url=vendor.base_url, gpu_prices={"zsxkib/mmaudio": Decimal("0.000975")}
    )  # fmt: skip
    assert sounds.poll(submit(sounds, SOUND)).cost == Decimal("0.004144")


@pytest.mark.parametrize(
    ("error", "refused"), [("CUDA out of memory", False), ("NSFW content detected", True), ("flagged (E005)", True)]
)
def test_a_failure_says_why(clips, vendor, tmp_path, error, refused):
    task = submit(clips, CLIP)
    only(vendor).error = f"{error} {TOKEN}"
    status = clips.poll(task)
    assert (status.state, status.refused) == (TaskState.FAILED, refused)
    assert error in status.problem
    assert TOKEN not in status.problem
    with pytest.raises(TaskGone):
        clips.fetch(task, tmp_path)


@pytest.mark.parametrize(("word", "cost"), [("canceled", None), ("aborted", Decimal(0))])
def test_what_was_stopped_is_cancelled(clips, vendor, word, cost):
    task = submit(clips, CLIP)
    only(vendor).forced = word
    status = clips.poll(task)
    assert (status.state, status.cost) == (TaskState.CANCELLED, cost)


def test_an_order_that_is_aborted_at_once_is_an_order(clips, vendor):
    vendor.coming = ["create:aborted"]
    assert clips.poll(submit(clips, CLIP)).state is TaskState.CANCELLED


def test_only_what_runs_is_cancelled(clips, vendor):
    done = submit(clips, CLIP)
    assert not clips.cancel(done)
    vendor.making = 60
    running = submit(clips, CLIP)
    assert clips.cancel(running)
    assert clips.poll(running).state is TaskState.CANCELLED
    assert vendor.requests["cancel"] == 1


@pytest.mark.parametrize("call", ["poll", "cancel"])
@pytest.mark.parametrize("task", ["unknown", "../models", "a?b", ""])
def test_a_task_that_is_not_known_is_gone(clips, call, task):
    with pytest.raises(TaskGone):
        getattr(clips, call)(task)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("expired", TaskGone), ("page", VendorUnavailable), ("nothing", VendorUnavailable), ("half", VendorUnavailable),
     ("reset_after", VendorUnavailable)],
)  # fmt: skip
def test_a_download_that_fails_leaves_nothing(clips, vendor, tmp_path, fault, error):
    task = submit(clips, CLIP)
    vendor.coming = [f"delivery:{fault}"]
    with pytest.raises(error):
        clips.fetch(task, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_was_deleted_is_gone_and_what_runs_is_not_there_yet(clips, vendor, tmp_path):
    task = submit(clips, CLIP)
    only(vendor).removed = True
    with pytest.raises(TaskGone):
        clips.fetch(task, tmp_path)
    only(vendor).forced = "processing"
    with pytest.raises(VendorUnavailable):
        clips.fetch(task, tmp_path)


REFUSALS = [
    ("unauthorised", VendorRejected), ("forbidden", VendorRejected), ("invalid", VendorRejected),
    ("gone_version", Retired), ("moved", VendorRejected), ("no_credit", NoCredit),
    ("moderated", ModerationRefused), ("rate_limit", RateLimited), ("late", VendorUnavailable),
    ("conflict", MaybeBought), ("error_before", MaybeBought), ("reset_before", MaybeBought),
    ("reset_after_reading", MaybeBought), ("reset_after", MaybeBought), ("error_after", MaybeBought),
    ("half", MaybeBought), ("malformed", MaybeBought), ("no_id", MaybeBought), ("bad_id", MaybeBought),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "error"), REFUSALS)
@pytest.mark.parametrize("kind", ["version", "official"])
def test_every_refusal_of_an_order_is_told_apart_and_it_is_sent_once(clips, stills, vendor, kind, fault, error):
    vendor.coming = [f"create:{fault}"]
    with pytest.raises(RepriseError) as refusal:
        submit(clips, CLIP) if kind == "version" else submit(stills, STILL)
    assert type(refusal.value) is error
    assert TOKEN not in refusal.value.sentence
    assert vendor.requests["create"] == 1


@pytest.mark.parametrize(("fault", "delay"), [("rate_limit", 7), ("rate_limit_words", 12), ("rate_limit_field", 9)])
def test_a_rate_limit_tells_how_long_and_nothing_waits_for_it(clips, vendor, fault, delay):
    task = submit(clips, CLIP)
    began = time.monotonic()
    for kind, call in (("create", lambda: submit(clips, CLIP)), ("task", lambda: clips.poll(task))):
        vendor.coming = [f"{kind}:{fault}"]
        with pytest.raises(RateLimited) as refusal:
            call()
        assert refusal.value.delay == delay
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [("unauthorised", VendorRejected), ("rate_limit", RateLimited), ("error_before", VendorUnavailable),
     ("reset_after", VendorUnavailable), ("half", VendorUnavailable), ("malformed", VendorUnavailable)],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["task", "model", "upload", "list"])
def test_calls_that_cost_nothing_may_be_made_again(clips, vendor, pictures, kind, fault, error):
    task = "" if kind == "model" else submit(clips, CLIP)
    before = vendor.submits
    vendor.coming = [f"{kind}:{fault}"]
    calls = {
        "task": lambda: clips.poll(task),
        "model": lambda: submit(clips, CLIP),
        "upload": lambda: submit(clips, replace(TURBO, image=pictures[1])),
        "list": lambda: clips.find(CLIP, "k", vendor.now),
    }
    with pytest.raises(error):
        calls[kind]()
    assert vendor.submits == before
    assert vendor.requests[kind] <= 2
    calls[kind]()


def test_a_state_that_nobody_knows_is_asked_for_again(clips, vendor):
    task = submit(clips, CLIP)
    vendor.coming = ["task:strange"]
    with pytest.raises(VendorUnavailable, match="dreaming"):
        clips.poll(task)


def test_a_slow_answer_to_an_order_is_in_doubt(vendor):
    vendor.coming = ["create:slow"]
    with pytest.raises(MaybeBought, match="in time"):
        submit(Impatient(key=TOKEN, base_url=vendor.base_url), CLIP)


def test_an_order_may_be_stopped_before_a_byte_leaves(clips, vendor):
    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        clips.submit(CLIP, "k", stop)
    assert not vendor.submits


def test_a_lost_order_is_found_by_what_it_was_made_from(clips, vendor, pictures):
    since = vendor.now
    submit(clips, replace(CLIP, prompt="Another."))
    vendor.coming = ["create:reset_after"]
    order = replace(TURBO, image=pictures[1])
    with pytest.raises(MaybeBought):
        submit(clips, order)
    lost = list(vendor.predictions)[1]
    submit(clips, replace(order, seed=6))
    vendor.page = 1
    assert clips.find(order, "k", since) == [lost]
    assert clips.find(replace(order, seed=7), "k", since) == []
    assert clips.find(order, "k", since + timedelta(hours=1)) == []


def test_a_deleted_prediction_of_the_model_may_have_been_ours(clips, vendor):
    submit(clips, CLIP)
    only(vendor).removed = True
    assert clips.find(CLIP, "k", vendor.now) is None
    assert clips.find(replace(CLIP, model="lab/free"), "k", vendor.now) == []


def test_what_a_person_made_on_the_website_is_not_ours(clips, vendor):
    submit(clips, CLIP)
    only(vendor).source = "web"
    assert clips.find(CLIP, "k", vendor.now) == []


def test_an_endless_list_tells_nothing(clips, vendor):
    for _ in range(MAX_PAGES + 1):
        vendor.take("wan/t2v", version("wan/t2v"), {"prompt": "Another."})
    vendor.page = 1
    assert clips.find(CLIP, "k", vendor.now) is None


def test_a_webhook_is_asked_for_when_there_is_somebody_to_be_told(vendor):
    clips = ReplicateClips(key=TOKEN, base_url=vendor.base_url, webhook="https://reprise.example/hook")
    submit(clips, CLIP)
    assert only(vendor).webhook == ("https://reprise.example/hook", ["completed"])
    assert clips.webhook_secret() == SECRET


def test_the_key_goes_nowhere_else(clips, vendor, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    clips.fetch(submit(clips, CLIP), tmp_path)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(clips)
