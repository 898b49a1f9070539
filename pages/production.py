"""A film being made, scene by scene, and then the film itself; without a film, everything that is being made."""

import streamlit as st

from core.domain.views import FilmView, JobView, ProjectView
from core.domain.work import StepState
from core.services import delivery, planning, production
from pages.ui import covers, exports, listening, look, player, provenance, quality
from pages.ui.making import making
from pages.ui.match import match
from pages.ui.queue import everything
from pages.ui.shell import address, go, link, live, project, studio
from pages.ui.text import plain, price


def header(view: ProjectView, job: JobView | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        link("studio", "Studio", "arrow_back", view.id)
        if st.button("All in production", key="all", icon=":material/queue:", type="tertiary"):
            go("production")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(view.title), width="content", anchor=False)
        if look.is_live(job) and job.needs_person:
            look.step(StepState.GATE)
        else:
            look.stage(view.stage)


def finished(view: ProjectView, film: FilmView, *, being_made: bool) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Your film", anchor=False)
        player.film(film.film, says=f"Your film {view.title}")
        with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
            player.download("Download the film", film.download_url, "download", main=True)
            if film.captions:
                player.download("Captions (SRT)", f"{film.captions.url}?download=1", "subtitles")
            if film.captions_vtt:
                player.download("Captions (VTT)", f"{film.captions_vtt.url}?download=1", "subtitles")
            if film.thumbnail:
                player.download("Thumbnail", f"{film.thumbnail.url}?download=1", "image")
        quality.disclosures()
        covers.choice(film)
        exports.panel(view.id)
    with right:
        if view.sample:
            st.subheader("The sample", anchor=False)
            player.film(view.sample, says="The sample it was modelled on")
        st.subheader("About this film", anchor=False)
        with st.container(horizontal=True, gap="medium"):
            if film.thumbnail:
                st.image(address(film.thumbnail.url), width=110, alt="The thumbnail")
            with st.container(gap=None, width="stretch"):
                look.facts({**film.facts, "cost": price(film.cost), "made from": f"revision {film.revision}"})
        listening.notes(film)
        provenance.panel(film)
        newest = planning.current(*studio(), view.id)
        if newest and newest.number > film.revision and not being_made:
            st.info(
                "What changed since is not in it yet. Approve the plan in the studio, and it is made again.",
                title="The plan is newer than this film",
                icon=":material/update:",
            )
        link("studio", "Make changes", "edit", view.id)
        quality.panel(view, film)
    st.divider()
    st.subheader("Beside the sample", anchor=False)
    match(view)


def one_film() -> None:
    view = project()
    job = production.job(*studio(), view.id, "film")
    header(view, job)
    film = delivery.film(*studio(), view.id)
    if job is not None and (look.is_live(job) or look.is_stuck(job)):
        is_live, asking = look.is_live(job), job.needs_person
        live(lambda: making(view, was_live=is_live, was_asking=asking), key="making", every=1.0 if is_live else None)
    elif film is None:
        look.empty("movie", "Nothing is being made yet", "Look at the storyboard and approve it; then it is made here.")
        link("studio", "Open the studio", "arrow_forward", view.id)
    if film is not None:
        finished(view, film, being_made=look.is_live(job))


if "project" in st.query_params:
    one_film()
else:
    everything()
