"""A worker whose wall clock is set to and fro while it works: `python -m bench.chaos.jumping SEED`."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from core.services.studio import open_studio, utc_now
from core.settings import Settings
from jobs.logs import set_up_logging
from jobs.making import work_until_stopped

JUMPS = (0, 0, 0, -7200, -300, -20, 20, 300, 7200)
"""Seconds by which the clock may be wrong."""
EVERY = 1.5
"""Seconds between two settings of the clock."""


class Clock:
    """The time, wrong by what was last set."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.until, self.wrong = 0.0, timedelta()

    def __call__(self) -> datetime:
        """What this clock shows."""
        if time.monotonic() > self.until:
            self.until = time.monotonic() + self.chance.uniform(0, 2 * EVERY)
            self.wrong = timedelta(seconds=self.chance.choice(JUMPS))
        return utc_now() + self.wrong


if __name__ == "__main__":
    settings = Settings.read()
    set_up_logging(settings.log_level)
    work_until_stopped(replace(open_studio(settings), clock=Clock(int(sys.argv[1]))))
