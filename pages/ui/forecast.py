"""What a film will probably come to, and what a month of films would."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from core.domain.errors import RepriseError
from core.domain.views import QuoteView
from core.services import estimating, vendors
from pages.ui.shell import studio
from pages.ui.text import plain, price

MOST_MODELS = 8
"""Rows of shares that can be read at a glance."""


def likely(quote: QuoteView) -> None:
    """One line under a quote that costs something: low, likely and high, by what happened here before."""
    total = estimating.of_quote(studio()[0], quote).total
    if total.high:
        st.caption(
            plain(
                f"Likely {price(total.likely)}, at least {price(total.low)}; up to {price(total.high)} if clips have "
                "to be made again, which you would be asked about."
            )
        )


def month() -> None:
    """Films a day and who films them, as US dollars a month."""
    models = [card for card in vendors.usable(studio()[0], "video") if card.price is not None][:MOST_MODELS]
    with st.expander("What would a month cost?", icon=":material/calendar_month:"):
        with st.container(horizontal=True, gap="small"):
            films = st.number_input("Films a day", 0, 10_000, 3, key="month_films", width=150)
            seconds = st.number_input("Seconds a film", 5, 60, 20, key="month_seconds", width=150)
        shares = {
            card.id: st.slider(
                f"{card.label}, {card.rule.partition(',')[0]}: % of them", 0, 100, 100 if card is models[0] else 0,
                key=f"month_{card.id}",
            )
            for card in models
        }  # fmt: skip
        total = sum(shares.values())
        if not total:
            st.caption("Give at least one model a share.")
            return
        mix = {name: Decimal(share) / total for name, share in shares.items()}
        try:
            found = estimating.of_month(studio()[0], films_a_day=Decimal(films), seconds=Decimal(seconds), mix=mix)
        except RepriseError as problem:
            st.caption(plain(problem.sentence))
            return
        st.markdown(f"**Likely {plain(price(found.likely))}**, up to {plain(price(found.high))}")
        st.caption(f"{plain(found.basis)} Clips only; shares that do not add up to 100 are taken in proportion.")
