"""Revisions, approval and chat, as services."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.db import jobs
from core.domain.edits import ChangeCaptions, ChangeModel, Recolour, SetDuration
from core.domain.errors import Conflict, ImpossibleEdit, NotFound, UnknownPrice
from core.services import approval, planning, production, projects, vendors


@pytest.fixture
def planned(studio, small_plan):
    project = projects.create(studio, studio.local_owner, title="", brief=small_plan.brief)
    planning.save(studio, studio.local_owner, project.id, small_plan, author="a test", reason="first", base=None)
    return project.id


def edit(studio, project_id, *edits):
    base = planning.current(studio, studio.local_owner, project_id).number
    return planning.edit(studio, studio.local_owner, project_id, edits, base=base, author="you")[0]


def test_undo_and_redo_walk_through_the_edits(studio, planned):
    owner = studio.local_owner
    edit(studio, planned, ChangeCaptions(enabled=False))
    edit(studio, planned, Recolour(warmth=0.3))
    assert planning.undo(studio, owner, planned).plan.grade.warmth == 0
    back = planning.undo(studio, owner, planned)
    assert back.plan.captions.enabled
    assert (back.can_undo, back.can_redo) == (False, True)
    assert not planning.redo(studio, owner, planned).plan.captions.enabled
    again = planning.redo(studio, owner, planned)
    assert again.plan.grade.warmth == 0.3
    assert not again.can_redo
    with pytest.raises(ImpossibleEdit):
        planning.redo(studio, owner, planned)
    assert [r.number for r in planning.history(studio, owner, planned)] == [7, 6, 5, 4, 3, 2, 1]


def test_an_edit_after_an_undo_leaves_nothing_to_redo(studio, planned):
    edit(studio, planned, ChangeCaptions(enabled=False))
    planning.undo(studio, studio.local_owner, planned)
    assert not edit(studio, planned, Recolour(warmth=0.3)).can_redo


def test_an_old_version_can_be_restored_and_that_undone(studio, planned):
    owner = studio.local_owner
    edit(studio, planned, ChangeCaptions(enabled=False))
    back = planning.restore(studio, owner, planned, 1)
    assert back.plan.captions.enabled and back.can_undo
    edit(studio, planned, Recolour(warmth=0.3))
    assert planning.undo(studio, owner, planned).plan == back.plan
    undone = planning.undo(studio, owner, planned)
    assert not undone.plan.captions.enabled and undone.can_undo and undone.can_redo
    assert planning.undo(studio, owner, planned).plan.captions.enabled
    assert not planning.redo(studio, owner, planned).plan.captions.enabled
    assert planning.redo(studio, owner, planned).plan.captions.enabled
    with pytest.raises(NotFound):
        planning.restore(studio, owner, planned, 99)


def test_the_later_of_two_who_edit_at_once_is_told(studio, planned):
    owner = studio.local_owner
    planning.edit(studio, owner, planned, [ChangeCaptions(enabled=False)], base=1, author="you")
    with pytest.raises(Conflict):
        planning.edit(studio, owner, planned, [Recolour(warmth=0.2)], base=1, author="somebody")
    assert planning.current(studio, owner, planned).number == 2


def test_the_quote_names_every_component_with_its_rule_and_is_free_with_the_local_provider(studio, planned):
    quote = approval.quote(studio, studio.local_owner, planned)
    assert quote.total == Decimal(0)
    assert {x.component for x in quote.lines} == {"script", "stills", "clips", "voice", "music", "storage"}
    assert all("free" in x.rule for x in quote.lines)
    assert sum(x.component == "clips" for x in quote.lines) == 2


def test_an_approval_of_what_was_not_seen_is_refused(studio, planned):
    owner = studio.local_owner
    edit(studio, planned, SetDuration(scene="aaaa", seconds=3))
    with pytest.raises(Conflict, match="changed"):
        approval.approve(studio, owner, planned, revision=1, total=Decimal(0))
    with pytest.raises(Conflict, match="price"):
        approval.approve(studio, owner, planned, revision=2, total=Decimal("0.01"))
    assert production.job(studio, owner, planned, "film") is None


def test_approving_twice_makes_one_film(studio, planned):
    owner = studio.local_owner
    first = approval.approve(studio, owner, planned, revision=1, total=Decimal(0))
    assert approval.approve(studio, owner, planned, revision=1, total=Decimal(0)) == first
    assert planning.current(studio, owner, planned).approved


def test_a_model_without_a_price_is_refused(studio):
    with pytest.raises(UnknownPrice):
        vendors.model_for(studio, "video", "somebody/unknown")


def test_a_scene_is_never_given_a_model_that_cannot_be_priced(studio, planned):
    with pytest.raises(UnknownPrice):
        edit(studio, planned, ChangeModel(scene="aaaa", model="somebody/unknown"))
    assert planning.current(studio, studio.local_owner, planned).number == 1


def test_every_clip_is_bought_from_the_model_that_its_scene_was_quoted_at(studio, planned):
    owner = studio.local_owner
    edit(studio, planned, ChangeModel(scene="aaaa", model="local/film"))
    approval.approve(studio, owner, planned, revision=2, total=Decimal(0))
    _, steps = jobs.newest_job(studio.db, owner, planned, "film")
    quoted = [x.model for x in approval.quote(studio, owner, planned).lines if x.component == "clips"]
    assert [s.inputs["models"][0] for s in steps if s.kind == "clip"] == quoted


def test_a_deleted_project_takes_its_files_with_it(studio, planned):
    owner = studio.local_owner
    projects.delete(studio, owner, planned)
    with pytest.raises(NotFound):
        projects.get(studio, owner, planned)
    assert projects.listing(studio, owner).total == 0


def test_projects_are_found_by_title_and_page_by_page(studio):
    owner = studio.local_owner
    for i in range(15):
        projects.create(studio, owner, title=f"Film {i}" if i else "100% Käse", brief="A film about cheese")
    assert projects.listing(studio, owner, search="100%").total == 1
    second = projects.listing(studio, owner, page=2)
    assert (len(second.items), second.total, second.pages) == (3, 15, 2)
    assert projects.listing(studio, "a stranger").total == 0
