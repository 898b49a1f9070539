"""What the vendors list is held against the catalogue, through each vendor's own SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.domain.catalogue import ListedModel
from core.domain.errors import VendorError
from core.domain.tasks import Recovery
from core.providers import ListsModels
from core.providers.chat_language import CompatibleLanguage, GroqLanguage
from core.providers.elevenlabs import ElevenLabsSpeech
from core.providers.google import GoogleOmni
from core.providers.openai_language import OpenAILanguage
from core.providers.replicate import ReplicateStills
from core.providers.runway import Runway
from core.providers.videos import VideosServer
from core.services import checkup, credit, drift
from core.services.studio import Studio, open_studio
from core.settings import Settings
from tests import blank
from tests.loopback import Answer, Call, Loopback, Refusal

KEY = "sk_0123456789abcdef"
OPENAI = {
    "object": "list",
    "data": [
        {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": None},
        {"id": "gpt-4o-mini", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2027-01-14"},
    ],
}
GROQ = {
    "object": "list",
    "data": [
        {"id": "openai/gpt-oss-20b", "object": "model", "created": 1, "owned_by": "OpenAI", "active": True},
        {"id": "old", "object": "model", "created": 1, "owned_by": "Meta", "active": False},
    ],
}
RUNWAY = {
    "creditBalance": 100,
    "tier": {
        "maxMonthlyCreditSpend": 1000,
        "models": {"gen4.5": {"maxConcurrentGenerations": 1, "maxDailyGenerations": 50}},
    },
    "usage": {"models": {}},
}
SCHEMA = {"components": {"schemas": {"Input": {"type": "object", "properties": {"prompt": {"type": "string"}}}}}}
FLUX = {"owner": "a", "name": "flux", "is_official": True, "latest_version": {"id": "0" * 64, "openapi_schema": SCHEMA}}
ANSWERS: dict[str, Any] = {
    "/v1/models": OPENAI,
    "/openai/v1/models": GROQ,
    "/eleven/v1/models": [{"model_id": "eleven_v4", "name": "Eleven v4"}],
    "/google/v1/models": {"models": [{"name": "models/gemini-omni-1.2-flash", "displayName": "Omni"}]},
    "/google/v1beta/models": {"models": [{"name": "models/gemini-omni-1.2-flash", "displayName": "Omni"}]},
    "/v1/organization": RUNWAY,
    "/eleven/v1/user/subscription": {"tier": "creator", "character_count": 30_000, "character_limit": 100_000},
    "/v1/models/a/flux": FLUX,
}


@dataclass
class FakeLists(Loopback):
    """Answers what models there are."""

    answers: dict[str, Any] = field(default_factory=lambda: dict(ANSWERS))

    def kind(self, call: Call) -> str:  # noqa: ARG002
        return "list"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:  # noqa: ARG002
        if call.path not in self.answers:
            raise Refusal(404, {"detail": "There is no such model."})
        return Answer(self.answers[call.path])


@pytest.fixture
def vendor() -> Iterator[FakeLists]:
    with FakeLists() as running:
        yield running


def videos(address: str) -> VideosServer:
    return VideosServer(name="videos", base_url=f"{address}/v1", key=KEY, recovery=Recovery.NONE)


MAKERS: dict[str, tuple[Callable[[str], ListsModels], set[str]]] = {
    "openai": (lambda a: OpenAILanguage(key=KEY, base_url=f"{a}/v1"), {"gpt-6-luna", "gpt-4o-mini"}),
    "language": (lambda a: CompatibleLanguage(key="", base_url=f"{a}/v1"), {"gpt-6-luna", "gpt-4o-mini"}),
    "videos": (videos, {"gpt-6-luna", "gpt-4o-mini"}),
    "groq": (lambda a: GroqLanguage(key=KEY, base_url=a), {"openai/gpt-oss-20b"}),
    "elevenlabs": (lambda a: ElevenLabsSpeech(key=KEY, base_url=f"{a}/eleven"), {"eleven_v4"}),
    "google": (lambda a: GoogleOmni(key=KEY, base_url=f"{a}/google"), {"gemini-omni-1.2-flash"}),
    "runway": (lambda a: Runway(key=KEY, base_url=a), {"gen4.5"}),
    "replicate": (lambda a: ReplicateStills(key=KEY, base_url=a), {"a/flux"}),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_vendor_tells_its_models_through_its_sdk(vendor, name):
    make, expected = MAKERS[name]
    lister = make(vendor.base_url)
    assert isinstance(lister, ListsModels)
    found = lister.list_models(["a/flux", "a/gone", "no model"])
    assert {model.name for model in found} == expected


def test_the_day_on_which_openai_shuts_a_model_down_is_read(vendor):
    found = OpenAILanguage(key=KEY, base_url=f"{vendor.base_url}/v1").list_models([])
    assert {model.name: model.ends for model in found} == {"gpt-6-luna": None, "gpt-4o-mini": date(2027, 1, 14)}


@pytest.mark.parametrize("name", MAKERS)
def test_a_list_that_does_not_come_is_an_error_of_ours(vendor, name):
    vendor.coming = ["list:malformed"] * 3
    with pytest.raises(VendorError):
        MAKERS[name][0](vendor.base_url).list_models(["a/flux"])


@pytest.fixture
def shop(studio) -> Studio:
    return replace(studio, clock=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))


def listed(studio: Studio, vendor: str, *without: str) -> list[ListedModel]:
    """What a vendor would list that agrees with the catalogue, but for those."""
    cards = [c for c in studio.cards if c.vendor == vendor and (c.ends is None or c.ends > date(2026, 11, 21))]
    return [ListedModel(name=c.name, ends=c.ends) for c in cards if c.name not in without]


def test_nothing_is_found_where_both_agree(shop):
    assert drift.compare(shop, "openai", listed(shop, "openai"), before=None) == ()


def test_what_is_gone_is_found_with_the_name_that_it_may_have_now(shop):
    found = [*listed(shop, "groq", "qwen/qwen3.8-27b"), ListedModel(name="qwen/qwen3.8-27b-v2")]
    assert drift.compare(shop, "groq", found, before=None) == (
        (
            "Qwen 3.8 27B at Groq (sees; a preview) (groq/qwen/qwen3.8-27b) is not among the models of Groq any more. "
            "Perhaps it is called “qwen/qwen3.8-27b-v2” now."
        ),
    )


def test_only_what_has_come_since_the_last_night_is_new(shop):
    whole = listed(shop, "openai")
    before = [model.name for model in whole] + ["text-embedding-9"]
    found = [*whole, ListedModel(name="text-embedding-9"), ListedModel(name="gpt-7")]
    assert drift.compare(shop, "openai", found, before=before) == ("New models of OpenAI: gpt-7.",)
    assert drift.compare(shop, "openai", found, before=None) == ()


def test_another_last_day_than_ours_is_found(shop):
    found = [*listed(shop, "openai", "gpt-6-luna"), ListedModel(name="gpt-6-luna", ends=date(2027, 5, 1))]
    assert drift.compare(shop, "openai", found, before=None) == (
        "GPT-6 Luna (openai/gpt-6-luna) ends on 2027-05-01 by OpenAI; the catalogue says nothing of it.",
    )


def test_what_has_ended_by_us_and_is_still_listed_is_found(shop):
    found = [*listed(shop, "openai"), ListedModel(name="o4-mini")]
    assert drift.compare(shop, "openai", found, before=None) == (
        "o4-mini (openai/o4-mini) has ended by the catalogue, and OpenAI still lists it.",
    )


def test_kinds_that_a_vendor_does_not_list_are_not_missed(shop):
    found = [model for model in listed(shop, "elevenlabs") if model.name.startswith("eleven_")]
    assert drift.compare(shop, "elevenlabs", found, before=None) == ()


def test_the_night_asks_open_vendors_and_keeps_what_it_finds(shop, vendor, caplog):
    opened = replace(shop, vendors={"runway": Runway(key=KEY, base_url=vendor.base_url)})
    assert drift.newest(opened) == ()
    checkup.night(opened)
    assert vendor.requests["list"] == 1
    kept = drift.newest(opened)
    assert any("gen4_turbo) is not among the models of Runway any more" in finding for finding in kept)
    assert any("not among the models of Runway" in record.message for record in caplog.records)


def test_a_vendor_that_cannot_be_asked_changes_nothing_of_what_is_known(shop, vendor):
    opened = replace(shop, vendors={"runway": Runway(key=KEY, base_url=vendor.base_url)})
    drift.check(opened)
    vendor.answers.clear()
    assert drift.check(opened) == ()
    kept = json.loads((opened.settings.home / "models-last-night.json").read_text("utf8"))
    assert kept["listed"] == {"runway": ["gen4.5"]}


@pytest.fixture
def accounts(tmp_path, vendor) -> Iterator[Studio]:
    """A studio with two keys at Runway and one at ElevenLabs."""
    blank.lay(tmp_path)
    opened = open_studio(
        Settings(
            data_dir=tmp_path, runwayml_api_secret=f"{KEY},{KEY}2", runwayml_base_url=vendor.base_url,
            elevenlabs_api_key=KEY, elevenlabs_base_url=f"{vendor.base_url}/eleven", groq_api_key=KEY,
            groq_base_url=vendor.base_url, _env_file=None,
        )
    )  # fmt: skip
    yield opened
    opened.db.close()


def test_what_is_left_is_asked_where_it_is_told_under_every_key(accounts):
    assert credit.newest(accounts).vendors == {}
    assert [name for name in ("runway", "elevenlabs", "groq", "local") if credit.tells(accounts, name)] == [
        "runway",
        "elevenlabs",
    ]
    left = credit.ask(accounts)
    assert left.vendors == {"runway": "200 credits ($2.00) left.", "elevenlabs": "70,000 characters left."}
    assert credit.newest(accounts) == left


def test_an_account_that_does_not_answer_says_so_and_never_says_its_key(accounts, vendor):
    vendor.coming = ["list:malformed"] * 2
    said = credit.ask(accounts).vendors["runway"]
    assert said.startswith("What is left is not known: ")
    assert KEY not in said
    vendor.coming = ["list:malformed"]
    assert credit.ask(accounts).vendors["runway"].startswith("100 credits ($1.00) left. Not every key answers: ")
