"""A film made from the command line, start to end, and an analysis alone."""

from __future__ import annotations

import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.domain.edits import ChangeModel, ChangeMusic, ChangeSource, ChangeVoice, PlanEdit
from core.domain.errors import BadInput, Broken, OverBudget
from core.domain.money import price
from core.domain.plan import Plan
from core.domain.views import FilmView, JobView, RevisionView
from core.domain.work import LIVE_JOBS, JobState, StepState
from core.services import (
    analysis,
    approval,
    delivery,
    intake,
    planning,
    production,
    projects,
    provenance,
    quality,
    storyboard,
    vendors,
)
from core.services import match as matches
from core.services.studio import Studio
from jobs import paths, unfinished
from jobs.clock import Clock

Copy = tuple[Path, str, str]
"""A copied file, the name of the original, and what it is: image | character | performance | voice_over | music |
sample."""

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
    character: Path | None
    performances: tuple[tuple[int, Path], ...]
    """Recordings that the character plays, each with the number of its scene."""
    may_use_frames: bool
    model: str
    crew: tuple[str, ...]
    fallback: tuple[str, ...]
    max_usd: Decimal | None
    seed: int | None
    voice_over: Path | None = None
    music: Path | None = None
    way: str = "remake"
    scenes: int | None = None
    listing: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[tuple[Path, str]]:
        """Every file that was named, and what it is; the sample last, because it starts the work."""
        others = (
            (self.character, "character"),
            (self.voice_over, "voice_over"),
            (self.music, "music"),
            (self.sample, "sample"),
        )
        given = [
            *((image, "image") for image in self.images),
            *((path, "performance") for _, path in self.performances),
        ]
        return [*given, *((path, kind) for path, kind in others if path)]


def make(studio: Studio, wishes: Wishes) -> dict[str, Any]:
    """Makes the film and writes it to `wishes.out`; answers what `--json` prints.

    A film that the same command began and did not finish is gone on with.
    """
    owner = studio.local_owner
    for model in (wishes.model, *wishes.fallback):
        # a model that cannot be used is refused before anything is done
        vendors.require_open(studio, vendors.model_for(studio, "video", model))
    _crew(studio, wishes)
    if wishes.performances and not wishes.character:
        raise BadInput("Nobody is named who plays the recording.", "Give a picture of somebody with --character.")
    if wishes.performances:
        vendors.require_open(studio, vendors.player(studio))
    if wishes.way == "listing" and not wishes.images:
        raise BadInput("The listing has no photo.", "Give one to ten with --image.")
    paths.check_out(wishes.out, [path for path, _ in wishes.files])
    with _copies(studio, wishes) as copies:
        told = ("out", "max_usd", "sample", "images", "voice_over", "music", "character", "performances")
        asked = {k: v for k, v in asdict(wishes).items() if k not in told}
        asked["plays"] = [number for number, _ in wishes.performances]
        asked |= {kind: True for _, kind in wishes.files if kind in intake.SOUNDS}
        note = unfinished.Note.of(studio, asked, [copy for copy, _, _ in copies])
        project_id = note.project(studio)
        if project_id:
            say("Going on with the film that was begun before.")
        else:
            project_id = _begin(studio, wishes, copies)
        note.write(project_id)
    clock = Clock(studio, project_id)
    clock.start()
    try:
        revision = _made(studio, project_id, wishes)
    finally:
        clock.stop()
    film = delivery.film(studio, owner, project_id)
    if film is None:
        raise Broken("The film was not delivered.", "Run the command again.")
    stored, _ = intake.stored_file(studio, owner, film.film.id)
    paths.write_out(stored, wishes.out)
    captions = _captions(studio, film, wishes.out)
    note.forget()
    for name, value in film.facts.items():
        say(f"{name}: {value}")
    say(film.credentials)
    for sentence in film.notes:
        say(sentence)
    checked = quality.of_film(studio, owner, project_id)
    findings = checked.findings if checked else ()
    for finding in findings:
        say(f"{finding.level.capitalize()}: {finding.what}")
    return {
        "project": project_id,
        "film": str(wishes.out),
        "captions": [str(path) for path in captions],
        "seconds": film.film.seconds,
        "cost_usd": float(film.cost),
        "scenes": len(revision.plan.scenes),
        "findings": [finding.model_dump(mode="json", exclude_none=True) for finding in findings],
    }


def _captions(studio: Studio, film: FilmView, out: Path) -> list[Path]:
    """Writes the captions of a film beside it, as SubRip and as WebVTT; none where they are off."""
    written = []
    for asset in filter(None, (film.captions, film.captions_vtt)):
        stored, _ = intake.stored_file(studio, studio.local_owner, asset.id)
        written.append(out.with_suffix(Path(asset.name).suffix))
        paths.write_out(stored, written[-1])
    return written


@contextmanager
def _copies(studio: Studio, wishes: Wishes) -> Iterator[list[Copy]]:
    """Copies of the files that were named, so that they may change; gone at the end."""
    copies: list[Copy] = []
    try:
        copies.extend((paths.copied(studio, source, kind), source.name, kind) for source, kind in wishes.files)
        yield copies
    finally:
        for copy, _, _ in copies:
            copy.unlink(missing_ok=True)


