"""Clip: a scene's order made into a silent film file or a still picture. Both run in a process of their own."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg

from core.domain.errors import Broken, DiskFull
from core.domain.shoot import ShotOrder
from core.isolation import CORES_A_TURN, turn
from core.providers.local.film.shot import ShotRenderer

STILL_AT = 0.6
"""Where in the scene the telling frame lies: all words are there, the camera is on its way."""
QUALITY = 90
CRF = 16
"""Nearly lossless: this file is graded, cut and encoded once more."""
LIGHT = ("-bf", "0", "-rc-lookahead", "3")
"""An encoder that keeps few pictures takes half the memory and two thirds of the time, for as many bytes."""
LARGE = 1_500_000
"""Pixels of a frame whose layers are large."""
MMAP_THRESHOLD = -3
"""The option of glibc's mallopt: what is larger than that many bytes is given back as soon as it is free."""
SPARED, KEPT = 8 << 20, 32 << 20
Report = Callable[[float], None]


def draw_clip(*, order: dict[str, Any], out: str, report: Report) -> dict[str, Any]:
    """Draw a whole order (`ShotOrder.model_dump()`) as a silent H.264 file at `out`; returns {"frames": n}.

    DiskFull when nothing more can be written, Broken when ffmpeg fails; then no file is left behind.
    """
    asked = ShotOrder.model_validate(order)
    cv2.setNumThreads(_threads(asked))
    with _turn(asked):
        with _sparing():
            shot = ShotRenderer(asked)
        with _finished_whole(Path(out)) as part:
            _encode(shot, asked, part, report)
    return {"frames": asked.frames}


def draw_still(*, order: dict[str, Any], out: str, report: Report) -> dict[str, Any]:
    """Draw the telling frame of an order as a JPEG at `out`; returns {"width", "height"}. Raises as draw_clip."""
    asked = ShotOrder.model_validate(order)
    cv2.setNumThreads(_threads(asked))
    with _turn(asked), _sparing():
        shot = ShotRenderer(asked)
    report(0.8)
    picture = shot.frame(round(STILL_AT * asked.scene_frames))
    done, coded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise Broken("The still could not be encoded.", "Press Retry.")
    with _finished_whole(Path(out)) as part:
        part.write_bytes(coded.tobytes())
    report(1.0)
    return {"width": asked.width, "height": asked.height}


def _is_large(order: ShotOrder) -> bool:
    return order.width * order.height >= LARGE


def _threads(order: ShotOrder) -> int:
    """Of OpenCV: as many as a turn has cores, for pictures that are drawn one at a time."""
    return min(CORES_A_TURN, os.cpu_count() or 1) if _is_large(order) else 1


def _turn(order: ShotOrder) -> AbstractContextManager[None]:
    """Large pictures wait for their turn.

    Two drawings of one thread are a tenth faster than one of two, and take twice the memory (measured at 1080×1920).
    """
    return turn() if _is_large(order) else nullcontext()


@contextmanager
def _sparing() -> Iterator[None]:
    """While layers are painted, memory goes back to the system as soon as it is free, where that can be had (glibc).

    Frames that are drawn over and over want the same memory again, so it is kept for them afterwards.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        yield
        return
    library.mallopt(MMAP_THRESHOLD, SPARED)
    yield
    library.malloc_trim(0)
    library.mallopt(MMAP_THRESHOLD, KEPT)


@contextmanager
def _finished_whole(out: Path) -> Iterator[Path]:
    """A place beside `out` to write to; it takes the name only when all went well, and leaves nothing otherwise."""
    part = out.with_name(f"{out.stem}.part{out.suffix}")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull("The disk is full: the scene could not be written.") from error
        raise Broken(f"The scene could not be written: {error.strerror}.", "Press Retry.") from error
    finally:
        part.unlink(missing_ok=True)


def _encode(shot: ShotRenderer, order: ShotOrder, path: Path, report: Report) -> None:
    """Pipe every frame into ffmpeg."""
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(_command(order, path), stdin=subprocess.PIPE, stderr=said) as ffmpeg:
            assert ffmpeg.stdin is not None
            try:
                for index in range(order.frames):
                    ffmpeg.stdin.write(shot.frame(index).data)
                    if index % 8 == 0:
                        report(index / order.frames)
                ffmpeg.stdin.close()
            except BrokenPipeError:
                # ffmpeg has given up; its words, read below, tell why.
                with suppress(BrokenPipeError):
                    ffmpeg.stdin.close()
        if ffmpeg.returncode != 0:
            said.seek(0)
            _fail(said.read().decode(errors="replace"))
    report(1.0)


def _fail(words: str) -> None:
    if "No space left on device" in words or "Disk quota exceeded" in words:
        raise DiskFull("The disk is full: the scene could not be written.")
    # its words name folders of this machine, so they are a cause and not a message
    raise Broken("The scene could not be encoded.", "Press Retry.") from RuntimeError(words.strip())


def _command(order: ShotOrder, path: Path) -> list[str]:
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-y", "-nostdin"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{order.width}x{order.height}", "-r", str(order.fps)),
        *("-thread_queue_size", "1", "-i", "pipe:0", "-an"),
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            str(CRF),
            "-threads",
            "2" if _is_large(order) else "1",
            *LIGHT,
            "-g",
            str(order.fps),
        ),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart"),
        str(path),
    ]
