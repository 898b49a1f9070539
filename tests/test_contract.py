"""What a piece of work promises, whoever does it: this machine or a vendor, through the engine and the books.

Each vendor is reached through its own SDK at a strict server on loopback; who is under the contract stands in
`contract_table`. What only one vendor does is in the tests of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core import facts
from core.db.tables import Output
from core.domain import errors
from core.domain.catalogue import Life
from core.domain.money import to_micros
from core.domain.time import FPS
from core.domain.views import PriceLine
from core.domain.work import JobState, PurchaseState, StepState
from core.media.probe import probe
from core.providers import registry
from core.services import approval, chat, checkup, planning, production, routing
from core.services.vendors import LOCAL
from tests.contract_shop import SAID, Counter, opened_counter
from tests.contract_table import ELSEWHERE, REMOTE, ROWS, UNSEEN, Row
from tests.contract_work import TODAY, Work, ahead, quick_recipes, whole_recipes

Opens = Callable[..., Work]


@pytest.fixture(scope="session")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Counter]]:
    """The studio of a stand, opened when it is first wanted."""
    folder = tmp_path_factory.mktemp("contract")
    with ExitStack() as stack:
        opened: dict[str, Counter] = {}

        def counter(stand: str) -> Counter:
            if stand not in opened:
                opened[stand] = stack.enter_context(opened_counter(stand, folder / stand.replace(" ", "-")))
            return opened[stand]

        yield counter


@pytest.fixture
def work(request: pytest.FixtureRequest, counters: Callable[[str], Counter]) -> Iterator[Work]:
    """Of the row (and model, and how) that the test names."""
    row, model, is_whole = request.param
    counter = counters(row.stand or row.vendor)
    recipes = whole_recipes(row, counter) if is_whole else quick_recipes(row, counter)
    studio = counter.shop.studio
    work = Work(row=row, model=model, counter=counter, recipes=recipes)
    yield work
    counter.shop.studio = studio
    work.listened.watch = lambda _: None
    assert not work.listened.coming, "what was to go wrong has gone wrong"


def each(rows: tuple[Row, ...] = REMOTE, *, whole: bool = False) -> pytest.MarkDecorator:
    """A test for each row; those of one stand in one process."""
    return _parametrized([(row, row.model, whole) for row in rows])


def _parametrized(cases: list[tuple[Row, str, bool]]) -> pytest.MarkDecorator:
    params = [
        pytest.param(
            case, id=f"{case[0].kind}-{case[1][:60]}", marks=pytest.mark.xdist_group(case[0].stand or case[0].vendor)
        )
        for case in cases
    ]
    return pytest.mark.parametrize("work", params, indirect=True)


# Who is under the contract


def test_every_adapter_of_the_registry_is_under_the_contract():
    known = {(kind, works.vendor) for works in registry.WORKS for kind in works.kinds}
    assert known == {(row.kind, row.vendor) for row in REMOTE}


def test_every_model_that_can_be_had_is_under_the_contract():
    had = {card.id for card in facts.catalogue() if card.price is not None and card.life(TODAY.date()) != Life.RETIRED}
    held = {model for row in ROWS for model in (row.model, *row.also)}
    assert had - held == set(ELSEWHERE)
    assert all((Path(__file__).parent / f"{tests}.py").is_file() for tests in ELSEWHERE.values())


# What is made


@each(ROWS, whole=True)
def test_what_was_ordered_is_made_to_measure_once(work: Work):
    made = bought(work)
    path = work.shop.studio.storage.path(made.blobs[0]) if made.blobs else Path()
    measured(work, path, made.result)
    assert work.do().created == made.created, "what was made is not made again"
    in_the_books(work)
    assert checkup.findings(work.shop.studio) == []


@_parametrized([(row, model, False) for row in REMOTE for model in row.also])
def test_every_other_model_is_quoted_recorded_and_paid_as_well(work: Work):
    bought(work)


def bought(work: Work) -> Output:
    """It is done for what was quoted: the books know before the vendor, and say in the end what the vendor says."""
    if work.row.vendor == LOCAL:
        made = work.do()
        in_the_books(work)
        return made
    quoted, billed = work.quoted, work.billed
    recorded = work.watched()
    made = work.do()
    assert [[p.state for p in purchases] for purchases in recorded] == [[PurchaseState.INTENT]]
    assert 0 < recorded[0][0].reserved_micros <= quoted
    in_the_books(work)
    if billed is not None:
        assert work.billed - billed == work.purchases[0].actual_micros
    return made


def measured(work: Work, path: Path, result: dict[str, object]) -> None:
    """It is what was asked for."""
    plan = work.plan
    match work.row.kind:
        case "still":
            with Image.open(path) as picture:
                assert picture.size == (plan.size.width, plan.size.height)
        case "video":
            found = probe(path)
            assert found.readable >= plan.scenes[1].seconds - 1 / FPS
            assert (found.width, found.height) == (plan.size.width, plan.size.height)
        case "language":
            written = planning.require(work.shop.studio, work.shop.owner, work.project).plan
            assert written.seconds == pytest.approx(6.0, abs=0.6)
            assert written.brief == "A film about paper boats"
            assert all(scene.visual and scene.id for scene in written.scenes)
        case "speech":
            assert spoken(result) == ["the", "city", "is", "awake"]
            assert ends(result) <= plan.scenes[1].seconds
        case "transcription":
            assert spoken(result) == SAID.lower().strip(".").split()
            assert ends(result) <= plan.seconds
        case "music":
            assert probe(path).readable == pytest.approx(plan.seconds, abs=0.05)
        case "effect":
            assert 0 < probe(path).readable <= plan.scenes[1].seconds + 1


def spoken(result: dict[str, object]) -> list[str]:
    return [word["text"].strip(".,").lower() for word in result["words"]]


def ends(result: dict[str, object]) -> float:
    times = [time for word in result["words"] for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert times[0] >= 0
    return times[-1]


def in_the_books(work: Work) -> None:
    """One purchase of that model, for no more than was quoted; this machine's cost nothing."""
    found = work.purchases
    if work.row.vendor == LOCAL:
        assert {(p.model, p.actual_micros) for p in found} <= {(work.model, 0)}
        assert found or work.row.kind == "transcription"
        return
    (only,) = found
    assert (only.model, only.state) == (work.model, PurchaseState.SUCCEEDED)
    assert 0 < only.actual_micros <= only.reserved_micros <= work.quoted
    if work.card.unit != "million tokens":
        assert only.reserved_micros == work.quoted
    assert work.taken == 1


