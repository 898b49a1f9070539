"""Exports of a finished film: what is in them, that nothing is made twice, and that they say what they are."""

from __future__ import annotations

import io
import json
import re
import shutil
import threading
from pathlib import Path

import av
import c2pa
import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.exports import EXPORTS, Export
from core.domain.time import FrameSize
from core.media import credentials, ffmpeg
from core.media.exporting import export
from core.services import exports, intake, projects, workshop
from core.services.intake import add_asset
from core.services.studio import Studio
from jobs import exporting

FILM = FrameSize(720, 1280)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed film of 15 pictures with sound."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    source = ["-f", "lavfi", "-i", f"testsrc2=s={FILM.width}x{FILM.height}:r=30:d=0.5"]
    tone = ["-f", "lavfi", "-i", "sine=f=330:r=48000:d=0.5"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg.run([*source, *tone, *codec, str(path)], seconds=60)
    scene = {"by": {"model": "runway/gen4", "vendor": "runway"}, "start": 0, "end": 0.5}
    credentials.sign(
        path=str(path), out=str(path), story={"title": "Lumen", "scenes": [scene]},
        certificates={"folder": str(path.parent)}, report=lambda _: None,
    )  # fmt: skip
    return path


@pytest.fixture
def project(studio: Studio, film: Path, tmp_path: Path) -> str:
    """A project with that film."""
    owner = studio.local_owner
    shutil.copy(film, copy := tmp_path / "copy.mp4")
    shutil.copytree(film.parent, studio.certificates, dirs_exist_ok=True, ignore=lambda *_: ["film.mp4"])
    made = projects.create(studio, owner, title="", brief="A focus timer", category="general")
    add_asset(
        studio, owner, made.id, "film", blob=studio.storage.put(copy), name="Lumen.mp4",
        width=FILM.width, height=FILM.height, seconds=0.5,
    )  # fmt: skip
    return made.id


def work(studio: Studio) -> int:
    """Does what is to be done; answers how many steps that were."""
    worker, count = workshop.join(studio), 0
    while claim := workshop.take(studio, worker):
        workshop.do(studio, worker, claim, threading.Event())
        count += 1
    workshop.leave(studio, worker)
    return count


def view_of(studio: Studio, project: str, wanted: Export):
    return exports.exports(studio, studio.local_owner, project)[EXPORTS.index(wanted)]


def streams(path: Path) -> tuple[str, str, tuple[int, int], int]:
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        size, names = (video.width, video.height), (video.codec_context.name, audio.codec_context.name)
        return *names, size, sum(p.size > 0 for p in container.demux(video))


@pytest.mark.parametrize(
    ("film_size", "size", "pixels", "enlarged"),
    [
        ((720, 1280), "480p", (480, 854), False),
        ((720, 1280), "1080p", (1080, 1920), True),
        ((1920, 1080), "480p", (854, 480), False),
        ((1080, 1080), "1080p", (1080, 1080), False),
    ],
)
def test_an_export_has_the_shape_of_the_film_and_says_when_it_is_enlarged(film_size, size, pixels, enlarged):
    wanted = Export("mp4", size)
    assert wanted.pixels(FrameSize(*film_size)) == pixels
    assert wanted.is_enlarged(FrameSize(*film_size)) == enlarged


@pytest.mark.parametrize(
    ("container", "codecs"), [("mp4", ("h264", "aac")), ("mov", ("h264", "aac")), ("webm", ("vp9", "opus"))]
)
def test_every_container_keeps_each_picture_and_the_sound(film, tmp_path, container, codecs):
    out = tmp_path / f"film.{container}"
    told = export(
        film=str(film), out=str(out), container=container, width=270, height=480, report=lambda _: None
    )  # fmt: skip
    assert not told["copied"]
    assert streams(out) == (*codecs, (270, 480), 15)
    assert ffmpeg.run(["-v", "warning", "-xerror", "-i", str(out), "-f", "null", "-"], seconds=60) == ""


def test_the_peaks_of_a_loud_film_stay_under_the_ceiling_in_every_container(film, tmp_path):
    loud, out = tmp_path / "loud.mp4", tmp_path / "loud.webm"
    noise = "anoisesrc=d=0.5:r=48000:a=1:seed=3,alimiter=limit=0.8:level=false,volume=-0.6dB"
    sound = [
        "-f",
        "lavfi",
        "-i",
        noise,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        "-b:a",
        "192k",
        "-ac",
        "2",
    ]
    ffmpeg.run(["-i", str(film), *sound, str(loud)], seconds=60)
    export(film=str(loud), out=str(out), container="webm", width=270, height=480, report=lambda _: None)
    words = ffmpeg.run(["-i", str(out), "-af", "ebur128=peak=true", "-f", "null", "-"], seconds=60)
    assert float(re.findall(r"Peak:\s+(\S+) dBFS", words)[-1]) <= -1.0


def test_a_mov_of_the_films_size_is_copied_picture_by_picture(film, tmp_path):
    out = tmp_path / "film.mov"
    told = export(film=str(film), out=str(out), container="mov", width=720, height=1280, report=lambda _: None)
    assert told["copied"]
    packets = []
    for path in (film, out):
        with av.open(str(path)) as container:
            packets.append([bytes(p) for p in container.demux(video=0) if p.size])
    assert packets[0] == packets[1]


def test_the_film_is_its_own_export_and_nothing_is_made_for_it(studio, project):
    own = view_of(studio, project, Export("mp4", "720p"))
    assert own.file is not None
    assert exports.start(studio, studio.local_owner, project, Export("mp4", "720p")) is None


def test_an_export_is_made_once_and_a_mov_shares_the_pictures_of_its_mp4(studio, project):
    owner, wanted = studio.local_owner, Export("mov", "480p")
    assert exports.start(studio, owner, project, wanted)
    assert view_of(studio, project, wanted).fraction is not None
    assert exports.start(studio, owner, project, wanted) is None, "it is being made"
    assert work(studio) == 2, "the pictures once, as MP4, and the other container"
    for made in (Export("mp4", "480p"), wanted):
        assert view_of(studio, project, made).file is not None
        assert exports.start(studio, owner, project, made) is None
    assert work(studio) == 0


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_every_export_carries_credentials_that_lead_back_to_the_film(studio, project, container):
    owner, wanted = studio.local_owner, Export(container, "480p")
    exports.start(studio, owner, project, wanted)
    work(studio)
    view = view_of(studio, project, wanted)
    assert view.problem == ""
    path, asset = intake.stored_file(studio, owner, view.file.id)
    beside = view.credentials and intake.stored_file(studio, owner, view.credentials.id)[0].read_bytes()
    assert (beside is None) == (container == "mp4")
    found = manifests(path.read_bytes(), asset.mime, beside)
    active = found["manifests"][found["active_manifest"]]
    actions = [a["action"] for a in active["assertions"][0]["data"]["actions"]]
    assert actions == ["c2pa.opened", "c2pa.transcoded"]
    assert active["ingredients"][0]["relationship"] == "parentOf"
    assert "runway/gen4" in json.dumps(found), "what the film says of its scenes goes along"
    assert "trainedAlgorithmicMedia" in json.dumps(active)
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    failures = manifests(bytes(changed), asset.mime, beside)["validation_results"]["activeManifest"]["failure"]
    assert any("ash.mismatch" in failure["code"] for failure in failures)


def manifests(content: bytes, mime: str, beside: bytes | None) -> dict:

    with c2pa.Context.from_dict(credentials.OFFLINE) as context:
        return json.loads(c2pa.Reader(mime, io.BytesIO(content), beside, context=context).json())


def test_the_command_line_writes_an_export_and_says_that_it_is_enlarged(studio, project, tmp_path, capsys):
    work(studio)
    out = tmp_path / "film.mp4"
    told = exporting.export(studio, out, "1080p", None)
    assert (told["width"], told["height"], told["enlarged"]) == (1080, 1920, True)
    assert streams(out)[2:] == ((1080, 1920), 15)
    assert "no sharper" in capsys.readouterr().err


def test_what_cannot_be_exported_is_refused_in_words(studio, tmp_path):
    with pytest.raises(BadInput, match="MP4"):
        exporting.export(studio, tmp_path / "film.avi", "720p", None)
    with pytest.raises(NotFound, match="no finished film"):
        exporting.export(studio, tmp_path / "film.mp4", "720p", None)
