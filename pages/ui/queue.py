"""Everything that is being made, of every film: in the order in which it is done, with what each waits for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.views import JobView
from core.domain.work import JobState
from core.services import production
from pages.ui import look
from pages.ui.shell import go, link, live, studio
from pages.ui.text import ago, plain

EVERY = 2.0
"""Seconds between two looks while something is being made."""
PER_PAGE = 12
KINDS = {"analyse": "Sample and plan", "storyboard": "Storyboard", "film": "Film", "reply": "Director's answer"}


def everything() -> None:
    """The queue, and what has stopped."""
    st.title("Production", anchor=False)
    busy = production.any_live(*studio())
    live(lambda: _queue(was_busy=busy), key="queue", every=EVERY if busy else None)


def _queue(*, was_busy: bool) -> None:
    waiting, ended = production.queue(*studio()), production.stopped(*studio())
    if bool(waiting) != was_busy:
        st.rerun()
    if not waiting and not ended:
        look.empty(
            "queue", "No film is open, and none is being made", "What is being made, by anybody here, stands here."
        )
        link("projects", "Go to your films", "arrow_forward")
    _live(waiting)
    if ended:
        st.subheader("Stopped", anchor=False)
        for job in ended:
            _ended(job)


def _live(waiting: Sequence[JobView]) -> None:
    """First what needs a person, then by turn."""
    ordered = sorted(enumerate(waiting, 1), key=lambda each: not each[1].needs_person)
    if not ordered:
        return
    asking = sum(job.needs_person for job in waiting)
    st.caption(
        f"{len(waiting)} under way{f', {asking} of them waiting for you' if asking and len(waiting) > 1 else ''}. "
        "Urgent categories go first; whoever waits gains a point of priority in ten minutes."
    )
    pages = -(-len(ordered) // PER_PAGE)
    page = min(st.session_state.get("queue_page", 1), pages)
    for turn, job in ordered[(page - 1) * PER_PAGE : page * PER_PAGE]:
        _card(turn, job)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key="queue_page")


def _card(turn: int, job: JobView) -> None:
    with st.container(border=True, gap="xsmall", key=f"job_{job.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{turn}. **{plain(job.title)}** · {KINDS.get(job.kind, job.kind)}", width="content")
            if job.needs_person:
                st.badge("Waits for you", icon=":material/front_hand:", color="yellow")
            elif job.state is JobState.QUEUED:
                st.badge("Queued", icon=":material/schedule:", color="gray")
            st.space("stretch")
            st.caption(f"Priority {job.priority} · {ago(job.created)}", width="content")
        st.progress(job.fraction, text=look.how_far(job))
        trouble = next((step for step in job.steps if step.problem), None)
        if trouble:
            st.caption(plain(f"{trouble.label}: {trouble.problem}"))
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            _open(job, "Decide" if job.needs_person else "Open")
            look.stop(job)


def _ended(job: JobView) -> None:
    failed = job.state is JobState.FAILED
    with st.container(border=True, gap="xsmall", key=f"job_{job.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(job.title)}** · {KINDS.get(job.kind, job.kind)}", width="content")
            st.badge(
                "Failed" if failed else "Stopped", icon=f":material/{'error' if failed else 'cancel'}:",
                color="red" if failed else "orange",
            )  # fmt: skip
            st.space("stretch")
            st.caption(ago(job.finished or job.created), width="content")
        if failed:
            st.caption(plain(f"{job.problem} {job.remedy}"))
        else:
            st.caption(f"Stopped at {job.fraction:.0%}; what was finished is kept.")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            _open(job, "Open")
            look.retry(job)


def _open(job: JobView, label: str) -> None:
    """A button, as a link to this very page would look as if it had been followed."""
    if st.button(label, key=f"open_{job.id}", icon=":material/arrow_forward:", type="tertiary"):
        go("production" if job.kind == "film" else "studio", job.project_id)
