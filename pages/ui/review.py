"""Reviews where films are made: the question to a colleague, comments per scene, and a plan on the reviewer's desk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.domain.plan import Plan, Scene
from core.domain.team import CommentView, DeskView, PersonView, ReviewView
from core.domain.views import FrameView, ProjectView, QuoteView, RevisionView
from core.services import people, reviews
from pages.ui import player
from pages.ui.board import role
from pages.ui.revisions import difference
from pages.ui.shell import action, link, live, say_next, studio
from pages.ui.text import ago, count, duration, plain, price, quoted
from pages.ui.who import person

WHOLE = "The whole plan"
STILL, STILL_WIDE = 120, 170
"""Pixels that a still is wide on the desk."""
LOOK = 4.0
"""Seconds between two looks for what others have asked or answered."""
STATES = {
    "waiting": ("Waits for a reviewer", "orange", "hourglass_empty"),
    "approved": ("Approved in review", "green", "check_circle"),
    "changes": ("Changes are asked for", "red", "edit"),
    "withdrawn": ("Withdrawn", "gray", "undo"),
}


def badge(review: ReviewView) -> None:
    """The state of a review in words."""
    words, colour, icon = STATES[review.state]
    st.badge(words, color=colour, icon=f":material/{icon}:")  # type: ignore[arg-type]


def gate(view: ProjectView, revision: RevisionView, total: Decimal) -> bool:
    """Whether the film waits for a review; then the way to one stands where its button would be."""
    standing = reviews.standing(*studio(), view.id, by=person().id, total=total)
    newest = standing.newest
    if newest and newest.state == "changes" and newest.is_newest and not standing.is_blocked:
        st.warning(
            plain(newest.answer), title=f"{plain(newest.decided_by or '')} asks for changes", icon=":material/edit:"
        )
    if not standing.is_blocked:
        if standing.reasons and newest and newest.decided_by:
            st.caption(f":material/check_circle: Approved in review by {plain(newest.decided_by)}.")
        return False
    with st.container(border=True, gap="xsmall", key="review_gate"):
        st.markdown(":material/rate_review: **Somebody else looks at it first**")
        st.caption(plain(" ".join(standing.reasons)))
        if newest and newest.state == "waiting" and newest.is_newest and newest.total >= total:
            badge(newest)
            st.caption(f"Asked by {plain(newest.asked_by)}, {ago(newest.created)}.")
            live(lambda: _follow(view.id, newest), key="review_answer", every=LOOK)
            _answer_here(newest)
            st.button("Withdraw", key="review_withdraw", type="tertiary", on_click=_withdraw, args=(view.id,))
        else:
            if newest and newest.state == "changes":
                st.warning(
                    plain(newest.answer), title=f"{plain(newest.decided_by or '')} asks for changes",
                    icon=":material/edit:",
                )  # fmt: skip
            _ask(view, revision, total)
    return True


def _follow(project_id: str, shown: ReviewView) -> None:
    """Draw the page anew once the question is answered."""
    if reviews.state(*studio(), project_id) != (shown.id, shown.state):
        st.rerun()


def _answer_here(review: ReviewView) -> None:
    if review.may_decide:
        link("review", "Answer it", "arrow_forward")
    elif not any(each.may_review and each.active for each in others()):
        st.caption("Nobody here is a reviewer yet: an admin names one in the settings, under Team.")


def others() -> list[PersonView]:
    """Everybody but who is working."""
    return [each for each in people.everyone(studio()[0]) if each.id != person().id]


def _ask(view: ProjectView, revision: RevisionView, total: Decimal) -> None:
    st.text_area(
        "What should they look at?", key=f"question_{view.id}", height=70, max_chars=reviews.LONGEST,
        placeholder="Is the claim in scene 3 one that we can make?",
    )  # fmt: skip
    st.button(
        "Ask for a review", type="primary", icon=":material/send:", key="review_ask", width="stretch",
        on_click=_send, args=(view.id, revision.number, total),
    )  # fmt: skip


@action
def _send(project_id: str, revision: int, total: Decimal) -> None:
    words = st.session_state.get(f"question_{project_id}", "")
    reviews.ask(*studio(), project_id, revision=revision, by=person().id, question=words, total=total)
    st.toast("Reviewers see it now.", icon=":material/send:")


@action
def _withdraw(project_id: str) -> None:
    reviews.withdraw(*studio(), project_id)


def panel(view: ProjectView, revision: RevisionView) -> None:
    """The tab of the studio: where the plan is with its reviews, and what was said of its scenes."""
    standing = reviews.standing(*studio(), view.id, by=person().id)
    newest = standing.newest
    if newest:
        with st.container(border=True, gap="xsmall", key="review_state"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                badge(newest)
                st.caption(f"Revision {newest.revision}, asked by {plain(newest.asked_by)}, {ago(newest.created)}")
            if newest.question:
                st.markdown(quoted(newest.question))
            if newest.decided_by:
                said = f": {quoted(newest.answer)}" if newest.answer else ""
                st.markdown(f"**{plain(newest.decided_by)}**{said}")
            if not newest.is_newest:
                st.caption(f"The plan was changed since; it is revision {revision.number} now.")
            _answer_here(newest) if newest.state == "waiting" else None
    if not standing.is_blocked and (newest is None or newest.state != "waiting"):
        with st.expander("Ask a colleague to look at it", icon=":material/rate_review:", key="ask_anyway"):
            if not standing.reasons:
                st.caption("It need not be looked at: the film can be approved without.")
            _ask(view, revision, revision.quote.total)
    found = reviews.comments(*studio(), view.id)
    places: dict[str | None, str] = {None: WHOLE}
    places |= {scene.id: f"Scene {n}: {scene.title or scene.visual}" for n, scene in enumerate(revision.plan.scenes, 1)}
    _say(list(places), places, lambda: _comment(view.id), key="own")
    if not found:
        st.caption("Nobody has commented yet.")
    for place in [*places, *dict.fromkeys(c.scene_id for c in found if c.scene_id not in places)]:
        here = [each for each in found if each.scene_id == place]
        if here:
            st.markdown(f"**{plain(places.get(place, 'A scene that is gone'))}**")
            for each in here:
                _one(each, may_settle=True)


def _say(options: Sequence[str | None], names: dict[str | None, str], send: object, *, key: str) -> None:
    with st.form(f"comment_{key}", clear_on_submit=True, border=True):
        st.selectbox("About", options, format_func=lambda i: names[i], key=f"comment_{key}_about")
        st.text_area(
            "Comment", key=f"comment_{key}_body", height=70, max_chars=reviews.LONGEST,
            placeholder="What is good, what should be otherwise?",
        )  # fmt: skip
        st.form_submit_button("Comment", icon=":material/add_comment:", key=f"comment_{key}_send", on_click=send)  # type: ignore[arg-type]


@action
def _comment(project_id: str) -> None:
    about, body = st.session_state.get("comment_own_about"), st.session_state.get("comment_own_body", "")
    reviews.comment(*studio(), project_id, by=person().id, body=body, scene_id=about)


@action
def _settle(comment_id: int, *, settled: bool) -> None:
    reviews.settle(*studio(), comment_id, by=person().id, settled=settled)


def _one(comment: CommentView, *, may_settle: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key=f"comment_row_{comment.id}"):
        with st.container(gap=None, width="stretch"):
            words = plain(comment.body)
            st.markdown(f":gray[~~{words}~~]" if comment.settled_by else words)
            settled = f" · settled by {plain(comment.settled_by)}" if comment.settled_by else ""
            st.caption(f"{plain(comment.by)}, {ago(comment.created)}, revision {comment.revision}{settled}")
        if may_settle:
            st.button(
                "Reopen" if comment.settled_by else "Settle", key=f"settle_{comment.id}", type="tertiary",
                on_click=_settle, args=(comment.id,), kwargs={"settled": not comment.settled_by},
            )  # fmt: skip


def desk(seen: DeskView) -> None:
    """A plan under review: why, at what price, each scene with its still, its words and what was said of it."""
    review, plan = seen.review, seen.plan
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(review.title), anchor=False, width="content")
        badge(review)
    facts = (
        count(len(plan.scenes), "scene"),
        duration(plan.seconds),
        price(review.total),
        f"revision {review.revision}",
    )
    st.caption(f"Asked by {plain(review.asked_by)}, {ago(review.created)} · {plain(' · '.join(facts))}")
    if review.question:
        st.info(plain(review.question), icon=":material/chat:")
    for reason in seen.reasons:
        st.caption(f":material/policy: {plain(reason)}")
    if not review.is_newest:
        st.warning(
            "The plan was changed after you were asked. You can ask for changes; to approve it, it has to be asked for "
            "anew.", icon=":material/history:",
        )  # fmt: skip
    left, right = st.columns([5, 3], gap="medium")
    with left:
        if seen.since is not None:
            with st.expander("What has changed since it was last answered", icon=":material/compare_arrows:"):
                difference(seen.since)
        _scenes(seen)
    with right:
        _verdict(review)
        _costs(seen.quote)
        _talk(seen)


def _costs(quote: QuoteView) -> None:
    """What the money would be spent on, as the plan is priced today."""
    with st.expander(f"What it costs: {plain(price(quote.total))}", icon=":material/receipt_long:"):
        for line in quote.lines:
            amount = plain(price(line.amount)) if line.known else ":orange[not known]"
            st.markdown(f"{plain(line.label)} :gray[{plain(line.model)}] · {amount}")


def _scenes(seen: DeskView) -> None:
    frames = {frame.scene_id: frame for frame in seen.frames}
    plan = seen.plan
    with st.expander("The brief", icon=":material/description:"):
        st.markdown(plain(plan.brief))
    voice = ("your own recording" if plan.voice.own else plan.voice.name) if plan.voice.enabled else "none"
    music = ("your own music" if plan.music.own else plan.music.mood) if plan.music.enabled else "none"
    said = [f"Voice: {voice}", f"Music: {music}", f"Captions: {'on' if plan.captions.enabled else 'off'}"]
    said += [f"End card: {plan.brand.end_card}"] if plan.brand.end_card else []
    st.caption(plain(" · ".join(said)))
    for number, scene in enumerate(seen.plan.scenes, 1):
        _scene(seen.plan, scene, number, frames.get(scene.id), seen.comments)


def _scene(plan: Plan, scene: Scene, number: int, frame: FrameView | None, said: Sequence[CommentView]) -> None:
    with st.container(border=True, key=f"desk_{scene.id}"):
        with st.container(horizontal=True, gap="small", wrap=False):
            with st.container(width=STILL_WIDE if plan.size.aspect > 1 else STILL):
                still = frame.still if frame else None
                player.picture(still, says=f"Still of scene {number}: {scene.visual}", shape=plan.size.aspect)
            with st.container(gap="xxsmall", width="stretch"):
                _words(scene, number)
        for each in said:
            if each.scene_id == scene.id:
                _one(each, may_settle=False)


def _words(scene: Scene, number: int) -> None:
    st.markdown(f"**{number} · {role(scene)}** :gray[{scene.seconds:.1f} s]")
    st.markdown(plain(scene.visual))
    if scene.narration:
        st.markdown(f":material/mic: {quoted(scene.narration)}")
    for text in filter(None, (scene.kicker, scene.title)):
        st.markdown(f":material/title: {plain(text)}")
    for claim in scene.claims:
        source = plain(claim.source) if claim.source else ":red[nobody said so]"
        st.caption(f":material/fact_check: {plain(claim.text)} · {source}")


def _verdict(review: ReviewView) -> None:
    if review.state != "waiting":
        if review.decided_by:
            said = f": {quoted(review.answer)}" if review.answer else ""
            st.markdown(f"**{plain(review.decided_by)}**{said}")
        return
    with st.container(border=True, gap="small", key="verdict"):
        st.markdown("**Your answer**")
        if not review.may_decide:
            st.caption("You asked for this yourself: somebody else answers it.")
            return
        st.text_area("In words", key="verdict_words", height=70, max_chars=reviews.LONGEST)
        st.button(
            f"Approve at {plain(price(review.total))}", type="primary", icon=":material/check:", width="stretch",
            key="verdict_yes", on_click=_decide, args=(review.id,), kwargs={"approve": True},
            disabled=not review.is_newest,
        )  # fmt: skip
        st.button(
            "Ask for changes", icon=":material/edit:", width="stretch", key="verdict_no",
            on_click=_decide, args=(review.id,), kwargs={"approve": False},
        )  # fmt: skip
        st.caption("Approving does not buy anything: who asked can have the film made then, at this price.")


@action
def _decide(review_id: str, *, approve: bool) -> None:
    words = st.session_state.get("verdict_words", "")
    reviews.decide(studio()[0], review_id, by=person().id, approve=approve, answer=words)
    say_next("Approved: they can have it made now." if approve else "They see what you ask for.")


def _talk(seen: DeskView) -> None:
    places: dict[str | None, str] = {None: WHOLE}
    places |= {scene.id: f"Scene {n}" for n, scene in enumerate(seen.plan.scenes, 1)}
    _say(list(places), places, lambda: _comment_on(seen.review.id), key="desk")
    for each in seen.comments:
        if each.scene_id not in {scene.id for scene in seen.plan.scenes}:
            _one(each, may_settle=False)


@action
def _comment_on(review_id: str) -> None:
    about, body = st.session_state.get("comment_desk_about"), st.session_state.get("comment_desk_body", "")
    reviews.comment_on(studio()[0], review_id, by=person().id, body=body, scene_id=about)
