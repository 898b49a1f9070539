"""Films that the command line began and did not finish: the same command goes on with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.errors import NotFound
from core.services import processes, projects
from core.services.studio import Studio


@dataclass(frozen=True, slots=True)
class Note:
    """Where it is noted which project a command works on."""

    path: Path

    @classmethod
    def of(cls, studio: Studio, wishes: dict[str, Any], files: Sequence[Path]) -> Note:
        """The note of a command: of what it asks for and of the content of its files."""
        digest = hashlib.sha256(json.dumps(wishes, sort_keys=True, default=str).encode())
        for file in files:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        return cls(studio.storage.scratch("making") / f"{digest.hexdigest()}.json")

    def project(self, studio: Studio) -> str | None:
        """The project that was begun; None when there is none, or when another process is at it."""
        try:
            noted = json.loads(self.path.read_text("utf8"))
            projects.get(studio, studio.local_owner, noted["project"])
        except (OSError, ValueError, NotFound):
            return None
        return None if processes.lives(noted["pid"], noted["born"]) else str(noted["project"])

    def write(self, project_id: str) -> None:
        """Notes that this process works on that project."""
        pid, born = processes.identity()
        noted = {"project": project_id, "pid": pid, "born": born}
        part = self.path.with_suffix(f".{pid}")
        part.write_text(json.dumps(noted), "utf8")
        part.replace(self.path)

    def forget(self) -> None:
        """The film is finished."""
        self.path.unlink(missing_ok=True)
