"""The match report: how near the film has come to its sample, what to change, and what of the sample is in it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.analysis import Colour
from core.domain.edits import PlanEdit
from core.domain.match import NAMES, WEIGHTS, AspectScore, SceneScore
from core.domain.originality import Originality, Overlap
from core.domain.time import timecode
from core.domain.views import ProjectView
from core.services import match as matches
from core.services import planning, production
from core.services.match import Offered, Report
from pages.ui import look, match_charts
from pages.ui.charts import QUIET, readable
from pages.ui.shell import action, live, say_next, studio
from pages.ui.text import plain
from pages.ui.who import author

MOST_OVERLAPS = 6
"""Stretches that are shown at once; the others stand behind a fold."""
LEVELS = {"clear": "No copies found", "note": "Taken from your own sample", "warning": "Too near to the sample"}


@action
def _follow(project_id: str, base: int, edit: PlanEdit, title: str) -> None:
    matches.follow(*studio(), project_id, edit, base=base, reason=title, author=author())
    say_next(f"{title}: it is in the plan now.")


@action
def _start(project_id: str) -> None:
    matches.start(*studio(), project_id)


def match(view: ProjectView) -> None:
    """Draw the report of the newest film; it follows the comparison while that goes on."""
    job = production.job(*studio(), view.id, "match")
    going = look.is_live(job)
    base = planning.newest_number(*studio(), view.id)[0]
    live(lambda: _match(view, was_live=going, base=base), key="match", every=1.0 if going else None)


def _match(view: ProjectView, *, was_live: bool, base: int) -> None:
    if planning.newest_number(*studio(), view.id)[0] != base:
        st.rerun()  # a suggestion was followed: the plan and its price stand outside of the report
    found = matches.view(*studio(), view.id)
    job = production.job(*studio(), view.id, "match")
    if look.is_live(job) != was_live:
        st.rerun()
    if found.state == "no film":
        look.empty("balance", "There is no film yet", "When it is made, it is laid beside the sample here.")
    elif found.state == "no sample":
        look.empty(
            "balance",
            "There is nothing to compare with",
            "This film was made from words alone, without a sample.",
        )
    elif found.report is not None:
        _report(view, found.report)
    elif look.is_live(job):
        st.caption("The film goes through the analyser that measured the sample.")
        look.progress(job)
    elif look.is_stuck(job):
        look.ended_badly(job)
    else:
        look.empty("balance", "Not compared yet", "The film goes through the analyser that measured the sample.")
        st.button("Compare", key="compare", icon=":material/balance:", on_click=_start, args=(view.id,))


def _report(view: ProjectView, report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Match", f"{report.match.score} of 100", border=True, width=150)
        st.caption(plain(_summary(report)), width="stretch")
    _originality(report.originality)
    _suggestions(view, report)
    st.subheader("Aspect by aspect", anchor=False)
    scores = readable(match_charts.scores(report.match))
    st.plotly_chart(scores, key="match_scores", config=QUIET, alt="Score of each aspect")
    with st.grid("auto", min_column_width=250, key="match_aspects"):
        for aspect in report.match.aspects:
            _aspect(aspect, report)
    st.subheader("Side by side", anchor=False)
    st.caption("From the first picture to the last of each, whatever their lengths.")
    both = report.sample, report.film
    cuts = readable(match_charts.cuts(*both))
    st.plotly_chart(cuts, key="match_cuts", config=QUIET, alt="The shots of film and sample")
    st.plotly_chart(
        readable(match_charts.curves(*both)), key="match_curves", config=QUIET,
        alt="Shot sizes, brightness, motion, loudness, words and text of film and sample, over their length",
    )  # fmt: skip
    st.subheader("Scene by scene", anchor=False)
    with st.grid("auto", min_column_width=250, key="match_scenes"):
        for scene in report.match.scenes:
            _scene(scene)
    _how()


def _summary(report: Report) -> str:
    """What lies nearest and farthest, in a sentence."""
    scored = sorted((a for a in report.match.aspects if a.score is not None), key=lambda a: -(a.score or 0))
    if not scored:
        return "There is nothing that both of them have."
    best, worst = scored[0], scored[-1]
    return (
        f"Nearest in {NAMES[best.aspect].lower()} ({best.score}), farthest in {NAMES[worst.aspect].lower()} "
        f"({worst.score}). Measured on the film of revision {report.revision}."
    )


def _originality(found: Originality) -> None:
    boxes = {"clear": st.success, "note": st.info, "warning": st.warning}
    icons = {"clear": "verified", "note": "info", "warning": "content_copy"}
    box, icon = boxes[found.level], f":material/{icons[found.level]}:"
    box(plain(found.sentence), title=f"Originality: {LEVELS[found.level]}", icon=icon)
    if found.overlaps:
        _spans(found.overlaps[:MOST_OVERLAPS])
        if len(found.overlaps) > MOST_OVERLAPS:
            with st.expander(f"{len(found.overlaps) - MOST_OVERLAPS} more"):
                _spans(found.overlaps[MOST_OVERLAPS:])


def _spans(overlaps: Sequence[Overlap]) -> None:
    for one in overlaps:
        kind = "Sound" if one.kind == "sound" else "Picture, mirrored" if one.mirrored else "Picture"
        icon = "graphic_eq" if one.kind == "sound" else "image"
        film, sample = (f"{timecode(s.start)} to {timecode(s.end)}" for s in (one.film, one.sample))
        st.markdown(f":material/{icon}: **{kind}** · film {plain(film)} is sample {plain(sample)}")


def _suggestions(view: ProjectView, report: Report) -> None:
    st.subheader("What to change", anchor=False)
    if not report.suggestions:
        st.caption("Nothing that the plan could change would bring it nearer.")
        return
    st.caption("Each changes the plan. Approve it in the studio, and the film is made again with what changed.")
    for number, offered in enumerate(report.suggestions):
        _suggestion(view, report, number, offered)


def _suggestion(view: ProjectView, report: Report, number: int, offered: Offered) -> None:
    one = offered.suggestion
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(one.title)}**")
            st.caption(plain(f"{one.why} {NAMES[one.aspect]} has up to {one.worth} points to win."))
        if offered.open:
            st.button(
                "Apply", key=f"follow_{number}_{report.base}", icon=":material/auto_fix_high:",
                on_click=_follow, args=(view.id, report.base, one.edit, one.title),
            )  # fmt: skip
        else:
            st.badge("In the plan, or changed since", icon=":material/check:", color="green")


def _aspect(aspect: AspectScore, report: Report) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"aspect_{aspect.aspect}"):
        score = "left out" if aspect.score is None else f"{aspect.score}"
        st.markdown(f"**{NAMES[aspect.aspect]}** · {score}")
        if aspect.aspect == "palette":
            for name, stretch in (("Sample", report.sample), ("Film", report.film)):
                with st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False):
                    st.caption(name, width=52)
                    look.swatches(_main(stretch.analysis.palette))
        else:
            look.facts({"sample": aspect.sample, "film": aspect.film})
        st.caption(plain(aspect.reason))
        if aspect.score is not None:
            st.caption(f"{aspect.weight:.0%} of the whole")


def _main(palette: Sequence[Colour]) -> list[str]:
    return [colour.hex for colour in sorted(palette, key=lambda c: -c.share)[:6]]


def _scene(scene: SceneScore) -> None:
    with st.container(border=True, gap="xsmall", height="stretch", key=f"match_{scene.id}"):
        st.markdown(f"**{scene.number} · {plain(scene.name.capitalize())}** · {scene.score}")
        film, sample = (f"{timecode(s.start)} to {timecode(s.end)}" for s in (scene.film, scene.sample))
        st.caption(f"Film {film} · sample {sample}")
        st.markdown(plain(scene.reason))
        worst = sorted(scene.parts.items(), key=lambda part: part[1])[:3]
        st.caption(" · ".join(f"{NAMES[name].lower()} {score}" for name, score in worst))


def _how() -> None:
    with st.expander("How it is measured and weighed", icon=":material/rule:"):
        st.markdown(
            "Film and sample go through the same analyser. Places correspond by the share of the length that has "
            "passed. A score is 100 for the same and halves with every step apart: for cut rhythm 0.8 of an octave of "
            "pace, for the palette 14 units of CIE Lab, for brightness 8 points, for motion a little over twice as "
            "much. What neither of them has is left out, and the others share its weight."
        )
        st.markdown("  \n".join(f"{NAMES[name]}: {weight:.0%}" for name, weight in WEIGHTS.items()))
        st.markdown(
            "Shot sizes are told from faces where some are found, else from the size of the detail; words from "
            "syllables; captions from the lines of text that can be read, else from what looks like letters. They are "
            "estimates, made alike for both. "
            "Pictures and sound of the sample are looked for re-encoded, scaled, cut to another shape, moved closer, "
            "mirrored and regraded; sound at another speed or pitch is not found."
        )
