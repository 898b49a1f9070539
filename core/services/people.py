"""Who works here. Names are taken on trust unless they have a passcode; roles say who may decide what.

A deployment is one workspace: its films are everybody's, and names stand at what people do. Until
somebody is named, this machine itself is the only one, and may do everything.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast, get_args

from core.db import people as rows
from core.db.tables import Account
from core.domain.errors import BadInput, NotFound
from core.domain.team import PersonView, Role
from core.services.studio import LOCAL_OWNER, Studio

LONGEST_NAME = 40
SHORTEST_PASSCODE = 8
ROLES: tuple[Role, ...] = get_args(Role)
SCRYPT = {"n": 2**14, "r": 8, "p": 5}
"""About 150 ms and 16 MB for each try, as OWASP advises."""
FREE_TRIES = 5
"""Wrong passcodes for a name before each further one has to wait."""
PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Tries:
    """Wrong passcodes in a row, and when the last was."""

    count: int
    last: datetime


_tries: dict[str, _Tries] = {}
"""By account; of this process alone, so that guessing does not become writing."""
_trying = threading.Lock()


def everyone(studio: Studio) -> tuple[PersonView, ...]:
    """Everybody, also those who have left."""
    return tuple(_view(account) for account in rows.everyone(studio.db))


def person(studio: Studio, account_id: str | None) -> PersonView:
    """That person; this machine when there is none, or they have left."""
    account = rows.person(studio.db, account_id) if account_id else None
    if account is None:
        account = rows.person(studio.db, LOCAL_OWNER)
    if account is None:
        raise NotFound("This machine works under no name any more.", "Say who you are.")
    return _view(account)


def enter(studio: Studio, account_id: str, passcode: str = "") -> PersonView:
    """That person, when the passcode is theirs or they have none; BadInput otherwise."""
    account = rows.person(studio.db, account_id)
    if account is None:
        raise NotFound("There is no such person.", "Choose another name.")
    if account.passcode:
        with _trying:  # one after the other: who tries a hundred at once gets no more of them
            _require_right(studio, account, passcode)
    return _view(account)


def _require_right(studio: Studio, account: Account, passcode: str) -> None:
    now, before = studio.now(), _tries.get(account.id)
    if before and before.count >= FREE_TRIES and now < before.last + PAUSE:
        raise BadInput("That was the wrong passcode too often.", f"Wait {PAUSE.seconds} seconds, then try again.")
    if not _is_right(passcode, account.passcode):
        _tries[account.id] = _Tries(before.count + 1 if before else 1, now)
        raise BadInput("That is not the passcode.", "Try again, or ask an admin for a new one.")
    _tries.pop(account.id, None)


def introduce(studio: Studio, name: str) -> PersonView:
    """Somebody new who makes films; what else they may do an admin decides."""
    return _view(rows.add(studio.db, studio.now(), _name(name), "creator", ""))


def add(studio: Studio, name: str, role: str, passcode: str, *, by: str) -> PersonView:
    """Somebody new with that role; only an admin may."""
    require_admin(studio, by)
    return _view(rows.add(studio.db, studio.now(), _name(name), _role(role), _locked(passcode)))


def change(
    studio: Studio,
    account_id: str,
    *,
    by: str,
    role: str | None = None,
    passcode: str | None = None,
    reviewed: bool | None = None,
    active: bool | None = None,
) -> None:
    """What an admin may change of a person; everybody may change their own passcode. "" takes the passcode away."""
    others = {"role": role and _role(role), "reviewed": reviewed, "active": active}
    values: dict[str, Any] = {name: value for name, value in others.items() if value is not None}
    if values or account_id != by:
        require_admin(studio, by)
    if passcode is not None:
        values["passcode"] = _locked(passcode)
    if account_id == LOCAL_OWNER and (active is False or passcode):
        what = "cannot leave" if active is False else "has no passcode: it is who works here without saying a name"
        raise BadInput(f"This machine {what}.", "Make it a creator instead, so that it decides nothing.")
    rows.change(studio.db, account_id, **values)


def require_admin(studio: Studio, by: str) -> PersonView:
    """BadInput when this is not somebody who decides about people and settings."""
    found = _known(studio, by)
    if found.role != "admin":
        raise BadInput(f"{found.name} may not change that.", "An admin can: work as one, or ask them.")
    return found


def require_reviewer(studio: Studio, by: str) -> PersonView:
    """NotFound when this is not somebody who sees the plans of others: to anybody else there are none."""
    found = _known(studio, by)
    if not found.may_review:
        raise NotFound("There is no such review.", "Reviews are shown to reviewers: an admin can make you one.")
    return found


def names(studio: Studio) -> dict[str, str]:
    """What everybody is called, by id."""
    return rows.names(studio.db)


def _known(studio: Studio, by: str) -> PersonView:
    account = rows.person(studio.db, by)
    if account is None:
        raise NotFound("There is no such person.", "Say who you are.")
    return _view(account)


def _view(account: Account) -> PersonView:
    return PersonView(
        id=account.id,
        name=account.name,
        role=cast("Role", account.role),
        has_passcode=bool(account.passcode),
        reviewed=account.reviewed,
        active=account.active,
        is_machine=account.id == LOCAL_OWNER,
    )


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not any(letter.isalnum() for letter in name):
        raise BadInput("A name has letters.", "Write it as colleagues know it.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"A name has at most {LONGEST_NAME} characters.", "Write it shorter.")
    if name.lower() in ("you", "offline director"):
        raise BadInput(f"“{name}” stands for somebody else in the history.", "Choose another name.")
    return name


def _role(role: str) -> Role:
    if role not in ROLES:
        raise BadInput(f"There is no role “{role[:20]}”.", f"Choose one of: {', '.join(ROLES)}.")
    return role


def _locked(passcode: str) -> str:
    """Salt and scrypt of a passcode; "" stays empty."""
    if not passcode:
        return ""
    if len(passcode) < SHORTEST_PASSCODE:
        raise BadInput(f"A passcode has at least {SHORTEST_PASSCODE} characters.", "Take a short sentence.")
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(passcode.encode(), salt=salt, **SCRYPT).hex()}"


def _is_right(passcode: str, locked: str) -> bool:
    salt, _, known = locked.partition("$")
    found = hashlib.scrypt(passcode.encode(), salt=bytes.fromhex(salt), **SCRYPT).hex()
    return hmac.compare_digest(found, known)
