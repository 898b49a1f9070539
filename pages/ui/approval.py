"""The approval box: what the film costs, line by line, and the button with the price on it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.domain.views import PriceLine, ProjectView, QuoteView, RevisionView
from core.services import approval, delivery, production, spend, vendors
from pages.ui import caps, forecast, look, remake, review
from pages.ui.shell import action, link, studio, then_open
from pages.ui.text import count, duration, plain, price, words_for
from pages.ui.who import person


@action
def _approve(project_id: str, revision: int, total: Decimal, fallback: Sequence[str]) -> None:
    look_first = bool(st.session_state.get(f"look_first_{project_id}"))
    approval.approve(
        *studio(), project_id, revision=revision, total=total, fallback=fallback, look_first=look_first, by=person().id
    )
    then_open("production", project_id)


def box(view: ProjectView, revision: RevisionView) -> None:
    """Quote and button; when this plan is made already, or being made, the way to the film instead."""
    job, film = production.job(*studio(), view.id, "film"), delivery.film(*studio(), view.id)
    with st.container(border=True, gap="small", key="approval"):
        if look.is_live(job):
            st.markdown("**The film waits for you**" if job.needs_person else "**The film is being made**")
            st.caption(f"{plain(look.doing(job))} · {job.fraction:.0%}")
            link("production", "Watch it being made", "arrow_forward", view.id)
        elif film and film.revision == revision.number:
            st.markdown("**The film is finished**")
            st.caption("It is made of this very plan. Change something, and you can have it made again.")
            link("production", "Watch the film", "movie", view.id)
        else:
            if look.is_stuck(job):
                link("production", "The film stopped half-way: see why, and go on", "error", view.id)
            elif film:
                st.caption(f"The finished film is of revision {film.revision}; what changed since is not in it yet.")
            _offer(view, revision)


def _offer(view: ProjectView, revision: RevisionView) -> None:
    plan = revision.plan
    width, height = plan.size
    with st.container(gap=None):
        st.markdown("**Make the film**")
        st.caption(f"{count(len(plan.scenes), 'scene')} · {duration(plan.seconds)} · {width} × {height}")
    quote = approval.quote_plan(studio()[0], plan)
    fallback = [] if quote.unknown else _stand_ins(view, quote)
    if fallback:
        quote = approval.quote_plan(studio()[0], plan, fallback)
    with st.expander(f"What it costs: {_cost(quote)}", icon=":material/receipt_long:"):
        _lines(quote)
    if quote.unknown:
        _refused(quote)
        return
    for warning in vendors.plan_warnings(studio()[0], plan, fallback):
        st.warning(plain(warning), icon=":material/event:")
    to_come = sum((x.amount for x in quote.lines if x.component not in approval.BEFORE_APPROVAL), Decimal(0))
    if to_come:
        caps.counting(spend.counting(*studio(), view.id), to_come)
    remake.said(view.id, plan)
    if review.gate(view, revision, quote.total):
        return
    st.checkbox("Show me the clips before the film is cut", key=f"look_first_{view.id}")
    st.button(
        f"Approve and make the film · {plain(price(quote.total))}",
        type="primary", icon=":material/check:", width="stretch", key="approve",
        on_click=_approve, args=(view.id, revision.number, quote.total, fallback),
    )  # fmt: skip


def _cost(quote: QuoteView) -> str:
    return "not known" if quote.unknown else words_for(quote.total)


def _refused(quote: QuoteView) -> None:
    """What has no price, or has ended, is not bought."""
    for why in dict.fromkeys(line.rule for line in quote.lines if not line.known):
        st.error(
            "The film cannot be approved like this. Change these scenes, or choose another model for them, for example "
            "by telling the director.", title=plain(why), icon=":material/money_off:",
        )  # fmt: skip


def _stand_ins(view: ProjectView, quote: QuoteView) -> list[str]:
    """Models that may film a scene whose own fails for good, in the order in which they were chosen; none by itself."""
    usable = {card.id: card for card in vendors.usable(studio()[0], "video")}
    own = {line.model for line in quote.lines if line.component == "clips"}
    others = [model for model in usable if own != {model}]
    if not others or own == {next(iter(usable))}:  # what this machine films needs nobody to stand in
        return []
    chosen: list[str] = st.multiselect(
        "If a model fails for good, film with", others, key=f"fallback_{view.id}_{'_'.join(others)}",
        format_func=lambda model: f"{usable[model].label}, {usable[model].rule.partition(',')[0]}",
        placeholder="Nothing else: stop and ask me",
        help="They are tried in this order. The price is then that of the dearest, for each scene.",
    )  # fmt: skip
    return chosen


def _lines(quote: QuoteView) -> None:
    for line in quote.lines:
        _line(line)
    if not quote.unknown:
        st.markdown(f"**Total {plain(price(quote.total))}**")
        forecast.likely(quote)
    st.caption(
        f"Prices of {plain(quote.priced_on)}. Clips, voice and music are made only after you approve, "
        "and never for more than this."
    )


def _line(line: PriceLine) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        with st.container(gap=None, width="stretch"):
            st.markdown(" · ".join(plain(part) for part in (line.label, line.quantity) if part))
            st.caption(f"{plain(line.model)}: {plain(line.rule)}")
        st.markdown(plain(price(line.amount)) if line.known else ":red[not known]", width="content")
