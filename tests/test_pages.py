"""Every page, opened through Home as a visitor opens it, empty and with a film; and the ways through them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from core.db import projects as rows
from core.db.tables import Analysis
from core.domain.analysis import Colour, Curve, SampleAnalysis, Shot
from core.domain.plan import Plan
from core.domain.views import ProjectView
from core.services import approval, batches, captioning, intake, planning, production, projects
from core.services.studio import Studio

ROOT = Path(__file__).parents[1]
PAGES = ("projects", "studio", "production", "gallery", "costs", "settings", "review", "templates")
TABS = ("Storyboard", "Script", "Look and sound", "Sample", "Images", "Versions", "Review")


HOME = f"import runpy; runpy.run_path({str(ROOT / 'Home.py')!r}, run_name='__main__')"
"""AppTest forgets before every run that the pages are listed by hand. Beside a folder called pages it would
open them without Home, so Home is run from elsewhere."""


def visit(page: str = "projects", **query: str) -> AppTest:
    """The page as it stands after one run, opened at its own address."""
    app = AppTest.from_string(HOME, default_timeout=30)
    if page == "projects":
        return app.run()
    app.query_params.update(query)
    return app.switch_page(str(ROOT / "pages" / f"{page}.py")).run()


def words(app: AppTest) -> str:
    """Everything a visitor can read, in one string."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "info", "toast", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def errors(app: AppTest) -> list[Any]:
    return [*app.exception, *(e for e in app.error if "our side" in str(e.proto.title))]


@pytest.fixture
def empty(studio: Studio) -> ProjectView:
    return projects.create(studio, studio.local_owner, title="Night", brief="A focus timer for people who work late")


@pytest.fixture
def full(studio: Studio, empty: ProjectView, small_plan: Plan, short_sample: Path) -> ProjectView:
    """A project with sample, analysis, two revisions, and a finished film; no worker runs."""
    owner = studio.local_owner

    def stored(kind: str, name: str, **facts: Any) -> str:
        copy = studio.storage.scratch("uploads") / name
        copy.write_bytes(short_sample.read_bytes())
        blob = studio.storage.put(copy)
        return intake.add_asset(studio, owner, empty.id, kind, blob=blob, name=name, **facts).id

    sample = stored("sample", "sample.mp4", width=320, height=180, seconds=6.0)
    rows.change_project(studio.db, owner, empty.id, sample_id=sample)
    frame = stored("key_frame", "frame.mp4")
    analysed = Analysis(
        project_id=empty.id,
        asset_id=sample,
        body=figures().model_dump(mode="json"),
        key_frames=[frame, frame],
        created=studio.now(),
    )
    rows.save_analysis(studio.db, analysed)
    planning.save(studio, owner, empty.id, small_plan, author="writer", reason="The plan was written", base=None)
    warmer = small_plan.but(tone="hope")
    planning.save(studio, owner, empty.id, warmer, author="you", reason="Made hopeful", base=1)
    measured = {"length": "5.0 s", "loudness": "-14.0 LUFS"}
    film_facts = {"measured": measured, "revision": 1, "credentials": "Signed by a development certificate."}
    stored("film", "film.mp4", width=720, height=1280, seconds=5.0, facts=film_facts)
    return projects.get(studio, owner, empty.id)


def figures() -> SampleAnalysis:
    """Two shots of three seconds."""
    colours = (Colour(hex="#803020", share=0.7), Colour(hex="#202040", share=0.3))
    look = {"palette": colours, "brightness": 0.4, "contrast": 0.3, "saturation": 0.5, "motion": 0.2}
    curve = Curve(step=0.5, values=(0.2,) * 12)
    return SampleAnalysis(
        duration=6,
        width=320,
        height=180,
        fps=25,
        video_codec="h264",
        has_audio=True,
        shots=(Shot(start=0, end=3, key_time=1, **look), Shot(start=3, end=6, key_time=4, **look)),
        palette=colours,
        brightness=curve,
        motion=curve,
        loudness=curve,
        loudness_lufs=-16,
        got={"loudness": "measured", "words on screen": "not available"},
    )


def test_streamlit_finds_the_server_in_home():
    found = discover_asgi_app(ROOT / "Home.py")
    assert found.is_asgi_app and found.import_string == "Home:app"


def test_no_page_can_be_opened_past_the_frame_of_home():
    """Without this a server's first visitor to /settings would get the page without its frame."""
    check = "import Home; from streamlit.runtime.pages_manager import PagesManager as P; print(P.uses_pages_directory)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_studio(studio: Studio, page: str):
    app = visit(page)
    assert not errors(app)
    assert app.title or app.error


def test_a_newcomer_is_told_what_to_do(studio: Studio):
    app = visit()
    assert "Make your first film" in words(app)
    assert [app.button(key=key) for key in ("demo", "own", "new")]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_a_film(full: ProjectView, page: str):
    app = visit(page, project=full.id)
    assert not errors(app)
    assert not app.error


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_the_studio_opens(full: ProjectView, tab: str):
    app = visit("studio", project=full.id)
    app.session_state["tabs"] = tab
    app.run()
    assert not errors(app)
    assert not app.error


