"""Lines from elsewhere: trimmed, hurried at their own pitch, with every word where it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from core.domain.errors import BadMedia
from core.media import align, ffmpeg
from core.media.line import fit_line
from core.providers.local import voice

RATE = 48_000
TEXT = "Designed in Oslo, built by hand, and made to last a lifetime of winters. It costs 79 euros."


def nothing(_: float) -> None:
    """Take no notice of progress."""


def said(folder: Path, text: str = TEXT, who: str = "mara") -> tuple[str, dict[str, Any]]:
    """A line whose times are known."""
    path = str(folder / f"{who}.wav")
    return path, voice.speak(text=text, voice=who, rate=1, seconds=None, out=path, report=nothing)


def with_silence(path: str, before: float, after: float) -> str:
    rate, sound = wavfile.read(path)
    wavfile.write(
        path, rate, np.concatenate([np.zeros(round(before * rate)), sound, np.zeros(round(after * rate))]).astype("<i2")
    )
    return path


def fitted(path: str, folder: Path, seconds: float = 30.0, **changes: Any) -> dict[str, Any]:
    order = {"text": TEXT, "words": None, **changes}
    return fit_line(path=path, out=str(folder / "line.wav"), seconds=seconds, report=nothing, **order)


def pitch(sound: np.ndarray) -> float:
    """Hertz of a steady tone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * RATE / len(sound)


def starts_off(words: list[dict[str, Any]], true: list[dict[str, Any]], rate: float = 1.0) -> list[float]:
    return [abs(w["start"] * rate - t["start"]) for w, t in zip(words, true, strict=True)]


def test_silence_around_a_line_is_taken_off_and_its_words_move_along(tmp_path):
    path, true = said(tmp_path)
    late = [{**w, "start": w["start"] + 0.7, "end": w["end"] + 0.7} for w in true["words"]]
    got = fitted(with_silence(path, 0.7, 1.2), tmp_path, words=late)
    assert got["seconds"] == pytest.approx(true["seconds"], abs=0.08)
    assert got["fits"] and got["rate"] == 1.0
    assert max(starts_off(got["words"], true["words"])) < 0.03
    rate, sound = wavfile.read(tmp_path / "line.wav")
    assert rate == RATE and len(sound) / RATE == pytest.approx(got["seconds"], abs=0.001)


def test_a_line_that_is_a_little_too_long_is_hurried_to_fit_and_its_words_with_it(tmp_path):
    path, true = said(tmp_path)
    room = true["seconds"] / 1.1
    got = fitted(path, tmp_path, room, words=true["words"])
    assert got["fits"] and got["seconds"] <= room + 0.02
    assert got["rate"] == pytest.approx(1.1, abs=0.02)
    assert max(starts_off(got["words"], true["words"], got["rate"])) < 0.03
    _, hurried = wavfile.read(tmp_path / "line.wav")
    loud = np.abs(hurried.astype(float))
    for word in got["words"][1:]:  # there is sound where the words say that there is
        assert loud[round(word["start"] * RATE) : round(word["end"] * RATE)].max() > 300


def test_a_line_is_never_hurried_beyond_fifteen_percent_and_says_that_it_does_not_fit(tmp_path):
    path, true = said(tmp_path)
    got = fitted(path, tmp_path, true["seconds"] / 1.5, words=true["words"])
    assert not got["fits"]
    assert got["rate"] == pytest.approx(1.15)
    assert got["seconds"] == pytest.approx(true["seconds"] / 1.15, abs=0.05)
    assert got["words"][-1]["end"] <= got["seconds"]


def test_a_short_line_is_left_as_it_was_spoken(tmp_path):
    path, true = said(tmp_path)
    assert fitted(path, tmp_path, 25, words=true["words"])["rate"] == 1.0


