"""The mix: loudness and true peak against ffmpeg's own meter, ducking, sync and exact length."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import butter, correlate, sosfilt

from core.domain.errors import Broken
from core.media import ffmpeg, loudness, sound
from core.media.dynamics import ducking, limited, spoken

RATE = 48_000


def _write(path: Path, samples: np.ndarray) -> str:
    wavfile.write(path, RATE, (np.clip(samples, -1, 1) * 32767).astype("<i2").T)
    return str(path)


def _voice(path: Path, seconds: float, seed: int = 1) -> str:
    """Noise with a voice's colour and syllables, starting and ending loud."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    noise = sosfilt(butter(4, [400, 3500], "band", fs=RATE, output="sos"), rng.normal(0, 1, len(t)))
    return _write(path, 0.4 * noise * (0.65 + 0.35 * np.sin(2 * np.pi * 4 * t)))


def _music(path: Path, seconds: float) -> str:
    t = np.arange(int(seconds * RATE)) / RATE
    beat = 0.6 + 0.4 * np.exp(-((t * 2) % 1) * 4)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (110, 220.5, 277, 330)) * 0.1 * beat
    return _write(path, np.stack([chord, np.roll(chord, 300)]))


def _mix(folder: Path, *, lines=(), music=None, seconds=8.0, gain=0.0):
    out = str(folder / "mix.m4a")
    told: list[float] = []
    lines = [{"path": p, "start": s, "gain_db": g} for p, s, g in lines]
    answer = sound.mix(lines=lines, music=music, music_gain_db=gain, seconds=seconds, out=out, report=told.append)
    assert told == sorted(told) and told[-1] == 1.0
    return answer, out


def _ebur128(path: str) -> tuple[float, float]:
    words = ffmpeg.run(["-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"], seconds=60)
    return float(re.findall(r"I:\s+(\S+) LUFS", words)[-1]), float(re.findall(r"Peak:\s+(\S+) dBFS", words)[-1])


def _decode(path: str, folder: Path) -> np.ndarray:
    raw = folder / "decoded.f32"
    ffmpeg.run(["-i", path, "-f", "f32le", "-ac", "2", "-ar", str(RATE), str(raw)], seconds=60)
    return np.frombuffer(raw.read_bytes(), "<f4").reshape(-1, 2).T


@pytest.mark.parametrize("what", ["both", "voice", "music"])
def test_the_file_is_at_minus_fourteen_under_minus_one_by_ffmpegs_meter(tmp_path, what):
    lines = [(_voice(tmp_path / "v.wav", 2.0), 0.5, 0), (_voice(tmp_path / "w.wav", 2.0, 2), 4.5, 0)]
    music = _music(tmp_path / "m.wav", 8)
    answer, out = _mix(tmp_path, lines=lines if what != "music" else (), music=music if what != "voice" else None)
    lufs, peak = _ebur128(out)
    assert lufs == pytest.approx(-14, abs=0.35)
    assert peak <= -1.0
    assert answer["lufs"] == pytest.approx(lufs, abs=0.1)
    assert answer["true_peak_db"] == pytest.approx(peak, abs=0.25)


