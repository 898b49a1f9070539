"""Caps: how much of each is spent, set aside and left, and the forms that change them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.domain.money_views import BudgetsView, BudgetView
from core.services import spend
from pages.ui.shell import action, studio
from pages.ui.text import plain, price, short

TITLES = {"month": "This month", "user": "Your own", "workspace": "In all"}
NAMES = {"project": "this project", "user": "you", "month": "this month", "workspace": "everybody here"}
"""Caps as one speaks of them."""
HINTS = {
    "month": "A new month begins with the cap of the settings again.",
    "user": "It counts everything that you have ever had made.",
    "workspace": "It counts everything that anybody has ever had made here.",
}
NEARLY = 0.9
"""Used up to here, a cap is worth a warning."""
KINDS = {"reserve": "set aside", "settle": "billed", "release": "freed", "late": "billed later"}


@action
def _set(budget_id: str) -> None:
    said = st.session_state.get(f"cap_{budget_id}")
    amount = None if said is None else Decimal(str(said)).quantize(Decimal("0.01"))
    spend.set_cap(*studio(), budget_id, amount)
    st.toast("The cap is saved; it counts from now on.", icon=":material/check:")


@action
def _follow(budget_id: str) -> None:
    spend.follow_settings(*studio(), budget_id)
    st.toast("The cap of the settings counts again.", icon=":material/check:")


def caps(view: BudgetsView) -> None:
    """Month, person and workspace, each with its meter and the way to change it."""
    with st.grid(3, min_column_width=240):
        for each in (view.month, view.user, view.workspace):
            with st.container(border=True, gap="xsmall", height="stretch", key=f"budget_{each.kind}"):
                _cap(each)


def _cap(each: BudgetView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{TITLES[each.kind]}**", width="content")
        st.caption(each.label if each.kind == "month" else "", width="content")
        st.space("stretch")
        with st.popover("Change", type="tertiary", key=f"change_{each.kind}"):
            _form(each)
    if each.cap is None:
        st.markdown(f"### {plain(price(each.spent))} spent", width="content")
    else:
        st.markdown(f"### {plain(price(each.left or Decimal(0)))} left of {plain(price(each.cap))}")
        meter(each)
    aside = f", {price(each.reserved)} set aside" if each.reserved else ""
    spent = "" if each.cap is None else f"{price(each.spent)} spent"
    limit = "No cap" if each.cap is None else "A cap of your own" if each.chosen else "Cap of the settings"
    st.caption(plain(" · ".join(filter(None, (f"{spent}{aside}".removeprefix(", "), limit)))))
    if each.overage:
        st.caption(
            f":red[Billed {plain(price(each.overage))} beyond the cap: nothing new is bought until it is raised.]"
        )
    elif each.cap is not None and each.used >= NEARLY:
        st.caption(":orange[Nearly used up: films stop and ask you when it is.]")


def meter(each: BudgetView) -> None:
    """A bar: spent, then what is set aside, on what is left."""
    total = max(each.cap or Decimal(0), each.spent + each.reserved) or Decimal(1)
    spent, aside = (f"{float(part / total):.2%}" for part in (each.spent, each.reserved))
    says = f"{price(each.spent)} spent, {price(each.reserved)} set aside, {price(each.left or Decimal(0))} left"
    colour = "#c8553d" if each.overage else "#d9822b" if each.used >= NEARLY else "#12897f"
    st.html(
        f'<div role="img" aria-label="{says}" title="{says}" style="display:flex;height:10px;border-radius:5px;'
        f'overflow:hidden;background:rgba(128,128,128,.18)"><div style="width:{spent};background:{colour}"></div>'
        f'<div style="width:{aside};background:{colour};opacity:.45"></div></div>'
    )


def _form(each: BudgetView) -> None:
    key = f"cap_{each.id}"
    with st.form(f"form_{each.id}", border=False):
        st.number_input(
            "Most that may be spent, in US dollars", min_value=0.0, max_value=float(spend.HIGHEST_CAP),
            value=None if each.cap is None else float(each.cap), step=5.0, format="%.2f",
            placeholder="Empty: no limit", key=key,
        )  # fmt: skip
        st.caption(f"{HINTS[each.kind]} What would pass it stops and asks you; nothing that is bought is lost.")
        st.form_submit_button("Save the cap", type="primary", key=f"save_{each.kind}", on_click=_set, args=(each.id,))
    if each.chosen:
        usual = "no limit" if each.by_settings is None else price(each.by_settings)
        st.button(
            f"Back to the settings: {plain(usual)}", key=f"follow_{each.kind}", type="tertiary",
            on_click=_follow, args=(each.id,),
        )  # fmt: skip


def newest(view: BudgetsView) -> None:
    """What the newest films were approved for and have cost, and the ledger of any budget."""
    if view.films:
        st.dataframe(
            pd.DataFrame([_row(each) for each in view.films]),
            hide_index=True,
            column_config={
                "film": "Film",
                **{
                    name: st.column_config.NumberColumn(label, format="$%.4f")
                    for name, label in (
                        ("approved", "Approved"), ("spent", "Spent"), ("aside", "Set aside"), ("left", "Left"),
                        ("beyond", "Billed beyond"),
                    )
                },
            },
            key="film_budgets",
        )  # fmt: skip
    with st.expander("Ledger", icon=":material/receipt_long:", key="ledger", on_change="rerun") as opened:
        if opened.open:
            _ledger(view)


def _row(each: BudgetView) -> dict[str, object]:
    title, _, revision = each.label.rpartition(", ")
    return {
        "film": f"{short(title)}, {revision}",
        "approved": float(each.cap or 0),
        "spent": float(each.spent),
        "aside": float(each.reserved),
        "left": float(each.left or 0),
        "beyond": float(each.overage),
    }


def _ledger(view: BudgetsView) -> None:
    """Every line of a budget: each order sets money aside, and is settled or freed once."""
    names = {each.id: f"Film: {each.label}" for each in view.films}
    names |= {each.id: f"Project: {each.label}" for each in view.projects}
    names = {each.id: TITLES[each.kind] for each in (view.month, view.user, view.workspace)} | names
    chosen = st.selectbox("Budget", list(names), format_func=lambda i: names[i], key="ledger_of")
    lines = spend.ledger(*studio(), str(chosen))
    if not lines:
        st.caption("Nothing was ordered on this budget.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "at": line.at, "what": KINDS.get(line.kind, line.kind), "aside": float(line.reserved),
                    "spent": float(line.spent), "film": line.title, "scene": line.scene, "model": line.model,
                }
                for line in lines
            ]
        ),
        hide_index=True,
        column_config={
            "at": st.column_config.DatetimeColumn("When (UTC)", format="D MMM, HH:mm:ss"),
            "what": "What",
            "aside": st.column_config.NumberColumn("Set aside ($)", format="%+.4f"),
            "spent": st.column_config.NumberColumn("Spent ($)", format="%+.4f"),
            "film": "Film",
            "scene": "Part",
            "model": "Model",
        },
        key="ledger_lines",
    )  # fmt: skip


def counting(found: Sequence[BudgetView], needed: Decimal) -> None:
    """The caps that a film counts against, with what is left; says so when that is not enough."""
    limited = [each for each in found if each.cap is not None]
    if limited:
        left = ", ".join(
            f"{NAMES[each.kind]} {price(each.left or Decimal(0))} of {price(each.cap or Decimal(0))}"
            for each in limited
        )
        st.caption(f"Left: {plain(left)}")
    short = [each for each in limited if needed > (each.left or Decimal(0))]
    if short:
        names = " and ".join(NAMES[each.kind] for each in short)
        st.warning(
            f"What is left for {names} is less than this film costs: it would stop there and ask you. Raise the cap on "
            "the costs page, or choose cheaper models.",
            icon=":material/account_balance_wallet:",
        )
