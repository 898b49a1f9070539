"""What each kind of step does. A step reads its inputs and the outputs it needs, and answers what it made.

A handler SHALL be repeatable: run twice it leaves what it leaves when run once. It SHALL write files
only in its own scratch folder and hand them over as blobs. Slow work SHALL run apart, so that a cancel
ends it. Money, retries and time limits are wrapped around it (core.services.workshop).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from core.db import projects as rows
from core.db import revisions
from core.db.tables import Analysis, Project
from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import ModelCard
from core.domain.orders import PerformanceOrder, Product
from core.domain.plan import Plan, Platform
from core.domain.prompt import film_prompt
from core.domain.shoot import ShotOrder
from core.domain.tasks import ClipOrder
from core.domain.time import Aspect, FrameSize, Resolution
from core.domain.ways import offer_of
from core.isolation import TURN
from core.providers.local import writer
from core.providers.local.film.typography import can_set
from core.services import (
    analysis,
    bought,
    chat,
    finishing,
    performances,
    planning,
    quality,
)
from core.services.bench import Bench, Made
from core.services.intake import add_asset
from core.services.studio import Studio
from core.services.vendors import LOCAL

RECEIVING = threading.BoundedSemaphore(1)
"""Talks with vendors are many and light; the work on what they bring is not, and is done one at a time."""
OWN_RENDERER = "local/film"
"""What filmed a clip that does not say so."""


def measure(bench: Bench) -> Made:
    """The sample's figures and a key frame of each shot."""
    folder = bench.scratch / "key_frames"
    folder.mkdir(exist_ok=True)
    sample = rows.get_asset(bench.studio.db, bench.claim.owner, bench.claim.inputs["asset"])
    found = bench.apart(
        "core.media.measure:measure",
        {"path": bench.local(bench.claim.inputs["blob"]), "key_frames_dir": str(folder)},
        seconds=analysis.measuring_limit(sample.width or 1920, sample.height or 1080, sample.seconds or 60),
    )
    blobs = [bench.put(Path(p)) for p in found["key_frames"]]
    return Made(result={"analysis": found["analysis"], "key_frames": blobs}, blobs=blobs)


def learn(bench: Bench) -> Made:
    """Gives the project its analysis, so that the page shows it before there is a plan."""
    studio, claim = bench.studio, bench.claim
    found = bench.needed()["measure"]
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    ids: list[str] = []
    for blob, shot in zip(found["key_frames"], found["analysis"]["shots"], strict=True):
        asset = add_asset(
            studio,
            project.owner,
            project.id,
            "key_frame",
            made_by=bench.place(len(ids)),
            blob=blob,
            name=f"shot at {shot['start']:.1f} s.jpg",
            facts={"time": shot["key_time"], "sample": claim.inputs["asset"]},
        )
        ids.append(asset.id)
    rows.save_analysis(
        studio.db,
        Analysis(
            project_id=project.id,
            asset_id=claim.inputs["asset"],
            body=found["analysis"],
            key_frames=ids,
            created=studio.now(),
        ),
    )
    return Made(result={})


def write(bench: Bench) -> Made:
    """The first revision of the plan, or a fresh one when there is a plan already."""
    studio, claim = bench.studio, bench.claim
    if revisions.by_origin(studio.db, claim.step_id) is None:
        plan = _staffed(studio, _drafted(bench) or _written(bench), claim.inputs["crew"])
        planning.save(
            studio,
            claim.owner,
            claim.project_id,
            plan,
            author=plan.writer,
            reason=claim.inputs.get("reason", "The plan was written"),
            base=None,
            origin=claim.step_id,
        )
    else:  # the plan was saved, and the program ended before its stills were asked for
        planning.draw_missing(studio, claim.owner, claim.project_id)
    return Made(result={})


def _drafted(bench: Bench) -> Plan | None:
    """What a language model has written, where one was asked."""
    return Plan.model_validate(bench.needed()["mend"]["plan"]) if "mend" in bench.claim.needs else None


