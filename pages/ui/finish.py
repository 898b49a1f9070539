"""The look-and-sound tab: colour, type, voice, music, captions and shape of the whole film."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from core.domain.edits import ChangeCaptions, ChangeFormat, ChangeMusic, ChangeVoice, PlanEdit, Recolour, Restyle
from core.domain.plan import CaptionPlace, CaptionStyle, Part, Plan, Tone, TypeStyle
from core.domain.views import ProjectView, RevisionView
from core.facts import voices
from pages.ui import look
from pages.ui.board import change
from pages.ui.new_film import SHAPES
from pages.ui.scene_form import human

SIZES = {"s": "Small", "m": "Medium", "l": "Large"}


def finish(view: ProjectView, revision: RevisionView) -> None:
    """One form; saving makes one revision with everything that was changed."""
    plan = revision.plan
    with st.form(f"finish_{revision.number}", enter_to_submit=False):
        left, right = st.columns(2, gap="medium")
        with left:
            looks = _picture(plan)
        with right:
            sounds = _sound(plan)
        saved = st.form_submit_button("Save look and sound", type="primary", icon=":material/check:", key="finish_save")
    if saved:
        edits = _edits(plan, {**looks, **sounds})
        if edits:
            change(view.id, revision.number, edits, "Look and sound changed")
            st.rerun()


def _picture(plan: Plan) -> dict[type[Part], dict[str, Any]]:
    st.markdown("**Picture**")
    if plan.grade.palette:
        look.swatches(plan.grade.palette)
    grade = {
        name: st.slider(name.capitalize(), -1.0, 1.0, float(getattr(plan.grade, name)), 0.1, key=f"grade_{name}")
        for name in ("warmth", "saturation", "brightness", "contrast")
    }
    style = {
        "tone": _choice("Tone", get_args(Tone), plan.tone, "tone"),
        "style": _choice("Type", get_args(TypeStyle), plan.style, "style"),
    }
    shape = {
        "aspect": _choice("Shape", tuple(SHAPES), plan.aspect, "aspect", SHAPES),
        "resolution": _choice("Size", ("720p", "1080p"), plan.resolution, "resolution", {}),
    }
    return {Recolour: grade, Restyle: style, ChangeFormat: shape}


def _sound(plan: Plan) -> dict[type[Part], dict[str, Any]]:
    st.markdown("**Voice**")
    names = {row["id"]: f"{row['name']}: {row['description']}" for row in voices()}
    names.setdefault(plan.voice.name, plan.voice.name)
    voice = {
        "enabled": st.toggle("A voice speaks the lines", plan.voice.enabled, key="voice_on"),
        "name": _choice("Who", tuple(names), plan.voice.name, "voice", names),
        "rate": st.slider("Speed", 0.7, 1.3, float(plan.voice.rate), 0.05, key="voice_rate"),
    }
    st.markdown("**Music**")
    music = {
        "enabled": st.toggle("Music under it", plan.music.enabled, key="music_on"),
        "mood": _choice("Mood", get_args(Tone), plan.music.mood, "mood"),
        "bpm": st.slider("Beats a minute", 60.0, 180.0, float(plan.music.bpm), 1.0, format="%.0f", key="bpm"),
        "gain_db": st.slider(
            "Level in dB", -18.0, 12.0, float(plan.music.gain_db), 1.0, format="%.0f", key="music_gain"
        ),
    }
    st.markdown("**Captions**")
    captions = {
        "enabled": st.toggle("Captions on the picture", plan.captions.enabled, key="captions_on"),
        "style": _choice("Style", get_args(CaptionStyle), plan.captions.style, "caption_style"),
        "size": _choice("Letters", tuple(SIZES), plan.captions.size, "caption_size", SIZES),
        "place": _choice("Place", get_args(CaptionPlace), plan.captions.place, "caption_place"),
    }
    return {ChangeVoice: voice, ChangeMusic: music, ChangeCaptions: captions}


def _choice(label: str, options: tuple[str, ...], now: str, key: str, names: dict[str, str] | None = None) -> str:
    def show(option: str) -> str:
        return human(option) if names is None else names.get(option, option)

    return st.selectbox(label, options, index=options.index(now), format_func=show, key=f"finish_{key}")


def _edits(plan: Plan, chosen: dict[type[Part], dict[str, Any]]) -> list[PlanEdit]:
    """Only what differs from the plan."""
    before: dict[type[Part], object] = {
        Recolour: plan.grade, Restyle: plan, ChangeFormat: plan,
        ChangeVoice: plan.voice, ChangeMusic: plan.music, ChangeCaptions: plan.captions,
    }  # fmt: skip
    edits: list[Any] = []
    for kind, fields in chosen.items():
        changed = {name: value for name, value in fields.items() if value != getattr(before[kind], name)}
        if changed:
            edits.append(kind.model_validate({**changed, **({"absolute": True} if kind is Recolour else {})}))
    return edits
