"""Draws a clip and looks at it, for a process of its own: the pages and the clock never load what this needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.providers.local.film.clip import draw_clip

LOOKING = 0.01
"""Share of the work in the look: it decodes one picture a second of what the drawing has encoded."""


def draw(*, order: dict[str, Any], out: str, report: Callable[[float], None]) -> dict[str, Any]:
    """The clip of an order (a ShotOrder) at `out`: {"frames", "seen"}, the last an Inspection of the finished file.

    Raises as draw_clip does, and BadMedia when not one picture of what was written can be decoded.
    """
    made = draw_clip(order=order, out=out, report=lambda fraction: report(fraction * (1 - LOOKING)))
    from core.media.quality import inspect  # noqa: PLC0415  (its decoders need no room while pictures are drawn)

    return {**made, "seen": inspect(path=out, overlays_too=False, keys_only=True, report=lambda _: None)}
