"""The state of the plan: undo and redo, and every revision with its way back."""

from __future__ import annotations

import streamlit as st

from core.domain.views import ProjectView, RevisionView
from core.services import planning
from pages.ui.revisions import branch, tools
from pages.ui.shell import action, studio
from pages.ui.text import ago, count, duration, plain, price
from pages.ui.who import author


@action
def _undo(project_id: str, base: int) -> None:
    planning.undo(*studio(), project_id, author=author(), base=base)


@action
def _redo(project_id: str, base: int) -> None:
    planning.redo(*studio(), project_id, author=author(), base=base)


@action
def _restore(project_id: str, number: int, base: int) -> None:
    planning.restore(*studio(), project_id, number, author=author(), base=base)
    st.toast(f"Revision {number} is back, as a new one on top.", icon=":material/history:")


def bar(view: ProjectView, revision: RevisionView) -> None:
    """Which revision this is, what made it, and one step back or forth."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.caption(f"Revision {revision.number} · {plain(revision.reason)} · {ago(revision.created)}", width="stretch")
        with st.container(horizontal=True, gap="small", width="content", wrap=False):
            st.button(
                "Undo", key="undo", icon=":material/undo:", type="tertiary", disabled=not revision.can_undo,
                on_click=_undo, args=(view.id, revision.number),
            )  # fmt: skip
            st.button(
                "Redo", key="redo", icon=":material/redo:", type="tertiary", disabled=not revision.can_redo,
                on_click=_redo, args=(view.id, revision.number),
            )  # fmt: skip


def versions(view: ProjectView, revision: RevisionView) -> None:
    """Every revision, newest first."""
    history = planning.history(*studio(), view.id)
    tools(view, revision, history)
    for each in history:
        now = each.number == revision.number
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"revision_{each.number}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{each.number}** · {plain(each.reason)}")
                facts = (count(len(each.plan.scenes), "scene"), duration(each.plan.seconds), price(each.quote.total))
                st.caption(f"{plain(each.author)}, {ago(each.created)} · {' · '.join(facts)}")
            if each.approved:
                st.badge("Approved", icon=":material/check_circle:", color="green")
            if now:
                st.badge("Current", color="primary")
            st.button(
                "Branch", key=f"branch_{each.number}", type="tertiary", icon=":material/call_split:", on_click=branch,
                args=(view.id, each.number), help="A new film that begins with this revision; this one stays as it is",
            )  # fmt: skip
            if not now:
                st.button(
                    "Restore", key=f"restore_{each.number}", on_click=_restore,
                    args=(view.id, each.number, revision.number),
                )  # fmt: skip
