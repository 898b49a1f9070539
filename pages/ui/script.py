"""The script tab: the whole plan to be read, scene by scene, with its times."""

from __future__ import annotations

import streamlit as st

from core.domain.time import timecode
from core.domain.views import ProjectView, RevisionView
from pages.ui.board import role
from pages.ui.scene_form import TRANSITIONS, human
from pages.ui.text import plain, quoted


def script(view: ProjectView, revision: RevisionView) -> None:
    """Everything that is seen, said and read, in order."""
    plan = revision.plan
    with st.expander("Your brief", icon=":material/description:"):
        st.markdown(plain(view.brief))
    for number, (scene, start) in enumerate(zip(plan.scenes, plan.starts, strict=True), 1):
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{number} · {role(scene)}**", width="content")
                st.caption(
                    f"{timecode(start)} to {timecode(start + scene.seconds)} · {scene.seconds:.1f} s", width="content"
                )
            st.markdown(plain(scene.visual))
            if scene.narration:
                st.markdown(f":material/record_voice_over: {quoted(scene.narration)}")
            if scene.title or scene.kicker:
                st.markdown(f":material/title: {plain(' · '.join(t for t in (scene.kicker, scene.title) if t))}")
            how = [human(scene.shot_size), *(human(word).lower() for word in (scene.angle, scene.camera))]
            last = number == len(plan.scenes)
            then = "" if last else f" :material/arrow_forward: {TRANSITIONS[scene.transition].lower()}"
            st.caption(f"{', '.join(how)}{then}")
    st.caption(f"Written by: {plain(plan.writer)}")
    if plan.notes:
        st.info(
            "\n".join(f"- {plain(note)}" for note in plan.notes),
            title="What would make it better",
            icon=":material/lightbulb:",
        )
