"""What the films have cost: in all, by day, and by film, vendor and model."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.domain.views import SpendRow
from core.services import spend
from pages.ui import charts, look
from pages.ui.shell import studio
from pages.ui.text import price

RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "all": None}
LONGEST = 30
GROUPS = {"Film": "project", "Part": "component", "Vendor": "vendor", "Model": "model"}


def table(rows: Sequence[SpendRow], by: str) -> pd.DataFrame:
    """Sums of the rows for each value of that field, dearest first."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for row in rows:
        count, amount = sums.get(getattr(row, by), (0, Decimal(0)))
        sums[getattr(row, by)] = (count + row.purchases, amount + row.amount)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))
    shown = [{"what": _short(name), "purchases": n, "usd": float(amount)} for name, (n, amount) in ordered]
    return pd.DataFrame(shown)


def _short(name: str) -> str:
    """So that on a phone the sums stay in sight."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def csv(rows: Sequence[SpendRow]) -> bytes:
    """Every row, amounts exact."""
    fields = ("day", "project_id", "project", "component", "vendor", "model", "purchases", "amount")
    lines = [{name: str(getattr(row, name)) for name in fields} for row in rows]
    for line in lines:
        if line["project"].startswith(("=", "+", "-", "@")):
            line["project"] = "'" + line["project"]  # spreadsheets would read it as a formula
    return pd.DataFrame(lines, columns=fields).to_csv(index=False).encode()


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Costs", width="content", anchor=False)
    st.space("stretch")
    days = st.segmented_control(
        "Days", list(RANGES), default="30 days", required=True, key="days", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
seen = spend.summary(*studio(), days=RANGES[str(days)])
if not seen.rows:
    look.empty("payments", "Nothing bought", "Each part of a film stands here once it is made.")
    st.stop()

with st.grid(3, min_column_width=90):
    st.metric("Spent", price(seen.total), border=True)
    st.metric("Films", f"{seen.films:,}", border=True)
    st.metric(
        "Per film", price((seen.total / seen.films).quantize(Decimal("0.01"))) if seen.films else "—", border=True
    )
if seen.total:
    st.plotly_chart(charts.spend(seen.rows), config=charts.QUIET, alt="US dollars a day, by vendor", key="by_day")
else:
    st.info("Everything so far was made on this computer, and that is free.", icon=":material/savings:")

with st.container(horizontal=True, vertical_alignment="center"):
    group = st.segmented_control("Sums by", list(GROUPS), default="Film", required=True, key="group")
    st.space("stretch")
    st.download_button("CSV", csv(seen.rows), "reprise-costs.csv", "text/csv", icon=":material/download:", key="csv")
st.dataframe(
    table(seen.rows, GROUPS[str(group)]),
    hide_index=True,
    column_config={
        "what": st.column_config.TextColumn(str(group)),
        "purchases": st.column_config.NumberColumn("Parts", format="localized"),
        "usd": st.column_config.NumberColumn("US dollars", format="$%.4f"),
    },
)
