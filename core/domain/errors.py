"""What can go wrong, as one tree; each error says what happened and what to do.

RepriseError
├── BadInput                 a person can mend it: the command line exits with 2
│   ├── BadMedia             the file is not what we can use
│   ├── BadBrief             the words are missing or too many
│   ├── BadPlan              the plan breaks a rule
│   └── ImpossibleEdit       the edit cannot be carried out on this plan
├── NotFound                 no such thing, or not yours (never told apart)
├── Conflict                 somebody was faster; nothing was lost
├── Cancelled                a person stopped it
├── MoneyError
│   ├── UnknownPrice         refused: unknown is not zero
│   └── OverBudget           refused: it would pass what was approved
├── VendorError
│   ├── ModerationRefused    never retried, never taken to another vendor
│   ├── VendorRejected       our request was wrong
│   │   └── Retired          the model is no longer to be had
│   ├── NoCredit             the key has no credit
│   ├── RateLimited          come back after `delay` seconds
│   ├── VendorUnavailable    temporary, and certainly nothing was bought
│   ├── MaybeBought          the call was made and its outcome is not known
│   └── TaskGone             the vendor has forgotten the task
└── Broken                   our own machinery failed
    ├── DiskFull             nothing can be written
    └── StepCrashed          the process of a step died
"""

from __future__ import annotations


class RepriseError(Exception):
    """An error a person may read: `message` says what happened, `remedy` what to do."""

    remedy = ""
    retryable = False

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if remedy is not None:
            self.remedy = remedy

    @property
    def sentence(self) -> str:
        """Message and remedy as one line of text."""
        return f"{self.message} {self.remedy}".strip()


class BadInput(RepriseError):
    """Something a person gave cannot be used as it is."""


class BadMedia(BadInput):
    """A file that is not what it should be."""


class BadBrief(BadInput):
    """A brief that is missing or far too long."""


class BadPlan(BadInput):
    """A plan that breaks a rule."""


class ImpossibleEdit(BadInput):
    """An edit that this plan cannot take; the remedy names the nearest possible one."""


class NotFound(RepriseError):
    """No such thing, or not yours."""

    remedy = "Check the address, or open it from your projects."


class Conflict(RepriseError):
    """The thing has changed since it was read."""

    remedy = "Look at the newest state and try again."


class Cancelled(RepriseError):
    """A person stopped the work."""

    remedy = "Start it again when you like; finished parts are kept."


class MoneyError(RepriseError):
    """A payment that is not allowed."""


class UnknownPrice(MoneyError):
    """No price is known, so nothing is bought."""

    remedy = "Choose a model with a known price."


class OverBudget(MoneyError):
    """It would pass what was approved."""

    remedy = "Approve a higher amount, or choose cheaper models."


class VendorError(RepriseError):
    """A vendor did not do what was asked."""


class ModerationRefused(VendorError):
    """The vendor's moderation refused the content."""

    remedy = "Rewrite the scene."


class VendorRejected(VendorError):
    """The vendor says that the request is wrong."""


class Retired(VendorRejected):
    """The model has ended: nobody is asked for it; the remedy names what comes nearest, and what that costs."""

    remedy = "Choose another model."


class NoCredit(VendorError):
    """The key has no credit left."""

    remedy = "Top up the account, or set another key."


class RateLimited(VendorError):
    """Too many requests; `delay` seconds until the next may be made."""

    retryable = True

    def __init__(self, message: str, delay: float, remedy: str | None = None) -> None:
        super().__init__(message, remedy)
        self.delay = delay


class VendorUnavailable(VendorError):
    """The vendor cannot now; the call certainly had no effect."""

    retryable = True


class VendorResting(VendorError):
    """The vendor has failed again and again and is left alone for a while; nothing was asked."""

    remedy = "It is tried again by itself."


class MaybeBought(VendorError):
    """The call that costs left this machine and no usable answer came: the vendor may have taken it."""


class TaskGone(VendorError):
    """The vendor no longer knows the task."""


class Broken(RepriseError):
    """Our own machinery failed."""

    retryable = True


class DiskFull(Broken):
    """Nothing more can be written."""

    retryable = False
    remedy = "Free some space and press Retry; finished parts are kept."


class StepCrashed(Broken):
    """The process that did the step died."""

    remedy = "Press Retry; when it happens again, change the scene."


def named(name: str) -> type[RepriseError]:
    """The class of that name in this tree; RepriseError when there is none."""
    stack: list[type[RepriseError]] = [RepriseError]
    while stack:
        kind = stack.pop()
        if kind.__name__ == name:
            return kind
        stack.extend(kind.__subclasses__())
    return RepriseError
