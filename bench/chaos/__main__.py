"""`python -m bench.chaos`: kills, troubles and faults while films are made; then the books must agree.

A line of JSON for each run, and a last one with their sums. Exit status 1 when anything was lost, stuck,
bought twice or overspent, when the vendor's bill is not the ledger, or when the audit finds something.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from bench.chaos import verdict
from bench.chaos.people import People
from bench.chaos.troubles import Troubles
from bench.chaos.world import Crew, Starter, Vendor, World, app, plain_worker, worker_whose_clock_jumps
from core.services.studio import open_studio
from tests import servers

RECOVERIES = ("key", "search", "none")
CLONE_NEWNS = 0x20000
DISK = "200m"
"""Of the data directory: small enough to be filled in a moment."""
REST = 240.0
"""Seconds in which everything must come to its end once nobody disturbs it any more."""
LASTING = ("expired", "task_refused", "moderation", "invalid", "unauthorised", "no_credit", "insufficient_quota")
PASSING = (
    "drop_before_body", "drop_before_accept", "drop_after_accept", "rate_limit", "error_before_accept",
    "error_after_accept", "malformed", "slow", "truncated", "task_fails",
)  # fmt: skip
UNKNOWN = ("drop_after_accept", "error_after_accept", "malformed", "slow")
"""What the vendor does wrong: what another try mends, what ends an order, and what leaves it unknown whether it was
taken."""
MOODS = (PASSING, UNKNOWN, UNKNOWN, LASTING)


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """The options."""
    top = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    top.add_argument("--kills", type=int, default=240, help="in all runs together")
    top.add_argument("--jobs", type=int, default=240, help="in all runs together")
    top.add_argument("--films", type=int, default=6, help="of the jobs: whole films, with sound and cut")
    top.add_argument("--seed", type=int, default=int(time.time()) % 10**6)
    top.add_argument("--database", default="both", help="sqlite, postgresql, both, or an address")
    top.add_argument("--recovery", default="all", choices=[*RECOVERIES, "all"], help="what the vendor offers")
    top.add_argument("--pace", type=float, default=1.2, help="seconds between two kills, on average")
    top.add_argument("--faults", type=float, default=0.2, help="chance of a fault on each request to the vendor")
    top.add_argument("--minutes", type=float, default=30.0, help="no run begins, and no kill is made, after that")
    top.add_argument("--app", action=argparse.BooleanOptionalAction, default=True, help="the app itself is killed too")
    top.add_argument("--keep", type=Path, help="where databases and logs are kept")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Every run that was asked for; answers the exit status."""
    asked = parser().parse_args(arguments)
    databases = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    recoveries = RECOVERIES if asked.recovery == "all" else (asked.recovery,)
    plan = [(database, recovery) for recovery in recoveries for database in databases]
    end = time.monotonic() + 60 * asked.minutes
    private = _private_mounts()
    found = []
    for number, (database, recovery) in enumerate(plan):
        if time.monotonic() < end:
            found.append(run(asked, number, len(plan), database, recovery, end=end, private=private))
            print(json.dumps(found[-1]), flush=True)
    total = _sum(found)
    print(json.dumps(total), flush=True)
    return 0 if is_clean(total) and len(found) == len(plan) else 1


def is_clean(total: dict[str, Any]) -> bool:
    """Whether everything that was promised held."""
    zero = all(total[name] == 0 for name in verdict.MUST_BE_ZERO)
    return zero and not total["findings"] and total["vendor_micros"] == total["ledger_micros"]


