"""What comes in through the API: kept when it can be used, refused in a sentence when it cannot, nothing lost."""

from __future__ import annotations

import dataclasses
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import anyio
import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api import server
from core.db import projects as rows
from core.db.tables import Job
from core.domain.errors import BadBrief, BadInput
from core.services import analysis, intake, projects
from core.services import studio as studios
from tests.conftest import ffmpeg

HEADERS = {"X-Reprise": "1"}
BRIEF = "A focus timer for people who work at night"


@pytest.fixture
def client(studio) -> TestClient:
    return TestClient(Starlette(routes=server.routes(), middleware=server.middleware()))


@pytest.fixture
def project(studio):
    return projects.create(studio, studio.local_owner, title="", brief=BRIEF)


def put(client, project, content: bytes, name: str, kind: str = "sample", headers=HEADERS):
    return client.put(f"/api/uploads/{project.id}/{kind}?name={quote(name)}", content=content, headers=headers)


def made(tmp_path: Path, name: str, *args: str) -> bytes:
    ffmpeg(*args, str(tmp_path / name))
    return (tmp_path / name).read_bytes()


VIDEO = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def test_a_real_clip_becomes_the_sample_and_is_analysed(client, project, studio, short_sample):
    reply = put(client, project, short_sample.read_bytes(), "clip.mp4")
    assert reply.status_code == 200
    view = projects.get(studio, studio.local_owner, project.id)
    assert (view.sample.name, view.sample.width, view.sample.height) == ("clip.mp4", 320, 180)
    assert view.stage == "analysing"


def bad_files(tmp_path: Path, good: bytes) -> dict[str, tuple[str, bytes, str]]:
    """Name, content and a word that the sentence must hold, for each bad input."""
    black = ("-f", "lavfi", "-i")
    return {
        "empty": ("clip.mp4", b"", "empty"),
        "text": ("notes.mp4", b"Dear diary, this is not a video.\n" * 200, "not a video"),
        "truncated": ("cut.mp4", good[: len(good) // 2], "cut.mp4"),
        "audio only": ("song.m4a", made(tmp_path, "s.m4a", *black, "sine=d=3", "-c:a", "aac"), "sound"),
        "still": ("photo.jpg", made(tmp_path, "p.jpg", *black, "testsrc2=s=320x180", "-frames:v", "1"), "still"),
        "61 s": ("long.mp4", made(tmp_path, "l.mp4", *black, "color=s=64x64:r=5:d=61.2", *VIDEO), "60"),
        "10 minutes": ("ten.mp4", made(tmp_path, "t.mp4", *black, "color=s=64x64:r=1:d=600", *VIDEO), "60"),
        "8K": ("big.mp4", made(tmp_path, "b.mp4", *black, "color=s=7680x4320:r=2:d=1.5", *VIDEO), "7680"),
    }


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "audio only", "still", "61 s", "10 minutes", "8K"])
def test_a_bad_sample_gets_a_sentence_and_loses_nothing(client, project, studio, short_sample, tmp_path, kind):
    good = short_sample.read_bytes()
    assert put(client, project, good, "good.mp4").status_code == 200
    name, content, word = bad_files(tmp_path, good)[kind]
    reply = put(client, project, content, name)
    assert reply.status_code == 422
    said = reply.json()
    assert word.lower() in said["message"].lower(), said
    assert said["remedy"]
    assert str(studio.settings.home) not in reply.text
    assert projects.get(studio, studio.local_owner, project.id).sample.name == "good.mp4"
    assert not any(p.is_file() for p in studio.storage.scratch("uploads").iterdir())


def test_a_rotated_clip_of_varying_rate_is_taken_upright(client, project, studio, tmp_path):
    """320x180 at 25 fps, then 12 fps, with a rotation flag of 90 degrees: shown as 180x320."""
    made(tmp_path, "plain.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3",
         "-vf", "select='lt(t,1.5)+gte(t,1.5)*not(mod(n,2))'", "-fps_mode", "vfr", *VIDEO)  # fmt: skip
    content = made(tmp_path, "phone.mp4", "-display_rotation", "90", "-i", str(tmp_path / "plain.mp4"), "-c", "copy")
    assert put(client, project, content, "IMG 0001.MOV").status_code == 200
    sample = projects.get(studio, studio.local_owner, project.id).sample
    assert (sample.width, sample.height) == (180, 320)
    assert sample.seconds == pytest.approx(3, abs=0.15)


