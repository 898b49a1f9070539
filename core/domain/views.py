"""What crosses into a page, an API reply or a log: plain frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.domain.analysis import SampleAnalysis
from core.domain.plan import Plan
from core.domain.work import JobState, PurchaseState, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """A stored file; `url` is a path on this server."""

    id: str
    kind: str
    """sample | image | still | take | film | thumbnail | key_frame | captions"""
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
    due: datetime | None = None
    """When it is looked at again: the vendor is asked, or another try begins."""
    waiting_for: str = ""
    """In words: `Runway`, `a free place at Runway`, `its turn`, `you`; empty while it waits for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """Why a job waits for a person's yes, and what has to be approved before it can go on."""

    message: str
    remedy: str
    needed: Decimal
    """US dollars that everything still to be bought for it costs, as quoted."""
    missing: Decimal
    """US dollars that the approval lacks for that; 0 when it lacks nothing."""
    full: tuple[str, ...] = ()
    """Other caps that would be passed, in words: approving more does not help with these."""


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
    title: str = ""
    """Of its film."""
    priority: int = 0
    """10 goes first, 1 last; who waits gains a point in ten minutes."""
    waiting_for: str = ""
    """In words, when nothing of it is being done here just now: `Runway`, `its turn`, `you`."""
    gate: GateView | None = None

    @property
    def needs_person(self) -> bool:
        """Whether something of it goes on only when a person decides."""
        return any(step.state in (StepState.GATE, StepState.IN_DOUBT) for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """Something that happened to a job."""

    id: int
    at: datetime
    what: str
    detail: str
    step_id: str | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtView:
    """A purchase of which only a person can find out whether it was made, or where it is."""

    purchase_id: str
    project_id: str
    title: str
    """Of the film."""
    scene: str
    """`Scene 2: Paper waves`"""
    vendor: str
    """Its name, for a person."""
    model: str
    amount: Decimal
    """US dollars that are set aside for it."""
    ordered: datetime
    known: str
    """What is known, in a sentence or two."""
    task: str | None
    """The vendor's number of it, where that is known."""
    prompt: str
    """What was asked for, shortened."""
    where: str
    """Where a person looks."""
    can_ask: bool
    """Whether asking the vendor once more can bring an answer."""
    is_wanted: bool
    """Whether its film is being made: when it is given up, it is ordered anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """A cap and what counts against it, in US dollars."""

    id: str
    kind: str
    """film | project | user | month | workspace"""
    label: str
    """`November 2026`; of a film its title"""
    cap: Decimal | None
    """None: no limit."""
    chosen: bool
    """A person's own cap; otherwise that of the settings."""
    by_settings: Decimal | None
    reserved: Decimal
    """Set aside for what is being made."""
    spent: Decimal
    left: Decimal | None
    """None: no limit."""
    overage: Decimal
    """What vendors have billed beyond the cap."""
    project_id: str | None = None

    @property
    def used(self) -> float:
        """How much of the cap is taken, 0 to 1."""
        if not self.cap:
            return 1.0 if self.cap is not None else 0.0
        return min(1.0, float((self.reserved + self.spent) / self.cap))


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetsView:
    """Every cap that a person works with; of projects and films the newest."""

    month: BudgetView
    user: BudgetView
    workspace: BudgetView
    projects: tuple[BudgetView, ...]
    films: tuple[BudgetView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of a budget's ledger, in US dollars; what is set aside and what is spent may go up or down."""

    at: datetime
    kind: str
    """reserve | settle | release | late"""
    title: str
    scene: str
    model: str
    reserved: Decimal
    spent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseView:
    """Something that was ordered from a vendor: quoted, and billed."""

    id: str
    project_id: str
    title: str
    scene: str
    vendor: str
    model: str
    state: PurchaseState
    ordered: datetime
    quoted: Decimal
    actual: Decimal | None
    """None as long as it is not known."""
    task: str | None
    note: str
    lost: bool
    """Paid, and the vendor no longer has it."""
    variance: float | None
    """Actual over quoted, less one: 0.25 is 25 % dearer. None when there is nothing to compare."""
    is_alarming: bool
    """Whether it was dearer than quoted by more than a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasesView:
    """What was ordered from vendors, the newest first."""

    items: tuple[PurchaseView, ...]
    total: int
    """All of them, also those that are not among the items."""
    quoted: Decimal
    """Of everything that has succeeded."""
    actual: Decimal
    """The same, as it was billed."""
    alarming: int
    """How many were dearer than quoted by more than a fifth."""
