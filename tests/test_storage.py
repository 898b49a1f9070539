"""What every storage promises, on the local disk and in a bucket, and what a bucket adds: a cache and a network.

The bucket is moto's server on loopback: real HTTP, real boto3.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core.domain.errors import BadInput, Broken, DiskFull, NotFound
from core.storage import Storage
from core.storage.local import LocalStorage
from core.storage.s3 import IN_USE, MULTIPART, S3Storage

BUCKET, SECRET = "films", "a-very-secret-key"
NOBODY = f"ab/{'ab' * 32}.mp4"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 on this machine."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(autouse=True)
def _keys(monkeypatch, tmp_path) -> None:
    """Keys of a test's own, whatever this machine has in its home."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "no such file"))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def bare(server) -> Any:
    """A client of the server, with a bucket."""
    session = boto3.session.Session(aws_access_key_id="AKIATEST", aws_secret_access_key=SECRET)
    made = session.client("s3", endpoint_url=server, region_name="us-east-1")
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture
def client(bare) -> Iterator[Any]:
    """That client; the bucket is empty again afterwards."""
    yield bare
    for item in bare.list_objects_v2(Bucket=BUCKET, MaxKeys=1000).get("Contents", ()):
        bare.delete_object(Bucket=BUCKET, Key=item["Key"])


def bucket_storage(server: str, root: Path, **other: Any) -> S3Storage:
    given = {"bucket": BUCKET, "prefix": "reprise", "root": root, "endpoint_url": server, "region": None}
    return S3Storage(**given | {"cache_mb": 100} | other)


@pytest.fixture
def bucket(server, client, tmp_path) -> S3Storage:
    return bucket_storage(server, tmp_path / "machine")


@pytest.fixture(params=["local", "bucket"])
def storage(request, tmp_path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "machine")
    return request.getfixturevalue("bucket")


@pytest.fixture
def made(tmp_path) -> Callable[..., Path]:
    """Makes a file with that content."""

    def make(content: bytes = b"a short film", name: str = "film.MP4") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


def wiped(bucket: S3Storage) -> S3Storage:
    """The storage as it is on a machine that has no copy yet."""
    shutil.rmtree(bucket.cache.folder)
    bucket.cache.folder.mkdir()
    return bucket


def unused_for(path: Path, seconds: float) -> None:
    """As if the cached file had been made and used so long ago."""
    os.utime(path, (time.time() - seconds,) * 2)


def asked(bucket: S3Storage, operation: str) -> list[str]:
    """A list that grows with each request of that kind."""
    seen: list[str] = []
    events = bucket._here().client.meta.events
    events.register(f"before-send.s3.{operation}", lambda request, **_: seen.append(request.url))
    return seen


# What every storage promises


def test_a_file_is_taken_over_and_given_back_by_its_content(storage, made):
    path = made()
    blob = storage.put(path)
    digest = hashlib.sha256(b"a short film").hexdigest()
    assert blob == f"{digest[:2]}/{digest}.mp4"
    assert not path.exists()
    assert storage.path(blob).read_bytes() == b"a short film"
    assert storage.path(blob).suffix == ".mp4"
    assert storage.has(blob)
    assert storage.size(blob) == len(b"a short film")


def test_the_same_content_is_kept_once(storage, made):
    first, second = storage.put(made(name="one.mp4")), storage.put(made(name="two.mp4"))
    assert first == second
    assert storage.names() == [first]


def test_an_empty_file_is_kept_too(storage, made):
    blob = storage.put(made(b"", "nothing"))
    assert storage.path(blob).read_bytes() == b""
    assert storage.names() == [blob]


def test_a_removed_blob_is_gone_and_removing_it_again_does_nothing(storage, made):
    blob = storage.put(made())
    storage.remove(blob)
    storage.remove(blob)
    assert not storage.has(blob)
    assert storage.names() == []
    for asked_for in (storage.path, storage.size, storage.modified):
        with pytest.raises(NotFound):
            asked_for(blob)


@pytest.mark.parametrize("blob", [NOBODY, "../../etc/passwd", "ab/../../machine", ""])
def test_what_was_never_put_is_not_found(storage, blob):
    assert not storage.has(blob)
    with pytest.raises(NotFound):
        storage.path(blob)


