"""Composes the music that comes along once more: `python -m bench.library` writes data/music/*.m4a."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from core import facts
from core.media import ffmpeg
from core.providers.local.music import compose

SECONDS = 62.0
"""A little longer than the longest film, so that no piece has to go round."""
CODING = ["-c:a", "aac", "-b:a", "80k", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1"]
BEATS = 4
"""Of a bar."""


def main() -> int:
    """Every piece of data/music.toml."""
    with tempfile.TemporaryDirectory() as folder:
        for piece in facts.music():
            raw, bar = Path(folder) / "piece.wav", BEATS * 60 / piece["bpm"]
            sections = [[bars * bar, level] for bars, level in piece["levels"]]
            compose(
                seconds=SECONDS, bpm=piece["bpm"], mood=piece["mood"], seed=piece["seed"], cuts=[], accents=[],
                sections=sections, out=str(raw), report=lambda _: None,
            )  # fmt: skip
            name = {"title": piece["name"], "artist": "Reprise", "copyright": "CC0 1.0"}
            tags = [arg for key, value in name.items() for arg in ("-metadata", f"{key}={value}")]
            out = facts.music_file(piece["id"])
            ffmpeg.run(["-i", str(raw), *CODING, *tags, "-movflags", "+faststart", str(out)], seconds=120)
            print(f"{out.name}: {out.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
