"""Music beds from any piece: exact length, loops that keep the beat, fades, and never silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from core.domain.errors import BadMedia
from core.media.bed import fit_bed, fit_effect
from core.providers.local.music import compose

RATE = 48_000


def nothing(_: float) -> None:
    """Take no notice of progress."""


def a_beat(path: Path, seconds: float, bpm: float = 120.0, *, silence: float = 0.0) -> str:
    """A steady beat with a phrase of four notes over it, and silence at both ends."""
    t = np.arange(round(seconds * RATE)) / RATE
    beat = 60 / bpm
    inside = np.mod(t, beat)
    drum = np.sin(2 * np.pi * 70 * inside) * np.exp(-inside * 25)
    note = np.array([220.0, 277.2, 329.6, 247.0])[(t / beat).astype(int) % 4]
    tone = np.sin(2 * np.pi * np.cumsum(note) / RATE) * 0.3 * np.exp(-inside * 4)
    quiet = np.zeros(round(silence * RATE))
    sound = np.concatenate([quiet, 0.5 * (drum + tone), quiet])
    wavfile.write(path, RATE, (np.stack([sound, sound], 1) * 32767).astype("<i2"))
    return str(path)


def bed(path: str, folder: Path, seconds: float) -> tuple[dict, np.ndarray]:
    out = folder / "bed.wav"
    answer = fit_bed(path=path, out=str(out), seconds=seconds, report=nothing)
    rate, sound = wavfile.read(out)
    assert rate == RATE and sound.shape == (round(seconds * RATE), 2)
    return answer, sound.astype(float) / 32768


def beats(sound: np.ndarray) -> np.ndarray:
    """Seconds at which the drum is struck."""
    mono = np.abs(sound.mean(1))
    fast = np.convolve(mono, np.ones(480) / 480, "same")
    rise = np.maximum(0, fast[960:] - fast[:-960])
    found, last = [], -RATE
    for i in np.flatnonzero(rise > 0.5 * rise.max()):
        if i - last > RATE // 4:
            found.append(i / RATE)
            last = i
    return np.array(found)


def test_a_longer_piece_is_trimmed_and_fades_out(tmp_path):
    answer, sound = bed(a_beat(tmp_path / "m.wav", 12), tmp_path, 6.5)
    assert answer["looped"] == 0
    power = (sound**2).mean(1)
    assert power[-RATE // 10 :].mean() < 0.05 * power[2 * RATE : 4 * RATE].mean()
    assert np.abs(sound[-1]).max() < 1e-3


def test_a_shorter_piece_is_looped_on_the_beat_and_nowhere_silent(tmp_path):
    answer, sound = bed(a_beat(tmp_path / "m.wav", 9.3), tmp_path, 30)
    assert answer["looped"] >= 2
    assert answer["bpm"] == pytest.approx(120, rel=0.02)
    gaps = np.diff(beats(sound[: 28 * RATE]))
    assert np.abs(gaps - 0.5).max() < 0.02
    half_seconds = np.abs(sound[: 28 * RATE]).reshape(-1, RATE // 2, 2).max((1, 2))
    assert half_seconds.min() > 0.1


def test_silence_at_the_ends_of_a_file_is_not_played_again_and_again(tmp_path):
    _, sound = bed(a_beat(tmp_path / "m.wav", 6, silence=1.5), tmp_path, 15)
    assert np.abs(sound[: 13 * RATE]).reshape(-1, RATE // 2, 2).max((1, 2)).min() > 0.1


def test_the_composers_own_music_goes_round_without_a_jump(tmp_path):
    piece = str(tmp_path / "m.wav")
    compose(seconds=8, bpm=120, mood="warm", seed=3, cuts=[], accents=[], sections=[[0, 3]], out=piece, report=nothing)
    _, sound = bed(piece, tmp_path, 14)
    steps = np.abs(np.diff(sound.mean(1)))
    _, once = wavfile.read(piece)
    assert steps.max() <= 1.2 * np.abs(np.diff(once.astype(float).mean(1) / 32768)).max()


def test_the_same_piece_gives_the_same_bytes(tmp_path):
    piece = a_beat(tmp_path / "m.wav", 5)
    bed(piece, tmp_path, 12)
    first = (tmp_path / "bed.wav").read_bytes()
    bed(piece, tmp_path, 12)
    assert (tmp_path / "bed.wav").read_bytes() == first


def test_music_that_cannot_be_heard_or_is_a_click_is_refused(tmp_path):
    wavfile.write(tmp_path / "silent.wav", RATE, np.zeros(3 * RATE, "<i2"))
    with pytest.raises(BadMedia, match="silent"):
        bed(str(tmp_path / "silent.wav"), tmp_path, 6)
    with pytest.raises(BadMedia, match="shorter than a second"):
        bed(a_beat(tmp_path / "m.wav", 0.4), tmp_path, 6)


def test_an_effect_from_elsewhere_begins_at_its_first_sound(tmp_path):
    piece = a_beat(tmp_path / "m.wav", 1.5, silence=2)
    answer = fit_effect(path=piece, out=str(tmp_path / "e.wav"), report=nothing)
    assert answer["seconds"] == pytest.approx(1.5, abs=0.1)
