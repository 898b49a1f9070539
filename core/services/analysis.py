"""The analysis of a project's sample, as pages and the writer read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.db import projects as rows
from core.domain.analysis import SampleAnalysis
from core.domain.time import FrameSize
from core.domain.views import AnalysisView
from core.isolation import run_apart
from core.services import intake
from core.services.intake import asset_view
from core.services.studio import Studio


def get(studio: Studio, owner: str, project_id: str) -> AnalysisView | None:
    """What was measured of the sample; None when nothing was yet."""
    row = rows.get_analysis(studio.db, owner, project_id)
    if row is None:
        return None
    found = rows.assets_by_id(studio.db, owner, row.key_frames)
    return AnalysisView(
        analysis=SampleAnalysis.model_validate(row.body),
        key_frames=tuple(asset_view(found[i]) for i in row.key_frames if i in found),
    )


def measuring_limit(width: int, height: int, seconds: float) -> float:
    """Seconds that measuring a sample may take: ten times what two slow cores need for it."""
    return 60 + 2 * seconds * max(1.0, FrameSize(width, height).times_720p)


def measure_file(studio: Studio, path: Path, name: str, folder: Path) -> dict[str, Any]:
    """The analysis of a file that belongs to no project, as JSON; its key frames are written to `folder`."""
    arguments = {
        "path": str(path),
        "name": intake.clean_name(name),
        "max_seconds": studio.settings.max_sample_seconds,
        "max_bytes": studio.settings.max_upload_mb * 1_000_000,
    }
    probe = intake.looked_at("check_sample_file", arguments)
    limit = measuring_limit(probe["width"], probe["height"], probe["duration"])
    found = run_apart("core.media.measure:measure", {"path": str(path), "key_frames_dir": str(folder)}, seconds=limit)
    result: dict[str, Any] = found["analysis"]
    return result
