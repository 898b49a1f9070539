"""The match report: the sample against itself, a stranger and a slower cut; what to change; the job and the pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.analysis import Colour, Curve, SampleAnalysis, Shot, Span
from core.domain.apply import apply
from core.domain.edits import (
    ChangeCaptions,
    ChangeMusic,
    Recolour,
    RewriteScene,
    SetTransition,
    SplitScene,
)
from core.domain.match import WEIGHTS, Match, Part, Reading, Stretch, shots_as_parts
from core.domain.match_advice import ADVISERS, Compared, advise, is_open
from core.domain.match_scores import JUDGES, compare, halving
from core.domain.originality import Originality, Overlap
from core.domain.plan import Plan
from core.domain.shades import apart, lab
from core.services import match as matches
from core.services import planning, projects, workshop
from core.services.intake import add_asset
from core.services.studio import Studio
from jobs.__main__ import main
from tests.conftest import ffmpeg
from tests.test_pages import errors, visit, words

WARM = (Colour(hex="#c0603a", share=0.6), Colour(hex="#f2d6a0", share=0.4))
COLD = (Colour(hex="#10305a", share=0.7), Colour(hex="#7fb0d9", share=0.3))


def film(
    *, shots: int = 8, seconds: float = 16, palette: tuple[Colour, ...] = WARM, light: float = 0.5,
    motion: float = 0.06, lufs: float | None = -14, speech: bool = True, opens: str = "cut", camera: str = "static",
) -> SampleAnalysis:  # fmt: skip
    """A film of even shots; its brightness and loudness rise and fall once."""
    length = seconds / shots
    course = [light + 0.1 * (1 if n < 80 else -1) for n in range(160)]
    return SampleAnalysis(
        duration=seconds, width=720, height=1280, fps=30, video_codec="h264", has_audio=lufs is not None,
        shots=tuple(
            Shot(
                start=n * length, end=(n + 1) * length, opens_with="start" if n == 0 else opens, key_time=n * length,
                palette=palette, brightness=light, contrast=0.4, saturation=0.4, motion=motion, camera=camera,
            )
            for n in range(shots)
        ),
        palette=palette,
        brightness=Curve(step=seconds / 160, values=tuple(course)),
        motion=Curve(step=seconds / 160, values=(motion,) * 160),
        loudness_lufs=lufs,
        loudness=None if lufs is None else Curve(step=seconds / 160, values=(lufs - 3,) * 80 + (lufs + 1,) * 80),
        speech=(Span(start=0, end=seconds),) if speech else (),
    )  # fmt: skip


def reading(
    *, shots: int = 8, close: float = 0.5, text: float = 0.1, words: float = 120, seconds: float = 16
) -> Reading:
    """So close all the time, text on all pictures, and so many words a minute."""
    said = round(words * 1.5 * seconds / 60)
    return Reading(
        closeness=(close,) * shots,
        text=Curve(step=0.25, values=(text,) * round(seconds * 4)),
        syllables=tuple(round(n * seconds / max(1, said), 3) for n in range(said)),
    )


def scored(sample: SampleAnalysis, ours: SampleAnalysis, there: Reading, here: Reading) -> Match:
    return compare(sample, there, ours, here, shots_as_parts(ours))


def test_a_sample_matches_itself_in_every_aspect_and_every_scene():
    match = scored(film(), film(), reading(), reading())
    assert match.score == 100
    assert {a.aspect: a.score for a in match.aspects} == dict.fromkeys(WEIGHTS, 100)
    assert {scene.score for scene in match.scenes} == {100}
    assert match.scenes[0].reason == "Near the sample in everything."


def test_a_stranger_scores_low_in_every_aspect():
    other = film(shots=2, palette=COLD, light=0.15, motion=0.004, lufs=None, speech=False)
    match = scored(film(), other, reading(), reading(shots=2, close=0.95, text=0, words=0))
    assert match.score < 25
    assert {a.aspect: a.score for a in match.aspects if (a.score or 0) >= 45} == {}


def test_a_slower_cut_of_the_same_pictures_scores_lower_on_rhythm_only():
    match = scored(film(shots=8), film(shots=3), reading(), reading(shots=3))
    assert match.aspect("rhythm").score < 60
    assert {a.score for a in match.aspects if a.aspect != "rhythm"} == {100}
    assert match.aspect("rhythm").reason == (
        "Slower cut than the sample: a shot every 5.3 s instead of a shot every 2.0 s."
    )
    slower = scored(film(shots=8), film(shots=6), reading(), reading(shots=6))
    assert match.aspect("rhythm").score < slower.aspect("rhythm").score < 100


def test_films_of_other_lengths_are_laid_beside_each_other_by_share_of_the_way():
    match = scored(film(), film(shots=4, seconds=8), reading(), reading(shots=4, seconds=8))
    assert match.score >= 97
    assert match.scenes[1].film == Span(start=2, end=4)
    assert match.scenes[1].sample == Span(start=4, end=8)


@pytest.mark.parametrize(
    ("ours", "here", "aspect", "word"),
    [
        (film(palette=COLD), reading(), "palette", "cooler"),
        (film(light=0.3), reading(), "brightness", "Darker than the sample by 20%."),
        (film(motion=0.3), reading(), "motion", "Livelier"),
        (film(), reading(close=0.9), "framing", "Closer than the sample: extreme close-up against medium."),
        (film(), reading(words=40), "words", "Fewer words"),
        (film(), reading(text=0), "captions", "Nothing is written on the film, but on the sample"),
        (film(lufs=-26), reading(), "loudness", "12 LU softer"),
        (film(opens="dissolve"), reading(), "rhythm", "It blends where the sample cuts."),
    ],
)
def test_what_differs_scores_lower_alone_and_says_how(ours, here, aspect, word):
    match = scored(film(), ours, reading(), here)
    assert {a.aspect for a in match.aspects if (a.score or 0) < 100} == {aspect}
    assert word in match.aspect(aspect).reason


def test_what_neither_has_is_left_out_and_the_others_share_its_weight():
    silent, bare = film(lufs=None, speech=False), reading(text=0, words=0)
    match = scored(silent, silent, bare, bare)
    left_out = {a.aspect for a in match.aspects if a.score is None}
    assert left_out == {"loudness", "words", "captions"}
    assert match.score == 100
    assert sum(a.weight for a in match.aspects) == pytest.approx(1, abs=0.01)


def test_the_weights_are_stated_and_whole():
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(WEIGHTS) == set(JUDGES) == set(ADVISERS)
    assert (halving(0, 3), halving(3, 3), halving(6, 3)) == (100, 50, 25)


def test_colours_are_as_far_apart_as_an_eye_sees_them():
    assert lab("#ffffff") == pytest.approx((100, 0, 0), abs=0.1)
    assert apart(WARM, WARM) == 0
    assert apart(WARM, COLD) > 60
    assert apart(WARM, (*WARM[:1], Colour(hex="#f2d6a8", share=0.4))) < 5


def advice(plan: Plan, sample: SampleAnalysis, ours: SampleAnalysis, there: Reading, here: Reading) -> Compared:
    parts = [
        Part(id=s.id, name=s.role, start=t, end=t + s.seconds) for t, s in zip(plan.starts, plan.scenes, strict=True)
    ]
    match = compare(sample, there, ours, here, parts)
    return Compared(match=match, sample=Stretch.whole(sample, there), film=Stretch.whole(ours, here), plan=plan)


def test_every_suggestion_is_an_edit_that_changes_the_plan(small_plan):
    other = film(shots=2, palette=COLD, light=0.2, motion=0.004, seconds=5, opens="dissolve")
    sample = film(shots=8, camera="push_in").model_copy(update={"tempo_bpm": 128.0, "tempo_confidence": 0.8})
    found = advise(
        advice(small_plan, sample, other, reading(), reading(shots=2, close=0.9, text=0, words=20, seconds=5))
    )
    assert {type(s.edit) for s in found} >= {SplitScene, Recolour, RewriteScene}
    for one in found:
        after = apply(small_plan, one.edit)
        assert after != small_plan
        assert one.title and one.why and 1 <= one.worth <= 22
        if not isinstance(one.edit, SplitScene):
            assert apply(after, one.edit) == after, "carried out twice it changes nothing more"
    assert [s.worth for s in found] == sorted((s.worth for s in found), reverse=True)


def test_suggestions_go_the_right_way(small_plan):
    sample = film(shots=2, seconds=5, light=0.8).model_copy(update={"tempo_bpm": 128.0, "tempo_confidence": 0.8})
    ours = film(shots=2, seconds=5, light=0.5, lufs=-30)
    there, here = reading(shots=2, close=0.1, text=0, seconds=5), reading(shots=2, close=0.9, seconds=5)
    edits = [s.edit for s in advise(advice(small_plan, sample, ours, there, here))]
    assert ChangeCaptions(enabled=False) in edits
    assert ChangeMusic(bpm=128.0) in edits
    assert RewriteScene(scene="aaaa", shot_size="wide") in edits
    lighter = next(e for e in edits if isinstance(e, Recolour) and e.brightness is not None)
    assert lighter.absolute and lighter.brightness > 0.5
    soft = small_plan.but(scenes=[s.but(transition="dissolve").model_dump() for s in small_plan.scenes])
    cut = advice(soft, film(shots=2, seconds=5), film(shots=2, seconds=5, opens="dissolve"), here, here)
    match = cut.match.model_copy(update={"aspects": tuple(
        a.model_copy(update={"score": 40}) if a.aspect == "rhythm" else a for a in cut.match.aspects
    )})  # fmt: skip
    assert SetTransition(transition="cut") in [
        s.edit for s in advise(Compared(match=match, sample=cut.sample, film=cut.film, plan=soft))
    ]


def test_a_suggestion_is_closed_once_it_is_in_the_plan_or_its_scene_was_changed(small_plan):
    ours = film(shots=2, seconds=5, light=0.3)
    found = advise(advice(small_plan, film(shots=10), ours, reading(shots=10), reading(shots=2, seconds=5)))
    light = next(s for s in found if isinstance(s.edit, Recolour) and s.edit.brightness is not None)
    split = next(s for s in found if isinstance(s.edit, SplitScene))
    assert is_open(light, small_plan, small_plan) and is_open(split, small_plan, small_plan)
    assert not is_open(light, small_plan, apply(small_plan, light.edit))
    assert not is_open(split, small_plan, apply(small_plan, split.edit))
    assert is_open(light, small_plan, apply(small_plan, split.edit))


def test_copies_of_ones_own_sample_are_a_note_and_of_anothers_a_warning():
    overlap = Overlap(
        kind="picture", sample=Span(start=8, end=12), film=Span(start=1, end=5), likeness=0.9, mirrored=True
    )
    twice = (overlap, overlap.model_copy(update={"film": Span(start=4, end=6)}))
    assert (
        overlap.sentence
        == "The mirrored picture at 0:01.0 to 0:05.0 of the film is that of the sample at 0:08.0 to 0:12.0."
    )
    anothers = Originality(overlaps=twice, own=False, seconds=10)
    assert (anothers.level, anothers.share("picture"), anothers.share("sound")) == ("warning", 0.5, 0)
    assert "50%" in anothers.sentence and "rights" in anothers.sentence
    own = Originality(overlaps=twice, own=True, seconds=10)
    assert own.level == "note" and "your own" in own.sentence
    assert Originality(overlaps=(), own=False, seconds=10).level == "clear"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s of 160x284: colours that turn, then cells that live and die; three notes a second."""
    out = tmp_path_factory.mktemp("match") / "film.mp4"
    ffmpeg(
        *("-f", "lavfi", "-t", "2", "-i", "gradients=s=160x284:r=12:n=6:seed=5"),
        *(
            "-f",
            "lavfi",
            "-t",
            "2",
            "-i",
            "life=s=160x284:r=12:mold=10:ratio=0.2:seed=3:death_color=#203040:life_color=#f0c040",
        ),
        *("-f", "lavfi", "-t", "4", "-i", "aevalsrc='0.3*sin(2*PI*t*(400+300*floor(t*3)))':s=48000"),
        *("-filter_complex", "[0:v][1:v]concat=n=2:v=1:a=0[v]", "-map", "[v]", "-map", "2:a"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(out)),
    )
    return out


