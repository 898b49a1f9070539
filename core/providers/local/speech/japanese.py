"""Japanese as it is said: the voice here knows kana and no other letters, so everything is written in kana for it."""

from __future__ import annotations

from functools import cache
from typing import Any

KATAKANA, HIRAGANA = 0x30A1, 0x3041
LETTERS = 86
"""Katakana that have a hiragana at the same place of their block."""
SOUND = 8
"""Place of the pronunciation in an entry of the dictionary (IPADIC)."""


def in_kana(text: str) -> str:
    """The text with its Chinese characters read and its katakana as hiragana; Latin letters and figures stay.

    >>> in_kana("東京の夜は静か。")
    'とーきょーのよるわしずか。'
    """
    said = "".join(word.white_space + _said(word) for word in _reader()(text))
    first = KATAKANA - HIRAGANA
    return "".join(chr(ord(c) - first) if KATAKANA <= ord(c) < KATAKANA + LETTERS else c for c in said)


def _said(word: Any) -> str:
    """A word as it sounds: its particles too, `wa` for the `ha` that marks what is spoken of."""
    return str(word.feature[SOUND] if len(word.feature) > SOUND else word.surface)  # an unknown word has none


@cache
def _reader() -> Any:
    """The dictionary; its pages are read as they are needed."""
    import ipadic  # type: ignore[import-untyped]  # noqa: PLC0415  only Japanese needs it
    from fugashi import GenericTagger  # type: ignore[import-untyped]  # noqa: PLC0415

    return GenericTagger(ipadic.MECAB_ARGS)
