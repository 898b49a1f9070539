"""Nightly: what must always hold is proved, and what does not is said, loudly, in the log."""

from __future__ import annotations

import logging

from core.db.audit import audit
from core.services.studio import Studio

log = logging.getLogger("reprise.audit")


def findings(studio: Studio) -> list[str]:
    """What is wrong with the records of work and money; none when all is as it should be."""
    return audit(studio.db)


def check(studio: Studio) -> list[str]:
    """The same, said in the log too."""
    found = findings(studio)
    for finding in found:
        log.error("%s", finding)
    if not found:
        log.info("work and money are as they should be")
    return found
