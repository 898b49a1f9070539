"""Budgets: never a micro-dollar over, whoever asks at the same time, and a ledger that cannot be changed."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import func, select

from core.db import budgets, jobs, projects, purchases, slices, work, workers
from core.db.budgets import Scope
from core.db.money import Budget, Entry, Purchase
from core.db.purchases import Line
from core.db.slices import Caps, Claim
from core.db.tables import Approval, Event, Project
from core.db.work import NewStep
from core.domain.errors import Conflict, OverBudget, RepriseError
from core.domain.money import from_micros
from core.domain.work import PurchaseState, StepState
from core.isolation import run_apart
from core.services import approval, checkup
from core.services.buying import scopes
from core.services.studio import Studio, open_studio
from core.settings import Settings

NO_LIMIT = Caps(overall=10**6, other=10**6)
ENDS = (PurchaseState.SUCCEEDED, PurchaseState.SUCCEEDED, PurchaseState.FAILED, PurchaseState.REJECTED)
DEAREST = 50_000
"""Micro-dollars of the dearest thing that is bought here."""


def film(studio: Studio, steps: int, cap: int, *, project_id: str | None = None, kind: str = "film") -> str:
    """A job of so many steps at a vendor, approved for `cap` micro-dollars; answers its project."""
    now, owner = studio.now(), studio.local_owner
    workers.heartbeat(studio.db, now, "w", "host", 1, 1.0)
    if project_id is None:
        row = Project(
            owner=owner, title="T", brief="B", category="general", platform="any", aspect="9:16",
            resolution="720p", created=now, updated=now,
        )  # fmt: skip
        project_id = projects.add_project(studio.db, row).id
    new = [
        NewStep(name=f"{i}", kind="clip", label=f"{i}", key=f"{kind}-{i}", inputs={}, weight=1, pool="videos")
        for i in range(steps)
    ]
    agreed = Approval(
        owner=owner, project_id=project_id, revision=1, total_micros=cap, quote=[], priced_on="2026-11-20", created=now
    )
    work.record_job(
        studio.db, now, owner=owner, project_id=project_id, kind=kind, priority=5, steps=new, known=set(),
        revision=1, approval=agreed, cap=cap,
    )  # fmt: skip
    return project_id


def take(studio: Studio, project_id: str) -> Claim:
    end = time.monotonic() + 30
    while time.monotonic() < end:  # on PostgreSQL a project that somebody holds is passed over
        found = slices.claim(studio.db, studio.now(), "w", hand="vendor", project_id=project_id, caps=NO_LIMIT)
        if found is not None:
            return found
    raise AssertionError("there is nothing to take")


def buy(studio: Studio, claim: Claim, micros: int) -> Purchase:
    """The purchase, with its money reserved wherever it counts. OverBudget when it fits nowhere."""
    line = Line(component="clips", vendor="videos", model="m", quantity=1, unit="second", micros=micros)
    where = scopes(studio, claim.owner, claim.project_id, claim.budget_id)
    bought = purchases.intent(studio.db, studio.now(), claim, line, where)
    assert bought is not None
    return bought


def close(studio: Studio, purchase: Purchase, state: PurchaseState, actual: int) -> bool:
    return purchases.close(studio.db, studio.now(), purchase.id, state, actual)


def taken(studio: Studio) -> dict[str, tuple[int, int | None]]:
    """Reserved and spent together, and the cap, of every budget."""
    with studio.db.read() as s:
        return {b.id: (b.reserved + b.spent, b.cap) for b in s.exec(select(Budget))}


def sums(studio: Studio) -> dict[str, tuple[int, int]]:
    with studio.db.read() as s:
        query = select(Entry.budget_id, func.sum(Entry.reserved), func.sum(Entry.spent)).group_by(Entry.budget_id)
        return {budget: (int(reserved), int(spent)) for budget, reserved, spent in s.exec(query)}


def told(studio: Studio, what: str) -> list[str]:
    with studio.db.read() as s:
        return list(s.exec(select(Event.detail).where(Event.what == what)))


def with_caps(studio: Studio, **caps: int | None) -> Studio:
    """The same studio after a change of the settings: caps in micro-dollars."""
    amounts = {f"cap_{name}_usd": None if cap is None else from_micros(cap) for name, cap in caps.items()}
    return replace(studio, settings=studio.settings.model_copy(update=amounts))


def reserve_at_random(studio: Studio, project_id: str, count: int, seed: int) -> dict[str, list[Any]]:
    """Buys `count` things at random prices: the purchases made, and for each refused one the budgets and its price."""
    chance = random.Random(seed)
    bought: list[Any] = []
    refused: list[Any] = []
    for _ in range(count):
        claim, micros = take(studio, project_id), chance.randint(1, DEAREST)
        try:
            bought.append([buy(studio, claim, micros).id, micros])
        except OverBudget:
            where = scopes(studio, claim.owner, claim.project_id, claim.budget_id)
            refused.append([[scope.id for scope in where], micros])
            slices.gate(studio.db, studio.now(), claim, "Too dear.", "Approve more.")
    return {"bought": bought, "refused": refused}


def close_at_random(studio: Studio, bought: list[Any], seed: int) -> int:
    """Closes each purchase, some of them twice, some for less than was reserved; what that cost together."""
    chance, spent = random.Random(seed), 0
    for purchase_id, micros in bought:
        state = chance.choice(ENDS)
        actual = chance.choice((micros, micros, micros // 3)) if state == PurchaseState.SUCCEEDED else 0
        assert purchases.close(studio.db, studio.now(), purchase_id, state, actual)
        if chance.random() < 0.3:
            assert not purchases.close(studio.db, studio.now(), purchase_id, PurchaseState.SUCCEEDED, micros)
        spent += actual
    return spent


def hammer(
    *, home: str, database_url: str, caps: dict[str, int], work_for: list[list[Any]], close: bool
) -> list[dict[str, Any]]:
    """In a process of its own: the same as a thread does below."""
    settings = Settings(data_dir=Path(home), database_url=database_url, min_free_mb=0, _env_file=None)
    with closing(Opened(settings)) as opened:
        studio = with_caps(opened.studio, **caps)
        return [reserve_at_random(studio, project, count, seed) for project, count, seed in work_for]


class Opened:
    """A studio that is closed."""

    def __init__(self, settings: Settings) -> None:
        self.studio = open_studio(settings)

    def close(self) -> None:
        self.studio.db.close()


def check_reserved(studio: Studio, found: list[dict[str, list[Any]]]) -> None:
    """Every cap is kept, and whatever was refused fits nowhere now.

    Nothing was given back meanwhile, so what is taken only ever grew: what fits now would have fitted then.
    """
    now_taken = taken(studio)
    for budget, (total, cap) in now_taken.items():
        assert cap is None or total <= cap, budget
    refused = [refusal for one in found for refusal in one["refused"]]
    for where, micros in refused:
        full = [b for b in where if now_taken[b][1] is not None and now_taken[b][0] + micros > now_taken[b][1]]
        assert full, f"{micros} were refused and would fit"
    assert refused, "the caps were never met"
    assert sum(micros for one in found for _, micros in one["bought"]) == now_taken["workspace"][0]


CAPS = {"project": 500_000, "user": 1_300_000, "month": 1_250_000, "workspace": 1_200_000}
"""Micro-dollars; each film may cost 400,000. Those who ask want about 2,400,000 together."""


def check_closed(studio: Studio, found: list[dict[str, list[Any]]], spent: int) -> None:
    """Everything is closed: balances are the ledger's sums, nothing is reserved, and all of it adds up."""
    assert checkup.findings(studio) == []
    with studio.db.read() as s:
        rows = {b.id: (b.reserved, b.spent) for b in s.exec(select(Budget))}
        assert sum(p.actual_micros or 0 for p in s.exec(select(Purchase))) == spent
        assert not s.exec(select(Budget).where(Budget.overage > 0)).all()
    assert rows == sums(studio)
    assert rows["workspace"] == (0, spent) == rows[f"user:{studio.local_owner}"]
    assert sum(total for budget, (_, total) in rows.items() if budget.startswith("film:")) == spent


