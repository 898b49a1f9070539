"""Logging to standard error: one line an event, with time, level and place."""

from __future__ import annotations

import logging


def set_up_logging(level: str) -> None:
    """Sends our own records to standard error; libraries only speak up when something is wrong."""
    ours = logging.getLogger("reprise")
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        ours.addHandler(handler)
        ours.propagate = False
    ours.setLevel(level)
