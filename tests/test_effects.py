"""The offline effects: what words ask for, what comes out of each, and what is honestly missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from core.providers.local import effects
from core.providers.local.foley.vocabulary import AMBIENCE, HITS, Cue, asked

RATE = 48_000


def nothing(_: float) -> None:
    """Take no notice of progress."""


def made(folder: Path, text: str, seconds: float = 3.0, seed: int = 1, tail: float = 0.0) -> dict[str, Any]:
    return effects.make(text=text, seconds=seconds, tail=tail, seed=seed, folder=str(folder), report=nothing)


def heard(sound: dict[str, Any]) -> np.ndarray:
    rate, samples = wavfile.read(sound["path"])
    assert rate == RATE
    return samples.T.astype(float) / 32768


def centre(samples: np.ndarray) -> float:
    """Hertz around which most of a sound lies."""
    power = np.abs(np.fft.rfft(samples.mean(0))) ** 2
    return float((np.fft.rfftfreq(samples.shape[1], 1 / RATE) * power).sum() / power.sum())


@pytest.mark.parametrize(
    ("words", "kinds", "missing"),
    [
        ("soft whoosh as the logo lands", ["whoosh"], []),
        ("Rain on a window and distant thunder", ["rain", "thunder"], []),
        ("a lion roars, then an impact", ["impact"], ["a lion roars"]),
        ("busy café chatter with glass clinking", ["crowd", "glass"], []),
        ("cash register ka-ching", ["coins"], []),
        ("riser into a deep boom at the end", ["riser", "boom"], []),
        ("campfire crackling under a summer night", ["fire", "crickets"], []),
        ("no music, silence", [], []),
        ("a kettle whistles", [], ["a kettle whistles"]),
        ("", [], []),
    ],
)
def test_words_ask_for_effects_and_what_there_is_none_for_is_told(words, kinds, missing):
    found = asked(words)
    assert [cue.kind for cue in found.cues] == kinds
    assert list(found.missing) == missing


def test_soft_loud_far_and_late_are_understood():
    soft, far, loud, late = (asked(w).cues[0] for w in ("soft click", "distant bell", "huge impact", "pop at the end"))
    assert soft.gain_db < 0 < loud.gain_db
    assert far.distant and far.gain_db < 0
    assert late.late


@pytest.mark.parametrize("kind", [*HITS, *AMBIENCE])
def test_each_effect_can_be_heard_is_clean_and_the_same_every_time(tmp_path, kind):
    cue = Cue(kind=kind, ambience=kind in AMBIENCE)
    first, second = (effects._played(cue, 2.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.isfinite(first).all()
    assert 0.5 < np.abs(first).max() <= 0.71
    assert np.abs(first.mean(axis=1)).max() < 0.01
    assert np.abs(first[:, [0, -1]]).max() < 0.01
    mono, sides = (first.mean(0) ** 2).mean(), (first**2).mean()
    assert mono > 0.3 * sides  # nothing is lost on a phone's one loudspeaker
    if cue.ambience:
        assert first.shape[1] == 2 * RATE


def test_effects_sound_like_what_they_are_named_after(tmp_path):
    order = ["boom", "crowd", "rain", "sizzle"]
    pitches = [centre(heard(made(tmp_path, name)["sounds"][0])) for name in order]
    assert pitches == sorted(pitches)
    assert pitches[0] < 150 and pitches[-1] > 5000
    riser = heard(made(tmp_path, "a riser")["sounds"][0])
    early, late = riser[:, : RATE // 2], riser[:, 2 * RATE : int(2.4 * RATE)]
    assert centre(late) > 3 * centre(early)
    assert (late**2).mean() > 20 * (early**2).mean()
    whoosh = heard(made(tmp_path, "whoosh")["sounds"][0])
    sides = [
        (part[0] ** 2).sum() / (part[1] ** 2).sum() for part in (whoosh[:, : RATE // 2], whoosh[:, RATE * 6 // 10 :])
    ]
    assert max(sides) > 1.5 > 1 / 1.5 > min(sides)  # it crosses from one side to the other


def test_a_riser_ends_where_its_blow_begins(tmp_path):
    riser, boom = made(tmp_path, "riser into a deep boom at the end", seconds=5.0)["sounds"]
    assert riser["start"] + 2.4 == pytest.approx(boom["start"], abs=0.01)
    alone = made(tmp_path, "riser", seconds=5.0)["sounds"][0]
    assert alone["start"] + 2.4 == pytest.approx(5.0, abs=0.01)


def test_ambience_lasts_as_long_as_its_scene_and_short_effects_follow_each_other(tmp_path):
    answer = made(tmp_path, "city street, a click, then a pop", seconds=4.0)
    city, click, pop = answer["sounds"]
    assert (city["kind"], city["start"], city["seconds"]) == ("city", 0.0, 4.0)
    assert click["start"] < pop["start"] < 4.0
    tailed = made(tmp_path, "city street, a click", seconds=4.0, tail=0.5)["sounds"]
    assert (tailed[0]["seconds"], tailed[1]["seconds"]) == (4.5, click["seconds"])


def test_the_same_words_give_the_same_bytes_and_another_seed_others(tmp_path):
    first = Path(made(tmp_path, "rain")["sounds"][0]["path"]).read_bytes()
    assert Path(made(tmp_path, "rain")["sounds"][0]["path"]).read_bytes() == first
    assert Path(made(tmp_path, "rain", seed=2)["sounds"][0]["path"]).read_bytes() != first
