"""Virtual machines, processes and threads: greenlets that give way at every boundary, by a virtual clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import greenlet  # type: ignore[import-untyped]

from core.db import workers
from core.db.slices import Claim
from core.domain.errors import Broken
from core.services import workshop
from core.services.pacing import Paces
from core.services.workshop import BEAT, Hand, Watchman

if TYPE_CHECKING:
    from tests.simulation.world import World

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOOKS, CALM_LOOKS = (2 * BEAT, 6 * BEAT), (60.0,)
"""Seconds between two rounds of a watchman: most find nothing, so that fewer are simulated than there are."""
DOES = 0.8
"""Share of the turns that hands have before tick and watchman."""
TICK = 0.5
"""Seconds until a process that found nothing to do looks again."""
HANDS: dict[Hand, int] = {"vendor": 3, "here": 2}


class Wrong(AssertionError):
    """Something has happened that must never happen."""


class Thread:
    """One thread of a process, which stands still at a boundary."""

    def __init__(self, process: Process, label: str, work: Callable[[], Any]) -> None:
        self.process, self.label = process, label
        self.wake_at = 0.0
        self.claim: Claim | None = None
        self.hand: Hand | None = None
        self.is_sending = False
        self.greenlet = greenlet.greenlet(work)
        self.greenlet.thread = self

    @property
    def ended(self) -> bool:
        return bool(self.greenlet.dead)

    def run(self) -> None:
        """Goes on to its next boundary. Whatever comes out of it is a fault of the program."""
        try:
            self.greenlet.switch()
        except Wrong:
            raise
        except Exception as error:
            raise Wrong(f"{self.label} raised {error!r}") from error


def current() -> Thread | None:
    """The thread that runs; None in the loop of the simulation itself."""
    return getattr(greenlet.getcurrent(), "thread", None)


class Host:
    """A machine: its wall clock may be wrong and may be set; its other clock only runs."""

    def __init__(self, name: str, skew: float, booted: float) -> None:
        self.name, self.skew, self.booted = name, skew, booted


class Stop(threading.Event):
    """What tells the threads of a process to come to their end; waiting for it is virtual."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def wait(self, timeout: float | None = None) -> bool:
        self.world.sleep(timeout or 0.0)
        return self.is_set()


class Process:
    """A worker, as jobs.engine is one: hands that do steps, a tick that takes them, a watchman."""

    def __init__(self, world: World, name: str, host: Host, pid: int) -> None:
        self.world, self.name, self.host, self.pid, self.born = world, name, host, pid, world.time
        self.studio = replace(
            world.studio, clock=self.wall, passed=self.passed,
            missed={}, health={}, paces=Paces(), wake=threading.Event(),
        )  # fmt: skip
        self.stopping = Stop(world)
        self.threads: list[Thread] = []
        self.worker_id = ""
        self.watchman: Watchman | None = None
        self.taking = False
        self.frozen_until = 0.0
        self.doomed = False
        self.next_look = world.time + world.chance.choice((0.0, 2 * BEAT))
        self.next_tick: dict[Hand, float] = {"vendor": 0.0, "here": 0.0}

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=round(self.world.time + self.host.skew, 3))

    def passed(self) -> float:
        return self.host.booted + self.world.time

    def machine(self) -> str:
        """See core.services.workshop.Neighbours."""
        return self.host.name

    def identity(self) -> tuple[int, float]:
        """See Neighbours."""
        return self.pid, self.born

    def lives(self, pid: int, born: float) -> bool:
        """See Neighbours."""
        return any((p.pid, p.born) == (pid, born) for p in self.world.processes)

    @property
    def is_awake(self) -> bool:
        return self.frozen_until <= self.world.time

    @property
    def has_hands_full(self) -> bool:
        return any(t.hand and not t.ended and t.wake_at <= self.world.time for t in self.threads)

    def start(self, label: str, work: Callable[[], Any]) -> Thread:
        thread = Thread(self, f"{self.name} {label}", work)
        self.threads.append(thread)
        return thread

    def turn(self) -> bool:
        """One of its threads goes on to its next boundary; False when none can."""
        self.threads = [t for t in self.threads if not t.ended]
        self._begin_what_is_due()
        able = [t for t in self.threads if t.wake_at <= self.world.time]
        if not able:
            return False
        hands = [t for t in able if t.hand]
        chance = self.world.chance
        chance.choice(hands if hands and chance.random() < DOES else able).run()
        return True

    def _begin_what_is_due(self) -> None:
        now, busy = self.world.time, {t.label for t in self.threads}
        if not self.worker_id:
            if f"{self.name} join" not in busy:
                self.start("join", self._join)
        elif self.stopping.is_set():
            if not self.threads:
                self.start("leave", self._leave)
        elif now >= self.next_look and f"{self.name} look" not in busy:
            self.next_look = now + self.world.chance.choice(LOOKS if self.world.storm else CALM_LOOKS)
            self.start("look", self._look)
        elif not self.taking:
            for hand, most in HANDS.items():
                due = now >= self.next_tick[hand] and sum(t.hand == hand for t in self.threads) < most
                if due and self.world.something_is_due(self, hand):
                    self.taking = True
                    self.start("tick", partial(self._tick, hand))
                    return

    def _join(self) -> None:
        try:
            self.worker_id = workers.join(self.studio.db, self.studio.now(), self.machine(), *self.identity())
        except Broken:
            return
        self.watchman = Watchman(self.studio, self.worker_id, self._holds, self)

    def _leave(self) -> None:
        with suppress(Broken):  # whoever comes next finds it dead
            workshop.leave(self.studio, self.worker_id)
        self.world.processes.remove(self)

    def _look(self) -> None:
        assert self.watchman is not None
        try:
            self.watchman.look()
        except Broken:  # the next look comes in five seconds
            return

    def _holds(self) -> set[str]:
        while self.taking:
            self.world.pause("wait for the tick")
        return {t.claim.step_id for t in self.threads if t.claim and not t.ended}

    def _tick(self, hand: Hand) -> None:
        try:
            claim = workshop.take(self.studio, self.worker_id, hand=hand)
        except Broken:
            claim = None
        if claim is None:
            self.next_tick[hand] = self.world.time + TICK
        else:
            thread = self.start(f"does {claim.label}", lambda: self._do(claim))
            thread.claim, thread.hand = claim, hand
        self.taking = False

    def _do(self, claim: Claim) -> None:
        workshop.do(self.studio, self.worker_id, claim, self.stopping, self.world.recipes)

    def kill(self) -> None:
        """kill -9: its threads vanish where they stand."""
        self.world.processes.remove(self)
        for thread in self.threads:
            thread.greenlet.throw()
