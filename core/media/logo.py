"""The person's logo: brought to its size, and laid over the film by ffmpeg."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter, UnidentifiedImageError

from core.domain.errors import BadMedia
from core.domain.time import FrameSize
from core.media import ffmpeg
from core.media.colour import TAGS

WIDE, HIGH = 0.2, 0.036
"""Of a tall frame's width and height that a logo takes at most: above where titles begin."""
HIGH_ELSEWHERE = 0.075
LIMIT = 40_000_000
"""Pixels of an image that we open."""
SHADOW = 0.35
"""Strength of the soft shadow under it, which keeps a white logo apart from a white picture."""


@dataclass(frozen=True)
class Logo:
    """A logo in a film's size; `digest` is of its file."""

    path: Path
    digest: str
    width: int
    height: int


def measured(path: Path, size: FrameSize) -> Logo:
    """The size in which an image stands in a frame. Raises BadMedia when it is no image that can be read."""
    try:
        with Image.open(path) as image:
            wide, high = image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadMedia("The logo cannot be read.", "Choose another image, PNG, JPEG or WebP.") from error
    if wide * high > LIMIT:
        raise BadMedia("The logo is too large.", "Choose an image of at most 40 megapixels.")
    share = HIGH if size.aspect < 0.9 else HIGH_ELSEWHERE
    scale = min(WIDE * size.width / wide, share * size.height / high)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Logo(path, digest, max(1, round(wide * scale)), max(1, round(high * scale)))


def drawn(logo: Logo, out: Path) -> int:
    """Writes the logo with its shadow as a PNG; answers the clear border around it, in pixels."""
    with Image.open(logo.path) as image:
        sharp = image.convert("RGBA").resize((logo.width, logo.height), Image.Resampling.LANCZOS)
    border = max(2, logo.height // 4)
    whole = Image.new("RGBA", (logo.width + 2 * border, logo.height + 2 * border))
    shade = Image.new("L", whole.size)
    shade.paste(sharp.getchannel("A").point(lambda a: int(a * SHADOW)), (border, border))
    whole.putalpha(shade.filter(ImageFilter.GaussianBlur(border / 3)))
    whole.alpha_composite(sharp, (border, border))
    whole.save(out)
    return border


def laid_over(filters: str, png: Path, x: int, y: int) -> str:
    """The filters with the image over what they make, its corner at these pixels."""
    source = f"movie=filename={ffmpeg.quoted(png)},scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[logo]"
    return f"{source};{filters}[film];[film][logo]overlay=x={x}:y={y}:format=yuv420,{TAGS}"
