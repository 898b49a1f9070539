"""A storage without files: names of blobs are all that the simulation needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.errors import DiskFull, NotFound

if TYPE_CHECKING:
    from tests.simulation.world import World


class NamesOnly:
    """See core.storage.Storage."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.blobs: set[str] = set()

    def put(self, path: Path) -> str:
        self.world.pause("put")
        if self.world.happens(0.01):
            raise DiskFull("The disk is full.")
        self.blobs.add(path.name)
        return path.name

    def path(self, blob: str) -> Path:
        if blob not in self.blobs:
            raise NotFound("That file is no longer stored.")
        return self.folder / blob

    def has(self, blob: str) -> bool:
        return blob in self.blobs

    def size(self, blob: str) -> int:
        return len(self.path(blob).name)

    def modified(self, blob: str) -> float:
        self.path(blob)
        return 0.0

    def remove(self, blob: str) -> None:
        self.blobs.discard(blob)

    def names(self) -> list[str]:
        return sorted(self.blobs)

    def scratch(self, name: str) -> Path:
        return self.folder / name

    def free_mb(self) -> float:
        return 0.0 if self.world.happens(0.005) else 1e6

    def ping(self) -> None:
        return
