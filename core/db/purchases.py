"""Purchases: recorded with their money before the call, closed exactly once, whoever finds out.

A purchase belongs to the output that it buys (project and key): a step of a later job that needs the same
output goes on with it instead of buying again. What is written here outlives a power cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import Session, col, select

from core.db import budgets
from core.db.money import Purchase
from core.db.moves import lock, move, move_purchase, note
from core.db.session import Database
from core.db.tables import Job, Output, Step
from core.domain.errors import Cancelled, Conflict, NotFound
from core.domain.work import LIVE_JOBS, OPEN_PURCHASES, PurchaseState, StepState

if TYPE_CHECKING:
    from core.db.slices import Claim

ALERT = 1.2
"""An actual cost above its reservation times this is worth an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is bought."""

    component: str
    vendor: str
    model: str
    quantity: float
    unit: str
    micros: int = 0


def intent(
    db: Database, now: datetime, claim: Claim, line: Line, scopes: Sequence[budgets.Scope], *, after_first: bool = False
) -> Purchase | None:
    """Records what is going to be bought and reserves its money: the new purchase.

    None when nothing is recorded: because a purchase of the same output is open, or, where it is bought
    `after_first`, because the project's first of that model is still awaited. Cancelled when the job stands
    still or the step was taken away; OverBudget when a cap would be passed. Nothing is recorded then either.
    """
    with db.write(durable=True) as s:
        step = _wanted(s, claim)
        if _open(s, claim.project_id, claim.key) is not None:
            return None
        if after_first and _awaits_first(s, claim, line.model):
            return None
        purchase = _new(s, now, claim, step, line, PurchaseState.INTENT)
        s.add(purchase)
        s.flush()
        budgets.reserve(s, now, purchase, scopes)
        note(s, now, step.job_id, "purchase", f"{line.model}, {line.micros} micro-dollars", step.id)
        return purchase


def awaits_first(db: Database, claim: Claim, model: str) -> bool:
    """Whether the project's first output of a model is under way, so that nobody has seen yet how it does here."""
    with db.read() as s:
        return _awaits_first(s, claim, model)


def _awaits_first(s: Session, claim: Claim, model: str) -> bool:
    """The same; only work that holds a place at the vendor is waited for, or all places might be held by who waits."""
    paid = select(Purchase).where(Purchase.project_id == claim.project_id, Purchase.model == model)
    paid = paid.where(Purchase.reserved_micros > 0, Purchase.key != claim.key, col(Purchase.lost).is_(False))
    paid = paid.where(col(Purchase.state).in_((*OPEN_PURCHASES, PurchaseState.SUCCEEDED)))
    known = list(s.exec(paid))
    made = select(Output.key).where(Output.project_id == claim.project_id)
    if not known or s.exec(made.where(col(Output.key).in_([p.key for p in known])).limit(1)).first() is not None:
        return False
    in_hand = (StepState.RUNNING, StepState.WAITING)
    return any(step.state in in_hand for purchase in known for step in _steps_of(s, purchase))


def _wanted(s: Session, claim: Claim) -> Step:
    lock(s, claim.project_id)
    step = s.get(Step, claim.step_id)
    if step is None or step.fence != claim.fence or step.state != StepState.RUNNING:
        raise Cancelled("The step was taken away.")
    if s.get_one(Job, step.job_id).state not in LIVE_JOBS:
        raise Cancelled("The work was stopped.")
    return step


def may_send(db: Database, claim: Claim) -> bool:
    """Whether the step is still ours and its job still wanted: the last look before paid bytes leave."""
    try:
        with db.read() as s:
            step = s.get(Step, claim.step_id)
            if step is None or step.fence != claim.fence or step.state != StepState.RUNNING:
                return False
            return s.get_one(Job, step.job_id).state in LIVE_JOBS
    except Cancelled:
        return False


