"""Plans that wait for a second look: the list, and the one that is open on the desk."""

import streamlit as st

from core.domain.team import ReviewView
from core.services import reviews
from pages.ui import look
from pages.ui.review import LOOK, badge, desk
from pages.ui.shell import action, live, say_next, studio
from pages.ui.text import ago, count, plain, price
from pages.ui.who import menu, person


def open_one(review_id: str) -> None:
    st.query_params["review"] = review_id


def back() -> None:
    st.query_params.pop("review", None)


@action
def approve_batch(batch_id: str) -> None:
    done = reviews.decide_batch(studio()[0], batch_id, by=person().id, approve=True)
    say_next(f"{count(done, 'film')} approved in review.")


def row(review: ReviewView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"review_{review.id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(review.title)}** · {plain(price(review.total))}")
            st.caption(f"{plain(review.asked_by)}, {ago(review.created)} · {plain(review.question or 'no question')}")
        badge(review)
        st.button("Look at it", key=f"open_{review.id}", on_click=open_one, args=(review.id,))


def listing(waiting: tuple[ReviewView, ...]) -> None:
    batches: dict[str, list[ReviewView]] = {}
    for each in waiting:
        if each.batch_id:
            batches.setdefault(each.batch_id, []).append(each)
    for batch_id, films in batches.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"batch_{batch_id}"):
            total = price(sum((film.total for film in films[1:]), films[0].total))
            st.markdown(f"A batch of **{count(len(films), 'film')}** by {plain(films[0].asked_by)} · {plain(total)}")
            st.space("stretch")
            if all(film.may_decide for film in films):
                st.button(
                    "Approve them all", key=f"all_{batch_id}", icon=":material/done_all:", on_click=approve_batch,
                    args=(batch_id,),
                )  # fmt: skip
    for each in waiting:
        row(each)


def follow(shown: tuple[ReviewView, ...]) -> None:
    """Draw the list anew once somebody has asked for something, or answered."""
    if [each.id for each in reviews.waiting(studio()[0], by=person().id)] != [each.id for each in shown]:
        st.rerun()


me = person()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Review", width="content", anchor=False)
    st.space("stretch")
    menu(always=True)
opened = st.query_params.get("review", "")
if not me.may_review and not opened:
    look.empty("rate_review", "You are no reviewer", "An admin can make you one in the settings, under Team.")
elif opened:
    st.button("All reviews", icon=":material/arrow_back:", type="tertiary", key="back", on_click=back)
    desk(reviews.desk(studio()[0], opened, by=me.id))
else:
    waiting = reviews.waiting(studio()[0], by=me.id)
    live(lambda: follow(waiting), key="waiting", every=LOOK)
    if waiting:
        listing(waiting)
    else:
        look.empty("task_alt", "Nothing waits for you", "Plans that somebody wants to have looked at stand here.")
    answered = reviews.answered(studio()[0], by=me.id)
    if answered:
        st.subheader("Answered", anchor=False)
        for each in answered[:20]:
            row(each)