def test_spiky_sound_still_reaches_the_loudness_under_the_ceiling(tmp_path):
    clicks = np.zeros(6 * RATE)
    clicks[:: RATE // 3] = 0.9
    rng = np.random.default_rng(3)
    line = _write(tmp_path / "v.wav", clicks + 0.02 * rng.normal(0, 1, len(clicks)))
    _, out = _mix(tmp_path, lines=[(line, 0.5, 0)])
    lufs, peak = _ebur128(out)
    assert lufs == pytest.approx(-14, abs=0.5)
    assert peak <= -1.0


def test_music_steps_back_under_the_voice_and_returns_in_a_long_pause(tmp_path):
    lines = [(_voice(tmp_path / "v.wav", 2.0), 1.0, 0), (_voice(tmp_path / "w.wav", 2.0), 5.0, 0)]
    answer, out = _mix(tmp_path, lines=lines, music=_music(tmp_path / "m.wav", 8))
    assert -10 <= answer["duck_db"] <= -8
    heard = _decode(out, tmp_path).mean(axis=0)

    def tone(start: float, end: float) -> float:
        part = heard[int(start * RATE) : int(end * RATE)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) / len(part)
        middle = int(110 * len(part) / RATE)
        return 20 * float(np.log10(spectrum[middle - 3 : middle + 4].max()))

    assert tone(1.5, 2.5) - tone(3.5, 4.5) == pytest.approx(-9, abs=1.0)
    assert tone(0.2, 0.7) == pytest.approx(tone(3.5, 4.5), abs=1.0)


def test_short_pauses_do_not_pump_and_the_curve_is_smooth():
    voice = np.zeros(6 * RATE)
    rng = np.random.default_rng(1)
    for start, end in ((1.0, 2.0), (2.5, 3.0), (4.2, 5.0)):
        voice[int(start * RATE) : int(end * RATE)] = rng.normal(0, 0.1, round((end - start) * RATE))
    stretches = spoken(voice)
    assert [tuple(round(t, 1) for t in s) for s in stretches] == [(1.0, 3.0), (4.2, 5.0)]
    curve = ducking(stretches, len(voice))
    assert curve[int(2.25 * RATE)] == pytest.approx(-9)
    assert curve[int(1.0 * RATE)] == pytest.approx(-9, abs=0.1)  # it is down when the voice begins
    assert curve[int(3.6 * RATE)] == pytest.approx(0, abs=0.01)
    assert np.abs(np.diff(curve)).max() * RATE < 80  # dB a second


def test_voice_is_in_sync_within_ten_milliseconds_after_aac(tmp_path):
    path = _voice(tmp_path / "v.wav", 1.5)
    _, out = _mix(tmp_path, lines=[(path, 2.0, 0)], seconds=5)
    heard = _decode(out, tmp_path)[0]
    line = wavfile.read(path)[1] / 32768
    at = int(np.argmax(correlate(heard, line, "valid", "fft")))
    assert abs(at / RATE - 2.0) < 0.01


@pytest.mark.parametrize("seconds", [5.0, 5.017, 7.1])
def test_it_is_exactly_as_long_as_the_film(tmp_path, seconds):
    _, out = _mix(tmp_path, music=_music(tmp_path / "m.wav", 9), seconds=seconds)
    assert abs(_decode(out, tmp_path).shape[1] - seconds * RATE) <= 1024


def test_nothing_to_hear_is_a_valid_silent_track(tmp_path):
    answer, out = _mix(tmp_path, seconds=5)
    assert answer == {"lufs": None, "true_peak_db": None, "duck_db": 0.0}
    heard = _decode(out, tmp_path)
    assert abs(heard.shape[1] - 5 * RATE) <= 1024
    assert np.abs(heard).max() < 1e-4


def test_gains_of_a_line_and_of_the_music_change_the_balance(tmp_path):
    line, music = _voice(tmp_path / "v.wav", 3.0), _music(tmp_path / "m.wav", 8)

    def balance(**changes) -> float:
        order = {"lines": [(line, 1.0, changes.get("line", 0))], "gain": changes.get("music", 0)}
        heard = _decode(_mix(tmp_path, music=music, **order)[1], tmp_path)
        power = [float((heard[:, int(a * RATE) : int(b * RATE)] ** 2).mean()) for a, b in ((1.5, 3.5), (5, 7))]
        return 10 * np.log10(power[0] / power[1])

    usual = balance()
    assert balance(line=6) == pytest.approx(usual + 6, abs=1.5)
    assert balance(music=6) < usual - 4


def test_lines_of_unequal_recordings_come_out_equally_loud(tmp_path):
    quiet = wavfile.read(_voice(tmp_path / "v.wav", 2.0))[1] / 32768
    soft = _write(tmp_path / "soft.wav", quiet * 0.1)
    _, out = _mix(tmp_path, lines=[(str(tmp_path / "v.wav"), 0.5, 0), (soft, 4.5, 0)])
    heard = _decode(out, tmp_path)
    power = [(heard[:, int(a * RATE) : int((a + 2) * RATE)] ** 2).mean() for a in (0.5, 4.5)]
    assert 10 * np.log10(power[0] / power[1]) == pytest.approx(0, abs=0.5)


def test_lines_outside_the_film_are_left_off_without_harm(tmp_path):
    line = _voice(tmp_path / "v.wav", 2.0)
    answer, out = _mix(tmp_path, lines=[(line, 4.0, 0), (line, 9.0, 0)], seconds=5)
    assert answer["lufs"] == pytest.approx(-14, abs=0.5)
    assert abs(_decode(out, tmp_path).shape[1] - 5 * RATE) <= 1024


def test_the_same_mix_gives_the_same_bytes(tmp_path):
    order = {"lines": [(_voice(tmp_path / "v.wav", 2.0), 1.0, 0)], "music": _music(tmp_path / "m.wav", 5), "seconds": 5}
    first = Path(_mix(tmp_path, **order)[1]).read_bytes()
    assert Path(_mix(tmp_path, **order)[1]).read_bytes() == first


def test_a_sound_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"not a sound")
    with pytest.raises(Broken):
        _mix(tmp_path, lines=[(str(tmp_path / "bad.wav"), 0, 0)])


