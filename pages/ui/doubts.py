"""Orders of which only a person can find out whether they were made: a card for each, with what can be done."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.money_views import DoubtView
from core.services import doubts
from pages.ui.shell import action, link, studio
from pages.ui.text import ago, plain, price


@action
def _adopt(purchase_id: str) -> None:
    doubts.adopt(*studio(), purchase_id, st.session_state.get(f"task_{purchase_id}") or "")
    st.toast("It is followed from now on, and fetched when it is finished.", icon=":material/check:")


@action
def _ask(purchase_id: str) -> None:
    doubts.look_again(*studio(), purchase_id)
    st.toast("The vendor is asked once more.", icon=":material/refresh:")


@action
def _write_off(purchase_id: str, paid: bool) -> None:  # noqa: FBT001  Streamlit passes it on
    doubts.write_off(*studio(), purchase_id, paid=paid)
    st.toast("It is settled.", icon=":material/check:")


def cards(found: Sequence[DoubtView], *, titled: bool = False) -> None:
    """A card for each; `titled` also says of which film it is."""
    for each in found:
        with st.container(border=True, gap="small", key=f"doubt_{_key(each)}"):
            _known(each, titled=titled)
            with st.container(horizontal=True, gap="small"):
                _ways(each)


def _key(each: DoubtView) -> str:
    return each.purchase_id.replace(":", "_")


def _known(each: DoubtView, *, titled: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/help: **Was it bought? {plain(each.scene)}**", width="content")
        st.space("stretch")
        st.markdown(f"**{plain(price(each.amount))}**", width="content")
    film = f"“{plain(each.title)}” · " if titled else ""
    st.caption(f"{film}{plain(each.model)} at {plain(each.vendor)} · ordered {ago(each.ordered)}")
    st.markdown(plain(each.known))
    with st.container(gap="xsmall"):
        if each.task:
            st.markdown(f":gray[Its number there:] `{each.task.replace('`', '')}`")
        elif each.prompt:
            st.markdown(f":gray[Asked for:] {plain(each.prompt)}")
        st.markdown(f":gray[Where to look:] {plain(each.where)}")
    if titled:
        link("production", "Open the film", "movie", each.project_id)


def _ways(each: DoubtView) -> None:
    """What can be done; what spends or gives up asks once more, with the price."""
    key, cost = _key(each), plain(price(each.amount))
    if each.task is None and each.can_adopt:
        with st.popover("I found it there", icon=":material/search:", type="primary", key=f"found_{key}"):
            st.markdown(f"Nothing is bought: the clip is fetched from there, and its {cost} are booked.")
            st.text_input(
                "Number of the task", key=f"task_{each.purchase_id}", max_chars=doubts.LONGEST_TASK,
                placeholder="As the vendor shows it",
            )  # fmt: skip
            st.button(
                "Use this task", type="primary", key=f"adopt_{key}", on_click=_adopt, args=(each.purchase_id,),
            )  # fmt: skip
    if each.can_ask:
        st.button(
            "Ask the vendor again · free", icon=":material/refresh:", key=f"ask_{key}", on_click=_ask,
            args=(each.purchase_id,), help="Nothing is bought. When there is no answer, it comes back here.",
        )  # fmt: skip
    anew = f"The scene is then ordered anew, for {cost}." if each.is_wanted else "Nothing is ordered: its film stopped."
    again = f" · order anew for {cost}" if each.is_wanted else ""
    with st.popover("It was never bought", icon=":material/money_off:", key=f"never_{key}"):
        st.markdown(f"The {cost} that were set aside are free again. {anew}")
        if each.is_wanted:
            st.markdown("Look at the vendor first: if it was bought after all, it is paid twice.")
        st.button(
            f"Never bought{again}", type="primary", key=f"unpaid_{key}", on_click=_write_off,
            args=(each.purchase_id, False),
        )  # fmt: skip
    with st.popover("Bought, but lost", icon=":material/delete_forever:", key=f"lost_{key}"):
        st.markdown(f"{cost} are booked as spent, with nothing to show for it. {anew}")
        st.button(
            f"Book {cost} as lost{again}", type="primary", key=f"paid_{key}", on_click=_write_off,
            args=(each.purchase_id, True),
        )  # fmt: skip
