"""Words, data and tool calls by chat completions: from Groq, and from any server that speaks OpenAI's protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from core.domain.catalogue import ListedModel
from core.domain.orders import LanguageOrder, Product, Turn, Usage
from core.providers import groq_sdk, openai_sdk
from core.providers.language import (
    ANSWER_SECONDS,
    WHOLE_SECONDS,
    Abilities,
    Ability,
    Written,
    ability,
    data_uri,
    product,
)
from core.providers.wire import Departure, Line, Said

GROQ_MODELS: Abilities = (
    # What it thinks counts as what it answers: much of it would use up the tokens of the answer.
    ("openai/gpt-oss-*", Ability(more={"reasoning_effort": "low"})),
    # Only the gpt-oss models keep to a schema by construction. The thoughts of qwen would stand in the text.
    ("qwen/*", Ability(sees=True, strict=False, more={"reasoning_effort": "none", "reasoning_format": "hidden"})),
    ("*", Ability(strict=False)),
)
ANY_MODEL: Abilities = (("*", Ability(sees=True)),)
"""What is not known of a server of one's own is left to it."""


class _Function(Said):
    name: str | None = None
    arguments: str | None = None


class _Call(Said):
    index: int | None = None
    id: str | None = None
    function: _Function = _Function()


class _Message(Said):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Tokens(Said):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Choice(Said):
    message: _Message = _Message()
    delta: _Message = _Message()
    """The next piece of the message, in a stream."""
    finish_reason: str | None = None


class _Groq(Said):
    usage: _Tokens | None = None


class _Completion(Said):
    """An answer, or a piece of one."""

    choices: tuple[_Choice, ...] = ()
    usage: _Tokens | None = None
    x_groq: _Groq | None = None

    @property
    def counted(self) -> _Tokens | None:
        return self.usage or (self.x_groq.usage if self.x_groq else None)


@dataclass(kw_only=True, eq=False)
class _Chat:
    """A server of chat completions. Holds no connection: safe to use from many threads."""

    name: str
    key: str = field(repr=False)
    base_url: str
    label: str
    """As people call it, inside a sentence."""
    abilities: Abilities
    patience: float = ANSWER_SECONDS
    """Seconds between two bytes of an answer. Giving up leaves in doubt whether it is charged for: rather wait."""

    most: ClassVar[str]
    """The field that bounds the answer."""
    streaming: ClassVar[dict[str, Any]]
    """Fields of a request whose answer is streamed, so that the tokens are told too."""
    failures: ClassVar[tuple[type[Exception], ...]]

    def make(self, order: LanguageOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:  # noqa: ARG002
        """The answer: see InstantVendor; nothing is written into the folder. BilledRejection, BilledRefusal."""
        asked, departure = self._asked(order, key), Departure(before_send)
        with (
            self._line.calling(departure),
            self._client(departure.watch) as client,
            client.chat.completions.with_streaming_response.create(**asked) as answer,
        ):
            body = self._line.body(answer.http_response, seconds=WHOLE_SECONDS)
            return self._product(order, [_Completion.model_validate_json(body)])

    def stream(
        self, order: LanguageOrder, key: str, before_send: Callable[[], None], on_text: Callable[[str], None]
    ) -> Product:
        """The answer as it is written: see LanguageVendor."""
        asked, departure = self._asked(order, key) | self.streaming, Departure(before_send)
        with (
            self._line.calling(departure),
            self._client(departure.watch) as client,
            client.chat.completions.create(**asked, stream=True) as pieces,
        ):
            return self._product(order, list(self._heard(pieces, on_text)))

    def _client(self, watch: Callable[[Any], None]) -> Any:
        """A client of the vendor's SDK."""
        raise NotImplementedError

    @cached_property
    def _line(self) -> Line:
        return Line(vendor=self.label, key=self.key, failures=self.failures)

    def _asked(self, order: LanguageOrder, key: str) -> dict[str, Any]:
        """The fields of the request."""
        able = ability(self.abilities, order, self.label)
        system = [{"role": "system", "content": order.instructions}] if order.instructions else []
        asked: dict[str, Any] = {
            "model": order.model,
            "messages": [*system, *map(_message, order.turns)],
            self.most: order.most_tokens,
            "extra_headers": {"Idempotency-Key": key},
            "extra_body": dict(able.more),
        }
        if order.schema:
            form = {"name": order.schema_name, "strict": able.strict, "schema": order.schema}
            asked["response_format"] = {"type": "json_schema", "json_schema": form}
        if order.tools:
            asked["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                        "strict": able.strict,
                    },
                }
                for tool in order.tools
            ]
        return asked

    def _heard(self, pieces: Iterable[Any], on_text: Callable[[str], None]) -> Iterable[_Completion]:
        """The pieces of the answer, up to the end that it must have."""
        until, ended = time.monotonic() + WHOLE_SECONDS, False
        for told in pieces:
            piece = _Completion.model_validate(told.to_dict())
            for choice in piece.choices:
                ended = ended or choice.finish_reason is not None
                if choice.delta.content:
                    on_text(choice.delta.content)
            yield piece
            if time.monotonic() > until:
                break
        if not ended:
            raise self._line.trouble(f"{self.label} did not come to an end with its answer.", paid=True)

    def _product(self, order: LanguageOrder, pieces: list[_Completion]) -> Product:
        """What the pieces add up to; an answer that was not streamed is one piece."""
        tokens = next((piece.counted for piece in reversed(pieces) if piece.counted), _Tokens())
        written = Written(usage=Usage(tokens_in=tokens.prompt_tokens, tokens_out=tokens.completion_tokens))
        calls: list[_Call] = []
        choices = [choice for piece in pieces for choice in piece.choices[:1]]
        if not choices:
            raise self._line.trouble(f"{self.label} gave an answer that makes no sense.", paid=True)
        for choice in choices:
            for message in (choice.message, choice.delta):
                written.text += message.content or ""
                written.refusal += message.refusal or ""
                for call in message.tool_calls or ():
                    _join(calls, call)
            if choice.finish_reason in ("length", "content_filter"):
                written.ended = "length" if choice.finish_reason == "length" else "filter"
        written.calls = [(call.id or "", call.function.name or "", call.function.arguments or "") for call in calls]
        return product(self._line, order, written)


