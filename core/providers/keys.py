"""Several keys of one vendor: which is used next, and which rests after the vendor has refused it.

A key is only ever named by its last four characters.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.errors import NoCredit, RateLimited, VendorError, VendorRejected
from core.providers.wire import KEY_REMEDY, number

EMPTY_RESTS, REFUSED_RESTS = 1800.0, 3600.0
"""Seconds that a key rests whose account is empty, or that the vendor does not accept: somebody has to act first."""


_left: dict[str, float] = {}
"""Requests that the limit of a key still allows, as its vendor has said last."""


def heard(secret: str, headers: Mapping[str, str]) -> None:
    """Reads what the limit of a key leaves from the headers of an answer (OpenAI's and Groq's way to say it)."""
    left = number(headers.get("x-ratelimit-remaining-requests"))
    if left is not None:
        _left[secret] = left


@dataclass(slots=True, kw_only=True)
class Key:
    """One key and how it does; guarded by its Ring."""

    secret: str = field(repr=False)
    uses: int = 0
    until: float = 0.0
    """When it may be used again, by time.monotonic()."""
    why: str = ""
    """Why it rests, or has last rested."""

    @property
    def name(self) -> str:
        """How a person may know it: never the key."""
        return f"…{self.secret[-4:]}" if len(self.secret) >= 12 else "the key"


class Ring:
    """The keys of one vendor, shared by everything that it makes; safe to use from many threads."""

    def __init__(self, secrets: str) -> None:
        """`secrets`: keys with commas between them; an empty one where the vendor wants none."""
        found = list(dict.fromkeys(k.strip() for k in secrets.split(",") if k.strip()))
        self.keys = [Key(secret=secret) for secret in found or [""]]
        self._lock = threading.Lock()

    def order(self) -> list[int]:
        """Places of the keys in the order in which they are to be tried.

        First those that do not rest: the one whose limit leaves most, then the least used; when all rest, only
        the one that may be used soonest.
        """
        now = time.monotonic()
        with self._lock:
            awake = [i for i, key in enumerate(self.keys) if key.until <= now]
            if awake:
                return sorted(awake, key=lambda i: (-(self._left(i)), self.keys[i].uses, i))
            return [min(range(len(self.keys)), key=lambda i: self.keys[i].until)]

    def _left(self, place: int) -> float:
        """What its limit leaves; a vendor that does not say leaves the same of every key."""
        return _left.get(self.keys[place].secret, float("inf"))

    def used(self, place: int) -> None:
        """It has just been used, and all was well."""
        with self._lock:
            key = self.keys[place]
            key.uses += 1
            key.why, key.until = "", 0.0

    def refused(self, place: int, error: VendorError) -> bool:
        """Takes note of a refusal; True when that was about the key, so that another one may be tried."""
        with self._lock:
            key, now = self.keys[place], time.monotonic()
            key.uses += 1
            if isinstance(error, RateLimited):
                key.until, key.why = now + error.delay, "waits, as the vendor asks"
            elif isinstance(error, NoCredit):
                key.until, key.why = now + EMPTY_RESTS, "has no credit left"
            elif isinstance(error, VendorRejected) and error.remedy == KEY_REMEDY:
                key.until, key.why = now + REFUSED_RESTS, "is not accepted"
            else:
                return False
            return True

    def states(self) -> tuple[str, ...]:
        """A sentence for each key that rests, and one for several keys."""
        now = time.monotonic()
        with self._lock:
            rests = [
                f"Key {key.name} {key.why}; it rests for {_span(key.until - now)}."
                for key in self.keys
                if key.until > now
            ]
            many = [f"{len(self.keys)} keys take turns."] if len(self.keys) > 1 else []
            return (*many, *rests)


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
