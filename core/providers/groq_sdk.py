"""A client of Groq's SDK that never retries, reads nothing from the environment, and tells when it sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import groq
import httpx

from core.providers.wire import CONNECT_SECONDS

OFFICIAL = "https://api.groq.com"
FAILURES = (groq.GroqError, httpx.HTTPError, httpx.InvalidURL)
"""Of a call: what the SDK wraps, and what escapes it."""


def client(key: str, base_url: str, seconds: float, watch: Callable[[Any], None]) -> groq.Groq:
    """A client, to be closed; `seconds` is the longest time between two bytes of an answer.

    `watch` sees each request before it is sent (Departure.watch). The SDK adds /openai/v1 to the address.
    """
    http = httpx.Client(timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS), event_hooks={"request": [watch]})
    host = base_url.rstrip("/").removesuffix("/openai/v1")
    made = groq.Groq(api_key=key, base_url=host, max_retries=0, timeout=http.timeout, http_client=http)
    made._custom_headers = {}  # noqa: SLF001  GROQ_CUSTOM_HEADERS
    return made