def _join(calls: list[_Call], piece: _Call) -> None:
    """Adds a call, or the next piece of the arguments of one that has begun."""
    begun = next((call for call in calls if piece.index is not None and call.index == piece.index), None)
    if begun is None:
        calls.append(piece.model_copy(deep=True))
    else:
        begun.function.arguments = (begun.function.arguments or "") + (piece.function.arguments or "")


def _message(turn: Turn) -> dict[str, Any]:
    """The turn as the protocol has it."""
    if not turn.images:
        return {"role": turn.role, "content": turn.text}
    images = [{"type": "image_url", "image_url": {"url": data_uri(image)}} for image in turn.images]
    return {"role": turn.role, "content": [{"type": "text", "text": turn.text}, *images]}


@dataclass(kw_only=True, eq=False)
class GroqLanguage(_Chat):
    """Groq, through its own SDK."""

    name: str = "groq"
    base_url: str = groq_sdk.OFFICIAL
    label: str = "Groq"
    abilities: Abilities = GROQ_MODELS

    most = "max_completion_tokens"
    streaming: ClassVar[dict[str, Any]] = {}  # it tells the tokens unasked
    failures = groq_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        return groq_sdk.client(self._line.require_key(), self.base_url, self.patience, watch)

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that Groq has and serves."""
        return groq_sdk.listed(self._line, self._line.require_key(), self.base_url)


@dataclass(kw_only=True, eq=False)
class CompatibleLanguage(_Chat):
    """Any server that speaks OpenAI's chat completions, such as Ollama or vLLM; it may do without a key."""

    name: str = "language"
    label: str = "the language server"
    abilities: Abilities = ANY_MODEL

    most = "max_tokens"
    streaming: ClassVar[dict[str, Any]] = {"stream_options": {"include_usage": True}}
    failures = openai_sdk.FAILURES

    def _client(self, watch: Callable[[Any], None]) -> Any:
        key = self._line.require_key() if self.key else ""
        return openai_sdk.client(key, self.base_url, self.patience, watch)

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that the server has."""
        return openai_sdk.listed(self._line, self._line.require_key() if self.key else "", self.base_url)
