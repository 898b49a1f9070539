"""Revisions of the plan: read, edited, undone, redone, restored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from core.db import branches, jobs, revisions
from core.db import projects as rows
from core.db.tables import Project, Revision
from core.domain import compare as comparing
from core.domain.apply import apply_all
from core.domain.describe import describe
from core.domain.edits import (
    AddScene,
    ChangeBrand,
    ChangeCrew,
    ChangeModel,
    ChangeMusic,
    ChangeSource,
    ChangeVoice,
    PlanEdit,
    SetCharacter,
)
from core.domain.errors import Conflict, ImpossibleEdit, NotFound
from core.domain.plan import MAX_TITLE, Plan, Source
from core.domain.team import ComparisonView, OvertakenView
from core.domain.views import QuoteView, RevisionView
from core.domain.ways import offer_of
from core.domain.work import LIVE_JOBS
from core.services import approval, intake, recipes
from core.services.asking import claims
from core.services.studio import Studio
from core.services.vendors import fitting_card, model_for, require_open

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
    UnknownPrice or Retired for a model that nobody can buy, VendorRejected for one that cannot film the scene.
    """
    newest = require(studio, owner, project_id)
    for change in edits:
        _check(studio, owner, project_id, change)
    applied = apply_all(newest.plan, edits)
    _check_filming(studio, newest.plan, applied.plan)
    project = rows.get_project(studio.db, owner, project_id)
    changed = claims.attached(applied.plan, offer_of(project.way, project.listing), newest.plan)
    if applied.plan == newest.plan:
        raise ImpossibleEdit(" ".join(applied.notes) or "Nothing changed: it is already like that.")
    differences = describe(newest.plan, applied.plan)
    view = save(
        studio,
        owner,
        project_id,
        changed,
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
    """Adds a plan as the newest revision and has its missing stills drawn; a listing's claims are traced."""
    project = rows.get_project(studio.db, owner, project_id)
    plan = claims.attached(plan, offer_of(project.way, project.listing))
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
    studio: Studio,
    owner: str,
    project_id: str,
    *,
    author: str = "you",
    base: int | None = None,
    origin: str | None = None,
) -> RevisionView:
    """Goes back one edit. Conflict when `base` is no longer the newest: the edit would be somebody else's."""
    now = studio.now()
    row = revisions.step_back(
        studio.db, now, owner=owner, project_id=project_id, author=author, base=base, origin=origin
    )
    return _announce(studio, owner, row)


def redo(
    studio: Studio,
    owner: str,
    project_id: str,
    *,
    author: str = "you",
    base: int | None = None,
    origin: str | None = None,
) -> RevisionView:
    """Brings back what was last undone. Conflict when `base` is no longer the newest."""
    now = studio.now()
    row = revisions.step_forward(
        studio.db, now, owner=owner, project_id=project_id, author=author, base=base, origin=origin
    )
    return _announce(studio, owner, row)


def draw_missing(studio: Studio, owner: str, project_id: str) -> None:
    """Has the stills drawn that the newest plan lacks; nothing happens when they are there or on their way."""
    newest = require(studio, owner, project_id)
    drawing = jobs.newest_job(studio.db, owner, project_id, "storyboard")
    if drawing is None or drawing[0].state not in LIVE_JOBS or drawing[0].revision != newest.number:
        recipes.record_storyboard(studio, rows.get_project(studio.db, owner, project_id), newest.plan, newest.number)


def restore(
    studio: Studio, owner: str, project_id: str, number: int, *, author: str = "you", base: int | None = None
) -> RevisionView:
    """Makes an earlier revision the newest. Conflict when `base` is no longer the newest."""
    now = studio.now()
    row = revisions.restore(studio.db, now, owner=owner, project_id=project_id, number=number, author=author, base=base)
    return _announce(studio, owner, row)


def version(studio: Studio, owner: str, project_id: str, number: int) -> RevisionView:
    """That revision; NotFound when there is none."""
    return _views(studio, owner, project_id, [revisions.by_number(studio.db, owner, project_id, number)], most=1)[0]


def newest_number(studio: Studio, owner: str, project_id: str) -> tuple[int, str]:
    """Number and author of the newest revision, quickly; 0 when there is none."""
    return revisions.newest_number(studio.db, owner, project_id)


def compare(studio: Studio, owner: str, project_id: str, before: int, after: int) -> ComparisonView:
    """What differs between any two revisions, scene by scene."""
    was, now = (version(studio, owner, project_id, number) for number in (before, after))
    return ComparisonView(before=was, after=now, difference=comparing.compare(was.plan, now.plan))


def overtaken(studio: Studio, owner: str, project_id: str, edits: Sequence[PlanEdit], *, base: int) -> OvertakenView:
    """What others have changed since `base`, and what the edits made on it would do to the plan as it is now."""
    newest = require(studio, owner, project_id)
    was = version(studio, owner, project_id, base)
    apart = comparing.separate(edits)
    clashes = comparing.clashes(was.plan, newest.plan, apart)
    clashing = [clash.edit for clash in clashes]
    fitting = tuple(edit for edit in apart if edit not in clashing)
    return OvertakenView(
        base=was,
        newest=newest,
        authors=revisions.authors_since(studio.db, owner, project_id, base),
        theirs=comparing.compare(was.plan, newest.plan),
        clashes=clashes,
        fitting=fitting,
        fitting_would=_would(newest.plan, fitting),
        all_would=_would(newest.plan, (*fitting, *(clash.edit for clash in clashes if clash.fits))),
    )


