"""The instruments: one note each, as samples at 48 kHz; mono `(n,)` or stereo `(2, n)`."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

RATE = 48_000
TABLE = 4096
Sound = NDArray[np.float64]


def hertz(note: float) -> float:
    """Frequency of a MIDI note."""
    return float(440 * 2 ** ((note - 69) / 12))


def samples(seconds: float) -> int:
    """Whole samples."""
    return round(seconds * RATE)


def envelope(length: int, attack: float, decay: float, sustain: float, release: float) -> Sound:
    """Attack, decay, sustain, release (seconds and level); it ends on zero."""
    rise, fall, end = samples(attack), samples(decay), min(length, samples(release))
    points = [0, rise, rise + fall, max(rise + fall, length - end) + 1]
    shape = np.interp(np.arange(length), points, [0, 1, sustain, sustain])
    if end:
        shape[-end:] *= np.cos(np.linspace(0, np.pi / 2, end)) ** 2
    return shape


@cache
def _saw_table(harmonics: int, softness: float) -> Sound:
    """One cycle of a saw with that many harmonics, the upper ones weakened: nothing can alias."""
    k = np.arange(1, harmonics + 1)
    spectrum = np.zeros(TABLE // 2 + 1, dtype=np.complex128)
    spectrum[1 : harmonics + 1] = -1j / k * np.exp(-((k / harmonics) ** 2) * softness) * TABLE / 2
    cycle = np.fft.irfft(spectrum, TABLE)
    return np.asarray(cycle / np.abs(cycle).max())


def _saw(frequency: float, length: int, cutoff: float, phase: float = 0.0) -> Sound:
    """A saw whose harmonics fade out towards `cutoff` hertz."""
    harmonics = int(max(2, min(cutoff, 15000) / frequency))
    table = _saw_table(harmonics, 2.5)
    position = (phase + np.arange(length) * frequency / RATE) % 1 * TABLE
    return np.asarray(np.interp(position, np.arange(TABLE + 1), np.append(table, table[0])))


def pad(note: int, seconds: float, brightness: float) -> Sound:
    """A slow wide chord tone: five saws, slightly apart, drifting between the sides."""
    length, frequency = samples(seconds + 0.9), hertz(note)
    rng = np.random.default_rng(note)
    t = np.arange(length) / RATE
    left, right = np.zeros(length), np.zeros(length)
    for k, cents in enumerate((-9.0, -4.0, 0.0, 5.0, 10.0)):
        voice = _saw(frequency * 2 ** (cents / 1200), length, 900 + 5200 * brightness, rng.random())
        side = 0.5 + 0.42 * np.sin(2 * np.pi * (0.07 + 0.03 * k) * t + 1.9 * k)
        left += voice * np.sqrt(1 - side)
        right += voice * np.sqrt(side)
    return np.stack([left, right]) * envelope(length, 0.28, 0.5, 0.8, 0.9) * 0.13


def pluck(note: int, seconds: float, brightness: float) -> Sound:
    """A plucked string (Karplus and Strong)."""
    length, frequency = samples(min(2.2, seconds + 0.8)), hertz(note)
    period = RATE / frequency - 0.5
    whole = int(period)
    rng = np.random.default_rng(note)
    burst = rng.uniform(-1, 1, whole)
    softened = lfilter([1 - 0.75 * (1 - brightness)], [1, -0.75 * (1 - brightness)], burst)
    excitation = np.zeros(length)
    excitation[: min(whole, length)] = (softened - softened.mean())[:length]
    fraction, damping = period - whole, 0.996
    feedback = np.zeros(whole + 3)
    feedback[0] = 1
    # half-sample averaging is the string's damping; linear interpolation tunes it
    feedback[whole] = -damping * 0.5 * (1 - fraction)
    feedback[whole + 1] = -damping * 0.5
    feedback[whole + 2] = -damping * 0.5 * fraction
    string = lfilter([1.0], feedback, excitation)
    t = np.arange(length) / RATE
    string = np.asarray(string * np.exp(-t * 1.8) * envelope(length, 0.001, 0, 1, 0.15))
    return np.asarray(string / (np.abs(string).max() + 1e-9) * 0.6)


def keys(note: int, seconds: float, brightness: float) -> Sound:
    """A soft electric piano: a sine bent by another, with a tine on top."""
    length, frequency = samples(min(2.6, seconds + 1.1)), hertz(note)
    t = np.arange(length) / RATE
    bend = (0.5 + 0.9 * brightness) * np.sin(2 * np.pi * frequency * t) * np.exp(-t * 4.5)
    tine = 0.10 * brightness * np.sin(2 * np.pi * frequency * 14 * t) * np.exp(-t * 18)
    tone = np.sin(2 * np.pi * frequency * t + bend + tine) + 0.18 * np.sin(4 * np.pi * frequency * t) * np.exp(-t * 3)
    return tone * np.exp(-t * 1.9) * envelope(length, 0.004, 0, 1, 0.3) * 0.5


def bell(note: int, seconds: float, brightness: float) -> Sound:
    """A small glassy bell."""
    length, frequency = samples(min(2.8, seconds + 1.4)), hertz(note)
    t = np.arange(length) / RATE
    partials = ((1.0, 1.0, 1.7), (2.0, 0.35, 2.6), (3.01, 0.22 * brightness, 4.5), (5.43, 0.12 * brightness, 9.0))
    tone = sum(g * np.sin(2 * np.pi * frequency * r * t) * np.exp(-t * d) for r, g, d in partials)
    return np.asarray(tone) * envelope(length, 0.003, 0, 1, 0.4) * 0.4


def pulse(note: int, seconds: float, brightness: float) -> Sound:
    """A short synthesiser note whose filter closes."""
    length, frequency = samples(min(0.4, seconds) + 0.12), hertz(note)
    t = np.arange(length) / RATE
    opening = np.exp(-t * 11)
    bright = _saw(frequency, length, 1500 + 5000 * brightness) + _saw(
        frequency * 1.004, length, 4000 * brightness + 900
    )
    dark = _saw(frequency, length, 500 + 500 * brightness) * 2
    return np.asarray((bright * opening + dark * (1 - opening)) * envelope(length, 0.003, 0.12, 0.45, 0.1) * 0.22)


def bass(note: int, seconds: float, brightness: float) -> Sound:
    """A round bass; the overtones let small speakers hear it."""
    length, frequency = samples(seconds + 0.06), hertz(note)
    t = np.arange(length) / RATE
    tone = np.sin(2 * np.pi * frequency * t) + 0.35 * np.sin(4 * np.pi * frequency * t) * np.exp(-t * 2)
    tone = np.tanh(1.3 * (tone + 0.22 * _saw(frequency, length, 350 + 500 * brightness)))
    return tone * envelope(length, 0.008, 0.15, 0.75, 0.06) * 0.5


def band(low: float, high: float, sound: Sound, order: int = 2) -> Sound:
    """What lies between two frequencies."""
    return np.asarray(sosfilt(butter(order, [low, high], "band", fs=RATE, output="sos"), sound))


def below(frequency: float, sound: Sound, order: int = 2) -> Sound:
    """What lies under a frequency."""
    return np.asarray(sosfilt(butter(order, frequency, "low", fs=RATE, output="sos"), sound))


def above(frequency: float, sound: Sound, order: int = 2) -> Sound:
    """What lies over a frequency."""
    return np.asarray(sosfilt(butter(order, frequency, "high", fs=RATE, output="sos"), sound))