@_parametrized([(row, UNSEEN.get(row.model, row.model), False) for row in REMOTE if row.kind == "video"])
def test_a_plan_is_kept_priced_and_routed_though_its_vendor_is_away(work: Work):
    studio, owner, plan = work.shop.studio, work.shop.owner, work.plan
    with work.away():
        planning.save(studio, owner, work.project, plan, author="a test", reason="begun", base=None)
        line = clip_line(work)
        routing.proposals(studio, owner, work.project, plan, 1)
    assert line.known == (work.model not in UNSEEN.values())
    assert clip_line(work).known
    assert to_micros(clip_line(work).amount) == work.quoted


def clip_line(work: Work) -> PriceLine:
    """What the plan says that its clip costs."""
    return [x for x in approval.quote_plan(work.shop.studio, work.plan).lines if x.component == "clips"][-1]


@each(tuple(row for row in ROWS if row.kind == "language"))
def test_what_the_director_is_told_is_carried_out_and_paid_once(work: Work):
    studio, owner, fake = work.shop.studio, work.shop.owner, work.counter.fake
    planning.save(studio, owner, work.project, work.plan, author="a test", reason="begun", base=None)
    fake.calls = [("rename", json.dumps({"title": "Dusk"}))]
    try:
        chat.send(studio, owner, work.project, "Call it Dusk")
        work.replies()
    finally:
        fake.calls = []
    assert planning.require(studio, owner, work.project).plan.title == "Dusk"
    found = work.bought("chat")
    if work.row.vendor == LOCAL:
        assert not any(p.actual_micros for p in found)
    else:
        assert [(p.model, p.state) for p in found] == [(work.model, PurchaseState.SUCCEEDED)]
        assert work.taken == 1
        assert 0 < found[0].actual_micros <= found[0].reserved_micros


# What goes wrong


FINAL = {
    "moderated": errors.ModerationRefused,
    "bad_request": errors.VendorRejected,
    "no_model": errors.Retired,
    "no_credit": errors.NoCredit,
    "unauthorised": errors.VendorRejected,
}
"""What no other try can mend."""
PASSING = {"rate_limit": errors.RateLimited, "late": errors.VendorUnavailable}
"""What another try can mend; certainly nothing was bought."""


def failures(caplog: pytest.LogCaptureFixture) -> list[type[BaseException]]:
    """How each slice of work ended that did not end well."""
    return [r.exc_info[0] for r in caplog.records if r.name == "reprise.work" and r.exc_info and r.exc_info[0]]