def _new(s: Session, now: datetime, claim: Claim, step: Step, line: Line, state: PurchaseState) -> Purchase:
    ordinal = s.exec(select(func.count()).where(Purchase.step_id == step.id)).one()
    return Purchase(
        id=f"{step.id}:{ordinal}",
        owner=claim.owner,
        project_id=claim.project_id,
        step_id=step.id,
        key=claim.key,
        component=line.component,
        vendor=line.vendor,
        model=line.model,
        quantity=line.quantity,
        unit=line.unit,
        reserved_micros=line.micros,
        state=state,
        created=now,
    )


def is_open(db: Database, project_id: str, key: str) -> bool:
    """Whether a purchase of that output is under way or in doubt."""
    with db.read() as s:
        return _open(s, project_id, key) is not None


def record_free(s: Session, now: datetime, claim: Claim, line: Line) -> None:
    """A line for the books of something that this machine made."""
    purchase = _new(s, now, claim, s.get_one(Step, claim.step_id), line, PurchaseState.SUCCEEDED)
    purchase.actual_micros, purchase.closed = 0, now
    s.add(purchase)


def submitted(db: Database, now: datetime, purchase_id: str, external_id: str) -> None:
    """Records the vendor's task id: a fact, whoever learnt it, so no fence is asked for.

    When the books had given the purchase up, it is owed after all: at the price that was reserved.
    """
    with db.write(durable=True) as s:
        purchase = _held(s, purchase_id)
        if purchase.external_id:
            return
        purchase.external_id, purchase.submitted = external_id, now
        job_id = s.get_one(Step, purchase.step_id).job_id
        if move_purchase(purchase, PurchaseState.SUBMITTED):
            note(s, now, job_id, "submitted", f"{purchase.vendor} task {external_id}", purchase.step_id)
            _wake(s, now, purchase)
            return
        more = purchase.reserved_micros - (purchase.actual_micros or 0)
        if more > 0:
            purchase.actual_micros = purchase.reserved_micros
            budgets.correct(s, now, purchase, more)
        purchase.note = f"The vendor had taken it after all, as task {external_id}."
        note(s, now, job_id, "bought after all", f"{purchase.vendor} task {external_id}", purchase.step_id)


def reject(db: Database, now: datetime, claim: Claim, purchase_id: str, why: str) -> bool:
    """Certainly not bought: only whoever holds the step may say so, and never over a known task."""
    with db.write(durable=True) as s:
        lock(s, claim.project_id)
        step = s.get(Step, claim.step_id)
        purchase = s.get_one(Purchase, purchase_id)
        ours = step is not None and step.fence == claim.fence and step.state == StepState.RUNNING
        if not ours or purchase.external_id:
            return False
        return _close(s, now, purchase, PurchaseState.REJECTED, 0, why)


def doubt(db: Database, now: datetime, purchase_id: str, why: str) -> None:
    """Whether it was bought is not known."""
    with db.write(durable=True) as s:
        purchase = _held(s, purchase_id)
        if move_purchase(purchase, PurchaseState.IN_DOUBT):
            purchase.note = why
            job_id = s.get_one(Step, purchase.step_id).job_id
            note(s, now, job_id, "perhaps bought", why, purchase.step_id)


def doubt_open(s: Session, project_id: str, key: str, why: str) -> None:
    """The same for the open purchase of an output, inside a transaction."""
    purchase = _open(s, project_id, key)
    if purchase is not None:
        if not purchase.external_id:
            move_purchase(purchase, PurchaseState.IN_DOUBT)
        purchase.note = why


def close(
    db: Database, now: datetime, purchase_id: str, state: PurchaseState, actual_micros: int, why: str = ""
) -> bool:
    """Closes a purchase with its real cost, and why it came to nothing; False when that was done before."""
    with db.write(durable=True) as s:
        return _close(s, now, _held(s, purchase_id), state, actual_micros, why)


def _close(s: Session, now: datetime, purchase: Purchase, state: PurchaseState, actual: int, why: str) -> bool:
    if not move_purchase(purchase, state):
        return False
    purchase.actual_micros, purchase.closed, purchase.note = actual, now, why
    budgets.settle(s, now, purchase, actual)
    job_id = s.get_one(Step, purchase.step_id).job_id
    note(s, now, job_id, f"purchase {state}", f"{actual} micro-dollars", purchase.step_id)
    if actual > purchase.reserved_micros * ALERT:
        over = f"{actual} micro-dollars instead of {purchase.reserved_micros}"
        note(s, now, job_id, "variance", over, purchase.step_id)
    if state != PurchaseState.WRITTEN_OFF:
        _wake(s, now, purchase)
    return True


