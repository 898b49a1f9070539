"""How fast this process may ask vendors: by the requests a minute that they allow, and by what they have answered."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

MINUTE = 60.0


class Paces:
    """Orders of the last minute, and the vendors that have asked to wait; safe to use from many threads."""

    def __init__(self) -> None:
        self._ordered: dict[str, deque[float]] = defaultdict(deque)
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, vendor: str, per_minute: int | None, now: float) -> float:
        """Seconds until the vendor may be given another order; 0 takes a place among those of this minute.

        `now`: seconds by a clock that nobody sets.
        """
        with self._lock:
            until = self._until.get(vendor, now)
            if until > now:
                return until - now
            recent = self._ordered[vendor]
            while recent and recent[0] <= now - MINUTE:
                recent.popleft()
            if per_minute is not None and len(recent) >= per_minute:
                return recent[0] + MINUTE - now
            recent.append(now)
            return 0.0

    def limited(self, vendor: str, delay: float, now: float) -> None:
        """The vendor has asked to wait: nothing is ordered there before."""
        with self._lock:
            self._until[vendor] = max(self._until.get(vendor, 0.0), now + delay)
