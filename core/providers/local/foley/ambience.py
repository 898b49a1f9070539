"""Effects that lie under a scene: weather, water, fire, places."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.providers.local.foley.tools import (
    RATE,
    Floats,
    Rng,
    at_random,
    band,
    bump,
    in_room,
    panned,
    scattered,
    sculpted,
    slope,
    struck,
    swept,
    times,
    wandering,
)


def rain(rng: Rng, seconds: float) -> Floats:
    """Thousands of small drops in front of a far hiss, some heavier ones near."""
    hiss = sculpted(
        rng,
        seconds,
        lambda t, hertz: (
            wandering(rng, t, every=1.4, low=0.8, high=1.1)
            * (0.5 * bump(hertz, 5200, 1.3) + 0.35 * bump(hertz, 900, 1.3))
        ),
        width=1.0,
    )
    grains = []
    for base in (1800, 2600, 3600, 5200, 7400):
        t = times(0.03)
        grains.append(band(rng.normal(0, 1, len(t)), base * 0.6, base * 1.5, 1) * np.exp(-t / 0.004))
    small = at_random(rng, seconds, 700)
    near = at_random(rng, seconds, 26)
    drops = scattered(rng, hiss.shape[1], grains, small, rng.exponential(0.16, len(small)))
    heavy = scattered(rng, hiss.shape[1], grains[:2], near, rng.uniform(0.4, 1.0, len(near)))
    return 0.55 * hiss + drops + heavy


def wind(rng: Rng, seconds: float) -> Floats:
    """Gusts: the louder, the brighter; and a faint whistle in the strongest."""

    def gain(t: Floats, hertz: Floats) -> Floats:
        gust = wandering(rng, t, every=1.7, low=0.12, high=1.0) * wandering(rng, t, every=0.45, low=0.75, high=1.0)
        centre = 180 + 520 * gust
        whistle = 0.5 * gust**3 * bump(hertz, 620 + 420 * gust, 0.07)
        return np.asarray(gust * (bump(hertz, centre, 1.1) + whistle) + 0.1 * bump(hertz, 90, 0.8))

    return sculpted(rng, seconds, gain, width=0.9)


def sea(rng: Rng, seconds: float) -> Floats:
    """Waves: each swells, breaks with a bright crest and draws back over sand."""
    waves = np.arange(-3.0, seconds + 4, 5.2) + rng.uniform(-0.7, 0.7, len(np.arange(-3.0, seconds + 4, 5.2)))

    def gain(t: Floats, hertz: Floats) -> Floats:
        out = 0.16 * bump(hertz, 260, 1.2) + 0.03 * bump(hertz, 3000, 1.0) + 0.0 * t
        for at in waves:
            since = t - at
            roll = np.where(since < 0, np.exp(-((since / 1.3) ** 2)), np.exp(-since / 1.1))
            crest = np.where(since < 0, np.exp(-((since / 0.35) ** 2)), np.exp(-since / 1.5))
            out = out + 0.8 * roll * bump(hertz, 320, 1.1) + 0.55 * crest * bump(hertz, 2600 + 1600 * crest, 1.2)
        return np.asarray(out)

    return sculpted(rng, seconds, gain, width=1.0)


def fire(rng: Rng, seconds: float) -> Floats:
    """A low, breathing flame; crackles in flurries; now and then a snap."""
    flame = sculpted(
        rng,
        seconds,
        lambda t, hertz: (
            wandering(rng, t, every=0.22, low=0.55, high=1.0) * (bump(hertz, 150, 1.2) + 0.12 * bump(hertz, 1100, 1.2))
        ),
        width=0.8,
    )
    grains = []
    for base, fall in ((1500, 0.004), (2600, 0.003), (4200, 0.002), (900, 0.007)):
        t = times(0.04)
        grains.append(band(rng.normal(0, 1, len(t)), base * 0.5, base * 2, 1) * np.exp(-t / fall))
    moments = at_random(rng, seconds, 46)
    busy = wandering(rng, moments, every=0.5, low=0.0, high=1.0) if len(moments) else moments
    moments = moments[busy > 0.42]
    crackle = scattered(rng, flame.shape[1], grains, moments, rng.exponential(0.55, len(moments)))
    snaps = at_random(rng, seconds, 0.9)
    snap = scattered(rng, flame.shape[1], grains[1:3], snaps, rng.uniform(1.5, 3.0, len(snaps)))
    return 0.9 * flame + crackle + snap


def stream(rng: Rng, seconds: float) -> Floats:
    """Running water: bubbles that ring upwards, many at once, over a soft rush."""
    rush = sculpted(rng, seconds, lambda t, hertz: 0.5 * bump(hertz, 1300, 1.4) + 0.0 * t, width=1.0)
    grains = []
    for base in (420, 560, 740, 980, 1300, 1750, 2300):
        t = times(0.08)
        grains.append(swept(t, base * (1 + 1.6 * t / 0.08)) * np.exp(-t / 0.016) * np.minimum(1, t / 0.003))
    moments = at_random(rng, seconds, 120)
    return 0.3 * rush + scattered(rng, rush.shape[1], grains, moments, rng.exponential(0.16, len(moments)))


def sizzle(rng: Rng, seconds: float) -> Floats:
    """A hot pan: dense, bright spitting."""
    hiss = sculpted(
        rng,
        seconds,
        lambda t, hertz: wandering(rng, t, every=0.3, low=0.6, high=1.0) * bump(hertz, 7000, 0.9),
        width=0.7,
    )
    grains = [band(rng.normal(0, 1, 240), 2500 + 1500 * i, 14_000, 1) * np.exp(-np.arange(240) / 60) for i in range(3)]
    moments = at_random(rng, seconds, 130)
    return 0.5 * hiss + scattered(rng, hiss.shape[1], grains, moments, rng.exponential(0.3, len(moments)))


def city(rng: Rng, seconds: float) -> Floats:
    """A street some way off: a low bed, cars that pass from side to side, a horn far away."""
    bed = sculpted(
        rng,
        seconds,
        lambda t, hertz: wandering(rng, t, every=2.0, low=0.8, high=1.05) * slope(hertz, 7) * (hertz > 35),
        width=0.9,
    )
    out = bed * 0.6
    for at in np.arange(rng.uniform(0.3, 1.2), seconds, 3.4):
        out += _car(rng, seconds, at + rng.uniform(-0.5, 0.5))
    if seconds > 4:
        out += _horn(rng, out.shape[1], rng.uniform(1.5, seconds - 1.5))
    return out


def _car(rng: Rng, seconds: float, at: float) -> Floats:
    speed = rng.uniform(0.6, 1.0)

    def gain(t: Floats, hertz: Floats) -> Floats:
        near = 1 / (1 + ((t - at) / (0.75 * speed)) ** 2)
        return np.asarray(near**1.4 * (0.5 * bump(hertz, 800 + 700 * near, 0.9) + bump(hertz, 110, 0.7)))

    tyres = sculpted(rng, seconds, gain, width=0.2)
    angle = (np.tanh((times(seconds) - at) / speed) * 0.8 * rng.choice((-1, 1)) + 1) * np.pi / 4
    return np.asarray(np.stack([tyres[0] * np.cos(angle), tyres[1] * np.sin(angle)]) * rng.uniform(0.6, 1.0))


def _horn(rng: Rng, length: int, at: float) -> Floats:
    t = times(0.35)
    tone = sum(np.sin(2 * np.pi * f * k * t) / k**1.3 for f in (392.0, 493.9) for k in (1, 2, 3, 4))
    horn = panned(tone * np.minimum(1, np.minimum(t, 0.35 - t) / 0.03) * 0.035, rng.uniform(-0.6, 0.6))
    far = band(in_room(rng, horn, seconds=1.6, share=0.6, dark=1800), None, 1600)
    out = np.zeros((2, length))
    first = round(at * RATE)
    part = far[:, : length - first]
    out[:, first : first + part.shape[1]] += part
    return out


def birds(rng: Rng, seconds: float) -> Floats:
    """A wood in the morning: air in the leaves, and three birds, each with its own phrase."""
    leaves = sculpted(
        rng,
        seconds,
        lambda t, hertz: (
            wandering(rng, t, every=1.3, low=0.5, high=1.0) * (bump(hertz, 3600, 1.2) + bump(hertz, 400, 1))
        ),
        width=1.0,
    )
    out = 0.05 * leaves
    for base, place, level in ((3300, -0.6, 0.5), (4300, 0.5, 0.38), (2500, 0.15, 0.3)):
        phrase = [(rng.uniform(0.85, 1.2), rng.uniform(0.05, 0.13), rng.uniform(-0.25, 0.35)) for _ in range(5)]
        at = rng.uniform(0.1, 1.2)
        while at < seconds - 1.0:
            moment = at
            for pitch, lasts, bend in phrase[: rng.integers(3, 6)]:
                t = times(lasts)
                wave = swept(t, base * pitch * (1 + bend * t / lasts + 0.03 * np.sin(2 * np.pi * 38 * t)))
                note = panned(wave * np.sin(np.pi * t / lasts) ** 1.5 * level, place)
                first = round(moment * RATE)
                part = note[:, : max(0, out.shape[1] - first)]
                out[:, first : first + part.shape[1]] += part
                moment += lasts + 0.045
            at += rng.uniform(1.6, 3.4)
    return in_room(rng, out, seconds=1.0, share=0.22, dark=7000)[:, : leaves.shape[1]]


def crickets(rng: Rng, seconds: float) -> Floats:
    """A summer night: chirps of three pulses, each cricket at its own pitch and pace."""
    t = times(seconds)
    out = 0.02 * sculpted(rng, seconds, lambda at, hertz: bump(hertz, 300, 1.3) + 0.0 * at, width=1.0)
    for place in (-0.8, -0.3, 0.2, 0.75):
        pitch, pace, start = rng.uniform(4100, 5000), rng.uniform(0.42, 0.62), rng.uniform(0, 0.5)
        inside = np.mod(t - start, pace)
        pulse = (inside < 0.13) * np.maximum(0, np.sin(2 * np.pi * 23 * inside)) ** 2
        pulse = gaussian_filter1d(pulse, 40)
        out += panned(np.sin(2 * np.pi * pitch * t) * pulse * rng.uniform(0.12, 0.3), place)
    return in_room(rng, out, seconds=0.9, share=0.2, dark=8000)[:, : len(t)]


def crowd(rng: Rng, seconds: float) -> Floats:
    """A café: voices without words, cups now and then."""
    out = np.zeros((2, round(seconds * RATE)))
    t = times(seconds)
    for _ in range(14):
        pitch = rng.choice((105, 125, 190, 220)) * rng.uniform(0.9, 1.1)
        bends = wandering(rng, t, every=0.28, low=0.86, high=1.16)
        turn = 2 * np.pi * np.cumsum(pitch * bends) / RATE
        source = band(np.tanh(6 * (np.sin(turn) + 0.5 * np.sin(2 * turn))) + 0.08 * rng.normal(0, 1, len(t)), 90, 5000)
        first, second = rng.uniform(380, 700), rng.uniform(1100, 2100)
        one, two = band(source, first * 0.8, first * 1.25, 1), band(source, second * 0.85, second * 1.18, 1)
        colour = wandering(rng, t, every=0.17, low=0.0, high=1.0)
        syllables = np.maximum(0, wandering(rng, t, every=0.11, low=-0.35, high=1.0))
        talks = np.clip(wandering(rng, t, every=1.6, low=-0.8, high=1.4), 0, 1)
        voice = (one * (1.2 - colour) + 0.8 * two * colour) * syllables * talks
        out += panned(voice * rng.uniform(0.4, 1.0), rng.uniform(-0.9, 0.9))
    cups = at_random(rng, seconds, 0.5)
    grains = [struck([(n, 0.5, 0.16), (n * 2.7, 0.3, 0.08)], 0.2, attack=4e-4) for n in (2300.0, 2900.0, 3500.0)]
    out += scattered(rng, out.shape[1], grains, cups, rng.uniform(0.1, 0.3, len(cups)))
    return band(in_room(rng, out, seconds=0.9, share=0.5, dark=3200), None, 5200)[:, : len(t)]


def engine(rng: Rng, seconds: float) -> Floats:
    """A motor at an even speed: explosions, the hum of its body, air."""
    t = times(seconds)
    speed = 31 * wandering(rng, t, every=0.6, low=0.985, high=1.015)
    turn = 2 * np.pi * np.cumsum(speed) / RATE
    fires = sum(np.sin(turn * k + 0.7 * k) / k**0.8 for k in (1, 2, 3, 4, 6, 8, 10, 12))
    rough = band(rng.normal(0, 1, len(t)), 60, 1400, 1) * (0.6 + 0.4 * np.sin(turn * 2))
    out = np.tanh(0.7 * fires) * 0.5 + 0.25 * rough
    return in_room(rng, np.stack([out, np.roll(out, 190)]), seconds=0.3, share=0.15, dark=2500)[:, : len(t)]


def train(rng: Rng, seconds: float) -> Floats:
    """Inside a train: a low roll, and the joints of the rails two and two."""
    roll = sculpted(
        rng,
        seconds,
        lambda t, hertz: (
            wandering(rng, t, every=0.8, low=0.8, high=1.05) * (bump(hertz, 85, 1.0) + 0.1 * bump(hertz, 900, 1.2))
        ),
        width=0.8,
    )
    moments = np.concatenate([np.arange(0.2, seconds - 0.1, 0.92) + wait for wait in (0.0, 0.13)])
    moments = np.sort(moments[moments < seconds - 0.05])
    t = times(0.22)
    clack = band(rng.normal(0, 1, len(t)), 110, 1700) * np.exp(-t / 0.028)
    clack += struck([(172, 0.6, 0.18), (410, 0.3, 0.1)], 0.22)
    joints = scattered(rng, roll.shape[1], [clack], moments, rng.uniform(0.5, 0.8, len(moments)))
    return in_room(rng, roll + 0.7 * joints, seconds=0.4, share=0.15, dark=2500)[:, : roll.shape[1]]


def room(rng: Rng, seconds: float) -> Floats:
    """The sound of a quiet room: air, and the mains very far down."""
    air = sculpted(rng, seconds, lambda t, hertz: slope(hertz, 6) * (hertz > 30) + 0.0 * t, width=1.0)
    t = times(seconds)
    hum = sum(np.sin(2 * np.pi * 50 * k * t) / k**2 for k in (1, 2, 3, 4))
    return np.asarray(0.3 * air + 0.004 * hum)


def vinyl(rng: Rng, seconds: float) -> Floats:
    """A record's groove: dust, and a scratch that comes back every 1.8 s."""
    hiss = sculpted(rng, seconds, lambda t, hertz: bump(hertz, 5000, 1.5) + 0.0 * t, width=0.6)
    grains = [band(rng.normal(0, 1, 120), 900, 9000, 1) * np.exp(-np.arange(120) / 18) for _ in range(4)]
    dust = at_random(rng, seconds, 34)
    scratch = np.arange(0.6, seconds - 0.05, 1.8)
    out = 0.06 * hiss + scattered(rng, hiss.shape[1], grains, dust, rng.exponential(0.22, len(dust)))
    return out + scattered(rng, hiss.shape[1], grains, scratch, np.full(len(scratch), 1.1))


def hum(rng: Rng, seconds: float) -> Floats:
    """Machines behind a wall: fans and transformers."""
    t = times(seconds)
    tones = sum(
        np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) * a
        for f, a in ((60, 0.5), (120, 0.4), (181, 0.2), (240.6, 0.15), (363, 0.06))
    )
    air = sculpted(rng, seconds, lambda at, hertz: bump(hertz, 480, 1.4) + 0.0 * at, width=0.9)
    return np.asarray(0.12 * np.stack([tones, np.roll(tones, 97)]) + 0.4 * air)
