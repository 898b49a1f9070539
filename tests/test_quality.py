"""The quality gate on real broken media: what is found, where, how bad, and that the fixes fix it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import av
import pytest

from core import facts
from core.db import jobs
from core.db import projects as rows
from core.db.tables import Approval, Output, Revision, Step
from core.domain.analysis import Span
from core.domain.errors import BadInput, BadMedia, Conflict
from core.domain.judging import Expected, fits, is_void, judge_clip, judge_film
from core.domain.orders import Product
from core.domain.plan import Brand, Captions, Plan
from core.domain.quality import Box, Covered, Finding, Inspection, Level, Voiced
from core.domain.script_check import as_written, script_findings, spelled
from core.domain.shoot import CutList, Take, Word
from core.domain.work import JobState, StepState
from core.media import credentials, ffmpeg, quality_captions
from core.media.quality import inspect
from core.media.quality_fix import mend
from core.media.quality_speech import listen
from core.media.sound import mix
from core.providers.local.voice import speak
from core.services import production, projects, quality, recipes, repair, steps, workshop
from core.services.bench import Bench
from core.services.intake import add_asset
from core.services.repertoire import RECIPES
from core.services.studio import Studio
from tests.clip_shop import WAN, Shop, clip, opened_shop
from tests.conftest import ROOT

TONE = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000")
MOVING = ("-f", "lavfi", "-i", "mandelbrot=s=180x320:r=30")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "2")
FONT = ROOT / "data" / "fonts" / "Inter-Bold.ttf"
DEMO = ROOT / "data" / "demo" / "bunny.mp4"
SOUNDS = Expected(platform="any", sounds=True, music=True)


def quiet(_: float) -> None:
    """Nobody asks how far it is."""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Makes a file of these arguments for ffmpeg."""

    def make(name: str, *args: str) -> Path:
        ffmpeg.run([*args, str(tmp_path / name)], seconds=60)
        return tmp_path / name

    return make


def seen(path: Path, *, overlays_too: bool = False) -> Inspection:
    return Inspection.model_validate(inspect(path=str(path), overlays_too=overlays_too, report=quiet))


def found(checked: tuple[Finding, ...], check: str) -> Finding:
    """The one finding of that kind."""
    (one,) = [f for f in checked if f.check == check]
    return one


def near(span: Span, start: float, end: float) -> bool:
    return abs(span.start - start) < 0.12 and abs(span.end - end) < 0.12


def good(**changes: Any) -> Inspection:
    """A film of 20 s that has nothing wrong with it, but for these changes."""
    facts_ = {
        "container": "mp4", "seconds": 20.0, "readable": 20.0, "frames": 600, "damaged": 0, "width": 720,
        "height": 1280, "rotation": 0, "fps": 30.0, "video": "h264", "profile": "High", "pixels": "yuv420p",
        "audio": "aac", "sample_rate": 48000, "channels": 2, "is_faststart": True, "bytes": 9_000_000,
        "lufs": -14.0, "true_peak_db": -1.2,
    }  # fmt: skip
    return Inspection(**{**facts_, **changes})


# What is measured


def test_black_still_and_silent_stretches_are_found_where_they_are(made):
    """Moves to 1 s, black to 2 s, moves to 3 s, stands to 5 s; the tone is off from 2.5 to 4.5 s."""
    film = made(
        "stretches.mp4", *MOVING, *TONE, "-t", "5",
        "-filter_complex",
        "[0:v]trim=end=3,setpts=PTS-STARTPTS,tpad=stop_mode=clone:stop_duration=2,noise=alls=4:allf=t,"
        "drawbox=t=fill:c=black:enable='between(t,1,1.99)'[v];[1:a]volume=0:enable='between(t,2.5,4.5)'[a]",
        "-map", "[v]", "-map", "[a]", *X264, "-c:a", "aac",
    )  # fmt: skip
    look = seen(film)
    assert len(look.black) == len(look.frozen) == len(look.silent) == 1
    assert near(look.black[0], 1, 2) and near(look.frozen[0], 3, 5) and near(look.silent[0], 2.5, 4.5)
    checked = judge_film(look, SOUNDS, facts.platforms())
    assert (found(checked, "black").level, found(checked, "black").fix) == (Level.WARNS, None)
    assert found(checked, "frozen").fix == "trim", "it is the end that stands still, so it can be cut off"
    assert found(checked, "silence").start == pytest.approx(2.5, abs=0.1)


