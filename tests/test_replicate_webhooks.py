"""Messages that say they are from Replicate."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest

from core.providers.replicate_webhooks import verified
from tests.fake_replicate import SECRET


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET, version: str = "v1") -> dict[str, str]:
    sent = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_1." + sent.encode() + b"." + body, hashlib.sha256).digest()
    signature = f"{version},{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": "msg_1", "webhook-timestamp": sent, "webhook-signature": f"v1,AAAA {signature}"}


def test_a_signed_message_is_believed():
    assert verified(SECRET, signed(b"{}"), b"{}")
    assert verified(SECRET, signed(b"{}", at=time.time() - 290), b"{}")


@pytest.mark.parametrize(
    ("secret", "headers", "body"),
    [
        (SECRET, signed(b"{}"), b"{ }"),
        (SECRET, signed(b"{}", at=time.time() - 400), b"{}"),
        (SECRET, signed(b"{}", at=time.time() + 1e6), b"{}"),
        (SECRET, signed(b"{}", secret="whsec_AAAA"), b"{}"),
        (SECRET, signed(b"{}", version="v2"), b"{}"),
        (SECRET, signed(b"{}") | {"Webhook-Id": "msg_2"}, b"{}"),
        (SECRET, {**signed(b"{}"), "webhook-timestamp": "soon"}, b"{}"),
        (SECRET, {**signed(b"{}"), "webhook-signature": "v1,ö"}, b"{}"),
        (SECRET, {}, b"{}"),
        ("", signed(b"{}"), b"{}"),
        ("whsec_?", signed(b"{}"), b"{}"),
    ],
)
def test_any_other_message_is_not_believed(secret, headers, body):
    assert not verified(secret, headers, body)
