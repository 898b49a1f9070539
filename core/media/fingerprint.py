"""Finds the pictures of one film in another: a difference hash of views, confirmed by laying one over the other.

Pictures are found re-encoded, smaller, cut to another shape, moved closer by up to a third, in slightly other
colours, mirrored, under captions, and inside a blurred frame. A view is 32 x 32 pixels; its hash is the slope of
its light, across and down, kept as numbers instead of bits. Hashes of views all over a picture find candidates;
these are laid over the picture at every place and at finer sizes. A stretch counts when neighbouring pictures
are found in neighbouring places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.media.glimpses import PER_SECOND, Glimpses

SIDE = 32
"""Pixels of a view's sides."""
SIZES = (1.0, 0.86, 0.74)
"""Sizes of views against the largest that fits, for the search."""
FINER = tuple(1.0 - 0.04 * n for n in range(9))
"""The same for the confirmation."""
STEP = 3
"""Pixels of 32 from one view to the next: a hash forgives half of that."""
PLAIN = 12.0
"""Length of a hash below which a view shows nothing that could be told apart."""
OTHER_SHAPE = 1.15
"""Shapes that differ by more than this factor may stand in a frame of blur."""
TRIED = 6
"""Candidates that are laid over each other for each picture of the film."""

CANDIDATE = 0.36
"""Correlation from which a view is laid over."""
SAME = 0.56
LIKELY = 0.62
SURE = 0.8
"""Of one picture, of a stretch, and of a short stretch. Measured on 24 s of Tears of Steel and of Big Buck Bunny, four
pictures a second: re-encoded at crf 36 and half the size 0.94 and more, cut to 9:16 off the middle 0.92, mirrored and
regraded 0.99, in a frame of blur 0.97; moved closer to 80 % with a white bar over a fifth of the picture 0.52 to 0.76.
Other clips of the same film at most 0.45, of another film 0.53; the mirror image of the clip itself 0.68 where it is
nearly symmetrical, which then is found better the right way round."""
LONG = 4
SHORT = 2
"""Pictures of a stretch."""
GAP = 2
"""Pictures of the film from one that is found to the next, at most."""
ALONG = 0.03
"""Correlation that running along with the sample may cost."""
ALIKE = 0.02
"""Correlation by which places do not differ."""
SLACK = 3
"""Pictures that the sample may stand still or run ahead meanwhile."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """A stretch of the film that is found in the sample, in seconds."""

    sample: tuple[float, float]
    film: tuple[float, float]
    likeness: float
    mirrored: bool = False


def slopes(picture: Bytes) -> Floats:
    """How light changes across and down (h, w): (h-2, w-2, 2). Strong edges do not drown the others."""
    light = picture.astype(np.float32)
    across = light[1:-1, 2:] - light[1:-1, :-2]
    down = light[2:, 1:-1] - light[:-2, 1:-1]
    steepness = np.hypot(across, down)[..., None]
    return np.asarray(np.dstack([across, down]) / np.sqrt(steepness + 4), np.float32)


def hashes(picture: Bytes) -> Floats:
    """The hash of every view of a picture, STEP apart, (n, 450), each of length 1; 0 for a plain view.

    Other light and other colours hardly change it.
    """
    pooled = cv2.blur(slopes(picture), (2, 2), borderType=cv2.BORDER_REPLICATE)[1:, 1:]
    every = sliding_window_view(pooled, (SIDE - 3, SIDE - 3), axis=(0, 1))[..., ::2, ::2]
    rows, columns = (_places(n) for n in every.shape[:2])
    flat = every[np.ix_(rows, columns)].reshape(len(rows) * len(columns), -1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(np.where(length > PLAIN, flat / np.maximum(length, PLAIN), 0), np.float32)


def _places(count: int) -> NDArray[np.int64]:
    """From the first to the last of so many places, STEP apart at the most."""
    return np.unique(np.linspace(0, count - 1, int(np.ceil((count - 1) / STEP)) + 1).round().astype(np.int64))


def in_shape(picture: Bytes, shape: float, size: float) -> Bytes:
    """The picture, squeezed so that its largest view of that shape, times `size`, is 32 x 32 pixels."""
    height, width = picture.shape
    high = min(height, width / shape) * size
    wide = high * shape
    to = max(SIDE, round(width / wide * SIDE)), max(SIDE, round(height / high * SIDE))
    return np.asarray(cv2.resize(picture, to, interpolation=cv2.INTER_AREA), np.uint8)


def _centre(picture: Bytes, shape: float) -> Bytes:
    """The largest view of that shape in the middle of a picture, 32 x 32."""
    height, width = picture.shape
    high = min(height, width / shape)
    top, left = round((height - high) / 2), round((width - high * shape) / 2)
    middle = picture[top : height - top, left : width - left]
    return np.asarray(cv2.resize(middle, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class Likeness:
    """How alike each picture of the film and each of the sample are, (film, sample); 0-1."""

    near: Floats
    """By their hashes."""
    sure: Floats
    """Laid over each other; 0 where they are no candidates."""


def likeness(sample: Glimpses, film: Glimpses) -> tuple[Likeness, Likeness]:
    """How alike the pictures of both are: as they are, and mirrored."""
    shapes = [film.shape]
    if max(film.shape / sample.shape, sample.shape / film.shape) > OTHER_SHAPE:
        shapes.append(sample.shape)
    count = len(film.luma)
    near = np.zeros((2 * count, len(sample.luma)), np.float32)
    sure = np.zeros_like(near)
    for shape in shapes:
        upright = [_centre(picture, shape) for picture in film.luma]
        views = [*upright, *(np.ascontiguousarray(view[:, ::-1]) for view in upright)]
        candidates = _candidates(np.concatenate([hashes(view) for view in views]), sample.luma, shape)
        near = np.maximum(near, candidates)
        sure = np.maximum(sure, _confirmed(candidates, views, sample.luma, shape))
    return Likeness(near[:count], sure[:count]), Likeness(near[count:], sure[count:])


def _candidates(wanted: Floats, pictures: Bytes, shape: float) -> Floats:
    """The best correlation of each wanted hash with any view of each picture."""
    best = np.zeros((len(wanted), len(pictures)), np.float32)
    for number, picture in enumerate(pictures):
        seen = np.concatenate([hashes(in_shape(picture, shape, size)) for size in SIZES])
        best[:, number] = (wanted @ seen.T).max(axis=1)
    return best


def _confirmed(candidates: Floats, views: Sequence[Bytes], pictures: Bytes, shape: float) -> Floats:
    """The same, for the best candidates only, laid over each other exactly."""
    sure = np.zeros_like(candidates)
    for at, row in enumerate(candidates):
        tried = [j for j in np.argsort(-row)[:TRIED] if row[j] > CANDIDATE]
        piece = slopes(views[at])
        for j in tried:
            sure[at, j] = max(_laid_over(piece, pictures[j], shape, size) for size in FINER)
    return sure


def _laid_over(piece: Floats, picture: Bytes, shape: float, size: float) -> float:
    """The best correlation of a piece of slopes with any place of a picture."""
    whole = slopes(in_shape(picture, shape, size))
    return float(cv2.matchTemplate(whole, piece, cv2.TM_CCORR_NORMED).max())


def stretches(sample: Glimpses, film: Glimpses) -> list[Found]:
    """Where the film shows pictures of the sample, in order of the film."""
    found: list[Found] = []
    for alike, mirrored in zip(likeness(sample, film), (False, True), strict=True):
        shift = 0
        for run in _runs(alike.sure):
            mean = float(np.mean([alike.sure[i, j] for i, j in run]))
            if (len(run) >= LONG and mean >= LIKELY) or (len(run) >= SHORT and mean >= SURE):
                placed = _placed(run, alike.near, shift)
                shift = placed[0][1] - placed[0][0]
                shown, there = [i for i, _ in placed], [j for _, j in placed]
                found.append(
                    Found(
                        sample=(float(sample.times[min(there)]), float(sample.times[max(there)]) + 1 / PER_SECOND),
                        film=(float(film.times[shown[0]]), float(film.times[shown[-1]]) + 1 / PER_SECOND),
                        likeness=round(min(1.0, mean), 3),
                        mirrored=mirrored,
                    )
                )
    return _joined(sorted(_told_once(found), key=lambda one: one.film))


def _placed(run: list[tuple[int, int]], near: Floats, before: int) -> list[tuple[int, int]]:
    """The same stretch where the sample runs along with it, if that is as good.

    One picture is found all over a still shot. Of places that are as good, that which goes on with the stretch
    `before` is taken: so many pictures of the sample ahead of the film.
    """
    shown = np.array([i for i, _ in run])
    now = float(np.mean([near[i, j] for i, j in run]))
    moves = range(-int(shown[0]), near.shape[1] - int(shown[-1]))
    scores = {moved: float(near[shown, shown + moved].mean()) for moved in moves}
    best = max(scores.values(), default=0.0)
    if best < now - ALONG:
        return run
    shift = min((m for m in moves if scores[m] >= best - ALIKE), key=lambda m: (abs(m - before) > 1, -scores[m]))
    return [(int(i), int(i) + shift) for i in shown]


def _joined(found: list[Found]) -> list[Found]:
    """Stretches that go on where the one before ends, as over a cut of the sample, in one piece."""
    joined: list[Found] = []
    for one in found:
        last = joined[-1] if joined else None
        shifts = [f.sample[0] - f.film[0] for f in (last, one) if f]
        follows = last and last.mirrored == one.mirrored and one.film[0] - last.film[1] <= GAP / PER_SECOND
        if last and follows and abs(shifts[1] - shifts[0]) <= 1 / PER_SECOND:
            lengths = [f.film[1] - f.film[0] for f in (last, one)]
            mean = float(np.average([last.likeness, one.likeness], weights=lengths))
            ends = max(last.sample[1], one.sample[1]), max(last.film[1], one.film[1])
            joined[-1] = Found((last.sample[0], ends[0]), (last.film[0], ends[1]), round(mean, 3), one.mirrored)
        else:
            joined.append(one)
    return joined


def _runs(alike: Floats) -> list[list[tuple[int, int]]]:
    """Neighbouring pictures of the film with neighbouring pictures of the sample: (film, sample) pairs."""
    runs: list[list[tuple[int, int]]] = []
    for i, row in enumerate(alike):
        places = np.flatnonzero(row >= SAME)
        if not len(places):
            continue
        if runs and i - runs[-1][-1][0] <= GAP:
            last_i, last_j = runs[-1][-1]
            near = places[np.abs(places - last_j - (i - last_i) / 2) <= SLACK]
            if len(near):
                expected = last_j + i - last_i
                runs[-1].append((i, int(max(near, key=lambda j: row[j] - 0.01 * abs(j - expected)))))
                continue
        runs.append([(i, int(places[row[places].argmax()]))])
    return runs


def _told_once(found: list[Found]) -> list[Found]:
    """A stretch that is found both ways, as where a picture is symmetrical, counts the way it is found better."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: -f.likeness):
        inside = [k for k in kept if k.film[0] - 0.3 <= one.film[0] and one.film[1] <= k.film[1] + 0.3]
        if not inside:
            kept.append(one)
    return kept