def test_a_foreign_project_is_told_apart_from_nothing_and_shows_no_trace(full: ProjectView):
    app = visit("studio", project="nobody")
    assert not app.exception
    assert len(app.error) == 1


def test_a_new_film_starts_from_title_and_brief(studio: Studio):
    app = visit()
    app.button(key="new").click().run()
    app.text_input(key="new_title").set_value("Autumn")
    app.text_area(key="new_brief").set_value("Cider from windfall apples, for people who like real food")
    app.button(key="new_send").click().run()
    assert not errors(app)
    found = projects.listing(studio, studio.local_owner).items
    assert [each.title for each in found] == ["Autumn"]
    assert app.query_params["project"] == found[0].id
    assert app.title[0].value == "Autumn"


def test_a_story_and_a_listing_begin_with_fields_of_their_own(studio: Studio):
    app = visit()
    app.button(key="new").click().run()
    app.segmented_control(key="new_way").set_value("story").run()
    app.text_area(key="new_story").set_value("A lighthouse keeper finds a letter. She answers it. A boat arrives.")
    app.text_input(key="new_niche").set_value("small mysteries")
    app.selectbox(key="new_scenes").set_value(4)
    app.button(key="new_send").click().run()
    assert not errors(app)
    (made,) = projects.listing(studio, studio.local_owner).items
    assert (made.way, made.scenes, made.seconds, made.listing) == ("story", 4, 30.0, {"niche": "small mysteries"})
    assert "lighthouse keeper" in words(app)
    app.button(key="write_plan").click().run()
    assert production.live(studio, studio.local_owner, made.id)


def test_a_listing_is_shown_can_be_changed_and_waits_for_a_photo(studio: Studio):
    app = visit()
    app.button(key="new").click().run()
    app.segmented_control(key="new_way").set_value("listing").run()
    app.button(key="new_send").click().run()
    assert "no title and no description" in str(app.error[0].proto.title)
    app.text_input(key="new_offer_title").set_value("Lumen desk lamp")
    app.text_area(key="new_offer_description").set_value("Solid brass, 40 cm high.")
    app.text_input(key="new_price").set_value("$39")
    app.button(key="new_send").click().run()
    assert not errors(app)
    (made,) = projects.listing(studio, studio.local_owner).items
    assert made.listing == {"title": "Lumen desk lamp", "description": "Solid brass, 40 cm high.", "price": "$39"}
    assert "Solid brass" in words(app)
    assert app.button(key="write_plan").disabled
    app.text_input(key="wish_price").set_value("$29")
    app.button(key="wish_save").click().run()
    assert not errors(app)
    assert projects.get(studio, studio.local_owner, made.id).listing["price"] == "$29"


def test_an_empty_brief_is_refused_in_words_and_keeps_the_form(studio: Studio):
    app = visit()
    app.button(key="new").click().run()
    app.button(key="new_send").click().run()
    assert "brief" in str(app.error[0].proto.title).lower()
    assert app.text_area(key="new_brief")


def test_a_film_without_sample_starts_from_the_brief(studio: Studio, empty: ProjectView):
    app = visit("studio", project=empty.id)
    app.button(key="no_sample").click().run()
    assert not errors(app)
    assert production.live(studio, studio.local_owner, empty.id)


def test_undo_goes_one_revision_back(studio: Studio, full: ProjectView):
    app = visit("studio", project=full.id)
    app.button(key="undo").click().run()
    newest = planning.current(studio, studio.local_owner, full.id)
    assert not errors(app)
    assert newest is not None and newest.plan.tone == "warm" and newest.can_redo


def test_a_scene_is_edited_by_form(studio: Studio, full: ProjectView):
    app = visit("studio", project=full.id)
    app.button(key="edit_aaaa").click().run()
    app.text_area(key="scene_narration").set_value("The night is ours.")
    app.button(key="scene_save").click().run()
    newest = planning.current(studio, studio.local_owner, full.id)
    assert not errors(app)
    assert newest is not None and newest.plan.scene("aaaa").narration == "The night is ours."


def test_why_a_scene_cannot_be_saved_stands_above_the_button_that_was_pressed(studio: Studio, full: ProjectView):
    """Below it stands more than a window shows, and the button seemed to do nothing."""
    app = visit("studio", project=full.id)
    app.button(key="edit_aaaa").click().run()
    app.number_input(key="scene_seconds").set_value(1.0)
    app.button(key="scene_save").click().run()
    (error,) = app.error
    assert "a film lasts at least 5 s" in error.proto.title
    order = list(app.get("form")[-1])
    assert order.index(error) < order.index(app.button(key="scene_save"))


