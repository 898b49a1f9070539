"""The catalogue holds together, and what has ended, or ends soon, is said before anything is bought."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core import facts
from core.domain.catalogue import Life, ModelCard, difference
from core.domain.edits import ChangeModel
from core.domain.errors import Retired, UnknownPrice, VendorRejected
from core.domain.tasks import Recovery
from core.domain.work import StepState
from core.providers.google import LENGTHS as OMNI
from core.providers.google_veo import MODELS as VEO
from core.providers.runway import MODELS as RUNWAY
from core.providers.runway_more import PERFORMANCE_MODELS, STILL_MODELS
from core.services import approval, planning, projects, vendors
from core.services.studio import Studio
from jobs.__main__ import doctor
from tests import clip_shop

CARDS = facts.catalogue()
BY_ID = {card.id: card for card in CARDS}
WRITTEN = date(2026, 11, 20)
"""Day on which the catalogue was last gone through."""
UNITS = {
    "video": {"second"},
    "still": {"still", "million tokens"},
    "language": {"script", "million tokens"},
    "speech": {"character", "minute"},
    "transcription": {"minute", "hour"},
    "music": {"film", "minute"},
    "effect": {"effect"},
}
each_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)


def on(studio: Studio, day: str) -> Studio:
    """The same studio on that day."""
    now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    return replace(studio, clock=lambda: now)


def opened(studio: Studio, *names: str) -> Studio:
    """The same studio with those vendors open; none of them is asked for anything."""
    made = {(card.kind, card.vendor): object() for card in studio.cards if card.vendor in names}
    return replace(studio, vendors={name: object() for name in names}, makers=made)


def sora_shop(studio: Studio) -> Studio:
    return on(opened(studio, "openai", "runway"), "2026-11-21")


# the rows


def test_no_model_stands_there_twice():
    assert [model for model, times in Counter(card.id for card in CARDS).items() if times > 1] == []


@each_card
def test_a_row_is_whole_and_makes_sense(card: ModelCard):
    assert card.vendor in facts.vendors()
    assert card.name
    assert card.unit in UNITS[card.kind]
    assert card.label.strip() == card.label
    assert 1 <= card.quality <= 5
    assert 0 < card.takes < 1000
    assert card.inputs
    assert date(2026, 1, 1) < card.checked <= WRITTEN + timedelta(days=3650)
    assert card.seconds is None or 0 < card.seconds[0] <= card.seconds[1]
    assert card.seconds or card.kind != "video" or card.vendor == "local" or not card.films_scenes
    letters, _, words = card.source.partition(": ")
    assert words
    assert set(letters.split(", ")) <= {"S", "O", "L", "3", "G", "I", "R"}


@each_card
def test_a_price_is_known_or_nothing_is_bought(card: ModelCard):
    if card.price is None:
        assert card.price_out is None
        with pytest.raises(UnknownPrice):
            _ = card.known_price
    else:
        assert card.price > 0 or card.vendor == "local"
        assert (card.price_out is not None) == (card.unit == "million tokens")


@each_card
def test_what_ends_names_something_of_its_kind_that_stays_longer(card: ModelCard):
    if card.ends is None:
        assert card.successor is None
        return
    seen = {card.id}
    last = card
    while last.successor:
        last = BY_ID[last.successor]
        assert last.id not in seen, "goes round in a circle"
        seen.add(last.id)
        assert last.kind == card.kind
    assert last.life(WRITTEN) == Life.LIVE
    assert last.ends is None or last.ends > card.ends


@pytest.mark.parametrize(
    ("vendor", "kind", "names"),
    [
        ("runway", "video", {*RUNWAY, *PERFORMANCE_MODELS}),
        ("runway", "still", STILL_MODELS),
        ("google", "video", OMNI),
        ("vertex", "video", VEO),
    ],
)
def test_every_model_that_an_adapter_knows_has_a_row_and_no_other_is_live(vendor, kind, names):
    rows = {card.name: card for card in CARDS if (card.vendor, card.kind) == (vendor, kind)}
    assert set(names) <= set(rows)
    assert {name for name, card in rows.items() if card.life(WRITTEN) != Life.RETIRED} <= set(names)


@pytest.mark.parametrize("name", sorted(RUNWAY))
def test_lengths_are_those_of_the_adapter(name: str):
    assert BY_ID[f"runway/{name}"].seconds == (min(RUNWAY[name].lengths), max(RUNWAY[name].lengths))


def test_the_first_of_each_kind_that_this_machine_can_make_is_its_own():
    kinds = {card.kind for card in CARDS if card.vendor == "local"}
    assert {next(card.vendor for card in CARDS if card.kind == kind) for kind in kinds} == {"local"}


@pytest.mark.parametrize("name", facts.vendors())
def test_every_vendor_says_what_it_makes_what_opens_it_and_where_to_look(name: str):
    vendor = facts.vendors()[name]
    if name != "local":
        assert vendor.opens
        assert vendor.dashboard
    rows = {card.kind for card in CARDS if card.vendor == name and card.life(WRITTEN) != Life.RETIRED}
    assert rows <= set(vendor.kinds)
    assert set(vendor.lists_models) <= set(vendor.kinds)


def test_what_may_happen_after_a_lost_answer_is_said_for_each_way():
    assert set(facts.recovery_words()) == set(Recovery)


# what has ended


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("openai/sora-2", "video"), ("sora-2", "video"), ("sora-2-pro", "video"), ("gen3a_turbo", "video"),
        ("veo3", "video"), ("veo-3.1-generate-001", "video"), ("veo-3.1-generate-preview", "video"),
        ("dall-e-3", "still"), ("gpt-image-1", "still"), ("llama-3.3-70b-versatile", "language"),
        ("llama3-8b-8192", "language"), ("o4-mini", "language"),
    ],
)  # fmt: skip
def test_what_has_ended_is_refused_by_its_name(studio, asked, kind):
    with pytest.raises(Retired) as refused:
        vendors.model_for(sora_shop(studio), kind, asked)
    assert "has ended on 2026-" in refused.value.message
    assert "Use " in refused.value.remedy


def test_the_refusal_names_the_nearest_that_can_be_had_and_the_difference(studio):
    with pytest.raises(Retired) as refused:
        vendors.model_for(sora_shop(studio), "video", "openai/sora-2-pro")
    assert refused.value.message == "Sora 2 Pro has ended on 2026-09-24."
    assert refused.value.remedy == (
        "Use Runway Gen-4.5 (runway/gen4.5) instead. It costs $0.18 less a second: $0.12 a second."
    )


def test_without_its_successor_the_nearest_is_the_one_that_is_as_good(studio):
    with pytest.raises(Retired, match="Sora 2 ") as refused:
        vendors.model_for(sora_shop(studio), "video", "openai/sora-2")  # its successor is at Google, which is not open
    assert "Veo 3.1 Fast at Runway, without sound (runway/veo3.1_fast)" in refused.value.remedy
    assert "It costs the same: $0.10 a second." in refused.value.remedy


def test_where_no_vendor_is_open_it_is_this_machine(studio):
    with pytest.raises(Retired) as refused:
        vendors.model_for(on(studio, "2026-11-21"), "video", "sora-2")
    assert "(local/film) instead. It costs $0.10 less a second: free." in refused.value.remedy


def test_a_successor_that_can_do_less_is_not_the_nearest(studio):
    later = on(opened(studio, "openai", "groq"), "2027-03-01")
    with pytest.raises(Retired) as refused:
        vendors.model_for(later, "transcription", "openai/whisper-1")
    assert "Whisper large v3 turbo at Groq" in refused.value.remedy


def test_a_model_is_refused_from_its_last_day_on_and_not_before(studio):
    shop = opened(studio, "openai")
    assert vendors.model_for(on(shop, "2027-01-13"), "language", "gpt-4o-mini").id == "openai/gpt-4o-mini"
    with pytest.raises(Retired, match="GPT-4o mini"):
        vendors.model_for(on(shop, "2027-01-14"), "language", "gpt-4o-mini")
    card = BY_ID["openai/gpt-4o-mini"]
    with pytest.raises(Retired):
        vendors.require_open(on(shop, "2027-01-14"), card)
    assert card in vendors.usable(on(shop, "2027-01-13"), "language")
    assert card not in vendors.usable(on(shop, "2027-01-14"), "language")


def test_a_vendor_and_auto_stand_for_what_can_be_had(studio):
    shop = on(opened(studio, "vertex", "google", "groq"), "2026-11-21")
    assert vendors.model_for(shop, "video", "vertex").id == "vertex/veo-3.1-lite-generate-001"
    assert vendors.model_for(shop, "video", "google").id == "google/gemini-omni-1.1-flash"
    assert vendors.model_for(shop, "transcription").id == "groq/whisper-large-v3-turbo"
    assert vendors.model_for(shop, "video").id == "local/film"


def test_what_has_no_price_or_films_no_scenes_cannot_be_chosen(studio):
    shop = on(opened(studio, "google", "runway"), "2026-11-21")
    chosen = {card.id for card in vendors.usable(shop, "video")}
    assert "google/gemini-omni-1.1-flash" in chosen
    assert "google/gemini-omni-1.2-flash" not in chosen
    assert "runway/act_two" not in chosen


def test_a_model_without_a_price_cannot_be_approved(studio, small_plan):
    plan = clip_plan(small_plan, "google/gemini-omni-1.2-flash")
    quote = approval.quote_plan(on(opened(studio, "google"), "2026-11-21"), plan)
    assert quote.unknown == ("google/gemini-omni-1.2-flash",)


def clip_plan(plan, model):
    return plan.model_copy(update={"scenes": tuple(s.model_copy(update={"model": model}) for s in plan.scenes)})


def test_a_plan_of_what_has_ended_is_quoted_with_the_reason_and_never_approved(studio, small_plan):
    owner = studio.local_owner
    project = projects.create(studio, owner, title="Night", brief=small_plan.brief, category="general")
    planning.save(
        studio, owner, project.id, clip_plan(small_plan, "openai/sora-2"), author="a test", reason="", base=None
    )
    quote = approval.quote(studio, owner, project.id)
    assert quote.unknown == ("openai/sora-2",)
    assert any("has ended on 2026-09-24. Use " in line.rule for line in quote.lines)
    with pytest.raises(Retired):
        approval.approve(studio, owner, project.id, revision=1, total=quote.total)


def test_a_scene_is_never_given_what_has_ended(studio, small_plan):
    owner = studio.local_owner
    project = projects.create(studio, owner, title="Night", brief=small_plan.brief, category="general")
    planning.save(studio, owner, project.id, small_plan, author="a test", reason="", base=None)
    with pytest.raises(Retired):
        planning.edit(studio, owner, project.id, [ChangeModel(model="sora-2")], base=1, author="a test")


def ended_videos(shop: clip_shop.Shop) -> tuple[ModelCard, ...]:
    gone = date(2026, 1, 1)
    return tuple(replace(card, ends=gone) if card.id == clip_shop.WAN else card for card in shop.studio.cards)


def test_a_model_that_ends_between_approval_and_purchase_is_not_asked_for(tmp_path):
    with clip_shop.opened_shop(tmp_path, "search") as shop:
        job = shop.order("A paper boat")
        shop.studio = replace(shop.studio, cards=ended_videos(shop))
        shop.run()
        assert shop.creates == 0
        assert shop.steps(job) == [StepState.FAILED]
        shop.check()


def test_who_stands_in_films_what_a_model_that_has_ended_cannot(tmp_path):
    with clip_shop.opened_shop(tmp_path, "search") as shop:
        job = shop.order("A paper boat", models=(clip_shop.WAN, clip_shop.REEL))
        shop.studio = replace(shop.studio, cards=ended_videos(shop))
        shop.run()
        assert shop.steps(job) == [StepState.DONE]
        assert [task["model"] for task in shop.vendor.tasks] == ["reel"]


def test_what_was_bought_before_its_model_ended_is_collected(tmp_path):
    with clip_shop.opened_shop(tmp_path, "search") as shop:
        job = shop.order("A paper boat")
        shop.slice()
        assert shop.creates == 1
        shop.studio = replace(shop.studio, cards=ended_videos(shop))
        shop.run()
        assert shop.steps(job) == [StepState.DONE]
        assert shop.creates == 1
        shop.check()


def test_a_model_that_is_no_longer_set_up_fails_its_step_and_not_the_worker(tmp_path):
    with clip_shop.opened_shop(tmp_path, "search") as shop:
        job = shop.order("A paper boat")
        shop.studio = replace(shop.studio, cards=tuple(c for c in shop.studio.cards if c.id != clip_shop.WAN))
        shop.run()
        assert shop.steps(job) == [StepState.FAILED]


# what ends soon


@pytest.mark.parametrize(
    ("day", "is_warned"),
    [("2026-12-14", False), ("2026-12-16", True), ("2027-01-13", True), ("2027-01-14", False)],
)
def test_what_ends_within_thirty_days_is_warned_of(studio, day, is_warned):
    said = vendors.warnings(on(opened(studio, "openai"), day))
    assert any(words.startswith("GPT-4o mini ends on 2027-01-14") for words in said) is is_warned


def test_a_warning_counts_the_days_and_names_what_to_take_then(studio):
    said = vendors.warnings(on(opened(studio, "openai"), "2026-11-21"))
    assert said[0].startswith("ChatGPT's newest image model ends on 2026-12-01, in 10 days. Use GPT Image 2 (")
    assert vendors.warnings(on(opened(studio, "openai"), "2027-01-13"))[-1].startswith("GPT-4o mini ends on 2027-01-14")
    assert "in 1 day." in vendors.warnings(on(opened(studio, "openai"), "2027-01-13"))[-1]


def test_vendors_that_are_not_open_are_not_warned_of(studio):
    assert vendors.warnings(on(studio, "2026-11-25")) == ()


def test_a_plan_is_warned_of_its_own_models_only(studio, small_plan):
    ends = date(2026, 12, 10)
    cards = tuple(replace(c, ends=ends) if c.id in ("runway/gen4.5", "runway/veo3.1") else c for c in studio.cards)
    shop = replace(on(opened(studio, "runway"), "2026-11-21"), cards=cards)
    assert vendors.plan_warnings(shop, small_plan) == ()
    said = vendors.plan_warnings(shop, clip_plan(small_plan, "runway/gen4.5"))
    assert [words.partition(" ends")[0] for words in said] == ["Runway Gen-4.5"]
    assert len(vendors.plan_warnings(shop, small_plan, ["runway/veo3.1"])) == 1


def test_the_doctor_says_what_ends(studio, capsys):
    cards = tuple(replace(c, ends=date(2026, 12, 10)) if c.id == "local/voice" else c for c in studio.cards)
    assert doctor(replace(on(studio, "2026-11-21"), cards=cards)) == 0
    told = capsys.readouterr().out
    assert "Offline voice ends on 2026-12-10, in 19 days." in told
    assert "ends 2026-12-10" in told


# prices side by side, and places


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("openai/gpt-4o-mini", "openai/gpt-6-luna",
         "It costs $0.05 less in and $0.10 less out a million tokens: $0.10 a million tokens in, $0.50 out."),
        ("openai/gpt-6-sol", "openai/gpt-6.1-sol", "It costs the same: $2 a million tokens in, $10 out."),
        ("runway/veo3", "runway/gen4.5", "It costs $0.12 a second."),
        ("openai/whisper-1", "groq/whisper-large-v3", "It costs $0.111 an hour."),
        ("openai/tts-1", "groq/canopylabs/orpheus-v1-english",
         "It costs $0.000007 more a character: $0.000022 a character."),
    ],
)  # fmt: skip
def test_the_difference_is_said_a_unit(old, new, words):
    assert difference(BY_ID[old], BY_ID[new]) == words


def test_places_at_a_vendor_are_those_of_its_tier_unless_the_settings_say_otherwise(studio):
    assert vendors.caps(studio).vendors["runway"] == facts.vendors()["runway"].at_once
    settings = studio.settings.model_copy(update={"at_vendor": "runway=7"})
    assert vendors.caps(replace(studio, settings=settings)).vendors["runway"] == 7


def test_a_vendor_that_is_shut_says_what_opens_it(studio):
    with pytest.raises(VendorRejected) as refused:
        vendors.require_open(studio, BY_ID["runway/gen4.5"])
    assert "no key or address for Runway" in refused.value.message
    assert "RUNWAYML_API_SECRET" in refused.value.remedy
    rows = {row.name: row for row in vendors.status(studio)}
    assert set(rows) == set(facts.vendors())
    assert rows["openai"].note == "Set OPENAI_API_KEY to use it."
    assert {card.id for card in rows["openai"].ended} >= {"openai/sora-2", "openai/dall-e-3"}
    assert not {card.id for card in rows["openai"].models} & {"openai/sora-2"}
