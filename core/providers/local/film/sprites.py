"""Sprites: small premultiplied pictures in bytes, made from masks and laid over one another."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from core.providers.local.film.paint import Float, Pixels

Kind = Literal["shadow", "block", "bar", "kicker", "word"]


class Sprite(NamedTuple):
    """A premultiplied piece at its final place in output pixels; `line` are the rows in which it may be seen."""

    kind: Kind
    rgb: Pixels
    alpha: Pixels
    x: float
    y: float
    line: tuple[float, float] = (0, 0)
    delay: float = 0.0


def to_bytes(image: npt.NDArray[Any]) -> Pixels:
    """0..1 floats as bytes."""
    return np.ascontiguousarray(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8))


def tinted(mask: Float, colour: Float) -> tuple[Pixels, Pixels]:
    """One colour in the shape of a mask: premultiplied rgb, and alpha."""
    return to_bytes(mask[..., None] * np.asarray(colour, np.float32)), to_bytes(mask)


def block(area: tuple[float, float, float, float], colour: Float, kind: Kind, delay: float) -> Sprite:
    """A filled rectangle x0, y0, x1, y1, its edges on whole pixels."""
    x0, y0, x1, y1 = (round(v) for v in area)
    mask = np.ones((max(1, y1 - y0), max(1, x1 - x0)), np.float32)
    rgb, alpha = tinted(mask, colour)
    return Sprite(kind, rgb, alpha, float(x0), float(y0), delay=delay)


def pill(h: int, w: int) -> Float:
    """A mask with round ends, h x w."""
    r = h / 2
    dx = np.maximum(np.abs(np.arange(w, dtype=np.float32) + 0.5 - w / 2) - (w / 2 - r), 0)
    dy = np.arange(h, dtype=np.float32) + 0.5 - r
    return np.asarray(np.clip(r - np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2) + 0.5, 0, 1), np.float32)


def paste(canvas: Float, mask: Float, x: int, y: int) -> None:
    """Lay a mask into a larger one at (x, y), in place; what lies outside is cut."""
    h, w = canvas.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(w, x + mask.shape[1]), min(h, y + mask.shape[0])
    if x1 > x0 and y1 > y0:
        region = canvas[y0:y1, x0:x1]
        np.maximum(region, mask[y0 - y : y1 - y, x0 - x : x1 - x], out=region)


def merge(pieces: list[Sprite], width: int, height: int) -> Sprite:
    """All pieces, the first undermost, as one sprite within a frame of that size; `pieces` is not empty."""
    x0 = max(0, round(min(s.x for s in pieces)))
    y0 = max(0, round(min(s.y for s in pieces)))
    x1 = min(width, round(max(s.x + s.rgb.shape[1] for s in pieces)) + 1)
    y1 = min(height, round(max(s.y + s.rgb.shape[0] for s in pieces)) + 1)
    rgb = np.zeros((max(1, y1 - y0), max(1, x1 - x0), 3), np.float32)
    alpha = np.zeros(rgb.shape[:2], np.float32)
    for s in pieces:
        sx, sy = round(s.x) - x0, round(s.y) - y0
        top, left = max(0, -sy), max(0, -sx)
        bottom = min(s.rgb.shape[0], rgb.shape[0] - sy)
        right = min(s.rgb.shape[1], rgb.shape[1] - sx)
        if bottom <= top or right <= left:
            continue
        cover = s.alpha[top:bottom, left:right].astype(np.float32) / np.float32(255)
        where = (slice(sy + top, sy + bottom), slice(sx + left, sx + right))
        rgb[where] = rgb[where] * (1 - cover[..., None]) + s.rgb[top:bottom, left:right]
        alpha[where] = alpha[where] * (1 - cover) + cover
    return Sprite("word", np.clip(rgb + 0.5, 0, 255).astype(np.uint8), to_bytes(alpha), float(x0), float(y0))


def scaled(image: Pixels, factor: float) -> Pixels:
    """The picture made larger or smaller."""
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
