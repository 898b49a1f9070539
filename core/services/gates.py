"""What a job that waits for a person's yes lacks: money of its approval, or room under another cap."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.db import spend as rows
from core.db.tables import Job, Step
from core.domain.money import price, usd
from core.domain.money_views import BudgetView
from core.domain.views import GateView
from core.domain.work import HERE, StepState
from core.services import pricing
from core.services.spend import counting
from core.services.studio import Studio

ASKS = {"cut": "The clips are here. Look at them, then have the film cut."}
"""What a person is asked before a step of that kind."""
TO_BUY = (StepState.GATE, StepState.READY, StepState.BLOCKED, StepState.RUNNING, StepState.WAITING)


def gate(studio: Studio, job: Job, steps: Sequence[Step]) -> GateView | None:
    """Why the job waits and what would have to be approved for all of it; None when nothing waits at a gate."""
    waiting = [step for step in steps if step.state == StepState.GATE]
    if not waiting:
        return None
    reason = next((step for step in waiting if step.problem), None)
    needed = _still_to_buy(studio, job, steps)
    lacks = {view: _lacks(view, needed) for view in counting(studio, job.owner, job.project_id, job.budget_id)}
    return GateView(
        message=reason.problem if reason else ASKS.get(waiting[0].kind, f"“{waiting[0].label}” waits for your yes."),
        remedy=reason.remedy if reason else "",
        needed=needed,
        missing=next((lack for view, lack in lacks.items() if view.kind == "film"), usd(0)),
        full=tuple(
            f"{_named(view)} has {price(view.left or usd(0))} left of {price(view.cap or usd(0))}"
            for view, lack in lacks.items()
            if lack and view.kind != "film"
        ),
    )


def _lacks(view: BudgetView, needed: Decimal) -> Decimal:
    """US dollars that a budget has too few, with what was billed beyond it; 0 when it has enough."""
    if view.cap is None:
        return usd(0)
    return max(usd(0), needed - (view.cap - view.reserved - view.spent))


def _named(view: BudgetView) -> str:
    return {
        "project": "The cap of this project",
        "user": "Your own cap",
        "month": f"The cap of {view.label}",
        "workspace": "The cap of this workspace",
    }[view.kind]


def _still_to_buy(studio: Studio, job: Job, steps: Sequence[Step]) -> Decimal:
    """US dollars of every step that has to be bought and is not yet."""
    open_ = [step for step in steps if step.pool != HERE and step.state in TO_BUY]
    owed = rows.owed_keys(studio.db, job.project_id, [step.key for step in open_]) if open_ else set()
    return sum((pricing.of_step(studio, step) for step in open_ if step.key not in owed), usd(0))
