"""`photo`: a person's own picture, or a key frame of the sample, filling the frame and moving in depth."""

from __future__ import annotations

import cv2
import numpy as np

from core.domain.errors import BadMedia
from core.providers.local.film.layers import TITLE, Geo, Layer, LayerPose, Stack, landmark
from core.providers.local.film.paint import Float, Pixels, blur, mix, smoothstep
from core.providers.local.film.palette import Roles
from core.providers.local.film.scenery.cutout import Cutout, cut_out, held, subject_centre
from core.providers.local.film.scenery.drift import LightLeak, dust
from core.providers.local.film.scenery.relief import Relief
from core.providers.local.film.setting import Setting, hero

LARGEST = 2600
"""Longer side a picture is worked on with: more is not seen in a frame of 1920."""
KEPT = 0.52
"""Share of a picture that any crop may leave."""
HELD, KEPT_OF_ONE = 0.70, 0.30
"""A crop may leave less, when this much of what stands out lies inside it: one person, one thing."""
ENLARGED = 2.6
"""Beyond this a small picture is shown as a print, not blown up to the frame."""
TINT = 0.10
"""How far the picture's colours are drawn towards the film's: enough to belong, not enough to be seen."""


def photo(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting) -> Stack:
    """`setting.image` filling the frame, or as a print on a blurred ground when it is too small or too unlike.

    Raises BadMedia when there is no image.
    """
    if setting.image is None or setting.image.size == 0:
        raise BadMedia("This scene has no picture to show.", "Choose an image for it, or let it be drawn.")
    image = _readable(setting.image)
    tinted = _tinted(image, roles)
    ground = _plain_ground(tinted)
    if ground is not None:
        body = _on_ground(geo, roles, rng, setting, tinted, ground)
    elif _fills(geo, image, tinted):
        body = _filling(geo, rng, tinted)
    else:
        body = _print(geo, roles, rng, setting, tinted)
    return [*body, dust(geo, rng, roles.glow, 16), LightLeak(rng, roles.accent, roles.glow, 0.16)]


def _readable(image: Pixels) -> Pixels:
    """Three channels, 8 bits, not larger than is of use; transparency stands on white."""
    picture = np.asarray(image)
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    if picture.shape[2] == 1:
        picture = np.repeat(picture, 3, axis=2)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    picture = np.ascontiguousarray(picture[..., :3], np.uint8)
    longest = max(picture.shape[:2])
    if longest > LARGEST:
        size = (max(1, picture.shape[1] * LARGEST // longest), max(1, picture.shape[0] * LARGEST // longest))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return picture


def _tinted(image: Pixels, roles: Roles) -> Float:
    """Shadows a little towards the film's deep colour, lights towards its glow; greys and white stay clean."""
    rgb = image.astype(np.float32) / 255
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None]
    tone = mix(roles.deep - roles.deep.mean(), roles.glow - roles.glow.mean(), light)
    amount = TINT * 4 * light * (1 - light) + 0.02
    return np.asarray(np.clip(rgb + tone * amount * 1.4, 0, 1), np.float32)


def _plain_ground(rgb: Float) -> Float | None:
    """The even colour (RGB) around a product shot, None when the picture has no such ground."""
    h, w = rgb.shape[:2]
    b = max(1, min(h, w) // 40)
    border = np.concatenate([rgb[:b].reshape(-1, 3), rgb[:, :b].reshape(-1, 3), rgb[:, -b:].reshape(-1, 3)])
    colour = np.median(border, axis=0)
    even = float((np.abs(border - colour).max(axis=1) < 0.06).mean())
    whole = float((np.abs(rgb - colour).max(axis=2) < 0.06).mean())
    return np.asarray(colour, np.float32) if even > 0.88 and whole < 0.97 and float(colour.mean()) > 0.55 else None


def _fills(geo: Geo, image: Pixels, rgb: Float) -> bool:
    """Whether the picture may be cropped to the frame without losing it or its sharpness."""
    h, w = image.shape[:2]
    ratio = (w / h) / geo.aspect
    kept = min(ratio, 1 / ratio)
    if max(geo.frame_w / w, geo.frame_h / h) > ENLARGED or kept < KEPT_OF_ONE:
        return False
    return kept >= KEPT or held(rgb, min(1.0, 1 / ratio), min(1.0, ratio)) >= HELD


def _placed(geo: Geo, rgb: Float, zoom: float, x: float, y: float) -> Float:
    """The picture at `zoom` with its point (x, y) in the middle of the frame; edges are mirrored outwards."""
    move = np.array([[zoom, 0, float(geo.X(0.5)) - x * zoom], [0, zoom, float(geo.Y(0.5)) - y * zoom]], np.float32)
    if zoom < 0.7:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.35 / zoom), np.float32)
    out = cv2.warpAffine(rgb, move, (geo.w, geo.h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(np.clip(out, 0, 1), np.float32)


def _crop(geo: Geo, rgb: Float) -> tuple[float, float, float]:
    """Zoom and centre (picture pixels) that fill the frame around the subject, with the most margin there is."""
    h, w = rgb.shape[:2]
    x, y = subject_centre(rgb)
    # A little closer than a tight fit, so that camera moves find picture and not its mirror image.
    zoom = 1.10 * max(geo.W / w, geo.H / h)
    half_w, half_h = geo.W / zoom / 2, geo.H / zoom / 2
    return zoom, float(np.clip(x * w, half_w, w - half_w)), float(np.clip(y * h, half_h, h - half_h))


def _filling(geo: Geo, rng: np.random.Generator, rgb: Float) -> Stack:
    """The picture over the whole frame, its subject nearer than the rest where it stands out."""
    zoom, x, y = _crop(geo, rgb)
    sheet = _placed(geo, rgb, zoom, x, y)
    cut = cut_out(sheet)
    near = np.full(sheet.shape[:2], 0.35, np.float32)
    # Ground that lies nearer towards the lower edge: right for most views, harmless for the others.
    near += 0.22 * smoothstep(0.35, 1.0, np.linspace(0, 1, geo.h, dtype=np.float32))[:, None]
    stack: Stack = [Relief(geo, sheet, near if cut is None else _raised(near, cut, geo), rng), TITLE]
    if cut is not None:
        stack.append(_marker(geo, cut.mask, rng))
    return stack


def _grown(mask: Float, by: float) -> Float:
    """A mask made larger by so many pixels on all sides."""
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(by))), np.float32)


