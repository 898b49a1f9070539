"""Layers in depth: what builders return, how the camera moves before them, and how they are laid into a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.plan import Camera as Move
from core.providers.local.film.by_rows import Rows, bands, some_rows
from core.providers.local.film.paint import Float, Pixels, dither_u8, ease_in_out

MARGIN_X, MARGIN_Y = 0.18, 0.15
"""Overscan on each side, as a share of the frame: what camera moves and framings may uncover."""
FOCUS = 0.55
"""Depth that an orbit turns around."""
FAINT = 0.004
"""Opacity below which nothing is drawn."""
Matrix = npt.NDArray[np.float64]
Blend = Literal["over", "add"]


class Geo:
    """Sizes in LAYER pixels: the frame is W x H, the layer w x h with margins mx, my around the frame.

    `detail` layer pixels make one pixel of the finished picture; more than 1 keeps close framings sharp.
    `S` scales drawing: 1 when the shorter side is 720.
    """

    def __init__(self, width: int, height: int, detail: float = 1.0) -> None:
        self.frame_w, self.frame_h, self.detail = width, height, detail
        self.W, self.H = round(width * detail), round(height * detail)
        self.S = min(self.W, self.H) / 720
        self.mx, self.my = round(self.W * MARGIN_X), round(self.H * MARGIN_Y)
        self.w, self.h = self.W + 2 * self.mx, self.H + 2 * self.my
        self.aspect = width / height

    def X(self, x: Any) -> Any:  # noqa: N802  (the letter painters of these scenes read everywhere)
        """Frame units (0 left, 1 right) as layer pixels; below 0 and above 1 lie the margins."""
        return self.mx + np.asarray(x) * self.W

    def Y(self, y: Any) -> Any:  # noqa: N802
        """Frame units (0 top, 1 bottom) as layer pixels."""
        return self.my + np.asarray(y) * self.H


class LayerPose(NamedTuple):
    """Where a moving layer is: shift and centre in layer pixels, scale about the centre, opacity 0..1."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    opacity: float = 1.0
    turn: float = 0.0
    """Degrees, anticlockwise, about the centre."""


Anim = Callable[[float, float], LayerPose]
"""(seconds since the scene began, seconds of the scene) -> pose."""


class Layer:
    """A painted sheet at a depth: 0 the horizon, 1 near, 1.6 before the lens; premultiplied bytes.

    `rgb` is h x w x 3 of 0..1 (not premultiplied unless `premultiplied`), `alpha` h x w of 0..1, or None for
    an opaque ground. `subject` marks what the scene is about: titles keep off it, framings go to it. A `hidden`
    layer is never drawn: it only says where the subject is.
    """

    def __init__(
        self,
        rgb: npt.NDArray[Any],
        alpha: npt.NDArray[Any] | None,
        depth: float,
        rng: np.random.Generator,
        *,
        blend: Blend = "over",
        anim: Anim | None = None,
        premultiplied: bool = False,
        subject: bool = False,
        hidden: bool = False,
        name: str = "",
    ) -> None:
        self.depth, self.blend, self.anim, self.subject, self.name = depth, blend, anim, subject, name
        self.hidden = hidden
        self.alpha: Pixels | None = None
        self.origin = (0, 0)
        if alpha is None:
            self.rgb = dither_u8(rgb, rng)
            return
        cover = np.asarray(alpha, np.float32)
        times = None if premultiplied else cover
        x0, y0, x1, y1 = _bounds(_light(rgb, times) if blend == "add" else cover)
        self.origin = (x0, y0)
        part = slice(y0, y1), slice(x0, x1)
        self.rgb = dither_u8(_cropped(rgb, part), rng, None if times is None else times[part])
        if blend == "over":
            self.alpha = np.ascontiguousarray(np.clip(cover[part] * 255 + 0.5, 0, 255).astype(np.uint8))
            np.minimum(self.rgb, np.where(self.alpha > 0, 255, 0).astype(np.uint8)[..., None], out=self.rgb)


