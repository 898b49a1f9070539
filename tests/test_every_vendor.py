"""A whole film with every stage at a vendor, and the books beside the vendors' own bills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core.db.money import Entry, Purchase
from core.domain.views import JobView
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
from tests import blank, fake_elevenlabs, fake_openai
from tests.conftest import wait_for
from tests.desk import Desk
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_openai import FakeOpenAI
from tests.fake_vendor import FakeVendor

pytestmark = pytest.mark.slow

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
        blank.lay(home)
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
    ("cta", "The lamp alone", "Try it tonight."),
)


def plan(**changes: Any) -> dict[str, Any]:
    """What the language model writes: two short scenes."""
    scenes = [
        {
            "role": role, "seconds": 2.5, "visual": visual, "motif": "auto", "shot_size": "medium",
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


def produced(town: Town, sample: Path, done: Callable[[str], JobView]) -> str:
    """From the sample to the finished film; answers how the film's job ended. `done` has a kind of job done."""
    studio, owner = town.studio, town.owner
    project = projects.create(studio, owner, title="", brief=BRIEF, category="tech", aspect="1:1", seconds=5.0)
    town.project = project.id
    copy = sample.parent / f"copy-{project.id}.mp4"
    copy.write_bytes(sample.read_bytes())
    intake.receive_sample(studio, owner, project.id, copy, "sample.mp4")
    for kind in ("analyse", "storyboard"):
        if kind == "storyboard":
            storyboard.draw(studio, owner, project.id)
        made = done(kind)
        assert made.state == JobState.DONE, made.problem
    revision = planning.require(studio, owner, project.id)
    total = approval.quote_plan(studio, revision.plan).total
    approval.approve(studio, owner, project.id, revision=revision.number, total=total)
    return done("film").state


def test_a_whole_film_is_made_with_every_stage_at_a_vendor(town, short_sample):
    clock = Clock(town.studio)
    clock.start()
    try:
        state = produced(town, short_sample, lambda kind: wait_for(town.studio, town.project, kind))
    finally:
        clock.stop()
    assert state == JobState.DONE
    film = delivery.film(town.studio, town.owner, town.project)
    assert film.film.seconds == pytest.approx(5.0, abs=0.05)
    made = {(p.component, p.model): 0 for p in town.purchases()}
    for p in town.purchases():
        made[p.component, p.model] += 1
    assert made == {
        ("words", CREW["transcription"]): 1,
        ("analysis", CREW["language"]): 1,
        ("script", CREW["language"]): 1,
        ("stills", CREW["still"]): 2,
        ("clips", "videos/wan"): 2,
        ("voice", CREW["speech"]): 2,
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
    desk = Desk(studio=town.studio)
    town.studio = desk.studio

    def done(kind: str) -> JobView:
        desk.run()
        found = production.job(town.studio, town.owner, town.project, kind)
        assert found is not None
        return found

    assert produced(town, short_sample, done) == JobState.DONE
    town.check()
    assert len(town.videos.tasks) == 2, "no clip was made twice"
    stills = [kind for kind, _ in town.openai.made if kind == "images"]
    assert len(stills) == 2, "nor a still"
