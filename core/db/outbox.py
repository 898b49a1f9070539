"""The outbox: what happened is recorded with what it is about, and sent on afterwards, however often that takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from core.db.session import Database
from core.db.tables import Event, Job, Project, new_id
from core.db.team import Bookmark, Destination, Outgoing
from core.domain.errors import NotFound

READ = "events"
"""The bookmark in what happened to jobs."""
WAITING = text("outgoing.state = 'waiting'")
"""As the index of messages that are due says it, so that the query is served by it."""
MOST = 500
"""Events that are looked at in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message that the caller has taken to deliver: nobody else does for a while."""

    id: str
    event: str
    body: Mapping[str, Any]
    attempts: int
    """This one included."""
    created: datetime
    kind: str
    address: str
    secret: str


def put(s: Session, now: datetime, event: str, key: str, body: Mapping[str, Any]) -> None:
    """Records, inside a transaction, that every destination which wants this event is told; once for each `key`."""
    insert = postgresql.insert if s.get_bind().dialect.name == "postgresql" else sqlite.insert
    for place in s.exec(select(Destination).where(col(Destination.active).is_(True))):
        if event in place.wants:
            row = insert(Outgoing).values(
                id=new_id(), destination_id=place.id, event=event, key=key, body=dict(body), state="waiting",
                attempts=0, due=now, problem="", created=now,
            )  # fmt: skip
            s.connection().execute(row.on_conflict_do_nothing(index_elements=["destination_id", "key"]))


def put_to(db: Database, now: datetime, destination_id: str, event: str, body: Mapping[str, Any]) -> None:
    """Records a message to one destination, whatever it wants. NotFound when there is none."""
    with db.write() as s:
        if s.get(Destination, destination_id) is None:
            raise NotFound("Nothing is sent there.")
        s.add(Outgoing(destination_id=destination_id, event=event, key=new_id(), body=dict(body), due=now, created=now))


def take(db: Database, now: datetime, lease: timedelta, most: int) -> list[Parcel]:
    """Messages that are due; whoever gets one has the time of the lease to deliver it, then others may."""
    query = select(Outgoing, Destination).join(Destination, col(Destination.id) == col(Outgoing.destination_id))
    query = query.where(WAITING, Outgoing.due <= now, col(Destination.active).is_(True))
    found: list[Parcel] = []
    with db.read() as s:
        due = s.exec(query.order_by(col(Outgoing.due)).limit(most)).all()
    if not due:  # a look costs no writing transaction as long as nothing is to be sent
        return []
    with db.write() as s:
        for row, place in due:
            mine = update(Outgoing).where(
                col(Outgoing.id) == row.id, col(Outgoing.state) == "waiting", col(Outgoing.due) == row.due
            )
            taken = s.connection().execute(mine.values(due=now + lease, attempts=row.attempts + 1))
            if taken.rowcount == 1:
                found.append(
                    Parcel(
                        id=row.id, event=row.event, body=row.body, attempts=row.attempts + 1, created=row.created,
                        kind=place.kind, address=place.address, secret=place.secret,
                    )
                )  # fmt: skip
    return found


def delivered(db: Database, now: datetime, parcel_id: str) -> None:
    """It has arrived."""
    _end(db, parcel_id, state="sent", sent=now, problem="")


def again(db: Database, parcel_id: str, due: datetime, problem: str) -> None:
    """It did not arrive, and is tried again."""
    _end(db, parcel_id, due=due, problem=problem)


def give_up(db: Database, parcel_id: str, problem: str) -> None:
    """It will never arrive."""
    _end(db, parcel_id, state="given_up", problem=problem)


def _end(db: Database, parcel_id: str, **values: Any) -> None:
    with db.write() as s:
        mine = update(Outgoing).where(col(Outgoing.id) == parcel_id, col(Outgoing.state) == "waiting")
        s.connection().execute(mine.values(**values))


def read_on(
    db: Database,
    now: datetime,
    settled: timedelta,
    told: Callable[[Event, Job, Project], tuple[str, dict[str, Any]] | None],
) -> int:
    """Looks at what happened to jobs since the last time and puts what `told` says of it into the outbox.

    The bookmark stays behind whatever is younger than `settled`: another transaction may still be about to
    commit an event with a smaller number. What is looked at twice is put once. Answers how many were put.
    """
    with db.read() as s:
        mark = s.get(Bookmark, READ)
        at = mark.at if mark else None
        fresh = s.exec(select(Event.id).where(col(Event.id) > (at or 0)).limit(1)).first()
        if at is not None and fresh is None:
            return 0
    with db.write() as s:
        if at is None:  # whoever begins to send on today does not send what happened a year ago
            newest = s.exec(select(func.max(Event.id))).one() or 0
            insert = (postgresql if db.is_postgres else sqlite).insert(Bookmark).values(name=READ, at=newest)
            s.connection().execute(insert.on_conflict_do_nothing(index_elements=["name"]))
            return 0
        return _put_events(s, now, now - settled, at, told)


def _put_events(
    s: Session,
    now: datetime,
    until: datetime,
    at: int,
    told: Callable[[Event, Job, Project], tuple[str, dict[str, Any]] | None],
) -> int:
    query = select(Event, Job, Project).join(Job, col(Job.id) == col(Event.job_id))
    query = query.join(Project, col(Project.id) == col(Job.project_id)).where(col(Event.id) > at)
    count, mark, is_settled = 0, at, True
    for event, job, project in s.exec(query.order_by(col(Event.id)).limit(MOST)).all():
        said = told(event, job, project)
        if said:
            put(s, now, said[0], f"event {event.id}", said[1])
            count += 1
        is_settled = is_settled and event.at <= until
        if is_settled:
            mark = event.id or mark
    if mark > at:
        s.exec(update(Bookmark).where(col(Bookmark.name) == READ, col(Bookmark.at) < mark).values(at=mark))
    return count


def destinations(db: Database) -> list[tuple[Destination, int, int, str]]:
    """Every destination, with how many messages wait, how many were given up, and what was last said of one."""
    with db.read() as s:
        out = []
        for place in s.exec(select(Destination).order_by(col(Destination.created))):
            mine = select(func.count()).where(Outgoing.destination_id == place.id)
            waiting = s.exec(mine.where(Outgoing.state == "waiting")).one()
            given_up = s.exec(mine.where(Outgoing.state == "given_up")).one()
            last = select(Outgoing.problem).where(Outgoing.destination_id == place.id)
            problem = s.exec(last.order_by(col(Outgoing.created).desc(), col(Outgoing.id)).limit(1)).first() or ""
            out.append((place, waiting, given_up, problem))
        return out


def add_destination(db: Database, place: Destination) -> Destination:
    """Records where events are sent on to."""
    with db.write() as s:
        s.add(place)
        return place


def change_destination(db: Database, destination_id: str, **values: Any) -> None:
    """Sets columns of a destination; NotFound when there is none."""
    with db.write() as s:
        place = s.get(Destination, destination_id)
        if place is None:
            raise NotFound("Nothing is sent there.")
        for name, value in values.items():
            setattr(place, name, value)


def remove_destination(db: Database, destination_id: str) -> None:
    """Forgets a destination with everything on its way there."""
    with db.write() as s:
        s.exec(delete(Outgoing).where(col(Outgoing.destination_id) == destination_id))
        s.exec(delete(Destination).where(col(Destination.id) == destination_id))


def try_again(db: Database, now: datetime, destination_id: str) -> int:
    """What was given up there is tried once more; answers how many."""
    with db.write() as s:
        given_up = update(Outgoing).where(
            col(Outgoing.destination_id) == destination_id, col(Outgoing.state) == "given_up"
        )
        return s.connection().execute(given_up.values(state="waiting", attempts=0, due=now)).rowcount


def forget(db: Database, before: datetime, states: Sequence[str] = ("sent", "given_up")) -> int:
    """Removes old messages that have ended; answers how many."""
    with db.write() as s:
        old = delete(Outgoing).where(col(Outgoing.created) < before, col(Outgoing.state).in_(states))
        return s.connection().execute(old).rowcount
