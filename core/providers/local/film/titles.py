"""Titles: big type set by style, coloured for what lies behind it, sliding in line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from core.domain.plan import TypeStyle
from core.providers.local.film.layers import blit
from core.providers.local.film.paint import Float, Pixels, blur, ease_in_out, ease_out
from core.providers.local.film.sprites import Sprite, block, merge, tinted
from core.providers.local.film.typography import Glyphs, cap_height, face_for, fit, text_mask, text_width, tidy

LEFT, RIGHT, TOP, BOTTOM = 0.07, 0.93, 0.10, 0.78
"""The part of a frame that the players of the platforms leave free."""
RISE, LEAVE = 0.36, 0.26
"""Seconds a word takes to slide in, and all words to go."""
SETTLED = 0.9
"""Seconds after which nothing moves any more."""


class Face(NamedTuple):
    """How a style sets its type: sizes are for a frame 720 wide, leading in sizes, tracking in em."""

    file: str
    tracking: float
    capitals: bool
    leading: float
    largest: float
    accent: Literal["colour", "underline", "block"]


FACES: dict[TypeStyle, Face] = {
    "impact": Face("Anton-Regular", 0.005, True, 1.15, 200, "colour"),
    "grotesk": Face("SpaceGrotesk-Bold", -0.03, False, 1.02, 156, "underline"),
    "heavy": Face("ArchivoBlack-Regular", -0.025, False, 1.10, 136, "block"),
    "serif": Face("DMSerifDisplay-Regular", -0.01, False, 1.05, 166, "colour"),
}


class Region(NamedTuple):
    """Where a title may stand, in output pixels."""

    x: float
    y: float
    width: float
    height: float
    centred: bool
    """Whether it hangs in the middle of the height rather than from the top."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word set: its glyphs, the corner of its mask and the rows in which it may be seen, in output pixels."""

    glyphs: Glyphs
    x: float
    y: float
    line: tuple[float, float]
    delay: float
    accent: bool


class Inks(NamedTuple):
    """The colours of a title, RGB 0..1; `shadow` and `scrim` are strengths 0..1."""

    text: Float
    accent: Float
    kicker: Float
    on_accent: Float
    tint: Float
    shadow: float
    scrim: float


def region_of(width: int, height: int, *, roomy: bool = False) -> Region:
    """The title's place: the upper part of tall and square frames, the left of wide ones.

    `roomy` gives it more height, over scenes with sky and air rather than one large subject.
    """
    aspect = width / height
    if aspect > 1.2 and roomy:
        return Region(LEFT * width, 0.10 * height, 0.60 * width, 0.40 * height, centred=False)
    if aspect > 1.2:
        return Region(LEFT * width, 0.12 * height, 0.405 * width, 0.60 * height, centred=True)
    top, share = (0.075, 0.235) if aspect > 0.8 else (TOP, 0.235)
    share += 0.055 if roomy else 0
    return Region(LEFT * width, top * height, (RIGHT - LEFT) * width, share * height, centred=False)


def accent_word(words: list[str]) -> int | None:
    """Which word to stress: the first with a digit, else the last that is more than a particle."""
    if len(words) < 2:
        return None
    numbers = [k for k, word in enumerate(words) if any(c.isdigit() for c in word)]
    telling = [k for k, word in enumerate(words) if sum(c.isalpha() for c in word) > 3]
    return numbers[0] if numbers else telling[-1] if telling else len(words) - 1


