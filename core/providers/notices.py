"""Sending a message to a webhook, to Slack or by mail: one try, and what its failure means.

Webhooks are signed as https://www.standardwebhooks.com has it: whoever knows the secret computes HMAC-SHA256
of `id.timestamp.body` and finds it in the header; the timestamp keeps an old message from being played again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from core.domain.errors import RateLimited, VendorRejected, VendorUnavailable

SECONDS = 10.0
"""That a receiver may take to shake hands, and again to answer."""
READ = 1024
"""Bytes of an answer that are read; nothing of it is kept."""
LONGEST_DELAY = 3600.0
SECRET_PREFIX = "whsec_"  # noqa: S105  how the standard writes them, not one
LATER = frozenset({408, 425, 429, 503})
TRANSLATED = IPv6Network("64:ff9b::/96")
"""Addresses whose last four bytes are one of IPv4, which a gateway calls in their place."""


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """What stands in the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_inside(host: str) -> bool:
    """Whether an IP address is of this machine or network, or of nobody: anything but the public internet."""
    found = ip_address(host)
    if isinstance(found, IPv6Address):
        if found in TRANSLATED:
            return not IPv4Address(int(found) & 0xFFFFFFFF).is_global
        within = found.ipv4_mapped or found.sixtofour
        found = within or found
    return not found.is_global or found.is_multicast


def post_signed(
    address: str, secret: str, message_id: str, timestamp: int, said: Mapping[str, Any], *, inside: bool = False
) -> None:
    """Posts JSON with its signature. VendorUnavailable or RateLimited: again later. VendorRejected: never.

    To an address of this machine or network only with `inside`: whoever may name a receiver could else have
    this server ask what it alone can reach.
    """
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    _post(address, body, headers, inside=inside)


def post_slack(address: str, text: str, *, inside: bool = False) -> None:
    """Posts a line to an incoming webhook of Slack, or of what speaks like it; the same errors."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    _post(address, json.dumps({"text": text}, ensure_ascii=False).encode(), {}, inside=inside)


class _Pinned(HTTPConnection):
    """A connection to an address that was looked at: the name could stand for another one a moment later."""

    def __init__(self, host: str, port: int, numbers: Sequence[str], context: ssl.SSLContext | None) -> None:
        """`numbers` are the IP addresses to be tried; with a context it is encrypted, for the host of that name."""
        super().__init__(host, port, timeout=SECONDS)
        self.numbers, self.context = numbers, context
        self.default_port = 443 if context else 80  # the one that the header Host does not name

    def connect(self) -> None:
        """Opens it, at the first address that answers."""
        for number in self.numbers:
            try:
                self.sock = socket.create_connection((number, self.port), SECONDS)
                break
            except OSError:
                if number == self.numbers[-1]:
                    raise
        if self.context:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)


def _numbers(host: str, port: int, *, inside: bool) -> list[str]:
    """The IP addresses of a host. VendorRejected when one is inside and may not be."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not inside and any(is_inside(number) for number in found):
        raise VendorRejected(f"{host} is inside this network.", "Set REPRISE_SEND_INSIDE=true to send there.")
    return found


def _post(address: str, body: bytes, headers: Mapping[str, str], *, inside: bool) -> None:
    parts = urlsplit(address)
    host, is_safe = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_safe else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        numbers = _numbers(host, port, inside=inside)
    except (OSError, UnicodeError):
        raise VendorUnavailable(f"Nothing is known under the name {host}.", "It is tried again.") from None
    connection = _Pinned(host, port, numbers, ssl.create_default_context() if is_safe else None)
    try:
        said = {"Content-Type": "application/json", "User-Agent": "Reprise", **headers}
        connection.request("POST", target, body, said)  # redirections are not followed: the address is an admin's
        answer = connection.getresponse()
        answer.read(READ)
    except (OSError, HTTPException) as error:
        raise VendorUnavailable(f"{host} does not answer ({type(error).__name__}).", "It is tried again.") from None
    finally:
        connection.close()
    if answer.status // 100 == 2:
        return
    if answer.status == 410:
        raise VendorRejected(f"{host} says that nothing is received there any more.", "Correct the address.")
    sentence = f"{host} answered with {answer.status}."
    if answer.status in LATER:
        raise RateLimited(sentence, _delay(answer.getheader("Retry-After")), "It is tried again.")
    raise VendorUnavailable(sentence, "It is tried again.")


def _delay(said: str | None) -> float:
    return min(LONGEST_DELAY, float(said)) if said and said.isdecimal() else 0.0


def send_mail(server: str, sender: str, to: Sequence[str], subject: str, text: str, message_id: str) -> None:
    """Sends a letter through `smtp://` or `smtps://user:password@host:port`; the same errors."""
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587)
    letter = EmailMessage()
    letter["Subject"] = " ".join(subject.split())[:200]
    letter["From"], letter["To"] = sender, ", ".join(to)
    letter["Date"] = formatdate(usegmt=True)
    letter["Message-ID"] = f"<{message_id}@reprise>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    try:
        with _connected(parts.scheme, host, port) as smtp:
            if parts.username:
                if not (isinstance(smtp, smtplib.SMTP_SSL) or smtp.sock_is_safe or _is_here(host)):
                    raise VendorRejected(f"{host} offers no encryption.", "Its password is not sent in the open.")
                smtp.login(unquote(parts.username), unquote(parts.password or ""))
            smtp.send_message(letter)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise VendorRejected(f"{host} refuses sender or receiver.", "Correct the addresses.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise VendorUnavailable(
            f"{host} did not take the mail ({type(error).__name__}).", "It is tried again."
        ) from None


class _Plain(smtplib.SMTP):
    """A connection that says whether it is encrypted by now."""

    sock_is_safe = False


def _connected(scheme: str, host: str, port: int) -> Any:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    smtp = _Plain(host, port, timeout=SECONDS)
    smtp.ehlo()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo()
        smtp.sock_is_safe = True
    return smtp


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
