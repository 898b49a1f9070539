"""A client of OpenAI's SDK that never retries, reads nothing from the environment, and tells when it sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx2
import openai

from core.domain.catalogue import ListedModel
from core.providers.keys import heard
from core.providers.wire import CONNECT_SECONDS, Line, Said, certificates

OFFICIAL = "https://api.openai.com/v1"
KEEP_SECONDS = 2.0
"""An idle connection older than this may be closed at the other end; a new one is cheaper than a failed call."""
ASK_SECONDS = 20.0
"""Between two bytes of an answer that costs nothing."""
FAILURES = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL)
"""Of a call: what the SDK wraps, and what escapes it."""


def client(key: str, base_url: str, seconds: float, watch: Callable[[Any], None] | None = None) -> openai.OpenAI:
    """A client, to be closed; `seconds` is the longest time between two bytes of an answer.

    `watch` sees each request before it is sent (Departure.watch); redirects are then not followed, since the
    second request could buy again.
    """
    http = openai.DefaultHttpx2Client(
        verify=certificates(httpx2.create_ssl_context),
        timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(keepalive_expiry=KEEP_SECONDS),
        event_hooks={"request": [watch] if watch else [], "response": [lambda answer: heard(key, answer.headers)]},
        follow_redirects=watch is None,
    )
    made = openai.OpenAI(
        api_key=key or "none", base_url=base_url, max_retries=0, timeout=http.timeout, http_client=http
    )
    # Taken from the environment otherwise, and no business of another vendor.
    made.organization = made.project = None
    made._custom_headers = {}  # noqa: SLF001  OPENAI_CUSTOM_HEADERS
    return made


class _Model(Said):
    id: str
    shutdown_date: date | None = None


class _Models(Said):
    data: list[_Model]


def listed(line: Line, key: str, base_url: str) -> tuple[ListedModel, ...]:
    """The models that a server of this protocol has, with the day on which they are shut down where it tells."""
    with line.calling(), client(key, base_url, ASK_SECONDS) as asker:
        said = _Models.model_validate_json(asker.models.with_raw_response.list().content)
    return tuple(ListedModel(name=model.id, ends=model.shutdown_date) for model in said.data)
