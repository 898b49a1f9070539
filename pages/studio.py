"""The studio: one film from its sample to its approval, with the director beside it."""

import streamlit as st

from core.domain.views import ProjectView, RevisionView
from core.services import analysis, delivery, planning, production
from pages.ui import look, who
from pages.ui.approval import box
from pages.ui.begin import first_step, images
from pages.ui.board import board
from pages.ui.chat import chat
from pages.ui.finish import finish
from pages.ui.match import match
from pages.ui.review import panel
from pages.ui.revisions import watch
from pages.ui.sample import sample
from pages.ui.scene_form import edit
from pages.ui.script import script
from pages.ui.shell import link, live, project, studio
from pages.ui.text import plain
from pages.ui.versions import bar, versions

STORYBOARD, SCRIPT, FINISH, SAMPLE, IMAGES, VERSIONS, DIRECTOR, MATCH, REVIEW = (
    "Storyboard", "Script", "Look and sound", "Sample", "Images", "Versions", "Director", "Match", "Review",
)  # fmt: skip


def header(view: ProjectView) -> None:
    link("projects", "Films", "arrow_back")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(view.title), width="content", anchor=False)
        look.stage(view.stage)
        st.space("stretch")
        who.menu()
        if delivery.film(*studio(), view.id):
            link("production", "The film", "movie", view.id)


def waiting(view: ProjectView, *, was_live: bool) -> None:
    """Follow the analysis; the rest of the page comes by itself when the plan is there."""
    job = production.job(*studio(), view.id, "analyse")
    if look.is_live(job) != was_live:
        st.rerun()
    if look.is_stuck(job):
        look.ended_badly(job)
    if not look.is_live(job):
        return
    look.progress(job)
    with st.grid("auto", min_column_width=215):
        for _ in range(4):
            st.skeleton(height=200)


def before_the_plan(view: ProjectView) -> None:
    job = production.job(*studio(), view.id, "analyse")
    if job is None:
        first_step(view)
    else:
        going = look.is_live(job)
        live(lambda: waiting(view, was_live=going), key="waiting", every=1.0 if going else None)
        if view.sample:
            sample(view, analysis.get(*studio(), view.id))
        if not going:
            st.subheader("Or begin again", anchor=False)
            first_step(view)


def the_plan(view: ProjectView, revision: RevisionView, *, phone: bool) -> None:
    seen = analysis.get(*studio(), view.id)
    bar(view, revision)
    watch(view, revision)
    names = [STORYBOARD, *([DIRECTOR] if phone else []), SCRIPT, FINISH, SAMPLE, IMAGES, VERSIONS, REVIEW]
    if delivery.film(*studio(), view.id):
        names.append(MATCH)
    tabs = dict(zip(names, st.tabs(names, key="tabs", on_change="rerun"), strict=True))
    draw = {
        STORYBOARD: lambda: board(view, revision, phone=phone),
        SCRIPT: lambda: script(view, revision),
        FINISH: lambda: finish(view, revision),
        SAMPLE: lambda: sample(view, seen),
        IMAGES: lambda: images(view),
        VERSIONS: lambda: versions(view, revision),
        REVIEW: lambda: panel(view, revision),
        DIRECTOR: lambda: chat(view),
        MATCH: lambda: match(view),
    }
    for name, tab in tabs.items():
        if tab.open:
            with tab:
                draw[name]()
    opened = st.session_state.get("dialog", "")
    if opened.startswith("scene:") and opened[6:] in {scene.id for scene in revision.plan.scenes}:
        edit(view, revision, seen, opened[6:])


view = project()
header(view)
revision = planning.current(*studio(), view.id)
if revision is None:
    before_the_plan(view)
elif "Mobi" in st.context.headers.get("User-Agent", ""):
    the_plan(view, revision, phone=True)
    box(view, revision)
else:
    left, right = st.columns([5, 3], gap="medium")
    with left:
        the_plan(view, revision, phone=False)
    with right:
        box(view, revision)
        st.markdown("**Director**")
        chat(view)
