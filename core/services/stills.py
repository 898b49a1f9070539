"""Which stills of a plan a vendor is still to draw."""

from __future__ import annotations

from core.db import jobs
from core.db import projects as rows
from core.db.tables import Project
from core.db.work import NewStep
from core.domain.errors import Conflict
from core.domain.plan import Plan
from core.domain.work import HERE
from core.services import recipes
from core.services.studio import Studio


def require_drawn(studio: Studio, owner: str, project_id: str, plan: Plan) -> None:
    """Nothing, when every still that a vendor draws is there: a clip is filmed from what was seen. Conflict."""
    lacking = missing(studio, rows.get_project(studio.db, owner, project_id), plan)
    if lacking:
        raise Conflict(
            f"{len(lacking)} of {len(plan.scenes)} stills are not drawn yet.",
            "Have the storyboard drawn, look at it, then approve the film.",
        )


def missing(studio: Studio, project: Project, plan: Plan) -> list[NewStep]:
    """The stills that a vendor is still to draw."""
    steps = [recipes.still_step(studio, project, plan, i) for i in range(len(plan.scenes))]
    bought = {step.key: step for step in steps if step.pool != HERE}
    made = jobs.outputs(studio.db, project.id, list(bought)) if bought else {}
    return [step for key, step in bought.items() if key not in made]
