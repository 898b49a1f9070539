"""What each kind of step does. A step reads its inputs and the outputs it needs, and answers what it made.

A handler SHALL be repeatable: run twice it leaves what it leaves when run once. It SHALL write files
only in its own scratch folder and hand them over as blobs. Slow work SHALL run apart, so that a cancel
ends it. Money, retries and time limits are wrapped around it (core.services.workshop).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from core.db import jobs, revisions
from core.db import projects as rows
from core.db.slices import Claim
from core.db.tables import Analysis
from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import Kind, ModelCard
from core.domain.errors import Broken
from core.domain.plan import Plan, Platform
from core.domain.prompt import film_prompt
from core.domain.shoot import CutList, ShotOrder, Take, Word
from core.domain.tasks import ClipOrder
from core.domain.time import Aspect, FrameSize, Resolution
from core.isolation import run_apart
from core.providers.local import writer
from core.services import analysis, chat, finishing, planning
from core.services.intake import add_asset
from core.services.studio import Studio

RECEIVING = threading.BoundedSemaphore(1)
"""Talks with vendors are many and light; the work on what they bring is not, and is done one at a time."""
OWN_RENDERER = "local/film"
"""What filmed a clip that does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a step answers: JSON, and the blobs that it refers to."""

    result: dict[str, Any]
    blobs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a handler works with."""

    studio: Studio
    claim: Claim
    scratch: Path
    report: Callable[[float], None]
    cancelled: Callable[[], bool]

    def apart(self, target: str, arguments: dict[str, Any], *, seconds: float, share: float = 1.0) -> Any:
        """Runs a function in its own process, its progress being `share` of the step's."""
        return run_apart(
            target, arguments, seconds=seconds, report=lambda f: self.report(f * share), cancelled=self.cancelled
        )

    def place(self, name: str | int) -> str:
        """The name of a file that this step gives the project: the same when the step is done again."""
        return f"{self.claim.step_id} {name}"

    def put(self, path: Path) -> str:
        """Hands a file over; answers its blob."""
        return self.studio.storage.put(path)

    def local(self, blob: str) -> str:
        """Where a blob lies on this machine."""
        return str(self.studio.storage.path(blob))

    def needed(self) -> dict[str, dict[str, Any]]:
        """Results of the steps this one needs, by name."""
        found = jobs.outputs(self.studio.db, self.claim.project_id, self.claim.needs.values())
        missing = [name for name, key in self.claim.needs.items() if key not in found]
        if missing:
            raise Broken(f"What this step builds on is gone ({missing[0]}).", "Press Retry.")
        return {name: found[key].result for name, key in self.claim.needs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a step buys: the kind of model, and how many units of it."""

    component: str
    kind: Kind
    units: Callable[[dict[str, Any]], Decimal] = lambda _: Decimal(1)
    order: Callable[[Bench, ModelCard], ClipOrder] | None = None
    """What a vendor is asked for, where vendors can do it."""
    receive: Callable[[Bench, Path, str], Made] | None = None
    """Makes an output of what the vendor's model delivered. BadMedia when that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A kind of step: what does it, and what it buys."""

    do: Callable[[Bench], Made]
    buys: Bought | None = None


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
        project = rows.get_project(studio.db, claim.owner, claim.project_id)
        row = rows.get_analysis(studio.db, claim.owner, claim.project_id)
        measured = row and row.asset_id == project.sample_id
        plan = writer.write_plan(
            brief=project.brief,
            category=project.category,
            platform=cast("Platform", project.platform),
            aspect=cast("Aspect", project.aspect),
            resolution=cast("Resolution", project.resolution),
            seconds=project.seconds,
            seed=project.seed,
            analysis=SampleAnalysis.model_validate(row.body) if row and measured else None,
            images=[a.id for a in rows.assets(studio.db, claim.owner, project.id, "image")],
            sample_asset=project.sample_id,
            may_use_frames=project.may_use_frames,
            title=project.title,
        )
        planning.save(
            studio,
            claim.owner,
            claim.project_id,
            plan,
            author=plan.writer,
            reason="The plan was written",
            base=None,
            origin=claim.step_id,
        )
    else:  # the plan was saved, and the program ended before its stills were asked for
        planning.draw_missing(studio, claim.owner, claim.project_id)
    return Made(result={})


def still(bench: Bench) -> Made:
    """One scene's still, graded like the film."""
    drawn, graded = bench.scratch / "drawn.jpg", bench.scratch / "still.jpg"
    bench.apart(
        "core.providers.local.film.clip:draw_still", {**_order(bench), "out": str(drawn)}, seconds=180, share=0.8
    )
    arguments = {"path": str(drawn), "out": str(graded), "grade": bench.claim.inputs["grade"]}
    bench.apart("core.media.grade:grade_still", arguments, seconds=60)
    blob = bench.put(graded)
    order = bench.claim.inputs["order"]
    asset = add_asset(
        bench.studio,
        bench.claim.owner,
        bench.claim.project_id,
        "still",
        made_by=bench.place("still"),
        blob=blob,
        name=f"{bench.claim.label}.jpg",
        width=order["width"],
        height=order["height"],
    )
    return Made(result={"asset": asset.id, "blob": blob}, blobs=[blob])


def clip(bench: Bench) -> Made:
    """One scene, filmed."""
    out = bench.scratch / "clip.mp4"
    order = bench.claim.inputs["order"]
    limit = 120 + order["frames"] * 3 * FrameSize(order["width"], order["height"]).times_720p
    made = bench.apart("core.providers.local.film.clip:draw_clip", {**_order(bench), "out": str(out)}, seconds=limit)
    blob = bench.put(out)
    _show_take(bench, blob, OWN_RENDERER)
    return Made(result={"blob": blob, "frames": made["frames"], "model": OWN_RENDERER}, blobs=[blob])


def _show_take(bench: Bench, blob: str, model: str) -> None:
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
        seconds=order["frames"] / order["fps"],
        facts={"scene": scene, "model": model, "key": bench.claim.key},
    )


