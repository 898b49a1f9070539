"""Understanding and writing by language models: each call of one is a step that buys one answer.

measure → (transcribe) → describe → draft → mend → write. What is missing there is skipped, and the plan says who wrote
it. The prompts and the reading of answers stand in core.services.asking; nothing here knows their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core import facts as shipped
from core.db import projects as rows
from core.db.tables import Asset, Project
from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import ModelCard
from core.domain.described import DescribedAnalysis
from core.domain.orders import LanguageOrder, Product
from core.domain.plan import Crew, Plan, Platform
from core.domain.shoot import Word
from core.domain.time import Aspect, Resolution
from core.domain.ways import Way, offer_of
from core.services import vendors
from core.services.asking import describing, writing
from core.services.asking.material import Given, WritingFacts
from core.services.bench import Bench, Made
from core.services.studio import Studio

SEES = "image"
"""Among the inputs of a model that looks at pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier steps have found out about the sample."""

    analysis: SampleAnalysis | None = None
    key_frames: list[str] = field(default_factory=list)
    """Blobs, one for each shot."""
    transcript: tuple[Word, ...] = ()
    described: DescribedAnalysis | None = None


def known(needed: Mapping[str, Mapping[str, Any]]) -> Known:
    """The same, read from the outputs of the steps that a step builds on."""
    measured, heard = needed.get("measure"), needed.get("transcribe", {})
    described = needed.get("describe", {}).get("described")
    return Known(
        analysis=SampleAnalysis.model_validate(measured["analysis"]) if measured else None,
        key_frames=list(measured["key_frames"]) if measured else [],
        transcript=tuple(Word.model_validate(word) for word in heard.get("words", ())),
        described=DescribedAnalysis.model_validate(described) if described else None,
    )


def crew_of(studio: Studio, project: Project, plan: Plan | None) -> Crew:
    """Who makes what for a project: as its plan says, else as its person or this place has it for new films."""
    if plan is not None:
        return plan.crew
    works = set(Crew.model_fields)
    chosen = {**studio.settings.crew_models, **project.crew}
    return Crew(**{work: model for work, model in chosen.items() if work in works})


def ordered_description(bench: Bench, card: ModelCard) -> LanguageOrder:
    """What a model that sees is asked about the sample."""
    project = rows.get_project(bench.studio.db, bench.claim.owner, bench.claim.project_id)
    found = known(bench.needed())
    assert found.analysis is not None  # the step needs the measuring
    frames = [Path(bench.local(blob)) for blob in found.key_frames]
    return describing.order(card.name, found.analysis, frames, found.transcript, project.brief)


def received_description(bench: Bench, product: Product, model: str) -> Made:
    """The sample in words, kept beside its figures."""
    found = known(bench.needed())
    assert found.analysis is not None
    described = describing.read(product, found.analysis, by=vendors.model_name(bench.studio, model))
    body = described.model_dump(mode="json")
    rows.save_description(bench.studio.db, bench.claim.project_id, described=body)
    return Made(result={"described": body})


def ordered_draft(bench: Bench, card: ModelCard) -> LanguageOrder:
    """What a model is asked to write the plan from."""
    return writing.order(card.name, writing_facts(bench, card))


def received_draft(bench: Bench, product: Product, model: str) -> Made:
    """The plan, or what is wrong with it."""
    card = vendors.card_of(bench.studio, "language", model)
    found = writing.read(product, writing_facts(bench, card))
    if isinstance(found, Plan):
        return Made(result={"plan": found.model_dump(mode="json")})
    return Made(result={"plan": None, "faults": list(found), "data": product.data, "text": product.text})


def needs_mending(bench: Bench) -> bool:
    """Whether the draft has faults."""
    return bench.needed()["draft"]["plan"] is None


def unmended(bench: Bench) -> Made:
    """A draft that needs no mending."""
    return Made(result={"plan": bench.needed()["draft"]["plan"]})


def ordered_mending(bench: Bench, card: ModelCard) -> LanguageOrder:
    """The same question with what was wrong with the first answer."""
    draft = bench.needed()["draft"]
    said = Product(data=draft["data"], text=draft["text"])
    return writing.repair(card.name, writing_facts(bench, card), said, tuple(draft["faults"]))


def received_mending(bench: Bench, product: Product, model: str) -> Made:
    """The plan of the second answer. VendorRejected when that cannot be used either."""
    card = vendors.card_of(bench.studio, "language", model)
    plan = writing.require(product, writing_facts(bench, card))
    return Made(result={"plan": plan.model_dump(mode="json")})


def writing_facts(bench: Bench, card: ModelCard) -> WritingFacts:
    """Everything that a plan of the project is written from."""
    studio, claim = bench.studio, bench.claim
    project = rows.get_project(studio.db, claim.owner, claim.project_id)
    found = known(bench.needed())
    images = rows.assets(studio.db, claim.owner, project.id, "image")
    return WritingFacts(
        brief=project.brief,
        category=project.category if project.category in shipped.categories() else "",
        platform=cast("Platform", project.platform),
        aspect=cast("Aspect", project.aspect),
        resolution=cast("Resolution", project.resolution),
        seconds=project.seconds,
        scenes=project.scenes,
        seed=project.seed,
        title=project.title,
        analysis=found.analysis,
        described=found.described,
        transcript=found.transcript,
        images=tuple(_given(bench, image, card) for image in images if image.id != project.character_id),
        character=project.character_id,
        listing=offer_of(project.way, project.listing),
        way=cast("Way", project.way),
        niche=project.listing.get("niche", ""),
        music=project.listing.get("music", ""),
        models=vendors.usable(studio, "video"),
        sample_asset=project.sample_id,
        may_use_frames=project.may_use_frames,
        writer=card.label,
    )


def _given(bench: Bench, image: Asset, card: ModelCard) -> Given:
    """A picture of the person's; a model that sees is shown it."""
    path = Path(bench.local(image.blob)) if SEES in card.inputs else None
    return Given(asset=image.id, what=image.name, path=path)