def _cropped(rgb: Any, part: tuple[slice, slice]) -> Any:
    """A part of the picture, still by rows when it is."""
    if not isinstance(rgb, Rows):
        return rgb[part]
    down, across = part

    def some(rows: slice) -> npt.NDArray[Any]:
        found = rgb.rows(slice(down.start + rows.start, down.start + rows.stop))
        return np.broadcast_to(found, (rows.stop - rows.start, *rgb.shape[1:]))[:, across]

    return Rows((down.stop - down.start, across.stop - across.start, rgb.shape[2]), some)


def _light(rgb: npt.NDArray[Any], cover: Float | None) -> Float:
    """The brightest of the three colours everywhere, h x w, times `cover`."""
    h, w = rgb.shape[:2]
    out = np.empty((h, w), np.float32)
    for rows in bands(h, w):
        light = np.asarray(some_rows(rgb, rows, 3), np.float32)
        out[rows] = (light if cover is None else light * cover[rows, :, None]).max(axis=2)
    return out


def _bounds(cover: Float) -> tuple[int, int, int, int]:
    """The smallest box x0, y0, x1, y1 that holds everything visible, one clear pixel around it; never empty."""
    seen = cover > 1 / 400
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 0, 0, 2, 2
    h, w = cover.shape
    return (
        max(0, int(columns[0]) - 1),
        max(0, int(rows[0]) - 1),
        min(w, int(columns[-1]) + 2),
        min(h, int(rows[-1]) + 2),
    )


def landmark(geo: Geo, cover: npt.NDArray[Any], rng: np.random.Generator, depth: float = 0.5) -> Layer:
    """An unseen layer that tells titles and framings where the subject is: where `cover` (h x w, 0..1) is high."""
    return Layer(np.zeros((geo.h, geo.w, 3), np.float32), cover, depth, rng, subject=True, hidden=True, name="mark")


def view_point(geo: Geo, x: float, top: float, foot: float, rng: np.random.Generator) -> Layer:
    """A landmark around x from `top` to `foot`, in frame units, for scenes that are all scenery."""
    cover = np.zeros((geo.h, geo.w), np.float32)
    px, half = float(geo.X(x)), 0.05 * min(geo.W, geo.H)
    cover[int(geo.Y(top)) : int(geo.Y(foot)), max(0, int(px - half)) : int(px + half)] = 1
    return landmark(geo, cover, rng)


class Pose(NamedTuple):
    """The camera: pan x, y in shares of the frame, zoom factor, roll in degrees, sideways orbit."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.04
    roll: float = 0.0
    orbit: float = 0.0


class View(NamedTuple):
    """A framing: `zoom` times nearer, with (x, y) of the frame brought to (to_x, to_y); rolled by degrees.

    `mirror` swaps left and right first, as if the scene were seen from its other side.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    to_x: float = 0.5
    to_y: float = 0.5
    roll: float = 0.0
    mirror: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """What a Dynamic needs to draw into the finished frame: sizes in OUTPUT pixels, and the camera's projection."""

    geo: Geo
    pose: Pose
    view: View

    @property
    def S(self) -> float:  # noqa: N802
        """Scale for sizes drawn straight into the frame, framing included."""
        return self.geo.S / self.geo.detail * self.view.zoom

    def matrix(self, depth: float) -> Matrix:
        """2 x 3, layer pixels of that depth to output pixels."""
        return layer_matrix(depth, self.pose, self.geo, self.view)

    def project(self, x: float, y: float, depth: float) -> tuple[float, float]:
        """A point in frame units at a depth, as output pixels."""
        m = self.matrix(depth)
        lx, ly = float(self.geo.X(x)), float(self.geo.Y(y))
        return float(m[0, 0] * lx + m[0, 1] * ly + m[0, 2]), float(m[1, 0] * lx + m[1, 1] * ly + m[1, 2])