def test_a_blob_counts_as_new_from_when_it_was_put_however_old_the_file_was(storage, made):
    path = made()
    unused_for(path, 30 * 24 * 3600)
    assert abs(storage.modified(storage.put(path)) - time.time()) < 5


def test_scratch_is_made_and_room_is_told_and_all_is_well(storage):
    folder = storage.scratch("work/one")
    (folder / "half.mp4").write_bytes(b"x")
    assert storage.scratch("work/one") == folder
    assert storage.names() == []
    assert storage.free_mb() > 0
    storage.ping()


# What a bucket adds: objects


def test_an_object_has_its_type_and_a_checksum_that_the_server_was_given(bucket, client, made):
    blob = bucket.put(made())
    head = client.head_object(Bucket=BUCKET, Key=f"reprise/{blob}", ChecksumMode="ENABLED")
    assert head["ContentType"] == "video/mp4"
    sent: list[Any] = []
    bucket._here().client.meta.events.register("before-send.s3.PutObject", lambda request, **_: sent.append(request))
    blob = bucket.put(made(b"another"))
    headers = {name.lower(): value for name, value in sent[0].headers.items()}
    assert headers["x-amz-content-sha256"] in (blob[3:67], blob[3:67].encode())
    assert "x-amz-checksum-sha256" in headers
    assert "x-amz-trailer" not in headers, "R2 refuses trailers"


