"""Which vendors are well, and which rest after they have failed (a circuit breaker)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.errors import MaybeBought, RateLimited, RepriseError, VendorUnavailable

FAILURES = 5
"""In a row, then a vendor rests: fewer happen on any day."""
FIRST_REST, LONGEST_REST = timedelta(seconds=60), timedelta(minutes=15)
"""A vendor rests so long, then twice as long each time, and never longer than this."""
SIGNS = (VendorUnavailable, RateLimited, MaybeBought)
"""Of a vendor that is not well. Refused content, a wrong request or an empty account say nothing about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a vendor does: well until it has failed `FAILURES` times in a row, then resting, then on trial."""

    failures: int = 0
    """In a row."""
    since: datetime | None = None
    """Of the first of them."""
    opened: datetime | None = None
    """When the circuit opened: it rests from then on; None: it is asked as usual."""
    rest: timedelta = FIRST_REST
    """How long it rests, once it does."""
    trial: bool = False
    """It has rested (half-open): the next answer decides. `as_of` says so."""

    @property
    def resting(self) -> bool:
        """Whether it is not to be asked, as of the moment for which this was worked out."""
        return self.opened is not None and not self.trial


def as_of(health: Health, now: datetime) -> Health:
    """The same at that moment: on trial when it has rested for long enough, or the clock was set back."""
    if health.opened is None:
        return health
    return replace(health, trial=not health.opened <= now < health.opened + health.rest)


def after(health: Health, outcome: type[RepriseError] | None, now: datetime) -> Health:
    """How the vendor does after an answer, None being a good one."""
    if outcome is None:
        return Health()
    if not issubclass(outcome, SIGNS):
        return health
    failed = replace(as_of(health, now), failures=health.failures + 1, since=health.since or now)
    if failed.trial:
        return replace(failed, opened=now, rest=min(failed.rest * 2, LONGEST_REST), trial=False)
    if failed.opened is None and failed.failures >= FAILURES:
        return replace(failed, opened=now)
    return failed  # while it rests, answers to what was asked before change nothing
