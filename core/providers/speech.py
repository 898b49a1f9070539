"""Voices of OpenAI and of Groq, each through its official SDK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from core.domain.errors import VendorRejected
from core.domain.orders import Product, SpeechOrder, Usage
from core.providers import groq_sdk, openai_sdk
from core.providers.recordings import ANSWER_SECONDS, WHOLE_SECONDS, whole_wav
from core.providers.wire import Departure, Line, file_name, whole_file

OWN_VOICE = "voice_"
"""How the id of a voice begins that an account at OpenAI has made itself."""
GROQ_SPEAKS = {"english": "en", "arabic-saudi": "ar"}
"""The one language of a voice model of Groq, by what its name ends with."""


@dataclass(kw_only=True, eq=False)
class _Speech:
    """A vendor of voices, which tells no times of words. Holds no connection: safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str
    name: str
    patience: float = ANSWER_SECONDS
    """Seconds between two bytes of an answer. Giving up leaves in doubt whether it is charged for: rather wait."""

    label: ClassVar[str]
    """As people call it, inside a sentence."""
    most_text: ClassVar[int]
    """Characters."""
    failures: ClassVar[tuple[type[Exception], ...]]

    def make(self, order: SpeechOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """The line as a WAV: see InstantVendor. VendorRejected when the model cannot speak it."""
        asked, departure = self._asked(order), Departure(before_send)
        headers = {"Idempotency-Key": key}
        with (
            self._line.calling(departure),
            self._client(departure.watch) as client,
            client.audio.speech.with_streaming_response.create(**asked, extra_headers=headers) as answer,
        ):
            sound = whole_wav(self._line.body(answer.http_response, seconds=WHOLE_SECONDS))
        if sound is None:
            raise self._line.trouble(f"{self.label} sent something else than sound.", paid=True)
        path = folder / file_name(key, ".wav")
        with whole_file(path) as file:
            file.write(sound[0])
        return Product(path=path, usage=Usage(characters=len(order.text), seconds=sound[1]))

    def _client(self, watch: Callable[[Any], None]) -> Any:
        """A client of the vendor's SDK."""
        raise NotImplementedError

    @cached_property
    def _line(self) -> Line:
        return Line(vendor=self.label, key=self.key, failures=self.failures)

    def _asked(self, order: SpeechOrder) -> dict[str, Any]:
        """The fields of the request."""
        if len(order.text) > self.most_text:
            most = f"{self.label}'s voices speak at most {self.most_text} characters at a time."
            raise VendorRejected(most, "Split the text.")
        asked: dict[str, Any] = {
            "model": order.model,
            "input": order.text,
            "voice": order.voice,
            "response_format": "wav",
        }
        if order.rate != 1.0:
            asked["speed"] = order.rate
        return asked


@dataclass(kw_only=True, eq=False)
class OpenAISpeech(_Speech):
    """OpenAI's voices; they speak every language without being told."""

    base_url: str = openai_sdk.OFFICIAL
    name: str = "openai"

    label = "OpenAI"
    most_text = 4096
    failures = openai_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        return openai_sdk.client(self._line.require_key(), self.base_url, self.patience, watch)

    def _asked(self, order: SpeechOrder) -> dict[str, Any]:
        asked = super()._asked(order)
        return asked | {"voice": {"id": order.voice}} if order.voice.startswith(OWN_VOICE) else asked


@dataclass(kw_only=True, eq=False)
class GroqSpeech(_Speech):
    """Groq's voices."""

    base_url: str = groq_sdk.OFFICIAL
    name: str = "groq"

    label = "Groq"
    most_text = 4000
    failures = groq_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        return groq_sdk.client(self._line.require_key(), self.base_url, self.patience, watch)

    def _asked(self, order: SpeechOrder) -> dict[str, Any]:
        only = next((code for name, code in GROQ_SPEAKS.items() if order.model.endswith(name)), None)
        if only and order.language and order.language != only:
            raise VendorRejected(f"Groq's {order.model[:60]} does not speak this language.", "Choose another voice.")
        return super()._asked(order)
