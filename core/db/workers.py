"""Workers: who does steps, who lives, and what the dead have left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from core.db.moves import give_up, put_back
from core.db.session import Database
from core.db.tables import Event, Job, Step, Worker
from core.domain.work import MAX_LOST_WORKERS, JobState, StepState


def join(db: Database, now: datetime, host: str, pid: int, born: float) -> str:
    """Records a worker and answers its id."""
    with db.write() as s:
        worker = Worker(host=host, pid=pid, born=born, heartbeat=now)
        s.add(worker)
        s.flush()
        return worker.id


def heartbeat(db: Database, now: datetime, worker_id: str, host: str, pid: int, born: float) -> None:
    """Says that the worker lives, also when another one had taken it for dead."""
    with db.write() as s:
        s.merge(Worker(id=worker_id, host=host, pid=pid, born=born, heartbeat=now))


def leave(db: Database, now: datetime, worker_id: str) -> None:
    """Forgets a worker; what it could not put back itself is put back."""
    with db.write() as s:
        for step in _running(s, worker_id):
            put_back(s, now, step)
        worker = s.get(Worker, worker_id)
        if worker is not None:
            s.delete(worker)


def living(db: Database) -> set[str]:
    """Ids of the workers that are not known to be dead."""
    with db.read() as s:
        return set(s.exec(select(Worker.id)))


def recover(db: Database, now: datetime, is_dead: Callable[[Worker], bool]) -> int:
    """Puts back the steps of dead workers; answers how many. One that keeps killing them is set aside."""
    with db.read() as s:
        dead = any(is_dead(w) for w in s.exec(select(Worker)))
        if not dead and not _orphans(s):
            return 0
    count = 0
    with db.write() as s:
        for step in _orphans(s):
            put_back(s, now, step)
            count += 1
        for worker in [w for w in s.exec(select(Worker)) if is_dead(w)]:
            for step in _running(s, worker.id):
                _lost(s, now, step)
                count += 1
            s.delete(worker)
    return count


def _running(s: Session, worker_id: str) -> list[Step]:
    return list(s.exec(select(Step).where(Step.worker_id == worker_id, Step.state == StepState.RUNNING)))


def _orphans(s: Session) -> list[Step]:
    """Running steps of workers that nobody knows."""
    known = select(Worker.id)
    return list(s.exec(select(Step).where(Step.state == StepState.RUNNING, col(Step.worker_id).not_in(known))))


def _lost(s: Session, now: datetime, step: Step) -> None:
    job = s.get_one(Job, step.job_id)
    step.lost_workers += 1
    s.add(Event(job_id=job.id, step_id=step.id, what="worker lost", detail=step.label, at=now))
    if job.state != JobState.CANCELLED and step.lost_workers >= MAX_LOST_WORKERS:
        step.worker_id = None
        step.problem = "This step has stopped the program several times, so it was set aside."
        step.remedy = "Change the scene, then press Retry."
        give_up(s, now, job, step)
    else:
        put_back(s, now, step)
