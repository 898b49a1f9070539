"""Pictures that go into a request: their bytes, and of what type they really are."""

from __future__ import annotations

from pathlib import Path

from core.domain.errors import BadMedia
from core.providers.file_types import file_type


def picture(path: Path) -> tuple[bytes, str]:
    """Bytes and media type. BadMedia when it cannot be read or is no PNG, JPEG or WebP."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadMedia("A picture that belongs to the order cannot be read.", "Make or add it again.") from error
    kind = file_type(content)[1]
    if not kind.startswith("image/"):
        raise BadMedia("Models take PNG, JPEG and WebP pictures only.", "Save the picture as PNG.")
    return content, kind
