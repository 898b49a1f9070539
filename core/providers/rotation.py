"""One vendor under several keys: each order goes to the key whose turn it is, and is followed under that key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.domain.errors import TaskGone, VendorError, VendorRejected
from core.domain.orders import Product
from core.domain.tasks import Recovery, TaskStatus
from core.providers import InstantVendor, ListsModels, TaskVendor
from core.providers.keys import Ring

Order = TypeVar("Order")
Answer = TypeVar("Answer")

REMEMBERED = 10_000
"""Tasks whose key is remembered; that of another is found by asking."""


class _Turns:
    """What both kinds of vendor share: trying one key after the other."""

    def __init__(self, name: str, ring: Ring) -> None:
        self.name, self.ring = name, ring

    def _in_turn(self, call: Callable[[int], Answer]) -> tuple[int, Answer]:
        """The first answer that is not a refusal of the key, and the place of that key. Nothing was bought before."""
        last: VendorError | None = None
        for place in self.ring.order():
            try:
                answer = call(place)
            except VendorError as error:
                if not self.ring.refused(place, error):
                    raise
                last = error
                continue
            self.ring.used(place)
            return place, answer
        assert last is not None  # there is always a key to try
        raise last


class RotatingTasks(_Turns, Generic[Order]):
    """A TaskVendor under several keys. A task is asked about under its own key, which is found by asking."""

    def __init__(self, vendors: Sequence[TaskVendor[Order]], ring: Ring) -> None:
        super().__init__(vendors[0].name, ring)
        self.vendors = list(vendors)
        # what honours a key of ours under one account does not know it under another: then a person is asked
        several = len(vendors) > 1 and vendors[0].recovery == Recovery.KEY
        self.recovery = Recovery.NONE if several else vendors[0].recovery
        self._whose: dict[str, int] = {}
        if isinstance(vendors[0], ListsModels):
            self.list_models = vendors[0].list_models

    def submit(self, order: Order, key: str, before_send: Callable[[], None]) -> str:
        """See TaskVendor.submit. A key that is refused lets the next one try."""
        place, task = self._in_turn(lambda place: self.vendors[place].submit(order, key, before_send))
        self._remember(task, place)
        return task

    def poll(self, task: str) -> TaskStatus:
        """See TaskVendor.poll."""
        return self._of(task, lambda vendor: vendor.poll(task))

    def fetch(self, task: str, folder: Path) -> Path:
        """See TaskVendor.fetch."""
        return self._of(task, lambda vendor: vendor.fetch(task, folder))

    def cancel(self, task: str) -> bool:
        """See TaskVendor.cancel."""
        return self._of(task, lambda vendor: vendor.cancel(task))

    def find(self, order: Order, key: str, since: datetime) -> list[str] | None:
        """See TaskVendor.find: what any of the keys lists."""
        found: list[str] = []
        for place, vendor in enumerate(self.vendors):
            tasks = vendor.find(order, key, since)
            if tasks is None:
                return None
            for task in tasks:
                self._remember(task, place)
            found += tasks
        return list(dict.fromkeys(found))

    def quote(self, order: Order, price: Decimal) -> Decimal:
        """See TaskVendor.quote."""
        return self.vendors[0].quote(order, price)

    def _of(self, task: str, call: Callable[[TaskVendor[Order]], Answer]) -> Answer:
        """The answer under the task's own key."""
        known = self._whose.get(task)
        if known is not None or len(self.vendors) == 1:
            return call(self.vendors[known or 0])
        gone: VendorError | None = None
        for place, vendor in enumerate(self.vendors):
            try:
                answer = call(vendor)
            except (TaskGone, VendorRejected) as error:  # some vendors forbid to ask for the tasks of others
                gone = error if gone is None or isinstance(error, TaskGone) else gone
                continue
            self._remember(task, place)
            return answer
        assert gone is not None
        raise gone

    def _remember(self, name: str, place: int) -> None:
        while len(self._whose) >= REMEMBERED:
            self._whose.pop(next(iter(self._whose)), None)
        self._whose[name] = place


class RotatingInstant(_Turns, Generic[Order]):
    """An InstantVendor under several keys."""

    def __init__(self, vendors: Sequence[InstantVendor[Order]], ring: Ring) -> None:
        super().__init__(vendors[0].name, ring)
        self.vendors = list(vendors)
        if isinstance(vendors[0], ListsModels):
            self.list_models = vendors[0].list_models

    def make(self, order: Order, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """See InstantVendor.make. A key that is refused lets the next one try."""
        return self._in_turn(lambda place: self.vendors[place].make(order, key, before_send, folder))[1]

    def stream(
        self, order: Order, key: str, before_send: Callable[[], None], on_text: Callable[[str], None], folder: Path
    ) -> Product:
        """The same, telling the text as it comes where the vendor can; else all of it at the end."""

        def asked(place: int) -> Product:
            vendor: Any = self.vendors[place]
            if hasattr(vendor, "stream"):
                streamed: Product = vendor.stream(order, key, before_send, on_text)
                return streamed
            return self.vendors[place].make(order, key, before_send, folder)

        return self._in_turn(asked)[1]