def test_captions_are_drawn_while_the_page_answers(studio: Studio, full: ProjectView, small_plan: Plan):
    app = visit("studio", project=full.id)
    app.session_state["tabs"] = "Look and sound"
    app.run()
    assert not errors(app)
    assert app.button(key="finish_save")

    def is_drawn() -> bool:
        plan = small_plan.but(tone="hope")
        return captioning.preview(studio, studio.local_owner, full.id, plan, plan.captions).is_whole

    until(is_drawn)
    app.run()
    assert not errors(app)
    assert [len(app.get(kind)) for kind in ("image", "video", "skeleton")] == [5, 1, 0]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_being_made_again_is_not_asked_for_again(studio: Studio, full: ProjectView):
    titles = [info.proto.title for info in visit("production", project=full.id).info]
    assert "The plan is newer than this film" in titles
    quote = approval.quote(studio, studio.local_owner, full.id)
    approval.approve(studio, studio.local_owner, full.id, revision=2, total=quote.total)
    app = visit("production", project=full.id)
    assert not errors(app)
    assert "The plan is newer than this film" not in [info.proto.title for info in app.info]


def test_the_films_of_a_batch_are_followed_while_they_are_made(studio: Studio, full: ProjectView, small_plan: Plan):
    owner = studio.local_owner
    variants = batches.combinations(small_plan, hooks=("One.", "Two."), voices=(), palettes={})
    made = batches.make_variants(studio, owner, full.id, variants, revision=2, title="", by=owner)
    total = batches.get(studio, owner, made, by=owner).total
    batches.approve(studio, owner, made, total=total, by=owner)
    app = visit("templates", batch=made)
    assert not errors(app)
    assert "0 of 2 films finished" in [str(bar.proto.text) for bar in app.get("progress")]


def test_an_edit_on_an_old_revision_is_a_conflict_and_changes_nothing(
    studio: Studio, full: ProjectView, small_plan: Plan
):
    app = visit("studio", project=full.id)
    app.session_state["tabs"] = "Look and sound"
    app.run()
    other = small_plan.but(tone="tech")
    planning.save(studio, studio.local_owner, full.id, other, author="other tab", reason="Faster", base=2)
    app.toggle(key="ChangeVoice.enabled.2").set_value(False)
    app.button(key="finish_save").click().run()
    newest = planning.current(studio, studio.local_owner, full.id)
    assert newest is not None and newest.number == 3 and newest.plan.voice.enabled
    assert app.toast


def test_look_and_sound_are_saved_as_one_revision(studio: Studio, full: ProjectView):
    app = visit("studio", project=full.id)
    app.session_state["tabs"] = "Look and sound"
    app.run()
    app.toggle(key="ChangeVoice.enabled.2").set_value(False)
    app.selectbox(key="ChangeMusic.mood.2").set_value("tense")
    app.button(key="finish_save").click().run()
    newest = planning.current(studio, studio.local_owner, full.id)
    assert not errors(app)
    assert newest is not None and newest.number == 3
    assert not newest.plan.voice.enabled and newest.plan.music.mood == "tense"


def test_the_price_stands_on_the_button_and_approval_starts_production(studio: Studio, full: ProjectView):
    app = visit("studio", project=full.id)
    button = app.button(key="approve")
    assert "0\\.00" in button.label
    button.click().run()
    job = production.job(studio, studio.local_owner, full.id, "film")
    assert not errors(app)
    assert job is not None
    assert app.button(key=f"stop_{job.id}")


def test_a_stopped_film_says_so_and_can_go_on(studio: Studio, full: ProjectView):
    quote = approval.quote(studio, studio.local_owner, full.id)
    job_id = approval.approve(studio, studio.local_owner, full.id, revision=2, total=quote.total)
    production.cancel(studio, studio.local_owner, job_id)
    app = visit("production", project=full.id)
    app.button(key=f"retry_{job_id}").click().run()
    assert not errors(app)
    assert production.live(studio, studio.local_owner, full.id)


def test_the_director_is_asked_once_and_the_page_waits(studio: Studio, full: ProjectView):
    app = visit("studio", project=full.id)
    app.chat_input[0].set_value("warmer, please").run()
    assert not errors(app)
    assert "Thinking" in words(app)


def test_hostile_words_stay_words(studio: Studio):
    nasty = "![x](https://evil.test/a.png) <img src=x> [go](javascript:1) $x$"
    projects.create(studio, studio.local_owner, title=nasty, brief=nasty)
    shown = words(visit())
    assert "![x](" not in shown
    assert "\\<img" in shown and " <img" not in shown
    assert "https://" not in shown


@pytest.fixture
def many(studio: Studio) -> Callable[[int], None]:
    def make(count: int) -> None:
        for number in range(count):
            projects.create(studio, studio.local_owner, title=f"Film {number}", brief="About something")

    return make


def test_more_than_a_page_of_films_is_turned_over(many: Callable[[int], None]):
    many(13)
    app = visit()
    assert "**Film 12**" in words(app)
    assert "**Film 0**" not in words(app)
    app.session_state["page"] = 2
    app.run()
    assert "**Film 0**" in words(app)


def test_a_page_that_is_gone_shows_the_last_one(many: Callable[[int], None]):
    many(2)
    app = visit()
    app.session_state["page"] = 2
    app.run()
    assert not errors(app)
    assert "**Film 1**" in words(app)
