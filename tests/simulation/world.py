"""One simulated history: machines, vendors, people and the chance that moves them, over the real engine."""

from __future__ import annotations

import gc
import hashlib
import logging
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import greenlet  # type: ignore[import-untyped]
from sqlalchemy import event

from core.db import projects, work
from core.db.session import Database
from core.db.tables import Job, Project, Step, Worker
from core.domain.catalogue import ModelCard
from core.domain.errors import BadMedia, Broken, Cancelled
from core.domain.orders import Product
from core.domain.tasks import ClipOrder
from core.services.bench import Bench, Bought, Made, Recipe
from core.services.studio import LOCAL_OWNER, Studio
from core.services.vendors import LOCAL
from core.services.workshop import Hand
from core.settings import Settings
from tests.simulation.audit import Auditor
from tests.simulation.machines import BEGIN, DOES, Host, Process, Thread, Wrong, current
from tests.simulation.people import People
from tests.simulation.storage import NamesOnly
from tests.simulation.vendor import SimulatedVendor

HOT = ("connect", "accepted", "listed", "stopped", "receives")
"""Places between a vendor and the books."""
STORM = (150, 900)
"""Events of a history before it becomes calm, at least and at most."""
PATIENCE = 6000
"""Events after which a history that does not come to its end is stuck."""
SECONDS = (0.01, 0.05, 0.2, 0.5, 1.0, 3.0, 12.0)
"""That may pass while something could be done."""
WRONG_BY = 2 * 86400
"""Seconds that a wall clock may be wrong by, at most."""
TURN = 0.005
"""Seconds from one boundary to the next."""
PRICES = {"alpha": Decimal("0.1"), "beta": Decimal("0.033337")}
"""US dollars a second at each vendor."""


class Errors(logging.Handler):
    """What the engine logs as an error is a fault that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        self.wrong.append(f"{record.getMessage()}: {cause!r}")


class Names:
    """Ids that are the same in every run of a seed."""

    def __init__(self) -> None:
        self.world: World | None = None
        for table in (Job, Project, Step, Worker):
            event.listen(table, "init", self._named)

    def _named(self, target: object, _: object, values: dict[str, Any]) -> None:
        if self.world is not None:
            kind = type(target).__name__.lower()
            self.world.named += 1
            values.setdefault("id", f"{kind}{self.world.named:03d}{self.world.chance.randrange(16**4):04x}")


names = Names()


@cache
def empty_database() -> tuple[Database, bytes]:
    """An open database, and its bytes when it holds nothing but tables and an owner: quicker than the migrations."""
    db = Database("sqlite://")
    db.migrate()
    projects.ensure_account(db, BEGIN, LOCAL_OWNER, "This machine")
    return db, driver(db).serialize()


def driver(db: Database) -> Any:
    """The driver's own connection: for audits that disturb nobody."""
    return db.engine.raw_connection().driver_connection


@cache
def empty_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="simulation"))
    (folder / "work").mkdir()
    return folder


