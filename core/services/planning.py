"""Revisions of the plan: read, edited, undone, redone, restored."""

from __future__ import annotations

from collections.abc import Sequence

from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Revision
from core.domain.apply import apply_all
from core.domain.describe import describe
from core.domain.edits import ChangeModel, ChangeSource, PlanEdit
from core.domain.errors import ImpossibleEdit, NotFound
from core.domain.plan import Plan
from core.domain.views import RevisionView
from core.domain.work import LIVE_JOBS
from core.services import approval, recipes
from core.services.studio import Studio
from core.services.vendors import model_for

MOST_REDOS = 60
"""Revisions that are looked through for what a redo brings back."""


def current(studio: Studio, owner: str, project_id: str) -> RevisionView | None:
    """The plan as it stands; None when there is none yet."""
    found = revisions.history(studio.db, owner, project_id, limit=1)
    if not found:
        rows.get_project(studio.db, owner, project_id)
        return None
    if found[0].move in ("undo", "redo"):  # only then can a redo be open, and older rows tell which
        found = revisions.history(studio.db, owner, project_id, limit=MOST_REDOS)
    return _views(studio, owner, project_id, found, most=1)[0]


def history(studio: Studio, owner: str, project_id: str) -> tuple[RevisionView, ...]:
    """Every revision, the newest first."""
    rows.get_project(studio.db, owner, project_id)
    found = revisions.history(studio.db, owner, project_id)
    return _views(studio, owner, project_id, found, most=len(found))


def _views(studio: Studio, owner: str, project_id: str, found: list[Revision], most: int) -> tuple[RevisionView, ...]:
    agreed = rows.newest_approval(studio.db, owner, project_id)
    can_redo = revisions.redo_target(found) is not None
    return tuple(
        _view(
            studio,
            row,
            can_undo=row.parent is not None,
            can_redo=place == 0 and can_redo,
            approved=agreed is not None and agreed.revision == row.number,
        )
        for place, row in enumerate(found[:most])
    )


def edit(
    studio: Studio,
    owner: str,
    project_id: str,
    edits: Sequence[PlanEdit],
    *,
    base: int,
    author: str,
    reason: str = "",
    origin: str | None = None,
) -> tuple[RevisionView, tuple[str, ...]]:
    """Carries the edits out on revision `base`; answers the new revision and where the edits gave way.

    Conflict when `base` is no longer the newest, ImpossibleEdit when nothing of it can be done or nothing changes.
    UnknownPrice or Retired for a model that nobody can buy.
    """
    newest = require(studio, owner, project_id)
    for change in edits:
        _check(studio, owner, project_id, change)
    applied = apply_all(newest.plan, edits)
    if applied.plan == newest.plan:
        raise ImpossibleEdit(" ".join(applied.notes) or "Nothing changed: it is already like that.")
    differences = describe(newest.plan, applied.plan)
    view = save(
        studio,
        owner,
        project_id,
        applied.plan,
        author=author,
        reason=reason or "; ".join(differences)[:300],
        base=base,
        origin=origin,
    )
    return view, applied.notes


def save(
    studio: Studio,
    owner: str,
    project_id: str,
    plan: Plan,
    *,
    author: str,
    reason: str,
    base: int | None,
    origin: str | None = None,
) -> RevisionView:
    """Adds a plan as the newest revision and has its missing stills drawn."""
    row = revisions.add(
        studio.db,
        studio.now(),
        owner=owner,
        project_id=project_id,
        plan=plan.model_dump(mode="json"),
        author=author,
        reason=reason,
        base=base,
        origin=origin,
    )
    return _announce(studio, owner, row)


def undo(
    studio: Studio, owner: str, project_id: str, *, author: str = "you", origin: str | None = None
) -> RevisionView:
    """Goes back one edit."""
    now = studio.now()
    row = revisions.step_back(studio.db, now, owner=owner, project_id=project_id, author=author, origin=origin)
    return _announce(studio, owner, row)


def redo(
    studio: Studio, owner: str, project_id: str, *, author: str = "you", origin: str | None = None
) -> RevisionView:
    """Brings back what was last undone."""
    now = studio.now()
    row = revisions.step_forward(studio.db, now, owner=owner, project_id=project_id, author=author, origin=origin)
    return _announce(studio, owner, row)


def draw_missing(studio: Studio, owner: str, project_id: str) -> None:
    """Has the stills drawn that the newest plan lacks; nothing happens when they are there or on their way."""
    newest = require(studio, owner, project_id)
    drawing = jobs.newest_job(studio.db, owner, project_id, "storyboard")
    if drawing is None or drawing[0].state not in LIVE_JOBS or drawing[0].revision != newest.number:
        recipes.record_storyboard(studio, rows.get_project(studio.db, owner, project_id), newest.plan, newest.number)


def restore(studio: Studio, owner: str, project_id: str, number: int, *, author: str = "you") -> RevisionView:
    """Makes an earlier revision the newest."""
    now = studio.now()
    row = revisions.restore(studio.db, now, owner=owner, project_id=project_id, number=number, author=author)
    return _announce(studio, owner, row)


def require(studio: Studio, owner: str, project_id: str) -> RevisionView:
    """The newest revision; NotFound when there is no plan yet."""
    newest = current(studio, owner, project_id)
    if newest is None:
        raise NotFound("There is no plan yet.", "It is written once the sample is measured.")
    return newest


def _check(studio: Studio, owner: str, project_id: str, change: PlanEdit) -> None:
    """UnknownPrice, Retired: nobody can buy the model. ImpossibleEdit: the scene may not use the picture."""
    if isinstance(change, ChangeModel):
        model_for(studio, "video", change.model)
    if not isinstance(change, ChangeSource) or change.source.kind == "drawn":
        return
    project = rows.get_project(studio.db, owner, project_id)
    if change.source.kind == "key_frame" and not project.may_use_frames:
        raise ImpossibleEdit(
            "The frames of this sample are not used in the film.",
            "Say when you start a film that the sample is your own, or upload a picture.",
        )
    asset = rows.get_asset(studio.db, owner, change.source.asset or "")
    if asset.project_id != project_id or asset.kind not in ("image", "sample", "key_frame"):
        raise ImpossibleEdit("That picture is not one of this film's.", "Upload it here first.")


def _announce(studio: Studio, owner: str, row: Revision) -> RevisionView:
    project = rows.get_project(studio.db, owner, row.project_id)
    plan = Plan.model_validate(row.plan)
    if project.title != plan.title:
        rows.change_project(studio.db, owner, project.id, title=plan.title)
    recipes.record_storyboard(studio, project, plan, row.number)
    newest = current(studio, owner, row.project_id)
    assert newest is not None
    return newest


def _view(studio: Studio, row: Revision, *, can_undo: bool, can_redo: bool, approved: bool) -> RevisionView:
    plan = Plan.model_validate(row.plan)
    return RevisionView(
        number=row.number,
        plan=plan,
        author=row.author,
        reason=row.reason,
        created=row.created,
        quote=approval.quote_plan(studio, plan),
        can_undo=can_undo,
        can_redo=can_redo,
        approved=approved,
    )
