"""One scene by hand: a form whose changes become edits of the plan."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from core.domain.edits import (
    ChangeFit,
    ChangeModel,
    ChangeSound,
    ChangeSource,
    PlanEdit,
    RewriteScene,
    SetCharacter,
    SetDuration,
    SetTransition,
)
from core.domain.plan import (
    LONGEST,
    MAX_SCENE_SECONDS,
    MIN_SCENE_SECONDS,
    Angle,
    Camera,
    Fit,
    Scene,
    ShotSize,
    Source,
    Transition,
)
from core.domain.time import timecode
from core.domain.views import AnalysisView, ProjectView, RevisionView
from core.services import routing, sounding, vendors
from pages.ui import performance, revisions
from pages.ui.shell import close_dialog, guarded, say, say_next, studio
from pages.ui.text import plain, price

TRANSITIONS = {
    "cut": "Straight cut", "dissolve": "Dissolve", "dip": "Dip to black", "wipe": "Wipe", "slide": "Slide",
    "whip": "Whip pan", "zoom": "Zoom through",
}  # fmt: skip


FITS: dict[Fit, str] = {
    "crop": "Cropped to the frame, around its subject", "pad": "Shown whole, between bars",
    "blur": "Shown whole, before itself out of focus",
}  # fmt: skip


def human(word: str) -> str:
    """`push_in` as `Push in`."""
    return word.replace("_", " ").capitalize()


@st.dialog("Edit the scene", width="large", icon=":material/edit:", on_dismiss=close_dialog)
def edit(view: ProjectView, revision: RevisionView, seen: AnalysisView | None, scene_id: str) -> None:
    """Show the form of that scene; saving makes a new revision."""
    revision = revisions.opened_on(view, revision, scene_id)
    scene = revision.plan.scene(scene_id)
    number = [each.id for each in revision.plan.scenes].index(scene_id) + 1
    recordings = performance.sources(view)
    sources = _sources(view, seen) | recordings
    with st.form(f"scene_{scene_id}_{revision.number}", border=False, enter_to_submit=False):
        st.caption(f"Scene {number} of {len(revision.plan.scenes)}")
        words = _words(scene)
        left, right = st.columns(2)
        seconds = left.number_input(
            "Seconds", MIN_SCENE_SECONDS, MAX_SCENE_SECONDS, scene.seconds, step=0.5, format="%.1f",
            key="scene_seconds",
            help=f"Its line needs {scene.needs_seconds:.1f} s." if scene.narration else None,
        )  # fmt: skip
        transition = _choice(right, "Into the next scene", Transition, scene.transition, "scene_transition")
        left, middle, right = st.columns(3)
        shots = {
            "shot_size": _choice(left, "Shot", ShotSize, scene.shot_size, "scene_shot"),
            "camera": _choice(middle, "Camera", Camera, scene.camera, "scene_camera"),
            "angle": _choice(right, "Angle", Angle, scene.angle, "scene_angle"),
        }
        sound = _sound(scene)
        names = list(sources)
        now = next((name for name, source in sources.items() if source == scene.source), names[0])
        if arrived := performance.just_arrived(recordings):
            st.session_state["scene_source"] = arrived
            st.caption(":material/check: The recording is here. Save the scene, and its character plays it.")
        source = st.selectbox("Picture", names, index=names.index(now), key="scene_source")
        character = performance.who_plays(view, revision.plan, recordings)
        model = _model(view, revision, number - 1)
        fit = _fit(view, revision, number - 1)
        trouble = st.container()  # above the button: below it stands more than a window shows
        saved = st.form_submit_button("Save the scene", type="primary", icon=":material/check:", key="scene_save")
    performance.panel(view, scene)
    if saved:
        changes = _edits(scene, {**words, **shots}, float(seconds), transition, sources[source])
        if fit != scene.fit:
            changes.append(ChangeFit(scene=scene.id, fit=fit))
        if sound != scene.sound:
            changes.append(ChangeSound(scene=scene.id, sound=sound))
        if character != revision.plan.character:
            changes.append(SetCharacter(asset=character))
        if model != scene.model:
            changes.append(ChangeModel(scene=scene.id, model=model))
        with trouble, guarded(say):
            if changes:
                for note in revisions.save(view.id, revision.number, changes):
                    say_next(note)
                for unheard in sounding.missing_effects(sound) if revision.plan.crew.effect == "auto" else ():
                    say_next(f"This machine has no sound for “{unheard}”: it is left out unless a model makes it.")
            close_dialog()
            st.rerun()


def _model(view: ProjectView, revision: RevisionView, index: int) -> str:
    """Who films the scene: every model that can, in the router's order, with its price and why it stands there."""
    scene = revision.plan.scenes[index]
    found = routing.proposals(*studio(), view.id, revision.plan, index)
    if scene.plays:
        performance.filmed_by(found)
    places = {place.card.id: place for place in found.places}
    if len(places) < 2 and scene.model in ("auto", *places):
        return scene.model
    names = list(dict.fromkeys(["auto", *places, scene.model]))

    def says(name: str) -> str:
        if name not in places:
            return "Reprise chooses" if name == "auto" else f"{name}: cannot film it now"
        place = places[name]
        return f"{place.card.label} · {price(place.quote)}"

    chosen: str = st.selectbox(
        "Filmed by", names, index=names.index(scene.model), format_func=says, key="scene_model",
        help=" ".join(f"{each.card.label}: {each.reason}" for each in found.places[:3]),
    )  # fmt: skip
    why = next((each.reason for each in found.excluded if each.card.id == scene.model), "")
    if why:
        st.caption(plain(why))
    return chosen


