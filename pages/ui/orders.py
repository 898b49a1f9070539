"""What was ordered from vendors: quoted against billed, what came of it, and what is paid and not here yet."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain.money_views import PurchasesView, PurchaseView
from core.domain.work import PurchaseState
from core.services import spend
from pages.ui.shell import link, studio
from pages.ui.text import ago, count, plain, price

SHOWN = {"All": "all", "Dearer than quoted": "dearer", "Not made": "unmade", "Under way": "open"}
STATES = {
    PurchaseState.INTENT: "being ordered",
    PurchaseState.SUBMITTED: "being made",
    PurchaseState.IN_DOUBT: "in doubt",
    PurchaseState.SUCCEEDED: "made",
    PurchaseState.FAILED: "failed at the vendor",
    PurchaseState.REJECTED: "refused, not bought",
    PurchaseState.CANCELLED: "stopped",
    PurchaseState.WRITTEN_OFF: "written off",
}


def outcome(each: PurchaseView) -> str:
    """What came of an order, in a few words."""
    return "made, but lost" if each.lost else STATES[each.state]


def orders(every: PurchasesView, days: int | None) -> None:
    """The table of orders, with a choice of which."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Ordered from vendors", anchor=False, width="content")
        st.space("stretch")
        which = st.segmented_control(
            "Orders", list(SHOWN), default="All", required=True, key="orders", label_visibility="collapsed"
        )
    _variance(every)
    shown = every if which == "All" else spend.orders(*studio(), days=days, which=SHOWN[str(which)])  # type: ignore[arg-type]
    if not shown.items:
        st.caption("None of that kind.")
        return
    _table(shown.items)
    if shown.total > len(shown.items):
        st.caption(f"The newest {len(shown.items):,} of {shown.total:,}.")


def _variance(view: PurchasesView) -> None:
    """Whether the vendors billed what they had quoted."""
    if view.alarming:
        st.warning(
            "Look at them under “Dearer than quoted”, and at the vendor's price list: the prices here may be old.",
            title=f"{count(view.alarming, 'order')} cost over 20 % more than quoted",
            icon=":material/trending_up:",
        )
    if view.quoted:
        more = (view.actual - view.quoted) / view.quoted
        how = "exactly as quoted" if not more else f"{abs(more):.1%} {'more' if more > 0 else 'less'} than quoted"
        st.caption(f"What was made: quoted {plain(price(view.quoted))}, billed {plain(price(view.actual))}, {how}.")


def _table(items: Sequence[PurchaseView]) -> None:
    st.dataframe(
        pd.DataFrame([_row(each) for each in items]),
        hide_index=True,
        placeholder="",
        column_config={
            "scene": "Part",
            "state": "What came of it",
            "quoted": st.column_config.NumberColumn("Quoted", format="$%.4f"),
            "billed": st.column_config.NumberColumn("Billed", format="$%.4f"),
            "variance": st.column_config.NumberColumn("Difference", format="%+.0f %%"),
            "film": "Film",
            "model": "Model",
            "ordered": st.column_config.DatetimeColumn("Ordered (UTC)", format="D MMM, HH:mm"),
            "task": "Vendor's task",
            "note": "Note",
        },
        key="orders_table",
    )


def _row(each: PurchaseView) -> dict[str, object]:
    return {
        "scene": each.scene,
        "state": outcome(each),
        "quoted": float(each.quoted),
        "billed": None if each.actual is None else float(each.actual),
        "variance": None if each.variance is None else each.variance * 100,
        "film": each.title,
        "model": f"{each.model}, {each.vendor}",
        "ordered": each.ordered,
        "task": each.task or "",
        "note": each.note,
    }


def to_collect() -> None:
    """What is paid and not here yet: it is fetched by itself as long as its film is wanted."""
    found = spend.to_collect(*studio())
    if not found:
        return
    with st.container(border=True, gap="xsmall", key="to_collect"):
        st.markdown(f":material/downloading: **{count(len(found), 'clip')} paid and not here yet**")
        st.caption("Each is fetched by itself. When its film has stopped, press Retry there: it is not paid again.")
        for each in found:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(
                    f"{plain(each.scene)} · “{plain(each.title)}” · {plain(price(each.actual or each.quoted))} · "
                    f"{plain(each.vendor)} · {ago(each.ordered)}",
                    width="stretch",
                )
                link("production", "Open", "arrow_forward", each.project_id)
