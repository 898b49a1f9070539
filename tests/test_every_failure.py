"""A film whose first vendor fails in each way there is: finished by what was approved, or stopped with words.

Every stage is bought at a strict server on loopback through the vendor's own SDK. What the ways have in common
(stills, voices, music) is made once, then each way films both scenes at vendors, on a clock that is put forward.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core.db.money import Entry
from core.domain.plan import Crew, Plan, Scene
from core.domain.work import JobState, StepState
from core.providers.keys import Ring
from core.providers.rotation import RotatingTasks
from core.providers.runway import Runway
from core.services import (
    approval,
    checkup,
    delivery,
    doubts,
    planning,
    production,
    projects,
    spend,
    storyboard,
    takes,
)
from core.services import quality as findings
from core.services.repertoire import RECIPES
from core.services.studio import open_studio, utc_now
from core.settings import Settings
from tests import blank, fake_elevenlabs, fake_google, fake_openai, fake_replicate, fake_runway
from tests.clip_shop import UNFITTED
from tests.desk import Desk
from tests.fake_elevenlabs import FakeElevenLabs
from tests.fake_google import FakeGoogle
from tests.fake_openai import FakeOpenAI
from tests.fake_replicate import FakeReplicate
from tests.fake_runway import FakeRunway
from tests.fake_vendor import FakeVendor
from tests.loopback import Answer, Call

pytestmark = pytest.mark.xdist_group("every failure")

WAN, REEL, GEN4 = "videos/wan", "videos/reel", "runway/gen4.5"
OMNI, BEGUN = "google/gemini-omni-1.1-flash", "replicate/lab/begun"
PRICES = {"wan": 0.05, "reel": 0.07}
CREW = Crew(still="openai/gpt-image-2", speech="elevenlabs/eleven_multilingual_v2", music="elevenlabs/music_v2")
PLAN = Plan(
    title="Night", brief="A lamp for the night", category="tech", aspect="1:1", seed=7, crew=CREW, writer="a test",
    scenes=(
        Scene(id="aaaa", role="hook", visual="A dark desk at night", seconds=2.5, narration="Still up?", model=REEL),
        Scene(id="bbbb", role="cta", visual="The lamp alone", seconds=2.5, narration="Try it.", model=REEL),
    ),
)  # fmt: skip
FOREVER = 1e9


class Hasty(Runway):
    """Waits as long for an answer as a test may."""

    order_seconds = 0.3


@dataclass
class Replicate(FakeReplicate):
    """One that may deliver something else than was made."""

    delivers: bytes | None = None
    kind_of_delivery: str = "video/mp4"

    def _delivery(self, call: Call, name: str, fault: str) -> Answer:
        whole = super()._delivery(call, name, fault)
        return whole if self.delivers is None else Answer(self.delivers, kind=self.kind_of_delivery)


@dataclass(kw_only=True)
class Town(Desk):
    """A studio, and the vendors that it buys from."""

    videos: FakeVendor
    runway: FakeRunway
    google: FakeGoogle
    replicate: Replicate
    project: str = ""
    job: str = ""
    spent_before: int = 0

    @property
    def owner(self) -> str:
        return self.studio.local_owner

    def order(self, plan: Plan, fallback: tuple[str, ...] = (), *, look_first: bool = False) -> None:
        """Makes that plan the newest, approves it at its price and lets it be made."""
        revision = planning.save(
            self.studio, self.owner, self.project, plan, author="a test", reason="", base=None
        )  # fmt: skip
        total = approval.quote_plan(self.studio, plan, fallback).total
        approved = {"revision": revision.number, "total": total, "fallback": fallback, "look_first": look_first}
        self.job = approval.approve(self.studio, self.owner, self.project, **approved)
        if self.meddle:
            self.meddle()
        self.run()

    def retry(self) -> None:
        production.retry(self.studio, self.owner, self.job)
        self.run()

    def go_on(self) -> None:
        production.go_on(self.studio, self.owner, self.job)
        self.run()

    @property
    def view(self) -> Any:
        return production.job_by_id(self.studio, self.owner, self.job)

    @property
    def first(self) -> Any:
        """The step that has the first scene filmed."""
        return next(step for step in self.view.steps if step.kind == "clip")

    def tries(self) -> str:
        """What the first scene's page shows: each try at a vendor, and what came of it."""
        made = spend.tries(self.studio, self.owner, self.project).get(self.first.scene_id, ())
        for each in made:
            assert each.note or each.state in ("succeeded", "submitted"), "each says why it came to nothing"
        return ", ".join(f"{each.model} {each.state}" for each in made)

    def spent(self) -> int:
        with self.studio.db.read() as s:
            return sum(entry.spent for entry in s.exec(select(Entry)) if entry.budget_id == "workspace")

    def billed(self) -> int:
        """Micro-dollars, by what the vendors know themselves."""
        films = sum(task["cost_micros"] for task in self.videos.tasks) + self.runway.billed_credits * 10_000
        return films + sum(made.input["seconds"] * 50_000 for made in self.replicate.predictions.values())

    def asked(self, model: str) -> int:
        """Orders that have reached the vendor of a model."""
        vendor = getattr(self, model.partition("/")[0])
        return vendor.asked("create") if vendor is self.videos else vendor.requests["create"]

    def check(self) -> None:
        """The books are in order, and say what the vendors say, to the micro-dollar."""
        assert checkup.findings(self.studio) == []
        assert self.spent() - self.spent_before == self.billed()


