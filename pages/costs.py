"""Money: what needs a person, the caps, what the films have cost, and what vendors were asked for and billed."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.domain.money_views import DoubtView, SpendRow, SpendView
from core.domain.views import JobView
from core.services import doubts as known_doubts
from core.services import production, spend
from pages.ui import caps, charts, doubts, forecast, gate, look, orders
from pages.ui.shell import live, studio
from pages.ui.text import price, short

RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "all": None}
WATCH = 3.0
"""Seconds between two looks at what needs a person, while something is being made."""
GROUPS = {"Film": "project", "Part": "component", "Vendor": "vendor", "Model": "model"}


def table(rows: Sequence[SpendRow], by: str) -> pd.DataFrame:
    """Sums of the rows for each value of that field, dearest first."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for row in rows:
        count, amount = sums.get(getattr(row, by), (0, Decimal(0)))
        sums[getattr(row, by)] = (count + row.purchases, amount + row.amount)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    shown = [{"what": short(name), "purchases": n, "usd": float(amount)} for name, (n, amount) in ordered]
    return pd.DataFrame(shown)


def csv(rows: Sequence[SpendRow]) -> bytes:
    """Every row, amounts exact."""
    fields = ("day", "project_id", "project", "component", "vendor", "model", "purchases", "amount")
    lines = [{name: str(getattr(row, name)) for name in fields} for row in rows]
    for line in lines:
        if line["project"].startswith(("=", "+", "-", "@")):
            line["project"] = "'" + line["project"]  # spreadsheets would read it as a formula
    return pd.DataFrame(lines, columns=fields).to_csv(index=False).encode()


def needs_you(shown: set[str]) -> None:
    """What goes on only when a person decides: first of all, as it stops films. All is drawn anew when that changes."""
    found, waiting = undecided()
    if {each.purchase_id for each in found} | {job.id for job in waiting} != shown:
        st.rerun()
    if shown:
        st.subheader("Needs you", anchor=False)
    doubts.cards(found, titled=True)
    for job in waiting:
        if job.gate:
            gate.panel(job, job.gate, titled=True)


def undecided() -> tuple[tuple[DoubtView, ...], list[JobView]]:
    return known_doubts.doubts(*studio()), [job for job in production.queue(*studio()) if job.gate]


def spent(seen: SpendView, *, ordered: bool) -> None:
    st.subheader("What it came to", anchor=False)
    with st.grid(3, min_column_width=90):
        st.metric("Spent", price(seen.total), border=True)
        st.metric("Films", f"{seen.films:,}", border=True)
        st.metric(
            "Per film", price((seen.total / seen.films).quantize(Decimal("0.01"))) if seen.films else "—", border=True
        )
    if seen.total:
        drawn = charts.readable(charts.spend(seen.rows))
        st.plotly_chart(drawn, config=charts.QUIET, alt="US dollars a day, by vendor", key="by_day")
    elif not ordered:
        st.info("Everything so far was made on this computer, and that is free.", icon=":material/savings:")
    with st.container(horizontal=True, vertical_alignment="center"):
        group = st.segmented_control("Sums by", list(GROUPS), default="Film", required=True, key="group")
        st.space("stretch")
        st.download_button(
            "CSV", csv(seen.rows), "reprise-costs.csv", "text/csv", icon=":material/download:", key="csv"
        )
    st.dataframe(
        table(seen.rows, GROUPS[str(group)]),
        hide_index=True,
        column_config={
            "what": st.column_config.TextColumn(str(group)),
            "purchases": st.column_config.NumberColumn("Parts", format="localized"),
            "usd": st.column_config.NumberColumn("US dollars", format="$%.4f"),
        },
    )


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Costs", width="content", anchor=False)
    st.space("stretch")
    days = st.segmented_control(
        "Days", list(RANGES), default="30 days", required=True, key="days", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
in_doubt, waiting = undecided()
asked = {each.purchase_id for each in in_doubt} | {job.id for job in waiting}
live(lambda: needs_you(asked), key="needs_you", every=WATCH if production.any_live(*studio()) else None)
budgets = spend.budgets(*studio())
st.subheader("Caps", anchor=False)
caps.caps(budgets)
forecast.month()
orders.to_collect()
seen = spend.summary(*studio(), days=RANGES[str(days)])
every = spend.orders(*studio(), days=RANGES[str(days)])
if seen.rows:
    spent(seen, ordered=bool(every.total))
else:
    look.empty("payments", "Nothing bought", "Each part of a film stands here once it is made.")
if every.total:
    orders.orders(every, RANGES[str(days)])
if budgets.films:
    st.subheader("Approved for films", anchor=False)
    caps.newest(budgets)
