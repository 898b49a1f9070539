"""Buying a clip from a vendor: recorded before the call, followed wherever it leads, never bought twice.

A step that films at a vendor is done in slices. Each looks at the purchase in the database, takes one
step further and puts the work down: ordered, asked about, collected. So a crash between any two words
of this file loses nothing, and whoever comes next knows what was bought, or that it is not known.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from core.db import purchases
from core.db.budgets import Scope
from core.db.money import Purchase
from core.db.purchases import Line
from core.db.slices import Claim
from core.domain.catalogue import ModelCard
from core.domain.errors import (
    BadMedia,
    Broken,
    Cancelled,
    MaybeBought,
    ModerationRefused,
    RateLimited,
    RepriseError,
    TaskGone,
    VendorError,
    VendorRejected,
    VendorResting,
    VendorUnavailable,
)
from core.domain.health import Health, after, as_of
from core.domain.money import from_micros, price, to_micros, usd
from core.domain.orders import Product
from core.domain.tasks import Recovery, TaskState, TaskStatus
from core.domain.work import PurchaseState
from core.providers import TaskVendor
from core.services import overdue
from core.services.at_once import AtOnce
from core.services.studio import Studio
from core.services.vendors import require_live, vendor_card, vendor_name

Answer = TypeVar("Answer")
Vendor = TaskVendor[Any]

log = logging.getLogger("reprise.buying")

AGAIN = 0.5
"""Seconds until what the database refused is recorded again; longer each time."""
FIRST = 2.0
"""Seconds until it is looked again whether the project's first clip of a model has come."""
MAX_PATIENCE = 300.0
"""Seconds between two looks at a vendor that does not answer, at most."""
SEARCHED_BACK = timedelta(days=3)
"""How far before its recorded hour an order is looked for in a vendor's list."""
NOT_MADE = {PurchaseState.FAILED: "The vendor could not make it.", PurchaseState.CANCELLED: "It was stopped there."}
BROKEN_FILES = 3
"""Times that a clip is downloaded anew before it counts as broken at the vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Put the step down for so long."""

    seconds: float
    fraction: float = 0.0
    trouble: str = ""
    begun: bool = True
    """Whether anything has been ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A person has to find out."""

    message: str
    remedy: str = "Look at the vendor's site, then decide on the costs page; nothing is bought again until you do."


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the vendor made, as it came."""

    product: Product
    purchase: Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a step wants to have, and what it may cost where."""

    card: ModelCard
    order: Callable[[ModelCard], Any]
    """As it is asked for from that model: an open purchase may be of another one than is asked now."""
    component: str
    scopes: tuple[Scope, ...]
    on_text: Callable[[str], None] | None = None
    """Is told the text of an answer as it comes."""
    has_next: bool = False
    """Whether another model of the approved chain could do it instead."""


Outcome = Collected | Wait | Doubt


