"""What models did here, as far as purchases tell: only reads."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sqlmodel import col, select

from core.db.money import Purchase
from core.db.session import Database
from core.domain.estimates import History
from core.domain.work import PurchaseState

LOOKED_BACK = 500
"""Purchases that are learnt from, the newest."""
PAID_FOR_NOTHING = (PurchaseState.FAILED, PurchaseState.CANCELLED, PurchaseState.WRITTEN_OFF)


def histories(db: Database) -> dict[str, History]:
    """By model: how many were paid until one was kept, actual over quoted, and seconds from order to close."""
    query = select(Purchase).where(Purchase.reserved_micros > 0, col(Purchase.closed).is_not(None))
    with db.read() as s:
        rows = list(s.exec(query.order_by(col(Purchase.created).desc()).limit(LOOKED_BACK)))[::-1]
    attempts: dict[str, list[int]] = defaultdict(list)
    ratios: dict[str, list[Decimal]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    paid: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        wanted = (row.project_id, row.key, row.model)
        if row.actual_micros and row.state in PAID_FOR_NOTHING:
            paid[wanted] += 1
        if row.state != PurchaseState.SUCCEEDED:
            continue
        attempts[row.model].append(paid.pop(wanted, 0) + 1)
        ratios[row.model].append(Decimal(row.actual_micros or 0) / row.reserved_micros)
        if row.closed and row.submitted:
            seconds[row.model].append(max(0.0, (row.closed - row.submitted).total_seconds()))
    return {
        model: History(attempts=tuple(found), ratios=tuple(ratios[model]), seconds=tuple(seconds[model]))
        for model, found in attempts.items()
    }
