"""Starting a film: the form of a new one, and the demo that is one click away."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from core.domain.plan import MAX_TITLE
from core.facts import categories
from core.services import projects
from pages.ui import crew, wishes
from pages.ui.shell import action, close_dialog, go, guarded, say, studio, then_open

PLATFORMS = {"any": "Anywhere", "tiktok": "TikTok", "reels": "Reels", "shorts": "Shorts"}
WAYS = {
    "remake": ":material/movie_edit: Sample",
    "story": ":material/auto_stories: Story",
    "listing": ":material/sell: Listing",
}
ABOUT = {
    "remake": "A film you like gives rhythm, light and sound; your brief says what the new one is about.",
    "story": "A prompt becomes 15 to 60 seconds, scene by scene. No sample is needed.",
    "listing": "Up to ten photos of a product and its text become a script whose every claim shows where it stands.",
}
TITLES = {"remake": "Ember Cider, autumn", "story": "The letter"}
NEXT = {"remake": "Go on to the sample", "story": "Go on to the plan", "listing": "Go on to the photos"}
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
    """Ask how it begins and what it is about; creates the project and opens it."""
    way = st.segmented_control(
        "How does it begin?", WAYS, default="remake", required=True, format_func=WAYS.__getitem__, key="new_way",
        width="stretch",
    )  # fmt: skip
    st.caption(ABOUT[way])
    with st.form(f"new_film_{way}", border=False, enter_to_submit=False):
        title = ""
        if way != "listing":
            title = st.text_input(
                "Title" if way == "remake" else "Title (optional)", placeholder=TITLES[way], max_chars=MAX_TITLE,
                key="new_title",
            )  # fmt: skip
        asked = wishes.fields(way, "new")
        shape = _shape(way)
        frames = way == "remake" and st.checkbox(
            "Pictures of the sample may appear in the film (I hold the rights)", value=False, key="new_frames"
        )
        chosen = crew.choose()
        sent = st.form_submit_button(NEXT[way], type="primary", icon=":material/arrow_forward:", key="new_send")
    if sent:
        with guarded(say):
            made = projects.create(
                *studio(),
                title=title,
                brief=asked.brief,
                seconds=asked.seconds,
                scenes=asked.scenes,
                listing=asked.listing,
                way=way,
                may_use_frames=frames,
                crew=chosen,
                category=shape.category,
                platform=shape.platform,
                aspect=shape.aspect,
                resolution=shape.resolution,
            )
            close_dialog()
            go("studio", made.id)


class Shape(NamedTuple):
    """What a film is for, and its form."""

    category: str
    platform: str
    aspect: str
    resolution: str


def _shape(way: str) -> Shape:
    """Category, platform, shape and size."""
    kinds = {"": "What the brief is about", **{name: row["label"] for name, row in categories().items()}}
    category = ""
    if way == "remake":
        (one, two), (three, four) = st.columns(2), st.columns(2)
        category = one.selectbox("Category", kinds, format_func=lambda k: kinds[k], key="new_category")
    else:
        two, three, four = st.columns(3)
    platform = two.selectbox("Where it will run", PLATFORMS, format_func=lambda p: PLATFORMS[p], key="new_platform")
    shape = three.segmented_control(
        "Shape", SHAPES, default="9:16", required=True, format_func=lambda s: SHAPES[s], key="new_shape"
    )
    resolution = four.segmented_control(
        "Size",
        ["720p", "1080p"],
        default="720p",
        required=True,
        key="new_size",
        help="1080p takes about twice as long.",
    )
    return Shape(category, platform, str(shape), str(resolution))
