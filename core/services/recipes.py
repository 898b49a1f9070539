"""Which steps a job is made of, and the key of each: the hash of everything its output depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core import facts
from core.db import jobs, work
from core.db import projects as rows
from core.db.tables import Approval, Asset, Project
from core.db.work import NewJob, NewStep
from core.domain.analysis import Colour
from core.domain.catalogue import ModelCard
from core.domain.plan import Plan, Scene, Source, Work
from core.domain.shoot import TAIL, ShotOrder, scene_frames, scene_seed
from core.domain.time import FPS, frames
from core.domain.work import HERE
from core.services import clip_address, performances, said
from core.services.addresses import key_of as key_of  # noqa: PLC0414
from core.services.ahead import wait_for_vendors, with_parts
from core.services.script_steps import understanding_steps, writing_steps
from core.services.sound_steps import (
    LEAD,
    REST,
    effect_steps,
    has_lines,
    line_starts,
    mix_step,
    own_blob,
    own_music_step,
    played_step,
)
from core.services.studio import Studio
from core.services.vendors import LOCAL, crew_card, film_card, pool_of, require_open, stand_ins

SECONDS_PER_FRAME = 0.06
"""That the local renderer takes for a frame of 720×1280 when two clips are drawn at once.

This and the other weights are seconds read from the steps of a film of 15 s on two cores, 2026-11-21;
time left is corrected by the pace of the job at hand.
"""

SECONDS_AT_VENDOR = 90.0
"""That a vendor takes for a clip, until there is a history."""

DEFAULT_PALETTE = ("#1c2541", "#3a506b", "#5bc0be", "#f2c14e", "#f7f7f2")


def record(
    studio: Studio, project: Project, kind: str, steps: Sequence[NewStep], *, revision: int | None = None,
    replaces: bool = True, approval: Approval | None = None, cap: int | None = None, priority: int | None = None,
) -> str:  # fmt: skip
    """Records a job, counting as done what was made before, and wakes the workers; answers its id."""
    new = new_job(studio, project, kind, steps, revision=revision, approval=approval, cap=cap)
    new = replace(new, replaces=replaces, priority=new.priority if priority is None else priority)
    return record_all(studio, [new])[0]


def new_job(
    studio: Studio, project: Project, kind: str, steps: Sequence[NewStep], *, revision: int | None = None,
    approval: Approval | None = None, cap: int | None = None,
) -> NewJob:  # fmt: skip
    """A job to be recorded, with what of it was made before."""
    found = jobs.outputs(studio.db, project.id, [s.key for s in steps])
    return NewJob(
        owner=project.owner, project_id=project.id, kind=kind, steps=steps,
        revision=revision, approval=approval, cap=cap,
        priority=int(facts.categories().get(project.category, {}).get("priority", 5)),
        known={key for key, out in found.items() if all(studio.storage.has(b) for b in out.blobs)},
    )  # fmt: skip


def record_all(studio: Studio, new: Sequence[NewJob]) -> list[str]:
    """Records jobs in one moment, all or none, and wakes the workers; answers their ids."""
    made = work.record_jobs(studio.db, studio.now(), new, jobs.paces(studio.db))
    studio.wake.set()
    return made


def record_analysis(studio: Studio, project: Project, sample: Asset | None) -> str:
    """Measure the sample, show what was found, write the plan."""
    stamp = studio.now().isoformat()
    steps = understanding_steps(sample, stamp) if sample else []
    steps += writing_steps(studio, project, sample, stamp, None)
    return record(studio, project, "analyse", steps)


def record_writing(studio: Studio, project: Project, plan: Plan, *, asked_by: str) -> str:
    """The whole plan written once more, from what is known of the sample; answers the job."""
    stamp, reason = studio.now().isoformat(), f"The whole plan was written anew, for {asked_by}"
    sample = rows.assets_by_id(studio.db, project.owner, [project.sample_id or ""]).get(project.sample_id or "")
    steps = understanding_steps(sample, stamp) if sample else []
    steps += writing_steps(studio, project, sample, stamp, plan, reason)
    return record(studio, project, "analyse", steps)


def record_storyboard(
    studio: Studio, project: Project, plan: Plan, revision: int, *, approval: Approval | None = None
) -> str | None:
    """A still for each scene that has none yet; None when nothing is to be done.

    Stills of a vendor are only bought with an approval of theirs: a change of the plan buys nothing by itself.
    """
    steps = [still_step(studio, project, plan, index) for index in range(len(plan.scenes))]
    found = jobs.outputs(studio.db, project.id, [s.key for s in steps])
    if all(s.key in found for s in steps) or (approval is None and any(s.pool != HERE for s in steps)):
        return None
    cap = approval.total_micros if approval else None
    return record(studio, project, "storyboard", steps, revision=revision, approval=approval, cap=cap)


def still_step(studio: Studio, project: Project, plan: Plan, index: int) -> NewStep:
    """The still of one scene."""
    inputs = shot_inputs(studio, project, plan, index)
    scene = plan.scenes[index]
    grade = plan.grade.model_dump(mode="json")
    card = None if scene.source.is_shown else crew_card(studio, plan, "still")  # their own photo stays as it is
    if card is None or card.vendor == LOCAL:
        key = key_of("still", inputs, grade)
    else:
        inputs = {**inputs, "character_blob": _blob(studio, project, plan.character)}
        inputs["models"] = [card.id]
        key = key_of("still", clip_address.timeless(wordless(inputs)), grade)
    return NewStep(
        name=f"still-{scene.id}",
        kind="still",
        label=f"Still of scene {index + 1}",
        key=key,
        inputs={**inputs, "grade": grade},
        weight=2.2 if card is None or card.vendor == LOCAL else card.takes,
        scene_id=scene.id,
        pool=pool_of(card) if card else HERE,
    )


def shot_inputs(studio: Studio, project: Project, plan: Plan, index: int) -> dict[str, Any]:
    """What the picture of a scene depends on: its order, and the image it is made from."""
    scene = plan.scenes[index]
    length = scene_frames(plan)[index]
    last = index == len(plan.scenes) - 1
    order = ShotOrder(
        # what other steps do with a scene must not change the address of its picture
        scene=scene.but(
            transition="cut", model="auto", take=0, sound="", fit="crop", claims=(), source=_unnamed(scene.source)
        ),
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
    return {"order": order.model_dump(mode="json"), "image_blob": _image_blob(studio, project, plan, scene)}


def wordless(inputs: dict[str, Any]) -> dict[str, Any]:
    """What a vendor's picture depends on: words are set over it in the cut, and may change without buying it again."""
    order = inputs["order"]
    return {**inputs, "order": {**order, "scene": {**order["scene"], "title": "", "kicker": "", "narration": ""}}}


