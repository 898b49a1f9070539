"""Files that the command line names: read and written with care, refused in a sentence."""

from __future__ import annotations

import errno
import secrets
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from core.domain.errors import BadInput, BadMedia, Broken, DiskFull
from core.services import intake
from core.services.studio import Studio

WANTED = {
    "sample": "Give the path of a video.",
    "performance": "Give the path of a video.",
    "image": "Give a picture.",
    "character": "Give a picture.",
}


def copied(studio: Studio, source: Path, kind: str) -> Path:
    """A copy of a person's file that services may move; BadMedia when it cannot be one.

    `kind`: sample, performance, image, character or a sound.
    """
    name = intake.clean_name(source.name)
    limits = intake.limits(studio)
    most = limits["max_image_bytes"] if kind in ("image", "character") else limits["max_bytes"]
    copy = studio.storage.scratch("uploads") / f"{secrets.token_hex(8)}.part"
    try:
        found = source.stat()
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a file"
            raise BadMedia(f"{name} is {what}.", WANTED.get(kind, "Give a sound."))
        if found.st_size > most:
            raise BadMedia(
                f"{name} is {found.st_size / 1e6:.1f} MB; the most is {most / 1e6:.0f} MB.", "Export it smaller."
            )
        shutil.copyfile(source, copy)
    except FileNotFoundError:
        raise BadMedia(f"There is no file {name}.", "Check the path.") from None
    except OSError as error:
        copy.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise DiskFull("The disk of the data directory is full.") from error
        raise BadMedia(f"{name} cannot be read: {error.strerror}.", "Check the path and its permissions.") from error
    return copy


def check_out(out: Path, sources: Sequence[Path]) -> None:
    """BadInput when no film can be written to `out`, told before it is made."""
    if out.suffix.lower() != ".mp4":
        raise BadInput("The film is an MP4 file.", "Give --out a name that ends in .mp4.")
    check_place(out, sources)


def check_place(out: Path, sources: Sequence[Path] = ()) -> None:
    """BadInput when no file can be written there, whatever its kind."""
    try:
        folder = out.resolve().parent
        if not folder.is_dir():
            raise BadInput(f"There is no folder {out.parent}.", "Create it first.")
        _try_to_write(folder)
        if out.exists():
            if not out.is_file():
                raise BadInput(f"{out.name} is there already, and is not a file.", "Give --out another name.")
            if any(source.exists() and out.samefile(source) for source in sources):
                raise BadInput("The film would overwrite the file it is made from.", "Give --out another name.")
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
        why = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
        raise BadInput(f"--out cannot be used: {why}.", "Give it another name.") from error


def _try_to_write(folder: Path) -> None:
    """Only writing tells whether one may: root may everything, and yet not in /proc."""
    trial = folder / f".{secrets.token_hex(6)}.part"
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise BadInput(
            f"Nothing can be written in {folder}: {error.strerror}.", "Choose another folder for --out."
        ) from error


def write_out(film: Path, out: Path) -> None:
    """Copies the film to `out`, whole or not at all; Broken says where it is kept when that fails."""
    target = out.resolve()
    part = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        shutil.copyfile(film, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Broken(
            f"The film is made but could not be written to {out}: {error.strerror}.", f"Copy it from {film}."
        ) from error
