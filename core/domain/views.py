"""What crosses into a page, an API reply or a log: plain frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.domain.analysis import SampleAnalysis
from core.domain.plan import Plan
from core.domain.work import JobState, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """A stored file; `url` is a path on this server."""

    id: str
    kind: str
    """sample | image | still | film | thumbnail | key_frame | captions"""
    name: str
    mime: str
    size: int
    url: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """A project and where it stands."""

    id: str
    title: str
    brief: str
    category: str
    aspect: str
    resolution: str
    platform: str
    seconds: float | None
    created: datetime
    updated: datetime
    may_use_frames: bool
    """Whether the sample is the person's own, so that its frames may be pictures of the film."""
    stage: str
    """empty | analysing | storyboard | producing | done | failed | cancelled"""
    sample: AssetView | None = None
    images: tuple[AssetView, ...] = ()
    thumbnail_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """One page of projects."""

    items: tuple[ProjectView, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisView:
    """The analysis of a project's sample, with a picture of each shot."""

    analysis: SampleAnalysis
    key_frames: tuple[AssetView, ...]
    """One per shot, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One line of a quote."""

    component: str
    """script | stills | clips | voice | music | storage"""
    label: str
    quantity: str
    vendor: str
    model: str
    rule: str
    """How the price is worked out, with its date: `local renderer, free`"""
    amount: Decimal
    known: bool = True
    """False: no price is known, so nothing of this can be bought; the amount means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """What a revision costs to make."""

    lines: tuple[PriceLine, ...]
    total: Decimal
    priced_on: str
    """Date of the price table."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Models that no price is known for: they must be changed before anything is approved."""
        return tuple(dict.fromkeys(line.model for line in self.lines if not line.known))


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """One state of the plan."""

    number: int
    plan: Plan
    author: str
    reason: str
    created: datetime
    quote: QuoteView
    can_undo: bool
    can_redo: bool
    approved: bool
    """Whether just this revision is approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A line of the director's chat."""

    id: int
    role: str
    """user | assistant"""
    text: str
    done: bool
    revision: int | None = None
    """The revision that it made."""
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """A scene on the storyboard."""

    scene_id: str
    state: StepState
    still: AssetView | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step as a person sees it."""

    id: str
    kind: str
    """measure | write | still | clip | voice | music | mix | cut | deliver | reply"""
    label: str
    state: StepState
    fraction: float
    scene_id: str | None = None
    problem: str = ""
    remedy: str = ""
    reused: bool = False
    """Nothing had to be done: the output was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job and its steps."""

    id: str
    project_id: str
    kind: str
    """analyse | storyboard | film | reply"""
    state: JobState
    fraction: float
    seconds_left: float | None
    created: datetime
    finished: datetime | None
    steps: tuple[StepView, ...] = ()
    problem: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmView:
    """A delivered film."""

    project_id: str
    title: str
    film: AssetView
    thumbnail: AssetView | None
    captions: AssetView | None
    download_url: str
    created: datetime
    revision: int
    cost: Decimal
    facts: dict[str, str] = field(default_factory=dict)
    """What was measured of it: `loudness: -14.1 LUFS`, in words."""
    credentials: str = ""
    """Who signed it, and that it is a development certificate where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmsView:
    """One page of films."""

    items: tuple[FilmView, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """One group of purchases."""

    day: str
    project_id: str
    project: str
    component: str
    vendor: str
    model: str
    purchases: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendView:
    """The costs page, in one read."""

    total: Decimal
    films: int
    purchases: int
    rows: tuple[SpendRow, ...]
