"""What the queue itself costs: steps that do nothing, on SQLite and on PostgreSQL, against bare SQL.

Each line is a ratio of times measured in turn in one run. The floor writes the same rows in as many
transactions with plain SQL and looks for nothing: what no queue that keeps its books could be faster than.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import event, insert

from bench.floor import LENGTH, Floor, Sleeper
from core.db import projects, slices, work
from core.db.session import Database
from core.db.tables import Job, Project, Step, new_id
from core.db.work import NewStep
from core.services import studio as studios
from core.services.bench import Bench, Made, Recipe
from core.services.repertoire import RECIPES
from core.services.studio import LOCAL_OWNER
from core.settings import Settings
from jobs.clock import Clock
from tests import servers

ROUNDS = 5
CHAINS = 8
"""Jobs of a round."""
WAKES = 60
"""Steps that are recorded one by one, to see how soon each runs."""
LOOKS = 30
"""Looks, or claims, in a round where single ones are timed."""
PRIORITIES = (1, 2, 4, 5, 6, 8, 10)
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""Of PostgreSQL: as in real use, what is committed is on the disk."""


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of database, and how to have an empty one with every table."""

    name: str
    make: Callable[[str], str]
    """Answers the address of a database of that name."""
    server: Callable[[], int] | None = None
    """Answers the process id of the server, where there is one."""

    def open(self, name: str) -> Database:
        """A new database."""
        db = Database(self.make(name))
        db.migrate()
        projects.ensure_account(db, now(), LOCAL_OWNER, "This machine")
        return db

    def server_seconds(self) -> float:
        """Processor seconds that the server's processes for our connections have taken so far."""
        if self.server is None:
            return 0.0
        return sum(sum(p.cpu_times()[:2]) for p in psutil.Process(self.server()).children())


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@contextmanager
def places(folder: Path) -> Iterator[list[Place]]:
    """SQLite, and PostgreSQL where it is installed."""
    found = [Place("SQLite", lambda name: f"sqlite:///{folder / name}.db")]
    with ExitStack() as stack:
        servers.SETTINGS.update(DURABLE)
        try:
            server = stack.enter_context(servers.postgres())
            found.append(Place("PostgreSQL", server.create, lambda: _pid(server)))
        except servers.Missing as error:
            print(json.dumps({"name": "the queue on PostgreSQL", "skipped": str(error)}), flush=True)
        yield found


def _pid(server: servers.Postgres) -> int:
    assert server.running is not None
    return server.running.pid


def compare(
    name: str, floor: str, ours: Callable[[], float], theirs: Callable[[], float], rounds: int = ROUNDS
) -> dict[str, Any]:
    """Times both in turn, in seconds that they answer themselves; the row has the medians in milliseconds."""
    ours(), theirs()  # the first time has everything to load
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    return row(name, floor, pairs)


