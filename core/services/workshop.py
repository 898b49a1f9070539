"""Doing steps: what is wrapped around each of them, and the life of a worker.

The one place where any error of a step is caught: it is recorded in words, with the trace in the log.
"""

from __future__ import annotations

import errno
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from core.db import jobs, purchases, slices, workers
from core.db.purchases import Line
from core.db.slices import Claim, Hand
from core.db.tables import Worker
from core.domain.catalogue import ModelCard
from core.domain.errors import BadMedia, Broken, Cancelled, DiskFull, OverBudget, RateLimited, RepriseError
from core.domain.routing import may_fall_back
from core.services import processes
from core.services.bench import Bench, Made, Recipe
from core.services.buying import Buyer, Collected, Doubt, Wait, Wanted, scopes
from core.services.repertoire import RECIPES, models_of
from core.services.studio import Studio
from core.services.vendors import LOCAL, caps, card_of, pool_named

log = logging.getLogger("reprise.work")

BEAT = 5.0
"""Seconds between two heartbeats."""
SILENCE = 30.0
"""Seconds after which a worker of another machine whose heartbeat stands still is taken for dead."""
GLANCE = 0.7
"""Seconds between two writes of a step's progress; each also asks whether the step is still ours."""
AGAIN = 2.0
"""Seconds until what the database refused is recorded again."""

__all__ = ["Claim", "Hand", "Watchman", "do", "join", "leave", "take"]


def join(studio: Studio) -> str:
    """Records this process as a worker; answers its id."""
    return workers.join(studio.db, studio.now(), processes.machine(), *processes.identity())


def leave(studio: Studio, worker_id: str) -> None:
    """Forgets the worker and what it left lying about."""
    workers.leave(studio.db, studio.now(), worker_id)
    shutil.rmtree(studio.storage.scratch("work") / worker_id, ignore_errors=True)


class Neighbours(Protocol):
    """Who this process is, and who still lives on its machine: core.services.processes, or a simulation."""

    def machine(self) -> str: ...

    def identity(self) -> tuple[int, float]: ...

    def lives(self, pid: int, born: float) -> bool: ...


class Watchman:
    """Says that this worker lives, and puts back what the dead have left.

    On the same machine a dead process is known at once. Elsewhere a worker is taken for dead when its
    heartbeat has stood still for `SILENCE` by this process's own clock: whatever the clocks of other
    machines say, and however they are set.
    """

    def __init__(
        self,
        studio: Studio,
        worker_id: str,
        held: Callable[[], set[str]] = set,
        neighbours: Neighbours = processes,
    ) -> None:
        self.studio, self.worker_id, self.held, self.neighbours = studio, worker_id, held, neighbours
        self._seen: dict[str, tuple[object, float]] = {}

    def look(self) -> None:
        """One round. When the database was away, nobody's heartbeat could move: all are watched anew."""
        try:
            self._round()
        except Broken:
            self._seen.clear()
            raise

    def _round(self) -> None:
        studio = self.studio
        us = self.neighbours
        workers.heartbeat(studio.db, studio.now(), self.worker_id, us.machine(), *us.identity())
        put_back = workers.reclaim(studio.db, studio.now(), self.worker_id, self.held)
        put_back += workers.recover(studio.db, studio.now(), self._is_dead)
        if put_back:
            log.info("put back %d steps of dead workers", put_back)
            studio.wake.set()
        self._tidy()

    def _is_dead(self, worker: Worker) -> bool:
        if worker.id == self.worker_id:
            return False
        if worker.host == self.neighbours.machine():
            return not self.neighbours.lives(worker.pid, worker.born)
        beat, since = self._seen.get(worker.id, (None, 0.0))
        now = self.studio.passed()
        if beat != worker.heartbeat:
            self._seen[worker.id] = (worker.heartbeat, now)
            return False
        return now - since > SILENCE

    def _tidy(self) -> None:
        """Removes the scratch folders of workers that are gone; their children may have been writing until just now."""
        folders = [p for p in self.studio.storage.scratch("work").iterdir() if p.is_dir()]
        if folders:
            # read after the folders were listed: a folder's worker is recorded first
            known = {w.id for w in workers.known(self.studio.db)}
            for folder in folders:
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)


