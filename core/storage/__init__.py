"""Where files lie: what every storage offers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """Files addressed by their content; a blob never changes."""

    def put(self, path: Path) -> str:
        """Takes the file over (it is moved) and answers its blob name. DiskFull when there is no room."""

    def path(self, blob: str) -> Path:
        """A local file with the content; NotFound when the blob is gone."""

    def has(self, blob: str) -> bool:
        """Whether the blob is there."""

    def remove(self, blob: str) -> None:
        """Forgets the blob; nothing happens when it is not there."""

    def names(self) -> list[str]:
        """Every blob."""

    def scratch(self, name: str) -> Path:
        """A folder for temporary files, on the same disk as the blobs; made when missing."""

    def free_mb(self) -> float:
        """Megabytes that can still be written."""
