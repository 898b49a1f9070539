"""Finished films."""

from __future__ import annotations

import math

from core.db import projects as rows
from core.db import spend
from core.db.tables import Asset
from core.domain.errors import NotFound
from core.domain.money import from_micros
from core.domain.views import FilmsView, FilmView
from core.services.intake import asset_view, url
from core.services.studio import Studio


def film(studio: Studio, owner: str, project_id: str) -> FilmView | None:
    """The newest film of a project; None when none is finished."""
    project = rows.get_project(studio.db, owner, project_id)
    made = rows.assets(studio.db, owner, project_id, "film")
    return _views(studio, owner, [(made[-1], project.title)])[0] if made else None


def films(studio: Studio, owner: str, *, page: int = 1, per_page: int = 12) -> FilmsView:
    """Films of all projects, the newest first."""
    page = max(1, page)
    found, total = rows.newest_assets(studio.db, owner, "film", page=page, per_page=per_page)
    items = _views(studio, owner, [(asset, project.title) for asset, project in found])
    return FilmsView(items=items, total=total, page=page, pages=max(1, math.ceil(total / per_page)))


def choose_thumbnail(studio: Studio, owner: str, project_id: str, thumbnail_id: str) -> None:
    """Makes one of the newest film's thumbnails its own. NotFound when it is none of them."""
    made = rows.assets(studio.db, owner, project_id, "film")
    if not made or thumbnail_id not in made[-1].facts.get("thumbnails", ()):
        raise NotFound("That picture is not one of this film's.", "Reload the page and choose again.")
    film = made[-1].model_copy(update={"facts": {**made[-1].facts, "thumbnail": thumbnail_id}})
    rows.add_asset(studio.db, Asset(**film.model_dump()))
    rows.change_project(studio.db, owner, project_id, thumbnail_id=thumbnail_id)


def _views(studio: Studio, owner: str, films: list[tuple[Asset, str]]) -> tuple[FilmView, ...]:
    beside = [i for asset, _ in films for i in (asset.facts.get("thumbnail"), asset.facts.get("captions")) if i]
    beside += [i for asset, _ in films for i in asset.facts.get("thumbnails", ())]
    beside += [i for asset, _ in films if (i := asset.facts.get("captions_vtt"))]
    found = rows.assets_by_id(studio.db, owner, beside)
    spent = spend.spent_micros(studio.db, owner, [asset.project_id for asset, _ in films])
    return tuple(_view(asset, title, found, spent.get(asset.project_id, 0)) for asset, title in films)


def _view(asset: Asset, title: str, beside: dict[str, Asset], spent: int) -> FilmView:
    thumbnail = beside.get(asset.facts.get("thumbnail", ""))
    captions = beside.get(asset.facts.get("captions", ""))
    vtt = beside.get(asset.facts.get("captions_vtt", ""))
    return FilmView(
        project_id=asset.project_id,
        title=title,
        film=asset_view(asset),
        thumbnail=asset_view(thumbnail) if thumbnail else None,
        thumbnails=tuple(asset_view(beside[i]) for i in asset.facts.get("thumbnails", ()) if i in beside),
        captions=asset_view(captions) if captions else None,
        captions_vtt=asset_view(vtt) if vtt else None,
        download_url=f"{url(asset)}?download=1",
        created=asset.created,
        revision=asset.facts.get("revision", 0),
        cost=from_micros(spent),
        facts=asset.facts.get("measured", {}),
        credentials=asset.facts.get("credentials", ""),
        notes=tuple(asset.facts.get("notes", ())),
        overruns=tuple((o["id"], o["scene"], o["seconds"]) for o in asset.facts.get("overruns", ())),
        provenance=asset.facts.get("provenance", {}),
    )
