"""What was found of a film and its clips, with the buttons that put it right; and what each platform asks of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.domain.quality import FIXES, FilmQuality, Finding, Fix, Level, PlatformFit
from core.domain.views import FilmView, ProjectView
from core.facts import law, platforms
from core.services import planning, production, quality, repair, storyboard
from pages.ui import look
from pages.ui.shell import action, live, say_next, studio, then_open
from pages.ui.text import plain, timecode
from pages.ui.who import author

LEVELS = {
    Level.BLOCKS: ("Needs work", "red", "error"),
    Level.WARNS: ("Worth a look", "orange", "warning"),
    Level.NOTES: ("Good to know", "gray", "info"),
}
FIX_ICONS: dict[Fix, str] = {
    "trim": "content_cut", "refit": "fit_screen", "reencode": "movie_edit", "normalise": "volume_up",
}  # fmt: skip
DONE: dict[Fix, str] = {
    "trim": "trimmed", "refit": "fitted to the frame", "reencode": "encoded again", "normalise": "its sound levelled",
}  # fmt: skip


@action
def _repair(project_id: str, film_id: str, fixes: Sequence[Fix]) -> None:
    repair.start(*studio(), project_id, film_id, fixes)


@action
def _undo(project_id: str, film_id: str) -> None:
    repair.undo(*studio(), project_id, film_id)


@action
def _redo(project_id: str, scene_id: str, name: str) -> None:
    """Another picture of the scene; a film that only waits for a yes is stopped, as its plan has changed."""
    storyboard.redo(*studio(), project_id, scene_id, author=author())
    job, when = production.job(*studio(), project_id, "film"), "Approve"
    if look.is_live(job):
        if job.waiting_for == production.PERSON:
            production.cancel(*studio(), job.id)
        else:
            when = "When this film is done or stopped, approve"
    say_next(f"{name} gets another picture. {when} the plan, and it is filmed again; the others are kept.")
    then_open("studio", project_id)


def panel(view: ProjectView, film: FilmView) -> None:
    """What was found of the project's newest film, which the page shows beside it, and where it may go as it is."""
    job = production.job(*studio(), view.id, "repair")
    going, shown = look.is_live(job), film.film.id
    live(lambda: _panel(view, was_live=going, shown=shown), key="quality", every=1.0 if going else None)


def _panel(view: ProjectView, *, was_live: bool, shown: str) -> None:
    _leave_for_studio()
    found = quality.of_film(*studio(), view.id)
    if found is None:
        return
    if found.film != shown:
        st.rerun()  # what was put right, or made undone, is another film: its player and its facts stand outside
    job = production.job(*studio(), view.id, "repair")
    if look.is_live(job) != was_live:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Quality", anchor=False, width="content")
        _verdict(found)
    if look.is_live(job):
        look.progress(job)
    elif look.is_stuck(job):
        look.ended_badly(job)
    if found.mended:
        st.caption(f"Put right: {plain(', '.join(DONE[fix] for fix in found.mended))}; then signed and checked anew.")
        st.button(
            "Use it as it was made", key="repair_undo", icon=":material/undo:", type="tertiary", disabled=was_live,
            on_click=_undo, args=(view.id, found.film),
        )  # fmt: skip
    if not found.is_checked:
        st.caption("This film is older than the checks. Have it made again, and it is checked.")
        return
    _findings(view.id, found, busy=was_live)
    if len(found.fixes) > 1:
        every = "Put both right" if len(found.fixes) == 2 else f"Put all {len(found.fixes)} right"
        st.button(
            every, key="repair_all", icon=":material/build:", type="primary", disabled=was_live,
            on_click=_repair, args=(view.id, found.film, found.fixes),
        )  # fmt: skip
    _fits(found.fits)


def _verdict(found: FilmQuality) -> None:
    if not found.is_checked:
        return
    if found.worst in (None, Level.NOTES):
        st.badge("Ready to post", icon=":material/check_circle:", color="green")
    else:
        assert found.worst is not None
        name, colour, icon = LEVELS[found.worst]
        st.badge(name, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]


