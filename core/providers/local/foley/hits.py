"""Effects that are heard once: movement, blows, small machines, bells."""

from __future__ import annotations

import numpy as np

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
    shape,
    slope,
    struck,
    swept,
    times,
)

CAMERA = (
    (0.0, 0.8, 300, 4200, 0.009),
    (0.028, 1.0, 900, 9000, 0.006),
    (0.105, 0.9, 260, 5200, 0.012),
    (0.122, 0.4, 1500, 8000, 0.005),
)
"""Mirror and curtain: when in seconds, level, lowest and highest hertz, seconds of its fall."""


def whoosh(rng: Rng) -> Floats:
    """Something passes: air that swells, brightens, crosses from one side to the other and is gone."""
    length, peak = 1.1, 0.52

    def gain(t: Floats, hertz: Floats) -> Floats:
        near = np.exp(-(((t - peak) / 0.17) ** 2))
        centre = 220 + 2400 * near**1.3
        return np.asarray(near**1.5 * (bump(hertz, centre, 0.9) + 0.35 * bump(hertz, centre * 2.6, 0.7)))

    air = sculpted(rng, length, gain, width=0.3)
    side = np.tanh((times(length) - peak) * 6) * 0.75 * rng.choice((-1, 1))
    angle = (side + 1) * np.pi / 4
    return in_room(rng, np.stack([air[0] * np.cos(angle), air[1] * np.sin(angle)]) * 1.3, seconds=0.5, share=0.16)


def riser(rng: Rng, seconds: float = 2.4) -> Floats:
    """Tension that climbs to a sudden end: noise and a cluster of tones, faster and faster."""
    t = times(seconds)
    way = t / seconds

    def gain(at: Floats, hertz: Floats) -> Floats:
        up = at / seconds
        return np.asarray(up**2.2 * bump(hertz, 300 * 24**up, 0.8 - 0.3 * up))

    air = sculpted(rng, seconds, gain, width=0.9)
    pulse = 0.62 + 0.38 * np.sin(2 * np.pi * np.cumsum(4 + 14 * way**2) / RATE)
    tones = [swept(t, base * 2 ** (2 * way**1.6)) for base in (110.0, 110.9, 164.8, 220.7)]
    left, right = tones[0] + tones[2] + 0.6 * tones[3], tones[1] + 0.8 * tones[2] + 0.6 * tones[3]
    body = np.stack([np.tanh(1.4 * left), np.tanh(1.4 * right)]) * 0.16 * way**1.8 * pulse
    out = (air * 1.2 + band(body, 120, None)) * np.minimum(1, (seconds - t) / 0.012)
    return in_room(rng, out, seconds=0.7, share=0.14)


def impact(rng: Rng) -> Floats:
    """A cinematic blow: a crack, a drop of the bass, a long dark tail."""
    t = times(1.2)
    drop = swept(t, 38 + 74 * np.exp(-t / 0.07)) * 10 ** (-3 * t / 1.5)
    punch = np.tanh(2.2 * drop)
    crack = sculpted(rng, 1.2, lambda at, hertz: np.exp(-at / 0.045) * slope(hertz, 5), width=0.5)
    rumble = sculpted(rng, 1.2, lambda at, hertz: np.exp(-at / 0.35) * bump(hertz, 90, 0.9), width=0.9)
    snap = band(rng.normal(0, 1, (2, len(t))), 1500, None) * np.exp(-t / 0.006) * 0.35
    return in_room(rng, 0.8 * punch + 1.3 * crack + 1.1 * rumble + snap, seconds=2.2, share=0.32, dark=2600)


def boom(rng: Rng) -> Floats:
    """Only the deep part of a blow."""
    t = times(2.0)
    deep = swept(t, 31 + 40 * np.exp(-t / 0.12)) * 10 ** (-3 * t / 2.4) * np.minimum(1, t / 0.008)
    rumble = sculpted(rng, 2.0, lambda at, hertz: np.exp(-at / 0.6) * bump(hertz, 70, 0.8), width=0.8)
    return in_room(rng, np.tanh(1.6 * deep) * 0.9 + 1.2 * rumble, seconds=2.0, share=0.25, dark=1200)


def click(rng: Rng) -> Floats:
    """A switch or a mouse: two tiny plastic ticks, down and up."""
    out = np.zeros(round(0.16 * RATE))
    for moment, level in ((0.004, 1.0), (0.078, 0.55)):
        tone = rng.uniform(0.94, 1.06)
        tick = struck(
            [(2350 * tone, 0.5, 0.02), (3900 * tone, 0.4, 0.014), (6400 * tone, 0.3, 0.01)], 0.05, attack=2e-4
        )
        tick += struck([(410 * tone, 0.35, 0.03)], 0.05, attack=5e-4)
        tick[:96] += 0.5 * rng.normal(0, 1, 96) * np.linspace(1, 0, 96)
        first = round(moment * RATE)
        out[first : first + len(tick)] += level * tick
    return in_room(rng, panned(out, 0.05), seconds=0.16, share=0.12)


