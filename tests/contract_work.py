"""A piece of work under the contract: ordered from one model, through the engine and the books, on a clock put forward.

One studio and one vendor for all the cases of a stand; each case has a project of its own there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from core.db import projects as rows
from core.db.money import Purchase
from core.db.tables import Job, Output, Project
from core.db.work import NewStep
from core.domain.catalogue import ModelCard
from core.domain.money import to_micros
from core.domain.orders import Product, TranscriptOrder
from core.domain.plan import Grade, Plan, Scene
from core.domain.work import LIVE_JOBS, JobState, PurchaseState
from core.services import pricing, production, projects, recipes, said, script_steps, workshop
from core.services.bench import Bench, Made, Recipe
from core.services.intake import add_asset
from core.services.pacing import Paces
from core.services.repertoire import RECIPES
from core.services.studio import utc_now
from tests.clip_shop import Shop
from tests.contract_shop import SAID, Counter
from tests.contract_table import Row
from tests.fake_vendor import FakeVendor

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""The hour at which every case begins: what can be had in the catalogue must not depend on when the tests are run."""
STEPS = {"video": "clip", "still": "still", "language": "draft", "speech": "voice", "transcription": "hear",
         "music": "music", "effect": "effect"}  # fmt: skip
"""The step that buys each kind of work; what is written here takes no draft."""


def plan_for(kind: str) -> Plan:
    """5 s in two scenes; the last is what the work is about, and of a clip it is short."""
    seconds = 1.0 if kind == "video" else 2.5
    line = {"video": "", "transcription": SAID}.get(kind, "The city is awake.")
    scenes = (
        Scene(id="bbbb", role="hook", visual="Paper waves", motif="flow", seconds=5 - seconds),
        Scene(id="aaaa", role="cta", visual="A city at night", motif="city", seconds=seconds, narration=line,
              sound="rain"),
    )  # fmt: skip
    return Plan(
        title="Night", brief="A focus timer for people who work at night", category="general", seed=7, aspect="1:1",
        scenes=scenes, grade=Grade(palette=("#1c2541", "#f2c14e", "#5bc0be")), writer="a test",
    )  # fmt: skip


