"""Files that come with a message to the director: kept in the project, and named so that he can use them."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from core.db import projects as rows
from core.db.tables import Asset
from core.domain.errors import BadInput
from core.domain.given import Given
from core.domain.views import AssetView
from core.services import intake
from core.services.studio import Studio

SUFFIXES = (*intake.IMAGE_SUFFIXES, *(s for s in intake.SOUND_SUFFIXES if s not in intake.SUFFIXES))
"""Images and sounds; a video goes another way, because it is measured."""
MOST = 5
"""Files with one message."""
KINDS = ("image", "music", "voice_over")
MUSIC = re.compile(r"\b(?:music|song|soundtrack|track|tune|score|jingle|beat)\b", re.IGNORECASE)


def receive(studio: Studio, owner: str, project_id: str, path: Path, name: str, said: str) -> AssetView:
    """Keeps a file (it is moved away); a sound is music when the message or its name says so, else a voice-over.

    BadInput and BadMedia say what is wrong with it.
    """
    suffix = Path(name).suffix.lower()
    if suffix in intake.IMAGE_SUFFIXES:
        return intake.receive_image(studio, owner, project_id, path, name)
    if suffix not in SUFFIXES:
        path.unlink(missing_ok=True)
        raise BadInput(f"{intake.clean_name(name)} is no image and no sound.", f"Send one of: {', '.join(SUFFIXES)}.")
    is_music = MUSIC.search(said) or MUSIC.search(re.sub(r"[_\W]", " ", name))
    return intake.receive_sound(studio, owner, project_id, path, name, "music" if is_music else "voice_over")


def require_own(studio: Studio, owner: str, project_id: str, ids: Collection[str]) -> None:
    """Nothing, when they are files of the project that a message may bring. BadInput, NotFound."""
    if len(ids) > MOST:
        raise BadInput(f"A message takes {MOST} files.", "Send the others with the next one.")
    for asset_id in ids:
        asset = rows.get_asset(studio.db, owner, asset_id)
        if asset.project_id != project_id or asset.kind not in KINDS:
            raise BadInput("That file is not one of this film's.", "Attach it to the message again.")


def files(studio: Studio, owner: str, project_id: str, fresh: Collection[str]) -> list[tuple[Asset, Given]]:
    """Every image and sound of the person's in the project; those of `fresh` came with the message."""
    found = []
    for kind in KINDS:
        for asset in rows.assets(studio.db, owner, project_id, kind):
            is_image = kind == "image"
            what = asset.name if is_image else f"{asset.name} ({kind.replace('_', '-')})"
            one = Given(asset=asset.id, what=what, kind="image" if is_image else "sound", is_new=asset.id in fresh)
            found.append((asset, one))
    return found
