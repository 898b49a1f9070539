"""A worker of this process: takes ready steps and does them, a few at a time.

The clock (jobs.clock) calls `tick` several times a second; a tick takes as many steps as there are free
hands and returns at once. The database decides what is ready, so any number of engines may run.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

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
        self._hands = ThreadPoolExecutor(studio.settings.workers, thread_name_prefix="hand")
        self._busy: set[Future[None]] = set()
        self._taking = threading.Lock()
        workshop.look_after(studio, self.worker_id)

    def tick(self) -> None:
        """Takes what is ready, as far as hands are free."""
        if not self._taking.acquire(blocking=False):
            return
        try:
            self._busy = {f for f in self._busy if not f.done()}
            while len(self._busy) < self.studio.settings.workers and not self.stopping.is_set():
                claim = workshop.take(self.studio, self.worker_id, self.project_id)
                if claim is None:
                    return
                log.info("doing %s (%s) of job %s", claim.label, claim.kind, claim.job_id)
                self._busy.add(self._hands.submit(workshop.do, self.studio, self.worker_id, claim, self.stopping))
        finally:
            self._taking.release()

    def look_after(self) -> None:
        """Heartbeat, and recovery of what dead workers left."""
        workshop.look_after(self.studio, self.worker_id)

    def stop(self) -> None:
        """Puts back what is being done and leaves; returns when nothing runs any more."""
        self.stopping.set()
        self._hands.shutdown(wait=True)
        workshop.leave(self.studio, self.worker_id)
