"""Pieces that several pages share: states in words, progress, empty states."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import streamlit as st

from core.domain.views import JobView
from core.domain.work import LIVE_JOBS, JobState, StepState
from core.services import production
from pages.ui.shell import action, address, studio
from pages.ui.text import clock, count, plain

STAGES = {
    "empty": ("Not started", "gray", "draft"),
    "analysing": ("Looking at the sample", "blue", "progress_activity"),
    "storyboard": ("Ready for you", "yellow", "visibility"),
    "producing": ("In production", "blue", "progress_activity"),
    "done": ("Finished", "green", "check_circle"),
    "failed": ("Needs you", "red", "error"),
    "cancelled": ("Stopped", "orange", "cancel"),
}
STEPS = {
    StepState.BLOCKED: ("Waiting", "gray", "schedule"),
    StepState.READY: ("Next", "gray", "schedule"),
    StepState.RUNNING: ("Working", "blue", "progress_activity"),
    StepState.WAITING: ("At the vendor", "blue", "hourglass_top"),
    StepState.GATE: ("Waits for you", "yellow", "front_hand"),
    StepState.IN_DOUBT: ("In doubt", "orange", "help"),
    StepState.DONE: ("Done", "green", "check_circle"),
    StepState.FAILED: ("Failed", "red", "error"),
    StepState.CANCELLED: ("Stopped", "orange", "cancel"),
}
JOBS = {
    "analyse": "Looking at your sample",
    "storyboard": "Drawing the storyboard",
    "film": "Making the film",
    "match": "Comparing the film with its sample",
    "reply": "Answering",
    "export": "Exporting",
    "repair": "Putting the film right",
}


def stage(name: str) -> None:
    """Where a project stands, as a badge."""
    label, colour, icon = STAGES[name]
    st.badge(label, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]


def step(state: StepState, *, label: str | None = None) -> None:
    """State of a step, as a badge with these words or its own."""
    words, colour, icon = STEPS[state]
    st.badge(label or words, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]


def progress(job: JobView) -> None:
    """What a live job is doing, how far it is and how long it still takes, with a way to stop it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", wrap=False):
        st.progress(job.fraction, text=how_far(job))
        if job.gate is None:  # else the panel that asks has the button
            stop(job)


def how_far(job: JobView) -> str:
    """What goes on, percent and time left, in one line."""
    left = "it goes on when you decide" if job.waiting_for == "you" else clock(job.seconds_left)
    after = " once you have decided" if job.needs_person and job.waiting_for != "you" else ""
    return f"{plain(doing(job))} · {job.fraction:.0%} · {left}{after}"


def stop(job: JobView, *, label: str = "Stop", key: str = "stop") -> None:
    """The button that stops a job; `key` tells it from others for the same job."""
    st.button(label, key=f"{key}_{job.id}", icon=":material/close:", on_click=_cancel, args=(job.id,))


def doing(job: JobView) -> str:
    """What goes on in a live job, in a few words."""
    here = [s.label for s in job.steps if s.state is StepState.RUNNING and not s.waiting_for]
    if here:
        return here[0]
    away = Counter(s.waiting_for for s in job.steps if s.state in (StepState.RUNNING, StepState.WAITING))
    if away:
        return ", ".join(f"{count(number, 'scene')} at {vendor}" for vendor, number in away.items())
    return f"Waits for {job.waiting_for}" if job.waiting_for else JOBS.get(job.kind, "Working")


def ended_badly(job: JobView) -> None:
    """Why a job failed or stopped, what to do, and the button that goes on from there."""
    if job.state is JobState.FAILED:
        st.error(plain(job.remedy) or " ", title=plain(job.problem) or "This did not work.", icon=":material/error:")
    else:
        st.warning("What was finished is kept.", title="You stopped this.", icon=":material/cancel:")
    retry(job, main=True)


def retry(job: JobView, *, main: bool = False) -> None:
    """The button that goes on from where a job stopped."""
    st.button(
        "Retry", key=f"retry_{job.id}", icon=":material/refresh:", type="primary" if main else "secondary",
        on_click=_retry, args=(job.id,),
    )  # fmt: skip


def is_live(job: JobView | None) -> TypeGuard[JobView]:
    """Whether it is still going on."""
    return job is not None and job.state in LIVE_JOBS


def is_stuck(job: JobView | None) -> TypeGuard[JobView]:
    """Whether it needs a person to go on."""
    return job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)


def empty(icon: str, title: str, words: str) -> None:
    """A calm note where nothing is yet."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.space("small")
        st.markdown(f"### :material/{icon}: {title}", width="content", text_alignment="center")
        st.caption(words, width="content", text_alignment="center")
        st.space("small")


def cover(path: str, *, says: str) -> None:
    """A picture of this server, or a grey place for it, cut to one shape so that cards line up."""
    style = (
        "display:block;width:100%;aspect-ratio:16/10;object-fit:cover;object-position:50% 10%;border-radius:8px;"
        "background:rgba(128,128,128,.14)"
    )
    if path:
        st.html(f'<img src="{html.escape(address(path))}" alt="{html.escape(says)}" loading="lazy" style="{style}">')
    else:
        st.html(f'<div style="{style}"></div>')


def facts(rows: Mapping[str, str]) -> None:
    """Names and values, one pair a line."""
    for name, value in rows.items():
        with st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False):
            st.caption(plain(name.replace("_", " ").capitalize()), width=90)
            st.markdown(plain(value), width="stretch")


def swatches(colours: Sequence[str]) -> None:
    """A palette, as small squares of its colours; hex values that the domain has checked."""
    square = "display:inline-block;width:22px;height:22px;border-radius:6px;margin-right:5px;background:"
    spans = "".join(f'<span role="img" aria-label="{c}" title="{c}" style="{square}{c}"></span>' for c in colours)
    st.html(f"<div>{spans}</div>")


@action
def _cancel(job_id: str) -> None:
    production.cancel(*studio(), job_id)


@action
def _retry(job_id: str) -> None:
    production.retry(*studio(), job_id)