@pytest.mark.parametrize(
    "source",
    [
        "sine=f=997:d=6:r=48000,volume=-8dB,aformat=channel_layouts=stereo",
        "anoisesrc=d=6:c=pink:r=48000:a=0.3:seed=4,aformat=channel_layouts=stereo",
        "anoisesrc=d=6:c=white:r=44100:a=0.2:seed=5",
        "sine=f=60:d=6:r=48000,tremolo=f=0.3:d=1",
        "sine=f=5000:d=6:r=48000,volume=6dB",
    ],
)
def test_our_meter_agrees_with_ffmpegs_within_a_tenth(tmp_path, source):
    path = str(tmp_path / "tone.wav")
    ffmpeg.run(["-f", "lavfi", "-i", source, "-c:a", "pcm_s16le", path], seconds=60)
    lufs, peak = _ebur128(path)
    rate, samples = wavfile.read(path)
    samples = np.atleast_2d(samples.T) / 32768
    assert loudness.integrated(samples, rate) == pytest.approx(lufs, abs=0.1)
    assert loudness.true_peak_db(samples) == pytest.approx(peak, abs=0.25)


def test_the_meter_reads_a_reference_tone_and_silence():
    t = np.arange(5 * RATE) / RATE
    tone = np.stack([np.sin(2 * np.pi * 997 * t)] * 2) * 10 ** (-23 / 20)
    assert loudness.integrated(tone, RATE) == pytest.approx(-23, abs=0.05)
    curve = loudness.momentary(np.hstack([tone, np.zeros_like(tone)]), RATE, 0.1)
    assert len(curve) == 100
    assert curve[25] == pytest.approx(-23, abs=0.1)
    assert np.isneginf(curve[-5])
    assert np.isneginf(loudness.integrated(np.zeros((2, RATE)), RATE))
    assert np.isneginf(loudness.true_peak_db(np.zeros((1, 0))))


def test_the_true_peak_between_samples_is_found_and_limited():
    t = np.arange(RATE)
    between = np.sin(2 * np.pi * t / 4 + np.pi / 4)[None, :] * np.ones((2, 1))  # samples at 0.707, peaks at 1
    assert loudness.true_peak_db(between) == pytest.approx(0, abs=0.2)
    assert loudness.true_peak_db(limited(between, -1.5)) <= -1.4
