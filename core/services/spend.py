"""What was spent, for the costs page."""

from __future__ import annotations

from datetime import timedelta

from core.db import spend as rows
from core.domain.money import from_micros
from core.domain.views import SpendRow, SpendView
from core.services.studio import Studio


def summary(studio: Studio, owner: str, *, days: int | None = None) -> SpendView:
    """Purchases grouped by day, project, component and model; of the last `days`, or all."""
    since = studio.now() - timedelta(days=days) if days else None
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
