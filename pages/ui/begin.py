"""The first step in the studio: a sample, own images, photos of a product, or words alone."""

from __future__ import annotations

import streamlit as st

from core.domain.views import ProjectView
from core.services import intake, projects, vendors
from pages.ui import wishes
from pages.ui.shell import action, address, studio
from pages.ui.text import plain, size
from pages.ui.uploader import upload


@action
def _demo(project_id: str) -> None:
    projects.demo_sample(*studio(), project_id)


@action
def _start(project_id: str) -> None:
    intake.start(*studio(), project_id)


def first_step(view: ProjectView) -> None:
    """What each way needs before the plan can be written."""
    wishes.panel(view, has_plan=False, is_open=view.way != "remake")
    {"story": _story, "listing": _listing}.get(view.way, _remake)(view)


def _story(view: ProjectView) -> None:
    st.subheader("Your images", anchor=False)
    st.caption("People, places, things that are to be seen. You can leave this out or add them later.")
    images(view)
    character(view)
    st.subheader("The plan", anchor=False)
    st.caption(f"Scenes, words and a storyboard follow by themselves: {plain(_cost())}.")
    _begin(view, "Write the plan")


def _listing(view: ProjectView) -> None:
    st.subheader("Photos of the product", anchor=False)
    st.caption("One to ten. They are the pictures of the scenes, and what every clip is held against.")
    images(view)
    st.subheader("The script", anchor=False)
    if not view.images:
        st.caption("It can be written as soon as there is a photo.")
    else:
        st.caption(f"Scenes and lines from your text alone, each claim with its source: {plain(_cost())}.")
    _begin(view, "Write the script", disabled=not view.images)


def _begin(view: ProjectView, label: str, *, disabled: bool = False) -> None:
    st.button(
        label, type="primary", icon=":material/edit_note:", key="write_plan", on_click=_start, args=(view.id,),
        disabled=disabled,
    )  # fmt: skip


def _cost() -> str:
    """What writing and drawing take at the most, in words."""
    models = [vendors.model_for(studio()[0], kind) for kind in ("language", "still")]
    return ", ".join(model.rule for model in models) if any(model.price for model in models) else "free"


def _remake(view: ProjectView) -> None:
    """Own images first, because the sample starts the work; then the sample, the demo, or none."""
    limits = intake.limits(studio()[0])
    st.subheader("1 · Your images", anchor=False)
    st.caption(
        f"Product pictures, people, a logo: up to {limits['max_images']}. You can leave this out or add them later."
    )
    images(view)
    character(view)
    st.subheader("2 · Your sample", anchor=False)
    st.caption(
        "A film whose rhythm, light and sound you like. Reprise measures it; its pictures are not copied. "
        f"A plan and a storyboard follow by themselves: {plain(_cost())}."
    )
    kinds = ", ".join(suffix.lstrip(".").upper() for suffix in limits["suffixes"])
    arrived = upload(
        view.id,
        "sample",
        label="Choose or drop a video",
        hint=f"{kinds}, up to {limits['max_seconds']:.0f} s and {size(limits['max_bytes'])}",
        suffixes=limits["suffixes"],
        max_bytes=limits["max_bytes"],
    )
    if arrived:
        st.rerun()
    with st.container(horizontal=True):
        st.button("Use the demo sample", icon=":material/play_arrow:", key="use_demo", on_click=_demo, args=(view.id,))
        st.button(
            "Go on without a sample", icon=":material/skip_next:", key="no_sample", on_click=_start, args=(view.id,)
        )


def character(view: ProjectView) -> None:
    """Which of the images shows who is to look the same in every scene."""
    if not view.images:
        return
    names = {"": "Nobody in particular", **{image.id: image.name for image in view.images}}
    at = list(names).index(view.character) if view.character in names else 0
    st.selectbox(
        "Looks the same in every scene", list(names), index=at, format_func=names.__getitem__,
        key=f"character_{view.id}", on_change=_keep, args=(view.id,),
    )  # fmt: skip


@action
def _keep(project_id: str) -> None:
    projects.keep_character(*studio(), project_id, st.session_state[f"character_{project_id}"] or None)


def images(view: ProjectView) -> None:
    """The project's own images, and the way to more."""
    if view.images:
        if view.way != "listing":
            st.caption("An image becomes the picture of a scene when you choose it there, under Edit.")
        with st.grid("auto", min_column_width=110, gap="small"):
            for image in view.images:
                st.image(address(image.url), width="stretch", alt=f"Your image {image.name}")
    limits = intake.limits(studio()[0])
    if len(view.images) < limits["max_images"]:
        arrived = upload(
            view.id,
            "image",
            label="Choose or drop images",
            hint=f"PNG, JPEG or WebP, up to {size(limits['max_image_bytes'])} each",
            suffixes=limits["image_suffixes"],
            max_bytes=limits["max_image_bytes"],
            several=True,
        )
        if arrived:
            st.rerun()
