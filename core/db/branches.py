"""Projects that begin with a plan: branches, and the films of a batch. Files are shared by their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import Analysis, Asset, Output, Project, Revision, new_id
from core.db.team import Batch, BatchItem
from core.domain.errors import NotFound

TRAVEL = ("sample", "image", "key_frame", "still")
"""Kinds of files that a branch takes along; any other file goes with it when the plan names it."""
FILE = ("id", "kind", "name", "mime", "size", "blob", "width", "height", "seconds", "facts")
"""What is kept of a file apart from whose it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Luggage:
    """What a new project takes over."""

    files: Sequence[Mapping[str, Any]] = ()
    """Rows of `asset`, with the fields of `FILE`."""
    analysis: Mapping[str, Any] | None = None
    outputs: Sequence[Output] = ()
    """What steps have made already; those that name a file which does not come along stay behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A project to be, with its first revision."""

    project: Project
    plan: dict[str, Any]
    author: str
    reason: str
    luggage: Luggage = field(default_factory=Luggage)


def luggage(db: Database, owner: str, project_id: str, plan: Mapping[str, Any]) -> Luggage:
    """What a branch of a project takes over with that plan."""
    with db.read() as s:
        if s.exec(select(Project.id).where(Project.id == project_id, Project.owner == owner)).first() is None:
            raise NotFound("There is no such project.")
        named = set(_texts(plan))
        files = list(s.exec(select(Asset).where(Asset.project_id == project_id).order_by(col(Asset.created))))
        files = [file for file in files if file.kind in TRAVEL or file.id in named]
        analysis = s.get(Analysis, project_id)
        outputs = s.exec(select(Output).where(Output.project_id == project_id))
        return Luggage(
            files=[as_file(file) for file in files],
            analysis={"asset_id": analysis.asset_id, "body": analysis.body, "key_frames": analysis.key_frames}
            if analysis
            else None,
            outputs=[output for output in outputs if output.blobs],
        )


def as_file(asset: Asset) -> dict[str, Any]:
    """A file without owner and project."""
    return {name: getattr(asset, name) for name in FILE}


def named_files(db: Database, owner: str, project_id: str, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a project that its plan names."""
    found = luggage(db, owner, project_id, plan)
    named = set(_texts(plan))
    return [dict(file) for file in found.files if file["id"] in named]


def begin(db: Database, now: datetime, beginning: Beginning) -> Project:
    """Records one of them."""
    with db.write() as s:
        return _begin(s, now, beginning)


def begin_batch(
    db: Database, now: datetime, batch: Batch, beginnings: Sequence[tuple[int, Beginning, dict[str, str]]]
) -> list[Project]:
    """Records a batch with all its projects, or nothing; each is its number, itself and the values it was made of."""
    with db.write() as s:
        s.add(batch)
        s.flush()
        projects = []
        for number, beginning, values in beginnings:
            project = _begin(s, now, beginning)
            title = beginning.project.title
            s.add(BatchItem(batch_id=batch.id, number=number, project_id=project.id, title=title, values=values))
            projects.append(project)
        return projects


def _begin(s: Session, now: datetime, beginning: Beginning) -> Project:
    project, bags = beginning.project, beginning.luggage
    ids = {str(file["id"]): new_id() for file in bags.files}
    plan = renamed(beginning.plan, ids)
    project.sample_id = None
    project.character_id = ids.get(project.character_id or "")
    project.stage = "storyboard"
    s.add(project)
    s.flush()
    for file in bags.files:
        s.add(Asset(**{**renamed(dict(file), ids), "owner": project.owner, "project_id": project.id, "created": now}))
        if file["kind"] == "sample" and (bags.analysis is None or bags.analysis["asset_id"] == file["id"]):
            project.sample_id = ids[str(file["id"])]
    s.flush()
    if bags.analysis and bags.analysis["asset_id"] in ids:
        s.add(Analysis(project_id=project.id, created=now, **renamed(dict(bags.analysis), ids)))
    for output in bags.outputs:
        asset = output.result.get("asset")
        if asset is None or asset in ids:
            result = renamed(output.result, ids)
            s.add(Output(project_id=project.id, key=output.key, result=result, blobs=output.blobs, created=now))
    s.add(
        Revision(
            project_id=project.id,
            number=1,
            plan=plan,
            author=beginning.author,
            reason=beginning.reason,
            move="edit",
            content=1,
            created=now,
        )
    )
    s.flush()
    return project


def renamed(value: Any, ids: Mapping[str, str]) -> Any:
    """JSON with files called by their new ids."""
    if isinstance(value, dict):
        return {key: renamed(each, ids) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _texts(value: Any) -> list[str]:
    """Every text of some JSON."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
