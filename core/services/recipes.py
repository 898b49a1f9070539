"""Which steps a job is made of, and the key of each: the hash of everything its output depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core import facts
from core.db import jobs, work
from core.db import projects as rows
from core.db.tables import Approval, Asset, Project
from core.db.work import NewStep
from core.domain.analysis import Colour
from core.domain.catalogue import ModelCard
from core.domain.plan import Plan, Scene
from core.domain.shoot import TAIL, ShotOrder, scene_frames, scene_seed
from core.domain.time import FPS, frames
from core.domain.work import HERE
from core.services.studio import Studio
from core.services.vendors import model_for, pool_of, require_open

VERSION = 2
"""Goes up when a step makes something else of the same inputs, so that old outputs are not found."""

LEAD = 0.25
"""Seconds from a scene's start to the first word of its line."""
REST = 0.15
"""Seconds of silence that a line leaves at the end of its scene."""
SECONDS_PER_FRAME = 0.06
"""That the local renderer takes for a frame of 720×1280 when two clips are drawn at once.

This and the other weights are seconds read from the steps of a film of 15 s on two cores, 2026-11-21;
time left is corrected by the pace of the job at hand.
"""

SECONDS_AT_VENDOR = 90.0
"""That a vendor takes for a clip, until there is a history."""

DEFAULT_PALETTE = ("#1c2541", "#3a506b", "#5bc0be", "#f2c14e", "#f7f7f2")


def key_of(kind: str, *parts: Any) -> str:
    """SHA-256 of the parts, which are JSON."""
    text = json.dumps([VERSION, kind, *parts], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    studio: Studio, project: Project, kind: str, steps: Sequence[NewStep], *, revision: int | None = None,
    replaces: bool = True, approval: Approval | None = None, cap: int | None = None,
) -> str:  # fmt: skip
    """Records a job, counting as done what was made before, and wakes the workers; answers its id."""
    found = jobs.outputs(studio.db, project.id, [s.key for s in steps])
    known = {key for key, out in found.items() if all(studio.storage.has(b) for b in out.blobs)}
    priority = int(facts.categories().get(project.category, {}).get("priority", 5))
    job_id = work.record_job(
        studio.db,
        studio.now(),
        owner=project.owner,
        project_id=project.id,
        kind=kind,
        priority=priority,
        steps=steps,
        known=known,
        revision=revision,
        replaces=replaces,
        approval=approval,
        cap=cap,
        paces=jobs.paces(studio.db),
    )
    studio.wake.set()
    return job_id


def record_analysis(studio: Studio, project: Project, sample: Asset | None) -> str:
    """Measure the sample, show what was found, write the plan."""
    stamp = studio.now().isoformat()
    steps = []
    if sample:
        size = sample.seconds or 30.0
        inputs = {"blob": sample.blob, "asset": sample.id}
        steps += [
            NewStep(
                name="measure",
                kind="measure",
                label="Measuring the sample",
                key=key_of("measure", sample.blob),
                inputs=inputs,
                weight=1 + size / 20,
            ),
            NewStep(
                name="learn",
                kind="learn",
                label="Laying out what was measured",
                key=key_of("learn", project.id, stamp),
                inputs=inputs,
                weight=0.1,
                needs=("measure",),
            ),
        ]
    steps.append(
        NewStep(
            name="write",
            kind="write",
            label="Writing the plan",
            key=key_of("write", project.id, stamp),
            inputs={},
            weight=0.2,
            needs=("learn",) if sample else (),
        )
    )
    return record(studio, project, "analyse", steps)


def record_storyboard(studio: Studio, project: Project, plan: Plan, revision: int) -> str | None:
    """A still for each scene that has none yet; None when all are there."""
    steps = [still_step(studio, project, plan, index) for index in range(len(plan.scenes))]
    found = jobs.outputs(studio.db, project.id, [s.key for s in steps])
    if all(s.key in found for s in steps):
        return None
    return record(studio, project, "storyboard", steps, revision=revision)