def pop(rng: Rng) -> Floats:
    """A bubble that bursts: a tone that jumps up within a few hundredths of a second."""
    t = times(0.16)
    tone = swept(t, rng.uniform(0.95, 1.05) * (380 + 900 * (t / 0.05) ** 1.4)) * np.exp(-(((t - 0.022) / 0.018) ** 2))
    lip = band(rng.normal(0, 1, len(t)), 900, 5000) * np.exp(-t / 0.003) * 0.25
    return in_room(rng, panned(tone + lip, 0.0), seconds=0.2, share=0.12)


def shutter(rng: Rng) -> Floats:
    """A camera: the mirror up, the curtain, the mirror down."""
    out = np.zeros((2, round(0.3 * RATE)))
    for moment, level, low, high, fall in CAMERA:
        t = times(0.09)
        knock = band(rng.normal(0, 1, (2, len(t))), low, high) * np.exp(-t / fall)
        knock += panned(struck([(1250, 0.2, 0.04), (2870, 0.14, 0.03)], 0.09), 0.0)
        first = round(moment * RATE)
        out[:, first : first + len(t)] += level * knock
    return in_room(rng, out, seconds=0.22, share=0.14)


def typing(rng: Rng, seconds: float = 2.2) -> Floats:
    """A keyboard: keys go down and come up in bursts, the space bar deeper."""
    out = np.zeros((2, round((seconds + 0.3) * RATE)))
    moment = 0.04
    while moment < seconds - 0.1:
        space = rng.uniform() < 0.16
        place = rng.uniform(-0.4, 0.4)
        for wait, level in ((0.0, 1.0), (rng.uniform(0.06, 0.09), 0.4)):
            t = times(0.06)
            body = rng.uniform(0.9, 1.1) * (260 if space else 520)
            key = band(rng.normal(0, 1, len(t)), 1100, 7500, 1) * np.exp(-t / 0.0045)
            key += struck([(body, 0.9, 0.045), (body * 3.7, 0.3, 0.02)], 0.06, attack=4e-4)
            first = round((moment + wait) * RATE)
            out[:, first : first + len(t)] += panned(key * level * rng.uniform(0.6, 1.0), place)
        moment += rng.uniform(0.26, 0.42) if space else rng.gamma(9, 0.0135)
    return in_room(rng, out, seconds=0.25, share=0.1)


def footsteps(rng: Rng, seconds: float = 2.6) -> Floats:
    """Somebody walks: heel and sole, a little uneven, in a room."""
    out = np.zeros((2, round((seconds + 0.4) * RATE)))
    for number in range(int(seconds / 0.54)):
        moment = number * 0.54 + rng.uniform(-0.012, 0.012) + 0.03
        for wait, level, low, high, fall in ((0.0, 1.0, 70, 900, 0.03), (0.085, 0.5, 300, 3600, 0.022)):
            t = times(0.2)
            step = band(rng.normal(0, 1, len(t)), low, high) * np.exp(-t / fall) * np.minimum(1, t / 0.003)
            first = round((moment + wait) * RATE)
            out[:, first : first + len(t)] += panned(step * level * rng.uniform(0.8, 1.1), 0.18 * (-1) ** number)
    return in_room(rng, out, seconds=0.6, share=0.16)


def knock(rng: Rng) -> Floats:
    """Knuckles on a wooden door, three times."""
    out = np.zeros(round(1.0 * RATE))
    for number in range(3):
        wood = struck(
            [(148, 1.0, 0.16), (236, 0.7, 0.12), (391, 0.45, 0.08), (640, 0.3, 0.05), (1180, 0.2, 0.03)], 0.25
        )
        t = times(0.25)
        wood += band(rng.normal(0, 1, len(t)), 600, 3200) * np.exp(-t / 0.004) * 0.5
        first = round((0.02 + 0.21 * number) * RATE)
        out[first : first + len(wood)] += wood * (1, 0.85, 1.05)[number]
    return in_room(rng, panned(out, 0.0), seconds=0.7, share=0.2, dark=3500)


