"""The cut on real clips: each take's frame n has a luma of its own, so every frame of the film is told apart."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.domain.errors import BadMedia, Broken
from core.domain.shoot import CutList, Take
from core.media import ffmpeg
from core.media.cut import compose
from core.media.grade import TO_FILM, grade_still
from core.media.part_cache import tidy
from core.media.passes import passes
from core.media.segments import segments
from core.media.transitions import blend
from tests.film_facts import film_facts

W, H = 180, 320
STEP = 2
"""Levels of luma from one frame of a take to the next."""


def ramp(path: Path, base: int, frames: int, *args: str, fps: int = 30, size: str = f"{W}x{H}") -> str:
    """A clip whose frame n is one even grey of luma `base` + 2 n, as encoded in limited range."""
    grey = f"nullsrc=s={size}:r={fps},format=yuv420p,geq=lum='{base}+{STEP}*N':cb=128:cr=128"
    codec = args or ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4", "-bf", "0")
    ffmpeg.run(["-f", "lavfi", "-i", grey, "-frames:v", str(frames), *codec, str(path)], seconds=60)
    return str(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sound") / "mix.m4a"
    tone = "sine=f=330:r=48000:d=8,volume=0.3"
    ffmpeg.run(["-f", "lavfi", "-i", tone, "-ac", "2", "-c:a", "aac", str(path)], seconds=60)
    return str(path)


@pytest.fixture
def film(tmp_path: Path):
    """Composes takes (path, frames, transition) into a film; returns what compose says and the film's path."""

    def make(takes, sound, words=(), **changes):
        listed = [{"frames": 30, "transition": "cut", **t} if isinstance(t, dict)
                  else {"path": t[0], "frames": t[1], "transition": t[2]} for t in takes]  # fmt: skip
        cut = {
            "takes": listed, "width": W, "height": H, "fps": 30, "grade": {}, "sound": sound, "words": list(words),
            "palette": [{"hex": "#101820", "share": 0.6}, {"hex": "#ff6b35", "share": 0.4}],
            "captions": {"enabled": bool(words)},
        }  # fmt: skip
        cut_list = CutList.model_validate(cut | changes).model_dump()
        out = str(tmp_path / "film.mp4")
        return compose(cut_list=cut_list, out=out, cache=str(tmp_path / "cache"), report=lambda _: None), out

    return make


def lumas(path: str) -> list[float]:
    with av.open(path) as container:
        return [float(f.to_ndarray(format="yuv420p")[: f.height].mean()) for f in container.decode(video=0)]


def plain(path: str) -> list[np.ndarray]:
    with av.open(path) as container:
        return [f.to_ndarray(format="gray") for f in container.decode(video=0)]


def test_every_frame_stands_where_it_belongs(film, tmp_path, sound):
    takes = [(ramp(tmp_path / f"{i}.mp4", 40 + 30 * i, 45), 30, "cut") for i in range(3)]
    told, out = film(takes, sound)
    assert told == {"frames": 90, "seconds": 3.0, "segments": 3, "reused": 0}
    seen = lumas(out)
    wanted = [40 + 30 * i + STEP * n for i in range(3) for n in range(30)]
    assert seen[:77] == pytest.approx(wanted[:77], abs=1.2)


def test_a_dissolve_blends_the_tail_with_the_next_head(film, tmp_path, sound):
    takes = [(ramp(tmp_path / "a.mp4", 40, 45), 30, "dissolve"), (ramp(tmp_path / "b.mp4", 120, 45), 40, "cut")]
    told, out = film(takes, sound)
    assert (told["frames"], told["segments"]) == (70, 3)
    seen = lumas(out)
    assert len(seen) == 70
    for n in range(12):
        assert 40 + STEP * (30 + n) - 1.5 < seen[30 + n] < 120 + STEP * n + 1.5
    assert seen[42:57] == pytest.approx([120 + STEP * n for n in range(12, 27)], abs=1.2)
    assert seen[28:30] == pytest.approx([96, 98], abs=1.2)