def _fit(view: ProjectView, revision: RevisionView, index: int) -> Fit:
    """How a vendor's clip of another shape fills the frame; not asked where only this machine can film."""
    scene = revision.plan.scenes[index]
    places = routing.proposals(*studio(), view.id, revision.plan, index).places
    if scene.fit == "crop" and all(place.card.vendor == vendors.LOCAL for place in places):
        return scene.fit
    ways = list(FITS)
    chosen: Fit = st.selectbox(
        "A clip of another shape is", ways, index=ways.index(scene.fit), format_func=FITS.__getitem__, key="scene_fit"
    )
    return chosen


def _words(scene: Scene) -> dict[str, str]:
    return {
        "visual": st.text_area(
            "What is seen", scene.visual, max_chars=LONGEST["visual"], height=100, key="scene_visual"
        ),
        "narration": st.text_area(
            "What is said", scene.narration, max_chars=LONGEST["narration"], height=70, key="scene_narration"
        ),
        "title": st.text_input("What is read", scene.title, max_chars=LONGEST["title"], key="scene_title"),
        "kicker": st.text_input(
            "Small line above it, or the button", scene.kicker, max_chars=LONGEST["kicker"], key="scene_kicker"
        ),
    }


def _sound(scene: Scene) -> str:
    words: str = st.text_input(
        "What is heard with it", scene.sound, max_chars=LONGEST["sound"], key="scene_sound",
        placeholder="Rain on a window, then a whoosh",
        help="This machine has: " + ", ".join(sounding.effect_names()) + ".",
    )  # fmt: skip
    return words.strip()


def _choice(place: object, label: str, kinds: object, now: str, key: str) -> str:
    options = list(get_args(kinds))
    chosen: str = place.selectbox(  # type: ignore[attr-defined]
        label, options, index=options.index(now), format_func=lambda w: TRANSITIONS.get(w, human(w)), key=key
    )
    return chosen


def _sources(view: ProjectView, seen: AnalysisView | None) -> dict[str, Source]:
    """Every picture this scene could use, by what a person calls it."""
    found = {"Drawn from the words": Source()}
    found |= {f"Your image {n}: {i.name}": Source(kind="image", asset=i.id) for n, i in enumerate(view.images, 1)}
    if view.sample and view.may_use_frames and seen:
        for shot in seen.analysis.shots:
            name = f"Sample at {timecode(shot.key_time)}"
            found[name] = Source(kind="key_frame", asset=view.sample.id, time=shot.key_time)
    return found


def _edits(scene: Scene, fields: dict[str, str], seconds: float, transition: str, source: Source) -> list[PlanEdit]:
    """Only what has changed."""
    changed = {name: value for name, value in fields.items() if value != getattr(scene, name)}
    edits: list[PlanEdit] = []
    if changed:
        edits.append(RewriteScene.model_validate({"scene": scene.id, **changed}))
    if abs(seconds - scene.seconds) > 0.001:
        edits.append(SetDuration(scene=scene.id, seconds=seconds))
    if transition != scene.transition:
        edits.append(SetTransition.model_validate({"scene": scene.id, "transition": transition}))
    if source != scene.source:
        edits.append(ChangeSource(scene=scene.id, source=source))
    return edits