@pytest.mark.parametrize("fault", FINAL)
@each()
def test_a_refusal_ends_the_work_with_words_and_without_a_bill(work: Work, fault: str, caplog):
    asked = work.asked
    work.goes_wrong(fault)
    job = work.ordered()
    assert (job.state, failures(caplog)) == (JobState.FAILED, [FINAL[fault]])
    assert [(p.state, p.actual_micros or 0) for p in work.purchases] == [(PurchaseState.REJECTED, 0)]
    assert (work.asked - asked, work.taken) == (1, 0)
    assert job.problem
    assert job.remedy
    assert ("key" in job.remedy) == (fault in ("unauthorised", "no_credit"))
    assert work.row.at.secret not in f"{job.problem} {job.remedy} {caplog.text} {work.purchases}"


@pytest.mark.parametrize("fault", PASSING)
@each()
def test_what_passes_is_tried_again_when_the_vendor_says(work: Work, fault: str, caplog):
    asked = work.asked
    work.goes_wrong(fault)
    work.do()
    assert failures(caplog) == [PASSING[fault]]
    assert [p.state for p in work.purchases] == [PurchaseState.REJECTED, PurchaseState.SUCCEEDED]
    assert (work.asked - asked, work.taken) == (2, 1)
    assert ahead(work).total_seconds() >= (work.row.at.delay if fault == "rate_limit" else 4.0)


@pytest.mark.parametrize("fault", ["error_before", "reset_after"])
@each()
def test_what_was_perhaps_bought_is_not_bought_twice(work: Work, fault: str):
    """Where the vendor can be asked it is found, or ordered when it never arrived; else a person is asked."""
    work.goes_wrong(fault)
    work.ordered()
    again = work.ordered()
    if work.row.at.finds:
        assert (again.state, work.taken) == (JobState.DONE, 1)
        assert work.purchases[-1].state == PurchaseState.SUCCEEDED
        assert len(work.purchases) == (1 if fault == "reset_after" else 2)
    else:
        assert [p.state for p in work.purchases] == [PurchaseState.IN_DOUBT]
        assert StepState.IN_DOUBT in work.shop.steps(again.id)
        assert work.taken == (fault == "reset_after")
    work.gives_up()


@each(tuple(row for row in REMOTE if row.at.lasts))
def test_what_nobody_wants_any_more_is_stopped_where_that_can_be_and_else_collected(work: Work):
    with work.lasting() as end:
        job = work.order()
        work.until_submitted()
        production.cancel(work.shop.studio, work.shop.owner, job)
        if not work.row.at.cancels:
            end()
        work.shop.run()
    (bought,) = work.purchases
    assert bought.state == (PurchaseState.CANCELLED if work.row.at.cancels else PurchaseState.SUCCEEDED)
    assert bought.actual_micros <= bought.reserved_micros
    assert (work.shop.job(job).state, work.taken) == (JobState.CANCELLED, 1)


@each(tuple(row for row in REMOTE if row.at.lasts))
def test_a_task_that_its_vendor_has_forgotten_is_a_question_and_not_another_order(work: Work):
    with work.lasting() as end:
        work.order()
        work.until_submitted()
        work.forgotten()
        work.shop.run()
        end()
    work.forgotten()
    again = work.ordered()
    assert again.state != JobState.DONE
    assert StepState.IN_DOUBT in work.shop.steps(again.id)
    assert (len(work.purchases), work.taken) == (1, 1)
    work.gives_up()


# What is not even asked for


@each()
def test_without_money_no_vendor_is_asked_for_anything(work: Work):
    asked, job = work.asked, work.order(cap=1)
    work.shop.run()
    assert (work.asked, work.purchases) == (asked, [])
    assert StepState.GATE in work.shop.steps(job), "a person is asked for more"


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"ends": TODAY.date()}, errors.Retired), ({"price": None}, errors.UnknownPrice)],
    ids=["ended", "unpriced"],
)
@each()
def test_a_model_that_has_ended_or_has_no_price_since_it_was_approved_is_not_asked(work: Work, changed, error, caplog):
    asked, _ = work.asked, work.steps
    studio = work.shop.studio
    cards = tuple(replace(card, **changed) if card.id == work.model else card for card in studio.cards)
    work.shop.studio = replace(studio, cards=cards)
    job = work.ordered()
    assert (job.state, failures(caplog)) == (JobState.FAILED, [error])
    assert (work.asked, work.purchases) == (asked, [])
