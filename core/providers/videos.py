"""Films clips on any server that speaks the OpenAI-compatible `/v1/videos` protocol, through the official SDK."""

from __future__ import annotations

import math
import mimetypes
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.domain.errors import (
    BadMedia,
    MaybeBought,
    ModerationRefused,
    NoCredit,
    RateLimited,
    TaskGone,
    VendorError,
    VendorRejected,
    VendorUnavailable,
)
from core.domain.money import usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus

SORA_SIZES = ((720, 1280), (1280, 720), (1024, 1792), (1792, 1024))
"""Width and height of what the protocol was made for."""
CONNECT_SECONDS = 10.0
"""A server that has not shaken hands by then is down; nothing has been sent yet, so giving up is free."""
ORDER_SECONDS = 90.0
"""Between two bytes of the answer to the paid call: giving up early leaves an order in doubt, so rather wait."""
ASK_SECONDS = 20.0
"""Between two bytes of any other answer; such a call is simply made again."""
FETCH_SECONDS = 900.0
"""A whole download: 100 MB at 1 Mbit/s. A connection that trickles may not hold a worker for ever."""
KEEP_SECONDS = 2.0
"""An idle connection older than this may be closed at the other end; a new one is cheaper than a failed call."""
SKEW = timedelta(minutes=1)
"""How far the vendor's clock may be behind ours."""
MAX_PAGES = 50
"""Of a hundred rows of the vendor's list: beyond that a person looks faster."""
DEFAULT_POLL, DEFAULT_DELAY, MAX_DELAY = 5.0, 10.0, 3600.0
"""Seconds: until the next poll and after a 429 where the server does not say, and the most that it may ask for."""
MAX_SENTENCE = 200
"""Characters of a vendor's own words that are passed on."""
KEY_REMEDY = "Check the vendor's key in the settings: it is wrong, has expired or may not use this model."
AGAIN = "It is tried again."
MODERATION = re.compile(r"moderation|content_?policy|content_?filter|safety", re.IGNORECASE)
CREDIT = re.compile(r"insufficient_(quota|credit|funds|balance)|billing_hard_limit|payment_required", re.IGNORECASE)
"""In the code of an error: the content was refused; the account is empty."""
STATES = {
    **dict.fromkeys(("queued", "pending", "in_progress", "processing", "running"), TaskState.RUNNING),
    **dict.fromkeys(("completed", "succeeded"), TaskState.SUCCEEDED),
    **dict.fromkeys(("cancelled", "canceled"), TaskState.CANCELLED),
    "failed": TaskState.FAILED,
}
"""The protocol's four words, and what its imitators say instead."""
NO_LIST = frozenset({400, 404, 405, 410, 422, 501})
"""Answers of servers that have no list, or not one that can be asked for its newest tasks."""
FAILURES = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValidationError)
"""Of a call: what the SDK wraps, what escapes it, and an answer that makes no sense."""