@dataclass(kw_only=True)
class Work:
    """A piece of work of one model."""

    row: Row
    model: str
    counter: Counter
    recipes: Mapping[str, Recipe]

    def __post_init__(self) -> None:
        shop = self.shop
        shop.ahead = TODAY - utc_now()
        shop.recipes = self.recipes
        shop.studio = replace(shop.studio, health={}, paces=Paces())
        self.began = self.made

    @property
    def shop(self) -> Shop:
        return self.counter.shop

    @property
    def made(self) -> int:
        """How many things the vendor has made."""
        return self.row.at.made(self.counter.fake) if self.row.vendor != "local" else 0

    @property
    def taken(self) -> int:
        """How many of them for this case."""
        return self.made - self.began

    @property
    def asked(self) -> int:
        """Requests that cost, as they arrived at the vendor."""
        fake = self.counter.fake
        return fake.asked(self.row.paid) if self.row.vendor == "videos" else fake.requests[self.row.paid]

    @property
    def billed(self) -> int | None:
        """Micro-dollars that the vendor wants for everything, where it says."""
        bill = self.row.at.bill
        return bill(self.counter.fake) if bill else None

    @property
    def listened(self) -> Any:
        """What hears of each request as it arrives, and knows what is to go wrong."""
        return self.counter.fake.books if isinstance(self.counter.fake, FakeVendor) else self.counter.fake

    def watched(self) -> list[list[Purchase]]:
        """What the books say whenever a request that costs arrives; it grows."""
        found: list[list[Purchase]] = []

        def arrived(kind: str) -> None:
            if kind == self.row.paid:
                found.append(self.purchases)

        self.listened.watch = arrived
        return found

    @contextmanager
    def lasting(self) -> Iterator[Callable[[], None]]:
        """Tasks take an hour at the vendor, until they are told to end."""
        lasts, fake = self.row.at.lasts, self.counter.fake
        assert lasts is not None
        lasts(fake, True)
        try:
            yield lambda: lasts(fake, False)
        finally:
            lasts(fake, False)

    def replies(self) -> None:
        """What is answered in a talk, here or at a vendor."""
        shop = self.shop
        while (claim := workshop.take(shop.studio, shop.worker, hand="reply")) is not None:
            workshop.do(shop.studio, shop.worker, claim, shop.stopping, self.recipes)
        shop.run()

    def until_submitted(self) -> None:
        """Goes on until the vendor has taken the order."""
        for _ in range(20):
            if any(purchase.state == PurchaseState.SUBMITTED for purchase in self.purchases):
                return
            assert self.shop.slice() or self.shop.wait()
        raise AssertionError("it was never ordered")

    def forgotten(self) -> None:
        """The vendor knows nothing of the task any more."""
        fake = self.counter.fake
        if isinstance(fake, FakeVendor):
            for task in fake.books.tasks.values():
                task.deleted = True
        else:
            fake.coming.append(f"task:{self.row.at.called.get('gone', 'gone')}")

    @contextmanager
    def away(self) -> Iterator[None]:
        """The vendor does not answer what costs nothing."""
        self.listened.coming = ["model:error_before"] * 9
        try:
            yield
        finally:
            self.listened.coming = []

    def gives_up(self) -> None:
        """Nobody waits for it any more."""
        for job in self.shop.all(Job):
            if job.project_id == self.project and job.state in LIVE_JOBS:
                production.cancel(self.shop.studio, self.shop.owner, job.id)

    def goes_wrong(self, fault: str) -> None:
        """What the vendor does with the next request that costs."""
        called = self.row.at.called.get(fault, fault)
        if self.row.vendor == "videos":
            self.counter.fake.next(called)
        else:
            self.counter.fake.coming.append(f"{self.row.paid}:{called}")

    @cached_property
    def card(self) -> ModelCard:
        return next(card for card in self.shop.studio.cards if card.id == self.model)

    @cached_property
    def project(self) -> str:
        crew = {"language": self.model} if self.row.kind == "language" else None
        made = projects.create(
            self.shop.studio, self.shop.owner, title="", brief="A film about paper boats", seconds=6.0, crew=crew
        )
        return made.id

    @cached_property
    def plan(self) -> Plan:
        """With somebody to be kept where the model does not go by words alone."""
        kind, plan = self.row.kind, plan_for(self.row.kind)
        if kind == "video":
            plan = plan.but(scenes=(plan.scenes[0], plan.scenes[1].but(model=self.model)))
        else:
            plan = plan.but(crew=plan.crew.but(**{kind: "auto" if self.row.vendor == "local" else self.model}))
        if kind not in ("video", "still") or "text" in self.card.inputs:
            return plan
        shop = self.shop
        kept = add_asset(
            shop.studio, shop.owner, self.project, "image", blob=self.counter.blob("somebody.png"), name="a.png"
        )
        return plan.but(character=kept.id)

    @cached_property
    def steps(self) -> list[NewStep]:
        """The step that is done by the model, after what it builds on."""
        shop, kind = self.shop, self.row.kind
        project: Project = rows.get_project(shop.db, shop.owner, self.project)
        if kind == "still":
            return [recipes.still_step(shop.studio, project, self.plan, 1)]
        if kind == "language":
            return script_steps.writing_steps(shop.studio, project, None, TODAY.isoformat(), None)
        if kind == "transcription":
            step = said.step(shop.studio, self.plan, self.counter.blob("said.wav"))
            assert step is not None
            return [step]
        made = recipes.film_steps(shop.studio, project, self.plan)
        wanted = [step for step in made if step.kind == STEPS[kind]][-1]
        return [*(step for step in made if step.name in wanted.needs), wanted]

    def order(self, cap: int = 5_000_000) -> str:
        """Orders it; the job."""
        return self.shop.order_steps(self.steps, cap=cap, project=self.project)

    def ordered(self) -> Job:
        """Orders it and goes on until nothing is left to be done."""
        job = self.order()
        self.shop.run()
        return self.shop.job(job)

    def do(self) -> Output:
        """Orders it and has it done; what came of it."""
        job = self.ordered()
        assert job.state == JobState.DONE, f"{job.problem} {job.remedy}"
        keys = [step.key for step in self.steps]
        found = {out.key: out for out in self.shop.all(Output) if out.project_id == self.project}
        return found[keys[-1]]

    @property
    def purchases(self) -> list[Purchase]:
        """What the case has bought of this kind of work, the first first."""
        return self.bought(pricing.COMPONENTS[STEPS[self.row.kind]][0])

    def bought(self, component: str) -> list[Purchase]:
        """The same of one line of the books."""
        found = [p for p in self.shop.all(Purchase) if (p.project_id, p.component) == (self.project, component)]
        return sorted(found, key=lambda purchase: (purchase.created, purchase.id))

    @property
    def quoted(self) -> int:
        """Micro-dollars that it was said to cost."""
        studio, card, plan, scene = self.shop.studio, self.card, self.plan, self.plan.scenes[1]
        match self.row.kind:
            case "video":
                return to_micros(pricing.of_order(studio, card, pricing.scene_order(card, plan, 1)))
            case "still":
                return to_micros(pricing.still(studio, card, plan))
            case "language":
                return to_micros(pricing.script(studio, card))
            case "speech":
                return to_micros(pricing.line(studio, card, scene.narration, plan.voice.rate))
            case "transcription":
                return to_micros(pricing.transcript(studio, card, plan.seconds))
            case "music":
                return to_micros(pricing.music(studio, card, plan.seconds))
        return to_micros(pricing.effect(studio, card, scene.seconds))


