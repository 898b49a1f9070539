"""Who is working: this machine, or a person who said so in this browser. Checked at every use."""

from __future__ import annotations

import streamlit as st

from core.domain.team import PersonView
from core.services import people, visits
from pages.ui.shell import action, address, studio
from pages.ui.text import plain

NEW = "new"
WIDTH = 320
"""Pixels of the menu: a small phone has more."""
ROLES = {"creator": "Makes films", "reviewer": "Makes films and reviews", "admin": "Decides everything"}


def person() -> PersonView:
    """Who is working in this window; a new window of the same browser knows it from a cookie."""
    state, cookie = st.session_state, st.context.cookies.get(visits.COOKIE)
    if "person" not in state and isinstance(cookie, str):
        remembered = visits.who(studio()[0], cookie)
        if remembered:
            state["person"] = remembered
    return people.person(studio()[0], state.get("person"))


def author() -> str:
    """How their edits are signed."""
    return person().signs


@action
def _enter() -> None:
    chosen = st.session_state.get("who_name")
    if chosen == NEW:
        found = people.introduce(studio()[0], st.session_state.get("who_new", ""))
    elif chosen:
        found = people.enter(studio()[0], chosen, st.session_state.get("who_passcode", ""))
    else:
        return
    st.session_state["person"] = found.id
    st.session_state["who_passcode"] = ""
    st.session_state["who_ticket"] = visits.ticket(studio()[0], found.id)
    st.toast(f"You work as {plain(found.name)} now.", icon=":material/person:")


def menu(*, always: bool = False) -> None:
    """Who is working, and the way to say otherwise; nothing as long as nobody has a name here, unless `always`."""
    everybody = [each for each in people.everyone(studio()[0]) if each.active]
    if len(everybody) < 2 and not always:
        return
    me = person()
    if ticket := st.session_state.pop("who_ticket", None):  # the browser fetches its cookie
        st.html(f'<img src="{address(f"/api/who/{ticket}")}" alt="" width="0" height="0">')
    with (
        st.popover(plain(me.name), icon=":material/person:", key="who"),
        st.container(width=WIDTH, gap="small"),
    ):
        names = {each.id: each for each in everybody}
        st.selectbox(
            "Work as", [*names, NEW], index=[*names].index(me.id) if me.id in names else 0, key="who_name",
            format_func=lambda i: "Somebody new …" if i == NEW else f"{names[i].name} · {names[i].role}",
        )  # fmt: skip
        chosen = st.session_state.get("who_name")
        with st.form("who_form", border=False):
            if chosen == NEW:
                st.text_input("Your name", max_chars=people.LONGEST_NAME, key="who_new")
            elif chosen in names and names[chosen].has_passcode:
                st.text_input("Passcode", type="password", key="who_passcode")
            st.form_submit_button("Work under this name", type="primary", key="who_enter", on_click=_enter)
        st.caption(f"{ROLES[me.role]}. Your name stands at what you change, say and approve; this browser keeps it.")
