"""Templates, the tables that fill them, and the batches that came of it."""

import streamlit as st

from core.services import batches, templates
from pages.ui import look
from pages.ui import templates as ui
from pages.ui.shell import link, studio
from pages.ui.text import count, plain
from pages.ui.who import menu, person


def back() -> None:
    st.query_params.clear()


def open_batch(batch_id: str) -> None:
    st.query_params["batch"] = batch_id


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Templates", width="content", anchor=False)
    st.space("stretch")
    menu()
template, batch = st.query_params.get("template", ""), st.query_params.get("batch", "")
if template or batch:
    st.button("All templates and batches", icon=":material/arrow_back:", type="tertiary", key="back", on_click=back)
if batch:
    ui.batch(batches.get(*studio(), batch, by=person().id))
elif template:
    ui.filling(templates.get(*studio(), template))
else:
    kept, made = templates.listing(*studio()), batches.listing(*studio())
    if not kept:
        look.empty(
            "library_add", "No template yet", "Open a film, and under Versions save its plan as a template: then a "
            "table makes one film for each row.",
        )  # fmt: skip
        with st.container(horizontal_alignment="center"):
            link("projects", "Go to your films", "arrow_back")
    with st.grid("auto", min_column_width=260):
        for each in kept:
            ui.card(each)
    if made:
        st.subheader("Batches", anchor=False)
    for batch_id, title, state, films in made:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"batch_{batch_id}"):
            st.markdown(f"**{plain(title)}** :gray[{count(films, 'film')}]", width="stretch")
            if state == "approved":
                st.badge("Approved", icon=":material/check_circle:", color="green")
            st.button("Open", key=f"open_{batch_id}", on_click=open_batch, args=(batch_id,))
