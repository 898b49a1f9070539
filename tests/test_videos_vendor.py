"""The `/v1/videos` adapter against a vendor that counts, with the real SDK in between and nothing patched."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from core.domain import errors
from core.domain.tasks import ClipOrder, Recovery, TaskState
from core.providers import ClipVendor, videos
from core.providers.videos import VideosServer
from tests.fake_vendor import FakeVendor

KEY = "sk-secret-0123456789"
ORDER = ClipOrder(model="sora-2", prompt="A lighthouse at dusk", seconds=3.2, width=1920, height=1080, seed=7)


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    with FakeVendor(recovery="search", making=0.0, slow=0.3) as running:
        yield running


@pytest.fixture
def server(vendor: FakeVendor) -> VideosServer:
    return server_at(vendor.base_url)


def server_at(base_url: str) -> VideosServer:
    return VideosServer(name="videos", base_url=base_url, key=KEY, recovery=Recovery.SEARCH)


def order(**changes: Any) -> ClipOrder:
    fields = {name: getattr(ORDER, name) for name in ClipOrder.__slots__}
    return ClipOrder(**(fields | changes))


def submit(server: ClipVendor, asked: ClipOrder = ORDER, key: str = "job:film:1") -> str:
    return server.submit(asked, key, lambda: None)


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


def raw_server(answer: bytes) -> tuple[str, Callable[[], None]]:
    """A server that reads a request, gives this answer and hangs up; for what no proper vendor would say."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as asked:
                length = 0
                while (line := asked.readline()) not in (b"\r\n", b""):
                    name, _, value = line.lower().partition(b":")
                    length = int(value) if name == b"content-length" else length
                asked.read(length)
                connection.sendall(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1", listener.close


def test_an_order_is_made_once_exactly_as_asked_and_billed_by_the_sold_length(vendor, server):
    task = submit(server)
    assert vendor.asked("create") == 1
    (charge,) = vendor.tasks
    assert charge["id"] == task
    assert charge["key"] == "job:film:1"
    assert (charge["prompt"], charge["model"]) == (ORDER.prompt, "sora-2")
    assert (charge["seconds"], charge["size"]) == (4, "1280x720")
    assert Decimal(charge["cost_micros"]) / 1_000_000 == server.quote(ORDER, Decimal("0.05")) == Decimal("0.2")


@pytest.mark.parametrize(("seconds", "sold"), [(0.5, 4), (4.0, 4), (4.01, 8), (8.0000000001, 8), (12, 12)])
def test_a_quote_is_for_the_next_longer_length(server, seconds, sold):
    assert server.quote(order(seconds=seconds), Decimal("0.072")) == Decimal("0.072") * sold


def test_a_shot_that_is_too_long_is_refused_before_anything_is_sent(vendor, server):
    with pytest.raises(errors.VendorRejected, match="at most 12 s"):
        server.quote(order(seconds=12.5), Decimal(1))
    with pytest.raises(errors.VendorRejected, match="at most 12 s"):
        submit(server, order(seconds=12.5))
    assert vendor.asked("create") == 0


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1920, 1080, "1280x720"), (1080, 1920, "720x1280"), (1792, 1024, "1792x1024")]
)
def test_the_nearest_size_is_asked_for(vendor, server, width, height, size):
    submit(server, order(width=width, height=height))
    assert vendor.tasks[0]["size"] == size


def test_a_first_frame_travels_along_and_a_missing_one_stops_the_order(vendor, server, tmp_path):
    frame = tmp_path / "first.png"
    frame.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    submit(server, order(image=frame))
    assert vendor.tasks[0]["metadata"]["image_bytes"] == frame.stat().st_size
    with pytest.raises(errors.BadMedia):
        submit(server, order(image=tmp_path / "none.png"))
    assert vendor.asked("create") == 1


