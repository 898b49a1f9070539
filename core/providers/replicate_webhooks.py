"""Says whether a message was sent by Replicate, which signs them as the rules of standard webhooks have it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Mapping

TOLERANCE = 300
"""Seconds that a message may be old, or its sender's clock ahead: what is older may be a copy of somebody else's."""
PREFIX = "whsec_"


def looks_signed(headers: Mapping[str, str]) -> bool:
    """Whether a message has what a signed one has, so that it is worth to find out with which secret."""
    told = {name.lower(): value for name, value in headers.items()}
    return all(told.get(f"webhook-{what}") for what in ("id", "timestamp", "signature"))


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body was signed with the secret (`whsec_…`) within the last five minutes.

    Deliveries repeat, also without any fault: what they wake must not mind.
    """
    told = {name.lower(): value for name, value in headers.items()}
    name, sent, signatures = (told.get(f"webhook-{what}", "") for what in ("id", "timestamp", "signature"))
    if not name or not re.fullmatch(r"\d{1,15}", sent, re.ASCII) or abs(time.time() - int(sent)) > TOLERANCE:
        return False
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    if not key:
        return False
    signed = hmac.new(key, f"{name}.{sent}.".encode() + body, hashlib.sha256).digest()
    # Several signatures while a secret is being replaced; each is compared in constant time, and all of them are.
    good = [hmac.compare_digest(base64.b64encode(signed), one.encode()) for one in _first_version(signatures)]
    return any(good)


def _first_version(signatures: str) -> list[str]:
    """Of `v1,<base64> v2,<…> v1,<base64>`, those that we know how to check."""
    return [signature.partition(",")[2] for signature in signatures.split() if signature.startswith("v1,")]
