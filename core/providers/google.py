"""Films clips with Gemini Omni, through Google's Interactions API."""

from __future__ import annotations

import base64
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from google import genai
from pydantic import Field

from core.domain.catalogue import ListedModel
from core.domain.errors import TaskGone, VendorRejected, VendorUnavailable
from core.domain.money import usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers.google_api import ASK_SECONDS, ORDER_SECONDS, POLL_SECONDS, REFUSED, Api, save, told
from core.providers.pictures import picture
from core.providers.wire import AGAIN, CONNECT_SECONDS, Departure, Said, certificates, whole_file

OFFICIAL = "https://generativelanguage.googleapis.com"
FETCH_SECONDS = 900.0
"""A whole download. A connection that trickles may not hold a worker for ever."""
LENGTHS = {"gemini-omni-1.1-flash": range(3, 11), "gemini-omni-1.2-flash": range(3, 16)}
"""Seconds that the models film."""
RATIOS = {"16:9": 16 / 9, "9:16": 9 / 16}
SIDES = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,299}")
"""What is safe as a part of an address; the SDK does not quote it."""
STATES = {
    "queued": TaskState.RUNNING,
    "in_progress": TaskState.RUNNING,
    "completed": TaskState.SUCCEEDED,
    "cancelled": TaskState.CANCELLED,
    **dict.fromkeys(
        ("failed", "incomplete", "budget_exceeded", "requires_action", "requires_continuation"), TaskState.FAILED
    ),
}
MOST_MODELS = 1000
"""Of one answer, by the vendor; it has less than a hundred."""
HOPS = 5
"""Most redirections of a download."""
DELETED = "Google has deleted the clip; it keeps it for two days."


class _Created(Said):
    id: str = Field(pattern=rf"^{TASK.pattern}$")


class _Content(Said):
    type: str = ""
    text: str | None = None
    data: str | None = None
    uri: str | None = None


class _Problem(Said):
    code: str | None = None
    message: str | None = None


class _Step(Said):
    type: str = ""
    content: list[_Content] | None = None
    error: _Problem | None = None


class _Model(Said):
    name: str


class _Models(Said):
    models: list[_Model]


class _Interaction(Said):
    status: str
    steps: list[_Step] | None = None
    errors: list[_Problem] | None = None

    @property
    def said(self) -> list[_Content]:
        """All that the model answered."""
        steps = [step for step in self.steps or () if step.type == "model_output"]
        return [content for step in steps for content in step.content or ()]

    @property
    def clip(self) -> _Content | None:
        """The clip in it."""
        return next((one for one in self.said if one.type == "video" and (one.data or one.uri)), None)

    @property
    def why(self) -> str:
        """Why there is no clip."""
        problems = [*(self.errors or ()), *(step.error for step in self.steps or () if step.error)]
        words = [f"{problem.message or ''} ({problem.code})" for problem in problems]
        return "; ".join(words + [one.text for one in self.said if one.text]) or f"it is {self.status}."


