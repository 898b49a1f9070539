"""Money as people see it: what was spent, what was ordered, the caps and what is left of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from core.db import budgets as books
from core.db import jobs, projects, purchases
from core.db import spend as rows
from core.db.budgets import Scope
from core.db.money import Budget, Purchase
from core.db.spend import Which
from core.domain.errors import BadInput, NotFound
from core.domain.money import from_micros, price, to_micros, usd
from core.domain.money_views import (
    BudgetsView,
    BudgetView,
    LedgerLine,
    PurchasesView,
    PurchaseView,
    SpendRow,
    SpendView,
)
from core.domain.work import PurchaseState
from core.services.buying import scopes
from core.services.studio import Studio
from core.services.vendors import model_name, vendor_name

HIGHEST_CAP = Decimal(10_000_000)
"""US dollars that a cap may be: more is a slip of the finger."""
NEWEST = 12
"""Films and projects whose budgets are shown."""
FETCHING = timedelta(minutes=2)
"""As long as this what is paid is simply on its way."""
MOST_ORDERS = 200
"""Orders that are shown at once."""


def summary(studio: Studio, owner: str, *, days: int | None = None) -> SpendView:
    """Purchases grouped by day, project, component and model; of the last `days`, or all."""
    since = _since(studio, days)
    found = tuple(
        SpendRow(
            day=day,
            project_id=project_id,
            project=project,
            component=component,
            vendor=vendor,
            model=model,
            purchases=count,
            amount=from_micros(micros),
        )
        for day, project_id, project, component, vendor, model, count, micros in rows.grouped(studio.db, owner, since)
    )
    return SpendView(
        total=from_micros(rows.total(studio.db, owner, since)),
        films=rows.films(studio.db, owner, since),
        purchases=sum(r.purchases for r in found),
        rows=found,
    )


def orders(studio: Studio, owner: str, *, days: int | None = None, which: Which = "all") -> PurchasesView:
    """What was ordered from vendors in the last `days` or ever, quoted against billed, the newest first."""
    since = _since(studio, days)
    found, total = rows.ordered(studio.db, owner, since, which, MOST_ORDERS)
    quoted, actual, alarming = rows.quoted_and_billed(studio.db, owner, since)
    return PurchasesView(
        items=tuple(_order(studio, *each) for each in found),
        total=total,
        quoted=from_micros(quoted),
        actual=from_micros(actual),
        alarming=alarming,
    )


def tries(studio: Studio, owner: str, project_id: str) -> dict[str, tuple[PurchaseView, ...]]:
    """By scene, all that was ordered from vendors for its clip in the newest film, the first try first."""
    found = jobs.newest_job(studio.db, owner, project_id, "film")
    scenes = {step.key: step.scene_id for step in found[1] if step.kind == "clip" and step.scene_id} if found else {}
    made: dict[str, list[PurchaseView]] = {}
    for row, title, label in rows.ordered_for(studio.db, owner, project_id, list(scenes)):
        made.setdefault(scenes[row.key], []).append(_order(studio, row, title, label))
    return {scene: tuple(views) for scene, views in made.items()}


def to_collect(studio: Studio, owner: str) -> tuple[PurchaseView, ...]:
    """What has been paid for a while and is not here yet, the newest first."""
    found, _ = rows.ordered(studio.db, owner, None, "to_collect", MOST_ORDERS)
    until = studio.now() - FETCHING
    return tuple(_order(studio, *each) for each in found if each[0].closed and each[0].closed < until)


def _order(studio: Studio, row: Purchase, title: str, scene: str) -> PurchaseView:
    quoted, actual = row.reserved_micros, row.actual_micros
    compared = row.state == PurchaseState.SUCCEEDED and actual is not None and quoted > 0
    return PurchaseView(
        id=row.id,
        project_id=row.project_id,
        title=title,
        scene=scene,
        vendor=vendor_name(row.vendor),
        model=model_name(studio, row.model),
        state=PurchaseState(row.state),
        ordered=row.created,
        quoted=from_micros(quoted),
        actual=None if actual is None else from_micros(actual),
        task=row.external_id,
        note=row.note,
        lost=row.lost,
        variance=(actual or 0) / quoted - 1 if compared else None,
        is_alarming=actual is not None and actual > quoted * purchases.ALERT,
    )


def _since(studio: Studio, days: int | None) -> datetime | None:
    return studio.now() - timedelta(days=days) if days else None


def budgets(studio: Studio, owner: str) -> BudgetsView:
    """Every cap that this owner works with; of projects and films the newest."""
    user, month, workspace = (view for view in counting(studio, owner, "") if view.kind != "project")
    found = rows.project_budgets(studio.db, owner, NEWEST)
    return BudgetsView(
        month=month,
        user=user,
        workspace=workspace,
        projects=tuple(
            _budget(scope, row, label=project.title, project_id=project.id)
            for row, project in found
            for scope in scopes(studio, owner, project.id, None)
            if scope.id == row.id
        ),
        films=tuple(
            _budget(
                Scope(id=row.id, label="", cap=None, owner=owner),
                row,
                label=f"{project.title}, revision {approval.revision}",
                project_id=project.id,
            )
            for row, approval, project in rows.film_budgets(studio.db, owner, NEWEST)
        ),
    )


def counting(studio: Studio, owner: str, project_id: str, film: str | None = None) -> tuple[BudgetView, ...]:
    """The budgets that whatever is bought for a project counts against; `film` is that of an approved film."""
    found = scopes(studio, owner, project_id, film)
    known = books.budgets(studio.db, [scope.id for scope in found])
    return tuple(_budget(scope, known.get(scope.id), project_id=project_id or None) for scope in found)


def _budget(scope: Scope, row: Budget | None, *, label: str | None = None, project_id: str | None = None) -> BudgetView:
    kind = scope.id.partition(":")[0]
    chosen = row is not None and row.chosen
    cap = row.cap if row is not None and row.chosen else scope.cap
    reserved, spent, overage = (row.reserved, row.spent, row.overage) if row else (0, 0, 0)
    return BudgetView(
        id=scope.id,
        kind=kind,
        label=label or _label(scope.id, kind),
        cap=_dollars(cap),
        chosen=chosen,
        by_settings=_dollars(scope.cap),
        reserved=from_micros(reserved),
        spent=from_micros(spent),
        left=None if cap is None else from_micros(max(0, cap - reserved - spent)),
        overage=from_micros(overage),
        project_id=project_id if kind in ("film", "project") else None,
    )


def _label(scope_id: str, kind: str) -> str:
    if kind == "month":
        return f"{datetime.strptime(scope_id, 'month:%Y-%m'):%B %Y}"  # noqa: DTZ007  a month, not a moment
    return {"film": "This film", "project": "This project", "user": "You", "workspace": "Everybody here"}[kind]


def _dollars(micros: int | None) -> Decimal | None:
    return None if micros is None else from_micros(micros)


def set_cap(studio: Studio, owner: str, budget_id: str, amount: Decimal | None) -> None:
    """A cap of one's own in US dollars, in place of the settings'; None takes every limit away.

    What is spent or set aside already stays so. BadInput for an amount that cannot be a cap, and for a film: what
    that may cost is approved.
    """
    if amount is not None and not (amount.is_finite() and 0 <= amount <= HIGHEST_CAP):
        raise BadInput(f"{amount} cannot be a cap.", f"Say US dollars from 0 to {price(HIGHEST_CAP)}.")
    scope = _own_scope(studio, owner, budget_id)
    books.set_cap(studio.db, studio.now(), scope, None if amount is None else to_micros(usd(amount)))


def follow_settings(studio: Studio, owner: str, budget_id: str) -> None:
    """Takes one's own cap back. NotFound when there is none."""
    books.follow_settings(studio.db, _own_scope(studio, owner, budget_id))


def _own_scope(studio: Studio, owner: str, budget_id: str) -> Scope:
    """A budget whose cap this owner may set; NotFound otherwise."""
    kind, _, name = budget_id.partition(":")
    if kind == "film":
        raise BadInput("What a film may cost is what was approved for it.", "Approve more where it is being made.")
    if kind == "project":
        projects.get_project(studio.db, owner, name)
    for scope in scopes(studio, owner, name, None):
        if scope.id == budget_id:
            return scope
    raise NotFound("There is no such budget.", "Look at the caps on the costs page.")


def ledger(studio: Studio, owner: str, budget_id: str, *, limit: int = 100) -> tuple[LedgerLine, ...]:
    """The newest lines of a budget that are this owner's."""
    return tuple(
        LedgerLine(
            at=entry.at,
            kind=entry.kind,
            title=title,
            scene=scene,
            model=model_name(studio, purchase.model),
            reserved=from_micros(entry.reserved),
            spent=from_micros(entry.spent),
        )
        for entry, purchase, title, scene in rows.ledger(studio.db, owner, budget_id, limit)
    )
