"""Captions as a person chooses them: shown over the film's own picture by the renderer that burns them in."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from core.db import jobs
from core.db import projects as rows
from core.db.tables import Project
from core.domain.plan import Captions, CaptionStyle, Plan, Scene, seconds_to_say, words
from core.domain.shoot import CutList, Take, Word
from core.domain.time import FPS, FrameSize, frames
from core.domain.work import HERE
from core.isolation import run_apart
from core.providers.local.film.typography import can_set
from core.services import recipes
from core.services.addresses import key_of
from core.services.studio import Studio

SIDE = 360
"""Pixels of the shorter side of a preview; everything in it scales with the frame."""
LEAD = 0.25
"""Seconds before the first word."""
LONGEST = 5.0
"""Seconds of a moving preview."""
APART = 10.0
"""Seconds after the preview at which the other lines are said: far enough to change nothing in it."""
SAMPLE = "This is how your captions will look"
"""Said where the film has no lines."""
LIMIT = 60.0
FOLDER = "previews"
_HAND = ThreadPoolExecutor(1, thread_name_prefix="captions")
"""One drawing at a time: a film may be under way beside it."""
_drawing: dict[str, Future[Any]] = {}
"""What is being drawn, by its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionPreview:
    """The five designs as PNG files, and the chosen one moving, as an MP4 file without sound; None is being drawn."""

    stills: dict[CaptionStyle, Path | None]
    moving: Path | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is still being drawn."""
        return self.moving is not None and None not in self.stills.values()


def preview(studio: Studio, owner: str, project_id: str, plan: Plan, captions: Captions) -> CaptionPreview:
    """How these captions look in that film, drawn once for the same look. They are shown also where they are off.

    What is not there yet is drawn in the background, so that nobody waits for it; ask again. Raises what went wrong
    there: `StepCrashed`, `BadMedia`.
    """
    project = rows.get_project(studio.db, owner, project_id)
    index = next((i for i, s in enumerate(plan.scenes) if s.narration.strip()), 0)
    blob, has_words = _picture(studio, owner, project, plan, index)
    shown = captions.but(enabled=True, burn=True)
    cut = _cut_list(studio, owner, plan, plan.scenes[index], shown, has_words=has_words)
    at = round(cut.words[min(1, len(cut.words) - 1)].start + 0.22, 3)
    folder = studio.storage.scratch(FOLDER)
    wanted: dict[str, dict[str, Any]] = {
        style: {"style": style, "at": at, "path": _path(folder, blob, cut, style, at)}
        for style in get_args(CaptionStyle)
    }
    wanted["moving"] = {"path": _path(folder, blob, cut, cut.captions.style, None)}
    missing = [out for out in wanted.values() if not Path(out["path"]).is_file()]
    if missing:
        _draw(cut, str(studio.storage.path(blob)) if blob else None, missing)
    there = {name: _used(Path(out["path"])) for name, out in wanted.items()}
    return CaptionPreview(stills={style: there[style] for style in get_args(CaptionStyle)}, moving=there["moving"])


def _draw(cut: CutList, picture: str | None, missing: list[dict[str, Any]]) -> None:
    """Begins what nobody draws yet; raises what went wrong with what somebody drew."""
    over = [path for path, drawing in list(_drawing.items()) if drawing.done()]
    ended = {path: drawing for path in over if (drawing := _drawing.pop(path, None))}
    for out in missing:
        if out["path"] in ended:
            ended[out["path"]].result()
    new = [out for out in missing if out["path"] not in _drawing]
    if new:
        arguments = {"cut_list": cut.model_dump(mode="json"), "picture": picture, "outs": new}
        drawing = _HAND.submit(run_apart, "core.media.caption_preview:preview", arguments, seconds=LIMIT)
        _drawing.update({out["path"]: drawing for out in new})


def _used(path: Path) -> Path | None:
    """The file if it is there, marked as used: a sweep goes by when that was."""
    if not path.is_file():
        return None
    path.touch()
    return path


def _picture(studio: Studio, owner: str, project: Project, plan: Plan, index: int) -> tuple[str | None, bool]:
    """The scene's still, or the newest of the film's, and whether it has its title in it; None before one is drawn."""
    step, scene = recipes.still_step(studio, project, plan, index), plan.scenes[index]
    still = jobs.outputs(studio.db, project.id, [step.key]).get(step.key)
    if still:
        return str(still.result["blob"]), step.pool == HERE and can_set(scene.title, scene.kicker)
    drawn = rows.assets(studio.db, owner, project.id, "still")
    return (drawn[-1].blob, True) if drawn else (None, False)


def _cut_list(studio: Studio, owner: str, plan: Plan, scene: Scene, captions: Captions, *, has_words: bool) -> CutList:
    """One scene of the film, small, with its line said at the natural rate."""
    said = scene.narration.strip() or SAMPLE
    seconds = min(LONGEST, max(2.0, seconds_to_say(said)))
    scale = SIDE / min(plan.size)
    size = FrameSize(*(round(side * scale / 2) * 2 for side in plan.size))
    return CutList(
        takes=(
            Take(
                path="",
                frames=frames(seconds),
                transition="cut",
                title="" if has_words else scene.title,
                kicker="" if has_words else scene.kicker,
                called=scene.role == "cta",
            ),
        ),
        width=size.width,
        height=size.height,
        grade=plan.grade,
        palette=recipes.palette_of(plan),
        captions=captions,
        words=(*_said(said, seconds), *_elsewhere(plan, scene, seconds)),
        sound="",
        style=plan.style,
        platform=plan.platform,
        brand=plan.brand.but(logo=logo_path(studio, owner, plan), end_card=""),
    )


def lettered(scene: Scene) -> bool:
    """Whether our own renderer films it, and sets its title into the picture."""
    own = scene.model == "auto" or scene.model.startswith("local/")
    return own and can_set(scene.title, scene.kicker)


def _said(text: str, seconds: float) -> tuple[Word, ...]:
    """The words of a line, each as long as it has letters."""
    written = words(text)
    total = sum(len(w) + 2 for w in written)
    each = max(seconds_to_say(text), seconds) - LEAD
    out, start = [], LEAD
    for word in written:
        end = start + each * (len(word) + 2) / total
        out.append(Word(text=word, start=round(start, 3), end=round(end - 0.04, 3)))
        start = end
    return tuple(w for w in out if w.start < seconds - 1 / FPS)


def _elsewhere(plan: Plan, scene: Scene, seconds: float) -> tuple[Word, ...]:
    """The lines of the other scenes, behind what is shown: letters are chosen by all that a film says."""
    others = [s.narration for s in plan.scenes if s is not scene and s.narration.strip()]
    return tuple(Word(text=line, start=seconds + APART, end=seconds + APART) for line in others)


def logo_path(studio: Studio, owner: str, plan: Plan) -> str | None:
    """Where the film's logo lies on this machine; None without one."""
    asset = rows.assets_by_id(studio.db, owner, [plan.brand.logo]).get(plan.brand.logo) if plan.brand.logo else None
    return str(studio.storage.path(asset.blob)) if asset else None


def _path(folder: Path, blob: str | None, cut: CutList, style: CaptionStyle, at: float | None) -> str:
    shown = cut.but(captions=cut.captions.but(style=style)).model_dump(mode="json")
    key = key_of("caption preview", blob, shown, at)
    return str(folder / f"{key[:32]}.{'mp4' if at is None else 'png'}")
