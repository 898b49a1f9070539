"""Functions that test_isolation runs in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.domain.errors import BadMedia, RateLimited

Report = Callable[[float], None]


def count(*, upto: int, report: Report) -> dict[str, int]:
    for i in range(upto):
        report((i + 1) / upto)
    return {"counted": upto}


def refuse(*, report: Report) -> None:
    raise BadMedia("No picture.", "Upload another file.")


def limit(*, report: Report) -> None:
    raise RateLimited("Too many.", 7.5)


def fill(*, report: Report) -> None:
    raise OSError(28, "No space left on device")


def crash(*, report: Report) -> None:
    os.abort()


def chatter(*, report: Report) -> str:
    print("a library says hello")
    os.write(1, b"and another, in C\n")
    return "quiet"


def sleep(*, note: str, report: Report) -> None:
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(note).write_text(f"{os.getpid()} {grandchild.pid}") if note != os.devnull else None
    time.sleep(60)


def babble(*, report: Report) -> str:
    """More than a pipe holds, in no encoding at all."""
    os.write(2, b"\xff\xfe\xe9\n")
    for _ in range(50):
        os.write(2, b"\xff" * 4095 + b"\n")
    return "heard"


def leave_a_thread(*, report: Report) -> str:
    """Answers, and leaves a thread behind that never ends."""
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "answered"


def crash_with_company(*, note: str, report: Report) -> None:
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(note).write_text(str(grandchild.pid))
    os.abort()
