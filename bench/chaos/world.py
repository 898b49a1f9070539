"""The processes of a chaos run: a vendor that counts, and workers that are killed and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

from core.isolation import ROOT
from core.settings import Settings
from tests import servers

MODELS = {"chaos-a": "0.031007", "chaos-b": "0.047311"}
"""US dollars a second: amounts in which a lost micro-dollar shows."""
SETTLE = 3.0
"""Seconds after which an order that the vendor's list does not show has never arrived."""
PATIENCE = 30.0
"""Seconds that a process may take to start."""
OURS = [] if shutil.which("setpriv") is None else ["setpriv", "--pdeathsig", "KILL"]
"""Begins a command that ends with this process, however that ends."""


@dataclass(kw_only=True)
class Vendor:
    """The fake vendor, in a process of its own that nobody kills."""

    recovery: str
    seed: int
    port: int = field(default_factory=servers.free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """As the settings want it."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self, *, faults: float, seconds: float) -> None:
        """Opens the shop; `faults` is the chance of a fault on a request, `seconds` what a clip takes."""
        options = ["--port", str(self.port), "--recovery", self.recovery, "--faults", str(faults)]
        options += ["--seed", str(self.seed), "--seconds", str(seconds), "--slow", "2"]
        options += [part for name, price in MODELS.items() for part in ("--model", f"{name}={price}")]
        self.process = subprocess.Popen([*OURS, sys.executable, "-m", "tests.fake_vendor", *options], cwd=ROOT)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.counters()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """Closes it."""
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def counters(self) -> dict[str, Any]:
        """What it counts."""
        found: dict[str, Any] = self._ask("counters")
        return found

    def tasks(self) -> list[dict[str, Any]]:
        """Everything that it was asked to make, the oldest first: what a person sees on its site."""
        found: list[dict[str, Any]] = self._ask("tasks")
        return found

    def misbehave(self, rate: float, kinds: list[str] | None = None) -> None:
        """Sets how often something goes wrong there."""
        self._ask("faults", {"rate": rate} | ({"kinds": kinds} if kinds else {}))

    def _ask(self, page: str, said: dict[str, Any] | None = None) -> Any:
        body = None if said is None else json.dumps(said).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/admin/{page}", data=body)
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)


@dataclass(kw_only=True)
class World:
    """Where a run takes place."""

    folder: Path
    home: Path
    """The data directory, on a small disk of its own where that is possible."""
    small_disk: bool
    database_url: str
    postgres: servers.Postgres | None
    vendor: Vendor
    chance: Random

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the run is told."""
        settings = {
            "DATA_DIR": str(self.home),
            "DATABASE_URL": self.database_url,
            "MIN_FREE_MB": "0",
            "SETTLE_SECONDS": str(SETTLE),
            "AT_VENDORS": "24",
            "AT_VENDOR": "videos=20",
            "VIDEOS_BASE_URL": self.vendor.base_url,
            "VIDEOS_API_KEY": "chaos",
            "VIDEOS_MODELS": ",".join(f"{name}={price}" for name, price in MODELS.items()),
            "VIDEOS_RECOVERY": self.vendor.recovery,
        }
        return {f"REPRISE_{name}": value for name, value in settings.items()}

    def settings(self) -> Settings:
        """The same, for this process."""
        given: dict[str, Any] = {k.removeprefix("REPRISE_").lower(): v for k, v in self.environment.items()}
        return Settings(**given, _env_file=None)


Starter = Callable[[World, int], list[str]]


def plain_worker(_: World, __: int) -> list[str]:
    """A worker as people start it."""
    return [sys.executable, "-m", "jobs", "worker"]


def worker_whose_clock_jumps(_: World, number: int) -> list[str]:
    """A worker whose wall clock is set to and fro."""
    return [sys.executable, "-m", "bench.chaos.jumping", str(number)]


def app(_: World, __: int) -> list[str]:
    """The app itself."""
    options = ["--server.port", str(servers.free_port()), "--server.headless", "true"]
    return [sys.executable, "-m", "streamlit", "run", "Home.py", *options, "--browser.gatherUsageStats", "false"]


class Crew:
    """Processes that do the work, until they are killed; then others do."""

    def __init__(self, world: World, kinds: list[Starter]) -> None:
        self.world, self.kinds = world, kinds
        self.kills, self.ended, self.started = 0, 0, 0
        self.log = (world.folder / "workers.log").open("ab")
        self.running: list[subprocess.Popen[bytes]] = [self._start(kind) for kind in kinds]

    def _start(self, kind: Starter) -> subprocess.Popen[bytes]:
        self.started += 1
        others = {k: v for k, v in os.environ.items() if not k.startswith(("REPRISE_", "RUNWAYML_"))}
        return subprocess.Popen(
            [*OURS, *kind(self.world, self.started)],
            cwd=ROOT,
            env={**others, **self.world.environment},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill_one(self) -> None:
        """`kill -9` for one of them, mostly with all that it has started; another begins at once."""
        place = self.world.chance.randrange(len(self.running))
        victim = self.running[place]
        if victim.poll() is None:
            kill(victim, whole=self.world.chance.random() < 0.8)
            self.kills += 1
        else:
            self.ended += 1
        self.running[place] = self._start(self.kinds[place])

    def top_up(self) -> None:
        """Starts anew what has ended by itself: there was no disk, or no database, to start with."""
        for place, process in enumerate(self.running):
            if process.poll() is not None:
                self.ended += 1
                self.running[place] = self._start(self.kinds[place])

    def pause_one(self, seconds: float) -> None:
        """Stops a process for a while, as a busy machine or a debugger does."""
        process = self.world.chance.choice(self.running)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Kills every one."""
        for process in self.running:
            kill(process, whole=True)
        self.log.close()


def kill(process: subprocess.Popen[bytes], *, whole: bool) -> None:
    """`kill -9`; `whole`: with everything that it has started."""
    victims: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        victims = psutil.Process(process.pid).children(recursive=True) if whole else []
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.kill()
    process.wait()
