"""Other formats of a finished film: choose one, have it made, take it away."""

from __future__ import annotations

import streamlit as st

from core.domain.exports import CONTAINERS, EXPORT_SIZES, Export
from core.domain.views import ExportView
from core.services import exports
from pages.ui import player
from pages.ui.shell import action, live, studio
from pages.ui.text import plain

NAMES = {"mp4": "MP4", "mov": "MOV", "webm": "WebM"}


@action
def _start(project_id: str) -> None:
    chosen = Export(st.session_state[f"container_{project_id}"], st.session_state[f"size_{project_id}"])
    exports.start(*studio(), project_id, chosen)


def panel(project_id: str) -> None:
    """Drawn again by itself while something is exported."""
    busy = any(view.fraction is not None for view in exports.exports(*studio(), project_id))
    live(lambda: _panel(project_id, was_busy=busy), key="exports", every=1.0 if busy else None)


def _panel(project_id: str, *, was_busy: bool) -> None:
    views = {view.export: view for view in exports.exports(*studio(), project_id)}
    if was_busy != any(view.fraction is not None for view in views.values()):
        st.rerun()
    with st.expander("Other formats and sizes", icon=":material/file_export:"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            container = st.segmented_control(
                "Format", CONTAINERS, default="mp4", required=True, format_func=NAMES.__getitem__,
                key=f"container_{project_id}",
            )  # fmt: skip
            size = st.segmented_control("Size", EXPORT_SIZES, default="720p", required=True, key=f"size_{project_id}")
        view = views[Export(container, size)]
        st.caption(plain(_says(view)))
        if view.file is None and view.fraction is None:
            st.button(
                f"Make {_name(view)}", icon=":material/movie_edit:", key="export", on_click=_start, args=(project_id,)
            )
        for one in views.values():
            _row(one)


def _says(view: ExportView) -> str:
    """What the chosen export is, before it is made."""
    words = f"{view.size.width} × {view.size.height}"
    if view.enlarged:
        words += " · enlarged: larger than the film, and no sharper than that"
    if view.export.container == "webm":
        words += " · its Content Credentials come as a file beside it"
    return words


def _name(view: ExportView) -> str:
    return f"{NAMES[view.export.container]} {view.export.size}"


def _row(view: ExportView) -> None:
    """An export that is there, or on its way; others are not listed."""
    name = f"{_name(view)}{' (enlarged)' if view.enlarged else ''}"
    if view.fraction is not None:
        st.progress(view.fraction, text=f"{name} · {view.fraction:.0%}")
    elif view.file:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            player.download(f"{name} · {view.file.size / 1e6:.1f} MB", f"{view.file.url}?download=1", "download")
            if view.credentials:
                player.download("Credentials", f"{view.credentials.url}?download=1", "verified_user")
    elif view.problem:
        st.error(plain(view.problem), title=f"{name} could not be made.", icon=":material/error:")