def heartbeat(rng: Rng, seconds: float = 2.6) -> Floats:
    """Two soft, deep beats, once in 0.86 s."""
    out = np.zeros(round((seconds + 0.4) * RATE))
    for start in np.arange(0.05, seconds - 0.3, 0.86):
        for wait, level, base in ((0.0, 1.0, 46), (0.27, 0.7, 54)):
            t = times(0.34)
            beat = swept(t, base + 30 * np.exp(-t / 0.03)) * np.exp(-t / 0.075) * np.minimum(1, t / 0.012)
            first = round((start + wait) * RATE)
            out[first : first + len(t)] += level * beat
    thump = np.tanh(1.8 * out) + 0.5 * band(np.tanh(4 * out), 90, 400)
    return in_room(rng, panned(thump, 0.0), seconds=0.3, share=0.1, dark=900)


def tick(rng: Rng, seconds: float = 3.0) -> Floats:
    """A clock, twice a second, tick and tock."""
    out = np.zeros(round((seconds + 0.2) * RATE))
    for number, start in enumerate(np.arange(0.02, seconds - 0.05, 0.5)):
        tone = 1.0 if number % 2 else 0.86
        beat = struck([(2900 * tone, 0.6, 0.03), (4700 * tone, 0.5, 0.02), (980 * tone, 0.4, 0.04)], 0.1, attack=3e-4)
        first = round(start * RATE)
        out[first : first + len(beat)] += beat
    return in_room(rng, panned(out, 0.0), seconds=0.4, share=0.15)


def drip(rng: Rng) -> Floats:
    """Three drops into water: each a bubble that rings upwards."""
    out = np.zeros((2, round(1.7 * RATE)))
    for number, moment in enumerate((0.02, 0.52, 1.07)):
        t = times(0.22)
        drop = swept(t, rng.uniform(620, 980) * (1 + 1.1 * t / 0.1)) * np.exp(-t / 0.035) * np.minimum(1, t / 0.002)
        first = round(moment * RATE)
        out[:, first : first + len(t)] += panned(drop, (-0.2, 0.25, 0.0)[number])
    return in_room(rng, out, seconds=1.3, share=0.3, dark=5000)


def splash(rng: Rng) -> Floats:
    """Something falls into water: the slap, the crown, bubbles that follow."""

    def gain(t: Floats, hertz: Floats) -> Floats:
        open_ = np.exp(-t / 0.22) * np.minimum(1, t / 0.01)
        return np.asarray(open_ * bump(hertz, 900 + 2600 * np.exp(-t / 0.1), 1.2))

    body = sculpted(rng, 1.5, gain)
    moments = np.sort(0.08 + rng.exponential(0.32, 60))
    moments = moments[moments < 1.3]
    grains = []
    for base in (520, 760, 1050, 1500):
        t = times(0.09)
        grains.append(swept(t, base * (1 + 3 * t)) * np.exp(-t / 0.018) * np.minimum(1, t / 0.002))
    bubbles = scattered(rng, body.shape[1], grains, moments, rng.uniform(0.05, 0.3, len(moments)))
    return in_room(rng, 1.2 * body + bubbles, seconds=0.6, share=0.14)


