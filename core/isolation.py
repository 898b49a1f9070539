"""Runs one function in a process of its own, so that a crash, a leak or a long loop stays there.

Decoders and renderers run here: a broken file can end the child and never the app, a cancel ends it
within a moment, and Python's lock leaves the pages free. The child dies with its parent: it watches
its standard input, which closes when the parent ends, however it ended. Child and whatever it starts
are a process group of their own, so that they end together and a Ctrl-C in the terminal is not theirs.
"""

from __future__ import annotations

import fcntl
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO

from core.domain.errors import Broken, Cancelled, DiskFull, RepriseError, StepCrashed, named

ROOT = Path(__file__).parents[1]
POLL = 0.1
"""Seconds between two looks at cancel and time limit."""
TURN = 600.0
"""Seconds to be allowed for a turn to come, beside the work itself."""
CORES_A_TURN = 4
"""Cores of the machine for each piece of large work at a time; with fewer, there is one."""
LAST_WORDS = 12
"""Lines of its standard error that the error of a dead child carries as its cause."""


def run_apart(
    target: str,
    arguments: dict[str, Any],
    *,
    seconds: float,
    report: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Any:
    """What `target` ("package.module:function") returns for `arguments`, both JSON.

    The function takes the arguments by keyword and, when it asks for it, `report`: a callable for its
    fraction done (0-1).
    Raises what the function raised, when it is ours; `Cancelled` when `cancelled()` turns true;
    `StepCrashed` when the child dies or takes longer than `seconds`.
    """
    child = _start(target)
    assert child.stdin and child.stdout and child.stderr
    lines: list[dict[str, Any]] = []
    stderr: deque[str] = deque(maxlen=LAST_WORDS)

    def read_out() -> None:
        for line in child.stdout or ():
            message = json.loads(line)
            if "progress" in message:
                report(message["progress"])
            else:
                lines.append(message)

    readers = [
        threading.Thread(target=read_out, daemon=True),
        threading.Thread(target=lambda: stderr.extend(child.stderr or ()), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        child.stdin.write(json.dumps(arguments) + "\n")
        child.stdin.flush()
        _watch(child, time.monotonic() + seconds, seconds, cancelled)
    except BrokenPipeError:
        pass  # it died before it read: its exit code tells below
    finally:
        _end(child)
        for reader in readers:
            reader.join(5)
    return _outcome(lines, child.returncode, "".join(stderr))


def places() -> int:
    """Pieces of large work that this machine does at a time."""
    return max(1, (os.cpu_count() or 1) // CORES_A_TURN)


@contextmanager
def turn() -> Iterator[None]:
    """Work that takes hundreds of megabytes waits for its turn: one piece of it at a time for every four cores.

    It holds among all processes of this machine; whoever dies gives way.
    """
    names = [f"reprise-turn-{os.getuid()}-{number}" for number in range(places())]
    with ExitStack() as stack:
        files = [stack.enter_context((Path(tempfile.gettempdir()) / name).open("w")) for name in names]
        if not any(_is_free(file) for file in files):
            fcntl.flock(files[os.getpid() % len(files)], fcntl.LOCK_EX)
        yield


def _is_free(file: TextIO) -> bool:
    """Takes the place that a file stands for, when nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(target: str) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "core.isolation", target],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf8",
            errors="replace",  # a reader that stops at a strange byte leaves the child stuck on a full pipe
            process_group=0,
        )
    except OSError as error:
        raise StepCrashed(f"No process could be started for this step: {error.strerror}.") from error


def _watch(child: subprocess.Popen[str], deadline: float, seconds: float, cancelled: Callable[[], bool]) -> None:
    while True:
        try:
            child.wait(POLL)
            return
        except subprocess.TimeoutExpired:
            if cancelled():
                raise Cancelled("The work was cancelled.") from None
            if time.monotonic() > deadline:
                raise StepCrashed(f"The step took longer than {seconds:.0f} s and was stopped.") from None


def _end(child: subprocess.Popen[str]) -> None:
    """Ends the child and whatever it started, also when it died on its own."""
    with suppress(ProcessLookupError, PermissionError):  # nobody is left (macOS says it the second way)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _outcome(lines: list[dict[str, Any]], code: int, stderr: str) -> Any:
    if not lines:
        raise StepCrashed(f"The process of this step ended without an answer (exit {code}).") from RuntimeError(stderr)
    last = lines[-1]
    if "result" in last:
        return last["result"]
    kind = named(last["error"])
    error = RepriseError.__new__(kind)
    RepriseError.__init__(error, last["message"], last["remedy"])
    error.__dict__.update(last["extra"])
    raise error from RuntimeError(stderr)


def _main(target: str) -> None:
    """The child: reads its arguments, answers on its first standard output, ends with its parent."""
    # the threads of what this child starts, ffmpeg above all, share one heap: a tenth less memory, fewer page faults
    os.putenv("MALLOC_ARENA_MAX", "1")
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)  # a chatty library writes to stderr, never into the answers
    arguments = json.loads(sys.stdin.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    lock, told = threading.Lock(), [0.0]

    def say(message: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(message) + "\n")
            answers.flush()

    def report(fraction: float) -> None:
        if fraction - told[0] >= 0.01:
            told[0] = fraction
            say({"progress": round(min(1.0, fraction), 3)})

    module, _, name = target.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
        if "report" in inspect.signature(function).parameters:
            arguments["report"] = report
        say({"result": function(**arguments)})
    except RepriseError as error:
        extra = {k: v for k, v in vars(error).items() if k not in ("message", "remedy")}
        say({"error": type(error).__name__, "message": error.message, "remedy": error.remedy, "extra": extra})
    except OSError as error:
        full = error.errno == 28
        kind = DiskFull if full else Broken
        message = "The disk is full." if full else f"The system refused: {error.strerror or type(error).__name__}."
        say({"error": kind.__name__, "message": message, "remedy": kind.remedy, "extra": {}})


def _die_with_parent() -> None:
    sys.stdin.read()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # this process and all that it started, at once
    os._exit(1)


def _run(target: str) -> NoReturn:
    """Answers and ends at once: the threads that libraries leave behind cannot hold the process up."""
    code = 1
    try:
        _main(target)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _run(sys.argv[1])
