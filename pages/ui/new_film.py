"""Starting a film: the form of a new one, and the demo that is one click away."""

from __future__ import annotations

import streamlit as st

from core.domain.plan import MAX_BRIEF, MAX_SECONDS, MAX_TITLE, MIN_SECONDS
from core.facts import categories
from core.services import projects
from pages.ui.shell import action, close_dialog, go, guarded, say, studio, then_open

PLATFORMS = {"any": "Anywhere", "tiktok": "TikTok", "reels": "Reels", "shorts": "Shorts"}
SHAPES = {"9:16": "Tall 9:16", "1:1": "Square 1:1", "16:9": "Wide 16:9"}
DEMO_BRIEF = (
    "A short film for Ember Cider, pressed from windfall apples on a family farm. Warm and unhurried, "
    "for people who like to know where things come from. End with: Taste the long summer."
)


def ask() -> None:
    """Open the form at the next run."""
    st.session_state["dialog"] = "new"


@action
def demo() -> None:
    """Create a film from the demo sample, start it and open it."""
    made = projects.create(
        *studio(),
        title="Ember Cider",
        brief=DEMO_BRIEF,
        category="food",
        platform="any",
        aspect="9:16",
        resolution="720p",
        seconds=15.0,
        may_use_frames=False,
    )
    projects.demo_sample(*studio(), made.id)
    then_open("studio", made.id)


@st.dialog("New film", width="large", icon=":material/movie:", on_dismiss=close_dialog)
def form() -> None:
    """Ask what the film is about; creates the project and opens it."""
    with st.form("new_film", border=False, enter_to_submit=False):
        title = st.text_input("Title", placeholder="Ember Cider, autumn", max_chars=MAX_TITLE, key="new_title")
        brief = st.text_area(
            "Brief",
            placeholder="What is it about, for whom, which facts must be said, how should it end?",
            help="Facts and figures are taken only from here; nothing is made up.",
            max_chars=MAX_BRIEF,
            height=150,
            key="new_brief",
        )
        left, right = st.columns(2)
        kinds = {name: row["label"] for name, row in categories().items()}
        category = left.selectbox(
            "Category", kinds, index=list(kinds).index("general"), format_func=lambda k: kinds[k], key="new_category"
        )
        platform = right.selectbox(
            "Where it will run", PLATFORMS, format_func=lambda p: PLATFORMS[p], key="new_platform"
        )
        left, right = st.columns(2)
        shape = left.segmented_control(
            "Shape", SHAPES, default="9:16", required=True, format_func=lambda s: SHAPES[s], key="new_shape"
        )
        resolution = right.segmented_control(
            "Size",
            ["720p", "1080p"],
            default="720p",
            required=True,
            key="new_size",
            help="1080p takes about twice as long.",
        )
        seconds = st.number_input(
            f"Length in seconds, {MIN_SECONDS:g} to {MAX_SECONDS:g}",
            value=None,
            min_value=MIN_SECONDS,
            max_value=MAX_SECONDS,
            step=1.0,
            format="%g",
            placeholder="As long as the sample",
            key="new_seconds",
        )
        frames = st.checkbox(
            "Pictures of the sample may appear in the film (I hold the rights)", value=False, key="new_frames"
        )
        sent = st.form_submit_button(
            "Go on to the sample", type="primary", icon=":material/arrow_forward:", key="new_send"
        )
    if sent:
        with guarded(say):
            _create(title, brief, category, platform, str(shape), str(resolution), seconds, may_use_frames=frames)


def _create(
    title: str,
    brief: str,
    category: str,
    platform: str,
    shape: str,
    resolution: str,
    seconds: float | None,
    *,
    may_use_frames: bool,
) -> None:
    made = projects.create(
        *studio(),
        title=title,
        brief=brief,
        category=category,
        platform=platform,
        aspect=shape,
        resolution=resolution,
        seconds=seconds,
        may_use_frames=may_use_frames,
    )
    close_dialog()
    go("studio", made.id)
