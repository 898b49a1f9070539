"""What a vendor does not come to an end with: how long it is followed before a person is asked."""

from __future__ import annotations

from core.db.money import Purchase
from core.db.slices import Claim
from core.services.studio import Studio

LONGEST = 6 * 3600.0
"""Seconds that a purchase is followed without an end: a vendor takes minutes for a clip, and an hour on a bad day."""
TROUBLES = 10
"""Answers in a row that were no use, before a vendor counts as lost: this machine may have slept for those hours."""


def is_overdue(studio: Studio, claim: Claim, purchase: Purchase, *, troubled: bool) -> bool:
    """Whether this process has followed the purchase for too long; `troubled`: the vendor gives no useful answer.

    It is counted by a clock that nobody sets, and anew each time that a person has been asked.
    """
    now = studio.passed()
    since = studio.followed.setdefault(purchase.id, now)
    if now - since < LONGEST or (troubled and claim.troubles < TROUBLES):
        return False
    forget(studio, purchase)
    return True


def forget(studio: Studio, purchase: Purchase) -> None:
    """The purchase has come to an end."""
    studio.followed.pop(purchase.id, None)
