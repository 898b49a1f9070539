"""Projects: made, listed, renamed, forgotten."""

from __future__ import annotations

import math
import re
import secrets
import shutil
from collections.abc import Mapping
from typing import get_args

from core import facts
from core.db import projects as rows
from core.db.tables import Asset, Project
from core.domain import ways
from core.domain.errors import BadInput
from core.domain.plan import MAX_TITLE, Platform
from core.domain.time import SIZES
from core.domain.views import AssetView, PageOf, ProjectView
from core.domain.ways import Wishes
from core.providers.local.writer.categories import choose_category
from core.providers.local.writer.tongues import whole
from core.services import intake
from core.services.studio import Studio

OPEN_CATEGORY = "general"


def create(
    studio: Studio,
    owner: str,
    *,
    title: str,
    brief: str,
    category: str = "general",
    platform: str = "any",
    aspect: str = "9:16",
    resolution: str = "720p",
    seconds: float | None = None,
    may_use_frames: bool = False,
    seed: int | None = None,
    crew: Mapping[str, str] | None = None,
    way: str = "remake",
    scenes: int | None = None,
    listing: Mapping[str, str] | None = None,
) -> ProjectView:
    """Records a new project. BadInput or BadBrief say what is wrong with what was asked.

    `category` "" is the one that the words point to. `listing` holds the fields of a listing, or the niche of a story
    (core.domain.ways).
    """
    wishes = ways.checked(way, brief=brief, seconds=seconds, scenes=scenes, listing=listing)
    category = category_of(wishes, category)
    if category not in facts.categories():
        raise BadInput(f"There is no category “{category[:40]}”.", f"Choose one of: {', '.join(facts.categories())}.")
    if (aspect, resolution) not in SIZES:
        raise BadInput(f"There is no format {aspect} at {resolution}.", "Choose 9:16, 16:9 or 1:1 at 720p or 1080p.")
    if platform not in get_args(Platform):
        raise BadInput(f"There is no platform “{platform[:40]}”.", "Choose any, tiktok, shorts or reels.")
    now = studio.now()
    project = Project(
        owner=owner,
        title=(title.strip() or title_of(wishes.brief))[:MAX_TITLE],
        brief=wishes.brief,
        category=category,
        platform=platform,
        aspect=aspect,
        resolution=resolution,
        seconds=wishes.seconds,
        way=wishes.way,
        scenes=wishes.scenes,
        listing=dict(wishes.listing),
        may_use_frames=may_use_frames,
        seed=secrets.randbelow(2**31) if seed is None else seed % 2**31,
        crew=dict(crew or {}),
        created=now,
        updated=now,
    )
    return view(studio, rows.add_project(studio.db, project))


def category_of(wishes: Wishes, category: str) -> str:
    """The category that was chosen; where it was left open, the one that the words point to."""
    if category and (wishes.way == "remake" or category != OPEN_CATEGORY):
        return category
    said = (wishes.listing.get("niche", ""), wishes.listing.get("category", ""), wishes.brief)
    return choose_category("", "\n".join(said)).id


def change_wishes(
    studio: Studio,
    owner: str,
    project_id: str,
    *,
    brief: str,
    seconds: float | None,
    scenes: int | None,
    listing: Mapping[str, str],
) -> None:
    """Changes what the next writing of the plan goes by. BadInput or BadBrief, as when a project is made."""
    project = rows.get_project(studio.db, owner, project_id)
    wishes = ways.checked(project.way, brief=brief, seconds=seconds, scenes=scenes, listing=listing)
    rows.change_project(
        studio.db,
        owner,
        project_id,
        brief=wishes.brief,
        seconds=wishes.seconds,
        scenes=wishes.scenes,
        listing=dict(wishes.listing),
        category=category_of(wishes, project.category),
        updated=studio.now(),
    )


def title_of(brief: str) -> str:
    """The first words of a brief."""
    line = re.split(r"[\n.!?;]", brief, maxsplit=1)[0].strip() or brief.strip()
    return line if len(line) <= 48 else whole(line[:48].rsplit(" ", 1)[0], line) + "…"


def listing(studio: Studio, owner: str, *, page: int = 1, per_page: int = 12, search: str = "") -> PageOf:
    """One page of projects, the last touched first."""
    page = max(1, page)
    found, total = rows.list_projects(studio.db, owner, page=page, per_page=per_page, search=search.strip())
    thumbs = rows.assets_by_id(studio.db, owner, [p.thumbnail_id for p in found if p.thumbnail_id])
    items = tuple(_view(p, thumbs.get(p.thumbnail_id or "")) for p in found)
    return PageOf(items=items, total=total, page=page, pages=max(1, math.ceil(total / per_page)))


def get(studio: Studio, owner: str, project_id: str) -> ProjectView:
    """That project; NotFound when it is not this owner's."""
    return view(studio, rows.get_project(studio.db, owner, project_id))


def rename(studio: Studio, owner: str, project_id: str, title: str) -> None:
    """Gives a project another title."""
    if not title.strip():
        raise BadInput("A title cannot be empty.", "Give the project a name.")
    rows.change_project(studio.db, owner, project_id, title=title.strip()[:MAX_TITLE], updated=studio.now())


def keep_character(studio: Studio, owner: str, project_id: str, image: str | None) -> None:
    """Has the plan written so that whoever is on that image of the project looks the same everywhere; None: nobody."""
    known = {asset.id for asset in rows.assets(studio.db, owner, project_id, "image")}
    if image is not None and image not in known:
        raise BadInput("That picture is not one of this film's.", "Upload it here first.")
    rows.change_project(studio.db, owner, project_id, character_id=image)


def delete(studio: Studio, owner: str, project_id: str) -> None:
    """Forgets a project with its files."""
    for blob in rows.delete_project(studio.db, owner, project_id):
        studio.storage.remove(blob)


def demo_sample(studio: Studio, owner: str, project_id: str) -> AssetView:
    """Attaches the clip that ships with Reprise as the sample and starts the analysis."""
    copy = studio.storage.scratch("uploads") / f"{secrets.token_hex(8)}.mp4"
    shutil.copyfile(facts.DEMO_SAMPLE, copy)
    return intake.receive_sample(studio, owner, project_id, copy, "Big Buck Bunny (CC BY 3.0).mp4")


def view(studio: Studio, project: Project) -> ProjectView:
    """A project as a page sees it, with its sample and images."""
    owner = project.owner
    wanted = [i for i in (project.sample_id, project.thumbnail_id) if i]
    found = rows.assets_by_id(studio.db, owner, wanted)
    images = rows.assets(studio.db, owner, project.id, "image")
    return _view(project, found.get(project.thumbnail_id or ""), found.get(project.sample_id or ""), images)


def _view(
    project: Project,
    thumbnail: Asset | None,
    sample: Asset | None = None,
    images: list[Asset] | None = None,
) -> ProjectView:
    return ProjectView(
        id=project.id,
        title=project.title,
        brief=project.brief,
        category=project.category,
        aspect=project.aspect,
        resolution=project.resolution,
        platform=project.platform,
        seconds=project.seconds,
        created=project.created,
        updated=project.updated,
        may_use_frames=project.may_use_frames,
        stage=project.stage,
        way=project.way,
        scenes=project.scenes,
        listing=dict(project.listing),
        character=project.character_id,
        sample=intake.asset_view(sample) if sample else None,
        images=tuple(intake.asset_view(i) for i in images or ()),
        thumbnail_url=intake.url(thumbnail) if thumbnail else None,
    )
