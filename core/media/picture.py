"""Measures on small pictures: colours, light, movement, likeness, empty and frozen stretches.

`Pictures` holds a whole sample as small YUV frames, upright, bars cut off; everything here reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Colour, Curve, Span
from core.media.probe import is_variable

STEP = 0.1
"""Seconds between two values of a curve."""
BLACK = 30
"""Luma (16-235) below which a bar counts as black."""

CHANGED = 8
"""Difference of lumas, 0-255 scale, from which a place counts as changed."""
BATCH = 128
"""Pictures that are pooled in one go."""

MANY = 48
"""Blocks of a picture; where there are more, half of them tell as much."""
STAYED = 0.15
"""Weight of a block that does not change at all."""
PUNCHES = (1.26, 1.34, 1.43, 1.53, 1.64, 1.75, 1.88, 2.0)
"""Enlargements by which a cut moves closer; a camera never does that within one frame."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MATRICES = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
"""Weights of red and blue in luma by FFmpeg's colour space: BT.709 and BT.2020; all others BT.601."""


@dataclass(frozen=True)
class Pictures:
    """Every frame of a sample, small."""

    times: NDArray[np.float64]
    """Seconds from the first frame, rising, (n,)."""
    luma: Bytes
    """(n, h, w), limited range."""
    small: Bytes
    """(n, 3, h/2, w/2): Y, U, V, limited range."""
    colourspace: int
    """FFmpeg's number."""

    @property
    def duration(self) -> float:
        """Seconds to the end of the last frame."""
        return float(self.times[-1]) + 1 / self.fps

    @property
    def variable(self) -> bool:
        """Whether the frames do not come evenly."""
        return is_variable(np.diff(self.times))

    @property
    def fps(self) -> float:
        """Average frames per second."""
        return (len(self.times) - 1) / float(self.times[-1]) if len(self.times) > 1 else 25.0


