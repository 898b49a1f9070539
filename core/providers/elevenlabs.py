"""Speaks, makes sounds and writes down speech at ElevenLabs, at once, through its official SDK."""

from __future__ import annotations

import base64
import binascii
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import httpx
from elevenlabs import VoiceSettings
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.parse_error import ParsingError
from pydantic import ConfigDict

from core.domain.catalogue import Credit, ListedModel
from core.domain.errors import BadMedia, VendorError, VendorRejected
from core.domain.orders import Product, SoundOrder, SpeechOrder, TranscriptOrder, Usage
from core.domain.shoot import Word
from core.providers.wire import (
    CONNECT_SECONDS,
    LONG_REMEDY,
    Answer,
    Departure,
    Line,
    Said,
    answer_of,
    certificates,
    file_name,
    number,
    whole_file,
)

OFFICIAL = "https://api.elevenlabs.io"
ORDER_SECONDS = 240.0
"""Between two bytes of an answer: every call here is paid, and giving up early pays for nothing."""
ASK_SECONDS = 20.0
"""The same of an answer that costs nothing."""
WHOLE_SECONDS = 900.0
"""For a whole answer: one that trickles may not hold a worker for ever."""
FORMAT = "mp3_44100_128"
"""The best that every plan may have."""
LONGEST_TEXT = {
    "eleven_v4": 2_000,
    "eleven_v4_turbo": 5_000,
    "eleven_v3": 5_000,
    "eleven_multilingual_v2": 10_000,
    "eleven_flash_v2_5": 40_000,
}
"""Characters in one request, of the models that say so."""
TELLS_LANGUAGE_ITSELF = frozenset({"eleven_multilingual_v2"})
"""Models that refuse to be told the language."""
EFFECT_SECONDS, MUSIC_SECONDS = (0.5, 30.0), (3.0, 600.0)
MUSIC_CHARACTERS = 4_100
TAG = re.compile(r"\[[^\]]*\]")
"""A stage direction like `[whispers]`: acted, not spoken."""
MODERATED = re.compile(r"against_policy|bad_prompt|bad_composition_plan|moderat|safety|prohibited", re.IGNORECASE)
LANGUAGES = {
    "ara": "ar", "ces": "cs", "cmn": "zh", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "fin": "fi",
    "fra": "fr", "hin": "hi", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "nld": "nl",
    "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "spa": "es", "swe": "sv", "tur": "tr",
    "ukr": "uk", "vie": "vi", "zho": "zh",
}  # fmt: skip
"""The codes of three letters that Scribe answers with, as everybody else has them."""


class _Told(Said):
    """Something that the SDK has read without checking it."""

    model_config = ConfigDict(from_attributes=True)


class _Alignment(_Told):
    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


class _Speech(_Told):
    audio_base_64: str
    alignment: _Alignment | None = None
    normalized_alignment: _Alignment | None = None


class _Heard(_Told):
    text: str
    type: str
    start: float | None = None
    end: float | None = None


class _Model(_Told):
    model_id: str


class _Subscription(_Told):
    character_count: int
    character_limit: int


class _Transcript(_Told):
    text: str
    words: list[_Heard]
    language_code: str | None = None
    audio_duration_secs: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line(Line):
    """What the answers of ElevenLabs mean."""

    def refusal(self, answer: Answer, *, paid: bool) -> VendorError:
        if "paid_plan_required" in answer.codes:
            return VendorRejected("The plan at ElevenLabs does not include this.", "Choose another voice or model.")
        if "voice_not_found" in answer.codes:  # its model may be had all the same
            return VendorRejected("ElevenLabs has no such voice.", "Choose another voice.")
        if answer.status < 500 and MODERATED.search(answer.codes):
            answer = replace(answer, codes=f"{answer.codes} moderation")
        return super().refusal(answer, paid=paid)

    def lost(self, error: Exception, *, paid: bool) -> VendorError:
        if isinstance(error, ApiError | ParsingError | binascii.Error):
            return self.trouble("ElevenLabs gave an answer that makes no sense.", paid=paid)
        return super().lost(error, paid=paid)