@pytest.mark.parametrize("kind", ["dissolve", "dip", "wipe", "slide", "whip", "zoom"])
def test_every_transition_keeps_the_length_and_changes_gradually(film, tmp_path, sound, kind):
    takes = [(ramp(tmp_path / "a.mp4", 40, 45), 30, kind), (ramp(tmp_path / "b.mp4", 100, 45), 30, "cut")]
    told, out = film(takes, sound)
    seen = lumas(out)
    assert (told["frames"], len(seen)) == (60, 60)
    assert max(abs(b - a) for a, b in pairwise(seen[25:47])) < 40
    assert (min(seen[28:46]) < 40) == (kind == "dip")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("25 fps webm", lambda p: ramp(p / "a.webm", 60, 40, "-c:v", "libvpx", "-b:v", "2M", "-cpu-used", "8", fps=25)),
        ("60 fps", lambda p: ramp(p / "a.mp4", 60, 90, fps=60)),
        ("other size", lambda p: ramp(p / "a.mp4", 60, 45, size="426x240")),
        ("ten bits", lambda p: ramp(p / "a.mp4", 60, 45, "-c:v", "libx264", "-pix_fmt", "yuv444p10le", "-crf", "4")),
        ("no tail", lambda p: ramp(p / "a.mp4", 60, 30)),
        ("far too short", lambda p: ramp(p / "a.mp4", 60, 11)),
        ("a still", lambda p: ramp(p / "a.png", 60, 1, "-update", "1")),
    ],
)  # fmt: skip
def test_odd_takes_fill_frame_and_time(film, tmp_path, sound, name, make):
    second = ramp(tmp_path / "b.mp4", 150, 45)
    told, out = film([(make(tmp_path), 30, "wipe"), (second, 30, "cut")], sound)
    pictures = plain(out)
    assert len(pictures) == told["frames"] == 60, name
    assert all(p.shape == (H, W) for p in pictures)
    assert all(p.std() < 3 for p in pictures[:30]), "no bars, no borders"
    assert lumas(out)[44:47] == pytest.approx([150 + STEP * n for n in (14, 15, 16)], abs=1.5)
    assert film_facts(out)["fps"] == 30


def test_a_25_fps_take_keeps_its_pace(film, tmp_path, sound):
    path = ramp(tmp_path / "a.mp4", 60, 50, fps=25)
    seen = lumas(film([(path, 40, "cut"), (ramp(tmp_path / "b.mp4", 60, 45), 30, "cut")], sound)[1])
    assert seen[:40] == pytest.approx([60 + STEP * n * 25 / 30 for n in range(40)], abs=3)


