"""A finished film in another container and size, from the command line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from core.domain.errors import BadInput, Broken, NotFound
from core.domain.exports import CONTAINERS, EXPORTS, Export, ExportSize
from core.domain.views import ExportView
from core.services import delivery, exports, intake
from core.services.studio import Studio
from jobs import making, paths
from jobs.clock import Clock


def export(studio: Studio, out: Path, size: ExportSize, project_id: str | None) -> dict[str, Any]:
    """Writes the newest film, or that project's, to `out`, whose ending names the container.

    Answers what `--json` prints.
    """
    owner = studio.local_owner
    container = out.suffix.lower().removeprefix(".")
    if container not in CONTAINERS:
        raise BadInput("A film is exported as MP4, MOV or WebM.", "Give a name that ends in .mp4, .mov or .webm.")
    wanted = Export(container, size)
    paths.check_place(out)
    newest = delivery.films(studio, owner, per_page=1).items
    project_id = project_id or (newest[0].project_id if newest else None)
    if project_id is None:
        raise NotFound("There is no finished film yet.", "Make one first: python -m jobs make.")
    exports.start(studio, owner, project_id, wanted)
    view = _view(studio, project_id, wanted)
    if view.enlarged:
        making.say(f"Enlarged: {view.size.width}×{view.size.height} is larger than the film, and no sharper than that.")
    if view.file is None:
        clock = Clock(studio, project_id)
        clock.start()
        try:
            making.wait(studio, project_id, "export", f"Exporting {container.upper()} {size}")
        finally:
            clock.stop()
        view = _view(studio, project_id, wanted)
    if view.file is None:
        raise Broken("The export was not made.", "Run the command again.")
    stored, _ = intake.stored_file(studio, owner, view.file.id)
    paths.write_out(stored, out)
    written = {"film": str(out), "width": view.size.width, "height": view.size.height, "enlarged": view.enlarged}
    if view.credentials:
        beside = out.with_name(f"{out.name}.c2pa")
        shutil.copyfile(intake.stored_file(studio, owner, view.credentials.id)[0], beside)
        making.say(f"Its Content Credentials are beside it: {beside.name}")
        written["credentials"] = str(beside)
    return written


def _view(studio: Studio, project_id: str, wanted: Export) -> ExportView:
    views = exports.exports(studio, studio.local_owner, project_id)
    if not views:
        raise NotFound("That project has no finished film.", "Make it first, or name another with --project.")
    return views[EXPORTS.index(wanted)]