@dataclass(kw_only=True, eq=False)
class GoogleOmni:
    """Gemini Omni: a TaskVendor of ClipOrder. Holds no connection; safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str | None = None
    resolutions: tuple[str, ...] = ("720p",)
    """What may be ordered: those that the price in the catalogue is for."""
    name = "google"
    recovery = Recovery.NONE
    """It documents no idempotency key and lists no interactions."""
    order_seconds = ORDER_SECONDS

    def __post_init__(self) -> None:
        self._address = self.base_url or OFFICIAL
        self._api = Api(key=self.key, base_url=self._address, order_seconds=self.order_seconds)

    def submit(self, order: ClipOrder, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders the clip on a connection of its own: see TaskVendor. BadMedia when the first frame is missing."""
        given: list[dict[str, Any]] = [{"type": "text", "text": order.prompt}]
        if order.image:
            content, kind = picture(order.image)
            given.append({"type": "image", "data": base64.b64encode(content).decode(), "mime_type": kind})
        shape = {
            "type": "video",
            "aspect_ratio": nearest_ratio(order),
            "duration": f"{self._seconds(order)}s",
            "resolution": nearest_resolution(order, self.resolutions),
            "delivery": "uri",
        }
        task = "image_to_video" if order.image else "text_to_video"

        def order_it(client: genai.Client) -> None:
            client.interactions.create(
                model=order.model,
                input=given,
                background=True,
                store=True,
                response_modalities=["video"],
                response_format=[shape],
                generation_config={"video_config": {"task": task}},
            )

        return self._api.call(order_it, _Created, Departure(before_send)).id

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when Google does not know it."""
        said = self._interaction(task)
        clean = self._api.line.clean
        state = STATES.get(said.status)
        if state is None:
            raise VendorUnavailable(f"Google gave a state that is not known: “{clean(said.status)}”.", AGAIN)
        if state is TaskState.SUCCEEDED and said.clip is None:
            state = TaskState.FAILED  # it talked about the clip instead
        failed = state is TaskState.FAILED
        return TaskStatus(
            state=state,
            begun=said.status == "in_progress",
            poll_after=POLL_SECONDS,
            problem=clean(f"Google could not make the clip: {said.why}") if failed else "",
            refused=failed and REFUSED.search(said.why) is not None,
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads the finished clip into the folder, whole or not at all. TaskGone: it is kept for two days."""
        said = self._interaction(task)
        if STATES.get(said.status) is TaskState.RUNNING:
            raise VendorUnavailable("Google has not finished this clip.", AGAIN)
        if said.clip is None:
            raise TaskGone("Google did not make this clip.")
        clip = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', task)[:100]}.mp4"
        if said.clip.data:
            return save(said.clip.data, clip)
        return self._downloaded(said.clip.uri or "", clip)

    def cancel(self, task: str) -> bool:
        """Has Google stop; False when the task has ended."""
        if STATES.get(self._interaction(task).status) is not TaskState.RUNNING:
            return False
        said = self._api.call(lambda client: client.interactions.cancel(task), _Interaction)
        return said.status != "completed"

    def find(self, order: ClipOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Google lists no interactions."""
        return None

    def quote(self, order: ClipOrder, price: Decimal) -> Decimal:
        """US dollars: the price a second times the next longer length that the model films."""
        return usd(price * self._seconds(order))

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that the Gemini API has."""
        said = self._api.call(lambda client: client.models.list(config={"page_size": MOST_MODELS}), _Models)
        return tuple(ListedModel(name=model.name.removeprefix("models/")) for model in said.models)

    def _seconds(self, order: ClipOrder) -> int:
        lengths = LENGTHS.get(order.model)
        if lengths is None:
            raise VendorRejected(f"Google's model “{order.model[:60]}” is not known here.", "Choose another model.")
        return next_length(order, tuple(lengths))

    def _interaction(self, task: str) -> _Interaction:
        if not TASK.fullmatch(task):
            raise TaskGone("Google has no task of that name.")
        return self._api.call(lambda client: client.interactions.get(task), _Interaction)

    def _downloaded(self, address: str, clip: Path) -> Path:
        """Fetches the clip from where Google has put it; redirections are followed here, so that the key is not."""
        if re.search(r"/files/[^/:?]+$", address):
            address += ":download?alt=media"
        timeout = httpx2.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS)
        for _ in range(HOPS):
            trust = certificates(httpx2.create_ssl_context)
            stream = httpx2.stream("GET", address, timeout=timeout, headers=self._pass(address), verify=trust)
            with self._api.line.calling(), stream as answer:
                if answer.status_code == 200:
                    return self._written(answer, clip)
                if not answer.has_redirect_location:
                    body = answer.read()
                    raise self._api.line.refusal(told(answer.status_code, answer.headers, body), paid=False)
                address = urljoin(address, answer.headers["location"])
        raise VendorUnavailable("Google's address of the clip leads nowhere.", AGAIN)

    def _pass(self, address: str) -> dict[str, str]:
        """The key, for Google's own API; no other host is told it."""
        ours, theirs = urlsplit(self._address), urlsplit(address)
        is_ours = (theirs.scheme, theirs.netloc) in ((ours.scheme, ours.netloc), ("https", urlsplit(OFFICIAL).netloc))
        return {"x-goog-api-key": self.key} if is_ours else {}

    def _written(self, answer: httpx2.Response, clip: Path) -> Path:
        if answer.headers.get("content-type", "").startswith(("text/", "application/json")):
            raise VendorUnavailable("Google sent words instead of a clip.", AGAIN)
        until = time.monotonic() + FETCH_SECONDS
        with whole_file(clip) as file:
            for piece in answer.iter_bytes(1 << 16):
                file.write(piece)
                if time.monotonic() > until:
                    raise VendorUnavailable("Google sends the clip too slowly.", AGAIN)
            if not file.tell():
                raise VendorUnavailable("Google sent an empty clip.", AGAIN)
        return clip


def next_length(order: ClipOrder, lengths: tuple[int, ...]) -> int:
    """The shortest length that is long enough. VendorRejected when none is."""
    for length in lengths:
        if length >= order.seconds - 1e-6:
            return length
    longest = f"Google's {order.model[:60]} films at most {lengths[-1]} s at a time"
    raise VendorRejected(f"{longest}; this shot takes {order.seconds:.1f} s.", "Make the scene shorter, or split it.")


def nearest_ratio(order: ClipOrder) -> str:
    """The nearest shape that is sold."""
    return min(RATIOS, key=lambda ratio: abs(math.log(RATIOS[ratio] * order.height / order.width)))


def nearest_resolution(order: ClipOrder, sold: tuple[str, ...]) -> str:
    """The nearest size that is sold."""
    side = min(order.width, order.height)
    return min(sold, key=lambda name: abs(math.log(SIDES[name] / side)))
