"""Pictures by rows take the same values as pictures at once, and painting a large scene takes little memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from core.providers.local.film.by_rows import BAND, Rows, by_rows, either, on_sheet, picked
from core.providers.local.film.layers import Layer
from core.providers.local.film.paint import mix
from core.providers.local.film.post import TILES
from tests.conftest import ROOT

TALL, WIDE = 640, 420
MOST = 330
"""Megabytes beside what the libraries take; painted at once it was 480."""


@pytest.fixture
def fields() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    one, two = (rng.random((TALL, WIDE), np.float32) for _ in range(2))
    two[:200], two[400:], two[:, :150] = 0, 0, 0
    assert one.size > 2 * BAND
    return one, two


def test_what_is_reckoned_by_rows_is_what_is_reckoned_at_once(fields):
    one, two = fields
    red, blue = np.array([[0.9, 0.1, 0.2], [0.1, 0.3, 0.8]], np.float32)

    def painted(wrap):
        light = np.clip(wrap(one) * 1.4 - 0.1, 0, 1)[..., None]
        picture = mix(red, blue, light) * (1 + 0.2 * wrap(two))[..., None]
        picture += wrap(two)[..., None] * blue * np.float32(0.4)
        return mix(np.exp(-(picture**2)), red, wrap(two)[..., None])

    lazy, plain = painted(by_rows), painted(np.asarray)
    assert isinstance(lazy, Rows)
    assert np.array_equal(np.asarray(lazy), plain)
    assert np.array_equal(lazy[3:5], plain[3:5])


def test_choices_and_parts_are_the_same_too(fields):
    one, two = fields
    assert np.array_equal(np.asarray(picked(one, 0.5, 0.9, 0.1))[..., 0], np.where(one > 0.5, 0.9, 0.1))
    a, b = (np.stack([field] * 3, -1) for field in fields)
    chosen = either(by_rows(one) < by_rows(two), by_rows(a), by_rows(b))
    assert np.array_equal(np.asarray(chosen), np.where((one < two)[..., None], a, b))
    sunk = np.asarray(on_sheet((TALL + 90, WIDE), (0, 90, WIDE, TALL + 90), by_rows(a)))
    assert not sunk[:90].any()
    assert np.array_equal(sunk[90:], a)


def test_an_array_that_is_there_takes_them_in(fields):
    one, two = fields
    expected = one + (1 - two * np.float32(0.3))
    one += 1 - by_rows(two) * np.float32(0.3)
    assert np.array_equal(one, expected)


@pytest.mark.parametrize("blend", ["over", "add"])
def test_a_layer_by_rows_is_the_same_layer(fields, blend):
    one, two = fields
    whole = np.stack([one, one**2, 1 - one], -1)
    rows = by_rows(whole)
    made = [Layer(p, two, 0.5, np.random.default_rng(1), blend=blend) for p in (whole, rows)]
    assert made[0].origin == made[1].origin
    assert np.array_equal(made[0].rgb, made[1].rgb)
    assert blend == "add" or np.array_equal(made[0].alpha, made[1].alpha)


def test_painting_a_large_scene_takes_little_memory():
    painting = f"""
import resource
from core.providers.local.film import clip, shot
from tests.test_film_local import an_order
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with clip._sparing():
    made = shot.ShotRenderer(an_order((1080, 1920), motif="city", seconds=2.0))
assert len(made.post.grain) == {TILES}
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
    told = subprocess.run([sys.executable, "-c", painting], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(told.stdout) < MOST