def palette_of(plan: Plan) -> tuple[Colour, ...]:
    """The colours of the film, the first weighing most."""
    codes = plan.grade.palette or DEFAULT_PALETTE
    total = sum(1 / (i + 1.5) for i in range(len(codes)))
    return tuple(Colour(hex=c, share=round(1 / (i + 1.5) / total, 4)) for i, c in enumerate(codes))


def _unnamed(source: Source) -> Source:
    """A picture is known by its content: a branch of the project calls the same file by another id."""
    return source if source.asset is None else source.but(asset="-")


def _image_blob(studio: Studio, project: Project, plan: Plan, scene: Scene) -> str | None:
    source = scene.source
    if source.kind == "performance":  # who is seen in it, as the still of the scene
        return _blob(studio, project, plan.character)
    if source.kind == "image" and source.asset:
        return _blob(studio, project, source.asset)
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


def _blob(studio: Studio, project: Project, asset: str | None) -> str | None:
    """What lies behind one of the person's files."""
    found = rows.assets_by_id(studio.db, project.owner, [asset]).get(asset) if asset else None
    return found.blob if found else None


def _first_frame(studio: Studio, project: Project, plan: Plan, index: int) -> str | None:
    """What a vendor's clip begins with: the scene's own picture, else the still that was approved, else the character.

    A still that this machine drew is a sketch, and nobody films from it.
    """
    own = _image_blob(studio, project, plan, plan.scenes[index])
    if own:
        return own
    step = still_step(studio, project, plan, index)
    if step.pool != HERE:
        made = jobs.outputs(studio.db, project.id, [step.key]).get(step.key)
        if made is not None:
            return str(made.result["clean"])
    return _blob(studio, project, plan.character)


