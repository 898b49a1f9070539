"""Colours: those of the film as filters, and single ones as captions and transitions need them."""

from __future__ import annotations

import colorsys

TAGS = (
    "setsar=1,"
    "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709:chroma_location=left:field_mode=prog"
)
"""What every picture of a film is: HD video in its limited range. It is written into the head of each
part, and parts with different heads cannot be joined by copying."""
EXACT = "bicubic+accurate_rnd+full_chroma_int"
"""How colours are converted: without it a neutral grey comes out tinted by up to six levels."""
TO_FILM = f"scale=flags={EXACT}:out_color_matrix=bt709:out_range=tv,format=yuv420p,{TAGS}"
TO_JPEG = f"scale=flags={EXACT}:in_range=tv:out_range=pc:in_color_matrix=bt709:out_color_matrix=bt601,format=yuvj420p"
"""From a picture of the film to what viewers of JPEG expect."""


def rgb(colour: str) -> tuple[float, float, float]:
    """`#rrggbb` as red, green and blue from 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def hexed(red: float, green: float, blue: float) -> str:
    """Red, green and blue from 0 to 1 as `#rrggbb`."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02x}" for c in (red, green, blue))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG, from 0 (black) to 1 (white)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lifted(colour: str, least: float) -> str:
    """The same hue, as little lighter as gives it a luminance of `least`."""
    hue, light, saturation = colorsys.rgb_to_hls(*rgb(colour))
    while luminance(colour) < least and light < 1:
        light = min(1.0, light + 0.02)
        colour = hexed(*colorsys.hls_to_rgb(hue, light, saturation))
    return colour


def shaded(colour: str, most: float) -> str:
    """The same hue, as little darker as gives it a luminance of at most `most`."""
    hue, light, saturation = colorsys.rgb_to_hls(*rgb(colour))
    while luminance(colour) > most and light > 0:
        light = max(0.0, light - 0.01)
        colour = hexed(*colorsys.hls_to_rgb(hue, light, min(saturation, 0.45)))
    return colour


def accent(palette: list[str]) -> str:
    """The most vivid colour of a palette; a warm yellow when none is vivid."""
    vivid = max(palette, key=vividness, default="#000000")
    return vivid if vividness(vivid) > 0.25 else "#ffd34d"


def vividness(colour: str) -> float:
    """Chroma, from 0 (grey) to 1."""
    return max(rgb(colour)) - min(rgb(colour))
