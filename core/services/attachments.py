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

SUFFIXES = (
    *intake.IMAGE_SUFFIXES,
    *(s for s in intake.SOUND_SUFFIXES if s not in intake.SUFFIXES),
    *intake.PERFORMANCE_SUFFIXES,
)
"""Images, sounds, and short recordings for a character to play; a longer one is uploaded where its scene is edited."""
MOST = 5
"""Files with one message."""
KINDS = ("image", "music", "voice_over", "performance")
MUSIC = re.compile(r"\b(?:music|song|soundtrack|track|tune|score|jingle|beat)\b", re.IGNORECASE)


def receive(studio: Studio, owner: str, project_id: str, path: Path, name: str, said: str) -> AssetView:
    """Keeps a file (it is moved away); a sound is music when the message or its name says so, else a voice-over.

    A video is a recording that a character may play.

    BadInput and BadMedia say what is wrong with it.
    """
    suffix = Path(name).suffix.lower()
    if suffix in intake.IMAGE_SUFFIXES:
        return intake.receive_image(studio, owner, project_id, path, name)
    if suffix in intake.PERFORMANCE_SUFFIXES:
        return intake.receive_performance(studio, owner, project_id, path, name)
    if suffix not in SUFFIXES:
        path.unlink(missing_ok=True)
        words = f"{intake.clean_name(name)} is no image, no sound and no video."
        raise BadInput(words, f"Send one of: {', '.join(SUFFIXES)}.")
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
    """Every image, sound and recording of the person's in the project; those of `fresh` came with the message."""
    return [
        (asset, _given(asset, kind, is_new=asset.id in fresh))
        for kind in KINDS
        for asset in rows.assets(studio.db, owner, project_id, kind)
    ]


def _given(asset: Asset, kind: str, *, is_new: bool) -> Given:
    """A file as the director knows it."""
    if kind == "image":
        return Given(asset=asset.id, what=asset.name, is_new=is_new)
    if kind == "performance":
        what = f"{asset.name}, {asset.seconds or 0:.1f} s, for a character to play"
        return Given(asset=asset.id, what=what, kind="performance", is_new=is_new, source=intake.source_of(asset))
    return Given(asset=asset.id, what=f"{asset.name} ({kind.replace('_', '-')})", kind="sound", is_new=is_new)
