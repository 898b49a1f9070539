"""A clip that this machine draws is looked at like one that a vendor sends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.db import projects as rows
from core.domain.errors import Broken
from core.domain.judging import judge_clip
from core.domain.quality import Inspection
from core.domain.work import HERE, JobState
from core.isolation import run_apart
from core.media import ffmpeg
from core.media.quality import inspect
from core.services import quality, workshop
from core.services.bench import Bench
from core.services.repertoire import RECIPES
from tests.clip_shop import clip, opened_shop
from tests.test_film_local import an_order


def test_a_drawing_is_counted_to_its_last_frame_and_told_of(tmp_path: Path):
    told = list[float]()
    arguments = {"order": an_order().model_dump(mode="json"), "out": str(tmp_path / "clip.mp4")}
    made = run_apart("core.services.drawing:draw", arguments, seconds=60, report=told.append)
    seen = Inspection.model_validate(made["seen"])
    assert (made["frames"], seen.frames, seen.damaged) == (35, 35, 0)
    assert (seen.width, seen.height, seen.readable) == (144, 256, pytest.approx(35 / 30, abs=0.01))
    assert judge_clip(seen, held=0.0, enlarged=1.0) == ()
    assert told == sorted(told)


@pytest.mark.parametrize(("source", "check"), [("color=black", "black"), ("color=teal", "frozen")])
def test_a_quick_look_sees_what_is_black_or_stands_still(tmp_path: Path, source: str, check: str):
    out = tmp_path / "clip.mp4"
    args = ["-f", "lavfi", "-i", f"{source}:s=90x160:r=30:d=4", "-c:v", "libx264", "-g", "30", "-pix_fmt", "yuv420p"]
    ffmpeg.run([*args, str(out)], seconds=60)
    seen = inspect(path=str(out), overlays_too=False, keys_only=True, report=lambda _: None)
    (found,) = judge_clip(Inspection.model_validate(seen), held=0.0, enlarged=1.0)
    assert (found.check, seen["frames"]) == (check, 120)
    assert (found.start, found.end) == (0.0, pytest.approx(4.0, abs=0.05))


def test_a_take_of_ours_carries_what_was_found_and_one_that_is_not_whole_is_refused(tmp_path: Path):
    with opened_shop(tmp_path, "search") as shop:
        shop.recipes = RECIPES
        step = replace(clip("a boat", ("local/film",)), pool=HERE)
        job = shop.order_steps([step], cap=0)
        claim = workshop.take(shop.studio, shop.worker)
        assert claim is not None
        bench = Bench(studio=shop.studio, claim=claim, scratch=tmp_path, report=lambda _: None, cancelled=lambda: False)
        short = Inspection(
            profile="High", audio=None, sample_rate=None, channels=None, is_faststart=True, lufs=None,
            container="mp4", seconds=0.1, readable=0.1, frames=3, damaged=0, width=64, height=96, rotation=0, fps=30,
            video="h264", pixels="yuv420p", bytes=1, true_peak_db=None,
        )  # fmt: skip
        with pytest.raises(Broken, match="did not come out whole"):
            quality.checked_drawing(bench, short.model_dump(mode="json"))
        workshop.do(shop.studio, shop.worker, claim, shop.stopping, shop.recipes)
        assert shop.job(job).state == JobState.DONE
        (take,) = rows.assets(shop.db, shop.owner, shop.job(job).project_id, "take")
        assert take.facts["findings"] == []