def test_a_file_over_the_limit_is_refused_while_it_arrives(client, project, studio, monkeypatch):
    too_big = b"\0" * 2_100_000
    object.__setattr__(studio.settings, "max_upload_mb", 2)
    reply = put(client, project, too_big, "huge.mp4")
    assert reply.status_code == 422
    assert "2 MB" in reply.json()["message"]
    assert not any(studio.storage.scratch("uploads").iterdir())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("C:\\films\\my clip.mp4", "my clip.mp4"),
        ("фильм 🎬.mp4", "фильм 🎬.mp4"),
        ("a\x00\nb.mp4", "ab.mp4"),
        ("...", "upload"),
    ],
)
def test_names_lose_what_is_dangerous_and_keep_the_rest(given, kept):
    assert intake.clean_name(given) == kept


def test_a_name_of_300_characters_is_shortened_and_keeps_its_suffix(client, project, studio, short_sample):
    assert put(client, project, short_sample.read_bytes(), "x" * 296 + ".mp4").status_code == 200
    name = projects.get(studio, studio.local_owner, project.id).sample.name
    assert len(name) <= 100
    assert name.endswith(".mp4")


@pytest.mark.parametrize("brief", ["", "   \n", "🎬🎬", "ab", "x" * 10_000])
def test_a_brief_of_nothing_or_of_a_novel_is_refused_in_a_sentence(studio, brief):
    with pytest.raises(BadBrief) as caught:
        projects.create(studio, studio.local_owner, title="", brief=brief)
    assert caught.value.remedy
    assert projects.listing(studio, studio.local_owner).total == 0


@pytest.mark.parametrize(
    "wish", [{"seconds": 61}, {"seconds": 4}, {"category": "nope"}, {"aspect": "4:3"}, {"platform": "x"}]
)
def test_a_wish_that_cannot_be_met_is_refused_in_a_sentence(studio, wish):
    with pytest.raises(BadInput) as caught:
        projects.create(studio, studio.local_owner, title="", brief=BRIEF, **wish)
    assert caught.value.remedy


def test_an_upload_from_another_site_is_refused(client, project, short_sample):
    assert put(client, project, b"x", "a.mp4", headers={}).status_code == 403
    foreign = {**HEADERS, "Origin": "https://evil.example"}
    assert put(client, project, b"x", "a.mp4", headers=foreign).status_code == 403


def test_a_project_that_is_not_there_is_said_so(client, project):
    reply = client.put("/api/uploads/none/sample?name=a.mp4", content=b"x", headers=HEADERS)
    assert reply.status_code in (404, 422)


def test_files_are_played_in_ranges_and_downloaded_under_their_name(client, project, studio, short_sample):
    put(client, project, short_sample.read_bytes(), "the “clip”.mp4")
    asset = projects.get(studio, studio.local_owner, project.id).sample
    part = client.get(asset.url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, len(part.content)) == (206, 100)
    whole = client.get(f"{asset.url}?download=1")
    assert whole.content == short_sample.read_bytes()
    assert quote("the “clip”.mp4") in whole.headers["content-disposition"]
    assert "default-src 'self'" in whole.headers["content-security-policy"]
    for path in ("/files/none", "/files/..%2f..%2fetc%2fpasswd", "/assets/..%2fcatalogue.toml"):
        assert client.get(path).status_code == 404


def test_images_are_checked_and_limited(client, project, studio, tmp_path):
    picture = made(tmp_path, "p.png", "-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1")
    for i in range(intake.MAX_IMAGES):
        assert put(client, project, picture, f"{i}.png", "image").status_code == 200
    assert put(client, project, picture, "more.png", "image").status_code == 422
    assert put(client, project, b"not a picture at all", "x.png", "image").status_code == 422
    assert len(projects.get(studio, studio.local_owner, project.id).images) == intake.MAX_IMAGES


