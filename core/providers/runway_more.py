"""Stills, clips, and a person's performance that a character plays, at Runway, as tasks, through its official SDK."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from core.domain.errors import BadMedia, TaskGone, VendorRejected, VendorUnavailable
from core.domain.money import usd
from core.domain.orders import PerformanceOrder, StillOrder
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers.file_types import file_type
from core.providers.pictures import picture
from core.providers.runway import GEN4, MAX_DATA_URI, Runway, nearest_size
from core.providers.wire import AGAIN

HD_STILLS = ((1280, 720), (720, 1280), (720, 720), (960, 720), (720, 960), (1680, 720))
FULL_HD_STILLS = (
    (1024, 1024), (1080, 1080), (1168, 880), (1360, 768), (1440, 1080), (1080, 1440), (1808, 768), (1920, 1080),
    (1080, 1920), (2112, 912),
)  # fmt: skip
"""Sizes of stills; gen4_image costs more in the second kind, gen4_image_turbo does not."""
STILL_MODELS = {"gen4_image": HD_STILLS, "gen4_image_turbo": (*HD_STILLS, *FULL_HD_STILLS)}
PERFORMANCE_MODELS = frozenset({"act_two"})
MAX_REFERENCES = 3
MAX_VIDEO_URI = 16 * 1024 * 1024
"""Characters of a video inside a request; a larger one is uploaded first."""
PERFORMANCE_SECONDS = (3.0, 30.0)
ELSE = "Choose another model."


class _Desk(Runway):
    """Runway, for anything that it makes."""

    def order(self, endpoint: str, body: dict[str, Any], before_send: Callable[[], None]) -> str:
        """The one paid call."""
        return self._order(endpoint, body, before_send)

    def upload(self, content: bytes, suffix: str, kind: str) -> str:
        """Brings a file there for a day and answers its address."""
        try:
            with self._asking():
                return self._asker.uploads.create_ephemeral(file=(f"file.{suffix}", content, kind)).uri
        except (httpx.HTTPError, TaskGone) as error:  # of the store, which the SDK speaks to without its own errors
            raise VendorUnavailable("Runway's store of files does not take the file.", AGAIN) from error


class _More:
    """What stills and performances have in common with clips."""

    name = "runway"
    recovery = Recovery.NONE
    """It documents no idempotency key and lists no tasks."""
    wares = ""
    """What is made, in a sentence."""

    def __init__(self, *, key: str, base_url: str | None) -> None:
        self._desk = _Desk(key=key, base_url=base_url)

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when Runway does not know it (any more)."""
        status = self._desk.poll(task)
        if status.state is TaskState.FAILED:
            return replace(status, problem=status.problem.replace("the clip", self.wares))
        return status

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads what was made into the folder, whole or not at all, with the suffix that it should have."""
        fetched = self._desk.fetch(task, folder)
        with fetched.open("rb") as file:
            suffix = file_type(file.read(16))[0]
        return fetched.replace(fetched.with_suffix(f".{suffix}"))

    def cancel(self, task: str) -> bool:
        """Has Runway stop; False when the task has ended."""
        return self._desk.cancel(task)


class RunwayStills(_More):
    """Stills. A TaskVendor of StillOrder."""

    wares = "the still"

    def submit(self, order: StillOrder, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders the still on a connection of its own: see TaskVendor. BadMedia when a reference is missing."""
        sizes = STILL_MODELS.get(order.model)
        if sizes is None:
            raise VendorRejected(f"Runway's model “{order.model[:60]}” is not known here.", ELSE)
        if len(order.references) > MAX_REFERENCES:
            words = f"Runway looks at {MAX_REFERENCES} reference images; this still has {len(order.references)}."
            raise VendorRejected(words, "Leave some of them out.")
        if order.model == "gen4_image_turbo" and not order.references:
            remedy = "Add an image of the character, or choose gen4_image."
            raise VendorRejected("Runway's gen4_image_turbo draws from a reference image only.", remedy)
        width, height = nearest_size(sizes, order.width, order.height)
        body: dict[str, Any] = {
            "model": order.model,
            "prompt_text": order.prompt,
            "ratio": f"{width}:{height}",
            "seed": order.seed,
        }
        if order.references:
            body["reference_images"] = [{"uri": _picture_uri(image)} for image in order.references]
        return self._desk.order("text_to_image", body, before_send)

    def find(self, order: StillOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Runway lists no tasks."""
        return None

    def quote(self, order: StillOrder, price: Decimal) -> Decimal:  # noqa: ARG002
        """US dollars: the price of a still (of gen4_image in 720p, which is what is ordered)."""
        return usd(price)


class RunwayPerformances(_More):
    """Performances. A TaskVendor of PerformanceOrder."""

    wares = "the performance"

    def submit(self, order: PerformanceOrder, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders the performance on a connection of its own: see TaskVendor. BadMedia when a file is missing."""
        self._require(order)
        character, performance = _content(order.character), _content(order.performance)
        played, shown = file_type(performance)[1], file_type(character)[1]
        if not played.startswith("video/"):
            raise VendorRejected("Runway takes a performance as MP4 or WebM only.", "Use another recording.")
        kind = "video" if shown.startswith("video/") else "image"
        width, height = nearest_size(GEN4, order.width, order.height)
        uri = self._video_uri(character) if kind == "video" else _picture_uri(order.character)
        body = {
            "model": order.model,
            "character": {"type": kind, "uri": uri},
            "reference": {"type": "video", "uri": self._video_uri(performance)},
            "ratio": f"{width}:{height}",
            "expression_intensity": order.expression,
            "body_control": True,
            "seed": order.seed,
        }
        return self._desk.order("character_performance", body, before_send)

    def find(self, order: PerformanceOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Runway lists no tasks."""
        return None

    def quote(self, order: PerformanceOrder, price: Decimal) -> Decimal:
        """US dollars: the price a second times the seconds of the performance."""
        self._require(order)
        return usd(price * Decimal(str(round(order.seconds, 3))))

    def _require(self, order: PerformanceOrder) -> None:
        """VendorRejected when the order cannot be carried out."""
        shortest, longest = PERFORMANCE_SECONDS
        if order.model not in PERFORMANCE_MODELS:
            raise VendorRejected(f"Runway's model “{order.model[:60]}” is not known here.", ELSE)
        if not shortest - 1e-6 <= order.seconds <= longest + 1e-6:
            words = f"Runway takes performances of {shortest:.0f} to {longest:.0f} s; this one has"
            raise VendorRejected(f"{words} {order.seconds:.1f} s.", "Use a shorter or longer recording.")

    def _video_uri(self, content: bytes) -> str:
        suffix, kind = file_type(content)
        uri = f"data:{kind};base64,{base64.b64encode(content).decode()}"
        return uri if len(uri) <= MAX_VIDEO_URI else self._desk.upload(content, suffix, kind)


class RunwayFilms(Runway):
    """Clips, and performances among them: what is asked for says the order."""

    def __init__(self, *, key: str, base_url: str | None) -> None:
        super().__init__(key=key, base_url=base_url)
        self._performances = RunwayPerformances(key=key, base_url=base_url)

    def submit(self, order: ClipOrder | PerformanceOrder, key: str, before_send: Callable[[], None]) -> str:
        """Orders it on a connection of its own: see TaskVendor."""
        if isinstance(order, PerformanceOrder):
            return self._performances.submit(order, key, before_send)
        return super().submit(order, key, before_send)

    def find(self, order: ClipOrder | PerformanceOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Runway lists no tasks."""
        return None

    def quote(self, order: ClipOrder | PerformanceOrder, price: Decimal) -> Decimal:
        """US dollars: of a clip the next longer length that the model films, of a performance its own."""
        if isinstance(order, PerformanceOrder):
            return self._performances.quote(order, price)
        return super().quote(order, price)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadMedia("A recording or picture of this performance is missing.", "Upload it again.") from error


def _picture_uri(image: Path) -> str:
    """A picture, inside the request."""
    content, kind = picture(image)
    uri = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    if len(uri) > MAX_DATA_URI:
        size = f"{len(content) / 1e6:.1f} MB"
        raise VendorRejected(f"A reference image has {size}; Runway takes at most 3.9 MB.", "Use a smaller picture.")
    return uri
