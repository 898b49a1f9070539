"""The offline voices: timing, fitting, hostile text, level. Real engines, measured sound."""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core import facts
from core.domain.errors import BadInput
from core.isolation import run_apart
from core.providers.local import voice as module
from core.providers.local.speech import flite, reading
from core.providers.local.voice import speak, voices

LINE = "Every morning starts the same way. Emails, meetings, noise."
PRICES = "Only $1,299 today — save 24% 🎉 and run 24/7, with café & 25°C!"
needs_flite = pytest.mark.skipif(not flite.is_installed("slt"), reason="libflite1 is not installed")
ENGINES = ["mara", pytest.param("clara", marks=needs_flite)]


def _speak(folder: Path, text: str, *, voice="mara", rate=1.0, seconds=None):
    out = str(folder / "line.wav")
    return speak(text=text, voice=voice, rate=rate, seconds=seconds, out=out, report=lambda _: None), out


def _samples(path: str) -> np.ndarray:
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def _decibels(samples: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(samples**2)) + 1e-9))


@pytest.mark.parametrize("voice", ENGINES)
@pytest.mark.parametrize("text", [LINE, PRICES, "Go.", "«Hola» (again), re-use it... wait"])
def test_every_written_token_has_its_time_in_order(tmp_path, voice, text):
    said, _ = _speak(tmp_path, text, voice=voice)
    assert [w["text"] for w in said["words"]] == text.split()
    assert all(w["start"] < w["end"] for w in said["words"])
    assert all(a["end"] <= b["start"] + 1e-9 for a, b in pairwise(said["words"]))
    assert said["words"][0]["start"] >= 0
    assert said["words"][-1]["end"] <= said["seconds"] + 0.001


@pytest.mark.parametrize("voice", ENGINES)
def test_a_number_takes_the_time_of_all_its_spoken_words(tmp_path, voice):
    said, _ = _speak(tmp_path, PRICES, voice=voice)
    length = {w["text"]: w["end"] - w["start"] for w in said["words"]}
    assert length["$1,299"] > 1.5  # one thousand two hundred ninety-nine dollars
    assert length["24%"] > 0.6
    assert length["🎉"] < 0.3


@pytest.mark.parametrize("voice", ENGINES)
def test_the_file_begins_at_the_first_sound(tmp_path, voice):
    _, out = _speak(tmp_path, LINE, voice=voice)
    samples = _samples(out)
    audible = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 0.02)
    assert audible[0] / 48_000 <= 0.020


@pytest.mark.parametrize("voice", ENGINES)
def test_words_after_a_pause_start_at_the_onset_of_their_sound(tmp_path, voice):
    said, out = _speak(tmp_path, "Bring bread. Bake cakes. Drink tea.", voice=voice)
    samples = _samples(out)
    power = np.convolve(samples**2, np.ones(480) / 480, "same")
    loud = power > power.max() * 10 ** (-32 / 10)
    edges = np.flatnonzero(np.diff(loud.astype(int)) == 1) / 48_000
    pauses = [t for t in edges if t > 0.05 and not loud[int((t - 0.06) * 48_000) : int((t - 0.005) * 48_000)].any()]
    starts = [said["words"][i]["start"] for i in (2, 4)]
    for start in starts:
        assert min(abs(start - t) for t in pauses) < 0.06


@pytest.mark.parametrize("voice", ENGINES)
def test_a_word_before_a_pause_ends_with_its_sound(tmp_path, voice):
    said, out = _speak(tmp_path, "We roast on Monday morning. It stands at your door.", voice=voice)
    samples, morning = _samples(out), said["words"][4]
    power = np.convolve(samples**2, np.ones(480) / 480, "same")
    loud = np.flatnonzero(power[: int((said["words"][5]["start"] - 0.03) * 48_000)] > power.max() * 10 ** (-40 / 10))
    assert abs(loud[-1] / 48_000 - morning["end"]) < 0.1


def test_a_long_line_is_hurried_to_fit_and_never_cut(tmp_path):
    natural, _ = _speak(tmp_path, LINE)
    room = natural["seconds"] * 0.92
    fitted, _ = _speak(tmp_path, LINE, seconds=room)
    assert fitted["seconds"] <= room
    assert 1.0 < fitted["rate"] <= 1.15


def test_what_cannot_fit_stops_where_it_would_sound_hurried_with_all_its_words(tmp_path):
    said, _ = _speak(tmp_path, LINE, seconds=0.5)
    assert said["rate"] == pytest.approx(1.15)
    assert said["seconds"] > 0.5
    assert len(said["words"]) == len(LINE.split())