@pytest.mark.parametrize(
    ("fault", "kind", "charges"),
    [
        ("drop_before_body", errors.MaybeBought, 0),
        ("drop_before_accept", errors.MaybeBought, 0),
        ("drop_after_accept", errors.MaybeBought, 1),
        ("error_before_accept", errors.MaybeBought, 0),
        ("error_after_accept", errors.MaybeBought, 1),
        ("malformed", errors.MaybeBought, 1),
        ("rate_limit", errors.RateLimited, 0),
        ("insufficient_quota", errors.NoCredit, 0),
        ("no_credit", errors.NoCredit, 0),
        ("moderation", errors.ModerationRefused, 0),
        ("unauthorised", errors.VendorRejected, 0),
        ("invalid", errors.VendorRejected, 0),
    ],
)
def test_an_order_that_goes_wrong_is_sent_once_and_says_what_is_known(vendor, server, fault, kind, charges):
    vendor.next(fault)
    with pytest.raises(errors.VendorError) as caught:
        submit(server)
    assert type(caught.value) is kind
    assert vendor.asked("create") == 1
    assert len(vendor.tasks) == charges
    assert KEY not in caught.value.sentence
    assert caught.value.remedy or kind is errors.RateLimited


def test_a_slow_answer_is_waited_for(vendor, server):
    vendor.next("slow")
    assert submit(server) == vendor.tasks[0]["id"]


def test_an_answer_that_does_not_come_in_time_leaves_the_order_in_doubt(vendor, server, monkeypatch):
    monkeypatch.setattr(videos, "ORDER_SECONDS", 0.1)
    vendor.next("slow")
    with pytest.raises(errors.MaybeBought, match="in time"):
        submit(server)
    assert (vendor.asked("create"), len(vendor.tasks)) == (1, 1)


def test_what_stops_the_order_at_the_last_moment_stops_it(vendor, server):
    def stop() -> None:
        raise errors.Conflict("This worker has lost its step.")

    with pytest.raises(errors.Conflict):
        server.submit(ORDER, "k", stop)
    assert vendor.asked("create") == 0


def test_the_last_moment_is_before_the_vendor_hears_and_comes_once(vendor, server):
    heard = []
    server.submit(ORDER, "k", lambda: heard.append(vendor.asked("create")))
    assert heard == [0]


def test_a_server_that_is_not_there_was_certainly_not_asked():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    called = []
    for address in (f"http://127.0.0.1:{port}/v1", "http://no.such.host.invalid/v1"):
        with pytest.raises(errors.VendorUnavailable):
            server_at(address).submit(ORDER, "k", lambda: called.append(1))
    assert called == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", errors.MaybeBought),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", errors.MaybeBought),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", errors.MaybeBought),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>!", errors.MaybeBought),
        (b"not http at all\r\n\r\n", errors.MaybeBought),
        (b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", errors.MaybeBought),
        (b"HTTP/1.1 303 See Other\r\nLocation: /v1/videos/x\r\nContent-Length: 0\r\n\r\n", errors.MaybeBought),
        (b"HTTP/1.1 307 Temporary\r\nLocation: /v1/videos\r\nContent-Length: 0\r\n\r\n", errors.VendorRejected),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", errors.VendorRejected),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", errors.Retired),
        (b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n", errors.VendorUnavailable),
    ],
)
def test_answers_that_no_proper_vendor_gives_are_judged_too(answer, kind):
    address, close = raw_server(answer)
    with pytest.raises(errors.VendorError) as caught:
        submit(server_at(address))
    close()
    assert type(caught.value) is kind


def test_an_id_is_enough_of_an_answer():
    address, close = raw_server(b'HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n{"id":42}')
    assert submit(server_at(address)) == "42"
    close()


@pytest.mark.parametrize(("said", "low", "high"), [("7", 7, 7), ("soon", 10, 10), ("1e9", 3600, 3600), ("-3", 0, 0)])
def test_a_rate_limit_says_how_long(vendor, server, said, low, high):
    vendor.rules.retry_after = said
    vendor.next("rate_limit")
    with pytest.raises(errors.RateLimited) as caught:
        submit(server)
    assert low <= caught.value.delay <= high


