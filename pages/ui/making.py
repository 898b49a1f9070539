"""A film while it is being made: overall progress, the steps of the whole film, and a card for each scene."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.money_views import PurchaseView
from core.domain.views import JobView, ProjectView, StepView
from core.domain.work import PurchaseState, StepState
from core.services import doubts as known_doubts
from core.services import planning, production, quality, spend, storyboard, takes
from pages.ui import doubts, gate, look, player
from pages.ui import quality as findings
from pages.ui.board import role
from pages.ui.orders import outcome
from pages.ui.shell import studio
from pages.ui.text import plain, soon

WHOLE = {
    "voice": "Voice",
    "hear": "Words",
    "music": "Music",
    "own_music": "Your music",
    "effect": "Effects",
    "mix": "Sound mix",
    "part": "Scenes cut",
    "cut": "Cut",
    "deliver": "Check and sign",
}
"""Kinds of steps that belong to the whole film, in the order of the work."""

NOW = ("now", "in 1 s", "in 2 s")
"""So often a vendor is asked that it is no news."""


def making(view: ProjectView, *, was_live: bool, was_asking: bool) -> None:
    """What needs a person, overall progress, the steps of the whole film, and a card for each scene."""
    job = production.job(*studio(), view.id, "film")
    if job is None:
        return
    if (look.is_live(job), job.needs_person) != (was_live, was_asking):
        st.rerun()
    decide(job)
    if was_live:
        look.progress(job)
    else:
        look.ended_badly(job)
    with st.container(horizontal=True, gap="small"):
        for kind, name in WHOLE.items():
            whole(name, [step.state for step in job.steps if step.kind == kind])
    scenes(view, job)


def decide(job: JobView) -> None:
    """What of it goes on only when a person decides."""
    if job.gate:
        gate.panel(job, job.gate)
    if any(step.state is StepState.IN_DOUBT for step in job.steps):
        doubts.cards(known_doubts.doubts(*studio(), job.project_id))


def whole(name: str, states: list[StepState]) -> None:
    """One badge for all steps of a kind: what needs a person first, then what is going on."""
    first = (
        StepState.FAILED,
        StepState.IN_DOUBT,
        StepState.GATE,
        StepState.CANCELLED,
        StepState.RUNNING,
        StepState.WAITING,
        StepState.READY,
        StepState.BLOCKED,
        StepState.DONE,
    )
    if states:
        done = sum(state is StepState.DONE for state in states)
        count = f" {done} of {len(states)}" if 0 < done < len(states) else ""
        look.step(min(states, key=first.index), label=f"{name}{count}")


def scenes(view: ProjectView, job: JobView) -> None:
    """A card for each scene, in order."""
    revision = planning.current(*studio(), view.id)
    if revision is None:
        return
    frames = {frame.scene_id: frame for frame in storyboard.frames(*studio(), view.id)}
    steps = {step.scene_id: step for step in job.steps if step.kind == "clip"}
    taken, found = takes.takes(*studio(), view.id), quality.of_takes(*studio(), view.id)
    tried = spend.tries(*studio(), view.id)
    with st.grid("auto", min_column_width=165, key="scenes"):
        for number, scene in enumerate(revision.plan.scenes, 1):
            with st.container(border=True, gap="xsmall", height="stretch", key=f"making_{scene.id}"):
                name, frame = f"{number} · {role(scene)}", frames.get(scene.id)
                still = frame.still if frame else None
                if scene.id in taken:
                    player.film(taken[scene.id], says=f"Clip of {name}")
                else:
                    player.picture(still, says=f"Still of {name}", shape=revision.plan.size.aspect)
                st.markdown(f"**{name}**")
                if scene.id in steps:
                    clip(steps[scene.id], is_live=look.is_live(job))
                tries(tried.get(scene.id, ()))
                findings.beside_take(view.id, scene.id, name, found.get(scene.id, ()))


def clip(step: StepView, *, is_live: bool) -> None:
    """State of a scene; what was under way when its job ended is stopping."""
    under_way = step.state in (StepState.RUNNING, StepState.WAITING)
    if under_way and step.waiting_for:
        at_vendor(step, is_live=is_live)
    elif under_way and is_live:
        st.progress(step.fraction, text=f"Working · {step.fraction:.0%}")
    elif under_way:
        look.step(StepState.CANCELLED)
    else:
        look.step(step.state, label="Kept from before" if step.reused and step.state is StepState.DONE else None)
    if step.state in (StepState.GATE, StepState.IN_DOUBT):
        st.caption("Decide about it above.")
    elif step.problem:
        st.caption(plain(f"{step.problem} {again(step) or step.remedy}"))
    elif under_way and (words := again(step)):
        st.caption(words)


def tries(made: Sequence[PurchaseView]) -> None:
    """Each try at a vendor, where one was not enough: nobody's clip is bought elsewhere, or again, in silence."""
    if all(each.state is PurchaseState.SUCCEEDED and not each.lost for each in made[:-1]):
        return
    with st.popover(f"{len(made)} tries", type="tertiary"):
        for number, each in enumerate(made, 1):
            ended = outcome(each)
            told = each.note if each.note.lower().startswith(ended) else " · ".join(filter(None, (ended, each.note)))
            st.caption(plain(f"{number}. {each.model}: {told}"))


def at_vendor(step: StepView, *, is_live: bool) -> None:
    """A scene that a vendor films; of a stopped film it is stopped there, or kept when it is finished."""
    how_far = f" · {step.fraction:.0%}" if step.fraction else ""
    verb = "At" if is_live else "Stopping at"
    st.progress(step.fraction, text=f"{verb} {plain(step.waiting_for)}{how_far}")


def again(step: StepView) -> str:
    """When it is looked at next."""
    if step.due is None or (not step.problem and soon(step.due) in NOW):
        return ""
    return f"{'Tried' if step.state is StepState.READY else 'Asked'} again {soon(step.due)}."
