"""The programs' door to jobs: the same as the pages show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.server import api
from core.db import projects as rows
from core.domain.plan import Plan
from core.services import planning, production, projects
from core.services.studio import Studio
from tests import shop


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(api()) as opened:
        yield opened


@pytest.fixture
def job_id(studio: Studio, small_plan: Plan) -> str:
    return shop.ordered(studio, small_plan)[1]


def test_a_job_is_told_as_the_page_shows_it(studio, client, job_id):
    said = client.get(f"/jobs/{job_id}").json()
    seen = production.job_by_id(studio, studio.local_owner, job_id)
    assert (said["id"], said["state"], said["title"], said["priority"]) == (job_id, "queued", "Night", 5)
    assert said["seconds_left"] == pytest.approx(seen.seconds_left, abs=1)
    assert [s["label"] for s in said["steps"]] == [s.label for s in seen.steps]
    assert said["steps"][0]["waiting_for"] == "its turn"


def test_events_are_read_on_from_where_one_was(client, job_id):
    first = client.get(f"/jobs/{job_id}/events", params={"limit": 1}).json()
    assert [e["what"] for e in first] == ["recorded"]
    client.post(f"/jobs/{job_id}/cancel")
    rest = client.get(f"/jobs/{job_id}/events", params={"after": first[-1]["id"]}).json()
    assert rest[0]["what"] == "cancelled"
    assert client.get(f"/jobs/{job_id}/events", params={"after": rest[-1]["id"]}).json() == []


def test_a_job_is_cancelled_and_goes_on(client, job_id):
    assert client.post(f"/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    again = client.post(f"/jobs/{job_id}/cancel")
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert client.post(f"/jobs/{job_id}/retry").json()["state"] == "queued"
    refused = client.post(f"/jobs/{job_id}/retry")
    assert refused.status_code == 409
    assert refused.json() == {"message": "This work is not stopped.", "remedy": "There is nothing to retry."}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry")],
)
def test_what_is_not_there_or_not_yours_is_not_told_apart(studio, client, job_id, small_plan, method, path):
    rows.ensure_account(studio.db, studio.now(), "somebody", "Somebody")
    theirs = projects.create(studio, "somebody", title="Theirs", brief=small_plan.brief, category="general")
    planning.save(studio, "somebody", theirs.id, small_plan, author="a test", reason="", base=None)
    foreign = production.job(studio, "somebody", theirs.id)
    assert foreign is not None
    answers = [client.request(method, f"/jobs/{name}{path}") for name in ("nothing", foreign.id)]
    assert [a.status_code for a in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["message"]
    assert production.job(studio, "somebody", theirs.id).state == foreign.state


@pytest.mark.parametrize("query", [{"after": -1}, {"after": 2**70}, {"after": "x"}, {"limit": 0}, {"limit": 100_000}])
def test_an_impossible_question_is_refused_in_words(client, job_id, query):
    answer = client.get(f"/jobs/{job_id}/events", params=query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.json()["message"]


def test_a_job_is_not_changed_by_a_visit(client, job_id):
    assert client.get(f"/jobs/{job_id}/cancel").status_code == 405