def film_job(studio: Studio, project: Project, plan: Plan, approval: Approval, cap: int, *, look_first: bool) -> NewJob:
    """Clips, voices, music, mix, cut and delivery, for at most `cap` micro-dollars."""
    revision = approval.revision
    *steps, cut = film_steps(studio, project, plan, approval.fallback)
    if wait_for_vendors(studio, project, steps):  # else this machine films, and has no time for parts
        *steps, cut = with_parts(steps, cut)
    deliver = NewStep(
        name="deliver",
        kind="deliver",
        label="Checking and signing the film",
        key=key_of("deliver", project.id, revision, studio.now().isoformat()),
        inputs={"revision": revision},
        weight=3,
        needs=("cut",),
    )
    steps += [replace(cut, gated=look_first), deliver]
    return new_job(studio, project, "film", steps, revision=revision, approval=approval, cap=cap)


def film_steps(studio: Studio, project: Project, plan: Plan, fallback: Sequence[str] = ()) -> list[NewStep]:
    """Everything that a film is made of, up to its cut, which is the last. VendorRejected for a model out of reach."""
    clips = [_clip_step(studio, project, plan, i, fallback) for i in range(len(plan.scenes))]
    voices = _line_steps(studio, project, plan) if has_lines(plan) else []
    music = [_music_step(studio, project, plan)] if plan.music.enabled else []
    effects = effect_steps(studio, plan, clips)
    recording = _own_voice(studio, project, plan)
    mix = mix_step(plan, [*voices, *music, *effects], recording)
    heard = said.step(studio, plan, recording)
    spoken = [heard] if heard else voices
    logo = own_blob(_blob(studio, project, plan.brand.logo), plan.brand.logo, "Your logo")
    return [*clips, *spoken, *music, *effects, mix, _cut_step(plan, clips, spoken, mix, logo)]


def chain(studio: Studio, plan: Plan, scene: Scene, fallback: Sequence[str]) -> list[ModelCard]:
    """The models that may film a scene, its own first. VendorRejected when one of them cannot be used from here."""
    found = [film_card(studio, plan, scene, name) for name in (scene.model, *stand_ins(studio, scene, fallback))]
    return [require_open(studio, card) for card in {card.id: card for card in found}.values()]


def _clip_step(studio: Studio, project: Project, plan: Plan, index: int, fallback: Sequence[str]) -> NewStep:
    scene = plan.scenes[index]
    cards = chain(studio, plan, scene, fallback)
    inputs = shot_inputs(studio, project, plan, index)
    # who may stand in does not change the address: a scene that is filmed is not filmed again for it
    if scene.plays:
        key, inputs = performances.step_inputs(studio, project, plan, scene, inputs, cards[0])
    elif cards[0].vendor == LOCAL:
        key = key_of("clip", {**inputs, "model": cards[0].id})
    else:
        inputs["image_blob"] = _first_frame(studio, project, plan, index)
        key, inputs["sold"] = clip_address.of_clip(studio, project.id, cards[0], wordless(inputs))
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


def _crewed(studio: Studio, plan: Plan, work: Work, inputs: dict[str, Any]) -> tuple[dict[str, Any], str, float | None]:
    """Inputs, pool and seconds of a piece of work by the plan's model for it; this machine's stay as they are.

    VendorRejected when it cannot be used from here.
    """
    card = crew_card(studio, plan, work)
    if card is None or card.vendor == LOCAL:
        return inputs, HERE, None
    require_open(studio, card)
    return {**inputs, "models": [card.id]}, pool_of(card), card.takes


