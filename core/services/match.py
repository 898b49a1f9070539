"""The match report: a finished film through the analyser that measured its sample, and what of one is in the other.

It is a job of its own that begins when a film is delivered, so that the film does not wait for it. What was
measured is kept; scores, reasons and suggestions are worked out from that whenever somebody looks.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.db import jobs, revisions
from core.db import projects as rows
from core.db.tables import Asset, Project
from core.db.work import NewStep
from core.domain.analysis import SampleAnalysis
from core.domain.edits import PlanEdit
from core.domain.errors import NotFound
from core.domain.match import WEIGHTS, Match, Part, Reading, Stretch, shots_as_parts
from core.domain.match_advice import Compared, Suggestion, advise, is_open
from core.domain.match_scores import compare
from core.domain.originality import Originality, Overlap
from core.domain.plan import Plan
from core.isolation import run_apart
from core.services import analysis, planning, recipes
from core.services.addresses import key_of, measure_key
from core.services.bench import Bench, Made
from core.services.studio import Studio

State = Literal["no film", "no sample", "not compared", "ready"]
LAST = 1
"""Priority: nobody's film waits for a report."""
MOST_SECONDS = 600.0
"""That looking at both films may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A suggestion, and whether the newest plan can still take it."""

    suggestion: Suggestion
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The newest film beside its sample."""

    match: Match
    originality: Originality
    sample: Stretch
    film: Stretch
    suggestions: tuple[Offered, ...]
    revision: int
    """That the film was made from."""
    base: int
    """The newest revision, which suggestions are carried out on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """What there is to be compared, and the comparison when it is made."""

    state: State
    report: Report | None = None


def view(studio: Studio, owner: str, project_id: str) -> MatchView:
    """The comparison of the project's newest film with its sample as it stands."""
    project = rows.get_project(studio.db, owner, project_id)
    film, sample = _film(studio, project), _sample(studio, project)
    if film is None:
        return MatchView(state="no film")
    if sample is None:
        return MatchView(state="no sample")
    steps = _steps(film, sample)
    found = jobs.outputs(studio.db, project_id, [step.key for step in steps])
    if len(found) < len({step.key for step in steps}):
        return MatchView(state="not compared")
    results = {step.name: found[step.key].result for step in steps}
    return MatchView(state="ready", report=_report(studio, project, film, results))


def start(studio: Studio, owner: str, project_id: str) -> str | None:
    """Has the newest film compared with the sample; answers the job, None when there is nothing to compare."""
    project = rows.get_project(studio.db, owner, project_id)
    film, sample = _film(studio, project), _sample(studio, project)
    if film is None or sample is None:
        return None
    steps = _steps(film, sample)
    return recipes.record(studio, project, "match", steps, revision=film.facts.get("revision"), priority=LAST)


def follow(
    studio: Studio, owner: str, project_id: str, suggestion: PlanEdit, *, base: int, reason: str, author: str = "you"
) -> None:
    """Carries a suggestion out on revision `base` of the plan; raises what planning.edit raises."""
    planning.edit(studio, owner, project_id, [suggestion], base=base, author=author, reason=reason)


def look(bench: Bench) -> Made:
    """The step: both films looked at and heard side by side."""
    needed = bench.needed()
    found = bench.apart(
        "core.media.matching:look",
        {
            "sample": bench.local(bench.claim.inputs["sample"]),
            "film": bench.local(bench.claim.inputs["film"]),
            "sample_analysis": needed["measure sample"]["analysis"],
            "film_analysis": needed["measure film"]["analysis"],
        },
        seconds=MOST_SECONDS,
    )
    return Made(result=found)


