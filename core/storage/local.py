"""Files on this machine's disk."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from core.domain.errors import BadInput, DiskFull, NotFound


class LocalStorage:
    """Blobs under `root/media`, named by the SHA-256 of their content; scratch under `root/scratch`."""

    def __init__(self, root: Path) -> None:
        self.media = root / "media"
        self.scratch_root = root / "scratch"
        for folder in (self.media, self.scratch_root):
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, path: Path) -> str:
        """See Storage; the same content is kept once."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        blob = f"{digest[:2]}/{digest}{path.suffix.lower()}"
        target = self.media / blob
        try:
            target.parent.mkdir(exist_ok=True)
            os.utime(path)  # it counts from now, however old the file is that was handed over
            shutil.move(path, target)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("The disk is full.") from error
            raise
        return blob

    def path(self, blob: str) -> Path:
        """See Storage."""
        path = self.media / blob
        if not path.is_file() or not path.resolve().is_relative_to(self.media.resolve()):
            raise NotFound("That file is no longer stored.", "Make it again.")
        return path

    def has(self, blob: str) -> bool:
        """See Storage."""
        return (self.media / blob).is_file()

    def size(self, blob: str) -> int:
        """See Storage."""
        return self._stat(blob).st_size

    def modified(self, blob: str) -> float:
        """See Storage."""
        return self._stat(blob).st_mtime

    def remove(self, blob: str) -> None:
        """See Storage."""
        (self.media / blob).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """See Storage."""
        return sorted(str(p.relative_to(self.media)) for p in self.media.glob("*/*") if p.is_file())

    def scratch(self, name: str) -> Path:
        """See Storage."""
        folder = self.scratch_root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def free_mb(self) -> float:
        """See Storage."""
        return shutil.disk_usage(self.media).free / 1e6

    def ping(self) -> None:
        """See Storage."""
        if not os.access(self.media, os.W_OK | os.X_OK):
            raise BadInput(
                f"The folder {self.media} cannot be written.",
                "Give this program the right to write there, or set REPRISE_DATA_DIR to another folder.",
            )

    def _stat(self, blob: str) -> os.stat_result:
        try:
            return self.path(blob).stat()
        except FileNotFoundError as error:
            raise NotFound("That file is no longer stored.", "Make it again.") from error
