"""The clips of a film as they come in, so that a person can look at them before the film is cut."""

from __future__ import annotations

from core.db import jobs
from core.db import projects as rows
from core.domain.views import AssetView
from core.domain.work import StepState
from core.services.intake import asset_view
from core.services.studio import Studio


def takes(studio: Studio, owner: str, project_id: str) -> dict[str, AssetView]:
    """The finished clips of the newest film, by scene."""
    found = jobs.newest_job(studio.db, owner, project_id, "film")
    if found is None:
        return {}
    made = {asset.facts["key"]: asset for asset in rows.assets(studio.db, owner, project_id, "take")}
    return {
        step.scene_id: asset_view(made[step.key])
        for step in found[1]
        if step.scene_id and step.key in made and step.state == StepState.DONE
    }
