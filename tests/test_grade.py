"""Colour between takes and towards a palette, on real clips."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from core.domain.shoot import CutList
from core.media import ffmpeg, palette_table
from core.media.cut import compose
from core.media.evening import MOST_CAST, MOST_STOPS, Correction, Light, evened, light, samples
from core.media.grade import grade_still

W, H = 90, 160
NIGHT = ["#0b1026", "#1d2f6f", "#3f66c4", "#b9cdf2"]
EMBER = ["#2b0f0a", "#8c2f1b", "#e07a3f", "#f6d6a8"]


def take(path: Path, rgb: str, *, size: str = f"{W}x{H}") -> str:
    """A clip with a soft ramp of light in one colour."""
    red, green, blue = (int(rgb[i : i + 2], 16) for i in (0, 2, 4))
    ramp = "*(0.35+0.65*Y/H)"
    planes = f"format=gbrp,geq=r='{red}{ramp}':g='{green}{ramp}':b='{blue}{ramp}'"
    to_film = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    tags = ["-colorspace", "bt709", "-color_range", "tv"]
    args = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "4", "-bf", "0", *tags]
    ffmpeg.run(
        ["-f", "lavfi", "-i", f"nullsrc=s={size}:r=30,{planes},{to_film}", "-frames:v", "45", *args, str(path)],
        seconds=60,
    )
    return str(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sound") / "mix.m4a"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=f=330:r=48000:d=4", "-c:a", "aac", str(path)], seconds=60)
    return str(path)


def film(folder: Path, takes: list[dict], sound: str, **grade: object) -> tuple[list[list[float]], dict]:
    """Mean red, green and blue of the middle of each scene, and what the cut says."""
    cut = {
        "takes": [{"frames": 30, "transition": "cut", **t} for t in takes], "width": W, "height": H, "grade": grade,
        "palette": [{"hex": c, "share": s} for c, s in zip(NIGHT, (0.4, 0.3, 0.2, 0.1), strict=True)],
        "sound": sound, "words": [], "captions": {},
    }  # fmt: skip
    out = folder / "film.mp4"
    told = compose(
        cut_list=CutList.model_validate(cut).model_dump(), out=str(out), cache=str(folder / "cache"),
        report=lambda _: None,
    )  # fmt: skip
    with av.open(str(out)) as container:
        pictures = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    return [pictures[30 * i + 10].reshape(-1, 3).mean(0).tolist() for i in range(len(takes))], told


def apart(one: list[float], other: list[float]) -> float:
    return float(np.abs(np.array(one) - np.array(other)).max())


def test_vendors_takes_come_half_way_to_their_neighbours(tmp_path, sound):
    paths = [take(tmp_path / "a.mp4", "8c8c8c"), take(tmp_path / "b.mp4", "9f9a90")]
    plain, _ = film(tmp_path, [{"path": p} for p in paths], sound)
    nearer, told = film(tmp_path, [{"path": p, "even": True} for p in paths], sound)
    assert apart(*nearer) < 0.75 * apart(*plain)
    assert apart(plain[0], nearer[0]) > 1.5
    assert told["reused"] == 0, "what is evened has an address of its own"


def test_takes_of_this_machine_are_left_as_they_are(tmp_path, sound):
    paths = [take(tmp_path / "a.mp4", "8c8c8c"), take(tmp_path / "b.mp4", "9f9a90")]
    plain, _ = film(tmp_path, [{"path": p} for p in paths], sound)
    mixed, told = film(tmp_path, [{"path": p, "even": i == 0} for i, p in enumerate(paths)], sound)
    assert mixed == plain
    assert told["reused"] == 2


def test_what_differs_much_is_meant(tmp_path, sound):
    paths = [take(tmp_path / "day.mp4", "e0e0e0"), take(tmp_path / "night.mp4", "18181c")]
    plain, _ = film(tmp_path, [{"path": p} for p in paths], sound)
    assert film(tmp_path, [{"path": p, "even": True} for p in paths], sound)[0] == plain


@pytest.mark.parametrize("gap", [-9.0, -1.2, -0.6, -0.1, 0.3, 0.9, 5.0])
def test_no_take_is_moved_far(gap):
    lights = [Light(-2.0, (0.0, 0.0)), Light(-2.0 + gap, (10 * gap, -7 * gap)), None, Light(-4.0, (3.0, 3.0))]
    corrections = evened(lights)
    assert all(abs(c.stops) <= MOST_STOPS and max(map(abs, c.cast)) <= MOST_CAST for c in corrections)
    assert corrections[2:] == [Correction(), Correction()], "who has no neighbour to come nearer to, stays"
    assert corrections[0].stops * gap >= 0


def test_a_colour_that_fills_the_picture_is_no_cast(tmp_path):
    assert light(samples(take(tmp_path / "red.mp4", "d02010"), 60)).cast is None
    u, v = light(samples(take(tmp_path / "warm.mp4", "a09888"), 60)).cast or (0, 0)
    assert u < -1 < 1 < v


def test_a_grade_towards_the_palette_grows_with_its_strength(tmp_path, sound):
    path = take(tmp_path / "a.mp4", "a88c70")
    seen = [film(tmp_path, [{"path": path}], sound, match=m)[0][0] for m in (0, 0.5, 1)]
    bluer = [blue - red for red, _, blue in seen]
    assert bluer[0] + 10 < bluer[1] < bluer[2] - 5
    assert max(seen[2]) < 250


def test_black_white_and_light_stay(tmp_path):
    steps = np.repeat(np.linspace(16, 235, 32, dtype=np.float32), 8)
    greys = np.stack([steps, np.full_like(steps, 128), np.full_like(steps, 128)], -1)
    table = palette_table.table(greys, palette_table.weighed(EMBER), 1.0)
    assert table[0, 0, 0] == pytest.approx([0, 0, 0], abs=0.01)
    assert table[-1, -1, -1] == pytest.approx([1, 1, 1], abs=0.01)
    middle = table[8, 8, 8]
    assert middle[0] > middle[2] + 0.1, "mid-grey takes the colour of the palette"
    assert middle @ [0.2126, 0.7152, 0.0722] == pytest.approx(0.5, abs=0.06)


def test_a_take_that_has_the_palettes_colours_is_hardly_changed():
    rng = np.random.default_rng(1)
    grid = palette_table.table(np.full((8, 3), 128, np.float32), palette_table.weighed(EMBER), 0.0)
    codes = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in EMBER], np.float32)
    picked = codes[rng.choice(4, 4000, p=[0.42, 0.26, 0.18, 0.14])] / 255
    luma = picked @ np.array([0.2126, 0.7152, 0.0722])
    yuv = np.stack(
        [16 + 219 * luma, 128 + 224 * (picked[:, 2] - luma) / 1.8556, 128 + 224 * (picked[:, 0] - luma) / 1.5748], -1
    )
    table = palette_table.table(yuv.astype(np.float32), palette_table.weighed(EMBER), 1.0)
    assert np.abs(table - grid).mean() < 0.03


def test_a_still_is_graded_towards_the_palette_like_the_film(tmp_path, sound):
    path = take(tmp_path / "a.mp4", "a88c70")
    still, out = tmp_path / "still.png", tmp_path / "still.jpg"
    ffmpeg.run(["-i", path, "-frames:v", "1", "-update", "1", str(still)], seconds=30)
    palette = {"palette": [{"hex": c, "share": s} for c, s in palette_table.weighed(NIGHT)]}
    grade = {"match": 0.8, "palette": NIGHT}
    cut = {"takes": [{"path": path, "frames": 30, "transition": "cut"}], "width": W, "height": H, "grade": grade,
           "sound": sound, "words": [], "captions": {}, **palette}  # fmt: skip
    made = CutList.model_validate(cut).model_dump()
    compose(cut_list=made, out=str(tmp_path / "f.mp4"), cache=str(tmp_path / "c"), report=lambda _: None)
    grade_still(path=str(still), out=str(out), grade=grade, report=lambda _: None)
    with av.open(str(tmp_path / "f.mp4")) as one, av.open(str(out)) as other:
        a, b = (next(c.decode(video=0)).to_ndarray(format="rgb24").astype(int) for c in (one, other))
    assert np.abs(a - b).mean() < 4


def test_a_take_with_a_broken_tail_is_looked_at_as_far_as_it_goes(tmp_path):
    whole = tmp_path / "whole.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "testsrc2=s=180x320:r=30:d=4", "-movflags", "+faststart", str(whole)], seconds=60)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size * 9 // 10])
    assert len(samples(str(broken), 60)) >= 1
