"""What crosses into a page, an API reply or a log: plain frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.analysis import SampleAnalysis
from core.domain.exports import Export
from core.domain.plan import Plan
from core.domain.time import FrameSize
from core.domain.work import JobState, StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """A stored file; `url` is a path on this server."""

    id: str
    kind: str
    """sample | image | performance | still | take | film | thumbnail | key_frame | captions"""
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
    way: str = "remake"
    """remake | story | listing"""
    scenes: int | None = None
    """How many there are to be, where the person says so."""
    listing: dict[str, str] = field(default_factory=dict)
    """Fields of a listing, or the niche of a story."""
    character: str | None = None
    """The image of who is to look the same in every scene, as chosen before the plan was written."""


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
    attachments: tuple[AssetView, ...] = ()
    """Files that came with it."""


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
    captions_vtt: AssetView | None = None
    """The same captions as WebVTT; `captions` is SubRip."""
    thumbnails: tuple[AssetView, ...] = ()
    """Those to choose from, the best first; one of them is `thumbnail`."""
    notes: tuple[str, ...] = ()
    """What did not come out as it was planned: a line too long for its scene, an effect nobody could make."""
    overruns: tuple[tuple[str, int, float], ...] = ()
    """Scenes whose line is too long for them: id, number, and the seconds that it needs."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """What its Content Credentials say, as core.media.credentials.read tells it; empty for films of an older make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """One of the files that a film can be taken away in."""

    export: Export
    size: FrameSize
    """Pixels of the export."""
    enlarged: bool
    """Larger than the film: not sharper than that."""
    file: AssetView | None = None
    """None as long as it is not made."""
    credentials: AssetView | None = None
    """The file of Content Credentials that goes with one that cannot carry them inside."""
    fraction: float | None = None
    """How far it is; None while nobody makes it."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmsView:
    """One page of films."""

    items: tuple[FilmView, ...]
    total: int
    page: int
    pages: int
