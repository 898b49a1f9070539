"""The simulation behind docs/many-machines.md: what must hold of it whatever its figures are. And the page's script."""

from __future__ import annotations

import itertools
import random
import re
import subprocess
import sys

import pytest
from sqlmodel import select

from bench.load import AFTER, CLIPS, EVENING, STORYBOARD, Simulation, arrivals, evening, machines_needed
from core.db import projects, purchases, slices, work
from core.db.audit import audit
from core.db.budgets import Scope
from core.db.money import Entry
from core.db.session import Database
from core.db.tables import Event, Project
from core.db.work import NewStep
from core.domain.work import PurchaseState
from core.isolation import ROOT

STEPS = len(STORYBOARD) + len(CLIPS) + len(AFTER)


@pytest.mark.parametrize("vendors", [False, True])
def test_every_film_that_arrives_is_finished_with_every_step_done_once(vendors):
    day = evening(400, 1, vendors=vendors, seed=3)
    assert day.arrived > 50
    assert len(day.times) == day.arrived
    assert day.steps == day.arrived * STEPS
    assert day.orders == (day.arrived * len(CLIPS) if vendors else 0)
    assert day.asks >= day.orders


def test_the_same_seed_gives_the_same_day():
    assert evening(300, 1, vendors=True, seed=7) == evening(300, 1, vendors=True, seed=7)
    assert evening(300, 1, vendors=True, seed=7) != evening(300, 1, vendors=True, seed=8)


def test_more_machines_never_make_people_wait_longer():
    late = [evening(4000, machines, vendors=False, seed=5).share(0.95) for machines in (2, 3, 4, 8)]
    assert all(more <= fewer * 1.01 for fewer, more in itertools.pairwise(late)), late


def test_more_films_need_more_machines_and_those_that_are_said_are_enough():
    few, many = (machines_needed(films, vendors=False, seed=2) for films in (500, 6000))
    assert few < many
    assert evening(6000, many, vendors=False, seed=2).share(0.95) <= 120
    assert evening(6000, many - 1, vendors=False, seed=2).share(0.95) > 120


def test_no_hand_does_two_steps_at_once_and_none_rests_while_a_step_is_ready():
    simulation = Simulation(2000, 1, vendors=True, seed=1)
    begin, end = EVENING
    handed, hand_out = [], simulation._hand_out

    def watched() -> None:
        hand_out()
        handed.append((simulation.free, len(simulation.ready)))

    simulation._hand_out = watched
    simulation.run(begin, end)
    assert all(0 <= free <= simulation.hands and not (free and ready) for free, ready in handed)
    assert simulation.free == simulation.hands
    assert simulation.at_vendors == 0


def test_arrivals_follow_the_curve():
    found = arrivals(24_000, random.Random(1), 0, 24)
    assert found == sorted(found)
    assert len(found) == pytest.approx(24_000, rel=0.03)
    night, evening_ = (sum(a <= t / 3600 < a + 3 for t in found) for a in (2, 18))
    assert evening_ > 10 * night


def buy(db: Database, owner: str, now) -> None:
    """A project whose one clip was bought for 12 cents."""
    row = Project(
        owner=owner, title="T", brief="B", category="general", platform="any", aspect="9:16", resolution="720p",
        created=now, updated=now,
    )  # fmt: skip
    project = projects.add_project(db, row).id
    step = NewStep(name="a", kind="clip", label="a", key="k", inputs={}, weight=1, pool="videos")
    work.record_job(db, now, owner=owner, project_id=project, kind="film", priority=5, steps=[step], known=set())
    claim = slices.claim(db, now, "w", hand="vendor")
    assert claim is not None
    line = purchases.Line(component="clips", vendor="videos", model="m", quantity=4, unit="second", micros=120_000)
    bought = purchases.intent(db, now, claim, line, [Scope(id="workspace", label="here", cap=1_000_000)])
    assert bought is not None
    purchases.submitted(db, now, bought.id, "task-1")
    purchases.close(db, now, bought.id, PurchaseState.SUCCEEDED, 120_000)
    slices.finish(db, now, claim, {}, [])


def test_the_script_of_the_page_brings_a_database_to_postgresql_and_never_twice(studio, postgres_url, tmp_path):
    buy(studio.db, studio.local_owner, studio.now())
    page = (ROOT / "docs" / "many-machines.md").read_text()
    script = tmp_path / "move.py"
    script.write_text(re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1))
    command = [sys.executable, str(script), studio.db.url, postgres_url]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    moved = Database(postgres_url)
    assert audit(moved) == []
    for table in (Entry, Event):
        with studio.db.read() as old, moved.read() as new:
            assert [r.model_dump() for r in old.exec(select(table))] == [
                r.model_dump() for r in new.exec(select(table))
            ]
    work.record_job(
        moved, studio.now(), owner=studio.local_owner, project_id=projects_of(moved)[0], kind="film", priority=5,
        steps=[], known=set(),
    )  # fmt: skip
    moved.close()
    again = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "not empty" in again.stderr


def projects_of(db: Database) -> list[str]:
    with db.read() as s:
        return list(s.exec(select(Project.id)))
