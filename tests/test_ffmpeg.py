"""The one door to ffmpeg: progress, limits, and errors a person can read."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import av
import psutil
import pytest

from core.domain.errors import Broken, Cancelled, DiskFull
from core.media import ffmpeg

CLIP = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=2"]
ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=30", "-f", "null", "-"]


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "ffmpeg" in p.name()]


def test_progress_rises_to_one(tmp_path):
    told: list[float] = []
    out = tmp_path / "clip.mp4"
    words = ffmpeg.run([*CLIP, str(out)], seconds=60, report=told.append, total=2)
    assert out.stat().st_size > 1000
    assert told == sorted(told)
    assert (told[-1], len(told) > 1) == (1.0, True)
    assert "Stream #0:0" in words


def test_a_failure_says_a_plain_sentence_and_keeps_the_cause(tmp_path):
    with pytest.raises(Broken) as caught:
        ffmpeg.run(["-i", str(tmp_path / "none.mp4"), "-f", "null", "-"], seconds=10)
    assert "ffmpeg" not in caught.value.sentence
    assert "No such file" in str(caught.value.__cause__)


def test_a_full_disk_is_told_as_such():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(DiskFull) as caught:
        ffmpeg.run([*CLIP, "-c:v", "rawvideo", "-f", "rawvideo", "/dev/full"], seconds=10)
    assert "Free some space" in caught.value.remedy


def test_the_network_is_out_of_reach(tmp_path):
    playlist = tmp_path / "list.ffconcat"
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts"
        playlist.write_text(f"ffconcat version 1.0\nfile {address}\n")
        for source in (["-i", address], ["-f", "concat", "-safe", "0", "-i", str(playlist)]):
            with pytest.raises(Broken):
                ffmpeg.run([*source, "-f", "null", "-"], seconds=10)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_step_that_takes_too_long_is_stopped():
    begun = time.monotonic()
    with pytest.raises(Broken, match="longer than"):
        ffmpeg.run(ENDLESS, seconds=0.5)
    assert time.monotonic() - begun < 5
    assert not children()


def test_a_cancel_from_the_report_ends_the_process():
    def stop(_: float) -> None:
        raise Cancelled("The work was cancelled.")

    with pytest.raises(Cancelled):
        ffmpeg.run(ENDLESS, seconds=30, report=stop, total=10)
    assert not children()


def test_what_is_fed_arrives_and_what_cannot_be_made_is_told(tmp_path):
    out = tmp_path / "clip.mkv"
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x64", "-r", "30", "-i", "pipe:0", "-c:v", "ffv1", str(out)]

    def grey(count: int) -> Iterator[memoryview]:
        for number in range(count):
            yield memoryview(bytes([number]) * 64 * 64)
        if count < 12:
            raise Broken("The pictures ran out.")

    ffmpeg.run(raw, seconds=60, feed=grey(12))
    with av.open(str(out)) as film:
        assert [int(f.to_ndarray(format="gray").mean()) for f in film.decode(video=0)] == list(range(12))
    with pytest.raises(Broken, match="ran out"):
        ffmpeg.run(raw, seconds=60, feed=grey(5))
    ffmpeg.run([*raw[:-3], "-frames:v", "2", *raw[-3:]], seconds=60, feed=grey(4000))
    assert not children()