def test_what_stands_still_or_is_black_under_our_own_letters_is_found(made):
    """A picture that stands for 1.5 s, then black, with a mark that jumps over both."""
    film = made(
        "under.mp4", *MOVING, "-t", "3", "-vf",
        "trim=end=0.1,tpad=stop_mode=clone:stop_duration=2.9,drawbox=t=fill:c=black:enable='gt(t,1.5)',"
        "drawbox=x=40:y=230:w=100:h=20:t=fill:c=white:enable='lt(mod(t,0.4),0.2)'", *X264,
    )  # fmt: skip
    bare = seen(film)
    assert max(s.end - s.start for s in (*bare.frozen, *bare.black)) < 0.5, "the mark jumps"
    over = Covered(box=Box(left=0.1, top=0.7, right=0.9, bottom=0.8), start=0, end=3)
    look = Inspection.model_validate(
        inspect(path=str(film), overlays_too=False, report=quiet, covered=[over.model_dump()])
    )
    assert near(look.frozen[0], 0, 1.5) and near(look.black[0], 1.5, 3)


def test_black_bars_around_a_picture_of_another_shape_are_told_and_a_thing_before_black_has_none(made):
    wide = made("wide.mp4", *MOVING, "-t", "1", "-vf", "crop=180:100,pad=180:320:0:110", *X264)
    thing = "geq=lum='if(lt(hypot(X-90+9*sin(T*3),Y-160),60),200,16)':cb=118:cr=140"
    before = made("thing.mp4", "-f", "lavfi", "-i", f"nullsrc=s=180x320:r=30:d=1,format=yuv420p,{thing}", *X264)
    told = found(judge_clip(seen(wide), held=0, enlarged=1), "aspect")
    assert told.level == Level.WARNS and "Black bars take 6" in told.what
    assert seen(before).bars == 0
    dark = "drawbox=t=fill:c=black,drawbox=h=1:t=fill:c=white"
    assert seen(made("thread.mp4", *MOVING, "-t", "1", "-vf", dark, *X264)).bars == 0, "its only light is one line"


def test_a_still_picture_is_one_stretch_over_a_key_frame(made):
    """Pictures that build on each other drift when they are decoded roughly, and a key frame puts that right."""
    film = made(
        "held.mp4", *MOVING, "-t", "5", "-vf",
        "format=yuv420p,noise=alls=20:allf=t,trim=end=2,tpad=stop_mode=clone:stop_duration=3",
        "-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-force_key_frames", "3.4", "-threads", "1",
    )  # fmt: skip
    (still,) = seen(film).frozen
    assert near(still, 2, 5)


def test_a_slow_push_is_no_still_picture(made, tmp_path):
    still = made("still.png", "-f", "lavfi", "-i", "mandelbrot=s=720x1280", "-frames:v", "1")
    zoom = "zoompan=z='1+0.0006*on':d=90:s=180x320:fps=30"
    assert seen(made("push.mp4", "-i", str(still), "-vf", zoom, *X264)).share(seen(tmp_path / "push.mp4").frozen) < 0.5


def test_a_file_that_breaks_off_is_told_and_can_be_trimmed_to_what_is_there(made, tmp_path):
    whole = made("whole.mp4", *MOVING, *TONE, "-t", "3", *X264, "-c:a", "aac", "-movflags", "+faststart")
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    look = seen(tmp_path / "cut.mp4")
    assert look.readable < 2.6 < look.seconds
    broken = found(judge_film(look, SOUNDS, ()), "decodes")
    assert (broken.level, broken.fix, broken.start) == (Level.BLOCKS, "trim", look.readable)
    (tmp_path / "head.mp4").write_bytes(whole.read_bytes()[:1500])
    with pytest.raises(BadMedia):
        seen(tmp_path / "head.mp4")


