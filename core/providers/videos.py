"""Films clips on any server that speaks the OpenAI-compatible `/v1/videos` protocol, through the official SDK."""

from __future__ import annotations

import math
import mimetypes
import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import httpx2
import openai
from pydantic import Field

from core.domain.catalogue import ListedModel
from core.domain.errors import BadMedia, TaskGone, VendorRejected, VendorUnavailable
from core.domain.money import usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers import openai_sdk
from core.providers.wire import AGAIN, MAX_DELAY, MODERATION, Departure, Line, Said, number, whole_file

SORA_SIZES = ((720, 1280), (1280, 720), (1024, 1792), (1792, 1024))
"""Width and height of what the protocol was made for."""
ORDER_SECONDS = 90.0
"""Between two bytes of the answer to the paid call: giving up early leaves an order in doubt, so rather wait."""
ASK_SECONDS = 20.0
"""Between two bytes of any other answer; such a call is simply made again."""
FETCH_SECONDS = 900.0
"""A whole download: 100 MB at 1 Mbit/s. A connection that trickles may not hold a worker for ever."""
SKEW = timedelta(minutes=1)
"""How far the vendor's clock may be behind ours."""
MAX_PAGES = 50
"""Of a hundred rows of the vendor's list: beyond that a person looks faster."""
DEFAULT_POLL = 5.0
"""Seconds until the next poll where the server does not say."""
STATES = {
    **dict.fromkeys(("queued", "pending", "in_progress", "processing", "running"), TaskState.RUNNING),
    **dict.fromkeys(("completed", "succeeded"), TaskState.SUCCEEDED),
    **dict.fromkeys(("cancelled", "canceled"), TaskState.CANCELLED),
    "failed": TaskState.FAILED,
}
"""The protocol's four words, and what its imitators say instead."""
NO_LIST = frozenset({400, 404, 405, 410, 422, 501})
"""Answers of servers that have no list, or not one that can be asked for its newest tasks."""


class _Problem(Said):
    code: str | None = None
    message: str | None = None


class _Task(Said):
    id: str = Field(min_length=1, max_length=200)


class _Progress(Said):
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


class _Page(Said):
    data: list[_Row]
    has_more: bool | None = None


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
        departure = Departure(before_send)
        with self._client(ORDER_SECONDS, departure.watch) as client, self._line.calling(departure):
            answer = client.videos.with_raw_response.create(**asked, extra_headers={"Idempotency-Key": key})
            return _Task.model_validate_json(answer.content).id

    def poll(self, task: str) -> TaskStatus:
        """How the task stands."""
        with self._line.calling():
            answer = self._asker.videos.with_raw_response.retrieve(task)
            said = _Progress.model_validate_json(answer.content)
        state = STATES.get(said.status.lower())
        if state is None:
            raise VendorUnavailable(f"{self.name} gave a state that is not known: “{self._line.clean(said.status)}”.")
        failed = state is TaskState.FAILED
        error = said.error if isinstance(said.error, _Problem) else _Problem(message=said.error)
        why = error.message or error.code or "it does not say why."
        percent = number(said.progress)
        wait = number(answer.headers.get("openai-poll-after-ms"))
        return TaskStatus(
            state=state,
            fraction=None if percent is None else min(max(percent / 100, 0.0), 1.0),
            poll_after=min(wait / 1000, MAX_DELAY) if wait and wait > 0 else DEFAULT_POLL,
            problem=self._line.clean(f"{self.name} could not make the clip: {why}") if failed else "",
            refused=failed and bool(MODERATION.search(error.code or "")),
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads the finished clip into the folder; a broken download leaves nothing behind."""
        clip = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', task)[:100]}.mp4"
        try:
            with (
                whole_file(clip) as file,
                self._line.calling(),
                self._asker.videos.with_streaming_response.download_content(task) as answer,
            ):
                self._download(answer.http_response, file)
        except TaskGone as gone:
            if "not ready" in gone.message.lower():
                raise VendorUnavailable(f"{self.name} has not finished storing the clip.", AGAIN) from gone
            raise
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

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that the server has."""
        return openai_sdk.listed(self._line, self._line.require_key() if self.key else "", self.base_url)

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
    def _line(self) -> Line:
        doubt = "Whether the clip was ordered is being found out."
        return Line(vendor=self.name, key=self.key, failures=openai_sdk.FAILURES, doubt=doubt)

    @cached_property
    def _asker(self) -> openai.OpenAI:
        """For calls that cost nothing, so that it may keep its connections."""
        return self._client(ASK_SECONDS)

    def _client(self, seconds: float, watch: Callable[[httpx2.Request], None] | None = None) -> openai.OpenAI:
        """An SDK client; `watch` sees the request leave, and is then the only one it may make."""
        # By a filter for this one sentence: `warnings.catch_warnings` would be undone by other threads.
        warnings.filterwarnings("ignore", message="The Sora API is scheduled", category=DeprecationWarning)
        return openai_sdk.client(self._line.require_key() if self.key else "", self.base_url, seconds, watch)

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
        with self._line.calling():
            try:
                answer = self._asker.videos.with_raw_response.list(after=after, limit=100, order="desc")
            except openai.APIStatusError as error:
                if error.status_code in NO_LIST:
                    return None
                raise
            return _Page.model_validate_json(answer.content)


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
        and (row.seconds is None or number(row.seconds) == seconds)
        and row.size in (None, size)
    )
