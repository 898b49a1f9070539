"""The storyboard: a still per scene, and another one on request."""

from __future__ import annotations

from core.db import jobs
from core.db import projects as rows
from core.domain.edits import Redo
from core.domain.views import FrameView, RevisionView
from core.domain.work import StepState
from core.services import intake, planning, recipes
from core.services.studio import Studio


def frames(studio: Studio, owner: str, project_id: str) -> tuple[FrameView, ...]:
    """The stills of the plan as it stands, in its order."""
    newest = planning.current(studio, owner, project_id)
    if newest is None:
        return ()
    project = rows.get_project(studio.db, owner, project_id)
    keys = [recipes.still_step(studio, project, newest.plan, i).key for i in range(len(newest.plan.scenes))]
    made = jobs.outputs(studio.db, project_id, keys)
    stills = rows.assets_by_id(studio.db, owner, [o.result["asset"] for o in made.values()])
    job = jobs.newest_job(studio.db, owner, project_id, "storyboard")
    steps = {s.key: s for s in job[1]} if job else {}
    out = []
    for scene, key in zip(newest.plan.scenes, keys, strict=True):
        still = stills.get(made[key].result["asset"]) if key in made else None
        step = steps.get(key)
        state = StepState.DONE if still else StepState(step.state) if step else StepState.READY
        view = intake.asset_view(still) if still else None
        out.append(FrameView(scene_id=scene.id, state=state, still=view, problem=step.problem if step else ""))
    return tuple(out)


def draw(studio: Studio, owner: str, project_id: str) -> None:
    """Has the stills drawn that are missing, as after an update that draws them otherwise."""
    newest = planning.require(studio, owner, project_id)
    project = rows.get_project(studio.db, owner, project_id)
    recipes.record_storyboard(studio, project, newest.plan, newest.number)


def redo(studio: Studio, owner: str, project_id: str, scene_id: str) -> RevisionView:
    """The same scene drawn once more, with another seed; a revision like any other."""
    newest = planning.require(studio, owner, project_id)
    view, _ = planning.edit(studio, owner, project_id, [Redo(scenes=(scene_id,))], base=newest.number, author="you")
    return view
