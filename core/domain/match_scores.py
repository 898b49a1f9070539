"""The scores of a comparison: what is compared for each aspect, how far apart counts how much, and the words for it.

A score is 100 for the same and halves with every so much of distance; how much is said beside each aspect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.domain.analysis import Colour, SampleAnalysis, Span
from core.domain.match import (
    WEIGHTS,
    Aspect,
    AspectScore,
    Match,
    Part,
    Reading,
    SceneScore,
    Stretch,
    averaged,
    corresponding,
)
from core.domain.shades import apart, colourfulness, mean

NEAR = 85
"""From here on nothing needs to be changed."""
PIECES = 16
"""That curves are compared in; of a scene there are as many as it has half seconds."""
SILENT = 10.0
"""Words a minute below which nobody counts as speaking."""
BARE = 0.05
"""Share of the time below which nothing counts as written."""
TEMPO_SURE = 0.3
SIZES = ("extreme wide", "wide", "medium", "close-up", "extreme close-up")


class Judged(NamedTuple):
    """One aspect of a stretch: None where neither has it."""

    score: float | None
    told: Sequence[str]
    """The figures of sample and film, with their units."""
    reason: str


def compare(
    sample: SampleAnalysis,
    sample_reading: Reading,
    film: SampleAnalysis,
    film_reading: Reading,
    parts: Sequence[Part],
) -> Match:
    """The comparison of a whole film, and of each of these scenes of it."""
    there, here = Stretch.whole(sample, sample_reading), Stretch.whole(film, film_reading)
    judged = {name: judge(there, here) for name, judge in JUDGES.items()}
    scores = {name: found.score for name, found in judged.items() if found.score is not None}
    total = sum(WEIGHTS[name] for name in scores) or 1.0
    return Match(
        score=round(averaged(scores)),
        aspects=tuple(
            AspectScore(
                aspect=name,
                score=None if found.score is None else round(found.score),
                weight=round(WEIGHTS[name] / total, 3) if found.score is not None else 0.0,
                sample=found.told[0],
                film=found.told[1],
                reason=found.reason,
            )
            for name, found in judged.items()
        ),
        scenes=tuple(_scene(number, part, here, there) for number, part in enumerate(parts, 1)),
    )


def _scene(number: int, part: Part, film: Stretch, sample: Stretch) -> SceneScore:
    here, there = corresponding(part, film, sample)
    judged = {name: judge(there, here) for name, judge in JUDGES.items()}
    scores = {name: found.score for name, found in judged.items() if found.score is not None}
    lost = sorted(scores, key=lambda name: WEIGHTS[name] * (scores[name] - 100))
    reasons = [judged[name].reason for name in lost[:2] if scores[name] < NEAR]
    return SceneScore(
        id=part.id,
        number=number,
        name=part.name,
        film=Span(start=round(here.start, 3), end=round(here.end, 3)),
        sample=Span(start=round(there.start, 3), end=round(there.end, 3)),
        score=round(averaged(scores)),
        parts={name: round(score) for name, score in scores.items()},
        reason=" ".join(reasons) or "Near the sample in everything.",
    )


def halving(distance: float, half: float) -> float:
    """100 for no distance, 50 for `half`, 25 for twice that."""
    return float(100 * 0.5 ** (abs(distance) / half))


def _mixed(parts: Sequence[tuple[float, float]]) -> float:
    """The mean of scores by weight, from pairs of (weight, score)."""
    return sum(weight * score for weight, score in parts) / sum(weight for weight, _ in parts)


def _pieces(sample: Stretch, film: Stretch) -> int:
    """How many pieces curves are compared in."""
    return max(1, min(PIECES, round(min(sample.seconds, film.seconds) * 2)))


def _gap(one: Sequence[float], other: Sequence[float]) -> float:
    """Mean absolute difference."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def rhythm(sample: Stretch, film: Stretch) -> Judged:
    """Pace (half: 0.8 of an octave), evenness, where the cuts fall, and how shots are joined."""
    cuts = len(sample.joins), len(film.joins)
    pace = [len(s.lengths) / s.seconds for s in (sample, film)]
    octaves = math.log2(pace[1] / pace[0]) if any(cuts) else 0.0
    parts = [(0.6, halving(octaves, 0.8))]
    if min(cuts) >= 2:
        parts.append((0.15, halving(_unevenness(sample.lengths, film.lengths), 0.5)))
        parts.append((0.15, halving(_layout(sample, film), 0.15)))
    if min(cuts) >= 1:
        parts.append((0.1, halving(_hard(sample) - _hard(film), 0.5)))
    told = [_shots_in_words(s) for s in (sample, film)]
    if abs(octaves) < 0.2:
        reason = "Cut as fast as the sample."
    else:
        how = "Slower" if octaves < 0 else "Faster"
        reason = f"{how} cut than the sample: {told[1]} instead of {told[0]}."
    if min(cuts) >= 1 and abs(_hard(sample) - _hard(film)) > 0.4:
        softer = _hard(film) < _hard(sample)
        reason += " It blends where the sample cuts." if softer else " It cuts where the sample blends."
    return Judged(_mixed(parts), told, reason)