def kept_as_it_came(bench: Bench, product: Product, model: str) -> Made:
    """What a vendor made, untouched: to fit it takes a second, and most promises are not about that."""
    blobs = [bench.put(product.path)] if product.path else []
    return Made(result={"by": model, "blob": blobs[0] if blobs else None}, blobs=blobs)


def _recording(bench: Bench, card: ModelCard) -> TranscriptOrder:
    inputs = bench.claim.inputs
    return TranscriptOrder(model=card.name, path=Path(bench.local(inputs["blob"])), seconds=inputs["seconds"])


def _ready(step: str, counter: Counter, name: str) -> Recipe:
    """What this machine would make, there at once."""

    def made(_: Bench) -> Made:
        blob = counter.blob(name)
        return Made(result={"blob": blob, "model": "local/film"}, blobs=[blob])

    return replace(RECIPES[step], do=made)


def whole_recipes(row: Row, counter: Counter) -> dict[str, Recipe]:
    """Everything as it is, but for the clip that a sound is made for, and the stills of a plan that was written."""
    others = {"clip": _ready("clip", counter, "clip.mp4"), "still": _ready("still", counter, "somebody.png")}
    others.pop(STEPS[row.kind], None)
    return {**RECIPES, **others}


def quick_recipes(row: Row, counter: Counter) -> dict[str, Recipe]:
    """The same, and what the vendor made is kept as it came."""
    step, found = STEPS[row.kind], whole_recipes(row, counter)
    if row.kind == "language":
        return found
    bought = found[step].buys
    assert bought is not None
    bought = replace(bought, receive=kept_as_it_came)
    if row.kind == "transcription":
        bought = replace(bought, order=_recording)
    return {**found, step: replace(found[step], buys=bought)}


def ahead(work: Work) -> timedelta:
    """How much time has passed for the studio since the case began."""
    return work.shop.studio.now() - TODAY
