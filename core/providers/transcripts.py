"""Transcripts by OpenAI, and with the time of each word by Groq's Whisper, each through its official SDK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from core.domain.orders import Product, TranscriptOrder, Usage
from core.providers import groq_sdk, openai_sdk
from core.providers.recordings import (
    ANSWER_SECONDS,
    WHOLE_SECONDS,
    SaidWord,
    language_code,
    timed_words,
    upload,
)
from core.providers.wire import Departure, Line, Said

MOST_BYTES = 25_000_000
"""Of a recording: OpenAI's limit, and that of Groq's free tier."""


class _Language(Said):
    code: str


class _Counted(Said):
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None


class _Transcript(Said):
    text: str
    language: str | None = None
    languages: list[_Language] | None = None
    duration: float | None = None
    words: list[SaidWord] | None = None
    usage: _Counted | None = None


@dataclass(kw_only=True, eq=False)
class _Transcripts:
    """A vendor of transcripts. Holds no connection: safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str
    name: str
    patience: float = ANSWER_SECONDS
    """Seconds between two bytes of an answer. Giving up leaves in doubt whether it is charged for: rather wait."""

    label: ClassVar[str]
    """As people call it, inside a sentence."""
    failures: ClassVar[tuple[type[Exception], ...]]

    def make(self, order: TranscriptOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:  # noqa: ARG002
        """The words of the recording: see InstantVendor; nothing is written into the folder."""
        recording = upload(order.path, MOST_BYTES, self.label)
        asked = {"file": recording, "model": order.model, **wishes(order)}
        departure, headers = Departure(before_send), {"Idempotency-Key": key}
        with (
            self._line.calling(departure),
            self._client(departure.watch) as client,
            client.audio.transcriptions.with_streaming_response.create(**asked, extra_headers=headers) as answer,
        ):
            body = self._line.body(answer.http_response, seconds=WHOLE_SECONDS)
            said = _Transcript.model_validate_json(body)
        counted = said.usage or _Counted()
        named = said.language or next((language.code for language in said.languages or ()), None)
        return Product(
            text=said.text.strip(),
            words=timed_words(said.words),
            language=language_code(named) or order.language,
            usage=Usage(
                tokens_in=counted.input_tokens,
                tokens_out=counted.output_tokens,
                seconds=counted.seconds if counted.seconds is not None else said.duration,
            ),
        )

    def _client(self, watch: Callable[[Any], None]) -> Any:
        """A client of the vendor's SDK."""
        raise NotImplementedError

    @cached_property
    def _line(self) -> Line:
        return Line(vendor=self.label, key=self.key, failures=self.failures)


def wishes(order: TranscriptOrder) -> dict[str, Any]:
    """How the order's model is to answer, which each does in its own way; only Whisper tells the times of words."""
    if order.model.startswith("whisper"):
        said: dict[str, Any] = {"response_format": "verbose_json", "timestamp_granularities": ["word"]}
    else:
        said = {"response_format": "json"}
    if order.language and order.model.startswith("gpt-transcribe"):
        said["languages"] = [order.language]
    elif order.language:
        said["language"] = order.language
    if "diarize" in order.model:
        said["chunking_strategy"] = "auto"  # it wants to be told for anything longer than 30 s
    return said


@dataclass(kw_only=True, eq=False)
class OpenAITranscripts(_Transcripts):
    """OpenAI's ears. Only whisper-1 tells when each word is spoken."""

    base_url: str = openai_sdk.OFFICIAL
    name: str = "openai"

    label = "OpenAI"
    failures = openai_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        return openai_sdk.client(self._line.require_key(), self.base_url, self.patience, watch)


@dataclass(kw_only=True, eq=False)
class GroqTranscripts(_Transcripts):
    """Whisper at Groq."""

    base_url: str = groq_sdk.OFFICIAL
    name: str = "groq"

    label = "Groq"
    failures = groq_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        return groq_sdk.client(self._line.require_key(), self.base_url, self.patience, watch)
