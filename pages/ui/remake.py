"""What approving a changed plan makes again, and what is kept, said before the button."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from core.domain.errors import RepriseError
from core.domain.plan import Plan
from core.services import remaking
from pages.ui.shell import studio
from pages.ui.text import plain


def said(project_id: str, plan: Plan) -> None:
    """Nothing the first time, when everything is made."""
    with suppress(RepriseError):  # a model that cannot be used is told of when the film is approved
        work = remaking.will_make(*studio(), project_id, plan)
        if work.first:
            return
        with st.container(gap=None):
            if work.again:
                st.markdown(f":material/autorenew: **Made again:** {plain('; '.join(work.again))}")
            cut = f" {work.parts_kept} of {work.parts} parts of the cut are the same." if work.parts_kept else ""
            st.caption(plain(f"Kept: {'; '.join(work.kept)}.{cut}"))
