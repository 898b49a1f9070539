"""Measurements as ratios against named floors, interleaved in one run; one JSON line each (bench.ratio)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import av
import imageio_ffmpeg

from bench import cutting, engine, load
from bench.film import PALETTE
from bench.ratio import compare
from core import facts
from core.domain.plan import Scene
from core.domain.shoot import ShotOrder
from core.isolation import run_apart
from core.media import ffmpeg, measure, parts
from core.providers.local.film import clip

SIZE = (720, 1280)


def quiet(_: float) -> None:
    """Progress is not shown here."""


def analysis(folder: Path) -> None:
    """The whole analysis, within this process and as the product runs it, against decoding to nowhere."""
    sample = folder / "sample.mp4"
    ffmpeg.run(
        ["-stream_loop", "1", "-i", str(facts.DEMO_SAMPLE), "-vf", "scale=1920:1080", "-c:v", "libx264",
         "-preset", "veryfast", "-crf", "20", "-c:a", "aac", "-t", "28", str(sample)],
        seconds=300,
    )  # fmt: skip

    def decode() -> None:
        nowhere = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(sample), "-f", "null", "-"]
        subprocess.run(nowhere, check=True)

    def decode_here() -> None:
        with av.open(str(sample)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for packet in container.demux():
                packet.decode()

    def measured() -> None:
        measure.measure(path=str(sample), key_frames_dir=str(folder), report=quiet)

    def apart() -> None:
        run_apart("core.media.measure:measure", {"path": str(sample), "key_frames_dir": str(folder)}, seconds=300)

    sides = {"analysis": measured, "analysis in a process of its own": apart, "PyAV decoding the same": decode_here}
    compare("ffmpeg decoding picture and sound to nowhere", decode, sides)


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

    def encode() -> None:
        ffmpeg.run(["-i", str(drawn), *parts.X264, "-an", str(folder / "plain.mp4")], seconds=300)

    draw()
    compare("x264 of the same frames, one thread", encode, {"local renderer": draw})


def main() -> int:
    """Every measurement: media, the queue, and what it would carry."""
    with tempfile.TemporaryDirectory() as name:
        rooms = (cutting.composition, cutting.change, cutting.moviepy, cutting.exports, cutting.memory)
        for part in (analysis, renderer, *rooms):
            part(Path(name))
    engine.main()
    return load.main()


if __name__ == "__main__":
    sys.exit(main())
