"""Looks at a film and its sample side by side: what both say and show, and where one is found in the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.domain.analysis import SampleAnalysis, Span
from core.domain.originality import Overlap
from core.media import fingerprint, landmarks, reading
from core.media.glimpses import Glimpses, glimpses


def look(
    *,
    sample: str,
    film: str,
    sample_analysis: dict[str, Any],
    film_analysis: dict[str, Any],
    report: Callable[[float], None],
) -> dict[str, Any]:
    """`{"sample": Reading, "film": Reading, "overlaps": [Overlap]}` of two files and their analyses, all JSON.

    Raises BadMedia when one of them cannot be decoded.
    """
    there = glimpses(sample, lambda f: report(0.25 * f))
    here = glimpses(film, lambda f: report(0.25 + 0.25 * f))
    found = overlaps(there, here)
    report(0.8)
    both = {}
    for name, seen, analysis in (("sample", there, sample_analysis), ("film", here, film_analysis)):
        measured = SampleAnalysis.model_validate(analysis)
        both[name] = reading.read(seen, measured.shots, measured.speech or ()).model_dump(mode="json")
    report(1.0)
    return {**both, "overlaps": [overlap.model_dump(mode="json") for overlap in found]}


def overlaps(sample: Glimpses, film: Glimpses) -> list[Overlap]:
    """Stretches of the film that are found in the sample, pictures first."""
    pictures = [
        Overlap(kind="picture", sample=_span(f.sample), film=_span(f.film), likeness=f.likeness, mirrored=f.mirrored)
        for f in fingerprint.stretches(sample, film)
    ]
    sounds = [
        Overlap(kind="sound", sample=_span(h.sample), film=_span(h.film), likeness=h.share)
        for h in landmarks.stretches(landmarks.landmarks(sample.mono), landmarks.landmarks(film.mono))
    ]
    return [*pictures, *sounds]


def _span(times: tuple[float, float]) -> Span:
    return Span(start=round(times[0], 2), end=round(times[1], 2))
