"""The button of a call to action."""

from __future__ import annotations

import numpy as np

from core.providers.local.film.layers import blit
from core.providers.local.film.paint import Float, Pixels, ease_back
from core.providers.local.film.sprites import paste, pill, scaled, to_bytes
from core.providers.local.film.titles import LEFT, region_of
from core.providers.local.film.typography import cap_height, face_for, text_mask, text_width, tidy


class Button:
    """The rounded button of a call to action; it springs in and breathes."""

    def __init__(self, width: int, height: int, text: str, below: float) -> None:
        self.scale = min(width, height) / 720
        label = tidy(text)
        self.face = face_for(label, "Inter-ExtraBold") if label else None
        self.label, self.x, self.y = label, LEFT * width, below + 30 * self.scale
        self.room = region_of(width, height).width
        self._sprite: tuple[Pixels, Pixels] | None = None

    @property
    def area(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of about where it lies, in output pixels."""
        return int(self.x), int(self.y), int(self.x + 0.5 * self.room), int(self.y + 84 * self.scale)

    def ink(self, fill: Float, text: Float, edge: Float) -> None:
        """Colour it; to be called once."""
        if self.face is None:
            return
        size = 34 * self.scale
        inner = self.room - 96 * self.scale
        size = min(size, size * inner / max(text_width(self.label, self.face, size, -0.01), 1))
        glyphs = text_mask(self.label, self.face, size, -0.01)
        h, w = int(84 * self.scale), int(glyphs.width + 96 * self.scale)
        body = pill(h, w)
        letters = np.zeros((h, w), np.float32)
        x = int(48 * self.scale) - glyphs.pad
        y = round((h + cap_height(self.face, size)) / 2) - glyphs.baseline
        paste(letters, glyphs.mask, x, y)
        rows = np.linspace(1.06, 0.94, h, dtype=np.float32)[:, None, None]
        colour = fill * rows
        colour = colour * (1 - letters[..., None]) + text * letters[..., None]
        gleam = np.clip(body - np.roll(body, max(1, int(2 * self.scale)), axis=0), 0, 1)[..., None] * 0.35
        self._sprite = (to_bytes((colour * (1 - gleam) + edge * gleam) * body[..., None]), to_bytes(body))

    def draw(self, out: Pixels, t: float) -> None:
        """Draw at t seconds, in place."""
        if self._sprite is None:
            return
        rgb, alpha = self._sprite
        grown = 0.7 + 0.3 * float(ease_back((t - 0.45) / 0.45))
        breath = 1 + 0.016 * float(np.sin(max(0.0, t - 0.9) * 5))
        grown *= breath
        face, cover = scaled(rgb, grown), scaled(alpha, grown)
        dx, dy = (rgb.shape[1] - face.shape[1]) / 2, (rgb.shape[0] - face.shape[0]) / 2
        blit(out, face, cover, self.x + dx, self.y + dy, float(np.clip((t - 0.45) / 0.15, 0, 1)))