@contextmanager
def opened(home: Path, seed: int = 0) -> Iterator[Town]:
    """`seed`: of the numbers that the video server gives its tasks; two of the same studio have different ones."""
    with ExitStack() as stack:
        vendors = {
            "videos": FakeVendor(seed=seed, recovery="search", making=0.0, slow=0.2, prices=PRICES),
            "runway": FakeRunway(slow=0.6), "google": FakeGoogle(), "replicate": Replicate(),
        }  # fmt: skip
        openai, elevenlabs = stack.enter_context(FakeOpenAI()), stack.enter_context(FakeElevenLabs(any_voice=True))
        running = {name: stack.enter_context(vendor) for name, vendor in vendors.items()}
        settings = Settings(
            data_dir=home, min_free_mb=0, settle_seconds=60, _env_file=None,
            openai_api_key=fake_openai.KEY, openai_base_url=openai.address,
            elevenlabs_api_key=fake_elevenlabs.KEY, elevenlabs_base_url=elevenlabs.base_url,
            videos_base_url=running["videos"].base_url, videos_recovery="search",
            videos_models=",".join(f"{name}={price}" for name, price in PRICES.items()),
            runwayml_api_secret=fake_runway.KEY, runwayml_base_url=running["runway"].base_url,
            gemini_api_key=fake_google.KEY, google_gemini_base_url=running["google"].base_url,
            replicate_api_token=fake_replicate.TOKEN, replicate_base_url=running["replicate"].base_url,
            prices=f"video:{BEGUN}=0.05",
        )  # fmt: skip
        blank.lay(home)
        studio = open_studio(settings)
        stack.callback(studio.db.close)
        hasty = Hasty(key=fake_runway.KEY, base_url=running["runway"].base_url)
        open_vendors = {**studio.vendors, "runway": RotatingTasks([hasty], Ring(fake_runway.KEY))}
        yield Town(studio=replace(studio, vendors=open_vendors), **running)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A whole film with every stage at a vendor: where it lies, its project, and its plan."""
    home = tmp_path_factory.mktemp("town") / "home"
    with opened(home) as town:
        town.project = projects.create(town.studio, town.owner, title="Night", brief="A lamp for the night").id
        planning.save(town.studio, town.owner, town.project, PLAN, author="a test", reason="", base=None)
        storyboard.draw(town.studio, town.owner, town.project)
        town.run()
        town.order(PLAN)
        assert town.view.state == JobState.DONE, town.view.problem
        return home, town.project


@pytest.fixture
def town(finished: tuple[Path, str], tmp_path: Path) -> Iterator[Town]:
    """The same project in a studio of its own, with vendors that have made nothing yet."""
    home, project = finished
    shutil.copytree(home, tmp_path / "home")
    with opened(tmp_path / "home", seed=1) as found:
        found.project, found.spent_before = project, found.spent()
        yield found


Meddle = Callable[[Town], None]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the first vendor fails, and how that ends."""

    model: str
    faults: tuple[str, ...] = ()
    """Played by its server, each at the next call on which it can be."""
    before: Meddle = lambda _: None
    """What is so before the film is approved."""
    meddle: Meddle = lambda _: None
    """What happens at the vendor meanwhile."""
    fallback: str = GEN4
    both: bool = False
    """The second scene is filmed too; else it is from before."""
    tries: str
    """At vendors, for the first scene, until the film is finished or stops."""
    stops: StepState | None = None
    """Where the scene stops; None: the film is finished by itself."""
    says: str = ""
    """In the words to the person."""
    decides: Meddle | None = None
    """What the person does about it; then the film is finished."""
    then: str = ""
    """What is tried in the end."""
    finds: str = ""
    """What is said of the clip that came."""
    looks: bool = False
    """The clip is fitted to the film and looked at, as it is about what came; else it is kept as it came."""
    whole: bool = False
    """The film is cut and delivered too."""