class Dynamic(Protocol):
    """Something drawn anew in every frame, such as particles; `depth` as of a layer."""

    depth: float

    def draw(self, out: Pixels, t: float, u: float, camera: Pose, context: Stage) -> None:
        """Draw into `out` (frame_h x frame_w x 3, RGB) in place, at t seconds, u 0..1 through the scene."""


class Mark(Enum):
    """Places in the stack that are not pictures."""

    TITLE = "title"


TITLE: Final = Mark.TITLE
"""Where the title stands: what comes after may pass before it, as long as it stays readable."""
Item = Layer | Dynamic | Mark
Stack = list[Item]


def camera_pose(move: Move, u: float, seed: int, amount: float = 1.0) -> Pose:
    """Where the camera is at u 0..1 of its move; `amount` scales the way, and a little breathing is always there."""
    eased = 0.45 * u + 0.55 * float(ease_in_out(u))
    swing = 2 * eased - 1
    p = np.random.default_rng(seed).random(4) * 6.28
    shake = 2.6 if move == "handheld" else 1.0
    jx = shake * (0.0045 * np.sin(2.1 * u + p[0]) + 0.0025 * np.sin(5.3 * u + p[1]))
    jy = shake * (0.0035 * np.sin(1.7 * u + p[2]) + 0.0020 * np.sin(4.1 * u + p[3]))
    x = y = roll = orbit = 0.0
    zoom = 1.05
    if move == "push_in":
        zoom = 1.02 + 0.15 * amount * eased
    elif move == "pull_out":
        zoom = 1.17 - 0.14 * amount * eased
    elif move in {"pan_left", "pan_right"}:
        x = (-1 if move == "pan_left" else 1) * 0.075 * amount * swing
        zoom = 1.06
    elif move in {"tilt_up", "tilt_down"}:
        y = (-1 if move == "tilt_up" else 1) * 0.07 * amount * swing
    elif move == "orbit":
        orbit, roll, zoom = 0.085 * amount * swing, 0.35 * swing, 1.05 + 0.03 * eased
    elif move == "handheld":
        roll, zoom = 0.5 * float(np.sin(3 * u + p[0])), 1.07 + 0.03 * eased
    else:
        zoom = 1.03 + 0.025 * eased
    return Pose(x + float(jx), y + float(jy), zoom, roll, orbit)


def layer_matrix(depth: float, pose: Pose, geo: Geo, view: View) -> Matrix:
    """2 x 3, layer pixels at a depth to output pixels; near layers move and grow more than far ones."""
    scale = max(1.0, 1 + (pose.zoom - 1) * (0.35 + 1.15 * depth))
    centre = (float(geo.X(0.5)), float(geo.Y(0.52)))
    m = np.asarray(cv2.getRotationMatrix2D(centre, pose.roll * (0.4 + 0.6 * depth), scale), np.float64)
    dx = (pose.orbit * (depth - FOCUS) * 1.3 - pose.x * (0.25 + 1.25 * depth)) * geo.W
    dy = -pose.y * (0.25 + 1.1 * depth) * geo.H
    half = 1 / view.zoom
    left = 1 - half - (view.x - view.to_x * half) if view.mirror else view.x - view.to_x * half
    tilt = abs(float(np.sin(np.radians(view.roll + pose.roll)))) * half / 2
    m[0, 2] += _covered(dx, left * geo.W, half * geo.W, tilt * geo.H, (geo.w, geo.mx, centre[0], scale)) - geo.mx
    top = (view.y - view.to_y * half) * geo.H
    m[1, 2] += _covered(dy, top, half * geo.H, tilt * geo.W, (geo.h, geo.my, centre[1], scale)) - geo.my
    framing = cv2.getRotationMatrix2D((view.x * geo.W, view.y * geo.H), view.roll, view.zoom)
    framing[0, 2] += (view.to_x - view.x) * geo.W
    framing[1, 2] += (view.to_y - view.y) * geo.H
    if view.mirror:
        m[0] = -m[0]
        m[0, 2] += geo.W
    whole = np.vstack([framing, [0, 0, 1]]) @ np.vstack([m, [0, 0, 1]])
    return np.asarray(whole[:2] / geo.detail, np.float64)


