"""Words, data and tool calls from OpenAI's language models, through the Responses API of its official SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from core.domain.catalogue import ListedModel
from core.domain.errors import VendorError
from core.domain.orders import LanguageOrder, Product, Turn, Usage
from core.providers import openai_sdk
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
from core.providers.wire import Answer, Departure, Line, Said, status_of

THINKS = Ability(sees=True, more={"reasoning": {"effort": "low"}})
"""What it thinks counts as what it answers: much of it would use up the tokens of the answer."""
OPENAI_MODELS: Abilities = (("gpt-5*", THINKS), ("gpt-6*", THINKS), ("gpt-4*", Ability(sees=True)))
LEAST_TOKENS = 16
"""That an answer may be bounded by."""


class _Problem(Said):
    code: str | None = None
    message: str | None = None


class _Piece(Said):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class _Item(Said):
    type: str = ""
    content: list[_Piece] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class _Incomplete(Said):
    reason: str | None = None


class _Tokens(Said):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Reply(Said):
    status: str
    output: list[_Item]
    error: _Problem | None = None
    incomplete_details: _Incomplete | None = None
    usage: _Tokens | None = None


class _Event(Said):
    """Of a stream: a piece of text, the reply as it ended, or an error."""

    type: str
    delta: object = None
    response: dict[str, Any] | None = None
    code: str | None = None
    message: str | None = None


@dataclass(kw_only=True, eq=False)
class OpenAILanguage:
    """OpenAI. Holds no connection: safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str = openai_sdk.OFFICIAL
    name: str = "openai"
    abilities: Abilities = OPENAI_MODELS
    patience: float = ANSWER_SECONDS
    """Seconds between two bytes of an answer. Giving up leaves in doubt whether it is charged for: rather wait."""

    def make(self, order: LanguageOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:  # noqa: ARG002
        """The answer: see InstantVendor; nothing is written into the folder. BilledRejection, BilledRefusal."""
        asked, departure = self._asked(order, key), Departure(before_send)
        with (
            self._line.calling(departure),
            openai_sdk.client(self._line.require_key(), self.base_url, self.patience, departure.watch) as client,
            client.responses.with_streaming_response.create(**asked) as answer,
        ):
            body = self._line.body(answer.http_response, seconds=WHOLE_SECONDS)
            return self._product(order, _Reply.model_validate_json(body))

    def stream(
        self, order: LanguageOrder, key: str, before_send: Callable[[], None], on_text: Callable[[str], None]
    ) -> Product:
        """The answer as it is written: see LanguageVendor."""
        asked, departure = self._asked(order, key), Departure(before_send)
        with (
            self._line.calling(departure),
            openai_sdk.client(self._line.require_key(), self.base_url, self.patience, departure.watch) as client,
            client.responses.create(**asked, stream=True) as events,
        ):
            return self._product(order, self._heard(events, on_text))

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that OpenAI has."""
        return openai_sdk.listed(self._line, self._line.require_key(), self.base_url)

    @cached_property
    def _line(self) -> Line:
        return Line(vendor="OpenAI", key=self.key, failures=openai_sdk.FAILURES)

    def _asked(self, order: LanguageOrder, key: str) -> dict[str, Any]:
        """The fields of the request."""
        able = ability(self.abilities, order, "OpenAI")
        asked: dict[str, Any] = {
            "model": order.model,
            "input": [_message(turn) for turn in order.turns],
            "max_output_tokens": max(order.most_tokens, LEAST_TOKENS),
            "store": False,
            "extra_headers": {"Idempotency-Key": key},
        }
        if order.instructions:
            asked["instructions"] = order.instructions
        if order.schema:
            form = {"type": "json_schema", "name": order.schema_name, "strict": able.strict, "schema": order.schema}
            asked["text"] = {"format": form}
        if order.tools:
            asked["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                    "strict": True,
                }
                for tool in order.tools
            ]
        return asked | dict(able.more)

    def _heard(self, events: Iterable[Any], on_text: Callable[[str], None]) -> _Reply:
        """The reply as the stream ends with it."""
        until = time.monotonic() + WHOLE_SECONDS
        for told in events:
            event = _Event.model_validate(told.to_dict())
            if event.type == "response.output_text.delta":
                on_text(str(event.delta or ""))
            elif event.type in ("response.completed", "response.incomplete", "response.failed"):
                return _Reply.model_validate(event.response)
            elif event.type == "error":
                raise self._failed(_Problem(code=event.code, message=event.message))
            if time.monotonic() > until:
                break
        raise self._line.trouble("OpenAI did not come to an end with its answer.", paid=True)

    def _failed(self, problem: _Problem) -> VendorError:
        """What an error means that came without a status."""
        codes = problem.code or ""
        return self._line.refusal(
            Answer(status=status_of(codes), codes=codes, words=problem.message or codes), paid=True
        )

    def _product(self, order: LanguageOrder, reply: _Reply) -> Product:
        if reply.status not in ("completed", "incomplete"):
            raise self._failed(reply.error or _Problem())
        tokens = reply.usage or _Tokens()
        written = Written(usage=Usage(tokens_in=tokens.input_tokens, tokens_out=tokens.output_tokens))
        for item in reply.output:
            if item.type == "function_call":
                written.calls.append((item.call_id or "", item.name or "", item.arguments or ""))
            for piece in item.content or () if item.type == "message" else ():
                written.text += piece.text or "" if piece.type == "output_text" else ""
                written.refusal += piece.refusal or ""
        if reply.status == "incomplete":
            reason = (reply.incomplete_details or _Incomplete()).reason
            written.ended = "filter" if reason == "content_filter" else "length"
        return product(self._line, order, written)


def _message(turn: Turn) -> dict[str, Any]:
    """The turn as the protocol has it."""
    if not turn.images:
        return {"role": turn.role, "content": turn.text}
    images = [{"type": "input_image", "image_url": data_uri(image), "detail": "auto"} for image in turn.images]
    return {"role": turn.role, "content": [{"type": "input_text", "text": turn.text}, *images]}
