"""Fitting vendors' clips to the film, on real clips: each picture's luma tells which one it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from core.domain.errors import BadMedia, Broken
from core.domain.time import FrameSize
from core.isolation import run_apart
from core.media import ffmpeg
from core.media.fit import fit
from core.media.takes import footage

W, H = 90, 160
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4", "-bf", "0")
HDR = (
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,zscale=t=linear:npl=203,format=gbrpf32le"
)


def clip(path: Path, source: str, *args: str) -> str:
    ffmpeg.run(["-f", "lavfi", "-i", source, *(args or X264), str(path)], seconds=60)
    return str(path)


def ramp(path: Path, frames: int, fps: str = "24", *args: str, size: str = "160x90") -> str:
    """A clip whose picture n is one even grey of luma 40 + 2 n."""
    return clip(path, f"nullsrc=s={size}:r={fps},format=yuv420p,geq=lum='40+2*N':cb=128:cr=128,trim=end_frame={frames}",
                *(args or X264))  # fmt: skip


def colour(path: Path, rgb: str, chain: str, *args: str) -> str:
    return clip(path, f"color=0x{rgb}:s=160x90:r=24:d=0.5,{chain}", *(args or X264))


def fitted(source: str, frames: int, width: int = W, height: int = H, how: str = "crop"):
    """What `fit` says, and the pictures it wrote."""
    out = Path(source).with_name("fitted.mp4")
    size = {"width": width, "height": height, "fps": 30, "frames": frames}
    told = fit(path=source, out=str(out), report=lambda _: None, how=how, **size)
    with av.open(str(out)) as container:
        return told, list(container.decode(video=0))


def lumas(pictures: list[av.VideoFrame]) -> np.ndarray:
    return np.array([p.to_ndarray(format="yuv420p")[: p.height].mean() for p in pictures])


def rgb(picture: av.VideoFrame) -> list[int]:
    return [int(v) for v in picture.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0).round()]


@pytest.mark.parametrize("fps", ["12", "24000/1001", "24", "25", "30", "50", "60"])
def test_any_frame_rate_becomes_that_of_the_film(tmp_path, fps):
    count = round(1.2 * eval(fps))
    told, pictures = fitted(ramp(tmp_path / "a.mp4", count, fps), 33)
    assert told["frames"] == len(pictures) == 33
    assert told["held_frames"] == 0
    shown = (lumas(pictures) - 40) / 2 / eval(fps)
    assert shown == pytest.approx(np.arange(33) / 30, abs=0.6 / eval(fps) + 0.02)


def test_the_cut_takes_it_as_it_is(tmp_path):
    fitted(ramp(tmp_path / "a.mp4", 48), 45)
    take = footage(str(tmp_path / "fitted.mp4"), FrameSize(W, H), 30)
    assert take.conforms
    assert take.frames == 45


def test_it_is_coded_like_the_clips_of_the_local_renderer(tmp_path):
    _, pictures = fitted(ramp(tmp_path / "a.mp4", 48), 45)
    with av.open(str(tmp_path / "fitted.mp4")) as container:
        stream = container.streams.video[0]
        assert len(container.streams) == 1
        assert (stream.codec_context.name, stream.profile, stream.pix_fmt) == ("h264", "High", "yuv420p")
        assert stream.time_base.denominator == 15360
    first = pictures[0]
    assert (first.colorspace, first.color_primaries, first.color_trc, first.color_range) == (1, 1, 1, 1)


def test_the_same_clip_gives_the_same_file(tmp_path):
    source = ramp(tmp_path / "a.mp4", 30)
    fitted(source, 30)
    once = (tmp_path / "fitted.mp4").read_bytes()
    fitted(source, 30)
    assert (tmp_path / "fitted.mp4").read_bytes() == once


@pytest.mark.parametrize(("film", "edge"), [((90, 160), 0), ((160, 90), 53), ((90, 90), 18), ((180, 90), 60)])
def test_the_picture_fills_the_frame_around_its_centre(tmp_path, film, edge):
    thirds = "drawbox=w=iw/3:c=red:t=fill,drawbox=x=iw*2/3:w=iw/3:c=blue:t=fill"
    source = clip(tmp_path / "a.mp4", f"color=green:s=192x108:r=24:d=0.5,{thirds}")
    told, pictures = fitted(source, 12, *film)
    assert told["source_size"] == [192, 108]
    assert (pictures[0].width, pictures[0].height) == film
    across = pictures[0].to_ndarray(format="rgb24").mean(axis=0)
    red, blue = (across[:, 0] > 128).sum(), (across[:, 2] > 128).sum()
    assert red == pytest.approx(edge, abs=2)
    assert blue == pytest.approx(edge, abs=2)


def walker(path: Path, at: str) -> str:
    """A disc of the colour of skin on a quiet grey, its middle at that x, in a clip of 192x108 and 3 s."""
    inside = f"lt(hypot(X-({at}),Y-54),16)"
    planes = f"lum='if({inside},165,70+10*Y/H)':cb='if({inside},104,128)':cr='if({inside},152,128)'"
    return clip(path, f"nullsrc=s=192x108:r=12:d=3,format=yuv444p,geq={planes},format=yuv420p")


def across(picture: av.VideoFrame) -> float:
    """Where the disc is, as a share of the width; nan when it is not to be seen."""
    bright = picture.to_ndarray(format="gray")[picture.height // 2] > 120
    return float(np.flatnonzero(bright).mean() / picture.width) if bright.any() else float("nan")


@pytest.mark.parametrize("at", ["40", "150"])
def test_a_crop_keeps_the_subject_and_stands_still_with_it(tmp_path, at):
    _, pictures = fitted(walker(tmp_path / "a.mp4", at), 60)
    seen = [across(p) for p in pictures]
    assert 0.3 < seen[0] < 0.7
    assert np.ptp(seen) < 0.02


def test_a_crop_follows_a_subject_that_walks_through_the_picture(tmp_path):
    _, pictures = fitted(walker(tmp_path / "a.mp4", "30+45*T"), 75)
    seen = [across(p) for p in pictures]
    assert min(seen) > 0.1
    assert max(seen) < 0.9
    assert max(abs(b - a) for a, b in pairwise(seen)) < 0.1, "it glides"


@pytest.mark.parametrize("how", ["pad", "blur"])
def test_the_whole_picture_can_be_kept(tmp_path, how):
    source = clip(tmp_path / "a.mp4", "color=0xc03020:s=192x108:r=24:d=0.5,drawbox=w=12:c=white:t=fill")
    told, pictures = fitted(source, 12, how=how)
    assert not told["same_shape"]
    picture = pictures[5].to_ndarray(format="rgb24").astype(int)
    assert picture.shape == (H, W, 3)
    middle, above = picture[H // 2], picture[H // 8]
    assert middle[W // 2] == pytest.approx([0xC0, 0x30, 0x20], abs=8)
    assert middle[1].min() > 200, "its edge is there"
    if how == "pad":
        assert above.max() < 12
    else:
        assert 60 < above[W // 2, 0] < 0xA0, "darker than the picture before it, and of its colour"


def test_a_picture_of_the_same_shape_has_nothing_to_be_fitted(tmp_path):
    told, pictures = fitted(clip(tmp_path / "a.mp4", "color=0xc03020:s=54x96:r=24:d=0.5"), 12, how="blur")
    assert told["same_shape"]
    assert rgb(pictures[0]) == pytest.approx([0xC0, 0x30, 0x20], abs=5)


def test_a_picture_turned_by_its_metadata_stands_upright(tmp_path):
    flat = clip(tmp_path / "flat.mp4", "color=black:s=160x90:r=24:d=1,drawbox=w=iw/2:c=white:t=fill")
    turned = str(tmp_path / "turned.mp4")
    ffmpeg.run(["-display_rotation:v", "-90", "-i", flat, "-c", "copy", turned], seconds=30)
    told, pictures = fitted(turned, 24)
    grey = pictures[0].to_ndarray(format="gray")
    assert told["source_size"] == [90, 160]
    assert grey[:60].mean() > 220
    assert grey[100:].mean() < 30


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    source = clip(tmp_path / "a.mp4", "color=gray:s=80x90:r=24:d=0.5,setsar=2/1")
    told, pictures = fitted(source, 12, 160, 90)
    assert told["source_size"] == [160, 90]
    assert (pictures[0].width, pictures[0].height) == (160, 90)


def test_a_variable_frame_rate_keeps_its_times(tmp_path):
    uneven = "nullsrc=s=160x90:r=60,format=yuv420p,geq=lum='40+N':cb=128:cr=128,trim=end_frame=120"
    source = clip(tmp_path / "a.mp4", f"{uneven},select='lt(n,30)+not(mod(n,4))'", *X264, "-fps_mode", "vfr")
    told, pictures = fitted(source, 58)
    assert told["source_seconds"] == pytest.approx(2, abs=0.06)
    assert lumas(pictures) == pytest.approx(40 + 2 * np.arange(58), abs=4)


def test_full_range_is_brought_to_the_range_of_the_film(tmp_path):
    chain = "scale=out_range=pc:out_color_matrix=bt709,format=yuvj420p"
    _, pictures = fitted(colour(tmp_path / "a.mp4", "c03020", chain, *X264, "-color_range", "pc"), 12)
    assert rgb(pictures[0]) == pytest.approx([0xC0, 0x30, 0x20], abs=4)


@pytest.mark.parametrize(("size", "matrix"), [("160x90", "smpte170m"), ("1280x720", "bt709")])
def test_colours_without_a_name_are_read_as_players_read_them(tmp_path, size, matrix):
    named = f"color=0xc03020:s={size}:r=24:d=0.5,scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p"
    forget = "setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown"
    _, pictures = fitted(clip(tmp_path / "a.mp4", f"{named},{forget}"), 12)
    assert rgb(pictures[0]) == pytest.approx([0xC0, 0x30, 0x20], abs=4)


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
@pytest.mark.parametrize(("given", "seen"), [("808080", [128, 128, 128]), ("c03020", [192, 48, 32]), ("ffffff", None)])
def test_hdr_is_toned_down_to_the_colours_of_the_film(tmp_path, curve, given, seen):
    tags = f"log-level=none:colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    chain = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10le,{HDR},zscale=p=bt2020"
    chain += f",zscale=t={curve}:m=bt2020nc:r=limited:npl=203,format=yuv420p10le"
    _, pictures = fitted(colour(tmp_path / "a.mp4", given, chain, "-c:v", "libx265", "-x265-params", tags), 12)
    if seen:
        assert rgb(pictures[0]) == pytest.approx(seen, abs=12)
    else:
        assert 205 < min(rgb(pictures[0])) < 235, "paper is bright, and what shines is brighter"


def test_rgb_and_prores_clips_are_taken_too(tmp_path):
    rgb24 = colour(tmp_path / "a.mov", "c03020", "format=rgb24", "-c:v", "qtrle")
    ten_bits = "scale=out_color_matrix=bt709,format=yuv422p10le"
    prores = colour(tmp_path / "b.mov", "c03020", ten_bits, "-c:v", "prores_ks", "-colorspace", "bt709")
    for source in (rgb24, prores):
        assert rgb(fitted(source, 12)[1][0]) == pytest.approx([0xC0, 0x30, 0x20], abs=4)


def test_a_clip_that_is_longer_gives_its_beginning(tmp_path):
    told, pictures = fitted(ramp(tmp_path / "a.mp4", 60, "30"), 30)
    assert (told["source_seconds"], told["held_frames"]) == (2.0, 0)
    assert lumas(pictures) == pytest.approx(40 + 2 * np.arange(30), abs=1.2)


def test_a_clip_that_is_a_little_short_is_slowed(tmp_path):
    told, pictures = fitted(ramp(tmp_path / "a.mp4", 40, "30"), 45)
    assert told["held_frames"] == 0
    assert lumas(pictures)[-1] == pytest.approx(40 + 2 * 39, abs=3)
    assert lumas(pictures) == pytest.approx(40 + 2 * np.arange(45) * 40 / 45, abs=3)


def test_a_clip_that_is_far_too_short_is_slowed_and_then_held(tmp_path):
    told, pictures = fitted(ramp(tmp_path / "a.mp4", 20, "30"), 60)
    seen = lumas(pictures)
    assert told["held_frames"] == 60 - 23
    assert int(np.argmax(seen > seen[-1] - 1)) == pytest.approx(22, abs=1)
    assert seen[-1] == pytest.approx(40 + 2 * 19, abs=1.2)


def test_sound_is_dropped_and_does_not_count_as_picture(tmp_path):
    silent = ramp(tmp_path / "silent.mp4", 30, "30")
    source = str(tmp_path / "a.mp4")
    tone = ["-f", "lavfi", "-i", "sine=f=330:d=3"]
    ffmpeg.run(["-i", silent, *tone, "-c:v", "copy", "-c:a", "aac", source], seconds=30)
    told, _ = fitted(source, 30)
    assert (told["frames"], told["source_seconds"], told["held_frames"]) == (30, 1.0, 0)
    with av.open(str(tmp_path / "fitted.mp4")) as container:
        assert not container.streams.audio


def test_a_picture_that_begins_later_than_its_sound_begins_the_film(tmp_path):
    silent = ramp(tmp_path / "silent.mp4", 40, "30")
    source = str(tmp_path / "a.mp4")
    tone = ["-f", "lavfi", "-i", "sine=f=330:d=3"]
    args = [*tone, "-itsoffset", "0.5", "-i", silent, "-map", "1:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac"]
    ffmpeg.run([*args, source], seconds=30)
    told, pictures = fitted(source, 30)
    assert told["source_seconds"] == pytest.approx(40 / 30, abs=0.01)
    assert lumas(pictures) == pytest.approx(40 + 2 * np.arange(30), abs=1.2)


def test_a_still_picture_as_a_clip_is_held(tmp_path):
    told, pictures = fitted(ramp(tmp_path / "a.mp4", 1), 30)
    assert told["held_frames"] == 29
    assert len(pictures) == 30


def broken_file(path: Path, kind: str) -> str:
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "an error page":
        path.write_text("<html>This link has expired.</html>")
    elif kind == "a playlist":
        path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    elif kind == "only sound":
        clip(path, "sine=f=330:d=1", "-c:a", "aac")
    else:
        source = clip(path.with_name("whole.mp4"), "testsrc2=s=160x90:r=24:d=2", *X264, "-movflags", "+faststart")
        whole = Path(source).read_bytes()
        kept = len(whole) // 2
        path.write_bytes(whole[:kept] + (b"\0" * (len(whole) - kept) if kind == "half zeros" else b""))
    return str(path)


@pytest.mark.parametrize("kind", ["empty", "an error page", "a playlist", "only sound", "cut off", "half zeros"])
def test_what_is_not_a_whole_clip_is_refused_and_leaves_nothing(tmp_path, kind):
    source = broken_file(tmp_path / "a.mp4", kind)
    with pytest.raises(BadMedia) as refusal:
        fitted(source, 30)
    assert "a.mp4" in refusal.value.message
    assert "Retry" in refusal.value.remedy
    assert not list(tmp_path.glob("fitted*"))


def test_a_clip_with_a_broken_tail_serves_a_scene_that_ends_before_it(tmp_path):
    source = clip(tmp_path / "whole.mp4", "testsrc2=s=160x90:r=24:d=4", *X264, "-movflags", "+faststart")
    whole = Path(source).read_bytes()
    (tmp_path / "a.mp4").write_bytes(whole[: len(whole) * 3 // 4])
    told, pictures = fitted(str(tmp_path / "a.mp4"), 45)
    assert (len(pictures), told["held_frames"]) == (45, 0)
    with pytest.raises(BadMedia, match="cut off"):
        fitted(str(tmp_path / "a.mp4"), 110)


def test_a_missing_clip_is_our_own_fault(tmp_path):
    with pytest.raises(Broken):
        fitted(str(tmp_path / "a.mp4"), 30)


def test_it_runs_apart_and_tells_how_far_it_is(tmp_path):
    source, heard = ramp(tmp_path / "a.mp4", 48), []
    asked = {"path": source, "out": str(tmp_path / "b.mp4"), "width": W, "height": H, "fps": 30, "frames": 60}
    told = run_apart("core.media.fit:fit", asked, seconds=60, report=heard.append)
    assert told["frames"] == 60
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
