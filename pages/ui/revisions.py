"""The history of a plan: any two revisions beside each other, branches, and what somebody else changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.compare import Difference, SceneDifference
from core.domain.edits import PlanEdit
from core.domain.errors import Conflict
from core.domain.views import ProjectView, RevisionView
from core.services import planning, production
from pages.ui import look, templates
from pages.ui.shell import action, close_dialog, guarded, live, say, say_next, studio, then_open
from pages.ui.text import ago, plain, price, quoted
from pages.ui.who import author

WATCH = 4.0
"""Seconds between two looks for what others have changed."""
KINDS = {"added": ("New", "green"), "removed": ("Removed", "red"), "changed": ("Changed", "blue")}


def save(project_id: str, base: int, edits: Sequence[PlanEdit], reason: str = "") -> tuple[str, ...]:
    """Carries out edits that were made on revision `base`; answers where they gave way.

    When somebody was faster they are kept, and the page shows what changed meanwhile (`overtaken`).
    """
    try:
        _, notes = planning.edit(*studio(), project_id, edits, base=base, author=author(), reason=reason)
    except Conflict as error:
        if planning.newest_number(*studio(), project_id)[0] == base:
            raise
        st.session_state["overtaken"] = (project_id, base, tuple(edits), reason)
        st.toast(plain(error.message), icon=":material/group:", duration="long")
        return ()
    return notes


def opened_on(view: ProjectView, revision: RevisionView, what: str) -> RevisionView:
    """The revision on which a form was opened: what stands in it is of that one, whatever was changed since."""
    held = st.session_state.get("dialog_on")
    if held is None or held[0] != (view.id, what):
        st.session_state["dialog_on"] = ((view.id, what), revision.number)
        return revision
    return revision if held[1] == revision.number else planning.version(*studio(), view.id, held[1])


def _apply(project_id: str, edits: Sequence[PlanEdit], reason: str, base: int) -> None:
    _drop()
    for note in save(project_id, base, edits, reason):
        say_next(note)
    st.rerun()


def _drop() -> None:
    st.session_state.pop("overtaken", None)


def watch(view: ProjectView, revision: RevisionView) -> None:
    """Says when somebody else has changed the plan, and shows what became of edits that they were faster than."""
    parked = st.session_state.get("overtaken")
    if parked and parked[0] == view.id:
        close_dialog()
        _overtaken(view, *parked[1:])
    live(lambda: _newer(view, revision.number), key="newer", every=WATCH)


def _newer(view: ProjectView, shown: int) -> None:
    number, by = planning.newest_number(*studio(), view.id)
    if number <= shown:
        return
    # said in the page, not as a toast: that would close a form that somebody is writing in
    who = "It was changed elsewhere" if by in ("you", author()) else f"{plain(by)} changed it"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="newer_box"):
        st.markdown(f":material/group: {who}: this is revision {shown}, the newest is {number}.", width="stretch")
        if st.button("Show it", key="newer_show", icon=":material/refresh:"):
            st.rerun()


@st.dialog("The plan was changed meanwhile", width="large", icon=":material/group:", dismissible=False)
def _overtaken(view: ProjectView, base: int, edits: Sequence[PlanEdit], reason: str) -> None:
    """What changed meanwhile, scene by scene; what of the edits still fits; and the buttons."""
    seen = planning.overtaken(*studio(), view.id, edits, base=base)
    newest = seen.newest.number
    who = " and ".join(plain(name) for name in seen.authors if name != "you") or "Somebody in another window"
    st.markdown(f"**{who} changed the plan while you did. Your change is not made yet.**")
    st.caption(f"What changed meanwhile, from revision {base} to {newest}:")
    difference(seen.theirs)
    for clash in seen.clashes:
        st.warning(plain(clash.what), icon=":material/call_merge:")
    if seen.fitting_would:
        st.caption("What of yours touches nothing of that, and would change:")
        st.markdown("\n".join(f"- {plain(line)}" for line in seen.fitting_would))
    forced = (*seen.fitting, *(clash.edit for clash in seen.clashes if clash.fits))
    with st.container(horizontal=True, gap="small"), guarded(say):
        fits = "Apply what fits" if seen.clashes else "Apply mine on top"
        if seen.fitting_would and st.button(fits, type="primary", key="overtaken_fit", icon=":material/check:"):
            _apply(view.id, seen.fitting, reason, newest)
        is_over = seen.all_would and any(clash.fits for clash in seen.clashes)
        if is_over and st.button(
            "Apply all of mine", key="overtaken_all", icon=":material/layers:",
            help="Where both of you changed the same, yours stands then. Theirs stays in the history.",
        ):  # fmt: skip
            _apply(view.id, forced, reason, newest)
        if st.button("Leave it as it is now", key="overtaken_drop", type="tertiary"):
            _drop()
            st.rerun()


def difference(seen: Difference) -> None:
    """What differs, scene by scene, texts before and after."""
    if seen.is_empty:
        st.caption("Nothing differs.")
        return
    for scene in seen.scenes:
        _scene(scene)
    if seen.film:
        st.markdown("**The film**")
        st.markdown("\n".join(f"- {plain(line)}" for line in seen.film))


def _scene(scene: SceneDifference) -> None:
    label, colour = KINDS[scene.kind]
    with st.container(gap="xxsmall"):
        st.markdown(f"**{plain(scene.label)}** :{colour}-badge[{label}] {plain(scene.about)}")
        if scene.kind == "changed":
            st.markdown(
                "\n".join(f"- {plain(c.name)}: ~~{plain(c.before)}~~ → {plain(c.after)}" for c in scene.changes)
            )


def tools(view: ProjectView, revision: RevisionView, history: Sequence[RevisionView]) -> None:
    """Any two revisions beside each other, and the whole plan written anew."""
    writing = production.job(*studio(), view.id, "analyse")
    if look.is_live(writing):
        live(lambda: _writing(view), key="writing", every=1.0)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Write the whole plan anew", icon=":material/edit_note:", key="write_anew", on_click=_write_anew,
            args=(view.id,), disabled=look.is_live(writing),
            help="From the brief and the sample, otherwise than before. It becomes a revision, so you can undo it.",
        )  # fmt: skip
        templates.buttons()
    templates.dialogs(view, revision)
    if len(history) < 2:
        return
    with st.expander("Compare two revisions", icon=":material/compare_arrows:", key="compare", on_change="rerun") as ex:
        if ex.open:
            _compare(view, revision, history)


def _compare(view: ProjectView, revision: RevisionView, history: Sequence[RevisionView]) -> None:
    names = {each.number: f"{each.number} · {each.reason}" for each in history}
    left, right = st.columns(2)
    numbers = list(names)
    before = left.selectbox(
        "Before", numbers, index=numbers.index(max(n for n in numbers if n != revision.number)), key="compare_before",
        format_func=lambda n: names[n],
    )  # fmt: skip
    after = right.selectbox(
        "After", numbers, index=numbers.index(revision.number), key="compare_after", format_func=lambda n: names[n]
    )
    seen = planning.compare(*studio(), view.id, int(before), int(after))
    costs = (price(seen.before.quote.total), price(seen.after.quote.total))
    st.caption(
        f"{plain(seen.before.author)}, {ago(seen.before.created)} → {plain(seen.after.author)}, "
        f"{ago(seen.after.created)} · {plain(costs[0])} → {plain(costs[1])}"
    )
    difference(seen.difference)


def _writing(view: ProjectView) -> None:
    job = production.job(*studio(), view.id, "analyse")
    if not look.is_live(job):
        st.rerun()
    look.progress(job)


@action
def _write_anew(project_id: str) -> None:
    planning.write_anew(*studio(), project_id, author=author())


@action
def branch(project_id: str, number: int) -> None:
    """A new film that begins with that revision, and its page."""
    made = planning.branch(*studio(), project_id, number, author=author())
    st.toast(f"{quoted(made.title)} begins with revision {number}.", icon=":material/call_split:")
    then_open("studio", made.id)
