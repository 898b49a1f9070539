"""How many films a day would go: a simulation of the queue, on step times that were measured.

A day of people arrives by a curve; each film is the steps that core.services.recipes makes of it, taken by
priority by as many hands as the machines have. What the database, the broker, the storage and the vendors
get to do follows from what was simulated and from counts per step. The same seed gives the same day.
"""

from __future__ import annotations

import heapq
import json
import math
import random
import sys
from dataclasses import asdict, dataclass, field

from core import facts
from core.db.work import AGEING
from core.services.workshop import BEAT, GLANCE
from jobs.clock import POLL

DAY, HOUR = 86_400.0, 3_600.0
CURVE = (3, 2, 1, 1, 1, 2, 3, 5, 7, 9, 10, 10, 9, 9, 10, 11, 11, 12, 13, 14, 14, 12, 8, 5)
"""Arrivals in each hour of the day, as shares: assumed. The busiest hour has 1.85 times the mean."""
EVENING = (18.0, 21.0)
"""The busiest hours: what they need is what must be bought."""
GOALS = {False: 120.0, True: 240.0}
"""Seconds that 95 of 100 films of the busiest hours may take, without what their people take to think: with clips
drawn here (an unhurried film takes 37), and with a vendor's (whose slowest clip alone takes 90 to 170)."""
THINKING = 300.0
"""Seconds that a person looks at the storyboard before approving, on average: assumed."""
SPREAD = 0.25
"""Of the times of steps of one kind (standard deviation of the logarithm): assumed."""
CORES = 2
"""Of a machine, and its hands."""

# Measured on two cores, 2026-11-21: `python -m jobs make data/demo/bunny.mp4 --seconds 15` (36.9 s of wall, four
# scenes, 720×1280), each step by its row; the README has 37 s for the same. A vendor's clip was fitted in 1.0–1.4 s.


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a film: seconds in a hand, and which must be done before (by their place)."""

    kind: str
    seconds: float
    needs: tuple[int, ...] = ()


BEFORE = (Step("measure", 1.66), Step("learn", 0.01, (0,)), Step("write", 0.03, (1,)))
STILLS = tuple(Step("still", seconds, (2,)) for seconds in (2.41, 1.93, 1.22, 1.88))
STORYBOARD = BEFORE + STILLS
"""Until a person is asked."""
CLIPS = tuple(Step("clip", seconds) for seconds in (13.84, 5.91, 7.53, 6.40))
AFTER = (
    *(Step("voice", seconds) for seconds in (0.75, 0.92, 0.90, 0.90)),
    Step("music", 1.42),
    Step("mix", 1.59, (4, 5, 6, 7, 8)),
    Step("cut", 12.7, (0, 1, 2, 3, 9)),  # 7.1 s of wall; it uses both cores: 64.6 s of processor for a film in all
    Step("deliver", 2.59, (10,)),
)
FITTING = 1.2
"""Seconds of a hand that a clip of a vendor takes when it is collected."""
AT_VENDOR = 90.0
"""Seconds that a vendor takes for a clip: assumed, as core.services.recipes does until there is a history."""
ASKING = 5.0
"""Seconds between two questions how it stands (core.providers.videos)."""

# Counted with bench.engine.counted on the same day: transactions that read, and that write.
READS, WRITES = 3.6, 2.0
"""Of a step on this machine, and a write each `GLANCE` seconds for its progress."""
ORDER, ASK, COLLECT = (4, 4), (4, 2), (5, 3)
"""Of ordering a clip, asking about it, and collecting it."""
WAKE = (4, 1)
"""What each wake-up brings in a cluster: three hands look, the dispatcher looks, and stamps what it tells."""
IDLE = (3 / POLL + 2 + 4 / BEAT, 1 / BEAT)
"""Of a machine that does nothing, each second: looks, the dispatcher's rounds, heartbeat and recovery."""
REDIS = 4
"""Commands for a message: the depth is asked, it is sent, taken, and the next one asked for. An upper bound."""

