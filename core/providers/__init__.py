"""What every vendor offers. One protocol for each kind of work; a vendor is one file and one line of the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from core.domain.catalogue import Credit, ListedModel
from core.domain.orders import Product
from core.domain.tasks import ClipOrder, Recovery, TaskStatus

Order_contra = TypeVar("Order_contra", contravariant=True)


class TaskVendor(Protocol[Order_contra]):
    """Makes things as tasks that take a while. Every call has a time limit and raises errors of core.domain.errors.

    Apart from `submit` nothing costs, so everything else may be repeated: VendorUnavailable and
    RateLimited say that it is worth it.
    """

    name: str
    """As in the catalogue and the books."""
    recovery: Recovery

    def submit(self, order: Order_contra, key: str, before_send: Callable[[], None]) -> str:
        """Orders it, once, without any retry, and answers the vendor's task id.

        `key` names the purchase (the idempotency key where there is one). `before_send` is called when
        everything is prepared and just before the paid request leaves; what it raises ends the call with
        nothing bought. VendorRejected, ModerationRefused, NoCredit, RateLimited and VendorUnavailable say
        that certainly nothing was bought; MaybeBought says that nobody knows (the connection broke or timed
        out after the request left, 5xx, an answer that makes no sense).
        """

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when the vendor does not know it."""

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads what is finished into the folder. TaskGone when the vendor has deleted it."""

    def cancel(self, task: str) -> bool:
        """Asks the vendor to stop; False when it cannot be stopped (any more)."""

    def find(self, order: Order_contra, key: str, since: datetime) -> list[str] | None:
        """With Recovery.SEARCH: tasks made since then that can only be this order.

        None when the vendor's list does not tell enough to be sure.
        """

    def quote(self, order: Order_contra, price: Decimal) -> Decimal:
        """US dollars for the order at `price` a unit: of a clip, of the seconds that the vendor will bill."""


ClipVendor = TaskVendor[ClipOrder]


class InstantVendor(Protocol[Order_contra]):
    """Makes things at once: the answer to the call is the product, so there is nothing to ask about afterwards."""

    name: str
    """As in the catalogue and the books."""

    def make(self, order: Order_contra, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """Makes it, once, without any retry; a file is written into the folder, whole or not at all.

        `key`, `before_send` and the errors are those of TaskVendor.submit: MaybeBought says that nobody knows
        whether it is billed.
        """


@runtime_checkable
class ListsModels(Protocol):
    """A vendor whose API tells which models it has."""

    name: str
    """As in the catalogue and the books."""

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:
        """The models that it has now. Where it has too many to list them, those of `known` that it still has."""


@runtime_checkable
class TellsCredit(Protocol):
    """A vendor whose API tells what is left on the account. It costs nothing to ask."""

    def credit(self) -> Credit:
        """What is left under this key. The errors are those of every call."""
