"""The team in the settings: who works here, when a plan is looked at twice, and where events are sent on to."""

from __future__ import annotations

import streamlit as st

from core.domain.money import price, usd
from core.domain.team import DestinationView, PersonView
from core.facts import categories
from core.services import events_out, people
from pages.ui.shell import action, live, studio
from pages.ui.text import plain
from pages.ui.who import menu, person

LOOK = 4.0
"""Seconds between two looks for what has been sent."""
NEEDS = {
    "mail": "jon@example.com, ada@example.com",
    "slack": "https://hooks.slack.com/services/…",
    "webhook": "https://example.com/hooks/reprise",
}


def team() -> None:
    """People with their roles; what an admin may change can be changed."""
    me = person()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Team", anchor=False, width="content")
        st.space("stretch")
        menu(always=True)
    st.caption(
        "Names are taken on trust unless they have a passcode. Give reviewers and admins one, and make “This machine” "
        "a creator, if not everybody who reaches this page may decide."
    )
    for each in people.everyone(studio()[0]):
        _row(each, me)
    if me.role == "admin":
        with st.expander("Add somebody", icon=":material/person_add:", key="add_person"):
            _new()
    st.markdown("**When a plan is looked at twice**")
    st.markdown("\n".join(f"- {plain(line)}" for line in _limits()))


def _limits() -> list[str]:
    settings = studio()[0].settings
    found = []
    if settings.review_above_usd is not None:
        found.append(f"A film that costs more than {price(usd(settings.review_above_usd))}.")
    labels = [str(categories().get(name, {}).get("label", name)) for name in sorted(settings.reviewed_categories)]
    if labels:
        found.append(f"Films of these categories: {', '.join(labels)}.")
    names = [each.name for each in people.everyone(studio()[0]) if each.reviewed and each.active]
    if names:
        found.append(f"Everything of {', '.join(names)}.")
    return found or ["Never: set REPRISE_REVIEW_ABOVE_USD or REPRISE_REVIEW_CATEGORIES, or mark a person above."]


def _row(each: PersonView, me: PersonView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"person_{each.id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(each.name)}**" + ("" if each.active else " :gray[has left]"))
            facts = [each.role, "with a passcode" if each.has_passcode else "on trust"]
            facts += ["their films are looked at"] if each.reviewed else []
            st.caption(" · ".join(facts))
        if me.role == "admin" or (me.id == each.id and not each.is_machine):
            with st.popover("Change", key=f"change_{each.id}"):
                _form(each, me)


def _form(each: PersonView, me: PersonView) -> None:
    with st.form(f"person_form_{each.id}", border=False):
        if me.role == "admin":
            st.selectbox("Role", people.ROLES, index=people.ROLES.index(each.role), key=f"role_{each.id}")
            st.checkbox("Somebody else looks at their films first", value=each.reviewed, key=f"reviewed_{each.id}")
            if not each.is_machine:
                st.checkbox("Works here", value=each.active, key=f"active_{each.id}")
        if not each.is_machine:
            st.text_input(
                "New passcode", type="password", key=f"passcode_{each.id}", placeholder="Empty: it stays as it is",
                help=f"At least {people.SHORTEST_PASSCODE} characters",
            )  # fmt: skip
        if each.has_passcode:
            st.checkbox("Take the passcode away", key=f"open_{each.id}")
        st.form_submit_button("Save", type="primary", key=f"save_{each.id}", on_click=_change, args=(each,))


@action
def _change(each: PersonView) -> None:
    state, me = st.session_state, person()
    said = state.get(f"passcode_{each.id}") or None
    passcode = "" if state.get(f"open_{each.id}") else said
    if me.role == "admin":
        role, reviewed = state.get(f"role_{each.id}"), state.get(f"reviewed_{each.id}")
        active = state.get(f"active_{each.id}")
        people.change(studio()[0], each.id, by=me.id, role=role, reviewed=reviewed, active=active, passcode=passcode)
    else:
        people.change(studio()[0], each.id, by=me.id, passcode=passcode)
    st.toast("Saved.", icon=":material/check:")