def test_formats_that_platforms_refuse_are_found_and_encoding_again_mends_them(made, tmp_path):
    """A turned, wide VP8 film in WebM with Vorbis; then 4:4:4 with its index at the end."""
    webm = made(
        "wrong.webm", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", *TONE, "-t", "1.5",
        "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis",
    )  # fmt: skip
    upright = made(
        "wrong.mp4", "-display_rotation", "90", "-i",
        str(made("flat.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-t", "1.5", "-c:v", "libx264",
                 "-preset", "ultrafast", "-pix_fmt", "yuv444p")), "-c", "copy",
    )  # fmt: skip
    told = {f.what for f in judge_film(seen(webm), SOUNDS, ()) if f.check == "format"}
    assert told == {
        "The file is webm, not MP4.",
        "The picture is coded as vp8, not H.264.",
        "Its sound is coded as vorbis, not AAC.",
    }
    look = seen(upright)
    assert (look.width, look.height, look.rotation) == (180, 320, 270)
    assert {f.fix for f in judge_film(look, SOUNDS, ()) if f.check == "format"} == {"reencode"}
    for wrong in (webm, upright):
        fresh = mended(wrong, tmp_path, ["reencode"])
        assert [f for f in judge_film(fresh, SOUNDS, ()) if f.check == "format"] == []


def mended(path: Path, folder: Path, fixes: list[str], **how: Any) -> Inspection:
    arguments = {"keep": None, "size": [180, 320], "most_bytes": 10**8, **how}
    mend(path=str(path), out=str(folder / "mended.mp4"), fixes=fixes, report=quiet, **arguments)
    return seen(folder / "mended.mp4")