def test_every_refusal_has_a_message_and_a_remedy_and_tells_nothing_of_this_machine(client, project, studio):
    address = f"/api/uploads/{project.id}/sample"
    replies = {
        "no name": (client.put(address, content=b"x", headers=HEADERS), 422),
        "long name": (put(client, project, b"x", "x" * 1001), 422),
        "no header": (put(client, project, b"x", "a.mp4", headers={}), 403),
        "post": (client.post(address, content=b"x", headers=HEADERS), 405),
        "head": (client.get(address), 405),
        "no such address": (client.get("/api/none"), 404),
        "no such kind": (put(client, project, b"x", "a.mp4", "film"), 404),
        "no such project": (client.put("/api/uploads/none/sample?name=a", content=b"x", headers=HEADERS), 404),
    }
    for what, (reply, status) in replies.items():
        assert reply.status_code == status, what
        assert set(reply.json()) == {"message", "remedy"}, what
        assert reply.json()["message"], what
        assert reply.json()["remedy"], what
        assert str(studio.settings.home) not in reply.text
    assert not any(studio.storage.scratch("uploads").iterdir())


def test_a_fault_of_the_program_is_said_without_its_trace(studio):
    client = TestClient(Starlette(routes=server.routes()), raise_server_exceptions=False)
    studios.use(None)
    os.environ["REPRISE_WORKERS"] = "none"
    try:
        refused = client.get("/api/health")
    finally:
        del os.environ["REPRISE_WORKERS"]
    assert refused.status_code == 422
    studios.use(dataclasses.replace(studio, db=None))
    broken = client.get("/api/health")
    assert broken.status_code == 500
    assert set(broken.json()) == {"message", "remedy"}
    assert "NoneType" not in broken.text


def test_the_project_of_another_owner_is_not_there(client, studio):
    rows.ensure_account(studio.db, studio.now(), "somebody", "Somebody else")
    theirs = projects.create(studio, "somebody", title="", brief=BRIEF)
    assert put(client, theirs, b"x", "a.mp4").status_code == 404
    assert projects.get(studio, "somebody", theirs.id).sample is None


def test_an_upload_that_breaks_off_leaves_nothing(project, studio):
    """The client says that it sends 1000 bytes, sends 3 and is gone."""
    sent: list[dict] = []
    messages = iter([{"type": "http.request", "body": b"abc", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict:
        return next(messages)

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "PUT", "path": f"/api/uploads/{project.id}/sample", "query_string": b"name=a.mp4",
        "headers": [(b"x-reprise", b"1"), (b"content-length", b"1000"), (b"host", b"testserver")],
        "root_path": "", "scheme": "http", "server": ("testserver", 80), "http_version": "1.1",
    }  # fmt: skip
    anyio.run(Starlette(routes=server.routes()), scope, receive, send)
    assert sent[0]["status"] == 400
    assert not any(studio.storage.scratch("uploads").iterdir())


def test_two_uploads_at_once_leave_one_sample_and_one_analysis(client, project, studio, short_sample):
    content = short_sample.read_bytes()
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda n: put(client, project, content, n), ("one.mp4", "two.mp4")))
    assert [r.status_code for r in replies] == [200, 200]
    assert projects.get(studio, studio.local_owner, project.id).sample.name in ("one.mp4", "two.mp4")
    with studio.db.read() as s:
        states = [job.state for job in s.exec(select(Job).where(Job.project_id == project.id))]
    assert sorted(states) == ["cancelled", "queued"]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("av1.mp4", ("-c:v", "libsvtav1", "-preset", "12")),
        ("alpha.webm", ("-vf", "format=yuva420p", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-auto-alt-ref", "0")),
        ("hevc 10 bit.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")),
        ("a strip.mp4", ("-vf", "scale=2000:20", *VIDEO)),
    ],
)  # fmt: skip
def test_unusual_films_are_taken_and_measured(studio, tmp_path, name, args):
    made(tmp_path, name, "-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2", *args)
    began = time.monotonic()
    found = analysis.measure_file(studio, tmp_path / name, name, tmp_path / "frames")
    assert found["duration"] == pytest.approx(2, abs=0.2)
    assert len(found["shots"]) == len(list((tmp_path / "frames").iterdir()))
    assert time.monotonic() - began < 60


def test_health_answers(client):
    assert client.get("/api/health").json() == {"status": "ok"}