def _shots_in_words(stretch: Stretch) -> str:
    count = len(stretch.lengths)
    return "one shot" if count == 1 else f"a shot every {stretch.seconds / count:.1f} s"


def _unevenness(one: Sequence[float], other: Sequence[float]) -> float:
    """How differently the lengths of shots are spread around their mean."""
    spread = []
    for lengths in (one, other):
        ranked = sorted(length / _mean(lengths) for length in lengths)
        spread.append([ranked[min(len(ranked) - 1, int((n + 0.5) / 8 * len(ranked)))] for n in range(8)])
    return _gap(*spread)


def _layout(one: Stretch, other: Stretch) -> float:
    """How far apart the cuts have come on the way, as a share of all cuts."""
    come = []
    for stretch in (one, other):
        places = [(shot.start - stretch.start) / stretch.seconds for shot in stretch.joins]
        come.append([sum(p <= n / 20 for p in places) / len(places) for n in range(1, 20)])
    return _gap(*come)


def _hard(stretch: Stretch) -> float:
    """Share of its joins that are plain cuts."""
    return sum(shot.opens_with == "cut" for shot in stretch.joins) / max(1, len(stretch.joins))


def framing(sample: Stretch, film: Stretch) -> Judged:
    """How close the camera is, place by place (half: one size of shot)."""
    count = _pieces(sample, film)
    near = [s.closeness(count) for s in (sample, film)]
    ranked = [sorted(values) for values in near]
    distance = 0.6 * _gap(*near) + 0.4 * _gap(*ranked)
    means = [_mean(values) for values in near]
    told = [f"mostly {size_of(mean_)}" for mean_ in means]
    difference = means[1] - means[0]
    if abs(difference) < 0.08:
        reason = "Framed as close as the sample"
        reason += "." if distance < 0.06 else " on average, but closer and wider at other moments."
    else:
        reason = f"{'Closer' if difference > 0 else 'Wider'} than the sample"
        sizes = [size_of(value) for value in means]
        reason += "." if sizes[0] == sizes[1] else f": {sizes[1]} against {sizes[0]}."
    return Judged(halving(distance, 0.2), told, reason)


def size_of(closeness: float) -> str:
    """A closeness as a size of shot."""
    return SIZES[min(4, int(closeness * 5))]


def palette(sample: Stretch, film: Stretch) -> Judged:
    """How far the paint of one would have to be carried to make the other (half: 14 of CIE Lab)."""
    colours = sample.palette, film.palette
    distance = apart(*colours)
    told = [", ".join(c.hex for c in sorted(p, key=lambda c: -c.share)[:3]) for p in colours]
    if distance < 5:
        reason = "The colours of the sample."
    else:
        reason = f"Other colours than the sample: {_hue(colours[0], colours[1])}."
    return Judged(halving(distance, 14), told, reason)


