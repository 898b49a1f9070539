"""Tells what a file is by its first bytes: a name may have no suffix, or a wrong one."""

from __future__ import annotations

FILE_TYPES = (
    (0, b"\x89PNG", "png", "image/png"),
    (0, b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (8, b"WEBP", "webp", "image/webp"),
    (8, b"WAVE", "wav", "audio/wav"),
    (4, b"ftyp", "mp4", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "webm", "video/webm"),
)
"""Where the mark of a file stands, the mark, the suffix and the type."""


def file_type(content: bytes) -> tuple[str, str]:
    """Suffix and type of a file; `bin` when it is none that we know."""
    for at, mark, suffix, kind in FILE_TYPES:
        if content[at : at + len(mark)] == mark:
            return suffix, kind
    return "bin", "application/octet-stream"