def _covered(shift: float, start: float, length: float, tilt: float, sheet: tuple[float, float, float, float]) -> float:
    """The shift, held back where the layer would end inside the window (from `start`, `length` long, tilted).

    `sheet` is the layer along this axis: its length, its margin, the centre it grows about, and how much it grows.
    """
    size, margin, centre, scale = sheet
    most = start - tilt + margin - centre + scale * centre
    least = start + length + tilt + margin - centre - scale * (size - centre)
    return min(max(shift, least), most)


def posed(matrix: Matrix, pose: LayerPose) -> Matrix:
    """The matrix of a layer that has moved by itself."""
    cx, cy = pose.centre
    own = np.asarray(cv2.getRotationMatrix2D((cx, cy), pose.turn, pose.scale), np.float64)
    own[:, 2] += (pose.dx, pose.dy)
    return np.asarray(matrix @ np.vstack([own, [0, 0, 1]]), np.float64)


def placed(layer: Layer, matrix: Matrix) -> Matrix:
    """The matrix for the layer's own, cropped pixels."""
    m = matrix.copy()
    m[:, 2] += matrix[:, :2] @ layer.origin
    return m


def composite(out: Pixels, layer: Layer, matrix: Matrix, opacity: float = 1.0) -> None:
    """Lay a layer into the frame, in place; `matrix` takes layer pixels to output pixels."""
    if layer.hidden:
        return
    height, width = out.shape[:2]
    m = placed(layer, matrix)
    if layer.alpha is None and layer.blend == "over":
        cv2.warpAffine(layer.rgb, m, (width, height), dst=out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return
    h, w = layer.rgb.shape[:2]
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]], np.float64) @ m.T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    x0, y0 = max(0, int(left) - 1), max(0, int(top) - 1)
    x1, y1 = min(width, int(right) + 2), min(height, int(bottom) + 2)
    if x1 <= x0 or y1 <= y0 or opacity <= FAINT:
        return
    m[:, 2] -= (x0, y0)
    size = (x1 - x0, y1 - y0)
    rgb = cv2.warpAffine(layer.rgb, m, size, flags=cv2.INTER_LINEAR)
    alpha = None if layer.alpha is None else cv2.warpAffine(layer.alpha, m, size, flags=cv2.INTER_LINEAR)
    _lay(out[y0:y1, x0:x1], rgb, alpha, opacity)


def blit(out: Pixels, rgb: Pixels, alpha: Pixels | None, x: float, y: float, opacity: float = 1.0) -> None:
    """Lay a premultiplied sprite with its corner at (x, y) output pixels; no alpha means that it adds light."""
    h, w = rgb.shape[:2]
    height, width = out.shape[:2]
    x0, y0 = max(0, int(np.floor(x))), max(0, int(np.floor(y)))
    x1, y1 = min(width, int(np.floor(x)) + w + 1), min(height, int(np.floor(y)) + h + 1)
    if x1 <= x0 or y1 <= y0 or opacity <= FAINT:
        return
    shift = np.array([[1, 0, x - x0], [0, 1, y - y0]], np.float32)
    size = (x1 - x0, y1 - y0)
    moved = cv2.warpAffine(rgb, shift, size)
    cover = None if alpha is None else cv2.warpAffine(alpha, shift, size)
    _lay(out[y0:y1, x0:x1], moved, cover, opacity)


def _lay(region: Pixels, rgb: Any, alpha: Any, opacity: float) -> None:
    if opacity < 1 - FAINT:
        rgb = cv2.convertScaleAbs(rgb, alpha=opacity)
        alpha = None if alpha is None else cv2.convertScaleAbs(alpha, alpha=opacity)
    if alpha is None:
        cv2.add(region, rgb, dst=region)
        return
    under = cv2.cvtColor(cv2.bitwise_not(alpha), cv2.COLOR_GRAY2RGB)
    cv2.multiply(region, under, dst=under, scale=1 / 255)
    cv2.add(under, rgb, dst=region)
