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

TALKS = 8
"""Talks with vendors that are held at once; each is a few requests long, and a wait is none."""
HANDS: tuple[workshop.Hand, ...] = ("vendor", "here", "reply")
"""Every kind of hand, in the order in which they take."""
POOLS: dict[workshop.Hand, workshop.Hand] = {"vendor": "vendor", "here": "here", "reply": "here"}
"""Whose threads a hand is one of."""


class Engine:
    """Does steps until it is stopped. With `project_id`, only those of one project; with `hands`, only for these."""

    def __init__(self, studio: Studio, project_id: str | None = None, hands: tuple[workshop.Hand, ...] = HANDS) -> None:
        self.studio = studio
        self.project_id = project_id
        self.hands = hands
        self.free = frozenset(hands)
        """Hands that had nothing to do at the last look."""
        self.worker_id = workshop.join(studio)
        self.stopping = threading.Event()
        # of the hands for this machine's work, one is kept for the director's answers
        self._hands: dict[workshop.Hand, ThreadPoolExecutor] = {
            "here": ThreadPoolExecutor(studio.settings.workers + 1, thread_name_prefix="hand"),
            "vendor": ThreadPoolExecutor(TALKS, thread_name_prefix="talk"),
        }
        self._held: dict[Future[None], tuple[workshop.Hand, str]] = {}
        self._asked, self._taking = threading.Event(), threading.Lock()
        self._trouble = ""
        self._watchman = workshop.Watchman(studio, self.worker_id, self._holds)
        self._watchman.look()

    def tick(self) -> None:
        """Takes what is due, as far as hands are free; asked meanwhile, it looks again."""
        self._asked.set()
        while self._asked.is_set() and self._taking.acquire(blocking=False):
            try:
                self._asked.clear()
                self._held = {future: held for future, held in self._held.items() if not future.done()}
                for hand in self.hands:
                    while self._looks(hand) and self._take(POOLS[hand], hand):
                        pass
                self.free = frozenset(hand for hand in self.hands if self._has_room(hand))
            finally:
                self._taking.release()

    def _has_room(self, hand: workshop.Hand) -> bool:
        workers = self.studio.settings.workers
        most = {"vendor": TALKS, "here": workers, "reply": workers + 1}
        return self._busy(POOLS[hand]) < most[hand]

    def _looks(self, hand: workshop.Hand) -> bool:
        """Whether it is worth a look: a free hand for this machine's work has seen that there is no reply either."""
        seen = hand == "reply" and "here" in self.hands and self._has_room("here")
        return self._has_room(hand) and not seen

    def _busy(self, pool: workshop.Hand) -> int:
        return sum(hand == pool for hand, _ in self._held.values())

    def _take(self, pool: workshop.Hand, hand: workshop.Hand) -> bool:
        """Takes one step for a hand of the pool; False when there is none."""
        if self.stopping.is_set():
            return False
        try:
            claim = workshop.take(self.studio, self.worker_id, self.project_id, hand=hand)
        except Broken as error:
            self._say(error)
            return False
        self._trouble = ""
        if claim is None:
            return False
        log.debug("doing %s (%s) of job %s", claim.label, claim.kind, claim.job_id)
        future = self._hands[pool].submit(workshop.do, self.studio, self.worker_id, claim, self.stopping)
        self._held[future] = (pool, claim.step_id)
        return True

    def _holds(self) -> set[str]:
        """Steps that are in a hand, or about to be."""
        with self._taking:
            return {step for future, (_, step) in self._held.items() if not future.done()}

    def look_after(self) -> None:
        """Heartbeat, and recovery of what dead workers left."""
        try:
            self._watchman.look()
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
            for hands in self._hands.values():
                hands.shutdown(wait=True)
        try:
            workshop.leave(self.studio, self.worker_id)
        except Broken as error:  # whoever comes next finds this process dead and puts its steps back
            self._say(error)