def _written(bench: Bench) -> Plan:
    """The plan of the offline writer."""
    studio, claim = bench.studio, bench.claim
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    row = rows.get_analysis(studio.db, claim.owner, claim.project_id)
    measured = row and row.asset_id == project.sample_id
    return writer.write_plan(
        brief=project.brief,
        category=project.category,
        platform=cast("Platform", project.platform),
        aspect=cast("Aspect", project.aspect),
        resolution=cast("Resolution", project.resolution),
        seconds=project.seconds,
        seed=project.seed,
        analysis=SampleAnalysis.model_validate(row.body) if row and measured else None,
        images=_pictures(studio, project),
        sample_asset=project.sample_id,
        may_use_frames=project.may_use_frames,
        title=project.title,
        scenes=project.scenes,
        offer=offer_of(project.way, project.listing),
        music=project.listing.get("music", ""),
        is_story=project.way == "story",
    ).but(character=project.character_id)


def _pictures(studio: Studio, project: Project) -> list[str]:
    """The person's images that scenes are made from; who is kept in every scene is no picture of one."""
    found = [asset.id for asset in rows.assets(studio.db, project.owner, project.id, "image")]
    return [asset for asset in found if asset != project.character_id or project.way == "listing"]


def _staffed(studio: Studio, plan: Plan, crew: dict[str, str]) -> Plan:
    """The plan with the models that its project has; scenes whose model nobody chose are filmed by the usual one."""
    films = studio.settings.crew_models.get("video", "auto")
    scenes = tuple(s.but(model=films) if s.model == "auto" else s for s in plan.scenes)
    return plan.but(crew=crew, scenes=scenes)


def still(bench: Bench) -> Made:
    """One scene's still, graded like the film."""
    drawn, graded = bench.scratch / "drawn.jpg", bench.scratch / "still.jpg"
    limit, arguments = 180 + TURN, {**_order(bench), "out": str(drawn)}
    bench.apart("core.providers.local.film.clip:draw_still", arguments, seconds=limit, share=0.8)
    arguments = {"path": str(drawn), "out": str(graded), "grade": bench.claim.inputs["grade"]}
    bench.apart("core.media.grade:grade_still", arguments, seconds=60)
    return bought.kept_still(bench, graded)


def clip(bench: Bench) -> Made:
    """One scene, filmed."""
    out = bench.scratch / "clip.mp4"
    order = bench.claim.inputs["order"]
    limit = TURN + 120 + order["frames"] * 3 * FrameSize(order["width"], order["height"]).times_720p
    drawn = _order(bench)
    bare = stands_in(bench.claim.inputs.get("models", ()))
    if bare:  # like the clip that it stands in for: its address knows no words
        drawn["order"]["scene"] = {**order["scene"], "title": "", "kicker": ""}
    bare = bare or not can_set(order["scene"]["title"], order["scene"]["kicker"])
    made = bench.apart("core.services.drawing:draw", {**drawn, "out": str(out)}, seconds=limit)
    findings = quality.checked_drawing(bench, made["seen"])
    blob = bench.put(out)
    _show_take(bench, blob, made["frames"], OWN_RENDERER, findings)
    return Made(result={"blob": blob, "frames": made["frames"], "model": OWN_RENDERER, "bare": bare}, blobs=[blob])


def stands_in(models: Sequence[str]) -> bool:
    """Whether this machine films a scene that a vendor was to film; `models` are those that may, its own first."""
    return bool(models) and not models[0].startswith(f"{LOCAL}/")


