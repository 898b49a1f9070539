"""Workers: who does steps, who lives, and what the dead have left. Each public function is one short transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from core.db.moves import give_up, lock, move, note, owed, put_back
from core.db.session import Database
from core.db.slices import into_doubt
from core.db.tables import Job, Step, Worker
from core.domain.work import LIVE_JOBS, MAX_LOST_WORKERS, OPEN_PURCHASES, StepState


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
    for step_id, fence in _running(db, worker_id):
        _put_back(db, now, step_id, fence, lost=False)
    with db.write() as s:
        worker = s.get(Worker, worker_id)
        if worker is not None:
            s.delete(worker)


def known(db: Database) -> list[Worker]:
    """Every worker that is recorded."""
    with db.read() as s:
        return list(s.exec(select(Worker)))


def recover(db: Database, now: datetime, is_dead: Callable[[Worker], bool]) -> int:
    """Puts back the steps of dead workers and of unknown ones; answers how many.

    A step that keeps killing its workers is set aside.
    """
    count = 0
    for step_id, fence in _orphans(db):
        count += _put_back(db, now, step_id, fence, lost=False)
    for worker in known(db):
        if not is_dead(worker):
            continue
        for step_id, fence in _running(db, worker.id):
            count += _put_back(db, now, step_id, fence, lost=True)
        with db.write() as s:
            gone = s.get(Worker, worker.id)
            if gone is not None and gone.heartbeat == worker.heartbeat:  # else it has just said that it lives
                s.delete(gone)
    return count


def reclaim(db: Database, now: datetime, worker_id: str, held: Callable[[], set[str]]) -> int:
    """Puts back steps that this worker is recorded with and does not hold; answers how many.

    `held` is asked after the database was: what is claimed in between is held by then.
    """
    running = _running(db, worker_id)
    mine = held() if running else set()
    return sum(_put_back(db, now, step_id, fence, lost=False) for step_id, fence in running if step_id not in mine)


def _running(db: Database, worker_id: str) -> list[tuple[str, int]]:
    query = select(Step.id, Step.fence).where(Step.worker_id == worker_id, Step.state == StepState.RUNNING)
    with db.read() as s:
        return list(s.exec(query))


def _orphans(db: Database) -> list[tuple[str, int]]:
    """Running steps of workers that nobody knows."""
    query = select(Step.id, Step.fence).where(Step.state == StepState.RUNNING)
    with db.read() as s:
        query = query.where(col(Step.worker_id).is_not(None))
        return list(s.exec(query.where(col(Step.worker_id).not_in(select(Worker.id)))))


def _put_back(db: Database, now: datetime, step_id: str, fence: int, *, lost: bool) -> bool:
    with db.write() as s:
        step = _held(s, step_id, fence)
        if step is None:
            return False
        if lost:
            step.lost_workers += 1
            note(s, now, step.job_id, "worker lost", step.label, step.id)
        if lost and step.lost_workers >= MAX_LOST_WORKERS:
            _set_aside(s, now, step)
        else:
            put_back(s, now, step)
        return True


def _held(s: Session, step_id: str, fence: int) -> Step | None:
    """The running step with its project held; None when it has moved on."""
    query = select(Job.project_id).join(Step, col(Step.job_id) == col(Job.id)).where(Step.id == step_id)
    project_id = s.exec(query).first()
    if project_id is None:
        return None
    lock(s, project_id)
    step = s.get_one(Step, step_id)
    return step if (step.state, step.fence) == (StepState.RUNNING, fence) else None


def _set_aside(s: Session, now: datetime, step: Step) -> None:
    job = s.get_one(Job, step.job_id)
    message = "This step has stopped the program several times, so it was set aside."
    step.problem, step.remedy = message, "Change the scene, then press Retry."
    paid = owed(s, job.project_id, step.key)
    if paid in OPEN_PURCHASES:
        into_doubt(s, now, step, message, "Look for it at the vendor, then decide here.")
    elif job.state in LIVE_JOBS:
        give_up(s, now, job, step)
    else:
        move(step, StepState.FAILED if paid else StepState.CANCELLED)