@dataclass(kw_only=True, eq=False)
class _Account:
    """The way to ElevenLabs under one key. Holds no connection; safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str | None = None
    name = "elevenlabs"
    order_seconds = ORDER_SECONDS

    def __post_init__(self) -> None:
        failures = (ApiError, ParsingError, httpx.HTTPError, httpx.InvalidURL, binascii.Error)
        self._line = _Line(vendor="ElevenLabs", key=self.key, failures=failures, read=_read)

    @contextmanager
    def _ordering(self, before_send: Callable[[], None]) -> Iterator[ElevenLabs]:
        """A client for the one paid call, on a connection of its own, which turns what goes wrong into our errors."""
        departure, trust = Departure(before_send), certificates(httpx.create_ssl_context)
        timeout: Any = httpx.Timeout(self.order_seconds, connect=CONNECT_SECONDS)
        key, address = self._line.require_key(), self.base_url or OFFICIAL
        with (
            httpx.Client(verify=trust, timeout=timeout, event_hooks={"request": [departure.watch]}) as http,
            self._line.calling(departure),
        ):
            yield ElevenLabs(base_url=address, api_key=key, timeout=timeout, httpx_client=http)

    @contextmanager
    def _asking(self) -> Iterator[ElevenLabs]:
        """A client for a call that costs nothing."""
        timeout: Any = httpx.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS)
        key, address = self._line.require_key(), self.base_url or OFFICIAL
        trust = certificates(httpx.create_ssl_context)
        with httpx.Client(verify=trust, timeout=timeout) as http, self._line.calling():
            yield ElevenLabs(base_url=address, api_key=key, timeout=timeout, httpx_client=http)


class ElevenLabsSpeech(_Account):
    """Lines to be spoken, with the time of each word. An InstantVendor of SpeechOrder."""

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that speak; it lists no others."""
        with self._asking() as client:
            said: Any = client.models.with_raw_response.list(request_options={"max_retries": 0}).data
            return tuple(ListedModel(name=_Model.model_validate(model).model_id) for model in said)

    def credit(self) -> Credit:
        """The characters that the plan has left in this period."""
        with self._asking() as client:
            said = client.user.subscription.with_raw_response.get(request_options={"max_retries": 0}).data
            told = _Subscription.model_validate(said)
            return Credit(left=Decimal(max(told.character_limit - told.character_count, 0)), unit="characters")

    def make(self, order: SpeechOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """The line as mp3, and its words with times to the millisecond: see InstantVendor."""
        asked = _spoken(order)
        sound = folder / file_name(key, ".mp3")
        with self._ordering(before_send) as client:
            answer: Any = client.text_to_speech.with_raw_response.convert_with_timestamps(order.voice, **asked)
            said = _Speech.model_validate(answer.data)
            self._save(said.audio_base_64, sound)
        alignment = said.alignment or said.normalized_alignment
        return Product(
            path=sound,
            words=_words(alignment) if alignment else (),
            language=order.language,
            usage=Usage(characters=_characters(answer.headers, order.text)),
        )

    def _save(self, encoded: str, sound: Path) -> None:
        mp3 = base64.b64decode(encoded, validate=True)
        if not mp3:
            raise self._line.trouble("ElevenLabs answered without any sound.", paid=True)
        with whole_file(sound) as file:
            file.write(mp3)


class ElevenLabsSound(_Account):
    """Effects and music from words. An InstantVendor of SoundOrder."""

    def make(self, order: SoundOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """The sound as mp3, at least as long as asked for: see InstantVendor."""
        asked = _music(order) if order.what == "music" else _effect(order)
        sound = folder / file_name(key, ".mp3")
        with self._ordering(before_send) as client:
            maker: Any = client.music.with_raw_response.compose
            if order.what == "effect":
                maker = client.text_to_sound_effects.with_raw_response.convert
            with maker(**asked, request_options={"max_retries": 0, "chunk_size": 1 << 16}) as answer:
                if not answer.headers.get("content-type", "").startswith(("audio/", "application/octet-stream")):
                    raise self._line.trouble("ElevenLabs sent something else than sound.", paid=True)
                with whole_file(sound) as file:
                    self._write(answer.data, file)
        seconds = asked["music_length_ms"] / 1000 if order.what == "music" else asked["duration_seconds"]
        return Product(path=sound, usage=Usage(seconds=seconds, characters=_cost(answer.headers)))

    def _write(self, pieces: Iterable[bytes], file: IO[bytes]) -> None:
        until = time.monotonic() + WHOLE_SECONDS
        for piece in pieces:
            file.write(piece)
            if time.monotonic() > until:
                raise self._line.trouble("ElevenLabs sends the sound too slowly.", paid=True)
        if not file.tell():
            raise self._line.trouble("ElevenLabs answered without any sound.", paid=True)


class ElevenLabsTranscription(_Account):
    """Recordings written down by Scribe, with the time of each word. An InstantVendor of TranscriptOrder."""

    def make(self, order: TranscriptOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:  # noqa: ARG002
        """The words that are spoken, with times to the millisecond: see InstantVendor. BadMedia: no such recording."""
        if not order.path.is_file():
            raise BadMedia("The recording to be written down is missing.", "Upload it again.")
        asked: dict[str, Any] = {"model_id": order.model, "timestamps_granularity": "word"}
        asked |= {"tag_audio_events": False, "diarize": False}
        if order.language:
            asked["language_code"] = order.language
        with order.path.open("rb") as recording, self._ordering(before_send) as client:
            answer: Any = client.speech_to_text.with_raw_response.convert(
                **asked, file=(order.path.name, recording), request_options={"max_retries": 0}
            )
            said = _Transcript.model_validate(answer.data)
        words = tuple(_timed(said.words))
        code = said.language_code
        return Product(
            text=said.text.strip(),
            words=words,
            language=LANGUAGES.get(code, code) if code else order.language,
            usage=Usage(seconds=said.audio_duration_secs or (words[-1].end if words else None)),
        )


def _spoken(order: SpeechOrder) -> dict[str, Any]:
    """The fields of a line, as the SDK names them. VendorRejected when the model cannot speak it."""
    longest = LONGEST_TEXT.get(order.model, max(LONGEST_TEXT.values()))
    if not order.text.strip():
        raise VendorRejected("There is nothing to be spoken in this line.", "Write the line, or leave it out.")
    if len(order.text) > longest:
        raise VendorRejected(
            f"The line has {len(order.text)} characters; {order.model[:60]} speaks at most {longest} at a time.",
            LONG_REMEDY,
        )
    if not re.fullmatch(r"[\w-]{1,100}", order.voice, re.ASCII):
        raise VendorRejected("ElevenLabs has no such voice.", "Choose another voice.")
    asked: dict[str, Any] = {
        "text": order.text,
        "model_id": order.model,
        "output_format": FORMAT,
        "request_options": {"max_retries": 0},
    }
    if order.rate != 1:
        asked["voice_settings"] = VoiceSettings(speed=order.rate)
    if order.language and order.model not in TELLS_LANGUAGE_ITSELF:
        asked["language_code"] = order.language
    return asked


def _effect(order: SoundOrder) -> dict[str, Any]:
    """The fields of an effect."""
    shortest, longest = EFFECT_SECONDS
    _require_at_most(order.seconds, longest, "an effect")
    seconds = max(math.ceil(order.seconds * 10 - 1e-6) / 10, shortest)
    return {"text": order.prompt, "duration_seconds": seconds, "model_id": order.model, "output_format": FORMAT}


def _music(order: SoundOrder) -> dict[str, Any]:
    """The fields of a piece of music; the film has a voice of its own, so nobody sings."""
    shortest, longest = MUSIC_SECONDS
    _require_at_most(order.seconds, longest, "music")
    if len(order.prompt) > MUSIC_CHARACTERS:
        raise VendorRejected(f"ElevenLabs reads at most {MUSIC_CHARACTERS} characters about music.", LONG_REMEDY)
    return {
        "prompt": order.prompt,
        "music_length_ms": max(math.ceil(order.seconds * 1000 - 1e-6), int(shortest * 1000)),
        "model_id": order.model,
        "force_instrumental": True,
    }


def _require_at_most(seconds: float, longest: float, what: str) -> None:
    if seconds > longest + 1e-6:
        words = f"ElevenLabs makes {what} of at most {longest:.0f} s; {seconds:.1f} s are wanted."
        raise VendorRejected(words, "Make it shorter.")


def _words(alignment: _Alignment) -> tuple[Word, ...]:
    """Joins timed characters to words: what stands between two spaces, without stage directions."""
    starts, ends = alignment.character_start_times_seconds, alignment.character_end_times_seconds
    # A "character" may be several: of an accent, of an emoji.
    places = [place for place, character in enumerate(alignment.characters) for _ in character]
    spoken = TAG.sub(lambda tag: " " * len(tag[0]), "".join(alignment.characters))
    words: list[Word] = []
    for match in re.finditer(r"\S+", spoken):
        first, last = places[match.start()], places[match.end() - 1]
        if last >= min(len(starts), len(ends)):
            break
        if words and not any(character.isalnum() for character in match[0]):
            words[-1] = _word(f"{words[-1].text} {match[0]}", words[-1].start, words[-1].end)  # a dash is not spoken
        else:
            words.append(_word(match[0], starts[first], ends[last]))
    return tuple(words)


def _timed(heard: Iterable[_Heard]) -> Iterator[Word]:
    """The spoken words of a transcript; one without a time stands where the last one ended."""
    now = 0.0
    for word in heard:
        if word.type == "word" and word.text.strip():
            start = now if word.start is None else word.start
            now = start if word.end is None else word.end
            yield _word(word.text.strip(), start, now)


def _word(text: str, start: float, end: float) -> Word:
    start = round(max(start, 0.0), 3)
    return Word(text=text, start=start, end=max(round(end, 3), start))


def _characters(headers: Mapping[str, str], text: str) -> int:
    """What is billed for a line."""
    told = _cost(headers)
    return len(text) if told is None else told


def _cost(headers: Mapping[str, str]) -> int | None:
    """Characters that are billed, where the answer tells."""
    told = number(headers.get("character-cost"))
    return None if told is None else round(told)


def _read(error: Exception) -> Answer | None:
    """The refusal in a failure of the SDK, which raises the same error for an answer that it cannot read."""
    answer = answer_of(error)
    return answer if answer and answer.status >= 300 else None
