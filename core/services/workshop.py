"""Doing steps: what is wrapped around each of them, and the life of a worker.

The one place where any error of a step is caught: it is recorded in words, with the trace in the log.
"""

from __future__ import annotations

import errno
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from core.db import spend, work, workers
from core.db.tables import Purchase, Worker
from core.db.work import Claim
from core.domain.errors import Broken, Cancelled, DiskFull, RateLimited, RepriseError
from core.domain.money import to_micros
from core.services import processes
from core.services.steps import RECIPES, Bench, Made, Recipe
from core.services.studio import Studio
from core.services.vendors import model_for

log = logging.getLogger("reprise.work")

BEAT = 5.0
"""Seconds between two heartbeats."""
SILENCE = timedelta(seconds=60)
"""A worker on another machine that was silent for so long is taken for dead."""
GLANCE = 0.7
"""Seconds between two writes of a step's progress; each also asks whether the step is still ours."""
AGAIN = 2.0
"""Seconds until what the database refused is recorded again."""

__all__ = ["Claim", "do", "join", "leave", "look_after", "take"]


def join(studio: Studio) -> str:
    """Records this process as a worker; answers its id."""
    return workers.join(studio.db, studio.now(), socket.gethostname(), *processes.identity())


def leave(studio: Studio, worker_id: str) -> None:
    """Forgets the worker and what it left lying about."""
    workers.leave(studio.db, studio.now(), worker_id)
    shutil.rmtree(studio.storage.scratch("work") / worker_id, ignore_errors=True)


def look_after(studio: Studio, worker_id: str) -> None:
    """Says that this worker lives, and puts back the steps of those that do not."""
    host, now = socket.gethostname(), studio.now()
    workers.heartbeat(studio.db, now, worker_id, host, *processes.identity())

    def is_dead(worker: Worker) -> bool:
        if worker.id == worker_id:
            return False
        return not processes.lives(worker.pid, worker.born) if worker.host == host else now - worker.heartbeat > SILENCE

    put_back = workers.recover(studio.db, now, is_dead)
    if put_back:
        log.info("put back %d steps of dead workers", put_back)
        studio.wake.set()
    _tidy(studio)


def _tidy(studio: Studio) -> None:
    """Removes the scratch folders of workers that are gone; their children may have been writing until just now."""
    folders = [p for p in studio.storage.scratch("work").iterdir() if p.is_dir()]
    if folders:
        known = workers.living(studio.db)  # read after the folders were listed: a folder's worker is recorded first
        for folder in folders:
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


QUICK = "reply"
"""The kind of step that somebody sits and waits for: it does not stand behind renderings."""


def take(studio: Studio, worker_id: str, project_id: str | None = None, *, only_quick: bool = False) -> Claim | None:
    """The next step to do, or None."""
    return work.claim(studio.db, studio.now(), worker_id, project_id, QUICK if only_quick else None)


def do(studio: Studio, worker_id: str, claim: Claim, stopping: threading.Event) -> None:
    """Does a step and records how it ended; raises nothing."""
    where = (claim.step_id, claim.kind, claim.job_id)
    try:
        made = _made(studio, worker_id, claim, stopping)
        work.finish(studio.db, studio.now(), claim, made.result, made.blobs)
    except Cancelled as error:
        _end(studio, claim, stopping, error)
    except RepriseError as error:
        log.warning("step %s (%s) of job %s: %s", *where, error.sentence, exc_info=True)
        _end(studio, claim, stopping, error)
    except Exception as error:
        log.exception("step %s (%s) of job %s", *where)
        _end(studio, claim, stopping, _in_words(error, claim))
    finally:
        studio.wake.set()


def _made(studio: Studio, worker_id: str, claim: Claim, stopping: threading.Event) -> Made:
    """What the step makes; its scratch folder is gone afterwards, as a full disk needs the room to record anything."""
    scratch = studio.storage.scratch(f"work/{worker_id}/{claim.step_id}")
    try:
        if studio.storage.free_mb() < studio.settings.min_free_mb:
            raise DiskFull("There is not enough free disk space to go on.")
        recipe = RECIPES[claim.kind]
        watch = _Watch(studio, claim, stopping)
        bench = Bench(studio=studio, claim=claim, scratch=scratch, report=watch.report, cancelled=watch.must_stop)
        return _bought(studio, claim, recipe, lambda: recipe.do(bench))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _in_words(error: Exception, claim: Claim) -> RepriseError:
    """A fault that nobody foresaw, for a person."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull("The disk is full.")
    message = f"Something went wrong in this step (job {claim.job_id[:8]})."
    return Broken(message, "Press Retry; the log of the program says more.")


def _end(studio: Studio, claim: Claim, stopping: threading.Event, error: RepriseError) -> None:
    """Records that a step did not come to its end, and why."""
    if isinstance(error, Cancelled) or stopping.is_set():
        # what was cancelled and is wanted again by now is put back, not failed
        _recorded(stopping, lambda: work.release(studio.db, studio.now(), claim))
        return
    delay = error.delay if isinstance(error, RateLimited) else None
    _recorded(
        stopping,
        lambda: work.fail(
            studio.db,
            studio.now(),
            claim,
            message=error.message,
            remedy=error.remedy,
            retryable=error.retryable,
            delay=delay,
        ),
    )


def _recorded(stopping: threading.Event, write: Callable[[], None]) -> None:
    """Writes how a step ended, again and again until the database takes it.

    An end that is not recorded would leave the step running for ever. Told to stop, it is tried once
    more: what then is not recorded is put back when this worker is found dead.
    """
    while True:
        last = stopping.is_set()
        try:
            write()
            return
        except Broken as error:
            log.warning("how a step ended could not be recorded: %s", error.sentence)
            if last:
                return
        stopping.wait(AGAIN)


def _bought(studio: Studio, claim: Claim, recipe: Recipe, make: Callable[[], Made]) -> Made:
    """Makes it with the purchase recorded before and closed after."""
    if recipe.buys is None:
        return make()
    card = model_for(recipe.buys.kind, claim.inputs.get("model", "auto"))
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
            try:
                self.ours = work.progress(self.studio.db, self.claim, self.fraction)
            except Broken as error:  # a percent that is not recorded is no reason to stop
                log.info("progress could not be recorded: %s", error.sentence)
        return not self.ours