# Measured by `python -m bench.engine` on the same machine.
SQLITE = 630.0
"""Transactions a second on SQLite, in one process: 210 steps that do nothing, of three transactions each."""
POSTGRES = 830.0
"""Transactions a second that one core of PostgreSQL's machine can serve: 3.6 ms of it for a step of three."""
ORDERS = 110.0
"""New orders a second under the lock of the caps."""

MEGABYTES, BLOBS = 67.4, 24
"""What a film leaves in storage: clips 31, the cut and the signed film 15 each, sound 4, stills and the rest 2."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars, and where that stands."""

    usd: float
    source: str


MACHINE = Price(0.0816, "an hour of m7g.large (2 cores), us-east-1, June 2026: factualminds.com; speed not measured")
STORED = Price(0.015, "a GB and month at R2: developers.cloudflare.com/r2/pricing, also read there 2026-08-03")
WRITTEN = Price(4.50e-6, "a write at R2, same page")
READ = Price(0.36e-6, "a read at R2, same page")
VENDOR = "runway/gen4.5"
BOUGHT = 16.5
"""Seconds of clips for 15 s of film: each but the last has half a second more."""


@dataclass(slots=True)
class Day:
    """What came of a day, or of its busiest hours."""

    arrived: int = 0
    times: list[float] = field(default_factory=list)
    """Seconds of each finished film, without thinking, in the order in which they were finished."""
    under_way: int = 0
    """Films that were not finished when the simulation ended."""
    most_ready: int = 0
    """Longest queue of steps that wait for a hand."""
    most_at_vendors: int = 0
    busy: float = 0.0
    """Seconds of hands."""
    steps: int = 0
    orders: int = 0
    asks: int = 0

    def share(self, part: float) -> float:
        """Seconds within which that part of the films were finished."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else math.inf


def arrivals(films: int, rng: random.Random, begin: float, end: float) -> list[float]:
    """When films are asked for between two hours of a day, in seconds; `films` is for the whole day."""
    found = []
    for hour, share in enumerate(CURVE):
        if begin <= hour < end:
            expected = films * share / sum(CURVE)
            at = hour * HOUR
            while (at := at + rng.expovariate(expected / HOUR)) < (hour + 1) * HOUR:
                found.append(at)
    return found


class Simulation:
    """Films, hands and vendors. `machines` of two hands; `vendors`: clips are bought, and not drawn here."""

    BEGIN, DONE, FILMED = range(3)
    """What happens: a job of a film is recorded, a hand has done a step, a vendor has made a clip."""

    def __init__(self, films: int, machines: int, *, vendors: bool, seed: int) -> None:
        self.films, self.hands, self.vendors = films, machines * CORES, vendors
        self.rng = random.Random(seed)
        self.parts = (STORYBOARD, CLIPS + AFTER)
        self.children = [
            [[i for i, step in enumerate(part) if at in step.needs] for at in range(len(part))] for part in self.parts
        ]
        self.events: list[tuple[float, int, int, int, int]] = []
        """Time, a number that keeps equal times in order, what, film, step."""
        self.ready: list[tuple[float, int, int, int]] = []
        """Rank, a number, film, step."""
        self.number = 0
        self.free = self.hands
        self.at_vendors = 0
        self.now = 0.0
        self.day = Day()
        self.part: list[int] = []
        self.left: list[list[int]] = []
        self.rank: list[float] = []
        self.pace: list[float] = []
        self.began: list[float] = []
        self.spent: list[float] = []
        self.undone: list[int] = []

    def run(self, begin: float = 0.0, end: float = 24.0) -> Day:
        """From one hour to another; what arrived is finished afterwards, and nothing new comes."""
        categories = sorted(int(row["priority"]) for row in facts.categories().values())
        for at in arrivals(self.films, self.rng, begin, end):
            film = len(self.part)
            self.part.append(0)
            self.rank.append(at - self.rng.choice(categories) * AGEING)
            self.pace.append(self.rng.lognormvariate(0, SPREAD))
            self.began.append(at)
            self.spent.append(0.0)
            self.undone.append(0)
            self.left.append([])
            self._later(at, self.BEGIN, film, 0)
        thoughts = random.Random(self.rng.random())
        self.day.arrived = len(self.part)
        acts = {self.BEGIN: self._begin, self.DONE: self._done, self.FILMED: self._filmed}
        while self.events:
            self.now, _, what, film, step = heapq.heappop(self.events)
            acts[what](film, step)
            if what == self.DONE and self.undone[film] == 0:
                self._ended(film, thoughts)
            self._hand_out()
        self.day.under_way = self.day.arrived - len(self.day.times)
        return self.day

    def _later(self, at: float, what: int, film: int, step: int) -> None:
        self.number += 1
        heapq.heappush(self.events, (at, self.number, what, film, step))

    def _begin(self, film: int, _: int) -> None:
        part = self.parts[self.part[film]]
        self.left[film] = [len(step.needs) for step in part]
        self.undone[film] = len(part)
        for at, step in enumerate(part):
            if not step.needs:
                self._is_ready(film, at)

    def _is_ready(self, film: int, step: int) -> None:
        if self._is_bought(film, step):
            self.at_vendors += 1
            self.day.most_at_vendors = max(self.day.most_at_vendors, self.at_vendors)
            asks = math.ceil(self.rng.lognormvariate(math.log(AT_VENDOR), SPREAD) / ASKING)
            self.day.orders += 1
            self.day.asks += asks
            self._later(self.now + asks * ASKING, self.FILMED, film, step)
        else:
            self._wants_hand(film, step)

    def _is_bought(self, film: int, step: int) -> bool:
        return self.vendors and self.part[film] == 1 and step < len(CLIPS)

    def _wants_hand(self, film: int, step: int) -> None:
        self.number += 1
        heapq.heappush(self.ready, (self.rank[film], self.number, film, step))

    def _filmed(self, film: int, step: int) -> None:
        self.at_vendors -= 1
        self._wants_hand(film, step)

    def _hand_out(self) -> None:
        while self.free and self.ready:
            _, _, film, step = heapq.heappop(self.ready)
            usual = FITTING if self._is_bought(film, step) else self.parts[self.part[film]][step].seconds
            seconds = usual * self.pace[film]
            self.free -= 1
            self.day.busy += seconds
            self.day.steps += 1
            self._later(self.now + seconds, self.DONE, film, step)
        self.day.most_ready = max(self.day.most_ready, len(self.ready))

    def _done(self, film: int, step: int) -> None:
        self.free += 1
        self.undone[film] -= 1
        left = self.left[film]
        for child in self.children[self.part[film]][step]:
            left[child] -= 1
            if left[child] == 0:
                self._is_ready(film, child)

    def _ended(self, film: int, thoughts: random.Random) -> None:
        """A job of the film is done: a person thinks about it, or has the film."""
        self.spent[film] += self.now - self.began[film]
        if self.part[film] == 0:
            self.part[film], self.undone[film] = 1, -1
            self.began[film] = self.now + thoughts.expovariate(1 / THINKING)
            self._later(self.began[film], self.BEGIN, film, 0)
        else:
            self.day.times.append(self.spent[film])


def evening(films: int, machines: int, *, vendors: bool, seed: int) -> Day:
    """The busiest hours with so many machines, an hour before them included."""
    begin, end = EVENING
    return Simulation(films, machines, vendors=vendors, seed=seed).run(begin - 1, end)


def machines_needed(films: int, *, vendors: bool, seed: int) -> int:
    """The fewest machines with which 95 of 100 films of the busiest hours reach the goal."""
    low, high = 0, 1
    while evening(films, high, vendors=vendors, seed=seed).share(0.95) > GOALS[vendors]:
        low, high = high, high * 2
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        if evening(films, middle, vendors=vendors, seed=seed).share(0.95) > GOALS[vendors]:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; what is a second is in the busiest hours."""

    films_a_day: int
    clips: str
    machines: int
    p50_seconds: float
    p95_seconds: float
    busy: float
    longest_queue: int
    transactions_per_second: float
    of_sqlite: float
    cores_of_postgres: float
    orders_per_second: float
    of_caps_lock: float
    at_vendors_mean: float
    at_vendors_most: int
    redis_commands_per_second: float
    storage_gb_a_day: float
    usd_machines_a_day: float
    usd_storage_a_month: float
    """Thirty days of films kept, written and read once; each further month adds as much again."""
    usd_vendors_a_day: float