def _line_steps(studio: Studio, project: Project, plan: Plan) -> list[NewStep]:
    """What is said in each scene: its line spoken, or what the person says in the recording that it plays."""
    found: list[NewStep] = []
    for scene in plan.scenes:
        if scene.is_heard:
            own = _blob(studio, project, scene.source.asset)
            recording = own_blob(own, scene.source.asset, "The recording that a scene plays")
            found.append(played_step(plan, scene, recording))
        elif scene.narration.strip():
            found.append(_voice_step(studio, plan, scene))
    return found


def _voice_step(studio: Studio, plan: Plan, scene: Scene) -> NewStep:
    inputs: dict[str, Any] = {
        "text": scene.narration,
        "voice": plan.voice.name,
        "rate": plan.voice.rate,
        "seconds": round(scene.seconds - LEAD - REST, 3),
    }
    inputs, pool, takes = _crewed(studio, plan, "speech", inputs)
    return NewStep(
        name=f"voice-{scene.id}",
        kind="voice",
        label=f"Voice: {scene.narration[:40]}",
        key=key_of("voice", inputs),
        inputs=inputs,
        weight=takes or 0.9,
        scene_id=None,
        pool=pool,
    )


def _own_voice(studio: Studio, project: Project, plan: Plan) -> str | None:
    if not plan.voice.enabled:
        return None
    return own_blob(_blob(studio, project, plan.voice.own), plan.voice.own, "The recording of your voice")


def _music_step(studio: Studio, project: Project, plan: Plan) -> NewStep:
    own = own_blob(_blob(studio, project, plan.music.own), plan.music.own, "Your music")
    if own is not None:
        return own_music_step(plan, own)
    starts = plan.starts
    energy = {"hook": 2, "problem": 1, "reveal": 3, "feature": 2, "proof": 3, "mood": 1, "cta": 2}
    inputs: dict[str, Any] = {
        "seconds": plan.seconds,
        "bpm": plan.music.bpm,
        "mood": plan.music.mood,
        "seed": plan.seed % 100_000,
        "cuts": [t for t, before in zip(starts[1:], plan.scenes, strict=False) if before.transition != "cut"],
        "accents": [t for t, s in zip(starts, plan.scenes, strict=True) if s.role in ("reveal", "cta") and t > 0],
        "sections": [[t, energy[s.role]] for t, s in zip(starts, plan.scenes, strict=True)],
    }
    inputs, pool, takes = _crewed(studio, plan, "music", inputs)
    return NewStep(
        name="music",
        kind="music",
        label="Composing the music",
        key=key_of("music", inputs),
        inputs=inputs,
        weight=takes or 0.5 + plan.seconds * 0.08,
        pool=pool,
    )


def _cut_step(plan: Plan, clips: list[NewStep], voices: list[NewStep], mix: NewStep, logo: str | None) -> NewStep:
    spoken = {f"voice-{scene}": t for scene, t in line_starts(plan).items()}
    inputs = {
        "takes": [
            {
                "step": clip.name,
                "frames": length,
                "transition": scene.transition,
                "fit": scene.fit,
                "title": scene.title,
                "kicker": scene.kicker,
                "called": scene.role == "cta",
            }
            for clip, length, scene in zip(clips, scene_frames(plan), plan.scenes, strict=True)
        ],
        "lines": {v.name: spoken[v.name] for v in voices if v.name in spoken},
        "width": plan.size.width,
        "height": plan.size.height,
        "grade": plan.grade.model_dump(mode="json"),
        "palette": [c.model_dump() for c in palette_of(plan)],
        "captions": plan.captions.model_dump(mode="json"),
        "style": plan.style,
        "platform": plan.platform,
        "brand": {**plan.brand.model_dump(mode="json"), "logo": logo},
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
