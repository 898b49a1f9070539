"""Measures the cutting room: composition, a change, exports, memory; against ffmpeg alone and against moviepy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.film import Job, by_moviepy, composed, job, plain
from bench.ratio import compare, peak_megabytes
from core.domain.exports import EXPORTS, Export
from core.domain.plan import Transition
from core.domain.time import FrameSize
from core.isolation import ROOT
from core.media import ffmpeg, parts
from core.media.exporting import export

SIZE = (720, 1280)
KINDS: tuple[Transition, ...] = ("whip", "dissolve", "zoom", "slide", "wipe", "dip")
DISSOLVES: tuple[Transition, ...] = ("dissolve",)
BRIEF = "A focus timer for people who work at night in the city"
PLAIN = "x264 of the same frames, every core"


def composition(folder: Path) -> None:
    """Five and twelve scenes, a transition in every join and captions throughout, against plain encoding."""
    for scenes, frames in ((5, 75), (12, 45)):
        film = job(folder / f"scenes{scenes}", scenes, frames, SIZE, KINDS)
        caches = _folders(film.sound.parent)
        out = film.sound.parent / "film.mp4"

        def ours(film: Job = film, caches: Iterator[Path] = caches, out: Path = out) -> None:
            composed(film, next(caches), out)

        def theirs(film: Job = film, out: Path = out) -> None:
            plain(film, out.with_name("plain.mp4"))

        compare(PLAIN, theirs, {f"cut, {_spelled(scenes)} scenes": ours})


def change(folder: Path) -> None:
    """One scene of twelve changed, against the whole film made anew."""
    film = job(folder / "change", 12, 45, SIZE, KINDS)
    caches, numbers, out = _folders(film.sound.parent), count(), film.sound.parent / "film.mp4"
    kept = next(caches)
    composed(film, kept, out)

    def one() -> None:
        fresh = film.clips[5].with_name(f"fresh{next(numbers)}.mp4")
        ffmpeg.run(
            ["-i", str(film.clips[5]), "-c", "copy", *parts.MP4, "-metadata", f"title={fresh}", str(fresh)], seconds=60
        )
        composed(film, kept, out, (*film.clips[:5], fresh, *film.clips[6:]))

    compare("the whole film, cold", lambda: composed(film, next(caches), out), {"one scene of twelve changed": one})


def moviepy(folder: Path) -> None:
    """The same film of five scenes, dissolves, words and sound, as moviepy's guide writes it and as we make it."""
    film = job(folder / "moviepy", 5, 45, SIZE, DISSOLVES)
    caches, out = _folders(film.sound.parent), film.sound.parent / "film.mp4"

    def theirs() -> None:
        by_moviepy(film, out.with_name("moviepy.mp4"))

    compare("the same film in idiomatic moviepy", theirs, {"cut": lambda: composed(film, next(caches), out)})


def exports(folder: Path) -> None:
    """All nine files of a film against one of them (MP4, 1080p): MOV shares its pictures."""
    film = job(folder / "exports", 2, 30, SIZE, DISSOLVES)
    source = film.sound.parent / "film.mp4"
    composed(film, film.sound.parent / "cache", source)

    def made(wanted: Export) -> None:
        size, first = FrameSize(*SIZE), Export("mp4", wanted.size)
        pixels, out = wanted.pixels(size), source.with_name(f"{wanted.size}.{wanted.container}")
        shares = wanted.container == "mov" and not first.is_film(size)
        export(
            film=str(source.with_name(f"{wanted.size}.mp4") if shares else source), out=str(out),
            container=wanted.container, width=pixels.width, height=pixels.height, report=lambda _: None,
        )  # fmt: skip

    def nine() -> None:
        for wanted in EXPORTS:
            if not wanted.is_film(FrameSize(*SIZE)):
                made(wanted)

    compare("one export, MP4 1080p", lambda: made(EXPORTS[2]), {"nine exports": nine}, rounds=2)


def memory(folder: Path) -> None:
    """Most memory of all processes that make a minute of 1080×1920 here, from the brief to the signed file."""
    wishes = ["--brief", BRIEF, "--seconds", "60", "--resolution", "1080p", "--seed", "5"]
    command = [sys.executable, "-m", "jobs", "make", *wishes, "--out", str(folder / "minute.mp4")]
    here = {**os.environ, "REPRISE_DATA_DIR": str(folder / "memory")}

    def make() -> None:
        subprocess.run(command, cwd=ROOT, env=here, check=True, stderr=subprocess.DEVNULL)

    most = peak_megabytes(make)
    row = {"name": "a whole film, 60 s of 1080x1920, drawn here", "peak_megabytes": round(most), "limit": 700}
    print(json.dumps(row), flush=True)


def _folders(parent: Path) -> Iterator[Path]:
    """A fresh folder each time; the one before is removed, so that a cold cut is cold and the disk does not fill."""
    for number in count():
        folder = parent / f"cache{number}"
        yield folder
        if number:  # the first may be kept on purpose
            shutil.rmtree(folder, ignore_errors=True)


def _spelled(number: int) -> str:
    return {5: "five", 12: "twelve"}[number]
