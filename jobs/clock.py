"""The clock of one process: an APScheduler thread that ticks the engine and looks after the house."""

from __future__ import annotations

import logging
import threading

from apscheduler.schedulers.background import BackgroundScheduler

from core.services import checkup, retention
from core.services.studio import Studio
from core.services.workshop import BEAT
from jobs.engine import Engine

TICK = 0.5
"""Seconds between two looks for ready steps; recorded work wakes the engine sooner."""


class Clock:
    """Runs an engine for as long as the process lives."""

    def __init__(self, studio: Studio, project_id: str | None = None) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped on a busy machine is no news
        self.studio = studio
        self.engine = Engine(studio, project_id)
        self._stopped = threading.Event()
        self.scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
        self.scheduler.add_job(self.engine.tick, "interval", seconds=TICK, id="tick")
        self.scheduler.add_job(self.engine.look_after, "interval", seconds=BEAT, id="look after")
        self.scheduler.add_job(self._night, "cron", hour=3, minute=17, id="night")
        self._waker = threading.Thread(target=self._wake, name="waker", daemon=True)

    def start(self) -> None:
        """Starts the threads."""
        self.scheduler.start()
        self._waker.start()

    def stop(self) -> None:
        """Stops them; steps under way are put back."""
        self._stopped.set()
        self.studio.wake.set()
        self.scheduler.shutdown(wait=False)
        self.engine.stop()

    def _wake(self) -> None:
        """Ticks as soon as work is recorded, instead of at the next interval."""
        while not self._stopped.is_set():
            self.studio.wake.wait()
            self.studio.wake.clear()
            if not self._stopped.is_set():
                self.engine.tick()

    def _night(self) -> None:
        """Removes what nobody needs, and proves that work and money are as they should be."""
        retention.sweep(self.studio, dry_run=False)
        checkup.check(self.studio)
