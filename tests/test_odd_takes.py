"""Clips that are no plain frames from their start on, cut as they are and fitted first; luma tells pictures apart."""

from __future__ import annotations

import fcntl
import os
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from core.domain.errors import BadMedia
from core.domain.shoot import CutList
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.cut import compose
from core.media.fit import fit
from core.media.part_cache import workroom
from core.media.takes import footage

W, H = 90, 160
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4", "-bf", "0")
TONE = ["-f", "lavfi", "-i", "sine=f=330:r=48000:d=2"]
RAMP = "format=yuv420p,geq=lum='40+2*N':cb=128:cr=128"


def clip(path: Path, source: str, *args: str) -> str:
    ffmpeg.run(["-f", "lavfi", "-i", source, *(args or X264), str(path)], seconds=60)
    return str(path)


def ramp(path: Path, first: int = 0, size: str = f"{W}x{H}", frames: int = 50) -> str:
    grey = f"nullsrc=s={size}:r=30,{RAMP.replace('*N', f'*(N+{first})')}"
    return clip(path, f"{grey},trim=end_frame={frames}", *X264, "-bsf:v", "filter_units=remove_types=6")


def planes(path: str) -> list[np.ndarray]:
    with av.open(path) as container:
        return [f.to_ndarray(format="yuv420p")[: f.height].astype(float) for f in container.decode(video=0)]


def shown(source: str, way: str, frames: int = 40) -> list[np.ndarray]:
    """The luma of a film of that clip and a second more, cut as it is or fitted first."""
    folder = Path(source).parent
    take, sound = source, str(folder / "mix.m4a")
    if way == "fitted":
        take = str(folder / "fitted.mp4")
        fit(path=source, out=take, width=W, height=H, fps=30, frames=frames, report=lambda _: None)
    ffmpeg.run([*TONE, "-c:a", "aac", sound], seconds=30)
    takes = [
        {"path": path, "frames": n, "transition": "cut"} for path, n in ((take, frames), (ramp(folder / "r.mp4"), 20))
    ]
    cut = {"takes": takes, "width": W, "height": H, "grade": {}, "palette": [], "captions": {}, "words": []}
    cut_list = CutList.model_validate({**cut, "sound": sound}).model_dump()
    compose(cut_list=cut_list, out=str(folder / "film.mp4"), cache=str(folder / "cache"), report=lambda _: None)
    return planes(str(folder / "film.mp4"))[:frames]


def late(path: Path) -> str:
    """A clip whose picture begins 0.4 s after its sound."""
    whole = ramp(path.with_name("whole.mp4"))
    args = [*TONE, "-itsoffset", "0.4", "-i", whole, "-map", "1:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac"]
    ffmpeg.run([*args, str(path)], seconds=30)
    return str(path)


def grown(path: Path) -> str:
    """A clip whose pictures become larger on the way, as those of a screen or a call do."""
    parts = ramp(path.with_name("1.h264"), 0, frames=20), ramp(path.with_name("2.h264"), 20, "180x320", 30)
    (joined := path.with_name("both.h264")).write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    ffmpeg.run(["-framerate", "30", "-i", str(joined), "-c", "copy", str(path)], seconds=30)
    return str(path)


@pytest.mark.parametrize("way", ["as it is", "fitted"])
@pytest.mark.parametrize("make", [late, grown])
def test_every_frame_stands_where_it_belongs(tmp_path, make, way):
    lumas = [picture.mean() for picture in shown(make(tmp_path / "a.mp4"), way)]
    assert lumas == pytest.approx([40 + 2 * n for n in range(40)], abs=1.3)