def lose(db: Database, now: datetime, purchase_id: str, why: str) -> None:
    """What was paid can no longer be had."""
    with db.write(durable=True) as s:
        purchase = _held(s, purchase_id)
        purchase.lost, purchase.note = True, why
        note(s, now, s.get_one(Step, purchase.step_id).job_id, "lost", why, purchase.step_id)


def adopt(db: Database, now: datetime, owner: str, purchase_id: str, external_id: str) -> None:
    """A person has found the task at the vendor. Conflict when another purchase has it."""
    with db.write(durable=True) as s:
        purchase = _owned(s, owner, purchase_id)
        same = select(Purchase.id).where(Purchase.vendor == purchase.vendor, Purchase.external_id == external_id)
        if s.exec(same).first() is not None:
            raise Conflict("That task belongs to another scene already.", "Look for the one that nobody has yet.")
        if purchase.external_id or not move_purchase(purchase, PurchaseState.SUBMITTED):
            raise Conflict("That purchase is settled already.")
        purchase.external_id, purchase.submitted = external_id, now
        note(s, now, s.get_one(Step, purchase.step_id).job_id, "adopted", external_id, purchase.step_id)
        _wake(s, now, purchase)


def look_again(db: Database, now: datetime, owner: str, purchase_id: str) -> None:
    """Asks the vendor once more."""
    with db.write(durable=True) as s:
        _wake(s, now, _owned(s, owner, purchase_id))


def is_being_sent(db: Database, claim: Claim, purchase: Purchase) -> bool:
    """Whether the step that recorded a purchase is in a hand just now, another than the claim's.

    It may be sending the order for the first time: what anybody else does about it then proves nothing, and would
    be undone by its refusal.
    """
    if purchase.step_id == claim.step_id:
        return False
    with db.read() as s:
        step = s.get(Step, purchase.step_id)
        return step is not None and step.state == StepState.RUNNING


def nudge(db: Database, now: datetime, vendor: str, external_id: str) -> bool:
    """The vendor says that a task of its is finished: whoever waits for it looks now. False when nobody knows it."""
    query = select(Purchase.id).where(Purchase.vendor == vendor, Purchase.external_id == external_id)
    with db.read() as s:
        purchase_id = s.exec(query).first()
    if purchase_id is None:
        return False
    with db.write() as s:
        for step in _steps_of(s, _held(s, purchase_id)):
            if step.state == StepState.WAITING:
                step.due, step.announced = now, None
    return True


def write_off(db: Database, now: datetime, owner: str, purchase_id: str, *, paid: bool) -> None:
    """A person gives a purchase up, as paid or as never bought; the step starts afresh when its job is live."""
    with db.write(durable=True) as s:
        purchase = _owned(s, owner, purchase_id)
        doubtful = [step for step in _steps_of(s, purchase) if step.state == StepState.IN_DOUBT]
        if not doubtful:
            # found meanwhile, or being asked about: given up now, it would be bought once more
            raise Conflict("Nothing about that purchase is in doubt any more.")
        actual = purchase.reserved_micros if paid else 0
        why = "Written off as paid." if paid else "Written off: it was never bought."
        if not _close(s, now, purchase, PurchaseState.WRITTEN_OFF, actual, why):
            raise Conflict("That purchase is settled already.")
        for step in doubtful:
            live = s.get_one(Job, step.job_id).state in LIVE_JOBS
            move(step, StepState.READY if live else StepState.CANCELLED)
            step.due, step.attempts, step.troubles = now, 0, 0


def _wake(s: Session, now: datetime, purchase: Purchase) -> None:
    """What is in doubt about the purchase's output is looked at now."""
    for step in _steps_of(s, purchase):
        if step.state in (StepState.IN_DOUBT, StepState.WAITING):
            if step.state == StepState.IN_DOUBT:
                move(step, StepState.WAITING)
            step.due, step.announced, step.troubles = now, None, 0