def test_a_rate_limit_may_name_a_date(vendor, server):
    vendor.rules.retry_after = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    vendor.next("rate_limit")
    with pytest.raises(errors.RateLimited) as caught:
        submit(server)
    assert 25 < caught.value.delay <= 30


def test_a_vendors_words_are_passed_on_short_in_one_line_and_without_the_key():
    words = json.dumps({"error": {"message": f"Bad\n\x1b[31m {KEY} " + "x" * 900, "code": "bad"}}).encode()
    head = f"HTTP/1.1 422 No\r\nContent-Type: application/json\r\nContent-Length: {len(words)}\r\n\r\n".encode()
    address, close = raw_server(head + words)
    with pytest.raises(errors.VendorRejected) as caught:
        submit(server_at(address))
    close()
    assert caught.value.message.startswith("videos says (422): Bad [31m … xxx")
    assert len(caught.value.message) < 230


def test_the_key_is_not_in_the_servers_name_for_itself_and_must_be_one(server):
    assert KEY not in repr(server)
    broken = VideosServer(name="videos", base_url=server.base_url, key="clé\n", recovery=Recovery.NONE)
    with pytest.raises(errors.VendorRejected, match="characters"):
        submit(broken)


def test_nothing_of_another_account_in_the_environment_is_told(vendor, server, monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    seen: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            seen.append(connection.recv(1 << 16).decode())

    reader = threading.Thread(target=listen)
    reader.start()
    with pytest.raises(errors.MaybeBought):
        submit(server_at(f"http://127.0.0.1:{listener.getsockname()[1]}/v1"))
    reader.join()
    listener.close()
    assert f"Bearer {KEY}" in seen[0]
    assert "mine" not in seen[0]


def test_the_same_key_never_buys_twice_where_keys_are_honoured(vendor, server):
    vendor.rules.recovery = "key"
    vendor.next("drop_after_accept")
    with pytest.raises(errors.MaybeBought):
        submit(server)
    again = submit(server)
    assert [charge["id"] for charge in vendor.tasks] == [again]
    assert vendor.asked("create") == 2


def test_a_task_is_followed_to_its_end(vendor, server):
    vendor.rules.making = 0.25
    task = submit(server)
    early = server.poll(task)
    assert early.state is TaskState.RUNNING
    assert early.fraction is not None and early.fraction < 1
    assert early.poll_after == 0.2
    time.sleep(0.3)
    late = server.poll(task)
    assert (late.state, late.fraction, late.problem) == (TaskState.SUCCEEDED, 1.0, "")


@pytest.mark.parametrize(("fault", "refused"), [("task_fails", False), ("task_refused", True)])
def test_a_task_that_fails_says_why_and_whether_the_content_was_refused(vendor, server, fault, refused):
    vendor.next(fault)
    status = server.poll(submit(server))
    assert (status.state, status.refused) == (TaskState.FAILED, refused)
    assert status.problem.startswith("videos could not make the clip: ")


@pytest.mark.parametrize("fault", ["drop_before_accept", "error_before_accept", "malformed"])
def test_a_poll_that_goes_wrong_may_be_repeated(vendor, server, fault):
    task = submit(server)
    vendor.next(fault)
    with pytest.raises(errors.VendorUnavailable):
        server.poll(task)
    assert server.poll(task).state is TaskState.SUCCEEDED


def test_a_poll_may_be_rate_limited_and_a_task_may_be_gone(vendor, server):
    task = submit(server)
    vendor.next("rate_limit")
    with pytest.raises(errors.RateLimited):
        server.poll(task)
    with pytest.raises(errors.TaskGone):
        server.poll("video_nobody_knows")


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"status": "processing", "progress": None}, TaskState.RUNNING),
        ({"status": "SUCCEEDED", "progress": "100"}, TaskState.SUCCEEDED),
        ({"status": "canceled"}, TaskState.CANCELLED),
        ({"status": "failed", "error": "out of memory"}, TaskState.FAILED),
        ({"status": "failed", "error": None}, TaskState.FAILED),
    ],
)
def test_imitators_of_the_protocol_are_understood(said, state):
    body = json.dumps(said).encode()
    address, close = raw_server(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    status = server_at(address).poll("t")
    close()
    assert status.state is state
    assert status.poll_after == 5.0


def test_a_state_that_nobody_knows_is_asked_about_again():
    address, close = raw_server(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"status":"on fire"}')
    with pytest.raises(errors.VendorUnavailable, match="on fire"):
        server_at(address).poll("t")
    close()


def test_the_clip_is_a_real_film_of_the_asked_length_and_size(vendor, server, tmp_path):
    clip = server.fetch(submit(server), tmp_path)
    reader = imageio_ffmpeg.read_frames(str(clip))
    about = next(reader)
    reader.close()
    assert about["size"] == (1280, 720)
    assert about["duration"] == pytest.approx(4.0, abs=0.05)
    assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("truncated", errors.VendorUnavailable),
        ("drop_before_accept", errors.VendorUnavailable),
        ("error_before_accept", errors.VendorUnavailable),
        ("rate_limit", errors.RateLimited),
        ("expired", errors.TaskGone),
    ],
)
def test_a_broken_download_leaves_nothing_behind(vendor, server, tmp_path, fault, kind):
    task = submit(server)
    vendor.next(fault)
    with pytest.raises(kind):
        server.fetch(task, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: video/mp4\r\nContent-Length: 0\r\n\r\n",
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Type: text/html\r\n\r\n<p>Sorry</p>",
    ],
)
def test_what_is_not_a_film_is_not_saved(tmp_path, head):
    address, close = raw_server(b"HTTP/1.1 200 OK\r\n" + head)
    with pytest.raises(errors.VendorUnavailable):
        server_at(address).fetch("t", tmp_path)
    close()
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_is_still_being_stored_is_not_gone(vendor, server, tmp_path):
    vendor.rules.making = 60
    with pytest.raises(errors.VendorUnavailable, match="not finished"):
        server.fetch(submit(server), tmp_path)


