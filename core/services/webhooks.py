"""Messages of vendors that something is finished: verified, and then whoever waits for it looks at once."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping

from core.db import purchases
from core.domain.errors import VendorError
from core.providers.replicate_webhooks import looks_signed, verified
from core.services.studio import Studio
from core.services.vendors import everybody

log = logging.getLogger("reprise.webhooks")

_secrets: dict[int, str] = {}
_lock = threading.Lock()


def replicate(studio: Studio, headers: Mapping[str, str], body: bytes) -> bool:
    """Wakes whoever waits for the task that the message names; False when Replicate did not sign it.

    Deliveries repeat and come late: a wake-up more changes nothing, since the task is asked about as ever.
    """
    if not looks_signed(headers):
        return False  # nothing is asked of Replicate for whoever knocks
    if not any(verified(secret, headers, body) for secret in _replicate_secrets(studio)):
        return False
    try:
        said = json.loads(body)
    except ValueError:
        return False
    task = said.get("id") if isinstance(said, dict) else None
    if isinstance(task, str) and purchases.nudge(studio.db, studio.now(), "replicate", task):
        studio.wake.set()
    return True


def _replicate_secrets(studio: Studio) -> list[str]:
    """What each key's account signs with, asked once."""
    makers = [maker for name, maker in everybody(studio) if name == "replicate"]
    by_key = {adapter.key: adapter for maker in makers for adapter in maker.vendors}
    found: list[str] = []
    for key, adapter in by_key.items():
        with _lock:
            known = _secrets.get(hash(key))
        if known is None:
            try:
                known = adapter.webhook_secret()
            except VendorError as error:
                log.warning("Replicate's signing secret could not be asked for: %s", error.sentence)
                continue
            with _lock:
                _secrets[hash(key)] = known
        found.append(known)
    return found
