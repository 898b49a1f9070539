"""The storyboard: scenes in order with their stills, moved by drag, edited and redone one by one."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from core.domain.edits import AddScene, DuplicateScene, PlanEdit, RemoveScene, Reorder
from core.domain.plan import MAX_SCENES, Plan, Scene
from core.domain.time import timecode
from core.domain.views import FrameView, ProjectView, RevisionView
from core.domain.work import StepState
from core.services import production, storyboard
from pages.ui import look, player, revisions
from pages.ui.scene_form import human
from pages.ui.shell import action, address, live, studio
from pages.ui.strip import Card, strip
from pages.ui.text import plain, price, quoted, words_for
from pages.ui.who import author, person

ROLES = {"cta": "Call to action"}
REDRAW, EARLIER, LATER = "Redraw", "Move earlier", "Move later"


@action
def change(project_id: str, base: int, edits: list[PlanEdit], reason: str) -> None:
    """Carry out edits made by hand; where they gave way is said as a toast."""
    for note in revisions.save(project_id, base, edits, reason):
        st.toast(plain(note), icon=":material/info:", duration="long")


@action
def _redo(project_id: str, scene_id: str) -> None:
    storyboard.redo(*studio(), project_id, scene_id, author=author())


@action
def _draw(project_id: str) -> None:
    storyboard.draw(*studio(), project_id, by=person().id)


@action
def _open(scene_id: str) -> None:
    st.session_state["dialog"] = f"scene:{scene_id}"


@action
def _more(project_id: str, revision: RevisionView, scene_id: str, number: int) -> None:
    base = revision.number
    chosen = st.session_state.get(f"more_{scene_id}_{base}")
    ids = [scene.id for scene in revision.plan.scenes]
    edits: dict[str, tuple[PlanEdit, str]] = {
        EARLIER: (Reorder(order=_swapped(ids, number - 2)), f"Scene {number} moved earlier"),
        LATER: (Reorder(order=_swapped(ids, number - 1)), f"Scene {number} moved later"),
        "Duplicate": (DuplicateScene(scene=scene_id), f"Scene {number} duplicated"),
        "Add a scene after it": (AddScene(after=scene_id, about="A new scene"), f"Scene added after {number}"),
        "Remove": (RemoveScene(scene=scene_id), f"Scene {number} removed"),
    }
    if chosen == REDRAW:
        storyboard.redo(*studio(), project_id, scene_id, author=author())
    elif chosen in edits:
        change(project_id, base, [edits[chosen][0]], edits[chosen][1])


def _swapped(ids: list[str], place: int) -> tuple[str, ...]:
    """The scenes at `place` and after it, the other way round."""
    return (*ids[: max(0, place)], *reversed(ids[max(0, place) : place + 2]), *ids[place + 2 :])


def board(view: ProjectView, revision: RevisionView, *, phone: bool) -> None:
    """Draw the storyboard; it follows the drawing of stills while that goes on."""
    drawing = look.is_live(production.job(*studio(), view.id, "storyboard"))
    every = 1.0 if drawing else None
    live(lambda: _scenes(view, revision, was_drawing=drawing, phone=phone), key="scenes", every=every)


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


def _scenes(view: ProjectView, revision: RevisionView, *, was_drawing: bool, phone: bool) -> None:
    job = production.job(*studio(), view.id, "storyboard")
    drawing = look.is_live(job)
    if drawing != was_drawing:
        st.rerun()
    if job and drawing:
        look.progress(job)
    elif job and look.is_stuck(job):
        look.ended_badly(job)
    plan = revision.plan
    found = storyboard.frames(*studio(), view.id)
    missing = sum(frame.state is StepState.READY for frame in found)
    if missing and not drawing:
        cost = plain(price(_still_price(revision) * missing))
        st.button(
            f"Draw the missing stills · {cost}", key="draw", icon=":material/brush:", on_click=_draw, args=(view.id,)
        )
    frames = {frame.scene_id: frame for frame in found}
    if not phone:  # a finger cannot drag there; the menu of a scene moves it
        _order(view, revision, frames)
    narrow = 165 if phone else 195
    with st.grid("auto", min_column_width=215 if plan.size.aspect > 1 else narrow, key="board"):
        for number, (scene, start) in enumerate(zip(plan.scenes, plan.starts, strict=True), 1):
            _scene(view, revision, scene, number, start, frames.get(scene.id), phone=phone)


def _order(view: ProjectView, revision: RevisionView, frames: dict[str, FrameView]) -> None:
    plan = revision.plan
    chosen, order = strip(f"order_{view.id}", _cards(plan, frames), label="Order of the scenes", moves=True)
    st.caption("Drag a scene to move it, or use the arrow keys. A click opens it.")
    if order and set(order) == {scene.id for scene in plan.scenes}:
        change(view.id, revision.number, [Reorder(order=order)], "Scenes put in another order")
        st.rerun()
    if chosen:
        _open(chosen)
        st.rerun()


def _scene(
    view: ProjectView,
    revision: RevisionView,
    scene: Scene,
    number: int,
    start: float,
    frame: FrameView | None,
    *,
    phone: bool,
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
        if scene.plays:
            st.caption(":material/theater_comedy: Plays your recording")
        st.space("stretch")
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _buttons(view, revision, scene, number, phone=phone)


def _buttons(view: ProjectView, revision: RevisionView, scene: Scene, number: int, *, phone: bool) -> None:
    if st.button("Edit", key=f"edit_{scene.id}", on_click=_open, args=(scene.id,)):
        st.rerun()
    if not phone and st.button(
        REDRAW, key=f"redo_{scene.id}", type="tertiary",
        help=f"Draw this scene once more, differently: {plain(words_for(_still_price(revision)))}",
        on_click=_redo, args=(view.id, scene.id),
    ):  # fmt: skip
        st.rerun()
    count = len(revision.plan.scenes)
    options = [REDRAW] if phone else []
    options += [EARLIER] if number > 1 else []
    options += [LATER] if number < count else []
    options += ["Duplicate", "Add a scene after it"] if count < MAX_SCENES else []
    options += ["Remove"] if count > 1 else []
    key = f"more_{scene.id}_{revision.number}"
    if st.menu_button(
        "More", options, key=key, type="tertiary", on_click=_more, args=(view.id, revision, scene.id, number),
    ):  # fmt: skip
        st.rerun()


def _still_price(revision: RevisionView) -> Decimal:
    """What one still costs; a person's own photo is its still."""
    all_stills = sum((line.amount for line in revision.quote.lines if line.component == "stills"), Decimal(0))
    drawn = sum(not scene.source.is_shown for scene in revision.plan.scenes)
    return all_stills / max(1, drawn)
