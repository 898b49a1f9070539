"""Tells why a file that no decoder opens does not open, from its first bytes."""

from __future__ import annotations

from pathlib import Path

from core.domain.errors import BadMedia


def unreadable(path: Path, called: str) -> BadMedia:
    """The refusal of a file, as exact as its first bytes allow; `called` is its name for people."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        return BadMedia(f"{called} is a HEIC photo, not a video.", "Upload a video, or save the photo as JPG.")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return BadMedia(
            f"{called} is an unfinished video file: its index is missing, so nothing of it can be read.",
            "Export or download it again and upload the new file.",
        )
    if head.startswith((b"#EXTM3U", b"ffconcat")):
        return BadMedia(f"{called} is a playlist, not a video.", "Upload the video itself.")
    if _is_text(head):
        return BadMedia(f"{called} is a text file, not a video.", "Upload a video file (MP4, MOV or WebM).")
    return BadMedia(f"{called} is not a video that can be read.", "Export it as MP4 (H.264) and upload that.")


def _is_text(head: bytes) -> bool:
    """Whether bytes read as text: UTF-8 (a cut last letter allowed) without control characters."""
    try:
        text = head.decode("utf8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf8")
    return all(c.isprintable() or c in "\r\n\t\f" for c in text)
