"""How long lines take to say, and how full of speech a scene is."""

from __future__ import annotations

from core.domain.syllables import spoken_words

EASY_RATE = 2.3
"""Words a second at which a scene can be filled and still sounds unhurried."""
PAUSE = 0.5
"""Seconds of a scene that stay free of speech."""
FULL, THIN = 0.9, 0.7
"""A scene should be filled with speech between these shares of its room."""
MOST = 1.12
"""Share of its easy room that a scene may be filled with; about the natural rate of the voices."""


def room_of(seconds: float) -> float:
    """Words that a scene of that length has room for, said without hurry."""
    return max(1.0, (seconds - PAUSE) * EASY_RATE)


def fill(line: str, seconds: float) -> float:
    """Share of the scene's room that the line takes; over 1 it has to be said faster."""
    return spoken_words(line) / room_of(seconds)


def misfit(share: float) -> float:
    """How badly a scene filled to that share is filled: 0 between thin and full, steep above the room."""
    if share > MOST:
        return 0.1 + 6.0 * (share - MOST)
    if share > FULL:
        return 0.5 * (share - FULL)
    return 1.5 * max(0.0, THIN - share)
