"""Captions in the look-and-sound tab: five designs over the film's own picture, the chosen one moving."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from core.domain.edits import ChangeCaptions
from core.domain.plan import CaptionPlace, Captions, CaptionStyle
from core.domain.views import ProjectView, RevisionView
from core.services import captioning
from core.services.captioning import CaptionPreview
from pages.ui.board import change
from pages.ui.scene_form import human
from pages.ui.shell import live, studio

NAMES: dict[CaptionStyle, str] = {
    "karaoke": "Karaoke", "pop": "Word pop", "box": "Box", "lower": "Lower third", "clean": "Clean",
}  # fmt: skip
SIZES = {"s": "Small", "m": "Medium", "l": "Large"}
IN_PICTURE, IN_FILES, OFF = "In the picture", "Only as files", "Off"
PICTURE = 132
"""Pixels that a small preview is wide."""
MOVING = 240
"""Pixels that the moving one is wide."""


def caption_choice(view: ProjectView, revision: RevisionView) -> None:
    """What is shown here is drawn by the renderer that burns it into the film."""
    st.markdown("**Captions**")
    drawing = not _preview(view, revision).is_whole
    every = 0.5 if drawing else None
    live(lambda: _choice(view, revision, was_drawing=drawing), key="caption_choice", every=every)


def _preview(view: ProjectView, revision: RevisionView) -> CaptionPreview:
    chosen = _wanted(revision.plan.captions, _key(view, revision))
    return captioning.preview(*studio(), view.id, revision.plan, chosen)


def _key(view: ProjectView, revision: RevisionView) -> str:
    return f"captions_{view.id}_{revision.number}"


def _choice(view: ProjectView, revision: RevisionView, *, was_drawing: bool) -> None:
    now, key = revision.plan.captions, _key(view, revision)
    chosen, shown = _wanted(now, key), _preview(view, revision)
    if shown.is_whole == was_drawing:
        st.rerun()
    shape = revision.plan.size.aspect
    with st.grid("auto", min_column_width=PICTURE - 12):
        for style, picture in shown.stills.items():
            with st.container(gap="xsmall"):
                if picture:
                    st.image(picture.read_bytes(), width=PICTURE, alt=f"Captions in the style {NAMES[style]}")
                else:
                    st.skeleton(height=round(PICTURE / shape), width=PICTURE)
                is_chosen = style == chosen.style
                st.button(
                    NAMES[style], key=f"{key}_{style}", width=PICTURE, type="primary" if is_chosen else "secondary",
                    on_click=_take, args=(key, style),
                )  # fmt: skip
    left, right = st.columns([2, 3], gap="medium")
    with left:
        if shown.moving:
            moving = shown.moving.read_bytes()
            st.video(moving, format="video/mp4", loop=True, autoplay=True, muted=True, width=MOVING)
        else:
            st.skeleton(height=round(MOVING / shape), width=MOVING)
    with right:
        _details(now, key)
        edit = _edit(now, chosen)
        if st.button(
            "Use these captions", key=f"{key}_use", type="primary", icon=":material/check:", disabled=edit is None,
            on_click=_use, args=(view.id, revision.number, edit),
        ):  # fmt: skip
            st.rerun()  # the price, the forms and what is made again stand outside, and are of the new revision


def _details(now: Captions, key: str) -> None:
    where = OFF if not now.enabled else IN_PICTURE if now.burn else IN_FILES
    places = list(get_args(CaptionPlace))
    st.segmented_control("Where", [IN_PICTURE, IN_FILES, OFF], default=where, key=f"{key}_where", required=True)
    st.segmented_control(
        "Letters", list(SIZES), default=now.size, format_func=SIZES.__getitem__, key=f"{key}_size", required=True
    )
    st.segmented_control("Place", places, default=now.place, format_func=human, key=f"{key}_place", required=True)
    own = st.toggle("A colour of its own", now.colour is not None, key=f"{key}_own")
    if own:
        st.color_picker("Colour of the word being said", now.colour or "#ffd34d", key=f"{key}_colour")
    st.caption("Captions come beside the film as SRT and WebVTT, too, and keep clear of the platform's buttons.")


def _wanted(now: Captions, key: str) -> Captions:
    """The captions as the widgets have them, which may not have been drawn yet."""
    state = st.session_state
    where = state.get(f"{key}_where") or (OFF if not now.enabled else IN_PICTURE if now.burn else IN_FILES)
    own = state.get(f"{key}_own", now.colour is not None)
    return now.but(
        enabled=where != OFF,
        burn=where == IN_PICTURE if where != OFF else now.burn,
        style=state.get(f"{key}_chosen", now.style),
        size=state.get(f"{key}_size") or now.size,
        place=state.get(f"{key}_place") or now.place,
        colour=(state.get(f"{key}_colour") or now.colour or "#ffd34d") if own else None,
    )


def _edit(now: Captions, chosen: Captions) -> ChangeCaptions | None:
    """What differs, as one edit; None when nothing does."""
    was, wanted = now.model_dump(), chosen.model_dump()
    changes = {name: value for name, value in wanted.items() if value != was[name]}
    if not changes:
        return None
    if "colour" in changes:
        changes["colour"] = changes["colour"] or "auto"
    return ChangeCaptions.model_validate({"enabled": chosen.enabled, **changes})


def _take(key: str, style: CaptionStyle) -> None:
    st.session_state[f"{key}_chosen"] = style


def _use(project_id: str, base: int, edit: ChangeCaptions | None) -> None:
    if edit:
        change(project_id, base, [edit], "")
