"""Films spliced from real footage with known joins, for measuring how well shots are found.

A film is a list of pictures and the joins in it. Every film is drawn by its seed alone, so that a figure can be
measured again; what is spliced are stretches inside the shots of real edits whose cuts were looked at by eye.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from core import facts
from core.domain.plan import Transition
from core.media.transitions import Picture, blend

RATE = 25
WIDE, HIGH = 480, 270
EDGE = 3
"""Pictures left out at both ends of a shot: the frame beside a cut is not always clean."""
SHORTEST, LONGEST = 18, 75
"""Pictures of a piece."""


@dataclass(frozen=True)
class Join:
    """A boundary: the last picture of the old shot alone, and the first of the new one alone."""

    last: int
    first: int


@dataclass(frozen=True)
class Film:
    """Pictures at 25 a second, and where one shot becomes the next."""

    pictures: list[Picture]
    joins: list[Join]


@dataclass(frozen=True)
class Edit:
    """A real edit: its file, its rate, and the first frames of its new shots, by eye."""

    path: Path
    cuts: tuple[int, ...]


DEMO = Edit(facts.DEMO_SAMPLE, (33, 126, 301))
KNOWN = {
    "tos_battle.webm": (52, 122, 158, 221, 309, 715, 788, 872, 901, 987, 1127, 1157, 1203, 1234, 1246, 1284, 1345,
                        1378, 1430, 1472, 1525, 1571, 1618, 1650),
    "bbb_480p_30s.mp4": (285, 378, 553),
    "intel_bottle.mp4": (),
    "mdn_flower.mp4": (),
}  # fmt: skip
"""First frames of new shots in footage that may lie beside the project; the product does not need it."""


def edits(folder: Path | None) -> list[Edit]:
    """The demo, and whatever known footage is in the folder."""
    beside = [Edit(folder / name, cuts) for name, cuts in KNOWN.items() if (folder / name).exists()] if folder else []
    return [DEMO, *beside]


def material(known: list[Edit]) -> list[list[Picture]]:
    """Shots to splice; the demo's only where there are no others, for the same film is among them."""
    return [shot for edit in (known[1:] or known) for shot in stretches(edit)]


def stretches(edit: Edit) -> list[list[Picture]]:
    """The pictures of each shot of an edit, its ends left out."""
    pictures = _pictures(edit.path)
    bounds = [0, *edit.cuts, len(pictures)]
    shots = [pictures[a + EDGE : b - EDGE] for a, b in pairwise(bounds)]
    return [shot for shot in shots if len(shot) >= SHORTEST]


