"""Fetches the key frames of a sample and looks at them: faces and text, each kind in a thread of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from core.domain.analysis import Area, Writing
from core.media import key_frames, people, text_spots

LOOKED_AT = 16
"""Shots in whose key frames faces and text are looked for; each costs about as much as decoding a second."""


class Looks:
    """What is seen in the key frames of shots of these lengths; of many shots only the longest are looked at.

    Both executors have one thread: neither model can look at two pictures at once.
    """

    def __init__(self, reader: Executor, finder: Executor, lengths: Sequence[int]) -> None:
        self.reader, self.finder = reader, finder
        self.chosen = set(sorted(range(len(lengths)), key=lambda number: -lengths[number])[:LOOKED_AT])
        self.found: dict[int, tuple[Future[tuple[Writing, ...]], Future[tuple[Area, ...]]]] = {}

    def fetch(self, path: Path, folder: Path, times: list[float], seekable: list[float]) -> list[Path]:
        """The key frames' files, while they are looked at; see key_frames.fetch."""
        saved = []
        for number, (target, image) in enumerate(key_frames.fetch(path, folder, times, seekable)):
            saved.append(target)
            if number in self.chosen:
                self.found[number] = (
                    self.reader.submit(text_spots.read, image), self.finder.submit(people.faces, image),
                )  # fmt: skip
        return saved

    def seen(self, number: int) -> dict[str, Any]:
        """The fields of a shot that its key frame tells, as soon as they are known; {} where nobody looked."""
        if number not in self.found:
            return {}
        writing, faces = self.found[number][0].result(), self.found[number][1].result()
        return {"faces": faces, "size": people.shot_size(faces), "writing": writing}