def pictures(path: Path) -> list[bytes]:
    """The coded pictures of a film, byte by byte."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_film_that_is_too_loud_is_levelled_and_its_pictures_stay_bit_by_bit(made, tmp_path):
    loud = made(
        "loud.mp4", *MOVING, *TONE, "-t", "3", "-af", "tremolo=f=3:d=0.7,volume=22dB", *X264, "-c:a", "aac"
    )  # fmt: skip
    look = seen(loud)
    checked = judge_film(look, SOUNDS, ())
    assert found(checked, "loudness").fix == found(checked, "peak").fix == "normalise"
    assert found(checked, "peak").level == Level.BLOCKS, "it is clipped"
    fresh = mended(loud, tmp_path, ["normalise"])
    assert abs(fresh.lufs + 14) <= 0.5 and fresh.true_peak_db <= -1.0
    assert pictures(loud) == pictures(tmp_path / "mended.mp4")
    silent = made("silent.mp4", *MOVING, "-f", "lavfi", "-i", "anullsrc", "-t", "1.5", *X264, "-c:a", "aac")
    assert found(judge_film(seen(silent), SOUNDS, ()), "audio").level == Level.BLOCKS
    meant = found(judge_film(seen(silent), Expected(platform="any", sounds=False, music=False), ()), "audio")
    assert meant.level == Level.NOTES and "as planned" in meant.what
    with pytest.raises(BadInput):
        mended(silent, tmp_path, ["normalise"])


def test_a_long_silence_is_told_also_where_no_music_was_to_run_through_it(made):
    late = made("late.mp4", *MOVING, *TONE, "-t", "4", "-af", "adelay=3000", *X264, "-c:a", "aac")
    told = found(judge_film(seen(late), Expected(platform="any", sounds=True, music=False), ()), "silence")
    assert told.level == Level.NOTES and (told.start, told.end) == pytest.approx((0, 3), abs=0.1)


def test_spiky_sound_is_levelled_at_once_and_encoding_the_picture_again_leaves_it(made, tmp_path):
    """Bangs over speech: a button that is pressed once has nothing left to mend."""
    bangs = "aevalsrc='0.05*random(0)*sin(1200*t)+0.9*(random(1)*2-1)*exp(-40*mod(t,0.7))':s=48000:d=4"
    film = made("bangs.mp4", *MOVING, "-f", "lavfi", "-i", bangs, "-t", "4", *X264, "-c:a", "aac", "-ac", "2")
    fresh = mended(film, tmp_path, ["normalise"])
    assert abs(fresh.lufs + 14) <= 1.0 and fresh.true_peak_db <= -1.0
    level = (tmp_path / "mended.mp4").rename(tmp_path / "level.mp4")
    again = mended(level, tmp_path, ["reencode"])
    assert (again.lufs, again.true_peak_db) == (fresh.lufs, fresh.true_peak_db)
    short = mended(level, tmp_path, ["trim"], keep=[0.5, 3.5])
    assert abs(short.lufs - fresh.lufs) < 1.0 and short.true_peak_db <= -1.0, "an end that is cut off adds no peaks"


def test_a_wide_film_is_fitted_whole_into_an_upright_frame_and_an_end_is_cut_off(made, tmp_path):
    wide = made("wide.mp4", "-f", "lavfi", "-i", "mandelbrot=s=320x180:r=30", *TONE, "-t", "3", *X264, "-c:a", "aac")
    tiktok = replace(SOUNDS, platform="tiktok")
    aspect = found(
        tuple(f for f in judge_film(seen(wide), tiktok, facts.platforms()) if f.platform == "tiktok"), "aspect"
    )
    assert (aspect.level, aspect.fix) == (Level.BLOCKS, "refit")
    fresh = mended(wide, tmp_path, ["trim", "refit"], keep=[0.5, 2.0])
    assert (fresh.width, fresh.height) == (180, 320)
    assert fresh.readable == pytest.approx(1.5, abs=0.05)
    assert not [f for f in judge_film(fresh, tiktok, facts.platforms()) if f.check == "aspect"]


def test_a_file_that_is_too_large_is_encoded_under_the_limit(made, tmp_path):
    large = made("large.mp4", *MOVING, "-t", "3", "-vf", "noise=alls=60:allf=t", *X264, "-crf", "10")
    most = large.stat().st_size // 3
    assert mended(large, tmp_path, ["reencode"], most_bytes=most).bytes <= most


# Watermarks


def marked(made: Callable[..., Path], name: str, words: str) -> Path:
    """Five seconds of the demo film, upright, with a filter over it."""
    upright = "scale=-2:640,crop=360:640" + words
    return made(name, "-t", "4.5", "-i", str(DEMO), "-an", "-vf", upright, *X264)


def test_a_watermark_over_a_moving_picture_is_found_and_the_picture_alone_has_none(made):
    text = f"drawtext=fontfile={FONT}:text=MadeWithAI:fontcolor=white@0.6:fontsize=22:x=w-tw-14:y=h-44"
    moving = made("moving.mp4", "-f", "lavfi", "-i", "mandelbrot=s=360x640:r=24:end_scale=0.02", "-t", "4", *X264)
    with_mark = made("mark.mp4", "-i", str(moving), "-vf", text, *X264)
    assert [o for o in seen(moving, overlays_too=True).overlays if o.certain] == []
    (mark,) = [o for o in seen(with_mark, overlays_too=True).overlays if o.certain]
    assert mark.kind == "text" and mark.box.left > 0.5 and mark.box.top > 0.85
    warning = judge_clip(seen(with_mark, overlays_too=True), held=0, enlarged=1)[0]
    assert (warning.check, warning.level) == ("overlay", Level.WARNS) and "bottom right" in warning.what


def test_footage_without_a_watermark_is_not_called_marked():
    """A drawn forest whose camera stands, with an animal passing: the hardest case that we have."""
    look = seen(DEMO, overlays_too=True)
    assert [o for o in look.overlays if o.certain] == []


def test_a_cut_between_two_shots_that_stand_is_no_mark(made):
    """Everything around a blade of grass changes over a cut, once; a mark stands while the picture moves."""
    shots = "[0:v]split[a][b];[a]trim=0.5:1.8,setpts=PTS-STARTPTS[c];[b]trim=7:9.7,setpts=PTS-STARTPTS[d];[c][d]concat"
    film = made(
        "shots.mp4", "-i", str(DEMO), "-filter_complex", shots + ",scale=-2:640,crop=360:640", "-an", *X264
    )  # fmt: skip
    assert seen(film, overlays_too=True).overlays == ()


def test_words_that_were_burnt_in_for_a_while_are_found_also_with_thin_letters(made):
    words = f"drawtext=fontfile={FONT}:text='Buy it till':fontcolor=white:borderw=3:fontsize=30:x=(w-tw)/2:y=h*0.75"
    pans = "scale=-2:900,crop=360:640:150*t:60*t"
    film = made("words.mp4", "-t", "4", "-i", str(DEMO), "-an", "-vf", f"{pans},{words}:enable='between(t,1,3)'", *X264)
    (found_,) = [o for o in seen(film, overlays_too=True).overlays if o.certain]
    assert found_.kind == "text" and found_.start > 0.9 and found_.end < 3.1 and found_.box.top > 0.7


# What is judged


def test_platform_rules_are_data_with_a_source_and_a_date():
    rules = {rule.id: rule for rule in facts.platforms()}
    assert {name: (r.seconds, r.megabytes, r.aspects) for name, r in rules.items()} == {
        "tiktok": ((3, 60), 287, ("9:16",)),
        "shorts": ((1, 60), 256, ("9:16",)),
        "reels": ((3, 90), 100, ("9:16",)),
    }
    for rule in [*rules.values()]:
        for said in (rule.today, rule.disclosure, rule.safe):
            assert said.source.startswith("https://") and date(2026, 1, 1) < said.checked <= date(2027, 1, 1)
    assert "Article 50" in facts.law().name


def test_limits_block_on_the_films_own_platform_and_are_only_noted_of_others():
    long = good(seconds=70.0, readable=70.0)
    own = {f.platform: f.level for f in judge_film(long, replace(SOUNDS, platform="tiktok"), facts.platforms())}
    assert own == {"tiktok": Level.BLOCKS, "shorts": Level.NOTES}, "Reels take 90 s"
    anywhere = judge_film(long, SOUNDS, facts.platforms())
    assert {f.level for f in anywhere} == {Level.NOTES}
    assert {fit.rules.id: bool(fit.why_not) for fit in fits(anywhere, facts.platforms())} == {
        "tiktok": True, "shorts": True, "reels": False,
    }  # fmt: skip
    big = judge_film(good(bytes=150_000_000), replace(SOUNDS, platform="reels"), facts.platforms())
    assert (found(big, "size").platform, found(big, "size").fix) == ("reels", "reencode")
    assert judge_film(good(), SOUNDS, facts.platforms()) == ()


def test_a_clip_that_shows_nothing_is_void_and_one_that_shows_a_little_is_not():
    def span(start: float, end: float) -> tuple[Span, ...]:
        return (Span(start=start, end=end),)

    assert "black" in is_void(good(black=span(0, 19.9)))
    assert "still" in is_void(good(frozen=span(0, 20)))
    rests = tuple(Span(start=float(i), end=i + 0.98) for i in range(20))
    assert is_void(good(frozen=rests)) == "" and judge_film(good(frozen=rests), SOUNDS, ()) == (), "a slow camera"
    assert is_void(good(black=span(0, 12))) == is_void(good(readable=0.2, seconds=0.2, frozen=span(0, 0.2))) == ""
    half = judge_clip(good(black=span(0, 12)), held=0, enlarged=1)
    assert (half[0].check, half[0].level) == ("black", Level.BLOCKS)
    held = judge_clip(good(frozen=span(19, 20)), held=1.0, enlarged=2.0)
    assert [f.check for f in held] == ["duration", "detail"], "what is held is told once"


def test_captions_stand_clear_of_every_platforms_buttons_and_would_be_told_if_not(small_plan, made):
    words = [
        Word(text=w, start=i * 0.4, end=i * 0.4 + 0.35)
        for i, w in enumerate(["Read", "one", "more", "page", "tonight"])
    ]
    takes = (Take(path="", frames=66, transition="cut"),)
    film = CutList(
        takes=takes, width=720, height=1280, grade=small_plan.grade, palette=recipes.palette_of(small_plan),
        captions=Captions(), words=tuple(words), sound="",
    )  # fmt: skip

    def placed(cut: CutList) -> dict[str, float] | None:
        return quality_captions.place(cut_list=cut.model_dump(mode="json"), report=quiet)["captions"]

    box = placed(film)
    assert box is not None and 0.5 < box["top"] < box["bottom"] < 0.82
    assert judge_film(good(), SOUNDS, facts.platforms(), Box.model_validate(box)) == ()
    low = judge_film(good(), SOUNDS, facts.platforms(), Box(left=0.1, top=0.8, right=0.95, bottom=0.97))
    assert {f.platform for f in low} == {"tiktok", "shorts", "reels"} and "right and bottom" in low[0].what
    assert placed(film.but(captions=Captions(enabled=False))) is None
    mark = made("logo.png", "-f", "lavfi", "-i", "color=red:s=200x80", "-frames:v", "1")
    higher = placed(film.but(brand=Brand(logo=str(mark), corner="bottom_right")))
    assert higher is not None and higher["bottom"] < box["bottom"] - 0.02, "they make room for the logo"


def test_the_words_of_the_plan_are_compared_with_what_was_voiced(small_plan):
    def voiced(text: str, start: float) -> list[Word]:
        return [Word(text=w, start=start + i * 0.3, end=start + i * 0.3 + 0.25) for i, w in enumerate(text.split())]

    whole = [*voiced("The city is awake.", 0.25), *voiced("Try it tonight.", 2.75)]
    assert script_findings(small_plan, whole, ()) == ()
    (missing,) = script_findings(small_plan, [*voiced("The city is", 0.25), *whole[4:]], ())
    assert "“awake”" in missing.what and missing.start == 0
    (unsaid,) = script_findings(small_plan, whole[:4], ())
    assert "scene 2 is not spoken" in unsaid.what
    (mute,) = script_findings(small_plan, whole, [Span(start=2.6, end=5.0)])
    assert mute.level == Level.BLOCKS and "cannot be heard" in mute.what
    drowned = Voiced(start=2.75, end=3.9, late=0.2, over_db=-4.6)
    hard, late = script_findings(small_plan, whole, (), {"bbbb": drowned})
    assert "line of scene 2 is hard to understand" in hard.what and "0.20 s later" in late.what
    (gone,) = script_findings(small_plan, whole, (), {"bbbb": drowned.but(over_db=-20)})
    assert (gone.level, gone.start) == (Level.BLOCKS, 2.75) and "not in the sound" in gone.what
    assert script_findings(small_plan.but(voice={"enabled": False}), (), ()) == ()


def test_words_compare_in_any_script():
    assert spelled("Don’t stop — Café №1!") == ["dont", "stop", "cafe", "no1"]
    assert spelled("ताज़ी कॉफ़ी") == spelled("ताज़ी कॉफ़ी।") and len(spelled("ताज़ी ❤️ कॉफ़ी")) == 2
    assert spelled("قهوة طازجة!") == ["قهوة", "طازجة"]


def test_a_recording_is_compared_with_the_script_where_somebody_wrote_its_words_down(small_plan):
    own = small_plan.but(voice={"own": "mine"})

    def heard(text: str) -> tuple[Word, ...]:
        return as_written(
            [Word(text=w, start=i * 0.3, end=i * 0.3 + 0.25) for i, w in enumerate(text.split())],
            "The city is awake. Try it tonight.",
        )

    said = heard("the citty is awake tri it tonight")
    assert " ".join(w.text for w in said) == "The city is awake. Try it tonight.", "as it is written"
    assert said[1].start == 0.3
    assert script_findings(own, said, ()) == ()
    (missing,) = script_findings(own, heard("the city is try it"), ())
    assert "does not say “awake tonight”" in missing.what
    (other,) = script_findings(own, heard("buy these shoes"), ())
    assert "something else than the script: 7 of its 7 words" in other.what
    assert script_findings(own, heard("buy these shoes"), (), is_heard=False) == ()
    (gone,) = script_findings(own, said, (), {"": Voiced(start=0, end=5, late=0, over_db=-30)})
    assert gone.what == "Your recording is not in the sound of the film."


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> list[dict[str, Any]]:
    """Two spoken lines and when each begins."""
    folder = tmp_path_factory.mktemp("lines")
    texts = ("We roast on Monday.", "Order it today.")
    for number, text in enumerate(texts):
        speak(text=text, voice="mara", rate=1, seconds=None, out=str(folder / f"{number}.wav"), report=quiet)
    return [{"path": str(folder / f"{n}.wav"), "start": s, "gain_db": 0.0} for n, s in enumerate((0.3, 2.6))]


def test_each_line_is_found_in_the_finished_sound_when_and_how_clearly_it_is_heard(made, lines, tmp_path):
    noise = made("noise.wav", "-f", "lavfi", "-i", "anoisesrc=d=5:c=pink:seed=3:a=0.3")

    def heard(spoken: list[dict[str, Any]], gain: float) -> list[Voiced]:
        out = str(tmp_path / "mix.m4a")
        mix(lines=spoken, music=str(noise), music_gain_db=gain, seconds=5, out=out, report=quiet)
        return [Voiced.model_validate(v) for v in listen(film=out, lines=lines, beside=out, report=quiet)]

    both = heard(lines, 0)
    assert [v.late for v in both] == [0, 0] and min(v.over_db for v in both) > 10
    assert all(v.over_db < 2 for v in heard([{**line, "gain_db": -12.0} for line in lines], 12.0))
    there, gone = heard(lines[:1], 0)
    assert there.over_db > 10 and gone.over_db < -12
    assert heard([lines[0], {**lines[1], "start": 2.8}], 0)[1].late == pytest.approx(0.2, abs=0.002)


# A clip as it arrives


@pytest.fixture
def shop(tmp_path):
    with opened_shop(tmp_path, "key") as opened:
        yield opened


def delivers(shop: Shop, *clips: Path) -> None:
    """The vendor's clips are these, one after the other."""
    waiting = list(clips)

    def receive(bench: Bench, product: Product, model: str) -> Any:
        path = Path(bench.scratch / "came.mp4")
        path.write_bytes((waiting.pop(0) if len(waiting) > 1 else waiting[0]).read_bytes())
        return steps.received_clip(bench, replace(product, path=path), model)

    buys = RECIPES["clip"].buys
    assert buys is not None
    shop.recipes = {"clip": replace(RECIPES["clip"], buys=replace(buys, receive=receive))}


