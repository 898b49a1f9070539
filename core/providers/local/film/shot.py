"""Shot: one scene drawn frame by frame, from its order."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from core.domain.plan import Camera
from core.domain.shoot import ShotOrder
from core.domain.time import frames as whole_frames
from core.providers.local.film.button import Button
from core.providers.local.film.casting import setting_of
from core.providers.local.film.framing import (
    CLEAR_CUT,
    NEARER,
    NEXT_MOVE,
    Segment,
    amount_for,
    base_view,
    contained,
    difference,
    other_views,
)
from core.providers.local.film.inking import button_colours, hides_too_much, inks_for
from core.providers.local.film.layers import (
    TITLE,
    Geo,
    Layer,
    Mark,
    Stage,
    View,
    camera_pose,
    composite,
    placed,
    posed,
)
from core.providers.local.film.paint import Pixels
from core.providers.local.film.palette import roles_of
from core.providers.local.film.post import Post
from core.providers.local.film.scenery import BUILDERS
from core.providers.local.film.setting import hero
from core.providers.local.film.titles import Title
from core.providers.local.film.typography import can_set

FINEST = 1.45
"""Layer pixels for a pixel of the picture, at most: framings of 1.9 stay sharp enough under the grain."""

AIRY = {"ridge", "city", "grid", "flow"}
"""Motifs whose upper part is sky or air: titles may be larger there."""
MOST_SHIFT = 0.3
"""How far a framing may be moved to clear the title, as a share of the frame; further and the subject is gone."""
TOUCH, LEAST_NEAR, BACK_OFFS = 0.03, 1.2, 4
"""Overlap with the title that is let pass; above this zoom, and so many times, a framing steps back before it."""
HEAD_START = 0.4
"""Seconds by which a hook is already under way in its first frame, which is what feeds show of a film."""
BUTTON_ROOM = 122
"""Pixels that a button takes below the title, in a frame 720 wide."""


class ShotRenderer:
    """Everything of one scene; built once, then asked for its frames in any order."""

    def __init__(self, order: ShotOrder) -> None:
        scene = order.scene
        if not can_set(scene.title, scene.kicker):
            scene = scene.but(title="", kicker="")
            order = order.but(scene=scene)
        self.order = order
        self.setting = setting_of(order)
        self.roles = roles_of(order.palette)
        self.geo = Geo(order.width, order.height, _detail(order))
        rng = np.random.default_rng(order.seed)
        self.stack = BUILDERS[self.setting.motif](self.geo, self.roles, rng, self.setting)
        self.seconds = order.scene_frames / order.fps
        self.post = Post(order.width, order.height, self.roles, order.seed)
        is_call = scene.role == "cta"
        kicker = "" if is_call else scene.kicker
        roomy = self.setting.motif in AIRY and not is_call
        self.title = Title(order.width, order.height, order.style, scene.title, kicker, roomy=roomy)
        self.button: Button | None = None
        self.head_start = HEAD_START if scene.role == "hook" else 0.0
        self.leaves = float("inf") if is_call else self.seconds + self.head_start
        self.segments = self._segments()
        self._colour()

    def frame(self, index: int) -> Pixels:
        """The finished frame, height x width x 3, RGB."""
        return self.post.apply(self._picture(index, self._segment(index), titled=True), index)

    def _segment(self, index: int) -> Segment:
        return next((s for s in reversed(self.segments) if index >= s.start), self.segments[0])

    def _stage(self, index: int, segment: Segment) -> Stage:
        u = (index - segment.start) / max(1, segment.end - segment.start)
        pose = camera_pose(segment.move, u, self.order.seed + segment.start, segment.amount)
        return Stage(self.geo, pose, segment.view)

    def _picture(self, index: int, segment: Segment, *, titled: bool) -> Pixels:
        """The frame before post."""
        t = self._time(index)
        u = index / self.order.fps / self.seconds
        stage = self._stage(index, segment)
        out = np.zeros((self.order.height, self.order.width, 3), np.uint8)
        for item in self.stack:
            if isinstance(item, Layer):
                pose = item.anim(t, self.seconds) if item.anim else None
                matrix = stage.matrix(item.depth)
                if pose is None:
                    composite(out, item, matrix)
                else:
                    composite(out, item, posed(matrix, pose), pose.opacity)
            elif isinstance(item, Mark):
                if titled and not segment.front:
                    self._letter(out, t)
            else:
                item.draw(out, t, u, stage.pose, stage)
        if titled and (segment.front or TITLE not in self.stack):
            self._letter(out, t)
        return out

    def _time(self, index: int) -> float:
        """Seconds since the scene began to move."""
        return index / self.order.fps + self.head_start

    def _letter(self, out: Pixels, t: float) -> None:
        self.title.draw(out, t, self.leaves)
        if self.button is not None:
            self.button.draw(out, t)

    def _segments(self) -> list[Segment]:
        """The stretches between the cuts, each with a framing that plainly differs from the one before."""
        order, scene = self.order, self.order.scene
        cuts = [whole_frames(c, order.fps) for c in scene.cuts]
        edges = [0, *(c for c in cuts if 0 < c < order.scene_frames), order.scene_frames]
        subject = self._subject()
        first = self._clear_of_title(base_view(scene.shot_size, scene.angle, subject))
        found: list[Segment] = []
        move = scene.camera
        for count, (start, end) in enumerate(pairwise(edges)):
            amount = amount_for(end - start, order.fps)
            segment = Segment(start, end, move, amount, first)
            if found:
                segment = self._plainly_other(found[-1], segment, first, subject, count)
            found.append(self._judged(segment))
            move = NEXT_MOVE[move]
        return found

    def _plainly_other(
        self, before: Segment, segment: Segment, first: View, subject: tuple[float, float], count: int
    ) -> Segment:
        """The first of the possible framings that reads as a cut, or the one that differs most."""
        last = self._picture(segment.start - 1, before, titled=False)
        best, most = segment, -1.0
        for view in other_views(first, subject, self.setting.motif, count, self.order.seed):
            tried = segment._replace(view=self._clear_of_title(view))
            apart = difference(last, self._picture(segment.start, tried, titled=False))
            if apart > most:
                best, most = tried, apart
            if apart >= CLEAR_CUT:
                break
        return best

    def _cover(self, index: int, segment: Segment, *, after_title: bool) -> Pixels:
        """What subjects hide of the frame, 0..255; with `after_title` everything that passes before the title."""
        stage = self._stage(index, segment)
        t = self._time(index)
        size = (self.order.width, self.order.height)
        cover = np.zeros(size[::-1], np.uint8)
        start = self.stack.index(TITLE) + 1 if after_title and TITLE in self.stack else 0
        for item in self.stack[start:]:
            if not isinstance(item, Layer) or item.alpha is None or (item.hidden if after_title else not item.subject):
                continue
            pose = item.anim(t, self.seconds) if item.anim else None
            matrix = stage.matrix(item.depth)
            matrix = placed(item, matrix if pose is None else posed(matrix, pose))
            alpha = cv2.warpAffine(item.alpha, matrix, size, flags=cv2.INTER_LINEAR)
            if pose is not None:
                alpha = cv2.convertScaleAbs(alpha, alpha=pose.opacity)
            cv2.max(cover, alpha, dst=cover)
        return cover

    def _subject(self) -> tuple[float, float]:
        """Centre of what the scene is about, in frame units."""
        x0, y0, x1, y1 = self._subject_box(0.6, View(), "static")
        x, y = (x0 + x1) / 2 / self.order.width, (y0 + y1) / 2 / self.order.height
        return float(np.clip(x, 0.25, 0.75)), float(np.clip(y, 0.3, 0.72))

    def _subject_box(self, when: float, view: View, move: Camera) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the subject in output pixels, `when` 0..1 through the scene.

        Where no layer is marked as the subject, it is taken to be in the place made for it.
        """
        count = self.order.scene_frames
        segment = Segment(0, count, move, 1.0, view)
        index = round(when * count)
        box = _box(self._cover(index, segment, after_title=False))
        if box is not None:
            return box
        place, stage = hero(self.geo, self.setting), self._stage(index, segment)
        x, y = stage.project(place.x, place.y, 0.55)
        radius = 0.8 * place.radius / self.geo.detail * view.zoom
        return x - radius, y - radius, x + radius, y + radius

    def _clear_of_title(self, view: View) -> View:
        """The framing moved down (in wide frames: right) where the subject would touch the title."""
        if not self.title.words or (self.setting.motif in AIRY and not self._has_subject()):
            return view
        for _ in range(BACK_OFFS):
            aside = self._moved_aside(view)
            if self._overlap(aside) < TOUCH or view.zoom < LEAST_NEAR:
                break
            view = contained(view._replace(zoom=view.zoom * 0.88))
        return aside

    def _moved_aside(self, view: View) -> View:
        shift = float(np.clip(self._overlap(view), 0, MOST_SHIFT))
        if self.title.region.centred:
            return contained(view._replace(to_x=view.to_x + shift))
        return contained(view._replace(to_y=view.to_y + shift))

    def _overlap(self, view: View) -> float:
        """How far the subject reaches into the title's part of the frame, as a share of the frame's side."""
        boxes = [self._subject_box(when, view, self.order.scene.camera) for when in (0.1, 0.8)]
        if self.title.region.centred:
            edge = self.title.box[2] + 20 * self.title.scale
            return (edge - min(box[0] for box in boxes)) / self.order.width
        button = BUTTON_ROOM if self.order.scene.role == "cta" and self.order.scene.kicker else 0
        edge = self.title.foot + (24 + button) * self.title.scale
        return (edge - min(box[1] for box in boxes)) / self.order.height

    def _has_subject(self) -> bool:
        return any(isinstance(item, Layer) and item.subject for item in self.stack)

    def _judged(self, segment: Segment) -> Segment:
        """The segment, with the title before everything when subjects would hide too much of it at any time."""
        if not self.title.words:
            return segment
        times = (segment.start + round(f * (segment.end - 1 - segment.start)) for f in (0.35, 1.0))
        covers = (self._cover(i, segment, after_title=True) for i in times)
        return segment._replace(front=any(hides_too_much(self.title, cover) for cover in covers))

    def _colour(self) -> None:
        """Ink title and button by what lies behind them in every framing."""
        scene = self.order.scene
        called = scene.role == "cta" and bool(scene.kicker)
        if not (self.title.words or self.title.kicker or called):
            return
        samples = [(round(s.start + 0.6 * (s.end - s.start)), s) for s in self.segments]
        frames = [self._picture(i, s, titled=False) for i, s in samples]
        inks = inks_for(self.title, frames, self.roles)
        self.title.ink(inks)
        if called:
            below = self.title.foot if self.title.words else self.title.region.y
            self.button = Button(self.order.width, self.order.height, scene.kicker, below)
            self.button.ink(*button_colours(inks, self.button.area, frames), self.roles.paper)


def _detail(order: ShotOrder) -> float:
    """How finely to paint: as near as the camera will come, within reason."""
    nearest = 1.9 if order.scene.cuts else NEARER[order.scene.shot_size]
    finest = FINEST if min(order.width, order.height) <= 720 else 1.2
    return float(np.clip(nearest * 0.9, 1.0, finest))


def _box(cover: Pixels) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 of what is covered; None when nothing is."""
    seen = cover > 100
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])) if len(rows) else None
