"""What adapters share whose SDK speaks HTTP: when the paid request leaves, and what every failure means.

An adapter keeps a `Line` to its vendor and makes each call inside `line.calling(...)`:

    departure = Departure(before_send)
    http = httpx.Client(timeout=..., event_hooks={"request": [departure.watch]})     # or httpx2; a fresh connection
    with sdk.Client(http_client=http, max_retries=0) as client, line.calling(departure):
        answer = client.things.with_raw_response.create(**asked)
        return Thing.model_validate_json(answer.content)

Calls that cost nothing are made inside `line.calling()`.
"""

from __future__ import annotations

import errno
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from ssl import SSLContext
from tempfile import NamedTemporaryFile
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from core.domain.errors import (
    DiskFull,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    Retired,
    TaskGone,
    VendorError,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.orders import Usage

CONNECT_SECONDS = 10.0
"""A server that has not shaken hands by then is down; nothing has been sent yet, so giving up is free."""
DEFAULT_DELAY, MAX_DELAY = 10.0, 3600.0
"""Seconds after a 429 where the vendor does not say, and the most that it may ask for."""
MAX_BODY = 200 * 1024 * 1024
"""Bytes of an answer that are held in memory."""
MAX_SENTENCE = 200
"""Characters of a vendor's own words that are passed on."""
AGAIN = "It is tried again."
KEY_REMEDY = "Check the vendor's key in the settings: it is wrong, has expired or may not use this model."
ELSE_REMEDY = "Change the scene, or choose another model."
LONG_REMEDY = "Shorten what is sent, or choose a model that takes more."
FORM_REMEDY = "Try again, or choose another model."
MODERATION = re.compile(r"moderation|content_?(policy|filter)|_policy|safety", re.IGNORECASE)
CREDIT = re.compile(
    r"insufficient_(quota|credit|funds|balance)|billing_(hard_limit|not_active)|payment_required|quota_exceeded",
    re.IGNORECASE,
)
FLAGGED = re.compile(r"\bflagged\b|violat\w+ (our|the|its) [\w ]*polic(y|ies)", re.IGNORECASE)
LENGTH = re.compile(r"context.length|above_max_length|too[ _]large|too[ _]long", re.IGNORECASE)
FORM = re.compile(r"json_validate_failed|tool_use_failed", re.IGNORECASE)
"""In the code of an error: the content was refused; the account is empty. In its words: the content was refused
(OpenAI calls it no more than invalid_prompt). In both: the request is too long. In the code: the model made
something else than what was asked for."""
KEYS = re.compile(r"\b(?:sk|gsk|key|r8|xi|AIza)[-_][\w-]{6,}(?:\*+\w*)?|\bAIza\w{10,}|\S*\*{4,}\S*")
"""What looks like a key, also one of which the middle is starred."""
NONSENSE = (ValidationError, json.JSONDecodeError, UnicodeDecodeError)
"""What comes of an answer that is not what it should be."""
SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
"""Go's way to write a span, as in `x-ratelimit-reset-tokens: 2m59.56s`."""


@cache
def certificates(read: Callable[[], SSLContext]) -> SSLContext:
    """Whose certificates are believed, by `httpx.create_ssl_context` or that of httpx2.

    Read once: for each client it would take longer than all else that a call does here.
    """
    return read()


class Said(BaseModel):
    """Something that a vendor said; it may say more than we know, and numbers where words are meant."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class Billed(VendorError):
    """An answer came, is charged for, and cannot be used: `usage` is what it cost."""

    usage: Usage

    def __init__(self, message: str, remedy: str | None = None, *, usage: Usage) -> None:
        super().__init__(message, remedy)
        self.usage = usage


class Cause(Exception):
    """What an SDK raised, in words that may stand in a log: there vendors repeat the key that they refuse."""


class BilledRejection(Billed, VendorRejected):
    """The answer is not what was asked for."""


class BilledRefusal(Billed, ModerationRefused):
    """The model itself refused the content."""


class Departure:
    """Watches the one paid request: calls `before_send` when the connection stands and nothing is written yet."""

    def __init__(self, before_send: Callable[[], None]) -> None:
        self._before_send = before_send
        self.sent = False
        """Whether the vendor may have got anything."""
        self.stopped: BaseException | None = None
        """What `before_send` raised; SDKs may make an error of their own of it."""

    def watch(self, request: Any) -> None:
        """A request hook of an httpx or httpx2 client: has the transport report its steps."""
        request.extensions = {**request.extensions, "trace": self._step}

    def _step(self, name: str, told: dict[str, Any]) -> None:
        # Through a proxy the first headers are those of CONNECT, which buys nothing.
        if not name.endswith(".send_request_headers.started") or told["request"].method != b"POST":
            return
        try:
            self._before_send()
        except BaseException as reason:
            self.stopped = reason
            raise
        self.sent = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with an error status."""

    status: int
    codes: str = ""
    """What the vendor calls the error: its code and its type."""
    words: str = ""
    """The same as a sentence."""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_of(error: Exception) -> Answer | None:
    """What the server answered, read from an SDK's error; None when no answer came.

    Knows the errors of Stainless (OpenAI, Groq, Runway: status_code, body, response) and of Fern
    (ElevenLabs: status_code, body, headers), and of what stands in the body the usual shapes. An error that
    comes in the middle of a stream has a body but no status: then the status is the one that its code stands for.
    """
    status, body = getattr(error, "status_code", None), getattr(error, "body", None)
    if not isinstance(status, int) and not isinstance(body, Mapping):
        return None
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "headers", None) or {}
    codes, words = _told(body)
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    return Answer(status=status or status_of(codes), codes=codes, words=words, headers=lowered)


