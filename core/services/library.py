"""The music that comes along: to be listened to, and taken into a film like a piece of the person's own."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from core import facts
from core.domain.errors import NotFound
from core.domain.views import AssetView
from core.services import intake
from core.services.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of music of the library."""

    id: str
    name: str
    mood: str
    bpm: float
    about: str
    file: Path


def pieces() -> tuple[Piece, ...]:
    """All of them."""
    return tuple(
        Piece(
            id=row["id"],
            name=row["name"],
            mood=row["mood"],
            bpm=row["bpm"],
            about=row["about"],
            file=facts.music_file(row["id"]),
        )
        for row in facts.music()
    )


def called(name: str) -> Piece | None:
    """The piece of that id or name, in capitals or not; None when there is none."""
    asked = name.strip().lower().replace(" ", "-")
    return next((one for one in pieces() if one.id == asked), None)


def take(studio: Studio, owner: str, project_id: str, name: str) -> AssetView:
    """Puts a piece among the project's music, once; the plan does not change. NotFound says what there is."""
    chosen = called(name)
    if chosen is None:
        there = ", ".join(one.name for one in pieces())
        raise NotFound(f"The library has no piece called “{name[:60]}”.", f"There is {there}.")
    file_name = f"{chosen.name}{chosen.file.suffix}"
    size = chosen.file.stat().st_size
    for sound in intake.sounds(studio, owner, project_id, "music"):
        if (sound.name, sound.size) == (file_name, size):
            return sound
    copy = studio.storage.scratch("uploads") / f"{secrets.token_hex(8)}.part"
    shutil.copyfile(chosen.file, copy)
    return intake.receive_sound(studio, owner, project_id, copy, file_name, "music")
