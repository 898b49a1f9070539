"""A film that waits for a person's yes: why, what it would cost, and the buttons."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

import streamlit as st

from core.domain.views import GateView, JobView
from core.services import approval, production
from pages.ui import look
from pages.ui.shell import action, link, studio
from pages.ui.text import plain, price
from pages.ui.who import person

CENT = Decimal("0.01")
MOST = float(approval.MOST_AT_ONCE)


@action
def _approve(job_id: str, amount: Decimal) -> None:
    approval.approve_more(*studio(), job_id, amount, by=person().id)
    st.toast(f"{plain(price(amount))} more is approved; it goes on.", icon=":material/check:")


@action
def _go_on(job_id: str) -> None:
    production.go_on(*studio(), job_id)


def panel(job: JobView, gate: GateView, *, titled: bool = False) -> None:
    """Why it waits and what can be done; `titled` also says which film it is."""
    with st.container(border=True, gap="small", key=f"gate_{job.id}"):
        of = f": {plain(job.title)}" if titled else ""
        st.markdown(f":material/front_hand: **Waits for you{of}**")
        st.markdown(plain(gate.message))
        for words in gate.full:
            st.warning(
                f"{plain(words)}. Raise it on the costs page, or choose cheaper models; then go on.",
                icon=":material/account_balance_wallet:",
            )
        if gate.missing:
            _more(job, gate)
        else:
            _yes(job, gate)


def _more(job: JobView, gate: GateView) -> None:
    """More money than was approved is needed."""
    cost = f"What is still to be bought costs {price(gate.needed)}"
    short = "." if gate.missing == gate.needed else f", and {price(gate.missing)} more has to be approved for it."
    st.caption(plain(f"{cost}{short} What is finished is kept, whatever you decide."))
    least = float(gate.missing.quantize(CENT, ROUND_UP))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        said = st.number_input(
            "US dollars more", min_value=0.01, max_value=MOST, value=least, step=0.1, format="%.2f", width=150,
            key=f"more_{job.id}",
        )  # fmt: skip
        amount = Decimal(str(said)).quantize(CENT)
        st.button(
            f"Approve {plain(price(amount))} more and go on", type="primary", icon=":material/check:",
            key=f"approve_more_{job.id}", on_click=_approve, args=(job.id, amount),
        )  # fmt: skip
        _other_ways(job, gate)


def _yes(job: JobView, gate: GateView) -> None:
    """A yes is enough."""
    cost = f" · {plain(price(gate.needed))}" if gate.needed else ""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            f"Go on{cost}", type="primary", icon=":material/play_arrow:", key=f"go_on_{job.id}", on_click=_go_on,
            args=(job.id,),
        )  # fmt: skip
        _other_ways(job, gate)


def _other_ways(job: JobView, gate: GateView) -> None:
    look.stop(job, label="Cancel the film", key="cancel")
    if gate.full:
        link("costs", "Open the costs page", "payments")
