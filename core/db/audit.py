"""What must always hold of work and money, asked of the database itself: only reads, and each finding is a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import case, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from core.db.money import Budget, Entry, Purchase
from core.db.session import Database
from core.db.tables import Job, Need, Step, Worker
from core.domain.work import CLOSED, LIVE_JOBS, OPEN_PURCHASES, JobState, PurchaseState, StepState


def audit(db: Database) -> list[str]:
    """Every breach that can be found, in one moment's view; none when all is as it should be."""
    with db.read() as s:
        return [finding for check in CHECKS for finding in check(s)]


def _balances(s: Session) -> Iterator[str]:
    """A balance is the sum of its ledger."""
    sums = select(Entry.budget_id, func.sum(Entry.reserved), func.sum(Entry.spent)).group_by(col(Entry.budget_id))
    summed = {budget: (int(reserved), int(spent)) for budget, reserved, spent in s.exec(sums)}
    for budget in s.exec(select(Budget)):
        if (budget.reserved, budget.spent) != summed.get(budget.id, (0, 0)):
            yield f"Budget {budget.id} says {budget.reserved} reserved and {budget.spent} spent; its ledger does not."


def _caps(s: Session) -> Iterator[str]:
    """Nothing is reserved or spent beyond a cap, but for what vendors billed above their quote."""
    total = col(Budget.reserved) + col(Budget.spent)
    for budget in s.exec(select(Budget).where(col(Budget.cap).is_not(None), total > col(Budget.cap) + Budget.overage)):
        yield f"Budget {budget.id} has passed its cap."


def _entries(s: Session) -> Iterator[str]:
    """What a purchase has in every budget is what the purchase itself says."""
    open_ = col(Purchase.state).in_(OPEN_PURCHASES)
    reserved = case((open_, Purchase.reserved_micros), else_=0)
    spent = case((open_, 0), else_=func.coalesce(Purchase.actual_micros, 0))
    query = (
        select(Purchase.id, Entry.budget_id)
        .join(Entry, col(Entry.purchase_id) == col(Purchase.id))
        .group_by(col(Purchase.id), col(Entry.budget_id))
        .having((func.sum(Entry.reserved) != func.max(reserved)) | (func.sum(Entry.spent) != func.max(spent)))
    )
    for purchase, budget in s.exec(query):
        yield f"Purchase {purchase} and its lines in budget {budget} do not agree."


def _unrecorded(s: Session) -> Iterator[str]:
    """What costs has been reserved first."""
    lines = select(Entry.purchase_id)
    query = select(Purchase.id).where(Purchase.reserved_micros > 0, col(Purchase.id).not_in(lines))
    for purchase in s.exec(query):
        yield f"Purchase {purchase} is in no budget."


def _closed(s: Session) -> Iterator[str]:
    """A closed purchase knows what it cost."""
    query = select(Purchase.id).where(col(Purchase.state).in_(CLOSED), col(Purchase.actual_micros).is_(None))
    for purchase in s.exec(query):
        yield f"Purchase {purchase} is closed without a cost."


def _bought_twice(s: Session) -> Iterator[str]:
    """One output is paid for once, unless what was paid for was lost."""
    query = (
        select(Purchase.project_id, Purchase.key)
        .where(Purchase.state == PurchaseState.SUCCEEDED, Purchase.reserved_micros > 0, col(Purchase.lost).is_(False))
        .group_by(col(Purchase.project_id), col(Purchase.key))
        .having(func.count() > 1)
    )
    for project, key in s.exec(query):
        yield f"Output {key[:12]} of project {project} was bought twice."


def _blocked(s: Session) -> Iterator[str]:
    """A blocked step waits for as many steps as it says."""
    needed = aliased(Step)
    left = func.sum(case((col(needed.state) != StepState.DONE, 1), else_=0))
    query = (
        select(Step.id, Step.state, Step.waits_for, left)
        .join(Need, col(Need.step_id) == col(Step.id))
        .join(needed, col(needed.id) == col(Need.needs_id))
        .where(col(Step.reused).is_(False))
        .group_by(col(Step.id), col(Step.state), col(Step.waits_for))
        .having(Step.waits_for != left)
    )
    for step, state, says, is_ in s.exec(query):
        yield f"Step {step} ({state}) says that it waits for {says} steps; it is {is_}."


def _stuck(s: Session) -> Iterator[str]:
    """A live job has something to do or to wait for."""
    moving = (StepState.READY, StepState.RUNNING, StepState.WAITING, StepState.GATE, StepState.IN_DOUBT)
    alive = select(Step.job_id).where(col(Step.state).in_(moving))
    for job in s.exec(select(Job.id).where(col(Job.state).in_(LIVE_JOBS), col(Job.id).not_in(alive))):
        yield f"Job {job} is live and nothing of it can go on."


def _misplaced(s: Session) -> Iterator[str]:
    """Nothing starts in a job that stands still, and a job that is done is done."""
    query = select(Step.id, Job.state).join(Job, col(Job.id) == col(Step.job_id))
    idle = (StepState.READY, StepState.GATE, StepState.BLOCKED)
    for step, state in s.exec(query.where(col(Step.state).in_(idle), col(Job.state).not_in(LIVE_JOBS))):
        yield f"Step {step} could start though its job is {state}."
    for step, _ in s.exec(query.where(Step.state != StepState.DONE, Job.state == JobState.DONE)):
        yield f"Step {step} is not done though its job is."


def _workers(s: Session) -> Iterator[str]:
    """A running step is in somebody's hands."""
    known = select(Worker.id)
    nobody = col(Step.worker_id).is_(None) | col(Step.worker_id).not_in(known)
    for step in s.exec(select(Step.id).where(Step.state == StepState.RUNNING, nobody)):
        yield f"Step {step} is running in nobody's hands."


def _unfollowed(s: Session) -> Iterator[str]:
    """What is open at a vendor has a step that follows it."""
    following = (StepState.RUNNING, StepState.WAITING, StepState.IN_DOUBT, StepState.READY)
    open_ = select(Purchase).where(col(Purchase.state).in_(OPEN_PURCHASES))
    for purchase in s.exec(open_):
        query = select(Step.id).join(Job, col(Job.id) == col(Step.job_id))
        query = query.where(Job.project_id == purchase.project_id, Step.key == purchase.key)
        if s.exec(query.where(col(Step.state).in_(following)).limit(1)).first() is None:
            yield f"Purchase {purchase.id} is open and no step follows it."


CHECKS: tuple[Callable[[Session], Iterator[str]], ...] = (
    _balances,
    _caps,
    _entries,
    _unrecorded,
    _closed,
    _bought_twice,
    _blocked,
    _stuck,
    _misplaced,
    _workers,
    _unfollowed,
)
