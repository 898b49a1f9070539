"""Vendors that answer at once, as the buyer knows vendors: the answer is kept first, and is the task ever after.

What was paid for is put away before anybody looks at it, so a crash at any later moment loses nothing: the task id
names the blobs of the answer. Only a crash between the answer and that moment leaves a purchase in doubt.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.domain import bills
from core.domain.catalogue import ModelCard
from core.domain.errors import Broken, DiskFull, MaybeBought, ModerationRefused, NotFound, TaskGone, UnknownPrice
from core.domain.orders import Product, ToolCall, Usage
from core.domain.shoot import Word
from core.domain.tasks import Recovery, TaskState, TaskStatus
from core.providers.rotation import RotatingInstant
from core.providers.wire import Billed
from core.storage import Storage

log = logging.getLogger("reprise.buying")

NOT_KEPT = "It answered, but the answer could not be kept here ({}); it is charged for."


@dataclass(kw_only=True, eq=False)
class AtOnce:
    """A TaskVendor whose tasks are finished when they are ordered."""

    name: str
    vendor: RotatingInstant[Any]
    storage: Storage
    cards: tuple[ModelCard, ...]
    on_text: Callable[[str], None] | None = None
    """Is told the text as it comes, where the vendor can."""
    recovery = Recovery.NONE

    def telling(self, on_text: Callable[[str], None]) -> AtOnce:
        """The same, which tells its text as it comes."""
        return replace(self, on_text=on_text)

    def submit(self, order: Any, key: str, before_send: Callable[[], None]) -> str:
        """Makes it and puts the answer away; answers where that lies. See TaskVendor.submit."""
        with TemporaryDirectory(dir=self.storage.scratch("answers")) as folder:
            try:
                if self.on_text is not None:
                    made = self.vendor.stream(order, key, before_send, self.on_text, Path(folder))
                else:
                    made = self.vendor.make(order, key, before_send, Path(folder))
                kept = self._kept(order, key, made)
            except Billed as error:
                refused = isinstance(error, ModerationRefused)
                kept = {"usage": asdict(error.usage), "failed": error.sentence, "refused": refused, "key": key}
                made = Product(usage=error.usage)
            except DiskFull as error:  # files are written when the answer is there
                raise MaybeBought(NOT_KEPT.format(error.message)) from error
            kept["cost"] = self._cost(order, made)
            return self._put(Path(folder), kept, made)

    def _kept(self, order: Any, key: str, made: Product) -> dict[str, Any]:
        """The answer as JSON, without its file."""
        return {
            "key": key,
            "model": order.model,
            "text": made.text,
            "data": made.data,
            "calls": [asdict(call) for call in made.calls],
            "words": [word.model_dump() for word in made.words],
            "language": made.language,
            "usage": asdict(made.usage),
        }

    def _cost(self, order: Any, made: Product) -> str | None:
        """US dollars that it did cost, where that can be known."""
        if made.cost is not None:
            return str(made.cost)
        card = next((card for card in self.cards if card.id == f"{self.name}/{order.model}"), None)
        try:
            amount = bills.bill(card, made.usage) if card else None
        except UnknownPrice:
            return None
        return None if amount is None else str(amount)

    def _put(self, folder: Path, kept: dict[str, Any], made: Product) -> str:
        """Puts the answer away; answers the blobs, as one word."""
        try:
            file = self.storage.put(made.path) if made.path else ""
            path = folder / "answer.json"
            path.write_text(json.dumps({**kept, "file": file}, ensure_ascii=False), "utf8")
            return f"{self.storage.put(path)}:{file}"
        except (Broken, OSError) as error:
            log.exception("an answer of %s could not be kept", self.name)
            raise MaybeBought(NOT_KEPT.format("the disk is full or the storage is away")) from error

    def poll(self, task: str) -> TaskStatus:
        """How it ended. TaskGone when the answer is not here (any more)."""
        said = self._said(task)
        cost = None if said["cost"] is None else Decimal(said["cost"])
        failed = said.get("failed", "")
        state = TaskState.FAILED if failed else TaskState.SUCCEEDED
        return TaskStatus(state=state, cost=cost, problem=failed, refused=bool(said.get("refused")))

    def product(self, task: str, folder: Path) -> Product:
        """The answer, its file in the folder. TaskGone."""
        said = self._said(task)
        return Product(
            path=self.fetch(task, folder) if said["file"] else None,
            text=said["text"],
            data=said["data"],
            calls=tuple(ToolCall(**call) for call in said["calls"]),
            words=tuple(Word.model_validate(word) for word in said["words"]),
            language=said["language"],
            usage=Usage(**said["usage"]),
        )

    def fetch(self, task: str, folder: Path) -> Path:
        """A copy of the answer's file in the folder. TaskGone."""
        said = self._said(task)
        try:
            kept = self.storage.path(said["file"])
        except NotFound as error:
            raise TaskGone("What was answered is no longer here.") from error
        return Path(shutil.copyfile(kept, folder / kept.name))

    def cancel(self, task: str) -> bool:  # noqa: ARG002
        """It is finished already."""
        return False

    def find(self, order: Any, key: str, since: datetime) -> list[str] | None:  # noqa: ARG002
        """Nothing that was answered at once is listed anywhere."""
        return None

    def quote(self, order: Any, price: Decimal) -> Decimal:
        """US dollars at the most, at that price a unit and the card's own for what comes out."""
        card = next((card for card in self.cards if card.id == f"{self.name}/{order.model}"), None)
        if card is None:
            raise UnknownPrice(f"No price is known for {order.model[:60]}.")
        return bills.most(replace(card, price=price), order)

    def _said(self, task: str) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(self.storage.path(task.partition(":")[0]).read_bytes())
        except (NotFound, OSError, ValueError) as error:
            raise TaskGone("What was answered is no longer here.") from error
        return said
