"""The state of the plan: undo and redo, and every revision with its way back."""

from __future__ import annotations

import streamlit as st

from core.domain.views import ProjectView, RevisionView
from core.services import planning
from pages.ui.shell import action, studio
from pages.ui.text import ago, duration, plain, price


@action
def _undo(project_id: str) -> None:
    planning.undo(*studio(), project_id)


@action
def _redo(project_id: str) -> None:
    planning.redo(*studio(), project_id)


@action
def _restore(project_id: str, number: int) -> None:
    planning.restore(*studio(), project_id, number)
    st.toast(f"Revision {number} is back, as a new one on top.", icon=":material/history:")


def bar(view: ProjectView, revision: RevisionView) -> None:
    """Which revision this is, what made it, and one step back or forth."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.caption(f"Revision {revision.number} · {plain(revision.reason)} · {ago(revision.created)}", width="stretch")
        with st.container(horizontal=True, gap="small", width="content", wrap=False):
            st.button(
                "Undo", key="undo", icon=":material/undo:", type="tertiary", disabled=not revision.can_undo,
                on_click=_undo, args=(view.id,),
            )  # fmt: skip
            st.button(
                "Redo", key="redo", icon=":material/redo:", type="tertiary", disabled=not revision.can_redo,
                on_click=_redo, args=(view.id,),
            )  # fmt: skip


def versions(view: ProjectView, revision: RevisionView) -> None:
    """Every revision, newest first."""
    for each in planning.history(*studio(), view.id):
        now = each.number == revision.number
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"revision_{each.number}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{each.number}** · {plain(each.reason)}")
                facts = (f"{len(each.plan.scenes)} scenes", duration(each.plan.seconds), price(each.quote.total))
                st.caption(f"{plain(each.author)}, {ago(each.created)} · {' · '.join(facts)}")
            if each.approved:
                st.badge("Approved", icon=":material/check_circle:", color="green")
            if now:
                st.badge("Current", color="primary")
            else:
                st.button("Restore", key=f"restore_{each.number}", on_click=_restore, args=(view.id, each.number))