def test_a_big_file_goes_up_in_parts_each_signed_and_comes_back_whole(bucket, client, made):
    content = os.urandom(2**20) * (MULTIPART // 2**20 + 1)
    sent: list[Any] = []
    bucket._here().client.meta.events.register("before-send.s3.UploadPart", lambda request, **_: sent.append(request))
    blob = bucket.put(made(content))
    assert len(sent) == 3
    for request in sent:
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert len(headers["x-amz-content-sha256"]) == 64, "the server checks each part"
        assert not any("checksum" in name for name in headers), "R2 refuses SHA-256 in parts"
    assert client.head_object(Bucket=BUCKET, Key=f"reprise/{blob}")["ContentType"] == "video/mp4"
    assert wiped(bucket).path(blob).read_bytes() == content


class Stopped(Exception):
    """A request was about to leave."""


def test_over_https_a_part_is_signed_with_its_sha_256_too(bucket):
    bucket.endpoint_url = "https://storage.example"
    client, sent = bucket._client(), []

    def stop(request, **_):
        sent.append(request.headers["X-Amz-Content-SHA256"].decode())
        raise Stopped

    client.meta.events.register("before-send.s3.UploadPart", stop)
    with pytest.raises(Stopped):
        client.upload_part(Bucket=BUCKET, Key="x", UploadId="1", PartNumber=1, Body=b"a part")
    assert sent == [hashlib.sha256(b"a part").hexdigest()]


def test_what_is_there_already_is_not_uploaded_again(bucket, server, made, tmp_path):
    blob = bucket.put(made())
    other = bucket_storage(server, tmp_path / "other machine")
    uploads, downloads = asked(other, "PutObject"), asked(other, "GetObject")
    assert other.put(made()) == blob
    assert other.path(blob).read_bytes() == b"a short film"
    assert (uploads, downloads) == ([], [])


def test_an_object_of_another_size_is_replaced(bucket, client, made):
    blob = bucket.put(made())
    client.put_object(Bucket=BUCKET, Key=f"reprise/{blob}", Body=b"cut")
    assert bucket.put(made()) == blob
    assert bucket.size(blob) == len(b"a short film")


def test_an_old_object_is_put_again_so_that_no_sweep_takes_it_meanwhile(bucket, made, monkeypatch):
    blob = bucket.put(made())
    uploads, later = asked(bucket, "PutObject"), time.time() + 2 * 3600
    monkeypatch.setattr("core.storage.s3.time.time", lambda: later)
    bucket.put(made())
    assert len(uploads) == 1
    assert bucket.has(blob)


def test_names_go_over_pages_and_leave_out_what_is_not_ours(bucket, client, made, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    blobs = [bucket.put(made(str(n).encode())) for n in range(8)]
    for key in (f"reprise/{blobs[0]}/more", "reprise/notes.txt", NOBODY, f"other/{NOBODY}"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    pages = asked(bucket, "ListObjectsV2")
    assert bucket.names() == sorted(blobs)
    assert len(pages) > 2


def test_without_a_prefix_the_blobs_lie_at_the_top_and_others_are_left_alone(server, client, made, tmp_path):
    client.put_object(Bucket=BUCKET, Key=f"reprise/{NOBODY}", Body=b"x")
    top = bucket_storage(server, tmp_path / "top", prefix="/")
    blob = top.put(made())
    assert top.names() == [blob]
    assert client.head_object(Bucket=BUCKET, Key=blob)


# What a bucket adds: a cache


def test_the_worker_that_made_a_file_need_not_fetch_it(bucket, made):
    downloads = asked(bucket, "GetObject")
    blob = bucket.put(made())
    assert bucket.path(blob).is_file()
    assert downloads == []


def test_threads_that_ask_at_once_after_the_cache_was_wiped_fetch_it_once(bucket, made):
    content = os.urandom(3_000_000)
    blob = wiped(bucket).put(made(content))
    downloads = asked(wiped(bucket), "GetObject")
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: bucket.path(blob).read_bytes() == content, range(8)))
    assert paths == [True] * 8
    assert len(downloads) == 1
    assert [p.name for p in bucket.cache.folder.glob("*/*")] == [blob[3:]], "nothing half done is left"


def _fetches(bucket: S3Storage, blob: str) -> None:
    """In a forked process: ends with 0 when the file is whole."""
    whole = hashlib.sha256(bucket.path(blob).read_bytes()).hexdigest() == blob[3:67]
    os._exit(0 if whole else 1)


def test_forked_processes_that_ask_at_once_get_whole_files_over_connections_of_their_own(bucket, made):
    blob = bucket.put(made(os.urandom(3_000_000)))
    wiped(bucket)
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_fetches, args=(bucket, blob)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(20)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert bucket.has(blob)


def test_a_damaged_copy_is_noticed_and_fetched_anew(bucket, made):
    blob = bucket.put(made())
    bucket.path(blob).write_bytes(b"a short lie!")
    assert bucket.path(blob).read_bytes() == b"a short film"
    bucket.path(blob).write_bytes(b"a sh")
    assert bucket.path(blob).read_bytes() == b"a short film"


def test_a_damaged_download_is_noticed_and_leaves_nothing(bucket, client, made):
    blob = bucket.put(made())
    client.put_object(Bucket=BUCKET, Key=f"reprise/{blob}", Body=b"a short lie!")
    with pytest.raises(Broken, match="damaged") as caught:
        wiped(bucket).path(blob)
    assert caught.value.retryable
    assert list(bucket.cache.folder.glob("*/*")) == []


def test_a_blob_that_another_machine_removed_is_gone_though_a_copy_is_here(bucket, client, made):
    blob = bucket.put(made())
    client.delete_object(Bucket=BUCKET, Key=f"reprise/{blob}")
    assert not bucket.has(blob)
    with pytest.raises(NotFound):
        wiped(bucket).path(blob)


def test_the_cache_keeps_its_bound_and_what_was_used_last(server, client, made, tmp_path):
    small = bucket_storage(server, tmp_path / "small", cache_mb=1)
    blobs = [small.put(made(bytes([n]) * 300_000)) for n in range(3)]
    for age, blob in enumerate(blobs):
        unused_for(small.cache.folder / blob, 5 * IN_USE - age)
    small.path(blobs[0])  # the oldest is used again
    newest = small.put(made(b"\xff" * 300_000))
    left = {str(p.relative_to(small.cache.folder)) for p in small.cache.folder.glob("*/*")}
    assert left == {blobs[0], blobs[2], newest}
    assert small.path(blobs[1]).read_bytes() == b"\x01" * 300_000, "it is still in the bucket"


def test_the_cache_never_drops_what_a_step_may_be_reading(server, client, made, tmp_path):
    small = bucket_storage(server, tmp_path / "small", cache_mb=1)
    blobs = [small.put(made(bytes([n]) * 600_000)) for n in range(3)]
    assert all((small.cache.folder / blob).is_file() for blob in blobs)


def test_a_download_that_was_killed_goes_with_the_rest(server, client, made, tmp_path):
    small = bucket_storage(server, tmp_path / "small", cache_mb=1)
    half = small.cache.part(small.put(made()))
    half.write_bytes(b"x" * 900_000)
    unused_for(half, 2 * IN_USE)
    small.put(made(b"y" * 900_000))
    assert not half.exists()


def test_a_file_keeps_its_date_through_fetching_and_use_so_that_players_may_ask_for_the_rest(bucket, made):
    blob = bucket.put(made(b"0123456789"))
    app = Starlette(routes=[Route("/film", lambda _: FileResponse(bucket.path(blob)))])
    with TestClient(app) as web:
        tag = web.get("/film").headers["etag"]
        wiped(bucket)
        rest = web.get("/film", headers={"Range": "bytes=4-", "If-Range": tag})
    assert rest.status_code == 206
    assert rest.content == b"456789"


# What a bucket adds: trouble


def test_a_missing_bucket_is_said_at_once(server, client, tmp_path):
    with pytest.raises(BadInput, match="no bucket “nowhere”") as caught:
        bucket_storage(server, tmp_path, bucket="nowhere")
    assert caught.value.remedy


def test_missing_keys_are_said_at_once(server, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BadInput, match="no keys") as caught:
        bucket_storage(server, tmp_path)
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy


@pytest.mark.parametrize("bad", [
    {"endpoint_url": "storage.example"},
    {"endpoint_url": "https://me:hunter2@storage.example"},
    {"endpoint_url": f"https://storage.example/{BUCKET}"},
    {"endpoint_url": "http://127.0.0.1:999999"},
    {"bucket": "two words"},
    {"region": "no/where"},
])  # fmt: skip
def test_what_cannot_be_right_is_said_without_any_secret(server, tmp_path, bad):
    with pytest.raises(BadInput) as caught:
        bucket_storage(server, tmp_path, **bad)
    assert caught.value.remedy
    assert SECRET not in caught.value.sentence
    assert "hunter2" not in caught.value.sentence


class Answering:
    """A server that answers everything with one status and error code."""

    def __init__(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()
        self.answer = (
            f"HTTP/1.1 {status} No\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked = 0
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self.socket.accept()
            except OSError:
                return
            with taken:
                taken.recv(65536)
                self.asked += 1
                taken.sendall(self.answer)


@pytest.mark.parametrize(("status", "code", "kind"), [
    (403, "InvalidAccessKeyId", BadInput),
    (403, "SignatureDoesNotMatch", BadInput),
    (401, "Unauthorized", BadInput),
    (400, "AuthorizationHeaderMalformed", BadInput),
    (403, "RequestTimeTooSkewed", BadInput),
    (501, "NotImplemented", Broken),
    (507, "XMinioStorageFull", DiskFull),
])  # fmt: skip
def test_what_the_storage_refuses_is_said_in_words_without_any_secret(tmp_path, status, code, kind):
    server = Answering(status, code)
    with pytest.raises(kind) as caught:
        bucket_storage(server.url, tmp_path)
    server.socket.close()
    assert type(caught.value) is kind
    assert caught.value.remedy
    assert SECRET not in caught.value.sentence


def test_a_storage_that_is_overloaded_is_asked_three_times_and_is_worth_a_retry(tmp_path):
    server = Answering(503, "SlowDown")
    with pytest.raises(Broken) as caught:
        bucket_storage(server.url, tmp_path)
    server.socket.close()
    assert server.asked == 3
    assert caught.value.retryable


def test_while_the_storage_is_away_copies_are_given_and_nothing_is_lost(client, server, made, tmp_path):
    machine = bucket_storage(server, tmp_path / "machine")
    blob = machine.put(made())
    closed = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()
    machine.endpoint_url, machine._connections = address, {}
    assert machine.path(blob).is_file()
    path = made(b"a new film")
    with pytest.raises(Broken, match="cannot be reached") as caught:
        machine.put(path)
    assert caught.value.retryable
    assert caught.value.remedy
    assert path.read_bytes() == b"a new film"


def test_a_download_onto_a_full_disk_is_said_and_leaves_nothing(bucket, server, made, tmp_path):
    blob = bucket.put(made(os.urandom(3_000_000)))
    folder, mount = tmp_path / "small", shutil.which("mount")
    folder.mkdir()
    made_disk = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if not made_disk or made_disk.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root on Linux)")
    try:
        small = bucket_storage(server, folder)
        with pytest.raises(DiskFull):
            small.path(blob)
        assert list(small.cache.folder.glob("*/*")) == []
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
