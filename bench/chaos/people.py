"""People: they ask for films, cancel, retry, approve more, and look at the vendor's site when told to."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from sqlmodel import col, select

from bench.chaos.world import MODELS, SETTLE, World
from core import facts
from core.db import budgets, purchases, work
from core.db import projects as rows
from core.db.budgets import Scope
from core.db.money import Budget, Purchase
from core.db.tables import Approval, Job, Step
from core.db.work import NewStep
from core.domain.analysis import Colour
from core.domain.errors import Broken, Conflict, RepriseError
from core.domain.money import from_micros, to_micros, usd
from core.domain.plan import Music, Plan, Scene
from core.domain.prompt import film_prompt
from core.domain.shoot import ShotOrder
from core.domain.work import LIVE_JOBS, JobState, StepState
from core.services import approval, planning, production, projects, recipes
from core.services.studio import Studio

CHAIN = [f"videos/{name}" for name in MODELS]
SECONDS_BILLED = 4
"""Of the shortest clip that the vendor sells: all of ours are shorter."""
DEAREST = max(to_micros(usd(price)) for price in MODELS.values()) * SECONDS_BILLED
"""Micro-dollars of a clip."""
BACKLOG = 10
"""Jobs that are asked for ahead of the workers."""
PALETTE = tuple(Colour(hex=code, share=0.5) for code in ("#1c2541", "#f2c14e"))
LATER = 5.0
"""Seconds until something is due that a person who is tired of waiting asks to be looked at now."""


class People:
    """Everybody who uses one studio."""

    def __init__(self, studio: Studio, world: World, *, jobs: int, films: int) -> None:
        self.studio, self.world, self.chance = studio, world, Random(world.vendor.seed)
        self.owner = studio.local_owner
        self.jobs_wanted, self.films_wanted = jobs, films
        self.did: Counter[str] = Counter()
        self.faults: list[str] = []
        self.scenes: list[tuple[str, list[Scene]]] = []
        self.requests = 0
        self.cancelled: set[str] = set()
        self.unseen: dict[str, float] = {}

    def act(self, *, calm: bool = False) -> None:
        """Whatever somebody may want to do now; nothing new is asked for, or cancelled, once it is `calm`."""
        for wish in (self._retry, self._approve_more, self._find_out):
            self._attempt(lambda wish=wish: wish(calm))  # type: ignore[misc]
        if calm or self.chance.random() < 0.1:
            self._attempt(self._hurry)
        if calm:
            return
        if self.requests < self.jobs_wanted and len(self._jobs(*LIVE_JOBS)) < BACKLOG:
            self._attempt(self._request)
        if self.chance.random() < 0.05:
            self._attempt(self._cancel)

    def _attempt(self, wish: Callable[[], None]) -> None:
        """A person who is told that it cannot be done now tries again later."""
        try:
            wish()
        except (Broken, Conflict):
            self.did["told to try again"] += 1

    def _request(self) -> None:
        """A job of a few clips: of a new project, or of an old one with a scene changed."""
        if self.films_wanted and self.chance.random() < 0.2:
            self._request_film()
            return
        if self.scenes and self.chance.random() < 0.25:
            project_id, before = self.chance.choice(self.scenes)
            scenes = [*before]
            scenes[self.chance.randrange(len(scenes))] = self._scene()
        else:
            scenes = [self._scene() for _ in range(self.chance.randint(1, 4))]
            category = self.chance.choice(list(facts.categories()))
            project_id = projects.create(
                self.studio, self.owner, title="", brief="Chaos in the studio", category=category
            ).id
        models = CHAIN if self.chance.random() < 0.7 else CHAIN[:1]
        steps = [clip_step(scene, models) for scene in scenes]
        tight = 1 if self.chance.random() < 0.15 else 0
        self._record(project_id, steps, cap=len(steps) * DEAREST - tight)
        self.scenes.append((project_id, scenes))

    def _record(self, project_id: str, steps: list[NewStep], cap: int) -> None:
        project = rows.get_project(self.studio.db, self.owner, project_id)
        row = Approval(
            owner=self.owner,
            project_id=project_id,
            revision=self.requests + 1,
            total_micros=cap,
            quote=[],
            priced_on="2026-11-20",
            created=self.studio.now(),
        )
        recipes.record(self.studio, project, "film", steps, revision=row.revision, approval=row, cap=cap)
        self.requests += 1

    def _scene(self) -> Scene:
        """A scene; now and then the words of two of them are the same."""
        number = len(self.scenes) if self.scenes and self.chance.random() < 0.1 else self.chance.randrange(10**9)
        visual = f"Paper boat number {number} on a lake"
        return Scene(id=f"{self.chance.randrange(16**8):08x}", role="hook", visual=visual, seconds=2.5)

    def _request_film(self) -> None:
        """A whole film, through the same door as everybody."""
        scenes = tuple(self._scene().but(model=CHAIN[0], motif="flow") for _ in range(2))
        plan = Plan(
            title="Chaos", brief="Chaos in the studio", category="general", aspect="1:1", seed=self.requests,
            scenes=scenes, music=Music(enabled=self.requests % 2 == 0), writer="chaos",
        )  # fmt: skip
        project = projects.create(self.studio, self.owner, title="", brief=plan.brief)
        revision = planning.save(self.studio, self.owner, project.id, plan, author="chaos", reason="", base=None)
        total = approval.quote_plan(self.studio, plan, CHAIN[1:]).total
        approval.approve(self.studio, self.owner, project.id, revision=revision.number, total=total, fallback=CHAIN[1:])
        self.requests += 1
        self.films_wanted -= 1
        self.did["whole films"] += 1

    def _jobs(self, *states: JobState) -> list[Job]:
        with self.studio.db.read() as s:
            return list(s.exec(select(Job).where(col(Job.state).in_(states)).order_by(col(Job.created))))

    def _cancel(self) -> None:
        live = self._jobs(*LIVE_JOBS)
        if live:
            job = self.chance.choice(live)
            self.cancelled.add(job.id)
            production.cancel(self.studio, self.owner, job.id)
            self.did["cancelled"] += 1

    def _retry(self, calm: bool) -> None:  # noqa: FBT001
        """What has failed is retried; of what was cancelled, some, and whatever was set aside with it."""
        aside = self._with_failed_steps()
        for job in self._jobs(JobState.FAILED, JobState.CANCELLED):
            if job.state == JobState.FAILED and not (job.problem and job.remedy):
                self.faults.append(f"Job {job.id} failed and does not say why and what to do: “{job.problem}”.")
            wanted = job.state == JobState.FAILED or (calm and job.id in aside)
            wanted = wanted or (job.id in self.cancelled and self.chance.random() < 0.05)
            if wanted and self.chance.random() < (1.0 if calm else 0.2):
                with suppress(Conflict):  # a newer one is under way
                    production.retry(self.studio, self.owner, job.id)
                    self.did[f"retried {job.state}"] += 1

    def _with_failed_steps(self) -> set[str]:
        with self.studio.db.read() as s:
            return set(s.exec(select(Step.job_id).where(Step.state == StepState.FAILED)))

    def _approve_more(self, _: bool) -> None:  # noqa: FBT001
        query = select(Job, Step).join(Step, col(Step.job_id) == col(Job.id))
        query = query.where(Step.state == StepState.GATE, col(Job.state).in_(LIVE_JOBS))
        with self.studio.db.read() as s:
            waiting = {job.id: step.problem for job, step in s.exec(query)}
        for job_id, problem in waiting.items():
            if "your cap" in problem:
                self._raise_own_cap()
                work.open_gates(self.studio.db, self.studio.now(), self.owner, job_id)
            else:
                approval.approve_more(self.studio, self.owner, job_id, from_micros(DEAREST))
            self.did["approved more"] += 1

    def limit_oneself(self) -> None:
        """A cap of one's own that is soon reached."""
        self._set_own_cap(self.jobs_wanted * DEAREST // 2)

    def _raise_own_cap(self) -> None:
        with self.studio.db.read() as s:
            cap = s.get_one(Budget, f"user:{self.owner}").cap or 0
        self._set_own_cap(math.ceil(cap * 1.2))

    def _set_own_cap(self, cap: int) -> None:
        scope = Scope(id=f"user:{self.owner}", label="your cap", cap=None, owner=self.owner)
        budgets.set_cap(self.studio.db, self.studio.now(), scope, cap)

    def _find_out(self, _: bool) -> None:  # noqa: FBT001
        """What is in doubt is looked for at the vendor: adopted when it is there, written off when it never came."""
        for purchase, step in purchases.in_doubt(self.studio.db, self.owner):
            if purchase.external_id:
                with suppress(RepriseError):
                    purchases.look_again(self.studio.db, self.studio.now(), self.owner, purchase.id)
                continue
            since = self.unseen.setdefault(purchase.id, time.monotonic())
            looked = time.monotonic()
            found = self._at_the_vendor(purchase, step)
            with suppress(Conflict):
                if found:
                    purchases.adopt(self.studio.db, self.studio.now(), self.owner, purchase.id, found)
                    self.did["adopted"] += 1
                elif looked - since > SETTLE:
                    purchases.write_off(self.studio.db, self.studio.now(), self.owner, purchase.id, paid=False)
                    self.did["written off"] += 1

    def _at_the_vendor(self, purchase: Purchase, step: Step) -> str | None:
        prompt, model = prompt_of(step), purchase.model.removeprefix("videos/")
        try:
            tasks = self.world.vendor.tasks()
        except OSError as error:
            raise Broken("The vendor's site does not open.") from error
        ours = [t["id"] for t in tasks if t["prompt"] == prompt and t["model"] == model]
        free = purchases.unknown_to_us(self.studio.db, "videos", ours)
        return free[0] if free else None

    def _hurry(self) -> None:
        """What waits long for the next look is looked at now."""
        query = select(Purchase.id).join(Step, col(Step.key) == col(Purchase.key))
        with self.studio.db.read() as s:
            waiting = s.exec(query.where(Step.state == StepState.WAITING).distinct()).all()
            late = [p for p in waiting if self._is_late(s.get_one(Purchase, p), s)]
        for purchase_id in late:
            purchases.look_again(self.studio.db, self.studio.now(), self.owner, purchase_id)
            self.did["hurried"] += 1

    def _is_late(self, purchase: Purchase, s: Any) -> bool:
        steps = s.exec(select(Step).where(Step.key == purchase.key, Step.state == StepState.WAITING))
        return any((step.due - self.studio.now()).total_seconds() > LATER for step in steps)


def clip_step(scene: Scene, models: list[str]) -> NewStep:
    """A clip to be bought, small enough that its fitting costs nothing."""
    order = ShotOrder(
        scene=scene, palette=PALETTE, tone="calm", style="grotesk", category="general", seed=1,
        width=96, height=160, frames=15, scene_frames=15,
    )  # fmt: skip
    inputs = {"order": order.model_dump(mode="json"), "image_blob": None}
    return NewStep(
        name=f"clip-{scene.id}",
        kind="clip",
        label=f"Scene {scene.id}",
        key=recipes.key_of("clip", {**inputs, "model": models[0]}),
        inputs={**inputs, "models": models},
        weight=5,
        scene_id=scene.id,
        pool="videos",
    )


def prompt_of(step: Step) -> str:
    """What the vendor is asked for."""
    return film_prompt(ShotOrder.model_validate(step.inputs["order"]))
