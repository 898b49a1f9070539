"""The quality gate: each clip as it arrives, from a vendor or from this machine, and each finished film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core import facts
from core.db import jobs, purchases
from core.db import projects as rows
from core.db.tables import Asset
from core.domain.errors import BadMedia, Broken, OverBudget
from core.domain.judging import Expected, fits, is_void, judge_clip, judge_film, worst_first
from core.domain.plan import Plan
from core.domain.quality import FIXES, Box, Covered, FilmQuality, Finding, Fix, Inspection, Level, Voiced
from core.domain.script_check import script_findings
from core.domain.shoot import CARD_SECONDS, CutList, Take, Word, scene_frames
from core.domain.time import frame_size
from core.services import captioning, recipes
from core.services.bench import Bench
from core.services.studio import Studio

LOOKING = 180.0
"""Seconds that a look at a clip or film may take; a minute of 1080p takes about ten."""
UNSEEN = ("overlay", "black", "frozen")
"""Warnings of these kinds also keep the next clip from being bought before a person has looked."""
OWN_RENDERER = "local/film"
CARD = CARD_SECONDS + 0.3
"""Seconds that an end card may stand still, which it does on purpose."""
MANY_EVENTS = 1000


def checked_clip(bench: Bench, path: Path, made: dict[str, Any]) -> list[dict[str, Any]]:
    """What is to be said of a clip that was fitted to the film, as JSON. BadMedia when it shows nothing at all."""
    seen = _inspected(bench, path, overlays_too=True)
    void = is_void(seen)
    if void:
        raise BadMedia(
            f"The vendor's clip {void}.", "Press Retry to buy it once more, or film the scene with another model."
        )
    order = bench.claim.inputs["order"]
    wide, high = made["source_size"]
    enlarged = max(order["width"] / wide, order["height"] / high)
    found = judge_clip(seen, held=made["held_frames"] / order["fps"], enlarged=enlarged)
    shown = order["frames"] / order["fps"]  # of what was sold beyond its scene nothing is seen
    return [f.model_dump(mode="json") for f in found if f.start is None or f.start < shown]


def checked_drawing(bench: Bench, seen: dict[str, Any]) -> list[dict[str, Any]]:
    """What is to be said of a clip that this machine has drawn, as JSON. Broken when it is not what was ordered.

    A black or still one is only told of: it may be so in the picture that the person gave.
    """
    found, order = Inspection.model_validate(seen), bench.claim.inputs["order"]
    if (found.frames, found.width, found.height) != (order["frames"], order["width"], order["height"]):
        raise Broken("The clip did not come out whole.", "Press Retry.")
    return [finding.model_dump(mode="json") for finding in judge_clip(found, held=0.0, enlarged=1.0)]


def require_looked_at(bench: Bench) -> None:
    """Before the next clip is bought: OverBudget, which asks a person, when an earlier one of the film looks wrong.

    A person's “go on” is the answer: what came before it does not stop anything again.
    """
    studio, claim = bench.studio, bench.claim
    if purchases.newest(studio.db, claim.project_id, claim.key) is not None:
        return  # it is ordered already, and only looked for
    doubtful = [
        (take, finding)
        for take in rows.assets(studio.db, claim.owner, claim.project_id, "take")
        if take.facts.get("job") == claim.job_id
        for finding in _findings(take)
        if _stops(finding)
    ]
    if not doubtful:
        return
    events = jobs.events(studio.db, claim.owner, claim.job_id, 0, MANY_EVENTS)
    answered = max((e.at for e in events if e.what == "gate opened"), default=None)
    fresh = [(take, f) for take, f in doubtful if answered is None or take.created > answered]
    if fresh:
        take, finding = fresh[0]
        name = take.name.rpartition(".")[0]
        raise OverBudget(
            f"A clip looks wrong, so nothing more is bought yet. “{name}”: {finding.what} "
            "Look at it below; then go on, or redo the scene.",
            "",
        )


def _stops(finding: Finding) -> bool:
    return finding.level == Level.BLOCKS or (finding.level == Level.WARNS and finding.check in UNSEEN)


def checked_film(
    bench: Bench, plan: Plan, cut: dict[str, Any], film: Path, mended: Sequence[Fix] = (), begins: float = 0.0
) -> tuple[Inspection, dict[str, Any]]:
    """The one look at a finished film: what was measured, and what is kept of its quality with it, as JSON.

    Of one that was `mended`, the film as planned `begins` at so many seconds.
    """
    captions, covered = _letters(bench, plan, cut)
    whole = _whole_picture(plan) if "refit" in mended else Box(left=0, top=0, right=1, bottom=1)
    seen = _inspected(bench, film, covered=[one.within(whole, begins) for one in covered])
    spoken = plan.voice.enabled and any(s.narration.strip() for s in plan.scenes)
    expected = Expected(
        platform=plan.platform,
        sounds=spoken or plan.music.enabled,
        music=plan.music.enabled,
        card=CARD if plan.brand.end_card else 0.0,
    )
    found = judge_film(seen, expected, facts.platforms(), None if "refit" in mended else captions)
    found = tuple(_of_scene(finding, plan, begins) for finding in found)
    if "trim" not in mended:  # of a trimmed film, what was cut off with words is meant
        found = worst_first([*found, *_of_speech(bench, plan, cut, seen, film)])
    return seen, {
        "seen": seen.model_dump(mode="json"),
        "findings": [finding.model_dump(mode="json") for finding in found],
        "mended": list(mended),
        "begins": begins,
    }


def _whole_picture(plan: Plan) -> Box:
    """Where the picture of the film stands in the upright frame that it was fitted to."""
    wide, high = frame_size("9:16", plan.resolution)
    scale = min(wide / plan.size.width, high / plan.size.height)
    x, y = plan.size.width * scale / wide / 2, plan.size.height * scale / high / 2
    return Box(left=0.5 - x, top=0.5 - y, right=0.5 + x, bottom=0.5 + y)


def _inspected(bench: Bench, path: Path, *, overlays_too: bool = False, covered: Sequence[Covered] = ()) -> Inspection:
    told = [one.model_dump() for one in covered]
    arguments = {"path": str(path), "overlays_too": overlays_too, "covered": told}
    return Inspection.model_validate(bench.apart("core.media.quality:inspect", arguments, seconds=LOOKING, share=0))


def _of_speech(bench: Bench, plan: Plan, cut: dict[str, Any], seen: Inspection, film: Path) -> tuple[Finding, ...]:
    """What is said against what was to be said, by its words and by the finished sound itself."""
    words = [Word.model_validate(w) for w in cut["words"]]
    kept = [line for line in cut.get("lines", []) if bench.studio.storage.has(line["blob"])]
    voiced: dict[str, Voiced] = {}
    if kept and seen.audio:
        lines = [{"path": bench.local(line["blob"]), "start": line["start"]} for line in kept]
        arguments = {"film": str(film), "lines": lines, "beside": str(bench.scratch / "beside")}
        heard = bench.apart("core.media.quality_speech:listen", arguments, seconds=LOOKING, share=0)
        found = zip(kept, heard, strict=True)
        voiced = {line["scene"]: Voiced.model_validate(one) for line, one in found if one}
    return script_findings(plan, words, seen.silent, voiced, is_heard=bool(cut.get("heard_by")))


def _of_scene(finding: Finding, plan: Plan, begins: float) -> Finding:
    """A stretch of the picture that is wrong, with the scene that most of it lies in."""
    if finding.check not in ("black", "frozen") or finding.start is None or finding.end is None:
        return finding
    start, end = finding.start + begins, finding.end + begins
    shares = [
        (min(end, begin + scene.seconds) - max(start, begin), scene.id)
        for begin, scene in zip(plan.starts, plan.scenes, strict=True)
    ]
    return finding.but(scene=max(shares)[1])


def _letters(bench: Bench, plan: Plan, cut: dict[str, Any]) -> tuple[Box | None, list[Covered]]:
    """Where the captions stand, and what letters and marks of ours lie over, in the film as it was cut."""
    models, takes = cut.get("models") or [OWN_RENDERER] * len(plan.scenes), []
    for scene, count, model in zip(plan.scenes, scene_frames(plan), models, strict=True):
        drawn = model == OWN_RENDERER and captioning.lettered(scene)
        words = {} if drawn else {"title": scene.title, "kicker": scene.kicker, "called": scene.role == "cta"}
        takes.append(Take(path="", frames=count, transition="cut", **words))
    film = CutList(
        takes=tuple(takes),
        width=plan.size.width,
        height=plan.size.height,
        grade=plan.grade,
        palette=recipes.palette_of(plan),
        captions=plan.captions,
        words=tuple(Word.model_validate(w) for w in cut["words"]),
        sound="",
        style=plan.style,
        platform=plan.platform,
        brand=plan.brand.but(logo=captioning.logo_path(bench.studio, bench.claim.owner, plan)),
    )
    arguments = {"cut_list": film.model_dump(mode="json")}
    found = bench.apart("core.media.quality_captions:place", arguments, seconds=LOOKING, share=0)
    captions = Box.model_validate(found["captions"]) if found["captions"] else None
    return captions, [Covered.model_validate(one) for one in found["covered"]]


def of_takes(studio: Studio, owner: str, project_id: str) -> dict[str, tuple[Finding, ...]]:
    """What was found of the clips of the newest film, by scene; clips without findings are left out."""
    found = jobs.newest_job(studio.db, owner, project_id, "film")
    if found is None:
        return {}
    made = {asset.facts["key"]: asset for asset in rows.assets(studio.db, owner, project_id, "take")}
    return {
        step.scene_id: findings
        for step in found[1]
        if step.scene_id and step.key in made and (findings := _findings(made[step.key]))
    }


def of_film(studio: Studio, owner: str, project_id: str) -> FilmQuality | None:
    """All that is known of the quality of the project's newest film; None without a film."""
    made = rows.assets(studio.db, owner, project_id, "film")
    if not made:
        return None
    known = made[-1].facts.get("quality")
    found = tuple(Finding.model_validate(f) for f in known["findings"]) if known else ()
    return FilmQuality(
        film=made[-1].id,
        findings=found,
        fits=fits(found, facts.platforms()),
        fixes=tuple(fix for fix in FIXES if any(f.fix == fix for f in found)),
        mended=tuple(known["mended"]) if known else (),
        is_checked=known is not None,
    )


def _findings(asset: Asset) -> tuple[Finding, ...]:
    return tuple(Finding.model_validate(f) for f in asset.facts.get("findings", ()))