def row(name: str, floor: str, pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """One line: the median ratio of pairs (floor, ours), and the medians themselves."""
    ratios = [ours / theirs for theirs, ours in pairs]
    return {
        "name": name,
        "ratio": round(statistics.median(ratios), 2),
        "floor": floor,
        "n": len(pairs),
        "spread": round(max(ratios) - min(ratios), 2),
        "floor_ms": round(statistics.median(t for t, _ in pairs) * 1000, 3),
        "ms": round(statistics.median(o for _, o in pairs) * 1000, 3),
    }


def say(line: dict[str, Any], **more: Any) -> None:
    """Prints a line."""
    print(json.dumps({**line, **more}), flush=True)


def new_project(db: Database) -> str:
    """A project to hold jobs."""
    row = Project(
        owner=LOCAL_OWNER, title="B", brief="B", category="general", platform="any", aspect="9:16",
        resolution="720p", created=now(), updated=now(),
    )  # fmt: skip
    return projects.add_project(db, row).id


def chain(length: int, kind: str = "bench") -> list[NewStep]:
    """Steps of which each needs the one before."""
    salt = new_id()
    return [
        NewStep(
            name=f"s{i}", kind=kind, label=f"Step {i}", key=f"{salt}{i}", inputs={}, weight=1,
            needs=(f"s{i - 1}",) if i else (),
        )
        for i in range(length)
    ]  # fmt: skip


def record(db: Database, project_id: str, steps: list[NewStep]) -> str:
    """Records a job as the services do."""
    return work.record_job(
        db, now(), owner=LOCAL_OWNER, project_id=project_id, kind="bench", priority=5, steps=steps, known=set(),
        replaces=False,
    )  # fmt: skip


class Ours:
    """Chains of steps through record_job, claim and finish."""

    def __init__(self, db: Database, threads: int) -> None:
        self.db, self.threads = db, threads
        self.project_ids = [new_project(db) for _ in range(CHAINS)]
        self.left = 0
        self._freed = threading.Condition()

    def run(self) -> float:
        """Seconds for all chains."""
        began = time.perf_counter()
        for project_id in self.project_ids:
            record(self.db, project_id, chain(LENGTH))
        self.left = CHAINS * LENGTH
        with ThreadPoolExecutor(self.threads) as hands:
            for done in [hands.submit(self._work) for _ in range(self.threads)]:
                done.result()
        return time.perf_counter() - began

    def _work(self) -> None:
        while self.left:
            claim = slices.claim(self.db, now(), "bench")
            if claim is not None:
                slices.finish(self.db, now(), claim, {}, [])
            with self._freed:
                if claim is not None:
                    self.left -= 1
                    self._freed.notify_all()
                elif self.left:
                    self._freed.wait(0.05)


def counted(db: Database, act: Callable[[], Any]) -> tuple[Any, int, int]:
    """What `act` answers, the statements that it sends (without BEGIN and COMMIT), and its transactions."""
    statements: list[str] = []
    places: list[str] = []

    def listen(*arguments: Any) -> None:
        if not arguments[2].startswith("BEGIN"):
            statements.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", listen)
    db.pause = places.append
    try:
        answer = act()
    finally:
        db.pause = None
        event.remove(db.engine, "before_cursor_execute", listen)
    return answer, len(statements), sum(p.startswith("before") for p in places)


def throughput(place: Place) -> None:
    """Steps that do nothing, by one hand and by four."""
    steps = CHAINS * LENGTH
    for threads in (1, 4):
        db = place.open(f"steps{threads}")
        ours, floor = Ours(db, threads), Floor(db, [new_project(db) for _ in range(CHAINS)], threads)
        line = compare(
            f"{place.name}: {steps} steps that do nothing, {threads} threads", "the bare transactions", ours.run,
            floor.run,
        )  # fmt: skip
        before = place.server_seconds()
        ours.run()
        server_ms = (place.server_seconds() - before) / steps * 1000
        say(line, steps_per_second=round(steps / line["ms"] * 1000),
            floor_steps_per_second=round(steps / line["floor_ms"] * 1000),
            **({"server_cpu_ms_per_step": round(server_ms, 2)} if place.server else {}))  # fmt: skip
        db.close()


def statements(place: Place) -> None:
    """How many statements and transactions each part of a step takes."""
    db = place.open("statements")
    project_id = new_project(db)
    counts = {"record_job, 25 steps": counted(db, lambda: record(db, project_id, chain(25)))[1:]}
    slices.finish(db, now(), taken(db), {}, [])
    claim, *counts["claim"] = counted(db, lambda: taken(db))  # type: ignore[assignment]
    counts["progress"] = counted(db, lambda: slices.progress(db, now(), claim, 0.5))[1:]
    counts["finish"] = counted(db, lambda: slices.finish(db, now(), claim, {}, []))[1:]
    taken(db)
    counts["look in vain, both hands"] = counted(db, lambda: look(db))[1:]
    for name, (number, transactions) in counts.items():
        print(json.dumps({"name": f"{place.name}: {name}", "statements": number, "transactions": transactions}))
    db.close()


def caps_lock(place: Place) -> None:
    """How long a new order at a vendor holds the lock under which all of them are counted, one after the other."""
    if place.server is None:
        return
    db = place.open("caps")
    crowd(db, 10, 10, pool="videos")
    marks: list[float] = []

    def locked(*arguments: Any) -> None:
        if "pg_advisory" in arguments[2]:
            marks.append(time.perf_counter())

    event.listen(db.engine, "after_cursor_execute", locked)
    held, sent = [], 0
    for _ in range(LOOKS):
        claim, sent, _ = counted(db, partial(slices.claim, db, now(), "bench", hand="vendor"))
        held.append(time.perf_counter() - marks[-1])
        slices.release(db, now(), claim)
    usual = statistics.median(held)
    print(json.dumps({"name": f"{place.name}: the lock of the caps, held by a new order", "ms": round(usual * 1000, 2),
                      "least_ms": round(min(held) * 1000, 2), "n": LOOKS,
                      "spread_ms": round((max(held) - min(held)) * 1000, 2), "statements": sent,
                      "most_orders_per_second": round(1 / usual)}), flush=True)  # fmt: skip
    db.close()


def taken(db: Database) -> slices.Claim:
    """The next step, which there is."""
    claim = slices.claim(db, now(), "bench")
    assert claim is not None
    return claim


def wakes(place: Place, folder: Path) -> None:
    """How soon a step that was just recorded runs in a live engine, against a bare wake-up and claim."""
    settings = Settings(data_dir=folder / place.name, database_url=place.make("wakes"), min_free_mb=0, _env_file=None)
    studio = studios.open_studio(settings)
    began: list[float] = []
    running = threading.Event()

    def stamp(_: Bench) -> Made:
        began.append(time.perf_counter())
        running.set()
        return Made(result={})

    RECIPES["bench"] = Recipe(do=stamp)
    project_id, rng = new_project(studio.db), random.Random(1)
    clock, sleeper = Clock(studio), Sleeper(studio.db, new_project(studio.db))
    clock.start()
    pairs = []
    for _ in range(WAKES):
        time.sleep(rng.uniform(0, 0.1))
        floor = sleeper.wake()
        running.clear()
        record(studio.db, project_id, chain(1))
        ready = time.perf_counter()
        studio.wake.set()
        running.wait(10)
        pairs.append((floor, began[-1] - ready))
    clock.stop()
    sleeper.stop()
    studio.db.close()
    del RECIPES["bench"]
    late = sorted(ours * 1000 for _, ours in pairs)
    say(row(f"{place.name}: from ready to running", "an Event's wake-up and a bare claim", pairs),
        p95_ms=round(late[int(len(late) * 0.95)], 1))  # fmt: skip


def crowd(db: Database, jobs: int, steps: int, *, pool: str = "here", state: str = "ready", due: float = 0.0) -> None:
    """That many jobs of so many steps, written at once, with mixed priorities."""
    rng, began = random.Random(jobs), now()
    project_ids = [new_project(db) for _ in range(min(jobs, 50))]
    rows = [
        Job(owner=LOCAL_OWNER, project_id=project_ids[i % len(project_ids)], kind="bench", state="running",
            rank=began.timestamp() - rng.choice(PRIORITIES) * work.AGEING - rng.uniform(0, 3600), created=began)
        for i in range(jobs)
    ]  # fmt: skip
    made = [
        Step(job_id=row.id, position=i, kind="bench", label=f"Step {i}", state=state, pool=pool, rank=row.rank,
             key=f"{row.id}{i}", inputs={"needs": {}}, due=began + timedelta(seconds=due))
        for row in rows
        for i in range(steps)
    ]  # fmt: skip
    with db.write() as s:
        for table, found in ((Job, rows), (Step, made)):
            if found:
                s.execute(insert(table), [r.model_dump() for r in found])
    if db.is_postgres:
        with db.write() as s:
            s.connection().exec_driver_sql("ANALYZE")


def look(db: Database, hand: slices.Hand | None = None) -> float:
    """Seconds of a look that finds nothing due: for both hands, as an engine looks, or for one."""
    began = time.perf_counter()
    for wanted in (hand,) if hand else ("vendor", "here"):
        assert slices.claim(db, now(), "bench", hand=wanted) is None
    return time.perf_counter() - began


def claimed(db: Database, hand: slices.Hand) -> float:
    """Seconds of a claim; the step is put back."""
    began = time.perf_counter()
    claim = slices.claim(db, now(), "bench", hand=hand)
    passed = time.perf_counter() - began
    assert claim is not None
    slices.release(db, now(), claim)
    return passed


def many(act: Callable[..., float], *arguments: Any) -> float:
    """The median of many."""
    return statistics.median(act(*arguments) for _ in range(LOOKS))


def waiting(place: Place) -> None:
    """A look at a database where thousands of steps wait, against one where none does."""
    none = place.open("waiting0")
    for number in (1_000, 10_000):
        db = place.open(f"waiting{number}")
        crowd(db, number // 10, 10, pool="videos", state="waiting", due=1800)
        name = f"{place.name}: a look with {number:,} waiting steps"
        say(compare(name, "a look with none", partial(many, look, db), partial(many, look, none)))
        db.close()
    none.close()


def backlog(place: Place) -> None:
    """A claim out of a long queue, against one out of a short one; the same for steps at a vendor."""
    hands: tuple[tuple[slices.Hand, str], ...] = (("here", "here"), ("vendor", "videos"))
    for hand, pool in hands:
        short, long = place.open(f"short-{hand}"), place.open(f"long-{hand}")
        crowd(short, 1, 10, pool=pool)
        crowd(long, 1_000, 10, pool=pool)
        name = f"{place.name}: a claim out of 1,000 jobs of 10 steps, pool {pool}"
        say(compare(name, "a claim out of one job", partial(many, claimed, long, hand),
                    partial(many, claimed, short, hand)))  # fmt: skip
        short.close()
        long.close()


def main() -> int:
    """Every measurement of the queue."""
    with tempfile.TemporaryDirectory() as name, places(Path(name)) as found:
        for place in found:
            statements(place)
            caps_lock(place)
            throughput(place)
            wakes(place, Path(name))
            waiting(place)
            backlog(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
