"""What a film's Content Credentials claim: its plan and its takes in the words of provenance, and who signs that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.db import projects as rows
from core.db.tables import Project
from core.domain.errors import NotFound
from core.domain.plan import Plan, Work
from core.domain.provenance import Act, Edited, Filmed, From, Maker, Story
from core.domain.quality import Fix
from core.isolation import run_apart
from core.services import vendors
from core.services.sound_steps import has_lines
from core.services.studio import Studio

SOURCES: dict[str, From] = {
    "drawn": "drawn", "image": "own image", "key_frame": "sample frame", "performance": "own recording",
}  # fmt: skip
FIXES: dict[Fix, tuple[Act, str]] = {
    "trim": ("c2pa.trimmed", "An end was cut off."),
    "refit": ("c2pa.cropped", "Fitted to the shape of the platform."),
    "reencode": ("c2pa.transcoded", "Encoded anew."),
    "normalise": ("c2pa.edited", "The sound was brought to the platform's loudness."),
}


def certificates(studio: Studio) -> dict[str, str]:
    """What signs films, as core.media.credentials takes it."""
    settings = studio.settings
    named = {"chain": settings.certificate, "key": settings.certificate_key, "timestamps": settings.timestamp_url}
    return {"folder": str(studio.certificates), **{name: value for name, value in named.items() if value}}


def story(
    studio: Studio,
    project: Project,
    plan: Plan,
    revision: int,
    models: Sequence[str],
    spans: Sequence[tuple[float, float]],
    fixes: Sequence[Fix] = (),
) -> Story:
    """What is claimed of a film: `models` filmed its scenes, which are seen at `spans` (seconds)."""
    scenes = tuple(
        Filmed(by=_maker(studio, model), start=start, end=end, source=SOURCES[scene.source.kind])
        for model, scene, (start, end) in zip(models, plan.scenes, spans, strict=True)
    )
    return Story(
        title=plan.title,
        revision=revision,
        scenes=scenes,
        edits=(*_edits(studio, plan), *(Edited(act=FIXES[fix][0], says=FIXES[fix][1]) for fix in fixes)),
        sample_sha256=_sample_hash(studio, project),
    )


def read_file(path: Path, beside: Path | None = None) -> dict[str, Any]:
    """What the credentials of any file say (core.media.credentials.read). NotFound when it has none."""
    arguments = {"path": str(path), "beside": str(beside) if beside else None}
    found: dict[str, Any] | None = run_apart("core.media.credentials:read", arguments, seconds=60)
    if found is None:
        raise NotFound(f"{path.name} has no Content Credentials.", "Those of WebM films are in a file beside them.")
    return found


def _edits(studio: Studio, plan: Plan) -> Iterator[Edited]:
    """What was done to the takes, from the plan."""
    if len(plan.scenes) > 1:
        joins = [first.transition for first, _ in pairwise(plan.scenes)]
        counted = ", ".join(f"{joins.count(kind)} {kind}" for kind in dict.fromkeys(joins))
        yield Edited(act="c2pa.edited", says=f"{len(plan.scenes)} scenes were joined: {counted}.")
    yield from _sound(studio, plan)
    if plan.grade.match or plan.grade.warmth or plan.grade.saturation or plan.grade.brightness or plan.grade.contrast:
        yield Edited(act="c2pa.adjustedColor", says="The takes were graded.")
    if any(scene.title or scene.kicker for scene in plan.scenes):
        yield Edited(act="c2pa.addedText", says="Titles.")
    if plan.captions.enabled and plan.captions.burn and (has_lines(plan) or plan.voice.own):
        yield Edited(act="c2pa.addedText", says="Captions of what is said.")
    if plan.brand.logo or plan.brand.end_card:
        yield Edited(act="c2pa.edited", says="A logo or an end card stands over it.")
    if plan.brand.label:
        yield Edited(act="c2pa.addedText", says="A label that says it was made with AI.")


def _sound(studio: Studio, plan: Plan) -> Iterator[Edited]:
    if plan.voice.enabled and plan.voice.own:
        yield Edited(act="c2pa.edited", says="Voice: a recording that was uploaded.")
    elif has_lines(plan) and any(scene.narration.strip() and not scene.is_heard for scene in plan.scenes):
        yield Edited(act="c2pa.dubbed", says="Voice: the lines of the plan, spoken.", by=_crew(studio, plan, "speech"))
    if has_lines(plan) and any(scene.is_heard for scene in plan.scenes):
        yield Edited(act="c2pa.edited", says="Voice: heard in a recording that a character plays.")
    if plan.music.enabled and plan.music.own:
        yield Edited(act="c2pa.edited", says="Music: a piece that was uploaded.")
    elif plan.music.enabled:
        yield Edited(act="c2pa.edited", says="Music.", by=_crew(studio, plan, "music"))
    if any(scene.sound.strip() for scene in plan.scenes):
        yield Edited(act="c2pa.edited", says="Sound effects.", by=_crew(studio, plan, "effect"))


def _maker(studio: Studio, model: str) -> Maker:
    name, vendor = vendors.described(studio, model)
    return Maker(vendor=vendor, model=name)


def _crew(studio: Studio, plan: Plan, work: Work) -> Maker:
    """Who did that work for a plan, also when its model is no longer in the catalogue."""
    asked = getattr(plan.crew, work)
    if asked != "auto":
        name, vendor = vendors.described(studio, asked, work)
        return Maker(vendor=vendor, model=name)
    card = vendors.crew_card(studio, plan, work)
    return Maker(vendor=vendors.LOCAL, model=card.id if card else f"{vendors.LOCAL}/{work}")


def _sample_hash(studio: Studio, project: Project) -> str | None:
    """Blobs are named by the SHA-256 of their content."""
    if project.sample_id is None:
        return None
    return Path(rows.get_asset(studio.db, project.owner, project.sample_id).blob).stem