def _raised(near: Float, cut: Cutout, geo: Geo) -> Float:
    """Nearness with the subject lifted out; its slope is wide, so nothing tears at its outline."""
    soft = blur(_grown(cut.mask, 4 * geo.S), 26 * geo.S)
    return np.asarray(near + soft * (0.62 - near), np.float32)


def _marker(geo: Geo, mask: Float, rng: np.random.Generator) -> Layer:
    """An unseen layer that tells titles and framings where the subject is."""
    inside = mask.copy()
    inside[: geo.my], inside[geo.my + geo.H :] = 0, 0
    inside[:, : geo.mx], inside[:, geo.mx + geo.W :] = 0, 0
    return landmark(geo, (inside > 0.5).astype(np.float32), rng, 0.55)


def _blurred_ground(geo: Geo, roles: Roles, rgb: Float) -> Float:
    """The picture itself, out of focus and darker, as what stands behind it."""
    h, w = rgb.shape[:2]
    zoom = 1.25 * max(geo.w / w, geo.h / h)
    move = np.array([[zoom, 0, geo.w / 2 - w / 2 * zoom], [0, zoom, geo.h / 2 - h / 2 * zoom]], np.float32)
    large = cv2.warpAffine(rgb, move, (geo.w, geo.h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    soft = blur(np.asarray(large, np.float32), 34 * geo.S)
    down = np.linspace(0, 1, geo.h, dtype=np.float32)[:, None, None]
    return mix(soft * np.float32(0.62), mix(roles.deep, roles.ink, 0.4), 0.34 + 0.22 * (1 - down))


def _print(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, rgb: Float) -> Stack:
    """The whole picture as a print with rounded corners, before a blurred copy of itself."""
    place = hero(geo, setting)
    wide, tall = _print_room(geo, setting)
    ground, rgb = _blurred_ground(geo, roles, rgb), _towards(rgb, wide / tall)
    h, w = rgb.shape[:2]
    zoom = min(wide / w, tall / h)
    pw, ph = w * zoom, h * zoom
    cx, cy = float(geo.X(place.x)), float(geo.Y(place.y))
    move = np.array([[zoom, 0, cx - pw / 2], [0, zoom, cy - ph / 2]], np.float32)
    source = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.35 / zoom), np.float32) if zoom < 0.7 else rgb
    sheet = cv2.warpAffine(source, move, (geo.w, geo.h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    mask = _card(geo, (cx, cy), (pw / 2, ph / 2), 22 * geo.S)
    frame = _card(geo, (cx, cy), (pw / 2 + 2 * geo.S, ph / 2 + 2 * geo.S), 24 * geo.S)
    shade = blur(np.roll(frame, round(18 * geo.S), axis=0), 26 * geo.S) * np.float32(0.6)
    ink = np.broadcast_to(roles.ink, (geo.h, geo.w, 3))
    edge = np.broadcast_to(mix(roles.paper, roles.glow, 0.3), (geo.h, geo.w, 3))

    def settle(t: float, seconds: float) -> LayerPose:
        del seconds
        return LayerPose(dy=5 * geo.S * float(np.sin(0.9 * t)), centre=(cx, cy), turn=0.5 * float(np.sin(0.7 * t)))

    return [
        Layer(ground, None, 0.06, rng),
        TITLE,
        Layer(ink, shade, 0.40, rng, anim=settle),
        Layer(edge, frame * 0.55, 0.50, rng, anim=settle),
        Layer(np.clip(sheet, 0, 1), mask, 0.50, rng, anim=settle, subject=True, name="photo"),
    ]


def _towards(rgb: Float, aspect: float) -> Float:
    """The picture cut about its subject as near to an aspect as KEPT allows."""
    h, w = rgb.shape[:2]
    x, y = subject_centre(rgb)
    wide = min(w, max(round(h * aspect), round(w * KEPT)))
    tall = min(h, max(round(w / aspect), round(h * KEPT)))
    left = int(np.clip(x * w - wide / 2, 0, w - wide))
    top = int(np.clip(y * h - tall / 2, 0, h - tall))
    return np.ascontiguousarray(rgb[top : top + tall, left : left + wide])


def _print_room(geo: Geo, setting: Setting) -> tuple[float, float]:
    """Width and height in layer pixels that a print may take beside or under the title."""
    if geo.aspect > 1.2:
        return (0.46 if setting.titled else 0.80) * geo.W, (0.66 if setting.titled else 0.70) * geo.H
    if geo.aspect > 0.8:
        return 0.80 * geo.W, (0.45 if setting.titled else 0.66) * geo.H
    return (0.76 if setting.titled else 0.82) * geo.W, (0.39 if setting.titled else 0.64) * geo.H


def _card(geo: Geo, centre: tuple[float, float], half: tuple[float, float], corner: float) -> Float:
    """Mask of a rounded rectangle."""
    corner = min(corner, half[0], half[1])
    x = np.abs(np.arange(geo.w, dtype=np.float32) - centre[0]) - (half[0] - corner)
    y = np.abs(np.arange(geo.h, dtype=np.float32) - centre[1]) - (half[1] - corner)
    out = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None])
    inside = np.minimum(np.maximum(x[None, :], y[:, None]), 0)
    return np.asarray(np.clip(corner - out - inside + 0.5, 0, 1), np.float32)


