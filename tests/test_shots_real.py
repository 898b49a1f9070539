"""Shots in real footage spliced with known joins; the demo's shots, cut as phones and editors cut them.

`python -m bench.shots FOLDER` measures the same over more footage; here the floor of each kind is held.
"""

from __future__ import annotations

import pytest

from bench import footage, shots
from bench.footage import Cutter, Film, Join
from bench.shots import Score, score

PIECES = 6


@pytest.fixture(scope="module")
def stretches() -> list[list[footage.Picture]]:
    """The four shots of Big Buck Bunny that ship with the product."""
    return footage.stretches(footage.DEMO)


def told(film: Film, tmp_path) -> Score:
    return score(shots.boundaries(shots.written(film, tmp_path / "film.mp4"), tmp_path), film.joins)


def spliced(stretches, seed: int, least: int = 20) -> Film:
    return Cutter(stretches, seed).joined(PIECES, [("cut", 0, 0)], least)


def test_the_demo_as_it_is(tmp_path):
    found = shots.boundaries(footage.DEMO.path, tmp_path)
    assert score(found, [Join(cut - 1, cut) for cut in footage.DEMO.cuts]) == Score(3, 3, 0)


def test_cuts_and_dissolves_of_an_ordinary_edit(stretches, tmp_path):
    """Eleven joins: cuts, and dissolves of half a second to a second."""
    ways = [("cut", 0, 0), ("cut", 0, 0), ("dissolve", 10, 24)]
    film = Cutter(stretches, 3).joined(2 * PIECES, ways, 21)
    assert told(film, tmp_path).f1 >= 0.95


@pytest.mark.parametrize(
    "drawn",
    [
        lambda film: footage.flashes(film, 1, 0.8),
        lambda film: footage.strobe(film, 2),
        lambda film: footage.shaken(film, 3),
        lambda film: footage.boxed(film, 0.13),
        lambda film: footage.titled(film, 4),
        lambda film: footage.grainy(film, 5, 0.35),
        lambda film: footage.swung(film, 6),
        lambda film: footage.blasts(film, 7),
        footage.upright,
    ],
    ids=[
        "flashes",
        "strobe",
        "from the hand",
        "letterboxed",
        "captions and stickers",
        "dark and noisy",
        "swings",
        "blasts of light",
        "upright",
    ],
)
def test_what_happens_within_a_shot_is_no_cut_and_hides_none(stretches, tmp_path, drawn):
    """Five cuts each, nothing missed and nothing invented."""
    assert told(drawn(spliced(stretches, 11, 24)), tmp_path) == Score(PIECES - 1, PIECES - 1, 0)


def test_dissolves_filmed_from_the_hand_are_found(stretches, tmp_path):
    """What shakes is blended all the same: four of five at least, and nothing invented."""
    film = footage.shaken(Cutter(stretches, 12009).joined(PIECES, [("dissolve", 10, 24)], 32), 12)
    found = told(film, tmp_path)
    assert found.invented == 0
    assert found.hits >= PIECES - 2


def test_leaps_in_time_within_a_shot_are_found(stretches, tmp_path):
    """As in talk to a camera: the same view, one to two seconds left out; nothing invented."""
    film = footage.leaps([shot for shot in stretches if len(shot) > 80] * 2, 2)
    found = told(film, tmp_path)
    assert len(film.joins) >= 4
    assert found.invented == 0
    assert found.f1 >= 0.8


def test_a_score_counts_each_boundary_once():
    """Two boundaries at one join: the second is invented."""
    joins = [Join(9, 10), Join(39, 52)]
    assert score([10, 11, 45], joins) == Score(2, 2, 1)
    assert score([], joins).f1 == 0
    assert score([], []).f1 == 1
