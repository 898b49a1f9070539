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


def _mix(folder: Path, *, lines=(), music=None, seconds=8.0, gain=0.0, **more):
    out = str(folder / "mix.m4a")
    told: list[float] = []
    lines = [{"path": p, "start": s, "gain_db": g} for p, s, g in lines]
    answer = sound.mix(
        lines=lines, music=music, music_gain_db=gain, seconds=seconds, out=out, report=told.append, **more
    )
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


def test_a_click_alone_is_softer_rather_than_too_high(tmp_path):
    click = _write(tmp_path / "click.wav", np.r_[1.0, -1.0, np.zeros(RATE // 4)])
    answer, out = _mix(tmp_path, effects=[_effect(click, 4.0)])
    assert _ebur128(out)[1] <= -1
    assert answer["lufs"] is not None


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
    assert answer == {"lufs": None, "true_peak_db": None, "duck_db": 0.0, "silent": [], "cut_off": []}
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


def _level(heard: np.ndarray, start: float, end: float) -> float:
    """Mean power in dB."""
    return 10 * float(np.log10((heard[:, int(start * RATE) : int(end * RATE)] ** 2).mean() + 1e-12))


def _effect(path: str, start: float, *, seconds: float | None = None, into: float = 0.0, out: float = 0.0) -> dict:
    return {"path": path, "start": start, "gain_db": 0.0, "seconds": seconds, "into": into, "out": out}


def test_effects_are_heard_at_their_time_and_end_with_their_scene(tmp_path):
    line = (_voice(tmp_path / "v.wav", 2.0), 0.5, 0)
    hit = _write(tmp_path / "hit.wav", 0.02 * np.random.default_rng(1).normal(0, 1, RATE // 4))
    rain = _write(tmp_path / "rain.wav", 0.9 * np.random.default_rng(2).uniform(-1, 1, (2, 6 * RATE)))
    alone, _ = _mix(tmp_path, lines=[line])
    quiet = _decode(str(tmp_path / "mix.m4a"), tmp_path)
    answer, out = _mix(tmp_path, lines=[line], effects=[_effect(hit, 4.0), _effect(rain, 5.0, seconds=2.0)])
    heard = _decode(out, tmp_path)
    assert _level(quiet, 4.0, 4.2) < -60 < -45 < _level(heard, 4.0, 4.2)
    assert _level(heard, 5.6, 6.4) > -50
    assert _level(heard, 7.1, 8.0) < -60
    # a soft file and a loud one come out as levels of their own kind, and the voice stays in front
    assert _level(heard, 0.7, 2.3) - _level(heard, 5.6, 6.4) > 6
    assert answer["lufs"] == pytest.approx(-14, abs=0.4) and answer["true_peak_db"] <= -1
    assert alone["silent"] == answer["silent"] == []


@pytest.mark.parametrize("join", [0.2, 0.467])
def test_ambience_crosses_into_that_of_the_next_scene_without_a_hole(tmp_path, join):
    noise = [np.random.default_rng(n).uniform(-0.5, 0.5, (2, 4 * RATE)) for n in (1, 2)]
    first, second = (_write(tmp_path / f"{n}.wav", sound) for n, sound in enumerate(noise))
    before = _effect(first, 0.0, seconds=3.0 + join, out=join)
    _, out = _mix(tmp_path, effects=[before, _effect(second, 3.0, seconds=3.0, into=join)])
    heard = _decode(out, tmp_path)
    at_the_join = [_level(heard, t, t + 0.05) for t in np.arange(2.9, 3.0 + join + 0.05, 0.05)]
    assert max(at_the_join) - min(at_the_join) < 1.5
    assert abs(_level(heard, 1, 2) - np.mean(at_the_join)) < 1


def test_a_recording_of_the_persons_is_heard_instead_of_the_lines(tmp_path):
    line = (_voice(tmp_path / "v.wav", 2.0), 1.0, 0)
    own = _voice(tmp_path / "own.wav", 3.0, seed=9)
    music = _music(tmp_path / "m.wav", 8)
    answer, out = _mix(tmp_path, lines=[line], music=music, voice_over={"path": own, "gain_db": 0.0})
    heard = _decode(out, tmp_path).mean(axis=0)
    found = correlate(heard, wavfile.read(own)[1] / 32768, "valid", "fft")
    assert abs(int(np.argmax(found))) < RATE // 100
    assert answer["duck_db"] < -7
    other = wavfile.read(tmp_path / "v.wav")[1] / 32768
    assert np.abs(correlate(heard, other, "valid", "fft")).max() < 0.2 * found.max()


def test_a_recording_longer_than_the_film_ends_with_it_without_a_click(tmp_path):
    own = _voice(tmp_path / "own.wav", 8.0)
    answer, out = _mix(tmp_path, voice_over={"path": own, "gain_db": 0.0}, seconds=5)
    assert answer["cut_off"] == [own]
    heard = _decode(out, tmp_path)
    assert abs(heard.shape[1] - 5 * RATE) <= 1024
    assert np.abs(heard[:, 5 * RATE - 200 : 5 * RATE]).max() < 0.05


def test_a_whole_track_keeps_its_two_sides_and_one_side_alone_is_heard_on_both(tmp_path):
    voice, music = (
        wavfile.read(p)[1].T / 32768 for p in (_voice(tmp_path / "v.wav", 3), _music(tmp_path / "m.wav", 3))
    )
    track = _write(tmp_path / "track.wav", np.stack([voice + music[0], voice + 2 * np.roll(music[1], 4000)]) / 2)
    half = _write(tmp_path / "half.wav", np.stack([voice, 0.02 * voice]))
    for path, wide in ((track, True), (half, False)):
        answer, out = _mix(tmp_path, voice_over={"path": path, "gain_db": 0.0}, seconds=3)
        heard = _decode(out, tmp_path)
        between = np.sqrt(((heard[0] - heard[1]) ** 2).mean()) / np.sqrt((heard**2).mean())
        assert (between > 0.2) == wide
        assert answer["cut_off"] == answer["silent"] == []
        assert _ebur128(out)[0] == pytest.approx(-14, abs=0.5)


def test_the_music_comes_up_in_the_pauses_of_a_noisy_recording(tmp_path):
    rng = np.random.default_rng(5)
    noisy = 0.01 * rng.normal(0, 1, 8 * RATE)
    speech = wavfile.read(_voice(tmp_path / "v.wav", 2.0))[1] / 32768
    for start in (0.5, 5.0):
        noisy[int(start * RATE) : int(start * RATE) + len(speech)] += speech
    assert [round(t, 1) for stretch in spoken(noisy) for t in stretch] == [0.5, 2.5, 5.0, 7.0]


def test_sounds_without_anything_in_them_are_told_and_harm_nothing(tmp_path):
    silent = _write(tmp_path / "silent.wav", np.zeros(RATE))
    line = _voice(tmp_path / "v.wav", 2.0)
    answer, out = _mix(tmp_path, lines=[(line, 0.5, 0), (silent, 3.0, 0)], music=silent, effects=[_effect(silent, 1.0)])
    assert answer["silent"] == [silent] * 3
    assert _ebur128(out)[0] == pytest.approx(-14, abs=0.4)


@pytest.mark.parametrize(
    "form",
    [
        ["-ar", "8000", "-ac", "1", "-c:a", "pcm_u8"],
        ["-ar", "192000", "-c:a", "pcm_f32le"],
        ["-af", "pan=5.1|FC=c0|LFE=c0|BL=0.5*c0", "-c:a", "pcm_s24le"],
        ["-af", "pan=stereo|c0=c0|c1=-1*c0"],
        ["-af", "dcshift=0.5"],
        ["-af", "volume=30dB"],
        ["-af", "volume=18dB", "-c:a", "pcm_f32le"],
        ["-af", "volume=-45dB", "-c:a", "pcm_f32le"],
        ["-af", "volume=-52dB", "-c:a", "pcm_s24le"],
    ],
    ids=["8 kHz", "192 kHz", "5.1", "opposed", "offset", "clipped", "over full scale", "whispered", "hardly there"],
)
def test_strange_inputs_come_out_at_the_loudness_unclipped_and_without_offset(tmp_path, form):
    strange = [str(tmp_path / name) for name in ("line.wav", "music.wav")]
    for source, path in zip((_voice(tmp_path / "v.wav", 2.0), _music(tmp_path / "m.wav", 5)), strange, strict=True):
        ffmpeg.run(["-i", source, "-af", "anull", *form, path], seconds=30)
    answer, out = _mix(tmp_path, lines=[(strange[0], 1.0, 0)], music=strange[1], seconds=5)
    lufs, peak = _ebur128(out)
    heard = _decode(out, tmp_path)
    assert lufs == pytest.approx(-14, abs=0.5)
    assert peak <= -1.0
    assert np.abs(heard.mean(axis=1)).max() < 1e-3
    assert answer["silent"] == []
    assert _level(heard, 1.2, 2.8) > _level(heard, 3.5, 4.5) + 3  # the voice is there, in front of the music
