"""Nightly: what nobody needs goes; what must always hold is proved, and what does not is said, loudly, in the log."""

from __future__ import annotations

import logging
from datetime import timedelta

from core.db import chores
from core.db.audit import audit
from core.services import credit, drift, retention
from core.services.studio import Studio

NIGHT = timedelta(hours=20)
"""What is everybody's is done once in this time, by whichever process asks first."""

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


def night(studio: Studio) -> None:
    """What is done once a night: by each process for its own disk, by one of them for the rest."""
    first = chores.my_turn(studio.db, studio.now(), "night", NIGHT)
    retention.sweep(studio, dry_run=False, here_only=not first)
    if first:
        check(studio)
        drift.check(studio)
        credit.ask(studio)
