"""Thumbnails of a finished film: the one that is used, and the others to choose from."""

from __future__ import annotations

import streamlit as st

from core.domain.views import FilmView
from core.services import delivery
from pages.ui import player
from pages.ui.shell import action, studio


@action
def _choose(project_id: str, thumbnail_id: str) -> None:
    delivery.choose_thumbnail(*studio(), project_id, thumbnail_id)


def choice(film: FilmView) -> None:
    """A row of pictures, each with its button; nothing when there is no choice."""
    if film.thumbnail is None or len(film.thumbnails) < 2:
        return
    with (
        st.expander("Choose the thumbnail", icon=":material/image:"),
        st.grid("auto", min_column_width=110, key="covers"),
    ):
        for number, one in enumerate(film.thumbnails, 1):
            with st.container(gap="xsmall"):
                shape = one.width / one.height if one.width and one.height else 9 / 16
                player.picture(one, says=f"Thumbnail {number}", shape=shape)
                used = one.id == film.thumbnail.id
                st.button(
                    "In use" if used else "Use this", key=f"cover_{one.id}", disabled=used, width="stretch",
                    icon=":material/check:" if used else None, on_click=_choose, args=(film.project_id, one.id),
                )  # fmt: skip
