"""The script tab: the whole plan to be read, scene by scene, with its times."""

from __future__ import annotations

import streamlit as st

from core.domain.plan import Scene
from core.domain.time import timecode
from core.domain.views import ProjectView, RevisionView
from core.services import sounding
from pages.ui import wishes
from pages.ui.board import role
from pages.ui.scene_form import TRANSITIONS, human
from pages.ui.text import count, plain, quoted


def script(view: ProjectView, revision: RevisionView) -> None:
    """Everything that is seen, said and read, in order."""
    plan = revision.plan
    wishes.panel(view, has_plan=True)
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
                if not plan.voice.own and scene.needs_seconds > scene.seconds + 0.05:
                    st.caption(
                        f":orange[Its line needs about {scene.needs_seconds:.1f} s: it will be heard beyond its scene.]"
                    )
            if scene.sound:
                st.markdown(f":material/graphic_eq: {plain(scene.sound)}")
                for words in sounding.missing_effects(scene.sound) if plan.crew.effect == "auto" else ():
                    st.caption(f":orange[This machine has no sound for “{plain(words)}”: it is left out.]")
            if scene.title or scene.kicker:
                st.markdown(f":material/title: {plain(' · '.join(t for t in (scene.kicker, scene.title) if t))}")
            claims(scene)
            how = [human(scene.shot_size), *(human(word).lower() for word in (scene.angle, scene.camera))]
            last = number == len(plan.scenes)
            then = "" if last else f" :material/arrow_forward: {TRANSITIONS[scene.transition].lower()}"
            st.caption(f"{', '.join(how)}{then}")
    flagged = sum(not claim.source for scene in plan.scenes for claim in scene.claims)
    if flagged:
        st.warning(
            f"{count(flagged, 'claim')} of the film cannot be found in your listing. Change the words of the scene, or "
            "add the fact to the description.",
            icon=":material/report:",
        )
    st.caption(f"Written by: {plain(plan.writer)}")
    if plan.notes:
        st.info(
            "\n".join(f"- {plain(note)}" for note in plan.notes),
            title="What would make it better",
            icon=":material/lightbulb:",
        )


def claims(scene: Scene) -> None:
    """What a scene says of the product, each with where it stands."""
    for claim in scene.claims:
        if claim.source:
            st.caption(f":material/fact_check: {plain(claim.text)} · {plain(claim.source)}: {quoted(claim.quote)}")
        else:
            st.caption(f":material/report: :orange[{plain(claim.text)} · nobody said so in your listing]")
