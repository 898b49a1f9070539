"""From written notes to a stereo mix: buses, room, pumping, effects and the last fade."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import firwin2, oaconvolve

from core.providers.local.score import drums, instruments
from core.providers.local.score.arrangement import Arrangement, Hit
from core.providers.local.score.instruments import RATE, Sound, above, below, samples

LEVEL_DB = -21.0
"""RMS of the finished bed."""
CEILING = 10 ** (-2 / 20)
PLAYERS: dict[str, Callable[[int, float, float], Sound]] = {
    "pad": instruments.pad,
    "keys": instruments.keys,
    "pluck": instruments.pluck,
    "pulse": instruments.pulse,
    "bell": instruments.bell,
    "bass": instruments.bass,
}
LOUDNESS = {"pad": 0.5, "keys": 0.62, "pluck": 0.6, "pulse": 0.6, "bell": 0.46, "bass": 0.6}
"""Of one note against the others; balanced by ear of the meter, band by band."""


class Bus:
    """A stereo track that notes are laid on."""

    def __init__(self, length: int) -> None:
        self.sound = np.zeros((2, length))

    def lay(self, sound: Sound, time: float, gain: float, pan: float = 0.0) -> None:
        """Adds a mono or stereo sound at `time`; what lies outside the track is left off."""
        start = samples(time)
        if start < 0:
            sound, start = sound[..., -start:], 0
        room = self.sound.shape[1] - start
        if room <= 0 or not sound.shape[-1]:
            return
        part = sound[..., :room]
        sides = np.sqrt([0.5 * (1 - pan), 0.5 * (1 + pan)])[:, None] if part.ndim == 1 else 1.0
        self.sound[:, start : start + part.shape[-1]] += part * sides * gain


def mixed(piece: Arrangement, *, seconds: float, cuts: list[float], accents: list[float]) -> Sound:
    """The bed, `(2, n)` of exactly `seconds`, peaks below -2 dBFS, decayed to nothing at its end.

    One bus after the other is played and laid into the mix: a minute of one takes 46 MB.
    """
    length = samples(seconds)
    mix, room, pumped = np.zeros((2, length)), np.zeros((2, length)), _pump(piece.hits, length)
    for bus, wet, least in _buses(piece, length, cuts, accents):
        if wet:
            room += bus.sound * wet
        bus.sound *= least + (1 - least) * pumped
        mix += bus.sound
        del bus
    _reverberate(room)
    room *= 0.26 * pumped
    mix += room
    del room, pumped
    return _finished(mix, seconds)


def _buses(
    piece: Arrangement, length: int, cuts: list[float], accents: list[float]
) -> Iterator[tuple[Bus, float, float]]:
    """Each bus, how much of it the room hears, and what is left of it when it is pushed down most."""
    for players, wet, least in ((("pad",), 0.5, 0.0), (("lead", "melody"), 1.0, 0.4), (("bass",), 0.0, 0.35)):
        bus = Bus(length)
        _play(piece, players, bus)
        yield bus, wet, least
    bus = Bus(length)
    _drum(piece.hits, bus)
    bus.sound *= 0.7
    yield bus, 0.1, 1.0
    bus = Bus(length)
    _decorate(bus, cuts, accents)
    yield bus, 0.3, 1.0


def _play(piece: Arrangement, players: Sequence[str], bus: Bus) -> None:
    """Equal notes are made once: a bed repeats itself."""
    made: dict[tuple[str, int, float], Sound] = {}
    names = {"pad": "pad", "bass": "bass", "lead": piece.lead, "melody": piece.melody}
    for note in (note for note in piece.notes if note.player in players):
        name = names[note.player]
        key = (name, note.midi, round(note.seconds, 4))
        if key not in made:
            made[key] = PLAYERS[name](note.midi, note.seconds, piece.mood.brightness)
        bus.lay(made[key], note.time, note.gain * LOUDNESS[name], note.pan)


def _drum(hits: list[Hit], bus: Bus) -> None:
    kit: dict[str, list[Sound]] = {
        "kick": [drums.kick()],
        "clap": [drums.clap(i) for i in range(3)],
        "rim": [drums.rim(i) for i in range(2)],
        "hat": [drums.hat(i) for i in range(4)],
        "open": [drums.hat(9, is_open=True)],
        "shaker": [drums.shaker(i) for i in range(4)],
    }
    pans = {"hat": 0.25, "shaker": -0.3, "open": 0.25, "rim": -0.1}
    for i, hit in enumerate(hits):
        variants = kit[hit.stroke]
        bus.lay(variants[i % len(variants)], hit.time, hit.gain, pans.get(hit.stroke, 0.0))


def _decorate(bus: Bus, cuts: list[float], accents: list[float]) -> None:
    """A breath of air into each cut, a rise and a soft hit at each accent."""
    near = [a for a in accents if a > 0.05]
    for i, cut in enumerate(cuts):
        if all(abs(cut - accent) > 0.4 for accent in near):
            air, peak = drums.whoosh(i)
            bus.lay(air, cut - peak, 0.05)
    for accent in near:
        rise = min(1.4, accent)
        bus.lay(drums.riser(rise), accent - rise, 0.07)
    for accent in accents:
        bus.lay(drums.impact(), accent, 0.34)


def _pump(hits: list[Hit], length: int) -> Sound:
    """What each kick pushes down for a moment, 0-1."""
    gain = np.ones(length)
    dip = 0.62 + 0.38 * np.linspace(0, 1, samples(0.28)) ** 0.7
    for hit in hits:
        if hit.stroke == "kick":
            start = samples(hit.time)
            part = gain[start : start + len(dip)]
            np.minimum(part, 1 - (1 - dip[: len(part)]) * hit.gain, out=part)
    return np.asarray(uniform_filter1d(gain, samples(0.008)))


def _reverberate(sound: Sound) -> None:
    """The sound as a warm hall of 1.9 s answers it, unlike on both sides; in its place."""
    rng = np.random.default_rng(11)
    t = np.arange(samples(1.9)) / RATE
    for channel in sound:
        tail = below(5200, above(220, rng.normal(0, 1, len(t)) * 10 ** (-3 * t / 1.9)), 1)
        tail = np.concatenate([np.zeros(samples(0.022)), tail / np.sqrt(np.sum(tail**2))])
        channel[:] = oaconvolve(channel, tail)[: len(channel)]


def _finished(toned: Sound, seconds: float) -> Sound:
    """Tone, level, ceiling and the fades of a real beginning and end, in place."""
    grid = np.array([0, 28, 45, 90, 250, 900, 2000, 3500, 6000, 9000, RATE / 2])
    gains = np.array([-60, -18, -2.5, -1.0, -1.0, 1.5, 1.5, 4.5, 8.0, 9.0, 9.0])
    kernel = firwin2(4097, grid, 10 ** (gains / 20), fs=RATE)
    for channel in toned:
        channel[:] = oaconvolve(channel, kernel, "same")
    toned *= 10 ** (LEVEL_DB / 20) / (np.sqrt(np.vdot(toned, toned) / toned.size) + 1e-9)
    needed = np.minimum(1.0, CEILING / np.maximum(np.abs(toned).max(0), 1e-9))
    width = samples(0.005)
    toned *= uniform_filter1d(minimum_filter1d(needed, 2 * width + 1), width)
    length = toned.shape[1]
    fade_in, fade_out = min(length, samples(0.06)), min(length, samples(min(1.3, seconds / 3)))
    toned[:, :fade_in] *= np.linspace(0, 1, fade_in)
    toned[:, length - fade_out :] *= np.cos(np.linspace(0, np.pi / 2, fade_out)) ** 2
    return toned
