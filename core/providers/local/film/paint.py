"""Paint: colours, gradients, noise, masks and light, as float32 arrays in RGB 0..1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from core.providers.local.film.by_rows import Float as Float  # noqa: PLC0414
from core.providers.local.film.by_rows import Rows, bands, some_rows

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[Any] | Sequence[Sequence[float]]

BIG_BLUR = 7.0
"""Sigma in pixels above which a blur is done on a smaller copy: nobody sees it and it is 10 times faster."""


def hex_to_rgb(code: str) -> Float:
    """`#rrggbb` as three floats."""
    digits = code.lstrip("#")
    return np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / np.float32(255)


def mix(a: Any, b: Any, t: Any) -> Float:
    """`a` where t is 0, `b` where t is 1; broadcasts. Of what is worked out by rows it makes such a thing."""
    lazy = any(isinstance(x, Rows) for x in (a, b, t))
    a, b, t = (x if isinstance(x, Rows | float | int) else np.asarray(x) for x in (a, b, t))
    shape = np.broadcast_shapes(np.shape(a), np.shape(b), np.shape(t))
    if len(shape) < 2:
        return np.asarray(a * (1 - t) + b * t, np.float32)

    def some(rows: slice) -> Float:
        part_a, part_b, part_t = (some_rows(x, rows, len(shape)) for x in (a, b, t))
        return np.asarray(part_a * (1 - part_t) + part_b * part_t, np.float32)

    mixed = Rows(shape, some)
    return cast("Float", mixed) if lazy else np.asarray(mixed)


def to_lab(colour: npt.NDArray[Any]) -> Float:
    """One RGB colour as CIE L (0..100), a, b."""
    pixel = np.clip(np.asarray(colour, np.float32), 0, 1).reshape(1, 1, 3)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB).reshape(3), np.float32)


def from_lab(lab: Any) -> Float:
    """CIE L, a, b as one RGB colour, clipped to what a screen shows."""
    pixel = np.asarray(lab, np.float32).reshape(1, 1, 3)
    return np.asarray(np.clip(cv2.cvtColor(pixel, cv2.COLOR_LAB2RGB).reshape(3), 0, 1), np.float32)


def with_lightness(colour: npt.NDArray[Any], lightness: float, chroma: float = 1.0) -> Float:
    """The colour at another lightness (0..100), its chroma multiplied."""
    lab = to_lab(colour).copy()
    lab[0] = lightness
    lab[1:] *= chroma
    return from_lab(lab)


def chroma(colour: npt.NDArray[Any]) -> float:
    """How colourful: 0 is grey, 40 lively, 80 garish."""
    lab = to_lab(colour)
    return float(np.hypot(lab[1], lab[2]))


def lightness(colour: npt.NDArray[Any]) -> float:
    """CIE L of a colour, 0..100."""
    return float(to_lab(colour)[0])


def smoothstep(a: float, b: float, x: Any) -> Any:
    """0 at `a`, 1 at `b`, soft at both ends."""
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def ease_out(t: Any) -> Any:
    """Fast, then slow; t is clipped to 0..1."""
    return 1 - (1 - np.clip(t, 0, 1)) ** 3


def ease_in_out(t: Any) -> Any:
    """Slow, fast, slow; t is clipped to 0..1."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def ease_back(t: Any, overshoot: float = 1.4) -> Any:
    """Runs past its end and comes back; t is clipped to 0..1."""
    t = np.clip(t, 0, 1) - 1
    return t * t * ((overshoot + 1) * t + overshoot) + 1


def fbm(
    h: int,
    w: int,
    rng: np.random.Generator,
    base: float = 3,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Float:
    """Cloud-like noise 0..1 of h x w; `base` cells along the longer side, `stretch` > 1 draws it out sideways."""
    out = np.zeros((h, w), np.float32)
    amplitude, total, longer = 1.0, 0.0, max(h, w)
    for octave in range(octaves):
        cells = base * 2**octave
        gw = max(2, int(cells * w / longer / stretch) + 2)
        gh = max(2, int(cells * h / longer) + 2)
        if gw > w or gh > h:
            break
        grid = rng.random((gh, gw)).astype(np.float32)
        out += np.float32(amplitude) * cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
        total += amplitude
        amplitude *= gain
    return np.asarray(np.clip(out / max(total, 1e-6), 0, 1), np.float32)


def vertical_gradient(h: int, w: int, stops: Sequence[tuple[float, npt.NDArray[Any]]]) -> Float:
    """Rows x columns (h x w) x 3 from stops (height 0..1 from the top, colour), in order."""
    y = np.linspace(0, 1, h, dtype=np.float32)
    heights = [at for at, _ in stops]
    column = np.stack([np.interp(y, heights, [float(c[k]) for _, c in stops]) for k in range(3)], -1)
    return np.repeat(column.astype(np.float32)[:, None, :], w, axis=1)


def distance(h: int, w: int, cx: float, cy: float, aspect: float = 1.0) -> Float:
    """Pixels from (cx, cy) at every pixel of h x w; `aspect` > 1 makes wide ellipses of the circles."""
    dx = (np.arange(w, dtype=np.float32) - np.float32(cx)) / np.float32(aspect)
    dy = np.arange(h, dtype=np.float32) - np.float32(cy)
    return np.asarray(np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2), np.float32)


