"""Revisions: any two beside each other, branches, and two people who edit at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.db import jobs
from core.db import projects as rows
from core.domain.compare import compare, separate
from core.domain.edits import (
    AddScene,
    ChangeCaptions,
    ChangeSource,
    ChangeVoice,
    Recolour,
    RemoveScene,
    Reorder,
    RewriteScene,
    SetCharacter,
    SetDuration,
)
from core.domain.errors import Conflict, NotFound, RepriseError
from core.domain.plan import Source
from core.services import chat, intake, planning, projects, storyboard


@pytest.fixture
def planned(studio, small_plan):
    return begun(studio, small_plan)


def begun(studio, plan):
    project = projects.create(studio, studio.local_owner, title="", brief=plan.brief)
    planning.save(studio, studio.local_owner, project.id, plan, author="a test", reason="first", base=None)
    return project.id


def edit(studio, project_id, *edits, base=None, author="you"):
    base = base or planning.current(studio, studio.local_owner, project_id).number
    return planning.edit(studio, studio.local_owner, project_id, edits, base=base, author=author)[0]


def plan_of(studio, project_id):
    return planning.current(studio, studio.local_owner, project_id).plan


# Comparing


def test_any_two_revisions_are_compared_scene_by_scene(studio, planned):
    edit(studio, planned, RewriteScene(scene="aaaa", narration="The city never sleeps."))
    edit(studio, planned, AddScene(after="bbbb", about="A lamp"), Recolour(warmth=0.4))
    edit(studio, planned, RemoveScene(scene="bbbb"))
    seen = planning.compare(studio, studio.local_owner, planned, 1, 4).difference
    kinds = {each.scene_id: each.kind for each in seen.scenes}
    assert kinds["aaaa"] == "changed" and kinds["bbbb"] == "removed" and list(kinds.values()).count("added") == 1
    line = next(c for c in seen.scenes[0].changes if c.name == "line")
    assert (line.before, line.after) == ("The city is awake.", "The city never sleeps.")
    assert any("Warmth" in each for each in seen.film)
    back = planning.compare(studio, studio.local_owner, planned, 4, 1).difference
    assert {each.kind for each in back.scenes if each.scene_id == "bbbb"} == {"added"}


def test_a_revision_differs_in_nothing_from_itself_and_from_its_restored_self(studio, planned):
    edit(studio, planned, ChangeCaptions(enabled=False))
    planning.restore(studio, studio.local_owner, planned, 1)
    assert planning.compare(studio, studio.local_owner, planned, 1, 3).difference.is_empty
    with pytest.raises(NotFound):
        planning.compare(studio, studio.local_owner, planned, 1, 99)


def test_moving_one_scene_names_that_scene_alone(small_plan):
    from core.domain.apply import apply_all

    three = apply_all(small_plan, [AddScene(after="bbbb", about="A lamp")]).plan
    ids = [scene.id for scene in three.scenes]
    moved = apply_all(three, [Reorder(order=(ids[2], ids[0], ids[1]))]).plan
    found = compare(three, moved)
    assert [each.scene_id for each in found.scenes if any(c.name == "place" for c in each.changes)] == [ids[2]]


# Two who edit at once


def test_an_undo_of_somebody_elses_edit_is_refused(studio, planned):
    edit(studio, planned, Recolour(warmth=0.4), author="Mara")
    for step in (planning.undo, planning.redo):
        with pytest.raises(Conflict):
            step(studio, studio.local_owner, planned, base=1)
    with pytest.raises(Conflict):
        planning.restore(studio, studio.local_owner, planned, 1, base=1)
    assert plan_of(studio, planned).grade.warmth == 0.4


def test_the_later_is_shown_what_changed_meanwhile_and_what_of_theirs_still_fits(studio, planned):
    edit(studio, planned, RewriteScene(scene="aaaa", narration="Windows glow."), author="Mara")
    mine = [RewriteScene(scene="aaaa", visual="Roofs in the rain", narration="Rain falls."), ChangeVoice(rate=1.1)]
    with pytest.raises(Conflict):
        edit(studio, planned, *mine, base=1)
    seen = planning.overtaken(studio, studio.local_owner, planned, mine, base=1)
    assert seen.authors == ("Mara",)
    assert [each.scene_id for each in seen.theirs.scenes] == ["aaaa"]
    assert len(seen.clashes) == 1 and seen.clashes[0].fits
    assert "Windows glow." in seen.clashes[0].what and "Rain falls." in seen.clashes[0].what
    edit(studio, planned, *seen.fitting, base=seen.newest.number)
    scene = plan_of(studio, planned).scene("aaaa")
    assert (scene.visual, scene.narration) == ("Roofs in the rain", "Windows glow.")
    assert plan_of(studio, planned).voice.rate == 1.1


def test_the_same_change_made_twice_is_no_clash(studio, planned):
    edit(studio, planned, ChangeCaptions(enabled=False), author="Mara")
    seen = planning.overtaken(studio, studio.local_owner, planned, [ChangeCaptions(enabled=False)], base=1)
    assert not seen.clashes and not seen.fitting_would


def test_an_edit_of_a_scene_that_is_gone_fits_no_more(studio, planned):
    edit(studio, planned, AddScene(after="bbbb", about="A lamp"), author="Mara")
    edit(studio, planned, RemoveScene(scene="aaaa"), author="Jon")
    mine = [RewriteScene(scene="aaaa", narration="Rain falls."), ChangeCaptions(style="box")]
    seen = planning.overtaken(studio, studio.local_owner, planned, mine, base=1)
    assert seen.authors == ("Mara", "Jon")
    assert [clash.fits for clash in seen.clashes] == [False]
    assert "removed meanwhile" in seen.clashes[0].what
    assert seen.fitting == (ChangeCaptions(style="box"),)


def test_removing_a_scene_that_somebody_changed_is_a_clash(studio, planned):
    edit(studio, planned, AddScene(after="bbbb", about="A lamp"))
    edit(studio, planned, RewriteScene(scene="aaaa", title="Awake"), author="Mara")
    seen = planning.overtaken(studio, studio.local_owner, planned, [RemoveScene(scene="aaaa")], base=2)
    assert [clash.fits for clash in seen.clashes] == [True]


def test_edits_of_several_fields_are_taken_apart():
    found = separate([RewriteScene(scene="aaaa", visual="A", title="B"), SetDuration(scene="aaaa", seconds=3)])
    assert len(found) == 3
    assert separate([Recolour(warmth=0.2, contrast=0.1, absolute=True)])[1].absolute


def test_of_many_who_save_at_once_one_is_first_and_the_others_are_told(any_studio, small_plan):
    planned = begun(any_studio, small_plan)
    start = threading.Barrier(6)

    def save(number):
        start.wait()
        try:
            edit(any_studio, planned, RewriteScene(scene="aaaa", title=f"Title {number}"), base=1)
        except RepriseError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(save, range(6)))
    assert found.count(None) == 1 and found.count(Conflict) == 5
    history = planning.history(any_studio, any_studio.local_owner, planned)
    assert [each.number for each in history] == [2, 1]


# Branches


def test_a_branch_begins_with_that_revision_and_says_where_it_came_from(studio, planned):
    owner = studio.local_owner
    edit(studio, planned, Recolour(warmth=0.4))
    made = planning.branch(studio, owner, planned, 1, author="Mara", title="Another night")
    first = planning.current(studio, owner, made.id)
    assert (first.number, first.author, first.plan.grade.warmth) == (1, "Mara", 0)
    assert "Branched from “Night”, revision 1" in first.reason
    assert rows.get_project(studio.db, owner, made.id).from_project == planned
    edit(studio, made.id, ChangeCaptions(enabled=False))
    assert plan_of(studio, planned).captions.enabled


def stored(studio, project_id, kind, content, **facts):
    path = studio.storage.scratch("uploads") / f"{kind}.jpg"
    path.write_bytes(content)
    blob = studio.storage.put(path)
    return intake.add_asset(studio, studio.local_owner, project_id, kind, blob=blob, name=f"{kind}.jpg", **facts)


def test_a_branch_shares_its_files_and_what_was_made_of_them(studio, planned):
    owner = studio.local_owner
    image = stored(studio, planned, "image", b"a picture")
    edit(studio, planned, ChangeSource(scene="aaaa", source=Source(kind="image", asset=image.id)))
    draw(studio, planned)
    made = planning.branch(studio, owner, planned, 2)
    named = plan_of(studio, made.id).scene("aaaa").source.asset
    assert named != image.id
    assert rows.get_asset(studio.db, owner, named).blob == image.blob
    frames = storyboard.frames(studio, owner, made.id)
    assert [frame.still is not None for frame in frames] == [True, True]
    assert jobs.newest_job(studio.db, owner, made.id, "storyboard") is None, "nothing is drawn anew"
    projects.delete(studio, owner, planned)
    assert studio.storage.has(image.blob)


def test_a_branch_keeps_who_is_in_the_film_with_a_picture_of_its_own(studio, planned):
    owner = studio.local_owner
    face = stored(studio, planned, "image", b"a face")
    projects.keep_character(studio, owner, planned, face.id)
    edit(studio, planned, SetCharacter(asset=face.id))
    made = rows.get_project(studio.db, owner, planning.branch(studio, owner, planned, 2).id)
    assert made.character_id not in (None, face.id)
    assert made.character_id == plan_of(studio, made.id).character
    assert rows.get_asset(studio.db, owner, made.character_id).blob == face.blob


def draw(studio, project_id):
    """What a worker would record for the stills."""
    from core.db.tables import Output
    from core.services import recipes

    project = rows.get_project(studio.db, studio.local_owner, project_id)
    plan = plan_of(studio, project_id)
    for index in range(len(plan.scenes)):
        still = stored(studio, project_id, "still", b"still %d" % index)
        key = recipes.still_step(studio, project, plan, index).key
        result = {"asset": still.id, "blob": still.blob}
        with studio.db.write() as s:
            row = Output(project_id=project_id, key=key, result=result, blobs=[still.blob], created=studio.now())
            s.add(row)


def test_nobody_branches_from_what_is_not_theirs(studio, planned):
    with pytest.raises(NotFound):
        planning.branch(studio, "somebody else", planned, 1)


# Writing anew


def test_writing_the_whole_plan_anew_is_a_revision_that_can_be_undone(studio, planned):
    owner = studio.local_owner
    planning.write_anew(studio, owner, planned, author="Mara")
    with pytest.raises(Conflict):
        planning.write_anew(studio, owner, planned)
    done(studio, "write")
    newest = planning.current(studio, owner, planned)
    assert newest.number == 2 and "anew, for Mara" in newest.reason
    assert planning.undo(studio, owner, planned, base=2).plan.scene("aaaa").narration == "The city is awake."


def done(studio, kind):
    """One step of that kind."""
    from core.services import workshop

    worker = workshop.join(studio)
    claim = workshop.take(studio, worker)
    while claim is not None and claim.kind != kind:
        claim = workshop.take(studio, worker)
    workshop.do(studio, worker, claim, threading.Event())


# Who did it


def test_what_the_director_and_the_buttons_change_is_signed_by_who_asked(studio, planned):
    owner = studio.local_owner
    chat.send(studio, owner, planned, "Turn the captions off", asked_by="Mara")
    done(studio, "reply")
    storyboard.redo(studio, owner, planned, "aaaa", author="Jon")
    chat.send(studio, owner, planned, "undo")
    done(studio, "reply")
    authors = [each.author for each in planning.history(studio, owner, planned)]
    assert authors == ["Offline director", "Jon", "Offline director, for Mara", "a test"]


# On the page


def visited(project_id, tab="Storyboard"):
    from tests.test_pages import visit

    app = visit("studio", project=project_id)
    app.session_state["tabs"] = tab
    return app.run()


def said_in(app):
    from tests.test_pages import errors, words

    assert not errors(app)
    return words(app).replace("\\", "")


def test_the_page_shows_the_later_what_changed_and_applies_what_fits(studio, planned):
    app = visited(planned)
    app.button(key="edit_aaaa").click().run()
    edit(studio, planned, RewriteScene(scene="aaaa", narration="Windows glow."), author="Mara")
    app.run()
    assert app.text_area(key="scene_narration").value == "The city is awake.", "the form stays as it was opened"
    app.text_area(key="scene_narration").set_value("Rain falls.")
    app.text_input(key="scene_title").set_value("Rain")
    app.button(key="scene_save").click().run()
    assert plan_of(studio, planned).scene("aaaa").narration == "Windows glow."
    shown = said_in(app)
    assert "Mara changed the plan while you did" in shown and "Both changed scene 1: line" in shown
    app.button(key="overtaken_fit").click().run()
    scene = plan_of(studio, planned).scene("aaaa")
    assert (scene.narration, scene.title) == ("Windows glow.", "Rain")
    assert "while you did" not in said_in(app)


def test_the_page_lets_the_later_insist_or_leave_it(studio, planned):
    for key, expected in (("overtaken_all", "Rain falls."), ("overtaken_drop", "Snow falls.")):
        app = visited(planned)
        app.button(key="edit_aaaa").click().run()
        edit(studio, planned, RewriteScene(scene="aaaa", narration="Snow falls."), author="Mara")
        app.text_area(key="scene_narration").set_value("Rain falls.")
        app.button(key="scene_save").click().run()
        app.button(key=key).click().run()
        assert plan_of(studio, planned).scene("aaaa").narration == expected
        planning.restore(studio, studio.local_owner, planned, 1)


def test_a_branch_is_opened_and_two_revisions_are_compared_on_the_page(studio, planned):
    edit(studio, planned, RewriteScene(scene="aaaa", narration="Windows glow."), author="Mara")
    app = visited(planned, "Versions")
    app.session_state["compare"] = True
    app.run()
    assert "Windows glow" in said_in(app)
    app.button(key="branch_1").click().run()
    assert "Night (branch)" in said_in(app)
    assert app.query_params["project"] != planned
