"""Scenes in which a character plays a person's recording: from the upload to the film, at a Runway on loopback."""

from __future__ import annotations

import base64
import io
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api import server
from core.db.money import Entry, Purchase
from core.domain.apply import apply, apply_all
from core.domain.edits import (
    AddScene,
    ChangeModel,
    ChangeSource,
    DuplicateScene,
    MergeScenes,
    RewriteScene,
    SetCharacter,
    SetDuration,
    SetTotal,
    SplitScene,
)
from core.domain.errors import BadInput, BadMedia, ImpossibleEdit, VendorRejected
from core.domain.given import Given
from core.domain.orders import ToolCall
from core.domain.plan import PERFORMANCE_SECONDS, Music, Plan, Source
from core.domain.routing import Why
from core.domain.work import JobState
from core.media import samples
from core.media.dynamics import RATE
from core.media.performance import make_ready
from core.media.probe import probe
from core.providers.local import director
from core.services import approval, attachments, checkup, delivery, intake, planning, projects, recipes, routing
from core.services import studio as studios
from core.services.asking.calls import edit_of
from core.services.asking.material import Offered
from core.services.repertoire import RECIPES
from core.services.studio import Studio
from jobs.__main__ import main
from tests import fake_runway
from tests.clip_shop import Shop, opened_shop
from tests.conftest import ffmpeg, opened_studio
from tests.fake_runway_more import FakeRunwayMore
from tests.loopback import Answer, Call
from tests.test_pages import errors, visit, words