def take(studio: Studio, worker_id: str, project_id: str | None = None, *, hand: Hand = "here") -> Claim | None:
    """The next step for a free hand of that kind, or None."""
    return slices.claim(studio.db, studio.now(), worker_id, hand=hand, project_id=project_id, caps=caps(studio))


def do(
    studio: Studio,
    worker_id: str,
    claim: Claim,
    stopping: threading.Event,
    recipes: Mapping[str, Recipe] = RECIPES,
) -> None:
    """Does a step, or a slice of it, and records how that ended; raises nothing."""
    where = (claim.step_id, claim.kind, claim.job_id)
    try:
        outcome = _made(studio, worker_id, claim, stopping, recipes)
        _recorded(stopping, lambda: _put_down(studio, claim, outcome))
    except Cancelled as error:
        _end(studio, claim, stopping, recipes, error)
    except RepriseError as error:
        log.warning("step %s (%s) of job %s: %s", *where, error.sentence, exc_info=True)
        _end(studio, claim, stopping, recipes, error)
    except Exception as error:
        log.exception("step %s (%s) of job %s", *where)
        _end(studio, claim, stopping, recipes, _in_words(error, claim))
    finally:
        studio.wake.set()


def _put_down(studio: Studio, claim: Claim, outcome: tuple[Made, Line | None] | Wait | Doubt) -> None:
    """Records what a slice has come to."""
    now = studio.now()
    if isinstance(outcome, Wait):
        slices.wait(
            studio.db, now, claim, outcome.seconds,
            fraction=outcome.fraction, trouble=outcome.trouble, begun=outcome.begun,
        )  # fmt: skip
    elif isinstance(outcome, Doubt):
        slices.doubt(studio.db, now, claim, outcome.message, outcome.remedy)
    else:
        made, free = outcome
        slices.finish(studio.db, now, claim, made.result, made.blobs, free=free)


def _made(
    studio: Studio,
    worker_id: str,
    claim: Claim,
    stopping: threading.Event,
    recipes: Mapping[str, Recipe] = RECIPES,
) -> tuple[Made, Line | None] | Wait | Doubt:
    """What the step makes; its scratch folder is gone afterwards, as a full disk needs the room to record anything."""
    found = jobs.outputs(studio.db, claim.project_id, [claim.key]).get(claim.key)
    made_already = found is not None and all(studio.storage.has(blob) for blob in found.blobs)
    # what is under way at a vendor is followed to its end all the same: its money is to be settled
    if found is not None and made_already and not purchases.is_open(studio.db, claim.project_id, claim.key):
        return Made(result=found.result, blobs=found.blobs), None  # somebody else has made it meanwhile
    # of this claim alone: a step that is stopped and wanted again at once is begun anew before its first hand lets go
    scratch = studio.storage.scratch(f"work/{worker_id}/{claim.step_id}-{claim.fence}")
    try:
        if studio.storage.free_mb() < studio.settings.min_free_mb:
            raise DiskFull("There is not enough free disk space to go on.")
        recipe = recipes[claim.kind]
        watch = _Watch(studio, claim, stopping)
        bench = Bench(studio=studio, claim=claim, scratch=scratch, report=watch.report, cancelled=watch.must_stop)
        if recipe.buys is None:
            return recipe.do(bench), None
        if not recipe.buys.wanted(bench):
            return recipe.do(bench), None
        card = card_of(studio, recipe.buys.kind, models_of(claim)[claim.choice])  # may have ended since it bought
        if card.vendor != LOCAL:
            return _bought(bench, recipe, card, stopping)
        return recipe.do(bench), _free(claim, recipe, card)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _free(claim: Claim, recipe: Recipe, card: ModelCard) -> Line:
    """What this machine made, as a line of the books."""
    assert recipe.buys is not None
    units = recipe.buys.units(claim.inputs)
    return Line(
        component=recipe.buys.component, vendor=card.vendor, model=card.id, quantity=float(units), unit=card.unit
    )