def gauss(h: int, w: int, cx: float, cy: float, r: float, aspect: float = 1.0) -> Float:
    """A bell of light around (cx, cy), sigma r pixels."""
    dx = (np.arange(w, dtype=np.float32) - np.float32(cx)) / np.float32(aspect * r)
    dy = (np.arange(h, dtype=np.float32) - np.float32(cy)) / np.float32(r)
    return np.asarray(np.exp(-0.5 * dy**2)[:, None] * np.exp(-0.5 * dx**2)[None, :], np.float32)


def polygon_mask(h: int, w: int, polygons: Sequence[Points], supersample: int = 2) -> Float:
    """Rows x columns (h x w) mask 0..1 of all the polygons (points x, y in pixels) with soft edges."""
    mask = np.zeros((h * supersample, w * supersample), np.uint8)
    for polygon in polygons:
        points = np.round(np.asarray(polygon, np.float64) * supersample * 16).astype(np.int32)
        cv2.fillPoly(mask, [points], (255,), cv2.LINE_AA, 4)
    if supersample > 1:
        mask = np.asarray(cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    soft = mask.astype(np.float32)
    soft /= np.float32(255)
    return soft


def spline(points: Points, n: int = 16, closed: bool = True) -> Float:  # noqa: FBT001, FBT002
    """A smooth (Catmull-Rom) curve through the points, n steps between two; rows of x, y."""
    p = np.asarray(points, np.float32)
    count = len(p)
    if closed:
        before, start, end, after = (np.roll(p, s, axis=0) for s in (1, 0, -1, -2))
    else:
        index = np.arange(count - 1)
        before, start, end, after = (p[np.clip(index + s, 0, count - 1)] for s in (-1, 0, 1, 2))
    t = np.linspace(0, 1, n, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (q[:, None, :] for q in (before, start, end, after))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat = curve.reshape(-1, 2)
    return np.asarray(flat if closed else np.concatenate([flat, p[-1:]]), np.float32)


def blur(a: Float, sigma: float) -> Float:
    """Gaussian blur; large ones are done on a smaller copy."""
    if sigma <= 0.3:
        return a
    a = np.asarray(a)
    if sigma <= BIG_BLUR:
        return np.asarray(cv2.GaussianBlur(a, (0, 0), sigma), np.float32)
    shrink = max(2, int(sigma / 4))
    h, w = a.shape[:2]
    small = cv2.resize(a, (max(2, w // shrink), max(2, h // shrink)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(soft, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)


def rim_light(mask: Float, lx: float, ly: float, width: float, soft: float = 1.0) -> Float:
    """The edge of the mask that faces the direction (lx, ly) the light comes from, `width` pixels wide."""
    length = float(np.hypot(lx, ly)) + 1e-6
    shift = np.array([[1, 0, -lx / length * width], [0, 1, -ly / length * width]], np.float32)
    edge: Float = np.asarray(cv2.warpAffine(mask, shift, mask.shape[::-1], borderMode=cv2.BORDER_REPLICATE), mask.dtype)
    np.clip(np.subtract(mask, edge, out=edge), 0, 1, out=edge)
    edge = blur(edge, soft)
    return np.asarray(np.multiply(edge, mask, out=edge), np.float32)


def dither_u8(image: npt.NDArray[Any], rng: np.random.Generator, cover: Float | None = None) -> Pixels:
    """Floats 0..1, h x w x 3, as bytes, times `cover` (h x w), with noise in the last bit: gradients do not band."""
    h, w = image.shape[:2]
    first = rng.random((h, w), np.float32)
    out = np.empty(image.shape, np.uint8)
    for rows in bands(h, w):
        noise = first[rows] - rng.random((rows.stop - rows.start, w), np.float32)
        scaled = np.asarray(some_rows(image, rows, 3), np.float32)
        scaled = (scaled if cover is None else scaled * cover[rows, :, None]) * np.float32(255)
        scaled += (noise * np.float32(0.75) + np.float32(0.5))[..., None]
        out[rows] = np.clip(scaled, 0, 255, out=scaled)
    return out
