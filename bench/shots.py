"""How well shots are found, clip by clip: `python -m bench.shots [folder of footage]` prints a table.

Real edits whose cuts were looked at by eye, and films spliced from their shots in every way that makes shots hard to
find. A boundary counts as found when it stands within two frames of the cut, or inside the transition. Without a
folder only the demo is used.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import footage
from bench.footage import RATE, Cutter, Film, Join
from core.domain.analysis import SampleAnalysis
from core.media import ffmpeg, measure
from core.media.transitions import Picture

SLACK = 2
"""Frames that a boundary may be off."""
PIECES = 12
SEEDS = (1, 2)


@dataclass(frozen=True)
class Score:
    """Boundaries that are there, that were found, and that were found where none is."""

    there: int
    hits: int
    invented: int

    def __add__(self, other: Score) -> Score:
        return Score(self.there + other.there, self.hits + other.hits, self.invented + other.invented)

    @property
    def f1(self) -> float:
        """1 where nothing was to be found and nothing was."""
        found = self.hits + self.invented
        return 2 * self.hits / (self.there + found) if self.there + found else 1.0

    def row(self, name: str) -> str:
        """A line of the table."""
        missed = self.there - self.hits
        return f"| {name} | {self.there} | {missed} | {self.invented} | {self.f1:.3f} |"


def score(found: Iterable[int], joins: Iterable[Join]) -> Score:
    """Matches each join with at most one boundary; `found` are first frames of shots, the first left out."""
    left, joins, hits = sorted(found), list(joins), 0
    for join in joins:
        near = [at for at in left if join.last + 1 - SLACK <= at <= join.first + SLACK]
        if near:
            left.remove(near[0])
            hits += 1
    return Score(len(joins), hits, len(left))


def boundaries(path: Path, folder: Path) -> list[int]:
    """First frames of the shots that are found in a file, the first left out."""
    result = measure.measure(path=str(path), key_frames_dir=str(folder / "keys"), report=lambda _: None)
    analysis = SampleAnalysis.model_validate(result["analysis"])
    return [round(shot.start * analysis.fps) for shot in analysis.shots[1:]]


def written(film: Film, target: Path) -> Path:
    """Encoded as a phone or a site would: x264 at a middling quality."""
    raw = target.with_suffix(".yuv")
    raw.write_bytes(b"".join(plane.tobytes() for picture in film.pictures for plane in picture))
    high, wide = film.pictures[0][0].shape
    size = f"{wide}x{high}"
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(RATE), "-i", str(raw)]
    ffmpeg.run([*source, "-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-y", str(target)], seconds=300)
    raw.unlink()
    return target


def films(shots: list[list[Picture]], seed: int) -> dict[str, Callable[[], Film]]:
    """Every kind of film, by name; each is spliced when it is asked for."""

    def plain(salt: int, least: int = footage.SHORTEST) -> Film:
        return Cutter(shots, seed * 1000 + salt).joined(PIECES, [("cut", 0, 0)], least)

    def blends(salt: int, fewest: int, most: int) -> Film:
        least = min(most + 8, max(len(shot) for shot in shots) - 1)
        return Cutter(shots, seed * 1000 + salt).joined(PIECES, [("dissolve", fewest, most)], least)

    def mixed() -> Film:
        ways = [("cut", 0, 0)] * 6 + [("dissolve", 8, 24)] * 2 + [("dip", 12, 24)]
        return Cutter(shots, seed * 1000).joined(2 * PIECES, ways, 26)  # type: ignore[arg-type]

    def designed() -> Film:
        ways = [("whip", 8, 12), ("zoom", 10, 14), ("slide", 10, 16), ("wipe", 10, 20)]
        return Cutter(shots, seed * 1000 + 4).joined(PIECES, ways, 26)  # type: ignore[arg-type]

    return {
        "ordinary edit": mixed,
        "hard cuts": lambda: plain(1),
        "short dissolves": lambda: blends(2, 5, 12),
        "long dissolves": lambda: blends(3, 20, 50),
        "dips to black": lambda: Cutter(shots, seed * 1000 + 5).joined(PIECES, [("dip", 10, 30)], 36),
        "whips, zooms, slides, wipes": designed,
        "flashes": lambda: footage.flashes(plain(6, 30), seed, 1.0),
        "strobe": lambda: footage.strobe(plain(7, 40), seed),
        "from the hand": lambda: footage.shaken(plain(8), seed),
        "dissolves from the hand": lambda: footage.shaken(blends(9, 10, 24), seed),
        "dark and noisy": lambda: footage.grainy(plain(10), seed, 0.3),
        "dissolves, dark and noisy": lambda: footage.grainy(blends(11, 12, 28), seed, 0.4),
        "letterboxed": lambda: footage.boxed(plain(12), 0.13),
        "captions and stickers": lambda: footage.titled(plain(13, 24), seed),
        "fast action": lambda: footage.hurried(plain(14, 36), 2),
        "upright": lambda: footage.upright(plain(15)),
        "leaps within a shot": lambda: footage.leaps(shots, seed),
        "the camera swings": lambda: footage.swung(plain(16, 40), seed),
        "blasts of light": lambda: footage.blasts(plain(17, 60), seed),
    }


def main(folder: Path | None) -> int:
    """Prints the table; 1 when an ordinary edit falls below 0.95."""
    edits = footage.edits(folder)
    print("| clip | boundaries | missed | invented | F1 |\n|---|---|---|---|---|")
    totals: dict[str, Score] = {}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for edit in edits:
            joins = [Join(cut - 1, cut) for cut in edit.cuts]
            real = score(boundaries(edit.path, place), joins)
            print(real.row(f"{edit.path.name}, as it is"), flush=True)
        shots = footage.material(edits)
        for seed in SEEDS:
            for kind, film in films(shots, seed).items():
                drawn = film()
                told = score(boundaries(written(drawn, place / "film.mp4"), place), drawn.joins)
                totals[kind] = totals.get(kind, Score(0, 0, 0)) + told
    for kind, told in totals.items():
        print(told.row(f"spliced: {kind}"))
    print(sum(totals.values(), Score(0, 0, 0)).row("all spliced films"))
    return int(totals["ordinary edit"].f1 < 0.95)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