@pytest.fixture
def made(studio: Studio, clip: Path, short_sample: Path, small_plan: Plan, tmp_path: Path) -> Callable[..., str]:
    """A project with a film of the first revision, with a sample or without."""

    def make(*, with_sample: bool) -> str:
        owner = studio.local_owner
        project = projects.create(studio, owner, title="", brief="A focus timer for the night", category="general")
        planning.save(studio, owner, project.id, small_plan, author="a test", reason="", base=None)
        if with_sample:
            blob = studio.storage.put(Path(shutil.copy(short_sample, tmp_path / "sample.mp4")))
            size = {"width": 320, "height": 180, "seconds": 6.0}
            sample = add_asset(studio, owner, project.id, "sample", blob=blob, name="sample.mp4", **size)
            matches.rows.change_project(studio.db, owner, project.id, sample_id=sample.id)
        blob = studio.storage.put(Path(shutil.copy(clip, tmp_path / "film.mp4")))
        add_asset(
            studio, owner, project.id, "film", blob=blob, name="film.mp4", width=160, height=284, seconds=4.0,
            facts={"revision": 1},
        )  # fmt: skip
        return project.id

    return make


def work(studio: Studio, kinds: set[str]) -> None:
    """Does the steps of these kinds that are to be done."""
    worker = workshop.join(studio)
    while claim := workshop.take(studio, worker):
        if claim.kind in kinds:
            workshop.do(studio, worker, claim, workshop.threading.Event())
        else:
            workshop.slices.fail(studio.db, studio.now(), claim, message="not here", remedy="", retryable=False)


