"""What the queue of many machines is told of: steps that somebody could take. Each public function is one transaction.

The queue only wakes; who takes what is decided by `slices.claim`. So a step that is told of twice, late or
never is no harm, and nothing here is more than a stamp (`Step.announced`), which every move takes off again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.db.session import Database
from core.db.slices import Hand, ready_pools
from core.db.tables import READY, WAITING, Step, step_where
from core.domain.work import HERE, LONGEST_DELAY, StepState

AGAIN = timedelta(seconds=60)
"""A step that was told of this long ago and is still there is told of again: the message was lost."""
FRONT = 64
"""Steps of each kind that are looked at, the first ones first: as long as these wait, nobody is free for others."""


def untold(db: Database, now: datetime) -> dict[Hand, list[str]]:
    """Steps that are due and that the queue was not told of lately, by the hand they need, the first first."""
    found: dict[Hand, list[str]] = {"here": [], "reply": [], "vendor": []}
    with db.read() as s:
        fronts = [("vendor", _waiting(now)), *((pool, _ready(now, pool)) for pool in ready_pools(s))]
        for pool, front in fronts:
            query = select(Step.id, Step.kind).where(col(Step.id).in_(front), _told_of_long_ago(now))
            for step, kind in s.exec(query.order_by(col(Step.rank), col(Step.position))):
                found["vendor" if pool != HERE else "reply" if kind == "reply" else "here"].append(step)
    return found


def announce(db: Database, now: datetime, steps: Collection[str]) -> list[str]:
    """Stamps those of the steps that nobody else has told the queue of meanwhile; answers them, in order.

    Of several dispatchers that ask for the same step at once one gets it, and none waits for another.
    """
    with db.write() as s:
        there = col(Step.state).in_((StepState.READY, StepState.WAITING))
        query = select(Step.id).where(col(Step.id).in_(steps), there, _told_of_long_ago(now))
        mine = set(s.exec(query.with_for_update(skip_locked=True)))
        s.exec(update(Step).where(col(Step.id).in_(mine)).values(announced=now))
        return [step for step in steps if step in mine]


def retract(db: Database, at: datetime, steps: Collection[str]) -> None:
    """Takes off the stamps of that moment: the queue could not be told."""
    with db.write() as s:
        s.exec(update(Step).where(col(Step.id).in_(steps), col(Step.announced) == at).values(announced=None))


def _ready(now: datetime, pool: str) -> SelectOfScalar[str]:
    query = select(Step.id).where(step_where(READY), Step.pool == pool, _due(now))
    return query.order_by(col(Step.rank), col(Step.position)).limit(FRONT)


def _waiting(now: datetime) -> SelectOfScalar[str]:
    return select(Step.id).where(step_where(WAITING), _due(now)).order_by(col(Step.due)).limit(FRONT)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(col(Step.due) <= now, col(Step.due) > now + timedelta(seconds=LONGEST_DELAY))


def _told_of_long_ago(now: datetime) -> ColumnElement[bool]:
    """Never, before `AGAIN`, or in a future that the clock was set back from."""
    announced = col(Step.announced)
    return or_(announced.is_(None), announced <= now - AGAIN, announced > now + AGAIN)
