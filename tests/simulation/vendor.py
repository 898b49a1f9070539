"""A vendor and the network between: it counts what it was asked to make, and loses what chance tells it to lose."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.errors import (
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    TaskGone,
    VendorUnavailable,
)
from core.domain.money import from_micros, to_micros, usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from tests.simulation.machines import BEGIN, current

if TYPE_CHECKING:
    from tests.simulation.world import World

SKEW = timedelta(minutes=1)
"""As core.providers.videos grants a vendor's clock."""
UNDER_WAY = 3.0
"""Seconds that a request may still be under way when its sender has given it up."""


@dataclass(eq=False)
class Task:
    """Something that the vendor was asked to make, and what it asks for it."""

    id: str
    key: str
    order: ClipOrder
    created: float
    seen_from: float
    begins: float
    ends: float
    quoted: int
    price: int
    outcome: TaskState
    refused: bool = False
    stopped: bool = False
    begun_when_stopped: bool = False
    told_begun: bool = False
    failure_costs: int = 0
    gone_from: float = math.inf

    def state(self, now: float) -> TaskState:
        if self.stopped:
            return TaskState.CANCELLED
        return self.outcome if now >= self.ends else TaskState.RUNNING

    def bill(self, now: float) -> int:
        """Micro-dollars that the vendor charges: nothing for what it lost before it was made."""
        if self.gone_from < self.ends and not self.stopped:
            return 0
        match self.state(now):
            case TaskState.SUCCEEDED:
                return self.price
            case TaskState.FAILED:
                return self.failure_costs
            case TaskState.CANCELLED:
                return self.quoted if self.begun_when_stopped else 0
            case TaskState.RUNNING:
                return 0


@dataclass(eq=False)
class Request:
    """An order that has left; it arrives, whatever becomes of whoever sent it."""

    order: ClipOrder
    key: str
    arrives: float
    task: str = ""


