"""Scenes are cut as their clips arrive: what was encoded ahead is what the film is then joined from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import jobs
from core.db import projects as rows
from core.domain.plan import Plan
from core.domain.shoot import CutList
from core.domain.work import JobState
from core.media import ffmpeg
from core.media.cut import compose, encode_ahead
from core.services import recipes
from core.services.ahead import wait_for_vendors, with_parts
from core.services.repertoire import RECIPES
from tests.clip_shop import WAN, Shop, opened_shop

GREYS = ("0x606468", "0x707070", "0x807c70", "0x8a8a8a")


def film_of(folder: Path) -> CutList:
    """Four takes of a vendor, each lit a little otherwise, a word over each, every join another."""
    sound = folder / "mix.m4a"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=f=330:r=48000:d=4", "-c:a", "aac", str(sound)], seconds=60)
    takes = []
    for number, (grey, join) in enumerate(zip(GREYS, ("dissolve", "wipe", "cut", "cut"), strict=True)):
        path = folder / f"{number}.mp4"
        source = f"color={grey}:s=180x320:r=30:d=1.5,drawbox=x=20*t:y=40:w=60:h=60:color=red@0.5:t=fill"
        ffmpeg.run(["-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", str(path)], seconds=60)
        takes.append({"path": str(path), "frames": 30, "transition": join, "even": True, "title": f"Scene {number}"})
    return CutList.model_validate(
        {"takes": takes, "width": 180, "height": 320, "grade": {}, "palette": [], "captions": {}, "sound": str(sound),
         "words": [{"text": f"word{i}", "start": i + 0.1, "end": i + 0.8} for i in range(4)]}
    )  # fmt: skip


def composed(film: CutList, cache: Path, out: Path) -> dict[str, object]:
    return compose(cut_list=film.model_dump(), out=str(out), cache=str(cache), report=lambda _: None)


def test_a_part_encoded_before_all_takes_are_there_is_the_one_of_the_whole_film(tmp_path: Path):
    film, cache = film_of(tmp_path), tmp_path / "cache"
    for scene, there in enumerate(({0, 1}, {0, 1, 2}, {0, 1, 2, 3}, {1, 2, 3})):
        takes = [t if i in there else t.but(path="", even=False, title="") for i, t in enumerate(film.takes)]
        partly = film.but(takes=tuple(takes), sound="").model_dump()
        told = encode_ahead(
            cut_list=partly, scene=scene, scratch=str(tmp_path), cache=str(cache), report=lambda _: None
        )
        assert told == {"parts": (1, 2, 2, 1)[scene], "reused": 0}
    told = composed(film, cache, tmp_path / "film.mp4")
    assert told["segments"] == told["reused"] == 6
    composed(film, tmp_path / "cold", tmp_path / "cold.mp4")
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "cold.mp4").read_bytes()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(tmp_path, "search") as opened:
        opened.recipes = RECIPES
        yield opened


def test_each_scene_waits_for_its_own_clip_and_those_beside_it(shop: Shop, small_plan: Plan):
    first, second = (scene.but(model=WAN) for scene in small_plan.scenes)
    scenes = tuple((first if i % 2 else second).but(id=f"aaa{i}") for i in range(5))
    project = rows.get_project(shop.db, shop.owner, shop.project())
    steps, cut = split(recipes.film_steps(shop.studio, project, small_plan.but(scenes=scenes)))
    clips = {
        step.name: [name for name in step.needs if name.startswith("clip-")]
        for step in with_parts(steps, cut)
        if step.kind == "part"
    }
    assert clips["part-0"] == ["clip-aaa0", "clip-aaa1"]
    assert clips["part-3"] == ["clip-aaa1", "clip-aaa2", "clip-aaa3", "clip-aaa4"]
    assert with_parts(steps, cut)[-1].key == cut.key, "the film is known by what it is made of"


def test_a_bought_film_is_joined_from_parts_that_were_cut_ahead(shop: Shop, small_plan: Plan):
    scenes = tuple(s.but(model=WAN, transition="dissolve", seconds=2.5) for s in small_plan.scenes)
    plan = small_plan.but(scenes=scenes, music=small_plan.music.but(enabled=False))
    project = rows.get_project(shop.db, shop.owner, shop.project())
    steps, cut = split(recipes.film_steps(shop.studio, project, plan))
    assert wait_for_vendors(shop.studio, project, steps)
    made = with_parts(steps, cut)
    job = shop.order_steps(made, cap=1_000_000, project=project.id)
    shop.run()
    row = shop.job(job)
    assert row.state == JobState.DONE, f"{row.problem} {row.remedy}"
    film = jobs.outputs(shop.db, project.id, [cut.key])[cut.key].result
    assert film["segments"] == film["reused"] == 3
    assert not wait_for_vendors(shop.studio, project, steps), "the clips are there: nothing to do meanwhile"


def split(steps: list[recipes.NewStep]) -> tuple[list[recipes.NewStep], recipes.NewStep]:
    """The steps of a film, and its cut."""
    return steps[:-1], steps[-1]
