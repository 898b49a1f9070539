"""People: they order films, cancel, retry, approve, and decide what is in doubt by what the vendor's site shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from core.db import budgets, jobs, projects, purchases, work
from core.db.budgets import Scope
from core.db.money import Purchase
from core.db.tables import Approval, Project
from core.db.work import NewStep
from core.domain.errors import RepriseError
from core.domain.money import to_micros
from core.services import approval, recipes
from core.services.studio import LOCAL_OWNER
from core.services.vendors import LOCAL, pool_of
from tests.simulation.machines import BEGIN, Host, Process, Thread

if TYPE_CHECKING:
    from tests.simulation.world import World

CERTAIN = 60.0
"""Seconds after which a person believes a vendor's site that shows nothing."""
RETRIES = 6
"""Times that a person presses Retry on one job."""


@dataclass(frozen=True)
class Film:
    """A job that somebody will ask for."""

    project: int
    kind: str
    revision: int
    steps: list[NewStep]
    cap: int


class People:
    """Everybody outside the program, one at a time."""

    def __init__(self, world: World) -> None:
        self.world, self.chance = world, world.chance
        self.home = Process(world, "people", Host("home", 0.0, 0.0), 0)
        self.projects = [self._project() for _ in range(self.chance.randint(1, 2))]
        self.seconds = [self.chance.choice((1.0, 2.5, 4.0)) for _ in range(3)]
        self.models = [self.chance.choice(("alpha", "alpha", "beta")) for _ in range(3)]
        self.films = [self._film(i) for i in range(self.chance.randint(1, 3))]
        self.wanted: set[str] = set()
        """Jobs that somebody presses Retry on, whatever stopped them."""
        self.retries: dict[str, int] = {}
        self.noticed: dict[str, float] = {}
        self.thread: Thread | None = None
        self.next_look = 0.0

    @property
    def busy(self) -> bool:
        return bool(self.films) or (self.thread is not None and not self.thread.ended)

    def are_needed(self) -> bool:
        """Once it is calm: whether anything waits for them. They look every few seconds."""
        now = self.world.time
        if now < self.next_look or (self.thread is not None and not self.thread.ended):
            return False
        self.next_look = now + 10.0
        steps = "SELECT 1 FROM step WHERE state IN ('gate', 'in_doubt')"
        stopped = "SELECT 1 FROM job WHERE state IN ('failed', 'cancelled')"
        return bool(self.films or self.world.auditor.rows(f"{steps} UNION ALL {stopped} LIMIT 1"))

    def act(self) -> None:
        """Somebody begins to do something, when nobody else is at it."""
        if self.thread is None or self.thread.ended:
            action = self._action()
            self.thread = Thread(self.home, f"person: {action.__name__.strip('_')}", lambda: self._tried(action))

    def turn(self) -> bool:
        """Goes on with it, now and then; False when there is nothing to go on with."""
        thread = self.thread
        if thread is None or thread.ended or thread.wake_at > self.world.time:
            return False
        if self.world.storm and self.chance.random() < 0.6:
            return False
        thread.run()
        return True

    def vanish(self) -> None:
        if self.thread is not None:
            self.thread.greenlet.throw()

    def _action(self) -> Callable[[], None]:
        if not self.world.storm:
            return self.order if self.films else self._put_in_order
        actions = [self.order] * 3 + [self._settle_doubts] * 3 + [self._answer_gates] * 3
        actions += [self._retry, self._cancel, self._look_again]
        return self.chance.choice(actions)

    @staticmethod
    def _tried(action: Callable[[], None]) -> None:
        try:
            action()
        except RepriseError:  # they read the sentence, and try again another time
            return

    # --- ordering

    def _project(self) -> Project:
        self.world.named += 1
        row = Project(
            id=f"project{self.world.named}", owner=LOCAL_OWNER, title="T", brief="B", category="general",
            platform="any", aspect="9:16", resolution="720p", created=BEGIN, updated=BEGIN,
        )  # fmt: skip
        return projects.add_project(self.world.db, row)

    def _film(self, number: int) -> Film:
        """A few clips, some of them shared with the other films of the project, and what is made of them."""
        chance = self.chance
        wanted = chance.sample(range(3), chance.choice((1, 1, 2, 2, 3)))
        steps = [NewStep(name="voice", kind="local", label=f"{number} voice", key="voice", inputs={}, weight=2)]
        steps = steps if chance.random() < 0.2 else []
        steps += [self._clip(number, clip, steps) for clip in wanted]
        needs = tuple(s.name for s in steps)
        steps.append(
            NewStep(
                name="cut", kind="local", label=f"{number} cut", key=f"cut {number}", inputs={}, weight=3, needs=needs,
                gated=chance.random() < 0.15,
            )
        )  # fmt: skip
        quoted = sum(self._dearest(s) for s in steps if s.kind == "clip")
        kind = chance.choice(("film", "film", "trailer"))
        cap = int(quoted * chance.choice((1, 1, 1, 0.6, 0.2)))
        return Film(chance.randrange(len(self.projects)), kind, number, steps, cap)

    def _clip(self, number: int, clip: int, before: list[NewStep]) -> NewStep:
        chance, name = self.chance, self.models[clip]
        others = [n for n in ("alpha", "beta", LOCAL) if n != name]
        chain = [name, *chance.sample(others, chance.choice((0, 0, 1, 2)))]
        model = next(c for c in self.world.cards if c.vendor == name)
        return NewStep(
            name=f"clip{clip}",
            kind="clip",
            label=f"{number} clip{clip}",
            key=f"clip{clip}",
            inputs={"models": [f"{n}/{n}-1" for n in chain], "seconds": self.seconds[clip]},
            weight=chance.uniform(1, 90),
            needs=tuple(s.name for s in before if chance.random() < 0.5),
            pool=pool_of(model),
            gated=chance.random() < 0.07,
        )

    def _dearest(self, step: NewStep) -> int:
        from tests.simulation.world import PRICES

        names = [m.partition("/")[0] for m in step.inputs["models"]]
        seconds = Decimal(str(step.inputs["seconds"])).to_integral_value(rounding="ROUND_CEILING")
        return max(to_micros(PRICES.get(n, Decimal(0)) * seconds) for n in names)

    def order(self) -> None:
        """A film; when the answer is lost it is ordered again, which must not be two orders."""
        if not self.films:
            return
        film, studio = self.films[0], self.home.studio
        row = Approval(
            owner=LOCAL_OWNER, project_id=self.projects[film.project].id, revision=film.revision,
            total_micros=film.cap, quote=[], priced_on="2026-11-20", created=studio.now(),
        )  # fmt: skip
        job = recipes.record(
            studio, self.projects[film.project], film.kind, film.steps, revision=film.revision, approval=row,
            cap=film.cap,
        )  # fmt: skip
        if film in self.films:
            self.films.remove(film)
        if self.chance.random() < 0.4:
            self.wanted.add(job)

    # --- jobs

    def _known(self) -> list[str]:
        return [row[0] for row in self.world.auditor.rows("SELECT id FROM job ORDER BY id")]

    def _cancel(self) -> None:
        """Some job: rather one for which a vendor is at work."""
        query = "SELECT DISTINCT job_id FROM step WHERE state IN ('running', 'waiting') AND pool != 'here' ORDER BY 1"
        known = [row[0] for row in self.world.auditor.rows(query)] or self._known()
        if known:
            work.cancel(self.home.studio.db, self.home.studio.now(), LOCAL_OWNER, self.chance.choice(known))

    def _retry(self) -> None:
        known = self._known()
        if known:
            work.retry(self.home.studio.db, self.home.studio.now(), LOCAL_OWNER, self.chance.choice(known))

    def _answer_gates(self) -> None:
        """Opens a gate, approves more, lifts a cap of the settings, or waits."""
        studio = self.home.studio
        for (job_id,) in self.world.auditor.rows("SELECT DISTINCT job_id FROM step WHERE state = 'gate' ORDER BY 1"):
            _, steps = jobs.job_with_steps(studio.db, LOCAL_OWNER, job_id)
            at_gate = [s for s in steps if s.state == "gate"]
            if self.chance.random() < 0.3:
                work.open_gates(studio.db, studio.now(), LOCAL_OWNER, job_id)
            else:
                approval.approve_more(studio, LOCAL_OWNER, job_id, Decimal(self.chance.choice(("0.07", "0.5", "2"))))
            if not self.world.storm and any("cap" in s.problem for s in at_gate):
                self._lift_caps()

    def _lift_caps(self) -> None:
        studio = self.home.studio
        for (budget,) in self.world.auditor.rows("SELECT id FROM budget WHERE id NOT LIKE 'film:%' ORDER BY id"):
            budgets.set_cap(studio.db, studio.now(), Scope(id=budget, label="", cap=None), None)

    def _look_again(self) -> None:
        studio = self.home.studio
        for purchase, _ in purchases.in_doubt(studio.db, LOCAL_OWNER) if self._are_in_doubt() else ():
            purchases.look_again(studio.db, studio.now(), LOCAL_OWNER, purchase.id)

    def _are_in_doubt(self) -> bool:
        return bool(self.world.auditor.rows("SELECT 1 FROM step WHERE state = 'in_doubt' LIMIT 1"))

    def _settle_doubts(self) -> None:
        """Decides what is in doubt by what the vendor's site shows."""
        if not self._are_in_doubt():
            return
        for purchase, _ in purchases.in_doubt(self.home.studio.db, LOCAL_OWNER):
            self.noticed.setdefault(purchase.id, self.world.time)
            self._settle(purchase)

    def _settle(self, purchase: Purchase) -> None:
        studio, vendor = self.home.studio, self.world.vendors[purchase.vendor]
        now = self.world.time
        if purchase.external_id:
            task = vendor.tasks[purchase.external_id]
            if now < task.gone_from:
                purchases.look_again(studio.db, studio.now(), LOCAL_OWNER, purchase.id)
            else:
                paid = task.bill(now) > 0
                purchases.write_off(studio.db, studio.now(), LOCAL_OWNER, purchase.id, paid=paid)
            return
        prompt = f"{purchase.project_id} {purchase.key}"
        known = {row[0] for row in self.world.auditor.rows("SELECT external_id FROM purchase")}
        shown = [t.id for t in vendor.tasks.values() if t.order.prompt == prompt and t.id not in known]
        if shown:
            purchases.adopt(studio.db, studio.now(), LOCAL_OWNER, purchase.id, shown[0])
        elif now - self.noticed[purchase.id] > CERTAIN:
            paid = self.chance.random() < 0.1
            purchases.write_off(studio.db, studio.now(), LOCAL_OWNER, purchase.id, paid=paid)

    def _put_in_order(self) -> None:
        """Once it is calm: doubts are settled, gates answered, and what failed is gone on with."""
        self._settle_doubts()
        self._answer_gates()
        stopped = self.world.auditor.rows("SELECT id FROM job WHERE state IN ('failed', 'cancelled') ORDER BY id")
        for (job_id,) in stopped:
            tried = self.retries.get(job_id, 0)
            if tried < RETRIES and (job_id in self.wanted or self._worth_it(job_id)):
                self.retries[job_id] = tried + 1
                work.retry(self.home.studio.db, self.home.studio.now(), LOCAL_OWNER, job_id)

    def _worth_it(self, job_id: str) -> bool:
        """Whether something was paid for that only a retry brings."""
        query = """SELECT 1 FROM purchase p JOIN step s ON s.key = p.key JOIN job j ON j.id = s.job_id
                   WHERE j.id = ? AND j.project_id = p.project_id AND p.state = 'succeeded' AND NOT p.lost
                   AND NOT EXISTS (SELECT 1 FROM output o WHERE o.project_id = p.project_id AND o.key = p.key)"""
        return bool(self.world.auditor.rows(query, job_id))