def ordered(shop: Shop, *words: str) -> str:
    """A job of clips of two seconds."""
    new = []
    for said in words:
        step = clip(said, (WAN,))
        order = {**step.inputs["order"], "width": 180, "height": 320, "frames": 60, "scene_frames": 60}
        inputs = {**step.inputs, "order": order}
        new.append(replace(step, inputs=inputs, key=recipes.key_of("clip", inputs), scene_id=said))
    row = Approval(
        owner=shop.owner, project_id=shop.project(), revision=1, total_micros=10**6, quote=[], priced_on="2026-11-20",
        created=shop.studio.now(),
    )  # fmt: skip
    asked = rows.get_project(shop.db, shop.owner, row.project_id)
    return recipes.record(shop.studio, asked, "film", new, revision=1, approval=row, cap=10**6)


def test_a_clip_that_is_black_is_treated_like_a_broken_file_and_its_step_says_why(shop, made):
    delivers(shop, made("black.mp4", "-f", "lavfi", "-i", "color=black:s=180x320:r=24:d=2", *X264))
    job = ordered(shop, "boat")
    while not (trouble := first_step(shop, job).problem):
        assert shop.slice() or shop.wait()
    assert trouble == "The vendor's clip is black from its first picture to its last."
    assert first_step(shop, job).state == StepState.WAITING, "it is fetched again before it counts as lost"
    assert shop.creates == 1
    assert rows.assets(shop.db, shop.owner, shop.job(job).project_id, "take") == []