def of(vendor: Any) -> list[Any]:
    """Its tasks, the first first."""
    return list((vendor.orders if isinstance(vendor, FakeRunway) else vendor.predictions).values())


def all_at_runway(**changes: Any) -> Meddle:
    def meddle(town: Town) -> None:
        for order in of(town.runway):
            for name, value in changes.items():
                setattr(order, name, value)

    return meddle


def first_at(vendor: str, **changes: Any) -> Meddle:
    def meddle(town: Town) -> None:
        for order in of(getattr(town, vendor))[:1]:
            for name, value in changes.items():
                setattr(order, name, value)

    return meddle


def rules(**changes: Any) -> Meddle:
    """The video server is so."""

    def meddle(town: Town) -> None:
        for name, value in changes.items():
            setattr(town.videos.rules, name, value)

    return meddle


def retry(town: Town) -> None:
    town.retry()


def looks_it_up(town: Town) -> None:
    """It is found on the vendor's page, and its number is told."""
    (doubt,) = doubts.doubts(town.studio, town.owner)
    task = next(iter(town.runway.orders or town.google.tasks))
    doubts.adopt(town.studio, town.owner, doubt.purchase_id, task)
    town.run()


def never_bought(town: Town) -> None:
    (doubt,) = doubts.doubts(town.studio, town.owner)
    doubts.write_off(town.studio, town.owner, doubt.purchase_id, paid=False)
    town.run()


def gives_up(town: Town) -> None:
    """As paid; then a working vendor has its turn."""
    town.meddle = None
    rules(making=0.0)(town)
    (doubt,) = doubts.doubts(town.studio, town.owner)
    doubts.write_off(town.studio, town.owner, doubt.purchase_id, paid=True)
    town.run()


def approves_more(then: Meddle) -> Meddle:
    """Does that, is asked for the money that it takes more, and says yes."""

    def decide(town: Town) -> None:
        town.meddle = None
        then(town)
        assert "would pass what was approved" in town.first.problem
        approval.approve_more(town.studio, town.owner, town.job, town.view.gate.missing)
        town.run()

    return decide


def nothing(_: Town) -> None:
    """Only more money is wanted."""


def delivers(content: bytes, kind: str = "video/mp4") -> Meddle:
    def meddle(town: Town) -> None:
        town.replicate.delivers, town.replicate.kind_of_delivery = content, kind

    return meddle


def repairs_and_retries(town: Town) -> None:
    town.replicate.delivers = None
    town.retry()


