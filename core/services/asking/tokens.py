"""How many tokens an order for a language model can use: what is quoted, and what caps it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from core.domain.orders import LanguageOrder, Usage

PER_TURN = 12
"""Tokens that a vendor puts around a message, a tool or a form, at most."""
CHARACTERS_A_TOKEN = 3.5
"""Of our prompts, on the cautious side: English has about four."""
PATCH = 32
"""Pixels of the side of the squares into which vendors cut pictures."""
DEAREST_PATCH = 2.46
"""Tokens that a square costs with the dearest model whose rule is known (gpt-4.1-nano; 1.62 with the minis)."""
MOST_PATCHES = 2500
"""OpenAI makes larger pictures smaller (1,536 until gpt-5.3, 2,500 since)."""
UNREADABLE = (4096, 4096)
"""Pixels that a picture counts as whose size cannot be read."""


def bounds(order: LanguageOrder) -> Usage:
    """The most that the order can use: no vendor's tokens are shorter than a byte, and the answer is bounded."""
    return Usage(tokens_in=_tokens(order, lambda text: len(text.encode())), tokens_out=order.most_tokens)


def likely(order: LanguageOrder) -> Usage:
    """What it will about use: the text at the usual length of tokens, half of the answer's bound."""
    in_words = _tokens(order, lambda text: math.ceil(len(text) / CHARACTERS_A_TOKEN))
    return Usage(tokens_in=in_words, tokens_out=order.most_tokens // 2)


def _tokens(order: LanguageOrder, count: Callable[[str], int]) -> int:
    tools = [f"{t.name} {t.description} {json.dumps(t.parameters, ensure_ascii=False)}" for t in order.tools]
    form = json.dumps(order.schema, ensure_ascii=False) if order.schema else ""
    texts = [order.instructions, *(turn.text for turn in order.turns), *tools, form]
    images = [image for turn in order.turns for image in turn.images]
    return sum(count(t) + PER_TURN for t in texts) + sum(image_tokens(order.model, i) for i in images)


def image_tokens(model: str, image: Path) -> int:
    """Most tokens that the picture counts as."""
    width, height = _size(image)
    if fnmatchcase(model, "gpt-4o-mini*"):  # 2,833 and 5,667 for each of at most eight tiles
        return 2833 + 8 * 5667
    patches = math.ceil(width / PATCH) * math.ceil(height / PATCH)
    if fnmatchcase(model, "gpt-*"):
        patches = min(patches, MOST_PATCHES)
    return math.ceil(patches * DEAREST_PATCH) + PER_TURN


def _size(image: Path) -> tuple[int, int]:
    try:
        with Image.open(image) as picture:
            return picture.width, picture.height
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return UNREADABLE