class Title:
    """A title laid out for a frame. `words` is empty when we have no letters for it: then nothing is drawn."""

    def __init__(
        self, width: int, height: int, style: TypeStyle, text: str, kicker: str = "", *, roomy: bool = False
    ) -> None:
        self.width, self.height = width, height
        self.scale = min(width, height) / 720
        self.region = region_of(width, height, roomy=roomy)
        self.face = FACES[style]
        self.words: list[Word] = []
        self.kicker: Word | None = None
        self.size = 0.0
        self._sprites: list[Sprite] = []
        self._settled: Sprite | None = None
        self._scrim: Sprite | None = None
        small = self._set_kicker(kicker)
        self._set(text, small)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the visible letters, in output pixels; zeros when there are none."""
        boxes = [_ink_box(w) for w in (*self.words, *([self.kicker] if self.kicker else []))]
        if not boxes:
            return 0, 0, 0, 0
        left, top, right, bottom = zip(*boxes, strict=True)
        return min(left), min(top), max(right), max(bottom)

    @property
    def foot(self) -> float:
        """The row under which there is room for something else: below the letters and their stroke or block."""
        return self.box[3] + 0.12 * self.size

    def coverage(self) -> list[tuple[Float, int, int]]:
        """Of each word: its mask and the corner where it lies, in output pixels."""
        return [(w.glyphs.mask, round(w.x), round(w.y)) for w in self.words]

    def _set_kicker(self, text: str) -> float:
        """Set the small line; returns the height it takes."""
        label = tidy(text).upper()
        face = face_for(label, "SpaceGrotesk-Medium") if label else None
        if face is None:
            return 0.0
        size = 30 * self.scale
        size = min(size, size * self.region.width / max(text_width(label, face, size, 0.18), 1))
        glyphs = text_mask(label, face, size, 0.18)
        x, y = self.region.x - glyphs.pad, self.region.y + 16 * self.scale
        y += cap_height(face, size) - glyphs.baseline
        line = (self.region.y, self.region.y + 60 * self.scale)
        self.kicker = Word(glyphs, x, y, line, 0.0, accent=False)
        return 58 * self.scale

    def _set(self, text: str, used: float) -> None:
        """Set the big words below the `used` height of the kicker."""
        plain = tidy(text)
        plain = plain.upper() if self.face.capitals else plain
        face = face_for(plain, self.face.file) if plain else None
        if face is None:
            return
        words = plain.split()
        spread = 0.96 if self.face.accent == "block" else 0.99
        size, lines = fit(
            words,
            face,
            self.region.width * spread,
            self.region.height - used,
            self.face.largest * self.scale,
            self.face.leading,
            self.face.tracking,
        )
        self.size = float(int(size))
        step = self.size * self.face.leading
        top = self.region.y + used
        if self.region.centred:
            shift = (self.region.height - used - step * len(lines)) / 2
            top += shift
            self._move_kicker(shift)
        self._place(lines, face, top, accent_word(words))

    def _move_kicker(self, dy: float) -> None:
        if self.kicker is not None:
            k = self.kicker
            self.kicker = Word(k.glyphs, k.x, k.y + dy, (k.line[0] + dy, k.line[1] + dy), k.delay, accent=False)

    def _place(self, lines: list[str], face: str, top: float, stressed: int | None) -> None:
        step, tracking = self.size * self.face.leading, self.face.tracking
        rise = (step + cap_height(face, self.size)) / 2
        space = text_width(" ", face, self.size) + tracking * self.size
        count = 0
        for row, line in enumerate(lines):
            x, y = self.region.x, top + row * step
            for word in line.split():
                accent = count == stressed
                if accent and self.face.accent == "block" and x == self.region.x:
                    x += 0.1 * self.size
                glyphs = text_mask(word, face, self.size, tracking)
                delay = 0.02 + 0.05 * row + 0.03 * (x / self.width)
                rows = (y - 0.12 * self.size, y + step + 0.16 * self.size)
                self.words.append(Word(glyphs, x - glyphs.pad, y + rise - glyphs.baseline, rows, delay, accent))
                x += glyphs.width + space
                count += 1

    def ink(self, inks: Inks) -> None:
        """Colour everything; to be called once, when it is known what lies behind."""
        sprites: list[Sprite] = []
        for word in self.words:
            blocked = word.accent and self.face.accent == "block"
            if inks.shadow > 0 and not blocked:
                sprites.append(self._shadow(word, inks))
            if word.accent and self.face.accent != "colour":
                sprites += self._mark(word, inks)
        for word in self.words:
            colour = inks.text if not word.accent else inks.accent
            if word.accent and self.face.accent == "block":
                colour = inks.on_accent
            sprites.append(_lettered("word", word, word.glyphs.mask, colour))
        if self.kicker is not None:
            sprites += [self._kicker_bar(self.kicker, inks)]
            sprites.append(_lettered("kicker", self.kicker, self.kicker.glyphs.mask, inks.kicker))
        self._sprites = sprites
        self._scrim = self._shade(inks) if inks.scrim > 0.02 else None
        pieces = [*([self._scrim] if self._scrim else []), *sprites]
        self._settled = merge(pieces, self.width, self.height) if pieces else None

    def _shadow(self, word: Word, inks: Inks) -> Sprite:
        pad = int(26 * self.scale)
        soft = blur(np.pad(word.glyphs.mask, pad), 11 * self.scale) * np.float32(inks.shadow)
        moved = Word(word.glyphs, word.x - pad, word.y - pad + 5 * self.scale, word.line, word.delay, accent=False)
        return _lettered("shadow", moved, soft, inks.tint)

    def _mark(self, word: Word, inks: Inks) -> list[Sprite]:
        """The block behind, or the stroke beneath, the stressed word."""
        baseline = word.y + word.glyphs.baseline
        x, width = word.x + word.glyphs.pad, word.glyphs.width
        if self.face.accent == "block":
            top, bottom = baseline - 0.86 * self.size, baseline + 0.20 * self.size
            area = (x - 0.1 * self.size, top, x + width + 0.1 * self.size, bottom)
        else:
            if _has_descender(word.glyphs):
                return []
            area = (x, baseline + 0.11 * self.size, x + width, baseline + 0.185 * self.size)
        # A stroke waits until the word has risen past its place; a block is there before its word.
        wait = 0.0 if self.face.accent == "block" else 0.6 * RISE
        return [block(area, inks.accent, "block", word.delay + wait)]

    def _kicker_bar(self, kicker: Word, inks: Inks) -> Sprite:
        x, y = self.region.x, kicker.line[0]
        return block((x, y, x + 62 * self.scale, y + 5 * self.scale), inks.accent, "bar", 0.0)

    def _shade(self, inks: Inks) -> Sprite:
        """A soft shade over the title's part of the frame, which lets the picture through and the letters stand."""
        _, y0, x1, y1 = self.box
        h, w = self.height, self.width
        rows = np.arange(h, dtype=np.float32)
        fade = max(60 * self.scale, (y1 - y0) * 0.30)
        profile = np.exp(-((np.maximum(0, rows - y1) / fade) ** 2))
        if y0 > 0.3 * h or self.region.centred:
            profile *= np.exp(-((np.maximum(0, y0 - rows) / fade) ** 2))
        columns = np.ones(w, np.float32)
        if self.region.centred:
            columns = np.exp(-((np.maximum(0, np.arange(w, dtype=np.float32) - x1) / (0.14 * w)) ** 2))
        alpha = (np.float32(inks.scrim) * profile[:, None] * columns[None, :]).astype(np.float32)
        used = np.flatnonzero(alpha.max(axis=1) > 1 / 300)
        a, b = int(used[0]), int(used[-1]) + 1
        rgb, cover = tinted(alpha[a:b], inks.tint)
        return Sprite("shadow", rgb, cover, 0.0, float(a))

    def draw(self, out: Pixels, t: float, leaves: float) -> None:
        """Draw at t seconds, in place; it is gone at `leaves` seconds (infinity: it stays)."""
        going = float(ease_in_out((t - (leaves - LEAVE)) / LEAVE))
        if self._settled is None or going >= 1:
            return
        if t >= SETTLED:
            s = self._settled
            blit(out, s.rgb, s.alpha, s.x, s.y - round(going * 24 * self.scale), 1 - going)
            return
        if self._scrim is not None:
            s = self._scrim
            blit(out, s.rgb, s.alpha, s.x, s.y, float(ease_in_out((t + 0.04) / 0.3)) * (1 - going))
        for s in self._sprites:
            self._draw_piece(out, s, t, 1 - going)

    def _draw_piece(self, out: Pixels, s: Sprite, t: float, strength: float) -> None:
        e = float(ease_out((t - s.delay + 0.04) / RISE))
        opacity = float(np.clip((t - s.delay + 0.04) / 0.12, 0, 1)) * strength
        if s.kind in {"block", "bar"}:
            shown = max(1, round(s.rgb.shape[1] * e))
            blit(out, s.rgb[:, :shown], s.alpha[:, :shown], s.x, s.y, opacity)
        elif s.kind == "kicker":
            blit(out, s.rgb, s.alpha, round(s.x) - (1 - e) * 18 * self.scale, round(s.y), opacity)
        elif s.kind == "shadow":
            blit(out, s.rgb, s.alpha, round(s.x), round(s.y), opacity * e)
        else:
            top, bottom = (int(np.clip(v, 0, self.height)) for v in s.line)
            drop = (1 - e) * (bottom - top) * 1.02
            blit(out[top:bottom], s.rgb, s.alpha, round(s.x), round(s.y) + drop - top, opacity)


def _lettered(kind: Literal["shadow", "kicker", "word"], word: Word, mask: Float, colour: Float) -> Sprite:
    rgb, alpha = tinted(mask, colour)
    return Sprite(kind, rgb, alpha, word.x, word.y, word.line, word.delay)


def _ink_box(word: Word) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of the letters themselves, without the clear border of the mask."""
    seen = word.glyphs.mask > 0.1
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    x, y = round(word.x), round(word.y)
    return x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1


def _has_descender(glyphs: Glyphs) -> bool:
    below = glyphs.mask[glyphs.baseline + glyphs.pad // 4 :]
    return bool((below > 0.3).any())