def _would(plan: Plan, edits: Sequence[PlanEdit]) -> tuple[str, ...]:
    """What the edits would change, in sentences; nothing when none of them can be carried out."""
    try:
        return describe(plan, apply_all(plan, edits).plan) if edits else ()
    except ImpossibleEdit:
        return ()


def branch(
    studio: Studio, owner: str, project_id: str, number: int, *, author: str = "you", title: str = ""
) -> Project:
    """A new project that begins with a revision of this one; answers its row. Its files are shared, not copied."""
    source = rows.get_project(studio.db, owner, project_id)
    row = revisions.by_number(studio.db, owner, project_id, number)
    plan = Plan.model_validate(row.plan)
    name = (title.strip() or f"{plan.title} (branch)")[:MAX_TITLE]
    beginning = branches.Beginning(
        project=like(source, name, studio.now(), from_revision=number),
        plan=plan.but(title=name).model_dump(mode="json"),
        author=author,
        reason=f"Branched from “{plan.title}”, revision {number}",
        luggage=branches.luggage(studio.db, owner, project_id, row.plan),
    )
    made = branches.begin(studio.db, studio.now(), beginning)
    draw_missing(studio, owner, made.id)
    return made


def like(source: Project, title: str, now: datetime, *, from_revision: int | None) -> Project:
    """A project to be, with the wishes of another one."""
    wishes = source.model_dump(
        include={
            "owner",
            "brief",
            "category",
            "platform",
            "aspect",
            "resolution",
            "seconds",
            "may_use_frames",
            "seed",
            "way",
            "scenes",
            "listing",
            "crew",
            "character_id",
        }
    )
    return Project(**wishes, title=title, from_project=source.id, from_revision=from_revision, created=now, updated=now)


def write_anew(studio: Studio, owner: str, project_id: str, *, author: str = "you") -> str:
    """Has the whole plan written once more, otherwise than before; it becomes a revision. Answers the job."""
    require(studio, owner, project_id)
    going = jobs.newest_job(studio.db, owner, project_id, "analyse")
    if going is not None and going[0].state in LIVE_JOBS:
        raise Conflict("The plan is being written just now.", "Wait for it; it becomes a revision.")
    rows.change_project(studio.db, owner, project_id, seed=secrets.randbelow(2**31))
    newest = require(studio, owner, project_id)
    project = rows.get_project(studio.db, owner, project_id)
    return recipes.record_writing(studio, project, newest.plan, asked_by=author)


def quote(studio: Studio, plan: Plan) -> QuoteView:
    """What a plan costs."""
    return approval.quote_plan(studio, plan)


def require(studio: Studio, owner: str, project_id: str) -> RevisionView:
    """The newest revision; NotFound when there is no plan yet."""
    newest = current(studio, owner, project_id)
    if newest is None:
        raise NotFound("There is no plan yet.", "It is written once the sample is measured.")
    return newest


def _check(studio: Studio, owner: str, project_id: str, change: PlanEdit) -> None:
    """UnknownPrice, Retired: nobody can buy the model. ImpossibleEdit: the scene may not use the file."""
    if isinstance(change, ChangeModel):
        model_for(studio, "video", change.model)
    if isinstance(change, ChangeCrew) and change.model != "auto":
        require_open(studio, model_for(studio, change.work, change.model))
    if isinstance(change, SetCharacter) and change.asset is not None:
        _require_own(studio, owner, project_id, change.asset, "image")
    if isinstance(change, ChangeBrand) and change.logo:
        _require_own(studio, owner, project_id, change.logo, "image")
    if isinstance(change, ChangeVoice) and change.own:
        _require_own(studio, owner, project_id, change.own, "voice_over")
    if isinstance(change, ChangeMusic) and change.own:
        _require_own(studio, owner, project_id, change.own, "music")
    if isinstance(change, AddScene) and change.scene is not None:
        _check_source(studio, owner, project_id, change.scene.source)
    if isinstance(change, ChangeSource):
        _check_source(studio, owner, project_id, change.source)


def _check_filming(studio: Studio, before: Plan, after: Plan) -> None:
    """VendorRejected for a scene that was given to a model which cannot film such scenes."""
    known = {scene.id: (scene.model, scene.plays) for scene in before.scenes}
    for scene in after.scenes:
        if scene.model != "auto" and known.get(scene.id) != (scene.model, scene.plays):
            fitting_card(studio, after, scene, scene.model)


def _check_source(studio: Studio, owner: str, project_id: str, source: Source) -> None:
    if source.kind == "drawn":
        return
    if source.kind == "performance":
        _require_own(studio, owner, project_id, source.asset or "", "performance")
        if source != intake.performance_source(studio, owner, source.asset or ""):
            raise ImpossibleEdit("That recording has another length or sound.", "Take it as it was uploaded.")
        return
    project = rows.get_project(studio.db, owner, project_id)
    if source.kind == "key_frame" and not project.may_use_frames:
        raise ImpossibleEdit(
            "The frames of this sample are not used in the film.",
            "Say when you start a film that the sample is your own, or upload a picture.",
        )
    _require_own(studio, owner, project_id, source.asset or "", "image", "sample", "key_frame")


def _require_own(studio: Studio, owner: str, project_id: str, asset_id: str, *kinds: str) -> None:
    """Nothing, when it is a file of this project and of such a kind. ImpossibleEdit."""
    asset = rows.get_asset(studio.db, owner, asset_id)
    if asset.project_id != project_id or asset.kind not in kinds:
        thing = "picture" if "image" in kinds else "recording" if "performance" in kinds else "sound"
        raise ImpossibleEdit(f"That {thing} is not one of this film's.", "Upload it here first.")


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