def without_bars(pictures: Pictures) -> Pictures:
    """The same without black or white bars that stay for the whole sample."""
    sample = pictures.small[:: max(1, len(pictures.small) // 60), 0]
    top, bottom = _content(sample, axis=1)
    left, right = _content(sample, axis=2)
    _, _, height, width = pictures.small.shape
    if (bottom - top) * (right - left) < 0.15 * height * width:
        return pictures
    return Pictures(
        pictures.times,
        pictures.luma[:, 2 * top : 2 * bottom, 2 * left : 2 * right],
        pictures.small[:, :, top:bottom, left:right],
        pictures.colourspace,
    )


def _content(frames: Bytes, axis: int) -> tuple[int, int]:
    """First row (or column) of the content, and the one after its last."""
    across = 2 if axis == 1 else 1
    darkest_top = np.percentile(frames.max(axis=across), 95, axis=0)
    whitest_low = np.percentile(frames.min(axis=across), 5, axis=0)
    inside = np.flatnonzero((darkest_top > BLACK) & (whitest_low < 225))
    if not len(inside):
        return 0, frames.shape[axis]
    first, last = int(inside[0]), int(inside[-1]) + 1
    edge = 1 if first > 0 or last < frames.shape[axis] else 0
    return first + edge * (first > 0), last - edge * (last < frames.shape[axis])


def to_rgb(yuv: NDArray[Any], colourspace: int) -> Floats:
    """Values of sRGB, 0-1, from limited-range YUV 0-255; any shape whose last axis is Y, U, V."""
    red, blue = MATRICES.get(colourspace, (0.299, 0.114))
    y = (yuv[..., 0] - 16) / 219
    u, v = (yuv[..., 1] - 128) / 224, (yuv[..., 2] - 128) / 224
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / (1 - red - blue)
    return np.clip(np.stack([r, g, b], -1), 0, 1).astype(np.float32)


def palette(pictures: Pictures, frames: NDArray[np.int64], most: int) -> tuple[Colour, ...]:
    """The colours of some frames, the largest first, told apart as an eye would (CIE Lab)."""
    yuv = pictures.small[frames].transpose(0, 2, 3, 1).reshape(-1, 3)
    stride = max(1, len(yuv) // 3000)
    while np.gcd(stride, pictures.small.shape[3]) > 1:
        stride += 1  # a stride that divides the width would look at a few columns only
    rgb = to_rgb(yuv[::stride].astype(np.float32), pictures.colourspace)
    lab = np.asarray(cv2.cvtColor(rgb[None], cv2.COLOR_RGB2Lab)[0], np.float32)
    centres = _spread_out(lab, most + 3)
    nearest = ((lab[:, None] - centres[None]) ** 2).sum(2).argmin(1).astype(np.int32)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 12, 0.5)
    _, labels, found = cv2.kmeans(lab, len(centres), nearest[:, None], criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    counts = np.bincount(labels.ravel(), minlength=len(centres)).astype(np.float64)
    joined, counts = _merged(np.asarray(found, np.float64), counts, most)
    colours = cv2.cvtColor(joined.astype(np.float32)[None], cv2.COLOR_Lab2RGB)[0]
    shares = counts / counts.sum()
    return tuple(Colour(hex=_hex(c), share=round(float(s), 4)) for c, s in zip(colours, shares, strict=True))


def _hex(rgb: Floats) -> str:
    red, green, blue = (round(float(c) * 255) for c in np.clip(rgb, 0, 1))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _spread_out(lab: Floats, count: int) -> Floats:
    """Starting centres, each the colour farthest from those before, rare outliers aside."""
    centres = [np.median(lab, axis=0)]
    distance = ((lab - centres[0]) ** 2).sum(1)
    for _ in range(count - 1):
        ranked = int(np.argsort(distance, kind="stable")[int(len(lab) * 0.98)])
        if distance[ranked] < 9:
            break
        centres.append(lab[ranked])
        distance = np.minimum(distance, ((lab - lab[ranked]) ** 2).sum(1))
    return np.array(centres, np.float32)


def _merged(
    centres: NDArray[np.float64], counts: NDArray[np.float64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colours that look alike joined, at most `most` left, the largest first."""
    centres, counts = centres[counts > 0], counts[counts > 0]
    while len(counts) > 1:
        gaps = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(2)) + np.eye(len(counts)) * 1e9
        if gaps.min() > 9 and len(counts) <= most:
            break
        a, b = sorted(int(i) for i in np.unravel_index(gaps.argmin(), gaps.shape))
        centres[a] = (centres[a] * counts[a] + centres[b] * counts[b]) / (counts[a] + counts[b])
        counts[a] += counts[b]
        centres, counts = np.delete(centres, b, 0), np.delete(counts, b)
    order = np.argsort(-counts, kind="stable")
    return centres[order], counts[order]


def light(pictures: Pictures) -> tuple[Floats, Floats, Floats]:
    """Brightness, contrast and saturation of every frame, each 0-1."""
    found = np.empty((3, len(pictures.small)), np.float32)
    for i, (luma, u, v) in enumerate(pictures.small):
        mean, deviation = cv2.meanStdDev(luma)
        colour = cv2.magnitude(u.astype(np.float32) - 128, v.astype(np.float32) - 128)
        found[:, i] = (mean[0, 0] - 16) / 219, deviation[0, 0] / 219 * 2, cv2.mean(colour)[0] / 80
    brightness, contrast, saturation = np.clip(found, 0, 1)
    return brightness, contrast, saturation


def on_grid(times: NDArray[np.float64], values: Floats, duration: float) -> Curve:
    """Values at a constant step, whatever the times of the frames."""
    grid = np.arange(0, max(duration, STEP), STEP)
    return Curve(step=STEP, values=tuple(round(float(v), 4) for v in np.interp(grid, times, values)))


def spans(times: NDArray[np.float64], holds: NDArray[np.bool_], duration: float, least: float) -> tuple[Span, ...]:
    """Stretches of at least `least` seconds in which `holds` is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    stops = np.append(times, duration)
    pairs = [(float(times[a]), float(stops[b])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return tuple(Span(start=round(a, 3), end=round(b, 3)) for a, b in pairs if b - a >= least)


def movement(pictures: Pictures) -> Floats:
    """Change from the frame before, per frame of 1/25 s, 0-1; the first frame takes the second's."""
    luma = pictures.small[:, 0]
    change = np.zeros(len(luma), np.float32)
    for i in range(1, len(luma)):
        change[i] = cv2.norm(luma[i], luma[i - 1], cv2.NORM_L1) / luma[i].size
    if len(luma) > 1:
        change[0] = change[1]
    gaps = np.diff(pictures.times, prepend=-1 / pictures.fps)
    per_frame = change / np.clip(gaps * 25, 0.25, 4).astype(np.float32)
    return np.clip(per_frame / 32, 0, 1).astype(np.float32)


def detail(luma: Bytes) -> float:
    """How much fine detail a picture shows: mean absolute Laplacian, 0-255 scale."""
    return float(np.abs(cv2.Laplacian(luma, cv2.CV_16S)).mean())


def likeness(before: Bytes, after: Bytes, block: int = 16, reach: int = 12) -> float:
    """How well the blocks of `after` are found near their places in `before`: mean of the best correlations, 0-1.

    Flat blocks have no drawing to look for: they count half where their level is the same (bars, which are black, not
    at all), and against it where their level is nowhere around. Blocks that did not change at all count little: titles
    and captions stay across cuts. Of many blocks every other one is looked at, as on a chessboard.
    """
    before, after = _lit(before, after)
    height, width = after.shape
    total = weight = 0.0
    skip = 2 if (height // block) * (width // block) > MANY else 1
    for top in range(0, height - block + 1, block):
        for left in range(top % (skip * block), width - block + 1, skip * block):
            piece = after[top : top + block, left : left + block]
            around = before[max(0, top - reach) : top + block + reach, max(0, left - reach) : left + block + reach]
            level, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(piece))
            there = before[top : top + block, left : left + block]
            if deviation >= 3.0 and cv2.norm(piece, there, cv2.NORM_L1) < 4 * piece.size:
                total += STAYED
                weight += STAYED
            elif deviation >= 3.0:
                total += float(cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED).max())
                weight += 1
            elif level < int(around.min()) - 10 or level > int(around.max()) + 10:
                total += 0.3
                weight += 1
            elif level > BLACK and abs(level - cv2.mean(there)[0]) < 6:
                total += 0.5
                weight += 0.5
    return total / weight if weight else 0.5


def _lit(before: Bytes, after: Bytes) -> tuple[Bytes, Bytes]:
    """Two pictures without the bars that both have: their edges would be found again in any upright clip."""
    lit = np.maximum(before, after) > BLACK
    rows, columns = np.flatnonzero(lit.mean(1) > 0.02), np.flatnonzero(lit.mean(0) > 0.02)
    if len(rows) < 24 or len(columns) < 24:
        return before, after
    seen = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return before[seen], after[seen]


def edges_agree(before: Bytes, after: Bytes) -> float:
    """How well the directions of edges agree in place where something changed, -1 to 1; 0 where nothing did.

    Other light changes their strength only.
    """
    changed = cv2.GaussianBlur(cv2.absdiff(before, after).astype(np.float32), (0, 0), 2) > CHANGED
    directions, weights = [], []
    for luma in (before, after):
        soft = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.2)
        across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
        strength = np.hypot(across, down) + 1e-3
        directions.append((across / strength, down / strength))
        weights.append(strength / (float(np.percentile(strength, 90)) + 1))
    weight = np.minimum(np.minimum(*weights), 1) * changed
    same = directions[0][0] * directions[1][0] + directions[0][1] * directions[1][1]
    return float((weight * same).sum() / (weight.sum() + 1e-6))


def is_punched(before: Bytes, after: Bytes) -> bool:
    """Whether one picture is the other enlarged at once, as when a cut only moves closer on the same place.

    Told by the edges: the lumas of a plain background are alike at any size.
    """
    first, second = _edges(before), _edges(after)
    plain = _found(first, second, 1.0)
    best = max(max(_found(first, second, scale), _found(second, first, scale)) for scale in PUNCHES)
    return best > max(0.64, plain + 0.15)


def _edges(luma: Bytes) -> Floats:
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down), np.float32)


def _found(wide: Floats, close: Floats, scale: float) -> float:
    """Best correlation of all of `close`, made smaller by `scale`, anywhere in `wide`."""
    height, width = close.shape
    inset = 0 if scale > 1 else max(3, height // 8)  # room to move
    view = np.ascontiguousarray(close[inset : height - inset, inset : width - inset])
    piece = cv2.resize(view, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    return float(cv2.matchTemplate(wide, piece, cv2.TM_CCOEFF_NORMED).max())


def left_by_movement(luma: Bytes, first: int, last: int) -> float:
    """What share of the change between two frames remains when each piece may move: near 1 in a blend, 0.5 in a pan."""
    stride = max(1, (last - first) // 6)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    height, width = luma.shape[1:]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    still, left = 1e-3, 0.0
    for at in range(first, last - stride + 1, stride):
        before, after = (cv2.GaussianBlur(luma[i], (5, 5), 1) for i in (at, at + stride))
        field = np.asarray(flow.calc(after, before, np.zeros((height, width, 2), np.float32)), np.float32)
        followed = cv2.remap(
            before, columns + field[..., 0], rows + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        still += cv2.norm(before, after, cv2.NORM_L1)
        left += cv2.norm(followed, after, cv2.NORM_L1)
    return left / still


def block_distance(before: Bytes, after: Bytes) -> Floats:
    """Mean absolute difference of each block of about 6 x 7 pixels, chroma weighing more; (pairs, blocks)."""
    difference = np.asarray(cv2.absdiff(np.ascontiguousarray(before), np.ascontiguousarray(after)), np.uint8)
    means = pooled(difference, 7, 6)
    return (means[:, 0] + 1.5 * (means[:, 1] + means[:, 2])).reshape(len(means), -1)


def pooled(planes: Bytes, high: int, wide: int) -> Floats:
    """Means of blocks of about `high` x `wide` pixels of each plane, (n, 3, rows, columns); a rest is left out."""
    count, channels, height, width = planes.shape
    rows, columns = max(1, height // high), max(1, width // wide)
    tall, broad = height // rows * rows, width // columns * columns
    means = np.empty((count, channels, rows, columns), np.float32)
    for begin in range(0, count, BATCH):
        part = planes[begin : begin + BATCH, :, :tall, :broad].reshape(-1, broad)
        # planes below one another are one tall picture, whose blocks never cross from one to the next
        blocks = cv2.resize(part.astype(np.float32), (columns, len(part) // tall * rows), interpolation=cv2.INTER_AREA)
        means[begin : begin + BATCH] = blocks.reshape(-1, channels, rows, columns)
    return means


def evenly_lit(grid: Floats) -> Floats:
    """The coarse lumas, all of one mean and contrast: a flash then changes nothing."""
    luma = grid[:, : grid.shape[1] // 3]
    deviation = luma - luma.mean(1, keepdims=True)
    return np.asarray(deviation * (40 / np.maximum(deviation.std(1, keepdims=True), 8.0)), np.float32)
