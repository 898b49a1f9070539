"""The approval box: what the film costs, line by line, and the button with the price on it."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from core.domain.views import PriceLine, ProjectView, QuoteView, RevisionView
from core.services import approval, delivery, production
from pages.ui import look
from pages.ui.shell import action, link, studio, then_open
from pages.ui.text import duration, plain, price, words_for


@action
def _approve(project_id: str, revision: int, total: Decimal) -> None:
    approval.approve(*studio(), project_id, revision=revision, total=total)
    then_open("production", project_id)


def box(view: ProjectView, revision: RevisionView) -> None:
    """Quote and button; when this plan is made already, or being made, the way to the film instead."""
    job, film = production.job(*studio(), view.id, "film"), delivery.film(*studio(), view.id)
    with st.container(border=True, gap="small", key="approval"):
        if look.is_live(job):
            st.markdown("**The film is being made**")
            link("production", "Watch it being made", "arrow_forward", view.id)
        elif film and film.revision == revision.number:
            st.markdown("**The film is finished**")
            st.caption("It is made of this very plan. Change something, and you can have it made again.")
            link("production", "Watch the film", "movie", view.id)
        else:
            if look.is_stuck(job):
                link("production", "The film stopped half-way: see why, and go on", "error", view.id)
            elif film:
                st.caption(f"The finished film is of revision {film.revision}; what changed since is not in it yet.")
            _offer(view, revision)


def _offer(view: ProjectView, revision: RevisionView) -> None:
    quote = approval.quote(*studio(), view.id)
    plan = revision.plan
    width, height = plan.size
    with st.container(gap=None):
        st.markdown("**Make the film**")
        st.caption(f"{len(plan.scenes)} scenes · {duration(plan.seconds)} · {width} × {height}")
    with st.expander(f"What it costs: {words_for(quote.total)}", icon=":material/receipt_long:"):
        _lines(quote)
    st.button(
        f"Approve and make the film · {plain(price(quote.total))}",
        type="primary", icon=":material/check:", width="stretch", key="approve",
        on_click=_approve, args=(view.id, revision.number, quote.total),
    )  # fmt: skip


def _lines(quote: QuoteView) -> None:
    for line in quote.lines:
        _line(line)
    st.markdown(f"**Total {plain(price(quote.total))}**")
    st.caption(
        f"Prices of {plain(quote.priced_on)}. Clips, voice and music are made only after you approve, "
        "and never for more than this."
    )


def _line(line: PriceLine) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"{plain(line.label)} · {plain(line.quantity)}")
            st.caption(f"{plain(line.model)}: {plain(line.rule)}")
        st.markdown(plain(price(line.amount)), width="content")
