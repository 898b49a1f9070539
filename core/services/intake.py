"""What comes in: samples, images and sounds are checked, stored and handed to the analysis."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.db import projects as rows
from core.db.tables import Asset, new_id
from core.domain.errors import BadInput, BadMedia, DiskFull, StepCrashed
from core.domain.plan import PERFORMANCE_SECONDS, Source
from core.domain.views import AssetView
from core.isolation import run_apart
from core.services import recipes
from core.services.studio import Studio

MAX_IMAGES = 10
CHECK_SECONDS = 120.0
"""A check decodes the whole sample once; a minute of 4K takes about twenty seconds."""
SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".3gp", ".mpg", ".mpeg", ".ts", ".gif")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SOUND_SUFFIXES = (".mp3", ".wav", ".m4a", ".aac", ".ogg", ".opus", ".flac", ".aif", ".aiff", ".mp4", ".mov", ".webm")
"""A video is taken for the sound in it."""
SOUNDS = ("voice_over", "music")
"""Kinds of sound that a person brings: a recording of the voice, and a piece of music."""
MAX_SOUNDS = 10
PERFORMANCE_SUFFIXES = tuple(suffix for suffix in SUFFIXES if suffix != ".gif")
MAX_PERFORMANCES = 10


def limits(studio: Studio) -> dict[str, Any]:
    """What may be uploaded."""
    return {
        "max_bytes": studio.settings.max_upload_mb * 1_000_000,
        "max_image_bytes": studio.settings.max_image_mb * 1_000_000,
        "max_seconds": studio.settings.max_sample_seconds,
        "max_images": MAX_IMAGES,
        "suffixes": SUFFIXES,
        "image_suffixes": IMAGE_SUFFIXES,
        "sound_suffixes": SOUND_SUFFIXES,
        "performance_suffixes": PERFORMANCE_SUFFIXES,
    }


def start(studio: Studio, owner: str, project_id: str) -> str:
    """Starts analysis and planning of a project as it is; answers the job. BadInput for a listing without photos."""
    project = rows.get_project(studio.db, owner, project_id)
    if project.way == "listing" and not rows.assets(studio.db, owner, project_id, "image"):
        raise BadInput("The listing has no photo yet.", "Give one to ten photos of the product: the film shows them.")
    sample = rows.get_asset(studio.db, owner, project.sample_id) if project.sample_id else None
    return recipes.record_analysis(studio, project, sample)


def receive_sample(
    studio: Studio, owner: str, project_id: str, path: Path, name: str, *, begin: bool = True
) -> AssetView:
    """Checks an uploaded file (it is moved away), makes it the project's sample and starts the analysis.

    BadMedia says what is wrong with it; the project keeps the sample it had.
    """
    with _moved_away(path):
        rows.get_project(studio.db, owner, project_id)
        name = clean_name(name)
        probe = _checked(studio, "check_sample_file", path, name, studio.settings.max_upload_mb)
        asset = _store(studio, owner, project_id, "sample", path, name, probe)
    rows.change_project(studio.db, owner, project_id, sample_id=asset.id, updated=studio.now())
    if begin:
        start(studio, owner, project_id)
    return asset_view(asset)


def receive_image(studio: Studio, owner: str, project_id: str, path: Path, name: str) -> AssetView:
    """Checks an uploaded image (it is moved away) and adds it to the project."""
    with _moved_away(path):
        may_receive(studio, owner, project_id, "image")
        name = clean_name(name)
        probe = _checked(studio, "check_image_file", path, name, studio.settings.max_image_mb)
        return asset_view(_store(studio, owner, project_id, "image", path, name, probe))


def receive_sound(studio: Studio, owner: str, project_id: str, path: Path, name: str, kind: str) -> AssetView:
    """Checks an uploaded sound (it is moved away) and adds it to the project; `kind` is one of `SOUNDS`."""
    with _moved_away(path):
        may_receive(studio, owner, project_id, kind)
        name = clean_name(name)
        arguments = {"path": str(path), "name": name, "max_bytes": studio.settings.max_upload_mb * 1_000_000}
        probe = looked_at("check_sound_file", arguments, room="core.media.sound_file")
        return asset_view(_store(studio, owner, project_id, kind, path, name, probe))


def receive_performance(studio: Studio, owner: str, project_id: str, path: Path, name: str) -> AssetView:
    """Checks an uploaded recording for a character to play (it is moved away) and adds it, as models take it."""
    ready = path.with_name(f"{path.stem}-ready.mp4")
    with _moved_away(path), _moved_away(ready):
        may_receive(studio, owner, project_id, "performance")
        name = clean_name(name)
        shortest, longest = PERFORMANCE_SECONDS
        arguments = {
            "path": str(path), "out": str(ready), "name": name, "shortest": shortest, "longest": longest,
            "max_bytes": studio.settings.max_upload_mb * 1_000_000,
        }  # fmt: skip
        probe = looked_at("make_ready", arguments, room="core.media.performance")
        kept = {"facts": {"sound": probe["has_sound"]}}
        called = f"{Path(name).stem}.mp4"
        return asset_view(_store(studio, owner, project_id, "performance", ready, called, probe, **kept))


def performance_source(studio: Studio, owner: str, asset_id: str) -> Source:
    """One of these recordings as the source of a scene."""
    return source_of(rows.get_asset(studio.db, owner, asset_id))


def source_of(asset: Asset) -> Source:
    """The same of a row."""
    return Source(kind="performance", asset=asset.id, seconds=asset.seconds, sound=bool(asset.facts.get("sound")))


def performances(studio: Studio, owner: str, project_id: str) -> tuple[tuple[AssetView, Source], ...]:
    """The project's recordings for a character to play, each with what makes it a scene's; the newest last."""
    return tuple((asset_view(a), source_of(a)) for a in rows.assets(studio.db, owner, project_id, "performance"))


def sounds(studio: Studio, owner: str, project_id: str, kind: str) -> tuple[AssetView, ...]:
    """The project's sounds of a kind, the newest last."""
    return tuple(asset_view(asset) for asset in rows.assets(studio.db, owner, project_id, kind))


