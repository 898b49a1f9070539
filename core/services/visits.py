"""Who works in a browser, remembered there: a signed note, so that nobody writes themselves another name.

The page cannot set a cookie; it names a ticket, and the browser fetches the cookie for it (api/who.py).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Literal

from core.db import people as rows
from core.db.tables import Account
from core.domain.errors import BadInput
from core.services.studio import Studio

COOKIE = "reprise_who"
VISIT = timedelta(hours=12)
"""How long a name is remembered in a browser."""
AT_ONCE = timedelta(minutes=1)
"""How long a ticket is good for: it stands in an address, and addresses are written into logs."""
Use = Literal["ticket", "visit"]


def ticket(studio: Studio, account_id: str) -> str:
    """What the browser fetches its cookie with, for somebody who has just said who they are."""
    return _signed(studio, "ticket", account_id, AT_ONCE)


def begin(studio: Studio, said: str) -> str:
    """The cookie for a ticket; BadInput when it is none, or too old."""
    account_id = _read(studio, "ticket", said)
    if account_id is None:
        raise BadInput("This is not, or no longer, a way in.", "Say who you are in the menu.")
    return _signed(studio, "visit", account_id, VISIT)


def who(studio: Studio, cookie: str) -> str | None:
    """The account that a cookie is of; None when it is forged, too old, or the passcode was changed since."""
    return _read(studio, "visit", cookie)


def _signed(studio: Studio, use: Use, account_id: str, lasts: timedelta) -> str:
    account = rows.person(studio.db, account_id)
    if account is None:
        raise BadInput("There is no such person.", "Choose another name.")
    until = int((studio.now() + lasts).timestamp())
    return f"{account_id}.{until}.{_seal(studio, use, account, until)}"


def _read(studio: Studio, use: Use, said: str) -> str | None:
    account_id, _, rest = said.partition(".")
    until, _, seal = rest.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) <= 12 and seal.isascii()):
        return None
    account = rows.person(studio.db, account_id)
    if account is None or int(until) <= studio.now().timestamp():
        return None
    return account_id if hmac.compare_digest(seal, _seal(studio, use, account, int(until))) else None


def _seal(studio: Studio, use: Use, account: Account, until: int) -> str:
    """Names the passcode too, so that another one ends every visit under the old one."""
    signed = f"{use}.{account.id}.{until}.{account.passcode}"
    return hmac.new(rows.secret(studio.db), signed.encode(), hashlib.sha256).hexdigest()
