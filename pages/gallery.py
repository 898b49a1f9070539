"""Every finished film, ready to be watched and taken away."""

import streamlit as st

from core.services import delivery
from pages.ui import look, player
from pages.ui.shell import link, studio
from pages.ui.text import ago, duration, plain, price

with st.container(horizontal=True):
    st.title("Gallery", anchor=False)
PER_PAGE = 12
page = st.session_state.get("gallery_page", 1)
films = delivery.films(*studio(), page=page, per_page=PER_PAGE)
if not films.total:
    look.empty("video_library", "No finished film yet", "Films arrive here by themselves when they are done.")
    link("projects", "Go to your films", "arrow_forward")
with st.grid("auto", min_column_width=280, key="films"):
    for film in films.items:
        with st.container(border=True, gap="small", height="stretch", key=f"film_{film.film.id}"):
            player.film(film.film, says=f"Film {film.title}")
            st.markdown(f"**{plain(film.title)}**")
            facts = (ago(film.created), duration(film.film.seconds or 0), price(film.cost))
            st.caption(plain(" · ".join(facts)))
            st.space("stretch")
            with st.container(horizontal=True, vertical_alignment="center"):
                player.download("Download", film.download_url, "download")
                link("production", "Open", "arrow_forward", film.project_id)
if films.pages > 1:
    with st.container(horizontal_alignment="center"):
        st.pagination(films.pages, key="gallery_page")
