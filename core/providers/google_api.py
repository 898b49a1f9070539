"""The calls to Google's generative APIs, through the official SDK: with time limits, and with our errors."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import google.auth
import httpx2
from google import genai
from google.auth.exceptions import GoogleAuthError, TransportError
from google.genai import types
from google.genai._interactions import APIError as InteractionError
from google.genai.errors import APIError as ModelError
from pydantic import TypeAdapter, ValidationError

from core.domain.errors import VendorError, VendorRejected, VendorUnavailable
from core.providers.wire import (
    AGAIN,
    CONNECT_SECONDS,
    KEY_REMEDY,
    Answer,
    Departure,
    Line,
    Said,
    certificates,
    whole_file,
)

ORDER_SECONDS = 90.0
"""Between two bytes of the answer to the paid call. Giving up leaves an order in doubt: rather wait."""
ASK_SECONDS = 60.0
"""Between two bytes of an answer that costs nothing; one of them may hold a whole clip."""
POLL_SECONDS = 10.0
"""As the SDK's own examples do."""
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
"""What the credentials of a project are asked for."""
REFUSED = re.compile(
    r"safety|responsible ai|\brai\b|prohibited|blocked|content polic|usage guidelines|sensitive words", re.IGNORECASE
)
"""What a refusal of the content says, in words only."""
CREDIT = re.compile(r"credits? (?:is|are|has|have)[\w ]* (?:depleted|exhausted)|prepa(?:y|id)|billing", re.IGNORECASE)
"""The same of an empty account."""
WHOLE_SECONDS = 600.0
"""For a whole answer: one that trickles may not hold a worker for ever."""
SAID_IN = {"content-type": "application/json"}
"""How an answer is handed on to the SDK: whole, and no longer compressed."""
S = TypeVar("S", bound=Said)


class _Failed(Exception):
    """A call that came to nothing. It passes through the SDK untouched."""


class _Refused(_Failed):
    """An answer with an error status."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _TimeoutFailed(_Failed):
    """No answer in time."""


class _Door(httpx2.BaseTransport):
    """The one way out: puts a time limit on every request, keeps the answer, and hands refusals on at once.

    The SDK by itself waits without limit, and has different errors for different calls.
    """

    def __init__(self, line: Line, seconds: float, departure: Departure | None) -> None:
        self._line = line
        self._limits = httpx2.Timeout(seconds, connect=CONNECT_SECONDS).as_dict()
        self._departure = departure
        self._out = httpx2.HTTPTransport(verify=certificates(httpx2.create_ssl_context))
        self.body: bytes | None = None
        """Of the last good answer."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Makes the request."""
        request.extensions = {**request.extensions, "timeout": self._limits}
        if self._departure:
            self._departure.watch(request)
        try:
            response = self._out.handle_request(request)
            body = self._line.body(response, seconds=WHOLE_SECONDS, paid=self._departure is not None)
            response.close()
        except httpx2.TimeoutException as error:
            raise _TimeoutFailed(str(error)) from error
        except httpx2.HTTPError as error:
            raise _Failed(str(error)) from error
        if response.status_code >= 300:
            raise _Refused(told(response.status_code, response.headers, body))
        self.body = body
        return httpx2.Response(response.status_code, headers=SAID_IN, content=body)

    def close(self) -> None:
        """Closes the connection."""
        self._out.close()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line(Line):
    """What the answers of Google mean."""

    def refusal(self, answer: Answer, *, paid: bool) -> VendorError:
        if "API_KEY" in answer.codes:  # comes as 400
            return VendorRejected("Google does not accept the key.", KEY_REMEDY)
        return super().refusal(answer, paid=paid)

    def lost(self, error: Exception, *, paid: bool) -> VendorError:
        if isinstance(error, GoogleAuthError) and not isinstance(error, TransportError):
            words = "Google has no usable credentials here."
            return VendorRejected(words, "Log in with gcloud, or set GOOGLE_APPLICATION_CREDENTIALS.")
        return super().lost(error, paid=paid)


@dataclass(kw_only=True, eq=False)
class Api:
    """Google's APIs with one key or one set of credentials. Holds no connection; safe to use from many threads."""

    base_url: str | None
    key: str = field(default="", repr=False)
    """Of the Gemini API; empty: of a project in the cloud."""
    project: str = ""
    location: str = ""
    credentials: Any = field(default=None, repr=False)
    """None: those that the machine has. They keep their token until it ends, so all calls share them."""
    order_seconds: float = ORDER_SECONDS

    def __post_init__(self) -> None:
        failures = (_Failed, httpx2.HTTPError, httpx2.InvalidURL, GoogleAuthError)
        self.line = _Line(vendor="Google", key=self.key, failures=failures, read=_answer)

    def call(self, do: Callable[[genai.Client], object], kind: type[S], departure: Departure | None = None) -> S:
        """Makes one call on a connection of its own and answers what was said; `departure`: the call is paid."""
        if not self.project:
            self.line.require_key()
        door = _Door(self.line, self.order_seconds if departure else ASK_SECONDS, departure)
        try:
            with self.line.calling(departure):
                try:
                    do(self._client(door))
                except (InteractionError, ModelError, ValueError):
                    if door.body is None:
                        raise
                    # What the SDK cannot read, we may.
                return kind.model_validate_json(door.body or b"")
        finally:
            door.close()

    def _client(self, door: _Door) -> genai.Client:
        trust = certificates(httpx2.create_ssl_context)
        options = types.HttpOptions(
            base_url=self.base_url,
            client_args={"transport": door, "verify": trust},
            async_client_args={"verify": trust, "ssl": trust},  # never used, but made ready
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        if self.project:
            if self.credentials is None:
                self.credentials, _ = google.auth.default(scopes=[CLOUD])
            return genai.Client(
                enterprise=True,
                project=self.project,
                location=self.location,
                credentials=self.credentials,
                http_options=options,
            )
        return genai.Client(enterprise=False, api_key=self.key, http_options=options)


def save(encoded: str, clip: Path) -> Path:
    """Writes a clip that stands in the answer itself."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise VendorUnavailable("Google gave a clip that makes no sense.", AGAIN) from error
    if not content:
        raise VendorUnavailable("Google gave an empty clip.", AGAIN)
    with whole_file(clip) as file:
        file.write(content)
    return clip


def told(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """A refusal: `{"error": {code, message, status, details}}`."""
    try:
        said = TypeAdapter(dict[str, Any]).validate_json(body).get("error")
    except ValidationError:
        said = None
    error = said if isinstance(said, dict) else {}
    words = str(error.get("message") or "")
    details = [one for one in error.get("details") or () if isinstance(one, dict)]
    codes = " ".join(str(code) for code in (error.get("status"), *(one.get("reason") for one in details)) if code)
    if status in (400, 403, 422) and REFUSED.search(words):
        codes += " moderation"
    if status in (400, 403, 429) and CREDIT.search(words):
        codes += " insufficient_credit"
    known = {name.lower(): value for name, value in headers.items()}
    for one in details:
        wait = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(one.get("retryDelay")))
        if wait and "retry-after" not in known:
            known["retry-after"] = wait[1]
    return Answer(status=status, codes=codes, words=words, headers=known)


def _answer(error: Exception) -> Answer | None:
    return error.answer if isinstance(error, _Refused) else None
