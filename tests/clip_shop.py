"""A studio that buys clips from the fake vendor, slice by slice, on a clock that is put forward."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from core.db import jobs, purchases, workers
from core.db import projects as rows
from core.db.money import Entry, Purchase
from core.db.slices import Claim
from core.db.tables import Approval, Event, Job, Step
from core.db.work import NewStep
from core.domain.analysis import Colour
from core.domain.orders import Product
from core.domain.plan import Scene
from core.domain.prompt import film_prompt
from core.domain.shoot import ShotOrder
from core.domain.work import OPEN_PURCHASES, StepState
from core.services import checkup, production, projects, recipes, workshop
from core.services.bench import Bench, Made
from core.services.repertoire import RECIPES
from core.services.studio import open_studio, utc_now
from core.settings import Settings
from tests import blank
from tests.fake_vendor import FakeVendor

MODELS = {"wan": 0.05, "reel": 0.07}
WAN, REEL = "videos/wan", "videos/reel"
MICROS = {WAN: 200_000, REEL: 280_000}
"""Of a clip: 4 s are the least that is sold."""
PALETTE = (Colour(hex="#1c2541", share=0.5), Colour(hex="#f2c14e", share=0.5))
MOST_SLICES = 80


def unfitted(bench: Bench, product: Product, _: str) -> Made:
    """The vendor's clip as it came: its fitting takes half a second, and most tests are not about it."""
    blob = bench.put(product.path)
    return Made(result={"blob": blob}, blobs=[blob])


UNFITTED = {"clip": replace(RECIPES["clip"], buys=replace(RECIPES["clip"].buys, receive=unfitted))}


