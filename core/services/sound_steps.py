"""The steps of a film's sound beside its lines: the person's own music, effects, and the mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.db.work import NewStep
from core.domain.errors import BadInput
from core.domain.plan import Plan, Scene
from core.domain.shoot import TAIL, scene_frames, transition_frames
from core.domain.time import FPS
from core.domain.work import HERE
from core.services.addresses import key_of
from core.services.studio import Studio
from core.services.vendors import LOCAL, crew_card, pool_of, require_open

LEAD = 0.25
"""Seconds from a scene's start to the first word of its line."""
REST = 0.15
"""Seconds of silence that a line leaves at the end of its scene."""
HARD_CUT = 0.2
"""Seconds in which what is heard with one scene gives way to what is heard with the next, at a hard cut."""
MUSIC_WEIGHT = 0.08
"""Seconds of work for a second of music, or of the mix."""


def has_lines(plan: Plan) -> bool:
    """Whether the lines of the scenes are spoken, and not a recording of the person's."""
    return plan.voice.enabled and plan.voice.own is None


def own_blob(blob: str | None, asset: str | None, called: str) -> str | None:
    """What lies behind a sound of the person's that the plan names. BadInput when it is gone."""
    if asset is not None and blob is None:
        raise BadInput(f"{called} is no longer there.", "Upload it again, or take it out of the film.")
    return blob


def own_music_step(plan: Plan, blob: str) -> NewStep:
    """The person's piece, brought to the film's length."""
    inputs = {"blob": blob, "seconds": plan.seconds}
    return NewStep(
        name="music",
        kind="own_music",
        label="Fitting your music",
        key=key_of("own_music", inputs),
        inputs=inputs,
        weight=1 + plan.seconds * MUSIC_WEIGHT,
    )


def played_step(plan: Plan, scene: Scene, blob: str | None) -> NewStep:
    """What is heard of the recording that a scene plays; its line, where there is one, is found in it."""
    inputs = {"blob": blob, "text": scene.narration.strip(), "voice": plan.voice.name, "seconds": scene.seconds}
    return NewStep(
        name=f"voice-{scene.id}",
        kind="played",
        label=f"Voice of your recording{': ' if scene.narration else ''}{scene.narration[:40]}",
        key=key_of("played", inputs),
        inputs=inputs,
        weight=2.0 if scene.narration else 0.5,
        scene_id=None,
    )


def effect_steps(studio: Studio, plan: Plan, clips: Sequence[NewStep]) -> list[NewStep]:
    """What is heard with each scene that has a sound; `clips` are those of the scenes, in order.

    VendorRejected when its model cannot be used from here.
    """
    pairs = zip(plan.scenes, clips, strict=True)
    return [_effect_step(studio, plan, scene, clip) for scene, clip in pairs if scene.sound.strip()]


def crossfades(plan: Plan) -> list[float]:
    """Seconds from the start of each scene in which what was heard before gives way; the first has none."""
    lengths = scene_frames(plan)
    into = [transition_frames(s.transition, n) / FPS for s, n in zip(plan.scenes[:-1], lengths[1:], strict=True)]
    return [0.0, *(round(max(HARD_CUT, seconds), 3) for seconds in into)]


def _effect_step(studio: Studio, plan: Plan, scene: Scene, clip: NewStep) -> NewStep:
    tail = 0.0 if scene is plan.scenes[-1] else TAIL
    inputs: dict[str, Any] = {"text": scene.sound, "seconds": scene.seconds, "tail": tail, "seed": plan.seed % 100_000}
    pool, weight = HERE, 0.6
    needs: tuple[str, ...] = ()
    card = crew_card(studio, plan, "effect")
    if card is not None and card.vendor != LOCAL:
        require_open(studio, card)
        inputs, pool, weight = {**inputs, "models": [card.id]}, pool_of(card), card.takes
        if "video" in card.inputs:  # it looks at the clip that it makes a sound for
            inputs, needs = {**inputs, "clip": clip.key}, (clip.name,)
    return NewStep(
        name=f"effect-{scene.id}",
        kind="effect",
        label=f"Sound: {scene.sound[:40]}",
        key=key_of("effect", inputs),
        inputs=inputs,
        weight=weight,
        needs=needs,
        scene_id=None,
        pool=pool,
    )


def line_starts(plan: Plan) -> dict[str, float]:
    """When the line of each scene begins, in seconds of the film."""
    return {s.id: round(t + (0.0 if s.is_heard else LEAD), 3) for t, s in zip(plan.starts, plan.scenes, strict=True)}


def mix_step(plan: Plan, parts: Sequence[NewStep], own_voice: str | None) -> NewStep:
    """All that is heard as one sound; `parts` are the steps that make it, `own_voice` the blob of a recording."""
    names = {step.name for step in parts}
    scenes = list(zip(plan.scenes, plan.starts, strict=True))
    into = crossfades(plan)
    out = [*into[1:], 0.0]
    starts = {f"voice-{s}": t for s, t in line_starts(plan).items() if f"voice-{s}" in names}
    played = {f"voice-{s.id}" for s in plan.scenes if s.is_heard}
    inputs: dict[str, Any] = {
        "starts": {name: t for name, t in starts.items() if name not in played},
        "voice_gain_db": plan.voice.gain_db,
        "music_gain_db": plan.music.gain_db,
        "seconds": plan.seconds,
        "rooms": {
            f"voice-{s.id}": {"scene": number, "seconds": round(s.seconds - LEAD - REST, 3), "whole": s.seconds}
            for number, (s, _) in enumerate(scenes, 1)
            if f"voice-{s.id}" in names - played
        },
        "effects": {
            f"effect-{s.id}": {"scene": number, "start": start, "seconds": s.seconds, "into": before, "out": after}
            for number, ((s, start), before, after) in enumerate(zip(scenes, into, out, strict=True), 1)
            if f"effect-{s.id}" in names
        },
        "voice_over": own_voice,
    }
    if played & starts.keys():  # these go with lips, so nothing moves them
        inputs["played"] = {name: t for name, t in starts.items() if name in played}
    return NewStep(
        name="mix",
        kind="mix",
        label="Mixing the sound",
        key=key_of("mix", inputs, [step.key for step in parts]),
        inputs=inputs,
        weight=0.5 + plan.seconds * MUSIC_WEIGHT,
        needs=tuple(step.name for step in parts),
    )