def _show_take(bench: Bench, blob: str, frames: int, model: str, findings: list[dict[str, Any]] | None = None) -> None:
    """Gives the project the clip, so that a person can look at it before the film is cut."""
    order, scene = bench.claim.inputs["order"], bench.claim.inputs["order"]["scene"]["id"]
    add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "take",
        made_by=bench.place("take"),
        blob=blob,
        name=f"{bench.claim.label}.mp4",
        width=order["width"],
        height=order["height"],
        seconds=frames / order["fps"],
        facts={
            "scene": scene,
            "model": model,
            "key": bench.claim.key,
            "job": bench.claim.job_id,
            "findings": findings or [],
        },
    )


def _order(bench: Bench) -> dict[str, Any]:
    image = bench.claim.inputs["image_blob"]
    return {"order": {**bench.claim.inputs["order"], "image": bench.local(image) if image else None}}


def ordered_clip(bench: Bench, card: ModelCard) -> ClipOrder | PerformanceOrder:
    """The same scene as a vendor is asked for it."""
    quality.require_looked_at(bench)
    if "performance" in bench.claim.inputs:
        return performances.ordered(bench, card)
    order, image = ShotOrder.model_validate(bench.claim.inputs["order"]), bench.claim.inputs["image_blob"]
    return ClipOrder(
        model=card.id.removeprefix(f"{card.vendor}/"),
        prompt=film_prompt(order),
        seconds=order.frames / order.fps,
        width=order.width,
        height=order.height,
        seed=order.seed,
        image=Path(bench.local(image)) if image else None,
    )


def received_clip(bench: Bench, product: Product, model: str) -> Made:
    """A vendor's clip, brought to the film's size and pace, in all the length that was sold: the cut shortens it."""
    out, order = bench.scratch / "clip.mp4", bench.claim.inputs["order"]
    sold = max(order["frames"], bench.claim.inputs.get("sold", 0))
    sizes = {name: order[name] for name in ("width", "height", "fps", "frames")}
    arguments = {"path": str(product.path), "out": str(out), **sizes, "most": sold}
    with RECEIVING:
        made = bench.apart("core.media.fit:fit", arguments, seconds=300)
        findings = quality.checked_clip(bench, out, made)
    blob = bench.put(out)
    # cropped it fits everywhere; as it came it can be fitted otherwise, and need not be bought again for that
    whole = made["same_shape"] and made["frames"] == sold
    kept = {"raw": bench.put(product.path)} if product.path and not whole else {}
    _show_take(bench, blob, made["frames"], model, findings)
    return Made(result={"blob": blob, "model": model, **kept, **made}, blobs=[blob, *kept.values()])


def voice(bench: Bench) -> Made:
    """One line, spoken, with the time of each word."""
    out = bench.scratch / "line.wav"
    said = bench.apart("core.providers.local.voice:speak", {**bench.claim.inputs, "out": str(out)}, seconds=120)
    blob = bench.put(out)
    return Made(result={**said, "blob": blob}, blobs=[blob])


def music(bench: Bench) -> Made:
    """The bed."""
    out = bench.scratch / "music.wav"
    arguments = {**bench.claim.inputs, "out": str(out)}
    made = bench.apart("core.providers.local.music:compose", arguments, seconds=300 + TURN)
    blob = bench.put(out)
    return Made(result={**made, "blob": blob}, blobs=[blob])


def deliver(bench: Bench) -> Made:
    """The film signed, measured, with thumbnail and captions beside it, in the project."""
    studio, claim = bench.studio, bench.claim
    revision = revisions.by_number(studio.db, claim.owner, claim.project_id, claim.inputs["revision"])
    film = finishing.finish(bench, Plan.model_validate(revision.plan), revision.number, bench.needed()["cut"])
    return Made(result={"asset": film.id})


def reply(bench: Bench) -> Made:
    """The director's answer to a message, and the edits it makes."""
    chat.answer(bench.studio, bench.claim.owner, bench.claim.project_id, bench.claim.inputs, bench.claim.step_id)
    return Made(result={})


def nothing(_: Bench) -> Made:
    """What only a vendor does: on this machine it comes to nothing."""
    return Made(result={})
