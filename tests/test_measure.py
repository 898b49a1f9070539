"""What is measured of clips whose truth is known; made with ffmpeg's lavfi, and one real clip looked at by eye."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from core.domain.analysis import Area, SampleAnalysis
from core.media import people
from core.media.measure import measure
from core.media.transitions import Picture, blend

DEMO = Path(__file__).parents[1] / "data" / "demo" / "bunny.mp4"
FRAME = 0.05
"""Seconds a boundary may be off: a frame and a half."""


def ffmpeg(*arguments: str) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def make(target: Path, *arguments: str) -> Path:
    ffmpeg("-v", "error", *arguments, "-pix_fmt", "yuv420p", str(target))
    return target


def measured(path: Path, tmp_path: Path) -> tuple[SampleAnalysis, list[Any]]:
    found = measure(path=str(path), key_frames_dir=str(tmp_path / "keys"), report=lambda _: None)
    pictures = [cv2.imread(frame) for frame in found["key_frames"]]
    assert all(picture is not None for picture in pictures)
    return SampleAnalysis.model_validate(found["analysis"]), pictures


def starts(analysis: SampleAnalysis) -> list[float]:
    return [shot.start for shot in analysis.shots]


def joined(target: Path, graph: str, *sources: str) -> Path:
    inputs = [part for source in sources for part in ("-f", "lavfi", "-i", source)]
    return make(target, *inputs, "-filter_complex", graph, "-map", "[v]", "-r", "25")


TEST = "testsrc2=s=320x180:r=25:d=2,setsar=1,format=yuv420p"
LIFE = "mandelbrot=s=320x180:r=25,trim=duration=2,setsar=1,format=yuv420p"
BARS = "smptehdbars=s=320x180:r=25:d=2,setsar=1,format=yuv420p"
WORDS = "testsrc=s=320x180:r=25:d=2,setsar=1,format=yuv420p"


def test_the_cuts_of_real_footage_are_found(tmp_path):
    """Big Buck Bunny from 10.5 s: by eye, the first frames of new shots stand at 1.375, 5.250 and 12.542 s."""
    analysis, pictures = measured(DEMO, tmp_path)
    assert starts(analysis) == pytest.approx([0, 1.375, 5.250, 12.542], abs=FRAME)
    assert [shot.opens_with for shot in analysis.shots] == ["start", "cut", "cut", "cut"]
    assert [shot.camera for shot in analysis.shots] == ["static"] * 4
    assert len(pictures) == 4
    assert pictures[0].shape == (480, 854, 3)
    assert all(shot.start <= shot.key_time < shot.end for shot in analysis.shots)
    assert all(sum(colour.share for colour in shot.palette) == pytest.approx(1, abs=0.01) for shot in analysis.shots)
    assert 5 <= len(analysis.palette) <= 8
    assert analysis.speech == ()


def test_hard_cuts_to_the_frame(tmp_path):
    """Four sources of 2 s: cuts at 2, 4 and 6 s."""
    path = joined(tmp_path / "cuts.mp4", "concat=n=4[v]", TEST, BARS, LIFE, WORDS)
    analysis, _ = measured(path, tmp_path)
    assert starts(analysis) == pytest.approx([0, 2, 4, 6], abs=FRAME)


def take(start: float, seconds: float, zoom: float = 1.0, size: str = "320x180") -> list[Picture]:
    """Pictures of Big Buck Bunny at 25 a second, its middle enlarged."""
    wide, high = (int(side) for side in size.split("x"))
    fit = f"fps=25,scale={wide}:{high}:force_original_aspect_ratio=increase,crop={wide}:{high}"
    closer = f"crop=iw/{zoom}:ih/{zoom},{fit}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", str(start), "-t", str(seconds), "-i", str(DEMO)]
    raw = subprocess.run(
        [*command, "-vf", closer, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"], check=True, capture_output=True
    ).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, wide * high * 3 // 2)
    luma, quarter = wide * high, wide * high // 4
    return [
        (
            p[:luma].reshape(high, wide),
            p[luma : luma + quarter].reshape(high // 2, wide // 2),
            p[luma + quarter :].reshape(high // 2, wide // 2),
        )
        for p in pictures
    ]


def written(target: Path, pictures: list[Picture]) -> Path:
    """Encoded as a phone would: x264, 25 frames a second."""
    high, wide = pictures[0][0].shape
    raw = target.with_suffix(".yuv")
    raw.write_bytes(b"".join(plane.tobytes() for picture in pictures for plane in picture))
    source = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{wide}x{high}", "-r", "25", "-i", str(raw))
    return make(target, *source, "-c:v", "libx264", "-preset", "veryfast", "-crf", "24")


def transition(kind: Any, before: list[Picture], after: list[Picture], count: int) -> list[Picture]:
    """The end of one take becoming the start of the next."""
    mixed = [blend(kind, before[i - count], after[i], i, count, None) for i in range(count)]
    return before[:-count] + mixed + after[count:]


@pytest.mark.parametrize("kind", ["whip", "zoom", "slide", "wipe", "dissolve", "dip"])
def test_a_designed_transition_is_one_boundary(tmp_path, kind):
    """From 1.5 to 1.98 s, within one frame of its span."""
    pictures = transition(kind, take(8.0, 2.0), take(2.0, 1.8), 12)
    analysis, _ = measured(written(tmp_path / "t.mp4", pictures), tmp_path)
    middle = (len(take(8.0, 2.0)) - 6) / 25
    assert starts(analysis) == pytest.approx([0, middle], abs=0.26)


@pytest.mark.parametrize("zoom", [1.3, 1.5, 1.9])
def test_a_cut_closer_on_the_same_place_is_a_cut(tmp_path, zoom):
    """In at 1.2 s, out again at 2.4 s; nothing else changes."""
    pictures = take(8.0, 1.2)[:30] + take(9.2, 1.2, zoom)[:30] + take(10.4, 1.2)[:30]
    analysis, _ = measured(written(tmp_path / "p.mp4", pictures), tmp_path)
    assert starts(analysis) == pytest.approx([0, 1.2, 2.4], abs=FRAME)


def test_a_title_that_stays_does_not_hide_a_cut_closer(tmp_path):
    """White letters on a fifth of the picture, all the time; in at 1.2 s."""
    pictures = [(y.copy(), u.copy(), v.copy()) for y, u, v in take(8.0, 1.2)[:30] + take(9.2, 1.2, 1.5)[:30]]
    for luma, _, _ in pictures:
        cv2.putText(luma, "STAYS", (70, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 235, 5)
    analysis, _ = measured(written(tmp_path / "s.mp4", pictures), tmp_path)
    assert starts(analysis) == pytest.approx([0, 1.2], abs=FRAME)


def test_upright_pieces_between_black_bars(tmp_path):
    """A third of the width only, at 1.2 and 2.4 s; then the whole width at 3.6 s."""
    pictures = []
    for start in (8.0, 2.0, 12.7):
        for y, u, v in take(start, 1.2, size="104x180")[:30]:
            bars = ((108, 108), 16), ((54, 54), 128), ((54, 54), 128)
            planes = zip((y, u, v), bars, strict=True)
            padded = [np.pad(p, ((0, 0), across), constant_values=level) for p, (across, level) in planes]
            pictures.append((padded[0], padded[1], padded[2]))
    pictures += take(4.0, 1.0)[:25]
    analysis, _ = measured(written(tmp_path / "b.mp4", pictures), tmp_path)
    assert starts(analysis) == pytest.approx([0, 1.2, 2.4, 3.6], abs=FRAME)


def test_a_change_of_speed_is_no_cut(tmp_path):
    """1 s as it was, then three times as fast, then at half the speed."""
    slow = [picture for picture in take(9.3, 0.8) for _ in (0, 1)]
    pictures = take(5.5, 1.0) + take(6.5, 2.4)[::3] + slow
    analysis, _ = measured(written(tmp_path / "r.mp4", pictures), tmp_path)
    assert len(analysis.shots) <= 2  # the leap from 8.9 to 9.3 s may be told


def test_the_floor_of_an_ordinary_edit(tmp_path):
    """Nine pieces: cuts, two dissolves, a dip through black; at least 95 % of both (F1)."""
    pieces = [
        (5.4, 1.3),
        (2.0, 1.4),
        (12.6, 1.2),
        (8.0, 1.4),
        (0.1, 1.2),
        (10.0, 1.6),
        (3.4, 1.6),
        (6.8, 1.2),
        (1.5, 1.0),
    ]
    kinds = ["cut", "cut", "dissolve", "cut", "dissolve", "cut", "dip", "cut"]
    pictures, wanted = take(*pieces[0], size="640x360"), []
    for piece, kind in zip(pieces[1:], kinds, strict=True):
        count = {"cut": 0, "dissolve": 14, "dip": 16}[kind]
        wanted.append((len(pictures) - count / 2) / 25)
        after = take(*piece, size="640x360")
        pictures = transition(kind, pictures, after, count) if count else pictures + after
    analysis, _ = measured(written(tmp_path / "o.mp4", pictures), tmp_path)
    found = starts(analysis)[1:]
    slack = [FRAME if kind == "cut" else 0.3 for kind in kinds]
    hits = sum(any(abs(at - time) <= near for at in found) for time, near in zip(wanted, slack, strict=True))
    assert 2 * hits / (len(found) + len(wanted)) >= 0.95


def test_a_dissolve_stands_at_its_middle(tmp_path):
    """From 1.2 to 2.0 s."""
    path = joined(tmp_path / "d.mp4", "[0][1]xfade=transition=fade:duration=0.8:offset=1.2[v]", BARS, LIFE)
    analysis, _ = measured(path, tmp_path)
    assert starts(analysis) == pytest.approx([0, 1.6], abs=0.15)
    assert analysis.shots[1].opens_with == "dissolve"


def test_a_fade_through_black(tmp_path):
    """Out from 1.5 to 2.0 s, in from 2.0 to 2.5 s."""
    graph = "[0]fade=out:st=1.5:d=0.5[a];[1]fade=in:st=0:d=0.5[b];[a][b]concat[v]"
    analysis, _ = measured(joined(tmp_path / "f.mp4", graph, BARS, LIFE), tmp_path)
    assert starts(analysis) == pytest.approx([0, 2.0], abs=0.15)
    assert analysis.shots[1].opens_with == "fade"


def test_flashes_are_not_cuts(tmp_path):
    """Two white frames at 1.0 s and at 2.0 s of one shot."""
    flash = "between(t,1,1.07)+between(t,2,2.07)"
    graph = f"[0]drawbox=c=white:t=fill:enable='{flash}'[v]"
    analysis, _ = measured(joined(tmp_path / "flash.mp4", graph, TEST.replace("d=2", "d=3")), tmp_path)
    assert starts(analysis) == [0]


def test_letterbox_bars_are_no_colours(tmp_path):
    """Red (4/5) and blue (1/5) between black bars that cover half of the picture."""
    source = "color=red:s=256x90:r=25:d=2"
    graph = "[0]drawbox=x=0:w=51:h=90:c=blue:t=fill,pad=256:180:0:45:black[v]"
    analysis, _ = measured(joined(tmp_path / "bars.mp4", graph, source), tmp_path)
    by_name = {colour.hex[1:3] > "80": colour.share for colour in analysis.palette}
    assert len(analysis.palette) == 2
    assert by_name[True] == pytest.approx(0.8, abs=0.03)
    assert sum(by_name.values()) == pytest.approx(1, abs=0.01)


ZOOM = "scale=2560:1440,zoompan=z='{}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=1:fps=25:s=320x180"
PANS = {
    "pan_right": "crop=320:180:x='40*t':y=100",
    "pan_left": "crop=320:180:x='160-40*t':y=100",
    "tilt_down": "crop=320:180:x=100:y='40*t'",
    "tilt_up": "crop=320:180:x=100:y='160-40*t'",
    "push_in": ZOOM.format("1.2+.0048*on"),
    "pull_out": ZOOM.format("1.6-.0048*on"),
    "static": "crop=320:180:x=100:y=100",
}


@pytest.mark.parametrize("motion", PANS)
def test_the_camera(tmp_path, motion):
    """A still of Big Buck Bunny under a moving frame: 40 pixels of 320 a second, or 12 % of size a second."""
    make(tmp_path / "still.png", "-ss", "3", "-i", str(DEMO), "-frames:v", "1", "-vf", "scale=640:360")
    path = make(
        tmp_path / "m.mp4", "-loop", "1", "-r", "25", "-t", "3", "-i", str(tmp_path / "still.png"), "-vf", PANS[motion]
    )
    analysis, _ = measured(path, tmp_path)
    assert [shot.camera for shot in analysis.shots] == [motion]
    assert analysis.camera is not None
    pan, tilt, zoom = (
        np.median(values) for values in (analysis.camera.pan, analysis.camera.tilt, analysis.camera.zoom)
    )
    wanted = {"pan": (0.125, pan), "tilt": (0.222, tilt), "push": (0.09, zoom), "pull": (-0.09, zoom)}
    share, found = wanted.get(motion.split("_")[0], (0.0, pan))
    sign = -1 if motion in ("pan_left", "tilt_down") else 1
    assert found == pytest.approx(sign * share, abs=0.03)


def test_black_and_frozen_stretches(tmp_path):
    """Black from 2 to 3 s; a still from 3 to 5 s."""
    graph = "[2]loop=50:1,trim=duration=2,setpts=N/25/TB[s];[0][1][s]concat=n=3[v]"
    still = "testsrc2=s=320x180:r=25:d=0.04,setsar=1,format=yuv420p"
    path = joined(tmp_path / "b.mp4", graph, TEST, "color=black:s=320x180:r=25:d=1,setsar=1,format=yuv420p", still)
    analysis, _ = measured(path, tmp_path)
    assert [(s.start, s.end) for s in analysis.black] == [pytest.approx((2, 3), abs=0.1)]
    assert any(s.start == pytest.approx(3, abs=0.15) and s.end == pytest.approx(5, abs=0.15) for s in analysis.frozen)


def test_loudness_agrees_with_ffmpeg(tmp_path):
    analysis, _ = measured(DEMO, tmp_path)
    log = ffmpeg("-i", str(DEMO), "-af", "ebur128=peak=true", "-f", "null", "-")
    told = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])
    peak = float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", log)[-1])
    assert analysis.loudness_lufs == pytest.approx(told, abs=0.3)
    assert analysis.true_peak_db == pytest.approx(peak, abs=0.3)
    assert analysis.loudness is not None
    assert len(analysis.loudness.values) == pytest.approx(140, abs=2)


def test_silence_and_tempo(tmp_path):
    """Clicks at 120 a minute for 8 s, then 2 s of nothing."""
    clicks = "aevalsrc='if(lt(t,8),if(lt(mod(t,0.5),0.03),0.8*sin(2*PI*900*t),0.02*sin(2*PI*220*t)),0)':s=48000:d=10"
    path = make(
        tmp_path / "c.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x54:r=10:d=10", "-f", "lavfi", "-i", clicks,
        "-c:a", "aac",
    )  # fmt: skip
    analysis, _ = measured(path, tmp_path)
    assert analysis.tempo_bpm == pytest.approx(120, abs=1)
    assert analysis.tempo_confidence > 0.4
    assert [(s.start, s.end) for s in analysis.silence] == [pytest.approx((8, 10), abs=0.15)]
    assert analysis.got["sound"] == "measured"


def test_a_turned_clip_is_measured_upright(tmp_path):
    """Red above blue as displayed: stored lying, shown after a quarter turn."""
    plain = make(
        tmp_path / "p.mp4", "-f", "lavfi", "-i", "color=red:s=160x90:r=25:d=2",
        "-vf", "drawbox=x=80:w=80:h=90:c=blue:t=fill",
    )  # fmt: skip
    turned = tmp_path / "t.mp4"
    ffmpeg("-v", "error", "-display_rotation", "-90", "-i", str(plain), "-c", "copy", str(turned))
    analysis, pictures = measured(turned, tmp_path)
    assert (analysis.width, analysis.height, analysis.rotation) == (90, 160, 90)
    assert pictures[0].shape == (160, 90, 3)
    blue, _, red = pictures[0][20, 45]
    assert red > 150 > blue
    blue, _, red = pictures[0][140, 45]
    assert blue > 150 > red


def test_variable_frame_rate_keeps_its_times(tmp_path):
    """2 s at 30 frames a second, then 2 s at 12: the cut stands at 2 s all the same."""
    graph = "[0]setpts=PTS-STARTPTS[a];[1]setpts=PTS-STARTPTS[b];[a][b]concat[v]"
    target = tmp_path / "vfr.mp4"
    ffmpeg(
        "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2", "-f", "lavfi", "-i",
        "mandelbrot=s=320x180:r=12,trim=duration=2", "-filter_complex", graph, "-map", "[v]", "-fps_mode", "vfr",
        "-video_track_timescale", "600", "-pix_fmt", "yuv420p", str(target),
    )  # fmt: skip
    analysis, _ = measured(target, tmp_path)
    assert analysis.variable_fps
    assert analysis.duration == pytest.approx(4, abs=0.1)
    assert starts(analysis) == pytest.approx([0, 2], abs=0.1)


def test_no_sound_is_said(tmp_path):
    analysis, _ = measured(make(tmp_path / "n.mp4", "-f", "lavfi", "-i", TEST), tmp_path)
    assert analysis.loudness_lufs is None
    assert analysis.loudness is None
    assert analysis.speech is None
    assert analysis.got["sound"] == "not available"


def test_times_start_with_the_first_picture(tmp_path):
    """A stream cut in the middle of a group of pictures, its clock starting at 5 s."""
    path = make(tmp_path / "late.ts", "-f", "lavfi", "-i", TEST, "-output_ts_offset", "5")
    analysis, _ = measured(path, tmp_path)
    assert analysis.shots[0].start == 0
    assert analysis.duration == pytest.approx(2, abs=0.1)


def test_the_same_file_gives_the_same_figures(tmp_path):
    first, pictures = measured(DEMO, tmp_path)
    second, again = measured(DEMO, tmp_path)
    assert first == second
    assert all(np.array_equal(a, b) for a, b in zip(pictures, again, strict=True))


def test_beats_fall_where_they_were_struck(tmp_path):
    """Clicks every half second from 0 on, for 10 s; and none of it is music or speech."""
    clicks = "aevalsrc='if(lt(mod(t,0.5),0.03),0.8*sin(2*PI*900*t),0)':s=48000:d=10"
    path = make(
        tmp_path / "b.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x54:r=10:d=10", "-f", "lavfi", "-i", clicks,
        "-c:a", "aac",
    )  # fmt: skip
    analysis, _ = measured(path, tmp_path)
    assert len(analysis.beats) >= 15
    assert all(abs(beat / 0.5 - round(beat / 0.5)) * 0.5 < 0.04 for beat in analysis.beats)
    assert analysis.music == ()
    assert analysis.speech == ()


def test_music_is_told_from_noise(tmp_path):
    """Chords from 3 to 9 s, noise before and after."""
    chord = "+".join(f"0.1*sin(2*PI*{note}*t)" for note in (220, 277.2, 329.6, 440))
    later = "+".join(f"0.1*sin(2*PI*{note}*t)" for note in (196, 246.9, 293.7, 392))
    sound = f"if(between(t,3,6),{chord},if(between(t,6,9),{later},0))+0.02*(random(0)-0.5)"
    path = make(
        tmp_path / "m.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x54:r=10:d=12", "-f", "lavfi", "-i",
        f"aevalsrc='{sound}':s=48000:d=12", "-c:a", "aac", "-b:a", "128k",
    )  # fmt: skip
    analysis, _ = measured(path, tmp_path)
    assert [(s.start, s.end) for s in analysis.music or ()] == [pytest.approx((3, 9), abs=0.9)]


def test_text_in_the_picture_is_read(tmp_path):
    """Two lines of the bundled type over a moving picture."""
    font = Path(__file__).parents[1] / "data" / "fonts" / "Inter-Bold.ttf"
    style = f"fontfile={font}:fontcolor=white:borderw=4:bordercolor=black:x=60"
    words = (
        f"drawtext=text='COLD BREW':{style}:y=60:fontsize=64,drawtext=text='only 4 dollars':{style}:y=240:fontsize=48"
    )
    path = make(tmp_path / "t.mp4", "-ss", "3", "-t", "2", "-i", str(DEMO), "-vf", f"scale=640:360,{words}", "-an")
    analysis, _ = measured(path, tmp_path)
    lines = analysis.shots[0].writing
    assert [line.text for line in lines] == ["COLD BREW", "only 4 dollars"]
    assert lines[0].area.top == pytest.approx(60 / 360, abs=0.06)
    assert analysis.got["text"] == "measured"


@pytest.mark.parametrize(
    ("height", "size"),
    [(0.6, "extreme_close_up"), (0.3, "close_up"), (0.15, "medium"), (0.06, "wide"), (0.02, "extreme_wide")],
)
def test_the_largest_face_tells_the_shot_size(height, size):
    face = Area(left=0.4, top=0.1, width=height / 2, height=height)
    assert people.shot_size((face,)) == size


def test_animals_are_no_faces(tmp_path):
    """The demo shows a rabbit and squirrels: no shot size is told, rather than guessed."""
    analysis, _ = measured(DEMO, tmp_path)
    assert [shot.size for shot in analysis.shots] == [None] * 4
    assert analysis.got["faces"] == "measured"


def test_an_analysis_stored_before_the_new_measures_still_reads(tmp_path):
    analysis, _ = measured(DEMO, tmp_path)
    body = analysis.model_dump(mode="json")
    for name in ("contrast", "saturation", "camera", "beats", "music"):
        del body[name]
    for shot in body["shots"]:
        for name in ("faces", "size", "writing"):
            del shot[name]
    old = SampleAnalysis.model_validate(body)
    assert old.camera is None
    assert old.music is None
    assert old.shots[0].writing == ()


def test_every_curve_covers_the_whole_sample(tmp_path):
    analysis, _ = measured(DEMO, tmp_path)
    for curve in (analysis.brightness, analysis.contrast, analysis.saturation, analysis.motion):
        assert curve is not None
        assert len(curve.values) == pytest.approx(140, abs=2)
        assert all(0 <= value <= 1 for value in curve.values)
    assert analysis.camera is not None
    assert len(analysis.camera.pan) == len(analysis.camera.zoom) == pytest.approx(70, abs=2)
