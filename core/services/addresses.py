"""The address of what a step makes: the hash of everything that it depends on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

VERSION = 2
"""Goes up when a step makes something else of the same inputs, so that old outputs are not found."""

ANALYSER = 2
"""The same for the analysis of a sample alone."""


def key_of(kind: str, *parts: Any) -> str:
    """SHA-256 of the parts, which are JSON."""
    text = json.dumps([VERSION, kind, *parts], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def measure_key(blob: str) -> str:
    """The address of what is measured of a file."""
    return key_of("measure", ANALYSER, blob)
