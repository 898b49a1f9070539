"""A studio that buys clips from the fake vendor, and the steps that a test takes in it by hand."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.db import purchases
from core.db.money import Purchase
from core.domain.plan import Plan
from core.services import approval, planning, projects, workshop
from core.services import studio as studios
from core.services.studio import Studio, utc_now
from core.settings import Settings
from tests import blank
from tests.fake_vendor import FakeVendor

MODEL = "videos/sora-2"
OTHER = "videos/sora-2-pro"
"""Of the same price. Each model's first clip is bought alone, so two clips under way are of two models."""
CLIP = 200_000
"""Micro-dollars of a clip of up to 4 s."""


class Time:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> Any:
        return utc_now() + self.ahead

    def passes(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@contextmanager
def opened(home: Path, vendor: FakeVendor, database_url: str = "", **settings: Any) -> Iterator[tuple[Studio, Time]]:
    """A studio whose videos server is that vendor, as this process's current one, and its clock."""
    time = Time()
    if not database_url:
        blank.lay(home)
    studio = studios.open_studio(
        Settings(
            data_dir=home,
            database_url=database_url,
            min_free_mb=0,
            videos_base_url=vendor.base_url,
            videos_models="sora-2=0.05,sora-2-pro=0.05",
            videos_recovery="none",
            _env_file=None,
            **settings,
        )
    )
    studio = dataclasses.replace(studio, clock=time)
    studios.use(studio)
    try:
        yield studio, time
    finally:
        studios.use(None)
        studio.db.close()


def at_vendor(plan: Plan, *models: str) -> Plan:
    """The same plan, filmed by a vendor: its scenes by each of the models in turn."""
    turns = itertools.cycle(models or (MODEL,))
    return plan.but(scenes=tuple(scene.but(model=model) for scene, model in zip(plan.scenes, turns, strict=False)))


def ordered(studio: Studio, plan: Plan, title: str = "Night", category: str = "general") -> tuple[str, str]:
    """A project with that plan, approved: its id, and the job's."""
    owner, plan = studio.local_owner, plan.but(title=title)
    project = projects.create(studio, owner, title=title, brief=plan.brief, category=category)
    revision = planning.save(studio, owner, project.id, plan, author="a test", reason="", base=None)
    quote = approval.quote_plan(studio, plan)
    return project.id, approval.approve(studio, owner, project.id, revision=revision.number, total=quote.total)


def talk(studio: Studio, times: int = 1) -> None:
    """Does so many slices of work at the vendor, as a worker would."""
    worker = workshop.join(studio)
    for _ in range(times):
        claim = workshop.take(studio, worker, hand="vendor")
        if claim is not None:
            workshop.do(studio, worker, claim, threading.Event())


def purchase(studio: Studio, purchase_id: str) -> Purchase:
    """As it stands."""
    with studio.db.read() as s:
        return s.get_one(Purchase, purchase_id)


def in_doubt(studio: Studio, vendor: FakeVendor) -> str:
    """Orders a clip whose answer is lost; the id of its purchase."""
    vendor.next("drop_after_accept")
    talk(studio)
    return purchases.in_doubt(studio.db, studio.local_owner)[0][0].id