def row(films: int, *, vendors: bool, seed: int) -> Row:
    """One case."""
    machines = machines_needed(films, vendors=vendors, seed=seed)
    day = evening(films, machines, vendors=vendors, seed=seed)
    hours = (EVENING[1] - EVENING[0] + 1) * HOUR
    reads, writes = transactions(day, machines, hours)
    told = (day.steps + day.orders + day.asks) / hours
    price = next(float(card.known_price) for card in facts.catalogue() if card.id == VENDOR)
    stored = films * MEGABYTES / 1000
    return Row(
        films_a_day=films,
        clips="vendor" if vendors else "local",
        machines=machines,
        p50_seconds=round(day.share(0.5), 1),
        p95_seconds=round(day.share(0.95), 1),
        busy=round(day.busy / (machines * CORES * hours), 2),
        longest_queue=day.most_ready,
        transactions_per_second=round(reads + writes, 1),
        of_sqlite=round((reads + writes) / SQLITE, 3),
        cores_of_postgres=round((reads + writes) / POSTGRES, 2),
        orders_per_second=round(day.orders / hours, 2),
        of_caps_lock=round(day.orders / hours / ORDERS, 3),
        at_vendors_mean=round(films * len(CLIPS) * AT_VENDOR / DAY, 1) if vendors else 0.0,
        at_vendors_most=day.most_at_vendors,
        redis_commands_per_second=round(told * REDIS, 1),
        storage_gb_a_day=round(stored, 1),
        usd_machines_a_day=round(machines * MACHINE.usd * 24, 2),
        usd_storage_a_month=round(stored * 30 * STORED.usd + films * 30 * BLOBS * (WRITTEN.usd + READ.usd), 2),
        usd_vendors_a_day=round(films * BOUGHT * price, 2) if vendors else 0.0,
    )