def _findings(project_id: str, found: FilmQuality, *, busy: bool) -> None:
    """Each finding: how bad, what, where, and the button that fixes it; one button for all that it fixes."""
    newest = planning.current(*studio(), project_id)
    numbers = {scene.id: n for n, scene in enumerate(newest.plan.scenes, 1)} if newest else {}
    offered: set[str] = set()
    for finding in found.findings:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.markdown(_told(finding), width="stretch")
            fix, number = finding.fix, numbers.get(finding.scene)
            if fix and fix not in offered:
                st.button(
                    FIXES[fix], key=f"repair_{fix}", icon=f":material/{FIX_ICONS[fix]}:", disabled=busy,
                    on_click=_repair, args=(project_id, found.film, (fix,)),
                )  # fmt: skip
            elif not fix and number and finding.scene not in offered:
                key, name = f"redo_film_{finding.scene}", f"Scene {number}"
                _redo_button(key, f"Redo {name.lower()}", project_id, finding.scene, name)
            offered |= {fix or "", finding.scene}


def _redo_button(key: str, label: str, project_id: str, scene_id: str, name: str) -> None:
    st.button(
        label, key=key, icon=":material/refresh:", on_click=_redo, args=(project_id, scene_id, name),
        help="Another picture of it, which is filmed, and bought, once you approve the plan again.",
    )  # fmt: skip


def _leave_for_studio() -> None:
    """A button was pressed in a part of the page that redraws by itself: the whole page has to go."""
    if "then_open" in st.session_state:
        st.rerun()


def _told(finding: Finding, *, faded: bool = True) -> str:
    """A finding in a line: its sign, its words and its time, which is faded where the words are not."""
    _, colour, icon = LEVELS[finding.level]
    where = _where(finding)
    return f":{colour}[:material/{icon}:] {plain(finding.what)}{f' :gray[{where}]' if faded and where else f' {where}'}"


def _where(finding: Finding) -> str:
    if finding.start is None:
        return ""
    start = timecode(finding.start)
    return f"at {start}" if finding.end is None else f"{start}–{timecode(finding.end)}"


def _fits(fits: Sequence[PlatformFit]) -> None:
    """Each platform: whether the film fits, what this house holds it to, and what the platform itself allows."""
    for fit in fits:
        rules = fit.rules
        sign = ":orange[:material/do_not_disturb_on:]" if fit.why_not else ":green[:material/check:]"
        with st.expander(f"{sign} {rules.name}", key=f"fit_{rules.id}"):
            for why in fit.why_not:
                st.markdown(plain(why))
            least, most = rules.seconds
            shapes = ", ".join(rules.aspects)
            st.caption(
                plain(f"Held to: {least:g} to {most:g} s, under {rules.megabytes:g} MB, {shapes}.")
                + f"  \nAllowed there today: {plain(rules.today.words)}."
            )
            _source(rules.today.source, rules.today.checked)


def disclosures() -> None:
    """What each platform, and the law, ask of films that AI has made; to stand beside the download."""
    with st.expander("What to say about AI when you post it", icon=":material/label:", key="disclosures"):
        *tabs, last = st.tabs([*(rules.name for rules in platforms()), "EU law"])
        for rules, tab in zip(platforms(), tabs, strict=True):
            asked = rules.disclosure
            with tab:
                st.markdown(f"**{plain(asked.label)}**  \n{plain(asked.how)}")
                st.caption(plain(asked.words))
                _source(asked.source, asked.checked)
        rule = law()
        with last:
            st.markdown(f"**{plain(rule.name)}**  \n{plain(rule.how)}")
            st.caption(plain(rule.words))
            _source(rule.source, rule.checked, f", [as amended]({rule.amended})")


def _source(address: str, checked: date, more: str = "") -> None:
    """Where a rule stands, small but not faded: in a caption the link could hardly be read."""
    st.markdown(f":small[[Source]({address}){more}, checked {checked:%-d %B %Y}.]")


def beside_take(project_id: str, scene_id: str, name: str, found: Sequence[Finding]) -> None:
    """What was found of a clip as it arrived, under it, with the way to have it filmed again."""
    if not found:
        return
    _leave_for_studio()
    for finding in found:
        told = _told(finding, faded=False)
        if finding.level == Level.NOTES:
            st.caption(told)
        else:
            st.markdown(f":small[{told}]")
    if any(finding.level != Level.NOTES for finding in found):
        _redo_button(f"redo_take_{scene_id}", "Redo this scene", project_id, scene_id, name)