def test_cancelling_is_not_possible_and_asks_nobody(vendor, server):
    assert server.cancel(submit(server)) is False
    assert vendor.asked("delete") == 0


def test_a_lost_order_is_found_again_among_others(vendor, server):
    submit(server, order(prompt="Another scene"))
    submit(server, order(model="sora-2-pro"))
    submit(server, order(seconds=8))
    submit(server, order(width=1080, height=1920))
    vendor.next("drop_after_accept")
    with pytest.raises(errors.MaybeBought):
        submit(server)
    ours = vendor.tasks[-1]["id"]
    assert server.find(ORDER, "job:film:1", long_ago()) == [ours]
    assert vendor.asked("create") == 5


def test_an_order_that_never_arrived_is_not_found(vendor, server):
    vendor.next("drop_before_accept")
    with pytest.raises(errors.MaybeBought):
        submit(server)
    assert server.find(ORDER, "job:film:1", long_ago()) == []


def test_the_list_is_read_page_by_page_until_it_is_too_old(vendor, server):
    for _ in range(3):
        submit(server)
    for number in range(230):
        vendor.books.accept({"prompt": f"p{number}", "model": "sora-2", "seconds": "4", "size": "1280x720"}, "", 0, "")
    assert len(server.find(ORDER, "k", long_ago()) or ()) == 3
    assert vendor.asked("list") == 3
    for task in vendor.books.tasks.values():
        task.created_at -= 600
    submit(server)
    assert len(server.find(ORDER, "k", long_ago()) or ()) == 1
    assert vendor.asked("list") == 4


def test_a_minute_of_clock_skew_is_forgiven(vendor, server):
    task = submit(server)
    vendor.books.tasks[task].created_at -= 50
    assert server.find(ORDER, "k", datetime.now(UTC)) == [task]
    vendor.books.tasks[task].created_at -= 50
    assert server.find(ORDER, "k", datetime.now(UTC)) == []


def test_an_echoed_key_decides_between_equal_orders(vendor, server):
    vendor.rules.echo_keys = True
    submit(server, key="job:film:1")
    second = submit(server, key="job:film:2")
    assert server.find(ORDER, "job:film:2", long_ago()) == [second]
    assert server.find(ORDER, "job:film:3", long_ago()) == []