def still_step(studio: Studio, project: Project, plan: Plan, index: int) -> NewStep:
    """The still of one scene."""
    inputs = shot_inputs(studio, project, plan, index)
    scene = plan.scenes[index]
    grade = plan.grade.model_dump(mode="json")
    return NewStep(
        name=f"still-{scene.id}",
        kind="still",
        label=f"Still of scene {index + 1}",
        key=key_of("still", inputs, grade),
        inputs={**inputs, "grade": grade},
        weight=2.2,
        scene_id=scene.id,
    )


def shot_inputs(studio: Studio, project: Project, plan: Plan, index: int) -> dict[str, Any]:
    """What the picture of a scene depends on: its order, and the image it is made from."""
    scene = plan.scenes[index]
    length = scene_frames(plan)[index]
    last = index == len(plan.scenes) - 1
    order = ShotOrder(
        # what other steps do with a scene must not change the address of its picture
        scene=scene.but(transition="cut", model="auto", take=0, sound="", fit="crop", claims=()),
        palette=palette_of(plan),
        tone=plan.tone,
        style=plan.style,
        category=plan.category,
        seed=scene_seed(plan, scene),
        width=plan.size.width,
        height=plan.size.height,
        frames=length + (0 if last else frames(TAIL)),
        scene_frames=length,
        fps=FPS,
    )
    return {"order": order.model_dump(mode="json"), "image_blob": _image_blob(studio, project, scene)}


def palette_of(plan: Plan) -> tuple[Colour, ...]:
    """The colours of the film, the first weighing most."""
    codes = plan.grade.palette or DEFAULT_PALETTE
    total = sum(1 / (i + 1.5) for i in range(len(codes)))
    return tuple(Colour(hex=c, share=round(1 / (i + 1.5) / total, 4)) for i, c in enumerate(codes))


def _image_blob(studio: Studio, project: Project, scene: Scene) -> str | None:
    source = scene.source
    if source.kind == "image" and source.asset:
        found = rows.assets_by_id(studio.db, project.owner, [source.asset]).get(source.asset)
        return found.blob if found else None
    if source.kind == "key_frame" and source.time is not None:
        wanted = source.time
        shots = [
            a
            for a in rows.assets(studio.db, project.owner, project.id, "key_frame")
            if a.facts.get("sample") == source.asset
        ]
        nearest = min(shots, key=lambda a: abs(float(a.facts.get("time", 0)) - wanted), default=None)
        return nearest.blob if nearest else None
    return None


def record_film(studio: Studio, project: Project, plan: Plan, approval: Approval, cap: int, *, look_first: bool) -> str:
    """Clips, voices, music, mix, cut and delivery, for at most `cap` micro-dollars."""
    revision = approval.revision
    clips = [_clip_step(studio, project, plan, i, approval.fallback) for i in range(len(plan.scenes))]
    voices = [_voice_step(plan, s) for s in plan.scenes if plan.voice.enabled and s.narration.strip()]
    music = [_music_step(plan)] if plan.music.enabled else []
    mix = _mix_step(plan, voices, music)
    cut = replace(_cut_step(plan, clips, voices, mix), gated=look_first)
    deliver = NewStep(
        name="deliver",
        kind="deliver",
        label="Checking and signing the film",
        key=key_of("deliver", project.id, revision, studio.now().isoformat()),
        inputs={"revision": revision},
        weight=3,
        needs=("cut",),
    )
    steps = [*clips, *voices, *music, mix, cut, deliver]
    return record(studio, project, "film", steps, revision=revision, approval=approval, cap=cap)


def chain(studio: Studio, asked: str, fallback: Sequence[str]) -> list[ModelCard]:
    """The models that may film a scene, its own first. VendorRejected when one of them cannot be used from here."""
    names = dict.fromkeys(model_for(studio, "video", name).id for name in (asked, *fallback))
    return [require_open(studio, model_for(studio, "video", name)) for name in names]