def _hue(sample: Sequence[Colour], film: Sequence[Colour]) -> str:
    """What is most different about a palette."""
    was, now = mean(sample), mean(film)
    choices = {
        "lighter": now[0] - was[0],
        "darker": was[0] - now[0],
        "warmer": now[2] - was[2],
        "cooler": was[2] - now[2],
        "redder": now[1] - was[1],
        "greener": was[1] - now[1],
        "more colourful": 1.2 * (colourfulness(film) - colourfulness(sample)),
        "greyer": 1.2 * (colourfulness(sample) - colourfulness(film)),
    }
    ranked = sorted(choices, key=lambda word: -choices[word])
    clear = [word for word in ranked[:2] if choices[word] > 4]
    return " and ".join(clear) or "other hues of the same weight"


def brightness(sample: Stretch, film: Stretch) -> Judged:
    """Place by place: level (half: 8 points of 100) and course (half: 8)."""
    count = _pieces(sample, film)
    levels = [s.levels(s.analysis.brightness, count) for s in (sample, film)]
    means = [_mean(values) for values in levels]
    difference = means[1] - means[0]
    course = _gap([v - means[0] for v in levels[0]], [v - means[1] for v in levels[1]])
    score = 0.6 * halving(difference, 0.08) + 0.4 * halving(course, 0.08)
    if abs(difference) < 0.03:
        reason = "As bright as the sample." if course < 0.04 else "As bright as the sample, light and dark elsewhere."
    else:
        reason = f"{'Brighter' if difference > 0 else 'Darker'} than the sample by {abs(difference):.0%}."
    return Judged(score, [f"{value:.0%}" for value in means], reason)


def motion(sample: Stretch, film: Stretch) -> Judged:
    """Place by place, in octaves (half: 1.2, a little over twice as much movement)."""
    count = _pieces(sample, film)
    levels = [[math.log2(v + 0.01) for v in s.levels(s.analysis.motion, count)] for s in (sample, film)]
    means = [_mean(values) for values in levels]
    difference = means[1] - means[0]
    score = 0.5 * halving(difference, 1.2) + 0.5 * halving(_gap(*levels), 1.2)
    told = [f"{2**value - 0.01:.1%} change a frame" for value in means]
    if abs(difference) < 0.3:
        reason = "As lively as the sample." if _gap(*levels) < 0.5 else "As lively as the sample, but at other moments."
    else:
        how, times = ("Livelier", difference) if difference > 0 else ("Calmer", -difference)
        whose = "as much movement" if difference > 0 else "less movement"
        reason = f"{how} than the sample: {2**times:.1f} times {whose}."
    return Judged(score, told, reason)


def loudness(sample: Stretch, film: Stretch) -> Judged:
    """Course around its own level (half: 5 LU), level (half: 8 LU; platforms set it), tempo of the music."""
    one, other = sample.analysis, film.analysis
    told = ["silent" if a.loudness_lufs is None else f"{a.loudness_lufs:.1f} LUFS" for a in (one, other)]
    if one.loudness_lufs is None and other.loudness_lufs is None:
        return Judged(None, told, "Neither can be heard.")
    if one.loudness_lufs is None or other.loudness_lufs is None:
        silent = "The sample" if one.loudness_lufs is None else "The film"
        return Judged(0.0, told, f"{silent} is silent, the other is not.")
    count = _pieces(sample, film)
    assert one.loudness and other.loudness
    courses = [
        [max(-25.0, v - level) for v in s.levels(curve, count)]
        for s, curve, level in (
            (sample, one.loudness, one.loudness_lufs),
            (film, other.loudness, other.loudness_lufs),
        )
    ]
    parts = [(0.6, halving(_gap(*courses), 5))]
    difference = other.loudness_lufs - one.loudness_lufs
    reason = "Loud and soft where the sample is." if _gap(*courses) < 2.5 else "Loud and soft at other moments."
    if not sample.is_whole:
        gap = _mean(courses[1]) - _mean(courses[0])
        if abs(gap) >= 3:
            reason = f"{'Louder' if gap > 0 else 'Softer'} here than the sample at this place, by {abs(gap):.0f} LU."
        return Judged(_mixed(parts), told, reason)
    parts.append((0.2, halving(difference, 8)))
    octaves = _octaves_of_tempo(one, other)
    if octaves is not None:
        parts.append((0.2, halving(octaves, 0.2)))
    if abs(difference) >= 2:
        reason += f" {abs(difference):.0f} LU {'louder' if difference > 0 else 'softer'} on the whole."
    if octaves is not None and abs(octaves) > 0.06:
        told = [f"{t}, {a.tempo_bpm:.0f} beats a minute" for t, a in zip(told, (one, other), strict=True)]
        reason += f" Its music goes {'faster' if octaves > 0 else 'slower'}."
    return Judged(_mixed(parts), told, reason)


