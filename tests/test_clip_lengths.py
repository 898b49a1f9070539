"""A vendor sells clips of 4, 8 and 12 s: what was sold serves every scene that is not longer, without buying anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.db import jobs
from core.db import projects as rows
from core.db.tables import Output
from core.domain.plan import Plan
from core.domain.shoot import Take
from core.domain.time import FPS, FrameSize, frames
from core.domain.work import JobState
from core.media import ffmpeg
from core.media.fit import fit
from core.media.prepared import _shaped
from core.media.probe import probe
from core.services import recipes, remaking
from core.services.repertoire import RECIPES
from tests.clip_shop import WAN, Shop, opened_shop

MILLION = 1_000_000


@dataclass
class Room:
    """A shop in which films of two scenes are made, the first of some length."""

    shop: Shop
    plan: Plan
    project: str

    def of(self, seconds: float) -> Plan:
        first, second = self.plan.scenes
        return self.plan.but(scenes=(first.but(seconds=seconds), second))

    def steps(self, seconds: float) -> dict[str, Any]:
        project = rows.get_project(self.shop.db, self.shop.owner, self.project)
        return {step.name: step for step in recipes.film_steps(self.shop.studio, project, self.of(seconds))}

    def made(self, seconds: float, *names: str) -> dict[str, dict[str, Any]]:
        """What the steps of those names, or all of them, come to."""
        steps = [step for name, step in self.steps(seconds).items() if name in names or not names]
        job = self.shop.order_steps(steps, cap=MILLION, project=self.project)
        self.shop.run()
        row = self.shop.job(job)
        assert row.state == JobState.DONE, f"{row.problem} {row.remedy}"
        found = jobs.outputs(self.shop.db, self.project, [step.key for step in steps])
        return {step.name: found[step.key].result for step in steps}

    def again(self, seconds: float) -> tuple[str, ...]:
        return remaking.will_make(self.shop.studio, self.shop.owner, self.project, self.of(seconds)).again


@pytest.fixture
def room(tmp_path: Path, small_plan: Plan) -> Iterator[Room]:
    with opened_shop(tmp_path, "search") as shop:
        shop.recipes = RECIPES
        plan = small_plan.but(
            scenes=tuple(s.but(model=WAN, narration="", transition="dissolve", seconds=3.5) for s in small_plan.scenes),
            music=small_plan.music.but(enabled=False),
        )
        yield Room(shop, plan, shop.project())


def test_a_shorter_scene_keeps_its_clip_and_a_longer_one_only_buys_what_was_not_sold(room: Room):
    film = room.made(3.2, "clip-aaaa", "clip-bbbb")
    assert (room.shop.creates, film["clip-aaaa"]["frames"]) == (2, 4 * FPS), "all that was sold is kept"

    assert "filmed" not in " ".join(room.again(2.7)), "a change of length films nothing"
    shorter = room.made(2.7)
    assert shorter["cut"]["frames"] == frames(2.7 + 3.5)
    assert shorter["clip-aaaa"] == film["clip-aaaa"]
    assert "filmed" not in " ".join(room.again(3.4)), "3.9 s with its tail"
    assert room.shop.creates == 2

    longer = room.made(4.2, "clip-aaaa", "clip-bbbb")
    assert (room.shop.creates, longer["clip-aaaa"]["frames"]) == (3, 8 * FPS)
    assert "filmed: scene 1" not in room.again(7.0)
    assert room.steps(2.5)["clip-aaaa"].key == room.steps(3.2)["clip-aaaa"].key, "the shortest that is long enough"
    assert room.made(2.5, "clip-aaaa")["clip-aaaa"] == film["clip-aaaa"]
    assert room.shop.creates == 3
    room.shop.check()


def test_a_long_clip_serves_a_scene_that_needs_one_of_a_shorter_kind(room: Room):
    bought = room.made(6.0, "clip-aaaa")
    assert room.made(2.0, "clip-aaaa") == bought
    assert room.shop.creates == 1


def test_another_picture_is_bought_anew_whatever_its_length(room: Room):
    room.made(3.2, "clip-aaaa")
    first, second = room.plan.scenes
    room.plan = room.plan.but(scenes=(first.but(visual="A city by day"), second))
    room.made(3.2, "clip-aaaa")
    assert room.shop.creates == 2


def test_what_this_machine_drew_in_a_vendors_stead_serves_no_longer_scene(room: Room):
    steps = room.steps(2.5)
    clip = steps["clip-aaaa"]
    stood_in = {"blob": "-", "frames": 90, "model": "local/film", "bare": True}
    with room.shop.db.write() as s:
        s.add(Output(project_id=room.project, key=clip.key, result=stood_in, blobs=[], created=room.shop.studio.now()))
    assert room.steps(2.3)["clip-aaaa"].key == clip.key
    assert room.steps(3.2)["clip-aaaa"].key != clip.key


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vendor's clip of two seconds."""
    path = tmp_path_factory.mktemp("came") / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=90x160:r=24:d=2"]
    ffmpeg.run([*source, "-c:v", "libx264", "-preset", "ultrafast", str(path)], seconds=60)
    return path


@pytest.mark.parametrize(("needed", "most", "given"), [(30, 45, 45), (30, 90, 60), (66, 90, 66), (30, 0, 30)])
def test_a_clip_is_fitted_in_all_the_length_that_was_sold(tmp_path: Path, came: Path, needed, most, given):
    out = tmp_path / "out.mp4"
    made = fit(path=str(came), out=str(out), width=90, height=160, fps=FPS, frames=needed, most=most,
               report=lambda _: None)  # fmt: skip
    assert made["frames"] == given
    assert probe(out).readable == pytest.approx(given / FPS, abs=0.001)
    assert made["held_frames"] == 0


def test_the_cut_fits_a_short_delivery_again_when_its_scene_grows(tmp_path: Path, came: Path):
    made = tmp_path / "made.mp4"
    sizes = {"width": 90, "height": 160, "fps": FPS}
    fit(path=str(came), out=str(made), frames=50, most=90, report=lambda _: None, **sizes)
    take = Take(path=str(made), raw=str(came), frames=66, transition="cut")
    again = _shaped(take, FrameSize(90, 160), FPS, 66, tmp_path)
    assert (again.frames, Path(again.path) == made) == (66, False)
    assert _shaped(take, FrameSize(90, 160), FPS, 55, tmp_path).path == str(made)