class _Said(BaseModel):
    """Something that a server said; imitators leave out and add what they like."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class _Problem(_Said):
    code: str | None = None
    message: str | None = None


class _Task(_Said):
    id: str = Field(min_length=1, max_length=200)


class _Progress(_Said):
    status: str
    progress: object = None
    error: _Problem | str | None = None


class _Row(_Task):
    created_at: float = math.inf
    """Unix seconds; a row without it may be of any time, so of ours too."""
    prompt: str | None = None
    model: str | None = None
    seconds: str | None = None
    size: str | None = None
    metadata: dict[str, Any] | None = None


class _Page(_Said):
    data: list[_Row]
    has_more: bool | None = None


class _Departure:
    """Watches the one paid request: calls `before_send` when the connection stands and nothing is written yet."""

    def __init__(self, before_send: Callable[[], None]) -> None:
        self._before_send = before_send
        self.sent = False

    def watch(self, request: httpx2.Request) -> None:
        """A request hook: has the transport report its steps."""
        request.extensions = {**request.extensions, "trace": self._step}

    def _step(self, name: str, told: dict[str, Any]) -> None:
        # Through a proxy the first headers are those of CONNECT, which buys nothing.
        if not name.endswith(".send_request_headers.started") or told["request"].method != b"POST":
            return
        self._before_send()
        self.sent = True


@dataclass(kw_only=True, eq=False)
class VideosServer:
    """A server of the `/v1/videos` protocol. Holds no state but a connection; safe to use from many threads."""

    name: str
    base_url: str
    key: str = field(repr=False)
    recovery: Recovery
    lengths: tuple[int, ...] = (4, 8, 12)
    """Seconds that are sold."""
    sizes: tuple[tuple[int, int], ...] = SORA_SIZES

    def submit(self, order: ClipOrder, key: str, before_send: Callable[[], None]) -> str:
        """Orders the clip on a connection of its own: see ClipVendor. BadMedia when the first frame is missing."""
        asked: Any = {"prompt": order.prompt, "model": order.model}
        asked |= {"seconds": str(self._seconds(order)), "size": self._size(order)}
        if order.image:
            asked["input_reference"] = _first_frame(order.image)
        departure = _Departure(before_send)
        with self._client(ORDER_SECONDS, departure.watch) as client, self._calling(departure):
            answer = client.videos.with_raw_response.create(**asked, extra_headers={"Idempotency-Key": key})
            return _Task.model_validate_json(answer.content).id

    def poll(self, task: str) -> TaskStatus:
        """How the task stands."""
        with self._calling():
            answer = self._asker.videos.with_raw_response.retrieve(task)
            said = _Progress.model_validate_json(answer.content)
        state = STATES.get(said.status.lower())
        if state is None:
            raise VendorUnavailable(f"{self.name} gave a state that is not known: “{self._clean(said.status)}”.")
        failed = state is TaskState.FAILED
        error = said.error if isinstance(said.error, _Problem) else _Problem(message=said.error)
        why = error.message or error.code or "it does not say why."
        percent = _number(said.progress)
        wait = _number(answer.headers.get("openai-poll-after-ms"))
        return TaskStatus(
            state=state,
            fraction=None if percent is None else min(max(percent / 100, 0.0), 1.0),
            poll_after=min(wait / 1000, MAX_DELAY) if wait and wait > 0 else DEFAULT_POLL,
            problem=self._clean(f"{self.name} could not make the clip: {why}") if failed else "",
            refused=failed and bool(MODERATION.search(error.code or "")),
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads the finished clip into the folder; a broken download leaves nothing behind."""
        clip = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', task)[:100]}.mp4"
        # Two workers may collect the same clip at once: each writes a file of its own.
        with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            partial = Path(file.name)
            try:
                with self._calling(), self._asker.videos.with_streaming_response.download_content(task) as answer:
                    self._download(answer.http_response, file)
                file.flush()
                partial.replace(clip)
            finally:
                partial.unlink(missing_ok=True)
        return clip

    def cancel(self, task: str) -> bool:  # noqa: ARG002
        """False: the protocol knows no cancelling (DELETE takes finished videos only)."""
        return False

    def find(self, order: ClipOrder, key: str, since: datetime) -> list[str] | None:
        """Tasks made since then (less a minute) that can only be this order, by all that the list tells of them.

        None when there is no list, when its rows do not tell the prompt, or when it does not end.
        """
        rows = self._rows_since((since - SKEW).timestamp())
        bought = (self._seconds(order), self._size(order))
        verdicts = {row.id: _is_ours(row, order, bought, key) for row in rows or ()}
        if rows is None or None in verdicts.values():
            return None
        return [task for task, is_ours in verdicts.items() if is_ours]

    def quote(self, order: ClipOrder, price: Decimal) -> Decimal:
        """US dollars: the price a second times the next longer length that is sold."""
        return usd(price * self._seconds(order))

    def _seconds(self, order: ClipOrder) -> int:
        enough = [length for length in self.lengths if length >= order.seconds - 1e-6]
        if enough:
            return min(enough)
        raise VendorRejected(
            f"{self.name} films at most {max(self.lengths)} s at a time; this shot takes {order.seconds:.1f} s.",
            "Make the scene shorter, or split it.",
        )

    def _size(self, order: ClipOrder) -> str:
        """The size of the nearest shape, as the protocol writes it; of those, the one of the nearest area."""

        def distance(size: tuple[int, int]) -> tuple[float, float]:
            width, height = size
            shape = math.log(width / height) - math.log(order.width / order.height)
            return round(abs(shape), 3), abs(math.log(width * height) - math.log(order.width * order.height))

        width, height = min(self.sizes, key=distance)
        return f"{width}x{height}"

    @cached_property
    def _asker(self) -> openai.OpenAI:
        """For calls that cost nothing, so that it may keep its connections."""
        return self._client(ASK_SECONDS)

    def _client(self, seconds: float, watch: Callable[[httpx2.Request], None] | None = None) -> openai.OpenAI:
        """An SDK client that never retries; `watch` sees the request leave, and is then the only one it may make."""
        if not (self.key.isascii() and self.key.isprintable()):
            raise VendorRejected(f"The key for {self.name} holds characters that no key has.", KEY_REMEDY)
        # By a filter for this one sentence: `warnings.catch_warnings` would be undone by other threads.
        warnings.filterwarnings("ignore", message="The Sora API is scheduled", category=DeprecationWarning)
        http = openai.DefaultHttpx2Client(
            timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(keepalive_expiry=KEEP_SECONDS),
            event_hooks={"request": [watch]} if watch else {},
            follow_redirects=watch is None,
        )
        client = openai.OpenAI(
            api_key=self.key or "none", base_url=self.base_url, max_retries=0, timeout=http.timeout, http_client=http
        )
        # Taken from the environment otherwise, and no business of another vendor.
        client.organization = client.project = None
        return client

    @contextmanager
    def _calling(self, paid: _Departure | None = None) -> Iterator[None]:
        """Turns what goes wrong in a call, the paid one or any other, into our errors."""
        try:
            yield
        except openai.APIStatusError as error:
            raise self._refusal(error, paid=paid is not None) from error
        except FAILURES as error:
            raise self._lost(error, paid=paid is not None and paid.sent) from error

    def _refusal(self, error: openai.APIStatusError, *, paid: bool) -> VendorError:
        """What an answer with an error status means."""
        status, words = error.status_code, self._clean(_words(error))
        codes = f"{error.code} {error.type}"
        if status >= 500:
            return _trouble(f"{self.name} had an error of its own ({status}).", paid=paid)
        if MODERATION.search(codes):
            return ModerationRefused(f"{self.name} refused the content: {words}")
        if status == 402 or CREDIT.search(codes):
            return NoCredit(f"The account at {self.name} has no credit left.")
        if status == 429:
            delay = _delay(error.response.headers)
            return RateLimited(f"{self.name} asks to wait {delay:.0f} s.", delay)
        if status in (401, 403):  # without the vendor's words, which may repeat a part of the key
            return VendorRejected(f"{self.name} does not accept the key, or not for this.", KEY_REMEDY)
        if status in (408, 425):
            return VendorUnavailable(f"{self.name} did not take the request in time.", AGAIN)
        if status in (302, 303, 409) and paid:
            return _trouble(f"{self.name} hints that it has this order already ({status}).", paid=True)
        if status == 404 and not paid and "not ready" in words.lower():
            return VendorUnavailable(f"{self.name} has not finished storing the clip.", AGAIN)
        if status in (404, 410) and not paid:
            return TaskGone(f"{self.name} does not have this: {words}")
        return VendorRejected(f"{self.name} says ({status}): {words}", "Change the scene, or choose another model.")

    def _lost(self, error: Exception, *, paid: bool) -> VendorError:
        """What it means that no usable answer came; `paid`: the order had left."""
        if isinstance(error, ValidationError):
            return _trouble(f"{self.name} gave an answer that makes no sense.", paid=paid)
        if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
            return _trouble(f"{self.name} did not answer in time.", paid=paid)
        return _trouble(f"The connection to {self.name} broke.", paid=paid)

    def _download(self, answer: httpx2.Response, file: IO[bytes]) -> None:
        """Writes the body to the file. VendorUnavailable when it is not a whole film."""
        if answer.headers.get("content-type", "").startswith(("text/", "application/json")):
            raise VendorUnavailable(f"{self.name} sent words instead of a film.", AGAIN)
        until = time.monotonic() + FETCH_SECONDS
        for piece in answer.iter_bytes(1 << 16):
            file.write(piece)
            if time.monotonic() > until:
                raise VendorUnavailable(f"{self.name} sends the film too slowly.", AGAIN)
        announced, got = answer.headers.get("content-length", ""), answer.num_bytes_downloaded
        if not got or (announced.isdigit() and int(announced) != got):
            raise VendorUnavailable(f"{self.name} sent {got} bytes of {announced or 'a film'}.", AGAIN)

    def _rows_since(self, oldest: float) -> list[_Row] | None:
        """The rows of the list made since then (Unix seconds); None when there is no list or no end to it."""
        rows: dict[str, _Row] = {}
        for _ in range(MAX_PAGES):
            page = self._page(after=next(reversed(rows), openai.omit))
            if page is None:
                return None
            rows.update({row.id: row for row in page.data})
            times = [row.created_at for row in rows.values()]
            # Some servers ignore `order`: only a list that was seen going back in time may be left early.
            if page.has_more is False or not page.data or times[0] > times[-1] < oldest:
                return [row for row in rows.values() if row.created_at >= oldest]
        return None

    def _page(self, after: str | openai.Omit) -> _Page | None:
        """A page of the vendor's list, newest first; None when it has no list."""
        with self._calling():
            try:
                answer = self._asker.videos.with_raw_response.list(after=after, limit=100, order="desc")
            except openai.APIStatusError as error:
                if error.status_code in NO_LIST:
                    return None
                raise
            return _Page.model_validate_json(answer.content)

    def _clean(self, words: str) -> str:
        """A vendor's words, safe to show: one line, no key, not too long."""
        words = words.replace(self.key, "…") if self.key else words
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return line if len(line) <= MAX_SENTENCE else f"{line[: MAX_SENTENCE - 1]}…"