def test_a_hurried_voice_keeps_its_pitch(tmp_path):
    t = np.arange(3 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 220 * t)
    wavfile.write(tmp_path / "tone.wav", RATE, (tone * 32767).astype("<i2"))
    got = fitted(str(tmp_path / "tone.wav"), tmp_path, 2.7, text="Aaaa")
    _, sound = wavfile.read(tmp_path / "line.wav")
    assert got["rate"] > 1.1
    assert pitch(sound[RATE // 2 : 2 * RATE]) == pytest.approx(220, abs=1)


def test_another_reading_of_the_line_tells_its_words_within_a_few_hundredths(tmp_path):
    guide, known = said(tmp_path)
    path, true = said(tmp_path, who="clara" if not _missing("clara") else "arthur")
    got = fitted(with_silence(path, 0.4, 0.4), tmp_path, guide={"path": guide, "words": known["words"]})
    assert [w["text"] for w in got["words"]] == TEXT.split()
    off = starts_off(got["words"], true["words"])
    assert np.median(off) < 0.04 and max(off) < 0.25


def _missing(name: str) -> bool:
    return next(bool(row["missing"]) for row in voice.voices() if row["id"] == name)


def test_words_are_estimated_from_the_sound_alone_better_than_by_their_letters(tmp_path):
    ours, letters = [], []
    for who in ("mara", "owen"):
        path, true = said(tmp_path, who=who)
        got = fitted(path, tmp_path)
        ours += starts_off(got["words"], true["words"])
        shares = np.cumsum([0] + [len(w) for w in TEXT.split()])[:-1] / sum(len(w) for w in TEXT.split())
        letters += [abs(s * true["seconds"] - w["start"]) for s, w in zip(shares, true["words"], strict=True)]
        edges = [e for w in got["words"] for e in (w["start"], w["end"])]
        assert edges == sorted(edges)
    assert np.median(ours) < 0.12
    assert np.mean(ours) < np.mean(letters)


@pytest.mark.parametrize(
    ("token", "least", "most"),
    [
        ("extraordinarily", 6, 8.5),
        ("cat", 1, 1.5),
        ("1,200", 5, 8),
        ("made", 1, 1.5),
        ("今日は", 3, 3),
        ("—", 0.5, 0.5),
    ],
)
def test_syllables_are_counted_about_right(token, least, most):
    assert least <= align.syllables(token) <= most


@pytest.mark.parametrize(
    "form",
    [
        ["-ar", "8000", "-ac", "1", "-c:a", "pcm_u8"],
        ["-ar", "192000", "-c:a", "pcm_f32le"],
        ["-af", "pan=5.1|FC=c0", "-c:a", "pcm_s24le"],
        ["-af", "pan=stereo|c0=c0|c1=-1*c0", "-c:a", "pcm_s16le"],
        ["-af", "dcshift=0.4", "-c:a", "pcm_s16le"],
    ],
    ids=["8 kHz and 8 bit", "192 kHz float", "5.1", "opposed channels", "offset"],
)
def test_strange_recordings_become_the_same_line(tmp_path, form):
    path, true = said(tmp_path, "Read one more page tonight.")
    strange = str(tmp_path / "strange.wav")
    ffmpeg.run(["-i", path, *form, strange], seconds=30)
    got = fitted(strange, tmp_path, text="Read one more page tonight.")
    _, sound = wavfile.read(tmp_path / "line.wav")
    assert got["seconds"] == pytest.approx(true["seconds"], abs=0.2)
    assert abs(sound.mean()) < 60
    assert np.sqrt((sound.astype(float) ** 2).mean()) > 300


@pytest.mark.parametrize("what", ["words", "silence", "nothing", "picture"])
def test_what_is_no_sound_is_refused_with_a_sentence(tmp_path, what):
    path = tmp_path / "bad.wav"
    if what == "words":
        path.write_text("this is no sound")
    elif what == "silence":
        wavfile.write(path, RATE, np.zeros(RATE, "<i2"))
    elif what == "nothing":
        wavfile.write(path, RATE, np.zeros(0, "<i2"))
    else:
        path = tmp_path / "film.mp4"
        ffmpeg.run(["-f", "lavfi", "-i", "testsrc2=d=0.2:s=64x64", str(path)], seconds=30)
    with pytest.raises(BadMedia, match="spoken line"):
        fitted(str(path), tmp_path)
