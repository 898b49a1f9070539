"""Films clips with Veo, which Google sells on Vertex only: to a project, by its credentials."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from google import genai
from google.genai import types
from pydantic import Field

from core.domain.errors import TaskGone, VendorRejected, VendorUnavailable
from core.domain.money import usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers.google import nearest_ratio, nearest_resolution, next_length
from core.providers.google_api import ORDER_SECONDS, POLL_SECONDS, REFUSED, Api, save
from core.providers.pictures import picture
from core.providers.wire import AGAIN, Departure, Said

LENGTHS = (4, 6, 8)
MODELS = frozenset({"veo-3.1-lite-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-generate-001"})
"""What they film, in seconds."""
TASK = re.compile(r"projects/[\w.:-]+/locations/[\w-]+/publishers/google/models/[\w.-]+/operations/[\w-]+", re.ASCII)
"""What an operation is called; its name is an address."""
HIGHEST_SEED = 2**32 - 1


class _Created(Said):
    name: str = Field(pattern=rf"^{TASK.pattern}$")


class _Clip(Said):
    bytesBase64Encoded: str | None = None  # noqa: N815


class _Made(Said):
    videos: list[_Clip] = Field(default_factory=list)
    raiMediaFilteredCount: int = 0  # noqa: N815
    raiMediaFilteredReasons: list[str] = Field(default_factory=list)  # noqa: N815


class _Problem(Said):
    code: int | None = None
    message: str | None = None


class _Operation(Said):
    done: bool = False
    error: _Problem | None = None
    response: _Made | None = None

    @property
    def clip(self) -> str | None:
        """The clip, encoded."""
        videos = self.response.videos if self.response else []
        return next((video.bytesBase64Encoded for video in videos if video.bytesBase64Encoded), None)


@dataclass(kw_only=True, eq=False)
class GoogleVeo:
    """Veo on Vertex: a TaskVendor of ClipOrder. Holds no connection; safe to use from many threads."""

    project: str
    location: str
    credentials: Any = field(default=None, repr=False)
    """Of google.auth; None: those that the machine has (GOOGLE_APPLICATION_CREDENTIALS)."""
    base_url: str | None = None
    resolutions: tuple[str, ...] = ("720p",)
    """What may be ordered (also 1080p): those that the price in the catalogue is for."""
    name = "vertex"
    recovery = Recovery.NONE
    """It documents no idempotency key and lists no operations of this kind."""
    order_seconds = ORDER_SECONDS

    def __post_init__(self) -> None:
        self._api = Api(
            base_url=self.base_url,
            project=self.project,
            location=self.location,
            credentials=self.credentials,
            order_seconds=self.order_seconds,
        )

    def submit(self, order: ClipOrder, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders the clip on a connection of its own: see TaskVendor. BadMedia when the first frame is missing."""
        first = None
        if order.image:
            content, kind = picture(order.image)
            first = types.Image(image_bytes=content, mime_type=kind)
        config = types.GenerateVideosConfig(
            number_of_videos=1,
            duration_seconds=self._seconds(order),
            aspect_ratio=nearest_ratio(order),
            resolution=nearest_resolution(order, self.resolutions),
            generate_audio=False,  # the film has a sound of its own
            seed=order.seed % (HIGHEST_SEED + 1),
        )
        source = types.GenerateVideosSource(prompt=order.prompt, image=first)

        def order_it(client: genai.Client) -> None:
            client.models.generate_videos(model=order.model, source=source, config=config)

        return self._api.call(order_it, _Created, Departure(before_send)).name

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when Google does not know it."""
        said = self._operation(task)
        if not said.done:
            return TaskStatus(state=TaskState.RUNNING, poll_after=POLL_SECONDS)
        if said.clip:
            return TaskStatus(state=TaskState.SUCCEEDED)
        made = said.response or _Made()
        words = [said.error.message or ""] if said.error else made.raiMediaFilteredReasons
        why = "; ".join(words) or "it does not say why."
        return TaskStatus(
            state=TaskState.FAILED,
            problem=self._api.line.clean(f"Google could not make the clip: {why}"),
            refused=bool(made.raiMediaFilteredCount) or REFUSED.search(why) is not None,
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Writes the finished clip into the folder, whole or not at all."""
        said = self._operation(task)
        if not said.done:
            raise VendorUnavailable("Google has not finished this clip.", AGAIN)
        if not said.clip:
            raise TaskGone("Google did not make this clip.")
        return save(said.clip, folder / f"{task.rpartition('/')[2]}.mp4")

    def cancel(self, task: str) -> bool:  # noqa: ARG002
        """False: a clip that Veo has begun is made and charged for."""
        return False

    def find(self, order: ClipOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Google lists no operations of this kind."""
        return None

    def quote(self, order: ClipOrder, price: Decimal) -> Decimal:
        """US dollars: the price a second times the next longer length that the model films."""
        return usd(price * self._seconds(order))

    def _seconds(self, order: ClipOrder) -> int:
        if order.model not in MODELS:
            raise VendorRejected(f"Google's model “{order.model[:60]}” is not known here.", "Choose another model.")
        return next_length(order, LENGTHS)

    def _operation(self, task: str) -> _Operation:
        if not TASK.fullmatch(task):
            raise TaskGone("Google has no task of that name.")
        asked = types.GenerateVideosOperation()
        asked.name = task
        return self._api.call(lambda client: client.operations.get(asked), _Operation)
