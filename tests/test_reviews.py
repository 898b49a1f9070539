"""Who works here, and that money is spent only after somebody else has looked where the limits say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.db import projects as rows
from core.domain.edits import ChangeCaptions
from core.domain.errors import BadInput, Conflict, NotFound
from core.services import approval, people, planning, production, projects, reviews, storyboard, visits
from core.services.reviews import ReviewNeeded


@pytest.fixture
def studio(studio):
    """A studio whose films of the category finance are reviewed."""
    return limited(studio, review_categories="finance")


def limited(studio, **limits):
    return replace(studio, settings=studio.settings.model_copy(update=limits))


@pytest.fixture
def team(studio):
    """Creator, reviewer and admin by first name."""
    add = {"mara": "creator", "jon": "reviewer", "ada": "admin"}
    return {name: people.add(studio, name.title(), role, "", by="local").id for name, role in add.items()}


@pytest.fixture
def planned(studio, small_plan):
    return begun(studio, small_plan.but(category="finance"))


def begun(studio, plan, owner="local"):
    project = projects.create(studio, owner, title="", brief=plan.brief, category=plan.category)
    planning.save(studio, owner, project.id, plan, author="a test", reason="first", base=None)
    return project.id


def approve(studio, project_id, by, revision=1):
    quote = approval.quote(studio, "local", project_id)
    return approval.approve(studio, "local", project_id, revision=revision, total=quote.total, by=by)


# People


def test_a_passcode_keeps_a_name_for_who_knows_it(studio, team):
    with pytest.raises(BadInput):
        people.change(studio, team["jon"], by=team["jon"], passcode="short")
    people.change(studio, team["jon"], by=team["jon"], passcode="a long sentence")
    assert people.enter(studio, team["jon"], "a long sentence").name == "Jon"
    for wrong in ("", "a long sentencE"):
        with pytest.raises(BadInput):
            people.enter(studio, team["jon"], wrong)
    with studio.db.read() as s:
        from core.db.tables import Account

        assert "sentence" not in s.get(Account, team["jon"]).passcode


def test_who_guesses_a_passcode_has_to_wait(studio, team):
    clock = iter([0.0] * people.FREE_TRIES + [29.0, 29.0, 31.0, 31.0])
    begun_at = studio.now()
    studio = replace(studio, clock=lambda: begun_at + timedelta(seconds=next(clock)))
    people.rows.change(studio.db, team["jon"], passcode=people._locked("a long sentence"))
    for _ in range(people.FREE_TRIES):
        with pytest.raises(BadInput, match="not the passcode"):
            people.enter(studio, team["jon"], "a guess")
    for said in ("a guess", "a long sentence"):
        with pytest.raises(BadInput, match="too often"):
            people.enter(studio, team["jon"], said)
    assert people.enter(studio, team["jon"], "a long sentence").name == "Jon"
    with pytest.raises(BadInput, match="not the passcode"):
        people.enter(studio, team["jon"], "a guess")


def test_this_machine_has_no_passcode_because_nobody_would_be_asked_for_it(studio):
    with pytest.raises(BadInput, match="without saying a name"):
        people.change(studio, "local", by="local", passcode="a long sentence")


def test_only_an_admin_decides_about_people_and_one_is_always_left(studio, team):
    for who in ("mara", "jon"):
        with pytest.raises(BadInput):
            people.change(studio, team["mara"], by=team[who], role="admin")
    people.change(studio, "local", by=team["ada"], role="creator")
    with pytest.raises(BadInput):
        people.change(studio, team["ada"], by=team["ada"], role="creator")
    with pytest.raises(BadInput):
        people.add(studio, "Zoe", "creator", "", by="local")


def test_who_left_works_as_nobody_and_names_are_unique(studio, team):
    people.change(studio, team["jon"], by=team["ada"], active=False)
    assert people.person(studio, team["jon"]).is_machine
    with pytest.raises(NotFound):
        people.enter(studio, team["jon"])
    with pytest.raises(Conflict):
        people.introduce(studio, " mara ")
    assert people.introduce(studio, "Lea").role == "creator"
    with pytest.raises(BadInput):
        people.introduce(studio, "you")


# The limit is kept by the service


def test_no_money_is_spent_before_somebody_else_has_looked(studio, team, planned):
    with pytest.raises(ReviewNeeded, match="looked at"):
        approve(studio, planned, team["mara"])
    assert production.job(studio, "local", planned, "film") is None
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"], question="Is the line true?")
    with pytest.raises(ReviewNeeded):
        approve(studio, planned, team["mara"])
    reviews.decide(studio, review.id, by=team["jon"], approve=True)
    assert approve(studio, planned, team["mara"])


def test_the_command_line_and_the_api_meet_the_same_limit(studio, planned):
    quote = approval.quote(studio, "local", planned)
    with pytest.raises(ReviewNeeded):
        approval.approve(studio, "local", planned, revision=1, total=quote.total)


def test_a_changed_plan_is_looked_at_again_and_the_same_content_is_not(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.decide(studio, review.id, by=team["jon"], approve=True)
    planning.edit(studio, "local", planned, [ChangeCaptions(enabled=False)], base=1, author="Mara")
    with pytest.raises(ReviewNeeded):
        approve(studio, planned, team["mara"], revision=2)
    planning.undo(studio, "local", planned)
    assert not reviews.standing(studio, "local", planned, by=team["mara"]).is_blocked
    planning.redo(studio, "local", planned)
    assert reviews.standing(studio, "local", planned, by=team["mara"]).is_blocked
    planning.restore(studio, "local", planned, 1)
    assert approve(studio, planned, team["mara"], revision=5)


def test_asking_for_changes_takes_an_earlier_yes_back(studio, team, planned):
    for says_yes in (True, False):
        review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
        reviews.decide(studio, review.id, by=team["jon"], approve=says_yes, answer="The price is wrong.")
    assert reviews.standing(studio, "local", planned, by=team["mara"]).is_blocked
    with pytest.raises(ReviewNeeded):
        approve(studio, planned, team["mara"])


def test_nobody_answers_what_they_asked_and_no_creator_answers_at_all(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["jon"])
    with pytest.raises(BadInput, match="yourself"):
        reviews.decide(studio, review.id, by=team["jon"], approve=True)
    with pytest.raises(NotFound):
        reviews.decide(studio, review.id, by=team["mara"], approve=True)
    with pytest.raises(BadInput):
        reviews.decide(studio, review.id, by=team["ada"], approve=False)  # changes are asked for in words
    reviews.decide(studio, review.id, by=team["ada"], approve=True)
    with pytest.raises(Conflict):
        reviews.decide(studio, review.id, by=team["ada"], approve=True)


def test_a_plan_that_was_changed_after_it_was_asked_cannot_be_approved_by_the_old_question(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    planning.edit(studio, "local", planned, [ChangeCaptions(enabled=False)], base=1, author="Mara")
    with pytest.raises(Conflict, match="changed after"):
        reviews.decide(studio, review.id, by=team["jon"], approve=True)
    with pytest.raises(Conflict):
        reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    again = reviews.ask(studio, "local", planned, revision=2, by=team["mara"])
    assert [each.id for each in reviews.waiting(studio, by=team["jon"])] == [again.id], "the old question is withdrawn"


def test_a_person_may_be_one_whose_films_are_looked_at(studio, team, small_plan):
    free = begun(studio, small_plan.but(category="general"))
    assert not reviews.standing(studio, "local", free, by=team["mara"]).reasons
    people.change(studio, team["mara"], by=team["ada"], reviewed=True)
    with pytest.raises(ReviewNeeded, match="Mara"):
        approve(studio, free, team["mara"])
    assert approve(studio, free, team["jon"])


@pytest.fixture
def dear(studio, small_plan):
    """A plan that costs, reviewed above one dollar."""
    cards = tuple(
        replace(card, price=Decimal("0.5")) if card.kind == "video" and card.vendor == "local" else card
        for card in studio.cards
    )
    dear = replace(limited(studio, review_above_usd=Decimal(1), review_categories=""), cards=cards)
    return dear, begun(dear, small_plan.but(category="general"))


def test_a_price_above_the_limit_is_looked_at_and_a_higher_one_once_more(dear, team):
    studio, planned = dear
    quote = approval.quote(studio, "local", planned)
    assert quote.total > 1
    with pytest.raises(ReviewNeeded, match=r"more than \$1\.00"):
        approve(studio, planned, team["mara"])
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.decide(studio, review.id, by=team["jon"], approve=True)
    dearer = tuple(replace(card, price=Decimal(2)) if card.price == Decimal("0.5") else card for card in studio.cards)
    with pytest.raises(ReviewNeeded, match="now costs"):
        approve(replace(studio, cards=dearer), planned, team["mara"])
    assert approve(studio, planned, team["mara"])


def test_stills_that_a_vendor_draws_meet_the_limit_too(studio, team, planned, monkeypatch):
    monkeypatch.setattr(storyboard, "price_of_missing", lambda *_: (2, Decimal("0.08")))
    with pytest.raises(ReviewNeeded, match="looked at"):
        storyboard.draw(studio, "local", planned, by=team["mara"])
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"], total=Decimal(1))
    reviews.decide(studio, review.id, by=team["jon"], approve=True)
    storyboard.draw(studio, "local", planned, by=team["mara"])


def test_more_money_for_a_film_under_way_meets_the_limit_too(dear, team):
    studio, planned = dear
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.decide(studio, review.id, by=team["jon"], approve=True)
    job = approve(studio, planned, team["mara"])
    with pytest.raises(ReviewNeeded, match="reviewer has to approve more"):
        approval.approve_more(studio, "local", job, Decimal(1), by=team["mara"])


# What a reviewer sees, and nobody else


def test_a_reviewer_sees_what_was_put_up_for_review_and_nothing_else_of_anybodys(studio, team, planned, small_plan):
    rows.ensure_account(studio.db, studio.now(), "other", "Another owner")
    theirs = begun(studio, small_plan.but(category="finance", title="Theirs"), owner="other")
    hidden = begun(studio, small_plan.but(category="finance", title="Hidden"), owner="other")
    assert reviews.waiting(studio, by=team["jon"]) == ()
    review = reviews.ask(studio, "other", theirs, revision=1, by="other")
    assert [each.project_id for each in reviews.waiting(studio, by=team["jon"])] == [theirs]
    desk = reviews.desk(studio, review.id, by=team["jon"])
    assert desk.plan.title == "Theirs" and len(desk.frames) == 2
    for project in (theirs, hidden):
        with pytest.raises(NotFound):
            planning.current(studio, team["jon"], project)
    with pytest.raises(NotFound):
        reviews.comments(studio, team["jon"], theirs)
    for stranger in (team["mara"], "nobody"):
        with pytest.raises(NotFound):
            reviews.desk(studio, review.id, by=stranger)
        with pytest.raises(NotFound):
            reviews.waiting(studio, by=stranger)
        with pytest.raises(NotFound):
            reviews.comment_on(studio, review.id, by=stranger, body="I was here")
    assert reviews.desk(studio, review.id, by="other").review.may_decide is False


def test_scenes_are_commented_on_and_comments_are_settled(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.comment_on(studio, review.id, by=team["jon"], body="Too dark", scene_id="aaaa")
    reviews.comment(studio, "local", planned, by=team["mara"], body="I will brighten it")
    with pytest.raises(BadInput):
        reviews.comment_on(studio, review.id, by=team["jon"], body="Where?", scene_id="zzzz")
    with pytest.raises(BadInput):
        reviews.comment_on(studio, review.id, by=team["jon"], body="  ")
    first, second = reviews.desk(studio, review.id, by=team["jon"]).comments
    assert (first.by, first.scene_id, second.scene_id) == ("Jon", "aaaa", None)
    reviews.settle(studio, "local", first.id, by=team["mara"])
    assert reviews.comments(studio, "local", planned)[0].settled_by == "Mara"
    with pytest.raises(NotFound):
        reviews.settle(studio, "other", first.id, by=team["mara"])


def test_a_second_look_shows_what_has_changed_since_the_first(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.decide(studio, review.id, by=team["jon"], approve=False, answer="No captions, please.")
    planning.edit(studio, "local", planned, [ChangeCaptions(enabled=False)], base=1, author="Mara")
    again = reviews.ask(studio, "local", planned, revision=2, by=team["mara"])
    desk = reviews.desk(studio, again.id, by=team["jon"])
    assert desk.since is not None and desk.since.film == ("Captions off",)


def test_a_project_is_deleted_with_what_was_said_of_it(studio, team, planned):
    review = reviews.ask(studio, "local", planned, revision=1, by=team["mara"])
    reviews.comment(studio, "local", planned, by=team["mara"], body="Never mind")
    projects.delete(studio, "local", planned)
    with pytest.raises(NotFound):
        reviews.desk(studio, review.id, by=team["jon"])


def test_two_who_ask_at_once_leave_one_question(any_studio, small_plan):
    from concurrent.futures import ThreadPoolExecutor

    studio = limited(any_studio, review_categories="finance")
    jon = people.add(studio, "Jon", "reviewer", "", by="local").id
    planned = begun(studio, small_plan.but(category="finance"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: reviews.ask(studio, "local", planned, revision=1, by="local"), range(4)))
    waiting = reviews.waiting(studio, by=jon)
    assert len(waiting) == 1
    reviews.decide(studio, waiting[0].id, by=jon, approve=True)
    assert approve(studio, planned, "local")


# On the page


@pytest.fixture
def current(studio):
    from core.services import studio as studios

    studios.use(studio)
    return studio


def works_as(app, person_id):
    app.session_state["person"] = person_id
    return app.run()


def test_the_studio_asks_for_a_review_and_the_reviewer_answers_it(current, team, planned):
    from tests.test_pages import errors, visit, words

    app = works_as(visit("studio", project=planned), team["mara"])
    assert "Somebody else looks at it first" in words(app)
    assert not [each for each in app.button if each.key == "approve"]
    app.text_area(key=f"question_{planned}").set_value("Is it true?")
    app.button(key="review_ask").click().run()
    review = reviews.waiting(current, by=team["jon"])[0]
    assert review.asked_by == "Mara" and not errors(app)
    app = works_as(visit("review"), team["jon"])
    app.button(key=f"open_{review.id}").click().run()
    assert "Is it true" in words(app) and "The city is awake" in words(app)
    app.button(key="verdict_no").click().run()
    assert reviews.waiting(current, by=team["jon"]), "without words nothing is decided"
    app.button(key="verdict_yes").click().run()
    assert not errors(app) and not reviews.waiting(current, by=team["jon"])
    app = works_as(visit("studio", project=planned), team["mara"])
    assert "Approved in review by Jon" in words(app)
    app.button(key="approve").click().run()
    assert production.job(current, "local", planned, "film")


def test_a_creator_sees_no_reviews_and_decides_nothing_about_people(current, team, planned):
    from tests.test_pages import errors, visit, words

    reviews.ask(current, "local", planned, revision=1, by=team["ada"], question="Secret")
    app = works_as(visit("review"), team["mara"])
    assert "You are no reviewer" in words(app) and "Secret" not in words(app)
    app = works_as(visit("settings"), team["mara"])
    assert not errors(app) and not [each for each in app.button if each.key == f"save_{team['jon']}"]
    assert "Sent on" not in words(app)


def test_a_name_is_taken_in_the_menu_with_its_passcode(current, team):
    from tests.test_pages import visit

    people.change(current, team["jon"], by=team["ada"], passcode="a long sentence")
    app = visit("review")
    app.selectbox(key="who_name").set_value(team["jon"]).run()
    app.text_input(key="who_passcode").set_value("wrong")
    app.button(key="who_enter").click().run()
    assert "person" not in app.session_state and app.toast
    app.text_input(key="who_passcode").set_value("a long sentence")
    app.button(key="who_enter").click().run()
    assert app.session_state["person"] == team["jon"]


def test_a_comment_in_the_studio_is_signed(current, team, planned):
    from tests.test_pages import visit

    app = works_as(visit("studio", project=planned), team["mara"])
    app.session_state["tabs"] = "Review"
    app.run()
    app.text_area(key="comment_own_body").set_value("Brighter, please.")
    app.button(key="comment_own_send").click().run()
    assert [(c.by, c.body) for c in reviews.comments(current, "local", planned)] == [("Mara", "Brighter, please.")]


# Remembered in a browser


def test_a_browser_remembers_who_works_there_until_the_passcode_is_another(any_studio):
    from starlette.testclient import TestClient

    from api.server import api
    from core.services import studio as studios

    studio = any_studio
    jon = people.add(studio, "Jon", "reviewer", "a long sentence", by="local").id
    studios.use(studio)
    with TestClient(api()) as client:
        answer = client.get(f"/who/{visits.ticket(studio, jon)}")
        assert answer.status_code == 204 and "HttpOnly" in answer.headers["set-cookie"]
        cookie = answer.cookies[visits.COOKIE]
        assert client.get(f"/who/{cookie}").status_code == 422, "a cookie is no ticket"
    assert visits.who(studio, cookie) == jon
    people.change(studio, jon, by=jon, passcode="another sentence")
    assert visits.who(studio, cookie) is None


def test_nobody_writes_themselves_another_name(studio, team):
    ticket = visits.ticket(studio, team["mara"])
    account, until, seal = visits.begin(studio, ticket).split(".")
    assert visits.who(studio, f"{account}.{until}.{seal}") == team["mara"]
    forged = (
        f"{team['ada']}.{until}.{seal}",
        f"{account}.{int(until) + 9}.{seal}",
        f"{account}.{until}.",
        "",
        "..",
        "é.1.é",
    )
    for said in (*forged, ticket):
        assert visits.who(studio, said) is None
    late = replace(studio, clock=lambda: studio.now() + visits.AT_ONCE)
    with pytest.raises(BadInput):
        visits.begin(late, ticket)
    people.change(studio, team["mara"], by=team["ada"], active=False)
    assert visits.who(studio, f"{account}.{until}.{seal}") is None