def may_receive(studio: Studio, owner: str, project_id: str, kind: str) -> None:
    """Raises what would be raised at the end of an upload anyway, before its bytes are awaited."""
    rows.get_project(studio.db, owner, project_id)
    if kind == "image" and len(rows.assets(studio.db, owner, project_id, "image")) >= MAX_IMAGES:
        raise BadInput(f"A project takes {MAX_IMAGES} images.", "Use the ones it has, or start another project.")
    if kind == "performance" and len(rows.assets(studio.db, owner, project_id, kind)) >= MAX_PERFORMANCES:
        raise BadInput(f"A project takes {MAX_PERFORMANCES} recordings to be played.", "Use the ones it has.")
    if kind in SOUNDS and len(rows.assets(studio.db, owner, project_id, kind)) >= MAX_SOUNDS:
        raise BadInput(f"A project takes {MAX_SOUNDS} of these.", "Use the ones it has, or start another project.")
    _check_room(studio)


@contextmanager
def _moved_away(path: Path) -> Iterator[None]:
    """Whatever happens, nothing is left where the upload lay."""
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _check_room(studio: Studio) -> None:
    if studio.storage.free_mb() < studio.settings.min_free_mb:
        raise DiskFull("There is not enough free disk space to keep this file.")


def _checked(studio: Studio, check: str, path: Path, name: str, max_mb: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {"path": str(path), "name": name, "max_bytes": max_mb * 1_000_000}
    if check == "check_sample_file":
        arguments["max_seconds"] = studio.settings.max_sample_seconds
    return looked_at(check, arguments)


def looked_at(check: str, arguments: dict[str, Any], *, room: str = "core.media.probe") -> dict[str, Any]:
    """The probe of a file by that check of a module; BadMedia also where a decoder breaks on it."""
    try:
        result: dict[str, Any] = run_apart(f"{room}:{check}", arguments, seconds=CHECK_SECONDS)
    except StepCrashed as error:
        raise BadMedia(
            f"{arguments['name']} cannot be read: the decoder broke on it.", "Export it again as MP4 (H.264)."
        ) from error
    return result


def _store(
    studio: Studio, owner: str, project_id: str, kind: str, path: Path, name: str, probe: dict[str, Any], **more: Any
) -> Asset:
    _check_room(studio)
    size = path.stat().st_size
    suffix = Path(name).suffix.lower()
    kept = path.with_suffix(suffix if suffix in SUFFIXES + IMAGE_SUFFIXES + SOUND_SUFFIXES else ".bin")
    path.rename(kept)
    return add_asset(
        studio,
        owner,
        project_id,
        kind,
        blob=studio.storage.put(kept),
        name=name,
        size=size,
        most=MAX_IMAGES if kind == "image" else None,
        width=probe.get("width"),
        height=probe.get("height"),
        seconds=probe.get("duration"),
        **more,
    )


def add_asset(
    studio: Studio,
    owner: str,
    project_id: str,
    kind: str,
    *,
    blob: str,
    name: str,
    size: int | None = None,
    made_by: str | None = None,
    most: int | None = None,
    **facts: Any,
) -> Asset:
    """Records a stored blob as a file of the project; `facts` are width, height, seconds, facts.

    `made_by` names the step and the place in it: made again, the file replaces the one of the first time.
    """
    asset = Asset(
        id=hashlib.sha256(made_by.encode()).hexdigest()[:24] if made_by else new_id(),
        owner=owner,
        project_id=project_id,
        kind=kind,
        name=name,
        mime=mimetypes.guess_type(blob)[0] or "application/octet-stream",
        size=studio.storage.size(blob) if size is None else size,
        blob=blob,
        created=studio.now(),
        **facts,
    )
    return rows.add_asset(studio.db, asset, most)


def clean_name(name: str) -> str:
    """A file's name without path, control characters or undue length; its suffix stays."""
    base = re.split(r"[/\\]", name)[-1]
    base = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip(" .") or "upload"
    stem, dot, suffix = base.rpartition(".")
    return base if len(base) <= 100 else f"{(stem or suffix)[:90]}…{dot}{suffix[:8]}"


def url(asset: Asset) -> str:
    """Where this server gives the file."""
    return f"/files/{asset.id}"


def asset_view(asset: Asset) -> AssetView:
    """A file as a page sees it."""
    return AssetView(
        id=asset.id,
        kind=asset.kind,
        name=asset.name,
        mime=asset.mime,
        size=asset.size,
        url=url(asset),
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
    )


def stored_file(studio: Studio, owner: str, asset_id: str) -> tuple[Path, AssetView]:
    """The file of an asset; NotFound when it is not this owner's or no longer stored."""
    asset = rows.get_asset(studio.db, owner, asset_id)
    return studio.storage.path(asset.blob), asset_view(asset)