def glitch(rng: Rng) -> Floats:
    """Broken data: stuttering fragments of tone and noise, cut hard."""
    out = np.zeros((2, round(0.62 * RATE)))
    moment = 0.0
    while moment < 0.52:
        lasts = float(rng.choice((0.018, 0.03, 0.045, 0.07)))
        t = times(lasts)
        kind = rng.integers(3)
        if kind == 0:
            piece = np.sign(np.sin(2 * np.pi * rng.choice((90, 180, 720, 1440)) * t)) * 0.45
        elif kind == 1:
            held = rng.normal(0, 0.5, len(t) // 12 + 1)
            piece = np.repeat(held, 12)[: len(t)]
        else:
            piece = swept(t, rng.uniform(2500, 5200) * np.exp(-t / lasts * 2)) * 0.55
        first = round(moment * RATE)
        edge = np.minimum(1, np.minimum(t, lasts - t) / 0.0015)
        out[:, first : first + len(t)] += panned(piece * edge, rng.uniform(-0.8, 0.8))
        moment += lasts + float(rng.choice((0, 0, 0.012, 0.04)))
    return in_room(rng, band(out, 60, 12_000), seconds=0.25, share=0.08)


def vibrate(rng: Rng) -> Floats:
    """A phone buzzes twice on a table."""
    t = times(1.3)
    on = shape(t, [(0, 0), (0.03, 1), (0.4, 1), (0.46, 0), (0.66, 0), (0.7, 1), (1.08, 1), (1.15, 0), (1.3, 0)])
    turn = 2 * np.pi * np.cumsum(158 + 3 * np.sin(2 * np.pi * 5 * t)) / RATE
    buzz = np.tanh(2.5 * np.sin(turn)) * 0.5 + 0.35 * np.sin(2 * turn + 0.5) + 0.2 * np.sin(5 * turn)
    rattle = band(rng.normal(0, 1, len(t)), 900, 4200) * np.maximum(0, np.sin(turn)) ** 6 * 0.5
    return in_room(rng, panned((buzz + rattle) * on, 0.0), seconds=0.2, share=0.08)


def swell(rng: Rng, seconds: float = 1.8) -> Floats:
    """A cymbal played backwards: brightness that grows and stops."""
    length = seconds
    t = times(length)
    metal = sum(np.sin(2 * np.pi * hertz * t + rng.uniform(0, 6)) for hertz in rng.uniform(3100, 11_500, 40))
    grown = (t / length) ** 3
    air = sculpted(rng, length, lambda at, hertz: (at / length) ** 3 * bump(hertz, 7200, 0.8), width=0.9)
    out = (air * 1.6 + np.stack([metal, np.roll(metal, 311)]) * 0.025 * grown) * np.minimum(1, (length - t) / 0.02)
    return in_room(rng, out, seconds=0.8, share=0.2, dark=12_000)


def failure(rng: Rng) -> Floats:
    """Refused: two short low buzzes."""
    out = np.zeros(round(0.7 * RATE))
    for moment in (0.0, 0.2):
        t = times(0.16)
        turn = 2 * np.pi * 155 * t
        buzz = sum(np.sin(turn * k) / k for k in (1, 2, 3, 5, 7)) * np.minimum(1, np.minimum(t, 0.16 - t) / 0.006)
        first = round(moment * RATE)
        out[first : first + len(t)] += buzz
    return in_room(rng, panned(band(out, None, 3500), 0.0), seconds=0.3, share=0.1)


def thunder(rng: Rng) -> Floats:
    """A crack, then rolling: the same noise from further and further away."""
    length = 5.0
    rolls = [(0.0, 1.0), (0.5, 0.8), (1.25, 0.9), (2.1, 0.5), (3.0, 0.35)]

    def gain(t: Floats, hertz: Floats) -> Floats:
        rumble = sum(level * np.exp(-np.maximum(t - at, 0) / 0.7) * (t >= at) for at, level in rolls)
        crack = np.exp(-t / 0.09) * bump(hertz, 1400, 1.4)
        return np.asarray(rumble * np.minimum(1, t / 0.02) * bump(hertz, 75, 1.0) + 0.5 * crack)

    out = sculpted(rng, length, gain, width=0.9) * np.minimum(1, (length - times(length)) / 0.8)
    return in_room(rng, out * 2.2, seconds=2.5, share=0.3, dark=900)


def applause(rng: Rng, seconds: float = 3.2) -> Floats:
    """A hall claps: a hundred pairs of hands, each with its own pitch and pace."""
    out = np.zeros((2, round(seconds * RATE)))
    for _ in range(90):
        t = times(0.05)
        centre = rng.uniform(700, 2100)
        hands = band(rng.normal(0, 1, len(t)), centre * 0.6, centre * 1.9) * np.exp(-t / rng.uniform(0.005, 0.012))
        pace, level, place = rng.uniform(0.19, 0.34), rng.uniform(0.1, 0.6), rng.uniform(-0.9, 0.9)
        moments = np.arange(rng.uniform(0, 0.7), seconds - 0.1, pace)
        for moment in moments + rng.normal(0, 0.018, len(moments)):
            first = max(0, round(moment * RATE))
            part = panned(hands * level, place)[:, : out.shape[1] - first]
            out[:, first : first + part.shape[1]] += part
    t = times(seconds)
    out *= shape(t, [(0, 0.2), (0.6, 1), (seconds - 1.0, 0.9), (seconds, 0.0)])
    return in_room(rng, out, seconds=1.2, share=0.3, dark=5000)


def page(rng: Rng) -> Floats:
    """A sheet of paper is turned: a rustle with a flick at its end."""
    length = 0.7

    def gain(t: Floats, hertz: Floats) -> Floats:
        turn = shape(t, [(0, 0), (0.1, 0.5), (0.3, 0.35), (0.42, 1), (0.5, 0.3), (length, 0)])
        return np.asarray(turn * (bump(hertz, 3400, 1.0) + 0.3 * bump(hertz, 8000, 0.6)))

    rustle = sculpted(rng, length, gain, width=0.5)
    moments = at_random(rng, 0.55, 160)
    grains = [band(rng.normal(0, 1, 96), 1800, 9000) * np.hanning(96) for _ in range(6)]
    crackle = scattered(rng, rustle.shape[1], grains, moments, rng.exponential(0.35, len(moments)))
    return in_room(rng, rustle + crackle, seconds=0.25, share=0.1)
