"""Finished films."""

from __future__ import annotations

from core.db import projects as rows
from core.db import spend
from core.db.tables import Asset
from core.domain.money import from_micros
from core.domain.views import FilmView
from core.services.intake import asset_view, url
from core.services.studio import Studio


def film(studio: Studio, owner: str, project_id: str) -> FilmView | None:
    """The newest film of a project; None when none is finished."""
    rows.get_project(studio.db, owner, project_id)
    made = rows.assets(studio.db, owner, project_id, "film")
    return _view(studio, made[-1]) if made else None


def films(studio: Studio, owner: str, *, page: int = 1, per_page: int = 12) -> tuple[tuple[str, FilmView], ...]:
    """Films of all projects with their titles, the newest first."""
    found = rows.newest_assets(studio.db, owner, "film", page=page, per_page=per_page)
    return tuple((project.title, _view(studio, asset)) for asset, project in found)


def _view(studio: Studio, asset: Asset) -> FilmView:
    beside = [i for i in (asset.facts.get("thumbnail"), asset.facts.get("captions")) if i]
    found = rows.assets_by_id(studio.db, asset.owner, beside)
    thumbnail = found.get(asset.facts.get("thumbnail", ""))
    captions = found.get(asset.facts.get("captions", ""))
    spent = spend.spent_micros(studio.db, asset.owner, [asset.project_id]).get(asset.project_id, 0)
    return FilmView(
        film=asset_view(asset),
        thumbnail=asset_view(thumbnail) if thumbnail else None,
        captions=asset_view(captions) if captions else None,
        download_url=f"{url(asset)}?download=1",
        created=asset.created,
        revision=asset.facts.get("revision", 0),
        cost=from_micros(spent),
        facts=asset.facts.get("measured", {}),
        credentials=asset.facts.get("credentials", ""),
    )
