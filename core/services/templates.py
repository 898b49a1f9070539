"""Templates: a plan is kept with blanks, and a table is read against it."""

from __future__ import annotations

from collections.abc import Mapping

from core.db import branches
from core.db import templates as rows
from core.db.tables import Project
from core.db.team import Template
from core.domain import blanks, sheets
from core.domain.blanks import Filled, Suggestion
from core.domain.errors import BadInput
from core.domain.plan import MAX_TITLE, Plan
from core.domain.team import SheetView, TemplateView
from core.services import people, planning
from core.services.studio import Studio


def suggest(studio: Studio, owner: str, project_id: str) -> tuple[Suggestion, ...]:
    """What could be blanks of the plan as it stands: names, prices, addresses, the hook and the ending."""
    return blanks.find(planning.require(studio, owner, project_id).plan)


def save(
    studio: Studio, owner: str, project_id: str, *, revision: int, title: str, marks: Mapping[str, str], by: str
) -> TemplateView:
    """Keeps a revision as a template: each text of `marks` becomes the blank of that name, braces in it stay.

    BadInput when there would be no blank at all.
    """
    plan = planning.version(studio, owner, project_id, revision).plan
    marked = blanks.mark(plan, marks)
    names = blanks.blanks(marked)
    if not names:
        raise BadInput(
            "A template needs at least one blank.", "Mark the name, the price or a line, or write {product} in a text."
        )
    said = marked.model_dump(mode="json")
    files = branches.named_files(studio.db, owner, project_id, said)
    template = Template(
        owner=owner,
        by=people.person(studio, by).id,
        title=(title.strip() or plan.title)[:MAX_TITLE],
        plan=said,
        examples={name: marks.get(name, "") for name in names},
        assets=files,
        blobs=sorted({str(file["blob"]) for file in files}),
        from_project=project_id,
        from_revision=revision,
        created=studio.now(),
    )
    return _view(rows.add(studio.db, template), people.names(studio))


def listing(studio: Studio, owner: str) -> tuple[TemplateView, ...]:
    """Every template, the newest first."""
    names = people.names(studio)
    return tuple(_view(row, names) for row in rows.listed(studio.db, owner))


def get(studio: Studio, owner: str, template_id: str) -> TemplateView:
    """That template; NotFound when it is not this owner's."""
    return _view(rows.get(studio.db, owner, template_id), people.names(studio))


def delete(studio: Studio, owner: str, template_id: str) -> None:
    """Forgets a template; films that were made from it stay. Its files go in the night when nobody needs them."""
    rows.forget(studio.db, owner, template_id)


def example(view: TemplateView) -> str:
    """A CSV with the columns of a template and one row: what stood where its blanks are."""
    return blanks.example(view.blanks, view.examples)


def sheet(studio: Studio, owner: str, template_id: str, data: bytes) -> SheetView:
    """A table read against a template, with what is wrong with each row."""
    return sheets.read(_plan(rows.get(studio.db, owner, template_id)), data)


def filled(studio: Studio, owner: str, template_id: str, values: Mapping[str, str]) -> Filled:
    """The plan that one row gives."""
    return blanks.fill(_plan(rows.get(studio.db, owner, template_id)), values)


def beginning(
    studio: Studio, template: Template, title: str, values: Mapping[str, str], *, author: str
) -> branches.Beginning:
    """A project to be, of one row that has no fault."""
    now = studio.now()
    result = blanks.fill(_plan(template), values)
    if result.plan is None:
        fault = result.faults[0]
        raise BadInput(f"{fault.blank} {fault.message}.".strip(), "Correct the row.")
    name = (title.strip() or result.plan.title)[:MAX_TITLE]
    plan = result.plan.but(title=name)
    notes = f" ({'; '.join(result.notes)})" if result.notes else ""
    project = Project(
        owner=template.owner,
        title=name,
        brief=plan.brief,
        category=plan.category,
        platform=plan.platform,
        aspect=plan.aspect,
        resolution=plan.resolution,
        may_use_frames=any(file["kind"] == "key_frame" or file["kind"] == "sample" for file in template.assets),
        seed=plan.seed,
        from_project=template.from_project,
        from_revision=template.from_revision,
        created=now,
        updated=now,
    )
    return branches.Beginning(
        project=project,
        plan=plan.model_dump(mode="json"),
        author=author,
        reason=f"Made from the template “{template.title}”{notes}"[:300],
        luggage=branches.Luggage(files=template.assets),
    )


def _plan(template: Template) -> Plan:
    return Plan.model_validate(template.plan)


def _view(row: Template, names: Mapping[str, str]) -> TemplateView:
    plan = _plan(row)
    return TemplateView(
        id=row.id,
        title=row.title,
        plan=plan,
        blanks=blanks.blanks(plan),
        examples=row.examples,
        by=names.get(row.by, ""),
        created=row.created,
        files=len(row.assets),
    )
