"""Reviews: a creator asks, a reviewer looks at the plan scene by scene, comments, and says yes or asks for changes.

What belongs to an account is shown to its owner. A reviewer sees more: plans that were put up for review,
whoever's they are, and nothing else of anybody's; every function that crosses that line asks for the role first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from core.db import people as accounts
from core.db import projects as projects_of
from core.db import reviews as rows
from core.db.tables import Project
from core.db.team import Comment, Review
from core.domain.compare import compare
from core.domain.errors import BadInput, Conflict
from core.domain.money import from_micros, price, to_micros
from core.domain.team import CommentView, DeskView, ReviewState, ReviewView, StandingView
from core.services import events_out, people, planning, second_look, storyboard
from core.services.second_look import ReviewNeeded, require_more, require_reviewed
from core.services.studio import Studio

__all__ = [
    "ReviewNeeded", "answered", "ask", "ask_all", "comment", "comment_on", "comments", "decide", "decide_batch", "desk",
    "require_more", "require_reviewed", "settle", "standing", "state", "waiting", "withdraw",
]  # fmt: skip

LONGEST = 2000
"""Characters of a comment, a question or an answer."""
MOST = 100
"""Reviews that are listed at once."""


def standing(studio: Studio, owner: str, project_id: str, *, by: str, total: Decimal | None = None) -> StandingView:
    """Where the plan as it stands is with its reviews, at its price or at the one that is to be approved."""
    revision = planning.require(studio, owner, project_id)
    project = projects_of.get_project(studio.db, owner, project_id)
    amount = revision.quote.total if total is None else total
    content = rows.content(studio.db, owner, project_id, revision.number)
    cleared = rows.cleared(studio.db, owner, project_id, content)
    newest = rows.newest(studio.db, owner, project_id)
    return StandingView(
        reasons=second_look.reasons(studio, project, amount, by),
        newest=_view(studio, newest, project, by, content) if newest else None,
        is_cleared=cleared is not None and amount <= from_micros(cleared),
    )


def state(studio: Studio, owner: str, project_id: str) -> tuple[str, str]:
    """What was last asked about a project, and what became of it, quickly; empty when nothing was."""
    newest = rows.newest(studio.db, owner, project_id)
    return (newest.id, newest.state) if newest else ("", "")


def ask(
    studio: Studio, owner: str, project_id: str, *, revision: int, by: str, question: str = "",
    total: Decimal | None = None,
) -> ReviewView:  # fmt: skip
    """Puts a plan up for review, in place of what was asked about it before. Conflict when it was changed since."""
    wanted = [(project_id, revision, total)]
    return ask_all(studio, owner, wanted, by=by, question=question)[0]


def ask_all(
    studio: Studio, owner: str, wanted: Sequence[tuple[str, int, Decimal | None]], *, by: str, question: str = "",
    batch_id: str | None = None,
) -> tuple[ReviewView, ...]:  # fmt: skip
    """The same for several projects, each with its revision and price; all or none."""
    asker = people.person(studio, by)
    question = _said(question, optional=True)
    made, projects, names = [], [], []
    for project_id, number, total in wanted:
        newest = planning.require(studio, owner, project_id)
        if newest.number != number:
            raise Conflict("The plan was changed after you looked at it.", "Look at the newest version and ask again.")
        projects.append(projects_of.get_project(studio.db, owner, project_id))
        names.append(newest.plan.title)
        made.append(
            Review(
                owner=owner,
                project_id=project_id,
                revision=number,
                content=rows.content(studio.db, owner, project_id, number),
                total_micros=to_micros(newest.quote.total if total is None else total),
                asked_by=asker.id,
                question=question,
                batch_id=batch_id,
                created=studio.now(),
            )
        )
    summed = sum((from_micros(review.total_micros) for review in made), Decimal(0))
    told = events_out.said(
        studio,
        f"{asker.name} asks for a review of {_listed(names)} ({price(summed)}).",
        page="review", film=names[0], project=made[0].project_id, by=asker.name, words=question,
    )  # fmt: skip
    rows.ask(studio.db, studio.now(), made, [("review.asked", told)])
    pairs = zip(made, projects, strict=True)
    return tuple(_view(studio, review, project, by, review.content) for review, project in pairs)


def withdraw(studio: Studio, owner: str, project_id: str) -> None:
    """Takes back what was asked about a project."""
    rows.withdraw(studio.db, studio.now(), owner, project_id)


def waiting(studio: Studio, *, by: str) -> tuple[ReviewView, ...]:
    """Plans that wait for an answer, the newest first; NotFound for who is no reviewer."""
    return _listing(studio, by, (rows.OPEN,))


def answered(studio: Studio, *, by: str) -> tuple[ReviewView, ...]:
    """Plans that were answered lately; NotFound for who is no reviewer."""
    return _listing(studio, by, (rows.APPROVED, rows.CHANGES))


def _listing(studio: Studio, by: str, states: Sequence[str]) -> tuple[ReviewView, ...]:
    people.require_reviewer(studio, by)
    found = rows.listed(studio.db, states, MOST)
    return tuple(_view(studio, review, project, by, None) for review, project in found)


def desk(studio: Studio, review_id: str, *, by: str) -> DeskView:
    """A plan under review with its stills and comments. NotFound for who neither reviews nor asked."""
    review, project = _seen(studio, review_id, by)
    owner, project_id = review.owner, review.project_id
    revision = planning.version(studio, owner, project_id, review.revision)
    newest = planning.require(studio, owner, project_id)
    content = rows.content(studio.db, owner, project_id, newest.number)
    frames = storyboard.frames(studio, owner, project_id, revision.plan)
    before = rows.answered_before(studio.db, review)
    earlier = planning.version(studio, owner, project_id, before.revision) if before else None
    return DeskView(
        review=_view(studio, review, project, by, content),
        plan=revision.plan,
        quote=revision.quote,
        frames=frames,
        comments=comments(studio, owner, project_id),
        since=compare(earlier.plan, revision.plan) if earlier else None,
        reasons=second_look.reasons(studio, project, from_micros(review.total_micros), review.asked_by),
    )


def decide(studio: Studio, review_id: str, *, by: str, approve: bool, answer: str = "") -> None:
    """Says yes, or asks for changes, which needs words. Nobody answers what they asked themselves."""
    _decide(studio, [_seen(studio, review_id, by)], by=by, approve=approve, answer=answer)


def decide_batch(studio: Studio, batch_id: str, *, by: str, approve: bool, answer: str = "") -> int:
    """The same for everything of a batch that waits; answers how many that were."""
    people.require_reviewer(studio, by)
    found = rows.of_batch(studio.db, batch_id)
    if not found:
        raise Conflict("Nothing of this batch waits any more.", "Look at the list again.")
    _decide(studio, found, by=by, approve=approve, answer=answer)
    return len(found)


def _decide(studio: Studio, found: Sequence[tuple[Review, Project]], *, by: str, approve: bool, answer: str) -> None:
    who = people.require_reviewer(studio, by)
    if any(review.asked_by == by for review, _ in found):
        raise BadInput("You asked for this review yourself.", "Somebody else has to answer it.")
    answer = _said(answer, optional=approve)
    names = [project.title for _, project in found]
    verdict = "approves" if approve else "asks for changes in"
    event = "review.approved" if approve else "review.changes"
    told = events_out.said(
        studio, f"{who.name} {verdict} {_listed(names)}.", page="studio", film=names[0],
        project=found[0][0].project_id, by=who.name, words=answer,
    )  # fmt: skip
    state = rows.APPROVED if approve else rows.CHANGES
    ids = [review.id for review, _ in found]
    rows.decide(studio.db, studio.now(), ids, by, state, answer, [(event, told)])


def comment(studio: Studio, owner: str, project_id: str, *, by: str, body: str, scene_id: str | None = None) -> None:
    """Says something of a scene, or of the whole plan, of a project of this owner's."""
    who = people.person(studio, by)
    newest = planning.require(studio, owner, project_id)
    number = next((n for n, scene in enumerate(newest.plan.scenes, 1) if scene.id == scene_id), None)
    if scene_id is not None and number is None:
        raise BadInput("That scene is not in the plan any more.", "Comment on another one, or on the whole plan.")
    body = _said(body)
    about = f"scene {number} of {newest.plan.title}" if number else newest.plan.title
    told = events_out.said(
        studio, f"{who.name} comments on {about}.", page="studio", film=newest.plan.title, project=project_id,
        by=who.name, words=body,
    )  # fmt: skip
    row = Comment(
        project_id=project_id, revision=newest.number, scene_id=scene_id, by=who.id, body=body, created=studio.now()
    )
    rows.add_comment(studio.db, studio.now(), owner, row, ("comment.made", told))


