"""The storyboard: a still per scene, and another one on request."""

from __future__ import annotations

from decimal import Decimal

from core.db import jobs
from core.db import projects as rows
from core.db.tables import Approval
from core.domain.edits import Redo
from core.domain.money import to_micros, usd
from core.domain.plan import Plan
from core.domain.views import FrameView, RevisionView
from core.domain.work import StepState
from core.services import intake, planning, pricing, recipes, second_look, stills
from core.services.studio import Studio
from core.services.vendors import crew_card


def frames(studio: Studio, owner: str, project_id: str, plan: Plan | None = None) -> tuple[FrameView, ...]:
    """The stills of the plan as it stands, or of an earlier one, in its order."""
    newest = planning.current(studio, owner, project_id)
    if newest is None:
        return ()
    plan = plan or newest.plan
    project = rows.get_project(studio.db, owner, project_id)
    keys = [recipes.still_step(studio, project, plan, i).key for i in range(len(plan.scenes))]
    made = jobs.outputs(studio.db, project_id, keys)
    drawn = rows.assets_by_id(studio.db, owner, [o.result["asset"] for o in made.values()])
    job = jobs.newest_job(studio.db, owner, project_id, "storyboard")
    steps = {s.key: s for s in job[1]} if job else {}
    out = []
    for scene, key in zip(plan.scenes, keys, strict=True):
        still = drawn.get(made[key].result["asset"]) if key in made else None
        step = steps.get(key)
        state = StepState.DONE if still else StepState(step.state) if step else StepState.READY
        view = intake.asset_view(still) if still else None
        out.append(FrameView(scene_id=scene.id, state=state, still=view, problem=step.problem if step else ""))
    return tuple(out)


def price_of_missing(studio: Studio, owner: str, project_id: str) -> tuple[int, Decimal]:
    """How many stills a vendor is still to draw for the plan as it stands, and what they cost at the most.

    UnknownPrice, Retired: nobody can buy them.
    """
    newest = planning.current(studio, owner, project_id)
    if newest is None:
        return 0, usd(0)
    missing = stills.missing(studio, rows.get_project(studio.db, owner, project_id), newest.plan)
    card = crew_card(studio, newest.plan, "still")
    if not missing or card is None:
        return 0, usd(0)
    return len(missing), pricing.still(studio, card, newest.plan) * len(missing)


def draw(studio: Studio, owner: str, project_id: str, *, by: str | None = None) -> None:
    """Has the stills drawn that are missing; a person has asked for it, so those of a vendor are bought.

    They cost what `price_of_missing` says and no more: that is recorded as approved. ReviewNeeded when the limits
    want a colleague to look before this person spends it.
    """
    newest = planning.require(studio, owner, project_id)
    project = rows.get_project(studio.db, owner, project_id)
    number, amount = price_of_missing(studio, owner, project_id)
    if amount:
        second_look.require_reviewed(studio, owner, project_id, newest.number, amount, by=by)
    approval = Approval(
        owner=owner,
        project_id=project_id,
        revision=0,  # of no revision: the film is approved by itself
        total_micros=to_micros(amount),
        quote=[{"component": "stills", "label": f"{number} stills", "usd": str(amount)}],
        priced_on=studio.now().date().isoformat(),
        created=studio.now(),
    )
    recipes.record_storyboard(studio, project, newest.plan, newest.number, approval=approval if number else None)


def redo(studio: Studio, owner: str, project_id: str, scene_id: str, *, author: str = "you") -> RevisionView:
    """The same scene drawn once more, with another seed; a revision like any other."""
    newest = planning.require(studio, owner, project_id)
    view, _ = planning.edit(studio, owner, project_id, [Redo(scenes=(scene_id,))], base=newest.number, author=author)
    return view
