"""Measurements as ratios against named floors, interleaved in one run; one JSON line each.

Wall time on a shared machine is noisy, so each ratio is the median of `n` pairs and `spread` is the
distance between the smallest and the largest of them.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from bench import engine, load
from core import facts
from core.domain.analysis import Colour
from core.domain.plan import Captions, Grade, Scene, Transition
from core.domain.shoot import CutList, ShotOrder, Take, Word
from core.media import cut, ffmpeg, measure
from core.providers.local.film import clip

ROUNDS = 3
SIZE = (720, 1280)
TRANSITIONS: tuple[Transition, ...] = ("whip", "dissolve", "zoom", "slide", "wipe", "cut")
PALETTE = tuple(Colour(hex=c, share=0.25) for c in ("#1c2541", "#3a506b", "#5bc0be", "#f2c14e"))


def quiet(_: float) -> None:
    """Progress is not shown here."""


def compare(name: str, floor: str, ours: Callable[[], None], theirs: Callable[[], None]) -> None:
    """Times both in turn and prints the ratio."""
    ratios = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        theirs()
        between = time.perf_counter()
        ours()
        ratios.append((time.perf_counter() - between) / (between - began))
    spread = round(max(ratios) - min(ratios), 3)
    row = {"name": name, "ratio": round(statistics.median(ratios), 3), "floor": floor, "n": ROUNDS, "spread": spread}
    print(json.dumps(row), flush=True)


def analysis(folder: Path) -> None:
    """The whole analysis against decoding picture and sound to nowhere."""
    sample = folder / "sample.mp4"
    ffmpeg.run(
        ["-stream_loop", "1", "-i", str(facts.DEMO_SAMPLE), "-vf", "scale=1920:1080", "-c:v", "libx264",
         "-preset", "veryfast", "-crf", "20", "-c:a", "aac", "-t", "28", str(sample)],
        seconds=300,
    )  # fmt: skip

    def decode() -> None:
        with av.open(str(sample)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for packet in container.demux():
                packet.decode()

    def measured() -> None:
        measure.measure(path=str(sample), key_frames_dir=str(folder), report=quiet)

    compare("analysis", "PyAV decoding picture and sound", measured, decode)


def order(seconds: float) -> ShotOrder:
    """A scene for the local renderer."""
    scene = Scene(id="bench", role="hook", visual="A city at night", motif="city", seconds=seconds, title="At night")
    count = round(seconds * 30)
    return ShotOrder(
        scene=scene, palette=PALETTE, tone="night", style="impact", category="tech", seed=1,
        width=SIZE[0], height=SIZE[1], frames=count, scene_frames=count,
    )  # fmt: skip


def renderer(folder: Path) -> None:
    """Drawing and encoding a scene against encoding as many frames of it."""
    drawn = folder / "drawn.mp4"
    shot = order(3.0).model_dump(mode="json")

    def draw() -> None:
        clip.draw_clip(order=shot, out=str(drawn), report=quiet)

    draw()
    compare("local renderer", "x264 of the same frames, one thread", draw, lambda: plain(folder, [drawn]))


def plain(folder: Path, clips: list[Path]) -> None:
    """Encodes the clips one after the other with one thread, as the cut does."""
    for path in clips:
        ffmpeg.run(
            ["-i", str(path), *cut.X264, "-an", str(folder / "plain.mp4")],
            seconds=300,
        )


def composition(folder: Path) -> None:
    """Six scenes with a transition in every join, captions throughout, against plain encoding of the same frames."""
    clips = []
    for index in range(6):
        path = folder / f"take{index}.mp4"
        source = f"testsrc2=s={SIZE[0]}x{SIZE[1]}:r=30,hue=h={index * 60},noise=alls=8:allf=t"
        ffmpeg.run(["-f", "lavfi", "-t", "3.5", "-i", source, *cut.X264, str(path)], seconds=120)
        clips.append(path)
    sound = folder / "sound.m4a"
    ffmpeg.run(["-f", "lavfi", "-t", "18", "-i", "sine=f=220:r=48000", "-c:a", "aac", str(sound)], seconds=60)
    words = tuple(Word(text=f"word{i}", start=i * 0.5, end=i * 0.5 + 0.4) for i in range(35))

    def film(takes: list[Path], cache: Path, words: tuple[Word, ...] = words) -> None:
        cut_list = CutList(
            takes=tuple(
                Take(path=str(p), frames=90, transition=t) for p, t in zip(takes, TRANSITIONS, strict=True)
            ),
            width=SIZE[0], height=SIZE[1], grade=Grade(), palette=PALETTE, captions=Captions(), words=words,
            sound=str(sound),
        )  # fmt: skip
        arguments = cut_list.model_dump(mode="json")
        cut.compose(cut_list=arguments, out=str(folder / "film.mp4"), cache=str(cache), report=quiet)

    caches = iter(folder / f"cache{i}" for i in range(100))
    compare(
        "cut, six scenes", "x264 of the same frames, one thread",
        lambda: film(clips, next(caches)), lambda: plain(folder, clips),
    )  # fmt: skip
    kept = folder / "kept"
    film(clips, kept)
    changes = iter(range(100))

    def changed() -> None:
        one = folder / f"changed{next(changes)}.mp4"
        hue = np.random.default_rng().integers(0, 360)
        ffmpeg.run(["-i", str(clips[2]), "-vf", f"hue=h={hue}", *cut.X264, str(one)], seconds=120)
        film([*clips[:2], one, *clips[3:]], kept)

    compare("one scene changed", "the whole cut, cold", changed, lambda: film(clips, next(caches)))


def main() -> int:
    """Every measurement: media, the queue, and what it would carry."""
    with tempfile.TemporaryDirectory() as name:
        for part in (analysis, renderer, composition):
            part(Path(name))
    engine.main()
    return load.main()


if __name__ == "__main__":
    sys.exit(main())
