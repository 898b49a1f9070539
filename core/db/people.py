"""Accounts as people: who works here, and what they may decide."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import Account
from core.db.team import Bookmark
from core.domain.errors import BadInput, Conflict, NotFound


def everyone(db: Database) -> list[Account]:
    """Every account, by name."""
    with db.read() as s:
        return list(s.exec(select(Account).order_by(func.lower(col(Account.name)), col(Account.id))))


def person(db: Database, account_id: str) -> Account | None:
    """That account; None when there is none, or it was closed."""
    with db.read() as s:
        found = s.get(Account, account_id)
        return found if found and found.active else None


def names(db: Database) -> dict[str, str]:
    """What everybody is called, by id; those who left as well."""
    with db.read() as s:
        return dict(s.exec(select(Account.id, Account.name)).all())


def add(db: Database, now: datetime, name: str, role: str, passcode: str) -> Account:
    """Records somebody. Conflict when the name is taken."""
    with db.write() as s:
        _free(s, name)
        account = Account(name=name, role=role, passcode=passcode, created=now)
        s.add(account)
        return account


def change(db: Database, account_id: str, **values: Any) -> None:
    """Sets columns of an account. Conflict when nobody would be left who decides about people."""
    with db.write() as s:
        everybody = list(s.exec(select(Account).with_for_update()))
        account = next((each for each in everybody if each.id == account_id), None)
        if account is None:
            raise NotFound("There is no such person.")
        if name := values.get("name"):
            _free(s, name, account_id)
        for key, value in values.items():
            setattr(account, key, value)
        if not any(each.role == "admin" and each.active for each in everybody):
            raise BadInput("Nobody would be left who may decide about people.", "Make somebody else an admin first.")


SECRET = tuple(f"secret {number}" for number in range(4))
"""Bookmarks that hold 63 bits each of what only this installation knows."""


def secret(db: Database) -> bytes:
    """What names are signed with, the same for every process of this installation; made when it is missing."""
    query = select(Bookmark).where(col(Bookmark.name).in_(SECRET)).order_by(col(Bookmark.name))
    with db.read() as s:
        found = list(s.exec(query))
    if len(found) < len(SECRET):
        with db.write() as s:
            insert = (postgresql if db.is_postgres else sqlite).insert(Bookmark)
            values = [{"name": name, "at": secrets.randbits(63)} for name in SECRET]
            s.connection().execute(insert.values(values).on_conflict_do_nothing(index_elements=["name"]))
            found = list(s.exec(query))
    return b"".join(part.at.to_bytes(8) for part in found)


def _free(s: Session, name: str, but: str = "") -> None:
    same = select(Account.id).where(func.lower(col(Account.name)) == name.lower(), Account.id != but)
    if s.exec(same).first() is not None:
        raise Conflict(f"Somebody is called {name} already.", "Add a last name or an initial.")