def comment_on(studio: Studio, review_id: str, *, by: str, body: str, scene_id: str | None = None) -> None:
    """The same for a reviewer, of a plan that was put up for review."""
    review, _ = _seen(studio, review_id, by)
    comment(studio, review.owner, review.project_id, by=by, body=body, scene_id=scene_id)


def settle(studio: Studio, owner: str, comment_id: int, *, by: str, settled: bool = True) -> None:
    """Marks a comment as settled, or as open again."""
    rows.settle_comment(studio.db, studio.now(), owner, comment_id, people.person(studio, by).id if settled else None)


def comments(studio: Studio, owner: str, project_id: str) -> tuple[CommentView, ...]:
    """Everything that was said of a project, the oldest first. NotFound when it is not this owner's."""
    projects_of.get_project(studio.db, owner, project_id)
    names = people.names(studio)
    return tuple(
        CommentView(
            id=row.id or 0,
            by=names.get(row.by, ""),
            body=row.body,
            revision=row.revision,
            scene_id=row.scene_id,
            created=row.created,
            settled_by=names.get(row.settled_by) if row.settled_by else None,
        )
        for row in rows.comments(studio.db, owner, project_id)
    )


def _seen(studio: Studio, review_id: str, by: str) -> tuple[Review, Project]:
    """A review that this person may see: as a reviewer, or because they asked."""
    found = rows.one(studio.db, review_id)
    if found[0].asked_by != by:
        people.require_reviewer(studio, by)
    return found