def first_step(shop: Shop, job: str) -> Step:
    return jobs.job_with_steps(shop.db, shop.owner, job)[1][0]


def settled(shop: Shop, job: str) -> list[str]:
    """The states of a job's steps once nothing goes on; the vendor makes one clip at a time."""
    moving = {StepState.READY, StepState.WAITING, StepState.RUNNING}
    for _ in range(60):
        if not shop.slice():
            shop.ahead += timedelta(seconds=2)
        if not moving & set(shop.steps(job)):
            return sorted(shop.steps(job))
    raise AssertionError(shop.steps(job))


def test_after_a_clip_that_looks_wrong_the_next_is_not_bought_before_a_person_has_looked(shop, made):
    """The vendor makes one clip at a time; the first is black from the middle on."""
    settings = shop.studio.settings.model_copy(update={"at_vendors": 1})
    shop.studio = replace(shop.studio, settings=settings)
    half = made("half.mp4", *MOVING, "-t", "2", "-vf", "drawbox=t=fill:c=black:enable='gt(t,0.9)'", *X264)
    delivers(shop, half, made("fine.mp4", *MOVING, "-t", "2", *X264))
    job = ordered(shop, "boat", "wave")
    assert settled(shop, job) == [StepState.DONE, StepState.GATE]
    assert shop.creates == 1
    project = shop.job(job).project_id
    gate = production.job(shop.studio, shop.owner, project).gate
    assert gate is not None and "“boat”: The picture is black for 1.1 s." in gate.message and gate.missing == 0
    ((scene, (finding, *_)),) = quality.of_takes(shop.studio, shop.owner, project).items()
    assert (scene, finding.check, finding.level) == ("boat", "black", Level.BLOCKS)
    production.go_on(shop.studio, shop.owner, job)
    assert settled(shop, job) == [StepState.DONE] * 2, "having looked, a person is not asked again"
    assert shop.creates == 2
    shop.check()