def compare_files(studio: Studio, film: Path, sample: Path, names: tuple[str, str]) -> dict[str, Any]:
    """Two files that belong to no project, compared; JSON. BadMedia, with their names, when one cannot be used."""
    folder = studio.storage.scratch(f"uploads/{secrets.token_hex(8)}")
    try:
        measured = {
            name: analysis.measure_file(studio, path, called, folder)
            for name, path, called in zip(("film", "sample"), (film, sample), names, strict=True)
        }
        seen = run_apart(
            "core.media.matching:look",
            {
                "sample": str(sample),
                "film": str(film),
                "sample_analysis": measured["sample"],
                "film_analysis": measured["film"],
            },
            seconds=MOST_SECONDS,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    here, there = _stretch(measured["film"], seen["film"]), _stretch(measured["sample"], seen["sample"])
    match = compare(there.analysis, there.reading, here.analysis, here.reading, shots_as_parts(here.analysis))
    found = _originality(seen["overlaps"], own=False, seconds=here.analysis.duration)
    return {
        **match.model_dump(mode="json"),
        "weights": WEIGHTS,
        "originality": {
            "level": found.level,
            "says": found.sentence,
            "picture_share": round(found.share("picture"), 4),
            "sound_share": round(found.share("sound"), 4),
            "overlaps": [overlap.model_dump(mode="json") for overlap in found.overlaps],
        },
    }


def _film(studio: Studio, project: Project) -> Asset | None:
    made = rows.assets(studio.db, project.owner, project.id, "film")
    return made[-1] if made else None


def _sample(studio: Studio, project: Project) -> Asset | None:
    return rows.get_asset(studio.db, project.owner, project.sample_id) if project.sample_id else None


def _steps(film: Asset, sample: Asset) -> list[NewStep]:
    """Measuring both (the sample was measured long ago), and looking at both."""
    measured = [_measure(name, asset) for name, asset in (("sample", sample), ("film", film))]
    inputs = {"sample": sample.blob, "film": film.blob}
    together = (film.seconds or 30.0) + (sample.seconds or 30.0)
    return [
        *measured,
        NewStep(
            name="match",
            kind="match",
            label="Laying the film beside the sample",
            key=key_of("match", inputs, [step.key for step in measured]),
            inputs=inputs,
            weight=1 + together / 6,
            needs=tuple(step.name for step in measured),
        ),
    ]


def _measure(name: str, asset: Asset) -> NewStep:
    """As recipes.record_analysis has it, so that a sample is measured once."""
    return NewStep(
        name=f"measure {name}",
        kind="measure",
        label=f"Measuring the {name}",
        key=measure_key(asset.blob),
        inputs={"blob": asset.blob, "asset": asset.id},
        weight=1 + (asset.seconds or 30.0) / 20,
    )


def _report(studio: Studio, project: Project, film: Asset, results: dict[str, Any]) -> Report:
    seen = results["match"]
    here = _stretch(results["measure film"]["analysis"], seen["film"])
    there = _stretch(results["measure sample"]["analysis"], seen["sample"])
    number = int(film.facts.get("revision", 0))
    plan = _plan(studio, project, number)
    parts = _parts(plan) if plan else shots_as_parts(here.analysis)
    match = compare(there.analysis, there.reading, here.analysis, here.reading, parts)
    newest = planning.require(studio, project.owner, project.id)
    offered: tuple[Offered, ...] = ()
    if plan is not None:
        found = advise(Compared(match=match, sample=there, film=here, plan=plan))
        offered = tuple(Offered(suggestion=s, open=is_open(s, plan, newest.plan)) for s in found)
    return Report(
        match=match,
        originality=_originality(seen["overlaps"], own=project.may_use_frames, seconds=here.analysis.duration),
        sample=there,
        film=here,
        suggestions=offered,
        revision=number,
        base=newest.number,
    )


def _plan(studio: Studio, project: Project, number: int) -> Plan | None:
    try:
        return Plan.model_validate(revisions.by_number(studio.db, project.owner, project.id, number).plan)
    except NotFound:
        return None


def _parts(plan: Plan) -> list[Part]:
    return [
        Part(id=scene.id, name=scene.title or scene.role, start=start, end=start + scene.seconds)
        for start, scene in zip(plan.starts, plan.scenes, strict=True)
    ]


def _stretch(measured: dict[str, Any], reading: dict[str, Any]) -> Stretch:
    return Stretch.whole(SampleAnalysis.model_validate(measured), Reading.model_validate(reading))


def _originality(overlaps: list[dict[str, Any]], *, own: bool, seconds: float) -> Originality:
    return Originality(overlaps=tuple(Overlap.model_validate(o) for o in overlaps), own=own, seconds=seconds)