def status_of(codes: str) -> int:
    """The HTTP status that an error would have which is told by its code alone."""
    if "rate_limit" in codes:
        return 429
    return 500 if not codes or re.search(r"server|timeout|overload|unavailable", codes) else 400


def _told(body: object) -> tuple[str, str]:
    """Codes and words of an error's body: {error: {…}}, {error: "…"}, {detail: {…}}, {detail: [{…}]}, {message}."""
    if isinstance(body, list) and body:
        return _told(body[0])
    if not isinstance(body, Mapping):
        return "", str(body or "") if isinstance(body, str) and not body.lstrip().startswith("<") else ""
    for inside in ("error", "detail"):
        if isinstance(body.get(inside), Mapping | list):
            return _told(body[inside])
    codes = " ".join(str(body[name]) for name in ("code", "type", "status") if body.get(name))
    words = next((str(body[name]) for name in ("message", "msg", "detail", "error", "title") if body.get(name)), "")
    return codes, words


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """The line to one vendor under one key: turns what goes wrong in a call into our errors."""

    vendor: str
    """As people call it, inside a sentence."""
    key: str = field(repr=False)
    failures: tuple[type[Exception], ...]
    """What the SDK and its transport raise of their own accord."""
    read: Callable[[Exception], Answer | None] = answer_of
    """Finds the answer in a failure."""
    doubt: str = "Whether it is charged for stands in the vendor's account."
    """What to do about a paid call without a usable answer."""

    def require_key(self) -> str:
        """The key. VendorRejected when it cannot be one."""
        if self.key and self.key.isascii() and self.key.isprintable() and " " not in self.key:
            return self.key
        raise VendorRejected(f"The key for {self.vendor} is empty or holds characters that no key has.", KEY_REMEDY)

    @contextmanager
    def calling(self, paid: Departure | None = None) -> Iterator[None]:
        """Turns what goes wrong in a call, the paid one or any other, into our errors."""
        failures: tuple[type[Exception], ...] = (*self.failures, *NONSENSE)
        try:
            yield
        except failures as error:
            if paid and paid.stopped:
                raise paid.stopped from None
            answer, cause = self.read(error), Cause(self.clean(f"{type(error).__name__}: {error}"))
            if answer:
                raise self.refusal(answer, paid=paid is not None) from cause
            raise self.lost(error, paid=paid is not None and paid.sent) from cause

    def refusal(self, answer: Answer, *, paid: bool) -> VendorError:
        """What an answer with an error status means."""
        status, words = answer.status, self.clean(answer.words or answer.codes) or "it does not say why."
        if status >= 500:
            return self.trouble(f"{self.vendor} had an error of its own ({status}).", paid=paid)
        if MODERATION.search(answer.codes) or FLAGGED.search(words):
            return ModerationRefused(f"{self.vendor} refused the content: {words}")
        if status == 402 or CREDIT.search(answer.codes):
            return NoCredit(f"The account at {self.vendor} has no credit left.")
        if status == 429:
            delay = delay_of(answer.headers)
            return RateLimited(f"{self.vendor} asks to wait {delay:.0f} s.", delay)
        if status == 401:  # without the vendor's words, which may repeat a part of the key
            return VendorRejected(f"{self.vendor} does not accept the key.", KEY_REMEDY)
        if status == 403:
            return VendorRejected(f"{self.vendor} does not accept the key for this: {words}", KEY_REMEDY)
        if status in (408, 425):
            return VendorUnavailable(f"{self.vendor} did not take the request in time.", AGAIN)
        if status in (302, 303, 409) and paid:
            return self.trouble(f"{self.vendor} hints that it has this order already ({status}).", paid=True)
        if status in (404, 410):
            gone = f"{self.vendor} does not have this: {words}"
            return Retired(gone) if paid else TaskGone(gone)  # of an order: the model, so another one may do it
        remedy = ELSE_REMEDY
        if status == 413 or LENGTH.search(f"{answer.codes} {words}"):
            remedy = LONG_REMEDY
        elif FORM.search(answer.codes):
            remedy = FORM_REMEDY
        return VendorRejected(f"{self.vendor} says ({status}): {words}", remedy)

    def lost(self, error: Exception, *, paid: bool) -> VendorError:
        """What it means that no usable answer came; `paid`: the order had left."""
        if isinstance(error, NONSENSE):
            return self.trouble(f"{self.vendor} gave an answer that makes no sense.", paid=paid)
        if any("Timeout" in kind.__name__ for kind in type(error).__mro__):
            return self.trouble(f"{self.vendor} did not answer in time.", paid=paid)
        return self.trouble(f"The connection to {self.vendor} broke.", paid=paid)

    def trouble(self, sentence: str, *, paid: bool) -> MaybeBought | VendorUnavailable:
        """No usable answer: of the paid call nobody knows what it did, any other is simply made again."""
        if paid:
            return MaybeBought(sentence, self.doubt)
        return VendorUnavailable(sentence, AGAIN)

    def body(self, response: Any, *, seconds: float, paid: bool = True) -> bytes:
        """All of an answer that is being streamed (a response of httpx or httpx2), up to MAX_BODY bytes.

        The transport limits the time between two bytes only: an answer that trickles ends after `seconds`.
        """
        until, found = time.monotonic() + seconds, bytearray()
        for piece in response.iter_bytes():
            found += piece
            if time.monotonic() > until or len(found) > MAX_BODY:
                raise self.trouble(f"{self.vendor} did not come to an end with its answer.", paid=paid)
        return bytes(found)

    def clean(self, words: str) -> str:
        """A vendor's words, safe to show: one line, no key, not too long."""
        words = KEYS.sub("…", words.replace(self.key, "…") if self.key else words)
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return line if len(line) <= MAX_SENTENCE else f"{line[: MAX_SENTENCE - 1]}…"


