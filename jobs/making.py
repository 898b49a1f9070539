"""A film made from the command line, start to end, and an analysis alone."""

from __future__ import annotations

import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.domain.edits import ChangeModel
from core.domain.errors import BadMedia, Broken, OverBudget, RepriseError
from core.domain.money import price
from core.domain.views import JobView
from core.domain.work import JobState
from core.services import analysis, approval, delivery, intake, planning, production, projects
from core.services.studio import Studio
from jobs.clock import Clock

LOOK = 0.3
"""Seconds between two looks at a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for on the command line."""

    sample: Path | None
    brief: str
    out: Path
    seconds: float | None
    aspect: str
    resolution: str
    category: str
    images: tuple[Path, ...]
    may_use_frames: bool
    model: str
    max_usd: Decimal | None
    seed: int | None


def make(studio: Studio, wishes: Wishes) -> dict[str, Any]:
    """Makes the film and writes it to `wishes.out`; answers what `--json` prints."""
    owner = studio.local_owner
    if wishes.model != "auto":
        approval.model_for("video", wishes.model)  # an unknown model is refused before anything is done
    if not wishes.out.resolve().parent.is_dir():
        raise BadMedia(f"There is no folder {wishes.out.parent}.", "Create it first.")
    project = projects.create(
        studio,
        owner,
        title="",
        brief=wishes.brief,
        category=wishes.category,
        aspect=wishes.aspect,
        resolution=wishes.resolution,
        seconds=wishes.seconds,
        may_use_frames=wishes.may_use_frames,
        seed=wishes.seed,
    )
    try:
        for image in wishes.images:
            intake.receive_image(studio, owner, project.id, _copied(studio, image), image.name)
        if wishes.sample:
            path = _copied(studio, wishes.sample)
            intake.receive_sample(studio, owner, project.id, path, wishes.sample.name, begin=False)
    except RepriseError:
        projects.delete(studio, owner, project.id)
        raise
    intake.start(studio, owner, project.id)
    clock = Clock(studio, project.id)
    clock.start()
    try:
        _wait(studio, project.id, "analyse", "Understanding the sample")
        revision = planning.require(studio, owner, project.id)
        if wishes.model != "auto":
            edits = [ChangeModel(model=wishes.model)]
            revision, _ = planning.edit(studio, owner, project.id, edits, base=revision.number, author="command line")
        total = revision.quote.total
        if wishes.max_usd is not None and total > wishes.max_usd:
            raise OverBudget(f"The film would cost {price(total)}, more than {price(wishes.max_usd)}.")
        say(f"Plan: {len(revision.plan.scenes)} scenes, {revision.plan.seconds:.1f} s, {price(total)}")
        approval.approve(studio, owner, project.id, revision=revision.number, total=total)
        _wait(studio, project.id, "film", "Making the film")
    finally:
        clock.stop()
    film = delivery.film(studio, owner, project.id)
    if film is None:
        raise Broken("The film was not delivered.", "Run the command again.")
    stored, _ = intake.stored_file(studio, owner, film.film.id)
    shutil.copyfile(stored, wishes.out)
    for name, value in film.facts.items():
        say(f"{name}: {value}")
    say(film.credentials)
    return {
        "project": project.id,
        "film": str(wishes.out),
        "seconds": film.film.seconds,
        "cost_usd": float(film.cost),
        "scenes": len(revision.plan.scenes),
    }


def analyse(studio: Studio, sample: Path) -> dict[str, Any]:
    """What is measured of a sample; nothing of it is kept."""
    path = _copied(studio, sample)
    folder = studio.storage.scratch(f"uploads/{secrets.token_hex(8)}")
    try:
        return analysis.measure_file(studio, path, sample.name, folder)
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def work_until_stopped(studio: Studio) -> None:
    """A worker on its own, until the process is told to end."""
    clock = Clock(studio)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    clock.start()
    done.wait()
    clock.stop()


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def _copied(studio: Studio, source: Path) -> Path:
    """A copy of a person's file that services may move; BadMedia when there is no such file."""
    if not source.is_file():
        raise BadMedia(f"There is no file {source.name}.", "Check the path.")
    copy = studio.storage.scratch("uploads") / f"{secrets.token_hex(8)}.part"
    shutil.copyfile(source, copy)
    return copy


def _wait(studio: Studio, project_id: str, kind: str, title: str) -> None:
    """Returns when the newest job of that kind is done; raises what it says when it is not."""
    told = _progress_line(title)
    while True:
        job = production.job(studio, studio.local_owner, project_id, kind)
        if job is not None:
            told(job)
            if job.state == JobState.DONE:
                return
            if job.state in (JobState.FAILED, JobState.CANCELLED):
                raise Broken(job.problem, job.remedy)
        time.sleep(LOOK)


def _progress_line(title: str) -> Callable[[JobView], None]:
    """Says how far a job is whenever it has moved by five percent or ended a step."""
    last = -1.0

    def tell(job: JobView) -> None:
        nonlocal last
        steps = [s.label for s in job.steps if s.state == "running"]
        if job.fraction - last < 0.05 and job.state != JobState.DONE:
            return
        left = f", about {job.seconds_left:.0f} s left" if job.seconds_left else ""
        last = job.fraction
        say(f"{title}: {job.fraction:.0%}{left}" + (f" ({'; '.join(steps)})" if steps else ""))

    return tell
