"""A film being made, scene by scene, and then the film itself."""

import streamlit as st

from core.domain.views import FilmView, FrameView, JobView, ProjectView, StepView
from core.domain.work import StepState
from core.services import delivery, planning, production, storyboard
from pages.ui import look, player
from pages.ui.board import role
from pages.ui.shell import address, link, live, project, studio
from pages.ui.text import plain, price


def header(view: ProjectView) -> None:
    link("studio", "Studio", "arrow_back", view.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(view.title), width="content", anchor=False)
        look.stage(view.stage)


def making(view: ProjectView, *, was_live: bool) -> None:
    """Overall progress, the steps of the whole film, and a card for each scene."""
    job = production.job(*studio(), view.id, "film")
    if look.is_live(job) != was_live:
        st.rerun()
    if job is None:
        return
    if was_live:
        look.progress(job)
    else:
        look.ended_badly(job)
    with st.container(horizontal=True, gap="small"):
        for each in job.steps:
            if each.scene_id is None:
                look.step(each.state, label=plain(each.label))
    scenes(view, job)


def scenes(view: ProjectView, job: JobView) -> None:
    revision = planning.current(*studio(), view.id)
    frames = {frame.scene_id: frame for frame in storyboard.frames(*studio(), view.id)}
    steps = {step.scene_id: step for step in job.steps if step.kind == "clip"}
    with st.grid("auto", min_column_width=165, key="scenes"):
        for number, scene in enumerate(revision.plan.scenes if revision else (), 1):
            with st.container(border=True, gap="xsmall", height="stretch", key=f"making_{scene.id}"):
                card(f"{number} · {role(scene)}", frames.get(scene.id), steps.get(scene.id))


def card(name: str, frame: FrameView | None, step: StepView | None) -> None:
    player.picture(frame.still if frame else None, says=f"Still of {name}")
    st.markdown(f"**{name}**")
    if step is None:
        return
    look.step(step.state, label="Kept from before" if step.reused and step.state is StepState.DONE else None)
    if step.state is StepState.RUNNING:
        st.progress(step.fraction, text=f"{step.fraction:.0%}")
    if step.problem:
        st.caption(plain(f"{step.problem} {step.remedy}"))


def finished(view: ProjectView, film: FilmView) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Your film", anchor=False)
        player.film(film.film, says=f"Your film {view.title}")
        with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
            player.download("Download the film", film.download_url, "download", main=True)
            if film.captions:
                player.download("Captions", f"{film.captions.url}?download=1", "subtitles")
            if film.thumbnail:
                player.download("Thumbnail", f"{film.thumbnail.url}?download=1", "image")
    with right:
        if view.sample:
            st.subheader("The sample", anchor=False)
            player.film(view.sample, says="The sample it was modelled on")
        st.subheader("About this film", anchor=False)
        if film.thumbnail:
            st.image(address(film.thumbnail.url), width=120, alt="The thumbnail")
        look.facts({**film.facts, "cost": price(film.cost), "made from": f"revision {film.revision}"})
        if film.credentials:
            st.caption(f":material/verified_user: {plain(film.credentials)}")
        link("studio", "Make changes", "edit", view.id)


view = project()
header(view)
job = production.job(*studio(), view.id, "film")
film = delivery.film(*studio(), view.id)
if job is not None and (look.is_live(job) or look.is_stuck(job)):
    is_live = look.is_live(job)
    live(lambda: making(view, was_live=is_live), key="making", every=1.0 if is_live else None)
elif film is None:
    look.empty("movie", "Nothing is being made yet", "Look at the storyboard and approve it; then it is made here.")
    link("studio", "Open the studio", "arrow_forward", view.id)
if film is not None:
    finished(view, film)
