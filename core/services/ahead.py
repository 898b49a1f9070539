"""The steps that encode the parts of a film as their clips arrive, while others are still being filmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.db import jobs
from core.db.tables import Project
from core.db.work import NewStep
from core.domain.work import HERE
from core.services.addresses import key_of
from core.services.studio import Studio

JOINING = 2.0
"""Seconds that a cut takes for which every part is there."""
STARTING = 1.0
"""Seconds that a part takes beside its share of the cut."""


def wait_for_vendors(studio: Studio, project: Project, steps: Sequence[NewStep]) -> bool:
    """Whether clips are to come from elsewhere, and this machine has time meanwhile."""
    keys = [step.key for step in steps if step.kind == "clip" and step.pool != HERE]
    return len(jobs.outputs(studio.db, project.id, keys)) < len(keys)


def with_parts(steps: Sequence[NewStep], cut: NewStep) -> list[NewStep]:
    """The steps of a film with one for each scene before its `cut`, which then only joins them.

    The part of a scene is its inside and the transition into it. It waits for every line, because all captions
    of a film are set alike; for the clips that it shows; and for those beside them, with which their light is evened.
    """
    known = {step.name: step for step in steps}
    clips = [take["step"] for take in cut.inputs["takes"]]
    spoken = [name for name in cut.needs if name not in clips and name != "mix"]
    mix = known["mix"].inputs
    heard = {"starts": mix["starts"], "played": mix.get("played", {}), "seconds": mix["seconds"]}
    parts = []
    for scene in range(len(clips)):
        needs = (*clips[max(0, scene - 2) : scene + 2], *spoken)
        inputs = {**cut.inputs, **heard, "scene": scene}
        parts.append(
            NewStep(
                name=f"part-{scene}",
                kind="part",
                label=f"Cutting scene {scene + 1}",
                key=key_of("part", inputs, [known[name].key for name in needs]),
                inputs=inputs,
                weight=STARTING + cut.weight / len(clips),
                needs=needs,
            )
        )
    return [*steps, *parts, replace(cut, weight=JOINING, needs=(*cut.needs, *(part.name for part in parts)))]
