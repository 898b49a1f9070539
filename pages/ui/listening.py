"""What did not come out as it was planned in a film's sound, and the button by which a scene makes room."""

from __future__ import annotations

import streamlit as st

from core.domain.edits import SetDuration
from core.domain.views import FilmView
from core.services import planning
from pages.ui import revisions
from pages.ui.shell import action, say_next, studio
from pages.ui.text import plain


def notes(film: FilmView) -> None:
    """The sentences; below them a button for each scene whose line is too long, as long as the plan has it so."""
    if not film.notes:
        return
    words = "\n".join(f"- {plain(note)}" for note in film.notes)
    st.info(words, title="What to listen for", icon=":material/hearing:")
    newest = planning.current(*studio(), film.project_id)
    lengths = {scene.id: scene.seconds for scene in newest.plan.scenes} if newest else {}
    for scene, number, seconds in film.overruns:
        if lengths.get(scene, seconds) < seconds:
            st.button(
                f"Make scene {number} {seconds:.1f} s long", key=f"room_{scene}", icon=":material/width:",
                on_click=_make_room, args=(film.project_id, scene, seconds),
            )  # fmt: skip


@action
def _make_room(project_id: str, scene: str, seconds: float) -> None:
    newest = planning.require(*studio(), project_id)
    edits = [SetDuration(scene=scene, seconds=seconds)]
    for note in revisions.save(project_id, newest.number, edits, "Room for its line"):
        say_next(note)
    say_next("The plan is changed. Approve it in the studio, and the film is made again.")
