"""The start page: every film as a card, and the way to a new one."""

import streamlit as st

from core.domain.plan import MAX_TITLE
from core.domain.views import ProjectView
from core.services import projects, storyboard
from pages.ui import look, new_film, who
from pages.ui.shell import action, link, studio
from pages.ui.text import ago, plain

BEFORE_THE_PLAN = ("empty", "analysing")
AT_THE_FILM = ("producing", "done")
STEPS = (
    ("video_file", "Give a sample", "Reprise measures its rhythm, light and sound. Its pictures are not copied."),
    ("view_carousel", "Look at the plan", "A picture of every scene, its words and the price. Change what you like."),
    ("check_circle", "Approve", "Only then is the film made. You can watch each scene arrive."),
)


@action
def delete(project_id: str) -> None:
    projects.delete(*studio(), project_id)
    st.toast("The film and its files are deleted.", icon=":material/delete:")


@action
def rename(project_id: str) -> None:
    projects.rename(*studio(), project_id, st.session_state[f"title_{project_id}"])


def card(view: ProjectView) -> None:
    with st.container(border=True, key=f"card_{view.id}", gap="xsmall", height="stretch"):
        look.cover(view.thumbnail_url or first_still(view), says=f"Picture of {view.title}")
        st.markdown(f"**{plain(view.title)}**")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            look.stage(view.stage)
            st.caption(ago(view.updated), width="content")
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center"):
            link("production" if view.stage in AT_THE_FILM else "studio", "Open", "arrow_forward", view.id)
            st.space("stretch")
            more(view)


def first_still(view: ProjectView) -> str:
    """Address of a picture of the storyboard; empty as long as there is none."""
    if view.stage in BEFORE_THE_PLAN:
        return ""
    return next((frame.still.url for frame in storyboard.frames(*studio(), view.id) if frame.still), "")


def more(view: ProjectView) -> None:
    with st.popover("More", type="tertiary", icon=":material/more_horiz:", key=f"more_{view.id}"):
        st.text_input(
            "Title",
            value=view.title,
            max_chars=MAX_TITLE,
            key=f"title_{view.id}",
            on_change=rename,
            args=(view.id,),
        )
        st.caption("Deleting takes the sample, the storyboard and the film with it. It cannot be undone.")
        st.button(
            "Delete this film", key=f"delete_{view.id}", icon=":material/delete:", on_click=delete, args=(view.id,)
        )


def welcome() -> None:
    with st.container(border=True, gap="small"):
        st.subheader("Make your first film", anchor=False)
        st.markdown("From a film you like and a few words to a new, finished one. It takes three steps:")
        with st.grid(3, min_column_width=190):
            for icon, title, words in STEPS:
                with st.container(gap=None):
                    st.markdown(f":material/{icon}: **{title}**")
                    st.caption(words)
        with st.container(horizontal=True):
            st.button(
                "Try it with the demo sample", type="primary", icon=":material/play_arrow:", key="demo",
                on_click=new_film.demo,
            )  # fmt: skip
            st.button("Start with my own", icon=":material/add:", key="own", on_click=new_film.ask)


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Films", width="content", anchor=False)
    st.space("stretch")
    who.menu()
    st.button("New film", type="primary", icon=":material/add:", key="new", on_click=new_film.ask)
    search = st.text_input(
        "Search films", key="search", type="search", placeholder="Search films", label_visibility="collapsed",
        width=240, live=True, bind="query-params",
    )  # fmt: skip

shown = projects.listing(*studio(), page=st.session_state.get("page", 1), search=search or "")
if shown.page > shown.pages:  # the last film of the last page was deleted, or the search found fewer
    st.session_state["page"] = shown.pages
    shown = projects.listing(*studio(), page=shown.pages, search=search or "")
if not shown.items and search:
    st.info(f"No film is called like “{plain(search)}”.", icon=":material/search_off:")
elif not shown.items:
    welcome()
with st.grid("auto", min_column_width=250, key="cards"):
    for each in shown.items:
        card(each)
if shown.pages > 1:
    with st.container(horizontal_alignment="center"):
        st.pagination(shown.pages, key="page")
if st.session_state.get("dialog") == "new":
    new_film.form()