def _sum(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for one in found:
        for name, value in one.items():
            if isinstance(value, str) or name == "seed":
                continue
            if isinstance(value, dict):
                kept = total.setdefault(name, {})
                kept.update({k: kept.get(k, 0) + v for k, v in value.items()})
            else:
                total.setdefault(name, type(value)())
                total[name] += value
    total["seconds"] = round(total["seconds"], 1)
    return total


def _private_mounts() -> bool:
    """What this process mounts is seen by itself and its children only, and is gone with them; whether that works."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        return False
    command = ["mount", "--make-rprivate", "/"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run(
    asked: argparse.Namespace, number: int, of: int, database: str, recovery: str, *, end: float, private: bool
) -> dict[str, Any]:
    """One run: a database, a vendor, the kills; answers its figures."""
    began = time.monotonic()
    kills, jobs = (n // of + (number < n % of) for n in (asked.kills, asked.jobs))
    films = asked.films // of + (number < asked.films % of)
    with ExitStack() as stack:
        world = stack.enter_context(_world(asked, number, database, recovery, private=private))
        studio = open_studio(world.settings())
        stack.callback(studio.db.close)
        people = People(studio, world, jobs=jobs, films=films)
        people.limit_oneself()
        world.vendor.start(faults=asked.faults, seconds=0.8)
        stack.callback(world.vendor.stop)
        kinds: list[Starter] = [plain_worker, worker_whose_clock_jumps, app if asked.app else plain_worker]
        crew = Crew(world, kinds)
        stack.callback(crew.end)
        troubles = Troubles(world, crew)
        say(f"{database}, recovery {recovery}: {kills} kills, {jobs} jobs, seed {world.vendor.seed}")
        _disturb(world, people, crew, troubles, kills, asked.pace, end)
        _rest(people, crew, troubles)
        found = {
            "database": "postgresql" if world.database_url else "sqlite",
            "recovery": recovery,
            "seed": world.vendor.seed,
            "kills": crew.kills,
            **verdict.verdict(studio, people, world.vendor.tasks()),
            "faults": world.vendor.counters()["faults"],
            "troubles": dict(troubles.met),
            "ended_themselves": crew.ended,
            "seconds": round(time.monotonic() - began, 1),
        }
        say(f"  {found['paid_steps']} paid steps; " + ", ".join(f"{n} {found[n]}" for n in verdict.MUST_BE_ZERO))
        return found


@contextmanager
def _world(asked: argparse.Namespace, number: int, database: str, recovery: str, *, private: bool) -> Iterator[World]:
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reprise-chaos-")))
        home = folder / f"{number}"
        home.mkdir(parents=True)
        if private:
            mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos", str(home)]
            subprocess.run(mount, check=True)
            stack.callback(subprocess.run, ["umount", "-l", str(home)], check=False)
        else:
            say("a small disk cannot be mounted here: it is never full in this run")
        postgres, address = None, "" if database == "sqlite" else database
        if database == "postgresql":
            postgres = stack.enter_context(servers.postgres())
            address = postgres.create("chaos")
        seed = asked.seed + number
        yield World(
            folder=folder, home=home, small_disk=private, database_url=address, postgres=postgres,
            vendor=Vendor(recovery=recovery, seed=seed), chance=Random(seed),
        )  # fmt: skip


def _disturb(world: World, people: People, crew: Crew, troubles: Troubles, kills: int, pace: float, end: float) -> None:
    """Kills and troubles at random moments, spread over the jobs, until there were enough or the time is over."""
    chance = world.chance
    next_kill = next_trouble = time.monotonic() + 3.0
    told = 0
    while (crew.kills < kills or people.requests < people.jobs_wanted) and time.monotonic() < end:
        now = time.monotonic()
        people.act()
        if now > next_kill and crew.kills < min(kills, kills * (people.requests + 3) / people.jobs_wanted):
            crew.kill_one()
            next_kill = now + chance.expovariate(1 / pace)
        if now > next_trouble:
            if chance.random() < 0.1:
                troubles.restart_database()
            else:
                troubles.begin_one()
            if chance.random() < 0.5:
                world.vendor.misbehave(chance.uniform(0.0, 0.5), list(chance.choice(MOODS)))
            next_trouble = now + chance.expovariate(1 / 3.0)
        if crew.kills // 10 > told:
            told = crew.kills // 10
            say(f"  {crew.kills} kills, {people.requests} jobs")
        crew.top_up()
        time.sleep(chance.uniform(0.02, 0.2))


def _rest(people: People, crew: Crew, troubles: Troubles) -> None:
    """Nothing goes wrong any more: everything comes to its end, or to none."""
    troubles.wait()
    people.world.vendor.misbehave(0.0)
    end = time.monotonic() + REST
    while time.monotonic() < end:
        crew.top_up()
        people.act(calm=True)
        if not verdict.unfinished(people.studio):
            return
        time.sleep(0.3)
    say("  it did not come to rest")


if __name__ == "__main__":
    sys.exit(main())
