"""The look-and-sound tab: colour, type, voice, music, captions and shape of the whole film."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from core.domain.edits import ChangeFormat, ChangeMusic, ChangeVoice, PlanEdit, Recolour, Restyle
from core.domain.plan import (
    MUSIC_BPM,
    MUSIC_GAIN,
    VOICE_GAIN,
    VOICE_RATE,
    Part,
    Plan,
    Tone,
    TypeStyle,
)
from core.domain.views import ProjectView, RevisionView
from core.facts import vendor_voices, voices
from pages.ui import look
from pages.ui.board import change
from pages.ui.brand import brand
from pages.ui.caption_choice import caption_choice
from pages.ui.crew import crew
from pages.ui.new_film import SHAPES
from pages.ui.own_sound import own_sound
from pages.ui.scene_form import human

RESOLUTIONS = {"720p": "720p", "1080p": "1080p"}


class Field:
    """Widgets of one part of the plan, each keyed by kind of edit, field and revision."""

    def __init__(self, kind: type[Part], now: Part, revision: int) -> None:
        self.kind, self.now, self.revision = kind, now, revision

    def slider(self, name: str, label: str, low: float, high: float, step: float, shown: str = "%.2f") -> None:
        """A number."""
        st.slider(label, low, high, float(getattr(self.now, name)), step, format=shown, key=self._key(name))

    def toggle(self, name: str, label: str) -> None:
        """Yes or no."""
        st.toggle(label, bool(getattr(self.now, name)), key=self._key(name))

    def choice(self, name: str, label: str, options: Mapping[str, str]) -> None:
        """One of these ids, shown in words."""
        ids = list(options)
        at = ids.index(getattr(self.now, name))
        st.selectbox(label, ids, index=at, format_func=lambda i: options[i], key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self.kind.__name__}.{name}.{self.revision}"


def finish(view: ProjectView, revision: RevisionView) -> None:
    """One form; saving makes one revision with everything that was changed."""
    with st.form(f"finish_{revision.number}", enter_to_submit=False):
        left, right = st.columns(2, gap="medium")
        with left:
            _picture(revision.plan, revision.number)
        with right:
            _sound(revision.plan, revision.number)
        st.form_submit_button(
            "Save look and sound", type="primary", icon=":material/check:", key="finish_save",
            on_click=_save, args=(view.id, revision),
        )  # fmt: skip
    caption_choice(view, revision)
    brand(view, revision)
    own_sound(view, revision)
    crew(view, revision)


def _picture(plan: Plan, number: int) -> None:
    st.markdown("**Picture**")
    if plan.grade.palette:
        look.swatches(plan.grade.palette)
    grade = Field(Recolour, plan.grade, number)
    for name in ("warmth", "saturation", "brightness", "contrast"):
        grade.slider(name, name.capitalize(), -1.0, 1.0, 0.05)
    if plan.grade.palette:
        grade.slider("match", "Match with the palette", 0.0, 1.0, 0.05)
    style = Field(Restyle, plan, number)
    style.choice("tone", "Tone", _named(Tone))
    style.choice("style", "Type", _named(TypeStyle))
    shape = Field(ChangeFormat, plan, number)
    shape.choice("aspect", "Shape", SHAPES)
    shape.choice("resolution", "Size", RESOLUTIONS)


def _sound(plan: Plan, number: int) -> None:
    st.markdown("**Voice**")
    theirs = vendor_voices(plan.crew.speech.partition("/")[0])
    names = {row["id"]: f"{row['name']}: a {row['gender']} voice" for row in theirs}
    names |= {row["id"]: _of_voice(row) for row in voices()}
    voice = Field(ChangeVoice, plan.voice, number)
    voice.toggle("enabled", "Your recording is heard" if plan.voice.own else "A voice speaks the lines")
    if not plan.voice.own:
        voice.choice("name", "Who", {plan.voice.name: plan.voice.name, **names})
        voice.slider("rate", "Speed", *VOICE_RATE, 0.05)
    voice.slider("gain_db", "Level of the voice in dB", *VOICE_GAIN, 1.0, "%.0f")
    st.markdown("**Music**")
    music = Field(ChangeMusic, plan.music, number)
    music.toggle("enabled", "Your music under it" if plan.music.own else "Music under it")
    if not plan.music.own:
        music.choice("mood", "Mood", _named(Tone))
        music.slider("bpm", "Beats a minute", *MUSIC_BPM, 1.0, "%.0f")
    music.slider("gain_db", "Level in dB", *MUSIC_GAIN, 1.0, "%.0f")


def _of_voice(row: Mapping[str, Any]) -> str:
    """A voice in words, and who speaks where the library of its own is missing."""
    stand_in = f" ({row['fallback'].capitalize()} where {row['needs']} is missing)" if "needs" in row else ""
    return f"{row['name']}: {row['description']}{stand_in}"


def _named(kinds: object) -> dict[str, str]:
    return {option: human(option) for option in get_args(kinds)}


def _save(project_id: str, revision: RevisionView) -> None:
    """The revision is the one that the form showed, so a change made elsewhere meanwhile is a Conflict."""
    edits = _edits(revision)
    if edits:
        change(project_id, revision.number, edits, "")


def _edits(revision: RevisionView) -> list[PlanEdit]:
    """Only what differs from the plan that the form showed."""
    plan = revision.plan
    before: dict[type[Part], Part] = {
        Recolour: plan.grade, Restyle: plan, ChangeFormat: plan,
        ChangeVoice: plan.voice, ChangeMusic: plan.music,
    }  # fmt: skip
    edits: list[Any] = []
    for kind, now in before.items():
        chosen = {
            name: st.session_state[key]
            for name in kind.model_fields
            if (key := f"{kind.__name__}.{name}.{revision.number}") in st.session_state
        }
        changed = {name: value for name, value in chosen.items() if value != getattr(now, name)}
        if changed:
            edits.append(kind.model_validate({**changed, **({"absolute": True} if kind is Recolour else {})}))
    return edits