def _pictures(path: Path) -> list[Picture]:
    """Every frame of a file, 480 x 270, its middle where its shape is another."""
    fit = f"scale={WIDE}:{HIGH}:force_original_aspect_ratio=increase,crop={WIDE}:{HIGH}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-vf", fit]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"], check=True, capture_output=True)
    frames = np.frombuffer(raw.stdout, np.uint8).reshape(-1, WIDE * HIGH * 3 // 2)
    luma, quarter = WIDE * HIGH, WIDE * HIGH // 4
    half = (HIGH // 2, WIDE // 2)
    return [
        (
            f[:luma].reshape(HIGH, WIDE),
            f[luma : luma + quarter].reshape(half),
            f[luma + quarter : luma + 2 * quarter].reshape(half),
        )
        for f in frames
    ]


class Cutter:
    """Draws pieces and joins them; deterministic by seed."""

    def __init__(self, shots: list[list[Picture]], seed: int) -> None:
        self.shots, self.random = shots, np.random.default_rng(seed)
        self.latest = -1

    def piece(self, least: int = SHORTEST, most: int = LONGEST) -> list[Picture]:
        """A stretch of another shot than the one before."""
        fitting = [i for i, shot in enumerate(self.shots) if len(shot) >= least and i != self.latest]
        self.latest = int(self.random.choice(fitting))
        shot = self.shots[self.latest]
        length = int(self.random.integers(least, min(most, len(shot)) + 1))
        start = int(self.random.integers(0, len(shot) - length + 1))
        return shot[start : start + length]

    def joined(self, count: int, ways: list[tuple[Transition, int, int]], least: int = SHORTEST) -> Film:
        """`count` pieces; each join one of the ways: its kind, and its fewest and most pictures."""
        pictures, joins = self.piece(least), []
        for _ in range(count - 1):
            kind, fewest, most = ways[int(self.random.integers(len(ways)))]
            after = self.piece(least)
            length = min(int(self.random.integers(fewest, most + 1)), len(after) // 2, len(pictures) // 2)
            join = Join(len(pictures) - length - 1, len(pictures))
            mixed = [
                blend(kind, pictures[i - length], after[i], i, length, "#000000") if kind != "dissolve"
                else mixture(pictures[i - length], after[i], (i + 1) / (length + 1))
                for i in range(length)
            ]  # fmt: skip
            joins.append(join)
            pictures = [*(pictures[:-length] if length else pictures), *mixed, *after[length:]]
        return Film(pictures, joins)


def leaps(shots: list[list[Picture]], seed: int) -> Film:
    """One shot after the other, each with one to two seconds left out again and again: time leaps in one view."""
    random = np.random.default_rng(seed)
    pictures: list[Picture] = []
    joins: list[Join] = []
    for number in random.permutation(len(shots)).tolist():
        at, shot = 0, shots[number]
        while at + SHORTEST <= len(shot) and len(pictures) < LONGEST * 10:
            part = shot[at : at + int(random.integers(20, 50))]
            if pictures:
                joins.append(Join(len(pictures) - 1, len(pictures)))
            pictures += part
            at += len(part) + int(random.integers(RATE, 2 * RATE))
    return Film(pictures, joins)


def mixture(before: Picture, after: Picture, part: float) -> Picture:
    """Both pictures on top of one another, as every editing program dissolves."""
    y, u, v = (cv2.addWeighted(a, 1 - part, b, part, 0) for a, b in zip(before, after, strict=True))
    return np.asarray(y, np.uint8), np.asarray(u, np.uint8), np.asarray(v, np.uint8)


def each(film: Film, draw: Callable[[Picture, int], Picture]) -> Film:
    """The film with every picture drawn over."""
    return replace(film, pictures=[draw(picture, i) for i, picture in enumerate(film.pictures)])


def flashes(film: Film, seed: int, every: float) -> Film:
    """White, or brightened, for one to four pictures, about `every` seconds; never within half a second of a join."""
    random = np.random.default_rng(seed)
    lit: dict[int, float] = {}
    at = 0.0
    while (at := at + float(random.uniform(0.4, 1.6)) * every * RATE) < len(film.pictures):
        if all(abs(at - join.last) > 12 and abs(at - join.first) > 12 for join in film.joins):
            strength = float(random.uniform(0.5, 1.0))
            lit |= {int(at) + i: strength for i in range(int(random.integers(1, 5)))}
    return each(film, lambda picture, i: _lit(picture, lit[i]) if i in lit else picture)


def blasts(film: Film, seed: int) -> Film:
    """White at once, then fading over half a second to a second and a half, in every shot that is long enough."""
    random = np.random.default_rng(seed)
    bounds = [0, *(join.first for join in film.joins), len(film.pictures)]
    lit: dict[int, float] = {}
    for first, last in pairwise(bounds):
        length = int(random.integers(12, 38))
        if last - first > length + 24:
            begins = int(random.integers(first + 12, last - length - 11))
            strength = float(random.uniform(0.75, 1.0))
            lit |= {begins + i: strength * (1 - i / length) ** 1.5 for i in range(length)}
    return each(film, lambda picture, i: _lit(picture, lit[i]) if i in lit else picture)


def upright(film: Film) -> Film:
    """Its middle, 9:16."""
    wide = HIGH * 9 // 16 // 4 * 4
    left = (WIDE - wide) // 4 * 2

    def draw(picture: Picture, _: int) -> Picture:
        y, u, v = picture
        half = slice(left // 2, (left + wide) // 2)
        return y[:, left : left + wide], u[:, half], v[:, half]

    return each(film, draw)


def _lit(picture: Picture, strength: float) -> Picture:
    white = (np.full_like(picture[0], 235), np.full_like(picture[1], 128), np.full_like(picture[2], 128))
    return mixture(picture, white, strength)


def strobe(film: Film, seed: int) -> Film:
    """Dark and light in turn, three to eight times a second, in every shot."""
    period = int(np.random.default_rng(seed).integers(3, 9))
    return each(film, lambda picture, i: shaded(picture, 0.35) if i // period % 2 else picture)


def shaded(picture: Picture, gain: float) -> Picture:
    """Darker, or lighter, as a lamp would make it."""
    y, u, v = (p.astype(np.float32) for p in picture)
    y, u, v = 16 + (y - 16) * gain, 128 + (u - 128) * gain, 128 + (v - 128) * gain
    drawn = [np.clip(p, 16, 235).astype(np.uint8) for p in (y, u, v)]
    return drawn[0], drawn[1], drawn[2]


def shaken(film: Film, seed: int, strength: float = 1.0) -> Film:
    """Filmed from the hand: the frame wanders, jerks and rolls, and now and then swings fast."""
    random = np.random.default_rng(seed)
    count = len(film.pictures)
    walk = np.cumsum(random.normal(0, 1, (count, 3)), 0)
    smooth = walk - cv2.blur(walk, (1, 41))
    jerks = random.normal(0, 1, (count, 3)) * 0.35
    moves = (smooth + jerks) * np.array([4.0, 3.0, 0.35]) * strength

    def draw(picture: Picture, i: int) -> Picture:
        planes = []
        for plane, scale in zip(picture, (1.0, 0.5, 0.5), strict=True):
            high, wide = plane.shape
            turn = cv2.getRotationMatrix2D((wide / 2, high / 2), float(np.clip(moves[i, 2], -5, 5)), 1.18)
            turn[:, 2] += np.clip(moves[i, :2], -20, 20) * scale
            planes.append(
                np.asarray(cv2.warpAffine(plane, turn, (wide, high), borderMode=cv2.BORDER_REFLECT), np.uint8)
            )
        return planes[0], planes[1], planes[2]

    return each(film, draw)


def swung(film: Film, seed: int) -> Film:
    """In every shot the camera swings once, over a third of the picture within half a second."""
    random = np.random.default_rng(seed)
    bounds = [0, *(join.first for join in film.joins), len(film.pictures)]
    shift = np.zeros(len(film.pictures))
    for first, last in pairwise(bounds):
        begins, length = int(random.integers(first + 8, last - 14)), int(random.integers(8, 14))
        part = np.clip((np.arange(first, last) - begins) / length, 0, 1)
        shift[first:last] = random.choice([-1, 1]) * random.uniform(0.25, 0.4) * (part * part * (3 - 2 * part) - 0.5)

    def draw(picture: Picture, i: int) -> Picture:
        planes = []
        for plane in picture:
            high, wide = plane.shape
            move = np.array([[1.9, 0, -wide * (0.45 + shift[i])], [0, 1.9, -high * 0.45]])
            planes.append(
                np.asarray(cv2.warpAffine(plane, move, (wide, high), borderMode=cv2.BORDER_REFLECT), np.uint8)
            )
        return planes[0], planes[1], planes[2]

    return each(film, draw)


def grainy(film: Film, seed: int, gain: float) -> Film:
    """Dark and noisy, as at night."""
    random = np.random.default_rng(seed)
    noise = [random.normal(0, 7, (HIGH, WIDE)).astype(np.float32) for _ in range(8)]

    def draw(picture: Picture, i: int) -> Picture:
        y, u, v = shaded(picture, gain)
        return np.clip(y + noise[i % 8], 16, 235).astype(np.uint8), u, v

    return each(film, draw)


def boxed(film: Film, share: float) -> Film:
    """Between black bars above and below, each `share` of the height."""
    bar = round(HIGH * share / 4) * 4

    def draw(picture: Picture, _: int) -> Picture:
        y, u, v = (plane.copy() for plane in picture)
        y[:bar], y[-bar:] = 16, 16
        for plane in (u, v):
            plane[: bar // 2], plane[-bar // 2 :] = 128, 128
        return y, u, v

    return each(film, draw)


def titled(film: Film, seed: int) -> Film:
    """With captions that change every second, and a sticker that pops up, whatever the shots do."""
    random = np.random.default_rng(seed)
    words = ["WAIT FOR IT", "so good", "DAY 3", "new in", "LOOK AT THIS", "no way", "part 2"]

    def draw(picture: Picture, i: int) -> Picture:
        y = picture[0].copy()
        text = words[i // 22 % len(words)]
        cv2.putText(y, text, (60, 220), cv2.FONT_HERSHEY_DUPLEX, 1.5, 16, 9)
        cv2.putText(y, text, (60, 220), cv2.FONT_HERSHEY_DUPLEX, 1.5, 235, 3)
        if places[i // 31] > 0.5:
            cv2.circle(y, (380, 70), 45, int(60 + 150 * places[i // 31]), -1)
        return y, picture[1], picture[2]

    places = random.uniform(0, 1, len(film.pictures) // 31 + 1)
    return each(film, draw)


def hurried(film: Film, factor: int) -> Film:
    """Every `factor`-th picture only: fast action."""
    joins = [Join((join.last) // factor, -(-join.first // factor)) for join in film.joins]
    return Film(film.pictures[::factor], joins)