def test_eight_threads_never_pass_a_cap_and_are_never_refused_what_fits(any_studio):
    studio = with_caps(any_studio, **CAPS)
    films = [film(studio, 24, 400_000) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        tasks = [threads.submit(reserve_at_random, studio, films[i % 4], 12, i) for i in range(8)]
        found = [task.result() for task in tasks]
        check_reserved(studio, found)
        closing_ = [threads.submit(close_at_random, studio, one["bought"], i) for i, one in enumerate(found)]
        spent = sum(task.result() for task in closing_)
    check_closed(studio, found, spent)


def test_four_processes_never_pass_a_cap_and_are_never_refused_what_fits(any_studio):
    studio = with_caps(any_studio, **CAPS)
    films = [film(studio, 24, 400_000) for _ in range(4)]
    settings = studio.settings
    arguments = [
        {
            "home": str(settings.data_dir), "database_url": settings.database_url, "caps": CAPS,
            "work_for": [[films[i], 12, i], [films[(i + 1) % 4], 12, i + 4]], "close": False,
        }
        for i in range(4)
    ]  # fmt: skip
    with ThreadPoolExecutor(4) as threads:
        tasks = [threads.submit(run_apart, "tests.test_budgets:hammer", a, seconds=120) for a in arguments]
        found = [one for task in tasks for one in task.result()]
    check_reserved(studio, found)
    check_closed(studio, found, sum(close_at_random(studio, one["bought"], i) for i, one in enumerate(found)))


def test_threads_that_reserve_and_close_at_once_never_pass_a_cap_at_any_moment(any_studio):
    studio = with_caps(any_studio, workspace=200_000)
    films = [film(studio, 16, 10**9) for _ in range(4)]
    over, done = [], threading.Event()

    def watch() -> None:
        while not done.is_set():
            over.extend(b for b, (total, cap) in taken(studio).items() if cap is not None and total > cap)

    def work_on(i: int) -> int:
        spent = 0
        for seed in range(8):
            found = reserve_at_random(studio, films[i % 4], 1, 100 * i + seed)
            spent += close_at_random(studio, found["bought"], seed)
        return spent

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(8) as threads:
            spent = sum(threads.map(work_on, range(8)))
    finally:
        done.set()
        watcher.join()
    assert over == []
    assert sums(studio)["workspace"] == (0, spent)
    assert checkup.findings(studio) == []


@pytest.mark.parametrize("seed", range(5))
def test_each_answer_is_the_one_that_arithmetic_gives(any_studio, seed):
    """A model of five numbers beside the real thing: it says yes to exactly what fits everywhere."""
    chance = random.Random(seed)
    caps = {name: chance.randint(100_000, 300_000) for name in ("project", "user", "month", "workspace")}
    studio = with_caps(any_studio, **caps)
    project, left = film(studio, 30, 250_000), {"film": 250_000, **caps}
    open_: list[tuple[Purchase, int]] = []
    for _ in range(30):
        if open_ and chance.random() < 0.5:
            purchase, micros = open_.pop(chance.randrange(len(open_)))
            actual = chance.choice((0, micros // 2, micros))
            state = PurchaseState.SUCCEEDED if actual else PurchaseState.REJECTED
            close(studio, purchase, state, actual)
            left = {name: room + micros - actual for name, room in left.items()}
        claim, micros = take(studio, project), chance.choice((chance.randint(1, 90_000), min(left.values())))
        if micros <= min(left.values()):
            open_.append((buy(studio, claim, micros), micros))
            left = {name: room - micros for name, room in left.items()}
        else:
            with pytest.raises(OverBudget):
                buy(studio, claim, micros)
            slices.gate(studio.db, studio.now(), claim, "", "")
    found = taken(studio)
    with studio.db.read() as s:
        named = {b.id.split(":")[0]: b.id for b in s.exec(select(Budget))}
    assert {name: found[named[name]][1] - found[named[name]][0] for name in left} == left
    assert checkup.findings(studio) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET spent = 0", "UPDATE ledger SET at = at", "DELETE FROM ledger", "DELETE FROM ledger WHERE id=1"],
)
def test_the_database_refuses_to_change_or_remove_a_line_of_the_ledger(any_studio, statement):
    buy(any_studio, take(any_studio, film(any_studio, 1, 100)), 100)
    before = sums(any_studio)
    with pytest.raises((DBAPIError, RepriseError)), any_studio.db.write() as s:
        s.exec(text(statement))
    assert sums(any_studio) == before


def test_the_database_refuses_a_second_line_of_the_same_phase(any_studio):
    purchase = buy(any_studio, take(any_studio, film(any_studio, 1, 100)), 100)
    again = {"purchase_id": purchase.id, "phase": 0, "kind": "reserve", "reserved": 100, "spent": 0}
    with pytest.raises(DBAPIError), any_studio.db.write() as s:
        s.add(Entry(budget_id="workspace", at=any_studio.now(), **again))


def test_the_database_itself_refuses_a_balance_above_its_cap(any_studio):
    studio = with_caps(any_studio, workspace=500)
    buy(studio, take(studio, film(studio, 1, 100)), 100)
    for column in ("reserved", "spent"):
        with pytest.raises(DBAPIError), studio.db.write() as s:
            s.exec(text(f"UPDATE budget SET {column} = {column} + 401 WHERE id = 'workspace'"))
    with studio.db.write() as s:
        s.exec(text("UPDATE budget SET reserved = reserved + 400 WHERE id = 'workspace'"))


def test_closing_twice_counts_once_and_a_release_gives_the_room_back(any_studio):
    project = film(any_studio, 3, 100)
    first = buy(any_studio, take(any_studio, project), 100)
    second = take(any_studio, project)
    with pytest.raises(OverBudget, match=r"what was approved for this film: \$0\.00 of \$0\.0001 is left"):
        buy(any_studio, second, 1)
    assert close(any_studio, first, PurchaseState.FAILED, 0)
    assert not close(any_studio, first, PurchaseState.SUCCEEDED, 100)
    assert sums(any_studio)["workspace"] == (0, 0)
    again = buy(any_studio, second, 100)
    assert close(any_studio, again, PurchaseState.SUCCEEDED, 100)
    assert not close(any_studio, again, PurchaseState.SUCCEEDED, 100)
    assert sums(any_studio)["workspace"] == (0, 100)
    assert checkup.findings(any_studio) == []


def test_what_a_vendor_bills_above_its_reservation_is_shown_and_pauses_what_no_longer_fits(any_studio):
    project, owner = film(any_studio, 2, 1000), any_studio.local_owner
    dear = buy(any_studio, take(any_studio, project), 700)
    close(any_studio, dear, PurchaseState.SUCCEEDED, 1100)
    budget = budgets.budgets(any_studio.db, [f"film:{film_number(any_studio)}"]).popitem()[1]
    assert (budget.reserved, budget.spent, budget.cap, budget.overage) == (0, 1100, 1000, 100)
    assert told(any_studio, "variance") == ["1100 micro-dollars instead of 700"]
    claim = take(any_studio, project)
    with pytest.raises(OverBudget):
        buy(any_studio, claim, 100)
    slices.gate(any_studio.db, any_studio.now(), claim, "Too dear.", "Approve more.")
    # 100 were overdrawn and 100 are wanted: a micro-dollar less than both is not enough
    approval.approve_more(any_studio, owner, claim.job_id, Decimal("0.000199"))
    claim = take(any_studio, project)
    with pytest.raises(OverBudget):
        buy(any_studio, claim, 100)
    slices.gate(any_studio.db, any_studio.now(), claim, "Too dear.", "Approve more.")
    approval.approve_more(any_studio, owner, claim.job_id, Decimal("0.000001"))
    close(any_studio, buy(any_studio, take(any_studio, project), 100), PurchaseState.SUCCEEDED, 100)
    assert checkup.findings(any_studio) == []


def film_number(studio: Studio) -> int:
    with studio.db.read() as s:
        return int(s.exec(select(func.max(Approval.id))).one() or 0)


def test_a_variance_of_a_fifth_is_no_alarm_and_a_micro_dollar_more_is(any_studio):
    project = film(any_studio, 2, 10_000)
    for actual, alarms in ((1200, 0), (1201, 1)):
        close(any_studio, buy(any_studio, take(any_studio, project), 1000), PurchaseState.SUCCEEDED, actual)
        assert len(told(any_studio, "variance")) == alarms


@pytest.mark.parametrize("name", ["project", "user", "month", "workspace"])
def test_a_cap_that_is_changed_in_the_settings_holds_from_the_next_purchase(any_studio, name):
    project = film(any_studio, 9, 10**6)

    def fits(cap: int | None, micros: int) -> bool:
        studio = with_caps(any_studio, **{name: cap})
        claim = take(studio, project)
        try:
            buy(studio, claim, micros)
        except OverBudget:
            slices.gate(studio.db, studio.now(), claim, "", "")
            return False
        return True

    assert fits(None, 1000)
    assert not fits(1000, 1), "less than before, and it is spent"
    assert not fits(500, 1), "less than is taken already"
    assert not fits(1100, 101)
    assert fits(1100, 100)
    assert fits(None, 5000), "no limit any more"
    assert not fits(0, 1), "none is not nothing"
    assert checkup.findings(any_studio) == []


def test_a_persons_cap_below_what_is_spent_stops_what_is_new_until_it_is_taken_back(any_studio):
    project, owner = film(any_studio, 4, 10**6), any_studio.local_owner
    own = Scope(id=f"user:{owner}", label="your cap", cap=None, owner=owner)
    close(any_studio, buy(any_studio, take(any_studio, project), 1000), PurchaseState.SUCCEEDED, 1000)
    budgets.set_cap(any_studio.db, any_studio.now(), own, 400)
    claim = take(any_studio, project)
    with pytest.raises(OverBudget, match="your cap"):
        buy(any_studio, claim, 1)
    budgets.set_cap(any_studio.db, any_studio.now(), own, 1001)
    with pytest.raises(OverBudget, match="your cap"):
        buy(any_studio, claim, 2)
    buy(any_studio, claim, 1)
    budgets.follow_settings(any_studio.db, own)
    buy(any_studio, take(any_studio, project), 5000)
    assert checkup.findings(any_studio) == []


def test_a_purchase_that_was_written_off_and_had_been_taken_after_all_is_counted(any_studio):
    project, owner = film(any_studio, 3, 1000), any_studio.local_owner
    claim = take(any_studio, project)
    purchase = buy(any_studio, claim, 800)
    slices.doubt(any_studio.db, any_studio.now(), claim, "Nobody knows.", "Look.")
    purchases.write_off(any_studio.db, any_studio.now(), owner, purchase.id, paid=False)
    assert sums(any_studio)["workspace"] == (0, 0)
    buy(any_studio, take(any_studio, project), 900)
    for _ in range(2):  # told twice, it counts once
        purchases.submitted(any_studio.db, any_studio.now(), purchase.id, "task_1")
    assert sums(any_studio)["workspace"] == (900, 800)
    assert len(told(any_studio, "bought after all")) == 1
    with pytest.raises(OverBudget):
        buy(any_studio, take(any_studio, project), 1)
    assert checkup.findings(any_studio) == []


def test_a_purchase_that_was_written_off_as_paid_is_not_counted_again(any_studio):
    project, owner = film(any_studio, 1, 1000), any_studio.local_owner
    claim = take(any_studio, project)
    purchase = buy(any_studio, claim, 800)
    slices.doubt(any_studio.db, any_studio.now(), claim, "Nobody knows.", "Look.")
    purchases.write_off(any_studio.db, any_studio.now(), owner, purchase.id, paid=True)
    purchases.submitted(any_studio.db, any_studio.now(), purchase.id, "task_1")
    assert sums(any_studio)["workspace"] == (0, 800)
    with pytest.raises(Conflict):
        purchases.write_off(any_studio.db, any_studio.now(), owner, purchase.id, paid=False)
    assert checkup.findings(any_studio) == []


def test_what_is_spent_in_a_month_counts_in_that_month(any_studio):
    studio = with_caps(any_studio, month=1000)
    project = film(studio, 4, 10**6)
    buy(studio, take(studio, project), 1000)
    with pytest.raises(OverBudget, match="this month"):
        buy(studio, claim := take(studio, project), 1)
    later = replace(studio, clock=lambda: studio.now() + timedelta(days=31))
    buy(later, claim, 1000)
    assert sorted(b for b in sums(studio) if b.startswith("month")) != []
    assert len([b for b in sums(studio) if b.startswith("month")]) == 2


@pytest.mark.parametrize("state", [StepState.GATE])
def test_a_step_at_the_gate_holds_no_money(any_studio, state):
    project = film(any_studio, 2, 100)
    claim = take(any_studio, project)
    with pytest.raises(OverBudget):
        buy(any_studio, claim, 101)
    slices.gate(any_studio.db, any_studio.now(), claim, "Too dear.", "Approve more.")
    steps = jobs.job_with_steps(any_studio.db, any_studio.local_owner, claim.job_id)[1]
    assert [s.state for s in steps] == [state, StepState.READY]
    assert sums(any_studio) == {}


def test_a_refusal_leaves_no_trace_in_any_budget(any_studio):
    """The first budgets had room and the last has none: what was set aside in them is given back at once."""
    studio = with_caps(any_studio, workspace=50)
    with pytest.raises(OverBudget, match="this workspace"):
        buy(studio, take(studio, film(studio, 1, 100)), 51)
    assert sums(studio) == {}
    assert {total for total, _ in taken(studio).values()} <= {0}
    with studio.db.read() as s:
        assert s.exec(select(Purchase)).all() == []
