"""The person's own sound and the effects of scenes: received, put into the plan, made into the mix, told about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from scipy.io import wavfile

from core.db import jobs
from core.db import projects as rows
from core.db.slices import Claim
from core.db.tables import Step
from core.domain.edits import ChangeMusic, ChangeSound, ChangeVoice, PlanEdit
from core.domain.errors import BadInput, BadMedia, NotFound
from core.domain.plan import Plan
from core.domain.views import ProjectView
from core.media import ffmpeg
from core.media.bed import fit_bed
from core.media.sound_file import check_sound_file
from core.services import approval, intake, library, planning, projects, recipes, sounding
from core.services.bench import Bench
from core.services.studio import Studio
from jobs.__main__ import _music

RATE = 48_000


@pytest.fixture
def project(studio: Studio, small_plan: Plan) -> ProjectView:
    """A film with a plan; no worker runs."""
    owner = studio.local_owner
    made = projects.create(studio, owner, title="Night", brief="A focus timer for people who work late")
    planning.save(studio, owner, made.id, small_plan, author="a test", reason="written", base=None)
    return projects.get(studio, owner, made.id)


def tone(path: Path, seconds: float = 3.0, level: float = 0.3) -> Path:
    t = np.arange(round(seconds * RATE)) / RATE
    wavfile.write(path, RATE, (level * np.sin(2 * np.pi * 300 * t) * 32767).astype("<i2"))
    return path


def received(studio: Studio, project: ProjectView, kind: str, **shape: float) -> str:
    path = tone(studio.storage.scratch("uploads") / f"{kind}.part", **shape)
    return intake.receive_sound(studio, studio.local_owner, project.id, path, f"my {kind}.wav", kind).id


def edited(studio: Studio, project: ProjectView, *edits: PlanEdit) -> int:
    newest = planning.require(studio, studio.local_owner, project.id)
    view, _ = planning.edit(studio, studio.local_owner, project.id, edits, base=newest.number, author="you")
    return view.number


def steps(studio: Studio, project: ProjectView) -> dict[str, Step]:
    """The steps of the film as it would be made of the newest plan, by kind, clips by their scene too."""
    newest = planning.require(studio, studio.local_owner, project.id)
    approval.approve(studio, studio.local_owner, project.id, revision=newest.number, total=newest.quote.total)
    found = jobs.newest_job(studio.db, studio.local_owner, project.id, "film")
    assert found
    return {step.kind + (f"-{step.scene_id}" if step.scene_id else ""): step for step in found[1]}


def test_an_own_recording_replaces_every_line_and_only_the_sound_changes(studio, project):
    before = steps(studio, project)
    recording = received(studio, project, "voice_over")
    edited(studio, project, ChangeVoice(own=recording))
    after = steps(studio, project)
    assert "voice" in before and "voice" not in after
    assert after["mix"].inputs["voice_over"]
    assert after["mix"].key != before["mix"].key
    for name in ("clip-aaaa", "clip-bbbb", "music"):
        assert after[name].key == before[name].key
    edited(studio, project, ChangeVoice(own=""))
    assert steps(studio, project)["mix"].key == before["mix"].key


def test_own_music_is_fitted_instead_of_composed(studio, project):
    piece = received(studio, project, "music")
    edited(studio, project, ChangeMusic(own=piece))
    after = steps(studio, project)
    assert "music" not in after
    assert after["own_music"].inputs["seconds"] == 5.0


@pytest.mark.parametrize("piece", library.pieces(), ids=lambda piece: piece.id)
def test_every_piece_of_the_library_can_be_heard_from_its_beginning_to_the_longest_films_end(piece):
    with av.open(str(piece.file)) as container:
        seconds = (container.duration or 0) / av.time_base
    words = ffmpeg.run(
        ["-i", str(piece.file), "-t", "60", "-af", "silencedetect=n=-50dB:d=1", "-f", "null", "-"], seconds=60
    )
    assert seconds >= 60
    assert "silence_start" not in words


def test_a_piece_of_the_library_is_taken_once_and_heard_like_an_own_one(studio, project):
    owner = studio.local_owner
    taken = library.take(studio, owner, project.id, "Night Train")
    assert library.take(studio, owner, project.id, "night-train") == taken
    assert [sound.name for sound in intake.sounds(studio, owner, project.id, "music")] == ["Night Train.m4a"]
    edited(studio, project, ChangeMusic(own=taken.id))
    assert "own_music" in steps(studio, project)
    with pytest.raises(NotFound, match="no piece called"):
        library.take(studio, owner, project.id, "Stairway")


def test_the_command_line_takes_a_piece_of_the_library_by_its_name(tmp_path):
    assert _music(Path("Open Field")) == library.pieces()[-1].file
    mine = tone(tmp_path / "open-field")
    assert _music(mine) == mine
    assert _music(Path("nobody.mp3")) == Path("nobody.mp3")  # it is refused as a file that is not there


def test_a_scene_gives_way_to_a_line_that_does_not_fit(studio, project):
    rooms = {
        "voice-bbbb": {"scene": 2, "seconds": 2.1, "whole": 2.5},
        "voice-aaaa": {"scene": 1, "seconds": 2.1, "whole": 2.5},
    }
    long = sounding.overruns({"rooms": rooms}, {"voice-bbbb": {"seconds": 3.02}, "voice-aaaa": {"seconds": 2.1}})
    assert [(one["id"], one["scene"], one["seconds"]) for one in long] == [("bbbb", 2, 3.5)]


def test_words_over_a_vendors_clip_change_without_filming_it_again(studio, project):
    plan = planning.require(studio, studio.local_owner, project.id).plan
    reworded = plan.but(scenes=tuple(s.but(title="Else", kicker="x", narration="Other words") for s in plan.scenes))
    row = rows.get_project(studio.db, studio.local_owner, project.id)
    before, after = (recipes.shot_inputs(studio, row, p, 0) for p in (plan, reworded))
    assert recipes.key_of("clip", before) != recipes.key_of("clip", after)
    assert recipes.wordless(before) == recipes.wordless(after)


def test_the_sound_of_a_scene_is_a_step_of_its_own(studio, project):
    before = steps(studio, project)
    edited(studio, project, ChangeSound(scene="bbbb", sound="rain, then a chime"))
    after = steps(studio, project)
    assert after["effect"].inputs["text"] == "rain, then a chime"
    heard = {"scene": 2, "start": 2.5, "seconds": 2.5, "into": 0.2, "out": 0.0}
    assert after["mix"].inputs["effects"]["effect-bbbb"] == heard
    assert after["clip-bbbb"].key == before["clip-bbbb"].key


def test_a_sound_that_is_gone_is_said_before_anything_is_made(studio, project):
    plan = planning.require(studio, studio.local_owner, project.id).plan
    gone = plan.but(voice=plan.voice.but(own="0" * 24))
    planning.save(studio, studio.local_owner, project.id, gone, author="a test", reason="old", base=1)
    with pytest.raises(BadInput, match="no longer there"):
        steps(studio, project)


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "empty"), (b"no sound at all", "cannot be read"), (None, "silent")]
)
def test_a_file_that_is_no_sound_is_refused_and_not_kept(studio, project, content, says):
    path = studio.storage.scratch("uploads") / "bad.part"
    if content is None:
        tone(path, level=0.0)
    else:
        path.write_bytes(content)
    with pytest.raises(BadMedia, match=says):
        intake.receive_sound(studio, studio.local_owner, project.id, path, "bad.wav", "music")
    assert not path.exists()
    assert intake.sounds(studio, studio.local_owner, project.id, "music") == ()


@pytest.mark.parametrize("form", [["-ac", "1", "-ar", "44100"], ["-ar", "192000"], ["-c:a", "aac", "-f", "mp4"]])
def test_the_length_of_an_upload_is_told_whatever_its_form(tmp_path, form):
    source, path = tone(tmp_path / "tone.wav", 2.0), tmp_path / "upload.part"
    ffmpeg.run(["-i", str(source), "-f", "wav", *form, str(path)], seconds=30)
    found = check_sound_file(path=str(path), name="upload", max_bytes=10**8, report=lambda _: None)
    assert found["duration"] == pytest.approx(2.0, abs=0.1)
    with pytest.raises(BadMedia, match="larger than"):
        check_sound_file(path=str(path), name="upload", max_bytes=1000, report=lambda _: None)


@pytest.mark.parametrize(("level", "heard"), [(0.0015, True), (0.0001, False)], ids=["a whisper", "nothing"])
def test_what_is_taken_as_an_upload_can_be_used_in_the_film_and_nothing_else(tmp_path, level, heard):
    path = tone(tmp_path / "soft.wav", level=level)

    def as_upload() -> None:
        check_sound_file(path=str(path), name="soft", max_bytes=10**8, report=lambda _: None)

    def in_the_film() -> None:
        fit_bed(path=str(path), out=str(tmp_path / "bed.wav"), seconds=5.0, report=lambda _: None)

    for use in (as_upload, in_the_film):
        if heard:
            use()
        else:
            with pytest.raises(BadMedia, match="silent"):
                use()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Bench):
    """A bench on which what the step builds on already lies."""

    made: dict[str, dict[str, Any]]

    def needed(self) -> dict[str, dict[str, Any]]:
        return self.made


def bench(studio: Studio, folder: Path, kind: str, inputs: dict[str, Any], **made: dict[str, Any]) -> Ready:
    names = {"step_id": "s", "job_id": "j", "owner": studio.local_owner, "project_id": "p", "label": kind, "key": "k"}
    claim = Claim(**names, fence=1, kind=kind, revision=1, budget_id=None, inputs=inputs, attempt=1)
    return Ready(studio=studio, claim=claim, scratch=folder, report=lambda _: None, cancelled=lambda: False, made=made)


def line(studio: Studio, folder: Path, seconds: float) -> dict[str, Any]:
    blob = studio.storage.put(tone(folder / f"{seconds}.wav", seconds))
    return {"blob": blob, "seconds": seconds, "words": [{"text": "hm", "start": 0, "end": seconds}]}


def test_the_mix_says_what_did_not_fit_and_what_could_not_be_heard(studio, tmp_path):
    effect = sounding.effect(
        bench(studio, tmp_path, "effect", {"text": "a lion roars, a click", "seconds": 2.5, "tail": 0.0, "seed": 1})
    )
    assert [sound["kind"] for sound in effect.result["sounds"]] == ["click"]
    inputs = {
        "starts": {"voice-a": 0.25, "voice-b": 2.75},
        "rooms": {
            "voice-a": {"scene": 1, "seconds": 2.1, "whole": 2.5},
            "voice-b": {"scene": 2, "seconds": 2.1, "whole": 2.5},
        },
        "effects": {"effect-b": {"scene": 2, "start": 2.5, "seconds": 2.5, "into": 0.2, "out": 0.0}},
        "voice_gain_db": 0.0,
        "music_gain_db": 0.0,
        "seconds": 5.0,
        "voice_over": None,
    }
    made = {"voice-a": line(studio, tmp_path, 3.0), "voice-b": line(studio, tmp_path, 1.2), "effect-b": effect.result}
    mixed = sounding.mix(bench(studio, tmp_path, "mix", inputs, **made)).result
    assert mixed["starts"] == {"voice-a": 0.25, "voice-b": pytest.approx(3.37)}
    long, missing = mixed["notes"]
    assert "Scene 1" in long and "0.9 s too long" in long and "3.4 s long" in long
    assert "Scene 2" in missing and "a lion roars" in missing
    assert mixed["lufs"] == pytest.approx(-14, abs=0.5)


def test_a_recording_that_goes_on_after_the_film_is_told(studio, tmp_path):
    blob = studio.storage.put(tone(tmp_path / "mine.wav", 4.0))
    inputs = {"starts": {}, "voice_gain_db": 0.0, "music_gain_db": 0.0, "seconds": 3.0, "voice_over": blob}
    mixed = sounding.mix(bench(studio, tmp_path, "mix", inputs)).result
    assert mixed["notes"] == ["Your recording is longer than the film: what it says after 3 s is not heard."]


@pytest.mark.parametrize(
    ("lasts", "starts"),
    [
        ((2.0, 2.0), (0.25, 2.75)),
        ((3.0, 1.0), (0.25, 3.37)),
        ((2.0, 2.6), (0.25, 2.4)),
        ((2.6, 2.4), (0.0, 2.72)),
    ],
    ids=["all fits", "the next one waits", "the last one begins earlier", "both, until no silence is left"],
)
def test_lines_that_run_over_never_talk_into_each_other(lasts, starts):
    made = {name: {"words": [1], "seconds": s} for name, s in zip(("a", "b"), lasts, strict=True)}
    assert tuple(sounding.line_times({"a": 0.25, "b": 2.75}, made, 5.0).values()) == pytest.approx(starts)
