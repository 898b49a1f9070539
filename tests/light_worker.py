"""A worker with light steps: `python -m tests.light_worker NAME LOG` does those of the kinds "light" and "deaf" too.

NAME stands for a machine: another name is another machine. LOG gets a line for each beginning and end of a step.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from core.domain.errors import Cancelled
from core.services import processes, workshop
from core.services.bench import Bench, Made, Recipe
from core.services.repertoire import RECIPES

BEAT, SILENCE = 0.5, 2.0
"""Seconds, in place of 5 and 30."""


def light(name: str, log: Path, *, heeds: bool) -> Recipe:
    """Takes the seconds that its inputs say, and says who did it. It heeds being stopped, or hears nothing."""

    def do(bench: Bench) -> Made:
        _note(log, "begin", bench.claim.label, name)
        end = time.monotonic() + bench.claim.inputs["seconds"]
        while time.monotonic() < end:
            if heeds and bench.cancelled():
                raise Cancelled("stopped")
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))
        _note(log, "end", bench.claim.label, name)
        return Made(result={"by": name})

    return Recipe(do=do)


def _note(log: Path, *words: str) -> None:
    line = " ".join((*words, f"{time.time():.4f}")) + "\n"
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


def main() -> int:
    """Works until it is stopped."""
    name, log = sys.argv[1:]
    processes.machine = lambda: name  # type: ignore[assignment]
    workshop.BEAT, workshop.SILENCE = BEAT, SILENCE
    RECIPES["light"] = light(name, Path(log), heeds=True)
    RECIPES["deaf"] = light(name, Path(log), heeds=False)
    from jobs.__main__ import main as command

    return command(["worker"])


if __name__ == "__main__":
    raise SystemExit(main())
