"""The steps that understand a sample and write a plan: with language models where the project has them, else here."""

from __future__ import annotations

from typing import Any

from core.db.tables import Asset, Project
from core.db.work import NewStep
from core.domain.catalogue import ModelCard
from core.domain.plan import Crew, Plan
from core.domain.work import HERE
from core.services.addresses import key_of, measure_key
from core.services.scripting import SEES, crew_of
from core.services.studio import Studio
from core.services.vendors import LOCAL, card_for_work, pool_of, require_open


def understanding_steps(sample: Asset, stamp: str) -> list[NewStep]:
    """The sample measured, and what was found laid out."""
    inputs = {"blob": sample.blob, "asset": sample.id}
    return [
        NewStep(
            name="measure",
            kind="measure",
            label="Measuring the sample",
            key=measure_key(sample.blob),
            inputs=inputs,
            weight=1 + (sample.seconds or 30.0) / 20,
        ),
        NewStep(
            name="learn",
            kind="learn",
            label="Laying out what was measured",
            key=key_of("learn", sample.project_id, stamp),
            inputs=inputs,
            weight=0.1,
            needs=("measure",),
        ),
    ]


def writing_steps(
    studio: Studio, project: Project, sample: Asset | None, stamp: str, plan: Plan | None, reason: str = ""
) -> list[NewStep]:
    """From the measured sample to a saved plan. VendorRejected when a chosen model cannot be used from here."""
    crew = crew_of(studio, project, plan)
    writer = _vendor(studio, "language", crew)
    steps = [] if sample is None else _heard(studio, crew, sample)
    if writer is not None:
        steps += _asked(writer, project, sample, [step.name for step in steps], stamp)
    needs = ["learn"] if sample else []
    needs += ["mend"] if writer else []
    inputs: dict[str, Any] = {"crew": crew.model_dump()}
    if reason:
        inputs["reason"] = reason
    steps.append(
        NewStep(
            name="write",
            kind="write",
            label="Writing the plan" + (" anew" if reason else ""),
            key=key_of("write", project.id, stamp),
            inputs=inputs,
            weight=0.2,
            needs=tuple(needs),
        )
    )
    return steps


def _vendor(studio: Studio, work: Any, crew: Crew) -> ModelCard | None:
    """The vendor's model for that work; None when this machine does it, or nobody."""
    card = card_for_work(studio, work, getattr(crew, work))
    return None if card is None or card.vendor == LOCAL else require_open(studio, card)


def _heard(studio: Studio, crew: Crew, sample: Asset) -> list[NewStep]:
    """What is said in the sample, written down; nothing when nobody does that, or it is silent."""
    card = _vendor(studio, "transcription", crew)
    if card is None or not sample.facts.get("has_sound", True):
        return []
    inputs = {"blob": sample.blob, "seconds": sample.seconds or 60.0, "models": [card.id]}
    return [
        NewStep(
            name="transcribe",
            kind="transcribe",
            label="Writing down what is said",
            key=key_of("transcribe", sample.blob, card.id),
            inputs=inputs,
            weight=card.takes,
            needs=("learn",),
            pool=pool_of(card),
        )
    ]


def _asked(writer: ModelCard, project: Project, sample: Asset | None, heard: list[str], stamp: str) -> list[NewStep]:
    """The sample described by a model that sees, the plan drafted, and mended once where it has faults."""
    known = ["measure", "learn", *heard] if sample else []
    steps: list[NewStep] = []
    if sample is not None and SEES in writer.inputs:
        steps.append(
            _question(
                "describe", "Describing the sample", writer, tuple(known), key_of("describe", sample.blob, writer.id)
            )
        )
        known.append("describe")
    draft = key_of("draft", project.id, stamp, writer.id)
    steps.append(_question("draft", "Drafting the plan", writer, tuple(known), draft))
    mend = key_of("mend", project.id, stamp, writer.id)
    steps.append(_question("mend", "Checking the draft", writer, (*known, "draft"), mend))
    return steps


def _question(kind: str, label: str, writer: ModelCard, needs: tuple[str, ...], key: str) -> NewStep:
    return NewStep(
        name=kind,
        kind=kind,
        label=label,
        key=key,
        inputs={"models": [writer.id]},
        weight=writer.takes if kind != "mend" else 0.5,
        needs=needs,
        pool=pool_of(writer) if writer.vendor != LOCAL else HERE,
    )
