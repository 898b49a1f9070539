"""Doing steps: what is wrapped around each of them, and the life of a worker.

The one place where any error of a step is caught: it is recorded in words, with the trace in the log.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psutil

from core.db import spend, work
from core.db.tables import Purchase, Worker
from core.db.work import Claim
from core.domain.errors import Cancelled, DiskFull, RateLimited, RepriseError
from core.domain.money import to_micros
from core.services.approval import model_for
from core.services.steps import RECIPES, Bench, Made, Recipe
from core.services.studio import Studio

log = logging.getLogger("reprise.work")

BEAT = 5.0
"""Seconds between two heartbeats."""
SILENCE = timedelta(seconds=60)
"""A worker on another machine that was silent for so long is taken for dead."""
GLANCE = 0.7
"""Seconds between two writes of a step's progress; each also asks whether the step is still ours."""

__all__ = ["Claim", "do", "join", "leave", "look_after", "take"]


def join(studio: Studio) -> str:
    """Records this process as a worker; answers its id."""
    pid = os.getpid()
    return work.join(studio.db, studio.now(), socket.gethostname(), pid, psutil.Process(pid).create_time())


def leave(studio: Studio, worker_id: str) -> None:
    """Forgets the worker and what it left lying about."""
    work.leave(studio.db, worker_id)
    shutil.rmtree(studio.storage.scratch("work") / worker_id, ignore_errors=True)


def look_after(studio: Studio, worker_id: str) -> None:
    """Says that this worker lives, and puts back the steps of those that do not."""
    work.heartbeat(studio.db, studio.now(), worker_id)
    host, now = socket.gethostname(), studio.now()
    dead: list[str] = []

    def is_dead(worker: Worker) -> bool:
        gone = not _same_process(worker) if worker.host == host else now - worker.heartbeat > SILENCE
        if gone:
            dead.append(worker.id)
        return gone

    put_back = work.recover(studio.db, now, is_dead)
    for lost in dead:
        shutil.rmtree(studio.storage.scratch("work") / lost, ignore_errors=True)
    if put_back:
        log.info("put back %d steps of dead workers", put_back)
        studio.wake.set()


def _same_process(worker: Worker) -> bool:
    try:
        return abs(float(psutil.Process(worker.pid).create_time()) - worker.born) < 1
    except psutil.NoSuchProcess:
        return False


def take(studio: Studio, worker_id: str, project_id: str | None = None) -> Claim | None:
    """The next step to do, or None."""
    return work.claim(studio.db, studio.now(), worker_id, project_id)


def do(studio: Studio, worker_id: str, claim: Claim, stopping: threading.Event) -> None:
    """Does a step and records how it ended; raises nothing."""
    scratch = studio.storage.scratch("work") / worker_id / claim.step_id
    recipe = RECIPES[claim.kind]
    watch = _Watch(studio, claim, stopping)
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        if studio.storage.free_mb() < studio.settings.min_free_mb:
            raise DiskFull("There is not enough free disk space to go on.")
        bench = Bench(studio=studio, claim=claim, scratch=scratch, report=watch.report, cancelled=watch.must_stop)
        made = _bought(studio, claim, recipe, lambda: recipe.do(bench))
        work.finish(studio.db, studio.now(), claim, made.result, made.blobs)
    except Cancelled:
        if stopping.is_set():
            work.release(studio.db, studio.now(), claim)
        else:
            _failed(studio, claim, "The work was cancelled.", "Press Retry to go on where it stopped.")
    except RepriseError as error:
        log.warning(
            "step %s (%s) of job %s: %s", claim.step_id, claim.kind, claim.job_id, error.sentence, exc_info=True
        )
        shutil.rmtree(scratch, ignore_errors=True)  # a full disk needs this room to record anything
        delay = error.delay if isinstance(error, RateLimited) else None
        _failed(studio, claim, error.message, error.remedy, retryable=error.retryable, delay=delay)
    except Exception:
        log.exception("step %s (%s) of job %s", claim.step_id, claim.kind, claim.job_id)
        shutil.rmtree(scratch, ignore_errors=True)
        message = f"Something went wrong in this step (job {claim.job_id[:8]})."
        _failed(studio, claim, message, "Press Retry; the log of the program says more.", retryable=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        studio.wake.set()


def _failed(
    studio: Studio, claim: Claim, message: str, remedy: str, *, retryable: bool = False, delay: float | None = None
) -> None:
    work.fail(studio.db, studio.now(), claim, message=message, remedy=remedy, retryable=retryable, delay=delay)


def _bought(studio: Studio, claim: Claim, recipe: Recipe, make: Callable[[], Made]) -> Made:
    """Makes it with the purchase recorded before and closed after."""
    if recipe.buys is None:
        return make()
    order = claim.inputs.get("order") or {}
    asked = (order.get("scene") or {}).get("model", "auto")
    card = model_for(recipe.buys.kind, asked)
    units = recipe.buys.units(claim.inputs)
    cost = to_micros(card.price * units)
    purchase = Purchase(
        id=f"{claim.step_id}:{claim.fence}",
        owner=claim.owner,
        project_id=claim.project_id,
        step_id=claim.step_id,
        component=recipe.buys.component,
        vendor=card.vendor,
        model=card.id,
        quantity=float(units),
        unit=card.unit,
        reserved_micros=cost,
        state="intent",
        created=studio.now(),
    )
    spend.open_purchase(studio.db, purchase)
    succeeded = False
    try:
        made = make()
        succeeded = True
    finally:
        paid = cost if succeeded else 0
        spend.close_purchase(studio.db, studio.now(), purchase.id, succeeded=succeeded, actual_micros=paid)
    return made


class _Watch:
    """Writes a step's progress now and then, and knows when to stop."""

    def __init__(self, studio: Studio, claim: Claim, stopping: threading.Event) -> None:
        self.studio, self.claim, self.stopping = studio, claim, stopping
        self.fraction = 0.0
        self.looked = 0.0
        self.ours = True

    def report(self, fraction: float) -> None:
        """Takes note of how far the step is."""
        self.fraction = max(self.fraction, fraction)

    def must_stop(self) -> bool:
        """Whether the step was cancelled, taken away, or the program is ending."""
        if self.stopping.is_set():
            return True
        if time.monotonic() - self.looked > GLANCE:
            self.looked = time.monotonic()
            self.ours = work.progress(self.studio.db, self.claim, self.fraction)
        return not self.ours
