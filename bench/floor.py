"""The floor of bench.engine: the rows of a queue written with plain SQL, and nothing looked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from core.db.session import Database
from core.db.tables import new_id
from core.services.studio import LOCAL_OWNER

LENGTH = 25
"""Steps in a chain, one after the other."""

STEP_COLUMNS = (
    "id, job_id, position, kind, label, state, pool, rank, gated, choice, key, inputs, waits_for, weight, base,"
    " fraction, fence, attempts, troubles, lost_workers, due, problem, remedy, reused"
)


class Bare:
    """One thread's connection, and plain statements on it."""

    def __init__(self, db: Database) -> None:
        self.connection = db.engine.raw_connection()
        self.cursor = self.connection.cursor()
        self.mark = "%s" if db.is_postgres else "?"
        self.begins = not db.is_postgres

    def begin(self) -> None:
        """Takes SQLite's write lock; psycopg begins by itself."""
        if self.begins:
            self.cursor.execute("BEGIN IMMEDIATE")

    def do(self, statement: str, *values: object) -> None:
        """One statement."""
        self.cursor.execute(statement.replace("?", self.mark), values)

    def commit(self) -> None:
        """Ends the transaction."""
        self.connection.commit()

    def note(self, job_id: str, step_id: str | None, what: str) -> None:
        """An event."""
        self.do(
            "INSERT INTO event (job_id, step_id, what, detail, at) VALUES (?, ?, ?, '', ?)", job_id, step_id, what, at()
        )


def at() -> str:
    """The time as both databases read it."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"


def bare_record(bare: Bare, project_id: str) -> tuple[str, list[str]]:
    """The rows of a chain, in one transaction."""
    job_id, steps = new_id(), [new_id() for _ in range(LENGTH)]
    bare.begin()
    bare.do(
        "INSERT INTO job (id, owner, project_id, kind, state, rank, fraction, problem, remedy, created)"
        " VALUES (?, ?, ?, 'bench', 'queued', 0, 0, '', '', ?)", job_id, LOCAL_OWNER, project_id, at(),
    )  # fmt: skip
    no = "false" if bare.mark == "%s" else "0"
    for i, step_id in enumerate(steps):
        state = "blocked" if i else "ready"
        values = (step_id, job_id, i, f"Step {i}", state, step_id, int(i > 0), at())
        bare.do(  # only words of ours are put in
            f"INSERT INTO step ({STEP_COLUMNS}) VALUES (?, ?, ?, 'bench', ?, ?, 'here', 0, {no}, 0, ?, '{{}}', ?, 1, 1,"  # noqa: S608
            f" 0, 0, 0, 0, 0, ?, '', '', {no})", *values,
        )  # fmt: skip
        if i:
            bare.do("INSERT INTO need (step_id, needs_id) VALUES (?, ?)", step_id, steps[i - 1])
    bare.note(job_id, None, "recorded")
    bare.commit()
    return job_id, steps


def bare_claim(bare: Bare, job_id: str, step_id: str, *, first: bool, state: str = "running") -> None:
    """The writes of a claim, in one transaction."""
    bare.begin()
    bare.do(
        "UPDATE step SET state = ?, fence = fence + 1, attempts = attempts + 1, worker_id = 'bench', started = ?"
        " WHERE id = ?", state, at(), step_id,
    )  # fmt: skip
    if first:
        bare.do("UPDATE job SET state = 'running', started = ? WHERE id = ?", at(), job_id)
    bare.note(job_id, step_id, "started")
    bare.commit()


def bare_finish(bare: Bare, project_id: str, job_id: str, step_id: str, child: str | None) -> None:
    """The writes of a finished step, in one transaction."""
    bare.begin()
    bare.do("INSERT INTO output VALUES (?, ?, '{}', '[]', ?)", project_id, step_id, at())
    bare.do("UPDATE step SET state = 'done', worker_id = NULL, fraction = 1, finished = ? WHERE id = ?", at(), step_id)
    bare.note(job_id, step_id, "done")
    if child:
        bare.do("UPDATE step SET state = 'ready', waits_for = 0, due = ? WHERE id = ?", at(), child)
        bare.do("UPDATE job SET fraction = fraction + 0.01 WHERE id = ?", job_id)
        bare.note(job_id, None, "progress")
    else:
        bare.do("UPDATE job SET state = 'done', finished = ?, fraction = 1 WHERE id = ?", at(), job_id)
        bare.do("UPDATE project SET updated = ? WHERE id = ?", at(), project_id)
        bare.note(job_id, None, "job done")
    bare.commit()


class Floor:
    """The same chains with plain SQL."""

    def __init__(self, db: Database, project_ids: Sequence[str], threads: int) -> None:
        self.project_ids = project_ids
        self.bares = [Bare(db) for _ in range(threads)]

    def run(self) -> float:
        """Seconds for all chains."""
        began = time.perf_counter()
        with ThreadPoolExecutor(len(self.bares)) as hands:
            shares = [hands.submit(self._work, n) for n in range(len(self.bares))]
            for done in shares:
                done.result()
        return time.perf_counter() - began

    def _work(self, share: int) -> None:
        bare = self.bares[share]
        for project_id in self.project_ids[share :: len(self.bares)]:
            job_id, steps = bare_record(bare, project_id)
            for i, step_id in enumerate(steps):
                bare_claim(bare, job_id, step_id, first=i == 0)
                bare_finish(bare, project_id, job_id, step_id, steps[i + 1] if i + 1 < LENGTH else None)


class Sleeper:
    """A thread that waits for an event, then writes what a claim writes."""

    def __init__(self, db: Database, project_id: str) -> None:
        self.bare = Bare(db)
        self.job_id, self.steps = bare_record(self.bare, project_id)
        self.bare.do("UPDATE step SET state = 'done' WHERE job_id = ?", self.job_id)  # nobody else wants it
        self.bare.commit()
        self.asked, self.done, self.ending = threading.Event(), threading.Event(), False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while self.asked.wait() and not self.ending:
            self.asked.clear()
            bare_claim(self.bare, self.job_id, self.steps[0], first=True, state="done")
            self.done.set()

    def wake(self) -> float:
        """Seconds until it has claimed."""
        began = time.perf_counter()
        self.asked.set()
        self.done.wait()
        self.done.clear()
        return time.perf_counter() - began

    def stop(self) -> None:
        """Ends the thread."""
        self.ending = True
        self.asked.set()
        self.thread.join()
        self.bare.connection.close()
