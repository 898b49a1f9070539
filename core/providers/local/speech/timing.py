"""Where speech begins and ends, and a time for every written token."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from core.providers.local.speech.utterance import Samples, Utterance

LEAD = 0.012
"""Seconds kept before the first sound: enough for a soft consonant."""
RELEASE = 0.09
"""Seconds kept after the last one: the end of the room."""
AUDIBLE_DB = -42.0
"""Below the loudest moment of the line; quieter is silence."""
REST, SLIVER = 0.12, 0.05
"""Seconds without a sound that are a rest, and of sound after it that are no part of the word before it."""
SHORTEST = 0.03
"""Seconds; the least that a token is given."""

Spans = list[tuple[float, float]]


def trimmed(utterance: Utterance) -> Utterance | None:
    """The same without the silence around it, its times moved along; None when there is no sound."""
    rate = utterance.rate
    heard = np.flatnonzero(_audible(utterance.samples, rate))
    if not len(heard):
        return None
    first = max(0, int(heard[0] - LEAD * rate))
    last = min(len(utterance.samples), int(heard[-1] + RELEASE * rate))
    spans = tuple(s and (s[0] - first / rate, s[1] - first / rate) for s in utterance.spans)
    return Utterance(samples=utterance.samples[first:last], rate=rate, spans=spans)


def token_times(utterance: Utterance, owners: list[int], count: int) -> Spans:
    """Start and end of `count` written tokens, in order and without overlap.

    `owners[i]` is the written token that the engine's token `i` stands for. A token with no sound of
    its own gets a moment between its neighbours, so that a caption can still show it.
    """
    known: list[tuple[float, float] | None] = [None] * count
    heard, rate = _audible(utterance.samples, utterance.rate), utterance.rate
    for owner, span in zip(owners, utterance.spans, strict=True):
        if span is not None:
            known[owner] = _tightened(span, heard, rate)
    return _filled(known, len(utterance.samples) / rate)


def _audible(samples: Samples, rate: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not len(samples):
        return np.zeros(0, dtype=np.bool_)
    power = uniform_filter1d(samples**2, max(1, int(0.006 * rate)))
    loudest = float(power.max())
    audible: np.ndarray[tuple[int], np.dtype[np.bool_]] = power > max(loudest * 10 ** (AUDIBLE_DB / 10), 1e-9)
    return audible


def _tightened(
    span: tuple[float, float], heard: np.ndarray[tuple[int], np.dtype[np.bool_]], rate: int
) -> tuple[float, float]:
    """The engine's span without the pauses that it counts in."""
    a, b = (int(min(max(0.0, t), len(heard) / rate) * rate) for t in span)
    inside = np.flatnonzero(heard[a:b])
    if not len(inside):
        return span
    rests = np.flatnonzero(np.diff(inside) > REST * rate)
    if len(rests) and inside[-1] - inside[rests[-1] + 1] < SLIVER * rate:  # after a rest, the next word begins already
        inside = inside[: rests[-1] + 1]
    return (a + int(inside[0])) / rate, (a + int(inside[-1]) + 1) / rate


def _filled(known: list[tuple[float, float] | None], seconds: float) -> Spans:
    """Every token with a span; those without share the gap around them, or a little of a neighbour."""
    edges = [t for span in known if span for t in span]
    starts: list[float | None] = [span and max(0.0, span[0]) for span in known]
    out: Spans = []
    clock = 0.0
    for i, span in enumerate(known):
        later = next((s for s in starts[i + 1 :] if s is not None), seconds)
        waiting = 1 + next((k for k, s in enumerate(starts[i + 1 :]) if s is not None), len(known) - i - 1)
        if span is not None:
            start, end = max(clock, span[0]), span[1]
            if waiting > 1:
                end = min(end, later - SHORTEST * (waiting - 1))
        else:
            start = max(clock, min(edges) - SHORTEST * waiting) if not out else clock
            end = start + max(SHORTEST, (later - start) / waiting)
        end = max(end, start + SHORTEST)
        out.append((round(start, 3), round(end, 3)))
        clock = out[-1][1]
    return out
