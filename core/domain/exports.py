"""The files that a film can be taken away in: containers and sizes, and which of them are larger than the film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from core.domain.time import FrameSize

Container = Literal["mp4", "mov", "webm"]
ExportSize = Literal["480p", "720p", "1080p"]
CONTAINERS: tuple[Container, ...] = get_args(Container)
EXPORT_SIZES: tuple[ExportSize, ...] = get_args(ExportSize)


@dataclass(frozen=True, slots=True)
class Export:
    """One of the nine: a container and the length of the shorter side."""

    container: Container
    size: ExportSize

    @property
    def short_side(self) -> int:
        """Pixels."""
        return int(self.size.removesuffix("p"))

    def pixels(self, film: FrameSize) -> FrameSize:
        """Of the export of a film of that size: the same shape, both sides even."""
        scale = self.short_side / min(film)
        width, height = (round(side * scale / 2) * 2 for side in film)
        return FrameSize(width, height)

    def is_enlarged(self, film: FrameSize) -> bool:
        """Whether it has more pixels than the film, and so shows no more than that."""
        return self.short_side > min(film)

    def is_film(self, film: FrameSize) -> bool:
        """Whether it is the film as it was delivered."""
        return self.container == "mp4" and self.short_side == min(film)


EXPORTS = tuple(Export(container, size) for container in CONTAINERS for size in EXPORT_SIZES)
