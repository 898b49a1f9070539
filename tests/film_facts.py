"""What tests look up in a finished film, measured by ffmpeg."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av

from core.media import ffmpeg
from core.media.quality import is_faststart


def film_facts(path: str) -> dict[str, Any]:
    """Measured facts of a finished film: streams, timing, loudness, black spans, order of its boxes.

    Keys: "seconds", "width", "height", "fps", "frames", "video", "profile", "pixels", "audio",
    "sample_rate", "channels" (the last three None without sound), "faststart", "bytes", "lufs" and
    "true_peak_db" (None without sound or in silence), "black" as [[start, end]].
    """
    facts: dict[str, Any] = {**_streams(path), "faststart": is_faststart(path), "bytes": Path(path).stat().st_size}
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


def _last_number(pattern: str, words: str, *, silence: float) -> float | None:
    found = re.findall(pattern, words)
    return float(found[-1]) if found and float(found[-1]) > silence else None
