"""Who makes what is not a clip, and who is to look the same in every scene."""

from __future__ import annotations

import streamlit as st

from core.domain.edits import ChangeCrew, PlanEdit, SetCharacter
from core.domain.plan import Plan, Work
from core.domain.views import AssetView, ProjectView, RevisionView
from core.services import vendors
from pages.ui import player
from pages.ui.board import change
from pages.ui.shell import link, studio
from pages.ui.text import plain

LABELS: dict[Work, str] = {
    "language": "Plan and chat",
    "still": "Stills",
    "speech": "Voice",
    "transcription": "Writing down speech",
    "music": "Music",
    "effect": "Effects",
}
HERE, NOBODY = "This machine · free", "Nobody · captions go by the script"
NONE = "Nobody in particular"


def crew(view: ProjectView, revision: RevisionView) -> None:
    """One form; saving makes one revision with everything that was changed."""
    plan, number = revision.plan, revision.number
    st.markdown("**Who makes it**")
    st.caption("The clip of a scene is chosen in the scene. What costs is bought when you approve, or ask for it.")
    images = view.images
    with st.form(f"crew_{number}", enter_to_submit=False, border=False):
        with st.grid("auto", min_column_width=240):
            for work, label in LABELS.items():
                now = getattr(plan.crew, work)
                options = options_for(work, now)
                at = list(options).index(now)
                st.selectbox(label, list(options), index=at, format_func=options.__getitem__, key=_key(work, number))
            if images:
                _character(plan, images, number)
        st.form_submit_button(
            "Save who makes it", icon=":material/check:", key="crew_save", on_click=_save, args=(view.id, revision),
        )  # fmt: skip
    _kept(plan, images)
    if not any(len(options_for(work, getattr(plan.crew, work))) > 1 for work in LABELS):
        link("settings", "Set a vendor's key to have more to choose from", "key")


def choose() -> dict[str, str]:
    """Who makes what of a film that is begun, inside its form; nothing is asked where there is nothing to choose."""
    here, _ = studio()
    usual = {work: here.settings.crew_models.get(work, "auto") for work in LABELS}
    options = {work: options_for(work, usual[work]) for work in LABELS}
    open_ = {work: found for work, found in options.items() if len(found) > 1}
    if not open_:
        return {}
    chosen: dict[str, str] = {}
    open_now: dict[str, str] = {work: usual[work] for work in open_}
    with st.expander("Who makes it", icon=":material/group:"):
        st.caption("It can be changed later. Nothing is bought before you see its price and ask for it.")
        with st.grid("auto", min_column_width=240):
            for work, found in open_.items():
                at = list(found).index(usual[work])
                chosen[work] = st.selectbox(
                    LABELS[work], list(found), index=at, format_func=found.__getitem__, key=f"new_crew_{work}"
                )
    return {work: model for work, model in chosen.items() if model != open_now[work]}


def options_for(work: Work, now: str) -> dict[str, str]:
    """Models by id, with their prices; the one that is chosen `now` is always among them."""
    here, _ = studio()
    local = vendors.card_for_work(here, work, "auto")
    found = {"auto": HERE if local else NOBODY}
    cards = [card for card in vendors.usable(here, work) if card.vendor != vendors.LOCAL]
    found |= {card.id: f"{card.label} ({vendors.vendor_name(card.vendor)}) · {card.amount}" for card in cards}
    return found if now in found else {**found, now: f"{now} · cannot be used now"}


def _character(plan: Plan, images: tuple[AssetView, ...], number: int) -> None:
    ids = ["", *(image.id for image in images)]
    names = {"": NONE, **{image.id: image.name for image in images}}
    at = ids.index(plan.character) if plan.character in ids else 0
    st.selectbox(
        "Looks the same in every scene", ids, index=at, format_func=names.__getitem__, key=_key("character", number)
    )


def _kept(plan: Plan, images: tuple[AssetView, ...]) -> None:
    """The character, and the scenes in which it cannot be kept."""
    image = next((image for image in images if image.id == plan.character), None)
    if image is None:
        return
    lost = vendors.loses_character(studio()[0], plan)
    face, words = st.columns([1, 5], vertical_alignment="center")
    with face:
        player.picture(image, says="The character", shape=1.0)
    with words:
        if lost:
            st.warning(plain(" ".join(lost)), icon=":material/person_off:")
        else:
            st.caption("Every model that was chosen is shown this picture.")


def _key(name: str, number: int) -> str:
    return f"crew_{name}_{number}"


def _save(project_id: str, revision: RevisionView) -> None:
    edits: list[PlanEdit] = []
    for work in LABELS:
        chosen = st.session_state.get(_key(work, revision.number))
        if chosen and chosen != getattr(revision.plan.crew, work):
            edits.append(ChangeCrew(work=work, model=chosen))
    asset = st.session_state.get(_key("character", revision.number))
    if asset is not None and (asset or None) != revision.plan.character:
        edits.append(SetCharacter(asset=asset or None))
    if edits:
        change(project_id, revision.number, edits, "")
