"""A whole film with every stage at a vendor, and the books beside the vendors' own bills."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core.db.money import Entry, Purchase
from core.domain.work import OPEN_PURCHASES, JobState
from core.services import (
    approval,
    checkup,
    delivery,
    intake,
    planning,
    production,
    projects,
    storyboard,
)
from core.services import studio as studios
from core.services.studio import Studio
from core.settings import Settings
from jobs.clock import Clock
from tests import fake_elevenlabs, fake_openai
from tests.conftest import wait_for
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_openai import FakeOpenAI
from tests.fake_vendor import FakeVendor

CREW = {
    "language": "openai/gpt-6-luna",
    "still": "openai/gpt-image-2",
    "speech": "elevenlabs/eleven_multilingual_v2",
    "transcription": "groq/whisper-large-v3-turbo",
    "music": "elevenlabs/music_v2",
}
BRIEF = "Lumen is a desk lamp for people who work at night. Try it tonight."
STAGES = {"transcribe", "describe", "draft", "still", "clip", "voice", "music"}


@dataclass(kw_only=True)
class Town:
    """A studio, and every vendor that it buys from."""

    studio: Studio
    openai: FakeOpenAI
    groq: fake_openai.FakeGroq
    elevenlabs: FakeElevenLabs
    videos: FakeVendor
    project: str = ""
    owner: str = "local"
    fallback: tuple[str, ...] = ()

    def purchases(self) -> list[Purchase]:
        with self.studio.db.read() as s:
            return list(s.exec(select(Purchase)))

    def open_purchases(self) -> list[Purchase]:
        return [p for p in self.purchases() if p.state in OPEN_PURCHASES]

    def check(self) -> None:
        """The books are in order, nothing is open, and the video server was paid what it bills."""
        assert checkup.findings(self.studio) == []
        found = self.purchases()
        assert not self.open_purchases()
        with self.studio.db.read() as s:
            spent = sum(e.spent for e in s.exec(select(Entry)) if e.budget_id == "workspace")
        assert spent == sum(p.actual_micros or 0 for p in found)
        clips = sum(p.actual_micros or 0 for p in found if p.component == "clips")
        assert clips == sum(task["cost_micros"] for task in self.videos.tasks)


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[Town]:
    with ExitStack() as stack:
        openai = stack.enter_context(FakeOpenAI())
        groq = stack.enter_context(fake_openai.FakeGroq())
        elevenlabs = stack.enter_context(FakeElevenLabs(any_voice=True))
        prices = {"wan": 0.05, "reel": 0.07}
        videos = stack.enter_context(FakeVendor(recovery="search", making=0.0, slow=0.2, prices=prices))
        crew = {**CREW, "video": "videos/wan"}
        asked = {
            "data_dir": home,
            "min_free_mb": 0,
            "openai_api_key": fake_openai.KEY,
            "openai_base_url": openai.address,
            "groq_api_key": fake_openai.KEY,
            "groq_base_url": groq.address,
            "elevenlabs_api_key": fake_elevenlabs.KEY,
            "elevenlabs_base_url": elevenlabs.base_url,
            "videos_base_url": videos.base_url,
            "videos_models": ",".join(f"{name}={price}" for name, price in prices.items()),
            "crew": ",".join(f"{work}={model}" for work, model in crew.items()),
            "settle_seconds": 6,
            **settings,
        }
        studio = studios.open_studio(Settings(**asked, _env_file=None))
        studios.use(studio)
        stack.callback(studio.db.close)
        stack.callback(studios.use, None)
        openai.answers = {"description": DESCRIPTION, "plan": plan()}
        yield Town(studio=studio, openai=openai, groq=groq, elevenlabs=elevenlabs, videos=videos)


PHRASES = ("setting", "subject", "action", "lighting", "style", "genre", "mood", "hook", "call_to_action")
DESCRIPTION: dict[str, Any] = {
    "summary": "A test pattern, a fractal and a red surface.",
    **{name: f"its {name}" for name in PHRASES},
    "beats": [{"at": 0.0, "what": "a pattern"}],
    "keep": ["rhythm"],
    "vary": ["the pictures"],
    "shots": [],
}
LINES = (
    ("hook", "A dark desk at night", "Still working?"),
    ("feature", "A lamp is switched on", "Lumen lights it."),
    ("cta", "The lamp alone", "Try it tonight."),
)


def plan(**changes: Any) -> dict[str, Any]:
    """What the language model writes: three scenes of two seconds."""
    scenes = [
        {
            "role": role, "seconds": 2.0, "visual": visual, "motif": "auto", "shot_size": "medium",
            "camera": "push_in", "angle": "eye_level", "narration": said, "title": "", "kicker": "", "sound": "",
            "transition": "cut", "model": "auto", "model_why": "", "sample_shot": None,
        }
        for role, visual, said in LINES
    ]  # fmt: skip
    return {
        "title": "Lumen at night", "tone": "night", "style": "grotesk", "palette": [], "music_mood": "night",
        "music_bpm": 96, "captions": "karaoke", "notes": [], "scenes": scenes, **changes,
    }  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with opened(tmp_path / "data") as found:
        yield found


def produced(town: Town, sample: Path) -> str:
    """From the sample to the finished film; answers how the film's job ended."""
    studio, owner = town.studio, town.owner
    project = projects.create(studio, owner, title="", brief=BRIEF, category="tech", seconds=6.0)
    town.project = project.id
    copy = sample.parent / f"copy-{project.id}.mp4"
    copy.write_bytes(sample.read_bytes())
    clock = Clock(studio)
    clock.start()
    try:
        intake.receive_sample(studio, owner, project.id, copy, "sample.mp4")
        analysed = wait_for(studio, project.id, "analyse")
        assert analysed.state == JobState.DONE, analysed.problem
        storyboard.draw(studio, owner, project.id)
        drawn = wait_for(studio, project.id, "storyboard")
        assert drawn.state == JobState.DONE, drawn.problem
        revision = planning.require(studio, owner, project.id)
        total = approval.quote_plan(studio, revision.plan, town.fallback).total
        approval.approve(studio, owner, project.id, revision=revision.number, total=total, fallback=town.fallback)
        state = wait_for(studio, project.id, "film").state
        until = time.monotonic() + 20  # what is under way is followed, also when the film failed
        while town.open_purchases() and time.monotonic() < until:
            time.sleep(0.1)
        return state
    finally:
        clock.stop()


