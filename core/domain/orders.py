"""What vendors are asked for beside clips, and what they answer: the words that adapters and services share."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from core.domain.shoot import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a vendor counted, where it tells; None: it does not."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    characters: int | None = None
    seconds: float | None = None
    images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOrder:
    """A still of a scene."""

    model: str
    """As the vendor calls it."""
    prompt: str
    width: int
    height: int
    """Pixels of the film; the vendor's nearest size is asked for."""
    seed: int
    references: tuple[Path, ...] = ()
    """Images of a character or a product, where the model takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceOrder:
    """A character that moves and speaks as a person does in front of a camera."""

    model: str
    """As the vendor calls it."""
    character: Path
    """Image or video of who is to be seen."""
    performance: Path
    """Video of what is to be played."""
    seconds: float
    """Length of the performance, which is what is billed."""
    width: int
    height: int
    """Pixels of the film; the vendor's nearest size is asked for."""
    seed: int
    expression: int = 3
    """How strongly the face moves, 1 to 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOrder:
    """A line to be spoken."""

    model: str
    text: str
    voice: str
    """As the vendor calls it."""
    rate: float = 1.0
    """1 is the voice's own pace; 0.85 to 1.15."""
    language: str | None = None
    """ISO 639-1, where the model wants to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptOrder:
    """A recording to be written down, with the time of each word."""

    model: str
    path: Path
    language: str | None = None
    seconds: float = 0.0
    """Length of the recording: what it is billed by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOrder:
    """Music or an effect."""

    model: str
    what: Literal["music", "effect"]
    prompt: str
    seconds: float
    clip: Path | None = None
    """The picture that the sound is made for, where the model looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message of a talk with a language model."""

    role: Literal["user", "assistant"]
    text: str
    images: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something that a language model may call; `parameters` is a strict JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageOrder:
    """Words, data by a schema, or tool calls from a language model."""

    model: str
    instructions: str
    turns: tuple[Turn, ...]
    schema: dict[str, Any] | None = None
    """Strict JSON schema that the answer must keep to."""
    schema_name: str = "answer"
    tools: tuple[Tool, ...] = ()
    most_tokens: int = 4000
    """Most that it may answer: the bound of what it can cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that the model wants called."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a vendor answered at once."""

    path: Path | None = None
    """The file, in the folder that was given."""
    text: str = ""
    data: dict[str, Any] | None = None
    """Of an order with a schema: what keeps to it."""
    calls: tuple[ToolCall, ...] = ()
    words: tuple[Word, ...] = ()
    """With times in seconds, where the model tells them."""
    language: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None
    """US dollars, where the vendor tells."""