def _on_ground(geo: Geo, roles: Roles, rng: np.random.Generator, setting: Setting, rgb: Float, ground: Float) -> Stack:
    """A product shot: its even ground goes on over the whole frame, the product stands in the hero's place."""
    place = hero(geo, setting)
    h, w = rgb.shape[:2]
    apart = smoothstep(0.05, 0.16, np.abs(rgb - ground).max(axis=2))
    rows, columns = np.flatnonzero(apart.max(axis=1) > 0.5), np.flatnonzero(apart.max(axis=0) > 0.5)
    if not len(rows) or not len(columns):
        rows, columns = np.array([0, h - 1]), np.array([0, w - 1])
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    wide, tall = _print_room(geo, setting)
    zoom = min(0.92 * wide / (x1 - x0), 1.02 * tall / (y1 - y0))
    cx, cy = float(geo.X(place.x)), float(geo.Y(place.y))
    move = np.array([[zoom, 0, cx - (x0 + x1) / 2 * zoom], [0, zoom, cy - (y0 + y1) / 2 * zoom]], np.float32)
    source = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.35 / zoom), np.float32) if zoom < 0.7 else rgb
    size = (geo.w, geo.h)
    sheet = cv2.warpAffine(source, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.ones((h, w), np.float32), move, size)
    even = mix(
        np.broadcast_to(ground, sheet.shape),
        np.clip(sheet, 0, 1),
        _feather(np.asarray(covered, np.float32), geo)[..., None],
    )
    body = np.asarray(cv2.warpAffine(np.asarray(apart, np.float32), move, size), np.float32)
    near = 0.36 + 0.14 * blur(_grown(body, 5 * geo.S), 22 * geo.S)
    lit = _studio_light(geo, roles, even, (cx, cy))
    return [Relief(geo, lit, np.asarray(near, np.float32), rng), TITLE, _marker(geo, body, rng)]


def _feather(covered: Float, geo: Geo) -> Float:
    """Where the picture lies, fading out inside its edges: grounds are never quite even."""
    inner = cv2.erode(covered, np.ones((3, 3), np.uint8), iterations=max(1, round(14 * geo.S)), borderValue=0)
    return np.asarray(np.clip(blur(np.asarray(inner, np.float32), 10 * geo.S), 0, 1) * covered, np.float32)


def _studio_light(geo: Geo, roles: Roles, rgb: Float, centre: tuple[float, float]) -> Float:
    """The film's light on an even ground: a soft pool about the product, its edges in the film's colours."""
    x = ((np.arange(geo.w, dtype=np.float32) - centre[0]) / (0.75 * geo.W))[None, :]
    y = ((np.arange(geo.h, dtype=np.float32) - centre[1]) / (0.60 * geo.H))[:, None]
    away = smoothstep(0.25, 1.25, np.hypot(x, y))[..., None]
    tone = mix(np.ones(3, np.float32), mix(roles.glow, roles.accent, 0.45), away * 0.85)
    return np.asarray(np.clip(rgb * tone * (1 - 0.18 * away), 0, 1), np.float32)