@pytest.mark.parametrize("status", [404, 405, 501])
def test_without_a_list_nothing_is_claimed(vendor, server, status):
    vendor.rules.recovery, vendor.rules.list_status = "none", status
    submit(server)
    assert server.find(ORDER, "job:film:1", long_ago()) is None


def test_a_list_that_does_not_tell_prompts_claims_nothing(vendor, server):
    vendor.rules.list_prompts = False
    submit(server)
    assert server.find(ORDER, "job:film:1", long_ago()) is None


def test_a_list_that_ignores_the_order_is_read_to_its_end():
    old, new = ({"id": name, "created_at": at, "prompt": ORDER.prompt} for name, at in (("a", 1), ("b", time.time())))
    body = json.dumps({"data": [old, new], "has_more": False}).encode()
    address, close = raw_server(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert server_at(address).find(ORDER, "k", long_ago()) == ["b"]
    close()


def test_a_list_without_an_end_claims_nothing():
    body = json.dumps({"data": [{"id": "a", "created_at": 1, "prompt": "x"}]}).encode()
    address, close = raw_server(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert server_at(address).find(ORDER, "k", long_ago()) is None
    close()


@pytest.mark.parametrize(("fault", "kind"), [("malformed", "VendorUnavailable"), ("rate_limit", "RateLimited")])
def test_a_search_that_goes_wrong_may_be_repeated(vendor, server, fault, kind):
    task = submit(server)
    vendor.next(fault)
    with pytest.raises(errors.named(kind)):
        server.find(ORDER, "k", long_ago())
    assert server.find(ORDER, "k", long_ago()) == [task]


def test_the_sdks_farewell_is_not_heard_but_other_warnings_are(vendor, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        server = server_at(vendor.base_url)
        task = submit(server)
        server.poll(task)
        server.fetch(task, tmp_path)
        server.find(ORDER, "k", long_ago())
        with pytest.raises(DeprecationWarning):
            warnings.warn("something else", DeprecationWarning, stacklevel=1)


def test_the_vendor_keeps_to_the_protocol(vendor):
    def status_of(body: dict[str, str]) -> int:
        request = urllib.request.Request(
            f"{vendor.base_url}/videos",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": "Bearer k"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code

    fine = {"prompt": "p", "model": "sora-2", "seconds": "4", "size": "720x1280"}
    assert status_of(fine) == 200
    for wrong in ({"seed": "1"}, {"seconds": "5"}, {"size": "1x1"}, {"model": "x"}, {"prompt": " "}):
        assert status_of(fine | wrong) == 400
    assert len(vendor.tasks) == 1


def test_faults_are_played_by_chance_and_counted_by_the_vendor(vendor, server):
    vendor.books.misbehave({"rate": 0.5, "kinds": ["drop_after_accept", "error_before_accept"]})
    bought = 0
    for number in range(40):
        try:
            submit(server, key=f"k{number}")
        except errors.MaybeBought:
            continue
        bought += 1
    told = vendor.books.counters()
    assert told["requests"]["create"] == 40
    assert 8 < sum(told["faults"].values()) < 32
    assert told["accepted"] == bought + told["faults"]["drop_after_accept"]
    assert told["billed_micros"] == told["accepted"] * 200_000


def test_the_vendor_runs_as_a_process_of_its_own_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.fake_vendor", "--port", str(port), "--seconds", "0", "--recovery", "none"]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        task = submit(server_at(f"{address}/v1"))
        with urllib.request.urlopen(f"{address}/admin/tasks") as answer:
            assert [charge["id"] for charge in json.load(answer)] == [task]
        faults = urllib.request.Request(f"{address}/admin/faults", data=b'{"next": ["no_credit"]}')
        urllib.request.urlopen(faults).close()
        with pytest.raises(errors.NoCredit):
            submit(server_at(f"{address}/v1"))
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=5)
    assert said == b""
