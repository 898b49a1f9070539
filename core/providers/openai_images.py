"""Stills from OpenAI's image models, through its official SDK: from words, or from words and pictures."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from core.domain.errors import BadMedia, VendorRejected
from core.domain.orders import Product, StillOrder, Usage
from core.providers import openai_sdk
from core.providers.pictures import picture
from core.providers.wire import Departure, Line, Said, file_name, whole_file

ANSWER_SECONDS, WHOLE_SECONDS = 300.0, 600.0
"""Between two bytes of an answer: a difficult picture takes two minutes; of a whole answer."""
MAX_PROMPT = 32_000
MAX_REFERENCES, MAX_REFERENCE_BYTES = 16, 50_000_000
STEP, MAX_RATIO = 16, 3.0
"""Of the free sizes: what both sides divide by, and the longer side by the shorter."""
LEAST_PIXELS, MOST_PIXELS = 1024 * 640, 2560 * 1440
"""Of the free sizes; larger ones are experimental."""
STANDARD_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
FREE_SIZES = "gpt-image-2*"
"""Models that make any size within these bounds, by the shape of their names; others make the standard sizes."""
PNG = b"\x89PNG\r\n\x1a\n"


class _Image(Said):
    b64_json: str


class _Tokens(Said):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Images(Said):
    data: list[_Image]
    usage: _Tokens | None = None


@dataclass(kw_only=True, eq=False)
class OpenAIImages:
    """OpenAI's image models. Holds no connection: safe to use from many threads."""

    key: str = field(repr=False)
    base_url: str = openai_sdk.OFFICIAL
    name: str = "openai"
    patience: float = ANSWER_SECONDS
    """Seconds between two bytes of an answer. Giving up leaves in doubt whether it is charged for: rather wait."""
    quality: Literal["low", "medium", "high"] = "medium"
    """Always said: the price goes by it, and what the model would choose by itself is not known before."""

    def make(self, order: StillOrder, key: str, before_send: Callable[[], None], folder: Path) -> Product:
        """The still as a PNG: see InstantVendor. The models take no seed. BadMedia when a reference cannot be sent."""
        asked, departure = self._asked(order, key), Departure(before_send)
        with (
            self._line.calling(departure),
            openai_sdk.client(self._line.require_key(), self.base_url, self.patience, departure.watch) as client,
        ):
            images = client.images.with_streaming_response
            with images.edit(**asked) if order.references else images.generate(**asked) as answer:
                body = self._line.body(answer.http_response, seconds=WHOLE_SECONDS)
            said = _Images.model_validate_json(body)
        picture = _decoded(said)
        if picture is None:
            raise self._line.trouble("OpenAI sent something else than a picture.", paid=True)
        path = folder / file_name(key, ".png")
        with whole_file(path) as file:
            file.write(picture)
        tokens = said.usage or _Tokens()
        return Product(path=path, usage=Usage(tokens_in=tokens.input_tokens, tokens_out=tokens.output_tokens, images=1))

    @cached_property
    def _line(self) -> Line:
        return Line(vendor="OpenAI", key=self.key, failures=openai_sdk.FAILURES)

    def _asked(self, order: StillOrder, key: str) -> dict[str, Any]:
        """The fields of the request. VendorRejected when the order is too much."""
        if len(order.prompt) > MAX_PROMPT:
            raise VendorRejected(f"OpenAI's image models read at most {MAX_PROMPT} characters.", "Shorten the scene.")
        width, height = nearest_size(order)
        asked: dict[str, Any] = {
            "model": order.model,
            "prompt": order.prompt,
            "size": f"{width}x{height}",
            "quality": self.quality,
            "output_format": "png",
            "extra_headers": {"Idempotency-Key": key},
        }
        if len(order.references) > MAX_REFERENCES:
            raise VendorRejected(f"OpenAI's image models look at {MAX_REFERENCES} pictures at most.", "Use fewer.")
        if order.references:
            asked["image"] = [_reference(path) for path in order.references]
        return asked


def nearest_size(order: StillOrder) -> tuple[int, int]:
    """Width and height that the order's model makes: the film's shape, and at least its pixels where it can."""
    if not fnmatchcase(order.model, FREE_SIZES):
        shape = math.log(order.width / order.height)
        return min(STANDARD_SIZES, key=lambda size: abs(math.log(size[0] / size[1]) - shape))
    ratio = min(max(order.width / order.height, 1 / MAX_RATIO), MAX_RATIO)
    pixels = min(max(order.width * order.height, LEAST_PIXELS), MOST_PIXELS)
    height = math.ceil(math.sqrt(pixels / ratio) / STEP - 1e-6) * STEP
    width = round(height * ratio / STEP) * STEP
    # Rounding may have gone a step over the edge.
    if width > height * MAX_RATIO:
        width -= STEP
    elif height > width * MAX_RATIO:
        height -= STEP
    return width, height


def _reference(path: Path) -> tuple[str, bytes, str]:
    """A picture as the protocol takes it: name, bytes, type."""
    content, kind = picture(path)
    if len(content) >= MAX_REFERENCE_BYTES:
        raise BadMedia("OpenAI looks at pictures of up to 50 MB.", "Use a smaller picture.")
    return path.name, content, kind


def _decoded(said: _Images) -> bytes | None:
    """The PNG, if it is one."""
    try:
        picture = base64.b64decode(said.data[0].b64_json, validate=True) if said.data else b""
    except binascii.Error:
        return None
    return picture if picture.startswith(PNG) else None
