"""Where files lie: what every storage offers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """Files addressed by their content; a blob never changes."""

    def put(self, path: Path) -> str:
        """Takes the file over (it is moved) and answers its blob name. DiskFull when there is no room.

        From then on it counts as new (see modified), also when the same content was there before.
        """

    def path(self, blob: str) -> Path:
        """A local file with the content, only to be read; NotFound when the blob is gone.

        It may have to be fetched, which takes time and disk: ask `size` and `modified` when they are
        all you need. It stays for an hour after the last call.
        """

    def has(self, blob: str) -> bool:
        """Whether the blob is there."""

    def size(self, blob: str) -> int:
        """Its bytes, without fetching it; NotFound when the blob is gone."""

    def modified(self, blob: str) -> float:
        """When it was last put, in seconds since 1970, without fetching it; NotFound when the blob is gone.

        Within an hour: content that was put an hour ago or less need not count as put again.
        """

    def remove(self, blob: str) -> None:
        """Forgets the blob; nothing happens when it is not there."""

    def names(self) -> list[str]:
        """Every blob."""

    def scratch(self, name: str) -> Path:
        """A folder for temporary files, on the same disk as the blobs; made when missing."""

    def free_mb(self) -> float:
        """Megabytes that can still be written on this machine."""

    def ping(self) -> None:
        """One cheap look whether it works: BadInput when it is set up wrongly, Broken when it is away."""
