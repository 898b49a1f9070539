"""The first step in the studio: a sample, own images, or the brief alone."""

from __future__ import annotations

import streamlit as st

from core.domain.views import ProjectView
from core.services import intake, projects, vendors
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
    """Own images first, because the sample starts the work; then the sample, the demo, or none."""
    with st.expander("Your brief", icon=":material/description:", expanded=False):
        st.markdown(plain(view.brief))
    limits = intake.limits(studio()[0])
    st.subheader("1 · Your images", anchor=False)
    st.caption(
        f"Product pictures, people, a logo: up to {limits['max_images']}. You can leave this out or add them later."
    )
    images(view)
    st.subheader("2 · Your sample", anchor=False)
    models = [vendors.model_for(studio()[0], kind) for kind in ("language", "still")]
    cost = ", ".join(model.rule for model in models) if any(model.price for model in models) else "free"
    st.caption(
        "A film whose rhythm, light and sound you like. Reprise measures it; its pictures are not copied. "
        f"A plan and a storyboard follow by themselves: {plain(cost)}."
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


def images(view: ProjectView) -> None:
    """The project's own images, and the way to more."""
    if view.images:
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
