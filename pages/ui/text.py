"""Words on a page: user and model text made harmless, times and money as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from core.domain.money import price
from core.domain.time import timecode

__all__ = ["ago", "clock", "count", "duration", "plain", "price", "quoted", "short", "size", "soon", "timecode", "told"]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
LONGEST = 30
"""Characters of a name in a table."""
_JOINER = "\u2060"
"""Word joiner: seen by nobody, and no address parser reads across it."""


def plain(text: str) -> str:
    """Markdown that shows exactly this text: no links, pictures, HTML, icons or formulas.

    A backslash before every sign stops markdown. Bare addresses and `:icon:` codes are found by
    Streamlit after the backslashes are gone, so these get an invisible joiner.
    """
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    escaped = [_PUNCTUATION.sub(r"\\\1", _unlinked(line)) for line in lines]
    return "  \n".join(escaped)


def told(text: str) -> str:
    """The same for a message: lines that begin with a dash become a list."""
    lines = text.strip().splitlines()
    return "\n".join(f"- {plain(line[2:])}" if line.startswith("- ") else f"\n{plain(line)}" for line in lines).strip()


def quoted(text: str) -> str:
    """The same in quotation marks."""
    return f"“{plain(text)}”"


def _unlinked(line: str) -> str:
    return re.sub(r"(:(?=[/\w])|@|www(?=\.)|-(?=>)|<(?=-))", rf"\1{_JOINER}", line, flags=re.IGNORECASE)


def duration(seconds: float) -> str:
    """`12.5 s`, `1 min 5 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def clock(seconds: float | None) -> str:
    """How long something still takes: `about 40 s`."""
    if seconds is None:
        return "working out how long it takes"
    if seconds < 5:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5:.0f} s left"
    return f"about {round(seconds / 60):.0f} min left"


def size(bytes_: int) -> str:
    """Bytes as `6.2 MB`."""
    if bytes_ < 100_000:
        return f"{max(1, bytes_ // 1000)} kB"
    return f"{bytes_ / 1e6:.1f} MB".replace(".0 MB", " MB")


def short(name: str) -> str:
    """So that on a phone what stands beside it stays in sight."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def count(number: int, what: str) -> str:
    """`1 scene`, `3 scenes`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def soon(moment: datetime, now: datetime | None = None) -> str:
    """`now`, `in 5 s`, `in 3 min`."""
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    if seconds < 1:
        return "now"
    return f"in {seconds:.0f} s" if seconds < 90 else f"in {seconds / 60:.0f} min"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """`just now`, `5 min ago`, `3 h ago`, then the date."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{moment:%-d %B %Y}"


def words_for(amount: Decimal) -> str:
    """`free`, or the price."""
    return price(amount) if amount else "free"