@pytest.mark.parametrize("way", ["as it is", "fitted"])
def test_two_fields_in_one_picture_leave_no_combs(tmp_path, way):
    bar = f"nullsrc=s={W}x{H}:r=60:d=1.6,format=yuv420p,geq=lum='if(lt(mod(X-3*N,{W}),20),220,40)':cb=128:cr=128"
    woven = [*X264, "-flags", "+ildct+ilme", "-x264-params", "tff=1"]
    source = clip(tmp_path / "a.mp4", f"{bar},tinterlace=interleave_top,setfield=tff", *woven)

    def combs(picture: np.ndarray) -> float:
        return float(np.abs(picture[1:-1] - (picture[:-2] + picture[2:]) / 2).mean())

    assert combs(planes(source)[20]) > 5
    pictures = shown(source, way)
    assert max(combs(picture) for picture in pictures) < 1.5
    moved = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
    assert min(moved) > 5, "and it keeps its pace"


@pytest.mark.parametrize("way", ["as it is", "fitted"])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("a.mov", ["-pix_fmt", "argb", "-c:v", "qtrle"]),
        ("a.webm", ["-pix_fmt", "yuva420p", "-c:v", "libvpx-vp9", "-crf", "8", "-b:v", "0", "-cpu-used", "8"]),
    ],
)
def test_what_is_transparent_is_black_whatever_lies_hidden_there(tmp_path, name, args, way):
    half = f"color=white:s={W}x{H}:r=30:d=1.5,format=rgba,geq=r=255:g=255:b=255:a='255*lt(Y,H/2)'"
    picture = shown(clip(tmp_path / name, half, *args), way)[20]
    assert picture[: H // 2 - 8].min() > 225
    assert picture[H // 2 + 8 :].max() < 22


def zeroed(path: Path) -> str:
    """A clip of which the second half never arrived: there are zeros in its place."""
    noise = f"testsrc2=s={W}x{H}:r=30:d=4"
    whole = Path(clip(path.with_name("w.mp4"), noise, *X264, "-g", "15", "-movflags", "+faststart")).read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) // 2))
    return str(path)


def test_a_clip_of_zeros_serves_the_scene_that_ends_before_them_and_no_other(tmp_path):
    source = zeroed(tmp_path / "a.mp4")
    assert len(shown(source, "fitted", 40)) == 40
    with pytest.raises(BadMedia):
        fit(path=source, out=str(tmp_path / "b.mp4"), width=W, height=H, fps=30, frames=110, report=lambda _: None)
    pictures = shown(source, "as it is", 100)
    assert np.abs(pictures[30] - pictures[29]).mean() > 0.5
    assert np.abs(pictures[86] - pictures[85]).mean() < 0.5, "its last picture is held"


@pytest.mark.parametrize(("primaries", "matrix", "conforms"), [(1, 1, True), (12, 1, False), (1, 2, False)])
def test_a_clip_of_other_colours_is_brought_to_those_of_the_film(tmp_path, primaries, matrix, conforms):
    named = f"h264_metadata=colour_primaries={primaries}:transfer_characteristics=1:matrix_coefficients={matrix}"
    source = clip(tmp_path / "a.mp4", f"nullsrc=s={W}x{H}:r=30,{RAMP},trim=end_frame=20", *X264, "-bsf:v", named)
    assert footage(source, FrameSize(W, H), 30).conforms == conforms


def test_the_folder_of_a_killed_cut_is_removed_and_that_of_one_going_on_is_not(tmp_path):
    cache = tmp_path / "cache"
    for folder in (cache, tmp_path / "cutting-dead", tmp_path / "cutting-alive"):
        folder.mkdir()
        (folder / "1.yuv").write_bytes(b"0")
    held = os.open(tmp_path / "cutting-alive", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with workroom(tmp_path, cache) as room, workroom(tmp_path, cache) as other:
        assert {p.name for p in tmp_path.iterdir()} == {"cache", "cutting-alive", room.name, other.name}
    os.close(held)
    assert {p.name for p in tmp_path.iterdir()} == {"cache", "cutting-alive"}


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no other disk")
def test_parts_on_another_disk_than_the_film(tmp_path):
    with workroom(Path("/dev/shm"), tmp_path) as room:
        (room / "1.mp4").write_bytes(b"0")
        (room / "1.mp4").replace(tmp_path / "part.mp4")