# A finished film


def finished(studio: Studio, plan: Plan, path: Path) -> str:
    """A project whose film is this file, checked as on delivery; answers its id."""
    owner = studio.local_owner
    project = projects.create(studio, owner, title="Night", brief="A film about paper boats").id
    base = {"project_id": project, "created": studio.now()}
    with studio.db.write() as s:
        s.add(
            Revision(
                number=1, plan=plan.model_dump(mode="json"), author="t", reason="t", move="edit", content=1, **base
            )
        )
        s.add(Output(key="cut", result={"blob": "", "words": [], "models": ["local/film"] * 2}, blobs=[], **base))
    look = seen(path)
    checked = judge_film(look, SOUNDS, facts.platforms())
    known = {
        "seen": look.model_dump(mode="json"),
        "findings": [f.model_dump(mode="json") for f in checked],
        "mended": [],
    }
    add_asset(
        studio, owner, project, "film", blob=studio.storage.put(path), name="Night.mp4", width=look.width,
        height=look.height, seconds=look.seconds, facts={"revision": 1, "cut": "cut", "quality": known},
    )  # fmt: skip
    return project


def test_a_film_is_repaired_by_a_job_as_a_new_film_that_is_signed_and_checked_anew(studio, small_plan, made):
    """It is far too soft, and black for its first second."""
    soft = made(
        "film.mp4", *MOVING, *TONE, "-t", "2.5", *X264, "-c:a", "aac", "-movflags", "+faststart",
        "-vf", "drawbox=t=fill:c=black:enable='lt(t,0.99)'",
    )  # fmt: skip
    project = finished(studio, small_plan, soft)
    owner = studio.local_owner
    before = quality.of_film(studio, owner, project)
    assert before is not None and before.fixes == ("trim", "normalise") and before.worst == Level.WARNS
    with pytest.raises(BadInput):
        repair.start(studio, owner, project, before.film, ["refit"])
    repair.start(studio, owner, project, before.film, before.fixes)
    worker = workshop.join(studio)
    claim = workshop.take(studio, worker)
    assert claim is not None
    workshop.do(studio, worker, claim, threading.Event(), RECIPES)
    job = production.job(studio, owner, project, "repair")
    assert job is not None and job.state == JobState.DONE, job
    after = quality.of_film(studio, owner, project)
    assert after is not None and after.film != before.film
    assert after.mended == ("trim", "normalise") and after.worst == Level.NOTES, after.findings
    film = rows.get_asset(studio.db, owner, after.film)
    assert film.seconds == pytest.approx(1.5, abs=0.05)
    signed = credentials.read(str(studio.storage.path(film.blob)))
    assert signed is not None and signed["verified"] and signed["title"] == "Night"
    assert len(rows.assets(studio.db, owner, project, "film")) == 2, "the film as it was made is kept"
    with pytest.raises(Conflict):
        repair.start(studio, owner, project, before.film, before.fixes)
    repair.undo(studio, owner, project, after.film)
    assert quality.of_film(studio, owner, project) == before
    with pytest.raises(Conflict):
        repair.undo(studio, owner, project, after.film)
    assert repair.start(studio, owner, project, before.film, before.fixes) is None, "it is there already"
    assert quality.of_film(studio, owner, project) == after, "and is the film again"