class Shop:
    """A studio and a vendor, taken through their paces one slice at a time, on a clock that is put forward."""

    def __init__(self, home: Path, vendor: FakeVendor, **more: Any) -> None:
        settings = Settings(
            data_dir=home, min_free_mb=0, settle_seconds=60, videos_base_url=vendor.base_url,
            videos_models=",".join(f"{name}={price}" for name, price in MODELS.items()),
            videos_recovery=vendor.rules.recovery, **more, _env_file=None,
        )  # fmt: skip
        self.vendor, self.ahead = vendor, timedelta()
        blank.lay(home)
        opened = open_studio(settings)
        self.studio = replace(
            opened,
            clock=lambda: utc_now() + self.ahead,
            passed=lambda: opened.passed() + self.ahead.total_seconds(),
        )
        self.db, self.owner = self.studio.db, self.studio.local_owner
        self.worker = workshop.join(self.studio)
        self.stopping = threading.Event()
        self.recipes = UNFITTED

    # What people do

    def project(self) -> str:
        return projects.create(self.studio, self.owner, title="", brief="A film about paper boats").id

    def order(self, *words: str, models: tuple[str, ...] = (WAN,), project: str = "", cap: int | None = None) -> str:
        """A job with a clip for each of the words; answers its id."""
        cap = sum(max(MICROS[m] for m in models) for _ in words) if cap is None else cap
        return self.order_steps([clip(said, models) for said in words], cap=cap, project=project)

    def order_steps(self, steps: list[NewStep], *, cap: int, project: str = "") -> str:
        """The same with any steps."""
        row = Approval(
            owner=self.owner, project_id=project or self.project(), revision=len(self.all(Job)) + 1, total_micros=cap,
            quote=[], priced_on="2026-11-20", created=self.studio.now(),
        )  # fmt: skip
        asked = rows.get_project(self.db, self.owner, row.project_id)
        return recipes.record(self.studio, asked, "film", steps, revision=row.revision, approval=row, cap=cap)

    def cancel(self, job: str) -> None:
        production.cancel(self.studio, self.owner, job)

    def retry(self, job: str) -> None:
        production.retry(self.studio, self.owner, job)

    def decide(self) -> None:
        """A person looks at the vendor's site for everything that is in doubt, and says what was found."""
        doubtful = {purchase.id: (purchase, step) for purchase, step in purchases.in_doubt(self.db, self.owner)}
        for purchase, step in doubtful.values():
            prompt = film_prompt(ShotOrder.model_validate(step.inputs["order"]))
            ours = [t["id"] for t in self.vendor.tasks if t["prompt"] == prompt]
            free = purchases.unknown_to_us(self.db, "videos", ours)
            now = self.studio.now()
            if free:
                purchases.adopt(self.db, now, self.owner, purchase.id, free[0])
            else:
                purchases.write_off(self.db, now, self.owner, purchase.id, paid=False)

    # What a worker does

    def take(self) -> Claim | None:
        """What a vendor is asked about, else what this machine makes."""
        found = workshop.take(self.studio, self.worker, hand="vendor")
        return found or workshop.take(self.studio, self.worker, hand="here")

    def slice(self) -> bool:
        """Does what is due, once; False when nothing is."""
        claim = self.take()
        if claim is not None:
            workshop.do(self.studio, self.worker, claim, self.stopping, self.recipes)
        return claim is not None

    def run(self) -> None:
        """Slice after slice, the clock put forward to what is due next, until nothing is."""
        for _ in range(MOST_SLICES):
            if not self.slice() and not self.wait():
                return
        raise AssertionError("it goes on and on")

    def wait(self) -> bool:
        """Puts the clock forward to what is due next; False when nothing waits."""
        with self.db.read() as s:
            idle = (StepState.READY, StepState.WAITING)
            due = s.exec(select(Step.due).where(col(Step.state).in_(idle)).order_by(col(Step.due))).first()
        if due is not None:
            self.ahead += max(timedelta(), due - self.studio.now()) + timedelta(milliseconds=1)
        return due is not None

    def recover(self) -> None:
        """Another worker finds the one that died, and puts back what it held."""
        dead, self.worker = self.worker, workshop.join(self.studio)
        workers.recover(self.db, self.studio.now(), lambda worker: worker.id == dead)

    # What is seen

    def all(self, table: Any) -> list[Any]:
        with self.db.read() as s:
            return list(s.exec(select(table)))

    def steps(self, job: str) -> list[str]:
        return [s.state for s in jobs.job_with_steps(self.db, self.owner, job)[1]]

    def job(self, job: str) -> Job:
        return jobs.job_with_steps(self.db, self.owner, job)[0]

    def purchases(self) -> list[tuple[str, int | None]]:
        found = sorted(self.all(Purchase), key=lambda p: (p.created, p.id))
        return [(p.state, p.actual_micros) for p in found]

    def told(self, what: str) -> list[str]:
        return [e.detail for e in self.all(Event) if e.what == what]

    @property
    def creates(self) -> int:
        """Paid calls that reached the vendor."""
        return self.vendor.asked("create")

    def check(self) -> None:
        """The books are in order and say what the vendor says."""
        assert checkup.findings(self.studio) == []
        billed = sum(t["cost_micros"] for t in self.vendor.tasks)
        assert sum(e.spent for e in self.all(Entry) if e.budget_id == "workspace") == billed
        assert not [p for p in self.all(Purchase) if p.state in OPEN_PURCHASES]


def clip(words: str, models: tuple[str, ...]) -> NewStep:
    """A clip to be bought, small enough that its fitting takes no time."""
    scene = Scene(id="aaaa", role="hook", visual=words, seconds=2.5)
    order = ShotOrder(
        scene=scene, palette=PALETTE, tone="calm", style="grotesk", category="general", seed=1,
        width=64, height=96, frames=6, scene_frames=6,
    )  # fmt: skip
    inputs = {"order": order.model_dump(mode="json"), "image_blob": None}
    return NewStep(
        name=words, kind="clip", label=words, key=recipes.key_of("clip", {**inputs, "model": models[0]}),
        inputs={**inputs, "models": list(models)}, weight=5, pool="videos",
    )  # fmt: skip


@contextmanager
def opened_shop(home: Path, recovery: str, settings: Mapping[str, Any] | None = None, **rules: Any) -> Iterator[Shop]:
    with FakeVendor(recovery=recovery, **{"making": 0.0, "slow": 0.2, "prices": MODELS, **rules}) as vendor:
        shop = Shop(home, vendor, **(settings or {}))
        try:
            yield shop
        finally:
            shop.db.close()
