"""Calls ffmpeg, safely and in one manner: local inputs only, a time limit, progress, errors of ours."""

from __future__ import annotations

import io
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from core.domain.errors import Broken, DiskFull, RepriseError

PROTOCOLS = "file,pipe"
"""What an input may be read by: never the network, whatever a playlist in a file asks for."""
RATE = ("-maxrate", "11M", "-bufsize", "5500k")
"""The most bits a second of a film in H.264, over half a second: a minute stays under 100 MB, the least that a platform
takes, whatever is in it. YouTube asks for 8 Mbit/s at 1080p30 (support.google.com/youtube/answer/1722171)."""
LAST_WORDS = 12
"""Lines of ffmpeg's own that an error carries as its cause."""


@cache
def exe() -> str:
    """Path of the ffmpeg that the project brings along."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def run(
    args: list[str],
    *,
    seconds: float,
    report: Callable[[float], None] | None = None,
    total: float | None = None,
    feed: Iterable[memoryview] = (),
) -> str:
    """Runs ffmpeg with `args` and returns what it wrote to stderr; its input `pipe:0` is what `feed` gives.

    `seconds` is the time limit. `report` hears the fraction done (0-1) when `total`, the length of
    the result in seconds of film, is known. Standard output carries the progress, so a result goes
    to a file or to `-f null -`. Raises `DiskFull` or `Broken`; the process is dead whenever this
    returns or raises.
    """
    command = [exe(), "-hide_banner", "-nostdin", "-y", "-nostats", "-progress", "pipe:1", *_guarded(args)]
    stderr: list[str] = []
    with _process(command) as process, _deadline(process, seconds) as late:
        assert process.stdout and process.stderr
        reader = threading.Thread(target=lambda: stderr.extend(process.stderr or ()), daemon=True)
        reader.start()
        feeder = _Feeder(process, feed)
        feeder.start()
        for line in process.stdout:
            if report and total:
                _tell(line, report, total)
        code = process.wait()
        reader.join()
        feeder.join()
    words = "".join(stderr)
    if late.is_set():
        raise Broken(f"Making the film took longer than {seconds:.0f} s at one step and was stopped.")
    if feeder.trouble:
        raise feeder.trouble
    if code != 0:
        raise _failure(words, code)
    if report:
        report(1.0)
    return words


def quoted(path: Path) -> str:
    """A path as the value of a filter's option, safe at both levels at which ffmpeg reads it."""
    option = str(path).replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    return "'" + option.replace("'", "'\\''") + "'"


def _guarded(args: list[str]) -> list[str]:
    """The same arguments with the permitted protocols before each input."""
    out: list[str] = []
    for arg in args:
        out += ["-protocol_whitelist", PROTOCOLS, "-i"] if arg == "-i" else [arg]
    return out


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise Broken("The program that makes the film is missing.", "Install the requirements again.") from error
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


class _Feeder(threading.Thread):
    """Writes to a process what it reads; when that cannot be made, its input ends there and `trouble` says why."""

    def __init__(self, process: subprocess.Popen[str], feed: Iterable[memoryview]) -> None:
        super().__init__(daemon=True)
        self.trouble: RepriseError | None = None
        self._process = process
        self._feed = feed

    def run(self) -> None:
        """Until the end of either."""
        assert isinstance(self._process.stdin, io.TextIOWrapper)
        pipe = self._process.stdin.buffer
        try:
            with suppress(BrokenPipeError):  # it ended early: its exit code tells why
                for piece in self._feed:
                    pipe.write(piece)
        except RepriseError as error:
            self.trouble = error
        finally:
            with suppress(BrokenPipeError):
                pipe.close()


@contextmanager
def _deadline(process: subprocess.Popen[str], seconds: float) -> Iterator[threading.Event]:
    """Kills the process after `seconds`; the event tells whether it had to."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _tell(line: str, report: Callable[[float], None], total: float) -> None:
    key, _, value = line.strip().partition("=")
    if key == "out_time_us" and value.lstrip("-").isdigit():
        report(min(1.0, max(0.0, int(value) / 1e6 / total)))


def _failure(words: str, code: int) -> Broken:
    """Our error for an exit code that is not 0, with ffmpeg's last words as its cause."""
    cause = RuntimeError("\n".join(words.strip().splitlines()[-LAST_WORDS:]) or f"exit {code}")
    error: Broken
    if "No space left on device" in words:
        error = DiskFull("The disk is full.")
    else:
        error = Broken("A step of making the film failed.", "Try again; if it fails again, a clip may be damaged.")
    error.__cause__ = cause
    return error