def ends_tomorrow(town: Town) -> None:
    last = utc_now().date() + timedelta(days=1)
    cards = tuple(replace(card, ends=last) if card.id == WAN else card for card in town.studio.cards)
    town.studio = replace(town.studio, cards=cards)


def days_pass(town: Town) -> None:
    town.ahead = max(town.ahead, timedelta(days=3))


def throttles(town: Town) -> None:
    """The vendor has no place free for a while."""
    for order in of(town.runway)[:1]:
        order.forced = "THROTTLED" if town.runway.requests["task"] < 4 else ""


HALF = fake_replicate.film("mp4")[:-1500]
WAYS: dict[str, Way] = {
    "moderation": Way(
        both=True, model=WAN, faults=("moderation",), tries="wan rejected", stops=StepState.FAILED,
        says="Rewrite the scene", decides=retry, then="wan rejected, wan succeeded"),
    "moderation at Runway": Way(
        model=GEN4, fallback=WAN, faults=("create:moderated",), tries="Runway Gen-4.5 rejected", stops=StepState.FAILED,
        says="Rewrite the scene", decides=retry, then="Runway Gen-4.5 rejected, Runway Gen-4.5 succeeded"),
    "moderation of what was taken": Way(
        model=WAN, faults=("task_refused",), tries="wan failed", stops=StepState.FAILED,
        says="Rewrite the scene", decides=retry, then="wan failed, wan succeeded"),
    "moderation of what was filmed": Way(
        model=GEN4, fallback=WAN, meddle=first_at("runway", failure=("Blocked.", "SAFETY.OUTPUT.VIDEO"), credits=0),
        tries="Runway Gen-4.5 failed", stops=StepState.FAILED, says="Rewrite the scene", decides=retry,
        then="Runway Gen-4.5 failed, Runway Gen-4.5 succeeded"),
    "moderation at Replicate": Way(
        model=BEGUN, fallback=WAN, faults=("create:moderated",), tries="lab/begun rejected", stops=StepState.FAILED,
        says="Rewrite the scene", decides=retry, then="lab/begun rejected, lab/begun succeeded"),
    "bad request": Way(
        model=WAN, faults=("invalid",), tries="wan rejected", stops=StepState.FAILED, says="Change the scene",
        decides=retry, then="wan rejected, wan succeeded"),
    "bad request at Replicate": Way(
        model=BEGUN, fallback=WAN, faults=("create:invalid",), tries="lab/begun rejected", stops=StepState.FAILED,
        says="too odd", decides=retry, then="lab/begun rejected, lab/begun succeeded"),
    "key that is refused": Way(
        model=WAN, faults=("unauthorised",), tries="wan rejected", stops=StepState.FAILED,
        says="Check the vendor's key", decides=retry, then="wan rejected, wan succeeded"),
    "no credit": Way(
        both=True, model=GEN4, fallback=WAN, faults=("create:no_credit",), whole=True,
        tries="Runway Gen-4.5 rejected, wan succeeded"),
    "rate limit": Way(both=True, model=WAN, faults=("rate_limit",), tries="wan rejected, wan succeeded"),
    "rate limit again and again": Way(
        model=WAN, faults=("rate_limit",) * 4, tries=", ".join(["wan rejected"] * 4 + ["Runway Gen-4.5 succeeded"])),
    "daily limit": Way(
        model=GEN4, fallback=WAN, faults=("create:daily_limit",) * 4,
        tries=", ".join(["Runway Gen-4.5 rejected"] * 4 + ["wan succeeded"])),
    "5xx before it is taken": Way(
        model=WAN, faults=("error_before_accept",), tries="wan rejected, wan succeeded"),
    "5xx after it is taken": Way(both=True, model=WAN, faults=("error_after_accept",), tries="wan succeeded"),
    "5xx and nobody can look": Way(
        model=GEN4, fallback=WAN, faults=("create:error_before",), tries="Runway Gen-4.5 in_doubt",
        stops=StepState.IN_DOUBT, says="perhaps bought", decides=never_bought,
        then="Runway Gen-4.5 written_off, Runway Gen-4.5 succeeded"),
    "too late": Way(
        model=GEN4, fallback=WAN, faults=("create:late",),
        tries="Runway Gen-4.5 rejected, Runway Gen-4.5 succeeded"),
    "no answer": Way(
        model=GEN4, fallback=WAN, faults=("create:slow",), tries="Runway Gen-4.5 in_doubt", stops=StepState.IN_DOUBT,
        says="did not answer in time", decides=looks_it_up, then="Runway Gen-4.5 succeeded"),
    "connection cut before it is taken": Way(
        model=WAN, faults=("drop_before_accept",), tries="wan rejected, wan succeeded"),
    "connection cut in the order": Way(
        model=WAN, faults=("drop_before_body",), tries="wan rejected, wan succeeded"),
    "connection cut after it is taken": Way(
        model=GEN4, fallback=WAN, faults=("create:reset_after",), tries="Runway Gen-4.5 in_doubt",
        stops=StepState.IN_DOUBT, says="perhaps bought", decides=looks_it_up, then="Runway Gen-4.5 succeeded"),
    "task that fails": Way(model=WAN, faults=("task_fails",), tries="wan failed, wan succeeded"),
    "task that fails again and again": Way(
        model=WAN, faults=("task_fails",) * 4, tries=", ".join(["wan failed"] * 4 + ["Runway Gen-4.5 succeeded"])),
    "task that fails and is billed": Way(
        model=GEN4, fallback=WAN, meddle=first_at("runway", failure=("Bad.", "INTERNAL.BAD_OUTPUT.CODE01")),
        tries="Runway Gen-4.5 failed", stops=StepState.GATE, says="would pass what was approved",
        decides=approves_more(nothing), then="Runway Gen-4.5 failed, Runway Gen-4.5 succeeded"),
    "task that never ends": Way(
        model=WAN, before=rules(making=FOREVER, poll_after_ms=1_200_000), tries="wan submitted",
        stops=StepState.IN_DOUBT, says="comes to no end", decides=gives_up,
        then="wan written_off, wan succeeded"),
    "task that is forgotten": Way(
        model=GEN4, fallback=WAN, meddle=first_at("runway", deleted=True), tries="Runway Gen-4.5 submitted",
        stops=StepState.IN_DOUBT, says="no longer knows", decides=approves_more(gives_up),
        then="Runway Gen-4.5 written_off, Runway Gen-4.5 succeeded"),
    "task that is stopped at the vendor": Way(
        model=GEN4, fallback=WAN, meddle=first_at("runway", forced="CANCELLED", credits=0),
        tries="Runway Gen-4.5 cancelled, Runway Gen-4.5 succeeded"),
    "task that is stopped again and again": Way(
        model=GEN4, fallback=WAN, meddle=all_at_runway(forced="CANCELLED", credits=0),
        tries=", ".join(["Runway Gen-4.5 cancelled"] * 4 + ["wan succeeded"])),
    "throttled task": Way(model=GEN4, fallback=WAN, meddle=throttles, tries="Runway Gen-4.5 succeeded"),
    "rate limit of the looks": Way(
        model=GEN4, fallback=WAN, faults=("task:rate_limit",) * 2, tries="Runway Gen-4.5 succeeded"),
    "state that nobody knows": Way(
        model=GEN4, fallback=WAN, faults=("task:strange", "task:malformed"), tries="Runway Gen-4.5 succeeded"),
    "address that has expired": Way(
        both=True, model=GEN4, fallback=WAN, faults=("clip:expired",), tries="Runway Gen-4.5 succeeded", whole=True),
    "clip that is deleted": Way(
        model=WAN, faults=("expired",), tries="wan succeeded", stops=StepState.FAILED, says="had been paid for it",
        decides=retry, then="wan succeeded, wan succeeded"),
    "model that is gone": Way(
        model=BEGUN, fallback=WAN, faults=("create:gone_version",), tries="lab/begun rejected, wan succeeded"),
    "model that Google no longer has": Way(
        model=OMNI, fallback=WAN, faults=("create:no_model",), tries="Gemini Omni 1.1 Flash rejected, wan succeeded"),
    "model that ends before it is filmed": Way(
        model=WAN, before=ends_tomorrow, meddle=days_pass, tries="Runway Gen-4.5 succeeded"),
    "page instead of a clip": Way(
        looks=True, model=GEN4, fallback=WAN, faults=("clip:page", "clip:page"), tries="Runway Gen-4.5 succeeded"),
    "page instead of a clip for ever": Way(
        model=BEGUN, fallback=WAN, before=delivers(b"<html>Sign in</html>", "text/html"),
        tries="lab/begun succeeded", stops=StepState.FAILED, says="was paid for it", decides=repairs_and_retries,
        then="lab/begun succeeded"),
    "empty clip": Way(looks=True, model=GEN4, fallback=WAN, faults=("clip:nothing",), tries="Runway Gen-4.5 succeeded"),
    "clip cut off on its way": Way(looks=True, model=WAN, faults=("truncated",), tries="wan succeeded"),
    "clip that is cut off at the vendor": Way(
        looks=True, model=BEGUN, fallback=WAN, before=delivers(HALF), tries="lab/begun succeeded",
        stops=StepState.FAILED, says="broken at the vendor", decides=repairs_and_retries,
        then="lab/begun succeeded, lab/begun succeeded"),
    "clip that is too short": Way(model=BEGUN, fallback=WAN, tries="lab/begun succeeded", looks=True,
        finds="its last picture is held"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_film_whose_vendor_fails_is_finished_or_stops_with_words(town, way):
    first, second = PLAN.scenes
    plan = PLAN.but(scenes=(first.but(model=way.model), second.but(model=way.model) if way.both else second))
    vendor = getattr(town, way.model.partition("/")[0])
    way.before(town)
    for fault in way.faults:
        vendor.next(fault) if vendor is town.videos else vendor.coming.append(fault)
    town.meddle = partial(way.meddle, town)
    town.recipes = RECIPES if way.whole or way.looks else {**RECIPES, **UNFITTED}
    town.order(plan, (way.fallback,), look_first=not way.whole)
    assert town.tries() == way.tries, town.first.problem
    if way.stops:
        stopped(town, way)
    end(town, way, first.id)


def stopped(town: Town, way: Way) -> None:
    """At the right place and with words; nobody else was asked; then a person decides."""
    assert (town.first.state, town.view.state == JobState.FAILED) == (way.stops, way.stops == StepState.FAILED)
    assert town.asked(way.fallback) == 0
    words = f"{town.first.problem} {town.first.remedy}"
    assert way.says in words
    for key in (fake_runway.KEY, fake_google.KEY, fake_replicate.TOKEN):
        assert key not in words
    assert checkup.findings(town.studio) == []
    assert way.decides
    way.decides(town)
    assert town.tries() == way.then


def end(town: Town, way: Way, scene: str) -> None:
    """Every clip is here and the books are those of the vendors; the film is delivered, or cut at a person's word."""
    if way.whole:
        assert town.view.state == JobState.DONE, town.view.problem
        assert delivery.film(town.studio, town.owner, town.project).film.seconds == pytest.approx(5.0, abs=0.05)
    else:
        assert town.view.gate.message.startswith("The clips are here"), (town.first.problem, town.view.gate)
    assert {step.state for step in town.view.steps if step.kind == "clip"} == {StepState.DONE}
    if way.looks:
        assert len(takes.takes(town.studio, town.owner, town.project)) == 2
    found = findings.of_takes(town.studio, town.owner, town.project).get(scene, ())
    assert way.finds in " ".join(one.what for one in found)
    town.check()