class World:
    """A history. `run` answers when everything has come to its end; Wrong says what should not have happened."""

    def __init__(self, seed: int, *, keep_story: bool = False) -> None:
        self.chance = random.Random(seed)
        self.time, self.events, self.transactions, self.named = 0.0, 0, 0, 0
        self.storm = True
        self.storm_ends = self.chance.randint(*STORM)
        self.story: list[str] | None = [] if keep_story else None
        self._trace = hashlib.blake2b(digest_size=12)
        self.wrong: list[str] = []
        self.db, pristine = empty_database()
        self.rows = driver(self.db)
        self.rows.deserialize(pristine)
        self.recipes: Mapping[str, Recipe] = {
            "local": Recipe(do=self._make),
            "clip": Recipe(
                do=self._make, buys=Bought(component="clips", kind="video", order=order, receive=self._receive)
            ),
        }
        self.vendors = {name: SimulatedVendor.drawn(self, name, price) for name, price in PRICES.items()}
        self.storage = NamesOnly(self, empty_folder())
        self.studio = self._studio()
        self.auditor = Auditor(self)
        one_machine = self.chance.random() < 0.3
        self.hosts = [self._host(i) for i in range(1 if one_machine else 3)]
        self.processes: list[Process] = []
        self._pids = 0
        self.people = People(self)
        self.pressed: list[str] = []
        """Jobs that a person cancels at the worst of moments."""

    def _studio(self) -> Studio:
        chance = self.chance
        project_cap = chance.choice((None, None, None, Decimal(2)))
        settings = Settings(
            data_dir=empty_folder(),
            settle_seconds=chance.choice((15, 30)),
            at_vendors=chance.choice((1, 2, 8)),
            at_vendor=f"alpha={chance.randint(1, 3)},beta={chance.randint(1, 3)}",
            cap_project_usd=project_cap,
            cap_month_usd=chance.choice((None, None, Decimal(3))),
            _env_file=None,
        )
        cards = [
            ModelCard(id=f"{name}/{name}-1", vendor=name, kind="video", label=name, unit="second", price=amount,
                      source="", checked=date(2026, 11, 1))
            for name, amount in {**PRICES, LOCAL: Decimal(0)}.items()
        ]  # fmt: skip
        return Studio(settings=settings, db=self.db, storage=self.storage, vendors=self.vendors, cards=tuple(cards))

    def _host(self, number: int) -> Host:
        return Host(f"host{number}", self.chance.uniform(-2, 2), self.chance.uniform(0, 1e6))

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        return self.studio.cards

    # --- time and chance

    def happens(self, share: float) -> bool:
        """Whether a fault of that share happens now; none does once it is calm."""
        return self.storm and self.chance.random() < share

    def pause(self, place: str) -> None:
        """A boundary: others go first, and the database may fail."""
        thread = current()
        if place == "after write":
            self.transactions += 1
            self.auditor.written(thread)
        elif place == "after read":
            self.transactions += 1
        if thread is None:
            return
        self.tell(f"{thread.label} {place}")
        if (place in HOT or thread.is_sending) and self.happens(0.12):
            self._strike(thread)
        greenlet.getcurrent().parent.switch()
        if place.startswith("before") and self.happens(0.01):
            self.tell(f"{thread.label}: the database fails")
            raise Broken("The database does not answer.")
        if place == "after write" and self.happens(0.005):
            self.tell(f"{thread.label}: the answer of the database is lost")
            raise Broken("The database does not answer.")

    def _strike(self, thread: Thread) -> None:
        """Something befalls a process where it hurts most, or a person presses Cancel."""
        fate = self.chance.randrange(4)
        if fate == 0:
            thread.process.doomed = True
        elif fate == 1 and thread.claim:
            self.pressed.append(thread.claim.job_id)
        else:
            self._freeze(thread.process)

    def sleep(self, seconds: float) -> None:
        thread = current()
        if thread is not None:
            thread.wake_at = self.time + seconds
            self.pause(f"sleeps {seconds:.2f}")

    def tell(self, what: str) -> None:
        """A line of the story; the digest of all lines tells whether two runs were the same."""
        line = f"{self.events} {self.time:.3f} {what}"
        self._trace.update(line.encode())
        if self.story is not None:
            self.story.append(line)

    def accuse(self, what: str) -> None:
        """Notes that something went wrong: the loop stops there."""
        self.tell(f"WRONG {what}")
        self.wrong.append(what)

    @property
    def digest(self) -> str:
        return self._trace.hexdigest()

    # --- the loop

    def run(self) -> None:
        with self._entered() as errors:
            self.people.order()
            for _ in range(2):
                self._hire()
            while not self.wrong and not errors.wrong:
                self.events += 1
                if self.storm and self.events > self.storm_ends:
                    self._become_calm()
                if self.events > self.storm_ends + PATIENCE:
                    self.accuse(f"stuck: {self.auditor.unfinished()}")
                for vendor in self.vendors.values():
                    vendor.deliver()
                if not self.storm and self._is_over():
                    self.auditor.closed_books()
                    break
                self._happen()
        if self.wrong or errors.wrong:
            raise Wrong("; ".join([*self.wrong, *errors.wrong][:3]))

    @contextmanager
    def _entered(self) -> Iterator[Errors]:
        """The engine belongs to this world for as long as it runs."""
        log, errors = logging.getLogger("reprise"), Errors()
        level, collecting = log.level, gc.isenabled()
        log.setLevel(logging.ERROR)
        log.addHandler(errors)
        names.world, self.db.pause = self, self.pause
        chance = random.getstate()
        random.seed(self.chance.random())  # what the engine itself draws, as delays of retries
        gc.disable()
        try:
            yield errors
        finally:
            names.world = self.db.pause = None
            random.setstate(chance)
            for process in list(self.processes):
                process.kill()
            self.people.vanish()
            log.removeHandler(errors)
            log.setLevel(level)
            if collecting:
                gc.enable()

    def _happen(self) -> None:
        chance, storm = self.chance, self.storm
        for process in [p for p in self.processes if p.doomed]:
            self._kill(process)
        awake = [p for p in self.processes if p.is_awake]
        u = chance.random()
        if self.pressed:
            work.cancel(self.db, self.people.home.wall(), LOCAL_OWNER, self.pressed.pop())
        elif storm and u < 0.006 and awake:
            self._kill(chance.choice(awake))
        elif storm and u < 0.012 and awake:
            self._freeze(chance.choice(awake))
        elif storm and u < 0.014 and awake:
            chance.choice(awake).stopping.set()
        elif storm and u < 0.02:
            self._set_clock()
        elif (u < 0.08 and len(awake) < 2) or not self.processes:
            self._hire()
        elif u < 0.13 and (storm or self.people.are_needed()):
            self.people.act()
        elif storm and u < 0.2:
            self.time += chance.choice(SECONDS)
        elif awake and self._somebody_works(awake):
            self.time += TURN
        else:
            self._let_time_pass()

    def _somebody_works(self, awake: list[Process]) -> bool:
        """A turn of somebody, rather of a process that has a step in hand."""
        if self.people.turn():
            return True
        first = self.chance.randrange(len(awake))
        processes = awake[first:] + awake[:first]
        if self.chance.random() < DOES:
            processes.sort(key=lambda p: not p.has_hands_full)
        return any(p.turn() for p in processes)

    def _let_time_pass(self) -> None:
        """Nothing can be done now: on to when something can."""
        if self.storm:
            self.time += self.chance.choice((0.3, 1.0, 5.0))
            return
        until = [t.wake_at for p in self.processes for t in p.threads]
        until += [p.frozen_until for p in self.processes]
        until += [r.arrives for v in self.vendors.values() for r in v.on_its_way]
        until += [self.time + seconds for seconds in self.auditor.seconds_until_due(self.processes)]
        later = [t for t in until if t > self.time]
        self.time = min([*later, self.time + 30.0]) + 0.001
        if self.people.are_needed():
            self.people.act()

    def _become_calm(self) -> None:
        self.storm = False
        self.tell("calm")
        for process in self.processes:
            process.frozen_until = 0.0
        for host in self.hosts:
            host.skew = self.chance.uniform(-2, 2)

    def _is_over(self) -> bool:
        busy = any(t.claim for p in self.processes for t in p.threads if not t.ended)
        on_its_way = any(v.on_its_way for v in self.vendors.values())
        return not (busy or on_its_way or self.people.busy or self.auditor.unfinished())

    # --- what happens

    def _hire(self) -> None:
        self._pids += 1
        process = Process(self, f"p{self._pids}", self.chance.choice(self.hosts), self._pids)
        self.processes.append(process)
        self.tell(f"{process.name} starts on {process.host.name}")

    def _kill(self, process: Process) -> None:
        self.tell(f"{process.name} is killed")
        process.kill()

    def _freeze(self, process: Process) -> None:
        process.frozen_until = self.time + self.chance.choice((1, 5, 20, 50, 90))
        self.tell(f"{process.name} stands still until {process.frozen_until:.1f}")

    def _set_clock(self) -> None:
        host = self.chance.choice(self.hosts)
        jump = self.chance.choice((-1, 1)) * self.chance.choice((5, 60, 600, 7200, 86400, 2 * 86400))
        host.skew = max(-WRONG_BY, min(WRONG_BY, host.skew + jump))
        self.tell(f"the clock of {host.name} is wrong by {host.skew:.0f} s")

    def something_is_due(self, process: Process, hand: Hand) -> bool:
        """Spares looks at the database that would find nothing."""
        now = process.wall()
        return self.auditor.something_is_due(now, now + timedelta(hours=1), hand)

    # --- what steps do

    def _make(self, bench: Bench) -> Made:
        """Something that this machine makes."""
        bench.needed()
        for i in range(self.chance.randint(1, 3)):
            self.sleep(self.chance.choice((0.0, 0.5, 4.0)))
            if self.happens(0.03):
                raise Broken("It did not work.")
            if self.happens(0.01):
                raise BadMedia("It cannot be made of this.")
            bench.report((i + 1) / 4)
            if bench.cancelled():
                raise Cancelled("It was stopped.")
        return self._made(bench, "here")

    def _receive(self, bench: Bench, product: Product, *_: str) -> Made:
        """An output of what a vendor delivered."""
        self.pause("receives")
        path = product.path or Path()
        if path.name == "cut-off.mp4":
            raise BadMedia("That is not a whole film.")
        if self.happens(0.03):
            raise Broken("It did not work.")
        return self._made(bench, path.stem)

    def _made(self, bench: Bench, by: str) -> Made:
        blob = bench.put(Path(f"{bench.claim.key}.{by}"))
        return Made(result={"by": by}, blobs=[blob])


def order(bench: Bench, card: ModelCard) -> ClipOrder:
    """What a vendor is asked for: the prompt names the output."""
    return ClipOrder(
        model=card.id.removeprefix(f"{card.vendor}/"),
        prompt=f"{bench.claim.project_id} {bench.claim.key}",
        seconds=bench.claim.inputs["seconds"],
        width=720,
        height=1280,
        seed=1,
    )