def test_a_whole_film_is_made_with_every_stage_at_a_vendor(town, short_sample):
    assert produced(town, short_sample) == JobState.DONE
    film = delivery.film(town.studio, town.owner, town.project)
    assert film.film.seconds == pytest.approx(6.0, abs=0.05)
    made = {(p.component, p.model): 0 for p in town.purchases()}
    for p in town.purchases():
        made[p.component, p.model] += 1
    assert made == {
        ("words", CREW["transcription"]): 1,
        ("analysis", CREW["language"]): 1,
        ("script", CREW["language"]): 1,
        ("stills", CREW["still"]): 3,
        ("clips", "videos/wan"): 3,
        ("voice", CREW["speech"]): 3,
        ("music", CREW["music"]): 1,
    }
    town.check()
    revision = planning.require(town.studio, town.owner, town.project)
    assert revision.plan.writer == "GPT-6 Luna"
    assert [s.narration for s in revision.plan.scenes] == [said for _, _, said in LINES]
    assert all(task["metadata"]["image_bytes"] for task in town.videos.tasks), "clips begin with the approved stills"
    bill = sum(cost for cost in (p.actual_micros or 0 for p in town.purchases()))
    approved = revision.quote.total
    assert Decimal(bill) / 1_000_000 <= approved + Decimal("0.01"), "and it cost no more than it said"


TROUBLES = {
    "openai": ("responses:rate_limit_ms", "images:rate_limit_ms"),
    "groq": ("transcripts:rate_limit_ms",),
    "elevenlabs": ("speech:early", "music:early"),
}
"""At each vendor that answers at once: what another try can mend."""


def test_a_film_is_made_though_every_vendor_fails_now_and_then(town, short_sample):
    for name, troubles in TROUBLES.items():
        getattr(town, name).coming += troubles
    for trouble in ("rate_limit", "malformed", "drop_after_accept"):
        town.videos.next(trouble)
    assert produced(town, short_sample) == JobState.DONE
    town.check()
    assert len(town.videos.tasks) == 3, "no clip was made twice"
    stills = [kind for kind, _ in town.openai.made if kind == "images"]
    assert len(stills) == 3, "nor a still"


@pytest.mark.parametrize("trouble", ["no_credit", "unauthorised"])
def test_a_film_whose_vendor_has_no_credit_is_filmed_by_the_next_that_was_approved(town, short_sample, trouble):
    """One scene of the three has its turn with the other model; a refused key stops it with words instead."""
    town.fallback = ("videos/reel",)
    town.videos.next(trouble)
    state = produced(town, short_sample)
    models = sorted(task["model"] for task in town.videos.tasks)
    if trouble == "no_credit":
        assert state == JobState.DONE
        assert models == ["reel", "wan", "wan"]
    else:
        assert state == JobState.FAILED
        job = production.job(town.studio, town.owner, town.project, "film")
        assert "key" in f"{job.problem} {job.remedy}"
        assert fake_openai.KEY not in f"{job.problem} {job.remedy}"
    town.check()
