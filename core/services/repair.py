"""Repairing a finished film: what the quality gate found and a machine can put right, as a new film beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import facts
from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Asset
from core.db.work import NewStep
from core.domain.errors import BadInput, Broken, Conflict, NotFound
from core.domain.plan import Plan
from core.domain.quality import FIXES, FilmQuality, Finding, Fix, Inspection
from core.domain.time import FrameSize, frame_size
from core.services import finishing, quality, recipes
from core.services.bench import Bench, Made
from core.services.studio import Studio

LIMIT = 1800.0
"""Seconds that mending may take."""


def start(studio: Studio, owner: str, project_id: str, film_id: str, fixes: Sequence[Fix]) -> str | None:
    """Has the newest film mended, as a new film beside it; answers the job, None when it was mended like that before.

    Conflict when that film is no longer the newest, BadInput when there is nothing of the kind to mend.
    """
    project = rows.get_project(studio.db, owner, project_id)
    made = rows.assets(studio.db, owner, project_id, "film")
    if not made:
        raise NotFound("There is no finished film yet.", "Have the film made first.")
    film = made[-1]
    if film.id != film_id:
        raise Conflict("There is a newer film by now.", "Look at that one.")
    known = quality.of_film(studio, owner, project_id)
    wanted = [fix for fix in FIXES if known and fix in fixes and fix in known.fixes]
    if known is None or not wanted:
        raise BadInput("There is nothing of that kind to mend.", "Look at the newest findings.")
    inputs = _order(studio, owner, film, known, wanted)
    key = recipes.key_of("repair", inputs)
    if mended := _mended_before(studio, owner, project_id, key):
        _make_newest(studio, owner, mended)
        return None
    seconds = film.seconds or 30.0
    step = NewStep(
        name="repair",
        kind="repair",
        label="Repairing the film",
        key=key,
        inputs=inputs,
        weight=3 + seconds * (0.1 if wanted == ["normalise"] else 0.8),
    )
    return recipes.record(studio, project, "repair", [step])


def undo(studio: Studio, owner: str, project_id: str, film_id: str) -> None:
    """The film as it was made is the newest one again; what was repaired stays beside it.

    Conflict when the film of that id is no longer the newest, or was not repaired.
    """
    made = rows.assets(studio.db, owner, project_id, "film")
    if not made or made[-1].id != film_id or not made[-1].facts.get("quality", {}).get("mended"):
        raise Conflict("This film has not been repaired.", "Look at the newest one.")
    first = next((film for film in reversed(made) if not film.facts.get("quality", {}).get("mended")), None)
    if first is None:
        raise NotFound("The film as it was made is gone.", "Have it made again.")
    _make_newest(studio, owner, first)


def _mended_before(studio: Studio, owner: str, project_id: str, key: str) -> Asset | None:
    """The film that this very repair made, which was then set aside by `undo`."""
    known = jobs.outputs(studio.db, project_id, [key]).get(key)
    if known is None:
        return None
    film = rows.assets_by_id(studio.db, owner, [known.result["asset"]]).get(known.result["asset"])
    return film if film and studio.storage.has(film.blob) else None


def _make_newest(studio: Studio, owner: str, film: Asset) -> None:
    """An earlier film is the project's film again, with its thumbnail."""
    film.created = studio.now()
    rows.add_asset(studio.db, film)
    if cover := film.facts.get("thumbnail"):
        rows.change_project(studio.db, owner, film.project_id, thumbnail_id=cover)


def _order(studio: Studio, owner: str, film: Asset, known: FilmQuality, fixes: list[Fix]) -> dict[str, Any]:
    """Everything that the mended film depends on."""
    revision = film.facts.get("revision", 0)
    plan = Plan.model_validate(revisions.by_number(studio.db, owner, film.project_id, revision).plan)
    seen = Inspection.model_validate(film.facts["quality"]["seen"])
    limits = [r.megabytes for r in facts.platforms() if plan.platform in (r.id, "any")]
    size = frame_size("9:16", plan.resolution) if "refit" in fixes else FrameSize(seen.width, seen.height)
    keep = list(_kept(known.findings, seen.readable)) if "trim" in fixes else None
    return {
        "blob": film.blob,
        "revision": revision,
        "cut": film.facts["cut"],
        "fixes": fixes,
        "before": list(known.mended),
        "keep": keep,
        "begins": round(film.facts["quality"].get("begins", 0.0) + (keep[0] if keep else 0.0), 3),
        "size": list(size),
        "most_bytes": int(min(limits) * 1e6),
    }


def _kept(findings: Sequence[Finding], whole: float) -> tuple[float, float]:
    """From when to when the film is left when its ends are trimmed."""
    start, end = 0.0, whole
    for finding in findings:
        if finding.fix != "trim" or finding.start is None:
            continue
        if finding.start <= whole - (finding.end or whole):
            start = max(start, min(finding.end or 0.0, whole))
        else:
            end = min(end, finding.start)
    return round(start, 3), round(end, 3)


def repaired(bench: Bench) -> Made:
    """The film mended, signed anew and checked anew, as a new film of the project."""
    studio, claim, inputs = bench.studio, bench.claim, bench.claim.inputs
    cut = jobs.outputs(studio.db, claim.project_id, [inputs["cut"]]).get(inputs["cut"])
    if cut is None:
        raise Broken("What the film was cut from is gone.", "Have the film made again.")
    out = bench.scratch / "mended.mp4"
    arguments = {name: inputs[name] for name in ("fixes", "keep", "size", "most_bytes")}
    made = bench.apart(
        "core.media.quality_fix:mend",
        {"path": bench.local(inputs["blob"]), "out": str(out), **arguments},
        seconds=LIMIT,
        share=0.6,
    )
    revision = revisions.by_number(studio.db, claim.owner, claim.project_id, inputs["revision"])
    fresh = {**cut.result, "blob": bench.put(out), "words": _moved(cut.result["words"], inputs["keep"])}
    film = finishing.finish(
        bench, Plan.model_validate(revision.plan), revision.number, fresh,
        repaired=finishing.Repaired(
            fixes=tuple(dict.fromkeys([*inputs["before"], *inputs["fixes"]])),
            seconds=made["seconds"],
            size=FrameSize(made["width"], made["height"]),
            cut=inputs["cut"],
            begins=inputs["begins"],
        ),
    )  # fmt: skip
    return Made(result={"asset": film.id})


def _moved(words: list[dict[str, Any]], keep: list[float] | None) -> list[dict[str, Any]]:
    """Words at their times in a film of which only a part was kept."""
    if keep is None:
        return words
    start, end = keep
    return [
        {**w, "start": round(max(0.0, w["start"] - start), 3), "end": round(min(w["end"], end) - start, 3)}
        for w in words
        if w["end"] > start and w["start"] < end
    ]
