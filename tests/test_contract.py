"""What a piece of work promises, whoever does it: this machine or a vendor, through the engine and the books.

Each vendor is reached through its own SDK at a strict server on loopback. Script and chat, which answer in words, have
theirs in test_language_vendors, test_asking and test_writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.db import projects as rows
from core.db.money import Purchase
from core.db.tables import Output
from core.db.work import NewStep
from core.domain.plan import Plan
from core.domain.time import FPS
from core.domain.work import JobState, PurchaseState
from core.media.probe import probe
from core.services import checkup, recipes
from core.services.repertoire import RECIPES
from core.services.vendors import LOCAL
from tests import fake_elevenlabs, fake_google, fake_openai, fake_replicate, fake_runway
from tests.clip_shop import Shop, opened_shop
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_google import FakeGoogle
from tests.fake_openai import FakeGroq, FakeOpenAI
from tests.fake_replicate import FakeReplicate
from tests.fake_runway import FakeRunway
from tests.fake_runway_more import FakeRunwayMore

MODELS = {
    "video": ["local/film", "videos/wan", "runway/gen4.5", "google/gemini-omni-1.1-flash", "replicate/wan/t2v"],
    "still": ["local/still", "openai/gpt-image-2", "runway/gen4_image", "replicate/black-forest-labs/flux-schnell"],
    "speech": ["local/voice", "elevenlabs/eleven_multilingual_v2", "groq/canopylabs/orpheus-v1-english"],
    "music": ["local/music", "elevenlabs/music_v2"],
    "effect": ["local/effects", "elevenlabs/eleven_text_to_sound_v2"],
}
KINDS = {"video": "clip", "still": "still", "speech": "voice", "music": "music", "effect": "effect"}
EVERY = [(work, model) for work, models in MODELS.items() for model in models]


def server(model: str) -> tuple[Any, dict[str, str]]:
    """Who stands for the vendor of a model, and the settings that open it."""
    vendor, kind = model.partition("/")[0], "still" if "image" in model else ""
    match vendor:
        case "elevenlabs":
            return FakeElevenLabs(any_voice=True), {"elevenlabs_api_key": fake_elevenlabs.KEY}
        case "openai":
            return FakeOpenAI(), {"openai_api_key": fake_openai.KEY}
        case "groq":
            return FakeGroq(), {"groq_api_key": fake_openai.KEY}
        case "google":
            return FakeGoogle(), {"gemini_api_key": fake_google.KEY}
        case "runway":
            return (FakeRunwayMore() if kind else FakeRunway()), {"runwayml_api_secret": fake_runway.KEY}
        case "replicate":
            return FakeReplicate(), {
                "replicate_api_token": fake_replicate.TOKEN,
                "prices": "video:replicate/wan/t2v=0.05",
            }
    raise AssertionError(vendor)


ADDRESSES = {
    "elevenlabs": "elevenlabs_base_url", "openai": "openai_base_url", "groq": "groq_base_url",
    "google": "google_gemini_base_url", "runway": "runwayml_base_url", "replicate": "replicate_base_url",
}  # fmt: skip


@dataclass(kw_only=True)
class Work:
    """A piece of work for one model, and the shop in which it is done."""

    shop: Shop
    kind: str
    model: str
    plan: Plan

    @property
    def steps(self) -> list[NewStep]:
        """The one step: of the first scene, where each has its own."""
        project = rows.get_project(self.shop.db, self.shop.owner, self.project)
        if self.kind == "still":
            return [recipes.still_step(self.shop.studio, project, self.plan, 0)]
        made = recipes.film_steps(self.shop.studio, project, self.plan)
        return [next(step for step in made if step.kind == KINDS[self.kind])]

    def do(self) -> Output:
        """Orders it and has it done; answers what came of it."""
        job = self.shop.order_steps(self.steps, cap=5_000_000, project=self.project)
        self.shop.run()
        row = self.shop.job(job)
        assert row.state == JobState.DONE, f"{row.problem} {row.remedy}"
        (output,) = self.shop.all(Output)
        return output

    project: str = ""


@pytest.fixture(params=EVERY, ids=[f"{work}-{model}" for work, model in EVERY])
def work(request: pytest.FixtureRequest, tmp_path: Path, small_plan: Plan) -> Iterator[Work]:
    kind, model = request.param
    vendor = model.partition("/")[0]
    with ExitStack() as stack:
        settings: dict[str, str] = {}
        if vendor not in (LOCAL, "videos"):
            fake, settings = server(model)
            running = stack.enter_context(fake)
            settings[ADDRESSES[vendor]] = getattr(running, "address", running.base_url)
        shop = stack.enter_context(opened_shop(tmp_path, "search", settings))
        shop.recipes = RECIPES
        scene = small_plan.scenes[0].but(sound="rain", model=model if kind == "video" else "local/film")
        crew = small_plan.crew if kind == "video" else small_plan.crew.but(**{kind: model})
        plan = small_plan.but(scenes=(scene, small_plan.scenes[1]), crew=crew)
        yield Work(shop=shop, kind=kind, model=model, plan=plan, project=shop.project())


def test_what_was_ordered_is_made_to_measure_once_and_stands_in_the_books(work: Work):
    made, storage = work.do(), work.shop.studio.storage
    path, plan = storage.path(made.blobs[0]), work.plan
    match work.kind:
        case "still":
            with Image.open(path) as picture:
                assert picture.size == (plan.size.width, plan.size.height)
        case "video":
            found = probe(path)
            assert (found.width, found.height) == (plan.size.width, plan.size.height)
            assert found.readable >= plan.scenes[0].seconds - 1 / FPS
        case "speech":
            said = [word["text"].strip(".,").lower() for word in made.result["words"]]
            assert said == ["the", "city", "is", "awake"]
            assert made.result["words"][-1]["end"] <= plan.scenes[0].seconds
        case "music":
            assert probe(path).readable == pytest.approx(plan.seconds, abs=0.05)
        case "effect":
            assert 0 < probe(path).readable <= plan.scenes[0].seconds + 1
    in_the_books(work)
    assert work.do().created == made.created, "what was made is not made again"
    in_the_books(work)


def in_the_books(work: Work) -> None:
    """One purchase of that model, for no more than was quoted; this machine's cost nothing."""
    (bought,) = work.shop.all(Purchase)
    assert (bought.model, bought.state) == (work.model, PurchaseState.SUCCEEDED)
    assert (bought.actual_micros == 0) == work.model.startswith(LOCAL)
    assert bought.actual_micros <= bought.reserved_micros
    assert checkup.findings(work.shop.studio) == []


@pytest.mark.parametrize("work", [each for each in EVERY if not each[1].startswith(LOCAL)], ids=str, indirect=True)
def test_without_money_no_vendor_is_asked_for_anything(work: Work):
    work.shop.order_steps(work.steps, cap=1, project=work.project)
    work.shop.run()
    assert [p for p in work.shop.all(Purchase) if p.state != PurchaseState.REJECTED] == []
    assert work.shop.all(Output) == []
