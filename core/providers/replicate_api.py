"""The calls to Replicate's API, through its official SDK: with time limits, and with our errors."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import Field, TypeAdapter, ValidationError
from replicate.client import Client

from core.domain.errors import BadMedia, TaskGone, VendorUnavailable
from core.providers.file_types import FILE_TYPES, file_type
from core.providers.wire import AGAIN, CONNECT_SECONDS, Answer, Departure, Line, Said, certificates, whole_file

OFFICIAL = "https://api.replicate.com"
ORDER_SECONDS = 90.0
"""Between two bytes of the answer to the paid call. Giving up leaves an order in doubt: rather wait."""
ASK_SECONDS = 30.0
"""Between two bytes of an answer that costs nothing; such a call is simply made again."""
FETCH_SECONDS = 900.0
"""A whole download. A connection that trickles may not hold a worker for ever."""
INLINE_BYTES = 256_000
"""A file up to this size stands in the request itself; a larger one is uploaded first, as Replicate asks."""
MAX_PAGES = 20
"""Of a hundred rows of the list of predictions: beyond that a person looks faster."""
REFUSED = re.compile(r"nsfw|safety|sensitive|moderat|flagged|prohibited|content polic|\bE005\b", re.IGNORECASE)
"""What a refusal of the content says, in words only."""
WHOLE_SECONDS = 600.0
"""For a whole answer: one that trickles may not hold a worker for ever."""
SAID_IN = {"content-type": "application/json"}
"""How an answer is handed on to the SDK: whole, and no longer compressed."""
S = TypeVar("S", bound=Said)


class Metrics(Said):
    """What was measured of a prediction."""

    predict_time: float | None = None
    """Seconds that the machine worked."""


class Prediction(Said):
    """A task, as Replicate tells it."""

    id: str
    status: str = ""
    model: str | None = None
    version: str | None = None
    created_at: datetime | None = None
    input: dict[str, Any] | None = None
    output: Any = None
    error: Any = None
    logs: str | None = None
    metrics: Metrics | None = None
    data_removed: bool = False
    source: str | None = None


class Created(Said):
    """The answer to an order."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")


class _Page(Said):
    results: list[Prediction]
    next: str | None = None


class _Stored(Said):
    urls: dict[str, str]


class _Refused(Exception):
    """An answer with an error status."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _Door(httpx.BaseTransport):
    """The one way out: puts a time limit on every request, keeps the answer, and hands refusals on at once.

    The SDK by itself waits without limit, repeats what is refused up to ten times, drops the headers of refusals,
    and cannot read every state that a prediction may have.
    """

    def __init__(self, line: Line, seconds: float, departure: Departure | None) -> None:
        self._line = line
        self._limits = httpx.Timeout(seconds, connect=CONNECT_SECONDS).as_dict()
        self._departure = departure
        self._out = httpx.HTTPTransport(verify=certificates(httpx.create_ssl_context))
        self.body = b""
        """Of the last answer."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Makes the request."""
        request.extensions = {**request.extensions, "timeout": self._limits}
        if self._departure:
            self._departure.watch(request)
        response = self._out.handle_request(request)
        self.body = self._line.body(response, seconds=WHOLE_SECONDS, paid=self._departure is not None)
        response.close()
        if response.status_code >= 300:
            raise _Refused(_told(response.status_code, response.headers, self.body))
        return httpx.Response(response.status_code, headers=SAID_IN, content=self.body)

    def close(self) -> None:
        """Closes the connection."""
        self._out.close()