def _clip_step(studio: Studio, project: Project, plan: Plan, index: int, fallback: Sequence[str]) -> NewStep:
    scene = plan.scenes[index]
    cards = chain(studio, scene.model, fallback)
    inputs = shot_inputs(studio, project, plan, index)
    # who may stand in does not change the address: a scene that is filmed is not filmed again for it
    key = key_of("clip", {**inputs, "model": cards[0].id})
    frames_ = inputs["order"]["frames"]
    local = 0.5 + frames_ * SECONDS_PER_FRAME * plan.size.times_720p
    return NewStep(
        name=f"clip-{scene.id}",
        kind="clip",
        label=f"Scene {index + 1}: {scene.title or scene.role}",
        key=key,
        inputs={**inputs, "models": [card.id for card in cards]},
        weight=local if pool_of(cards[0]) == HERE else SECONDS_AT_VENDOR,
        scene_id=scene.id,
        pool=pool_of(cards[0]),
    )


def _voice_step(plan: Plan, scene: Scene) -> NewStep:
    inputs = {
        "text": scene.narration,
        "voice": plan.voice.name,
        "rate": plan.voice.rate,
        "seconds": round(scene.seconds - LEAD - REST, 3),
    }
    return NewStep(
        name=f"voice-{scene.id}",
        kind="voice",
        label=f"Voice: {scene.narration[:40]}",
        key=key_of("voice", inputs),
        inputs=inputs,
        weight=0.9,
        scene_id=None,
    )


def _music_step(plan: Plan) -> NewStep:
    starts = plan.starts
    energy = {"hook": 2, "problem": 1, "reveal": 3, "feature": 2, "proof": 3, "mood": 1, "cta": 2}
    inputs = {
        "seconds": plan.seconds,
        "bpm": plan.music.bpm,
        "mood": plan.music.mood,
        "seed": plan.seed % 100_000,
        "cuts": [t for t, before in zip(starts[1:], plan.scenes, strict=False) if before.transition != "cut"],
        "accents": [t for t, s in zip(starts, plan.scenes, strict=True) if s.role in ("reveal", "cta") and t > 0],
        "sections": [[t, energy[s.role]] for t, s in zip(starts, plan.scenes, strict=True)],
    }
    return NewStep(
        name="music",
        kind="music",
        label="Composing the music",
        key=key_of("music", inputs),
        inputs=inputs,
        weight=0.5 + plan.seconds * 0.08,
    )


def line_starts(plan: Plan) -> dict[str, float]:
    """When the line of each scene begins, in seconds of the film."""
    return {s.id: round(t + LEAD, 3) for t, s in zip(plan.starts, plan.scenes, strict=True)}


def _mix_step(plan: Plan, voices: list[NewStep], music: list[NewStep]) -> NewStep:
    spoken = {v.name for v in voices}
    inputs = {
        "starts": {f"voice-{s}": t for s, t in line_starts(plan).items() if f"voice-{s}" in spoken},
        "voice_gain_db": plan.voice.gain_db,
        "music_gain_db": plan.music.gain_db,
        "seconds": plan.seconds,
    }
    needs = tuple(s.name for s in [*voices, *music])
    key = key_of("mix", inputs, [s.key for s in [*voices, *music]])
    return NewStep(
        name="mix",
        kind="mix",
        label="Mixing the sound",
        key=key,
        inputs=inputs,
        weight=0.5 + plan.seconds * 0.08,
        needs=needs,
    )


def _cut_step(plan: Plan, clips: list[NewStep], voices: list[NewStep], mix: NewStep) -> NewStep:
    spoken = {f"voice-{scene}": t for scene, t in line_starts(plan).items()}
    inputs = {
        "takes": [
            {"step": clip.name, "frames": length, "transition": scene.transition}
            for clip, length, scene in zip(clips, scene_frames(plan), plan.scenes, strict=True)
        ],
        "lines": {v.name: spoken[v.name] for v in voices},
        "width": plan.size.width,
        "height": plan.size.height,
        "grade": plan.grade.model_dump(mode="json"),
        "palette": [c.model_dump() for c in palette_of(plan)],
        "captions": plan.captions.model_dump(mode="json"),
    }
    needs = [*clips, *voices, mix]
    return NewStep(
        name="cut",
        kind="cut",
        label="Cutting the film",
        key=key_of("cut", inputs, [s.key for s in needs]),
        inputs=inputs,
        weight=1 + plan.seconds * 0.4 * plan.size.times_720p,
        needs=tuple(s.name for s in needs),
    )