class Buyer:
    """Takes one purchase one step further."""

    def __init__(self, studio: Studio, claim: Claim, wanted: Wanted, folder: Path, stopping: threading.Event) -> None:
        self.studio, self.claim, self.wanted = studio, claim, wanted
        self.folder, self.stopping = folder, stopping

    def advance(self) -> Outcome:
        """What can be done now. Errors say that the order failed, or that it may not be made."""
        purchase = purchases.newest(self.studio.db, self.claim.project_id, self.claim.key)
        if purchase is None:
            return self._buy()
        vendor = self._vendor(purchase.vendor)
        if purchase.state == PurchaseState.SUCCEEDED:
            return self._collect(vendor, purchase)
        if purchase.state == PurchaseState.SUBMITTED:
            return self._follow(vendor, purchase)
        return self._find_out(vendor, purchase)

    def _vendor(self, name: str) -> Vendor:
        vendor = self.studio.maker(self.wanted.card.kind, name)
        if vendor is None:
            raise Broken(f"{name} is no longer set up here.", "Set its key again; what was bought there is kept.")
        if isinstance(vendor, AtOnce) and self.wanted.on_text:
            return vendor.telling(self.wanted.on_text)
        return vendor

    def _buy(self) -> Outcome:
        card = require_live(self.studio, self.wanted.card)
        vendor = self._vendor(card.vendor)
        pause = self._pause(card)
        if pause:
            return Wait(seconds=pause, begun=False)
        first_alone = card.kind == "video"  # a bad clip is caught before the next of its model is paid
        if first_alone and purchases.awaits_first(self.studio.db, self.claim, card.id):
            return Wait(seconds=FIRST, begun=False)
        order = self.wanted.order(card)
        cost = vendor.quote(order, card.known_price)
        line = Line(
            component=self.wanted.component,
            vendor=card.vendor,
            model=card.id,
            quantity=float(cost / card.price) if card.price else 1.0,
            unit=card.unit,
            micros=to_micros(cost),
        )
        now, scopes = self.studio.now(), self.wanted.scopes
        purchase = purchases.intent(self.studio.db, now, self.claim, line, scopes, after_first=first_alone)
        if purchase is None:
            return Wait(seconds=0.0)  # somebody was faster: go on with theirs, or wait for it
        return self._send(vendor, purchase, order=order)

    def _pause(self, card: ModelCard) -> float:
        """Seconds for which nothing is ordered from the card's vendor. VendorResting when another model can do it."""
        now = self.studio.now()
        health = as_of(self.studio.health.get(card.vendor, Health()), now)
        if health.resting and health.opened is not None:
            if self.wanted.has_next:
                raise VendorResting(f"{vendor_name(card.vendor)} has failed {health.failures} times in a row.")
            left = (health.opened + health.rest - now).total_seconds()
            return min(max(left, 1.0), MAX_PATIENCE)
        most = vendor_card(card.vendor).requests_per_minute
        return self.studio.paces.wait(card.vendor, most, self.studio.passed())

    def _send(self, vendor: Vendor, purchase: Purchase, *, order: Any = None) -> Outcome:
        """Makes the call that costs; `order` is that of the first call, whose refusal says that nothing was bought."""

        def before_send() -> None:
            # the last look before the request leaves: what was seen at its beginning must not be old at its end
            looked = self.studio.passed()
            if not purchases.may_send(self.studio.db, self.claim):
                raise Cancelled("The work was stopped.")
            if self.studio.passed() - looked > self.studio.settings.settle_seconds / 3:
                raise Cancelled("It took too long to get ready: others may have judged this purchase by now.")

        try:
            asked = order or self._order_of(purchase)
            task = self._asked(vendor, lambda: vendor.submit(asked, purchase.id, before_send))
        except MaybeBought as error:
            log.warning("purchase %s is in doubt: %s", purchase.id, error.message)
            purchases.doubt(self.studio.db, self.studio.now(), purchase.id, error.message)
            if vendor.recovery == Recovery.NONE:
                return Doubt(message=f"{error.message} It was perhaps bought ({_amount(purchase)}).")
            return Wait(seconds=1.0, trouble=error.message)
        except RepriseError as error:
            if order is None:
                return self._refused_again(error)
            why = error.message
            self._recorded(lambda: purchases.reject(self.studio.db, self.studio.now(), self.claim, purchase.id, why))
            raise
        log.info("purchase %s is task %s at %s", purchase.id, task, vendor.name)
        self._recorded(lambda: purchases.submitted(self.studio.db, self.studio.now(), purchase.id, task))
        self.studio.missed.pop(purchase.id, None)
        if isinstance(vendor, AtOnce):
            purchase.external_id = task
            return self._follow(vendor, purchase)
        return Wait(seconds=1.0)

    def _refused_again(self, error: RepriseError) -> Outcome:
        """A refusal of a repeated call says nothing about the earlier one."""
        if isinstance(error, Cancelled):
            return Wait(seconds=0.0)
        if error.retryable:
            return Wait(seconds=_patience(self.claim, error), trouble=error.message)
        return Doubt(message=f"{error.message} Whether the first call was taken is not known.")

    def _find_out(self, vendor: Vendor, purchase: Purchase) -> Outcome:
        """Whether a call whose answer was lost had been taken."""
        if purchases.is_being_sent(self.studio.db, self.claim, purchase):
            return Wait(seconds=2.0)
        if vendor.recovery == Recovery.SEARCH:
            return self._search(vendor, purchase)
        if vendor.recovery == Recovery.KEY and purchases.job_is_live(self.studio.db, self.claim):
            return self._send(vendor, purchase)
        why = purchase.note or "The program ended while this was being ordered."
        return Doubt(message=f"{why} It was perhaps bought ({_amount(purchase)}).")

    def _order_of(self, purchase: Purchase) -> Any:
        for card in self.studio.cards:
            if card.id == purchase.model:
                return self.wanted.order(card)
        raise Broken(f"{purchase.model} is no longer known here.", "Set it up again; what was bought there is kept.")

    def _search(self, vendor: Vendor, purchase: Purchase) -> Outcome:
        asked = self.studio.passed()  # what the list shows is as old as this, however long the answer takes
        # our clock may have been wrong by days when it was ordered, or be wrong now
        since = min(purchase.created, self.studio.now()) - SEARCHED_BACK
        try:
            order = self._order_of(purchase)
            tasks = self._asked(vendor, lambda: vendor.find(order, purchase.id, since))
        except (VendorUnavailable, RateLimited, MaybeBought) as error:
            self.studio.missed.pop(purchase.id, None)
            return Wait(seconds=_patience(self.claim, error), trouble=error.message)
        if tasks is None:
            return Doubt(message=f"{vendor.name} does not list enough to find it. It was perhaps bought.")
        free = purchases.unknown_to_us(self.studio.db, vendor.name, tasks)
        if free:
            purchases.submitted(self.studio.db, self.studio.now(), purchase.id, free[0])
            self.studio.missed.pop(purchase.id, None)
            return Wait(seconds=0.0)
        settle = self.studio.settings.settle_seconds
        if asked - self.studio.missed.setdefault(purchase.id, asked) < settle:
            return Wait(seconds=settle / 5)
        why = "It never arrived at the vendor."
        if purchases.reject(self.studio.db, self.studio.now(), self.claim, purchase.id, why):
            self.studio.missed.pop(purchase.id, None)
        if purchases.job_is_live(self.studio.db, self.claim):
            return Wait(seconds=0.0)  # and is bought in the next slice
        raise Cancelled("The work was stopped.")

    def _follow(self, vendor: Vendor, purchase: Purchase) -> Outcome:
        """How the vendor's task stands; stopped there when nobody wants it any more."""
        task = purchase.external_id or ""
        unwanted = purchases.job_is_cancelled(self.studio.db, self.claim)
        # A newer piece of work may need it, and may not even find room at the vendor while this step has it.
        unwanted = unwanted and not purchases.wanted_elsewhere(self.studio.db, self.claim)
        try:
            status = self._asked(vendor, lambda: vendor.poll(task))
            if unwanted and status.state == TaskState.RUNNING and vendor.cancel(task):
                status = self._stopped(vendor, task, begun=status.begun)
        except (VendorUnavailable, RateLimited, MaybeBought) as error:
            return self._unless_overdue(purchase, Wait(seconds=_patience(self.claim, error), trouble=error.message))
        except TaskGone as error:
            return Doubt(message=f"{error.message} It was perhaps paid ({_amount(purchase)}).")
        if status.state == TaskState.RUNNING:
            wait = Wait(seconds=status.poll_after, fraction=(status.fraction or 0.0) * 0.9)
            return self._unless_overdue(purchase, wait)
        return self._ended(vendor, purchase, status)

    def _unless_overdue(self, purchase: Purchase, wait: Wait) -> Wait | Doubt:
        """`wait`; a person's look when that has gone on for hours, as the vendor may never come to an end."""
        if not overdue.is_overdue(self.studio, self.claim, purchase, troubled=bool(wait.trouble)):
            return wait
        why = wait.trouble or f"{vendor_name(purchase.vendor)} has been at this for hours and comes to no end."
        return Doubt(message=f"{why} It was perhaps paid ({_amount(purchase)}).")

    def _stopped(self, vendor: Vendor, task: str, *, begun: bool) -> TaskStatus:
        """How a task stands after it was stopped; one that was begun and is forgotten counts as paid in full."""
        try:
            return vendor.poll(task)
        except TaskGone:
            return TaskStatus(state=TaskState.CANCELLED, cost=None if begun else usd(0))

    def _ended(self, vendor: Vendor, purchase: Purchase, status: TaskStatus) -> Outcome:
        state = PurchaseState(status.state.value)
        unsaid = purchase.reserved_micros if state != PurchaseState.FAILED else 0
        actual = to_micros(status.cost) if status.cost is not None else unsaid
        why = "" if state == PurchaseState.SUCCEEDED else status.problem or NOT_MADE[state]
        self._recorded(lambda: purchases.close(self.studio.db, self.studio.now(), purchase.id, state, actual, why))
        overdue.forget(self.studio, purchase)
        if state == PurchaseState.SUCCEEDED:
            return self._collect(vendor, purchase)
        if state == PurchaseState.CANCELLED and not purchases.job_is_live(self.studio.db, self.claim):
            raise Cancelled(why)
        raise ModerationRefused(why) if status.refused else VendorUnavailable(why, "Press Retry.")

    def _collect(self, vendor: Vendor, purchase: Purchase) -> Outcome:
        """Brings what was paid here; it may be repeated until the vendor deletes it."""
        try:
            product = self._asked(vendor, lambda: self._product(vendor, purchase.external_id or ""))
        except (VendorUnavailable, RateLimited, MaybeBought) as error:
            if overdue.is_overdue(self.studio, self.claim, purchase, troubled=True):
                words = f"{error.message} {_amount(purchase)} was paid for it."
                raise VendorRejected(words, "Press Retry to fetch it once more; nothing is bought for that.") from error
            return Wait(seconds=_patience(self.claim, error), fraction=0.9, trouble=error.message)
        except TaskGone as error:
            raise self._lost(purchase, f"{error.message} {_amount(purchase)} had been paid for it.") from error
        overdue.forget(self.studio, purchase)
        return Collected(product=product, purchase=purchase)

    def _product(self, vendor: Vendor, task: str) -> Product:
        """What was made, with its file in the step's folder."""
        if isinstance(vendor, AtOnce):
            return vendor.product(task, self.folder)
        return Product(path=vendor.fetch(task, self.folder))

    def broken(self, collected: Collected, error: BadMedia) -> Wait:
        """What came cannot be used: it is fetched again, a few times; then it is lost."""
        if self.claim.troubles < BROKEN_FILES:
            return Wait(seconds=5.0 * 2**self.claim.troubles, fraction=0.9, trouble=error.message)
        paid = _amount(collected.purchase)
        raise self._lost(collected.purchase, f"What {paid} was paid for is broken at the vendor.") from error

    def _lost(self, purchase: Purchase, message: str) -> VendorError:
        purchases.lose(self.studio.db, self.studio.now(), purchase.id, message)
        return VendorRejected(message, "Press Retry to buy it once more.")

    def _asked(self, vendor: Vendor, call: Callable[[], Answer]) -> Answer:
        """The vendor's answer; how it does is remembered."""
        health = self.studio.health
        try:
            answer = call()
        except VendorError as error:
            if isinstance(error, RateLimited):
                self.studio.paces.limited(vendor.name, error.delay, self.studio.passed())
            health[vendor.name] = after(health.get(vendor.name, Health()), type(error), self.studio.now())
            raise
        health[vendor.name] = after(health.get(vendor.name, Health()), None, self.studio.now())
        return answer

    def _recorded(self, write: Callable[[], Any]) -> None:
        """Writes what is worth money, again and again until the database takes it.

        Told to stop, it is tried once more; then whoever comes next asks the vendor.
        """
        pause = AGAIN
        while True:
            last = self.stopping.is_set()
            try:
                write()
                return
            except Broken as error:
                log.warning("what was bought could not be recorded: %s", error.sentence)
                if last:
                    raise
            self.stopping.wait(pause)
            pause = min(pause * 2, 5.0)


