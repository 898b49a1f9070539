"""What crosses into a page of a team's work: who people are, comparisons, reviews, templates and batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from core.domain.compare import Clash, Difference
from core.domain.edits import PlanEdit
from core.domain.plan import Plan
from core.domain.views import FrameView, QuoteView, RevisionView

Role = Literal["creator", "reviewer", "admin"]
ReviewState = Literal["waiting", "approved", "changes", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody who works here."""

    id: str
    name: str
    role: Role
    has_passcode: bool
    reviewed: bool
    """Whether somebody else looks at every plan of theirs before money is spent."""
    active: bool
    is_machine: bool
    """Not a person but this machine: who works here without saying a name."""

    @property
    def may_review(self) -> bool:
        """Whether plans of others are shown to them for a decision."""
        return self.role in ("reviewer", "admin")

    @property
    def signs(self) -> str:
        """How their edits are signed."""
        return "you" if self.is_machine else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    """Two revisions beside each other."""

    before: RevisionView
    after: RevisionView
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class OvertakenView:
    """Edits that somebody else was faster than: what changed meanwhile, and what of them still fits."""

    base: RevisionView
    newest: RevisionView
    authors: tuple[str, ...]
    """Who changed the plan meanwhile."""
    theirs: Difference
    clashes: tuple[Clash, ...]
    fitting: tuple[PlanEdit, ...]
    """Edits that touch nothing of what was changed meanwhile."""
    fitting_would: tuple[str, ...]
    """What those would change now, in sentences."""
    all_would: tuple[str, ...]
    """What all of them would, those that can still be carried out in place of the other's change as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """What somebody says of a scene, or of the whole plan."""

    id: int
    by: str
    """A name."""
    body: str
    revision: int
    scene_id: str | None
    created: datetime
    settled_by: str | None
    """A name; None while it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A question to a colleague, and the answer."""

    id: str
    project_id: str
    title: str
    """Of the film."""
    category: str
    revision: int
    total: Decimal
    """US dollars, as it was asked."""
    asked_by: str
    """A name."""
    question: str
    state: ReviewState
    decided_by: str | None
    answer: str
    created: datetime
    decided: datetime | None
    batch_id: str | None
    may_decide: bool
    """Whether who looks at it may answer it: nobody answers their own."""
    is_newest: bool
    """Whether the plan still is as it was when it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """A plan under review, whole."""

    review: ReviewView
    plan: Plan
    quote: QuoteView
    frames: tuple[FrameView, ...]
    comments: tuple[CommentView, ...]
    since: Difference | None
    """What has changed since the plan was last answered; None when it never was."""
    reasons: tuple[str, ...]
    """Why a review is needed, in sentences; none: somebody asked by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """Where a project stands with its reviews, as the one sees it who wants to have it made."""

    reasons: tuple[str, ...]
    """Why the plan as it stands must be looked at first; none: it need not be."""
    newest: ReviewView | None
    is_cleared: bool
    """Whether the plan as it stands was approved at its price."""

    @property
    def is_blocked(self) -> bool:
        """Whether the film cannot be approved yet."""
        return bool(self.reasons) and not self.is_cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateView:
    """A plan with blanks."""

    id: str
    title: str
    plan: Plan
    blanks: tuple[str, ...]
    examples: dict[str, str]
    by: str
    """A name."""
    created: datetime
    files: int
    """How many pictures and recordings it uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Something that is wrong with a row of a table."""

    row: int
    """Counted from 1 without the heading; 0: the table as a whole."""
    column: str
    """Empty: the row as a whole."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """A table that was read against a template."""

    blanks: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    """Number and values of every row."""
    problems: tuple[RowProblem, ...]
    ignored: tuple[str, ...]
    """Columns that the template has no blank for."""

    @property
    def bad_rows(self) -> frozenset[int]:
        """Numbers of the rows that cannot be made."""
        return frozenset(problem.row for problem in self.problems)

    @property
    def is_refused(self) -> bool:
        """Whether the table as a whole cannot be used."""
        return 0 in self.bad_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItemView:
    """One film of a batch."""

    number: int
    project_id: str
    title: str
    values: dict[str, str]
    stage: str
    """That of its project; `gone` when that was deleted."""
    total: Decimal | None
    """Its price as it stands; None when no price is known."""
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """Films that were made together."""

    id: str
    title: str
    kind: str
    """table | variants"""
    state: str
    """made | approved"""
    by: str
    """A name."""
    created: datetime
    items: tuple[BatchItemView, ...]
    total: Decimal
    """US dollars of everything in it that is still to be approved."""
    unknown: tuple[str, ...]
    """Models that no price is known for: they must be changed first."""
    short: tuple[str, ...]
    """Caps that it would pass, in sentences: it is not admitted."""
    reasons: tuple[str, ...]
    """Why it must be looked at first; none: it need not be, or it was."""
    asked: int
    """How many of its films wait for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """Where events are sent on to."""

    id: str
    kind: str
    """mail | slack | webhook"""
    address: str
    """For a person, without what is secret."""
    wants: tuple[str, ...]
    active: bool
    waiting: int
    given_up: int
    problem: str
    """Of what was last tried in vain; empty when all is well."""
