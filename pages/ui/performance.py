"""A recording that the film's character plays in a scene: who plays it, what is played, and where it comes in."""

from __future__ import annotations

import streamlit as st

from core.domain.plan import PERFORMANCE_SECONDS, Plan, Scene, Source
from core.domain.routing import Route
from core.domain.views import ProjectView
from core.services import intake
from pages.ui import player
from pages.ui.shell import studio
from pages.ui.text import plain, price, size
from pages.ui.uploader import upload

ARRIVED = "performance_arrived"


def sources(view: ProjectView) -> dict[str, Source]:
    """The recordings of the film by what a person calls them, each as the source of a scene."""
    return {
        f"Played by the character: {one.name}, {one.seconds or 0:.1f} s": source
        for one, source in intake.performances(*studio(), view.id)
    }


def just_arrived(found: dict[str, Source]) -> str | None:
    """The name of the recording that was uploaded since the form was last drawn; it is chosen in it then."""
    asset = st.session_state.pop(ARRIVED, None)
    return next((name for name, source in found.items() if asset and source.asset == asset), None)


def who_plays(view: ProjectView, plan: Plan, found: dict[str, Source]) -> str | None:
    """Inside the form: the character of the film, once there is something to play; the id of its picture."""
    if not found or not view.images:
        return plan.character
    names = {image.id: image.name for image in view.images}
    ids = [None, *names]
    chosen: str | None = st.selectbox(
        "Who plays it, and looks the same in every scene", ids, key="scene_character",
        index=ids.index(plan.character) if plan.character in names else 0,
        format_func=lambda image: names.get(image or "", "Nobody in particular"),
    )  # fmt: skip
    return chosen


def filmed_by(found: Route) -> None:
    """Who can play it and for how much, or why nobody can."""
    for place in found.places[:1]:
        st.caption(f":material/theater_comedy: Filmed by {plain(place.card.label)} · {plain(price(place.quote))}")
    if not found.places:
        for each in (each for each in found.excluded if each.card.plays):
            st.warning(plain(f"{each.card.label}: {each.reason}"), icon=":material/theater_comedy:")


def panel(view: ProjectView, scene: Scene) -> None:
    """Below the form, since an upload cannot be part of one."""
    shortest, longest = PERFORMANCE_SECONDS
    with st.expander("A recording that the character plays", icon=":material/theater_comedy:", expanded=scene.plays):
        st.caption(
            f"Film somebody acting the scene, from the waist up, for {shortest:.0f} to {longest:.0f} s. The character "
            "of the film plays it: face, gestures, lips. The scene shows its beginning, and the voice in it is heard. "
            "Use a recording and a face only of people who agree to it."
        )
        if not view.images:
            st.info("Upload a picture of who is to play it, under Images.", icon=":material/person_off:")
        played = next((r for r, _ in intake.performances(*studio(), view.id) if r.id == scene.source.asset), None)
        if played:
            player.film(played, says="The recording that is played")
        elif scene.plays:
            st.warning("The recording of this scene is no longer there.", icon=":material/error:")
        limits = intake.limits(studio()[0])
        arrived = upload(
            view.id,
            "performance",
            label="Choose or drop a recording",
            hint=f"MP4, MOV or WebM, {shortest:.0f} to {longest:.0f} s, up to {size(limits['max_bytes'])}",
            suffixes=limits["performance_suffixes"],
            max_bytes=limits["max_bytes"],
        )
    if arrived:
        st.session_state[ARRIVED] = arrived[-1]
        st.rerun(scope="fragment")