@dataclass(eq=False)
class SimulatedVendor:
    """See core.providers.ClipVendor. What one vendor is like is drawn from the seed."""

    world: World
    name: str
    price: Decimal
    recovery: Recovery
    tells_cost: bool
    can_cancel: bool
    forgets_cancelled: bool
    tags: bool
    """Its list bears the key of the order; otherwise only what was ordered."""
    slow_list: float
    """Seconds until a task shows in its list, at most."""
    fails: float
    tasks: dict[str, Task] = field(default_factory=dict)
    on_its_way: list[Request] = field(default_factory=list)

    @classmethod
    def drawn(cls, world: World, name: str, price: Decimal) -> SimulatedVendor:
        chance = world.chance
        return cls(
            world=world,
            name=name,
            price=price,
            recovery=chance.choice((Recovery.SEARCH, Recovery.SEARCH, Recovery.KEY, Recovery.NONE)),
            tells_cost=chance.random() < 0.5,
            can_cancel=chance.random() < 0.6,
            forgets_cancelled=chance.random() < 0.5,
            tags=chance.random() < 0.5,
            slow_list=chance.choice((0.0, 3.0, 6.0)),
            fails=chance.choice((0.0, 0.2, 0.5)),
        )

    def submit(self, order: ClipOrder, key: str, before_send: Callable[[], None]) -> str:
        world = self.world
        world.pause("connect")
        if world.happens(0.05):
            raise VendorUnavailable("The connection was refused.")
        thread, began = current(), world.time
        assert thread is not None
        unwanted = world.auditor.claim_is_void()
        thread.is_sending = True
        before_send()
        thread.is_sending = False
        # From here to the first byte there is nothing at which a program could stand still for long.
        world.auditor.sent(key, unwanted, began)
        if world.happens(0.5):
            return self._answered_badly(order, key)
        return self._arrived(self._sent(order, key, world.chance.choice((0.0, 0.05, 0.5))))

    def _sent(self, order: ClipOrder, key: str, seconds: float) -> Request:
        request = Request(order, key, self.world.time + seconds)
        self.on_its_way.append(request)
        self.deliver()
        return request

    def _arrived(self, request: Request) -> str:
        while not request.task:
            self.world.sleep(max(0.0, request.arrives - self.world.time))
        self.world.pause("accepted")
        return request.task

    def _answered_badly(self, order: ClipOrder, key: str) -> str:
        world, fate = self.world, self.world.chance.randrange(10)
        if fate == 0:
            raise RateLimited("Too many requests.", world.chance.uniform(0, 20))
        if fate == 1:
            raise VendorUnavailable("Nothing was taken.")
        if fate == 2:
            raise world.chance.choice((ModerationRefused("Not this."), NoCredit("The account is empty.")))
        if fate <= 3:  # lost
            world.sleep(world.chance.choice((0.0, 10.0)))
            raise MaybeBought("The connection broke.")
        if fate <= 6:  # still on its way
            self._sent(order, key, world.chance.uniform(0, UNDER_WAY))
            world.sleep(world.chance.choice((0.0, 1.0, 20.0)))
            raise MaybeBought("No answer came in time.")
        self._arrived(self._sent(order, key, 0.0))
        raise MaybeBought(world.chance.choice(("The answer was lost.", "It had an error of its own.", "No sense.")))

    def deliver(self) -> None:
        """Requests that have been under way arrive."""
        for request in [r for r in self.on_its_way if r.arrives <= self.world.time]:
            self.on_its_way.remove(request)
            request.task = self.accept(request.order, request.key)

    def accept(self, order: ClipOrder, key: str) -> str:
        """Takes an order: this is what costs."""
        world, chance = self.world, self.world.chance
        if self.recovery == Recovery.KEY:
            for task in self.tasks.values():
                if task.key == key:
                    return task.id
        if order.model != f"{self.name}-1":
            world.accuse(f"{self.name} is asked for {order.model}")
        world.auditor.taken(self, order, key)
        quoted = to_micros(self.quote(order, self.price))
        outcome = TaskState.FAILED if chance.random() < self.fails else TaskState.SUCCEEDED
        begins = world.time + chance.choice((0.0, 5.0, 20.0))
        task = Task(
            id=f"{self.name}-{len(self.tasks) + 1}",
            key=key,
            order=order,
            created=world.time,
            seen_from=world.time + chance.uniform(0, self.slow_list),
            begins=begins,
            ends=begins + chance.uniform(1, 90),
            quoted=quoted,
            price=round(quoted * chance.choice((1, 1, 0.8, 1.1, 1.5))) if self.tells_cost else quoted,
            outcome=outcome,
            refused=outcome == TaskState.FAILED and chance.random() < 0.3,
        )
        if self.tells_cost and chance.random() < 0.3:
            task.failure_costs = task.price // 2
        if chance.random() < 0.04:
            task.gone_from = task.ends + chance.choice((-5.0, 0.0, 30.0))
        self.tasks[task.id] = task
        world.tell(f"{self.name} takes {key} as {task.id}")
        return task.id

    def poll(self, task: str) -> TaskStatus:
        found = self._known(task)
        now = self.world.time
        state = found.state(now)
        found.told_begun = now >= found.begins
        tells = self.tells_cost or (state == TaskState.CANCELLED and not found.begun_when_stopped)
        ended = state != TaskState.RUNNING
        return TaskStatus(
            state=state,
            fraction=None if ended else min(1.0, max(0.0, (now - found.begins) / (found.ends - found.begins))),
            begun=found.told_begun,
            poll_after=self.world.chance.choice((1.0, 5.0, 10.0)) if self.world.storm else 15.0,
            cost=from_micros(found.bill(now)) if ended and tells else None,
            problem="It could not be made." if state == TaskState.FAILED else "",
            refused=found.refused,
        )

    def fetch(self, task: str, folder: Path) -> Path:
        found = self._known(task)
        if self.world.happens(0.05):
            return folder / "cut-off.mp4"
        return folder / f"{found.id}.mp4"

    def cancel(self, task: str) -> bool:
        found = self._known(task)
        now = self.world.time
        if not self.can_cancel or found.state(now) != TaskState.RUNNING:
            return False
        # charged by what was last told: between a look and the word to stop it, no program can do better
        found.stopped, found.begun_when_stopped = True, found.told_begun
        if self.forgets_cancelled:
            found.gone_from = now
        self.world.pause("stopped")
        if self.world.happens(0.1):
            raise VendorUnavailable("The answer was lost.")
        return True

    def find(self, order: ClipOrder, key: str, since: datetime) -> list[str] | None:
        self._trouble("list")
        if self.world.happens(0.02):
            return None
        oldest = (since - SKEW - BEGIN).total_seconds()
        found = [t.id for t in self.tasks.values() if t.seen_from <= self.world.time < t.gone_from]
        found = [i for i in found if self.tasks[i].created >= oldest and self._is(self.tasks[i], order, key)]
        self.world.pause("listed")
        return found

    def _is(self, task: Task, order: ClipOrder, key: str) -> bool:
        if self.tags:
            return task.key == key
        return (task.order.prompt, task.order.model) == (order.prompt, order.model)

    def quote(self, order: ClipOrder, price: Decimal) -> Decimal:
        return usd(price * math.ceil(order.seconds))

    def _known(self, task: str) -> Task:
        """The task; TaskGone when it is deleted, or does not show yet."""
        self._trouble("ask")
        found = self.tasks[task]
        if self.world.time >= found.gone_from or (self.world.time < found.seen_from and self.world.happens(0.3)):
            raise TaskGone("The vendor does not know the task.")
        return found

    def _trouble(self, what: str) -> None:
        self.world.pause(what)
        self.world.sleep(0.1)
        if self.world.happens(0.08):
            if self.world.chance.random() < 0.3:
                raise RateLimited("Too many requests.", self.world.chance.uniform(0, 20))
            raise VendorUnavailable("It cannot answer now.")
