"""What the adapters of language models share: what a model can do, and whether its answer is what was asked for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Protocol

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from core.domain.errors import VendorRejected
from core.domain.orders import LanguageOrder, Product, ToolCall, Usage
from core.providers import InstantVendor
from core.providers.pictures import picture
from core.providers.wire import FORM_REMEDY, BilledRefusal, BilledRejection, Line

ANSWER_SECONDS, WHOLE_SECONDS = 180.0, 600.0
"""Between two bytes of an answer, while the model thinks; of a whole answer."""


class LanguageVendor(InstantVendor[LanguageOrder], Protocol):
    """Answers with words, data or calls; at once, or as they are written."""

    def stream(
        self, order: LanguageOrder, key: str, before_send: Callable[[], None], on_text: Callable[[str], None]
    ) -> Product:
        """The same as `make`, with every piece of the text as it comes; what `on_text` raises ends the answer.

        The pieces make up the product's text. Without one that can be used they are to be forgotten.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What a model can do."""

    sees: bool = False
    """It looks at pictures."""
    strict: bool = True
    """It cannot but keep to a schema; the answers of others are merely checked."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Fields that its requests have beside the usual ones."""


Abilities = Sequence[tuple[str, Ability]]
"""Models by the shape of their names (as of files), the first that fits; one that does not fit has the defaults."""


def ability(abilities: Abilities, order: LanguageOrder, vendor: str) -> Ability:
    """What the order's model can do. VendorRejected when that is not enough."""
    found = next((able for shape, able in abilities if fnmatchcase(order.model, shape)), Ability())
    if not found.sees and any(turn.images for turn in order.turns):
        raise VendorRejected(
            f"{vendor}'s {order.model[:60]} does not look at pictures.", "Choose a model that does, or leave them out."
        )
    return found


def data_uri(image: Path) -> str:
    """The picture, inside the request. BadMedia when there is none that a model can look at."""
    content, kind = picture(image)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@dataclass(slots=True, kw_only=True)
class Written:
    """What a model answered, before anybody has looked at it."""

    text: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, name and arguments as JSON."""
    refusal: str = ""
    """Why the model does not want to, in its own words."""
    ended: Literal["whole", "length", "filter"] = "whole"
    usage: Usage = field(default_factory=Usage)


def product(line: Line, order: LanguageOrder, written: Written) -> Product:
    """The answer as the order wants it. BilledRefusal, or BilledRejection when it is not what was asked for."""
    if written.refusal or written.ended == "filter":
        words = line.clean(written.refusal) or "its filter ended the answer."
        raise BilledRefusal(f"{line.vendor} refused the content: {words}", usage=written.usage)
    if written.ended == "length":
        raise BilledRejection(
            f"{line.vendor}'s answer was cut off at {order.most_tokens} tokens.",
            "Ask for less at a time, or let it answer with more tokens.",
            usage=written.usage,
        )
    faults = _Checked(line=line, usage=written.usage)
    calls = tuple(faults.call(order, *call) for call in written.calls)
    if not calls and not written.text.strip():
        raise faults.rejection("is empty")
    data = faults.data(written.text, order.schema) if order.schema and not calls else None
    return Product(text=written.text, data=data, calls=calls, usage=written.usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """Reads what a model wrote, and says of what is wrong with it what it did cost."""

    line: Line
    usage: Usage

    def rejection(self, fault: str) -> BilledRejection:
        return BilledRejection(f"{self.line.vendor}'s answer {self.line.clean(fault)}.", FORM_REMEDY, usage=self.usage)

    def data(self, text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The object that the text spells, which keeps to the schema."""
        try:
            found = json.loads(text)
        except ValueError as error:
            raise self.rejection("is not JSON") from error
        fault = best_match(Draft202012Validator(schema).iter_errors(found))
        if fault is not None:
            where = "/".join(map(str, fault.absolute_path)) or "its top"
            raise self.rejection(f"does not keep to its form: at {where}, {fault.message}")
        if not isinstance(found, dict):
            raise self.rejection("is not an object")
        return found

    def call(self, order: LanguageOrder, identity: str, name: str, arguments: str) -> ToolCall:
        """The call of one of the order's tools."""
        tool = next((tool for tool in order.tools if tool.name == name), None)
        if tool is None:
            raise self.rejection(f"calls the tool “{name}”, which there is not")
        return ToolCall(id=identity, name=name, arguments=self.data(arguments or "{}", tool.parameters))