@dataclass(kw_only=True, eq=False)
class Api:
    """Replicate's API under one key. Holds no connection; safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str
    order_seconds: float = ORDER_SECONDS

    def __post_init__(self) -> None:
        failures = (_Refused, httpx.HTTPError, httpx.InvalidURL)
        self.line = Line(vendor="Replicate", key=self.key, failures=failures, read=_answer)

    def call(self, do: Callable[[Client], object], kind: type[S], departure: Departure | None = None) -> S:
        """Makes one call on a connection of its own and answers what was said; `departure`: the call is paid."""
        key = self.line.require_key()
        door = _Door(self.line, self.order_seconds if departure else ASK_SECONDS, departure)
        try:
            with self.line.calling(departure):
                with suppress(ValueError):  # what the SDK cannot read, we may
                    do(Client(api_token=key, base_url=self.base_url, transport=door))
                if departure and departure.stopped:
                    raise departure.stopped
                return kind.model_validate_json(door.body)
        finally:
            door.close()

    def brought(self, files: Path | tuple[Path, ...]) -> Any:
        """Files in the way that an input takes them: inside the request, or uploaded."""
        if isinstance(files, tuple):
            return [self.brought(file) for file in files]
        try:
            content = files.read_bytes()
        except OSError as error:
            raise BadMedia("A file that this scene is made from cannot be read.", "Upload it again.") from error
        suffix, kind = file_type(content)
        if len(content) <= INLINE_BYTES:
            return f"data:{kind};base64,{base64.b64encode(content).decode()}"
        name = f"file.{suffix}"
        stored = self.call(
            lambda client: client.files.create(BytesIO(content), filename=name, content_type=kind), _Stored
        )
        address = stored.urls.get("get")
        if not address:
            raise VendorUnavailable("Replicate did not say where it put the file.", AGAIN)
        return address

    def predictions_since(self, oldest: datetime) -> list[Prediction] | None:
        """The predictions since then, the newest first; None when the list does not end."""
        after = oldest.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        rows: list[Prediction] = []
        query = str(httpx.QueryParams({"created_after": after}))
        for _ in range(MAX_PAGES):
            # Only the query of what it says is next: our key goes to no other host.
            address = f"/v1/predictions?{query}"
            page = self.call(lambda client, address=address: client.predictions.list(address), _Page)  # type: ignore[misc]
            rows += page.results
            last = page.results[-1].created_at if page.results else None
            if not page.next or (last and last < oldest):
                return [row for row in rows if row.created_at is None or row.created_at >= oldest]
            query = urlsplit(page.next).query
        return None

    def download(self, address: str, path: Path, suffixes: frozenset[str]) -> Path:
        """The file at the address, as `path` with its suffix. TaskGone when Replicate has deleted it."""
        if address.startswith("data:"):
            return self._unpacked(address, path)
        name = urlsplit(address).path.lower().rpartition(".")[2]
        timeout = httpx.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS)
        asked: dict[str, Any] = {"timeout": timeout, "follow_redirects": True, "headers": self._pass(address)}
        stream = httpx.stream("GET", address, verify=certificates(httpx.create_ssl_context), **asked)
        with self.line.calling(), stream as answer:
            if answer.status_code in (401, 403, 404, 410):
                raise TaskGone("Replicate has deleted what it made; it keeps it for an hour.")
            if answer.status_code != 200:
                raise VendorUnavailable(f"Replicate's store of files answered {answer.status_code}.", AGAIN)
            kind = answer.headers.get("content-type", "").partition(";")[0]
            if kind.startswith("text/") or kind == "application/json":
                raise VendorUnavailable("Replicate's store of files sent words instead of a file.", AGAIN)
            known = next((suffix for _, _, suffix, of in FILE_TYPES if of == kind), "bin")
            done = path.with_name(f"{path.name}.{name if name in suffixes else known}")
            return self._written(answer, done)

    def _written(self, answer: httpx.Response, path: Path) -> Path:
        until = time.monotonic() + FETCH_SECONDS
        with whole_file(path) as file:
            for piece in answer.iter_bytes(1 << 16):
                file.write(piece)
                if time.monotonic() > until:
                    raise VendorUnavailable("Replicate sends the file too slowly.", AGAIN)
            if not file.tell():
                raise VendorUnavailable("Replicate's store of files sent an empty file.", AGAIN)
        return path

    def _pass(self, address: str) -> dict[str, str]:
        """The key, for files that lie in the API itself; no other host is told it."""
        ours, theirs = urlsplit(self.base_url), urlsplit(address)
        is_ours = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc) and theirs.path.startswith("/v1/files/")
        return {"Authorization": f"Bearer {self.key}"} if is_ours else {}

    def _unpacked(self, address: str, path: Path) -> Path:
        """Writes what stands in the answer itself."""
        try:
            content = base64.b64decode(address.partition(",")[2], validate=True)
        except ValueError as error:
            raise VendorUnavailable("Replicate gave a file that makes no sense.", AGAIN) from error
        done = path.with_name(f"{path.name}.{file_type(content)[0]}")
        with whole_file(done) as file:
            file.write(content)
        return done


def _answer(error: Exception) -> Answer | None:
    return error.answer if isinstance(error, _Refused) else None


def _told(status: int, headers: httpx.Headers, body: bytes) -> Answer:
    """A refusal, as RFC 7807 has it: title, detail, type."""
    try:
        said = TypeAdapter(dict[str, Any]).validate_json(body)
    except ValidationError:
        said = {}
    words = str(said.get("detail") or said.get("title") or "")
    codes = " ".join(str(said[name]) for name in ("title", "type") if said.get(name))
    if status < 500 and REFUSED.search(words):
        codes = f"{codes} moderation"
    known = {name.lower(): value for name, value in headers.items()}
    wait = re.search(r"(\d+(?:\.\d+)?)\s*s(?:ec|\b)", words)
    if status == 429 and "retry-after" not in known and (said.get("retry_after") or wait):
        known["retry-after"] = str(said.get("retry_after") or (wait and wait[1]))
    return Answer(status=status, codes=codes, words=words, headers=known)
