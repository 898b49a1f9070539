"""What approving a plan will make again, read from what is there: nothing that is there is made twice."""

from __future__ import annotations

from core.db import jobs, revisions
from core.db import projects as rows
from core.domain.plan import Plan
from core.domain.remake import Piece, Remake, parts, remake
from core.services import recipes
from core.services.studio import Studio


def will_make(studio: Studio, owner: str, project_id: str, plan: Plan) -> Remake:
    """What making this plan will do. VendorRejected when one of its models cannot be used from here."""
    pieces = _pieces(studio, owner, project_id, plan)
    made = rows.assets(studio.db, owner, project_id, "film")
    number = made[-1].facts.get("revision") if made else None
    before: tuple[object, ...] = ()
    if number:
        old = Plan.model_validate(revisions.by_number(studio.db, owner, project_id, number).plan)
        before = parts(old, _pieces(studio, owner, project_id, old))
    return remake(plan, pieces, before, parts(plan, pieces))


def _pieces(studio: Studio, owner: str, project_id: str, plan: Plan) -> list[Piece]:
    project = rows.get_project(studio.db, owner, project_id)
    steps = recipes.film_steps(studio, project, plan)
    found = jobs.outputs(studio.db, project_id, [step.key for step in steps])
    whole = {key for key, out in found.items() if all(studio.storage.has(blob) for blob in out.blobs)}
    return [
        Piece(kind=step.kind, key=step.key, scene=_scene(step.name), kept=step.key in whole)
        for step in steps
        if step.kind != "deliver"
    ]


def _scene(name: str) -> str | None:
    """The scene of a step by its name, `voice-ab12cd`."""
    return name.partition("-")[2] or None
