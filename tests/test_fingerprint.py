"""Copies are found however they were changed, with their places; other clips of the same film are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core import facts
from core.domain.originality import Overlap
from core.media import landmarks
from core.media.glimpses import RATE, Glimpses, glimpses
from core.media.matching import overlaps
from core.media.reading import written_share
from tests.conftest import ffmpeg

SLIGHTLY_OTHER = "eq=brightness=0.05:contrast=1.12:saturation=1.25,colortemperature=5200"
BLURRED = "scale=144:256,setsar=1,gblur=12"
SMALL = "scale=144:-2,setsar=1"
CAPTION = "drawbox=x=iw*0.2:y=ih*0.8:w=iw*0.6:h=ih*0.1:color=white:t=fill"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fingerprints")


@pytest.fixture(scope="module")
def sample(folder: Path) -> Glimpses:
    """The first 5 s of the clip that ships with the project: two shots, cut at 1.4 s."""
    return seen(folder / "sample.mp4", "-t", "5", "-i", str(facts.DEMO_SAMPLE), "-vf", "scale=-2:288")


def seen(path: Path, *arguments: str) -> Glimpses:
    """What ffmpeg makes of these arguments, looked at and heard."""
    ffmpeg(*arguments, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path))
    return glimpses(str(path), lambda _: None)


def of(kind: str, found: list[Overlap]) -> list[Overlap]:
    return [overlap for overlap in found if overlap.kind == kind]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("re-encoded at a low rate and half the size", "scale=-2:144"),
        ("cut to 9:16 off the middle", "crop=ih*9/16:ih:(iw-ow)*0.3:0,scale=144:256"),
        ("mirrored and regraded", f"hflip,{SLIGHTLY_OTHER}"),
        ("in a frame of its own blur", f"split[a][b];[a]{BLURRED}[x];[b]{SMALL}[y];[x][y]overlay=0:(H-h)/2"),
        ("closer, with a caption over it", f"crop=iw*0.86:ih*0.86,{CAPTION}"),
    ],
)  # fmt: skip
def test_a_stretch_is_found_however_it_was_changed(sample, folder, name, changed):
    film = seen(
        folder / "copy.mp4",
        *("-ss", "2", "-t", "3", "-i", str(facts.DEMO_SAMPLE)),
        *("-vf", changed, "-crf", "32", "-b:a", "64k"),
    )
    pictures, sound = (of(kind, overlaps(sample, film)) for kind in ("picture", "sound"))
    assert pictures[0].film.start <= 0.5 and pictures[-1].film.end >= 2.5, name
    assert all(abs(o.sample.start - o.film.start - 2) < 0.6 for o in pictures)
    assert all(o.mirrored == ("hflip" in changed) for o in pictures)
    assert sound and sound[0].sample.start - sound[0].film.start == pytest.approx(2, abs=0.1)


def test_another_clip_of_the_same_film_is_not_a_copy(sample, folder):
    for number, shape in enumerate(("scale=-2:288", "crop=ih*9/16:ih,scale=144:256")):
        other = seen(
            folder / f"other{number}.mp4", *("-ss", "5.5", "-t", "5", "-i", str(facts.DEMO_SAMPLE), "-vf", shape)
        )
        assert overlaps(sample, other) == []


def test_stolen_seconds_between_own_pictures_are_told_to_the_second(sample, folder):
    film = seen(
        folder / "montage.mp4",
        *("-f", "lavfi", "-t", "2", "-i", "mandelbrot=s=288x288:r=24"),
        *("-ss", "1", "-t", "2", "-i", str(facts.DEMO_SAMPLE)),
        *("-f", "lavfi", "-t", "2", "-i", "testsrc2=s=288x288:r=24"),
        *("-filter_complex", "[1:v]scale=-2:288,crop=288:288,setsar=1,fps=24[s];[0:v][s][2:v]concat=n=3"),
    )
    found = of("picture", overlaps(sample, film))
    assert (found[0].film.start, found[-1].film.end) == pytest.approx((2, 4), abs=0.3)
    assert sum(o.film.end - o.film.start for o in found) == pytest.approx(2, abs=0.3)
    assert found[0].sample.start == pytest.approx(1, abs=0.5), (
        "the second shot stands still: its place is anywhere in it"
    )


def test_sound_is_found_under_a_voice_and_only_where_it_is(sample):
    talk = np.random.default_rng(4).normal(0, 0.02, RATE * 5).astype(np.float32)
    talk += 0.1 * np.sin(2 * np.pi * np.cumsum(np.repeat([180, 260, 210, 330, 150], RATE)) / RATE).astype(np.float32)
    theirs = talk.copy()
    theirs[RATE : 4 * RATE] += sample.mono[2 * RATE : 5 * RATE]
    known = landmarks.landmarks(sample.mono)
    (found,) = landmarks.stretches(known, landmarks.landmarks(theirs))
    assert found.film == pytest.approx((1, 4), abs=0.7)
    assert found.sample[0] - found.film[0] == pytest.approx(1, abs=0.05)
    assert landmarks.stretches(known, landmarks.landmarks(talk)) == []


def test_silence_and_plain_pictures_are_nobodys():
    plain = Glimpses(np.arange(12) / 4, np.full((12, 288, 160), 90, np.uint8), np.zeros(3 * RATE, np.float32))
    assert overlaps(plain, plain) == []


def test_lines_of_letters_are_told_from_pictures(sample, folder):
    bare = [written_share(picture) for picture in sample.luma]
    assert np.mean(np.array(bare) > 0) < 0.3
    look = f"fontfile={facts.DATA / 'fonts' / 'Inter-Bold.ttf'}:fontsize=h/12:fontcolor=white:borderw=2"
    words = f"drawtext={look}:text='One more try tonight':x=(w-tw)/2:y=h*0.8"
    written = seen(folder / "written.mp4", *("-t", "1", "-i", str(facts.DEMO_SAMPLE), "-vf", f"scale=-2:288,{words}"))
    assert all(written_share(picture) > 0.01 for picture in written.luma)