def transactions(day: Day, machines: int, seconds: float) -> tuple[float, float]:
    """Transactions a second that read, and that write."""
    here = day.steps - day.orders
    slices = ((here, (READS, WRITES)), (day.orders, ORDER), (day.asks, ASK), (day.orders, COLLECT))
    wakes = here + 2 * day.orders + day.asks
    sums = [
        sum(count * each[i] for count, each in slices) + wakes * WAKE[i] + machines * IDLE[i] * seconds for i in (0, 1)
    ]
    return sums[0] / seconds, (sums[1] + day.busy / GLANCE) / seconds


def ceilings(local: Row, bought: Row) -> dict[str, int]:
    """Films a day at which each part is full in the busiest hours, every other part growing along."""
    return {
        "one machine of two cores, local clips": round(local.films_a_day / local.machines),
        "one core of PostgreSQL, local clips": round(local.films_a_day / local.cores_of_postgres),
        "one core of PostgreSQL, vendor's clips": round(bought.films_a_day / bought.cores_of_postgres),
        "the lock of the caps": round(bought.films_a_day / bought.of_caps_lock),
        "10,000 clips at vendors (REPRISE_AT_VENDORS)": round(bought.films_a_day * 10_000 / bought.at_vendors_most),
    }


CASES = tuple((films, vendors) for films in (100, 1_000, 10_000, 100_000) for vendors in (False, True))


def main() -> int:
    """Each case as a line of JSON, then all of them as a table."""
    rows = []
    for films, vendors in CASES:
        rows.append(row(films, vendors=vendors, seed=1))
        print(json.dumps({"name": "a day's load", **asdict(rows[-1])}), flush=True)
    for name, films in ceilings(rows[-2], rows[-1]).items():
        print(json.dumps({"name": f"a ceiling: {name}", "films_a_day": films}))
    for price in (MACHINE, STORED, WRITTEN, READ):
        print(json.dumps({"name": "a price", **asdict(price)}))
    names = list(asdict(rows[0]))
    width = max(map(len, names))
    for name in names:
        print(f"{name:<{width}}", *(f"{getattr(r, name):>10}" for r in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