def _bought(
    bench: Bench, recipe: Recipe, card: ModelCard, stopping: threading.Event
) -> tuple[Made, None] | Wait | Doubt:
    """One slice of buying it from a vendor."""
    if recipe.buys is None or recipe.buys.order is None or recipe.buys.receive is None:
        raise Broken(f"{card.label} cannot do this kind of work.", "Choose another model.")
    wanted = Wanted(
        card=card,
        order=partial(recipe.buys.order, bench),
        component=recipe.buys.component,
        scopes=scopes(bench.studio, bench.claim.owner, bench.claim.project_id, bench.claim.budget_id),
        has_next=bench.claim.choice + 1 < len(models_of(bench.claim)),
        on_text=recipe.buys.tell(bench) if recipe.buys.tell else None,
    )
    buyer = Buyer(bench.studio, bench.claim, wanted, bench.scratch, stopping)
    outcome = buyer.advance()
    if not isinstance(outcome, Collected):
        return outcome
    paid = replace(bench, cancelled=stopping.is_set)  # brought home whoever cancels, or it would be begun for ever
    try:
        return recipe.buys.receive(paid, outcome.product, outcome.purchase.model), None
    except BadMedia as error:
        return buyer.broken(outcome, error)


def _in_words(error: Exception, claim: Claim) -> RepriseError:
    """A fault that nobody foresaw, for a person."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull("The disk is full.")
    message = f"Something went wrong in this step (job {claim.job_id[:8]})."
    return Broken(message, "Press Retry; the log of the program says more.")


def _end(
    studio: Studio, claim: Claim, stopping: threading.Event, recipes: Mapping[str, Recipe], error: RepriseError
) -> None:
    """Records that a step did not come to its end, and why."""
    if isinstance(error, Cancelled) or stopping.is_set():
        # what was cancelled and is wanted again by now is put back, not failed
        _recorded(stopping, lambda: slices.release(studio.db, studio.now(), claim))
        return
    if isinstance(error, OverBudget):
        _recorded(
            stopping,
            lambda: slices.gate(studio.db, studio.now(), claim, error.message, error.remedy),
        )
        return
    delay = error.delay if isinstance(error, RateLimited) else None
    buys = recipes[claim.kind].buys
    pools = [pool_named(studio, buys.kind, model) for model in models_of(claim)] if buys else []
    _recorded(
        stopping,
        lambda: slices.fail(
            studio.db,
            studio.now(),
            claim,
            message=error.message,
            remedy=error.remedy,
            retryable=error.retryable,
            delay=delay,
            patient=isinstance(error, DiskFull),
            moves_on=may_fall_back(type(error)),
            pools=pools,
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


class _Watch:
    """Writes a step's progress now and then, and knows when to stop."""

    def __init__(self, studio: Studio, claim: Claim, stopping: threading.Event) -> None:
        self.studio, self.claim, self.stopping = studio, claim, stopping
        self.fraction = 0.0
        self.looked = studio.passed() - GLANCE
        self.ours = True

    def report(self, fraction: float) -> None:
        """Takes note of how far the step is."""
        self.fraction = max(self.fraction, fraction)

    def must_stop(self) -> bool:
        """Whether the step was cancelled, taken away, or the program is ending."""
        if self.stopping.is_set():
            return True
        if self.studio.passed() - self.looked > GLANCE:
            self.looked = self.studio.passed()
            try:
                self.ours = slices.progress(self.studio.db, self.studio.now(), self.claim, self.fraction)
            except Broken as error:  # a percent that is not recorded is no reason to stop
                log.info("progress could not be recorded: %s", error.sentence)
        return not self.ours
