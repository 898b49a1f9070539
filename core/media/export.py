"""What is handed over beside the film: its best picture, and the measured facts about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.error import FFmpegError

from core.domain.errors import BadInput, BadMedia
from core.media import ffmpeg
from core.media.grade import TO_JPEG

Luma = npt.NDArray[np.uint8]

LOOK_WIDTH = 360
"""Pixels at which candidates are compared; finer than that is grain."""
AROUND = 0.1
"""Seconds before and after a candidate that tell whether it stands in a transition."""
RESTLESS = 18.0
"""Mean change of luma around a candidate, in levels of 255, at which its score has halved."""
DIM = 40.0
"""Mean luma under which a picture is too dark to be a cover."""


def thumbnail(*, film: str, times: list[float], out: str, report: Callable[[float], None]) -> dict[str, Any]:
    """Writes the best picture of a film among those at `times` (seconds) to the JPEG `out`.

    Sharp, rich in contrast and calm wins; a picture amid a transition loses. Returns
    {"time", "width", "height"}. Raises `BadMedia` when nothing can be read.
    """
    if not times:
        raise BadInput("There is no moment to choose a picture from.")
    scores: list[tuple[float, float]] = []
    try:
        with av.open(film) as container:
            size = container.streams.video[0].width, container.streams.video[0].height
            for index, time in enumerate(times):
                scores.append((_score(list(_around(container, time))), time))
                report(0.9 * (index + 1) / len(times))
    except (FFmpegError, IndexError) as error:
        raise BadMedia("The film cannot be read.", "Make it again.") from error
    best = max(scores, key=lambda pair: (pair[0], -pair[1]))[1]
    args = ["-ss", f"{best:.3f}", "-i", film, "-frames:v", "1", "-vf", TO_JPEG, "-q:v", "2", "-update", "1", out]
    ffmpeg.run(args, seconds=60)
    report(1.0)
    return {"time": best, "width": size[0], "height": size[1]}


def _around(container: InputContainer, time: float) -> Iterator[Luma]:
    """Small luma planes of the frames just before, at and just after a moment."""
    stream = container.streams.video[0]
    assert stream.time_base is not None
    container.seek(max(0, int((time - AROUND) / stream.time_base)), stream=stream)
    for frame in container.decode(stream):
        if frame.time is None or frame.time < time - AROUND:
            continue
        if frame.time > time + AROUND:
            return
        height = max(2, round(frame.height * LOOK_WIDTH / frame.width / 2) * 2)
        yield frame.reformat(LOOK_WIDTH, height, "gray").to_ndarray().astype(np.uint8, copy=False)


def _score(frames: list[Luma]) -> float:
    """How good the middle one of these frames is as a cover; -1 when there is none."""
    if not frames:
        return -1.0
    middle = frames[len(frames) // 2]
    sharpness = float(np.log1p(cv2.Laplacian(middle, cv2.CV_32F).var()))
    spread = float(middle.std()) / 64
    light = min(1.0, float(middle.mean()) / DIM)
    unrest = float(cv2.absdiff(frames[0], frames[-1]).mean())
    return sharpness * (0.4 + min(1.0, spread)) * light / (1 + (unrest / RESTLESS) ** 2)


def film_facts(path: str) -> dict[str, Any]:
    """Measured facts of a finished film: streams, timing, loudness, black spans, order of its boxes.

    Keys: "seconds", "width", "height", "fps", "frames", "video", "profile", "pixels", "audio",
    "sample_rate", "channels" (the last three None without sound), "faststart", "bytes", "lufs" and
    "true_peak_db" (None without sound or in silence), "black" as [[start, end]].
    """
    facts: dict[str, Any] = {**_streams(path), "faststart": _is_faststart(path), "bytes": Path(path).stat().st_size}
    graph = "[0:v]blackdetect=d=0.1:pix_th=0.06[v]"
    maps = ["-map", "[v]"]
    if facts["audio"]:
        graph += ";[0:a]ebur128=peak=true:framelog=quiet[a]"
        maps += ["-map", "[a]"]
    words = ffmpeg.run(["-i", path, "-filter_complex", graph, *maps, "-f", "null", "-"], seconds=600)
    spans = re.findall(r"black_start:([\d.]+) black_end:([\d.]+)", words)
    facts["black"] = [[float(start), float(end)] for start, end in spans]
    facts["lufs"] = _last_number(r"I:\s+(-?[\d.]+) LUFS", words, silence=-70.0)
    facts["true_peak_db"] = _last_number(r"Peak:\s+(-?[\d.]+) dBFS", words, silence=-120.0)
    return facts


def _streams(path: str) -> dict[str, Any]:
    try:
        with av.open(path) as container:
            video = container.streams.video[0]
            audio = container.streams.audio[0] if container.streams.audio else None
            return {
                "seconds": round((container.duration or 0) / 1e6, 3),
                "width": video.width,
                "height": video.height,
                "fps": float(video.average_rate or 0),
                "frames": video.frames,
                "video": video.codec_context.name,
                "profile": video.codec_context.profile,
                "pixels": video.pix_fmt,
                "audio": audio.codec_context.name if audio else None,
                "sample_rate": audio.sample_rate if audio else None,
                "channels": audio.channels if audio else None,
            }
    except (FFmpegError, IndexError) as error:
        raise BadMedia("The film cannot be read.", "Make it again.") from error


def _is_faststart(path: str) -> bool:
    """Whether the index of an mp4 stands before its pictures, so that playing begins at once."""
    with Path(path).open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            file.seek(size - 8, 1)
    return False


def _last_number(pattern: str, words: str, *, silence: float) -> float | None:
    found = re.findall(pattern, words)
    return float(found[-1]) if found and float(found[-1]) > silence else None