def test_a_rotated_take_stands_upright(film, tmp_path, sound):
    """A clip filmed on its side: dark left half, bright right half, stored turned by a quarter."""
    flat, turned = tmp_path / "flat.mp4", tmp_path / "turned.mp4"
    halves = f"nullsrc=s={H}x{W}:r=30:d=2,format=yuv420p,geq=lum='if(lt(X,W/2),60,180)':cb=128:cr=128"
    ffmpeg.run(["-f", "lavfi", "-i", halves, "-c:v", "libx264", "-preset", "ultrafast", str(flat)], seconds=60)
    ffmpeg.run(["-display_rotation", "90", "-i", str(flat), "-c", "copy", str(turned)], seconds=60)
    picture = plain(film([(str(turned), 45, "cut")], sound)[1])[10].astype(float)
    top, bottom = picture[: H // 3].mean(), picture[-H // 3 :].mean()
    assert abs(top - bottom) > 90
    assert picture.std(axis=1).max() < 6


def test_the_film_is_fit_to_be_published(film, tmp_path, sound):
    takes = [(ramp(tmp_path / f"{i}.mp4", 60 + 40 * i, 47), 32, "slide") for i in range(3)]
    _, out = film(takes, sound)
    facts = film_facts(out)
    assert (facts["video"], facts["profile"], facts["pixels"], facts["audio"]) == ("h264", "High", "yuv420p", "aac")
    assert (facts["width"], facts["height"], facts["fps"], facts["frames"]) == (W, H, 30, 96)
    assert facts["faststart"]
    assert facts["seconds"] == pytest.approx(3.2, abs=1 / 30)
    assert facts["lufs"] is not None
    with av.open(out) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert abs(float(video.start_time * video.time_base - audio.start_time * audio.time_base)) < 0.025
        assert [video.codec_context.color_primaries, video.codec_context.color_trc, video.codec_context.colorspace] == [
            1
        ] * 3
        stamps = [f.pts for f in container.decode(video)]
    assert {b - a for a, b in pairwise(stamps)} == {512}
    assert ffmpeg.run(["-v", "warning", "-xerror", "-i", out, "-f", "null", "-"], seconds=60) == ""


def test_the_last_moment_goes_to_black(film, tmp_path, sound):
    seen = lumas(film([(ramp(tmp_path / "a.mp4", 100, 60), 45, "cut")], sound)[1])
    assert seen[-1] < 18
    assert seen[:32] == pytest.approx([100 + STEP * n for n in range(32)], abs=1.2)
    assert seen[33:] == sorted(seen[33:], reverse=True)


def test_only_what_changed_is_encoded_again(film, tmp_path, sound):
    paths = [ramp(tmp_path / f"{i}.mp4", 40 + 20 * i, 45) for i in range(4)]
    takes = [(p, 30, "dissolve") for p in paths]
    assert film(takes, sound)[0]["reused"] == 0
    assert film(takes, sound)[0] == {"frames": 120, "seconds": 4.0, "segments": 7, "reused": 7}
    takes[1] = (ramp(tmp_path / "new.mp4", 130, 45), 30, "dissolve")
    assert film(takes, sound)[0]["reused"] == 4, "its inside and the two transitions beside it"
    takes[2] = (paths[2], 30, "whip")
    assert film(takes, sound)[0]["reused"] == 5, "the transition, and the inside of the scene after it"
    assert film(takes, sound, grade={"warmth": 0.5})[0]["reused"] == 0


def test_each_take_is_read_once_and_only_where_it_is_wanted():
    takes = [Take(path=f"{i}.mp4", frames=30, transition=kind) for i, kind in enumerate(("wipe", "cut", "zoom", "cut"))]
    parts = segments(takes)
    read = [[stretch for stretch, _ in one.pieces] for one in passes(parts)]
    assert [[(s.take, s.first, s.count) for s in pieces] for pieces in read] == [
        [(0, 0, 30), (0, 30, 14)], [(1, 0, 14), (1, 14, 16)], [(2, 0, 30), (2, 30, 12)], [(3, 0, 12), (3, 12, 18)]
    ]  # fmt: skip
    joins = [part for part in parts if part.is_join]
    assert [(s.take, s.first) for one in passes(joins) for s, _ in one.pieces] == [(0, 30), (1, 0), (2, 30), (3, 0)]


@pytest.mark.parametrize("kind", ["wipe", "slide", "zoom", "whip"])
def test_a_transition_between_white_pictures_never_wraps_around(kind):
    white = np.full((64, 36), 255, np.uint8), np.full((32, 18), 128, np.uint8), np.full((32, 18), 128, np.uint8)
    for index in range(12):
        y, u, v = blend(kind, white, white, index, 12, None)
        assert y.min() > 80
        assert set(np.unique(u)) | set(np.unique(v)) == {128}, "grey stays grey"


def test_a_scene_made_longer_moves_the_others_without_encoding_them(film, tmp_path, sound):
    words = [
        {"text": w, "start": 2.2 + 0.2 * i, "end": 2.35 + 0.2 * i} for i, w in enumerate(("said", "in", "the", "end"))
    ]
    takes = [(ramp(tmp_path / f"{i}.mp4", 40 + 20 * i, 60), 30, "cut") for i in range(3)]
    film(takes, sound, words)
    takes[0] = (takes[0][0], 37, "cut")
    moved = [w | {"start": w["start"] + 7 / 30, "end": w["end"] + 7 / 30} for w in words]
    assert film(takes, sound, moved)[0]["reused"] == 2


def test_a_changed_caption_touches_only_its_own_segments(film, tmp_path, sound):
    takes = [(ramp(tmp_path / f"{i}.mp4", 40 + 20 * i, 45), 30, "cut") for i in range(4)]
    words = [{"text": "early", "start": 0.1, "end": 0.5}, {"text": "late.", "start": 2.2, "end": 2.6}]
    film(takes, sound, words)
    told, out = film(takes, sound, [words[0], {**words[1], "text": "later."}])
    assert told["reused"] == 3
    pictures = plain(out)
    assert pictures[6].std() > 3 > pictures[40].std()
    assert pictures[70].std() > 3 > pictures[100].std()


def test_a_damaged_cache_heals(film, tmp_path, sound):
    takes = [(ramp(tmp_path / f"{i}.mp4", 40 + 20 * i, 45), 30, "cut") for i in range(2)]
    film(takes, sound)
    victim = next((tmp_path / "cache").glob("*.mp4"))
    victim.write_bytes(victim.read_bytes()[:300])
    told, out = film(takes, sound)
    assert told["reused"] == 1
    assert len(lumas(out)) == 60


def test_a_missing_take_is_named_and_leaves_the_old_film(film, tmp_path, sound):
    take = ramp(tmp_path / "a.mp4", 60, 45)
    _, out = film([(take, 30, "cut")], sound)
    before = Path(out).read_bytes()
    with pytest.raises(Broken, match="missing"):
        film([(take, 30, "cut"), (str(tmp_path / "none.mp4"), 30, "cut")], sound)
    (tmp_path / "text.mp4").write_text("not a film")
    with pytest.raises(BadMedia):
        film([(str(tmp_path / "text.mp4"), 30, "cut")], sound)
    assert Path(out).read_bytes() == before
    assert not list((tmp_path / "cache").glob("cutting-*"))


def test_takes_of_every_kind_make_one_film(film, tmp_path, sound):
    """Sizes, rates, turns, ranges, matrices, HDR, uneven times, a broken tail, no tail: each fills its second."""
    full = ["-vf", "scale=out_range=pc:out_color_matrix=bt709,format=yuvj420p", "-color_range", "pc"]
    sd = ["-vf", "scale=out_color_matrix=smpte170m:out_range=tv,format=yuv420p", "-colorspace", "smpte170m"]
    hlg = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=none"
    to_hlg = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,zscale=t=linear:npl=203"
    to_hlg += ",format=gbrpf32le,zscale=p=bt2020,zscale=t=arib-std-b67:m=bt2020nc:r=limited:npl=203,format=yuv420p10le"
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "4"]
    kinds = {
        "full range": ("180x320", "30", [*full, *h264, "-colorspace", "bt709"]),
        "bt601": ("180x320", "30", [*sd, *h264]),
        "wide, 24": ("426x240", "24000/1001", ["-vf", "format=yuv420p", *h264]),
        "hlg": ("180x320", "30", ["-vf", f"format=yuv420p,{to_hlg}", "-c:v", "libx265", "-x265-params", hlg]),
        "uneven": (
            "90x160",
            "60",
            ["-vf", "format=yuv420p,select='lt(n,20)+not(mod(n,4))'", "-fps_mode", "vfr", *h264],
        ),
        "broken tail": ("180x320", "30", ["-vf", "format=yuv420p", *h264, "-f", "mpegts"]),
        "too short": ("180x320", "50", ["-vf", "format=yuv420p", *h264, "-t", "0.4"]),
    }
    takes = []
    for name, (size, rate, args) in kinds.items():
        path = tmp_path / f"{name}.{'ts' if name == 'broken tail' else 'mp4'}"
        source = f"color=0x909090:s={size}:r={rate}:d=1.6"
        ffmpeg.run(["-f", "lavfi", "-i", source, *args, str(path)], seconds=60)
        if name == "broken tail":
            whole = path.read_bytes()
            path.write_bytes(whole[: len(whole) * 2 // 3] + b"\x47\x00garbage" * 200)
        takes.append((str(path), 30, "dissolve" if len(takes) % 2 else "cut"))
    told, out = film(takes, sound)
    assert told["frames"] == 210
    with av.open(out) as container:
        pictures = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(pictures) == 210
    for number, name in enumerate(kinds):
        middle = pictures[30 * number + 16].reshape(-1, 3).astype(int)
        assert middle.mean(0) == pytest.approx([0x90] * 3, abs=9 if name == "hlg" else 4), name
        assert middle.std() < 4, name


def test_the_fit_of_a_scene_is_made_from_the_clip_as_it_came(film, tmp_path, sound):
    wide = ramp(tmp_path / "raw.mp4", 60, 50, size="320x180")
    cropped, second = ramp(tmp_path / "a.mp4", 60, 45), ramp(tmp_path / "b.mp4", 100, 45)

    def cut(fit: str):
        return film([{"path": cropped, "raw": wide, "fit": fit}, {"path": second}], sound)

    assert cut("crop")[0]["reused"] == 0
    told, out = cut("pad")
    assert told["reused"] == 1, "the other scene is left alone"
    picture = plain(out)[10]
    assert picture[:60].max() < 4
    assert picture[H // 2].min() > 40
    assert cut("pad")[0]["reused"] == cut("crop")[0]["reused"] == 2


def test_what_a_killed_cut_left_is_removed_and_the_cache_is_bounded(tmp_path):
    now = time.time()
    parts = [("a.mp4", 9000), ("b.mp4", 8000), ("c.mp4", 7000), ("d.mp4", 5)]
    left = [(".1.table.cube", 9000), ("x.fitted.part.mp4", 9000), ("y.part.mp4", 5)]
    for name, age in parts + left:
        (tmp_path / name).write_bytes(b"0" * 400)
        os.utime(tmp_path / name, (now - age, now - age))
    tidy(tmp_path, most=900)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.mp4", "d.mp4", "y.part.mp4"]


def test_odd_names_of_folders_do_no_harm(tmp_path, sound):
    folder = tmp_path / "it's, a [strange]: folder"
    folder.mkdir()
    take = {"path": ramp(folder / "a'b.mp4", 60, 45), "frames": 30, "transition": "cut"}
    cut = {
        "takes": [take], "width": W, "height": H, "grade": {}, "sound": sound, "palette": [], "captions": {},
        "words": [{"text": "hello", "start": 0.1, "end": 0.9}],
    }  # fmt: skip
    out = folder / "film's.mp4"
    cut_list = CutList.model_validate(cut).model_dump()
    told = compose(cut_list=cut_list, out=str(out), cache=str(folder / "cache"), report=lambda _: None)
    assert told["frames"] == 30
    assert plain(str(out))[10].std() > 3


@pytest.mark.parametrize("grade", [{"warmth": 0.7}, {"saturation": -1}, {"brightness": -0.5, "contrast": 0.6}])
def test_a_graded_still_matches_the_graded_film(film, tmp_path, sound, grade):
    still, take, out = tmp_path / "still.png", tmp_path / "take.mp4", tmp_path / "still.jpg"
    ffmpeg.run(
        ["-f", "lavfi", "-i", f"smptehdbars=s={W}x{H}", "-frames:v", "1", "-update", "1", str(still)], seconds=60
    )
    codec = ["-c:v", "libx264", "-qp", "4"]
    ffmpeg.run(["-loop", "1", "-i", str(still), "-vf", TO_FILM, "-frames:v", "45", *codec, str(take)], seconds=60)
    _, graded = film([(str(take), 45, "cut")], sound, grade=grade)
    grade_still(path=str(still), out=str(out), grade=grade, report=lambda _: None)
    shot = tmp_path / "shot.png"
    ffmpeg.run(["-i", graded, "-frames:v", "1", "-update", "1", str(shot)], seconds=60)
    one, two, plain_still = (cv2.imread(str(p)).astype(int) for p in (out, shot, still))
    assert np.abs(one - two).mean() < 4
    assert np.abs(one - plain_still).mean() > 8, "it can be seen"