def _patience(claim: Claim, error: RepriseError) -> float:
    """Seconds until a vendor that cannot answer now is asked again: what it says, else longer each time."""
    usual = min(MAX_PATIENCE, 2.0 * 2 ** min(claim.troubles, 10))
    return max(error.delay, 1.0) if isinstance(error, RateLimited) else usual


def _amount(purchase: Purchase) -> str:
    micros = purchase.actual_micros if purchase.actual_micros is not None else purchase.reserved_micros
    return price(from_micros(micros))


def scopes(studio: Studio, owner: str, project_id: str, film: str | None) -> tuple[Scope, ...]:
    """Every budget that a purchase for the project counts against, in the order in which they are taken."""
    settings, month = studio.settings, studio.now().strftime("%Y-%m")
    found = [Scope(id=film, label="what was approved for this film", cap=0, owner=owner)] if film else []
    return (
        *found,
        Scope(id=f"project:{project_id}", label="the cap of this project", cap=_micros(settings.cap_project_usd),
              owner=owner),
        Scope(id=f"user:{owner}", label="your cap", cap=_micros(settings.cap_user_usd), owner=owner),
        Scope(id=f"month:{month}", label="this month's cap", cap=_micros(settings.cap_month_usd)),
        Scope(id="workspace", label="the cap of this workspace", cap=_micros(settings.cap_workspace_usd)),
    )  # fmt: skip


def _micros(amount: Decimal | None) -> int | None:
    return None if amount is None else to_micros(usd(amount))
