"""Ratios against floors: all sides timed in turn, round after round, so that what disturbs one disturbs all."""

from __future__ import annotations

import json
import resource
import statistics
import threading
import time
from collections.abc import Callable, Mapping

import psutil

ROUNDS = 3
LOOK = 0.05
"""Seconds between two looks at memory."""

Work = Callable[[], None]


def compare(floor: str, plain: Work, ours: Mapping[str, Work], rounds: int = ROUNDS) -> None:
    """Times the floor and everything that is held against it in turn; prints a line for each.

    `ratio` is the median of the rounds' wall times against the floor's, `spread` the distance between the smallest
    and the largest of them; `cpu` is the same ratio of the time that processors worked.
    """
    walls: dict[str, list[float]] = {name: [] for name in ours}
    cpus: dict[str, list[float]] = {name: [] for name in ours}
    for _ in range(rounds):
        wall, cpu = _timed(plain)
        for name, work in ours.items():
            took, worked = _timed(work)
            walls[name].append(took / wall)
            cpus[name].append(worked / cpu)
    for name, ratios in walls.items():
        row = {"name": name, "ratio": round(statistics.median(ratios), 3), "floor": floor, "n": rounds}
        row |= {"spread": round(max(ratios) - min(ratios), 3), "cpu": round(statistics.median(cpus[name]), 3)}
        print(json.dumps(row), flush=True)


def _timed(work: Work) -> tuple[float, float]:
    """Seconds by the clock, and of processors: this process, its threads and the children that it waited for."""
    began, before = time.perf_counter(), _worked()
    work()
    return time.perf_counter() - began, _worked() - before


def _worked() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_megabytes(work: Work) -> float:
    """The most memory that the children of this process, and theirs, held together while `work` ran."""
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(LOOK):
            most[0] = max(most[0], sum(_held(child) for child in psutil.Process().children(recursive=True)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return most[0] / 1e6


def _held(process: psutil.Process) -> int:
    """Bytes of a process; what it shares with others counts by its share where the system tells that."""
    try:
        seen = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(seen, "pss", seen.rss))
