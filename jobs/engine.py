"""A worker of this process: takes ready steps and does them, a few at a time.

The clock (jobs.clock) calls `tick` several times a second; a tick takes as many steps as there are free
hands and returns at once. The database decides what is ready, so any number of engines may run.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from core.domain.errors import Broken
from core.services import workshop
from core.services.studio import Studio

log = logging.getLogger("reprise.engine")


class Engine:
    """Does steps until it is stopped. With `project_id`, only those of one project."""

    def __init__(self, studio: Studio, project_id: str | None = None) -> None:
        self.studio = studio
        self.project_id = project_id
        self.worker_id = workshop.join(studio)
        self.stopping = threading.Event()
        # one hand more than steps may run at once: it is kept for the director's answers
        self._hands = ThreadPoolExecutor(studio.settings.workers + 1, thread_name_prefix="hand")
        self._busy: set[Future[None]] = set()
        self._taking = threading.Lock()
        self._trouble = ""
        workshop.look_after(studio, self.worker_id)

    def tick(self) -> None:
        """Takes what is ready, as far as hands are free."""
        if not self._taking.acquire(blocking=False):
            return
        try:
            self._busy = {f for f in self._busy if not f.done()}
            workers = self.studio.settings.workers
            while len(self._busy) <= workers and not self.stopping.is_set():
                claim = self._take(only_quick=len(self._busy) == workers)
                if claim is None:
                    return
                log.info("doing %s (%s) of job %s", claim.label, claim.kind, claim.job_id)
                self._busy.add(self._hands.submit(workshop.do, self.studio, self.worker_id, claim, self.stopping))
        finally:
            self._taking.release()

    def _take(self, *, only_quick: bool) -> workshop.Claim | None:
        try:
            claim = workshop.take(self.studio, self.worker_id, self.project_id, only_quick=only_quick)
        except Broken as error:
            self._say(error)
            return None
        self._trouble = ""
        return claim

    def look_after(self) -> None:
        """Heartbeat, and recovery of what dead workers left."""
        try:
            workshop.look_after(self.studio, self.worker_id)
        except Broken as error:
            self._say(error)

    def _say(self, error: Broken) -> None:
        """Logs a trouble once, however often it is met; the next tick tries again."""
        if error.message != self._trouble:
            self._trouble = error.message
            log.warning("%s", error.sentence)

    def stop(self) -> None:
        """Puts back what is being done and leaves; returns when nothing runs any more."""
        self.stopping.set()
        with self._taking:  # a step that was just taken is in a hand by now
            self._hands.shutdown(wait=True)
        try:
            workshop.leave(self.studio, self.worker_id)
        except Broken as error:  # whoever comes next finds this process dead and puts its steps back
            self._say(error)
