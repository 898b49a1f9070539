"""A person's own recording: when its words are said, who writes them down, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.db.slices import Claim
from core.domain.orders import Product
from core.domain.plan import Crew, Plan, Voice
from core.domain.shoot import Word
from core.domain.work import HERE
from core.media import samples
from core.media.recording import find_words
from core.providers.local.voice import speak
from core.services import approval, cutting, said
from core.services import studio as studios
from core.services.bench import Bench
from core.services.studio import Studio
from core.services.vendors import crew_card
from core.settings import Settings

TEXTS = ("The city is awake.", "Try it tonight, and taste the difference.")
GROQ = "groq/whisper-large-v3-turbo"


def quiet(_: float) -> None:
    """Nobody asks how far it is."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> tuple[Path, list[Word]]:
    """Two lines in the voice of somebody else, rests around them and some noise; and when each word is said."""
    folder = tmp_path_factory.mktemp("recording")
    parts, truth = [np.zeros(round(0.7 * samples.RATE))], []
    for text in TEXTS:
        at = sum(map(len, parts)) / samples.RATE
        line = str(folder / "line.wav")
        told = speak(text=text, voice="june", rate=1.1, seconds=None, out=line, report=quiet)
        truth += [Word(text=w["text"], start=at + w["start"], end=at + w["end"]) for w in told["words"]]
        parts += [samples.mono(samples.read(line, line)), np.zeros(samples.RATE)]
    sound = np.concatenate(parts)
    path = folder / "mine.wav"
    samples.write(str(path), sound + np.random.default_rng(1).normal(0, 0.002, len(sound)))
    return path, truth


def bench(studio: Studio, folder: Path, path: Path, **inputs: Any) -> Bench:
    kept = folder / "kept.wav"
    kept.write_bytes(path.read_bytes())
    asked = {"blob": studio.storage.put(kept), "text": " ".join(TEXTS), "voice": "mara", "seconds": 8.0, **inputs}
    names = {"step_id": "s", "job_id": "j", "owner": studio.local_owner, "project_id": "p", "label": "x", "key": "k"}
    claim = Claim(**names, fence=1, kind=said.STEP, revision=1, budget_id=None, inputs=asked, attempt=1)
    return Bench(studio=studio, claim=claim, scratch=folder, report=quiet, cancelled=lambda: False)


def test_the_words_of_a_recording_are_found_by_the_script(studio, tmp_path, recording):
    path, truth = recording
    made = said.laid_over(bench(studio, tmp_path, path)).result
    found = [Word.model_validate(w) for w in made["words"]]
    assert made["by"] == "", "nobody heard them: they are taken from the script"
    assert [w.text for w in found] == [w.text for w in truth]
    assert max(abs(a.start - b.start) for a, b in zip(found, truth, strict=True)) < 0.1
    assert max(abs(a.end - b.end) for a, b in zip(found, truth, strict=True)) < 0.1, "rests are no words"
    alone = find_words(
        path=str(path), text=" ".join(TEXTS), guide=None, beside=str(tmp_path / "x"), seconds=8, report=quiet
    )
    assert len(alone) == len(truth) and abs(alone[0]["start"] - truth[0].start) < 0.1


def test_words_of_a_recording_that_goes_on_after_the_film_stand_where_they_are_said(studio, tmp_path, recording):
    path, truth = recording
    cut = truth[-3].start + 0.05
    found = [Word.model_validate(w) for w in said.laid_over(bench(studio, tmp_path, path, seconds=cut)).result["words"]]
    assert [w.text for w in found] == [w.text for w in truth[:-2]], "the others are not heard"
    assert max(abs(a.start - b.start) for a, b in zip(found, truth, strict=False)) < 0.1


def test_it_is_told_that_captions_show_a_script_nobody_has_listened_for():
    shown, words = {"captions": {"enabled": True}}, [{"text": "Try", "start": 0.0, "end": 0.2}]
    (told,) = cutting.unheard(shown, {"hear": {"words": words, "by": ""}})
    assert "no model has listened" in told
    assert cutting.unheard(shown, {"hear": {"words": words, "by": GROQ}}) == []
    assert cutting.unheard({"captions": {"enabled": False}}, {"hear": {"words": words, "by": ""}}) == []
    assert cutting.unheard(shown, {}) == []


def test_only_what_is_heard_in_the_film_is_sent_and_what_comes_back_is_spelled_as_written(studio, tmp_path, recording):
    here = bench(studio, tmp_path, recording[0], seconds=2.0)
    card = next(c for c in studio.cards if c.id == GROQ)
    order = said.ordered(here, card)
    with av.open(str(order.path)) as sound:
        assert sound.duration / av.time_base == pytest.approx(2.0, abs=0.1)
    assert order.seconds == 2.0
    heard = tuple(Word(text=w, start=i, end=i + 0.5) for i, w in enumerate(("the", "citty", "is", "awake")))
    made = said.received(here, Product(text="the citty is awake", words=heard), GROQ).result
    assert [w["text"] for w in made["words"]] == ["The", "city", "is", "awake."] and made["by"] == GROQ
    untimed = said.received(here, Product(text="the city is awake"), GROQ).result["words"]
    assert [w["text"] for w in untimed] == ["The", "city", "is", "awake."]
    assert untimed[0]["start"] == pytest.approx(recording[1][0].start, abs=0.1), (
        "timed here, where the model tells none"
    )


def test_a_recording_is_written_down_by_the_plans_model_at_a_price_else_here_for_nothing(tmp_path, small_plan):
    settings = Settings(data_dir=tmp_path, min_free_mb=0, groq_api_key="key", _env_file=None)
    studio = studios.open_studio(settings)
    try:
        own = small_plan.but(voice=Voice(own="mine"))
        assert said.step(studio, small_plan, None) is None, "the voice of a line tells its words"
        assert said.step(studio, _silent(own), "blob") is None, "there is nothing to find its words by"
        here = said.step(studio, own, "blob")
        assert here is not None and here.pool == HERE
        assert "words" not in {line.component for line in approval.quote_plan(studio, own).lines}
        bought = own.but(crew=Crew(transcription=GROQ))
        there = said.step(studio, bought, "blob")
        assert there is not None and there.pool == "groq" and there.inputs["models"] == [GROQ]
        (line,) = [x for x in approval.quote_plan(studio, bought).lines if x.component == "words"]
        assert line.label == "Words of your recording" and line.amount > 0
        assert crew_card(studio, bought, "transcription")
    finally:
        studio.db.close()


def _silent(plan: Plan) -> Plan:
    return plan.but(scenes=tuple(scene.but(narration="") for scene in plan.scenes))
