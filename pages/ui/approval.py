"""The approval box: what the film costs, line by line, and the button with the price on it."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from core.domain.views import PriceLine, ProjectView, QuoteView, RevisionView
from core.services import approval, production
from pages.ui import look
from pages.ui.shell import action, link, studio, then_open
from pages.ui.text import duration, plain, price, words_for


@action
def _approve(project_id: str, revision: int, total: Decimal) -> None:
    approval.approve(*studio(), project_id, revision=revision, total=total)
    then_open("production", project_id)


def box(view: ProjectView, revision: RevisionView) -> None:
    """Quote and button; while the film is being made, the way to it instead."""
    with st.container(border=True, gap="small", key="approval"):
        if look.is_live(production.job(*studio(), view.id, "film")):
            st.markdown("**The film is being made**")
            link("production", "Watch it being made", "arrow_forward", view.id)
            return
        quote = approval.quote(*studio(), view.id)
        plan = revision.plan
        width, height = plan.size
        st.markdown("**Make the film**")
        st.caption(
            f"{len(plan.scenes)} scenes · {duration(plan.seconds)} · {width} x {height} · revision {revision.number}"
        )
        with st.expander(f"What it costs: {words_for(quote.total)}", icon=":material/receipt_long:"):
            _lines(quote)
        st.button(
            f"Approve and make the film · {plain(price(quote.total))}",
            type="primary", icon=":material/check:", width="stretch", key="approve",
            on_click=_approve, args=(view.id, revision.number, quote.total),
        )  # fmt: skip
        st.caption("Nothing is made or bought before you press this, and nothing above this price.")


def _lines(quote: QuoteView) -> None:
    for line in quote.lines:
        _line(line)
    st.markdown(f"**Total {plain(price(quote.total))}**")
    st.caption(f"Prices of {plain(quote.priced_on)}")


def _line(line: PriceLine) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"{plain(line.label)} · {plain(line.quantity)}")
            st.caption(f"{plain(line.model)}: {plain(line.rule)}")
        st.markdown(plain(price(line.amount)), width="content")
