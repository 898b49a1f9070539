"""The command line: what it refuses, in a sentence and with which status, and how it goes on after a kill."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.isolation import ROOT
from core.services import batches, planning, projects, templates
from core.services import studio as studios
from core.settings import Settings
from jobs.__main__ import main
from tests.conftest import ffmpeg

BRIEF = "A focus timer for people who work at night"
VIDEO = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

Said = Callable[..., str]


@pytest.fixture
def refused(tmp_path, monkeypatch, capfd) -> Said:
    """Runs a command that must be refused: status 2, nothing on standard output, one sentence without a trace."""
    monkeypatch.setenv("REPRISE_DATA_DIR", str(tmp_path / "data"))
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> str:
        try:
            status = main(list(arguments))
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = capfd.readouterr()
        assert status == 2, err
        assert out == ""
        assert "Traceback" not in err
        assert len(err.strip().splitlines()) == 1, err
        return err

    return run


@pytest.mark.parametrize(
    ("wishes", "word"),
    [
        (["--seconds", "nan"], "nan"),
        (["--seconds", "inf"], "inf"),
        (["--seconds=-1"], "-1"),
        (["--category", "sushi"], "category"),
        (["--brief", "\n\n \n"], "brief"),
        (["--brief", "x" * 10_000], "10,000"),
        (["--max-usd", "nan"], "dollars"),
        (["--max-usd=-1"], "dollars"),
        (["--max-usd", "much"], "dollars"),
        (["--model", "nope"], "price"),
        (["--out", "film.mov"], "mp4"),
        (["--niche", "sleep"], "niche"),
        (["--story", "--seconds", "5"], "between 15 and 60"),
        (["--story", "--scenes", "40"], "3 to 12"),
        (["--listing", "no-such-file.json"], "listing"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_a_sentence(refused, tmp_path, wishes, word):
    options = {"--brief": BRIEF, "--out": str(tmp_path / "film.mp4")}
    if wishes[0] in options:
        options.pop(wishes[0])
    assert word in refused("make", *wishes, *(x for pair in options.items() for x in pair)).lower()


def test_an_out_that_cannot_be_written_is_refused_before_anything_is_made(refused, tmp_path, short_sample):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    (tmp_path / "sample.mp4").write_bytes(short_sample.read_bytes())
    (tmp_path / "link.mp4").symlink_to(tmp_path / "sample.mp4")
    os.mkfifo(tmp_path / "fifo.mp4")
    outs = (
        "/proc/film.mp4",
        "none/film.mp4",
        "folder.mp4",
        "loop.mp4",
        "sample.mp4",
        "link.mp4",
        "fifo.mp4",
        f"{'x' * 300}.mp4",
    )
    for out in outs:
        refused("make", str(tmp_path / "sample.mp4"), "--brief", BRIEF, "--out", str(tmp_path / out))
    assert (tmp_path / "sample.mp4").read_bytes() == short_sample.read_bytes()


def test_what_is_no_file_is_refused_as_a_sample(refused, tmp_path):
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    for name in ("fifo.mp4", "folder.mp4", "dangling.mp4", "loop.mp4", "none.mp4", "x" * 300, "/dev/zero", ""):
        refused("analyse", str(tmp_path / name) if name else "")


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n/etc/passwd\n", "#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", "ffconcat version 1.0\n"]
)
def test_a_playlist_named_mp4_is_refused_and_reads_nothing_else(refused, tmp_path, text):
    (tmp_path / "list.mp4").write_text(text)
    assert "playlist" in refused("analyse", str(tmp_path / "list.mp4"))


def test_a_batch_is_refused_row_by_row_priced_without_being_made_and_made_whole(refused, tmp_path, capfd, small_plan):
    rows, home = tmp_path / "rows.csv", Settings(data_dir=tmp_path / "data", _env_file=None)
    rows.write_text("product\nAster\n" + "w " * 250 + "\n", "utf-8")
    assert "no template “Cities”" in refused("batch", str(rows), "--template", "Cities")
    studio = studios.open_studio(home)
    project = projects.create(studio, "local", title="", brief=small_plan.brief).id
    planning.save(studio, "local", project, small_plan, author="a test", reason="first", base=None)
    templates.save(studio, "local", project, revision=1, title="Cities", marks={"product": "The city"}, by="local")
    assert "Row 2, product" in refused("batch", str(rows), "--template", "Cities")
    assert "cannot be read" in refused("batch", str(tmp_path / "none.csv"), "--template", "Cities")
    assert "dollars" in refused("batch", str(rows), "--template", "Cities", "--max-usd", "much")
    rows.write_text("product,title\nAster,One\nBrio,Two\n", "utf-8")
    assert main(["batch", str(rows), "--template", "Cities", "--dry-run", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {"template": "Cities", "films": 2, "cost_usd": 0.0}
    assert not batches.listing(studio, "local")
    studio.db.close()


def test_a_refused_film_leaves_no_project_and_no_file(refused, tmp_path, short_sample):
    (tmp_path / "text.png").write_text("not a picture")
    common = ("make", str(short_sample), "--brief", BRIEF, "--out", str(tmp_path / "film.mp4"))
    refused(*common, "--image", str(tmp_path / "text.png"))
    refused(*common, "--image", str(tmp_path / "none.png"))
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", str(tmp_path / "a.png"))
    refused(*common, *(x for _ in range(11) for x in ("--image", str(tmp_path / "a.png"))))
    database = sqlite3.connect(tmp_path / "data" / "reprise.db")
    assert database.execute("SELECT count(*) FROM project").fetchone() == (0,)
    assert not [p for p in (tmp_path / "data" / "scratch").rglob("*") if p.is_file()]


def damage_file(home: Path) -> None:
    home.mkdir()
    (home / "reprise.db").write_bytes(os.urandom(50_000))


def come_from_the_future(home: Path) -> None:
    assert main(["migrate"]) == 0
    with sqlite3.connect(home / "reprise.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def be_a_file(home: Path) -> None:
    home.write_text("this is not a folder")


def be_a_folder(home: Path) -> None:
    (home / "reprise.db").mkdir(parents=True)


@pytest.mark.parametrize("spoil", [damage_file, come_from_the_future, be_a_file, be_a_folder])
def test_a_data_directory_that_cannot_serve_is_said_at_the_start(refused, tmp_path, spoil):
    spoil(tmp_path / "data")
    assert "REPRISE_DATA_DIR" in refused("doctor")


def test_several_processes_may_open_a_new_data_directory_at_once(tmp_path):
    environment = {**os.environ, "REPRISE_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "jobs", "migrate"]
    opened = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(p.communicate()[1], p.returncode) for p in opened] == [(b"", 0)] * 3


def started(tmp_path: Path, sample: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "REPRISE_DATA_DIR": str(tmp_path / "data"), "REPRISE_MIN_FREE_MB": "0"}
    command = [sys.executable, "-m", "jobs", "make", str(sample), "--brief", BRIEF, "--aspect", "1:1"]
    command += ["--seconds", "5", "--json", "--out", str(tmp_path / "film.mp4")]
    with log.open("wb") as file:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=file, stdout=subprocess.PIPE)


def until(true: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.mark.slow
def test_the_same_command_goes_on_after_a_kill_and_ends_well_when_asked_to(tmp_path, short_sample):
    log = tmp_path / "log"
    running = started(tmp_path, short_sample, log)
    until(lambda: b"Plan:" in log.read_bytes())
    running.kill()
    running.communicate()

    running = started(tmp_path, short_sample, log)
    until(lambda: b"Making the film" in log.read_bytes())
    assert b"Going on with the film" in log.read_bytes()
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == 1
    assert time.monotonic() - began < 15
    assert b"Traceback" not in log.read_bytes()

    running = started(tmp_path, short_sample, log)
    out, _ = running.communicate(timeout=200)
    assert running.returncode == 0, log.read_text()
    said = json.loads(out.decode().splitlines()[-1])
    assert Path(said["film"]).stat().st_size > 50_000
    assert [Path(path).name for path in said["captions"]] == ["film.srt", "film.vtt"]
    assert all("-->" in Path(path).read_text() for path in said["captions"]), "beside the film"
    database = sqlite3.connect(tmp_path / "data" / "reprise.db")
    assert database.execute("SELECT count(*) FROM project").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM asset WHERE kind = 'film'").fetchone() == (1,)
    twice = "SELECT step_id FROM event WHERE what = 'done' GROUP BY step_id HAVING count(*) > 1"
    assert database.execute(twice).fetchall() == []
    assert database.execute("SELECT count(*) FROM worker").fetchone() == (0,)