def _steps_of(s: Session, purchase: Purchase) -> list[Step]:
    query = select(Step).join(Job, col(Step.job_id) == col(Job.id))
    query = query.where(Job.project_id == purchase.project_id, Step.key == purchase.key)
    return list(s.exec(query))


def _open(s: Session, project_id: str, key: str) -> Purchase | None:
    query = select(Purchase).where(Purchase.project_id == project_id, Purchase.key == key)
    return s.exec(query.where(col(Purchase.state).in_(OPEN_PURCHASES))).first()


def bought(s: Session, project_id: str, key: str) -> bool:
    """Whether that output was paid for."""
    query = select(Purchase.id).where(Purchase.project_id == project_id, Purchase.key == key)
    query = query.where(Purchase.state == PurchaseState.SUCCEEDED, Purchase.reserved_micros > 0)
    return s.exec(query.limit(1)).first() is not None


def _held(s: Session, purchase_id: str) -> Purchase:
    """The purchase, with its project held."""
    project_id = s.exec(select(Purchase.project_id).where(Purchase.id == purchase_id)).one()
    lock(s, project_id)
    return s.get_one(Purchase, purchase_id)


def _owned(s: Session, owner: str, purchase_id: str) -> Purchase:
    query = select(Purchase.project_id).where(Purchase.id == purchase_id, Purchase.owner == owner)
    project_id = s.exec(query).first()
    if project_id is None:
        raise NotFound("There is no such purchase.")
    lock(s, project_id)
    return s.get_one(Purchase, purchase_id)


def newest(db: Database, project_id: str, key: str) -> Purchase | None:
    """The purchase of an output that counts: the open one, else one that is paid and still to be had."""
    with db.read() as s:
        found = _open(s, project_id, key)
        if found is not None:
            return found
        query = select(Purchase).where(Purchase.project_id == project_id, Purchase.key == key)
        query = query.where(Purchase.state == PurchaseState.SUCCEEDED, col(Purchase.lost).is_(False))
        query = query.where(col(Purchase.external_id).is_not(None))
        return s.exec(query.order_by(col(Purchase.created).desc()).limit(1)).first()


def wanted_elsewhere(db: Database, claim: Claim) -> bool:
    """Whether a live job of the project needs the same output."""
    query = select(Step.id).join(Job, col(Step.job_id) == col(Job.id))
    query = query.where(Job.project_id == claim.project_id, Step.key == claim.key, Step.id != claim.step_id)
    query = query.where(col(Job.state).in_(LIVE_JOBS), Step.state != StepState.DONE)
    with db.read() as s:
        return s.exec(query.limit(1)).first() is not None


def job_is_live(db: Database, claim: Claim) -> bool:
    """Whether the claim's job is still wanted."""
    with db.read() as s:
        return s.get_one(Job, claim.job_id).state in LIVE_JOBS


def job_is_cancelled(db: Database, claim: Claim) -> bool:
    """Whether a person has stopped the claim's job."""
    with db.read() as s:
        return s.get_one(Job, claim.job_id).state == "cancelled"


def unknown_to_us(db: Database, vendor: str, external_ids: Sequence[str]) -> list[str]:
    """Those of a vendor's tasks that no purchase has, in the given order."""
    query = select(Purchase.external_id).where(Purchase.vendor == vendor, col(Purchase.external_id).in_(external_ids))
    with db.read() as s:
        known = set(s.exec(query))
    return [i for i in external_ids if i not in known]


def in_doubt(db: Database, owner: str) -> list[tuple[Purchase, Step]]:
    """What a person has to decide, the oldest first."""
    query = select(Purchase, Step).join(Step, col(Step.key) == col(Purchase.key))
    query = query.join(Job, (col(Job.id) == col(Step.job_id)) & (col(Job.project_id) == col(Purchase.project_id)))
    query = query.where(Purchase.owner == owner, col(Purchase.state).in_(OPEN_PURCHASES))
    with db.read() as s:
        return list(s.exec(query.where(Step.state == StepState.IN_DOUBT).order_by(col(Purchase.created))))
