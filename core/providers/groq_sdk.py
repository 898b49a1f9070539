"""A client of Groq's SDK that never retries, reads nothing from the environment, and tells when it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import groq
import httpx

from core.domain.catalogue import ListedModel
from core.providers.keys import heard
from core.providers.wire import CONNECT_SECONDS, Line, Said, certificates

OFFICIAL = "https://api.groq.com"
ASK_SECONDS = 20.0
"""Between two bytes of an answer that costs nothing."""
FAILURES = (groq.GroqError, httpx.HTTPError, httpx.InvalidURL)
"""Of a call: what the SDK wraps, and what escapes it."""


def client(key: str, base_url: str, seconds: float, watch: Callable[[Any], None] | None = None) -> groq.Groq:
    """A client, to be closed; `seconds` is the longest time between two bytes of an answer.

    `watch` sees each request before it is sent (Departure.watch). The SDK adds /openai/v1 to the address.
    """
    hooks: dict[str, list[Callable[[Any], Any]]] = {
        "request": [watch] if watch else [],
        "response": [lambda answer: heard(key, answer.headers)],
    }
    http = httpx.Client(
        verify=certificates(httpx.create_ssl_context),
        timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        event_hooks=hooks,
    )
    host = base_url.rstrip("/").removesuffix("/openai/v1")
    made = groq.Groq(api_key=key, base_url=host, max_retries=0, timeout=http.timeout, http_client=http)
    made._custom_headers = {}  # noqa: SLF001  GROQ_CUSTOM_HEADERS
    return made


class _Model(Said):
    id: str
    active: bool = True


class _Models(Said):
    data: list[_Model]


def listed(line: Line, key: str, base_url: str) -> tuple[ListedModel, ...]:
    """The models that Groq has and serves."""
    with line.calling(), client(key, base_url, ASK_SECONDS) as asker:
        said = _Models.model_validate_json(asker.models.with_raw_response.list().http_response.content)
    return tuple(ListedModel(name=model.id) for model in said.data if model.active)