def _new() -> None:
    with st.form("new_person", border=False, clear_on_submit=True):
        left, right = st.columns(2)
        left.text_input("Name", max_chars=people.LONGEST_NAME, key="new_person_name")
        right.selectbox("Role", people.ROLES, index=1, key="new_person_role")
        st.text_input("Passcode", type="password", key="new_person_passcode", placeholder="Empty: on trust")
        st.form_submit_button("Add", type="primary", key="new_person_add", on_click=_add)


@action
def _add() -> None:
    state = st.session_state
    name, role = state.get("new_person_name", ""), state.get("new_person_role", "creator")
    made = people.add(studio()[0], name, role, state.get("new_person_passcode", ""), by=person().id)
    st.toast(f"{plain(made.name)} works here now.", icon=":material/person_add:")


def sent_on() -> None:
    """Where events are sent on to; only for admins."""
    me = person()
    if me.role != "admin":
        return
    st.subheader("Sent on", anchor=False)
    st.caption(
        "What happens here is told elsewhere: tried again for a day, and never in the way of a film. Webhooks are "
        "signed by the Standard Webhooks specification (HMAC-SHA256 with a timestamp)."
    )
    if secret := st.session_state.pop("webhook_secret", None):
        st.info(
            "Keep it now: it is not shown again.", title="The secret that signs what is sent", icon=":material/key:"
        )
        st.code(secret, language=None)
    live(_destinations, key="destinations", every=LOOK)
    with st.expander("Send events somewhere", icon=":material/add_link:", key="add_destination"):
        _where()


def _destinations() -> None:
    """Where events go, and what waits to be sent there as it stands now."""
    for each in events_out.destinations(studio()[0], by=person().id):
        _destination(each)


def _destination(each: DestinationView) -> None:
    with st.container(border=True, gap="xxsmall", key=f"destination_{each.id}"):
        st.markdown(f"**{plain(each.address)}**" + ("" if each.active else " :gray[off]"))
        st.caption(plain(", ".join(events_out.EVENTS[name] for name in each.wants)))
        if each.waiting or each.given_up:
            st.caption(f":orange[{each.waiting} waiting, {each.given_up} given up. {plain(each.problem)}]")
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Switch off" if each.active else "Switch on", key=f"switch_{each.id}", type="tertiary",
                on_click=_switch, args=(each.id,), kwargs={"active": not each.active},
            )  # fmt: skip
            if each.active:
                st.button("Send a test", key=f"greet_{each.id}", type="tertiary", on_click=_greet, args=(each.id,))
            if each.given_up:
                st.button("Try again", key=f"again_{each.id}", type="tertiary", on_click=_again, args=(each.id,))
            st.button("Remove", key=f"remove_{each.id}", type="tertiary", on_click=_remove, args=(each.id,))


def _where() -> None:
    kinds = list(events_out.KINDS)
    kind = st.segmented_control(
        "How",
        kinds,
        default="webhook",
        required=True,
        key="destination_kind",
        format_func=lambda k: events_out.KINDS[k],
    )
    if kind == "mail" and not studio()[0].settings.smtp_url.get_secret_value():
        st.caption("No server for mail is set: REPRISE_SMTP_URL.")
    with st.form("new_destination", border=False):
        st.text_input("Address", key="destination_address", placeholder=NEEDS[str(kind)])
        names = list(events_out.EVENTS)
        st.multiselect(
            "Events", names, default=names, key="destination_wants", format_func=lambda n: events_out.EVENTS[n]
        )
        st.form_submit_button("Send there", type="primary", key="destination_add", on_click=_send_there)


@action
def _send_there() -> None:
    state = st.session_state
    kind, address = str(state.get("destination_kind")), state.get("destination_address", "")
    secret = events_out.add(studio()[0], kind, address, state.get("destination_wants", []), by=person().id)
    if secret:
        state["webhook_secret"] = secret
    st.toast("Events are sent there from now on.", icon=":material/check:")


@action
def _switch(destination_id: str, *, active: bool) -> None:
    events_out.switch(studio()[0], destination_id, active=active, by=person().id)


@action
def _greet(destination_id: str) -> None:
    events_out.greet(studio()[0], destination_id, by=person().id)
    st.toast("A test is on its way; what goes wrong stands here a moment later.", icon=":material/send:")


@action
def _again(destination_id: str) -> None:
    events_out.try_again(studio()[0], destination_id, by=person().id)


@action
def _remove(destination_id: str) -> None:
    events_out.remove(studio()[0], destination_id, by=person().id)