def _begin(studio: Studio, wishes: Wishes, copies: list[Copy]) -> str:
    """A project with its files; none is left when one of them cannot be used."""
    owner = studio.local_owner
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
        crew=_crew(studio, wishes),
        way=wishes.way,
        scenes=wishes.scenes,
        listing=wishes.listing,
    )
    with ExitStack() as undo:
        undo.callback(projects.delete, studio, owner, project.id)
        for copy, name, kind in copies:
            if kind == "image":
                intake.receive_image(studio, owner, project.id, copy, name)
            elif kind == "character":
                image = intake.receive_image(studio, owner, project.id, copy, name)
                projects.keep_character(studio, owner, project.id, image.id)
            elif kind == "performance":
                intake.receive_performance(studio, owner, project.id, copy, name)
            elif kind in intake.SOUNDS:
                intake.receive_sound(studio, owner, project.id, copy, name, kind)
            else:
                intake.receive_sample(studio, owner, project.id, copy, name, begin=False)
        undo.pop_all()
    return project.id


def _crew(studio: Studio, wishes: Wishes) -> dict[str, str]:
    """The models of the other kinds of work that were named. BadInput, or what stands against one of them."""
    found: dict[str, str] = {}
    for said in wishes.crew:
        work, _, model = said.partition("=")
        if work not in vendors.WORKS or not model:
            raise BadInput(f"“{said[:60]}” is no work and model.", f"Say {'|'.join(vendors.WORKS)}=vendor/model.")
        found[work] = vendors.require_open(studio, vendors.model_for(studio, work, model)).id
    return found


def _made(studio: Studio, project_id: str, wishes: Wishes) -> RevisionView:
    """Analysis, plan, approval and production, each unless it is done; answers the plan that was filmed."""
    owner = studio.local_owner
    analysed = production.job(studio, owner, project_id, "analyse")
    if analysed is None or analysed.state in (JobState.FAILED, JobState.CANCELLED):
        intake.start(studio, owner, project_id)
    wait(studio, project_id, "analyse", "Understanding the sample" if wishes.sample else "Writing the plan")
    revision = planning.require(studio, owner, project_id)
    edits = _changes(studio, project_id, revision.plan, wishes)
    if edits:
        revision, notes = planning.edit(studio, owner, project_id, edits, base=revision.number, author="command line")
        for note in notes:
            say(note)
    total = approval.quote_plan(studio, revision.plan, wishes.fallback).total
    if wishes.max_usd is not None and total > wishes.max_usd:
        raise OverBudget(f"The film would cost {price(total)}, more than {price(wishes.max_usd)}.")
    say(f"Plan: {len(revision.plan.scenes)} scenes, {revision.plan.seconds:.1f} s, {price(total)}")
    if delivery.film(studio, owner, project_id) is None:
        if storyboard.price_of_missing(studio, owner, project_id)[0]:
            storyboard.draw(studio, owner, project_id)
            wait(studio, project_id, "storyboard", "Drawing the storyboard")
        approval.approve(studio, owner, project_id, revision=revision.number, total=total, fallback=wishes.fallback)
        wait(studio, project_id, "film", "Making the film")
    return revision


def _changes(studio: Studio, project_id: str, plan: Plan, wishes: Wishes) -> list[PlanEdit]:
    """What the command line wants otherwise than the plan has it: who films, what is played, and the own sound."""
    edits: list[PlanEdit] = []
    if wishes.model != "auto" and any(s.model != wishes.model for s in plan.scenes if not s.plays):
        edits.append(ChangeModel(model=wishes.model))
    recordings = intake.performances(studio, studio.local_owner, project_id)
    for (number, _), (_, source) in zip(wishes.performances, recordings, strict=True):
        if number > len(plan.scenes):
            raise BadInput(f"The film has {len(plan.scenes)} scenes and no scene {number}.", "Name one of those.")
        scene = plan.scenes[number - 1]
        if scene.source != source:
            edits.append(ChangeSource(scene=scene.id, source=source))
    for kind, now, change in (("voice_over", plan.voice.own, ChangeVoice), ("music", plan.music.own, ChangeMusic)):
        sounds = intake.sounds(studio, studio.local_owner, project_id, kind)
        if sounds and now is None:
            edits.append(change(own=sounds[-1].id))
    return edits


def analyse(studio: Studio, sample: Path) -> dict[str, Any]:
    """What is measured of a sample; nothing of it is kept."""
    path = paths.copied(studio, sample, "sample")
    folder = studio.storage.scratch(f"uploads/{secrets.token_hex(8)}")
    try:
        return analysis.measure_file(studio, path, sample.name, folder)
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def match(studio: Studio, film: Path, sample: Path) -> dict[str, Any]:
    """How near a film is to a sample, and what of the sample is in it; nothing of it is kept."""
    copies: list[Path] = []
    try:
        copies.extend(paths.copied(studio, source, "sample") for source in (film, sample))
        return matches.compare_files(studio, copies[0], copies[1], (film.name, sample.name))
    finally:
        for copy in copies:
            copy.unlink(missing_ok=True)


def credentials(film: Path, beside: Path | None) -> dict[str, Any]:
    """What the Content Credentials of a film say. NotFound when it has none."""
    for path in filter(None, (film, beside)):
        if not path.is_file():
            raise BadInput(f"There is no file {path}.", "Check the name.")
    return provenance.read_file(film, beside)


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


def wait(studio: Studio, project_id: str, kind: str, title: str) -> None:
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
            _ask_a_person(job)
        time.sleep(LOOK)


def _ask_a_person(job: JobView) -> None:
    """Broken when nothing of a live job can go on before a person has decided."""
    moving = {StepState.READY, StepState.RUNNING, StepState.WAITING}
    asking = [s for s in job.steps if s.state in (StepState.GATE, StepState.IN_DOUBT)]
    if asking and job.state in LIVE_JOBS and not any(s.state in moving for s in job.steps):
        remedy = f"{asking[0].remedy} Decide in the app (make run), then give the same command again."
        raise Broken(asking[0].problem or f"“{asking[0].label}” waits for a person.", remedy.strip())


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
