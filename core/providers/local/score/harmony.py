"""Moods as harmony: keys, chord progressions and how one chord is led into the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from core.domain.plan import Tone

Feel = Literal["none", "half", "four", "broken"]
Lead = Literal["keys", "pluck", "pulse", "bell"]
Chord = tuple[int, ...]
"""MIDI notes from the lowest."""

QUALITIES: dict[str, Chord] = {
    "M": (0, 4, 7),
    "m": (0, 3, 7),
    "M7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "M9": (0, 4, 7, 14),
    "m9": (0, 3, 7, 14),
    "s2": (0, 2, 7),
    "s4": (0, 5, 7),
    "7s4": (0, 5, 7, 10),
    "5": (0, 7, 12),
}
"""Semitones above the root."""
CENTRE = 61.0
"""MIDI note around which chords are kept; below the clearest part of a voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What a tone of a film means in music."""

    root: int
    """MIDI note of the key, before the seed moves it."""
    minor: bool
    progressions: tuple[tuple[tuple[int, str], ...], ...]
    """Each a row of chords: semitones above the key's root, and quality."""
    feel: Feel
    leads: tuple[Lead, ...]
    brightness: float
    """0-1."""
    swing: float = 0.0
    """Of half a beat by which the off-beats come late."""

    @property
    def scale(self) -> tuple[int, ...]:
        """The five notes a melody may use over every chord of the mood."""
        return (0, 3, 5, 7, 10) if self.minor else (0, 2, 4, 7, 9)


MOODS: dict[Tone, Mood] = {
    "warm": Mood(
        root=60,
        minor=False,
        progressions=(
            ((0, "M9"), (9, "m7"), (5, "M7"), (7, "7s4")),
            ((5, "M7"), (0, "M9"), (9, "m7"), (7, "s4")),
            ((0, "M7"), (4, "m7"), (5, "M9"), (7, "7s4")),
            ((9, "m7"), (5, "M7"), (0, "M9"), (7, "s4")),
        ),
        feel="half",
        leads=("keys", "pluck"),
        brightness=0.45,
    ),
    "calm": Mood(
        root=58,
        minor=False,
        progressions=(
            ((0, "M7"), (9, "m7"), (5, "M9"), (7, "s4")),
            ((0, "M9"), (5, "M7"), (0, "M9"), (9, "m9")),
            ((5, "M9"), (0, "M7"), (2, "m7"), (7, "7s4")),
            ((0, "s2"), (4, "m7"), (5, "M7"), (5, "M9")),
        ),
        feel="none",
        leads=("keys", "bell"),
        brightness=0.3,
    ),
    "tense": Mood(
        root=55,
        minor=True,
        progressions=(
            ((0, "m"), (0, "m9"), (8, "M"), (7, "s4")),
            ((0, "5"), (1, "M7"), (0, "m"), (10, "m")),
            ((0, "m"), (3, "M"), (8, "M7"), (7, "M")),
            ((0, "m9"), (5, "m"), (8, "M"), (7, "s4")),
        ),
        feel="half",
        leads=("pulse",),
        brightness=0.35,
    ),
    "tech": Mood(
        root=57,
        minor=True,
        progressions=(
            ((0, "m7"), (8, "M7"), (3, "M"), (10, "M")),
            ((0, "m9"), (5, "m7"), (8, "M7"), (10, "s4")),
            ((8, "M7"), (10, "M"), (0, "m7"), (3, "M9")),
            ((0, "m7"), (3, "M"), (10, "M"), (5, "m7")),
        ),
        feel="four",
        leads=("pulse", "pluck"),
        brightness=0.6,
    ),
    "night": Mood(
        root=54,
        minor=True,
        progressions=(
            ((0, "m9"), (8, "M7"), (5, "m7"), (7, "m7")),
            ((5, "m9"), (10, "M"), (0, "m9"), (8, "M7")),
            ((0, "m7"), (10, "s4"), (8, "M7"), (5, "m9")),
            ((8, "M9"), (7, "m7"), (0, "m9"), (3, "M7")),
        ),
        feel="broken",
        leads=("bell", "keys", "pulse"),
        brightness=0.42,
        swing=0.16,
    ),
    "hope": Mood(
        root=60,
        minor=False,
        progressions=(
            ((0, "M"), (7, "M"), (9, "m7"), (5, "M9")),
            ((5, "M9"), (7, "M"), (9, "m7"), (0, "M")),
            ((9, "m7"), (5, "M7"), (0, "M"), (7, "M")),
            ((0, "s2"), (5, "M9"), (9, "m7"), (7, "s4")),
        ),
        feel="four",
        leads=("pluck", "keys"),
        brightness=0.65,
    ),
    "playful": Mood(
        root=60,
        minor=False,
        progressions=(
            ((0, "M"), (9, "m7"), (2, "m7"), (7, "M")),
            ((0, "M"), (5, "M"), (0, "M"), (7, "7s4")),
            ((0, "M7"), (4, "m7"), (9, "m7"), (2, "m7")),
            ((5, "M"), (7, "M"), (4, "m7"), (9, "m7")),
        ),
        feel="broken",
        leads=("pluck", "bell"),
        brightness=0.75,
        swing=0.22,
    ),
}


def chord_row(key: int, row: tuple[tuple[int, str], ...]) -> list[Chord]:
    """The progression in a key, every chord in the inversion nearest to the one before."""
    chords: list[Chord] = []
    for step, quality in row:
        notes = tuple(key + step + n for n in QUALITIES[quality])
        chords.append(_nearest(notes, chords[-1] if chords else None))
    return chords


def resolution(mood: Mood, key: int, before: Chord) -> Chord:
    """The chord a piece comes to rest on: its tonic, with an added ninth."""
    return _nearest(tuple(key + n for n in QUALITIES["m9" if mood.minor else "M9"]), before)


def _nearest(notes: Chord, before: Chord | None) -> Chord:
    """Of the inversions around the centre, the one that moves least."""

    def unrest(chord: Chord) -> float:
        height = abs(float(np.mean(chord)) - CENTRE)
        crowding = sum(3.0 for a, b in pairwise(chord) if b - a < 2)
        if before is None:
            return height + crowding
        movement = sum(min(abs(n - m) for m in before) for n in chord)
        return movement + 0.6 * height + crowding

    inversions = []
    for shift in (-24, -12, 0, 12):
        for turn in range(len(notes)):
            turned = sorted(n + shift + (12 if i < turn else 0) for i, n in enumerate(notes))
            inversions.append(tuple(turned))
    return min(inversions, key=unrest)
