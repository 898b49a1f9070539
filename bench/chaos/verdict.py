"""The verdict on a run: what was promised, counted from the vendor's books and the database, not from the engine's."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from sqlmodel import Session, col, select

from bench.chaos.people import People, prompt_of
from core.db.money import Budget, Entry, Purchase
from core.db.tables import Job, Output, Step
from core.domain.work import LIVE_JOBS, OPEN_PURCHASES, JobState, PurchaseState
from core.services import checkup
from core.services.studio import Studio

MUST_BE_ZERO = ("lost", "stuck", "bought_twice", "overspent")


def unfinished(studio: Studio) -> list[str]:
    """Jobs that have not ended, and purchases that are open."""
    with studio.db.read() as s:
        live = s.exec(select(Job).where(col(Job.state).in_((*LIVE_JOBS, JobState.FAILED)))).all()
        open_ = s.exec(select(Purchase).where(col(Purchase.state).in_(OPEN_PURCHASES))).all()
        uncollected = _uncollected(s)
    return [
        *(f"job {job.id} is {job.state}: {job.problem}" for job in live),
        *(f"purchase {purchase.id} is {purchase.state}: {purchase.note}" for purchase in open_),
        *uncollected,
    ]


def _uncollected(s: Session) -> list[str]:
    """What was paid for and is neither here nor known to be lost."""
    paid = select(Purchase).where(Purchase.state == PurchaseState.SUCCEEDED, col(Purchase.lost).is_(False))
    missing = [p for p in s.exec(paid.where(Purchase.reserved_micros > 0)) if not s.get(Output, (p.project_id, p.key))]
    return [f"purchase {p.id} is paid and was not collected" for p in missing]


def overspent(studio: Studio) -> list[str]:
    """Budgets of which more is taken than there is."""
    with studio.db.read() as s:
        capped = s.exec(select(Budget).where(col(Budget.cap).is_not(None)))
        return [b.id for b in capped if b.reserved + b.spent > (b.cap or 0)]


def verdict(studio: Studio, people: People, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of a run in which everything has come to rest."""
    stuck, beyond = unfinished(studio), overspent(studio)
    with studio.db.read() as s:
        lost, twice, steps = _lost(s, studio, people), _bought_twice(s, tasks), list(s.exec(select(Step)))
        ledger = sum(e.spent for e in s.exec(select(Entry).where(Entry.budget_id == "workspace")))
        jobs = Counter(s.exec(select(Job.state)).all())
    findings = [*checkup.findings(studio), *people.faults, *stuck, *lost, *twice, *beyond]
    return {
        "jobs": sum(jobs.values()),
        "paid_steps": sum(step.pool != "here" and step.state == "done" and not step.reused for step in steps),
        "lost": len(lost),
        "stuck": len(stuck),
        "bought_twice": len(twice),
        "overspent": len(beyond),
        "charges": sum(task["cost_micros"] > 0 for task in tasks),
        "vendor_micros": sum(task["cost_micros"] for task in tasks),
        "ledger_micros": ledger,
        "states": dict(jobs),
        "people": dict(people.did),
        "findings": findings,
    }


def _lost(s: Session, studio: Studio, people: People) -> list[str]:
    """Jobs that are done without what they should have made, or have stopped though nobody has stopped them."""
    found = []
    for job in s.exec(select(Job)):
        steps = s.exec(select(Step).where(Step.job_id == job.id)).all()
        outputs = [s.get(Output, (job.project_id, step.key)) for step in steps]
        whole = all(o and all(studio.storage.has(blob) for blob in o.blobs) for o in outputs)
        if job.state == JobState.DONE and not whole:
            found.append(f"job {job.id} is done and its output is not there")
        replaced = "replaced" in job.problem
        if job.state == JobState.CANCELLED and job.id not in people.cancelled and not replaced:
            found.append(f"job {job.id} was cancelled by nobody: {job.problem}")
    return found


def _bought_twice(s: Session, tasks: list[dict[str, Any]]) -> list[str]:
    """Charges for the same words beyond one for each output that they are of, and beyond those known to be in vain.

    By the words of the order and not by keys or ids, which are the engine's own.
    """
    charged = Counter(task["prompt"] for task in tasks if task["cost_micros"] > 0)
    outputs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    in_vain: Counter[str] = Counter()
    bought = select(Purchase, Step).join(Step, col(Step.id) == col(Purchase.step_id))
    for purchase, step in s.exec(bought.where(Purchase.reserved_micros > 0)):
        prompt = prompt_of(step)
        if purchase.state == PurchaseState.SUCCEEDED and not purchase.lost:
            outputs[prompt].add((purchase.project_id, purchase.key))
        elif purchase.actual_micros and (purchase.lost or purchase.state != PurchaseState.SUCCEEDED):
            in_vain[prompt] += 1
    return [
        f"“{prompt[:60]}” was bought {count} times for {len(outputs[prompt])} outputs"
        for prompt, count in charged.items()
        for _ in range(count - len(outputs[prompt]) - in_vain[prompt])
    ]
