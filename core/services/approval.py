"""What a plan costs, line by line, and the approval that locks it."""

from __future__ import annotations

from decimal import Decimal

from core import facts
from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Approval
from core.domain.catalogue import ModelCard
from core.domain.errors import Conflict, NotFound
from core.domain.money import price, to_micros, usd
from core.domain.plan import Plan
from core.domain.views import PriceLine, QuoteView
from core.domain.work import LIVE_JOBS
from core.services import recipes
from core.services.studio import Studio
from core.services.vendors import model_for


def quote_plan(plan: Plan) -> QuoteView:
    """The itemised price of making a plan."""
    lines = [_line("script", "Plan and script", model_for("language"), Decimal(1), "1 script")]
    lines.append(
        _line("stills", "Storyboard", model_for("still"), Decimal(len(plan.scenes)), f"{len(plan.scenes)} stills")
    )
    for number, scene in enumerate(plan.scenes, start=1):
        seconds = Decimal(str(scene.seconds))
        label = f"Clip of scene {number}" + (f": {scene.title}" if scene.title else "")
        lines.append(_line("clips", label, model_for("video", scene.model), seconds, f"{scene.seconds:.1f} s"))
    letters = sum(len(s.narration) for s in plan.scenes)
    if plan.voice.enabled and letters:
        lines.append(_line("voice", "Voice", model_for("speech"), Decimal(letters), f"{letters} characters"))
    if plan.music.enabled:
        lines.append(_line("music", "Music", model_for("music"), Decimal(1), f"{plan.seconds:.0f} s"))
    lines.append(
        PriceLine(
            component="storage",
            label="Storage",
            quantity="this machine",
            vendor="local",
            model="disk",
            rule="free, on your own disk",
            amount=usd(0),
        )
    )
    checked = min(c.checked for c in facts.catalogue())
    return QuoteView(lines=tuple(lines), total=sum((x.amount for x in lines), usd(0)), priced_on=checked.isoformat())


def _line(component: str, label: str, card: ModelCard, units: Decimal, quantity: str) -> PriceLine:
    return PriceLine(
        component=component,
        label=label,
        quantity=quantity,
        vendor=card.vendor,
        model=card.id,
        rule=card.rule,
        amount=usd(card.price * units),
    )


def quote(studio: Studio, owner: str, project_id: str) -> QuoteView:
    """The price of the plan as it stands."""
    return quote_plan(_newest_plan(studio, owner, project_id)[1])


def approve(studio: Studio, owner: str, project_id: str, *, revision: int, total: Decimal) -> str:
    """Locks revision and price, and starts production; answers the job.

    Conflict when the plan or its price is no longer what the person saw. Approving the same revision
    again while it is being made changes nothing.
    """
    number, plan = _newest_plan(studio, owner, project_id)
    if number != revision:
        raise Conflict("The plan was changed after you looked at it.", "Look at the newest version and approve that.")
    quoted = quote_plan(plan)
    if quoted.total != total:
        raise Conflict(
            f"The price is {price(quoted.total)}, not {price(total)}.", "Look at the new price and approve that."
        )
    found = jobs.newest_job(studio.db, owner, project_id, "film")
    if found and found[0].revision == revision and found[0].state in LIVE_JOBS:
        return found[0].id
    rows.add_approval(
        studio.db,
        Approval(
            owner=owner,
            project_id=project_id,
            revision=revision,
            total_micros=to_micros(quoted.total),
            quote=[
                {"component": x.component, "label": x.label, "model": x.model, "rule": x.rule, "usd": str(x.amount)}
                for x in quoted.lines
            ],
            priced_on=quoted.priced_on,
            created=studio.now(),
        ),
    )
    return recipes.record_film(studio, rows.get_project(studio.db, owner, project_id), plan, revision)


def _newest_plan(studio: Studio, owner: str, project_id: str) -> tuple[int, Plan]:
    found = revisions.history(studio.db, owner, project_id, limit=1)
    if not found:
        raise NotFound("There is no plan yet.", "It is written once the sample is measured.")
    return found[0].number, Plan.model_validate(found[0].plan)
