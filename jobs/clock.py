"""The clock of one process: an APScheduler thread that ticks the engine and looks after the house."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from core.domain.errors import RepriseError
from core.services import checkup, events_out
from core.services.studio import Studio
from core.services.workshop import BEAT
from jobs.engine import HANDS, Engine

if TYPE_CHECKING:
    from jobs.cluster import Cluster

TICK = 0.5
"""Seconds between two looks for ready steps; recorded work wakes the engine sooner."""
POLL = 5.0
"""The same where a queue tells of them: only for what it has lost."""
STALLED = 2 * POLL
"""Seconds without a look after which something is wrong with the clock."""
SENDING = 5.0
"""Seconds between two looks for what is to be told to others."""
NIGHT = "night"

log = logging.getLogger("reprise.clock")


class Clock:
    """Runs an engine for as long as the process lives; with a queue of many machines, in touch with the others.

    A process that serves pages (`front`) leaves all but the director's answers to workers where there is a queue.
    """

    def __init__(self, studio: Studio, project_id: str | None = None, *, front: bool = False) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped on a busy machine is no news
        self.studio = studio
        many = bool(studio.settings.broker_url) and project_id is None
        self.engine = Engine(studio, project_id, ("reply",) if many and front else HANDS)
        self.cluster = _cluster(studio, self.engine) if many else None
        self._stopped, self._looked = threading.Event(), studio.passed()
        self.scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
        self.scheduler.add_job(self.look, "interval", seconds=POLL if many else TICK, id="tick")
        self.scheduler.add_job(self.engine.look_after, "interval", seconds=BEAT, id="look after")
        self.scheduler.add_job(self._night, "cron", hour=3, minute=17, id=NIGHT)
        if project_id is None:
            self.scheduler.add_job(self._send_on, "interval", seconds=SENDING, id="send on")
        self._waker = threading.Thread(target=self._wake, name="waker", daemon=True)

    def start(self) -> None:
        """Starts the threads."""
        self.scheduler.start()
        self._waker.start()
        if self.cluster:
            self.cluster.start()

    def look(self) -> None:
        """Takes what is due; what is left is for others."""
        self._looked = self.studio.passed()
        self.engine.tick()
        if self.cluster:
            self.cluster.after_look(self.engine.free)

    def stop(self) -> None:
        """Stops them; steps under way are put back."""
        self._stopped.set()
        self.studio.wake.set()
        self.scheduler.shutdown(wait=False)
        if self.cluster:
            self.cluster.stop()
        self.engine.stop()

    def _wake(self) -> None:
        """Looks as soon as work is recorded or told of, instead of at the next interval.

        Where there are others it looks once more a moment later: what one of them was just holding, and so
        could not be taken, may have been left.
        """
        again = False
        while not self._stopped.is_set():
            woken = self.studio.wake.wait(TICK if again else STALLED)
            self.studio.wake.clear()
            if self._stopped.is_set():
                return
            if woken or again:
                self.look()
            elif self.studio.passed() - self._looked > STALLED:
                self._set_going()
            again = woken and self.cluster is not None

    def _set_going(self) -> None:
        """The wall clock was set back, and APScheduler waits for an hour that was there before: it goes on now."""
        log.warning("the clock of this machine was set back")
        for job in self.scheduler.get_jobs():
            if job.id != NIGHT:
                job.modify(next_run_time=datetime.now(UTC))

    def _night(self) -> None:
        """Removes what nobody needs, and proves that work and money are as they should be."""
        checkup.night(self.studio)
        events_out.night(self.studio)

    def _send_on(self) -> None:
        """Tells others what has happened; a receiver that is down holds up nothing but this."""
        try:
            events_out.tick(self.studio)
        except RepriseError as error:
            log.warning("nothing could be sent on: %s", error.sentence)


def _cluster(studio: Studio, engine: Engine) -> Cluster:
    from jobs.cluster import Cluster  # noqa: PLC0415  Celery is only loaded where there is a queue

    return Cluster(studio, engine.hands, engine.tick)
