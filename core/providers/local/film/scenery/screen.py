"""What is on the screen of a drawn phone: plain shapes of an app that come in one after another; no words."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from core.providers.local.film.layers import Geo
from core.providers.local.film.paint import (
    Float,
    Pixels,
    blur,
    ease_back,
    ease_in_out,
    ease_out,
    mix,
    vertical_gradient,
)
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.studio import Ids, Lens
from core.providers.local.film.scenery.trace import RoundedBox, Solid, vector

WIDE, TALL = 300, 600
"""Units of the drawn screen."""
BEZEL = 0.935
"""Share of the phone's front that is lit."""
GLARE = 0.30
"""How much of the studio is mirrored in the screen."""

Paint = Callable[["_Screen", float], None]


class _Screen:
    """A sheet of WIDE x TALL units that shapes are drawn on."""

    def __init__(self, ground: Pixels, zoom: float) -> None:
        self.sheet, self.zoom = ground.copy(), zoom

    def _px(self, *values: float) -> tuple[int, ...]:
        return tuple(round(v * self.zoom) for v in values)

    def block(
        self, box: tuple[float, float, float, float], colour: Float, radius: float = 10, shown: float = 1.0
    ) -> None:
        """A rounded block x, y, width, height; not yet fully shown it stands lower and fainter."""
        if shown <= 0.01:
            return
        x, y, w, h = box
        y += (1 - shown) * 26
        x0, y0, x1, y1 = self._px(x, y, x + w, y + h)
        y1 = min(y1, self.sheet.shape[0])
        r = min(round(radius * self.zoom), (x1 - x0) // 2, (y1 - y0) // 2)
        if r < 0 or x1 <= x0 or y1 <= y0:
            return
        region = self.sheet[y0:y1, x0:x1]
        mask = np.zeros(region.shape[:2], np.uint8)
        for cx in (r, x1 - x0 - 1 - r):
            for cy in (r, y1 - y0 - 1 - r):
                cv2.circle(mask, (cx, cy), r, (255,), -1, cv2.LINE_AA)
        mask[r : y1 - y0 - r] = 255
        mask[:, r : x1 - x0 - r] = 255
        share = (mask.astype(np.float32) * (min(1.0, shown) / 255))[..., None]
        region[:] = np.asarray(region * (1 - share) + colour * np.float32(255) * share, np.uint8)

    def line(self, points: npt.NDArray[np.float32], colour: Float, width: float) -> None:
        """A polyline of (x, y) units."""
        if len(points) > 1:
            fixed = np.round(points * (self.zoom * 16)).astype(np.int32)
            ink = tuple(float(v) * 255 for v in colour)
            cv2.polylines(self.sheet, [fixed], False, ink, max(1, round(width * self.zoom)), cv2.LINE_AA, 4)

    def dot(self, x: float, y: float, radius: float, colour: Float) -> None:
        """A disc."""
        centre = (round(x * self.zoom * 16), round(y * self.zoom * 16))
        ink = tuple(float(v) * 255 for v in colour)
        cv2.circle(self.sheet, centre, max(1, round(radius * self.zoom * 16)), ink, -1, cv2.LINE_AA, 4)


class ScreenShow:
    """The lit screen on the front of a phone in a traced picture."""

    def __init__(
        self,
        geo: Geo,
        roles: Roles,
        rng: np.random.Generator,
        phone: RoundedBox,
        solids: list[Solid],
        lens: Lens,
        ids: Ids,
    ) -> None:
        corners = _corners(phone, lens)
        pad = 3
        self.x0, self.y0 = (max(0, int(v) - pad) for v in corners.min(axis=0))
        self.x1 = min(geo.w, int(corners[:, 0].max()) + pad)
        self.y1 = min(geo.h, int(corners[:, 1].max()) + pad)
        tall = float(np.linalg.norm(corners[3] - corners[0]))
        self.zoom = max(0.3, 1.15 * tall / TALL)
        self.ground = _wallpaper(roles, round(WIDE * self.zoom), round(TALL * self.zoom))
        h, w = self.ground.shape[:2]
        source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        place = (corners - (self.x0, self.y0)).astype(np.float32)
        self.bend = cv2.getPerspectiveTransform(source, place)
        plate = _Screen(np.zeros_like(self.ground), self.zoom)
        plate.block((0, 0, WIDE, TALL), np.ones(3, np.float32), 34)
        cover = cv2.warpPerspective(plate.sheet[..., 0], self.bend, self._size(), flags=cv2.INTER_AREA)
        index = next(i for i, solid in enumerate(solids) if solid is phone)
        free = blur((ids[self.y0 : self.y1, self.x0 : self.x1] == index).astype(np.float32), 0.7)
        self.cover = (cover.astype(np.float32) / 255 * np.clip(free * 1.6 - 0.3, 0, 1))[..., None]
        self.roles = roles
        self.scene = (_growth, _checklist, _talk, _player)[int(rng.integers(4))](roles, rng)

    def _size(self) -> tuple[int, int]:
        return self.x1 - self.x0, self.y1 - self.y0

    def paint(self, canvas: Pixels, plain: Pixels, t: float) -> None:
        """See Show."""
        screen = _Screen(self.ground, self.zoom)
        self.scene(screen, t)
        lit = cv2.warpPerspective(
            screen.sheet, self.bend, self._size(), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        box = (slice(self.y0, self.y1), slice(self.x0, self.x1))
        under = plain[box].astype(np.float32)
        glare = np.clip(under - 42, 0, 255) * GLARE
        shown = np.clip(lit.astype(np.float32) * 0.97 + glare, 0, 255)
        canvas[box] = np.asarray(under + (shown - under) * self.cover, np.uint8)


def _corners(phone: RoundedBox, lens: Lens) -> npt.NDArray[np.float32]:
    """The lit part of the front in pixels: top left, top right, bottom right, bottom left."""
    rim = 1 - BEZEL
    x, y = phone.half[0] * BEZEL, phone.half[1] - phone.half[0] * rim
    places = [(-x, y), (x, y), (x, -y), (-x, -y)]
    world = [phone.centre + phone.axes.T @ vector(a, b, float(phone.half[2])) for a, b in places]
    return np.array([lens.pixel(p.astype(np.float32)) for p in world], np.float32)


def _wallpaper(roles: Roles, width: int, height: int) -> Pixels:
    stops = [(0, mix(roles.ink, roles.deep, 0.5)), (0.55, roles.deep), (1, mix(roles.deep, roles.mid, 0.7))]
    sheet = vertical_gradient(height, width, stops)
    return np.asarray(np.clip(sheet * 255, 0, 255), np.uint8)


def _shown(t: float, start: float, lasts: float = 0.5) -> float:
    return float(ease_out((t - start) / lasts))


def _head(s: _Screen, r: Roles, t: float) -> None:
    s.block((118, 14, 64, 14), r.ink, 7)
    s.block((28, 62, 128, 20), r.paper, 6, _shown(t, 0.1))
    s.block((28, 92, 84, 12), mix(r.second, r.deep, 0.25), 5, _shown(t, 0.2))
    s.dot(256, 76, 17, mix(r.accent, r.glow, 0.2))


def _growth(r: Roles, rng: np.random.Generator) -> Paint:
    """A curve that climbs over cards."""
    x = np.linspace(0, 1, 60, dtype=np.float32)
    a, b = rng.uniform(8, 14), rng.uniform(20, 30)
    y = 332 - 150 * x**1.3 - 16 * np.sin(x * a) - 7 * np.sin(x * b)
    curve = np.stack([30 + 240 * x, y], -1).astype(np.float32)
    card = mix(r.deep, r.mid, 0.65)

    def paint(s: _Screen, t: float) -> None:
        _head(s, r, t)
        s.block((20, 128, 260, 250), mix(r.deep, r.ink, 0.35), 22, _shown(t, 0.15))
        seen = curve[: max(2, int(60 * float(ease_in_out((t - 0.35) / 1.7))))]
        for k, (px, py) in enumerate(seen[::4]):
            s.block((px, py, 7, 352 - py), mix(card, r.accent, 0.25 + 0.03 * k), 3)
        s.line(seen, r.glow, 5)
        s.dot(float(seen[-1, 0]), float(seen[-1, 1]), 8 + 1.5 * np.sin(3 * t), r.paper)
        for k in range(2):
            shown = _shown(t, 0.7 + 0.25 * k)
            s.block((20, 398 + 88 * k, 260, 74), card, 18, shown)
            s.block((38, 414 + 88 * k, 42, 42), (r.accent, r.second)[k], 12, shown)
            s.block((96, 420 + 88 * k, 110 - 30 * k, 12), r.paper, 5, shown)
            s.block((96, 442 + 88 * k, 150, 9), mix(card, r.paper, 0.35), 4, shown)

    return paint


def _checklist(r: Roles, rng: np.random.Generator) -> Paint:
    """Lines that are ticked one after another."""
    widths = rng.uniform(90, 160, 6)
    card = mix(r.deep, r.mid, 0.6)

    def paint(s: _Screen, t: float) -> None:
        _head(s, r, t)
        done = float(np.clip((t - 0.6) / 3.0, 0, 1))
        s.block((28, 128, 244, 12), mix(r.deep, r.ink, 0.4), 6)
        s.block((28, 128, max(12.0, 244 * done), 12), r.accent, 6)
        for k in range(6):
            shown, top = _shown(t, 0.15 + 0.1 * k), 160 + 70 * k
            s.block((20, top, 260, 58), card, 16, shown)
            ticked = float(ease_back((t - 0.8 - 0.45 * k) / 0.35)) if t > 0.8 + 0.45 * k else 0.0
            s.block((36, top + 15, 28, 28), mix(card, r.paper, 0.22), 9, shown)
            if ticked > 0:
                half = 14 * ticked
                s.block((50 - half, top + 29 - half, 2 * half, 2 * half), r.accent, 9 * ticked)
                tick = np.array([[43, top + 29], [48.5, top + 34.5], [58, top + 23.5]], np.float32)
                s.line(tick, r.ink, 3.4 * min(1.0, ticked))
            s.block((82, top + 23, widths[k], 12), mix(r.paper, card, 0.55 * min(1.0, ticked)), 5, shown)

    return paint


def _talk(r: Roles, rng: np.random.Generator) -> Paint:
    """A conversation in bubbles."""
    card = mix(r.deep, r.mid, 0.7)
    widths = rng.uniform(120, 190, 6)
    tops = (132, 212, 270, 350, 408, 488)

    def paint(s: _Screen, t: float) -> None:
        _head(s, r, t)
        for k, top in enumerate(tops):
            shown = _shown(t, 0.2 + 0.42 * k, 0.4)
            mine, tall = k in {1, 2, 4}, 64 if k in {0, 2, 3, 5} else 46
            left = 280 - widths[k] if mine else 20
            s.block((left, top, widths[k], tall), r.accent if mine else card, 20, shown)
            tone = mix(r.accent, r.ink, 0.55) if mine else mix(card, r.paper, 0.7)
            s.block((left + 18, top + 17, widths[k] - 44, 9), tone, 4, shown)
            if tall > 50:
                s.block((left + 18, top + 37, widths[k] * 0.45, 9), tone, 4, shown)

    return paint


def _player(r: Roles, rng: np.random.Generator) -> Paint:
    """A cover with a sound wave that plays."""
    tall = rng.uniform(0.25, 1.0, 27)
    card = mix(r.deep, r.mid, 0.6)

    def paint(s: _Screen, t: float) -> None:
        s.block((118, 14, 64, 14), r.ink, 7)
        shown = _shown(t, 0.1)
        s.block((34, 66, 232, 232), mix(r.second, r.deep, 0.25), 26, shown)
        s.dot(150, 182, 84 * shown, r.accent)
        s.dot(150, 182, 56 * shown, mix(r.accent, r.glow, 0.55))
        s.dot(150, 182, 22 * shown, r.paper)
        s.block((34, 322, 150, 18), r.paper, 6, shown)
        s.block((34, 350, 96, 11), mix(card, r.paper, 0.4), 5, shown)
        for k, bar in enumerate(tall):
            high = 10 + 54 * bar * (0.65 + 0.35 * float(np.sin(5.2 * t + 1.7 * k)))
            played = k / 27 < 0.18 + 0.10 * t
            s.block((34 + 8.7 * k, 424 - high / 2, 5, high), r.glow if played else mix(card, r.second, 0.4), 2)
        s.dot(150, 520, 34, r.accent)
        s.block((139, 505, 8, 30), r.ink, 2)
        s.block((154, 505, 8, 30), r.ink, 2)
        for x in (78, 222):
            s.dot(x, 520, 14, card)

    return paint
