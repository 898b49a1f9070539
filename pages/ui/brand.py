"""Brand in the look-and-sound tab: logo and its corner, the card at the end, the AI label."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from core.domain.edits import ChangeBrand
from core.domain.plan import MAX_TITLE, Corner
from core.domain.views import ProjectView, RevisionView
from pages.ui.board import change
from pages.ui.scene_form import human

NO_LOGO = ""


def brand(view: ProjectView, revision: RevisionView) -> None:
    """One form; what is set here stands over the whole film."""
    now = revision.plan.brand
    logos = {NO_LOGO: "No logo", **{image.id: image.name for image in view.images}}
    if now.logo and now.logo not in logos:
        logos[now.logo] = "An image that is no longer there"
    corners = list(get_args(Corner))
    st.markdown("**Brand**")
    with st.form(f"brand_{revision.number}", enter_to_submit=False):
        left, right = st.columns(2, gap="medium")
        with left:
            logo = st.selectbox(
                "Logo", list(logos), index=list(logos).index(now.logo or NO_LOGO), format_func=logos.__getitem__,
                help="Any of this film's images; add one under Images. PNG with a clear ground looks best.",
            )  # fmt: skip
            corner = st.selectbox("Corner", corners, index=corners.index(now.corner), format_func=human)
        with right:
            card = st.text_input(
                "Card at the end", now.end_card, max_chars=MAX_TITLE, placeholder="Your name, your address, your offer",
                help="Stands over the darkened last two seconds; the film does not get longer.",
            )  # fmt: skip
            label = st.toggle(
                "“Made with AI” in the picture", now.label,
                help="Small, in a corner, all the time. Platforms ask for a label of their own, too.",
            )  # fmt: skip
        wanted = {"logo": logo, "corner": corner, "end_card": card.strip(), "label": label}
        was = {**now.model_dump(), "logo": now.logo or NO_LOGO}
        changes = {name: value for name, value in wanted.items() if value != was[name]}
        if st.form_submit_button("Save brand", icon=":material/check:") and changes:
            change(view.id, revision.number, [ChangeBrand.model_validate(changes)], "")
            st.rerun()
