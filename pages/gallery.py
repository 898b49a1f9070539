"""Every finished film, ready to be watched and taken away."""

import streamlit as st

from core.services import delivery
from pages.ui import look, player
from pages.ui.shell import link, studio
from pages.ui.text import ago, plain, price

st.title("Gallery", anchor=False)
PER_PAGE = 12
page = st.session_state.get("gallery_page", 1)
films = delivery.films(*studio(), page=page, per_page=PER_PAGE)
if not films and page == 1:
    look.empty("video_library", "No finished film yet", "Films arrive here by themselves when they are done.")
    link("projects", "Go to your films", "arrow_forward")
with st.grid("auto", min_column_width=280, key="films"):
    for title, film in films:
        with st.container(border=True, gap="small", height="stretch", key=f"film_{film.film.id}"):
            player.film(film.film, says=f"Film {title}")
            st.markdown(f"**{plain(title)}**")
            facts = (ago(film.created), film.facts.get("length", ""), price(film.cost))
            st.caption(plain(" · ".join(fact for fact in facts if fact)))
            st.space("stretch")
            player.download("Download", film.download_url, "download")