ACT_TWO = "runway/act_two"
SECONDS = 3.6
"""Of the recording."""
PLAYED = Source(kind="performance", asset="rec", seconds=SECONDS, sound=True)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3.6 s as a telephone gives it: lying on its side, in a MOV, with a sound."""
    path = tmp_path_factory.mktemp("recordings") / "me.mov"
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={SECONDS}")
    sound = ("-f", "lavfi", "-i", f"sine=frequency=300:duration={SECONDS}")
    upright = path.with_name("upright.mov")
    ffmpeg(
        *picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-shortest", str(upright)
    )
    ffmpeg("-display_rotation", "90", "-i", str(upright), "-c", "copy", str(path))
    return path


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faces") / "mara.png"
    Image.effect_mandelbrot((360, 640), (-2, -1.5, 1, 1.5), 30).convert("RGB").save(path)
    return path


# What an edit does


def test_a_scene_shows_the_first_seconds_of_the_recording_and_is_no_longer_than_it(small_plan):
    plan = apply(small_plan, ChangeSource(scene="bbbb", source=PLAYED))
    assert plan.scene("bbbb").seconds == 2.5
    longer = apply_all(plan, [SetDuration(scene="bbbb", seconds=9)])
    assert longer.plan.scene("bbbb").seconds == SECONDS
    assert "the recording of scene 2 lasts 3.6 s" in longer.notes[0].lower()
    whole = apply_all(plan, [SetTotal(seconds=30)])
    assert whole.plan.scene("bbbb").seconds == SECONDS
    assert whole.plan.seconds == pytest.approx(20 + SECONDS)
    assert "no longer than the recording" in whole.notes[0]


def test_a_longer_scene_is_shortened_to_the_recording_and_says_so(small_plan):
    long = apply(small_plan, SetDuration(scene="bbbb", seconds=8))
    found = apply_all(long, [ChangeSource(scene="bbbb", source=PLAYED)])
    assert found.plan.scene("bbbb").seconds == SECONDS
    assert found.notes == ("Scene 2 was shortened to 3.6 s, the length of the recording.",)


def test_a_recording_that_is_too_short_for_the_line_is_refused(small_plan):
    line = "This is a line of a great many words that nobody can say in three and a half seconds, however fast."
    long = apply(small_plan, RewriteScene(scene="bbbb", narration=line))
    with pytest.raises(ImpossibleEdit, match=r"needs .* and the recording lasts 3\.6 s"):
        apply(long, ChangeSource(scene="bbbb", source=PLAYED))
    with pytest.raises(ImpossibleEdit, match="the recording that scene 2 plays lasts"):
        apply(apply(small_plan, ChangeSource(scene="bbbb", source=PLAYED)), RewriteScene(scene="bbbb", narration=line))


@pytest.mark.parametrize("edit", [SplitScene(scene="bbbb"), MergeScenes(first="aaaa", second="bbbb")])
def test_a_recording_is_neither_divided_nor_mixed_with_another_picture(small_plan, edit):
    with pytest.raises(ImpossibleEdit, match=r"cannot be split|cannot become one"):
        apply(apply(small_plan, ChangeSource(scene="bbbb", source=PLAYED)), edit)


def test_who_films_it_is_chosen_anew_with_the_recording_and_without(small_plan):
    filmed = apply(small_plan, ChangeModel(model="runway/gen4.5"))
    put_in = apply_all(filmed, [ChangeSource(scene="bbbb", source=PLAYED)])
    assert [s.model for s in put_in.plan.scenes] == ["runway/gen4.5", "auto"]
    assert put_in.notes == ("Who films scene 2 is chosen anew: see its price.",)
    all_of_them = apply_all(put_in.plan, [ChangeModel(model="local/film")])
    assert [s.model for s in all_of_them.plan.scenes] == ["local/film", "auto"]
    assert all_of_them.notes == ("Scene 2 plays a recording, so who films it stays.",)
    named = apply(put_in.plan, ChangeModel(scene="bbbb", model=ACT_TWO))
    assert apply(named, ChangeSource(scene="bbbb", source=Source())).scene("bbbb").model == "auto"


def test_pictures_made_before_plans_knew_recordings_keep_their_addresses(small_plan):
    assert small_plan.scenes[0].source.model_dump() == {"kind": "drawn", "asset": None, "time": None}
    assert Plan.model_validate_json(apply(small_plan, ChangeSource(scene="bbbb", source=PLAYED)).model_dump_json())


# What comes in


@pytest.fixture
def kept(studio: Studio, small_plan: Plan) -> str:
    """A project with the plan."""
    return begun(studio, small_plan)


def begun(studio: Studio, plan: Plan) -> str:
    project = projects.create(studio, studio.local_owner, title="Night", brief=plan.brief)
    planning.save(studio, studio.local_owner, project.id, plan, author="a test", reason="", base=None)
    return project.id


def edited(studio: Studio, project: str, *edits: Any) -> Plan:
    newest = planning.require(studio, studio.local_owner, project)
    return planning.edit(studio, studio.local_owner, project, edits, base=newest.number, author="a test")[0].plan


@pytest.fixture(scope="module")
def ready(recording: Path) -> Path:
    """The same as it is kept."""
    out = recording.with_name("ready.mp4")
    made_ready(recording, out)
    return out


def made_ready(path: Path, out: Path) -> dict[str, Any]:
    shortest, longest = PERFORMANCE_SECONDS
    return make_ready(
        path=str(path), out=str(out), name=path.name, shortest=shortest, longest=longest, max_bytes=10**8,
        report=lambda _: None,
    )  # fmt: skip


def given(studio: Studio, project: str, ready: Path, upload: Callable[[Path], Path]) -> Source:
    """The recording, in the project."""
    blob, facts = studio.storage.put(upload(ready).rename(ready.with_name("kept.mp4"))), {"sound": True}
    asset = intake.add_asset(
        studio, studio.local_owner, project, "performance", blob=blob, name="me.mp4", seconds=SECONDS, facts=facts
    )
    return intake.source_of(asset)


def shown(studio: Studio, project: str, face: Path, upload: Callable[[Path], Path]) -> str:
    """The picture of the character, in the project."""
    blob = studio.storage.put(upload(face).rename(face.with_name("kept.png")))
    return intake.add_asset(studio, studio.local_owner, project, "image", blob=blob, name="mara.png").id


def test_a_recording_of_a_telephone_is_kept_upright_as_models_take_it(studio, kept, recording, upload):
    client = TestClient(Starlette(routes=server.routes(), middleware=server.middleware()))
    address, headers = f"/api/uploads/{kept}/performance?name={recording.name}", {"X-Reprise": "1"}
    reply = client.put(address, content=recording.read_bytes(), headers=headers).json()
    source = intake.performance_source(studio, studio.local_owner, reply["asset"])
    assert (source.seconds, source.sound) == (SECONDS, True)
    path, view = intake.stored_file(studio, studio.local_owner, source.asset or "")
    found = probe(path)
    assert (found.container, found.video_codec, found.width, found.height) == ("mp4", "h264", 180, 320)
    assert (view.kind, view.name, view.mime) == ("performance", "me.mp4", "video/mp4")
    assert not list(studio.storage.scratch("uploads").iterdir())


def test_what_no_model_can_play_is_refused_with_what_would_do(face, tmp_path):
    for name, seconds in (("short", 1.5), ("long", 40), ("tail", 30.3)):
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=32x32:r=5:d={seconds}", str(tmp_path / f"{name}.mp4"))
    short, long, tail = (tmp_path / f"{name}.mp4" for name in ("short", "long", "tail"))
    for file, why in ((short, "needs 3 s at least"), (long, "may last 30 s"), (face, "a still image")):
        with pytest.raises(BadMedia, match=why):
            made_ready(file, tmp_path / "out.mp4")
    kept = made_ready(tail, tmp_path / "out.mp4")
    assert 29 < kept["duration"] <= 30, "a tail is cut off"
    assert kept["has_sound"] is False


def test_nothing_is_kept_of_what_cannot_be_played(studio, kept, face, upload):
    with pytest.raises(BadMedia, match="a still image"):
        intake.receive_performance(studio, studio.local_owner, kept, upload(face), "me.mp4")
    assert intake.performances(studio, studio.local_owner, kept) == ()


def test_only_a_recording_of_the_film_can_be_played_and_only_as_long_as_it_is(studio, kept, ready, face, upload):
    source = given(studio, kept, ready, upload)
    picture = shown(studio, kept, face, upload)
    for wrong in (source.but(asset=picture), source.but(seconds=30.0), source.but(sound=False)):
        with pytest.raises(ImpossibleEdit, match="recording"):
            edited(studio, kept, ChangeSource(scene="bbbb", source=wrong))
        scene = planning.require(studio, studio.local_owner, kept).plan.scenes[1].but(source=wrong)
        with pytest.raises(ImpossibleEdit, match="recording"):
            edited(studio, kept, AddScene(scene=scene, about="again"))
    played = edited(studio, kept, ChangeSource(scene="bbbb", source=source))
    assert played.scene("bbbb").plays
    planning.undo(studio, studio.local_owner, kept)
    assert not planning.require(studio, studio.local_owner, kept).plan.scene("bbbb").plays


def test_the_form_of_a_scene_puts_it_in_and_says_who_plays_it(studio, kept, ready, face, upload):
    source, picture = given(studio, kept, ready, upload), shown(studio, kept, face, upload)
    app = visit("studio", project=kept)
    app.button(key="edit_bbbb").click().run()
    app.selectbox(key="scene_source").set_value(f"Played by the character: me.mp4, {SECONDS:.1f} s")
    app.selectbox(key="scene_character").set_value(picture)
    app.button(key="scene_save").click().run()
    plan = planning.require(studio, studio.local_owner, kept).plan
    assert not errors(app)
    assert (plan.scene("bbbb").source, plan.character) == (source, picture)
    assert "Nobody here can play the recording of scene 2" in words(app).replace("\\", "")


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (["--performance", "me.mp4"], "is no scene and recording"),
        (["--performance", "0=me.mp4"], "is no scene and recording"),
        (["--performance", "2=me.mp4"], "Nobody is named who plays the recording"),
    ],
)
def test_the_command_line_says_what_a_recording_needs(tmp_path, monkeypatch, capfd, wishes, why):
    monkeypatch.setenv("REPRISE_DATA_DIR", str(tmp_path / "data"))
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert main(["make", "--brief", "A lamp", "--out", str(tmp_path / "a.mp4"), *wishes]) == 2
    finally:
        signal.signal(signal.SIGTERM, before)
    assert why in capfd.readouterr().err


# Who can film it


def test_without_a_key_the_plan_says_that_nobody_here_can_play_it(studio, kept, ready, upload):
    plan = edited(studio, kept, ChangeSource(scene="bbbb", source=given(studio, kept, ready, upload)))
    quote = planning.quote(studio, plan)
    assert quote.unknown == ("auto",)
    (why,) = [line.rule for line in quote.lines if not line.known]
    assert "Nobody here can play the recording of scene 2" in why
    assert "RUNWAYML_API_SECRET" in why
    with pytest.raises(VendorRejected, match="Nobody here can play"):
        approval.approve(studio, studio.local_owner, kept, revision=2, total=quote.total)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as vendor:
        yield vendor


class Stage(FakeRunwayMore):
    """Bills a performance by its seconds, and answers with a clip that is as long."""

    def seconds(self, name: str) -> float:
        with av.open(self.file(name)) as container:
            return float(container.streams.video[0].frames / container.streams.video[0].average_rate)

    def file(self, name: str) -> Any:
        return io.BytesIO(base64.b64decode(self.orders[name]["reference"]["uri"].partition(",")[2]))

    def credits(self, name: str) -> float:
        return round(5 * self.seconds(name), 3)

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        if kind != "made":
            answer = super().answer(call, kind, fault)
            if kind == "task" and isinstance(answer.body, dict) and "cost" in answer.body:
                answer.body["cost"] = {"credits": self.credits(call.path.rpartition("/")[2])}
            return answer
        name = call.path.rpartition("/")[2].removesuffix(".mp4")
        return Answer(acted(self.seconds(name)), kind="video/mp4")


def acted(seconds: float) -> bytes:
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=180x320:rate=24:duration={seconds}", "-pix_fmt", "yuv420p"]
    form = ["-c:v", "libx264", "-preset", "ultrafast", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"]
    return subprocess.run([get_ffmpeg_exe(), "-v", "error", *picture, *form], check=True, capture_output=True).stdout


@pytest.fixture
def shop(stage: Stage, tmp_path: Path) -> Iterator[Shop]:
    settings = {"runwayml_api_secret": fake_runway.KEY, "runwayml_base_url": stage.base_url}
    with opened_shop(tmp_path / "data", "search", settings) as opened:
        opened.recipes = RECIPES
        studios.use(opened.studio)
        yield opened
        studios.use(None)


def test_only_act_two_plays_a_recording_and_it_does_nothing_else(shop, small_plan, ready, face, upload):
    studio, owner, project = shop.studio, shop.owner, begun(shop.studio, small_plan)
    plan = edited(studio, project, ChangeSource(scene="bbbb", source=given(studio, project, ready, upload)))
    nobody = {each.card.id: each for each in routing.proposals(studio, owner, project, plan, 1).excluded}
    assert nobody[ACT_TWO].why == Why.NEEDS_INPUT
    assert "no character" in nobody[ACT_TWO].reason
    assert nobody["runway/gen4.5"].why == nobody["local/film"].why == Why.NO_PERFORMANCE
    with pytest.raises(VendorRejected, match="Nobody is chosen to play the recording of scene 2"):
        approval.approve(studio, owner, project, revision=2, total=planning.quote(studio, plan).total)
    picture = shown(studio, project, face, upload)
    plan = edited(studio, project, SetCharacter(asset=picture))
    (place,) = routing.proposals(studio, owner, project, plan, 1).places
    assert (place.card.id, place.quote) == (ACT_TWO, Decimal("0.18"))
    others = {each.card.id: each.why for each in routing.proposals(studio, owner, project, plan, 0).excluded}
    assert others[ACT_TWO] == Why.NEEDS_INPUT
    with pytest.raises(VendorRejected, match="cannot play a recording"):
        edited(studio, project, ChangeModel(scene="bbbb", model="runway/gen4.5"))
    with pytest.raises(VendorRejected, match="films nothing but recordings"):
        edited(studio, project, ChangeModel(scene="aaaa", model=ACT_TWO))
    (line,) = [x for x in approval.quote_plan(studio, plan, ["runway/gen4.5"]).lines if x.model == ACT_TWO]
    assert (line.amount, line.quantity) == (Decimal("0.18"), "2.5 s of your recording, billed as 3.6 s")


def test_a_whole_film_with_a_performance_costs_what_the_vendor_bills(shop, stage, small_plan, ready, face, upload):
    first, second = small_plan.scenes
    scenes = (first.but(seconds=1.5, narration=""), second.but(seconds=3.5))
    studio, owner = shop.studio, shop.owner
    project = begun(studio, small_plan.but(scenes=scenes, music=Music(enabled=False)))
    picture = shown(studio, project, face, upload)
    source = given(studio, project, ready, upload)
    plan = edited(studio, project, SetCharacter(asset=picture), ChangeSource(scene="bbbb", source=source))
    shop.run()  # the storyboard
    job = filmed(shop, project)
    assert shop.job(job).state == JobState.DONE, shop.job(job).problem
    film = delivery.film(studio, owner, project)
    assert film.film.seconds == pytest.approx(5.0, abs=0.05)
    (order,) = stage.orders.values()
    assert order["model"] == "act_two"
    assert order["ratio"] == "720:1280"
    assert (order["character"]["type"], order["reference"]["type"]) == ("image", "video")
    (bought,) = [p for p in shop.all(Purchase) if p.vendor == "runway"]
    bill = Decimal(str(sum(stage.credits(name) for name in stage.orders))) / 100
    spent = sum(e.spent for e in shop.all(Entry) if e.budget_id == "workspace")
    assert (Decimal(bought.actual_micros) / 10**6, Decimal(spent) / 10**6) == (bill, bill)
    assert bill == Decimal("0.18")
    assert checkup.findings(studio) == []
    assert {s["from"] for s in film.provenance["scenes"]} == {"drawn", "own recording"}
    path, _ = intake.stored_file(studio, owner, film.film.id)
    sound = samples.mono(samples.read(str(path), str(path)))
    before, after = (tone(sound, at) for at in (1.2, 1.55))
    assert after > 10 * before, "the recording is heard from the first picture of its scene"
    # a scene that shows more of the recording, or says something else, keeps its clip
    said = RewriteScene(scene="bbbb", visual="Somebody speaks", title="Tonight")
    edited(studio, project, SetDuration(scene="bbbb", seconds=SECONDS), said)
    clips = {step.scene_id: step.key for step in film_steps(shop, project) if step.kind == "clip"}
    first = {step.scene_id: step.key for step in film_steps(shop, project, plan) if step.kind == "clip"}
    assert clips["bbbb"] == first["bbbb"]
    edited(studio, project, DuplicateScene(scene="bbbb"))
    assert len({step.key for step in film_steps(shop, project) if step.kind == "clip"}) == 3


def tone(sound: Any, at: float) -> float:
    """How strongly the 300 Hz of the recording is heard in the quarter of a second from there on."""
    part = sound[round(at * RATE) : round((at + 0.25) * RATE)]
    wave = np.exp(-2j * np.pi * 300 * np.arange(len(part)) / RATE) * np.hanning(len(part))
    return float(abs(part @ wave))


def filmed(shop: Shop, project: str) -> str:
    newest = planning.require(shop.studio, shop.owner, project)
    total = newest.quote.total
    job = approval.approve(shop.studio, shop.owner, project, revision=newest.number, total=total)
    shop.run()
    return job


def film_steps(shop: Shop, project: str, plan: Plan | None = None) -> list[Any]:
    plan = plan or planning.require(shop.studio, shop.owner, project).plan
    row = projects.rows.get_project(shop.db, shop.owner, project)
    return recipes.film_steps(shop.studio, row, plan)


def test_the_voice_of_the_recording_is_heard_with_its_lips_instead_of_a_spoken_line(
    shop, small_plan, ready, face, upload
):
    studio, project = shop.studio, begun(shop.studio, small_plan)
    picture = shown(studio, project, face, upload)
    source = given(studio, project, ready, upload)
    edited(studio, project, SetCharacter(asset=picture), ChangeSource(scene="bbbb", source=source))
    steps = {step.name: step for step in film_steps(shop, project)}
    assert (steps["voice-aaaa"].kind, steps["voice-bbbb"].kind) == ("voice", "played")
    assert steps["mix"].inputs["played"] == {"voice-bbbb": 2.5}
    assert "voice-bbbb" not in steps["mix"].inputs["starts"]


def test_a_recording_that_is_gone_is_told_before_anything_is_bought(shop, small_plan, face, recording, upload):
    project = begun(shop.studio, small_plan)
    gone = small_plan.but(character="nobody", scenes=(small_plan.scenes[0], small_plan.scenes[1].but(source=PLAYED)))
    with pytest.raises(BadInput, match="no longer there"):
        film_steps(shop, project, gone)


# What is said in the chat

GIVEN = (
    Given(asset="img", what="mara.png"),
    Given(asset="rec", what="me.mp4", kind="performance", source=PLAYED, is_new=True),
)


@pytest.mark.parametrize(
    "message",
    [
        "Let the character play this video in scene 2",
        "scene 2 plays my recording",
        "use this clip for scene 2",
        "use me.mp4 as the performance in scene 2",
        "for scene 2",
    ],
)
def test_the_offline_director_puts_a_recording_into_a_scene(small_plan, message):
    found = director.understand(message, small_plan, given=GIVEN)
    assert found.edits == (ChangeSource(scene="bbbb", source=PLAYED),), found


def test_the_offline_director_takes_it_out_again_and_says_when_there_is_none(small_plan):
    played = apply(small_plan, ChangeSource(scene="bbbb", source=PLAYED))
    out = director.understand("remove the recording from scene 2", played)
    assert out.edits == (ChangeSource(scene="bbbb", source=Source()),)
    missing = director.understand("let the character play my video in scene 2", small_plan)
    assert "no video for a character to play of yours here yet" in missing.answer


def test_a_language_model_puts_it_in_by_its_name(small_plan):
    call = ToolCall(
        id="1", name="change_source", arguments={"scene": 2, "source": "performance", "performance": "performance 1"}
    )
    offered = Offered(given=GIVEN)
    assert edit_of(call, small_plan, offered, frozenset()) == ChangeSource(scene="bbbb", source=PLAYED)
    with pytest.raises(ImpossibleEdit, match="no performance called"):
        edit_of(replace(call, arguments={**call.arguments, "performance": "video 9"}), small_plan, offered, frozenset())


def test_a_video_that_comes_with_a_message_is_a_recording_to_be_played(tmp_path, small_plan, recording, upload):
    with opened_studio(tmp_path / "data") as studio:
        project = begun(studio, small_plan)
        kept = attachments.receive(studio, studio.local_owner, project, upload(recording), "me.mov", "for scene 2")
        ((_, one),) = attachments.files(studio, studio.local_owner, project, [kept.id])
    assert (kept.kind, one.kind, one.is_new, one.source.seconds) == ("performance", "performance", True, SECONDS)
