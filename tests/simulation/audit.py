"""What must hold, looked at after every transaction and at the end: jobs, money, and the vendors' own bills."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.db.slices import Claim
from core.domain.tasks import ClipOrder, TaskState
from core.domain.work import HERE
from core.services.workshop import Hand
from tests.simulation.machines import BEGIN, Process, Thread, current

if TYPE_CHECKING:
    from tests.simulation.vendor import SimulatedVendor, Task
    from tests.simulation.world import World

LIVE = ("queued", "running")
OPEN = "('intent', 'submitted', 'in_doubt')"

READY_IN_A_DEAD_JOB = """
    SELECT s.label, s.state, j.state FROM step s JOIN job j ON j.id = s.job_id
    WHERE s.state IN ('ready', 'gate', 'blocked') AND j.state NOT IN ('queued', 'running')"""
MISCOUNTED = """
    SELECT s.label, s.state, s.waits_for FROM step s WHERE s.waits_for != CASE WHEN s.reused THEN 0 ELSE (
      SELECT count(*) FROM need n JOIN step c ON c.id = n.needs_id WHERE n.step_id = s.id AND c.state != 'done') END"""
BEFORE_ITS_NEEDS = """
    SELECT s.label, s.state FROM step s WHERE s.waits_for > 0 AND s.state NOT IN ('blocked', 'failed', 'cancelled')"""
DONE_AND_OPEN = f"""
    SELECT s.label, p.id, p.state FROM purchase p JOIN job j ON j.project_id = p.project_id
    JOIN step s ON s.job_id = j.id AND s.key = p.key
    WHERE p.state IN {OPEN} GROUP BY p.id HAVING min(s.state = 'done') = 1"""
ENDED_IN_PARTS = """
    SELECT j.id, j.state FROM job j WHERE j.state = 'done' AND EXISTS
    (SELECT 1 FROM step s WHERE s.job_id = j.id AND s.state != 'done')"""
UNBALANCED = """
    SELECT b.id, b.reserved, b.spent, sum(l.reserved), sum(l.spent)
    FROM budget b LEFT JOIN ledger l ON l.budget_id = b.id
    GROUP BY b.id HAVING b.reserved != coalesce(sum(l.reserved), 0) OR b.spent != coalesce(sum(l.spent), 0)"""
OVERSPENT = """
    SELECT id, reserved, spent, cap, overage FROM budget WHERE cap IS NOT NULL AND reserved + spent > cap + overage"""
UNSETTLED = f"""
    SELECT p.id, p.state, l.budget_id, sum(l.reserved), sum(l.spent) FROM purchase p
    JOIN ledger l ON l.purchase_id = p.id GROUP BY p.id, l.budget_id
    HAVING sum(l.reserved) != CASE WHEN p.state IN {OPEN} THEN p.reserved_micros ELSE 0 END
        OR sum(l.spent) != coalesce(p.actual_micros, 0)"""
HALF_CLOSED = f"""
    SELECT id, state FROM purchase WHERE (state IN {OPEN}) != (closed IS NULL)
        OR (state IN {OPEN}) != (actual_micros IS NULL)"""
RUNNING_WITHOUT_WORKER = "SELECT label FROM step WHERE (state = 'running') != (worker_id IS NOT NULL)"

NEWEST_STARTED = """
    SELECT s.pool FROM event e JOIN step s ON s.id = e.step_id WHERE e.what = 'started' ORDER BY e.id DESC LIMIT 1"""
UNDER_WAY = """
    SELECT pool, count(*) FROM step WHERE state IN ('running', 'waiting') AND pool != 'here' GROUP BY pool"""

ALWAYS = {
    "is ready in a job that stands still": READY_IN_A_DEAD_JOB,
    "has lost count of what it waits for": MISCOUNTED,
    "goes before what it needs": BEFORE_ITS_NEEDS,
    "is done with a purchase left open": DONE_AND_OPEN,
    "ended in parts": ENDED_IN_PARTS,
    "is not the sum of its ledger": UNBALANCED,
    "is overspent": OVERSPENT,
    "is not settled as it was closed": UNSETTLED,
    "is neither open nor closed": HALF_CLOSED,
    "runs with nobody, or is held and does not run": RUNNING_WITHOUT_WORKER,
}
EVERY = 4
"""Writes between two full looks."""


class Auditor:
    """Looks at one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.best: dict[str, float] = {}
        self.stopped: dict[str, float] = {}
        """When each job that stands still was seen to have stopped."""
        self.started = 0
        self.steps: dict[str, tuple[Any, ...]] = {}
        self.writes = 0
        self.bought = 0

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.world.rows.execute(query, values).fetchall()
        return found

    # --- after every transaction

    def written(self, thread: Thread | None) -> None:
        """Every write: what a later one could hide; every fourth: everything."""
        self.writes += 1
        self._fences(thread.claim if thread else None)
        for job, state, fraction in self.rows("SELECT id, state, fraction FROM job"):
            if fraction < self.best.get(job, 0.0):
                self.world.accuse(f"{job}: percent ran backwards")
            self.best[job] = fraction
            if state in LIVE:
                self.stopped.pop(job, None)
            else:
                self.stopped.setdefault(job, self.world.time)
        self._caps()
        if self.writes % EVERY == 0:
            self.look()

    def _fences(self, claim: Claim | None) -> None:
        """Who has lost a step must not put it down under the hands of whoever has it now."""
        steps = {row[0]: row[1:] for row in self.rows("SELECT id, fence, state FROM step")}
        if claim is not None:
            before, now = self.steps.get(claim.step_id), steps[claim.step_id]
            if before not in (None, now) and before == (now[0], "running") and now[0] != claim.fence:
                self.world.accuse(f"{claim.label}: a step of fence {now[0]} was put down by fence {claim.fence}")
        self.steps = steps

    def _caps(self) -> None:
        """A step that has just been started at a vendor had room there, and in all.

        What a person takes out of doubt is at the vendor already and may pass a cap; nothing starts then.
        """
        started = self.rows("SELECT count(*) FROM event WHERE what = 'started'")[0][0]
        if started == self.started:
            return
        self.started = started
        newest = self.rows(NEWEST_STARTED)[0][0]
        settings, used = self.world.studio.settings, dict(self.rows(UNDER_WAY))
        if newest == HERE:
            return
        if sum(used.values()) > settings.at_vendors or used[newest] > settings.vendor_caps[newest]:
            self.world.accuse(f"more is under way than the caps allow: {used}")

    def look(self) -> None:
        for what, query in ALWAYS.items():
            found = self.rows(query)
            if found:
                self.world.accuse(f"{found[0]} {what}")

    # --- at the vendor's door

    def claim_is_void(self) -> str:
        """Why the running thread may not buy for its step any more; empty when it may."""
        thread = current()
        assert thread is not None
        assert thread.claim is not None
        query = "SELECT s.fence, s.state, j.state FROM step s JOIN job j ON j.id = s.job_id WHERE s.id = ?"
        fence, state, job = self.rows(query, thread.claim.step_id)[0]
        if job not in LIVE:
            return f"the job was {job}"
        return "" if (fence, state) == (thread.claim.fence, "running") else "the step was taken away"

    def sent(self, key: str, void: str, began: float) -> None:
        """A paid request leaves. `void`: what claim_is_void said before the last look, which `began` then.

        What was void then and is not now, because a person has pressed Retry during the look, is wanted.
        """
        thread, now = current(), self.world.time
        assert thread is not None
        assert thread.claim is not None
        window = self.world.studio.settings.settle_seconds / 3
        if void and self.claim_is_void():
            self.world.accuse(f"{thread.label} bought although {void}")
        if now - self.stopped.get(thread.claim.job_id, now) > window:
            self.world.accuse(f"{thread.label} bought long after its job was stopped")
        if now - began > window:
            self.world.accuse(f"{thread.label} bought by a look that was {now - began:.0f} s old")
        if not self.rows(f"SELECT 1 FROM purchase WHERE id = ? AND state IN {OPEN}", key):
            self.world.accuse(f"{thread.label} bought what others had judged already ({key})")

    def taken(self, vendor: SimulatedVendor, order: ClipOrder, key: str) -> None:
        """A vendor takes an order: every earlier one of the same output must have come to nothing."""
        self.bought += 1
        for other in self.world.vendors.values():
            for task in other.tasks.values():
                if task.order.prompt == order.prompt and not self._came_to_nothing(task):
                    self.world.accuse(f"{vendor.name} takes {order.prompt} ({key}), which {task.id} ({task.key}) is")

    def _came_to_nothing(self, task: Task) -> bool:
        now = self.world.time
        if task.state(now) in (TaskState.FAILED, TaskState.CANCELLED) or now >= task.gone_from:
            return True
        query = "SELECT state, lost FROM purchase WHERE external_id = ? OR (id = ? AND external_id IS NULL)"
        return any(state == "written_off" or lost for state, lost in self.rows(query, task.id, task.key))

    # --- what is left

    def unfinished(self) -> list[tuple[Any, ...]]:
        found = self.rows("SELECT kind, state FROM job WHERE state IN ('queued', 'running')")
        found += self.rows("SELECT label, state, problem FROM step WHERE state IN ('running', 'waiting', 'in_doubt')")
        found += self.rows(f"SELECT id, state, note FROM purchase WHERE state IN {OPEN}")
        return found

    def something_is_due(self, now: datetime, far: datetime, hand: Hand) -> bool:
        state = "state = 'ready' AND pool = 'here'"
        if hand == "vendor":
            state = "(state = 'waiting' OR (state = 'ready' AND pool != 'here'))"
        query = f"SELECT 1 FROM step WHERE {state} AND (due <= ? OR due > ?) LIMIT 1"
        return bool(self.rows(query, stored(now), stored(far)))

    def seconds_until_due(self, processes: list[Process]) -> list[float]:
        """Of everything that waits, by the clock of each process."""
        due = self.rows("SELECT due FROM step WHERE state IN ('ready', 'waiting')")
        times = [datetime.fromisoformat(d).replace(tzinfo=BEGIN.tzinfo) for (d,) in due]
        return [(t - p.wall()).total_seconds() for t in times for p in processes]

    # --- at the end

    def closed_books(self) -> None:
        """Everything has come to its end: no money is left aside, and the books say what the vendors say."""
        self.look()
        for row in self.rows("SELECT id, reserved FROM budget WHERE reserved != 0"):
            self.world.accuse(f"{row} was never released")
        for vendor in self.world.vendors.values():
            for task in vendor.tasks.values():
                self._billed(task)
        for purchase, external, state in self.rows(
            "SELECT id, external_id, state FROM purchase WHERE vendor != 'local'"
        ):
            if external is None and state not in ("rejected", "written_off"):
                self.world.accuse(f"{purchase} is {state} and no vendor knows it")

    def _billed(self, task: Task) -> None:
        """What the vendor bills for a task is in the books to the micro-dollar, and what was paid for is here.

        Written off, it is what the person said: nothing, or what was reserved. A task that its vendor deleted
        before anybody here had heard of it cannot be in the books.
        """
        query = """SELECT id, state, actual_micros, external_id, lost, project_id, key FROM purchase
                   WHERE external_id = ? OR (id = ? AND external_id IS NULL)"""
        found = self.rows(query, task.id, task.key)
        if not found:
            self.world.accuse(f"{task.id} ({task.key}) is in nobody's books")
            return
        purchase, state, actual, known, lost, project, key = found[0]
        bill = task.bill(self.world.time)
        if state == "written_off" or (known is None and task.gone_from < math.inf):
            return
        if actual != bill:
            self.world.accuse(f"{purchase} is {state} at {actual}, {task.id} costs {bill} ({task})")
        output = self.rows("SELECT 1 FROM output WHERE project_id = ? AND key = ?", project, key)
        if state == "succeeded" and not lost and not output:
            self.world.accuse(f"{purchase} was paid for and never collected")


def stored(time: datetime) -> str:
    """As SQLite keeps it."""
    return time.replace(tzinfo=None).isoformat(" ", "microseconds")
