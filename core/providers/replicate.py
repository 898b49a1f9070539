"""Makes clips, stills and sounds with any model at Replicate, as tasks."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from replicate.client import Client
from replicate.version import Versions

from core.domain.catalogue import ListedModel
from core.domain.errors import Retired, TaskGone, VendorRejected, VendorUnavailable
from core.domain.money import usd
from core.domain.orders import SoundOrder, StillOrder
from core.domain.tasks import ClipOrder, Recovery, TaskState, TaskStatus
from core.providers.replicate_api import OFFICIAL, ORDER_SECONDS, REFUSED, Api, Created, Prediction
from core.providers.replicate_inputs import Asked, Entry, clip_input, entries, sound_input, still_input
from core.providers.wire import AGAIN, Departure, Said

KNOWN_SECONDS = 3600.0
"""How long a model's input schema is believed."""
STARTING_POLL, POLL = 5.0, 3.0
SKEW = timedelta(minutes=1)
"""How far the vendor's clock may be behind ours."""
MODEL = re.compile(r"(\w[\w.-]{0,99}/\w[\w.-]{0,99})(?::([0-9a-f]{64}))?", re.ASCII)
TASK = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What is safe as a part of an address; the SDK does not quote it."""
STATES = {
    "starting": TaskState.RUNNING,
    "processing": TaskState.RUNNING,
    "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED,
    "canceled": TaskState.CANCELLED,
    "aborted": TaskState.CANCELLED,
}
SUFFIXES = frozenset({"mp4", "webm", "mov", "gif", "png", "jpg", "jpeg", "webp", "wav", "mp3", "flac", "ogg", "m4a"})
"""Of the files that models make."""
DELETED = "Replicate has deleted what it made; it keeps it for an hour."

Order = TypeVar("Order", ClipOrder, StillOrder, SoundOrder)


class _Version(Said):
    id: str | None = None
    openapi_schema: dict[str, Any] | None = None


class _Card(Said):
    is_official: bool | None = None
    latest_version: _Version | None = None


class _Secret(Said):
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """A model, ready to be ordered from."""

    name: str
    version: str | None
    """None: of an official model, which has one at a time."""
    takes: Mapping[str, Entry]


@dataclass(kw_only=True, eq=False)
class _Replicate(ABC, Generic[Order]):
    """What every kind of work at Replicate has in common: a TaskVendor. Safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str | None = None
    webhook: str = ""
    """An https address that is told when a task has ended; empty: nobody is told."""
    gpu_prices: Mapping[str, Decimal] = field(default_factory=dict)
    """US dollars for a second of the machine, of the models (`owner/name`) that are billed that way."""
    name = "replicate"
    recovery = Recovery.SEARCH
    order_seconds = ORDER_SECONDS

    def __post_init__(self) -> None:
        self._api = Api(key=self.key, base_url=self.base_url or OFFICIAL, order_seconds=self.order_seconds)
        self._models: dict[str, tuple[float, _Model]] = {}

    @abstractmethod
    def _asked(self, order: Order, takes: Mapping[str, Entry]) -> Asked:
        """The order in the words of the model. VendorRejected when the model cannot."""

    def submit(self, order: Order, key: str, before_send: Callable[[], None]) -> str:  # noqa: ARG002
        """Orders it on a connection of its own: see TaskVendor. BadMedia when a file is missing."""
        model = self._model(order.model)
        asked = self._asked(order, model.takes)
        given = asked.values | {name: self._api.brought(files) for name, files in asked.files.items()}
        more: Any = {"webhook": self.webhook, "webhook_events_filter": ["completed"]} if self.webhook else {}

        def order_it(client: Client) -> None:
            if model.version:
                client.predictions.create(version=model.version, input=given, **more)
            else:
                client.models.predictions.create(model.name, input=given, **more)

        return self._api.call(order_it, Created, Departure(before_send)).id

    def poll(self, task: str) -> TaskStatus:
        """How the task stands. TaskGone when Replicate does not know it."""
        said = self._prediction(task)
        clean = self._api.line.clean
        state = STATES.get(said.status)
        if state is None:
            raise VendorUnavailable(f"Replicate gave a state that is not known: “{clean(said.status)}”.", AGAIN)
        failed = state is TaskState.FAILED
        why = str(said.error or "it does not say why.")
        return TaskStatus(
            state=state,
            fraction=_fraction(said.logs or ""),
            begun=said.status == "processing",
            poll_after=STARTING_POLL if said.status == "starting" else POLL,
            cost=self._cost(said),
            problem=clean(f"Replicate could not make it: {why}") if failed else "",
            refused=failed and REFUSED.search(why) is not None,
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """Downloads what was made into the folder, whole or not at all. TaskGone: Replicate deletes it in an hour."""
        said = self._prediction(task)
        if said.status in ("failed", "canceled", "aborted"):
            raise TaskGone("Replicate did not make this.")
        if said.status != "succeeded":
            raise VendorUnavailable("Replicate has not finished this.", AGAIN)
        address = _first_address(said.output)
        if said.data_removed or address is None:
            raise TaskGone(DELETED)
        return self._api.download(address, folder / task, SUFFIXES)

    def cancel(self, task: str) -> bool:
        """Has Replicate stop; False when the task has ended."""
        if STATES.get(self._prediction(task).status) is not TaskState.RUNNING:
            return False
        said = self._api.call(lambda client: client.predictions.cancel(task), Prediction)
        return said.status not in ("succeeded", "failed")

    def find(self, order: Order, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """Predictions made since then (less a minute) that can only be this order, by model, version and input.

        None when the list does not end, or when it no longer tells what such a prediction was made from.
        """
        model = self._model(order.model)
        values = self._asked(order, model.takes).values
        rows = self._api.predictions_since(since - SKEW)
        version = model.version if ":" in order.model else None
        verdicts = {row.id: _is_ours(row, model.name, version, values) for row in rows or ()}
        if rows is None or None in verdicts.values():
            return None
        return [task for task, is_ours in verdicts.items() if is_ours]

    def quote(self, order: Order, price: Decimal) -> Decimal:
        """US dollars: the price a second times the length that the model makes; of other things, the price of one.

        It reads the model's input schema once an hour.
        """
        seconds = self._asked(order, self._model(order.model).takes).seconds
        if isinstance(order, ClipOrder) and seconds is not None:
            return usd(price * Decimal(str(round(seconds, 6))))
        return usd(price)

    def list_models(self, known: Sequence[str]) -> tuple[ListedModel, ...]:
        """Those of `known` that it still has, as each one's page says; it has far too many to list them."""
        return tuple(ListedModel(name=name) for name in known if self._has(name))

    def _has(self, called: str) -> bool:
        match = MODEL.fullmatch(called)
        try:
            return match is not None and self._read_model(match[1], match[2]) is not None
        except TaskGone:
            return False

    def webhook_secret(self) -> str:
        """What Replicate signs its messages with: see `replicate_webhooks.verified`."""
        return self._api.call(lambda client: client.webhooks.default.secret(), _Secret).key

    def _cost(self, said: Prediction) -> Decimal | None:
        """US dollars, where they can be known: of what never began, and of what is billed by the machine's time."""
        if said.status == "aborted":
            return usd(0)
        price = self.gpu_prices.get(said.model or "")
        if price is None or said.metrics is None or said.metrics.predict_time is None:
            return None
        return usd(price * Decimal(str(said.metrics.predict_time)))

    def _prediction(self, task: str) -> Prediction:
        if not TASK.fullmatch(task):
            raise TaskGone("Replicate has no task of that name.")
        return self._api.call(lambda client: client.predictions.get(task), Prediction)

    def _model(self, called: str) -> _Model:
        """The model as it is now. VendorRejected when there is none of that name."""
        known = self._models.get(called)
        if known and known[0] > time.monotonic():
            return known[1]
        match = MODEL.fullmatch(called)
        if not match:
            remedy = "Write owner/name, or owner/name:version with its 64 digits."
            raise VendorRejected(f"“{called[:100]}” is no model at Replicate.", remedy)
        try:
            model = self._read_model(match[1], match[2])
        except TaskGone as error:
            raise Retired(f"Replicate has no model {called[:100]}.") from error
        self._models[called] = (time.monotonic() + KNOWN_SECONDS, model)
        return model

    def _read_model(self, name: str, version: str | None) -> _Model:
        if version:
            said = self._api.call(lambda client: Versions(client, name).get(version), _Version)
            return _Model(name=name, version=version, takes=entries(said.openapi_schema, name))
        card = self._api.call(lambda client: client.models.get(name), _Card)
        newest = card.latest_version or _Version()
        takes = entries(newest.openapi_schema, name)
        return _Model(name=name, version=None if card.is_official else newest.id, takes=takes)


class ReplicateClips(_Replicate[ClipOrder]):
    """Clips. A TaskVendor of ClipOrder."""

    def _asked(self, order: ClipOrder, takes: Mapping[str, Entry]) -> Asked:
        return clip_input(order, takes)


class ReplicateStills(_Replicate[StillOrder]):
    """Stills. A TaskVendor of StillOrder."""

    def _asked(self, order: StillOrder, takes: Mapping[str, Entry]) -> Asked:
        return still_input(order, takes)


class ReplicateSounds(_Replicate[SoundOrder]):
    """Effects and music, also for a clip. A TaskVendor of SoundOrder; what is fetched may be a clip with its sound."""

    def _asked(self, order: SoundOrder, takes: Mapping[str, Entry]) -> Asked:
        return sound_input(order, takes)


def _is_ours(row: Prediction, name: str, version: str | None, values: Mapping[str, Any]) -> bool | None:
    """Whether a prediction can only be our order; None when it does not tell (any more)."""
    if row.source == "web" or (row.model and row.model.lower() != name.lower()):
        return False
    if version and row.version not in (None, "hidden", version):
        return False
    if row.data_removed or not row.input:
        return None
    given = row.input
    return all(given.get(name) == value for name, value in values.items())


def _first_address(output: Any) -> str | None:
    """The first file in what a model gave: an address, a list of them, or an object of them."""
    if isinstance(output, str):
        return output if output.startswith(("http://", "https://", "data:")) else None
    inside = output.values() if isinstance(output, dict) else output if isinstance(output, list) else ()
    return next((address for one in inside if (address := _first_address(one))), None)


def _fraction(logs: str) -> float | None:
    """How far it is, by the last progress bar in its logs."""
    found = re.findall(r"\b(\d{1,3})%\s*\|", logs)
    return min(int(found[-1]), 100) / 100 if found else None