def _trouble(sentence: str, *, paid: bool) -> MaybeBought | VendorUnavailable:
    """No usable answer: of the paid call nobody knows what it did, any other is simply made again."""
    doubt = "Whether the clip was ordered is being found out."
    return MaybeBought(sentence, doubt) if paid else VendorUnavailable(sentence, AGAIN)


def _first_frame(image: Path) -> tuple[str, bytes, str]:
    """The picture as the protocol takes it: name, bytes, type."""
    if not image.is_file():
        raise BadMedia("The first frame for the clip is missing.", "Make the scene's still again.")
    return image.name, image.read_bytes(), mimetypes.guess_type(image.name)[0] or "application/octet-stream"


def _is_ours(row: _Row, order: ClipOrder, bought: tuple[int, str], key: str) -> bool | None:
    """Whether the row can only be this order; None when it does not tell. `bought`: seconds and size."""
    tags = row.metadata or {}
    if key in tags.values():
        return True
    if "idempotency_key" in tags:
        return False
    if not row.prompt:
        return None
    seconds, size = bought
    # A vendor may name the dated version of the model that was asked for.
    model = rf"{re.escape(order.model)}(-\d{{4}}-\d{{2}}-\d{{2}})?"
    return (
        row.prompt.split() == order.prompt.split()
        and (row.model is None or re.fullmatch(model, row.model) is not None)
        and (row.seconds is None or _number(row.seconds) == seconds)
        and row.size in (None, size)
    )


def _number(words: object) -> float | None:
    """The finite number that it is or spells, if any."""
    try:
        number = float(str(words))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _delay(headers: httpx2.Headers) -> float:
    """Seconds to wait by `Retry-After`, which is a number of seconds or a date."""
    said = headers.get("retry-after", "")
    delay = _number(said)
    if delay is None:
        try:
            delay = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return DEFAULT_DELAY
    return min(max(delay, 0.0), MAX_DELAY)


def _words(error: openai.APIStatusError) -> str:
    """What the server says in its own words: the protocol's `message`, or what its imitators have instead."""
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or body.get("detail") or error.code or "no reason given.")