def _octaves_of_tempo(sample: SampleAnalysis, film: SampleAnalysis) -> float | None:
    """How much faster the film's music goes, half and double time being the same; None when either has no beat."""
    both = sample.tempo_bpm and film.tempo_bpm
    if not both or min(sample.tempo_confidence, film.tempo_confidence) < TEMPO_SURE:
        return None
    octaves = math.log2((film.tempo_bpm or 1) / (sample.tempo_bpm or 1))
    return octaves - round(octaves)


def words(sample: Stretch, film: Stretch) -> Judged:
    """How much is said (half: a third of the larger one)."""
    rates = sample.words_a_minute, film.words_a_minute
    told = [f"about {rate:.0f}" if rate >= SILENT else "nobody speaks" for rate in rates]
    if max(rates) < SILENT:
        return Judged(None, told, "Nobody speaks in either.")
    difference = (rates[1] - rates[0]) / max(*rates, 60)
    if min(rates) < SILENT:
        who = (
            "The film is spoken where the sample is not."
            if rates[1] > rates[0]
            else "The sample is spoken where the film is not."
        )
        return Judged(halving(difference, 0.35), told, who)
    if abs(difference) < 0.12:
        reason = "As many words as the sample."
    else:
        more = "More" if difference > 0 else "Fewer"
        reason = f"{more} words than the sample: {told[1]} a minute against {rates[0]:.0f}."
    return Judged(halving(difference, 0.35), told, reason)


def captions(sample: Stretch, film: Stretch) -> Judged:
    """Time with something written (half: a third of the time) and its size (half: twice as large)."""
    (time, area), (film_time, film_area) = sample.written, film.written
    told = [f"{t:.0%} of the time" if t >= BARE else "nothing is written" for t in (time, film_time)]
    if max(time, film_time) < BARE:
        return Judged(None, told, "Nothing is written in either.")
    parts = [(0.75, halving(film_time - time, 0.33))]
    reason = "Written on as much as the sample."
    if min(time, film_time) >= BARE:
        octaves = math.log2(film_area / area)
        parts.append((0.25, halving(octaves, 1.0)))
        if abs(octaves) > 0.7:
            reason = f"{'Larger' if octaves > 0 else 'Smaller'} words on the picture than in the sample."
    if abs(film_time - time) > 0.1:
        more = "More" if film_time > time else "Less"
        reason = f"{more} is written on the picture: {told[1]} against {told[0]}."
        if time < BARE:
            reason = "Something is written on the film, and nothing on the sample."
        elif film_time < BARE:
            reason = "Nothing is written on the film, but on the sample."
    return Judged(_mixed(parts), told, reason)


JUDGES: dict[Aspect, Callable[[Stretch, Stretch], Judged]] = {
    "rhythm": rhythm,
    "framing": framing,
    "palette": palette,
    "brightness": brightness,
    "motion": motion,
    "loudness": loudness,
    "words": words,
    "captions": captions,
}