def _view(studio: Studio, review: Review, project: Project, by: str, newest_content: int | None) -> ReviewView:
    """`newest_content` None: it is not looked up, and a list says nothing of it."""
    names: Mapping[str, str] = people.names(studio)
    account = accounts.person(studio.db, by)
    may_review = account is not None and account.role in ("reviewer", "admin")
    return ReviewView(
        id=review.id,
        project_id=review.project_id,
        title=project.title,
        category=project.category,
        revision=review.revision,
        total=from_micros(review.total_micros),
        asked_by=names.get(review.asked_by, ""),
        question=review.question,
        state=cast("ReviewState", review.state),
        decided_by=names.get(review.decided_by) if review.decided_by else None,
        answer=review.answer,
        created=review.created,
        decided=review.decided,
        batch_id=review.batch_id,
        may_decide=may_review and review.asked_by != by and review.state == rows.OPEN,
        is_newest=newest_content is None or newest_content == review.content,
    )


def _said(words: str, *, optional: bool = False) -> str:
    words = words.replace("\x00", "").strip()
    if not words and not optional:
        raise BadInput("There are no words.", "Say what you mean, in a sentence.")
    if len(words) > LONGEST:
        raise BadInput(f"That is {len(words):,} characters; {LONGEST:,} is the most.", "Say it shorter.")
    return words


def _listed(names: Sequence[str]) -> str:
    return f"“{names[0]}”" if len(names) == 1 else f"{len(names)} films, the first “{names[0]}”"
