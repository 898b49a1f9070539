"""What a plan is written from, and what a director may offer: gathered by the caller, so that nothing here asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.analysis import SampleAnalysis
from core.domain.catalogue import ModelCard
from core.domain.described import DescribedAnalysis
from core.domain.given import Given, named
from core.domain.plan import Platform
from core.domain.shoot import Word
from core.domain.time import Aspect, Resolution
from core.domain.ways import Way
from core.services.asking import fences

__all__ = ["Given", "Offered", "WritingFacts", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingFacts:
    """Everything that a plan is written from."""

    brief: str
    category: str = ""
    """Unknown or empty: chosen from the brief."""
    platform: Platform = "any"
    aspect: Aspect = "9:16"
    resolution: Resolution = "720p"
    seconds: float | None = None
    """None: as the brief asks, else as the sample has it, else 20."""
    scenes: int | None = None
    """How many there are to be, where the person says so."""
    seed: int = 0
    title: str = ""
    analysis: SampleAnalysis | None = None
    described: DescribedAnalysis | None = None
    transcript: tuple[Word, ...] = ()
    images: tuple[Given, ...] = ()
    character: str | None = None
    """Image of who is to look the same in every scene."""
    listing: Mapping[str, str] = field(default_factory=dict)
    """Fields of an offer: title, description, price, category …"""
    way: Way = "remake"
    niche: str = ""
    """Of a story, in the person's words."""
    music: str = ""
    """A tone that the person wants the music in, or core.domain.ways.NO_MUSIC."""
    models: tuple[ModelCard, ...] = ()
    """That may film its scenes."""
    sample_asset: str | None = None
    may_use_frames: bool = False
    """Whether the sample's own frames may be seen in the film."""
    writer: str = "A language model"
    """Who is asked, as people call it."""

    @property
    def known_addresses(self) -> frozenset[str]:
        """Web and mail addresses that the person gave: no other may be said or shown."""
        return fences.addresses("\n".join([self.brief, self.title, self.niche, *self.listing.values()]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a director may put into an edit beside words and numbers."""

    given: tuple[Given, ...] = ()
    """The person's images and recordings in this project, those of the message among them."""
    voices: tuple[Mapping[str, object], ...] = ()
    """Rows of data/voices.toml that can be had."""
    models: tuple[ModelCard, ...] = ()
    """Of every kind of work, those that can be bought now."""
    sample: str | None = None
    """The sample, when its frames may be used."""


def told(given: tuple[Given, ...]) -> str:
    """The files as material, each with its name; '' without any."""
    lines = [f"{name}{' (new)' if one.is_new else ''}: {one.what}" for name, one in named(given).items()]
    return fences.fenced("files of the person", "\n".join(" ".join(line.split()) for line in lines))
