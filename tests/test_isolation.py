"""Functions that run in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from core.domain.errors import BadMedia, Cancelled, DiskFull, RateLimited, StepCrashed
from core.isolation import ROOT, places, run_apart, turn

HERE = "tests.apart"


def test_what_the_function_returns_comes_back_with_its_progress():
    told: list[float] = []
    assert run_apart(f"{HERE}:count", {"upto": 4}, seconds=20, report=told.append) == {"counted": 4}
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_our_errors_come_back_as_themselves():
    with pytest.raises(BadMedia) as caught:
        run_apart(f"{HERE}:refuse", {}, seconds=20)
    assert caught.value.sentence == "No picture. Upload another file."
    with pytest.raises(RateLimited) as limited:
        run_apart(f"{HERE}:limit", {}, seconds=20)
    assert limited.value.delay == 7.5


def test_a_full_disk_is_told_apart():
    with pytest.raises(DiskFull):
        run_apart(f"{HERE}:fill", {}, seconds=20)


def test_a_crash_stays_in_the_child_and_is_said_in_words():
    with pytest.raises(StepCrashed) as caught:
        run_apart(f"{HERE}:crash", {}, seconds=20)
    assert "Traceback" not in caught.value.sentence


def test_chatter_on_standard_output_does_not_disturb_the_answer():
    assert run_apart(f"{HERE}:chatter", {}, seconds=20) == "quiet"


def test_a_cancel_ends_the_child_and_what_it_started(tmp_path):
    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_apart(
            f"{HERE}:sleep", {"note": str(tmp_path / "pids")}, seconds=60,
            cancelled=(tmp_path / "pids").exists,
        )  # fmt: skip
    assert time.monotonic() - began < 20
    _until(lambda: not _alive(tmp_path / "pids"))


def test_strange_bytes_on_standard_error_do_not_hold_the_child_up():
    assert run_apart(f"{HERE}:babble", {}, seconds=20) == "heard"


def test_a_thread_left_behind_does_not_hold_up_an_answer():
    began = time.monotonic()
    assert run_apart(f"{HERE}:leave_a_thread", {}, seconds=40) == "answered"
    assert time.monotonic() - began < 30


def test_what_a_crashed_child_had_started_ends_with_it(tmp_path):
    with pytest.raises(StepCrashed):
        run_apart(f"{HERE}:crash_with_company", {"note": str(tmp_path / "pids")}, seconds=20)
    _until(lambda: not _alive(tmp_path / "pids"))


def test_a_ctrl_c_in_the_terminal_does_not_reach_the_child(tmp_path):
    note = tmp_path / "pids"
    code = (
        "import os, signal, sys, threading; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "from core.isolation import run_apart;"
        "threading.Timer(1.5, os.killpg, (0, signal.SIGINT)).start();"
        f"run_apart('{HERE}:sleep', {{'note': {str(note)!r}}}, seconds=4)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, process_group=0, stderr=subprocess.PIPE)
    _, words = parent.communicate(timeout=60)
    assert b"took longer than 4 s" in words, "the child was still there at its time limit"


def test_too_long_is_an_error():
    with pytest.raises(StepCrashed, match="longer than"):
        run_apart(f"{HERE}:sleep", {"note": os.devnull}, seconds=1)


def test_a_child_does_not_outlive_a_killed_parent(tmp_path):
    note = tmp_path / "pids"
    code = f"from core.isolation import run_apart; run_apart('{HERE}:sleep', {{'note': {str(note)!r}}}, seconds=60)"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    _until(note.exists)
    parent.kill()
    parent.wait()
    _until(lambda: not _alive(note))


def _alive(note: Path) -> bool:
    return any(
        psutil.pid_exists(int(p)) and psutil.Process(int(p)).status() != "zombie" for p in note.read_text().split()
    )


def _until(true, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_large_work_waits_for_its_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # other tests take turns, too
    entered = threading.Event()

    def work() -> None:
        with turn():
            entered.set()

    waiting = threading.Thread(target=work)
    with ExitStack() as stack:
        for _ in range(places()):
            stack.enter_context(turn())
        waiting.start()
        assert not entered.wait(0.3)
    assert entered.wait(60)
    waiting.join()