def file_name(key: str, suffix: str) -> str:
    """A name for the product of the purchase `key`: the same for the same purchase."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', key)[-100:]}{suffix}"


def number(words: object) -> float | None:
    """The finite number that it is or spells, if any."""
    try:
        found = float(str(words))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def delay_of(headers: Mapping[str, str], usual: float = DEFAULT_DELAY) -> float:
    """Seconds to wait by the headers of a 429 (names in lower case): 0 to MAX_DELAY; `usual` when they do not say."""
    milliseconds = number(headers.get("retry-after-ms"))
    delay = milliseconds / 1000 if milliseconds is not None else _after(headers.get("retry-after", ""))
    if delay is None:
        delay = _reset(headers)
    return usual if delay is None else min(max(delay, 0.0), MAX_DELAY)


def _after(said: str) -> float | None:
    """Seconds by `Retry-After`, which is a number of seconds or a date."""
    delay = number(said)
    if delay is not None:
        return delay
    try:
        return (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None


def _reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limits that are used up (all of them, where the vendor does not tell which) are free again."""
    resets: dict[bool, list[float]] = {True: [], False: []}
    for what in ("requests", "tokens"):
        spans = SPAN.findall(headers.get(f"x-ratelimit-reset-{what}", ""))
        if spans:
            used_up = number(headers.get(f"x-ratelimit-remaining-{what}")) == 0
            resets[used_up].append(sum(float(amount) * UNITS[unit] for amount, unit in spans))
    return max(resets[True] or resets[False], default=None)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into: it stands at `path` when everything went well, else nowhere. DiskFull."""
    try:
        # Two workers may write the same file at once: each writes one of its own.
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            partial = Path(file.name)
            try:
                yield file
                file.flush()
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("The disk is full: what the vendor made could not be saved.") from error
        raise