def test_a_film_is_measured_like_its_sample_and_a_suggestion_is_one_edit(studio, made):
    owner, project = studio.local_owner, made(with_sample=True)
    assert matches.view(studio, owner, project).state == "not compared"
    assert matches.start(studio, owner, project)
    work(studio, {"measure", "match"})
    report = matches.view(studio, owner, project).report
    assert report is not None
    assert 0 < report.match.score < 60
    assert [scene.id for scene in report.match.scenes] == ["aaaa", "bbbb"]
    assert report.film.analysis.duration == pytest.approx(4, abs=0.1)
    assert report.originality.level == "clear"
    app = opened(project)
    assert app.metric[0].value == f"{report.match.score} of 100"
    assert "Originality" in app.success[0].proto.title
    place, first = next((n, o.suggestion) for n, o in enumerate(report.suggestions) if o.open)
    app.button(key=f"follow_{place}_{report.base}").click().run()
    assert not errors(app)
    newest = planning.current(studio, owner, project)
    assert (newest.number, newest.reason) == (report.base + 1, first.title)
    again = matches.view(studio, owner, project).report
    assert not next(o for o in again.suggestions if o.suggestion == first).open


def opened(project: str) -> AppTest:
    """The tab of the studio."""
    app = visit("studio", project=project)
    app.session_state["tabs"] = "Match"
    app.run()
    assert not errors(app)
    return app


def test_a_film_without_a_sample_says_that_there_is_nothing_to_compare_with(studio, made):
    project = made(with_sample=False)
    assert matches.view(studio, studio.local_owner, project).state == "no sample"
    assert matches.start(studio, studio.local_owner, project) is None
    assert "There is nothing to compare with" in words(opened(project))


def test_the_command_prints_the_comparison_as_json(studio, clip, capsys, monkeypatch):
    monkeypatch.setenv("REPRISE_DATA_DIR", str(studio.settings.data_dir))
    assert main(["match", str(clip), str(clip)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["score"] == 100
    assert said["originality"]["level"] == "warning"
    assert {overlap["kind"] for overlap in said["originality"]["overlaps"]} == {"picture", "sound"}
    assert said["weights"] == WEIGHTS