def _order(bench: Bench) -> dict[str, Any]:
    image = bench.claim.inputs["image_blob"]
    return {"order": {**bench.claim.inputs["order"], "image": bench.local(image) if image else None}}


def ordered_clip(bench: Bench, card: ModelCard) -> ClipOrder:
    """The same scene as a vendor is asked for it."""
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


def received_clip(bench: Bench, path: Path, model: str) -> Made:
    """A vendor's clip, brought to the film's size, pace and length."""
    out, order = bench.scratch / "clip.mp4", bench.claim.inputs["order"]
    sizes = {name: order[name] for name in ("width", "height", "fps", "frames")}
    with RECEIVING:
        made = bench.apart("core.media.fit:fit", {"path": str(path), "out": str(out), **sizes}, seconds=300)
    blob = bench.put(out)
    _show_take(bench, blob, model)
    return Made(result={"blob": blob, "model": model, **made}, blobs=[blob])


def voice(bench: Bench) -> Made:
    """One line, spoken, with the time of each word."""
    out = bench.scratch / "line.wav"
    said = bench.apart("core.providers.local.voice:speak", {**bench.claim.inputs, "out": str(out)}, seconds=120)
    blob = bench.put(out)
    return Made(result={**said, "blob": blob}, blobs=[blob])


def music(bench: Bench) -> Made:
    """The bed."""
    out = bench.scratch / "music.wav"
    made = bench.apart("core.providers.local.music:compose", {**bench.claim.inputs, "out": str(out)}, seconds=300)
    blob = bench.put(out)
    return Made(result={**made, "blob": blob}, blobs=[blob])


def mix(bench: Bench) -> Made:
    """Voice over music, at the loudness of the platforms."""
    inputs, made = bench.claim.inputs, bench.needed()
    out = bench.scratch / "mix.m4a"
    lines = [
        {"path": bench.local(made[name]["blob"]), "start": start, "gain_db": inputs["voice_gain_db"]}
        for name, start in inputs["starts"].items()
        if made[name]["words"]
    ]
    found = bench.apart(
        "core.media.sound:mix",
        {
            "lines": lines,
            "music": bench.local(made["music"]["blob"]) if "music" in made else None,
            "music_gain_db": inputs["music_gain_db"],
            "seconds": inputs["seconds"],
            "out": str(out),
        },
        seconds=300,
    )
    blob = bench.put(out)
    return Made(result={**found, "blob": blob}, blobs=[blob])


def cut(bench: Bench) -> Made:
    """The film, from its takes, its words and its sound."""
    inputs, made = bench.claim.inputs, bench.needed()
    words = [
        Word(text=w["text"], start=round(start + w["start"], 3), end=round(start + w["end"], 3))
        for name, start in inputs["lines"].items()
        for w in made[name]["words"]
    ]
    cut_list = CutList(
        takes=tuple(
            Take(path=bench.local(made[t["step"]]["blob"]), frames=t["frames"], transition=t["transition"])
            for t in inputs["takes"]
        ),
        width=inputs["width"],
        height=inputs["height"],
        grade=inputs["grade"],
        palette=inputs["palette"],
        captions=inputs["captions"],
        words=tuple(words),
        sound=bench.local(made["mix"]["blob"]),
    )
    out = bench.scratch / "film.mp4"
    cache = bench.studio.storage.scratch("segments")
    frames = sum(t.frames for t in cut_list.takes)
    arguments = {"cut_list": cut_list.model_dump(mode="json"), "out": str(out), "cache": str(cache)}
    found = bench.apart(
        "core.media.cut:compose",
        arguments,
        seconds=180 + frames * FrameSize(cut_list.width, cut_list.height).times_720p,
    )
    blob = bench.put(out)
    models = [made[t["step"]].get("model", OWN_RENDERER) for t in inputs["takes"]]
    words_said = [w.model_dump() for w in words]
    return Made(result={**found, "blob": blob, "words": words_said, "models": models}, blobs=[blob])


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


def models_of(claim: Claim) -> list[str]:
    """The approved chain of models for a step: its own first."""
    return list(claim.inputs.get("models", ["auto"]))


def _seconds(inputs: dict[str, Any]) -> Decimal:
    order = inputs["order"]
    return Decimal(order["scene_frames"]) / Decimal(order["fps"])


RECIPES: dict[str, Recipe] = {
    "measure": Recipe(do=measure),
    "learn": Recipe(do=learn),
    "write": Recipe(do=write, buys=Bought(component="script", kind="language")),
    "still": Recipe(do=still, buys=Bought(component="stills", kind="still")),
    "clip": Recipe(
        do=clip,
        buys=Bought(component="clips", kind="video", units=_seconds, order=ordered_clip, receive=received_clip),
    ),
    "voice": Recipe(do=voice, buys=Bought(component="voice", kind="speech", units=lambda i: Decimal(len(i["text"])))),
    "music": Recipe(do=music, buys=Bought(component="music", kind="music")),
    "mix": Recipe(do=mix),
    "cut": Recipe(do=cut),
    "deliver": Recipe(do=deliver),
    "reply": Recipe(do=reply),
}