def test_a_line_that_fits_keeps_the_asked_rate(tmp_path):
    said, _ = _speak(tmp_path, LINE, rate=0.9, seconds=30)
    assert said["rate"] == 0.9


@pytest.mark.parametrize("text", ["", "   \n", "🎉🎉 ✨", "— … !?", "\x00\x01\ufeff"])
def test_text_without_a_sound_gives_a_short_silence(tmp_path, text):
    said, out = _speak(tmp_path, text)
    assert (said["seconds"], said["words"]) == (0, [])
    assert len(_samples(out)) == 2400
    assert not _samples(out).any()


@pytest.mark.parametrize(
    "text",
    [
        "<speak><audio src='http://example.com/x.mp3'/></speak> hello",
        "\x01150p hello \x0150s there",
        "[[h@'loU]] hello %s %n ../../etc/passwd",
        "hello " * 66,
        "x" * 400,
        "Привет мир это кофе",
        "毎日コーヒーを飲みます",
        "مرحبا بالعالم",
        "𝗕𝗼𝗹𝗱 ｆｕｌｌ ½ №5 \u202ereversed",
        "e\u0301" * 100,
    ],
)
def test_hostile_or_foreign_text_is_just_text(tmp_path, text):
    said, out = _speak(tmp_path, text)
    assert [w["text"] for w in said["words"]] == text.split()
    assert 0 < said["seconds"] < 120
    assert np.abs(_samples(out)).max() < 0.75


@pytest.mark.parametrize("voice", ENGINES)
def test_the_same_line_gives_the_same_bytes_in_a_process_of_its_own(tmp_path, voice):
    heard = set()
    for name in ("first.wav", "again.wav"):
        order = {"text": PRICES, "voice": voice, "rate": 1.0, "seconds": 6.5, "out": str(tmp_path / name)}
        run_apart("core.providers.local.voice:speak", order, seconds=60)
        heard.add((tmp_path / name).read_bytes())
    assert len(heard) == 1


@pytest.mark.parametrize("row", voices(), ids=lambda row: row["id"])
def test_every_voice_is_clean_and_equally_loud(tmp_path, row):
    _, out = _speak(tmp_path, "Fresh coffee, six simple steps. Taxi, Madrid, Berlin, Paris.", voice=row["id"])
    samples = _samples(out)
    blocks = samples[: len(samples) // 4800 * 4800].reshape(-1, 4800)
    levels = np.array([_decibels(b) for b in blocks])
    assert -21.5 < _decibels(blocks[levels > levels.max() - 25].ravel()) < -18.5
    assert np.abs(samples).max() <= 10 ** (-3 / 20) + 0.002
    assert abs(samples.mean()) < 1e-4


def test_an_unknown_voice_is_refused_with_the_names_there_are(tmp_path):
    with pytest.raises(BadInput, match="nobody"):
        _speak(tmp_path, LINE, voice="nobody")


def test_a_voice_without_its_library_is_stood_in_for(tmp_path, monkeypatch):
    rows = [{**row, "missing": row["engine"] == "flite"} for row in voices()]
    monkeypatch.setattr(module, "voices", lambda: rows)
    said, _ = _speak(tmp_path, LINE, voice="clara")
    assert said["voice"] == "mara"


def test_the_table_of_voices_is_whole():
    rows = {row["id"]: row for row in facts.voices()}
    assert rows["mara"]["engine"] == "espeak"
    assert rows["mara"]["gender"] == "female"
    assert {row["language"][:2] for row in rows.values()} >= {"en", "es", "de", "fr", "it", "pt"}
    for row in rows.values():
        assert row["name"] and row["description"] and row["gender"] in ("female", "male")
        if row["engine"] == "flite":
            assert row["needs"] == "libflite1"
            assert rows[row["fallback"]]["engine"] == "espeak"


@pytest.mark.parametrize(
    ("token", "language", "said"),
    [
        ("$49.99", "en-us", "49 dollars and 99 cents"),
        ("$1", "en-us", "1 dollar"),
        ("$5M", "en-us", "5 million dollars"),
        ("€20,", "de", "20 Euro,"),
        ("$1,299.", "en-us", "1,299 dollars."),
        ("24/7", "en-us", "24 7"),
        ("3x", "en-us", "3 times"),
        ("#1", "en-us", "number 1"),
        ("Q&A", "en-us", "Q and A"),
        ("don’t", "en-us", "don’t"),
        ("100%!", "en-us", "100 percent!"),
    ],
)
def test_symbols_are_read_as_people_read_them(token, language, said):
    assert reading.readings([token], language) == [said]
