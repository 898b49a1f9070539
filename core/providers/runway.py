"""Films clips at Runway, as tasks, through its official SDK."""

from __future__ import annotations

import base64
import errno
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import runwayml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.domain.catalogue import Credit, ListedModel
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
from core.domain.money import usd
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers.wire import AGAIN, Cause, Departure, certificates

OFFICIAL = "https://api.dev.runwayml.com"
CREDIT = Decimal("0.01")  # US dollars
CONNECT_SECONDS = 10.0
"""Nothing has been sent by then, so giving up is free."""
ASK_SECONDS = 30.0
"""Between two bytes of an answer that costs nothing; such a call is simply made again."""
FETCH_SECONDS = 900.0
"""A whole download: 100 MB at 1 Mbit/s. A connection that trickles may not hold a worker for ever."""
POLL_SECONDS = 6.0
THROTTLED_SECONDS = 15.0
"""Runway asks not to be polled faster than every 5 s; a throttled task waits for others to end."""
DEFAULT_DELAY, DAILY_DELAY = 30.0, 3600.0
"""Seconds after a 429 that names none; of a daily cap, which is free again when the day is over."""
MAX_DATA_URI, MAX_SENTENCE = 5 * 1024 * 1024, 200
"""Characters of an image inside a request, and of the vendor's own words that are passed on."""
KEY_REMEDY = "Check the Runway key in the settings: it is wrong, has been revoked or may not use this model."
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What is safe as a part of an address; the SDK does not quote it."""
CREDITS_WORDS = re.compile(r"credits?\b|insufficient (?:funds|balance)|billing", re.IGNORECASE)
MODERATION_WORDS = re.compile(r"moderat|safety|content polic|flagged|inappropriate|prohibited content", re.IGNORECASE)
"""What a 400 without field issues says in words only."""
STATES = {
    **dict.fromkeys(("PENDING", "THROTTLED", "RUNNING"), TaskState.RUNNING),
    **{word: TaskState(word.lower()) for word in ("SUCCEEDED", "FAILED", "CANCELLED")},
}
IMAGE_TYPES = ((b"\x89PNG", 0, "png"), (b"\xff\xd8\xff", 0, "jpeg"), (b"WEBP", 8, "webp"))
"""First bytes of the images that Runway takes, where they stand, and their type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What a model can film: lengths in seconds, sizes in pixels from words alone and from a first frame."""

    lengths: tuple[int, ...]
    from_words: tuple[tuple[int, int], ...]
    from_image: tuple[tuple[int, int], ...]
    has_sound: bool = False  # at about twice the price, unless told not to


HD = ((1280, 720), (720, 1280))
FULL_HD = (*HD, (1080, 1920), (1920, 1080))
GEN4 = (*HD, (1104, 832), (960, 960), (832, 1104), (1584, 672))
TWO_TO_TEN = tuple(range(2, 11))
MODELS = {
    "gen4.5": _Model(lengths=TWO_TO_TEN, from_words=HD, from_image=GEN4),
    "gen4_turbo": _Model(lengths=TWO_TO_TEN, from_words=(), from_image=GEN4),
    "veo3.1": _Model(lengths=(4, 6, 8), from_words=FULL_HD, from_image=FULL_HD, has_sound=True),
    "veo3.1_fast": _Model(lengths=(4, 6, 8), from_words=FULL_HD, from_image=FULL_HD, has_sound=True),
}
"""As the SDK 5.24.0 and the vendor's specification of 2026-08-08 have it."""


