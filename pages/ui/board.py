"""The storyboard: scenes in order with their stills, moved by drag, edited and redone one by one."""

from __future__ import annotations

import streamlit as st

from core.domain.edits import AddScene, DuplicateScene, PlanEdit, RemoveScene, Reorder
from core.domain.plan import MAX_SCENES, Plan, Scene
from core.domain.time import timecode
from core.domain.views import FrameView, ProjectView, RevisionView
from core.domain.work import StepState
from core.services import planning, production, storyboard
from pages.ui import look, player
from pages.ui.scene_form import human
from pages.ui.shell import action, address, live, studio
from pages.ui.strip import Card, strip
from pages.ui.text import plain, quoted

ROLES = {"cta": "Call to action"}


@action
def change(project_id: str, base: int, edits: list[PlanEdit], reason: str) -> None:
    """Carry out edits made by hand; where they gave way, or a Conflict, is said as a toast."""
    _, notes = planning.edit(*studio(), project_id, edits, base=base, author="you", reason=reason)
    for note in notes:
        st.toast(plain(note), icon=":material/info:", duration="long")


@action
def _redo(project_id: str, scene_id: str) -> None:
    storyboard.redo(*studio(), project_id, scene_id)


@action
def _open(scene_id: str) -> None:
    st.session_state["dialog"] = f"scene:{scene_id}"


@action
def _more(project_id: str, base: int, scene_id: str, number: int) -> None:
    chosen = st.session_state.get(f"more_{scene_id}_{base}")
    edits: dict[str, tuple[PlanEdit, str]] = {
        "Duplicate": (DuplicateScene(scene=scene_id), f"Scene {number} duplicated"),
        "Add a scene after it": (AddScene(after=scene_id, about="A new scene"), f"Scene added after {number}"),
        "Remove": (RemoveScene(scene=scene_id), f"Scene {number} removed"),
    }
    if chosen in edits:
        change(project_id, base, [edits[chosen][0]], edits[chosen][1])


def board(view: ProjectView, revision: RevisionView) -> None:
    """Draw the storyboard; it follows the drawing of stills while that goes on."""
    drawing = look.is_live(production.job(*studio(), view.id, "storyboard"))
    live(lambda: _scenes(view, revision, was_drawing=drawing), key="scenes", every=1.0 if drawing else None)


def _cards(plan: Plan, frames: dict[str, FrameView]) -> list[Card]:
    def card(number: int, scene: Scene) -> Card:
        frame = frames.get(scene.id)
        return Card(
            id=scene.id,
            title=f"{number} · {role(scene)}",
            note=f"{scene.seconds:.1f} s",
            says=f"Scene {number}, {role(scene)}, {scene.seconds:.1f} seconds. Arrow keys move it.",
            picture=address(frame.still.url) if frame and frame.still else "",
            shape=max(0.95, plan.size.aspect),
        )

    return [card(number, scene) for number, scene in enumerate(plan.scenes, 1)]


def role(scene: Scene) -> str:
    """What the scene does in the film, in words."""
    return ROLES.get(scene.role, human(scene.role))


def _scenes(view: ProjectView, revision: RevisionView, *, was_drawing: bool) -> None:
    job = production.job(*studio(), view.id, "storyboard")
    drawing = look.is_live(job)
    if drawing != was_drawing:
        st.rerun()
    if job and drawing:
        look.progress(job)
    elif job and look.is_stuck(job):
        look.ended_badly(job)
    plan = revision.plan
    frames = {frame.scene_id: frame for frame in storyboard.frames(*studio(), view.id)}
    chosen, order = strip(f"order_{view.id}", _cards(plan, frames), label="Order of the scenes", moves=True)
    st.caption("Drag a scene to move it, or use the arrow keys. A click opens it.")
    if order and set(order) == {scene.id for scene in plan.scenes}:
        change(view.id, revision.number, [Reorder(order=order)], "Scenes put in another order")
        st.rerun()
    if chosen:
        _open(chosen)
        st.rerun()
    with st.grid("auto", min_column_width=215 if plan.size.aspect > 1 else 165, key="board"):
        for number, (scene, start) in enumerate(zip(plan.scenes, plan.starts, strict=True), 1):
            _scene(view, revision, scene, number, start, frames.get(scene.id))


def _scene(
    view: ProjectView, revision: RevisionView, scene: Scene, number: int, start: float, frame: FrameView | None
) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"scene_{scene.id}"):
        player.picture(
            frame.still if frame else None,
            says=f"Still of scene {number}: {scene.visual}",
            shape=revision.plan.size.aspect,
        )
        if frame and frame.state is not StepState.DONE:
            look.step(frame.state)
        if frame and frame.problem:
            st.caption(f":red[{plain(frame.problem)}]")
        st.markdown(f"**{number} · {role(scene)}**")
        st.caption(f"{timecode(start)} to {timecode(start + scene.seconds)} · {scene.seconds:.1f} s")
        if scene.narration:
            st.markdown(quoted(scene.narration))
        st.space("stretch")
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _buttons(view, revision, scene, number)


def _buttons(view: ProjectView, revision: RevisionView, scene: Scene, number: int) -> None:
    if st.button("Edit", key=f"edit_{scene.id}", on_click=_open, args=(scene.id,)):
        st.rerun()
    if st.button(
        "Redraw", key=f"redo_{scene.id}", type="tertiary", help="Draw this scene once more, differently",
        on_click=_redo, args=(view.id, scene.id),
    ):  # fmt: skip
        st.rerun()
    options = ["Duplicate", "Add a scene after it"] if len(revision.plan.scenes) < MAX_SCENES else []
    options += ["Remove"] if len(revision.plan.scenes) > 1 else []
    key = f"more_{scene.id}_{revision.number}"
    if st.menu_button(
        "More", options, key=key, type="tertiary", on_click=_more, args=(view.id, revision.number, scene.id, number),
    ):  # fmt: skip
        st.rerun()