class _Said(BaseModel):
    """Something that the server said; it may say more than we know."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class _Created(_Said):
    id: str = Field(pattern=rf"^{TASK_ID.pattern}$")


class _Credits(_Said):
    credits: Decimal


class _Task(_Said):
    status: str
    progress: float | None = None
    output: list[str] | None = None
    failure: str | None = None
    failure_code: str | None = Field(None, alias="failureCode")
    cost: _Credits | None = None


class _Tier(_Said):
    models: dict[str, object]


class _Organization(_Said):
    tier: _Tier
    credit_balance: Decimal = Field(alias="creditBalance")


class Runway:
    """Runway. Holds no state but connections; safe to use from many threads."""

    name = "runway"
    recovery = Recovery.NONE
    """It documents no idempotency key and lists no tasks."""
    order_seconds = 90.0
    """Between two bytes of the answer to the paid call. Giving up leaves an order in doubt: rather wait."""

    def __init__(self, *, key: str, base_url: str | None) -> None:
        self._key = key
        self._base_url = base_url or OFFICIAL

    def submit(self, order: ClipOrder, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders the clip on a connection of its own: see ClipVendor."""
        return self._order("image_to_video" if order.image else "text_to_video", _body(order), before_send)

    def _order(self, endpoint: str, body: dict[str, Any], before_send: Callable[[], None]) -> str:
        """The one paid call: the SDK's name of the endpoint, and the fields of the request."""
        departure = Departure(before_send)
        with self._client(self.order_seconds, departure.watch) as client, self._asking(departure):
            answer = getattr(client, endpoint).with_raw_response.create(**body)
            return _Created.model_validate_json(answer.http_response.content).id

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when Runway does not know it (any more)."""
        said = self._task(task)
        state = STATES.get(said.status)
        if state is None:
            raise VendorUnavailable(f"Runway gave a state that is not known: “{self._clean(said.status)}”.", AGAIN)
        words = self._clean(said.failure or said.failure_code or "it does not say why")
        return TaskStatus(
            state=state,
            fraction=None if said.progress is None else min(max(said.progress, 0.0), 1.0),
            begun=said.status == "RUNNING",
            poll_after=THROTTLED_SECONDS if said.status == "THROTTLED" else POLL_SECONDS,
            cost=usd(said.cost.credits * CREDIT) if said.cost else None,
            problem=f"Runway could not make the clip: {words}" if state is TaskState.FAILED else "",
            refused=state is TaskState.FAILED and "SAFETY" in (said.failure_code or "").split("."),
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads the finished clip into the folder, whole or not at all. DiskFull when it has no place there."""
        address = self._address(task)
        partial = folder / f"{task}.part"
        try:
            # An address lasts a day or two; asking again gives a fresh one, in case that one had just ended.
            if not self._download(address, partial) and not self._download(self._address(task), partial):
                raise VendorUnavailable("Runway's address of the clip does not work.", AGAIN)
            return partial.replace(folder / f"{task}.mp4")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("The disk is full: a finished clip could not be saved.") from error
            raise
        finally:
            partial.unlink(missing_ok=True)

    def cancel(self, task: str) -> bool:
        """Has Runway stop; False when the task has ended: deleting it would delete a clip that was paid for.

        A task that had begun is charged in full all the same, and is not known to Runway afterwards.
        """
        if STATES.get(self._task(task).status) is not TaskState.RUNNING:
            return False
        with self._asking():
            self._asker.tasks.delete(task)
        return True

    def find(self, order: ClipOrder, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """None: Runway lists no tasks."""
        return None

    def quote(self, order: ClipOrder, price: Decimal) -> Decimal:
        """US dollars: the price a second times the next longer length that the model films."""
        return usd(price * _seconds(order, _model(order)))

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:  # noqa: ARG002
        """The models that the account's tier may use."""
        return tuple(ListedModel(name=name) for name in self._organization().tier.models)

    def credit(self) -> Credit:
        """The credits of the account."""
        return Credit(left=(left := self._organization().credit_balance), unit="credits", usd=left * CREDIT)

    def _organization(self) -> _Organization:
        with self._asking():
            answer = self._asker.organization.with_raw_response.retrieve()
            return _Organization.model_validate_json(answer.http_response.content)

    @cached_property
    def _asker(self) -> runwayml.RunwayML:
        """For calls that cost nothing, so that it may keep its connections."""
        return self._client(ASK_SECONDS)

    def _client(self, seconds: float, watch: Callable[[httpx.Request], None] | None = None) -> runwayml.RunwayML:
        """An SDK client that never retries; `watch` sees the request leave."""
        if not (self._key and self._key.isascii() and self._key.isprintable() and " " not in self._key):
            raise VendorRejected("The Runway key is empty or holds characters that no key has.", KEY_REMEDY)
        hooks = {"request": [watch]} if watch else {}
        trust, timeout = certificates(httpx.create_ssl_context), httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        http = httpx.Client(verify=trust, timeout=timeout, event_hooks=hooks)
        return runwayml.RunwayML(
            api_key=self._key, base_url=self._base_url, max_retries=0, timeout=http.timeout, http_client=http
        )

    def _task(self, task: str) -> _Task:
        if not TASK_ID.fullmatch(task):
            raise TaskGone("Runway has no task of that name.")
        with self._asking():
            answer: Any = self._asker.tasks.with_raw_response.retrieve(task)
            return _Task.model_validate_json(answer.http_response.content)

    def _address(self, task: str) -> str:
        """A fresh address of the finished clip."""
        said = self._task(task)
        if said.status in ("FAILED", "CANCELLED"):
            raise TaskGone("Runway did not make this clip.")
        if said.status != "SUCCEEDED" or not said.output:
            raise VendorUnavailable("Runway has not finished this clip.", AGAIN)
        return said.output[0]

    def _download(self, address: str, partial: Path) -> bool:
        """Writes the clip to the file; False when the address does not work (any more). It is not told the key."""
        trust, timeout = certificates(httpx.create_ssl_context), httpx.Timeout(ASK_SECONDS, connect=CONNECT_SECONDS)
        try:
            with httpx.stream("GET", address, timeout=timeout, follow_redirects=True, verify=trust) as answer:
                if 400 <= answer.status_code < 500 and answer.status_code not in (408, 425, 429):
                    return False
                if answer.status_code != 200:
                    raise VendorUnavailable(f"Runway's store of clips answered {answer.status_code}.", AGAIN)
                _save(answer, partial)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _lost(error, paid=False) from error
        return True

    @contextmanager
    def _asking(self, paid: Departure | None = None) -> Iterator[None]:
        """Turns what goes wrong in a call, the paid one or any other, into our errors."""
        try:
            yield
        except runwayml.APIStatusError as error:
            raise self._refusal(error, paid=paid is not None) from self._cause(error)
        except (runwayml.APIError, httpx.InvalidURL, ValidationError) as error:
            if paid and paid.stopped:
                raise paid.stopped from None
            raise _lost(error, paid=paid is not None and paid.sent) from self._cause(error)

    def _refusal(self, error: runwayml.APIStatusError, *, paid: bool) -> VendorError:
        """What an answer with an error status means."""
        status = error.status_code
        body = error.body if isinstance(error.body, dict) else {}
        issues = re.findall(r'"message"\s*:\s*"([^"]+)"', error.response.text)
        words = self._clean("; ".join([str(body.get("error") or "it does not say why"), *issues]))
        if status >= 500 or (status == 409 and paid):
            return _failed(f"Runway had an error of its own ({status}).", paid=paid)
        if status == 429:
            return _wait(error.response.headers.get("retry-after", ""), words)
        if status in (401, 403):
            return VendorRejected("Runway does not accept the key.", KEY_REMEDY)
        if status in (404, 410):
            return Retired("Runway has no such model.") if paid else TaskGone("Runway no longer knows this task.")
        if status in (408, 425):
            return VendorUnavailable("Runway did not take the request in time.", AGAIN)
        if status == 402 or (status == 400 and CREDITS_WORDS.search(words) and not issues):
            return NoCredit("The Runway account has not enough credits for this clip.")
        if status == 400 and MODERATION_WORDS.search(words) and not issues:
            return ModerationRefused(f"Runway refused the content: {words}")
        return VendorRejected(f"Runway says ({status}): {words}", "Change the scene, or choose another model.")

    def _cause(self, error: Exception) -> Cause:
        """What the SDK raised, for the log."""
        return Cause(self._clean(f"{type(error).__name__}: {error}"))

    def _clean(self, words: str) -> str:
        """The vendor's words, safe to show: one line, no key, not too long."""
        words = re.sub(r"\bkey_\w+", "…", words.replace(self._key, "…") if self._key else words)
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return line if len(line) <= MAX_SENTENCE else f"{line[: MAX_SENTENCE - 1]}…"


def _model(order: ClipOrder) -> _Model:
    """What the model of the order can do. VendorRejected when it cannot film the order at all."""
    model = MODELS.get(order.model)
    if model is None:
        raise VendorRejected(f"Runway's model “{order.model[:60]}” is not known here.", "Choose another model.")
    if not order.image and not model.from_words:
        remedy = "Give the scene a picture, or choose gen4.5."
        raise VendorRejected(f"Runway's {order.model} films from a picture only, and this scene has none.", remedy)
    return model


def _body(order: ClipOrder) -> dict[str, Any]:
    """The fields of the request, as the SDK names them."""
    model = _model(order)
    width, height = nearest_size(model.from_image if order.image else model.from_words, order.width, order.height)
    body: dict[str, Any] = {
        "model": order.model,
        "prompt_text": order.prompt,
        "ratio": f"{width}:{height}",
        "duration": _seconds(order, model),
        "seed": order.seed,
    }
    if order.image:
        body["prompt_image"] = _data_uri(order.image)
    if model.has_sound:
        body["audio"] = False  # the film has a sound of its own
    return body


def _seconds(order: ClipOrder, model: _Model) -> int:
    """The shortest length that is long enough."""
    for length in model.lengths:
        if length >= order.seconds - 1e-6:
            return length
    longest = f"Runway's {order.model} films at most {model.lengths[-1]} s at a time"
    raise VendorRejected(f"{longest}; this shot takes {order.seconds:.1f} s.", "Make the scene shorter, or split it.")


def nearest_size(sizes: tuple[tuple[int, int], ...], width: int, height: int) -> tuple[int, int]:
    """The size of the nearest shape; of those, the one with the nearest number of pixels."""

    def distance(size: tuple[int, int]) -> tuple[float, float]:
        across, down = math.log(size[0] / width), math.log(size[1] / height)
        return round(abs(across - down), 3), abs(across + down)

    return min(sizes, key=distance)


def _data_uri(image: Path) -> str:
    """The picture, inside the request."""
    try:
        picture = image.read_bytes()
    except OSError as error:
        raise VendorRejected("The first picture of this scene cannot be read.", "Make the picture again.") from error
    kind = next((kind for mark, at, kind in IMAGE_TYPES if picture[at : at + len(mark)] == mark), None)
    if kind is None:
        raise VendorRejected("Runway takes PNG, JPEG and WebP pictures only.", "Save the scene's picture as JPEG.")
    uri = f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
    if len(uri) > MAX_DATA_URI:
        size = f"{len(picture) / 1e6:.1f} MB"
        raise VendorRejected(f"The scene's picture has {size}; Runway takes at most 3.9 MB.", "Use a smaller picture.")
    return uri


def _wait(after: str, words: str) -> RateLimited:
    """How long to wait: as it says, else by what the limit is."""
    usual = DAILY_DELAY if re.search(r"\bdaily\b|\bday\b", words, re.IGNORECASE) else DEFAULT_DELAY
    delay = float(after) if re.fullmatch(r"\d{1,6}(\.\d+)?", after) else usual
    return RateLimited(f"Runway takes no more orders for now: {words}", max(1.0, min(delay, DAILY_DELAY)))


def _lost(error: Exception, *, paid: bool) -> VendorError:
    """What it means that no usable answer came; `paid`: the order had left."""
    if isinstance(error, ValidationError):
        return _failed("Runway gave an answer that makes no sense.", paid=paid)
    late = isinstance(error, runwayml.APITimeoutError | httpx.TimeoutException)
    return _failed("Runway did not answer in time." if late else "The connection to Runway broke.", paid=paid)


def _failed(sentence: str, *, paid: bool) -> VendorError:
    if paid:
        return MaybeBought(sentence, "Whether the clip was ordered has to be looked up at Runway.")
    return VendorUnavailable(sentence, AGAIN)


def _save(answer: httpx.Response, partial: Path) -> None:
    """Writes the body to the file. VendorUnavailable when it is no film or takes too long."""
    if answer.headers.get("content-type", "").startswith(("text/", "application/json", "application/xml")):
        raise VendorUnavailable("Runway's store of clips sent words instead of a film.", AGAIN)
    until = time.monotonic() + FETCH_SECONDS
    with partial.open("wb") as file:
        for piece in answer.iter_bytes(1 << 16):
            file.write(piece)
            if time.monotonic() > until:
                raise VendorUnavailable("Runway sends the clip too slowly.", AGAIN)
        if not file.tell():
            raise VendorUnavailable("Runway's store of clips sent an empty file.", AGAIN)
